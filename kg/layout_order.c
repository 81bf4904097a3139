/* The order of units in each row, and where they stand.
 *
 * Lines that pass through rows bend there. The order starts from a walk through the links and is
 * improved by sorting rows, downwards and upwards in turn, by the mean place of what each unit is
 * linked to (the barycentre heuristic); the order with the fewest crossings stays. */
#include "kg/layout_plan.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
  ORDER_SWEEPS = 24,
  FIT_SWEEPS = 10,  /* with what is above and below in turn */
  JOINT_SWEEPS = 30 /* with both */
};

/* ---- Links and bends ---- */

static int compare_links(const void *left, const void *right) {
  const Link *a = left, *b = right;
  return a->low != b->low     ? (a->low < b->low ? -1 : 1)
         : a->high != b->high ? (a->high < b->high ? -1 : 1)
                              : 0;
}

const Link *layout_link(const Plan *plan, const OgLayoutEdge *edge) {
  const Link link = {plan->unit[edge->head], plan->unit[edge->tail], 0};
  return bsearch(&link, plan->links, plan->link_count, sizeof link, compare_links);
}

static OgStatus make_links(Plan *plan, OgError *err) {
  uint32_t count = 0;
  OG_TRY(PLAN_ALLOC(plan, plan->links, plan->edge_count));
  for (uint32_t e = 0; e < plan->edge_count; e++) {
    const OgLayoutEdge *edge = &plan->layout->edges[e];
    if (plan->roles[e] == EDGE_HIERARCHY) {
      plan->links[count++] = (Link){plan->unit[edge->head], plan->unit[edge->tail], 0};
    }
  }
  qsort(plan->links, count, sizeof *plan->links, compare_links);
  for (uint32_t k = 0; k < count; k++) {
    if (k == 0 || compare_links(&plan->links[k - 1], &plan->links[k]) != 0) {
      plan->links[plan->link_count++] = plan->links[k];
    }
  }
  return OG_OK;
}

static uint32_t bends_of(const Plan *plan, const Link *link) {
  return plan->units[link->low].rank - plan->units[link->high].rank - 1;
}

static OgStatus make_bends(Plan *plan, OgError *err) {
  size_t count = plan->unit_count;
  const Unit *units = plan->units;
  for (uint32_t k = 0; k < plan->link_count; k++) {
    count += bends_of(plan, &plan->links[k]);
  }
  OG_TRY(PLAN_ALLOC(plan, plan->units, count));
  memcpy(plan->units, units, plan->unit_count * sizeof *units);
  for (uint32_t k = 0; k < plan->link_count; k++) {
    Link *link = &plan->links[k];
    const uint32_t bends = bends_of(plan, link), rank = plan->units[link->high].rank;
    link->bend = plan->unit_count;
    for (uint32_t j = 0; j < bends; j++) {
      plan->units[plan->unit_count++] =
          (Unit){.box = LAYOUT_NONE, .group = LAYOUT_NONE, .rank = rank + 1 + j};
    }
  }
  return OG_OK;
}

/* Of a link's steps from row to row, the k-th: the units above and below. */
static void step_of(const Plan *plan, const Link *link, uint32_t k, uint32_t *high, uint32_t *low) {
  *high = k == 0 ? link->high : link->bend + k - 1;
  *low = k == bends_of(plan, link) ? link->low : link->bend + k;
}

static OgStatus list_steps(Plan *plan, Adjacency *lists, bool below, OgError *err) {
  uint32_t *next, high, low;
  OG_TRY(PLAN_ALLOC(plan, lists->start, plan->unit_count + 1));
  OG_TRY(PLAN_ALLOC(plan, lists->items, (size_t)plan->unit_count + plan->link_count));
  OG_TRY(PLAN_ALLOC(plan, next, plan->unit_count));
  for (int pass = 0; pass < 2; pass++) { /* count, then fill in */
    for (uint32_t k = 0; k < plan->link_count; k++) {
      for (uint32_t j = 0; j <= bends_of(plan, &plan->links[k]); j++) {
        step_of(plan, &plan->links[k], j, &high, &low);
        const uint32_t from = below ? high : low;
        if (pass == 0) {
          lists->start[from + 1]++;
        } else {
          lists->items[lists->start[from] + next[from]++] = below ? low : high;
        }
      }
    }
    for (uint32_t u = 0; u < plan->unit_count && pass == 0; u++) {
      lists->start[u + 1] += lists->start[u];
    }
  }
  return OG_OK;
}

