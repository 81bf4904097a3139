#include "kg/layout.h"

#include "kg/layout_plan.h"

OgPoint og_curve_at(const OgPoint p[4], double t) {
  const double u = 1 - t;
  const double a = u * u * u, b = 3 * u * u * t, c = 3 * u * t * t, d = t * t * t;
  return (OgPoint){a * p[0].x + b * p[1].x + c * p[2].x + d * p[3].x,
                   a * p[0].y + b * p[1].y + c * p[2].y + d * p[3].y};
}

/* The edges of each box; one from a box to itself once. */
static OgStatus list_ends(Plan *plan, OgError *err) {
  const OgLayout *layout = plan->layout;
  uint32_t *next;
  OG_TRY(PLAN_ALLOC(plan, plan->ends.start, plan->box_count + 1));
  OG_TRY(PLAN_ALLOC(plan, plan->ends.items, 2 * (size_t)plan->edge_count));
  OG_TRY(PLAN_ALLOC(plan, next, plan->box_count));
  for (uint32_t e = 0; e < plan->edge_count; e++) {
    const OgLayoutEdge *edge = &layout->edges[e];
    plan->ends.start[edge->head + 1]++;
    plan->ends.start[edge->tail + 1] += edge->tail != edge->head;
  }
  for (uint32_t n = 0; n < plan->box_count; n++) {
    plan->ends.start[n + 1] += plan->ends.start[n];
    next[n] = plan->ends.start[n];
  }
  for (uint32_t e = 0; e < plan->edge_count; e++) {
    const OgLayoutEdge *edge = &layout->edges[e];
    plan->ends.items[next[edge->head]++] = e;
    if (edge->tail != edge->head) {
      plan->ends.items[next[edge->tail]++] = e;
    }
  }
  return OG_OK;
}

/* ---- The frame ---- */

typedef struct Frame {
  double left, top, right, bottom;
} Frame;

static void frame_add(Frame *frame, double x, double y, double width, double height) {
  frame->left = x < frame->left ? x : frame->left;
  frame->top = y < frame->top ? y : frame->top;
  frame->right = x + width > frame->right ? x + width : frame->right;
  frame->bottom = y + height > frame->bottom ? y + height : frame->bottom;
}

/* Curves by points on them: control points may lie far outside. */
static void frame_add_line(Frame *frame, const OgLayoutEdge *edge) {
  enum { SAMPLES = 16 };
  for (size_t k = 0; k + 3 < edge->count; k += 3) {
    for (int j = 0; j <= SAMPLES; j++) {
      const OgPoint point = og_curve_at(&edge->points[k], (double)j / SAMPLES);
      frame_add(frame, point.x, point.y, 0, 0);
    }
  }
}

static Frame find_frame(const OgLayout *layout) {
  Frame frame = {1e9, 1e9, -1e9, -1e9};
  for (size_t n = 0; n < layout->box_count; n++) {
    const OgLayoutBox *box = &layout->boxes[n];
    frame_add(&frame, box->x, box->y, box->width, box->height);
  }
  for (size_t e = 0; e < layout->edge_count; e++) {
    const OgLayoutEdge *edge = &layout->edges[e];
    frame_add_line(&frame, edge);
    if (edge->has_label) {
      frame_add(&frame, edge->label.x - edge->label_width / 2,
                edge->label.y - layout->label_height / 2, edge->label_width, layout->label_height);
    }
  }
  return frame;
}

static void move_to_origin(OgLayout *layout) {
  const Frame frame = find_frame(layout);
  for (size_t n = 0; n < layout->box_count; n++) {
    layout->boxes[n].x -= frame.left;
    layout->boxes[n].y -= frame.top;
  }
  for (size_t e = 0; e < layout->edge_count; e++) {
    OgLayoutEdge *edge = &layout->edges[e];
    for (size_t k = 0; k < edge->count; k++) {
      edge->points[k].x -= frame.left;
      edge->points[k].y -= frame.top;
    }
    edge->label.x -= frame.left;
    edge->label.y -= frame.top;
  }
  layout->width = frame.right - frame.left;
  layout->height = frame.bottom - frame.top;
}

OgStatus og_layout(OgLayout *layout, OgArena *arena, OgError *err) {
  Plan plan = {.layout = layout,
               .arena = arena,
               .box_count = (uint32_t)layout->box_count,
               .edge_count = (uint32_t)layout->edge_count};
  layout->width = layout->height = 0;
  if (layout->box_count == 0) {
    return OG_OK;
  }
  OG_TRY(list_ends(&plan, err));
  OG_TRY(layout_rank(&plan, err));
  OG_TRY(layout_sides(&plan, err));
  OG_TRY(layout_units(&plan, err));
  OG_TRY(layout_order(&plan, err));
  layout_place(&plan);
  OG_TRY(layout_lines(&plan, err));
  move_to_origin(layout);
  return OG_OK;
}
