/* What each element of OWL/XML becomes: functions for its start and its end, and the table of all.
 */
#include "ingest/owlxml_reader.h"

#include <string.h>

enum { MAX_ANNOTATION_DEPTH = 100 };

/* ---- entities and literals ------------------------------------------------------------------- */

/* IRI or abbreviatedIRI of an element. */
static OgStatus start_entity(OgOwlxmlReader *reader, const OgXmlElement *element, OgError *err) {
  const OgText iri = og_xml_attribute(element, "IRI");
  const OgText abbreviated = og_xml_attribute(element, "abbreviatedIRI");
  OgOwlxmlItem *item = &og_owlxml_top(reader)->item;
  if (!iri.data && !abbreviated.data) {
    item->is = UNKNOWN;
    return BROKEN(reader, err, "entity without a name",
                  "%s has neither IRI nor abbreviatedIRI; what is said with it is left out",
                  element->name->local.data);
  }
  OgSpan text;
  OG_TRY(iri.data ? og_owlxml_name_iri(reader, iri, &text, err)
                  : og_owlxml_expand(reader, abbreviated, &text, err));
  *item = (OgOwlxmlItem){
      .is = item->is, .kind = OG_IRI, .text = text, .count = 1, .construct = item->construct};
  return OG_OK;
}

static OgStatus start_anonymous(OgOwlxmlReader *reader, const OgXmlElement *element, OgError *err) {
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
  OgOwlxmlItem *item = &og_owlxml_top(reader)->item;
  item->kind = OG_BLANK;
  item->text = (OgSpan){at, reader->bytes.size - at};
  return OG_OK;
}

static OgStatus end_leaf(OgOwlxmlReader *reader, const OgOwlxmlItem *items, size_t count,
                         OgError *err) {
  (void)reader;
  (void)items;
  (void)count;
  (void)err;
  return OG_OK;
}

static OgStatus end_variable(OgOwlxmlReader *reader, const OgOwlxmlItem *items, size_t count,
                             OgError *err) {
  (void)items;
  (void)count;
  return og_owlxml_top(reader)->item.kind
             ? og_owlxml_emit_type(reader, &og_owlxml_top(reader)->item, SWRL("Variable"), err)
             : OG_OK;
}

static OgStatus end_name(OgOwlxmlReader *reader, const OgOwlxmlItem *items, size_t count,
                         OgError *err) {
  (void)items;
  (void)count;
  OgSpan iri;
  OG_TRY(og_owlxml_name_iri(reader, og_text_trimmed(og_text_of(&reader->text)), &iri, err));
  og_owlxml_top(reader)->item.kind = OG_IRI;
  og_owlxml_top(reader)->item.text = iri;
  return OG_OK;
}

static OgStatus end_abbreviated(OgOwlxmlReader *reader, const OgOwlxmlItem *items, size_t count,
                                OgError *err) {
  (void)items;
  (void)count;
  OgSpan iri;
  OG_TRY(og_owlxml_expand(reader, og_text_trimmed(og_text_of(&reader->text)), &iri, err));
  og_owlxml_top(reader)->item.kind = OG_IRI;
  og_owlxml_top(reader)->item.text = iri;
  return OG_OK;
}

/* rdf:PlainLiteral stands for no datatype: xml:lang has the language. */
static OgStatus start_literal(OgOwlxmlReader *reader, const OgXmlElement *element, OgError *err) {
  const OgText datatype = og_xml_attribute(element, "datatypeIRI");
  OgSpan iri = {0, 0};
  if (datatype.data && !og_text_is(datatype, RDF("PlainLiteral")) &&
      !og_text_is(datatype, RDF("langString"))) {
    OG_TRY(og_owlxml_resolve(reader, datatype, &iri, err));
  }
  OgOwlxmlFrame *frame = og_owlxml_top(reader);
  frame->item.kind = OG_LITERAL;
  frame->item.datatype = iri;
  frame->item.language = iri.size ? (OgSpan){0, 0} : frame->language;
  return OG_OK;
}

