/* vector_text: vectors in word2vec's text format, which GloVe and fastText share: a line a vector,
 * its key and then its numbers, white space between; a first line of two numbers (how many vectors,
 * how many numbers in each) may stand above. A key ends at the line's first blank, or at its tab;
 * where what follows is no number, before the last numbers (GloVe has ". . ." as a word). */
#ifndef OG_CORE_VECTOR_TEXT_H
#define OG_CORE_VECTOR_TEXT_H

#include "core/input.h"
#include "core/progress.h"

#include <stdbool.h>

enum { OG_VECTOR_TEXT_MOST = 1 << 15 /* numbers of a vector */ };

typedef struct OgVectorText {
  OgInput *input;
  const OgProgress *progress;
  OgBuffer line;
  long number;   /* of the line */
  size_t rows;   /* read so far */
  size_t D;      /* numbers of a vector; 0 before the first */
  float *values; /* (D) of the last row */
} OgVectorText;

/* Open a file, gzip'd or not; "-" is standard input. progress may be NULL. On OG_OK the caller
 * releases *text with og_vector_text_close. */
OG_API OG_MUST_CHECK OgStatus og_vector_text_open(const char *path, const OgProgress *progress,
                                                  OgVectorText *text, OgError *err);
OG_API void og_vector_text_close(OgVectorText *text);

/* The next row: its key, and text->values, until the next call. *key is NULL at the end.
 * OG_BAD_DATA with the line for one that is no key and D finite numbers; OG_CANCELLED when progress
 * says so. */
OG_API OG_MUST_CHECK OgStatus og_vector_text_next(OgVectorText *text, const char **key,
                                                  OgError *err);

#endif
