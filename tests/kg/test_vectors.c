#include "kg/vectors.h"

#include "core/file.h"
#include "core/memory.h"
#include "kg/graph_hash.h"
#include "tests/kg/graph.h"

#include "tests/test.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const Row rows[] = {
    {"ex:a", "rdf:type", "owl:Class", NULL},     {"ex:b", "rdf:type", "owl:Class", NULL},
    {"ex:c", "rdf:type", "owl:Class", NULL},     {"ex:a", "rdfs:label", "lung\tcancer\n", "en"},
    {"ex:b", "rdfs:label", "lung cancer", "en"}, {"ex:c", "rdfs:label", "lung cancer", "en"},
    {"ex:b", "rdfs:subClassOf", "ex:a", NULL},   {"ex:c", "rdfs:subClassOf", "ex:a", NULL},
};

static OgStore *make_graph(const char *name) {
  const char *path = scratch(name);
  remove(path);
  return graph_make(path, OG_STORE_WRITE, rows, OG_COUNT(rows));
}

static int compare_ids(const void *a, const void *b) {
  const int64_t *x = a, *y = b;
  return *x < *y ? -1 : *x > *y;
}

/* A set of 3 entities and 1 relation, 2 floats each. */
static OgVectors make_set(OgStore *store, const char *name, float first) {
  OgVectors vectors = {.N = 3, .D = 2, .R = 1, .RD = 4};
  vectors.name = og_strdup(name);
  vectors.model = og_strdup("transe");
  vectors.parameters = og_strdup("{\"version\":2}");
  vectors.metrics = og_strdup("{}");
  memset(vectors.graph_hash, 'a', OG_SHA256_HEX_SIZE - 1);
  vectors.entities = OG_NEW_ARRAY(int64_t, 3);
  vectors.relations = OG_NEW_ARRAY(int64_t, 1);
  vectors.values = og_calloc_floats(6);
  vectors.relation_values = og_calloc_floats(4);
  static const char *const names[] = {"ex:a", "ex:b", "ex:c"};
  for (size_t k = 0; k < 3; k++) {
    vectors.entities[k] = graph_id(store, names[k]);
  }
  qsort(vectors.entities, 3, sizeof *vectors.entities, compare_ids);
  vectors.relations[0] = graph_id(store, "rdfs:subClassOf");
  for (size_t k = 0; k < 6; k++) {
    vectors.values[k] = first + (float)k / 3;
  }
  vectors.relation_values[3] = -0.1f;
  return vectors;
}

static void check_equal(const OgVectors *a, const OgVectors *b) {
  assert_int_equal(a->set, b->set);
  assert_string_equal(a->name, b->name);
  assert_string_equal(a->model, b->model);
  assert_string_equal(a->parameters, b->parameters);
  assert_string_equal(a->metrics, b->metrics);
  assert_string_equal(a->graph_hash, b->graph_hash);
  assert_int_equal(a->N, b->N);
  assert_int_equal(a->D, b->D);
  assert_int_equal(a->R, b->R);
  assert_int_equal(a->RD, b->RD);
  assert_memory_equal(a->entities, b->entities, a->N * sizeof *a->entities);
  assert_memory_equal(a->values, b->values, a->N * a->D * sizeof *a->values);
  assert_memory_equal(a->relations, b->relations, a->R * sizeof *a->relations);
  assert_memory_equal(a->relation_values, b->relation_values,
                      a->R * a->RD * sizeof *a->relation_values);
}

static void a_set_comes_back_as_it_was(void **state) {
  (void)state;
  OgError err;
  OgVectors loaded;
  OgStore *store = make_graph("round.db");
  OgVectors saved = make_set(store, "one", 1);
  assert_ok(og_vectors_save(store, &saved, &err));
  assert_true(saved.set > 0);
  assert_ok(og_vectors_load(store, "one", &loaded, &err));
  check_equal(&saved, &loaded);
  assert_memory_equal(og_vectors_find(&loaded, loaded.entities[1]), loaded.values + 2, 8);
  assert_null(og_vectors_find(&loaded, loaded.entities[2] + 1000));
  assert_null(og_vectors_find(&loaded, -5));
  og_vectors_clear(&loaded);
  og_vectors_clear(&saved);
  og_store_close(store);
}

