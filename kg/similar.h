/* similar: the entities whose vectors point most nearly the same way. */
#ifndef OG_KG_SIMILAR_H
#define OG_KG_SIMILAR_H

#include "kg/vectors.h"

typedef struct OgNeighbour {
  int64_t entity;
  float cosine; /* [-1, 1] */
} OgNeighbour;

/* The k entities nearest to vector (D floats) by cosine, nearest first, equals in order of entity;
 * exclude (0 = none) is left out. neighbours has room for k; *count of them are filled. */
OG_API OG_MUST_CHECK OgStatus og_similar_to(const OgVectors *vectors, const float *vector,
                                            int64_t exclude, size_t k, OgNeighbour *neighbours,
                                            size_t *count, OgError *err);

/* The same for an entity of the set, itself left out. An entity without a vector is OG_NOT_FOUND.
 */
OG_API OG_MUST_CHECK OgStatus og_similar(const OgVectors *vectors, int64_t entity, size_t k,
                                         OgNeighbour *neighbours, size_t *count, OgError *err);

#endif
