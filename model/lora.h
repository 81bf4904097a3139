/* lora: low-rank adapters of frozen products (Hu et al. 2021, section 4.1).
 *
 *   y = x W'ᵀ,  W' = W + s B A,  s = α / r        W (O,K) frozen; A (r,K), B (O,r) learn
 *
 * W' stands in W's place among the weights, and is made anew whenever A or B moved: so a forward
 * costs what it does without adapters, and the result is a plain model. The gradient never needs
 * the (O,K) product of a trained W:
 *
 *   t = s dy B,  h = x Aᵀ  (N,r)        dA += tᵀ x        dB += s dyᵀ h        dx += dy W'
 *
 * A and B are extra tensors of the parameters, called as PEFT does: for
 * "….query.weight" there are "….query.lora_A.weight" and "….query.lora_B.weight". */
#ifndef OG_MODEL_LORA_H
#define OG_MODEL_LORA_H

#include "core/parallel.h"
#include "model/ops.h"
#include "model/params.h"

/* Which products of a layer have adapters. */
typedef enum OgLoraTargets {
  OG_LORA_ATTENTION, /* query and value, as in the paper */
  OG_LORA_ALL,       /* every product of a layer */
  OG_LORA_TARGETS_COUNT
} OgLoraTargets;

/* "attention", "all". Static. */
OG_API const char *og_lora_targets_name(OgLoraTargets targets);

/* The k-th product that has adapters, as PEFT's target_modules call it; NULL after the last. */
OG_API const char *og_lora_target(OgLoraTargets targets, size_t k);

typedef struct OgLoraShape {
  size_t rank; /* r, 1 to 1024; 0: no adapters */
  float alpha;
  OgLoraTargets targets;
} OgLoraShape;

/* Tensors that the adapters of a config need, 0 for none. */
OG_API size_t og_lora_tensors_count(const OgLoraShape *shape, const OgConfig *config);

/* Describe them: specs and names have og_lora_tensors_count elements; the specs point to the names.
 * They are to be the last of the extra tensors. */
OG_API void og_lora_tensors(const OgLoraShape *shape, const OgConfig *config, OgTensorSpec *specs,
                            char (*names)[OG_TENSOR_NAME_SIZE]);

typedef struct OgLora OgLora;

/* Adapters on params, which hold their tensors and the weights of the base, and keep what W was.
 * Whoever runs the encoder sees them as params->lora, which the caller sets. params and team must
 * outlive it. On OG_OK the caller owns *lora. A tensor that is missing is OG_FAILED.
 * og_blas_load must have succeeded. */
OG_API OG_MUST_CHECK OgStatus og_lora_new(OgParams *params, const OgLoraShape *shape, OgTeam *team,
                                          OgLora **lora, OgError *err);
OG_API void og_lora_free(OgLora *lora);

/* Bytes that og_lora_new takes. */
OG_API size_t og_lora_bytes(const OgLoraShape *shape, const OgConfig *config, int threads);

/* The start of training: A normal with the variance 1/(3K) of PEFT's, B 0: W' is W. */
OG_API void og_lora_randomize(const OgLora *lora, OgRandom *random);

/* W' = W + s B A: after every step, and after A and B were loaded. */
OG_API void og_lora_merge(OgLora *lora);

/* Backward of the product of the matrix at offset `weight` (O,K) and its adapters, if it has any:
 * also of adapters of some of its rows, as of the value in key and value. dy (N,O), x (N,K).
 * Computes a part; og_lora_finish, after a barrier, adds all to the gradients. */
OG_API void og_lora_backward(OgLora *lora, size_t weight, const float *dy, const float *x, size_t N,
                             size_t K, size_t O, OgPart part);
OG_API void og_lora_finish(OgLora *lora, float *gradients, OgPart part);

/* Whether a product of layer number `layer` or of one below has adapters. */
OG_API bool og_lora_reaches(const OgLora *lora, size_t weight);

#endif
