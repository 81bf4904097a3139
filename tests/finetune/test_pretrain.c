#include "finetune/pretrain.h"

#include "core/file.h"
#include "core/memory.h"
#include "model/params.h"
#include "model/safetensors.h"
#include "model/tokenizer.h"
#include "tests/finetune/world.h"
#include "tests/test.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static World world;

static int make_world(void **state) {
  (void)state;
  world_make(&world);
  return 0;
}

static OgPretrainOptions small(void) {
  OgPretrainOptions options = og_pretrain_options_default();
  options.vocab_size = 250;
  options.layers = 1;
  options.hidden = 16;
  options.heads = 2;
  options.max_positions = 24;
  options.batch_tokens = 100;
  options.steps = 12;
  options.held_out = 0.2;
  options.threads = 1;
  return options;
}

static OgStatus pretrain(const char *out, const OgPretrainOptions *options, Watch *watch,
                         OgPretrainReport *report, OgError *err) {
  const char *const texts[] = {world.corpus};
  return og_pretrain(texts, 1, out, options, watch ? &watch->progress : NULL, report, err);
}

static OgPretrainReport make(const char *out, const OgPretrainOptions *options) {
  OgError err = {0};
  OgPretrainReport report;
  assert_ok(pretrain(out, options, NULL, &report, &err));
  return report;
}

static bool has_tensor(const char *directory, const char *name) {
  OgError err = {0};
  OgSafetensors *file;
  assert_ok(og_safetensors_open_model(directory, &file, &err));
  const bool there = og_safetensors_find(file, name) != NULL;
  og_safetensors_close(file);
  return there;
}

static void a_base_is_a_directory_that_loads(void **state) {
  (void)state;
  OgError err = {0};
  const OgPretrainOptions options = small();
  const char *out = world_path("whole");
  const OgPretrainReport report = make(out, &options);
  OgConfig config;
  assert_ok(og_config_load(out, &config, &err));
  assert_int_equal(config.hidden_size, 16);
  assert_int_equal(config.layers, 1);
  assert_int_equal(config.intermediate_size, 64);
  assert_int_equal(config.max_positions, 24);
  assert_int_equal(config.vocab_size, report.vocab_size);
  OgTokenizer *tokenizer;
  assert_ok(og_tokenizer_load(out, &tokenizer, &err));
  assert_int_equal(og_tokenizer_vocab_size(tokenizer), report.vocab_size);
  og_tokenizer_free(tokenizer);
  OgParams params;
  assert_ok(og_params_init(&params, &config, NULL, 0, &err));
  assert_ok(og_params_load(&params, out, NULL, NULL, &err));
  og_params_clear(&params);
  assert_true(has_tensor(out, "cls.predictions.transform.dense.weight"));
  assert_false(has_tensor(out, "bert.pooler.dense.weight")); /* nothing trained one */
  json_t *json = world_json(out, "config.json");
  assert_string_equal(json_string_value(json_array_get(json_object_get(json, "architectures"), 0)),
                      "BertForMaskedLM");
  json_decref(json);
}

static void the_report_is_written_beside_the_weights(void **state) {
  (void)state;
  const OgPretrainOptions options = small();
  const char *out = world_path("report");
  const OgPretrainReport report = make(out, &options);
  json_t *json = world_json(out, "pretrain.json");
  assert_int_equal(json_integer_value(json_object_get(json, "steps")), 12);
  assert_int_equal(json_integer_value(json_object_get(json, "tokens")), (json_int_t)report.tokens);
  assert_string_equal(json_string_value(json_object_get(json, "stop")), "done");
  const double perplexity = json_number_value(json_object_get(json, "held_out_perplexity"));
  assert_true(fabs(log(perplexity) - report.loss) < 1e-6);
  /* Before the first step every word is as likely as any other. */
  assert_true(fabs(report.start_loss - log((double)report.vocab_size)) < 0.1);
  json_decref(json);
}

