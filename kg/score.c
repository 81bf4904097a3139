#include "kg/score.h"

#include "core/blas.h"
#include "core/vmath.h"
#include "kg/score_hyperbolic.h"

#include <math.h>
#include <string.h>

/* ---- queries: q = f(e, r), and the gradient behind it ---- */

static size_t same_size(size_t D) {
  return D;
}

static size_t half_size(size_t D) {
  return D / 2;
}

/* q = e + r; inversely q = e - r. */
OG_KERNEL static void translate(float *restrict q, const float *restrict e, const float *restrict r,
                                size_t D, bool inverse) {
  const float sign = inverse ? -1.0f : 1.0f;
  for (size_t d = 0; d < D; d++) {
    q[d] = e[d] + sign * r[d];
  }
}

OG_KERNEL static void translate_backward(float *restrict de, float *restrict dr,
                                         const float *restrict dq, const float *e, const float *r,
                                         size_t D, bool inverse) {
  (void)e;
  (void)r;
  const float sign = inverse ? -1.0f : 1.0f;
  for (size_t d = 0; d < D; d++) {
    de[d] += dq[d];
    dr[d] += sign * dq[d];
  }
}

/* q = e r, both ways. */
OG_KERNEL static void scale(float *restrict q, const float *restrict e, const float *restrict r,
                            size_t D, bool inverse) {
  (void)inverse;
  for (size_t d = 0; d < D; d++) {
    q[d] = e[d] * r[d];
  }
}

OG_KERNEL static void scale_backward(float *restrict de, float *restrict dr,
                                     const float *restrict dq, const float *restrict e,
                                     const float *restrict r, size_t D, bool inverse) {
  (void)inverse;
  for (size_t d = 0; d < D; d++) {
    de[d] += dq[d] * r[d];
    dr[d] += dq[d] * e[d];
  }
}

/* q = e r over complex numbers; inversely q = e r̄. */
OG_KERNEL static void multiply(float *restrict q, const float *restrict e, const float *restrict r,
                               size_t D, bool inverse) {
  const size_t C = D / 2;
  const float sign = inverse ? -1.0f : 1.0f;
  for (size_t c = 0; c < C; c++) {
    const float er = e[c], ei = e[C + c], rr = r[c], ri = sign * r[C + c];
    q[c] = er * rr - ei * ri;
    q[C + c] = er * ri + ei * rr;
  }
}

OG_KERNEL static void multiply_backward(float *restrict de, float *restrict dr,
                                        const float *restrict dq, const float *restrict e,
                                        const float *restrict r, size_t D, bool inverse) {
  const size_t C = D / 2;
  const float sign = inverse ? -1.0f : 1.0f;
  for (size_t c = 0; c < C; c++) {
    const float er = e[c], ei = e[C + c], rr = r[c], ri = sign * r[C + c];
    de[c] += dq[c] * rr + dq[C + c] * ri;
    de[C + c] += dq[C + c] * rr - dq[c] * ri;
    dr[c] += dq[c] * er + dq[C + c] * ei;
    dr[C + c] += sign * (dq[C + c] * er - dq[c] * ei);
  }
}

/* q = e exp(i r), r being D/2 angles; inversely q = e exp(-i r). */
OG_KERNEL static void rotate(float *restrict q, const float *restrict e, const float *restrict r,
                             size_t D, bool inverse) {
  const size_t C = D / 2;
  const float sign = inverse ? -1.0f : 1.0f;
  for (size_t c = 0; c < C; c++) {
    float sine, cosine;
    og_vsincos(sign * r[c], &sine, &cosine);
    q[c] = e[c] * cosine - e[C + c] * sine;
    q[C + c] = e[c] * sine + e[C + c] * cosine;
  }
}

OG_KERNEL static void rotate_backward(float *restrict de, float *restrict dr,
                                      const float *restrict dq, const float *restrict e,
                                      const float *restrict r, size_t D, bool inverse) {
  const size_t C = D / 2;
  const float sign = inverse ? -1.0f : 1.0f;
  for (size_t c = 0; c < C; c++) {
    float sine, cosine;
    og_vsincos(sign * r[c], &sine, &cosine);
    const float qr = e[c] * cosine - e[C + c] * sine, qi = e[c] * sine + e[C + c] * cosine;
    de[c] += dq[c] * cosine + dq[C + c] * sine;
    de[C + c] += dq[C + c] * cosine - dq[c] * sine;
    dr[c] += sign * (dq[C + c] * qr - dq[c] * qi);
  }
}

