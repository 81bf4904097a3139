#include "tests/test.h"

#include "core/memory.h"
#include "model/added_tokens.h"

#include <string.h>

static const char *const words[] = {"<m>", "<m>x", "cat", "", "!"};
static const OgAddedToken tokens[] = {{.id = 10, .lstrip = true},
                                      {.id = 11},
                                      {.id = 12, .single_word = true},
                                      {.id = 13},
                                      {.id = 14, .rstrip = true}};

/* Finds token `id` (0: none) in text from a place, at [start, end). */
static void check(const char *text, size_t from, uint32_t id, size_t start, size_t end) {
  OgError err = {0};
  OgAddedTokens added;
  assert_ok(og_added_tokens_init(&added, tokens, words, OG_COUNT(words), &err));
  const OgAddedMatch match = og_added_tokens_find(&added, text, strlen(text), from);
  assert_int_equal(match.token ? match.token->id : 0, id);
  assert_int_equal(match.start, start);
  assert_int_equal(match.end, end);
  og_added_tokens_clear(&added);
}

static void the_first_and_longest_token_is_found(void **state) {
  (void)state;
  check("ab", 0, 0, 2, 2);
  check("a<m>", 0, 10, 1, 4);
  check("a<m>xy", 0, 11, 1, 5);
  check("<m><m>x", 3, 11, 3, 7);
}

static void white_space_beside_a_token_belongs_to_it(void **state) {
  (void)state;
  check("a \xe3\x80\x80<m> b", 0, 10, 1, 8);
  check("a  <m>", 2, 10, 2, 6); /* but not what was matched before */
  check("a! \nb", 0, 14, 1, 4);
}

static void a_single_word_has_no_word_beside_it(void **state) {
  (void)state;
  check("cat", 0, 12, 0, 3);
  check("(cat)", 0, 12, 1, 4);
  check("cats cat", 0, 12, 5, 8);
  check("\xc3\xa9"
        "cat cat_",
        0, 0, 10, 10);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_first_and_longest_token_is_found),
      cmocka_unit_test(white_space_beside_a_token_belongs_to_it),
      cmocka_unit_test(a_single_word_has_no_word_beside_it),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
