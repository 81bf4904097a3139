/* splits: pre-tokenisers other than BERT's: steps that part a text into words, as Hugging Face's
 * pre_tokenizers do it. */
#ifndef OG_MODEL_SPLITS_H
#define OG_MODEL_SPLITS_H

#include "model/words.h"

typedef enum OgSplitKind {
  OG_SPLIT_BERT,        /* at white space, which goes, and around each punctuation character */
  OG_SPLIT_BYTE_LEVEL,  /* as GPT-2 does it, white space kept */
  OG_SPLIT_METASPACE,   /* before blanks, which become U+2581 */
  OG_SPLIT_WHITE_SPACE, /* at white space, which goes */
  OG_SPLIT_PUNCTUATION  /* around each punctuation character */
} OgSplitKind;

/* Which words of METASPACE get a U+2581, and of BYTE_LEVEL a blank, when none begins them. */
typedef enum OgPrefix {
  OG_PREFIX_NEVER,
  OG_PREFIX_FIRST, /* METASPACE: the first of the text */
  OG_PREFIX_ALWAYS
} OgPrefix;

typedef struct OgSplitStep {
  OgSplitKind kind;
  OgPrefix prefix; /* BYTE_LEVEL, METASPACE */
  bool whole;      /* BYTE_LEVEL, METASPACE: add the prefix, but do not split */
} OgSplitStep;

/* Split every word of words by each step in turn. first: the words begin the original text. other
 * is scratch; its room may be swapped with that of words. */
OG_API OG_MUST_CHECK OgStatus og_split(const OgSplitStep *steps, size_t count, bool first,
                                       OgWords *words, OgWords *other, OgError *err);

/* The size of the first word of size > 0 bytes of UTF-8 by GPT-2's regular expression
 *
 *   's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
 *
 * (Radford et al. 2019; encoder.py of openai/gpt-2). */
OG_API size_t og_byte_level_word(const char *text, size_t size);

/* The character that stands for a byte in byte-level vocabularies: printable Latin-1 for itself,
 * the others from U+0100 on. */
OG_API int32_t og_byte_character(unsigned char byte);

#endif
