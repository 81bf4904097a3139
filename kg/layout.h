/* layout: where the boxes and lines of a picture of a small graph go.
 *
 * Hierarchy edges make the layers: a parent stands above its children. Layers and their order are
 * those of Sugiyama, Tagawa and Toda (1981); columns are fitted row by row, by least squares under
 * the boxes' distances. Boxes that hang on one other by the same relation stand in a grid and share
 * a trunk; what has no place in the hierarchy stands beside what it hangs on. The remaining edges
 * are curves. The same input gives the same picture. Units are pixels, y grows downwards. */
#ifndef OG_KG_LAYOUT_H
#define OG_KG_LAYOUT_H

#include "core/arena.h"
#include "core/error.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct OgPoint {
  double x, y;
} OgPoint;

typedef struct OgLayoutBox {
  double width, height; /* og_layout makes it higher when many lines end at its sides */
  double x, y;          /* found: the upper left corner */
} OgLayoutBox;

typedef struct OgLayoutEdge {
  uint32_t head, tail; /* boxes */
  uint32_t relation;
  bool is_hierarchical; /* the tail belongs above the head */
  double label_width;   /* 0: it has none */
  /* found: a line from the border of one box to that of the other, of cubic Bézier curves: 3 k + 1
   * points, each third one is on the line */
  OgPoint *points;
  size_t count;
  bool from_tail; /* the line begins at the tail. Lines that share a trunk begin where it does */
  bool has_label; /* a trunk has one label, and where there is no room for it there is none */
  OgPoint label;  /* its middle */
} OgLayoutEdge;

typedef struct OgLayout {
  OgLayoutBox *boxes; /* the one that the picture is about first, then nearest first: each that has
                         an edge has one to an earlier box, or begins a part of its own */
  size_t box_count;
  OgLayoutEdge *edges;
  size_t edge_count;
  double label_height;
  double width, height; /* found: all is within (0, 0) and this */
} OgLayout;

/* Points live in the arena. Fails only with OG_NO_MEMORY. */
OG_MUST_CHECK OgStatus og_layout(OgLayout *layout, OgArena *arena, OgError *err);

/* A point of the curve with these four points; t from 0 to 1. */
OgPoint og_curve_at(const OgPoint points[4], double t);

#endif
