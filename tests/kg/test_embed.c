#include "kg/embed.h"

#include "core/file.h"
#include "core/memory.h"
#include "kg/embed_predict.h"
#include "kg/graph_hash.h"
#include "kg/similar.h"
#include "tests/kg/graph.h"

#include "tests/test.h"

#include <math.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

enum { GROUPS = 6, MEMBERS = 8 };

/* A tree: a root, groups under it, members under each group; members of a group are also related in
 * a ring. */
static OgStore *make_graph(const char *name) {
  static char names[GROUPS * MEMBERS][16], groups[GROUPS][16];
  static Row rows[4 * GROUPS * MEMBERS];
  size_t count = 0;
  for (size_t g = 0; g < GROUPS; g++) {
    snprintf(groups[g], sizeof groups[g], "ex:g%zu", g);
    rows[count++] = (Row){groups[g], "rdf:type", "owl:Class", NULL};
    rows[count++] = (Row){groups[g], "rdfs:subClassOf", "ex:root", NULL};
    for (size_t m = 0; m < MEMBERS; m++) {
      char *member = names[g * MEMBERS + m];
      snprintf(member, sizeof names[0], "ex:g%zum%zu", g, m);
      rows[count++] = (Row){member, "rdf:type", "owl:Class", NULL};
      rows[count++] = (Row){member, "rdfs:subClassOf", groups[g], NULL};
    }
  }
  rows[count++] = (Row){"ex:root", "rdf:type", "owl:Class", NULL};
  const char *path = scratch(name);
  remove(path);
  return graph_make(path, OG_STORE_WRITE, rows, count);
}

static void siblings_and_parents_are_near_with_every_model(void **state) {
  (void)state;
  static const char *const names[] = {"complex", "distmult",  "transe", "transe-l1",
                                      "rotate",  "rotate-l1", "roth"};
  OgStore *store = make_graph("near.db");
  for (size_t k = 0; k < OG_COUNT(names); k++) {
    OgError err;
    OgEmbedReport report;
    OgVectors vectors;
    OgNeighbour found[MEMBERS];
    size_t count, family = 0;
    OgEmbedOptions options = OG_EMBED_OPTIONS_INIT;
    options.model = names[k];
    options.dim = 32;
    options.threads = 2;
    assert_ok(og_embed(store, &options, NULL, &report, &err));
    assert_int_equal(report.entities, 1 + GROUPS + GROUPS * MEMBERS);
    assert_ok(og_vectors_load(store, NULL, &vectors, &err));
    assert_int_equal(vectors.set, report.set);
    assert_string_equal(vectors.model, names[k]);
    for (size_t g = 0; g < GROUPS; g++) {
      char member[16];
      snprintf(member, sizeof member, "ex:g%zum3", g);
      assert_ok(og_similar(&vectors, graph_id(store, member), MEMBERS, found, &count, &err));
      for (size_t n = 0; n < count; n++) {
        for (size_t m = 0; m <= MEMBERS; m++) {
          snprintf(member, sizeof member, m < MEMBERS ? "ex:g%zum%zu" : "ex:g%zu", g, m);
          family += found[n].entity == graph_id(store, member);
        }
      }
    }
    assert_true((double)family >= 0.85 * GROUPS * MEMBERS);
    og_vectors_clear(&vectors);
  }
  og_store_close(store);
}

static void the_same_seed_gives_the_same_bytes(void **state) {
  (void)state;
  OgError err;
  OgVectors vectors[2];
  OgEmbedReport report;
  OgStore *store = make_graph("same.db");
  OgEmbedOptions options = OG_EMBED_OPTIONS_INIT;
  options.dim = 16;
  options.threads = 2;
  options.epochs = 10;
  for (int k = 0; k < 2; k++) {
    assert_ok(og_embed(store, &options, NULL, &report, &err));
    assert_string_equal(report.set_name, "complex-16");
    assert_ok(og_vectors_load(store, "complex-16", &vectors[k], &err));
  }
  assert_memory_equal(vectors[0].values, vectors[1].values,
                      vectors[0].N * vectors[0].D * sizeof(float));
  assert_memory_equal(vectors[0].relation_values, vectors[1].relation_values,
                      vectors[0].R * vectors[0].RD * sizeof(float));
  char hash[OG_SHA256_HEX_SIZE];
  assert_ok(og_store_graph_hash(store, hash, &err));
  assert_string_equal(vectors[0].graph_hash, hash);
  og_vectors_clear(&vectors[0]);
  og_vectors_clear(&vectors[1]);
  og_store_close(store);
}

