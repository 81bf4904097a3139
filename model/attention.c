#include "model/attention.h"

#include "model/panels.h"

#include <math.h>
#include <string.h>

static size_t largest(size_t a, size_t b) {
  return a > b ? a : b;
}

/* ---- Scratch memory ---- */

typedef struct Scratch {
  size_t stride, R_stride; /* of rows of S and of R */
  float *dropped, *ds;     /* (M,stride) */
  float *a, *c;            /* (M,R_stride), (S,R_stride) products with the distances */
  float *sum;              /* (max(M,S,R),D) */
  float *panels;           /* of the largest factor */
} Scratch;

static size_t divide(Scratch *scratch, float *block, size_t M, size_t S, size_t D, size_t R) {
  const size_t stride = OG_PROBABILITY_STRIDE(S), R_stride = OG_PROBABILITY_STRIDE(R);
  const size_t longest = largest(largest(M, S), R);
  const struct {
    float **place;
    size_t size;
  } parts[] = {
      {&scratch->dropped, M * stride},
      {&scratch->ds, M * stride},
      {&scratch->a, M * R_stride},
      {&scratch->c, S * R_stride},
      {&scratch->sum, R ? longest * D : 0},
      {&scratch->panels, og_panels_size(og_panels_whole(longest), D)},
  };
  *scratch = (Scratch){.stride = stride, .R_stride = R_stride};
  size_t used = 0;
  for (size_t k = 0; k < OG_COUNT(parts); k++) {
    *parts[k].place = block ? block + used : NULL;
    used += parts[k].size;
  }
  return used;
}

size_t og_attention_scratch(size_t M, size_t S, size_t D, size_t R) {
  Scratch scratch;
  return divide(&scratch, NULL, M, S, D, R);
}

static Scratch scratch_of(float *block, const OgAttentionShape *shape) {
  Scratch scratch;
  divide(&scratch, block, shape->M, shape->S, shape->D, shape->relative_queries ? shape->R : 0);
  return scratch;
}

/* ---- What scores have beside products of queries and keys ---- */

static float scale_of(const OgAttentionShape *shape) {
  return shape->scale > 0 ? shape->scale : 1.0f / sqrtf((float)shape->D);
}

static size_t position_of(const OgAttentionShape *shape, size_t m) {
  return shape->positions ? shape->positions[m] : m;
}

/* s += r / scale: the softmax multiplies by the scale. */
static void add_distances(float *s, const OgAttentionShape *shape, size_t stride) {
  const float factor = 1.0f / scale_of(shape);
  for (size_t m = 0; m < shape->M; m++, s += stride) {
    const float *r = shape->distances - position_of(shape, m);
    for (size_t j = 0; j < shape->S; j++) {
      s[j] += factor * r[j];
    }
  }
}

/* dr is summed over the queries, by distance. */
static void distances_backward(float *dr, const float *ds, const OgAttentionShape *shape,
                               size_t stride) {
  const float factor = 1.0f / scale_of(shape);
  for (size_t m = 0; m < shape->M; m++, ds += stride) {
    float *row = dr - position_of(shape, m);
    for (size_t j = 0; j < shape->S; j++) {
      row[j] += factor * ds[j];
    }
  }
}

/* s_ij += a_ib + c_jb with a = q K̂ᵀ, c = k Q̂ᵀ. */
static void add_relatives(float *s, const float *q, const float *k, const OgAttentionShape *shape,
                          const Scratch *w) {
  const size_t M = shape->M, S = shape->S, D = shape->D, R = shape->R;
  og_panels_pack_transposed(w->panels, shape->relative_keys, shape->relative_stride, D, R);
  og_panels_multiply(w->a, w->R_stride, (OgLeft){q, shape->q_stride, 1}, w->panels, NULL, M, R, D);
  og_panels_pack_transposed(w->panels, shape->relative_queries, shape->relative_stride, D, R);
  og_panels_multiply(w->c, w->R_stride, (OgLeft){k, shape->kv_stride, 1}, w->panels, NULL, S, R, D);
  for (size_t m = 0; m < M; m++, s += w->stride) {
    const uint32_t *bucket = shape->bucket + position_of(shape, m);
    for (size_t j = 0; j < S; j++) {
      const uint32_t b = bucket[-(ptrdiff_t)j];
      s[j] += w->a[m * w->R_stride + b] + w->c[j * w->R_stride + b];
    }
  }
}

/* y (N,D) += x (N,D), rows of y `stride` apart. */
static void add_rows(float *y, size_t stride, const float *x, size_t N, size_t D) {
  for (size_t n = 0; n < N; n++, y += stride, x += D) {
    for (size_t d = 0; d < D; d++) {
      y[d] += x[d];
    }
  }
}

/* One of the two products: d x (N,D) += e X̂ and dX̂ (R,D) += eᵀ x, where e (N,R). */
static void relative_backward(float *dx, float *dX, const float *e, const float *x, const float *X,
                              size_t N, size_t stride, const OgAttentionShape *shape,
                              const Scratch *w) {
  const size_t D = shape->D, R = shape->R, R_stride = w->R_stride;
  og_panels_pack(w->panels, X, shape->relative_stride, R, D);
  og_panels_multiply(w->sum, D, (OgLeft){e, R_stride, 1}, w->panels, NULL, N, D, R);
  add_rows(dx, stride, w->sum, N, D);
  og_panels_pack(w->panels, x, stride, N, D);
  og_panels_multiply(w->sum, D, (OgLeft){e, 1, R_stride}, w->panels, NULL, R, D, N);
  add_rows(dX, shape->relative_stride, w->sum, R, D);
}

