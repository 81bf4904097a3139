/* tokens: what must hold of the tokens of any text, with any tokenizer. */
#ifndef TESTS_FUZZ_TOKENS_H
#define TESTS_FUZZ_TOKENS_H

#include "model/tokenizer.h"

#include <stdlib.h>

/* Encode both halves of a text as a pair, and all of it as one; abort when an id is no word's or an
 * offset leads outside. */
static inline void fuzz_tokens(const OgTokenizer *tokenizer, const char *text, size_t size) {
  enum { MOST = 50 };
  OgError err = {0};
  OgTokens tokens = OG_TOKENS_INIT;
  const size_t half = size / 2;
  for (int pair = 0; pair < 2; pair++) {
    const size_t most = pair ? MOST : SIZE_MAX;
    if (og_tokenizer_encode(tokenizer, text, pair ? half : size, pair ? text + half : NULL,
                            size - half, most, &tokens, &err) != OG_OK ||
        tokens.count < og_tokenizer_special_count(tokenizer, pair) || tokens.count > most) {
      abort();
    }
    for (size_t k = 0; k < tokens.count; k++) {
      const size_t end = !pair ? size : tokens.types[k] ? size - half : half;
      if (tokens.ids[k] >= og_tokenizer_vocab_size(tokenizer) ||
          tokens.starts[k] > tokens.ends[k] || tokens.ends[k] > end) {
        abort();
      }
    }
  }
  og_tokens_clear(&tokens);
}

#endif
