#include "model/word_cache.h"

#include "core/memory.h"

#include <string.h>

enum {
  SLOTS = 1 << 15,
  LONGEST_WORD = 64,     /* bytes */
  TEXT_LIMIT = 1 << 22,  /* bytes */
  PIECE_LIMIT = 1 << 20, /* in all */
  FIRST_TEXT = 1 << 12
};

typedef struct OgWordCacheSlot {
  uint64_t hash; /* 0: empty */
  uint32_t text, size;
  uint32_t piece, count;
} OgWordCacheSlot;

/* Eight bytes at a time, each mixed by a multiplication. */
static uint64_t hash_word(const char *word, size_t size) {
  uint64_t hash = size * 0x9e3779b97f4a7c15U;
  for (size_t k = 0; k < size; k += 8) {
    uint64_t part = 0;
    memcpy(&part, word + k, size - k < 8 ? size - k : 8);
    hash = (hash ^ part) * 0xff51afd7ed558ccdU;
    hash ^= hash >> 32;
  }
  return hash | 1;
}

static size_t slot_of(uint64_t hash) {
  return (size_t)(hash >> 32) % SLOTS;
}

void og_word_cache_clear(OgWordCache *cache) {
  og_free(cache->slots);
  og_free(cache->text);
  og_pieces_clear(&cache->pieces);
  *cache = (OgWordCache)OG_WORD_CACHE_INIT;
}

bool og_word_cache_find(const OgWordCache *cache, const char *word, size_t size, OgPieces *found) {
  if (!cache->slots || size > LONGEST_WORD) {
    return false;
  }
  const uint64_t hash = hash_word(word, size);
  const OgWordCacheSlot *slot = &cache->slots[slot_of(hash)];
  if (slot->hash != hash || slot->size != size ||
      memcmp(cache->text + slot->text, word, size) != 0) {
    return false;
  }
  *found = (OgPieces){.ids = cache->pieces.ids + slot->piece,
                      .ends = cache->pieces.ends + slot->piece,
                      .count = slot->count};
  return true;
}

static OgStatus reserve(OgWordCache *cache, size_t size, size_t pieces, OgError *err) {
  if (!cache->slots) {
    cache->slots = OG_NEW_ARRAY(OgWordCacheSlot, SLOTS);
    if (!cache->slots) {
      return og_error_no_memory(err);
    }
  }
  if (cache->text_size + size > TEXT_LIMIT || cache->pieces.count + pieces > PIECE_LIMIT) {
    memset(cache->slots, 0, SLOTS * sizeof *cache->slots);
    cache->text_size = 0;
    cache->pieces.count = 0;
  }
  if (cache->text_size + size > cache->text_capacity) {
    const size_t capacity = 2 * (cache->text_capacity + FIRST_TEXT);
    char *grown = og_realloc(cache->text, capacity, 1);
    if (!grown) {
      return og_error_no_memory(err);
    }
    cache->text = grown;
    cache->text_capacity = capacity;
  }
  return og_pieces_reserve(&cache->pieces, pieces, err);
}

OgStatus og_word_cache_add(OgWordCache *cache, const char *word, size_t size,
                           const OgPieces *pieces, OgError *err) {
  if (size > LONGEST_WORD) {
    return OG_OK;
  }
  OG_TRY(reserve(cache, size, pieces->count, err));
  const uint64_t hash = hash_word(word, size);
  cache->slots[slot_of(hash)] =
      (OgWordCacheSlot){hash, (uint32_t)cache->text_size, (uint32_t)size,
                        (uint32_t)cache->pieces.count, (uint32_t)pieces->count};
  memcpy(cache->text + cache->text_size, word, size);
  cache->text_size += size;
  for (size_t k = 0; k < pieces->count; k++) {
    og_pieces_push(&cache->pieces, pieces->ids[k], pieces->ends[k]);
  }
  return OG_OK;
}
