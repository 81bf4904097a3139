#include "finetune/report.h"

#include "core/file.h"
#include "core/memory.h"
#include "tests/finetune/world.h"
#include "tests/test.h"

#include <math.h>
#include <string.h>

static double number(const json_t *json, const char *key) {
  const json_t *value = json_object_get(json, key);
  if (!json_is_number(value)) {
    fail_msg("no number \"%s\"", key);
  }
  return json_number_value(value);
}

static void assert_number(const json_t *json, const char *key, double expected) {
  if (!(fabs(number(json, key) - expected) < 1e-8)) {
    fail_msg("%s is %.9g, not %.9g", key, number(json, key), expected);
  }
}

static void assert_text(const json_t *json, const char *key, const char *expected) {
  const char *text = json_string_value(json_object_get(json, key));
  assert_string_equal(text ? text : "(none)", expected);
}

/* Six texts of two labels: four right, one of each label taken for the other. */
static OgMetrics make_metrics(void) {
  static const uint32_t truth[] = {0, 0, 0, 0, 1, 1}, predicted[] = {0, 0, 0, 1, 1, 0};
  OgError err = {0};
  OgMetrics metrics;
  assert_ok(og_metrics_init(&metrics, truth, predicted, 6, 2, &err));
  return metrics;
}

static OgFinetuneReport make_report(void) {
  static const char *const names[] = {"heart", "lung"};
  OgError err = {0};
  OgFinetuneReport report = {.train_texts = 20,
                             .dev_texts = 6,
                             .tokens = 300,
                             .truncated = 2,
                             .mentions = 17,
                             .linked_texts = 15,
                             .entities = 9,
                             .parameters = 1234,
                             .pooling = OG_POOLING_MEAN,
                             .learning_rate = 1e-3,
                             .planned_epochs = 5,
                             .graph_hash = "abc",
                             .embedding_set = "complex-128",
                             .epoch_count = 2,
                             .best_epoch = 1,
                             .dev_loss = 0.5,
                             .seconds = 3.5,
                             .stop = OG_TRAIN_PATIENCE};
  report.epochs = OG_NEW_ARRAY(OgEpoch, 2);
  report.epochs[0] = (OgEpoch){2, 1.5, 0.25, 0.125, 1};
  report.epochs[1] = (OgEpoch){1, 0.5, 4.0 / 6, 0.625, 1.25};
  report.dev = make_metrics();
  assert_ok(og_labels_init(&report.labels, names, 2, &err));
  return report;
}

static json_t *saved(const OgFinetuneReport *report) {
  OgError err = {0};
  OgFinetuneOptions options = og_finetune_options_default();
  options.base = "base/";
  options.train = "train.csv";
  options.learning_rate = 1e-3;
  assert_ok(og_directory_make(scratch("report"), &err));
  assert_ok(og_finetune_report_save(report, &options, scratch("report"), &err));
  return world_json(scratch("report"), "metrics.json");
}

static void counts_and_settings_are_told(void **state) {
  (void)state;
  OgFinetuneReport report = make_report();
  json_t *json = saved(&report);
  assert_text(json, "base", "base/");
  assert_text(json, "fusion", "gated");
  assert_text(json, "pooling", "mean");
  assert_text(json, "graph_hash", "abc");
  assert_text(json, "embedding_set", "complex-128");
  assert_text(json, "stop", "patience");
  assert_number(json, "train_texts", 20);
  assert_number(json, "dev_texts", 6);
  assert_number(json, "test_texts", 0);
  assert_number(json, "tokens", 300);
  assert_number(json, "truncated", 2);
  assert_number(json, "mentions", 17);
  assert_number(json, "linked_texts", 15);
  assert_number(json, "entities", 9);
  assert_number(json, "parameters", 1234);
  assert_number(json, "seconds", 3.5);
  assert_number(json_object_get(json, "options"), "learning_rate", 1e-3);
  assert_number(json_object_get(json, "options"), "batch_size", 16);
  json_decref(json);
  og_finetune_report_clear(&report);
}

