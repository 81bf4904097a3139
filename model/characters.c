#include "model/characters.h"

#include "core/memory.h"

#include <utf8proc.h>

enum { ZERO_WIDTH_NON_JOINER = 0x200c, ZERO_WIDTH_JOINER = 0x200d };

static const OgRange white_space[] = {
    {0x09, 0x0d},     {0x20, 0x20},     {0x85, 0x85},     {0xa0, 0xa0},     {0x1680, 0x1680},
    {0x2000, 0x200a}, {0x2028, 0x2029}, {0x202f, 0x202f}, {0x205f, 0x205f}, {0x3000, 0x3000},
};

/* The reference implementation knows the categories of Unicode 8. In these ranges all punctuation,
 * marks, format characters and decompositions are newer: to it they are plain. Found by asking it
 * for every code point. */
static const OgRange newer[] = {
    {0x61d, 0x61d},     {0x7fd, 0x7fd},     {0x890, 0x8e2},     {0x9fd, 0x9fe},
    {0xa76, 0xa76},     {0xafa, 0xaff},     {0xb55, 0xb55},     {0xc04, 0xc3c},
    {0xc77, 0xc77},     {0xc84, 0xc84},     {0xd00, 0xd00},     {0xd3b, 0xd3c},
    {0xd81, 0xd81},     {0xeba, 0xeba},     {0xece, 0xece},     {0x180f, 0x1886},
    {0x1abf, 0x1ace},   {0x1b7d, 0x1b7e},   {0x1df6, 0x1dfb},   {0x2e43, 0x2e5d},
    {0xa82c, 0xa82c},   {0xa8c5, 0xa8c5},   {0xa8ff, 0xa8ff},   {0xa9bd, 0xa9bd},
    {0x10d24, 0x10f89}, {0x11070, 0x11074}, {0x110c2, 0x110cd}, {0x111cf, 0x111cf},
    {0x1123e, 0x11241}, {0x1133b, 0x1133b}, {0x11438, 0x1145e}, {0x11660, 0x1166c},
    {0x116b9, 0x116b9}, {0x1182f, 0x11fff}, {0x12ff1, 0x13455}, {0x16e97, 0x16f4f},
    {0x16fe2, 0x16fe4}, {0x1cf00, 0x1cf46}, {0x1e000, 0x1e4ef}, {0x1e944, 0x1e95f},
};

/* Characters whose category has changed since Unicode 8. */
static const struct {
  int32_t c;
  OgCharacterClass class;
} changed[] = {
    {0x166d, OG_CLASS_PUNCTUATION}, {0x1734, OG_CLASS_NONSPACING}, {0x111c9, OG_CLASS_PUNCTUATION}};

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

static bool is_ascii_punctuation(int32_t c) {
  return (c >= 33 && c <= 47) || (c >= 58 && c <= 64) || (c >= 91 && c <= 96) ||
         (c >= 123 && c <= 126);
}

bool og_is_newer_character(int32_t c) {
  return c >= newer[0].first && og_in_ranges(newer, OG_COUNT(newer), c);
}

OgCharacterClass og_character_class(int32_t c) {
  if (is_ascii_punctuation(c)) {
    return OG_CLASS_PUNCTUATION;
  }
  for (size_t k = 0; k < OG_COUNT(changed); k++) {
    if (c == changed[k].c) {
      return changed[k].class;
    }
  }
  const utf8proc_category_t category = utf8proc_category(c);
  const bool punctuation = category >= UTF8PROC_CATEGORY_PC && category <= UTF8PROC_CATEGORY_PO;
  const bool other = category >= UTF8PROC_CATEGORY_CC && category <= UTF8PROC_CATEGORY_CO;
  const OgCharacterClass class = punctuation                        ? OG_CLASS_PUNCTUATION
                                 : category == UTF8PROC_CATEGORY_MN ? OG_CLASS_NONSPACING
                                 : other                            ? OG_CLASS_OTHER
                                                                    : OG_CLASS_PLAIN;
  return class != OG_CLASS_PLAIN && og_is_newer_character(c) ? OG_CLASS_PLAIN : class;
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
