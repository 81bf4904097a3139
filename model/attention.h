/* attention: scaled dot-product attention of one head over one sequence, forward and backward.
 *
 * M queries look at S keys and values, all D wide (M is S, but for a last layer that is computed at
 * some tokens only). Sequences are short and many, so the products are made by a small kernel of
 * its own on panels packed into scratch memory; a general matrix product would spend more time
 * preparing than multiplying. */
#ifndef OG_MODEL_ATTENTION_H
#define OG_MODEL_ATTENTION_H

#include "model/ops.h"

/* Floats that a row of S probabilities takes: whole vectors, the rest is zero. */
#define OG_PROBABILITY_STRIDE(S) (((S) + 15) / 16 * 16)

typedef struct OgAttentionShape {
  size_t M, S, D;
  size_t q_stride;  /* floats from a row of q, context and their gradients to the next */
  size_t kv_stride; /* the same of k, v and their gradients */
} OgAttentionShape;

/* Floats of scratch that forward and backward need. */
OG_API size_t og_attention_scratch(size_t M, size_t S, size_t D);

/* P = softmax(q kᵀ / √D), context = dropout(P) v. q, context (M,D), k, v (S,D), P (M,stride). Rows
 * of the mask are numbered from `row`. */
OG_API void og_attention_forward(float *context, float *P, const float *q, const float *k,
                                 const float *v, const OgAttentionShape *shape, OgDropout dropout,
                                 size_t row, float *scratch);

/* P̃ = dropout(P), dP = dropout(dcontext vᵀ), dS = P (dP - Σ P dP) / √D,
 * dq = dS k, dk = dSᵀ q, dv = P̃ᵀ dcontext. */
OG_API void og_attention_backward(float *dq, float *dk, float *dv, const float *dcontext,
                                  const float *P, const float *q, const float *k, const float *v,
                                  const OgAttentionShape *shape, OgDropout dropout, size_t row,
                                  float *scratch);

#endif
