#include "kg/refs.h"

#include "core/memory.h"
#include "kg/interpret.h"
#include "tests/kg/graph.h"
#include "tests/test.h"

#include <stdio.h>
#include <string.h>

static const Row small[] = {
    {"obo:DOID_1612", "rdf:type", "owl:Class", NULL},
    {"obo:DOID_1612", "rdfs:label", "breast cancer", "en"},
    {"obo:DOID_1612", "rdfs:label", "Brustkrebs", "de"},
    {"obo:DOID_1612", "skos:altLabel", "Mammakarzinom", "de-AT"},
    {"http://elsewhere.org/a/b/c/", "rdf:type", "owl:Class", NULL},
    {"http://elsewhere.org/a/b/c/", "rdfs:label", "far away", "en"},
    {"http://elsewhere.org/a/b/c/", "owl:deprecated", "true", ""},
    {"ex:nameless", "rdf:type", "owl:Class", NULL},
};

enum { MANY = 1000 };

static OgStore *store;
static int64_t cancer, nameless;

static int set_up(void **state) {
  (void)state;
  static Row rows[OG_COUNT(small) + MANY];
  static char names[MANY][16];
  memcpy(rows, small, sizeof small);
  for (size_t k = 0; k < MANY; k++) {
    snprintf(names[k], sizeof names[k], "ex:n%zu", k);
    rows[OG_COUNT(small) + k] = (Row){names[k], "rdf:type", "owl:Class", NULL};
  }
  store = graph_make(scratch("refs.db"), OG_STORE_READ, rows, OG_COUNT(rows));
  cancer = graph_id(store, "obo:DOID_1612");
  nameless = graph_id(store, "ex:nameless");
  return 0;
}

static int tear_down(void **state) {
  (void)state;
  og_store_close(store);
  return 0;
}

/* The label of an entity in the languages. */
static void assert_label(const char *languages, int64_t entity, const char *label) {
  OgError err = {0};
  OgRefs *refs;
  const OgEntityRef *ref;
  assert_ok(og_refs_new(store, languages, &refs, &err));
  assert_ok(og_refs_find(refs, entity, &ref, &err));
  assert_string_equal(ref->label, label);
  og_refs_free(refs);
}

static void the_label_is_in_the_language_asked_for(void **state) {
  (void)state;
  assert_label(NULL, cancer, "breast cancer");
  assert_label("de", cancer, "Brustkrebs");
  assert_label("fr, de", cancer, "Brustkrebs");
  assert_label("fr", cancer, "breast cancer");
  assert_label("de", nameless, "nameless");
}

static void the_id_is_a_curie_where_a_prefix_fits(void **state) {
  (void)state;
  OgError err = {0};
  OgRefs *refs;
  const OgEntityRef *ref;
  assert_ok(og_refs_new(store, NULL, &refs, &err));
  assert_ok(og_refs_find(refs, cancer, &ref, &err));
  assert_string_equal(og_entity_ref_id(ref), "DOID:1612");
  assert_string_equal(ref->iri, "http://purl.obolibrary.org/obo/DOID_1612");
  assert_false(ref->deprecated);
  assert_ok(og_refs_find(refs, nameless, &ref, &err));
  assert_string_equal(og_entity_ref_id(ref), "ex:nameless");
  int64_t far_away = 0;
  const char *iri = "http://elsewhere.org/a/b/c/";
  assert_ok(og_store_find_iri(store, iri, strlen(iri), &far_away, &err));
  assert_ok(og_refs_find(refs, far_away, &ref, &err));
  assert_string_equal(og_entity_ref_id(ref), iri);
  assert_true(ref->deprecated);
  og_refs_free(refs);
}

static void what_was_found_stays(void **state) {
  (void)state;
  OgError err = {0};
  OgRefs *refs;
  const OgEntityRef *found[MANY];
  assert_ok(og_refs_new(store, NULL, &refs, &err));
  for (int round = 0; round < 2; round++) {
    for (size_t k = 0; k < MANY; k++) {
      char name[16];
      const OgEntityRef *ref;
      snprintf(name, sizeof name, "ex:n%zu", k);
      assert_ok(og_refs_find(refs, graph_id(store, name), &ref, &err));
      assert_string_equal(ref->curie, name);
      assert_true(round == 0 || ref == found[k]);
      found[k] = ref;
    }
  }
  og_refs_free(refs);
}

