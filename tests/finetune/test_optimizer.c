#include "finetune/optimizer.h"

#include "core/memory.h"
#include "finetune/heads.h"
#include "finetune/pooler.h"
#include "model/encoder.h"
#include "tests/numbers.h"
#include "tests/reference.h"
#include "tests/test.h"

#include <math.h>
#include <string.h>

enum { WORDS = 40, HIDDEN = 12, STEPS = 450 };

static const OgTensorSpec head_specs[] = {
    {"classifier.weight", OG_TENSOR_WEIGHT, 3, HIDDEN, 2},
    {"classifier.bias", OG_TENSOR_BIAS, 3, 1, 1},
};

typedef struct Case {
  OgParams params;
  OgTeam *team;
  OgOptimizer *optimizer;
  float *gradients;
} Case;

static void make_case(Case *c, const OgOptimizerOptions *options, int threads) {
  OgError err;
  OgConfig config = og_config_default();
  config.vocab_size = WORDS;
  config.hidden_size = HIDDEN;
  config.layers = 1;
  config.heads = 2;
  config.intermediate_size = 16;
  config.max_positions = 8;
  *c = (Case){.team = NULL};
  assert_ok(og_params_init(&c->params, &config, head_specs, OG_COUNT(head_specs), &err));
  float *noise = random_floats(c->params.total, 0.3, 1);
  for (size_t k = 0; k < c->params.count; k++) { /* what lies between tensors stays zero */
    const OgTensor *tensor = &c->params.tensors[k];
    memcpy(og_tensor_at(c->params.weights, tensor), noise + tensor->offset,
           tensor->rows * tensor->columns * sizeof *noise);
  }
  og_free_floats(noise);
  assert_ok(og_team_new(threads, &c->team, &err));
  assert_ok(og_optimizer_new(&c->params, options, c->team, &c->optimizer, &err));
  c->gradients = og_calloc_floats(c->params.total);
}

static void clear_case(Case *c) {
  og_optimizer_free(c->optimizer);
  og_team_free(c->team);
  og_params_clear(&c->params);
  og_free_floats(c->gradients);
}

/* The words of a step: word 0 always, word k about every 2k steps, some never. */
static size_t words_of(uint64_t step, uint32_t *words) {
  size_t count = 0;
  for (uint32_t word = 0; word < WORDS - 3; word++) {
    if (og_random_at(step, word) % (2 * word + 1) == 0) {
      words[count++] = word;
    }
  }
  return count;
}

/* n numbers in [-size, size), which depend on the step and their place. */
static void fill(float *x, size_t at, size_t n, float size, uint64_t step) {
  for (size_t k = at; k < at + n; k++) {
    x[k] = size * (float)(int32_t)(og_random_at(step + 1, k) >> 32) * 0x1p-31f;
  }
}

/* A gradient that depends on the step only, in the dense tensors and the rows of the words. */
static void fill_gradients(float *gradients, const OgParams *params, uint64_t step,
                           const uint32_t *words, size_t count) {
  const float size = step % 7 == 0 ? 1e-6f : 1e-2f;
  for (size_t k = 1; k < params->count; k++) {
    const OgTensor *tensor = &params->tensors[k];
    fill(gradients, tensor->offset, tensor->rows * tensor->columns, size, step);
  }
  for (size_t k = 0; k < count; k++) {
    fill(gradients, words[k] * HIDDEN, HIDDEN, size, step);
  }
}

static double rate_at(uint64_t step) {
  return 1e-3 * (1 + sin((double)step / 30));
}

/* Rows of words that no step named last are left behind. */
static void take_lazy_steps(Case *c, uint64_t begin, uint64_t end, bool name_all) {
  OgError err;
  for (uint64_t step = begin; step < end; step++) {
    uint32_t words[WORDS];
    const size_t count = words_of(step, words);
    assert_ok(og_optimizer_begin(c->optimizer, name_all ? NULL : words, count, &err));
    fill_gradients(c->gradients, &c->params, step, words, count);
    assert_ok(og_optimizer_step(c->optimizer, c->gradients, rate_at(step), NULL, &err));
    assert_true(inner_product(c->gradients, c->gradients, c->params.total) == 0);
  }
}

