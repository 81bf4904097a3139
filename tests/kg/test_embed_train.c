#include "kg/embed_train.h"

#include "core/memory.h"

#include "tests/test.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { N = 23, R = 3, D = 8, TRIPLES = 60, FLOATS = N * D + 2 * R * 2 * D };

/* A model, its graph, and the options of one step over everything. */
typedef struct Setup {
  OgTripleGraph graph;
  OgQueries queries;
  OgEmbedOptions options;
  OgEmbedModel model;
} Setup;

static void open_setup(Setup *setup, const char *name, OgObjective objective, bool reciprocal) {
  OgError err;
  OgRandom random;
  *setup = (Setup){.graph = {.N = N, .R = R}, .options = OG_EMBED_OPTIONS_INIT};
  og_random_init(&random, 17);
  for (size_t k = 0; k < TRIPLES; k++) {
    const OgTriple triple = {(uint32_t)og_random_below(&random, N / 2),
                             (uint32_t)og_random_below(&random, R),
                             (uint32_t)og_random_below(&random, N)};
    assert_ok(og_triples_add(&setup->graph.parts[OG_TRAIN], triple, &err));
  }
  setup->options.dim = D;
  setup->options.objective = objective;
  setup->options.optimiser = OG_OPTIMISER_SGD;
  setup->options.reciprocal = reciprocal ? OG_CHOICE_YES : OG_CHOICE_NO;
  setup->options.batch = 100 * TRIPLES;
  setup->options.negatives = N; /* one in each of N equal parts: every entity once */
  setup->options.margin = objective == OG_OBJECTIVE_NEGATIVES ? 2 : 0;
  setup->options.temperature = 0.7;
  setup->options.negatives_weight = 3;
  setup->options.n3 = 0.02;
  setup->options.neighbours = 0.3;
  setup->options.sample = N;
  setup->options.relation_prediction = 0;
  assert_ok(og_queries_new(&setup->graph, 1u << OG_TRAIN, true, &setup->queries, &err));
  assert_ok(
      og_embed_model_init(&setup->model, og_score_model(name), N, R, &setup->options, NULL, &err));
  for (size_t k = 0; k < N * D; k++) {
    setup->model.entities[k] = (float)(0.6 * og_random_normal(&random));
  }
  for (size_t k = 0; k < setup->model.RR * setup->model.RD; k++) {
    setup->model.relations[k] = (float)(0.6 * og_random_normal(&random));
  }
}

static void close_setup(Setup *setup) {
  og_embed_model_clear(&setup->model);
  og_queries_clear(&setup->queries);
  og_triple_graph_clear(&setup->graph);
}

/* The parameters as one array, entities first. */
static size_t parameters(const OgEmbedModel *model) {
  return N * D + model->RR * model->RD;
}

static float *parameter(const OgEmbedModel *model, size_t k) {
  return k < N * D ? &model->entities[k] : &model->relations[k - N * D];
}

static void train(Setup *setup, int threads, size_t score_bytes, int epochs, double rate,
                  double *loss) {
  OgError err;
  OgTeam *team;
  OgEmbedTrainer *trainer;
  assert_ok(og_team_new(threads, &team, &err));
  const OgTrainInput input = {.model = &setup->model,
                              .triples = &setup->graph.parts[OG_TRAIN],
                              .queries = &setup->queries,
                              .options = &setup->options,
                              .team = team,
                              .stage = "training",
                              .epochs = epochs,
                              .score_bytes = score_bytes};
  assert_ok(og_embed_trainer_new(&input, &trainer, &err));
  for (int k = 0; k < epochs; k++) {
    assert_ok(og_embed_trainer_epoch(trainer, rate, NULL, loss, &err));
  }
  og_embed_trainer_free(trainer);
  og_team_free(team);
}

/* ---- the objectives once more, from their formulas ---- */

static double cube(const Setup *setup, const float *x) {
  const bool complex = setup->model.model->complex;
  double sum = 0;
  for (size_t d = 0; d < (complex ? D / 2 : D); d++) {
    sum += pow(complex ? hypot((double)x[d], (double)x[D / 2 + d]) : fabs((double)x[d]), 3);
  }
  return sum;
}