static void options_that_make_no_sense_are_refused(void **state) {
  (void)state;
  OgError err;
  OgStore *store = make_graph("refused.db");
  OgEmbedOptions bad[] = {OG_EMBED_OPTIONS_INIT, OG_EMBED_OPTIONS_INIT, OG_EMBED_OPTIONS_INIT,
                          OG_EMBED_OPTIONS_INIT, OG_EMBED_OPTIONS_INIT, OG_EMBED_OPTIONS_INIT,
                          OG_EMBED_OPTIONS_INIT, OG_EMBED_OPTIONS_INIT};
  bad[0].model = "word2vec";
  bad[1].dim = 33; /* of complex numbers */
  bad[2].model = "rotate";
  bad[2].relation_prediction = 0.1;
  bad[3].held_out = 0.7;
  bad[4].learning_rate = -1;
  bad[5].dim = OG_EMBED_MOST_DIM + 2;
  bad[6].dropout = 1;
  bad[7].name = "";
  for (size_t k = 0; k < OG_COUNT(bad); k++) {
    OgVectors vectors;
    assert_status(og_embed(store, &bad[k], NULL, NULL, &err), OG_USAGE);
    assert_status(og_vectors_load(store, NULL, &vectors, &err), OG_NOT_FOUND);
  }
  og_store_close(store);
}

static void the_limits_of_dim_are_those_of_the_model(void **state) {
  (void)state;
  static const struct {
    const char *model;
    size_t dim;
    const char *message;
  } cases[] = {
      {"complex", 33, "dim: expected an even number up to 16384, found 33"},
      {"transe", 16385, "dim: expected a number up to 16384, found 16385"},
      {"roth", 2, "dim: expected a number from 3, two being biases, to 2048, found 2"},
      {"roth", 20000, "dim: expected a number from 3, two being biases, to 2048, found 20000"},
  };
  OgStore *store = make_graph("dims.db");
  for (size_t k = 0; k < OG_COUNT(cases); k++) {
    OgEmbedOptions options = OG_EMBED_OPTIONS_INIT;
    OgError err;
    options.model = cases[k].model;
    options.dim = cases[k].dim;
    assert_status(og_embed(store, &options, NULL, NULL, &err), OG_USAGE);
    assert_string_equal(err.message, cases[k].message);
  }
  og_store_close(store);
}

static void a_graph_without_edges_has_nothing_to_learn(void **state) {
  (void)state;
  static const Row rows[] = {{"ex:a", "rdf:type", "owl:Class", NULL}};
  OgError err;
  const OgEmbedOptions options = OG_EMBED_OPTIONS_INIT;
  const char *path = scratch("empty.db");
  remove(path);
  OgStore *store = graph_make(path, OG_STORE_WRITE, rows, 1);
  assert_status(og_embed(store, &options, NULL, NULL, &err), OG_NOT_FOUND);
  og_store_close(store);
}

static bool stop_later(void *data, const char *stage, double done, double total,
                       const char *detail) {
  int *left = data;
  (void)stage;
  (void)done;
  (void)total;
  (void)detail;
  return (*left)-- > 0;
}

