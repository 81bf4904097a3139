/* Classes are written as they come. What can only be said when all are known is gathered as rows of
 * a few tables: who owns the row, and what it says, all numbers of interned texts. At the end each
 * table is sorted by owner, and
 *
 *   modifiers    every class without children takes the modifiers of its own and its ancestors, the
 *                nearest first: each code that they make becomes a class
 *   hierarchy    a row of PARENTS becomes skos:broader
 *   references   a row of REFERENCES becomes an edge, if its code is that of a class */
#include "ingest/claml.h"

#include "core/memory.h"
#include "ingest/claml_reader.h"

#include <stdio.h>
#include <string.h>

enum { MAX_TEXT = 16 << 20 };

static const struct {
  const char *iri;
  const char *label;
} relations[OG_CLAML_RELATIONS] = {
    [OG_CLAML_EXCLUDES] = {CLAML("excludes"), "excludes"},
    [OG_CLAML_INCLUDES] = {CLAML("includes"), "includes"},
    [OG_CLAML_MANIFESTATION] = {CLAML("manifestation"), "has manifestation"},
    [OG_CLAML_ETIOLOGY] = {CLAML("etiology"), "has etiology"},
    [OG_CLAML_REFERS] = {CLAML("refersTo"), "refers to"},
};

/* ---- statements ------------------------------------------------------------------------------ */

static OgTerm words(const OgClamlReader *reader, OgText text) {
  return og_words_term(text, og_text(reader->language));
}

/* An edge from the subject; its relation is declared before its first. */
static OgStatus emit_relation(OgClamlReader *reader, OgClamlRelation relation, OgText code,
                              OgError *err) {
  const char *iri = relations[relation].iri;
  if (!reader->declared[relation]) {
    const OgTerm property = og_iri_term(og_text(iri));
    reader->declared[relation] = true;
    OG_TRY(og_emit_type(reader->sink, property, OG_NS_OWL "ObjectProperty", err));
    OG_TRY(og_emit(reader->sink, property, OG_NS_RDFS "label",
                   og_words_term(og_text(relations[relation].label), OG_TEXT("en")), err));
  }
  OG_TRY(og_claml_iri(reader, code, &reader->object, err));
  return og_claml_emit(reader, iri, og_iri_term(og_text_of(&reader->object)), err);
}

/* ---- elements -------------------------------------------------------------------------------- */

static OgStatus need(OgClamlReader *reader, const OgXmlElement *element, const char *attribute,
                     OgText *value, OgError *err) {
  *value = og_text_trimmed(og_xml_attribute(element, attribute));
  if (value->size > 0) {
    return OG_OK;
  }
  return og_xml_broken(reader->xml, reader->options->strict, err, "missing attribute",
                       "%s has no %s; it is left out", element->name->local.data, attribute);
}

static OgStatus need_number(OgClamlReader *reader, const OgXmlElement *element,
                            const char *attribute, uint32_t *number, bool *found, OgError *err) {
  OgText value;
  OG_TRY(need(reader, element, attribute, &value, err));
  *found = value.size > 0;
  return og_claml_number(reader, value, number, err);
}

static OgStatus add_usage(OgClamlReader *reader, const OgXmlElement *element, OgError *err) {
  OgClamlRow row = {.owner = reader->owner};
  const OgText usage = og_xml_attribute(element, "usage");
  if (usage.size == 0) {
    return OG_OK;
  }
  OG_TRY(og_claml_number(reader, usage, &row.a, err));
  return og_claml_add(reader, OG_CLAML_USAGES, row, err);
}

