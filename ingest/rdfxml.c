/* The grammar is that of section 7.2 of the Recommendation; its productions are named where they
 * are read.
 *
 * - Frames: one an open element, with what may come inside it, its subject, its predicate, the base
 *   and language in scope.
 * - Bytes: the texts that frames own, a stack; a frame that is closed takes its texts with it.
 *
 * An element's base and language are its parent's unless it has its own: looking them up never
 * walks the parents. */
#include "ingest/rdfxml.h"

#include "core/intern.h"
#include "core/iri.h"
#include "core/memory.h"
#include "core/vocab.h"
#include "ingest/canonical.h"
#include "ingest/datatypes.h"
#include "ingest/emit.h"
#include "ingest/xml.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { MAX_TEXT = 256 << 20, LABEL = 24 };

/* Names with a meaning. Attributes on an element are kept by these numbers. */
typedef enum Id {
  PLAIN, /* any other name */
  RDF_RDF,
  RDF_DESCRIPTION,
  RDF_LI,
  RDF_ID,
  RDF_ABOUT,
  RDF_NODE_ID,
  RDF_RESOURCE,
  RDF_DATATYPE,
  RDF_PARSE_TYPE,
  RDF_TYPE,
  RDF_WITHDRAWN, /* bagID, aboutEach, aboutEachPrefix */
  XML_BASE,
  XML_LANG,
  ID_COUNT
} Id;

static const OgXmlKnown known[] = {
    {OG_NS_RDF, "RDF", RDF_RDF},
    {OG_NS_RDF, "Description", RDF_DESCRIPTION},
    {OG_NS_RDF, "li", RDF_LI},
    {OG_NS_RDF, "ID", RDF_ID},
    {OG_NS_RDF, "about", RDF_ABOUT},
    {OG_NS_RDF, "nodeID", RDF_NODE_ID},
    {OG_NS_RDF, "resource", RDF_RESOURCE},
    {OG_NS_RDF, "datatype", RDF_DATATYPE},
    {OG_NS_RDF, "parseType", RDF_PARSE_TYPE},
    {OG_NS_RDF, "type", RDF_TYPE},
    {OG_NS_RDF, "bagID", RDF_WITHDRAWN},
    {OG_NS_RDF, "aboutEach", RDF_WITHDRAWN},
    {OG_NS_RDF, "aboutEachPrefix", RDF_WITHDRAWN},
    {OG_NS_XML, "base", XML_BASE},
    {OG_NS_XML, "lang", XML_LANG},
    /* Without a namespace these five mean the same (section 6.1.4). */
    {"", "ID", RDF_ID},
    {"", "about", RDF_ABOUT},
    {"", "resource", RDF_RESOURCE},
    {"", "parseType", RDF_PARSE_TYPE},
    {"", "type", RDF_TYPE},
};

/* Where a name may stand: sections 7.2.2 to 7.2.7. */
enum { AS_NODE = 1, AS_PROPERTY = 2, AS_PROPERTY_ATTRIBUTE = 4 };

static const unsigned char allowed[ID_COUNT] = {
    [PLAIN] = AS_NODE | AS_PROPERTY | AS_PROPERTY_ATTRIBUTE,
    [RDF_TYPE] = AS_NODE | AS_PROPERTY | AS_PROPERTY_ATTRIBUTE,
    [RDF_DESCRIPTION] = AS_NODE,
    [RDF_LI] = AS_PROPERTY,
};

#define RDF(name) OG_TEXT(OG_NS_RDF name)

/* A text on the stack of bytes; size 0 when absent. */
typedef struct Span {
  size_t at;
  size_t size;
} Span;

/* A subject or object that is not a literal. kind 0 when absent. */
typedef struct Node {
  OgTermKind kind;
  Span text;
} Node;

/* What may come inside an element. */
typedef enum State {
  IN_DOCUMENT,   /* rdf:RDF or one node element */
  IN_RDF,        /* node elements */
  IN_NODE,       /* property elements about the subject */
  IN_PROPERTY,   /* text, or one node element */
  IN_COLLECTION, /* node elements: the items of a list */
  IN_EMPTY,      /* nothing */
  IN_LITERAL,    /* any XML */
  STATE_COUNT
} State;

