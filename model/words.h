/* words: a text on its way to tokens: normalised UTF-8, where each byte of it came from, and where
 * its words end. Normalisers rewrite it, pre-tokenisers split it. */
#ifndef OG_MODEL_WORDS_H
#define OG_MODEL_WORDS_H

#include "core/error.h"

#include <stdbool.h>
#include <stdint.h>

/* Word k is [word_ends[k-1], word_ends[k]) of text, from 0 for the first; what stands behind the
 * last word's end is a word under construction. Byte k's character came from the bytes
 * [starts[k], ends[k]) of the original. Arrays grow and are reused. */
typedef struct OgWords {
  char *text;
  uint32_t *starts, *ends;
  size_t size, capacity;
  uint32_t *word_ends;
  size_t count, word_capacity;
} OgWords;

#define OG_WORDS_INIT                                                                              \
  { NULL, NULL, NULL, 0, 0, NULL, 0, 0 }

/* Original texts are at most 1 GiB. */
enum { OG_TEXT_LIMIT = 1 << 30 };

/* Forget the words, keep the room. */
OG_API void og_words_reset(OgWords *words);

/* Release the room; words is empty and usable again. */
OG_API void og_words_clear(OgWords *words);

/* Make room for extra more bytes of text. Over 4 GiB in all are OG_USAGE. */
OG_API OG_MUST_CHECK OgStatus og_words_reserve(OgWords *words, size_t extra, OgError *err);

/* Append one character that came from [start, end) of the original. */
OG_API OG_MUST_CHECK OgStatus og_words_put(OgWords *words, int32_t c, uint32_t start, uint32_t end,
                                           OgError *err);

/* Append bytes [begin, end) of other words, with where they came from. */
OG_API OG_MUST_CHECK OgStatus og_words_copy(OgWords *words, const OgWords *from, size_t begin,
                                            size_t end, OgError *err);

/* End the word that text's last bytes belong to, if there is one. */
OG_API OG_MUST_CHECK OgStatus og_words_end(OgWords *words, OgError *err);

/* Append size bytes of an original text as they are, and end a word; the first byte counts as
 * offset base. Each byte that is not UTF-8 is taken as U+FFFD. base + size over the limit is
 * OG_USAGE. */
OG_API OG_MUST_CHECK OgStatus og_words_add(OgWords *words, const char *text, size_t size,
                                           size_t base, OgError *err);

/* OG_USAGE when a text of base + size bytes is over the limit. */
OG_API OG_MUST_CHECK OgStatus og_text_size_check(size_t base, size_t size, OgError *err);

/* Where word k starts in words->text. */
static inline uint32_t og_word_start(const OgWords *words, size_t k) {
  return k == 0 ? 0 : words->word_ends[k - 1];
}

#endif
