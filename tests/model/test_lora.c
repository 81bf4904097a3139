#include "model/lora.h"

#include "core/memory.h"
#include "model/safetensors.h"
#include "tests/numbers.h"
#include "tests/test.h"

#include <string.h>

enum { H = 6, F = 10, RANK = 3 };
static const float alpha = 5;

typedef struct Case {
  OgTeam *team;
  OgParams params;
  OgLora *lora;
} Case;

static OgConfig small_config(void) {
  OgConfig config = og_config_default();
  config.vocab_size = 8;
  config.hidden_size = H;
  config.layers = 2;
  config.heads = 2;
  config.intermediate_size = F;
  config.max_positions = 4;
  return config;
}

static float *weights_of(Case *c, const char *name) {
  const size_t k = og_params_find(&c->params, name);
  assert_true(k < c->params.count);
  return og_tensor_at(c->params.weights, &c->params.tensors[k]);
}

static const float *gradient_of(Case *c, float *gradients, const char *name) {
  return og_gradient_at(&c->params, gradients, (size_t)(weights_of(c, name) - c->params.weights));
}

/* Random weights, in every tensor. */
static void make_case(Case *c, OgLoraTargets targets, int threads) {
  OgError err = {0};
  const OgConfig config = small_config();
  const OgLoraShape shape = {RANK, alpha, targets};
  OgLoraTensors tensors;
  *c = (Case){.team = NULL};
  assert_ok(og_lora_tensors(&shape, &config, &tensors, &err));
  assert_ok(og_params_init(&c->params, &config, tensors.specs, tensors.count, &err));
  og_lora_tensors_clear(&tensors);
  c->params.frozen = og_params_base(&c->params);
  float *noise = random_floats(c->params.total, 0.5, 4);
  memcpy(c->params.weights, noise, c->params.total * sizeof *noise);
  og_free_floats(noise);
  assert_ok(og_team_new(threads, &c->team, &err));
  assert_ok(og_lora_new(&c->params, &shape, c->team, &c->lora, &err));
}

static void clear_case(Case *c) {
  og_lora_free(c->lora);
  og_team_free(c->team);
  og_params_clear(&c->params);
}

/* Backward of the product of the matrix that `name` begins, on all threads. */
typedef struct Backward {
  Case *c;
  size_t weight, N, K, O;
  const float *dy, *x;
  float *gradients;
} Backward;

static void run_backward(void *data, int thread) {
  const Backward *b = data;
  const OgPart part = {thread, og_team_size(b->c->team)};
  og_lora_backward(b->c->lora, b->weight, b->dy, b->x, b->N, b->K, b->O, part);
  og_team_barrier(b->c->team);
  og_lora_finish(b->c->lora, b->gradients, part);
}

static const char up[] = "encoder.layer.0.intermediate.dense.weight";
static const char up_A[] = "encoder.layer.0.intermediate.dense.lora_A.weight";
static const char up_B[] = "encoder.layer.0.intermediate.dense.lora_B.weight";
static const char value_A[] = "encoder.layer.1.attention.self.value.lora_A.weight";
static const char value_B[] = "encoder.layer.1.attention.self.value.lora_B.weight";

static float *recorded(const OgSafetensors *file, const char *name, size_t *count) {
  OgError err = {0};
  const OgArray *array = og_safetensors_find(file, name);
  assert_non_null(array);
  *count = og_array_count(array);
  float *values = og_calloc_floats(*count);
  assert_ok(og_array_floats(array, values, &err));
  return values;
}

static void copy_recorded(const OgSafetensors *file, const char *name, float *to) {
  size_t count;
  float *values = recorded(file, name, &count);
  memcpy(to, values, count * sizeof *to);
  og_free_floats(values);
}

static void assert_recorded_values(const OgSafetensors *file, const char *name, const float *got) {
  size_t count;
  float *values = recorded(file, name, &count);
  assert_true(relative_distance(got, values, count) < 1e-6);
  og_free_floats(values);
}

