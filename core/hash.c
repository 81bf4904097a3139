#include "core/hash.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

void og_sha256_init(OgSha256 *sha) {
  sha256_init(&sha->context);
}

void og_sha256_add(OgSha256 *sha, const void *bytes, size_t size) {
  sha256_update(&sha->context, size, bytes);
}

void og_sha256_hex(OgSha256 *sha, char hex[OG_SHA256_HEX_SIZE]) {
  static const char digits[] = "0123456789abcdef";
  uint8_t digest[SHA256_DIGEST_SIZE];
  sha256_digest(&sha->context, sizeof digest, digest);
  for (size_t k = 0; k < sizeof digest; k++) {
    hex[2 * k] = digits[digest[k] >> 4];
    hex[2 * k + 1] = digits[digest[k] & 15];
  }
  hex[2 * sizeof digest] = '\0';
}

uint64_t og_hash(const void *bytes, size_t size) {
  return XXH3_64bits(bytes, size);
}

OgHash128 og_hash128(const void *bytes, size_t size) {
  const XXH128_hash_t hash = XXH3_128bits(bytes, size);
  return (OgHash128){hash.low64, hash.high64};
}
