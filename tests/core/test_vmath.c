#include "core/vmath.h"

#include "tests/test.h"

#include <math.h>

enum { STEPS = 200000 };

static void the_exponential_is_right_to_two_units_in_the_last_place(void **state) {
  (void)state;
  for (int k = 0; k <= STEPS; k++) {
    const float x = -87.0f + 175.0f * (float)k / STEPS;
    assert_true(fabs((double)og_vexp(x) / exp((double)x) - 1) < 2.4e-7);
  }
}

static void the_exponential_stays_finite_and_positive_at_the_ends(void **state) {
  (void)state;
  assert_true(og_vexp(-INFINITY) > 0 && og_vexp(-INFINITY) < 1e-37f);
  assert_true(isfinite(og_vexp(INFINITY)) && og_vexp(INFINITY) > 1e38f);
  assert_true(isnan(og_vexp(NAN)));
}

static void the_logarithm_is_right_over_the_whole_range(void **state) {
  (void)state;
  for (int k = 0; k <= STEPS; k++) {
    const float wide = (float)exp(-87.0 + 175.0 * k / STEPS), near = 0.5f + 1.5f * (float)k / STEPS;
    assert_true(fabs((double)og_vlog(wide) - log((double)wide)) <
                1e-7 + 2e-7 * fabs(log((double)wide)));
    assert_true(fabs((double)og_vlog(near) - log((double)near)) < 1e-7);
  }
}

static void sine_and_cosine_are_right_over_many_turns(void **state) {
  (void)state;
  for (int k = 0; k <= STEPS; k++) {
    const float x = -8192.0f + 16384.0f * (float)k / STEPS;
    float sine, cosine;
    og_vsincos(x, &sine, &cosine);
    assert_true(fabs((double)sine - sin((double)x)) < 2e-7);
    assert_true(fabs((double)cosine - cos((double)x)) < 2e-7);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_exponential_is_right_to_two_units_in_the_last_place),
      cmocka_unit_test(the_exponential_stays_finite_and_positive_at_the_ends),
      cmocka_unit_test(the_logarithm_is_right_over_the_whole_range),
      cmocka_unit_test(sine_and_cosine_are_right_over_many_turns),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
