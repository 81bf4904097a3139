#include "kg/cursor.h"

#include "core/memory.h"
#include "tests/test.h"

#include <sqlite3.h>
#include <string.h>

typedef enum Sql { ADD, LIST, ONE_NAME, BROKEN, SQL_COUNT } Sql;

static const char *const sql[SQL_COUNT] = {
    [ADD] =
        "INSERT INTO name(entity, text, normal, language, kind) VALUES (?1, ?2, ?2, ?3, 'label')",
    [LIST] = "SELECT entity, text, language FROM name ORDER BY id",
    [ONE_NAME] = "SELECT id FROM name WHERE text = ?1",
    [BROKEN] = "SELECT one FROM nowhere",
};

static const OgSqlTable table = {sql, SQL_COUNT};

static OgStore *store;

static int set_up(void **state) {
  (void)state;
  OgError err = {0};
  assert_ok(og_store_open(scratch("cursor.db"), OG_STORE_CREATE, &store, &err));
  return 0;
}

static int tear_down(void **state) {
  (void)state;
  og_store_close(store);
  return 0;
}

static void add(int64_t entity, const char *text, const char *language) {
  OgError err = {0};
  OgCursor cursor;
  assert_ok(og_cursor_open(store, &table, ADD, &cursor, &err));
  og_cursor_bind(&cursor, 1, entity);
  og_cursor_bind_text(&cursor, 2, text, strlen(text));
  og_cursor_bind_text(&cursor, 3, language, language ? strlen(language) : 0);
  assert_ok(og_cursor_run(&cursor, &err));
}

static void rows_come_one_after_another(void **state) {
  (void)state;
  OgError err = {0};
  OgArena arena = OG_ARENA_INIT;
  OgCursor cursor;
  OgStatus status = OG_OK;
  const char *text = NULL, *language = NULL;
  size_t size = 0, rows = 0;
  add(1, "one", "en");
  add(2, "", NULL);
  assert_ok(og_cursor_open(store, &table, LIST, &cursor, &err));
  while (og_cursor_next(&cursor, &status, &err)) {
    rows++;
    assert_int_equal(og_cursor_integer(&cursor, 0), rows);
    assert_ok(og_cursor_text(&cursor, 1, &text, &size, &err));
    assert_string_equal(text, rows == 1 ? "one" : "");
    assert_int_equal(size, strlen(text));
    assert_ok(og_cursor_copy(&cursor, 2, &arena, &language, &err));
    assert_int_equal(language != NULL, rows == 1);
  }
  assert_ok(status);
  assert_int_equal(rows, 2);
  og_cursor_close(&cursor);
  og_cursor_close(&cursor);
  og_arena_clear(&arena);
}

static void a_value_that_cannot_be_bound_is_no_null(void **state) {
  (void)state;
  OgError err = {0};
  OgCursor cursor;
  OgStatus status = OG_OK;
  const int before = sqlite3_limit(og_store_sqlite(store), SQLITE_LIMIT_LENGTH, 100);
  char text[200];
  memset(text, 'x', sizeof text);
  assert_ok(og_cursor_open(store, &table, ONE_NAME, &cursor, &err));
  og_cursor_bind_text(&cursor, 1, text, sizeof text);
  assert_false(og_cursor_next(&cursor, &status, &err));
  assert_status(status, OG_FAILED);
  assert_non_null(strstr(err.message, "too big"));
  og_cursor_close(&cursor);
  sqlite3_limit(og_store_sqlite(store), SQLITE_LIMIT_LENGTH, before);
  assert_ok(og_cursor_open(store, &table, ONE_NAME, &cursor, &err));
  og_cursor_bind_text(&cursor, 1, text, sizeof text);
  assert_false(og_cursor_next(&cursor, &status, &err));
  assert_ok(status);
  og_cursor_close(&cursor);
}

static void faults_of_sqlite_are_reported(void **state) {
  (void)state;
  OgError err = {0};
  OgCursor cursor;
  assert_status(og_cursor_open(store, &table, BROKEN, &cursor, &err), OG_FAILED);
  assert_non_null(strstr(err.message, "nowhere"));
  assert_ok(og_cursor_open(store, &table, ADD, &cursor, &err));
  assert_status(og_cursor_run(&cursor, &err), OG_FAILED); /* NOT NULL */
  assert_non_null(strstr(err.message, "name.entity"));
}

static void a_copy_without_memory_is_reported(void **state) {
  (void)state;
  OgError err = {0};
  OgArena arena = OG_ARENA_INIT;
  OgCursor cursor;
  OgStatus status = OG_OK;
  const char *text = NULL;
  add(3, "three", NULL);
  assert_ok(og_cursor_open(store, &table, LIST, &cursor, &err));
  assert_true(og_cursor_next(&cursor, &status, &err));
  og_memory_fail_after(0);
  status = og_cursor_copy(&cursor, 1, &arena, &text, &err);
  og_memory_fail_after(-1);
  assert_status(status, OG_NO_MEMORY);
  og_cursor_close(&cursor);
  og_arena_clear(&arena);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(rows_come_one_after_another),
      cmocka_unit_test(a_value_that_cannot_be_bound_is_no_null),
      cmocka_unit_test(faults_of_sqlite_are_reported),
      cmocka_unit_test(a_copy_without_memory_is_reported),
  };
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
