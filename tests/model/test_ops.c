#include "model/ops.h"

#include "core/blas.h"
#include "core/memory.h"
#include "tests/numbers.h"
#include "tests/test.h"

#include <math.h>
#include <string.h>

/* One operation under test: y = f(x…), the loss is Σ weights y. */
typedef struct Case {
  size_t N, K, O;
  float *x, *W, *b, *y, *weights;
  float *xhat, *r;
  OgActivation activation;
  OgDropout dropout;
} Case;

static Case make_case(size_t N, size_t K, size_t O, uint64_t seed) {
  OgError err;
  assert_ok(og_blas_load(&err));
  const size_t width = K > O ? K : O;
  return (Case){
      .N = N,
      .K = K,
      .O = O,
      .x = random_floats(N * width, 1, seed),
      .W = random_floats(O * K, 0.5, seed + 100),
      .b = random_floats(width, 0.5, seed + 200),
      .y = og_calloc_floats(N * width),
      .weights = random_floats(N * width, 1, seed + 300),
      .xhat = og_calloc_floats(N * width),
      .r = og_calloc_floats(N),
  };
}

static void clear_case(Case *c) {
  float *const arrays[] = {c->x, c->W, c->b, c->y, c->weights, c->xhat, c->r};
  for (size_t k = 0; k < OG_COUNT(arrays); k++) {
    og_free_floats(arrays[k]);
  }
}

static const OgPart halves[] = {{0, 2}, {1, 2}};

static void tiles_of_all_parts_cover_a_matrix_once(void **state) {
  (void)state;
  static const size_t sizes[][2] = {{1, 1}, {3, 700}, {1000, 5}, {37, 41}, {512, 512}, {0, 7}};
  for (size_t k = 0; k < OG_COUNT(sizes); k++) {
    for (int threads = 1; threads <= 12; threads++) {
      const size_t N = sizes[k][0], O = sizes[k][1];
      unsigned char *seen = og_calloc(N, O);
      for (int thread = 0; thread < threads; thread++) {
        const OgTile tile = og_tile(N, O, (OgPart){thread, threads});
        for (size_t n = 0; n < tile.rows; n++) {
          for (size_t o = 0; o < tile.columns; o++) {
            seen[(tile.row + n) * O + tile.column + o]++;
          }
        }
      }
      for (size_t j = 0; j < N * O; j++) {
        assert_int_equal(seen[j], 1);
      }
      og_free(seen);
    }
  }
}

static void a_product_is_the_sum_that_it_says(void **state) {
  (void)state;
  Case c = make_case(9, 21, 35, 1);
  for (size_t p = 0; p < OG_COUNT(halves); p++) {
    og_linear_forward(c.y, c.x, c.W, c.b, c.N, c.K, c.O, halves[p]);
  }
  for (size_t n = 0; n < c.N; n++) {
    for (size_t o = 0; o < c.O; o++) {
      const double expected = (double)c.b[o] + inner_product(c.x + n * c.K, c.W + o * c.K, c.K);
      assert_true(fabs((double)c.y[n * c.O + o] - expected) < 1e-5);
    }
  }
  clear_case(&c);
}

static double linear_loss(void *data) {
  Case *c = data;
  og_linear_forward(c->y, c->x, c->W, c->b, c->N, c->K, c->O, OG_WHOLE);
  return inner_product(c->y, c->weights, c->N * c->O);
}

static void a_product_passes_gradients_back(void **state) {
  (void)state;
  for (uint64_t seed = 1; seed <= 3; seed++) {
    Case c = make_case(7, 13, 18, seed);
    float *dx = og_calloc_floats(c.N * c.K), *dW = og_calloc_floats(c.O * c.K);
    float *db = og_calloc_floats(c.O);
    for (size_t p = 0; p < OG_COUNT(halves); p++) {
      og_linear_backward_input(dx, 0, c.weights, c.W, c.N, c.K, c.O, halves[p]);
      og_linear_backward_weight(dW, db, c.weights, c.x, c.N, c.K, c.O, halves[p]);
    }
    assert_gradient("x", linear_loss, &c, c.x, dx, c.N * c.K, 1e-2);
    assert_gradient("W", linear_loss, &c, c.W, dW, c.O * c.K, 1e-2);
    assert_gradient("b", linear_loss, &c, c.b, db, c.O, 1e-2);
    og_free_floats(dx);
    og_free_floats(dW);
    og_free_floats(db);
    clear_case(&c);
  }
}

