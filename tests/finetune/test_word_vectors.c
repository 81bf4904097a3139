#include "finetune/word_vectors.h"

#include "core/file.h"
#include "core/memory.h"
#include "finetune/checkpoint.h"
#include "finetune/predict.h"
#include "finetune/trainer.h"
#include "model/params.h"
#include "tests/finetune/world.h"
#include "tests/test.h"

#include <stdio.h>
#include <string.h>

static World world;

static int make_world(void **state) {
  (void)state;
  world_make(&world);
  return 0;
}

/* A base of such a file, in the scratch folder. */
static const char *make_base(const char *name, const char *text,
                             const OgWordVectorsOptions *options, OgWordVectorsReport *report) {
  OgError err;
  const char *out = world_path(name);
  assert_ok(og_word_vectors_base(world_file("words.txt", text), out, options, NULL, report, &err));
  return out;
}

static void assert_vector(const char *directory, const char *word, float first, float second) {
  OgError err;
  OgConfig config;
  OgTokenizer *tokenizer;
  OgParams params;
  assert_ok(og_base_load(directory, &config, &tokenizer, &err));
  assert_ok(og_params_init(&params, &config, NULL, 0, &err));
  assert_ok(og_params_load(&params, directory, NULL, NULL, &err));
  assert_int_equal(config.architecture, OG_STATIC);
  const uint32_t id = og_tokenizer_find(tokenizer, word);
  assert_true(id < config.vocab_size);
  const float *row = og_tensor_at(params.weights, &params.tensors[0]) + id * config.hidden_size;
  assert_true(row[0] == first && row[1] == second);
  og_params_clear(&params);
  og_tokenizer_free(tokenizer);
}

/* What the tokenizer of a directory makes of a text: its words, with blanks between. */
static void assert_words(const char *directory, const char *text, const char *expected) {
  OgError err;
  OgTokenizer *tokenizer;
  OgTokens tokens = OG_TOKENS_INIT;
  char found[200] = "";
  assert_ok(og_tokenizer_load(directory, &tokenizer, &err));
  assert_ok(og_tokenizer_encode(tokenizer, text, strlen(text), NULL, 0, 64, &tokens, &err));
  for (size_t k = 1; k + 1 < tokens.count; k++) {
    strcat(strcat(found, k > 1 ? " " : ""), og_tokenizer_word(tokenizer, tokens.ids[k]));
  }
  assert_string_equal(found, expected);
  og_tokens_clear(&tokens);
  og_tokenizer_free(tokenizer);
}

static void words_have_their_vectors(void **state) {
  (void)state;
  OgWordVectorsReport report;
  const char *base = make_base("plain",
                               "6 2\n<unk> 8 9\nheart 1 2\n, 3 4\nnew_york 5 6\nheart 7 7\n"
                               "[PAD] 0.5 0.25\n",
                               NULL, &report);
  assert_int_equal(report.rows, 6);
  assert_int_equal(report.D, 2);
  assert_int_equal(report.words, 2);
  assert_int_equal(report.repeated, 1);
  assert_int_equal(report.unreachable, 1);
  assert_string_equal(report.example, "new_york");
  assert_false(report.cased || report.accented);
  assert_vector(base, "heart", 1, 2);
  assert_vector(base, ",", 3, 4);
  assert_vector(base, "[UNK]", 8, 9);
  assert_vector(base, "[PAD]", 0.5f, 0.25f);
  assert_vector(base, "[CLS]", 0, 0);
  assert_words(base, "Heart, hearts", "heart , [UNK]");
}

/* Upper case and accents are kept when the words have them. */
static void the_words_say_how_text_is_read(void **state) {
  (void)state;
  static const struct {
    const char *text;
    OgWordVectorsOptions options;
    bool cased, accented;
    const char *words;
  } rows[] = {
      {"cafe 1 2\ndoc 3 4\n", {0, false, true}, false, false, "cafe doc"},
      {"caf\303\251 1 2\ndoc 3 4\n", {0, false, true}, false, true, "caf\303\251 doc"},
      {"Caf\303\251 1 2\nDoc 3 4\n", {0, false, true}, true, true, "Caf\303\251 Doc"},
      {"cafe 1 2\ndoc 3 4\n", {0, true, true}, true, true, "[UNK] [UNK]"},
      {"cafe 1 2\ndoc 3 4\n", {1, false, true}, false, false, "cafe [UNK]"},
  };
  for (size_t k = 0; k < OG_COUNT(rows); k++) {
    OgWordVectorsReport report;
    const char *base = make_base("read", rows[k].text, &rows[k].options, &report);
    assert_int_equal(report.cased, rows[k].cased);
    assert_int_equal(report.accented, rows[k].accented);
    assert_words(base, "Caf\303\251 Doc", rows[k].words);
  }
}