static void the_loss_falls(void **state) {
  (void)state;
  OgPretrainOptions options = small();
  options.steps = 150;
  options.learning_rate = 1e-2;
  const OgPretrainReport report = make(world_path("long"), &options);
  assert_true(report.loss < report.start_loss - 1);
  assert_true(report.accuracy > 0.1);
  assert_int_equal(report.steps, 150);
  assert_true(fabs(report.epochs * (double)report.tokens / 150 / 100 - 1) < 0.5);
}

static void passes_bound_it_as_steps_do(void **state) {
  (void)state;
  OgPretrainOptions options = small();
  options.steps = 0;
  options.epochs = 2;
  const OgPretrainReport report = make(world_path("passes"), &options);
  assert_int_equal(report.steps, (size_t)ceil(2 * (double)report.tokens / 100));
  assert_true(report.epochs > 1.5 && report.epochs < 2.5);
}

/* A step is the whole text, at once or block by block. Blocks differ in how many tokens are masked,
 * and some have none. */
static void accumulated_batches_are_one_large_batch(void **state) {
  (void)state;
  OgPretrainOptions options = small();
  options.max_length = 24;
  options.dropout = 0;
  options.clip = 0;
  options.learning_rate = 1e-3;
  options.batch_tokens = 1 << 20;
  options.steps = 3;
  const OgPretrainReport whole = make(world_path("one-batch"), &options);
  options.batch_tokens = 24;
  options.accumulate = 1000;
  const OgPretrainReport parts = make(world_path("parts"), &options);
  assert_true(parts.epochs == whole.epochs);
  assert_true(fabs(parts.train_loss / whole.train_loss - 1) < 1e-5);
  assert_true(fabs(parts.loss / whole.loss - 1) < 1e-5);
  options.accumulate = 1;
  const OgPretrainReport other = make(world_path("small-batch"), &options);
  assert_true(fabs(other.loss / whole.loss - 1) > 1e-4);
}

static void the_same_seed_gives_the_same_bytes_and_another_does_not(void **state) {
  (void)state;
  OgPretrainOptions options = small();
  options.threads = 2;
  const char *a = world_path("same-a"), *b = world_path("same-b"), *c = world_path("same-c");
  const OgPretrainReport first = make(a, &options), second = make(b, &options);
  assert_same_file(a, b, "model.safetensors");
  assert_same_file(a, b, "vocab.txt");
  assert_same_file(a, b, "config.json");
  options.seed = 2;
  const OgPretrainReport other = make(c, &options);
  assert_true(first.loss == second.loss);
  assert_true(first.loss != other.loss);
}

static void stopped_at_any_step_it_goes_on_to_the_same_bytes(void **state) {
  (void)state;
  OgError err;
  OgPretrainOptions options = small();
  options.dropout = 0.1;
  const char *whole = world_path("unbroken"), *parts = world_path("broken");
  const OgPretrainReport unbroken = make(whole, &options);
  for (size_t after = 0; after < 12; after += 3) {
    Watch watch;
    OgPretrainReport report;
    options.resume = false;
    options.force = true; /* over what the round before made */
    watch_init(&watch, "pretraining", after);
    assert_status(pretrain(parts, &options, &watch, &report, &err), OG_CANCELLED);
    assert_non_null(strstr(err.message, "--resume"));
    assert_int_equal(report.steps, after + 1);
    assert_string_equal(og_train_stop_name(report.stop), "cancelled");
    assert_true(has_tensor(parts, "cls.predictions.bias")); /* what was learned so far */
    options.resume = true;
    options.force = false; /* the model that is there is the stopped training's own */
    watch_init(&watch, "pretraining", 1); /* and stopped once more, when there is time */
    const OgStatus status = pretrain(parts, &options, &watch, &report, &err);
    if (after + 3 <= 12) {
      assert_status(status, OG_CANCELLED);
      assert_int_equal(report.steps, after + 3);
      assert_ok(pretrain(parts, &options, NULL, &report, &err));
    }
    assert_same_file(whole, parts, "model.safetensors");
    assert_int_equal(report.steps, 12);
    assert_true(report.loss == unbroken.loss && report.start_loss == unbroken.start_loss);
    assert_true(report.train_loss == unbroken.train_loss);
    assert_false(og_file_exists(scratch("broken.checkpoint")));
  }
}