static OgStatus end_literal(OgOwlxmlReader *reader, const OgOwlxmlItem *items, size_t count,
                            OgError *err) {
  (void)items;
  (void)count;
  OgSpan text;
  OG_TRY(og_owlxml_keep(reader, og_text_of(&reader->text), &text, err));
  og_owlxml_top(reader)->item.text = text;
  return og_xml_check_literal(reader->xml, reader->options->strict, og_text_of(&reader->text),
                              og_owlxml_text_at(reader, og_owlxml_top(reader)->item.datatype), err);
}

/* ---- expressions ----------------------------------------------------------------------------- */

static OgStatus start_node(OgOwlxmlReader *reader, const OgXmlElement *element, OgError *err) {
  (void)element;
  return og_owlxml_mint(reader, &og_owlxml_top(reader)->item, err);
}

/* A node with an attribute that it cannot be without. */
static OgStatus start_with_value(OgOwlxmlReader *reader, const OgXmlElement *element,
                                 const char *attribute, OgError *err) {
  const OgText value = og_text_trimmed(og_xml_attribute(element, attribute));
  OG_TRY(start_node(reader, element, err));
  if (value.size == 0) {
    og_owlxml_top(reader)->item.is = UNKNOWN;
    return BROKEN(reader, err, "missing attribute", "%s has no %s; it is left out",
                  element->name->local.data, attribute);
  }
  OgSpan span;
  OG_TRY(strcmp(attribute, "cardinality") == 0 ? og_owlxml_keep(reader, value, &span, err)
                                               : og_owlxml_resolve(reader, value, &span, err));
  og_owlxml_top(reader)->value = span;
  return OG_OK;
}

static OgStatus start_cardinality(OgOwlxmlReader *reader, const OgXmlElement *element,
                                  OgError *err) {
  return start_with_value(reader, element, "cardinality", err);
}

static OgStatus start_facet(OgOwlxmlReader *reader, const OgXmlElement *element, OgError *err) {
  return start_with_value(reader, element, "facet", err);
}

/* Its name is the built-in's, its item a node. */
static OgStatus start_builtin(OgOwlxmlReader *reader, const OgXmlElement *element, OgError *err) {
  OG_TRY(start_entity(reader, element, err));
  OgOwlxmlItem node = og_owlxml_top(reader)->item;
  og_owlxml_top(reader)->value = node.text;
  OG_TRY(og_owlxml_mint(reader, &node, err));
  og_owlxml_top(reader)->item = node;
  return OG_OK;
}

/* A node of the construct's type with a property an item; annotations stand on the node. */
static OgStatus end_node(OgOwlxmlReader *reader, const OgOwlxmlItem *items, size_t count,
                         OgError *err) {
  const OgOwlxmlConstruct *construct = og_owlxml_top(reader)->construct;
  const OgOwlxmlItem node = og_owlxml_top(reader)->item;
  OG_TRY(og_owlxml_emit_type(reader, &node, construct->type, err));
  for (size_t i = 0; i < count; i++) {
    OG_TRY(og_owlxml_emit_item(reader, &node, construct->properties[i], &items[i], err));
  }
  return og_owlxml_annotate_with_own(reader, &node, err);
}

/* A node of the construct's type with a list of all items. */
static OgStatus end_members(OgOwlxmlReader *reader, const OgOwlxmlItem *items, size_t count,
                            OgError *err) {
  const OgOwlxmlConstruct *construct = og_owlxml_top(reader)->construct;
  const OgOwlxmlItem node = og_owlxml_top(reader)->item;
  OG_TRY(og_owlxml_emit_type(reader, &node, construct->type, err));
  return og_owlxml_emit_members(reader, &node, construct->properties[0], items, count, err);
}

/* Several properties: owl:onProperties with a list (n-ary data ranges). */
static OgStatus end_data_quantifier(OgOwlxmlReader *reader, const OgOwlxmlItem *items, size_t count,
                                    OgError *err) {
  const OgOwlxmlItem node = og_owlxml_top(reader)->item;
  if (count == 2) {
    return end_node(reader, items, count, err);
  }
  OG_TRY(og_owlxml_emit_type(reader, &node, OWL("Restriction"), err));
  OG_TRY(og_owlxml_emit_members(reader, &node, OWL("onProperties"), items, count - 1, err));
  return og_owlxml_emit_item(reader, &node, og_owlxml_top(reader)->construct->properties[1],
                             &items[count - 1], err);
}

