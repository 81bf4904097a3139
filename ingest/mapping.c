/*   frames    one an open element: its name, and which conditions hold for it
 *   entities  one an open element that is an entity; its rules are tried on the elements inside it,
 *             but not inside an entity of its own
 *   captures  rules that wait for the text of an open element
 *   values    what rules found before the entity's identifier was known
 *   bytes     texts of entities and values, a stack: those of an entity end with it
 *
 * A path is matched from its end against the names of the open elements: the number of its steps
 * bounds the work. */
#include "ingest/mapping.h"

#include "core/intern.h"
#include "core/iri.h"
#include "core/memory.h"
#include "core/vocab.h"
#include "ingest/emit.h"
#include "ingest/mapping_file.h"

#include <string.h>

enum { MAX_TEXT = 16 << 20 };

typedef struct Frame {
  OgText name;         /* the document's, interned */
  uint64_t conditions; /* bits of those that hold */
  uint32_t language;   /* a text */
  size_t captures;     /* how many there were before it */
  size_t text;         /* where its text begins in reader->text */
  bool is_entity;
} Frame;

typedef struct Entity {
  const OgMappingEntity *mapping;
  size_t depth; /* its frame is frames[depth - 1] */
  OgSpan iri;   /* size 0 until the identifier is read */
  OgSpan type;  /* IRI of its class; size 0 for none */
  size_t values, bytes;
} Entity;

/* What a rule says, but for the text. */
typedef struct Saying {
  const OgMappingRule *rule;
  OgSpan property;   /* IRI; size 0: the rule's own */
  uint32_t language; /* a text */
} Saying;

typedef struct Value {
  Saying saying;
  OgSpan text;
  bool around; /* text is the IRI of an entity inside this one, which is related to it */
} Value;

typedef struct Reader {
  OgXml *xml;
  const OgReadOptions *options;
  const OgSink *sink;
  OgMapping mapping;
  Frame *frames;
  size_t frame_count, frame_room;
  OgBuffer entities; /* Entity */
  OgBuffer captures; /* Saying */
  OgBuffer values;   /* Value */
  OgBuffer bytes;
  OgBuffer text; /* of the captures that are open, the innermost at the end */
  enum { TEXT, START_TAG, END_TAG } last;
  OgBuffer words, object, scratch;
  OgIntern *languages;
  OgIntern *declared; /* IRIs of classes and properties */
  OgIntern *known;    /* IRIs of entities that are there or related to */
  OgBuffer defined;   /* char: for each of them, whether it is there */
} Reader;

#define BROKEN(reader, err, kind, ...)                                                             \
  og_xml_broken((reader)->xml, (reader)->options->strict, err, kind, __VA_ARGS__)

/* ---- the stacks ------------------------------------------------------------------------------ */

static OgText text_at(const Reader *reader, OgSpan span) {
  return og_span_text(&reader->bytes, span);
}

static OgStatus keep(Reader *reader, OgText text, OgSpan *span, OgError *err) {
  return og_span_push(&reader->bytes, text, span, err);
}

static Frame *top(const Reader *reader) {
  return &reader->frames[reader->frame_count - 1];
}

static size_t entity_count(const Reader *reader) {
  return reader->entities.size / sizeof(Entity);
}

static Entity *entity_at(const Reader *reader, size_t n) {
  return (Entity *)(void *)reader->entities.data + n;
}

/* The innermost open entity; NULL outside of all. */
static Entity *innermost(const Reader *reader) {
  return entity_count(reader) > 0 ? entity_at(reader, entity_count(reader) - 1) : NULL;
}

static OgStatus push_frame(Reader *reader, const OgXmlElement *element, OgError *err) {
  Frame *frames =
      og_stack_grow(reader->frames, reader->frame_count, &reader->frame_room, sizeof *frames);
  if (!frames) {
    return og_error_no_memory(err);
  }
  reader->frames = frames;
  Frame *frame = &reader->frames[reader->frame_count++];
  *frame = (Frame){.name = element->name->local,
                   .captures = reader->captures.size / sizeof(Saying),
                   .text = reader->text.size};
  const OgText language = og_xml_attribute_in(element, OG_NS_XML, "lang");
  if (language.data) {
    return og_intern_add(reader->languages, language.data, language.size, &frame->language, NULL,
                         err);
  }
  frame->language = reader->frame_count > 1 ? frame[-1].language : 0;
  return OG_OK;
}