/* ---- initialisation ---- */

static void fill_uniform(float *values, size_t count, double range, OgRandom *random) {
  for (size_t k = 0; k < count; k++) {
    values[k] = (float)(range * (2 * og_random_uniform(random) - 1));
  }
}

static void fill_normal(float *values, size_t count, double deviation, OgRandom *random) {
  for (size_t k = 0; k < count; k++) {
    values[k] = (float)(deviation * og_random_normal(random));
  }
}

/* Small normal numbers: the published start of N3-regularised models (Lacroix et al. 2018, their
 * code). */
static void init_small(float *entities, size_t N, float *relations, size_t R, size_t D,
                       float margin, OgRandom *random) {
  (void)margin;
  fill_normal(entities, N * D, 1e-3, random);
  fill_normal(relations, R * D, 1e-3, random);
}

/* Uniform within (γ + 2) / D: distances start below the margin (Sun et al. 2019, their code). */
static void init_summed(float *entities, size_t N, float *relations, size_t R, size_t D,
                        float margin, OgRandom *random) {
  const double range = ((double)margin + 2) / (double)D;
  fill_uniform(entities, N * D, range, random);
  fill_uniform(relations, R * D, range, random);
}

/* The same for a distance that grows with √D. */
static double rooted_range(float margin, size_t D) {
  return ((double)margin + 2) / (2 * sqrt((double)D));
}

static void init_rooted(float *entities, size_t N, float *relations, size_t R, size_t D,
                        float margin, OgRandom *random) {
  fill_uniform(entities, N * D, rooted_range(margin, D), random);
  fill_uniform(relations, R * D, rooted_range(margin, D), random);
}

/* Both for turns, of any angle. */
static const double pi = 3.14159265358979323846;

static void init_turned_summed(float *entities, size_t N, float *relations, size_t R, size_t D,
                               float margin, OgRandom *random) {
  fill_uniform(entities, N * D, ((double)margin + 2) / ((double)D / 2), random);
  fill_uniform(relations, R * (D / 2), pi, random);
}

static void init_turned(float *entities, size_t N, float *relations, size_t R, size_t D,
                        float margin, OgRandom *random) {
  fill_uniform(entities, N * D, rooted_range(margin, D), random);
  fill_uniform(relations, R * (D / 2), pi, random);
}

/* ---- the table ---- */

static const OgScoreModel models[] = {
    {.name = "complex",
     .about = "Re Σ h r t̄ over complex numbers (Trouillon et al. 2016; N3: Lacroix et al. 2018)",
     .similarity = OG_DOT,
     .neighbours = 0.1,
     .complex = true,
     .reciprocal = true,
     .one_vs_all = true,
     .relation_size = same_size,
     .query = multiply,
     .query_backward = multiply_backward,
     .init = init_small},
    {.name = "distmult",
     .about = "Σ h r t (Yang et al. 2015)",
     .similarity = OG_DOT,
     .neighbours = 0.1,
     .reciprocal = true,
     .one_vs_all = true,
     .relation_size = same_size,
     .query = scale,
     .query_backward = scale_backward,
     .init = init_small},
    {.name = "transe",
     .about = "-√Σ (h + r - t)² (Bordes et al. 2013)",
     .similarity = OG_L2,
     .neighbours = 0.1,
     .one_vs_all = true,
     .relation_size = same_size,
     .query = translate,
     .query_backward = translate_backward,
     .init = init_rooted},
    {.name = "transe-l1",
     .about = "-Σ |h + r - t| (Bordes et al. 2013)",
     .similarity = OG_L1,
     .neighbours = 0.1,
     .relation_size = same_size,
     .query = translate,
     .query_backward = translate_backward,
     .init = init_summed},
    {.name = "rotate",
     .about = "-√Σ |h exp(ir) - t|² over complex numbers (Sun et al. 2019)",
     .similarity = OG_L2,
     .neighbours = 0.1,
     .complex = true,
     .one_vs_all = true,
     .relation_size = half_size,
     .query = rotate,
     .query_backward = rotate_backward,
     .init = init_turned},
    {.name = "rotate-l1",
     .about = "-Σ |h exp(ir) - t| over complex numbers (Sun et al. 2019)",
     .similarity = OG_MODULUS,
     .neighbours = 0.1,
     .complex = true,
     .relation_size = half_size,
     .query = rotate,
     .query_backward = rotate_backward,
     .init = init_turned_summed},
    {.name = "roth",
     .about = "-d(q(h, r), t)² + b(t) + c(h) in hyperbolic space (Chami et al. 2020)",
     .similarity = OG_HYPERBOLIC,
     .neighbours = 0.1,
     .reciprocal = true,
     .one_way = true,
     .relation_size = og_hyperbolic_relation_size,
     .query = og_hyperbolic_query,
     .query_backward = og_hyperbolic_query_backward,
     .neighbours_query = og_hyperbolic_neighbours_query,
     .neighbours_backward = og_hyperbolic_neighbours_backward,
     .answer = og_hyperbolic_answer,
     .init = og_hyperbolic_init},
};

