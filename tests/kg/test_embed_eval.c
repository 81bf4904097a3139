#include "kg/embed_eval.h"

#include "core/blas.h"
#include "core/memory.h"
#include "kg/embed_bias.h"

#include "tests/test.h"

#include <math.h>

/* Whether train has an edge with x in the answer's place of a question with this relation. */
static bool is_taken(const OgQueries *train, uint32_t relation, uint32_t x) {
  size_t count;
  const size_t R = train->R;
  og_queries_find(train, x, (uint32_t)(relation < R ? relation + R : relation - R), &count);
  return count > 0;
}

/* The score of entity x as an answer to question k of asked, whose query is q. bias may be NULL. */
static float score_of(const OgEmbedModel *model, const OgQueries *asked, size_t k,
                      const OgAnswerBias *bias, const float *q, uint32_t x) {
  const uint32_t relation = asked->relation[k];
  const float score =
      og_similarity(model->model->similarity, q, model->entities + x * model->D, model->D);
  if (bias && x == asked->entity[k] && !bias->loops[relation % model->R]) {
    return -INFINITY;
  }
  return bias && is_taken(bias->train, relation, x) ? score + bias->shifts[relation] : score;
}

/* Rank both sides of the test triples one by one, from the definition. */
static OgRanking rank_naively(const OgEmbedModel *model, const OgQueries *asked,
                              const OgQueries *known, const OgAnswerBias *bias) {
  OgRanking ranking = {0};
  float *q = og_calloc_floats(model->D);
  for (size_t k = 0; k < asked->count; k++) {
    for (uint64_t a = asked->start[k]; a < asked->start[k + 1]; a++) {
      size_t count, above = 0, equal = 0;
      const uint32_t *right = og_queries_find(known, asked->entity[k], asked->relation[k], &count);
      og_embed_query(model, asked->entity[k], asked->relation[k], q);
      const float target = score_of(model, asked, k, bias, q, asked->answers[a]);
      for (uint32_t n = 0; n < model->N; n++) {
        const size_t place = og_lower_bound(right, count, n);
        if (place < count && right[place] == n) {
          continue;
        }
        const float score = score_of(model, asked, k, bias, q, n);
        above += score > target;
        equal += score == target;
      }
      const double rank = 1 + (double)above + (double)equal / 2;
      ranking.queries++;
      ranking.mrr += 1 / rank;
      ranking.hits1 += rank <= 1;
      ranking.hits3 += rank <= 3;
      ranking.hits10 += rank <= 10;
    }
  }
  og_free_floats(q);
  return ranking;
}

typedef struct Case {
  OgTripleGraph graph;
  OgQueries train, asked, known;
  OgEmbedModel model;
  OgAnswerBias bias; /* whole numbers, too */
  OgTeam *team;
} Case;

/* A random graph and a random model of small whole numbers: sums are exact and ties abound. */
static void open_case(Case *made, const char *name, bool reciprocal, size_t N, size_t D,
                      int threads) {
  OgError err;
  OgRandom random;
  const OgScoreModel *row = og_score_model(name);
  *made = (Case){.graph = {.N = N, .R = 2}};
  og_random_init(&random, 3);
  for (size_t k = 0; k < 4 * N; k++) {
    const OgTriple triple = {(uint32_t)og_random_below(&random, N),
                             (uint32_t)og_random_below(&random, 2),
                             (uint32_t)og_random_below(&random, N)};
    assert_ok(og_triples_add(&made->graph.parts[k % 3], triple, &err));
  }
  assert_ok(og_queries_new(&made->graph, 1u << OG_TRAIN, false, &made->train, &err));
  assert_ok(og_queries_new(&made->graph, 1u << OG_TEST, false, &made->asked, &err));
  assert_ok(og_queries_new(&made->graph, 7, false, &made->known, &err));
  assert_ok(og_bias_init(&made->train, &made->bias, &err));
  for (size_t way = 0; way < 4; way++) {
    made->bias.shifts[way] = 2 - (float)way;
  }
  made->model = (OgEmbedModel){.model = row,
                               .reciprocal = reciprocal,
                               .N = N,
                               .R = 2,
                               .D = D,
                               .RR = reciprocal ? 4 : 2,
                               .RD = row->relation_size(D)};
  made->model.entities = og_calloc_floats(N * D);
  made->model.relations = og_calloc_floats(made->model.RR * made->model.RD);
  for (size_t k = 0; k < N * D; k++) {
    made->model.entities[k] = (float)og_random_below(&random, 3) - 1;
  }
  for (size_t k = 0; k < made->model.RR * made->model.RD; k++) {
    made->model.relations[k] = (float)og_random_below(&random, 3) - 1;
  }
  assert_ok(og_team_new(threads, &made->team, &err));
}

