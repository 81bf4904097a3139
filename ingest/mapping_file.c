#include "ingest/mapping_file.h"

#include "core/input.h"
#include "core/iri.h"
#include "ingest/emit.h"

#include <stdio.h>
#include <string.h>

#define SKOS(name) OG_NS_SKOS name
#define VOCABULARY "urn:mapping:"
#define OWL_CLASS  OG_NS_OWL "Class"

typedef struct Parser {
  OgMapping *mapping;
  OgXml *xml;
  size_t depth;
  bool in_entity;
} Parser;

/* ---- what may stand in the file -------------------------------------------------------------- */

enum { MOST_ATTRIBUTES = 8 };

typedef struct Form Form;

struct Form {
  const char *element;
  size_t depth; /* 1: the root */
  OgStatus (*read)(Parser *parser, const OgXmlElement *element, const Form *form, OgError *err);
  const char *property;       /* that a rule has without saying so */
  const char *class_property; /* the same, of an entity that is a class */
  OgSaying saying;
  const char *attributes[MOST_ATTRIBUTES]; /* "!" before those that must be there */
};

/* Kinds of names, by the properties that say them. */
static const char *const name_kinds[][2] = {
    {"preferred", SKOS("prefLabel")},
    {"alternative", SKOS("altLabel")},
    {"hidden", SKOS("hiddenLabel")},
    {"exact", OG_NS_OIO "hasExactSynonym"},
    {"narrow", OG_NS_OIO "hasNarrowSynonym"},
    {"broad", OG_NS_OIO "hasBroadSynonym"},
    {"related", OG_NS_OIO "hasRelatedSynonym"},
};

/* What an entity is. */
static const char *const entity_kinds[][2] = {
    {"concept", SKOS("Concept")},
    {"class", OWL_CLASS},
    {"individual", OG_NS_OWL "NamedIndividual"},
};

/* ---- texts ----------------------------------------------------------------------------------- */

/* A copy that lives as long as the mapping; data is never NULL. */
static OgStatus copy(Parser *parser, OgText text, OgText *out, OgError *err) {
  char *bytes = og_arena_copy(&parser->mapping->arena, text.data ? text.data : "", text.size);
  if (!bytes) {
    return og_error_no_memory(err);
  }
  *out = (OgText){bytes, text.size};
  return OG_OK;
}

static OgStatus join(Parser *parser, OgText a, OgText b, OgText *out, OgError *err) {
  char *bytes = og_arena_alloc(&parser->mapping->arena, a.size + b.size + 1, 1);
  if (!bytes) {
    return og_error_no_memory(err);
  }
  memcpy(bytes, a.data, a.size);
  memcpy(bytes + a.size, b.data, b.size);
  *out = (OgText){bytes, a.size + b.size};
  return OG_OK;
}

static OgText prefix_iri(const OgMapping *mapping, OgText prefix) {
  for (size_t i = mapping->prefix_count; i-- > 0;) {
    if (og_text_is(prefix, mapping->prefixes[i].prefix)) {
      return og_text(mapping->prefixes[i].iri);
    }
  }
  for (const OgPrefix *row = og_known_prefixes; row->prefix; row++) {
    if (og_text_is(prefix, row->prefix)) {
      return og_text(row->iri);
    }
  }
  return (OgText){NULL, 0};
}

/* "ex:dose" by its prefix, "http://…" and "urn:…" as they are, "dose" in the vocabulary. */
static OgStatus expand(Parser *parser, OgText name, OgText *iri, OgError *err) {
  const char *colon = memchr(name.data, ':', name.size);
  if (!colon) {
    return join(parser, parser->mapping->vocabulary, name, iri, err);
  }
  const size_t size = (size_t)(colon - name.data);
  const OgText rest = {colon + 1, name.size - size - 1};
  const OgText space = prefix_iri(parser->mapping, (OgText){name.data, size});
  if (space.data) {
    return join(parser, space, rest, iri, err);
  }
  if (og_text_is((OgText){name.data, size}, "urn") || (rest.size > 2 && rest.data[0] == '/')) {
    return copy(parser, name, iri, err);
  }
  return og_xml_fault(parser->xml, err,
                      "no prefix \"%.*s\" is declared: say <prefix name=\"%.*s\" "
                      "iri=\"…\"/> before it is used",
                      (int)size, name.data, (int)size, name.data);
}