typedef struct Frame {
  State state;
  bool has_node;         /* IN_PROPERTY: the node element has come */
  Node subject;          /* of the property elements inside, or of this property element */
  const OgXmlName *name; /* property elements: the predicate, unless it is a member's */
  Span member;           /* rdf:_1 and so on, for rdf:li */
  Span reified;          /* the IRI of rdf:ID on a property element */
  Span datatype;
  Node last;      /* IN_COLLECTION: the newest list cell */
  size_t members; /* IN_NODE: how many rdf:li there were */
  Span base;
  Span language;
  size_t bytes; /* what the stack of bytes held before this frame */
} Frame;

typedef struct Reader {
  OgXml *xml;
  const OgReadOptions *options;
  const OgSink *sink;
  Frame *frames;
  size_t frame_count, frame_room;
  OgBuffer bytes;
  OgBuffer scratch; /* an IRI that is being resolved */
  OgBuffer text;    /* of the innermost property element */
  OgCanonical *canonical;
  OgIntern *ids;      /* resolved IRIs of the rdf:IDs so far */
  OgIntern *prefixes; /* namespace declarations that the sink knows */
  unsigned long minted;
} Reader;

/* The special attributes of an element by their Id, and how many property attributes there are. */
typedef struct Attributes {
  const OgXmlAttribute *by_id[ID_COUNT];
  size_t properties;
} Attributes;

/* ---- faults and warnings --------------------------------------------------------------------- */

#define BROKEN(reader, err, kind, ...)                                                             \
  og_xml_broken((reader)->xml, (reader)->options->strict, err, kind, __VA_ARGS__)

/* For "%.*s": a piece of text that leaves room for the rest of a message. */
static int shown(size_t size) {
  return size < 100 ? (int)size : 100;
}

/* ---- the stack of bytes ---------------------------------------------------------------------- */

static OgText text_of(const Reader *reader, Span span) {
  return (OgText){span.size ? reader->bytes.data + span.at : "", span.size};
}

static OgStatus keep(Reader *reader, OgText text, Span *span, OgError *err) {
  *span = (Span){reader->bytes.size, text.size};
  return og_buffer_append(&reader->bytes, text.data, text.size, err);
}

static Frame *top(Reader *reader) {
  return &reader->frames[reader->frame_count - 1];
}

/* Open a frame that inherits from the one above it. */
static OgStatus push(Reader *reader, OgError *err) {
  if (reader->frame_count == reader->frame_room) {
    const size_t room = reader->frame_room ? reader->frame_room * 2 : 64;
    Frame *frames = og_realloc(reader->frames, room, sizeof *frames);
    if (!frames) {
      return og_error_no_memory(err);
    }
    reader->frames = frames;
    reader->frame_room = room;
  }
  Frame *frame = &reader->frames[reader->frame_count++];
  *frame = (Frame){.bytes = reader->bytes.size};
  if (reader->frame_count > 1) {
    frame->base = frame[-1].base;
    frame->language = frame[-1].language;
  }
  return OG_OK;
}

static void pop(Reader *reader) {
  reader->bytes.size = top(reader)->bytes;
  reader->frame_count--;
}

/* ---- nodes ----------------------------------------------------------------------------------- */

static OgStatus resolve(Reader *reader, OgText reference, Span *iri, OgError *err) {
  if (!og_iri_is_clean(reference)) {
    OG_TRY(BROKEN(reader, err, "ill-formed IRI",
                  "<%.*s> has a character that no IRI may have; it is kept as it is",
                  shown(reference.size), reference.data));
  }
  if (og_iri_is_absolute(reference)) {
    return keep(reader, reference, iri, err);
  }
  og_buffer_reset(&reader->scratch);
  OG_TRY(og_iri_resolve_into(text_of(reader, top(reader)->base), reference, &reader->scratch, err));
  return keep(reader, (OgText){reader->scratch.data, reader->scratch.size}, iri, err);
}

