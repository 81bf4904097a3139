/* word_cache: the pieces of words that were split already. Text repeats its words, and merging
 * bytes costs some ten times what looking a word up does. Of one thread. */
#ifndef OG_MODEL_WORD_CACHE_H
#define OG_MODEL_WORD_CACHE_H

#include "model/pieces.h"

#include <stdbool.h>
#include <stddef.h>

/* A direct-mapped table: a word takes the slot of another with the same hash. Words and pieces are
 * gathered end to end; when they have grown too large, all is forgotten. */
typedef struct OgWordCache {
  struct OgWordCacheSlot *slots; /* NULL before the first word */
  char *text;
  size_t text_size, text_capacity;
  OgPieces pieces;
} OgWordCache;

#define OG_WORD_CACHE_INIT                                                                         \
  { NULL, NULL, 0, 0, OG_PIECES_INIT }

/* Release all; the cache is empty and usable again. */
OG_API void og_word_cache_clear(OgWordCache *cache);

/* The pieces of a word, of which ids and ends are borrowed until the next call; false when it is
 * not known. */
OG_API bool og_word_cache_find(const OgWordCache *cache, const char *word, size_t size,
                               OgPieces *found);

/* Remember the pieces of a word; long words are not worth it. */
OG_API OG_MUST_CHECK OgStatus og_word_cache_add(OgWordCache *cache, const char *word, size_t size,
                                                const OgPieces *pieces, OgError *err);

#endif
