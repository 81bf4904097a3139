#include "tests/test.h"

#include "core/buffer.h"
#include "core/file.h"
#include "core/json.h"
#include "core/memory.h"
#include "model/tokenizer.h"
#include "tests/golden.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* --- the reference implementation's rows ------------------------------------------------------ */

static void load(const char *directory, OgTokenizer **tokenizer) {
  OgError err = {0};
  assert_ok(og_tokenizer_load(directory, tokenizer, &err));
}

/* The rows of a shared file. */
static void check_rows(const char *file, int (*check)(char **, size_t, void *), void *data) {
  const char *path = shared_data(file);
  if (!path) {
    skip_without_data(file);
  }
  golden_check_rows(path, 100, check, data);
}

typedef struct Golden {
  OgTokenizer *uncased, *cased;
  OgTokens tokens;
  OgBuffer text;
} Golden;

static int check_golden(char **fields, size_t count, void *data) {
  OgError err = {0};
  Golden *golden = data;
  OgTokens *tokens = &golden->tokens;
  assert_int_equal(count, 7);
  char *text = fields[2];
  const size_t size = golden_unescape(text);
  assert_ok(og_tokenizer_encode(golden->uncased, text, size, NULL, 0, SIZE_MAX, tokens, &err));
  golden_numbers(&golden->text, tokens->ids, tokens->count);
  int wrong = golden_differs(fields[0], "uncased ids", &golden->text, fields[3]);
  golden_offsets(&golden->text, text, NULL, tokens);
  wrong += golden_differs(fields[0], "offsets", &golden->text, fields[4]);
  assert_ok(og_tokenizer_encode(golden->cased, text, size, NULL, 0, SIZE_MAX, tokens, &err));
  golden_numbers(&golden->text, tokens->ids, tokens->count);
  wrong += golden_differs(fields[0], "cased ids", &golden->text, fields[5]);
  return wrong;
}

/* tiny-init has the vocabulary of bert-base-uncased. */
static void open_golden(Golden *golden) {
  OgError err = {0};
  const char *directory = shared_data("base/tiny-init");
  if (!directory) {
    skip_without_data("base/tiny-init");
  }
  *golden = (Golden){NULL, NULL, OG_TOKENS_INIT, OG_BUFFER_INIT};
  load(directory, &golden->uncased);
  const OgTokenizerSpec *spec = og_tokenizer_spec(golden->uncased);
  assert_ok(og_tokenizer_new(spec->words, spec->count, false, &golden->cased, &err));
}

static void close_golden(Golden *golden) {
  og_tokenizer_free(golden->uncased);
  og_tokenizer_free(golden->cased);
  og_tokens_clear(&golden->tokens);
  og_buffer_clear(&golden->text);
}

static void every_row_of_the_reference_is_reproduced(void **state) {
  (void)state;
  Golden golden;
  open_golden(&golden);
  check_rows("base/wordpiece/golden.tsv", check_golden, &golden);
  close_golden(&golden);
}

static int check_pair(char **fields, size_t count, void *data) {
  OgError err = {0};
  Golden *golden = data;
  OgTokens *tokens = &golden->tokens;
  assert_int_equal(count, 5);
  char row[600];
  snprintf(row, sizeof row, "%s tokens of %.250s | %.250s", fields[0], fields[1], fields[2]);
  const size_t size = golden_unescape(fields[1]);
  const size_t pair_size = golden_unescape(fields[2]);
  assert_ok(og_tokenizer_encode(golden->uncased, fields[1], size, fields[2], pair_size,
                                strtoul(fields[0], NULL, 10), tokens, &err));
  golden_numbers(&golden->text, tokens->ids, tokens->count);
  int wrong = golden_differs(row, "ids", &golden->text, fields[3]);
  golden_numbers(&golden->text, tokens->types, tokens->count);
  wrong += golden_differs(row, "types", &golden->text, fields[4]);
  return wrong;
}

static void every_pair_of_the_reference_is_reproduced(void **state) {
  (void)state;
  Golden golden;
  open_golden(&golden);
  check_rows("base/wordpiece/golden_pairs.tsv", check_pair, &golden);
  close_golden(&golden);
}

/* --- files ------------------------------------------------------------------------------------ */

static const char *const few_words[] = {"[PAD]", "[UNK]",  "[CLS]", "[SEP]", "[MASK]",
                                        "un",    "##want", "##ed",  "want",  ",",
                                        "ü",     "Want",   "u"};

