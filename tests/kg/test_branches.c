#include "kg/branches.h"

#include "core/buffer.h"
#include "core/memory.h"
#include "tests/kg/graph.h"
#include "tests/kg/statements.h"

#include "tests/test.h"

#include <stdio.h>
#include <string.h>

enum { MOST_NODES = 1000 };

/* Import the text, which is cleared. */
static OgStore *open_graph(const char *name, OgBuffer *text) {
  OgError err;
  OgLoadSummary summary;
  OgStore *store = NULL;
  const char *path = scratch(name);
  remove(path);
  assert_ok(import_text(path, "urn:source", text->data, &summary, &err));
  og_buffer_clear(text);
  assert_ok(og_store_open(path, OG_STORE_READ, &store, &err));
  return store;
}

/* Two roots. Of the first, three branches hang: of 20, 15 and 12 leaves; of the second 8 leaves.
 * One leaf of the first branch is also two steps below the second. A dozen things have no parent.
 */
static OgStore *make_graph(const char *name) {
  static const int leaves[] = {20, 15, 12};
  OgError err;
  OgBuffer text = OG_BUFFER_INIT;
  assert_ok(og_buffer_text(&text,
                           "ex:likes a owl:ObjectProperty . ex:likes rdfs:label 'likes' . "
                           "ex:deep rdfs:subClassOf ex:b1 . ex:b0l0 rdfs:subClassOf ex:deep . ",
                           &err));
  for (int b = 0; b < 3; b++) {
    assert_ok(og_buffer_format(&text, &err, "ex:b%d rdfs:subClassOf ex:top . ", b));
    for (int k = 0; k < leaves[b]; k++) {
      assert_ok(og_buffer_format(&text, &err, "ex:b%dl%d rdfs:subClassOf ex:b%d . ", b, k, b));
    }
  }
  for (int k = 0; k < 8; k++) {
    assert_ok(og_buffer_format(&text, &err, "ex:s%d rdfs:subClassOf ex:second . ", k));
  }
  for (int k = 0; k < 12; k++) {
    assert_ok(og_buffer_format(&text, &err,
                               "ex:i%d a owl:NamedIndividual . ex:i%d ex:likes ex:i0 . ", k, k));
  }
  return open_graph(name, &text);
}

/* Hang the branch p<number> below another, with its leaves. */
static void add_part(OgBuffer *text, const char *above, int number, int leaves) {
  OgError err;
  assert_ok(og_buffer_format(text, &err, "ex:p%d rdfs:subClassOf ex:%s . ", number, above));
  for (int k = 0; k < leaves; k++) {
    assert_ok(
        og_buffer_format(text, &err, "ex:p%dl%d rdfs:subClassOf ex:p%d . ", number, k, number));
  }
}

/* A branch two steps below the root, where it gives way no more: 30 leaves, and parts of 20, 10 and
 * 1. */
static OgStore *make_deep_graph(const char *name) {
  static const int leaves[] = {20, 10, 1};
  OgError err;
  OgBuffer text = OG_BUFFER_INIT;
  assert_ok(og_buffer_text(&text,
                           "ex:mid rdfs:subClassOf ex:top . ex:big rdfs:subClassOf ex:mid . "
                           "ex:side rdfs:subClassOf ex:mid . ex:s0 rdfs:subClassOf ex:side . "
                           "ex:more rdfs:subClassOf ex:top . ex:m0 rdfs:subClassOf ex:more . ",
                           &err));
  for (int k = 0; k < 30; k++) {
    assert_ok(og_buffer_format(&text, &err, "ex:l%d rdfs:subClassOf ex:big . ", k));
  }
  for (int p = 0; p < 3; p++) {
    add_part(&text, "big", p, leaves[p]);
  }
  return open_graph(name, &text);
}

/* One branch below one root: its thirty parts, of 45 down to 16 leaves, are more than get a colour.
 */
static OgStore *make_wide_graph(const char *name) {
  OgError err;
  OgBuffer text = OG_BUFFER_INIT;
  assert_ok(og_buffer_text(&text,
                           "ex:mid rdfs:subClassOf ex:top . ex:t rdfs:subClassOf ex:top . "
                           "ex:big rdfs:subClassOf ex:mid . ex:m rdfs:subClassOf ex:mid . ",
                           &err));
  for (int p = 0; p < 30; p++) {
    add_part(&text, "big", p, 45 - p);
  }
  return open_graph(name, &text);
}