static void stopping_keeps_the_set_that_was_there(void **state) {
  (void)state;
  OgError err;
  OgVectors before, after;
  OgStore *store = make_graph("stop.db");
  OgEmbedOptions options = OG_EMBED_OPTIONS_INIT;
  options.dim = 16;
  options.epochs = 3;
  options.name = "kept";
  assert_ok(og_embed(store, &options, NULL, NULL, &err));
  assert_ok(og_vectors_load(store, "kept", &before, &err));
  options.seed = 2;
  for (int reports = 0; reports < 12; reports++) {
    int left = reports;
    const OgProgress progress = {.report = stop_later, .data = &left};
    if (og_embed(store, &options, &progress, NULL, &err) == OG_OK) {
      break;
    }
    assert_status(err.status, OG_CANCELLED);
    assert_ok(og_vectors_load(store, "kept", &after, &err));
    assert_int_equal(before.set, after.set);
    assert_memory_equal(before.values, after.values, before.N * before.D * sizeof(float));
    og_vectors_clear(&after);
  }
  og_vectors_clear(&before);
  og_store_close(store);
}

/* Let the file of a graph grow by so many pages and no more, as a full disk would. */
static void limit_pages(OgStore *store, int more) {
  sqlite3 *db = og_store_sqlite(store);
  sqlite3_stmt *statement;
  char sql[80];
  assert_int_equal(sqlite3_prepare_v2(db, "PRAGMA page_count", -1, &statement, NULL), SQLITE_OK);
  assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
  snprintf(sql, sizeof sql, "PRAGMA max_page_count = %d", sqlite3_column_int(statement, 0) + more);
  sqlite3_finalize(statement);
  assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
}

static void a_full_disk_keeps_the_set_that_was_there(void **state) {
  (void)state;
  OgError err;
  OgVectors before, after;
  OgStore *store = make_graph("full.db");
  OgEmbedOptions options = OG_EMBED_OPTIONS_INIT;
  options.dim = 16;
  options.epochs = 3;
  options.name = "kept";
  assert_ok(og_embed(store, &options, NULL, NULL, &err));
  assert_ok(og_vectors_load(store, "kept", &before, &err));
  options.dim = 1024; /* needs more pages than the old set gives back */
  OgStatus status = OG_IO;
  for (int more = 0; status == OG_IO; more += 5) {
    assert_true(more < 1000);
    limit_pages(store, more);
    status = og_embed(store, &options, NULL, NULL, &err);
    assert_ok(og_vectors_load(store, "kept", &after, &err));
    if (status == OG_IO) {
      assert_int_equal(before.set, after.set);
      assert_memory_equal(before.values, after.values, before.N * before.D * sizeof(float));
    } else {
      assert_int_equal(after.D, 1024);
      assert_true(more > 5);
    }
    og_vectors_clear(&after);
  }
  assert_status(status, OG_OK);
  og_vectors_clear(&before);
  og_store_close(store);
}

static void count_warning(void *data, const char *message) {
  (void)message;
  ++*(int *)data;
}

static void a_loss_that_breaks_is_reported_with_a_hint(void **state) {
  (void)state;
  OgError err;
  OgStore *store = make_graph("nan.db");
  OgEmbedOptions options = OG_EMBED_OPTIONS_INIT;
  options.dim = 16;
  options.optimiser = OG_OPTIMISER_SGD;
  options.learning_rate = 1e30;
  assert_status(og_embed(store, &options, NULL, NULL, &err), OG_FAILED);
  assert_non_null(strstr(err.message, "smaller learning rate"));
  og_store_close(store);
}

/* Entities in a circle, each linked with the next three by a relation of its own distance. */
static OgTripleGraph circle(size_t n) {
  OgError err;
  OgTripleGraph graph = {.N = n, .R = 3};
  for (uint32_t k = 0; k < n; k++) {
    for (uint32_t r = 0; r < 3; r++) {
      const OgPart part = (k + r) % 10 == 3 ? OG_VALID : (k + r) % 10 == 7 ? OG_TEST : OG_TRAIN;
      const OgTriple triple = {k, r, (uint32_t)((k + r + 1) % n)};
      assert_ok(og_triples_add(&graph.parts[part], triple, &err));
    }
  }
  return graph;
}

