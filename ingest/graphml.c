/* The data of a graph, node or edge are gathered until it ends: only then is it known which of them
 * names it, which is its class or relation, and which defaults hold.
 *
 *   frames   one an open element
 *   values   (key, text) of the data of open graphs, nodes and edges; a frame's begin at its values
 *   bytes    their texts, a stack like the two others */
#include "ingest/graphml.h"

#include "core/intern.h"
#include "core/memory.h"
#include "core/vocab.h"
#include "ingest/emit.h"

#include <stdio.h>
#include <string.h>

enum { MAX_TEXT = 16 << 20 };

#define YFILES "http://www.yworks.com/xml/graphml"

/* IRIs of what has none: "urn:graphml:edge:knows". */
#define CLASS_SPACE    "urn:graphml:node:"
#define RELATION_SPACE "urn:graphml:edge:"
#define DATA_SPACE     "urn:graphml:data:"

/* What data can belong to. */
typedef enum Scope { OF_GRAPH, OF_NODE, OF_EDGE, SCOPES } Scope;

static const char *const scope_names[SCOPES] = {"graph", "node", "edge"};

/* What data say of what they belong to. */
typedef enum Meaning { ATTRIBUTE, LABEL, CLASS, RELATION, COMMENT, SILENT } Meaning;

/* By the name of the key; of several that name a relation, the first here is taken. */
static const struct {
  const char *name;
  unsigned char scopes; /* 1 << Scope */
  Meaning meaning;
} meanings[] = {
    {"labelE", 1 << OF_EDGE, RELATION},
    {"label", 1 << OF_EDGE, RELATION},
    {"Label", 1 << OF_EDGE, RELATION},
    {"Edge Label", 1 << OF_EDGE, RELATION},
    {"edgelabel", 1 << OF_EDGE, RELATION},
    {"edge_type", 1 << OF_EDGE, RELATION},
    {"relation", 1 << OF_EDGE, RELATION},
    {"rel", 1 << OF_EDGE, RELATION},
    {"relationship", 1 << OF_EDGE, RELATION},
    {"predicate", 1 << OF_EDGE, RELATION},
    {"interaction", 1 << OF_EDGE, RELATION},
    {"type", 1 << OF_EDGE, RELATION},
    {"labelV", 1 << OF_NODE, CLASS},
    {"labels", 1 << OF_NODE, CLASS},
    {"type", 1 << OF_NODE, CLASS},
    {"label", 1 << OF_NODE | 1 << OF_GRAPH, LABEL},
    {"Label", 1 << OF_NODE | 1 << OF_GRAPH, LABEL},
    {"name", 1 << OF_NODE | 1 << OF_GRAPH, LABEL},
    {"title", 1 << OF_NODE | 1 << OF_GRAPH, LABEL},
    {"description", 1 << OF_NODE | 1 << OF_GRAPH, COMMENT},
    {"Description", 1 << OF_NODE | 1 << OF_GRAPH, COMMENT},
};

/* Attributes that name a node which has no label, the first of them that it has. */
static const char *const second_names[] = {"desc", "symbol", "code"};

/* By yfiles.type, where yEd has no attr.name. */
static const struct {
  const char *type;
  Scope scope;
  Meaning meaning;
} yfiles_meanings[] = {
    {"nodegraphics", OF_NODE, LABEL},
    {"edgegraphics", OF_EDGE, RELATION},
};

enum { UNRANKED = OG_COUNT(meanings) }; /* before all that stand in the table */

static const struct Type {
  const char *name;
  const char *iri; /* NULL: xsd:string, which is not said */
} types[] = {
    {"string", NULL},
    {"boolean", OG_NS_XSD "boolean"},
    {"int", OG_NS_XSD "int"},
    {"long", OG_NS_XSD "long"},
    {"float", OG_NS_XSD "float"},
    {"double", OG_NS_XSD "double"},
    {"integer", OG_NS_XSD "integer"},
};

typedef struct Key {
  uint32_t name;  /* a text */
  uint32_t value; /* its default, a text */
  bool has_default;
  bool declared; /* to the sink */
  bool graphics; /* yEd's: its text is that of the first label inside */
  const struct Type *type;
  unsigned char scopes;
  Meaning meaning[SCOPES];
  size_t rank; /* among those that mean a relation */
} Key;

typedef struct Value {
  uint32_t key;
  OgSpan text;
} Value;

/* What an element is to those inside it. */
typedef enum Place {
  IN_DOCUMENT,
  IN_GRAPHML,
  IN_KEY,
  IN_THING,
  IN_VALUE,
  IN_GRAPHICS,
  IN_LABEL
} Place;

