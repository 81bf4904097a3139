/* Knots are the strongly connected components of more than one node, found as in R. Tarjan,
 * "Depth-first search and linear graph algorithms" (1972), with a stack in place of recursion. */
#include "kg/cycles.h"

#include <stdlib.h>

/* A node whose parents are being visited. */
typedef struct Frame {
  uint32_t node;
  size_t next; /* of its parents */
} Frame;

typedef struct Search {
  const OgExplorer *explorer;
  OgArena *arena;
  uint32_t *number; /* (nodes) in the order of first sight, from 1; 0: not seen */
  uint32_t *low;    /* (nodes) the least number that can be reached and is still open */
  uint32_t *knot;   /* (nodes) from 1; 0: none yet */
  uint32_t *from;   /* (nodes) for the cycle: the node before it, OG_EXPLORE_NONE: not seen */
  uint32_t *open;   /* a stack: nodes without a knot so far */
  uint32_t *queue;
  Frame *frames;
  size_t open_count, frame_count;
  uint32_t numbers, knots;
  OgCycles cycles;
  size_t capacity;
} Search;

static const uint32_t *parents_of(const Search *search, uint32_t node, size_t *count) {
  return og_explore_next(search->explorer, node, OG_UP, count);
}

/* ---- A shortest cycle within a knot ---- */

/* Breadth first from start until one of its nodes is below start; that node. */
static uint32_t close_cycle(Search *search, uint32_t start) {
  size_t seen = 0;
  search->queue[seen++] = start;
  for (size_t k = 0; k < seen; k++) {
    const uint32_t node = search->queue[k];
    size_t count;
    const uint32_t *parents = parents_of(search, node, &count);
    for (size_t j = 0; j < count; j++) {
      if (parents[j] == start) {
        return node;
      }
      if (search->knot[parents[j]] == search->knot[start] &&
          search->from[parents[j]] == OG_EXPLORE_NONE) {
        search->from[parents[j]] = node;
        search->queue[seen++] = parents[j];
      }
    }
  }
  return start; /* not reached: every node of a knot is on a cycle */
}

static OgStatus keep_cycle(Search *search, uint32_t start, size_t knot, OgError *err) {
  OgCycles *cycles = &search->cycles;
  const uint32_t last = close_cycle(search, start);
  size_t count = 1;
  for (uint32_t node = last; node != start; node = search->from[node]) {
    count++;
  }
  uint32_t *nodes = og_arena_alloc(search->arena, count, sizeof *nodes);
  OgCycle *grown =
      og_arena_grow(search->arena, cycles->items, cycles->count, &search->capacity, sizeof *grown);
  if (!nodes || !grown) {
    return og_error_no_memory(err);
  }
  size_t at = count;
  for (uint32_t node = last; node != start; node = search->from[node]) {
    nodes[--at] = node;
  }
  nodes[0] = start;
  cycles->items = grown;
  grown[cycles->count++] = (OgCycle){nodes, count, knot};
  return OG_OK;
}

/* ---- Knots ---- */

static void enter(Search *search, uint32_t node) {
  search->number[node] = search->low[node] = ++search->numbers;
  search->open[search->open_count++] = node;
  search->frames[search->frame_count++] = (Frame){node, 0};
}

static void lower(Search *search, uint32_t node, uint32_t number) {
  search->low[node] = number < search->low[node] ? number : search->low[node];
}

/* The node is the first of its component, which is what has been opened since. */
static OgStatus close_component(Search *search, uint32_t node, OgError *err) {
  const uint32_t knot = ++search->knots;
  uint32_t least = node;
  size_t size = 0;
  uint32_t member;
  do {
    member = search->open[--search->open_count];
    search->knot[member] = knot;
    least = member < least ? member : least;
    size++;
  } while (member != node);
  return size > 1 ? keep_cycle(search, least, size, err) : OG_OK;
}

/* One step of the topmost frame: to its next parent, or back. */
static OgStatus step(Search *search, OgError *err) {
  Frame *frame = &search->frames[search->frame_count - 1];
  const uint32_t node = frame->node;
  size_t count;
  const uint32_t *parents = parents_of(search, node, &count);
  if (frame->next < count) {
    const uint32_t parent = parents[frame->next++];
    if (search->number[parent] == 0) {
      enter(search, parent);
    } else if (search->knot[parent] == 0) {
      lower(search, node, search->number[parent]);
    }
    return OG_OK;
  }
  search->frame_count--;
  if (search->frame_count > 0) {
    lower(search, search->frames[search->frame_count - 1].node, search->low[node]);
  }
  return search->low[node] == search->number[node] ? close_component(search, node, err) : OG_OK;
}

static OgStatus make_room(Search *search, size_t nodes, OgError *err) {
  uint32_t **const arrays[] = {&search->number, &search->low,  &search->knot,
                               &search->from,   &search->open, &search->queue};
  for (size_t k = 0; k < OG_COUNT(arrays); k++) {
    *arrays[k] = og_arena_alloc(search->arena, nodes + 1, sizeof **arrays[k]);
    if (!*arrays[k]) {
      return og_error_no_memory(err);
    }
  }
  search->frames = og_arena_alloc(search->arena, nodes + 1, sizeof *search->frames);
  return search->frames ? OG_OK : og_error_no_memory(err);
}

static int by_first_node(const void *a, const void *b) {
  const uint32_t left = ((const OgCycle *)a)->nodes[0], right = ((const OgCycle *)b)->nodes[0];
  return (left > right) - (left < right);
}

OgStatus og_cycles_find(const OgExplorer *explorer, OgArena *arena, OgCycles *cycles,
                        OgError *err) {
  const uint32_t nodes = og_explore_count(explorer);
  Search search = {.explorer = explorer, .arena = arena};
  OG_TRY(make_room(&search, nodes, err));
  for (uint32_t node = 0; node < nodes; node++) {
    search.from[node] = OG_EXPLORE_NONE;
  }
  for (uint32_t node = 0; node < nodes; node++) {
    if (search.number[node] == 0) {
      enter(&search, node);
    }
    while (search.frame_count > 0) {
      OG_TRY(step(&search, err));
    }
  }
  if (search.cycles.count > 0) {
    qsort(search.cycles.items, search.cycles.count, sizeof *search.cycles.items, by_first_node);
  }
  *cycles = search.cycles;
  cycles->component = search.knot;
  return OG_OK;
}
