#include "ingest/opening.h"

#include <ctype.h>
#include <string.h>

enum { LOOK = 8, ZERO = 0, MARK_1 = 0xFE, MARK_2 = 0xFF, LETTER = 0x100, ANY = 0x101 };

/* The first bytes of a text in each encoding: of a byte order mark, or of two characters of ASCII.
 */
static const struct {
  const char *encoding;
  unsigned short bytes[LOOK];
} openings[] = {
    /* UTF-32 first: its mark begins with that of UTF-16 */
    {"UTF-32LE", {MARK_2, MARK_1, ZERO, ZERO, ANY, ANY, ANY, ANY}},
    {"UTF-32BE", {ZERO, ZERO, MARK_1, MARK_2, ANY, ANY, ANY, ANY}},
    {"UTF-32LE", {LETTER, ZERO, ZERO, ZERO, LETTER, ZERO, ZERO, ZERO}},
    {"UTF-32BE", {ZERO, ZERO, ZERO, LETTER, ZERO, ZERO, ZERO, LETTER}},
    {"UTF-16LE", {MARK_2, MARK_1, ANY, ANY, ANY, ANY, ANY, ANY}},
    {"UTF-16BE", {MARK_1, MARK_2, ANY, ANY, ANY, ANY, ANY, ANY}},
    {"UTF-16LE", {LETTER, ZERO, LETTER, ZERO, ANY, ANY, ANY, ANY}},
    {"UTF-16BE", {ZERO, LETTER, ZERO, LETTER, ANY, ANY, ANY, ANY}},
};

static bool fits(unsigned char byte, unsigned pattern) {
  return pattern == ANY ||
         (pattern == LETTER ? isprint(byte) || isspace(byte) : byte == (unsigned char)pattern);
}

const char *og_opening_encoding(OgText bytes) {
  for (size_t row = 0; row < OG_COUNT(openings); row++) {
    size_t at = 0;
    while (at < LOOK &&
           (at < bytes.size ? fits((unsigned char)bytes.data[at], openings[row].bytes[at])
                            : openings[row].bytes[at] == ANY)) {
      at++;
    }
    if (at == LOOK) {
      return openings[row].encoding;
    }
  }
  return NULL;
}

OgStatus og_opening_check(OgInput *input, bool utf16_is_read, OgError *err) {
  const char *bytes;
  size_t size;
  OG_TRY(og_input_peek(input, LOOK, &bytes, &size, err));
  const char *encoding = og_opening_encoding((OgText){bytes, size});
  if (!encoding || (utf16_is_read && strncmp(encoding, "UTF-16", 6) == 0)) {
    return OG_OK;
  }
  return og_error_at(err, OG_BAD_DATA, og_input_name(input), 0, 0,
                     "its text is in %.6s, which is not read: convert it to UTF-8 (iconv -f %s -t "
                     "UTF-8), and mend the encoding that its first line names, if it does",
                     encoding, encoding);
}

OgStatus og_opening_empty(const OgInput *input, OgError *err) {
  const char *name = og_input_name(input);
  return strcmp(name, OG_INPUT_STANDARD) == 0
             ? og_error_set(err, OG_BAD_DATA, "%s is empty: nothing came through the pipe", name)
             : og_error_at(err, OG_BAD_DATA, name, 0, 0, "the file is empty: get it again");
}
