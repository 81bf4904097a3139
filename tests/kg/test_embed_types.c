#include "kg/embed_types.h"

#include "core/buffer.h"
#include "core/memory.h"
#include "kg/store.h"
#include "tests/kg/graph.h"
#include "tests/kg/statements.h"

#include "tests/test.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Drugs, illnesses and their parts; what is no place in the hierarchy; and a class that is outside
 * of both, with words of its own. */
static const char text[] =
    "ex:Drug a owl:Class . ex:Illness a owl:Class . ex:Tool a owl:Class . ex:Flu a owl:Class . "
    "ex:Flu rdfs:subClassOf ex:Illness . ex:Knife a owl:Class . ex:Knife rdfs:subClassOf ex:Tool . "
    "ex:Pill a owl:Class . ex:Pill rdfs:subClassOf ex:Drug . "
    "ex:Herb a owl:Class . ex:Herb rdfs:subClassOf ex:Drug . "
    "ex:Drug owl:disjointWith ex:Illness . "
    "ex:flu1 a ex:Flu . ex:flu2 a ex:Flu . ex:pill1 a ex:Pill . ex:pill2 a ex:Pill . "
    "ex:knife1 a ex:Knife . ex:loner a owl:NamedIndividual . "
    "ex:treats a owl:ObjectProperty . ex:treats rdfs:domain ex:Drug . "
    "ex:treats rdfs:range ex:Illness . "
    "ex:cures a owl:ObjectProperty . ex:cures rdfs:subPropertyOf ex:treats . "
    "ex:curedBy a owl:ObjectProperty . ex:curedBy owl:inverseOf ex:cures . "
    "ex:pill1 ex:treats ex:flu1 . ex:pill1 ex:cures ex:flu1 . ex:flu1 ex:curedBy ex:pill1 . "
    "ex:pill2 ex:treats ex:loner . ";

static const char *const names[] = {"ex:flu1",  "ex:flu2", "ex:pill1", "ex:pill2", "ex:knife1",
                                    "ex:loner", "ex:Flu",  "ex:Pill",  "ex:Knife", "ex:Illness",
                                    "ex:Drug",  "ex:Tool", "ex:Herb"};

typedef struct World {
  OgStore *store;
  OgVectors vectors;
} World;

static int compare_ids(const void *a, const void *b) {
  const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
  return x < y ? -1 : x > y;
}

static World make_world(const char *name, const char *more) {
  OgError err;
  OgLoadSummary summary;
  World world = {.vectors = {.N = OG_COUNT(names), .D = 1}};
  OgBuffer all = OG_BUFFER_INIT;
  const char *path = scratch(name);
  remove(path);
  assert_ok(og_buffer_format(&all, &err, "%s%s", text, more));
  assert_ok(import_text(path, "urn:source", all.data, &summary, &err));
  assert_ok(og_store_open(path, OG_STORE_READ, &world.store, &err));
  world.vectors.entities = OG_NEW_ARRAY(int64_t, OG_COUNT(names));
  for (size_t k = 0; k < OG_COUNT(names); k++) {
    world.vectors.entities[k] = graph_id(world.store, names[k]);
  }
  qsort(world.vectors.entities, OG_COUNT(names), sizeof(int64_t), compare_ids);
  og_buffer_clear(&all);
  return world;
}

static void close_world(World *world) {
  og_vectors_clear(&world->vectors);
  og_store_close(world->store);
}

static uint32_t row_of(const World *world, const char *name) {
  return (uint32_t)og_vectors_row(&world->vectors, graph_id(world->store, name));
}

/* The relation's ends are pill1 and pill2, and flu1 and loner, and a knife when there is one. */
static OgStatus read_types(const World *world, const char *relation, OgTypeRule rule, bool knife,
                           OgTypes **types, OgError *err) {
  const uint32_t drugs[] = {row_of(world, "ex:pill1"), row_of(world, "ex:pill2"),
                            row_of(world, "ex:knife1")},
                 illnesses[] = {row_of(world, "ex:flu1"), row_of(world, "ex:loner"),
                                row_of(world, "ex:flu1")};
  const bool back = strcmp(relation, "ex:curedBy") == 0;
  const uint32_t *const ends[] = {back ? illnesses : drugs, back ? drugs : illnesses};
  return og_types_read(world->store, &world->vectors, graph_id(world->store, relation), rule, ends,
                       knife ? 3 : 2, types, err);
}

