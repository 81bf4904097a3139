/* word_cache: the pieces of words that were split already. Text repeats its words, and merging
 * bytes costs some ten times what looking a word up does. Of one thread. */
#ifndef OG_MODEL_WORD_CACHE_H
#define OG_MODEL_WORD_CACHE_H

#include "model/pieces.h"

#include <stddef.h>

enum { OG_CACHED_PIECES = 7 };

/* A word of at most 23 bytes and its pieces: one cache line. */
typedef struct OgCachedWord {
  uint64_t key[3]; /* the word's bytes, then zeros, and its size in the highest byte; 0: empty */
  uint32_t ids[OG_CACHED_PIECES];
  uint8_t ends[OG_CACHED_PIECES];
  uint8_t count;
} OgCachedWord;

/* A direct-mapped table: a word takes the place of another with the same hash. Longer words, and
 * words of more pieces, are too rare to be kept. */
typedef struct OgWordCache {
  OgCachedWord *words; /* NULL before the first word */
} OgWordCache;

/* Release all; the cache is empty and usable again. */
OG_API void og_word_cache_clear(OgWordCache *cache);

/* The entry of a word, borrowed until the next call; NULL when it is not known. */
OG_API const OgCachedWord *og_word_cache_find(const OgWordCache *cache, const char *word,
                                              size_t size);

/* Remember the pieces of a word. */
OG_API OG_MUST_CHECK OgStatus og_word_cache_add(OgWordCache *cache, const char *word, size_t size,
                                                const OgPieces *pieces, OgError *err);

#endif
