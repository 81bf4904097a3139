#include "ingest/claml_reader.h"

#include <stdlib.h>
#include <string.h>

/* The first names a class. */
static const OgClamlKind kinds[] = {
    {"preferred", SKOS("prefLabel"), true, OG_CLAML_REFERS},
    {"preferredLong", SKOS("altLabel"), true, OG_CLAML_REFERS},
    {"preferredShort", SKOS("altLabel"), true, OG_CLAML_REFERS},
    {"inclusion", SKOS("altLabel"), true, OG_CLAML_INCLUDES},
    {"exclusion", CLAML("exclusion"), false, OG_CLAML_EXCLUDES},
    {"definition", SKOS("definition"), false, OG_CLAML_REFERS},
    {"note", SKOS("note"), false, OG_CLAML_REFERS},
    {"text", SKOS("note"), false, OG_CLAML_REFERS},
    {"introduction", SKOS("note"), false, OG_CLAML_REFERS},
    {"footnote", SKOS("note"), false, OG_CLAML_REFERS},
    {"coding-hint", SKOS("note"), false, OG_CLAML_REFERS},
    {"modifierlink", SKOS("note"), false, OG_CLAML_REFERS},
    {"example", SKOS("example"), false, OG_CLAML_REFERS},
};

/* ---- texts and tables ------------------------------------------------------------------------ */

OgStatus og_claml_number(OgClamlReader *reader, OgText text, uint32_t *number, OgError *err) {
  return og_intern_add(reader->texts, text.data ? text.data : "", text.size, number, NULL, err);
}

OgText og_claml_text(const OgClamlReader *reader, uint32_t number) {
  return og_interned(reader->texts, number);
}

OgStatus og_claml_add(OgClamlReader *reader, OgClamlTable table, OgClamlRow row, OgError *err) {
  OgBuffer *rows = &reader->tables[table];
  row.order = (uint32_t)(rows->size / sizeof row);
  return og_buffer_append(rows, &row, sizeof row, err);
}

const OgClamlRow *og_claml_table(const OgClamlReader *reader, OgClamlTable table, size_t *count) {
  *count = reader->tables[table].size / sizeof(OgClamlRow);
  return (const OgClamlRow *)(const void *)reader->tables[table].data;
}

static int compare(uint32_t a, uint32_t b) {
  return (a > b) - (a < b);
}

static int by_owner(const void *a, const void *b) {
  const OgClamlRow *x = a;
  const OgClamlRow *y = b;
  return x->owner != y->owner ? compare(x->owner, y->owner) : compare(x->order, y->order);
}

static int by_owner_and_a(const void *a, const void *b) {
  const OgClamlRow *x = a;
  const OgClamlRow *y = b;
  return x->owner != y->owner ? compare(x->owner, y->owner) : compare(x->a, y->a);
}

void og_claml_sort(OgClamlReader *reader) {
  for (int table = 0; table < OG_CLAML_TABLES; table++) {
    OgBuffer *rows = &reader->tables[table];
    if (rows->size > 0) {
      qsort(rows->data, rows->size / sizeof(OgClamlRow), sizeof(OgClamlRow),
            table == OG_CLAML_PARENTS ? by_owner_and_a : by_owner);
    }
  }
}

const OgClamlRow *og_claml_rows(const OgClamlReader *reader, OgClamlTable table, uint32_t owner,
                                size_t *count) {
  size_t total;
  const OgClamlRow *rows = og_claml_table(reader, table, &total);
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
  return *count > 0 ? rows + low : NULL;
}

bool og_claml_is_class(const OgClamlReader *reader, uint32_t code) {
  size_t count;
  og_claml_rows(reader, OG_CLAML_CLASSES, code, &count);
  return count > 0;
}

bool og_claml_is_code(const OgClamlReader *reader, uint32_t code) {
  size_t count;
  og_claml_rows(reader, OG_CLAML_MADE, code, &count);
  return count > 0 || og_claml_is_class(reader, code);
}

/* ---- statements ------------------------------------------------------------------------------ */

OgStatus og_claml_iri(const OgClamlReader *reader, OgText code, OgBuffer *buffer, OgError *err) {
  OG_TRY(og_buffer_set(buffer, og_text_of(&reader->space), err));
  return og_buffer_segment(buffer, code, err);
}

OgTerm og_claml_subject(const OgClamlReader *reader) {
  return og_iri_term(og_text_of(&reader->iri));
}

OgStatus og_claml_emit(const OgClamlReader *reader, const char *property, OgTerm object,
                       OgError *err) {
  return og_emit(reader->sink, og_claml_subject(reader), property, object, err);
}

OgTerm og_claml_scheme(const OgClamlReader *reader) {
  const OgText space = og_text_of(&reader->space);
  return og_iri_term((OgText){space.data, space.size - (space.data[space.size - 1] == '#')});
}

OgStatus og_claml_emit_class(OgClamlReader *reader, OgText code, OgError *err) {
  OG_TRY(og_claml_iri(reader, code, &reader->iri, err));
  OG_TRY(og_emit_type(reader->sink, og_claml_subject(reader), SKOS("Concept"), err));
  OG_TRY(og_claml_emit(reader, SKOS("notation"), og_literal_term(code), err));
  return og_claml_emit(reader, SKOS("inScheme"), og_claml_scheme(reader), err);
}

const OgClamlKind *og_claml_kind(OgText name) {
  for (size_t i = 0; i < OG_COUNT(kinds); i++) {
    if (og_text_is(name, kinds[i].name)) {
      return &kinds[i];
    }
  }
  return NULL;
}

bool og_claml_is_preferred(OgText kind) {
  return og_text_is(kind, kinds[0].name);
}

OgStatus og_claml_emit_rubric(OgClamlReader *reader, OgText name, OgTerm object, OgError *err) {
  const OgClamlKind *kind = og_claml_kind(name);
  if (kind) {
    return og_claml_emit(reader, kind->property, object, err);
  }
  OG_TRY(og_buffer_set(&reader->object, OG_TEXT(CLAML("")), err));
  OG_TRY(og_buffer_segment(&reader->object, name, err));
  return og_claml_emit(reader, reader->object.data, object, err);
}
