/* Units: what stands in a row as a whole.
 *
 * Boxes that hang on one box by one relation, in one direction, are a group at its side: what it
 * leads to on the right, what leads to it on the left. Boxes of the hierarchy that have the same
 * parents and no children, or the same children and no parents, are a group below or above these
 * when there are enough of them, with what hangs at their right. All else that the hierarchy has a
 * place for is a unit of one box and of what hangs at its sides. */
#include "kg/layout_plan.h"

#include <math.h>
#include <stdlib.h>

enum {
  ROWS_ASIDE = 8,  /* of a grid at the side of a box, at most */
  SMALL = 12,      /* boxes of a picture that has room */
  LEAST_SMALL = 5, /* leaves that make a group, in a small picture */
  LEAST_LARGE = 3  /* and in others */
};

static const double grid_aspect = 2.2; /* width by height of a grid below a box */

/* ---- Grids ---- */

static const Extent *extent_of(const Plan *plan, const Group *group, uint32_t box) {
  return &plan->extents[box][group->side == SIDE_LEFT ? 0 : 1];
}

static double slot_width(const Plan *plan, const Group *group, uint32_t box) {
  return plan->layout->boxes[box].width + extent_of(plan, group, box)->width;
}

static double slot_height(const Plan *plan, const Group *group, uint32_t box) {
  return fmax(plan->layout->boxes[box].height, extent_of(plan, group, box)->height);
}

static double column_width(const Plan *plan, const Group *group, uint32_t column) {
  double width = 0;
  for (uint32_t k = column * group->rows; k < (column + 1) * group->rows && k < group->count; k++) {
    width = fmax(width, slot_width(plan, group, plan->members[group->first + k]));
  }
  return width;
}

static double row_height(const Plan *plan, const Group *group, uint32_t row) {
  double height = 0;
  for (uint32_t k = row; k < group->count; k += group->rows) {
    height = fmax(height, slot_height(plan, group, plan->members[group->first + k]));
  }
  return height;
}

static void choose_rows(Group *group, uint32_t columns) {
  group->rows = (group->count + columns - 1) / columns;
  group->columns = (group->count + group->rows - 1) / group->rows;
  group->bus_row = group->side == SIDE_BELOW   ? 0
                   : group->side == SIDE_ABOVE ? group->rows
                                               : group->rows / 2;
}

static void measure_grid(const Plan *plan, Group *group) {
  const bool joint = group->columns > 1;
  group->width = group->columns * TRUNK + (group->columns - 1) * BOX_GAP;
  group->height = (group->rows - 1) * BOX_GAP + (joint ? BUS : 0);
  for (uint32_t c = 0; c < group->columns; c++) {
    group->width += column_width(plan, group, c);
  }
  for (uint32_t r = 0; r < group->rows; r++) {
    group->height += row_height(plan, group, r);
  }
}

/* Put a group's boxes where they belong once it has its place. */
static void place_grid(const Plan *plan, Group *group) {
  const bool leftwards = group->side == SIDE_LEFT, joint = group->columns > 1;
  double y = group->y;
  for (uint32_t row = 0; row <= group->rows; row++) {
    if (joint && row == group->bus_row) {
      group->bus = y + (row == 0             ? BUS
                        : row == group->rows ? BUS - 2 * BOX_GAP
                                             : BUS - BOX_GAP) /
                           2.0;
      y += BUS;
    }
    if (row == group->rows) {
      break;
    }
    const double height = row_height(plan, group, row);
    double x = leftwards ? group->x + group->width : group->x;
    for (uint32_t column = 0; column * group->rows + row < group->count; column++) {
      const uint32_t n = plan->members[group->first + column * group->rows + row];
      OgLayoutBox *box = &plan->layout->boxes[n];
      box->x = leftwards ? x - TRUNK - box->width : x + TRUNK;
      box->y = y + (height - box->height) / 2;
      const double step = TRUNK + column_width(plan, group, column) + BOX_GAP;
      x += leftwards ? -step : step;
    }
    y += height + BOX_GAP;
  }
  if (!joint) {
    group->bus = group->y + group->height / 2;
  }
}

/* ---- At the sides of boxes ---- */

/* A box that hangs at the side of another. */
typedef struct Hanging {
  uint32_t anchor, relation, box;
  bool outwards; /* the anchor is the head */
} Hanging;

#define COMPARE(a, b)                                                                              \
  do {                                                                                             \
    if ((a) != (b)) {                                                                              \
      return (a) < (b) ? -1 : 1;                                                                   \
    }                                                                                              \
  } while (0)

