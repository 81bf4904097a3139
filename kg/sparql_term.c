#include "kg/sparql_term.h"

#include "core/memory.h"
#include "core/vocab.h"

#include <inttypes.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

#define XSD(name)                                                                                  \
  { OG_NS_XSD name, sizeof(OG_NS_XSD name) - 1 }

const OgText og_datatypes[OG_TYPE_COUNT] = {
    [OG_TYPE_STRING] = XSD("string"),
    [OG_TYPE_LANG_STRING] = {OG_NS_RDF "langString", sizeof(OG_NS_RDF "langString") - 1},
    [OG_TYPE_BOOLEAN] = XSD("boolean"),
    [OG_TYPE_DATE_TIME] = XSD("dateTime"),
    [OG_TYPE_DATE] = XSD("date"),
    [OG_TYPE_DURATION] = XSD("dayTimeDuration"),
    [OG_TYPE_DECIMAL] = XSD("decimal"),
    [OG_TYPE_FLOAT] = XSD("float"),
    [OG_TYPE_DOUBLE] = XSD("double"),
    [OG_TYPE_INTEGER] = XSD("integer"),
    [OG_TYPE_LONG] = XSD("long"),
    [OG_TYPE_INT] = XSD("int"),
    [OG_TYPE_SHORT] = XSD("short"),
    [OG_TYPE_BYTE] = XSD("byte"),
    [OG_TYPE_NON_NEGATIVE_INTEGER] = XSD("nonNegativeInteger"),
    [OG_TYPE_POSITIVE_INTEGER] = XSD("positiveInteger"),
    [OG_TYPE_NON_POSITIVE_INTEGER] = XSD("nonPositiveInteger"),
    [OG_TYPE_NEGATIVE_INTEGER] = XSD("negativeInteger"),
    [OG_TYPE_UNSIGNED_LONG] = XSD("unsignedLong"),
    [OG_TYPE_UNSIGNED_INT] = XSD("unsignedInt"),
    [OG_TYPE_UNSIGNED_SHORT] = XSD("unsignedShort"),
    [OG_TYPE_UNSIGNED_BYTE] = XSD("unsignedByte"),
};

enum { KNOWN_TYPE = 0x80 };

/* A datatype of the graph: its id, what it is, and its IRI. */
typedef struct OgKnownDatatype {
  int64_t id;
  OgDatatype type;
  OgText iri;
} OgKnownDatatype;

typedef enum Sql { READ_TERM, FIND_TERM, SOURCES, SQL_COUNT } Sql;

static const char *const sql[SQL_COUNT] = {
    [READ_TERM] = "SELECT kind, text, datatype, language FROM term WHERE id = ?1",
    [FIND_TERM] = ("SELECT id FROM term WHERE hash = ?1 AND kind = ?2 AND text = ?3 "
                   "AND datatype IS ?4 AND language IS ?5"),
    [SOURCES] = "SELECT id, iri FROM source ORDER BY id",
};

static const OgSqlTable table = {sql, SQL_COUNT};

