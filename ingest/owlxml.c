/* Everything that the language can say is a row of `constructs`: an element, what it is to the
 * element around it, what must come inside it, and what it becomes. An element that ends leaves one
 * item to the element around it: an entity, a literal, or the blank node of an expression whose
 * statements are out already.
 *
 *   frames   one an open element
 *   items    what ended inside open elements; those of a frame begin at frame->items
 *   bytes    the texts of frames and items, a stack: a frame that ends takes its texts with it, but
 *            for that of the item it leaves, which lies at its beginning
 *
 * An annotation leaves its items in place: itself, those of the annotations on it, its property,
 * its value. Only when the axiom around it ends is it known what they annotate. */
#include "ingest/owlxml.h"

#include "core/intern.h"
#include "core/iri.h"
#include "core/memory.h"
#include "core/vocab.h"
#include "ingest/emit.h"

#include <stdio.h>
#include <string.h>

enum { MAX_TEXT = 256 << 20, MAX_ANNOTATION_DEPTH = 100 };

#define OWL(name)  OG_NS_OWL name
#define RDF(name)  OG_NS_RDF name
#define RDFS(name) OG_NS_RDFS name
#define SWRL(name) "http://www.w3.org/2003/11/swrl#" name

/* What an item is. */
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

/* The letters of signatures. */
static const struct Letter {
  char letter;
  int is;
  const char *title;
} letters[] = {
    {'C', CLASS, "a class"},
    {'O', OBJECT, "an object property"},
    {'D', DATA, "a data property"},
    {'P', OBJECT | DATA, "a property"},
    {'A', NOTE_PROPERTY, "an annotation property"},
    {'I', INDIVIDUAL | ANONYMOUS, "an individual"},
    {'L', LITERAL, "a literal"},
    {'R', RANGE, "a data range"},
    {'T', DATATYPE, "a datatype"},
    {'E', ENTITY, "an entity"},
    {'N', NAME, "an IRI"},
    {'S', NAME | ANONYMOUS, "an IRI or anonymous individual"},
    {'V', NAME | ANONYMOUS | LITERAL, "an IRI, anonymous individual or literal"},
    {'F', FACET, "a facet"},
    {'H', CHAIN, "a property chain"},
    {'G', OBJECT | CHAIN, "an object property or chain"},
    {'i', INDIVIDUAL | ANONYMOUS | VARIABLE, "an individual or variable"},
    {'l', LITERAL | VARIABLE, "a literal or variable"},
    {'X', ATOM, "an atom"},
    {'b', BODY, "Body"},
    {'h', HEAD, "Head"},
};

typedef struct Construct Construct;

typedef struct Item {
  int is;
  OgTermKind kind;
  OgSpan text, datatype, language;
  size_t count;               /* of items, itself included: over 1 for annotations */
  const Construct *construct; /* that left it */
  bool inverse;               /* the property's inverse is meant */
} Item;

typedef struct Frame {
  const Construct *construct;
  Item item;    /* what it leaves */
  OgSpan value; /* of the attribute that the construct has beside what is inside */
  size_t items; /* how many there were before it */
  size_t bytes;
  OgSpan base, language;
} Frame;

typedef struct Reader Reader;

struct Construct {
  const char *name;
  int is;
  const char *signature; /* what comes inside, after annotations: a letter each, then ?, * or + */
  OgStatus (*start)(Reader *reader, const OgXmlElement *element, OgError *err); /* may be NULL */
  OgStatus (*end)(Reader *reader, const Item *items, size_t count, OgError *err);
  const char *type;
  const char *properties[3];
};

struct Reader {
  OgXml *xml;
  const OgReadOptions *options;
  const OgSink *sink;
  Frame *frames;
  size_t frame_count, frame_room;
  Item *items;
  size_t item_count, item_room;
  OgBuffer bytes;
  OgBuffer text;        /* of the innermost element */
  OgBuffer scratch;     /* an IRI that is being made */
  OgBuffer values;      /* those of the prefixes, end to end; Spans in prefix_values point here */
  OgIntern *prefixes;   /* names */
  OgBuffer value_spans; /* OgSpan: the value of each prefix */
  Item ontology;
  size_t skipping; /* open elements inside one that is left out, itself included */
  size_t annotation_depth;
  unsigned long minted;
};

/* ---- the stacks ------------------------------------------------------------------------------ */

static Frame *top(const Reader *reader) {
  return &reader->frames[reader->frame_count - 1];
}

static OgText text_at(const Reader *reader, OgSpan span) {
  return og_span_text(&reader->bytes, span);
}

static OgStatus keep(Reader *reader, OgText text, OgSpan *span, OgError *err) {
  return og_span_push(&reader->bytes, text, span, err);
}

static OgStatus push_frame(Reader *reader, const Construct *construct, OgError *err) {
  Frame *frames =
      og_stack_grow(reader->frames, reader->frame_count, &reader->frame_room, sizeof *frames);
  if (!frames) {
    return og_error_no_memory(err);
  }
  reader->frames = frames;
  Frame *frame = &reader->frames[reader->frame_count++];
  *frame = (Frame){
      .construct = construct,
      .item = {.is = construct->is, .construct = construct, .count = 1},
      .items = reader->item_count,
      .bytes = reader->bytes.size,
  };
  if (reader->frame_count > 1) {
    frame->base = frame[-1].base;
    frame->language = frame[-1].language;
  }
  return OG_OK;
}

static OgStatus push_item(Reader *reader, Item item, OgError *err) {
  Item *items = og_stack_grow(reader->items, reader->item_count, &reader->item_room, sizeof *items);
  if (!items) {
    return og_error_no_memory(err);
  }
  reader->items = items;
  reader->items[reader->item_count++] = item;
  return OG_OK;
}

/* A new blank node, in item. */
static OgStatus mint(Reader *reader, Item *item, OgError *err) {
  const size_t at = reader->bytes.size;
  OG_TRY(og_buffer_format(&reader->bytes, err, "g%lu", ++reader->minted));
  item->kind = OG_BLANK;
  item->text = (OgSpan){at, reader->bytes.size - at};
  return OG_OK;
}

static OgTerm term_of(const Reader *reader, const Item *item) {
  return (OgTerm){.kind = item->kind,
                  .text = text_at(reader, item->text),
                  .datatype = text_at(reader, item->datatype),
                  .language = text_at(reader, item->language)};
}

/* ---- IRIs ------------------------------------------------------------------------------------ */

#define BROKEN(reader, err, kind, ...)                                                             \
  og_xml_broken((reader)->xml, (reader)->options->strict, err, kind, __VA_ARGS__)

static OgStatus resolve(Reader *reader, OgText reference, OgSpan *iri, OgError *err) {
  if (!og_iri_is_clean(reference)) {
    OG_TRY(BROKEN(reader, err, "ill-formed IRI",
                  "<%.*s> has a character that no IRI may have; it is kept as it is",
                  og_text_shown(reference), reference.data));
  }
  if (og_iri_is_absolute(reference)) {
    return keep(reader, reference, iri, err);
  }
  og_buffer_reset(&reader->scratch);
  OG_TRY(og_iri_resolve_into(text_at(reader, top(reader)->base), reference, &reader->scratch, err));
  return keep(reader, og_text_of(&reader->scratch), iri, err);
}

