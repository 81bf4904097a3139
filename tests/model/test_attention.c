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

enum { ROW = 11 /* of the dropout mask */, RELATIVES = 9 };

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
  c.scratch = og_calloc_floats(og_attention_scratch(M, S, D, RELATIVES));
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

/* softmax(q kᵀ/√D + r) v in double, over the keys within reach of query m. */
static void expect_query(const Case *c, size_t m) {
  const size_t S = c->shape.S, D = c->shape.D;
  const float *q = c->q + m * c->shape.q_stride;
  double p[64], sum = 0;
  assert_true(S <= OG_COUNT(p));
  const ptrdiff_t at = c->shape.positions ? (ptrdiff_t)c->shape.positions[m] : (ptrdiff_t)m;
  for (size_t s = 0; s < S; s++) {
    const ptrdiff_t distance = (ptrdiff_t)s - at;
    const size_t apart = (size_t)(distance < 0 ? -distance : distance);
    const double r = c->shape.distances ? (double)c->shape.distances[distance] : 0;
    const bool seen = c->shape.reach == 0 || apart <= c->shape.reach;
    const double score = inner_product(q, c->kv + s * c->shape.kv_stride, D) / sqrt((double)D);
    p[s] = seen ? exp(score + r) : 0;
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
  og_attention_backward((OgAttentionGradients){.q = dq, .k = dkv, .v = dkv + D}, c.weights, c.P,
                        c.q, c.kv, c.kv + D, &c.shape, c.dropout, ROW, c.scratch);
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
  og_attention_backward((OgAttentionGradients){.q = c.q, .k = dkv, .v = dkv + 8}, c.weights, c.P,
                        c.q, c.kv, c.kv + 8, &c.shape, c.dropout, ROW, c.scratch);
  for (size_t s = 0; s < 9; s++) {
    for (size_t d = 0; d < 16; d++) {
      assert_true(dkv[s * c.shape.kv_stride + d] == 0);
    }
  }
  og_free_floats(dkv);
  clear_case(&c);
}

enum { FAR = 40 };

static const uint32_t some_positions[] = {0, 3, 4, 17, 19};

/* Queries of some positions, a reach, and distances that are parameters. */
static void scores_depend_on_distances_within_reach(void **state) {
  (void)state;
  for (size_t reach = 0; reach < 6; reach += 5) {
    for (int some = 0; some < 2; some++) {
      Case c = make_case(some ? 5 : 20, 20, 8, 0, 3 + reach);
      float *r = random_floats(2 * FAR + 1, 1, 8), *dr = og_calloc_floats(2 * FAR + 1);
      float *dq = og_calloc_floats(q_size(&c)), *dkv = og_calloc_floats(kv_size(&c));
      c.shape.reach = reach;
      c.shape.distances = r + FAR;
      c.shape.positions = some ? some_positions : NULL;
      run(&c);
      for (size_t m = 0; m < c.shape.M; m++) {
        expect_query(&c, m);
      }
      const OgAttentionGradients d = {.q = dq, .k = dkv, .v = dkv + 8, .distances = dr + FAR};
      og_attention_backward(d, c.weights, c.P, c.q, c.kv, c.kv + 8, &c.shape, c.dropout, ROW,
                            c.scratch);
      assert_gradient("distances", loss, &c, r, dr, 2 * FAR + 1, 1e-2);
      assert_gradient("q", loss, &c, c.q, dq, q_size(&c), 1e-2);
      assert_gradient("k and v", loss, &c, c.kv, dkv, kv_size(&c), 1e-2);
      float *const arrays[] = {r, dr, dq, dkv};
      for (size_t k = 0; k < OG_COUNT(arrays); k++) {
        og_free_floats(arrays[k]);
      }
      clear_case(&c);
    }
  }
}

/* Products of turned vectors depend on the difference of their positions only. */
static void turning_keeps_products_at_equal_distances(void **state) {
  (void)state;
  enum { WIDE = 8, LONG = 12 };
  float table[LONG * WIDE], rows[LONG * WIDE];
  float *x = random_floats(WIDE, 1, 1), *y = random_floats(WIDE, 1, 2);
  og_rotary_table(table, 10000, 0, LONG, WIDE);
  const double same = inner_product(x, y, WIDE);
  double apart = 0;
  for (uint32_t p = 0; p + 3 < LONG; p++) {
    memcpy(rows, x, WIDE * sizeof *x);
    memcpy(rows + WIDE, y, WIDE * sizeof *y);
    const uint32_t positions[] = {p, p + 3};
    og_rotary(rows, table, positions, 1, 2, WIDE, WIDE);
    const double product = inner_product(rows, rows + WIDE, WIDE);
    apart = p == 0 ? product : apart;
    assert_true(fabs(product - apart) < 1e-5 && fabs(product - same) > 1e-3);
    og_rotary(rows, table, positions, -1, 2, WIDE, WIDE);
    assert_true(relative_distance(rows, x, WIDE) < 1e-6);
  }
  og_free_floats(x);
  og_free_floats(y);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(attention_mixes_values_by_the_softmax_of_scores),
      cmocka_unit_test(only_the_head_s_own_columns_are_written),
      cmocka_unit_test(attention_passes_gradients_back),
      cmocka_unit_test(attention_with_dropout_passes_gradients_back),
      cmocka_unit_test(scores_depend_on_distances_within_reach),
      cmocka_unit_test(turning_keeps_products_at_equal_distances),
      cmocka_unit_test(without_queries_keys_and_values_get_no_gradient),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
