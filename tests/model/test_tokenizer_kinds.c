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

/* --- files ------------------------------------------------------------------------------------ */

static const char *const kinds[] = {"roberta", "prefixed",    "modernbert", "albert",
                                    "deberta", "xlm-roberta", "parted",     "mpnet"};

static const char *const file_names[] = {"tokenizer.json",
                                         "tokenizer_config.json",
                                         "special_tokens_map.json",
                                         "added_tokens.json",
                                         "vocab.json",
                                         "merges.txt",
                                         "spiece.model",
                                         "spm.model",
                                         "vocab.txt",
                                         "sentencepiece.bpe.model"};

/* The content of a file of a kind; false when it has none. */
static bool read_kind(const char *kind, const char *file, OgBuffer *content) {
  OgError err = {0};
  char path[300];
  og_buffer_reset(content);
  snprintf(path, sizeof path, "tokenizers/%s/%s", kind, file);
  const char *found = test_data(path);
  if (!og_file_exists(found)) {
    return false;
  }
  assert_ok(og_file_read(found, 1 << 24, content, &err));
  return true;
}

static void write_to(const char *directory, const char *file, const void *bytes, size_t size) {
  OgError err = {0};
  char path[4200];
  assert_ok(og_directory_make(directory, &err));
  snprintf(path, sizeof path, "%s/%s", directory, file);
  assert_ok(og_file_write(path, bytes, size, &err));
}

/* A path of scratch() that stays. */
typedef struct Place {
  char path[4096];
} Place;

static Place place(const char *name) {
  Place made;
  snprintf(made.path, sizeof made.path, "%s", scratch(name));
  return made;
}

/* A copy of a kind's directory without its tokenizer.json. */
static void copy_without_json(const char *kind, const char *directory) {
  OgBuffer content = OG_BUFFER_INIT;
  for (size_t k = 1; k < OG_COUNT(file_names); k++) {
    if (read_kind(kind, file_names[k], &content)) {
      write_to(directory, file_names[k], content.data, content.size);
    }
  }
  og_buffer_clear(&content);
}

static void older_files_read_as_tokenizer_json_does(void **state) {
  (void)state;
  static const char *const older[] = {"roberta", "albert", "deberta", "xlm-roberta"};
  OgError err = {0};
  for (size_t k = 0; k < OG_COUNT(older); k++) {
    OgTokenizer *tokenizer;
    char path[200];
    const Place directory = place(older[k]);
    copy_without_json(older[k], directory.path);
    assert_ok(og_tokenizer_load(directory.path, &tokenizer, &err));
    snprintf(path, sizeof path, "tokenizers/%s/golden.tsv", older[k]);
    check_file(test_data(path), tokenizer);
    og_tokenizer_free(tokenizer);
  }
}

static void files_are_written_back_byte_for_byte(void **state) {
  (void)state;
  OgError err = {0};
  OgBuffer before = OG_BUFFER_INIT, after = OG_BUFFER_INIT;
  for (size_t k = 0; k < OG_COUNT(kinds); k++) {
    OgTokenizer *tokenizer;
    char path[4200];
    snprintf(path, sizeof path, "tokenizers/%s", kinds[k]);
    const Place saved = place("saved");
    const char *directory = saved.path;
    assert_ok(og_directory_make(directory, &err));
    assert_ok(og_tokenizer_load(test_data(path), &tokenizer, &err));
    assert_ok(og_tokenizer_save(tokenizer, directory, &err));
    for (size_t f = 0; f < OG_COUNT(file_names); f++) {
      snprintf(path, sizeof path, "%s/%s", directory, file_names[f]);
      const bool wanted = read_kind(kinds[k], file_names[f], &before);
      assert_int_equal(og_file_exists(path), wanted);
      if (wanted) {
        og_buffer_reset(&after);
        assert_ok(og_file_read(path, 1 << 24, &after, &err));
        assert_int_equal(after.size, before.size);
        assert_memory_equal(after.data, before.data, before.size);
        assert_int_equal(remove(path), 0);
      }
    }
    og_tokenizer_free(tokenizer);
  }
  og_buffer_clear(&before);
  og_buffer_clear(&after);
}

