#include "kg/sparql_time.h"

#include "tests/test.h"

#include <string.h>

static bool parse(const char *text, OgDatatype type, OgTime *time) {
  return og_time_parse((OgText){text, strlen(text)}, type, time);
}

static void only_lexical_forms_of_the_type_are_taken(void **state) {
  (void)state;
  static const char *const good[] = {
      "2020-02-29T23:59:59",       "2020-01-01T24:00:00",       "-0044-03-15T12:00:00Z",
      "12020-01-01T00:00:00.123Z", "2020-01-01T00:00:00+14:00", "2020-01-01T00:00:00-00:00",
  };
  static const char *const bad[] = {
      "2019-02-29T00:00:00",       "2020-01-01",          "2020-1-01T00:00:00",
      "2020-01-01T24:00:01",       "2020-01-01T00:60:00", "2020-01-01T00:00:60",
      "2020-01-01T00:00:00+14:01", "020-01-01T00:00:00",  "02020-01-01T00:00:00",
      "2020-01-01T00:00",          "2020-01-01 00:00:00", "2020-00-01T00:00:00",
      "2020-01-01T00:00:00.",
  };
  OgTime time;
  for (size_t k = 0; k < OG_COUNT(good); k++) {
    if (!parse(good[k], OG_TYPE_DATE_TIME, &time)) {
      fail_msg("%s", good[k]);
    }
  }
  for (size_t k = 0; k < OG_COUNT(bad); k++) {
    if (parse(bad[k], OG_TYPE_DATE_TIME, &time)) {
      fail_msg("%s", bad[k]);
    }
  }
  assert_true(parse("2020-01-31Z", OG_TYPE_DATE, &time));
  assert_false(parse("2020-01-31T00:00:00", OG_TYPE_DATE, &time));
}

static void zones_put_times_in_order(void **state) {
  (void)state;
  static const struct {
    const char *a, *b;
    OgOrdering order;
  } rows[] = {
      {"2020-01-01T00:00:00Z", "2020-01-01T01:00:00+01:00", OG_EQUAL},
      {"2020-01-01T00:00:00Z", "2019-12-31T20:00:00-05:00", OG_LESS},
      {"2019-12-31T24:00:00", "2020-01-01T00:00:00", OG_EQUAL},
      {"2020-01-01T00:00:00.5", "2020-01-01T00:00:00.25", OG_GREATER},
      {"2020-01-01T00:00:00", "2020-01-01T00:00:00Z", OG_UNORDERED},
      {"2020-01-01T00:00:00", "2020-01-01T14:00:01Z", OG_LESS},
      {"2020-01-02T00:00:01", "2020-01-01T10:00:00Z", OG_GREATER},
      {"-0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z", OG_LESS},
  };
  for (size_t k = 0; k < OG_COUNT(rows); k++) {
    OgTime a, b;
    assert_true(parse(rows[k].a, OG_TYPE_DATE_TIME, &a));
    assert_true(parse(rows[k].b, OG_TYPE_DATE_TIME, &b));
    if (og_time_compare(&a, &b) != rows[k].order) {
      fail_msg("%s and %s", rows[k].a, rows[k].b);
    }
  }
}

static void seconds_are_counted_from_1970(void **state) {
  (void)state;
  static const struct {
    const char *text;
    int64_t seconds;
  } rows[] = {
      {"1970-01-01T00:00:00Z", 0},
      {"1970-01-01T00:00:00+01:00", -3600},
      {"2000-03-01T00:00:00Z", 951868800},
      {"1969-12-31T23:59:59Z", -1},
      {"2038-01-19T03:14:08Z", INT64_C(2147483648)},
  };
  for (size_t k = 0; k < OG_COUNT(rows); k++) {
    OgTime time;
    assert_true(parse(rows[k].text, OG_TYPE_DATE_TIME, &time));
    assert_int_equal(og_time_seconds(&time), rows[k].seconds);
  }
}

static void durations_of_zones_are_canonical(void **state) {
  (void)state;
  static const struct {
    int zone;
    const char *text;
  } rows[] = {{0, "PT0S"}, {-510, "-PT8H30M"}, {60, "PT1H"}, {30, "PT30M"}};
  for (size_t k = 0; k < OG_COUNT(rows); k++) {
    char text[32];
    assert_int_equal(og_time_duration(rows[k].zone, text), strlen(rows[k].text));
    assert_string_equal(text, rows[k].text);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(only_lexical_forms_of_the_type_are_taken),
      cmocka_unit_test(zones_put_times_in_order),
      cmocka_unit_test(seconds_are_counted_from_1970),
      cmocka_unit_test(durations_of_zones_are_canonical),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