/* ---- The first order: a walk through links and other edges ---- */

static OgStatus make_rows(Plan *plan, OgError *err) {
  uint32_t *room;
  OG_TRY(PLAN_ALLOC(plan, plan->rows, plan->row_count));
  OG_TRY(PLAN_ALLOC(plan, room, plan->unit_count));
  for (uint32_t u = 0; u < plan->unit_count; u++) {
    plan->rows[plan->units[u].rank].count++;
  }
  for (uint32_t r = 0; r < plan->row_count; r++) {
    plan->rows[r].units = room;
    room += plan->rows[r].count;
    plan->rows[r].count = 0;
  }
  return OG_OK;
}

typedef struct Walk {
  uint32_t *stack;
  uint32_t depth;
  unsigned char *seen;
} Walk;

static void walk_see(Walk *walk, uint32_t unit) {
  if (!walk->seen[unit]) {
    walk->seen[unit] = 1;
    walk->stack[walk->depth++] = unit;
  }
}

static void walk_from(Plan *plan, Walk *walk, uint32_t start) {
  const Adjacency *const lists[] = {&plan->above, &plan->below};
  walk_see(walk, start);
  while (walk->depth > 0) {
    const uint32_t unit = walk->stack[--walk->depth];
    Row *row = &plan->rows[plan->units[unit].rank];
    plan->units[unit].place = row->count;
    row->units[row->count++] = unit;
    for (int k = 0; k < 2; k++) {
      for (uint32_t j = lists[k]->start[unit + 1]; j-- > lists[k]->start[unit];) {
        walk_see(walk, lists[k]->items[j]);
      }
    }
  }
}

static OgStatus order_first(Plan *plan, OgError *err) {
  Walk walk = {0};
  OG_TRY(PLAN_ALLOC(plan, walk.stack, plan->unit_count));
  OG_TRY(PLAN_ALLOC(plan, walk.seen, plan->unit_count));
  for (uint32_t u = 0; u < plan->unit_count; u++) {
    walk_from(plan, &walk, u);
  }
  return OG_OK;
}

/* ---- Fewer crossings ---- */

/* Counts how many of the numbers that were added are greater than one (Fenwick 1994). */
typedef struct Tally {
  uint32_t *sums;
  uint32_t size, total;
} Tally;

static void tally_add(Tally *tally, uint32_t number) {
  tally->total++;
  for (uint32_t k = number + 1; k <= tally->size; k += k & (~k + 1)) {
    tally->sums[k]++;
  }
}

static uint32_t tally_greater(const Tally *tally, uint32_t number) {
  uint32_t not_greater = 0;
  for (uint32_t k = number + 1; k > 0; k &= k - 1) {
    not_greater += tally->sums[k];
  }
  return tally->total - not_greater;
}

/* sums has room for the units of a row and one. */
static uint64_t count_crossings(const Plan *plan, uint32_t *sums) {
  uint64_t crossings = 0;
  for (uint32_t r = 0; r + 1 < plan->row_count; r++) {
    Tally tally = {sums, plan->rows[r + 1].count, 0};
    memset(sums, 0, (tally.size + 1) * sizeof *sums);
    for (uint32_t k = 0; k < plan->rows[r].count; k++) {
      const uint32_t unit = plan->rows[r].units[k];
      const uint32_t *first = &plan->below.items[plan->below.start[unit]];
      const uint32_t count = plan->below.start[unit + 1] - plan->below.start[unit];
      for (uint32_t j = 0; j < count; j++) {
        crossings += tally_greater(&tally, plan->units[first[j]].place);
      }
      for (uint32_t j = 0; j < count; j++) {
        tally_add(&tally, plan->units[first[j]].place);
      }
    }
  }
  return crossings;
}

typedef struct Sorted {
  double key;
  uint32_t place, unit;
} Sorted;

static int compare_sorted(const void *left, const void *right) {
  const Sorted *a = left, *b = right;
  return a->key != b->key ? (a->key < b->key ? -1 : 1) : a->place < b->place ? -1 : 1;
}

