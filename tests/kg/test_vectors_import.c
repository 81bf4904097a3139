#include "kg/vectors_import.h"

#include "core/file.h"
#include "core/memory.h"
#include "tests/kg/graph.h"

#include "tests/test.h"

#include <stdio.h>
#include <string.h>

static OgStore *make_graph(const char *name) {
  static const Row rows[] = {
      {"ex:bond", "rdf:type", "owl:Class", NULL},
      {"ex:bond", "rdfs:label", "bond", "en"},
      {"ex:corporate", "rdf:type", "owl:Class", NULL},
      {"ex:corporate", "rdfs:label", "Corporate Bond", "en"},
      {"ex:corporate", "rdfs:subClassOf", "ex:bond", NULL},
      {"obo:DOID_1612", "rdf:type", "owl:Class", NULL},
      {"obo:DOID_1612", "rdfs:label", "breast cancer", "en"},
  };
  const char *path = scratch(name);
  remove(path);
  return graph_make(path, OG_STORE_WRITE, rows, OG_COUNT(rows));
}

static const char *write_text(const char *name, const char *text) {
  OgError err;
  const char *path = scratch(name);
  assert_ok(og_file_write(path, text, strlen(text), &err));
  return path;
}

static void rows_find_their_entities_by_iri_curie_or_name(void **state) {
  (void)state;
  OgError err;
  OgVectors vectors;
  OgVectorsImport report;
  OgStore *store = make_graph("keys.db");
  const char *path = write_text("keys.vec", "5 2\n"
                                            "http://example.org/bond 1 2\n"
                                            "corporate_bonds\t0.5  -4e-1 \r\n"
                                            "\n"
                                            "DOID:1612 7 8\n"
                                            "breast cancer\t9 9\n"
                                            "nothing 0 0\n");
  assert_ok(og_vectors_import(store, path, "theirs", NULL, &vectors, &report, &err));
  assert_int_equal(report.rows, 5);
  assert_int_equal(report.unknown, 1);
  assert_int_equal(report.repeated, 1);
  assert_string_equal(report.example, "nothing");
  og_vectors_clear(&vectors);
  assert_ok(og_vectors_load(store, "theirs", &vectors, &err));
  assert_int_equal(vectors.N, 3);
  assert_int_equal(vectors.D, 2);
  assert_int_equal(vectors.R, 0);
  const struct {
    const char *entity;
    float values[2];
  } expected[] = {{"ex:bond", {1, 2}}, {"ex:corporate", {0.5f, -0.4f}}, {"obo:DOID_1612", {7, 8}}};
  for (size_t k = 0; k < OG_COUNT(expected); k++) {
    const float *values = og_vectors_find(&vectors, graph_id(store, expected[k].entity));
    assert_non_null(values);
    assert_memory_equal(values, expected[k].values, sizeof expected[k].values);
  }
  og_vectors_clear(&vectors);
  og_store_close(store);
}

/* Keys of characters of three bytes, so long that what is told of them ends inside one. */
static void keys_are_told_in_whole_characters(void **state) {
  (void)state;
  OgError err;
  OgVectors vectors;
  OgVectorsImport report;
  char text[400] = "bond 1 2\na";
  for (int k = 0; k < 40; k++) {
    strcat(text, "\342\202\254");
  }
  strcat(text, " 3 4\n");
  OgStore *store = make_graph("whole.db");
  const char *path = write_text("whole.vec", text);
  assert_ok(og_vectors_import(store, path, "theirs", NULL, &vectors, &report, &err));
  assert_int_equal(report.unknown, 1);
  assert_int_equal(strlen(report.example), 61); /* of 63 that there is room for */
  og_vectors_clear(&vectors);
  strcpy(strrchr(text, '4'), "x\n");
  path = write_text("whole.vec", text);
  assert_status(og_vectors_import(store, path, "ours", NULL, &vectors, &report, &err), OG_BAD_DATA);
  assert_non_null(strstr(err.message, "\342\202\254\"")); /* the quote follows a whole one */
  og_store_close(store);
}

