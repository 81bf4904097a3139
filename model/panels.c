#include "model/panels.h"

#include <string.h>

/* A tile of the product, 6 rows by 16 columns, stays in registers while K runs: twelve 8-wide
 * accumulators, two loads and six broadcasts for twelve multiply-adds. Measured on Zen 3, K = 64:
 * 75 of 78 GFLOP/s. */
enum { TILE_ROWS = 6 };

size_t og_panels_whole(size_t N) {
  return (N + OG_PANEL - 1) / OG_PANEL * OG_PANEL;
}

size_t og_panels_size(size_t K, size_t N) {
  return K * og_panels_whole(N);
}

void og_panels_pack(float *panels, const float *X, size_t stride, size_t K, size_t N) {
  for (size_t n = 0; n < N; n += OG_PANEL) {
    const size_t width = N - n < OG_PANEL ? N - n : OG_PANEL;
    for (size_t k = 0; k < K; k++, panels += OG_PANEL) {
      if (width == OG_PANEL) {
        memcpy(panels, X + k * stride + n, OG_PANEL * sizeof *panels);
      } else {
        memcpy(panels, X + k * stride + n, width * sizeof *panels);
        memset(panels + width, 0, (OG_PANEL - width) * sizeof *panels);
      }
    }
  }
}

typedef float Quad __attribute__((vector_size(16), aligned(4), may_alias));

/* out (4,4), rows OG_PANEL apart = the transpose of in (4,4), rows `stride` apart. */
static inline void transpose_4x4(float *out, const float *in, size_t stride) {
  const Quad a = *(const Quad *)in, b = *(const Quad *)(in + stride);
  const Quad c = *(const Quad *)(in + 2 * stride), d = *(const Quad *)(in + 3 * stride);
  const Quad ab_low = __builtin_shufflevector(a, b, 0, 4, 1, 5);
  const Quad ab_high = __builtin_shufflevector(a, b, 2, 6, 3, 7);
  const Quad cd_low = __builtin_shufflevector(c, d, 0, 4, 1, 5);
  const Quad cd_high = __builtin_shufflevector(c, d, 2, 6, 3, 7);
  *(Quad *)out = __builtin_shufflevector(ab_low, cd_low, 0, 1, 4, 5);
  *(Quad *)(out + OG_PANEL) = __builtin_shufflevector(ab_low, cd_low, 2, 3, 6, 7);
  *(Quad *)(out + 2 * OG_PANEL) = __builtin_shufflevector(ab_high, cd_high, 0, 1, 4, 5);
  *(Quad *)(out + 3 * OG_PANEL) = __builtin_shufflevector(ab_high, cd_high, 2, 3, 6, 7);
}

/* One panel of Xᵀ: its columns are `width` rows of X (width,K), `stride` apart; missing ones are
 * zero. */
static void pack_transposed_panel(float *panel, const float *X, size_t stride, size_t K,
                                  size_t width) {
  if (width < OG_PANEL) {
    memset(panel, 0, K * OG_PANEL * sizeof *panel);
  }
  const size_t whole_rows = width / 4 * 4, whole_columns = K / 4 * 4;
  for (size_t n = 0; n < whole_rows; n += 4) {
    for (size_t k = 0; k < whole_columns; k += 4) {
      transpose_4x4(panel + k * OG_PANEL + n, X + n * stride + k, stride);
    }
  }
  for (size_t n = 0; n < width; n++) {
    for (size_t k = n < whole_rows ? whole_columns : 0; k < K; k++) {
      panel[k * OG_PANEL + n] = X[n * stride + k];
    }
  }
}

void og_panels_pack_transposed(float *panels, const float *X, size_t stride, size_t K, size_t N) {
  for (size_t n = 0; n < N; n += OG_PANEL, panels += K * OG_PANEL) {
    pack_transposed_panel(panels, X + n * stride, stride, K, N - n < OG_PANEL ? N - n : OG_PANEL);
  }
}

typedef uint16_t Eight __attribute__((vector_size(16), aligned(2), may_alias));

/* x and y interleaved, by 1, 2 or 4 of their elements: the first and the second half of it. */
#define BY_1_FIRST(x, y)  __builtin_shufflevector(x, y, 0, 8, 1, 9, 2, 10, 3, 11)
#define BY_1_SECOND(x, y) __builtin_shufflevector(x, y, 4, 12, 5, 13, 6, 14, 7, 15)
#define BY_2_FIRST(x, y)  __builtin_shufflevector(x, y, 0, 1, 8, 9, 2, 3, 10, 11)
#define BY_2_SECOND(x, y) __builtin_shufflevector(x, y, 4, 5, 12, 13, 6, 7, 14, 15)
#define BY_4_FIRST(x, y)  __builtin_shufflevector(x, y, 0, 1, 2, 3, 8, 9, 10, 11)
#define BY_4_SECOND(x, y) __builtin_shufflevector(x, y, 4, 5, 6, 7, 12, 13, 14, 15)