/* tests/reference/lora.py: PyTorch has the adapter beside the product, not in its weights. */
static void a_product_and_its_gradient_are_those_of_the_reference(void **state) {
  (void)state;
  OgError err = {0};
  OgSafetensors *file;
  assert_ok(og_safetensors_open(test_data("model/lora.safetensors"), &file, &err));
  Case c;
  make_case(&c, OG_LORA_ALL, 2);
  og_lora_free(c.lora); /* which keeps what W was */
  copy_recorded(file, "W", weights_of(&c, up));
  const OgLoraShape shape = {RANK, alpha, OG_LORA_ALL};
  assert_ok(og_lora_new(&c.params, &shape, c.team, &c.lora, &err));
  copy_recorded(file, "A", weights_of(&c, up_A));
  copy_recorded(file, "B", weights_of(&c, up_B));
  og_lora_merge(c.lora);
  size_t size;
  float *x = recorded(file, "x", &size), *dy = recorded(file, "dy", &size);
  const size_t N = size / F;
  float *y = og_calloc_floats(N * F), *dx = og_calloc_floats(N * H);
  float *gradients = og_calloc_floats(og_params_trained(&c.params));
  og_linear_forward(y, x, weights_of(&c, up), NULL, N, H, F, OG_WHOLE);
  assert_recorded_values(file, "y", y);
  og_linear_backward_input(dx, 0, dy, weights_of(&c, up), N, H, F, OG_WHOLE);
  assert_recorded_values(file, "dx", dx);
  const size_t weight = (size_t)(weights_of(&c, up) - c.params.weights);
  Backward backward = {&c, weight, N, H, F, dy, x, gradients};
  og_team_run(c.team, run_backward, &backward);
  assert_recorded_values(file, "dA", gradient_of(&c, gradients, up_A));
  assert_recorded_values(file, "dB", gradient_of(&c, gradients, up_B));
  og_free_floats(x);
  og_free_floats(dy);
  og_free_floats(y);
  og_free_floats(dx);
  og_free_floats(gradients);
  og_safetensors_close(file);
  clear_case(&c);
}

/* dA = s Bᵀ dW and dB = s dW Aᵀ, of the value's rows of the key and value's dW. */
static void assert_chain_rule(Case *c, float *gradients, const float *dW) {
  const float scale = alpha / RANK;
  const float *A = weights_of(c, value_A), *B = weights_of(c, value_B);
  float dA[RANK * H] = {0}, dB[H * RANK] = {0};
  for (size_t r = 0; r < RANK; r++) {
    for (size_t o = 0; o < H; o++) {
      for (size_t k = 0; k < H; k++) {
        dA[r * H + k] += scale * B[o * RANK + r] * dW[(H + o) * H + k];
        dB[o * RANK + r] += scale * dW[(H + o) * H + k] * A[r * H + k];
      }
    }
  }
  assert_true(relative_distance(gradient_of(c, gradients, value_A), dA, RANK * H) < 1e-4);
  assert_true(relative_distance(gradient_of(c, gradients, value_B), dB, H * RANK) < 1e-4);
}

static void adapters_of_some_rows_are_found_in_a_joined_product(void **state) {
  (void)state;
  enum { N = 700 }; /* several blocks of rows a thread */
  float *dy = random_floats(N * 2 * H, 1, 1), *x = random_floats(N * H, 1, 2);
  float *dW = og_calloc_floats(2 * H * H);
  og_linear_backward_weight(dW, NULL, dy, x, N, H, 2 * H, OG_WHOLE);
  for (int threads = 1; threads <= 3; threads++) {
    Case c;
    make_case(&c, OG_LORA_ATTENTION, threads);
    float *gradients = og_calloc_floats(og_params_trained(&c.params));
    const size_t key =
        (size_t)(weights_of(&c, "encoder.layer.1.attention.self.key.weight") - c.params.weights);
    Backward backward = {&c, key, N, H, 2 * H, dy, x, gradients};
    og_team_run(c.team, run_backward, &backward);
    assert_chain_rule(&c, gradients, dW);
    float *once = og_calloc_floats(og_params_trained(&c.params));
    memcpy(once, gradients, og_params_trained(&c.params) * sizeof *once);
    og_team_run(c.team, run_backward, &backward); /* it adds */
    for (size_t k = 0; k < og_params_trained(&c.params); k++) {
      once[k] *= 2;
    }
    assert_true(relative_distance(gradients, once, og_params_trained(&c.params)) < 1e-6);
    og_free_floats(once);
    og_free_floats(gradients);
    clear_case(&c);
  }
  og_free_floats(dy);
  og_free_floats(x);
  og_free_floats(dW);
}

