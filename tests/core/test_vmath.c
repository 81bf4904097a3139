#include "core/vmath.h"

#include "core/api.h"

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

static void the_hyperbolic_tangent_keeps_its_relative_accuracy_near_zero(void **state) {
  (void)state;
  for (int k = 0; k <= STEPS; k++) {
    const float x = 1e-20f * powf(1e21f, (float)k / STEPS);
    assert_true(fabs((double)og_vtanh(x) / tanh((double)x) - 1) < 2e-7);
    assert_true(og_vtanh(-x) == -og_vtanh(x));
  }
  assert_true(og_vtanh(INFINITY) == 1 && og_vtanh(-INFINITY) == -1);
}

static void the_normal_distribution_is_right_in_both_tails(void **state) {
  (void)state;
  for (int k = 0; k <= STEPS; k++) {
    const float x = -13.0f + 26.0f * (float)k / STEPS;
    float bell;
    const double expected = erfc(-(double)x / sqrt(2.0)) / 2;
    const double square = (double)x * (double)x;
    assert_true(fabs((double)og_vnormal(x, &bell) / expected - 1) < 4e-7 * (1 + square));
    assert_true(fabs((double)bell / exp(-square / 2) - 1) < 3e-7 * (1 + square));
  }
}

static void ordinals_order_as_floats_do(void **state) {
  (void)state;
  static const float ascending[] = {-INFINITY, -3e38f, -1, -1e-40f, 0, 1e-40f, 1, 2, INFINITY};
  for (size_t k = 0; k < OG_COUNT(ascending); k++) {
    assert_true(og_from_ordinal(og_ordinal(ascending[k])) == ascending[k]);
    assert_true(k == 0 || og_ordinal(ascending[k - 1]) < og_ordinal(ascending[k]));
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_exponential_is_right_to_two_units_in_the_last_place),
      cmocka_unit_test(the_exponential_stays_finite_and_positive_at_the_ends),
      cmocka_unit_test(the_logarithm_is_right_over_the_whole_range),
      cmocka_unit_test(sine_and_cosine_are_right_over_many_turns),
      cmocka_unit_test(the_hyperbolic_tangent_keeps_its_relative_accuracy_near_zero),
      cmocka_unit_test(the_normal_distribution_is_right_in_both_tails),
      cmocka_unit_test(ordinals_order_as_floats_do),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