static void close_case(Case *made) {
  og_bias_clear(&made->bias);
  og_queries_clear(&made->train);
  og_queries_clear(&made->asked);
  og_queries_clear(&made->known);
  og_triple_graph_clear(&made->graph);
  og_free_floats(made->model.entities);
  og_free_floats(made->model.relations);
  og_team_free(made->team);
}

static void compare(const char *name, bool reciprocal, size_t N, size_t D, int threads,
                    bool with_bias) {
  OgError err;
  Case one;
  OgRanking ranking;
  open_case(&one, name, reciprocal, N, D, threads);
  const OgAnswerBias *bias = with_bias ? &one.bias : NULL;
  assert_ok(
      og_embed_rank(&one.model, &one.asked, &one.known, bias, one.team, NULL, &ranking, &err));
  const OgRanking naive = rank_naively(&one.model, &one.asked, &one.known, bias);
  const OgRanking alone = rank_naively(&one.model, &one.asked, &one.known, NULL);
  const double queries = (double)naive.queries;
  assert_int_equal(ranking.queries, naive.queries);
  assert_true(fabs(ranking.mrr - naive.mrr / queries) < 1e-12);
  assert_true(fabs(ranking.hits1 - naive.hits1 / queries) < 1e-12);
  assert_true(fabs(ranking.hits3 - naive.hits3 / queries) < 1e-12);
  assert_true(fabs(ranking.hits10 - naive.hits10 / queries) < 1e-12);
  assert_true(fabs(ranking.vectors_mrr - alone.mrr / queries) < 1e-12);
  assert_true(with_bias == (ranking.mrr != ranking.vectors_mrr));
  close_case(&one);
}

static void ranks_agree_with_a_naive_evaluator_where_ties_abound(void **state) {
  (void)state;
  for (int with_bias = 0; with_bias < 2; with_bias++) {
    compare("distmult", false, 40, 3, 1, with_bias);
    compare("distmult", true, 700, 4, 2, with_bias);
    compare("complex", false, 600, 4, 3, with_bias);
    compare("complex", true, 90, 6, 2, with_bias);
    compare("transe", false, 530, 3, 2, with_bias);
    compare("transe", true, 30, 2, 1, with_bias);
  }
}

/* Entities 0..3 at 0, 1, 1, 5 on a line, relation 0: asked for (0, r, 1), 2 is as good, 0 itself
 * better. */
static void a_tie_gets_the_mean_rank_of_equals(void **state) {
  (void)state;
  OgError err;
  float entities[] = {0, 1, 1, 5}, relations[] = {0};
  OgTripleGraph graph = {.N = 4, .R = 1};
  OgQueries asked, known;
  OgTeam *team;
  OgRanking ranking;
  assert_ok(og_triples_add(&graph.parts[OG_TEST], (OgTriple){0, 0, 1}, &err));
  assert_ok(og_triples_add(&graph.parts[OG_TRAIN], (OgTriple){0, 0, 3}, &err));
  const OgEmbedModel model = {og_score_model("transe"), false, 4, 1, 1, 1, 1, entities, relations};
  assert_ok(og_queries_new(&graph, 1u << OG_TEST, false, &asked, &err));
  assert_ok(og_queries_new(&graph, 7, false, &known, &err));
  assert_ok(og_team_new(1, &team, &err));
  assert_ok(og_embed_rank(&model, &asked, &known, NULL, team, NULL, &ranking, &err));
  /* tail: 0 is nearer, 2 as near, 3 filtered: rank 2.5. head: (?, r, 1): 1 and 2 are nearer than 0,
   * 3 farther: rank 3 */
  assert_true(fabs(ranking.mrr - (1 / 2.5 + 1.0 / 3) / 2) < 1e-12);
  assert_true(fabs(ranking.hits3 - 1) < 1e-12);
  assert_true(fabs(ranking.hits1) < 1e-12);
  assert_true(fabs(ranking.mean_rank - 2.75) < 1e-12);
  og_queries_clear(&asked);
  og_queries_clear(&known);
  og_team_free(team);
  og_triple_graph_clear(&graph);
}