/* Whether exactly these words of names may be heads, or tails. */
static void check_allowed(const World *world, const OgTypes *types, bool head,
                          const char *expected) {
  for (size_t k = 0; k < OG_COUNT(names); k++) {
    char word[20];
    snprintf(word, sizeof word, " %s ", names[k] + strlen("ex:"));
    const bool allowed = og_types_allow(types, row_of(world, names[k]), head);
    if (allowed != (strstr(expected, word) != NULL)) {
      fail_msg("%s is%s allowed as a %s", names[k], allowed ? "" : " not", head ? "head" : "tail");
    }
  }
}

static const char everything[] =
    " flu1 flu2 pill1 pill2 knife1 loner Flu Pill Knife Illness Drug Tool Herb ";
static const char drugs[] = " pill1 pill2 loner Pill Drug Herb ";
static const char illnesses[] = " flu1 flu2 loner Flu Illness ";

static void each_rule_allows_what_it_says(void **state) {
  (void)state;
  OgError err;
  World world = make_world("rules.db", "");
  static const struct {
    OgTypeRule rule;
    const char *heads, *tails;
  } cases[] = {
      {OG_TYPES_DECLARED, drugs, illnesses},
      {OG_TYPES_DISJOINT, " pill1 pill2 knife1 loner Pill Knife Drug Tool Herb ",
       " flu1 flu2 knife1 loner Flu Knife Illness Tool "},
      {OG_TYPES_ANY, everything, everything},
  };
  for (size_t k = 0; k < OG_COUNT(cases); k++) {
    OgTypes *types;
    assert_ok(read_types(&world, "ex:treats", cases[k].rule, false, &types, &err));
    check_allowed(&world, types, true, cases[k].heads);
    check_allowed(&world, types, false, cases[k].tails);
    og_types_free(types);
  }
  close_world(&world);
}

static void domains_come_from_other_properties(void **state) {
  (void)state;
  OgError err;
  OgTypes *types;
  World world = make_world("others.db", "");
  assert_ok(read_types(&world, "ex:cures", OG_TYPES_DECLARED, false, &types, &err));
  check_allowed(&world, types, true, drugs);
  check_allowed(&world, types, false, illnesses);
  og_types_free(types);
  assert_ok(read_types(&world, "ex:curedBy", OG_TYPES_DECLARED, false, &types, &err));
  check_allowed(&world, types, true, illnesses);
  check_allowed(&world, types, false, drugs);
  og_types_free(types);
  close_world(&world);
}

static void a_domain_that_the_graph_does_not_keep_is_none(void **state) {
  (void)state;
  OgError err;
  OgTypes *types;
  World world = make_world("unkept.db", "");
  assert_ok(read_types(&world, "ex:treats", OG_TYPES_DECLARED, true, &types, &err));
  check_allowed(&world, types, true, " pill1 pill2 knife1 loner Pill Knife Drug Tool Herb ");
  check_allowed(&world, types, false, illnesses);
  og_types_free(types);
  close_world(&world);
}

static void a_domain_of_a_union_takes_either(void **state) {
  (void)state;
  OgError err;
  OgTypes *types;
  World world = make_world("union.db",
                           "ex:cuts a owl:ObjectProperty . ex:cuts rdfs:domain _:u . "
                           "_:u a owl:Class . _:u owl:unionOf _:l1 . _:l1 rdf:first ex:Tool . "
                           "_:l1 rdf:rest _:l2 . _:l2 rdf:first ex:Drug . _:l2 rdf:rest rdf:nil . "
                           "ex:knife1 ex:cuts ex:flu1 . ");
  assert_ok(read_types(&world, "ex:cuts", OG_TYPES_DECLARED, true, &types, &err));
  check_allowed(&world, types, true, " pill1 pill2 knife1 loner Pill Knife Drug Tool Herb ");
  check_allowed(&world, types, false, everything);
  og_types_free(types);
  close_world(&world);
}

