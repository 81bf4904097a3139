#include "kg/sparql_number.h"

#include "tests/test.h"

#include <math.h>
#include <string.h>

static OgText text_of(const char *text) {
  return (OgText){text, strlen(text)};
}

static OgNumber number_of(const char *text, OgDatatype type) {
  OgNumber number;
  assert_true(og_number_parse(text_of(text), type, &number));
  return number;
}

static void lexical_forms_have_one_canonical_form(void **state) {
  (void)state;
  static const struct {
    const char *text;
    OgDatatype type;
    const char *canonical, *string; /* NULL: not of the type */
  } rows[] = {
      {"007", OG_TYPE_INTEGER, "7", "7"},
      {"+7", OG_TYPE_INTEGER, "7", "7"},
      {"-0", OG_TYPE_INTEGER, "0", "0"},
      {" 7\n", OG_TYPE_INTEGER, "7", "7"},
      {"7.0", OG_TYPE_INTEGER, NULL, NULL},
      {"", OG_TYPE_INTEGER, NULL, NULL},
      {"-", OG_TYPE_INTEGER, NULL, NULL},
      {"99999999999999999999999999999999999999", OG_TYPE_INTEGER,
       "99999999999999999999999999999999999999", "99999999999999999999999999999999999999"},
      {"999999999999999999999999999999999999999", OG_TYPE_INTEGER, NULL, NULL},
      {"127", OG_TYPE_BYTE, "127", "127"},
      {"128", OG_TYPE_BYTE, NULL, NULL},
      {"-1", OG_TYPE_NON_NEGATIVE_INTEGER, NULL, NULL},
      {"0", OG_TYPE_POSITIVE_INTEGER, NULL, NULL},
      {"18446744073709551615", OG_TYPE_UNSIGNED_LONG, "18446744073709551615",
       "18446744073709551615"},
      {"1.50", OG_TYPE_DECIMAL, "1.5", "1.5"},
      {".5", OG_TYPE_DECIMAL, "0.5", "0.5"},
      {"5.", OG_TYPE_DECIMAL, "5.0", "5"},
      {".", OG_TYPE_DECIMAL, NULL, NULL},
      {"1e1", OG_TYPE_DECIMAL, NULL, NULL},
      {"1", OG_TYPE_DOUBLE, "1.0E0", "1"},
      {"1e-7", OG_TYPE_DOUBLE, "1.0E-7", "1.0E-7"},
      {"1e6", OG_TYPE_DOUBLE, "1.0E6", "1.0E6"},
      {"999999.5", OG_TYPE_DOUBLE, "9.999995E5", "999999.5"},
      {"0.1", OG_TYPE_DOUBLE, "1.0E-1", "0.1"},
      {"0.1", OG_TYPE_FLOAT, "1.0E-1", "0.1"},
      {"-0", OG_TYPE_DOUBLE, "-0.0E0", "-0"},
      {"INF", OG_TYPE_DOUBLE, "INF", "INF"},
      {"-INF", OG_TYPE_FLOAT, "-INF", "-INF"},
      {"NaN", OG_TYPE_DOUBLE, "NaN", "NaN"},
      {"nan", OG_TYPE_DOUBLE, NULL, NULL},
      {"0x1", OG_TYPE_DOUBLE, NULL, NULL},
  };
  for (size_t k = 0; k < OG_COUNT(rows); k++) {
    OgNumber number;
    char text[OG_NUMBER_TEXT];
    const bool good = og_number_parse(text_of(rows[k].text), rows[k].type, &number);
    assert_int_equal(good, rows[k].canonical != NULL);
    if (good) {
      assert_int_equal(og_number_text(number, text), strlen(rows[k].canonical));
      assert_string_equal(text, rows[k].canonical);
      assert_int_equal(og_number_string(number, text), strlen(rows[k].string));
      assert_string_equal(text, rows[k].string);
    }
  }
}

