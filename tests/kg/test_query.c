#include "kg/query.h"

#include "core/buffer.h"
#include "core/memory.h"
#include "kg/schema.h"
#include "kg/sqlite.h"
#include "tests/kg/graph.h"
#include "tests/test.h"

#include <stdio.h>
#include <string.h>

static const Row small[] = {
    {"ex:asthma", "rdf:type", "owl:Class", NULL}, {"ex:asthma", "rdfs:label", "asthma", "en"},
    {"ex:lung", "rdf:type", "owl:Class", NULL},   {"ex:lung", "rdfs:label", "lung", ""},
    {"ex:asthma", "ex:affects", "ex:lung", NULL},
};

static OgStore *store;

static int set_up(void **state) {
  (void)state;
  /* Open for writing: what keeps the graph as it is must be the authorizer, not the mode. */
  store = graph_make(scratch("small.db"), OG_STORE_WRITE, small, OG_COUNT(small));
  return 0;
}

static int tear_down(void **state) {
  (void)state;
  og_store_close(store);
  return 0;
}

/* Rows as text: "column,column|value,value|…". */
static OgStatus write_columns(void *data, const char *const *names, size_t count, OgError *err) {
  for (size_t k = 0; k < count; k++) {
    OG_TRY(og_buffer_format(data, err, "%s%s", k > 0 ? "," : "", names[k]));
  }
  return OG_OK;
}

static OgStatus write_row(void *data, const OgValue *values, size_t count, OgError *err) {
  for (size_t k = 0; k < count; k++) {
    const OgValue *value = &values[k];
    OG_TRY(og_buffer_text(data, k > 0 ? "," : "|", err));
    switch (value->kind) {
    case OG_NULL:
      OG_TRY(og_buffer_text(data, "null", err));
      break;
    case OG_INTEGER:
      OG_TRY(og_buffer_format(data, err, "%lld", (long long)value->integer));
      break;
    case OG_REAL:
      OG_TRY(og_buffer_format(data, err, "%g", value->real));
      break;
    case OG_STRING:
      assert_int_equal(value->bytes[value->size], 0);
      OG_TRY(og_buffer_format(data, err, "'%s'", value->bytes));
      break;
    case OG_BLOB:
      OG_TRY(og_buffer_format(data, err, "x%zu", value->size));
      break;
    }
  }
  return OG_OK;
}

static OgStatus ask(const char *sql, const OgQueryLimits *limits, const OgProgress *progress,
                    OgBuffer *out, OgQuerySummary *summary, OgError *err) {
  const OgRows rows = {write_columns, write_row, out};
  og_buffer_reset(out);
  return og_query_sql(store, sql, limits, progress, &rows, summary, err);
}

static void check(const char *sql, const char *expected) {
  OgError err = {0};
  OgBuffer out = OG_BUFFER_INIT;
  assert_ok(ask(sql, NULL, NULL, &out, NULL, &err));
  if (strcmp(out.data, expected) != 0) {
    fail_msg("%s gave %s, not %s", sql, out.data, expected);
  }
  og_buffer_clear(&out);
}

static void every_kind_of_value_comes_as_it_is(void **state) {
  (void)state;
  check("SELECT 1 AS a, 2.5 AS b, 'x' AS c, x'0102' AS d, NULL AS e, '' AS f, x'' AS g",
        "a,b,c,d,e,f,g|1,2.5,'x',x2,null,'',x0");
  check("VALUES (-9223372036854775808), (9223372036854775807)",
        "column1|-9223372036854775808|9223372036854775807");
  check("SELECT label FROM entity ORDER BY 1;  -- that is all\n", "label|'asthma'|'lung'");
  check("SELECT label FROM entity WHERE 0", "label");
}

static void reading_of_all_kinds_is_allowed(void **state) {
  (void)state;
  check("SELECT head, relation, tail FROM edge_text",
        "head,relation,tail|'asthma','affects','lung'");
  check("SELECT text FROM name_fts WHERE name_fts MATCH 'asth*'", "text|'asthma'");
  check("WITH RECURSIVE n(x) AS (VALUES(1) UNION ALL SELECT x + 1 FROM n WHERE x < 3) SELECT x "
        "FROM n",
        "x|1|2|3");
  check("SELECT value FROM json_each('[1,2]')", "value|1|2");
  check("SELECT count(*) AS n FROM pragma_table_info('edge')", "n|5");
  char version[40];
  snprintf(version, sizeof version, "user_version|%d", OG_SCHEMA_VERSION);
  check("PRAGMA user_version", version);
  check("PRAGMA application_id", "application_id|1330071124");
  OgError err = {0};
  OgBuffer out = OG_BUFFER_INIT;
  assert_ok(ask("EXPLAIN QUERY PLAN SELECT * FROM edge", NULL, NULL, &out, NULL, &err));
  assert_non_null(strstr(out.data, "SCAN edge"));
  assert_ok(ask("PRAGMA table_info(edge)", NULL, NULL, &out, NULL, &err));
  og_buffer_clear(&out);
}