/* ---- paths ----------------------------------------------------------------------------------- */

/* By local name, whatever the namespace. */
static OgText attribute_of(const OgXmlElement *element, OgText local) {
  for (size_t i = 0; i < element->attribute_count; i++) {
    if (og_text_same(element->attributes[i].name->local, local)) {
      return element->attributes[i].value;
    }
  }
  return (OgText){NULL, 0};
}

static bool is_name(OgText wanted, OgText name) {
  return og_text_is(wanted, "*") || og_text_same(wanted, name);
}

static uint64_t holding_conditions(const OgMapping *mapping, const OgXmlElement *element) {
  uint64_t bits = 0;
  for (size_t i = 0; i < mapping->condition_count; i++) {
    const OgCondition *condition = &mapping->conditions[i];
    if (is_name(condition->element, element->name->local)) {
      const OgText found = attribute_of(element, condition->attribute);
      const bool holds = condition->value.data ? found.data && og_text_same(found, condition->value)
                                               : found.data != NULL;
      bits |= (uint64_t)holds << i;
    }
  }
  return bits;
}

/* The path leads from the frames below `from` to the innermost frame. */
static bool leads_here(const Reader *reader, const OgPath *path, size_t from) {
  const size_t depth = reader->frame_count - from;
  if (depth < path->count || (depth > path->count && !path->floating)) {
    return false;
  }
  for (size_t i = 0; i < path->count; i++) {
    const Frame *frame = &reader->frames[reader->frame_count - path->count + i];
    const OgStep *step = &path->steps[i];
    if (!is_name(step->name, frame->name) ||
        (step->conditions & frame->conditions) != step->conditions) {
      return false;
    }
  }
  return true;
}

/* ---- statements ------------------------------------------------------------------------------ */

static OgText local_part(OgText iri) {
  size_t at = iri.size;
  while (at > 0 && !strchr("#/:", iri.data[at - 1])) {
    at--;
  }
  return (OgText){iri.data + at, iri.size - at};
}

/* A class or property of the mapping's vocabulary: its type and its label, once. */
static OgStatus declare(Reader *reader, OgText iri, const char *type, OgError *err) {
  const OgText vocabulary = reader->mapping.vocabulary;
  if (iri.size < vocabulary.size || memcmp(iri.data, vocabulary.data, vocabulary.size) != 0) {
    return OG_OK; /* others declare it */
  }
  uint32_t number;
  int added;
  OG_TRY(og_intern_add(reader->declared, iri.data, iri.size, &number, &added, err));
  if (!added) {
    return OG_OK;
  }
  OG_TRY(og_emit_type(reader->sink, og_iri_term(iri), type, err));
  return og_emit(reader->sink, og_iri_term(iri), OG_NS_RDFS "label",
                 og_literal_term(local_part(iri)), err);
}

static OgStatus note_entity(Reader *reader, OgText iri, bool is_there, bool *was_there,
                            OgError *err) {
  uint32_t number;
  int added;
  OG_TRY(og_intern_add(reader->known, iri.data, iri.size, &number, &added, err));
  if (added) {
    OG_TRY(og_buffer_append(&reader->defined, "", 1, err));
  }
  *was_there = reader->defined.data[number];
  reader->defined.data[number] |= (char)is_there;
  return OG_OK;
}

static OgText property_of(const Reader *reader, const Saying *saying) {
  return saying->property.size > 0 ? text_at(reader, saying->property)
                                   : saying->rule->property.constant;
}

static OgStatus emit_between(Reader *reader, const Saying *saying, OgText subject, OgText object,
                             OgError *err) {
  const OgText property = property_of(reader, saying);
  const bool inverse = saying->rule->inverse;
  if (saying->rule->own_property) {
    OG_TRY(declare(reader, property, OG_NS_OWL "ObjectProperty", err));
  }
  const OgTerm s = og_iri_term(inverse ? object : subject);
  const OgTerm p = og_iri_term(property);
  const OgTerm o = og_iri_term(inverse ? subject : object);
  return reader->sink->statement(reader->sink->data, &s, &p, &o, err);
}