static OgStatus start_class(OgClamlReader *reader, const OgXmlElement *element, OgError *err) {
  OgText code;
  reader->has_classes = true;
  OG_TRY(need(reader, element, "code", &code, err));
  if (code.size == 0) {
    reader->skipping = 1;
    return OG_OK;
  }
  reader->holder = OG_CLAML_CLASS;
  OG_TRY(og_claml_number(reader, code, &reader->owner, err));
  OG_TRY(og_claml_add(reader, OG_CLAML_CLASSES, (OgClamlRow){.owner = reader->owner}, err));
  OG_TRY(og_claml_emit_class(reader, code, err));
  const OgText kind = og_xml_attribute(element, "kind");
  const OgText usage = og_xml_attribute(element, "usage");
  if (kind.size > 0) {
    OG_TRY(og_claml_emit(reader, CLAML("kind"), og_literal_term(kind), err));
  }
  OG_TRY(add_usage(reader, element, err));
  return usage.size > 0 ? og_claml_emit(reader, CLAML("usage"), og_literal_term(usage), err)
                        : OG_OK;
}

static OgStatus start_modifier(OgClamlReader *reader, const OgXmlElement *element, OgError *err) {
  bool found;
  OG_TRY(need_number(reader, element, "code", &reader->owner, &found, err));
  reader->holder = OG_CLAML_MODIFIER;
  reader->skipping = !found;
  return OG_OK;
}

/* A modifier class is known by its modifier and its code, a tab between them. */
static OgStatus start_modifier_class(OgClamlReader *reader, const OgXmlElement *element,
                                     OgError *err) {
  OgText code, modifier;
  reader->has_classes = true;
  OG_TRY(need(reader, element, "code", &code, err));
  OG_TRY(need(reader, element, "modifier", &modifier, err));
  if (code.size == 0 || modifier.size == 0) {
    reader->skipping = 1;
    return OG_OK;
  }
  OgClamlRow row = {0};
  OG_TRY(og_claml_number(reader, modifier, &row.owner, err));
  OG_TRY(og_claml_number(reader, code, &row.a, err));
  OG_TRY(og_buffer_set(&reader->object, modifier, err));
  OG_TRY(og_buffer_append(&reader->object, "\t", 1, err));
  OG_TRY(og_buffer_append(&reader->object, code.data, code.size, err));
  OG_TRY(og_claml_number(reader, og_text_of(&reader->object), &row.b, err));
  reader->holder = OG_CLAML_MODIFIER_CLASS;
  reader->owner = row.b;
  OG_TRY(add_usage(reader, element, err));
  return og_claml_add(reader, OG_CLAML_MEMBERS, row, err);
}

/* Both ways that the format has of saying the same. */
static OgStatus start_link(OgClamlReader *reader, const OgXmlElement *element, bool to_parent,
                           OgError *err) {
  uint32_t other;
  bool found;
  OG_TRY(need_number(reader, element, "code", &other, &found, err));
  if (found && reader->holder == OG_CLAML_MODIFIER_CLASS && to_parent) {
    return og_claml_add(reader, OG_CLAML_UPPER, (OgClamlRow){.owner = reader->owner, .a = other},
                        err);
  }
  if (!found || reader->holder != OG_CLAML_CLASS) {
    return OG_OK; /* those of modifiers say nothing new */
  }
  const uint32_t child = to_parent ? reader->owner : other;
  const uint32_t parent = to_parent ? other : reader->owner;
  OG_TRY(og_claml_add(reader, OG_CLAML_PARENTS, (OgClamlRow){.owner = child, .a = parent}, err));
  return og_claml_add(reader, OG_CLAML_CHILDREN, (OgClamlRow){.owner = parent, .a = child}, err);
}

static OgStatus start_super(OgClamlReader *reader, const OgXmlElement *element, OgError *err) {
  return start_link(reader, element, true, err);
}

static OgStatus start_sub(OgClamlReader *reader, const OgXmlElement *element, OgError *err) {
  return start_link(reader, element, false, err);
}

