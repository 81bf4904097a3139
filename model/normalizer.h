/* normalizer: a text rewritten before it is split, step by step, as Hugging Face's normalizers do
 * it. Each byte of the result keeps where in the original it came from. */
#ifndef OG_MODEL_NORMALIZER_H
#define OG_MODEL_NORMALIZER_H

#include "model/charsmap.h"
#include "model/pretokenizer.h"
#include "model/words.h"

typedef enum OgNormalization {
  OG_NORMALIZE_BERT,
  OG_NORMALIZE_NFC,
  OG_NORMALIZE_NFD,
  OG_NORMALIZE_NFKC,
  OG_NORMALIZE_NFKD,
  OG_NORMALIZE_LOWERCASE,     /* character by character: no final sigma */
  OG_NORMALIZE_STRIP_ACCENTS, /* drop all marks */
  OG_NORMALIZE_STRIP,         /* drop white space at the ends */
  OG_NORMALIZE_REPLACE,       /* pattern, as it stands, by content */
  OG_NORMALIZE_REPLACE_RUNS,  /* two blanks or more by content */
  OG_NORMALIZE_PREPEND,       /* content, before a text that is not empty */
  OG_NORMALIZE_CHARSMAP       /* SentencePiece's map of characters */
} OgNormalization;

typedef struct OgNormalizerStep {
  OgNormalization kind;
  OgPretokenizerOptions bert; /* BERT */
  bool left, right;           /* STRIP */
  const char *pattern;        /* REPLACE; not empty */
  const char *content;        /* REPLACE, REPLACE_RUNS, PREPEND */
  OgCharsmap charsmap;        /* CHARSMAP */
} OgNormalizerStep;

/* Take words->text, all of it, through the steps; the result is one word, or none when nothing is
 * left. other is scratch; its room may be swapped with that of words. */
OG_API OG_MUST_CHECK OgStatus og_normalize(const OgNormalizerStep *steps, size_t count,
                                           OgWords *words, OgWords *other, OgError *err);

#endif
