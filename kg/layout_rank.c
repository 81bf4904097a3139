/* Which edges make the hierarchy, and the layers that follow.
 *
 * Of the hierarchy edges, one of each pair of boxes counts and none that closes a cycle. A box's
 * layer is one below its lowest parent's; what has no parent stands just above its highest child.
 * A part of the hierarchy that only other edges join to the rest is moved as a whole, so that its
 * first box stands level with what that edge leads to. */
#include "kg/layout_plan.h"

/* Walks up from box to parents, depth first. */
typedef struct Climb {
  uint32_t *stack, *next; /* (boxes) the way, and which of its edges each tries next */
  unsigned char *state;   /* (boxes) */
  uint32_t *seen;         /* (boxes) 1 + the last child that this parent was found for */
  uint32_t *order;        /* (boxes) parents before children */
  uint32_t order_count;
} Climb;

enum { NEW, ON_THE_WAY, DONE };

static bool leads_up(const Plan *plan, uint32_t edge, uint32_t box) {
  const OgLayoutEdge *e = &plan->layout->edges[edge];
  return e->is_hierarchical && e->head == box && e->tail != box;
}

static void climb_from(Plan *plan, Climb *climb, uint32_t start) {
  uint32_t depth = 1;
  climb->stack[0] = start;
  climb->next[start] = plan->ends.start[start];
  climb->state[start] = ON_THE_WAY;
  while (depth > 0) {
    const uint32_t box = climb->stack[depth - 1];
    if (climb->next[box] == plan->ends.start[box + 1]) {
      climb->state[box] = DONE;
      climb->order[climb->order_count++] = box;
      depth--;
      continue;
    }
    const uint32_t edge = plan->ends.items[climb->next[box]++];
    const uint32_t parent = plan->layout->edges[edge].tail;
    if (!leads_up(plan, edge, box) || climb->seen[parent] == box + 1 ||
        climb->state[parent] == ON_THE_WAY) {
      continue;
    }
    climb->seen[parent] = box + 1;
    plan->roles[edge] = EDGE_HIERARCHY;
    if (climb->state[parent] == NEW) {
      climb->state[parent] = ON_THE_WAY;
      climb->next[parent] = plan->ends.start[parent];
      climb->stack[depth++] = parent;
    }
  }
}

/* The layers of parents, first; then tops down to their children. Layers are counted from the
 * middle of the numbers, so that parts can be moved up. */
static void find_ranks(Plan *plan, const Climb *climb) {
  const OgLayoutEdge *edges = plan->layout->edges;
  for (uint32_t k = 0; k < plan->box_count; k++) {
    const uint32_t box = climb->order[k];
    plan->rank[box] = plan->box_count;
    for (uint32_t j = plan->ends.start[box]; j < plan->ends.start[box + 1]; j++) {
      const uint32_t e = plan->ends.items[j];
      if (plan->roles[e] == EDGE_HIERARCHY && edges[e].head == box &&
          plan->rank[edges[e].tail] + 1 > plan->rank[box]) {
        plan->rank[box] = plan->rank[edges[e].tail] + 1;
      }
    }
  }
  for (uint32_t box = 0; box < plan->box_count; box++) {
    uint32_t highest = LAYOUT_NONE;
    for (uint32_t j = plan->ends.start[box]; j < plan->ends.start[box + 1]; j++) {
      const uint32_t e = plan->ends.items[j];
      if (plan->roles[e] != EDGE_HIERARCHY) {
        continue;
      }
      if (edges[e].head == box) { /* it has a parent */
        highest = LAYOUT_NONE;
        break;
      }
      highest = plan->rank[edges[e].head] < highest ? plan->rank[edges[e].head] : highest;
    }
    plan->rank[box] = highest != LAYOUT_NONE ? highest - 1 : plan->rank[box];
  }
}

/* What box hangs at the side of: the nearest that it has an edge with, unless the hierarchy has a
 * place for it. */