static OgStatus start_modified_by(OgClamlReader *reader, const OgXmlElement *element,
                                  OgError *err) {
  OgClamlRow row = {.owner = reader->owner, .c = ++reader->modified};
  bool found;
  OG_TRY(need_number(reader, element, "code", &row.a, &found, err));
  const OgText position = og_xml_attribute(element, "position");
  for (size_t i = 0;
       i < position.size && position.data[i] >= '0' && position.data[i] <= '9' && row.b < 1000;
       i++) {
    row.b = row.b * 10 + (uint32_t)(position.data[i] - '0');
  }
  return found && reader->holder == OG_CLAML_CLASS
             ? og_claml_add(reader, OG_CLAML_MODIFIED, row, err)
             : OG_OK;
}

static OgStatus start_valid(OgClamlReader *reader, const OgXmlElement *element, OgError *err) {
  OgClamlRow row = {.owner = reader->modified};
  bool found;
  OG_TRY(need_number(reader, element, "code", &row.a, &found, err));
  return found ? og_claml_add(reader, OG_CLAML_VALID, row, err) : OG_OK;
}

static OgStatus start_exclude(OgClamlReader *reader, const OgXmlElement *element, OgError *err) {
  OgClamlRow row = {.owner = reader->owner};
  bool found;
  OG_TRY(need_number(reader, element, "code", &row.a, &found, err));
  return found && reader->holder == OG_CLAML_CLASS
             ? og_claml_add(reader, OG_CLAML_EXCLUDED, row, err)
             : OG_OK;
}

/* "excludeOnPrecedingModifier": pairs of a modifier and the code of one of its classes. */
static OgStatus add_barred(OgClamlReader *reader, OgText value, OgError *err) {
  OgText modifier, code;
  while (og_text_word(&value, &modifier) && og_text_word(&value, &code)) {
    OgClamlRow row = {.owner = reader->owner};
    OG_TRY(og_claml_number(reader, modifier, &row.a, err));
    OG_TRY(og_claml_number(reader, code, &row.b, err));
    OG_TRY(og_claml_add(reader, OG_CLAML_BARRED, row, err));
  }
  return OG_OK;
}

/* What the reader's object names is said of a modifier class, and so of the codes that it makes. */
static OgStatus add_meta(OgClamlReader *reader, OgText value, OgError *err) {
  OgClamlRow row = {.owner = reader->owner};
  OG_TRY(og_claml_number(reader, og_text_of(&reader->object), &row.a, err));
  OG_TRY(og_claml_number(reader, value, &row.b, err));
  return og_claml_add(reader, OG_CLAML_METAS, row, err);
}

static OgStatus start_meta(OgClamlReader *reader, const OgXmlElement *element, OgError *err) {
  const OgText name = og_text_trimmed(og_xml_attribute(element, "name"));
  const OgText value = og_text_trimmed(og_xml_attribute(element, "value"));
  if (name.size == 0 || value.size == 0 || reader->holder == OG_CLAML_MODIFIER) {
    return OG_OK;
  }
  if (reader->holder == OG_CLAML_MODIFIER_CLASS && og_text_is(name, "excludeOnPrecedingModifier")) {
    return add_barred(reader, value, err);
  }
  if (reader->holder == OG_CLAML_NOTHING && og_text_is(name, "lang")) {
    snprintf(reader->default_language, sizeof reader->default_language, "%.*s",
             value.size < OG_CLAML_LANGUAGE ? (int)value.size : 0, value.data);
  }
  OG_TRY(og_buffer_set(&reader->object, OG_TEXT(CLAML("")), err));
  OG_TRY(og_buffer_segment(&reader->object, name, err));
  if (reader->holder == OG_CLAML_MODIFIER_CLASS) {
    return add_meta(reader, value, err);
  }
  const OgTerm subject =
      reader->holder == OG_CLAML_CLASS ? og_claml_subject(reader) : og_claml_scheme(reader);
  const bool is_rights = reader->holder == OG_CLAML_NOTHING && og_text_is(name, "copyright");
  return og_emit(reader->sink, subject, is_rights ? OG_NS_DCTERMS "rights" : reader->object.data,
                 og_literal_term(value), err);
}

