#include "ingest/datatypes.h"

#include "core/vocab.h"

#include <stdint.h>
#include <string.h>

/* What is left of a text that is read from front to back. */
typedef struct Cursor {
  const char *at, *end;
} Cursor;

static bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

static bool take(Cursor *cursor, char c) {
  const bool there = cursor->at < cursor->end && *cursor->at == c;
  cursor->at += there;
  return there;
}

static bool take_sign(Cursor *cursor) {
  return take(cursor, '+') || take(cursor, '-');
}

/* How many digits were passed. */
static size_t take_digits(Cursor *cursor) {
  const char *start = cursor->at;
  while (cursor->at < cursor->end && is_digit(*cursor->at)) {
    cursor->at++;
  }
  return (size_t)(cursor->at - start);
}

static bool at_end(const Cursor *cursor) {
  return cursor->at == cursor->end;
}

static bool text_is(const Cursor *cursor, const char *word) {
  const size_t size = (size_t)(cursor->end - cursor->at);
  return size == strlen(word) && memcmp(cursor->at, word, size) == 0;
}

/* ---- Numbers --------------------------------------------------------------------------------- */

static bool is_boolean(Cursor cursor, const char *rule) {
  (void)rule;
  return text_is(&cursor, "true") || text_is(&cursor, "false") || text_is(&cursor, "1") ||
         text_is(&cursor, "0");
}

static int compare_digits(const char *a, size_t a_size, const char *b, size_t b_size) {
  if (a_size != b_size) {
    return a_size < b_size ? -1 : 1;
  }
  return memcmp(a, b, a_size);
}

/* An integer as sign and digits without leading zeros. */
typedef struct Integer {
  bool negative;
  const char *digits;
  size_t size;
} Integer;

static bool read_integer(Cursor *cursor, Integer *integer) {
  integer->negative = cursor->at < cursor->end && *cursor->at == '-';
  take_sign(cursor);
  const char *start = cursor->at;
  const size_t count = take_digits(cursor);
  while (start < cursor->at && *start == '0') {
    start++;
  }
  integer->digits = start;
  integer->size = (size_t)(cursor->at - start);
  integer->negative = integer->negative && integer->size > 0; /* -0 is 0 */
  return count > 0;
}

static int compare_integers(const Integer *a, const Integer *b) {
  if (a->negative != b->negative) {
    return a->negative ? -1 : 1;
  }
  const int order = compare_digits(a->digits, a->size, b->digits, b->size);
  return a->negative ? -order : order;
}

/* rule: the least and the greatest value, "*" where there is none: "-128 127". */
static bool is_integer(Cursor cursor, const char *rule) {
  Integer value;
  if (!read_integer(&cursor, &value) || !at_end(&cursor)) {
    return false;
  }
  Cursor bounds = {rule, rule + strlen(rule)};
  for (int least = 1; least >= 0; least--) {
    Integer bound;
    if (!take(&bounds, '*')) {
      read_integer(&bounds, &bound);
      const int order = compare_integers(&value, &bound);
      if (least ? order < 0 : order > 0) {
        return false;
      }
    }
    take(&bounds, ' ');
  }
  return true;
}

static bool take_decimal(Cursor *cursor) {
  take_sign(cursor);
  size_t digits = take_digits(cursor);
  if (take(cursor, '.')) {
    digits += take_digits(cursor);
  }
  return digits > 0;
}

static bool is_decimal(Cursor cursor, const char *rule) {
  (void)rule;
  return take_decimal(&cursor) && at_end(&cursor);
}

static bool is_float(Cursor cursor, const char *rule) {
  (void)rule;
  if (text_is(&cursor, "NaN") || text_is(&cursor, "INF") || text_is(&cursor, "+INF") ||
      text_is(&cursor, "-INF")) {
    return true;
  }
  if (!take_decimal(&cursor)) {
    return false;
  }
  if (take(&cursor, 'e') || take(&cursor, 'E')) {
    take_sign(&cursor);
    return take_digits(&cursor) > 0 && at_end(&cursor);
  }
  return at_end(&cursor);
}