typedef struct Frame {
  Place place;
  Scope scope;   /* IN_THING */
  uint32_t node; /* IN_THING: the node, the source, or the node around a graph */
  uint32_t target;
  bool directed;   /* of an edge, or of the edges of a graph */
  bool is_comment; /* IN_VALUE: desc, not data or default */
  bool again;      /* a node that was there before: defaults are not for it */
  uint32_t key;    /* IN_KEY, IN_VALUE */
  OgSpan identifier;
  size_t values, bytes;
} Frame;

typedef struct Reader {
  OgXml *xml;
  const OgReadOptions *options;
  const OgSink *sink;
  Frame *frames;
  size_t frame_count, frame_room;
  OgBuffer values; /* Value */
  OgBuffer bytes;
  OgBuffer text; /* of the value that is open */
  OgBuffer space, subject, property, object, scratch;
  OgIntern *texts;     /* names of keys, their defaults */
  OgIntern *key_ids;   /* identifiers of keys: rows of keys */
  OgBuffer keys;       /* Key */
  OgIntern *nodes;     /* identifiers */
  OgBuffer defined;    /* char: for each node, whether there is an element */
  OgIntern *classes;   /* IRIs that were declared */
  OgIntern *relations; /* the same */
  OgBuffer directions; /* char: for each relation, DIRECTED | UNDIRECTED as used */
  unsigned long minted;
  size_t skipping;
} Reader;

enum { DIRECTED = 1, UNDIRECTED = 2 };
#define NO_NODE UINT32_MAX

#define BROKEN(reader, err, kind, ...)                                                             \
  og_xml_broken((reader)->xml, (reader)->options->strict, err, kind, __VA_ARGS__)

/* ---- the stacks ------------------------------------------------------------------------------ */

static Frame *top(const Reader *reader) {
  return &reader->frames[reader->frame_count - 1];
}

static OgStatus push(Reader *reader, Frame frame, OgError *err) {
  Frame *frames =
      og_stack_grow(reader->frames, reader->frame_count, &reader->frame_room, sizeof *frames);
  if (!frames) {
    return og_error_no_memory(err);
  }
  reader->frames = frames;
  frame.values = reader->values.size;
  frame.bytes = reader->bytes.size;
  reader->frames[reader->frame_count++] = frame;
  return OG_OK;
}

static OgText text_at(const Reader *reader, OgSpan span) {
  return og_span_text(&reader->bytes, span);
}

static OgStatus keep(Reader *reader, OgText text, OgSpan *span, OgError *err) {
  return og_span_push(&reader->bytes, text, span, err);
}

static Key *key_at(const Reader *reader, uint32_t key) {
  return (Key *)(void *)reader->keys.data + key;
}

static size_t key_count(const Reader *reader) {
  return reader->keys.size / sizeof(Key);
}

/* ---- names of things ------------------------------------------------------------------------- */

static OgStatus make_iri(OgBuffer *buffer, const char *space, OgText name, OgError *err) {
  OG_TRY(og_buffer_set(buffer, og_text(space), err));
  return og_buffer_segment(buffer, name, err);
}

static OgTerm iri_of(const OgBuffer *buffer) {
  return og_iri_term(og_text_of(buffer));
}

static OgStatus node_iri(Reader *reader, uint32_t node, OgBuffer *buffer, OgError *err) {
  return make_iri(buffer, reader->space.data, og_interned(reader->nodes, node), err);
}

static OgStatus node_number(Reader *reader, OgText identifier, uint32_t *node, OgError *err) {
  int added;
  OG_TRY(og_intern_add(reader->nodes, identifier.data, identifier.size, node, &added, err));
  return added ? og_buffer_append(&reader->defined, "", 1, err) : OG_OK;
}

/* A class or relation that is named here: its type and label, once. */
static OgStatus declare(Reader *reader, OgIntern *known, const OgBuffer *iri, const char *type,
                        OgText name, uint32_t *number, OgError *err) {
  int added;
  OG_TRY(og_intern_add(known, iri->data, iri->size, number, &added, err));
  if (!added) {
    return OG_OK;
  }
  OG_TRY(og_emit_type(reader->sink, iri_of(iri), type, err));
  return og_emit(reader->sink, iri_of(iri), OG_NS_RDFS "label", og_literal_term(name), err);
}

/* ---- keys ------------------------------------------------------------------------------------ */