/* The OWL API, which wrote most of these files, cuts the base off an IRI that begins with it; what
 * is left is no relative reference to that IRI when the base ends in # or the rest begins with /.
 */
static bool continues_base(OgText base, OgText reference) {
  const char last = base.size > 0 ? base.data[base.size - 1] : '\0';
  return reference.size > 0 && reference.data[0] != '#' && !og_iri_is_absolute(reference) &&
         (last == '#' || (reference.data[0] == '/' && last != '/'));
}

/* The IRI of an entity. */
static OgStatus name_iri(Reader *reader, OgText reference, OgSpan *iri, OgError *err) {
  const OgText base = text_at(reader, top(reader)->base);
  if (!continues_base(base, reference)) {
    return resolve(reader, reference, iri, err);
  }
  OG_TRY(BROKEN(reader, err, "IRI that continues the base",
                "\"%.*s\" is read as the OWL API writes it: as what follows the base",
                og_text_shown(reference), reference.data));
  OG_TRY(og_buffer_set(&reader->scratch, base, err)); /* base lies in bytes, which may move */
  OG_TRY(og_buffer_append(&reader->scratch, reference.data, reference.size, err));
  return keep(reader, og_text_of(&reader->scratch), iri, err);
}

/* The value of a declared prefix; data NULL when there is none. */
static OgText prefix_value(const Reader *reader, OgText prefix) {
  const uint32_t id = og_intern_find(reader->prefixes, prefix.data, prefix.size);
  if (id == OG_INTERN_NONE) {
    return (OgText){NULL, 0};
  }
  const OgSpan span = ((const OgSpan *)(const void *)reader->value_spans.data)[id];
  return (OgText){reader->values.data + span.at, span.size};
}

/* The last declaration of a prefix holds. */
static OgStatus set_prefix(Reader *reader, OgText prefix, OgText value, OgError *err) {
  const OgSpan span = {reader->values.size, value.size};
  uint32_t id;
  int added;
  OG_TRY(og_buffer_append(&reader->values, value.data, value.size, err));
  OG_TRY(og_intern_add(reader->prefixes, prefix.data, prefix.size, &id, &added, err));
  if (added) {
    return og_buffer_append(&reader->value_spans, &span, sizeof span, err);
  }
  memcpy(reader->value_spans.data + id * sizeof span, &span, sizeof span);
  return OG_OK;
}

/* prefix:local, in full; as it is when its prefix is not declared. */
static OgStatus expand(Reader *reader, OgText abbreviated, OgSpan *iri, OgError *err) {
  const char *colon = abbreviated.size > 0 ? memchr(abbreviated.data, ':', abbreviated.size) : NULL;
  const size_t size = colon ? (size_t)(colon - abbreviated.data) : 0;
  const OgText value =
      colon ? prefix_value(reader, (OgText){abbreviated.data, size}) : (OgText){NULL, 0};
  if (!value.data) {
    OG_TRY(BROKEN(reader, err, "undeclared prefix",
                  "\"%.*s\" has no prefix that is declared; it is kept as it is",
                  og_text_shown(abbreviated), abbreviated.data));
    return resolve(reader, abbreviated, iri, err);
  }
  OG_TRY(keep(reader, value, iri, err));
  OG_TRY(og_buffer_append(&reader->bytes, colon + 1, abbreviated.size - size - 1, err));
  iri->size += abbreviated.size - size - 1;
  return OG_OK;
}

/* ---- statements ------------------------------------------------------------------------------ */

static OgStatus emit(Reader *reader, const Item *subject, OgText predicate, OgTerm object,
                     OgError *err) {
  const OgTerm s = term_of(reader, subject);
  const OgTerm p = og_iri_term(predicate);
  return reader->sink->statement(reader->sink->data, &s, &p, &object, err);
}

static OgStatus emit_item(Reader *reader, const Item *subject, const char *predicate,
                          const Item *object, OgError *err) {
  return emit(reader, subject, og_text(predicate), term_of(reader, object), err);
}

static OgStatus emit_type(Reader *reader, const Item *subject, const char *type, OgError *err) {
  return type ? emit(reader, subject, OG_TEXT(RDF("type")), og_iri_term(og_text(type)), err)
              : OG_OK;
}

/* The four statements with which an annotation begins that stands on a statement. */
static OgStatus emit_about(Reader *reader, const Item *about, const char *type, const Item *subject,
                           const Item *predicate, const Item *object, OgError *err) {
  OG_TRY(emit_type(reader, about, type, err));
  OG_TRY(emit_item(reader, about, OWL("annotatedSource"), subject, err));
  OG_TRY(emit_item(reader, about, OWL("annotatedProperty"), predicate, err));
  return emit_item(reader, about, OWL("annotatedTarget"), object, err);
}

/* TANN of section 2.3.1: the annotations among items say what they say of target. The depth is
 * bounded by MAX_ANNOTATION_DEPTH. */
static OgStatus annotate(Reader *reader, const Item *items, size_t count, const Item *target,
                         OgError *err) {
  for (size_t i = 0; i < count && items[i].is == ANNOTATION; i += items[i].count) {
    const size_t size = items[i].count;
    const Item *property = &items[i + size - 2];
    const Item *value = &items[i + size - 1];
    OG_TRY(emit(reader, target, text_at(reader, property->text), term_of(reader, value), err));
    if (size > 3) {
      Item about = {0};
      OG_TRY(mint(reader, &about, err));
      OG_TRY(emit_about(reader, &about, OWL("Annotation"), target, property, value, err));
      OG_TRY(annotate(reader, items + i + 1, size - 3, &about, err));
    }
  }
  return OG_OK;
}

/* The annotations on the element that is ending: its first items. */
static const Item *own_annotations(const Reader *reader, size_t *count) {
  const Frame *frame = top(reader);
  *count = reader->item_count - frame->items;
  return reader->items + frame->items;
}

static OgStatus annotate_with_own(Reader *reader, const Item *target, OgError *err) {
  size_t count;
  const Item *items = own_annotations(reader, &count);
  return annotate(reader, items, count, target, err);
}

/* The statement that an axiom is, and what its annotations say of it (section 2.3.2). */
static OgStatus emit_axiom(Reader *reader, const Item *subject, const Item *predicate,
                           const Item *object, OgError *err) {
  OG_TRY(emit(reader, subject, text_at(reader, predicate->text), term_of(reader, object), err));
  size_t count;
  const Item *items = own_annotations(reader, &count);
  if (count == 0 || items[0].is != ANNOTATION) {
    return OG_OK;
  }
  Item axiom = {0};
  OG_TRY(mint(reader, &axiom, err));
  OG_TRY(emit_about(reader, &axiom, OWL("Axiom"), subject, predicate, object, err));
  return annotate(reader, items, count, &axiom, err);
}

