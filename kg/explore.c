#include "kg/explore.h"

#include "core/memory.h"
#include "kg/cursor.h"
#include "kg/cycles.h"
#include "kg/hierarchy.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef enum Sql { NODES, RELATIONS, EDGES, EVERY_EDGE, SQL_COUNT } Sql;

static const char *const sql[SQL_COUNT] = {
    [NODES] = "SELECT id, deprecated FROM entity ORDER BY id",
    [RELATIONS] = "SELECT id, label FROM relation ORDER BY id",
    [EDGES] = "SELECT DISTINCT head, relation, tail FROM edge",
    [EVERY_EDGE] = "SELECT DISTINCT head, relation, tail FROM every_edge",
};

static const OgSqlTable table = {sql, SQL_COUNT};

typedef struct Relation {
  int64_t id;
  const char *label;
  OgSlope slope;
} Relation;

typedef struct Edge {
  uint32_t head, relation, tail;
} Edge;

/* Lists of the nodes' neighbours, one after the other: of node n from start[n] to start[n + 1]. */
typedef struct Lists {
  size_t *start;
  uint32_t *items;
} Lists;

struct OgExplorer {
  OgStore *store;
  OgRefReader reader;
  OgArena arena;
  int64_t *ids;     /* (count) of entities, ascending */
  bool *deprecated; /* (count) */
  size_t count, capacity;
  Relation *relations;
  size_t relation_count, relation_capacity;
  Edge *edges;
  size_t edge_count, edge_capacity;
  Lists kin[2]; /* by OgDirection */
  size_t *start;
  OgHop *hops;
};

/* ---- Reading ---- */

static OgStatus read_nodes(OgExplorer *explorer, OgError *err) {
  size_t room = 0;
  OgCursor cursor;
  OgStatus status = OG_OK;
  OG_TRY(og_cursor_open(explorer->store, &table, NODES, &cursor, err));
  while (status == OG_OK && og_cursor_next(&cursor, &status, err)) {
    int64_t *ids = og_arena_grow(&explorer->arena, explorer->ids, explorer->count,
                                 &explorer->capacity, sizeof *ids);
    bool *deprecated = og_arena_grow(&explorer->arena, explorer->deprecated, explorer->count, &room,
                                     sizeof *deprecated);
    if (!ids || !deprecated) {
      status = og_error_no_memory(err);
      break;
    }
    explorer->ids = ids;
    explorer->deprecated = deprecated;
    deprecated[explorer->count] = og_cursor_integer(&cursor, 1) != 0;
    ids[explorer->count++] = og_cursor_integer(&cursor, 0);
  }
  og_cursor_close(&cursor);
  return status;
}

static OgStatus read_relations(OgExplorer *explorer, OgError *err) {
  OgHierarchy hierarchy;
  OgCursor cursor;
  OgStatus status = OG_OK;
  OG_TRY(og_hierarchy_read(explorer->store, &hierarchy, err));
  OG_TRY(og_cursor_open(explorer->store, &table, RELATIONS, &cursor, err));
  while (status == OG_OK && og_cursor_next(&cursor, &status, err)) {
    Relation *rows = og_arena_grow(&explorer->arena, explorer->relations, explorer->relation_count,
                                   &explorer->relation_capacity, sizeof *rows);
    if (!rows) {
      status = og_error_no_memory(err);
      break;
    }
    explorer->relations = rows;
    Relation *row = &rows[explorer->relation_count];
    OG_GO(og_cursor_copy(&cursor, 1, &explorer->arena, &row->label, err));
    row->id = og_cursor_integer(&cursor, 0);
    row->slope = og_hierarchy_slope(&hierarchy, row->id);
    explorer->relation_count++;
  }
done:
  og_cursor_close(&cursor);
  return status;
}