static int64_t count_entities(void) {
  OgError err = {0};
  int64_t count = 0;
  assert_ok(og_sqlite_number(og_store_sqlite(store), "SELECT count(*) FROM entity", "read", "test",
                             &count, &err));
  return count;
}

static void everything_else_is_refused(void **state) {
  (void)state;
  static const struct {
    const char *sql, *message;
  } cases[] = {
      {"DELETE FROM entity", "writes"},
      {"INSERT INTO relation VALUES (1, 'x')", "writes"},
      {"UPDATE entity SET label = 'x'", "writes"},
      {"DELETE FROM entity RETURNING id", "writes"},
      {"WITH x AS (SELECT 1) DELETE FROM entity", "writes"},
      {"EXPLAIN DELETE FROM entity", "writes"},
      {"INSERT INTO name_fts(name_fts) VALUES('delete-all')", "writes"},
      {"UPDATE sqlite_master SET sql = ''", "sqlite_master may not be modified"},
      {"EXPLAIN UPDATE sqlite_master SET sql = ''", "sqlite_master may not be modified"},
      {"DROP TABLE entity", "only reading"},
      {"CREATE TABLE t(x)", "only reading"},
      {"CREATE TEMP TABLE t(x)", "only reading"},
      {"CREATE VIRTUAL TABLE t USING fts5(x)", "only reading"},
      {"ALTER TABLE entity RENAME TO e", "only reading"},
      {"ATTACH 'other.db' AS other", "opens another file"},
      {"DETACH main", "closes a file"},
      {"VACUUM INTO 'copy.db'", "only reading"},
      {"REINDEX", "only reading"},
      {"ANALYZE", "only reading"},
      {"BEGIN", "transaction"},
      {"COMMIT", "transaction"},
      {"SAVEPOINT s", "transaction"},
      {"PRAGMA user_version = 7", "pragma"},
      {"PRAGMA writable_schema = 1", "pragma"},
      {"PRAGMA journal_mode = OFF", "pragma"},
      {"PRAGMA query_only", "pragma"},
      {"PRAGMA temp_store_directory = '/tmp'", "pragma"},
      {"SELECT load_extension('x')", "reaches outside"},
      {"SELECT 1; SELECT 2", "second statement"},
      {"SELECT 1; DROP TABLE entity", "second statement"},
      {"", "empty"},
      {"  -- nothing\n ;", "empty"},
      {"SELECT ?", "parameter"},
      {"SELECT :name", ":name"},
  };
  const int64_t before = count_entities();
  for (size_t k = 0; k < OG_COUNT(cases); k++) {
    OgError err = {0};
    OgBuffer out = OG_BUFFER_INIT;
    const OgStatus status = ask(cases[k].sql, NULL, NULL, &out, NULL, &err);
    if (status != OG_USAGE || !strstr(err.message, cases[k].message)) {
      fail_msg("%s: %s: %s", cases[k].sql, og_status_name(status), err.message);
    }
    og_buffer_clear(&out);
  }
  assert_int_equal(count_entities(), before);
}

static void bad_sql_is_shown_where_it_is(void **state) {
  (void)state;
  static const struct {
    const char *sql;
    long line, column;
    const char *message;
  } cases[] = {
      {"SELEC 1", 1, 1, "\"SELEC\""},
      {"SELECT *\nFROM entity\nWHERE labl = 1", 3, 7, "no such column: labl"},
      {"SELECT * FROM entities", 0, 0, "there are source, prefix, term"},
      {"SELECT nosuch(1)", 1, 8, "nosuch"},
      {"SELECT 'abc", 1, 8, "unrecognized token"},
      {"SELECT 1;\n\n SELECT 2", 3, 2, "second statement"},
      {"SELECT 1 +", 0, 0, "incomplete input"},
      {"SELECT * FROM name_fts WHERE name_fts MATCH 'a AND'", 0, 0, "fts5"},
      {"SELECT json_extract('{', '$')", 0, 0, "malformed JSON"},
  };
  for (size_t k = 0; k < OG_COUNT(cases); k++) {
    OgError err = {0};
    OgBuffer out = OG_BUFFER_INIT;
    assert_status(ask(cases[k].sql, NULL, NULL, &out, NULL, &err), OG_USAGE);
    if (err.line != cases[k].line || err.column != cases[k].column ||
        !strstr(err.message, cases[k].message)) {
      fail_msg("%s: %ld:%ld: %s", cases[k].sql, err.line, err.column, err.message);
    }
    og_buffer_clear(&out);
  }
}

static const char endless[] =
    "WITH RECURSIVE n(x) AS (VALUES(1) UNION ALL SELECT x + 1 FROM n) SELECT max(x) FROM n";