static void set_meanings(Key *key, OgText name, OgText yfiles) {
  key->rank = UNRANKED;
  for (size_t i = 0; i < OG_COUNT(meanings); i++) {
    for (int scope = 0; scope < SCOPES; scope++) {
      if ((meanings[i].scopes & 1 << scope) && og_text_is(name, meanings[i].name)) {
        key->meaning[scope] = meanings[i].meaning;
        key->rank = meanings[i].meaning == RELATION ? i : key->rank;
      }
    }
  }
  for (size_t i = 0; i < OG_COUNT(yfiles_meanings); i++) {
    if (og_text_is(yfiles, yfiles_meanings[i].type)) {
      key->graphics = true;
      key->meaning[yfiles_meanings[i].scope] = yfiles_meanings[i].meaning;
    }
  }
  if (yfiles.size > 0 && !key->graphics) { /* pictures, and how things look */
    for (int scope = 0; scope < SCOPES; scope++) {
      key->meaning[scope] = SILENT;
    }
  }
}

static OgStatus add_key(Reader *reader, OgText identifier, const OgXmlElement *element,
                        uint32_t *number, OgError *err) {
  OgText name = element ? og_xml_attribute(element, "attr.name") : identifier;
  const OgText type = element ? og_xml_attribute(element, "attr.type") : OG_TEXT("");
  const OgText scope = element ? og_xml_attribute(element, "for") : OG_TEXT("");
  const OgText yfiles = element ? og_xml_attribute(element, "yfiles.type") : OG_TEXT("");
  Key key = {.type = &types[0]};
  for (size_t i = 0; i < OG_COUNT(types); i++) {
    key.type = og_text_is(type, types[i].name) ? &types[i] : key.type;
  }
  for (int i = 0; i < SCOPES; i++) {
    if (og_text_is(scope, scope_names[i])) {
      key.scopes = (unsigned char)(1 << i);
    }
  }
  if (scope.size == 0 || og_text_is(scope, "all")) {
    key.scopes = (1 << SCOPES) - 1;
  }
  name = name.size > 0 ? name : identifier;
  set_meanings(&key, name, yfiles);
  OG_TRY(og_intern_add(reader->texts, name.data, name.size, &key.name, NULL, err));
  int added;
  OG_TRY(og_intern_add(reader->key_ids, identifier.data, identifier.size, number, &added, err));
  if (!added) {
    return BROKEN(reader, err, "duplicate key", "the key \"%.*s\" was declared before",
                  og_text_shown(identifier), identifier.data);
  }
  return og_buffer_append(&reader->keys, &key, sizeof key, err);
}

static OgStatus start_key(Reader *reader, const OgXmlElement *element, OgError *err) {
  const OgText identifier = og_xml_attribute(element, "id");
  uint32_t key;
  if (identifier.size == 0) {
    reader->skipping = 1;
    return BROKEN(reader, err, "missing attribute", "key has no id; it is left out");
  }
  OG_TRY(add_key(reader, identifier, element, &key, err));
  return push(reader, (Frame){.place = IN_KEY, .key = key}, err);
}

/* ---- statements ------------------------------------------------------------------------------ */

/* An attribute's property, into reader->property; declared before its first use. */
static OgStatus attribute_property(Reader *reader, Key *key, OgError *err) {
  const OgText name = og_interned(reader->texts, key->name);
  OG_TRY(make_iri(&reader->property, DATA_SPACE, name, err));
  if (key->declared) {
    return OG_OK;
  }
  key->declared = true;
  const OgTerm property = iri_of(&reader->property);
  OG_TRY(og_emit_type(reader->sink, property, OG_NS_OWL "DatatypeProperty", err));
  OG_TRY(og_emit(reader->sink, property, OG_NS_RDFS "label", og_literal_term(name), err));
  return key->type->iri ? og_emit(reader->sink, property, OG_NS_RDFS "range",
                                  og_iri_term(og_text(key->type->iri)), err)
                        : OG_OK;
}

static OgStatus emit_attribute(Reader *reader, OgTerm subject, Key *key, OgText text,
                               OgError *err) {
  OgTerm value = og_literal_term(text);
  if (key->type->iri) {
    const OgText trimmed = og_text_trimmed(text);
    if (trimmed.size == 0) {
      return OG_OK;
    }
    value = og_typed_term(trimmed, key->type->iri);
    OG_TRY(
        og_xml_check_literal(reader->xml, reader->options->strict, trimmed, value.datatype, err));
  }
  OG_TRY(attribute_property(reader, key, err));
  return og_emit(reader->sink, subject, reader->property.data, value, err);
}