static void the_best_state_survives_a_breakdown(void **state) {
  (void)state;
  OgError err;
  int warnings = 0;
  OgEmbedReport report;
  OgVectors vectors;
  OgTripleGraph graph = circle(40);
  const OgProgress progress = {.warn = count_warning, .data = &warnings};
  OgEmbedOptions options = OG_EMBED_OPTIONS_INIT;
  options.model = "distmult";
  options.dim = 8;
  options.optimiser = OG_OPTIMISER_SGD;
  options.learning_rate = 1e5; /* grows without bound, but not at once */
  options.batch = 1000;
  options.n3 = 0.5;
  options.epochs = 200;
  options.evaluate_every = 1;
  options.patience = 1000;
  assert_ok(og_embed_graph(&graph, &options, &progress, &vectors, &report, &err));
  assert_int_equal(report.stop, OG_STOP_NAN);
  assert_int_equal(warnings, 1);
  assert_true(report.best_epoch > 0 && report.best_epoch < report.epochs);
  for (size_t k = 0; k < vectors.N * vectors.D; k++) {
    assert_true(isfinite(vectors.values[k]));
  }
  og_vectors_clear(&vectors);
  og_triple_graph_clear(&graph);
}

static void keep_warning(void *data, const char *message) {
  char *text = data;
  snprintf(text, 400, "%s", message);
}

/* A learning rate that throws the vectors about, and one that does not. */
static void vectors_that_know_nothing_are_told(void **state) {
  (void)state;
  static const double rates[] = {1e4, 0.1};
  OgError err;
  OgTripleGraph graph = circle(200);
  for (size_t k = 0; k < OG_COUNT(rates); k++) {
    char warning[400] = "";
    OgEmbedReport report;
    const OgProgress progress = {.warn = keep_warning, .data = warning};
    OgEmbedOptions options = OG_EMBED_OPTIONS_INIT;
    options.model = "transe";
    options.dim = 16;
    options.learning_rate = rates[k];
    options.epochs = 20;
    options.threads = 1;
    assert_ok(og_embed_graph(&graph, &options, &progress, NULL, &report, &err));
    assert_int_equal(strstr(warning, "hardly better than guessing") != NULL, k == 0);
  }
  og_triple_graph_clear(&graph);
}

/* On a circle everybody has one successor and one predecessor: who is taken is no answer. */
static void what_edges_say_of_answers_is_measured_and_stored(void **state) {
  (void)state;
  OgError err;
  OgEmbedReport report;
  OgVectors vectors;
  OgTripleGraph graph = circle(200);
  OgEmbedOptions options = OG_EMBED_OPTIONS_INIT;
  options.model = "distmult";
  options.dim = 8;
  options.epochs = 5;
  options.threads = 1;
  assert_ok(og_embed_graph(&graph, &options, NULL, &vectors, &report, &err));
  assert_true(report.test_ranking.mrr > 2 * report.test_ranking.vectors_mrr);
  assert_true(og_link_bias(&vectors, 0, false) < 0);
  assert_true(og_link_bias(&vectors, 0, true) < 0);
  assert_true(og_link_bias(&vectors, 99, true) == 0);
  og_vectors_clear(&vectors);
  options.split = OG_SPLIT_ENTITIES; /* who is new is never taken: nothing to learn from the old */
  assert_ok(og_embed_graph(&graph, &options, NULL, &vectors, &report, &err));
  assert_true(og_link_bias(&vectors, 0, false) == 0);
  og_vectors_clear(&vectors);
  options.split = OG_SPLIT_EDGES;
  options.vectors_alone = true;
  assert_ok(og_embed_graph(&graph, &options, NULL, &vectors, &report, &err));
  assert_true(og_link_bias(&vectors, 0, false) == 0);
  assert_true(report.test_ranking.mrr == report.test_ranking.vectors_mrr);
  og_vectors_clear(&vectors);
  og_triple_graph_clear(&graph);
}

/* What og_embed_decide makes of a model's course on a sparse graph of 60,000 edges. */
static void check_course(const char *model, int given, int epochs, int evaluate_every,
                         double cool_down) {
  OgError err;
  OgTripleGraph graph = circle(20000);
  OgEmbedOptions options = OG_EMBED_OPTIONS_INIT;
  options.model = model;
  options.epochs = given;
  assert_ok(og_embed_decide(&graph, &options, &err));
  assert_int_equal(options.epochs, epochs);
  assert_int_equal(options.evaluate_every, evaluate_every);
  assert_true(options.cool_down == cool_down);
  og_triple_graph_clear(&graph);
}

