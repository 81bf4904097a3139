/* vectors_origin: what a set of vectors was when it was made, before `embed --update` added rows.
 *
 * A model that was fine-tuned with a set goes on with it for as long as the rows that it knew are
 * the same bytes and are standardised the same way. An update keeps both: it leaves old rows alone,
 * and what they were, all together, stays in the set's parameters, under "origin". */
#ifndef OG_KG_VECTORS_ORIGIN_H
#define OG_KG_VECTORS_ORIGIN_H

#include "core/json.h"
#include "kg/vectors.h"

typedef struct OgOrigin {
  char hash[OG_SHA256_HEX_SIZE]; /* of the width, the entities and the vectors */
  double *mean, *deviation;      /* (D) of the vectors */
  bool renewed;                  /* rows came or went since */
} OgOrigin;

/* Of a set that was renewed, what its parameters say (OG_BAD_STORE when that is damaged); of
 * another, what its rows are. The caller releases it with og_origin_clear. */
OG_API OG_MUST_CHECK OgStatus og_origin_of(const OgVectors *vectors, OgOrigin *origin,
                                           OgError *err);
OG_API void og_origin_clear(OgOrigin *origin);

/* Put it into the parameters (a JSON object) of a set of width D. */
OgStatus og_origin_keep(const OgOrigin *origin, size_t D, json_t *parameters, OgError *err);

#endif
