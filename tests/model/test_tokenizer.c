#include "tests/test.h"

#include "core/buffer.h"
#include "core/file.h"
#include "core/json.h"
#include "core/memory.h"
#include "model/tokenizer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- the reference implementation's rows ------------------------------------------------------ */

/* Split line at tabs, in place; returns how many fields there were. */
static size_t split(char *line, char **fields, size_t most) {
  size_t count = 0;
  for (char *at = line; at && count < most; count++) {
    fields[count] = at;
    at = strchr(at, '\t');
    if (at) {
      *at++ = '\0';
    }
  }
  return count;
}

static size_t put_utf8(char *out, unsigned c) {
  if (c < 0x80) {
    out[0] = (char)c;
    return 1;
  }
  if (c < 0x800) {
    out[0] = (char)(0xc0 | c >> 6);
    out[1] = (char)(0x80 | (c & 0x3f));
    return 2;
  }
  out[0] = (char)(0xe0 | c >> 12);
  out[1] = (char)(0x80 | (c >> 6 & 0x3f));
  out[2] = (char)(0x80 | (c & 0x3f));
  return 3;
}

/* Undo the file's escapes in place; returns the size. */
static size_t unescape(char *text) {
  char *out = text;
  for (const char *in = text; *in;) {
    if (in[0] == '\\' && in[1] == 'u') {
      char digits[5] = {in[2], in[3], in[4], in[5], '\0'};
      out += put_utf8(out, (unsigned)strtoul(digits, NULL, 16));
      in += 6;
    } else if (in[0] == '\\') {
      *out++ = '\\';
      in += 2;
    } else {
      *out++ = *in++;
    }
  }
  return (size_t)(out - text);
}

/* Characters before byte `at`. */
static unsigned characters(const char *text, size_t at) {
  unsigned count = 0;
  for (size_t k = 0; k < at; k++) {
    count += ((unsigned char)text[k] & 0xc0) != 0x80;
  }
  return count;
}

static void print_numbers(OgBuffer *out, const uint32_t *numbers, size_t count) {
  OgError err = {0};
  og_buffer_reset(out);
  for (size_t k = 0; k < count; k++) {
    assert_ok(og_buffer_format(out, &err, "%s%u", k ? " " : "", numbers[k]));
  }
}

static void print_offsets(OgBuffer *out, const char *text, const OgTokens *tokens) {
  OgError err = {0};
  og_buffer_reset(out);
  for (size_t k = 0; k < tokens->count; k++) {
    assert_ok(og_buffer_format(out, &err, "%s%u:%u", k ? " " : "",
                               characters(text, tokens->starts[k]),
                               characters(text, tokens->ends[k])));
  }
}

/* 0 when found is expected; else says so and counts 1. */
static int differs(const char *row, const char *what, const OgBuffer *found, const char *expected) {
  if (strcmp(found->data ? found->data : "", expected) == 0) {
    return 0;
  }
  print_message("row %s, %s:\n  expected %s\n  found    %s\n", row, what, expected, found->data);
  return 1;
}

static void load(const char *directory, OgTokenizer **tokenizer) {
  OgError err = {0};
  assert_ok(og_tokenizer_load(directory, tokenizer, &err));
}

/* Fails unless every line of the shared file passes. */
static void check_rows(const char *file, int (*check)(char **, size_t, void *), void *data) {
  OgError err = {0};
  OgBuffer content = OG_BUFFER_INIT;
  const char *path = shared_data(file);
  if (!path) {
    skip_without_data(file);
  }
  assert_ok(og_file_read(path, 1 << 24, &content, &err));
  int rows = 0;
  int wrong = 0;
  for (char *line = strtok(content.data, "\n"); line; line = strtok(NULL, "\n")) {
    char *fields[8];
    if (line[0] != '#') {
      const size_t count = split(line, fields, OG_COUNT(fields));
      wrong += check(fields, count, data);
      rows++;
    }
  }
  og_buffer_clear(&content);
  assert_true(rows > 100);
  assert_int_equal(wrong, 0);
}

typedef struct Golden {
  OgTokenizer *uncased, *cased;
  OgTokens tokens;
  OgBuffer text;
} Golden;

static int check_golden(char **fields, size_t count, void *data) {
  OgError err = {0};
  Golden *golden = data;
  OgTokens *tokens = &golden->tokens;
  assert_int_equal(count, 7);
  char *text = fields[2];
  const size_t size = unescape(text);
  assert_ok(og_tokenizer_encode(golden->uncased, text, size, NULL, 0, SIZE_MAX, tokens, &err));
  print_numbers(&golden->text, tokens->ids, tokens->count);
  int wrong = differs(fields[0], "uncased ids", &golden->text, fields[3]);
  print_offsets(&golden->text, text, tokens);
  wrong += differs(fields[0], "offsets", &golden->text, fields[4]);
  assert_ok(og_tokenizer_encode(golden->cased, text, size, NULL, 0, SIZE_MAX, tokens, &err));
  print_numbers(&golden->text, tokens->ids, tokens->count);
  wrong += differs(fields[0], "cased ids", &golden->text, fields[5]);
  return wrong;
}

/* tiny-init has the vocabulary of bert-base-uncased. */
static void open_golden(Golden *golden) {
  OgError err = {0};
  const char *directory = shared_data("base/tiny-init");
  if (!directory) {
    skip_without_data("base/tiny-init");
  }
  *golden = (Golden){NULL, NULL, OG_TOKENS_INIT, OG_BUFFER_INIT};
  load(directory, &golden->uncased);
  const OgTokenizerSpec *spec = og_tokenizer_spec(golden->uncased);
  assert_ok(og_tokenizer_new(spec->words, spec->count, false, &golden->cased, &err));
}

static void close_golden(Golden *golden) {
  og_tokenizer_free(golden->uncased);
  og_tokenizer_free(golden->cased);
  og_tokens_clear(&golden->tokens);
  og_buffer_clear(&golden->text);
}

static void every_row_of_the_reference_is_reproduced(void **state) {
  (void)state;
  Golden golden;
  open_golden(&golden);
  check_rows("base/wordpiece/golden.tsv", check_golden, &golden);
  close_golden(&golden);
}

static int check_pair(char **fields, size_t count, void *data) {
  OgError err = {0};
  Golden *golden = data;
  OgTokens *tokens = &golden->tokens;
  assert_int_equal(count, 5);
  char row[600];
  snprintf(row, sizeof row, "%s tokens of %.250s | %.250s", fields[0], fields[1], fields[2]);
  const size_t size = unescape(fields[1]);
  const size_t pair_size = unescape(fields[2]);
  assert_ok(og_tokenizer_encode(golden->uncased, fields[1], size, fields[2], pair_size,
                                strtoul(fields[0], NULL, 10), tokens, &err));
  print_numbers(&golden->text, tokens->ids, tokens->count);
  int wrong = differs(row, "ids", &golden->text, fields[3]);
  print_numbers(&golden->text, tokens->types, tokens->count);
  wrong += differs(row, "types", &golden->text, fields[4]);
  return wrong;
}

static void every_pair_of_the_reference_is_reproduced(void **state) {
  (void)state;
  Golden golden;
  open_golden(&golden);
  check_rows("base/wordpiece/golden_pairs.tsv", check_pair, &golden);
  close_golden(&golden);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_row_of_the_reference_is_reproduced),
      cmocka_unit_test(every_pair_of_the_reference_is_reproduced),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
