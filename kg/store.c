#include "kg/store.h"

#include "core/hash.h"
#include "core/memory.h"
#include "core/spill.h"
#include "kg/schema.h"
#include "kg/sqlite.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* The statements that one file of kg/ has prepared on this handle. */
typedef struct Prepared {
  const OgSqlTable *table;
  sqlite3_stmt **statements; /* (table->count), NULL until asked for */
} Prepared;

struct OgStore {
  sqlite3 *db;
  char *path;
  Prepared *prepared;
  size_t prepared_count;
  const OgProgress *progress; /* of og_store_watch */
  const char *stage;
};

enum {
  BUSY_MS = 10000,
  CACHE = 64 << 20,
  STEPS_BETWEEN_LOOKS = 1 << 16 /* of SQLite's machine: a few milliseconds */
};

/* The statements of this file. */
typedef enum Sql { BEGIN, COMMIT, FIND_IRI, SQL_COUNT } Sql;

static const char *const sql[SQL_COUNT] = {
    [BEGIN] = "BEGIN IMMEDIATE",
    [COMMIT] = "COMMIT",
    [FIND_IRI] = "SELECT id FROM term WHERE hash = ?1 AND kind = 1 AND text = ?2",
};

static const OgSqlTable table = {sql, SQL_COUNT};

static bool makes(OgStoreMode mode) {
  return mode == OG_STORE_CREATE || mode == OG_STORE_BUILD;
}

/* What the path must be before SQLite opens it; *fresh when there is nothing yet, or an empty file.
 */
static OgStatus look(const char *path, OgStoreMode mode, bool *fresh, OgError *err) {
  struct stat about;
  *fresh = false;
  if (stat(path, &about) != 0) {
    if (errno != ENOENT) {
      return og_error_errno(err, "open", path);
    }
    if (!makes(mode)) {
      return og_error_set(
          err, OG_IO, "there is no graph at %s: `ontograft import %s FILE…` makes one", path, path);
    }
    *fresh = true;
    return OG_OK;
  }
  if (!S_ISREG(about.st_mode)) {
    return og_error_set(err, OG_IO, "%s is not a file: give the path of a graph", path);
  }
  *fresh = makes(mode) && about.st_size == 0;
  return OG_OK;
}

/* Make the tables, unless another program was faster. */
static OgStatus create(OgStore *store, OgError *err) {
  int64_t there = 0;
  OG_TRY(og_store_begin(store, err));
  OG_TRY(og_sqlite_number(store->db, "SELECT count(*) FROM sqlite_schema", "read", store->path,
                          &there, err));
  if (there == 0) {
    OG_TRY(og_schema_create(store->db, OG_SCHEMA_ALL, store->path, err));
  }
  return og_store_commit(store, err);
}

/* A program that was killed while writing leaves a journal; rolling that back takes a handle that
 * may write. */
static OgStatus recover(const char *path, OgError *err) {
  sqlite3 *db = NULL;
  int64_t version;
  OG_TRY(og_sqlite_open(path, SQLITE_OPEN_READWRITE, BUSY_MS, &db, err));
  const OgStatus status =
      og_sqlite_number(db, "PRAGMA user_version", "recover", path, &version, err);
  sqlite3_close(db);
  return status;
}

static OgStatus check(OgStore *store, OgStoreMode mode, OgError *err) {
  OgStatus status = og_schema_check(store->db, store->path, err);
  if (status != OG_OK && mode == OG_STORE_READ &&
      sqlite3_extended_errcode(store->db) == SQLITE_READONLY_ROLLBACK) {
    OG_TRY(recover(store->path, err));
    status = og_schema_check(store->db, store->path, err);
  }
  return status;
}

OgStatus og_store_set_cache(OgStore *store, size_t bytes, OgError *err) {
  char text[48];
  snprintf(text, sizeof text, "PRAGMA cache_size = -%zu", og_spill_allowance(bytes) >> 10);
  return og_store_exec(store, text, "set up", err);
}

OgStatus og_store_open(const char *path, OgStoreMode mode, OgStore **store, OgError *err) {
  static const int flags[] = {
      [OG_STORE_READ] = SQLITE_OPEN_READONLY,
      [OG_STORE_WRITE] = SQLITE_OPEN_READWRITE,
      [OG_STORE_CREATE] = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE,
      [OG_STORE_BUILD] = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE,
  };
  bool fresh;
  OG_TRY(look(path, mode, &fresh, err));
  OgStore *opened = OG_NEW(OgStore);
  if (!opened) {
    return og_error_no_memory(err);
  }
  OgStatus status = OG_OK;
  opened->path = og_strdup(path);
  if (!opened->path) {
    status = og_error_no_memory(err);
    goto done;
  }
  OG_GO(og_sqlite_open(path, flags[mode], BUSY_MS, &opened->db, err));
  if (mode != OG_STORE_READ && sqlite3_db_readonly(opened->db, "main") == 1) {
    status = og_error_set(
        err, OG_IO, "%s: its file or folder may not be written: change that, or use a copy", path);
    goto done;
  }
  if (mode == OG_STORE_BUILD) {
    OG_GO(og_store_exec(opened,
                        "PRAGMA auto_vacuum = NONE; PRAGMA locking_mode = EXCLUSIVE;"
                        "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF",
                        "set up", err));
  }
  if (fresh) {
    OG_GO(create(opened, err));
  }
  OG_GO(check(opened, mode, err));
  /* Taken as pages are read: with SQLite's 2 MB a join reads them again and again. */
  OG_GO(og_store_set_cache(opened, CACHE, err));
  *store = opened;
  opened = NULL;
done:
  og_store_close(opened);
  return status;
}

