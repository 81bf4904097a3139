/* embed_update: one optimiser step on one vector, and the gradient of the N3 penalty. Inner loops
 * of training. */
#ifndef OG_KG_EMBED_UPDATE_H
#define OG_KG_EMBED_UPDATE_H

#include "kg/embed.h"

/* Floats of state that an optimiser keeps for each parameter. */
size_t og_update_state_size(OgOptimiser optimiser);

/* w (D) moves against the gradient g (D). s: the vector's state, zero before its first step. step
 * counts batches from 1; a vector that a batch does not touch stays as it is, state included.
 *   AdaGrad (Duchi et al. 2011)      s += g², w -= rate g / (√s + 1e-10)
 *   Adam (Kingma & Ba 2015)          β 0.9 and 0.999, ε 1e-8; s holds D first moments, then D
 * second ones SGD                              w -= rate g */
void og_update(OgOptimiser optimiser, float *w, float *s, const float *g, size_t D, float rate,
               uint64_t step);

/* g += factor ∂/∂x Σ|x|³ = factor 3 |x| x, where |x| is the modulus of each of D/2 complex numbers,
 * or of each of D reals (Lacroix et al. 2018). */
void og_update_n3(float *g, const float *x, size_t D, bool complex, float factor);

/* sum += x (D). */
void og_update_add(float *sum, const float *x, size_t D);

#endif
