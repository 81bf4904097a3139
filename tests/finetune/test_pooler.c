#include "finetune/pooler.h"

#include "core/memory.h"
#include "tests/numbers.h"
#include "tests/test.h"

#include <string.h>

enum { HIDDEN = 12, ROWS = 7 };

/* The pooler of an architecture on random rows, and the loss Σ weights pooled. */
typedef struct Case {
  OgParams params;
  OgTeam *team;
  OgPooler *pooler;
  float *hidden, *pooled, *weights;
} Case;

static void make_case(Case *c, OgArchitecture architecture, int threads) {
  OgError err;
  OgConfig config = og_config_default_of(architecture);
  config.vocab_size = 9;
  config.hidden_size = HIDDEN;
  config.layers = 1;
  config.heads = 2;
  config.intermediate_size = 5;
  config.max_positions = 8;
  config.pad_token_id = 1;
  config.layer_norm_eps = 1e-5F;
  *c = (Case){.hidden = random_floats(ROWS * HIDDEN, 1, 1),
              .weights = random_floats(ROWS * HIDDEN, 1, 2),
              .pooled = og_calloc_floats(ROWS * HIDDEN)};
  assert_ok(og_params_init(&c->params, &config, NULL, 0, &err));
  float *noise = random_floats(c->params.total, 0.6, 4);
  memcpy(c->params.weights, noise, c->params.total * sizeof *noise);
  og_free_floats(noise);
  if (og_architecture(architecture)->pooler_activation == OG_RELU) { /* away from its corner */
    const size_t bias = og_params_role(&c->params, OG_ROLE_POOLER_BIAS, 0);
    for (size_t k = 0; k < HIDDEN; k++) {
      og_tensor_at(c->params.weights, &c->params.tensors[bias])[k] = k % 3 ? 9.0f : -9.0f;
    }
  }
  assert_ok(og_team_new(threads, &c->team, &err));
  assert_ok(og_pooler_new(&c->params, c->team, &c->pooler, &err));
}

static void clear_case(Case *c) {
  og_pooler_free(c->pooler);
  og_team_free(c->team);
  og_params_clear(&c->params);
  float *const arrays[] = {c->hidden, c->weights, c->pooled};
  for (size_t k = 0; k < OG_COUNT(arrays); k++) {
    og_free_floats(arrays[k]);
  }
}

static double loss(void *data) {
  OgError err;
  Case *c = data;
  assert_ok(og_pooler_forward(c->pooler, c->pooled, c->hidden, ROWS, &err));
  return inner_product(c->pooled, c->weights, ROWS * HIDDEN);
}

static void every_architecture_s_pooler_passes_gradients_back(void **state) {
  (void)state;
  for (int k = 0; k < OG_ARCHITECTURE_COUNT; k++) {
    Case c;
    if (!og_architecture_tensor((OgArchitecture)k, OG_ROLE_POOLER_WEIGHT)) {
      continue;
    }
    make_case(&c, (OgArchitecture)k, 1);
    float *gradients = og_calloc_floats(c.params.total);
    float *dhidden = og_calloc_floats(ROWS * HIDDEN), *dpooled = og_calloc_floats(ROWS * HIDDEN);
    loss(&c);
    memcpy(dpooled, c.weights, ROWS * HIDDEN * sizeof *dpooled);
    og_pooler_backward(c.pooler, dhidden, gradients, dpooled);
    assert_gradient("hidden", loss, &c, c.hidden, dhidden, ROWS * HIDDEN, 1e-2);
    for (size_t j = 0; j < c.params.count; j++) {
      const OgTensor *tensor = &c.params.tensors[j];
      assert_gradient(tensor->name, loss, &c, og_tensor_at(c.params.weights, tensor),
                      og_tensor_at(gradients, tensor), tensor->rows * tensor->columns, 1e-2);
    }
    float *const arrays[] = {gradients, dhidden, dpooled};
    for (size_t j = 0; j < OG_COUNT(arrays); j++) {
      og_free_floats(arrays[j]);
    }
    clear_case(&c);
  }
}

static void threads_change_only_the_rounding(void **state) {
  (void)state;
  Case one, three;
  make_case(&one, OG_MODERNBERT, 1);
  make_case(&three, OG_MODERNBERT, 3);
  loss(&one);
  loss(&three);
  assert_true(relative_distance(three.pooled, one.pooled, ROWS * HIDDEN) < 1e-6);
  clear_case(&one);
  clear_case(&three);
}

static void failed_allocations_are_reported(void **state) {
  (void)state;
  OgError err;
  Case c;
  make_case(&c, OG_BERT, 1);
  OgStatus status = OG_NO_MEMORY;
  long allowed = 0;
  for (; status != OG_OK; allowed++) {
    OgPooler *pooler = NULL;
    og_memory_fail_after(allowed);
    status = og_pooler_new(&c.params, c.team, &pooler, &err);
    if (status == OG_OK) {
      status = og_pooler_forward(pooler, c.pooled, c.hidden, ROWS, &err);
    }
    og_memory_fail_after(-1);
    assert_true(status == OG_OK || status == OG_NO_MEMORY);
    og_pooler_free(pooler);
  }
  assert_true(allowed > 1);
  clear_case(&c);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_architecture_s_pooler_passes_gradients_back),
      cmocka_unit_test(threads_change_only_the_rounding),
      cmocka_unit_test(failed_allocations_are_reported),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
