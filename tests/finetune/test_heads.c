#include "finetune/heads.h"

#include "core/memory.h"
#include "finetune/pooler.h"
#include "model/encoder.h"
#include "tests/numbers.h"
#include "tests/reference.h"
#include "tests/test.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { HIDDEN = 12, VOCABULARY = 37, WIDTH = 29, CLASSES = 5, ROWS = 7 };

/* A head on random features, and the loss Σ weights scores. */
typedef struct Case {
  OgParams params;
  OgTeam *team;
  OgHead *head;
  uint64_t seed;
  float *features, *weights;
} Case;

static void make_params(OgParams *params, const OgHeadKind *kind) {
  OgError err;
  OgConfig config = og_config_default();
  config.vocab_size = VOCABULARY;
  config.hidden_size = HIDDEN;
  config.layers = 1;
  config.heads = 2;
  config.intermediate_size = 16;
  config.max_positions = 8;
  config.hidden_dropout = 0.3f;
  OgTensorSpec specs[OG_HEAD_TENSORS_MAX];
  const size_t count =
      og_head_tensors(kind, &config, kind->all_words ? HIDDEN : WIDTH, CLASSES, specs);
  assert_ok(og_params_init(params, &config, specs, count, &err));
  float *noise = random_floats(params->total, 0.4, 4);
  memcpy(params->weights, noise, params->total * sizeof *noise);
  og_free_floats(noise);
}

static void make_case(Case *c, const char *name, int threads) {
  OgError err;
  *c = (Case){.features = random_floats(ROWS * WIDTH, 1, 1),
              .weights = random_floats(ROWS * VOCABULARY, 1, 2)};
  const OgHeadKind *kind = og_head_kind(name);
  assert_non_null(kind);
  make_params(&c->params, kind);
  assert_ok(og_team_new(threads, &c->team, &err));
  assert_ok(og_head_new(kind, &c->params, c->team, &c->head, &err));
}

static void clear_case(Case *c) {
  og_head_free(c->head);
  og_team_free(c->team);
  og_params_clear(&c->params);
  og_free_floats(c->features);
  og_free_floats(c->weights);
}

static double loss(void *data) {
  OgError err;
  Case *c = data;
  float *scores;
  assert_ok(og_head_forward(c->head, c->features, ROWS, c->seed, &scores, &err));
  return inner_product(scores, c->weights, ROWS * og_head_classes(c->head));
}

static const char *const names[] = {"classify", "regress", "tag", "mlm"};

static void heads_pass_gradients_back(void **state) {
  (void)state;
  for (size_t k = 0; k < 2 * OG_COUNT(names); k++) {
    Case c;
    make_case(&c, names[k / 2], k == 0 ? 2 : 1);
    c.seed = k % 2;
    const size_t W = og_head_features(c.head);
    float *gradients = og_calloc_floats(c.params.total), *dfeatures = og_calloc_floats(ROWS * W);
    loss(&c);
    og_head_backward(c.head, c.weights, dfeatures, gradients);
    assert_gradient("features", loss, &c, c.features, dfeatures, ROWS * W, 5e-3);
    for (size_t j = 0; j < c.params.count; j++) {
      const OgTensor *tensor = &c.params.tensors[j];
      assert_gradient(tensor->name, loss, &c, og_tensor_at(c.params.weights, tensor),
                      og_tensor_at(gradients, tensor), tensor->rows * tensor->columns, 5e-3);
    }
    og_free_floats(gradients);
    og_free_floats(dfeatures);
    clear_case(&c);
  }
}

static void a_head_reads_its_widths_from_its_tensors(void **state) {
  (void)state;
  Case classify, mlm;
  make_case(&classify, "classify", 1);
  make_case(&mlm, "mlm", 1);
  assert_int_equal(og_head_features(classify.head), WIDTH);
  assert_int_equal(og_head_classes(classify.head), CLASSES);
  assert_int_equal(og_head_features(mlm.head), HIDDEN);
  assert_int_equal(og_head_classes(mlm.head), VOCABULARY);
  assert_null(og_head_kind("summarise"));
  clear_case(&classify);
  clear_case(&mlm);
}

static void a_head_without_its_tensors_is_refused(void **state) {
  (void)state;
  OgError err;
  Case c;
  make_case(&c, "classify", 1);
  OgHead *head = NULL;
  assert_status(og_head_new(og_head_kind("mlm"), &c.params, c.team, &head, &err), OG_BAD_STORE);
  assert_non_null(strstr(err.message, "cls.predictions.transform.dense.weight"));
  assert_null(head);
  clear_case(&c);
}

