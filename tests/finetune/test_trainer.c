#include "finetune/trainer.h"

#include "core/file.h"
#include "core/memory.h"
#include "kg/vectors_import.h"
#include "model/params.h"
#include "model/safetensors.h"
#include "model/tokenizer.h"
#include "tests/finetune/world.h"
#include "tests/numbers.h"
#include "tests/test.h"

#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

static World world;

static int make_world(void **state) {
  (void)state;
  world_make(&world);
  return 0;
}

static OgFinetuneOptions small(void) {
  OgFinetuneOptions options = og_finetune_options_default();
  options.base = world.base;
  options.train = world.train;
  options.held_out = 0.25;
  options.batch_size = 4;
  options.epochs = 4;
  options.learning_rate = 2e-3;
  options.threads = 1;
  return options;
}

static OgFinetuneReport train(const OgFinetuneOptions *options) {
  OgError err = {0};
  OgFinetuneReport report;
  assert_ok(og_finetune(world.graph, options, NULL, &report, &err));
  return report;
}

static void the_graph_is_learned_from(void **state) {
  (void)state;
  OgFinetuneOptions options = small();
  options.test = world.test;
  options.epochs = 12;
  options.patience = 0;
  options.mention_mask = 0.5; /* so that the vectors are read, not the names */
  OgFinetuneReport report = train(&options);
  /* 24 texts, 12 of each label: a quarter of each is held out. */
  assert_int_equal(report.train_texts, 18);
  assert_int_equal(report.dev_texts, 6);
  assert_int_equal(report.labels.count, 2);
  assert_string_equal(report.labels.names[0], "heart");
  /* Every text names one of six diseases. */
  assert_int_equal(report.mentions, 18);
  assert_int_equal(report.linked_texts, 18);
  assert_int_equal(report.entities, 6);
  assert_string_equal(report.embedding_set, "world");
  assert_int_equal(report.truncated, 0);
  assert_true(report.dev.accuracy == 1);
  /* Among the test texts are two whose disease no training text named. */
  assert_int_equal(report.test.count, WORLD_TEST);
  assert_true(report.test.accuracy == 1);
  og_finetune_report_clear(&report);
}

static void shuffled_vectors_teach_nothing_of_unseen_entities(void **state) {
  (void)state;
  OgFinetuneOptions options = small();
  options.test = world.test;
  options.shuffle_entities = true;
  double sum = 0;
  for (options.seed = 1; options.seed <= 3; options.seed++) {
    OgFinetuneReport report = train(&options);
    sum += report.test.accuracy;
    og_finetune_report_clear(&report);
  }
  assert_true(sum / 3 < 0.95);
}

static void the_same_seed_gives_the_same_bytes_and_another_does_not(void **state) {
  (void)state;
  OgFinetuneOptions options = small();
  options.threads = 2;
  const char *a = world_path("same-a"), *b = world_path("same-b");
  char first[OG_SHA256_HEX_SIZE];
  options.out = a;
  OgFinetuneReport report = train(&options);
  memcpy(first, report.model_sha256, sizeof first);
  og_finetune_report_clear(&report);
  options.out = b;
  report = train(&options);
  assert_string_equal(report.model_sha256, first);
  og_finetune_report_clear(&report);
  assert_same_file(a, b, "model.safetensors");
  assert_same_file(a, b, "vocab.txt");
  assert_same_file(a, b, "config.json");
  options.seed = 2;
  options.force = true;
  report = train(&options);
  assert_string_not_equal(report.model_sha256, first);
  og_finetune_report_clear(&report);
}

static void assert_same_epochs(const OgFinetuneReport *a, const OgFinetuneReport *b) {
  assert_int_equal(a->epoch_count, b->epoch_count);
  assert_int_equal(a->best_epoch, b->best_epoch);
  for (size_t k = 0; k < a->epoch_count; k++) {
    assert_true(a->epochs[k].train_loss == b->epochs[k].train_loss);
    assert_true(a->epochs[k].dev_loss == b->epochs[k].dev_loss);
    assert_true(a->epochs[k].macro_f1 == b->epochs[k].macro_f1);
  }
}

/* Relative distance of the losses of two trainings, the larger of their last epochs'. */
static double distance_of_losses(const OgFinetuneReport *a, const OgFinetuneReport *b) {
  const OgEpoch *x = &a->epochs[a->epoch_count - 1], *y = &b->epochs[b->epoch_count - 1];
  return fmax(fabs(x->train_loss / y->train_loss - 1), fabs(x->dev_loss / y->dev_loss - 1));
}

/* 18 texts are a step of 12 and one of 6: batches of 4 texts end in one of 2. */
static void accumulated_batches_are_one_large_batch(void **state) {
  (void)state;
  OgFinetuneOptions options = small();
  options.dropout = 0; /* masks are those of a batch */
  options.clip = 0;
  options.mention_mask = 0.3;
  options.batch_size = 12;
  OgFinetuneReport whole = train(&options);
  static const size_t batches[] = {1, 3, 4, 6};
  for (size_t k = 0; k < OG_COUNT(batches); k++) {
    options.batch_size = batches[k];
    options.accumulate = 12 / batches[k];
    OgFinetuneReport parts = train(&options);
    assert_int_equal(parts.epoch_count, whole.epoch_count);
    assert_true(distance_of_losses(&parts, &whole) < 1e-4);
    og_finetune_report_clear(&parts);
  }
  options.batch_size = 6; /* alone it is another training */
  options.accumulate = 1;
  OgFinetuneReport other = train(&options);
  assert_true(distance_of_losses(&other, &whole) > 1e-2);
  og_finetune_report_clear(&other);
  og_finetune_report_clear(&whole);
}

/* 18 texts in steps of 4: an epoch reports five steps and then its scoring, batch by batch. The
 * stops fall within epochs, on the last step of one, and into scoring. */
