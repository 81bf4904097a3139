#include "finetune/quantize.h"

#include "core/file.h"
#include "core/memory.h"
#include "finetune/checkpoint.h"
#include "finetune/predict.h"
#include "finetune/trainer.h"
#include "model/safetensors.h"
#include "tests/finetune/world.h"
#include "tests/test.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static World world;
static char run[128];

static int set_up(void **state) {
  (void)state;
  OgError err = {0};
  OgFinetuneReport report;
  world_make(&world);
  snprintf(run, sizeof run, "%s", scratch("run"));
  OgFinetuneOptions options = og_finetune_options_default();
  options.base = world.base;
  options.train = world.train;
  options.out = run;
  options.fusion = OG_FUSION_NONE;
  options.epochs = 2;
  options.learning_rate = 2e-3;
  options.threads = 1;
  assert_ok(og_finetune(NULL, &options, NULL, &report, &err));
  og_finetune_report_clear(&report);
  return 0;
}

typedef struct Seen {
  size_t count;
  float first[WORLD_TEST]; /* probability of label 0 */
} Seen;

static OgStatus see(void *data, const OgPredicted *predicted, OgError *err) {
  Seen *seen = data;
  (void)err;
  seen->first[seen->count++] = predicted->probabilities[0];
  return OG_OK;
}

static Seen predict(const char *directory, size_t batch_size) {
  OgError err = {0};
  Seen seen = {0};
  OgPredictor *predictor;
  OgPredictOptions options = og_predict_options_default();
  options.batch_size = batch_size;
  options.threads = 1;
  assert_ok(og_predictor_open(directory, &options, NULL, &predictor, &err));
  assert_ok(og_predict(predictor, world.test, &(OgDatasetOptions){0}, false, see, &seen, NULL, NULL,
                       &err));
  og_predictor_close(predictor);
  assert_int_equal(seen.count, WORLD_TEST);
  return seen;
}

static OgDtype dtype_of(const char *directory, const char *name) {
  OgError err = {0};
  OgSafetensors *file;
  assert_ok(og_safetensors_open_model(directory, &file, &err));
  const OgArray *array = og_safetensors_find(file, name);
  const OgDtype dtype = array ? array->dtype : OG_DTYPE_COUNT;
  og_safetensors_close(file);
  return dtype;
}

/* A text at a time, and all together, give the same of floats: the weights are packed or not. */
static void few_texts_are_predicted_as_many(void **state) {
  (void)state;
  const Seen one = predict(run, 1), all = predict(run, 64);
  for (size_t k = 0; k < WORLD_TEST; k++) {
    assert_true(fabsf(one.first[k] - all.first[k]) < 1e-5F);
  }
}

static void a_model_in_fewer_bits_predicts_nearly_the_same(void **state) {
  (void)state;
  static const struct {
    OgDtype dtype;
    OgDtype dense, words, bias;
    float error;
  } kinds[] = {
      {OG_BF16, OG_BF16, OG_BF16, OG_F32, 0.02F},
      {OG_F16, OG_F16, OG_F16, OG_F32, 0.005F},
      {OG_I8, OG_I8, OG_F32, OG_F32, 0.05F},
  };
  const Seen expected = predict(run, 64);
  for (size_t c = 0; c < OG_COUNT(kinds); c++) {
    OgError err = {0};
    OgQuantizeReport report;
    const char *out = world_path(og_dtype_name(kinds[c].dtype));
    assert_ok(og_quantize(run, out, kinds[c].dtype, false, NULL, &report, &err));
    assert_true(report.matrices >= 6 && report.bytes < report.bytes_in);
    assert_int_equal(dtype_of(out, "bert.encoder.layer.0.output.dense.weight"), kinds[c].dense);
    assert_int_equal(dtype_of(out, "bert.embeddings.word_embeddings.weight"), kinds[c].words);
    assert_int_equal(dtype_of(out, "classifier.bias"), kinds[c].bias);
    assert_same_file(run, out, "ontograft.json");
    assert_same_file(run, out, "tokenizer.json");
    const Seen seen = predict(out, 64);
    float most = 0;
    for (size_t k = 0; k < WORLD_TEST; k++) {
      most = fmaxf(most, fabsf(seen.first[k] - expected.first[k]));
    }
    assert_true(most > 0 && most < kinds[c].error);
  }
}

static void eight_bits_are_told_in_config_json(void **state) {
  (void)state;
  OgError err = {0};
  OgQuantizeReport report;
  const char *out = world_path("told");
  assert_ok(og_quantize(run, out, OG_I8, false, NULL, &report, &err));
  json_t *config = world_json(out, "config.json");
  const json_t *scheme = json_object_get(config, "quantization_config");
  assert_string_equal(json_string_value(json_object_get(scheme, "quant_method")),
                      "compressed-tensors");
  assert_non_null(json_object_get(config, "id2label"));
  json_decref(config);
  assert_status(og_quantize(out, world_path("twice"), OG_I8, false, NULL, &report, &err),
                OG_BAD_DATA);
  assert_non_null(strstr(err.message, "is I8 already"));
}