static double score(const Setup *setup, uint32_t entity, uint32_t relation, uint32_t other) {
  float q[D];
  og_embed_query(&setup->model, entity, relation, q);
  return (double)og_similarity(setup->model.model->similarity, q, setup->model.entities + other * D,
                               D);
}

static double penalty(const Setup *setup, uint32_t entity, uint32_t relation, uint32_t answer) {
  const OgEmbedModel *model = &setup->model;
  double sum =
      cube(setup, model->entities + entity * D) + cube(setup, model->entities + answer * D);
  if (relation < 2 * R && model->model->similarity == OG_DOT) {
    sum += cube(setup, model->relations + relation % model->RR * model->RD);
  }
  return sum;
}

static double softplus(double x) {
  return log1p(exp(-fabs(x))) + fmax(x, 0);
}

/* Loss of a query against all entities, for each answer; entropy of its softmax, or the binary one,
 * which counts once. */
static double loss_of_query(const Setup *setup, size_t query) {
  const OgQueries *queries = &setup->queries;
  const bool softmax = setup->options.objective == OG_OBJECTIVE_ONE_VS_ALL;
  double sum = 0, loss = 0;
  for (uint32_t n = 0; n < N; n++) {
    const double s = score(setup, queries->entity[query], queries->relation[query], n);
    sum += exp(s);
    loss += softmax ? 0 : softplus(s);
  }
  for (uint64_t a = queries->start[query]; a < queries->start[query + 1]; a++) {
    loss += softmax ? log(sum) : 0;
    loss -= score(setup, queries->entity[query], queries->relation[query], queries->answers[a]);
  }
  return loss;
}

/* Cross-entropy of a pair's relation against all of the model's. */
static double loss_of_relation(const Setup *setup, uint32_t entity, uint32_t relation,
                               uint32_t answer) {
  const OgEmbedModel *model = &setup->model;
  const uint32_t side = model->reciprocal || relation < R ? 0 : R;
  double sum = 0;
  for (uint32_t p = 0; p < model->RR; p++) {
    sum += exp(score(setup, entity, side + p, answer));
  }
  return log(sum) - score(setup, entity, relation, answer);
}

/* *loss: that of the queries and the relations; returns it with the penalty. */
static double against_all(const Setup *setup, double *loss) {
  double pairs = 0, entropy = 0, cubes = 0;
  const OgQueries *queries = &setup->queries;
  for (size_t k = 0; k < queries->count; k++) {
    const uint32_t entity = queries->entity[k], relation = queries->relation[k];
    const double weight = relation == 2 * R ? setup->options.neighbours : 1;
    entropy += weight * loss_of_query(setup, k);
    for (uint64_t a = queries->start[k]; a < queries->start[k + 1]; a++) {
      const uint32_t answer = queries->answers[a];
      pairs += weight;
      cubes += weight * penalty(setup, entity, relation, answer);
      if (setup->options.relation_prediction > 0 && relation < 2 * R) {
        entropy +=
            setup->options.relation_prediction * loss_of_relation(setup, entity, relation, answer);
      }
    }
  }
  *loss = entropy / pairs;
  return (entropy + setup->options.n3 * cubes) / pairs;
}

/* Twice the probability that this side of the triple is replaced, from tails a head and heads a
 * tail of its relation (Wang et al. 2014). */
static double share_of(const Setup *setup, const OgTriple *triple, bool tail) {
  const OgTriples *triples = &setup->graph.parts[OG_TRAIN];
  bool seen[2][N] = {{false}, {false}};
  double edges = 0, heads = 0, tails = 0;
  for (size_t k = 0; k < triples->count; k++) {
    const OgTriple *other = &triples->items[k];
    if (other->relation == triple->relation) {
      edges++;
      heads += !seen[0][other->head];
      tails += !seen[1][other->tail];
      seen[0][other->head] = seen[1][other->tail] = true;
    }
  }
  const double tails_a_head = edges / heads, heads_a_tail = edges / tails;
  const double head_replaced = tails_a_head / (tails_a_head + heads_a_tail);
  return !setup->options.bernoulli ? 1 : 2 * (tail ? 1 - head_replaced : head_replaced);
}

/* The same of negatives; weights (examples, N) of the negatives are filled when fresh, and kept
 * otherwise: they are constants of the objective. */