static int compare_hanging(const void *left, const void *right) {
  const Hanging *a = left, *b = right;
  COMPARE(a->anchor, b->anchor);
  COMPARE(a->relation, b->relation);
  COMPARE(a->outwards, b->outwards);
  COMPARE(a->box, b->box);
  return 0;
}

static bool share_trunk(const Hanging *a, const Hanging *b) {
  return a->anchor == b->anchor && a->relation == b->relation && a->outwards == b->outwards;
}

static Group *begin_group(Plan *plan, Side side, uint32_t first) {
  Group *group = &plan->groups[plan->group_count++];
  *group = (Group){.side = side, .anchor = LAYOUT_NONE, .first = first};
  return group;
}

static void add_member(Plan *plan, Group *group, uint32_t box) {
  plan->members[group->first + group->count++] = box;
  plan->group[box] = (uint32_t)(group - plan->groups);
}

static uint32_t gather_sides(Plan *plan, Hanging *hanging) {
  const OgLayoutEdge *edges = plan->layout->edges;
  uint32_t count = 0;
  for (uint32_t box = 0; box < plan->box_count; box++) {
    if (plan->anchor[box] != LAYOUT_NONE) {
      const OgLayoutEdge *edge = &edges[plan->line[box]];
      hanging[count++] =
          (Hanging){plan->anchor[box], edge->relation, box, edge->head == plan->anchor[box]};
    }
  }
  qsort(hanging, count, sizeof *hanging, compare_hanging);
  return count;
}

static void group_sides(Plan *plan, const Hanging *hanging, uint32_t count) {
  Group *group = NULL;
  for (uint32_t k = 0; k < count; k++) {
    if (k == 0 || !share_trunk(&hanging[k - 1], &hanging[k])) {
      group = begin_group(plan, hanging[k].outwards ? SIDE_RIGHT : SIDE_LEFT, k);
      group->anchor = hanging[k].anchor;
      group->label_width = plan->layout->edges[plan->line[hanging[k].box]].label_width;
      plan->first_group[group->anchor + 1]++;
    }
    add_member(plan, group, hanging[k].box);
  }
  for (uint32_t box = 0; box < plan->box_count; box++) {
    plan->first_group[box + 1] += plan->first_group[box];
  }
}

/* A box at the side of another goes on to the same side. Others use both sides when they can. */
static void choose_sides(Plan *plan, uint32_t box) {
  Group *groups = &plan->groups[plan->first_group[box]];
  const uint32_t count = plan->first_group[box + 1] - plan->first_group[box];
  bool used[2] = {false, false};
  for (uint32_t k = 0; k < count; k++) {
    used[groups[k].side == SIDE_RIGHT] = true;
  }
  for (uint32_t k = 0; k < count; k++) {
    if (plan->group[box] != LAYOUT_NONE) {
      groups[k].side = plan->groups[plan->group[box]].side;
    } else if (!used[0] || !used[1]) {
      groups[k].side = (k % 2 == 0) == used[1] ? SIDE_RIGHT : SIDE_LEFT;
    }
  }
}

static bool has_sides(const Plan *plan, uint32_t box) {
  return plan->first_group[box + 1] > plan->first_group[box];
}

static void measure_group(Plan *plan, Group *group) {
  uint32_t columns = (group->count + ROWS_ASIDE - 1) / ROWS_ASIDE;
  for (uint32_t k = 0; k < group->count; k++) {
    if (has_sides(plan, plan->members[group->first + k])) {
      columns = 1;
    }
  }
  choose_rows(group, columns);
  measure_grid(plan, group);
}

/* The groups at one side of a box, from top to bottom. */
static void measure_side(Plan *plan, uint32_t box, Side side) {
  Extent *extent = &plan->extents[box][side == SIDE_LEFT ? 0 : 1];
  double width = 0, label = 0;
  uint32_t count = 0;
  for (uint32_t g = plan->first_group[box]; g < plan->first_group[box + 1]; g++) {
    Group *group = &plan->groups[g];
    if (group->side == side) {
      measure_group(plan, group);
      extent->height += group->height + (count > 0 ? GROUP_GAP : 0);
      width = fmax(width, group->width);
      label = fmax(label, group->label_width);
      count++;
    }
  }
  if (count > 0) {
    extent->lead = FAN + (label > 0 ? label + BOX_GAP : 0);
    extent->width = extent->lead + width;
    OgLayoutBox *at = &plan->layout->boxes[box];
    at->height = fmax(at->height, (count + 1) * (double)PORT_GAP);
  }
}

