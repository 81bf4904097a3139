/* derive: the kinds of things, and the edges between them, from statements in memory. The first
 * half of interpretation; kg/interpret.c writes what comes of it. */
#ifndef OG_KG_DERIVE_H
#define OG_KG_DERIVE_H

#include "kg/interpret.h"
#include "kg/rules.h"

/* How the files said an edge, in the order of the words. */
typedef enum OgVia {
  OG_VIA_ASSERTED,
  OG_VIA_EQUIVALENT,
  OG_VIA_EXACTLY,
  OG_VIA_INVERSE,
  OG_VIA_MAX,
  OG_VIA_MIN,
  OG_VIA_ONLY,
  OG_VIA_OPTIONAL,
  OG_VIA_SOME,
  OG_VIA_UNION,
  OG_VIA_VALUE,
  OG_VIAS
} OgVia;

extern const char *const og_via_words[OG_VIAS];

typedef struct OgEdgeTuple {
  uint32_t head, relation, tail, via, source;
} OgEdgeTuple;

typedef struct OgDerivation {
  const OgLevel0 *level0;
  size_t *start;           /* (limit + 1) statements of subject s: [start[s], start[s + 1]) */
  uint8_t *predicate_rule; /* (limit) 1 + row of og_predicate_rules, or 0 */
  uint8_t *type_rule;      /* (limit) 1 + row of og_type_rules, or 0 */
  uint16_t *things;        /* (limit) sum of OG_THING_… and of derive.c's own */
  uint8_t *readings;       /* (count) OgReading of each statement */
  uint32_t *seen;          /* (limit) the axiom that last walked through a blank node */
  uint32_t axiom;
  size_t steps_left; /* of walks through class expressions */
  uint32_t made[OG_MADE_RELATIONS];
  OgEdgeTuple *edges; /* (edge_count) ordered and distinct */
  size_t edge_count, edge_capacity;
} OgDerivation;

/* Find the rules' terms in the graph, derive things and edges. The caller releases *derivation with
 * og_derivation_clear in any case. */
OG_MUST_CHECK OgStatus og_derive(OgStore *store, const OgLevel0 *level0, const OgProgress *progress,
                                 OgDerivation *derivation, OgError *err);
void og_derivation_clear(OgDerivation *derivation);

bool og_is_entity(const OgDerivation *derivation, uint32_t term);

/* True for declared object properties, and whatever else edges bear. */
bool og_is_relation(const OgDerivation *derivation, uint32_t term);

/* True for ontologies and concept schemes: they speak of their source. */
bool og_is_header(const OgDerivation *derivation, uint32_t term);

/* ---- For what else is derived (kg/properties.c, kg/annotations.c) ---- */

/* Begin to walk lists; until the next beginning no cell is passed twice. */
void og_walk_begin(OgDerivation *derivation);

/* The next member of an RDF list, and its cell after that; false at the end. */
bool og_walk_next(OgDerivation *derivation, uint32_t *cell, uint32_t *member);

/* Mark the cells of a list that was walked, all their statements, as this. */
void og_walk_mark(OgDerivation *derivation, uint32_t cell, OgReading reading);

/* The named property of a property node: itself, or the one that it is the inverse of; 0 when there
 * is none. */
uint32_t og_property_of(const OgDerivation *derivation, uint32_t node, bool *inverse);

/* The edges that this statement gives, whether or not a file makes it: *edges (*count) until the
 * next call. */
OG_MUST_CHECK OgStatus og_derive_edges(OgDerivation *derivation, const OgStatement *statement,
                                       const OgEdgeTuple **edges, size_t *count, OgError *err);

/* The rule of a predicate; one that means nothing when it has none. */
const OgPredicateRule *og_rule_of(const OgDerivation *derivation, uint32_t predicate);

#endif