static OgStatus end_self(OgOwlxmlReader *reader, const OgOwlxmlItem *items, size_t count,
                         OgError *err) {
  (void)count;
  const OgOwlxmlItem node = og_owlxml_top(reader)->item;
  OG_TRY(og_owlxml_emit_type(reader, &node, OWL("Restriction"), err));
  OG_TRY(og_owlxml_emit_item(reader, &node, OWL("onProperty"), &items[0], err));
  return og_owlxml_emit(reader, &node, OG_TEXT(OWL("hasSelf")),
                        og_typed_term(OG_TEXT("true"), OG_NS_XSD "boolean"), err);
}

/* properties: without and with a class or range, and the property that names the latter. */
static OgStatus end_cardinality(OgOwlxmlReader *reader, const OgOwlxmlItem *items, size_t count,
                                OgError *err) {
  const char *const *properties = og_owlxml_top(reader)->construct->properties;
  const OgOwlxmlItem node = og_owlxml_top(reader)->item;
  const OgTerm number = og_typed_term(og_owlxml_text_at(reader, og_owlxml_top(reader)->value),
                                      OG_NS_XSD "nonNegativeInteger");
  OG_TRY(og_owlxml_emit_type(reader, &node, OWL("Restriction"), err));
  OG_TRY(og_owlxml_emit_item(reader, &node, OWL("onProperty"), &items[0], err));
  OG_TRY(og_owlxml_emit(reader, &node, og_text(properties[count > 1]), number, err));
  return count > 1 ? og_owlxml_emit_item(reader, &node, properties[2], &items[1], err) : OG_OK;
}

static OgStatus end_facet(OgOwlxmlReader *reader, const OgOwlxmlItem *items, size_t count,
                          OgError *err) {
  (void)count;
  const OgOwlxmlItem node = og_owlxml_top(reader)->item;
  return og_owlxml_emit(reader, &node, og_owlxml_text_at(reader, og_owlxml_top(reader)->value),
                        og_owlxml_term_of(reader, &items[0]), err);
}

static OgStatus end_restriction(OgOwlxmlReader *reader, const OgOwlxmlItem *items, size_t count,
                                OgError *err) {
  const OgOwlxmlItem node = og_owlxml_top(reader)->item;
  OG_TRY(og_owlxml_emit_type(reader, &node, RDFS("Datatype"), err));
  OG_TRY(og_owlxml_emit_item(reader, &node, OWL("onDatatype"), &items[0], err));
  return og_owlxml_emit_members(reader, &node, OWL("withRestrictions"), items + 1, count - 1, err);
}

static bool is_inside(const OgOwlxmlReader *reader, const char *name) {
  return reader->frame_count > 1 && strcmp(og_owlxml_top(reader)[-1].construct->name, name) == 0;
}

/* Of an assertion with an inverse, only the property itself is needed. */
static OgStatus end_inverse(OgOwlxmlReader *reader, const OgOwlxmlItem *items, size_t count,
                            OgError *err) {
  if (is_inside(reader, "ObjectPropertyAssertion") && items[0].kind == OG_IRI) {
    OgOwlxmlFrame *frame = og_owlxml_top(reader);
    frame->item.kind = OG_IRI;
    frame->item.text = items[0].text;
    frame->item.inverse = true;
    return OG_OK;
  }
  return end_node(reader, items, count, err);
}

/* The item that it leaves is the list, whose cells are of the construct's type. */
static OgStatus end_list(OgOwlxmlReader *reader, const OgOwlxmlItem *items, size_t count,
                         OgError *err) {
  const OgOwlxmlConstruct *construct = og_owlxml_top(reader)->construct;
  OgOwlxmlItem head = og_owlxml_top(reader)->item;
  OG_TRY(og_owlxml_emit_list(reader, items, count, construct->type, &head, err));
  og_owlxml_top(reader)->item.kind = head.kind;
  og_owlxml_top(reader)->item.text = head.text;
  return OG_OK;
}

static OgStatus end_builtin(OgOwlxmlReader *reader, const OgOwlxmlItem *items, size_t count,
                            OgError *err) {
  const OgOwlxmlItem node = og_owlxml_top(reader)->item;
  OG_TRY(og_owlxml_emit_type(reader, &node, SWRL("BuiltinAtom"), err));
  const OgOwlxmlItem builtin = {.kind = OG_IRI, .text = og_owlxml_top(reader)->value};
  OG_TRY(og_owlxml_emit_item(reader, &node, SWRL("builtin"), &builtin, err));
  OG_TRY(og_owlxml_emit_type(reader, &builtin, SWRL("Builtin"), err));
  return og_owlxml_emit_members(reader, &node, SWRL("arguments"), items, count, err);
}

