#include "kg/embed_calibrate.h"

#include "core/memory.h"

#include "tests/test.h"

#include <math.h>
#include <string.h>

enum { N = 300, R = 8, D = 12, CANDIDATES = 20 };

static OgEmbedModel make_model(void) {
  OgRandom random;
  OgEmbedModel model = {
      .model = og_score_model("distmult"), .N = N, .R = R, .D = D, .RR = R, .RD = D};
  model.entities = og_calloc_floats(N * D);
  model.relations = og_calloc_floats(R * D);
  assert_non_null(model.entities);
  assert_non_null(model.relations);
  og_random_init(&random, 5);
  for (size_t k = 0; k < N * D; k++) {
    model.entities[k] = (float)og_random_normal(&random);
  }
  for (size_t k = 0; k < R * D; k++) {
    model.relations[k] = (float)og_random_normal(&random);
  }
  return model;
}

static void clear_model(OgEmbedModel *model) {
  og_free_floats(model->entities);
  og_free_floats(model->relations);
}

/* The candidates of every query become answers with probability σ(slope x + intercept), the real
 * one of this world; those of odd entities go to test. shift: what even entities score more, as
 * answers that are taken: entity 1 has them all. */
static OgTripleGraph make_edges(const OgEmbedModel *model, double slope, double intercept,
                                float shift) {
  OgError err;
  OgRandom random;
  OgTripleGraph graph = {.N = N, .R = R};
  og_random_init(&random, 6);
  for (uint32_t entity = 0; entity < N; entity++) {
    for (uint32_t relation = 0; relation < R; relation++) {
      float q[D], scores[N];
      og_embed_query(model, entity, relation, q);
      for (size_t n = 0; n < N; n++) {
        scores[n] = og_similarity(OG_DOT, q, model->entities + n * D, D) + (n % 2 == 0 ? shift : 0);
      }
      scores[entity] = -INFINITY;
      for (uint32_t n = 0; shift != 0 && entity == 1 && n < N; n += 2) {
        assert_ok(og_triples_add(&graph.parts[OG_TRAIN], (OgTriple){1, relation, n}, &err));
        scores[n] = -INFINITY;
      }
      const double all = og_log_sum_exp(scores, N);
      for (size_t c = 0; c < CANDIDATES; c++) {
        float score;
        const uint32_t answer = (uint32_t)og_take_best(scores, N, &score);
        const double p = 1 / (1 + exp(-(slope * ((double)score - all) + intercept)));
        if (og_random_uniform(&random) < p) {
          const OgTriple triple = {entity, relation, answer};
          assert_ok(og_triples_add(&graph.parts[entity % 2 ? OG_TEST : OG_VALID], triple, &err));
        }
      }
    }
  }
  return graph;
}

/* Only queries for tails: the made world says nothing of heads. */
static OgQueries tails_of(const OgTripleGraph *graph, OgPart part) {
  OgError err;
  OgQueries queries;
  assert_ok(og_queries_new(graph, 1u << part, false, &queries, &err));
  queries.count = queries.relation_start[R];
  return queries;
}

/* A query without any answer is in no list of queries, so probabilities are of those with one; with
 * an answer nearly everywhere that changes little. */
static void check_made_world(float shift) {
  OgError err;
  OgCalibration made;
  OgAnswerBias bias;
  OgEmbedModel model = make_model();
  OgTripleGraph graph = make_edges(&model, 0.6, 1.5, shift);
  OgQueries train = tails_of(&graph, OG_TRAIN), valid = tails_of(&graph, OG_VALID),
            test = tails_of(&graph, OG_TEST);
  assert_ok(og_bias_init(&train, &bias, &err));
  for (size_t relation = 0; relation < R; relation++) {
    bias.shifts[relation] = shift;
  }
  assert_ok(
      og_embed_calibrate(&model, shift == 0 ? NULL : &bias, &train, &valid, &test, &made, &err));
  og_bias_clear(&bias);
  assert_int_equal(made.candidates, valid.count * CANDIDATES);
  assert_true(made.curve.count >= 10);
  for (size_t k = 0; k < made.curve.count; k++) {
    const double x = made.curve.points[k].x;
    assert_true(fabs(og_calibrated(&made.curve, x) - 1 / (1 + exp(-(0.6 * x + 1.5)))) < 0.06);
  }
  size_t checked = 0;
  for (int bin = 0; bin < OG_RELIABILITY_BINS; bin++) {
    checked += made.bins[bin].candidates;
    if (made.bins[bin].candidates > 300) {
      assert_true(fabs(made.bins[bin].predicted - made.bins[bin].observed) < 0.06);
    }
  }
  assert_int_equal(checked, test.count * CANDIDATES);
  og_queries_clear(&train);
  og_queries_clear(&valid);
  og_queries_clear(&test);
  og_triple_graph_clear(&graph);
  clear_model(&model);
}

static void the_fit_finds_the_probabilities_of_a_made_world(void **state) {
  (void)state;
  check_made_world(0);
  check_made_world(2); /* and in one where it matters who is taken */
}