/* ---- Dates and times ------------------------------------------------------------------------- */

/* Two digits of a value in [least, most]. */
static bool take_two(Cursor *cursor, int least, int most, int *value) {
  if (cursor->end - cursor->at < 2 || !is_digit(cursor->at[0]) || !is_digit(cursor->at[1])) {
    return false;
  }
  *value = (cursor->at[0] - '0') * 10 + (cursor->at[1] - '0');
  cursor->at += 2;
  return *value >= least && *value <= most;
}

/* A year: four digits, or more that do not begin with 0; its remainder by 400 tells leap years. */
static bool take_year(Cursor *cursor, int *year) {
  take(cursor, '-');
  const char *start = cursor->at;
  const size_t digits = take_digits(cursor);
  *year = 0;
  for (const char *at = start; at < cursor->at; at++) {
    *year = (*year * 10 + (*at - '0')) % 400;
  }
  return digits == 4 || (digits > 4 && *start != '0');
}

static bool take_seconds(Cursor *cursor) {
  int value;
  if (!take_two(cursor, 0, 59, &value)) {
    return false;
  }
  return !take(cursor, '.') || take_digits(cursor) > 0;
}

static bool take_zone(Cursor *cursor) {
  int hours;
  int minutes;
  if (take(cursor, 'Z') || at_end(cursor)) {
    return true;
  }
  return take_sign(cursor) && take_two(cursor, 0, 14, &hours) && take(cursor, ':') &&
         take_two(cursor, 0, 59, &minutes) && (hours < 14 || minutes == 0);
}

