/* pooler: the dense layer between a text's hidden state and what is built on it, as the
 * architecture has it: pooled = f(hidden Wᵀ + b), with a LayerNorm behind it in some. */
#ifndef OG_FINETUNE_POOLER_H
#define OG_FINETUNE_POOLER_H

#include "core/parallel.h"
#include "model/params.h"

typedef struct OgPooler OgPooler;

/* The pooler of params; params and team must outlive it. On OG_OK the caller owns *pooler. */
OG_API OG_MUST_CHECK OgStatus og_pooler_new(const OgParams *params, OgTeam *team, OgPooler **pooler,
                                            OgError *err);
OG_API void og_pooler_free(OgPooler *pooler);

/* Bytes that it takes for B rows. */
OG_API size_t og_pooler_size(const OgPooler *pooler, size_t B);

/* Make that room: passes of up to B rows take no more. */
OG_API OG_MUST_CHECK OgStatus og_pooler_reserve(OgPooler *pooler, size_t B, OgError *err);

/* pooled (B,H) of hidden (B,H), which must live until the backward. */
OG_API OG_MUST_CHECK OgStatus og_pooler_forward(OgPooler *pooler, float *pooled,
                                                const float *hidden, size_t B, OgError *err);
/* Backward of the last forward: dhidden (B,H) = the gradient at hidden, gradients
 * (og_params_trained) += that at the pooler's weights unless they are frozen; dpooled (B,H) is used
 * up. */
OG_API void og_pooler_backward(OgPooler *pooler, float *dhidden, float *gradients, float *dpooled);

#endif