static void threads_change_only_the_rounding(void **state) {
  (void)state;
  for (size_t k = 0; k < OG_COUNT(names); k++) {
    Case one, three;
    make_case(&one, names[k], 1);
    make_case(&three, names[k], 3);
    assert_true(fabs(loss(&one) - loss(&three)) < 1e-4);
    const double again = loss(&three);
    assert_true(loss(&three) == again);
    clear_case(&one);
    clear_case(&three);
  }
}

static void failed_allocations_are_reported(void **state) {
  (void)state;
  OgError err;
  Case c;
  make_case(&c, "mlm", 1);
  OgStatus status = OG_NO_MEMORY;
  long allowed = 0;
  for (; status != OG_OK; allowed++) {
    OgHead *head = NULL;
    float *scores;
    og_memory_fail_after(allowed);
    status = og_head_new(og_head_kind("mlm"), &c.params, c.team, &head, &err);
    if (status == OG_OK) {
      status = og_head_forward(head, c.features, ROWS, 0, &scores, &err);
    }
    og_memory_fail_after(-1);
    assert_true(status == OG_OK || status == OG_NO_MEMORY);
    og_head_free(head);
  }
  assert_true(allowed > 2);
  clear_case(&c);
}

/* ---- Against the reference: encoder, head and loss together ---- */

typedef struct Run {
  Reference reference;
  OgTeam *team;
  OgPass *pass;
  OgPooler *pooler;
  OgHead *head;
  float *gradients, *pooled, *dpooled, *dhidden;
} Run;

static bool run_open(Run *run, const char *head) {
  OgError err;
  *run = (Run){.team = NULL};
  if (!reference_open(&run->reference, 0)) {
    return false;
  }
  const OgParams *params = &run->reference.params;
  const size_t H = params->config.hidden_size, T = run->reference.batch.T;
  assert_ok(og_team_new(2, &run->team, &err));
  assert_ok(og_pass_new(params, run->team, OG_KEEP_ALL, &run->pass, &err));
  assert_ok(og_pooler_new(params, run->team, &run->pooler, &err));
  assert_ok(og_head_new(og_head_kind(head), params, run->team, &run->head, &err));
  run->gradients = og_calloc_floats(params->total);
  run->pooled = og_calloc_floats(T * H);
  run->dpooled = og_calloc_floats(T * H);
  run->dhidden = og_calloc_floats(T * H);
  return true;
}

static void run_close(Run *run) {
  og_free_floats(run->gradients);
  og_free_floats(run->pooled);
  og_free_floats(run->dpooled);
  og_free_floats(run->dhidden);
  og_head_free(run->head);
  og_pooler_free(run->pooler);
  og_pass_free(run->pass);
  og_team_free(run->team);
  reference_close(&run->reference);
}

static void assert_close(const Run *run, const char *name, const float *values, double tolerance) {
  size_t count;
  float *expected = reference_floats(&run->reference, "", name, &count);
  assert_true(relative_distance(values, expected, count) < tolerance);
  og_free_floats(expected);
}

static void assert_loss(const Run *run, const char *name, double value) {
  const float found = (float)value;
  assert_close(run, name, &found, 1e-5);
}

/* Scores of the pooled first tokens. */
static float *pooled_scores(Run *run, const float **hidden) {
  OgError err;
  OgBatch batch = run->reference.batch;
  float *scores;
  batch.outputs = batch.offsets;
  batch.M = batch.B;
  assert_ok(og_encoder_forward(run->pass, &batch, 0, hidden, &err));
  assert_ok(og_pooler_forward(run->pooler, run->pooled, *hidden, batch.B, &err));
  assert_ok(og_head_forward(run->head, run->pooled, batch.B, 0, &scores, &err));
  return scores;
}

static void pooled_backward(Run *run, const float *dscores) {
  OgError err;
  og_head_backward(run->head, dscores, run->dpooled, run->gradients);
  og_pooler_backward(run->pooler, run->dhidden, run->gradients, run->dpooled);
  assert_ok(og_encoder_backward(run->pass, run->dhidden, run->gradients, &err));
}

static void classifying_agrees_with_the_reference(void **state) {
  (void)state;
  Run run;
  if (!run_open(&run, "classify")) {
    skip_without_data("base/reference");
  }
  const float *hidden;
  float *scores = pooled_scores(&run, &hidden);
  assert_close(&run, "classify.pooled", run.pooled, 1e-5);
  assert_close(&run, "classify.logits", scores, 1e-5);
  const OgTargets targets = {.labels = run.reference.labels};
  assert_loss(&run, "classify.loss",
              og_loss(OG_LOSS_CROSS_ENTROPY, run.team, scores, scores, &targets,
                      run.reference.batch.B, CLASSES));
  pooled_backward(&run, scores);
  assert_recorded(&run.reference, "classify.grad.", run.gradients, 1e-4);
  run_close(&run);
}

