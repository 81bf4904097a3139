/* tokenizer: text to tokens with offsets, as Hugging Face's fast tokenizers make them: WordPiece,
 * byte-level BPE and Unigram. Immutable once made: any number of threads may use one.
 *
 *   text -> added tokens are cut out -> normaliser -> pre-tokeniser -> model, word by word
 *        -> special tokens around them
 */
#ifndef OG_MODEL_TOKENIZER_H
#define OG_MODEL_TOKENIZER_H

#include "model/added_tokens.h"
#include "model/bpe.h"
#include "model/normalizer.h"
#include "model/pretokenizer.h"
#include "model/splits.h"

typedef struct OgTokenizer OgTokenizer;

/* Tokens of one text or pair, [CLS] a [SEP] (b [SEP]); arrays grow and are reused. */
typedef struct OgTokens {
  uint32_t *ids;
  uint32_t *types; /* 0 up to the first separator, 1 behind it: which of the texts */
  uint32_t
      *starts; /* byte offsets into the token's own text, [start, end); 0, 0 for special tokens */
  uint32_t *ends;
  size_t count, capacity;
  struct OgTokenScratch *scratch;
} OgTokens;

#define OG_TOKENS_INIT                                                                             \
  { NULL, NULL, NULL, NULL, 0, 0, NULL }

/* How a word becomes tokens. */
typedef enum OgTokenModel { OG_WORDPIECE, OG_BPE, OG_UNIGRAM, OG_TOKEN_MODELS } OgTokenModel;

/* "WordPiece", "BPE", "Unigram". */
extern OG_API const char *const og_token_model_names[OG_TOKEN_MODELS];

/* The special tokens, in the order of a vocabulary of our own making. */
typedef enum OgSpecialToken {
  OG_TOKEN_PAD,
  OG_TOKEN_UNKNOWN,
  OG_TOKEN_CLS,
  OG_TOKEN_SEP,
  OG_TOKEN_MASK,
  OG_SPECIAL_TOKENS
} OgSpecialToken;

/* "[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]". */
extern OG_API const char *const og_special_token_names[OG_SPECIAL_TOKENS];

/* How special tokens hold a pair together: BERT has [CLS] a [SEP] b [SEP], and b's token type is 1;
 * RoBERTa has <s> a </s> </s> b </s>, and one token type. */
typedef struct OgPairTemplate {
  uint32_t separators;  /* between the texts: 1 or 2 */
  uint32_t second_type; /* what a model with token types reads where OgTokens.types is 1: 1 or 0 */
} OgPairTemplate;

/* All that makes a tokenizer. */
typedef struct OgTokenizerSpec {
  const char *name; /* stands in messages; not kept */
  OgTokenModel model;
  const char *const *words; /* in order of id; BPE's in the characters of og_byte_character */
  size_t count;
  const bool *outside; /* (count) words that the model does not know: only added tokens; or NULL */

  OgPretokenizerOptions pretokenizer; /* WORDPIECE: its normaliser and pre-tokeniser */
  size_t longest_word;                /* WORDPIECE: in characters; a longer one is unknown */

  const OgMerge *merges; /* BPE: in order of rank */
  size_t merge_count;
  bool drop_unknown; /* BPE: bytes that are no words are left out, not unknown */
  bool fuse_unknown; /* BPE: neighbouring unknown bytes are one token */

  const double *scores; /* UNIGRAM: of the first words; the others are outside */
  size_t score_count;

  const OgNormalizerStep *normalizer; /* BPE, UNIGRAM */
  size_t normalizer_count;
  const OgSplitStep *splits; /* BPE, UNIGRAM */
  size_t split_count;

  const char *special[OG_SPECIAL_TOKENS]; /* each is one of words; NULL: by its usual names */
  const OgAddedToken *added; /* what is matched in the text; the special tokens are in any case */
  size_t added_count;
  OgPairTemplate pair;
  bool trim_offsets; /* offsets leave out white space at a token's ends */
  bool trim_prefix;  /* but for the blank that was put before the text */
} OgTokenizerSpec;

