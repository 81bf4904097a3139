/* The lines and their labels.
 *
 * Lines of the hierarchy leave boxes straight up and down, and bend between rows only, where no box
 * stands. Lines to the sides follow a fan, a trunk and a stub. Of each other edge a number of
 * curves is tried; the one that is cheapest by its length and by what it runs over is taken. */
#include "core/vocab.h"
#include "kg/layout_plan.h"

#include <math.h>
#include <string.h>

static const double corner_radius = 7;

/* ---- Drawing a line ---- */

typedef struct Pen {
  OgArena *arena;
  OgPoint *points;
  size_t count, capacity;
  bool failed;
} Pen;

static void pen_add(Pen *pen, OgPoint point) {
  OgPoint *points =
      og_arena_grow(pen->arena, pen->points, pen->count, &pen->capacity, sizeof *points);
  if (!points) {
    pen->failed = true;
    return;
  }
  pen->points = points;
  points[pen->count++] = point;
}

static void pen_curve(Pen *pen, OgPoint first, OgPoint second, OgPoint to) {
  pen_add(pen, first);
  pen_add(pen, second);
  pen_add(pen, to);
}

static OgPoint between(OgPoint a, OgPoint b, double part) {
  return (OgPoint){a.x + (b.x - a.x) * part, a.y + (b.y - a.y) * part};
}

static double distance(OgPoint a, OgPoint b) {
  return hypot(b.x - a.x, b.y - a.y);
}

static void pen_line(Pen *pen, OgPoint to) {
  if (!pen->failed && distance(pen->points[pen->count - 1], to) > 0) {
    const OgPoint from = pen->points[pen->count - 1];
    pen_curve(pen, between(from, to, 1.0 / 3), between(from, to, 2.0 / 3), to);
  }
}

/* On through these points, with round corners. */
static void pen_way(Pen *pen, const OgPoint *way, size_t count) {
  for (size_t k = 0; k < count && !pen->failed; k++) {
    const OgPoint from = pen->points[pen->count - 1], corner = way[k];
    if (k + 1 == count) {
      pen_line(pen, corner);
      return;
    }
    const double in = distance(from, corner), out = distance(corner, way[k + 1]);
    const double radius = fmin(corner_radius, fmin(in, out / 2));
    if (radius < 0.5) {
      pen_line(pen, corner);
      continue;
    }
    const OgPoint start = between(corner, from, radius / in);
    const OgPoint end = between(corner, way[k + 1], radius / out);
    pen_line(pen, start);
    pen_curve(pen, between(start, corner, 0.55), between(end, corner, 0.55), end);
  }
}

static OgStatus pen_lift(Pen *pen, OgLayoutEdge *edge, bool from_tail, OgError *err) {
  edge->points = pen->points;
  edge->count = pen->count;
  edge->from_tail = from_tail;
  return pen->failed ? og_error_no_memory(err) : OG_OK;
}

static OgPoint middle_of(const OgLayoutBox *box) {
  return (OgPoint){box->x + box->width / 2, box->y + box->height / 2};
}

/* ---- Lines of the hierarchy ---- */

/* Lines of several relations end beside one another. */
static double offset_of(const Plan *plan, const double *offsets, uint32_t edge, uint32_t box) {
  const double most = plan->layout->boxes[box].width / 2 - 8;
  return fmax(-most, fmin(most, offsets[edge]));
}

/* From a box, or from where a group's line enters it, to its boxes: the corners after the entry. */
static size_t way_into(const Plan *plan, const Unit *unit, uint32_t box, OgPoint way[4]) {
  const Group *group = &plan->groups[unit->group];
  const OgLayoutBox *at = &plan->layout->boxes[box];
  const double trunk = at->x - TRUNK, y = at->y + at->height / 2;
  size_t count = 0;
  if (group->columns > 1) {
    way[count++] = (OgPoint){unit->x + unit->port, group->bus};
    way[count++] = (OgPoint){trunk, group->bus};
  }
  way[count++] = (OgPoint){trunk, y};
  way[count++] = (OgPoint){at->x, y};
  return count;
}

