/* dense: the weights of a dense product made ready for prediction, when they stay as they are: in
 * panels of single precision (model/panels.h), or in 8 bits (model/int8.h). */
#ifndef OG_MODEL_DENSE_H
#define OG_MODEL_DENSE_H

#include "model/int8.h"
#include "model/params.h"

/* A matrix (O,K). */
typedef struct OgDense {
  size_t O, K;
  float *panels; /* NULL in 8 bits */
  OgInt8 int8;
} OgDense;

/* Room for an (O,K) matrix. OG_NO_MEMORY; release with og_dense_clear. */
OG_API OG_MUST_CHECK OgStatus og_dense_init(OgDense *dense, OgPrecision precision, size_t O,
                                            size_t K, OgError *err);
OG_API void og_dense_clear(OgDense *dense);

/* Take over W (O,K): this part's share of it. */
OG_API void og_dense_pack(OgDense *dense, const float *W, OgPart part);

/* Floats of scratch that a thread needs for og_dense_forward. */
OG_API size_t og_dense_scratch(OgPrecision precision, size_t K);

/* y = x Wᵀ + b. y (N,O), x (N,K), b (O) or NULL. Writes the part's tile of y (og_tile). */
OG_API void og_dense_forward(float *y, const float *x, const OgDense *dense, const float *b,
                             size_t N, OgPart part, float *scratch);

#endif