bool og_text_equal(OgText a, OgText b) {
  return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

OgDatatype og_datatype_find(OgText iri) {
  for (int k = OG_TYPE_STRING; k < OG_TYPE_COUNT; k++) {
    if (og_text_equal(og_datatypes[k], iri)) {
      return (OgDatatype)k;
    }
  }
  return OG_TYPE_OTHER;
}

OgTypedTerm og_term_with_type(const OgTerm *term) {
  OgTypedTerm typed = {*term, OG_TYPE_NONE};
  if (term->kind == OG_LITERAL) {
    typed.type = term->language.size > 0   ? OG_TYPE_LANG_STRING
                 : term->datatype.size > 0 ? og_datatype_find(term->datatype)
                                           : OG_TYPE_STRING;
    if (typed.type == OG_TYPE_STRING) {
      typed.term.datatype = (OgText){NULL, 0};
    }
  }
  return typed;
}

OgTypedTerm og_typed_literal(OgText lexical, OgDatatype type) {
  const OgText datatype = type == OG_TYPE_STRING ? (OgText){NULL, 0} : og_datatypes[type];
  return (OgTypedTerm){{.kind = OG_LITERAL, .text = lexical, .datatype = datatype}, type};
}

/* ---- Blobs ---- */

static OgStatus append_pair(OgBuffer *blob, char mark, OgText a, OgText b, OgError *err) {
  OG_TRY(og_buffer_append(blob, &mark, 1, err));
  OG_TRY(og_buffer_append(blob, a.data, a.size, err));
  OG_TRY(og_buffer_append(blob, "", 1, err));
  return og_buffer_append(blob, b.data, b.size, err);
}

OgStatus og_term_encode(const OgTypedTerm *typed, OgBuffer *blob, OgError *err) {
  const OgTerm *term = &typed->term;
  og_buffer_reset(blob);
  if (typed->type == OG_TYPE_LANG_STRING && term->language.size > 0) {
    return append_pair(blob, 'L', term->language, term->text, err);
  }
  if (typed->type == OG_TYPE_OTHER) {
    return append_pair(blob, 'T', term->datatype, term->text, err);
  }
  const char mark = term->kind == OG_IRI            ? 'I'
                    : term->kind == OG_BLANK        ? 'B'
                    : typed->type == OG_TYPE_STRING ? 'S'
                                                    : (char)(KNOWN_TYPE + (int)typed->type);
  OG_TRY(og_buffer_append(blob, &mark, 1, err));
  return og_buffer_append(blob, term->text.data, term->text.size, err);
}

static bool decode_pair(OgText rest, OgText *a, OgText *b) {
  const char *zero = memchr(rest.data, 0, rest.size);
  if (!zero) {
    return false;
  }
  *a = (OgText){rest.data, (size_t)(zero - rest.data)};
  *b = (OgText){zero + 1, rest.size - a->size - 1};
  return true;
}

bool og_term_decode(const void *blob, size_t size, OgTypedTerm *typed) {
  if (size == 0) {
    return false;
  }
  const unsigned char mark = *(const unsigned char *)blob;
  const OgText rest = {(const char *)blob + 1, size - 1};
  *typed = (OgTypedTerm){{.kind = OG_LITERAL, .text = rest}, OG_TYPE_NONE};
  switch (mark) {
  case 'I':
    typed->term.kind = OG_IRI;
    return true;
  case 'B':
    typed->term.kind = OG_BLANK;
    return true;
  case 'S':
    typed->type = OG_TYPE_STRING;
    return true;
  case 'L':
    typed->type = OG_TYPE_LANG_STRING;
    return decode_pair(rest, &typed->term.language, &typed->term.text);
  case 'T':
    typed->type = OG_TYPE_OTHER;
    return decode_pair(rest, &typed->term.datatype, &typed->term.text);
  default:
    break;
  }
  if (mark < KNOWN_TYPE || mark >= KNOWN_TYPE + OG_TYPE_COUNT) {
    return false;
  }
  *typed = og_typed_literal(rest, (OgDatatype)(mark - KNOWN_TYPE));
  return true;
}

/* ---- Terms of the graph ---- */

void og_term_reader_init(OgTermReader *reader, OgStore *store) {
  *reader = (OgTermReader){.store = store};
}

void og_term_reader_reset(OgTermReader *reader) {
  og_arena_reset(&reader->arena);
  reader->sources = NULL;
  reader->known = NULL;
  reader->known_count = 0;
  reader->known_capacity = 0;
}

void og_term_reader_clear(OgTermReader *reader) {
  og_arena_clear(&reader->arena);
  og_kept_clear(&reader->iris);
  og_term_reader_init(reader, reader->store);
}

static OgStatus add_source(OgArena *arena, sqlite3_stmt *row, OgSourceList *sources, OgError *err) {
  int64_t *ids =
      og_arena_grow(arena, sources->ids, sources->count, &sources->id_capacity, sizeof *ids);
  OgText *iris =
      og_arena_grow(arena, sources->iris, sources->count, &sources->iri_capacity, sizeof *iris);
  const size_t size = (size_t)sqlite3_column_bytes(row, 1);
  const char *iri = og_arena_copy(arena, (const char *)sqlite3_column_text(row, 1), size);
  if (!ids || !iris || !iri) {
    return og_error_no_memory(err);
  }
  ids[sources->count] = sqlite3_column_int64(row, 0);
  iris[sources->count++] = (OgText){iri, size};
  sources->ids = ids;
  sources->iris = iris;
  return OG_OK;
}

OgStatus og_term_sources(OgTermReader *reader, const OgSourceList **sources, OgError *err) {
  sqlite3_stmt *row;
  OgStatus status = OG_OK;
  int code;
  if (reader->sources) {
    *sources = reader->sources;
    return OG_OK;
  }
  OgSourceList *list = og_arena_alloc(&reader->arena, 1, sizeof *list);
  if (!list) {
    return og_error_no_memory(err);
  }
  OG_TRY(og_store_statement(reader->store, &table, SOURCES, &row, err));
  while (status == OG_OK && (code = sqlite3_step(row)) == SQLITE_ROW) {
    status = add_source(&reader->arena, row, list, err);
  }
  if (status == OG_OK && code != SQLITE_DONE) {
    status = og_store_fault(reader->store, "read", err);
  }
  sqlite3_reset(row);
  OG_TRY(status);
  *sources = reader->sources = list;
  return OG_OK;
}

OgStatus og_term_missing(const OgTermReader *reader, int64_t id, OgError *err) {
  return og_error_set(err, OG_BAD_STORE,
                      "%s lacks the term %lld that its statements mention: the file is damaged, "
                      "take a copy from before or import the sources into a new graph",
                      og_store_path(reader->store), (long long)id);
}

static OgStatus copy_text(OgArena *arena, OgText *text, OgError *err) {
  if (text->size > 0) {
    const char *copy = og_arena_copy(arena, text->data, text->size);
    if (!copy) {
      return og_error_no_memory(err);
    }
    text->data = copy;
  }
  return OG_OK;
}

/* Read the row of one id into the arena; *datatype is the id of its datatype, or 0. */
static OgStatus read_row(OgTermReader *reader, int64_t id, OgArena *arena, OgTerm *term,
                         int64_t *datatype, OgError *err) {
  sqlite3_stmt *row;
  OgStatus status;
  OG_TRY(og_store_statement(reader->store, &table, READ_TERM, &row, err));
  sqlite3_bind_int64(row, 1, id);
  const int code = sqlite3_step(row);
  if (code != SQLITE_ROW) {
    status = code == SQLITE_DONE ? og_term_missing(reader, id, err)
                                 : og_store_fault(reader->store, "read", err);
    sqlite3_reset(row);
    return status;
  }
  *term = (OgTerm){.kind = (OgTermKind)sqlite3_column_int(row, 0)};
  term->text.data = (const char *)sqlite3_column_text(row, 1);
  term->text.size = (size_t)sqlite3_column_bytes(row, 1);
  term->language.data = (const char *)sqlite3_column_text(row, 3);
  term->language.size = (size_t)sqlite3_column_bytes(row, 3);
  *datatype = sqlite3_column_int64(row, 2);
  status = copy_text(arena, &term->text, err);
  if (status == OG_OK) {
    status = copy_text(arena, &term->language, err);
  }
  sqlite3_reset(row);
  return status;
}

/* The row of a datatype's id. */
static OgStatus know(OgTermReader *reader, int64_t id, const OgKnownDatatype **known,
                     OgError *err) {
  for (size_t k = 0; k < reader->known_count; k++) {
    if (reader->known[k].id == id) {
      *known = &reader->known[k];
      return OG_OK;
    }
  }
  OgTerm term;
  int64_t none;
  OG_TRY(read_row(reader, id, &reader->arena, &term, &none, err));
  OgKnownDatatype *rows = og_arena_grow(&reader->arena, reader->known, reader->known_count,
                                        &reader->known_capacity, sizeof *rows);
  if (!rows) {
    return og_error_no_memory(err);
  }
  reader->known = rows;
  *known = &rows[reader->known_count];
  rows[reader->known_count++] = (OgKnownDatatype){id, og_datatype_find(term.text), term.text};
  return OG_OK;
}

static OgStatus set_type(OgTermReader *reader, OgTypedTerm *typed, int64_t datatype, OgError *err) {
  typed->type = OG_TYPE_NONE;
  if (typed->term.kind != OG_LITERAL) {
    return OG_OK;
  }
  typed->type = typed->term.language.size > 0 ? OG_TYPE_LANG_STRING : OG_TYPE_STRING;
  if (datatype != 0) {
    const OgKnownDatatype *known;
    OG_TRY(know(reader, datatype, &known, err));
    typed->type = known->type;
    typed->term.datatype = known->type == OG_TYPE_STRING ? (OgText){NULL, 0} : known->iri;
  }
  return OG_OK;
}

OgStatus og_term_read(OgTermReader *reader, int64_t id, OgArena *arena, OgTypedTerm *typed,
                      OgError *err) {
  int64_t datatype = 0;
  OG_TRY(read_row(reader, id, arena, &typed->term, &datatype, err));
  return set_type(reader, typed, datatype, err);
}

OgStatus og_term_name_blank(int64_t id, OgArena *arena, OgTerm *term, OgError *err) {
  char label[24];
  char *at = label + sizeof label;
  uint64_t rest = (uint64_t)id;
  do {
    *--at = (char)('0' + rest % 10);
  } while (rest /= 10);
  *--at = 'b';
  const size_t size = (size_t)(label + sizeof label - at);
  term->text = (OgText){og_arena_copy(arena, at, size), size};
  return term->text.data ? OG_OK : og_error_no_memory(err);
}

/* One thread has the handle, so a column's value may be looked at itself: that takes a third of
 * what sqlite3_column_… takes, and there are many. */
OgStatus og_term_column(OgTermReader *reader, sqlite3_stmt *row, int column, OgTypedTerm *typed,
                        int64_t *id, OgError *err) {
  enum { KINDS = 4 };
  sqlite3_value *text = sqlite3_column_value(row, column);
  sqlite3_value *about = sqlite3_column_value(row, column + 1);
  const int type = sqlite3_value_type(about);
  const int64_t class = type == SQLITE_INTEGER ? sqlite3_value_int64(about) : 0;
  OgTerm *term = &typed->term;
  *typed = (OgTypedTerm){{.kind = OG_LITERAL}, OG_TYPE_NONE};
  *id = 0;
  if (type == SQLITE_NULL) {
    term->kind = (OgTermKind)0;
    return OG_OK;
  }
  term->text.data = (const char *)sqlite3_value_text(text);
  term->text.size = (size_t)sqlite3_value_bytes(text);
  if (type == SQLITE_TEXT) {
    term->language.data = (const char *)sqlite3_value_text(about);
    term->language.size = (size_t)sqlite3_value_bytes(about);
  } else if (class < 0) {
    term->kind = (OgTermKind)(KINDS + class % KINDS);
    *id = term->kind == OG_BLANK ? -((class - OG_BLANK) / KINDS) : 0;
  }
  return set_type(reader, typed, class > 0 ? class : 0, err);
}

static OgStatus find(OgTermReader *reader, const OgTerm *term, int64_t datatype, int64_t *id,
                     OgError *err) {
  sqlite3_stmt *row;
  OG_TRY(og_store_statement(reader->store, &table, FIND_TERM, &row, err));
  const char *text = term->text.size > 0 ? term->text.data : "";
  sqlite3_bind_int64(row, 1, og_term_hash(text, term->text.size));
  sqlite3_bind_int(row, 2, (int)term->kind);
  sqlite3_bind_text64(row, 3, text, term->text.size, SQLITE_STATIC, SQLITE_UTF8);
  if (datatype != 0) {
    sqlite3_bind_int64(row, 4, datatype);
  }
  if (term->language.size > 0) {
    sqlite3_bind_text64(row, 5, term->language.data, term->language.size, SQLITE_STATIC,
                        SQLITE_UTF8);
  }
  const int code = sqlite3_step(row);
  *id = code == SQLITE_ROW ? sqlite3_column_int64(row, 0) : 0;
  const OgStatus status = code == SQLITE_ROW || code == SQLITE_DONE
                              ? OG_OK
                              : og_store_fault(reader->store, "read", err);
  sqlite3_reset(row);
  return status;
}

/* The id of a datatype that a literal of the graph may have; 0 when the graph does not have it. */
static OgStatus find_datatype(OgTermReader *reader, OgText iri, int64_t *id, OgError *err) {
  for (size_t k = 0; k < reader->known_count; k++) {
    if (og_text_equal(reader->known[k].iri, iri)) {
      *id = reader->known[k].id;
      return OG_OK;
    }
  }
  const OgTerm term = {.kind = OG_IRI, .text = iri};
  const OgKnownDatatype *known;
  OG_TRY(find(reader, &term, 0, id, err));
  return *id == 0 ? OG_OK : know(reader, *id, &known, err);
}

OgStatus og_term_find(OgTermReader *reader, const OgTerm *term, int64_t *id, OgError *err) {
  int64_t datatype = 0;
  *id = 0;
  if (term->kind == OG_BLANK) {
    return OG_OK;
  }
  if (term->kind == OG_LITERAL && term->datatype.size > 0 && term->language.size == 0 &&
      !og_text_equal(term->datatype, og_datatypes[OG_TYPE_STRING])) {
    OG_TRY(find_datatype(reader, term->datatype, &datatype, err));
    if (datatype == 0) {
      return OG_OK;
    }
  }
  return find(reader, term, datatype, id, err);
}

OgStatus og_term_find_constant(OgTermReader *reader, const OgTerm *term, int64_t *id,
                               OgError *err) {
  if (term->kind != OG_IRI) {
    return og_term_find(reader, term, id, err);
  }
  const OgKeptValue *kept = og_kept_find(&reader->iris, term->text);
  OgKeptValue found = kept ? *kept : (OgKeptValue){.id = 0};
  if (!kept) {
    OG_TRY(og_term_find(reader, term, &found.id, err));
    OG_TRY(og_kept_add(&reader->iris, term->text, &found, err));
  }
  *id = found.id;
  return OG_OK;
}