static void gradients_of_weights_are_added_and_those_of_inputs_when_asked(void **state) {
  (void)state;
  Case c = make_case(4, 6, 5, 1);
  float *once = og_calloc_floats(64), *twice = og_calloc_floats(64);
  og_linear_backward_weight(once, NULL, c.weights, c.x, c.N, c.K, c.O, OG_WHOLE);
  og_linear_backward_weight(twice, NULL, c.weights, c.x, c.N, c.K, c.O, OG_WHOLE);
  og_linear_backward_weight(twice, NULL, c.weights, c.x, c.N, c.K, c.O, OG_WHOLE);
  for (size_t k = 0; k < c.O * c.K; k++) {
    assert_true(fabsf(twice[k] - 2 * once[k]) < 1e-5f);
  }
  og_linear_backward_input(once, 0, c.weights, c.W, c.N, c.K, c.O, OG_WHOLE);
  memcpy(twice, once, 64 * sizeof *once);
  og_linear_backward_input(twice, 1, c.weights, c.W, c.N, c.K, c.O, OG_WHOLE);
  for (size_t k = 0; k < c.N * c.K; k++) {
    assert_true(fabsf(twice[k] - 2 * once[k]) < 1e-5f);
  }
  og_free_floats(once);
  og_free_floats(twice);
  clear_case(&c);
}

/* The activations as mathematics has them. */
static double exact_activation(OgActivation f, double x) {
  switch (f) {
  case OG_GELU:
    return x * erfc(-x / sqrt(2.0)) / 2;
  case OG_GELU_TANH:
    return x * (1 + tanh(sqrt(2 / acos(-1.0)) * (x + 0.044715 * x * x * x))) / 2;
  case OG_RELU:
    return x > 0 ? x : 0;
  case OG_TANH:
    return tanh(x);
  }
  return 0;
}

static const OgActivation activations[] = {OG_GELU, OG_GELU_TANH, OG_RELU, OG_TANH};

static void activations_agree_with_libm(void **state) {
  (void)state;
  enum { COUNT = 40001 };
  float *x = og_calloc_floats(COUNT), *y = og_calloc_floats(COUNT);
  for (size_t f = 0; f < OG_COUNT(activations); f++) {
    for (size_t k = 0; k < COUNT; k++) {
      x[k] = -20.0f + 1e-3f * (float)k;
    }
    og_activation_forward(activations[f], y, x, NULL, (OgTile){0, 1, 0, COUNT}, COUNT);
    for (size_t k = 0; k < COUNT; k++) {
      const double expected = exact_activation(activations[f], (double)x[k]);
      assert_true(fabs((double)y[k] - expected) <= 3e-7 * (1e-3 + fabs((double)x[k])));
    }
  }
  og_free_floats(x);
  og_free_floats(y);
}

static double activation_loss(void *data) {
  Case *c = data;
  const size_t n = c->N * c->K;
  float *u = og_calloc_floats(n);
  memcpy(u, c->x, n * sizeof *u);
  og_activation_forward(c->activation, c->y, u, c->b, (OgTile){0, c->N, 0, c->K}, c->K);
  og_free_floats(u);
  return inner_product(c->y, c->weights, n);
}

static void activations_pass_gradients_back_tile_by_tile(void **state) {
  (void)state;
  for (size_t f = 0; f < OG_COUNT(activations); f++) {
    Case c = make_case(6, 37, 1, 5 + f);
    c.activation = activations[f];
    const size_t n = c.N * c.K;
    for (size_t k = 0; k < n; k++) { /* away from the corner of relu */
      c.x[k] += c.x[k] > -c.b[k % c.K] ? 0.2f : -0.2f;
    }
    float *u = og_calloc_floats(n), *du = og_calloc_floats(n), *db = og_calloc_floats(c.K);
    float *again = og_calloc_floats(n);
    memcpy(u, c.x, n * sizeof *u);
    memcpy(du, c.weights, n * sizeof *du);
    const OgTile tiles[] = {{0, c.N, 0, 20}, {0, 2, 20, 17}, {2, 4, 20, 17}};
    for (size_t t = 0; t < OG_COUNT(tiles); t++) {
      og_activation_forward(c.activation, c.y, u, c.b, tiles[t], c.K);
      og_activation_backward(c.activation, du, again, u, tiles[t], c.K);
    }
    assert_memory_equal(again, c.y, n * sizeof *again);
    og_bias_backward(db, du, c.N, c.K, c.K);
    assert_gradient("x", activation_loss, &c, c.x, du, n, 1e-2);
    assert_gradient("b", activation_loss, &c, c.b, db, c.K, 1e-2);
    og_free_floats(u);
    og_free_floats(du);
    og_free_floats(db);
    og_free_floats(again);
    clear_case(&c);
  }
}