/* --- what is refused -------------------------------------------------------------------------- */

#define BYTE_LEVEL                                                                                 \
  "\"pre_tokenizer\":{\"type\":\"ByteLevel\"},\"model\":{\"type\":\"BPE\",\"vocab\":{"
#define FIVE      "\"<s>\":0,\"</s>\":1,\"<unk>\":2,\"<pad>\":3,\"<mask>\":4"
#define METASPACE "\"pre_tokenizer\":{\"type\":\"Metaspace\",\"replacement\":\"\xe2\x96\x81\"},"
#define PIECES    "[\"<s>\",0],[\"</s>\",0],[\"<unk>\",0],[\"<pad>\",0],[\"<mask>\",0]"

static const struct {
  const char *text, *message;
} bad_json[] = {
    {"{\"model\":{\"type\":\"BPE\",\"vocab\":{}}}",
     "pre_tokenizer of a BPE model must be ByteLevel"},
    {"{" BYTE_LEVEL FIVE "},\"merges\":[\"a b\"]}}", "merge \"a b\" needs a word"},
    {"{" BYTE_LEVEL FIVE "},\"merges\":[\"ab\"]}}", "two words with a blank between them"},
    {"{" BYTE_LEVEL FIVE "},\"merges\":[[\"a\"]]}}", "two words with a blank between them"},
    {"{" BYTE_LEVEL FIVE "},\"merges\":7}}", "model.merges must be an array"},
    {"{" BYTE_LEVEL FIVE "},\"merges\":[],\"byte_fallback\":true}}", "model.byte_fallback"},
    {"{" BYTE_LEVEL FIVE "},\"merges\":[],\"dropout\":0.1}}", "model.dropout"},
    {"{" BYTE_LEVEL "\"<s>\":0,\"a\":0},\"merges\":[]}}", "have one id, 0"},
    {"{" BYTE_LEVEL "\"<s>\":1},\"merges\":[]}}", "below 1"},
    {"{" BYTE_LEVEL "\"<s>\":0},\"merges\":[]}}", "has no [PAD]"},
    {"{\"normalizer\":{\"type\":\"Nmt\"}," BYTE_LEVEL FIVE "},\"merges\":[]}}", "found \"Nmt\""},
    {"{\"post_processor\":{\"type\":\"ByteLevel\"}," BYTE_LEVEL FIVE "},\"merges\":[]}}",
     "post_processor must be"},
    {"{\"pre_tokenizer\":{\"type\":\"Split\"},\"model\":{\"type\":\"BPE\"}}", "found \"Split\""},
    {"{" METASPACE "\"model\":{\"type\":\"Unigram\",\"unk_id\":9,\"vocab\":[" PIECES "]}}",
     "model.unk_id"},
    {"{" METASPACE "\"model\":{\"type\":\"Unigram\",\"unk_id\":0,\"vocab\":[[1,2]]}}",
     "a piece and its score"},
    {"{\"normalizer\":{\"type\":\"Precompiled\",\"precompiled_charsmap\":\"AAAA\"}," METASPACE
     "\"model\":{\"type\":\"Unigram\",\"unk_id\":2,\"vocab\":[" PIECES "]}}",
     "precompiled map of characters"},
    {"{\"normalizer\":{\"type\":\"Precompiled\",\"precompiled_charsmap\":\"*\"}," METASPACE
     "\"model\":{\"type\":\"Unigram\",\"unk_id\":2,\"vocab\":[" PIECES "]}}",
     "must be base64"},
    {"{\"normalizer\":{\"type\":\"Replace\",\"pattern\":{\"Regex\":\"a+\"},\"content\":\"\"}"
     "," METASPACE "\"model\":{\"type\":\"Unigram\",\"unk_id\":2,\"vocab\":[" PIECES "]}}",
     "Regex \" {2,}\""},
    {"{\"pre_tokenizer\":{\"type\":\"Metaspace\",\"replacement\":\"_\"},"
     "\"model\":{\"type\":\"Unigram\",\"unk_id\":2,\"vocab\":[" PIECES "]}}",
     "replacement of Metaspace must be U+2581"},
};