const OgScoreModel *og_score_models(size_t *count) {
  *count = OG_COUNT(models);
  return models;
}

const OgScoreModel *og_score_model(const char *name) {
  for (size_t k = 0; k < OG_COUNT(models); k++) {
    if (strcmp(models[k].name, name) == 0) {
      return &models[k];
    }
  }
  return NULL;
}

/* ---- similarity ---- */

float og_similarity(OgSimilarity similarity, const float *q, const float *t, size_t D) {
  const size_t C = D / 2;
  if (similarity == OG_HYPERBOLIC) {
    return og_hyperbolic_similarity(q, t, D);
  }
  double sum = 0;
  for (size_t d = 0; d < (similarity == OG_MODULUS ? C : D); d++) {
    const double x = (double)q[d] - (double)t[d];
    switch (similarity) {
    case OG_DOT:
      sum += (double)q[d] * (double)t[d];
      break;
    case OG_L1:
      sum += fabs(x);
      break;
    case OG_L2:
      sum += x * x;
      break;
    case OG_MODULUS:
      sum += hypot(x, (double)q[C + d] - (double)t[C + d]);
      break;
    case OG_HYPERBOLIC:
    case OG_SIMILARITIES:
      break;
    }
  }
  return (float)(similarity == OG_DOT ? sum : similarity == OG_L2 ? -sqrt(sum) : -sum);
}

/* A kernel of distances: the four rows of Q (D each, at stride D·step apart) against one row t,
 * sums in s[4]. */
typedef void Distance4(float s[4], const float *q[4], const float *t, size_t D);

OG_KERNEL static void l1_distance4(float s[4], const float *q[4], const float *restrict t,
                                   size_t D) {
  const float *restrict a = q[0], *restrict b = q[1], *restrict c = q[2], *restrict e = q[3];
  float sa = 0, sb = 0, sc = 0, se = 0;
#pragma omp simd reduction(+ : sa, sb, sc, se)
  for (size_t d = 0; d < D; d++) {
    sa += fabsf(a[d] - t[d]);
    sb += fabsf(b[d] - t[d]);
    sc += fabsf(c[d] - t[d]);
    se += fabsf(e[d] - t[d]);
  }
  s[0] = -sa;
  s[1] = -sb;
  s[2] = -sc;
  s[3] = -se;
}

static inline float modulus(float x, float y) {
  return sqrtf(x * x + y * y);
}

OG_KERNEL static void modulus_distance4(float s[4], const float *q[4], const float *restrict t,
                                        size_t D) {
  const size_t C = D / 2;
  const float *restrict a = q[0], *restrict b = q[1], *restrict c = q[2], *restrict e = q[3];
  const float *restrict ai = a + C, *restrict bi = b + C, *restrict ci = c + C,
                        *restrict ei = e + C, *restrict ti = t + C;
  float sa = 0, sb = 0, sc = 0, se = 0;
#pragma omp simd reduction(+ : sa, sb, sc, se)
  for (size_t d = 0; d < C; d++) {
    sa += modulus(a[d] - t[d], ai[d] - ti[d]);
    sb += modulus(b[d] - t[d], bi[d] - ti[d]);
    sc += modulus(c[d] - t[d], ci[d] - ti[d]);
    se += modulus(e[d] - t[d], ei[d] - ti[d]);
  }
  s[0] = -sa;
  s[1] = -sb;
  s[2] = -sc;
  s[3] = -se;
}

