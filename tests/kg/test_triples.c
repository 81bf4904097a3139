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

static bool linked(const OgTripleGraph *graph, OgPart part, uint32_t a, uint32_t b) {
  for (size_t k = 0; k < graph->parts[part].count; k++) {
    const OgTriple *triple = &graph->parts[part].items[k];
    if ((triple->head == a && triple->tail == b) || (triple->head == b && triple->tail == a)) {
      return true;
    }
  }
  return false;
}

static void held_out_edges_leave_no_trace_in_train(void **state) {
  (void)state;
  OgError err;
  OgTripleGraph graph = random_graph(60, 3, 900, 1);
  graph.parts[OG_TEST].count = 0;
  const size_t all = graph.parts[OG_TRAIN].count;
  assert_ok(og_triples_split(&graph, 0.1, 1000, 7, &err));
  assert_true(graph.parts[OG_TEST].count >= all / 10);
  assert_true(graph.parts[OG_VALID].count >= all / 10);
  assert_int_equal(
      graph.parts[OG_TRAIN].count + graph.parts[OG_VALID].count + graph.parts[OG_TEST].count, all);
  uint32_t edges[60] = {0};
  for (size_t k = 0; k < graph.parts[OG_TRAIN].count; k++) {
    edges[graph.parts[OG_TRAIN].items[k].head]++;
    edges[graph.parts[OG_TRAIN].items[k].tail]++;
  }
  for (int part = OG_VALID; part < OG_PARTS; part++) {
    for (size_t k = 0; k < graph.parts[part].count; k++) {
      const OgTriple *triple = &graph.parts[part].items[k];
      assert_false(linked(&graph, OG_TRAIN, triple->head, triple->tail));
      assert_true(edges[triple->head] > 0 && edges[triple->tail] > 0);
    }
  }
  og_triple_graph_clear(&graph);
}

/* Edges of a tree of 200, three children to a node. */
static void add_tree(OgTripleGraph *graph) {
  OgError err;
  for (uint32_t k = 1; k < 200; k++) {
    assert_ok(og_triples_add(&graph->parts[OG_TRAIN], (OgTriple){k, 0, (k - 1) / 3}, &err));
  }
}

static void a_tree_keeps_an_edge_for_every_leaf(void **state) {
  (void)state;
  OgError err;
  OgTripleGraph graph = {.N = 200, .R = 1};
  add_tree(&graph);
  assert_ok(og_triples_split(&graph, 0.05, 1000, 3, &err));
  assert_true(graph.parts[OG_TEST].count > 0);
  bool seen[200] = {false};
  for (size_t k = 0; k < graph.parts[OG_TRAIN].count; k++) {
    seen[graph.parts[OG_TRAIN].items[k].head] = true;
    seen[graph.parts[OG_TRAIN].items[k].tail] = true;
  }
  for (size_t k = 0; k < 200; k++) {
    assert_true(seen[k]);
  }
  og_triple_graph_clear(&graph);
}

static uint32_t root_of(const uint32_t *root, uint32_t entity) {
  while (root[entity] != entity) {
    entity = root[entity];
  }
  return entity;
}

/* Parts of the graph that the edges of train connect. */
static size_t count_components(const OgTripleGraph *graph) {
  uint32_t root[200];
  size_t components = graph->N;
  for (uint32_t k = 0; k < graph->N; k++) {
    root[k] = k;
  }
  for (size_t k = 0; k < graph->parts[OG_TRAIN].count; k++) {
    const OgTriple *triple = &graph->parts[OG_TRAIN].items[k];
    const uint32_t a = root_of(root, triple->head), b = root_of(root, triple->tail);
    components -= a != b;
    root[a] = b;
  }
  return components;
}

static void what_was_connected_stays_connected(void **state) {
  (void)state;
  OgError err;
  for (uint64_t seed = 0; seed < 20; seed++) { /* a tree and 40 edges across it, then its bridges */
    OgTripleGraph graph = random_graph(200, 2, 40, seed);
    graph.parts[OG_TEST].count = 0;
    const size_t extra = graph.parts[OG_TRAIN].count;
    add_tree(&graph);
    const double fraction = 10 / (double)(199 + extra);
    assert_ok(og_triples_split(&graph, fraction, 1000, seed, &err));
    assert_true(graph.parts[OG_TEST].count >= 10 && graph.parts[OG_VALID].count >= 10);
    assert_int_equal(graph.bridges, 0);
    assert_int_equal(count_components(&graph), 1);
    og_triple_graph_clear(&graph);
  }
}