static OgTokenizer *make(bool lowercase) {
  OgError err = {0};
  OgTokenizer *tokenizer;
  assert_ok(og_tokenizer_new(few_words, OG_COUNT(few_words), lowercase, &tokenizer, &err));
  return tokenizer;
}

/* Fails unless text has these ids. */
static void check_ids(const OgTokenizer *tokenizer, const char *text, size_t most,
                      const char *expected) {
  OgError err = {0};
  OgTokens tokens = OG_TOKENS_INIT;
  OgBuffer ids = OG_BUFFER_INIT;
  assert_ok(og_tokenizer_encode(tokenizer, text, strlen(text), NULL, 0, most, &tokens, &err));
  golden_numbers(&ids, tokens.ids, tokens.count);
  assert_string_equal(ids.data, expected);
  og_buffer_clear(&ids);
  og_tokens_clear(&tokens);
}

static void the_longest_pieces_are_taken_or_the_word_is_unknown(void **state) {
  (void)state;
  OgTokenizer *tokenizer = make(true);
  check_ids(tokenizer, "UNwanted, want", 100, "2 5 6 7 9 8 3");
  check_ids(tokenizer, "unwantx want", 100, "2 1 8 3");
  check_ids(tokenizer, "", 100, "2 3");
  og_tokenizer_free(tokenizer);
}

static void a_cased_tokenizer_keeps_case_and_accents(void **state) {
  (void)state;
  OgTokenizer *tokenizer = make(false);
  check_ids(tokenizer, "Want ü", 100, "2 11 10 3");
  og_tokenizer_free(tokenizer);
  tokenizer = make(true);
  check_ids(tokenizer, "Want ü", 100, "2 8 12 3");
  og_tokenizer_free(tokenizer);
}

static void truncation_keeps_the_special_tokens(void **state) {
  (void)state;
  OgError err = {0};
  OgTokens tokens = OG_TOKENS_INIT;
  OgTokenizer *tokenizer = make(true);
  check_ids(tokenizer, "want want want", 4, "2 8 8 3");
  check_ids(tokenizer, "unwanted", 3, "2 5 3");
  check_ids(tokenizer, "want", 2, "2 3");
  assert_status(og_tokenizer_encode(tokenizer, "a", 1, NULL, 0, 1, &tokens, &err), OG_USAGE);
  assert_status(og_tokenizer_encode(tokenizer, "a", 1, "b", 1, 2, &tokens, &err), OG_USAGE);
  og_tokens_clear(&tokens);
  og_tokenizer_free(tokenizer);
}

static void a_word_of_over_100_characters_is_unknown(void **state) {
  (void)state;
  char text[102];
  OgTokenizer *tokenizer;
  OgError err = {0};
  static const char *const words[] = {"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a", "##a"};
  assert_ok(og_tokenizer_new(words, OG_COUNT(words), true, &tokenizer, &err));
  OgTokens tokens = OG_TOKENS_INIT;
  memset(text, 'a', sizeof text);
  assert_ok(og_tokenizer_encode(tokenizer, text, 100, NULL, 0, 999, &tokens, &err));
  assert_int_equal(tokens.count, 102);
  assert_ok(og_tokenizer_encode(tokenizer, text, 101, NULL, 0, 999, &tokens, &err));
  assert_int_equal(tokens.count, 3);
  assert_int_equal(tokens.ids[1], 1);
  assert_int_equal(tokens.ends[1], 101);
  og_tokens_clear(&tokens);
  og_tokenizer_free(tokenizer);
}

static void a_missing_special_token_is_named(void **state) {
  (void)state;
  OgError err = {0};
  OgTokenizer *tokenizer = NULL;
  assert_status(og_tokenizer_new(few_words, 4, true, &tokenizer, &err), OG_BAD_STORE);
  assert_non_null(strstr(err.message, "[MASK]"));
}

static const char *make_directory(const char *name) {
  OgError err = {0};
  const char *directory = scratch(name);
  assert_ok(og_directory_make(directory, &err));
  return directory;
}

static void write_file(const char *directory, const char *name, const char *text) {
  OgError err = {0};
  char path[4200];
  snprintf(path, sizeof path, "%s/%s", directory, name);
  assert_ok(og_file_write(path, text, strlen(text), &err));
}

static void remove_file(const char *directory, const char *name) {
  char path[4200];
  snprintf(path, sizeof path, "%s/%s", directory, name);
  assert_int_equal(remove(path), 0);
}

