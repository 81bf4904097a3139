/* hash: SHA-256 for provenance (files, graphs, models), XXH3 for tables in memory. */
#ifndef OG_CORE_HASH_H
#define OG_CORE_HASH_H

#include "core/api.h"

#include <nettle/sha2.h>
#include <stddef.h>
#include <stdint.h>

enum { OG_SHA256_HEX_SIZE = 65 };

typedef struct OgSha256 {
  struct sha256_ctx context;
} OgSha256;

OG_API void og_sha256_init(OgSha256 *sha);
OG_API void og_sha256_add(OgSha256 *sha, const void *bytes, size_t size);

/* 64 lowercase hexadecimal digits and a terminator; sha starts anew. */
OG_API void og_sha256_hex(OgSha256 *sha, char hex[OG_SHA256_HEX_SIZE]);

/* XXH3 64 bits. Stable across runs and machines: it may be stored. */
OG_API uint64_t og_hash(const void *bytes, size_t size);

/* XXH3 128 bits, as stable. */
typedef struct OgHash128 {
  uint64_t low, high;
} OgHash128;

OG_API OgHash128 og_hash128(const void *bytes, size_t size);

#endif
