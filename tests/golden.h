/* golden: rows of recorded tokens, tab-separated, and what a tokenizer makes of the same texts. In
 * texts \\ is a backslash and \uXXXX a character that would break the row. */
#ifndef TESTS_GOLDEN_H
#define TESTS_GOLDEN_H

#include "core/buffer.h"
#include "model/tokenizer.h"

/* Split line at tabs, in place; returns how many fields there were. */
size_t golden_split(char *line, char **fields, size_t most);

/* Undo the escapes in place; returns the size. */
size_t golden_unescape(char *text);

/* Replace out with numbers and blanks between them. */
void golden_numbers(OgBuffer *out, const uint32_t *numbers, size_t count);

/* Replace out with the tokens' offsets in characters, "start:end" and blanks between them. pair is
 * NULL for a single text. */
void golden_offsets(OgBuffer *out, const char *text, const char *pair, const OgTokens *tokens);

/* 0 when found is expected; else says so and counts 1. */
int golden_differs(const char *row, const char *what, const OgBuffer *found, const char *expected);

/* Calls check for each row of a file; fails unless there are rows enough and all pass. */
void golden_check_rows(const char *path, int least, int (*check)(char **, size_t, void *),
                       void *data);

#endif
