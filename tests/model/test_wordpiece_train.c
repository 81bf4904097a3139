#include "tests/test.h"

#include "core/memory.h"
#include "core/random.h"
#include "model/tokenizer.h"
#include "model/wordpiece_train.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static OgWordCounts *count(const char *text) {
  OgError err = {0};
  OgWordCounts *counts;
  assert_ok(og_word_counts_new(true, &counts, &err));
  assert_ok(og_word_counts_add(counts, text, strlen(text), &err));
  return counts;
}

static OgVocabulary train(const char *text, size_t vocab_size, size_t alphabet,
                          uint64_t frequency) {
  OgError err = {0};
  OgVocabulary vocabulary;
  OgWordCounts *counts = count(text);
  const OgWordpieceOptions options = {vocab_size, alphabet, frequency};
  assert_ok(og_wordpiece_train(counts, &options, NULL, &vocabulary, &err));
  og_word_counts_free(counts);
  return vocabulary;
}

static bool has(const OgVocabulary *vocabulary, const char *word) {
  size_t k = 0;
  while (k < vocabulary->count && strcmp(vocabulary->words[k], word) != 0) {
    k++;
  }
  return k < vocabulary->count;
}

static void words_are_counted_as_the_tokenizer_splits_them(void **state) {
  (void)state;
  OgWordCounts *counts = count("The the THÉ, dog");
  assert_int_equal(og_word_counts_distinct(counts), 3); /* the , dog */
  assert_int_equal(og_word_counts_total(counts), 5);
  og_word_counts_free(counts);
}

static void special_tokens_and_the_alphabet_come_first(void **state) {
  (void)state;
  OgVocabulary v = train("ba ba ba", 100, 1000, 1);
  static const char *const expected[] = {"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]",
                                         "a",     "b",     "##a",   "ba"};
  assert_int_equal(v.count, OG_COUNT(expected));
  for (size_t k = 0; k < v.count; k++) {
    assert_string_equal(v.words[k], expected[k]);
  }
  og_vocabulary_clear(&v);
}

static void pairs_below_the_least_frequency_are_not_merged(void **state) {
  (void)state;
  OgVocabulary v = train("aab aab xy", 100, 1000, 2);
  assert_true(has(&v, "aab"));
  assert_false(has(&v, "xy"));
  og_vocabulary_clear(&v);
}

static void characters_beyond_the_limit_are_left_out(void **state) {
  (void)state;
  OgVocabulary v = train("aa aa aa bb bb aca aca", 100, 2, 1);
  assert_true(has(&v, "a"));
  assert_true(has(&v, "b"));
  assert_false(has(&v, "c"));
  assert_false(has(&v, "##ca"));
  assert_false(has(&v, "aca"));
  og_vocabulary_clear(&v);
}

static void a_full_vocabulary_stops(void **state) {
  (void)state;
  OgVocabulary v = train("banana bandana cabana banana", 14, 1000, 1);
  assert_int_equal(v.count, 14);
  og_vocabulary_clear(&v);
}

/* --- the same by brute force ------------------------------------------------------------------ */

enum { MOST_WORDS = 400, MOST_PIECES = 40, PIECE_SIZE = 48 };

/* A corpus as lists of pieces, and the vocabulary so far. */
typedef struct Plain {
  char pieces[MOST_WORDS][MOST_PIECES][PIECE_SIZE];
  size_t counts[MOST_WORDS];
  size_t words;
  char vocabulary[4096][PIECE_SIZE];
  size_t size;
} Plain;

static size_t id_of(const Plain *plain, const char *piece) {
  size_t k = 0;
  while (k < plain->size && strcmp(plain->vocabulary[k], piece) != 0) {
    k++;
  }
  return k;
}

static void add_piece(Plain *plain, const char *piece) {
  if (id_of(plain, piece) == plain->size) {
    snprintf(plain->vocabulary[plain->size++], PIECE_SIZE, "%s", piece);
  }
}

