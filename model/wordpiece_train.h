/* wordpiece_train: learn a WordPiece vocabulary from raw text (60 MB of it in a few seconds).
 *
 * Words come from the pre-tokeniser of the tokenizer. A word starts as its characters, all but the
 * first marked "##"; then the most frequent pair of neighbours is merged, again and again, until
 * the vocabulary is full (as Hugging Face's WordPieceTrainer does: byte-pair merges; ties go to the
 * pair of lower ids). Pair counts are updated where a merge touches them, and a heap with lazy
 * updates gives the next pair. Deterministic. */
#ifndef OG_MODEL_WORDPIECE_TRAIN_H
#define OG_MODEL_WORDPIECE_TRAIN_H

#include "core/progress.h"
#include "model/pretokenizer.h"

typedef struct OgWordCounts OgWordCounts;

/* An empty count of words. lowercase says whether letters are lowered and accents stripped; a
 * tokenizer made of the vocabulary must be given the same. */
OG_API OG_MUST_CHECK OgStatus og_word_counts_new(bool lowercase, OgWordCounts **counts,
                                                 OgError *err);
OG_API void og_word_counts_free(OgWordCounts *counts);

/* Count the words of a text. */
OG_API OG_MUST_CHECK OgStatus og_word_counts_add(OgWordCounts *counts, const char *text,
                                                 size_t size, OgError *err);

/* Distinct words, and words in all. */
OG_API size_t og_word_counts_distinct(const OgWordCounts *counts);
OG_API uint64_t og_word_counts_total(const OgWordCounts *counts);

typedef struct OgWordpieceOptions {
  size_t vocab_size;      /* words in all, special tokens included */
  size_t alphabet_limit;  /* characters kept, the most frequent ones; no pair crosses another */
  uint64_t min_frequency; /* a pair seen less often is never merged */
} OgWordpieceOptions;

/* 30,522 words, 1,000 characters, pairs seen at least twice. */
OG_API OgWordpieceOptions og_wordpiece_options_default(void);

/* The learned words in order of id: [PAD] [UNK] [CLS] [SEP] [MASK], the alphabet, the merges. */
typedef struct OgVocabulary {
  char **words;
  size_t count;
} OgVocabulary;

/* Learn. Fewer words than asked come out when the text has no more pairs. On OG_OK the caller owns
 * *vocabulary and releases it with og_vocabulary_clear. OG_USAGE when vocab_size has no room for
 * the special tokens; OG_BAD_DATA when nothing was counted. progress may be NULL. */
OG_API OG_MUST_CHECK OgStatus og_wordpiece_train(const OgWordCounts *counts,
                                                 const OgWordpieceOptions *options,
                                                 const OgProgress *progress,
                                                 OgVocabulary *vocabulary, OgError *err);
OG_API void og_vocabulary_clear(OgVocabulary *vocabulary);

#endif
