#include "kg/cycles.h"

#include "core/buffer.h"
#include "core/memory.h"
#include "core/random.h"
#include "tests/kg/statements.h"
#include "tests/test.h"

#include <stdio.h>
#include <string.h>

enum { NODES = 12 };

/* A hierarchy of n0 … n11 with random edges, which above[child][parent] notes. */
static OgExplorer *make_random(uint64_t seed, bool above[NODES][NODES], OgStore **store) {
  OgError err = {0};
  OgRandom random;
  OgBuffer text = OG_BUFFER_INIT;
  OgExplorer *explorer = NULL;
  og_random_init(&random, seed);
  memset(above, 0, sizeof(bool[NODES][NODES]));
  for (int k = 0; k < NODES; k++) {
    assert_ok(og_buffer_format(&text, &err, "ex:n%02d a owl:Class . ", k));
  }
  for (uint64_t edges = og_random_below(&random, 2 * NODES); edges > 0; edges--) {
    const unsigned child = (unsigned)og_random_below(&random, NODES);
    const unsigned parent = (unsigned)og_random_below(&random, NODES);
    above[child][parent] = child != parent;
    assert_ok(og_buffer_format(&text, &err, "ex:n%02u rdfs:subClassOf ex:n%02u . ", child, parent));
  }
  remove(scratch("cycles.db"));
  assert_ok(import_text(scratch("cycles.db"), "http://example.org/g", text.data, NULL, &err));
  assert_ok(og_store_open(scratch("cycles.db"), OG_STORE_READ, store, &err));
  assert_ok(og_explore_open(*store, false, &explorer, &err));
  og_buffer_clear(&text);
  assert_int_equal(og_explore_count(explorer), NODES);
  return explorer;
}

/* reach[a][b]: the fewest steps from a up to b, at least one; 0: none (Floyd, Warshall). */
static void measure(bool above[NODES][NODES], unsigned reach[NODES][NODES]) {
  for (int a = 0; a < NODES; a++) {
    for (int b = 0; b < NODES; b++) {
      reach[a][b] = above[a][b];
    }
  }
  for (int k = 0; k < NODES; k++) {
    for (int a = 0; a < NODES; a++) {
      for (int b = 0; b < NODES; b++) {
        const unsigned way = reach[a][k] && reach[k][b] ? reach[a][k] + reach[k][b] : 0;
        reach[a][b] = way && (!reach[a][b] || way < reach[a][b]) ? way : reach[a][b];
      }
    }
  }
}

static void check_cycle(const OgExplorer *explorer, const OgCycle *cycle,
                        unsigned reach[NODES][NODES]) {
  size_t knot = 0;
  for (uint32_t node = 0; node < NODES; node++) {
    const bool with = reach[cycle->nodes[0]][node] && reach[node][cycle->nodes[0]];
    knot += with;
    assert_false(with && node < cycle->nodes[0]);
  }
  assert_int_equal(cycle->knot, knot);
  assert_int_equal(cycle->count, reach[cycle->nodes[0]][cycle->nodes[0]]);
  for (size_t k = 0; k < cycle->count; k++) {
    size_t count;
    const uint32_t *parents = og_explore_next(explorer, cycle->nodes[k], OG_UP, &count);
    size_t j = 0;
    while (j < count && parents[j] != cycle->nodes[(k + 1) % cycle->count]) {
      j++;
    }
    assert_true(j < count);
  }
}

static void a_shortest_cycle_of_each_knot_is_found(void **state) {
  (void)state;
  OgError err = {0};
  size_t found = 0;
  for (uint64_t seed = 1; seed <= 100; seed++) {
    bool above[NODES][NODES];
    unsigned reach[NODES][NODES];
    OgStore *store = NULL;
    OgArena arena = OG_ARENA_INIT;
    OgCycles cycles;
    size_t knots = 0;
    OgExplorer *explorer = make_random(seed, above, &store);
    measure(above, reach);
    for (int a = 0; a < NODES; a++) { /* by their least nodes */
      bool least = reach[a][a] > 0;
      for (int b = 0; b < a; b++) {
        least = least && !(reach[a][b] && reach[b][a]);
      }
      knots += least;
    }
    assert_ok(og_cycles_find(explorer, &arena, &cycles, &err));
    assert_int_equal(cycles.count, knots);
    for (size_t k = 0; k < cycles.count; k++) {
      check_cycle(explorer, &cycles.items[k], reach);
      assert_true(k == 0 || cycles.items[k - 1].nodes[0] < cycles.items[k].nodes[0]);
    }
    found += knots;
    og_explore_close(explorer);
    og_store_close(store);
    og_arena_clear(&arena);
  }
  assert_true(found > 50);
}

static void memory_may_run_out_at_any_point(void **state) {
  (void)state;
  OgError err = {0};
  bool above[NODES][NODES];
  OgStore *store = NULL;
  OgCycles cycles;
  OgStatus status = OG_NO_MEMORY;
  OgExplorer *explorer = make_random(7, above, &store);
  for (long failures = 0; status == OG_NO_MEMORY; failures++) {
    OgArena arena = OG_ARENA_INIT;
    og_memory_fail_after(failures);
    status = og_cycles_find(explorer, &arena, &cycles, &err);
    og_memory_fail_after(-1);
    og_arena_clear(&arena);
  }
  assert_ok(status);
  og_explore_close(explorer);
  og_store_close(store);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_shortest_cycle_of_each_knot_is_found),
      cmocka_unit_test(memory_may_run_out_at_any_point),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