/* Two large branches: of the first eight parts of 40 leaves, of the second one of 60, one of 50 and
 * twenty of 10: what the second keeps, and its two, leave room for six of the first. */
static OgStore *make_rivals(const char *name) {
  OgError err;
  OgBuffer text = OG_BUFFER_INIT;
  assert_ok(og_buffer_text(&text,
                           "ex:mid rdfs:subClassOf ex:top . ex:t rdfs:subClassOf ex:top . "
                           "ex:first rdfs:subClassOf ex:mid . ex:second rdfs:subClassOf ex:mid . ",
                           &err));
  for (int p = 0; p < 8; p++) {
    add_part(&text, "first", p, 40);
  }
  for (int p = 8; p < 30; p++) {
    add_part(&text, "second", p, p == 8 ? 60 : p == 9 ? 50 : 10);
  }
  return open_graph(name, &text);
}

/* A branch with ten parts of 40 leaves beside eight branches of 30. */
static OgStore *make_crowd(const char *name) {
  OgError err;
  OgBuffer text = OG_BUFFER_INIT;
  assert_ok(og_buffer_text(&text, "ex:big rdfs:subClassOf ex:top . ", &err));
  for (int p = 0; p < 18; p++) {
    add_part(&text, p < 8 ? "top" : "big", p, p < 8 ? 30 : 40);
  }
  return open_graph(name, &text);
}

typedef struct World {
  OgStore *store;
  OgExplorer *explorer;
  uint32_t nodes[MOST_NODES];
  size_t count;
  OgArena arena;
  OgBranches branches;
} World;

static void set_up(World *world, OgStore *store, OgBranching branching) {
  OgError err;
  *world = (World){.store = store, .arena = OG_ARENA_INIT};
  assert_ok(og_explore_open(world->store, false, &world->explorer, &err));
  world->count = og_explore_count(world->explorer);
  assert_true(world->count < MOST_NODES);
  for (uint32_t n = 0; n < world->count; n++) {
    world->nodes[n] = n;
  }
  assert_ok(og_branches_of(world->store, world->explorer, branching, world->nodes, world->count,
                           &world->arena, &world->branches, &err));
}

static void tear_down(World *world) {
  og_arena_clear(&world->arena);
  og_explore_close(world->explorer);
  og_store_close(world->store);
}

/* The name of the branch of an entity; "" for none. */
static const char *branch_of(const World *world, const char *entity) {
  const uint32_t node = og_explore_node(world->explorer, graph_id(world->store, entity));
  const uint32_t branch = world->branches.of[node];
  return branch == OG_NO_BRANCH ? "" : world->branches.items[branch].name;
}

static void check_counts(const World *world) {
  size_t sum = world->branches.rest;
  for (size_t k = 0; k < world->branches.count; k++) {
    assert_true(k == 0 || world->branches.items[k].count <= world->branches.items[k - 1].count);
    size_t count = 0;
    for (size_t n = 0; n < world->count; n++) {
      count += world->branches.of[n] == k;
    }
    assert_int_equal(count, world->branches.items[k].count);
    sum += count;
  }
  assert_int_equal(sum, world->count);
}

static void a_root_that_covers_much_gives_way_to_its_children(void **state) {
  (void)state;
  World world;
  set_up(&world, make_graph("branch.db"), OG_BY_BRANCH);
  assert_int_equal(world.branches.count, 4);
  assert_string_equal(world.branches.items[0].name, "b0");
  assert_int_equal(world.branches.items[0].count, 21);
  assert_string_equal(branch_of(&world, "ex:b2l3"), "b2");
  assert_string_equal(branch_of(&world, "ex:b0l0"), "b0"); /* one step, not two */
  assert_string_equal(branch_of(&world, "ex:deep"), "b1");
  assert_string_equal(branch_of(&world, "ex:s1"), "second");
  assert_string_equal(branch_of(&world, "ex:second"), "second");
  assert_string_equal(branch_of(&world, "ex:top"), "");
  assert_string_equal(branch_of(&world, "ex:i3"), "");
  check_counts(&world);
  tear_down(&world);
}

