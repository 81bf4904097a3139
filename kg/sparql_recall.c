#include "kg/sparql_recall.h"

#include "core/memory.h"

#include <sqlite3.h>
#include <string.h>

/* A term that has been read; NULL: a free place. */
typedef struct OgRecalled {
  int64_t id;
  const OgTypedTerm *term;
} OgRecalled;

typedef enum Sql { READ_WANTED, SQL_COUNT } Sql;

static const char *const sql[SQL_COUNT] = {
    [READ_WANTED] = "SELECT t.text, " OG_TERM_CLASS("t") " FROM og_wanted w "
                                                         "CROSS JOIN term t ON t.id = w.id",
};
static const OgSqlTable table = {sql, SQL_COUNT};

/* ---- The table og_wanted ---- */

typedef struct Wanted {
  sqlite3_vtab base; /* first */
  OgTermRecall *recall;
} Wanted;

typedef struct WantedCursor {
  sqlite3_vtab_cursor base; /* first */
  int64_t id;               /* 0: nothing is wanted, the end */
} WantedCursor;

static int wanted_connect(sqlite3 *db, void *recall, int count, const char *const *arguments,
                          sqlite3_vtab **made, char **message) {
  (void)count;
  (void)arguments;
  (void)message;
  const int code = sqlite3_declare_vtab(db, "CREATE TABLE og_wanted(id INTEGER)");
  Wanted *wanted = code == SQLITE_OK ? OG_NEW(Wanted) : NULL;
  if (!wanted) {
    return code == SQLITE_OK ? SQLITE_NOMEM : code;
  }
  wanted->recall = recall;
  *made = &wanted->base;
  return sqlite3_vtab_config(db, SQLITE_VTAB_DIRECTONLY);
}

static int wanted_disconnect(sqlite3_vtab *base) {
  og_free(base);
  return SQLITE_OK;
}

static int wanted_plan(sqlite3_vtab *base, sqlite3_index_info *plan) {
  (void)base;
  plan->estimatedCost = 1;
  plan->estimatedRows = 1;
  return SQLITE_OK;
}

static int wanted_open(sqlite3_vtab *base, sqlite3_vtab_cursor **opened) {
  (void)base;
  WantedCursor *cursor = OG_NEW(WantedCursor);
  if (!cursor) {
    return SQLITE_NOMEM;
  }
  *opened = &cursor->base;
  return SQLITE_OK;
}

static int wanted_close(sqlite3_vtab_cursor *base) {
  og_free(base);
  return SQLITE_OK;
}

static int wanted_next(sqlite3_vtab_cursor *base) {
  OgTermRecall *recall = ((Wanted *)base->pVtab)->recall;
  ((WantedCursor *)base)->id = recall->wanted;
  recall->wanted = 0;
  return SQLITE_OK;
}

static int wanted_filter(sqlite3_vtab_cursor *base, int plan, const char *text, int count,
                         sqlite3_value **values) {
  (void)plan;
  (void)text;
  (void)count;
  (void)values;
  return wanted_next(base);
}

static int wanted_eof(sqlite3_vtab_cursor *base) {
  return ((WantedCursor *)base)->id == 0;
}

static int wanted_column(sqlite3_vtab_cursor *base, sqlite3_context *context, int column) {
  (void)column;
  sqlite3_result_int64(context, ((WantedCursor *)base)->id);
  return SQLITE_OK;
}

static int wanted_rowid(sqlite3_vtab_cursor *base, sqlite3_int64 *rowid) {
  *rowid = ((WantedCursor *)base)->id;
  return SQLITE_OK;
}

const sqlite3_module og_wanted_module = {
    .xConnect = wanted_connect, /* without xCreate the table is there by its name alone */
    .xBestIndex = wanted_plan,
    .xDisconnect = wanted_disconnect,
    .xOpen = wanted_open,
    .xClose = wanted_close,
    .xFilter = wanted_filter,
    .xNext = wanted_next,
    .xEof = wanted_eof,
    .xColumn = wanted_column,
    .xRowid = wanted_rowid,
};

/* ---- Reading ---- */

/* A copy of a term and its texts in one block; datatypes live as long as the reader. */
static OgStatus keep(OgTermRecall *recall, const OgTypedTerm *term, const OgTypedTerm **kept,
                     OgError *err) {
  const OgText text = term->term.text;
  const OgText language = term->term.language;
  OgTypedTerm *copy =
      og_arena_alloc(&recall->texts, 1, sizeof *copy + text.size + language.size + 2);
  if (!copy) {
    return og_error_no_memory(err);
  }
  char *bytes = (char *)(copy + 1);
  *copy = *term;
  copy->term.text.data = bytes;
  memcpy(bytes, text.data, text.size);
  if (language.size > 0) {
    copy->term.language.data = bytes + text.size + 1;
    memcpy(bytes + text.size + 1, language.data, language.size);
  }
  *kept = copy;
  return OG_OK;
}

