#include "model/attention.h"

#include "core/memory.h"
#include "tests/numbers.h"
#include "tests/test.h"

#include <math.h>
#include <string.h>

/* One head on one sequence inside wider rows, and the loss Σ weights context. */
typedef struct Case {
  OgAttentionShape shape;
  OgDropout dropout;
  float *q, *kv, *context, *P, *weights, *scratch;
} Case;

enum { ROW = 11 }; /* of the dropout mask */

static size_t q_size(const Case *c) {
  return (c->shape.M + 1) * c->shape.q_stride;
}

static size_t kv_size(const Case *c) {
  return (c->shape.S + 1) * c->shape.kv_stride;
}

static Case make_case(size_t M, size_t S, size_t D, float probability, uint64_t seed) {
  Case c = {.shape = {.M = M, .S = S, .D = D, .q_stride = D + 3, .kv_stride = 2 * D + 5},
            .dropout = {.seed = probability > 0 ? seed : 0, .probability = probability}};
  c.q = random_floats(q_size(&c), 1, seed);
  c.kv = random_floats(kv_size(&c), 1, seed + 1);
  c.weights = random_floats(q_size(&c), 1, seed + 2);
  c.context = og_calloc_floats(q_size(&c));
  c.P = og_calloc_floats(M * OG_PROBABILITY_STRIDE(S));
  c.scratch = og_calloc_floats(og_attention_scratch(M, S, D));
  return c;
}

static void clear_case(Case *c) {
  float *const arrays[] = {c->q, c->kv, c->weights, c->context, c->P, c->scratch};
  for (size_t k = 0; k < OG_COUNT(arrays); k++) {
    og_free_floats(arrays[k]);
  }
}

static void run(Case *c) {
  og_attention_forward(c->context, c->P, c->q, c->kv, c->kv + c->shape.D, &c->shape, c->dropout,
                       ROW, c->scratch);
}

static double loss(void *data) {
  Case *c = data;
  run(c);
  double sum = 0;
  for (size_t m = 0; m < c->shape.M; m++) {
    const size_t at = m * c->shape.q_stride;
    sum += inner_product(c->context + at, c->weights + at, c->shape.D);
  }
  return sum;
}

static const size_t shapes[][3] = {{1, 1, 1},   {6, 6, 16},  {7, 7, 12},  {27, 27, 64}, {33, 33, 5},
                                   {1, 19, 64}, {3, 40, 20}, {5, 17, 32}, {48, 48, 18}};

/* softmax(q kᵀ/√D) v in double, for query m. */
static void expect_query(const Case *c, size_t m) {
  const size_t S = c->shape.S, D = c->shape.D;
  const float *q = c->q + m * c->shape.q_stride;
  double p[64], sum = 0;
  assert_true(S <= OG_COUNT(p));
  for (size_t s = 0; s < S; s++) {
    p[s] = exp(inner_product(q, c->kv + s * c->shape.kv_stride, D) / sqrt((double)D));
    sum += p[s];
  }
  for (size_t d = 0; d < D; d++) {
    double expected = 0;
    for (size_t s = 0; s < S; s++) {
      expected += p[s] / sum * (double)c->kv[s * c->shape.kv_stride + D + d];
    }
    assert_true(fabs((double)c->context[m * c->shape.q_stride + d] - expected) < 1e-5);
  }
}

static void attention_mixes_values_by_the_softmax_of_scores(void **state) {
  (void)state;
  for (size_t k = 0; k < OG_COUNT(shapes); k++) {
    Case c = make_case(shapes[k][0], shapes[k][1], shapes[k][2], 0, k + 1);
    run(&c);
    for (size_t m = 0; m < c.shape.M; m++) {
      expect_query(&c, m);
    }
    clear_case(&c);
  }
}

static void only_the_head_s_own_columns_are_written(void **state) {
  (void)state;
  Case c = make_case(7, 7, 12, 0, 3);
  run(&c);
  for (size_t m = 0; m <= c.shape.M; m++) {
    const size_t from = m < c.shape.M ? c.shape.D : 0;
    for (size_t d = from; d < c.shape.q_stride; d++) {
      assert_true(c.context[m * c.shape.q_stride + d] == 0);
    }
  }
  clear_case(&c);
}

static void check_gradients(size_t M, size_t S, size_t D, float probability, uint64_t seed) {
  Case c = make_case(M, S, D, probability, seed);
  float *dq = og_calloc_floats(q_size(&c)), *dkv = og_calloc_floats(kv_size(&c));
  run(&c);
  og_attention_backward(dq, dkv, dkv + D, c.weights, c.P, c.q, c.kv, c.kv + D, &c.shape, c.dropout,
                        ROW, c.scratch);
  assert_gradient("q", loss, &c, c.q, dq, q_size(&c), 1e-2);
  assert_gradient("k and v", loss, &c, c.kv, dkv, kv_size(&c), 1e-2);
  og_free_floats(dq);
  og_free_floats(dkv);
  clear_case(&c);
}

static void attention_passes_gradients_back(void **state) {
  (void)state;
  for (size_t k = 0; k < OG_COUNT(shapes); k++) {
    check_gradients(shapes[k][0], shapes[k][1], shapes[k][2], 0, k + 1);
  }
}

static void attention_with_dropout_passes_gradients_back(void **state) {
  (void)state;
  for (size_t k = 1; k < OG_COUNT(shapes); k++) {
    check_gradients(shapes[k][0], shapes[k][1], shapes[k][2], 0.2f, k + 1);
  }
}

static void without_queries_keys_and_values_get_no_gradient(void **state) {
  (void)state;
  Case c = make_case(0, 9, 8, 0, 1);
  float *dkv = random_floats(kv_size(&c), 1, 5);
  run(&c);
  og_attention_backward(c.q, dkv, dkv + 8, c.weights, c.P, c.q, c.kv, c.kv + 8, &c.shape, c.dropout,
                        ROW, c.scratch);
  for (size_t s = 0; s < 9; s++) {
    for (size_t d = 0; d < 16; d++) {
      assert_true(dkv[s * c.shape.kv_stride + d] == 0);
    }
  }
  og_free_floats(dkv);
  clear_case(&c);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(attention_mixes_values_by_the_softmax_of_scores),
      cmocka_unit_test(only_the_head_s_own_columns_are_written),
      cmocka_unit_test(attention_passes_gradients_back),
      cmocka_unit_test(attention_with_dropout_passes_gradients_back),
      cmocka_unit_test(without_queries_keys_and_values_get_no_gradient),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