/* The IRI of rdf:ID, which must be an XML name and new (section 7.2.34 and constraint-id). */
static OgStatus resolve_id(Reader *reader, OgText value, Span *iri, OgError *err) {
  OgBuffer *scratch = &reader->scratch;
  const OgText base = text_of(reader, top(reader)->base);
  const size_t kept = base.size - og_iri_parts(base).fragment;
  og_buffer_reset(scratch);
  OG_TRY(og_buffer_append(scratch, base.data, kept, err));
  OG_TRY(og_buffer_append(scratch, "#", 1, err));
  OG_TRY(og_buffer_append(scratch, value.data, value.size, err));
  if (!og_xml_is_name(scratch->data + kept + 1)) {
    OG_TRY(BROKEN(reader, err, "ill-formed rdf:ID",
                  "\"%.*s\" is no XML name (letters, digits, '-', '_', '.'; the first a letter)",
                  shown(value.size), value.data));
  }
  uint32_t number;
  int added;
  OG_TRY(og_intern_add(reader->ids, scratch->data, scratch->size, &number, &added, err));
  if (!added) {
    OG_TRY(BROKEN(reader, err, "duplicate rdf:ID", "\"%.*s\" is the rdf:ID of an earlier element",
                  shown(value.size), value.data));
  }
  return keep(reader, (OgText){scratch->data, scratch->size}, iri, err);
}

static OgStatus mint(Reader *reader, Node *node, OgError *err) {
  char label[LABEL];
  char *at = label + sizeof label;
  for (unsigned long number = ++reader->minted; number > 0; number /= 10) {
    *--at = (char)('0' + number % 10);
  }
  *--at = 'g';
  node->kind = OG_BLANK;
  return keep(reader, (OgText){at, (size_t)(label + sizeof label - at)}, &node->text, err);
}

static OgStatus named_blank(Reader *reader, OgText value, Node *node, OgError *err) {
  node->kind = OG_BLANK;
  OG_TRY(keep(reader, OG_TEXT("n"), &node->text, err));
  OG_TRY(og_buffer_append(&reader->bytes, value.data, value.size, err));
  node->text.size += value.size;
  if (og_xml_is_name(reader->bytes.data + node->text.at + 1)) {
    return OG_OK;
  }
  OG_TRY(BROKEN(reader, err, "ill-formed rdf:nodeID", "\"%.*s\" is no XML name", shown(value.size),
                value.data));
  reader->bytes.size = node->text.at;
  OG_TRY(og_buffer_append(&reader->bytes, "x", 1, err));
  for (size_t i = 0; i < value.size; i++) {
    OG_TRY(og_buffer_format(&reader->bytes, err, "%02x", (unsigned char)value.data[i]));
  }
  node->text.size = reader->bytes.size - node->text.at;
  return OG_OK;
}

static OgTerm node_term(const Reader *reader, Node node) {
  return (OgTerm){.kind = node.kind, .text = text_of(reader, node.text)};
}

/* ---- statements ------------------------------------------------------------------------------ */

static OgStatus emit(Reader *reader, Node subject, OgText predicate, OgTerm object, OgError *err) {
  const OgTerm s = node_term(reader, subject);
  const OgTerm p = og_iri_term(predicate);
  return reader->sink->statement(reader->sink->data, &s, &p, &object, err);
}

static OgText predicate_of(const Reader *reader, const Frame *frame) {
  return frame->member.size ? text_of(reader, frame->member) : frame->name->iri;
}

/* The statement of a property element, and the four about it when it has an rdf:ID (section 7.3).
 */
static OgStatus emit_property(Reader *reader, const Frame *frame, OgTerm object, OgError *err) {
  const OgText predicate = predicate_of(reader, frame);
  OG_TRY(emit(reader, frame->subject, predicate, object, err));
  if (frame->reified.size == 0) {
    return OG_OK;
  }
  const Node about = {OG_IRI, frame->reified};
  OG_TRY(emit(reader, about, RDF("type"), og_iri_term(RDF("Statement")), err));
  OG_TRY(emit(reader, about, RDF("subject"), node_term(reader, frame->subject), err));
  OG_TRY(emit(reader, about, RDF("predicate"), og_iri_term(predicate), err));
  return emit(reader, about, RDF("object"), object, err);
}

static OgTerm literal(const Reader *reader, const Frame *frame, OgText text) {
  OgTerm term = {.kind = OG_LITERAL, .text = text, .datatype = text_of(reader, frame->datatype)};
  if (frame->datatype.size == 0) {
    term.language = text_of(reader, frame->language);
  }
  return term;
}

