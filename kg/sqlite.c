#include "kg/sqlite.h"

#include <sqlite3.h>
#include <string.h>

typedef struct Fault {
  int code; /* a primary result code of SQLite */
  OgStatus status;
  const char *advice;
} Fault;

static const Fault faults[] = {
    {SQLITE_NOMEM, OG_NO_MEMORY, NULL},
    {SQLITE_INTERRUPT, OG_CANCELLED, NULL},
    {SQLITE_CORRUPT, OG_BAD_STORE,
     "the file is damaged: take a copy from before, or import the sources into a new graph"},
    {SQLITE_NOTADB, OG_BAD_STORE, "it is not an SQLite database: was it meant to be imported?"},
    {SQLITE_BUSY, OG_FAILED, "another program is at work on it: try again when that has finished"},
    {SQLITE_LOCKED, OG_FAILED,
     "another program is at work on it: try again when that has finished"},
    {SQLITE_FULL, OG_IO, "make room on the disk and try again"},
    {SQLITE_READONLY, OG_IO, "its file or folder may not be written: change that, or use a copy"},
    {SQLITE_PERM, OG_IO, NULL},
    {SQLITE_CANTOPEN, OG_IO, NULL},
    {SQLITE_IOERR, OG_IO, NULL},
};

static const Fault other = {SQLITE_ERROR, OG_FAILED, NULL};

static const Fault *find_fault(int code) {
  for (size_t k = 0; k < OG_COUNT(faults); k++) {
    if (faults[k].code == code) {
      return &faults[k];
    }
  }
  return &other;
}

OgStatus og_sqlite_fault(sqlite3 *db, const char *action, const char *path, OgError *err) {
  const Fault *fault = find_fault(sqlite3_errcode(db) & 0xff);
  if (fault->status == OG_NO_MEMORY) {
    return og_error_no_memory(err);
  }
  const int cause = fault->status == OG_IO ? sqlite3_system_errno(db) : 0;
  return og_error_set(err, fault->status, "cannot %s %s: %s%s%s%s%s", action, path,
                      sqlite3_errmsg(db), cause ? ": " : "", cause ? strerror(cause) : "",
                      fault->advice ? "; " : "", fault->advice ? fault->advice : "");
}

/* SQLite gives ":memory:" and "file:…" a meaning of its own; a leading "./" takes it away. */
static char *file_name(const char *path) {
  const int special = path[0] == '\0' || path[0] == ':' || strncmp(path, "file:", 5) == 0;
  return sqlite3_mprintf("%s%s", special ? "./" : "", path);
}

OgStatus og_sqlite_open(const char *path, int flags, int busy_ms, sqlite3 **db, OgError *err) {
  static const int options[][2] = {
      {SQLITE_DBCONFIG_DEFENSIVE, 1},
      {SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0},
      {SQLITE_DBCONFIG_DQS_DML, 0},
      {SQLITE_DBCONFIG_DQS_DDL, 0},
  };
  sqlite3 *opened = NULL;
  char *name = file_name(path);
  if (!name) {
    return og_error_no_memory(err);
  }
  const int code = sqlite3_open_v2(name, &opened, flags | SQLITE_OPEN_NOMUTEX, NULL);
  sqlite3_free(name);
  if (code != SQLITE_OK) {
    const OgStatus status =
        opened ? og_sqlite_fault(opened, "open", path, err) : og_error_no_memory(err);
    sqlite3_close(opened);
    return status;
  }
  sqlite3_extended_result_codes(opened, 1);
  sqlite3_busy_timeout(opened, busy_ms);
  for (size_t k = 0; k < OG_COUNT(options); k++) {
    sqlite3_db_config(opened, options[k][0], options[k][1], NULL);
  }
  *db = opened;
  return OG_OK;
}

OgStatus og_sqlite_exec(sqlite3 *db, const char *sql, const char *action, const char *path,
                        OgError *err) {
  if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK) {
    return og_sqlite_fault(db, action, path, err);
  }
  return OG_OK;
}

OgStatus og_sqlite_number(sqlite3 *db, const char *sql, const char *action, const char *path,
                          int64_t *number, OgError *err) {
  sqlite3_stmt *statement = NULL;
  OgStatus status = OG_OK;
  *number = 0;
  if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) != SQLITE_OK) {
    return og_sqlite_fault(db, action, path, err);
  }
  const int code = sqlite3_step(statement);
  if (code == SQLITE_ROW) {
    *number = sqlite3_column_int64(statement, 0);
  } else if (code != SQLITE_DONE) {
    status = og_sqlite_fault(db, action, path, err);
  }
  sqlite3_finalize(statement);
  return status;
}