static OgStatus emit_relation(Reader *reader, const Saying *saying, OgText subject, OgText text,
                              OgError *err) {
  bool was_there;
  OG_TRY(
      og_buffer_set(&reader->object, saying->rule->to.data ? saying->rule->to : OG_TEXT(""), err));
  if (saying->rule->to.data) {
    OG_TRY(og_buffer_segment(&reader->object, text, err));
    OG_TRY(note_entity(reader, og_text_of(&reader->object), false, &was_there, err));
  } else if (og_iri_is_absolute(text)) {
    OG_TRY(og_buffer_append(&reader->object, text.data, text.size, err));
  } else {
    return BROKEN(reader, err, "relation to no IRI", "\"%.*s\" is no IRI; it is left out",
                  og_text_shown(text), text.data);
  }
  return emit_between(reader, saying, subject, og_text_of(&reader->object), err);
}

static OgStatus emit_literal(Reader *reader, const Saying *saying, OgText subject, OgText text,
                             OgError *err) {
  const OgText property = property_of(reader, saying);
  OgTerm value = {.kind = OG_LITERAL, .text = text, .datatype = saying->rule->datatype};
  OG_TRY(og_xml_check_literal(reader->xml, reader->options->strict, text, value.datatype, err));
  if (saying->rule->saying == OG_SAYS_WORDS) {
    value.language = og_interned(reader->languages, saying->language);
  } else if (saying->rule->own_property) {
    OG_TRY(declare(reader, property, OG_NS_OWL "DatatypeProperty", err));
  }
  const OgTerm s = og_iri_term(subject);
  const OgTerm p = og_iri_term(property);
  return reader->sink->statement(reader->sink->data, &s, &p, &value, err);
}

/* One value, of a text that may hold several. */
static OgStatus emit_value(Reader *reader, const Saying *saying, OgText subject, OgText text,
                           OgError *err) {
  text = og_text_trimmed(text);
  if (text.size == 0) {
    return OG_OK;
  }
  return saying->rule->saying == OG_SAYS_RELATION
             ? emit_relation(reader, saying, subject, text, err)
             : emit_literal(reader, saying, subject, text, err);
}

static OgStatus emit_values(Reader *reader, const Saying *saying, OgText subject, OgText text,
                            OgError *err) {
  const OgText split = saying->rule->split;
  const char *found = NULL;
  while (split.size > 0 && (found = memmem(text.data, text.size, split.data, split.size)) != NULL) {
    const size_t size = (size_t)(found - text.data);
    OG_TRY(emit_value(reader, saying, subject, (OgText){text.data, size}, err));
    text = (OgText){found + split.size, text.size - size - split.size};
  }
  return emit_value(reader, saying, subject, text, err);
}

/* ---- what is said of entities ---------------------------------------------------------------- */

/* The identifier was found: what was held until now can be said. */
static OgStatus set_identifier(Reader *reader, Entity *entity, OgText text, OgError *err) {
  const OgText identifier = og_text_trimmed(text);
  if (entity->iri.size > 0 || identifier.size == 0) {
    return OG_OK;
  }
  bool was_there;
  OG_TRY(og_buffer_set(&reader->object, entity->mapping->space, err));
  OG_TRY(og_buffer_segment(&reader->object, identifier, err));
  OG_TRY(note_entity(reader, og_text_of(&reader->object), true, &was_there, err));
  if (was_there) {
    OG_TRY(BROKEN(reader, err, "duplicate identifier",
                  "\"%.*s\" is the identifier of an earlier entity; what is said joins",
                  og_text_shown(identifier), identifier.data));
  }
  OG_TRY(keep(reader, og_text_of(&reader->object), &entity->iri, err));
  const OgTerm subject = og_iri_term(text_at(reader, entity->iri));
  OG_TRY(og_emit(reader->sink, subject, OG_NS_RDF "type", og_iri_term(entity->mapping->as), err));
  if (entity->type.size > 0) {
    const OgText type = text_at(reader, entity->type);
    OG_TRY(declare(reader, type, OG_NS_OWL "Class", err));
    OG_TRY(og_emit(reader->sink, subject, OG_NS_RDF "type", og_iri_term(type), err));
  }
  const size_t count = reader->values.size / sizeof(Value);
  for (size_t i = entity->values; i < count; i++) {
    const Value value = ((const Value *)(const void *)reader->values.data)[i];
    const OgText held = text_at(reader, value.text);
    const OgText iri = text_at(reader, entity->iri);
    OG_TRY(value.around ? emit_between(reader, &value.saying, held, iri, err)
                        : emit_values(reader, &value.saying, iri, held, err));
  }
  reader->values.size = entity->values * sizeof(Value);
  return OG_OK;
}

