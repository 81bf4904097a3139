/* encoder: the BERT encoder, forward and backward, on packed sequences: padding is never computed.
 *
 * A batch is B sequences laid end to end, T tokens in all; sequence b holds the tokens from
 * offsets[b] up to offsets[b+1]. All activations of a pass live in one OgPass, which grows to the
 * largest batch and is reused. Work is divided among the threads of a team; the same team size
 * gives the same bytes. */
#ifndef OG_MODEL_ENCODER_H
#define OG_MODEL_ENCODER_H

#include "core/parallel.h"
#include "model/params.h"

#include <stdint.h>

typedef struct OgBatch {
  size_t B, T;
  const uint32_t *ids;     /* (T) */
  const uint32_t *types;   /* (T); NULL means all 0 */
  const uint32_t *offsets; /* (B+1) */

  /* Tokens at which the last hidden state is wanted, ascending; NULL means all, and M is ignored.
   * The last layer is computed there only. For the first tokens: outputs = offsets, M = B. */
  const uint32_t *outputs; /* (M) */
  size_t M;
} OgBatch;

typedef struct OgPass OgPass;

/* What a forward keeps for a backward. */
typedef enum OgKeep {
  OG_KEEP_NOTHING, /* none follows: activations are dropped layer by layer */
  OG_KEEP_ALL,
  OG_KEEP_INPUTS /* the input of each layer: its backward computes the layer again, to the same
                    bytes in less memory (Chen et al. 2016) */
} OgKeep;

/* A pass for params' shapes. team must outlive it. */
OG_API OG_MUST_CHECK OgStatus og_pass_new(const OgParams *params, OgTeam *team, OgKeep keep,
                                          OgPass **pass, OgError *err);
OG_API void og_pass_free(OgPass *pass);

/* The weights stay as they are now: lay them out for forwards of few tokens, or quantise those of
 * the layers' dense products to 8 bits, once; those that were left in a file (params->left) are
 * taken from there, in params->stored, and kept in that precision. Later changes of params do not
 * count. On a failure (OG_NO_MEMORY; OG_USAGE for products too wide for 8 bits, or another
 * precision than what is there) the pass is as it was made. No backward may follow. */
OG_API OG_MUST_CHECK OgStatus og_pass_pack(OgPass *pass, OgPrecision precision, OgError *err);

/* The bytes that a pass takes for a batch of such a shape: of B, T, offsets, and outputs with M,
 * with dropout if the config has any. */
OG_API OG_MUST_CHECK OgStatus og_pass_size(OgPass *pass, const OgBatch *shape, size_t *bytes,
                                           OgError *err);

/* Make that room, so that no batch that is no larger in any of its sizes allocates. */
OG_API OG_MUST_CHECK OgStatus og_pass_reserve(OgPass *pass, const OgBatch *shape, OgError *err);

/* Run the encoder. *hidden (M, H) is the last layer's output (M = T without batch->outputs), owned
 * by the pass, valid until its next forward; the arrays of batch must live until the backward.
 * dropout_seed 0 turns dropout off; another seed makes its masks. Ids and lengths are checked
 * against the config (OG_USAGE). */
OG_API OG_MUST_CHECK OgStatus og_encoder_forward(OgPass *pass, const OgBatch *batch,
                                                 uint64_t dropout_seed, const float **hidden,
                                                 OgError *err);

/* Backward of the last forward. dhidden (M, H) is the loss's gradient at the last layer's output;
 * it is used up as scratch. gradients (og_params_trained) += the loss's gradient at every weight
 * that is not frozen, and at params->lora's adapters; rows of the word embedding that the batch
 * does not name are not touched. What is frozen costs no product of its own, and below the lowest
 * layer that learns nothing is computed. */
OG_API OG_MUST_CHECK OgStatus og_encoder_backward(OgPass *pass, float *dhidden, float *gradients,
                                                  OgError *err);

#endif
