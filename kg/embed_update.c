#include "kg/embed_update.h"

#include <math.h>

OG_KERNEL static void adagrad(float *restrict w, float *restrict s, const float *restrict g,
                              size_t D, float rate) {
  for (size_t d = 0; d < D; d++) {
    s[d] += g[d] * g[d];
    w[d] -= rate * g[d] / (sqrtf(s[d]) + 1e-10f);
  }
}

OG_KERNEL static void adam(float *restrict w, float *restrict first, float *restrict second,
                           const float *restrict g, size_t D, float rate, float correction) {
  for (size_t d = 0; d < D; d++) {
    first[d] = 0.9f * first[d] + 0.1f * g[d];
    second[d] = 0.999f * second[d] + 0.001f * g[d] * g[d];
    w[d] -= rate * first[d] / (sqrtf(second[d] * correction) + 1e-8f);
  }
}

OG_KERNEL static void sgd(float *restrict w, const float *restrict g, size_t D, float rate) {
  for (size_t d = 0; d < D; d++) {
    w[d] -= rate * g[d];
  }
}

size_t og_update_state_size(OgOptimiser optimiser) {
  static const size_t sizes[] = {
      [OG_OPTIMISER_ADAGRAD] = 1, [OG_OPTIMISER_ADAM] = 2, [OG_OPTIMISER_SGD] = 0};
  return sizes[optimiser];
}

void og_update(OgOptimiser optimiser, float *w, float *s, const float *g, size_t D, float rate,
               uint64_t step) {
  if (optimiser == OG_OPTIMISER_ADAGRAD) {
    adagrad(w, s, g, D, rate);
  } else if (optimiser == OG_OPTIMISER_ADAM) {
    const double first = 1 - pow(0.9, (double)step), second = 1 - pow(0.999, (double)step);
    adam(w, s, s + D, g, D, (float)((double)rate / first), (float)(1 / second));
  } else {
    sgd(w, g, D, rate);
  }
}

OG_KERNEL static void n3_real(float *restrict g, const float *restrict x, size_t D, float factor) {
  for (size_t d = 0; d < D; d++) {
    g[d] += 3 * factor * fabsf(x[d]) * x[d];
  }
}

OG_KERNEL static void n3_complex(float *restrict g, const float *restrict x, size_t D,
                                 float factor) {
  const size_t C = D / 2;
  for (size_t c = 0; c < C; c++) {
    const float scale = 3 * factor * sqrtf(x[c] * x[c] + x[C + c] * x[C + c]);
    g[c] += scale * x[c];
    g[C + c] += scale * x[C + c];
  }
}

void og_update_n3(float *g, const float *x, size_t D, bool complex, float factor) {
  (complex ? n3_complex : n3_real)(g, x, D, factor);
}

OG_KERNEL void og_update_add(float *restrict sum, const float *restrict x, size_t D) {
  for (size_t d = 0; d < D; d++) {
    sum[d] += x[d];
  }
}
