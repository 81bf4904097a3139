#include "kg/cursor.h"

#include <sqlite3.h>

OgStatus og_cursor_open(OgStore *store, const OgSqlTable *table, int index, OgCursor *cursor,
                        OgError *err) {
  *cursor = (OgCursor){.store = store};
  return og_store_statement(store, table, index, &cursor->statement, err);
}

/* A value that could not be bound must not be taken for NULL: og_cursor_next reports it. */
static void note(OgCursor *cursor, int code) {
  if (code != SQLITE_OK) {
    cursor->fault = code;
  }
}

void og_cursor_bind(OgCursor *cursor, int parameter, int64_t value) {
  note(cursor, sqlite3_bind_int64(cursor->statement, parameter, value));
}

void og_cursor_bind_real(OgCursor *cursor, int parameter, double value) {
  note(cursor, sqlite3_bind_double(cursor->statement, parameter, value));
}

void og_cursor_bind_text(OgCursor *cursor, int parameter, const char *text, size_t size) {
  note(cursor,
       sqlite3_bind_text64(cursor->statement, parameter, text, size, SQLITE_STATIC, SQLITE_UTF8));
}

bool og_cursor_next(OgCursor *cursor, OgStatus *status, OgError *err) {
  if (cursor->fault == SQLITE_NOMEM) {
    *status = og_error_no_memory(err);
  } else if (cursor->fault != SQLITE_OK) {
    *status = og_error_set(err, OG_FAILED, "cannot use %s: a value is refused: %s",
                           og_store_path(cursor->store), sqlite3_errstr(cursor->fault));
  } else {
    const int code = sqlite3_step(cursor->statement);
    if (code == SQLITE_ROW) {
      return true;
    }
    *status = code == SQLITE_DONE ? OG_OK : og_store_fault(cursor->store, "use", err);
  }
  return false;
}

OgStatus og_cursor_run(OgCursor *cursor, OgError *err) {
  OgStatus status = OG_OK;
  while (og_cursor_next(cursor, &status, err)) {
  }
  og_cursor_close(cursor);
  return status;
}

void og_cursor_close(OgCursor *cursor) {
  if (cursor->statement) {
    sqlite3_reset(cursor->statement);
    sqlite3_clear_bindings(cursor->statement);
    cursor->statement = NULL;
  }
}

int64_t og_cursor_integer(const OgCursor *cursor, int column) {
  return sqlite3_column_int64(cursor->statement, column);
}

OgStatus og_cursor_text(const OgCursor *cursor, int column, const char **text, size_t *size,
                        OgError *err) {
  *text = NULL;
  *size = 0;
  if (sqlite3_column_type(cursor->statement, column) == SQLITE_NULL) {
    return OG_OK;
  }
  *text = (const char *)sqlite3_column_text(cursor->statement, column);
  if (!*text) {
    return og_error_no_memory(err);
  }
  *size = (size_t)sqlite3_column_bytes(cursor->statement, column);
  return OG_OK;
}

OgStatus og_cursor_copy(const OgCursor *cursor, int column, OgArena *arena, const char **text,
                        OgError *err) {
  const char *bytes;
  size_t size;
  *text = NULL;
  OG_TRY(og_cursor_text(cursor, column, &bytes, &size, err));
  if (bytes) {
    *text = og_arena_copy(arena, bytes, size);
    if (!*text) {
      return og_error_no_memory(err);
    }
  }
  return OG_OK;
}
