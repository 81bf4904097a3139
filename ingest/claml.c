/* Classes are written as they come. What can only be said when all are known is gathered as rows of
 * a few tables: who owns the row, and what it says, all numbers of interned texts. At the end each
 * table is sorted by owner, and
 *
 *   hierarchy    a row of PARENTS becomes skos:broader
 *   references   a row of REFERENCES becomes an edge, if its code is that of a class
 *   modifiers    every class without children takes the modifiers of its own and its ancestors, the
 *                nearest first: each code that they make becomes a class */
#include "ingest/claml.h"

#include "core/intern.h"
#include "core/memory.h"
#include "core/vocab.h"
#include "ingest/emit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_TEXT = 16 << 20, MAX_MODIFIERS = 8, LANGUAGE_SIZE = 36 };

#define SKOS(name)  OG_NS_SKOS name
#define CLAML(name) "urn:claml:" name

/* What the open rubrics and links are about. */
typedef enum Holder { NOTHING, CLASS, MODIFIER, MODIFIER_CLASS } Holder;

typedef enum Relation { EXCLUDES, INCLUDES, MANIFESTATION, ETIOLOGY, REFERS, RELATIONS } Relation;

static const struct {
  const char *iri;
  const char *label;
} relations[RELATIONS] = {
    [EXCLUDES] = {CLAML("excludes"), "excludes"},
    [INCLUDES] = {CLAML("includes"), "includes"},
    [MANIFESTATION] = {CLAML("manifestation"), "has manifestation"},
    [ETIOLOGY] = {CLAML("etiology"), "has etiology"},
    [REFERS] = {CLAML("refersTo"), "refers to"},
};

/* What the rubrics of a kind become. A name is without the codes that its text refers to. */
typedef struct Kind {
  const char *name;
  const char *property;
  bool is_name;
  Relation relation; /* of the codes in its text */
} Kind;

static const Kind kinds[] = {
    {"preferred", SKOS("prefLabel"), true, REFERS},
    {"preferredLong", SKOS("altLabel"), true, REFERS},
    {"preferredShort", SKOS("altLabel"), true, REFERS},
    {"inclusion", SKOS("altLabel"), true, INCLUDES},
    {"exclusion", CLAML("exclusion"), false, EXCLUDES},
    {"definition", SKOS("definition"), false, REFERS},
    {"note", SKOS("note"), false, REFERS},
    {"text", SKOS("note"), false, REFERS},
    {"introduction", SKOS("note"), false, REFERS},
    {"footnote", SKOS("note"), false, REFERS},
    {"coding-hint", SKOS("note"), false, REFERS},
    {"modifierlink", SKOS("note"), false, REFERS},
    {"example", SKOS("example"), false, REFERS},
};

enum { PREFERRED }; /* the first row */

/* owner, a, b, c: numbers of texts, unless said otherwise. */
typedef enum TableName {
  CLASSES,    /* class */
  PARENTS,    /* class, parent */
  CHILDREN,   /* class, child */
  NAMES,      /* class, language, preferred label */
  REFERENCES, /* class, Relation, code as written */
  MODIFIED,   /* class, modifier, position, number of the first row of VALID */
  VALID,      /* number of ModifiedBy, code of a modifier class */
  EXCLUDED,   /* class, modifier */
  MEMBERS,    /* modifier, code of a modifier class, member */
  RUBRICS,    /* member, kind of rubric, language, text */
  BARRED,     /* member, modifier, code: not after this modifier class */
  TABLES
} TableName;

typedef struct Row {
  uint32_t owner, a, b, c;
  uint32_t order; /* in the file */
} Row;

typedef struct Reader {
  OgXml *xml;
  const OgReadOptions *options;
  const OgSink *sink;
  OgBuffer tables[TABLES]; /* Row */
  OgIntern *texts;
  OgIntern *told; /* names of elements that were reported */
  OgBuffer path;  /* uint8_t: the rows of `elements` that are open */
  OgBuffer space; /* the IRI that codes are appended to */
  OgBuffer iri, object;
  OgBuffer label; /* the text of the label, title, … that is open */
  OgBuffer cited; /* the text of the reference that is open */
  OgBuffer code;  /* of the reference that is open */
  OgBuffer kind;  /* of the rubric that is open */
  bool declared[RELATIONS];
  Holder holder;
  uint32_t owner;    /* the class, the modifier, or the member */
  uint32_t modified; /* number of ModifiedBy */
  bool in_text, in_reference;
  Relation cites; /* what the open reference is */
  char language[LANGUAGE_SIZE];
  char default_language[LANGUAGE_SIZE];
  size_t skipping;
  size_t unknown; /* codes without a class */
  char first_unknown[64];
  size_t expanded;
} Reader;

/* ---- texts and tables ------------------------------------------------------------------------ */