static OgStatus start_identifier(OgClamlReader *reader, const OgXmlElement *element, OgError *err) {
  const OgText uid = og_xml_attribute(element, "uid");
  return uid.size > 0 ? og_emit(reader->sink, og_claml_scheme(reader), OG_NS_DCTERMS "identifier",
                                og_literal_term(uid), err)
                      : OG_OK;
}

static OgStatus start_title(OgClamlReader *reader, const OgXmlElement *element, OgError *err) {
  static const struct {
    const char *attribute;
    const char *property;
  } said[] = {{"name", OG_NS_DCTERMS "alternative"},
              {"version", OG_NS_OWL "versionInfo"},
              {"date", OG_NS_DCTERMS "issued"}};
  for (size_t i = 0; i < OG_COUNT(said); i++) {
    const OgText value = og_xml_attribute(element, said[i].attribute);
    if (value.size > 0) {
      OG_TRY(og_emit(reader->sink, og_claml_scheme(reader), said[i].property,
                     og_literal_term(value), err));
    }
  }
  og_buffer_reset(&reader->label);
  reader->in_text = true;
  return OG_OK;
}

static OgStatus start_rubric(OgClamlReader *reader, const OgXmlElement *element, OgError *err) {
  return og_buffer_set(&reader->kind, og_text_trimmed(og_xml_attribute(element, "kind")), err);
}

static void set_language(OgClamlReader *reader, const OgXmlElement *element, char *language) {
  const OgText tag = og_xml_attribute_in(element, OG_NS_XML, "lang");
  if (tag.data && tag.size < OG_CLAML_LANGUAGE) {
    memcpy(language, tag.data, tag.size);
    language[tag.size] = '\0';
  } else if (language != reader->default_language) {
    memcpy(language, reader->default_language, OG_CLAML_LANGUAGE);
  }
}

static OgStatus start_label(OgClamlReader *reader, const OgXmlElement *element, OgError *err) {
  (void)err;
  set_language(reader, element, reader->language);
  og_buffer_reset(&reader->label);
  reader->in_text = reader->holder != OG_CLAML_NOTHING;
  return OG_OK;
}

static OgStatus start_reference(OgClamlReader *reader, const OgXmlElement *element, OgError *err) {
  if (!reader->in_text) {
    return OG_OK;
  }
  const OgClamlKind *kind = og_claml_kind(og_text_of(&reader->kind));
  const OgText usage = og_xml_attribute(element, "usage");
  reader->cites = kind ? kind->relation : OG_CLAML_REFERS;
  if (reader->cites != OG_CLAML_EXCLUDES && usage.size > 0) {
    reader->cites = og_text_is(usage, "aster")    ? OG_CLAML_MANIFESTATION
                    : og_text_is(usage, "dagger") ? OG_CLAML_ETIOLOGY
                                                  : reader->cites;
  }
  reader->cites_abroad = og_xml_attribute(element, "authority").size > 0;
  reader->in_reference = true;
  og_buffer_reset(&reader->cited);
  return og_buffer_set(&reader->code, og_text_trimmed(og_xml_attribute(element, "code")), err);
}

static OgStatus start_root(OgClamlReader *reader, const OgXmlElement *element, OgError *err) {
  set_language(reader, element, reader->default_language);
  return og_emit_type(reader->sink, og_claml_scheme(reader), SKOS("ConceptScheme"), err);
}

/* A word ends, wherever the text goes on. */
static OgStatus start_apart(OgClamlReader *reader, const OgXmlElement *element, OgError *err) {
  (void)element;
  return og_buffer_words(&reader->label, OG_TEXT(" "), err);
}

static OgStatus start_silent(OgClamlReader *reader, const OgXmlElement *element, OgError *err) {
  (void)reader;
  (void)element;
  (void)err;
  return OG_OK;
}