/* A class of a node, or several as Neo4j writes them: ":Person:Author". */
static OgStatus emit_classes(Reader *reader, OgText text, OgError *err) {
  while (text.size > 0) {
    const char *colon = memchr(text.data, ':', text.size);
    const size_t size = colon ? (size_t)(colon - text.data) : text.size;
    const OgText name = og_text_trimmed((OgText){text.data, size});
    if (name.size > 0) {
      uint32_t number;
      OG_TRY(make_iri(&reader->object, CLASS_SPACE, name, err));
      OG_TRY(
          declare(reader, reader->classes, &reader->object, OG_NS_OWL "Class", name, &number, err));
      OG_TRY(og_emit(reader->sink, iri_of(&reader->subject), OG_NS_RDF "type",
                     iri_of(&reader->object), err));
    }
    const size_t step = size + (colon != NULL);
    text = (OgText){text.data + step, text.size - step};
  }
  return OG_OK;
}

/* A value of a graph or node, whose IRI is in reader->subject. */
static OgStatus emit_value(Reader *reader, Key *key, Scope scope, OgText text, OgError *err) {
  const OgTerm subject = iri_of(&reader->subject);
  const OgText trimmed = og_text_trimmed(text);
  switch (key->meaning[scope]) {
  case ATTRIBUTE:
    return emit_attribute(reader, subject, key, text, err);
  case CLASS:
    return emit_classes(reader, trimmed, err);
  case LABEL:
    og_buffer_reset(&reader->scratch);
    OG_TRY(og_buffer_words(&reader->scratch, trimmed, err));
    return trimmed.size == 0 ? OG_OK
                             : og_emit(reader->sink, subject, OG_NS_RDFS "label",
                                       og_literal_term(og_text_of(&reader->scratch)), err);
  case COMMENT:
    return trimmed.size == 0 ? OG_OK
                             : og_emit(reader->sink, subject, OG_NS_RDFS "comment",
                                       og_literal_term(trimmed), err);
  default:
    return OG_OK;
  }
}

/* ---- the values of a thing ------------------------------------------------------------------- */

static const Value *own_values(const Reader *reader, size_t *count) {
  const size_t first = top(reader)->values;
  *count = (reader->values.size - first) / sizeof(Value);
  return *count > 0 ? (const Value *)(const void *)(reader->values.data + first) : NULL;
}

/* Defaults join the values that the thing has. */
static OgStatus add_defaults(Reader *reader, Scope scope, OgError *err) {
  for (uint32_t k = 0; k < key_count(reader); k++) {
    const Key *key = key_at(reader, k);
    if (!key->has_default || !(key->scopes & 1 << scope)) {
      continue;
    }
    size_t count;
    const Value *values = own_values(reader, &count);
    size_t i = 0;
    while (i < count && values[i].key != k) {
      i++;
    }
    if (i == count) {
      Value value = {.key = k};
      OG_TRY(keep(reader, og_interned(reader->texts, key->value), &value.text, err));
      OG_TRY(og_buffer_append(&reader->values, &value, sizeof value, err));
    }
  }
  return OG_OK;
}

/* "n12", "7", "n0::n3": what programs call nodes. */
static bool is_numbering(OgText identifier) {
  for (size_t i = 0; i < identifier.size; i++) {
    if (!memchr("n0123456789:", identifier.data[i], sizeof "n0123456789:" - 1)) {
      return false;
    }
  }
  return true;
}

/* The name of a node without a label; empty when it has none. */
static OgText second_name(const Reader *reader, uint32_t node) {
  size_t count;
  const Value *values = own_values(reader, &count);
  for (size_t i = 0; i < OG_COUNT(second_names); i++) {
    for (size_t k = 0; k < count; k++) {
      const OgText key = og_interned(reader->texts, key_at(reader, values[k].key)->name);
      const OgText text = og_text_trimmed(text_at(reader, values[k].text));
      if (text.size > 0 && og_text_is(key, second_names[i])) {
        return text;
      }
    }
  }
  const OgText identifier = og_interned(reader->nodes, node);
  return is_numbering(identifier) ? OG_TEXT("") : identifier;
}

static OgStatus end_node(Reader *reader, OgError *err) {
  const uint32_t node = top(reader)->node;
  OG_TRY(node_iri(reader, node, &reader->subject, err));
  OG_TRY(og_emit_type(reader->sink, iri_of(&reader->subject), OG_NS_OWL "NamedIndividual", err));
  size_t count;
  const Value *values = own_values(reader, &count);
  bool named = false;
  for (size_t i = 0; i < count; i++) {
    Key *key = key_at(reader, values[i].key);
    const OgText text = text_at(reader, values[i].text);
    named = named || (key->meaning[OF_NODE] == LABEL && !og_text_is_blank(text));
    OG_TRY(emit_value(reader, key, OF_NODE, text, err));
  }
  const OgText name = named ? OG_TEXT("") : second_name(reader, node);
  return name.size == 0 ? OG_OK
                        : og_emit(reader->sink, iri_of(&reader->subject), OG_NS_RDFS "label",
                                  og_literal_term(name), err);
}