static double tanh_loss(void *data) {
  Case *c = data;
  og_tanh_forward(c->y, c->x, c->N * c->K);
  return inner_product(c->y, c->weights, c->N * c->K);
}

static void tanh_passes_gradients_back(void **state) {
  (void)state;
  Case c = make_case(5, 11, 1, 9);
  float *dx = og_calloc_floats(c.N * c.K);
  tanh_loss(&c);
  og_tanh_backward(dx, c.weights, c.y, c.N * c.K);
  assert_gradient("x", tanh_loss, &c, c.x, dx, c.N * c.K, 1e-2);
  og_free_floats(dx);
  clear_case(&c);
}

/* γ stands in W, β in b. */
static double norm_loss(void *data) {
  Case *c = data;
  og_norm_forward(c->y, c->xhat, c->r, c->x, c->W, c->b, 1e-5f, c->N, c->K);
  return inner_product(c->y, c->weights, c->N * c->K);
}

static void layer_norm_passes_gradients_back(void **state) {
  (void)state;
  for (uint64_t seed = 1; seed <= 3; seed++) {
    Case c = make_case(5, 19, 1, seed);
    float *dx = og_calloc_floats(c.N * c.K), *dgamma = og_calloc_floats(c.K);
    float *dbeta = og_calloc_floats(c.K);
    norm_loss(&c);
    og_norm_backward(dx, dgamma, dbeta, c.weights, c.xhat, c.r, c.W, c.N, c.K);
    assert_gradient("x", norm_loss, &c, c.x, dx, c.N * c.K, 1e-2);
    assert_gradient("gamma", norm_loss, &c, c.W, dgamma, c.K, 1e-2);
    assert_gradient("beta", norm_loss, &c, c.b, dbeta, c.K, 1e-2);
    og_free_floats(dx);
    og_free_floats(dgamma);
    og_free_floats(dbeta);
    clear_case(&c);
  }
}

static void layer_norm_is_the_same_in_place_without_keeping_and_once_more(void **state) {
  (void)state;
  Case c = make_case(3, 33, 1, 4);
  norm_loss(&c);
  og_norm_forward(c.x, NULL, NULL, c.x, c.W, c.b, 1e-5f, c.N, c.K);
  assert_true(relative_distance(c.x, c.y, c.N * c.K) < 1e-7);
  og_norm_again(c.x, c.xhat, c.W, c.b, c.N, c.K);
  assert_memory_equal(c.x, c.y, c.N * c.K * sizeof *c.x);
  clear_case(&c);
}

enum { COLUMNS = 13, STRIDE = 16 };

static double softmax_loss(void *data) {
  Case *c = data;
  og_softmax_forward(c->y, c->x, 0.7f, c->N, COLUMNS, STRIDE);
  return inner_product(c->y, c->weights, c->N * STRIDE);
}

static void softmax_sums_to_one_and_passes_gradients_back(void **state) {
  (void)state;
  Case c = make_case(6, STRIDE, 1, 2);
  float *dx = og_calloc_floats(c.N * STRIDE);
  softmax_loss(&c);
  for (size_t n = 0; n < c.N; n++) {
    double sum = 0;
    for (size_t j = 0; j < STRIDE; j++) {
      sum += (double)c.y[n * STRIDE + j];
      assert_true(j < COLUMNS ? c.y[n * STRIDE + j] > 0 : c.y[n * STRIDE + j] == 0);
    }
    assert_true(fabs(sum - 1) < 1e-6);
  }
  og_softmax_backward(dx, c.weights, c.y, 0.7f, c.N, STRIDE);
  assert_gradient("x", softmax_loss, &c, c.x, dx, c.N * STRIDE, 1e-2);
  og_free_floats(dx);
  clear_case(&c);
}

static void softmax_of_far_apart_scores_is_finite(void **state) {
  (void)state;
  float s[STRIDE] = {-1e30f, 3e4f, -3e4f, 0}, p[STRIDE];
  og_softmax_forward(p, s, 1, 1, 4, STRIDE);
  assert_true(p[1] == 1 && p[0] < 1e-30f && p[2] < 1e-30f && p[3] < 1e-30f);
}