static void take_steps(Case *c, uint64_t begin, uint64_t end, bool name_all) {
  take_lazy_steps(c, begin, end, name_all);
  og_optimizer_finish(c->optimizer);
}

/* The formula in double on all rows, one step after another. */
static void take_plain_steps(const OgParams *params, const OgOptimizerOptions *o, double *w) {
  double *m = og_calloc(params->total, sizeof *m), *v = og_calloc(params->total, sizeof *v);
  float *gradients = og_calloc_floats(params->total);
  for (uint64_t step = 0; step < STEPS; step++) {
    uint32_t words[WORDS];
    const size_t count = words_of(step, words);
    memset(gradients, 0, params->total * sizeof *gradients);
    fill_gradients(gradients, params, step, words, count);
    const double beta1 = (double)o->beta1, beta2 = (double)o->beta2;
    const double c1 = 1 - pow(beta1, (double)step + 1), c2 = 1 - pow(beta2, (double)step + 1);
    for (size_t k = 0; k < params->count; k++) {
      const OgTensor *tensor = &params->tensors[k];
      const double rate = rate_at(step) * (double)(tensor->head ? o->head_scale : o->base_scale);
      const bool decays = tensor->kind == OG_TENSOR_WEIGHT || tensor->kind == OG_TENSOR_EMBEDDING;
      for (size_t j = tensor->offset; j < tensor->offset + tensor->rows * tensor->columns; j++) {
        const double g = (double)gradients[j];
        m[j] = beta1 * m[j] + (1 - beta1) * g;
        v[j] = beta2 * v[j] + (1 - beta2) * g * g;
        w[j] -= rate * (decays ? (double)o->decay : 0) * w[j] +
                rate * (m[j] / c1) / (sqrt(v[j] / c2) + (double)o->epsilon);
      }
    }
  }
  og_free(m);
  og_free(v);
  og_free_floats(gradients);
}

static double *doubles(const float *x, size_t n) {
  double *copy = og_calloc(n, sizeof *copy);
  for (size_t k = 0; k < n; k++) {
    copy[k] = (double)x[k];
  }
  return copy;
}

static OgOptimizerOptions strong_options(void) {
  OgOptimizerOptions options = og_optimizer_default();
  options.clip = 0;
  options.decay = 0.1f;
  options.head_scale = 3;
  return options;
}

static void missed_steps_are_made_up_for_to_rounding(void **state) {
  (void)state;
  const OgOptimizerOptions variants[] = {
      strong_options(),
      {.beta1 = 0.5f,
       .beta2 = 0.9f,
       .epsilon = 1e-6f,
       .decay = 0,
       .base_scale = 1,
       .head_scale = 1},
      {.beta1 = 0.9f, .beta2 = 0.5f, .epsilon = 1e-3f, .base_scale = 1, .head_scale = 1},
      {.beta2 = 0.9f, .epsilon = 1e-8f, .decay = 0.2f, .base_scale = 2, .head_scale = 1},
  };
  for (size_t k = 0; k < OG_COUNT(variants); k++) {
    Case sparse, dense;
    make_case(&sparse, &variants[k], k == 0 ? 2 : 1);
    make_case(&dense, &variants[k], 1);
    double *plain = doubles(sparse.params.weights, sparse.params.total);
    take_steps(&sparse, 0, STEPS, false);
    take_steps(&dense, 0, STEPS, true);
    take_plain_steps(&sparse.params, &variants[k], plain);
    for (size_t j = 0; j < sparse.params.total; j++) {
      const double scale = 1e-5 * (fabs(plain[j]) + 0.1);
      assert_true(fabs((double)sparse.params.weights[j] - plain[j]) < scale);
      assert_true(fabs((double)dense.params.weights[j] - plain[j]) < scale);
    }
    og_free(plain);
    clear_case(&sparse);
    clear_case(&dense);
  }
}

