#include "core/intern.h"
#include "core/memory.h"
#include "tests/test.h"

#include <stdio.h>
#include <string.h>

static void strings_get_dense_numbers_in_order(void **state) {
  (void)state;
  enum { COUNT = 20000 };
  OgIntern *table = og_intern_new();
  OgError err;
  char text[32];
  uint32_t id;
  int added;
  for (int k = 0; k < COUNT; k++) {
    const int size = snprintf(text, sizeof text, "term-%d", k);
    assert_ok(og_intern_add(table, text, (size_t)size, &id, &added, &err));
    assert_int_equal(id, k);
    assert_int_equal(added, 1);
  }
  for (int k = 0; k < COUNT; k++) {
    const int size = snprintf(text, sizeof text, "term-%d", k);
    assert_int_equal(og_intern_find(table, text, (size_t)size), k);
    size_t length;
    const char *kept = og_intern_text(table, (uint32_t)k, &length);
    assert_int_equal(length, size);
    assert_memory_equal(kept, text, length);
  }
  assert_ok(og_intern_add(table, "term-7", 6, &id, &added, &err));
  assert_int_equal(id, 7);
  assert_int_equal(added, 0);
  assert_int_equal(og_intern_count(table), COUNT);
  assert_int_equal(og_intern_find(table, "absent", 6), OG_INTERN_NONE);
  og_intern_free(table);
}

static void empty_and_binary_strings_are_strings(void **state) {
  (void)state;
  OgIntern *table = og_intern_new();
  OgError err;
  uint32_t empty, one, two;
  assert_ok(og_intern_add(table, "", 0, &empty, NULL, &err));
  assert_ok(og_intern_add(table, "a\0b", 3, &one, NULL, &err));
  assert_ok(og_intern_add(table, "a\0c", 3, &two, NULL, &err));
  assert_int_equal(og_intern_find(table, "", 0), empty);
  assert_int_not_equal(one, two);
  og_intern_free(table);
}

/* What is left is found, what is gone is not, however the two collided. */
static void numbers_are_forgotten_from_the_last_on(void **state) {
  (void)state;
  enum { COUNT = 5000 };
  OgIntern *table = og_intern_new();
  OgError err;
  char text[32];
  uint32_t id;
  for (int kept = COUNT; kept >= 0; kept -= 777) {
    for (int k = 0; k < COUNT; k++) {
      const int size = snprintf(text, sizeof text, "term-%d", k);
      assert_ok(og_intern_add(table, text, (size_t)size, &id, NULL, &err));
      assert_int_equal(id, k);
    }
    og_intern_truncate(table, (uint32_t)kept);
    assert_int_equal(og_intern_count(table), kept);
    for (int k = 0; k < COUNT; k++) {
      const int size = snprintf(text, sizeof text, "term-%d", k);
      assert_int_equal(og_intern_find(table, text, (size_t)size),
                       k < kept ? (uint32_t)k : OG_INTERN_NONE);
    }
  }
  og_intern_free(table);
}

static void a_failed_allocation_leaves_the_table_whole(void **state) {
  (void)state;
  OgIntern *table = og_intern_new();
  OgError err;
  char text[32];
  int failures = 0;
  for (int k = 0; k < 3000; k++) {
    const int size = snprintf(text, sizeof text, "a longer term %d", k);
    uint32_t id;
    og_memory_fail_after(0);
    OgStatus status = og_intern_add(table, text, (size_t)size, &id, NULL, &err);
    og_memory_fail_after(-1);
    if (status != OG_OK) {
      failures++;
      assert_status(status, OG_NO_MEMORY);
      assert_int_equal(og_intern_find(table, text, (size_t)size), OG_INTERN_NONE);
      assert_ok(og_intern_add(table, text, (size_t)size, &id, NULL, &err));
    }
    assert_int_equal(id, k);
  }
  assert_true(failures > 0);
  og_intern_free(table);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(strings_get_dense_numbers_in_order),
      cmocka_unit_test(empty_and_binary_strings_are_strings),
      cmocka_unit_test(numbers_are_forgotten_from_the_last_on),
      cmocka_unit_test(a_failed_allocation_leaves_the_table_whole),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
