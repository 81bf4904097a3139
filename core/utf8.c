#include "core/utf8.h"

#include <stdint.h>
#include <string.h>

enum { MAX_FOLLOWING = 3 };

/* RFC 3629 section 3: bytes that follow are 10xxxxxx, the first one says how many. */
size_t og_utf8_whole(const char *text, size_t size) {
  size_t following = 0;
  while (following < size && following < MAX_FOLLOWING &&
         ((unsigned char)text[size - following - 1] & 0xC0) == 0x80) {
    following++;
  }
  if (following == size) {
    return size;
  }
  const unsigned char first = (unsigned char)text[size - following - 1];
  const size_t wanted = first >= 0xF0 ? 3 : first >= 0xE0 ? 2 : first >= 0xC0 ? 1 : 0;
  return following < wanted ? size - following - 1 : size;
}

const char *og_utf8_tail(const char *text, size_t most) {
  const size_t size = strlen(text);
  if (size <= most) {
    return text;
  }
  const char *tail = text + size - most;
  while (((unsigned char)*tail & 0xC0) == 0x80) {
    tail++;
  }
  return tail;
}

/* The size of the character that text (size, not 0) begins with; 0 when it is none. */
static size_t character_size(const unsigned char *text, size_t size) {
  static const struct {
    unsigned char first, last;       /* of the first byte */
    unsigned char second, second_to; /* of the second one */
    size_t size;
  } rows[] = {
      {0xC2, 0xDF, 0x80, 0xBF, 2}, {0xE0, 0xE0, 0xA0, 0xBF, 3}, {0xE1, 0xEC, 0x80, 0xBF, 3},
      {0xED, 0xED, 0x80, 0x9F, 3}, {0xEE, 0xEF, 0x80, 0xBF, 3}, {0xF0, 0xF0, 0x90, 0xBF, 4},
      {0xF1, 0xF3, 0x80, 0xBF, 4}, {0xF4, 0xF4, 0x80, 0x8F, 4},
  };
  if (text[0] < 0x80) {
    return 1;
  }
  for (size_t k = 0; k < sizeof rows / sizeof rows[0]; k++) {
    if (text[0] >= rows[k].first && text[0] <= rows[k].last) {
      bool good = size >= rows[k].size && text[1] >= rows[k].second && text[1] <= rows[k].second_to;
      for (size_t j = 2; good && j < rows[k].size; j++) {
        good = (text[j] & 0xC0) == 0x80;
      }
      return good ? rows[k].size : 0;
    }
  }
  return 0;
}

bool og_utf8_is_valid(const char *text, size_t size) {
  return og_utf8_valid_size(text, size) == size;
}

size_t og_utf8_valid_size(const char *text, size_t size) {
  const uint64_t high = UINT64_C(0x8080808080808080);
  size_t at = 0;
  while (at < size) {
    uint64_t eight = high;
    if (size - at >= sizeof eight) {
      memcpy(&eight, text + at, sizeof eight);
    }
    const size_t step =
        eight & high ? character_size((const unsigned char *)text + at, size - at) : sizeof eight;
    if (step == 0) {
      break;
    }
    at += step;
  }
  return at;
}