static double negatives(const Setup *setup, double *weights, bool fresh, double *loss) {
  const OgTriples *triples = &setup->graph.parts[OG_TRAIN];
  double total = 0, sum = 0, cubes = 0;
  for (size_t k = 0; k < 4 * TRIPLES; k++) {
    const OgTriple *triple = &triples->items[k / 2 % TRIPLES];
    const bool tail = k % 2 == 0, near = k >= 2 * TRIPLES;
    const uint32_t entity = tail ? triple->head : triple->tail;
    const uint32_t answer = tail ? triple->tail : triple->head;
    const uint32_t relation = near ? 2 * R : triple->relation + (tail ? 0 : R);
    size_t tails, heads, count;
    og_queries_find(&setup->queries, triple->head, triple->relation, &tails);
    og_queries_find(&setup->queries, triple->tail, R + triple->relation, &heads);
    const double weight = (near ? setup->options.neighbours : share_of(setup, triple, tail)) /
                          sqrt((double)tails + (double)heads + 6);
    const uint32_t *known = og_queries_find(&setup->queries, entity, relation, &count);
    double *p = weights + k * N, all = 0, part = 0;
    for (uint32_t n = 0; fresh && n < N; n++) {
      const size_t place = og_lower_bound(known, count, n);
      const bool right = place < count && known[place] == n;
      p[n] = right ? 0 : exp(setup->options.temperature * score(setup, entity, relation, n));
      all += p[n];
    }
    for (uint32_t n = 0; n < N; n++) {
      p[n] = fresh ? p[n] / all : p[n];
      part += setup->options.negatives_weight * p[n] *
              softplus(setup->options.margin + score(setup, entity, relation, n));
    }
    part += softplus(-setup->options.margin - score(setup, entity, relation, answer));
    total += weight;
    sum += weight * part / (1 + setup->options.negatives_weight);
    cubes += penalty(setup, entity, relation, answer);
  }
  *loss = sum / total;
  return sum / total + setup->options.n3 * cubes / (4 * TRIPLES);
}

static double objective(const Setup *setup, double *weights, bool fresh, double *loss) {
  return setup->options.objective == OG_OBJECTIVE_NEGATIVES ? negatives(setup, weights, fresh, loss)
                                                            : against_all(setup, loss);
}

/* One plain step of rate 1 moves every parameter by its gradient. */
static void check_setup(Setup *setup, int threads, size_t score_bytes) {
  const float step = 1e-3f;
  static double weights[4 * TRIPLES * N];
  float moved[FLOATS], kept[FLOATS];
  double loss, expected, ignored;
  const size_t count = parameters(&setup->model);
  for (size_t k = 0; k < count; k++) {
    kept[k] = *parameter(&setup->model, k);
  }
  objective(setup, weights, true, &expected);
  train(setup, threads, score_bytes, 1, 1, &loss);
  assert_true(fabs(loss / expected - 1) < 1e-4);
  for (size_t k = 0; k < count; k++) {
    moved[k] = kept[k] - *parameter(&setup->model, k);
    *parameter(&setup->model, k) = kept[k];
  }
  double wrong = 0, norm = 0;
  for (size_t k = 0; k < count; k++) {
    double values[2];
    for (int side = 0; side < 2; side++) {
      *parameter(&setup->model, k) = kept[k] + (side ? step : -step);
      values[side] = objective(setup, weights, false, &ignored);
    }
    *parameter(&setup->model, k) = kept[k];
    const double gradient = (values[1] - values[0]) / (2 * (double)step);
    wrong += pow((double)moved[k] - gradient, 2);
    norm += gradient * gradient;
  }
  /* |x| bends at 0, and some differences are taken across a bend */
  const bool bends = setup->model.model->similarity == OG_L1;
  assert_true(norm > 1e-6);
  assert_true(sqrt(wrong / norm) < (bends ? 0.02 : 0.003));
}

static void check_step(const char *name, OgObjective which, bool reciprocal, int threads,
                       size_t score_bytes) {
  Setup setup;
  open_setup(&setup, name, which, reciprocal);
  check_setup(&setup, threads, score_bytes);
  close_setup(&setup);
}

