#include "kg/reasoner.h"

#include "core/random.h"
#include "tests/test.h"

#include <string.h>

enum { R, S, T, U, RELATIONS };

static OgReasoner *run(OgReasoner *reasoner) {
  OgError err = {0};
  bool complete;
  assert_ok(og_reasoner_run(reasoner, NULL, UINT64_MAX, NULL, &complete, &err));
  assert_true(complete);
  return reasoner;
}

static void give(OgReasoner *reasoner, uint32_t head, uint32_t relation, uint32_t tail) {
  OgError err = {0};
  assert_ok(og_reasoner_add(reasoner, head, relation, tail, &err));
}

static uint32_t count(const OgReasoner *reasoner) {
  uint32_t facts;
  og_reasoner_facts(reasoner, &facts);
  return facts;
}

static void assert_fact(const OgReasoner *reasoner, uint32_t head, uint32_t relation, uint32_t tail,
                        uint32_t rule) {
  uint32_t facts;
  const OgFact *fact = og_reasoner_facts(reasoner, &facts);
  const uint32_t number = og_reasoner_find(reasoner, head, relation, tail);
  assert_true(number < facts);
  assert_int_equal(fact[number].rule, rule);
  for (int k = 0; k < 2; k++) {
    assert_true(fact[number].premises[k] == OG_NO_FACT || fact[number].premises[k] < number);
  }
}

static void rules_of_one_premise_make_one_fact(void **state) {
  (void)state;
  OgError err = {0};
  OgReasoner *reasoner = og_reasoner_new();
  assert_ok(og_reasoner_step(reasoner, 1, R, S, false, &err));
  assert_ok(og_reasoner_step(reasoner, 2, R, S, true, &err));
  assert_ok(og_reasoner_is(reasoner, 3, R, false, T, 70, &err));
  assert_ok(og_reasoner_is(reasoner, 4, R, true, T, 80, &err));
  give(reasoner, 1, R, 2);
  give(reasoner, 1, R, 2); /* nothing new */
  run(reasoner);
  assert_int_equal(count(reasoner), 5);
  assert_fact(reasoner, 1, R, 2, 0);
  assert_fact(reasoner, 1, S, 2, 1);
  assert_fact(reasoner, 2, S, 1, 2);
  assert_fact(reasoner, 1, T, 70, 3);
  assert_fact(reasoner, 2, T, 80, 4);
  og_reasoner_free(reasoner);
}

static void rules_of_two_premises_take_them_in_any_order(void **state) {
  (void)state;
  for (int turned = 0; turned < 2; turned++) {
    OgError err = {0};
    OgReasoner *reasoner = og_reasoner_new();
    assert_ok(og_reasoner_join(reasoner, 1, R, S, T, &err));
    assert_ok(og_reasoner_mutual(reasoner, 2, R, U, &err));
    give(reasoner, 2, turned ? S : R, turned ? 3 : 1);
    give(reasoner, turned ? 1 : 2, turned ? R : S, turned ? 2 : 3);
    give(reasoner, turned ? 2 : 1, R, turned ? 1 : 2);
    run(reasoner);
    assert_int_equal(count(reasoner), 6);
    assert_fact(reasoner, 1, T, 3, 1);
    assert_fact(reasoner, 1, U, 2, 2);
    assert_fact(reasoner, 2, U, 1, 2);
    og_reasoner_free(reasoner);
  }
}

/* r r -> r over every small graph, and s r -> s over it: with all pairs that there are. */
static void closures_are_complete(void **state) {
  enum { N = 7 };
  (void)state;
  OgRandom random;
  og_random_init(&random, 3);
  for (int round = 0; round < 200; round++) {
    OgError err = {0};
    bool r[N][N] = {{0}}, s[N][N] = {{0}};
    OgReasoner *reasoner = og_reasoner_new();
    assert_ok(og_reasoner_join(reasoner, 1, R, R, R, &err));
    assert_ok(og_reasoner_join(reasoner, 2, S, R, S, &err));
    assert_ok(og_reasoner_join(reasoner, 3, R, S, T, &err));
    for (int k = 0; k < 9; k++) {
      const uint32_t a = (uint32_t)og_random_below(&random, N),
                     b = (uint32_t)og_random_below(&random, N);
      (k % 3 ? r : s)[a][b] = true;
      give(reasoner, a, k % 3 ? R : S, b);
    }
    run(reasoner);
    for (int c = 0; c < N; c++) { /* Warshall 1962 */
      for (int a = 0; a < N; a++) {
        for (int b = 0; b < N; b++) {
          r[a][b] = r[a][b] || (r[a][c] && r[c][b]);
        }
      }
    }
    bool sr[N][N];
    memcpy(sr, s, sizeof sr);
    for (int a = 0; a < N; a++) {
      for (int c = 0; c < N; c++) {
        for (int b = 0; b < N; b++) {
          sr[a][b] = sr[a][b] || (s[a][c] && r[c][b]);
        }
      }
    }
    for (uint32_t a = 0; a < N; a++) {
      for (uint32_t b = 0; b < N; b++) {
        bool t = false;
        for (int c = 0; c < N; c++) {
          t = t || (r[a][c] && sr[c][b]);
        }
        assert_int_equal(og_reasoner_find(reasoner, a, R, b) != OG_NO_FACT, r[a][b]);
        assert_int_equal(og_reasoner_find(reasoner, a, S, b) != OG_NO_FACT, sr[a][b]);
        assert_int_equal(og_reasoner_find(reasoner, a, T, b) != OG_NO_FACT, t);
      }
    }
    og_reasoner_free(reasoner);
  }
}

