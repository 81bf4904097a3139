#include "model/pretokenizer.h"

#include "core/memory.h"

#include <assert.h>
#include <utf8proc.h>

enum {
  TEXT_LIMIT = 1 << 30,
  REPLACEMENT = 0xfffd,
  DECOMPOSITION_SIZE = 8, /* characters; Unicode's longest canonical decomposition has 4 */
  CHARACTER_SIZE = 4      /* bytes */
};

/* What a character does to the words around it. */
typedef enum Role { IN_WORD, SEPARATES, ALONE, VANISHES } Role;

/* What matters of a character's general category. */
typedef enum Class { PLAIN, PUNCTUATION, NONSPACING, OTHER } Class;

/* --- tables ----------------------------------------------------------------------------------- */

typedef struct Range {
  int32_t first, last;
} Range;

/* Chinese characters as the reference implementation has them: BERT's blocks, but it starts the
 * seventh 256 characters late. */
static const Range chinese[] = {
    {0x3400, 0x4dbf},   {0x4e00, 0x9fff},   {0xf900, 0xfaff},   {0x20000, 0x2a6df},
    {0x2a700, 0x2b73f}, {0x2b740, 0x2b81f}, {0x2b920, 0x2ceaf}, {0x2f800, 0x2fa1f},
};

/* The property White_Space (PropList.txt). */
static const Range white_space[] = {
    {0x09, 0x0d},     {0x20, 0x20},     {0x85, 0x85},     {0xa0, 0xa0},     {0x1680, 0x1680},
    {0x2000, 0x200a}, {0x2028, 0x2029}, {0x202f, 0x202f}, {0x205f, 0x205f}, {0x3000, 0x3000},
};

/* The reference implementation knows the categories of Unicode 8. In these ranges all punctuation,
 * marks, format characters and decompositions are newer: to it they are plain. Found by asking it
 * for every code point. */
static const Range newer[] = {
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
  Class class;
} changed[] = {{0x166d, PUNCTUATION}, {0x1734, NONSPACING}, {0x111c9, PUNCTUATION}};