/* Level after the last point, straight between two, falling like the softmax before the first. */
static void a_curve_is_read_between_its_points(void **state) {
  (void)state;
  const OgCurve curve = {2, {{-4, 0.1}, {-2, 0.5}}};
  assert_true(fabs(og_calibrated(&curve, -4) - 0.1) < 1e-12);
  assert_true(fabs(og_calibrated(&curve, -3) - 0.3) < 1e-12);
  assert_true(fabs(og_calibrated(&curve, -1) - 0.5) < 1e-12);
  assert_true(fabs(og_calibrated(&curve, -5) - 0.1 * exp(-1)) < 1e-12);
}

/* In a world where what scores best is right no more often than what comes next, the best are not
 * promised more. */
static void a_curve_does_not_rise_beyond_what_was_seen(void **state) {
  (void)state;
  OgError err;
  OgCalibration made;
  OgEmbedModel model = make_model();
  OgTripleGraph graph = make_edges(&model, 0, -1, 0); /* σ(-1) = .269 */
  OgQueries train = tails_of(&graph, OG_TRAIN), valid = tails_of(&graph, OG_VALID),
            test = tails_of(&graph, OG_TEST);
  assert_ok(og_embed_calibrate(&model, NULL, &train, &valid, &test, &made, &err));
  for (size_t k = 0; k < made.curve.count; k++) {
    assert_true(fabs(made.curve.points[k].probability - 0.27) < 0.08);
  }
  assert_true(og_calibrated(&made.curve, 100) < 0.35);
  og_queries_clear(&train);
  og_queries_clear(&valid);
  og_queries_clear(&test);
  og_triple_graph_clear(&graph);
  clear_model(&model);
}

/* Where all that scores well is right and nothing else is, the curve tells them apart. */
static void a_curve_tells_what_scores_tell_apart(void **state) {
  (void)state;
  OgError err;
  OgCalibration made;
  OgEmbedModel model = make_model();
  OgTripleGraph graph = make_edges(&model, 1000, 3000, 0); /* right above -3 */
  OgQueries train = tails_of(&graph, OG_TRAIN), valid = tails_of(&graph, OG_VALID),
            test = tails_of(&graph, OG_TEST);
  assert_ok(og_embed_calibrate(&model, NULL, &train, &valid, &test, &made, &err));
  assert_true(made.candidates > 0);
  const double high = og_calibrated(&made.curve, 0), low = og_calibrated(&made.curve, -100);
  assert_true(high > 0.9 && high < 1);
  assert_true(low > 0 && low < 0.01);
  og_queries_clear(&train);
  og_queries_clear(&valid);
  og_queries_clear(&test);
  og_triple_graph_clear(&graph);
  clear_model(&model);
}

static void too_few_answers_give_no_calibration(void **state) {
  (void)state;
  OgError err;
  OgCalibration made;
  OgEmbedModel model = make_model();
  OgTripleGraph graph = make_edges(&model, 0.6, -12, 0);
  OgQueries train = tails_of(&graph, OG_TRAIN), valid = tails_of(&graph, OG_VALID),
            test = tails_of(&graph, OG_TEST);
  assert_true(valid.count < 30);
  assert_ok(og_embed_calibrate(&model, NULL, &train, &valid, &test, &made, &err));
  assert_int_equal(made.candidates, 0);
  og_queries_clear(&train);
  og_queries_clear(&valid);
  og_queries_clear(&test);
  og_triple_graph_clear(&graph);
  clear_model(&model);
}

static void sums_of_exponentials_do_not_overflow(void **state) {
  (void)state;
  float scores[5000];
  for (size_t n = 0; n < OG_COUNT(scores); n++) {
    scores[n] = 1000;
  }
  assert_true(fabs(og_log_sum_exp(scores, 5000) - (1000 + log(5000))) < 1e-5);
  scores[0] = scores[4999] = -INFINITY;
  assert_true(fabs(og_log_sum_exp(scores, 5000) - (1000 + log(4998))) < 1e-5);
}

static void failed_allocations_are_reported(void **state) {
  (void)state;
  OgEmbedModel model = make_model();
  OgTripleGraph graph = make_edges(&model, 0.6, 0, 0);
  OgQueries train = tails_of(&graph, OG_TRAIN), valid = tails_of(&graph, OG_VALID),
            test = tails_of(&graph, OG_TEST);
  OgStatus last = OG_NO_MEMORY;
  for (long k = 0; last == OG_NO_MEMORY; k++) {
    OgError err;
    OgCalibration made;
    og_memory_fail_after(k);
    last = og_embed_calibrate(&model, NULL, &train, &valid, &test, &made, &err);
    og_memory_fail_after(-1);
    assert_true(k < 50);
  }
  assert_int_equal(last, OG_OK);
  og_queries_clear(&train);
  og_queries_clear(&valid);
  og_queries_clear(&test);
  og_triple_graph_clear(&graph);
  clear_model(&model);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_fit_finds_the_probabilities_of_a_made_world),
      cmocka_unit_test(a_curve_is_read_between_its_points),
      cmocka_unit_test(a_curve_does_not_rise_beyond_what_was_seen),
      cmocka_unit_test(a_curve_tells_what_scores_tell_apart),
      cmocka_unit_test(too_few_answers_give_no_calibration),
      cmocka_unit_test(sums_of_exponentials_do_not_overflow),
      cmocka_unit_test(failed_allocations_are_reported),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
