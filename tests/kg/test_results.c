#include "kg/results.h"

#include "core/memory.h"
#include "kg/sqlite.h"
#include "tests/kg/graph.h"
#include "tests/test.h"

#include <sqlite3.h>
#include <string.h>

static const Row small[] = {
    {"ex:asthma", "rdf:type", "owl:Class", NULL},
    {"ex:asthma", "rdfs:label", "asthma", ""},
};

static int64_t number(OgStore *store, const char *sql) {
  OgError err = {0};
  int64_t value = -1;
  assert_ok(og_sqlite_number(og_store_sqlite(store), sql, "read", "test", &value, &err));
  return value;
}

static OgRunInfo example_run(void) {
  return (OgRunInfo){.name = "runs/one",
                     .model_sha256 = "abc",
                     .base = "base/",
                     .fusion = "gated",
                     .graph_hash = "h",
                     .parameters = "{\"seed\":1}",
                     .metrics = "{\"accuracy\":0.5}",
                     .embedding_set = 0};
}

static OgPrediction example_prediction(const OgMention *mentions, const float *weights) {
  return (OgPrediction){.text_id = "7",
                        .text = "Is it asthma? Yes, asthma.",
                        .label = "lung",
                        .score = 0.75,
                        .probabilities = "{\"lung\":0.75}",
                        .truth = "lung",
                        .group = "unseen",
                        .mentions = mentions,
                        .weights = weights,
                        .mention_count = 2};
}

static void a_run_keeps_predictions_and_mentions(void **state) {
  (void)state;
  OgError err = {0};
  OgStore *store = graph_make(scratch("results.db"), OG_STORE_WRITE, small, OG_COUNT(small));
  const int64_t asthma = graph_id(store, "ex:asthma");
  const OgMention mentions[] = {{6, 12, asthma, 1.0f, 1}, {19, 25, asthma, 0.5f, 2}};
  const float weights[] = {0.25f, 0.75f};
  const OgRunInfo info = example_run();
  OgPrediction prediction = example_prediction(mentions, weights);
  int64_t run = 0;
  assert_ok(og_store_begin(store, &err));
  assert_ok(og_results_begin(store, &info, &run, &err));
  assert_ok(og_results_add(store, run, &prediction, &err));
  prediction.truth = NULL;
  prediction.group = NULL;
  prediction.weights = NULL;
  assert_ok(og_results_add(store, run, &prediction, &err));
  assert_ok(og_store_commit(store, &err));
  assert_int_equal(number(store, "SELECT count(*) FROM run WHERE name = 'runs/one' AND"
                                 " embedding_set IS NULL AND fusion = 'gated' AND"
                                 " json_extract(metrics, '$.accuracy') = 0.5 AND"
                                 " created_at LIKE '20__-__-__T__:__:__Z'"),
                   1);
  assert_int_equal(number(store, "SELECT count(*) FROM prediction WHERE text_id = '7' AND"
                                 " label = 'lung' AND score = 0.75 AND truth = 'lung'"
                                 " AND group_name = 'unseen'"),
                   1);
  assert_int_equal(
      number(store, "SELECT count(*) FROM prediction WHERE truth IS NULL AND group_name IS NULL"),
      1);
  assert_int_equal(number(store, "SELECT count(*) FROM mention WHERE text = 'asthma'"), 4);
  assert_int_equal(number(store, "SELECT count(*) FROM mention WHERE weight IS NULL"), 2);
  assert_int_equal(number(store, "SELECT count(*) FROM mention JOIN entity ON entity.id = entity"
                                 " WHERE start = 19 AND end = 25 AND weight = 0.75 AND"
                                 " label = 'asthma' AND score = 0.5"),
                   1);
  og_store_close(store);
}

static void a_run_begun_again_forgets_its_predictions_only(void **state) {
  (void)state;
  OgError err = {0};
  OgStore *store = graph_make(scratch("again.db"), OG_STORE_WRITE, small, OG_COUNT(small));
  const int64_t asthma = graph_id(store, "ex:asthma");
  const OgMention mentions[] = {{6, 12, asthma, 1.0f, 1}, {19, 25, asthma, 0.5f, 2}};
  OgRunInfo info = example_run();
  const OgPrediction prediction = example_prediction(mentions, NULL);
  int64_t first = 0, second = 0, again = 0;
  assert_ok(og_results_begin(store, &info, &first, &err));
  assert_ok(og_results_add(store, first, &prediction, &err));
  info.name = "runs/two";
  assert_ok(og_results_begin(store, &info, &second, &err));
  assert_ok(og_results_add(store, second, &prediction, &err));
  info.name = "runs/one";
  info.fusion = "none";
  assert_ok(og_results_begin(store, &info, &again, &err));
  assert_int_equal(again, first);
  assert_int_not_equal(second, first);
  assert_int_equal(number(store, "SELECT count(*) FROM prediction"), 1);
  assert_int_equal(number(store, "SELECT count(*) FROM mention"), 2);
  assert_int_equal(number(store, "SELECT count(*) FROM run"), 2);
  assert_int_equal(number(store, "SELECT count(*) FROM run WHERE fusion = 'none'"), 1);
  og_store_close(store);
}

static void a_rolled_back_run_leaves_nothing(void **state) {
  (void)state;
  OgError err = {0};
  OgStore *store = graph_make(scratch("rolled.db"), OG_STORE_WRITE, small, OG_COUNT(small));
  const OgRunInfo info = example_run();
  int64_t run = 0;
  assert_ok(og_store_begin(store, &err));
  assert_ok(og_results_begin(store, &info, &run, &err));
  og_store_rollback(store);
  assert_int_equal(number(store, "SELECT count(*) FROM run"), 0);
  og_store_close(store);
}

static void a_graph_open_for_reading_takes_no_results(void **state) {
  (void)state;
  OgError err = {0};
  OgStore *store = graph_make(scratch("read.db"), OG_STORE_READ, small, OG_COUNT(small));
  const OgRunInfo info = example_run();
  int64_t run = 0;
  assert_status(og_results_begin(store, &info, &run, &err), OG_IO);
  assert_non_null(strstr(err.message, "read.db"));
  og_store_close(store);
}

static void a_missing_text_is_refused(void **state) {
  (void)state;
  OgError err = {0};
  OgStore *store = graph_make(scratch("missing.db"), OG_STORE_WRITE, small, OG_COUNT(small));
  OgRunInfo info = example_run();
  int64_t run = 0;
  info.fusion = NULL;
  assert_status(og_results_begin(store, &info, &run, &err), OG_FAILED);
  assert_non_null(strstr(err.message, "run.fusion"));
  og_store_close(store);
}

static void every_failed_allocation_is_reported(void **state) {
  (void)state;
  OgError err = {0};
  OgStore *store = graph_make(scratch("memory.db"), OG_STORE_WRITE, small, OG_COUNT(small));
  const OgRunInfo info = example_run();
  OgStatus status = OG_NO_MEMORY;
  int64_t run = 0;
  for (long failures = 0; status == OG_NO_MEMORY; failures++) {
    og_memory_fail_after(failures);
    status = og_results_begin(store, &info, &run, &err);
    og_memory_fail_after(-1);
  }
  assert_ok(status);
  og_store_close(store);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_run_keeps_predictions_and_mentions),
      cmocka_unit_test(a_run_begun_again_forgets_its_predictions_only),
      cmocka_unit_test(a_rolled_back_run_leaves_nothing),
      cmocka_unit_test(a_graph_open_for_reading_takes_no_results),
      cmocka_unit_test(a_missing_text_is_refused),
      cmocka_unit_test(every_failed_allocation_is_reported),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
