#include "core/file.h"
#include "core/json.h"
#include "tests/test.h"

#include <string.h>

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
  char deep[100000];
  memset(deep, '[', sizeof deep);
  assert_status(og_json_parse(deep, sizeof deep, "x", OG_BAD_DATA, &json, &err), OG_BAD_DATA);
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
      cmocka_unit_test(duplicate_keys_and_deep_nesting_are_refused),
      cmocka_unit_test(what_is_saved_is_loaded_back),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