/* Out of the upper box, down to the end of its row. */
static void leave_row(const Plan *plan, const Unit *unit, uint32_t box, double offset, Pen *pen) {
  const OgLayoutBox *at = &plan->layout->boxes[box];
  const Row *row = &plan->rows[unit->rank];
  const double bottom = row->y + row->height;
  if (unit->group == LAYOUT_NONE) {
    const double x = at->x + at->width / 2 + offset;
    pen_add(pen, (OgPoint){x, at->y + at->height});
    pen_line(pen, (OgPoint){x, bottom});
    return;
  }
  OgPoint way[4], back[4];
  const size_t count = way_into(plan, unit, box, way);
  for (size_t k = 0; k + 1 < count; k++) {
    back[k] = way[count - 2 - k];
  }
  back[count - 1] = (OgPoint){unit->x + unit->port, bottom};
  pen_add(pen, way[count - 1]);
  pen_way(pen, back, count);
}

static void cross_gap(Pen *pen, OgPoint to) {
  if (pen->failed) {
    return;
  }
  const OgPoint from = pen->points[pen->count - 1];
  const double half = (to.y - from.y) / 2;
  pen_curve(pen, (OgPoint){from.x, from.y + half}, (OgPoint){to.x, to.y - half}, to);
}

static void enter_row(const Plan *plan, const Unit *unit, uint32_t box, double offset, Pen *pen) {
  const OgLayoutBox *at = &plan->layout->boxes[box];
  const double top = plan->rows[unit->rank].y;
  if (unit->group == LAYOUT_NONE) {
    const double x = at->x + at->width / 2 + offset;
    cross_gap(pen, (OgPoint){x, top});
    pen_line(pen, (OgPoint){x, at->y});
    return;
  }
  OgPoint way[4];
  const size_t count = way_into(plan, unit, box, way);
  cross_gap(pen, (OgPoint){unit->x + unit->port, top});
  pen_way(pen, way, count);
}

static void reverse(Pen *pen) {
  for (size_t k = 0; k < pen->count / 2; k++) {
    const OgPoint point = pen->points[k];
    pen->points[k] = pen->points[pen->count - 1 - k];
    pen->points[pen->count - 1 - k] = point;
  }
}

static OgStatus draw_hierarchy(Plan *plan, uint32_t e, const double *offsets, OgError *err) {
  OgLayoutEdge *edge = &plan->layout->edges[e];
  const Link *link = layout_link(plan, edge);
  const Unit *high = &plan->units[link->high], *low = &plan->units[link->low];
  Pen pen = {.arena = plan->arena};
  leave_row(plan, high, edge->tail, offset_of(plan, offsets, e, edge->tail), &pen);
  for (uint32_t k = 0; k + high->rank + 1 < low->rank; k++) {
    const Unit *bend = &plan->units[link->bend + k];
    const Row *row = &plan->rows[bend->rank];
    cross_gap(&pen, (OgPoint){bend->x, row->y});
    pen_line(&pen, (OgPoint){bend->x, row->y + row->height});
  }
  enter_row(plan, low, edge->head, offset_of(plan, offsets, e, edge->head), &pen);
  const bool from_tail = high->group == LAYOUT_NONE;
  if (!from_tail) {
    reverse(&pen);
  }
  return pen_lift(&pen, edge, from_tail, err);
}

/* ---- Lines to the sides ---- */

