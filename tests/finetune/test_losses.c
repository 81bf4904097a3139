#include "finetune/losses.h"

#include "core/memory.h"
#include "tests/numbers.h"
#include "tests/test.h"

#include <math.h>
#include <string.h>

enum { ROWS = 9, CLASSES = 21 };

static const uint32_t labels[ROWS] = {0, 20, 3, OG_LABEL_IGNORED, 7, 7, 1, OG_LABEL_IGNORED, 12};

typedef struct Case {
  OgLoss loss;
  OgTeam *team;
  float *scores;
  OgTargets targets;
  size_t N, C;
} Case;

static void make_case(Case *c, OgLoss loss, int threads) {
  OgError err;
  *c = (Case){.loss = loss, .N = ROWS, .C = loss == OG_LOSS_CROSS_ENTROPY ? CLASSES : 1};
  assert_ok(og_team_new(threads, &c->team, &err));
  c->scores = random_floats(c->N * c->C, 2, 3);
}

static void clear_case(Case *c) {
  og_team_free(c->team);
  og_free_floats(c->scores);
}

static double value(void *data) {
  Case *c = data;
  return og_loss(c->loss, c->team, NULL, c->scores, &c->targets, c->N, c->C);
}

static void check_gradient(Case *c) {
  float *dscores = og_calloc_floats(c->N * c->C);
  const double alone = value(c);
  assert_true(og_loss(c->loss, c->team, dscores, c->scores, &c->targets, c->N, c->C) == alone);
  assert_gradient("scores", value, c, c->scores, dscores, c->N * c->C, 1e-2);
  float *in_place = og_calloc_floats(c->N * c->C);
  memcpy(in_place, c->scores, c->N * c->C * sizeof *in_place);
  og_loss(c->loss, c->team, in_place, in_place, &c->targets, c->N, c->C);
  assert_memory_equal(in_place, dscores, c->N * c->C * sizeof *in_place);
  og_free_floats(dscores);
  og_free_floats(in_place);
}

/* Mean over the rows that count, straight from the definition. */
static double expected_cross_entropy(const Case *c) {
  double sum = 0, weights = 0;
  for (size_t n = 0; n < c->N; n++) {
    const uint32_t label = c->targets.labels[n];
    if (label == OG_LABEL_IGNORED) {
      continue;
    }
    double partition = 0, row = 0;
    for (size_t j = 0; j < c->C; j++) {
      partition += exp((double)c->scores[n * c->C + j]);
    }
    for (size_t j = 0; j < c->C; j++) {
      const double smoothing = (double)c->targets.smoothing;
      const double target = smoothing / (double)c->C + (j == label ? 1 - smoothing : 0);
      row -= target * ((double)c->scores[n * c->C + j] - log(partition));
    }
    const double weight = c->targets.weights ? (double)c->targets.weights[label] : 1;
    sum += weight * row;
    weights += weight;
  }
  return sum / (c->targets.divisor != 0 ? c->targets.divisor : weights);
}

static void cross_entropy_is_what_it_says_and_passes_gradients_back(void **state) {
  (void)state;
  float *weights = random_floats(CLASSES, 1, 9);
  for (size_t j = 0; j < CLASSES; j++) {
    weights[j] = fabsf(weights[j]);
  }
  const OgTargets variants[] = {
      {.labels = labels},
      {.labels = labels, .smoothing = 0.1f},
      {.labels = labels, .weights = weights},
      {.labels = labels, .weights = weights, .smoothing = 0.3f, .divisor = 20},
  };
  for (size_t k = 0; k < OG_COUNT(variants); k++) {
    Case c;
    make_case(&c, OG_LOSS_CROSS_ENTROPY, 2);
    c.targets = variants[k];
    assert_true(fabs(value(&c) - expected_cross_entropy(&c)) < 1e-5);
    check_gradient(&c);
    clear_case(&c);
  }
  og_free_floats(weights);
}

static void squared_error_is_what_it_says_and_passes_gradients_back(void **state) {
  (void)state;
  Case c;
  make_case(&c, OG_LOSS_SQUARED_ERROR, 2);
  float *values = random_floats(ROWS, 1, 7);
  c.targets = (OgTargets){.values = values};
  double expected = 0;
  for (size_t n = 0; n < ROWS; n++) {
    expected += pow((double)c.scores[n] - (double)values[n], 2) / ROWS;
  }
  assert_true(fabs(value(&c) - expected) < 1e-6);
  check_gradient(&c);
  og_free_floats(values);
  clear_case(&c);
}

static void ignored_rows_have_no_gradient(void **state) {
  (void)state;
  Case c;
  make_case(&c, OG_LOSS_CROSS_ENTROPY, 1);
  c.targets = (OgTargets){.labels = labels};
  float *dscores = random_floats(ROWS * CLASSES, 1, 1);
  og_loss(c.loss, c.team, dscores, c.scores, &c.targets, ROWS, CLASSES);
  for (size_t n = 0; n < ROWS; n++) {
    const float *row = dscores + n * CLASSES;
    assert_true((inner_product(row, row, CLASSES) == 0) == (labels[n] == OG_LABEL_IGNORED));
  }
  const uint32_t none[ROWS] = {OG_LABEL_IGNORED, OG_LABEL_IGNORED};
  c.targets = (OgTargets){.labels = none};
  assert_true(og_loss(c.loss, c.team, dscores, c.scores, &c.targets, 2, CLASSES) == 0);
  assert_true(inner_product(dscores, dscores, 2 * CLASSES) == 0);
  og_free_floats(dscores);
  clear_case(&c);
}

static void extreme_scores_give_a_finite_loss(void **state) {
  (void)state;
  Case c;
  make_case(&c, OG_LOSS_CROSS_ENTROPY, 1);
  c.targets = (OgTargets){.labels = labels};
  for (size_t k = 0; k < ROWS * CLASSES; k++) {
    c.scores[k] *= 1e4f;
  }
  assert_true(isfinite(value(&c)));
  clear_case(&c);
}

static void the_loss_does_not_depend_on_threads(void **state) {
  (void)state;
  Case one, three;
  make_case(&one, OG_LOSS_CROSS_ENTROPY, 1);
  make_case(&three, OG_LOSS_CROSS_ENTROPY, 3);
  one.targets = three.targets = (OgTargets){.labels = labels};
  assert_true(value(&one) == value(&three));
  clear_case(&one);
  clear_case(&three);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(cross_entropy_is_what_it_says_and_passes_gradients_back),
      cmocka_unit_test(squared_error_is_what_it_says_and_passes_gradients_back),
      cmocka_unit_test(ignored_rows_have_no_gradient),
      cmocka_unit_test(extreme_scores_give_a_finite_loss),
      cmocka_unit_test(the_loss_does_not_depend_on_threads),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
