#include "model/attention.h"

#include <math.h>
#include <string.h>

/* A panel holds 16 columns of a matrix of K rows, row after row: (K,16). A tile of the product, 6
 * rows by 16 columns, stays in registers while K runs: twelve 8-wide accumulators, two loads and
 * six broadcasts for twelve multiply-adds. Measured on Zen 3, K = 64: 75 of 78 GFLOP/s. */
enum { TILE_ROWS = 6, PANEL = 16 };

static size_t panels_of(size_t columns) {
  return (columns + PANEL - 1) / PANEL;
}

/* Panels of X (K,N), rows `stride` apart; missing columns are zero. */
static void pack(float *panels, const float *X, size_t stride, size_t K, size_t N) {
  for (size_t n = 0; n < N; n += PANEL) {
    const size_t width = N - n < PANEL ? N - n : PANEL;
    for (size_t k = 0; k < K; k++, panels += PANEL) {
      if (width == PANEL) {
        memcpy(panels, X + k * stride + n, PANEL * sizeof *panels);
      } else {
        memcpy(panels, X + k * stride + n, width * sizeof *panels);
        memset(panels + width, 0, (PANEL - width) * sizeof *panels);
      }
    }
  }
}

typedef float Quad __attribute__((vector_size(16), aligned(4), may_alias));

/* out (4,4), rows PANEL apart = the transpose of in (4,4), rows `stride` apart. */
static inline void transpose_4x4(float *out, const float *in, size_t stride) {
  const Quad a = *(const Quad *)in, b = *(const Quad *)(in + stride);
  const Quad c = *(const Quad *)(in + 2 * stride), d = *(const Quad *)(in + 3 * stride);
  const Quad ab_low = __builtin_shufflevector(a, b, 0, 4, 1, 5);
  const Quad ab_high = __builtin_shufflevector(a, b, 2, 6, 3, 7);
  const Quad cd_low = __builtin_shufflevector(c, d, 0, 4, 1, 5);
  const Quad cd_high = __builtin_shufflevector(c, d, 2, 6, 3, 7);
  *(Quad *)out = __builtin_shufflevector(ab_low, cd_low, 0, 1, 4, 5);
  *(Quad *)(out + PANEL) = __builtin_shufflevector(ab_low, cd_low, 2, 3, 6, 7);
  *(Quad *)(out + 2 * PANEL) = __builtin_shufflevector(ab_high, cd_high, 0, 1, 4, 5);
  *(Quad *)(out + 3 * PANEL) = __builtin_shufflevector(ab_high, cd_high, 2, 3, 6, 7);
}

/* One panel of Xᵀ: its columns are `width` rows of X (width,K), `stride` apart; missing ones are
 * zero. */
static void pack_transposed_panel(float *panel, const float *X, size_t stride, size_t K,
                                  size_t width) {
  if (width < PANEL) {
    memset(panel, 0, K * PANEL * sizeof *panel);
  }
  const size_t whole_rows = width / 4 * 4, whole_columns = K / 4 * 4;
  for (size_t n = 0; n < whole_rows; n += 4) {
    for (size_t k = 0; k < whole_columns; k += 4) {
      transpose_4x4(panel + k * PANEL + n, X + n * stride + k, stride);
    }
  }
  for (size_t n = 0; n < width; n++) {
    for (size_t k = n < whole_rows ? whole_columns : 0; k < K; k++) {
      panel[k * PANEL + n] = X[n * stride + k];
    }
  }
}

/* Panels of Xᵀ (K,N) for X (N,K). */
static void pack_transposed(float *panels, const float *X, size_t stride, size_t K, size_t N) {
  for (size_t n = 0; n < N; n += PANEL, panels += K * PANEL) {
    pack_transposed_panel(panels, X + n * stride, stride, K, N - n < PANEL ? N - n : PANEL);
  }
}

/* The left factor of a product: element (i, k) is at data[i row_step + k k_step]. */
typedef struct Left {
  const float *data;
  size_t row_step, k_step;
} Left;

