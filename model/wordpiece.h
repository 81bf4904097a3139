/* wordpiece: a word's bytes to tokens, the longest piece that fits again and again (Wu et al. 2016,
 * as BERT has it). */
#ifndef OG_MODEL_WORDPIECE_H
#define OG_MODEL_WORDPIECE_H

#include "model/pieces.h"
#include "model/trie.h"

/* Immutable; the trie must outlive it. */
typedef struct OgWordpiece {
  const OgTrie *pieces;
  uint32_t inside; /* the node of "##": where pieces go on inside a word; 0 when none begins so */
  uint32_t unknown;
  size_t longest; /* in characters; a longer word is unknown */
} OgWordpiece;

OG_API OgWordpiece og_wordpiece(const OgTrie *pieces, uint32_t unknown, size_t longest);

/* Append the pieces of a word: all of it, or one unknown token. */
OG_API OG_MUST_CHECK OgStatus og_wordpiece_split(const OgWordpiece *wordpiece, const char *word,
                                                 size_t size, OgPieces *pieces, OgError *err);

#endif
