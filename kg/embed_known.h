/* embed_known: which edges of a relation are no news to a graph, so that nobody is asked about
 * them.
 *
 * No answers are self-loops, deprecated entities, and what is known: edges of the relation,
 * asserted or inferred, and those of its declared inverses, or its own when it is symmetric, read
 * backwards. Where the relation is transitive or makes the hierarchy, so is what it leads to in
 * several steps, either way: the one follows, the other would close a cycle. Nor are entities of a
 * type that does not stand there (kg/embed_types.h).
 *
 * Entities are rows of a set of vectors here; an edge of one without a vector is not looked at. */
#ifndef OG_KG_EMBED_KNOWN_H
#define OG_KG_EMBED_KNOWN_H

#include "kg/embed_types.h"
#include "kg/hierarchy.h"
#include "kg/vectors.h"

typedef struct OgRowPair {
  uint32_t head, tail;
} OgRowPair;

/* The neighbours of row n: items[start[n]] … items[start[n + 1]]. */
typedef struct OgRowLists {
  size_t *start;
  uint32_t *items;
} OgRowLists;

typedef struct OgKnownEdges {
  size_t N;
  OgRowPair *asserted; /* (asserted_count) by head, then by tail */
  size_t asserted_count;
  OgRowLists answers[2]; /* these: head to tails, tail to heads */
  OgRowLists known[2];   /* all that is known, likewise */
  bool transitive;       /* so that walks go on */
  bool *usable;          /* (N) not deprecated */
  OgTypes *types;
} OgKnownEdges;

/* What is known of a relation. On OG_OK the caller releases *known with og_known_clear. */
OG_MUST_CHECK OgStatus og_known_read(OgStore *store, const OgVectors *vectors, int64_t relation,
                                     OgTypeRule rule, OgKnownEdges *known, OgError *err);
void og_known_clear(OgKnownEdges *known);

/* What a walk needs; the caller's, zero at first. */
typedef struct OgKnownWalk {
  uint32_t *queue; /* (N) */
  uint32_t *seen;  /* (N) the last walk that came by */
  uint32_t walk;
} OgKnownWalk;

OG_MUST_CHECK OgStatus og_known_walk_init(OgKnownWalk *walk, size_t N, OgError *err);
void og_known_walk_clear(OgKnownWalk *walk);

/* Add bias to the scores (N) of those that are tails, or heads, of the relation already
 * (kg/embed_bias.h). */
void og_known_add_bias(const OgKnownEdges *known, bool heads, float bias, float *scores);

/* Of the scores (N) of a row's tails, or of its heads: that of itself and those of asserted answers
 * become -∞. What is left is what calibration counts (kg/embed_calibrate.h). */
void og_known_hide_answers(const OgKnownEdges *known, uint32_t row, bool heads, float *scores);

/* So do all others that are no answers. */
void og_known_hide(const OgKnownEdges *known, uint32_t row, bool heads, OgKnownWalk *walk,
                   float *scores);

#endif
