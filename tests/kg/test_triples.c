#include "kg/triples.h"

#include "core/file.h"
#include "core/memory.h"
#include "core/random.h"

#include "tests/test.h"

#include <stdio.h>
#include <string.h>

static void write_text(const char *path, const char *text) {
  OgError err;
  assert_ok(og_file_write(path, text, strlen(text), &err));
}

static void three_fields_a_line_become_triples(void **state) {
  (void)state;
  OgError err;
  OgTripleGraph graph = {0};
  const char *path = scratch("good.txt");
  write_text(path, "a\tr\tb\r\n\nb\tr\tc c\nc c\ts\ta");
  assert_ok(og_triples_read(path, &graph, OG_TRAIN, &err));
  assert_int_equal(graph.N, 3);
  assert_int_equal(graph.R, 2);
  assert_int_equal(graph.parts[OG_TRAIN].count, 3);
  const OgTriple last = graph.parts[OG_TRAIN].items[2];
  assert_int_equal(last.head, 2);
  assert_int_equal(last.relation, 1);
  assert_int_equal(last.tail, 0);
  size_t size;
  assert_memory_equal(og_intern_text(graph.entity_names, 2, &size), "c c", 3);
  og_triple_graph_clear(&graph);
}

static void a_line_without_three_fields_is_refused_with_its_number(void **state) {
  (void)state;
  static const char *const bad[] = {"a\tr\tb\na\tr\n", "a\tr\tb\na\tr\tb\tc\n", "a\tr\tb\n\tr\tb\n",
                                    "a\tr\tb\na b c\n", "a\tr\tb\na\tr\t\n"};
  for (size_t k = 0; k < OG_COUNT(bad); k++) {
    OgError err;
    OgTripleGraph graph = {0};
    const char *path = scratch("bad.txt");
    write_text(path, bad[k]);
    assert_status(og_triples_read(path, &graph, OG_TRAIN, &err), OG_BAD_DATA);
    assert_int_equal(err.line, 2);
    og_triple_graph_clear(&graph);
  }
}

static void a_folder_without_train_is_refused(void **state) {
  (void)state;
  OgError err;
  OgTripleGraph graph = {0};
  assert_status(og_triples_from_folder(scratch("nothing"), &graph, &err), OG_IO);
  assert_int_equal(graph.N, 0);
}

/* N entities, R relations, count random triples without self-loops. */
static OgTripleGraph random_graph(size_t N, size_t R, size_t count, uint64_t seed) {
  OgError err;
  OgTripleGraph graph = {.N = N, .R = R};
  OgRandom random;
  og_random_init(&random, seed);
  for (size_t k = 0; k < count; k++) {
    OgTriple triple;
    triple.head = (uint32_t)og_random_below(&random, N);
    triple.tail = (uint32_t)((triple.head + 1 + og_random_below(&random, N - 1)) % N);
    triple.relation = (uint32_t)og_random_below(&random, R);
    assert_ok(og_triples_add(&graph.parts[k % 5 == 0 ? OG_TEST : OG_TRAIN], triple, &err));
  }
  return graph;
}

static bool holds(const OgTripleGraph *graph, unsigned parts, uint32_t entity, uint32_t relation,
                  uint32_t answer) {
  const uint32_t R = (uint32_t)graph->R;
  for (int part = 0; part < OG_PARTS; part++) {
    for (size_t k = 0; (parts >> part & 1) && k < graph->parts[part].count; k++) {
      const OgTriple *t = &graph->parts[part].items[k];
      const bool tail = t->head == entity && t->tail == answer,
                 head = t->tail == entity && t->head == answer;
      if ((tail && (relation == t->relation || relation == 2 * R)) ||
          (head && (relation == R + t->relation || relation == 2 * R))) {
        return true;
      }
    }
  }
  return false;
}

