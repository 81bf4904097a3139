#include "finetune/windows.h"

#include "core/memory.h"
#include "tests/numbers.h"
#include "tests/test.h"

#include <string.h>

/* Every token between the ends is in a window, windows are as long as can be and begin a step
 * apart, and the last ends with the text. */
static void check(OgWindows windows, size_t tokens) {
  const size_t count = og_windows_count(windows, tokens);
  size_t sum = 0, covered = 1;
  for (size_t k = 0; k < count; k++) {
    size_t begin, end;
    og_windows_span(windows, tokens, k, &begin, &end);
    assert_int_equal(begin, 1 + k * windows.step);
    assert_true(begin <= covered);
    assert_true(end - begin + 2 <= windows.length || count == 1);
    assert_true(k + 1 == count || end - begin + 2 == windows.length);
    assert_true(end > covered || count == 1);
    covered = end;
    sum += end - begin + 2;
  }
  assert_int_equal(covered, tokens - 1);
  assert_int_equal(og_windows_tokens(windows, tokens), sum);
}

static void windows_cover_a_text_and_no_more(void **state) {
  (void)state;
  for (size_t length = 3; length < 9; length++) {
    for (size_t step = 1; step <= length - 2; step++) {
      for (size_t tokens = 2; tokens < 40; tokens++) {
        check((OgWindows){length, step}, tokens);
      }
    }
  }
  assert_int_equal(og_windows_count((OgWindows){6, 2}, 6), 1);
  assert_int_equal(og_windows_count((OgWindows){6, 2}, 7), 2);
  assert_int_equal(og_windows_count((OgWindows){6, 2}, 8), 2);
  assert_int_equal(og_windows_count((OgWindows){6, 2}, 9), 3);
}

static void without_a_step_a_text_is_one_sequence(void **state) {
  (void)state;
  assert_int_equal(og_windows_count((OgWindows){6, 0}, 100), 1);
  assert_int_equal(og_windows_tokens((OgWindows){6, 0}, 100), 100);
}

enum { TEXTS = 3, SEQUENCES = 6, H = 5 };
static const uint32_t starts[TEXTS + 1] = {0, 3, 4, 6};

typedef struct Case {
  OgWindowPooling pooling;
  float *x, *projection;
} Case;

static double loss(void *data) {
  const Case *c = data;
  float y[TEXTS * H];
  uint32_t winners[TEXTS * H];
  og_windows_forward(c->pooling, y, winners, c->x, starts, TEXTS, H);
  return inner_product(y, c->projection, TEXTS * H);
}

static void gradients_agree_with_differences(void **state) {
  (void)state;
  for (OgWindowPooling pooling = 0; pooling < OG_WINDOWS_COUNT; pooling++) {
    Case c = {pooling, random_floats(SEQUENCES * H, 1, 1), random_floats(TEXTS * H, 1, 2)};
    float y[TEXTS * H], dx[SEQUENCES * H];
    uint32_t winners[TEXTS * H];
    og_windows_forward(pooling, y, winners, c.x, starts, TEXTS, H);
    og_windows_backward(pooling, dx, c.projection, winners, starts, TEXTS, H);
    assert_gradient(og_window_pooling_name(pooling), loss, &c, c.x, dx, SEQUENCES * H, 1e-3);
    og_free_floats(c.x);
    og_free_floats(c.projection);
  }
}

static void a_mean_and_a_maximum_are_what_they_say(void **state) {
  (void)state;
  const float x[] = {1, -5, 3, -4, 2, -9}; /* three windows of two numbers */
  const uint32_t one[] = {0, 3};
  float y[2];
  uint32_t winners[2];
  og_windows_forward(OG_WINDOWS_MEAN, y, winners, x, one, 1, 2);
  assert_float_equal(y[0], 2, 1e-6);
  assert_float_equal(y[1], -6, 1e-6);
  og_windows_forward(OG_WINDOWS_MAX, y, winners, x, one, 1, 2);
  assert_true(y[0] == 3 && y[1] == -4);
  assert_int_equal(winners[0], 1);
  assert_int_equal(winners[1], 1);
}

static void poolings_have_names(void **state) {
  (void)state;
  for (OgWindowPooling pooling = 0; pooling < OG_WINDOWS_COUNT; pooling++) {
    assert_int_equal(og_window_pooling_find(og_window_pooling_name(pooling)), pooling);
  }
  assert_int_equal(og_window_pooling_find("median"), OG_WINDOWS_COUNT);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(windows_cover_a_text_and_no_more),
      cmocka_unit_test(without_a_step_a_text_is_one_sequence),
      cmocka_unit_test(gradients_agree_with_differences),
      cmocka_unit_test(a_mean_and_a_maximum_are_what_they_say),
      cmocka_unit_test(poolings_have_names),
  };
  return cmocka_run_group_tests_name("windows", tests, NULL, NULL);
}