static OgStatus lookup(Parser *parser, const char *const table[][2], size_t count, OgText wanted,
                       OgText *iri, OgError *err) {
  char all[160] = "";
  for (size_t i = 0; i < count; i++) {
    if (og_text_is(wanted, table[i][0])) {
      *iri = og_text(table[i][1]);
      return OG_OK;
    }
    strncat(all, i ? ", " : "", sizeof all - strlen(all) - 1);
    strncat(all, table[i][0], sizeof all - strlen(all) - 1);
  }
  return og_xml_fault(parser->xml, err, "\"%.*s\" is none of %s", og_text_shown(wanted),
                      wanted.data, all);
}

/* ---- paths ----------------------------------------------------------------------------------- */

static bool ends_name(char c) {
  return c == '/' || c == '[' || c == ']' || c == '=' || c == '@' || c == ' ';
}

/* A name at the beginning of *rest, without a namespace prefix. */
static OgText take_name(OgText *rest) {
  OgText name = {rest->data, 0};
  while (name.size < rest->size && !ends_name(rest->data[name.size])) {
    name.size++;
  }
  *rest = (OgText){rest->data + name.size, rest->size - name.size};
  const char *colon = name.size > 0 ? memchr(name.data, ':', name.size) : NULL;
  if (colon) {
    name.size -= (size_t)(colon + 1 - name.data);
    name.data = colon + 1;
  }
  return name;
}

static bool take(OgText *rest, const char *word) {
  const size_t size = strlen(word);
  if (rest->size < size || memcmp(rest->data, word, size) != 0) {
    return false;
  }
  *rest = (OgText){rest->data + size, rest->size - size};
  return true;
}

static OgStatus bad_path(const Parser *parser, OgText path, const char *why, OgError *err) {
  return og_xml_fault(parser->xml, err, "\"%.*s\" is no path: %s", og_text_shown(path), path.data,
                      why);
}

/* A name that elements or attributes of XML can have, copied; empty when there is none. One that
 * nothing can be called would never match. */
static OgStatus copy_name(Parser *parser, OgText path, OgText *rest, bool any, OgText *name,
                          OgError *err) {
  OG_TRY(copy(parser, take_name(rest), name, err));
  if (name->size == 0 || (any && og_text_is(*name, "*")) || og_xml_is_name(name->data)) {
    return OG_OK;
  }
  return og_text_is(*name, ".") || og_text_is(*name, "..")
             ? bad_path(parser, path, "\".\" and \"..\" stand alone, not among steps", err)
             : bad_path(parser, path, "nothing in XML has such a name", err);
}

/* After "[": "@kind=x]" or "@kind]". */
static OgStatus read_condition(Parser *parser, OgText path, OgText *rest, OgStep *step,
                               OgError *err) {
  OgMapping *mapping = parser->mapping;
  if (!take(rest, "@")) {
    return bad_path(parser, path, "a condition is [@attribute] or [@attribute=value]", err);
  }
  if (mapping->condition_count == OG_MAPPING_MAX_CONDITIONS) {
    return og_xml_fault(parser->xml, err, "the mapping has over %d conditions, the limit",
                        OG_MAPPING_MAX_CONDITIONS);
  }
  OgCondition *condition = &mapping->conditions[mapping->condition_count];
  *condition = (OgCondition){.element = step->name};
  OG_TRY(copy_name(parser, path, rest, false, &condition->attribute, err));
  if (take(rest, "=")) {
    OgText value = {rest->data, 0};
    while (value.size < rest->size && rest->data[value.size] != ']') {
      value.size++;
    }
    *rest = (OgText){rest->data + value.size, rest->size - value.size};
    OG_TRY(copy(parser, value, &condition->value, err));
  }
  if (condition->attribute.size == 0 || !take(rest, "]")) {
    return bad_path(parser, path, "a condition is [@attribute] or [@attribute=value]", err);
  }
  step->conditions |= UINT64_C(1) << mapping->condition_count++;
  return OG_OK;
}

