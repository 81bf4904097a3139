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
  bool clean_text;    /* drop control characters, fold white space to blanks */
  bool split_chinese; /* every CJK ideograph is a word */
  bool strip_accents; /* NFD without nonspacing marks */
  bool lowercase;
} OgPretokenizerOptions;

/* One word. Both arrays live until the next call on the same OgWords. */
typedef struct OgWord {
  uint32_t start, size; /* bytes [start, start + size) of OgWords.text */
} OgWord;

/* The words of a text: normalised UTF-8, and for each of its bytes the place in the original that
 * it came from. */
typedef struct OgWords {
  char *text;       /* normalised bytes of all words */
  uint32_t *starts; /* for each byte of text: where its original character starts, in bytes */
  uint32_t *ends;   /* … and ends */
  size_t size, text_capacity;
  OgWord *words;
  size_t count, word_capacity;
} OgWords;

#define OG_WORDS_INIT                                                                              \
  { NULL, NULL, NULL, 0, 0, NULL, 0, 0 }

/* Append the words of size bytes of text, whose offsets are counted from base. Text is under 4 GiB.
 * A byte that is not UTF-8 is taken as U+FFFD, which is dropped under clean_text. */
OG_API OG_MUST_CHECK OgStatus og_pretokenize(const OgPretokenizerOptions *options, const char *text,
                                             size_t size, size_t base, OgWords *words,
                                             OgError *err);
OG_API void og_words_reset(OgWords *words);
OG_API void og_words_clear(OgWords *words);

#endif
