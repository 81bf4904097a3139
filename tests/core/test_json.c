#include "core/file.h"
#include "core/json.h"
#include "core/memory.h"
#include "tests/test.h"

#include <stdlib.h>
#include <string.h>

static long allocations_left = -1;

/* Jansson's malloc: fails once, when none are left. */
static void *fail_once(size_t size) {
  return allocations_left >= 0 && allocations_left-- == 0 ? NULL : malloc(size);
}

static void memory_that_gives_out_is_no_fault_of_the_file(void **state) {
  (void)state;
  static const char text[] = "[1, [2, 3.5, true], {}]";
  OgStatus status = OG_NO_MEMORY;
  json_set_alloc_funcs(fail_once, free);
  for (long k = 0; status != OG_OK; k++) {
    json_t *json = NULL;
    OgError err;
    allocations_left = k;
    status = og_json_parse(text, strlen(text), "x", OG_BAD_DATA, &json, &err);
    assert_true(k > 0 || status != OG_OK);
    if (status != OG_OK) {
      assert_status(status, OG_NO_MEMORY);
    }
    json_decref(json);
  }
  allocations_left = -1;
  json_set_alloc_funcs(malloc, free);
}

static void a_fault_has_its_place_and_the_callers_status(void **state) {
  (void)state;
  static const char text[] = "{\n  \"a\": 1,\n  \"b\": ]\n}";
  json_t *json = NULL;
  OgError err;
  assert_status(og_json_parse(text, strlen(text), "x.json", OG_BAD_STORE, &json, &err),
                OG_BAD_STORE);
  assert_int_equal(err.line, 3);
  assert_string_equal(err.source, "x.json");
  assert_null(json);
}

static void duplicate_keys_and_deep_nesting_are_refused(void **state) {
  (void)state;
  json_t *json = NULL;
  OgError err;
  assert_status(og_json_parse("{\"a\":1,\"a\":2}", 13, "x", OG_BAD_DATA, &json, &err), OG_BAD_DATA);
  char deep[202];
  memset(deep, '[', 101);
  memset(deep + 101, ']', 101);
  assert_status(og_json_parse(deep, sizeof deep, "x", OG_BAD_DATA, &json, &err), OG_BAD_DATA);
  assert_non_null(strstr(err.message, "at byte 100 the JSON is nested more than 100 deep"));
  assert_ok(og_json_parse(deep + 1, 200, "x", OG_BAD_DATA, &json, &err));
  json_decref(json);
}

static void more_values_than_a_file_has_are_refused_before_they_are_made(void **state) {
  (void)state;
  enum { VALUES = 5 << 20 };
  json_t *json = NULL;
  OgError err;
  char *many = og_calloc(1, 2 * VALUES);
  assert_non_null(many);
  many[0] = '[';
  for (size_t k = 1; k + 1 < 2 * VALUES; k += 2) {
    many[k] = '1';
    many[k + 1] = ',';
  }
  og_memory_fail_after(0);
  assert_status(og_json_parse(many, 2 * VALUES, "x", OG_BAD_DATA, &json, &err), OG_BAD_DATA);
  og_memory_fail_after(-1);
  assert_non_null(strstr(err.message, "or has more than 4194304 values"));
  og_free(many);
}

static void brackets_in_texts_do_not_nest(void **state) {
  (void)state;
  json_t *json = NULL;
  OgError err;
  char text[400] = "[\"\\\"";
  memset(text + 4, '[', 300);
  strcpy(text + 304, "\"]");
  assert_ok(og_json_parse(text, strlen(text), "x", OG_BAD_DATA, &json, &err));
  assert_int_equal(json_string_length(json_array_get(json, 0)), 301);
  json_decref(json);
}

static void a_zero_byte_in_a_string_is_told_in_plain_words(void **state) {
  (void)state;
  static const char text[] = "{\"a\": \"b\\u0000c\"}";
  json_t *json = NULL;
  OgError err;
  assert_status(og_json_parse(text, sizeof text - 1, "x", OG_BAD_DATA, &json, &err), OG_BAD_DATA);
  assert_string_equal(err.message, "not valid JSON: a string with a zero byte in it (\\u0000), "
                                   "which no text has; take it out");
}

static void what_is_saved_is_loaded_back(void **state) {
  (void)state;
  const char *path = scratch("kept.json");
  json_t *json = json_pack("{s:i, s:[s, f]}", "count", 3, "list", "é", 0.5);
  json_t *again = NULL;
  OgError err;
  assert_ok(og_json_save(path, json, &err));
  assert_ok(og_json_load(path, 1000, OG_BAD_DATA, &again, &err));
  assert_true(json_equal(json, again));
  json_decref(again);
  assert_status(og_json_load(path, 5, OG_BAD_STORE, &again, &err), OG_BAD_STORE);
  json_decref(json);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_fault_has_its_place_and_the_callers_status),
      cmocka_unit_test(memory_that_gives_out_is_no_fault_of_the_file),
      cmocka_unit_test(duplicate_keys_and_deep_nesting_are_refused),
      cmocka_unit_test(more_values_than_a_file_has_are_refused_before_they_are_made),
      cmocka_unit_test(brackets_in_texts_do_not_nest),
      cmocka_unit_test(a_zero_byte_in_a_string_is_told_in_plain_words),
      cmocka_unit_test(what_is_saved_is_loaded_back),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