/* ---- their ends ------------------------------------------------------------------------------ */

static OgStatus end_holder(OgClamlReader *reader, OgError *err) {
  (void)err;
  reader->holder = OG_CLAML_NOTHING;
  return OG_OK;
}

static OgStatus end_apart(OgClamlReader *reader, OgError *err) {
  return start_apart(reader, NULL, err);
}

static OgStatus end_reference(OgClamlReader *reader, OgError *err) {
  if (!reader->in_reference) {
    return OG_OK;
  }
  reader->in_reference = false;
  const OgClamlKind *kind = og_claml_kind(og_text_of(&reader->kind));
  const OgText cited = og_text_trimmed(og_text_of(&reader->cited));
  const OgText code = reader->code.size > 0 ? og_text_of(&reader->code) : cited;
  if (cited.size > 0 && (!kind || !kind->is_name)) {
    const bool open = reader->label.size > 0 && reader->label.data[reader->label.size - 1] == '(';
    OG_TRY(open ? OG_OK : end_apart(reader, err));
    OG_TRY(og_buffer_text(&reader->label, open ? "" : "(", err));
    OG_TRY(og_buffer_append(&reader->label, cited.data, cited.size, err));
    OG_TRY(og_buffer_text(&reader->label, open ? "" : ")", err));
  }
  if (code.size == 0 || reader->holder == OG_CLAML_MODIFIER || reader->cites_abroad) {
    return OG_OK;
  }
  OgClamlRow row = {.owner = reader->owner, .a = (uint32_t)reader->cites};
  OG_TRY(og_claml_number(reader, code, &row.b, err));
  return og_claml_add(reader, OG_CLAML_REFERENCES, row, err);
}

static OgStatus keep_rubric(OgClamlReader *reader, OgClamlTable table, OgText text, OgError *err) {
  OgClamlRow row = {.owner = reader->owner};
  uint32_t *const language = table == OG_CLAML_NAMES ? &row.a : &row.b;
  if (table == OG_CLAML_RUBRICS) {
    OG_TRY(og_claml_number(reader, og_text_of(&reader->kind), &row.a, err));
  }
  OG_TRY(og_claml_number(reader, og_text(reader->language), language, err));
  OG_TRY(og_claml_number(reader, text, language + 1, err));
  return og_claml_add(reader, table, row, err);
}

static OgStatus end_label(OgClamlReader *reader, OgError *err) {
  const OgText text = og_text_trimmed(og_text_of(&reader->label));
  const OgText kind = og_text_of(&reader->kind);
  reader->in_text = false;
  if (text.size == 0 || reader->holder == OG_CLAML_NOTHING || reader->holder == OG_CLAML_MODIFIER) {
    return OG_OK;
  }
  if (reader->holder == OG_CLAML_MODIFIER_CLASS) {
    return keep_rubric(reader, OG_CLAML_RUBRICS, text, err);
  }
  if (og_claml_is_preferred(kind)) {
    OG_TRY(keep_rubric(reader, OG_CLAML_NAMES, text, err));
  }
  return og_claml_emit_rubric(reader, kind, words(reader, text), err);
}

static OgStatus end_title(OgClamlReader *reader, OgError *err) {
  const OgText text = og_text_trimmed(og_text_of(&reader->label));
  reader->in_text = false;
  memcpy(reader->language, reader->default_language, OG_CLAML_LANGUAGE);
  return text.size > 0 ? og_emit(reader->sink, og_claml_scheme(reader), OG_NS_DCTERMS "title",
                                 words(reader, text), err)
                       : OG_OK;
}

/* ---- at the end: hierarchy and references ---------------------------------------------------- */

static void note_unknown(OgClamlReader *reader, OgText code) {
  if (reader->unknown++ == 0) {
    snprintf(reader->first_unknown, sizeof reader->first_unknown, "%.*s", og_text_shown(code),
             code.data);
  }
}