static void a_step_against_all_entities_follows_the_gradient(void **state) {
  (void)state;
  static const OgObjective objectives[] = {OG_OBJECTIVE_ONE_VS_ALL, OG_OBJECTIVE_K_VS_ALL};
  size_t count;
  const OgScoreModel *models = og_score_models(&count);
  for (size_t k = 0; k < count; k++) {
    for (int threads = 1; threads <= 3; threads++) {
      for (size_t which = 0; which < OG_COUNT(objectives); which++) {
        check_step(models[k].name, objectives[which], threads % 2 == 0, threads, SIZE_MAX);
      }
    }
  }
}

static void relation_prediction_follows_the_gradient(void **state) {
  (void)state;
  static const char *const names[] = {"complex", "distmult"};
  for (size_t k = 0; k < OG_COUNT(names); k++) {
    for (int threads = 1; threads <= 2; threads++) {
      Setup setup;
      open_setup(&setup, names[k], OG_OBJECTIVE_ONE_VS_ALL, threads == 2);
      setup.options.relation_prediction = 0.7;
      check_setup(&setup, threads, SIZE_MAX);
      close_setup(&setup);
    }
  }
}

/* What one step of rate 1 does against differences of the loss that steps of rate 0 report: chance
 * depends on the seed and the step only, so that it is the same in all of them. */
static void check_own_loss(Setup *setup) {
  const float step = 1e-2f;
  float moved[FLOATS], kept[FLOATS];
  double loss, wrong = 0, norm = 0;
  const size_t count = parameters(&setup->model);
  setup->options.n3 = 0; /* no part of the reported loss */
  for (size_t k = 0; k < count; k++) {
    kept[k] = *parameter(&setup->model, k);
  }
  train(setup, 1, 0, 1, 1, &loss);
  for (size_t k = 0; k < count; k++) {
    moved[k] = kept[k] - *parameter(&setup->model, k);
    *parameter(&setup->model, k) = kept[k];
  }
  for (size_t k = 0; k < count; k++) {
    double values[2];
    for (int side = 0; side < 2; side++) {
      *parameter(&setup->model, k) = kept[k] + (side ? step : -step);
      train(setup, 1, 0, 1, 0, &values[side]);
    }
    *parameter(&setup->model, k) = kept[k];
    const double gradient = (values[1] - values[0]) / (2 * (double)step);
    wrong += pow((double)moved[k] - gradient, 2);
    norm += gradient * gradient;
  }
  assert_true(norm > 1e-6);
  assert_true(sqrt(wrong / norm) < 0.01);
}

/* The loss of an epoch without steps, so that it is the objective's. */
static double loss_with(Setup *setup, size_t batch, double relation_prediction) {
  double loss;
  setup->options.batch = batch;
  setup->options.relation_prediction = relation_prediction;
  train(setup, 1, SIZE_MAX, 1, 0, &loss);
  return loss;
}

/* One query has most answers: alone in a small batch, it is more than the relation term has room
 * for. */
static void queries_of_very_many_answers_are_left_out_of_relation_prediction(void **state) {
  (void)state;
  OgError err;
  Setup setup;
  open_setup(&setup, "complex", OG_OBJECTIVE_ONE_VS_ALL, true);
  OgTriples *triples = &setup.graph.parts[OG_TRAIN];
  for (uint32_t k = 0; k < TRIPLES; k++) {
    triples->items[k] = k < N ? (OgTriple){0, 0, k} : (OgTriple){1 + k % 20, 1, 2 + k % 20};
  }
  og_queries_clear(&setup.queries);
  assert_ok(og_queries_new(&setup.graph, 1u << OG_TRAIN, false, &setup.queries, &err));
  const double plain = loss_with(&setup, 4, 0), most = loss_with(&setup, 4, 1);
  const double whole = loss_with(&setup, 1000, 1);
  assert_true(most > plain + 1e-3);
  assert_true(whole > most + 1e-3);
  close_setup(&setup);
}

static void steps_with_dropout_follow_the_gradient(void **state) {
  (void)state;
  static const OgObjective objectives[] = {OG_OBJECTIVE_ONE_VS_ALL, OG_OBJECTIVE_K_VS_ALL};
  for (size_t which = 0; which < OG_COUNT(objectives); which++) {
    Setup setup;
    double whole, dropped;
    open_setup(&setup, "complex", objectives[which], true);
    train(&setup, 1, 0, 1, 0, &whole);
    setup.options.dropout = 0.3;
    train(&setup, 1, 0, 1, 0, &dropped);
    assert_true(fabs(whole - dropped) > 1e-3);
    check_own_loss(&setup);
    close_setup(&setup);
  }
}