/* The most frequent pair, of lowest ids: counts all pairs anew. Returns its count. */
static size_t best_pair(const Plain *plain, size_t *left, size_t *right) {
  static unsigned counts[512][512];
  size_t best = 0;
  assert_true(plain->size < 512);
  memset(counts, 0, sizeof counts);
  for (size_t w = 0; w < plain->words; w++) {
    for (size_t k = 0; k + 1 < plain->counts[w]; k++) {
      counts[id_of(plain, plain->pieces[w][k])][id_of(plain, plain->pieces[w][k + 1])]++;
    }
  }
  for (size_t l = 0; l < plain->size; l++) {
    for (size_t r = 0; r < plain->size; r++) {
      if (counts[l][r] > best) {
        best = counts[l][r];
        *left = l;
        *right = r;
      }
    }
  }
  return best;
}

static void merge_everywhere(Plain *plain, size_t left, size_t right) {
  char l[PIECE_SIZE];
  char r[PIECE_SIZE];
  char merged[PIECE_SIZE];
  snprintf(l, sizeof l, "%s", plain->vocabulary[left]);
  snprintf(r, sizeof r, "%s", plain->vocabulary[right]);
  assert_true(strlen(l) + strlen(r) < PIECE_SIZE);
  strcat(strcpy(merged, l), r + 2);
  add_piece(plain, merged);
  for (size_t w = 0; w < plain->words; w++) {
    size_t out = 0;
    for (size_t k = 0; k < plain->counts[w]; k++) {
      const bool pair = k + 1 < plain->counts[w] && strcmp(plain->pieces[w][k], l) == 0 &&
                        strcmp(plain->pieces[w][k + 1], r) == 0;
      if (pair) {
        snprintf(plain->pieces[w][out++], PIECE_SIZE, "%s", merged);
        k++;
      } else if (out++ != k) {
        memmove(plain->pieces[w][out - 1], plain->pieces[w][k], PIECE_SIZE);
      }
    }
    plain->counts[w] = out;
  }
}

/* Words of letters a to e, of one to nine letters; returns their number. */
static size_t random_words(OgRandom *random, char words[MOST_WORDS][16]) {
  const size_t count = 20 + og_random_below(random, MOST_WORDS - 20);
  for (size_t w = 0; w < count; w++) {
    const size_t size = 1 + og_random_below(random, 9);
    memset(words[w], 0, sizeof words[w]);
    for (size_t k = 0; k < size; k++) {
      words[w][k] = (char)('a' + og_random_below(random, 2 + w % 4));
    }
  }
  return count;
}

static void load_plain(Plain *plain, char words[MOST_WORDS][16], size_t count_of_words,
                       const OgVocabulary *learned) {
  plain->words = count_of_words;
  plain->size = 0;
  for (size_t k = 0; k < learned->count &&
                     (k < 5 || strlen(learned->words[k]) == 1 ||
                      (strncmp(learned->words[k], "##", 2) == 0 && strlen(learned->words[k]) == 3));
       k++) {
    add_piece(plain, learned->words[k]); /* the same ids for single letters */
  }
  for (size_t w = 0; w < count_of_words; w++) {
    plain->counts[w] = strlen(words[w]);
    for (size_t k = 0; k < plain->counts[w]; k++) {
      snprintf(plain->pieces[w][k], PIECE_SIZE, "%s%c", k ? "##" : "", words[w][k]);
    }
  }
}

static void merges_are_those_of_a_plain_implementation(void **state) {
  (void)state;
  static Plain plain;
  static char words[MOST_WORDS][16];
  static char text[MOST_WORDS * 16];
  OgRandom random;
  og_random_init(&random, 11);
  for (int round = 0; round < 8; round++) {
    const size_t number = random_words(&random, words);
    text[0] = '\0';
    for (size_t w = 0; w < number; w++) {
      strcat(strcat(text, words[w]), " ");
    }
    OgVocabulary v = train(text, 150, 1000, 2);
    load_plain(&plain, words, number, &v);
    size_t left = 0;
    size_t right = 0;
    while (plain.size < 150 && best_pair(&plain, &left, &right) >= 2) {
      merge_everywhere(&plain, left, right);
    }
    assert_int_equal(v.count, plain.size);
    for (size_t k = 0; k < v.count; k++) {
      assert_string_equal(v.words[k], plain.vocabulary[k]);
    }
    og_vocabulary_clear(&v);
  }
}