OgStatus layout_sides(Plan *plan, OgError *err) {
  Hanging *hanging;
  OG_TRY(PLAN_ALLOC(plan, hanging, plan->box_count));
  OG_TRY(PLAN_ALLOC(plan, plan->groups, plan->box_count));
  OG_TRY(PLAN_ALLOC(plan, plan->members, plan->box_count));
  OG_TRY(PLAN_ALLOC(plan, plan->group, plan->box_count));
  OG_TRY(PLAN_ALLOC(plan, plan->first_group, plan->box_count + 1));
  OG_TRY(PLAN_ALLOC(plan, plan->extents, plan->box_count));
  for (uint32_t box = 0; box < plan->box_count; box++) {
    plan->group[box] = LAYOUT_NONE;
  }
  group_sides(plan, hanging, gather_sides(plan, hanging));
  for (uint32_t box = 0; box < plan->box_count; box++) {
    choose_sides(plan, box);
  }
  for (uint32_t box = plan->box_count; box-- > 0;) { /* what hangs on others first */
    measure_side(plan, box, SIDE_LEFT);
    measure_side(plan, box, SIDE_RIGHT);
  }
  return OG_OK;
}

static void place_sides(Plan *plan, uint32_t box) {
  const OgLayoutBox *at = &plan->layout->boxes[box];
  const Extent *extents = plan->extents[box];
  const double middle = at->y + at->height / 2;
  double y[2] = {middle - extents[0].height / 2, middle - extents[1].height / 2};
  uint32_t count[2] = {0, 0}, seen[2] = {0, 0};
  for (uint32_t g = plan->first_group[box]; g < plan->first_group[box + 1]; g++) {
    count[plan->groups[g].side == SIDE_RIGHT]++;
  }
  for (uint32_t g = plan->first_group[box]; g < plan->first_group[box + 1]; g++) {
    Group *group = &plan->groups[g];
    const int side = group->side == SIDE_RIGHT;
    group->port = at->height * (seen[side] + 1) / (count[side] + 1);
    group->x = side ? at->x + at->width + extents[1].lead : at->x - extents[0].lead - group->width;
    group->y = y[side];
    y[side] += group->height + GROUP_GAP;
    seen[side]++;
    place_grid(plan, group);
  }
}

/* ---- Leaves of the hierarchy ---- */

/* A box that may stand in a group above or below what it hangs on. */
typedef struct Leaf {
  Side side;
  uint32_t relation, box;
  const uint32_t *others; /* (count) ascending: what it hangs on */
  uint32_t count;
} Leaf;

static int compare_kind(const Leaf *a, const Leaf *b) {
  COMPARE(a->side, b->side);
  COMPARE(a->relation, b->relation);
  COMPARE(a->count, b->count);
  for (uint32_t k = 0; k < a->count; k++) {
    COMPARE(a->others[k], b->others[k]);
  }
  return 0;
}

static int compare_leaves(const void *left, const void *right) {
  const Leaf *a = left, *b = right;
  const int order = compare_kind(a, b);
  return order != 0 ? order : a->box < b->box ? -1 : a->box > b->box;
}

static int compare_numbers(const void *left, const void *right) {
  const uint32_t *a = left, *b = right;
  return *a < *b ? -1 : *a > *b;
}

/* Whether a box is a leaf; others has room for its edges. */
static bool is_leaf(const Plan *plan, uint32_t box, uint32_t *others, Leaf *leaf) {
  *leaf = (Leaf){.box = box, .others = others};
  if (box == 0 || plan->anchor[box] != LAYOUT_NONE ||
      plan->extents[box][0].width > 0) { /* the trunk comes from the left */
    return false;
  }
  for (uint32_t k = plan->ends.start[box]; k < plan->ends.start[box + 1]; k++) {
    const uint32_t e = plan->ends.items[k];
    const OgLayoutEdge *edge = &plan->layout->edges[e];
    const Side side = edge->head == box ? SIDE_BELOW : SIDE_ABOVE;
    if (plan->roles[e] != EDGE_HIERARCHY) {
      continue;
    }
    if (leaf->count > 0 && (leaf->side != side || leaf->relation != edge->relation)) {
      return false;
    }
    leaf->side = side;
    leaf->relation = edge->relation;
    others[leaf->count++] = other_end(edge, box);
  }
  qsort(others, leaf->count, sizeof *others, compare_numbers);
  return leaf->count > 0;
}

static void make_leaf_group(Plan *plan, const Leaf *leaves, uint32_t count) {
  const Group *last = plan->group_count > 0 ? &plan->groups[plan->group_count - 1] : NULL;
  Group *group = begin_group(plan, leaves->side, last ? last->first + last->count : 0);
  double width = 0, height = 0;
  for (uint32_t k = 0; k < count; k++) {
    add_member(plan, group, leaves[k].box);
    width += (slot_width(plan, group, leaves[k].box) + TRUNK + BOX_GAP) / count;
    height += (slot_height(plan, group, leaves[k].box) + BOX_GAP) / count;
  }
  const double columns = round(sqrt(count * height * grid_aspect / width));
  choose_rows(group, columns > 1 ? (uint32_t)columns : 1);
  measure_grid(plan, group);
}