/* A term of a vocabulary as an item. */
static OgStatus constant(Reader *reader, const char *iri, Item *item, OgError *err) {
  *item = (Item){.kind = OG_IRI};
  return keep(reader, og_text(iri), &item->text, err);
}

/* The same, with a property of a vocabulary. */
static OgStatus emit_axiom_of(Reader *reader, const Item *subject, const char *property,
                              const Item *object, OgError *err) {
  Item predicate;
  OG_TRY(constant(reader, property, &predicate, err));
  return emit_axiom(reader, subject, &predicate, object, err);
}

static OgStatus emit_type_axiom(Reader *reader, const Item *subject, const char *type,
                                OgError *err) {
  Item object;
  OG_TRY(constant(reader, type, &object, err));
  return emit_axiom_of(reader, subject, RDF("type"), &object, err);
}

/* T(SEQ …) from the cell *head on, which is made if it has no kind; rdf:nil when there are no
 * items. type may be NULL. */
static OgStatus emit_list(Reader *reader, const Item *items, size_t count, const char *type,
                          Item *head, OgError *err) {
  Item cell = *head;
  if (count == 0) {
    return constant(reader, RDF("nil"), head, err);
  }
  if (cell.kind == 0) {
    OG_TRY(mint(reader, &cell, err));
    head->kind = cell.kind;
    head->text = cell.text;
  }
  for (size_t i = 0; i < count; i++) {
    OG_TRY(emit_type(reader, &cell, type, err));
    OG_TRY(emit_item(reader, &cell, RDF("first"), &items[i], err));
    Item next = {0};
    OG_TRY(i + 1 < count ? mint(reader, &next, err) : constant(reader, RDF("nil"), &next, err));
    OG_TRY(emit_item(reader, &cell, RDF("rest"), &next, err));
    cell = next;
  }
  return OG_OK;
}

/* subject predicate (items …). */
static OgStatus emit_members(Reader *reader, const Item *subject, const char *predicate,
                             const Item *items, size_t count, OgError *err) {
  Item list = {0};
  OG_TRY(emit_list(reader, items, count, NULL, &list, err));
  return emit_item(reader, subject, predicate, &list, err);
}

/* ---- entities and literals ------------------------------------------------------------------- */

/* IRI or abbreviatedIRI of an element. */
static OgStatus start_entity(Reader *reader, const OgXmlElement *element, OgError *err) {
  const OgText iri = og_xml_attribute(element, "IRI");
  const OgText abbreviated = og_xml_attribute(element, "abbreviatedIRI");
  Item *item = &top(reader)->item;
  if (!iri.data && !abbreviated.data) {
    item->is = UNKNOWN;
    return BROKEN(reader, err, "entity without a name",
                  "%s has neither IRI nor abbreviatedIRI; what is said with it is left out",
                  element->name->local.data);
  }
  OgSpan text;
  OG_TRY(iri.data ? name_iri(reader, iri, &text, err) : expand(reader, abbreviated, &text, err));
  *item = (Item){
      .is = item->is, .kind = OG_IRI, .text = text, .count = 1, .construct = item->construct};
  return OG_OK;
}

static OgStatus start_anonymous(Reader *reader, const OgXmlElement *element, OgError *err) {
  OgText label = og_xml_attribute(element, "nodeID");
  if (label.size >= 2 && memcmp(label.data, "_:", 2) == 0) {
    label = (OgText){label.data + 2, label.size - 2};
  }
  const size_t at = reader->bytes.size;
  OG_TRY(og_buffer_text(&reader->bytes, "n", err));
  OG_TRY(og_buffer_append(&reader->bytes, label.data, label.size, err));
  if (!og_xml_is_name(reader->bytes.data + at)) {
    OG_TRY(BROKEN(reader, err, "ill-formed nodeID", "\"%.*s\" is no label of a blank node",
                  og_text_shown(label), label.data ? label.data : ""));
    reader->bytes.size = at;
    OG_TRY(og_buffer_text(&reader->bytes, "x", err));
    for (size_t i = 0; i < label.size; i++) {
      OG_TRY(og_buffer_format(&reader->bytes, err, "%02x", (unsigned char)label.data[i]));
    }
  }
  Item *item = &top(reader)->item;
  item->kind = OG_BLANK;
  item->text = (OgSpan){at, reader->bytes.size - at};
  return OG_OK;
}

static OgStatus end_leaf(Reader *reader, const Item *items, size_t count, OgError *err) {
  (void)reader;
  (void)items;
  (void)count;
  (void)err;
  return OG_OK;
}

static OgStatus end_variable(Reader *reader, const Item *items, size_t count, OgError *err) {
  (void)items;
  (void)count;
  return top(reader)->item.kind ? emit_type(reader, &top(reader)->item, SWRL("Variable"), err)
                                : OG_OK;
}

static OgStatus end_name(Reader *reader, const Item *items, size_t count, OgError *err) {
  (void)items;
  (void)count;
  OgSpan iri;
  OG_TRY(name_iri(reader, og_text_trimmed(og_text_of(&reader->text)), &iri, err));
  top(reader)->item.kind = OG_IRI;
  top(reader)->item.text = iri;
  return OG_OK;
}

static OgStatus end_abbreviated(Reader *reader, const Item *items, size_t count, OgError *err) {
  (void)items;
  (void)count;
  OgSpan iri;
  OG_TRY(expand(reader, og_text_trimmed(og_text_of(&reader->text)), &iri, err));
  top(reader)->item.kind = OG_IRI;
  top(reader)->item.text = iri;
  return OG_OK;
}

/* rdf:PlainLiteral stands for no datatype: xml:lang has the language. */
static OgStatus start_literal(Reader *reader, const OgXmlElement *element, OgError *err) {
  const OgText datatype = og_xml_attribute(element, "datatypeIRI");
  OgSpan iri = {0, 0};
  if (datatype.data && !og_text_is(datatype, RDF("PlainLiteral")) &&
      !og_text_is(datatype, RDF("langString"))) {
    OG_TRY(resolve(reader, datatype, &iri, err));
  }
  Frame *frame = top(reader);
  frame->item.kind = OG_LITERAL;
  frame->item.datatype = iri;
  frame->item.language = iri.size ? (OgSpan){0, 0} : frame->language;
  return OG_OK;
}

static OgStatus end_literal(Reader *reader, const Item *items, size_t count, OgError *err) {
  (void)items;
  (void)count;
  OgSpan text;
  OG_TRY(keep(reader, og_text_of(&reader->text), &text, err));
  top(reader)->item.text = text;
  return og_xml_check_literal(reader->xml, reader->options->strict, og_text_of(&reader->text),
                              text_at(reader, top(reader)->item.datatype), err);
}

/* ---- expressions ----------------------------------------------------------------------------- */

static OgStatus start_node(Reader *reader, const OgXmlElement *element, OgError *err) {
  (void)element;
  return mint(reader, &top(reader)->item, err);
}

