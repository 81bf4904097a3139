/* embed_extend: vectors for entities that a trained model does not know; all that it knows stays.
 *
 * Where an edge leads from a new entity to one that has a vector, the relation read backwards says
 * where the new one should be: its first vector is the mean of what its edges say (and its names,
 * as one more voice), a dot product's brought to the mean length of the vectors that there are.
 * Then the objective that trained the model goes on, on these edges, and moves new rows only. So
 * rings grow outwards: entities that only new ones know come after those. Both ends of an edge are
 * never moved at once, since two that move freely agree anywhere. */
#ifndef OG_KG_EMBED_EXTEND_H
#define OG_KG_EMBED_EXTEND_H

#include "kg/embed.h"
#include "kg/embed_eval.h"

typedef struct OgExtendInput {
  OgEmbedModel *model;           /* rows of new entities are written */
  const OgTripleGraph *graph;    /* edges: those of OG_TRAIN and OG_SUPPORT */
  const OgEmbedOptions *options; /* every field decided, as the model was trained */
  OgTeam *team;
  const OgProgress *progress;
} OgExtendInput;

/* What an edge says of the vector at its other end. */
typedef enum OgPlacing {
  OG_PLACE_NEIGHBOUR, /* it is that of this end: the baseline */
  OG_PLACE_RELATION   /* it is the relation's query, from this end */
} OgPlacing;

/* Give each new entity (known false) the mean of what its edges with known or just placed entities
 * say, and set placed (N): known, and those that got a vector. */
OG_MUST_CHECK OgStatus og_embed_place(const OgExtendInput *input, OgPlacing placing,
                                      const bool *known, bool *placed, OgError *err);

/* The same by OG_PLACE_RELATION, with OG_SETTLE_EPOCHS epochs of training for each ring. prior (N,
 * D), NULL for none: what names say of new entities, zeros for nothing; those that no edge leads to
 * have it for a vector. A loss that is no number is OG_FAILED. */
enum { OG_SETTLE_EPOCHS = 20 };
OG_MUST_CHECK OgStatus og_embed_extend(const OgExtendInput *input, const bool *known,
                                       const float *prior, bool *placed, OgError *err);

#endif
