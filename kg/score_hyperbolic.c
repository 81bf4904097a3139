#include "kg/score_hyperbolic.h"

#include "core/blas.h"
#include "core/vmath.h"

#include <math.h>
#include <string.h>

/* Shortest norm that is divided by. */
static const float tiny = 1e-6f;

enum { BIASES = 2 }; /* floats of an entity beside its tangent vector */

/* κ = log(1 + exp(a + b ρ)), of ρ = 0 at first. A step of Adam is as long in ρ as in a coordinate;
 * with b = 1 κ falls to 0.01, flat space, before the points have found their places (WN18RR). */
static const float first_curvature = 0.5f, curvature_rate = 0.02f;

static size_t coordinates(size_t D) {
  return D - BIASES;
}

/* Places in a relation. */
static size_t angles_at(size_t K) {
  return K;
}
static size_t after_at(size_t K) {
  return K + K / 2;
}
static size_t curvature_at(size_t K) {
  return 2 * K + K / 2;
}

size_t og_hyperbolic_relation_size(size_t D) {
  return curvature_at(coordinates(D)) + 1;
}

/* The parts of a relation. */
typedef struct Relation {
  const float *before, *after; /* (K) translations */
  const float *angles;         /* (K / 2) */
  float kappa, root;           /* κ, √κ */
  float slope;                 /* ∂κ/∂ρ */
} Relation;

static Relation read_relation(const float *relation, size_t K) {
  const float x = first_curvature + curvature_rate * relation[curvature_at(K)];
  const float kappa = (x > 0 ? x : 0) + log1pf(expf(-fabsf(x)));
  return (Relation){.before = relation,
                    .after = relation + after_at(K),
                    .angles = relation + angles_at(K),
                    .kappa = kappa,
                    .root = sqrtf(kappa),
                    .slope = curvature_rate / (1 + expf(-x))};
}

/* What the norm |v| of a tangent vector says of x(v). */
typedef struct Point {
  float norm;         /* |v|, at least tiny */
  float x0;           /* cosh(√κ |v|) */
  float stretch;      /* sinh(√κ |v|) / |v| */
  float growth;       /* ∂stretch / ∂|v| */
  float root, rising; /* √κ; sinh(√κ |v|) */
} Point;

static Point point_of(float squares, float root) {
  const float norm = fmaxf(sqrtf(squares), tiny), x = root * norm;
  const float rising = sinhf(x), x0 = coshf(x);
  return (Point){norm, x0, rising / norm, (root * x0 - rising / norm) / norm, root, rising};
}

/* (a, b) turned by the angle that has this sine and cosine. */
static inline void turn(float *a, float *b, float sine, float cosine) {
  const float x = *a;
  *a = x * cosine - *b * sine;
  *b = x * sine + *b * cosine;
}

OG_KERNEL static float dot(const float *restrict a, const float *restrict b, size_t K) {
  float sum = 0;
#pragma omp simd reduction(+ : sum)
  for (size_t k = 0; k < K; k++) {
    sum += a[k] * b[k];
  }
  return sum;
}

/* w (K) = v, its pairs turned by the angles. */
OG_KERNEL static void rotate(float *w, const float *v, const float *angles, size_t K) {
  const size_t C = K / 2;
  for (size_t c = 0; c < C; c++) {
    float sine, cosine, a = v[c], b = v[C + c];
    og_vsincos(angles[c], &sine, &cosine);
    turn(&a, &b, sine, cosine);
    w[c] = a;
    w[C + c] = b;
  }
  if (K % 2 != 0) {
    w[K - 1] = v[K - 1];
  }
}

/* dw becomes dv. w = Rot(θ) v. */
OG_KERNEL static void rotate_backward(float *restrict dw, float *restrict dangles,
                                      const float *restrict w, const float *restrict angles,
                                      size_t K) {
  const size_t C = K / 2;
  for (size_t c = 0; c < C; c++) {
    float sine, cosine, da = dw[c], db = dw[C + c];
    og_vsincos(angles[c], &sine, &cosine);
    dangles[c] += db * w[c] - da * w[C + c];
    turn(&da, &db, -sine, cosine);
    dw[c] = da;
    dw[C + c] = db;
  }
}

/* y = x ⊕ x(r) = p + (p₀ + p·x / (1 + x₀)) x, with p = x(r): the translation that takes the origin
 * to x takes p there. */