static void what_is_no_entity_is_told(void **state) {
  (void)state;
  OgError err = {0};
  OgRefs *refs;
  const OgEntityRef *ref;
  assert_ok(og_refs_new(store, NULL, &refs, &err));
  assert_status(og_refs_find(refs, 123456789, &ref, &err), OG_NOT_FOUND);
  assert_non_null(strstr(err.message, "#123456789"));
  assert_ok(og_refs_find(refs, cancer, &ref, &err));
  og_refs_free(refs);
}

static void every_failed_allocation_is_reported(void **state) {
  (void)state;
  OgError err = {0};
  OgStatus status = OG_NO_MEMORY;
  for (long failures = 0; status == OG_NO_MEMORY; failures++) {
    OgRefs *refs = NULL;
    const OgEntityRef *ref;
    og_memory_fail_after(failures);
    status = og_refs_new(store, "de", &refs, &err);
    if (status == OG_OK) {
      status = og_refs_find(refs, cancer, &ref, &err);
    }
    og_memory_fail_after(-1);
    og_refs_free(refs);
  }
  assert_ok(status);
}

static void a_graph_may_have_a_preference_of_its_own(void **state) {
  (void)state;
  OgError err = {0};
  OgArena arena = OG_ARENA_INIT;
  const char *languages;
  assert_ok(og_languages_of(store, &arena, &languages, &err));
  assert_string_equal(languages, "en");
  OgStore *german = graph_make(scratch("german.db"), OG_STORE_WRITE, small, OG_COUNT(small));
  assert_ok(og_interpretation_prefer(german, "de,fr", &err));
  OgStatus status = OG_NO_MEMORY;
  for (long failures = 0; status == OG_NO_MEMORY; failures++) {
    og_memory_fail_after(failures);
    status = og_languages_of(german, &arena, &languages, &err);
    og_memory_fail_after(-1);
  }
  assert_ok(status);
  assert_string_equal(languages, "de,fr");
  og_arena_clear(&arena);
  og_store_close(german);
}

static void languages_that_no_name_has_are_told(void **state) {
  (void)state;
  OgError err = {0};
  OgArena arena = OG_ARENA_INIT;
  const char *known;
  static const char *const there[] = {"en", "xx,de", "DE-at", "de,xx"};
  for (size_t k = 0; k < OG_COUNT(there); k++) {
    assert_ok(og_languages_miss(store, there[k], &arena, &known, &err));
    assert_null(known);
  }
  OgStatus status = OG_NO_MEMORY;
  for (long failures = 0; status == OG_NO_MEMORY; failures++) {
    og_memory_fail_after(failures);
    status = og_languages_miss(store, "xx,d", &arena, &known, &err);
    og_memory_fail_after(-1);
  }
  assert_ok(status);
  assert_string_equal(known, "en, de, de-AT");
  /* of many the first eight; of none nothing is said */
  char languages[10][8];
  Row rows[1 + OG_COUNT(languages)] = {{"ex:a", "rdf:type", "owl:Class", NULL}};
  for (size_t k = 0; k < OG_COUNT(languages); k++) {
    snprintf(languages[k], sizeof languages[k], "a%zu", k);
    rows[1 + k] = (Row){"ex:a", "rdfs:label", "text", languages[k]};
  }
  OgStore *other = graph_make(scratch("many.db"), OG_STORE_READ, rows, OG_COUNT(rows));
  assert_ok(og_languages_miss(other, "xx", &arena, &known, &err));
  assert_string_equal(known, "a0, a1, a2, a3, a4, a5, a6, a7, …");
  og_store_close(other);
  rows[1].language = "";
  other = graph_make(scratch("none.db"), OG_STORE_READ, rows, 2);
  assert_ok(og_languages_miss(other, "xx", &arena, &known, &err));
  assert_null(known);
  og_store_close(other);
  og_arena_clear(&arena);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_label_is_in_the_language_asked_for),
      cmocka_unit_test(the_id_is_a_curie_where_a_prefix_fits),
      cmocka_unit_test(what_was_found_stays),
      cmocka_unit_test(what_is_no_entity_is_told),
      cmocka_unit_test(a_graph_may_have_a_preference_of_its_own),
      cmocka_unit_test(languages_that_no_name_has_are_told),
      cmocka_unit_test(every_failed_allocation_is_reported),
  };
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