static void a_deep_branch_that_covers_much_keeps_the_rest_of_its_parts(void **state) {
  (void)state;
  World world;
  set_up(&world, make_deep_graph("deep.db"), OG_BY_BRANCH);
  assert_int_equal(world.branches.count, 6);
  assert_string_equal(world.branches.items[0].name, "big");
  assert_int_equal(world.branches.items[0].count, 31);
  assert_string_equal(branch_of(&world, "ex:p0l3"), "p0");
  assert_string_equal(branch_of(&world, "ex:p1"), "p1");
  assert_string_equal(branch_of(&world, "ex:p2l0"), "p2");
  assert_string_equal(branch_of(&world, "ex:l7"), "big");
  check_counts(&world);
  tear_down(&world);
}

/* No entity below one that has a colour is without. */
static void check_below(const World *world) {
  for (uint32_t n = 0; n < world->count; n++) {
    size_t count;
    const uint32_t *next = og_explore_next(world->explorer, n, OG_DOWN, &count);
    for (size_t k = 0; k < count && world->branches.of[n] != OG_NO_BRANCH; k++) {
      assert_int_not_equal(world->branches.of[next[k]], OG_NO_BRANCH);
    }
  }
}

static void what_goes_back_to_a_branch_takes_no_part_its_colour(void **state) {
  (void)state;
  World world;
  set_up(&world, make_wide_graph("wide.db"), OG_BY_BRANCH);
  assert_int_equal(world.branches.count, OG_MOST_BRANCHES);
  assert_string_equal(world.branches.items[0].name, "big");
  assert_string_equal(branch_of(&world, "ex:p7"), "p7");
  assert_string_equal(branch_of(&world, "ex:p8"), "big");
  assert_string_equal(branch_of(&world, "ex:p8l0"), "big");
  check_counts(&world);
  check_below(&world);
  tear_down(&world);
}

static void parts_that_others_outgrow_go_back(void **state) {
  (void)state;
  World world;
  set_up(&world, make_rivals("rivals.db"), OG_BY_BRANCH);
  assert_int_equal(world.branches.count, OG_MOST_BRANCHES);
  assert_string_equal(branch_of(&world, "ex:p0l0"), "p0");
  assert_string_equal(branch_of(&world, "ex:p7l0"), "first");
  assert_string_equal(branch_of(&world, "ex:p8l0"), "p8");
  assert_string_equal(branch_of(&world, "ex:p29l0"), "second");
  check_counts(&world);
  check_below(&world);
  tear_down(&world);
}

static void parts_do_not_take_the_colours_of_other_branches(void **state) {
  (void)state;
  World world;
  set_up(&world, make_crowd("crowd.db"), OG_BY_BRANCH);
  assert_int_equal(world.branches.count, OG_MOST_BRANCHES);
  assert_string_equal(branch_of(&world, "ex:p7l0"), "p7");
  assert_string_equal(branch_of(&world, "ex:p8l0"), "big");
  assert_int_equal(world.branches.rest, 1); /* top */
  check_counts(&world);
  check_below(&world);
  tear_down(&world);
}

static void kinds_are_those_of_entities(void **state) {
  (void)state;
  World world;
  set_up(&world, make_graph("kind.db"), OG_BY_KIND);
  assert_int_equal(world.branches.count, 2);
  assert_string_equal(branch_of(&world, "ex:i3"), "individual");
  assert_string_equal(branch_of(&world, "ex:top"), "class");
  check_counts(&world);
  tear_down(&world);
}

static void relations_have_two_ends(void **state) {
  (void)state;
  World world;
  set_up(&world, make_graph("relation.db"), OG_BY_RELATION);
  assert_int_equal(world.branches.count, 2);
  assert_string_equal(branch_of(&world, "ex:i3"), "likes →");
  assert_string_equal(branch_of(&world, "ex:i0"), "→ likes");
  assert_string_equal(branch_of(&world, "ex:b0"), "");
  check_counts(&world);
  tear_down(&world);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_root_that_covers_much_gives_way_to_its_children),
      cmocka_unit_test(a_deep_branch_that_covers_much_keeps_the_rest_of_its_parts),
      cmocka_unit_test(what_goes_back_to_a_branch_takes_no_part_its_colour),
      cmocka_unit_test(parts_that_others_outgrow_go_back),
      cmocka_unit_test(parts_do_not_take_the_colours_of_other_branches),
      cmocka_unit_test(kinds_are_those_of_entities),
      cmocka_unit_test(relations_have_two_ends),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