/* Four queries share each load of t. The last group repeats its last query, so that every pair
 * takes the same path and equal vectors get equal bits. */
static void distance_block(Distance4 *distance, float *S, size_t lds, const float *Q, size_t M,
                           const float *E, size_t N, size_t D) {
  for (size_t m = 0; m < M; m += 4) {
    const float *q[4];
    const size_t width = M - m < 4 ? M - m : 4;
    for (size_t k = 0; k < 4; k++) {
      q[k] = Q + (m + (k < width ? k : width - 1)) * D;
    }
    for (size_t n = 0; n < N; n++) {
      float s[4];
      distance(s, q, E + n * D, D);
      for (size_t k = 0; k < width; k++) {
        S[(m + k) * lds + n] = s[k];
      }
    }
  }
}

/* ---- the gradient of a pair: dq += c ∂s/∂q, dt -= the same (a distance depends on q - t only)
 * ---- */

/* s: the pair's score. */
typedef void Distance1Backward(float *dq, float *dt, float c, float s, const float *q,
                               const float *t, size_t D);

OG_KERNEL static void l1_backward(float *restrict dq, float *restrict dt, float c, float s,
                                  const float *restrict q, const float *restrict t, size_t D) {
  (void)s;
  for (size_t d = 0; d < D; d++) {
    const float x = q[d] - t[d];
    const float g = x > 0 ? -c : x < 0 ? c : 0;
    dq[d] += g;
    dt[d] -= g;
  }
}

OG_KERNEL static void modulus_backward(float *restrict dq, float *restrict dt, float c, float s,
                                       const float *restrict q, const float *restrict t, size_t D) {
  static const float tiny = 1e-20f; /* keeps 0/0 at 0 */
  (void)s;
  const size_t C = D / 2;
  for (size_t d = 0; d < C; d++) {
    const float x = q[d] - t[d], y = q[C + d] - t[C + d];
    const float factor = -c / sqrtf(x * x + y * y + tiny);
    dq[d] += factor * x;
    dq[C + d] += factor * y;
    dt[d] -= factor * x;
    dt[C + d] -= factor * y;
  }
}

static void distance_block_backward(Distance1Backward *backward, float *dQ, float *dE,
                                    const float *dS, const float *S, size_t lds, const float *Q,
                                    size_t M, const float *E, size_t N, size_t D) {
  for (size_t m = 0; m < M; m++) {
    for (size_t n = 0; n < N; n++) {
      const float c = dS[m * lds + n];
      if (c != 0) {
        backward(dQ + m * D, dE + n * D, c, S[m * lds + n], Q + m * D, E + n * D, D);
      }
    }
  }
}

/* A row for each distance that is a sum; the dot product is a matrix product. */
static const struct {
  Distance4 *forward;
  Distance1Backward *backward;
} distances[OG_SIMILARITIES] = {
    [OG_L1] = {l1_distance4, l1_backward},
    [OG_MODULUS] = {modulus_distance4, modulus_backward},
};

/* ---- the Euclidean distance, of matrix products ---- */

enum { QUERIES = 64, ENTITIES = 256 }; /* of a tile */

OG_KERNEL static float squares(const float *restrict x, size_t D) {
  float sum = 0;
#pragma omp simd reduction(+ : sum)
  for (size_t d = 0; d < D; d++) {
    sum += x[d] * x[d];
  }
  return sum;
}

/* s (N): -2 q·t becomes -√(|q|² + |t|² - 2 q·t). Not a number stays so. */
OG_KERNEL static void finish_scores(float *restrict s, const float *restrict t2, float q2,
                                    size_t N) {
  for (size_t n = 0; n < N; n++) {
    const float square = s[n] + q2 + t2[n];
    s[n] = -sqrtf(square < 0 ? 0 : square);
  }
}

static void euclidean_block(float *S, size_t lds, const float *Q, size_t M, const float *E,
                            size_t N, size_t D) {
  float t2[ENTITIES];
  og_gemm(false, true, M, N, D, -2, Q, D, E, D, 0, S, lds);
  for (size_t n = 0; n < N; n += ENTITIES) {
    const size_t width = N - n < ENTITIES ? N - n : ENTITIES;
    for (size_t k = 0; k < width; k++) {
      t2[k] = squares(E + (n + k) * D, D);
    }
    for (size_t m = 0; m < M; m++) {
      finish_scores(S + m * lds + n, t2, squares(Q + m * D, D), width);
    }
  }
}

