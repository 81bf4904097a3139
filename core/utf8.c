#include "core/utf8.h"

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