static int days_of(int month, int year) {
  static const int days[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = year % 4 == 0 && (year % 100 != 0 || year == 0);
  return month == 2 && !leap ? 28 : days[month - 1];
}

/* rule: the parts in their order: Y year, M month, D day, h hour, m minute, s second, z zone, which
 * may be absent; anything else stands for itself. */
static bool is_date(Cursor cursor, const char *rule) {
  int year = 0; /* without a year, a day of February may be the 29th */
  int month = 1;
  int day = 1;
  int value;
  for (; *rule; rule++) {
    const bool right = *rule == 'Y'   ? take_year(&cursor, &year)
                       : *rule == 'M' ? take_two(&cursor, 1, 12, &month)
                       : *rule == 'D' ? take_two(&cursor, 1, 31, &day)
                       : *rule == 'h' ? take_two(&cursor, 0, 24, &value)
                       : *rule == 'm' ? take_two(&cursor, 0, 59, &value)
                       : *rule == 's' ? take_seconds(&cursor)
                       : *rule == 'z' ? take_zone(&cursor)
                                      : take(&cursor, *rule);
    if (!right) {
      return false;
    }
  }
  return at_end(&cursor) && day <= days_of(month, year);
}

/* P1Y2M3DT4H5M6.7S, any part of it absent but not all. rule: the letters that may come. */
static bool is_duration(Cursor cursor, const char *rule) {
  bool any = false;
  bool time = false; /* a part of the time is expected, or was */
  bool wanted = false;
  take(&cursor, '-');
  if (!take(&cursor, 'P')) {
    return false;
  }
  while (*rule && !at_end(&cursor)) {
    if (!time && take(&cursor, 'T')) {
      time = wanted = true;
      const char *marked = strchr(rule, 'T');
      rule = marked ? marked + 1 : "";
      continue;
    }
    const size_t digits = take_digits(&cursor);
    const bool fraction = digits > 0 && take(&cursor, '.');
    if (digits == 0 || (fraction && take_digits(&cursor) == 0)) {
      return false;
    }
    while (*rule && *rule != 'T' && (at_end(&cursor) || *rule != *cursor.at)) {
      rule++;
    }
    if (*rule == '\0' || *rule == 'T' || (fraction && *rule != 'S')) {
      return false;
    }
    cursor.at++;
    rule++;
    any = true;
    wanted = false;
  }
  return any && !wanted && at_end(&cursor);
}

/* ---- Bytes ----------------------------------------------------------------------------------- */

static bool is_hex(Cursor cursor, const char *rule) {
  static const char digits[] = "0123456789abcdefABCDEF";
  (void)rule;
  if ((cursor.end - cursor.at) % 2 != 0) {
    return false;
  }
  while (!at_end(&cursor)) {
    if (!memchr(digits, *cursor.at++, sizeof digits - 1)) {
      return false;
    }
  }
  return true;
}

/* Characters of base 64, spaces aside, in fours; up to two = at the end. */
static bool is_base64(Cursor cursor, const char *rule) {
  static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  size_t count = 0;
  size_t padding = 0;
  (void)rule;
  for (; !at_end(&cursor); cursor.at++) {
    if (*cursor.at && strchr(" \t\r\n", *cursor.at)) {
      continue;
    }
    if (*cursor.at == '=') {
      padding++;
    } else if (padding > 0 || !memchr(digits, *cursor.at, sizeof digits - 1)) {
      return false;
    }
    count++;
  }
  return count % 4 == 0 && padding <= 2;
}

/* ---- The table ------------------------------------------------------------------------------- */

typedef struct Datatype {
  const char *local; /* in XSD's namespace */
  bool (*is)(Cursor cursor, const char *rule);
  const char *rule;
} Datatype;

static const Datatype datatypes[] = {
    {"boolean", is_boolean, NULL},
    {"decimal", is_decimal, NULL},
    {"float", is_float, NULL},
    {"double", is_float, NULL},
    {"integer", is_integer, "* *"},
    {"nonPositiveInteger", is_integer, "* 0"},
    {"negativeInteger", is_integer, "* -1"},
    {"nonNegativeInteger", is_integer, "0 *"},
    {"positiveInteger", is_integer, "1 *"},
    {"long", is_integer, "-9223372036854775808 9223372036854775807"},
    {"int", is_integer, "-2147483648 2147483647"},
    {"short", is_integer, "-32768 32767"},
    {"byte", is_integer, "-128 127"},
    {"unsignedLong", is_integer, "0 18446744073709551615"},
    {"unsignedInt", is_integer, "0 4294967295"},
    {"unsignedShort", is_integer, "0 65535"},
    {"unsignedByte", is_integer, "0 255"},
    {"dateTime", is_date, "Y-M-DTh:m:sz"},
    {"dateTimeStamp", is_date, "Y-M-DTh:m:sz"},
    {"date", is_date, "Y-M-Dz"},
    {"time", is_date, "h:m:sz"},
    {"gYear", is_date, "Yz"},
    {"gYearMonth", is_date, "Y-Mz"},
    {"gMonth", is_date, "--Mz"},
    {"gMonthDay", is_date, "--M-Dz"},
    {"gDay", is_date, "---Dz"},
    {"duration", is_duration, "YMDTHMS"},
    {"yearMonthDuration", is_duration, "YM"},
    {"dayTimeDuration", is_duration, "DTHMS"},
    {"hexBinary", is_hex, NULL},
    {"base64Binary", is_base64, NULL},
};

bool og_is_well_typed(OgText text, OgText datatype) {
  static const char space[] = OG_NS_XSD;
  const size_t start = sizeof space - 1;
  if (datatype.size <= start || memcmp(datatype.data, space, start) != 0) {
    return true;
  }
  const size_t size = datatype.size - start;
  for (size_t k = 0; k < OG_COUNT(datatypes); k++) {
    const Datatype *row = &datatypes[k];
    if (strlen(row->local) == size && memcmp(row->local, datatype.data + start, size) == 0) {
      return row->is((Cursor){text.data, text.data + text.size}, row->rule);
    }
  }
  return true;
}