static void find_anchor(Plan *plan, uint32_t box) {
  plan->anchor[box] = plan->line[box] = LAYOUT_NONE;
  for (uint32_t j = plan->ends.start[box]; j < plan->ends.start[box + 1]; j++) {
    const uint32_t e = plan->ends.items[j];
    const uint32_t other = other_end(&plan->layout->edges[e], box);
    if (plan->roles[e] == EDGE_HIERARCHY) {
      plan->anchor[box] = plan->line[box] = LAYOUT_NONE;
      return;
    }
    if (other < box && other < plan->anchor[box]) {
      plan->anchor[box] = other;
      plan->line[box] = e;
    }
  }
}

/* Move the part of the hierarchy around a box by so many layers; stack has room for all boxes. */
static void move_part(Plan *plan, uint32_t box, uint32_t by, unsigned char *moved,
                      uint32_t *stack) {
  uint32_t depth = 1;
  stack[0] = box;
  moved[box] = 1;
  while (depth > 0) {
    const uint32_t at = stack[--depth];
    plan->rank[at] += by; /* modulo 2^32, so that it moves up too */
    for (uint32_t j = plan->ends.start[at]; j < plan->ends.start[at + 1]; j++) {
      const uint32_t e = plan->ends.items[j];
      const uint32_t other = other_end(&plan->layout->edges[e], at);
      if (plan->roles[e] == EDGE_HIERARCHY && !moved[other]) {
        moved[other] = 1;
        stack[depth++] = other;
      }
    }
  }
}

static uint32_t nearest_neighbour(const Plan *plan, uint32_t box) {
  uint32_t nearest = box;
  for (uint32_t j = plan->ends.start[box]; j < plan->ends.start[box + 1]; j++) {
    const uint32_t other = other_end(&plan->layout->edges[plan->ends.items[j]], box);
    nearest = other < nearest ? other : nearest;
  }
  return nearest;
}

static OgStatus join_parts(Plan *plan, OgError *err) {
  unsigned char *moved;
  uint32_t *stack;
  OG_TRY(PLAN_ALLOC(plan, moved, plan->box_count));
  OG_TRY(PLAN_ALLOC(plan, stack, plan->box_count));
  for (uint32_t box = 0; box < plan->box_count; box++) {
    if (plan->anchor[box] != LAYOUT_NONE) {
      plan->rank[box] = plan->rank[plan->anchor[box]];
    } else if (!moved[box]) {
      move_part(plan, box, plan->rank[nearest_neighbour(plan, box)] - plan->rank[box], moved,
                stack);
    }
  }
  return OG_OK;
}

/* Count layers from 0. */
static void count_from_zero(Plan *plan) {
  uint32_t first = LAYOUT_NONE, last = 0;
  for (uint32_t box = 0; box < plan->box_count; box++) {
    first = plan->rank[box] < first ? plan->rank[box] : first;
  }
  for (uint32_t box = 0; box < plan->box_count; box++) {
    plan->rank[box] -= first;
    last = plan->rank[box] > last ? plan->rank[box] : last;
  }
  plan->row_count = last + 1;
}

OgStatus layout_rank(Plan *plan, OgError *err) {
  const uint32_t count = plan->box_count;
  Climb climb = {0};
  OG_TRY(PLAN_ALLOC(plan, plan->roles, plan->edge_count));
  OG_TRY(PLAN_ALLOC(plan, plan->anchor, count));
  OG_TRY(PLAN_ALLOC(plan, plan->line, count));
  OG_TRY(PLAN_ALLOC(plan, plan->rank, count));
  OG_TRY(PLAN_ALLOC(plan, climb.stack, count));
  OG_TRY(PLAN_ALLOC(plan, climb.next, count));
  OG_TRY(PLAN_ALLOC(plan, climb.state, count));
  OG_TRY(PLAN_ALLOC(plan, climb.seen, count));
  OG_TRY(PLAN_ALLOC(plan, climb.order, count));
  for (uint32_t box = 0; box < count; box++) {
    if (climb.state[box] == NEW) {
      climb_from(plan, &climb, box);
    }
  }
  find_ranks(plan, &climb);
  for (uint32_t box = 0; box < count; box++) {
    find_anchor(plan, box);
    if (plan->line[box] != LAYOUT_NONE) {
      plan->roles[plan->line[box]] = EDGE_SIDE;
    }
  }
  OG_TRY(join_parts(plan, err));
  count_from_zero(plan);
  return OG_OK;
}