/* Both casings, saved and loaded from tokenizer.json and from vocab.txt alone. */
static void what_is_saved_loads_again(void **state) {
  (void)state;
  OgError err = {0};
  for (int lowercase = 0; lowercase < 2; lowercase++) {
    OgTokenizer *loaded;
    OgTokenizer *saved = make(lowercase);
    const char *directory = make_directory(lowercase ? "uncased" : "cased");
    const char *ids = lowercase ? "2 8 5 6 7 4 1 3" : "2 11 5 6 7 4 1 3";
    assert_ok(og_tokenizer_save(saved, directory, &err));
    load(directory, &loaded);
    check_ids(loaded, "Want unwanted [MASK] x", 100, ids);
    assert_int_equal(og_tokenizer_vocab_size(loaded), OG_COUNT(few_words));
    og_tokenizer_free(loaded);
    remove_file(directory, "tokenizer.json");
    load(directory, &loaded);
    check_ids(loaded, "Want unwanted [MASK] x", 100, ids);
    og_tokenizer_free(loaded);
    og_tokenizer_free(saved);
  }
}

static void tokenizer_json_is_as_hugging_face_writes_it(void **state) {
  (void)state;
  OgError err = {0};
  json_t *ours = NULL;
  json_t *theirs = NULL;
  OgTokenizer *loaded, *tokenizer;
  const char *directory = shared_data("base/tiny-init");
  if (!directory) {
    skip_without_data("base/tiny-init");
  }
  char path[4200];
  load(directory, &loaded);
  snprintf(path, sizeof path, "%s/tokenizer.json", directory);
  assert_ok(og_json_load(path, 1 << 24, OG_BAD_STORE, &theirs, &err));
  assert_ok(og_tokenizer_create(og_tokenizer_spec(loaded), &tokenizer, &err)); /* without files */
  og_tokenizer_free(loaded);
  const char *saved = make_directory("same");
  assert_ok(og_tokenizer_save(tokenizer, saved, &err));
  snprintf(path, sizeof path, "%s/tokenizer.json", saved);
  assert_ok(og_json_load(path, 1 << 24, OG_BAD_STORE, &ours, &err));
  assert_true(json_equal(ours, theirs));
  json_decref(ours);
  json_decref(theirs);
  og_tokenizer_free(tokenizer);
}

static void vocab_txt_is_uncased_unless_the_settings_say_otherwise(void **state) {
  (void)state;
  OgTokenizer *tokenizer;
  const char *directory = make_directory("vocab");
  write_file(directory, "vocab.txt", "[PAD]\r\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nwant\nWant\nü\nu");
  load(directory, &tokenizer);
  check_ids(tokenizer, "Want ü", 100, "2 5 8 3");
  og_tokenizer_free(tokenizer);
  write_file(directory, "tokenizer_config.json",
             "{\"do_lower_case\":false,\"unk_token\":{\"content\":\"[UNK]\"}}");
  load(directory, &tokenizer);
  check_ids(tokenizer, "Want ü", 100, "2 6 7 3");
  og_tokenizer_free(tokenizer);
  write_file(directory, "tokenizer_config.json",
             "{\"do_lower_case\":true,\"strip_accents\":false}");
  load(directory, &tokenizer);
  check_ids(tokenizer, "Want Ü", 100, "2 5 7 3");
  og_tokenizer_free(tokenizer);
}

static void bad_directories_are_refused(void **state) {
  (void)state;
  OgError err = {0};
  OgTokenizer *tokenizer = NULL;
  const char *directory = make_directory("bad");
  assert_status(og_tokenizer_load(directory, &tokenizer, &err), OG_IO);
  assert_non_null(strstr(err.message, "tokenizer.json"));
  write_file(directory, "vocab.txt", "[PAD]\n\xff\n");
  assert_status(og_tokenizer_load(directory, &tokenizer, &err), OG_BAD_STORE);
  assert_int_equal(err.line, 2);
  char *line = og_calloc((1 << 16) + 2, 1);
  memset(line, 'x', (1 << 16) + 1);
  write_file(directory, "vocab.txt", line);
  og_free(line);
  assert_status(og_tokenizer_load(directory, &tokenizer, &err), OG_BAD_STORE);
  assert_non_null(strstr(err.message, "longer than"));
  write_file(directory, "tokenizer_config.json", "{\"tokenizer_class\":\"BertJapaneseTokenizer\"}");
  assert_status(og_tokenizer_load(directory, &tokenizer, &err), OG_BAD_STORE);
  assert_non_null(strstr(err.message, "BertJapaneseTokenizer"));
  write_file(directory, "tokenizer_config.json", "{\"do_lower_case\":1}");
  assert_status(og_tokenizer_load(directory, &tokenizer, &err), OG_BAD_STORE);
  assert_non_null(strstr(err.message, "do_lower_case must be true, false or null, found 1"));
}

