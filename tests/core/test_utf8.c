#include "core/utf8.h"

#include "core/quad.h"
#include "tests/test.h"

#include <string.h>

/* a, e acute, the euro sign, a treble clef: 1 to 4 bytes. */
static const char text[] = "a\303\251\342\202\254\360\235\204\236";

static void a_character_is_there_as_a_whole_or_not(void **state) {
  (void)state;
  static const size_t whole[] = {0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10};
  assert_int_equal(OG_COUNT(whole), sizeof text);
  for (size_t size = 0; size < sizeof text; size++) {
    assert_int_equal(og_utf8_whole(text, size), whole[size]);
  }
}

static void what_is_no_utf8_stays(void **state) {
  (void)state;
  static const char *const texts[] = {"\251", "\251\251\251\251\251", "a\251\251\251\251", "a\251"};
  for (size_t k = 0; k < OG_COUNT(texts); k++) {
    assert_int_equal(og_utf8_whole(texts[k], strlen(texts[k])), strlen(texts[k]));
  }
}

#define TEXT(literal)                                                                              \
  { literal, sizeof(literal) - 1 }

static void what_rfc_3629_allows_is_valid(void **state) {
  static const struct {
    OgText text;
    bool valid;
  } cases[] = {
      {TEXT(""), true},
      {TEXT("plain text, longer than eight"), true},
      {TEXT("nul\0 in it"), true},
      {TEXT("1234567\u00e4\u4e2d\U0001F33F"), true},
      {TEXT("\xC2\x80 \xDF\xBF \xE0\xA0\x80 \xED\x9F\xBF \xEE\x80\x80"), true},
      {TEXT("\xEF\xBF\xBF \xF0\x90\x80\x80 \xF4\x8F\xBF\xBF"), true},
      {TEXT("\x80"), false},                     /* no first byte */
      {TEXT("\xC1\xBF"), false},                 /* longer than need be */
      {TEXT("12345678\xE0\x9F\xBF"), false},     /* the same */
      {TEXT("\xF0\x8F\xBF\xBF"), false},         /* the same */
      {TEXT("1234567\xED\xA0\x80 more"), false}, /* half of a surrogate pair */
      {TEXT("\xED\xBF\xBF"), false},             /* the other half */
      {TEXT("\xF4\x90\x80\x80"), false},         /* beyond U+10FFFF */
      {TEXT("\xF5\x80\x80\x80"), false},
      {TEXT("12345678\xC3"), false}, /* cut off */
      {TEXT("\xE4\xB8"), false},
      {TEXT("\xF0\x9F\x8C"), false},
      {TEXT("\xE4\xB8z"), false},
      {TEXT("\xFF"), false},
  };
  (void)state;
  for (size_t k = 0; k < OG_COUNT(cases); k++) {
    assert_int_equal(og_utf8_is_valid(cases[k].text.data, cases[k].text.size), cases[k].valid);
  }
}

static void what_comes_before_other_bytes_is_measured(void **state) {
  (void)state;
  static const char torn[] = "0123456789\303\251\342\202";
  for (size_t size = 0; size < 13; size++) {
    assert_int_equal(og_utf8_valid_size(torn, size), size == 11 ? 10 : size > 12 ? 12 : size);
  }
  assert_int_equal(og_utf8_valid_size(torn, sizeof torn - 1), 12);
}

static void a_tail_begins_with_a_character(void **state) {
  (void)state;
  static const size_t starts[] = {10, 10, 10, 10, 6, 6, 6, 3, 3, 1, 0, 0};
  for (size_t most = 0; most < OG_COUNT(starts); most++) {
    assert_int_equal(og_utf8_tail(text, most) - text, starts[most]);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_tail_begins_with_a_character),
      cmocka_unit_test(what_comes_before_other_bytes_is_measured),
      cmocka_unit_test(a_character_is_there_as_a_whole_or_not),
      cmocka_unit_test(what_is_no_utf8_stays),
      cmocka_unit_test(what_rfc_3629_allows_is_valid),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