/* out (8,8), rows OG_PANEL apart = the transpose of elements [k, k + 8) of eight rows. */
static inline void transpose_8x8(uint16_t *out, const void *const rows[8], size_t k) {
  Eight a[8], b[8], c[8];
  for (size_t n = 0; n < 8; n++) {
    memcpy(&a[n], (const unsigned char *)rows[n] + k * sizeof *out, sizeof a[n]);
  }
  for (size_t n = 0; n < 8; n += 2) { /* pairs of rows, first and second half of the columns */
    b[n] = BY_1_FIRST(a[n], a[n + 1]);
    b[n + 1] = BY_1_SECOND(a[n], a[n + 1]);
  }
  for (size_t n = 0; n < 8; n += 4) { /* four rows, quarter by quarter */
    c[n] = BY_2_FIRST(b[n], b[n + 2]);
    c[n + 1] = BY_2_SECOND(b[n], b[n + 2]);
    c[n + 2] = BY_2_FIRST(b[n + 1], b[n + 3]);
    c[n + 3] = BY_2_SECOND(b[n + 1], b[n + 3]);
  }
  for (size_t n = 0; n < 4; n++) {
    *(Eight *)(out + 2 * n * OG_PANEL) = BY_4_FIRST(c[n], c[n + 4]);
    *(Eight *)(out + (2 * n + 1) * OG_PANEL) = BY_4_SECOND(c[n], c[n + 4]);
  }
}

void og_panels_pack_halves(uint16_t *panel, const void *const rows[OG_PANEL], size_t K) {
  const size_t whole = rows[OG_PANEL - 1] ? K / 8 * 8 : 0; /* the rows that are missing are last */
  for (size_t k = 0; k < whole; k += 8) {
    transpose_8x8(panel + k * OG_PANEL, rows, k);
    transpose_8x8(panel + k * OG_PANEL + 8, rows + 8, k);
  }
  for (size_t k = whole; k < K; k++) {
    for (size_t n = 0; n < OG_PANEL; n++) {
      uint16_t *place = panel + k * OG_PANEL + n;
      *place = 0;
      if (rows[n]) {
        memcpy(place, (const unsigned char *)rows[n] + k * sizeof *place, sizeof *place);
      }
    }
  }
}

/* `rows` rows (a constant where this is inlined) of one panel's columns of the product, on top of
 * b (16). */
static inline __attribute__((always_inline)) void multiply_tile(int rows, float *C, size_t ldc,
                                                                size_t columns, OgLeft A,
                                                                const float *panel, const float *b,
                                                                size_t K) {
  float sums[TILE_ROWS][OG_PANEL];
  for (int i = 0; i < rows; i++) {
    memcpy(sums[i], b, sizeof sums[i]);
  }
  const float *a = A.data;
  for (size_t k = 0; k < K; k++, a += A.k_step, panel += OG_PANEL) {
#pragma GCC unroll 6
    for (int i = 0; i < rows; i++) {
      const float factor = a[(size_t)i * A.row_step];
#pragma omp simd
      for (int j = 0; j < OG_PANEL; j++) {
        sums[i][j] += factor * panel[j];
      }
    }
  }
  for (int i = 0; i < rows; i++) {
    if (columns == OG_PANEL) { /* of a size that is known, a copy is two instructions */
      memcpy(C + (size_t)i * ldc, sums[i], sizeof sums[i]);
    } else {
      memcpy(C + (size_t)i * ldc, sums[i], columns * sizeof *C);
    }
  }
}

/* The same of up to TILE_ROWS rows. */
static inline __attribute__((always_inline)) void multiply_rows(size_t rows, float *C, size_t ldc,
                                                                size_t columns, OgLeft A,
                                                                const float *panel, const float *b,
                                                                size_t K) {
  switch (rows) {
  case 6:
    multiply_tile(6, C, ldc, columns, A, panel, b, K);
    break;
  case 5:
    multiply_tile(5, C, ldc, columns, A, panel, b, K);
    break;
  case 4:
    multiply_tile(4, C, ldc, columns, A, panel, b, K);
    break;
  case 3:
    multiply_tile(3, C, ldc, columns, A, panel, b, K);
    break;
  case 2:
    multiply_tile(2, C, ldc, columns, A, panel, b, K);
    break;
  default:
    multiply_tile(1, C, ldc, columns, A, panel, b, K);
    break;
  }
}

OG_KERNEL void og_panels_multiply(float *C, size_t ldc, OgLeft A, const float *panels,
                                  const float *b, size_t M, size_t N, size_t K) {
  for (size_t n = 0; n < N; n += OG_PANEL, panels += K * OG_PANEL) {
    const size_t columns = N - n < OG_PANEL ? N - n : OG_PANEL;
    float bias[OG_PANEL] = {0};
    if (b) {
      memcpy(bias, b + n, columns * sizeof *b);
    }
    for (size_t m = 0; m < M; m += TILE_ROWS) {
      const size_t rows = M - m < TILE_ROWS ? M - m : TILE_ROWS;
      const OgLeft left = {A.data + m * A.row_step, A.row_step, A.k_step};
      multiply_rows(rows, C + m * ldc + n, ldc, columns, left, panels, bias, K);
    }
  }
}
