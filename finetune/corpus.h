/* corpus: raw text as blocks of tokens, and the masks that a masked-language model learns from.
 *
 * A paragraph is a line; an empty line ends a document. Whole paragraphs of a document are joined
 * while they fit, [CLS] p1 [SEP] p2 [SEP] …, up to max_length tokens; a longer paragraph is cut.
 * Blocks differ in length, which costs nothing: the encoder never pads. */
#ifndef OG_FINETUNE_CORPUS_H
#define OG_FINETUNE_CORPUS_H

#include "core/buffer.h"
#include "core/parallel.h"
#include "core/progress.h"
#include "core/random.h"
#include "model/tokenizer.h"

#include <stdbool.h>

/* The text of all files, in memory (and what does not fit there in mapped files, once
 * og_spill_begin was called; so the tokens): a vocabulary is learned from it before it is
 * tokenised, and standard input cannot be read twice. */
typedef struct OgParagraph {
  size_t start; /* in bytes of OgRawText.text */
  uint32_t size;
  bool first; /* of a document */
} OgParagraph;

typedef struct OgRawText {
  OgBuffer text;
  OgParagraph *paragraphs;
  size_t count, capacity;
} OgRawText;

/* Read files (gzip'd or not, "-" is standard input), one after another; each starts a document. No
 * paragraph in any of them is OG_BAD_DATA, as is a zero byte; lines that are not UTF-8 are warned
 * of. progress may be NULL. On failure *raw is empty; the caller releases it with
 * og_raw_text_clear. */
OG_API OG_MUST_CHECK OgStatus og_raw_text_read(const char *const *paths, size_t count,
                                               const OgProgress *progress, OgRawText *raw,
                                               OgError *err);
OG_API void og_raw_text_clear(OgRawText *raw);

/* A tokenizer with a WordPiece vocabulary of at most vocab_size words learned from the text. */
OG_API OG_MUST_CHECK OgStatus og_raw_text_tokenizer(const OgRawText *raw, size_t vocab_size,
                                                    bool lowercase, const OgProgress *progress,
                                                    OgTokenizer **tokenizer, OgError *err);

typedef struct OgCorpus {
  uint32_t *ids;  /* (tokens) */
  size_t *starts; /* (blocks + 1) into ids */
  size_t blocks, tokens;
  size_t longest; /* tokens of the longest block */
  size_t unknown; /* tokens that are [UNK] */
} OgCorpus;

/* Tokenise on all threads of the team and pack. max_length is at least 8. On failure *corpus is
 * empty; the caller releases it with og_corpus_clear. */
OG_API OG_MUST_CHECK OgStatus og_corpus_pack(const OgRawText *raw, const OgTokenizer *tokenizer,
                                             size_t max_length, OgTeam *team, OgCorpus *corpus,
                                             OgError *err);
OG_API void og_corpus_clear(OgCorpus *corpus);

/* A batch with its masks: blocks end to end. Arrays grow and are reused. */
typedef struct OgMaskedBatch {
  size_t B, T;       /* blocks, tokens */
  uint32_t *ids;     /* (T) what the model reads */
  uint32_t *offsets; /* (B+1) */
  size_t M;          /* masked tokens, at least 1 */
  uint32_t *rows;    /* (M) their places among the T tokens, ascending */
  uint32_t *targets; /* (M) the ids that stood there */
  size_t block_capacity, token_capacity;
} OgMaskedBatch;

/* What masking needs to know (Devlin et al. 2019, section 3.1). */
typedef struct OgMasking {
  double rate;       /* fraction of the tokens to predict; never [CLS] or [SEP] */
  size_t vocab_size; /* random words are drawn from all but the special tokens */
  OgSpecialTokens special;
} OgMasking;

/* Gather `blocks` (count of them, numbers of the corpus's blocks) and mask: of each token to
 * predict, 80 % become [MASK], 10 % a random word, 10 % stay. The masks are a function of seed and
 * the token's place in the corpus, not of the batch. */
OG_API OG_MUST_CHECK OgStatus og_masked_batch_fill(OgMaskedBatch *batch, const OgCorpus *corpus,
                                                   const uint32_t *blocks, size_t count,
                                                   const OgMasking *masking, uint64_t seed,
                                                   OgError *err);

/* Room for batches of so many blocks and tokens: filling these takes no more memory. */
OG_API OG_MUST_CHECK OgStatus og_masked_batch_reserve(OgMaskedBatch *batch, size_t blocks,
                                                      size_t tokens, OgError *err);
OG_API void og_masked_batch_clear(OgMaskedBatch *batch);

/* The number of tokens that og_masked_batch_fill chooses of the same: M, but when it is 0. */
OG_API size_t og_masked_count(const OgCorpus *corpus, const uint32_t *blocks, size_t count,
                              const OgMasking *masking, uint64_t seed);

#endif