/* Each pair once: most are said from both sides. */
static OgStatus emit_hierarchy(OgClamlReader *reader, OgError *err) {
  size_t count;
  const OgClamlRow *rows = og_claml_table(reader, OG_CLAML_PARENTS, &count);
  for (size_t i = 0; i < count; i++) {
    const OgClamlRow *row = &rows[i];
    if (i > 0 && row[-1].owner == row->owner && row[-1].a == row->a) {
      continue;
    }
    const bool known = og_claml_is_code(reader, row->owner);
    if (!known || !og_claml_is_code(reader, row->a)) {
      note_unknown(reader, og_claml_text(reader, known ? row->a : row->owner));
      continue;
    }
    OG_TRY(og_claml_iri(reader, og_claml_text(reader, row->owner), &reader->iri, err));
    OG_TRY(og_claml_iri(reader, og_claml_text(reader, row->a), &reader->object, err));
    OG_TRY(og_claml_emit(reader, SKOS("broader"), og_iri_term(og_text_of(&reader->object)), err));
  }
  return OG_OK;
}

/* What follows a code in print: "A05.-", "N08.0*". */
static bool ends_with_mark(OgText code, size_t *mark) {
  static const char *const marks[] = {"*", "+", "!", "#",
                                      "-", ".", " ", "\342\200\240" /* dagger */};
  for (size_t i = 0; i < OG_COUNT(marks); i++) {
    *mark = strlen(marks[i]);
    if (code.size >= *mark && memcmp(code.data + code.size - *mark, marks[i], *mark) == 0) {
      return true;
    }
  }
  return false;
}

/* The class that a reference means; OG_INTERN_NONE when there is none. */
static uint32_t find_cited(const OgClamlReader *reader, OgText code) {
  uint32_t number = og_intern_find(reader->texts, code.data, code.size);
  size_t mark;
  while ((number == OG_INTERN_NONE || !og_claml_is_code(reader, number)) &&
         ends_with_mark(code, &mark)) {
    code.size -= mark;
    number = og_intern_find(reader->texts, code.data, code.size);
  }
  return number != OG_INTERN_NONE && og_claml_is_code(reader, number) ? number : OG_INTERN_NONE;
}

/* What the texts of an owner refer to, the class of this code does. */
static OgStatus emit_references(OgClamlReader *reader, uint32_t code, uint32_t owner,
                                OgError *err) {
  size_t count;
  const OgClamlRow *rows = og_claml_rows(reader, OG_CLAML_REFERENCES, owner, &count);
  if (count > 0) {
    OG_TRY(og_claml_iri(reader, og_claml_text(reader, code), &reader->iri, err));
  }
  for (size_t i = 0; i < count; i++) {
    const OgText written = og_claml_text(reader, rows[i].b);
    const uint32_t cited = find_cited(reader, written);
    if (cited == OG_INTERN_NONE) {
      note_unknown(reader, written);
      continue;
    }
    OG_TRY(emit_relation(reader, (OgClamlRelation)rows[i].a, og_claml_text(reader, cited), err));
  }
  return OG_OK;
}

/* Of the classes of the file, and of those that modifiers make: as their modifier class does. */
static OgStatus emit_all_references(OgClamlReader *reader, OgError *err) {
  size_t count;
  const OgClamlRow *rows = og_claml_table(reader, OG_CLAML_CLASSES, &count);
  for (size_t i = 0; i < count; i++) {
    if (i == 0 || rows[i - 1].owner != rows[i].owner) {
      OG_TRY(emit_references(reader, rows[i].owner, rows[i].owner, err));
    }
  }
  rows = og_claml_table(reader, OG_CLAML_MADE, &count);
  for (size_t i = 0; i < count; i++) {
    OG_TRY(emit_references(reader, rows[i].owner, rows[i].a, err));
  }
  return OG_OK;
}

