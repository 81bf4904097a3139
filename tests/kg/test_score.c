#include "kg/score.h"

#include "core/blas.h"
#include "core/memory.h"
#include "kg/embed_update.h"

#include "tests/test.h"

#include <math.h>
#include <string.h>

enum { D = 12, RELATION = 3 * D, QUERIES = 7, ENTITIES = 9 }; /* RELATION: room for any */

static void fill(float *values, size_t count, uint64_t seed) {
  OgRandom random;
  og_random_init(&random, seed);
  for (size_t k = 0; k < count; k++) {
    values[k] = (float)og_random_normal(&random);
  }
}

/* Queries and entities of a similarity. The hyperbolic one wants κ > 0 in a query's last place but
 * one, and points that are not so far out that single precision says little. */
static void fill_vectors(OgSimilarity similarity, float *Q, size_t M, float *E, size_t N,
                         size_t DIM, uint64_t seed) {
  fill(Q, M * DIM, seed);
  fill(E, N * DIM, seed + 1);
  for (size_t k = 0; similarity == OG_HYPERBOLIC && k < (M + N) * DIM; k++) {
    float *x = k < M * DIM ? &Q[k] : &E[k - M * DIM];
    *x = k < M * DIM && k % DIM == DIM - 2 ? 0.5f + fabsf(*x) : 0.4f * *x;
  }
}

static void the_models_are_found_by_name(void **state) {
  (void)state;
  size_t count;
  const OgScoreModel *models = og_score_models(&count);
  assert_true(count >= 5);
  for (size_t k = 0; k < count; k++) {
    assert_ptr_equal(og_score_model(models[k].name), &models[k]);
  }
  assert_null(og_score_model("no such model"));
}

/* score(h, r, t) of each model by hand: h = (1, 2), r, t = (3, -1). */
static void scores_are_those_of_the_papers(void **state) {
  (void)state;
  const float h[2] = {1, 2}, r[2] = {0.5f, -1}, t[2] = {3, -1}, quarter[1] = {1.57079633f};
  const struct {
    const char *name;
    const float *relation;
    double score;
  } cases[] = {
      {"transe", r, -sqrt(1.5 * 1.5 + 2 * 2)},
      {"transe-l1", r, -(1.5 + 2)},
      {"distmult", r, 1 * 0.5 * 3 + 2 * -1 * -1},
      /* (1 + 2i)(0.5 - i) = 2.5 + 0i; times 3 + i is 7.5 + 2.5i */
      {"complex", r, 7.5},
      /* (1 + 2i) i = -2 + i, from 3 - i: |-5 + 2i| */
      {"rotate", quarter, -sqrt(25 + 4)},
      {"rotate-l1", quarter, -sqrt(25 + 4)},
  };
  for (size_t k = 0; k < OG_COUNT(cases); k++) {
    const OgScoreModel *model = og_score_model(cases[k].name);
    float q[2];
    model->query(q, h, cases[k].relation, 2, false);
    assert_float_equal(og_similarity(model->similarity, q, t, 2), cases[k].score, 1e-5);
    model->query(q, t, cases[k].relation, 2, true);
    assert_float_equal(og_similarity(model->similarity, q, h, 2), cases[k].score, 1e-5);
  }
}

/* ---- RotH as its paper writes it: in the Poincaré ball of curvature -κ ---- */

enum { K = D - 2 };

static double product(const double *a, const double *b) {
  double sum = 0;
  for (size_t k = 0; k < K; k++) {
    sum += a[k] * b[k];
  }
  return sum;
}

/* The point at the end of a tangent vector at 0 whose length is that of the way to it. */
static void ball_point(double *point, const double *v, double kappa) {
  const double norm = sqrt(product(v, v)), x = sqrt(kappa) * norm;
  for (size_t k = 0; k < K; k++) {
    point[k] = tanh(x / 2) / x * v[k];
  }
}

/* sum = sign × a ⊕ b (Ganea et al. 2018, eq. 4; κ is their c). */
static void moebius_add(double *sum, double sign, const double *a, const double *b, double kappa) {
  const double ab = sign * product(a, b), aa = product(a, a), bb = product(b, b);
  const double under = 1 + 2 * kappa * ab + kappa * kappa * aa * bb;
  for (size_t k = 0; k < K; k++) {
    sum[k] = ((1 + 2 * kappa * ab + kappa * bb) * sign * a[k] + (1 - kappa * aa) * b[k]) / under;
  }
}