/* Whether c is in one of the ranges, which are sorted. */
static bool is_in(const Range *ranges, size_t count, int32_t c) {
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

static bool is_newer(int32_t c) {
  return c >= newer[0].first && is_in(newer, OG_COUNT(newer), c);
}

static bool is_ascii_punctuation(int32_t c) {
  return (c >= 33 && c <= 47) || (c >= 58 && c <= 64) || (c >= 91 && c <= 96) ||
         (c >= 123 && c <= 126);
}

static Class class_of(int32_t c) {
  if (is_ascii_punctuation(c)) {
    return PUNCTUATION;
  }
  for (size_t k = 0; k < OG_COUNT(changed); k++) {
    if (c == changed[k].c) {
      return changed[k].class;
    }
  }
  const utf8proc_category_t category = utf8proc_category(c);
  const bool punctuation = category >= UTF8PROC_CATEGORY_PC && category <= UTF8PROC_CATEGORY_PO;
  const bool other = category >= UTF8PROC_CATEGORY_CC && category <= UTF8PROC_CATEGORY_CO;
  const Class class = punctuation                        ? PUNCTUATION
                      : category == UTF8PROC_CATEGORY_MN ? NONSPACING
                      : other                            ? OTHER
                                                         : PLAIN;
  return class != PLAIN && is_newer(c) ? PLAIN : class;
}

/* Role of a normalised character. */
static Role role_of(int32_t c) {
  return is_in(white_space, OG_COUNT(white_space), c) ? SEPARATES
         : class_of(c) == PUNCTUATION                 ? ALONE
                                                      : IN_WORD;
}

/* Role under clean_text of a character as written: control, format, surrogate, private use, and
 * U+FFFD go. Unassigned ones stay. */
static Role cleaned_role(int32_t c) {
  if (c == '\t' || c == '\n' || c == '\r') {
    return SEPARATES;
  }
  return class_of(c) == OTHER || c == REPLACEMENT       ? VANISHES
         : is_in(white_space, OG_COUNT(white_space), c) ? SEPARATES
                                                        : IN_WORD;
}

/* --- the words under construction ------------------------------------------------------------- */

/* Make room for extra more bytes of text. */
static OgStatus reserve(OgWords *words, size_t extra, OgError *err) {
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

/* End the word that text's last bytes belong to, if there is one. */
static OgStatus end_word(OgWords *words, OgError *err) {
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

/* Append one normalised character that came from [start, end) of the original. */
static OgStatus put(OgWords *words, int32_t c, uint32_t start, uint32_t end, OgError *err) {
  const Role role = role_of(c);
  if (role != IN_WORD) {
    OG_TRY(end_word(words, err));
  }
  if (role == SEPARATES) {
    return OG_OK;
  }
  OG_TRY(reserve(words, CHARACTER_SIZE, err));
  const size_t size =
      (size_t)utf8proc_encode_char(c, (utf8proc_uint8_t *)words->text + words->size);
  for (size_t k = 0; k < size; k++) {
    words->starts[words->size + k] = start;
    words->ends[words->size + k] = end;
  }
  words->size += size;
  return role == ALONE ? end_word(words, err) : OG_OK;
}

/* --- normalising ------------------------------------------------------------------------------ */

/* Lower each character on its own, by Unicode's full mapping: U+0130 is the only one that becomes
 * two. */
static OgStatus put_lowered(OgWords *words, int32_t c, uint32_t start, uint32_t end, OgError *err) {
  if (c == 0x130) {
    OG_TRY(put(words, 'i', start, end, err));
    return put(words, 0x307, start, end, err);
  }
  return put(words, utf8proc_tolower(c), start, end, err);
}

/* Decompose a character, drop its nonspacing marks, and append the rest. */
static OgStatus put_stripped(OgWords *words, bool lowercase, int32_t c, uint32_t start,
                             uint32_t end, OgError *err) {
  utf8proc_int32_t parts[DECOMPOSITION_SIZE] = {c};
  utf8proc_ssize_t count = 1;
  if (c > 0x7f && !is_newer(c)) {
    int boundary = 0;
    count = utf8proc_decompose_char(c, parts, DECOMPOSITION_SIZE, UTF8PROC_DECOMPOSE, &boundary);
    assert(count > 0 && count <= DECOMPOSITION_SIZE);
  }
  for (utf8proc_ssize_t k = 0; k < count; k++) {
    if (class_of(parts[k]) == NONSPACING) {
      continue;
    }
    OG_TRY(lowercase ? put_lowered(words, parts[k], start, end, err)
                     : put(words, parts[k], start, end, err));
  }
  return OG_OK;
}

/* Normalise and append the character c that is [start, end) of the original. */
static OgStatus add_character(const OgPretokenizerOptions *options, int32_t c, uint32_t start,
                              uint32_t end, OgWords *words, OgError *err) {
  const Role role = options->clean_text ? cleaned_role(c) : IN_WORD;
  if (role == VANISHES) {
    return OG_OK;
  }
  const bool chinese_character = options->split_chinese && is_in(chinese, OG_COUNT(chinese), c);
  const bool apart = role == SEPARATES || chinese_character;
  if (apart) {
    OG_TRY(end_word(words, err));
  }
  if (role == SEPARATES) {
    return OG_OK;
  }
  OG_TRY(options->strip_accents ? put_stripped(words, options->lowercase, c, start, end, err)
         : options->lowercase   ? put_lowered(words, c, start, end, err)
                                : put(words, c, start, end, err));
  return apart ? end_word(words, err) : OG_OK;
}

/* ASCII letters and digits, lowered or as they are; 0 for every other byte. Most text is runs of
 * these. */
static char plain_byte(unsigned char c, bool lowercase) {
  const bool upper = c >= 'A' && c <= 'Z';
  const bool plain = upper || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
  return (char)(!plain ? 0 : upper && lowercase ? c + 'a' - 'A' : c);
}

/* Append the ASCII letters and digits at the start of text; returns how many there were. Room for
 * size bytes is there. */
static size_t add_plain(const char table[256], const char *text, size_t size, size_t base,
                        OgWords *words) {
  char *out = words->text + words->size;
  uint32_t *starts = words->starts + words->size;
  uint32_t *ends = words->ends + words->size;
  size_t k = 0;
  for (; k < size && table[(unsigned char)text[k]]; k++) {
    out[k] = table[(unsigned char)text[k]];
    starts[k] = (uint32_t)(base + k);
    ends[k] = (uint32_t)(base + k + 1);
  }
  words->size += k;
  return k;
}

/* The character at the start of text, and its bytes. */
static int32_t decode(const char *text, size_t size, size_t *length) {
  utf8proc_int32_t c = -1;
  const utf8proc_ssize_t used =
      utf8proc_iterate((const utf8proc_uint8_t *)text, (utf8proc_ssize_t)size, &c);
  *length = used > 0 ? (size_t)used : 1;
  return used > 0 ? c : REPLACEMENT;
}

OgStatus og_pretokenize(const OgPretokenizerOptions *options, const char *text, size_t size,
                        size_t base, OgWords *words, OgError *err) {
  if (size > TEXT_LIMIT || base > TEXT_LIMIT - size) {
    return og_error_set(err, OG_USAGE, "a text of %zu bytes is over the limit of %d", base + size,
                        TEXT_LIMIT);
  }
  char table[256];
  for (unsigned c = 0; c < OG_COUNT(table); c++) {
    table[c] = plain_byte((unsigned char)c, options->lowercase);
  }
  for (size_t at = 0; at < size;) {
    OG_TRY(reserve(words, size - at, err));
    at += add_plain(table, text + at, size - at, base + at, words);
    if (at < size) {
      size_t length;
      const int32_t c = decode(text + at, size - at, &length);
      OG_TRY(add_character(options, c, (uint32_t)(base + at), (uint32_t)(base + at + length), words,
                           err));
      at += length;
    }
  }
  return end_word(words, err);
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
