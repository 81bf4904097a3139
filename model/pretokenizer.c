#include "model/pretokenizer.h"

#include "core/memory.h"
#include "model/characters.h"

#include <assert.h>
#include <utf8proc.h>

enum { DECOMPOSITION_SIZE = 8 /* characters; Unicode's longest canonical decomposition has 4 */ };

/* What a character does to the words around it. */
typedef enum Role { IN_WORD, SEPARATES, ALONE, VANISHES } Role;

/* --- tables ----------------------------------------------------------------------------------- */

/* Chinese characters as the reference implementation has them: BERT's blocks, but it starts the
 * seventh 256 characters late. */
static const OgRange chinese[] = {
    {0x3400, 0x4dbf},   {0x4e00, 0x9fff},   {0xf900, 0xfaff},   {0x20000, 0x2a6df},
    {0x2a700, 0x2b73f}, {0x2b740, 0x2b81f}, {0x2b920, 0x2ceaf}, {0x2f800, 0x2fa1f},
};

/* Role of a normalised character. */
static Role role_of(int32_t c) {
  return og_is_white_space(c)                            ? SEPARATES
         : og_character_class(c) == OG_CLASS_PUNCTUATION ? ALONE
                                                         : IN_WORD;
}

/* Role under clean_text of a character as written: control, format, surrogate, private use, and
 * U+FFFD go. Unassigned ones stay. */
static Role cleaned_role(int32_t c) {
  if (c == '\t' || c == '\n' || c == '\r') {
    return SEPARATES;
  }
  return og_character_class(c) == OG_CLASS_OTHER || c == OG_REPLACEMENT_CHARACTER ? VANISHES
         : og_is_white_space(c)                                                   ? SEPARATES
                                                                                  : IN_WORD;
}

/* --- the words under construction ------------------------------------------------------------- */

/* One way over a text. */
typedef struct Pass {
  const OgPretokenizerOptions *options;
  OgWords *words;
  bool split; /* else white space stays, as blanks, and nothing ends a word */
} Pass;

/* Append one normalised character that came from [start, end) of the original. */
static OgStatus put(const Pass *pass, int32_t c, uint32_t start, uint32_t end, OgError *err) {
  const Role role = pass->split ? role_of(c) : IN_WORD;
  if (role != IN_WORD) {
    OG_TRY(og_words_end(pass->words, err));
  }
  if (role == SEPARATES) {
    return OG_OK;
  }
  OG_TRY(og_words_put(pass->words, c, start, end, err));
  return role == ALONE ? og_words_end(pass->words, err) : OG_OK;
}

/* --- normalising ------------------------------------------------------------------------------ */

/* Lower each character on its own, by Unicode's full mapping: U+0130 is the only one that becomes
 * two. */
static OgStatus put_lowered(const Pass *pass, int32_t c, uint32_t start, uint32_t end,
                            OgError *err) {
  if (c == 0x130) {
    OG_TRY(put(pass, 'i', start, end, err));
    return put(pass, 0x307, start, end, err);
  }
  return put(pass, utf8proc_tolower(c), start, end, err);
}

/* Decompose a character, drop its nonspacing marks, and append the rest. */
static OgStatus put_stripped(const Pass *pass, int32_t c, uint32_t start, uint32_t end,
                             OgError *err) {
  utf8proc_int32_t parts[DECOMPOSITION_SIZE] = {c};
  utf8proc_ssize_t count = 1;
  if (c > 0x7f && !og_is_newer_character(c)) {
    int boundary = 0;
    count = utf8proc_decompose_char(c, parts, DECOMPOSITION_SIZE, UTF8PROC_DECOMPOSE, &boundary);
    assert(count > 0 && count <= DECOMPOSITION_SIZE);
  }
  for (utf8proc_ssize_t k = 0; k < count; k++) {
    if (og_character_class(parts[k]) == OG_CLASS_NONSPACING) {
      continue;
    }
    OG_TRY(pass->options->lowercase ? put_lowered(pass, parts[k], start, end, err)
                                    : put(pass, parts[k], start, end, err));
  }
  return OG_OK;
}

/* A blank that came from [start, end) where words stay together; else the word's end. */
static OgStatus put_blank(const Pass *pass, uint32_t start, uint32_t end, OgError *err) {
  return pass->split ? og_words_end(pass->words, err)
                     : og_words_put(pass->words, ' ', start, end, err);
}

/* Normalise and append the character c that is [start, end) of the original. */
static OgStatus add_character(const Pass *pass, int32_t c, uint32_t start, uint32_t end,
                              OgError *err) {
  const OgPretokenizerOptions *options = pass->options;
  const Role role = options->clean_text ? cleaned_role(c) : IN_WORD;
  if (role == VANISHES) {
    return OG_OK;
  }
  if (role == SEPARATES) {
    return put_blank(pass, start, end, err);
  }
  const bool apart = options->split_chinese && og_in_ranges(chinese, OG_COUNT(chinese), c);
  if (apart) {
    OG_TRY(put_blank(pass, start, end, err));
  }
  OG_TRY(options->strip_accents ? put_stripped(pass, c, start, end, err)
         : options->lowercase   ? put_lowered(pass, c, start, end, err)
                                : put(pass, c, start, end, err));
  return apart ? put_blank(pass, start, end, err) : OG_OK;
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

static OgStatus run(const Pass *pass, const char *text, size_t size, size_t base, OgError *err) {
  char table[256];
  OG_TRY(og_text_size_check(base, size, err));
  for (unsigned c = 0; c < OG_COUNT(table); c++) {
    table[c] = plain_byte((unsigned char)c, pass->options->lowercase);
  }
  for (size_t at = 0; at < size;) {
    OG_TRY(og_words_reserve(pass->words, size - at, err));
    at += add_plain(table, text + at, size - at, base + at, pass->words);
    if (at < size) {
      size_t length;
      const int32_t c = og_decode(text + at, size - at, &length);
      OG_TRY(add_character(pass, c, (uint32_t)(base + at), (uint32_t)(base + at + length), err));
      at += length;
    }
  }
  return og_words_end(pass->words, err);
}

OgStatus og_pretokenize(const OgPretokenizerOptions *options, const char *text, size_t size,
                        size_t base, OgWords *words, OgError *err) {
  return run(&(Pass){options, words, true}, text, size, base, err);
}

OgStatus og_bert_normalize(const OgPretokenizerOptions *options, const char *text, size_t size,
                           size_t base, OgWords *words, OgError *err) {
  return run(&(Pass){options, words, false}, text, size, base, err);
}
