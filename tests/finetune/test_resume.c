#include "finetune/resume.h"

#include "core/file.h"
#include "core/memory.h"
#include "tests/finetune/world.h"
#include "tests/numbers.h"
#include "tests/test.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { VOCAB = 6, STEPS = 9 };

/* A training of a network that is hardly one, with a part of its own. */
typedef struct Case {
  OgTeam *team;
  OgParams params;
  OgOptimizer *optimizer;
  OgCourse course;
  double own[3];
  OgResumePart part;
  OgResumable state;
} Case;

static void make_case(Case *c) {
  OgError err = {0};
  const OgOptimizerOptions options = og_optimizer_default();
  *c = (Case){.course = {.steps = 20, .rate = 1e-2}, .own = {1, 1.0 / 3, 1e-300}};
  OgConfig config = og_config_default();
  config.vocab_size = VOCAB;
  config.hidden_size = config.intermediate_size = 4;
  config.heads = config.layers = 1;
  config.max_positions = 4;
  assert_ok(og_team_new(1, &c->team, &err));
  assert_ok(og_params_init(&c->params, &config, NULL, 0, &err));
  assert_ok(og_optimizer_new(&c->params, &options, c->team, &c->optimizer, &err));
  og_course_start(&c->course);
  c->part = (OgResumePart){"own", OG_F64, OG_COUNT(c->own), c->own};
  c->state = (OgResumable){&c->course, &c->params, c->optimizer, &c->part, 1};
}

static void clear_case(Case *c) {
  og_optimizer_free(c->optimizer);
  og_params_clear(&c->params);
  og_team_free(c->team);
}

static void take_steps(Case *c, size_t end) {
  OgError err = {0};
  while (c->course.step < end) {
    const uint32_t word = (uint32_t)(c->course.step % VOCAB);
    float *gradients = random_floats(c->params.total, 1, c->course.step);
    memset(gradients, 0, VOCAB * 4 * sizeof *gradients);
    gradients[word * 4] = 1;
    assert_ok(og_optimizer_begin(c->optimizer, &word, 1, &err));
    assert_ok(og_optimizer_step(c->optimizer, gradients, 1e-2, NULL, &err));
    og_course_step(&c->course, (double)word);
    og_free_floats(gradients);
  }
}

static json_t *describe(double rate) {
  return json_pack("{s:s, s:f}", "work", "test", "rate", rate);
}

static void save(Case *c, const char *out) {
  OgError err = {0};
  json_t *training = describe(0.1);
  assert_ok(og_resume_save(out, training, &c->state, &err));
  json_decref(training);
}

static OgStatus open_state(const char *out, json_t *training, OgSafetensors **file, OgError *err) {
  const OgStatus status = og_resume_begin(out, training, true, NULL, file, err);
  json_decref(training);
  return status;
}

static void a_training_goes_on_as_if_it_had_never_stopped(void **state) {
  (void)state;
  OgError err = {0};
  Case through, before, after;
  make_case(&through);
  make_case(&before);
  make_case(&after);
  take_steps(&through, STEPS);
  take_steps(&before, 4);
  before.course.start -= 50;
  save(&before, scratch("run/"));
  OgSafetensors *file;
  memset(after.own, 0, sizeof after.own);
  assert_ok(open_state(scratch("run"), describe(0.1), &file, &err)); /* the slash is no matter */
  assert_int_equal(og_resume_count(file, "own"), 3);
  assert_int_equal(og_resume_count(file, "absent"), 0);
  assert_ok(og_resume_load(file, &after.state, &err));
  og_safetensors_close(file);
  assert_memory_equal(after.own, before.own, sizeof after.own);
  assert_int_equal(after.course.step, 4);
  assert_true(after.course.loss == before.course.loss);
  assert_true(og_course_seconds(&after.course) >= 50 && og_course_seconds(&after.course) < 60);
  take_steps(&after, STEPS);
  og_optimizer_finish(through.optimizer);
  og_optimizer_finish(after.optimizer);
  assert_memory_equal(after.params.weights, through.params.weights,
                      through.params.total * sizeof(float));
  clear_case(&through);
  clear_case(&before);
  clear_case(&after);
}

static void the_state_is_gone_when_it_is_deleted(void **state) {
  (void)state;
  Case c;
  make_case(&c);
  save(&c, scratch("done"));
  assert_true(og_file_exists(scratch("done.checkpoint")));
  og_resume_delete(scratch("done"));
  assert_false(og_file_exists(scratch("done.checkpoint")));
  og_resume_delete(scratch("done")); /* nothing there is fine */
  clear_case(&c);
}