static void arithmetic_is_exact_until_it_overflows(void **state) {
  (void)state;
  OgNumber result;
  char text[OG_NUMBER_TEXT];
  const OgNumber most = number_of("99999999999999999999999999999999999999", OG_TYPE_INTEGER);
  const OgNumber third = number_of("0.3333333333", OG_TYPE_DECIMAL);
  assert_true(og_number_add(third, number_of("1", OG_TYPE_INTEGER), &result));
  og_number_text(result, text);
  assert_string_equal(text, "1.3333333333");
  assert_false(og_number_multiply(most, most, &result));
  assert_false(og_number_divide(most, number_of("0", OG_TYPE_INTEGER), &result));
  assert_true(
      og_number_divide(number_of("1", OG_TYPE_DOUBLE), number_of("0", OG_TYPE_INTEGER), &result));
  assert_true(isinf(result.real));
  assert_int_equal(result.type, OG_TYPE_DOUBLE);
}

static void numbers_of_all_types_compare(void **state) {
  (void)state;
  static const struct {
    const char *a;
    OgDatatype a_type;
    const char *b;
    OgDatatype b_type;
    OgOrdering order;
  } rows[] = {
      {"1", OG_TYPE_INTEGER, "1.0", OG_TYPE_DECIMAL, OG_EQUAL},
      {"1", OG_TYPE_INTEGER, "1.5", OG_TYPE_DOUBLE, OG_LESS},
      {"0.1", OG_TYPE_FLOAT, "0.1", OG_TYPE_DOUBLE, OG_GREATER}, /* a float is less precise */
      {"-0", OG_TYPE_DOUBLE, "0", OG_TYPE_DOUBLE, OG_EQUAL},
      {"NaN", OG_TYPE_DOUBLE, "0", OG_TYPE_DOUBLE, OG_UNORDERED},
      {"9007199254740993", OG_TYPE_INTEGER, "9007199254740992", OG_TYPE_INTEGER, OG_GREATER},
      {"0.00000000000000000001", OG_TYPE_DECIMAL, "0", OG_TYPE_INTEGER, OG_GREATER},
  };
  for (size_t k = 0; k < OG_COUNT(rows); k++) {
    assert_int_equal(og_number_compare(number_of(rows[k].a, rows[k].a_type),
                                       number_of(rows[k].b, rows[k].b_type)),
                     rows[k].order);
  }
}

static void rounding_goes_where_xpath_says(void **state) {
  (void)state;
  static const struct {
    const char *text;
    OgDatatype type;
    const char *floor, *ceiling, *round;
  } rows[] = {
      {"2.5", OG_TYPE_DECIMAL, "2.0", "3.0", "3.0"},
      {"-2.5", OG_TYPE_DECIMAL, "-3.0", "-2.0", "-2.0"},
      {"2.4999", OG_TYPE_DECIMAL, "2.0", "3.0", "2.0"},
      {"7", OG_TYPE_INTEGER, "7", "7", "7"},
      {"-2.5", OG_TYPE_DOUBLE, "-3.0E0", "-2.0E0", "-2.0E0"},
      {"-0.2", OG_TYPE_DOUBLE, "-1.0E0", "-0.0E0", "-0.0E0"},
  };
  for (size_t k = 0; k < OG_COUNT(rows); k++) {
    const OgNumber number = number_of(rows[k].text, rows[k].type);
    char text[OG_NUMBER_TEXT];
    og_number_text(og_number_floor(number), text);
    assert_string_equal(text, rows[k].floor);
    og_number_text(og_number_ceiling(number), text);
    assert_string_equal(text, rows[k].ceiling);
    og_number_text(og_number_round(number), text);
    assert_string_equal(text, rows[k].round);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(lexical_forms_have_one_canonical_form),
      cmocka_unit_test(arithmetic_is_exact_until_it_overflows),
      cmocka_unit_test(numbers_of_all_types_compare),
      cmocka_unit_test(rounding_goes_where_xpath_says),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
