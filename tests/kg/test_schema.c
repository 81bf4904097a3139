#include "kg/schema.h"

#include "core/buffer.h"
#include "core/file.h"
#include "kg/sqlite.h"
#include "tests/test.h"

#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

static sqlite3 *new_database(const char *name) {
  OgError err = {0};
  sqlite3 *db = NULL;
  assert_ok(
      og_sqlite_open(scratch(name), SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, 1000, &db, &err));
  return db;
}

static int64_t number(sqlite3 *db, const char *sql) {
  OgError err = {0};
  int64_t value = -1;
  assert_ok(og_sqlite_number(db, sql, "read", "test", &value, &err));
  return value;
}

static void a_database_with_all_parts_is_a_graph(void **state) {
  (void)state;
  OgError err = {0};
  sqlite3 *db = new_database("all.db");
  assert_ok(og_schema_create(db, OG_SCHEMA_ALL, "all.db", &err));
  assert_ok(og_schema_check(db, "all.db", &err));
  assert_int_equal(number(db, "PRAGMA application_id"), OG_APPLICATION_ID);
  assert_int_equal(number(db, "PRAGMA user_version"), OG_SCHEMA_VERSION);
  sqlite3_close(db);
}

/* Every view can be read: a column that is misnamed would show here. */
static void every_view_can_be_read(void **state) {
  (void)state;
  OgError err = {0};
  sqlite3 *db = new_database("views.db");
  assert_ok(og_schema_create(db, OG_SCHEMA_ALL, "views.db", &err));
  static const char *const views[] = {"statement",           "entity_text",       "edge_text",
                                      "property_axiom_text", "annotation_text",   "prediction_text",
                                      "every_edge",          "inferred_edge_text"};
  assert_int_equal(number(db, "SELECT count(*) FROM sqlite_schema WHERE type = 'view'"),
                   OG_COUNT(views));
  for (size_t k = 0; k < OG_COUNT(views); k++) {
    char sql[100];
    snprintf(sql, sizeof sql, "SELECT count(*) FROM %s", views[k]);
    assert_int_equal(number(db, sql), 0);
  }
  sqlite3_close(db);
}

/* docs/schema.md: the name of every table, view and column stands there in backquotes, and every
 * query can be prepared. */
static void the_document_tells_every_table_and_column(void **state) {
  static const char names[] =
      "SELECT m.name FROM sqlite_schema m WHERE type IN ('table', 'view') AND name NOT GLOB "
      "'name_fts_*' AND name NOT GLOB 'sqlite_*' UNION SELECT c.name FROM sqlite_schema m, "
      "pragma_table_info(m.name) c WHERE m.type IN ('table', 'view') AND m.name NOT GLOB "
      "'name_fts*' AND m.name NOT GLOB 'sqlite_*'";
  (void)state;
  OgError err = {0};
  OgBuffer text = OG_BUFFER_INIT;
  sqlite3_stmt *row = NULL;
  sqlite3 *db = new_database("document.db");
  assert_ok(og_schema_create(db, OG_SCHEMA_ALL, "document.db", &err));
  assert_ok(og_file_read(test_data("../../docs/schema.md"), 1 << 20, &text, &err));
  assert_int_equal(sqlite3_prepare_v2(db, names, -1, &row, NULL), SQLITE_OK);
  while (sqlite3_step(row) == SQLITE_ROW) {
    char quoted[100];
    snprintf(quoted, sizeof quoted, "`%s`", (const char *)sqlite3_column_text(row, 0));
    if (!strstr(text.data, quoted)) {
      fail_msg("docs/schema.md says nothing of %s", quoted);
    }
  }
  sqlite3_finalize(row);
  size_t queries = 0;
  for (char *at = text.data; (at = strstr(at, "```sql\n")) != NULL; queries++) {
    at += strlen("```sql\n");
    char *end = strstr(at, "```");
    assert_non_null(end);
    if (sqlite3_prepare_v2(db, at, (int)(end - at), &row, NULL) != SQLITE_OK) {
      fail_msg("%.*s: %s", (int)(end - at), at, sqlite3_errmsg(db));
    }
    sqlite3_finalize(row);
    at = end + strlen("```");
  }
  assert_true(queries >= 20);
  og_buffer_clear(&text);
  sqlite3_close(db);
}

