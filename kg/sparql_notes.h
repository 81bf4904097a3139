/* sparql_notes: what in a query is probably a slip: what it names and the graph lacks. */
#ifndef OG_KG_SPARQL_NOTES_H
#define OG_KG_SPARQL_NOTES_H

#include "kg/prefixes.h"
#include "kg/sparql_algebra.h"

/* Append a line to notes for each of these in the query, with what was probably meant where that is
 * near: a named variable that nothing binds, an expression of REGEX that is none, and unless
 * something was found an IRI or a literal that stands nowhere in the graph, a predicate that none
 * of its statements has, a language that no literal has. Patterns that may fail without harm
 * (OPTIONAL, MINUS, EXISTS) may have such names. */
OG_MUST_CHECK OgStatus og_sparql_note(OgStore *store, const OgPrefixes *prefixes,
                                      const OgSparqlQuery *query, bool found, OgBuffer *notes,
                                      OgError *err);

#endif
