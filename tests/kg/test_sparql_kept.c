#include "kg/sparql_kept.h"

#include "kg/store.h"
#include "tests/kg/asking.h"
#include "tests/kg/statements.h"
#include "tests/test.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static OgText text_of(const char *text) {
  return (OgText){text, strlen(text)};
}

static void what_is_added_is_found(void **state) {
  (void)state;
  OgError err = {0};
  OgKept kept = {.keys = NULL};
  char copied[] = "http://example.org/";
  OgKeptValue seven = {.id = 7};
  OgKeptValue ex = {.text = copied};
  assert_null(og_kept_find(&kept, text_of("seven")));
  assert_ok(og_kept_add(&kept, text_of("seven"), &seven, &err));
  assert_ok(og_kept_add(&kept, text_of("ex"), &ex, &err));
  memset(copied, 'x', sizeof copied - 1);
  assert_int_equal(og_kept_find(&kept, text_of("seven"))->id, 7);
  assert_string_equal(og_kept_find(&kept, text_of("ex"))->text, "http://example.org/");
  assert_string_equal(ex.text, "http://example.org/");
  assert_null(og_kept_find(&kept, text_of("sev")));
  og_kept_clear(&kept);
  assert_null(og_kept_find(&kept, text_of("seven")));
}

/* Any number of keys: memory stays bounded, what is found is right. */
static void many_are_bounded(void **state) {
  (void)state;
  OgError err = {0};
  OgKept kept = {.keys = NULL};
  for (int k = 0; k < 20000; k++) {
    char key[24];
    snprintf(key, sizeof key, "key %d", k);
    OgKeptValue value = {.id = k};
    assert_ok(og_kept_add(&kept, text_of(key), &value, &err));
    assert_int_equal(og_kept_find(&kept, text_of(key))->id, k);
  }
  assert_true(og_intern_count(kept.keys) <= 4096);
  assert_null(og_kept_find(&kept, text_of("key 0")));
  og_kept_clear(&kept);
}

/* The answer of one handle follows what another one imports. */
static void an_import_between_two_queries_is_seen(void **state) {
  (void)state;
  OgError err = {0};
  OgStore *store = NULL;
  const char *path = scratch("kept.db");
  static const char query[] = "SELECT ?o { <http://example.org/late> <http://example.org/p> ?o }";
  static const char graphs[] = "SELECT ?g { GRAPH ?g { <http://example.org/late> ?p ?o } }";
  assert_ok(import_text(path, "http://example.org/g", "ex:a ex:p ex:b .", NULL, &err));
  assert_ok(og_store_open(path, OG_STORE_READ, &store, &err));
  for (int round = 0; round < 2; round++) { /* looked up, and remembered */
    assert_string_equal(answer_of(store, query, NULL), "?o\n");
    assert_string_equal(answer_of(store, graphs, NULL), "?g\n");
  }
  assert_ok(import_text(path, "http://example.org/h", "ex:late ex:p 'now' .", NULL, &err));
  assert_string_equal(answer_of(store, query, NULL), "?o\n\"now\"\n");
  assert_string_equal(answer_of(store, graphs, NULL), "?g\n<http://example.org/h>\n");
  og_store_close(store);
}

/* What a transaction of the handle itself adds and takes back was there in between only. */
static void changes_that_are_taken_back_are_forgotten(void **state) {
  (void)state;
  OgError err = {0};
  OgStore *store = NULL;
  const char *path = scratch("kept-own.db");
  static const char query[] = "SELECT ?o { <http://example.org/new> <http://example.org/p> ?o }";
  assert_ok(import_text(path, "http://example.org/g", "ex:a ex:p ex:b .", NULL, &err));
  assert_ok(og_store_open(path, OG_STORE_WRITE, &store, &err));
  assert_string_equal(answer_of(store, query, NULL), "?o\n");
  for (int round = 0; round < 2; round++) {
    char *insert = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&insert, &size);
    assert_non_null(out);
    fprintf(
        out,
        "INSERT INTO term(id, kind, text, hash) VALUES (1000, 1, 'http://example.org/new', %lld);"
        "INSERT INTO quad SELECT 1000, predicate, object, source FROM quad",
        (long long)og_term_hash("http://example.org/new", 22));
    fclose(out);
    assert_ok(og_store_begin(store, &err));
    assert_ok(og_store_exec(store, insert, "write to", &err));
    assert_string_equal(answer_of(store, query, NULL), "?o\n<http://example.org/b>\n");
    og_store_rollback(store);
    assert_string_equal(answer_of(store, query, NULL), "?o\n");
    free(insert);
  }
  og_store_close(store);
}

/* A look into the graph comes first; where another program is at work on it, that is told. */
static void a_locked_graph_is_an_error(void **state) {
  (void)state;
  OgError err = {0};
  OgStore *store = NULL, *other = NULL;
  const char *path = scratch("kept-locked.db");
  const OgSolutions nobody = {0};
  assert_ok(import_text(path, "http://example.org/g", "ex:a ex:p ex:b .", NULL, &err));
  assert_ok(og_store_open(path, OG_STORE_READ, &store, &err));
  assert_ok(og_store_open(path, OG_STORE_WRITE, &other, &err));
  sqlite3_busy_timeout(og_store_sqlite(store), 0);
  for (int round = 0; round < 2; round++) { /* before and after the functions are there */
    assert_ok(og_store_exec(other, "BEGIN EXCLUSIVE", "lock", &err));
    assert_status(og_query_sparql(store, "ASK { ?s ?p ?o }", NULL, NULL, &nobody, NULL, &err),
                  OG_FAILED);
    assert_non_null(strstr(err.message, "another program is at work on it"));
    og_store_rollback(other);
    assert_string_equal(answer_of(store, "ASK { ?s ?p ?o }", NULL), "true\n");
  }
  og_store_close(other);
  og_store_close(store);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(what_is_added_is_found),
      cmocka_unit_test(many_are_bounded),
      cmocka_unit_test(an_import_between_two_queries_is_seen),
      cmocka_unit_test(changes_that_are_taken_back_are_forgotten),
      cmocka_unit_test(a_locked_graph_is_an_error),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