/* A node with an attribute that it cannot be without. */
static OgStatus start_with_value(Reader *reader, const OgXmlElement *element, const char *attribute,
                                 OgError *err) {
  const OgText value = og_text_trimmed(og_xml_attribute(element, attribute));
  OG_TRY(start_node(reader, element, err));
  if (value.size == 0) {
    top(reader)->item.is = UNKNOWN;
    return BROKEN(reader, err, "missing attribute", "%s has no %s; it is left out",
                  element->name->local.data, attribute);
  }
  OgSpan span;
  OG_TRY(strcmp(attribute, "cardinality") == 0 ? keep(reader, value, &span, err)
                                               : resolve(reader, value, &span, err));
  top(reader)->value = span;
  return OG_OK;
}

static OgStatus start_cardinality(Reader *reader, const OgXmlElement *element, OgError *err) {
  return start_with_value(reader, element, "cardinality", err);
}

static OgStatus start_facet(Reader *reader, const OgXmlElement *element, OgError *err) {
  return start_with_value(reader, element, "facet", err);
}

/* Its name is the built-in's, its item a node. */
static OgStatus start_builtin(Reader *reader, const OgXmlElement *element, OgError *err) {
  OG_TRY(start_entity(reader, element, err));
  Item node = top(reader)->item;
  top(reader)->value = node.text;
  OG_TRY(mint(reader, &node, err));
  top(reader)->item = node;
  return OG_OK;
}

/* A node of the construct's type with a property an item; annotations stand on the node. */
static OgStatus end_node(Reader *reader, const Item *items, size_t count, OgError *err) {
  const Construct *construct = top(reader)->construct;
  const Item node = top(reader)->item;
  OG_TRY(emit_type(reader, &node, construct->type, err));
  for (size_t i = 0; i < count; i++) {
    OG_TRY(emit_item(reader, &node, construct->properties[i], &items[i], err));
  }
  return annotate_with_own(reader, &node, err);
}

/* A node of the construct's type with a list of all items. */
static OgStatus end_members(Reader *reader, const Item *items, size_t count, OgError *err) {
  const Construct *construct = top(reader)->construct;
  const Item node = top(reader)->item;
  OG_TRY(emit_type(reader, &node, construct->type, err));
  return emit_members(reader, &node, construct->properties[0], items, count, err);
}

/* Several properties: owl:onProperties with a list (n-ary data ranges). */
static OgStatus end_data_quantifier(Reader *reader, const Item *items, size_t count, OgError *err) {
  const Item node = top(reader)->item;
  if (count == 2) {
    return end_node(reader, items, count, err);
  }
  OG_TRY(emit_type(reader, &node, OWL("Restriction"), err));
  OG_TRY(emit_members(reader, &node, OWL("onProperties"), items, count - 1, err));
  return emit_item(reader, &node, top(reader)->construct->properties[1], &items[count - 1], err);
}

static OgStatus end_self(Reader *reader, const Item *items, size_t count, OgError *err) {
  (void)count;
  const Item node = top(reader)->item;
  OG_TRY(emit_type(reader, &node, OWL("Restriction"), err));
  OG_TRY(emit_item(reader, &node, OWL("onProperty"), &items[0], err));
  return emit(reader, &node, OG_TEXT(OWL("hasSelf")),
              og_typed_term(OG_TEXT("true"), OG_NS_XSD "boolean"), err);
}

/* properties: without and with a class or range, and the property that names the latter. */
static OgStatus end_cardinality(Reader *reader, const Item *items, size_t count, OgError *err) {
  const char *const *properties = top(reader)->construct->properties;
  const Item node = top(reader)->item;
  const OgTerm number =
      og_typed_term(text_at(reader, top(reader)->value), OG_NS_XSD "nonNegativeInteger");
  OG_TRY(emit_type(reader, &node, OWL("Restriction"), err));
  OG_TRY(emit_item(reader, &node, OWL("onProperty"), &items[0], err));
  OG_TRY(emit(reader, &node, og_text(properties[count > 1]), number, err));
  return count > 1 ? emit_item(reader, &node, properties[2], &items[1], err) : OG_OK;
}

static OgStatus end_facet(Reader *reader, const Item *items, size_t count, OgError *err) {
  (void)count;
  const Item node = top(reader)->item;
  return emit(reader, &node, text_at(reader, top(reader)->value), term_of(reader, &items[0]), err);
}

static OgStatus end_restriction(Reader *reader, const Item *items, size_t count, OgError *err) {
  const Item node = top(reader)->item;
  OG_TRY(emit_type(reader, &node, RDFS("Datatype"), err));
  OG_TRY(emit_item(reader, &node, OWL("onDatatype"), &items[0], err));
  return emit_members(reader, &node, OWL("withRestrictions"), items + 1, count - 1, err);
}

static bool is_inside(const Reader *reader, const char *name) {
  return reader->frame_count > 1 && strcmp(top(reader)[-1].construct->name, name) == 0;
}

/* Of an assertion with an inverse, only the property itself is needed. */
static OgStatus end_inverse(Reader *reader, const Item *items, size_t count, OgError *err) {
  if (is_inside(reader, "ObjectPropertyAssertion") && items[0].kind == OG_IRI) {
    Frame *frame = top(reader);
    frame->item.kind = OG_IRI;
    frame->item.text = items[0].text;
    frame->item.inverse = true;
    return OG_OK;
  }
  return end_node(reader, items, count, err);
}

/* The item that it leaves is the list, whose cells are of the construct's type. */
static OgStatus end_list(Reader *reader, const Item *items, size_t count, OgError *err) {
  const Construct *construct = top(reader)->construct;
  Item head = top(reader)->item;
  OG_TRY(emit_list(reader, items, count, construct->type, &head, err));
  top(reader)->item.kind = head.kind;
  top(reader)->item.text = head.text;
  return OG_OK;
}

static OgStatus end_builtin(Reader *reader, const Item *items, size_t count, OgError *err) {
  const Item node = top(reader)->item;
  OG_TRY(emit_type(reader, &node, SWRL("BuiltinAtom"), err));
  const Item builtin = {.kind = OG_IRI, .text = top(reader)->value};
  OG_TRY(emit_item(reader, &node, SWRL("builtin"), &builtin, err));
  OG_TRY(emit_type(reader, &builtin, SWRL("Builtin"), err));
  return emit_members(reader, &node, SWRL("arguments"), items, count, err);
}

/* ---- annotations ----------------------------------------------------------------------------- */

/* Its item goes before those inside it. */
static OgStatus start_annotation(Reader *reader, const OgXmlElement *element, OgError *err) {
  (void)element;
  if (++reader->annotation_depth > MAX_ANNOTATION_DEPTH) {
    return og_xml_fault(reader->xml, err, "annotations nest deeper than %d, the limit",
                        MAX_ANNOTATION_DEPTH);
  }
  const Item item = top(reader)->item;
  OG_TRY(push_item(reader, item, err));
  top(reader)->items++;
  return OG_OK;
}

