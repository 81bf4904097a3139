#include "finetune/predict.h"

#include "core/file.h"
#include "core/memory.h"
#include "finetune/trainer.h"
#include "kg/embed_renew.h"
#include "tests/finetune/world.h"
#include "tests/kg/graph.h"
#include "tests/test.h"

#include <math.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

static World world;
static char run[128], plain[128]; /* trained with the graph, and without */
static size_t confusion[4];       /* of the test file, as the trainer counted it */

static OgFinetuneOptions options_of(const char *out, OgFusionKind fusion) {
  OgFinetuneOptions options = og_finetune_options_default();
  options.base = world.base;
  options.train = world.train;
  options.test = world.test;
  options.out = out;
  options.fusion = fusion;
  options.batch_size = 4;
  options.epochs = 2;
  options.learning_rate = 2e-3;
  options.max_length = 16;
  options.threads = 1;
  return options;
}

static void train(const char *out, OgFusionKind fusion, OgFinetuneReport *report) {
  OgError err = {0};
  const OgFinetuneOptions options = options_of(out, fusion);
  assert_ok(og_finetune(world.graph, &options, NULL, report, &err));
}

static int set_up(void **state) {
  (void)state;
  OgFinetuneReport report;
  world_make(&world);
  snprintf(run, sizeof run, "%s", scratch("run"));
  snprintf(plain, sizeof plain, "%s", scratch("plain"));
  train(run, OG_FUSION_GATED, &report);
  memcpy(confusion, report.test.confusion, sizeof confusion);
  og_finetune_report_clear(&report);
  train(plain, OG_FUSION_NONE, &report);
  og_finetune_report_clear(&report);
  return 0;
}

static OgPredictor *open_run(const char *directory, const char *graph, Watch *watch) {
  OgError err = {0};
  OgPredictor *predictor;
  OgPredictOptions options = og_predict_options_default();
  options.graph = graph;
  options.batch_size = 3; /* so that a file takes several */
  options.threads = 1;
  assert_ok(
      og_predictor_open(directory, &options, watch ? &watch->progress : NULL, &predictor, &err));
  return predictor;
}

/* What a sink remembers. */
typedef struct Seen {
  size_t count, fail_at; /* 0: never */
  char ids[16][32], texts[16][16], labels[16][16];
  uint32_t truths[16];
  float first[16]; /* probability of label 0 */
  size_t mentions[16];
  double weight[16];     /* of the mentions, summed */
  char entities[16][64]; /* "label id;" of each mention */
} Seen;

static OgStatus see(void *data, const OgPredicted *predicted, OgError *err) {
  Seen *seen = data;
  if (seen->fail_at > 0 && seen->count + 1 == seen->fail_at) {
    return og_error_set(err, OG_IO, "the sink is full");
  }
  const size_t k = seen->count++;
  assert_true(k < OG_COUNT(seen->ids));
  snprintf(seen->ids[k], sizeof seen->ids[k], "%s", predicted->row.text_id);
  snprintf(seen->texts[k], sizeof seen->texts[k], "%s", predicted->row.text);
  snprintf(seen->labels[k], sizeof seen->labels[k], "%s", predicted->row.label);
  seen->truths[k] = predicted->truth;
  seen->first[k] = predicted->probabilities[0];
  seen->mentions[k] = predicted->row.mention_count;
  for (size_t m = 0; predicted->row.weights && m < predicted->row.mention_count; m++) {
    seen->weight[k] += (double)predicted->row.weights[m];
  }
  for (size_t m = 0; m < predicted->row.mention_count; m++) {
    const OgEntityRef *entity = predicted->entities[m];
    assert_int_equal(entity->id, predicted->row.mentions[m].entity);
    const size_t end = strlen(seen->entities[k]);
    snprintf(seen->entities[k] + end, sizeof seen->entities[k] - end, "%s %s;", entity->label,
             og_entity_ref_id(entity));
  }
  const float *p = predicted->probabilities;
  assert_true(fabs((double)p[0] + (double)p[1] - 1) < 1e-6);
  assert_true(fabs(predicted->row.score - (double)p[predicted->label]) < 1e-7);
  return OG_OK;
}