static OgStatus say(Reader *reader, Entity *entity, const Saying *saying, OgText text,
                    OgError *err) {
  if (saying->rule->saying == OG_SAYS_ID) {
    return set_identifier(reader, entity, text, err);
  }
  if (entity->iri.size > 0) {
    return emit_values(reader, saying, text_at(reader, entity->iri), text, err);
  }
  Value value = {.saying = *saying};
  OG_TRY(keep(reader, text, &value.text, err));
  return og_buffer_append(&reader->values, &value, sizeof value, err);
}

/* Where the value of a source is an attribute, it is that of this element. */
static OgStatus resolve_saying(Reader *reader, const OgMappingRule *rule,
                               const OgXmlElement *element, Saying *saying, OgError *err) {
  *saying = (Saying){.rule = rule, .language = top(reader)->language};
  OgText language = rule->language.constant;
  if (rule->language.attribute.data) {
    language = attribute_of(element, rule->language.attribute);
  }
  if (language.size > 0) {
    OG_TRY(og_intern_add(reader->languages, language.data, language.size, &saying->language, NULL,
                         err));
  }
  if (!rule->property.attribute.data) {
    return OG_OK;
  }
  const OgText word = og_text_trimmed(attribute_of(element, rule->property.attribute));
  if (word.size == 0) {
    return OG_OK;
  }
  OG_TRY(og_buffer_set(&reader->scratch, reader->mapping.vocabulary, err));
  OG_TRY(og_buffer_segment(&reader->scratch, word, err));
  return keep(reader, og_text_of(&reader->scratch), &saying->property, err);
}

/* A rule whose path leads to this element. */
static OgStatus apply_rule(Reader *reader, Entity *entity, const OgMappingRule *rule,
                           const OgXmlElement *element, OgError *err) {
  const OgText found = rule->path.end == OG_PATH_ATTRIBUTE
                           ? attribute_of(element, rule->path.attribute)
                           : (OgText){NULL, 0};
  if (rule->path.end == OG_PATH_ATTRIBUTE && !found.data) {
    return OG_OK;
  }
  Saying saying;
  OG_TRY(resolve_saying(reader, rule, element, &saying, err));
  if (rule->property.attribute.data && saying.property.size == 0) {
    const OgText attribute = rule->property.attribute;
    return BROKEN(reader, err, "relation without a name",
                  "%s has no %.*s to name what it says; it is left out", element->name->local.data,
                  og_text_shown(attribute), attribute.data);
  }
  return rule->path.end == OG_PATH_ATTRIBUTE
             ? say(reader, entity, &saying, found, err)
             : og_buffer_append(&reader->captures, &saying, sizeof saying, err);
}

static OgStatus apply_rules(Reader *reader, size_t n, const OgXmlElement *element, OgError *err) {
  const OgMappingEntity *mapping = entity_at(reader, n)->mapping;
  for (size_t i = 0; i < mapping->rule_count; i++) {
    const OgMappingRule *rule = &mapping->rules[i];
    if (rule->path.end != OG_PATH_AROUND &&
        leads_here(reader, &rule->path, entity_at(reader, n)->depth)) {
      OG_TRY(apply_rule(reader, entity_at(reader, n), rule, element, err));
    }
  }
  return OG_OK;
}

/* ---- entities -------------------------------------------------------------------------------- */

static const OgMappingEntity *entity_here(const Reader *reader) {
  for (size_t i = 0; i < reader->mapping.entity_count; i++) {
    if (leads_here(reader, &reader->mapping.entities[i].match, 0)) {
      return &reader->mapping.entities[i];
    }
  }
  return NULL;
}

static OgStatus start_entity(Reader *reader, const OgMappingEntity *mapping,
                             const OgXmlElement *element, OgError *err) {
  Entity entity = {.mapping = mapping,
                   .depth = reader->frame_count,
                   .values = reader->values.size / sizeof(Value),
                   .bytes = reader->bytes.size};
  top(reader)->is_entity = true;
  if (mapping->type.attribute.data) {
    const OgText word = og_text_trimmed(attribute_of(element, mapping->type.attribute));
    OG_TRY(og_buffer_set(&reader->scratch, reader->mapping.vocabulary, err));
    OG_TRY(og_buffer_segment(&reader->scratch, word, err));
    OG_TRY(word.size > 0 ? keep(reader, og_text_of(&reader->scratch), &entity.type, err) : OG_OK);
  } else if (mapping->type.constant.size > 0) {
    OG_TRY(keep(reader, mapping->type.constant, &entity.type, err));
  }
  return og_buffer_append(&reader->entities, &entity, sizeof entity, err);
}

