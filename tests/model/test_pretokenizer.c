#include "tests/test.h"

#include "core/buffer.h"
#include "core/memory.h"
#include "model/pretokenizer.h"

#include <string.h>

static const OgPretokenizerOptions uncased = {true, true, true, true};
static const OgPretokenizerOptions cased = {true, true, false, false};
static const OgPretokenizerOptions raw = {false, false, false, false};

/* The words as "word@start-end", with blanks between them. */
static void check(const OgPretokenizerOptions *options, const char *text, const char *expected) {
  OgError err = {0};
  OgWords words = OG_WORDS_INIT;
  OgBuffer out = OG_BUFFER_INIT;
  assert_ok(og_pretokenize(options, text, strlen(text), 0, &words, &err));
  for (size_t k = 0; k < words.count; k++) {
    const uint32_t start = og_word_start(&words, k);
    const uint32_t end = words.word_ends[k];
    assert_ok(og_buffer_format(&out, &err, "%s%.*s@%u-%u", k ? " " : "", (int)(end - start),
                               words.text + start, words.starts[start], words.ends[end - 1]));
  }
  assert_string_equal(out.data ? out.data : "", expected);
  og_buffer_clear(&out);
  og_words_clear(&words);
}

static void words_end_at_blanks_and_punctuation(void **state) {
  (void)state;
  check(&uncased, "", "");
  check(&uncased, " \t\n ", "");
  check(&uncased, "Hello, World!", "hello@0-5 ,@5-6 world@7-12 !@12-13");
  check(&uncased, "$5^a_b", "$@0-1 5@1-2 ^@2-3 a@3-4 _@4-5 b@5-6");
  check(&cased, "Hello", "Hello@0-5");
}

static void accents_go_and_offsets_stay(void **state) {
  (void)state;
  check(&uncased, "Élan \xc3\xbc\x62\x65r", "elan@0-5 uber@6-11");
  check(&uncased,
        "e\xcc\x81"
        "x",
        "ex@0-4");
  check(&cased, "É", "É@0-2");
  check(&uncased, "İ", "i@0-2");
  check(&uncased, "ΑΣ", "ασ@0-4"); /* letters are lowered one by one: no final sigma */
}

static void decomposition_may_yield_punctuation(void **state) {
  (void)state;
  check(&uncased,
        "a\xcd\xbe"
        "b",
        "a@0-1 ;@1-3 b@3-4"); /* U+037E, the Greek question mark */
}

static void hangul_falls_apart_into_letters_that_share_their_syllable(void **state) {
  (void)state;
  OgError err = {0};
  OgWords words = OG_WORDS_INIT;
  assert_ok(og_pretokenize(&uncased, "한", 3, 0, &words, &err));
  assert_int_equal(words.count, 1);
  assert_int_equal(words.size, 9);
  for (size_t k = 0; k < 9; k++) {
    assert_int_equal(words.starts[k], 0);
    assert_int_equal(words.ends[k], 3);
  }
  og_words_clear(&words);
}

static void chinese_characters_stand_alone(void **state) {
  (void)state;
  check(&uncased, "a中文b", "a@0-1 中@1-4 文@4-7 b@7-8");
  check(&raw, "a中文b", "a中文b@0-8");
  check(&uncased, "ひら", "ひら@0-6");
}

static void control_characters_vanish_when_text_is_cleaned(void **state) {
  (void)state;
  check(&uncased,
        "a\x01"
        "b\xe2\x80\x8d"
        "c\xef\xbb\xbf",
        "abc@0-7");
  check(&raw,
        "a\x01"
        "b",
        "a\x01"
        "b@0-3");
  check(&uncased,
        "a\xc2\x85"
        "b",
        "ab@0-4"); /* U+0085 is a control before it is a blank */
  check(&raw,
        "a\xc2\x85"
        "b",
        "a@0-1 b@3-4");
}

static void broken_utf8_is_skipped(void **state) {
  (void)state;
  check(&uncased, "a\xff\xc3(b\xe2\x82", "a@0-1 (@3-4 b@4-5");
}

static void categories_are_those_of_unicode_8(void **state) {
  (void)state;
  check(&uncased,
        "a\xe0\xa7\xbd"
        "b",
        "a\xe0\xa7\xbd"
        "b@0-5"); /* U+09FD */
  check(&uncased,
        "a\xe1\x99\xad"
        "b",
        "a@0-1 \xe1\x99\xad@1-4 b@4-5"); /* U+166D */
}

static void texts_are_appended_at_their_base(void **state) {
  (void)state;
  OgError err = {0};
  OgWords words = OG_WORDS_INIT;
  assert_ok(og_pretokenize(&uncased, "ab", 2, 0, &words, &err));
  assert_ok(og_pretokenize(&uncased, "cd", 2, 100, &words, &err));
  assert_int_equal(words.count, 2);
  assert_int_equal(words.starts[2], 100);
  assert_int_equal(words.ends[3], 102);
  og_words_reset(&words);
  assert_int_equal(words.count, 0);
  assert_status(og_pretokenize(&uncased, "x", 1, (size_t)1 << 30, &words, &err), OG_USAGE);
  og_words_clear(&words);
}

static void every_allocation_may_fail(void **state) {
  (void)state;
  char text[400];
  for (size_t k = 0; k < sizeof text; k++) {
    text[k] = k % 2 ? 'a' : '.';
  }
  OgStatus status = OG_NO_MEMORY;
  for (long n = 0; status != OG_OK; n++) {
    OgError err = {0};
    OgWords words = OG_WORDS_INIT;
    og_memory_fail_after(n);
    status = og_pretokenize(&uncased, text, sizeof text, 0, &words, &err);
    og_memory_fail_after(-1);
    assert_true(status == OG_OK || status == OG_NO_MEMORY);
    og_words_clear(&words);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(words_end_at_blanks_and_punctuation),
      cmocka_unit_test(accents_go_and_offsets_stay),
      cmocka_unit_test(decomposition_may_yield_punctuation),
      cmocka_unit_test(hangul_falls_apart_into_letters_that_share_their_syllable),
      cmocka_unit_test(chinese_characters_stand_alone),
      cmocka_unit_test(control_characters_vanish_when_text_is_cleaned),
      cmocka_unit_test(broken_utf8_is_skipped),
      cmocka_unit_test(categories_are_those_of_unicode_8),
      cmocka_unit_test(texts_are_appended_at_their_base),
      cmocka_unit_test(every_allocation_may_fail),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