static OgStatus predict(OgPredictor *predictor, const char *file, bool save, Seen *seen,
                        OgMetrics *metrics, OgError *err) {
  const OgDatasetOptions data = {0};
  OgPredictCounts counts = {0};
  *seen = (Seen){.fail_at = seen->fail_at};
  const OgStatus status =
      og_predict(predictor, file, &data, save, see, seen, metrics, &counts, err);
  if (status == OG_OK) {
    assert_int_equal(counts.texts, seen->count);
  }
  return status;
}

/* Predict a file of the given content with the run of the graph. */
static OgStatus predict_text(const char *content, Seen *seen, OgMetrics *metrics, OgError *err) {
  OgPredictor *predictor = open_run(run, NULL, NULL);
  *seen = (Seen){0};
  const OgStatus status =
      predict(predictor, world_file("in.csv", content), false, seen, metrics, err);
  og_predictor_close(predictor);
  return status;
}

static void a_loaded_run_predicts_what_the_trainer_did(void **state) {
  (void)state;
  OgError err = {0};
  OgMetrics metrics = {0};
  Seen seen = {0}, again = {0};
  OgPredictor *predictor = open_run(run, NULL, NULL);
  assert_string_equal(og_predictor_graph(predictor), world.graph);
  assert_int_equal(og_predictor_labels(predictor)->count, 2);
  assert_ok(predict(predictor, world.test, false, &seen, &metrics, &err));
  assert_memory_equal(metrics.confusion, confusion, sizeof confusion);
  og_predictor_close(predictor);
  predictor = open_run(run, world.graph, NULL);
  assert_ok(predict(predictor, world.test, false, &again, NULL, &err));
  og_predictor_close(predictor);
  assert_memory_equal(&seen, &again, sizeof seen);
  og_metrics_clear(&metrics);
}

static void a_run_of_windows_predicts_what_the_trainer_did(void **state) {
  (void)state;
  OgError err = {0};
  OgFinetuneReport report;
  OgMetrics metrics = {0};
  Seen seen = {0}, cut = {0};
  OgFinetuneOptions options = options_of(world_path("windows"), OG_FUSION_GATED);
  options.windows = true;
  options.max_length = 6;
  options.window_pooling = OG_WINDOWS_MAX;
  assert_ok(og_finetune(world.graph, &options, NULL, &report, &err));
  assert_true(report.windowed > 0);
  OgPredictor *predictor = open_run(options.out, NULL, NULL);
  assert_ok(predict(predictor, world.test, false, &seen, &metrics, &err));
  assert_memory_equal(metrics.confusion, report.test.confusion, sizeof confusion);
  og_predictor_close(predictor);
  json_t *json = world_json(options.out, "ontograft.json");
  assert_int_equal(json_integer_value(json_object_get(json, "window_step")), 2);
  json_object_set_new(json, "window_step", json_integer(0)); /* the same weights, texts cut */
  char *path = og_path_join(options.out, "ontograft.json");
  assert_ok(og_json_save(path, json, &err));
  predictor = open_run(options.out, NULL, NULL);
  assert_ok(predict(predictor, world.test, false, &cut, NULL, &err));
  assert_memory_not_equal(seen.first, cut.first, sizeof seen.first);
  og_predictor_close(predictor);
  json_object_set_new(json, "window_step", json_integer(5));
  assert_ok(og_json_save(path, json, &err));
  const OgPredictOptions usual = og_predict_options_default();
  assert_status(og_predictor_open(options.out, &usual, NULL, &predictor, &err), OG_BAD_STORE);
  assert_non_null(strstr(err.message, "window_step"));
  og_free(path);
  json_decref(json);
  og_metrics_clear(&metrics);
  og_finetune_report_clear(&report);
}