/* The literal of a property element is kept as it is written, whatever its datatype wants. */
static OgStatus emit_literal(Reader *reader, const Frame *frame, OgError *err) {
  const OgText text = og_text_of(&reader->text);
  const OgTerm term = literal(reader, frame, text);
  if (term.datatype.size > 0 && !og_is_well_typed(text, term.datatype)) {
    OG_TRY(BROKEN(reader, err, "ill-typed literal", "\"%.*s\" is no value of <%.*s>",
                  shown(text.size), text.data, shown(term.datatype.size), term.datatype.data));
  }
  return emit_property(reader, frame, term, err);
}

/* The next item of a parseType="Collection" (production parseTypeCollectionPropertyElt). The cell's
 * label has to outlive the item's frame, so it is written below it: cell is made before the item is
 * pushed. */
static OgStatus emit_item(Reader *reader, Frame *list, Node cell, Node item, OgError *err) {
  if (list->last.kind == 0) {
    OG_TRY(emit_property(reader, list, node_term(reader, cell), err));
  } else {
    OG_TRY(emit(reader, list->last, RDF("rest"), node_term(reader, cell), err));
  }
  list->last = cell;
  return emit(reader, cell, RDF("first"), node_term(reader, item), err);
}

static OgStatus emit_list_end(Reader *reader, const Frame *list, OgError *err) {
  const OgTerm nil = og_iri_term(RDF("nil"));
  return list->last.kind == 0 ? emit_property(reader, list, nil, err)
                              : emit(reader, list->last, RDF("rest"), nil, err);
}

/* ---- attributes ------------------------------------------------------------------------------ */

static bool is_xml_namespace(OgText uri) {
  return uri.size == sizeof OG_NS_XML - 1 && memcmp(uri.data, OG_NS_XML, uri.size) == 0;
}

/* Names that XML keeps for itself: they are left out (section 6.1.2). */
static bool is_reserved(const OgXmlName *name) {
  return is_xml_namespace(name->uri) ||
         (name->uri.size == 0 && strncasecmp(name->local.data, "xml", 3) == 0);
}

/* A name without a meaning of its own as an attribute: a property, unless it is reserved or has no
 * namespace. */
static bool is_property_attribute(const OgXmlName *name) {
  return (allowed[name->id] & AS_PROPERTY_ATTRIBUTE) &&
         (name->id != PLAIN || (name->uri.size > 0 && !is_xml_namespace(name->uri)));
}

static OgStatus sort_attribute(Reader *reader, const OgXmlAttribute *attribute,
                               Attributes *attributes, OgError *err) {
  const OgXmlName *name = attribute->name;
  if (is_property_attribute(name)) {
    attributes->properties++;
    return OG_OK;
  }
  switch (name->id) {
  case PLAIN:
    return is_reserved(name) ? OG_OK
                             : BROKEN(reader, err, "attribute not understood",
                                      "attribute %.*s has no namespace and is left out",
                                      shown(name->local.size), name->local.data);
  case RDF_WITHDRAWN:
    return BROKEN(reader, err, "withdrawn attribute",
                  "rdf:%s is no longer part of RDF and is left out", name->local.data);
  case RDF_RDF:
  case RDF_DESCRIPTION:
  case RDF_LI:
    return og_xml_fault(reader->xml, err, "rdf:%s is not allowed as an attribute",
                        name->local.data);
  default:
    if (attributes->by_id[name->id]) {
      return og_xml_fault(
          reader->xml, err,
          "attribute rdf:%s is there twice, with and without rdf:", name->local.data);
    }
    attributes->by_id[name->id] = attribute;
    return OG_OK;
  }
}

static bool is_language_tag(OgText tag) {
  size_t run = 0; /* letters and digits since the last '-'; the first run has letters only */
  bool first = true;
  for (size_t i = 0; i < tag.size; i++) {
    const char c = tag.data[i];
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (c == '-' && run > 0) {
      run = 0;
      first = false;
    } else if (letter || (!first && c >= '0' && c <= '9')) {
      run++;
    } else {
      return false;
    }
  }
  return run > 0;
}

