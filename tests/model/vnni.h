/* vnni: VPDPBUSD in C, for a processor that lacks it: force-included before model/int8.c, so that
 * its kernels for AVX-VNNI and AVX-512 VNNI run all but that instruction.
 *
 * Intel's manual, volume 2: to each of the eight 32-bit sums are added the four products of bytes,
 * those of the second operand unsigned, of the third signed; nothing saturates. */
#ifndef OG_TESTS_VNNI_H
#define OG_TESTS_VNNI_H

#include <cpuid.h>
#include <immintrin.h>
#include <stdint.h>
#include <string.h>

static inline __attribute__((always_inline, target("avx2"))) __m256i
multiply_bytes_and_add(__m256i sum, __m256i bytes, __m256i signed_bytes) {
  uint8_t a[32];
  int8_t b[32];
  int32_t of[8];
  memcpy(a, &bytes, sizeof a);
  memcpy(b, &signed_bytes, sizeof b);
  memcpy(of, &sum, sizeof of);
  for (int j = 0; j < 32; j++) {
    of[j / 4] += a[j] * b[j];
  }
  memcpy(&sum, of, sizeof sum);
  return sum;
}

#undef _mm256_dpbusd_epi32
#undef _mm256_dpbusd_avx_epi32
#define _mm256_dpbusd_epi32     multiply_bytes_and_add
#define _mm256_dpbusd_avx_epi32 multiply_bytes_and_add

/* The kernels are compiled for AVX2, and run where that is. */
static inline int has_what_they_are_compiled_for(void) {
  return __builtin_cpu_supports("avx2");
}

#define OG_AVX_VNNI                                  "avx2"
#define OG_AVX512_VNNI                               "avx2"
#define __builtin_cpu_supports(feature)              has_what_they_are_compiled_for()
#define __get_cpuid_count(leaf, subleaf, a, b, c, d) (*(a) = 1U << 4, *(b) = *(c) = *(d) = 0, 1)

#endif