/* Rounding depends on where a row stands in a matrix product; a tie must not. */
static void equal_vectors_tie_wherever_they_stand(void **state) {
  (void)state;
  static const char *const names[] = {"distmult",  "complex", "transe",
                                      "transe-l1", "rotate",  "rotate-l1"};
  enum { MANY = 1261, DIM = 50 };
  for (size_t c = 0; c < OG_COUNT(names); c++) {
    OgError err;
    Case one;
    OgRanking ranking;
    OgRandom random;
    open_case(&one, names[c], false, MANY, DIM, 2);
    og_random_init(&random, 4);
    for (size_t d = 0; d < DIM; d++) {
      const float value = (float)og_random_normal(&random);
      for (size_t n = 0; n < MANY; n++) {
        one.model.entities[n * DIM + d] = value;
      }
    }
    double mrr = 0;
    for (size_t k = 0; k < one.asked.count; k++) {
      size_t known;
      og_queries_find(&one.known, one.asked.entity[k], one.asked.relation[k], &known);
      mrr +=
          (double)(one.asked.start[k + 1] - one.asked.start[k]) / (1 + (double)(MANY - known) / 2);
    }
    assert_ok(
        og_embed_rank(&one.model, &one.asked, &one.known, NULL, one.team, NULL, &ranking, &err));
    assert_true(fabs(ranking.mrr * (double)ranking.queries / mrr - 1) < 1e-9);
    close_case(&one);
  }
}

static void a_broken_model_ranks_last_and_not_first(void **state) {
  (void)state;
  OgError err;
  Case one;
  OgRanking ranking, alone;
  open_case(&one, "distmult", false, 50, 2, 1);
  for (size_t k = 0; k < 100; k++) {
    one.model.entities[k] = NAN;
  }
  assert_ok(og_embed_rank(&one.model, &one.asked, &one.known, NULL, one.team, NULL, &alone, &err));
  assert_ok(
      og_embed_rank(&one.model, &one.asked, &one.known, &one.bias, one.team, NULL, &ranking, &err));
  assert_true(ranking.mean_rank == alone.mean_rank);
  assert_true(ranking.vectors_mrr == alone.mrr);
  assert_ok(
      og_embed_rank(&one.model, &one.asked, &one.known, NULL, one.team, NULL, &ranking, &err));
  assert_true(ranking.mrr < 0.05);
  close_case(&one);
}

static void failed_allocations_are_reported(void **state) {
  (void)state;
  Case one;
  OgStatus last = OG_NO_MEMORY;
  open_case(&one, "transe", false, 40, 2, 2);
  for (long k = 0; last == OG_NO_MEMORY; k++) {
    OgError err;
    OgRanking ranking;
    og_memory_fail_after(k);
    last = og_embed_rank(&one.model, &one.asked, &one.known, &one.bias, one.team, NULL, &ranking,
                         &err);
    og_memory_fail_after(-1);
    assert_true(k < 100);
  }
  assert_status(last, OG_OK);
  close_case(&one);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(ranks_agree_with_a_naive_evaluator_where_ties_abound),
      cmocka_unit_test(a_tie_gets_the_mean_rank_of_equals),
      cmocka_unit_test(equal_vectors_tie_wherever_they_stand),
      cmocka_unit_test(a_broken_model_ranks_last_and_not_first),
      cmocka_unit_test(failed_allocations_are_reported),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
