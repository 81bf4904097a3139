/* Every kind of tokenizer against what Hugging Face's library makes of the same files and texts:
 * tests/data/tokenizers/KIND, written by tests/reference/tokenizers.cjs. */
#include "tests/test.h"

#include "core/file.h"
#include "core/memory.h"
#include "model/tokenizer.h"
#include "tests/golden.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct Golden {
  OgTokenizer *tokenizer;
  OgTokens tokens;
  OgBuffer found;
} Golden;

static int check_tokens(Golden *golden, const char *row, const char *text, const char *pair,
                        const char *ids, const char *offsets) {
  const OgTokens *tokens = &golden->tokens;
  golden_numbers(&golden->found, tokens->ids, tokens->count);
  int wrong = golden_differs(row, "ids", &golden->found, ids);
  golden_offsets(&golden->found, text, pair, tokens);
  return wrong + golden_differs(row, "offsets", &golden->found, offsets);
}

/* text, ids, offsets; or most, text, pair, ids, offsets. */
static int check_row(char **fields, size_t count, void *data) {
  OgError err = {0};
  Golden *golden = data;
  assert_true(count == 3 || count == 5);
  const bool pair = count == 5;
  char *text = fields[pair ? 1 : 0];
  char *second = pair ? fields[2] : NULL;
  char row[600];
  snprintf(row, sizeof row, "%.250s | %.250s", text, pair ? second : "");
  const size_t size = golden_unescape(text);
  const size_t second_size = pair ? golden_unescape(second) : 0;
  const size_t most = pair ? strtoul(fields[0], NULL, 10) : SIZE_MAX;
  assert_ok(og_tokenizer_encode(golden->tokenizer, text, size, second, second_size, most,
                                &golden->tokens, &err));
  return check_tokens(golden, row, text, second, fields[count - 2], fields[count - 1]);
}

static void check_file(const char *path, OgTokenizer *tokenizer) {
  Golden golden = {tokenizer, OG_TOKENS_INIT, OG_BUFFER_INIT};
  golden_check_rows(path, 100, check_row, &golden);
  og_tokens_clear(&golden.tokens);
  og_buffer_clear(&golden.found);
}

/* The rows of a kind; and lines.tsv, where somebody has made it. */
static void check_kind(const char *kind) {
  OgError err = {0};
  OgTokenizer *tokenizer;
  char directory[200];
  char path[4200];
  snprintf(directory, sizeof directory, "tokenizers/%s", kind);
  assert_ok(og_tokenizer_load(test_data(directory), &tokenizer, &err));
  snprintf(path, sizeof path, "%s/golden.tsv", test_data(directory));
  check_file(path, tokenizer);
  snprintf(path, sizeof path, "%s/lines.tsv", test_data(directory));
  if (og_file_exists(path)) {
    check_file(path, tokenizer);
  }
  og_tokenizer_free(tokenizer);
}

static void roberta_reads_bytes(void **state) {
  (void)state;
  check_kind("roberta");
}

static void a_blank_before_the_text_and_unknown_bytes(void **state) {
  (void)state;
  check_kind("prefixed");
}

static void modernbert_composes_and_matches_runs_of_blanks(void **state) {
  (void)state;
  check_kind("modernbert");
}

static void albert_strips_accents_and_finds_the_likeliest_pieces(void **state) {
  (void)state;
  check_kind("albert");
}

static void deberta_maps_characters(void **state) {
  (void)state;
  check_kind("deberta");
}

static void xlm_roberta_maps_characters(void **state) {
  (void)state;
  check_kind("xlm-roberta");
}

static void words_are_parted_at_white_space_and_punctuation(void **state) {
  (void)state;
  check_kind("parted");
}

static void mpnet_matches_tokens_in_the_normalised_text(void **state) {
  (void)state;
  check_kind("mpnet");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(roberta_reads_bytes),
      cmocka_unit_test(a_blank_before_the_text_and_unknown_bytes),
      cmocka_unit_test(modernbert_composes_and_matches_runs_of_blanks),
      cmocka_unit_test(albert_strips_accents_and_finds_the_likeliest_pieces),
      cmocka_unit_test(deberta_maps_characters),
      cmocka_unit_test(xlm_roberta_maps_characters),
      cmocka_unit_test(words_are_parted_at_white_space_and_punctuation),
      cmocka_unit_test(mpnet_matches_tokens_in_the_normalised_text),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
