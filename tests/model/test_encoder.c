#include "model/encoder.h"

#include "core/memory.h"
#include "model/lora.h"
#include "model/ops.h"
#include "tests/numbers.h"
#include "tests/reference.h"
#include "tests/test.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* A small model with dropout, a batch, and the loss Σ weights hidden. */
typedef struct Case {
  OgParams params;
  OgTeam *team;
  OgPass *pass;
  OgBatch batch;
  uint64_t seed;
  float *weights;
} Case;

static const uint32_t ids[] = {3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8, 9, 7, 9, 3};
static const uint32_t types[] = {0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 1, 1, 1, 0, 0, 1};
static const uint32_t offsets[] = {0, 4, 5, 13, 16};
static const uint32_t some_tokens[] = {0, 5, 7, 11};
static const OgBatch small_batch = {
    .B = 4, .T = 16, .ids = ids, .types = types, .offsets = offsets};

/* Layer 1 of a ModernBERT attends locally. */
static OgConfig small_config(OgArchitecture architecture) {
  OgConfig config = og_config_default_of(architecture);
  config.vocab_size = 10;
  config.embedding_size = config.embedding_size ? 8 : 0;
  config.hidden_size = 12;
  config.layers = architecture == OG_STATIC ? 0 : 2;
  config.heads = 3;
  config.intermediate_size = 20;
  config.max_positions = 9;
  config.pad_token_id = 1;
  config.distance_buckets = architecture == OG_MPNET ? 8 : architecture == OG_DEBERTA_V2 ? 4 : 0;
  config.global_every = config.global_every ? 2 : 0;
  config.local_window = 4;
  config.hidden_dropout = 0.2f;
  config.attention_dropout = 0.3f;
  return config;
}

static void make_params(OgParams *params, OgArchitecture architecture, const OgLoraShape *lora,
                        uint64_t seed) {
  OgError err;
  const OgConfig config = small_config(architecture);
  OgLoraTensors tensors;
  assert_ok(og_lora_tensors(lora, &config, &tensors, &err));
  assert_ok(og_params_init(params, &config, tensors.specs, tensors.count, &err));
  og_lora_tensors_clear(&tensors);
  float *noise = random_floats(params->total, 0.4, seed);
  for (size_t k = 0; k < params->count; k++) {
    const OgTensor *tensor = &params->tensors[k];
    float *w = og_tensor_at(params->weights, tensor);
    for (size_t j = 0; j < tensor->rows * tensor->columns; j++) {
      w[j] = noise[tensor->offset + j] + (tensor->kind == OG_TENSOR_NORM ? 1.0f : 0.0f);
    }
  }
  og_free_floats(noise);
}

static void make_case_of(Case *c, OgArchitecture architecture, OgKeep keep, int threads,
                         uint64_t seed) {
  OgError err;
  *c = (Case){.batch = small_batch, .weights = random_floats(16 * 12, 1, seed + 50)};
  make_params(&c->params, architecture, &(OgLoraShape){0}, seed);
  assert_ok(og_team_new(threads, &c->team, &err));
  assert_ok(og_pass_new(&c->params, c->team, keep, &c->pass, &err));
}

static void make_case(Case *c, OgKeep keep, int threads, uint64_t seed) {
  make_case_of(c, OG_BERT, keep, threads, seed);
}

static void clear_case(Case *c) {
  og_pass_free(c->pass);
  og_team_free(c->team);
  og_params_clear(&c->params);
  og_free_floats(c->weights);
}

/* The architectures whose encoders differ: RoBERTa's relatives compute the same. */
static const OgArchitecture different[] = {OG_BERT,       OG_ROBERTA,    OG_DISTILBERT,
                                           OG_ELECTRA,    OG_ALBERT,     OG_MPNET,
                                           OG_MODERNBERT, OG_DEBERTA_V2, OG_STATIC};

static size_t hidden_size(const Case *c);

