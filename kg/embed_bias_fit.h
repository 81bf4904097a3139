/* embed_bias_fit: the numbers of embed_bias, chosen by edges that training did not see.
 *
 * Of each relation and way, b is that of some values under which the mean of 1/rank of its answers
 * rises most above that with b = 0, less one standard error of the rise; 0 when none does. Those
 * with few answers share one number a way. */
#ifndef OG_KG_EMBED_BIAS_FIT_H
#define OG_KG_EMBED_BIAS_FIT_H

#include "kg/embed_eval.h"

/* Fill bias->shifts by the answers asked for; known holds every right answer to these. Takes a
 * ranking of them, and 8 bytes an answer and value. */
OG_API OG_MUST_CHECK OgStatus og_bias_fit(OgAnswerBias *bias, const OgEmbedModel *model,
                                          const OgQueries *asked, const OgQueries *known,
                                          OgTeam *team, const OgProgress *progress, OgError *err);

#endif
