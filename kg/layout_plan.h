/* layout_plan: what the steps of a layout hand on to one another (layout*.c). */
#ifndef OG_KG_LAYOUT_PLAN_H
#define OG_KG_LAYOUT_PLAN_H

#include "kg/layout.h"

#define LAYOUT_NONE UINT32_MAX

/* Distances. */
enum {
  BOX_GAP = 10,   /* between the boxes of a grid */
  UNIT_GAP = 30,  /* between units of a row */
  BEND_GAP = 12,  /* from a line that passes through a row */
  ROW_GAP = 62,   /* between rows */
  GROUP_GAP = 20, /* between the groups beside a box */
  TRUNK = 22,     /* from a trunk to its boxes */
  BUS = 18,       /* from the edge of a grid to the line that joins its trunks */
  FAN = 40,       /* where the lines from a side of a box spread */
  PORT_GAP = 13   /* between lines that end at one side of a box */
};

typedef enum EdgeRole {
  EDGE_EXTRA,     /* a curve between boxes that other edges have placed */
  EDGE_HIERARCHY, /* between layers */
  EDGE_SIDE       /* from a box to one that hangs at its side */
} EdgeRole;

typedef enum Side { SIDE_LEFT, SIDE_RIGHT, SIDE_ABOVE, SIDE_BELOW } Side;

/* Boxes that hang on one or more others by one relation, in a grid with one trunk. */
typedef struct Group {
  Side side;              /* of what they hang on */
  uint32_t anchor;        /* LEFT and RIGHT: the box */
  uint32_t first, count;  /* in plan->members */
  uint32_t columns, rows; /* filled column by column; several are joined by a bus */
  uint32_t bus_row;       /* the row that the bus runs above */
  double width, height;   /* trunks included */
  double x, y;            /* of its upper left corner */
  double bus;             /* y of the bus; of one column at the side: where the line comes in */
  double port;            /* LEFT and RIGHT: where the line leaves the anchor, from its top */
  double label_width;
} Group;

/* What hangs at a side of a box. */
typedef struct Extent {
  double width, height;
  double lead; /* from the box to the groups: room for fan and labels */
} Extent;

/* What a row is made of: a box with what hangs at its sides, a group of leaves, or the bend of a
 * line that passes. */
typedef struct Unit {
  uint32_t box;   /* or LAYOUT_NONE */
  uint32_t group; /* or LAYOUT_NONE */
  uint32_t rank, place;
  double width, height, x, y;
  double port; /* where lines from above and below meet it, from its left */
} Unit;

/* A line between units, `low` below `high`; its bends are the units from `bend` on, downwards. */
typedef struct Link {
  uint32_t low, high;
  uint32_t bend;
} Link;

typedef struct Row {
  uint32_t *units; /* (count) from left to right */
  uint32_t count;
  double y, height;
} Row;

/* Lists one after the other: of item n from start[n] to start[n + 1]. */
typedef struct Adjacency {
  uint32_t *start;
  uint32_t *items;
} Adjacency;

typedef struct Plan {
  OgLayout *layout;
  OgArena *arena;
  uint32_t box_count, edge_count;
  Adjacency ends;   /* the edges of each box */
  EdgeRole *roles;  /* (edge_count) */
  uint32_t *anchor; /* (box_count) what a box hangs at the side of; NONE: it has a place itself */
  uint32_t *line;   /* (box_count) the edge by which it does */
  uint32_t *rank;   /* (box_count) layer of boxes with a place */
  uint32_t *unit;   /* (box_count) */
  uint32_t *group;  /* (box_count) whose member it is, or NONE */
  Group *groups;
  uint32_t group_count;
  uint32_t *members;
  uint32_t *first_group; /* (box_count + 1) the groups at the sides of a box */
  Extent (*extents)[2];  /* (box_count) by SIDE_LEFT and SIDE_RIGHT */
  Unit *units;
  uint32_t unit_count;
  Link *links; /* by low and high */
  uint32_t link_count;
  Adjacency above, below; /* of units: neighbours in the next rows */
  Row *rows;
  uint32_t row_count;
} Plan;

static inline uint32_t other_end(const OgLayoutEdge *edge, uint32_t box) {
  return edge->head == box ? edge->tail : edge->head;
}

/* layout_rank.c: which edges make the hierarchy, and the layers that follow. */
OG_MUST_CHECK OgStatus layout_rank(Plan *plan, OgError *err);

/* layout_groups.c: units: groups of leaves, boxes with what hangs beside them. layout_sides finds
 * what hangs where and how large it is, layout_units makes units of it, and layout_place puts the
 * boxes into their units once these have a place. */
OG_MUST_CHECK OgStatus layout_sides(Plan *plan, OgError *err);
OG_MUST_CHECK OgStatus layout_units(Plan *plan, OgError *err);
void layout_place(Plan *plan);

/* layout_order.c: bends, the order in each row, and where units stand; the link that an edge of the
 * hierarchy is part of. */
OG_MUST_CHECK OgStatus layout_order(Plan *plan, OgError *err);
const Link *layout_link(const Plan *plan, const OgLayoutEdge *edge);

/* layout_lines.c: the lines and their labels. */
OG_MUST_CHECK OgStatus layout_lines(Plan *plan, OgError *err);

/* (count) zeroed items; OG_NO_MEMORY when there is no room. */
#define PLAN_ALLOC(plan, pointer, count)                                                           \
  (((pointer) = og_arena_alloc((plan)->arena, (size_t)(count) + 1, sizeof *(pointer)))             \
       ? OG_OK                                                                                     \
       : og_error_no_memory(err))

#endif