static void check_stops(OgFinetuneOptions options) {
  OgError err;
  options.epochs = 3;
  options.force = true;
  options.test = world.test;
  const char *whole = world_path("unbroken"), *parts = world_path("broken");
  options.out = whole;
  OgFinetuneReport unbroken = train(&options);
  options.out = parts;
  static const size_t stops[] = {1, 4, 5, 6, 7, 14, 17, 18};
  for (size_t k = 0; k < OG_COUNT(stops); k++) {
    Watch watch;
    OgFinetuneReport report;
    options.resume = false;
    options.force = true;
    watch_init(&watch, "training", stops[k] - 1);
    assert_status(og_finetune(world.graph, &options, &watch.progress, &report, &err), OG_CANCELLED);
    assert_non_null(strstr(err.message, "--resume"));
    og_finetune_report_clear(&report);
    options.resume = true;
    options.force = false; /* the model that is there is the stopped training's own */
    watch_init(&watch, NULL, 0);
    assert_ok(og_finetune(world.graph, &options, &watch.progress, &report, &err));
    assert_int_equal(watch.warnings, 0);
    assert_same_file(whole, parts, "model.safetensors");
    assert_same_epochs(&unbroken, &report);
    assert_true(report.test.accuracy == unbroken.test.accuracy);
    assert_true(report.dev.macro_f1 == unbroken.dev.macro_f1);
    assert_false(og_file_exists(scratch("broken.checkpoint")));
    og_finetune_report_clear(&report);
  }
  og_finetune_report_clear(&unbroken);
}

static void stopped_at_any_step_it_goes_on_to_the_same_bytes(void **state) {
  (void)state;
  OgFinetuneOptions options = small();
  options.mention_mask = 0.3;
  options.entity_dropout = 0.2;
  options.batch_size = 2;
  options.accumulate = 2;
  check_stops(options);
}

static void stopped_over_a_frozen_base_it_goes_on_to_the_same_bytes(void **state) {
  (void)state;
  OgFinetuneOptions options = small();
  options.entity_dropout = 0.2;
  options.freeze_base = true;
  check_stops(options);
}

static void stopped_it_keeps_the_best_epoch_if_there_is_one(void **state) {
  (void)state;
  OgError err;
  Watch watch;
  OgFinetuneReport report;
  OgFinetuneOptions options = small();
  options.out = world_path("stopped");
  watch_init(&watch, "training", 3);
  assert_status(og_finetune(world.graph, &options, &watch.progress, &report, &err), OG_CANCELLED);
  assert_int_equal(report.epoch_count, 0);
  assert_non_null(strstr(err.message, "no model is written"));
  assert_false(og_directory_exists(scratch("stopped")));
  assert_true(og_file_exists(scratch("stopped.checkpoint")));
  og_finetune_report_clear(&report);
  watch_init(&watch, "training", 14);
  assert_status(og_finetune(world.graph, &options, NULL, &report, &err), OG_USAGE);
  assert_non_null(strstr(err.message, "stopped.checkpoint was left"));
  options.force = true;
  assert_status(og_finetune(world.graph, &options, &watch.progress, &report, &err), OG_CANCELLED);
  assert_non_null(strstr(watch.warning, "is dropped"));
  assert_int_equal(report.epoch_count, 2);
  assert_non_null(strstr(watch.detail, "epoch 3, loss "));
  assert_non_null(strstr(watch.detail, "; held out after epoch 2: accuracy "));
  assert_true(og_directory_exists(scratch("stopped")));
  json_t *json = world_json(scratch("stopped"), "metrics.json");
  assert_string_equal(json_string_value(json_object_get(json, "stop")), "cancelled");
  assert_int_equal(json_array_size(json_object_get(json, "epochs")), 2);
  json_decref(json);
  og_finetune_report_clear(&report);
}

static void a_state_that_cannot_be_saved_does_not_cost_the_best_epoch(void **state) {
  (void)state;
  OgError err;
  Watch watch;
  OgFinetuneReport report;
  OgFinetuneOptions options = small();
  options.out = world_path("unsaved");
  options.force = true;
  assert_ok(og_directory_make(scratch("unsaved.checkpoint"), &err)); /* it is in the way */
  watch_init(&watch, "training", 8);
  assert_status(og_finetune(world.graph, &options, &watch.progress, &report, &err), OG_CANCELLED);
  assert_non_null(strstr(watch.warning, "cannot be resumed"));
  assert_true(og_directory_exists(scratch("unsaved")));
  og_finetune_report_clear(&report);
}

/* Progress that puts a file of its own into a directory at the n-th report of training. */
typedef struct Obstacle {
  const char *directory;
  size_t reports;
} Obstacle;

static bool obstruct(void *data, const char *stage, double done, double total, const char *detail) {
  (void)done;
  (void)total;
  (void)detail;
  Obstacle *obstacle = data;
  OgError err;
  if (strcmp(stage, "training") == 0 && ++obstacle->reports == 1 && obstacle->directory) {
    assert_ok(og_directory_make(obstacle->directory, &err));
    char *path = og_path_join(obstacle->directory, "thesis.txt");
    assert_ok(og_file_write(path, "data", 4, &err));
    og_free(path);
  }
  return true;
}

