#include "kg/query.h"

#include "core/memory.h"

#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum {
  DEFAULT_TEXT_SIZE = 1000000,
  DEFAULT_CELL_SIZE = 64 * 1024 * 1024,
  STEPS_BETWEEN_LOOKS = 4000 /* virtual machine instructions: a fraction of a millisecond */
};

static const double seconds_between_reports = 0.2;

/* ---- What a query may do ------------------------------------------------------------------- */

/* Pragmas that only tell something. Those without an argument would be set by one. */
typedef struct Pragma {
  const char *name;
  bool argument;
} Pragma;

static const Pragma pragmas[] = {
    {"application_id", false},  {"collation_list", false}, {"compile_options", false},
    {"data_version", false},    {"database_list", false},  {"encoding", false},
    {"foreign_key_list", true}, {"freelist_count", false}, {"function_list", false},
    {"index_info", true},       {"index_list", true},      {"index_xinfo", true},
    {"module_list", false},     {"page_count", false},     {"page_size", false},
    {"pragma_list", false},     {"schema_version", false}, {"table_info", true},
    {"table_list", true},       {"table_xinfo", true},     {"user_version", false},
};

/* Functions that reach beyond the graph. */
static const char *const closed_functions[] = {"load_extension", "fts3_tokenizer", "readfile",
                                               "writefile", "edit"};

/* What SQLite calls the things that a query may not do, for the message. */
typedef struct Refusal {
  int action;
  const char *what;
} Refusal;

static const Refusal refusals[] = {
    {SQLITE_ATTACH, "opens another file"},
    {SQLITE_DETACH, "closes a file"},
    {SQLITE_INSERT, "writes"},
    {SQLITE_UPDATE, "writes"},
    {SQLITE_DELETE, "writes"},
    {SQLITE_TRANSACTION, "begins or ends a transaction"},
    {SQLITE_SAVEPOINT, "begins or ends a transaction"},
    {SQLITE_PRAGMA, "uses a pragma that changes something"},
    {SQLITE_FUNCTION, "calls a function that reaches outside the graph"},
};

typedef struct Query {
  OgStore *store;
  const OgQueryLimits *limits;
  const OgProgress *progress;
  const OgRows *rows;
  OgQuerySummary summary;
  struct timespec started;
  double reported;     /* seconds into the query */
  const char *refused; /* what the authorizer refused; NULL */
  OgStatus stopped;    /* why the progress handler ended the query; OG_OK when it did not */
  OgError *err;
} Query;

static bool is_listed(const char *name, const char *const *list, size_t count) {
  for (size_t k = 0; k < count; k++) {
    if (sqlite3_stricmp(name, list[k]) == 0) {
      return true;
    }
  }
  return false;
}

static bool is_open_pragma(const char *name, const char *argument) {
  for (size_t k = 0; k < OG_COUNT(pragmas); k++) {
    if (sqlite3_stricmp(name, pragmas[k].name) == 0) {
      return !argument || pragmas[k].argument;
    }
  }
  return false;
}

/* SQLite's authorizer: one call for each thing that a statement would do. A virtual table declares
 * its columns as an update of sqlite_master, which changes nothing; a query that did change it is
 * refused for the rest that it does, and for not being read-only. */
static int authorize(void *data, int action, const char *first, const char *second,
                     const char *database, const char *trigger) {
  (void)database;
  (void)trigger;
  Query *query = data;
  const bool allowed = action == SQLITE_SELECT || action == SQLITE_READ ||
                       action == SQLITE_RECURSIVE ||
                       (action == SQLITE_FUNCTION &&
                        !is_listed(second, closed_functions, OG_COUNT(closed_functions))) ||
                       (action == SQLITE_PRAGMA && is_open_pragma(first, second)) ||
                       (action == SQLITE_UPDATE && sqlite3_stricmp(first, "sqlite_master") == 0);
  if (allowed) {
    return SQLITE_OK;
  }
  query->refused = "changes the graph's tables";
  for (size_t k = 0; k < OG_COUNT(refusals); k++) {
    if (refusals[k].action == action) {
      query->refused = refusals[k].what;
    }
  }
  return SQLITE_DENY;
}

