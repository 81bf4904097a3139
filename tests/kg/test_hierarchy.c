#include "kg/hierarchy.h"

#include "kg/describe.h"
#include "kg/diff.h"
#include "kg/explore.h"
#include "tests/kg/graph.h"
#include "tests/kg/statements.h"
#include "tests/test.h"

#include <stdio.h>
#include <string.h>

/* A graph in which ex:below is a child of ex:above by one relation, and ex:beside only related. */
static OgStore *make(const char *name, const char *relation, bool is_downward) {
  const char *const head = is_downward ? "ex:above" : "ex:below";
  const char *const tail = is_downward ? "ex:below" : "ex:above";
  const Row rows[] = {
      {"ex:above", "rdf:type", "owl:NamedIndividual", NULL},
      {"ex:below", "rdf:type", "owl:NamedIndividual", NULL},
      {"ex:beside", "rdf:type", "owl:NamedIndividual", NULL},
      {relation, "rdf:type", "owl:ObjectProperty", NULL},
      {"ex:meets", "rdf:type", "owl:ObjectProperty", NULL},
      {head, relation, tail, NULL},
      {"ex:beside", "ex:meets", "ex:below", NULL},
  };
  return graph_make(scratch(name), OG_STORE_READ, rows, OG_COUNT(rows));
}

static void check_walk(OgStore *store) {
  OgError err = {0};
  OgExplorer *explorer = NULL;
  size_t count;
  assert_ok(og_explore_open(store, false, &explorer, &err));
  const uint32_t above = og_explore_node(explorer, graph_id(store, "ex:above")),
                 below = og_explore_node(explorer, graph_id(store, "ex:below"));
  assert_int_equal(og_explore_next(explorer, below, OG_UP, &count)[0], above);
  assert_int_equal(count, 1);
  assert_int_equal(og_explore_next(explorer, above, OG_DOWN, &count)[0], below);
  assert_int_equal(count, 1);
  (void)og_explore_next(explorer, above, OG_UP, &count);
  assert_int_equal(count, 0);
  (void)og_explore_next(explorer, below, OG_DOWN, &count);
  assert_int_equal(count, 0);
  og_explore_close(explorer);
}

static void check_cards(OgStore *store) {
  OgError err = {0};
  OgCard card;
  assert_ok(og_describe(store, graph_id(store, "ex:below"), NULL, &card, &err));
  assert_int_equal(card.parents.total, 1);
  assert_int_equal(card.parents.count, 1);
  assert_string_equal(card.parents.items[0].label, "above");
  assert_int_equal(card.children.total, 0);
  assert_int_equal(card.out_count, 0);
  assert_int_equal(card.in_count, 1); /* ex:meets */
  og_card_clear(&card);
  assert_ok(og_describe(store, graph_id(store, "ex:above"), NULL, &card, &err));
  assert_int_equal(card.children.total, 1);
  assert_string_equal(card.children.items[0].label, "below");
  assert_int_equal(card.parents.total, 0);
  assert_int_equal(card.out_count + card.in_count, 0);
  og_card_clear(&card);
}

static void a_child_finds_its_parent_whichever_way_the_edge_leads(void **state) {
  (void)state;
  for (size_t k = 0; k < OG_HIERARCHY; k++) {
    if (strcmp(og_hierarchy_relations[k], OG_NS_SKOS "broaderTransitive") == 0) {
      continue; /* no edge unless it is inferred */
    }
    OgStore *store = make("way.db", og_hierarchy_relations[k], k >= OG_HIERARCHY_UP);
    check_walk(store);
    check_cards(store);
    og_store_close(store);
  }
}

static void the_slope_is_that_of_the_table(void **state) {
  (void)state;
  OgError err = {0};
  OgHierarchy hierarchy;
  const char *const relation = OG_XBRL_ARCROLE "parent-child";
  OgStore *store = make("slope.db", relation, true);
  int64_t id;
  assert_ok(og_hierarchy_read(store, &hierarchy, &err));
  assert_ok(og_store_find_iri(store, relation, strlen(relation), &id, &err));
  assert_int_equal(og_hierarchy_slope(&hierarchy, id), OG_DOWNWARD);
  assert_int_equal(og_hierarchy_slope(&hierarchy, graph_id(store, "rdf:type")), OG_UPWARD);
  assert_int_equal(og_hierarchy_slope(&hierarchy, graph_id(store, "ex:meets")), OG_LEVEL);
  og_store_close(store);
}

static void an_account_that_is_moved_is_told_as_moved(void **state) {
  (void)state;
#define ARC "<" OG_XBRL_ARCROLE "parent-child> "
#define CONCEPTS                                                                                   \
  ARC "a owl:ObjectProperty . ex:a a skos:Concept . ex:b a skos:Concept . ex:cash a skos:Concept " \
      ". "
  OgError err = {0};
  OgStore *old = NULL, *new = NULL;
  OgDiff diff;
  char paths[2][512];
  snprintf(paths[0], sizeof paths[0], "%s", scratch("accounts-old.db"));
  snprintf(paths[1], sizeof paths[1], "%s", scratch("accounts-new.db"));
  remove(paths[0]);
  remove(paths[1]);
  assert_ok(import_text(paths[0], "urn:s", CONCEPTS "ex:a " ARC "ex:cash .", NULL, &err));
  assert_ok(import_text(paths[1], "urn:s", CONCEPTS "ex:b " ARC "ex:cash .", NULL, &err));
  assert_ok(og_store_open(paths[0], OG_STORE_READ, &old, &err));
  assert_ok(og_store_open(paths[1], OG_STORE_READ, &new, &err));
  assert_ok(og_diff(old, new, NULL, 10, NULL, &diff, &err));
  assert_int_equal(diff.kinds[OG_CHANGE_MOVED].total, 1);
  assert_string_equal(diff.kinds[OG_CHANGE_MOVED].items[0].label, "cash");
  assert_int_equal(diff.kinds[OG_CHANGE_RELATIONS].total, 0);
  og_diff_clear(&diff);
  og_store_close(old);
  og_store_close(new);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_child_finds_its_parent_whichever_way_the_edge_leads),
      cmocka_unit_test(the_slope_is_that_of_the_table),
      cmocka_unit_test(an_account_that_is_moved_is_told_as_moved),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