/* --- its use ---------------------------------------------------------------------------------- */

static void a_learned_vocabulary_makes_a_tokenizer(void **state) {
  (void)state;
  OgError err = {0};
  OgTokenizer *tokenizer;
  OgTokens tokens = OG_TOKENS_INIT;
  OgVocabulary v = train("asthma asthma asthmatic asthmatic bronchitis", 60, 1000, 1);
  assert_ok(og_tokenizer_new((const char *const *)v.words, v.count, true, &tokenizer, &err));
  assert_ok(og_tokenizer_encode(tokenizer, "Asthma", 6, NULL, 0, 16, &tokens, &err));
  assert_int_equal(tokens.count, 3);
  assert_string_equal(og_tokenizer_word(tokenizer, tokens.ids[1]), "asthma");
  og_tokens_clear(&tokens);
  og_tokenizer_free(tokenizer);
  og_vocabulary_clear(&v);
}

static void nothing_to_learn_from_is_an_error(void **state) {
  (void)state;
  OgError err = {0};
  OgVocabulary v;
  OgWordCounts *counts = count("  ");
  OgWordpieceOptions options = og_wordpiece_options_default();
  assert_status(og_wordpiece_train(counts, &options, NULL, &v, &err), OG_BAD_DATA);
  options.vocab_size = 5;
  assert_status(og_wordpiece_train(counts, &options, NULL, &v, &err), OG_USAGE);
  og_word_counts_free(counts);
}

static bool stop(void *data, const char *stage, double done, double total, const char *detail) {
  (void)data;
  (void)stage;
  (void)done;
  (void)total;
  (void)detail;
  return false;
}

static void it_stops_when_asked(void **state) {
  (void)state;
  OgError err = {0};
  OgVocabulary v;
  const OgProgress progress = {.report = stop};
  OgWordCounts *counts = count("banana banana");
  const OgWordpieceOptions options = og_wordpiece_options_default();
  assert_status(og_wordpiece_train(counts, &options, &progress, &v, &err), OG_CANCELLED);
  og_word_counts_free(counts);
}

static void every_allocation_may_fail(void **state) {
  (void)state;
  static const char text[] = "banana bandana cabana banana";
  const OgWordpieceOptions options = {40, 1000, 1};
  OgStatus status = OG_NO_MEMORY;
  for (long n = 0; status != OG_OK; n++) {
    OgError err = {0};
    OgWordCounts *counts = NULL;
    OgVocabulary v = {NULL, 0};
    og_memory_fail_after(n);
    status = og_word_counts_new(true, &counts, &err);
    if (status == OG_OK) {
      status = og_word_counts_add(counts, text, sizeof text - 1, &err);
    }
    if (status == OG_OK) {
      status = og_wordpiece_train(counts, &options, NULL, &v, &err);
    }
    og_memory_fail_after(-1);
    assert_true(status == OG_OK || (status == OG_NO_MEMORY && !v.words));
    og_word_counts_free(counts);
    og_vocabulary_clear(&v);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(words_are_counted_as_the_tokenizer_splits_them),
      cmocka_unit_test(special_tokens_and_the_alphabet_come_first),
      cmocka_unit_test(pairs_below_the_least_frequency_are_not_merged),
      cmocka_unit_test(characters_beyond_the_limit_are_left_out),
      cmocka_unit_test(a_full_vocabulary_stops),
      cmocka_unit_test(merges_are_those_of_a_plain_implementation),
      cmocka_unit_test(a_learned_vocabulary_makes_a_tokenizer),
      cmocka_unit_test(nothing_to_learn_from_is_an_error),
      cmocka_unit_test(it_stops_when_asked),
      cmocka_unit_test(every_allocation_may_fail),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
