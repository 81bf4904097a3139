/* embed_bias: what the training edges say of an entity as an answer, beside its vector.
 *
 * Two things are plain in the edges that vectors learn badly: that an entity is an answer already,
 * which speaks against it where a relation is nearly functional (who has a parent is not often
 * wanted as somebody else's child), and that it is the one asked about. So of a query (e, ρ), ρ
 * being a relation read one way (OgQueries), a candidate x scores
 *
 *   similarity + b(ρ) [x is taken] - ∞ [x = e, and no training edge of the relation is a loop]
 *
 * where x is taken when some training edge of the relation has it in the answer's place. One number
 * b a relation and way is fitted to edges that training did not see. */
#ifndef OG_KG_EMBED_BIAS_H
#define OG_KG_EMBED_BIAS_H

#include "kg/embed_eval.h"

struct OgAnswerBias {
  const OgQueries *train; /* both ways of every training edge; borrowed */
  float *taken;           /* (2R) b, in units of the score; 0 at first */
  bool *loops;            /* (R) training has a loop of the relation */
};

/* On OG_OK the caller releases *bias with og_bias_clear. */
OG_API OG_MUST_CHECK OgStatus og_bias_init(const OgQueries *train, OgAnswerBias *bias,
                                           OgError *err);
OG_API void og_bias_clear(OgAnswerBias *bias);

/* The entities that are taken as answers to a relation of OgQueries below 2R, ascending. */
OG_API const uint32_t *og_bias_taken(const OgAnswerBias *bias, uint32_t relation, size_t *count);

/* Add b to the scores (N) of those that are taken. */
OG_API void og_bias_add(const OgAnswerBias *bias, uint32_t relation, float *scores);

/* Choose bias->taken: of some values, for each relation and way, that under which the answers asked
 * for rank best, by a mean of 1/rank that is above chance's reach; 0 where none is. Takes a ranking
 * of the part. */
OG_API OG_MUST_CHECK OgStatus og_bias_fit(OgAnswerBias *bias, const OgEmbedModel *model,
                                          const OgQueries *asked, const OgQueries *known,
                                          OgTeam *team, const OgProgress *progress, OgError *err);

#endif
