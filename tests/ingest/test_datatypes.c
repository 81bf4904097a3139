#include "ingest/datatypes.h"

#include "core/vocab.h"
#include "tests/test.h"

#include <stdio.h>
#include <string.h>

enum { VALUES = 16 };

/* A datatype of XSD, texts that are values of it, and texts that are not. */
typedef struct Case {
  const char *datatype;
  const char *right[VALUES], *wrong[VALUES];
} Case;

static const Case cases[] = {
    {"boolean", {"true", "false", "1", "0"}, {"True", "yes", "", " true", "10"}},
    {"decimal", {"1", "-1.5", "+.5", "1.", "007"}, {"", ".", "1e5", "1,5", "0.4.0", "-"}},
    {"float",
     {"1", "1.5", "-1E5", "1e-5", ".5", "INF", "-INF", "+INF", "NaN"},
     {"0.4.0", "", "e5", "1e", "1e5.5", "inf", "1f", "1 "}},
    {"double", {"1.0E10"}, {"nan"}},
    {"integer",
     {"0", "-0", "+12", "123456789012345678901234567890"},
     {"", "1.0", "-", "1a", "0x1"}},
    {"nonNegativeInteger", {"0", "-0", "5"}, {"-1", "-5"}},
    {"positiveInteger", {"1", "0001"}, {"0", "-1", "+0"}},
    {"negativeInteger", {"-1", "-99"}, {"0", "1", "-0"}},
    {"nonPositiveInteger", {"0", "-7"}, {"1"}},
    {"byte", {"-128", "127", "0127"}, {"-129", "128", "1000"}},
    {"short", {"-32768", "32767"}, {"-32769", "32768"}},
    {"int", {"-2147483648", "2147483647"}, {"-2147483649", "2147483648"}},
    {"long", {"-9223372036854775808", "9223372036854775807"}, {"9223372036854775808"}},
    {"unsignedByte", {"255"}, {"256", "-1"}},
    {"unsignedLong", {"18446744073709551615"}, {"18446744073709551616"}},
    {"dateTime",
     {"2024-02-29T23:59:59", "2024-01-01T00:00:00Z", "-0044-03-15T12:00:00.5+01:00",
      "12024-01-01T24:00:00-14:00"},
     {"2023-02-29T00:00:00", "2024-13-01T00:00:00", "2024-01-01", "2024-01-01 00:00:00",
      "2024-1-1T0:0:0", "24-01-01T00:00:00", "2024-01-01T00:00:00.", "2024-01-01T00:00:00+15:00",
      "2024-01-01T00:60:00", "02024-01-01T00:00:00", "2024-04-31T00:00:00", ""}},
    {"date",
     {"2000-02-29", "2024-12-31Z", "1999-01-01-05:00"},
     {"1900-02-29", "2024-00-10", "31.12.2024", "2024-12-31T", "2024-12-32"}},
    {"time", {"00:00:00", "23:59:59.999Z"}, {"25:00:00", "1:2:3", "12:00"}},
    {"gYear", {"2024", "-0001", "2024Z"}, {"24", "2024-01", "year"}},
    {"gYearMonth", {"2024-02"}, {"2024-2", "2024"}},
    {"gMonth", {"--02"}, {"02", "--13"}},
    {"gMonthDay", {"--02-29", "--12-31"}, {"--02-30", "--00-01"}},
    {"gDay", {"---31"}, {"31", "---32"}},
    {"duration",
     {"P1Y2M3DT4H5M6.7S", "PT5M", "-P1D", "P1M", "PT0.5S"},
     {"", "P", "PT", "P1DT", "1Y", "P1H", "P1M1Y", "PT1.S", "P1.5D", "P1S", "PTT1S"}},
    {"yearMonthDuration", {"P1Y2M", "P3M"}, {"P1D", "PT1M", "P1Y1D"}},
    {"dayTimeDuration", {"P1DT2H", "PT3S"}, {"P1Y", "P1M"}},
    {"hexBinary", {"", "0aFF"}, {"0", "0g"}},
    {"base64Binary", {"", "QUJD", "QUI=", "QQ==", "QU JD"}, {"Q", "QUJ", "QQ=A", "Q===", "QU*D"}},
};

static bool is_right(const char *text, const char *local) {
  char datatype[100];
  snprintf(datatype, sizeof datatype, "%s%s", OG_NS_XSD, local);
  return og_is_well_typed((OgText){text, strlen(text)}, (OgText){datatype, strlen(datatype)});
}

static void each_datatype_knows_its_values(void **state) {
  (void)state;
  for (size_t k = 0; k < OG_COUNT(cases); k++) {
    for (int i = 0; i < VALUES && cases[k].right[i]; i++) {
      if (!is_right(cases[k].right[i], cases[k].datatype)) {
        fail_msg("\"%s\" is a value of %s", cases[k].right[i], cases[k].datatype);
      }
    }
    for (int i = 0; i < VALUES && cases[k].wrong[i]; i++) {
      if (is_right(cases[k].wrong[i], cases[k].datatype)) {
        fail_msg("\"%s\" is no value of %s", cases[k].wrong[i], cases[k].datatype);
      }
    }
  }
}

static void of_other_datatypes_everything_is_right(void **state) {
  static const char *const others[] = {OG_NS_XSD "string", OG_NS_XSD "anyURI", OG_NS_XSD,
                                       "http://example.org/float", ""};
  (void)state;
  for (size_t k = 0; k < OG_COUNT(others); k++) {
    assert_true(og_is_well_typed(OG_TEXT("any words"), (OgText){others[k], strlen(others[k])}));
  }
}

static void bytes_that_are_no_text_are_wrong(void **state) {
  (void)state;
  static const char *const locals[] = {"boolean", "float",    "integer",   "dateTime",
                                       "date",    "duration", "hexBinary", "base64Binary"};
  for (size_t k = 0; k < OG_COUNT(locals); k++) {
    char datatype[100];
    snprintf(datatype, sizeof datatype, "%s%s", OG_NS_XSD, locals[k]);
    const OgText type = {datatype, strlen(datatype)};
    assert_false(og_is_well_typed((OgText){"\0\0\0\0", 4}, type));
    assert_false(og_is_well_typed((OgText){"\377\377\377\377", 4}, type));
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(each_datatype_knows_its_values),
      cmocka_unit_test(of_other_datatypes_everything_is_right),
      cmocka_unit_test(bytes_that_are_no_text_are_wrong),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