/* path := "." | ".." | "@" name | ["//"|"/"] step {"/" step} ["/@" name] */
static OgStatus read_path(Parser *parser, OgText text, OgPath *path, OgError *err) {
  OgText rest = text;
  *path = (OgPath){.floating = take(&rest, "//"), .end = OG_PATH_TEXT};
  if (og_text_is(text, ".")) {
    return OG_OK;
  }
  if (og_text_is(text, "..")) {
    path->end = OG_PATH_AROUND;
    return OG_OK;
  }
  for (bool more = true; more; more = take(&rest, "/")) {
    if (take(&rest, "@")) {
      path->end = OG_PATH_ATTRIBUTE;
      OG_TRY(copy_name(parser, text, &rest, false, &path->attribute, err));
      break;
    }
    if (path->count == OG_MAPPING_MAX_STEPS) {
      return bad_path(parser, text, "it has too many steps", err);
    }
    OgStep *step = &path->steps[path->count++];
    OG_TRY(copy_name(parser, text, &rest, true, &step->name, err));
    if (step->name.size == 0) {
      return bad_path(parser, text, "a step has no name (* stands for any)", err);
    }
    while (take(&rest, "[")) {
      OG_TRY(read_condition(parser, text, &rest, step, err));
    }
  }
  if (rest.size > 0 || (path->end == OG_PATH_ATTRIBUTE && path->attribute.size == 0)) {
    return bad_path(parser, text, "after an attribute, or a name, something else follows", err);
  }
  return OG_OK;
}

/* match="drug" floats, match="/catalogue/drug" does not. */
static OgStatus read_match(Parser *parser, OgText text, OgPath *path, OgError *err) {
  OgText rest = text;
  const bool rooted = text.size > 1 && text.data[1] != '/' && take(&rest, "/");
  OG_TRY(read_path(parser, rest, path, err));
  path->floating = !rooted;
  return path->end == OG_PATH_TEXT && path->count > 0
             ? OG_OK
             : bad_path(parser, text, "an entity is an element", err);
}

/* "@kind" or a constant. */
static OgStatus read_source(Parser *parser, OgText text, OgSource *source, OgError *err) {
  OgText rest = text;
  if (take(&rest, "@")) {
    return copy(parser, take_name(&rest), &source->attribute, err);
  }
  return copy(parser, text, &source->constant, err);
}

/* The same, a constant being a name that stands for an IRI. */
static OgStatus read_term(Parser *parser, OgText text, OgSource *source, OgError *err) {
  return text.size > 0 && text.data[0] != '@' ? expand(parser, text, &source->constant, err)
                                              : read_source(parser, text, source, err);
}

/* ---- elements -------------------------------------------------------------------------------- */

static OgStatus read_space(Parser *parser, const OgXmlElement *element, OgText *space,
                           OgError *err) {
  const OgText found = og_xml_attribute(element, "space");
  if (!og_iri_is_absolute(found) || !og_iri_is_clean(found)) {
    return og_xml_fault(parser->xml, err,
                        "space=\"%.*s\" is no IRI such as http://example.org/drug/",
                        og_text_shown(found), found.data);
  }
  return copy(parser, found, space, err);
}

static OgStatus read_mapping(Parser *parser, const OgXmlElement *element, const Form *form,
                             OgError *err) {
  (void)form;
  OgMapping *mapping = parser->mapping;
  const OgText vocabulary = og_xml_attribute(element, "vocabulary");
  OG_TRY(read_space(parser, element, &mapping->space, err));
  OG_TRY(copy(parser, og_xml_attribute(element, "language"), &mapping->language, err));
  return copy(parser, vocabulary.size > 0 ? vocabulary : OG_TEXT(VOCABULARY), &mapping->vocabulary,
              err);
}