/* ---- annotations ----------------------------------------------------------------------------- */

/* Its item goes before those inside it. */
static OgStatus start_annotation(OgOwlxmlReader *reader, const OgXmlElement *element,
                                 OgError *err) {
  (void)element;
  if (++reader->annotation_depth > MAX_ANNOTATION_DEPTH) {
    return og_xml_fault(reader->xml, err, "annotations nest deeper than %d, the limit",
                        MAX_ANNOTATION_DEPTH);
  }
  const OgOwlxmlItem item = og_owlxml_top(reader)->item;
  OG_TRY(og_owlxml_push_item(reader, item, err));
  og_owlxml_top(reader)->items++;
  return OG_OK;
}

static OgStatus end_annotation(OgOwlxmlReader *reader, const OgOwlxmlItem *items, size_t count,
                               OgError *err) {
  (void)items;
  (void)count;
  (void)err;
  const size_t first = og_owlxml_top(reader)->items - 1;
  reader->items[first].count = reader->item_count - first;
  return OG_OK;
}

/* ---- axioms ---------------------------------------------------------------------------------- */

static OgStatus end_declaration(OgOwlxmlReader *reader, const OgOwlxmlItem *items, size_t count,
                                OgError *err) {
  (void)count;
  return og_owlxml_emit_type_axiom(reader, &items[0], items[0].construct->type, err);
}

/* first property second */
static OgStatus end_link(OgOwlxmlReader *reader, const OgOwlxmlItem *items, size_t count,
                         OgError *err) {
  (void)count;
  return og_owlxml_emit_axiom_of(reader, &items[0], og_owlxml_top(reader)->construct->properties[0],
                                 &items[1], err);
}

static OgStatus end_class_assertion(OgOwlxmlReader *reader, const OgOwlxmlItem *items, size_t count,
                                    OgError *err) {
  (void)count;
  return og_owlxml_emit_axiom_of(reader, &items[1], RDF("type"), &items[0], err);
}

/* The property is of the construct's type. */
static OgStatus end_characteristic(OgOwlxmlReader *reader, const OgOwlxmlItem *items, size_t count,
                                   OgError *err) {
  (void)count;
  return og_owlxml_emit_type_axiom(reader, &items[0], og_owlxml_top(reader)->construct->type, err);
}

/* Each item and the next. */
static OgStatus end_pairs(OgOwlxmlReader *reader, const OgOwlxmlItem *items, size_t count,
                          OgError *err) {
  const char *property = og_owlxml_top(reader)->construct->properties[0];
  for (size_t i = 0; i + 1 < count; i++) {
    OG_TRY(og_owlxml_emit_axiom_of(reader, &items[i], property, &items[i + 1], err));
  }
  return OG_OK;
}

/* Two: the property holds between them. Else a node of the construct's type with a list. */
static OgStatus end_all_different(OgOwlxmlReader *reader, const OgOwlxmlItem *items, size_t count,
                                  OgError *err) {
  if (count == 2) {
    return end_link(reader, items, count, err);
  }
  OgOwlxmlItem node = {0};
  OG_TRY(og_owlxml_mint(reader, &node, err));
  OG_TRY(og_owlxml_emit_type(reader, &node, og_owlxml_top(reader)->construct->type, err));
  OG_TRY(og_owlxml_emit_members(reader, &node, OWL("members"), items, count, err));
  return og_owlxml_annotate_with_own(reader, &node, err);
}

/* first property (rest …) */
static OgStatus end_list_axiom(OgOwlxmlReader *reader, const OgOwlxmlItem *items, size_t count,
                               OgError *err) {
  const char *property = og_owlxml_top(reader)->construct->properties[0];
  OgOwlxmlItem list = {0};
  OG_TRY(og_owlxml_emit_list(reader, items + 1, count - 1, NULL, &list, err));
  return og_owlxml_emit_axiom_of(reader, &items[0], property, &list, err);
}

