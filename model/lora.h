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

typedef struct OgLoraShape {
  size_t rank; /* r; 0: no adapters */
  float alpha;
  OgLoraTargets targets;
} OgLoraShape;

/* The extra tensors of adapters, to be the last ones of og_params_init. */
typedef struct OgLoraTensors {
  OgTensorSpec *specs; /* (count) */
  size_t count;
  void *names; /* that the specs point to */
} OgLoraTensors;

/* Describe the tensors that the adapters of a config need: none without a rank. A product that the
 * architecture has in one with others (ModernBERT's query, key and value) is OG_USAGE. The caller
 * releases *tensors with og_lora_tensors_clear. */
OG_API OG_MUST_CHECK OgStatus og_lora_tensors(const OgLoraShape *shape, const OgConfig *config,
                                              OgLoraTensors *tensors, OgError *err);
OG_API void og_lora_tensors_clear(OgLoraTensors *tensors);

typedef struct OgLora OgLora;

/* Adapters on params, which hold their tensors and the weights of the base, and keep what each W
 * was. The encoder finds them as params->lora, which the caller sets. params and team must outlive
 * it. On OG_OK the caller owns *lora. */
OG_API OG_MUST_CHECK OgStatus og_lora_new(OgParams *params, const OgLoraShape *shape, OgTeam *team,
                                          OgLora **lora, OgError *err);
OG_API void og_lora_free(OgLora *lora);

/* Bytes that it holds. */
OG_API size_t og_lora_bytes(const OgLora *lora);

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

/* Whether the matrix at offset `weight` has adapters. */
OG_API bool og_lora_adapts(const OgLora *lora, size_t weight);

/* An adapter, for whoever saves it: its tensors' numbers in params. */
typedef struct OgAdapter {
  size_t weight, A, B;
} OgAdapter;
OG_API const OgAdapter *og_lora_adapters(const OgLora *lora, size_t *count);

#endif