static void what_holds_no_word_is_refused(void **state) {
  (void)state;
  OgError err;
  OgWordVectorsReport report;
  const char *out = world_path("refused");
  const char *path = world_file("phrases.txt", "new_york 1 2\nnew_delhi 3 4\n");
  assert_status(og_word_vectors_base(path, out, NULL, NULL, &report, &err), OG_NOT_FOUND);
  assert_non_null(strstr(err.message, "new_york"));
  path = world_file("none.txt", "");
  assert_status(og_word_vectors_base(path, out, NULL, NULL, &report, &err), OG_NOT_FOUND);
  path = world_file("bad.txt", "heart 1 2\nlung\n");
  assert_status(og_word_vectors_base(path, out, NULL, NULL, &report, &err), OG_BAD_DATA);
  assert_false(og_directory_exists(out));
  path = world_file("good.txt", "heart 1 2\n");
  assert_ok(og_word_vectors_base(path, out, NULL, NULL, &report, &err));
  assert_status(og_word_vectors_base(path, out, NULL, NULL, &report, &err), OG_USAGE);
}

/* Where the words say all, a mean of their vectors is enough to learn it from. */
static void a_classifier_learns_on_word_vectors(void **state) {
  (void)state;
  OgError err;
  OgWordVectorsReport report;
  OgFinetuneReport trained;
  OgPredictor *predictor;
  OgMetrics metrics;
  OgPredictCounts counts;
  const OgDatasetOptions data = {0};
  const OgPredictOptions asked = og_predict_options_default();
  OgFinetuneOptions options = og_finetune_options_default();
  char text[2000];
  size_t used = 0;
  for (int k = 0; k < 40; k++) {
    used += (size_t)snprintf(text + used, sizeof text - used, "word%d %d %d %d\n", k, k % 2,
                             1 - k % 2, k % 5);
  }
  options.base = make_base("words", text, NULL, &report);
  used = (size_t)snprintf(text, sizeof text, "text,label\n");
  for (int k = 0; k < 40; k++) {
    used += (size_t)snprintf(text + used, sizeof text - used, "word%d word%d,%s\n", k, (k + 2) % 40,
                             k % 2 ? "odd" : "even");
  }
  options.train = options.test = world_file("words.csv", text);
  options.fusion = OG_FUSION_NONE;
  options.epochs = 30;
  options.held_out = 0;
  options.threads = 2;
  options.out = world_path("learnt");
  assert_ok(og_finetune(NULL, &options, NULL, &trained, &err));
  assert_float_equal(trained.test.accuracy, 1, 0.01);
  assert_int_equal(trained.pooling, OG_POOLING_MEAN);
  assert_ok(og_predictor_open(options.out, &asked, NULL, &predictor, &err));
  assert_ok(og_predict(predictor, options.test, &data, false, NULL, NULL, &metrics, &counts, &err));
  assert_float_equal(metrics.accuracy, trained.test.accuracy, 1e-9);
  og_metrics_clear(&metrics);
  og_predictor_close(predictor);
  og_finetune_report_clear(&trained);
}

/* What a network without layers cannot do is said, not tried. */
static void what_needs_layers_is_refused(void **state) {
  (void)state;
  OgError err;
  OgWordVectorsReport report;
  OgFinetuneReport trained;
  OgFinetuneOptions options = og_finetune_options_default();
  options.base = make_base("flat", "heart 1 2\nlung 3 4\n", NULL, &report);
  options.train = world.train;
  options.fusion = OG_FUSION_NONE;
  options.out = world_path("none");
  options.pooling = OG_POOLING_CLS;
  assert_status(og_finetune(NULL, &options, NULL, &trained, &err), OG_USAGE);
  assert_non_null(strstr(err.message, "has no pooler"));
  options.pooling = OG_POOLING_AUTO;
  options.lora.rank = 4;
  assert_status(og_finetune(NULL, &options, NULL, &trained, &err), OG_USAGE);
  assert_non_null(strstr(err.message, "has no layers"));
}

static void failed_allocations_leave_nothing(void **state) {
  (void)state;
  OgStatus last = OG_NO_MEMORY;
  const char *out = world_path("memory");
  const char *path = world_file("few.txt", "heart 1 2\nlung 3 4\n");
  for (long k = 0; last == OG_NO_MEMORY; k++) {
    OgError err;
    OgWordVectorsReport report;
    og_memory_fail_after(k);
    last = og_word_vectors_base(path, out, NULL, NULL, &report, &err);
    og_memory_fail_after(-1);
    assert_true(last == OG_OK || !og_directory_exists(out));
    assert_true(k < 1000);
  }
  assert_int_equal(last, OG_OK);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(words_have_their_vectors),
      cmocka_unit_test(the_words_say_how_text_is_read),
      cmocka_unit_test(what_holds_no_word_is_refused),
      cmocka_unit_test(a_classifier_learns_on_word_vectors),
      cmocka_unit_test(what_needs_layers_is_refused),
      cmocka_unit_test(failed_allocations_leave_nothing),
  };
  return cmocka_run_group_tests(tests, make_world, NULL);
}