static void it_stops_at_a_goal_and_at_a_bound(void **state) {
  (void)state;
  OgError err = {0};
  const OgFact goal = {.head = 0, .relation = R, .tail = 2};
  for (int bounded = 0; bounded < 2; bounded++) {
    OgReasoner *reasoner = og_reasoner_new();
    bool complete;
    assert_ok(og_reasoner_join(reasoner, 1, R, R, R, &err));
    for (uint32_t k = 0; k < 1000; k++) {
      give(reasoner, k, R, k + 1);
    }
    assert_ok(og_reasoner_run(reasoner, bounded ? NULL : &goal, bounded ? 5000 : UINT64_MAX, NULL,
                              &complete, &err));
    assert_int_equal(complete, !bounded);
    assert_true(count(reasoner) < 20000); /* of half a million */
    assert_true(bounded || og_reasoner_find(reasoner, 0, R, 2) != OG_NO_FACT);
    assert_true(og_reasoner_memory(reasoner) > count(reasoner) * sizeof(OgFact));
    og_reasoner_free(reasoner);
  }
}

static void nothing_follows_from_nothing(void **state) {
  (void)state;
  OgError err = {0};
  OgReasoner *reasoner = run(og_reasoner_new());
  assert_int_equal(count(reasoner), 0);
  assert_int_equal(og_reasoner_find(reasoner, 1, R, 1), OG_NO_FACT);
  og_reasoner_free(reasoner);
  reasoner = og_reasoner_new();
  assert_ok(og_reasoner_join(reasoner, 1, R, R, R, &err));
  assert_int_equal(count(run(reasoner)), 0);
  og_reasoner_free(reasoner);
}

static bool stop_at_once(void *data, const char *stage, double done, double total,
                         const char *detail) {
  (void)data, (void)stage, (void)done, (void)total, (void)detail;
  return false;
}

static void it_can_be_interrupted(void **state) {
  (void)state;
  OgError err = {0};
  const OgProgress progress = {.report = stop_at_once};
  bool complete;
  OgReasoner *reasoner = og_reasoner_new();
  give(reasoner, 1, R, 2);
  assert_status(og_reasoner_run(reasoner, NULL, UINT64_MAX, &progress, &complete, &err),
                OG_CANCELLED);
  og_reasoner_free(reasoner);
}

static bool stop_at_the_second(void *data, const char *stage, double done, double total,
                               const char *detail) {
  (void)stage, (void)done, (void)total, (void)detail;
  return ++*(int *)data < 2;
}

static void one_fact_with_many_rules_can_be_interrupted(void **state) {
  (void)state;
  enum { RULES = 200000 };
  OgError err = {0};
  int reports = 0;
  const OgProgress progress = {.report = stop_at_the_second, .data = &reports};
  bool complete;
  OgReasoner *reasoner = og_reasoner_new();
  give(reasoner, 1, R, 2);
  for (unsigned k = 0; k < RULES; k++) { /* each needs a second premise that is not there */
    assert_ok(og_reasoner_join(reasoner, 1, R, R + 1, R, &err));
  }
  assert_status(og_reasoner_run(reasoner, NULL, UINT64_MAX, &progress, &complete, &err),
                OG_CANCELLED);
  og_reasoner_free(reasoner);
}

static bool count_reports(void *data, const char *stage, double done, double total,
                          const char *detail) {
  (void)stage, (void)done, (void)total, (void)detail;
  ++*(int *)data;
  return true;
}

/* A ring of things that are the same, each said of the next, and statements of them: the looks grow
 * with what follows, not with the pairs times the statements. */
static void what_is_the_same_is_replaced_along_what_was_given(void **state) {
  (void)state;
  enum { THINGS = 200, STATEMENTS = 400, OTHERS = 1000 };
  int reports = 0;
  bool complete;
  OgError err = {0};
  const OgProgress progress = {.report = count_reports, .data = &reports};
  OgReasoner *reasoner = og_reasoner_new();
  assert_ok(og_reasoner_step(reasoner, 1, R, R, true, &err));
  assert_ok(og_reasoner_join(reasoner, 2, R, R, R, &err));
  assert_ok(og_reasoner_replace(reasoner, 3, 4, R, S, &err));
  assert_ok(og_reasoner_replace(reasoner, 3, 4, R, T, &err));
  for (uint32_t k = 0; k < THINGS; k++) {
    give(reasoner, 1 + k, R, 1 + (k + 1) % THINGS);
  }
  for (uint32_t k = 0; k < STATEMENTS; k++) {
    give(reasoner, 1 + k % THINGS, S, OTHERS + k);
    give(reasoner, OTHERS + k, T, 1 + k % THINGS);
  }
  assert_ok(og_reasoner_run(reasoner, NULL, UINT64_MAX, &progress, &complete, &err));
  assert_int_equal(count(reasoner), THINGS * THINGS + 2 * STATEMENTS * THINGS);
  assert_fact(reasoner, 1, R, THINGS, 1);
  assert_fact(reasoner, 100, S, OTHERS, 3);
  assert_fact(reasoner, OTHERS + 7, T, 150, 4);
  assert_true(reports < 40); /* of 65,536 looks each: pairs times statements would be 500 */
  og_reasoner_free(reasoner);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(rules_of_one_premise_make_one_fact),
      cmocka_unit_test(rules_of_two_premises_take_them_in_any_order),
      cmocka_unit_test(closures_are_complete),
      cmocka_unit_test(what_is_the_same_is_replaced_along_what_was_given),
      cmocka_unit_test(it_stops_at_a_goal_and_at_a_bound),
      cmocka_unit_test(nothing_follows_from_nothing),
      cmocka_unit_test(it_can_be_interrupted),
      cmocka_unit_test(one_fact_with_many_rules_can_be_interrupted),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
