/* int8: dense products with weights of 8 bits and activations of 7.
 *
 *   w[o][k] ≈ scale[o] q[o][k]           a scale an output channel, q from -127 to 127 (-128 in
 *                                        checkpoints that others quantised)
 *   x[n][k] ≈ step[n] (p[n][k] - z[n])   step and zero of every row when it is there, p 0 to 127
 *   y[n][o] = step[n] scale[o] (Σ p q - z[n] Σ q) + b[o]
 *
 * The sums are whole numbers and exact, the same from every kernel, for K up to
 * OG_INT8_WIDEST = 2³¹ / (127 × 128). The eighth bit of an activation would cost that, or a quarter
 * of the speed: see the kernels. docs/math.md says what the rounding costs. */
#ifndef OG_MODEL_INT8_H
#define OG_MODEL_INT8_H

#include "model/ops.h"

enum { OG_INT8_WIDEST = 132104 }; /* K */

enum { OG_INT8_PANEL = 16 };

/* A matrix (O,K) of weights, laid out for the kernels. */
typedef struct OgInt8 {
  size_t O, K;
  int8_t *panels; /* (O rounded up to whole panels, og_int8_stride(K)) */
  float *scales;  /* (O) likewise */
  int32_t *sums;  /* Σ q, likewise */
} OgInt8;

/* Quantise rows of K floats: scales[row] = max |w| / 127, q = w / scale rounded to nearest. A row
 * of zeros has scale 0. q, W (rows,K). */
OG_API void og_int8_quantize(int8_t *q, float *scales, const float *W, size_t rows, size_t K);

/* Room for an (O,K) matrix, all zero. OG_USAGE when a sum of K could overflow, OG_NO_MEMORY;
 * release with og_int8_clear. */
OG_API OG_MUST_CHECK OgStatus og_int8_init(OgInt8 *matrix, size_t O, size_t K, OgError *err);
OG_API void og_int8_clear(OgInt8 *matrix);

/* Quantise and lay out rows [begin, end) of W (O,K). */
OG_API void og_int8_pack(OgInt8 *matrix, const float *W, size_t begin, size_t end);

/* Lay out row o as it was quantised elsewhere: q (K). */
OG_API void og_int8_pack_row(OgInt8 *matrix, const int8_t *q, float scale, size_t o);

/* How a row of activations was quantised. */
typedef struct OgStep {
  float size;
  int32_t zero;
} OgStep;

/* Bytes from a row of quantised activations to the next. */
OG_API size_t og_int8_stride(size_t K);

/* Quantise N rows of activations x (N,K) to p (N, og_int8_stride(K)). */
OG_API void og_int8_quantize_rows(uint8_t *p, OgStep *steps, const float *x, size_t N, size_t K);

/* y (N,O), rows ld apart, = x Wᵀ + b of quantised rows. b (O) or NULL. */
OG_API void og_int8_multiply(float *y, size_t ld, const uint8_t *p, const OgStep *steps,
                             const OgInt8 *matrix, const float *b, size_t N);

/* Floats of scratch that a thread needs for og_int8_forward: 96 rows' steps, then the rows. */
OG_API size_t og_int8_scratch(size_t K);

/* y = x Wᵀ + b. y (N,O), x (N,K), b (O) or NULL. Writes the part's tile of y. */
OG_API void og_int8_forward(float *y, const float *x, const OgInt8 *matrix, const float *b,
                            size_t N, OgPart part, float *scratch);

/* The kernels of this processor by number: a name, or NULL past the last. og_int8_forward uses
 * number 0, the fastest. */
OG_API const char *og_int8_kernel(size_t number);

/* Σ p q by that kernel, for tests: sums (N,O). */
OG_API void og_int8_sums(size_t number, int32_t *sums, const uint8_t *p, const OgInt8 *matrix,
                         size_t N);

#endif
