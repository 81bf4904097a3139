/* pretokenizer: text to the words that WordPiece splits, as Hugging Face's BertNormalizer and
 * BertPreTokenizer make them: control characters dropped, white space folded, Chinese characters
 * apart, accents stripped and letters lowered (when asked), punctuation apart. The tokenizer and
 * the vocabulary's trainer share it. */
#ifndef OG_MODEL_PRETOKENIZER_H
#define OG_MODEL_PRETOKENIZER_H

#include "model/words.h"

typedef struct OgPretokenizerOptions {
  bool clean_text;    /* drop control characters, take white space for blanks */
  bool split_chinese; /* every CJK ideograph is a word */
  bool strip_accents; /* canonical decomposition without nonspacing marks */
  bool lowercase;
} OgPretokenizerOptions;

/* Append the words of size bytes of text, whose first byte counts as offset base of the original.
 * base + size over 1 GiB is OG_USAGE. Each byte that is not UTF-8 is taken as U+FFFD, which
 * clean_text drops. */
OG_API OG_MUST_CHECK OgStatus og_pretokenize(const OgPretokenizerOptions *options, const char *text,
                                             size_t size, size_t base, OgWords *words,
                                             OgError *err);

/* BERT's normaliser alone: append the text with its blanks, under one word. */
OG_API OG_MUST_CHECK OgStatus og_bert_normalize(const OgPretokenizerOptions *options,
                                                const char *text, size_t size, size_t base,
                                                OgWords *words, OgError *err);

#endif
