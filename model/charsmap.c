#include "model/charsmap.h"

#include "core/memory.h"
#include "core/utf8.h"

#include <stdint.h>

enum { UNIT_SIZE = 4, HAS_VALUE = 1 << 8, OFFSET_IN_256 = 1 << 9, OFFSET_SHIFT = 10 };

static const uint32_t value_bits = 0x7fffffff;
static const uint32_t label_bits = 0x800000ff;

static uint32_t read_unit(const unsigned char *bytes) {
  return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
         (uint32_t)bytes[3] << 24;
}

/* The unit at a position, or 0 outside, which is the label of no byte. */
static uint32_t unit_at(const OgCharsmap *map, size_t position) {
  return position < map->unit_count ? read_unit(map->units + position * UNIT_SIZE) : 0;
}

static size_t offset_of(uint32_t unit) {
  return (size_t)(unit >> OFFSET_SHIFT) << (unit & OFFSET_IN_256 ? 8 : 0);
}

const char *og_charsmap_find(const OgCharsmap *map, const char *text, size_t size) {
  size_t position = offset_of(unit_at(map, 0));
  for (size_t k = 0; k < size && text[k] != '\0'; k++) {
    const unsigned char byte = (unsigned char)text[k];
    position ^= byte;
    const uint32_t unit = unit_at(map, position);
    if ((unit & label_bits) != byte) {
      return NULL;
    }
    position ^= offset_of(unit);
    if (unit & HAS_VALUE) {
      const size_t value = unit_at(map, position) & value_bits;
      return value < map->texts_size ? map->texts + value : NULL;
    }
  }
  return NULL;
}

OgStatus og_charsmap_init(OgCharsmap *map, const void *bytes, size_t size, const char *name,
                          OgError *err) {
  const unsigned char *start = bytes;
  const size_t trie = size > UNIT_SIZE ? read_unit(start) : 0;
  if (trie == 0 || trie % UNIT_SIZE != 0 || trie >= size - UNIT_SIZE) {
    return og_error_at(err, OG_BAD_STORE, name, 0, 0,
                       "the precompiled map of characters has %zu bytes and says that its trie has "
                       "%zu of them: expected a multiple of 4, and texts behind it",
                       size, trie);
  }
  const char *texts = (const char *)start + UNIT_SIZE + trie;
  const size_t texts_size = size - UNIT_SIZE - trie;
  if (texts[texts_size - 1] != '\0' || !og_utf8_is_valid(texts, texts_size)) {
    return og_error_at(
        err, OG_BAD_STORE, name, 0, 0,
        "the texts of the precompiled map of characters must be UTF-8, the last with "
        "a zero byte behind it");
  }
  *map = (OgCharsmap){.bytes = bytes,
                      .size = size,
                      .units = start + UNIT_SIZE,
                      .unit_count = trie / UNIT_SIZE,
                      .texts = texts,
                      .texts_size = texts_size};
  for (unsigned c = 0; c < OG_COUNT(map->keeps); c++) {
    const char text = (char)c;
    map->keeps[c] = c != '\r' && !og_charsmap_find(map, &text, 1);
  }
  return OG_OK;
}