static void foreign_and_damaged_tokenizers_are_refused(void **state) {
  (void)state;
  for (size_t k = 0; k < OG_COUNT(bad_json); k++) {
    OgError err = {0};
    OgTokenizer *tokenizer = NULL;
    const char *text = bad_json[k].text;
    assert_status(og_tokenizer_parse(text, strlen(text), "tokenizer.json", &tokenizer, &err),
                  OG_BAD_STORE);
    assert_string_equal(err.source, "tokenizer.json");
    if (!strstr(err.message, bad_json[k].message)) {
      fail_msg("%s: expected \"%s\" in: %s", text, bad_json[k].message, err.message);
    }
  }
}

/* Replace a file of a copied kind, and expect this message about it. */
static void refuse_file(const char *kind, const char *file, const char *bytes, size_t size,
                        const char *message) {
  OgError err = {0};
  OgTokenizer *tokenizer = NULL;
  const Place refused = place("refused");
  const char *directory = refused.path;
  assert_ok(og_directory_make(directory, &err));
  copy_without_json(kind, directory);
  write_to(directory, file, bytes, size);
  assert_status(og_tokenizer_load(directory, &tokenizer, &err), OG_BAD_STORE);
  if (!strstr(err.message, message)) {
    fail_msg("expected \"%s\" in: %s", message, err.message);
  }
  for (size_t k = 0; k < OG_COUNT(file_names); k++) {
    char path[4200];
    snprintf(path, sizeof path, "%s/%s", directory, file_names[k]);
    remove(path);
  }
}

static void damaged_older_files_are_refused(void **state) {
  (void)state;
  static const char merges[] = "#version: 0.2\n\xc4\xa0 t\nx\n";
  static const char unknown[] = "q qq\n";
  static const char cut[] = "\x0a\x7f\x0a";
  static const char pieces[] = "\x0a\x05\x0a\x01\x61\x18\x02"; /* only an unknown "a" */
  static const char word_model[] = "\x12\x02\x18\x02";
  refuse_file("roberta", "merges.txt", merges, sizeof merges - 1, "two words with a blank");
  refuse_file("roberta", "merges.txt", unknown, sizeof unknown - 1, "merge \"q qq\"");
  refuse_file("roberta", "vocab.json", "[]", 2, "an object of words");
  refuse_file("roberta", "tokenizer_config.json", "{\"tokenizer_class\":\"GPT2Tokenizer\"}", 35,
              "GPT2Tokenizer");
  refuse_file("albert", "spiece.model", cut, sizeof cut - 1, "damaged");
  refuse_file("albert", "spiece.model", pieces, sizeof pieces - 1, "has no");
  refuse_file("albert", "spiece.model", word_model, sizeof word_model - 1,
              "not of the type Unigram");
  refuse_file("albert", "tokenizer_config.json", "{\"tokenizer_class\":\"T5Tokenizer\"}", 33,
              "T5Tokenizer");
  refuse_file("xlm-roberta", "sentencepiece.bpe.model", pieces, sizeof pieces - 1,
              "does not begin with <unk>");
}

/* --- sizes ------------------------------------------------------------------------------------ */

/* A word of a megabyte takes no quadratic time, and all its bytes are in its tokens. */
static void a_word_of_a_megabyte_is_read(void **state) {
  (void)state;
  enum { SIZE = 1 << 20 };
  OgError err = {0};
  OgTokens tokens = OG_TOKENS_INIT;
  char *text = og_calloc(SIZE, 1);
  for (size_t k = 0; k < SIZE; k++) {
    text[k] = (char)('a' + k * k % 7);
  }
  for (size_t k = 0; k < OG_COUNT(kinds); k++) {
    OgTokenizer *tokenizer;
    char path[200];
    snprintf(path, sizeof path, "tokenizers/%s", kinds[k]);
    assert_ok(og_tokenizer_load(test_data(path), &tokenizer, &err));
    assert_ok(og_tokenizer_encode(tokenizer, text, SIZE, NULL, 0, SIZE_MAX, &tokens, &err));
    assert_int_equal(tokens.starts[1], 0);
    assert_int_equal(tokens.ends[tokens.count - 2], SIZE);
    for (size_t t = 2; t + 1 < tokens.count; t++) {
      assert_int_equal(tokens.starts[t], tokens.ends[t - 1]);
    }
    og_tokenizer_free(tokenizer);
  }
  og_tokens_clear(&tokens);
  og_free(text);
}

