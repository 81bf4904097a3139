#include "kg/explore.h"

#include "core/memory.h"
#include "tests/kg/graph.h"
#include "tests/test.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* disease > {cancer > {lung cancer, breast cancer}, lung disease > lung cancer}; a cycle of two
 * apart; edges of another relation. */
static const Row rows[] = {
    {"ex:disease", "rdf:type", "owl:Class", NULL},
    {"ex:cancer", "rdf:type", "owl:Class", NULL},
    {"ex:lung-disease", "rdf:type", "owl:Class", NULL},
    {"ex:lung-cancer", "rdf:type", "owl:Class", NULL},
    {"ex:breast-cancer", "rdf:type", "owl:Class", NULL},
    {"ex:cancer", "rdfs:subClassOf", "ex:disease", NULL},
    {"ex:lung-disease", "rdfs:subClassOf", "ex:disease", NULL},
    {"ex:lung-cancer", "rdfs:subClassOf", "ex:cancer", NULL},
    {"ex:lung-cancer", "rdfs:subClassOf", "ex:lung-disease", NULL},
    {"ex:breast-cancer", "rdfs:subClassOf", "ex:cancer", NULL},
    {"ex:a", "rdf:type", "owl:Class", NULL},
    {"ex:b", "rdf:type", "owl:Class", NULL},
    {"ex:a", "rdfs:subClassOf", "ex:b", NULL},
    {"ex:b", "rdfs:subClassOf", "ex:a", NULL},
    {"ex:lung-cancer", "rdfs:label", "lung cancer", "en"},
    {"ex:lung-cancer", "rdfs:label", "Lungenkrebs", "de-AT"},
    {"ex:treats", "rdf:type", "owl:ObjectProperty", NULL},
    {"ex:drug", "rdf:type", "owl:NamedIndividual", NULL},
    {"ex:drug", "ex:treats", "ex:breast-cancer", NULL},
};

static OgStore *store;
static OgExplorer *explorer;

static int set_up(void **state) {
  (void)state;
  OgError err = {0};
  store = graph_make(scratch("explore.db"), OG_STORE_READ, rows, OG_COUNT(rows));
  assert_ok(og_explore_open(store, false, &explorer, &err));
  return 0;
}

static int tear_down(void **state) {
  (void)state;
  og_explore_close(explorer);
  og_store_close(store);
  return 0;
}

static uint32_t node_of(const char *name) {
  const uint32_t node = og_explore_node(explorer, graph_id(store, name));
  assert_true(node != OG_EXPLORE_NONE);
  return node;
}

static bool visits_have(const OgVisits *visits, const char *name, uint32_t depth) {
  for (size_t k = 0; k < visits->count; k++) {
    if (visits->items[k].node == node_of(name)) {
      return visits->items[k].depth == depth;
    }
  }
  return false;
}

static void the_hierarchy_is_walked_up_and_down(void **state) {
  (void)state;
  OgError err = {0};
  OgVisits visits;
  assert_ok(
      og_explore_hierarchy(explorer, node_of("ex:lung-cancer"), OG_UP, UINT32_MAX, &visits, &err));
  assert_int_equal(visits.count, 4); /* disease once, though two ways lead there */
  assert_int_equal(visits.items[0].node, node_of("ex:lung-cancer"));
  assert_true(visits_have(&visits, "ex:cancer", 1));
  assert_true(visits_have(&visits, "ex:lung-disease", 1));
  assert_true(visits_have(&visits, "ex:disease", 2));
  assert_ok(og_explore_hierarchy(explorer, node_of("ex:disease"), OG_DOWN, 1, &visits, &err));
  assert_int_equal(visits.count, 3);
  assert_false(visits_have(&visits, "ex:lung-cancer", 2));
}

static void cycles_end(void **state) {
  (void)state;
  OgError err = {0};
  OgVisits visits;
  assert_ok(og_explore_hierarchy(explorer, node_of("ex:a"), OG_UP, UINT32_MAX, &visits, &err));
  assert_int_equal(visits.count, 2);
  OgCommon common;
  assert_ok(og_explore_common(explorer, node_of("ex:a"), node_of("ex:b"), &common, &err));
  assert_int_equal(common.count, 1); /* each is above the other: they count as one */
  assert_int_equal(common.lowest[0].node, node_of("ex:a"));
  assert_true(fabs(common.lin - 1) < 1e-12);
}