static void a_resumed_optimizer_goes_on_as_the_first_would(void **state) {
  (void)state;
  OgError err;
  const OgOptimizerOptions options = strong_options();
  Case through, before, after;
  make_case(&through, &options, 2);
  make_case(&before, &options, 2);
  make_case(&after, &options, 2);
  take_steps(&through, 0, STEPS, false);
  take_lazy_steps(&before, 0, STEPS / 2, false);
  assert_ok(og_optimizer_resume(after.optimizer, STEPS / 2, &err));
  const OgOptimizerState from = og_optimizer_state(before.optimizer);
  const OgOptimizerState to = og_optimizer_state(after.optimizer);
  const size_t bytes = before.params.total * sizeof(float);
  assert_int_equal(from.steps, STEPS / 2);
  assert_int_equal(to.steps, STEPS / 2);
  assert_int_equal(from.words, WORDS);
  memcpy(to.m, from.m, bytes);
  memcpy(to.v, from.v, bytes);
  memcpy(to.moved, from.moved, from.words * sizeof *to.moved);
  memcpy(to.past, from.past, (from.steps + 1) * OG_PAST_STEP_NUMBERS * sizeof *to.past);
  memcpy(after.params.weights, before.params.weights, bytes);
  take_steps(&after, STEPS / 2, STEPS, false);
  assert_memory_equal(after.params.weights, through.params.weights, bytes);
  clear_case(&through);
  clear_case(&before);
  clear_case(&after);
}

static void a_large_gradient_is_scaled_to_the_clip(void **state) {
  (void)state;
  OgError err;
  OgOptimizerOptions clipped = og_optimizer_default(), free = og_optimizer_default();
  clipped.clip = 0.5f;
  clipped.epsilon = free.epsilon = 1; /* so that the size of a gradient matters */
  free.clip = 0;
  Case a, b;
  make_case(&a, &clipped, 2);
  make_case(&b, &free, 2);
  const uint32_t words[] = {5, 2, 5};
  const uint32_t own[] = {5, 2};
  for (int step = 0; step < 2; step++) {
    double norm;
    assert_ok(og_optimizer_begin(a.optimizer, words, 3, &err));
    assert_ok(og_optimizer_begin(b.optimizer, words, 3, &err));
    fill_gradients(a.gradients, &a.params, 3, own, 2);
    fill_gradients(b.gradients, &b.params, 3, own, 2);
    const double size = sqrt(inner_product(a.gradients, a.gradients, a.params.total));
    const float scale = step == 0 ? 100.0f : 0.1f;
    for (size_t k = 0; k < a.params.total; k++) {
      a.gradients[k] *= scale / (float)size;
      b.gradients[k] *= (step == 0 ? 0.5f : scale) / (float)size;
    }
    assert_ok(og_optimizer_step(a.optimizer, a.gradients, 1e-2, &norm, &err));
    assert_ok(og_optimizer_step(b.optimizer, b.gradients, 1e-2, NULL, &err));
    assert_true(fabs(norm / (double)scale - 1) < 1e-5);
  }
  assert_true(relative_distance(a.params.weights, b.params.weights, a.params.total) < 1e-7);
  clear_case(&a);
  clear_case(&b);
}

/* Make the optimizer anew for a frozen base, and short arrays. */
static void freeze_base(Case *c, const OgOptimizerOptions *options) {
  OgError err;
  og_optimizer_free(c->optimizer);
  og_free_floats(c->gradients);
  c->params.frozen = c->params.tensors[og_params_find(&c->params, head_specs[0].name)].offset;
  assert_ok(og_optimizer_new(&c->params, options, c->team, &c->optimizer, &err));
  c->gradients = og_calloc_floats(og_params_trained(&c->params));
}

