/* An extended link is gathered until it ends: its locators and resources (ends) and its arcs, which
 * name them by xlink:label. One label may stand for many ends, so an arc is as many relations as
 * its two labels have pairs. Relations that say the same are then grouped: a prohibiting one of the
 * same or a higher priority takes the others away (section 3.5.3.9.7.5). What it takes away
 * elsewhere is not known here: it is said as an owl:NegativePropertyAssertion. */
#include "ingest/xbrl.h"

#include "core/arcs.h"
#include "core/intern.h"
#include "core/iri.h"
#include "core/memory.h"
#include "core/vocab.h"
#include "ingest/emit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_TEXT = 16 << 20, MAX_RELATIONS = 10000000, LABEL = 24 };

#define SKOS(name) OG_NS_SKOS name
#define XBRL(name) "urn:xbrl:" name
#define XLINK      "http://www.w3.org/1999/xlink"
#define LINK       "http://www.xbrl.org/2003/linkbase"
#define INSTANCE   "http://www.xbrl.org/2003/instance"
#define DIMENSIONS "http://xbrl.org/2005/xbrldt"
#define SCHEMA     "http://www.w3.org/2001/XMLSchema"
/* Extensible Enumerations, 1.0 and 2.0 */
#define ENUM_1 "http://xbrl.org/2014/extensible-enumerations"
#define ENUM_2 "http://xbrl.org/2020/extensible-enumerations-2.0"

typedef enum Id {
  OTHER,
  XS_SCHEMA,
  XS_ELEMENT,
  XS_IMPORT, /* import, include, redefine */
  LINK_LINKBASE,
  LINK_LINKBASE_REF,
  LINK_ROLE_TYPE,
  LINK_ARCROLE_TYPE,
  LINK_DEFINITION,
  LINK_REFERENCE,
} Id;

static const OgXmlKnown known[] = {
    {SCHEMA, "schema", XS_SCHEMA},
    {SCHEMA, "element", XS_ELEMENT},
    {SCHEMA, "import", XS_IMPORT},
    {SCHEMA, "include", XS_IMPORT},
    {SCHEMA, "redefine", XS_IMPORT},
    {LINK, "linkbase", LINK_LINKBASE},
    {LINK, "linkbaseRef", LINK_LINKBASE_REF},
    {LINK, "roleType", LINK_ROLE_TYPE},
    {LINK, "arcroleType", LINK_ARCROLE_TYPE},
    {LINK, "definition", LINK_DEFINITION},
    {LINK, "reference", LINK_REFERENCE},
    {"http://xbrl.org/2008/reference", "reference", LINK_REFERENCE},
};

/* What the label of a role is, one of XBRL or of Generic Labels. Other roles of the consortium are
 * alternative names, roles of others are properties of their own. */
static const char *const role_spaces[] = {"http://www.xbrl.org/2003/role/",
                                          "http://www.xbrl.org/2008/role/"};
static const struct {
  const char *role; /* behind the space */
  const char *property;
} label_roles[] = {
    {"label", SKOS("prefLabel")},           {"documentation", SKOS("definition")},
    {"definitionGuidance", SKOS("note")},   {"disclosureGuidance", SKOS("note")},
    {"presentationGuidance", SKOS("note")}, {"measurementGuidance", SKOS("note")},
    {"commentaryGuidance", SKOS("note")},   {"exampleGuidance", SKOS("example")},
};

/* Arcs to labels and references. */
static const char *const resource_arcroles[] = {
    "http://www.xbrl.org/2003/arcrole/concept-label",
    "http://www.xbrl.org/2003/arcrole/concept-reference",
    "http://xbrl.org/arcrole/2008/element-label",
    "http://xbrl.org/arcrole/2008/element-reference",
};

/* What is said of an arc beside its two ends. */
static const struct {
  const char *uri;
  const char *local;
  const char *property;
  const char *datatype; /* NULL: an IRI; "": a text */
} arc_attributes[] = {
    {"", "order", XBRL("order"), OG_NS_XSD "decimal"},
    {"", "weight", XBRL("weight"), OG_NS_XSD "decimal"},
    {"", "preferredLabel", XBRL("preferredLabel"), NULL},
    {DIMENSIONS, "targetRole", XBRL("targetRole"), NULL},
    {DIMENSIONS, "closed", XBRL("closed"), OG_NS_XSD "boolean"},
    {DIMENSIONS, "usable", XBRL("usable"), OG_NS_XSD "boolean"},
    {DIMENSIONS, "contextElement", XBRL("contextElement"), ""},
};

enum { ARC_ATTRIBUTES = OG_COUNT(arc_attributes) };

/* What is said of a concept in its schema. */
static const struct {
  const char *uri;
  const char *local;
  const char *property;
  const char *datatype; /* "": a text, of a QName its local part */
} concept_attributes[] = {
    {"", "type", XBRL("type"), ""},
    {"", "substitutionGroup", XBRL("substitutionGroup"), ""},
    {"", "abstract", XBRL("abstract"), OG_NS_XSD "boolean"},
    {"", "nillable", XBRL("nillable"), OG_NS_XSD "boolean"},
    {INSTANCE, "balance", XBRL("balance"), ""},
    {INSTANCE, "periodType", XBRL("periodType"), ""},
    {ENUM_1, "domain", XBRL("enumerationDomain"), ""},
    {ENUM_2, "domain", XBRL("enumerationDomain"), ""},
    {ENUM_1, "linkrole", XBRL("enumerationRole"), OG_NS_XSD "anyURI"},
    {ENUM_2, "linkrole", XBRL("enumerationRole"), OG_NS_XSD "anyURI"},
    {ENUM_1, "headUsable", XBRL("headUsable"), OG_NS_XSD "boolean"},
    {ENUM_2, "headUsable", XBRL("headUsable"), OG_NS_XSD "boolean"},
};