/* Of N entities the first few are in the graph: the others are columns only when drawn. */
static void narrow(Setup *setup) {
  enum { FEW = 6 };
  OgError err;
  OgTriples *triples = &setup->graph.parts[OG_TRAIN];
  for (size_t k = 0; k < triples->count; k++) {
    triples->items[k].head %= FEW;
    triples->items[k].tail %= FEW;
  }
  og_queries_clear(&setup->queries);
  assert_ok(og_queries_new(&setup->graph, 1u << OG_TRAIN, true, &setup->queries, &err));
}

static void steps_on_a_sample_follow_the_gradient(void **state) {
  (void)state;
  static const OgObjective objectives[] = {OG_OBJECTIVE_ONE_VS_ALL, OG_OBJECTIVE_K_VS_ALL};
  static const char *const names[] = {"complex", "rotate", "roth"};
  for (size_t k = 0; k < OG_COUNT(names); k++) {
    for (size_t which = 0; which < OG_COUNT(objectives); which++) {
      Setup setup;
      open_setup(&setup, names[k], objectives[which], true);
      narrow(&setup);
      setup.options.sample = 4;
      check_own_loss(&setup);
      close_setup(&setup);
    }
  }
}

static void a_sample_stands_for_all_entities(void **state) {
  (void)state;
  enum { SEEDS = 500 };
  double whole, mean = 0, least = HUGE_VAL, most = 0;
  Setup setup;
  open_setup(&setup, "complex", OG_OBJECTIVE_K_VS_ALL, true);
  narrow(&setup);
  train(&setup, 1, 0, 1, 0, &whole);
  setup.options.sample = 4;
  for (uint64_t seed = 1; seed <= SEEDS; seed++) {
    double loss;
    setup.options.seed = seed;
    train(&setup, 1, 0, 1, 0, &loss);
    mean += loss / SEEDS;
    least = fmin(least, loss);
    most = fmax(most, loss);
  }
  assert_true(most - least > 0.1 * whole);
  assert_true(fabs(mean / whole - 1) < 0.01);
  close_setup(&setup);
}

static void scores_made_again_give_the_same_step(void **state) {
  (void)state;
  check_step("complex", OG_OBJECTIVE_ONE_VS_ALL, true, 2, 0);
}

static void a_step_against_negatives_follows_the_gradient(void **state) {
  (void)state;
  size_t count;
  const OgScoreModel *models = og_score_models(&count);
  for (size_t k = 0; k < count; k++) {
    check_step(models[k].name, OG_OBJECTIVE_NEGATIVES, false, 1, 0);
    check_step(models[k].name, OG_OBJECTIVE_NEGATIVES, true, 2, 0);
  }
}

static void bernoulli_negatives_follow_the_gradient(void **state) {
  (void)state;
  Setup setup;
  open_setup(&setup, "complex", OG_OBJECTIVE_NEGATIVES, true);
  setup.options.bernoulli = true;
  check_setup(&setup, 2, 0);
  close_setup(&setup);
}

/* Parameters after a few epochs of small batches. */
static void trained(float *to, const char *name, OgObjective which, OgOptimiser optimiser,
                    int threads, uint64_t seed) {
  Setup setup;
  double loss;
  open_setup(&setup, name, which, true);
  setup.options.optimiser = optimiser;
  setup.options.batch = 16;
  setup.options.negatives = 5;
  setup.options.sample = 7;
  setup.options.dropout = which == OG_OBJECTIVE_NEGATIVES ? 0 : 0.2;
  setup.options.relation_prediction = which == OG_OBJECTIVE_NEGATIVES ? 0 : 0.3;
  setup.options.seed = seed;
  train(&setup, threads, SIZE_MAX, 5, 0.05, &loss);
  for (size_t k = 0; k < parameters(&setup.model); k++) {
    to[k] = *parameter(&setup.model, k);
  }
  close_setup(&setup);
}