static void an_exported_set_comes_back_the_same(void **state) {
  (void)state;
  OgError err;
  OgVectors first, second;
  OgVectorsImport report;
  OgStore *store = make_graph("back.db");
  const char *path =
      write_text("first.vec", "bond 0.1 1e-30\ncorporate_bond -3.4028235e38 0.3333333\n");
  assert_ok(og_vectors_import(store, path, "first", NULL, &first, &report, &err));
  path = scratch("second.vec");
  assert_ok(og_vectors_export_word2vec(store, &first, OG_WORDS_LABEL, path, &err));
  assert_ok(og_vectors_import(store, path, "second", NULL, &second, &report, &err));
  assert_int_equal(second.N, 2);
  assert_memory_equal(first.values, second.values, 4 * sizeof(float));
  og_vectors_clear(&first);
  og_vectors_clear(&second);
  og_store_close(store);
}

static void what_cannot_be_read_is_refused_with_its_line(void **state) {
  (void)state;
  static const char *const bad[] = {"bond 1 2\nbond\n",       "bond 1 2\nbond 1\n",
                                    "bond 1 2\nbond 1 2 3\n", "bond 1 2\nbond 1 x\n",
                                    "bond 1 2\n 1 2\n",       "bond 1 2\nbond 1 nan\n",
                                    "bond 1 2\nbond inf 1",   "bond 1 2\nbond 1 2x3",
                                    "bond 1 2\nbond 1e99 1",  "2 2\nbond \n"};
  OgStore *store = make_graph("bad.db");
  for (size_t k = 0; k < OG_COUNT(bad); k++) {
    OgError err;
    OgVectors vectors;
    OgVectorsImport report;
    const char *path = write_text("bad.vec", bad[k]);
    assert_status(og_vectors_import(store, path, "bad", NULL, &vectors, &report, &err),
                  OG_BAD_DATA);
    assert_int_equal(err.line, 2);
    assert_status(og_vectors_load(store, NULL, &vectors, &err), OG_NOT_FOUND);
  }
  og_store_close(store);
}

static void a_file_of_strangers_is_refused(void **state) {
  (void)state;
  OgError err;
  OgVectors vectors;
  OgVectorsImport report;
  OgStore *store = make_graph("strangers.db");
  const char *path = write_text("strangers.vec", "dog 1 2\ncat 3 4\nhttp://example.org/x 1 2\n");
  assert_status(og_vectors_import(store, path, "x", NULL, &vectors, &report, &err), OG_NOT_FOUND);
  assert_non_null(strstr(err.message, "dog"));
  path = write_text("empty.vec", "");
  assert_status(og_vectors_import(store, path, "x", NULL, &vectors, &report, &err), OG_NOT_FOUND);
  assert_non_null(strstr(err.message, "holds no vectors"));
  og_store_close(store);
}

static void failed_allocations_leave_the_graph_as_it_was(void **state) {
  (void)state;
  OgStore *store = make_graph("memory.db");
  const char *path = write_text("memory.vec", "bond 1 2\ncorporate_bond 3 4\n");
  OgStatus last = OG_NO_MEMORY;
  for (long k = 0; last == OG_NO_MEMORY; k++) {
    OgError err;
    OgVectors vectors = {0};
    OgVectorsImport report;
    og_memory_fail_after(k);
    last = og_vectors_import(store, path, "x", NULL, &vectors, &report, &err);
    og_memory_fail_after(-1);
    og_vectors_clear(&vectors);
    if (last != OG_OK) {
      assert_status(og_vectors_load(store, NULL, &vectors, &err), OG_NOT_FOUND);
    }
    assert_true(k < 1000);
  }
  assert_int_equal(last, OG_OK);
  og_store_close(store);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(rows_find_their_entities_by_iri_curie_or_name),
      cmocka_unit_test(keys_are_told_in_whole_characters),
      cmocka_unit_test(an_exported_set_comes_back_the_same),
      cmocka_unit_test(what_cannot_be_read_is_refused_with_its_line),
      cmocka_unit_test(a_file_of_strangers_is_refused),
      cmocka_unit_test(failed_allocations_leave_the_graph_as_it_was),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