static void sort_row(Plan *plan, Row *row, const Adjacency *lists, Sorted *sorted) {
  for (uint32_t k = 0; k < row->count; k++) {
    const uint32_t unit = row->units[k];
    const uint32_t count = lists->start[unit + 1] - lists->start[unit];
    double sum = 0;
    for (uint32_t j = 0; j < count; j++) {
      sum += plan->units[lists->items[lists->start[unit] + j]].place;
    }
    sorted[k] = (Sorted){count > 0 ? sum / count : k, k, unit};
  }
  qsort(sorted, row->count, sizeof *sorted, compare_sorted);
  for (uint32_t k = 0; k < row->count; k++) {
    row->units[k] = sorted[k].unit;
    plan->units[sorted[k].unit].place = k;
  }
}

static void sweep(Plan *plan, bool downwards, Sorted *sorted) {
  for (uint32_t k = 1; k < plan->row_count; k++) {
    const uint32_t r = downwards ? k : plan->row_count - 1 - k;
    sort_row(plan, &plan->rows[r], downwards ? &plan->above : &plan->below, sorted);
  }
}

static OgStatus improve_order(Plan *plan, OgError *err) {
  uint32_t *sums, *best;
  Sorted *sorted;
  OG_TRY(PLAN_ALLOC(plan, sums, plan->unit_count));
  OG_TRY(PLAN_ALLOC(plan, best, plan->unit_count));
  OG_TRY(PLAN_ALLOC(plan, sorted, plan->unit_count));
  uint64_t fewest = UINT64_MAX;
  for (int k = 0; k <= ORDER_SWEEPS && fewest > 0; k++) {
    if (k > 0) {
      sweep(plan, k % 2 == 1, sorted);
    }
    const uint64_t crossings = count_crossings(plan, sums);
    if (crossings < fewest) {
      fewest = crossings;
      memcpy(best, plan->rows[0].units, plan->unit_count * sizeof *best); /* rows lie in a line */
    }
  }
  memcpy(plan->rows[0].units, best, plan->unit_count * sizeof *best);
  for (uint32_t r = 0; r < plan->row_count; r++) {
    for (uint32_t k = 0; k < plan->rows[r].count; k++) {
      plan->units[plan->rows[r].units[k]].place = k;
    }
  }
  return OG_OK;
}

/* ---- Columns ---- */

static bool is_bend(const Unit *unit) {
  return unit->box == LAYOUT_NONE && unit->group == LAYOUT_NONE;
}

/* Units of a row that stand as close as they may, and where the first wants to stand. */
typedef struct Pool {
  double sum, weight;
  uint32_t count;
} Pool;

typedef struct Fit {
  double *wish, *weight, *offset; /* (units of a row) */
  Pool *pools;
} Fit;

/* Lines through several rows should be straight. */
static double weight_of(const Unit *a, const Unit *b) {
  return is_bend(a) && is_bend(b) ? 8 : is_bend(a) || is_bend(b) ? 2 : 1;
}

static void wish(const Plan *plan, const Adjacency *lists, uint32_t number, double *sum,
                 double *weight) {
  const Unit *unit = &plan->units[number];
  for (uint32_t j = lists->start[number]; j < lists->start[number + 1]; j++) {
    const Unit *other = &plan->units[lists->items[j]];
    const double w = weight_of(unit, other);
    *sum += w * (other->x + other->port - unit->port);
    *weight += w;
  }
}

/* Least squares: units as near to where they wish as their order and widths allow, by pooling
 * adjacent violators (Barlow et al. 1972). */
static void settle(Plan *plan, const Row *row, Fit *fit) {
  uint32_t pools = 0, k = 0;
  for (uint32_t n = 0; n < row->count; n++) {
    fit->pools[pools++] =
        (Pool){fit->weight[n] * (fit->wish[n] - fit->offset[n]), fit->weight[n], 1};
    for (; pools > 1; pools--) {
      const Pool *last = &fit->pools[pools - 1];
      Pool *before = &fit->pools[pools - 2];
      if (before->sum / before->weight < last->sum / last->weight) {
        break;
      }
      *before = (Pool){before->sum + last->sum, before->weight + last->weight,
                       before->count + last->count};
    }
  }
  for (uint32_t p = 0; p < pools; p++) {
    for (uint32_t j = 0; j < fit->pools[p].count; j++, k++) {
      plan->units[row->units[k]].x = fit->pools[p].sum / fit->pools[p].weight + fit->offset[k];
    }
  }
}