static OgStatus end_sub_property(OgOwlxmlReader *reader, const OgOwlxmlItem *items, size_t count,
                                 OgError *err) {
  if (items[0].is == CHAIN) {
    return og_owlxml_emit_axiom_of(reader, &items[1], OWL("propertyChainAxiom"), &items[0], err);
  }
  return end_link(reader, items, count, err);
}

/* second first third; of an inverse, third first second */
static OgStatus end_assertion(OgOwlxmlReader *reader, const OgOwlxmlItem *items, size_t count,
                              OgError *err) {
  (void)count;
  if (items[0].kind != OG_IRI) {
    return BROKEN(reader, err, "axiom not understood",
                  "an assertion with an expression as its property is left out");
  }
  const OgOwlxmlItem *subject = &items[items[0].inverse ? 2 : 1];
  const OgOwlxmlItem *object = &items[items[0].inverse ? 1 : 2];
  return og_owlxml_emit_axiom(reader, subject, &items[0], object, err);
}

static OgStatus end_negative(OgOwlxmlReader *reader, const OgOwlxmlItem *items, size_t count,
                             OgError *err) {
  OG_TRY(og_owlxml_mint(reader, &og_owlxml_top(reader)->item, err));
  return end_node(reader, items, count, err);
}

/* ---- the ontology ---------------------------------------------------------------------------- */

static OgStatus start_ontology(OgOwlxmlReader *reader, const OgXmlElement *element, OgError *err) {
  const OgText iri = og_xml_attribute(element, "ontologyIRI");
  const OgText version = og_xml_attribute(element, "versionIRI");
  OgOwlxmlItem ontology = {.kind = OG_IRI};
  OgOwlxmlItem of_version = {.kind = OG_IRI};
  OG_TRY(iri.data ? og_owlxml_resolve(reader, iri, &ontology.text, err)
                  : og_owlxml_mint(reader, &ontology, err));
  reader->ontology = ontology;
  OG_TRY(og_owlxml_emit_type(reader, &ontology, OWL("Ontology"), err));
  if (!version.data) {
    return OG_OK;
  }
  if (!iri.data) {
    OG_TRY(BROKEN(reader, err, "version without an ontology IRI",
                  "the ontology has a versionIRI and no ontologyIRI"));
  }
  OG_TRY(og_owlxml_resolve(reader, version, &of_version.text, err));
  return og_owlxml_emit_item(reader, &ontology, OWL("versionIRI"), &of_version, err);
}

static OgStatus start_prefix(OgOwlxmlReader *reader, const OgXmlElement *element, OgError *err) {
  const OgText name = og_xml_attribute(element, "name");
  const OgText iri = og_xml_attribute(element, "IRI");
  if (!name.data || !iri.data) {
    return BROKEN(reader, err, "missing attribute", "Prefix wants name and IRI; it is left out");
  }
  OgSpan span;
  OG_TRY(og_owlxml_resolve(reader, iri, &span, err));
  OG_TRY(og_owlxml_set_prefix(reader, name, og_owlxml_text_at(reader, span), err));
  return reader->sink->prefix
             ? reader->sink->prefix(reader->sink->data, name, og_owlxml_text_at(reader, span), err)
             : OG_OK;
}

static OgStatus end_import(OgOwlxmlReader *reader, const OgOwlxmlItem *items, size_t count,
                           OgError *err) {
  OG_TRY(end_name(reader, items, count, err));
  const OgOwlxmlItem imported = og_owlxml_top(reader)->item;
  return og_owlxml_emit_item(reader, &reader->ontology, OWL("imports"), &imported, err);
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
const OgOwlxmlConstruct og_owlxml_constructs[] = {
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
     OWL("NegativePropertyAssertion"), {OWL("assertionProperty"), OWL("sourceIndividual"),
     OWL("targetIndividual")}},
    {"DataPropertyAssertion", AXIOM, "DIL", NULL, end_assertion, NO_MORE},
    {"NegativeDataPropertyAssertion", AXIOM, "DIL", NULL, end_negative,
     OWL("NegativePropertyAssertion"), {OWL("assertionProperty"), OWL("sourceIndividual"),
     OWL("targetValue")}},
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

_Static_assert(OG_COUNT(og_owlxml_constructs) == OG_OWLXML_CONSTRUCTS, "count of the header");
