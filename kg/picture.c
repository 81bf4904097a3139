#include "kg/picture.h"

enum { ABSENT = 0 }; /* numbers in the maps below are 1 more */

/* From the explorer's numbers to the picture's. */
typedef struct Maps {
  uint32_t *nodes, *relations;
} Maps;

static OgStatus add_nodes(OgExplorer *explorer, const OgVisits *visits, OgArena *arena, Maps *maps,
                          OgPicture *picture, OgError *err) {
  picture->nodes = og_arena_alloc(arena, visits->count + 1, sizeof *picture->nodes);
  if (!picture->nodes) {
    return og_error_no_memory(err);
  }
  for (size_t k = 0; k < visits->count; k++) {
    OgEntityRef ref;
    OG_TRY(og_explore_entity(explorer, visits->items[k].node, &ref, err));
    picture->nodes[k] = (OgPictureNode){ref.label, og_entity_ref_id(&ref), ref.deprecated};
    maps->nodes[visits->items[k].node] = (uint32_t)k + 1;
  }
  picture->node_count = visits->count;
  return OG_OK;
}

static OgStatus add_edge(const OgExplorer *explorer, uint32_t head, const OgHop *hop,
                         OgArena *arena, size_t *capacity, const Maps *maps, OgPicture *picture,
                         OgError *err) {
  OgPictureEdge *edges =
      og_arena_grow(arena, picture->edges, picture->edge_count, capacity, sizeof *edges);
  if (!edges) {
    return og_error_no_memory(err);
  }
  uint32_t *relation = &maps->relations[hop->relation];
  if (*relation == ABSENT) {
    picture->relations[picture->relation_count++] = (OgPictureRelation){
        og_explore_relation(explorer, hop->relation), og_explore_slope(explorer, hop->relation)};
    *relation = (uint32_t)picture->relation_count;
  }
  picture->edges = edges;
  edges[picture->edge_count++] = (OgPictureEdge){head, maps->nodes[hop->node] - 1, *relation - 1};
  return OG_OK;
}

/* Those of the hierarchy, or the others. */
static OgStatus add_edges(OgExplorer *explorer, const OgVisits *visits, bool hierarchical,
                          OgArena *arena, size_t *capacity, const Maps *maps, OgPicture *picture,
                          OgError *err) {
  for (size_t k = 0; k < visits->count; k++) {
    size_t count;
    const OgHop *hops = og_explore_hops(explorer, visits->items[k].node, &count);
    for (size_t j = 0; j < count; j++) {
      if (!hops[j].backwards && maps->nodes[hops[j].node] != ABSENT &&
          (og_explore_slope(explorer, hops[j].relation) != OG_LEVEL) == hierarchical) {
        OG_TRY(add_edge(explorer, (uint32_t)k, &hops[j], arena, capacity, maps, picture, err));
      }
    }
  }
  return OG_OK;
}

OgStatus og_picture_of(OgExplorer *explorer, const OgVisits *visits, OgArena *arena,
                       OgPicture *picture, OgError *err) {
  const size_t relations = og_explore_relation_count(explorer);
  size_t capacity = 0;
  Maps maps = {og_arena_alloc(arena, og_explore_count(explorer) + 1, sizeof *maps.nodes),
               og_arena_alloc(arena, relations + 1, sizeof *maps.relations)};
  *picture =
      (OgPicture){.relations = og_arena_alloc(arena, relations + 1, sizeof *picture->relations)};
  if (!maps.nodes || !maps.relations || !picture->relations) {
    return og_error_no_memory(err);
  }
  OG_TRY(add_nodes(explorer, visits, arena, &maps, picture, err));
  OG_TRY(add_edges(explorer, visits, true, arena, &capacity, &maps, picture, err));
  return add_edges(explorer, visits, false, arena, &capacity, &maps, picture, err);
}