static void the_start_changes_no_weight(void **state) {
  (void)state;
  Case c;
  OgRandom random;
  make_case(&c, OG_LORA_ALL, 2);
  float *before = og_calloc_floats(c.params.frozen);
  memcpy(before, c.params.weights, c.params.frozen * sizeof *before);
  og_lora_merge(c.lora);
  assert_memory_not_equal(before, c.params.weights, c.params.frozen * sizeof *before);
  og_random_init(&random, 1);
  og_lora_randomize(c.lora, &random);
  og_lora_merge(c.lora); /* made anew from what W was, not on top of the last */
  assert_memory_equal(before, c.params.weights, c.params.frozen * sizeof *before);
  og_free_floats(before);
  clear_case(&c);
}

static void adapters_are_named_as_peft_does(void **state) {
  (void)state;
  Case c;
  size_t count;
  make_case(&c, OG_LORA_ATTENTION, 1);
  const OgAdapter *adapters = og_lora_adapters(c.lora, &count);
  assert_int_equal(count, 4);
  assert_string_equal(c.params.tensors[adapters[0].weight].name,
                      "encoder.layer.0.attention.self.query.weight");
  assert_string_equal(c.params.tensors[adapters[0].A].name,
                      "encoder.layer.0.attention.self.query.lora_A.weight");
  assert_string_equal(c.params.tensors[adapters[3].B].name,
                      "encoder.layer.1.attention.self.value.lora_B.weight");
  assert_int_equal(c.params.tensors[adapters[3].B].rows, H);
  assert_int_equal(c.params.tensors[adapters[3].B].columns, RANK);
  clear_case(&c);
  make_case(&c, OG_LORA_ALL, 1);
  og_lora_adapters(c.lora, &count);
  assert_int_equal(count, 12);
  clear_case(&c);
}

static void a_product_of_query_key_and_value_is_refused(void **state) {
  (void)state;
  OgError err = {0};
  OgLoraTensors tensors;
  const OgLoraShape shape = {RANK, alpha, OG_LORA_ATTENTION}, none = {0};
  const OgConfig config = og_config_default_of(OG_MODERNBERT);
  assert_status(og_lora_tensors(&shape, &config, &tensors, &err), OG_USAGE);
  assert_non_null(strstr(err.message, "modernbert"));
  assert_ok(og_lora_tensors(&none, &config, &tensors, &err));
  assert_int_equal(tensors.count, 0);
}

static void every_allocation_may_fail(void **state) {
  (void)state;
  OgError err;
  Case c;
  make_case(&c, OG_LORA_ALL, 2);
  const OgConfig config = small_config();
  const OgLoraShape shape = {RANK, alpha, OG_LORA_ALL};
  OgStatus status = OG_NO_MEMORY;
  for (long k = 0; status != OG_OK; k++) {
    OgLora *lora = NULL;
    OgLoraTensors tensors;
    og_memory_fail_after(k);
    status = og_lora_tensors(&shape, &config, &tensors, &err);
    if (status == OG_OK) {
      status = og_lora_new(&c.params, &shape, c.team, &lora, &err);
    }
    og_memory_fail_after(-1);
    og_lora_tensors_clear(&tensors);
    og_lora_free(lora);
    if (status != OG_OK) {
      assert_status(status, OG_NO_MEMORY);
    }
  }
  clear_case(&c);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_product_and_its_gradient_are_those_of_the_reference),
      cmocka_unit_test(adapters_of_some_rows_are_found_in_a_joined_product),
      cmocka_unit_test(the_start_changes_no_weight),
      cmocka_unit_test(adapters_are_named_as_peft_does),
      cmocka_unit_test(a_product_of_query_key_and_value_is_refused),
      cmocka_unit_test(every_allocation_may_fail),
  };
  return cmocka_run_group_tests_name("lora", tests, NULL, NULL);
}
