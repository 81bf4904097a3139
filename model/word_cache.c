#include "model/word_cache.h"

#include "core/memory.h"

#include <stdbool.h>
#include <string.h>

enum { WORDS = 1 << 14, LONGEST_WORD = 23 /* bytes */ };

_Static_assert(sizeof(OgCachedWord) == 64, "a cached word is one cache line");

/* A word as a key; false when it is too long. */
static bool make_key(const char *word, size_t size, uint64_t key[3]) {
  if (size == 0 || size > LONGEST_WORD) {
    return false;
  }
  key[0] = key[1] = 0;
  key[2] = (uint64_t)size << 56;
  const size_t whole = size / 8;
  for (size_t k = 0; k < whole; k++) {
    memcpy(&key[k], word + 8 * k, 8);
  }
  for (size_t k = 8 * whole; k < size; k++) {
    key[whole] |= (uint64_t)(unsigned char)word[k] << (8 * (k % 8));
  }
  return true;
}

/* Each part mixed by a multiplication. */
static size_t place_of(const uint64_t key[3]) {
  uint64_t hash = key[0] * 0x9e3779b97f4a7c15U;
  hash = (hash ^ hash >> 32 ^ key[1]) * 0xff51afd7ed558ccdU;
  hash = (hash ^ hash >> 32 ^ key[2]) * 0x9e3779b97f4a7c15U;
  return (size_t)(hash >> 40) % WORDS;
}

void og_word_cache_clear(OgWordCache *cache) {
  og_free(cache->words);
  cache->words = NULL;
}

const OgCachedWord *og_word_cache_find(const OgWordCache *cache, const char *word, size_t size) {
  uint64_t key[3];
  if (!cache->words || !make_key(word, size, key)) {
    return NULL;
  }
  const OgCachedWord *found = &cache->words[place_of(key)];
  return found->key[0] == key[0] && found->key[1] == key[1] && found->key[2] == key[2] ? found
                                                                                       : NULL;
}

OgStatus og_word_cache_add(OgWordCache *cache, const char *word, size_t size,
                           const OgPieces *pieces, OgError *err) {
  uint64_t key[3];
  if (pieces->count > OG_CACHED_PIECES || !make_key(word, size, key)) {
    return OG_OK;
  }
  if (!cache->words) {
    cache->words = OG_NEW_ARRAY(OgCachedWord, WORDS);
    if (!cache->words) {
      return og_error_no_memory(err);
    }
  }
  OgCachedWord *cached = &cache->words[place_of(key)];
  memcpy(cached->key, key, sizeof key);
  cached->count = (uint8_t)pieces->count;
  for (size_t k = 0; k < pieces->count; k++) {
    cached->ids[k] = pieces->ids[k];
    cached->ends[k] = (uint8_t)pieces->ends[k];
  }
  return OG_OK;
}