static void a_run_can_be_moved(void **state) {
  (void)state;
  OgError err = {0};
  Seen seen = {0}, moved = {0};
  OgPredictor *predictor = open_run(plain, NULL, NULL);
  assert_null(og_predictor_graph(predictor)); /* none is needed */
  assert_ok(predict(predictor, world.test, false, &seen, NULL, &err));
  og_predictor_close(predictor);
  const char *elsewhere = world_path("elsewhere");
  assert_int_equal(rename(plain, elsewhere), 0);
  predictor = open_run(elsewhere, NULL, NULL);
  assert_ok(predict(predictor, world.test, false, &moved, NULL, &err));
  og_predictor_close(predictor);
  assert_int_equal(rename(elsewhere, plain), 0);
  assert_memory_equal(&seen, &moved, sizeof seen);
}

static void the_batch_does_not_matter(void **state) {
  (void)state;
  OgError err = {0};
  Seen three = {0}, all = {0};
  OgPredictor *predictor = open_run(run, NULL, NULL);
  assert_ok(predict(predictor, world.test, false, &three, NULL, &err));
  og_predictor_close(predictor);
  const OgPredictOptions options = og_predict_options_default();
  assert_ok(og_predictor_open(run, &options, NULL, &predictor, &err));
  assert_ok(predict(predictor, world.test, false, &all, NULL, &err));
  og_predictor_close(predictor);
  for (size_t k = 0; k < WORLD_TEST; k++) {
    assert_string_equal(three.labels[k], all.labels[k]);
    assert_true(fabs((double)three.first[k] - (double)all.first[k]) < 1e-5);
  }
}

static void entities_are_called_by_label_and_id(void **state) {
  (void)state;
  OgError err = {0};
  Seen seen;
  assert_ok(predict_text("text\nAngina then asthma\nNo change\n", &seen, NULL, &err));
  assert_string_equal(seen.entities[0], "angina ex:angina;asthma ex:asthma;");
  assert_string_equal(seen.entities[1], "");
  /* The same while they are saved, over the handle that writes. */
  OgPredictor *predictor = open_run(run, NULL, NULL);
  assert_ok(predict(predictor, world.test, true, &seen, NULL, &err));
  og_predictor_close(predictor);
  assert_non_null(strstr(seen.entities[0], " ex:"));
}

static void rows_without_labels_are_predicted_and_not_scored(void **state) {
  (void)state;
  OgError err = {0};
  OgMetrics metrics = {0};
  Seen seen;
  assert_ok(predict_text("text\nShe has asthma\nNo change\n", &seen, &metrics, &err));
  assert_int_equal(seen.count, 2);
  assert_string_equal(seen.ids[0], "1"); /* without an id column, the row's number */
  assert_string_equal(seen.ids[1], "2");
  assert_int_equal(seen.truths[0], OG_LABEL_NONE);
  assert_int_equal(seen.mentions[0], 1);
  assert_int_equal(seen.mentions[1], 0);
  assert_true(seen.weight[0] > 0 && seen.weight[0] <= 1);
  assert_int_equal(metrics.count, 0);
  og_metrics_clear(&metrics);
}

static void a_label_that_the_model_does_not_know_is_not_scored(void **state) {
  (void)state;
  OgError err = {0};
  OgMetrics metrics = {0};
  Seen seen;
  assert_ok(
      predict_text("text,label\nasthma,lung\nasthma,brain\nasthma,\n", &seen, &metrics, &err));
  assert_int_equal(seen.count, 3);
  assert_int_equal(seen.truths[0], 1);
  assert_int_equal(seen.truths[1], OG_LABEL_NONE);
  assert_int_equal(seen.truths[2], OG_LABEL_NONE);
  assert_int_equal(metrics.count, 1);
  og_metrics_clear(&metrics);
}

