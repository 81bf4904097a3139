#include "kg/embed_bias_fit.h"

#include "core/memory.h"

#include "tests/test.h"

#include <math.h>

/* Relation 0 gives each of the even entities below 2 · PAIRS the odd one after it: an answer to
 * (?, 0, x) or (x, 0, ?) is never taken. Relation 1 has one answer to all questions for a tail, and
 * a loop of it. Vectors are 0, so that all scores are equal. */
enum { PAIRS = 40, N = 2 * PAIRS + 1, HUB = N - 1, R = 2, D = 2 };

typedef struct Case {
  OgTripleGraph graph;
  OgQueries train, valid, known;
  float entities[N * D], relations[R * D];
  OgEmbedModel model;
  OgAnswerBias bias;
  OgTeam *team;
} Case;

static void open_case(Case *made) {
  OgError err;
  *made = (Case){.graph = {.N = N, .R = R}};
  for (uint32_t k = 0; k < PAIRS; k++) {
    OgTriples *part = &made->graph.parts[k % 4 == 0 ? OG_VALID : OG_TRAIN];
    assert_ok(og_triples_add(part, (OgTriple){2 * k, 0, 2 * k + 1}, &err));
    assert_ok(og_triples_add(part, (OgTriple){2 * k, 1, HUB}, &err));
  }
  assert_ok(og_triples_add(&made->graph.parts[OG_TRAIN], (OgTriple){HUB, 1, HUB}, &err));
  assert_ok(og_queries_new(&made->graph, 1u << OG_TRAIN, false, &made->train, &err));
  assert_ok(og_queries_new(&made->graph, 1u << OG_VALID, false, &made->valid, &err));
  assert_ok(og_queries_new(&made->graph, 7, false, &made->known, &err));
  assert_ok(og_bias_init(&made->train, &made->bias, &err));
  assert_ok(og_team_new(2, &made->team, &err));
  made->model = (OgEmbedModel){
      og_score_model("distmult"), false, N, R, D, R, D, made->entities, made->relations};
}

static void close_case(Case *made) {
  og_bias_clear(&made->bias);
  og_queries_clear(&made->train);
  og_queries_clear(&made->valid);
  og_queries_clear(&made->known);
  og_triple_graph_clear(&made->graph);
  og_team_free(made->team);
}

static void answers_of_training_edges_are_taken(void **state) {
  (void)state;
  Case one;
  size_t count;
  open_case(&one);
  const uint32_t *tails = og_bias_taken(&one.bias, 0, &count);
  assert_int_equal(count, PAIRS - PAIRS / 4);
  assert_int_equal(tails[0], 3);
  const uint32_t *heads = og_bias_taken(&one.bias, R + 0, &count);
  assert_int_equal(count, PAIRS - PAIRS / 4);
  assert_int_equal(heads[0], 2);
  const uint32_t *hub = og_bias_taken(&one.bias, 1, &count);
  assert_int_equal(count, 1);
  assert_int_equal(hub[0], HUB);
  assert_false(one.bias.loops[0]);
  assert_true(one.bias.loops[1]);
  close_case(&one);
}

static void what_is_taken_gets_the_bias(void **state) {
  (void)state;
  Case one;
  float scores[N] = {0};
  open_case(&one);
  one.bias.shifts[0] = -3;
  one.bias.shifts[R + 0] = 5;
  og_bias_add(&one.bias, 0, scores);
  og_bias_add(&one.bias, R + 0, scores);
  for (size_t n = 0; n < N; n++) {
    const bool trained = n < HUB && n / 2 % 4 != 0;
    assert_true(scores[n] == (!trained ? 0 : n % 2 == 1 ? -3 : 5));
  }
  close_case(&one);
}

/* With nothing else to go by: who is taken is no answer to relation 0, and the hub is the one to
 * relation 1. */
static void the_fit_learns_from_valid_what_being_taken_means(void **state) {
  (void)state;
  OgError err;
  Case one;
  OgRanking ranking;
  open_case(&one);
  assert_ok(og_bias_fit(&one.bias, &one.model, &one.valid, &one.known, one.team, NULL, &err));
  assert_true(one.bias.shifts[0] < 0);
  assert_true(one.bias.shifts[1] > 0);
  assert_true(one.bias.shifts[R + 0] < 0);
  assert_ok(
      og_embed_rank(&one.model, &one.valid, &one.known, &one.bias, one.team, NULL, &ranking, &err));
  assert_true(ranking.mrr > 2 * ranking.vectors_mrr);
  close_case(&one);
}

/* Relations of two valid answers each learn together, and not at all when all of them have too few.
 */
