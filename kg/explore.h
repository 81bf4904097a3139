/* explore: ways through the entity-relation graph: up and down its hierarchy, and along all its
 * edges.
 *
 * The edges of level 1 are read once into arrays. Entities are nodes, numbered from 0; what the
 * explorer gives lives in its arena, until it is closed. */
#ifndef OG_KG_EXPLORE_H
#define OG_KG_EXPLORE_H

#include "core/vocab.h"
#include "kg/describe.h"

#include <stdbool.h>

typedef struct OgExplorer OgExplorer;

#define OG_EXPLORE_NONE UINT32_MAX

/* With `inferred`, edges that follow (kg/infer.h) are walked like those that are asserted. */
OG_API OG_MUST_CHECK OgStatus og_explore_open(OgStore *store, bool inferred, OgExplorer **explorer,
                                              OgError *err);
OG_API void og_explore_close(OgExplorer *explorer);

/* The node of an entity (entity.id); OG_EXPLORE_NONE when it is none. */
OG_API uint32_t og_explore_node(const OgExplorer *explorer, int64_t entity);

/* Call nodes by their labels in these languages ("de,en"), best first; NULL: by the graph's own
 * choice. languages must outlive the explorer. */
OG_API void og_explore_prefer(OgExplorer *explorer, const char *languages);

/* How many nodes there are, and the entity of one. */
OG_API uint32_t og_explore_count(const OgExplorer *explorer);
OG_API int64_t og_explore_id(const OgExplorer *explorer, uint32_t node);

/* What a node or a relation is called. */
OG_API OG_MUST_CHECK OgStatus og_explore_entity(OgExplorer *explorer, uint32_t node,
                                                OgEntityRef *ref, OgError *err);
OG_API const char *og_explore_relation(const OgExplorer *explorer, uint32_t relation);

/* How many relations there are, and where in the hierarchy (below) one leads. */
OG_API uint32_t og_explore_relation_count(const OgExplorer *explorer);
OG_API OgSlope og_explore_slope(const OgExplorer *explorer, uint32_t relation);

/* ---- The hierarchy: rdfs:subClassOf, rdf:type, skos:broader and their like, and the other way
 * round XBRL's parent-child and its like ---- */

typedef enum OgDirection { OG_UP, OG_DOWN } OgDirection;

typedef struct OgVisit {
  uint32_t node;
  uint32_t depth; /* the fewest steps */
} OgVisit;

typedef struct OgVisits {
  OgVisit *items; /* the start first, by depth */
  size_t count;
} OgVisits;

/* The node and all that is above or below it within so many steps; each once, also on cycles. */
OG_API OG_MUST_CHECK OgStatus og_explore_hierarchy(OgExplorer *explorer, uint32_t start,
                                                   OgDirection direction, uint32_t steps,
                                                   OgVisits *visits, OgError *err);

/* The parents or children of a node, in the order of their numbers. */
OG_API const uint32_t *og_explore_next(const OgExplorer *explorer, uint32_t node,
                                       OgDirection direction, size_t *count);

/* What two nodes have in common. Nodes that are all above one another (kg/cycles.h) are one node,
 * of which the least is given. */
typedef struct OgCommonNode {
  uint32_t node;
  double information; /* IC = -ln(n / N): Resnik 1995, with the hierarchy in the place of a corpus.
                         N are the nodes that have a parent or a child, n those of them at and below
                         this one, both without the deprecated; n is 1 where there is none */
} OgCommonNode;

typedef struct OgCommon {
  OgCommonNode
      *lowest; /* common ancestors without a common ancestor below; most information first */
  size_t count;
  double information[2]; /* of the two */
  double resnik;         /* the most information of a common ancestor; 0 when there is none */
  double lin;            /* 2 × resnik / (IC(a) + IC(b)): Lin 1998; 0 to 1 */
} OgCommon;

OG_API OG_MUST_CHECK OgStatus og_explore_common(OgExplorer *explorer, uint32_t a, uint32_t b,
                                                OgCommon *common, OgError *err);

/* ---- All edges, in both directions ---- */

typedef struct OgHop {
  uint32_t node; /* where it leads */
  uint32_t relation;
  bool backwards; /* from the tail to the head */
} OgHop;

typedef struct OgRoute {
  OgHop *hops;
  size_t count;
} OgRoute;

typedef struct OgRoutes {
  OgRoute *items; /* all of the same, least number of hops */
  size_t count;
} OgRoutes;

/* Up to `most` of the shortest routes from a to b; none when there is no way. */
OG_API OG_MUST_CHECK OgStatus og_explore_routes(OgExplorer *explorer, uint32_t a, uint32_t b,
                                                size_t most, OgRoutes *routes, OgError *err);

/* What is within so many hops of a node, up to `most` nodes, nearest first. */
OG_API OG_MUST_CHECK OgStatus og_explore_around(OgExplorer *explorer, uint32_t start, uint32_t hops,
                                                size_t most, OgVisits *visits, OgError *err);

/* ---- The shape of the graph ---- */

typedef struct OgShape {
  size_t entities, edges; /* edges of one relation between the same two count once */
  size_t roots;           /* with children and without parents */
  size_t leaves;          /* with parents and without children */
  size_t several_parents;
  size_t unreached;  /* in the hierarchy, but on cycles that no root is above */
  size_t levels;     /* of the hierarchy: 1 + the most steps that the nearest root is away */
  size_t isolated;   /* without any edge */
  size_t components; /* of two entities or more, by edges in both directions */
  size_t largest;    /* entities of the largest component */
  OgVisit *hubs;     /* the nodes with most edges; depth is how many */
  size_t hub_count;
} OgShape;

OG_API OG_MUST_CHECK OgStatus og_explore_shape(OgExplorer *explorer, size_t hubs, OgShape *shape,
                                               OgError *err);

/* The hops from a node: forwards by relation, then backwards. */
OG_API const OgHop *og_explore_hops(const OgExplorer *explorer, uint32_t node, size_t *count);

#endif