static void a_training_that_cannot_be_written_is_kept(void **state) {
  (void)state;
  for (int patience = 0; patience < 2; patience++) {
    OgError err;
    OgFinetuneReport report;
    OgFinetuneOptions options = small();
    options.patience = (size_t)patience;
    options.force = true;
    options.out = world_path("unbroken");
    report = train(&options);
    const OgTrainStop stop = report.stop;
    og_finetune_report_clear(&report);
    options.force = false;
    options.out = world_path(patience ? "blocked-1" : "blocked-0");
    Obstacle obstacle = {options.out, 0};
    OgProgress progress = {.report = obstruct, .data = &obstacle};
    assert_status(og_finetune(world.graph, &options, &progress, &report, &err), OG_USAGE);
    assert_non_null(strstr(err.message, "thesis.txt"));
    assert_non_null(strstr(err.message, "the training is kept beside it"));
    char *path = og_path_join(options.out, "thesis.txt");
    assert_int_equal(remove(path), 0);
    og_free(path);
    options.resume = true;
    obstacle = (Obstacle){NULL, 0};
    assert_ok(og_finetune(world.graph, &options, &progress, &report, &err));
    assert_int_equal(obstacle.reports, 0); /* all was done */
    assert_int_equal(report.stop, stop);
    og_finetune_report_clear(&report);
    assert_same_file(world_path("unbroken"), options.out, "model.safetensors");
  }
}

/* Files may be no larger than the limit: as on a full disk. */
static void a_full_disk_is_told_before_the_training(void **state) {
  (void)state;
  OgError err;
  OgFinetuneReport report;
  OgFinetuneOptions options = small();
  options.out = world_path("no-room");
  Obstacle obstacle = {NULL, 0};
  const OgProgress progress = {.report = obstruct, .data = &obstacle};
  struct rlimit before;
  assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
  const struct rlimit less = {.rlim_cur = 4096, .rlim_max = before.rlim_max};
  signal(SIGXFSZ, SIG_IGN);
  assert_int_equal(setrlimit(RLIMIT_FSIZE, &less), 0);
  const OgStatus status = og_finetune(world.graph, &options, &progress, &report, &err);
  assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
  signal(SIGXFSZ, SIG_DFL);
  assert_status(status, OG_IO);
  assert_int_equal(obstacle.reports, 0);
  assert_false(og_directory_exists(options.out));
}

static void a_finished_run_is_not_replaced_unasked(void **state) {
  (void)state;
  OgError err;
  OgFinetuneReport report;
  OgFinetuneOptions options = small();
  options.out = world_path("finished");
  report = train(&options);
  og_finetune_report_clear(&report);
  for (int resume = 0; resume < 2; resume++) { /* there is nothing to go on from */
    options.resume = resume;
    assert_status(og_finetune(world.graph, &options, NULL, &report, &err), OG_USAGE);
    assert_non_null(strstr(err.message, "finished holds a model of finetune"));
    assert_non_null(strstr(err.message, "--force"));
  }
  options.force = true;
  report = train(&options);
  og_finetune_report_clear(&report);
}

static void another_training_is_not_gone_on_from(void **state) {
  (void)state;
  OgError err;
  Watch watch;
  OgFinetuneReport report;
  OgFinetuneOptions options = small();
  options.out = world_path("differs");
  watch_init(&watch, "training", 2);
  assert_status(og_finetune(world.graph, &options, &watch.progress, &report, &err), OG_CANCELLED);
  og_finetune_report_clear(&report);
  options.resume = true;
  OgFinetuneOptions other = options;
  other.seed = 7;
  assert_status(og_finetune(world.graph, &other, NULL, &report, &err), OG_USAGE);
  assert_non_null(strstr(err.message, "\"seed\""));
  other = options;
  other.lora.rank = 2;
  assert_status(og_finetune(world.graph, &other, NULL, &report, &err), OG_USAGE);
  assert_non_null(strstr(err.message, "lora_"));
  other = options;
  other.windows = true;
  assert_status(og_finetune(world.graph, &other, NULL, &report, &err), OG_USAGE);
  assert_non_null(strstr(err.message, "\"windows\""));
  other = options;
  other.accumulate = 2;
  assert_status(og_finetune(world.graph, &other, NULL, &report, &err), OG_USAGE);
  assert_non_null(strstr(err.message, "\"accumulate\""));
  other = options;
  other.fusion = OG_FUSION_CONCAT;
  assert_status(og_finetune(world.graph, &other, NULL, &report, &err), OG_USAGE);
  other = options;
  other.held_out = 0;
  other.dev = world.test;
  assert_status(og_finetune(world.graph, &other, NULL, &report, &err), OG_USAGE);
  other = options;
  other.threads = 2; /* changes only the rounding */
  other.recompute = true;
  assert_ok(og_finetune(world.graph, &other, NULL, &report, &err));
  og_finetune_report_clear(&report);
}

static void patience_ends_a_training_and_the_best_epoch_is_kept(void **state) {
  (void)state;
  OgError err = {0};
  OgBuffer noise = OG_BUFFER_INIT;
  assert_ok(og_buffer_text(&noise, "text,label\n", &err));
  for (size_t k = 0; k < 40; k++) {
    assert_ok(og_buffer_format(&noise, &err, "The patient has %s,%s\n",
                               world_diseases[k % WORLD_DISEASES], k * 7 % 5 < 2 ? "a" : "b"));
  }
  OgFinetuneOptions options = small();
  options.train = world_file("noise.csv", noise.data);
  og_buffer_clear(&noise);
  options.epochs = 200;
  options.learning_rate = 1e-2;
  options.patience = 3;
  options.out = world_path("patient");
  OgFinetuneReport report = train(&options);
  assert_string_equal(og_train_stop_name(report.stop), "patience");
  assert_int_equal(report.epoch_count, report.best_epoch + 1 + 3);
  const OgEpoch *best = &report.epochs[report.best_epoch];
  for (size_t k = 0; k < report.epoch_count; k++) {
    const OgEpoch *epoch = &report.epochs[k];
    assert_true(epoch->macro_f1 <= best->macro_f1);
    assert_true(k == report.best_epoch || epoch->macro_f1 < best->macro_f1 ||
                epoch->dev_loss >= best->dev_loss);
  }
  assert_true(report.dev.macro_f1 == best->macro_f1);
  assert_true(report.dev.accuracy == best->accuracy);
  assert_true(report.dev_loss == best->dev_loss);
  og_finetune_report_clear(&report);
}