static void relations_of_few_answers_share_a_number(void **state) {
  (void)state;
  for (int many = 0; many < 2; many++) {
    OgError err;
    OgTripleGraph graph = {.N = N, .R = 5};
    OgQueries train, valid, known;
    OgAnswerBias bias;
    OgTeam *team;
    float entities[N * D] = {0}, relations[5 * D] = {0};
    for (uint32_t k = 0; k < (many ? PAIRS : PAIRS / 2); k++) {
      OgTriples *part = &graph.parts[k / 5 % 4 == 0 ? OG_VALID : OG_TRAIN];
      assert_ok(og_triples_add(part, (OgTriple){2 * k, k % 5, 2 * k + 1}, &err));
    }
    assert_ok(og_queries_new(&graph, 1u << OG_TRAIN, false, &train, &err));
    assert_ok(og_queries_new(&graph, 1u << OG_VALID, false, &valid, &err));
    assert_ok(og_queries_new(&graph, 7, false, &known, &err));
    assert_ok(og_bias_init(&train, &bias, &err));
    assert_ok(og_team_new(1, &team, &err));
    const OgEmbedModel model = {
        og_score_model("distmult"), false, N, 5, D, 5, D, entities, relations};
    assert_ok(og_bias_fit(&bias, &model, &valid, &known, team, NULL, &err));
    for (size_t way = 0; way < 10; way++) {
      assert_true(many ? bias.shifts[way] < 0 : bias.shifts[way] == 0);
    }
    og_bias_clear(&bias);
    og_queries_clear(&train);
    og_queries_clear(&valid);
    og_queries_clear(&known);
    og_triple_graph_clear(&graph);
    og_team_free(team);
  }
}

/* Vectors that put every answer first leave nothing to learn. */
static void what_vectors_know_gets_no_bias(void **state) {
  (void)state;
  OgError err;
  Case one;
  open_case(&one);
  one.model.model = og_score_model("transe");
  for (size_t n = 0; n < N; n++) { /* pairs stand at a distance of 1, and 20 apart */
    one.entities[n * D] = (float)(n / 2 * 20 + n % 2);
  }
  one.relations[0] = 1;
  assert_ok(og_bias_fit(&one.bias, &one.model, &one.valid, &one.known, one.team, NULL, &err));
  assert_true(one.bias.shifts[0] == 0);
  assert_true(one.bias.shifts[R + 0] == 0);
  close_case(&one);
}

/* Of a relation without loops in training, the entity that asks is no answer: it ranks last when it
 * is the one that is asked for, and takes no rank from another. */
static void an_entity_is_no_answer_to_itself_without_loops(void **state) {
  (void)state;
  OgError err;
  Case one;
  OgRanking ranking;
  OgQueries asked;
  OgTripleGraph loop = {.N = N, .R = R};
  open_case(&one);
  assert_ok(og_triples_add(&loop.parts[OG_TEST], (OgTriple){4, 0, 4}, &err));
  assert_ok(og_queries_new(&loop, 1u << OG_TEST, false, &asked, &err));
  assert_ok(og_embed_rank(&one.model, &asked, &asked, &one.bias, one.team, NULL, &ranking, &err));
  assert_true(fabs(ranking.mean_rank - N) < 1e-9);
  assert_true(fabs(ranking.vectors_mrr - 1 / (1 + (N - 1) / 2.0)) < 1e-12);
  og_queries_clear(&asked);
  og_triple_graph_clear(&loop);
  close_case(&one);
}

static void failed_allocations_are_reported(void **state) {
  (void)state;
  Case one;
  OgStatus last = OG_NO_MEMORY;
  open_case(&one);
  for (long k = 0; last == OG_NO_MEMORY; k++) {
    OgError err;
    OgAnswerBias bias = {0};
    og_memory_fail_after(k);
    last = og_bias_init(&one.train, &bias, &err);
    if (last == OG_OK) {
      last = og_bias_fit(&bias, &one.model, &one.valid, &one.known, one.team, NULL, &err);
    }
    og_memory_fail_after(-1);
    og_bias_clear(&bias);
    assert_true(k < 100);
  }
  assert_status(last, OG_OK);
  close_case(&one);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(answers_of_training_edges_are_taken),
      cmocka_unit_test(what_is_taken_gets_the_bias),
      cmocka_unit_test(the_fit_learns_from_valid_what_being_taken_means),
      cmocka_unit_test(relations_of_few_answers_share_a_number),
      cmocka_unit_test(what_vectors_know_gets_no_bias),
      cmocka_unit_test(an_entity_is_no_answer_to_itself_without_loops),
      cmocka_unit_test(failed_allocations_are_reported),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
