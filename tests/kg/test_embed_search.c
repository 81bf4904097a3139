#include "kg/embed_search.h"

#include "core/memory.h"

#include "tests/test.h"

#include <string.h>

/* Entities in a circle, each linked with the next three by a relation of its own distance. */
static OgTripleGraph circle(void) {
  OgError err;
  enum { N = 40 };
  OgTripleGraph graph = {.N = N, .R = 3};
  for (uint32_t k = 0; k < N; k++) {
    for (uint32_t r = 0; r < 3; r++) {
      const OgPart part = (k + r) % 10 == 3 ? OG_VALID : (k + r) % 10 == 7 ? OG_TEST : OG_TRAIN;
      const OgTriple triple = {k, r, (k + r + 1) % N};
      assert_ok(og_triples_add(&graph.parts[part], triple, &err));
    }
  }
  return graph;
}

static OgSearchOptions options_of(int trials) {
  OgSearchOptions options = {.base = OG_EMBED_OPTIONS_INIT, .trials = trials};
  options.base.epochs = 18;
  options.base.threads = 1;
  return options;
}

static void the_best_of_each_rung_goes_on(void **state) {
  (void)state;
  OgError err;
  OgSearch search;
  OgTripleGraph graph = circle();
  const OgSearchOptions options = options_of(7);
  assert_ok(og_embed_search(&graph, &options, NULL, &search, &err));
  assert_false(search.cut);
  size_t rungs[3] = {0}, defaults = 0;
  for (size_t k = 0; k < search.count; k++) {
    const OgTrial *trial = &search.trials[k];
    rungs[trial->rung]++;
    defaults += trial->setting == 0;
    assert_in_range(trial->mrr * 1000, 1, 1000);
    assert_true(trial->epochs <= (trial->rung == 0 ? 2 : trial->rung == 1 ? 6 : 18));
    for (size_t o = 0; trial->rung == 0 && o < search.count; o++) { /* who went on was as good */
      const OgTrial *on = &search.trials[o];
      for (size_t f = 0; on->rung == 1 && f < 7; f++) {
        const bool went =
            trial->mrr > search.trials[f].mrr && search.trials[f].setting == on->setting;
        bool also = false;
        for (size_t a = 0; a < search.count; a++) {
          also = also || (search.trials[a].rung == 1 && search.trials[a].setting == trial->setting);
        }
        assert_true(!went || also);
      }
    }
  }
  assert_int_equal(rungs[0], 7);
  assert_in_range(rungs[1], 3, 4); /* the defaults go on with the best */
  assert_in_range(rungs[2], 1, 2);
  assert_int_equal(defaults, 3);
  const OgTrial *beside, *usual = og_search_defaults(&search, &beside);
  assert_non_null(usual);
  assert_true(usual->setting == 0 && usual->rung == 2 && beside == &search.trials[search.best]);
  assert_true(beside->mrr >= usual->mrr);
  assert_int_equal(search.trials[search.best].rung, 2);
  og_search_clear(&search);
  og_triple_graph_clear(&graph);
}

static void the_first_setting_is_what_embed_chooses(void **state) {
  (void)state;
  OgError err;
  OgSearch search;
  OgEmbedReport report;
  OgTripleGraph graph = circle();
  const OgSearchOptions options = options_of(1);
  assert_ok(og_embed_search(&graph, &options, NULL, &search, &err));
  assert_ok(og_embed_graph(&graph, &options.base, NULL, NULL, &report, &err));
  const OgEmbedOptions *used = &search.trials[search.best].used;
  assert_string_equal(used->model, report.used.model);
  assert_int_equal(used->dim, report.used.dim);
  assert_int_equal(used->objective, report.used.objective);
  assert_true(used->learning_rate == report.used.learning_rate && used->n3 == report.used.n3);
  assert_true(search.trials[search.best].mrr == report.valid_ranking.vectors_mrr);
  assert_int_equal(search.worths, 0); /* nothing was compared */
  og_search_clear(&search);
  og_triple_graph_clear(&graph);
}

