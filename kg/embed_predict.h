/* embed_predict: edges that the graph lacks and a set of vectors thinks likely. */
#ifndef OG_KG_EMBED_PREDICT_H
#define OG_KG_EMBED_PREDICT_H

#include "kg/embed_calibrate.h"
#include "kg/embed_types.h"
#include "kg/score.h"
#include "kg/vectors.h"

/* (entity, relation, ?), or (?, relation, entity) with heads. */
typedef struct OgLinkQuery {
  int64_t entity, relation;
  bool heads;
} OgLinkQuery;

typedef struct OgLink {
  int64_t entity;
  float score;        /* with og_link_bias */
  double probability; /* see kg/embed_calibrate.h; not a number when the set is not calibrated */
  /* The known edge of the relation that is most like the predicted one: the two heads are alike,
   * and so are the two tails. likeness is the product of their cosines; 0 and no ids when no edge
   * is like it. */
  int64_t like_head, like_tail;
  float likeness;
} OgLink;

/* The k entities with the best scores, best first, equals in order of entity. What is no
 * news to the graph is left out (kg/embed_known.h). links has room for k; *count of them are
 * filled. OG_NOT_FOUND when the set has no vector of the entity or the relation, OG_USAGE when its
 * model is none that ranks edges. */
OG_API OG_MUST_CHECK OgStatus og_predict_links(OgStore *store, const OgVectors *vectors,
                                               const OgLinkQuery *query, OgTypeRule rule, size_t k,
                                               OgLink *links, size_t *count, OgError *err);

/* Whether the entity has an answer already, where most that have one have no other: a probability
 * supposes that one is missing. */
OG_API OG_MUST_CHECK OgStatus og_link_is_answered(OgStore *store, const OgLinkQuery *query,
                                                  bool *answered, OgError *err);

/* The model that made a set; OG_USAGE when it is none that ranks edges. */
OG_API OG_MUST_CHECK OgStatus og_link_model(const OgVectors *vectors, const OgScoreModel **model,
                                            OgError *err);

/* A set holds a relation's two directions side by side when they differ: OG_BAD_STORE when it has
 * neither one's floats nor two's, or entities of a size that the model does not take. */
OG_API OG_MUST_CHECK OgStatus og_link_check_relations(const OgVectors *vectors,
                                                      const OgScoreModel *model, OgError *err);

/* q (D) = the query, to be compared with all entities. OG_NOT_FOUND as above. */
OG_API OG_MUST_CHECK OgStatus og_link_query(const OgVectors *vectors, const OgScoreModel *model,
                                            const OgLinkQuery *query, float *q, OgError *err);

/* The curve from scores to probabilities, out of the set's metrics; without points when it has
 * none, or none that rises. */
OG_API void og_link_calibration(const OgVectors *vectors, OgCurve *curve);

/* What the set adds to the score of an entity that is a tail of the relation already, or a head of
 * it, as an answer (kg/embed_bias.h): og_known_add_bias. 0 when its metrics say nothing of it, or
 * more than OG_BIAS_MOST. */
OG_API float og_link_bias(const OgVectors *vectors, int64_t relation, bool heads);

/* The relation that text means: its IRI, CURIE, label or local name. Otherwise OG_NOT_FOUND, with
 * the relations that there are. */
OG_API OG_MUST_CHECK OgStatus og_lookup_relation(OgStore *store, const char *text,
                                                 int64_t *relation, OgError *err);

#endif
