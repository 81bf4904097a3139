#include "finetune/entities.h"

#include "core/memory.h"
#include "tests/finetune/world.h"
#include "tests/kg/graph.h"
#include "tests/test.h"

#include <math.h>
#include <string.h>

static World world;

static int make_world(void **state) {
  (void)state;
  world_make(&world);
  return 0;
}

static OgEntities load(const char *set) {
  OgError err = {0};
  OgEntities entities;
  assert_ok(og_entities_load(world.graph, true, set, NULL, &entities, &err));
  return entities;
}

static void a_graph_gives_a_linker_and_vectors_ready_for_fusion(void **state) {
  (void)state;
  OgError err = {0};
  OgEntities entities = load(NULL);
  assert_string_equal(entities.vectors.name, "world");
  assert_int_equal(entities.vectors.N, WORLD_DISEASES);
  assert_int_equal(entities.vectors.D, WORLD_D);
  double squares = 0;
  for (size_t k = 0; k < WORLD_DISEASES * WORLD_D; k++) {
    squares += (double)entities.vectors.values[k] * (double)entities.vectors.values[k];
  }
  /* Standardised: rows of length √D. */
  assert_true(fabs(squares / (WORLD_DISEASES * WORLD_D) - 1) < 1e-5);
  OgMentions mentions = OG_MENTIONS_INIT;
  const char text[] = "Asthma, not angina.";
  assert_ok(og_linker_find(entities.linker, text, strlen(text), &mentions, &err));
  assert_int_equal(mentions.count, 2);
  assert_non_null(og_vectors_find(&entities.vectors, mentions.items[0].entity));
  og_mentions_clear(&mentions);
  og_entities_clear(&entities);
}

static void vectors_may_not_be_wanted(void **state) {
  (void)state;
  OgError err = {0};
  OgEntities entities;
  assert_ok(og_entities_load(world.graph, false, NULL, NULL, &entities, &err));
  assert_non_null(entities.linker);
  assert_int_equal(entities.vectors.N, 0);
  assert_string_equal(entities.vectors_hash, "");
  assert_int_equal(strlen(entities.graph_hash), OG_SHA256_HEX_SIZE - 1);
  og_entities_clear(&entities);
}

static void the_hash_tells_vectors_apart(void **state) {
  (void)state;
  world_embed(world.graph, "other", 2);
  OgEntities first = load("world"), again = load("world"), other = load("other");
  assert_string_equal(first.vectors_hash, again.vectors_hash);
  assert_string_not_equal(first.vectors_hash, other.vectors_hash);
  assert_string_equal(first.graph_hash, other.graph_hash);
  og_entities_clear(&first);
  og_entities_clear(&again);
  og_entities_clear(&other);
}

static void what_is_not_there_is_told(void **state) {
  (void)state;
  OgError err;
  OgEntities entities;
  assert_status(og_entities_load(world.graph, true, "absent", NULL, &entities, &err), OG_NOT_FOUND);
  assert_non_null(strstr(err.message, "absent"));
  assert_null(entities.linker);
  assert_status(og_entities_load(scratch("no.db"), true, NULL, NULL, &entities, &err), OG_IO);
}

static void a_graph_that_changed_since_is_warned_of(void **state) {
  (void)state;
  OgError err = {0};
  Watch watch;
  watch_init(&watch, NULL, 0);
  OgEntities entities;
  assert_ok(og_entities_load(world.graph, true, "world", &watch.progress, &entities, &err));
  assert_int_equal(watch.warnings, 0);
  og_entities_clear(&entities);
  const char *path = world_path("changed.db");
  const Row rows[] = {{"ex:a", "rdf:type", "owl:Class", NULL},
                      {"ex:a", "rdfs:label", "a thing", ""}};
  OgStore *store = graph_make(path, OG_STORE_WRITE, rows, OG_COUNT(rows));
  int64_t id = graph_id(store, "ex:a");
  float value = 1;
  char name[] = "old", json[] = "{}";
  OgVectors vectors = {.name = name,
                       .model = name,
                       .parameters = json,
                       .metrics = json,
                       .graph_hash = "the hash of an earlier graph",
                       .N = 1,
                       .D = 1,
                       .entities = &id,
                       .values = &value};
  assert_ok(og_vectors_save(store, &vectors, &err));
  og_store_close(store);
  assert_ok(og_entities_load(path, true, NULL, &watch.progress, &entities, &err));
  assert_int_equal(watch.warnings, 1);
  assert_non_null(strstr(watch.warning, "changed since its embedding set \"old\""));
  og_entities_clear(&entities);
}

/* The row of `entities` that equals row n of `other`; N when there is none. */
static size_t row_like(const OgEntities *entities, const OgEntities *other, size_t n) {
  const size_t N = entities->vectors.N, D = entities->vectors.D;
  size_t row = 0;
  while (row < N && memcmp(entities->vectors.values + row * D, other->vectors.values + n * D,
                           D * sizeof(float)) != 0) {
    row++;
  }
  return row;
}

static void shuffling_gives_every_entity_the_vector_of_another(void **state) {
  (void)state;
  OgError err = {0};
  for (uint64_t seed = 0; seed < 20; seed++) {
    OgEntities before = load("world"), after = load("world"), again = load("world");
    assert_ok(og_entities_shuffle(&after, seed, &err));
    assert_ok(og_entities_shuffle(&again, seed, &err));
    size_t met = 0;
    for (size_t n = 0; n < WORLD_DISEASES; n++) {
      const size_t row = row_like(&after, &before, n);
      assert_true(row < WORLD_DISEASES);
      assert_int_not_equal(row, n);
      assert_int_equal(row_like(&again, &before, n), row);
      met |= (size_t)1 << row;
    }
    assert_int_equal(met, ((size_t)1 << WORLD_DISEASES) - 1);
    og_entities_clear(&before);
    og_entities_clear(&after);
    og_entities_clear(&again);
  }
}

static void every_allocation_may_fail(void **state) {
  (void)state;
  OgError err;
  OgStatus status = OG_NO_MEMORY;
  for (long k = 0; status != OG_OK; k++) {
    OgEntities entities;
    og_memory_fail_after(k);
    status = og_entities_load(world.graph, true, "world", NULL, &entities, &err);
    if (status == OG_OK) {
      status = og_entities_shuffle(&entities, 1, &err);
      og_entities_clear(&entities);
    }
    og_memory_fail_after(-1);
    if (status != OG_OK) {
      assert_status(status, OG_NO_MEMORY);
    }
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_graph_gives_a_linker_and_vectors_ready_for_fusion),
      cmocka_unit_test(vectors_may_not_be_wanted),
      cmocka_unit_test(the_hash_tells_vectors_apart),
      cmocka_unit_test(what_is_not_there_is_told),
      cmocka_unit_test(a_graph_that_changed_since_is_warned_of),
      cmocka_unit_test(shuffling_gives_every_entity_the_vector_of_another),
      cmocka_unit_test(every_allocation_may_fail),
  };
  return cmocka_run_group_tests_name("entities", tests, make_world, NULL);
}
