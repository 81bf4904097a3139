#include "kg/split.h"

#include "core/memory.h"
#include "core/random.h"
#include "tests/kg/graph.h"

#include "tests/test.h"

#include <stdio.h>
#include <string.h>

#define BOTH OG_HOLD_OUT_VALID_AND_TEST

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
    assert_ok(og_triples_add(&graph.parts[OG_TRAIN], triple, &err));
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
  const size_t all = graph.parts[OG_TRAIN].count;
  assert_ok(og_split_edges(&graph, NULL, BOTH, 0.1, 1000, 7, NULL, &err));
  assert_true(graph.parts[OG_TEST].count >= all / 10);
  assert_true(graph.parts[OG_VALID].count >= all / 10);
  assert_int_equal(
      graph.parts[OG_TRAIN].count + graph.parts[OG_VALID].count + graph.parts[OG_TEST].count, all);
  uint32_t edges[60] = {0};
  for (size_t k = 0; k < graph.parts[OG_TRAIN].count; k++) {
    edges[graph.parts[OG_TRAIN].items[k].head]++;
    edges[graph.parts[OG_TRAIN].items[k].tail]++;
  }
  for (int part = OG_VALID; part <= OG_TEST; part++) {
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
  assert_ok(og_split_edges(&graph, NULL, BOTH, 0.05, 1000, 3, NULL, &err));
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
    const size_t extra = graph.parts[OG_TRAIN].count;
    add_tree(&graph);
    const double fraction = 10 / (double)(199 + extra);
    assert_ok(og_split_edges(&graph, NULL, BOTH, fraction, 1000, seed, NULL, &err));
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
  assert_ok(og_split_edges(&graph, NULL, BOTH, 0.05, 1000, 3, NULL, &err));
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
    assert_ok(og_split_edges(&graphs[k], NULL, BOTH, 0.1, 40, k == 2 ? 8 : 7, NULL, &err));
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

/* ---- what follows from edges ---- */

enum { LEVELS = 12, BRANCHES = 6, MOST_ROWS = 1000 };

/* BRANCHES chains of LEVELS classes each, every class also below its grandparent; the same of
 * parts, by an inverse, a sub-property and the transitive property itself, all in turn. */
static OgStore *make_layers(const char *name) {
  static char names[BRANCHES][LEVELS][16];
  static Row rows[MOST_ROWS];
  size_t count = 0;
  rows[count++] = (Row){"ex:part_of", "rdf:type", "owl:TransitiveProperty", NULL};
  rows[count++] = (Row){"ex:has_part", "owl:inverseOf", "ex:part_of", NULL};
  rows[count++] = (Row){"ex:member_of", "rdfs:subPropertyOf", "ex:in", NULL};
  rows[count++] = (Row){"ex:in", "rdfs:subPropertyOf", "ex:part_of", NULL};
  for (size_t b = 0; b < BRANCHES; b++) {
    for (size_t k = 0; k < LEVELS; k++) {
      snprintf(names[b][k], sizeof names[b][k], "ex:b%zuk%zu", b, k);
      rows[count++] = (Row){names[b][k], "rdf:type", "owl:Class", NULL};
    }
    for (size_t k = 1; k < LEVELS; k++) {
      const char *lower = names[b][k], *upper = names[b][k - 1];
      rows[count++] = (Row){lower, "rdfs:subClassOf", upper, NULL};
      rows[count++] = k % 3 == 0   ? (Row){upper, "ex:has_part", lower, NULL}
                      : k % 3 == 1 ? (Row){lower, "ex:member_of", upper, NULL}
                                   : (Row){lower, "ex:part_of", upper, NULL};
      if (k > 1) {
        rows[count++] = (Row){lower, "rdfs:subClassOf", names[b][k - 2], NULL};
        rows[count++] = (Row){lower, "ex:part_of", names[(b + 1) % BRANCHES][k - 2], NULL};
      }
    }
    rows[count++] = (Row){names[b][LEVELS - 1], "ex:part_of", names[b][0], NULL};
  }
  assert_true(count <= MOST_ROWS);
  const char *path = scratch(name);
  remove(path);
  return graph_make(path, OG_STORE_WRITE, rows, count);
}

enum { MOST_N = 128 };

/* reach[a][b]: b follows from a by the relations, each read backwards or not; Warshall's way. */
static void close_over(const OgTripleGraph *graph, const uint32_t *relations, const bool *backwards,
                       size_t count, bool reach[MOST_N][MOST_N]) {
  memset(reach, 0, sizeof(bool) * MOST_N * MOST_N);
  for (size_t k = 0; k < graph->parts[OG_TRAIN].count; k++) {
    const OgTriple *triple = &graph->parts[OG_TRAIN].items[k];
    for (size_t r = 0; r < count; r++) {
      if (triple->relation == relations[r]) {
        reach[backwards[r] ? triple->tail : triple->head]
             [backwards[r] ? triple->head : triple->tail] = true;
      }
    }
  }
  for (size_t m = 0; m < graph->N; m++) {
    for (size_t a = 0; a < graph->N; a++) {
      for (size_t b = 0; b < graph->N; b++) {
        reach[a][b] = reach[a][b] || (reach[a][m] && reach[m][b]);
      }
    }
  }
}

static uint32_t relation_of(OgStore *store, const OgTripleGraph *graph, const char *iri) {
  OgError err;
  int64_t id;
  assert_ok(og_store_find_iri(store, iri, strlen(iri), &id, &err));
  for (uint32_t r = 0; r < graph->R; r++) {
    if (graph->relation_ids[r] == id) {
      return r;
    }
  }
  fail_msg("%s makes no edges", iri);
  return 0;
}

static void no_held_out_edge_follows_from_train(void **state) {
  (void)state;
  OgError err;
  OgStore *store = make_layers("layers.db");
  static bool classes[MOST_N][MOST_N], parts[MOST_N][MOST_N];
  size_t held = 0, followed = 0;
  for (uint64_t seed = 0; seed < 8; seed++) {
    for (int with_rules = 0; with_rules < 2; with_rules++) {
      OgTripleGraph graph = {0};
      OgEdgeRules rules = {0};
      assert_ok(og_triples_from_store(store, &graph, &err));
      assert_true(graph.N <= MOST_N);
      assert_ok(og_edge_rules_from_store(store, &graph, &rules, &err));
      const uint32_t subclass =
          relation_of(store, &graph, "http://www.w3.org/2000/01/rdf-schema#subClassOf");
      const uint32_t part_ways[] = {relation_of(store, &graph, "http://example.org/part_of"),
                                    relation_of(store, &graph, "http://example.org/has_part"),
                                    relation_of(store, &graph, "http://example.org/member_of")};
      static const bool backwards[] = {false, true, false};
      assert_true(rules.transitive[subclass] && rules.transitive[part_ways[0]]);
      assert_false(rules.transitive[part_ways[2]]);
      assert_ok(
          og_split_edges(&graph, with_rules ? &rules : NULL, BOTH, 0.15, 1000, seed, NULL, &err));
      close_over(&graph, &subclass, backwards, 1, classes);
      close_over(&graph, part_ways, backwards, 3, parts);
      size_t wrong = 0;
      for (int part = OG_VALID; part <= OG_TEST; part++) {
        for (size_t k = 0; k < graph.parts[part].count; k++) {
          const OgTriple *t = &graph.parts[part].items[k];
          wrong += t->relation == subclass       ? classes[t->head][t->tail]
                   : t->relation == part_ways[0] ? parts[t->head][t->tail]
                   : t->relation == part_ways[1] ? parts[t->tail][t->head]
                                                 : 0;
          held += with_rules;
        }
      }
      if (with_rules) {
        assert_int_equal(wrong, 0);
      } else {
        followed += wrong;
      }
      og_edge_rules_clear(&rules);
      og_triple_graph_clear(&graph);
    }
  }
  assert_true(held > 200);
  assert_true(followed > 50); /* without the rules, they would */
  og_store_close(store);
}

/* ---- entities ---- */

static bool *in_train(const OgTripleGraph *graph) {
  bool *seen = OG_NEW_ARRAY(bool, graph->N);
  assert_non_null(seen);
  for (size_t k = 0; k < graph->parts[OG_TRAIN].count; k++) {
    seen[graph->parts[OG_TRAIN].items[k].head] = true;
    seen[graph->parts[OG_TRAIN].items[k].tail] = true;
  }
  return seen;
}

static void entities_are_held_out_with_all_their_edges(void **state) {
  (void)state;
  OgError err;
  OgTripleGraph graph = random_graph(400, 3, 4000, 2);
  assert_ok(og_split_entities(&graph, NULL, 0.1, 5, &err));
  bool *seen = in_train(&graph);
  size_t unseen = 0;
  for (size_t n = 0; n < graph.N; n++) {
    unseen += !seen[n];
  }
  assert_in_range(unseen, 20, 60);
  const OgTriples *test = &graph.parts[OG_TEST], *support = &graph.parts[OG_SUPPORT];
  assert_int_equal(graph.parts[OG_TRAIN].count + test->count + support->count, 4000);
  assert_in_range(test->count, support->count / 2, support->count * 2);
  for (size_t k = 0; k < test->count; k++) {
    const OgTriple *t = &test->items[k];
    assert_true(!seen[t->head] || !seen[t->tail]);
    assert_false(linked(&graph, OG_SUPPORT, t->head, t->tail));
  }
  og_free(seen);
  og_triple_graph_clear(&graph);
}

static void a_given_test_keeps_the_edges_of_held_out_entities(void **state) {
  (void)state;
  OgError err;
  OgTripleGraph graph = random_graph(400, 3, 4000, 2);
  OgTripleGraph given = random_graph(400, 3, 800, 3);
  for (size_t k = 0; k < 800; k++) {
    assert_ok(og_triples_add(&graph.parts[k % 2 == 0 ? OG_VALID : OG_TEST],
                             given.parts[OG_TRAIN].items[k], &err));
  }
  assert_ok(og_split_entities(&graph, NULL, 0.1, 5, &err));
  bool *seen = in_train(&graph);
  for (size_t k = 0; k < graph.parts[OG_VALID].count; k++) {
    const OgTriple *t = &graph.parts[OG_VALID].items[k];
    assert_true(seen[t->head] && seen[t->tail]);
  }
  for (size_t k = 0; k < graph.parts[OG_TEST].count; k++) {
    const OgTriple *t = &graph.parts[OG_TEST].items[k];
    assert_true(!seen[t->head] || !seen[t->tail]);
  }
  assert_in_range(graph.parts[OG_TEST].count, 80, 240);
  og_free(seen);
  og_triple_graph_clear(&given);
  og_triple_graph_clear(&graph);
}

/* ---- time ---- */

static const Row old_rows[] = {
    {"ex:a", "rdfs:subClassOf", "ex:root", NULL}, {"ex:b", "rdfs:subClassOf", "ex:a", NULL},
    {"ex:c", "rdfs:subClassOf", "ex:b", NULL},    {"ex:d", "rdfs:subClassOf", "ex:root", NULL},
    {"ex:gone", "rdfs:subClassOf", "ex:a", NULL}, {"ex:d", "ex:near", "ex:c", NULL},
};

static const Row new_rows[] = {
    {"ex:new", "rdfs:subClassOf", "ex:d", NULL},  /* asked for: d has a new child */
    {"ex:d", "rdfs:subClassOf", "ex:root", NULL}, /* old */
    {"ex:c", "rdfs:subClassOf", "ex:b", NULL},    /* old */
    {"ex:b", "rdfs:subClassOf", "ex:a", NULL},    /* old */
    {"ex:c", "rdfs:subClassOf", "ex:a", NULL},    /* follows */
    {"ex:c", "ex:near", "ex:d", NULL},            /* linked already, the other way round */
    {"ex:d", "ex:near", "ex:c", NULL},            /* old */
    {"ex:b", "ex:near", "ex:d", NULL},            /* asked for */
    {"ex:a", "rdfs:subClassOf", "ex:root", NULL}, /* old */
};

static OgStore *make_release(const char *name, const Row *rows, size_t count) {
  const char *path = scratch(name);
  remove(path);
  return graph_make(path, OG_STORE_WRITE, rows, count);
}

static void what_a_release_added_is_the_test(void **state) {
  (void)state;
  OgError err;
  OgStore *older = make_release("older.db", old_rows, OG_COUNT(old_rows));
  OgStore *newer = make_release("newer.db", new_rows, OG_COUNT(new_rows));
  OgTripleGraph graph = {0};
  OgEdgeRules rules = {0};
  assert_ok(og_triples_from_store(newer, &graph, &err));
  assert_ok(og_edge_rules_from_store(newer, &graph, &rules, &err));
  assert_ok(og_split_since(newer, older, &rules, &graph, &err));
  assert_int_equal(graph.parts[OG_TRAIN].count, 5);
  assert_int_equal(graph.parts[OG_SUPPORT].count, 2);
  assert_int_equal(graph.parts[OG_TEST].count, 2);
  for (size_t k = 0; k < 2; k++) {
    const int64_t head = graph.entity_ids[graph.parts[OG_TEST].items[k].head];
    const int64_t tail = graph.entity_ids[graph.parts[OG_TEST].items[k].tail];
    assert_true(head == graph_id(newer, "ex:new") || head == graph_id(newer, "ex:b"));
    assert_int_equal(tail, graph_id(newer, "ex:d"));
  }
  og_triple_graph_clear(&graph);
  assert_ok(og_triples_from_store(newer, &graph, &err));
  assert_status(og_split_since(newer, newer, &rules, &graph, &err), OG_NOT_FOUND);
  og_triple_graph_clear(&graph);
  og_edge_rules_clear(&rules);
  og_store_close(older);
  og_store_close(newer);
}

static OgStatus split_all_ways(OgStore *newer, OgStore *older, OgError *err) {
  OgTripleGraph graph = {0};
  OgEdgeRules rules = {0};
  OgStatus status;
  OG_GO(og_triples_from_store(newer, &graph, err));
  OG_GO(og_edge_rules_from_store(newer, &graph, &rules, err));
  OG_GO(og_split_since(newer, older, &rules, &graph, err));
  OG_GO(og_split_entities(&graph, &rules, 0.3, 1, err));
  OG_GO(og_split_edges(&graph, &rules, OG_HOLD_OUT_VALID, 0.3, 10, 1, NULL, err));
done:
  og_edge_rules_clear(&rules);
  og_triple_graph_clear(&graph);
  return status;
}

static void failed_allocations_leave_nothing_behind(void **state) {
  (void)state;
  OgError err;
  OgStore *older = make_release("older.db", old_rows, OG_COUNT(old_rows));
  OgStore *newer = make_release("newer.db", new_rows, OG_COUNT(new_rows));
  OgStatus last = OG_NO_MEMORY;
  for (long k = 0; last == OG_NO_MEMORY; k++) {
    assert_true(k < 1000);
    og_memory_fail_after(k);
    last = split_all_ways(newer, older, &err);
    og_memory_fail_after(-1);
  }
  assert_status(last, OG_OK);
  og_store_close(older);
  og_store_close(newer);
}

static size_t count_edges(const OgTripleGraph *graph) {
  size_t count = 0;
  for (int part = 0; part < OG_PARTS; part++) {
    count += graph->parts[part].count;
  }
  return count;
}

/* Whatever fails, no edge is in two parts or in none. */
static void a_split_that_fails_loses_and_doubles_no_edge(void **state) {
  (void)state;
  enum { N = 60, EDGES = 400 };
  for (int way = 0; way < 2; way++) {
    OgStatus last = OG_NO_MEMORY;
    for (long k = 0; last == OG_NO_MEMORY; k++) {
      OgError err;
      OgTripleGraph graph = {.N = N, .R = 2};
      for (uint32_t e = 0; e < EDGES; e++) {
        const OgTriple edge = {e % N, e & 1, (e % N + 1 + e / N) % N};
        assert_ok(og_triples_add(&graph.parts[e % 9 == 8 ? OG_TEST : OG_TRAIN], edge, &err));
      }
      graph.parts[OG_TRAIN].capacity = graph.parts[OG_TRAIN].count; /* no room by chance */
      graph.parts[OG_TEST].capacity = graph.parts[OG_TEST].count;
      og_memory_fail_after(k);
      last = way == 0 ? og_split_entities(&graph, NULL, 0.2, 3, &err)
                      : og_split_edges(&graph, NULL, OG_HOLD_OUT_VALID, 0.1, 40, 3, NULL, &err);
      og_memory_fail_after(-1);
      assert_int_equal(count_edges(&graph), EDGES);
      og_triple_graph_clear(&graph);
    }
    assert_status(last, OG_OK);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(held_out_edges_leave_no_trace_in_train),
      cmocka_unit_test(a_tree_keeps_an_edge_for_every_leaf),
      cmocka_unit_test(what_was_connected_stays_connected),
      cmocka_unit_test(a_tree_has_nothing_but_bridges_to_hold_out),
      cmocka_unit_test(a_split_depends_on_the_seed_alone),
      cmocka_unit_test(no_held_out_edge_follows_from_train),
      cmocka_unit_test(entities_are_held_out_with_all_their_edges),
      cmocka_unit_test(a_given_test_keeps_the_edges_of_held_out_entities),
      cmocka_unit_test(what_a_release_added_is_the_test),
      cmocka_unit_test(failed_allocations_leave_nothing_behind),
      cmocka_unit_test(a_split_that_fails_loses_and_doubles_no_edge),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