/* Whose roles are alternative names. */
static const char *const consortium[] = {"http://www.xbrl.org/", "http://xbrl.org/"};

/* Where the schemas of XBRL itself are. */
static const char *const own_namespaces[] = {
    "http://www.xbrl.org/2003/", "http://xbrl.org/2005/", "http://www.w3.org/",
    "http://www.xbrl.org/2005/", "http://xbrl.org/2008/",
};

/* A locator or a resource. Numbers are texts. */
typedef struct End {
  uint32_t label;
  uint32_t order;
  bool is_resource, is_reference;
  uint32_t target;         /* locator: an IRI */
  uint32_t role, language; /* resource */
  OgSpan text;
} End;

typedef struct Arc {
  uint32_t from, to; /* labels */
  uint32_t arcrole;
  uint32_t attributes[ARC_ATTRIBUTES]; /* NO_TEXT when absent */
  uint32_t values[ARC_ATTRIBUTES];     /* the same, as they are compared */
  long priority;
  bool prohibited;
} Arc;

/* One pair of ends of an arc. */
typedef struct Relation {
  uint32_t from, to; /* rows of ends */
  uint32_t arc;
} Relation;

/* An open element with xml:base. */
typedef struct Base {
  size_t depth;
  OgSpan iri;
} Base;

typedef struct Reader {
  OgXml *xml;
  const OgReadOptions *options;
  const OgSink *sink;
  size_t depth;
  size_t link, resource, definition; /* depths of the elements of these kinds; 0 outside */
  Id root;
  OgBuffer file;       /* IRI of the document */
  OgBuffer bases;      /* Base: the innermost at the end */
  OgBuffer base_bytes; /* their IRIs, a stack */
  OgBuffer iri, object, scratch;
  OgBuffer text;      /* of the resource or definition that is open */
  OgBuffer described; /* the role whose definition is waited for */
  bool is_arcrole;
  bool mentions_xbrl;
  OgIntern *texts;
  OgIntern *declared; /* arcroles that were declared */
  OgIntern *needed;   /* IRIs of files that were said to be imported */
  OgBuffer ends;      /* End */
  OgBuffer arcs;      /* Arc */
  OgBuffer relations; /* Relation */
  OgBuffer bytes;     /* texts of resources */
  End open;           /* the resource that is open */
  uint32_t role;      /* of the extended link */
  unsigned long minted;
} Reader;

#define NO_TEXT UINT32_MAX

#define BROKEN(reader, err, kind, ...)                                                             \
  og_xml_broken((reader)->xml, (reader)->options->strict, err, kind, __VA_ARGS__)

/* ---- texts and addresses --------------------------------------------------------------------- */

static OgStatus number_of(Reader *reader, OgText text, uint32_t *number, OgError *err) {
  return og_intern_add(reader->texts, text.data ? text.data : "", text.size, number, NULL, err);
}

static OgText text_of(const Reader *reader, uint32_t number) {
  return og_interned(reader->texts, number);
}

static OgText xlink(const OgXmlElement *element, const char *local) {
  return og_text_trimmed(og_xml_attribute_in(element, XLINK, local));
}

/* An address as og_ingest_base writes that of a file: what may not stand in an IRI, and what is not
 * ASCII, percent-encoded; percent signs stay. */
static OgStatus encode(OgBuffer *buffer, OgText address, OgError *err) {
  og_buffer_reset(buffer);
  for (size_t at = 0; at < address.size; at++) {
    const unsigned char c = (unsigned char)address.data[at];
    const bool plain = c > ' ' && c < 0x7f && !strchr("<>\"{}|\\^`", c);
    OG_TRY(plain ? og_buffer_append(buffer, &c, 1, err)
                 : og_buffer_format(buffer, err, "%%%02X", c));
  }
  return OG_OK;
}

static const Base *innermost_base(const Reader *reader) {
  const size_t count = reader->bases.size / sizeof(Base);
  return count > 0 ? (const Base *)(const void *)reader->bases.data + count - 1 : NULL;
}

/* The IRI of an address in this file, into out. */
static OgStatus resolve(Reader *reader, OgText address, OgBuffer *out, OgError *err) {
  OG_TRY(encode(&reader->scratch, address, err));
  og_buffer_reset(out);
  const OgText reference = og_text_of(&reader->scratch);
  const Base *base = innermost_base(reader);
  return og_iri_is_absolute(reference)
             ? og_buffer_append(out, reference.data, reference.size, err)
             : og_iri_resolve_into(base ? og_span_text(&reader->base_bytes, base->iri)
                                        : og_text_of(&reader->file),
                                   reference, out, err);
}

/* A role or arcrole identifies by its IRI, which is to be absolute (XLink 1.0, section 5.5).
 * *role: one that is not becomes so in reader->iri. */
static OgStatus mend_role(Reader *reader, OgText *role, OgError *err) {
  if (role->size == 0 || (og_iri_is_absolute(*role) && og_iri_is_clean(*role))) {
    return OG_OK;
  }
  OG_TRY(BROKEN(reader, err, "relative role",
                "\"%.*s\" is no absolute IRI; it is read as an address in this file",
                og_text_shown(*role), role->data));
  OG_TRY(resolve(reader, *role, &reader->iri, err));
  *role = og_text_of(&reader->iri);
  return OG_OK;
}