static OgStatus number_of(Reader *reader, OgText text, uint32_t *number, OgError *err) {
  return og_intern_add(reader->texts, text.data ? text.data : "", text.size, number, NULL, err);
}

/* Valid until the next text is added. */
static OgText text_of(const Reader *reader, uint32_t number) {
  return og_interned(reader->texts, number);
}

static OgStatus add_row(Reader *reader, TableName table, Row row, OgError *err) {
  OgBuffer *rows = &reader->tables[table];
  row.order = (uint32_t)(rows->size / sizeof row);
  return og_buffer_append(rows, &row, sizeof row, err);
}

static const Row *table_rows(const Reader *reader, TableName table, size_t *count) {
  *count = reader->tables[table].size / sizeof(Row);
  return (const Row *)(const void *)reader->tables[table].data;
}

static int compare(uint32_t a, uint32_t b) {
  return (a > b) - (a < b);
}

static int by_owner(const void *a, const void *b) {
  const Row *x = a;
  const Row *y = b;
  return x->owner != y->owner ? compare(x->owner, y->owner) : compare(x->order, y->order);
}

static void sort_tables(Reader *reader) {
  for (int table = 0; table < TABLES; table++) {
    OgBuffer *rows = &reader->tables[table];
    if (rows->size > 0) {
      qsort(rows->data, rows->size / sizeof(Row), sizeof(Row), by_owner);
    }
  }
}