static OgStatus draw_side(Plan *plan, uint32_t box, OgError *err) {
  OgLayoutEdge *edge = &plan->layout->edges[plan->line[box]];
  const Group *group = &plan->groups[plan->group[box]];
  const OgLayoutBox *anchor = &plan->layout->boxes[group->anchor];
  const OgLayoutBox *at = &plan->layout->boxes[box];
  const bool right = group->side == SIDE_RIGHT;
  const double sign = right ? 1 : -1, y = at->y + at->height / 2;
  const double lead = plan->extents[group->anchor][right].lead;
  const double trunk = right ? at->x - TRUNK : at->x + at->width + TRUNK;
  const OgPoint start = {anchor->x + (right ? anchor->width : 0), anchor->y + group->port};
  const OgPoint spread = {start.x + sign * FAN, group->bus};
  const OgPoint way[] = {{trunk, group->bus}, {trunk, y}, {right ? at->x : at->x + at->width, y}};
  Pen pen = {.arena = plan->arena};
  pen_add(&pen, start);
  pen_curve(&pen, (OgPoint){start.x + sign * FAN / 2, start.y},
            (OgPoint){start.x + sign * FAN / 2, spread.y}, spread);
  if (fabs(y - group->bus) < 0.5) {
    pen_line(&pen, way[2]);
  } else {
    pen_way(&pen, way, 3);
  }
  if (plan->members[group->first] == box && edge->label_width > 0) {
    edge->has_label = true;
    edge->label = (OgPoint){start.x + sign * (FAN + (lead - FAN) / 2), group->bus};
  }
  return pen_lift(&pen, edge, edge->tail == group->anchor, err);
}

/* ---- What is where ---- */

/* The plane in cells, each with a number: 0 is free, n + 1 is box n, LAYOUT_NONE a label. */
typedef struct Raster {
  double left, top, cell;
  uint32_t columns, rows;
  uint32_t *cells;
} Raster;

static const double least_cell = 6;
static const double most_cells = 2e6;

/* Number a rectangle's cells, those at its edges too; or, with number 0, see whether all are free.
 */
static bool raster_mark(Raster *raster, OgPoint middle, double width, double height,
                        uint32_t number) {
  const double x = (middle.x - width / 2 - raster->left) / raster->cell;
  const double y = (middle.y - height / 2 - raster->top) / raster->cell;
  const uint32_t right = (uint32_t)fmin(raster->columns - 1, x + width / raster->cell);
  const uint32_t bottom = (uint32_t)fmin(raster->rows - 1, y + height / raster->cell);
  for (uint32_t r = (uint32_t)fmax(y, 0); r <= bottom; r++) {
    for (uint32_t c = (uint32_t)fmax(x, 0); c <= right; c++) {
      uint32_t *cell = &raster->cells[(size_t)r * raster->columns + c];
      if (number > 0) {
        *cell = number;
      } else if (*cell > 0) {
        return false;
      }
    }
  }
  return true;
}

static uint32_t raster_at(const Raster *raster, OgPoint point) {
  const double x = (point.x - raster->left) / raster->cell;
  const double y = (point.y - raster->top) / raster->cell;
  return x < 0 || y < 0 || x >= raster->columns || y >= raster->rows
             ? 0
             : raster->cells[(size_t)y * raster->columns + (size_t)x];
}

static OgStatus raster_init(const Plan *plan, Raster *raster, OgError *err) {
  const double margin = 250; /* curves go around */
  const OgLayout *layout = plan->layout;
  double left = 1e9, top = 1e9, right = -1e9, bottom = -1e9;
  for (uint32_t n = 0; n < plan->box_count; n++) {
    const OgLayoutBox *box = &layout->boxes[n];
    left = fmin(left, box->x);
    top = fmin(top, box->y);
    right = fmax(right, box->x + box->width);
    bottom = fmax(bottom, box->y + box->height);
  }
  const double width = right - left + 2 * margin, height = bottom - top + 2 * margin;
  *raster = (Raster){.left = left - margin, .top = top - margin};
  raster->cell = fmax(least_cell, sqrt(width * height / most_cells));
  raster->columns = (uint32_t)(width / raster->cell) + 1;
  raster->rows = (uint32_t)(height / raster->cell) + 1;
  OG_TRY(PLAN_ALLOC(plan, raster->cells, (size_t)raster->columns * raster->rows));
  for (uint32_t n = 0; n < plan->box_count; n++) {
    const OgLayoutBox *box = &layout->boxes[n];
    raster_mark(raster, middle_of(box), box->width, box->height, n + 1);
  }
  for (uint32_t e = 0; e < plan->edge_count; e++) {
    const OgLayoutEdge *edge = &layout->edges[e];
    if (edge->has_label) {
      raster_mark(raster, edge->label, edge->label_width, layout->label_height, LAYOUT_NONE);
    }
  }
  return OG_OK;
}

