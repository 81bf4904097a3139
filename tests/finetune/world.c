#include "tests/finetune/world.h"

#include "core/file.h"
#include "core/memory.h"
#include "core/random.h"
#include "finetune/pretrain.h"
#include "kg/graph_hash.h"
#include "kg/sqlite.h"
#include "kg/vectors.h"
#include "tests/kg/graph.h"
#include "tests/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HALF = WORLD_DISEASES / 2 };

const char *const world_diseases[WORLD_DISEASES] = {
    "angina", "arrhythmia", "carditis", "tachycardia",
    "asthma", "bronchitis", "pleurisy", "sarcoidosis",
};

/* What stands around a disease. */
static const struct {
  const char *before, *after;
} sentences[] = {
    {"The patient was seen today for", "."},
    {"She has lived with", " for years."},
    {"No change of the", " since the last visit."},
    {"Dr Meyer asks for advice on", "."},
};

/* ---- files ---- */

const char *world_path(const char *name) {
  enum { PATHS = 8, SIZE = 256 };
  static char paths[PATHS][SIZE];
  static int next;
  char *path = paths[next++ % PATHS];
  snprintf(path, SIZE, "%s", scratch(name));
  return path;
}

const char *world_file(const char *name, const char *text) {
  OgError err = {0};
  const char *path = world_path(name);
  assert_ok(og_file_write(path, text, strlen(text), &err));
  return path;
}

json_t *world_json(const char *directory, const char *name) {
  OgError err = {0};
  json_t *json = NULL;
  char *path = og_path_join(directory, name);
  assert_ok(og_json_load(path, 1 << 20, OG_BAD_STORE, &json, &err));
  og_free(path);
  return json;
}

void assert_same_file(const char *a, const char *b, const char *name) {
  OgError err = {0};
  OgBuffer content[2] = {OG_BUFFER_INIT, OG_BUFFER_INIT};
  for (int k = 0; k < 2; k++) {
    char *path = og_path_join(k ? b : a, name);
    assert_ok(og_file_read(path, 1 << 24, &content[k], &err));
    og_free(path);
  }
  assert_int_equal(content[0].size, content[1].size);
  assert_memory_equal(content[0].data, content[1].data, content[0].size);
  og_buffer_clear(&content[0]);
  og_buffer_clear(&content[1]);
}

/* ---- the graph ---- */

static void make_graph(const char *path) {
  char names[WORLD_DISEASES][32];
  Row rows[3 * WORLD_DISEASES + 4] = {
      {"ex:heart", "rdf:type", "owl:Class", NULL},
      {"ex:lung", "rdf:type", "owl:Class", NULL},
      {"ex:heart", "rdfs:label", "heart", ""},
      {"ex:lung", "rdfs:label", "lung", ""},
  };
  size_t count = 4;
  for (size_t k = 0; k < WORLD_DISEASES; k++) {
    snprintf(names[k], sizeof names[k], "ex:%s", world_diseases[k]);
    rows[count++] = (Row){names[k], "rdf:type", "owl:Class", NULL};
    rows[count++] = (Row){names[k], "rdfs:label", world_diseases[k], ""};
    rows[count++] = (Row){names[k], "rdfs:subClassOf", k < HALF ? "ex:heart" : "ex:lung", NULL};
  }
  og_store_close(graph_make(path, OG_STORE_READ, rows, count));
}

static int compare_ids(const void *a, const void *b) {
  const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
  return (x > y) - (x < y);
}

void world_embed(const char *graph, const char *set, uint64_t seed) {
  OgError err = {0};
  OgStore *store;
  int64_t entities[WORLD_DISEASES], heart[HALF];
  float values[WORLD_DISEASES * WORLD_D];
  assert_ok(og_store_open(graph, OG_STORE_WRITE, &store, &err));
  for (size_t k = 0; k < WORLD_DISEASES; k++) {
    char name[32];
    snprintf(name, sizeof name, "ex:%s", world_diseases[k]);
    entities[k] = graph_id(store, name);
    if (k < HALF) {
      heart[k] = entities[k];
    }
  }
  qsort(entities, WORLD_DISEASES, sizeof *entities, compare_ids);
  OgRandom random;
  og_random_init(&random, seed);
  for (size_t n = 0; n < WORLD_DISEASES; n++) {
    bool in_heart = false;
    for (size_t k = 0; k < HALF; k++) {
      in_heart |= heart[k] == entities[n];
    }
    for (size_t d = 0; d < WORLD_D; d++) {
      values[n * WORLD_D + d] = (in_heart ? 1.0f : -1.0f) + 0.3f * (float)og_random_normal(&random);
    }
  }
  char name[32], model[] = "test", json[] = "{}";
  snprintf(name, sizeof name, "%s", set);
  OgVectors vectors = {.name = name,
                       .model = model,
                       .parameters = json,
                       .metrics = json,
                       .N = WORLD_DISEASES,
                       .D = WORLD_D,
                       .entities = entities,
                       .values = values};
  assert_ok(og_store_graph_hash(store, vectors.graph_hash, &err));
  assert_ok(og_vectors_save(store, &vectors, &err));
  og_store_close(store);
}