static void when_all_is_right_patience_does_not_wait_for_the_loss(void **state) {
  (void)state;
  OgFinetuneOptions options = small();
  options.epochs = 40;
  options.patience = 2;
  OgFinetuneReport report = train(&options);
  size_t first = 0;
  while (first < report.epoch_count && report.epochs[first].macro_f1 < 1) {
    first++;
  }
  assert_int_equal(report.epoch_count, first + 1 + 2);
  assert_true(report.epochs[report.best_epoch].dev_loss <= report.epochs[first].dev_loss);
  assert_string_equal(og_train_stop_name(report.stop), "patience");
  og_finetune_report_clear(&report);
}

static void every_epoch_is_in_metrics_json(void **state) {
  (void)state;
  OgFinetuneOptions options = small();
  options.out = world_path("metrics");
  options.test = world.test;
  OgFinetuneReport report = train(&options);
  json_t *json = world_json(options.out, "metrics.json");
  assert_int_equal(json_array_size(json_object_get(json, "epochs")), 4);
  assert_int_equal(json_integer_value(json_object_get(json, "best_epoch")), report.best_epoch + 1);
  const json_t *test = json_object_get(json, "test");
  /* By hand, from the confusion: accuracy is its diagonal's share. */
  const json_t *confusion = json_object_get(test, "confusion");
  json_int_t right = 0, all = 0;
  for (size_t row = 0; row < 2; row++) {
    for (size_t column = 0; column < 2; column++) {
      const json_int_t n =
          json_integer_value(json_array_get(json_array_get(confusion, row), column));
      right += row == column ? n : 0;
      all += n;
    }
  }
  assert_int_equal(all, WORLD_TEST);
  assert_true(fabs(json_number_value(json_object_get(test, "accuracy")) -
                   (double)right / (double)all) < 1e-8);
  json_decref(json);
  og_finetune_report_clear(&report);
}

static void a_run_without_graph_is_a_plain_bert_classifier(void **state) {
  (void)state;
  OgError err = {0};
  OgFinetuneOptions options = small();
  options.fusion = OG_FUSION_NONE;
  options.pooling = OG_POOLING_CLS;
  options.out = world_path("plain");
  OgFinetuneReport report;
  assert_ok(og_finetune(NULL, &options, NULL, &report, &err)); /* no graph is needed */
  assert_string_equal(report.graph_hash, "");
  assert_int_equal(report.mentions, 0);
  json_t *json = world_json(options.out, "config.json");
  assert_string_equal(json_string_value(json_array_get(json_object_get(json, "architectures"), 0)),
                      "BertForSequenceClassification");
  assert_string_equal(json_string_value(json_object_get(json_object_get(json, "id2label"), "1")),
                      "lung");
  json_decref(json);
  og_finetune_report_clear(&report);
}

static void a_file_can_be_given_to_choose_the_epoch_on(void **state) {
  (void)state;
  OgFinetuneOptions options = small();
  options.dev = world.test;
  OgFinetuneReport report = train(&options);
  assert_int_equal(report.train_texts, WORLD_TRAIN);
  assert_int_equal(report.dev_texts, WORLD_TEST);
  og_finetune_report_clear(&report);
}

static void without_a_held_out_part_the_last_epoch_is_kept(void **state) {
  (void)state;
  OgFinetuneOptions options = small();
  options.held_out = 0;
  options.patience = 1;
  OgFinetuneReport report = train(&options);
  assert_int_equal(report.dev_texts, 0);
  assert_int_equal(report.dev.count, 0);
  assert_int_equal(report.epoch_count, 4);
  assert_int_equal(report.best_epoch, 3);
  og_finetune_report_clear(&report);
}

static void rate_and_passes_suit_the_base_and_the_data(void **state) {
  (void)state;
  OgFinetuneOptions options = small();
  options.learning_rate = options.epochs = 0;
  options.minutes = 1e-9; /* ends after the first step's epoch */
  OgFinetuneReport report = train(&options);
  assert_true(report.learning_rate == 1e-3); /* 16 floats a token: the most */
  assert_true(report.planned_epochs == 20);  /* five steps each: the most */
  assert_string_equal(og_train_stop_name(report.stop), "time");
  og_finetune_report_clear(&report);
}

static void a_frozen_base_keeps_its_weights(void **state) {
  (void)state;
  OgError err = {0};
  OgFinetuneOptions options = small();
  options.freeze_base = true;
  options.epochs = 1;
  options.out = world_path("frozen");
  OgFinetuneReport report = train(&options);
  og_finetune_report_clear(&report);
  OgConfig config;
  OgParams params[2];
  const char *directories[] = {world.base, options.out};
  for (int k = 0; k < 2; k++) {
    assert_ok(og_config_load(directories[k], &config, &err));
    assert_ok(og_params_init(&params[k], &config, NULL, 0, &err));
    assert_ok(og_params_load(&params[k], directories[k], NULL, NULL, &err));
  }
  const size_t pooler = og_params_find(&params[0], "pooler.dense.weight");
  assert_memory_equal(params[0].weights, params[1].weights,
                      params[0].tensors[pooler].offset * sizeof(float));
  og_params_clear(&params[0]);
  og_params_clear(&params[1]);
}

/* Train; the last warning must say so. */
static void assert_warned(const OgFinetuneOptions *options, const char *text) {
  OgError err = {0};
  Watch watch;
  OgFinetuneReport report;
  watch_init(&watch, NULL, 0);
  assert_ok(og_finetune(world.graph, options, &watch.progress, &report, &err));
  assert_non_null(strstr(watch.warning, text));
  og_finetune_report_clear(&report);
}

