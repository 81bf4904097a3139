#include "kg/sparql_regex.h"

#include "core/memory.h"
#include "tests/test.h"

#include <string.h>

static OgRegexCache *cache;

static int set_up(void **state) {
  (void)state;
  cache = og_regex_cache_new();
  return cache ? 0 : -1;
}

static int tear_down(void **state) {
  (void)state;
  og_regex_cache_free(cache);
  return 0;
}

static OgText text_of(const char *text) {
  return (OgText){text, strlen(text)};
}

static void expressions_are_those_of_xpath(void **state) {
  (void)state;
  static const struct {
    const char *text, *pattern, *flags;
    OgRegexResult result;
  } rows[] = {
      {"foobar", "oob", "", OG_REGEX_YES},   {"foobar", "^oob", "", OG_REGEX_NO},
      {"FOO", "foo", "i", OG_REGEX_YES},     {"Éa", "éA", "i", OG_REGEX_YES},
      {"a\nb", "a.b", "", OG_REGEX_NO},      {"a\nb", "a.b", "s", OG_REGEX_YES},
      {"a\nb", "^b", "", OG_REGEX_NO},       {"a\nb", "^b", "m", OG_REGEX_YES},
      {"ab", "a b", "x", OG_REGEX_YES},      {"a.b", "a.b", "q", OG_REGEX_YES},
      {"axb", "a.b", "q", OG_REGEX_NO},      {"a\n", "a$", "", OG_REGEX_NO}, /* $ is the very end */
      {"é", "^.$", "", OG_REGEX_YES},        {"abcabc", "(abc)\\1", "", OG_REGEX_YES},
      {"x1", "\\p{L}\\d", "", OG_REGEX_YES}, {"a", "(", "", OG_REGEX_ERROR},
      {"a", "a", "z", OG_REGEX_ERROR},       {"", "^$", "", OG_REGEX_YES},
  };
  for (size_t k = 0; k < OG_COUNT(rows); k++) {
    const OgRegexResult got = og_regex_match(cache, text_of(rows[k].text), text_of(rows[k].pattern),
                                             text_of(rows[k].flags));
    if (got != rows[k].result) {
      fail_msg("%s ~ %s (%s): %d", rows[k].text, rows[k].pattern, rows[k].flags, (int)got);
    }
  }
}

static void matches_are_replaced(void **state) {
  (void)state;
  static const struct {
    const char *text, *pattern, *replacement, *flags;
    const char *result; /* NULL: an error */
  } rows[] = {
      {"abcd", "b", "Z", "", "aZcd"},
      {"abracadabra", "bra", "*", "", "a*cada*"},
      {"abracadabra", "a.*?a", "*", "", "*c*bra"},
      {"abcd", "(b)(c)", "$2$1", "", "acbd"},
      {"abcd", "b", "\\$\\\\", "", "a$\\cd"},
      {"abcd", "b", "$0$0", "", "abbcd"},
      {"AbCd", "[a-d]", "x", "i", "xxxx"},
      {"é1", "\\d", "ü", "", "éü"},
      {"abcd", "x", "y", "", "abcd"},
      {"abcd", "x*", "y", "", NULL}, /* matches nothing at all */
      {"abcd", "b", "$", "", NULL},
      {"abcd", "b", "\\n", "", NULL},
  };
  OgBuffer result = OG_BUFFER_INIT;
  for (size_t k = 0; k < OG_COUNT(rows); k++) {
    OgError err = {0};
    OgRegexResult done;
    assert_ok(og_regex_replace(cache, text_of(rows[k].text), text_of(rows[k].pattern),
                               text_of(rows[k].replacement), text_of(rows[k].flags), SIZE_MAX,
                               &done, &result, &err));
    assert_int_equal(done == OG_REGEX_ERROR, rows[k].result == NULL);
    if (rows[k].result) {
      assert_string_equal(result.data, rows[k].result);
    }
  }
  og_buffer_clear(&result);
}

static void a_result_past_its_bound_is_told(void **state) {
  (void)state;
  enum { LETTERS = 1 << 20, COPIES = 100, MOST = 64 << 20 };
  static char text[LETTERS + 1], replacement[2 * COPIES + 1];
  OgBuffer result = OG_BUFFER_INIT;
  OgError err = {0};
  OgRegexResult done;
  memset(text, 'a', LETTERS);
  for (int k = 0; k < COPIES; k++) {
    memcpy(replacement + 2 * k, "$0", 2);
  }
  assert_ok(og_regex_replace(cache, text_of(text), text_of("a+"), text_of(replacement), text_of(""),
                             MOST, &done, &result, &err));
  assert_int_equal(done, OG_REGEX_LONG);
  assert_true(result.size <= MOST + LETTERS);
  assert_ok(og_regex_replace(cache, text_of("abbb"), text_of("a"), text_of(""), text_of(""), 2,
                             &done, &result, &err)); /* what follows the last match counts, too */
  assert_int_equal(done, OG_REGEX_LONG);
  og_buffer_clear(&result);
}

/* Backtracking without an end is an error of the expression, soon. */
static void work_is_bounded(void **state) {
  (void)state;
  static const char text[] = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!";
  assert_int_equal(og_regex_match(cache, text_of(text), text_of("^(a|a|aa)+$"), text_of("")),
                   OG_REGEX_ERROR);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_result_past_its_bound_is_told),
      cmocka_unit_test(expressions_are_those_of_xpath),
      cmocka_unit_test(matches_are_replaced),
      cmocka_unit_test(work_is_bounded),
  };
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