static void a_frozen_base_stays_while_the_head_moves_as_ever(void **state) {
  (void)state;
  OgError err;
  OgOptimizerOptions options = og_optimizer_default();
  options.clip = 0;
  Case whole, frozen;
  make_case(&whole, &options, 2);
  make_case(&frozen, &options, 2);
  freeze_base(&frozen, &options);
  const size_t first = frozen.params.frozen, n = og_params_trained(&frozen.params);
  assert_int_equal(og_optimizer_state(frozen.optimizer).words, 0);
  float *before = og_calloc_floats(first);
  memcpy(before, frozen.params.weights, first * sizeof *before);
  for (uint64_t step = 0; step < 5; step++) {
    const uint32_t word = 3;
    assert_ok(og_optimizer_begin(whole.optimizer, &word, 1, &err));
    assert_ok(og_optimizer_begin(frozen.optimizer, &word, 1, &err));
    for (size_t k = 0; k < whole.params.count; k++) {
      const OgTensor *tensor = &whole.params.tensors[k];
      if (tensor->head) {
        fill(whole.gradients, tensor->offset, tensor->rows * tensor->columns, 1e-2f, step);
      }
    }
    memcpy(frozen.gradients, whole.gradients + first, n * sizeof(float));
    assert_ok(og_optimizer_step(whole.optimizer, whole.gradients, 1e-2, NULL, &err));
    assert_ok(og_optimizer_step(frozen.optimizer, frozen.gradients, 1e-2, NULL, &err));
    assert_true(inner_product(frozen.gradients, frozen.gradients, n) == 0);
  }
  og_optimizer_finish(frozen.optimizer);
  assert_memory_equal(before, frozen.params.weights, first * sizeof *before);
  assert_memory_equal(whole.params.weights + first, frozen.params.weights + first,
                      n * sizeof(float));
  og_free_floats(before);
  clear_case(&whole);
  clear_case(&frozen);
}

static void a_gradient_that_is_not_a_number_moves_nothing(void **state) {
  (void)state;
  OgError err;
  const OgOptimizerOptions options = og_optimizer_default();
  Case c;
  make_case(&c, &options, 2);
  float *before = og_calloc_floats(c.params.total);
  memcpy(before, c.params.weights, c.params.total * sizeof *before);
  const uint32_t word = 7;
  assert_ok(og_optimizer_begin(c.optimizer, &word, 1, &err));
  c.gradients[word * HIDDEN + 3] = NAN;
  assert_status(og_optimizer_step(c.optimizer, c.gradients, 1e-3, NULL, &err), OG_FAILED);
  assert_memory_equal(before, c.params.weights, c.params.total * sizeof *before);
  og_free_floats(before);
  clear_case(&c);
}

static void a_step_needs_its_words_named(void **state) {
  (void)state;
  OgError err;
  const OgOptimizerOptions options = og_optimizer_default();
  const uint32_t outside = WORDS;
  Case c;
  make_case(&c, &options, 1);
  assert_status(og_optimizer_step(c.optimizer, c.gradients, 1e-3, NULL, &err), OG_USAGE);
  assert_status(og_optimizer_begin(c.optimizer, &outside, 1, &err), OG_USAGE);
  clear_case(&c);
}

static void options_out_of_range_are_refused(void **state) {
  (void)state;
  OgError err;
  const OgOptimizerOptions good = og_optimizer_default();
  OgOptimizerOptions bad[] = {good, good, good, good};
  bad[0].beta1 = 1;
  bad[1].beta2 = -0.1f;
  bad[2].decay = NAN;
  bad[3].clip = INFINITY;
  Case c;
  make_case(&c, &good, 1);
  for (size_t k = 0; k < OG_COUNT(bad); k++) {
    OgOptimizer *optimizer = NULL;
    assert_status(og_optimizer_new(&c.params, &bad[k], c.team, &optimizer, &err), OG_USAGE);
    assert_null(optimizer);
  }
  clear_case(&c);
}

static void failed_allocations_are_reported(void **state) {
  (void)state;
  OgError err;
  const OgOptimizerOptions options = og_optimizer_default();
  Case c;
  make_case(&c, &options, 1);
  OgStatus status = OG_NO_MEMORY;
  long allowed = 0;
  for (; status != OG_OK; allowed++) {
    OgOptimizer *optimizer = NULL;
    og_memory_fail_after(allowed);
    status = og_optimizer_new(&c.params, &options, c.team, &optimizer, &err);
    og_memory_fail_after(-1);
    assert_true(status == OG_OK || status == OG_NO_MEMORY);
    og_optimizer_free(optimizer);
  }
  assert_true(allowed > 5);
  clear_case(&c);
}