static void what_is_there_is_not_replaced_unasked(void **state) {
  (void)state;
  OgError err;
  OgPretrainOptions options = small();
  const char *out = world_path("mine");
  make(out, &options);
  assert_status(pretrain(out, &options, NULL, NULL, &err), OG_USAGE);
  assert_non_null(strstr(err.message, "holds a model of pretrain"));
  options.resume = true; /* there is nothing to go on from */
  assert_status(pretrain(out, &options, NULL, NULL, &err), OG_USAGE);
  Watch watch;
  options.resume = false;
  options.force = true;
  options.seed = 2;
  watch_init(&watch, "pretraining", 3);
  assert_status(pretrain(out, &options, &watch, NULL, &err), OG_CANCELLED);
  assert_true(og_file_exists(scratch("mine.checkpoint")));
  options.force = false;
  assert_status(pretrain(out, &options, NULL, NULL, &err), OG_USAGE);
  assert_non_null(strstr(err.message, "mine.checkpoint was left"));
  options.force = true;
  watch_init(&watch, NULL, 0);
  assert_ok(pretrain(out, &options, &watch, NULL, &err));
  assert_non_null(strstr(watch.warning, "is dropped"));
  assert_false(og_file_exists(scratch("mine.checkpoint")));
}

static void before_the_first_step_nothing_is_written(void **state) {
  (void)state;
  OgError err;
  const OgPretrainOptions options = small();
  Watch watch;
  watch_init(&watch, "counting words", 0);
  assert_status(pretrain(world_path("early"), &options, &watch, NULL, &err), OG_CANCELLED);
  assert_int_equal(watch.reports, 1);
  assert_false(og_directory_exists(scratch("early")));
  assert_false(og_file_exists(scratch("early.checkpoint")));
}

static void time_ends_it_and_the_model_is_written(void **state) {
  (void)state;
  OgPretrainOptions options = small();
  options.steps = 100000000;
  options.minutes = 0.003;
  const OgPretrainReport report = make(world_path("timed"), &options);
  assert_string_equal(og_train_stop_name(report.stop), "time");
  assert_true(report.steps > 0 && report.seconds < 10);
  assert_true(has_tensor(scratch("timed"), "cls.predictions.bias"));
}

static void a_base_is_continued_with_its_sizes_and_words(void **state) {
  (void)state;
  OgPretrainOptions options = small();
  const char *base = world_path("first"), *next = world_path("next");
  make(base, &options);
  OgPretrainOptions further = og_pretrain_options_default();
  further.base = base;
  further.steps = 2;
  further.threads = 2;
  further.max_length = 24;
  further.held_out = 0.2;
  const OgPretrainReport report = make(next, &further);
  assert_same_file(base, next, "vocab.txt");
  assert_same_file(base, next, "config.json");
  assert_true(report.start_loss < log((double)report.vocab_size)); /* it does not start anew */
  json_t *json = world_json(next, "pretrain.json");
  assert_string_equal(json_string_value(json_object_get(json, "base")), base);
  json_decref(json);
}

static void a_given_vocabulary_is_used(void **state) {
  (void)state;
  OgPretrainOptions options = small();
  options.vocab = world.base;
  const char *out = world_path("given");
  make(out, &options);
  assert_same_file(world.base, out, "vocab.txt");
}

