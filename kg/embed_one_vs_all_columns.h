/* embed_one_vs_all_columns: the entities that a step scores its queries against.
 *
 * All of them, or a sample: the batch's own entities (those asked about and their answers), and one
 * entity drawn in each of n equal parts of all. A drawn one that is not the batch's own has weight
 * N/n, the others 1: a weighted sum over the columns is that over all entities, in expectation.
 * What is drawn depends on the seed and the step only. */
#ifndef OG_KG_EMBED_ONE_VS_ALL_COLUMNS_H
#define OG_KG_EMBED_ONE_VS_ALL_COLUMNS_H

#include "kg/embed_eval.h"

typedef struct OgColumns {
  const OgEmbedModel *model;
  size_t most;    /* columns of a step */
  size_t count;   /* of this step */
  float *weights; /* (most) */
  /* Of a sample; when all entities are columns, column n is entity n, and these are NULL: */
  size_t n;
  uint32_t *entities; /* (most) ascending */
  uint32_t *draws;    /* (n) ascending */
  uint64_t *marks;    /* (N bits) the batch's own */
} OgColumns;

/* sample: entities to draw; 0, or as many as there are: no sample. most_own: own entities of a
 * batch. False when memory is short; clear in any case. */
OG_MUST_CHECK bool og_columns_init(OgColumns *columns, const OgEmbedModel *model, size_t sample,
                                   size_t most_own);
void og_columns_clear(OgColumns *columns);

/* A step's columns: start anew, name the batch's own entities, draw the others. */
void og_columns_start(OgColumns *columns);
void og_columns_own(OgColumns *columns, uint32_t entity);
void og_columns_draw(OgColumns *columns, uint64_t seed, uint64_t step);

/* The vectors of the columns [first, first + width): those of the model where they stand together,
 * otherwise copies in room (width, D). */
const float *og_columns_vectors(const OgColumns *columns, size_t first, size_t width, float *room);

/* The entity of a column, and the column of an own entity. */
uint32_t og_columns_entity(const OgColumns *columns, size_t n);
uint32_t og_columns_find(const OgColumns *columns, uint32_t entity);

#endif