static void hyperbolic_vectors_take_their_time(void **state) {
  (void)state;
  check_course("complex", 0, 16, 2, 0.6);
  check_course("roth", 0, 60, 12, 0.8);
  check_course("roth", 100, 100, 20, 0.8);
}

static void patience_and_time_stop_training(void **state) {
  (void)state;
  OgError err;
  OgEmbedReport report;
  OgTripleGraph graph = circle(40);
  OgEmbedOptions options = OG_EMBED_OPTIONS_INIT;
  options.dim = 8;
  options.epochs = 5000;
  options.evaluate_every = 1;
  options.patience = 3;
  assert_ok(og_embed_graph(&graph, &options, NULL, NULL, &report, &err));
  assert_int_equal(report.stop, OG_STOP_PATIENCE);
  assert_int_equal(report.epochs, report.best_epoch + 3);
  assert_int_equal(report.valid_ranking.queries, 2 * graph.parts[OG_VALID].count);
  options.patience = 0;
  options.epochs = 1000000;
  options.seconds = 0.05;
  assert_ok(og_embed_graph(&graph, &options, NULL, NULL, &report, &err));
  assert_int_equal(report.stop, OG_STOP_SECONDS);
  og_triple_graph_clear(&graph);
}

/* Train on a circle with a state in a file, until `reports` reports of progress are over. */
static OgStatus train_circle(const OgEmbedOptions *options, int reports, OgVectors *vectors) {
  OgError err;
  OgTripleGraph graph = circle(40);
  const OgProgress progress = {.report = stop_later, .data = &reports};
  const OgStatus status = og_embed_graph(&graph, options, &progress, vectors, NULL, &err);
  og_triple_graph_clear(&graph);
  return status;
}

static void an_interrupted_training_goes_on_to_the_same_bytes(void **state) {
  (void)state;
  static const OgObjective objectives[] = {OG_OBJECTIVE_ONE_VS_ALL, OG_OBJECTIVE_NEGATIVES,
                                           OG_OBJECTIVE_NEGATIVES};
  const char *path = scratch("state");
  for (size_t k = 0; k < OG_COUNT(objectives); k++) {
    OgVectors unbroken, resumed;
    OgEmbedOptions options = OG_EMBED_OPTIONS_INIT;
    options.dim = 8;
    options.objective = objectives[k];
    options.streamed = k == 2 ? OG_CHOICE_YES : OG_CHOICE_NO;
    options.optimiser = k == 0 ? OG_OPTIMISER_ADAGRAD : OG_OPTIMISER_ADAM;
    options.batch = 16;
    options.epochs = 12;
    options.evaluate_every = 2;
    options.patience = 4;
    options.cool_down = 0.5;
    options.sample = 5;
    options.dropout = k == 0 ? 0.2 : 0;
    options.threads = 2;
    assert_int_equal(train_circle(&options, 1000000, &unbroken), OG_OK);
    options.state = path;
    options.state_every = k == 0 ? 0 : 1e9; /* an interruption saves it in any case */
    remove(path);
    int interruptions = 0;
    while (train_circle(&options, 40, &resumed) == OG_CANCELLED) { /* a few epochs each time */
      interruptions++;
      assert_true(interruptions < 100);
    }
    assert_true(interruptions >= 2);
    assert_memory_equal(unbroken.values, resumed.values,
                        unbroken.N * unbroken.D * sizeof *unbroken.values);
    assert_false(og_file_exists(path));
    og_vectors_clear(&unbroken);
    og_vectors_clear(&resumed);
  }
}

/* Whether trainings of so many epochs, with and without a cool-down of half of them, differ. */
static bool cools_down(int epochs) {
  OgVectors vectors[2];
  for (int k = 0; k < 2; k++) {
    OgEmbedOptions options = OG_EMBED_OPTIONS_INIT;
    options.dim = 8;
    options.epochs = epochs;
    options.cool_down = 0.5 * k;
    options.threads = 1;
    assert_int_equal(train_circle(&options, 1000000, &vectors[k]), OG_OK);
  }
  const bool differ = memcmp(vectors[0].values, vectors[1].values,
                             vectors[0].N * vectors[0].D * sizeof(float)) != 0;
  og_vectors_clear(&vectors[0]);
  og_vectors_clear(&vectors[1]);
  return differ;
}

