#include "tests/test.h"

#include "core/buffer.h"
#include "model/splits.h"

#include <string.h>

/* The words as "word@start-end", with bars between them. */
static void check(const OgSplitStep *steps, size_t count, const char *text, const char *expected) {
  OgError err = {0};
  OgWords words = OG_WORDS_INIT, other = OG_WORDS_INIT;
  OgBuffer out = OG_BUFFER_INIT;
  assert_ok(og_words_add(&words, text, strlen(text), 0, &err));
  assert_ok(og_split(steps, count, true, &words, &other, &err));
  for (size_t k = 0; k < words.count; k++) {
    const uint32_t start = og_word_start(&words, k);
    const uint32_t end = words.word_ends[k];
    assert_ok(og_buffer_format(&out, &err, "%s%.*s@%u-%u", k ? "|" : "", (int)(end - start),
                               words.text + start, words.starts[start], words.ends[end - 1]));
  }
  assert_string_equal(out.data ? out.data : "", expected);
  og_buffer_clear(&out);
  og_words_clear(&words);
  og_words_clear(&other);
}

static void byte_level_words_follow_the_regular_expression(void **state) {
  (void)state;
  static const OgSplitStep step = {.kind = OG_SPLIT_BYTE_LEVEL};
  check(&step, 1, "", "");
  check(&step, 1, "It's 42nd!", "It@0-2|'s@2-4| 42@4-7|nd@7-9|!@9-10");
  check(&step, 1, "a  b", "a@0-1| @1-2| b@2-4");
  check(&step, 1, "a \n", "a@0-1| \n@1-3");
  check(&step, 1, "a\nb", "a@0-1|\n@1-2|b@2-3");
  check(&step, 1, "'lless ''d", "'ll@0-3|ess@3-6| ''@6-9|d@9-10");
  check(&step, 1, "\xc3\xa9\xd9\xa1?", "\xc3\xa9@0-2|\xd9\xa1@2-4|?@4-5");
}

static void a_blank_is_put_before_a_text_that_has_none(void **state) {
  (void)state;
  static const OgSplitStep step = {.kind = OG_SPLIT_BYTE_LEVEL, .prefix = OG_PREFIX_ALWAYS};
  static const OgSplitStep whole = {
      .kind = OG_SPLIT_BYTE_LEVEL, .prefix = OG_PREFIX_ALWAYS, .whole = true};
  check(&step, 1, "ab c", " ab@0-2| c@2-4");
  check(&step, 1, " ab", " ab@0-3");
  check(&whole, 1, "ab c", " ab c@0-4");
}

#define BAR "\xe2\x96\x81"

static void blanks_begin_words_of_metaspace(void **state) {
  (void)state;
  static const OgSplitStep always = {.kind = OG_SPLIT_METASPACE, .prefix = OG_PREFIX_ALWAYS};
  static const OgSplitStep never = {.kind = OG_SPLIT_METASPACE};
  static const OgSplitStep whole = {
      .kind = OG_SPLIT_METASPACE, .prefix = OG_PREFIX_ALWAYS, .whole = true};
  check(&always, 1, "ab  c ", BAR "ab@0-2|" BAR "@2-3|" BAR "c@3-5|" BAR "@5-6");
  check(&always, 1, " a" BAR "b", BAR "a@0-2|" BAR "b@2-6");
  check(&never, 1, "ab c", "ab@0-2|" BAR "c@2-4");
  check(&whole, 1, "ab c", BAR "ab" BAR "c@0-4");
}

static void steps_follow_one_another(void **state) {
  (void)state;
  static const OgSplitStep first[] = {{.kind = OG_SPLIT_WHITE_SPACE},
                                      {.kind = OG_SPLIT_PUNCTUATION},
                                      {.kind = OG_SPLIT_METASPACE, .prefix = OG_PREFIX_FIRST}};
  check(first, 3, "a,b c", BAR "a@0-1|,@1-2|b@2-3|c@4-5");
  check(first, 2, "\xe3\x80\x80x\xe3\x80\x82", "x@3-4|\xe3\x80\x82@4-7");
}

static void bert_splits_a_normalised_text(void **state) {
  (void)state;
  static const OgSplitStep step = {.kind = OG_SPLIT_BERT};
  check(&step, 1, "a-b  \xc3\xa9", "a@0-1|-@1-2|b@2-3|\xc3\xa9@5-7");
}

/* 256 characters, all different, none of them white space or control. */
static void every_byte_has_a_character(void **state) {
  (void)state;
  bool seen[0x200] = {false};
  for (unsigned byte = 0; byte < 256; byte++) {
    const int32_t c = og_byte_character((unsigned char)byte);
    assert_in_range(c, 0x21, 0x143);
    assert_false(seen[c]);
    seen[c] = true;
  }
  assert_int_equal(og_byte_character('A'), 'A');
  assert_int_equal(og_byte_character(' '), 0x120);
  assert_int_equal(og_byte_character('\n'), 0x10a);
  assert_int_equal(og_byte_character(0xad), 0x143);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(byte_level_words_follow_the_regular_expression),
      cmocka_unit_test(a_blank_is_put_before_a_text_that_has_none),
      cmocka_unit_test(blanks_begin_words_of_metaspace),
      cmocka_unit_test(steps_follow_one_another),
      cmocka_unit_test(bert_splits_a_normalised_text),
      cmocka_unit_test(every_byte_has_a_character),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
