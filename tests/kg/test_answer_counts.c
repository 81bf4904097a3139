#include "kg/answer_counts.h"

#include "core/memory.h"
#include "core/random.h"
#include "tests/test.h"

#include <math.h>

enum { N = 30, R = 3, EDGES = 200, LEAST = 3 };

/* Distinct edges, the first entities having the most. */
static OgTripleGraph make_graph(void) {
  OgError err;
  OgRandom random;
  OgTripleGraph graph = {.N = N, .R = R};
  bool taken[N][R][N] = {{{false}}};
  og_random_init(&random, 4);
  while (graph.parts[OG_TRAIN].count < EDGES) {
    const uint32_t head = (uint32_t)og_random_below(&random, N),
                   relation = (uint32_t)og_random_below(&random, R),
                   tail = (uint32_t)og_random_below(&random, 1 + og_random_below(&random, N));
    if (head != tail && !taken[head][relation][tail]) {
      taken[head][relation][tail] = true;
      assert_ok(og_triples_add(&graph.parts[OG_TRAIN], (OgTriple){head, relation, tail}, &err));
    }
  }
  return graph;
}

static void answers_are_counted_as_grouping_counts_them(void **state) {
  (void)state;
  OgError err;
  OgTripleGraph graph = make_graph();
  OgAnswerCounts counts;
  OgQueries all;
  size_t degrees = 0;
  assert_ok(og_answers_count(&graph, NULL, &counts, &err));
  assert_ok(og_queries_new(&graph, 1u << OG_TRAIN, false, &all, &err));
  for (size_t k = 0; k < EDGES; k++) {
    const OgTriple *edge = &graph.parts[OG_TRAIN].items[k];
    size_t tails, heads;
    og_queries_find(&all, edge->head, edge->relation, &tails);
    og_queries_find(&all, edge->tail, R + edge->relation, &heads);
    assert_int_equal(counts.tails[k], tails);
    assert_int_equal(counts.heads[k], heads);
  }
  for (size_t n = 0; n < N; n++) {
    degrees += counts.degrees[n];
  }
  assert_int_equal(degrees, 2 * EDGES);
  og_queries_clear(&all);
  og_answers_clear(&counts);
  og_triple_graph_clear(&graph);
}

/* Of a question, by the edges that ask it: whether it is among the frequent, and with all answers.
 */
static void check_question(const OgQueries *all, const OgQueries *frequent, uint32_t entity,
                           uint32_t relation, size_t most, double *hidden) {
  size_t expected, found;
  const uint32_t *right = og_queries_find(all, entity, relation, &expected);
  const uint32_t *answers = og_queries_find(frequent, entity, relation, &found);
  assert_int_equal(found, most > LEAST ? expected : 0);
  if (found > 0) {
    assert_memory_equal(answers, right, found * sizeof *answers);
  }
  *hidden += found > 0 ? 0 : (double)most / N;
}

static void frequent_questions_are_those_of_many_answers(void **state) {
  (void)state;
  OgError err;
  OgTripleGraph graph = make_graph();
  OgAnswerCounts counts;
  OgQueries all, frequent;
  assert_ok(og_answers_count(&graph, NULL, &counts, &err));
  for (int neighbours = 0; neighbours < 2; neighbours++) {
    double hidden, expected = 0;
    assert_ok(og_queries_new(&graph, 1u << OG_TRAIN, neighbours, &all, &err));
    assert_ok(og_answers_frequent(&graph, &counts, LEAST, neighbours, &frequent, &hidden, &err));
    assert_true(frequent.count > 0 && frequent.count < all.count);
    for (size_t k = 0; k < EDGES; k++) {
      const OgTriple *edge = &graph.parts[OG_TRAIN].items[k];
      const size_t degrees[] = {counts.degrees[edge->head], counts.degrees[edge->tail]};
      check_question(&all, &frequent, edge->head, edge->relation, counts.tails[k], &expected);
      check_question(&all, &frequent, edge->tail, R + edge->relation, counts.heads[k], &expected);
      if (neighbours) {
        check_question(&all, &frequent, edge->head, 2 * R, degrees[0], &expected);
        check_question(&all, &frequent, edge->tail, 2 * R, degrees[1], &expected);
      }
    }
    expected /= (neighbours ? 4.0 : 2.0) * EDGES;
    assert_true(hidden > 0 && fabs(hidden - expected) < 1e-9);
    og_queries_clear(&all);
    og_queries_clear(&frequent);
  }
  og_answers_clear(&counts);
  og_triple_graph_clear(&graph);
}

static void failed_allocations_leave_nothing_behind(void **state) {
  (void)state;
  OgTripleGraph graph = make_graph();
  OgStatus last = OG_NO_MEMORY;
  for (long k = 0; last == OG_NO_MEMORY; k++) {
    OgError err;
    OgAnswerCounts counts = {0};
    OgQueries frequent = {0};
    double hidden;
    assert_true(k < 100);
    og_memory_fail_after(k);
    last = og_answers_count(&graph, NULL, &counts, &err);
    if (last == OG_OK) {
      last = og_answers_frequent(&graph, &counts, LEAST, true, &frequent, &hidden, &err);
    }
    og_memory_fail_after(-1);
    og_queries_clear(&frequent);
    og_answers_clear(&counts);
  }
  assert_status(last, OG_OK);
  og_triple_graph_clear(&graph);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(answers_are_counted_as_grouping_counts_them),
      cmocka_unit_test(frequent_questions_are_those_of_many_answers),
      cmocka_unit_test(failed_allocations_leave_nothing_behind),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