/* ---- Curves ---- */

/* Where curves end at a box, in parts of its width and height, and which way they leave it. */
static const struct {
  double x, y, dx, dy;
} ports[] = {
    {0, 0.5, -1, 0}, {1, 0.5, 1, 0},  {0, 0.85, -1, 0}, {1, 0.85, 1, 0},
    {0.2, 0, 0, -1}, {0.8, 0, 0, -1}, {0.2, 1, 0, 1},   {0.8, 1, 0, 1},
};

enum { PORTS = sizeof ports / sizeof *ports, SAMPLES = 40 };

/* How far the control points are out, in parts of the distance. */
static const double reaches[][2] = {{0.35, 0.35}, {0.7, 0.7}, {1.1, 1.1}, {0.3, 0.9}, {0.9, 0.3}};

enum { REACHES = sizeof reaches / sizeof *reaches };

static const double cost_of_hit = 8;      /* a pixel over a box or a label, in pixels */
static const double cost_of_meeting = 80; /* of a line that ends at the same side, in pixels */

static OgPoint port_of(const OgLayoutBox *box, int port, double out) {
  return (OgPoint){box->x + box->width * ports[port].x + out * ports[port].dx,
                   box->y + box->height * ports[port].y + out * ports[port].dy};
}

static double reach_of(double wanted) {
  return fmax(28, fmin(320, wanted));
}

/* The length of a curve, and more for what it runs over. Its ends may touch their boxes. */
static double cost_of(const Raster *raster, const OgPoint points[4], uint32_t from, uint32_t to) {
  double cost = 0;
  OgPoint before = points[0];
  for (int k = 1; k <= SAMPLES; k++) {
    const OgPoint point = og_curve_at(points, (double)k / SAMPLES);
    const uint32_t there = raster_at(raster, point);
    const bool at_end = (there == from + 1 && k < 4) || (there == to + 1 && k > SAMPLES - 4);
    cost += distance(before, point) * (there > 0 && !at_end ? cost_of_hit : 1);
    before = point;
  }
  return cost;
}

/* What it costs to end there: other lines end at the middle of a side. */
static double cost_of_port(const Plan *plan, uint32_t box, int port) {
  const Side side = ports[port].dx > 0 ? SIDE_RIGHT : SIDE_LEFT;
  const uint32_t own = plan->group[box];
  if (ports[port].y != 0.5) {
    return 0;
  }
  if (own != LAYOUT_NONE && (plan->groups[own].side == SIDE_LEFT) == (side == SIDE_RIGHT)) {
    return cost_of_meeting; /* its stub comes in on this side */
  }
  for (uint32_t g = plan->first_group[box]; g < plan->first_group[box + 1]; g++) {
    if (plan->groups[g].side == side) {
      return cost_of_meeting;
    }
  }
  return 0;
}

static void choose_curve(const Plan *plan, const Raster *raster, const OgLayoutEdge *edge,
                         OgPoint best[4]) {
  const OgLayoutBox *head = &plan->layout->boxes[edge->head];
  const OgLayoutBox *tail = &plan->layout->boxes[edge->tail];
  double least = HUGE_VAL;
  for (int k = 0; k < PORTS * PORTS * REACHES; k++) {
    const int a = k % PORTS, b = k / PORTS % PORTS;
    const double *reach = reaches[k / (PORTS * PORTS)];
    const OgPoint start = port_of(head, a, 0), end = port_of(tail, b, 0);
    const double away = distance(start, end);
    const OgPoint points[4] = {start, port_of(head, a, reach_of(away * reach[0])),
                               port_of(tail, b, reach_of(away * reach[1])), end};
    const double cost = cost_of(raster, points, edge->head, edge->tail) +
                        cost_of_port(plan, edge->head, a) + cost_of_port(plan, edge->tail, b);
    if (cost < least) {
      least = cost;
      memcpy(best, points, sizeof points);
    }
  }
}

