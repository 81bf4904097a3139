#include "kg/wrap.h"

#include <string.h>
#include <utf8proc.h>

/* Adobe's metrics of Helvetica, from space to tilde, in thousandths of an em. */
static const short helvetica[] = {
    278, 278, 355, 556, 556, 889, 667, 222, 333, 333, 389, 584, 278, 333,  278, 278, 556, 556, 556,
    556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667,
    611, 778, 722, 278, 500, 667, 556, 833, 722, 778, 667, 778, 722, 667,  611, 722, 667, 944, 667,
    667, 611, 278, 278, 278, 469, 556, 222, 556, 556, 500, 556, 556, 278,  556, 556, 222, 222, 500,
    222, 833, 556, 556, 556, 556, 333, 500, 278, 556, 500, 722, 500, 500,  500, 334, 260, 334, 584,
};
_Static_assert(sizeof helvetica == ('~' - ' ' + 1) * sizeof *helvetica, "a width each");

static const double safety = 8.0 / 7; /* fonts that stand in for Helvetica are wider */
static const double narrow = 0.64;    /* of a column, in other alphabets */
static const double wide = 1.0;       /* of two columns: ideographs fill the em */

typedef struct Character {
  utf8proc_int32_t point;
  size_t size;
} Character;

static Character character_at(const char *text, size_t size) {
  Character c;
  const utf8proc_ssize_t bytes =
      utf8proc_iterate((const utf8proc_uint8_t *)text, (utf8proc_ssize_t)size, &c.point);
  c.size = bytes > 0 ? (size_t)bytes : 1;
  c.point = bytes > 0 ? c.point : 0xfffd;
  return c;
}

static double character_width(utf8proc_int32_t point) {
  if (point >= ' ' && point <= '~') {
    return helvetica[point - ' '] / 1000.0 * safety;
  }
  const int columns = utf8proc_charwidth(point);
  return columns > 1 ? wide : columns == 1 ? narrow : 0;
}

double og_wrap_width(const char *text, size_t size) {
  double width = 0;
  for (size_t k = 0; k < size;) {
    const Character c = character_at(text + k, size - k);
    width += character_width(c.point);
    k += c.size;
  }
  return width;
}

/* ---- What may be shown ---- */

static bool turns_text(utf8proc_int32_t point) {
  return (point >= 0x202a && point <= 0x202e) || (point >= 0x2066 && point <= 0x2069);
}

static utf8proc_int32_t shown_as(utf8proc_int32_t point) {
  const bool is_control = point < ' ' || (point >= 0x7f && point < 0xa0);
  const bool is_separator = point == 0x2028 || point == 0x2029;
  return is_control || is_separator ? ' ' : (point & 0xfffe) == 0xfffe ? 0xfffd : point;
}

char *og_wrap_clean(const char *label, OgArena *arena) {
  const size_t size = strlen(label);
  char *clean = og_arena_alloc(arena, size + 1, 3); /* U+FFFD has three bytes */
  size_t length = 0;
  for (size_t k = 0; clean && k < size;) {
    const Character c = character_at(label + k, size - k);
    const utf8proc_int32_t point = shown_as(c.point);
    k += c.size;
    if (!turns_text(point) && !(point == ' ' && (length == 0 || clean[length - 1] == ' '))) {
      length += (size_t)utf8proc_encode_char(point, (utf8proc_uint8_t *)clean + length);
    }
  }
  if (clean && length > 0 && clean[length - 1] == ' ') {
    clean[length - 1] = '\0';
  }
  return clean;
}

/* ---- Lines ---- */

static bool is_upper(utf8proc_int32_t point) {
  return utf8proc_category(point) == UTF8PROC_CATEGORY_LU;
}

static bool is_lower(utf8proc_int32_t point) {
  return utf8proc_category(point) == UTF8PROC_CATEGORY_LL;
}

/* Whether a line may end between the two. */
static bool may_break(utf8proc_int32_t before, utf8proc_int32_t after) {
  if (before == ' ' || before == '-' || before == '/' || before == '_' || before == 0x2013) {
    return true;
  }
  if (is_lower(before) && is_upper(after)) {
    return true;
  }
  return utf8proc_charwidth(before) > 1 && utf8proc_charwidth(after) > 0 &&
         utf8proc_category(after) != UTF8PROC_CATEGORY_PO &&
         utf8proc_category(after) != UTF8PROC_CATEGORY_PE;
}

/* Bytes of text up to the end of a line of this width: at the last place to break, else where the
 * next grapheme would be too much. */
static size_t fit_line(const char *text, size_t size, double width, bool *broken) {
  size_t place = 0, grapheme = 0;
  double used = 0;
  utf8proc_int32_t before = 0, state = 0;
  for (size_t k = 0; k < size;) {
    const Character c = character_at(text + k, size - k);
    if (k > 0 && utf8proc_grapheme_break_stateful(before, c.point, &state)) {
      grapheme = k;
      place = may_break(before, c.point) ? k : place;
    }
    used += character_width(c.point);
    if (used > width && c.point != ' ' && grapheme > 0) {
      *broken = *broken || place == 0;
      return place > 0 ? place : grapheme;
    }
    before = c.point;
    k += c.size;
  }
  return size;
}

static size_t without_space(const char *text, size_t size) {
  while (size > 0 && text[size - 1] == ' ') {
    size--;
  }
  return size;
}

void og_wrap(const char *text, double width, OgLines *lines) {
  const double ellipsis = character_width(0x2026);
  size_t size = strlen(text);
  *lines = (OgLines){.count = 0};
  while (size > 0 && lines->count < OG_WRAP_LINES) {
    size_t taken = fit_line(text, size, width, &lines->broken);
    if (lines->count == OG_WRAP_LINES - 1 && taken < size) {
      taken = fit_line(text, size, width - ellipsis, &lines->broken);
      lines->cut = true;
    }
    lines->items[lines->count++] = (OgLine){text, without_space(text, taken)};
    text += taken;
    size -= taken;
  }
}