static void the_same_seed_and_threads_give_the_same_bytes(void **state) {
  (void)state;
  static const OgOptimiser optimisers[] = {OG_OPTIMISER_ADAGRAD, OG_OPTIMISER_ADAM};
  for (size_t k = 0; k < OG_COUNT(optimisers); k++) {
    float first[FLOATS] = {0}, second[FLOATS] = {0}, other[FLOATS] = {0};
    for (int objective = OG_OBJECTIVE_ONE_VS_ALL; objective <= OG_OBJECTIVE_K_VS_ALL; objective++) {
      trained(first, "complex", (OgObjective)objective, optimisers[k], 3, 1);
      trained(second, "complex", (OgObjective)objective, optimisers[k], 3, 1);
      trained(other, "complex", (OgObjective)objective, optimisers[k], 3, 2);
      assert_memory_equal(first, second, sizeof first);
      assert_true(memcmp(first, other, sizeof first) != 0);
    }
  }
}

static void negatives_give_the_same_bytes_for_any_number_of_threads(void **state) {
  (void)state;
  float one[FLOATS] = {0}, three[FLOATS] = {0};
  trained(one, "rotate", OG_OBJECTIVE_NEGATIVES, OG_OPTIMISER_ADAM, 1, 1);
  trained(three, "rotate", OG_OBJECTIVE_NEGATIVES, OG_OPTIMISER_ADAM, 3, 1);
  assert_memory_equal(one, three, sizeof one);
}

static void training_lowers_the_loss(void **state) {
  (void)state;
  size_t count;
  const OgScoreModel *models = og_score_models(&count);
  for (size_t k = 0; k < count; k++) {
    for (int objective = OG_OBJECTIVE_ONE_VS_ALL; objective <= OG_OBJECTIVE_K_VS_ALL; objective++) {
      Setup setup;
      double first, last;
      open_setup(&setup, models[k].name, (OgObjective)objective, true);
      setup.options.optimiser = OG_OPTIMISER_ADAGRAD;
      setup.options.n3 = 0;
      train(&setup, 1, SIZE_MAX, 1, 0.1, &first);
      train(&setup, 1, SIZE_MAX, 60, 0.1, &last);
      close_setup(&setup);
    }
  }
}

static bool stop_at_once(void *data, const char *stage, double done, double total,
                         const char *detail) {
  (void)data;
  (void)stage;
  (void)done;
  (void)total;
  (void)detail;
  return false;
}

static void an_epoch_stops_when_asked(void **state) {
  (void)state;
  OgError err;
  OgTeam *team;
  OgEmbedTrainer *trainer;
  Setup setup;
  double loss;
  const OgProgress progress = {.report = stop_at_once};
  open_setup(&setup, "complex", OG_OBJECTIVE_ONE_VS_ALL, true);
  assert_ok(og_team_new(2, &team, &err));
  const OgTrainInput input = {.model = &setup.model,
                              .triples = &setup.graph.parts[OG_TRAIN],
                              .queries = &setup.queries,
                              .options = &setup.options,
                              .team = team,
                              .stage = "training",
                              .epochs = 2};
  assert_ok(og_embed_trainer_new(&input, &trainer, &err));
  assert_status(og_embed_trainer_epoch(trainer, 0.1, &progress, &loss, &err), OG_CANCELLED);
  og_embed_trainer_free(trainer);
  og_team_free(team);
  close_setup(&setup);
}

enum { STEP = 20, STEPS = 2 * TRIPLES / STEP, PAUSE = 2 /* milliseconds */ };

typedef struct Clocked {
  double start;
  int reports;
} Clocked;

/* Loss and rate once there are pairs, and the rate what the clock allows: every report waits. */
static bool check_rate(void *data, const char *stage, double done, double total,
                       const char *detail) {
  Clocked *clocked = data;
  const int step = clocked->reports++, in_epoch = step % STEPS;
  int epoch = 0;
  double loss = 0, rate = 0;
  char slash = '\0';
  (void)stage;
  (void)done;
  (void)total;
  const int fields =
      sscanf(detail, "epoch %d, loss %lf, %lf pairs%c", &epoch, &loss, &rate, &slash);
  assert_int_equal(epoch, 1 + step / STEPS);
  assert_int_equal(fields, in_epoch == 0 ? 1 : 4);
  if (in_epoch > 0) {
    const double pairs = STEP * step, elapsed = og_seconds() - clocked->start;
    assert_true(loss > 0);
    assert_int_equal(slash, '/');
    assert_true(rate + 1 >= pairs / elapsed);
    assert_true(rate - 1 <= pairs / (1e-3 * PAUSE * step));
  }
  const struct timespec pause = {.tv_nsec = PAUSE * 1000000L};
  nanosleep(&pause, NULL);
  return true;
}