static void relatives_backward(OgAttentionGradients d, const float *q, const float *k,
                               const OgAttentionShape *shape, const Scratch *w) {
  const size_t M = shape->M, S = shape->S;
  const float *ds = w->ds;
  memset(w->a, 0, M * w->R_stride * sizeof(float));
  memset(w->c, 0, S * w->R_stride * sizeof(float));
  for (size_t m = 0; m < M; m++, ds += w->stride) {
    const uint32_t *bucket = shape->bucket + position_of(shape, m);
    for (size_t j = 0; j < S; j++) {
      const uint32_t b = bucket[-(ptrdiff_t)j];
      w->a[m * w->R_stride + b] += ds[j];
      w->c[j * w->R_stride + b] += ds[j];
    }
  }
  relative_backward(d.q, d.relative_keys, w->a, q, shape->relative_keys, M, shape->q_stride, shape,
                    w);
  relative_backward(d.k, d.relative_queries, w->c, k, shape->relative_queries, S, shape->kv_stride,
                    shape, w);
}

static void softmax_within_reach(float *P, const OgAttentionShape *shape, float scale,
                                 size_t stride) {
  for (size_t m = 0; m < shape->M; m++, P += stride) {
    const size_t at = position_of(shape, m), reach = shape->reach;
    const size_t begin = at > reach ? at - reach : 0;
    const size_t end = at + reach < shape->S ? at + reach + 1 : shape->S;
    memset(P, 0, begin * sizeof *P);
    og_softmax_forward(P + begin, P + begin, scale, 1, end - begin, stride - begin);
  }
}

/* ---- The whole ---- */

void og_attention_forward(float *context, float *P, const float *q, const float *k, const float *v,
                          const OgAttentionShape *shape, OgDropout dropout, size_t row,
                          float *scratch) {
  const size_t M = shape->M, S = shape->S, D = shape->D;
  const Scratch w = scratch_of(scratch, shape);
  const float scale = scale_of(shape);

  og_panels_pack_transposed(w.panels, k, shape->kv_stride, D, S);
  og_panels_multiply(P, w.stride, (OgLeft){q, shape->q_stride, 1}, w.panels, NULL, M, w.stride, D);
  if (shape->distances) {
    add_distances(P, shape, w.stride);
  }
  if (shape->relative_queries) {
    add_relatives(P, q, k, shape, &w);
  }
  if (shape->reach) {
    softmax_within_reach(P, shape, scale, w.stride);
  } else {
    og_softmax_forward(P, P, scale, M, S, w.stride);
  }

  const float *weights = P;
  if (dropout.seed) {
    og_dropout(w.dropped, P, dropout, row, M, w.stride);
    weights = w.dropped;
  }
  og_panels_pack(w.panels, v, shape->kv_stride, S, D);
  og_panels_multiply(context, shape->q_stride, (OgLeft){weights, w.stride, 1}, w.panels, NULL, M, D,
                     S);
}

void og_attention_backward(OgAttentionGradients d, const float *dcontext, const float *P,
                           const float *q, const float *k, const float *v,
                           const OgAttentionShape *shape, OgDropout dropout, size_t row,
                           float *scratch) {
  const size_t M = shape->M, S = shape->S, D = shape->D;
  const size_t q_stride = shape->q_stride, kv_stride = shape->kv_stride;
  const Scratch w = scratch_of(scratch, shape);
  const size_t stride = w.stride;

  const float *weights = P; /* P̃ */
  if (dropout.seed) {
    og_dropout(w.dropped, P, dropout, row, M, stride);
    weights = w.dropped;
  }
  og_panels_pack(w.panels, dcontext, q_stride, M, D);
  og_panels_multiply(d.v, kv_stride, (OgLeft){weights, 1, stride}, w.panels, NULL, S, D, M);

  og_panels_pack_transposed(w.panels, v, kv_stride, D, S);
  og_panels_multiply(w.ds, stride, (OgLeft){dcontext, q_stride, 1}, w.panels, NULL, M, stride, D);
  og_dropout(w.ds, w.ds, dropout, row, M, stride);
  og_softmax_backward(w.ds, w.ds, P, scale_of(shape), M, stride);

  og_panels_pack(w.panels, k, kv_stride, S, D);
  og_panels_multiply(d.q, q_stride, (OgLeft){w.ds, stride, 1}, w.panels, NULL, M, D, S);
  og_panels_pack(w.panels, q, q_stride, M, D);
  og_panels_multiply(d.k, kv_stride, (OgLeft){w.ds, 1, stride}, w.panels, NULL, S, D, M);
  if (d.distances) {
    distances_backward(d.distances, w.ds, shape, stride);
  }
  if (d.relative_queries) {
    relatives_backward(d, q, k, shape, &w);
  }
}

/* ---- Rotary positions ---- */

void og_rotary_table(float *table, float theta, size_t begin, size_t end, size_t D) {
  const size_t half = D / 2;
  for (size_t j = 0; j < half; j++) {
    const double frequency = pow((double)theta, -2.0 * (double)j / (double)D);
    for (size_t p = begin; p < end; p++) {
      table[p * D + j] = (float)cos((double)p * frequency);
      table[p * D + j + half] = (float)sin((double)p * frequency);
    }
  }
}

OG_KERNEL void og_rotary(float *x, const float *table, const uint32_t *positions, float sign,
                         size_t N, size_t D, size_t stride) {
  const size_t half = D / 2;
  for (size_t n = 0; n < N; n++, x += stride) {
    const float *cosines = table + (positions ? positions[n] : n) * D, *sines = cosines + half;
#pragma omp simd
    for (size_t j = 0; j < half; j++) {
      const float a = x[j], b = x[j + half], s = sign * sines[j];
      x[j] = a * cosines[j] - b * s;
      x[j + half] = b * cosines[j] + a * s;
    }
  }
}