static void queries_have_every_answer_once(void **state) {
  (void)state;
  OgError err;
  OgTripleGraph graph = random_graph(12, 3, 120, 5);
  for (unsigned parts = 1; parts < 1u << OG_PARTS; parts++) {
    OgQueries queries;
    assert_ok(og_queries_new(&graph, parts, true, &queries, &err));
    size_t answers = 0;
    for (uint32_t entity = 0; entity < 12; entity++) {
      for (uint32_t relation = 0; relation <= 6; relation++) {
        size_t count, expected = 0;
        const uint32_t *found = og_queries_find(&queries, entity, relation, &count);
        for (uint32_t answer = 0; answer < 12; answer++) {
          if (holds(&graph, parts, entity, relation, answer)) {
            assert_true(expected < count);
            assert_int_equal(found[expected++], answer);
          }
        }
        assert_int_equal(count, expected);
        answers += count;
      }
    }
    assert_int_equal(queries.start[queries.count], answers);
    og_queries_clear(&queries);
  }
  og_triple_graph_clear(&graph);
}

static void without_neighbours_nothing_asks_for_them(void **state) {
  (void)state;
  OgError err;
  OgQueries queries;
  OgTripleGraph graph = random_graph(12, 3, 120, 5);
  assert_ok(og_queries_new(&graph, 1, false, &queries, &err));
  for (size_t k = 0; k < queries.count; k++) {
    assert_true(queries.relation[k] < 6);
  }
  og_queries_clear(&queries);
  og_triple_graph_clear(&graph);
}

/* Relation 0 is of nearly all entities, 1 of the last ones only, 2 of every third. */
static void queries_are_found_wherever_they_stand(void **state) {
  (void)state;
  OgError err;
  enum { N = 3000 };
  OgTripleGraph graph = {.N = N, .R = 3};
  for (uint32_t n = 0; n < N - 1; n++) {
    const bool has[] = {n % 7 != 3, n > N - 300, n % 3 == 1};
    for (uint32_t r = 0; r < 3; r++) {
      if (has[r]) {
        assert_ok(og_triples_add(&graph.parts[OG_TRAIN], (OgTriple){n, r, N - 1 - n / 2}, &err));
      }
    }
  }
  OgQueries queries;
  assert_ok(og_queries_new(&graph, 1u << OG_TRAIN, false, &queries, &err));
  for (uint32_t n = 0; n < N; n++) {
    const bool has[] = {n < N - 1 && n % 7 != 3, n < N - 1 && n > N - 300, n < N - 1 && n % 3 == 1};
    for (uint32_t r = 0; r < 3; r++) {
      size_t count;
      const uint32_t *answers = og_queries_find(&queries, n, r, &count);
      assert_int_equal(count, has[r]);
      assert_true(!has[r] || answers[0] == N - 1 - n / 2);
    }
  }
  og_queries_clear(&queries);
  og_triple_graph_clear(&graph);
}

static void what_is_known_is_known_of_what_is_asked_alone(void **state) {
  (void)state;
  OgError err;
  OgTripleGraph graph = random_graph(40, 3, 200, 5);
  OgQueries asked, all, known;
  graph.parts[OG_TEST].count = 5;
  assert_ok(og_queries_new(&graph, 1u << OG_TEST, false, &asked, &err));
  assert_ok(og_queries_new(&graph, 7, false, &all, &err));
  assert_ok(og_queries_known(&graph, 7, &asked, &known, &err));
  assert_int_equal(known.count, asked.count);
  assert_true(known.count < all.count);
  for (size_t k = 0; k < asked.count; k++) {
    size_t expected, found;
    const uint32_t *right = og_queries_find(&all, asked.entity[k], asked.relation[k], &expected);
    const uint32_t *answers = og_queries_find(&known, asked.entity[k], asked.relation[k], &found);
    assert_int_equal(found, expected);
    assert_memory_equal(answers, right, found * sizeof *answers);
  }
  og_queries_clear(&asked);
  og_queries_clear(&all);
  og_queries_clear(&known);
  og_triple_graph_clear(&graph);
}

/* Spread evenly, in clusters, far apart; and those between them, which are not there. */
static void an_id_is_found_wherever_it_stands(void **state) {
  (void)state;
  enum { COUNT = 500 };
  int64_t ids[COUNT];
  for (int kind = 0; kind < 3; kind++) {
    for (int64_t k = 0; k < COUNT; k++) {
      const int64_t values[] = {5 + 2 * k, k / 100 * 1000000 + 2 * (k % 100), k * k * k * 2 - 700};
      ids[k] = values[kind];
    }
    for (size_t k = 0; k < COUNT; k++) {
      assert_int_equal(og_find_id(ids, COUNT, ids[k]), k);
      assert_int_equal(og_find_id(ids, COUNT, ids[k] + 1), COUNT);
      assert_int_equal(og_find_id(ids, k, ids[k]), k); /* beyond the last */
    }
    assert_int_equal(og_find_id(ids, COUNT, ids[0] - 1), COUNT);
  }
  const int64_t ends[] = {INT64_MIN, 0, INT64_MAX};
  for (size_t k = 0; k < OG_COUNT(ends); k++) {
    assert_int_equal(og_find_id(ends, OG_COUNT(ends), ends[k]), k);
  }
  assert_int_equal(og_find_id(ends, OG_COUNT(ends), 77), OG_COUNT(ends));
  assert_int_equal(og_find_id(ends, 0, 0), 0);
}