static void columns_are_those_of_the_training(void **state) {
  (void)state;
  OgError err = {0};
  OgFinetuneOptions options = options_of(world_path("columns"), OG_FUSION_NONE);
  OgFinetuneReport report;
  OgMetrics metrics = {0};
  Seen seen = {0};
  options.train =
      world_file("columns.csv", "nr,body,kind,label\n1,asthma,lung,x\n2,angina,heart,y\n"
                                "3,lung,lung,x\n4,heart,heart,x\n");
  options.test = NULL;
  options.data =
      (OgDatasetOptions){.text_column = "body", .label_column = "kind", .id_column = "nr"};
  assert_ok(og_finetune(NULL, &options, NULL, &report, &err));
  og_finetune_report_clear(&report);
  OgPredictor *predictor = open_run(world_path("columns"), NULL, NULL);
  assert_ok(predict(predictor, options.train, false, &seen, &metrics, &err));
  assert_int_equal(metrics.count, 4);
  assert_string_equal(seen.ids[3], "4");
  og_metrics_clear(&metrics);
  const char *other = world_file("other.csv", "text\nasthma\n");
  assert_ok(predict(predictor, other, false, &seen, NULL, &err));
  assert_int_equal(seen.count, 1);
  og_predictor_close(predictor);
}

/* Trained by numbers, a run knows its columns by name; where names do not part them, by number. */
static void columns_given_by_number_are_remembered_by_name(void **state) {
  (void)state;
  OgError err = {0};
  OgFinetuneOptions options = options_of(world_path("numbers"), OG_FUSION_NONE);
  Seen seen = {0};
  const struct {
    const char *train, *later;
  } files[] = {
      {"nr,body,text,kind\n1,asthma,-,lung\n2,angina,-,heart\n3,lung,-,lung\n4,heart,-,heart\n",
       "text,kind,body,nr\n-,lung,asthma,first\n"},
      {"body,body,text,kind\n1,asthma,-,lung\n2,angina,-,heart\n3,lung,-,lung\n4,heart,-,heart\n",
       "body,body,text,kind\nfirst,asthma,-,lung\n"}};
  for (size_t k = 0; k < OG_COUNT(files); k++) {
    OgFinetuneReport report;
    OgMetrics metrics = {0};
    options.train = world_file("numbers.csv", files[k].train);
    options.test = NULL;
    options.force = true;
    options.data = (OgDatasetOptions){.text_column = "2", .label_column = "4", .id_column = "1"};
    assert_ok(og_finetune(NULL, &options, NULL, &report, &err));
    og_finetune_report_clear(&report);
    OgPredictor *predictor = open_run(options.out, NULL, NULL);
    const char *later = world_file("later.csv", files[k].later);
    assert_ok(predict(predictor, later, false, &seen, &metrics, &err));
    assert_int_equal(metrics.count, 1); /* the label's column */
    assert_string_equal(seen.ids[0], "first");
    assert_string_equal(seen.texts[0], "asthma");
    og_metrics_clear(&metrics);
    og_predictor_close(predictor);
  }
}

static void files_without_rows_are_told_apart(void **state) {
  (void)state;
  OgError err = {0};
  Seen seen;
  OgMetrics metrics = {0};
  assert_ok(predict_text("text\n", &seen, &metrics, &err)); /* a header and no rows: no work */
  assert_int_equal(seen.count, 0);
  og_metrics_clear(&metrics);
  assert_status(predict_text("", &seen, NULL, &err), OG_BAD_DATA);
  OgPredictor *predictor = open_run(run, NULL, NULL);
  assert_status(predict(predictor, scratch("absent.csv"), false, &seen, NULL, &err), OG_IO);
  og_predictor_close(predictor);
}

static void empty_and_blank_texts_have_a_label_too(void **state) {
  (void)state;
  OgError err = {0};
  Seen seen;
  assert_ok(predict_text("id,text\na,\nb,\"  \"\n", &seen, NULL, &err));
  assert_int_equal(seen.count, 2);
  assert_string_equal(seen.ids[1], "b");
  assert_true(seen.first[0] == seen.first[1]);
  assert_int_equal(seen.mentions[0], 0);
}

