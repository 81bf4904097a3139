#include "kg/sparql_number.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DIGITS = 38, QUOTIENT_SCALE = 18, LONGEST_REAL = 400 };

static const OgWide largest = ((OgWide)0x7fffffffffffffff << 64) | 0xffffffffffffffff;

/* The range of an integer type derived by restriction (XML Schema 1.1, 3.4). */
typedef struct Range {
  bool has_least, has_most;
  OgWide least, most;
} Range;

static const Range ranges[OG_TYPE_COUNT] = {
    [OG_TYPE_LONG] = {true, true, INT64_MIN, INT64_MAX},
    [OG_TYPE_INT] = {true, true, INT32_MIN, INT32_MAX},
    [OG_TYPE_SHORT] = {true, true, INT16_MIN, INT16_MAX},
    [OG_TYPE_BYTE] = {true, true, INT8_MIN, INT8_MAX},
    [OG_TYPE_NON_NEGATIVE_INTEGER] = {true, false, 0, 0},
    [OG_TYPE_POSITIVE_INTEGER] = {true, false, 1, 0},
    [OG_TYPE_NON_POSITIVE_INTEGER] = {false, true, 0, 0},
    [OG_TYPE_NEGATIVE_INTEGER] = {false, true, 0, -1},
    [OG_TYPE_UNSIGNED_LONG] = {true, true, 0, UINT64_MAX},
    [OG_TYPE_UNSIGNED_INT] = {true, true, 0, UINT32_MAX},
    [OG_TYPE_UNSIGNED_SHORT] = {true, true, 0, UINT16_MAX},
    [OG_TYPE_UNSIGNED_BYTE] = {true, true, 0, UINT8_MAX},
};

static bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static OgText trim(OgText text) {
  while (text.size > 0 && is_space(text.data[0])) {
    text.data++;
    text.size--;
  }
  while (text.size > 0 && is_space(text.data[text.size - 1])) {
    text.size--;
  }
  return text;
}

/* No trailing zeros after the point, so that equal values have one form. */
static OgNumber normal(OgNumber a) {
  while (a.scale > 0 && a.digits % 10 == 0) {
    a.digits /= 10;
    a.scale--;
  }
  return a;
}

/* Sign, digits and at most one point. */
static bool parse_exact(OgText text, bool point_allowed, OgNumber *number) {
  bool negative = false;
  bool point = false;
  bool any = false;
  size_t k = 0;
  number->digits = 0;
  number->scale = 0;
  if (text.size > 0 && (text.data[0] == '-' || text.data[0] == '+')) {
    negative = text.data[0] == '-';
    k = 1;
  }
  for (; k < text.size; k++) {
    const char c = text.data[k];
    if (c == '.' && point_allowed && !point) {
      point = true;
    } else if (c < '0' || c > '9') {
      return false;
    } else if (number->digits > (largest - 9) / 10 || number->scale == DIGITS) {
      if (!point) {
        return false;
      }
      any = true; /* a fraction's digits past the 38th are cut off */
    } else {
      number->digits = number->digits * 10 + (c - '0');
      number->scale += point;
      any = true;
    }
  }
  number->digits = negative ? -number->digits : number->digits;
  *number = normal(*number);
  return any;
}

/* What strtod reads of it and XML Schema has: no hexadecimal digits, "inf" or "nan". */
static bool parse_real(OgText text, double *real) {
  static const struct {
    const char *name;
    double value;
  } specials[] = {{"INF", (double)INFINITY},
                  {"+INF", (double)INFINITY},
                  {"-INF", -(double)INFINITY},
                  {"NaN", (double)NAN}};
  for (size_t k = 0; k < OG_COUNT(specials); k++) {
    if (og_text_equal(text, (OgText){specials[k].name, strlen(specials[k].name)})) {
      *real = specials[k].value;
      return true;
    }
  }
  char copy[LONGEST_REAL];
  if (text.size == 0 || text.size >= sizeof copy) {
    return false;
  }
  for (size_t k = 0; k < text.size; k++) {
    if (!strchr("0123456789+-.eE", text.data[k]) || text.data[k] == '\0') {
      return false;
    }
    copy[k] = text.data[k];
  }
  char *end;
  copy[text.size] = '\0';
  *real = strtod(copy, &end);
  return end == copy + text.size;
}