/* Packed weights give what the others give, to rounding; in 8 bits nearly. */
static void packed_weights_give_the_same(void **state) {
  (void)state;
  OgError err;
  for (size_t kind = 0; kind < OG_COUNT(different); kind++) {
    for (int some = 0; some < 2; some++) {
      Case c;
      const float *hidden;
      make_case_of(&c, different[kind], OG_KEEP_NOTHING, 2, 3);
      if (some) {
        c.batch.outputs = some_tokens;
        c.batch.M = OG_COUNT(some_tokens);
      }
      const size_t size = hidden_size(&c);
      float *expected = og_calloc_floats(size);
      assert_ok(og_encoder_forward(c.pass, &c.batch, 0, &hidden, &err));
      memcpy(expected, hidden, size * sizeof *expected);
      assert_ok(og_pass_pack(c.pass, OG_PRECISION_F32, &err));
      assert_ok(og_encoder_forward(c.pass, &c.batch, 0, &hidden, &err));
      assert_true(relative_distance(hidden, expected, size) < 1e-5);
      assert_ok(og_pass_pack(c.pass, OG_PRECISION_INT8, &err));
      assert_ok(og_encoder_forward(c.pass, &c.batch, 0, &hidden, &err));
      const double error = relative_distance(hidden, expected, size);
      assert_true((error > 1e-5) == (c.params.config.layers > 0) && error < 0.1);
      og_free_floats(expected);
      clear_case(&c);
    }
  }
}

static size_t hidden_size(const Case *c) {
  return (c->batch.outputs ? c->batch.M : c->batch.T) * c->params.config.hidden_size;
}

static double loss(void *data) {
  OgError err;
  Case *c = data;
  const float *hidden;
  assert_ok(og_encoder_forward(c->pass, &c->batch, c->seed, &hidden, &err));
  return inner_product(hidden, c->weights, hidden_size(c));
}

/* Forward and backward; the gradients are the caller's. */
static float *gradients_of(Case *c) {
  OgError err;
  float *gradients = og_calloc_floats(og_params_trained(&c->params));
  float *dhidden = og_calloc_floats(hidden_size(c));
  memcpy(dhidden, c->weights, hidden_size(c) * sizeof *dhidden);
  loss(c);
  assert_ok(og_encoder_backward(c->pass, dhidden, gradients, &err));
  og_free_floats(dhidden);
  return gradients;
}

static void check_gradients(Case *c) {
  float *gradients = gradients_of(c);
  for (size_t k = 0; k < c->params.count; k++) {
    const OgTensor *tensor = &c->params.tensors[k];
    assert_gradient(tensor->name, loss, c, og_tensor_at(c->params.weights, tensor),
                    og_tensor_at(gradients, tensor), tensor->rows * tensor->columns, 2e-3);
  }
  og_free_floats(gradients);
}

static void check_reserved(OgArchitecture architecture, OgKeep keep, bool some) {
  OgError err;
  Case c;
  size_t bytes, less;
  const float *hidden;
  make_case_of(&c, architecture, keep, 2, 6);
  OgBatch small = {.B = 2, .T = 5, .ids = ids, .types = types, .offsets = offsets};
  if (some) {
    small.outputs = c.batch.outputs = some_tokens;
    small.M = 1;
    c.batch.M = OG_COUNT(some_tokens);
  }
  assert_ok(og_pass_size(c.pass, &small, &less, &err));
  assert_ok(og_pass_size(c.pass, &c.batch, &bytes, &err));
  assert_true(less < bytes);
  assert_ok(og_pass_reserve(c.pass, &c.batch, &err));
  float *gradients = og_calloc_floats(c.params.total);
  og_memory_fail_after(0);
  assert_ok(og_encoder_forward(c.pass, &small, 3, &hidden, &err));
  assert_ok(og_encoder_forward(c.pass, &c.batch, 3, &hidden, &err));
  assert_ok(og_encoder_backward(c.pass, c.weights, gradients, &err));
  og_memory_fail_after(-1);
  og_free_floats(gradients);
  clear_case(&c);
}

static void what_was_reserved_is_enough_for_smaller_batches(void **state) {
  (void)state;
  for (size_t k = 0; k < 2 * OG_COUNT(different); k++) {
    check_reserved(different[k / 2], OG_KEEP_ALL, k % 2);
    check_reserved(different[k / 2], OG_KEEP_INPUTS, k % 2);
  }
}