/* One OgTokens may serve several tokenizers: none takes another's words from the cache. */
static void tokens_forget_another_tokenizer(void **state) {
  (void)state;
  OgError err = {0};
  OgTokenizer *one, *other;
  OgTokens shared = OG_TOKENS_INIT, own = OG_TOKENS_INIT;
  static const char text[] = "the signal of the muscle";
  assert_ok(og_tokenizer_load(test_data("tokenizers/roberta"), &one, &err));
  assert_ok(og_tokenizer_load(test_data("tokenizers/modernbert"), &other, &err));
  assert_ok(og_tokenizer_encode(one, text, sizeof text - 1, NULL, 0, 99, &shared, &err));
  assert_ok(og_tokenizer_encode(other, text, sizeof text - 1, NULL, 0, 99, &shared, &err));
  assert_ok(og_tokenizer_encode(other, text, sizeof text - 1, NULL, 0, 99, &own, &err));
  assert_int_equal(shared.count, own.count);
  assert_memory_equal(shared.ids, own.ids, own.count * sizeof *own.ids);
  og_tokens_clear(&shared);
  og_tokens_clear(&own);
  og_tokenizer_free(one);
  og_tokenizer_free(other);
}

static OgStatus load_and_encode(const char *directory, OgError *err) {
  static const char text[] = "It's  a caf\xc3\xa9 <mask> e\xcc\x81";
  OgTokenizer *tokenizer = NULL;
  OgTokens tokens = OG_TOKENS_INIT;
  OgStatus status = og_tokenizer_load(directory, &tokenizer, err);
  if (status == OG_OK) {
    status = og_tokenizer_encode(tokenizer, text, sizeof text - 1, text, 5, 30, &tokens, err);
  }
  og_tokens_clear(&tokens);
  og_tokenizer_free(tokenizer);
  return status;
}

static void every_allocation_may_fail(void **state) {
  (void)state;
  static const char *const some[] = {"roberta", "modernbert", "deberta", "mpnet"};
  OgError err = {0};
  for (size_t k = 0; k < 2 * OG_COUNT(some); k++) {
    char path[200];
    const char *kind = some[k / 2];
    snprintf(path, sizeof path, "tokenizers/%s", kind);
    const Place older = place(kind);
    Place directory;
    snprintf(directory.path, sizeof directory.path, "%s", test_data(path));
    if (k % 2 == 1) { /* from the older files, where there are some */
      if (strcmp(kind, "roberta") != 0 && strcmp(kind, "deberta") != 0) {
        continue;
      }
      directory = older;
    }
    OgStatus status = OG_NO_MEMORY;
    for (long n = 0; status != OG_OK; n++) {
      og_memory_fail_after(n);
      status = load_and_encode(directory.path, &err);
      og_memory_fail_after(-1);
      assert_true(status == OG_OK || status == OG_NO_MEMORY);
    }
  }
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
      cmocka_unit_test(older_files_read_as_tokenizer_json_does),
      cmocka_unit_test(files_are_written_back_byte_for_byte),
      cmocka_unit_test(foreign_and_damaged_tokenizers_are_refused),
      cmocka_unit_test(damaged_older_files_are_refused),
      cmocka_unit_test(a_word_of_a_megabyte_is_read),
      cmocka_unit_test(tokens_forget_another_tokenizer),
      cmocka_unit_test(every_allocation_may_fail),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
