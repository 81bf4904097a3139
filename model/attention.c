#include "model/attention.h"

#include "model/panels.h"

#include <math.h>
#include <string.h>

/* Panels of the largest factor, and two (M,stride) matrices. */
size_t og_attention_scratch(size_t M, size_t S, size_t D) {
  const size_t longest = M > S ? M : S;
  return og_panels_size(og_panels_whole(longest), D) + 2 * M * OG_PROBABILITY_STRIDE(S);
}

static size_t position_of(const OgAttentionShape *shape, size_t m) {
  return shape->positions ? shape->positions[m] : m;
}

/* s += √D r: the softmax divides by √D. */
static void add_distances(float *scores, const OgAttentionShape *shape, size_t stride) {
  const float root = sqrtf((float)shape->D);
  for (size_t m = 0; m < shape->M; m++, scores += stride) {
    const float *r = shape->distances - position_of(shape, m);
    for (size_t j = 0; j < shape->S; j++) {
      scores[j] += root * r[j];
    }
  }
}

/* Σ over the queries, by distance. */
static void distances_backward(float *dr, const float *dS, const OgAttentionShape *shape,
                               size_t stride) {
  const float root = sqrtf((float)shape->D);
  for (size_t m = 0; m < shape->M; m++, dS += stride) {
    float *row = dr - position_of(shape, m);
    for (size_t j = 0; j < shape->S; j++) {
      row[j] += root * dS[j];
    }
  }
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

void og_attention_forward(float *context, float *P, const float *q, const float *k, const float *v,
                          const OgAttentionShape *shape, OgDropout dropout, size_t row,
                          float *scratch) {
  const size_t M = shape->M, S = shape->S, D = shape->D, stride = OG_PROBABILITY_STRIDE(S);
  float *dropped = scratch, *panels = scratch + M * stride;

  og_panels_pack_transposed(panels, k, shape->kv_stride, D, S);
  og_panels_multiply(P, stride, (OgLeft){q, shape->q_stride, 1}, panels, NULL, M, stride, D);
  const float scale = 1.0f / sqrtf((float)D);
  if (shape->distances) {
    add_distances(P, shape, stride);
  }
  if (shape->reach) {
    softmax_within_reach(P, shape, scale, stride);
  } else {
    og_softmax_forward(P, P, scale, M, S, stride);
  }

  const float *weights = P;
  if (dropout.seed) {
    og_dropout(dropped, P, dropout, row, M, stride);
    weights = dropped;
  }
  og_panels_pack(panels, v, shape->kv_stride, S, D);
  og_panels_multiply(context, shape->q_stride, (OgLeft){weights, stride, 1}, panels, NULL, M, D, S);
}

void og_attention_backward(float *dq, float *dk, float *dv, float *ddistances,
                           const float *dcontext, const float *P, const float *q, const float *k,
                           const float *v, const OgAttentionShape *shape, OgDropout dropout,
                           size_t row, float *scratch) {
  const size_t M = shape->M, S = shape->S, D = shape->D, stride = OG_PROBABILITY_STRIDE(S);
  const size_t q_stride = shape->q_stride, kv_stride = shape->kv_stride;
  float *dropped = scratch, *dS = dropped + M * stride, *panels = dS + M * stride;

  const float *weights = P; /* P̃ */
  if (dropout.seed) {
    og_dropout(dropped, P, dropout, row, M, stride);
    weights = dropped;
  }
  og_panels_pack(panels, dcontext, q_stride, M, D);
  og_panels_multiply(dv, kv_stride, (OgLeft){weights, 1, stride}, panels, NULL, S, D, M);

  og_panels_pack_transposed(panels, v, kv_stride, D, S);
  og_panels_multiply(dS, stride, (OgLeft){dcontext, q_stride, 1}, panels, NULL, M, stride, D);
  og_dropout(dS, dS, dropout, row, M, stride);
  og_softmax_backward(dS, dS, P, 1.0f / sqrtf((float)D), M, stride);
  if (ddistances) {
    distances_backward(ddistances, dS, shape, stride);
  }

  og_panels_pack(panels, k, kv_stride, S, D);
  og_panels_multiply(dq, q_stride, (OgLeft){dS, stride, 1}, panels, NULL, M, D, S);
  og_panels_pack(panels, q, q_stride, M, D);
  og_panels_multiply(dk, kv_stride, (OgLeft){dS, 1, stride}, panels, NULL, S, D, M);
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
