#include "finetune/parts.h"

#include "core/memory.h"
#include "finetune/entities.h"
#include "tests/finetune/world.h"
#include "tests/test.h"

#include <string.h>

static World world;
static OgEntities entities;
static OgTokenizer *tokenizer;
static OgTeam *team;
static OgInputEncoder encoder;

static int set_up(void **state) {
  (void)state;
  OgError err = {0};
  world_make(&world);
  assert_ok(og_entities_load(world.graph, true, NULL, NULL, &entities, &err));
  assert_ok(og_tokenizer_load(world.base, &tokenizer, &err));
  assert_ok(og_team_new(2, &team, &err));
  encoder = (OgInputEncoder){.tokenizer = tokenizer,
                             .linker = entities.linker,
                             .vectors = &entities.vectors,
                             .max_length = 32};
  return 0;
}

static int tear_down(void **state) {
  (void)state;
  og_team_free(team);
  og_tokenizer_free(tokenizer);
  og_entities_clear(&entities);
  return 0;
}

static void load(const OgPartSources *sources, OgParts *parts) {
  OgError err = {0};
  assert_ok(og_parts_load(sources, &encoder, team, NULL, parts, &err));
}

static void a_part_is_held_out_of_every_label(void **state) {
  (void)state;
  const OgPartSources sources = {.train = world.train, .held_out = 0.25, .seed = 1};
  OgParts parts;
  load(&sources, &parts);
  assert_int_equal(parts.train.count, 18);
  assert_int_equal(parts.dev.count, 6);
  assert_int_equal(parts.test.count, 0);
  size_t lungs = 0, met = 0;
  for (size_t k = 0; k < parts.dev.count; k++) {
    lungs += og_part_label(&parts.dev, k);
    met |= (size_t)1 << parts.dev.which[k];
  }
  assert_int_equal(lungs, 3);
  for (size_t k = 0; k < parts.train.count; k++) {
    met |= (size_t)1 << parts.train.which[k];
  }
  assert_int_equal(met, ((size_t)1 << WORLD_TRAIN) - 1); /* every text is in one of them */
  og_parts_clear(&parts);
}

static void files_can_be_given(void **state) {
  (void)state;
  const OgPartSources sources = {
      .train = world.train, .dev = world.test, .test = world.test, .held_out = 0.25};
  OgParts parts;
  load(&sources, &parts);
  assert_int_equal(parts.train.count, WORLD_TRAIN);
  assert_int_equal(parts.dev.count, WORLD_TEST);
  assert_int_equal(parts.test.count, WORLD_TEST);
  assert_int_equal(og_part_label(&parts.test, 0), 0);
  assert_int_equal(og_part_label(&parts.test, WORLD_TEST - 1), 1);
  og_parts_clear(&parts);
}

static void files_that_are_the_same_are_told(void **state) {
  (void)state;
  OgError err = {0};
  OgParts parts;
  Watch watch;
  const OgPartSources sources = {.train = world.train, .dev = world.test, .test = world.train};
  watch_init(&watch, NULL, 0);
  assert_ok(og_parts_load(&sources, &encoder, team, &watch.progress, &parts, &err));
  assert_int_equal(watch.warnings, 1);
  assert_non_null(strstr(watch.warning, "to train on and to test on are the same file"));
  og_parts_clear(&parts);
}

static void what_a_part_names_is_counted(void **state) {
  (void)state;
  const char *path = world_file(
      "count.csv", "text,label\nasthma and angina,a\nasthma,b\nlung,a\nnothing,b\nasthma,a\n");
  const OgPartSources sources = {.train = path, .dev = path};
  OgError err = {0};
  OgParts parts;
  OgPartCounts counts;
  load(&sources, &parts);
  assert_ok(og_part_count(&parts.train, &counts, &err));
  /* asthma thrice and angina once; "lung" is an entity without vector. */
  assert_int_equal(counts.mentions, 4);
  assert_int_equal(counts.linked_texts, 3);
  assert_int_equal(counts.entities, 2);
  assert_int_equal(counts.tokens, parts.train_file.inputs.starts[5]);
  OgTextPart one = parts.train;
  one.which = (const uint32_t[]){1};
  one.count = 1;
  assert_ok(og_part_count(&one, &counts, &err));
  assert_int_equal(counts.mentions, 1);
  assert_int_equal(counts.linked_texts, 1);
  og_parts_clear(&parts);
}