/* Of each token x0, x̂0 and the gradient at x0; of the outputs their rows. */
static void without_layers_nothing_is_kept_for_layers(void **state) {
  (void)state;
  OgError err;
  Case c;
  size_t bytes, most;
  make_case_of(&c, OG_STATIC, OG_KEEP_ALL, 1, 6);
  c.batch.outputs = some_tokens;
  c.batch.M = OG_COUNT(some_tokens);
  const size_t H = c.params.config.hidden_size, T = c.batch.T;
  assert_ok(og_pass_size(c.pass, &c.batch, &bytes, &err));
  most = (3 * T + c.batch.M) * H + T + 4 * H + 8 * 16; /* r0, zeros, partials; rounded up */
  const size_t numbers = 8 * sizeof(size_t) + 2 * sizeof(uint32_t);
  assert_in_range(bytes, 0, most * sizeof(float) + (T + c.batch.B + 1) * numbers);
  clear_case(&c);
}

/* Computed again, a layer is the same to the bit, whatever the architecture. */
static void recomputing_changes_no_gradient(void **state) {
  (void)state;
  for (size_t k = 0; k < 2 * OG_COUNT(different); k++) {
    float *gradients[2];
    size_t bytes[2], size = 0;
    for (int again = 0; again < 2; again++) {
      OgError err;
      Case c;
      make_case_of(&c, different[k / 2], again ? OG_KEEP_INPUTS : OG_KEEP_ALL, 2, 6);
      c.seed = 11;
      if (k % 2) {
        c.batch.outputs = some_tokens;
        c.batch.M = OG_COUNT(some_tokens);
      }
      gradients[again] = gradients_of(&c);
      size = c.params.total * sizeof(float);
      assert_ok(og_pass_size(c.pass, &c.batch, &bytes[again], &err));
      clear_case(&c);
    }
    assert_memory_equal(gradients[0], gradients[1], size);
    assert_true(bytes[1] < bytes[0] || different[k / 2] == OG_STATIC);
    og_free_floats(gradients[0]);
    og_free_floats(gradients[1]);
  }
}

/* Frozen up to a layer, its gradients are those of the whole, bit for bit, and so few. */
static void what_is_not_frozen_has_the_same_gradients(void **state) {
  (void)state;
  for (int layer = 0; layer < 2; layer++) {
    Case c;
    make_case(&c, OG_KEEP_ALL, 2, 4);
    c.seed = 9;
    float *whole = gradients_of(&c);
    const size_t first = og_params_role(&c.params, OG_ROLE_QUERY_WEIGHT, (size_t)layer);
    c.params.frozen = c.params.tensors[first].offset;
    float *some = gradients_of(&c);
    assert_memory_equal(some, whole + c.params.frozen, og_params_trained(&c.params) * sizeof *some);
    og_free_floats(whole);
    og_free_floats(some);
    clear_case(&c);
  }
}

static double merged_loss(void *data) {
  Case *c = data;
  og_lora_merge(c->params.lora);
  return loss(c);
}

/* A frozen base with adapters in every product, or those of attention. */
static void check_adapters(OgArchitecture architecture, OgLoraTargets targets, bool some) {
  OgError err;
  const OgLoraShape shape = {3, 2, targets};
  Case c = {.batch = small_batch, .weights = random_floats(16 * 12, 1, 77), .seed = 5};
  make_params(&c.params, architecture, &shape, 3);
  c.params.frozen = og_params_base(&c.params);
  assert_ok(og_team_new(2, &c.team, &err));
  assert_ok(og_lora_new(&c.params, &shape, c.team, &c.params.lora, &err));
  assert_ok(og_pass_new(&c.params, c.team, OG_KEEP_ALL, &c.pass, &err));
  if (some) {
    c.batch.outputs = some_tokens;
    c.batch.M = OG_COUNT(some_tokens);
  }
  og_lora_merge(c.params.lora);
  float *gradients = gradients_of(&c);
  size_t count;
  const OgAdapter *adapters = og_lora_adapters(c.params.lora, &count);
  for (size_t k = 0; k < 2 * count; k++) {
    const OgTensor *tensor = &c.params.tensors[k % 2 ? adapters[k / 2].A : adapters[k / 2].B];
    assert_gradient(tensor->name, merged_loss, &c, og_tensor_at(c.params.weights, tensor),
                    og_gradient_at(&c.params, gradients, tensor->offset),
                    tensor->rows * tensor->columns, 2e-3);
  }
  og_free_floats(gradients);
  og_lora_free(c.params.lora);
  clear_case(&c);
}