static void rows_and_time_are_limited(void **state) {
  (void)state;
  OgError err = {0};
  OgBuffer out = OG_BUFFER_INIT;
  OgQuerySummary summary;
  const OgQueryLimits two = {.rows = 2};
  assert_ok(ask("VALUES (1), (2), (3)", &two, NULL, &out, &summary, &err));
  assert_string_equal(out.data, "column1|1|2");
  assert_int_equal(summary.rows, 2);
  assert_true(summary.truncated);
  assert_ok(ask("VALUES (1), (2)", &two, NULL, &out, &summary, &err));
  assert_false(summary.truncated);
  const OgQueryLimits quick = {.seconds = 0.05};
  assert_status(ask(endless, &quick, NULL, &out, &summary, &err), OG_CANCELLED);
  assert_non_null(strstr(err.message, "0.05 s"));
  assert_true(summary.seconds >= 0.05 && summary.seconds < 5);
  og_buffer_clear(&out);
}

static bool refuse(void *data, const char *stage, double done, double total, const char *detail) {
  (void)stage;
  (void)done;
  (void)total;
  (void)detail;
  ++*(int *)data;
  return false;
}

static void a_query_can_be_stopped(void **state) {
  (void)state;
  OgError err = {0};
  OgBuffer out = OG_BUFFER_INIT;
  int calls = 0;
  const OgProgress progress = {.report = refuse, .data = &calls};
  assert_status(ask(endless, NULL, &progress, &out, NULL, &err), OG_CANCELLED);
  assert_int_equal(calls, 1);
  check("SELECT 1 AS a", "a|1"); /* the handle is as good as before */
  og_buffer_clear(&out);
}

static void sizes_are_limited(void **state) {
  (void)state;
  OgError err = {0};
  OgBuffer out = OG_BUFFER_INIT;
  const OgQueryLimits cells = {.cell_size = 1000};
  assert_status(ask("SELECT zeroblob(2000)", &cells, NULL, &out, NULL, &err), OG_USAGE);
  assert_status(ask("SELECT zeroblob(1000000000)", NULL, NULL, &out, NULL, &err), OG_USAGE);
  const OgQueryLimits text = {.text_size = 10};
  assert_status(ask("SELECT 12345", &text, NULL, &out, NULL, &err), OG_USAGE);
  assert_non_null(strstr(err.message, "limit of 10"));
  char deep[3000] = "SELECT ";
  memset(deep + 7, '(', 1200);
  strcat(deep, "1");
  memset(deep + strlen(deep), ')', 1200);
  assert_status(ask(deep, NULL, NULL, &out, NULL, &err), OG_USAGE);
  check("SELECT length(zeroblob(1000000)) AS n", "n|1000000");
  og_buffer_clear(&out);
}

static OgStatus fail_row(void *data, const OgValue *values, size_t count, OgError *err) {
  (void)data;
  (void)values;
  (void)count;
  return og_error_set(err, OG_IO, "no room");
}

static void a_fault_of_the_receiver_ends_the_query(void **state) {
  (void)state;
  OgError err = {0};
  OgBuffer out = OG_BUFFER_INIT;
  const OgRows rows = {write_columns, fail_row, &out};
  assert_status(og_query_sql(store, "VALUES (1), (2)", NULL, NULL, &rows, NULL, &err), OG_IO);
  assert_string_equal(err.message, "no room");
  assert_status(og_query_sql(store, "SELEC", NULL, NULL, &rows, NULL, NULL), OG_USAGE);
  og_buffer_clear(&out);
}

static void the_handle_writes_again_afterwards(void **state) {
  (void)state;
  OgError err = {0};
  check("SELECT 1 AS a", "a|1");
  assert_ok(og_store_begin(store, &err));
  assert_ok(og_store_exec(store, "UPDATE entity SET label = label", "write to", &err));
  assert_ok(og_store_commit(store, &err));
}

static void every_failed_allocation_is_reported(void **state) {
  (void)state;
  OgError err = {0};
  OgBuffer out = OG_BUFFER_INIT;
  OgStatus status = OG_NO_MEMORY;
  for (long failures = 0; status == OG_NO_MEMORY; failures++) {
    og_memory_fail_after(failures);
    status = ask("SELECT label FROM entity", NULL, NULL, &out, NULL, &err);
    og_memory_fail_after(-1);
  }
  assert_ok(status);
  og_buffer_clear(&out);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_kind_of_value_comes_as_it_is),
      cmocka_unit_test(reading_of_all_kinds_is_allowed),
      cmocka_unit_test(everything_else_is_refused),
      cmocka_unit_test(bad_sql_is_shown_where_it_is),
      cmocka_unit_test(rows_and_time_are_limited),
      cmocka_unit_test(a_query_can_be_stopped),
      cmocka_unit_test(sizes_are_limited),
      cmocka_unit_test(a_fault_of_the_receiver_ends_the_query),
      cmocka_unit_test(the_handle_writes_again_afterwards),
      cmocka_unit_test(every_failed_allocation_is_reported),
  };
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