/* ---- Limits -------------------------------------------------------------------------------- */

static double seconds_since(const struct timespec *start) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)(now.tv_sec - start->tv_sec) + 1e-9 * (double)(now.tv_nsec - start->tv_nsec);
}

/* SQLite's progress handler: other than 0 ends the query. */
static int look_up(void *data) {
  Query *query = data;
  const double seconds = seconds_since(&query->started);
  const double most = query->limits->seconds;
  if (most > 0 && seconds > most) {
    query->stopped = og_error_set(
        query->err, OG_CANCELLED,
        "the query was given up after its limit of %g s: narrow it down, or allow more time", most);
  } else if (seconds - query->reported > seconds_between_reports) {
    query->reported = seconds;
    query->stopped = og_progress_report(query->progress, "running the query",
                                        (double)query->summary.rows, 0, "", query->err);
  }
  return query->stopped != OG_OK;
}

/* A limit of SQLite's for a query of somebody else. */
typedef struct Limit {
  int id;
  int value;
} Limit;

enum { LIMITS = 8 };

/* Put the limits on the handle; values gets those to put back. */
static void set_limits(sqlite3 *db, const OgQueryLimits *limits, Limit before[LIMITS]) {
  const size_t cell = limits->cell_size ? limits->cell_size : DEFAULT_CELL_SIZE;
  const size_t text = limits->text_size ? limits->text_size : DEFAULT_TEXT_SIZE;
  const Limit wanted[LIMITS] = {
      {SQLITE_LIMIT_LENGTH, cell < INT32_MAX ? (int)cell : INT32_MAX},
      {SQLITE_LIMIT_SQL_LENGTH, text < INT32_MAX ? (int)text : INT32_MAX},
      {SQLITE_LIMIT_EXPR_DEPTH, 500},
      {SQLITE_LIMIT_COMPOUND_SELECT, 200},
      {SQLITE_LIMIT_VDBE_OP, 1000000},
      {SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 1000},
      {SQLITE_LIMIT_ATTACHED, 0},
      {SQLITE_LIMIT_WORKER_THREADS, 0},
  };
  for (size_t k = 0; k < LIMITS; k++) {
    before[k] = (Limit){wanted[k].id, sqlite3_limit(db, wanted[k].id, wanted[k].value)};
  }
}

static void restore_limits(sqlite3 *db, const Limit before[LIMITS]) {
  for (size_t k = 0; k < LIMITS; k++) {
    sqlite3_limit(db, before[k].id, before[k].value);
  }
}

/* ---- Faults -------------------------------------------------------------------------------- */

/* Line and column (in bytes) of an offset in the text. */
static void find_place(const char *sql, int offset, long *line, long *column) {
  *line = 1;
  *column = 1;
  for (int k = 0; k < offset && sql[k]; k++) {
    if (sql[k] == '\n') {
      ++*line;
      *column = 1;
    } else {
      ++*column;
    }
  }
}

/* Names of the graph's tables and views, for whoever asked for another. */
static void list_tables(sqlite3 *db, char *names, size_t size) {
  sqlite3_stmt *statement = NULL;
  size_t used = 0;
  names[0] = '\0';
  static const char sql[] = "SELECT name FROM sqlite_schema WHERE type IN ('table', 'view')"
                            " AND name NOT GLOB 'name_fts_*' AND name NOT GLOB 'sqlite_*'"
                            " ORDER BY rowid";
  if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) == SQLITE_OK) {
    while (sqlite3_step(statement) == SQLITE_ROW && used < size) {
      used += (size_t)snprintf(names + used, size - used, "%s%s", used > 0 ? ", " : "",
                               (const char *)sqlite3_column_text(statement, 0));
    }
  }
  sqlite3_finalize(statement);
}