static OgStatus end_graph(Reader *reader, OgError *err) {
  const uint32_t around = top(reader)->node;
  size_t count;
  const Value *values = own_values(reader, &count);
  OG_TRY(around == NO_NODE
             ? og_buffer_set(&reader->subject,
                             (OgText){reader->space.data,
                                      reader->space.size -
                                          (reader->space.data[reader->space.size - 1] == '#')},
                             err)
             : node_iri(reader, around, &reader->subject, err));
  for (size_t i = 0; i < count; i++) {
    OG_TRY(emit_value(reader, key_at(reader, values[i].key), OF_GRAPH,
                      text_at(reader, values[i].text), err));
  }
  return OG_OK;
}

/* The value that names the relation of an edge; NULL when it has none. */
static const Value *relation_value(const Reader *reader, const Value *values, size_t count) {
  const Value *best = NULL;
  for (size_t i = 0; i < count; i++) {
    const Key *key = key_at(reader, values[i].key);
    if (key->meaning[OF_EDGE] == RELATION && !og_text_is_blank(text_at(reader, values[i].text)) &&
        (!best || key->rank < key_at(reader, best->key)->rank)) {
      best = &values[i];
    }
  }
  return best;
}

/* A relation of edges without direction is symmetric; one with both kinds of edges is told of. */
static OgStatus note_direction(Reader *reader, uint32_t relation, bool directed, OgText name,
                               OgError *err) {
  if (relation == reader->directions.size) {
    OG_TRY(og_buffer_append(&reader->directions, "", 1, err));
  }
  char *directions = &reader->directions.data[relation];
  const int seen = *directions;
  *directions = (char)(seen | (directed ? DIRECTED : UNDIRECTED));
  if (!directed && !(seen & UNDIRECTED)) {
    OG_TRY(og_emit_type(reader->sink, iri_of(&reader->object), OG_NS_OWL "SymmetricProperty", err));
  }
  return seen != 0 && seen != *directions && *directions == (DIRECTED | UNDIRECTED)
             ? og_xml_warn(reader->xml, err, "relation with and without direction",
                           "\"%.*s\" is said to be symmetric for its edges without direction",
                           og_text_shown(name), name.data)
             : OG_OK;
}

/* What is said of an edge, on an annotation of its statement. */
static OgStatus emit_edge_values(Reader *reader, const Value *relation, OgTerm edge[3],
                                 OgError *err) {
  static const char *const parts[] = {OG_NS_OWL "annotatedSource", OG_NS_OWL "annotatedProperty",
                                      OG_NS_OWL "annotatedTarget"};
  size_t count;
  const Value *values = own_values(reader, &count);
  char label[24];
  OgTerm axiom = {0};
  for (size_t i = 0; i < count; i++) {
    Key *key = key_at(reader, values[i].key);
    const OgText text = text_at(reader, values[i].text);
    if (&values[i] == relation || key->graphics || key->meaning[OF_EDGE] == SILENT) {
      continue;
    }
    if (axiom.kind == 0) {
      const int size = snprintf(label, sizeof label, "g%lu", ++reader->minted);
      axiom = og_blank_term((OgText){label, (size_t)size});
      OG_TRY(og_emit_type(reader->sink, axiom, OG_NS_OWL "Axiom", err));
      for (size_t k = 0; k < OG_COUNT(parts); k++) {
        OG_TRY(og_emit(reader->sink, axiom, parts[k], edge[k], err));
      }
      const OgText identifier = text_at(reader, top(reader)->identifier);
      if (identifier.size > 0) {
        OG_TRY(og_emit(reader->sink, axiom, OG_NS_DCTERMS "identifier", og_literal_term(identifier),
                       err));
      }
    }
    OG_TRY(emit_attribute(reader, axiom, key, text, err));
  }
  return OG_OK;
}