/* Sums of absolute values were called so before parameters had a version. */
static void a_set_of_an_older_norm_keeps_its_norm(void **state) {
  (void)state;
  static const struct {
    const char *model, *parameters, *expected;
  } cases[] = {{"transe", "{\"seed\":1}", "transe-l1"},
               {"rotate", "{\"seed\":1}", "rotate-l1"},
               {"rotate", "{\"negatives_weight\":1.0}", "rotate"},
               {"transe", "{\"version\":2}", "transe"},
               {"complex", "{\"seed\":1}", "complex"},
               {"imported", "", "imported"}};
  OgError err;
  OgStore *store = make_graph("norm.db");
  for (size_t k = 0; k < OG_COUNT(cases); k++) {
    OgVectors loaded, saved = make_set(store, "old", 1);
    og_free(saved.model);
    og_free(saved.parameters);
    saved.model = og_strdup(cases[k].model);
    saved.parameters = og_strdup(cases[k].parameters);
    assert_ok(og_vectors_save(store, &saved, &err));
    assert_ok(og_vectors_load(store, "old", &loaded, &err));
    assert_string_equal(loaded.model, cases[k].expected);
    og_vectors_clear(&loaded);
    og_vectors_clear(&saved);
  }
  og_store_close(store);
}

static void keep_warning(void *data, const char *message) {
  snprintf(data, 300, "%s", message);
}

static void a_set_of_the_present_graph_keeps_its_name(void **state) {
  (void)state;
  OgError err = {0};
  char warning[300] = "";
  const OgProgress progress = {.warn = keep_warning, .data = warning};
  OgStore *store = make_graph("place.db");
  OgVectors set = make_set(store, "kept", 1);
  assert_ok(og_vectors_check_place(store, "kept", &progress, &err)); /* there is none */
  assert_string_equal(warning, "");
  assert_ok(og_vectors_save(store, &set, &err));
  assert_ok(og_vectors_check_place(store, "kept", &progress, &err)); /* of another state of it */
  assert_non_null(strstr(warning, "will be replaced"));
  assert_ok(og_store_graph_hash(store, set.graph_hash, &err));
  assert_ok(og_vectors_save(store, &set, &err));
  assert_status(og_vectors_check_place(store, "kept", NULL, &err), OG_USAGE);
  assert_non_null(strstr(err.message, "a set \"kept\" (transe, from 2"));
  assert_non_null(strstr(err.message, "--force"));
  assert_ok(og_vectors_check_place(store, "other", NULL, &err));
  og_vectors_clear(&set);
  og_store_close(store);
}

static void the_set_made_last_is_the_default_and_a_name_replaces(void **state) {
  (void)state;
  OgError err;
  OgVectors loaded;
  OgStore *store = make_graph("last.db");
  OgVectors sets[3] = {make_set(store, "one", 1), make_set(store, "two", 2),
                       make_set(store, "one", 3)};
  for (size_t k = 0; k < 3; k++) {
    assert_ok(og_vectors_save(store, &sets[k], &err));
    assert_ok(og_vectors_load(store, NULL, &loaded, &err));
    check_equal(&sets[k], &loaded);
    og_vectors_clear(&loaded);
  }
  assert_ok(og_vectors_load(store, "two", &loaded, &err));
  check_equal(&sets[1], &loaded);
  og_vectors_clear(&loaded);
  for (size_t k = 0; k < 3; k++) {
    og_vectors_clear(&sets[k]);
  }
  og_store_close(store);
}

static void no_set_is_not_found_with_what_to_do(void **state) {
  (void)state;
  OgError err;
  OgVectors loaded;
  OgStore *store = make_graph("none.db");
  assert_status(og_vectors_load(store, NULL, &loaded, &err), OG_NOT_FOUND);
  assert_non_null(strstr(err.message, "ontograft embed"));
  assert_status(og_vectors_load(store, "absent", &loaded, &err), OG_NOT_FOUND);
  assert_non_null(strstr(err.message, "\"absent\""));
  og_store_close(store);
}