static OgStatus read_prefix(Parser *parser, const OgXmlElement *element, const Form *form,
                            OgError *err) {
  (void)form;
  OgMapping *mapping = parser->mapping;
  OgText name = {NULL, 0};
  OgText iri = {NULL, 0};
  OG_TRY(copy(parser, og_xml_attribute(element, "name"), &name, err));
  OG_TRY(copy(parser, og_xml_attribute(element, "iri"), &iri, err));
  OgPrefix *prefixes = og_arena_grow(&mapping->arena, mapping->prefixes, mapping->prefix_count,
                                     &mapping->prefix_room, sizeof *prefixes);
  if (!prefixes) {
    return og_error_no_memory(err);
  }
  mapping->prefixes = prefixes;
  prefixes[mapping->prefix_count++] = (OgPrefix){name.data, iri.data};
  return OG_OK;
}

/* NULL when out of memory. */
static OgMappingRule *add_rule(Parser *parser, OgMappingEntity *entity, OgSaying saying) {
  OgMappingRule *rules = og_arena_grow(&parser->mapping->arena, entity->rules, entity->rule_count,
                                       &entity->rule_room, sizeof *rules);
  if (!rules) {
    return NULL;
  }
  long column;
  entity->rules = rules;
  OgMappingRule *rule = &rules[entity->rule_count++];
  *rule = (OgMappingRule){
      .saying = saying, .datatype = OG_TEXT(""), .split = OG_TEXT(""), .target = OG_TEXT("")};
  og_xml_place(parser->xml, &rule->line, &column);
  return rule;
}

static OgStatus read_entity(Parser *parser, const OgXmlElement *element, const Form *form,
                            OgError *err) {
  (void)form;
  OgMapping *mapping = parser->mapping;
  OgMappingEntity *entities =
      og_arena_grow(&mapping->arena, mapping->entities, mapping->entity_count,
                    &mapping->entity_room, sizeof *entities);
  if (!entities) {
    return og_error_no_memory(err);
  }
  mapping->entities = entities;
  OgMappingEntity *entity = &entities[mapping->entity_count++];
  *entity = (OgMappingEntity){.space = mapping->space};
  const OgText space = og_xml_attribute(element, "space");
  const OgText as = og_xml_attribute(element, "as");
  const OgText type = og_xml_attribute(element, "type");
  OG_TRY(copy(parser, og_xml_attribute(element, "name"), &entity->name, err));
  OG_TRY(read_match(parser, og_xml_attribute(element, "match"), &entity->match, err));
  if (space.size > 0) {
    OG_TRY(read_space(parser, element, &entity->space, err));
  }
  OG_TRY(lookup(parser, entity_kinds, OG_COUNT(entity_kinds), as.data ? as : OG_TEXT("concept"),
                &entity->as, err));
  OG_TRY(read_term(parser, type, &entity->type, err));
  OgMappingRule *rule = add_rule(parser, entity, OG_SAYS_ID);
  return rule ? read_path(parser, og_xml_attribute(element, "id"), &rule->path, err)
              : og_error_no_memory(err);
}

static OgStatus read_property(Parser *parser, const OgXmlElement *element, const Form *form,
                              OgMappingRule *rule, OgError *err) {
  const OgText kind = og_xml_attribute(element, "kind");
  const OgText property = og_xml_attribute(element, "property");
  if (kind.data) {
    return lookup(parser, name_kinds, OG_COUNT(name_kinds), kind, &rule->property.constant, err);
  }
  if (!property.data) {
    const OgMapping *mapping = parser->mapping;
    const bool of_class = og_text_is(mapping->entities[mapping->entity_count - 1].as, OWL_CLASS);
    rule->property.constant = og_text(of_class ? form->class_property : form->property);
    return OG_OK;
  }
  rule->own_property = true;
  return read_term(parser, property, &rule->property, err);
}

