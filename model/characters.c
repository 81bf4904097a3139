#include "model/characters.h"

#include "core/memory.h"

#include <utf8proc.h>

enum { ZERO_WIDTH_NON_JOINER = 0x200c, ZERO_WIDTH_JOINER = 0x200d };

static const OgRange white_space[] = {
    {0x09, 0x0d},     {0x20, 0x20},     {0x85, 0x85},     {0xa0, 0xa0},     {0x1680, 0x1680},
    {0x2000, 0x200a}, {0x2028, 0x2029}, {0x202f, 0x202f}, {0x205f, 0x205f}, {0x3000, 0x3000},
};

bool og_in_ranges(const OgRange *ranges, size_t count, int32_t c) {
  while (count > 0) {
    const size_t middle = count / 2;
    if (c > ranges[middle].last) {
      ranges += middle + 1;
      count -= middle + 1;
    } else {
      if (c >= ranges[middle].first) {
        return true;
      }
      count = middle;
    }
  }
  return false;
}

bool og_is_white_space(int32_t c) {
  return og_in_ranges(white_space, OG_COUNT(white_space), c);
}

bool og_is_word_character(int32_t c) {
  const utf8proc_category_t category = utf8proc_category(c);
  return (category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_NL) ||
         category == UTF8PROC_CATEGORY_PC || c == ZERO_WIDTH_NON_JOINER || c == ZERO_WIDTH_JOINER;
}

bool og_is_ascii_punctuation(int32_t c) {
  return (c >= 33 && c <= 47) || (c >= 58 && c <= 64) || (c >= 91 && c <= 96) ||
         (c >= 123 && c <= 126);
}

int32_t og_decode(const char *text, size_t size, size_t *length) {
  utf8proc_int32_t c = -1;
  const utf8proc_ssize_t used =
      utf8proc_iterate((const utf8proc_uint8_t *)text, (utf8proc_ssize_t)size, &c);
  *length = used > 0 ? (size_t)used : 1;
  return used > 0 ? c : OG_REPLACEMENT_CHARACTER;
}

int32_t og_decode_last(const char *text, size_t size, size_t *length) {
  size_t start = size - 1;
  while (start > 0 && size - start < 4 && ((unsigned char)text[start] & 0xc0) == 0x80) {
    start--;
  }
  const int32_t c = og_decode(text + start, size - start, length);
  if (start + *length != size) { /* not UTF-8 */
    *length = 1;
    return OG_REPLACEMENT_CHARACTER;
  }
  return c;
}

size_t og_count_characters(const char *text, size_t size) {
  size_t count = 0;
  for (size_t k = 0; k < size; k++) {
    count += ((unsigned char)text[k] & 0xc0) != 0x80;
  }
  return count;
}