static uint32_t find_relation(const OgExplorer *explorer, int64_t id) {
  size_t low = 0, high = explorer->relation_count;
  while (low < high) {
    const size_t middle = low + (high - low) / 2;
    if (explorer->relations[middle].id < id) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low < explorer->relation_count && explorer->relations[low].id == id ? (uint32_t)low
                                                                             : OG_EXPLORE_NONE;
}

uint32_t og_explore_node(const OgExplorer *explorer, int64_t entity) {
  size_t low = 0, high = explorer->count;
  while (low < high) {
    const size_t middle = low + (high - low) / 2;
    if (explorer->ids[middle] < entity) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low < explorer->count && explorer->ids[low] == entity ? (uint32_t)low : OG_EXPLORE_NONE;
}

uint32_t og_explore_count(const OgExplorer *explorer) {
  return (uint32_t)explorer->count;
}

int64_t og_explore_id(const OgExplorer *explorer, uint32_t node) {
  return explorer->ids[node];
}

static OgStatus read_edges(OgExplorer *explorer, Sql which, OgError *err) {
  OgCursor cursor;
  OgStatus status = OG_OK;
  OG_TRY(og_cursor_open(explorer->store, &table, which, &cursor, err));
  while (status == OG_OK && og_cursor_next(&cursor, &status, err)) {
    const Edge edge = {og_explore_node(explorer, og_cursor_integer(&cursor, 0)),
                       find_relation(explorer, og_cursor_integer(&cursor, 1)),
                       og_explore_node(explorer, og_cursor_integer(&cursor, 2))};
    Edge *edges = og_arena_grow(&explorer->arena, explorer->edges, explorer->edge_count,
                                &explorer->edge_capacity, sizeof *edges);
    if (!edges) {
      status = og_error_no_memory(err);
      break;
    }
    explorer->edges = edges;
    if (edge.head == OG_EXPLORE_NONE || edge.tail == OG_EXPLORE_NONE ||
        edge.relation == OG_EXPLORE_NONE) {
      status = og_error_set(err, OG_BAD_STORE,
                            "%s has an edge between things that it lacks: the file is damaged, "
                            "take a copy from before or import the sources into a new graph",
                            og_store_path(explorer->store));
      break;
    }
    edges[explorer->edge_count++] = edge;
  }
  og_cursor_close(&cursor);
  return status;
}

/* ---- Lists ---- */

/* start[n] becomes where node n's items begin, of counts that stand in start[n + 1]. */
static void sum_up(size_t *start, size_t count) {
  for (size_t n = 0; n < count; n++) {
    start[n + 1] += start[n];
  }
}

static OgStatus list_kin(OgExplorer *explorer, OgDirection direction, OgError *err) {
  Lists *lists = &explorer->kin[direction];
  size_t *next = og_arena_alloc(&explorer->arena, explorer->count + 1, sizeof *next);
  lists->start = og_arena_alloc(&explorer->arena, explorer->count + 2, sizeof *lists->start);
  lists->items = og_arena_alloc(&explorer->arena, explorer->edge_count + 1, sizeof *lists->items);
  if (!next || !lists->start || !lists->items) {
    return og_error_no_memory(err);
  }
  for (int pass = 0; pass < 2; pass++) { /* count, then fill in */
    for (size_t k = 0; k < explorer->edge_count; k++) {
      const Edge *edge = &explorer->edges[k];
      const OgSlope slope = explorer->relations[edge->relation].slope;
      const bool along = (slope == OG_UPWARD) == (direction == OG_UP); /* from head to tail */
      const uint32_t from = along ? edge->head : edge->tail;
      if (slope == OG_LEVEL) {
        continue;
      }
      if (pass == 0) {
        lists->start[from + 1]++;
      } else {
        lists->items[lists->start[from] + next[from]++] = along ? edge->tail : edge->head;
      }
    }
    if (pass == 0) {
      sum_up(lists->start, explorer->count);
    }
  }
  return OG_OK;
}

static OgStatus list_hops(OgExplorer *explorer, OgError *err) {
  size_t *next = og_arena_alloc(&explorer->arena, explorer->count + 1, sizeof *next);
  explorer->start = og_arena_alloc(&explorer->arena, explorer->count + 2, sizeof *explorer->start);
  explorer->hops =
      og_arena_alloc(&explorer->arena, 2 * explorer->edge_count + 1, sizeof *explorer->hops);
  if (!next || !explorer->start || !explorer->hops) {
    return og_error_no_memory(err);
  }
  for (size_t k = 0; k < explorer->edge_count; k++) {
    explorer->start[explorer->edges[k].head + 1]++;
    explorer->start[explorer->edges[k].tail + 1]++;
  }
  sum_up(explorer->start, explorer->count);
  for (int backwards = 0; backwards < 2; backwards++) {
    for (size_t k = 0; k < explorer->edge_count; k++) {
      const Edge *edge = &explorer->edges[k];
      const uint32_t from = backwards ? edge->tail : edge->head;
      const uint32_t to = backwards ? edge->head : edge->tail;
      explorer->hops[explorer->start[from] + next[from]++] =
          (OgHop){to, edge->relation, backwards != 0};
    }
  }
  return OG_OK;
}

OgStatus og_explore_open(OgStore *store, bool inferred, OgExplorer **explorer, OgError *err) {
  OgExplorer *opened = OG_NEW(OgExplorer);
  OgStatus status;
  if (!opened) {
    return og_error_no_memory(err);
  }
  opened->store = store;
  OG_GO(og_ref_reader_init(store, NULL, &opened->reader, err));
  OG_GO(read_nodes(opened, err));
  OG_GO(read_relations(opened, err));
  OG_GO(read_edges(opened, inferred ? EVERY_EDGE : EDGES, err));
  OG_GO(list_kin(opened, OG_UP, err));
  OG_GO(list_kin(opened, OG_DOWN, err));
  OG_GO(list_hops(opened, err));
  *explorer = opened;
  opened = NULL;
done:
  og_explore_close(opened);
  return status;
}

void og_explore_close(OgExplorer *explorer) {
  if (explorer) {
    og_ref_reader_clear(&explorer->reader);
    og_arena_clear(&explorer->arena);
    og_free(explorer);
  }
}

void og_explore_prefer(OgExplorer *explorer, const char *languages) {
  explorer->reader.languages = languages;
}

OgStatus og_explore_entity(OgExplorer *explorer, uint32_t node, OgEntityRef *ref, OgError *err) {
  return og_ref_read(&explorer->reader, explorer->ids[node], &explorer->arena, ref, err);
}

const char *og_explore_relation(const OgExplorer *explorer, uint32_t relation) {
  return explorer->relations[relation].label;
}

uint32_t og_explore_relation_count(const OgExplorer *explorer) {
  return (uint32_t)explorer->relation_count;
}

OgSlope og_explore_slope(const OgExplorer *explorer, uint32_t relation) {
  return explorer->relations[relation].slope;
}

const uint32_t *og_explore_next(const OgExplorer *explorer, uint32_t node, OgDirection direction,
                                size_t *count) {
  const Lists *lists = &explorer->kin[direction];
  *count = lists->start[node + 1] - lists->start[node];
  return &lists->items[lists->start[node]];
}

const OgHop *og_explore_hops(const OgExplorer *explorer, uint32_t node, size_t *count) {
  *count = explorer->start[node + 1] - explorer->start[node];
  return &explorer->hops[explorer->start[node]];
}

/* ---- Breadth first ---- */

/* What has been seen, in the order of seeing. */
typedef struct Search {
  OgVisit *queue; /* (count of nodes) */
  size_t count;
  unsigned char *seen; /* (count of nodes) */
} Search;

static OgStatus search_init(OgExplorer *explorer, uint32_t start, Search *search, OgError *err) {
  search->queue = og_arena_alloc(&explorer->arena, explorer->count + 1, sizeof *search->queue);
  search->seen = og_arena_alloc(&explorer->arena, explorer->count + 1, 1);
  if (!search->queue || !search->seen) {
    return og_error_no_memory(err);
  }
  search->queue[0] = (OgVisit){start, 0};
  search->count = 1;
  search->seen[start] = 1;
  return OG_OK;
}

static void search_see(Search *search, uint32_t node, uint32_t depth) {
  if (!search->seen[node]) {
    search->seen[node] = 1;
    search->queue[search->count++] = (OgVisit){node, depth};
  }
}

OgStatus og_explore_hierarchy(OgExplorer *explorer, uint32_t start, OgDirection direction,
                              uint32_t steps, OgVisits *visits, OgError *err) {
  Search search = {NULL, 0, NULL};
  OG_TRY(search_init(explorer, start, &search, err));
  for (size_t k = 0; k < search.count; k++) {
    const OgVisit visit = search.queue[k];
    size_t count;
    const uint32_t *next = og_explore_next(explorer, visit.node, direction, &count);
    for (size_t j = 0; j < count && visit.depth < steps; j++) {
      search_see(&search, next[j], visit.depth + 1);
    }
  }
  *visits = (OgVisits){search.queue, search.count};
  return OG_OK;
}

OgStatus og_explore_around(OgExplorer *explorer, uint32_t start, uint32_t hops, size_t most,
                           OgVisits *visits, OgError *err) {
  Search search = {NULL, 0, NULL};
  OG_TRY(search_init(explorer, start, &search, err));
  for (size_t k = 0; k < search.count; k++) {
    const OgVisit visit = search.queue[k];
    size_t count;
    const OgHop *next = og_explore_hops(explorer, visit.node, &count);
    for (size_t j = 0; j < count && visit.depth < hops && search.count < most; j++) {
      search_see(&search, next[j].node, visit.depth + 1);
    }
  }
  *visits = (OgVisits){search.queue, search.count};
  return OG_OK;
}

/* ---- Common ancestors ---- */

/* A node that information content counts. */
static bool counts(const OgExplorer *explorer, uint32_t node) {
  size_t parents, children;
  og_explore_next(explorer, node, OG_UP, &parents);
  og_explore_next(explorer, node, OG_DOWN, &children);
  return !explorer->deprecated[node] && parents + children > 0;
}

static OgStatus find_information(OgExplorer *explorer, size_t all, uint32_t node,
                                 double *information, OgError *err) {
  OgVisits below;
  OG_TRY(og_explore_hierarchy(explorer, node, OG_DOWN, UINT32_MAX, &below, err));
  size_t count = 0;
  for (size_t k = 0; k < below.count; k++) {
    count += counts(explorer, below.items[k].node);
  }
  *information = all > 0 ? log((double)all / (double)(count > 0 ? count : 1)) : 0;
  return OG_OK;
}

static int compare_common(const void *left, const void *right) {
  const OgCommonNode *a = left, *b = right;
  if (a->information != b->information) {
    return a->information > b->information ? -1 : 1;
  }
  return a->node < b->node ? -1 : a->node > b->node;
}

enum { OF_A = 1, COMMON = 2, NOT_LOWEST = 4, TAKEN = 8 };

/* Mark by component what both lists hold, and of these what is above another. */
static void mark_common(const OgExplorer *explorer, const OgVisits above[2],
                        const uint32_t *component, unsigned char *marks) {
  for (size_t k = 0; k < above[0].count; k++) {
    marks[component[above[0].items[k].node]] = OF_A;
  }
  for (size_t k = 0; k < above[1].count; k++) {
    unsigned char *mark = &marks[component[above[1].items[k].node]];
    *mark |= *mark & OF_A ? COMMON : 0;
  }
  for (size_t k = 0; k < above[1].count; k++) {
    const uint32_t node = above[1].items[k].node;
    size_t count;
    const uint32_t *parents = og_explore_next(explorer, node, OG_UP, &count);
    for (size_t j = 0; j < count && marks[component[node]] & COMMON; j++) {
      marks[component[parents[j]]] |= component[parents[j]] != component[node] ? NOT_LOWEST : 0;
    }
  }
}

/* Those of the marked, each component by its least node. */
static OgStatus take_lowest(OgExplorer *explorer, const OgVisits *above, const uint32_t *component,
                            unsigned char *marks, OgCommon *common, OgError *err) {
  uint32_t *least = og_arena_alloc(&explorer->arena, explorer->count + 1, sizeof *least);
  if (!least) {
    return og_error_no_memory(err);
  }
  for (size_t k = 0; k < above->count; k++) {
    const uint32_t node = above->items[k].node;
    uint32_t *place = &least[component[node]];
    if ((marks[component[node]] & (COMMON | NOT_LOWEST)) != COMMON) {
      continue;
    }
    if (!(marks[component[node]] & TAKEN)) {
      marks[component[node]] |= TAKEN;
      *place = (uint32_t)common->count++;
      common->lowest[*place].node = node;
    } else if (node < common->lowest[*place].node) {
      common->lowest[*place].node = node;
    }
  }
  return OG_OK;
}

/* The information of the lowest and of the two, and how similar these are. */
static OgStatus measure(OgExplorer *explorer, uint32_t a, uint32_t b, bool same, OgCommon *common,
                        OgError *err) {
  size_t all = 0;
  for (uint32_t node = 0; node < explorer->count; node++) {
    all += counts(explorer, node);
  }
  for (size_t k = 0; k < common->count; k++) {
    OgCommonNode *lowest = &common->lowest[k];
    OG_TRY(find_information(explorer, all, lowest->node, &lowest->information, err));
  }
  if (common->count > 1) {
    qsort(common->lowest, common->count, sizeof *common->lowest, compare_common);
  }
  OG_TRY(find_information(explorer, all, a, &common->information[0], err));
  OG_TRY(find_information(explorer, all, b, &common->information[1], err));
  const double both = common->information[0] + common->information[1];
  common->resnik = common->count > 0 ? common->lowest[0].information : 0;
  common->lin = both > 0 ? 2 * common->resnik / both : same ? 1 : 0;
  return OG_OK;
}

OgStatus og_explore_common(OgExplorer *explorer, uint32_t a, uint32_t b, OgCommon *common,
                           OgError *err) {
  OgVisits above[2];
  OgCycles cycles;
  OG_TRY(og_explore_hierarchy(explorer, a, OG_UP, UINT32_MAX, &above[0], err));
  OG_TRY(og_explore_hierarchy(explorer, b, OG_UP, UINT32_MAX, &above[1], err));
  OG_TRY(og_cycles_find(explorer, &explorer->arena, &cycles, err));
  /* components are numbered from 1 */
  unsigned char *marks = og_arena_alloc(&explorer->arena, explorer->count + 1, 1);
  *common = (OgCommon){
      .lowest = og_arena_alloc(&explorer->arena, above[1].count + 1, sizeof *common->lowest)};
  if (!marks || !common->lowest) {
    return og_error_no_memory(err);
  }
  mark_common(explorer, above, cycles.component, marks);
  OG_TRY(take_lowest(explorer, &above[1], cycles.component, marks, common, err));
  return measure(explorer, a, b, cycles.component[a] == cycles.component[b], common, err);
}

/* ---- Shortest routes ---- */

static OgStatus keep_route(OgExplorer *explorer, const OgHop *hops, size_t count, OgRoutes *routes,
                           OgError *err) {
  OgRoute *route = &routes->items[routes->count];
  route->hops = og_arena_alloc(&explorer->arena, count + 1, sizeof *route->hops);
  if (!route->hops) {
    return og_error_no_memory(err);
  }
  route->count = count;
  memcpy(route->hops, hops, count * sizeof *hops);
  routes->count++;
  return OG_OK;
}

/* Write down the routes to b, from the end backwards: hop k of a route ends at distance k + 1 from
 * the start. tried[k]: how many hops back from there have been tried. */
static OgStatus trace(OgExplorer *explorer, uint32_t b, const uint32_t *distance, size_t most,
                      OgRoutes *routes, OgError *err) {
  const size_t length = distance[b];
  OgHop *route = og_arena_alloc(&explorer->arena, length + 1, sizeof *route);
  size_t *tried = og_arena_alloc(&explorer->arena, length + 1, sizeof *tried);
  if (!route || !tried) {
    return og_error_no_memory(err);
  }
  if (length == 0) {
    return keep_route(explorer, route, 0, routes, err);
  }
  route[length - 1].node = b;
  for (size_t at = length; at <= length && routes->count < most;) {
    OgHop *hop = &route[at - 1];
    size_t count;
    const OgHop *back = og_explore_hops(explorer, hop->node, &count);
    while (tried[at - 1] < count && distance[back[tried[at - 1]].node] != at - 1) {
      tried[at - 1]++;
    }
    if (tried[at - 1] == count) {
      tried[at - 1] = 0;
      at++;
      continue;
    }
    back += tried[at - 1]++;
    hop->relation = back->relation;
    hop->backwards = !back->backwards;
    if (at == 1) {
      OG_TRY(keep_route(explorer, route, length, routes, err));
    } else {
      route[at - 2].node = back->node;
      at--;
    }
  }
  return OG_OK;
}

OgStatus og_explore_routes(OgExplorer *explorer, uint32_t a, uint32_t b, size_t most,
                           OgRoutes *routes, OgError *err) {
  Search search = {NULL, 0, NULL};
  uint32_t *distance = og_arena_alloc(&explorer->arena, explorer->count + 1, sizeof *distance);
  *routes = (OgRoutes){og_arena_alloc(&explorer->arena, most + 1, sizeof *routes->items), 0};
  OG_TRY(search_init(explorer, a, &search, err));
  if (!distance || !routes->items) {
    return og_error_no_memory(err);
  }
  for (size_t n = 0; n < explorer->count; n++) {
    distance[n] = OG_EXPLORE_NONE;
  }
  for (size_t k = 0; k < search.count && distance[b] == OG_EXPLORE_NONE; k++) {
    const OgVisit visit = search.queue[k];
    size_t count;
    const OgHop *next = og_explore_hops(explorer, visit.node, &count);
    distance[visit.node] = visit.depth;
    for (size_t j = 0; j < count; j++) {
      search_see(&search, next[j].node, visit.depth + 1);
    }
  }
  if (distance[b] == OG_EXPLORE_NONE) {
    return OG_OK;
  }
  return trace(explorer, b, distance, most, routes, err);
}

/* ---- The shape of the graph ---- */

static size_t kin_of(const OgExplorer *explorer, uint32_t node, OgDirection direction) {
  size_t count;
  og_explore_next(explorer, node, direction, &count);
  return count;
}

static size_t degree_of(const OgExplorer *explorer, uint32_t node) {
  return explorer->start[node + 1] - explorer->start[node];
}

/* Roots, leaves and levels: breadth first from all roots at once. */
static OgStatus measure_hierarchy(OgExplorer *explorer, OgShape *shape, OgError *err) {
  Search search = {NULL, 0, NULL};
  size_t members = 0;
  OG_TRY(search_init(explorer, 0, &search, err));
  search.count = 0;
  search.seen[0] = 0;
  for (uint32_t node = 0; node < explorer->count; node++) {
    const size_t parents = kin_of(explorer, node, OG_UP);
    const size_t children = kin_of(explorer, node, OG_DOWN);
    members += parents + children > 0;
    shape->leaves += parents > 0 && children == 0;
    shape->several_parents += parents > 1;
    if (parents == 0 && children > 0) {
      search_see(&search, node, 0);
    }
  }
  shape->roots = search.count;
  for (size_t k = 0; k < search.count; k++) {
    const OgVisit visit = search.queue[k];
    size_t count;
    const uint32_t *next = og_explore_next(explorer, visit.node, OG_DOWN, &count);
    shape->levels = (size_t)visit.depth + 1;
    for (size_t j = 0; j < count; j++) {
      search_see(&search, next[j], visit.depth + 1);
    }
  }
  shape->unreached = members - search.count;
  return OG_OK;
}

static OgStatus measure_components(OgExplorer *explorer, OgShape *shape, OgError *err) {
  Search search = {NULL, 0, NULL};
  OG_TRY(search_init(explorer, 0, &search, err));
  search.count = 0;
  search.seen[0] = 0;
  for (uint32_t node = 0; node < explorer->count; node++) {
    const size_t start = search.count;
    if (degree_of(explorer, node) == 0) {
      shape->isolated++;
      continue;
    }
    search_see(&search, node, 0);
    for (size_t k = start; k < search.count; k++) {
      size_t count;
      const OgHop *hops = og_explore_hops(explorer, search.queue[k].node, &count);
      for (size_t j = 0; j < count; j++) {
        search_see(&search, hops[j].node, 0);
      }
    }
    const size_t size = search.count - start;
    shape->components += size > 1;
    shape->largest = size > shape->largest ? size : shape->largest;
  }
  return OG_OK;
}

static int compare_hubs(const void *left, const void *right) {
  const OgVisit *a = left, *b = right;
  if (a->depth != b->depth) {
    return a->depth > b->depth ? -1 : 1;
  }
  return a->node < b->node ? -1 : a->node > b->node;
}

static OgStatus find_hubs(OgExplorer *explorer, size_t most, OgShape *shape, OgError *err) {
  shape->hubs = og_arena_alloc(&explorer->arena, explorer->count, sizeof *shape->hubs);
  if (!shape->hubs) {
    return og_error_no_memory(err);
  }
  for (uint32_t node = 0; node < explorer->count; node++) {
    shape->hubs[node] = (OgVisit){node, (uint32_t)degree_of(explorer, node)};
  }
  qsort(shape->hubs, explorer->count, sizeof *shape->hubs, compare_hubs);
  shape->hub_count = most < explorer->count ? most : explorer->count;
  return OG_OK;
}

OgStatus og_explore_shape(OgExplorer *explorer, size_t hubs, OgShape *shape, OgError *err) {
  *shape = (OgShape){.entities = explorer->count, .edges = explorer->edge_count};
  if (explorer->count == 0) {
    return OG_OK;
  }
  OG_TRY(measure_hierarchy(explorer, shape, err));
  OG_TRY(measure_components(explorer, shape, err));
  return find_hubs(explorer, hubs, shape, err);
}
