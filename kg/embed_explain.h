/* embed_explain: the known edges that most support a predicted one.
 *
 * Training raises the score of an edge z by moving along its gradient ∇s(z); what that does to the
 * score of another edge e is, to first order, ∇s(e) · ∇s(z) (Pruthi et al. 2020, TracIn). Edges
 * with long gradients would lead every list, so the cosine is taken (Barshan et al. 2020, RelatIF):
 *
 *   support(z) = ∇s(e) · ∇s(z) / |∇s(e)| |∇s(z)|      over all parameters
 *
 * Edges share parameters when they have an entity or the relation in common; of one relation, those
 * between entities like the predicted ones agree most: the analogies. The gradient of a distance is
 * the direction of what is left over, which says nothing of this; there support is the likeness of
 * the two ends, for edges of the relation (OgLink). */
#ifndef OG_KG_EMBED_EXPLAIN_H
#define OG_KG_EMBED_EXPLAIN_H

#include "core/buffer.h"
#include "kg/embed_predict.h"

typedef struct OgSupport {
  int64_t head, relation, tail;
  float support; /* (0, 1] */
} OgSupport;

/* The up to k known edges with the most support for `answer` to the query, best first. Errors as
 * og_predict_links. */
OG_API OG_MUST_CHECK OgStatus og_explain_link(OgStore *store, const OgVectors *vectors,
                                              const OgLinkQuery *query, int64_t answer, size_t k,
                                              OgSupport *supports, size_t *count, OgError *err);

/* label = what the graph calls a relation. */
OG_API OG_MUST_CHECK OgStatus og_relation_label(OgStore *store, int64_t relation, OgBuffer *label,
                                                OgError *err);

#endif