static void lists_of_disjoint_classes_count_too(void **state) {
  (void)state;
  static const char *const lists[] = {
      "_:d a owl:AllDisjointClasses . _:d owl:members _:l1 . ",
      "ex:Thing a owl:Class . ex:Thing owl:disjointUnionOf _:l1 . "};
  for (size_t k = 0; k < OG_COUNT(lists); k++) {
    OgError err;
    OgTypes *types;
    OgBuffer more = OG_BUFFER_INIT;
    assert_ok(og_buffer_format(&more, &err,
                               "%s_:l1 rdf:first ex:Drug . _:l1 rdf:rest _:l2 . "
                               "_:l2 rdf:first ex:Tool . _:l2 rdf:rest rdf:nil . ",
                               lists[k]));
    World world = make_world("lists.db", more.data);
    assert_ok(read_types(&world, "ex:treats", OG_TYPES_DISJOINT, false, &types, &err));
    check_allowed(&world, types, true, drugs);
    og_types_free(types);
    close_world(&world);
    og_buffer_clear(&more);
  }
}

/* A class may be the disjoint union of two things and of two others: one of these and one of those
 * is no contradiction. */
static void each_disjoint_union_is_a_list_of_its_own(void **state) {
  (void)state;
  OgError err;
  OgTypes *types;
  World world =
      make_world("unions.db", "ex:Thing a owl:Class . ex:Thing owl:disjointUnionOf _:l1 . "
                              "_:l1 rdf:first ex:Drug . _:l1 rdf:rest _:l2 . "
                              "_:l2 rdf:first ex:Illness . _:l2 rdf:rest rdf:nil . "
                              "ex:Thing owl:disjointUnionOf _:m1 . "
                              "_:m1 rdf:first ex:Tool . _:m1 rdf:rest _:m2 . "
                              "_:m2 rdf:first ex:Herb . _:m2 rdf:rest rdf:nil . ");
  assert_ok(read_types(&world, "ex:treats", OG_TYPES_DISJOINT, false, &types, &err));
  check_allowed(&world, types, true, " pill1 pill2 knife1 loner Pill Knife Drug Tool Herb ");
  og_types_free(types);
  close_world(&world);
}

/* What stands at an end of a symmetric relation is of its domain and of its range. */
static void a_symmetric_relation_has_both_at_each_end(void **state) {
  (void)state;
  OgError err;
  OgTypes *types;
  World world = make_world("symmetric.db",
                           "ex:meets a owl:ObjectProperty . ex:meets a owl:SymmetricProperty . "
                           "ex:meets rdfs:domain ex:Drug . ex:meets rdfs:range ex:Tool . "
                           "ex:Herb owl:disjointWith ex:Tool . ex:loner ex:meets ex:loner . ");
  assert_ok(read_types(&world, "ex:meets", OG_TYPES_DISJOINT, false, &types, &err));
  check_allowed(&world, types, true, " pill1 pill2 knife1 loner Pill Knife Drug Tool ");
  check_allowed(&world, types, false, " pill1 pill2 knife1 loner Pill Knife Drug Tool ");
  og_types_free(types);
  close_world(&world);
}

/* Nothing is below two disjoint classes. */
static void edges_of_the_hierarchy_keep_disjoint_classes_apart(void **state) {
  (void)state;
  OgError err;
  World world = make_world("apart.db", "");
  for (int rule = OG_TYPES_DECLARED; rule <= OG_TYPES_ANY; rule++) {
    OgTypes *types;
    float scores[OG_COUNT(names)] = {0};
    const bool hides = rule != OG_TYPES_ANY;
    assert_ok(read_types(&world, "rdfs:subClassOf", (OgTypeRule)rule, false, &types, &err));
    og_types_hide(types, row_of(&world, "ex:Pill"), false, scores);
    assert_int_equal(isinf(scores[row_of(&world, "ex:Flu")]) != 0, hides);
    assert_int_equal(isinf(scores[row_of(&world, "ex:Illness")]) != 0, hides);
    assert_true(scores[row_of(&world, "ex:Herb")] == 0 && scores[row_of(&world, "ex:Tool")] == 0);
    og_types_free(types);
  }
  close_world(&world);
}

