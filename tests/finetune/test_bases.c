/* Bases of every architecture with a tokenizer of its kind: continued, trained on, predicted with,
 * and written as directories of the same kind. */
#include "finetune/predict.h"
#include "finetune/pretrain.h"
#include "finetune/trainer.h"

#include "core/file.h"
#include "core/json.h"
#include "core/memory.h"
#include "model/params.h"
#include "model/safetensors.h"
#include "model/tokenizer.h"
#include "tests/finetune/world.h"
#include "tests/test.h"

#include <stdio.h>
#include <string.h>

static const struct {
  OgArchitecture architecture;
  const char *tokenizer;  /* under tests/data/tokenizers; NULL: the world's WordPiece */
  const char *file;       /* that must come out as it went in */
  const char *decoder;    /* the name of a tensor of its masked-language head; NULL: it has none */
  const char *classifier; /* and of its classifier */
} bases[] = {
    {OG_BERT, NULL, "vocab.txt", "cls.predictions.bias", "classifier.weight"},
    {OG_ROBERTA, "roberta", "merges.txt", "lm_head.bias", "classifier.out_proj.weight"},
    {OG_XLM_ROBERTA, "xlm-roberta", "sentencepiece.bpe.model", "lm_head.bias",
     "classifier.out_proj.weight"},
    {OG_CAMEMBERT, "xlm-roberta", "tokenizer.json", "lm_head.bias", "classifier.out_proj.weight"},
    {OG_DISTILBERT, NULL, "vocab.txt", "vocab_projector.bias", "classifier.weight"},
    {OG_ELECTRA, NULL, "vocab.txt", "generator_lm_head.bias", "classifier.out_proj.weight"},
    {OG_ALBERT, "albert", "spiece.model", "predictions.bias", "classifier.weight"},
    {OG_MPNET, "mpnet", "tokenizer.json", "lm_head.bias", "classifier.out_proj.weight"},
    {OG_MODERNBERT, "modernbert", "tokenizer.json", "decoder.bias", "classifier.weight"},
    {OG_DEBERTA_V2, "deberta", "spm.model", "cls.predictions.bias", "classifier.weight"},
    {OG_STATIC, NULL, "vocab.txt", NULL, "classifier.weight"},
};

_Static_assert(OG_COUNT(bases) == OG_ARCHITECTURE_COUNT, "every architecture has a base");

static World world;

static int make_world(void **state) {
  (void)state;
  world_make(&world);
  return 0;
}

/* A random base of a kind, in the scratch folder. */
static const char *make_base(size_t k) {
  OgError err;
  char path[200];
  OgTokenizer *tokenizer;
  OgParams params;
  OgRandom random;
  OgConfig config = og_config_default_of(bases[k].architecture);
  snprintf(path, sizeof path, "tokenizers/%s", bases[k].tokenizer ? bases[k].tokenizer : "");
  assert_ok(og_tokenizer_load(bases[k].tokenizer ? test_data(path) : world.base, &tokenizer, &err));
  config.vocab_size = og_tokenizer_vocab_size(tokenizer);
  config.pad_token_id = og_tokenizer_special(tokenizer).pad;
  config.embedding_size = config.embedding_size ? 8 : 0;
  config.hidden_size = 16;
  config.layers = config.layers ? 2 : 0;
  config.intermediate_size = 24;
  config.max_positions = 128;
  snprintf(path, sizeof path, "base-%zu", k);
  const char *base = world_path(path);
  assert_ok(og_directory_make(base, &err));
  assert_ok(og_params_init(&params, &config, NULL, 0, &err));
  og_random_init(&random, 3);
  og_params_randomize(&params, &random, NULL);
  assert_ok(og_config_save(base, &config, "Model", NULL, 0, &err));
  assert_ok(og_tokenizer_save(tokenizer, base, &err));
  assert_ok(og_params_save(&params, base, &err));
  og_params_clear(&params);
  og_tokenizer_free(tokenizer);
  return base;
}

static void assert_kind(const char *directory, size_t k, const char *tensor) {
  OgError err;
  OgConfig config;
  OgSafetensors *file;
  assert_ok(og_config_load(directory, &config, &err));
  assert_int_equal(config.architecture, bases[k].architecture);
  assert_ok(og_safetensors_open_model(directory, &file, &err));
  if (!og_safetensors_find(file, tensor)) {
    fail_msg("%s: no tensor %s", og_architecture(config.architecture)->model_type, tensor);
  }
  og_safetensors_close(file);
}

static void every_kind_is_continued(void **state) {
  (void)state;
  for (size_t k = 0; k < OG_COUNT(bases); k++) {
    OgError err = {0};
    OgPretrainReport report;
    OgPretrainOptions options = og_pretrain_options_default();
    const char *const texts[] = {world.corpus};
    const char *out = world_path("continued");
    options.base = make_base(k);
    options.batch_tokens = 100;
    options.max_length = 24;
    options.steps = 2;
    options.threads = 1;
    options.force = true;
    if (!bases[k].decoder) {
      assert_status(og_pretrain(texts, 1, out, &options, NULL, &report, &err), OG_USAGE);
      assert_non_null(strstr(err.message, "predicts no masked words"));
      continue;
    }
    assert_ok(og_pretrain(texts, 1, out, &options, NULL, &report, &err));
    assert_kind(out, k, bases[k].decoder);
    assert_same_file(options.base, out, bases[k].file);
  }
}

static void every_kind_is_trained_and_predicted_with(void **state) {
  (void)state;
  for (size_t k = 0; k < OG_COUNT(bases); k++) {
    OgError err = {0};
    OgFinetuneReport report;
    OgPredictor *predictor;
    OgMetrics metrics;
    OgFinetuneOptions options = og_finetune_options_default();
    const OgDatasetOptions data = {0};
    const OgPredictOptions asked = og_predict_options_default();
    OgPredictCounts counts;
    options.base = make_base(k);
    options.train = world.train;
    options.test = world.test;
    options.pooling = bases[k].architecture == OG_STATIC ? OG_POOLING_AUTO : OG_POOLING_CLS;
    options.epochs = 1;
    options.batch_size = 4;
    options.threads = 1;
    options.force = true;
    options.out = world_path("trained");
    assert_ok(og_finetune(world.graph, &options, NULL, &report, &err));
    assert_kind(options.out, k, bases[k].classifier);
    assert_same_file(options.base, options.out, bases[k].file);
    assert_ok(og_predictor_open(options.out, &asked, NULL, &predictor, &err));
    assert_ok(og_predict(predictor, world.test, &data, false, NULL, NULL, &metrics, &counts, &err));
    assert_int_equal(counts.texts, WORLD_TEST);
    assert_float_equal(metrics.accuracy, report.test.accuracy, 1e-9);
    og_metrics_clear(&metrics);
    og_predictor_close(predictor);
    og_finetune_report_clear(&report);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_kind_is_continued),
      cmocka_unit_test(every_kind_is_trained_and_predicted_with),
  };
  return cmocka_run_group_tests(tests, make_world, NULL);
}
