#include "kg/graph_hash.h"

#include "core/memory.h"
#include "tests/kg/statements.h"
#include "tests/test.h"

#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

enum { SOURCES = 2 };

/* The hash of a graph of two sources; either may be NULL. */
static void hash_of(const char *const texts[SOURCES], char hex[OG_SHA256_HEX_SIZE]) {
  static const char *const iris[SOURCES] = {"urn:one", "urn:two"};
  static int made;
  OgError err = {0};
  OgStore *store = NULL;
  char name[24];
  snprintf(name, sizeof name, "hash%d.db", made++);
  const char *path = scratch(name);
  for (int k = 0; k < SOURCES; k++) {
    if (texts[k]) {
      assert_ok(import_text(path, iris[k], texts[k], NULL, &err));
    }
  }
  assert_ok(og_store_open(path, OG_STORE_READ, &store, &err));
  assert_ok(og_store_graph_hash(store, hex, &err));
  og_store_close(store);
}

/* All say the same three entities and two edges. */
static void neither_order_nor_repetition_nor_what_makes_no_edge_counts(void **state) {
  (void)state;
  static const char *const same[][SOURCES] = {
      {"ex:a rdfs:subClassOf ex:b . ex:b rdfs:subClassOf ex:c . ex:a rdfs:label 'A' .", NULL},
      {"ex:x rdfs:comment 'more' . ex:b rdfs:subClassOf ex:c . ex:a rdfs:subClassOf ex:b .", NULL},
      {"ex:b rdfs:subClassOf ex:c .", "ex:a rdfs:subClassOf ex:b ."},
      {"ex:a rdfs:subClassOf ex:b . ex:b rdfs:subClassOf ex:c .",
       "ex:b rdfs:subClassOf ex:c . ex:a rdfs:subClassOf ex:b ."},
  };
  char first[OG_SHA256_HEX_SIZE], other[OG_SHA256_HEX_SIZE];
  hash_of(same[0], first);
  for (size_t k = 1; k < OG_COUNT(same); k++) {
    hash_of(same[k], other);
    assert_string_equal(first, other);
  }
}

static void graphs_that_differ_have_different_hashes(void **state) {
  (void)state;
  static const char *const texts[][SOURCES] = {
      {"ex:a rdfs:subClassOf ex:b . ex:b rdfs:subClassOf ex:c .", NULL},
      {"ex:a rdfs:subClassOf ex:c . ex:b rdfs:subClassOf ex:c .", NULL}, /* another tail */
      {"ex:b rdfs:subClassOf ex:a . ex:b rdfs:subClassOf ex:c .", NULL}, /* turned round */
      {"ex:a rdfs:subClassOf ex:b . ex:b ex:r ex:c . ex:r a owl:ObjectProperty . ex:b a owl:Class "
       ". ex:c a owl:Class .",
       NULL},                                                            /* another relation */
      {"ex:a rdfs:subClassOf ex:b . ex:b rdfs:subClassOf ex:d .", NULL}, /* another IRI */
      {"ex:a rdfs:subClassOf ex:b . ex:b rdfs:subClassOf ex:c . ex:e a owl:Class .", NULL},
      {"ex:a rdfs:subClassOf ex:b . ex:b rdfs:subClassOf ex:c . ex:a rdfs:subClassOf ex:c .", NULL},
  };
  char hashes[OG_COUNT(texts)][OG_SHA256_HEX_SIZE];
  for (size_t k = 0; k < OG_COUNT(texts); k++) {
    hash_of(texts[k], hashes[k]);
    for (size_t other = 0; other < k; other++) {
      assert_string_not_equal(hashes[other], hashes[k]);
    }
  }
}

static void the_kind_of_an_entity_and_where_an_edge_comes_from_count(void **state) {
  (void)state;
  static const char *const changes[] = {
      "UPDATE entity SET kind = 'individual' WHERE label = 'a'",
      "UPDATE edge SET via = 'some'",
  };
  OgError err = {0};
  char before[OG_SHA256_HEX_SIZE], after[OG_SHA256_HEX_SIZE];
  const char *path = scratch("kinds.db");
  assert_ok(import_text(path, "urn:x", "ex:a rdfs:subClassOf ex:b .", NULL, &err));
  OgStore *store = NULL;
  assert_ok(og_store_open(path, OG_STORE_WRITE, &store, &err));
  for (size_t k = 0; k < OG_COUNT(changes); k++) {
    assert_ok(og_store_graph_hash(store, before, &err));
    assert_int_equal(sqlite3_exec(og_store_sqlite(store), changes[k], NULL, NULL, NULL), SQLITE_OK);
    assert_int_not_equal(sqlite3_changes(og_store_sqlite(store)), 0);
    assert_ok(og_store_graph_hash(store, after, &err));
    assert_string_not_equal(before, after);
  }
  og_store_close(store);
}

static void an_edge_of_no_entity_is_damage(void **state) {
  (void)state;
  OgError err = {0};
  char hex[OG_SHA256_HEX_SIZE];
  const char *path = scratch("loose.db");
  assert_ok(import_text(path, "urn:x", "ex:a rdfs:subClassOf ex:b .", NULL, &err));
  OgStore *store = NULL;
  assert_ok(og_store_open(path, OG_STORE_WRITE, &store, &err));
  assert_int_equal(
      sqlite3_exec(og_store_sqlite(store), "UPDATE edge SET tail = 1000", NULL, NULL, NULL),
      SQLITE_OK);
  assert_status(og_store_graph_hash(store, hex, &err), OG_BAD_STORE);
  assert_non_null(strstr(err.message, "1000"));
  og_store_close(store);
}

static void every_failed_allocation_is_reported(void **state) {
  (void)state;
  OgError err = {0};
  const char *path = scratch("memory.db");
  assert_ok(import_text(path, "urn:x", "ex:a rdfs:subClassOf ex:b .", NULL, &err));
  OgStatus status = OG_NO_MEMORY;
  for (long countdown = 0; status != OG_OK; countdown++) {
    OgStore *store = NULL;
    char hex[OG_SHA256_HEX_SIZE];
    assert_ok(og_store_open(path, OG_STORE_READ, &store, &err));
    og_memory_fail_after(countdown);
    status = og_store_graph_hash(store, hex, &err);
    og_memory_fail_after(-1);
    if (status != OG_OK) {
      assert_status(status, OG_NO_MEMORY);
    }
    og_store_close(store);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(neither_order_nor_repetition_nor_what_makes_no_edge_counts),
      cmocka_unit_test(graphs_that_differ_have_different_hashes),
      cmocka_unit_test(the_kind_of_an_entity_and_where_an_edge_comes_from_count),
      cmocka_unit_test(an_edge_of_no_entity_is_damage),
      cmocka_unit_test(every_failed_allocation_is_reported),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