static void another_training_is_refused_with_the_difference(void **state) {
  (void)state;
  OgError err;
  OgSafetensors *file;
  Case c;
  make_case(&c);
  save(&c, scratch("other"));
  assert_status(open_state(scratch("other"), describe(0.25), &file, &err), OG_USAGE);
  assert_non_null(strstr(err.message, "its \"rate\" was 0.1, and is now 0.25"));
  assert_null(file);
  assert_status(open_state(scratch("other"), describe(20), &file, &err), OG_USAGE);
  assert_non_null(strstr(err.message, "its \"rate\" was 0.1, and is now 20; "));
  json_t *more = describe(0.1), *less = json_pack("{s:s}", "work", "test");
  json_object_set_new(more, "base", json_string("b"));
  assert_status(open_state(scratch("other"), more, &file, &err), OG_USAGE);
  assert_non_null(strstr(err.message, "its \"base\" was not there, and is now \"b\""));
  assert_status(open_state(scratch("other"), less, &file, &err), OG_USAGE);
  assert_non_null(strstr(err.message, "is now not there"));
  clear_case(&c);
}

static void what_the_user_may_not_expect_is_warned_of(void **state) {
  (void)state;
  OgError err = {0};
  Case c;
  Watch watch;
  make_case(&c);
  watch_init(&watch, NULL, 0);
  OgSafetensors *file;
  json_t *training = describe(0.1);
  assert_ok(og_resume_begin(scratch("new"), training, false, &watch.progress, &file, &err));
  assert_null(file);
  assert_int_equal(watch.warnings, 0);
  assert_ok(og_resume_begin(scratch("new"), training, true, &watch.progress, &file, &err));
  assert_null(file);
  assert_non_null(strstr(watch.warning, "nothing to resume"));
  save(&c, scratch("new"));
  assert_ok(og_resume_begin(scratch("new"), training, false, &watch.progress, &file, &err));
  assert_null(file);
  assert_non_null(strstr(watch.warning, "is dropped"));
  json_decref(training);
  clear_case(&c);
}

/* Save the arrays of a good state with one of them replaced or (count 0) left out. */
static void damage(Case *c, const char *out, const OgResumePart *other) {
  OgError err = {0};
  OgSafetensors *file;
  save(c, out);
  assert_ok(open_state(out, describe(0.1), &file, &err));
  OgArray arrays[16];
  size_t count = 0;
  for (size_t k = 0; k < og_safetensors_count(file); k++) {
    arrays[count] = *og_safetensors_at(file, k);
    if (strcmp(arrays[count].name, other->name) == 0) {
      arrays[count].dtype = other->dtype;
      arrays[count].shape[0] = other->count;
      arrays[count].bytes = other->values;
    }
    count += arrays[count].shape[0] > 0;
  }
  char path[512];
  snprintf(path, sizeof path, "%s.checkpoint", out);
  const OgMetadata metadata = {"training", "{\"work\":\"test\",\"rate\":0.1}"};
  assert_ok(og_safetensors_save(path, arrays, count, &metadata, 1, &err));
  og_safetensors_close(file);
}

static void a_damaged_state_is_refused(void **state) {
  (void)state;
  uint64_t far = 1000;
  uint32_t moved[VOCAB] = {0, 0, 9, 0, 0, 0};
  float few[2] = {0};
  double clocks[][2] = {{0, (double)NAN}, {0, -1}};
  const struct {
    OgResumePart part;
    const char *message;
  } cases[] = {
      {{"step", OG_U64, 1, &far}, "more than are remembered"},
      {{"step", OG_U64, 0, NULL}, "lacks \"step\""},
      {{"moved", OG_U32, VOCAB, moved}, "word 2 has moved to step 9, but 4 were taken"},
      {{"weights", OG_F32, 2, few}, "numbers of type F32, but found 2 of F32"},
      {{"clock", OG_F32, 2, few}, "2 numbers of type F64, but found 2 of F32"},
      {{"clock", OG_F64, 2, clocks[0]}, "nan seconds, which no training takes"},
      {{"clock", OG_F64, 2, clocks[1]}, "-1 seconds, which no training takes"},
      {{"own", OG_F64, 0, NULL}, "lacks \"own\""},
  };
  for (size_t k = 0; k < OG_COUNT(cases); k++) {
    OgError err = {0};
    OgSafetensors *file;
    Case good, c;
    make_case(&good);
    make_case(&c);
    take_steps(&good, 4);
    damage(&good, scratch("damaged"), &cases[k].part);
    assert_ok(open_state(scratch("damaged"), describe(0.1), &file, &err));
    assert_status(og_resume_load(file, &c.state, &err), OG_BAD_STORE);
    if (!strstr(err.message, cases[k].message)) {
      fail_msg("\"%s\" does not say \"%s\"", err.message, cases[k].message);
    }
    og_safetensors_close(file);
    clear_case(&good);
    clear_case(&c);
  }
}