static void a_text_longer_than_the_model_takes_is_cut(void **state) {
  (void)state;
  OgError err = {0};
  OgBuffer csv = OG_BUFFER_INIT;
  assert_ok(og_buffer_text(&csv, "text\nasthma", &err));
  for (int k = 0; k < 5000; k++) {
    assert_ok(og_buffer_text(&csv, " patient", &err));
  }
  assert_ok(og_buffer_text(&csv, " angina\n", &err));
  Seen seen;
  assert_ok(predict_text(csv.data, &seen, NULL, &err));
  og_buffer_clear(&csv);
  assert_int_equal(seen.count, 1);
  assert_int_equal(seen.mentions[0], 2); /* the linker reads it whole */
}

static void bytes_that_are_no_utf8_are_told_with_their_place(void **state) {
  (void)state;
  OgError err;
  Seen seen;
  assert_status(predict_text("text\nfine\nbad \xff byte\n", &seen, NULL, &err), OG_BAD_DATA);
  assert_int_equal(err.line, 3);
  assert_int_equal(err.column, 5);
  assert_non_null(strstr(err.source, "in.csv"));
}

static void other_scripts_are_read(void **state) {
  (void)state;
  OgError err = {0};
  Seen seen;
  assert_ok(predict_text(
      "text\nУ пациента Asthma.\n患者は喘息です\nπυρετός 🤒\n", &seen,
      NULL, &err));
  assert_int_equal(seen.count, 3);
  assert_int_equal(seen.mentions[0], 1);
  assert_int_equal(seen.mentions[1], 0);
}

static void predictions_saved_twice_replace_the_first(void **state) {
  (void)state;
  OgError err = {0};
  Seen seen = {0};
  char slash[4096]; /* the same run */
  snprintf(slash, sizeof slash, "%s/", run);
  for (int k = 0; k < 2; k++) {
    OgPredictor *predictor = open_run(k == 0 ? run : slash, NULL, NULL);
    assert_ok(predict(predictor, world.test, true, &seen, NULL, &err));
    og_predictor_close(predictor);
    assert_int_equal(world_number(world.graph, "SELECT count(*) FROM run"), 1);
    assert_int_equal(world_number(world.graph, "SELECT count(*) FROM prediction"), WORLD_TEST);
    assert_int_equal(world_number(world.graph, "SELECT count(*) FROM mention"), WORLD_TEST);
  }
  assert_int_equal(world_number(world.graph, "SELECT count(*) FROM prediction JOIN mention ON"
                                             " mention.prediction = prediction.id JOIN entity ON"
                                             " entity.id = mention.entity WHERE"
                                             " instr(prediction.text, entity.label) > 0"),
                   WORLD_TEST);
  /* Another run stands beside it. */
  OgPredictor *predictor = open_run(plain, world.graph, NULL);
  assert_ok(predict(predictor, world.test, true, &seen, NULL, &err));
  og_predictor_close(predictor);
  assert_int_equal(world_number(world.graph, "SELECT count(*) FROM run"), 2);
  assert_int_equal(world_number(world.graph, "SELECT count(*) FROM prediction"), 2 * WORLD_TEST);
}

static void a_failure_leaves_the_saved_predictions_as_they_were(void **state) {
  (void)state;
  OgError err;
  Seen seen = {0};
  OgPredictor *predictor = open_run(run, NULL, NULL);
  assert_ok(predict(predictor, world.test, true, &seen, NULL, &err));
  const int64_t before = world_number(world.graph, "SELECT sum(id) FROM prediction");
  seen.fail_at = 5;
  assert_status(predict(predictor, world.test, true, &seen, NULL, &err), OG_IO);
  assert_string_equal(err.message, "the sink is full");
  const char *bad = world_file("bad.csv", "text\nfine\nfine\nfine\nbad \xff byte\n");
  seen.fail_at = 0;
  assert_status(predict(predictor, bad, true, &seen, NULL, &err), OG_BAD_DATA);
  assert_int_equal(world_number(world.graph, "SELECT sum(id) FROM prediction"), before);
  og_predictor_close(predictor);
}