static OgStatus end_edge(Reader *reader, OgError *err) {
  const Frame edge = *top(reader);
  size_t count;
  const Value *values = own_values(reader, &count);
  const Value *relation = relation_value(reader, values, count);
  const OgText name = relation ? og_text_trimmed(text_at(reader, relation->text)) : OG_TEXT("edge");
  uint32_t number;
  OG_TRY(make_iri(&reader->object, RELATION_SPACE, name, err));
  OG_TRY(declare(reader, reader->relations, &reader->object, OG_NS_OWL "ObjectProperty", name,
                 &number, err));
  OG_TRY(note_direction(reader, number, edge.directed, name, err));
  OG_TRY(node_iri(reader, edge.node, &reader->subject, err));
  OG_TRY(node_iri(reader, edge.target, &reader->scratch, err));
  OG_TRY(og_emit(reader->sink, iri_of(&reader->subject), reader->object.data,
                 iri_of(&reader->scratch), err));
  OgTerm terms[] = {iri_of(&reader->subject), iri_of(&reader->object), iri_of(&reader->scratch)};
  return emit_edge_values(reader, relation, terms, err);
}

/* ---- elements -------------------------------------------------------------------------------- */

static bool is_true(OgText text) {
  return og_text_is(text, "true") || og_text_is(text, "1");
}

static OgStatus missing(Reader *reader, const OgXmlElement *element, const char *what,
                        OgError *err) {
  reader->skipping = 1;
  return BROKEN(reader, err, "missing attribute", "%s has no %s; it is left out",
                element->name->local.data, what);
}

/* The node around what begins here; NO_NODE when there is none. */
static uint32_t node_around(const Reader *reader) {
  const Frame *frame = top(reader);
  return frame->place == IN_THING && frame->scope != OF_EDGE ? frame->node : NO_NODE;
}

static OgStatus start_graph(Reader *reader, const OgXmlElement *element, OgError *err) {
  return push(
      reader,
      (Frame){.place = IN_THING,
              .scope = OF_GRAPH,
              .node = node_around(reader),
              .directed = !og_text_is(og_xml_attribute(element, "edgedefault"), "undirected")},
      err);
}

static OgStatus start_node(Reader *reader, const OgXmlElement *element, OgError *err) {
  const OgText identifier = og_xml_attribute(element, "id");
  const uint32_t around = node_around(reader);
  uint32_t node;
  if (identifier.size == 0) {
    return missing(reader, element, "id", err);
  }
  OG_TRY(node_number(reader, identifier, &node, err));
  const bool again = reader->defined.data[node];
  if (again) {
    OG_TRY(BROKEN(reader, err, "duplicate node", "the node \"%.*s\" was there before",
                  og_text_shown(identifier), identifier.data));
  }
  reader->defined.data[node] = 1;
  if (around != NO_NODE) {
    OG_TRY(node_iri(reader, node, &reader->subject, err));
    OG_TRY(node_iri(reader, around, &reader->object, err));
    OG_TRY(og_emit(reader->sink, iri_of(&reader->subject), OG_NS_DCTERMS "isPartOf",
                   iri_of(&reader->object), err));
  }
  return push(reader, (Frame){.place = IN_THING, .scope = OF_NODE, .node = node, .again = again},
              err);
}

static OgStatus start_edge(Reader *reader, const OgXmlElement *element, OgError *err) {
  const OgText source = og_xml_attribute(element, "source");
  const OgText target = og_xml_attribute(element, "target");
  const OgText directed = og_xml_attribute(element, "directed");
  const OgText identifier = og_xml_attribute(element, "id");
  Frame frame = {.place = IN_THING, .scope = OF_EDGE};
  if (source.size == 0 || target.size == 0) {
    return missing(reader, element, source.size == 0 ? "source" : "target", err);
  }
  if (og_xml_attribute(element, "sourceport").data ||
      og_xml_attribute(element, "targetport").data) {
    OG_TRY(og_xml_warn(reader->xml, err, "port left out",
                       "ports are not read: the edge is one of the nodes themselves"));
  }
  frame.directed = directed.size > 0 ? is_true(directed) : top(reader)->directed;
  OG_TRY(node_number(reader, source, &frame.node, err));
  OG_TRY(node_number(reader, target, &frame.target, err));
  OG_TRY(push(reader, frame, err));
  OgSpan span;
  OG_TRY(keep(reader, identifier.data ? identifier : OG_TEXT(""), &span, err));
  top(reader)->identifier = span;
  return OG_OK;
}

static OgStatus start_data(Reader *reader, const OgXmlElement *element, OgError *err) {
  const OgText identifier = og_xml_attribute(element, "key");
  if (identifier.size == 0) {
    return missing(reader, element, "key", err);
  }
  uint32_t key = og_intern_find(reader->key_ids, identifier.data, identifier.size);
  if (key == OG_INTERN_NONE) {
    OG_TRY(BROKEN(reader, err, "undeclared key", "no key \"%.*s\" is declared; it is read as text",
                  og_text_shown(identifier), identifier.data));
    OG_TRY(add_key(reader, identifier, NULL, &key, err));
  }
  og_buffer_reset(&reader->text);
  return push(reader,
              (Frame){.place = key_at(reader, key)->graphics ? IN_GRAPHICS : IN_VALUE, .key = key},
              err);
}

