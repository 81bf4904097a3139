/* word_vectors: a base network from static word vectors (word2vec, GloVe, fastText): the smallest
 * there is. A text is the mean of its words' vectors, which training moves.
 *
 * The directory is of the architecture "static" (model/architecture.h), and its tokenizer BERT's
 * with these words and no pieces: text is cut at blanks and punctuation, and a word that has no
 * vector is [UNK]. */
#ifndef OG_FINETUNE_WORD_VECTORS_H
#define OG_FINETUNE_WORD_VECTORS_H

#include "core/progress.h"

#include <stdbool.h>

typedef struct OgWordVectorsOptions {
  size_t most; /* words to take, from the front, where the frequent ones stand; 0: all */
  bool cased;  /* keep upper case and accents; else as most keys of the file have it */
  bool force;  /* replace the model that is in the directory */
} OgWordVectorsOptions;

typedef struct OgWordVectorsReport {
  size_t rows, D;       /* of the file, as far as it was read */
  size_t words;         /* that have a vector now */
  size_t repeated;      /* rows of a word that an earlier row gave a vector: left out */
  size_t unreachable;   /* keys that no text is cut into, such as New_York: left out */
  char example[64];     /* the first of them; "" when there is none */
  bool cased, accented; /* what the tokenizer keeps */
} OgWordVectorsReport;

/* Read path ("-" is standard input) and write a Hugging Face directory at out; it is complete or as
 * it was. options and progress may be NULL. A line that cannot be read is OG_BAD_DATA, a file
 * without a word OG_NOT_FOUND. */
OG_API OG_MUST_CHECK OgStatus og_word_vectors_base(const char *path, const char *out,
                                                   const OgWordVectorsOptions *options,
                                                   const OgProgress *progress,
                                                   OgWordVectorsReport *report, OgError *err);

#endif