bool og_number_parse(OgText lexical, OgDatatype type, OgNumber *number) {
  const OgText text = trim(lexical);
  *number = (OgNumber){.type = type};
  if (type == OG_TYPE_FLOAT || type == OG_TYPE_DOUBLE) {
    const bool good = parse_real(text, &number->real);
    if (type == OG_TYPE_FLOAT) {
      number->real = (double)(float)number->real;
    }
    return good;
  }
  if (type == OG_TYPE_DECIMAL) {
    return parse_exact(text, true, number);
  }
  if (type < OG_TYPE_INTEGER || !parse_exact(text, false, number)) {
    return false;
  }
  const Range *range = &ranges[type];
  number->type = OG_TYPE_INTEGER;
  return !(range->has_least && number->digits < range->least) &&
         !(range->has_most && number->digits > range->most);
}

bool og_number_of(const OgTypedTerm *term, OgNumber *number) {
  return term->type >= OG_TYPE_DECIMAL && og_number_parse(term->term.text, term->type, number);
}

OgNumber og_number_integer(int64_t value) {
  return (OgNumber){.type = OG_TYPE_INTEGER, .digits = value};
}

OgNumber og_number_double(double value) {
  return (OgNumber){.type = OG_TYPE_DOUBLE, .real = value};
}

static bool is_exact(OgNumber a) {
  return a.type == OG_TYPE_INTEGER || a.type == OG_TYPE_DECIMAL;
}

double og_number_real(OgNumber a) {
  if (!is_exact(a)) {
    return a.real;
  }
  char text[OG_NUMBER_TEXT];
  og_number_text(a, text);
  return strtod(text, NULL);
}

/* ---- Arithmetic ---- */

/* The type that both are promoted to: integer, decimal, float, double. */
static OgDatatype common_type(OgNumber a, OgNumber b) {
  static const OgDatatype order[] = {OG_TYPE_DOUBLE, OG_TYPE_FLOAT, OG_TYPE_DECIMAL};
  for (size_t k = 0; k < OG_COUNT(order); k++) {
    if (a.type == order[k] || b.type == order[k]) {
      return order[k];
    }
  }
  return OG_TYPE_INTEGER;
}

/* A real result, rounded to its type. */
static bool give_real(OgDatatype type, double value, OgNumber *result) {
  *result = (OgNumber){.type = type, .real = type == OG_TYPE_FLOAT ? (double)(float)value : value};
  return true;
}

static bool raise(OgNumber *a, int scale) {
  for (; a->scale < scale; a->scale++) {
    if (__builtin_mul_overflow(a->digits, (OgWide)10, &a->digits)) {
      return false;
    }
  }
  return true;
}

static bool give_exact(OgDatatype type, OgWide digits, int scale, OgNumber *result) {
  for (; scale > DIGITS; scale--) {
    digits /= 10;
  }
  *result = normal((OgNumber){.type = type, .digits = digits, .scale = scale});
  return true;
}

bool og_number_add(OgNumber a, OgNumber b, OgNumber *sum) {
  const OgDatatype type = common_type(a, b);
  if (type == OG_TYPE_FLOAT || type == OG_TYPE_DOUBLE) {
    return give_real(type, og_number_real(a) + og_number_real(b), sum);
  }
  OgWide digits;
  return raise(&a, b.scale) && raise(&b, a.scale) &&
         !__builtin_add_overflow(a.digits, b.digits, &digits) &&
         give_exact(type, digits, a.scale, sum);
}

OgNumber og_number_negate(OgNumber a) {
  a.digits = -a.digits;
  a.real = -a.real;
  return a;
}