static OgStatus number_of_role(Reader *reader, OgText role, uint32_t *number, OgError *err) {
  OG_TRY(mend_role(reader, &role, err));
  return number_of(reader, role, number, err);
}

/* xml:base holds until its element ends. */
static OgStatus enter_base(Reader *reader, const OgXmlElement *element, OgError *err) {
  const OgText address = og_xml_attribute_in(element, OG_NS_XML, "base");
  if (!address.data) {
    return OG_OK;
  }
  Base base = {.depth = reader->depth};
  OG_TRY(resolve(reader, address, &reader->object, err));
  OG_TRY(og_span_push(&reader->base_bytes, og_text_of(&reader->object), &base.iri, err));
  return og_buffer_append(&reader->bases, &base, sizeof base, err);
}

static void leave_base(Reader *reader, size_t depth) {
  const Base *base = innermost_base(reader);
  if (base && base->depth == depth) {
    reader->base_bytes.size = base->iri.at;
    reader->bases.size -= sizeof *base;
  }
}

static OgTerm term_of(const OgBuffer *buffer) {
  return og_iri_term(og_text_of(buffer));
}

/* ---- schemas --------------------------------------------------------------------------------- */

static OgText after_colon(OgText name) {
  const char *colon = name.size > 0 ? memchr(name.data, ':', name.size) : NULL;
  const size_t step = colon ? (size_t)(colon + 1 - name.data) : 0;
  return (OgText){name.data + step, name.size - step};
}

static OgStatus start_root(Reader *reader, const OgXmlElement *element, OgError *err) {
  reader->root = (Id)element->name->id;
  if (reader->root != XS_SCHEMA && reader->root != LINK_LINKBASE) {
    return og_xml_fault(reader->xml, err, "expected an XBRL schema or linkbase, found %.*s",
                        og_text_shown(element->name->iri), element->name->iri.data);
  }
  for (size_t i = 0; i < element->namespace_count; i++) {
    const char *uri = element->namespaces[i].uri;
    reader->mentions_xbrl = reader->mentions_xbrl || strcmp(uri, INSTANCE) == 0 ||
                            strcmp(uri, LINK) == 0 || strcmp(uri, DIMENSIONS) == 0;
  }
  const OgText namespace = og_xml_attribute(element, "targetNamespace");
  OG_TRY(og_emit_type(reader->sink, term_of(&reader->file), OG_NS_OWL "Ontology", err));
  return namespace.size > 0 ? og_emit(reader->sink, term_of(&reader->file),
                                      OG_NS_DCTERMS "identifier", og_literal_term(namespace), err)
                            : OG_OK;
}

/* Where a concept is: an id belongs to its file, whatever xml:base says of addresses. */
static OgStatus locate(Reader *reader, OgText id, OgError *err) {
  OG_TRY(encode(&reader->scratch, id, err));
  OG_TRY(og_buffer_set(&reader->iri, og_text_of(&reader->file), err));
  OG_TRY(og_buffer_text(&reader->iri, "#", err));
  return og_buffer_append(&reader->iri, reader->scratch.data, reader->scratch.size, err);
}

/* An element that stands for others is a concept: an item, a tuple, a dimension, a hypercube. */
static OgStatus start_concept(Reader *reader, const OgXmlElement *element, OgError *err) {
  const OgText name = og_xml_attribute(element, "name");
  OgText id = og_xml_attribute(element, "id");
  const OgText domain = og_xml_attribute_in(element, DIMENSIONS, "typedDomainRef");
  if (name.size == 0 || !og_xml_attribute(element, "substitutionGroup").data) {
    return OG_OK;
  }
  if (id.size == 0) {
    OG_TRY(BROKEN(reader, err, "concept without an id",
                  "%.*s has no id: no linkbase can point to it", og_text_shown(name), name.data));
    id = name;
  }
  OG_TRY(locate(reader, id, err));
  const OgTerm concept = term_of(&reader->iri);
  OG_TRY(og_emit_type(reader->sink, concept, SKOS("Concept"), err));
  OG_TRY(og_emit(reader->sink, concept, SKOS("notation"), og_literal_term(name), err));
  OG_TRY(og_emit(reader->sink, concept, OG_NS_RDFS "isDefinedBy", term_of(&reader->file), err));
  for (size_t i = 0; i < OG_COUNT(concept_attributes); i++) {
    const OgText value = og_text_trimmed(
        og_xml_attribute_in(element, concept_attributes[i].uri, concept_attributes[i].local));
    const char *datatype = concept_attributes[i].datatype;
    if (value.size > 0) {
      OG_TRY(og_emit(
          reader->sink, concept, concept_attributes[i].property,
          datatype[0] ? og_typed_term(value, datatype) : og_literal_term(after_colon(value)), err));
    }
  }
  if (domain.size == 0) {
    return OG_OK;
  }
  OG_TRY(resolve(reader, domain, &reader->object, err));
  return og_emit(reader->sink, concept, XBRL("typedDomain"), term_of(&reader->object), err);
}

static bool begins_with(OgText text, const char *const *prefixes, size_t count) {
  for (size_t i = 0; i < count; i++) {
    const size_t size = strlen(prefixes[i]);
    if (text.size >= size && memcmp(text.data, prefixes[i], size) == 0) {
      return true;
    }
  }
  return false;
}

