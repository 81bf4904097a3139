/* vmath: elementary functions without branches, tables or calls, so that loops over them become
 * vector code.
 *
 * Polynomials and constants: Moshier, Cephes mathematical library (expf, sinf, cosf, tanhf). NaN
 * gives NaN. */
#ifndef OG_CORE_VMATH_H
#define OG_CORE_VMATH_H

#include <stdint.h>
#include <string.h>

/* 1.5 × 2²³: added to a float below 2²² it leaves the nearest whole number in the low bits. */
#define OG_ROUNDER 12582912.0f

static inline uint32_t og_float_bits(float x) {
  uint32_t bits;
  memcpy(&bits, &x, sizeof bits);
  return bits;
}

static inline float og_bits_float(uint32_t bits) {
  float x;
  memcpy(&x, &bits, sizeof x);
  return x;
}

/* A whole number that grows with x, and back. The maximum of whole numbers becomes vector code on
 * every compiler, that of floats only where NaN is ruled out. */
static inline int32_t og_ordinal(float x) {
  const int32_t bits = (int32_t)og_float_bits(x);
  return bits ^ ((bits >> 31) & INT32_MAX);
}

static inline float og_from_ordinal(int32_t number) {
  return og_bits_float((uint32_t)(number ^ ((number >> 31) & INT32_MAX)));
}

/* eˣ to 2 units in the last place for x in [-87, 88]; beyond, the value at that end (never 0, never
 * infinite). */
static inline float og_vexp(float x) {
  x = x < -87.0f ? -87.0f : x;
  x = x > 88.0f ? 88.0f : x;
  const float shifted = x * 1.44269504088896341f + OG_ROUNDER;
  const float n = shifted - OG_ROUNDER;
  const float r = x - n * 0.693359375f + n * 2.12194440e-4f; /* x - n ln 2, |r| ≤ ln 2 / 2 */
  float p = 1.9875691500e-4f;
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * r * r + r + 1.0f;
  return p * og_bits_float((og_float_bits(shifted) << 23) + UINT32_C(0x3f800000)); /* p 2ⁿ */
}

/* ln x to 2e-7 of it (and 1e-7 near x = 1) for positive normal x. */
static inline float og_vlog(float x) {
  /* x = m 2ⁿ, m in [√½, √2) */
  const uint32_t shifted = og_float_bits(x) - UINT32_C(0x3f3504f3) + UINT32_C(0x3f800000);
  const float m =
      og_bits_float(og_float_bits(x) - (shifted & UINT32_C(0xff800000)) + UINT32_C(0x3f800000));
  const float n = (float)(int32_t)(shifted >> 23) - 127.0f;
  const float f = m - 1.0f, z = f * f;
  float p = 7.0376836292e-2f;
  p = p * f - 1.1514610310e-1f;
  p = p * f + 1.1676998740e-1f;
  p = p * f - 1.2420140846e-1f;
  p = p * f + 1.4249322787e-1f;
  p = p * f - 1.6668057665e-1f;
  p = p * f + 2.0000714765e-1f;
  p = p * f - 2.4999993993e-1f;
  p = p * f + 3.3333331174e-1f;
  const float tail = p * f * z + n * -2.12194440e-4f - 0.5f * z;
  return n * 0.693359375f + (f + tail);
}

/* sin x and cos x to 2e-7 for |x| ≤ 8192. */
static inline void og_vsincos(float x, float *sine, float *cosine) {
  const float shifted = x * 0.636619772367581343f + OG_ROUNDER; /* quarter turns */
  const float n = shifted - OG_ROUNDER;
  const uint32_t quadrant = og_float_bits(shifted);
  float r = x - n * 1.5703125f; /* x - n π/2 in three pieces, |r| ≤ π/4 */
  r = r - n * 4.837512969970703125e-4f;
  r = r - n * 7.54978995489188216e-8f;
  const float z = r * r;
  float s = -1.9515295891e-4f;
  s = s * z + 8.3321608736e-3f;
  s = s * z - 1.6666654611e-1f;
  s = s * z * r + r;
  float c = 2.443315711809948e-5f;
  c = c * z - 1.388731625493765e-3f;
  c = c * z + 4.166664568298827e-2f;
  c = c * z * z - 0.5f * z + 1.0f;
  const float sin_part = quadrant & 1 ? c : s, cos_part = quadrant & 1 ? s : c;
  *sine = quadrant & 2 ? -sin_part : sin_part;
  *cosine = (quadrant + 1) & 2 ? -cos_part : cos_part;
}

/* tanh x to 2e-7 relative. */
static inline float og_vtanh(float x) {
  const float z = x * x;
  float p = -5.70498872745e-3f;
  p = p * z + 2.06390887954e-2f;
  p = p * z - 5.37397155531e-2f;
  p = p * z + 1.33314422036e-1f;
  p = p * z - 3.33332819422e-1f;
  const float near = p * z * x + x;
  const float size = x < 0.0f ? -x : x;
  const float far = 1.0f - 2.0f / (og_vexp(2.0f * size) + 1.0f);
  return size < 0.625f ? near : x < 0.0f ? -far : far;
}

/* Φ(x), the normal distribution, to 4e-7 (1 + x²) relative for |x| ≤ 13; *bell is exp(-x²/2).
 * Φ(-a) = bell(a) t P(t), t = 1 / (1 + 0.35 a): P is a minimax fit of degree 8, to 4e-8 relative.
 */
static inline float og_vnormal(float x, float *bell) {
  const float e = og_vexp(-0.5f * x * x);
  const float t = 1.0f / (1.0f + 0.35f * (x < 0.0f ? -x : x));
  float p = -0.02912588f;
  p = p * t + 0.14387229f;
  p = p * t - 0.25550467f;
  p = p * t + 0.15892941f;
  p = p * t - 0.02293722f;
  p = p * t + 0.10543297f;
  p = p * t + 0.11985243f;
  p = p * t + 0.13985908f;
  p = p * t + 0.13962157f;
  const float tail = e * t * p;
  *bell = e;
  return x < 0.0f ? tail : 1.0f - tail;
}

#endif
