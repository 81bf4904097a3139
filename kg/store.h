/* store: the graph on disk, one SQLite file. One thread per handle.
 *
 * docs/schema.md describes the tables of the four levels. Level 0 (source, term, quad) is what the
 * files said; level 1 (entity, relation, edge, name) is derived from it and can be rebuilt; level 2
 * holds vectors, level 3 runs. */
#ifndef OG_KG_STORE_H
#define OG_KG_STORE_H

#include "core/progress.h"

#include <stdbool.h>
#include <stdint.h>

struct sqlite3;
struct sqlite3_stmt;

typedef struct OgStore OgStore;

typedef enum OgStoreMode {
  OG_STORE_READ,   /* must exist; opened read-only, defensive, trusted_schema off */
  OG_STORE_WRITE,  /* must exist */
  OG_STORE_CREATE, /* made when absent */
  OG_STORE_BUILD   /* the same, for a file that nobody else sees and that is thrown away when
                      anything fails: no journal, no waiting for the disk */
} OgStoreMode;

/* Open the graph at path. On OG_OK the caller owns *store and releases it with og_store_close;
 * otherwise *store is untouched. A file that is no graph, is damaged, or has a newer schema is
 * OG_BAD_STORE. */
OG_API OG_MUST_CHECK OgStatus og_store_open(const char *path, OgStoreMode mode, OgStore **store,
                                            OgError *err);
OG_API void og_store_close(OgStore *store);

OG_API const char *og_store_path(const OgStore *store);

/* From now on all SQL on this handle asks `progress`, every so often and as `stage`, whether to go
 * on; where not, it ends with OG_CANCELLED. Both outlive the watch. progress NULL ends it, as does
 * a query of SQL or SPARQL. */
OG_API void og_store_watch(OgStore *store, const OgProgress *progress, const char *stage);

/* For the files of kg/: the SQLite handle. */
struct sqlite3 *og_store_sqlite(const OgStore *store);

/* Until og_store_rollback all is read of one state of the graph, and without asking for the file's
 * lock at each statement; who writes waits so long. */
OG_API OG_MUST_CHECK OgStatus og_store_begin_read(OgStore *store, OgError *err);

/* Write transactions: begin immediate; rollback is harmless when none is open. */
OG_API OG_MUST_CHECK OgStatus og_store_begin(OgStore *store, OgError *err);
OG_API OG_MUST_CHECK OgStatus og_store_commit(OgStore *store, OgError *err);
OG_API void og_store_rollback(OgStore *store);

/* A file's SQL, indexed by its enum: `static const OgSqlTable table = {sql, OG_COUNT(sql)};`. */
typedef struct OgSqlTable {
  const char *const *sql;
  int count;
} OgSqlTable;

/* Statement `index` of a table that outlives the store: prepared when first asked for, then kept
 * until the store closes; reset, with all values NULL. Whoever steps it resets it when done, so
 * that no read transaction stays open. */
OG_MUST_CHECK OgStatus og_store_statement(OgStore *store, const OgSqlTable *table, int index,
                                          struct sqlite3_stmt **statement, OgError *err);

/* Run statements that take no values; action is for the message ("cannot ACTION PATH: reason"). */
OG_MUST_CHECK OgStatus og_store_exec(OgStore *store, const char *sql, const char *action,
                                     OgError *err);

/* Let SQLite keep so many bytes of pages, and sort with as many; less under a limit on memory
 * (core/spill.h). */
OG_MUST_CHECK OgStatus og_store_set_cache(OgStore *store, size_t bytes, OgError *err);

/* What term.hash holds for IRIs and literals; blank nodes have NULL. Stable: it is stored. */
int64_t og_term_hash(const char *text, size_t size);

/* The term id of an IRI; *id is 0 when the graph does not have it. */
OG_API OG_MUST_CHECK OgStatus og_store_find_iri(OgStore *store, const char *iri, size_t size,
                                                int64_t *id, OgError *err);

/* Report SQLite's last fault on this handle: which of OG_IO, OG_NO_MEMORY, OG_BAD_STORE,
 * OG_CANCELLED, OG_FAILED, with "cannot ACTION PATH: reason". */
OgStatus og_store_fault(const OgStore *store, const char *action, OgError *err);

#endif
