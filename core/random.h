/* random: seeded, portable random numbers. The same seed gives the same numbers on every machine.
 *
 * OgRandom is xoshiro256++ (Blackman & Vigna 2021) seeded by splitmix64. og_random_at is a
 * stateless hash of (seed, position): masks drawn with it do not depend on how work is divided
 * among threads. */
#ifndef OG_CORE_RANDOM_H
#define OG_CORE_RANDOM_H

#include "core/api.h"

#include <stddef.h>
#include <stdint.h>

typedef struct OgRandom {
  uint64_t state[4];
} OgRandom;

OG_API void og_random_init(OgRandom *random, uint64_t seed);
OG_API uint64_t og_random_next(OgRandom *random);

/* Uniform in [0, bound); bound > 0. Unbiased (Lemire 2019). */
OG_API uint64_t og_random_below(OgRandom *random, uint64_t bound);

/* Uniform in [0, 1) with 53 bits. */
OG_API double og_random_uniform(OgRandom *random);

/* Normal with mean 0 and variance 1 (Box-Muller, one of the pair). */
OG_API double og_random_normal(OgRandom *random);

/* Fisher-Yates. */
OG_API void og_random_shuffle(OgRandom *random, uint32_t *values, size_t count);

/* Where position k of `count` goes in a permutation that the seed decides: a bijection of [0,
 * count) that takes no memory; k < count. A Feistel network over the next power of four, walked
 * until it falls below count (Black & Rogaway 2002). */
OG_API uint64_t og_random_place(uint64_t seed, uint64_t count, uint64_t k);

/* 64 random bits for a position under a seed; no state. */
static inline uint64_t og_random_at(uint64_t seed, uint64_t position) {
  uint64_t z = seed + (position + 1) * UINT64_C(0x9e3779b97f4a7c15);
  z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
  z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
  return z ^ (z >> 31);
}

#endif
