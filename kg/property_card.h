/* property_card: what the graph says of one property: its characteristics, domain and range, and
 * the properties that it goes with. */
#ifndef OG_KG_PROPERTY_CARD_H
#define OG_KG_PROPERTY_CARD_H

#include "core/arena.h"
#include "kg/prefixes.h"
#include "kg/store.h"

/* A property or class that an axiom speaks of. */
typedef struct OgPropertyArgument {
  const char *label;
  const char *iri;
  const char *curie; /* NULL when no prefix fits */
  bool inverse;      /* a property that is read backwards */
} OgPropertyArgument;

typedef struct OgPropertyAxiom {
  const char *kind; /* "transitive", "domain", … (property_axiom.kind) */
  OgPropertyArgument
      *arguments; /* none of a characteristic; several are a chain, or a union of classes */
  size_t count;
} OgPropertyAxiom;

typedef struct OgPropertyCard {
  int64_t id; /* a term */
  const char *label;
  const char *iri;
  const char *curie;      /* NULL when no prefix fits */
  const char *definition; /* where it has none, its comment; NULL when neither */
  OgPropertyAxiom *axioms;
  size_t axiom_count;
  int64_t edges;      /* that it bears */
  int64_t statements; /* that it is the predicate of, in all sources */
  OgArena arena;      /* owns all of the above */
} OgPropertyCard;

/* The card of the property that text means: an IRI, a CURIE, a label or a local name, in any case.
 * Properties are relations, those of axioms, and the predicates of statements.
 * languages: of its label and definition, "de,en"; NULL: the graph's own. On OG_OK the caller
 * releases *card with og_property_card_clear. No such property is OG_NOT_FOUND. */
OG_API OG_MUST_CHECK OgStatus og_property_card(OgStore *store, const char *text,
                                               const char *languages, OgPropertyCard *card,
                                               OgError *err);
/* That property, a term; 0 when there is none. */
OG_MUST_CHECK OgStatus og_property_find(OgStore *store, const OgPrefixes *prefixes,
                                        const char *text, int64_t *property, OgError *err);

OG_API void og_property_card_clear(OgPropertyCard *card);

#endif