static void a_tree_has_nothing_but_bridges_to_hold_out(void **state) {
  (void)state;
  OgError err;
  OgTripleGraph graph = {.N = 200, .R = 1};
  add_tree(&graph);
  assert_ok(og_triples_split(&graph, 0.05, 1000, 3, &err));
  assert_true(graph.bridges > 0);
  assert_int_equal(graph.bridges, graph.parts[OG_VALID].count + graph.parts[OG_TEST].count);
  assert_int_equal(count_components(&graph), 1 + graph.bridges);
  og_triple_graph_clear(&graph);
}

static void a_split_depends_on_the_seed_alone(void **state) {
  (void)state;
  OgError err;
  OgTripleGraph graphs[3];
  for (int k = 0; k < 3; k++) {
    graphs[k] = random_graph(60, 3, 900, 1);
    graphs[k].parts[OG_TEST].count = 0;
    assert_ok(og_triples_split(&graphs[k], 0.1, 40, k == 2 ? 8 : 7, &err));
  }
  const OgTriples *test = &graphs[0].parts[OG_TEST];
  const size_t bytes = test->count * sizeof *test->items;
  assert_int_equal(test->count, graphs[1].parts[OG_TEST].count);
  assert_memory_equal(test->items, graphs[1].parts[OG_TEST].items, bytes);
  assert_true(test->count >= 40 && graphs[2].parts[OG_TEST].count >= 40);
  assert_true(memcmp(test->items, graphs[2].parts[OG_TEST].items, 40 * sizeof *test->items) != 0);
  for (int k = 0; k < 3; k++) {
    og_triple_graph_clear(&graphs[k]);
  }
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

static void the_lower_bound_is_the_first_number_not_below(void **state) {
  (void)state;
  static const uint32_t numbers[] = {2, 4, 4, 9};
  static const size_t expected[] = {0, 0, 0, 1, 1, 3, 3, 3, 3, 3, 4};
  for (uint32_t value = 0; value < OG_COUNT(expected); value++) {
    assert_int_equal(og_lower_bound(numbers, 4, value), expected[value]);
  }
  assert_int_equal(og_lower_bound(numbers, 0, 5), 0);
}

static void failed_allocations_leave_nothing_behind(void **state) {
  (void)state;
  const char *path = scratch("memory.txt");
  write_text(path, "a\tr\tb\nb\tr\tc\nc\tr\ta\na\tr\tc\nb\ts\ta\n");
  OgStatus last = OG_NO_MEMORY;
  for (long k = 0; last == OG_NO_MEMORY; k++) {
    OgError err;
    OgTripleGraph graph = {0};
    OgQueries queries = {0};
    assert_true(k < 1000);
    og_memory_fail_after(k);
    last = og_triples_read(path, &graph, OG_TRAIN, &err);
    if (last == OG_OK) {
      last = og_triples_split(&graph, 0.2, 10, 1, &err);
    }
    if (last == OG_OK) {
      last = og_queries_new(&graph, 7, true, &queries, &err);
    }
    og_memory_fail_after(-1);
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
      cmocka_unit_test(held_out_edges_leave_no_trace_in_train),
      cmocka_unit_test(a_tree_keeps_an_edge_for_every_leaf),
      cmocka_unit_test(what_was_connected_stays_connected),
      cmocka_unit_test(a_tree_has_nothing_but_bridges_to_hold_out),
      cmocka_unit_test(a_split_depends_on_the_seed_alone),
      cmocka_unit_test(queries_have_every_answer_once),
      cmocka_unit_test(without_neighbours_nothing_asks_for_them),
      cmocka_unit_test(the_lower_bound_is_the_first_number_not_below),
      cmocka_unit_test(failed_allocations_leave_nothing_behind),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