static void three_steps_agree_with_the_reference(void **state) {
  (void)state;
  OgError err;
  Reference reference;
  if (!reference_open(&reference, 0)) {
    skip_without_data("base/reference");
  }
  OgParams *params = &reference.params;
  OgBatch batch = reference.batch;
  batch.outputs = batch.offsets;
  batch.M = batch.B;
  OgOptimizerOptions options = og_optimizer_default();
  options.clip = 0;
  OgTeam *team;
  OgPass *pass;
  OgPooler *pooler;
  OgHead *head;
  OgOptimizer *optimizer;
  assert_ok(og_team_new(2, &team, &err));
  assert_ok(og_pass_new(params, team, OG_KEEP_ALL, &pass, &err));
  assert_ok(og_pooler_new(params, team, &pooler, &err));
  assert_ok(og_head_new(og_head_kind("classify"), params, team, &head, &err));
  assert_ok(og_optimizer_new(params, &options, team, &optimizer, &err));
  float *gradients = og_calloc_floats(params->total);
  float *pooled = og_calloc_floats(batch.B * params->config.hidden_size);
  float *dpooled = og_calloc_floats(batch.B * params->config.hidden_size);
  float *dhidden = og_calloc_floats(batch.B * params->config.hidden_size);
  size_t count;
  float *losses = reference_floats(&reference, "", "adamw.losses", &count);
  for (size_t step = 0; step < count; step++) {
    const float *hidden;
    float *scores;
    const OgTargets targets = {.labels = reference.labels};
    assert_ok(og_optimizer_begin(optimizer, batch.ids, batch.T, &err));
    assert_ok(og_encoder_forward(pass, &batch, 0, &hidden, &err));
    assert_ok(og_pooler_forward(pooler, pooled, hidden, batch.B, &err));
    assert_ok(og_head_forward(head, pooled, batch.B, 0, &scores, &err));
    const double loss = og_loss(OG_LOSS_CROSS_ENTROPY, team, scores, scores, &targets, batch.B, 5);
    assert_true(fabs(loss / (double)losses[step] - 1) < 1e-5);
    og_head_backward(head, scores, dpooled, gradients);
    og_pooler_backward(pooler, dhidden, gradients, dpooled);
    assert_ok(og_encoder_backward(pass, dhidden, gradients, &err));
    assert_ok(og_optimizer_step(optimizer, gradients, 1e-3, NULL, &err));
  }
  og_optimizer_finish(optimizer);
  for (size_t k = 0; k < params->count; k++) { /* not part of the classifier */
    if (strncmp(params->tensors[k].name, "cls.", 4) == 0) {
      memset(og_tensor_at(params->weights, &params->tensors[k]), 0,
             params->tensors[k].rows * params->tensors[k].columns * sizeof(float));
    }
  }
  assert_recorded(&reference, "adamw.after3.", params->weights, 1e-5);
  float *const arrays[] = {gradients, pooled, dpooled, dhidden, losses};
  for (size_t k = 0; k < OG_COUNT(arrays); k++) {
    og_free_floats(arrays[k]);
  }
  og_optimizer_free(optimizer);
  og_pooler_free(pooler);
  og_head_free(head);
  og_pass_free(pass);
  og_team_free(team);
  reference_close(&reference);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(missed_steps_are_made_up_for_to_rounding),
      cmocka_unit_test(a_resumed_optimizer_goes_on_as_the_first_would),
      cmocka_unit_test(a_large_gradient_is_scaled_to_the_clip),
      cmocka_unit_test(a_frozen_base_stays_while_the_head_moves_as_ever),
      cmocka_unit_test(a_gradient_that_is_not_a_number_moves_nothing),
      cmocka_unit_test(a_step_needs_its_words_named),
      cmocka_unit_test(options_out_of_range_are_refused),
      cmocka_unit_test(failed_allocations_are_reported),
      cmocka_unit_test(three_steps_agree_with_the_reference),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