/* From the top of a box around its corner to its right side. */
static void choose_loop(const OgLayoutBox *box, OgPoint points[4]) {
  const OgPoint start = {box->x + box->width - 14, box->y};
  const OgPoint end = {box->x + box->width, box->y + fmin(14, box->height / 2)};
  const OgPoint loop[4] = {start, {start.x, start.y - 26}, {end.x + 26, end.y}, end};
  memcpy(points, loop, sizeof loop);
}

/* A label where it covers nothing; near the middle, if it can be. */
static void put_label(const Plan *plan, Raster *raster, OgLayoutEdge *edge) {
  static const double parts[] = {0.5, 0.42, 0.58, 0.34, 0.66, 0.26, 0.74, 0.2, 0.8};
  for (size_t k = 0; k < sizeof parts / sizeof *parts && edge->label_width > 0; k++) {
    const OgPoint at = og_curve_at(edge->points, parts[k]);
    if (raster_mark(raster, at, edge->label_width, plan->layout->label_height, 0)) {
      raster_mark(raster, at, edge->label_width, plan->layout->label_height, LAYOUT_NONE);
      edge->label = at;
      edge->has_label = true;
      return;
    }
  }
}

static OgStatus draw_extra(Plan *plan, Raster *raster, OgLayoutEdge *edge, OgError *err) {
  Pen pen = {.arena = plan->arena};
  OgPoint points[4] = {{0, 0}};
  if (edge->head == edge->tail) {
    choose_loop(&plan->layout->boxes[edge->head], points);
  } else {
    choose_curve(plan, raster, edge, points);
  }
  pen_add(&pen, points[0]);
  pen_curve(&pen, points[1], points[2], points[3]);
  OG_TRY(pen_lift(&pen, edge, false, err));
  put_label(plan, raster, edge);
  return OG_OK;
}

/* ---- All ---- */

static int position_of(const uint32_t *relations, uint32_t count, uint32_t relation) {
  for (uint32_t k = 0; k < count; k++) {
    if (relations[k] == relation) {
      return (int)k;
    }
  }
  return -1;
}

/* Relations of the hierarchy, in the order of their first edge, get places side by side. */
static void find_offsets(const Plan *plan, double *offsets) {
  uint32_t relations[OG_HIERARCHY], count = 0;
  for (uint32_t e = 0; e < plan->edge_count; e++) {
    const uint32_t relation = plan->layout->edges[e].relation;
    if (plan->roles[e] == EDGE_HIERARCHY && count < OG_HIERARCHY &&
        position_of(relations, count, relation) < 0) {
      relations[count++] = relation;
    }
  }
  for (uint32_t e = 0; e < plan->edge_count; e++) {
    const int k = position_of(relations, count, plan->layout->edges[e].relation);
    offsets[e] = k < 0 ? 0 : (k - (count - 1) / 2.0) * PORT_GAP;
  }
}

OgStatus layout_lines(Plan *plan, OgError *err) {
  Raster raster;
  double *offsets;
  OG_TRY(PLAN_ALLOC(plan, offsets, plan->edge_count));
  find_offsets(plan, offsets);
  for (uint32_t e = 0; e < plan->edge_count; e++) {
    plan->layout->edges[e].has_label = false;
    if (plan->roles[e] == EDGE_HIERARCHY) {
      OG_TRY(draw_hierarchy(plan, e, offsets, err));
    }
  }
  for (uint32_t box = 0; box < plan->box_count; box++) {
    if (plan->line[box] != LAYOUT_NONE) {
      OG_TRY(draw_side(plan, box, err));
    }
  }
  OG_TRY(raster_init(plan, &raster, err));
  for (uint32_t e = 0; e < plan->edge_count; e++) {
    if (plan->roles[e] == EDGE_EXTRA) {
      OG_TRY(draw_extra(plan, &raster, &plan->layout->edges[e], err));
    }
  }
  return OG_OK;
}