/* Relate an entity that ends to the one around it, whose identifier may not be known yet. */
static OgStatus relate_around(Reader *reader, const Entity *inner, Entity *outer, OgError *err) {
  for (size_t i = 0; i < inner->mapping->rule_count; i++) {
    const OgMappingRule *rule = &inner->mapping->rules[i];
    if (rule->path.end != OG_PATH_AROUND) {
      continue;
    }
    Value value = {.saying = {.rule = rule}, .around = true};
    if (outer->iri.size > 0) {
      OG_TRY(emit_between(reader, &value.saying, text_at(reader, inner->iri),
                          text_at(reader, outer->iri), err));
    } else {
      OG_TRY(og_buffer_set(&reader->scratch, text_at(reader, inner->iri), err));
      OG_TRY(keep(reader, og_text_of(&reader->scratch), &value.text, err));
      OG_TRY(og_buffer_append(&reader->values, &value, sizeof value, err));
    }
  }
  return OG_OK;
}

static OgStatus end_entity(Reader *reader, OgError *err) {
  const Entity entity = *innermost(reader);
  reader->entities.size -= sizeof entity;
  reader->values.size = entity.values * sizeof(Value);
  Entity *outer = innermost(reader);
  if (entity.iri.size == 0) {
    reader->bytes.size = entity.bytes;
    return BROKEN(
        reader, err, "entity without an identifier",
        "an element %.*s has no identifier where the mapping looks for it; it is left out",
        og_text_shown(top(reader)->name), top(reader)->name.data);
  }
  OG_TRY(outer ? relate_around(reader, &entity, outer, err) : OG_OK);
  if (!outer || outer->iri.size > 0) {
    reader->bytes.size = entity.bytes; /* else they hold what outer says later */
  }
  return OG_OK;
}

/* ---- the document ---------------------------------------------------------------------------- */

/* Where elements meet without text between them, or one is empty, a word ends: elsewhere they are
 * markup of its parts. */
static OgStatus break_word(Reader *reader, OgError *err) {
  return reader->captures.size > 0 ? og_buffer_text(&reader->text, " ", err) : OG_OK;
}

static OgStatus on_start(void *data, OgXml *xml, const OgXmlElement *element, OgError *err) {
  Reader *reader = data;
  reader->xml = xml;
  OG_TRY(reader->last == END_TAG ? break_word(reader, err) : OG_OK); /* paragraphs, a list */
  reader->last = START_TAG;
  OG_TRY(push_frame(reader, element, err));
  top(reader)->conditions = holding_conditions(&reader->mapping, element);
  /* An element inside an entity may say something of it and be an entity too. */
  if (entity_count(reader) > 0) {
    OG_TRY(apply_rules(reader, entity_count(reader) - 1, element, err));
  }
  const OgMappingEntity *mapping = entity_here(reader);
  if (!mapping) {
    return OG_OK;
  }
  OG_TRY(start_entity(reader, mapping, element, err));
  return apply_rules(reader, entity_count(reader) - 1, element, err);
}

/* Whom a capture of the innermost element belongs to: an entity that begins with this element and
 * one around it may both wait for its text. */
static Entity *owner_of(const Reader *reader, const OgMappingRule *rule) {
  for (size_t n = entity_count(reader); n-- > 0;) {
    Entity *entity = entity_at(reader, n);
    const OgMappingEntity *mapping = entity->mapping;
    if (rule >= mapping->rules && rule < mapping->rules + mapping->rule_count &&
        leads_here(reader, &rule->path, entity->depth)) {
      return entity;
    }
  }
  return NULL;
}

/* Say what waits for the text of the innermost element: own, of the entity that begins with it, by
 * the path "."; or of the one around it. */
static OgStatus say_captures(Reader *reader, bool own, OgError *err) {
  const size_t count = reader->captures.size / sizeof(Saying);
  const OgText text = {reader->text.data ? reader->text.data + top(reader)->text : "",
                       reader->text.size - top(reader)->text};
  for (size_t i = top(reader)->captures; i < count; i++) {
    const Saying saying = ((const Saying *)(const void *)reader->captures.data)[i];
    Entity *owner = owner_of(reader, saying.rule);
    if (!owner || own != (saying.rule->path.count == 0)) {
      continue;
    }
    og_buffer_reset(&reader->words);
    OG_TRY(og_buffer_words(&reader->words, text, err));
    OG_TRY(say(reader, owner, &saying, og_text_of(&reader->words), err));
  }
  return OG_OK;
}