static bool is_own(OgText namespace) {
  return begins_with(namespace, own_namespaces, OG_COUNT(own_namespaces));
}

/* Another file of the taxonomy, told once. */
static OgStatus import_file(Reader *reader, OgText iri, OgError *err) {
  uint32_t number;
  int added;
  const OgText file = {iri.data, iri.size - og_iri_parts(iri).fragment};
  OG_TRY(og_intern_add(reader->needed, file.data, file.size, &number, &added, err));
  if (!added || is_own(file) || og_text_same(file, og_text_of(&reader->file))) {
    return OG_OK;
  }
  return og_emit(reader->sink, term_of(&reader->file), OG_NS_OWL "imports", og_iri_term(file), err);
}

static OgStatus start_import(Reader *reader, OgText namespace, OgText address, OgError *err) {
  if (address.size == 0 || is_own(namespace)) {
    return OG_OK;
  }
  OG_TRY(resolve(reader, address, &reader->object, err));
  return import_file(reader, og_text_of(&reader->object), err);
}

/* roleType and arcroleType: their definition comes inside. */
static OgStatus start_role(Reader *reader, const OgXmlElement *element, OgError *err) {
  reader->is_arcrole = element->name->id == LINK_ARCROLE_TYPE;
  const char *attribute = reader->is_arcrole ? "arcroleURI" : "roleURI";
  OgText uri = og_text_trimmed(og_xml_attribute(element, attribute));
  OG_TRY(mend_role(reader, &uri, err));
  OG_TRY(og_buffer_set(&reader->described, uri.data ? uri : OG_TEXT(""), err));
  if (uri.size == 0) {
    return BROKEN(reader, err, "missing attribute", "%s has no %s; it is left out",
                  element->name->local.data, attribute);
  }
  OG_TRY(og_emit_type(reader->sink, term_of(&reader->described),
                      reader->is_arcrole ? OG_NS_OWL "ObjectProperty" : SKOS("Collection"), err));
  const OgText id = og_xml_attribute(element, "id");
  if (id.size == 0 || reader->is_arcrole) {
    return OG_OK;
  }
  OG_TRY(locate(reader, id, err)); /* what generic labels call it */
  return og_emit(reader->sink, term_of(&reader->iri), OG_NS_OWL "sameAs",
                 term_of(&reader->described), err);
}

static OgStatus end_definition(Reader *reader, OgError *err) {
  const OgText text = og_text_trimmed(og_text_of(&reader->text));
  reader->definition = 0;
  if (reader->described.size == 0 || text.size == 0) {
    return OG_OK;
  }
  return og_emit(reader->sink, term_of(&reader->described),
                 reader->is_arcrole ? OG_NS_RDFS "comment" : SKOS("prefLabel"),
                 og_literal_term(text), err);
}

/* ---- extended links -------------------------------------------------------------------------- */

static OgStatus start_link(Reader *reader, const OgXmlElement *element, OgError *err) {
  reader->link = reader->depth;
  reader->ends.size = reader->arcs.size = reader->relations.size = reader->bytes.size = 0;
  return number_of_role(reader, xlink(element, "role"), &reader->role, err);
}

static OgStatus add_end(Reader *reader, End end, OgError *err) {
  end.order = (uint32_t)(reader->ends.size / sizeof end);
  return og_buffer_append(&reader->ends, &end, sizeof end, err);
}

/* reader->iri = the same with "#id" for "#element(id)" (XBRL 2.1, section 3.5.4). Other pointers
 * are warned of: nothing has such an address. */
static OgStatus unwrap_pointer(Reader *reader, OgError *err) {
  static const char scheme[] = "#element(";
  OgBuffer *iri = &reader->iri;
  char *hash = strchr(iri->data, '#'), *end = iri->data + iri->size;
  if (!hash || !strchr(hash, '(')) {
    return OG_OK;
  }
  const size_t size = strcspn(hash, "/)"), before = sizeof scheme - 1;
  if (strncmp(hash, scheme, before) != 0 || size == before || hash + size + 1 != end) {
    return BROKEN(reader, err, "pointer not understood",
                  "\"%s\" is no id: what is said of it is said of nothing", hash);
  }
  memmove(hash + 1, hash + before, size - before);
  iri->size = (size_t)(hash - iri->data) + 1 + size - before;
  iri->data[iri->size] = '\0';
  return OG_OK;
}

static OgStatus start_locator(Reader *reader, const OgXmlElement *element, OgError *err) {
  End end = {0};
  const OgText address = xlink(element, "href");
  if (address.size == 0) {
    return BROKEN(reader, err, "missing attribute", "a locator has no xlink:href; it is left out");
  }
  OG_TRY(resolve(reader, address, &reader->iri, err));
  OG_TRY(import_file(reader, og_text_of(&reader->iri), err));
  OG_TRY(unwrap_pointer(reader, err));
  OG_TRY(number_of(reader, xlink(element, "label"), &end.label, err));
  OG_TRY(number_of(reader, og_text_of(&reader->iri), &end.target, err));
  return add_end(reader, end, err);
}

static OgStatus start_resource(Reader *reader, const OgXmlElement *element, OgError *err) {
  const OgText language = og_xml_attribute_in(element, OG_NS_XML, "lang");
  End *end = &reader->open;
  *end = (End){.is_resource = true, .is_reference = element->name->id == LINK_REFERENCE};
  reader->resource = reader->depth;
  og_buffer_reset(&reader->text);
  OG_TRY(number_of(reader, xlink(element, "label"), &end->label, err));
  OG_TRY(number_of_role(reader, xlink(element, "role"), &end->role, err));
  return number_of(reader, language, &end->language, err);
}