#define NORMALIZER "\"normalizer\":{\"type\":\"BertNormalizer\",\"lowercase\":true},"
#define SPLITTER   "\"pre_tokenizer\":{\"type\":\"BertPreTokenizer\"},"
#define MODEL(vocab)                                                                               \
  "\"model\":{\"type\":\"WordPiece\",\"unk_token\":\"[UNK]\","                                     \
  "\"continuing_subword_prefix\":\"##\",\"vocab\":{" vocab "}}"
#define WORDS "\"[PAD]\":0,\"[UNK]\":1,\"[CLS]\":2,\"[SEP]\":3,\"[MASK]\":4"

static const struct {
  const char *text;
  const char *message;
} bad_json[] = {
    {"7", "model"},
    {"{}", "model.continuing_subword_prefix"},
    {"{\"model\":{\"type\":\"WordLevel\"}}",
     "model must be WordPiece, BPE or Unigram, found \"WordLevel\""},
    {"{" NORMALIZER SPLITTER "\"model\":{\"type\":\"WordPiece\",\"unk_token\":\"[UNK]\","
     "\"continuing_subword_prefix\":\"@@\"}}",
     "found \"@@\""},
    {"{" NORMALIZER SPLITTER MODEL(WORDS ",\"a\":7") "}", "id of word a"},
    {"{" NORMALIZER SPLITTER MODEL(WORDS ",\"a\":-1") "}", "id of word a"},
    {"{" NORMALIZER SPLITTER MODEL(WORDS ",\"a\":\"5\"") "}", "id of word a"},
    {"{" NORMALIZER SPLITTER MODEL(WORDS ",\"a\":4") "}", "have one id, 4"},
    {"{" NORMALIZER SPLITTER MODEL("\"[PAD]\":0") "}", "no [UNK]"},
    {"{\"normalizer\":{\"type\":\"NFC\"}," SPLITTER MODEL(WORDS) "}", "found \"NFC\""},
    {"{" NORMALIZER "\"pre_tokenizer\":{\"type\":\"ByteLevel\"}," MODEL(WORDS) "}", "ByteLevel"},
    {"{" NORMALIZER SPLITTER MODEL(WORDS) ",\"post_processor\":{\"type\":\"ByteLevel\"}}",
     "found \"ByteLevel\""},
    {"{" NORMALIZER SPLITTER MODEL(WORDS) ",\"post_processor\":{\"type\":\"TemplateProcessing\","
                                          "\"single\":[]}}",
     "post_processor must be"},
    {"{" NORMALIZER SPLITTER MODEL(WORDS) ",\"added_tokens\":[{\"id\":5,\"content\":\"<x>\","
                                          "\"lstrip\":1}]}",
     "lstrip must be true, false or null, found 1"},
    {"{" NORMALIZER SPLITTER MODEL(WORDS) ",\"added_tokens\":[{\"id\":9,\"content\":\"<x>\"}]}",
     "id of word <x>"},
    {"{" NORMALIZER SPLITTER MODEL(WORDS) ",\"added_tokens\":[{\"id\":5}]}", "added_tokens"},
};

static void foreign_and_damaged_tokenizers_are_refused(void **state) {
  (void)state;
  for (size_t k = 0; k < OG_COUNT(bad_json); k++) {
    OgError err = {0};
    OgTokenizer *tokenizer = NULL;
    const char *text = bad_json[k].text;
    assert_status(og_tokenizer_parse(text, strlen(text), "tokenizer.json", &tokenizer, &err),
                  OG_BAD_STORE);
    if (!strstr(err.message, bad_json[k].message)) {
      fail_msg("%s: expected \"%s\" in: %s", text, bad_json[k].message, err.message);
    }
  }
}

