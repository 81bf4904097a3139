#include "model/words.h"

#include "core/memory.h"
#include "model/characters.h"

#include <string.h>
#include <utf8proc.h>

enum { CHARACTER_SIZE = 4 /* bytes */ };

OgStatus og_text_size_check(size_t base, size_t size, OgError *err) {
  if (size > OG_TEXT_LIMIT || base > OG_TEXT_LIMIT - size) {
    return og_error_set(err, OG_USAGE, "a text of %zu bytes is over the limit of %d", base + size,
                        OG_TEXT_LIMIT);
  }
  return OG_OK;
}

void og_words_reset(OgWords *words) {
  words->size = 0;
  words->count = 0;
}

void og_words_clear(OgWords *words) {
  og_free(words->text);
  og_free(words->starts);
  og_free(words->ends);
  og_free(words->word_ends);
  *words = (OgWords)OG_WORDS_INIT;
}

OgStatus og_words_reserve(OgWords *words, size_t extra, OgError *err) {
  const size_t needed = words->size + extra;
  if (needed <= words->capacity) {
    return OG_OK;
  }
  if (needed > UINT32_MAX) {
    return og_error_set(err, OG_USAGE, "over 4 GiB of words at once");
  }
  const size_t capacity = needed + needed / 2;
  char *text = og_realloc(words->text, capacity, 1);
  if (text) {
    words->text = text;
  }
  uint32_t *starts = og_realloc(words->starts, capacity, sizeof *starts);
  if (starts) {
    words->starts = starts;
  }
  uint32_t *ends = og_realloc(words->ends, capacity, sizeof *ends);
  if (ends) {
    words->ends = ends;
  }
  if (!text || !starts || !ends) {
    return og_error_no_memory(err);
  }
  words->capacity = capacity;
  return OG_OK;
}

OgStatus og_words_put(OgWords *words, int32_t c, uint32_t start, uint32_t end, OgError *err) {
  OG_TRY(og_words_reserve(words, CHARACTER_SIZE, err));
  const size_t size =
      (size_t)utf8proc_encode_char(c, (utf8proc_uint8_t *)words->text + words->size);
  for (size_t k = 0; k < size; k++) {
    words->starts[words->size + k] = start;
    words->ends[words->size + k] = end;
  }
  words->size += size;
  return OG_OK;
}

OgStatus og_words_copy(OgWords *words, const OgWords *from, size_t begin, size_t end,
                       OgError *err) {
  const size_t size = end - begin;
  if (size == 0) {
    return OG_OK;
  }
  OG_TRY(og_words_reserve(words, size, err));
  memcpy(words->text + words->size, from->text + begin, size);
  memcpy(words->starts + words->size, from->starts + begin, size * sizeof *words->starts);
  memcpy(words->ends + words->size, from->ends + begin, size * sizeof *words->ends);
  words->size += size;
  return OG_OK;
}

OgStatus og_words_end(OgWords *words, OgError *err) {
  if (og_word_start(words, words->count) == words->size) {
    return OG_OK;
  }
  if (words->count == words->word_capacity) {
    const size_t capacity = words->word_capacity ? words->word_capacity * 2 : 64;
    uint32_t *grown = og_realloc(words->word_ends, capacity, sizeof *grown);
    if (!grown) {
      return og_error_no_memory(err);
    }
    words->word_ends = grown;
    words->word_capacity = capacity;
  }
  words->word_ends[words->count++] = (uint32_t)words->size;
  return OG_OK;
}

OgStatus og_words_add(OgWords *words, const char *text, size_t size, size_t base, OgError *err) {
  OG_TRY(og_text_size_check(base, size, err));
  for (size_t at = 0; at < size;) {
    OG_TRY(og_words_reserve(words, size - at, err));
    for (; at < size && (unsigned char)text[at] < 0x80; at++) {
      const size_t k = words->size++;
      words->text[k] = text[at];
      words->starts[k] = (uint32_t)(base + at);
      words->ends[k] = (uint32_t)(base + at + 1);
    }
    if (at < size) {
      size_t length;
      const int32_t c = og_decode(text + at, size - at, &length);
      OG_TRY(og_words_put(words, c, (uint32_t)(base + at), (uint32_t)(base + at + length), err));
      at += length;
    }
  }
  return og_words_end(words, err);
}
