#include "core/vector_text.h"

#include "core/memory.h"
#include "core/utf8.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
  MOST_LINE = 1 << 20,
  REPORT_EVERY = 1000 /* rows between two reports of progress */
};

OgStatus og_vector_text_open(const char *path, const OgProgress *progress, OgVectorText *text,
                             OgError *err) {
  *text = (OgVectorText){.progress = progress};
  return og_input_open(path, &text->input, err);
}

void og_vector_text_close(OgVectorText *text) {
  og_input_close(text->input);
  og_buffer_clear(&text->line);
  og_free(text->values);
  *text = (OgVectorText){.input = NULL};
}

static OgStatus refuse(const OgVectorText *text, OgError *err, const char *what) {
  return og_error_at(err, OG_BAD_DATA, og_input_name(text->input), text->number, 0,
                     "expected a key and numbers with white space between, found %s", what);
}

/* Numbers of a text; SIZE_MAX when it holds anything else. They go to values, at most `most`. */
static size_t read_numbers(const char *text, float *values, size_t most) {
  size_t count = 0;
  for (;;) {
    text += strspn(text, " \t");
    if (*text == '\0') {
      return count;
    }
    char *end;
    const float value = strtof(text, &end);
    if (end == text || !isfinite(value) || strcspn(end, " \t") > 0) {
      return SIZE_MAX;
    }
    if (count < most) {
      values[count] = value;
    }
    count++;
    text = end;
  }
}

/* "N D", above the vectors. */
static bool is_header(const char *line) {
  return strspn(line, "0123456789 \t") == strlen(line) && read_numbers(line, NULL, 0) == 2;
}

/* Where the last `fields` of a line start, or NULL when it has no more than these. */
static char *last_fields(char *line, size_t fields) {
  char *at = line + strlen(line);
  while (fields > 0 && at > line) {
    while (at > line && strchr(" \t", at[-1])) {
      at--;
    }
    while (at > line && !strchr(" \t", at[-1])) {
      at--;
    }
    fields--;
  }
  return at > line ? at : NULL;
}

/* Cut the key off the line; the numbers follow. NULL when there is no key or nothing follows. */
static char *cut_key(const OgVectorText *text) {
  char *line = text->line.data, *tab = strchr(line, '\t');
  char *end = tab ? tab : strchr(line, ' ');
  if (!end || end == line) {
    return NULL;
  }
  if (!tab && text->D > 0 && read_numbers(end, NULL, 0) == SIZE_MAX) {
    char *numbers = last_fields(line, text->D);
    end = numbers ? numbers - 1 : end;
  }
  *end = '\0';
  return end + 1;
}

/* The first row says how many numbers all have. */
static OgStatus measure(OgVectorText *text, const char *numbers, OgError *err) {
  const size_t D = read_numbers(numbers, NULL, 0);
  if (D == 0 || D > OG_VECTOR_TEXT_MOST) {
    return refuse(text, err, "something else, or more than 32768 numbers");
  }
  text->values = OG_NEW_ARRAY(float, D);
  if (!text->values) {
    return og_error_no_memory(err);
  }
  text->D = D;
  return OG_OK;
}

/* How much of a key a message shows. */
static int shown(const char *key) {
  const size_t size = strlen(key);
  return (int)og_utf8_whole(key, size < 60 ? size : 60);
}

static OgStatus read_row(OgVectorText *text, const char **key, OgError *err) {
  char *line = text->line.data, *numbers = cut_key(text);
  if (!numbers) {
    return refuse(text, err, "a line without them");
  }
  if (text->D == 0) {
    OG_TRY(measure(text, numbers, err));
  }
  const size_t count = read_numbers(numbers, text->values, text->D);
  if (count != text->D) {
    return og_error_at(err, OG_BAD_DATA, og_input_name(text->input), text->number, 0,
                       count == SIZE_MAX ? "expected %zu finite numbers after the key \"%.*s\""
                                         : "expected %zu numbers after \"%.*s\", found %zu",
                       text->D, shown(line), line, count);
  }
  text->rows++;
  *key = line;
  return OG_OK;
}

OgStatus og_vector_text_next(OgVectorText *text, const char **key, OgError *err) {
  *key = NULL;
  for (;;) {
    int more;
    OG_TRY(og_input_line(text->input, MOST_LINE, &text->line, &more, err));
    if (!more) {
      return OG_OK;
    }
    text->number++;
    if (text->line.size > 0 && memchr(text->line.data, '\0', text->line.size)) {
      return refuse(text, err, "a zero byte");
    }
    if (text->line.size == 0 || (text->number == 1 && is_header(text->line.data))) {
      continue;
    }
    if (text->rows % REPORT_EVERY == 0) {
      OG_TRY(og_progress_report(text->progress, "reading vectors",
                                (double)og_input_position(text->input),
                                (double)og_input_size(text->input), "", err));
    }
    return read_row(text, key, err);
  }
}
