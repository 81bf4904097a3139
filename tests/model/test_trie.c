#include "tests/test.h"

#include "core/memory.h"
#include "core/random.h"
#include "model/trie.h"

#include <string.h>

static const char *const words[] = {"a", "abc", "##c", "##", "", "b", "abd", "é", "a"};

static uint32_t longest(const OgTrie *trie, uint32_t node, const char *text, size_t *length) {
  return og_trie_longest(trie, node, text, strlen(text), length);
}

static void the_longest_word_wins(void **state) {
  (void)state;
  OgError err = {0};
  OgTrie trie;
  size_t length;
  assert_ok(og_trie_init(&trie, words, OG_COUNT(words), &err));
  assert_int_equal(longest(&trie, 0, "abcd", &length), 1);
  assert_int_equal(length, 3);
  assert_int_equal(longest(&trie, 0, "abx", &length), 8); /* of equal words the last number */
  assert_int_equal(length, 1);
  assert_int_equal(longest(&trie, 0, "é!", &length), 7);
  assert_int_equal(length, 2);
  assert_int_equal(longest(&trie, 0, "xa", &length), OG_TRIE_NONE);
  assert_int_equal(longest(&trie, 0, "", &length), OG_TRIE_NONE);
  og_trie_clear(&trie);
}

static void walking_on_from_a_node_continues_its_words(void **state) {
  (void)state;
  OgError err = {0};
  OgTrie trie;
  size_t length;
  assert_ok(og_trie_init(&trie, words, OG_COUNT(words), &err));
  const uint32_t inside = og_trie_walk(&trie, 0, "##", 2);
  assert_int_not_equal(inside, 0);
  assert_int_equal(trie.value[inside], 3);
  assert_int_equal(longest(&trie, inside, "cc", &length), 2);
  assert_int_equal(length, 1);
  assert_int_equal(longest(&trie, inside, "a", &length), OG_TRIE_NONE);
  assert_int_equal(og_trie_walk(&trie, 0, "#c", 2), 0);
  og_trie_clear(&trie);
}

static void an_empty_vocabulary_matches_nothing(void **state) {
  (void)state;
  OgError err = {0};
  OgTrie trie;
  size_t length;
  assert_ok(og_trie_init(&trie, NULL, 0, &err));
  assert_int_equal(longest(&trie, 0, "a", &length), OG_TRIE_NONE);
  assert_int_equal(og_trie_walk(&trie, 0, "a", 1), 0);
  og_trie_clear(&trie);
}

/* Random words of a few letters against a search through all of them; nodes have few and many
 * children. */
static void random_vocabularies_agree_with_a_plain_search(void **state) {
  (void)state;
  enum { WORDS = 300, TEXTS = 3000, SIZE = 8 };
  static char text[WORDS][SIZE];
  const char *vocabulary[WORDS];
  OgError err = {0};
  OgRandom random;
  OgTrie trie;
  og_random_init(&random, 3);
  for (size_t k = 0; k < WORDS; k++) {
    const size_t letters = k % 2 ? 3 : 40;
    const size_t size = og_random_below(&random, SIZE);
    for (size_t n = 0; n < size; n++) {
      text[k][n] = (char)('A' + og_random_below(&random, letters));
    }
    vocabulary[k] = text[k];
  }
  assert_ok(og_trie_init(&trie, vocabulary, WORDS, &err));
  for (size_t t = 0; t < TEXTS; t++) {
    char probe[12] = {0};
    uint32_t wanted = OG_TRIE_NONE;
    size_t wanted_size = 0;
    size_t size = 0;
    for (size_t n = 0; n + 1 < sizeof probe; n++) {
      probe[n] = (char)('A' + og_random_below(&random, t % 2 ? 3 : 40));
    }
    for (uint32_t k = 0; k < WORDS; k++) {
      const size_t length = strlen(text[k]);
      if (length > 0 && length >= wanted_size && strncmp(text[k], probe, length) == 0) {
        wanted = k;
        wanted_size = length;
      }
    }
    assert_int_equal(longest(&trie, 0, probe, &size), wanted);
    assert_int_equal(size, wanted_size);
  }
  og_trie_clear(&trie);
}

static void every_allocation_may_fail(void **state) {
  (void)state;
  OgStatus status = OG_NO_MEMORY;
  for (long n = 0; status != OG_OK; n++) {
    OgError err = {0};
    OgTrie trie = {.nodes = 0};
    og_memory_fail_after(n);
    status = og_trie_init(&trie, words, OG_COUNT(words), &err);
    og_memory_fail_after(-1);
    assert_true(status == OG_OK || (status == OG_NO_MEMORY && !trie.label));
    og_trie_clear(&trie);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_longest_word_wins),
      cmocka_unit_test(walking_on_from_a_node_continues_its_words),
      cmocka_unit_test(an_empty_vocabulary_matches_nothing),
      cmocka_unit_test(random_vocabularies_agree_with_a_plain_search),
      cmocka_unit_test(every_allocation_may_fail),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
