#include "core/arcs.h"

#include "tests/test.h"

#include <string.h>

static void values_have_one_form_and_defaults_none(void **state) {
  static const struct {
    const char *property, *value, *form;
  } rows[] = {
      {"urn:xbrl:order", "1", ""},           {"urn:xbrl:order", "01.00", ""},
      {"urn:xbrl:order", "+1.", ""},         {"urn:xbrl:order", "10", "10"},
      {"urn:xbrl:order", "0.50", "0.5"},     {"urn:xbrl:order", ".5", "0.5"},
      {"urn:xbrl:order", "00.0", "0"},       {"urn:xbrl:order", "-0", "0"},
      {"urn:xbrl:order", "-012.3", "-12.3"}, {"urn:xbrl:order", "1e0", "1e0"},
      {"urn:xbrl:order", ".", "."},          {"urn:xbrl:order", "-", "-"},
      {"urn:xbrl:order", "1 ", "1 "},        {"urn:xbrl:order", "", ""},
      {"urn:xbrl:weight", "1.0", "1"},       {"urn:xbrl:weight", "-1.0", "-1"},
      {"urn:xbrl:closed", "0", ""},          {"urn:xbrl:closed", "1", "true"},
      {"urn:xbrl:usable", "true", ""},       {"urn:xbrl:usable", "false", "false"},
      {"urn:xbrl:usable", "yes", "yes"},     {"urn:xbrl:role", "1.0", "1.0"},
  };
  (void)state;
  for (size_t k = 0; k < OG_COUNT(rows); k++) {
    OgError err = {0};
    OgBuffer out = OG_BUFFER_INIT;
    const OgText value = {rows[k].value, strlen(rows[k].value)};
    assert_ok(og_buffer_text(&out, "<", &err));
    assert_ok(og_arc_value(rows[k].property, value, &out, &err));
    assert_string_equal(out.data + 1, rows[k].form);
    assert_int_equal(out.size, strlen(rows[k].form) + 1);
    og_buffer_clear(&out);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(values_have_one_form_and_defaults_none),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