OG_KERNEL static void translate(float *y, const float *x, const float *r, float root, size_t K) {
  const Point p = point_of(dot(r, r, K), root);
  const float x0 = sqrtf(1 + dot(x, x, K));
  const float push = p.x0 + p.stretch * dot(r, x, K) / (1 + x0);
  for (size_t k = 0; k < K; k++) {
    y[k] = push * x[k] + p.stretch * r[k];
  }
}

/* dy becomes dx. Returns ∂L/∂√κ through p. */
OG_KERNEL static float translate_backward(float *restrict dy, float *restrict dr,
                                          const float *restrict x, const float *restrict r,
                                          float root, size_t K) {
  const Point p = point_of(dot(r, r, K), root);
  const float x0 = sqrtf(1 + dot(x, x, K)), rest = 1 + x0, rx = dot(r, x, K);
  const float across = p.stretch * rx; /* p·x */
  const float dpush = dot(dy, x, K);   /* and ∂L/∂p₀ */
  const float dacross = dpush / rest;  /* ∂L/∂(p·x) */
  const float push = p.x0 + across / rest;
  const float x_x = -dacross * across / (rest * x0); /* through x₀ */
  const float dpr = dot(dy, r, K) + dacross * rx;    /* ∂L/∂p · r */
  const float r_r = (dpr * p.growth + dpush * root * p.rising) / p.norm;
  for (size_t k = 0; k < K; k++) {
    dr[k] += p.stretch * (dy[k] + dacross * x[k]) + r_r * r[k];
    dy[k] = push * dy[k] + dacross * p.stretch * r[k] + x_x * x[k];
  }
  return dpr * p.x0 + dpush * p.norm * p.rising;
}

void og_hyperbolic_query(float *q, const float *e, const float *r, size_t D, bool inverse) {
  (void)inverse;
  const size_t K = coordinates(D);
  const Relation relation = read_relation(r, K);
  const Point point = point_of(dot(e, e, K), relation.root);
  for (size_t k = 0; k < K; k++) {
    q[k] = point.stretch * e[k];
  }
  translate(q, q, relation.before, relation.root, K);
  rotate(q, q, relation.angles, K);
  translate(q, q, relation.after, relation.root, K);
  q[K] = relation.kappa;
  q[K + 1] = e[K + 1];
}

void og_hyperbolic_query_backward(float *de, float *dr, const float *dq, const float *e,
                                  const float *r, size_t D, bool inverse) {
  (void)inverse;
  const size_t K = coordinates(D);
  const Relation relation = read_relation(r, K);
  const Point point = point_of(dot(e, e, K), relation.root);
  float x[OG_HYPERBOLIC_MOST], turned[OG_HYPERBOLIC_MOST], d[OG_HYPERBOLIC_MOST];
  for (size_t k = 0; k < K; k++) {
    x[k] = point.stretch * e[k];
    d[k] = dq[k];
  }
  translate(turned, x, relation.before, relation.root, K);
  rotate(turned, turned, relation.angles, K);
  float droot = translate_backward(d, dr + after_at(K), turned, relation.after, relation.root, K);
  rotate_backward(d, dr + angles_at(K), turned, relation.angles, K);
  droot += translate_backward(d, dr, x, relation.before, relation.root, K);
  const float dxe = dot(d, e, K), e_e = dxe * point.growth / point.norm;
  droot += dxe * point.x0;
  for (size_t k = 0; k < K; k++) {
    de[k] += point.stretch * d[k] + e_e * e[k];
  }
  de[K + 1] += dq[K + 1];
  dr[curvature_at(K)] += relation.slope * (dq[K] + droot / (2 * relation.root));
}

void og_hyperbolic_neighbours_query(float *q, const float *e, size_t D) {
  const size_t K = coordinates(D);
  const Point x = point_of(dot(e, e, K), 1);
  for (size_t k = 0; k < K; k++) {
    q[k] = x.stretch * e[k];
  }
  q[K] = 1;
  q[K + 1] = e[K + 1];
}

void og_hyperbolic_neighbours_backward(float *de, const float *dq, const float *e, size_t D) {
  const size_t K = coordinates(D);
  const Point x = point_of(dot(e, e, K), 1);
  const float along = dot(dq, e, K) * x.growth / x.norm;
  for (size_t k = 0; k < K; k++) {
    de[k] += x.stretch * dq[k] + along * e[k];
  }
  de[K + 1] += dq[K + 1];
}

/* |x(v)| = sinh(√κ |v|), in the direction of v. */
void og_hyperbolic_answer(float *q, size_t D) {
  const size_t K = coordinates(D);
  const float norm = fmaxf(sqrtf(dot(q, q, K)), tiny);
  const float factor = asinhf(norm) / (sqrtf(q[K]) * norm);
  for (size_t k = 0; k < K; k++) {
    q[k] *= factor;
  }
  q[K] = q[K + 1] = 0;
}