/* The reference regresses with the classifier's first row. */
static void regressing_agrees_with_the_reference(void **state) {
  (void)state;
  Run run;
  if (!run_open(&run, "regress")) {
    skip_without_data("base/reference");
  }
  enum { SEQUENCES = 5 };
  assert_int_equal(run.reference.batch.B, SEQUENCES);
  const float *hidden;
  const float *scores = pooled_scores(&run, &hidden);
  float first[SEQUENCES], values[SEQUENCES], dscores[SEQUENCES * CLASSES] = {0};
  for (size_t b = 0; b < SEQUENCES; b++) {
    first[b] = scores[b * CLASSES];
    values[b] = (float)run.reference.labels[b];
  }
  assert_close(&run, "regress.logits", first, 1e-5);
  const OgTargets targets = {.values = values};
  assert_loss(&run, "regress.loss",
              og_loss(OG_LOSS_SQUARED_ERROR, run.team, first, first, &targets, SEQUENCES, 1));
  for (size_t b = 0; b < SEQUENCES; b++) {
    dscores[b * CLASSES] = first[b];
  }
  pooled_backward(&run, dscores);
  assert_recorded(&run.reference, "regress.grad.", run.gradients, 1e-4);
  run_close(&run);
}

static void tagging_agrees_with_the_reference(void **state) {
  (void)state;
  OgError err;
  Run run;
  if (!run_open(&run, "tag")) {
    skip_without_data("base/reference");
  }
  const Reference *reference = &run.reference;
  const OgBatch *batch = &reference->batch;
  const float *hidden;
  float *scores;
  size_t count;
  float *expected = reference_floats(reference, "", "tag.logits", &count);
  assert_ok(og_encoder_forward(run.pass, batch, 0, &hidden, &err));
  assert_ok(og_head_forward(run.head, hidden, batch->T, 0, &scores, &err));
  for (size_t b = 0; b < batch->B; b++) {
    const size_t begin = reference->offsets[b], length = reference->offsets[b + 1] - begin;
    assert_true(relative_distance(scores + begin * CLASSES, expected + b * reference->S * CLASSES,
                                  length * CLASSES) < 1e-5);
  }
  og_free_floats(expected);
  const OgTargets targets = {.labels = reference->tags};
  assert_loss(
      &run, "tag.loss",
      og_loss(OG_LOSS_CROSS_ENTROPY, run.team, scores, scores, &targets, batch->T, CLASSES));
  og_head_backward(run.head, scores, run.dhidden, run.gradients);
  assert_ok(og_encoder_backward(run.pass, run.dhidden, run.gradients, &err));
  assert_recorded(reference, "tag.grad.", run.gradients, 1e-4);
  run_close(&run);
}

static void predicting_masked_words_agrees_with_the_reference(void **state) {
  (void)state;
  OgError err;
  Run run;
  if (!run_open(&run, "mlm")) {
    skip_without_data("base/reference");
  }
  const Reference *reference = &run.reference;
  OgBatch batch = reference->batch;
  batch.outputs = reference->masked;
  batch.M = reference->masked_count;
  const float *hidden;
  float *scores;
  assert_ok(og_encoder_forward(run.pass, &batch, 0, &hidden, &err));
  assert_ok(og_head_forward(run.head, hidden, batch.M, 0, &scores, &err));
  const size_t V = og_head_classes(run.head);
  size_t count;
  float *expected = reference_floats(reference, "", "mlm.logits", &count);
  for (size_t m = 0; m < batch.M; m++) {
    assert_true(relative_distance(scores + m * V, expected + reference->masked_row[m] * V, V) <
                1e-5);
  }
  og_free_floats(expected);
  const OgTargets targets = {.labels = reference->targets};
  assert_loss(&run, "mlm.loss",
              og_loss(OG_LOSS_CROSS_ENTROPY, run.team, scores, scores, &targets, batch.M, V));
  og_head_backward(run.head, scores, run.dhidden, run.gradients);
  assert_ok(og_encoder_backward(run.pass, run.dhidden, run.gradients, &err));
  assert_recorded(reference, "mlm.grad.", run.gradients, 1e-4);
  run_close(&run);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(heads_pass_gradients_back),
      cmocka_unit_test(a_head_reads_its_widths_from_its_tensors),
      cmocka_unit_test(a_head_without_its_tensors_is_refused),
      cmocka_unit_test(threads_change_only_the_rounding),
      cmocka_unit_test(failed_allocations_are_reported),
      cmocka_unit_test(classifying_agrees_with_the_reference),
      cmocka_unit_test(regressing_agrees_with_the_reference),
      cmocka_unit_test(tagging_agrees_with_the_reference),
      cmocka_unit_test(predicting_masked_words_agrees_with_the_reference),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
