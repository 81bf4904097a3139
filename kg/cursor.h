/* cursor: the rows of a kept statement (og_store_statement), one after another.
 *
 *   OG_TRY(og_cursor_open(store, &table, NAMES, &cursor, err));
 *   og_cursor_bind(&cursor, 1, entity);
 *   while (status == OG_OK && og_cursor_next(&cursor, &status, err)) { … }
 *   og_cursor_close(&cursor);
 */
#ifndef OG_KG_CURSOR_H
#define OG_KG_CURSOR_H

#include "core/arena.h"
#include "kg/store.h"

typedef struct OgCursor {
  OgStore *store;
  struct sqlite3_stmt *statement; /* the store's; NULL: closed */
  int fault;                      /* SQLite's code of a value that could not be bound; 0 */
} OgCursor;

OG_MUST_CHECK OgStatus og_cursor_open(OgStore *store, const OgSqlTable *table, int index,
                                      OgCursor *cursor, OgError *err);

/* Values of ?1, ?2, …: a number; a text, which must stay until the cursor is closed (NULL text:
 * NULL). Binding fails only for a text over SQLite's limit of 1 GB or without memory:
 * og_cursor_next then says so. */
void og_cursor_bind(OgCursor *cursor, int parameter, int64_t value);
void og_cursor_bind_real(OgCursor *cursor, int parameter, double value);
void og_cursor_bind_text(OgCursor *cursor, int parameter, const char *text, size_t size);

/* Step to the next row. False at the end, and when it fails: then *status says why. */
bool og_cursor_next(OgCursor *cursor, OgStatus *status, OgError *err);

/* Run a statement that gives no rows, and close the cursor. */
OG_MUST_CHECK OgStatus og_cursor_run(OgCursor *cursor, OgError *err);

/* Reset the statement, so that no read transaction stays open. Closed already is fine. */
void og_cursor_close(OgCursor *cursor);

/* Columns of the row, from 0. A NULL is 0. */
int64_t og_cursor_integer(const OgCursor *cursor, int column);

/* A text and its size, until the next step. A NULL is NULL with OG_OK. */
OG_MUST_CHECK OgStatus og_cursor_text(const OgCursor *cursor, int column, const char **text,
                                      size_t *size, OgError *err);

/* The same, copied into an arena. */
OG_MUST_CHECK OgStatus og_cursor_copy(const OgCursor *cursor, int column, OgArena *arena,
                                      const char **text, OgError *err);

#endif