/* Points near the origin, turns of any angle, κ near 1, no biases. */
void og_hyperbolic_init(float *entities, size_t N, float *relations, size_t R, size_t D,
                        float margin, OgRandom *random) {
  static const double pi = 3.14159265358979323846, small = 1e-3;
  const size_t K = coordinates(D), RD = og_hyperbolic_relation_size(D);
  (void)margin;
  for (size_t k = 0; k < N * D; k++) {
    entities[k] = k % D >= K ? 0 : (float)(small * og_random_normal(random));
  }
  for (size_t r = 0; r < R; r++) {
    float *relation = relations + r * RD;
    for (size_t k = 0; k < curvature_at(K); k++) {
      const bool angle = k >= angles_at(K) && k < after_at(K);
      relation[k] = (float)(angle ? pi * (2 * og_random_uniform(random) - 1)
                                  : small * og_random_normal(random));
    }
    relation[curvature_at(K)] = 0;
  }
}

/* ---- the similarity ---- */

float og_hyperbolic_similarity(const float *q, const float *t, size_t D) {
  const size_t K = coordinates(D);
  double across = 0, squares = 0, norm = 0;
  for (size_t k = 0; k < K; k++) {
    across += (double)q[k] * (double)t[k];
    squares += (double)q[k] * (double)q[k];
    norm += (double)t[k] * (double)t[k];
  }
  norm = fmax(sqrt(norm), (double)tiny);
  const double kappa = (double)q[K], x = sqrt(kappa) * norm;
  const double z = sqrt(1 + squares) * cosh(x) - sinh(x) / norm * across;
  const double distance = acosh(fmax(z, 1));
  return (float)((double)q[K + 1] + (double)t[K] - distance * distance / kappa);
}

enum { TILE = 64, QUERIES = 32 }; /* entities and queries of a tile */

/* Entities of a tile; those beyond the last repeat it, so that all take the same path. */
typedef struct Tile {
  const float *rows[TILE];
  float norm[TILE], bias[TILE];
} Tile;

static void fill_tile(Tile *tile, const float *E, size_t N, size_t D) {
  const size_t K = coordinates(D);
  for (size_t n = 0; n < TILE; n++) {
    const float *row = E + (n < N ? n : N - 1) * D;
    tile->rows[n] = row;
    tile->norm[n] = fmaxf(sqrtf(dot(row, row, K)), tiny);
    tile->bias[n] = row[K];
  }
}

/* What does not depend on the entity. */
typedef struct Query {
  float q0, kappa, root, bias;
} Query;

static Query read_query(const float *q, size_t D) {
  const size_t K = coordinates(D);
  return (Query){sqrtf(1 + dot(q, q, K)), q[K], sqrtf(q[K]), q[K + 1]};
}

/* cosh x and sinh x of x ≥ 0. */
static inline void cosh_sinh(float x, float *cosine, float *sine) {
  const float e = og_vexp(x), inverse = 1 / e, z = x * x;
  *cosine = 0.5f * (e + inverse);
  *sine = x < 0.5f ? x * (1 + z * (1.0f / 6 + z * (1.0f / 120 + z * (1.0f / 5040))))
                   : 0.5f * (e - inverse);
}

/* arcosh z of z ≥ 1, and √(z² - 1). */
static inline float arcosh(float z, float *root) {
  const float above = z > 1 ? z - 1 : 0;
  *root = sqrtf(above * (above + 2));
  return og_vlog(1 + above + *root);
}

/* s (TILE) = similarities, given the products g = q·v. */
OG_KERNEL static void tile_scores(float *restrict s, const float *restrict g, const Tile *tile,
                                  Query query) {
#pragma omp simd
  for (size_t n = 0; n < TILE; n++) {
    float cosine, sine, root;
    cosh_sinh(query.root * tile->norm[n], &cosine, &sine);
    const float d = arcosh(query.q0 * cosine - sine / tile->norm[n] * g[n], &root);
    s[n] = query.bias + tile->bias[n] - d * d / query.kappa;
  }
}

