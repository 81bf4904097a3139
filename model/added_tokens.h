/* added_tokens: words that are found in the text itself, before a tokenizer's model sees it: the
 * special tokens, and what was added to a vocabulary. */
#ifndef OG_MODEL_ADDED_TOKENS_H
#define OG_MODEL_ADDED_TOKENS_H

#include "model/trie.h"

#include <stdbool.h>

typedef struct OgAddedToken {
  uint32_t id;
  bool single_word;    /* only where no word character stands beside it */
  bool lstrip, rstrip; /* with the white space before it, behind it */
  bool normalized;     /* in the normalised text, else in the text as it stands */
  bool special;
} OgAddedToken;

/* Tokens to be found in one kind of text. Immutable once made. */
typedef struct OgAddedTokens {
  OgTrie trie; /* values are places in tokens */
  OgAddedToken *tokens;
  size_t count;
  bool starts[256]; /* bytes that a token begins with */
} OgAddedTokens;

/* words[k] is what token k looks like in the text; empty ones are never found. Nothing is kept but
 * copies. Release with og_added_tokens_clear. */
OG_API OG_MUST_CHECK OgStatus og_added_tokens_init(OgAddedTokens *added, const OgAddedToken *tokens,
                                                   const char *const *words, size_t count,
                                                   OgError *err);
OG_API void og_added_tokens_clear(OgAddedTokens *added);

/* A token in a text: bytes [start, end), stripped white space included. */
typedef struct OgAddedMatch {
  const OgAddedToken *token; /* NULL: none */
  size_t start, end;
} OgAddedMatch;

/* The first token at or behind `from` in a text of size bytes; of several that start at one place,
 * the longest. */
OG_API OgAddedMatch og_added_tokens_find(const OgAddedTokens *added, const char *text, size_t size,
                                         size_t from);

#endif