/* Vectors of one disease, among texts that name eight. */
static void a_set_that_knows_little_is_told(void **state) {
  (void)state;
  OgError err = {0};
  OgStore *store;
  OgVectors vectors;
  OgVectorsImport imported;
  OgFinetuneOptions options = small();
  char line[100];
  snprintf(line, sizeof line, "%s\t1 2 3 4\n", world_diseases[0]);
  assert_ok(og_store_open(world.graph, OG_STORE_WRITE, &store, &err));
  assert_ok(og_vectors_import(store, world_file("few.vec", line), "few", NULL, &vectors, &imported,
                              &err));
  og_vectors_clear(&vectors);
  og_store_close(store);
  options.embedding_set = "few";
  assert_warned(&options, "another set may know more");
}

/* With the least mask that is not none, no text is changed, but each is computed anew. */
static void a_frozen_base_need_not_be_computed_again(void **state) {
  (void)state;
  OgError err = {0};
  Watch watch;
  OgFinetuneOptions options = small();
  options.freeze_base = true;
  options.test = world.test;
  options.dropout = 0.3; /* of the head: the base has none */
  OgFinetuneReport kept = train(&options), anew;
  options.mention_mask = 1e-15;
  watch_init(&watch, NULL, 0);
  assert_ok(og_finetune(world.graph, &options, &watch.progress, &anew, &err));
  assert_non_null(strstr(watch.warning, "mention mask"));
  assert_true(distance_of_losses(&anew, &kept) < 1e-4);
  assert_true(anew.test.accuracy == kept.test.accuracy);
  og_finetune_report_clear(&anew);
  og_finetune_report_clear(&kept);
}

/* Progress that sees how much memory is held at most while it trains. */
typedef struct Gauge {
  size_t most;
} Gauge;

static bool gauge(void *data, const char *stage, double done, double total, const char *detail) {
  (void)done;
  (void)total;
  (void)detail;
  Gauge *seen = data;
  const size_t held = og_memory_held();
  if (strcmp(stage, "training") == 0 && held > seen->most) {
    seen->most = held;
  }
  return true;
}

/* A base whose weights count: 3 layers of 48 floats. (Blocks from 2 MiB on are rounded up to huge
 * pages, which counts here and not in models of the usual sizes.) */
static const char *wider_base(void) {
  OgError err = {0};
  const char *texts[] = {world.corpus};
  OgPretrainOptions options = og_pretrain_options_default();
  options.vocab = world.base;
  options.hidden = 48;
  options.layers = 3;
  options.max_positions = 64;
  options.steps = 1;
  options.threads = 1;
  options.force = true;
  const char *out = world_path("wider");
  assert_ok(og_pretrain(texts, 1, out, &options, NULL, NULL, &err));
  return out;
}

static void check_footprint(OgFinetuneOptions options) {
  OgError err = {0};
  OgFinetuneReport told, report;
  Gauge seen = {0};
  OgProgress progress = {.report = gauge, .data = &seen};
  options.epochs = 2;
  options.memory_only = true;
  assert_ok(og_finetune(world.graph, &options, NULL, &told, &err));
  assert_int_equal(told.epoch_count, 0);
  const size_t before = og_memory_held();
  options.memory_only = false;
  assert_ok(og_finetune(world.graph, &options, &progress, &report, &err));
  const double computed = (double)og_footprint_total(&report.footprint);
  assert_true(fabs((double)og_footprint_total(&told.footprint) / computed - 1) < 0.02);
  const double real = (double)seen.most - (double)before;
  if (fabs(computed / real - 1) > 0.05) {
    for (size_t k = 0; k < OG_FOOTPRINT_ITEMS; k++) {
      print_message("%s %zu\n", og_footprint_name((OgFootprintItem)k), report.footprint.bytes[k]);
    }
    fail_msg("computed %.0f bytes, held %.0f", computed, real);
  }
  og_finetune_report_clear(&told);
  og_finetune_report_clear(&report);
}

static void the_memory_is_known_before_the_first_step(void **state) {
  (void)state;
  if (WITH_SANITIZER) {
    print_message("[  SKIP    ] the sanitizer does not tell what malloc holds\n");
    skip();
  }
  OgFinetuneOptions options = small();
  options.base = wider_base();
  options.batch_size = 6;
  check_footprint(options);
  options.recompute = true;
  check_footprint(options);
  options.recompute = false;
  options.pooling = OG_POOLING_CLS;
  options.lora.rank = 4;
  check_footprint(options);
  options.lora.rank = 0;
  options.windows = true;
  options.max_length = 6;
  check_footprint(options);
  options.windows = false;
  options.freeze_base = true;
  check_footprint(options);
}

/* Trains with no memory to be had from the first report of the stage on; it comes out as with it.
 */
static void train_in_drought(const OgFinetuneOptions *options, const char *stage) {
  OgError err = {0};
  OgFinetuneReport report, usual = train(options);
  Drought drought;
  drought_init(&drought, stage, false);
  const OgStatus status = og_finetune(world.graph, options, &drought.progress, &report, &err);
  og_memory_fail_after(-1);
  assert_ok(status);
  assert_true(drought.reports > 0);
  assert_same_epochs(&report, &usual);
  assert_int_equal(report.test.count, WORLD_TEST);
  assert_true(report.test.accuracy == usual.test.accuracy);
  og_finetune_report_clear(&report);
  og_finetune_report_clear(&usual);
}

