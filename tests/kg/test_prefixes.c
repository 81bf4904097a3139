#include "kg/prefixes.h"

#include "core/memory.h"
#include "tests/kg/graph.h"
#include "tests/test.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

static const Row small[] = {{"ex:Loan", "rdf:type", "owl:Class", NULL}};

static void iris_are_shortened_by_what_sources_declare(void **state) {
  OgStore *store = *state;
  static const struct {
    const char *iri, *curie; /* NULL: none */
  } cases[] = {
      {"http://purl.obolibrary.org/obo/DOID_1612", "DOID:1612"},
      {"http://purl.obolibrary.org/obo/NOT_A_1612", "obo:NOT_A_1612"},
      {"http://purl.obolibrary.org/obo/doid_x", "obo:doid_x"},
      {"http://example.org/Loan", "ex:Loan"},
      {"http://example.org/a/b", NULL},
      {"http://example.org/", NULL},
      {"http://www.w3.org/2000/01/rdf-schema#label", "rdfs:label"},
      {"urn:uuid:1", NULL},
  };
  OgError err = {0};
  OgPrefixes *prefixes = NULL;
  OgBuffer curie = OG_BUFFER_INIT;
  assert_ok(og_prefixes_load(store, &prefixes, &err));
  for (size_t k = 0; k < OG_COUNT(cases); k++) {
    const OgStatus status = og_prefixes_shorten(prefixes, cases[k].iri, &curie, &err);
    assert_status(status, cases[k].curie ? OG_OK : OG_NOT_FOUND);
    if (cases[k].curie) {
      assert_string_equal(curie.data, cases[k].curie);
    }
  }
  assert_string_equal(og_prefixes_find(prefixes, "ex", 2), "http://example.org/");
  assert_string_equal(og_prefixes_find(prefixes, "Obo", 3), "http://purl.obolibrary.org/obo/");
  assert_null(og_prefixes_find(prefixes, "nosuch", 6));
  og_buffer_clear(&curie);
  og_prefixes_free(prefixes);
}

static void namespaces_end_in_null(void **state) {
  OgStore *store = *state;
  OgError err = {0};
  OgPrefixes *prefixes = NULL;
  size_t count = 0;
  assert_ok(og_prefixes_load(store, &prefixes, &err));
  assert_string_equal(og_prefixes_namespace(prefixes, 0), "http://example.org/");
  while (og_prefixes_namespace(prefixes, count)) {
    count++;
  }
  assert_true(count > 10);
  assert_null(og_prefixes_namespace(prefixes, count + 1));
  og_prefixes_free(prefixes);
}

/* Of a hundred thousand namespaces the longest is found, in no more time than of ten. */
static void many_namespaces_take_no_longer(void **state) {
  (void)state;
  enum { NAMESPACES = 100000, SECONDS = 10 };
  OgError err = {0};
  OgPrefixes *prefixes = NULL;
  OgBuffer curie = OG_BUFFER_INIT;
  OgStore *store = graph_make(scratch("namespaces.db"), OG_STORE_WRITE, small, OG_COUNT(small));
  assert_ok(og_store_exec(store,
                          "INSERT INTO prefix WITH RECURSIVE n(k) AS (SELECT 0 UNION ALL "
                          "SELECT k + 1 FROM n WHERE k < 99999) "
                          "SELECT 1, 'p' || k, 'http://many/' || k || '/' FROM n UNION ALL "
                          "SELECT 1, 'all', 'http://many/'",
                          "write to", &err));
  const clock_t start = clock();
  assert_ok(og_prefixes_load(store, &prefixes, &err));
  for (int k = 0; k < NAMESPACES; k++) {
    char iri[64], expected[64];
    snprintf(iri, sizeof iri, "http://many/%d%s", k, k % 2 ? "/x" : "");
    snprintf(expected, sizeof expected, k % 2 ? "p%d:x" : "all:%d", k);
    assert_ok(og_prefixes_shorten(prefixes, iri, &curie, &err));
    assert_string_equal(curie.data, expected);
  }
  assert_true(clock() - start < SECONDS * CLOCKS_PER_SEC);
  og_buffer_clear(&curie);
  og_prefixes_free(prefixes);
  og_store_close(store);
}

/* A local name of a thousand characters is shortened, one of a million is not, and soon. */
static void long_local_names_take_no_longer(void **state) {
  static const char space[] = "http://example.org/";
  static const size_t sizes[] = {1000, 1001, 1000000};
  OgStore *store = *state;
  OgError err = {0};
  OgPrefixes *prefixes = NULL;
  OgBuffer curie = OG_BUFFER_INIT;
  assert_ok(og_prefixes_load(store, &prefixes, &err));
  for (size_t k = 0; k < OG_COUNT(sizes); k++) {
    char *iri = OG_NEW_ARRAY(char, sizeof space + sizes[k]);
    memcpy(iri, space, sizeof space);
    memset(iri + strlen(space), 'x', sizes[k]);
    const clock_t start = clock();
    assert_status(og_prefixes_shorten(prefixes, iri, &curie, &err), k == 0 ? OG_OK : OG_NOT_FOUND);
    assert_true((double)(clock() - start) / CLOCKS_PER_SEC < 3);
    og_free(iri);
  }
  og_buffer_clear(&curie);
  og_prefixes_free(prefixes);
}

static void every_failed_allocation_is_reported(void **state) {
  OgStore *store = *state;
  OgError err = {0};
  OgPrefixes *prefixes = NULL;
  OgStatus status = OG_NO_MEMORY;
  for (long failures = 0; status == OG_NO_MEMORY; failures++) {
    og_memory_fail_after(failures);
    status = og_prefixes_load(store, &prefixes, &err);
    og_memory_fail_after(-1);
  }
  assert_ok(status);
  OgBuffer curie = OG_BUFFER_INIT;
  og_memory_fail_after(0);
  status = og_prefixes_shorten(prefixes, "http://example.org/Loan", &curie, &err);
  og_memory_fail_after(-1);
  assert_status(status, OG_NO_MEMORY);
  og_buffer_clear(&curie);
  og_prefixes_free(prefixes);
  og_prefixes_free(NULL);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(iris_are_shortened_by_what_sources_declare),
      cmocka_unit_test(namespaces_end_in_null),
      cmocka_unit_test(many_namespaces_take_no_longer),
      cmocka_unit_test(long_local_names_take_no_longer),
      cmocka_unit_test(every_failed_allocation_is_reported),
  };
  return run_on_graph(tests, OG_STORE_READ, small);
}
