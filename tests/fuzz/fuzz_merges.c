/* A merges.txt and a text, parted at the first zero byte, with a small vocab.json. */
#include "core/json.h"
#include "model/tokenizer_parts.h"
#include "tests/fuzz/tokens.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char vocab[] =
    "{\"<s>\":0,\"<pad>\":1,\"</"
    "s>\":2,\"<unk>\":3,\"<mask>\":4,\"a\":5,\"b\":6,\"c\":7,\"\xc4\xa0\":8,"
    "\"ab\":9,\"abc\":10,\"\xc4\xa0"
    "a\":11,\"\xc4\xa0"
    "ab\":12,\"aa\":13,\"aaaa\":14,\"bc\":15,"
    "\"\xc3\x83\":16,\"\xc2\xa9\":17,\"\xc3\x83\xc2\xa9\":18,\"\xc4\x8a\":19,\"ca\":20}";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const OgTokenizerSettings none = OG_TOKENIZER_SETTINGS_INIT;
  OgError err = {0};
  OgTokenizer *tokenizer;
  OgBuffer words = OG_BUFFER_INIT, merges = OG_BUFFER_INIT;
  const char *bytes = (const char *)data;
  const char *zero = size > 0 ? memchr(bytes, 0, size) : NULL;
  const size_t lines = zero ? (size_t)(zero - bytes) : size;
  if (og_buffer_append(&words, vocab, sizeof vocab - 1, &err) != OG_OK ||
      og_buffer_append(&merges, bytes, lines, &err) != OG_OK) {
    abort();
  }
  if (og_tokenizer_from_merges(&words, "vocab.json", &merges, "merges.txt", &none, &tokenizer,
                               &err) == OG_OK) {
    fuzz_tokens(tokenizer, bytes + lines, size - lines);
    og_tokenizer_free(tokenizer);
  } else if (err.status != OG_BAD_STORE) {
    abort();
  }
  og_buffer_clear(&words);
  og_buffer_clear(&merges);
  return 0;
}
