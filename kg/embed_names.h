/* embed_names: vectors of entities from what they are called.
 *
 * A name's features are its words and the runs of 3 to 5 characters in them ("<asthma>": "<as",
 * "ast", …), as FastText has them (Bojanowski et al. 2017), hashed into OG_NAME_BUCKETS; an
 * entity's are those of all its names, the rarer the heavier (log N/n), scaled to length 1. Ridge
 * regression learns a vector for each bucket from entities that have one:
 *
 *   min Σ |y - ȳ - x W|² + λ |W|²       x (F), y (D), W (F, D)
 *
 * by conjugate gradients, which stop, each coordinate of y by itself, where a tenth of the
 * entities, kept apart, is told best: steps that are not made regularise, too. */
#ifndef OG_KG_EMBED_NAMES_H
#define OG_KG_EMBED_NAMES_H

#include "core/parallel.h"
#include "core/progress.h"
#include "kg/store.h"

enum { OG_NAME_BUCKETS = 1 << 15 };

/* Row n: buckets[start[n]] … buckets[start[n + 1]], ascending, and their weights. */
typedef struct OgNameFeatures {
  size_t N;
  uint64_t *start;   /* (N + 1) */
  uint32_t *buckets; /* (start[N]) */
  float *weights;    /* (start[N]) */
} OgNameFeatures;

/* Of the names of entities (N ids, ascending). One that has no name has no features. */
OG_MUST_CHECK OgStatus og_name_features(OgStore *store, const int64_t *entities, size_t N,
                                        OgNameFeatures *features, OgError *err);
void og_name_features_clear(OgNameFeatures *features);

typedef struct OgNameModel {
  size_t D;
  float *mean;      /* (D) ȳ */
  float *weights;   /* (OG_NAME_BUCKETS, D) W */
  size_t taught;    /* entities it learned from */
  double explained; /* share of the variance of the entities kept apart that names tell */
} OgNameModel;

/* Learn from the entities with known[n], values (N, D); of more than 20,000, so many by lot. The
 * same result for any number of threads. With fewer than 20, model->taught is 0. */
OG_MUST_CHECK OgStatus og_name_model_fit(const OgNameFeatures *features, const float *values,
                                         size_t D, const bool *known, uint64_t seed, OgTeam *team,
                                         const OgProgress *progress, OgNameModel *model,
                                         OgError *err);
void og_name_model_clear(OgNameModel *model);

/* y (D) = ȳ + x W of row n; false, and zeros, when the model knows none of its features. */
bool og_name_vector(const OgNameModel *model, const OgNameFeatures *features, size_t n, float *y);

/* All of it: prior (N, D), zeros before, gets what names say of the entities that are not known;
 * rows of which they say nothing stay zeros. entities (N, ascending) and values (N, D) as above.
 * *told: the model's `explained`. */
OG_MUST_CHECK OgStatus og_name_prior(OgStore *store, const int64_t *entities, const float *values,
                                     size_t N, size_t D, const bool *known, uint64_t seed,
                                     OgTeam *team, const OgProgress *progress, float *prior,
                                     double *told, OgError *err);

#endif