static void common_ancestors_are_the_lowest(void **state) {
  (void)state;
  OgError err = {0};
  OgCommon common;
  assert_ok(og_explore_common(explorer, node_of("ex:lung-cancer"), node_of("ex:breast-cancer"),
                              &common, &err));
  assert_int_equal(common.count, 1);
  assert_int_equal(common.lowest[0].node, node_of("ex:cancer"));
  /* 7 entities in the hierarchy; cancer and two below it are 3, each of the two is 1 */
  const double cancer = log(7.0 / 3), leaf = log(7.0);
  assert_true(fabs(common.resnik - cancer) < 1e-12);
  assert_true(fabs(common.information[0] - leaf) < 1e-12);
  assert_true(fabs(common.lin - cancer / leaf) < 1e-12);
  /* with itself, and with what is above it */
  assert_ok(og_explore_common(explorer, node_of("ex:cancer"), node_of("ex:cancer"), &common, &err));
  assert_int_equal(common.lowest[0].node, node_of("ex:cancer"));
  assert_true(fabs(common.lin - 1) < 1e-12);
  assert_ok(
      og_explore_common(explorer, node_of("ex:cancer"), node_of("ex:lung-cancer"), &common, &err));
  assert_int_equal(common.lowest[0].node, node_of("ex:cancer"));
  /* nothing in common */
  assert_ok(og_explore_common(explorer, node_of("ex:a"), node_of("ex:cancer"), &common, &err));
  assert_int_equal(common.count, 0);
  assert_true(common.lin == 0);
}

/* One root, five on a cycle, one below each of two of these, one deprecated, one alone. */
static const Row knot_rows[] = {
    {"ex:root", "rdf:type", "owl:Class", NULL},  {"ex:c0", "rdfs:subClassOf", "ex:root", NULL},
    {"ex:c0", "rdfs:subClassOf", "ex:c1", NULL}, {"ex:c1", "rdfs:subClassOf", "ex:c2", NULL},
    {"ex:c2", "rdfs:subClassOf", "ex:c3", NULL}, {"ex:c3", "rdfs:subClassOf", "ex:c4", NULL},
    {"ex:c4", "rdfs:subClassOf", "ex:c0", NULL}, {"ex:x", "rdfs:subClassOf", "ex:c1", NULL},
    {"ex:y", "rdfs:subClassOf", "ex:c3", NULL},  {"ex:old", "rdfs:subClassOf", "ex:root", NULL},
    {"ex:old", "owl:deprecated", "true", ""},    {"ex:alone", "rdf:type", "owl:Class", NULL},
};

static void assert_common(OgExplorer *knots, uint32_t a, uint32_t b, uint32_t lowest,
                          double information, double lin) {
  OgError err = {0};
  OgCommon common;
  assert_ok(og_explore_common(knots, a, b, &common, &err));
  assert_int_equal(common.count, 1);
  assert_int_equal(common.lowest[0].node, lowest);
  assert_true(fabs(common.lowest[0].information - information) < 1e-12);
  assert_true(fabs(common.resnik - information) < 1e-12);
  assert_true(fabs(common.lin - lin) < 1e-12);
}

static void a_root_says_nothing_and_a_cycle_is_one_node(void **state) {
  (void)state;
  OgError err = {0};
  OgStore *graph = graph_make(scratch("knot.db"), OG_STORE_READ, knot_rows, OG_COUNT(knot_rows));
  OgExplorer *knots;
  assert_ok(og_explore_open(graph, false, &knots, &err));
#define NODE(name) og_explore_node(knots, graph_id(graph, name))
  const uint32_t root = NODE("ex:root"), c0 = NODE("ex:c0");
  assert_common(knots, root, root, root, 0, 1);
  assert_common(knots, root, NODE("ex:x"), root, 0, 0);
  assert_common(knots, NODE("ex:old"), NODE("ex:x"), root, 0, 0);
  /* root, c0 to c4, x, y: 8; the cycle and what is below it: 7 */
  const double cycle = log(8.0 / 7);
  assert_common(knots, c0, NODE("ex:c2"), c0, cycle, 1);
  assert_common(knots, NODE("ex:c4"), NODE("ex:c3"), c0, cycle, 1);
  assert_common(knots, NODE("ex:x"), NODE("ex:y"), c0, cycle, cycle / log(8.0));
  assert_common(knots, NODE("ex:x"), NODE("ex:x"), NODE("ex:x"), log(8.0), 1);
#undef NODE
  og_explore_close(knots);
  og_store_close(graph);
}

