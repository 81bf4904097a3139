#include "core/iri.h"
#include "tests/test.h"

#include <string.h>

static OgText text_of(const char *text) {
  return (OgText){text, strlen(text)};
}

/* RFC 3986 section 5.4, and what it leaves out. */
static void references_resolve_as_the_rfc_says(void **state) {
  (void)state;
  static const char rfc[] = "http://a/b/c/d;p?q";
  static const char *const rows[][3] = {
      {rfc, "g:h", "g:h"},
      {rfc, "g", "http://a/b/c/g"},
      {rfc, "./g", "http://a/b/c/g"},
      {rfc, "g/", "http://a/b/c/g/"},
      {rfc, "/g", "http://a/g"},
      {rfc, "//g", "http://g"},
      {rfc, "?y", "http://a/b/c/d;p?y"},
      {rfc, "g?y", "http://a/b/c/g?y"},
      {rfc, "#s", "http://a/b/c/d;p?q#s"},
      {rfc, "g#s", "http://a/b/c/g#s"},
      {rfc, "g?y#s", "http://a/b/c/g?y#s"},
      {rfc, ";x", "http://a/b/c/;x"},
      {rfc, "g;x?y#s", "http://a/b/c/g;x?y#s"},
      {rfc, "", "http://a/b/c/d;p?q"},
      {rfc, ".", "http://a/b/c/"},
      {rfc, "./", "http://a/b/c/"},
      {rfc, "..", "http://a/b/"},
      {rfc, "../", "http://a/b/"},
      {rfc, "../g", "http://a/b/g"},
      {rfc, "../..", "http://a/"},
      {rfc, "../../", "http://a/"},
      {rfc, "../../g", "http://a/g"},
      {rfc, "../../../g", "http://a/g"},
      {rfc, "../../../../g", "http://a/g"},
      {rfc, "/./g", "http://a/g"},
      {rfc, "/../g", "http://a/g"},
      {rfc, "g.", "http://a/b/c/g."},
      {rfc, ".g", "http://a/b/c/.g"},
      {rfc, "g..", "http://a/b/c/g.."},
      {rfc, "..g", "http://a/b/c/..g"},
      {rfc, "./../g", "http://a/b/g"},
      {rfc, "./g/.", "http://a/b/c/g/"},
      {rfc, "g/./h", "http://a/b/c/g/h"},
      {rfc, "g/../h", "http://a/b/c/h"},
      {rfc, "g;x=1/./y", "http://a/b/c/g;x=1/y"},
      {rfc, "g;x=1/../y", "http://a/b/c/y"},
      {rfc, "g?y/./x", "http://a/b/c/g?y/./x"},
      {rfc, "g#s/../x", "http://a/b/c/g#s/../x"},
      {rfc, "http:g", "http:g"},
      {"http://a", "g", "http://a/g"},
      {"http://a?q", "g", "http://a/g"},
      {"http://a/b#frag", "#s", "http://a/b#s"},
      {"http://a/b#frag", "", "http://a/b"},
      {"about:stdin", "#s", "about:stdin#s"},
      {"urn:x:y", "g", "urn:g"},
      /* An absolute IRI is nobody's to change. */
      {rfc, "http://a/b/../c/%7e", "http://a/b/../c/%7e"},
  };
  for (size_t i = 0; i < OG_COUNT(rows); i++) {
    OgError err = {0};
    OgBuffer out = OG_BUFFER_INIT;
    assert_ok(og_iri_resolve_into(text_of(rows[i][0]), text_of(rows[i][1]), &out, &err));
    assert_string_equal(out.data, rows[i][2]);
    og_buffer_clear(&out);
  }
}

static void what_is_in_the_buffer_stays_before_the_result(void **state) {
  (void)state;
  OgError err = {0};
  OgBuffer out = OG_BUFFER_INIT;
  assert_ok(og_buffer_text(&out, "before/", &err));
  assert_ok(og_iri_resolve_into(text_of("http://a/b"), text_of("../../c"), &out, &err));
  assert_string_equal(out.data, "before/http://a/c");
  og_buffer_clear(&out);
}

static void forbidden_characters_are_noticed(void **state) {
  (void)state;
  assert_true(og_iri_is_clean(text_of("http://example.org/\303\251?a=b&c#d'()*+,;=~")));
  for (const char *c = " <>\"{}|\\^`\n\x01"; *c; c++) {
    const char iri[] = {'a', ':', *c, 'b', '\0'};
    assert_false(og_iri_is_clean(text_of(iri)));
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(references_resolve_as_the_rfc_says),
      cmocka_unit_test(what_is_in_the_buffer_stays_before_the_result),
      cmocka_unit_test(forbidden_characters_are_noticed),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