static void lookups_of_every_direction_have_an_index(void **state) {
  static const char *const queries[] = {
      "EXPLAIN QUERY PLAN SELECT * FROM quad WHERE subject = 1 AND predicate = 2",
      "EXPLAIN QUERY PLAN SELECT * FROM quad WHERE predicate = 1 AND object = 2",
      "EXPLAIN QUERY PLAN SELECT * FROM quad WHERE object = 1 AND subject = 2",
      "EXPLAIN QUERY PLAN SELECT * FROM edge WHERE head = 1 AND relation = 2",
      "EXPLAIN QUERY PLAN SELECT * FROM edge WHERE tail = 1 AND relation = 2",
      "EXPLAIN QUERY PLAN SELECT id FROM term WHERE hash = 1 AND kind = 1 AND text = 'x'",
      "EXPLAIN QUERY PLAN SELECT * FROM name WHERE entity = 1",
      "EXPLAIN QUERY PLAN SELECT * FROM name WHERE normal = 'x'",
      "EXPLAIN QUERY PLAN SELECT * FROM mention WHERE entity = 1",
  };
  (void)state;
  OgError err = {0};
  sqlite3 *db = new_database("plan.db");
  assert_ok(og_schema_create(db, OG_SCHEMA_ALL, "plan.db", &err));
  for (size_t k = 0; k < OG_COUNT(queries); k++) {
    sqlite3_stmt *row = NULL;
    assert_int_equal(sqlite3_prepare_v2(db, queries[k], -1, &row, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(row), SQLITE_ROW);
    const char *plan = (const char *)sqlite3_column_text(row, 3);
    if (!strstr(plan, "SEARCH")) {
      fail_msg("%s: %s", queries[k], plan);
    }
    sqlite3_finalize(row);
  }
  sqlite3_close(db);
}

static void dropped_indexes_are_missed_until_they_are_made_again(void **state) {
  (void)state;
  OgError err = {0};
  sqlite3 *db = new_database("drop.db");
  assert_ok(og_schema_create(db, OG_SCHEMA_ALL, "drop.db", &err));
  assert_ok(og_schema_drop_indexes(db, OG_SCHEMA_INDEX_0, "drop.db", &err));
  assert_status(og_schema_check(db, "drop.db", &err), OG_BAD_STORE);
  assert_non_null(strstr(err.message, "term_hash"));
  assert_ok(og_schema_drop_indexes(db, OG_SCHEMA_INDEX_0, "drop.db", &err));
  assert_ok(og_schema_create(db, OG_SCHEMA_INDEX_0, "drop.db", &err));
  assert_ok(og_schema_check(db, "drop.db", &err));
  sqlite3_close(db);
}

static void a_missing_table_is_named(void **state) {
  (void)state;
  OgError err = {0};
  sqlite3 *db = new_database("missing.db");
  assert_ok(og_schema_create(db, OG_SCHEMA_ALL, "missing.db", &err));
  assert_ok(og_sqlite_exec(db, "DROP TABLE reading", "drop", "missing.db", &err));
  assert_status(og_schema_check(db, "missing.db", &err), OG_BAD_STORE);
  assert_non_null(strstr(err.message, "reading"));
  sqlite3_close(db);
}

static void values_of_the_wrong_type_are_refused(void **state) {
  (void)state;
  OgError err = {0};
  sqlite3 *db = new_database("strict.db");
  assert_ok(og_schema_create(db, OG_SCHEMA_ALL, "strict.db", &err));
  assert_int_not_equal(sqlite3_exec(db, "INSERT INTO relation VALUES(1, x'00')", NULL, NULL, NULL),
                       SQLITE_OK);
  assert_int_not_equal(
      sqlite3_exec(db, "INSERT INTO term(kind, text) VALUES(4, 'x')", NULL, NULL, NULL), SQLITE_OK);
  sqlite3_close(db);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_database_with_all_parts_is_a_graph),
      cmocka_unit_test(every_view_can_be_read),
      cmocka_unit_test(the_document_tells_every_table_and_column),
      cmocka_unit_test(lookups_of_every_direction_have_an_index),
      cmocka_unit_test(dropped_indexes_are_missed_until_they_are_made_again),
      cmocka_unit_test(a_missing_table_is_named),
      cmocka_unit_test(values_of_the_wrong_type_are_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
