#include "kg/sparql_recall.h"

#include "core/buffer.h"
#include "core/vocab.h"
#include "kg/sql_functions.h"
#include "tests/kg/statements.h"
#include "tests/test.h"

#include <inttypes.h>
#include <sqlite3.h>
#include <stdio.h>

enum { TERMS = 10000 }; /* more than are remembered */

typedef struct Fixture {
  OgStore *store;
  OgSqlFunctions *functions;
} Fixture;

static Fixture open_graph(const char *name, const char *statements) {
  OgError err = {0};
  Fixture fixture = {NULL, NULL};
  const char *path = scratch(name);
  assert_ok(import_text(path, "http://example.org/g", statements, NULL, &err));
  assert_ok(og_store_open(path, OG_STORE_READ, &fixture.store, &err));
  assert_ok(og_sql_functions(fixture.store, &fixture.functions, &err));
  return fixture;
}

static int64_t find(const Fixture *fixture, const OgTerm *term) {
  OgError err = {0};
  int64_t id = 0;
  assert_ok(og_term_find(&fixture->functions->reader, term, &id, &err));
  assert_true(id > 0);
  return id;
}

static void terms_of_each_kind_are_recalled(void **state) {
  (void)state;
  OgError err = {0};
  Fixture fixture = open_graph(
      "recall.db", "ex:a ex:p '5'^^xsd:integer . ex:a ex:p 'chat'@fr . ex:a ex:p 'plain' .");
  OgTermRecall *recall = &fixture.functions->recall;
  static const OgTerm there[] = {
      {.kind = OG_IRI, .text = {"http://example.org/a", 20}},
      {.kind = OG_LITERAL, .text = {"5", 1}, .datatype = {OG_NS_XSD "integer", 40}},
      {.kind = OG_LITERAL, .text = {"chat", 4}, .language = {"fr", 2}},
      {.kind = OG_LITERAL, .text = {"plain", 5}},
  };
  for (int round = 0; round < 2; round++) { /* read, and remembered */
    for (size_t k = 0; k < OG_COUNT(there); k++) {
      const OgTypedTerm *term;
      assert_ok(og_recall_term(recall, find(&fixture, &there[k]), &term, &err));
      assert_int_equal(term->term.kind, there[k].kind);
      assert_true(og_text_equal(term->term.text, there[k].text));
      assert_true(og_text_equal(term->term.datatype, there[k].datatype));
      assert_true(og_text_equal(term->term.language, there[k].language));
    }
  }
  og_recall_stop(recall);
  og_store_close(fixture.store);
}

static void blank_nodes_are_called_by_their_ids(void **state) {
  (void)state;
  OgError err = {0};
  Fixture fixture = open_graph("recall-blank.db", "_:node ex:p _:node .");
  sqlite3_stmt *row;
  const OgTypedTerm *term;
  char label[32];
  assert_int_equal(sqlite3_prepare_v2(og_store_sqlite(fixture.store),
                                      "SELECT id FROM term WHERE kind = 2", -1, &row, NULL),
                   SQLITE_OK);
  assert_int_equal(sqlite3_step(row), SQLITE_ROW);
  const int64_t id = sqlite3_column_int64(row, 0);
  sqlite3_finalize(row);
  assert_ok(og_recall_term(&fixture.functions->recall, id, &term, &err));
  snprintf(label, sizeof label, "b%" PRId64, id);
  assert_string_equal(term->term.text.data, label);
  og_recall_stop(&fixture.functions->recall);
  og_store_close(fixture.store);
}

static void what_is_not_there_is_said_and_the_next_is_found(void **state) {
  (void)state;
  static const int64_t absent[] = {0, -1, 1 << 30};
  OgError err = {0};
  const OgTypedTerm *term;
  Fixture fixture = open_graph("recall-absent.db", "ex:a ex:p ex:b .");
  OgTermRecall *recall = &fixture.functions->recall;
  for (size_t k = 0; k < OG_COUNT(absent); k++) {
    assert_status(og_recall_term(recall, absent[k], &term, &err), OG_BAD_STORE);
    assert_ok(og_recall_term(recall, 1 + (int64_t)k, &term, &err));
    assert_int_equal(term->term.kind, OG_IRI);
  }
  og_recall_stop(recall);
  og_store_close(fixture.store);
}

/* More terms than are remembered, forth and back: memory stays bounded, answers right. */
static void much_is_forgotten_and_read_again(void **state) {
  (void)state;
  OgError err = {0};
  OgBuffer text = OG_BUFFER_INIT;
  for (int k = 0; k < TERMS; k++) {
    assert_ok(og_buffer_format(&text, &err, "ex:a ex:p 'value %d' .\n", k));
  }
  Fixture fixture = open_graph("recall-many.db", text.data);
  OgTermRecall *recall = &fixture.functions->recall;
  for (int step = 0; step < 2 * TERMS; step++) {
    char value[32];
    const int k = step < TERMS ? step : 2 * TERMS - 1 - step;
    const OgTypedTerm *term;
    const int size = snprintf(value, sizeof value, "value %d", k);
    const OgTerm wanted = {.kind = OG_LITERAL, .text = {value, (size_t)size}};
    og_recall_trim(recall);
    assert_ok(og_recall_term(recall, find(&fixture, &wanted), &term, &err));
    assert_string_equal(term->term.text.data, value);
    assert_true(recall->count <= TERMS / 2);
  }
  assert_true(recall->epoch > 1);
  og_recall_stop(recall);
  assert_int_equal(recall->count, 0);
  og_store_close(fixture.store);
  og_buffer_clear(&text);
}

/* Nothing is wanted outside of a query: the table is there, and empty. */
static void the_table_is_empty_by_itself(void **state) {
  (void)state;
  sqlite3_stmt *row;
  Fixture fixture = open_graph("recall-table.db", "ex:a ex:p ex:b .");
  assert_int_equal(sqlite3_prepare_v2(og_store_sqlite(fixture.store), "SELECT id FROM og_wanted",
                                      -1, &row, NULL),
                   SQLITE_OK);
  assert_int_equal(sqlite3_step(row), SQLITE_DONE);
  sqlite3_finalize(row);
  og_store_close(fixture.store);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(terms_of_each_kind_are_recalled),
      cmocka_unit_test(blank_nodes_are_called_by_their_ids),
      cmocka_unit_test(what_is_not_there_is_said_and_the_next_is_found),
      cmocka_unit_test(much_is_forgotten_and_read_again),
      cmocka_unit_test(the_table_is_empty_by_itself),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