/* The drug and the tool are told apart by the second of two groups, and a thing that is both a drug
 * and a tool contradicts either. */
static void classes_of_several_groups_are_told_apart(void **state) {
  (void)state;
  OgError err;
  OgTypes *types;
  float scores[OG_COUNT(names)] = {0};
  World world = make_world("groups.db", "ex:Drug owl:disjointWith ex:Tool . "
                                        "ex:Herb rdfs:subClassOf ex:Tool . "
                                        "ex:Illness owl:disjointWith ex:Tool . ");
  assert_ok(read_types(&world, "rdfs:subClassOf", OG_TYPES_DISJOINT, false, &types, &err));
  og_types_hide(types, row_of(&world, "ex:Pill"), false, scores);
  static const char *const hidden[] = {"ex:Tool", "ex:Knife", "ex:Herb", "ex:Flu"};
  for (size_t k = 0; k < OG_COUNT(hidden); k++) {
    assert_true(isinf(scores[row_of(&world, hidden[k])]));
  }
  assert_true(scores[row_of(&world, "ex:Drug")] == 0);
  assert_true(scores[row_of(&world, "ex:pill2")] == 0);
  og_types_free(types);
  close_world(&world);
}

static bool stop_at_once(void *data, const char *stage, double done, double total,
                         const char *detail) {
  (void)stage, (void)done, (void)total, (void)detail;
  ++*(int *)data;
  return false;
}

/* A chain of classes below one of two that are disjoint, longer than a look at the store's watch
 * waits for. */
static void a_long_walk_can_be_stopped(void **state) {
  (void)state;
  enum { CLASSES = 20000 };
  OgError err;
  OgBuffer more = OG_BUFFER_INIT;
  OgTypes *types = NULL;
  int looks = 0;
  const OgProgress progress = {.report = stop_at_once, .data = &looks};
  assert_ok(og_buffer_format(&more, &err, "ex:c0 rdfs:subClassOf ex:Drug . "));
  for (int k = 1; k < CLASSES; k++) {
    assert_ok(og_buffer_format(&more, &err, "ex:c%d rdfs:subClassOf ex:c%d . ", k, k - 1));
  }
  World world = make_world("chain.db", more.data);
  og_store_watch(world.store, &progress, "looking");
  assert_status(read_types(&world, "rdfs:subClassOf", OG_TYPES_DISJOINT, false, &types, &err),
                OG_CANCELLED);
  assert_true(looks > 0);
  og_store_watch(world.store, NULL, NULL);
  assert_ok(read_types(&world, "rdfs:subClassOf", OG_TYPES_DISJOINT, false, &types, &err));
  og_types_free(types);
  close_world(&world);
  og_buffer_clear(&more);
}

static void failed_allocations_are_reported(void **state) {
  (void)state;
  World world = make_world("memory.db", "");
  OgStatus last = OG_NO_MEMORY;
  for (long k = 0; last == OG_NO_MEMORY; k++) {
    OgError err;
    OgTypes *types = NULL;
    assert_true(k < 200);
    og_memory_fail_after(k);
    last = read_types(&world, "ex:treats", OG_TYPES_DECLARED, false, &types, &err);
    og_memory_fail_after(-1);
    og_types_free(types);
  }
  assert_status(last, OG_OK);
  close_world(&world);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(each_rule_allows_what_it_says),
      cmocka_unit_test(domains_come_from_other_properties),
      cmocka_unit_test(a_domain_that_the_graph_does_not_keep_is_none),
      cmocka_unit_test(a_domain_of_a_union_takes_either),
      cmocka_unit_test(lists_of_disjoint_classes_count_too),
      cmocka_unit_test(each_disjoint_union_is_a_list_of_its_own),
      cmocka_unit_test(a_symmetric_relation_has_both_at_each_end),
      cmocka_unit_test(edges_of_the_hierarchy_keep_disjoint_classes_apart),
      cmocka_unit_test(classes_of_several_groups_are_told_apart),
      cmocka_unit_test(a_long_walk_can_be_stopped),
      cmocka_unit_test(failed_allocations_are_reported),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