static void saving_needs_a_graph(void **state) {
  (void)state;
  OgError err;
  Seen seen = {0};
  OgPredictor *predictor = open_run(plain, NULL, NULL);
  assert_status(predict(predictor, world.test, true, &seen, NULL, &err), OG_USAGE);
  og_predictor_close(predictor);
}

static void texts_in_another_language_are_warned_of(void **state) {
  (void)state;
  OgError err = {0};
  Seen seen = {0};
  Watch watch;
  watch_init(&watch, NULL, 0);
  OgPredictor *predictor = open_run(plain, NULL, &watch);
  assert_ok(predict(predictor, world.test, false, &seen, NULL, &err));
  assert_int_equal(watch.warnings, 0);
  const char *greek = world_file("greek.csv", "text\nὁ δὲ ἀνεξέταστος βίος\n");
  assert_ok(predict(predictor, greek, false, &seen, NULL, &err));
  assert_int_equal(watch.warnings, 1);
  assert_non_null(strstr(watch.warning, "unknown to the vocabulary"));
  og_predictor_close(predictor);
}

/* Copy the graph of the world, so that a test may change it. */
static const char *copy_graph(const char *name) {
  OgError err = {0};
  OgBuffer content = OG_BUFFER_INIT;
  const char *path = world_path(name);
  assert_ok(og_file_read(world.graph, 1 << 26, &content, &err));
  assert_ok(og_file_write(path, content.data, content.size, &err));
  og_buffer_clear(&content);
  return path;
}

static void a_graph_that_changed_since_training_is_told(void **state) {
  (void)state;
  const char *graph = copy_graph("grown.db");
  const Row rows[] = {{"ex:pneumonia", "rdf:type", "owl:Class", NULL},
                      {"ex:pneumonia", "rdfs:label", "pneumonia", ""}};
  graph_add(graph, "http://example.org/more", rows, OG_COUNT(rows));
  Watch watch;
  watch_init(&watch, NULL, 0);
  OgPredictor *predictor = open_run(run, graph, &watch);
  assert_true(watch.warnings >= 1);
  assert_non_null(strstr(watch.warning, "has changed since"));
  og_predictor_close(predictor);
}

static OgStatus try_open(const char *directory, const char *graph, OgError *err) {
  OgPredictor *predictor;
  OgPredictOptions options = og_predict_options_default();
  options.graph = graph;
  const OgStatus status = og_predictor_open(directory, &options, NULL, &predictor, err);
  if (status == OG_OK) {
    og_predictor_close(predictor);
  }
  return status;
}

static void vectors_of_another_training_are_refused(void **state) {
  (void)state;
  OgError err;
  const char *graph = copy_graph("again.db");
  world_embed(graph, "world", 99);
  assert_status(try_open(run, graph, &err), OG_BAD_STORE);
  assert_non_null(strstr(err.message, "is not the one that"));
  const Row rows[] = {{"ex:a", "rdf:type", "owl:Class", NULL}, {"ex:a", "rdfs:label", "a b", ""}};
  const char *bare = world_path("bare.db");
  og_store_close(graph_make(bare, OG_STORE_READ, rows, OG_COUNT(rows)));
  assert_status(try_open(run, bare, &err), OG_NOT_FOUND);
}

/* Update a set, and give it the row of an entity that came since: too few names are known to tell
 * one. */