static void too_little_text_is_warned_of(void **state) {
  (void)state;
  OgError err = {0};
  OgPretrainOptions options = small();
  options.steps = 1;
  Watch watch;
  watch_init(&watch, NULL, 0);
  assert_ok(pretrain(world_path("little"), &options, &watch, NULL, &err));
  assert_int_equal(watch.warnings, 1);
  assert_non_null(strstr(watch.warning, "too little to learn a language from"));
  options.base = world.base;
  watch_init(&watch, NULL, 0);
  assert_ok(pretrain(world_path("more"), &options, &watch, NULL, &err));
  assert_int_equal(watch.warnings, 0);
}

static void text_that_the_vocabulary_does_not_know_is_warned_of(void **state) {
  (void)state;
  OgError err = {0};
  OgPretrainOptions options = small();
  options.base = world.base;
  options.steps = 1;
  Watch watch;
  watch_init(&watch, NULL, 0);
  const char *greek = world_file("greek.txt", "ὁ δὲ ἀνεξέταστος βίος\n\nοὐ βιωτὸς ἀνθρώπῳ\n");
  assert_ok(og_pretrain(&greek, 1, world_path("greek"), &options, &watch.progress, NULL, &err));
  assert_int_equal(watch.warnings, 1);
  assert_non_null(strstr(watch.warning, "unknown to the vocabulary"));
}

static void memory_is_told_and_kept_to_before_the_first_step(void **state) {
  (void)state;
  OgError err = {0};
  OgPretrainOptions options = small();
  OgPretrainReport told, report;
  options.layers = 4;
  options.memory_only = true;
  assert_ok(pretrain(NULL, &options, NULL, &told, &err));
  assert_false(told.recomputed);
  assert_int_equal(told.footprint.bytes[OG_MEMORY_WEIGHTS], told.parameters * sizeof(float));
  const size_t all = og_footprint_total(&told.footprint);

  options.max_memory = all - told.footprint.bytes[OG_MEMORY_ACTIVATIONS] / 10;
  assert_ok(pretrain(NULL, &options, NULL, &report, &err));
  assert_true(report.recomputed);
  assert_true(og_footprint_total(&report.footprint) <= options.max_memory);

  Watch watch;
  watch_init(&watch, "pretraining", 0);
  options.max_memory = all / 4;
  options.memory_only = false;
  const char *out = world_path("no-memory");
  assert_status(pretrain(out, &options, &watch, &report, &err), OG_NO_MEMORY);
  assert_int_equal(watch.reports, 0);
  assert_non_null(strstr(err.message, "even when layers are computed again"));
  assert_false(og_directory_exists(out));
}

static void once_it_trains_it_takes_no_more_memory(void **state) {
  (void)state;
  OgError err = {0};
  OgPretrainOptions options = small();
  OgPretrainReport report, usual;
  const char *const texts[] = {world.corpus};
  options.accumulate = 2;
  assert_ok(og_pretrain(texts, 1, world_path("wet"), &options, NULL, &usual, &err));
  Drought drought;
  drought_init(&drought, "pretraining", true);
  const OgStatus status =
      og_pretrain(texts, 1, world_path("dry"), &options, &drought.progress, &report, &err);
  og_memory_fail_after(-1);
  assert_ok(status);
  assert_true(drought.reports > 1);
  assert_true(report.loss == usual.loss);
}

static void want_of_memory_is_told_before_the_first_step(void **state) {
  (void)state;
  OgPretrainOptions options = small();
  options.steps = 1;
  const char *const texts[] = {world.corpus};
  OgStatus status = OG_NO_MEMORY;
  bool trained = false;
  for (long n = 0; !trained; n += 1 + n / 16) {
    OgError err = {0};
    Watch watch;
    watch_init(&watch, "pretraining", SIZE_MAX);
    og_memory_fail_after(n);
    status = og_pretrain(texts, 1, world_path("want"), &options, &watch.progress, NULL, &err);
    og_memory_fail_after(-1);
    trained = watch.reports > 0;
    if (!trained) {
      assert_status(status, OG_NO_MEMORY);
      assert_non_null(strstr(err.message, "memory "));
    }
  }
}

