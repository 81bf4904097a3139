/* owlxml_reader: what the parts of the OWL/XML reader share: its stacks, its IRIs, and how
 * statements are made of what lies on them. For ingest/owlxml*.c alone. */
#ifndef OG_INGEST_OWLXML_READER_H
#define OG_INGEST_OWLXML_READER_H

#include "core/intern.h"
#include "core/vocab.h"
#include "ingest/emit.h"
#include "ingest/ingest.h"

#define OWL(name)  OG_NS_OWL name
#define RDF(name)  OG_NS_RDF name
#define RDFS(name) OG_NS_RDFS name
#define SWRL(name) "http://www.w3.org/2003/11/swrl#" name

/* What an item is. The table of constructs is made of these, so they are short. */
enum {
  CLASS = 1 << 0, /* a class expression */
  OBJECT = 1 << 1,
  DATA = 1 << 2,
  NOTE_PROPERTY = 1 << 3, /* an annotation property */
  INDIVIDUAL = 1 << 4,
  ANONYMOUS = 1 << 5,
  LITERAL = 1 << 6,
  RANGE = 1 << 7,
  DATATYPE = 1 << 8,
  NAME = 1 << 9, /* the element IRI or AbbreviatedIRI */
  FACET = 1 << 10,
  CHAIN = 1 << 11,
  VARIABLE = 1 << 12,
  ATOM = 1 << 13,
  BODY = 1 << 14,
  HEAD = 1 << 15,
  ANNOTATION = 1 << 16,
  ENTITY = 1 << 17,  /* has a declaration */
  AXIOM = 1 << 18,   /* or what else stands below Ontology: it leaves no item */
  UNKNOWN = 1 << 19, /* of an expression that was not understood */
};

typedef struct OgOwlxmlConstruct OgOwlxmlConstruct;

typedef struct OgOwlxmlItem {
  int is;
  OgTermKind kind;
  OgSpan text, datatype, language;
  size_t count;                       /* of items, itself included: over 1 for annotations */
  const OgOwlxmlConstruct *construct; /* that left it */
  bool inverse;                       /* the property's inverse is meant */
} OgOwlxmlItem;

typedef struct OgOwlxmlFrame {
  const OgOwlxmlConstruct *construct;
  OgOwlxmlItem item; /* what it leaves */
  OgSpan value;      /* of the attribute that the construct has beside what is inside */
  size_t items;      /* how many there were before it */
  size_t bytes;
  OgSpan base, language;
} OgOwlxmlFrame;

typedef struct OgOwlxmlReader OgOwlxmlReader;

struct OgOwlxmlConstruct {
  const char *name;
  int is;
  const char *signature; /* what comes inside, after annotations: a letter each, then ?, * or + */
  OgStatus (*start)(OgOwlxmlReader *reader, const OgXmlElement *element,
                    OgError *err); /* may be NULL */
  OgStatus (*end)(OgOwlxmlReader *reader, const OgOwlxmlItem *items, size_t count, OgError *err);
  const char *type;
  const char *properties[3];
};

struct OgOwlxmlReader {
  OgXml *xml;
  const OgReadOptions *options;
  const OgSink *sink;
  OgOwlxmlFrame *frames;
  size_t frame_count, frame_room;
  OgOwlxmlItem *items;
  size_t item_count, item_room;
  OgBuffer bytes;
  OgBuffer text;        /* of the innermost element */
  OgBuffer scratch;     /* an IRI that is being made */
  OgBuffer values;      /* those of the prefixes, end to end; Spans in prefix_values point here */
  OgIntern *prefixes;   /* names */
  OgBuffer value_spans; /* OgSpan: the value of each prefix */
  OgOwlxmlItem ontology;
  size_t skipping; /* open elements inside one that is left out, itself included */
  size_t annotation_depth;
  unsigned long minted;
};

#define BROKEN(reader, err, kind, ...)                                                             \
  og_xml_broken((reader)->xml, (reader)->options->strict, err, kind, __VA_ARGS__)

/* ---- Stacks ---- */

/* The innermost open element. */
OgOwlxmlFrame *og_owlxml_top(const OgOwlxmlReader *reader);

OgText og_owlxml_text_at(const OgOwlxmlReader *reader, OgSpan span);

/* Put a text on top of the stack of bytes. */
OG_MUST_CHECK OgStatus og_owlxml_keep(OgOwlxmlReader *reader, OgText text, OgSpan *span,
                                      OgError *err);