/* The row that the statement is at. */
static OgStatus read_row(OgTermRecall *recall, const OgTypedTerm **term, OgError *err) {
  OgTypedTerm read;
  int64_t blank;
  OG_TRY(og_term_column(recall->reader, recall->rows, 0, &read, &blank, err));
  if (blank) {
    OG_TRY(og_term_name_blank(blank, &recall->texts, &read.term, err));
  }
  return keep(recall, &read, term, err);
}

static OgStatus look_up(OgTermRecall *recall, int64_t id, const OgTypedTerm **term, OgError *err) {
  OgStore *store = recall->reader->store;
  if (!recall->rows) {
    OG_TRY(og_store_statement(store, &table, READ_WANTED, &recall->rows, err));
  }
  recall->wanted = id;
  const int code = sqlite3_step(recall->rows);
  if (code == SQLITE_ROW) {
    return read_row(recall, term, err);
  }
  const OgStatus status = code == SQLITE_DONE        ? og_term_missing(recall->reader, id, err)
                          : code == SQLITE_INTERRUPT ? OG_CANCELLED
                                                     : og_store_fault(store, "read", err);
  sqlite3_reset(recall->rows);
  return status;
}

/* ---- Remembering ---- */

/* The place of an id, or the free one where it belongs. */
static OgRecalled *place_of(OgRecalled *places, size_t capacity, int64_t id) {
  const uint64_t golden = UINT64_C(0x9E3779B97F4A7C15); /* Fibonacci hashing: Knuth, 6.4 */
  size_t at = (size_t)((uint64_t)id * golden >> 32) & (capacity - 1);
  while (places[at].term && places[at].id != id) {
    at = (at + 1) & (capacity - 1);
  }
  return &places[at];
}

/* Room for one more: at most half of the places are taken. */
static OgStatus make_room(OgTermRecall *recall, OgError *err) {
  enum { FIRST = 128, GROWTH = 4 };
  if (2 * recall->count < recall->capacity) {
    return OG_OK;
  }
  const size_t capacity = recall->capacity ? GROWTH * recall->capacity : FIRST;
  OgRecalled *places = OG_NEW_ARRAY(OgRecalled, capacity);
  if (!places) {
    return og_error_no_memory(err);
  }
  for (size_t k = 0; k < recall->capacity; k++) {
    if (recall->places[k].term) {
      *place_of(places, capacity, recall->places[k].id) = recall->places[k];
    }
  }
  og_free(recall->places);
  recall->places = places;
  recall->capacity = capacity;
  return OG_OK;
}

OgStatus og_recall_term(OgTermRecall *recall, int64_t id, const OgTypedTerm **term, OgError *err) {
  OG_TRY(make_room(recall, err));
  OgRecalled *place = place_of(recall->places, recall->capacity, id);
  if (!place->term) {
    const OgTypedTerm *read = NULL;
    OG_TRY(look_up(recall, id, &read, err));
    *place = (OgRecalled){id, read};
    recall->count++;
  }
  *term = place->term;
  return OG_OK;
}

static void forget(OgTermRecall *recall) {
  if (recall->count > 0) {
    memset(recall->places, 0, recall->capacity * sizeof *recall->places);
  }
  recall->count = 0;
  recall->epoch++;
  og_arena_reset(&recall->texts);
}

void og_recall_trim(OgTermRecall *recall) {
  /* the terms of a few rows more fit 8192 places */
  enum { MOST_TEXTS = 1 << 20, MOST_TERMS = 4000 };
  if (recall->texts.total > MOST_TEXTS || recall->count > MOST_TERMS) {
    forget(recall);
  }
}

/* ---- Lifetime ---- */

void og_recall_init(OgTermRecall *recall, OgTermReader *reader) {
  *recall = (OgTermRecall){.reader = reader};
}

void og_recall_stop(OgTermRecall *recall) {
  if (recall->rows) {
    sqlite3_reset(recall->rows);
    recall->rows = NULL;
  }
  forget(recall);
}

void og_recall_clear(OgTermRecall *recall) {
  og_arena_clear(&recall->texts);
  og_free(recall->places);
  og_recall_init(recall, recall->reader);
}