/* The rows of an owner; the table is sorted. */
static const Row *rows_of(const Reader *reader, TableName table, uint32_t owner, size_t *count) {
  size_t total;
  const Row *rows = table_rows(reader, table, &total);
  size_t low = 0;
  size_t high = total;
  while (low < high) {
    const size_t middle = (low + high) / 2;
    if (rows[middle].owner < owner) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  *count = 0;
  while (low + *count < total && rows[low + *count].owner == owner) {
    ++*count;
  }
  return rows + low;
}

static bool has_row(const Reader *reader, TableName table, uint32_t owner, uint32_t a) {
  size_t count;
  const Row *rows = rows_of(reader, table, owner, &count);
  for (size_t i = 0; i < count; i++) {
    if (rows[i].a == a) {
      return true;
    }
  }
  return false;
}

static bool is_class(const Reader *reader, uint32_t code) {
  size_t count;
  rows_of(reader, CLASSES, code, &count);
  return count > 0;
}

/* ---- statements ------------------------------------------------------------------------------ */

/* The IRI of a code, into buffer. */
static OgStatus class_iri(const Reader *reader, OgText code, OgBuffer *buffer, OgError *err) {
  OG_TRY(og_buffer_set(buffer, og_text_of(&reader->space), err));
  return og_buffer_segment(buffer, code, err);
}

static OgTerm subject_of(const Reader *reader) {
  return og_iri_term(og_text_of(&reader->iri));
}

static OgStatus emit(const Reader *reader, const char *property, OgTerm object, OgError *err) {
  return og_emit(reader->sink, subject_of(reader), property, object, err);
}

static OgTerm words(const Reader *reader, OgText text) {
  return og_words_term(text, og_text(reader->language));
}

static OgTerm scheme_of(const Reader *reader) {
  const OgText space = og_text_of(&reader->space);
  return og_iri_term((OgText){space.data, space.size - (space.data[space.size - 1] == '#')});
}

static OgStatus emit_class(Reader *reader, OgText code, OgError *err) {
  OG_TRY(class_iri(reader, code, &reader->iri, err));
  OG_TRY(og_emit_type(reader->sink, subject_of(reader), SKOS("Concept"), err));
  OG_TRY(emit(reader, SKOS("notation"), og_literal_term(code), err));
  return emit(reader, SKOS("inScheme"), scheme_of(reader), err);
}

/* An edge from the subject; its relation is declared before its first. */
static OgStatus emit_relation(Reader *reader, Relation relation, OgText code, OgError *err) {
  const char *iri = relations[relation].iri;
  if (!reader->declared[relation]) {
    const OgTerm property = og_iri_term(og_text(iri));
    reader->declared[relation] = true;
    OG_TRY(og_emit_type(reader->sink, property, OG_NS_OWL "ObjectProperty", err));
    OG_TRY(og_emit(reader->sink, property, OG_NS_RDFS "label",
                   og_words_term(og_text(relations[relation].label), OG_TEXT("en")), err));
  }
  OG_TRY(class_iri(reader, code, &reader->object, err));
  return emit(reader, iri, og_iri_term(og_text_of(&reader->object)), err);
}

static const Kind *kind_of(OgText name) {
  for (size_t i = 0; i < OG_COUNT(kinds); i++) {
    if (og_text_is(name, kinds[i].name)) {
      return &kinds[i];
    }
  }
  return NULL;
}

/* A rubric that is not kept for later. */
static OgStatus emit_rubric(Reader *reader, OgText name, OgTerm object, OgError *err) {
  const Kind *kind = kind_of(name);
  if (kind) {
    return emit(reader, kind->property, object, err);
  }
  OG_TRY(og_buffer_set(&reader->object, OG_TEXT(CLAML("")), err));
  OG_TRY(og_buffer_segment(&reader->object, name, err));
  return emit(reader, reader->object.data, object, err);
}

/* ---- elements -------------------------------------------------------------------------------- */

static OgStatus need(Reader *reader, const OgXmlElement *element, const char *attribute,
                     OgText *value, OgError *err) {
  *value = og_text_trimmed(og_xml_attribute(element, attribute));
  if (value->size > 0) {
    return OG_OK;
  }
  return og_xml_broken(reader->xml, reader->options->strict, err, "missing attribute",
                       "%s has no %s; it is left out", element->name->local.data, attribute);
}

static OgStatus need_number(Reader *reader, const OgXmlElement *element, const char *attribute,
                            uint32_t *number, bool *found, OgError *err) {
  OgText value;
  OG_TRY(need(reader, element, attribute, &value, err));
  *found = value.size > 0;
  return number_of(reader, value, number, err);
}

static OgStatus start_class(Reader *reader, const OgXmlElement *element, OgError *err) {
  OgText code;
  OG_TRY(need(reader, element, "code", &code, err));
  if (code.size == 0) {
    reader->skipping = 1;
    return OG_OK;
  }
  reader->holder = CLASS;
  OG_TRY(number_of(reader, code, &reader->owner, err));
  OG_TRY(add_row(reader, CLASSES, (Row){.owner = reader->owner}, err));
  OG_TRY(emit_class(reader, code, err));
  const OgText kind = og_xml_attribute(element, "kind");
  const OgText usage = og_xml_attribute(element, "usage");
  if (kind.size > 0) {
    OG_TRY(emit(reader, CLAML("kind"), og_literal_term(kind), err));
  }
  return usage.size > 0 ? emit(reader, CLAML("usage"), og_literal_term(usage), err) : OG_OK;
}

static OgStatus start_modifier(Reader *reader, const OgXmlElement *element, OgError *err) {
  bool found;
  OG_TRY(need_number(reader, element, "code", &reader->owner, &found, err));
  reader->holder = MODIFIER;
  reader->skipping = !found;
  return OG_OK;
}

/* A modifier class is known by its modifier and its code, a tab between them. */
static OgStatus start_modifier_class(Reader *reader, const OgXmlElement *element, OgError *err) {
  OgText code, modifier;
  OG_TRY(need(reader, element, "code", &code, err));
  OG_TRY(need(reader, element, "modifier", &modifier, err));
  if (code.size == 0 || modifier.size == 0) {
    reader->skipping = 1;
    return OG_OK;
  }
  Row row = {0};
  OG_TRY(number_of(reader, modifier, &row.owner, err));
  OG_TRY(number_of(reader, code, &row.a, err));
  OG_TRY(og_buffer_set(&reader->object, modifier, err));
  OG_TRY(og_buffer_append(&reader->object, "\t", 1, err));
  OG_TRY(og_buffer_append(&reader->object, code.data, code.size, err));
  OG_TRY(number_of(reader, og_text_of(&reader->object), &row.b, err));
  reader->holder = MODIFIER_CLASS;
  reader->owner = row.b;
  return add_row(reader, MEMBERS, row, err);
}

/* Both ways that the format has of saying the same. */
static OgStatus start_link(Reader *reader, const OgXmlElement *element, bool to_parent,
                           OgError *err) {
  uint32_t other;
  bool found;
  OG_TRY(need_number(reader, element, "code", &other, &found, err));
  if (!found || reader->holder != CLASS) {
    return OG_OK; /* those of modifiers say nothing new */
  }
  const uint32_t child = to_parent ? reader->owner : other;
  const uint32_t parent = to_parent ? other : reader->owner;
  OG_TRY(add_row(reader, PARENTS, (Row){.owner = child, .a = parent}, err));
  return add_row(reader, CHILDREN, (Row){.owner = parent, .a = child}, err);
}

static OgStatus start_super(Reader *reader, const OgXmlElement *element, OgError *err) {
  return start_link(reader, element, true, err);
}

static OgStatus start_sub(Reader *reader, const OgXmlElement *element, OgError *err) {
  return start_link(reader, element, false, err);
}

static OgStatus start_modified_by(Reader *reader, const OgXmlElement *element, OgError *err) {
  Row row = {.owner = reader->owner, .c = ++reader->modified};
  bool found;
  OG_TRY(need_number(reader, element, "code", &row.a, &found, err));
  const OgText position = og_xml_attribute(element, "position");
  for (size_t i = 0;
       i < position.size && position.data[i] >= '0' && position.data[i] <= '9' && row.b < 1000;
       i++) {
    row.b = row.b * 10 + (uint32_t)(position.data[i] - '0');
  }
  return found && reader->holder == CLASS ? add_row(reader, MODIFIED, row, err) : OG_OK;
}

static OgStatus start_valid(Reader *reader, const OgXmlElement *element, OgError *err) {
  Row row = {.owner = reader->modified};
  bool found;
  OG_TRY(need_number(reader, element, "code", &row.a, &found, err));
  return found ? add_row(reader, VALID, row, err) : OG_OK;
}

static OgStatus start_exclude(Reader *reader, const OgXmlElement *element, OgError *err) {
  Row row = {.owner = reader->owner};
  bool found;
  OG_TRY(need_number(reader, element, "code", &row.a, &found, err));
  return found && reader->holder == CLASS ? add_row(reader, EXCLUDED, row, err) : OG_OK;
}

/* "excludeOnPrecedingModifier": pairs of a modifier and the code of one of its classes. */
static OgStatus add_barred(Reader *reader, OgText value, OgError *err) {
  OgText modifier, code;
  while (og_text_word(&value, &modifier) && og_text_word(&value, &code)) {
    Row row = {.owner = reader->owner};
    OG_TRY(number_of(reader, modifier, &row.a, err));
    OG_TRY(number_of(reader, code, &row.b, err));
    OG_TRY(add_row(reader, BARRED, row, err));
  }
  return OG_OK;
}

static OgStatus start_meta(Reader *reader, const OgXmlElement *element, OgError *err) {
  const OgText name = og_text_trimmed(og_xml_attribute(element, "name"));
  const OgText value = og_text_trimmed(og_xml_attribute(element, "value"));
  if (name.size == 0 || value.size == 0 || reader->holder == MODIFIER) {
    return OG_OK;
  }
  if (reader->holder == MODIFIER_CLASS) {
    return og_text_is(name, "excludeOnPrecedingModifier") ? add_barred(reader, value, err) : OG_OK;
  }
  if (reader->holder == NOTHING && og_text_is(name, "lang")) {
    snprintf(reader->default_language, sizeof reader->default_language, "%.*s",
             value.size < LANGUAGE_SIZE ? (int)value.size : 0, value.data);
  }
  OG_TRY(og_buffer_set(&reader->object, OG_TEXT(CLAML("")), err));
  OG_TRY(og_buffer_segment(&reader->object, name, err));
  const OgTerm subject = reader->holder == CLASS ? subject_of(reader) : scheme_of(reader);
  const bool is_rights = reader->holder == NOTHING && og_text_is(name, "copyright");
  return og_emit(reader->sink, subject, is_rights ? OG_NS_DCTERMS "rights" : reader->object.data,
                 og_literal_term(value), err);
}

static OgStatus start_identifier(Reader *reader, const OgXmlElement *element, OgError *err) {
  const OgText uid = og_xml_attribute(element, "uid");
  return uid.size > 0 ? og_emit(reader->sink, scheme_of(reader), OG_NS_DCTERMS "identifier",
                                og_literal_term(uid), err)
                      : OG_OK;
}

static OgStatus start_title(Reader *reader, const OgXmlElement *element, OgError *err) {
  static const struct {
    const char *attribute;
    const char *property;
  } said[] = {{"name", OG_NS_DCTERMS "alternative"},
              {"version", OG_NS_OWL "versionInfo"},
              {"date", OG_NS_DCTERMS "issued"}};
  for (size_t i = 0; i < OG_COUNT(said); i++) {
    const OgText value = og_xml_attribute(element, said[i].attribute);
    if (value.size > 0) {
      OG_TRY(
          og_emit(reader->sink, scheme_of(reader), said[i].property, og_literal_term(value), err));
    }
  }
  og_buffer_reset(&reader->label);
  reader->in_text = true;
  return OG_OK;
}

static OgStatus start_rubric(Reader *reader, const OgXmlElement *element, OgError *err) {
  return og_buffer_set(&reader->kind, og_text_trimmed(og_xml_attribute(element, "kind")), err);
}

static void set_language(Reader *reader, const OgXmlElement *element, char *language) {
  const OgText tag = og_xml_attribute_in(element, OG_NS_XML, "lang");
  if (tag.data && tag.size < LANGUAGE_SIZE) {
    memcpy(language, tag.data, tag.size);
    language[tag.size] = '\0';
  } else if (language != reader->default_language) {
    memcpy(language, reader->default_language, LANGUAGE_SIZE);
  }
}

static OgStatus start_label(Reader *reader, const OgXmlElement *element, OgError *err) {
  (void)err;
  set_language(reader, element, reader->language);
  og_buffer_reset(&reader->label);
  reader->in_text = reader->holder != NOTHING;
  return OG_OK;
}

static OgStatus start_reference(Reader *reader, const OgXmlElement *element, OgError *err) {
  if (!reader->in_text) {
    return OG_OK;
  }
  const Kind *kind = kind_of(og_text_of(&reader->kind));
  const OgText usage = og_xml_attribute(element, "usage");
  reader->cites = kind ? kind->relation : REFERS;
  if (reader->cites != EXCLUDES && usage.size > 0) {
    reader->cites = og_text_is(usage, "aster")    ? MANIFESTATION
                    : og_text_is(usage, "dagger") ? ETIOLOGY
                                                  : reader->cites;
  }
  reader->in_reference = true;
  og_buffer_reset(&reader->cited);
  return og_buffer_set(&reader->code, og_text_trimmed(og_xml_attribute(element, "code")), err);
}

static OgStatus start_root(Reader *reader, const OgXmlElement *element, OgError *err) {
  set_language(reader, element, reader->default_language);
  return og_emit_type(reader->sink, scheme_of(reader), SKOS("ConceptScheme"), err);
}

/* A word ends, wherever the text goes on. */
static OgStatus start_apart(Reader *reader, const OgXmlElement *element, OgError *err) {
  (void)element;
  return og_buffer_words(&reader->label, OG_TEXT(" "), err);
}

static OgStatus start_silent(Reader *reader, const OgXmlElement *element, OgError *err) {
  (void)reader;
  (void)element;
  (void)err;
  return OG_OK;
}

/* ---- their ends ------------------------------------------------------------------------------ */

static OgStatus end_holder(Reader *reader, OgError *err) {
  (void)err;
  reader->holder = NOTHING;
  return OG_OK;
}

static OgStatus end_apart(Reader *reader, OgError *err) {
  return start_apart(reader, NULL, err);
}

static OgStatus end_reference(Reader *reader, OgError *err) {
  if (!reader->in_reference) {
    return OG_OK;
  }
  reader->in_reference = false;
  const Kind *kind = kind_of(og_text_of(&reader->kind));
  const OgText cited = og_text_trimmed(og_text_of(&reader->cited));
  const OgText code = reader->code.size > 0 ? og_text_of(&reader->code) : cited;
  if (cited.size > 0 && (!kind || !kind->is_name)) {
    const bool open = reader->label.size > 0 && reader->label.data[reader->label.size - 1] == '(';
    OG_TRY(open ? OG_OK : end_apart(reader, err));
    OG_TRY(og_buffer_text(&reader->label, open ? "" : "(", err));
    OG_TRY(og_buffer_append(&reader->label, cited.data, cited.size, err));
    OG_TRY(og_buffer_text(&reader->label, open ? "" : ")", err));
  }
  if (code.size == 0 || reader->holder != CLASS) {
    return OG_OK;
  }
  Row row = {.owner = reader->owner, .a = (uint32_t)reader->cites};
  OG_TRY(number_of(reader, code, &row.b, err));
  return add_row(reader, REFERENCES, row, err);
}

static OgStatus keep_rubric(Reader *reader, TableName table, OgText text, OgError *err) {
  Row row = {.owner = reader->owner};
  uint32_t *const language = table == NAMES ? &row.a : &row.b;
  if (table == RUBRICS) {
    OG_TRY(number_of(reader, og_text_of(&reader->kind), &row.a, err));
  }
  OG_TRY(number_of(reader, og_text(reader->language), language, err));
  OG_TRY(number_of(reader, text, language + 1, err));
  return add_row(reader, table, row, err);
}

static OgStatus end_label(Reader *reader, OgError *err) {
  const OgText text = og_text_trimmed(og_text_of(&reader->label));
  const OgText kind = og_text_of(&reader->kind);
  reader->in_text = false;
  if (text.size == 0 || reader->holder == NOTHING || reader->holder == MODIFIER) {
    return OG_OK;
  }
  if (reader->holder == MODIFIER_CLASS) {
    return keep_rubric(reader, RUBRICS, text, err);
  }
  if (og_text_is(kind, kinds[PREFERRED].name)) {
    OG_TRY(keep_rubric(reader, NAMES, text, err));
  }
  return emit_rubric(reader, kind, words(reader, text), err);
}

static OgStatus end_title(Reader *reader, OgError *err) {
  const OgText text = og_text_trimmed(og_text_of(&reader->label));
  reader->in_text = false;
  memcpy(reader->language, reader->default_language, LANGUAGE_SIZE);
  return text.size > 0 ? og_emit(reader->sink, scheme_of(reader), OG_NS_DCTERMS "title",
                                 words(reader, text), err)
                       : OG_OK;
}

/* ---- at the end: hierarchy and references ---------------------------------------------------- */

static void note_unknown(Reader *reader, OgText code) {
  if (reader->unknown++ == 0) {
    snprintf(reader->first_unknown, sizeof reader->first_unknown, "%.*s", og_text_shown(code),
             code.data);
  }
}

static int by_owner_and_a(const void *a, const void *b) {
  const Row *x = a;
  const Row *y = b;
  return x->owner != y->owner ? compare(x->owner, y->owner) : compare(x->a, y->a);
}

/* Each pair once: most are said from both sides. */
static OgStatus emit_hierarchy(Reader *reader, OgError *err) {
  size_t count;
  const Row *rows = table_rows(reader, PARENTS, &count);
  for (size_t i = 0; i < count; i++) {
    const Row *row = &rows[i];
    if (i > 0 && by_owner_and_a(&row[-1], row) == 0) {
      continue;
    }
    if (!is_class(reader, row->owner) || !is_class(reader, row->a)) {
      note_unknown(reader, text_of(reader, is_class(reader, row->owner) ? row->a : row->owner));
      continue;
    }
    OG_TRY(class_iri(reader, text_of(reader, row->owner), &reader->iri, err));
    OG_TRY(class_iri(reader, text_of(reader, row->a), &reader->object, err));
    OG_TRY(emit(reader, SKOS("broader"), og_iri_term(og_text_of(&reader->object)), err));
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
static uint32_t find_cited(const Reader *reader, OgText code) {
  uint32_t number = og_intern_find(reader->texts, code.data, code.size);
  size_t mark;
  while ((number == OG_INTERN_NONE || !is_class(reader, number)) && ends_with_mark(code, &mark)) {
    code.size -= mark;
    number = og_intern_find(reader->texts, code.data, code.size);
  }
  return number != OG_INTERN_NONE && is_class(reader, number) ? number : OG_INTERN_NONE;
}

static OgStatus emit_references(Reader *reader, OgError *err) {
  size_t count;
  const Row *rows = table_rows(reader, REFERENCES, &count);
  for (size_t i = 0; i < count; i++) {
    const OgText code = text_of(reader, rows[i].b);
    const uint32_t cited = find_cited(reader, code);
    if (cited == OG_INTERN_NONE) {
      note_unknown(reader, code);
      continue;
    }
    OG_TRY(class_iri(reader, text_of(reader, rows[i].owner), &reader->iri, err));
    OG_TRY(emit_relation(reader, (Relation)rows[i].a, text_of(reader, cited), err));
  }
  return OG_OK;
}

/* ---- at the end: modifiers ------------------------------------------------------------------- */

enum { MAX_ANCESTORS = 256 };

/* The modifiers of a class, in the order in which their codes are appended. */
typedef struct Modifiers {
  const Row *applied[MAX_MODIFIERS]; /* rows of MODIFIED */
  size_t count;
  uint32_t excluded[MAX_MODIFIERS];
  size_t excluded_count;
  const Row *chosen[MAX_MODIFIERS]; /* rows of MEMBERS, while codes are made */
} Modifiers;

static bool is_excluded(const Modifiers *modifiers, uint32_t modifier) {
  for (size_t i = 0; i < modifiers->excluded_count; i++) {
    if (modifiers->excluded[i] == modifier) {
      return true;
    }
  }
  for (size_t i = 0; i < modifiers->count; i++) {
    if (modifiers->applied[i]->a == modifier) {
      return true; /* a nearer class has it already */
    }
  }
  return false;
}

/* Behind those that stand before it by their position. */
static void insert_modifier(Modifiers *modifiers, const Row *row) {
  size_t at = modifiers->count++;
  while (at > 0 && row->b > 0 && modifiers->applied[at - 1]->b > row->b) {
    modifiers->applied[at] = modifiers->applied[at - 1];
    at--;
  }
  modifiers->applied[at] = row;
}

static void take_modifiers(const Reader *reader, uint32_t class, Modifiers *modifiers) {
  size_t count;
  const Row *rows = rows_of(reader, MODIFIED, class, &count);
  for (size_t i = 0; i < count && modifiers->count < MAX_MODIFIERS; i++) {
    size_t members;
    rows_of(reader, MEMBERS, rows[i].a, &members);
    if (members > 0 && !is_excluded(modifiers, rows[i].a)) {
      insert_modifier(modifiers, &rows[i]);
    }
  }
  rows = rows_of(reader, EXCLUDED, class, &count);
  for (size_t i = 0; i < count && modifiers->excluded_count < MAX_MODIFIERS; i++) {
    modifiers->excluded[modifiers->excluded_count++] = rows[i].a;
  }
}

/* Of the class and its ancestors, the nearest first. */
static void find_modifiers(const Reader *reader, uint32_t class, Modifiers *modifiers) {
  uint32_t queue[MAX_ANCESTORS] = {class};
  size_t queued = 1;
  for (size_t at = 0; at < queued; at++) {
    take_modifiers(reader, queue[at], modifiers);
    size_t count;
    const Row *parents = rows_of(reader, PARENTS, queue[at], &count);
    for (size_t i = 0; i < count; i++) {
      size_t seen = 0;
      while (seen < queued && queue[seen] != parents[i].a) {
        seen++;
      }
      if (seen == queued && queued < MAX_ANCESTORS) {
        queue[queued++] = parents[i].a;
      }
    }
  }
}

static bool may_follow(const Reader *reader, const Modifiers *modifiers, size_t level,
                       const Row *member) {
  const uint32_t valid = modifiers->applied[level]->c;
  size_t count;
  rows_of(reader, VALID, valid, &count);
  if (count > 0 && !has_row(reader, VALID, valid, member->a)) {
    return false;
  }
  const Row *barred = rows_of(reader, BARRED, member->b, &count);
  for (size_t i = 0; i < count; i++) {
    for (size_t k = 0; k < level; k++) {
      if (barred[i].a == modifiers->applied[k]->a && barred[i].b == modifiers->chosen[k]->a) {
        return false;
      }
    }
  }
  return true;
}

/* The preferred label of a member in a language; size 0 when it has none. */
static OgText member_name(const Reader *reader, const Row *member, uint32_t language, bool any) {
  size_t count;
  const Row *rows = rows_of(reader, RUBRICS, member->b, &count);
  for (size_t i = 0; i < count; i++) {
    if (og_text_is(text_of(reader, rows[i].a), kinds[PREFERRED].name) &&
        (any || rows[i].b == language)) {
      return text_of(reader, rows[i].c);
    }
  }
  return (OgText){NULL, 0};
}

/* "Diabetes: With coma" in the label; *complete when every part has a name in the language. */
static OgStatus join_names(Reader *reader, const Row *name, const Modifiers *modifiers,
                           size_t levels, bool any, bool *complete, OgError *err) {
  *complete = true;
  OG_TRY(og_buffer_set(&reader->label, text_of(reader, name->b), err));
  for (size_t level = 0; level < levels; level++) {
    const OgText part = member_name(reader, modifiers->chosen[level], name->a, any);
    *complete = *complete && part.size > 0;
    OG_TRY(og_buffer_text(&reader->label, part.size > 0 ? ": " : "", err));
    OG_TRY(og_buffer_append(&reader->label, part.data, part.size, err));
  }
  return OG_OK;
}

/* In each language that all parts have a name in; if there is none, the first of each. */
static OgStatus emit_names(Reader *reader, uint32_t class, const Modifiers *modifiers,
                           size_t levels, OgError *err) {
  size_t count;
  const Row *names = rows_of(reader, NAMES, class, &count);
  bool named = false;
  for (size_t i = 0; i < 2 * count && (i < count || !named); i++) {
    const bool any = i >= count;
    const Row *name = &names[i % count];
    bool complete;
    OG_TRY(join_names(reader, name, modifiers, levels, any, &complete, err));
    if (complete || any) {
      named = true;
      OG_TRY(emit(reader, kinds[PREFERRED].property,
                  og_words_term(og_text_of(&reader->label), text_of(reader, name->a)), err));
    }
  }
  return OG_OK;
}

/* What else is said of the last modifier class is said of the code that it makes. */
static OgStatus emit_rubrics(Reader *reader, const Row *member, OgError *err) {
  size_t count;
  const Row *rows = rows_of(reader, RUBRICS, member->b, &count);
  for (size_t i = 0; i < count; i++) {
    const OgText kind = text_of(reader, rows[i].a);
    if (!og_text_is(kind, kinds[PREFERRED].name)) {
      const OgTerm text = og_words_term(text_of(reader, rows[i].c), text_of(reader, rows[i].b));
      OG_TRY(emit_rubric(reader, kind, text, err));
    }
  }
  return OG_OK;
}

/* The class that the code in reader->code names, below the one that its first `parent` bytes name.
 */
static OgStatus emit_expanded(Reader *reader, uint32_t class, const Modifiers *modifiers,
                              size_t level, size_t parent, OgError *err) {
  const OgText code = og_text_of(&reader->code);
  if (++reader->expanded > OG_CLAML_MAX_EXPANDED) {
    return og_xml_fault(reader->xml, err, "modifiers make over %d codes, the limit",
                        OG_CLAML_MAX_EXPANDED);
  }
  OG_TRY(emit_class(reader, code, err));
  OG_TRY(class_iri(reader, (OgText){code.data, parent}, &reader->object, err));
  OG_TRY(emit(reader, SKOS("broader"), og_iri_term(og_text_of(&reader->object)), err));
  OG_TRY(emit(reader, CLAML("kind"), og_literal_term(OG_TEXT("modified")), err));
  OG_TRY(emit_names(reader, class, modifiers, level + 1, err));
  return emit_rubrics(reader, modifiers->chosen[level], err);
}

/* All codes that begin with the one in reader->code, from this modifier on. At most MAX_MODIFIERS
 * deep. */
static OgStatus expand(Reader *reader, uint32_t class, Modifiers *modifiers, size_t level,
                       OgError *err) {
  if (level == modifiers->count) {
    return OG_OK;
  }
  size_t count;
  const Row *members = rows_of(reader, MEMBERS, modifiers->applied[level]->a, &count);
  const size_t size = reader->code.size;
  for (size_t i = 0; i < count; i++) {
    if (!may_follow(reader, modifiers, level, &members[i])) {
      continue;
    }
    const OgText suffix = text_of(reader, members[i].a);
    reader->code.size = size;
    OG_TRY(og_buffer_append(&reader->code, suffix.data, suffix.size, err));
    const uint32_t known = og_intern_find(reader->texts, reader->code.data, reader->code.size);
    if (known != OG_INTERN_NONE && is_class(reader, known)) {
      continue; /* it is spelt out */
    }
    modifiers->chosen[level] = &members[i];
    OG_TRY(emit_expanded(reader, class, modifiers, level, size, err));
    OG_TRY(expand(reader, class, modifiers, level + 1, err));
  }
  reader->code.size = size;
  return OG_OK;
}

static OgStatus expand_all(Reader *reader, OgError *err) {
  size_t count;
  const Row *rows = table_rows(reader, CLASSES, &count);
  for (size_t i = 0; i < count; i++) {
    size_t children;
    rows_of(reader, CHILDREN, rows[i].owner, &children);
    if (children > 0 || (i > 0 && rows[i - 1].owner == rows[i].owner)) {
      continue;
    }
    Modifiers modifiers = {0};
    find_modifiers(reader, rows[i].owner, &modifiers);
    OG_TRY(og_buffer_set(&reader->code, text_of(reader, rows[i].owner), err));
    OG_TRY(expand(reader, rows[i].owner, &modifiers, 0, err));
  }
  return OG_OK;
}

static OgStatus warn_of_modifiers(const Reader *reader, OgError *err) {
  size_t count;
  size_t unknown = 0;
  size_t first = 0;
  const Row *rows = table_rows(reader, MODIFIED, &count);
  for (size_t i = 0; i < count; i++) {
    size_t members;
    rows_of(reader, MEMBERS, rows[i].a, &members);
    first = members == 0 && unknown == 0 ? i : first;
    unknown += members == 0;
  }
  if (unknown == 0) {
    return OG_OK;
  }
  const OgText name = text_of(reader, rows[first].a);
  return og_emit_warning(reader->sink, err, "modifier without classes",
                         "%zu times a class is modified by what has no ModifierClass; the first is "
                         "%.*s",
                         unknown, og_text_shown(name), name.data);
}

static OgStatus finish(Reader *reader, OgError *err) {
  sort_tables(reader);
  OgBuffer *parents = &reader->tables[PARENTS];
  if (parents->size > 0) {
    qsort(parents->data, parents->size / sizeof(Row), sizeof(Row), by_owner_and_a);
  }
  OG_TRY(emit_hierarchy(reader, err));
  OG_TRY(emit_references(reader, err));
  if (reader->unknown > 0) {
    OG_TRY(og_emit_warning(reader->sink, err, "code without a class",
                           "%zu codes that are referred to have no class in the file; the first "
                           "is %s",
                           reader->unknown, reader->first_unknown));
  }
  OG_TRY(warn_of_modifiers(reader, err));
  return expand_all(reader, err);
}

/* ---- the document ---------------------------------------------------------------------------- */

/* By local name: the format has no namespace, and some editions give it one. */
static const struct {
  const char *local;
  OgStatus (*start)(Reader *reader, const OgXmlElement *element, OgError *err);
  OgStatus (*end)(Reader *reader, OgError *err); /* may be NULL */
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
static OgStatus skip(Reader *reader, const OgXmlElement *element, OgError *err) {
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
  Reader *reader = data;
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
  Reader *reader = data;
  if (reader->skipping > 0) {
    reader->skipping--;
    return OG_OK;
  }
  const size_t row = (unsigned char)reader->path.data[--reader->path.size];
  return elements[row].end ? elements[row].end(reader, err) : OG_OK;
}

static OgStatus on_text(void *data, OgXml *xml, OgText text, OgError *err) {
  Reader *reader = data;
  OgBuffer *buffer = reader->in_reference ? &reader->cited : &reader->label;
  if (!reader->in_text || reader->skipping > 0) {
    return OG_OK;
  }
  if (buffer->size + text.size > MAX_TEXT) {
    return og_xml_fault(xml, err, "a text is longer than %d bytes, the limit", MAX_TEXT);
  }
  return og_buffer_words(buffer, text, err);
}

static void clear(Reader *reader) {
  OgBuffer *const buffers[] = {&reader->path,  &reader->space, &reader->iri,  &reader->object,
                               &reader->label, &reader->cited, &reader->code, &reader->kind};
  for (size_t i = 0; i < OG_COUNT(buffers); i++) {
    og_buffer_clear(buffers[i]);
  }
  for (int table = 0; table < TABLES; table++) {
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
  Reader reader = {
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