static OgStatus read_rule(Parser *parser, const OgXmlElement *element, const Form *form,
                          OgError *err) {
  OgMapping *mapping = parser->mapping;
  const OgText language = og_xml_attribute(element, "language");
  const OgText datatype = og_xml_attribute(element, "datatype");
  const OgText inverse = og_xml_attribute(element, "inverse");
  OgMappingRule *rule =
      add_rule(parser, &mapping->entities[mapping->entity_count - 1], form->saying);
  if (!rule) {
    return og_error_no_memory(err);
  }
  OG_TRY(read_path(parser, og_xml_attribute(element, "path"), &rule->path, err));
  OG_TRY(read_property(parser, element, form, rule, err));
  OG_TRY(read_source(parser, language, &rule->language, err));
  OG_TRY(copy(parser, og_xml_attribute(element, "split"), &rule->split, err));
  OG_TRY(copy(parser, og_xml_attribute(element, "to"), &rule->target, err));
  if (datatype.size > 0) {
    OG_TRY(expand(parser, datatype, &rule->datatype, err));
  }
  if (inverse.data && !og_text_is(inverse, "true") && !og_text_is(inverse, "false")) {
    return og_xml_fault(parser->xml, err, "inverse is true or false");
  }
  rule->inverse = og_text_is(inverse, "true");
  if (rule->path.end == OG_PATH_AROUND &&
      (rule->saying != OG_SAYS_RELATION || rule->property.attribute.data)) {
    return og_xml_fault(parser->xml, err,
                        "the entity around (..) can only be related to, by one property");
  }
  return OG_OK;
}

/* clang-format off */
static const Form forms[] = {
    {"mapping", 1, read_mapping, NULL, NULL, 0, {"!space", "vocabulary", "language"}},
    {"prefix", 2, read_prefix, NULL, NULL, 0, {"!name", "!iri"}},
    {"entity", 2, read_entity, NULL, NULL, 0, {"!match", "!id", "name", "space", "type", "as"}},
    {"name", 3, read_rule, SKOS("prefLabel"), SKOS("prefLabel"), OG_SAYS_WORDS,
     {"!path", "kind", "language", "split"}},
    {"definition", 3, read_rule, SKOS("definition"), SKOS("definition"), OG_SAYS_WORDS,
     {"!path", "language"}},
    {"note", 3, read_rule, SKOS("note"), SKOS("note"), OG_SAYS_WORDS, {"!path", "language"}},
    {"parent", 3, read_rule, SKOS("broader"), OG_NS_RDFS "subClassOf", OG_SAYS_RELATION,
     {"!path", "to", "split"}},
    {"relation", 3, read_rule, NULL, NULL, OG_SAYS_RELATION,
     {"!path", "!property", "to", "split", "inverse"}},
    {"attribute", 3, read_rule, NULL, NULL, OG_SAYS_ATTRIBUTE,
     {"!path", "!property", "datatype", "split"}},
};
/* clang-format on */

/* ---- the document ---------------------------------------------------------------------------- */

/* The attributes of the form, and no others. */
static OgStatus check_attributes(const Parser *parser, const OgXmlElement *element,
                                 const Form *form, OgError *err) {
  char all[160] = "";
  for (size_t k = 0; k < MOST_ATTRIBUTES && form->attributes[k]; k++) {
    const bool needed = form->attributes[k][0] == '!';
    const char *name = form->attributes[k] + needed;
    if (needed && og_xml_attribute(element, name).size == 0) {
      return og_xml_fault(parser->xml, err, "%s has no %s", form->element, name);
    }
    strncat(all, k ? ", " : "", sizeof all - strlen(all) - 1);
    strncat(all, name, sizeof all - strlen(all) - 1);
  }
  for (size_t i = 0; i < element->attribute_count; i++) {
    const OgText found = element->attributes[i].name->local;
    bool known = element->attributes[i].name->uri.size > 0; /* xml:…, xsi:… */
    for (size_t k = 0; k < MOST_ATTRIBUTES && form->attributes[k] && !known; k++) {
      known = og_text_is(found, form->attributes[k] + (form->attributes[k][0] == '!'));
    }
    if (!known) {
      return og_xml_fault(parser->xml, err, "%s has no attribute \"%.*s\"; there are %s",
                          form->element, og_text_shown(found), found.data, all);
    }
  }
  return OG_OK;
}