static void dropout_zeroes_its_share_and_keeps_the_mean(void **state) {
  (void)state;
  enum { ROWS = 400, WIDTH = 300 };
  const OgDropout dropout = {.seed = 7, .probability = 0.1f};
  float *x = og_calloc_floats(ROWS * WIDTH), *y = og_calloc_floats(ROWS * WIDTH);
  for (size_t k = 0; k < ROWS * WIDTH; k++) {
    x[k] = 1;
  }
  og_dropout(y, x, dropout, 0, ROWS, WIDTH);
  double zeros = 0, sum = 0;
  for (size_t k = 0; k < ROWS * WIDTH; k++) {
    zeros += y[k] == 0;
    sum += (double)y[k];
    assert_true(y[k] == 0 || fabsf(y[k] - 1 / 0.9f) < 1e-4f);
  }
  assert_true(fabs(zeros / (ROWS * WIDTH) - 0.1) < 0.005);
  assert_true(fabs(sum / (ROWS * WIDTH) - 1) < 0.005);
  og_free_floats(x);
  og_free_floats(y);
}

static void a_dropout_mask_depends_on_the_row_not_on_the_call(void **state) {
  (void)state;
  enum { ROWS = 6, WIDTH = 270 };
  const OgDropout dropout = {.seed = 3, .probability = 0.5f},
                  other = {.seed = 4, .probability = 0.5f};
  float *x = random_floats(ROWS * WIDTH, 1, 1), *whole = og_calloc_floats(ROWS * WIDTH);
  float *parts = og_calloc_floats(ROWS * WIDTH);
  og_dropout(whole, x, dropout, 10, ROWS, WIDTH);
  og_dropout(parts, x, dropout, 10, 2, WIDTH);
  og_dropout(parts + 2 * WIDTH, x + 2 * WIDTH, dropout, 12, ROWS - 2, WIDTH);
  assert_memory_equal(whole, parts, ROWS * WIDTH * sizeof *x);
  og_dropout(parts, x, other, 10, ROWS, WIDTH);
  assert_memory_not_equal(whole, parts, ROWS * WIDTH * sizeof *x);
  og_dropout(parts, x, (OgDropout){.seed = 0, .probability = 0.5f}, 10, ROWS, WIDTH);
  assert_memory_equal(x, parts, ROWS * WIDTH * sizeof *x);
  og_free_floats(x);
  og_free_floats(whole);
  og_free_floats(parts);
}

static void a_residual_is_added_after_dropout(void **state) {
  (void)state;
  for (uint64_t seed = 0; seed < 2; seed++) {
    Case c = make_case(4, 261, 1, 6);
    const OgDropout dropout = {.seed = seed, .probability = 0.25f};
    const size_t n = c.N * c.K;
    float *expected = og_calloc_floats(n);
    for (size_t k = 0; k < n; k++) {
      expected[k] = c.x[k] + c.b[k % c.K];
    }
    og_dropout(expected, expected, dropout, 5, c.N, c.K);
    for (size_t k = 0; k < n; k++) {
      expected[k] += c.weights[k];
    }
    og_residual_forward(c.y, c.x, c.b, c.weights, dropout, 5, c.N, c.K);
    assert_true(relative_distance(c.y, expected, n) < 1e-7);
    og_free_floats(expected);
    clear_case(&c);
  }
}

enum { TABLE_ROWS = 5, TABLE_WIDTH = 18, TOKENS = 7 };

static const uint32_t ids[TOKENS] = {4, 0, 4, 2, 1, 1, 4};
static const uint32_t places[TOKENS] = {0, 1, 2, 3, 0, 1, 2};
static const uint32_t types[TOKENS] = {0, 0, 1, 1, 0, 1, 1};

typedef struct Tables {
  float *tables[3], *weights;
  const uint32_t *types;
} Tables;

static double embedding_loss(void *data) {
  const Tables *t = data;
  float y[TOKENS * TABLE_WIDTH];
  og_embedding_forward(y, t->tables[0], t->tables[1], t->tables[2], ids, places, t->types, TOKENS,
                       TABLE_WIDTH);
  return inner_product(y, t->weights, TOKENS * TABLE_WIDTH);
}

