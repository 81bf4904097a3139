#include "core/random.h"

#include <math.h>

__extension__ typedef unsigned __int128 Wide;

static const double two_pi = 6.283185307179586476925;

void og_random_init(OgRandom *random, uint64_t seed) {
  for (uint64_t k = 0; k < 4; k++) {
    random->state[k] = og_random_at(seed, k);
  }
}

static uint64_t rotate_left(uint64_t x, int bits) {
  return (x << bits) | (x >> (64 - bits));
}

uint64_t og_random_next(OgRandom *random) {
  uint64_t *s = random->state;
  const uint64_t result = rotate_left(s[0] + s[3], 23) + s[0];
  const uint64_t t = s[1] << 17;
  s[2] ^= s[0];
  s[3] ^= s[1];
  s[1] ^= s[2];
  s[0] ^= s[3];
  s[2] ^= t;
  s[3] = rotate_left(s[3], 45);
  return result;
}

uint64_t og_random_below(OgRandom *random, uint64_t bound) {
  Wide product = (Wide)og_random_next(random) * bound;
  if ((uint64_t)product < bound) {
    const uint64_t threshold = -bound % bound;
    while ((uint64_t)product < threshold) {
      product = (Wide)og_random_next(random) * bound;
    }
  }
  return (uint64_t)(product >> 64);
}

double og_random_uniform(OgRandom *random) {
  return (double)(og_random_next(random) >> 11) * 0x1p-53;
}

double og_random_normal(OgRandom *random) {
  const double radius = sqrt(-2.0 * log(1.0 - og_random_uniform(random)));
  return radius * cos(two_pi * og_random_uniform(random));
}

void og_random_shuffle(OgRandom *random, uint32_t *values, size_t count) {
  for (size_t k = count; k > 1; k--) {
    const size_t other = (size_t)og_random_below(random, k);
    const uint32_t swapped = values[k - 1];
    values[k - 1] = values[other];
    values[other] = swapped;
  }
}

uint64_t og_random_place(uint64_t seed, uint64_t count, uint64_t k) {
  enum { ROUNDS = 4 };
  unsigned bits = 1; /* of each half */
  while (bits < 32 && (count - 1) >> 2 * bits > 0) {
    bits++;
  }
  const uint64_t mask = (UINT64_C(1) << bits) - 1;
  do {
    uint64_t left = k >> bits, right = k & mask;
    for (uint64_t round = 0; round < ROUNDS; round++) {
      const uint64_t mixed = left ^ (og_random_at(seed, round << 32 | right) & mask);
      left = right;
      right = mixed;
    }
    k = left << bits | right;
  } while (k >= count);
  return k;
}