static OgStatus warn_of_modifiers(const OgClamlReader *reader, OgError *err) {
  size_t count;
  size_t unknown = 0;
  size_t first = 0;
  const OgClamlRow *rows = og_claml_table(reader, OG_CLAML_MODIFIED, &count);
  for (size_t i = 0; i < count; i++) {
    size_t members;
    og_claml_rows(reader, OG_CLAML_MEMBERS, rows[i].a, &members);
    first = members == 0 && unknown == 0 ? i : first;
    unknown += members == 0;
  }
  if (unknown == 0) {
    return OG_OK;
  }
  const OgText name = og_claml_text(reader, rows[first].a);
  return og_emit_warning(reader->sink, err, "modifier without classes",
                         "%zu times a class is modified by what has no ModifierClass; the first is "
                         "%.*s",
                         unknown, og_text_shown(name), name.data);
}

static OgStatus finish(OgClamlReader *reader, OgError *err) {
  if (!reader->has_classes && og_intern_count(reader->told) == 0) {
    OG_TRY(og_emit_nothing(reader->sink, "classes", err));
  }
  og_claml_sort(reader);
  OG_TRY(og_claml_expand(reader, err));
  og_claml_sort(reader); /* what was made */
  OG_TRY(emit_hierarchy(reader, err));
  OG_TRY(emit_all_references(reader, err));
  if (reader->unknown > 0) {
    OG_TRY(og_emit_warning(reader->sink, err, "code without a class",
                           "%zu codes that are referred to have no class in the file; the first "
                           "is %s",
                           reader->unknown, reader->first_unknown));
  }
  return warn_of_modifiers(reader, err);
}

/* ---- the document ---------------------------------------------------------------------------- */

/* By local name: the format has no namespace, and some editions give it one. */
static const struct {
  const char *local;
  OgStatus (*start)(OgClamlReader *reader, const OgXmlElement *element, OgError *err);
  OgStatus (*end)(OgClamlReader *reader, OgError *err); /* may be NULL */
} elements[] = {
    {"ClaML", start_root, finish},
    {"Meta", start_meta, NULL},
    {"Identifier", start_identifier, NULL},
    {"Title", start_title, end_title},
    {"Class", start_class, end_holder},
    {"Modifier", start_modifier, end_holder},
    {"ModifierClass", start_modifier_class, end_holder},
    {"SuperClass", start_super, NULL},
    {"SubClass", start_sub, NULL},
    {"ModifiedBy", start_modified_by, NULL},
    {"ValidModifierClass", start_valid, NULL},
    {"ExcludeModifier", start_exclude, NULL},
    {"Rubric", start_rubric, NULL},
    {"Label", start_label, end_label},
    {"Reference", start_reference, end_reference},
    {"Fragment", start_apart, end_apart},
    {"Para", start_apart, end_apart},
    {"List", start_apart, end_apart},
    {"ListItem", start_apart, end_apart},
    {"Table", start_apart, end_apart},
    {"Caption", start_apart, end_apart},
    {"THead", start_apart, end_apart},
    {"TBody", start_apart, end_apart},
    {"TFoot", start_apart, end_apart},
    {"Row", start_apart, end_apart},
    {"Cell", start_apart, end_apart},
    {"Term", start_silent, NULL},
    {"Authors", start_silent, NULL},
    {"Author", start_silent, NULL},
    {"Variants", start_silent, NULL},
    {"Variant", start_silent, NULL},
    {"ClassKinds", start_silent, NULL},
    {"ClassKind", start_silent, NULL},
    {"UsageKinds", start_silent, NULL},
    {"UsageKind", start_silent, NULL},
    {"RubricKinds", start_silent, NULL},
    {"RubricKind", start_silent, NULL},
    {"Kind", start_silent, NULL},
    {"Display", start_silent, NULL},
    {"History", start_silent, NULL},
};

static size_t find_element(const OgXmlName *name) {
  size_t i = 0;
  while (i < OG_COUNT(elements) && !og_text_is(name->local, elements[i].local)) {
    i++;
  }
  return i;
}