bool og_number_subtract(OgNumber a, OgNumber b, OgNumber *difference) {
  return og_number_add(a, og_number_negate(b), difference);
}

bool og_number_multiply(OgNumber a, OgNumber b, OgNumber *product) {
  const OgDatatype type = common_type(a, b);
  if (type == OG_TYPE_FLOAT || type == OG_TYPE_DOUBLE) {
    return give_real(type, og_number_real(a) * og_number_real(b), product);
  }
  OgWide digits;
  return !__builtin_mul_overflow(a.digits, b.digits, &digits) &&
         give_exact(type, digits, a.scale + b.scale, product);
}

bool og_number_divide(OgNumber a, OgNumber b, OgNumber *quotient) {
  const OgDatatype type = common_type(a, b);
  if (type == OG_TYPE_FLOAT || type == OG_TYPE_DOUBLE) {
    return give_real(type, og_number_real(a) / og_number_real(b), quotient);
  }
  if (b.digits == 0) {
    return false;
  }
  OgWide raised;
  while (a.scale - b.scale < QUOTIENT_SCALE &&
         !__builtin_mul_overflow(a.digits, (OgWide)10, &raised)) {
    a.digits = raised;
    a.scale++;
  }
  if (a.scale < b.scale && !raise(&a, b.scale)) {
    return false;
  }
  return give_exact(OG_TYPE_DECIMAL, a.digits / b.digits, a.scale - b.scale, quotient);
}

OgOrdering og_number_compare(OgNumber a, OgNumber b) {
  const OgDatatype type = common_type(a, b);
  if (type != OG_TYPE_FLOAT && type != OG_TYPE_DOUBLE && raise(&a, b.scale) && raise(&b, a.scale)) {
    return a.digits < b.digits ? OG_LESS : a.digits > b.digits ? OG_GREATER : OG_EQUAL;
  }
  double x = og_number_real(a);
  double y = og_number_real(b);
  if (type == OG_TYPE_FLOAT) {
    x = (double)(float)x;
    y = (double)(float)y;
  }
  return x < y ? OG_LESS : x > y ? OG_GREATER : isnan(x) || isnan(y) ? OG_UNORDERED : OG_EQUAL;
}

bool og_number_is_true(OgNumber a) {
  return is_exact(a) ? a.digits != 0 : !(isnan(a.real) || fpclassify(a.real) == FP_ZERO);
}

/* ---- Rounding ---- */

OgNumber og_number_absolute(OgNumber a) {
  a.digits = a.digits < 0 ? -a.digits : a.digits;
  a.real = fabs(a.real);
  return a;
}

OgNumber og_number_floor(OgNumber a) {
  a.real = floor(a.real);
  for (bool below = false; a.scale > 0; a.scale--) {
    below = below || a.digits % 10 != 0;
    const bool negative = a.digits < 0;
    a.digits /= 10;
    if (a.scale == 1 && below && negative) {
      a.digits--;
    }
  }
  return a;
}

OgNumber og_number_ceiling(OgNumber a) {
  return og_number_negate(og_number_floor(og_number_negate(a)));
}

OgNumber og_number_round(OgNumber a) {
  const OgNumber half = {.type = OG_TYPE_DECIMAL, .digits = 5, .scale = 1};
  OgNumber sum;
  if (is_exact(a)) {
    const OgDatatype type = a.type;
    sum = a;
    if (a.scale > 0 && og_number_add(a, half, &sum)) {
      sum = og_number_floor(sum);
    }
    sum.type = type;
    return sum;
  }
  /* halves go up, -0.5 to negative zero; from 2^52 on nothing has a fraction */
  if (fabs(a.real) < 4503599627370496.0) {
    a.real = copysign(floor(a.real + 0.5), a.real);
  }
  return a;
}

/* ---- Types ---- */

/* Whether the text reads as this number of this type. */
static bool reads_as(const char *text, OgDatatype type, double real) {
  const double read = strtod(text, NULL);
  return (type == OG_TYPE_FLOAT ? (double)(float)read : read) == real;
}

