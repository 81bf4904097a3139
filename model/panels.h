/* panels: products of single-precision matrices whose right factor is laid out for the kernel.
 *
 * A panel holds 16 columns of a matrix of K rows, row after row: (K,16); panels stand one after
 * another, and columns missing in the last are zero. Laying out costs as much as a few products, so
 * it pays for small factors in the first caches (attention) and for weights that stay as they are
 * (prediction). */
#ifndef OG_MODEL_PANELS_H
#define OG_MODEL_PANELS_H

#include "core/api.h"

#include <stddef.h>
#include <stdint.h>

enum { OG_PANEL = 16 };

/* N rounded up to whole panels, and the floats of panels of (K,N). */
OG_API size_t og_panels_whole(size_t N);
OG_API size_t og_panels_size(size_t K, size_t N);

/* Panels of X (K,N), rows `stride` apart. */
OG_API void og_panels_pack(float *panels, const float *X, size_t stride, size_t K, size_t N);

/* Panels of Xᵀ (K,N) for X (N,K), rows `stride` apart. */
OG_API void og_panels_pack_transposed(float *panels, const float *X, size_t stride, size_t K,
                                      size_t N);

/* One panel of numbers of 16 bits: its columns are rows (K) of a matrix, at any alignment; those
 * that are missing, at the end, are NULL and give zeros. panel (K,16). */
OG_API void og_panels_pack_halves(uint16_t *panel, const void *const rows[OG_PANEL], size_t K);

/* The left factor of a product: element (i, k) is at data[i row_step + k k_step]. */
typedef struct OgLeft {
  const float *data;
  size_t row_step, k_step;
} OgLeft;

/* C (M,N) = A (M,K) B (K,N) + b, B in panels; C's rows are ldc apart, b (N) or NULL. */
OG_API void og_panels_multiply(float *C, size_t ldc, OgLeft A, const float *panels, const float *b,
                               size_t M, size_t N, size_t K);

#endif