static OgStatus end_annotation(Reader *reader, const Item *items, size_t count, OgError *err) {
  (void)items;
  (void)count;
  (void)err;
  const size_t first = top(reader)->items - 1;
  reader->items[first].count = reader->item_count - first;
  return OG_OK;
}

/* ---- axioms ---------------------------------------------------------------------------------- */

static OgStatus end_declaration(Reader *reader, const Item *items, size_t count, OgError *err) {
  (void)count;
  return emit_type_axiom(reader, &items[0], items[0].construct->type, err);
}

/* first property second */
static OgStatus end_link(Reader *reader, const Item *items, size_t count, OgError *err) {
  (void)count;
  return emit_axiom_of(reader, &items[0], top(reader)->construct->properties[0], &items[1], err);
}

static OgStatus end_class_assertion(Reader *reader, const Item *items, size_t count, OgError *err) {
  (void)count;
  return emit_axiom_of(reader, &items[1], RDF("type"), &items[0], err);
}

/* The property is of the construct's type. */
static OgStatus end_characteristic(Reader *reader, const Item *items, size_t count, OgError *err) {
  (void)count;
  return emit_type_axiom(reader, &items[0], top(reader)->construct->type, err);
}

/* Each item and the next. */
static OgStatus end_pairs(Reader *reader, const Item *items, size_t count, OgError *err) {
  const char *property = top(reader)->construct->properties[0];
  for (size_t i = 0; i + 1 < count; i++) {
    OG_TRY(emit_axiom_of(reader, &items[i], property, &items[i + 1], err));
  }
  return OG_OK;
}

/* Two: the property holds between them. Else a node of the construct's type with a list. */
static OgStatus end_all_different(Reader *reader, const Item *items, size_t count, OgError *err) {
  if (count == 2) {
    return end_link(reader, items, count, err);
  }
  Item node = {0};
  OG_TRY(mint(reader, &node, err));
  OG_TRY(emit_type(reader, &node, top(reader)->construct->type, err));
  OG_TRY(emit_members(reader, &node, OWL("members"), items, count, err));
  return annotate_with_own(reader, &node, err);
}

/* first property (rest …) */
static OgStatus end_list_axiom(Reader *reader, const Item *items, size_t count, OgError *err) {
  const char *property = top(reader)->construct->properties[0];
  Item list = {0};
  OG_TRY(emit_list(reader, items + 1, count - 1, NULL, &list, err));
  return emit_axiom_of(reader, &items[0], property, &list, err);
}

static OgStatus end_sub_property(Reader *reader, const Item *items, size_t count, OgError *err) {
  if (items[0].is == CHAIN) {
    return emit_axiom_of(reader, &items[1], OWL("propertyChainAxiom"), &items[0], err);
  }
  return end_link(reader, items, count, err);
}

/* second first third; of an inverse, third first second */
static OgStatus end_assertion(Reader *reader, const Item *items, size_t count, OgError *err) {
  (void)count;
  if (items[0].kind != OG_IRI) {
    return BROKEN(reader, err, "axiom not understood",
                  "an assertion with an expression as its property is left out");
  }
  const Item *subject = &items[items[0].inverse ? 2 : 1];
  const Item *object = &items[items[0].inverse ? 1 : 2];
  return emit_axiom(reader, subject, &items[0], object, err);
}

static OgStatus end_negative(Reader *reader, const Item *items, size_t count, OgError *err) {
  OG_TRY(mint(reader, &top(reader)->item, err));
  return end_node(reader, items, count, err);
}

/* ---- the ontology ---------------------------------------------------------------------------- */

static OgStatus start_ontology(Reader *reader, const OgXmlElement *element, OgError *err) {
  const OgText iri = og_xml_attribute(element, "ontologyIRI");
  const OgText version = og_xml_attribute(element, "versionIRI");
  Item ontology = {.kind = OG_IRI};
  Item of_version = {.kind = OG_IRI};
  OG_TRY(iri.data ? resolve(reader, iri, &ontology.text, err) : mint(reader, &ontology, err));
  reader->ontology = ontology;
  OG_TRY(emit_type(reader, &ontology, OWL("Ontology"), err));
  if (!version.data) {
    return OG_OK;
  }
  if (!iri.data) {
    OG_TRY(BROKEN(reader, err, "version without an ontology IRI",
                  "the ontology has a versionIRI and no ontologyIRI"));
  }
  OG_TRY(resolve(reader, version, &of_version.text, err));
  return emit_item(reader, &ontology, OWL("versionIRI"), &of_version, err);
}

static OgStatus start_prefix(Reader *reader, const OgXmlElement *element, OgError *err) {
  const OgText name = og_xml_attribute(element, "name");
  const OgText iri = og_xml_attribute(element, "IRI");
  if (!name.data || !iri.data) {
    return BROKEN(reader, err, "missing attribute", "Prefix wants name and IRI; it is left out");
  }
  OgSpan span;
  OG_TRY(resolve(reader, iri, &span, err));
  OG_TRY(set_prefix(reader, name, text_at(reader, span), err));
  return reader->sink->prefix
             ? reader->sink->prefix(reader->sink->data, name, text_at(reader, span), err)
             : OG_OK;
}

static OgStatus end_import(Reader *reader, const Item *items, size_t count, OgError *err) {
  OG_TRY(end_name(reader, items, count, err));
  const Item imported = top(reader)->item;
  return emit_item(reader, &reader->ontology, OWL("imports"), &imported, err);
}

/* ---- the table ------------------------------------------------------------------------------- */

#define RESTRICTION_ON(...)                                                                        \
  OWL("Restriction"), {                                                                            \
    OWL("onProperty"), __VA_ARGS__                                                                 \
  }
#define CARDINALITY(plain, qualified, on)                                                          \
  NULL, {                                                                                          \
    OWL(plain), OWL(qualified), OWL(on)                                                            \
  }
#define OF_TYPE(name)                                                                              \
  OWL(name), {                                                                                     \
    0                                                                                              \
  }
#define LINK(property)                                                                             \
  NULL, {                                                                                          \
    property                                                                                       \
  }
#define NO_MORE                                                                                    \
  NULL, {                                                                                          \
    0                                                                                              \
  }