void og_store_close(OgStore *store) {
  if (!store) {
    return;
  }
  for (size_t k = 0; k < store->prepared_count; k++) {
    const Prepared *prepared = &store->prepared[k];
    for (int j = 0; j < prepared->table->count; j++) {
      sqlite3_finalize(prepared->statements[j]);
    }
    og_free(prepared->statements);
  }
  og_free(store->prepared);
  sqlite3_close(store->db); /* rolls back what is open */
  og_free(store->path);
  og_free(store);
}

const char *og_store_path(const OgStore *store) {
  return store->path;
}

sqlite3 *og_store_sqlite(const OgStore *store) {
  return store->db;
}

/* Run one of this file's statements that has no values and no rows. */
static OgStatus run(OgStore *store, Sql which, const char *action, OgError *err) {
  sqlite3_stmt *statement;
  OG_TRY(og_store_statement(store, &table, which, &statement, err));
  const int code = sqlite3_step(statement);
  OgStatus status = code == SQLITE_DONE ? OG_OK : og_store_fault(store, action, err);
  sqlite3_reset(statement);
  return status;
}

static int look_up(void *data) {
  const OgStore *store = data;
  return og_progress_report(store->progress, store->stage, 0, 0, "", NULL) != OG_OK;
}

void og_store_watch(OgStore *store, const OgProgress *progress, const char *stage) {
  store->progress = progress;
  store->stage = stage;
  sqlite3_progress_handler(store->db, progress ? STEPS_BETWEEN_LOOKS : 0, progress ? look_up : NULL,
                           store);
}

OgStatus og_store_begin(OgStore *store, OgError *err) {
  return run(store, BEGIN, "write to", err);
}

OgStatus og_store_begin_read(OgStore *store, OgError *err) {
  return og_store_exec(store, "BEGIN", "read", err);
}

OgStatus og_store_commit(OgStore *store, OgError *err) {
  return run(store, COMMIT, "write to", err);
}

void og_store_rollback(OgStore *store) {
  if (!sqlite3_get_autocommit(store->db)) {
    /* Its failure leaves the journal, and whoever opens the file next rolls that back. */
    sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
  }
}

OgStatus og_store_fault(const OgStore *store, const char *action, OgError *err) {
  if (store->progress && (sqlite3_errcode(store->db) & 0xff) == SQLITE_INTERRUPT) {
    return og_error_set(err, OG_CANCELLED, "stopped on request while %s", store->stage);
  }
  return og_sqlite_fault(store->db, action, store->path, err);
}

OgStatus og_store_exec(OgStore *store, const char *text, const char *action, OgError *err) {
  return og_sqlite_exec(store->db, text, action, store->path, err);
}

static OgStatus find_prepared(OgStore *store, const OgSqlTable *of, Prepared **found,
                              OgError *err) {
  for (size_t k = 0; k < store->prepared_count; k++) {
    if (store->prepared[k].table == of) {
      *found = &store->prepared[k];
      return OG_OK;
    }
  }
  Prepared *grown = og_realloc(store->prepared, store->prepared_count + 1, sizeof *grown);
  if (!grown) {
    return og_error_no_memory(err);
  }
  store->prepared = grown;
  Prepared *added = &grown[store->prepared_count];
  *added = (Prepared){of, OG_NEW_ARRAY(sqlite3_stmt *, (size_t)of->count)};
  if (!added->statements) {
    return og_error_no_memory(err);
  }
  store->prepared_count++;
  *found = added;
  return OG_OK;
}

OgStatus og_store_statement(OgStore *store, const OgSqlTable *of, int index,
                            sqlite3_stmt **statement, OgError *err) {
  Prepared *prepared = NULL;
  OG_TRY(find_prepared(store, of, &prepared, err));
  sqlite3_stmt **slot = &prepared->statements[index];
  if (*slot) {
    sqlite3_reset(*slot);
    sqlite3_clear_bindings(*slot);
  } else if (sqlite3_prepare_v3(store->db, of->sql[index], -1, SQLITE_PREPARE_PERSISTENT, slot,
                                NULL) != SQLITE_OK) {
    return og_store_fault(store, "read", err);
  }
  *statement = *slot;
  return OG_OK;
}

int64_t og_term_hash(const char *text, size_t size) {
  return (int32_t)(uint32_t)og_hash(text, size);
}

OgStatus og_store_find_iri(OgStore *store, const char *iri, size_t size, int64_t *id,
                           OgError *err) {
  sqlite3_stmt *statement;
  *id = 0;
  OG_TRY(og_store_statement(store, &table, FIND_IRI, &statement, err));
  sqlite3_bind_int64(statement, 1, og_term_hash(iri, size));
  sqlite3_bind_text64(statement, 2, iri, size, SQLITE_STATIC, SQLITE_UTF8);
  const int code = sqlite3_step(statement);
  if (code == SQLITE_ROW) {
    *id = sqlite3_column_int64(statement, 0);
  }
  const OgStatus status =
      code == SQLITE_ROW || code == SQLITE_DONE ? OG_OK : og_store_fault(store, "read", err);
  sqlite3_reset(statement);
  return status;
}
