/* world: what tests of training share: a graph of eight diseases with vectors, a base network that
 * knows their words, and labelled texts that name them. */
#ifndef OG_TESTS_FINETUNE_WORLD_H
#define OG_TESTS_FINETUNE_WORLD_H

#include "core/json.h"
#include "core/progress.h"
#include "kg/store.h"

#include <stdbool.h>

enum { WORLD_DISEASES = 8, WORLD_D = 8, WORLD_TRAIN = 24, WORLD_TEST = 8 };

/* Names; the first half is "heart", the second "lung". The last of each half is in no training
 * text. */
extern const char *const world_diseases[WORLD_DISEASES];

/* Paths. */
typedef struct World {
  char graph[128];  /* with the embedding set "world": vectors of a half are alike */
  char base[128];   /* 1 layer, 16 wide, hardly pretrained */
  char corpus[128]; /* raw text */
  char train[128];  /* WORLD_TRAIN rows: id, text, label */
  char test[128];   /* WORLD_TEST rows, one a disease */
} World;

/* Make all of it in the scratch folder; fails the test when it cannot. */
void world_make(World *world);

/* Store vectors under a name: those of a half point one way, more or less, as the seed says. */
void world_embed(const char *graph, const char *set, uint64_t seed);

/* A path in the scratch folder that stays; eight of them rotate. */
const char *world_path(const char *name);

/* Write a file; its path, as above. */
const char *world_file(const char *name, const char *text);

/* The number that a query of the graph gives. */
int64_t world_number(const char *graph, const char *sql);

/* directory/name as JSON; the caller owns it. */
json_t *world_json(const char *directory, const char *name);

/* Fails unless directory a and b hold the same bytes under name. */
void assert_same_file(const char *a, const char *b, const char *name);

/* Progress that asks to stop at the (after + 1)-th report of a stage, and keeps the last warning.
 */
typedef struct Watch {
  const char *stage; /* NULL: never stop */
  size_t after;
  size_t reports, warnings;
  char warning[1024];
  char detail[256]; /* of the last report of the stage */
  OgProgress progress;
} Watch;

void watch_init(Watch *watch, const char *stage, size_t after);

/* Progress that takes all memory away at the first report of a stage, and gives it back at the last
 * one of it when `back` says so. */
typedef struct Drought {
  const char *stage;
  bool back;
  size_t reports; /* of the stage */
  OgProgress progress;
} Drought;

void drought_init(Drought *drought, const char *stage, bool back);

#endif