/* clang-format off */
static const Construct constructs[] = {
    {"Ontology", AXIOM, NULL, start_ontology, end_leaf, NO_MORE},
    {"Prefix", AXIOM, "", start_prefix, end_leaf, NO_MORE},
    {"Import", AXIOM | NAME, "", NULL, end_import, NO_MORE},
    {"Annotation", ANNOTATION, "AV", start_annotation, end_annotation, NO_MORE},
    /* entities and what else has no parts */
    {"Class", CLASS | ENTITY, "", start_entity, end_leaf, OF_TYPE("Class")},
    {"Datatype", RANGE | DATATYPE | ENTITY, "", start_entity, end_leaf, RDFS("Datatype"), {0}},
    {"ObjectProperty", OBJECT | ENTITY, "", start_entity, end_leaf, OF_TYPE("ObjectProperty")},
    {"DataProperty", DATA | ENTITY, "", start_entity, end_leaf, OF_TYPE("DatatypeProperty")},
    {"AnnotationProperty", NOTE_PROPERTY | ENTITY, "", start_entity, end_leaf,
     OF_TYPE("AnnotationProperty")},
    {"NamedIndividual", INDIVIDUAL | ENTITY, "", start_entity, end_leaf,
     OF_TYPE("NamedIndividual")},
    {"AnonymousIndividual", ANONYMOUS, "", start_anonymous, end_leaf, NO_MORE},
    {"Variable", VARIABLE, "", start_entity, end_variable, NO_MORE},
    {"IRI", NAME, "", NULL, end_name, NO_MORE},
    {"AbbreviatedIRI", NAME, "", NULL, end_abbreviated, NO_MORE},
    {"Literal", LITERAL, "", start_literal, end_literal, NO_MORE},
    /* properties */
    {"ObjectInverseOf", OBJECT, "O", start_node, end_inverse, LINK(OWL("inverseOf"))},
    {"ObjectPropertyChain", CHAIN, "O+", start_node, end_list, NO_MORE},
    /* data ranges */
    {"DataIntersectionOf", RANGE, "R+", start_node, end_members, RDFS("Datatype"),
     {OWL("intersectionOf")}},
    {"DataUnionOf", RANGE, "R+", start_node, end_members, RDFS("Datatype"), {OWL("unionOf")}},
    {"DataComplementOf", RANGE, "R", start_node, end_node, RDFS("Datatype"),
     {OWL("datatypeComplementOf")}},
    {"DataOneOf", RANGE, "L+", start_node, end_members, RDFS("Datatype"), {OWL("oneOf")}},
    {"DatatypeRestriction", RANGE, "TF+", start_node, end_restriction, NO_MORE},
    {"FacetRestriction", FACET, "L", start_facet, end_facet, NO_MORE},
    /* classes */
    {"ObjectIntersectionOf", CLASS, "C+", start_node, end_members, OWL("Class"),
     {OWL("intersectionOf")}},
    {"ObjectUnionOf", CLASS, "C+", start_node, end_members, OWL("Class"), {OWL("unionOf")}},
    {"ObjectComplementOf", CLASS, "C", start_node, end_node, OWL("Class"), {OWL("complementOf")}},
    {"ObjectOneOf", CLASS, "I+", start_node, end_members, OWL("Class"), {OWL("oneOf")}},
    {"ObjectSomeValuesFrom", CLASS, "OC", start_node, end_node,
     RESTRICTION_ON(OWL("someValuesFrom"))},
    {"ObjectAllValuesFrom", CLASS, "OC", start_node, end_node,
     RESTRICTION_ON(OWL("allValuesFrom"))},
    {"ObjectHasValue", CLASS, "OI", start_node, end_node, RESTRICTION_ON(OWL("hasValue"))},
    {"ObjectHasSelf", CLASS, "O", start_node, end_self, NO_MORE},
    {"ObjectMinCardinality", CLASS, "OC?", start_cardinality, end_cardinality,
     CARDINALITY("minCardinality", "minQualifiedCardinality", "onClass")},
    {"ObjectMaxCardinality", CLASS, "OC?", start_cardinality, end_cardinality,
     CARDINALITY("maxCardinality", "maxQualifiedCardinality", "onClass")},
    {"ObjectExactCardinality", CLASS, "OC?", start_cardinality, end_cardinality,
     CARDINALITY("cardinality", "qualifiedCardinality", "onClass")},
    {"DataSomeValuesFrom", CLASS, "D+R", start_node, end_data_quantifier,
     RESTRICTION_ON(OWL("someValuesFrom"))},
    {"DataAllValuesFrom", CLASS, "D+R", start_node, end_data_quantifier,
     RESTRICTION_ON(OWL("allValuesFrom"))},
    {"DataHasValue", CLASS, "DL", start_node, end_node, RESTRICTION_ON(OWL("hasValue"))},
    {"DataMinCardinality", CLASS, "DR?", start_cardinality, end_cardinality,
     CARDINALITY("minCardinality", "minQualifiedCardinality", "onDataRange")},
    {"DataMaxCardinality", CLASS, "DR?", start_cardinality, end_cardinality,
     CARDINALITY("maxCardinality", "maxQualifiedCardinality", "onDataRange")},
    {"DataExactCardinality", CLASS, "DR?", start_cardinality, end_cardinality,
     CARDINALITY("cardinality", "qualifiedCardinality", "onDataRange")},
    /* axioms */
    {"Declaration", AXIOM, "E", NULL, end_declaration, NO_MORE},
    {"SubClassOf", AXIOM, "CC", NULL, end_link, LINK(RDFS("subClassOf"))},
    {"EquivalentClasses", AXIOM, "C+", NULL, end_pairs, LINK(OWL("equivalentClass"))},
    {"DisjointClasses", AXIOM, "C+", NULL, end_all_different, OWL("AllDisjointClasses"),
     {OWL("disjointWith")}},
    {"DisjointUnion", AXIOM, "CC+", NULL, end_list_axiom, LINK(OWL("disjointUnionOf"))},
    {"SubObjectPropertyOf", AXIOM, "GO", NULL, end_sub_property, LINK(RDFS("subPropertyOf"))},
    {"EquivalentObjectProperties", AXIOM, "O+", NULL, end_pairs, LINK(OWL("equivalentProperty"))},
    {"DisjointObjectProperties", AXIOM, "O+", NULL, end_all_different,
     OWL("AllDisjointProperties"), {OWL("propertyDisjointWith")}},
    {"InverseObjectProperties", AXIOM, "OO", NULL, end_link, LINK(OWL("inverseOf"))},
    {"ObjectPropertyDomain", AXIOM, "OC", NULL, end_link, LINK(RDFS("domain"))},
    {"ObjectPropertyRange", AXIOM, "OC", NULL, end_link, LINK(RDFS("range"))},
    {"FunctionalObjectProperty", AXIOM, "O", NULL, end_characteristic,
     OF_TYPE("FunctionalProperty")},
    {"InverseFunctionalObjectProperty", AXIOM, "O", NULL, end_characteristic,
     OF_TYPE("InverseFunctionalProperty")},
    {"ReflexiveObjectProperty", AXIOM, "O", NULL, end_characteristic, OF_TYPE("ReflexiveProperty")},
    {"IrreflexiveObjectProperty", AXIOM, "O", NULL, end_characteristic,
     OF_TYPE("IrreflexiveProperty")},
    {"SymmetricObjectProperty", AXIOM, "O", NULL, end_characteristic, OF_TYPE("SymmetricProperty")},
    {"AsymmetricObjectProperty", AXIOM, "O", NULL, end_characteristic,
     OF_TYPE("AsymmetricProperty")},
    {"TransitiveObjectProperty", AXIOM, "O", NULL, end_characteristic,
     OF_TYPE("TransitiveProperty")},
    {"SubDataPropertyOf", AXIOM, "DD", NULL, end_link, LINK(RDFS("subPropertyOf"))},
    {"EquivalentDataProperties", AXIOM, "D+", NULL, end_pairs, LINK(OWL("equivalentProperty"))},
    {"DisjointDataProperties", AXIOM, "D+", NULL, end_all_different, OWL("AllDisjointProperties"),
     {OWL("propertyDisjointWith")}},
    {"DataPropertyDomain", AXIOM, "DC", NULL, end_link, LINK(RDFS("domain"))},
    {"DataPropertyRange", AXIOM, "DR", NULL, end_link, LINK(RDFS("range"))},
    {"FunctionalDataProperty", AXIOM, "D", NULL, end_characteristic, OF_TYPE("FunctionalProperty")},
    {"DatatypeDefinition", AXIOM, "TR", NULL, end_link, LINK(OWL("equivalentClass"))},
    {"HasKey", AXIOM, "CP*", NULL, end_list_axiom, LINK(OWL("hasKey"))},
    {"SameIndividual", AXIOM, "I+", NULL, end_pairs, LINK(OWL("sameAs"))},
    {"DifferentIndividuals", AXIOM, "I+", NULL, end_all_different, OWL("AllDifferent"),
     {OWL("differentFrom")}},
    {"ClassAssertion", AXIOM, "CI", NULL, end_class_assertion, NO_MORE},
    {"ObjectPropertyAssertion", AXIOM, "OII", NULL, end_assertion, NO_MORE},
    {"NegativeObjectPropertyAssertion", AXIOM, "OII", NULL, end_negative,
     OWL("NegativePropertyAssertion"), {OWL("assertionProperty"), OWL("sourceIndividual"), OWL("targetIndividual")}},
    {"DataPropertyAssertion", AXIOM, "DIL", NULL, end_assertion, NO_MORE},
    {"NegativeDataPropertyAssertion", AXIOM, "DIL", NULL, end_negative,
     OWL("NegativePropertyAssertion"), {OWL("assertionProperty"), OWL("sourceIndividual"), OWL("targetValue")}},
    {"AnnotationAssertion", AXIOM, "ASV", NULL, end_assertion, NO_MORE},
    {"SubAnnotationPropertyOf", AXIOM, "AA", NULL, end_link, LINK(RDFS("subPropertyOf"))},
    {"AnnotationPropertyDomain", AXIOM, "AN", NULL, end_link, LINK(RDFS("domain"))},
    {"AnnotationPropertyRange", AXIOM, "AN", NULL, end_link, LINK(RDFS("range"))},
    /* rules */
    {"DLSafeRule", AXIOM, "bh", NULL, end_negative, SWRL("Imp"), {SWRL("body"), SWRL("head")}},
    {"Body", BODY, "X*", start_node, end_list, SWRL("AtomList"), {0}},
    {"Head", HEAD, "X*", start_node, end_list, SWRL("AtomList"), {0}},
    {"ClassAtom", ATOM, "Ci", start_node, end_node, SWRL("ClassAtom"), {SWRL("classPredicate"),
     SWRL("argument1")}},
    {"DataRangeAtom", ATOM, "Rl", start_node, end_node, SWRL("DataRangeAtom"), {SWRL("dataRange"),
     SWRL("argument1")}},
    {"ObjectPropertyAtom", ATOM, "Oii", start_node, end_node, SWRL("IndividualPropertyAtom"),
     {SWRL("propertyPredicate"), SWRL("argument1"), SWRL("argument2")}},
    {"DataPropertyAtom", ATOM, "Dil", start_node, end_node, SWRL("DatavaluedPropertyAtom"),
     {SWRL("propertyPredicate"), SWRL("argument1"), SWRL("argument2")}},
    {"SameIndividualAtom", ATOM, "ii", start_node, end_node, SWRL("SameIndividualAtom"),
     {SWRL("argument1"), SWRL("argument2")}},
    {"DifferentIndividualsAtom", ATOM, "ii", start_node, end_node,
     SWRL("DifferentIndividualsAtom"), {SWRL("argument1"), SWRL("argument2")}},
    {"BuiltInAtom", ATOM, "l*", start_builtin, end_builtin, NO_MORE},
};
/* clang-format on */