/* Report SQL that SQLite does not accept, with its place. */
static OgStatus bad_sql(Query *query, const char *sql, OgError *err) {
  sqlite3 *db = og_store_sqlite(query->store);
  const int offset = sqlite3_error_offset(db);
  long line = 0, column = 0;
  char message[256], hint[440] = "";
  snprintf(message, sizeof message, "%s", sqlite3_errmsg(db));
  if (offset >= 0) {
    find_place(sql, offset, &line, &column);
  }
  if (strncmp(message, "no such table", 13) == 0) {
    char names[400];
    list_tables(db, names, sizeof names);
    snprintf(hint, sizeof hint, "; there are %s", names);
  } else if (strncmp(message, "no such column", 14) == 0) {
    snprintf(hint, sizeof hint, "; PRAGMA table_info(TABLE) lists the columns of a table");
  }
  return og_error_at(err, OG_USAGE, "SQL", line, column, "%s%s", message, hint);
}

/* Say why preparing or stepping failed. */
static OgStatus fault(Query *query, const char *sql, OgError *err) {
  sqlite3 *db = og_store_sqlite(query->store);
  const int code = sqlite3_errcode(db) & 0xff;
  if (query->stopped != OG_OK) {
    return query->stopped; /* its message stands */
  }
  if (query->refused) {
    return og_error_set(err, OG_USAGE, "the query %s: only reading the graph is allowed here",
                        query->refused);
  }
  if (code == SQLITE_TOOBIG) {
    return og_error_set(err, OG_USAGE,
                        "the query, or a value that it makes, is over the limit of its size");
  }
  return code == SQLITE_ERROR || code == SQLITE_AUTH || code == SQLITE_RANGE ||
                 code == SQLITE_MISMATCH
             ? bad_sql(query, sql, err)
             : og_store_fault(query->store, "query", err);
}

/* ---- Rows ---------------------------------------------------------------------------------- */

/* The values of a row. */
static OgStatus read_row(sqlite3_stmt *statement, OgValue *values, int count, OgError *err) {
  for (int k = 0; k < count; k++) {
    OgValue *value = &values[k];
    *value = (OgValue){.kind = OG_NULL};
    switch (sqlite3_column_type(statement, k)) {
    case SQLITE_INTEGER:
      value->kind = OG_INTEGER;
      value->integer = sqlite3_column_int64(statement, k);
      break;
    case SQLITE_FLOAT:
      value->kind = OG_REAL;
      value->real = sqlite3_column_double(statement, k);
      break;
    case SQLITE_TEXT:
      value->kind = OG_STRING;
      value->bytes = (const char *)sqlite3_column_text(statement, k);
      value->size = (size_t)sqlite3_column_bytes(statement, k);
      break;
    case SQLITE_BLOB:
      value->kind = OG_BLOB;
      value->bytes = sqlite3_column_blob(statement, k); /* NULL when empty */
      value->size = (size_t)sqlite3_column_bytes(statement, k);
      break;
    default:
      break;
    }
    if (!value->bytes && (value->kind == OG_STRING || value->size > 0)) {
      return og_error_no_memory(err);
    }
  }
  return OG_OK;
}

static OgStatus send_columns(Query *query, sqlite3_stmt *statement, int count, OgError *err) {
  const char **names = OG_NEW_ARRAY(const char *, (size_t)count);
  OgStatus status = names ? OG_OK : og_error_no_memory(err);
  for (int k = 0; k < count && status == OG_OK; k++) {
    names[k] = sqlite3_column_name(statement, k);
    status = names[k] ? OG_OK : og_error_no_memory(err);
  }
  if (status == OG_OK) {
    status = query->rows->columns(query->rows->data, names, (size_t)count, err);
  }
  og_free(names);
  return status;
}

static OgStatus send_rows(Query *query, const char *sql, sqlite3_stmt *statement, int count,
                          OgError *err) {
  OgValue *values = OG_NEW_ARRAY(OgValue, (size_t)count);
  OgStatus status = values ? OG_OK : og_error_no_memory(err);
  while (status == OG_OK) {
    const int code = sqlite3_step(statement);
    if (code == SQLITE_DONE) {
      break;
    }
    if (code != SQLITE_ROW) {
      status = fault(query, sql, err);
    } else if (query->limits->rows > 0 && query->summary.rows == query->limits->rows) {
      query->summary.truncated = true;
      break;
    } else {
      query->summary.rows++;
      OG_GO(read_row(statement, values, count, err));
      status = query->rows->row(query->rows->data, values, (size_t)count, err);
    }
  }
done:
  og_free(values);
  return status;
}

