/* tokenizer_bench: megabytes a second of processor time, one thread, as one line of JSON.
 *
 *   tokenizer_bench DIRECTORY FILE
 *
 * DIRECTORY holds a tokenizer; FILE is text, a paragraph a line. Once over the file warms the word
 * cache, as the first paragraphs of a corpus do; three more are timed, and the median is told. */
#include "core/file.h"
#include "core/memory.h"
#include "model/tokenizer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { ROUNDS = 3, FILE_LIMIT = 1 << 30 };

static double seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* Encode every line; *count is how many tokens there were. */
static OgStatus encode_lines(const OgTokenizer *tokenizer, const OgBuffer *text, OgTokens *tokens,
                             size_t *count, OgError *err) {
  const char *end = text->data + text->size;
  *count = 0;
  for (const char *at = text->data; at < end;) {
    const char *feed = memchr(at, '\n', (size_t)(end - at));
    const char *stop = feed ? feed : end;
    OG_TRY(og_tokenizer_encode(tokenizer, at, (size_t)(stop - at), NULL, 0, SIZE_MAX, tokens, err));
    *count += tokens->count;
    at = stop + 1;
  }
  return OG_OK;
}

static int compare(const void *left, const void *right) {
  const double a = *(const double *)left;
  const double b = *(const double *)right;
  return a < b ? -1 : a > b;
}

static OgStatus measure(const char *directory, const char *file, OgError *err) {
  OgTokenizer *tokenizer = NULL;
  OgBuffer text = OG_BUFFER_INIT;
  OgTokens tokens = OG_TOKENS_INIT;
  double times[ROUNDS];
  size_t count = 0;
  OgStatus status;
  const double start = seconds();
  OG_GO(og_tokenizer_load(directory, &tokenizer, err));
  const double load = seconds() - start;
  OG_GO(og_file_read(file, FILE_LIMIT, &text, err));
  OG_GO(encode_lines(tokenizer, &text, &tokens, &count, err));
  for (int k = 0; k < ROUNDS; k++) {
    const double before = seconds();
    OG_GO(encode_lines(tokenizer, &text, &tokens, &count, err));
    times[k] = seconds() - before;
  }
  qsort(times, ROUNDS, sizeof *times, compare);
  printf("{\"model\": \"%s\", \"load_seconds\": %.3f, \"bytes\": %zu, \"tokens\": %zu, "
         "\"mb_per_second\": %.1f}\n",
         og_token_model_names[og_tokenizer_spec(tokenizer)->model], load, text.size, count,
         1e-6 * (double)text.size / times[ROUNDS / 2]);
done:
  og_tokens_clear(&tokens);
  og_buffer_clear(&text);
  og_tokenizer_free(tokenizer);
  return status;
}

int main(int count, char **arguments) {
  OgError err = {0};
  char text[800];
  if (count != 3) {
    fputs("usage: tokenizer_bench DIRECTORY FILE\n", stderr);
    return 2;
  }
  if (measure(arguments[1], arguments[2], &err) != OG_OK) {
    fprintf(stderr, "%s\n", og_error_text(&err, text, sizeof text));
    return 1;
  }
  return 0;
}
