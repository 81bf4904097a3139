/* embed_bias: what the training edges say of an entity as an answer, beside its vector.
 *
 * Two things are plain in the edges that vectors learn badly: that an entity is an answer already,
 * which speaks against it where a relation is nearly functional (who has a parent is not often
 * wanted as somebody else's child), and that it is the one asked about. So of a query (e, ρ), ρ
 * being a relation read one way (OgQueries), a candidate x scores
 *
 *   similarity + b(ρ) [x is taken] - ∞ [x = e, and the relation has training edges, but no loop]
 *
 * where x is taken when some training edge of the relation has it in the answer's place. The
 * numbers b are fitted to edges that training did not see (kg/embed_bias_fit.h). */
#ifndef OG_KG_EMBED_BIAS_H
#define OG_KG_EMBED_BIAS_H

#include "kg/triples.h"

/* |b| is at most so much, in units of the score. */
#define OG_BIAS_MOST 8.0

typedef struct OgAnswerBias {
  const OgQueries *train; /* both ways of every training edge; borrowed */
  float *shifts;          /* (2R) b; 0 at first */
  bool *loops;            /* (R) an entity may be an answer to itself */
} OgAnswerBias;

/* On OG_OK the caller releases *bias with og_bias_clear. */
OG_API OG_MUST_CHECK OgStatus og_bias_init(const OgQueries *train, OgAnswerBias *bias,
                                           OgError *err);
OG_API void og_bias_clear(OgAnswerBias *bias);

/* The entities that are taken as answers to a relation of OgQueries below 2R, ascending. */
OG_API const uint32_t *og_bias_taken(const OgAnswerBias *bias, uint32_t relation, size_t *count);

/* Add b to the scores (N) of those that are taken. */
OG_API void og_bias_add(const OgAnswerBias *bias, uint32_t relation, float *scores);

#endif