static OgStatus on_end(void *data, OgXml *xml, OgError *err) {
  (void)xml;
  Reader *reader = data;
  OG_TRY(reader->last == START_TAG ? break_word(reader, err) : OG_OK); /* <br/> */
  if (top(reader)->is_entity) {
    OG_TRY(say_captures(reader, true, err));
    OG_TRY(end_entity(reader, err));
  }
  /* Only now: what the entity around must hold would lie on the stacks of the one that ends. */
  OG_TRY(say_captures(reader, false, err));
  reader->captures.size = top(reader)->captures * sizeof(Saying);
  if (reader->captures.size == 0) {
    og_buffer_reset(&reader->text);
  }
  reader->frame_count--;
  reader->last = END_TAG;
  return OG_OK;
}

static OgStatus on_text(void *data, OgXml *xml, OgText text, OgError *err) {
  Reader *reader = data;
  reader->last = TEXT;
  if (reader->captures.size == 0) {
    return OG_OK;
  }
  if (reader->text.size + text.size > MAX_TEXT) {
    return og_xml_fault(xml, err,
                        "a text is longer than %d bytes, the limit; shorten it, or take it out",
                        MAX_TEXT);
  }
  return og_buffer_append(&reader->text, text.data, text.size, err);
}

static OgStatus warn_of_missing(const Reader *reader, OgError *err) {
  size_t count = 0;
  uint32_t first = 0;
  for (uint32_t n = 0; n < og_intern_count(reader->known); n++) {
    if (!reader->defined.data[n]) {
      first = count++ == 0 ? n : first;
    }
  }
  if (count == 0) {
    return OG_OK;
  }
  const OgText iri = og_interned(reader->known, first);
  return og_emit_warning(reader->sink, err, "relation to a missing entity",
                         "%zu entities that are related to are not in the file; the first is %.*s",
                         count, og_text_shown(iri), iri.data);
}

static OgStatus tell_prefixes(const Reader *reader, OgError *err) {
  for (size_t i = 0; i < reader->mapping.prefix_count && reader->sink->prefix; i++) {
    const OgPrefix *prefix = &reader->mapping.prefixes[i];
    OG_TRY(reader->sink->prefix(reader->sink->data, og_text(prefix->prefix), og_text(prefix->iri),
                                err));
  }
  return OG_OK;
}

static OgStatus prepare(Reader *reader, OgError *err) {
  uint32_t number;
  reader->languages = og_intern_new();
  reader->declared = og_intern_new();
  reader->known = og_intern_new();
  if (!reader->languages || !reader->declared || !reader->known) {
    return og_error_no_memory(err);
  }
  /* Number 0: the language outside of all xml:lang. */
  return og_intern_add(reader->languages, reader->mapping.language.data,
                       reader->mapping.language.size, &number, NULL, err);
}

static void clear(Reader *reader) {
  OgBuffer *const buffers[] = {&reader->entities, &reader->captures, &reader->values,
                               &reader->bytes,    &reader->text,     &reader->words,
                               &reader->object,   &reader->scratch,  &reader->defined};
  for (size_t i = 0; i < OG_COUNT(buffers); i++) {
    og_buffer_clear(buffers[i]);
  }
  og_free(reader->frames);
  og_intern_free(reader->languages);
  og_intern_free(reader->declared);
  og_intern_free(reader->known);
  og_mapping_clear(&reader->mapping);
}

OgStatus og_mapping_read(OgInput *input, const OgReadOptions *options, const OgSink *sink,
                         const OgProgress *progress, OgError *err) {
  static const OgXmlHandler handler = {.start = on_start, .end = on_end, .text = on_text};
  if (!options->mapping) {
    return og_error_set(err, OG_USAGE, "format mapping needs a mapping file: --mapping FILE");
  }
  OgStatus status;
  Reader reader = {.options = options, .sink = sink};
  OG_GO(og_mapping_load(options->mapping, &reader.mapping, err));
  OG_GO(prepare(&reader, err));
  OG_GO(tell_prefixes(&reader, err));
  OG_GO(og_xml_read(input, &handler, &reader, options->max_depth, sink, progress, err));
  status = warn_of_missing(&reader, err);
done:
  clear(&reader);
  return status;
}
