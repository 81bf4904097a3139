#include "kg/score_hyperbolic.h"

#include "core/blas.h"
#include "core/vmath.h"

#include <math.h>
#include <string.h>

/* Shortest norm that is divided by. */
static const float tiny = 1e-6f;

enum { BIASES = 2 }; /* floats of an entity beside its tangent vector */

static size_t coordinates(size_t D) {
  return D - BIASES;
}

size_t og_hyperbolic_relation_size(size_t D) {
  const size_t K = coordinates(D);
  return K / 2 + K + 1;
}

/* The parts of a relation. */
typedef struct Relation {
  const float *angles; /* (K / 2) */
  const float *r;      /* (K) */
  float kappa, root;   /* κ, √κ */
  float slope;         /* ∂κ/∂ρ */
} Relation;

static Relation read_relation(const float *relation, size_t K) {
  const float rho = relation[K / 2 + K];
  const float kappa = (rho > 0 ? rho : 0) + log1pf(expf(-fabsf(rho)));
  return (Relation){.angles = relation,
                    .r = relation + K / 2,
                    .kappa = kappa,
                    .root = sqrtf(kappa),
                    .slope = 1 / (1 + expf(-rho))};
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

/* w (K) = v, its pairs turned by the angles. */
OG_KERNEL static void rotate(float *restrict w, const float *restrict v, const float *angles,
                             size_t K) {
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

OG_KERNEL static float dot(const float *restrict a, const float *restrict b, size_t K) {
  float sum = 0;
#pragma omp simd reduction(+ : sum)
  for (size_t k = 0; k < K; k++) {
    sum += a[k] * b[k];
  }
  return sum;
}

/* q = p + (p₀ + p·x / (1 + x₀)) x, with p = x(r) and x = x(w), w = Rot(θ) v: the translation that
 * takes the origin to x takes p there. */
void og_hyperbolic_query(float *q, const float *e, const float *r, size_t D, bool inverse) {
  (void)inverse;
  const size_t K = coordinates(D);
  const Relation relation = read_relation(r, K);
  rotate(q, e, relation.angles, K);
  const Point x = point_of(dot(q, q, K), relation.root);
  const Point p = point_of(dot(relation.r, relation.r, K), relation.root);
  const float across = p.stretch * x.stretch * dot(relation.r, q, K);
  const float push = p.x0 + across / (1 + x.x0);
  for (size_t k = 0; k < K; k++) {
    q[k] = push * x.stretch * q[k] + p.stretch * relation.r[k];
  }
  q[K] = relation.kappa;
  q[K + 1] = e[K + 1];
}

/* Scalars of the backward pass: for each coordinate
 *   dw += w_dq dq + w_r r + w_w w,   dr += r_dq dq + r_w w + r_r r */
typedef struct Coefficients {
  float w_dq, w_r, w_w, r_dq, r_w, r_r;
  float kappa; /* ∂L/∂κ through both points */
} Coefficients;

/* dqw, dqr, rw: the products dq·w, dq·r and r·w. */
static Coefficients differentiate(const Relation *relation, const Point *x, const Point *p,
                                  float dqw, float dqr, float rw) {
  const float root = relation->root, rest = 1 + x->x0;
  const float across = p->stretch * x->stretch * rw;
  const float push = p->x0 + across / rest; /* q = p + push x */
  const float dpush = x->stretch * dqw;     /* dq·x, and ∂L/∂p₀ */
  const float dx0 = -dpush * across / (rest * rest);
  /* ∂L/∂x = push dq + dpush / rest p, and its product with w */
  const float x_r = dpush / rest * p->stretch;
  const float dxw = push * dqw + x_r * rw;
  const float dx_norm = dxw * x->growth + dx0 * root * x->rising;
  /* ∂L/∂p = dq + dpush / rest x, and its product with r */
  const float p_w = dpush / rest * x->stretch;
  const float dpr = dqr + p_w * rw;
  const float dp_norm = dpr * p->growth + dpush * root * p->rising;
  const float droot =
      dxw * x->x0 + dx0 * x->norm * x->rising + dpr * p->x0 + dpush * p->norm * p->rising;
  return (Coefficients){.w_dq = x->stretch * push,
                        .w_r = x->stretch * x_r,
                        .w_w = dx_norm / x->norm,
                        .r_dq = p->stretch,
                        .r_w = p->stretch * p_w,
                        .r_r = dp_norm / p->norm,
                        .kappa = droot / (2 * root)};
}

/* One coordinate after the rotation. */
typedef struct Lane {
  float w, dq, r;
} Lane;

/* Two lanes that were turned together. */
static void read_pair(Lane pair[2], const float *e, const float *dq, const float *r, size_t c,
                      size_t C, float sine, float cosine) {
  pair[0] = (Lane){e[c], dq[c], r[c]};
  pair[1] = (Lane){e[C + c], dq[C + c], r[C + c]};
  turn(&pair[0].w, &pair[1].w, sine, cosine);
}

/* dw of a lane; adds to its dr. */
static float lane_backward(float *dr, const Lane *lane, const Coefficients *by) {
  *dr += by->r_dq * lane->dq + by->r_w * lane->w + by->r_r * lane->r;
  return by->w_dq * lane->dq + by->w_r * lane->r + by->w_w * lane->w;
}

static void add_products(float sums[3], const Lane *lane) {
  sums[0] += lane->dq * lane->w;
  sums[1] += lane->dq * lane->r;
  sums[2] += lane->r * lane->w;
}

void og_hyperbolic_query_backward(float *de, float *dr, const float *dq, const float *e,
                                  const float *r, size_t D, bool inverse) {
  (void)inverse;
  const size_t K = coordinates(D), C = K / 2;
  const Relation relation = read_relation(r, K);
  const Point x = point_of(dot(e, e, K), relation.root);
  const Point p = point_of(dot(relation.r, relation.r, K), relation.root);
  const Lane last = K % 2 != 0 ? (Lane){e[K - 1], dq[K - 1], relation.r[K - 1]} : (Lane){0};
  float sums[3] = {0, 0, 0}, sine, cosine;
  Lane pair[2];
  for (size_t c = 0; c < C; c++) {
    og_vsincos(relation.angles[c], &sine, &cosine);
    read_pair(pair, e, dq, relation.r, c, C, sine, cosine);
    add_products(sums, &pair[0]);
    add_products(sums, &pair[1]);
  }
  add_products(sums, &last);
  const Coefficients by = differentiate(&relation, &x, &p, sums[0], sums[1], sums[2]);
  for (size_t c = 0; c < C; c++) {
    og_vsincos(relation.angles[c], &sine, &cosine);
    read_pair(pair, e, dq, relation.r, c, C, sine, cosine);
    float da = lane_backward(&dr[C + c], &pair[0], &by);
    float db = lane_backward(&dr[C + C + c], &pair[1], &by);
    dr[c] += db * pair[0].w - da * pair[1].w;
    turn(&da, &db, -sine, cosine);
    de[c] += da;
    de[C + c] += db;
  }
  if (K % 2 != 0) {
    de[K - 1] += lane_backward(&dr[C + K - 1], &last, &by);
  }
  dr[C + K] += relation.slope * (dq[K] + by.kappa);
  de[K + 1] += dq[K + 1];
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
    for (size_t c = 0; c < K / 2; c++) {
      relation[c] = (float)(pi * (2 * og_random_uniform(random) - 1));
    }
    for (size_t k = 0; k < K; k++) {
      relation[K / 2 + k] = (float)(small * og_random_normal(random));
    }
    relation[K / 2 + K] = 0.5f;
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
