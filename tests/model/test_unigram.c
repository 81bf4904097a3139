#include "tests/test.h"

#include "core/memory.h"
#include "core/random.h"
#include "model/unigram.h"

#include <math.h>
#include <string.h>

static const char *const words[] = {"<unk>", "a",   "b",    "ab",      "ba",
                                    "aab",   "bbb", "abab", "\xc3\xa9"};
enum { WORDS = OG_COUNT(words), UNKNOWN = 0, PENALTY = 10 };

/* The best score of word's bytes from `at` on, over all ways to part them. */
static double best_score(const double *scores, const char *word, size_t at) {
  const size_t size = strlen(word);
  double best = at == size ? 0 : -(double)INFINITY;
  bool known = false;
  for (size_t k = 1; k < WORDS; k++) {
    const size_t length = strlen(words[k]);
    if (strncmp(word + at, words[k], length) == 0) {
      best = fmax(best, scores[k] + best_score(scores, word, at + length));
      known = known || length == 1;
    }
  }
  if (at < size && !known) {
    double least = 0;
    for (size_t k = 0; k < WORDS; k++) {
      least = fmin(least, scores[k]);
    }
    best = fmax(best, least - PENALTY + best_score(scores, word, at + 1));
  }
  return best;
}

static void the_likeliest_pieces_are_found(void **state) {
  (void)state;
  OgError err = {0};
  OgTrie trie;
  OgUnigramScratch scratch = OG_UNIGRAM_SCRATCH_INIT;
  OgPieces pieces = OG_PIECES_INIT;
  assert_ok(og_trie_init(&trie, words, WORDS, &err));
  for (uint64_t seed = 0; seed < 200; seed++) {
    double scores[WORDS];
    char word[13] = {0};
    for (size_t k = 0; k < WORDS; k++) {
      scores[k] = -(double)(og_random_at(seed, k) % 1000) / 100;
    }
    for (size_t k = 0; k < 12; k++) {
      word[k] = "ab"[og_random_at(seed, 100 + k) % 2];
    }
    const OgUnigram unigram = og_unigram(&trie, scores, WORDS, UNKNOWN);
    pieces.count = 0;
    assert_ok(og_unigram_split(&unigram, word, 12, &scratch, &pieces, &err));
    double score = 0;
    for (size_t k = 0; k < pieces.count; k++) {
      score += scores[pieces.ids[k]];
    }
    assert_true(fabs(score - best_score(scores, word, 0)) < 1e-9);
    assert_int_equal(pieces.ends[pieces.count - 1], 12);
  }
  og_pieces_clear(&pieces);
  og_unigram_scratch_clear(&scratch);
  og_trie_clear(&trie);
}

static void unknown_characters_are_one_piece(void **state) {
  (void)state;
  static const double scores[WORDS] = {0, -1, -1, -1, -1, -1, -1, -1, -1};
  static const uint32_t ids[] = {1, UNKNOWN, 8, UNKNOWN}, ends[] = {1, 7, 9, 10};
  static const char word[] = "a\xe4\xb8\xad\xe4\xb8\xad\xc3\xa9x";
  OgError err = {0};
  OgTrie trie;
  OgUnigramScratch scratch = OG_UNIGRAM_SCRATCH_INIT;
  OgPieces pieces = OG_PIECES_INIT;
  assert_ok(og_trie_init(&trie, words, WORDS, &err));
  const OgUnigram unigram = og_unigram(&trie, scores, WORDS, UNKNOWN);
  assert_ok(og_unigram_split(&unigram, word, sizeof word - 1, &scratch, &pieces, &err));
  assert_int_equal(pieces.count, 4);
  assert_memory_equal(pieces.ids, ids, sizeof ids);
  assert_memory_equal(pieces.ends, ends, sizeof ends);
  og_pieces_clear(&pieces);
  og_unigram_scratch_clear(&scratch);
  og_trie_clear(&trie);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_likeliest_pieces_are_found),
      cmocka_unit_test(unknown_characters_are_one_piece),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