enum { ONTOLOGY }; /* the first row */

/* ---- signatures ------------------------------------------------------------------------------ */

static const struct Letter *letter_of(char wanted) {
  size_t i = 0;
  while (letters[i].letter != wanted) {
    i++;
  }
  return &letters[i];
}

/* Items that are not what the signature asks for: how it goes on there, or NULL when all fit. */
static const char *mismatch(const char *signature, const Item *items, size_t count, size_t *at) {
  *at = 0;
  while (*signature) {
    const int is = letter_of(*signature)->is;
    const char *here = signature++;
    const char repeat = *signature;
    size_t taken = 0;
    const size_t most = repeat == '+' || repeat == '*' ? count : 1;
    while (*at < count && taken < most && (items[*at].is & is)) {
      ++*at;
      taken++;
    }
    if (taken == 0 && repeat != '*' && repeat != '?') {
      return here;
    }
    signature += repeat == '+' || repeat == '*' || repeat == '?';
  }
  return *at < count ? signature : NULL;
}

/* Past the annotations with which the element begins. */
static size_t skip_annotations(const Item *items, size_t count) {
  size_t at = 0;
  while (at < count && items[at].is == ANNOTATION) {
    at += items[at].count;
  }
  return at;
}

static OgStatus not_understood(Reader *reader, const char *wanted, const Item *items, size_t count,
                               size_t at, OgError *err) {
  for (size_t i = 0; i < count; i++) {
    if (items[i].is == UNKNOWN) {
      return OG_OK; /* that was told already */
    }
  }
  const char *found = at < count ? items[at].construct->name : "its end";
  const char *expected = *wanted ? letter_of(*wanted)->title : "its end";
  return BROKEN(reader, err, "axiom not understood",
                "%s: expected %s as part %zu, found %s; it is left out",
                top(reader)->construct->name, expected, at + 1, found);
}

/* ---- the document ---------------------------------------------------------------------------- */

static OgStatus inherit(Reader *reader, const OgXmlElement *element, OgError *err) {
  const OgText base = og_xml_attribute_in(element, OG_NS_XML, "base");
  const OgText language = og_xml_attribute_in(element, OG_NS_XML, "lang");
  OgSpan span;
  if (base.data) {
    OG_TRY(resolve(reader, base, &span, err));
    top(reader)->base = span;
  }
  if (language.data) {
    OG_TRY(keep(reader, language, &span, err));
    top(reader)->language = span;
  }
  return OG_OK;
}

static OgStatus skip(Reader *reader, const OgXmlElement *element, OgError *err) {
  reader->skipping = 1;
  return BROKEN(reader, err, "element not understood", "%.*s is not read here; it is left out",
                og_text_shown(element->name->iri), element->name->iri.data);
}