static void gradients_of_adapters_agree_with_differences(void **state) {
  (void)state;
  static const OgArchitecture adapted[] = {OG_BERT, OG_DISTILBERT, OG_ALBERT, OG_MPNET,
                                           OG_DEBERTA_V2};
  for (size_t k = 0; k < OG_COUNT(adapted); k++) {
    check_adapters(adapted[k], OG_LORA_ATTENTION, false);
    check_adapters(adapted[k], OG_LORA_ALL, k % 2 == 0);
  }
}

static void gradients_agree_with_differences(void **state) {
  (void)state;
  for (size_t k = 0; k < OG_COUNT(different); k++) {
    for (uint64_t seed = 1; seed <= 2; seed++) {
      Case c;
      make_case_of(&c, different[k], OG_KEEP_ALL, 1, seed);
      check_gradients(&c);
      clear_case(&c);
    }
  }
}

static void gradients_agree_with_differences_under_dropout(void **state) {
  (void)state;
  for (size_t k = 0; k < OG_COUNT(different); k++) {
    Case c;
    make_case_of(&c, different[k], OG_KEEP_ALL, 1, 3);
    c.seed = 1 + k;
    check_gradients(&c);
    clear_case(&c);
  }
}

static void gradients_agree_with_differences_at_some_tokens(void **state) {
  (void)state;
  for (size_t k = 0; k < OG_COUNT(different); k++) {
    for (uint64_t seed = 0; seed < 2; seed++) {
      Case c;
      make_case_of(&c, different[k], OG_KEEP_ALL, 1, 7);
      c.seed = seed;
      c.batch.outputs = some_tokens;
      c.batch.M = OG_COUNT(some_tokens);
      c.batch.types = NULL;
      check_gradients(&c);
      clear_case(&c);
    }
  }
}

static void hidden_states_at_some_tokens_are_those_of_all(void **state) {
  (void)state;
  OgError err;
  for (size_t k = 0; k < 2 * OG_COUNT(different); k++) {
    Case c;
    make_case_of(&c, different[k / 2], k % 2, 2, 3);
    float *all = og_calloc_floats(16 * 12);
    const float *hidden;
    assert_ok(og_encoder_forward(c.pass, &c.batch, 0, &hidden, &err));
    memcpy(all, hidden, 16 * 12 * sizeof *all);
    c.batch.outputs = some_tokens;
    c.batch.M = OG_COUNT(some_tokens);
    assert_ok(og_encoder_forward(c.pass, &c.batch, 0, &hidden, &err));
    for (size_t m = 0; m < c.batch.M; m++) {
      assert_true(relative_distance(hidden + m * 12, all + some_tokens[m] * 12, 12) < 1e-6);
    }
    og_free_floats(all);
    clear_case(&c);
  }
}

static void a_batch_may_want_no_token(void **state) {
  (void)state;
  Case c;
  make_case(&c, OG_KEEP_ALL, 2, 3);
  c.batch.outputs = some_tokens;
  c.batch.M = 0;
  float *gradients = gradients_of(&c);
  assert_true(inner_product(gradients, gradients, c.params.total) == 0);
  og_free_floats(gradients);
  clear_case(&c);
}

static void a_pass_that_keeps_nothing_gives_the_same(void **state) {
  (void)state;
  for (size_t k = 0; k < OG_COUNT(different); k++) {
    Case kept, dropped;
    make_case_of(&kept, different[k], OG_KEEP_ALL, 2, 3);
    make_case_of(&dropped, different[k], OG_KEEP_NOTHING, 2, 3);
    for (uint64_t seed = 0; seed < 2; seed++) {
      kept.seed = dropped.seed = seed;
      assert_true(loss(&kept) == loss(&dropped));
    }
    clear_case(&kept);
    clear_case(&dropped);
  }
}