static void epochs_count_from_one_and_are_told_in_order(void **state) {
  (void)state;
  OgFinetuneReport report = make_report();
  json_t *json = saved(&report);
  const json_t *epochs = json_object_get(json, "epochs");
  assert_number(json, "best_epoch", 2);
  assert_number(json, "dev_loss", 0.5);
  assert_int_equal(json_array_size(epochs), 2);
  assert_number(json_array_get(epochs, 0), "train_loss", 2);
  assert_number(json_array_get(epochs, 0), "macro_f1", 0.125);
  assert_number(json_array_get(epochs, 1), "dev_loss", 0.5);
  assert_number(json_array_get(epochs, 1), "accuracy", 4.0 / 6);
  assert_number(json_array_get(epochs, 1), "seconds", 1.25);
  json_decref(json);
  og_finetune_report_clear(&report);
}

/* By hand: heart has 4 texts and 4 predictions, 3 of them right: P = R = F1 = 3/4. lung has 2 and
 * 2, 1 right: 1/2. */
static void scores_are_those_computed_by_hand(void **state) {
  (void)state;
  OgFinetuneReport report = make_report();
  json_t *json = saved(&report);
  const json_t *dev = json_object_get(json, "dev");
  assert_null(json_object_get(json, "test")); /* there was no test file */
  assert_number(dev, "texts", 6);
  assert_number(dev, "accuracy", 4.0 / 6);
  assert_number(dev, "macro_f1", (0.75 + 0.5) / 2);
  assert_number(dev, "micro_f1", 4.0 / 6);
  assert_number(dev, "weighted_f1", (4 * 0.75 + 2 * 0.5) / 6);
  const json_t *heart = json_array_get(json_object_get(dev, "labels"), 0);
  assert_text(heart, "label", "heart");
  assert_number(heart, "precision", 0.75);
  assert_number(heart, "recall", 0.75);
  assert_number(heart, "f1", 0.75);
  assert_number(heart, "support", 4);
  const json_t *confusion = json_object_get(dev, "confusion");
  static const json_int_t expected[2][2] = {{3, 1}, {1, 1}};
  for (size_t row = 0; row < 2; row++) {
    for (size_t column = 0; column < 2; column++) {
      assert_int_equal(json_integer_value(json_array_get(json_array_get(confusion, row), column)),
                       expected[row][column]);
    }
  }
  json_decref(json);
  og_finetune_report_clear(&report);
}

static void a_test_part_is_told_when_there_was_one(void **state) {
  (void)state;
  OgFinetuneReport report = make_report();
  report.test = make_metrics();
  report.test_texts = 6;
  og_metrics_clear(&report.dev); /* and no held-out part */
  report.dev = (OgMetrics){0};
  json_t *json = saved(&report);
  assert_null(json_object_get(json, "dev"));
  assert_number(json_object_get(json, "test"), "accuracy", 4.0 / 6);
  json_decref(json);
  og_finetune_report_clear(&report);
}

static void a_folder_that_is_not_there_is_told(void **state) {
  (void)state;
  OgError err;
  OgFinetuneReport report = make_report();
  OgFinetuneOptions options = og_finetune_options_default();
  options.base = options.train = "x";
  assert_status(og_finetune_report_save(&report, &options, scratch("nowhere/run"), &err), OG_IO);
  og_finetune_report_clear(&report);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(counts_and_settings_are_told),
      cmocka_unit_test(epochs_count_from_one_and_are_told_in_order),
      cmocka_unit_test(scores_are_those_computed_by_hand),
      cmocka_unit_test(a_test_part_is_told_when_there_was_one),
      cmocka_unit_test(a_folder_that_is_not_there_is_told),
  };
  return cmocka_run_group_tests_name("report", tests, NULL, NULL);
}