static void update_set(const char *graph, const char *set, const char *name) {
  static const Row rows[] = {{"ex:acute", "rdf:type", "owl:Class", NULL},
                             {"ex:acute", "rdfs:label", "acute asthma", ""}};
  OgError err;
  OgStore *store;
  OgRenewal renewal;
  char sql[400];
  const OgRenewOptions how = {.set = set, .name = name, .threads = 1};
  graph_add(graph, "http://example.org/more", rows, OG_COUNT(rows));
  assert_ok(og_store_open(graph, OG_STORE_WRITE, &store, &err));
  assert_ok(og_embed_renew(store, &how, NULL, &renewal, &err));
  assert_int_equal(renewal.gone, 0);
  snprintf(sql, sizeof sql,
           "INSERT OR IGNORE INTO embedding SELECT embedding_set, %lld, vector FROM embedding "
           "WHERE embedding_set = (SELECT id FROM embedding_set WHERE name = '%s') LIMIT 1",
           (long long)graph_id(store, "ex:acute"), renewal.set_name);
  assert_int_equal(sqlite3_exec(og_store_sqlite(store), sql, NULL, NULL, NULL), SQLITE_OK);
  og_store_close(store);
}

static void a_set_that_was_updated_serves_as_before(void **state) {
  (void)state;
  OgError err;
  Seen before = {0}, after = {0};
  const char *graph = copy_graph("updated.db");
  OgPredictor *predictor = open_run(run, NULL, NULL);
  assert_ok(predict(predictor, world.test, false, &before, NULL, &err));
  og_predictor_close(predictor);
  for (int updates = 1; updates <= 2; updates++) { /* what it was at first is not forgotten */
    update_set(graph, "world", NULL);
    predictor = open_run(run, graph, NULL);
    assert_ok(predict(predictor, world.test, false, &after, NULL, &err));
    og_predictor_close(predictor);
    assert_memory_equal(&before, &after, sizeof before);
  }
}

static void another_set_can_be_named_when_it_is_an_update(void **state) {
  (void)state;
  OgError err;
  OgPredictor *predictor;
  OgPredictOptions options = og_predict_options_default();
  const char *graph = copy_graph("renamed.db");
  update_set(graph, "world", "newer");
  world_embed(graph, "stranger", 99);
  options.graph = graph;
  options.set = "newer";
  assert_ok(og_predictor_open(run, &options, NULL, &predictor, &err));
  og_predictor_close(predictor);
  options.set = "stranger";
  assert_status(og_predictor_open(run, &options, NULL, &predictor, &err), OG_BAD_STORE);
  assert_non_null(strstr(err.message, "\"stranger\" is not the one that"));
  options.set = "absent";
  assert_status(og_predictor_open(run, &options, NULL, &predictor, &err), OG_NOT_FOUND);
  options.set = "newer";
  assert_status(og_predictor_open(plain, &options, NULL, &predictor, &err), OG_USAGE);
}

static void vectors_that_were_shuffled_do_not_stand_an_update(void **state) {
  (void)state;
  OgError err;
  OgFinetuneReport report;
  OgFinetuneOptions options = options_of(world_path("shuffled"), OG_FUSION_GATED);
  options.shuffle_entities = true;
  options.epochs = 1;
  assert_ok(og_finetune(world.graph, &options, NULL, &report, &err));
  og_finetune_report_clear(&report);
  const char *graph = copy_graph("dealt.db");
  assert_ok(try_open(options.out, graph, &err));
  update_set(graph, "world", NULL);
  assert_status(try_open(options.out, graph, &err), OG_BAD_STORE);
  assert_non_null(strstr(err.message, "shuffled"));
}

static void what_is_not_there_is_told(void **state) {
  (void)state;
  OgError err;
  assert_status(try_open(run, scratch("absent.db"), &err), OG_IO);
  assert_non_null(strstr(err.message, "--graph"));
  assert_status(try_open(scratch("no-run"), NULL, &err), OG_IO);
  assert_status(try_open(world.base, NULL, &err), OG_IO);
  assert_non_null(strstr(err.message, "no ontograft.json"));
}