static OgStatus start_default(Reader *reader, const OgXmlElement *element, OgError *err) {
  (void)element;
  og_buffer_reset(&reader->text);
  return push(reader, (Frame){.place = IN_VALUE, .key = top(reader)->key}, err);
}

static OgStatus start_comment(Reader *reader, const OgXmlElement *element, OgError *err) {
  (void)element;
  og_buffer_reset(&reader->text);
  return push(reader, (Frame){.place = IN_VALUE, .is_comment = true}, err);
}

static OgStatus start_left_out(Reader *reader, const OgXmlElement *element, OgError *err) {
  reader->skipping = 1;
  return og_text_is(element->name->local, "port")
             ? og_xml_warn(reader->xml, err, "port left out", "ports are not read")
             : og_xml_warn(reader->xml, err, "hyperedge left out",
                           "edges of more than two nodes are not read: say them as a node and "
                           "its edges");
}

static OgStatus start_silent(Reader *reader, const OgXmlElement *element, OgError *err) {
  (void)element;
  (void)err;
  reader->skipping = 1;
  return OG_OK;
}

/* What may stand where. */
static const struct {
  Place place;
  const char *local;
  OgStatus (*start)(Reader *reader, const OgXmlElement *element, OgError *err);
} elements[] = {
    {IN_GRAPHML, "key", start_key},          {IN_GRAPHML, "graph", start_graph},
    {IN_GRAPHML, "data", start_silent},      {IN_GRAPHML, "desc", start_silent},
    {IN_KEY, "default", start_default},      {IN_KEY, "desc", start_silent},
    {IN_THING, "graph", start_graph},        {IN_THING, "node", start_node},
    {IN_THING, "edge", start_edge},          {IN_THING, "data", start_data},
    {IN_THING, "desc", start_comment},       {IN_THING, "port", start_left_out},
    {IN_THING, "hyperedge", start_left_out}, {IN_THING, "locator", start_silent},
};

/* Inside yEd's graphics: the first label that has text. */
static OgStatus in_graphics(Reader *reader, const OgXmlElement *element, OgError *err) {
  const bool is_label = og_text_is(element->name->local, "NodeLabel") ||
                        og_text_is(element->name->local, "EdgeLabel");
  const bool free = og_text_is_blank(og_text_of(&reader->text));
  return push(reader,
              (Frame){.place = is_label && free ? IN_LABEL : IN_GRAPHICS, .key = top(reader)->key},
              err);
}

static OgStatus on_start(void *data, OgXml *xml, const OgXmlElement *element, OgError *err) {
  Reader *reader = data;
  reader->xml = xml;
  if (reader->skipping > 0) {
    reader->skipping++;
    return OG_OK;
  }
  const Place place = top(reader)->place;
  const OgText local = element->name->local;
  if (place == IN_DOCUMENT) {
    return og_text_is(local, "graphml") ? push(reader, (Frame){.place = IN_GRAPHML}, err)
                                        : og_xml_fault(xml, err, "expected graphml, found %.*s",
                                                       og_text_shown(local), local.data);
  }
  if (place == IN_GRAPHICS || place == IN_LABEL) {
    return in_graphics(reader, element, err);
  }
  for (size_t i = 0; i < OG_COUNT(elements); i++) {
    if (elements[i].place == place && og_text_is(local, elements[i].local)) {
      return elements[i].start(reader, element, err);
    }
  }
  reader->skipping = 1;
  return BROKEN(reader, err, "element not understood", "%.*s is not read here; it is left out",
                og_text_shown(local), local.data);
}

/* A value has ended; the frame around it is that of a key or a thing. */
static OgStatus take_value(Reader *reader, const Frame *value, OgError *err) {
  const OgText text = og_text_of(&reader->text);
  Frame *around = top(reader);
  if (around->place == IN_KEY) {
    Key *key = key_at(reader, value->key);
    key->has_default = true;
    return og_intern_add(reader->texts, text.data, text.size, &key->value, NULL, err);
  }
  if (value->is_comment) {
    const OgText comment = og_text_trimmed(text);
    if (around->scope != OF_NODE || comment.size == 0) {
      return OG_OK;
    }
    OG_TRY(node_iri(reader, around->node, &reader->subject, err));
    return og_emit(reader->sink, iri_of(&reader->subject), OG_NS_RDFS "comment",
                   og_literal_term(comment), err);
  }
  Value kept = {.key = value->key};
  OG_TRY(keep(reader, text, &kept.text, err));
  return og_buffer_append(&reader->values, &kept, sizeof kept, err);
}