/* ---- The query ----------------------------------------------------------------------------- */

/* True when there is more than white space, semicolons and comments. */
static bool has_more(sqlite3 *db, const char *sql) {
  sqlite3_stmt *statement = NULL;
  const char *rest = sql;
  while (*rest) {
    const char *next = NULL;
    const int code = sqlite3_prepare_v2(db, rest, -1, &statement, &next);
    sqlite3_finalize(statement);
    if (code != SQLITE_OK || statement) {
      return true;
    }
    if (next == rest) {
      return false;
    }
    rest = next;
  }
  return false;
}

/* One statement that may run, out of the text. */
static OgStatus prepare(Query *query, const char *sql, sqlite3_stmt **statement, OgError *err) {
  sqlite3 *db = og_store_sqlite(query->store);
  const size_t most = query->limits->text_size ? query->limits->text_size : DEFAULT_TEXT_SIZE;
  const size_t size = strlen(sql);
  const char *rest = NULL;
  if (size > most) {
    return og_error_set(err, OG_USAGE, "the query has %zu bytes, over the limit of %zu", size,
                        most);
  }
  if (sqlite3_prepare_v2(db, sql, -1, statement, &rest) != SQLITE_OK) {
    return fault(query, sql, err);
  }
  if (!*statement) {
    return og_error_set(err, OG_USAGE, "the query is empty: give a SELECT statement");
  }
  if (has_more(db, rest)) {
    long line, column;
    rest += strspn(rest, " \t\r\n;");
    find_place(sql, (int)(rest - sql), &line, &column);
    return og_error_at(err, OG_USAGE, "SQL", line, column,
                       "a second statement begins here: give one at a time");
  }
  if (!sqlite3_stmt_readonly(*statement) || sqlite3_column_count(*statement) == 0) {
    return og_error_set(err, OG_USAGE,
                        "the query gives no rows: only reading the graph is allowed here");
  }
  if (sqlite3_bind_parameter_count(*statement) > 0) {
    const char *name = sqlite3_bind_parameter_name(*statement, 1);
    return og_error_set(err, OG_USAGE, "the query has a parameter (%s): write its value there",
                        name ? name : "?");
  }
  return OG_OK;
}

static OgStatus run(Query *query, const char *sql, OgError *err) {
  sqlite3_stmt *statement = NULL;
  OgStatus status = OG_OK;
  OG_GO(prepare(query, sql, &statement, err));
  const int count = sqlite3_column_count(statement);
  OG_GO(send_columns(query, statement, count, err));
  OG_GO(send_rows(query, sql, statement, count, err));
done:
  sqlite3_finalize(statement);
  return status;
}

OgStatus og_query_sql(OgStore *store, const char *sql, const OgQueryLimits *limits,
                      const OgProgress *progress, const OgRows *rows, OgQuerySummary *summary,
                      OgError *err) {
  static const OgQueryLimits none = {0};
  sqlite3 *db = og_store_sqlite(store);
  Query query = {
      .store = store,
      .limits = limits ? limits : &none,
      .progress = progress,
      .rows = rows,
      .err = err,
  };
  Limit before[LIMITS];
  clock_gettime(CLOCK_MONOTONIC, &query.started);
  set_limits(db, query.limits, before);
  sqlite3_set_authorizer(db, authorize, &query);
  sqlite3_progress_handler(db, STEPS_BETWEEN_LOOKS, look_up, &query);
  const OgStatus status = run(&query, sql, err);
  sqlite3_progress_handler(db, 0, NULL, NULL);
  sqlite3_set_authorizer(db, NULL, NULL);
  restore_limits(db, before);
  query.summary.seconds = seconds_since(&query.started);
  if (summary) {
    *summary = query.summary;
  }
  return status;
}
