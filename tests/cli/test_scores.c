#include "cli/groups.h"
#include "cli/scores.h"

#include "core/memory.h"
#include "tests/test.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const char *const names[] = {"heart", "lung", "unused"};

/* Six texts: four of heart, three of them right; two of lung, one right. */
static const uint32_t truth[] = {0, 0, 0, 0, 1, 1}, predicted[] = {0, 0, 0, 1, 1, 0};

static void labels_are_scored_a_line_each(void **state) {
  (void)state;
  OgError err = {0};
  OgMetrics metrics;
  OgLabels labels;
  char text[512];
  assert_ok(og_metrics_init(&metrics, truth, predicted, 6, 3, &err));
  assert_ok(og_labels_init(&labels, names, 3, &err));
  FILE *out = fmemopen(text, sizeof text, "w");
  print_label_scores(out, &metrics, &labels);
  fclose(out);
  assert_string_equal(text, "label   precision  recall     F1  texts  mostly mistaken for\n"
                            "heart       0.750   0.750  0.750      4  1 as lung\n"
                            "lung        0.500   0.500  0.500      2  1 as heart\n");
  og_labels_clear(&labels);
  og_metrics_clear(&metrics);
}

static void fill(Groups *groups) {
  OgError err = {0};
  for (size_t k = 0; k < 6; k++) {
    assert_ok(groups_add(groups, k % 3 == 0 ? "old" : "new", truth[k], predicted[k], &err));
  }
}

/* "old" has rows 0 and 3 (one of two right), "new" rows 1, 2, 4, 5 (three of four). */
static void groups_are_scored_apart(void **state) {
  (void)state;
  OgError err = {0};
  Groups groups = {0};
  char text[512];
  fill(&groups);
  FILE *out = fmemopen(text, sizeof text, "w");
  assert_ok(groups_print(&groups, out, 3, &err));
  fclose(out);
  /* new: heart has 2 texts and 3 predictions, 2 right: F1 .8; lung 2 and 1, 1 right: 2/3. */
  assert_string_equal(text, "     2 texts: accuracy 0.500, macro-F1 0.333   old\n"
                            "     4 texts: accuracy 0.750, macro-F1 0.733   new\n");
  json_t *json;
  assert_ok(groups_json(&groups, 3, &json, &err));
  assert_int_equal(json_array_size(json), 2);
  const json_t *second = json_array_get(json, 1);
  assert_string_equal(json_string_value(json_object_get(second, "group")), "new");
  assert_int_equal(json_integer_value(json_object_get(second, "texts")), 4);
  assert_true(fabs(json_number_value(json_object_get(second, "accuracy")) - 0.75) < 1e-9);
  assert_true(fabs(json_number_value(json_object_get(second, "macro_f1")) - (0.8 + 2.0 / 3) / 2) <
              1e-9);
  json_decref(json);
  groups_clear(&groups);
}

static void no_groups_print_nothing(void **state) {
  (void)state;
  OgError err = {0};
  const Groups groups = {0};
  json_t *json;
  assert_ok(groups_print(&groups, stdout, 3, &err));
  assert_ok(groups_json(&groups, 3, &json, &err));
  assert_int_equal(json_array_size(json), 0);
  json_decref(json);
}

static void every_allocation_may_fail(void **state) {
  (void)state;
  OgError err;
  OgStatus status = OG_NO_MEMORY;
  for (long k = 0; status != OG_OK; k++) {
    Groups groups = {0};
    json_t *json = NULL;
    og_memory_fail_after(k);
    status = groups_add(&groups, "one", 0, 0, &err);
    if (status == OG_OK) {
      status = groups_json(&groups, 3, &json, &err);
    }
    og_memory_fail_after(-1);
    json_decref(json);
    groups_clear(&groups);
    if (status != OG_OK) {
      assert_status(status, OG_NO_MEMORY);
    }
  }
}

static void every_end_of_a_training_has_words(void **state) {
  (void)state;
  assert_string_equal(train_stop_text(OG_TRAIN_DONE), "done");
  assert_string_equal(train_stop_text(OG_TRAIN_PATIENCE), "ended when it got no better");
  assert_string_equal(train_stop_text(OG_TRAIN_CANCELLED), "stopped");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(labels_are_scored_a_line_each),
      cmocka_unit_test(groups_are_scored_apart),
      cmocka_unit_test(no_groups_print_nothing),
      cmocka_unit_test(every_allocation_may_fail),
      cmocka_unit_test(every_end_of_a_training_has_words),
  };
  return cmocka_run_group_tests_name("scores", tests, NULL, NULL);
}