/* Rot(θ) (x(h) ⊕ x(r')) ⊕ x(r), of r = r', θ, r, ρ. */
static double ball_score(const float *h, const float *r, const float *t) {
  const float *angles = r + K, *after = r + K + K / 2;
  const double kappa = log1p(exp(0.5 + 0.02 * (double)r[2 * K + K / 2]));
  double head[K], shifts[2][K], tail[K], x[K], p[2][K], y[K], moved[K], turned[K], q[K], way[K];
  for (size_t k = 0; k < K; k++) {
    head[k] = (double)h[k];
    shifts[0][k] = (double)r[k];
    shifts[1][k] = (double)after[k];
    tail[k] = (double)t[k];
  }
  ball_point(x, head, kappa);
  ball_point(p[0], shifts[0], kappa);
  ball_point(p[1], shifts[1], kappa);
  ball_point(y, tail, kappa);
  moebius_add(moved, 1, x, p[0], kappa);
  for (size_t k = 0; k < K; k++) {
    const double sign = k < K / 2 ? -1 : 1, angle = (double)angles[k % (K / 2)];
    turned[k] = cos(angle) * moved[k] + sign * sin(angle) * moved[(k + K / 2) % K];
  }
  moebius_add(q, 1, turned, p[1], kappa);
  moebius_add(way, -1, q, y, kappa);
  const double distance = 2 / sqrt(kappa) * atanh(sqrt(kappa * product(way, way)));
  return (double)h[K + 1] + (double)t[K] - distance * distance;
}

static void roth_is_what_its_paper_writes(void **state) {
  (void)state;
  const OgScoreModel *model = og_score_model("roth");
  float h[D], r[RELATION], t[D], q[D];
  for (uint64_t seed = 1; seed < 20; seed++) {
    fill(h, D, seed);
    fill(r, RELATION, seed + 100);
    fill(t, D, seed + 200);
    for (size_t k = 0; k < D; k++) { /* so that single precision tells */
      h[k] *= 0.5f;
      t[k] *= 0.5f;
      r[k] *= k < K ? 0.5f : 1;
      r[K + K / 2 + k % K] *= k < K ? 0.5f : 1;
    }
    model->query(q, h, r, D, false);
    const double expected = ball_score(h, r, t);
    assert_true(fabs((double)og_similarity(model->similarity, q, t, D) - expected) <
                1e-4 * fmax(1, fabs(expected)));
  }
}

/* No entity is more like a query than its answer; of RotH's, at distance 0, only the bias is left.
 */
static void a_query_s_answer_is_most_like_it(void **state) {
  (void)state;
  const OgScoreModel *model = og_score_model("roth");
  float e[D], r[RELATION], q[D], answer[D], other[D];
  for (uint64_t seed = 1; seed < 6; seed++) {
    fill(e, D, seed);
    fill(r, RELATION, seed + 10);
    e[D - 1] = 0; /* the bias of its queries */
    model->query(q, e, r, D, false);
    memcpy(answer, q, sizeof answer);
    model->answer(answer, D);
    assert_float_equal(og_similarity(model->similarity, q, answer, D), 0, 1e-3);
    memcpy(other, answer, sizeof other);
    other[0] += 0.3f;
    assert_true(og_similarity(model->similarity, q, other, D) < -1e-2f);
  }
}

/* Central differences of Σ c q over each input against the gradient. */
static void check_query_gradient(const OgScoreModel *model, bool inverse) {
  const float step = 1e-2f;
  float e[D], r[RELATION], c[D], q[D], de[D] = {0}, dr[RELATION] = {0};
  const size_t RD = model->relation_size(D);
  fill(e, D, 1);
  fill(r, RD, 2);
  fill(c, D, 3);
  for (size_t k = 0; model->similarity == OG_HYPERBOLIC && k < D + RD; k++) {
    *(k < D ? &e[k] : &r[k - D]) *= 0.4f; /* so that single precision tells */
  }
  model->query_backward(de, dr, c, e, r, D, inverse);
  for (size_t k = 0; k < D + RD; k++) {
    float *input = k < D ? &e[k] : &r[k - D];
    const float kept = *input;
    double sums[2] = {0, 0};
    for (int side = 0; side < 2; side++) {
      *input = kept + (side ? step : -step);
      model->query(q, e, r, D, inverse);
      for (size_t d = 0; d < D; d++) {
        sums[side] += (double)c[d] * (double)q[d];
      }
    }
    *input = kept;
    const double expected = (sums[1] - sums[0]) / (2 * (double)step);
    const float found = k < D ? de[k] : dr[k - D];
    assert_true(fabs((double)found - expected) < 2e-3 * fmax(1, fabs(expected)));
  }
}

