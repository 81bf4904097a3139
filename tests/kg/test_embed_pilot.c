#include "kg/embed_pilot.h"

#include "core/memory.h"
#include "core/random.h"
#include "kg/embed_defaults.h"

#include "tests/test.h"

#include <stdio.h>
#include <string.h>

enum { KINDS = 8, OF_A_KIND = 30, RELATIONS = 6, EDGES = 9000 };

/* Entities of eight kinds: a relation leads from each kind to another; which entities it links is
 * chance. Nothing but the kinds can be learned. */
static OgTripleGraph kinds(void) {
  OgError err;
  OgRandom random;
  OgTripleGraph graph = {.N = KINDS * OF_A_KIND, .R = RELATIONS};
  og_random_init(&random, 7);
  for (size_t k = 0; k < EDGES; k++) {
    const uint32_t relation = (uint32_t)og_random_below(&random, RELATIONS);
    const uint32_t head = (uint32_t)og_random_below(&random, graph.N);
    const uint32_t kind = (head / OF_A_KIND + relation + 1) % KINDS;
    const OgTriple triple = {head, relation,
                             kind * OF_A_KIND + (uint32_t)og_random_below(&random, OF_A_KIND)};
    const OgPart part = k % 20 == 0 ? OG_VALID : k % 20 == 1 ? OG_TEST : OG_TRAIN;
    assert_ok(og_triples_add(&graph.parts[part], triple, &err));
  }
  return graph;
}

static OgEmbedOptions small_options(void) {
  OgEmbedOptions options = OG_EMBED_OPTIONS_INIT;
  options.dim = 32;
  options.epochs = 30;
  options.threads = 1;
  return options;
}

static double valid_mrr(const OgTripleGraph *graph, OgEmbedOptions options, double n3) {
  OgError err;
  OgEmbedReport report;
  options.n3 = n3;
  assert_ok(og_embed_graph(graph, &options, NULL, NULL, &report, &err));
  return report.valid_ranking.mrr;
}

/* Another weight than the usual one is chosen when the short trainings are better with it. */
static void valid_chooses_the_weight(void **state) {
  (void)state;
  OgError err;
  OgTripleGraph graph = kinds();
  const OgEmbedOptions given = small_options();
  OgEmbedOptions chosen = given, shorter = given;
  OgEmbedReport report;
  const OgScoreModel *row;
  assert_ok(og_embed_choose(&graph, false, &chosen, &row, &err));
  const double usual = chosen.n3;
  assert_ok(og_embed_pilot(&graph, &given, NULL, NULL, &chosen, &err));
  assert_true(chosen.n3 != usual);
  assert_int_equal(chosen.epochs, given.epochs);
  shorter.epochs = given.epochs / 3;
  assert_true(valid_mrr(&graph, shorter, chosen.n3) > valid_mrr(&graph, shorter, usual));
  assert_ok(og_embed_graph(&graph, &given, NULL, NULL, &report, &err));
  assert_true(report.used.n3 == chosen.n3); /* the same again, where nobody asks for it */
  og_triple_graph_clear(&graph);
}

static void sparse_graphs_choose_between_negatives_and_all_entities(void **state) {
  (void)state;
  OgError err;
  OgTripleGraph graph = kinds();
  graph.N *= 10; /* as many more entities have no edges */
  const OgEmbedOptions given = small_options();
  OgEmbedOptions chosen = given;
  const OgScoreModel *row;
  double mrr[2];
  assert_ok(og_embed_choose(&graph, false, &chosen, &row, &err));
  assert_int_equal(chosen.objective, OG_OBJECTIVE_NEGATIVES);
  assert_ok(og_embed_pilot(&graph, &given, NULL, NULL, &chosen, &err));
  for (int k = 0; k < 2; k++) {
    OgEmbedOptions options = given;
    options.objective = k == 0 ? OG_OBJECTIVE_NEGATIVES : OG_OBJECTIVE_ONE_VS_ALL;
    options.epochs = 10;
    assert_ok(og_embed_decide(&graph, &options, &err));
    mrr[k] = valid_mrr(&graph, options, options.n3);
  }
  assert_int_equal(chosen.objective,
                   mrr[1] > mrr[0] ? OG_OBJECTIVE_ONE_VS_ALL : OG_OBJECTIVE_NEGATIVES);
  assert_int_equal(chosen.dim, given.dim);
  og_triple_graph_clear(&graph);
}