/* Sort the element's attributes; put its own base and language into the top frame. */
static OgStatus read_attributes(Reader *reader, const OgXmlElement *element, Attributes *attributes,
                                OgError *err) {
  for (size_t i = 0; i < element->attribute_count; i++) {
    OG_TRY(sort_attribute(reader, &element->attributes[i], attributes, err));
  }
  const OgXmlAttribute *base = attributes->by_id[XML_BASE];
  if (base) {
    Span resolved;
    OG_TRY(resolve(reader, base->value, &resolved, err));
    top(reader)->base = resolved;
  }
  const OgXmlAttribute *language = attributes->by_id[XML_LANG];
  if (language) {
    const OgText tag = language->value;
    if (tag.size > 0 && !is_language_tag(tag)) {
      OG_TRY(BROKEN(reader, err, "ill-formed language tag",
                    "\"%.*s\" is no language tag such as en-US; it is kept as it is",
                    shown(tag.size), tag.data));
    }
    OG_TRY(keep(reader, tag, &top(reader)->language, err));
  }
  return OG_OK;
}

/* Fault when an attribute is there that the element may not have. */
static OgStatus forbid(const Reader *reader, const Attributes *attributes, const Id *ids,
                       size_t count, const char *where, OgError *err) {
  for (size_t i = 0; i < count; i++) {
    const OgXmlAttribute *found = attributes->by_id[ids[i]];
    if (found) {
      return og_xml_fault(reader->xml, err, "rdf:%s is not allowed on %s", found->name->local.data,
                          where);
    }
  }
  return OG_OK;
}

/* Property attributes (production propertyAttr): statements about subject. */
static OgStatus emit_property_attributes(Reader *reader, const OgXmlElement *element, Node subject,
                                         OgError *err) {
  for (size_t i = 0; i < element->attribute_count; i++) {
    const OgXmlAttribute *attribute = &element->attributes[i];
    if (!is_property_attribute(attribute->name)) {
      continue;
    }
    if (attribute->name->id == RDF_TYPE) {
      Span type;
      OG_TRY(resolve(reader, attribute->value, &type, err));
      OG_TRY(emit(reader, subject, RDF("type"), og_iri_term(text_of(reader, type)), err));
    } else {
      OG_TRY(emit(reader, subject, attribute->name->iri,
                  literal(reader, &(Frame){.language = top(reader)->language}, attribute->value),
                  err));
    }
  }
  return OG_OK;
}

/* ---- node elements (production nodeElement) -------------------------------------------------- */

static OgStatus check_element_name(const Reader *reader, const OgXmlName *name, unsigned place,
                                   OgError *err) {
  if (name->uri.size == 0) {
    return og_xml_fault(reader->xml, err, "element %.*s has no namespace", shown(name->local.size),
                        name->local.data);
  }
  if (!(allowed[name->id] & place)) {
    return og_xml_fault(reader->xml, err, "rdf:%s is not allowed as a %s element", name->local.data,
                        place == AS_NODE ? "node" : "property");
  }
  return OG_OK;
}

static OgStatus node_subject(Reader *reader, const Attributes *attributes, Node *subject,
                             OgError *err) {
  const OgXmlAttribute *id = attributes->by_id[RDF_ID];
  const OgXmlAttribute *about = attributes->by_id[RDF_ABOUT];
  const OgXmlAttribute *label = attributes->by_id[RDF_NODE_ID];
  if ((id != NULL) + (about != NULL) + (label != NULL) > 1) {
    return og_xml_fault(reader->xml, err,
                        "a node element has more than one of rdf:ID, rdf:about and rdf:nodeID");
  }
  subject->kind = OG_IRI;
  if (about) {
    return resolve(reader, about->value, &subject->text, err);
  }
  if (id) {
    return resolve_id(reader, id->value, &subject->text, err);
  }
  return label ? named_blank(reader, label->value, subject, err) : mint(reader, subject, err);
}

/* Say what the new node is to the element around it. */
static OgStatus attach_node(Reader *reader, Node cell, Node node, OgError *err) {
  Frame *around = &reader->frames[reader->frame_count - 2];
  if (around->state == IN_PROPERTY) {
    return emit_property(reader, around, node_term(reader, node), err);
  }
  return around->state == IN_COLLECTION ? emit_item(reader, around, cell, node, err) : OG_OK;
}