static void sequences_are_alone_in_a_batch(void **state) {
  (void)state;
  OgError err;
  Case c;
  make_case(&c, OG_KEEP_NOTHING, 2, 5);
  float *together = og_calloc_floats(16 * 12);
  const float *hidden;
  assert_ok(og_encoder_forward(c.pass, &c.batch, 0, &hidden, &err));
  memcpy(together, hidden, 16 * 12 * sizeof *together);
  for (size_t b = 0; b < small_batch.B; b++) {
    const uint32_t begin = offsets[b], own[] = {0, offsets[b + 1] - begin};
    const OgBatch alone = {
        .B = 1, .T = own[1], .ids = ids + begin, .types = types + begin, .offsets = own};
    assert_ok(og_encoder_forward(c.pass, &alone, 0, &hidden, &err));
    assert_true(relative_distance(hidden, together + begin * 12, own[1] * 12) < 1e-6);
  }
  og_free_floats(together);
  clear_case(&c);
}

static void more_threads_change_only_the_rounding(void **state) {
  (void)state;
  for (size_t k = 0; k < OG_COUNT(different); k++) {
    Case one;
    make_case_of(&one, different[k], OG_KEEP_ALL, 1, 5);
    one.seed = 9;
    float *expected = gradients_of(&one);
    for (int threads = 2; threads <= 4; threads++) {
      Case c;
      make_case_of(&c, different[k], OG_KEEP_ALL, threads, 5);
      c.seed = 9;
      float *gradients = gradients_of(&c), *again = gradients_of(&c);
      assert_true(relative_distance(gradients, expected, c.params.total) < 1e-5);
      assert_memory_equal(gradients, again, c.params.total * sizeof *gradients);
      og_free_floats(gradients);
      og_free_floats(again);
      clear_case(&c);
    }
    og_free_floats(expected);
    clear_case(&one);
  }
}

static void words_outside_the_batch_get_no_gradient(void **state) {
  (void)state;
  Case c;
  make_case(&c, OG_KEEP_ALL, 2, 5);
  float *gradients = gradients_of(&c);
  for (size_t j = 0; j < 12; j++) { /* word 0 is in no sequence, word 3 in three */
    assert_true(gradients[j] == 0);
  }
  assert_true(inner_product(gradients + 3 * 12, gradients + 3 * 12, 12) > 0);
  og_free_floats(gradients);
  clear_case(&c);
}

static void gradients_are_added_to_what_is_there(void **state) {
  (void)state;
  OgError err;
  Case c;
  make_case(&c, OG_KEEP_ALL, 2, 5);
  float *once = gradients_of(&c), *twice = og_calloc_floats(c.params.total);
  for (int k = 0; k < 2; k++) {
    float *dhidden = og_calloc_floats(hidden_size(&c));
    memcpy(dhidden, c.weights, hidden_size(&c) * sizeof *dhidden);
    loss(&c);
    assert_ok(og_encoder_backward(c.pass, dhidden, twice, &err));
    og_free_floats(dhidden);
  }
  for (size_t k = 0; k < c.params.total; k++) {
    once[k] *= 2;
  }
  assert_true(relative_distance(twice, once, c.params.total) < 1e-6);
  og_free_floats(once);
  og_free_floats(twice);
  clear_case(&c);
}

/* A batch with one fault, and a part of the message that names it. */
static const struct {
  uint32_t id, type, outputs[2], offsets[3];
  const char *message;
} faults[] = {
    {10, 0, {0, 1}, {0, 3, 12}, "token id 10 at place 2"},
    {1, 2, {0, 1}, {0, 3, 12}, "token type 2 at place 2"},
    {1, 0, {1, 1}, {0, 3, 12}, "output tokens must ascend"},
    {1, 0, {1, 12}, {0, 3, 12}, "output token 12"},
    {1, 0, {0, 1}, {0, 0, 12}, "sequence 0 of the batch"},
    {1, 0, {0, 1}, {0, 2, 12}, "sequence 1 of the batch spans tokens 2 to 12"},
    {1, 0, {0, 1}, {0, 3, 11}, "offsets from 0 to 11"},
    {1, 0, {0, 1}, {1, 3, 12}, "offsets from 1 to 12"},
};