static void what_stands_there_is_replaced_with_force_only(void **state) {
  (void)state;
  OgError err = {0};
  OgQuantizeReport report;
  const char *out = world_path("twice");
  assert_ok(og_quantize(run, out, OG_BF16, false, NULL, &report, &err));
  assert_status(og_quantize(run, out, OG_F16, false, NULL, &report, &err), OG_USAGE);
  assert_int_equal(dtype_of(out, "classifier.weight"), OG_BF16);
  assert_ok(og_quantize(run, out, OG_F16, true, NULL, &report, &err));
  assert_int_equal(dtype_of(out, "classifier.weight"), OG_F16);
}

static void a_weight_too_large_for_f16_is_named(void **state) {
  (void)state;
  OgError err = {0};
  OgQuantizeReport report;
  char path[256];
  const char *large = world_path("large");
  static const float values[] = {1, 2, -7e4F, 4};
  const OgArray array = {
      .name = "classifier.weight", .dtype = OG_F32, .rank = 2, .shape = {2, 2}, .bytes = values};
  assert_ok(og_quantize(run, large, OG_BF16, false, NULL, &report, &err));
  snprintf(path, sizeof path, "%s/model.safetensors", large);
  assert_ok(og_safetensors_save(path, &array, 1, NULL, 0, &err));
  const char *out = world_path("overflow");
  assert_status(og_quantize(large, out, OG_F16, false, NULL, &report, &err), OG_BAD_DATA);
  assert_non_null(strstr(err.message, "classifier.weight: element 2, -70000"));
  assert_false(og_directory_exists(out));
}

static void a_link_that_leads_out_is_not_copied(void **state) {
  (void)state;
  OgError err = {0};
  OgQuantizeReport report;
  char path[256];
  const char *linked = world_path("linked"), *out = world_path("copied");
  const char *secret = world_file("secret.txt", "not a model's");
  assert_ok(og_quantize(run, linked, OG_BF16, false, NULL, &report, &err));
  snprintf(path, sizeof path, "%s/special_tokens_map.json", linked);
  unlink(path);
  assert_int_equal(symlink(secret, path), 0);
  assert_status(og_quantize(linked, out, OG_F16, false, NULL, &report, &err), OG_BAD_STORE);
  assert_non_null(strstr(err.message, "symbolic link out of its directory"));
  assert_false(og_directory_exists(out));
}

/* ALBERT has one set of layers, whose name has a number all the same. What is in 8 bits is not
 * changed again. */
static void every_kind_of_layer_is_quantised_once(void **state) {
  (void)state;
  OgError err = {0};
  OgQuantizeReport report;
  static const char *const kinds[] = {"albert", "bert", "modernbert", "deberta-v2"};
  for (size_t k = 0; k < OG_COUNT(kinds); k++) {
    char path[200];
    snprintf(path, sizeof path, "model/architectures/%s", kinds[k]);
    const char *out = world_path(kinds[k]);
    assert_ok(og_quantize(test_data(path), out, OG_I8, true, NULL, &report, &err));
    assert_true(report.matrices >= 4);
    assert_status(og_quantize(out, world_path("again"), OG_BF16, true, NULL, &report, &err),
                  OG_BAD_DATA);
    assert_non_null(strstr(err.message, "I8 already"));
  }
}

static void every_allocation_may_fail(void **state) {
  (void)state;
  OgError err = {0};
  OgQuantizeReport report;
  const char *out = world_path("starved");
  OgStatus status = OG_NO_MEMORY;
  for (long count = 0; status != OG_OK; count++) {
    og_memory_fail_after(count);
    status = og_quantize(run, out, OG_I8, false, NULL, &report, &err);
    og_memory_fail_after(-1);
    assert_true(status == OG_OK || status == OG_NO_MEMORY);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(few_texts_are_predicted_as_many),
      cmocka_unit_test(a_model_in_fewer_bits_predicts_nearly_the_same),
      cmocka_unit_test(eight_bits_are_told_in_config_json),
      cmocka_unit_test(what_stands_there_is_replaced_with_force_only),
      cmocka_unit_test(a_weight_too_large_for_f16_is_named),
      cmocka_unit_test(a_link_that_leads_out_is_not_copied),
      cmocka_unit_test(every_kind_of_layer_is_quantised_once),
      cmocka_unit_test(every_allocation_may_fail),
  };
  return cmocka_run_group_tests(tests, set_up, NULL);
}
