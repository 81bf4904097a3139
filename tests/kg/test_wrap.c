#include "kg/wrap.h"

#include "tests/test.h"

#include <stdio.h>
#include <string.h>

static OgArena arena;

static int tear_down(void **state) {
  (void)state;
  og_arena_clear(&arena);
  return 0;
}

/* The lines, joined by bars; an ellipsis where there was more. */
static const char *wrapped(const char *text, double width) {
  static char joined[256];
  OgLines lines;
  size_t length = 0;
  og_wrap(text, width, &lines);
  for (size_t k = 0; k < lines.count; k++) {
    length += (size_t)snprintf(joined + length, sizeof joined - length, "%s%.*s", k > 0 ? "|" : "",
                               (int)lines.items[k].size, lines.items[k].text);
  }
  snprintf(joined + length, sizeof joined - length, "%s", lines.cut ? "..." : "");
  return joined;
}

static void lines_end_between_words(void **state) {
  (void)state;
  assert_string_equal(wrapped("breast cancer", 20), "breast cancer");
  assert_string_equal(wrapped("breast cancer", 5), "breast|cancer");
  assert_string_equal(wrapped("fully-paid share", 4), "fully-|paid|share");
  assert_string_equal(wrapped("CreditAgreement", 6), "Credit|Agreement");
  assert_string_equal(wrapped("", 5), "");
}

static void what_is_too_long_is_cut(void **state) {
  (void)state;
  OgLines lines;
  og_wrap("one two three four five", 3.5, &lines);
  assert_int_equal(lines.count, OG_WRAP_LINES);
  assert_true(lines.cut);
  og_wrap("pneumonoultramicroscopic", 8, &lines);
  assert_true(lines.broken);
}

static void no_line_is_wider_than_it_may_be(void **state) {
  (void)state;
  static const char *const texts[] = {
      "hereditary and idiopathic neuropathy, unspecified",
      "慢性閉塞性肺疾患急性増悪を伴うもの",
      "бронхиальная астма тяжёлого течения",
      "الربو القصبي المزمن الشديد",
      "दीर्घकालिक प्रतिरोधी फुप्फुसीय रोग",
  };
  for (size_t k = 0; k < sizeof texts / sizeof *texts; k++) {
    for (double width = 3; width < 12; width++) {
      OgLines lines;
      og_wrap(texts[k], width, &lines);
      assert_true(lines.count > 0 && lines.count <= OG_WRAP_LINES);
      for (size_t j = 0; j < lines.count; j++) {
        assert_true(og_wrap_width(lines.items[j].text, lines.items[j].size) <= width);
      }
    }
  }
}

static void wide_characters_are_wide(void **state) {
  (void)state;
  assert_true(og_wrap_width("喘息", strlen("喘息")) == 2);
  assert_true(og_wrap_width("ii", 2) < og_wrap_width("WW", 2));
  assert_true(og_wrap_width("e\xCC\x81", 3) == og_wrap_width("e", 1)); /* a combining accent */
  assert_string_equal(wrapped("喘息喘息", 2), "喘息|喘息");
}

static void a_grapheme_is_never_broken(void **state) {
  (void)state;
  OgLines lines;
  og_wrap("e\xCC\x81"
          "e\xCC\x81"
          "e\xCC\x81",
          0.1, &lines);
  assert_int_equal(lines.count, OG_WRAP_LINES);
  assert_int_equal(lines.items[0].size, 3);
  assert_int_equal(lines.items[1].size, 3);
}

static void labels_are_cleaned(void **state) {
  (void)state;
  assert_string_equal(og_wrap_clean(" a\n\t b\x01 ", &arena), "a b");
  assert_string_equal(og_wrap_clean("a\xff\xfe", &arena), "a\xEF\xBF\xBD\xEF\xBF\xBD");
  assert_string_equal(og_wrap_clean("\xEF\xBF\xBE", &arena), "\xEF\xBF\xBD"); /* U+FFFE */
  assert_string_equal(og_wrap_clean("a\xE2\x80\xAE"
                                    "b",
                                    &arena),
                      "ab"); /* U+202E turns text */
  assert_string_equal(og_wrap_clean("", &arena), "");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(lines_end_between_words),         cmocka_unit_test(what_is_too_long_is_cut),
      cmocka_unit_test(no_line_is_wider_than_it_may_be), cmocka_unit_test(wide_characters_are_wide),
      cmocka_unit_test(a_grapheme_is_never_broken),      cmocka_unit_test(labels_are_cleaned),
  };
  return cmocka_run_group_tests(tests, NULL, tear_down);
}