static void a_batch_that_the_model_cannot_take_is_refused(void **state) {
  (void)state;
  OgError err;
  Case c;
  make_case(&c, OG_KEEP_ALL, 1, 1);
  const float *hidden;
  for (size_t k = 0; k < OG_COUNT(faults); k++) {
    uint32_t bad_ids[12] = {0}, bad_types[12] = {0};
    bad_ids[2] = faults[k].id;
    bad_types[2] = faults[k].type;
    const OgBatch batch = {.B = 2,
                           .T = 12,
                           .ids = bad_ids,
                           .types = bad_types,
                           .offsets = faults[k].offsets,
                           .outputs = faults[k].outputs,
                           .M = 2};
    assert_status(og_encoder_forward(c.pass, &batch, 0, &hidden, &err), OG_USAGE);
    assert_non_null(strstr(err.message, faults[k].message));
  }
  clear_case(&c);
}

static void a_backward_needs_a_forward(void **state) {
  (void)state;
  OgError err;
  float dhidden[16 * 12] = {0};
  Case kept, dropped;
  make_case(&kept, OG_KEEP_ALL, 1, 1);
  make_case(&dropped, OG_KEEP_NOTHING, 1, 1);
  float *gradients = gradients_of(&kept);
  loss(&dropped);
  assert_status(og_encoder_backward(kept.pass, dhidden, gradients, &err), OG_USAGE);
  assert_status(og_encoder_backward(dropped.pass, dhidden, gradients, &err), OG_USAGE);
  og_free_floats(gradients);
  clear_case(&kept);
  clear_case(&dropped);
}

static void a_failed_allocation_is_reported(void **state) {
  (void)state;
  OgError err;
  OgStatus status = OG_NO_MEMORY;
  OgParams params;
  OgTeam *team;
  make_params(&params, OG_BERT, &(OgLoraShape){0}, 1);
  assert_ok(og_team_new(1, &team, &err));
  long allowed = 0;
  for (; status != OG_OK; allowed++) {
    OgPass *pass = NULL;
    const float *hidden;
    og_memory_fail_after(allowed);
    status = og_pass_new(&params, team, OG_KEEP_ALL, &pass, &err);
    if (status == OG_OK) {
      status = og_encoder_forward(pass, &small_batch, 0, &hidden, &err);
    }
    og_memory_fail_after(-1);
    assert_true(status == OG_OK || status == OG_NO_MEMORY);
    og_pass_free(pass);
  }
  assert_true(allowed > 3);
  og_team_free(team);
  og_params_clear(&params);
}

static void a_pass_recovers_from_a_failed_allocation(void **state) {
  (void)state;
  OgError err;
  Case c;
  make_case(&c, OG_KEEP_ALL, 1, 1);
  const uint32_t one[] = {0, 1};
  const OgBatch tiny = {.B = 1, .T = 1, .ids = ids, .offsets = one};
  const float *hidden;
  assert_ok(og_encoder_forward(c.pass, &tiny, 0, &hidden, &err));
  og_memory_fail_after(1);
  assert_status(og_encoder_forward(c.pass, &c.batch, 0, &hidden, &err), OG_NO_MEMORY);
  og_memory_fail_after(-1);
  assert_status(og_encoder_backward(c.pass, c.weights, c.weights, &err), OG_USAGE);
  Case fresh;
  make_case(&fresh, OG_KEEP_ALL, 1, 1);
  assert_true(loss(&c) == loss(&fresh));
  clear_case(&c);
  clear_case(&fresh);
}

/* Padded (B,S,H) to packed (T,H). */
static float *packed_hidden(const Reference *reference, const char *name) {
  const size_t H = reference->params.config.hidden_size;
  size_t count;
  float *padded = reference_floats(reference, "hidden.", name, &count);
  float *packed = og_calloc_floats(reference->batch.T * H);
  for (size_t b = 0; b < reference->batch.B; b++) {
    const size_t begin = reference->offsets[b], length = reference->offsets[b + 1] - begin;
    memcpy(packed + begin * H, padded + b * reference->S * H, length * H * sizeof *packed);
  }
  og_free_floats(padded);
  return packed;
}