/* A part of a reference: "Paragraph: 12". */
static OgStatus start_part(Reader *reader, const OgXmlElement *element, OgError *err) {
  if (!reader->open.is_reference || reader->depth != reader->resource + 1) {
    return og_buffer_words(&reader->text, OG_TEXT(" "), err);
  }
  while (reader->text.size > 0 && reader->text.data[reader->text.size - 1] == ' ') {
    reader->text.size--;
  }
  OG_TRY(og_buffer_text(&reader->text, reader->text.size > 0 ? ", " : "", err));
  return og_buffer_format(&reader->text, err, "%s: ", element->name->local.data);
}

static OgStatus end_resource(Reader *reader, OgError *err) {
  const OgText text = og_text_trimmed(og_text_of(&reader->text));
  reader->resource = 0;
  OG_TRY(og_span_push(&reader->bytes, text, &reader->open.text, err));
  return add_end(reader, reader->open, err);
}

/* An xsd:integer, by default 0 (XBRL 2.1, section 3.5.3.9.7). */
static OgStatus read_priority(Reader *reader, const OgXmlElement *element, long *priority,
                              OgError *err) {
  const OgText text = og_text_trimmed(og_xml_attribute(element, "priority"));
  char *end;
  *priority = 0;
  if (!text.data) {
    return OG_OK;
  }
  OG_TRY(og_buffer_set(&reader->scratch, text, err));
  errno = 0;
  const long number = strtol(reader->scratch.data, &end, 10);
  if (text.size == 0 || *end != '\0' || errno == ERANGE) {
    return BROKEN(reader, err, "ill-formed priority",
                  "priority \"%.*s\" is no integer, or too large a one; it is taken for 0",
                  og_text_shown(text), text.data);
  }
  *priority = number;
  return OG_OK;
}

/* The value of an attribute that is there, as it is compared; NO_TEXT when it is the default. */
static OgStatus number_of_value(Reader *reader, size_t attribute, uint32_t text, uint32_t *value,
                                OgError *err) {
  og_buffer_reset(&reader->scratch);
  OG_TRY(og_arc_value(arc_attributes[attribute].property, text_of(reader, text), &reader->scratch,
                      err));
  return reader->scratch.size > 0 ? number_of(reader, og_text_of(&reader->scratch), value, err)
                                  : OG_OK;
}

static OgStatus start_arc(Reader *reader, const OgXmlElement *element, OgError *err) {
  Arc arc = {.prohibited = og_text_is(og_xml_attribute(element, "use"), "prohibited")};
  const OgText arcrole = xlink(element, "arcrole");
  if (arcrole.size == 0) {
    return BROKEN(reader, err, "missing attribute", "an arc has no xlink:arcrole; it is left out");
  }
  OG_TRY(number_of(reader, xlink(element, "from"), &arc.from, err));
  OG_TRY(number_of(reader, xlink(element, "to"), &arc.to, err));
  OG_TRY(number_of_role(reader, arcrole, &arc.arcrole, err));
  for (size_t i = 0; i < ARC_ATTRIBUTES; i++) {
    const OgText value = og_text_trimmed(
        og_xml_attribute_in(element, arc_attributes[i].uri, arc_attributes[i].local));
    arc.attributes[i] = arc.values[i] = NO_TEXT;
    if (value.size > 0) {
      OG_TRY(arc_attributes[i].datatype ? number_of(reader, value, &arc.attributes[i], err)
                                        : number_of_role(reader, value, &arc.attributes[i], err));
      OG_TRY(number_of_value(reader, i, arc.attributes[i], &arc.values[i], err));
    }
  }
  OG_TRY(read_priority(reader, element, &arc.priority, err));
  return og_buffer_append(&reader->arcs, &arc, sizeof arc, err);
}

/* ---- relations ------------------------------------------------------------------------------- */

static const End *end_at(const Reader *reader, uint32_t n) {
  return (const End *)(const void *)reader->ends.data + n;
}

static const Arc *arc_at(const Reader *reader, uint32_t n) {
  return (const Arc *)(const void *)reader->arcs.data + n;
}

static int compare(uint32_t a, uint32_t b) {
  return (a > b) - (a < b);
}

static int by_label(const void *a, const void *b) {
  const End *x = a;
  const End *y = b;
  return x->label != y->label ? compare(x->label, y->label) : compare(x->order, y->order);
}