static OgStatus on_start(void *data, OgXml *xml, const OgXmlElement *element, OgError *err) {
  Reader *reader = data;
  reader->xml = xml;
  const size_t row = (size_t)element->name->id - 1; /* beyond the table when it is not there */
  if (reader->skipping > 0) {
    reader->skipping++;
    return OG_OK;
  }
  const bool is_root = reader->frame_count == 1;
  if (is_root && row != ONTOLOGY) {
    return og_xml_fault(xml, err, "expected Ontology in namespace " OG_NS_OWL ", found %.*s",
                        og_text_shown(element->name->iri), element->name->iri.data);
  }
  if (row >= OG_COUNT(constructs) || (row == ONTOLOGY && !is_root)) {
    return skip(reader, element, err);
  }
  og_buffer_reset(&reader->text);
  OG_TRY(push_frame(reader, &constructs[row], err));
  OG_TRY(inherit(reader, element, err));
  return constructs[row].start ? constructs[row].start(reader, element, err) : OG_OK;
}

/* Leave the frame: its item, if it has one, goes to the frame around it. */
static OgStatus pop(Reader *reader, OgError *err) {
  const Frame frame = *top(reader);
  Item item = frame.item;
  reader->frame_count--;
  if (item.is == ANNOTATION) {
    return OG_OK; /* what is inside it stays */
  }
  reader->item_count = frame.items;
  if (item.is & AXIOM) {
    reader->bytes.size = frame.bytes;
    return OG_OK;
  }
  const size_t ends[] = {item.text.at + item.text.size, item.datatype.at + item.datatype.size,
                         item.language.at + item.language.size};
  reader->bytes.size = frame.bytes;
  for (size_t i = 0; i < OG_COUNT(ends); i++) {
    reader->bytes.size = ends[i] > reader->bytes.size ? ends[i] : reader->bytes.size;
  }
  return push_item(reader, item, err);
}

/* What ended right below Ontology: an annotation on it, or something that may not stand there. */
static OgStatus take_into_ontology(Reader *reader, OgError *err) {
  const Frame *ontology = top(reader);
  const Item *items = reader->items + ontology->items;
  const size_t count = reader->item_count - ontology->items;
  OgStatus status = OG_OK;
  if (count > 0 && items[0].is == ANNOTATION) {
    status = annotate(reader, items, count, &reader->ontology, err);
  } else if (count > 0 && items[0].is != UNKNOWN) {
    status = BROKEN(reader, err, "axiom not understood", "%s is no axiom; it is left out",
                    items[0].construct->name);
  }
  reader->item_count = ontology->items;
  return status;
}

static OgStatus end_construct(Reader *reader, OgError *err) {
  const Frame *frame = top(reader);
  const Construct *construct = frame->construct;
  const Item *items = reader->items + frame->items;
  size_t count = reader->item_count - frame->items;
  const size_t annotations = skip_annotations(items, count);
  size_t at;
  const char *wanted =
      mismatch(construct->signature, items + annotations, count - annotations, &at);
  if (wanted) {
    OG_TRY(not_understood(reader, wanted, items + annotations, count - annotations, at, err));
    const bool is_annotation = construct->is == ANNOTATION;
    top(reader)->items -= is_annotation; /* its own item goes too */
    top(reader)->item.is = is_annotation || (construct->is & AXIOM) ? AXIOM : UNKNOWN;
    return OG_OK;
  }
  if (frame->item.is == UNKNOWN) {
    return OG_OK;
  }
  return construct->end(reader, items + annotations, count - annotations, err);
}

static OgStatus on_end(void *data, OgXml *xml, OgError *err) {
  (void)xml;
  Reader *reader = data;
  if (reader->skipping > 0) {
    reader->skipping--;
    return OG_OK;
  }
  const Construct *construct = top(reader)->construct;
  if (construct == &constructs[ONTOLOGY]) {
    reader->frame_count--;
    return OG_OK;
  }
  OG_TRY(end_construct(reader, err));
  reader->annotation_depth -= construct->is == ANNOTATION;
  OG_TRY(pop(reader, err));
  og_buffer_reset(&reader->text);
  return top(reader)->construct == &constructs[ONTOLOGY] ? take_into_ontology(reader, err) : OG_OK;
}

static OgStatus on_text(void *data, OgXml *xml, OgText text, OgError *err) {
  Reader *reader = data;
  if (reader->skipping > 0) {
    return OG_OK;
  }
  if (reader->text.size + text.size > MAX_TEXT) {
    return og_xml_fault(xml, err, "a literal is longer than %d bytes, the limit", MAX_TEXT);
  }
  const bool holds = (top(reader)->item.is & (LITERAL | NAME)) != 0;
  if (!holds && !og_text_is_blank(text)) {
    return BROKEN(reader, err, "text out of place", "text \"%.*s\" in %s is left out",
                  og_text_shown(text), text.data, top(reader)->construct->name);
  }
  return holds ? og_buffer_append(&reader->text, text.data, text.size, err) : OG_OK;
}

static void clear(Reader *reader) {
  og_free(reader->frames);
  og_free(reader->items);
  og_buffer_clear(&reader->bytes);
  og_buffer_clear(&reader->text);
  og_buffer_clear(&reader->scratch);
  og_buffer_clear(&reader->values);
  og_buffer_clear(&reader->value_spans);
  og_intern_free(reader->prefixes);
}

/* The prefixes that need no declaration, and a frame around the document. */
static OgStatus prepare(Reader *reader, const OgReadOptions *options, OgError *err) {
  static const Construct document = {.name = "the document", .is = AXIOM, .signature = ""};
  static const char *const predeclared[] = {"rdf", "rdfs", "xsd", "owl"};
  for (size_t i = 0; i < OG_COUNT(predeclared); i++) {
    for (const OgPrefix *row = og_known_prefixes; row->prefix; row++) {
      if (strcmp(row->prefix, predeclared[i]) == 0) {
        OG_TRY(set_prefix(reader, og_text(row->prefix), og_text(row->iri), err));
      }
    }
  }
  OG_TRY(push_frame(reader, &document, err));
  return keep(reader, og_text(options->base), &top(reader)->base, err);
}

OgStatus og_owlxml_read(OgInput *input, const OgReadOptions *options, const OgSink *sink,
                        const OgProgress *progress, OgError *err) {
  OgXmlKnown known[OG_COUNT(constructs)];
  for (size_t i = 0; i < OG_COUNT(constructs); i++) {
    known[i] = (OgXmlKnown){OG_NS_OWL, constructs[i].name, (int)i + 1};
  }
  const OgXmlHandler handler = {.start = on_start,
                                .end = on_end,
                                .text = on_text,
                                .known = known,
                                .known_count = OG_COUNT(known)};
  OgStatus status;
  Reader reader = {.options = options, .sink = sink, .prefixes = og_intern_new()};
  if (!reader.prefixes) {
    status = og_error_no_memory(err);
    goto done;
  }
  OG_GO(prepare(&reader, options, err));
  status = og_xml_read(input, &handler, &reader, options->max_depth, sink, progress, err);
done:
  clear(&reader);
  return status;
}
