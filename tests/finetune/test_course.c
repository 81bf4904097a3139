#include "finetune/course.h"

#include "tests/test.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static void assert_near(double value, double expected, double tolerance) {
  if (!(fabs(value - expected) <= tolerance)) {
    fail_msg("%.9g, not %.9g", value, expected);
  }
}

static void the_rate_climbs_over_the_warm_up_and_falls_to_nothing(void **state) {
  (void)state;
  OgCourse course = {.steps = 100, .rate = 1, .warmup = 0.1};
  og_course_start(&course);
  assert_near(og_course_rate(&course), 1.0 / 11, 1e-12); /* no step is lost to the rate 0 */
  course.step = 9;
  assert_near(og_course_rate(&course), 10.0 / 11, 1e-12);
  course.step = 10;
  assert_near(og_course_rate(&course), 1, 1e-12);
  course.step = 55;
  assert_near(og_course_rate(&course), 0.5, 1e-12);
  course.step = 99;
  assert_near(og_course_rate(&course), 1.0 / 90, 1e-12);
}

static void under_a_time_limit_the_rate_follows_the_clock(void **state) {
  (void)state;
  OgCourse course = {.steps = 1000, .seconds = 1000, .rate = 1, .warmup = 0.1};
  og_course_start(&course);
  course.start -= 550; /* as if begun that long ago */
  assert_near(og_course_rate(&course), 0.5, 1e-3);
  assert_false(og_course_late(&course));
  course.step = 910; /* further by steps than by time */
  assert_near(og_course_rate(&course), 0.1, 1e-3);
  course.start -= 450;
  assert_true(og_course_late(&course));
  assert_near(og_course_rate(&course), 0, 1e-12);
}

static void without_a_limit_it_is_never_late(void **state) {
  (void)state;
  OgCourse course = {.steps = 10, .rate = 1};
  og_course_start(&course);
  course.start -= 1e9;
  assert_false(og_course_late(&course));
}

static void the_loss_is_a_mean_of_the_last_steps(void **state) {
  (void)state;
  OgCourse course = {.steps = 1000, .rate = 1};
  og_course_start(&course);
  og_course_step(&course, 3);
  assert_near(course.loss, 3, 1e-12);
  og_course_step(&course, 1);
  assert_near(course.loss, 2, 1e-12);
  og_course_step(&course, 5);
  assert_near(course.loss, 3, 1e-12);
  for (int k = 0; k < 500; k++) {
    og_course_step(&course, 7);
  }
  assert_int_equal(course.step, 503);
  assert_near(course.loss, 7, 1e-3);
}

static void a_course_goes_on_where_another_was(void **state) {
  (void)state;
  OgCourse course = {.steps = 100, .seconds = 60, .rate = 1};
  og_course_start(&course);
  og_course_restore(&course, 40, 2.5, 59);
  assert_int_equal(course.step, 40);
  assert_near(course.loss, 2.5, 0);
  assert_near(og_course_seconds(&course), 59, 0.5);
  assert_false(og_course_late(&course));
  course.start -= 1;
  assert_true(og_course_late(&course));
}

typedef struct Heard {
  double done, total;
  char stage[32], detail[32];
  bool go_on;
} Heard;

static bool hear(void *data, const char *stage, double done, double total, const char *detail) {
  Heard *heard = data;
  heard->done = done;
  heard->total = total;
  snprintf(heard->stage, sizeof heard->stage, "%s", stage);
  snprintf(heard->detail, sizeof heard->detail, "%s", detail);
  return heard->go_on;
}

static void progress_is_told_in_steps_or_in_seconds(void **state) {
  (void)state;
  OgError err = {0};
  Heard heard = {.go_on = true};
  const OgProgress progress = {hear, NULL, &heard};
  OgCourse course = {.steps = 100, .rate = 1, .step = 25};
  og_course_start(&course);
  assert_ok(og_course_report(&course, &progress, "training", "loss 1", &err));
  assert_near(heard.done, 25, 0);
  assert_near(heard.total, 100, 0);
  assert_string_equal(heard.stage, "training");
  assert_string_equal(heard.detail, "loss 1");
  course.seconds = 10;
  assert_ok(og_course_report(&course, &progress, "training", "", &err));
  assert_near(heard.done, 2.5, 1e-6); /* a quarter of the steps: a quarter of the time */
  assert_near(heard.total, 10, 0);
  heard.go_on = false;
  assert_status(og_course_report(&course, &progress, "training", "", &err), OG_CANCELLED);
}

static void two_faults_end_a_training_well(void **state) {
  (void)state;
  OgError err;
  OgTrainStop stop = OG_TRAIN_TIME;
  assert_ok(og_train_stop_of(OG_OK, &stop, &err));
  assert_string_equal(og_train_stop_name(stop), "time"); /* untouched */
  og_error_set(&err, OG_CANCELLED, "stopped");
  assert_ok(og_train_stop_of(OG_CANCELLED, &stop, &err));
  assert_string_equal(og_train_stop_name(stop), "cancelled");
  assert_string_equal(err.message, "");
  assert_ok(og_train_stop_of(OG_FAILED, &stop, NULL));
  assert_string_equal(og_train_stop_name(stop), "diverged");
  assert_status(og_train_stop_of(OG_NO_MEMORY, &stop, &err), OG_NO_MEMORY);
  assert_string_equal(og_train_stop_name(OG_TRAIN_DONE), "done");
  assert_string_equal(og_train_stop_name(OG_TRAIN_PATIENCE), "patience");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_rate_climbs_over_the_warm_up_and_falls_to_nothing),
      cmocka_unit_test(under_a_time_limit_the_rate_follows_the_clock),
      cmocka_unit_test(without_a_limit_it_is_never_late),
      cmocka_unit_test(the_loss_is_a_mean_of_the_last_steps),
      cmocka_unit_test(a_course_goes_on_where_another_was),
      cmocka_unit_test(progress_is_told_in_steps_or_in_seconds),
      cmocka_unit_test(two_faults_end_a_training_well),
  };
  return cmocka_run_group_tests_name("course", tests, NULL, NULL);
}