static void what_is_given_or_cannot_be_known_is_left_alone(void **state) {
  (void)state;
  OgError err;
  OgTripleGraph graph = kinds();
  const size_t valid = graph.parts[OG_VALID].count;
  for (int k = 0; k < 3; k++) {
    OgEmbedOptions given = small_options();
    given.n3 = k == 0 ? 0.02 : -1;
    given.seconds = k == 1 ? 100 : 0;
    graph.parts[OG_VALID].count = k == 2 ? og_embed_few_held_out - 1 : valid;
    OgEmbedOptions usual = given, chosen;
    const OgScoreModel *row;
    assert_ok(og_embed_choose(&graph, false, &usual, &row, &err));
    chosen = usual;
    assert_ok(og_embed_pilot(&graph, &given, NULL, NULL, &chosen, &err));
    assert_memory_equal(&chosen, &usual, sizeof usual);
  }
  og_triple_graph_clear(&graph);
}

static bool stop(void *data, const char *stage, double done, double total, const char *detail) {
  (void)data, (void)done, (void)total, (void)detail;
  assert_non_null(strstr(stage, "trying 1-vs-all, n3 0.01"));
  return false;
}

static void a_pilot_can_be_stopped(void **state) {
  (void)state;
  OgError err;
  OgTripleGraph graph = kinds();
  const OgProgress progress = {.report = stop};
  const OgEmbedOptions given = small_options();
  OgEmbedOptions chosen = given;
  const OgScoreModel *row;
  assert_ok(og_embed_choose(&graph, false, &chosen, &row, &err));
  assert_status(og_embed_pilot(&graph, &given, &progress, NULL, &chosen, &err), OG_CANCELLED);
  og_triple_graph_clear(&graph);
}

typedef struct Breaking {
  int reports;                   /* before a stop; negative: none */
  int tried, of_trials, trained; /* settings; reports */
  char stage[64];                /* the last one */
} Breaking;

static bool stop_later(void *data, const char *stage, double done, double total,
                       const char *detail) {
  (void)done, (void)total, (void)detail;
  Breaking *breaking = data;
  const bool trial = strncmp(stage, "trying", 6) == 0;
  breaking->tried += trial && strcmp(stage, breaking->stage) != 0;
  breaking->of_trials += trial;
  breaking->trained += strcmp(stage, "training") == 0;
  snprintf(breaking->stage, sizeof breaking->stage, "%s", stage);
  return breaking->reports < 0 || breaking->reports-- > 0;
}

/* A training that is stopped again and again, in its short trainings and after them, goes on to
 * the same bytes, and tries every setting to its end once. */
static void what_was_tried_is_not_tried_again(void **state) {
  (void)state;
  OgError err;
  OgTripleGraph graph = kinds();
  OgEmbedOptions options = small_options();
  OgVectors unbroken, resumed;
  OgStatus status = OG_CANCELLED;
  int interruptions = 0;
  Breaking whole = {.reports = -1}, last = {0};
  const OgProgress watched = {.report = stop_later, .data = &whole};
  assert_ok(og_embed_graph(&graph, &options, &watched, &unbroken, NULL, &err));
  assert_true(whole.tried >= 2 && whole.trained > 0);
  options.state = scratch("tried");
  options.state_every = 0;
  for (; status == OG_CANCELLED; interruptions++) {
    Breaking breaking = {.reports = whole.of_trials * 3 / 2 / whole.tried}; /* one and a half */
    const OgProgress progress = {.report = stop_later, .data = &breaking};
    assert_true(interruptions < 50);
    status = og_embed_graph(&graph, &options, &progress, &resumed, NULL, &err);
    assert_true(breaking.tried <= 2);
    if (status == OG_CANCELLED) {
      assert_non_null(strstr(err.message, "--resume"));
    }
    last = breaking;
  }
  assert_ok(status);
  assert_true(interruptions >= 3);
  assert_int_equal(last.tried, 0);
  assert_string_equal(unbroken.parameters, resumed.parameters);
  assert_memory_equal(unbroken.values, resumed.values,
                      unbroken.N * unbroken.D * sizeof *unbroken.values);
  og_vectors_clear(&unbroken);
  og_vectors_clear(&resumed);
  og_triple_graph_clear(&graph);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(valid_chooses_the_weight),
      cmocka_unit_test(sparse_graphs_choose_between_negatives_and_all_entities),
      cmocka_unit_test(what_is_given_or_cannot_be_known_is_left_alone),
      cmocka_unit_test(a_pilot_can_be_stopped),
      cmocka_unit_test(what_was_tried_is_not_tried_again),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