static void added_tokens_are_matched_in_raw_text(void **state) {
  (void)state;
  OgError err = {0};
  OgTokenizer *tokenizer;
  static const char text[] =
      "{" NORMALIZER SPLITTER MODEL(WORDS ",\"a\":5") ",\"added_tokens\":["
                                                      "{\"id\":6,\"content\":\"<X>\"},{\"id\":7,"
                                                      "\"content\":\"<X>y\"},{\"id\":4,\"content\":"
                                                      "\"[MASK]\"}],\"post_processor\":{\"type\":"
                                                      "\"BertProcessing\",\"sep\":[\"[SEP]\",3],"
                                                      "\"cls\":[\"[CLS]\",2]}}";
  assert_ok(og_tokenizer_parse(text, sizeof text - 1, "x", &tokenizer, &err));
  check_ids(tokenizer, "a<X>A<X>y<x>[MASK]", 100, "2 5 6 5 7 1 1 1 4 3");
  OgTokenizer *again;
  const char *directory = make_directory("added");
  assert_ok(og_tokenizer_save(tokenizer, directory, &err));
  load(directory, &again);
  check_ids(again, "a<X>A<X>y<x>[MASK]", 100, "2 5 6 5 7 1 1 1 4 3");
  og_tokenizer_free(again);
  og_tokenizer_free(tokenizer);
}

static void a_line_break_fits_no_vocab_txt(void **state) {
  (void)state;
  static const char *const words[] = {"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a\nb"};
  OgError err = {0};
  OgTokenizer *tokenizer;
  assert_ok(og_tokenizer_new(words, OG_COUNT(words), true, &tokenizer, &err));
  assert_status(og_tokenizer_save(tokenizer, make_directory("broken"), &err), OG_BAD_STORE);
  assert_non_null(strstr(err.message, "word 5"));
  og_tokenizer_free(tokenizer);
}

static void a_vocabulary_that_is_no_file_is_refused(void **state) {
  (void)state;
  OgError err = {0};
  OgTokenizer *tokenizer = NULL;
  char path[4200];
  const char *directory = scratch("odd");
  assert_ok(og_directory_make(directory, &err));
  snprintf(path, sizeof path, "%s/vocab.txt", directory);
  assert_int_equal(mkfifo(path, 0600), 0);
  assert_status(og_tokenizer_load(directory, &tokenizer, &err), OG_BAD_STORE);
  assert_non_null(strstr(err.message, "is a pipe"));
}

static void every_allocation_may_fail(void **state) {
  (void)state;
  OgError err = {0};
  const char *directory = make_directory("memory");
  OgTokenizer *first = make(true);
  assert_ok(og_tokenizer_save(first, directory, &err));
  og_tokenizer_free(first);
  for (int file = 0; file < 2; file++) {
    OgStatus status = OG_NO_MEMORY;
    for (long n = 0; status != OG_OK; n++) {
      OgTokenizer *tokenizer = NULL;
      OgTokens tokens = OG_TOKENS_INIT;
      og_memory_fail_after(n);
      status = og_tokenizer_load(directory, &tokenizer, &err);
      if (status == OG_OK) {
        status = og_tokenizer_encode(tokenizer, "want a", 6, "un", 2, 9, &tokens, &err);
      }
      if (status == OG_OK) {
        status = og_tokenizer_save(tokenizer, directory, &err);
      }
      og_memory_fail_after(-1);
      assert_true(status == OG_OK || status == OG_NO_MEMORY);
      og_tokens_clear(&tokens);
      og_tokenizer_free(tokenizer);
    }
    if (file == 0) {
      remove_file(directory, "tokenizer.json"); /* then from vocab.txt */
    }
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_row_of_the_reference_is_reproduced),
      cmocka_unit_test(every_pair_of_the_reference_is_reproduced),
      cmocka_unit_test(the_longest_pieces_are_taken_or_the_word_is_unknown),
      cmocka_unit_test(a_cased_tokenizer_keeps_case_and_accents),
      cmocka_unit_test(truncation_keeps_the_special_tokens),
      cmocka_unit_test(a_word_of_over_100_characters_is_unknown),
      cmocka_unit_test(a_missing_special_token_is_named),
      cmocka_unit_test(what_is_saved_loads_again),
      cmocka_unit_test(tokenizer_json_is_as_hugging_face_writes_it),
      cmocka_unit_test(vocab_txt_is_uncased_unless_the_settings_say_otherwise),
      cmocka_unit_test(bad_directories_are_refused),
      cmocka_unit_test(foreign_and_damaged_tokenizers_are_refused),
      cmocka_unit_test(added_tokens_are_matched_in_raw_text),
      cmocka_unit_test(a_line_break_fits_no_vocab_txt),
      cmocka_unit_test(a_vocabulary_that_is_no_file_is_refused),
      cmocka_unit_test(every_allocation_may_fail),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
