/* dense: the weights of a dense product for prediction, when they stay as they are: in panels of
 * single precision or of 16 bits (model/panels.h), or in 8 bits (model/int8.h).
 *
 * Those that a file has in 16 or 8 bits can be left there: then every product lays out a panel at a
 * time, or of halves and many rows gives OpenBLAS a strip at a time. For one text of 14 tokens that
 * is faster than laying out all first, because no memory is asked for (it comes zeroed). */
#ifndef OG_MODEL_DENSE_H
#define OG_MODEL_DENSE_H

#include "model/int8.h"
#include "model/params.h"

/* A matrix (O,K). */
typedef struct OgDense {
  size_t O, K;
  OgPrecision precision;
  float *panels;    /* in F32 */
  uint16_t *halves; /* the same in BF16 or F16 */
  OgInt8 int8;
  const OgParams *left; /* in whose file the weights are, from offset on; else NULL */
  size_t offset;
} OgDense;

/* Room for an (O,K) matrix. OG_NO_MEMORY, OG_USAGE (too wide for 8 bits); release with
 * og_dense_clear. */
OG_API OG_MUST_CHECK OgStatus og_dense_init(OgDense *dense, OgPrecision precision, size_t O,
                                            size_t K, OgError *err);
OG_API void og_dense_clear(OgDense *dense);

/* Weights left in the file of params (params->left), which must outlive dense. */
OG_API void og_dense_leave(OgDense *dense, const OgParams *params, size_t offset, size_t O,
                           size_t K);

/* Take over the weights at offset of params, this part's share of them: floats in F32 or in 8 bits,
 * those that were left in a file in their precision. */
OG_API void og_dense_pack(OgDense *dense, const OgParams *params, size_t offset, OgPart part);

/* Floats of scratch that a thread needs for og_dense_forward. */
OG_API size_t og_dense_scratch(OgPrecision precision, size_t K);

/* y = x Wᵀ + b. y (N,O), x (N,K), b (O) or NULL. Writes the part's tile of y (og_tile). */
OG_API void og_dense_forward(float *y, const float *x, const OgDense *dense, const float *b,
                             size_t N, OgPart part, float *scratch);

#endif