static void progress_tells_loss_and_rate(void **state) {
  (void)state;
  OgError err;
  OgTeam *team;
  OgEmbedTrainer *trainer;
  Setup setup;
  double loss;
  Clocked clocked = {.start = og_seconds()};
  const OgProgress progress = {.report = check_rate, .data = &clocked};
  open_setup(&setup, "complex", OG_OBJECTIVE_NEGATIVES, true);
  setup.options.neighbours = 0;
  setup.options.batch = STEP;
  assert_ok(og_team_new(1, &team, &err));
  const OgTrainInput input = {.model = &setup.model,
                              .triples = &setup.graph.parts[OG_TRAIN],
                              .queries = &setup.queries,
                              .options = &setup.options,
                              .team = team,
                              .stage = "training",
                              .epochs = 2};
  assert_ok(og_embed_trainer_new(&input, &trainer, &err));
  assert_ok(og_embed_trainer_epoch(trainer, 0.1, &progress, &loss, &err));
  assert_ok(og_embed_trainer_epoch(trainer, 0.1, &progress, &loss, &err));
  assert_int_equal(clocked.reports, 2 * STEPS);
  og_embed_trainer_free(trainer);
  og_team_free(team);
  close_setup(&setup);
}

static void failed_allocations_are_reported(void **state) {
  (void)state;
  for (int objective = OG_OBJECTIVE_ONE_VS_ALL; objective <= OG_OBJECTIVE_K_VS_ALL; objective++) {
    Setup setup;
    OgError err;
    OgTeam *team;
    OgStatus last = OG_NO_MEMORY;
    open_setup(&setup, "complex", (OgObjective)objective, true);
    setup.options.sample = 4;
    setup.options.relation_prediction = objective == OG_OBJECTIVE_ONE_VS_ALL ? 0.1 : 0;
    assert_ok(og_team_new(2, &team, &err));
    const OgTrainInput input = {.model = &setup.model,
                                .triples = &setup.graph.parts[OG_TRAIN],
                                .queries = &setup.queries,
                                .options = &setup.options,
                                .team = team,
                                .stage = "training",
                                .epochs = 1,
                                .score_bytes = SIZE_MAX};
    for (long k = 0; last == OG_NO_MEMORY; k++) {
      OgEmbedTrainer *trainer = NULL;
      og_memory_fail_after(k);
      last = og_embed_trainer_new(&input, &trainer, &err);
      og_memory_fail_after(-1);
      og_embed_trainer_free(trainer);
      assert_true(k < 200);
    }
    assert_status(last, OG_OK);
    og_team_free(team);
    close_setup(&setup);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_step_against_all_entities_follows_the_gradient),
      cmocka_unit_test(relation_prediction_follows_the_gradient),
      cmocka_unit_test(queries_of_very_many_answers_are_left_out_of_relation_prediction),
      cmocka_unit_test(steps_with_dropout_follow_the_gradient),
      cmocka_unit_test(steps_on_a_sample_follow_the_gradient),
      cmocka_unit_test(a_sample_stands_for_all_entities),
      cmocka_unit_test(scores_made_again_give_the_same_step),
      cmocka_unit_test(a_step_against_negatives_follows_the_gradient),
      cmocka_unit_test(bernoulli_negatives_follow_the_gradient),
      cmocka_unit_test(the_same_seed_and_threads_give_the_same_bytes),
      cmocka_unit_test(negatives_give_the_same_bytes_for_any_number_of_threads),
      cmocka_unit_test(training_lowers_the_loss),
      cmocka_unit_test(an_epoch_stops_when_asked),
      cmocka_unit_test(progress_tells_loss_and_rate),
      cmocka_unit_test(failed_allocations_are_reported),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