static OgStatus end_thing(Reader *reader, OgError *err) {
  static OgStatus (*const ends[SCOPES])(Reader *, OgError *) = {end_graph, end_node, end_edge};
  const Scope scope = top(reader)->scope;
  OG_TRY(top(reader)->again ? OG_OK : add_defaults(reader, scope, err));
  return ends[scope](reader, err);
}

static OgStatus on_end(void *data, OgXml *xml, OgError *err) {
  (void)xml;
  Reader *reader = data;
  if (reader->skipping > 0) {
    reader->skipping--;
    return OG_OK;
  }
  if (top(reader)->place == IN_THING) {
    OG_TRY(end_thing(reader, err));
  }
  const Frame frame = *top(reader);
  reader->frame_count--;
  reader->values.size = frame.values;
  reader->bytes.size = frame.bytes;
  const bool ends_value =
      frame.place == IN_VALUE || (frame.place == IN_GRAPHICS && top(reader)->place == IN_THING);
  return ends_value ? take_value(reader, &frame, err) : OG_OK;
}

static OgStatus on_text(void *data, OgXml *xml, OgText text, OgError *err) {
  Reader *reader = data;
  const Place place = top(reader)->place;
  if (reader->skipping > 0 || (place != IN_VALUE && place != IN_LABEL)) {
    return OG_OK;
  }
  if (reader->text.size + text.size > MAX_TEXT) {
    return og_xml_fault(xml, err,
                        "a text is longer than %d bytes, the limit; shorten it, or take it out",
                        MAX_TEXT);
  }
  return og_buffer_append(&reader->text, text.data, text.size, err);
}

/* ---- the document ---------------------------------------------------------------------------- */

static OgStatus warn_of_missing_nodes(const Reader *reader, OgError *err) {
  size_t count = 0;
  uint32_t first = 0;
  for (uint32_t node = 0; node < og_intern_count(reader->nodes); node++) {
    if (!reader->defined.data[node]) {
      first = count++ == 0 ? node : first;
    }
  }
  if (count == 0) {
    return OG_OK;
  }
  const OgText identifier = og_interned(reader->nodes, first);
  return og_emit_warning(reader->sink, err, "edge to a missing node",
                         "%zu nodes that edges name are not in the file; the first is %.*s", count,
                         og_text_shown(identifier), identifier.data);
}

static bool open_tables(Reader *reader) {
  OgIntern **const tables[] = {&reader->texts, &reader->key_ids, &reader->nodes, &reader->classes,
                               &reader->relations};
  bool opened = true;
  for (size_t i = 0; i < OG_COUNT(tables); i++) {
    *tables[i] = og_intern_new();
    opened = opened && *tables[i];
  }
  return opened;
}

static void clear(Reader *reader) {
  OgIntern *const tables[] = {reader->texts, reader->key_ids, reader->nodes, reader->classes,
                              reader->relations};
  OgBuffer *const buffers[] = {&reader->values,  &reader->bytes,     &reader->text,
                               &reader->space,   &reader->subject,   &reader->property,
                               &reader->object,  &reader->scratch,   &reader->keys,
                               &reader->defined, &reader->directions};
  for (size_t i = 0; i < OG_COUNT(tables); i++) {
    og_intern_free(tables[i]);
  }
  for (size_t i = 0; i < OG_COUNT(buffers); i++) {
    og_buffer_clear(buffers[i]);
  }
  og_free(reader->frames);
}

OgStatus og_graphml_read(OgInput *input, const OgReadOptions *options, const OgSink *sink,
                         const OgProgress *progress, OgError *err) {
  static const OgXmlHandler handler = {.start = on_start, .end = on_end, .text = on_text};
  static const char *const prefixes[] = {"owl", "dcterms"};
  OgStatus status;
  Reader reader = {.options = options, .sink = sink};
  if (!open_tables(&reader)) {
    status = og_error_no_memory(err);
    goto done;
  }
  OG_GO(push(&reader, (Frame){.place = IN_DOCUMENT}, err));
  OG_GO(og_emit_space(options->base, &reader.space, err));
  OG_GO(og_emit_prefixes(sink, prefixes, OG_COUNT(prefixes), err));
  OG_GO(og_xml_read(input, &handler, &reader, options->max_depth, sink, progress, err));
  status = warn_of_missing_nodes(&reader, err);
done:
  clear(&reader);
  return status;
}
