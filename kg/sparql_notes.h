/* sparql_notes: why a query may have found nothing: what it names and the graph lacks. */
#ifndef OG_KG_SPARQL_NOTES_H
#define OG_KG_SPARQL_NOTES_H

#include "kg/prefixes.h"
#include "kg/sparql_algebra.h"

/* Append a line to notes for each of these in the query, with what was probably meant where that is
 * near: an IRI or a literal that stands nowhere in the graph, a predicate that none of its
 * statements has, a named variable that nothing binds. Patterns that may fail without harm
 * (OPTIONAL, MINUS, EXISTS) are passed over. */
OG_MUST_CHECK OgStatus og_sparql_note(OgStore *store, const OgPrefixes *prefixes,
                                      const OgSparqlQuery *query, OgBuffer *notes, OgError *err);

#endif