static void the_lower_bound_is_the_first_number_not_below(void **state) {
  (void)state;
  static const uint32_t numbers[] = {2, 4, 4, 9};
  static const size_t expected[] = {0, 0, 0, 1, 1, 3, 3, 3, 3, 3, 4};
  for (uint32_t value = 0; value < OG_COUNT(expected); value++) {
    assert_int_equal(og_lower_bound(numbers, 4, value), expected[value]);
  }
  assert_int_equal(og_lower_bound(numbers, 0, 5), 0);
}

/* Where the last report of progress stood. */
typedef struct Standing {
  double done, total;
  int reports;
} Standing;

static bool only_forwards(void *data, const char *stage, double done, double total,
                          const char *detail) {
  Standing *last = data;
  (void)stage, (void)detail;
  assert_true(done >= last->done && done <= total);
  assert_true(last->reports == 0 || total == last->total);
  *last = (Standing){done, total, last->reports + 1};
  return true;
}

/* So many edges that each of the two walks over them reports several times. */
static void the_progress_of_an_index_goes_forwards(void **state) {
  (void)state;
  enum { EDGES = 1 << 20, N = 1000 };
  OgError err;
  OgTriples triples = {0};
  OgTripleIndex index = {0};
  Standing last = {0};
  const OgProgress progress = {.report = only_forwards, .data = &last};
  assert_ok(og_triples_reserve(&triples, EDGES, &err));
  for (uint32_t k = 0; k < EDGES; k++) {
    assert_ok(og_triples_add(&triples, (OgTriple){k % N, 0, k % 7}, &err));
  }
  assert_ok(og_triples_index(&triples, N, true, &progress, &index, &err));
  assert_true(last.reports >= 4 && last.done > last.total / 2);
  assert_int_equal(index.start[7], EDGES);
  og_triple_index_clear(&index);
  og_free(triples.items);
}

static void failed_allocations_leave_nothing_behind(void **state) {
  (void)state;
  const char *path = scratch("memory.txt");
  write_text(path, "a\tr\tb\nb\tr\tc\nc\tr\ta\na\tr\tc\nb\ts\ta\n");
  OgStatus last = OG_NO_MEMORY;
  for (long k = 0; last == OG_NO_MEMORY; k++) {
    OgError err;
    OgTripleGraph graph = {0};
    OgQueries queries = {0}, known = {0};
    assert_true(k < 1000);
    og_memory_fail_after(k);
    last = og_triples_read(path, &graph, OG_TRAIN, &err);
    if (last == OG_OK) {
      last = og_queries_new(&graph, 7, true, &queries, &err);
    }
    if (last == OG_OK) {
      last = og_queries_known(&graph, 7, &queries, &known, &err);
    }
    og_memory_fail_after(-1);
    og_queries_clear(&known);
    og_queries_clear(&queries);
    og_triple_graph_clear(&graph);
  }
  assert_status(last, OG_OK);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(three_fields_a_line_become_triples),
      cmocka_unit_test(a_line_without_three_fields_is_refused_with_its_number),
      cmocka_unit_test(a_folder_without_train_is_refused),
      cmocka_unit_test(queries_have_every_answer_once),
      cmocka_unit_test(without_neighbours_nothing_asks_for_them),
      cmocka_unit_test(queries_are_found_wherever_they_stand),
      cmocka_unit_test(what_is_known_is_known_of_what_is_asked_alone),
      cmocka_unit_test(an_id_is_found_wherever_it_stands),
      cmocka_unit_test(the_lower_bound_is_the_first_number_not_below),
      cmocka_unit_test(the_progress_of_an_index_goes_forwards),
      cmocka_unit_test(failed_allocations_leave_nothing_behind),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