/* BERT's options for a vocabulary: 100 characters, special tokens by their usual names, nothing
 * added. */
OG_API OgTokenizerSpec og_tokenizer_spec_default(const char *const *words, size_t count,
                                                 bool lowercase);

/* Everything in spec is copied. OG_BAD_STORE when a special token is missing. */
OG_API OG_MUST_CHECK OgStatus og_tokenizer_create(const OgTokenizerSpec *spec,
                                                  OgTokenizer **tokenizer, OgError *err);

/* From vocabulary words in order of id; they are copied. strip_accents follows lowercase. */
OG_API OG_MUST_CHECK OgStatus og_tokenizer_new(const char *const *words, size_t count,
                                               bool lowercase, OgTokenizer **tokenizer,
                                               OgError *err);
OG_API void og_tokenizer_free(OgTokenizer *tokenizer);

/* From a directory of Hugging Face's: tokenizer.json; else vocab.txt (WordPiece), vocab.json with
 * merges.txt (byte-level BPE), or a SentencePiece model (Unigram), read as the class that
 * tokenizer_config.json names reads it. What tokenizer_config.json says outright counts over
 * tokenizer.json, as in transformers. (tokenizer_files.c) */
OG_API OG_MUST_CHECK OgStatus og_tokenizer_load(const char *directory, OgTokenizer **tokenizer,
                                                OgError *err);

/* From the text of a tokenizer.json; name stands in messages. (tokenizer_json.c) */
OG_API OG_MUST_CHECK OgStatus og_tokenizer_parse(const char *text, size_t size, const char *name,
                                                 OgTokenizer **tokenizer, OgError *err);

/* Write the tokenizer's files into directory: those that it was read from, byte for byte; for one
 * of our own making (WordPiece) vocab.txt, tokenizer.json, tokenizer_config.json and
 * special_tokens_map.json. (tokenizer_files.c) */
OG_API OG_MUST_CHECK OgStatus og_tokenizer_save(const OgTokenizer *tokenizer, const char *directory,
                                                OgError *err);

/* Name of the k-th file that a tokenizer may be written as ("vocab.txt"), or NULL after the last.
 */
OG_API const char *og_tokenizer_file(size_t k);

/* Tokenise text (and pair, when not NULL), truncated to max_tokens in all, longest first, at the
 * right. A word that no tokens make up is the unknown token. OG_USAGE when max_tokens has no room
 * for the special tokens. */
OG_API OG_MUST_CHECK OgStatus og_tokenizer_encode(const OgTokenizer *tokenizer, const char *text,
                                                  size_t size, const char *pair, size_t pair_size,
                                                  size_t max_tokens, OgTokens *tokens,
                                                  OgError *err);
OG_API void og_tokens_clear(OgTokens *tokens);

OG_API size_t og_tokenizer_vocab_size(const OgTokenizer *tokenizer);

/* The word of an id below the vocabulary's size, and the id of a word (OG_TRIE_NONE, UINT32_MAX,
 * when there is none). */
OG_API const char *og_tokenizer_word(const OgTokenizer *tokenizer, uint32_t id);
OG_API uint32_t og_tokenizer_find(const OgTokenizer *tokenizer, const char *word);

/* What it was made of; lives as long as the tokenizer. */
OG_API const OgTokenizerSpec *og_tokenizer_spec(const OgTokenizer *tokenizer);

/* How many special tokens stand around a text (2) or a pair (3 or 4). */
OG_API size_t og_tokenizer_special_count(const OgTokenizer *tokenizer, bool pair);

/* Ids of the special tokens, by what they do: RoBERTa's cls is <s>, and its sep </s>. */
typedef struct OgSpecialTokens {
  uint32_t pad, unknown, cls, sep, mask;
} OgSpecialTokens;
OG_API OgSpecialTokens og_tokenizer_special(const OgTokenizer *tokenizer);

#endif
