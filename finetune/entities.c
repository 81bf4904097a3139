#include "finetune/entities.h"

#include "core/memory.h"
#include "core/random.h"
#include "finetune/fusion.h"
#include "kg/graph_hash.h"
#include "kg/vectors_origin.h"

#include <string.h>

static OgStatus load_vectors(OgStore *store, const char *set, const OgProgress *progress,
                             OgEntities *entities, OgError *err) {
  OgVectors *vectors = &entities->vectors;
  OgOrigin origin;
  OG_TRY(og_vectors_load(store, set, vectors, err));
  OG_TRY(og_vectors_check_age(store, vectors, progress, err));
  OG_TRY(og_origin_of(vectors, &origin, err));
  memcpy(entities->vectors_hash, origin.hash, sizeof origin.hash);
  entities->renewed = origin.renewed;
  og_fusion_standardise(vectors->values, vectors->N, vectors->D, origin.mean, origin.deviation);
  og_origin_clear(&origin);
  return OG_OK;
}

OgStatus og_entities_load(const char *path, bool want_vectors, const char *set,
                          const OgProgress *progress, OgEntities *entities, OgError *err) {
  *entities = (OgEntities){0};
  OgStore *store = NULL;
  OgStatus status;
  OG_GO(og_progress_report(progress, "reading the graph", 0, 0, "", err));
  OG_GO(og_store_open(path, OG_STORE_READ, &store, err));
  OG_GO(og_store_graph_hash(store, entities->graph_hash, err));
  OG_GO(og_linker_new(store, NULL, &entities->linker, err));
  if (want_vectors) {
    OG_GO(load_vectors(store, set, progress, entities, err));
  }
done:
  og_store_close(store);
  if (status != OG_OK) {
    og_entities_clear(entities);
  }
  return status;
}

void og_entities_clear(OgEntities *entities) {
  og_linker_free(entities->linker);
  og_vectors_clear(&entities->vectors);
  *entities = (OgEntities){0};
}

/* A random permutation that leaves nothing in its place: a single cycle (Sattolo 1986). */
static void shuffle_cyclic(uint32_t *order, size_t count, uint64_t seed) {
  OgRandom random;
  og_random_init(&random, seed);
  for (size_t k = count; k > 1; k--) {
    const size_t other = (size_t)og_random_below(&random, k - 1);
    const uint32_t kept = order[k - 1];
    order[k - 1] = order[other];
    order[other] = kept;
  }
}

OgStatus og_entities_shuffle(OgEntities *entities, uint64_t seed, OgError *err) {
  const size_t N = entities->vectors.N, D = entities->vectors.D;
  float *values = entities->vectors.values;
  uint32_t *order = og_calloc(N, sizeof *order);
  float *copy = og_calloc_floats(N * D);
  OgStatus status = OG_OK;
  if (!order || !copy) {
    status = og_error_no_memory(err);
    goto done;
  }
  for (size_t n = 0; n < N; n++) {
    order[n] = (uint32_t)n;
  }
  shuffle_cyclic(order, N, seed);
  memcpy(copy, values, N * D * sizeof *values);
  for (size_t n = 0; n < N; n++) {
    memcpy(values + n * D, copy + order[n] * D, D * sizeof *values);
  }
done:
  og_free(order);
  og_free_floats(copy);
  return status;
}