static void hash(const OgPartSources *sources, char hex[OG_SHA256_HEX_SIZE]) {
  OgParts parts;
  OgSha256 sha;
  load(sources, &parts);
  og_sha256_init(&sha);
  og_part_hash(&parts.train, &sha);
  og_sha256_hex(&sha, hex);
  og_parts_clear(&parts);
}

static void the_hash_tells_texts_labels_and_splits_apart(void **state) {
  (void)state;
  char first[OG_SHA256_HEX_SIZE], again[OG_SHA256_HEX_SIZE], other[OG_SHA256_HEX_SIZE];
  OgPartSources sources = {.train = world_file("a.csv", "text,label\nasthma,a\nangina,b\n"),
                           .dev = world_file("dev.csv", "text,label\nasthma,a\n")};
  hash(&sources, first);
  hash(&sources, again);
  assert_string_equal(first, again);
  sources.train = world_file("b.csv", "text,label\nangina,a\nangina,b\n");
  hash(&sources, other);
  assert_string_not_equal(first, other);
  sources.train = world_file("c.csv", "text,label\nasthma,b\nangina,a\n");
  hash(&sources, other);
  assert_string_not_equal(first, other);
  sources = (OgPartSources){.train = world.train, .held_out = 0.25, .seed = 1};
  hash(&sources, first);
  sources.seed = 2;
  hash(&sources, other);
  assert_string_not_equal(first, other);
}

static void rows_that_cannot_be_learned_from_are_refused(void **state) {
  (void)state;
  OgError err;
  OgParts parts;
  OgPartSources sources = {.train = world_file("bare.csv", "text,label\nasthma,a\nangina,\n")};
  assert_status(og_parts_load(&sources, &encoder, team, NULL, &parts, &err), OG_BAD_DATA);
  og_parts_clear(&parts);
  sources.train = world.train;
  sources.test = world_file("strange.csv", "text,label\nasthma,brain\n");
  assert_status(og_parts_load(&sources, &encoder, team, NULL, &parts, &err), OG_BAD_DATA);
  assert_non_null(strstr(err.message, "brain"));
  og_parts_clear(&parts);
}

static void every_allocation_may_fail(void **state) {
  (void)state;
  OgError err;
  const OgPartSources sources = {.train = world.train, .test = world.test, .held_out = 0.25};
  OgStatus status = OG_NO_MEMORY;
  for (long k = 0; status != OG_OK; k++) {
    OgParts parts;
    OgPartCounts counts;
    og_memory_fail_after(k);
    status = og_parts_load(&sources, &encoder, team, NULL, &parts, &err);
    if (status == OG_OK) {
      status = og_part_count(&parts.train, &counts, &err);
    }
    og_memory_fail_after(-1);
    og_parts_clear(&parts);
    if (status != OG_OK) {
      assert_status(status, OG_NO_MEMORY);
    }
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_part_is_held_out_of_every_label),
      cmocka_unit_test(files_can_be_given),
      cmocka_unit_test(files_that_are_the_same_are_told),
      cmocka_unit_test(what_a_part_names_is_counted),
      cmocka_unit_test(the_hash_tells_texts_labels_and_splits_apart),
      cmocka_unit_test(rows_that_cannot_be_learned_from_are_refused),
      cmocka_unit_test(every_allocation_may_fail),
  };
  return cmocka_run_group_tests_name("parts", tests, set_up, tear_down);
}