static void gradients_of_queries_match_differences(void **state) {
  (void)state;
  size_t count;
  const OgScoreModel *models = og_score_models(&count);
  for (size_t k = 0; k < count; k++) {
    check_query_gradient(&models[k], false);
    if (!models[k].one_way) {
      check_query_gradient(&models[k], true);
    }
  }
}

static void blocks_agree_with_single_pairs(void **state) {
  (void)state;
  OgError err;
  float Q[QUERIES * D], E[ENTITIES * D], S[QUERIES * (ENTITIES + 3)];
  assert_ok(og_blas_load(&err));
  for (int s = 0; s < OG_SIMILARITIES; s++) {
    const OgSimilarity similarity = (OgSimilarity)s;
    fill_vectors(similarity, Q, QUERIES, E, ENTITIES, D, 4);
    og_score_block(similarity, S, ENTITIES + 3, Q, QUERIES, E, ENTITIES, D);
    for (size_t m = 0; m < QUERIES; m++) {
      for (size_t n = 0; n < ENTITIES; n++) {
        assert_float_equal(S[m * (ENTITIES + 3) + n],
                           og_similarity(similarity, Q + m * D, E + n * D, D), 1e-5);
      }
    }
  }
}

static void gradients_of_blocks_match_differences(void **state) {
  (void)state;
  const float step = 1e-2f;
  float Q[QUERIES * D], E[ENTITIES * D], S[QUERIES * ENTITIES], C[QUERIES * ENTITIES];
  fill(C, QUERIES * ENTITIES, 8);
  for (int s = 0; s < OG_SIMILARITIES; s++) {
    const OgSimilarity similarity = (OgSimilarity)s;
    fill_vectors(similarity, Q, QUERIES, E, ENTITIES, D, 6);
    float dQ[QUERIES * D] = {0}, dE[ENTITIES * D] = {0};
    og_score_block(similarity, S, ENTITIES, Q, QUERIES, E, ENTITIES, D);
    og_score_block_backward(similarity, dQ, dE, C, S, ENTITIES, Q, QUERIES, E, ENTITIES, D);
    for (size_t k = 0; k < (QUERIES + ENTITIES) * D; k++) {
      float *input = k < QUERIES * D ? &Q[k] : &E[k - QUERIES * D];
      const float kept = *input;
      double sums[2] = {0, 0};
      for (int side = 0; side < 2; side++) {
        *input = kept + (side ? step : -step);
        for (size_t p = 0; p < QUERIES * ENTITIES; p++) {
          sums[side] += (double)C[p] * (double)og_similarity(similarity, Q + p / ENTITIES * D,
                                                             E + p % ENTITIES * D, D);
        }
      }
      *input = kept;
      const float found = k < QUERIES * D ? dQ[k] : dE[k - QUERIES * D];
      /* |x| bends at 0: a difference across the bend is off by at most 2 |c| */
      const double slack = similarity == OG_L1 ? 4 : 0.02;
      const double expected = (sums[1] - sums[0]) / (2 * (double)step);
      assert_true(fabs((double)found - expected) < slack * fmax(1, fabs(expected)));
    }
  }
}

/* A block of several tiles has the scores and gradients of its pairs, one by one. */
static void blocks_of_any_size_are_made_of_pairs(void **state) {
  (void)state;
  enum { MANY = 307, WIDE = 71, DIM = 5 };
  float *Q = og_calloc_floats(WIDE * DIM), *E = og_calloc_floats(MANY * DIM);
  float *S = og_calloc_floats(WIDE * MANY), *C = og_calloc_floats(WIDE * MANY);
  float *gradients = og_calloc_floats((WIDE + MANY) * DIM);
  float *sums = og_calloc_floats((WIDE + MANY) * DIM);
  fill(C, WIDE * MANY, 12);
  for (int s = 0; s < OG_SIMILARITIES; s++) {
    const OgSimilarity similarity = (OgSimilarity)s;
    fill_vectors(similarity, Q, WIDE, E, MANY, DIM, 13);
    memset(gradients, 0, (WIDE + MANY) * DIM * sizeof *gradients);
    memset(sums, 0, (WIDE + MANY) * DIM * sizeof *sums);
    og_score_block(similarity, S, MANY, Q, WIDE, E, MANY, DIM);
    og_score_block_backward(similarity, gradients, gradients + WIDE * DIM, C, S, MANY, Q, WIDE, E,
                            MANY, DIM);
    for (size_t k = 0; k < WIDE * MANY; k++) {
      const float *q = Q + k / MANY * DIM, *t = E + k % MANY * DIM;
      const float pair = og_similarity(similarity, q, t, DIM);
      assert_float_equal(S[k], pair, 1e-3);
      og_score_block_backward(similarity, sums + k / MANY * DIM, sums + (WIDE + k % MANY) * DIM,
                              &C[k], &pair, 1, q, 1, t, 1, DIM);
    }
    for (size_t k = 0; k < (WIDE + MANY) * DIM; k++) {
      assert_float_equal(gradients[k], sums[k], 2e-3f * fmaxf(1, fabsf(sums[k])));
    }
  }
  og_free_floats(Q);
  og_free_floats(E);
  og_free_floats(S);
  og_free_floats(C);
  og_free_floats(gradients);
  og_free_floats(sums);
}