/* Of two epochs, the one that is half of them keeps its rate; of four, the last has half of it. */
static void the_last_epochs_cool_down(void **state) {
  (void)state;
  assert_false(cools_down(2));
  assert_true(cools_down(4));
}

static void a_state_of_another_training_is_refused(void **state) {
  (void)state;
  OgVectors vectors;
  OgEmbedOptions options = OG_EMBED_OPTIONS_INIT;
  options.dim = 8;
  options.epochs = 50;
  options.state = scratch("other-state");
  options.state_every = 0;
  remove(options.state);
  options.objective = OG_OBJECTIVE_NEGATIVES;
  assert_int_equal(train_circle(&options, 40, &vectors), OG_CANCELLED);
  OgEmbedOptions others[] = {options, options};
  others[0].learning_rate = 0.7;
  others[1].streamed = OG_CHOICE_YES; /* the edges come in another order */
  for (size_t k = 0; k < OG_COUNT(others); k++) {
    assert_int_equal(train_circle(&others[k], 1000000, &vectors), OG_BAD_STORE);
    assert_true(og_file_exists(options.state));
  }
}

/* Parameters of the circle after one step over all edges, all entities being negatives. */
static void step_once(OgChoice streamed, OgVectors *vectors) {
  OgEmbedOptions options = OG_EMBED_OPTIONS_INIT;
  options.dim = 8;
  options.objective = OG_OBJECTIVE_NEGATIVES;
  options.optimiser = OG_OPTIMISER_SGD;
  options.learning_rate = 1;
  options.negatives = 40;
  options.neighbours = 0.1;
  options.batch = 100000;
  options.epochs = 1;
  options.threads = 1;
  options.streamed = streamed;
  assert_int_equal(train_circle(&options, 1000000, vectors), OG_OK);
}

/* They are the same edges, with the same weights, and as few entities as these are all filtered:
 * the sums of their gradients differ by their order alone. */
static void edges_in_a_file_are_trained_on_like_those_in_memory(void **state) {
  (void)state;
  OgVectors vectors[2];
  step_once(OG_CHOICE_NO, &vectors[0]);
  step_once(OG_CHOICE_YES, &vectors[1]);
  double moved = 0;
  for (size_t k = 0; k < vectors[0].N * vectors[0].D; k++) {
    const double a = (double)vectors[0].values[k], b = (double)vectors[1].values[k];
    assert_true(fabs(a - b) < 1e-6);
    moved += fabs(a);
  }
  assert_true(moved > 0.01);
  og_vectors_clear(&vectors[0]);
  og_vectors_clear(&vectors[1]);
}

static void a_streamed_training_is_refitted_and_stored(void **state) {
  (void)state;
  OgError err;
  OgEmbedReport report;
  OgStore *store = make_graph("streamed.db");
  OgEmbedOptions options = OG_EMBED_OPTIONS_INIT;
  options.dim = 16;
  options.objective = OG_OBJECTIVE_NEGATIVES;
  options.streamed = OG_CHOICE_YES;
  for (int k = 0; k < 2; k++) {
    options.refit = k == 0 ? OG_CHOICE_YES : OG_CHOICE_NO;
    assert_ok(og_embed(store, &options, NULL, &report, &err));
    assert_int_equal(report.refitted, k == 0);
    assert_int_equal(report.edges, GROUPS + GROUPS * MEMBERS);
    assert_true(report.unfiltered == 0); /* of 55 entities, one answer is more than a 10,000th */
    assert_true(isfinite(report.loss) && report.loss < 1);
  }
  og_store_close(store);
}

