/* windows: a text longer than the model takes, read in windows that overlap, and its vector out of
 * theirs.
 *
 * A window is the text's first token ([CLS]), `length` - 2 tokens of what is between, and its last
 * one ([SEP]); each begins `step` tokens after the one before it, and the last ends with the text.
 * The windows are sequences of a batch like any other. Letters: B texts, S sequences (windows) of
 * all of them end to end, H floats of a vector; text b has the windows from starts[b] up to
 * starts[b+1]. */
#ifndef OG_FINETUNE_WINDOWS_H
#define OG_FINETUNE_WINDOWS_H

#include "core/api.h"

#include <stddef.h>
#include <stdint.h>

typedef struct OgWindows {
  size_t length; /* tokens of a window at most, at least 3 */
  size_t step;   /* 1 to length - 2; 0: there are none, each text is one sequence */
} OgWindows;

/* How many windows a text of so many tokens takes. */
OG_API size_t og_windows_count(OgWindows windows, size_t tokens);

/* The tokens of all its windows. */
OG_API size_t og_windows_tokens(OgWindows windows, size_t tokens);

/* The tokens [*begin, *end) of the text, without its first and last, that the k-th window reads. */
OG_API void og_windows_span(OgWindows windows, size_t tokens, size_t k, size_t *begin, size_t *end);

/* What makes a text's vector. */
typedef enum OgWindowPooling {
  OG_WINDOWS_MEAN, /* the mean of its windows' */
  OG_WINDOWS_MAX,  /* of each number the greatest */
  OG_WINDOWS_COUNT
} OgWindowPooling;

/* "mean", "max". Static. find gives OG_WINDOWS_COUNT when there is none of that name. */
OG_API const char *og_window_pooling_name(OgWindowPooling pooling);
OG_API OgWindowPooling og_window_pooling_find(const char *name);

/* y_b = mean or maximum of x_s over the windows of text b. y (B,H), x (S,H), starts (B+1). winners
 * (B,H) says which window each maximum is of (the first of equals); not used by the mean. */
OG_API void og_windows_forward(OgWindowPooling pooling, float *y, uint32_t *winners, const float *x,
                               const uint32_t *starts, size_t B, size_t H);
/* dx_s = dy_b / n_b, or dy_b where x_s won and 0 elsewhere. dx (S,H), dy (B,H). */
OG_API void og_windows_backward(OgWindowPooling pooling, float *dx, const float *dy,
                                const uint32_t *winners, const uint32_t *starts, size_t B,
                                size_t H);

#endif
