/* split: which edges of a graph are held out, to see how well a model foretells them.
 *
 * Nothing that is asked for may be read off what is trained on:
 *
 * - all edges between the same two entities, either way round, stand in the same part: no
 * duplicate, inverse or sub-property of a held-out edge is in train;
 * - no held-out edge follows from train by transitivity, sub-properties and inverses (OgEdgeRules):
 *   the closure neither leaks nor has to be made.
 *
 * When a split fails, every edge stands in one part all the same. */
#ifndef OG_KG_SPLIT_H
#define OG_KG_SPLIT_H

#include "kg/triples.h"

/* Each edge (h, from, t) is also an edge (h, to, t), or (t, to, h) backwards. */
typedef struct OgImplication {
  uint32_t from, to;
  bool backwards;
} OgImplication;

/* What the properties of a graph make follow from its edges. Relations are the graph's numbers. */
typedef struct OgEdgeRules {
  size_t R;
  bool *transitive;     /* (R) declared so, or one of og_hierarchy_relations */
  OgImplication *items; /* closed: what follows in several steps is there as one; ordered by `to` */
  size_t count;
} OgEdgeRules;

/* Of a graph that og_triples_from_store read. A type's superclasses are types too. */
OG_API OG_MUST_CHECK OgStatus og_edge_rules_from_store(OgStore *store, const OgTripleGraph *graph,
                                                       OgEdgeRules *rules, OgError *err);
OG_API void og_edge_rules_clear(OgEdgeRules *rules);

/* Where held-out edges go. */
typedef enum OgHeldOut { OG_HOLD_OUT_VALID, OG_HOLD_OUT_VALID_AND_TEST } OgHeldOut;

/* Move edges from train into valid, and as many into test: about `fraction` of all into each (at
 * most `most`), seeded. Every entity and relation keeps an edge in train; what cannot move without
 * breaking that, and what would follow from the rest (rules may be NULL: nothing follows), stays.
 * Edges without which the graph still hangs together go first: of an edge that is the only link
 * between two parts, the rest of the graph says next to nothing. Only when there are too few of
 * them, as in a tree, bridges are held out too. */
OG_API OG_MUST_CHECK OgStatus og_split_edges(OgTripleGraph *graph, const OgEdgeRules *rules,
                                             OgHeldOut to, double fraction, size_t most,
                                             uint64_t seed, const OgProgress *progress,
                                             OgError *err);

/* Hold out about `fraction` of the entities as a whole, seeded: no edge of theirs stays in train.
 * Where there is a test already, its edges and valid's that have such an entity become the test,
 * and all others of test, and those of train, support. Otherwise half of their edges become the
 * test, the other half support; what follows from support and train is support too. */
OG_API OG_MUST_CHECK OgStatus og_split_entities(OgTripleGraph *graph, const OgEdgeRules *rules,
                                                double fraction, uint64_t seed, OgError *err);

/* What an older release lacked becomes the test: graph is all of newer (og_triples_from_store).
 * Entities and relations are the same when their IRIs are. Edges between entities that an edge of
 * older links, and those that follow from what it had, become support. OG_NOT_FOUND when no edge is
 * common to both, or none is new. */
OG_API OG_MUST_CHECK OgStatus og_split_since(OgStore *newer, OgStore *older,
                                             const OgEdgeRules *rules, OgTripleGraph *graph,
                                             OgError *err);

#endif