static void once_it_trains_it_takes_no_more_memory(void **state) {
  (void)state;
  const struct {
    OgFusionKind fusion;
    OgPooling pooling;
    bool windows, frozen;
    size_t rank, batch;
  } ways[] = {
      {OG_FUSION_NONE, OG_POOLING_MEAN, false, false, 0, 4},
      {OG_FUSION_GATED, OG_POOLING_CLS, false, false, 0, 4},
      {OG_FUSION_AVERAGE, OG_POOLING_MEAN, true, false, 0, 5},
      {OG_FUSION_CONCAT, OG_POOLING_CLS, false, false, 2, 4},
      {OG_FUSION_GATED, OG_POOLING_CLS, false, true, 0, 4},
      {OG_FUSION_AVERAGE, OG_POOLING_MEAN, true, true, 0, 3},
  };
  for (size_t k = 0; k < OG_COUNT(ways); k++) {
    OgFinetuneOptions options = small();
    options.test = world.test;
    options.epochs = 2;
    options.fusion = ways[k].fusion;
    options.pooling = ways[k].pooling;
    options.windows = ways[k].windows;
    options.max_length = ways[k].windows ? 6 : options.max_length;
    options.freeze_base = ways[k].frozen;
    options.lora.rank = ways[k].rank;
    options.batch_size = ways[k].batch;
    train_in_drought(&options, ways[k].frozen ? "computing texts" : "training");
  }
}

/* What memory there is decides before the first step, or not at all; and the message says what
 * there was none for, and what to do. */
static void want_of_memory_is_told_before_the_first_step(void **state) {
  (void)state;
  OgFinetuneOptions options = small();
  options.test = world.test;
  options.epochs = 0.2;
  OgStatus status = OG_NO_MEMORY;
  for (long n = 0; status != OG_OK; n += 1 + n / 16) {
    OgError err = {0};
    OgFinetuneReport report;
    Watch watch;
    watch_init(&watch, "training", SIZE_MAX);
    og_memory_fail_after(n);
    status = og_finetune(world.graph, &options, &watch.progress, &report, &err);
    og_memory_fail_after(-1);
    if (status == OG_OK) {
      og_finetune_report_clear(&report);
    } else {
      assert_status(status, OG_NO_MEMORY);
      assert_int_equal(watch.reports, 0);
      assert_non_null(strstr(err.message, "memory "));
      assert_non_null(strstr(err.message, "; take a smaller batch"));
    }
  }
}

static void what_does_not_fit_is_recomputed_or_refused(void **state) {
  (void)state;
  OgError err = {0};
  Watch watch;
  OgFinetuneReport report;
  OgFinetuneOptions options = small();
  options.base = wider_base();
  options.batch_size = 16;
  options.memory_only = true;
  assert_ok(og_finetune(world.graph, &options, NULL, &report, &err));
  options.max_memory =
      og_footprint_total(&report.footprint) - report.footprint.bytes[OG_MEMORY_ACTIVATIONS] / 10;
  og_finetune_report_clear(&report);
  watch_init(&watch, NULL, 0);
  assert_ok(og_finetune(world.graph, &options, &watch.progress, &report, &err));
  assert_true(report.recomputed);
  assert_non_null(strstr(watch.warning, "computed again"));
  assert_true(og_footprint_total(&report.footprint) <= options.max_memory);
  options.max_memory = og_footprint_total(&report.footprint) / 2;
  og_finetune_report_clear(&report);
  options.memory_only = false;
  options.out = world_path("no-memory");
  watch_init(&watch, "training", 0);
  assert_status(og_finetune(world.graph, &options, &watch.progress, &report, &err), OG_NO_MEMORY);
  assert_int_equal(watch.reports, 0);
  assert_non_null(strstr(err.message, "--batch 8 --accumulate 2"));
  assert_non_null(strstr(err.message, "even when layers are computed again"));
  assert_false(og_directory_exists(options.out));
}

static OgFinetuneOptions with_adapters(void) {
  OgFinetuneOptions options = small();
  options.lora = (OgLoraShape){.rank = 2, .targets = OG_LORA_ALL};
  options.fusion = OG_FUSION_NONE;
  options.pooling = OG_POOLING_CLS;
  return options;
}

static const float *floats_of(const OgSafetensors *file, const char *name) {
  const OgArray *array = og_safetensors_find(file, name);
  assert_non_null(array);
  return array->bytes;
}

/* The model is the base's weights, but where adapters are: W + (α/r) B A, of the value here. */
static void check_merged(const OgSafetensors *before, const OgSafetensors *after,
                         const OgSafetensors *adapter) {
  enum { H = 16, R = 2 };
  const float *was = floats_of(before, "bert.encoder.layer.0.attention.self.value.weight");
  const float *is = floats_of(after, "bert.encoder.layer.0.attention.self.value.weight");
  const float *A = floats_of(
      adapter, "base_model.model.bert.encoder.layer.0.attention.self.value.lora_A.weight");
  const float *B = floats_of(
      adapter, "base_model.model.bert.encoder.layer.0.attention.self.value.lora_B.weight");
  double moved = 0;
  for (size_t o = 0; o < H; o++) {
    for (size_t k = 0; k < H; k++) {
      const float change = 2 * (B[o * R] * A[k] + B[o * R + 1] * A[H + k]);
      assert_float_equal(is[o * H + k], was[o * H + k] + change, 1e-6);
      moved += fabs((double)change);
    }
  }
  assert_true(moved > 1e-3);
  assert_memory_equal(floats_of(before, "bert.embeddings.word_embeddings.weight"),
                      floats_of(after, "bert.embeddings.word_embeddings.weight"),
                      H * sizeof(float));
  assert_memory_equal(floats_of(adapter, "base_model.model.classifier.weight"),
                      floats_of(after, "classifier.weight"), 2 * H * sizeof(float));
  assert_null(og_safetensors_find(after, "encoder.layer.0.attention.self.value.lora_A.weight"));
}