static void a_vector_of_the_wrong_length_is_a_damaged_store(void **state) {
  (void)state;
  OgError err;
  OgVectors loaded;
  OgStore *store = make_graph("damaged.db");
  OgVectors saved = make_set(store, "one", 1);
  assert_ok(og_vectors_save(store, &saved, &err));
  assert_int_equal(sqlite3_exec(og_store_sqlite(store),
                                "UPDATE embedding SET vector = x'0011' WHERE entity = "
                                "(SELECT max(entity) FROM embedding)",
                                NULL, NULL, NULL),
                   SQLITE_OK);
  assert_status(og_vectors_load(store, "one", &loaded, &err), OG_BAD_STORE);
  og_vectors_clear(&saved);
  og_store_close(store);
}

/* What numpy.load reads: magic, version, length of the header, the header, the data at a multiple
 * of 64. */
static void the_npy_file_is_what_numpy_reads(void **state) {
  (void)state;
  OgError err;
  OgStore *store = make_graph("npy.db");
  OgVectors vectors = make_set(store, "one", 1);
  OgBuffer npy = OG_BUFFER_INIT, tsv = OG_BUFFER_INIT;
  const char *npy_path = scratch("v.npy"), *tsv_path = scratch("v.tsv");
  assert_ok(og_vectors_export_npy(store, &vectors, npy_path, tsv_path, &err));
  assert_ok(og_file_read(npy_path, 1 << 20, &npy, &err));
  assert_memory_equal(npy.data, "\x93NUMPY\x01\x00", 8);
  const size_t header = (size_t)(unsigned char)npy.data[8] | (size_t)(unsigned char)npy.data[9]
                                                                 << 8;
  static const char expected[] = "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 2), }";
  assert_memory_equal(npy.data + 10, expected, strlen(expected));
  assert_int_equal((10 + header) % 64, 0);
  assert_int_equal(npy.data[10 + header - 1], '\n');
  assert_int_equal(npy.size, 10 + header + 6 * sizeof(float));
  assert_memory_equal(npy.data + 10 + header, vectors.values, 6 * sizeof(float));
  assert_ok(og_file_read(tsv_path, 1 << 20, &tsv, &err));
  size_t lines = 0, tabs = 0;
  for (size_t k = 0; k < tsv.size; k++) {
    lines += tsv.data[k] == '\n';
    tabs += tsv.data[k] == '\t';
  }
  assert_int_equal(lines, 4);
  assert_int_equal(tabs, 4);
  assert_memory_equal(tsv.data, "iri\tlabel\n", 10);
  assert_non_null(strstr(tsv.data, "http://example.org/b\tlung cancer\n"));
  og_buffer_clear(&npy);
  og_buffer_clear(&tsv);
  og_vectors_clear(&vectors);
  og_store_close(store);
}

/* Read word2vec text as its readers do: words end at white space. */
static void check_words(const char *path, const OgVectors *vectors, const char *words[3]) {
  FILE *file = fopen(path, "r");
  size_t N, D;
  assert_non_null(file);
  assert_int_equal(fscanf(file, "%zu %zu", &N, &D), 2);
  assert_int_equal(N, vectors->N);
  assert_int_equal(D, vectors->D);
  for (size_t n = 0; n < N; n++) {
    char word[200];
    assert_int_equal(fscanf(file, "%199s", word), 1);
    assert_string_equal(word, words[n]);
    for (size_t d = 0; d < D; d++) {
      float value;
      assert_int_equal(fscanf(file, "%f", &value), 1);
      assert_memory_equal(&value, &vectors->values[n * D + d], sizeof value);
    }
  }
  fclose(file);
}

