/* unigram: a word's most probable pieces under a unigram language model (Kudo 2018), by Viterbi's
 * algorithm. */
#ifndef OG_MODEL_UNIGRAM_H
#define OG_MODEL_UNIGRAM_H

#include "model/pieces.h"
#include "model/trie.h"

/* Immutable; all it points to must outlive it. */
typedef struct OgUnigram {
  const OgTrie *pieces;
  const double *scores; /* logarithms of probabilities, one a piece */
  double unknown_score; /* of a character that no piece begins and ends with */
  uint32_t unknown;
} OgUnigram;

/* scores of count pieces; a character without a piece counts 10 less than the least of them, as
 * SentencePiece has it. */
OG_API OgUnigram og_unigram(const OgTrie *pieces, const double *scores, size_t count,
                            uint32_t unknown);

/* What splitting a word needs; grows and is reused. */
typedef struct OgUnigramScratch {
  struct OgUnigramNode *nodes;
  size_t capacity;
} OgUnigramScratch;

#define OG_UNIGRAM_SCRATCH_INIT                                                                    \
  { NULL, 0 }

OG_API void og_unigram_scratch_clear(OgUnigramScratch *scratch);

/* Append the pieces of a word, which is UTF-8; unknown neighbours are one piece. Its size times the
 * length of the longest piece. */
OG_API OG_MUST_CHECK OgStatus og_unigram_split(const OgUnigram *unigram, const char *word,
                                               size_t size, OgUnigramScratch *scratch,
                                               OgPieces *pieces, OgError *err);

#endif
