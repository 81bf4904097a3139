/* A tokenizer.json and a text, parted at the first zero byte: what is accepted encodes the text,
 * with offsets inside it. Without a zero byte, what begins as JSON does is both; the rest a small
 * vocabulary of our own encodes. */
#include "tests/fuzz/tokens.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const words[] = {"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a",
                                    "##a",   "ab",    "##b",   "é",     "中",     "##é"};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  OgError err = {0};
  OgTokenizer *tokenizer;
  const char *bytes = (const char *)data;
  const char *zero = size > 0 ? memchr(bytes, 0, size) : NULL;
  const bool whole = !zero && size > 0 && bytes[0] == '{';
  const size_t json = zero ? (size_t)(zero - bytes) : whole ? size : 0;
  const size_t text = whole ? 0 : json;
  const OgStatus status =
      json ? og_tokenizer_parse(bytes, json, "fuzz", &tokenizer, &err)
           : og_tokenizer_new(words, OG_COUNT(words), size % 2, &tokenizer, &err);
  if (status == OG_OK) {
    fuzz_tokens(tokenizer, bytes + text, size - text);
    og_tokenizer_free(tokenizer);
  }
  return 0;
}