static void check_adapter_config(const char *folder) {
  json_t *json = world_json(folder, "adapter_config.json");
  assert_string_equal(json_string_value(json_object_get(json, "peft_type")), "LORA");
  assert_string_equal(json_string_value(json_object_get(json, "task_type")), "SEQ_CLS");
  assert_int_equal(json_integer_value(json_object_get(json, "r")), 2);
  assert_true(json_number_value(json_object_get(json, "lora_alpha")) == 4);
  const json_t *modules = json_object_get(json, "target_modules");
  assert_int_equal(json_array_size(modules), 6);
  assert_string_equal(json_string_value(json_array_get(modules, 0)), "attention.self.query");
  /* The base of these tests has no pooler: it learned, too. */
  assert_int_equal(json_array_size(json_object_get(json, "modules_to_save")), 2);
  json_decref(json);
}

static void adapters_are_merged_and_written_beside(void **state) {
  (void)state;
  OgError err = {0};
  OgFinetuneOptions options = with_adapters();
  options.out = world_path("adapted");
  OgFinetuneReport report;
  for (int again = 0; again < 2; again++) { /* the folder inside is part of the model */
    options.force = again;
    assert_ok(og_finetune(NULL, &options, NULL, &report, &err));
    assert_true(report.trained < report.parameters / 2);
    og_finetune_report_clear(&report);
  }
  OgSafetensors *before, *after, *adapter;
  char *folder = og_path_join(options.out, "adapter");
  char *path = og_path_join(folder, "adapter_model.safetensors");
  assert_ok(og_safetensors_open_model(world.base, &before, &err));
  assert_ok(og_safetensors_open_model(options.out, &after, &err));
  assert_ok(og_safetensors_open(path, &adapter, &err));
  check_merged(before, after, adapter);
  check_adapter_config(folder);
  og_safetensors_close(before);
  og_safetensors_close(after);
  og_safetensors_close(adapter);
  og_free(path);
  og_free(folder);
}

static void adapters_learn(void **state) {
  (void)state;
  OgFinetuneOptions options = small();
  options.lora.rank = 4;
  options.test = world.test;
  options.epochs = 12;
  options.mention_mask = 0.5;
  OgFinetuneReport report = train(&options);
  assert_true(report.dev.accuracy == 1);
  assert_true(report.test.accuracy >= 0.75);
  og_finetune_report_clear(&report);
}

static void stopped_with_adapters_it_goes_on_to_the_same_bytes(void **state) {
  (void)state;
  OgFinetuneOptions options = with_adapters();
  options.batch_size = 2;
  options.accumulate = 2;
  check_stops(options);
}

static void long_texts_are_read_in_windows(void **state) {
  (void)state;
  OgFinetuneOptions options = small();
  OgFinetuneReport cut = train(&options);
  options.windows = true;
  OgFinetuneReport same = train(&options); /* none is longer than 24 tokens */
  assert_int_equal(same.windowed, 0);
  assert_int_equal(same.windows, same.train_texts);
  assert_true(distance_of_losses(&same, &cut) <= 0);
  og_finetune_report_clear(&same);
  options.max_length = 6;
  options.stride = 3;
  options.window_pooling = OG_WINDOWS_MAX;
  OgFinetuneReport report = train(&options);
  assert_int_equal(report.truncated, 0);
  assert_true(report.windowed > 0);
  assert_true(report.windows > report.train_texts);
  og_finetune_report_clear(&report);
  og_finetune_report_clear(&cut);
}

static void stopped_amid_windows_it_goes_on_to_the_same_bytes(void **state) {
  (void)state;
  OgFinetuneOptions options = small();
  options.windows = true;
  options.max_length = 6;
  options.mention_mask = 0.3;
  check_stops(options);
  options.mention_mask = 0;
  options.freeze_base = true;
  check_stops(options);
}

static void a_graph_that_cannot_help_is_warned_of(void **state) {
  (void)state;
  OgFinetuneOptions options = small();
  options.epochs = 1;
  options.train = world_file("strange.csv", "text,label\none,a\ntwo,b\nthree,a\nfour,b\n");
  assert_warned(&options, "the graph cannot help");
}

/* Copy the base with a weight so large that the first layer overflows. */
static const char *make_broken_base(void) {
  OgError err = {0};
  const char *directory = world_path("overflow");
  OgConfig config;
  OgParams params;
  OgTokenizer *tokenizer;
  assert_ok(og_directory_make(directory, &err));
  assert_ok(og_config_load(world.base, &config, &err));
  assert_ok(og_config_save(directory, &config, "Model", NULL, 0, &err));
  assert_ok(og_tokenizer_load(world.base, &tokenizer, &err));
  assert_ok(og_tokenizer_save(tokenizer, directory, &err));
  assert_ok(og_params_init(&params, &config, NULL, 0, &err));
  assert_ok(og_params_load(&params, world.base, NULL, NULL, &err));
  const size_t gain = og_params_find(&params, "embeddings.LayerNorm.weight");
  og_tensor_at(params.weights, &params.tensors[gain])[0] = 3e38f;
  assert_ok(og_params_save(&params, directory, &err));
  og_tokenizer_free(tokenizer);
  og_params_clear(&params);
  return directory;
}

static void a_gradient_that_is_no_number_is_told(void **state) {
  (void)state;
  OgError err;
  OgFinetuneOptions options = small();
  options.base = make_broken_base();
  options.out = world_path("exploded");
  OgFinetuneReport report;
  assert_status(og_finetune(world.graph, &options, NULL, &report, &err), OG_FAILED);
  assert_non_null(strstr(err.message, "lower learning rate"));
  assert_false(og_directory_exists(options.out));
}

static void too_few_texts_to_hold_out_are_warned_of(void **state) {
  (void)state;
  OgFinetuneOptions options = small();
  options.held_out = 0.1;
  options.train = world_file("few.csv", "text,label\nangina,a\nasthma,b\ncarditis,a\n");
  assert_warned(&options, "too few to hold any out");
}