/* Entities in a circle, each near the next two. */
static OgStore *make_circle(const char *name, size_t n) {
  static char names[40][16];
  static Row rows[1 + 3 * OG_COUNT(names)];
  size_t count = 0;
  assert_true(n <= OG_COUNT(names));
  rows[count++] = (Row){"ex:near", "rdf:type", "owl:ObjectProperty", NULL};
  for (size_t k = 0; k < n; k++) {
    snprintf(names[k], sizeof names[k], "ex:n%zu", k);
  }
  for (size_t k = 0; k < n; k++) {
    rows[count++] = (Row){names[k], "rdf:type", "owl:NamedIndividual", NULL};
    rows[count++] = (Row){names[k], "ex:near", names[(k + 1) % n], NULL};
    rows[count++] = (Row){names[k], "ex:near", names[(k + 2) % n], NULL};
  }
  const char *path = scratch(name);
  remove(path);
  return graph_make(path, OG_STORE_WRITE, rows, count);
}

/* Train's edges are one step, whose loss is that of the first vectors; all edges are two, and the
 * second finds what the first did with such a learning rate. */
static void a_refit_that_breaks_leaves_what_was_measured(void **state) {
  (void)state;
  enum { ENTITIES = 40, EDGES = 2 * ENTITIES };
  OgError err;
  int warnings = 0;
  OgEmbedReport report;
  OgVectors vectors;
  const OgProgress progress = {.warn = count_warning, .data = &warnings};
  OgStore *store = make_circle("refit.db", ENTITIES);
  OgEmbedOptions options = OG_EMBED_OPTIONS_INIT;
  options.dim = 8;
  options.objective = OG_OBJECTIVE_NEGATIVES;
  options.optimiser = OG_OPTIMISER_SGD;
  options.learning_rate = 1e20;
  options.n3 = 0.1;
  options.held_out = 0.1;
  options.neighbours = 0;
  options.batch = 2 * EDGES - 1;
  options.epochs = 1;
  assert_ok(og_embed(store, &options, &progress, &report, &err));
  assert_int_equal(report.edges, EDGES);
  assert_true(report.train < EDGES);
  assert_false(report.refitted);
  assert_int_equal(warnings, 1);
  assert_ok(og_vectors_load(store, NULL, &vectors, &err));
  assert_non_null(strstr(vectors.parameters, "\"trained_on_all_edges\":false"));
  for (size_t k = 0; k < vectors.N * vectors.D; k++) {
    assert_true(isfinite(vectors.values[k]));
  }
  og_vectors_clear(&vectors);
  og_store_close(store);
}

/* Fail each allocation in turn until there are none. */
static void check_allocations(const char *name, OgChoice streamed) {
  OgStore *store = make_graph(name);
  OgEmbedOptions options = OG_EMBED_OPTIONS_INIT;
  options.dim = 8;
  options.epochs = 1;
  options.threads = 1;
  options.streamed = streamed;
  options.objective = streamed == OG_CHOICE_YES ? OG_OBJECTIVE_NEGATIVES : OG_OBJECTIVE_ONE_VS_ALL;
  OgStatus last = OG_NO_MEMORY;
  for (long k = 0; last == OG_NO_MEMORY; k++) {
    OgError err;
    OgVectors vectors;
    og_memory_fail_after(k);
    last = og_embed(store, &options, NULL, NULL, &err);
    og_memory_fail_after(-1);
    if (last != OG_OK) {
      assert_status(og_vectors_load(store, NULL, &vectors, &err), OG_NOT_FOUND);
    }
    assert_true(k < 2000);
  }
  assert_status(last, OG_OK);
  og_store_close(store);
}

static void failed_allocations_leave_the_graph_as_it_was(void **state) {
  (void)state;
  check_allocations("memory.db", OG_CHOICE_NO);
  check_allocations("memory-streamed.db", OG_CHOICE_YES);
}

/* The weight of the penalty that is chosen for a dense graph of random edges, with their inverses
 * in training or not. */