static void words_are_unique_and_without_white_space(void **state) {
  (void)state;
  OgError err;
  OgStore *store = make_graph("words.db");
  OgVectors vectors = make_set(store, "one", 1);
  const char *path = scratch("v.vec");
  const char *iris[3], *labels[3];
  for (size_t n = 0; n < 3; n++) {
    iris[n] = vectors.entities[n] == graph_id(store, "ex:a")   ? "http://example.org/a"
              : vectors.entities[n] == graph_id(store, "ex:b") ? "http://example.org/b"
                                                               : "http://example.org/c";
    labels[n] = iris[n];
  }
  assert_ok(og_vectors_export_word2vec(store, &vectors, OG_WORDS_IRI, path, &err));
  check_words(path, &vectors, iris);
  assert_ok(og_vectors_export_word2vec(store, &vectors, OG_WORDS_LABEL, path, &err));
  OgBuffer text = OG_BUFFER_INIT;
  assert_ok(og_file_read(path, 1 << 20, &text, &err));
  const char *first = strstr(text.data, "lung_cancer");
  assert_non_null(first);
  /* two entities share the label, or all three when the graph trims it: one keeps it, the others go
   * by IRI */
  for (size_t n = 0; n < 3; n++) {
    char start[64] = "";
    snprintf(start, sizeof start, "\n%s ", iris[n]);
    labels[n] = strstr(text.data, start) ? iris[n] : NULL;
  }
  size_t by_label = 0;
  for (size_t n = 0; n < 3; n++) {
    by_label += labels[n] == NULL;
  }
  assert_true(by_label >= 1 && by_label <= 2);
  og_buffer_clear(&text);
  og_vectors_clear(&vectors);
  og_store_close(store);
}

static void an_export_that_fails_leaves_the_old_file(void **state) {
  (void)state;
  OgError err;
  OgStore *store = make_graph("old.db");
  OgVectors vectors = make_set(store, "one", 1);
  const char *npy_path = scratch("old.npy"), *tsv_path = scratch("nowhere/old.tsv");
  OgBuffer text = OG_BUFFER_INIT;
  assert_ok(og_file_write(npy_path, "old", 3, &err));
  assert_status(og_vectors_export_npy(store, &vectors, npy_path, tsv_path, &err), OG_IO);
  assert_ok(og_file_read(npy_path, 100, &text, &err));
  assert_string_equal(text.data, "old");
  og_buffer_clear(&text);
  og_vectors_clear(&vectors);
  og_store_close(store);
}

static void failed_allocations_are_reported_and_change_nothing(void **state) {
  (void)state;
  OgError err;
  OgStore *store = make_graph("memory.db");
  OgVectors saved = make_set(store, "one", 1);
  const char *npy = scratch("m.npy"), *tsv = scratch("m.tsv"), *vec = scratch("m.vec");
  assert_ok(og_vectors_save(store, &saved, &err));
  OgStatus last = OG_NO_MEMORY;
  for (long k = 0; last == OG_NO_MEMORY; k++) {
    OgVectors loaded = {0};
    og_memory_fail_after(k);
    last = og_vectors_load(store, "one", &loaded, &err);
    if (last == OG_OK) {
      last = og_vectors_export_npy(store, &loaded, npy, tsv, &err);
    }
    if (last == OG_OK) {
      last = og_vectors_export_word2vec(store, &loaded, OG_WORDS_LABEL, vec, &err);
    }
    og_memory_fail_after(-1);
    og_vectors_clear(&loaded);
    assert_true(k < 500);
  }
  assert_status(last, OG_OK);
  og_vectors_clear(&saved);
  og_store_close(store);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_set_comes_back_as_it_was),
      cmocka_unit_test(a_set_of_an_older_norm_keeps_its_norm),
      cmocka_unit_test(a_set_of_the_present_graph_keeps_its_name),
      cmocka_unit_test(the_set_made_last_is_the_default_and_a_name_replaces),
      cmocka_unit_test(no_set_is_not_found_with_what_to_do),
      cmocka_unit_test(a_vector_of_the_wrong_length_is_a_damaged_store),
      cmocka_unit_test(the_npy_file_is_what_numpy_reads),
      cmocka_unit_test(words_are_unique_and_without_white_space),
      cmocka_unit_test(an_export_that_fails_leaves_the_old_file),
      cmocka_unit_test(failed_allocations_are_reported_and_change_nothing),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