/* The first of the ends with this label or one behind it; they are sorted. */
static uint32_t first_end(const Reader *reader, uint32_t label) {
  uint32_t low = 0;
  uint32_t high = (uint32_t)(reader->ends.size / sizeof(End));
  while (low < high) {
    const uint32_t middle = low + (high - low) / 2;
    if (end_at(reader, middle)->label < label) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

/* The first of the ends with a label, and how many there are. */
static uint32_t ends_of(const Reader *reader, uint32_t label, uint32_t *count) {
  const uint32_t first = first_end(reader, label);
  *count = first_end(reader, label + 1) - first;
  return first;
}

static OgStatus add_relations(Reader *reader, uint32_t arc, OgError *err) {
  uint32_t from_count, to_count;
  const uint32_t from = ends_of(reader, arc_at(reader, arc)->from, &from_count);
  const uint32_t to = ends_of(reader, arc_at(reader, arc)->to, &to_count);
  if (from_count == 0 || to_count == 0) {
    const OgText label =
        text_of(reader, from_count == 0 ? arc_at(reader, arc)->from : arc_at(reader, arc)->to);
    return BROKEN(reader, err, "arc to nothing",
                  "no locator or resource has the label \"%.*s\"; the arc is left out",
                  og_text_shown(label), label.data);
  }
  if (reader->relations.size / sizeof(Relation) + (uint64_t)from_count * to_count > MAX_RELATIONS) {
    return og_xml_fault(reader->xml, err, "an extended link has over %d relations, the limit",
                        MAX_RELATIONS);
  }
  for (uint32_t i = 0; i < from_count; i++) {
    for (uint32_t k = 0; k < to_count; k++) {
      const Relation relation = {from + i, to + k, arc};
      OG_TRY(og_buffer_append(&reader->relations, &relation, sizeof relation, err));
    }
  }
  return OG_OK;
}

/* What an end is, to tell whether two relations say the same. */
static uint32_t identity(const End *end) {
  return end->is_resource ? end->order : end->target;
}

/* Relations that say the same compare as equal: the same ends, arcrole and attributes. */
static int compare_relations(const Reader *reader, const Relation *x, const Relation *y) {
  const Arc *a = arc_at(reader, x->arc);
  const Arc *b = arc_at(reader, y->arc);
  const End *from[] = {end_at(reader, x->from), end_at(reader, y->from)};
  const End *to[] = {end_at(reader, x->to), end_at(reader, y->to)};
  int order = compare(identity(from[0]), identity(from[1]));
  order = order ? order : compare(a->arcrole, b->arcrole);
  order = order ? order : compare(to[0]->is_resource, to[1]->is_resource);
  order = order ? order : compare(identity(to[0]), identity(to[1]));
  for (size_t i = 0; i < ARC_ATTRIBUTES && !order; i++) {
    order = compare(a->values[i], b->values[i]);
  }
  return order;
}

static int by_meaning(const void *a, const void *b, void *reader) {
  const int order = compare_relations(reader, a, b);
  return order ? order : compare(((const Relation *)a)->arc, ((const Relation *)b)->arc);
}

/* ---- their statements ------------------------------------------------------------------------ */

static OgTerm mint(Reader *reader, char label[LABEL]) {
  const int size = snprintf(label, LABEL, "g%lu", ++reader->minted);
  return og_blank_term((OgText){label, (size_t)size});
}

/* subject predicate object, and a node of that type that says the same with these three properties.
 */
static OgStatus emit_about(Reader *reader, OgTerm node, const char *type,
                           const char *const properties[3], const OgTerm terms[3], OgError *err) {
  OG_TRY(og_emit_type(reader->sink, node, type, err));
  for (size_t i = 0; i < 3; i++) {
    OG_TRY(og_emit(reader->sink, node, properties[i], terms[i], err));
  }
  return OG_OK;
}

static const char *const annotated[] = {OG_NS_OWL "annotatedSource", OG_NS_OWL "annotatedProperty",
                                        OG_NS_OWL "annotatedTarget"};
static const char *const denied[] = {OG_NS_OWL "sourceIndividual", OG_NS_OWL "assertionProperty",
                                     OG_NS_OWL "targetIndividual"};

/* The role of the link, and what the arc says beside its ends. */
static OgStatus emit_arc(Reader *reader, OgTerm node, const Arc *arc, OgError *err) {
  const OgText role = text_of(reader, reader->role);
  if (role.size > 0) {
    OG_TRY(og_emit(reader->sink, node, XBRL("role"), og_iri_term(role), err));
  }
  for (size_t i = 0; i < ARC_ATTRIBUTES; i++) {
    if (arc->attributes[i] == NO_TEXT) {
      continue;
    }
    const OgText value = text_of(reader, arc->attributes[i]);
    const char *datatype = arc_attributes[i].datatype;
    const OgTerm object = !datatype     ? og_iri_term(value)
                          : datatype[0] ? og_typed_term(value, datatype)
                                        : og_literal_term(value);
    OG_TRY(og_emit(reader->sink, node, arc_attributes[i].property, object, err));
  }
  if (arc->priority == 0) {
    return OG_OK;
  }
  char number[LABEL];
  const int size = snprintf(number, sizeof number, "%ld", arc->priority);
  return og_emit(reader->sink, node, XBRL("priority"),
                 og_typed_term((OgText){number, (size_t)size}, OG_NS_XSD "integer"), err);
}

/* The arcrole is the edge's relation: its type and name, once. */
static OgStatus declare(Reader *reader, OgText arcrole, OgError *err) {
  uint32_t number;
  int added;
  OG_TRY(og_intern_add(reader->declared, arcrole.data, arcrole.size, &number, &added, err));
  if (!added) {
    return OG_OK;
  }
  size_t at = arcrole.size;
  while (at > 0 && arcrole.data[at - 1] != '/' && arcrole.data[at - 1] != '#') {
    at--;
  }
  OG_TRY(og_emit_type(reader->sink, og_iri_term(arcrole), OG_NS_OWL "ObjectProperty", err));
  return og_emit(reader->sink, og_iri_term(arcrole), OG_NS_RDFS "label",
                 og_literal_term((OgText){arcrole.data + at, arcrole.size - at}), err);
}

static OgStatus emit_edge(Reader *reader, const Relation *relation, bool holds, OgError *err) {
  const Arc *arc = arc_at(reader, relation->arc);
  const OgText arcrole = text_of(reader, arc->arcrole);
  const OgTerm terms[] = {og_iri_term(text_of(reader, end_at(reader, relation->from)->target)),
                          og_iri_term(arcrole),
                          og_iri_term(text_of(reader, end_at(reader, relation->to)->target))};
  char label[LABEL];
  const OgTerm node = mint(reader, label);
  OG_TRY(declare(reader, arcrole, err));
  if (holds) {
    OG_TRY(reader->sink->statement(reader->sink->data, &terms[0], &terms[1], &terms[2], err));
    OG_TRY(emit_about(reader, node, OG_NS_OWL "Axiom", annotated, terms, err));
  } else {
    OG_TRY(emit_about(reader, node, OG_NS_OWL "NegativePropertyAssertion", denied, terms, err));
  }
  return emit_arc(reader, node, arc, err);
}

/* NULL: none that has a property of its own. */
static const char *property_of_role(OgText role) {
  for (size_t k = 0; k < OG_COUNT(role_spaces); k++) {
    if (!begins_with(role, &role_spaces[k], 1)) {
      continue;
    }
    const size_t start = strlen(role_spaces[k]);
    for (size_t i = 0; i < OG_COUNT(label_roles); i++) {
      if (og_text_is((OgText){role.data + start, role.size - start}, label_roles[i].role)) {
        return label_roles[i].property;
      }
    }
  }
  return NULL;
}

/* A label by its role; an alternative name says its role on the side. */
static OgStatus emit_label(Reader *reader, OgTerm concept, const End *end, OgError *err) {
  const OgText role = end->is_resource ? text_of(reader, end->role) : OG_TEXT("");
  const OgText text = og_span_text(&reader->bytes, end->text);
  const OgTerm words = og_words_term(text, text_of(reader, end->language));
  const bool standard = role.size == 0 || begins_with(role, consortium, OG_COUNT(consortium));
  const char *property = role.size == 0 ? SKOS("prefLabel") : SKOS("altLabel");
  const char *known_property = property_of_role(role);
  if (known_property) {
    return og_emit(reader->sink, concept, known_property, words, err);
  }
  if (!standard) {
    const OgTerm own = og_iri_term(role);
    return reader->sink->statement(reader->sink->data, &concept, &own, &words, err);
  }
  OG_TRY(og_emit(reader->sink, concept, property, words, err));
  if (role.size == 0) {
    return OG_OK;
  }
  char label[LABEL];
  const OgTerm node = mint(reader, label);
  const OgTerm terms[] = {concept, og_iri_term(og_text(property)), words};
  OG_TRY(emit_about(reader, node, OG_NS_OWL "Axiom", annotated, terms, err));
  return og_emit(reader->sink, node, XBRL("role"), og_iri_term(role), err);
}

static OgStatus emit_resource(Reader *reader, const Relation *relation, OgError *err) {
  const End *end = end_at(reader, relation->to);
  const OgTerm concept = og_iri_term(text_of(reader, end_at(reader, relation->from)->target));
  if (end->text.size == 0) {
    return OG_OK;
  }
  if (!end->is_reference) {
    return emit_label(reader, concept, end, err);
  }
  const OgText text = og_span_text(&reader->bytes, end->text);
  return og_emit(reader->sink, concept, OG_NS_DCTERMS "bibliographicCitation",
                 og_literal_term(text), err);
}

/* Relations that say the same: the one of the highest priority holds, unless a prohibiting one is
 * as high. */
static OgStatus emit_group(Reader *reader, const Relation *group, size_t count, OgError *err) {
  const Relation *best = NULL;
  const Relation *barrier = NULL;
  for (size_t i = 0; i < count; i++) {
    const Arc *arc = arc_at(reader, group[i].arc);
    const Relation **slot = arc->prohibited ? &barrier : &best;
    if (!*slot || arc->priority > arc_at(reader, (*slot)->arc)->priority) {
      *slot = &group[i];
    }
  }
  const bool holds = best && (!barrier || arc_at(reader, best->arc)->priority >
                                              arc_at(reader, barrier->arc)->priority);
  const Relation *relation = holds ? best : barrier;
  if (end_at(reader, relation->from)->is_resource) {
    return OG_OK; /* what is said of a label is not read */
  }
  if (end_at(reader, relation->to)->is_resource) {
    return holds ? emit_resource(reader, relation, err) : OG_OK;
  }
  const OgText arcrole = text_of(reader, arc_at(reader, relation->arc)->arcrole);
  for (size_t i = 0; i < OG_COUNT(resource_arcroles); i++) {
    if (og_text_is(arcrole, resource_arcroles[i])) {
      const OgText label = text_of(reader, end_at(reader, relation->to)->target);
      return BROKEN(reader, err, "label of another file",
                    "the arc to the label or reference <%.*s> is left out: what its own file says "
                    "of it stays",
                    og_text_shown(label), label.data);
    }
  }
  return emit_edge(reader, relation, holds, err);
}

static OgStatus end_link(Reader *reader, OgError *err) {
  reader->link = 0;
  const size_t arcs = reader->arcs.size / sizeof(Arc);
  if (reader->ends.size > 0) {
    qsort(reader->ends.data, reader->ends.size / sizeof(End), sizeof(End), by_label);
  }
  for (size_t i = 0; i < arcs; i++) {
    OG_TRY(add_relations(reader, (uint32_t)i, err));
  }
  Relation *relations = (Relation *)(void *)reader->relations.data;
  const size_t count = reader->relations.size / sizeof *relations;
  if (count > 0) {
    qsort_r(relations, count, sizeof *relations, by_meaning, reader);
  }
  for (size_t i = 0; i < count;) {
    size_t same = 1;
    while (i + same < count &&
           compare_relations(reader, &relations[i], &relations[i + same]) == 0) {
      same++;
    }
    OG_TRY(emit_group(reader, relations + i, same, err));
    i += same;
  }
  return OG_OK;
}

/* ---- the document ---------------------------------------------------------------------------- */

/* By xlink:type: the names of extended links, arcs and resources are open to all. */
static const struct {
  const char *type;
  OgStatus (*start)(Reader *reader, const OgXmlElement *element, OgError *err);
} link_parts[] = {
    {"locator", start_locator},
    {"resource", start_resource},
    {"arc", start_arc},
};

static OgStatus start_known(Reader *reader, const OgXmlElement *element, OgError *err) {
  switch ((Id)element->name->id) {
  case XS_ELEMENT:
    return reader->depth == 2 ? start_concept(reader, element, err) : OG_OK;
  case XS_IMPORT:
    return start_import(reader, og_xml_attribute(element, "namespace"),
                        og_text_trimmed(og_xml_attribute(element, "schemaLocation")), err);
  case LINK_LINKBASE_REF:
    return start_import(reader, OG_TEXT(""), xlink(element, "href"), err);
  case LINK_ROLE_TYPE:
  case LINK_ARCROLE_TYPE:
    return start_role(reader, element, err);
  case LINK_DEFINITION:
    og_buffer_reset(&reader->text);
    reader->definition = reader->depth;
    return OG_OK;
  default:
    return OG_OK;
  }
}

static OgStatus on_start(void *data, OgXml *xml, const OgXmlElement *element, OgError *err) {
  Reader *reader = data;
  reader->xml = xml;
  reader->depth++;
  OG_TRY(enter_base(reader, element, err));
  if (reader->depth == 1) {
    return start_root(reader, element, err);
  }
  if (reader->resource > 0) {
    return start_part(reader, element, err);
  }
  if (reader->definition > 0) {
    return OG_OK; /* a text has no parts: theirs is read as its own */
  }
  const OgText type = xlink(element, "type");
  if (reader->link == 0 && og_text_is(type, "extended")) {
    return start_link(reader, element, err);
  }
  for (size_t i = 0; i < OG_COUNT(link_parts) && reader->link > 0; i++) {
    if (reader->depth == reader->link + 1 && og_text_is(type, link_parts[i].type)) {
      return link_parts[i].start(reader, element, err);
    }
  }
  return reader->link > 0 ? OG_OK : start_known(reader, element, err);
}

static OgStatus on_end(void *data, OgXml *xml, OgError *err) {
  (void)xml;
  Reader *reader = data;
  const size_t depth = reader->depth--;
  leave_base(reader, depth);
  if (depth == reader->resource) {
    return end_resource(reader, err);
  }
  if (depth == reader->link) {
    return end_link(reader, err);
  }
  return depth == reader->definition ? end_definition(reader, err) : OG_OK;
}

static OgStatus on_text(void *data, OgXml *xml, OgText text, OgError *err) {
  Reader *reader = data;
  if (reader->resource == 0 && reader->definition == 0) {
    return OG_OK;
  }
  if (reader->text.size + text.size > MAX_TEXT) {
    return og_xml_fault(xml, err,
                        "a text is longer than %d bytes, the limit; shorten it, or take it out",
                        MAX_TEXT);
  }
  return og_buffer_words(&reader->text, text, err);
}

static void clear(Reader *reader) {
  OgBuffer *const buffers[] = {&reader->bases, &reader->base_bytes, &reader->file,
                               &reader->iri,   &reader->object,     &reader->scratch,
                               &reader->text,  &reader->described,  &reader->ends,
                               &reader->arcs,  &reader->relations,  &reader->bytes};
  for (size_t i = 0; i < OG_COUNT(buffers); i++) {
    og_buffer_clear(buffers[i]);
  }
  og_intern_free(reader->texts);
  og_intern_free(reader->declared);
  og_intern_free(reader->needed);
}

OgStatus og_xbrl_read(OgInput *input, const OgReadOptions *options, const OgSink *sink,
                      const OgProgress *progress, OgError *err) {
  static const OgXmlHandler handler = {.start = on_start,
                                       .end = on_end,
                                       .text = on_text,
                                       .known = known,
                                       .known_count = OG_COUNT(known)};
  static const char *const prefixes[] = {"owl", "skos", "dcterms"};
  OgStatus status;
  Reader reader = {.options = options,
                   .sink = sink,
                   .texts = og_intern_new(),
                   .declared = og_intern_new(),
                   .needed = og_intern_new()};
  if (!reader.texts || !reader.declared || !reader.needed) {
    status = og_error_no_memory(err);
    goto done;
  }
  OG_GO(og_buffer_set(&reader.file, (OgText){options->base, strcspn(options->base, "#")}, err));
  OG_GO(og_emit_prefixes(sink, prefixes, OG_COUNT(prefixes), err));
  OG_GO(og_xml_read(input, &handler, &reader, options->max_depth, sink, progress, err));
  if (!reader.mentions_xbrl) {
    status = og_emit_warning(sink, err, "schema without XBRL",
                             "it is an XML Schema that has nothing of XBRL in it");
  }
done:
  clear(&reader);
  return status;
}
