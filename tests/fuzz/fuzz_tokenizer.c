/* A tokenizer.json and a text, parted at the first zero byte: what is accepted encodes the text,
 * with offsets inside it. Without a zero byte, a small vocabulary of our own encodes everything. */
#include "model/tokenizer.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const words[] = {"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a",
                                    "##a",   "ab",    "##b",   "é",     "中",     "##é"};

static void check(const OgTokenizer *tokenizer, const char *text, size_t size) {
  enum { MOST = 50 };
  OgError err = {0};
  OgTokens tokens = OG_TOKENS_INIT;
  const size_t half = size / 2;
  if (og_tokenizer_encode(tokenizer, text, half, text + half, size - half, MOST, &tokens, &err) !=
      OG_OK) {
    abort();
  }
  if (tokens.count < 3 || tokens.count > MOST) {
    abort();
  }
  for (size_t k = 0; k < tokens.count; k++) {
    const size_t end = tokens.types[k] ? size - half : half;
    if (tokens.ids[k] >= og_tokenizer_vocab_size(tokenizer) || tokens.starts[k] > tokens.ends[k] ||
        tokens.ends[k] > end) {
      abort();
    }
  }
  og_tokens_clear(&tokens);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  OgError err = {0};
  OgTokenizer *tokenizer;
  const char *bytes = (const char *)data;
  const char *zero = size > 0 ? memchr(bytes, 0, size) : NULL;
  const size_t json = zero ? (size_t)(zero - bytes) : 0;
  const OgStatus status =
      zero ? og_tokenizer_parse(bytes, json, "fuzz", &tokenizer, &err)
           : og_tokenizer_new(words, OG_COUNT(words), size % 2, &tokenizer, &err);
  if (status == OG_OK) {
    check(tokenizer, bytes + json, size - json);
    og_tokenizer_free(tokenizer);
  }
  return 0;
}