static OgStatus start_node(Reader *reader, const OgXmlElement *element, OgError *err) {
  static const Id forbidden[] = {RDF_RESOURCE, RDF_DATATYPE, RDF_PARSE_TYPE};
  Attributes attributes = {0};
  Node cell = {0};
  OG_TRY(check_element_name(reader, element->name, AS_NODE, err));
  if (top(reader)->state == IN_COLLECTION) {
    OG_TRY(mint(reader, &cell, err));
  }
  OG_TRY(push(reader, err));
  OG_TRY(read_attributes(reader, element, &attributes, err));
  OG_TRY(forbid(reader, &attributes, forbidden, OG_COUNT(forbidden), "a node element", err));
  Node subject;
  OG_TRY(node_subject(reader, &attributes, &subject, err));
  OG_TRY(attach_node(reader, cell, subject, err));
  if (element->name->id != RDF_DESCRIPTION) {
    OG_TRY(emit(reader, subject, RDF("type"), og_iri_term(element->name->iri), err));
  }
  if (attributes.properties > 0) {
    OG_TRY(emit_property_attributes(reader, element, subject, err));
  }
  top(reader)->state = IN_NODE;
  top(reader)->subject = subject;
  return OG_OK;
}

/* ---- property elements (production propertyElt) ---------------------------------------------- */

/* resourcePropertyElt and literalPropertyElt: which of the two the content tells. */
static OgStatus start_plain_property(Reader *reader, const Attributes *attributes, OgError *err) {
  const OgXmlAttribute *datatype = attributes->by_id[RDF_DATATYPE];
  if (datatype) {
    Span iri;
    OG_TRY(resolve(reader, datatype->value, &iri, err));
    top(reader)->datatype = iri;
  }
  og_buffer_reset(&reader->text);
  top(reader)->state = IN_PROPERTY;
  return OG_OK;
}

/* emptyPropertyElt with more than rdf:ID. */
static OgStatus start_empty_property(Reader *reader, const OgXmlElement *element,
                                     const Attributes *attributes, OgError *err) {
  const OgXmlAttribute *resource = attributes->by_id[RDF_RESOURCE];
  const OgXmlAttribute *label = attributes->by_id[RDF_NODE_ID];
  if (resource && label) {
    return og_xml_fault(reader->xml, err, "a property element has rdf:resource and rdf:nodeID");
  }
  if (attributes->by_id[RDF_DATATYPE]) {
    return og_xml_fault(reader->xml, err,
                        "rdf:datatype stands beside rdf:resource, rdf:nodeID or a property");
  }
  Node object = {.kind = OG_IRI};
  if (resource) {
    OG_TRY(resolve(reader, resource->value, &object.text, err));
  } else {
    OG_TRY(label ? named_blank(reader, label->value, &object, err) : mint(reader, &object, err));
  }
  top(reader)->state = IN_EMPTY;
  OG_TRY(emit_property(reader, top(reader), node_term(reader, object), err));
  return attributes->properties > 0 ? emit_property_attributes(reader, element, object, err)
                                    : OG_OK;
}

/* parseTypeResourcePropertyElt: the property elements inside are about a new blank node. */
static OgStatus start_resource(Reader *reader, OgError *err) {
  Node object;
  OG_TRY(mint(reader, &object, err));
  OG_TRY(emit_property(reader, top(reader), node_term(reader, object), err));
  top(reader)->state = IN_NODE;
  top(reader)->subject = object;
  return OG_OK;
}

static OgStatus start_parse_type(Reader *reader, const Attributes *attributes, OgError *err) {
  static const Id forbidden[] = {RDF_RESOURCE, RDF_NODE_ID, RDF_DATATYPE};
  OG_TRY(forbid(reader, attributes, forbidden, OG_COUNT(forbidden),
                "a property element with rdf:parseType", err));
  if (attributes->properties > 0) {
    return og_xml_fault(reader->xml, err,
                        "a property element with rdf:parseType has property attributes");
  }
  const OgText type = attributes->by_id[RDF_PARSE_TYPE]->value;
  if (og_text_is(type, "Resource")) {
    return start_resource(reader, err);
  }
  if (og_text_is(type, "Collection")) {
    top(reader)->state = IN_COLLECTION;
    return OG_OK;
  }
  /* parseTypeLiteralPropertyElt, and parseTypeOtherPropertyElt, which means the same */
  og_canonical_reset(reader->canonical);
  top(reader)->state = IN_LITERAL;
  return OG_OK;
}

/* rdf:li stands for rdf:_1, rdf:_2, … (section 7.4). */
static OgStatus name_member(Reader *reader, size_t number, OgError *err) {
  Span member = {.at = reader->bytes.size};
  OG_TRY(og_buffer_format(&reader->bytes, err, OG_NS_RDF "_%zu", number));
  member.size = reader->bytes.size - member.at;
  top(reader)->member = member;
  return OG_OK;
}

