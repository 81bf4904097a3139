/* embed_types: which entities may stand at the ends of a relation, by what the ontology says of
 * classes.
 *
 * OWL infers from a domain or a range that what stands there is of that class. Who looks for
 * missing edges reads them the other way round: what is known to be something else is no candidate.
 *
 * - Disjoint classes (owl:disjointWith, owl:AllDisjointClasses, owl:disjointUnionOf): an entity
 * below a class does not stand where the domain or range is below, or is, one that is disjoint with
 * it. Nor does an edge of the hierarchy put one of them below the other.
 * - Declared ones: an entity that is below other classes, and not below the domain or range, does
 * not stand there. One without a place in the hierarchy may be anything. A declaration that fewer
 * than nine in ten of the entities keep that stand there now is none: the graph does not type its
 * entities by it.
 *
 * Domains and ranges are those of the relation, of what it is a sub-property of or equivalent to,
 * and of inverses, the other way round. "Below" is as the hierarchy and types lead. Entities are
 * rows of a set of vectors. */
#ifndef OG_KG_EMBED_TYPES_H
#define OG_KG_EMBED_TYPES_H

#include "kg/vectors.h"

typedef enum OgTypeRule {
  OG_TYPES_DECLARED, /* domain, range and disjoint classes */
  OG_TYPES_DISJOINT, /* disjoint classes */
  OG_TYPES_ANY       /* nothing */
} OgTypeRule;

typedef struct OgTypes OgTypes;

/* What is said of a relation. ends (count each): rows that are its heads, and its tails, now. It
 * ends early with OG_CANCELLED when og_store_watch says so; OG_FAILED when more than 16 million
 * times an entity is below a class that is disjoint with others. On OG_OK the caller releases
 * *types with og_types_free. */
OG_MUST_CHECK OgStatus og_types_read(OgStore *store, const OgVectors *vectors, int64_t relation,
                                     OgTypeRule rule, const uint32_t *const ends[2], size_t count,
                                     OgTypes **types, OgError *err);
void og_types_free(OgTypes *types);

/* Whether a row may be a head, or a tail, of the relation at all. */
bool og_types_allow(const OgTypes *types, uint32_t row, bool head);

/* Of the scores (N) of a row's tails, or of its heads: those of entities that may not stand there
 * become -∞. */
void og_types_hide(const OgTypes *types, uint32_t row, bool heads, float *scores);

#endif
