/* tsne: points of many dimensions laid out in the plane, neighbours beside neighbours.
 *
 * t-SNE (van der Maaten and Hinton 2008) with the Barnes-Hut approximation of its gradient (van der
 * Maaten 2014). p(i,j) is how much i and j are neighbours among the points, q(i,j) the same in the
 * plane, by Student's t-distribution; what falls is KL = Σ p ln(p / q). */
#ifndef OG_KG_TSNE_H
#define OG_KG_TSNE_H

#include "core/parallel.h"
#include "core/progress.h"

#include <stdint.h>

typedef struct OgTsneOptions {
  double perplexity; /* neighbours that count; at most (N - 1) / 3 are taken */
  double theta;      /* cells of the plane are taken as one when width / distance is less */
  int iterations;
  uint64_t seed;
  int threads; /* 0: one a processor */
} OgTsneOptions;

#define OG_TSNE_OPTIONS_INIT                                                                       \
  { .perplexity = 30, .theta = 0.5, .iterations = 750, .seed = 1 }

/* Y (N,2) = the layout of X (N,D); *kl (may be NULL) what is left of KL. The start is the two
 * principal axes (Kobak and Berens 2019). The same seed gives the same layout for any number of
 * threads. Memory: 3 × perplexity neighbours of 12 bytes a point, twice, and a block of rows. */
OG_API OG_MUST_CHECK OgStatus og_tsne(const float *X, size_t N, size_t D,
                                      const OgTsneOptions *options, const OgProgress *progress,
                                      float *Y, double *kl, OgError *err);

/* ---- Its parts ---- */

/* p(i,j), both ways round, of each i's nearest neighbours: they sum up to 1. */
typedef struct OgAffinities {
  size_t N;
  size_t *start;   /* (N + 1) */
  uint32_t *items; /* j, ascending */
  double *values;
} OgAffinities;

/* On OG_OK the caller releases *affinities with og_affinities_clear. */
OG_API OG_MUST_CHECK OgStatus og_affinities_new(const float *X, size_t N, size_t D,
                                                double perplexity, OgTeam *team,
                                                OgAffinities *affinities, OgError *err);
OG_API void og_affinities_clear(OgAffinities *affinities);

/* gradient (N,2) = ∂KL/∂Y at Y (N,2), p multiplied by exaggeration; *kl is that of p itself.
 * theta 0 is exact. */
OG_API OG_MUST_CHECK OgStatus og_tsne_gradient(const OgAffinities *affinities, const double *Y,
                                               double theta, double exaggeration, OgTeam *team,
                                               double *gradient, double *kl, OgError *err);

#endif