static OgStatus start_property(Reader *reader, const OgXmlElement *element, OgError *err) {
  static const Id forbidden[] = {RDF_ABOUT};
  Attributes attributes = {0};
  OG_TRY(check_element_name(reader, element->name, AS_PROPERTY, err));
  OG_TRY(push(reader, err));
  Frame *frame = top(reader);
  frame->subject = frame[-1].subject;
  frame->name = element->name;
  if (element->name->id == RDF_LI) {
    OG_TRY(name_member(reader, ++frame[-1].members, err));
  }
  OG_TRY(read_attributes(reader, element, &attributes, err));
  OG_TRY(forbid(reader, &attributes, forbidden, OG_COUNT(forbidden), "a property element", err));
  if (attributes.by_id[RDF_ID]) {
    Span iri;
    OG_TRY(resolve_id(reader, attributes.by_id[RDF_ID]->value, &iri, err));
    top(reader)->reified = iri;
  }
  if (attributes.by_id[RDF_PARSE_TYPE]) {
    return start_parse_type(reader, &attributes, err);
  }
  if (attributes.by_id[RDF_RESOURCE] || attributes.by_id[RDF_NODE_ID] ||
      attributes.properties > 0) {
    return start_empty_property(reader, element, &attributes, err);
  }
  return start_plain_property(reader, &attributes, err);
}

/* ---- the parts of the document --------------------------------------------------------------- */

static OgStatus in_document(Reader *reader, const OgXmlElement *element, OgError *err) {
  if (element->name->id != RDF_RDF) {
    return start_node(reader, element, err);
  }
  Attributes attributes = {0};
  OG_TRY(push(reader, err));
  OG_TRY(read_attributes(reader, element, &attributes, err));
  for (size_t i = 0; i < element->attribute_count; i++) {
    const OgXmlName *name = element->attributes[i].name;
    if (!is_xml_namespace(name->uri) && name->uri.size > 0) {
      OG_TRY(BROKEN(reader, err, "attribute not understood",
                    "rdf:RDF has an attribute %s, which is left out", name->local.data));
    }
  }
  top(reader)->state = IN_RDF;
  return OG_OK;
}

static OgStatus in_property(Reader *reader, const OgXmlElement *element, OgError *err) {
  Frame *property = top(reader);
  if (property->has_node) {
    return og_xml_fault(reader->xml, err, "a property element has a second node element inside");
  }
  if (property->datatype.size > 0) {
    return og_xml_fault(reader->xml, err,
                        "a property element with rdf:datatype has an element inside");
  }
  if (!og_text_is_blank(og_text_of(&reader->text))) {
    return og_xml_fault(reader->xml, err,
                        "a property element has text and an element inside; "
                        "rdf:parseType=\"Literal\" would allow it");
  }
  property->has_node = true;
  return start_node(reader, element, err);
}

static OgStatus in_empty(Reader *reader, const OgXmlElement *element, OgError *err) {
  return og_xml_fault(reader->xml, err,
                      "element %.*s is inside a property element that has its value in attributes",
                      shown(element->name->local.size), element->name->local.data);
}

static OgStatus in_literal(Reader *reader, const OgXmlElement *element, OgError *err) {
  return og_canonical_start(reader->canonical, element, err);
}

static OgStatus (*const start_inside[STATE_COUNT])(Reader *, const OgXmlElement *, OgError *) = {
    [IN_DOCUMENT] = in_document, [IN_RDF] = start_node,        [IN_NODE] = start_property,
    [IN_PROPERTY] = in_property, [IN_COLLECTION] = start_node, [IN_EMPTY] = in_empty,
    [IN_LITERAL] = in_literal,
};

/* Tell the sink of namespace declarations that it has not seen. */
static OgStatus tell_prefixes(Reader *reader, const OgXmlElement *element, OgError *err) {
  if (!reader->sink->prefix) {
    return OG_OK;
  }
  for (size_t i = 0; i < element->namespace_count; i++) {
    const OgXmlNamespace *declared = &element->namespaces[i];
    const void *const pair[] = {declared->prefix, declared->uri};
    uint32_t number;
    int added;
    OG_TRY(og_intern_add(reader->prefixes, pair, sizeof pair, &number, &added, err));
    if (added && declared->uri[0] != '\0') {
      const char *prefix = declared->prefix ? declared->prefix : "";
      OG_TRY(reader->sink->prefix(reader->sink->data, (OgText){prefix, strlen(prefix)},
                                  (OgText){declared->uri, strlen(declared->uri)}, err));
    }
  }
  return OG_OK;
}

