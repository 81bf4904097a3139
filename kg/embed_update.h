/* embed_update: one optimiser step on one vector, and the gradient of the N3 penalty. Inner loops
 * of training. */
#ifndef OG_KG_EMBED_UPDATE_H
#define OG_KG_EMBED_UPDATE_H

#include "core/api.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* AdaGrad (Duchi et al. 2011): s += g², w -= rate g / (√s + 1e-10). w, s, g (D). */
void og_update_adagrad(float *w, float *s, const float *g, size_t D, float rate);

/* Adam (Kingma & Ba 2015) with β 0.9 and 0.999, on the rows of a batch only; step counts batches
 * from 1. s holds D first moments, then D second ones. */
void og_update_adam(float *w, float *s, const float *g, size_t D, float rate, uint64_t step);

/* g += factor ∂/∂x Σ|x|³ = factor 3 |x| x, where |x| is the modulus of each of D/2 complex numbers,
 * or of each of D reals (Lacroix et al. 2018). */
void og_update_n3(float *g, const float *x, size_t D, bool complex, float factor);

/* sum += x (D). */
void og_update_add(float *sum, const float *x, size_t D);

#endif