static void embeddings_agree_with_the_reference(void **state) {
  (void)state;
  Reference reference;
  if (!reference_open(&reference, 0)) {
    skip_without_data("base/reference");
  }
  const OgParams *params = &reference.params;
  const size_t H = params->config.hidden_size, T = reference.batch.T;
  uint32_t positions[OG_COUNT(reference.ids)];
  for (size_t b = 0; b < reference.batch.B; b++) {
    for (uint32_t t = reference.offsets[b]; t < reference.offsets[b + 1]; t++) {
      positions[t] = t - reference.offsets[b];
    }
  }
  const float *tables[5]; /* words, positions, types, γ, β */
  for (size_t k = 0; k < OG_COUNT(tables); k++) {
    tables[k] = og_tensor_at(params->weights, &params->tensors[k]);
  }
  float *x = og_calloc_floats(T * H), *expected = packed_hidden(&reference, "embeddings");
  og_embedding_forward(x, tables[0], tables[1], tables[2], reference.ids, positions,
                       reference.types, T, H);
  og_norm_forward(x, NULL, NULL, x, tables[3], tables[4], params->config.layer_norm_eps, T, H);
  assert_true(relative_distance(x, expected, T * H) < 1e-5);
  og_free_floats(x);
  og_free_floats(expected);
  reference_close(&reference);
}

static void hidden_states_of_every_layer_agree_with_the_reference(void **state) {
  (void)state;
  OgError err;
  OgTeam *team;
  assert_ok(og_team_new(2, &team, &err));
  for (size_t layers = 1; layers <= 3; layers++) {
    Reference reference;
    if (!reference_open(&reference, layers)) {
      og_team_free(team);
      skip_without_data("base/reference");
    }
    OgPass *pass;
    const float *hidden;
    char name[32];
    snprintf(name, sizeof name, "layer%zu", layers - 1);
    assert_ok(og_pass_new(&reference.params, team, OG_KEEP_NOTHING, &pass, &err));
    assert_ok(og_encoder_forward(pass, &reference.batch, 0, &hidden, &err));
    float *expected = packed_hidden(&reference, name);
    const size_t n = reference.batch.T * reference.params.config.hidden_size;
    assert_true(relative_distance(hidden, expected, n) < 1e-5);
    og_free_floats(expected);
    og_pass_free(pass);
    reference_close(&reference);
  }
  og_team_free(team);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(gradients_agree_with_differences),
      cmocka_unit_test(gradients_agree_with_differences_under_dropout),
      cmocka_unit_test(gradients_agree_with_differences_at_some_tokens),
      cmocka_unit_test(hidden_states_at_some_tokens_are_those_of_all),
      cmocka_unit_test(a_batch_may_want_no_token),
      cmocka_unit_test(a_pass_that_keeps_nothing_gives_the_same),
      cmocka_unit_test(sequences_are_alone_in_a_batch),
      cmocka_unit_test(more_threads_change_only_the_rounding),
      cmocka_unit_test(words_outside_the_batch_get_no_gradient),
      cmocka_unit_test(gradients_are_added_to_what_is_there),
      cmocka_unit_test(a_batch_that_the_model_cannot_take_is_refused),
      cmocka_unit_test(a_backward_needs_a_forward),
      cmocka_unit_test(what_was_reserved_is_enough_for_smaller_batches),
      cmocka_unit_test(without_layers_nothing_is_kept_for_layers),
      cmocka_unit_test(recomputing_changes_no_gradient),
      cmocka_unit_test(packed_weights_give_the_same),
      cmocka_unit_test(what_is_not_frozen_has_the_same_gradients),
      cmocka_unit_test(gradients_of_adapters_agree_with_differences),
      cmocka_unit_test(a_failed_allocation_is_reported),
      cmocka_unit_test(a_pass_recovers_from_a_failed_allocation),
      cmocka_unit_test(embeddings_agree_with_the_reference),
      cmocka_unit_test(hidden_states_of_every_layer_agree_with_the_reference),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