static bool real_to_exact(OgDatatype type, double real, OgNumber *number) {
  char text[LONGEST_REAL];
  if (!isfinite(real) || fabs(real) >= 1e37) {
    return false;
  }
  /* the shortest decimal that is this number, written without an exponent */
  int digits = 1;
  do {
    snprintf(text, sizeof text, "%.*e", digits - 1, real);
  } while (!reads_as(text, type, real) && ++digits <= 17);
  const int exponent = atoi(strchr(text, 'e') + 1);
  const int after = digits - 1 - exponent;
  snprintf(text, sizeof text, "%.*f", after > 0 ? after : 0, real);
  return parse_exact((OgText){text, strlen(text)}, true, number);
}

bool og_number_convert(OgNumber a, OgDatatype type, OgNumber *converted) {
  *converted = a;
  converted->type = type;
  if (type == OG_TYPE_FLOAT || type == OG_TYPE_DOUBLE) {
    return give_real(type, og_number_real(a), converted);
  }
  if (!is_exact(a) && !real_to_exact(a.type, a.real, converted)) {
    return false;
  }
  converted->type = type;
  if (type == OG_TYPE_INTEGER) { /* towards zero */
    *converted =
        converted->digits < 0 ? og_number_ceiling(*converted) : og_number_floor(*converted);
  }
  return true;
}

static size_t exact_text(OgNumber a, char *text) {
  char digits[DIGITS + 3];
  size_t count = 0;
  OgWide rest = a.digits;
  size_t size = 0;
  for (; rest != 0 || count == 0 || count <= (size_t)a.scale; rest /= 10) {
    const int digit = (int)(rest % 10);
    digits[count++] = (char)('0' + (digit < 0 ? -digit : digit));
  }
  if (a.digits < 0) {
    text[size++] = '-';
  }
  while (count > 0) {
    if ((int)count == a.scale) {
      text[size++] = '.';
    }
    text[size++] = digits[--count];
  }
  if (a.type == OG_TYPE_DECIMAL && a.scale == 0) {
    text[size++] = '.';
    text[size++] = '0';
  }
  text[size] = '\0';
  return size;
}

/* 1.5E0: one digit before the point, at least one after it, as few as tell the value. */
static size_t real_text(OgNumber a, char text[OG_NUMBER_TEXT]) {
  if (!isfinite(a.real)) {
    return (size_t)snprintf(text, OG_NUMBER_TEXT, "%s",
                            isnan(a.real) ? "NaN"
                            : a.real > 0  ? "INF"
                                          : "-INF");
  }
  char digits[OG_NUMBER_TEXT];
  const int most = a.type == OG_TYPE_FLOAT ? 9 : 17;
  for (int precision = 1; precision < most; precision++) {
    snprintf(digits, sizeof digits, "%.*e", precision, a.real);
    if (reads_as(digits, a.type, a.real)) {
      break;
    }
  }
  char *exponent = strchr(digits, 'e');
  *exponent = '\0';
  return (size_t)snprintf(text, OG_NUMBER_TEXT, "%sE%d", digits, atoi(exponent + 1));
}

size_t og_number_text(OgNumber a, char text[OG_NUMBER_TEXT]) {
  return is_exact(a) ? exact_text(a, text) : real_text(a, text);
}

size_t og_number_string(OgNumber a, char text[OG_NUMBER_TEXT]) {
  OgNumber exact = a;
  if (!is_exact(a)) {
    const double size = fabs(a.real);
    if (size == 0) {
      return (size_t)snprintf(text, OG_NUMBER_TEXT, signbit(a.real) ? "-0" : "0");
    }
    if (!(size >= 1e-6 && size < 1e6) || !real_to_exact(a.type, a.real, &exact)) {
      return real_text(a, text);
    }
  }
  exact.type = exact.scale == 0 ? OG_TYPE_INTEGER : OG_TYPE_DECIMAL;
  return exact_text(exact, text);
}
