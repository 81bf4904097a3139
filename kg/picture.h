/* picture: a neighbourhood as SVG, for slides and pages.
 *
 * The text stands alone: no scripts, no fonts, nothing from elsewhere. kg/layout.h says where
 * things go. Each relation has a colour that colour-blind people can tell from the others (Okabe
 * and Ito 2008), and a pattern of dashes. */
#ifndef OG_KG_PICTURE_H
#define OG_KG_PICTURE_H

#include "core/buffer.h"
#include "kg/explore.h"

typedef struct OgPictureNode {
  const char *label;
  const char *id;
  bool deprecated;
} OgPictureNode;

typedef struct OgPictureRelation {
  const char *label;
  OgSlope slope;
} OgPictureRelation;

typedef struct OgPictureEdge {
  uint32_t head, tail; /* nodes */
  uint32_t relation;   /* of the picture */
} OgPictureEdge;

typedef struct OgPicture {
  OgPictureNode *nodes; /* the one that it is about first, then nearest first */
  size_t node_count;
  OgPictureRelation *relations; /* in the order of the legend */
  size_t relation_count;
  OgPictureEdge *edges;
  size_t edge_count;
  const char *note; /* a line of UTF-8 below the legend; NULL: none */
} OgPicture;

/* What was visited (og_explore_around) and all edges between. *picture is in the arena, its texts
 * are the explorer's. */
OG_API OG_MUST_CHECK OgStatus og_picture_of(OgExplorer *explorer, const OgVisits *visits,
                                            OgArena *arena, OgPicture *picture, OgError *err);

/* Append the SVG. Fails only with OG_NO_MEMORY. */
OG_API OG_MUST_CHECK OgStatus og_picture_write(const OgPicture *picture, OgBuffer *svg,
                                               OgError *err);

#endif