/* `rows` rows (a constant where this is inlined) of one panel's columns of the product. */
static inline __attribute__((always_inline)) void multiply_tile(int rows, float *C, size_t ldc,
                                                                size_t columns, Left A,
                                                                const float *panel, size_t K) {
  float sums[TILE_ROWS][PANEL] = {{0}};
  const float *a = A.data;
  for (size_t k = 0; k < K; k++, a += A.k_step, panel += PANEL) {
#pragma GCC unroll 6
    for (int i = 0; i < rows; i++) {
      const float factor = a[(size_t)i * A.row_step];
#pragma omp simd
      for (int j = 0; j < PANEL; j++) {
        sums[i][j] += factor * panel[j];
      }
    }
  }
  for (int i = 0; i < rows; i++) {
    if (columns >= PANEL) {
      memcpy(C + (size_t)i * ldc, sums[i], PANEL * sizeof *C);
    } else {
      memcpy(C + (size_t)i * ldc, sums[i], columns * sizeof *C);
    }
  }
}

/* C (M,N) = A (M,K) B (K,N), B in panels; C's rows are ldc apart. */
OG_KERNEL static void multiply(float *C, size_t ldc, Left A, const float *panels, size_t M,
                               size_t N, size_t K) {
  for (size_t n = 0; n < N; n += PANEL, panels += K * PANEL) {
    const size_t columns = N - n;
    size_t m = 0;
    for (; m + TILE_ROWS <= M; m += TILE_ROWS) {
      const Left rows = {A.data + m * A.row_step, A.row_step, A.k_step};
      multiply_tile(TILE_ROWS, C + m * ldc + n, ldc, columns, rows, panels, K);
    }
    const Left rows = {A.data + m * A.row_step, A.row_step, A.k_step};
    float *rest = C + m * ldc + n;
    switch (M - m) {
    case 5:
      multiply_tile(5, rest, ldc, columns, rows, panels, K);
      break;
    case 4:
      multiply_tile(4, rest, ldc, columns, rows, panels, K);
      break;
    case 3:
      multiply_tile(3, rest, ldc, columns, rows, panels, K);
      break;
    case 2:
      multiply_tile(2, rest, ldc, columns, rows, panels, K);
      break;
    case 1:
      multiply_tile(1, rest, ldc, columns, rows, panels, K);
      break;
    default:
      break;
    }
  }
}

/* Panels of the largest factor, and two (M,stride) matrices. */
size_t og_attention_scratch(size_t M, size_t S, size_t D) {
  const size_t longest = M > S ? M : S;
  return panels_of(longest) * PANEL * panels_of(D) * PANEL + 2 * M * OG_PROBABILITY_STRIDE(S);
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

  pack_transposed(panels, k, shape->kv_stride, D, S);
  multiply(P, stride, (Left){q, shape->q_stride, 1}, panels, M, stride, D);
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
  pack(panels, v, shape->kv_stride, S, D);
  multiply(context, shape->q_stride, (Left){weights, stride, 1}, panels, M, D, S);
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
  pack(panels, dcontext, q_stride, M, D);
  multiply(dv, kv_stride, (Left){weights, 1, stride}, panels, S, D, M);

  pack_transposed(panels, v, kv_stride, D, S);
  multiply(dS, stride, (Left){dcontext, q_stride, 1}, panels, M, stride, D);
  og_dropout(dS, dS, dropout, row, M, stride);
  og_softmax_backward(dS, dS, P, 1.0f / sqrtf((float)D), M, stride);
  if (ddistances) {
    distances_backward(ddistances, dS, shape, stride);
  }

  pack(panels, k, kv_stride, S, D);
  multiply(dq, q_stride, (Left){dS, stride, 1}, panels, M, D, S);
  pack(panels, q, q_stride, M, D);
  multiply(dk, kv_stride, (Left){dS, 1, stride}, panels, S, D, M);
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