static void a_run_without_its_weights_is_refused(void **state) {
  (void)state;
  OgError err;
  OgBuffer content = OG_BUFFER_INIT;
  const char *lacking = world_path("lacking");
  assert_ok(og_directory_make(lacking, &err));
  static const char *const files[] = {"config.json", "vocab.txt", "ontograft.json"};
  for (size_t k = 0; k < OG_COUNT(files); k++) {
    char *from = og_path_join(run, files[k]), *to = og_path_join(lacking, files[k]);
    og_buffer_reset(&content);
    assert_ok(og_file_read(from, 1 << 20, &content, &err));
    assert_ok(og_file_write(to, content.data, content.size, &err));
    og_free(from);
    og_free(to);
  }
  assert_int_not_equal(try_open(lacking, NULL, &err), OG_OK);
  /* The encoder alone is not enough: a head that is missing would predict noise. */
  char *from = og_path_join(world.base, "model.safetensors");
  char *to = og_path_join(lacking, "model.safetensors");
  og_buffer_reset(&content);
  assert_ok(og_file_read(from, 1 << 24, &content, &err));
  assert_ok(og_file_write(to, content.data, content.size, &err));
  og_free(from);
  og_free(to);
  og_buffer_clear(&content);
  assert_status(try_open(lacking, NULL, &err), OG_BAD_STORE);
  assert_non_null(strstr(err.message, "lacks the tensor"));
}

static void memory_that_runs_out_is_reported_and_nothing_is_saved(void **state) {
  (void)state;
  OgError err;
  Seen seen = {0};
  const char *file = world_file("short.csv", "text\nasthma and angina\n");
  OgPredictor *predictor = open_run(run, NULL, NULL);
  assert_ok(predict(predictor, world.test, true, &seen, NULL, &err));
  OgStatus status = OG_NO_MEMORY;
  for (long k = 0; status != OG_OK; k++) {
    OgMetrics metrics = {0};
    og_memory_fail_after(k);
    status = predict(predictor, file, true, &seen, &metrics, &err);
    og_memory_fail_after(-1);
    og_metrics_clear(&metrics);
    if (status != OG_OK) {
      assert_status(status, OG_NO_MEMORY);
    }
  }
  og_predictor_close(predictor);
  assert_int_equal(world_number(world.graph, "SELECT count(*) FROM prediction JOIN run ON"
                                             " run.id = run WHERE fusion = 'gated'"),
                   1);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_loaded_run_predicts_what_the_trainer_did),
      cmocka_unit_test(a_run_of_windows_predicts_what_the_trainer_did),
      cmocka_unit_test(a_run_can_be_moved),
      cmocka_unit_test(the_batch_does_not_matter),
      cmocka_unit_test(entities_are_called_by_label_and_id),
      cmocka_unit_test(rows_without_labels_are_predicted_and_not_scored),
      cmocka_unit_test(a_label_that_the_model_does_not_know_is_not_scored),
      cmocka_unit_test(columns_are_those_of_the_training),
      cmocka_unit_test(columns_given_by_number_are_remembered_by_name),
      cmocka_unit_test(files_without_rows_are_told_apart),
      cmocka_unit_test(empty_and_blank_texts_have_a_label_too),
      cmocka_unit_test(a_text_longer_than_the_model_takes_is_cut),
      cmocka_unit_test(bytes_that_are_no_utf8_are_told_with_their_place),
      cmocka_unit_test(other_scripts_are_read),
      cmocka_unit_test(predictions_saved_twice_replace_the_first),
      cmocka_unit_test(a_failure_leaves_the_saved_predictions_as_they_were),
      cmocka_unit_test(saving_needs_a_graph),
      cmocka_unit_test(texts_in_another_language_are_warned_of),
      cmocka_unit_test(a_graph_that_changed_since_training_is_told),
      cmocka_unit_test(vectors_of_another_training_are_refused),
      cmocka_unit_test(a_set_that_was_updated_serves_as_before),
      cmocka_unit_test(another_set_can_be_named_when_it_is_an_update),
      cmocka_unit_test(vectors_that_were_shuffled_do_not_stand_an_update),
      cmocka_unit_test(what_is_not_there_is_told),
      cmocka_unit_test(a_run_without_its_weights_is_refused),
      cmocka_unit_test(memory_that_runs_out_is_reported_and_nothing_is_saved),
  };
  return cmocka_run_group_tests_name("predict", tests, set_up, NULL);
}