static void embeddings_pass_gradients_back_column_by_column(void **state) {
  (void)state;
  enum { SIZE = TABLE_ROWS * TABLE_WIDTH };
  for (int typed = 0; typed < 2; typed++) {
    Tables t = {.weights = random_floats(TOKENS * TABLE_WIDTH, 1, 8),
                .types = typed ? types : NULL};
    const uint32_t *const indices[] = {ids, places, t.types};
    for (size_t k = 0; k < 3; k++) {
      t.tables[k] = random_floats(SIZE, 1, k);
    }
    for (size_t k = 0; k < 3; k++) {
      float *gradient = og_calloc_floats(SIZE);
      og_embedding_backward(gradient, t.weights, indices[k], TOKENS, TABLE_WIDTH, 0, 7);
      og_embedding_backward(gradient, t.weights, indices[k], TOKENS, TABLE_WIDTH, 7, TABLE_WIDTH);
      assert_gradient("table", embedding_loss, &t, t.tables[k], gradient, SIZE, 1e-2);
      og_free_floats(gradient);
    }
    for (size_t k = 0; k < 3; k++) {
      og_free_floats(t.tables[k]);
    }
    og_free_floats(t.weights);
  }
}

enum { GATED_ROWS = 3, GATED_WIDTH = 19 };

typedef struct Gated {
  OgActivation f;
  float *u, *g, *weights;
} Gated;

static double gated_loss(void *data) {
  const Gated *c = data;
  og_gated_forward(c->f, c->g, c->u, (OgTile){0, GATED_ROWS, 0, GATED_WIDTH}, GATED_WIDTH);
  return inner_product(c->g, c->weights, GATED_ROWS * GATED_WIDTH);
}

static void gated_activations_pass_gradients_back_tile_by_tile(void **state) {
  (void)state;
  enum { N = GATED_ROWS, F = GATED_WIDTH };
  for (size_t f = 0; f < OG_COUNT(activations); f++) {
    Gated c = {activations[f], random_floats(2 * N * F, 1, f), og_calloc_floats(N * F),
               random_floats(N * F, 1, 9)};
    float *du = og_calloc_floats(2 * N * F), *again = og_calloc_floats(N * F);
    for (size_t k = 0; k < 2 * N * F; k++) { /* away from the corner of relu */
      c.u[k] += c.u[k] > 0 ? 0.2f : -0.2f;
    }
    gated_loss(&c);
    for (size_t k = 0; k < N * F; k++) {
      const size_t at = k / F * 2 * F + k % F;
      const double expected = exact_activation(c.f, (double)c.u[at]) * (double)c.u[at + F];
      assert_true(fabs((double)c.g[k] - expected) < 1e-6);
    }
    const OgTile tiles[] = {{0, N, 0, 16}, {0, 1, 16, F - 16}, {1, N - 1, 16, F - 16}};
    for (size_t t = 0; t < OG_COUNT(tiles); t++) {
      og_gated_backward(c.f, du, again, c.weights, c.u, tiles[t], F);
    }
    assert_memory_equal(again, c.g, N * F * sizeof *again);
    assert_gradient("u", gated_loss, &c, c.u, du, 2 * N * F, 1e-2);
    float *const arrays[] = {c.u, c.g, c.weights, du, again};
    for (size_t k = 0; k < OG_COUNT(arrays); k++) {
      og_free_floats(arrays[k]);
    }
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(tiles_of_all_parts_cover_a_matrix_once),
      cmocka_unit_test(a_product_is_the_sum_that_it_says),
      cmocka_unit_test(a_product_passes_gradients_back),
      cmocka_unit_test(gradients_of_weights_are_added_and_those_of_inputs_when_asked),
      cmocka_unit_test(activations_agree_with_libm),
      cmocka_unit_test(activations_pass_gradients_back_tile_by_tile),
      cmocka_unit_test(gated_activations_pass_gradients_back_tile_by_tile),
      cmocka_unit_test(tanh_passes_gradients_back),
      cmocka_unit_test(layer_norm_passes_gradients_back),
      cmocka_unit_test(layer_norm_is_the_same_in_place_without_keeping_and_once_more),
      cmocka_unit_test(softmax_sums_to_one_and_passes_gradients_back),
      cmocka_unit_test(softmax_of_far_apart_scores_is_finite),
      cmocka_unit_test(dropout_zeroes_its_share_and_keeps_the_mean),
      cmocka_unit_test(a_dropout_mask_depends_on_the_row_not_on_the_call),
      cmocka_unit_test(a_residual_is_added_after_dropout),
      cmocka_unit_test(embeddings_pass_gradients_back_column_by_column),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
