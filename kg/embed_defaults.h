/* embed_defaults: what a training does when its options leave it open, and which options make no
 * sense. */
#ifndef OG_KG_EMBED_DEFAULTS_H
#define OG_KG_EMBED_DEFAULTS_H

#include "kg/embed.h"

/* The share of edges in each of valid and test. */
extern const double og_embed_held_out;

/* Edges of valid, below which they are too noisy to choose by. */
extern const size_t og_embed_few_held_out;

/* What the kind of score decides, for negative sampling; the optimiser; the learning rate of
 * distances, for AdaGrad; and the course of a training that takes longer than the graph's row says,
 * but for large graphs. */
typedef struct OgSampling {
  double margin, temperature, weight;
  size_t negatives;
  double learning_rate;
  OgOptimiser optimiser;
  int epochs;       /* 0: as the row says */
  double cool_down; /* with epochs */
} OgSampling;

const OgSampling *og_embed_sampling(const OgScoreModel *row);

/* Replace every "decide for me" by a choice, and find the model. features: the vectors are made to
 * be used, not only to rank edges. OG_USAGE when options make no sense. */
OG_MUST_CHECK OgStatus og_embed_choose(const OgTripleGraph *graph, bool features,
                                       OgEmbedOptions *options, const OgScoreModel **row,
                                       OgError *err);

/* Whether training is quick, and valid large, enough to choose by short trainings. */
bool og_embed_is_piloted(const OgTripleGraph *graph);

#endif
