#include "finetune/schedule.h"

#include "tests/test.h"

#include <math.h>

static void a_warm_up_climbs_to_the_peak_and_the_decay_falls_to_zero(void **state) {
  (void)state;
  const OgSchedule linear = {.decay = OG_DECAY_LINEAR, .peak = 2, .warmup = 3, .steps = 11};
  const double expected[] = {0.5, 1, 1.5, 2, 1.75, 1.5, 1.25, 1, 0.75, 0.5, 0.25, 0, 0};
  for (uint64_t step = 0; step < OG_COUNT(expected); step++) {
    assert_true(fabs(og_schedule_rate(&linear, step) - expected[step]) < 1e-12);
  }
}

static void a_cosine_is_at_half_in_the_middle(void **state) {
  (void)state;
  const OgSchedule cosine = {.decay = OG_DECAY_COSINE, .peak = 1, .warmup = 2, .steps = 12};
  assert_true(og_schedule_rate(&cosine, 2) == 1);
  assert_true(fabs(og_schedule_rate(&cosine, 7) - 0.5) < 1e-12);
  assert_true(fabs(og_schedule_rate(&cosine, 4) - (1 + cos(acos(-1.0) / 5)) / 2) < 1e-12);
  assert_true(fabs(og_schedule_rate(&cosine, 12)) < 1e-12);
}

static void a_constant_rate_stays_at_the_peak(void **state) {
  (void)state;
  const OgSchedule constant = {.decay = OG_DECAY_NONE, .peak = 3, .warmup = 0, .steps = 5};
  for (uint64_t step = 0; step < 9; step++) {
    assert_true(og_schedule_rate(&constant, step) == 3);
  }
}

static void a_schedule_of_warm_up_alone_is_fine(void **state) {
  (void)state;
  const OgSchedule brief = {.decay = OG_DECAY_LINEAR, .peak = 1, .warmup = 4, .steps = 4};
  assert_true(fabs(og_schedule_rate(&brief, 3) - 0.8) < 1e-12);
  assert_true(og_schedule_rate(&brief, 4) == 1 && og_schedule_rate(&brief, 5) == 0);
}

static void decays_are_found_by_name(void **state) {
  (void)state;
  OgDecay decay;
  const OgDecay all[] = {OG_DECAY_NONE, OG_DECAY_LINEAR, OG_DECAY_COSINE};
  for (size_t k = 0; k < OG_COUNT(all); k++) {
    assert_true(og_decay_find(og_decay_name(all[k]), &decay));
    assert_int_equal(decay, all[k]);
  }
  assert_false(og_decay_find("quadratic", &decay));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_warm_up_climbs_to_the_peak_and_the_decay_falls_to_zero),
      cmocka_unit_test(a_cosine_is_at_half_in_the_middle),
      cmocka_unit_test(a_constant_rate_stays_at_the_peak),
      cmocka_unit_test(a_schedule_of_warm_up_alone_is_fine),
      cmocka_unit_test(decays_are_found_by_name),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
