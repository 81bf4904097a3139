/* xml: an XML document as a stream of elements and text: what every XML reader of ingest/ stands
 * on.
 *
 * libxml2's SAX2 push parser does the parsing. Memory grows with the depth of the document and with
 * its distinct names, never with its length. Every encoding that libxml2 and iconv know is
 * accepted; what readers see is UTF-8.
 *
 * Internal entities are honoured; external entities and DTDs are never opened, only reported. Over
 * one of the limits below is OG_BAD_DATA with its place, found before the work that it would cost
 * is done. */
#ifndef OG_INGEST_XML_H
#define OG_INGEST_XML_H

#include "core/input.h"
#include "core/progress.h"
#include "core/quad.h"

#include <stdbool.h>
#include <stddef.h>

enum {
  OG_XML_MAX_DEPTH = 100000,         /* nested elements, unless the caller says otherwise */
  OG_XML_MAX_ATTRIBUTES = 4096,      /* of one element, namespace declarations included */
  OG_XML_MAX_NAMESPACES = 10000,     /* declarations in scope at one place */
  OG_XML_MAX_MARKUP = 16 << 20,      /* bytes of one tag, comment, instruction or internal DTD */
  OG_XML_MAX_NAMES = 64 << 20,       /* bytes of all distinct names, prefixes and namespaces */
  OG_XML_ENTITY_ALLOWANCE = 8 << 20, /* bytes that entities may always expand to … */
  OG_XML_ENTITY_FACTOR = 20,    /* … and how many more for each byte of the document so far */
  OG_XML_MAX_EXPANSIONS = 50000 /* of entities, beyond one for each byte of the document so far */
};

typedef struct OgXml OgXml;

/* A name of an element or attribute. The same name is the same pointer throughout a document. */
typedef struct OgXmlName {
  OgText uri;   /* the namespace; empty when none */
  OgText local; /* the name in it */
  OgText iri;   /* one after the other */
  int id;       /* as in the handler's table of known names; 0 when it is not there */
} OgXmlName;

/* Prefixes and namespace names are terminated and interned too. */
typedef struct OgXmlNamespace {
  const char *prefix; /* NULL: the default namespace */
  const char *uri;    /* "": the prefix is taken back */
} OgXmlNamespace;

typedef struct OgXmlAttribute {
  const OgXmlName *name;
  const char *prefix; /* NULL when none */
  OgText value;       /* entities expanded, normalised; valid during the call */
} OgXmlAttribute;

typedef struct OgXmlElement {
  const OgXmlName *name;
  const char *prefix; /* NULL when none */
  const OgXmlAttribute *attributes;
  size_t attribute_count;
  const OgXmlNamespace *namespaces; /* declared here */
  size_t namespace_count;
} OgXmlElement;

/* A name that the reader wants to tell apart. id is not 0. */
typedef struct OgXmlKnown {
  const char *uri;
  const char *local;
  int id;
} OgXmlKnown;

/* What a reader does with the parts of a document. A status other than OG_OK ends the reading with
 * that status. Text comes in pieces of any length; CDATA sections are text. comment and instruction
 * may be NULL. */
typedef struct OgXmlHandler {
  OgStatus (*start)(void *data, OgXml *xml, const OgXmlElement *element, OgError *err);
  OgStatus (*end)(void *data, OgXml *xml, OgError *err);
  OgStatus (*text)(void *data, OgXml *xml, OgText text, OgError *err);
  OgStatus (*comment)(void *data, OgXml *xml, OgText text, OgError *err);
  OgStatus (*instruction)(void *data, OgXml *xml, OgText target, OgText text, OgError *err);
  const OgXmlKnown *known;
  size_t known_count;
} OgXmlHandler;

/* Read input to its end. max_depth 0 means OG_XML_MAX_DEPTH. sink receives warnings only (what was
 * not opened, what libxml2 warns of). progress hears of "reading" in bytes of the file as stored.
 * Malformed XML is OG_BAD_DATA with its place; an error of handler, sink or progress ends the
 * reading and is returned as it is. */
OG_MUST_CHECK OgStatus og_xml_read(OgInput *input, const OgXmlHandler *handler, void *data,
                                   size_t max_depth, const OgSink *sink, const OgProgress *progress,
                                   OgError *err);

/* For handlers: where the parser stands, 1-based. */
void og_xml_place(const OgXml *xml, long *line, long *column);

/* For handlers: OG_BAD_DATA at this place. */
OgStatus og_xml_fault(const OgXml *xml, OgError *err, const char *format, ...) OG_PRINTF(3, 4);

/* For handlers: tell the sink that a rule is broken here. kind is a constant. */
OG_MUST_CHECK OgStatus og_xml_warn(OgXml *xml, OgError *err, const char *kind, const char *format,
                                   ...) OG_PRINTF(4, 5);

/* A terminated text is an NCName (Namespaces in XML 1.0, production 4). */
bool og_xml_is_name(const char *text);

/* The root element of a document that begins with these bytes. Too long names are cut. */
typedef struct OgXmlRoot {
  char uri[256];
  char local[128];
} OgXmlRoot;

/* name is for messages. OG_NOT_FOUND when the bytes end before a root element. */
OG_MUST_CHECK OgStatus og_xml_root(const char *name, const void *bytes, size_t size,
                                   OgXmlRoot *root, OgError *err);

#endif
