/* embed_eval: filtered ranking of edges by an embedding model.
 *
 * For an edge (h, r, t) the answers to (h, r, ?) and to (?, r, t) are ranked among all entities;
 * entities known to be right from train, valid or test are left out, except the one asked for
 * (Bordes et al. 2013, "filtered"). An answer that scores the same as others gets the mean rank of
 * those equals (Berrendorf et al. 2020). The figures are means over both sides of all edges. Scores
 * are those of the vectors, or these with what training edges say beside (kg/embed_bias.h). */
#ifndef OG_KG_EMBED_EVAL_H
#define OG_KG_EMBED_EVAL_H

#include "core/parallel.h"
#include "core/progress.h"
#include "kg/embed_bias.h"
#include "kg/score.h"
#include "kg/triples.h"

/* A model's parameters: entities (N,D), relations (RR,RD). With reciprocal, RR is 2R and relation R
 * + r is r read backwards; otherwise RR is R and backwards means the inverse query. */
typedef struct OgEmbedModel {
  const OgScoreModel *model;
  bool reciprocal;
  size_t N, R, D, RR, RD;
  float *entities;
  float *relations;
} OgEmbedModel;

typedef struct OgRanking {
  size_t queries; /* two an edge */
  double mrr;     /* mean of 1/rank */
  double hits1, hits3, hits10;
  double mean_rank;
  double vectors_mrr; /* the same by the vectors alone */
} OgRanking;

/* Rank every answer of asked (og_queries_new over the part in question; both sides, so that
 * relations are below 2R). known holds every right answer (og_queries_new over all parts). bias may
 * be NULL. Memory: about 4 MB a thread, whatever N is, and 25 bytes an answer. Same result for any
 * number of threads. */
OG_API OG_MUST_CHECK OgStatus og_embed_rank(const OgEmbedModel *model, const OgQueries *asked,
                                            const OgQueries *known, const OgAnswerBias *bias,
                                            OgTeam *team, const OgProgress *progress,
                                            OgRanking *ranking, OgError *err);

/* Values of bias->shifts to rank under, all at once: shifts (2R, count). The first column must be
 * 0: it stands for the vectors alone, without the rule of loops. */
typedef struct OgBiasTrials {
  const OgAnswerBias *bias; /* NULL: the first column is the only one */
  const float *shifts;
  size_t count;
} OgBiasTrials;

/* ranks2 (answers, count), zero before = twice the rank of each answer of asked under each trial,
 * less two. */
OG_MUST_CHECK OgStatus og_embed_rank_trials(const OgEmbedModel *model, const OgQueries *asked,
                                            const OgQueries *known, const OgBiasTrials *trials,
                                            OgTeam *team, const OgProgress *progress,
                                            uint64_t *ranks2, OgError *err);

/* q (D) = the query (entity, relation), relation as in OgQueries; the query for neighbours is the
 * entity itself. */
OG_API void og_embed_query(const OgEmbedModel *model, uint32_t entity, uint32_t relation, float *q);

#endif