static void the_same_seed_finds_the_same_and_test_is_not_looked_at(void **state) {
  (void)state;
  OgError err;
  OgSearch search[2];
  OgTripleGraph graph = circle();
  const OgSearchOptions options = options_of(6);
  for (int k = 0; k < 2; k++) {
    assert_ok(og_embed_search(&graph, &options, NULL, &search[k], &err));
    assert_true(graph.parts[OG_TEST].count > 0);
  }
  assert_int_equal(search[0].count, search[1].count);
  assert_int_equal(search[0].best, search[1].best);
  for (size_t k = 0; k < search[0].count; k++) {
    assert_true(search[0].trials[k].mrr == search[1].trials[k].mrr);
    assert_int_equal(search[0].trials[k].setting, search[1].trials[k].setting);
  }
  assert_true(search[0].worths > 1);
  for (size_t w = 0; w < search[0].worths; w++) {
    const OgWorth *worth = &search[0].worth[w];
    assert_true(worth->count > 1 && worth->spread >= 0);
    assert_true(w == 0 || worth->spread <= search[0].worth[w - 1].spread);
    int trials = 0;
    for (size_t v = 0; v < worth->count; v++) {
      trials += worth->values[v].trials;
      assert_true(v == 0 || worth->values[v].mrr <= worth->values[v - 1].mrr);
    }
    assert_int_equal(trials, 6);
    assert_non_null(og_setting_name(worth->setting));
  }
  og_search_clear(&search[0]);
  og_search_clear(&search[1]);
  og_triple_graph_clear(&graph);
}

static void what_is_given_is_not_tried(void **state) {
  (void)state;
  OgError err;
  OgSearch search;
  OgTripleGraph graph = circle();
  OgSearchOptions options = options_of(8);
  options.base.model = "distmult";
  options.base.dim = 12;
  options.base.n3 = 0.5;
  assert_ok(og_embed_search(&graph, &options, NULL, &search, &err));
  for (size_t k = 0; k < search.count; k++) {
    assert_string_equal(search.trials[k].used.model, "distmult");
    assert_int_equal(search.trials[k].used.dim, 12);
    assert_true(search.trials[k].used.n3 == 0.5);
  }
  og_search_clear(&search);
  og_triple_graph_clear(&graph);
}

static void time_ends_a_search_with_what_it_has(void **state) {
  (void)state;
  OgError err;
  OgSearch search;
  OgTripleGraph graph = circle();
  OgSearchOptions options = options_of(100);
  options.base.epochs = 200000;
  options.seconds = 0.2;
  assert_ok(og_embed_search(&graph, &options, NULL, &search, &err));
  assert_true(search.cut);
  assert_in_range(search.count, 1, 99);
  og_search_clear(&search);
  graph.parts[OG_VALID].count = 0;
  assert_status(og_embed_search(&graph, &options, NULL, &search, &err), OG_USAGE);
  og_triple_graph_clear(&graph);
}

/* Stop in the third trial. */
static bool stop_in_the_third(void *data, const char *stage, double done, double total,
                              const char *detail) {
  (void)data, (void)done, (void)total, (void)detail;
  return strncmp(stage, "trial 3", 7) != 0;
}

static void a_search_that_is_stopped_has_the_trials_so_far(void **state) {
  (void)state;
  OgError err;
  OgSearch search;
  OgTripleGraph graph = circle();
  const OgSearchOptions options = options_of(6);
  const OgProgress progress = {stop_in_the_third, NULL, NULL};
  assert_status(og_embed_search(&graph, &options, &progress, &search, &err), OG_CANCELLED);
  assert_int_equal(search.count, 2);
  assert_true(search.trials[search.best].mrr >= search.trials[1 - search.best].mrr);
  og_search_clear(&search);
  og_triple_graph_clear(&graph);
}

static void failed_allocations_are_reported(void **state) {
  (void)state;
  OgTripleGraph graph = circle();
  OgSearchOptions options = options_of(2);
  options.base.epochs = 1;
  OgStatus last = OG_NO_MEMORY;
  for (long k = 0; last == OG_NO_MEMORY; k++) {
    OgError err;
    OgSearch search;
    assert_true(k < 5000);
    og_memory_fail_after(k);
    last = og_embed_search(&graph, &options, NULL, &search, &err);
    og_memory_fail_after(-1);
    og_search_clear(&search);
  }
  assert_status(last, OG_OK);
  og_triple_graph_clear(&graph);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_best_of_each_rung_goes_on),
      cmocka_unit_test(the_first_setting_is_what_embed_chooses),
      cmocka_unit_test(the_same_seed_finds_the_same_and_test_is_not_looked_at),
      cmocka_unit_test(what_is_given_is_not_tried),
      cmocka_unit_test(time_ends_a_search_with_what_it_has),
      cmocka_unit_test(a_search_that_is_stopped_has_the_trials_so_far),
      cmocka_unit_test(failed_allocations_are_reported),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