static void lengths_and_heads_suit_the_model(void **state) {
  (void)state;
  OgError err = {0};
  OgPretrainOptions options = small();
  options.steps = 1;
  options.heads = 0;
  options.hidden = 130; /* three heads of 64 do not divide it; two do */
  options.max_positions = 10;
  const char *out = world_path("odd");
  make(out, &options);
  OgConfig config;
  assert_ok(og_config_load(out, &config, &err));
  assert_int_equal(config.heads, 2);
}

static void options_that_make_no_sense_are_refused(void **state) {
  (void)state;
  OgError err;
  OgPretrainOptions wrong[6];
  for (size_t k = 0; k < OG_COUNT(wrong); k++) {
    wrong[k] = small();
  }
  wrong[0].mask_rate = 0;
  wrong[1].held_out = 0.9;
  wrong[2].learning_rate = (double)NAN;
  wrong[3].base = wrong[3].vocab = world.base;
  wrong[4].max_length = 25;
  wrong[5].heads = 3;
  static const char *const messages[] = {
      "mask rate", "held-out fraction", "learning rate", "not both", "25 tokens", "heads",
  };
  for (size_t k = 0; k < OG_COUNT(wrong); k++) {
    const OgStatus status = pretrain(world_path("wrong"), &wrong[k], NULL, NULL, &err);
    assert_true(status == OG_USAGE || status == OG_BAD_STORE);
    if (!strstr(err.message, messages[k])) {
      fail_msg("\"%s\" does not say \"%s\"", err.message, messages[k]);
    }
    assert_false(og_directory_exists(scratch("wrong")));
  }
}

static void what_cannot_be_read_is_told(void **state) {
  (void)state;
  OgError err;
  const OgPretrainOptions options = small();
  const char *absent = world_path("absent.txt");
  assert_status(og_pretrain(&absent, 1, world_path("x"), &options, NULL, NULL, &err), OG_IO);
  const char *empty = world_file("empty.txt", "\n \n");
  assert_status(og_pretrain(&empty, 1, world_path("x"), &options, NULL, NULL, &err), OG_BAD_DATA);
  OgPretrainOptions nowhere = small();
  nowhere.base = world_path("no-base");
  assert_int_not_equal(pretrain(world_path("x"), &nowhere, NULL, NULL, &err), OG_OK);
  assert_false(og_directory_exists(scratch("x")));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_base_is_a_directory_that_loads),
      cmocka_unit_test(the_report_is_written_beside_the_weights),
      cmocka_unit_test(the_loss_falls),
      cmocka_unit_test(passes_bound_it_as_steps_do),
      cmocka_unit_test(accumulated_batches_are_one_large_batch),
      cmocka_unit_test(the_same_seed_gives_the_same_bytes_and_another_does_not),
      cmocka_unit_test(stopped_at_any_step_it_goes_on_to_the_same_bytes),
      cmocka_unit_test(what_is_there_is_not_replaced_unasked),
      cmocka_unit_test(before_the_first_step_nothing_is_written),
      cmocka_unit_test(time_ends_it_and_the_model_is_written),
      cmocka_unit_test(a_base_is_continued_with_its_sizes_and_words),
      cmocka_unit_test(a_given_vocabulary_is_used),
      cmocka_unit_test(too_little_text_is_warned_of),
      cmocka_unit_test(text_that_the_vocabulary_does_not_know_is_warned_of),
      cmocka_unit_test(memory_is_told_and_kept_to_before_the_first_step),
      cmocka_unit_test(once_it_trains_it_takes_no_more_memory),
      cmocka_unit_test(want_of_memory_is_told_before_the_first_step),
      cmocka_unit_test(lengths_and_heads_suit_the_model),
      cmocka_unit_test(options_that_make_no_sense_are_refused),
      cmocka_unit_test(what_cannot_be_read_is_told),
  };
  return cmocka_run_group_tests_name("pretrain", tests, make_world, NULL);
}