int64_t world_number(const char *graph, const char *sql) {
  OgError err = {0};
  OgStore *store;
  int64_t value = -1;
  assert_ok(og_store_open(graph, OG_STORE_READ, &store, &err));
  assert_ok(og_sqlite_number(og_store_sqlite(store), sql, "read", "test", &value, &err));
  og_store_close(store);
  return value;
}

/* ---- texts ---- */

static void add_row(OgBuffer *csv, size_t id, size_t sentence, size_t disease) {
  OgError err = {0};
  assert_ok(og_buffer_format(csv, &err, "%zu,%s %s%s,%s\n", id, sentences[sentence].before,
                             world_diseases[disease], sentences[sentence].after,
                             disease < HALF ? "heart" : "lung"));
}

/* Training texts leave the last disease of each half out; test texts have one of each. */
static void write_texts(const char *path, size_t rows, bool all) {
  OgError err = {0};
  OgBuffer csv = OG_BUFFER_INIT;
  assert_ok(og_buffer_text(&csv, "id,text,label\n", &err));
  for (size_t k = 0; k < rows; k++) {
    const size_t known = HALF - 1;
    const size_t disease = all ? k : (k % 2) * HALF + k / 2 % known;
    const size_t sentence = all ? k : k / 2; /* both halves share it, so it tells nothing */
    add_row(&csv, k + 1, sentence % OG_COUNT(sentences), disease);
  }
  assert_ok(og_file_write(path, csv.data, csv.size, &err));
  og_buffer_clear(&csv);
}

static void write_corpus(const char *path) {
  OgError err = {0};
  OgBuffer text = OG_BUFFER_INIT;
  for (size_t k = 0; k < 2 * WORLD_DISEASES; k++) {
    add_row(&text, k, k % OG_COUNT(sentences), k % WORLD_DISEASES);
    assert_ok(og_buffer_text(&text, k % 4 == 3 ? "\n" : "", &err));
  }
  assert_ok(og_file_write(path, text.data, text.size, &err));
  og_buffer_clear(&text);
}

void world_make(World *world) {
  OgError err = {0};
  const struct {
    char *path;
    const char *name;
  } places[] = {{world->graph, "world.db"},
                {world->base, "base"},
                {world->corpus, "corpus.txt"},
                {world->train, "train.csv"},
                {world->test, "test.csv"}};
  for (size_t k = 0; k < OG_COUNT(places); k++) {
    snprintf(places[k].path, sizeof world->graph, "%s", scratch(places[k].name));
  }
  make_graph(world->graph);
  world_embed(world->graph, "world", 1);
  write_texts(world->train, WORLD_TRAIN, false);
  write_texts(world->test, WORLD_TEST, true);
  write_corpus(world->corpus);
  OgPretrainOptions options = og_pretrain_options_default();
  options.vocab_size = 300;
  options.layers = 1;
  options.hidden = 16;
  options.heads = 2;
  options.max_positions = 32;
  options.batch_tokens = 256;
  options.steps = 3;
  options.threads = 1;
  options.force = true; /* a test may make its world anew */
  const char *const texts[] = {world->corpus};
  assert_ok(og_pretrain(texts, 1, world->base, &options, NULL, NULL, &err));
}

/* ---- progress ---- */

static bool on_report(void *data, const char *stage, double done, double total,
                      const char *detail) {
  (void)done;
  (void)total;
  Watch *watch = data;
  if (!watch->stage || strcmp(watch->stage, stage) != 0) {
    return true;
  }
  snprintf(watch->detail, sizeof watch->detail, "%s", detail);
  return ++watch->reports <= watch->after;
}

static void on_warning(void *data, const char *message) {
  Watch *watch = data;
  watch->warnings++;
  snprintf(watch->warning, sizeof watch->warning, "%s", message);
}

void watch_init(Watch *watch, const char *stage, size_t after) {
  *watch = (Watch){.stage = stage, .after = after};
  watch->progress = (OgProgress){on_report, on_warning, watch};
}

static bool dry(void *data, const char *stage, double done, double total, const char *detail) {
  Drought *drought = data;
  (void)detail;
  if (strcmp(stage, drought->stage) == 0) {
    drought->reports++;
    og_memory_fail_after(drought->back && done >= total ? -1 : 0);
  }
  return true;
}

void drought_init(Drought *drought, const char *stage, bool back) {
  *drought = (Drought){.stage = stage, .back = back};
  drought->progress = (OgProgress){.report = dry, .data = drought};
}