/* x += factor y. */
OG_KERNEL static void add_scaled(float *restrict x, const float *restrict y, float factor,
                                 size_t D) {
  for (size_t d = 0; d < D; d++) {
    x[d] += factor * y[d];
  }
}

/* w (N) = ds / s, 0 where there is no distance; sums += w. Returns Σ w. */
OG_KERNEL static float divide_by_scores(float *restrict w, float *restrict sums,
                                        const float *restrict ds, const float *restrict s,
                                        size_t N) {
  float sum = 0;
#pragma omp simd reduction(+ : sum)
  for (size_t n = 0; n < N; n++) {
    w[n] = s[n] < 0 ? ds[n] / (s[n] < 0 ? s[n] : -1) : 0;
    sums[n] += w[n];
    sum += w[n];
  }
  return sum;
}

/* ∂s/∂q = (q - t) / s = -∂s/∂t. With W = dS / S,
 *   dQ += diag(W 1) Q - W E,   dE += diag(Wᵀ 1) E - Wᵀ Q. */
static void euclidean_tile_backward(float *dQ, float *dE, const float *dS, const float *S,
                                    size_t lds, const float *Q, size_t M, const float *E, size_t N,
                                    size_t D) {
  float W[QUERIES * ENTITIES], sums[ENTITIES] = {0};
  for (size_t m = 0; m < M; m++) {
    const float sum = divide_by_scores(W + m * ENTITIES, sums, dS + m * lds, S + m * lds, N);
    add_scaled(dQ + m * D, Q + m * D, sum, D);
  }
  for (size_t n = 0; n < N; n++) {
    add_scaled(dE + n * D, E + n * D, sums[n], D);
  }
  og_gemm(false, false, M, D, N, -1, W, ENTITIES, E, D, 1, dQ, D);
  og_gemm(true, false, N, D, M, -1, W, ENTITIES, Q, D, 1, dE, D);
}

static void euclidean_block_backward(float *dQ, float *dE, const float *dS, const float *S,
                                     size_t lds, const float *Q, size_t M, const float *E, size_t N,
                                     size_t D) {
  for (size_t m = 0; m < M; m += QUERIES) {
    const size_t queries = M - m < QUERIES ? M - m : QUERIES;
    for (size_t n = 0; n < N; n += ENTITIES) {
      const size_t entities = N - n < ENTITIES ? N - n : ENTITIES, place = m * lds + n;
      euclidean_tile_backward(dQ + m * D, dE + n * D, dS + place, S + place, lds, Q + m * D,
                              queries, E + n * D, entities, D);
    }
  }
}

/* ---- blocks ---- */

void og_score_block(OgSimilarity similarity, float *S, size_t lds, const float *Q, size_t M,
                    const float *E, size_t N, size_t D) {
  if (similarity == OG_DOT) {
    og_gemm(false, true, M, N, D, 1, Q, D, E, D, 0, S, lds);
  } else if (similarity == OG_HYPERBOLIC) {
    og_hyperbolic_block(S, lds, Q, M, E, N, D);
  } else if (similarity == OG_L2) {
    euclidean_block(S, lds, Q, M, E, N, D);
  } else {
    distance_block(distances[similarity].forward, S, lds, Q, M, E, N, D);
  }
}

void og_score_block_backward(OgSimilarity similarity, float *dQ, float *dE, const float *dS,
                             const float *S, size_t lds, const float *Q, size_t M, const float *E,
                             size_t N, size_t D) {
  if (similarity == OG_DOT) {
    og_gemm(false, false, M, D, N, 1, dS, lds, E, D, 1, dQ, D);
    og_gemm(true, false, N, D, M, 1, dS, lds, Q, D, 1, dE, D);
  } else if (similarity == OG_HYPERBOLIC) {
    og_hyperbolic_block_backward(dQ, dE, dS, lds, Q, M, E, N, D);
  } else if (similarity == OG_L2) {
    euclidean_block_backward(dQ, dE, dS, S, lds, Q, M, E, N, D);
  } else {
    distance_block_backward(distances[similarity].backward, dQ, dE, dS, S, lds, Q, M, E, N, D);
  }
}
