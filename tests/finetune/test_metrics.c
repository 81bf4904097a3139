#include "tests/test.h"

#include "core/memory.h"
#include "finetune/metrics.h"

#include <math.h>
#include <string.h>

#define assert_near(value, expected) assert_true(fabs((value) - (expected)) < 1e-12)

/* Three labels and a fourth that never occurs. */
static const uint32_t truth[] = {0, 0, 0, 1, 1, 2, 2, 2, 2, 2};
static const uint32_t guess[] = {0, 0, 1, 1, 0, 2, 2, 2, 0, 1};

static void scores_are_those_computed_by_hand(void **state) {
  (void)state;
  OgError err = {0};
  OgMetrics m;
  assert_ok(og_metrics_init(&m, truth, guess, 10, 4, &err));
  assert_near(m.accuracy, 0.6);
  assert_near(m.micro_f1, 0.6);
  assert_near(m.scores[0].precision, 2.0 / 4);
  assert_near(m.scores[0].recall, 2.0 / 3);
  assert_near(m.scores[0].f1, 4.0 / 7);
  assert_near(m.scores[1].precision, 1.0 / 3);
  assert_near(m.scores[1].recall, 1.0 / 2);
  assert_near(m.scores[1].f1, 2.0 / 5);
  assert_near(m.scores[2].precision, 1);
  assert_near(m.scores[2].recall, 3.0 / 5);
  assert_near(m.scores[2].f1, 3.0 / 4);
  assert_int_equal(m.scores[2].support, 5);
  assert_int_equal(m.scores[2].predicted, 3);
  assert_int_equal(m.scores[2].correct, 3);
  og_metrics_clear(&m);
}

static void averages_leave_out_labels_that_occur_nowhere(void **state) {
  (void)state;
  OgError err = {0};
  OgMetrics m;
  assert_ok(og_metrics_init(&m, truth, guess, 10, 4, &err));
  assert_near(m.macro_f1, (4.0 / 7 + 2.0 / 5 + 3.0 / 4) / 3);
  assert_near(m.macro_precision, (0.5 + 1.0 / 3 + 1) / 3);
  assert_near(m.macro_recall, (2.0 / 3 + 0.5 + 0.6) / 3);
  assert_near(m.weighted_f1, (3 * 4.0 / 7 + 2 * 2.0 / 5 + 5 * 3.0 / 4) / 10);
  og_metrics_clear(&m);
}

static void a_label_predicted_but_never_true_counts_as_zero(void **state) {
  (void)state;
  OgError err = {0};
  OgMetrics m;
  const uint32_t t[] = {0, 0};
  const uint32_t p[] = {0, 1};
  assert_ok(og_metrics_init(&m, t, p, 2, 2, &err));
  assert_near(m.scores[1].recall, 0);
  assert_near(m.scores[1].f1, 0);
  assert_near(m.macro_f1, 1.0 / 3); /* 2/3 and 0 */
  og_metrics_clear(&m);
}

static void rows_of_the_confusion_are_true_labels(void **state) {
  (void)state;
  OgError err = {0};
  OgMetrics m;
  static const size_t expected[] = {2, 1, 0, 0, 1, 1, 0, 0, 1, 1, 3, 0, 0, 0, 0, 0};
  assert_ok(og_metrics_init(&m, truth, guess, 10, 4, &err));
  assert_memory_equal(m.confusion, expected, sizeof expected);
  og_metrics_clear(&m);
}

static void no_texts_score_zero(void **state) {
  (void)state;
  OgError err = {0};
  OgMetrics m;
  assert_ok(og_metrics_init(&m, NULL, NULL, 0, 2, &err));
  assert_near(m.accuracy, 0);
  assert_near(m.macro_f1, 0);
  og_metrics_clear(&m);
  og_metrics_clear(&m);
  og_metrics_clear(NULL);
}

static void a_label_out_of_range_is_refused(void **state) {
  (void)state;
  OgError err = {0};
  OgMetrics m;
  assert_status(og_metrics_init(&m, truth, guess, 10, 2, &err), OG_USAGE);
  assert_non_null(strstr(err.message, "text 5"));
}

static double real(const json_t *json, const char *key) {
  const json_t *value = json_object_get(json, key);
  assert_true(json_is_real(value));
  return json_real_value(value);
}

static void the_best_label_is_the_first_of_the_highest(void **state) {
  (void)state;
  const float scores[] = {-2, 3, 1, 3};
  assert_int_equal(og_best_label(scores, 4), 1);
  assert_int_equal(og_best_label(scores, 1), 0);
}

static void json_has_every_score(void **state) {
  (void)state;
  OgError err = {0};
  OgMetrics m;
  json_t *json;
  static const char *const names[] = {"ann", "bob", "çi", "none"};
  assert_ok(og_metrics_init(&m, truth, guess, 10, 4, &err));
  assert_ok(og_metrics_json(&m, names, &json, &err));
  assert_int_equal(json_integer_value(json_object_get(json, "texts")), 10);
  assert_near(real(json, "accuracy"), 0.6);
  assert_near(real(json, "macro_f1"), m.macro_f1);
  assert_near(real(json, "micro_f1"), m.micro_f1);
  assert_near(real(json, "weighted_f1"), m.weighted_f1);
  assert_near(real(json, "macro_precision"), m.macro_precision);
  assert_near(real(json, "macro_recall"), m.macro_recall);
  const json_t *label = json_array_get(json_object_get(json, "labels"), 2);
  assert_string_equal(json_string_value(json_object_get(label, "label")), "çi");
  assert_near(real(label, "precision"), 1);
  assert_near(real(label, "recall"), 0.6);
  assert_near(real(label, "f1"), 0.75);
  assert_int_equal(json_integer_value(json_object_get(label, "support")), 5);
  assert_int_equal(json_integer_value(json_object_get(label, "predicted")), 3);
  const json_t *row = json_array_get(json_object_get(json, "confusion"), 2);
  assert_int_equal(json_integer_value(json_array_get(row, 1)), 1);
  json_decref(json);
  og_metrics_clear(&m);
}

static void every_allocation_may_fail(void **state) {
  (void)state;
  OgStatus status = OG_NO_MEMORY;
  for (long n = 0; status != OG_OK; n++) {
    OgError err = {0};
    OgMetrics m = {.count = 0};
    og_memory_fail_after(n);
    status = og_metrics_init(&m, truth, guess, 10, 4, &err);
    og_memory_fail_after(-1);
    assert_true(status == OG_OK || (status == OG_NO_MEMORY && !m.scores));
    og_metrics_clear(&m);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(scores_are_those_computed_by_hand),
      cmocka_unit_test(averages_leave_out_labels_that_occur_nowhere),
      cmocka_unit_test(a_label_predicted_but_never_true_counts_as_zero),
      cmocka_unit_test(rows_of_the_confusion_are_true_labels),
      cmocka_unit_test(no_texts_score_zero),
      cmocka_unit_test(a_label_out_of_range_is_refused),
      cmocka_unit_test(the_best_label_is_the_first_of_the_highest),
      cmocka_unit_test(json_has_every_score),
      cmocka_unit_test(every_allocation_may_fail),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