static OgStatus on_start(void *data, OgXml *xml, const OgXmlElement *element, OgError *err) {
  Parser *parser = data;
  char all[160] = "";
  parser->xml = xml;
  parser->depth++;
  for (size_t i = 0; i < OG_COUNT(forms); i++) {
    if (forms[i].depth != parser->depth || (parser->depth == 3 && !parser->in_entity)) {
      continue;
    }
    if (og_text_is(element->name->local, forms[i].element)) {
      parser->in_entity = parser->depth > 2 || forms[i].read == read_entity;
      OG_TRY(check_attributes(parser, element, &forms[i], err));
      return forms[i].read(parser, element, &forms[i], err);
    }
    strncat(all, all[0] ? ", " : "", sizeof all - strlen(all) - 1);
    strncat(all, forms[i].element, sizeof all - strlen(all) - 1);
  }
  return og_xml_fault(xml, err, "expected %s, found %.*s", all[0] ? all : "no element here",
                      og_text_shown(element->name->local), element->name->local.data);
}

static OgStatus on_end(void *data, OgXml *xml, OgError *err) {
  (void)xml;
  (void)err;
  Parser *parser = data;
  parser->depth--;
  return OG_OK;
}

static OgStatus on_text(void *data, OgXml *xml, OgText text, OgError *err) {
  (void)data;
  return og_text_is_blank(text)
             ? OG_OK
             : og_xml_fault(xml, err, "text \"%.*s\" where only elements may stand",
                            og_text_shown(text), text.data);
}

/* The space of the entity that a rule points to. */
static OgStatus resolve_target(const OgMapping *mapping, const char *path,
                               const OgMappingEntity *owner, OgMappingRule *rule, OgError *err) {
  if (rule->target.size == 0) {
    rule->to = owner->space;
    return OG_OK;
  }
  if (og_text_is(rule->target, "iri")) {
    rule->to = (OgText){NULL, 0};
    return OG_OK;
  }
  for (size_t i = 0; i < mapping->entity_count; i++) {
    if (og_text_same(mapping->entities[i].name, rule->target)) {
      rule->to = mapping->entities[i].space;
      return OG_OK;
    }
  }
  return og_error_at(err, OG_BAD_DATA, path, rule->line, 0, "to=\"%.*s\": no entity has that name",
                     og_text_shown(rule->target), rule->target.data);
}

static OgStatus resolve_targets(OgMapping *mapping, const char *path, OgError *err) {
  if (mapping->entity_count == 0) {
    return og_error_at(err, OG_BAD_DATA, path, 0, 0,
                       "the mapping has no entity: say which elements are entities");
  }
  for (size_t i = 0; i < mapping->entity_count; i++) {
    OgMappingEntity *entity = &mapping->entities[i];
    for (size_t k = 0; k < entity->rule_count; k++) {
      OG_TRY(resolve_target(mapping, path, entity, &entity->rules[k], err));
    }
  }
  return OG_OK;
}

OgStatus og_mapping_load(const char *path, OgMapping *mapping, OgError *err) {
  static const OgXmlHandler handler = {.start = on_start, .end = on_end, .text = on_text};
  Parser parser = {.mapping = mapping};
  OgInput *input = NULL;
  OgStatus status;
  *mapping = (OgMapping){0};
  OG_GO(og_input_open(path, &input, err));
  OG_GO(og_xml_read(input, &handler, &parser, 0, NULL, NULL, err));
  status = resolve_targets(mapping, path, err);
done:
  og_input_close(input);
  if (status != OG_OK) {
    og_mapping_clear(mapping);
  }
  return status;
}

void og_mapping_clear(OgMapping *mapping) {
  og_arena_clear(&mapping->arena);
  *mapping = (OgMapping){0};
}