static double chosen_n3(bool echoes) {
  enum { ENTITIES = 3000, EDGES = 30000, HELD_OUT = 300 };
  OgError err;
  OgRandom random;
  OgTripleGraph graph = {.N = ENTITIES, .R = 2};
  og_random_init(&random, 5);
  for (size_t k = 0; k < EDGES; k++) {
    const OgTriple edge = {(uint32_t)og_random_below(&random, ENTITIES), 0,
                           (uint32_t)og_random_below(&random, ENTITIES)};
    const OgTriple inverse = {edge.tail, 1, edge.head};
    assert_ok(og_triples_add(&graph.parts[k < HELD_OUT ? OG_VALID : OG_TRAIN], edge, &err));
    if (echoes || k >= HELD_OUT) {
      assert_ok(og_triples_add(&graph.parts[OG_TRAIN], inverse, &err));
    }
  }
  OgEmbedOptions options = OG_EMBED_OPTIONS_INIT;
  options.objective = OG_OBJECTIVE_NEGATIVES;
  assert_ok(og_embed_decide(&graph, &options, &err));
  og_triple_graph_clear(&graph);
  return options.n3;
}

static void graphs_that_tell_the_answers_are_penalised_less(void **state) {
  (void)state;
  assert_true(chosen_n3(true) < 0.2 * chosen_n3(false));
}

/* Train for some epochs, otherwise with the defaults, and check the test MRR. */
static void check_benchmark(const char *folder, const char *model, int epochs, double at_least) {
  OgError err;
  OgEmbedReport report;
  OgTripleGraph graph = {0};
  const char *path = shared_data(folder);
  if (!path) {
    skip_without_data(folder);
  }
  OgEmbedOptions options = OG_EMBED_OPTIONS_INIT;
  options.model = model;
  options.epochs = epochs;
  options.threads = 2;
  assert_ok(og_triples_from_folder(path, &graph, &err));
  assert_ok(og_embed_graph(&graph, &options, NULL, NULL, &report, &err));
  print_message("%s %s: test MRR %.3f after %d epochs, %.1f s\n", folder, model,
                report.test_ranking.mrr, report.epochs, report.seconds);
  assert_true(report.test_ranking.mrr >= at_least);
  og_triple_graph_clear(&graph);
}

static void umls_is_learned_in_a_few_epochs(void **state) {
  (void)state;
  check_benchmark("kge/UMLS", "complex", 60, 0.9);
}

static void nations_is_learned_by_every_kind_of_model(void **state) {
  (void)state;
  check_benchmark("kge/Nations", "complex", 60, 0.75);
  check_benchmark("kge/Nations", "rotate", 10, 0.5);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(siblings_and_parents_are_near_with_every_model),
      cmocka_unit_test(the_same_seed_gives_the_same_bytes),
      cmocka_unit_test(options_that_make_no_sense_are_refused),
      cmocka_unit_test(the_limits_of_dim_are_those_of_the_model),
      cmocka_unit_test(a_graph_without_edges_has_nothing_to_learn),
      cmocka_unit_test(stopping_keeps_the_set_that_was_there),
      cmocka_unit_test(a_full_disk_keeps_the_set_that_was_there),
      cmocka_unit_test(a_loss_that_breaks_is_reported_with_a_hint),
      cmocka_unit_test(the_best_state_survives_a_breakdown),
      cmocka_unit_test(vectors_that_know_nothing_are_told),
      cmocka_unit_test(what_edges_say_of_answers_is_measured_and_stored),
      cmocka_unit_test(hyperbolic_vectors_take_their_time),
      cmocka_unit_test(patience_and_time_stop_training),
      cmocka_unit_test(an_interrupted_training_goes_on_to_the_same_bytes),
      cmocka_unit_test(the_last_epochs_cool_down),
      cmocka_unit_test(a_state_of_another_training_is_refused),
      cmocka_unit_test(edges_in_a_file_are_trained_on_like_those_in_memory),
      cmocka_unit_test(a_streamed_training_is_refitted_and_stored),
      cmocka_unit_test(a_refit_that_breaks_leaves_what_was_measured),
      cmocka_unit_test(failed_allocations_leave_the_graph_as_it_was),
      cmocka_unit_test(graphs_that_tell_the_answers_are_penalised_less),
      cmocka_unit_test(umls_is_learned_in_a_few_epochs),
      cmocka_unit_test(nations_is_learned_by_every_kind_of_model),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