static OgStatus on_start(void *data, OgXml *xml, const OgXmlElement *element, OgError *err) {
  Reader *reader = data;
  reader->xml = xml;
  if (element->namespace_count > 0) {
    OG_TRY(tell_prefixes(reader, element, err));
  }
  return start_inside[top(reader)->state](reader, element, err);
}

static OgStatus on_end(void *data, OgXml *xml, OgError *err) {
  (void)xml;
  Reader *reader = data;
  Frame *frame = top(reader);
  if (frame->state == IN_LITERAL) {
    if (og_canonical_depth(reader->canonical) > 0) {
      return og_canonical_end(reader->canonical, err);
    }
    const OgTerm value = {.kind = OG_LITERAL,
                          .text = og_canonical_content(reader->canonical),
                          .datatype = RDF("XMLLiteral")};
    OG_TRY(emit_property(reader, frame, value, err));
  } else if (frame->state == IN_PROPERTY && !frame->has_node) {
    OG_TRY(emit_literal(reader, frame, err));
  } else if (frame->state == IN_COLLECTION) {
    OG_TRY(emit_list_end(reader, frame, err));
  }
  pop(reader);
  return OG_OK;
}

static OgStatus on_text(void *data, OgXml *xml, OgText text, OgError *err) {
  Reader *reader = data;
  const Frame *frame = top(reader);
  const bool keeps = frame->state == IN_PROPERTY && !frame->has_node;
  if (frame->state == IN_LITERAL || keeps) {
    const size_t size = keeps ? reader->text.size : og_canonical_content(reader->canonical).size;
    if (size + text.size > MAX_TEXT) {
      return og_xml_fault(
          xml, err, "a literal is longer than %d bytes, the limit; shorten it, or take it out",
          MAX_TEXT);
    }
    return keeps ? og_buffer_append(&reader->text, text.data, text.size, err)
                 : og_canonical_text(reader->canonical, text, err);
  }
  if (og_text_is_blank(text)) {
    return OG_OK;
  }
  return og_xml_fault(xml, err, "text \"%.*s\" where only elements may stand", shown(text.size),
                      text.data);
}

static OgStatus on_comment(void *data, OgXml *xml, OgText text, OgError *err) {
  (void)xml;
  Reader *reader = data;
  return top(reader)->state == IN_LITERAL ? og_canonical_comment(reader->canonical, text, err)
                                          : OG_OK;
}

static OgStatus on_instruction(void *data, OgXml *xml, OgText target, OgText text, OgError *err) {
  (void)xml;
  Reader *reader = data;
  return top(reader)->state == IN_LITERAL
             ? og_canonical_instruction(reader->canonical, target, text, err)
             : OG_OK;
}

static void clear(Reader *reader) {
  og_free(reader->frames);
  og_buffer_clear(&reader->bytes);
  og_buffer_clear(&reader->scratch);
  og_buffer_clear(&reader->text);
  og_canonical_free(reader->canonical);
  og_intern_free(reader->ids);
  og_intern_free(reader->prefixes);
}

OgStatus og_rdfxml_read(OgInput *input, const OgReadOptions *options, const OgSink *sink,
                        const OgProgress *progress, OgError *err) {
  static const OgXmlHandler handler = {on_start,       on_end, on_text,        on_comment,
                                       on_instruction, known,  OG_COUNT(known)};
  OgStatus status = OG_OK;
  Reader reader = {.options = options, .sink = sink};
  reader.canonical = og_canonical_new();
  reader.ids = og_intern_new();
  reader.prefixes = og_intern_new();
  if (!reader.canonical || !reader.ids || !reader.prefixes) {
    status = og_error_no_memory(err);
    goto done;
  }
  OG_GO(push(&reader, err));
  OG_GO(keep(&reader, (OgText){options->base, strlen(options->base)}, &top(&reader)->base, err));
  status = og_xml_read(input, &handler, &reader, options->max_depth, sink, progress, err);
done:
  clear(&reader);
  return status;
}
