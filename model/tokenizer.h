/* tokenizer: text to WordPiece tokens with offsets, as Hugging Face's BertTokenizerFast makes them. Immutable once made:
 * any number of threads may use one. */
#ifndef OG_MODEL_TOKENIZER_H
#define OG_MODEL_TOKENIZER_H

#include "core/error.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct OgTokenizer OgTokenizer;

/* Tokens of one text or pair, [CLS] a [SEP] (b [SEP]); arrays grow and are reused. */
typedef struct OgTokens {
  uint32_t *ids;
  uint32_t *types;  /* 0 for the first text, 1 for the second */
  uint32_t *starts; /* byte offsets into the token's own text, [start, end); 0, 0 for special tokens */
  uint32_t *ends;
  size_t count, capacity;
} OgTokens;

#define OG_TOKENS_INIT {NULL, NULL, NULL, NULL, 0, 0}

/* From a directory: tokenizer.json, else vocab.txt with tokenizer_config.json (do_lower_case, default true). */
OG_API OG_MUST_CHECK OgStatus og_tokenizer_load(const char *directory, OgTokenizer **tokenizer,
                                                OgError *err);

/* From vocabulary words in order of id; they are copied. strip_accents follows lowercase. */
OG_API OG_MUST_CHECK OgStatus og_tokenizer_new(const char *const *words, size_t count,
                                               bool lowercase, OgTokenizer **tokenizer,
                                               OgError *err);
OG_API void og_tokenizer_free(OgTokenizer *tokenizer);

/* Write vocab.txt, tokenizer.json, tokenizer_config.json and special_tokens_map.json into directory. */
OG_API OG_MUST_CHECK OgStatus og_tokenizer_save(const OgTokenizer *tokenizer, const char *directory,
                                                OgError *err);

/* Tokenise text (and pair, when not NULL), truncated to max_tokens in all, longest first, at the right. */
OG_API OG_MUST_CHECK OgStatus og_tokenizer_encode(const OgTokenizer *tokenizer, const char *text,
                                                  size_t size, const char *pair, size_t pair_size,
                                                  size_t max_tokens, OgTokens *tokens, OgError *err);
OG_API void og_tokens_clear(OgTokens *tokens);

OG_API size_t og_tokenizer_vocab_size(const OgTokenizer *tokenizer);
OG_API const char *og_tokenizer_word(const OgTokenizer *tokenizer, uint32_t id);

/* Ids of the special tokens. */
typedef struct OgSpecialTokens {
  uint32_t pad, unknown, cls, sep, mask;
} OgSpecialTokens;
OG_API OgSpecialTokens og_tokenizer_special(const OgTokenizer *tokenizer);

#endif
