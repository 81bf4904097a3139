#include "kg/tuples.h"

#include "core/memory.h"
#include "tests/test.h"

#include <stdlib.h>
#include <string.h>

enum { ROWS = 5000 };

static size_t compared_width;

static int compare(const void *a, const void *b) {
  const uint32_t *left = a;
  const uint32_t *right = b;
  for (size_t k = 0; k < compared_width; k++) {
    if (left[k] != right[k]) {
      return left[k] < right[k] ? -1 : 1;
    }
  }
  return 0;
}

/* Fill with numbers below the bounds of each column, many of them equal. */
static void fill(uint32_t *rows, size_t width, const uint32_t *bounds) {
  uint32_t state = 12345;
  for (size_t k = 0; k < ROWS * width; k++) {
    state = state * 1664525u + 1013904223u;
    const uint32_t bound = bounds[k % width];
    rows[k] = bound ? (state >> 8) % bound * (bound > 1000 ? 4099u : 1u) : 7;
  }
}

static void rows_come_in_the_order_that_a_comparison_gives(void **state) {
  static const uint32_t bounds[][5] = {
      {300, 20, 40000, 0, 0}, {70000, 3, 900000, 2, 9}, {1, 1, 1, 1, 1}};
  (void)state;
  OgError err = {0};
  static uint32_t rows[ROWS * 5], expected[ROWS * 5];
  for (size_t k = 0; k < OG_COUNT(bounds); k++) {
    for (size_t width = 2; width <= 5; width += width == 2 ? 2 : 1) {
      fill(rows, width, bounds[k]);
      memcpy(expected, rows, ROWS * width * sizeof *rows);
      compared_width = width;
      qsort(expected, ROWS, width * sizeof *rows, compare);
      assert_ok(og_tuples_sort(rows, ROWS, width, &err));
      assert_memory_equal(rows, expected, ROWS * width * sizeof *rows);
    }
  }
}

static void rows_that_are_alike_in_a_column_keep_their_order(void **state) {
  (void)state;
  OgError err = {0};
  static uint32_t rows[ROWS * 4];
  for (uint32_t k = 0; k < ROWS; k++) {
    const uint32_t row[] = {k, k % 7, 70000 * (k % 3), 0};
    memcpy(rows + 4 * k, row, sizeof row);
  }
  assert_ok(og_tuples_sort_by(rows, ROWS, 4, 2, &err));
  assert_ok(og_tuples_sort_by(rows, ROWS, 4, 1, &err));
  for (size_t k = 1; k < ROWS; k++) {
    const uint32_t *left = rows + 4 * (k - 1);
    const uint32_t *right = rows + 4 * k;
    assert_true(left[1] < right[1] || (left[1] == right[1] && left[2] < right[2]) ||
                (left[1] == right[1] && left[2] == right[2] && left[0] < right[0]));
  }
}

static void equal_rows_become_one(void **state) {
  (void)state;
  uint32_t rows[] = {1, 2, 3, 4, 1, 2, 3, 4, 1, 2, 3, 5, 2, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0};
  const uint32_t expected[] = {1, 2, 3, 4, 1, 2, 3, 5, 2, 0, 0, 0};
  assert_int_equal(og_tuples_unique(rows, 6, 4), 3);
  assert_memory_equal(rows, expected, sizeof expected);
  assert_int_equal(og_tuples_unique(rows, 1, 4), 1);
  assert_int_equal(og_tuples_unique(NULL, 0, 4), 0);
}

static void rows_are_found_by_their_first_columns(void **state) {
  (void)state;
  static const uint32_t rows[] = {1, 2, 3, 9, 1, 2, 4, 0, 1, 5, 0, 0, 3, 0, 0, 0};
  static const struct {
    uint32_t wanted[3];
    size_t columns, row;
  } cases[] = {
      {{1, 2, 3}, 3, 0}, {{1, 2, 4}, 3, 1}, {{1, 2, 5}, 3, 2}, {{1, 2}, 2, 0}, {{1, 5}, 2, 2},
      {{0}, 1, 0},       {{2}, 1, 3},       {{3}, 1, 3},       {{4}, 1, 4},    {{0}, 0, 0},
  };
  for (size_t k = 0; k < OG_COUNT(cases); k++) {
    assert_int_equal(og_tuples_find(rows, 4, 4, cases[k].wanted, cases[k].columns), cases[k].row);
  }
  assert_int_equal(og_tuples_find(NULL, 0, 4, cases[0].wanted, 3), 0);
}

static void no_memory_leaves_the_rows_as_they_were(void **state) {
  (void)state;
  OgError err = {0};
  uint32_t rows[] = {2, 0, 0, 0, 1, 0, 0, 0};
  for (long countdown = 0; countdown < 2; countdown++) {
    og_memory_fail_after(countdown);
    const OgStatus status = og_tuples_sort(rows, 2, 4, &err);
    og_memory_fail_after(-1);
    assert_status(status, OG_NO_MEMORY);
    assert_int_equal(rows[0], 2);
  }
  assert_ok(og_tuples_sort(rows, 2, 4, &err));
  assert_int_equal(rows[0], 1);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(rows_come_in_the_order_that_a_comparison_gives),
      cmocka_unit_test(rows_that_are_alike_in_a_column_keep_their_order),
      cmocka_unit_test(equal_rows_become_one),
      cmocka_unit_test(rows_are_found_by_their_first_columns),
      cmocka_unit_test(no_memory_leaves_the_rows_as_they_were),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
