/* sqlite: what SQLite says, as an OgStatus and in our words. For the files of kg/. */
#ifndef OG_KG_SQLITE_H
#define OG_KG_SQLITE_H

#include "core/error.h"

#include <stdint.h>

struct sqlite3;

/* Open path with these SQLITE_OPEN_… flags, as a file whatever its name, hardened: a schema made by
 * somebody else can neither call functions nor write where it should not. Waits busy_ms for locks
 * of others. */
OG_MUST_CHECK OgStatus og_sqlite_open(const char *path, int flags, int busy_ms, struct sqlite3 **db,
                                      OgError *err);

/* Record SQLite's last fault on db: "cannot ACTION PATH: reason", with what to do next where that
 * is known. Returns OG_IO, OG_NO_MEMORY, OG_BAD_STORE, OG_CANCELLED or OG_FAILED. */
OgStatus og_sqlite_fault(struct sqlite3 *db, const char *action, const char *path, OgError *err);

/* Run statements that take no values; rows are dropped. */
OG_MUST_CHECK OgStatus og_sqlite_exec(struct sqlite3 *db, const char *sql, const char *action,
                                      const char *path, OgError *err);

/* The first column of the first row of a query, as a number; 0 when there is none. */
OG_MUST_CHECK OgStatus og_sqlite_number(struct sqlite3 *db, const char *sql, const char *action,
                                        const char *path, int64_t *number, OgError *err);

#endif
