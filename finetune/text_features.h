/* text_features: the vectors of texts under a base that does not learn, computed once and kept.
 *
 * A frozen base has no dropout, so a text's vector is the same in every epoch. They lie in a block
 * of core/memory.h, which a limit on memory moves into a file (core/spill.h). */
#ifndef OG_FINETUNE_TEXT_FEATURES_H
#define OG_FINETUNE_TEXT_FEATURES_H

#include "core/progress.h"
#include "finetune/classifier.h"

typedef struct OgFeatures {
  size_t count, H;
  float *vectors; /* (count, H) by number of the text; those that were not computed are 0 */
  float *batch;   /* (batch_capacity, H) of the last og_features_gather */
  size_t batch_capacity;
} OgFeatures;

/* Room for the vectors of count texts, H floats each, and to gather `most` of them at a time. On
 * OG_OK the caller releases *features with
 * og_features_clear. */
OG_API OG_MUST_CHECK OgStatus og_features_init(OgFeatures *features, size_t count, size_t H,
                                               size_t most, OgError *err);
OG_API void og_features_clear(OgFeatures *features);

/* How many texts of the longest kind, of so many tokens, are computed together: none takes more
 * memory. */
OG_API size_t og_features_batch(size_t longest);

/* Compute the vectors of the texts `which` (count numbers), in batches that depend on nothing but
 * the texts: the same list gives the same bytes. batch is what they are gathered in (one that has
 * room takes no more memory). progress may be NULL. */
OG_API OG_MUST_CHECK OgStatus og_features_compute(OgFeatures *features, OgClassifier *classifier,
                                                  OgInputBatch *batch, const OgInputs *inputs,
                                                  const uint32_t *which, size_t count,
                                                  const OgProgress *progress, OgError *err);

/* The vectors of the texts `which` as rows of a batch (count, H), valid until the next call. */
OG_API OG_MUST_CHECK OgStatus og_features_gather(OgFeatures *features, const uint32_t *which,
                                                 size_t count, const float **batch, OgError *err);

#endif