static double gap_between(const Unit *a, const Unit *b) {
  return is_bend(a) || is_bend(b) ? BEND_GAP : UNIT_GAP;
}

static void fit_row(Plan *plan, const Row *row, bool above, bool below, Fit *fit) {
  for (uint32_t k = 0; k < row->count; k++) {
    const Unit *unit = &plan->units[row->units[k]];
    const Unit *before = k > 0 ? &plan->units[row->units[k - 1]] : NULL;
    double sum = 0, weight = 0;
    if (above) {
      wish(plan, &plan->above, row->units[k], &sum, &weight);
    }
    if (below) {
      wish(plan, &plan->below, row->units[k], &sum, &weight);
    }
    fit->offset[k] = before ? fit->offset[k - 1] + before->width + gap_between(before, unit) : 0;
    fit->wish[k] = weight > 0 ? sum / weight : unit->x;
    fit->weight[k] = weight > 0 ? weight : 0.01;
  }
  settle(plan, row, fit);
}

static OgStatus fit_columns(Plan *plan, OgError *err) {
  Fit fit = {0};
  OG_TRY(PLAN_ALLOC(plan, fit.wish, plan->unit_count));
  OG_TRY(PLAN_ALLOC(plan, fit.weight, plan->unit_count));
  OG_TRY(PLAN_ALLOC(plan, fit.offset, plan->unit_count));
  OG_TRY(PLAN_ALLOC(plan, fit.pools, plan->unit_count));
  for (uint32_t r = 0; r < plan->row_count; r++) {
    fit_row(plan, &plan->rows[r], false, false, &fit);
  }
  for (int k = 0; k < FIT_SWEEPS + JOINT_SWEEPS; k++) {
    const bool joint = k >= FIT_SWEEPS, downwards = k % 2 == 0;
    for (uint32_t j = 0; j < plan->row_count; j++) {
      const uint32_t r = downwards ? j : plan->row_count - 1 - j;
      fit_row(plan, &plan->rows[r], joint || downwards, joint || !downwards, &fit);
    }
  }
  return OG_OK;
}

/* ---- Rows ---- */

/* Boxes of a row stand on one line, groups of leaves as near as can be to what they hang on. */
static void stack_row(Plan *plan, Row *row) {
  double line = 0, groups = 0;
  for (uint32_t k = 0; k < row->count; k++) {
    const Unit *unit = &plan->units[row->units[k]];
    if (unit->group == LAYOUT_NONE) {
      line = fmax(line, unit->height / 2);
    } else {
      groups = fmax(groups, unit->height);
    }
  }
  row->height = fmax(2 * line, groups);
  for (uint32_t k = 0; k < row->count; k++) {
    Unit *unit = &plan->units[row->units[k]];
    const Group *group = unit->group != LAYOUT_NONE ? &plan->groups[unit->group] : NULL;
    unit->y = row->y + (!group                      ? line - unit->height / 2
                        : group->side == SIDE_BELOW ? 0
                                                    : row->height - unit->height);
  }
}

static void stack_rows(Plan *plan) {
  double y = 0;
  for (uint32_t r = 0; r < plan->row_count; r++) {
    plan->rows[r].y = y;
    stack_row(plan, &plan->rows[r]);
    y += plan->rows[r].height + ROW_GAP;
  }
}

OgStatus layout_order(Plan *plan, OgError *err) {
  OG_TRY(make_links(plan, err));
  OG_TRY(make_bends(plan, err));
  OG_TRY(list_steps(plan, &plan->above, false, err));
  OG_TRY(list_steps(plan, &plan->below, true, err));
  OG_TRY(make_rows(plan, err));
  OG_TRY(order_first(plan, err));
  OG_TRY(improve_order(plan, err));
  OG_TRY(fit_columns(plan, err));
  stack_rows(plan);
  return OG_OK;
}