static void a_state_behind_the_end_is_refused(void **state) {
  (void)state;
  OgError err = {0};
  OgSafetensors *file;
  Case long_one, c;
  make_case(&long_one);
  make_case(&c);
  take_steps(&long_one, STEPS);
  save(&long_one, scratch("behind"));
  assert_ok(open_state(scratch("behind"), describe(0.1), &file, &err));
  c.course.steps = STEPS - 1;
  assert_status(og_resume_load(file, &c.state, &err), OG_BAD_STORE);
  assert_non_null(strstr(err.message, "9 steps, of a training that takes 8"));
  og_safetensors_close(file);
  clear_case(&long_one);
  clear_case(&c);
}

static void a_file_that_is_no_state_is_refused(void **state) {
  (void)state;
  OgError err;
  OgSafetensors *file;
  world_file("text.checkpoint", "not a state at all");
  assert_status(open_state(scratch("text"), describe(0.1), &file, &err), OG_BAD_STORE);
  const float one = 1;
  const OgArray array = {.name = "one", .dtype = OG_F32, .rank = 1, .shape = {1}, .bytes = &one};
  assert_ok(og_safetensors_save(scratch("model.checkpoint"), &array, 1, NULL, 0, &err));
  assert_status(open_state(scratch("model"), describe(0.1), &file, &err), OG_BAD_STORE);
  assert_non_null(strstr(err.message, "no state of a training"));
  const OgMetadata alone = {"training", "{\"work\":\"test\",\"rate\":0.1}"};
  assert_ok(og_safetensors_save(scratch("alone.checkpoint"), NULL, 0, &alone, 1, &err));
  assert_status(open_state(scratch("alone"), describe(0.1), &file, &err), OG_BAD_STORE);
  assert_non_null(strstr(err.message, "no state of a training"));
}

static void ten_minutes_pass_between_two_savings(void **state) {
  (void)state;
  double saved = og_seconds();
  assert_false(og_resume_is_due(&saved));
  saved -= 601;
  assert_true(og_resume_is_due(&saved));
  assert_false(og_resume_is_due(&saved));
}

static void every_allocation_may_fail(void **state) {
  (void)state;
  OgError err;
  Case c, after;
  make_case(&c);
  json_t *training = describe(0.1);
  OgStatus status = OG_NO_MEMORY;
  for (long k = 0; status != OG_OK; k++) {
    OgSafetensors *file = NULL;
    make_case(&after);
    og_memory_fail_after(k);
    status = og_resume_save(scratch("memory"), training, &c.state, &err);
    if (status == OG_OK) {
      status = og_resume_begin(scratch("memory"), training, true, NULL, &file, &err);
    }
    if (status == OG_OK) {
      status = og_resume_load(file, &after.state, &err);
    }
    og_memory_fail_after(-1);
    og_safetensors_close(file);
    clear_case(&after);
    if (status != OG_OK) {
      assert_status(status, OG_NO_MEMORY);
    }
  }
  json_decref(training);
  clear_case(&c);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_training_goes_on_as_if_it_had_never_stopped),
      cmocka_unit_test(the_state_is_gone_when_it_is_deleted),
      cmocka_unit_test(another_training_is_refused_with_the_difference),
      cmocka_unit_test(what_the_user_may_not_expect_is_warned_of),
      cmocka_unit_test(a_damaged_state_is_refused),
      cmocka_unit_test(a_state_behind_the_end_is_refused),
      cmocka_unit_test(a_file_that_is_no_state_is_refused),
      cmocka_unit_test(ten_minutes_pass_between_two_savings),
      cmocka_unit_test(every_allocation_may_fail),
  };
  return cmocka_run_group_tests_name("resume", tests, NULL, NULL);
}