void og_hyperbolic_block(float *S, size_t lds, const float *Q, size_t M, const float *E, size_t N,
                         size_t D) {
  Tile tile;
  float g[TILE], s[TILE];
  for (size_t n = 0; n < N; n += TILE) {
    const size_t width = N - n < TILE ? N - n : TILE;
    fill_tile(&tile, E + n * D, width, D);
    for (size_t m = 0; m < M; m++) {
      for (size_t k = 0; k < TILE; k++) {
        g[k] = dot(Q + m * D, tile.rows[k], coordinates(D));
      }
      tile_scores(s, g, &tile, read_query(Q + m * D, D));
      memcpy(S + m * lds + n, s, width * sizeof *s);
    }
  }
}

/* Gradients of one query against a tile, with respect to: */
typedef struct TileGradient {
  float norm[TILE], bias[TILE]; /* += of the entities */
  float q0, kappa, query_bias;  /* = of the query */
} TileGradient;

/* g (TILE): products q·v, and then ∂L/∂ of them; ds (TILE) = ∂L/∂s, 0 beyond the last entity. */
OG_KERNEL static void tile_backward(TileGradient *restrict to, float *restrict g,
                                    const float *restrict ds, const Tile *restrict tile,
                                    Query query) {
  static const float near = 1e-3f; /* below, arcosh z / √(z² - 1) is 1 */
  float q0 = 0, kappa = 0, droot = 0, bias = 0;
#pragma omp simd reduction(+ : q0, kappa, droot, bias)
  for (size_t n = 0; n < TILE; n++) {
    const float norm = tile->norm[n], across = g[n];
    float cosine, sine, root;
    cosh_sinh(query.root * norm, &cosine, &sine);
    const float stretch = sine / norm;
    const float d = arcosh(query.q0 * cosine - stretch * across, &root);
    const float dz = -2 * ds[n] / query.kappa * (root > near ? d / (root > near ? root : 1) : 1);
    q0 += dz * cosine;
    kappa += ds[n] * d * d;
    droot += dz * (query.q0 * norm * sine - across * cosine);
    to->bias[n] += ds[n];
    bias += ds[n];
    to->norm[n] +=
        dz * (query.q0 * query.root * sine - across * (query.root * cosine - stretch) / norm);
    g[n] = -dz * stretch;
  }
  to->q0 = q0;
  to->query_bias = bias;
  to->kappa = kappa / (query.kappa * query.kappa) + droot / (2 * query.root);
}

/* The queries of one row of tiles: dQ and dE of width entities. A (QUERIES, TILE) is ∂L/∂(q·v). */
static void backward_rows(float *dQ, float *dE, TileGradient *gradient, const float *dS, size_t lds,
                          const float *Q, size_t M, const float *E, size_t width, const Tile *tile,
                          size_t D) {
  const size_t K = coordinates(D);
  float A[QUERIES * TILE], ds[TILE] = {0};
  og_gemm(false, true, M, width, K, 1, Q, D, E, D, 0, A, TILE);
  for (size_t m = 0; m < M; m++) {
    const Query query = read_query(Q + m * D, D);
    float *row = A + m * TILE, *dq = dQ + m * D;
    memset(row + width, 0, (TILE - width) * sizeof *row);
    memcpy(ds, dS + m * lds, width * sizeof *ds);
    tile_backward(gradient, row, ds, tile, query);
    for (size_t k = 0; k < K; k++) {
      dq[k] += gradient->q0 / query.q0 * Q[m * D + k];
    }
    dq[K] += gradient->kappa;
    dq[K + 1] += gradient->query_bias;
  }
  og_gemm(false, false, M, K, width, 1, A, TILE, E, D, 1, dQ, D);
  og_gemm(true, false, width, K, M, 1, A, TILE, Q, D, 1, dE, D);
}

void og_hyperbolic_block_backward(float *dQ, float *dE, const float *dS, size_t lds, const float *Q,
                                  size_t M, const float *E, size_t N, size_t D) {
  Tile tile;
  for (size_t n = 0; n < N; n += TILE) {
    const size_t width = N - n < TILE ? N - n : TILE;
    TileGradient gradient = {0};
    fill_tile(&tile, E + n * D, width, D);
    for (size_t m = 0; m < M; m += QUERIES) {
      const size_t count = M - m < QUERIES ? M - m : QUERIES;
      backward_rows(dQ + m * D, dE + n * D, &gradient, dS + m * lds + n, lds, Q + m * D, count,
                    E + n * D, width, &tile, D);
    }
    for (size_t k = 0; k < width; k++) {
      float *de = dE + (n + k) * D;
      for (size_t d = 0; d < coordinates(D); d++) {
        de[d] += gradient.norm[k] / tile.norm[k] * tile.rows[k][d];
      }
      de[coordinates(D)] += gradient.bias[k];
    }
  }
}
