/* A class of tokenizers (a byte), the size of a text (a byte), the text, and a SentencePiece model.
 */
#include "model/tokenizer_parts.h"
#include "tests/fuzz/tokens.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const OgTokenizerFile files[] = {OG_FILE_ALBERT, OG_FILE_DEBERTA, OG_FILE_XLM_ROBERTA};
  static const OgTokenizerSettings none = OG_TOKENIZER_SETTINGS_INIT;
  OgError err = {0};
  OgTokenizer *tokenizer;
  OgBuffer model = OG_BUFFER_INIT;
  if (size < 2 || size - 2 < data[1]) {
    return 0;
  }
  const char *text = (const char *)data + 2;
  if (og_buffer_append(&model, text + data[1], size - 2 - data[1], &err) != OG_OK) {
    abort();
  }
  if (og_tokenizer_from_sentencepiece(&model, "spiece.model", files[data[0] % 3], &none, &tokenizer,
                                      &err) == OG_OK) {
    fuzz_tokens(tokenizer, text, data[1]);
    og_tokenizer_free(tokenizer);
  } else if (err.status != OG_BAD_STORE) {
    abort();
  }
  og_buffer_clear(&model);
  return 0;
}