static void shortest_routes_are_all_found(void **state) {
  (void)state;
  OgError err = {0};
  OgRoutes routes;
  const uint32_t lung = node_of("ex:lung-cancer"), disease = node_of("ex:disease");
  assert_ok(og_explore_routes(explorer, lung, disease, 10, &routes, &err));
  assert_int_equal(routes.count, 2);
  for (size_t k = 0; k < routes.count; k++) {
    assert_int_equal(routes.items[k].count, 2);
    assert_int_equal(routes.items[k].hops[1].node, disease);
    assert_false(routes.items[k].hops[0].backwards);
    assert_string_equal(og_explore_relation(explorer, routes.items[k].hops[0].relation),
                        "subClassOf");
  }
  assert_true(routes.items[0].hops[0].node != routes.items[1].hops[0].node);
  assert_ok(og_explore_routes(explorer, lung, disease, 1, &routes, &err));
  assert_int_equal(routes.count, 1);
  assert_ok(og_explore_routes(explorer, disease, lung, 10, &routes, &err));
  assert_int_equal(routes.count, 2);
  assert_true(routes.items[0].hops[0].backwards);
  assert_ok(og_explore_routes(explorer, lung, lung, 10, &routes, &err));
  assert_int_equal(routes.count, 1);
  assert_int_equal(routes.items[0].count, 0);
  assert_ok(og_explore_routes(explorer, lung, node_of("ex:a"), 10, &routes, &err));
  assert_int_equal(routes.count, 0);
}

static void neighbours_come_nearest_first(void **state) {
  (void)state;
  OgError err = {0};
  OgVisits visits;
  assert_ok(og_explore_around(explorer, node_of("ex:cancer"), 1, 100, &visits, &err));
  assert_int_equal(visits.count, 4);
  assert_ok(og_explore_around(explorer, node_of("ex:cancer"), 9, 100, &visits, &err));
  assert_true(visits_have(&visits, "ex:drug", 2));
  assert_ok(og_explore_around(explorer, node_of("ex:cancer"), 9, 2, &visits, &err));
  assert_int_equal(visits.count, 2);
}

static void the_shape_is_measured(void **state) {
  (void)state;
  OgError err = {0};
  OgShape shape;
  assert_ok(og_explore_shape(explorer, 2, &shape, &err));
  assert_int_equal(shape.entities, 8);
  assert_int_equal(shape.edges, 8);
  assert_int_equal(shape.roots, 1);
  assert_int_equal(shape.leaves, 2);
  assert_int_equal(shape.several_parents, 1);
  assert_int_equal(shape.unreached, 2); /* the cycle */
  assert_int_equal(shape.levels, 3);
  assert_int_equal(shape.isolated, 0);
  assert_int_equal(shape.components, 2);
  assert_int_equal(shape.largest, 6);
  assert_int_equal(shape.hub_count, 2);
  assert_int_equal(shape.hubs[0].node, node_of("ex:cancer"));
  assert_int_equal(shape.hubs[0].depth, 3);
}

static void entities_have_their_names(void **state) {
  (void)state;
  OgError err = {0};
  OgEntityRef ref;
  og_explore_prefer(explorer, "de,en");
  assert_ok(og_explore_entity(explorer, node_of("ex:lung-cancer"), &ref, &err));
  assert_string_equal(ref.label, "Lungenkrebs");
  og_explore_prefer(explorer, NULL);
  assert_ok(og_explore_entity(explorer, node_of("ex:lung-cancer"), &ref, &err));
  assert_string_equal(ref.label, "lung cancer");
  assert_string_equal(ref.curie, "ex:lung-cancer");
  assert_int_equal(og_explore_node(explorer, 1 << 30), OG_EXPLORE_NONE);
}

static void running_out_of_memory_is_survived(void **state) {
  (void)state;
  OgStatus status = OG_NO_MEMORY;
  for (long n = 0; status != OG_OK && n < 1000; n++) {
    OgError err = {0};
    OgExplorer *opened = NULL;
    og_memory_fail_after(n);
    status = og_explore_open(store, false, &opened, &err);
    og_memory_fail_after(-1);
    assert_true(status == OG_OK || status == OG_NO_MEMORY);
    og_explore_close(opened);
  }
  assert_int_equal(status, OG_OK);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_hierarchy_is_walked_up_and_down),
      cmocka_unit_test(cycles_end),
      cmocka_unit_test(common_ancestors_are_the_lowest),
      cmocka_unit_test(a_root_says_nothing_and_a_cycle_is_one_node),
      cmocka_unit_test(shortest_routes_are_all_found),
      cmocka_unit_test(neighbours_come_nearest_first),
      cmocka_unit_test(the_shape_is_measured),
      cmocka_unit_test(entities_have_their_names),
      cmocka_unit_test(running_out_of_memory_is_survived),
  };
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
