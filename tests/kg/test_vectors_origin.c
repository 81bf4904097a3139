#include "kg/vectors_origin.h"

#include "core/memory.h"
#include "tests/test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { N = 5, D = 3 };

static int64_t entities[N] = {1, 2, 4, 8, 9};
static float values[N * D] = {1, 2, 5, 3, 2, -1, 5, 2, 0.1f, 7, 2, 0.3f, 9, 2, -7};
static char name[] = "set", empty[] = "{}";

static OgVectors make_set(char *parameters) {
  return (OgVectors){.name = name,
                     .parameters = parameters,
                     .N = N,
                     .D = D,
                     .entities = entities,
                     .values = values};
}

static void the_origin_of_a_new_set_is_what_its_rows_are(void **state) {
  (void)state;
  OgError err;
  OgOrigin origin, other;
  OgVectors vectors = make_set(empty);
  assert_ok(og_origin_of(&vectors, &origin, &err));
  assert_false(origin.renewed);
  assert_true(origin.mean[0] == 5 && origin.mean[1] == 2);
  assert_true(fabs(origin.deviation[0] - sqrt(8)) < 1e-12 && origin.deviation[1] == 0);
  vectors.N--;
  assert_ok(og_origin_of(&vectors, &other, &err));
  assert_string_not_equal(origin.hash, other.hash);
  og_origin_clear(&other);
  og_origin_clear(&origin);
}

static void what_is_kept_comes_back_to_the_bit(void **state) {
  (void)state;
  OgError err;
  OgOrigin origin, back;
  OgVectors vectors = make_set(empty);
  assert_ok(og_origin_of(&vectors, &origin, &err));
  json_t *json = json_object();
  assert_ok(og_origin_keep(&origin, D, json, &err));
  char *text = json_dumps(json, JSON_COMPACT);
  json_decref(json);
  vectors.parameters = text;
  vectors.N = 2; /* the rows do not matter any more */
  assert_ok(og_origin_of(&vectors, &back, &err));
  assert_true(back.renewed);
  assert_string_equal(back.hash, origin.hash);
  assert_memory_equal(back.mean, origin.mean, D * sizeof *back.mean);
  assert_memory_equal(back.deviation, origin.deviation, D * sizeof *back.deviation);
  og_origin_clear(&back);
  og_origin_clear(&origin);
  free(text);
}

static void a_damaged_origin_is_refused(void **state) {
  (void)state;
#define HASH "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
  static char bad[][160] = {
      "{\"origin\": 3}",
      "{\"origin\": {\"hash\": \"12\", \"mean\": [1, 2, 3], \"deviation\": [1, 2, 3]}}",
      "{\"origin\": {\"hash\": \"" HASH "\", \"mean\": [1, 2], \"deviation\": [1, 2, 3]}}",
      "{\"origin\": {\"hash\": \"" HASH "\", \"mean\": [1, 2, 3], \"deviation\": [1, \"\", 3]}}",
      "{\"origin\": {\"hash\": \"" HASH "\", \"mean\": [1, 2, 3]}}",
  };
  for (size_t k = 0; k < OG_COUNT(bad); k++) {
    OgError err;
    OgOrigin origin;
    const OgVectors vectors = make_set(bad[k]);
    assert_status(og_origin_of(&vectors, &origin, &err), OG_BAD_STORE);
    assert_null(origin.mean);
  }
}

static long allocations_left = -1;

/* Jansson's malloc: fails once, when none are left. */
static void *fail_once(size_t size) {
  return allocations_left >= 0 && allocations_left-- == 0 ? NULL : malloc(size);
}

/* A lost number would make the set unreadable, a lost text another origin. */
static void json_without_memory_is_not_taken_for_less(void **state) {
  (void)state;
  OgError err;
  OgOrigin origin, back;
  OgVectors vectors = make_set(empty);
  assert_ok(og_origin_of(&vectors, &origin, &err));
  json_t *json = json_object();
  OgStatus status = OG_NO_MEMORY;
  json_set_alloc_funcs(fail_once, free);
  for (long k = 0; status != OG_OK; k++) {
    json_object_clear(json);
    allocations_left = k;
    status = og_origin_keep(&origin, D, json, &err);
    if (status != OG_OK) {
      assert_status(status, OG_NO_MEMORY);
    }
  }
  allocations_left = -1;
  char *text = json_dumps(json, JSON_COMPACT);
  vectors.parameters = text;
  vectors.N = 2;
  status = OG_NO_MEMORY;
  for (long k = 0; status != OG_OK; k++) {
    allocations_left = k;
    status = og_origin_of(&vectors, &back, &err);
  }
  allocations_left = -1;
  json_set_alloc_funcs(malloc, free);
  assert_true(back.renewed);
  assert_string_equal(back.hash, origin.hash);
  assert_memory_equal(back.mean, origin.mean, D * sizeof *back.mean);
  og_origin_clear(&back);
  og_origin_clear(&origin);
  json_decref(json);
  free(text);
}

static void failed_allocations_are_reported(void **state) {
  (void)state;
  OgStatus status = OG_NO_MEMORY;
  for (long k = 0; status != OG_OK; k++) {
    OgError err;
    OgOrigin origin;
    const OgVectors vectors = make_set(empty);
    og_memory_fail_after(k);
    status = og_origin_of(&vectors, &origin, &err);
    og_memory_fail_after(-1);
    if (status != OG_OK) {
      assert_status(status, OG_NO_MEMORY);
    }
    og_origin_clear(&origin);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_origin_of_a_new_set_is_what_its_rows_are),
      cmocka_unit_test(what_is_kept_comes_back_to_the_bit),
      cmocka_unit_test(a_damaged_origin_is_refused),
      cmocka_unit_test(json_without_memory_is_not_taken_for_less),
      cmocka_unit_test(failed_allocations_are_reported),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
