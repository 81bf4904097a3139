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

  const uint32_t *positions; /* (M) of the queries among the S keys, ascending; NULL: M is S */
  size_t reach;              /* keys at most so far away are seen; 0: all */
  const float *distances; /* r: r[j - i] is added to the score of query i and key j; NULL: none */
} OgAttentionShape;

/* Floats of scratch that forward and backward need. */
OG_API size_t og_attention_scratch(size_t M, size_t S, size_t D);

/* P = softmax(q kᵀ / √D + r), context = dropout(P) v. q, context (M,D), k, v (S,D), P (M,stride).
 * Rows of the mask are numbered from `row`. */
OG_API void og_attention_forward(float *context, float *P, const float *q, const float *k,
                                 const float *v, const OgAttentionShape *shape, OgDropout dropout,
                                 size_t row, float *scratch);

/* P̃ = dropout(P), dP = dropout(dcontext vᵀ), dS = P (dP - Σ P dP),
 * dq = dS k / √D, dk = dSᵀ q / √D, dv = P̃ᵀ dcontext, dr[j - i] += dS (ddistances; NULL without r).
 */
OG_API void og_attention_backward(float *dq, float *dk, float *dv, float *ddistances,
                                  const float *dcontext, const float *P, const float *q,
                                  const float *k, const float *v, const OgAttentionShape *shape,
                                  OgDropout dropout, size_t row, float *scratch);

/* The angles of rotary positions (Su et al. 2021): rows begin to end of table (P,D), in row p the
 * cosines, then the sines, of p theta^(-2j/D), j below D/2. */
OG_API void og_rotary_table(float *table, float theta, size_t begin, size_t end, size_t D);

/* Turn the pairs (x[j], x[j + D/2]) of each row of x (N,D), `stride` apart, by the angles of its
 * position; NULL for positions: row n has n. sign 1; -1 turns back, which is the backward. */
OG_API void og_rotary(float *x, const float *table, const uint32_t *positions, float sign, size_t N,
                      size_t D, size_t stride);

#endif
