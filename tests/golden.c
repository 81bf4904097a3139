#include "tests/test.h"

#include "core/file.h"
#include "core/memory.h"
#include "tests/golden.h"

#include <stdlib.h>
#include <string.h>

size_t golden_split(char *line, char **fields, size_t most) {
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

size_t golden_unescape(char *text) {
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

void golden_numbers(OgBuffer *out, const uint32_t *numbers, size_t count) {
  OgError err = {0};
  og_buffer_reset(out);
  for (size_t k = 0; k < count; k++) {
    assert_ok(og_buffer_format(out, &err, "%s%u", k ? " " : "", numbers[k]));
  }
}

void golden_offsets(OgBuffer *out, const char *text, const char *pair, const OgTokens *tokens) {
  OgError err = {0};
  og_buffer_reset(out);
  for (size_t k = 0; k < tokens->count; k++) {
    const char *own = pair && tokens->types[k] ? pair : text;
    assert_ok(og_buffer_format(out, &err, "%s%u:%u", k ? " " : "",
                               characters(own, tokens->starts[k]),
                               characters(own, tokens->ends[k])));
  }
}

int golden_differs(const char *row, const char *what, const OgBuffer *found, const char *expected) {
  if (strcmp(found->data ? found->data : "", expected) == 0) {
    return 0;
  }
  print_message("row %s, %s:\n  expected %s\n  found    %s\n", row, what, expected, found->data);
  return 1;
}

void golden_check_rows(const char *path, int least, int (*check)(char **, size_t, void *),
                       void *data) {
  OgError err = {0};
  OgBuffer content = OG_BUFFER_INIT;
  assert_ok(og_file_read(path, 1 << 28, &content, &err));
  int rows = 0;
  int wrong = 0;
  for (char *line = strtok(content.data, "\n"); line; line = strtok(NULL, "\n")) {
    char *fields[8];
    if (line[0] != '#') {
      const size_t count = golden_split(line, fields, OG_COUNT(fields));
      wrong += check(fields, count, data);
      rows++;
    }
  }
  og_buffer_clear(&content);
  assert_true(rows > least);
  assert_int_equal(wrong, 0);
}