static OgStatus group_leaves(Plan *plan, OgError *err) {
  const uint32_t least = plan->box_count <= SMALL ? LEAST_SMALL : LEAST_LARGE;
  uint32_t *others, count = 0;
  Leaf *leaves;
  OG_TRY(PLAN_ALLOC(plan, others, 2 * (size_t)plan->edge_count));
  OG_TRY(PLAN_ALLOC(plan, leaves, plan->box_count));
  for (uint32_t box = 0; box < plan->box_count; box++) {
    count += is_leaf(plan, box, others + plan->ends.start[box], &leaves[count]);
  }
  qsort(leaves, count, sizeof *leaves, compare_leaves);
  for (uint32_t k = 0, next; k < count; k = next) {
    for (next = k + 1; next < count && compare_kind(&leaves[k], &leaves[next]) == 0;) {
      next++;
    }
    if (next - k >= least) {
      make_leaf_group(plan, &leaves[k], next - k);
    }
  }
  return OG_OK;
}

/* ---- Units ---- */

static Unit *begin_unit(Plan *plan, uint32_t rank) {
  Unit *unit = &plan->units[plan->unit_count++];
  *unit = (Unit){.box = LAYOUT_NONE, .group = LAYOUT_NONE, .rank = rank};
  return unit;
}

static void make_box_unit(Plan *plan, uint32_t box) {
  const OgLayoutBox *at = &plan->layout->boxes[box];
  const Extent *sides = plan->extents[box];
  Unit *unit = begin_unit(plan, plan->rank[box]);
  unit->box = box;
  unit->width = sides[0].width + at->width + sides[1].width;
  unit->height = fmax(at->height, fmax(sides[0].height, sides[1].height));
  unit->port = sides[0].width + at->width / 2;
  plan->unit[box] = plan->unit_count - 1;
}

/* Where a line from above or below enters a grid: at its middle, or at a trunk that is there. */
static double entry_of(const Plan *plan, const Group *group) {
  double x = 0;
  if (group->columns % 2 == 1 && group->columns > 1) {
    return group->width / 2;
  }
  for (uint32_t c = 0; c < group->columns / 2; c++) {
    x += TRUNK + column_width(plan, group, c) + BOX_GAP;
  }
  return x;
}

static void make_group_unit(Plan *plan, uint32_t number) {
  const Group *group = &plan->groups[number];
  Unit *unit = begin_unit(plan, plan->rank[plan->members[group->first]]);
  unit->group = number;
  unit->width = group->width;
  unit->height = group->height;
  unit->port = entry_of(plan, group);
  for (uint32_t k = 0; k < group->count; k++) {
    plan->unit[plan->members[group->first + k]] = plan->unit_count - 1;
  }
}

OgStatus layout_units(Plan *plan, OgError *err) {
  OG_TRY(PLAN_ALLOC(plan, plan->units, plan->box_count));
  OG_TRY(PLAN_ALLOC(plan, plan->unit, plan->box_count));
  OG_TRY(group_leaves(plan, err));
  for (uint32_t box = 0; box < plan->box_count; box++) {
    const uint32_t group = plan->group[box];
    if (plan->anchor[box] != LAYOUT_NONE) { /* its anchor comes before it */
      plan->unit[box] = plan->unit[plan->anchor[box]];
    } else if (group == LAYOUT_NONE) {
      make_box_unit(plan, box);
    } else if (plan->members[plan->groups[group].first] == box) {
      make_group_unit(plan, group);
    }
  }
  return OG_OK;
}

void layout_place(Plan *plan) {
  for (uint32_t u = 0; u < plan->unit_count; u++) {
    const Unit *unit = &plan->units[u];
    if (unit->box != LAYOUT_NONE) {
      OgLayoutBox *box = &plan->layout->boxes[unit->box];
      box->x = unit->x + unit->port - box->width / 2;
      box->y = unit->y + (unit->height - box->height) / 2;
    } else if (unit->group != LAYOUT_NONE) {
      plan->groups[unit->group].x = unit->x;
      plan->groups[unit->group].y = unit->y;
      place_grid(plan, &plan->groups[unit->group]);
    }
  }
  for (uint32_t box = 0; box < plan->box_count; box++) {
    place_sides(plan, box);
  }
}
