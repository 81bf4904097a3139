/* optimizer: AdamW (Loshchilov & Hutter 2019, Algorithm 2) over a block of parameters, in one pass
 * over memory.
 *
 *   m = β1 m + (1-β1) g,  v = β2 v + (1-β2) g²,  w = w - λ d w - λ (m/(1-β1ᵗ)) / (√(v/(1-β2ᵗ)) + ε)
 *
 * with d = 0 for biases and LayerNorm. A batch names few rows of the word embeddings; the others
 * have no gradient, but momentum and decay still move them. Those moves are made when a row is next
 * named, all at once and to rounding the same as step by step. So the order of a training step is
 *
 *   og_optimizer_begin (once a batch) - forward - backward - og_optimizer_step
 *
 * and og_optimizer_finish stands before anything that reads all words: evaluation, prediction,
 * saving. What is frozen (params.h) has no moments and costs a step nothing. */
#ifndef OG_FINETUNE_OPTIMIZER_H
#define OG_FINETUNE_OPTIMIZER_H

#include "core/parallel.h"
#include "model/params.h"

typedef struct OgOptimizer OgOptimizer;

typedef struct OgOptimizerOptions {
  float beta1, beta2, epsilon;
  float decay;      /* d, of weights and embeddings */
  float clip;       /* gradients are scaled down to this global norm; 0: never */
  float base_scale; /* the rate of the encoder's tensors is multiplied by this */
  float head_scale; /* the same for tensors of heads and fusion */
} OgOptimizerOptions;

/* .9, .999, 1e-8, .01, 1, 1, 1. */
OG_API OgOptimizerOptions og_optimizer_default(void);

/* params (changed by steps) and team must outlive it. On OG_OK the caller owns *optimizer. Options
 * out of range are OG_USAGE. */
OG_API OG_MUST_CHECK OgStatus og_optimizer_new(OgParams *params, const OgOptimizerOptions *options,
                                               OgTeam *team, OgOptimizer **optimizer, OgError *err);
OG_API void og_optimizer_free(OgOptimizer *optimizer);

/* Bytes that an optimizer of params takes for so many steps; and room for them, made before the
 * first. */
OG_API size_t og_optimizer_size(const OgParams *params, uint64_t steps);
OG_API OG_MUST_CHECK OgStatus og_optimizer_reserve(OgOptimizer *optimizer, uint64_t steps,
                                                   OgError *err);

/* Before the forward of a batch: bring the word embeddings of its ids (any order, repeats allowed)
 * up to date. ids NULL: of all words, which a head with all_words needs. Several calls before one
 * step name the union: accumulation. */
OG_API OG_MUST_CHECK OgStatus og_optimizer_begin(OgOptimizer *optimizer, const uint32_t *ids,
                                                 size_t count, OgError *err);

/* One step with learning rate λ; gradients (og_params_trained) are zero afterwards. *norm (may be
 * NULL) is their global norm before clipping. A norm that is not finite is OG_FAILED, and nothing
 * moves.
 */
OG_API OG_MUST_CHECK OgStatus og_optimizer_step(OgOptimizer *optimizer, float *gradients,
                                                double rate, double *norm, OgError *err);

/* Bring every row up to date. */
OG_API void og_optimizer_finish(OgOptimizer *optimizer);

/* Beside the weights the whole state of a training; the arrays belong to the optimizer. The rows of
 * words wait to be moved as they did, so that a resumed training gives the same bytes. */
enum { OG_PAST_STEP_NUMBERS = 4 };

typedef struct OgOptimizerState {
  uint64_t steps;
  size_t words;    /* 0 when they are frozen */
  float *m, *v;    /* (og_params_trained) */
  uint32_t *moved; /* (words) the step up to which a word's row has moved, at most steps */
  double *past;    /* (steps + 1, OG_PAST_STEP_NUMBERS) what each step was */
} OgOptimizerState;
OG_API OgOptimizerState og_optimizer_state(OgOptimizer *optimizer);

/* Of a new optimizer: continue after so many steps. The caller then fills the weights and the
 * arrays of og_optimizer_state with what was saved. */
OG_API OG_MUST_CHECK OgStatus og_optimizer_resume(OgOptimizer *optimizer, uint64_t steps,
                                                  OgError *err);

#endif