static void labels_of_one_text_each_are_refused(void **state) {
  (void)state;
  OgError err;
  OgFinetuneReport report;
  OgFinetuneOptions options = small();
  options.train = world_file("own.csv", "text,label\na,1\nb,2\nc,3\nd,4\ne,5\nf,6\ng,7\nh,8\n"
                                        "i,9\nj,10\n");
  assert_status(og_finetune(world.graph, &options, NULL, &report, &err), OG_BAD_DATA);
  assert_non_null(strstr(err.message, "each of the 10 texts has a label of its own"));
}

static void what_makes_no_sense_is_refused(void **state) {
  (void)state;
  OgError err;
  OgFinetuneOptions wrong[9];
  for (size_t k = 0; k < OG_COUNT(wrong); k++) {
    wrong[k] = small();
    wrong[k].out = world_path("wrong");
  }
  wrong[0].epochs = -1;
  wrong[1].learning_rate = (double)NAN;
  wrong[2].mention_mask = 0.6;
  wrong[2].entity_dropout = 0.5;
  wrong[3].base = NULL;
  wrong[4].batch_size = 0;
  wrong[5].embedding_set = "absent";
  wrong[6].train = world_file("one.csv", "text,label\na,x\nb,x\n");
  wrong[7].train = world_file("unlabelled.csv", "text,label\na,x\nb,\n");
  wrong[8].test = world_file("unknown.csv", "text,label\na,brain\n");
  static const struct {
    OgStatus status;
    const char *message;
  } faults[] = {
      {OG_USAGE, "number of epochs"}, {OG_USAGE, "learning rate"},
      {OG_USAGE, "entity dropout"},   {OG_USAGE, "base network"},
      {OG_USAGE, "batch size"},       {OG_NOT_FOUND, "absent"},
      {OG_BAD_DATA, "label"},         {OG_BAD_DATA, "label"},
      {OG_BAD_DATA, "brain"},         {OG_BAD_DATA, "a label of its own"},
  };
  for (size_t k = 0; k < OG_COUNT(wrong); k++) {
    OgFinetuneReport report;
    assert_status(og_finetune(world.graph, &wrong[k], NULL, &report, &err), faults[k].status);
    if (!strstr(err.message, faults[k].message)) {
      fail_msg("\"%s\" does not say \"%s\"", err.message, faults[k].message);
    }
    assert_false(og_directory_exists(scratch("wrong")));
  }
  const OgFinetuneOptions fine = small();
  OgFinetuneReport report;
  assert_status(og_finetune(NULL, &fine, NULL, &report, &err), OG_USAGE);
  assert_non_null(strstr(err.message, "needs a graph"));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_graph_is_learned_from),
      cmocka_unit_test(shuffled_vectors_teach_nothing_of_unseen_entities),
      cmocka_unit_test(the_same_seed_gives_the_same_bytes_and_another_does_not),
      cmocka_unit_test(accumulated_batches_are_one_large_batch),
      cmocka_unit_test(stopped_at_any_step_it_goes_on_to_the_same_bytes),
      cmocka_unit_test(stopped_over_a_frozen_base_it_goes_on_to_the_same_bytes),
      cmocka_unit_test(stopped_it_keeps_the_best_epoch_if_there_is_one),
      cmocka_unit_test(a_state_that_cannot_be_saved_does_not_cost_the_best_epoch),
      cmocka_unit_test(a_training_that_cannot_be_written_is_kept),
      cmocka_unit_test(a_full_disk_is_told_before_the_training),
      cmocka_unit_test(a_finished_run_is_not_replaced_unasked),
      cmocka_unit_test(another_training_is_not_gone_on_from),
      cmocka_unit_test(patience_ends_a_training_and_the_best_epoch_is_kept),
      cmocka_unit_test(when_all_is_right_patience_does_not_wait_for_the_loss),
      cmocka_unit_test(every_epoch_is_in_metrics_json),
      cmocka_unit_test(a_run_without_graph_is_a_plain_bert_classifier),
      cmocka_unit_test(a_file_can_be_given_to_choose_the_epoch_on),
      cmocka_unit_test(without_a_held_out_part_the_last_epoch_is_kept),
      cmocka_unit_test(rate_and_passes_suit_the_base_and_the_data),
      cmocka_unit_test(a_frozen_base_keeps_its_weights),
      cmocka_unit_test(a_frozen_base_need_not_be_computed_again),
      cmocka_unit_test(the_memory_is_known_before_the_first_step),
      cmocka_unit_test(once_it_trains_it_takes_no_more_memory),
      cmocka_unit_test(want_of_memory_is_told_before_the_first_step),
      cmocka_unit_test(what_does_not_fit_is_recomputed_or_refused),
      cmocka_unit_test(adapters_are_merged_and_written_beside),
      cmocka_unit_test(adapters_learn),
      cmocka_unit_test(stopped_with_adapters_it_goes_on_to_the_same_bytes),
      cmocka_unit_test(long_texts_are_read_in_windows),
      cmocka_unit_test(stopped_amid_windows_it_goes_on_to_the_same_bytes),
      cmocka_unit_test(a_graph_that_cannot_help_is_warned_of),
      cmocka_unit_test(a_gradient_that_is_no_number_is_told),
      cmocka_unit_test(too_few_texts_to_hold_out_are_warned_of),
      cmocka_unit_test(labels_of_one_text_each_are_refused),
      cmocka_unit_test(what_makes_no_sense_is_refused),
      cmocka_unit_test(a_set_that_knows_little_is_told), /* the set made last from here on */
  };
  return cmocka_run_group_tests_name("trainer", tests, make_world, NULL);
}
