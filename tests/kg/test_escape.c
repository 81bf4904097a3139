#include "kg/escape.h"

#include "tests/test.h"

#include <string.h>

typedef OgStatus Escape(OgText text, OgBuffer *to, OgError *err);

static void expect(Escape *escape, OgText text, const char *expected) {
  OgError err = {0};
  OgBuffer got = OG_BUFFER_INIT;
  assert_ok(og_buffer_text(&got, "before ", &err));
  assert_ok(escape(text, &got, &err));
  assert_int_equal(strncmp(got.data, "before ", 7), 0);
  assert_string_equal(got.data + 7, expected);
  og_buffer_clear(&got);
}

/* Every control, what each format has a word for, and letters of one to four bytes. */
#define HARD OG_TEXT("a\0\001\b\t\n\v\f\r\037 \"'\\<>&,|{}^`\177ä中\U0001F33F")

static void strings_and_iris_are_those_of_n_triples(void **state) {
  (void)state;
  expect(og_escape_string, HARD,
         "\"a\\u0000\\u0001\\b\\t\\n\\u000B\\f\\r\\u001F \\\"'\\\\<>&,|{}^`\\u007Fä中\U0001F33F\"");
  expect(og_escape_string, OG_TEXT(""), "\"\"");
  expect(og_escape_iri, HARD,
         "<a\\u0000\\u0001\\u0008\\u0009\\u000A\\u000B\\u000C\\u000D\\u001F\\u0020\\u0022'\\u005C"
         "\\u003C\\u003E&,\\u007C\\u007B\\u007D\\u005E\\u0060\177ä中\U0001F33F>");
}

static void json_has_no_controls(void **state) {
  (void)state;
  expect(
      og_escape_json, HARD,
      "\"a\\u0000\\u0001\\u0008\\u0009\\u000a\\u000b\\u000c\\u000d\\u001f \\\"'\\\\<>&,|{}^`\\u007f"
      "ä中\U0001F33F\"");
}

static void xml_keeps_white_space_and_replaces_what_it_cannot_write(void **state) {
  (void)state;
#define GONE "\xEF\xBF\xBD"
  expect(og_escape_xml, HARD,
         "a" GONE GONE GONE "&#9;&#10;" GONE GONE "&#13;" GONE
         " &quot;'\\&lt;&gt;&amp;,|{}^`\177ä中\U0001F33F");
  expect(og_escape_xml, OG_TEXT("\xEF\xBF\xBE<\xEF\xBF\xBF\xEF\xBF\xBD\xEF\xBF"),
         GONE "&lt;" GONE GONE "\xEF\xBF");
  expect(og_escape_xml, OG_TEXT(""), "");
}

static void csv_quotes_only_what_it_has_to(void **state) {
  (void)state;
  expect(og_escape_csv, OG_TEXT("plain; text"), "plain; text");
  expect(og_escape_csv, OG_TEXT("a,b"), "\"a,b\"");
  expect(og_escape_csv, OG_TEXT("a\nb"), "\"a\nb\"");
  expect(og_escape_csv, OG_TEXT("a\rb"), "\"a\rb\"");
  expect(og_escape_csv, OG_TEXT("say \"a\""), "\"say \"\"a\"\"\"");
  expect(og_escape_csv, OG_TEXT(""), "");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(strings_and_iris_are_those_of_n_triples),
      cmocka_unit_test(json_has_no_controls),
      cmocka_unit_test(xml_keeps_white_space_and_replaces_what_it_cannot_write),
      cmocka_unit_test(csv_quotes_only_what_it_has_to),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