static void equal_vectors_are_equally_far_to_the_bit_wherever_they_stand(void **state) {
  (void)state;
  enum { MANY = 261, WIDE = 37, DIM = 50 };
  float *Q = og_calloc_floats(WIDE * DIM), *E = og_calloc_floats(MANY * DIM);
  float *S = og_calloc_floats(WIDE * MANY);
  static const OgSimilarity exact[] = {OG_L1, OG_MODULUS, OG_HYPERBOLIC};
  for (size_t which = 0; which < OG_COUNT(exact); which++) {
    const OgSimilarity s = exact[which];
    fill_vectors(s, Q, WIDE, E, 1, DIM, 9);
    for (size_t n = 1; n < MANY; n++) {
      memcpy(E + n * DIM, E, DIM * sizeof *E);
    }
    for (size_t M = 1; M <= WIDE; M += 6) {
      for (size_t N = 1; N <= MANY; N += 65) {
        og_score_block(s, S, N, Q, M, E, N, DIM);
        for (size_t k = 0; k < M * N; k++) {
          assert_memory_equal(&S[k], &S[k / N * N], sizeof *S);
        }
      }
    }
  }
  og_free_floats(Q);
  og_free_floats(E);
  og_free_floats(S);
}

static void the_n3_gradient_matches_differences(void **state) {
  (void)state;
  const double step = 1e-3;
  float x[D], g[D];
  fill(x, D, 11);
  for (int complex = 0; complex < 2; complex++) {
    memset(g, 0, sizeof g);
    og_update_n3(g, x, D, complex, 0.5f);
    for (size_t k = 0; k < D; k++) {
      double sums[2] = {0, 0};
      for (int side = 0; side < 2; side++) {
        for (size_t d = 0; d < (complex ? D / 2 : D); d++) {
          double re = (double)x[d], im = complex ? (double)x[D / 2 + d] : 0;
          re += d == k ? (side ? step : -step) : 0;
          im += complex && D / 2 + d == k ? (side ? step : -step) : 0;
          sums[side] += 0.5 * pow(hypot(re, im), 3);
        }
      }
      assert_float_equal(g[k], (float)((sums[1] - sums[0]) / (2 * step)), 1e-3);
    }
  }
}

static void optimisers_take_the_steps_of_their_papers(void **state) {
  (void)state;
  float w[2] = {1, 1}, s[4] = {0}, g[2] = {3, -4};
  og_update(OG_OPTIMISER_ADAGRAD, w, s, g, 2, 0.1f, 1);
  og_update(OG_OPTIMISER_ADAGRAD, w, s, g, 2, 0.1f, 2);
  assert_float_equal(w[0], 1 - 0.1f * (1 + sqrtf(0.5f)), 1e-6);
  assert_float_equal(w[1], 1 + 0.1f * (1 + sqrtf(0.5f)), 1e-6);
  float v[2] = {1, 1}, moments[4] = {0};
  og_update(OG_OPTIMISER_ADAM, v, moments, g, 2, 0.1f, 1);
  og_update(OG_OPTIMISER_ADAM, v, moments, g, 2, 0.1f, 2);
  assert_float_equal(v[0], 0.8, 1e-5); /* a constant gradient moves by the rate each step */
  assert_float_equal(v[1], 1.2, 1e-5);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_models_are_found_by_name),
      cmocka_unit_test(scores_are_those_of_the_papers),
      cmocka_unit_test(roth_is_what_its_paper_writes),
      cmocka_unit_test(a_query_s_answer_is_most_like_it),
      cmocka_unit_test(gradients_of_queries_match_differences),
      cmocka_unit_test(blocks_agree_with_single_pairs),
      cmocka_unit_test(gradients_of_blocks_match_differences),
      cmocka_unit_test(blocks_of_any_size_are_made_of_pairs),
      cmocka_unit_test(equal_vectors_are_equally_far_to_the_bit_wherever_they_stand),
      cmocka_unit_test(the_n3_gradient_matches_differences),
      cmocka_unit_test(optimisers_take_the_steps_of_their_papers),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
