/* cycles: where a hierarchy turns back on itself. */
#ifndef OG_KG_CYCLES_H
#define OG_KG_CYCLES_H

#include "core/arena.h"
#include "kg/explore.h"

/* A shortest cycle through the least node of a knot, a largest set of nodes each of which is above
 * all others of it. */
typedef struct OgCycle {
  const uint32_t *nodes; /* the least first, each below the next, the last below the first */
  size_t count;
  size_t knot; /* nodes of the knot */
} OgCycle;

typedef struct OgCycles {
  OgCycle *items; /* one a knot, by their first nodes */
  size_t count;
  const uint32_t *component; /* (nodes) the same number: the same node, or the same knot */
} OgCycles;

/* All in the arena; time and memory grow with the nodes and edges of the hierarchy. */
OG_MUST_CHECK OgStatus og_cycles_find(const OgExplorer *explorer, OgArena *arena, OgCycles *cycles,
                                      OgError *err);

#endif