/* Open an element; it inherits base and language. */
OG_MUST_CHECK OgStatus og_owlxml_push_frame(OgOwlxmlReader *reader,
                                            const OgOwlxmlConstruct *construct, OgError *err);

OG_MUST_CHECK OgStatus og_owlxml_push_item(OgOwlxmlReader *reader, OgOwlxmlItem item, OgError *err);

/* A new blank node, in item. */
OG_MUST_CHECK OgStatus og_owlxml_mint(OgOwlxmlReader *reader, OgOwlxmlItem *item, OgError *err);

OgTerm og_owlxml_term_of(const OgOwlxmlReader *reader, const OgOwlxmlItem *item);

/* ---- IRIs ---- */

/* Of a reference, against the base in force. */
OG_MUST_CHECK OgStatus og_owlxml_resolve(OgOwlxmlReader *reader, OgText reference, OgSpan *iri,
                                         OgError *err);

/* The IRI of an entity. */
OG_MUST_CHECK OgStatus og_owlxml_name_iri(OgOwlxmlReader *reader, OgText reference, OgSpan *iri,
                                          OgError *err);

/* The last declaration of a prefix holds. */
OG_MUST_CHECK OgStatus og_owlxml_set_prefix(OgOwlxmlReader *reader, OgText prefix, OgText value,
                                            OgError *err);

/* prefix:local, in full; as it is when its prefix is not declared. */
OG_MUST_CHECK OgStatus og_owlxml_expand(OgOwlxmlReader *reader, OgText abbreviated, OgSpan *iri,
                                        OgError *err);

/* ---- Statements ---- */

OG_MUST_CHECK OgStatus og_owlxml_emit(OgOwlxmlReader *reader, const OgOwlxmlItem *subject,
                                      OgText predicate, OgTerm object, OgError *err);

OG_MUST_CHECK OgStatus og_owlxml_emit_item(OgOwlxmlReader *reader, const OgOwlxmlItem *subject,
                                           const char *predicate, const OgOwlxmlItem *object,
                                           OgError *err);

OG_MUST_CHECK OgStatus og_owlxml_emit_type(OgOwlxmlReader *reader, const OgOwlxmlItem *subject,
                                           const char *type, OgError *err);

/* TANN of section 2.3.1: the annotations among items say what they say of target. They
 * nest no deeper than the reader lets them. */
OG_MUST_CHECK OgStatus og_owlxml_annotate(OgOwlxmlReader *reader, const OgOwlxmlItem *items,
                                          size_t count, const OgOwlxmlItem *target, OgError *err);

/* The same with those of the element that ends. */
OG_MUST_CHECK OgStatus og_owlxml_annotate_with_own(OgOwlxmlReader *reader,
                                                   const OgOwlxmlItem *target, OgError *err);

/* The statement that an axiom is, and what its annotations say of it (section 2.3.2). */
OG_MUST_CHECK OgStatus og_owlxml_emit_axiom(OgOwlxmlReader *reader, const OgOwlxmlItem *subject,
                                            const OgOwlxmlItem *predicate,
                                            const OgOwlxmlItem *object, OgError *err);

/* The same, with a property of a vocabulary. */
OG_MUST_CHECK OgStatus og_owlxml_emit_axiom_of(OgOwlxmlReader *reader, const OgOwlxmlItem *subject,
                                               const char *property, const OgOwlxmlItem *object,
                                               OgError *err);

/* The same, of an rdf:type. */
OG_MUST_CHECK OgStatus og_owlxml_emit_type_axiom(OgOwlxmlReader *reader,
                                                 const OgOwlxmlItem *subject, const char *type,
                                                 OgError *err);

/* T(SEQ …) from the cell *head on, which is made if it has no kind; rdf:nil when there are no
 * items. type may be NULL. */
OG_MUST_CHECK OgStatus og_owlxml_emit_list(OgOwlxmlReader *reader, const OgOwlxmlItem *items,
                                           size_t count, const char *type, OgOwlxmlItem *head,
                                           OgError *err);

/* subject predicate (items …). */
OG_MUST_CHECK OgStatus og_owlxml_emit_members(OgOwlxmlReader *reader, const OgOwlxmlItem *subject,
                                              const char *predicate, const OgOwlxmlItem *items,
                                              size_t count, OgError *err);

/* ---- Constructs (owlxml_constructs.c) ---- */

/* The element Ontology is the first row. */
enum { OG_OWLXML_ONTOLOGY, OG_OWLXML_CONSTRUCTS = 87 };

extern const OgOwlxmlConstruct og_owlxml_constructs[]; /* (OG_OWLXML_CONSTRUCTS) */

#endif
