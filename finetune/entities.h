/* entities: what a graph gives to texts: a linker, and the entities' vectors ready for fusion. */
#ifndef OG_FINETUNE_ENTITIES_H
#define OG_FINETUNE_ENTITIES_H

#include "core/progress.h"
#include "kg/link.h"
#include "kg/vectors.h"

typedef struct OgEntities {
  OgLinker *linker;
  OgVectors vectors; /* standardised (og_fusion_standardise); N 0 when not asked */
  char graph_hash[OG_SHA256_HEX_SIZE];   /* level 1 as it is now */
  char vectors_hash[OG_SHA256_HEX_SIZE]; /* of the set as it was made (kg/vectors_origin.h); ""
                                            when not asked */
  bool renewed;                          /* the set was updated since */
} OgEntities;

/* Read the graph at path, with the embedding set of that name (NULL: the one made last) when
 * want_vectors. A set that was made before the graph changed is warned of. progress may be NULL. On
 * failure *entities is empty; the caller releases it with og_entities_clear. */
OG_API OG_MUST_CHECK OgStatus og_entities_load(const char *path, bool want_vectors, const char *set,
                                               const OgProgress *progress, OgEntities *entities,
                                               OgError *err);
OG_API void og_entities_clear(OgEntities *entities);

/* Give every entity the vector of another one, drawn with the seed: the same numbers, but no
 * knowledge. */
OG_API OG_MUST_CHECK OgStatus og_entities_shuffle(OgEntities *entities, uint64_t seed,
                                                  OgError *err);

#endif
