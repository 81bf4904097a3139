#include "finetune/ablate.h"

#include "tests/finetune/world.h"
#include "tests/test.h"

#include <math.h>
#include <string.h>

static void assert_near(double value, double expected) {
  if (!(fabs(value - expected) < 1e-4)) {
    fail_msg("%.6f, not %.6f", value, expected);
  }
}

/* Three seeds of made-up scores. */
static OgAblation example(void) {
  return (OgAblation){.seeds = 3,
                      .scores = {[OG_ABLATION_ACCURACY] = {
                                     [OG_ARM_NONE] = {0.50, 0.54, 0.52},
                                     [OG_ARM_SHUFFLED] = {0.51, 0.53, 0.55},
                                     [OG_ARM_GRAPH] = {0.60, 0.66, 0.63},
                                 }}};
}

/* By hand: mean .52, deviation √((.02² + .02² + 0)/2) = .02, t(2) = 4.303: .02/√3 · 4.303 = .04969.
 */
static void a_mean_has_students_interval(void **state) {
  (void)state;
  const OgAblation ablation = example();
  const OgInterval none = og_ablation_mean(&ablation, OG_ABLATION_ACCURACY, OG_ARM_NONE);
  assert_near(none.mean, 0.52);
  assert_near(none.half_width, 4.303 * 0.02 / sqrt(3));
  const OgInterval graph = og_ablation_mean(&ablation, OG_ABLATION_ACCURACY, OG_ARM_GRAPH);
  assert_near(graph.mean, 0.63);
  assert_near(graph.half_width, 4.303 * 0.03 / sqrt(3));
}

/* By hand: against none the pairs differ by .10, .12, .11: mean .11, deviation .01. Against
 * shuffled by .09, .13, .08: mean .10, deviation √((.01² + .03² + .02²)/2) = .026458. */
static void a_gain_is_paired_by_seed(void **state) {
  (void)state;
  const OgAblation ablation = example();
  const OgInterval none = og_ablation_gain(&ablation, OG_ABLATION_ACCURACY, OG_ARM_NONE);
  assert_near(none.mean, 0.11);
  assert_near(none.half_width, 4.303 * 0.01 / sqrt(3));
  const OgInterval shuffled = og_ablation_gain(&ablation, OG_ABLATION_ACCURACY, OG_ARM_SHUFFLED);
  assert_near(shuffled.mean, 0.10);
  assert_near(shuffled.half_width, 4.303 * sqrt(0.0014 / 2) / sqrt(3));
}

static void one_seed_has_no_interval(void **state) {
  (void)state;
  OgAblation ablation = example();
  ablation.seeds = 1;
  const OgInterval gain = og_ablation_gain(&ablation, OG_ABLATION_ACCURACY, OG_ARM_NONE);
  assert_near(gain.mean, 0.10);
  assert_true(isnan(gain.half_width));
}

/* The points of t for 1 and for 31 degrees of freedom: 12.706 and 2.040. */
static void few_and_many_seeds_have_their_own_points(void **state) {
  (void)state;
  OgAblation ablation = {.seeds = 2};
  double *scores = ablation.scores[OG_ABLATION_MACRO_F1][OG_ARM_GRAPH];
  scores[0] = 0.4;
  scores[1] = 0.6;
  OgInterval mean = og_ablation_mean(&ablation, OG_ABLATION_MACRO_F1, OG_ARM_GRAPH);
  assert_near(mean.mean, 0.5);
  assert_near(mean.half_width, 12.706 * sqrt(0.02) / sqrt(2));
  ablation.seeds = OG_ABLATION_MAX_SEEDS;
  for (size_t k = 0; k < ablation.seeds; k++) {
    scores[k] = k % 2 ? 0.6 : 0.4;
  }
  mean = og_ablation_mean(&ablation, OG_ABLATION_MACRO_F1, OG_ARM_GRAPH);
  assert_near(mean.half_width, 2.040 * sqrt(32 * 0.01 / 31) / sqrt(32));
}

static OgFinetuneOptions small(const World *world) {
  OgFinetuneOptions options = og_finetune_options_default();
  options.base = world->base;
  options.train = world->train;
  options.test = world->test;
  options.batch_size = 4;
  options.epochs = 3;
  options.learning_rate = 2e-3;
  options.threads = 1;
  return options;
}

static void every_arm_is_the_training_that_it_says(void **state) {
  (void)state;
  OgError err = {0};
  World world;
  Watch watch;
  world_make(&world);
  watch_init(&watch, "graph, seed 2: training", SIZE_MAX);
  const OgFinetuneOptions options = small(&world);
  OgAblation ablation;
  assert_ok(og_ablate(world.graph, &options, 2, &watch.progress, &ablation, &err));
  assert_true(watch.reports > 0); /* progress names the arm and the seed */
  assert_true(ablation.on_test);
  assert_int_equal(ablation.texts, WORLD_TEST);
  for (OgArm arm = 0; arm < OG_ARMS; arm++) {
    OgFinetuneOptions own = options;
    OgFinetuneReport report;
    own.seed = options.seed + 1;
    own.fusion = arm == OG_ARM_NONE ? OG_FUSION_NONE : options.fusion;
    own.shuffle_entities = arm == OG_ARM_SHUFFLED;
    assert_ok(og_finetune(world.graph, &own, NULL, &report, &err));
    assert_true(ablation.scores[OG_ABLATION_ACCURACY][arm][1] == report.test.accuracy);
    assert_true(ablation.scores[OG_ABLATION_MACRO_F1][arm][1] == report.test.macro_f1);
    assert_true(ablation.seconds[arm][1] > 0);
    og_finetune_report_clear(&report);
  }
}

static void it_stops_when_asked_and_refuses_what_makes_no_sense(void **state) {
  (void)state;
  OgError err;
  World world;
  Watch watch;
  OgAblation ablation;
  world_make(&world);
  OgFinetuneOptions options = small(&world);
  watch_init(&watch, "shuffled, seed 1: training", 2);
  assert_status(og_ablate(world.graph, &options, 2, &watch.progress, &ablation, &err),
                OG_CANCELLED);
  assert_non_null(strstr(err.message, "shuffled, seed 1: nothing is kept"));
  assert_status(og_ablate(world.graph, &options, 0, NULL, &ablation, &err), OG_USAGE);
  assert_status(og_ablate(world.graph, &options, OG_ABLATION_MAX_SEEDS + 1, NULL, &ablation, &err),
                OG_USAGE);
  options.fusion = OG_FUSION_NONE;
  assert_status(og_ablate(world.graph, &options, 1, NULL, &ablation, &err), OG_USAGE);
  assert_string_equal(og_arm_name(OG_ARM_SHUFFLED), "shuffled");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_mean_has_students_interval),
      cmocka_unit_test(a_gain_is_paired_by_seed),
      cmocka_unit_test(one_seed_has_no_interval),
      cmocka_unit_test(few_and_many_seeds_have_their_own_points),
      cmocka_unit_test(every_arm_is_the_training_that_it_says),
      cmocka_unit_test(it_stops_when_asked_and_refuses_what_makes_no_sense),
  };
  return cmocka_run_group_tests_name("ablate", tests, NULL, NULL);
}
