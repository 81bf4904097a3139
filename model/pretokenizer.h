/* pretokenizer: text to the words that WordPiece splits, as Hugging Face's BertNormalizer and
 * BertPreTokenizer make them: control characters dropped, white space folded, Chinese characters
 * apart, accents stripped and letters lowered (when asked), punctuation apart. The tokenizer and
 * the vocabulary's trainer share it. */
#ifndef OG_MODEL_PRETOKENIZER_H
#define OG_MODEL_PRETOKENIZER_H

#include "core/error.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct OgPretokenizerOptions {
  bool clean_text;    /* drop control characters, take white space for blanks */
  bool split_chinese; /* every CJK ideograph is a word */
  bool strip_accents; /* canonical decomposition without nonspacing marks */
  bool lowercase;
} OgPretokenizerOptions;

/* The words of a text: normalised UTF-8 end to end, and for each of its bytes where the character
 * that it came from starts and ends in the original, in bytes. Word k is [ word_ends[k-1],
 * word_ends[k] ) of text, from 0 for the first. */
typedef struct OgWords {
  char *text;
  uint32_t *starts, *ends;
  size_t size, capacity;
  uint32_t *word_ends;
  size_t count, word_capacity;
} OgWords;

#define OG_WORDS_INIT                                                                              \
  { NULL, NULL, NULL, 0, 0, NULL, 0, 0 }

/* Append the words of size bytes of text, whose first byte counts as offset base of the original.
 * base + size over 1 GiB is OG_USAGE. Each byte that is not UTF-8 is taken as U+FFFD, which
 * clean_text drops. */
OG_API OG_MUST_CHECK OgStatus og_pretokenize(const OgPretokenizerOptions *options, const char *text,
                                             size_t size, size_t base, OgWords *words,
                                             OgError *err);

/* Forget the words, keep the room. */
OG_API void og_words_reset(OgWords *words);

/* Release the room; words is empty and usable again. */
OG_API void og_words_clear(OgWords *words);

/* Where word k starts in words->text. */
static inline uint32_t og_word_start(const OgWords *words, size_t k) {
  return k == 0 ? 0 : words->word_ends[k - 1];
}

#endif