/* Told once a name. */
static OgStatus skip(OgClamlReader *reader, const OgXmlElement *element, OgError *err) {
  uint32_t number;
  int added;
  reader->skipping = 1;
  OG_TRY(og_intern_add(reader->told, element->name->local.data, element->name->local.size, &number,
                       &added, err));
  return added ? og_xml_broken(reader->xml, reader->options->strict, err, "element not understood",
                               "%.*s is not read here; it is left out",
                               og_text_shown(element->name->local), element->name->local.data)
               : OG_OK;
}

static OgStatus on_start(void *data, OgXml *xml, const OgXmlElement *element, OgError *err) {
  OgClamlReader *reader = data;
  reader->xml = xml;
  if (reader->skipping > 0) {
    reader->skipping++;
    return OG_OK;
  }
  const size_t row = find_element(element->name);
  const bool is_root = reader->path.size == 0;
  if (is_root && row != 0) {
    return og_xml_fault(xml, err, "expected ClaML, found %.*s", og_text_shown(element->name->local),
                        element->name->local.data);
  }
  if (row == OG_COUNT(elements) || (row == 0 && !is_root)) {
    return skip(reader, element, err);
  }
  OG_TRY(elements[row].start(reader, element, err));
  const unsigned char byte = (unsigned char)row;
  return reader->skipping ? OG_OK : og_buffer_append(&reader->path, &byte, 1, err);
}

static OgStatus on_end(void *data, OgXml *xml, OgError *err) {
  (void)xml;
  OgClamlReader *reader = data;
  if (reader->skipping > 0) {
    reader->skipping--;
    return OG_OK;
  }
  const size_t row = (unsigned char)reader->path.data[--reader->path.size];
  return elements[row].end ? elements[row].end(reader, err) : OG_OK;
}

static OgStatus on_text(void *data, OgXml *xml, OgText text, OgError *err) {
  OgClamlReader *reader = data;
  OgBuffer *buffer = reader->in_reference ? &reader->cited : &reader->label;
  if (!reader->in_text || reader->skipping > 0) {
    return OG_OK;
  }
  if (buffer->size + text.size > MAX_TEXT) {
    return og_xml_fault(xml, err,
                        "a text is longer than %d bytes, the limit; shorten it, or take it out",
                        MAX_TEXT);
  }
  return og_buffer_words(buffer, text, err);
}

static void clear(OgClamlReader *reader) {
  OgBuffer *const buffers[] = {&reader->path,  &reader->space, &reader->iri,  &reader->object,
                               &reader->label, &reader->cited, &reader->code, &reader->kind};
  for (size_t i = 0; i < OG_COUNT(buffers); i++) {
    og_buffer_clear(buffers[i]);
  }
  for (int table = 0; table < OG_CLAML_TABLES; table++) {
    og_buffer_clear(&reader->tables[table]);
  }
  og_intern_free(reader->texts);
  og_intern_free(reader->told);
}

OgStatus og_claml_read(OgInput *input, const OgReadOptions *options, const OgSink *sink,
                       const OgProgress *progress, OgError *err) {
  static const OgXmlHandler handler = {.start = on_start, .end = on_end, .text = on_text};
  static const char *const prefixes[] = {"skos", "dcterms"};
  OgStatus status;
  OgClamlReader reader = {
      .options = options, .sink = sink, .texts = og_intern_new(), .told = og_intern_new()};
  if (!reader.texts || !reader.told) {
    status = og_error_no_memory(err);
    goto done;
  }
  OG_GO(og_emit_space(options->base, &reader.space, err));
  OG_GO(og_emit_prefixes(sink, prefixes, OG_COUNT(prefixes), err));
  status = og_xml_read(input, &handler, &reader, options->max_depth, sink, progress, err);
done:
  clear(&reader);
  return status;
}
