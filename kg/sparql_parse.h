/* sparql_parse: the text of a query to its algebra (SPARQL 1.1 Query Language, 19.8 and 18.2). */
#ifndef OG_KG_SPARQL_PARSE_H
#define OG_KG_SPARQL_PARSE_H

#include "kg/sparql_algebra.h"

/* How deep groups, expressions and paths may nest. */
enum { OG_SPARQL_DEPTH = 100 };

/* Namespaces that the query may use without a PREFIX line. */
typedef struct OgSparqlPrefixes {
  /* The namespace of prefix:local, or NULL. Lives as long as the query. */
  const char *(*find)(void *data, OgText prefix, OgText local);
  /* The k-th known prefix, NULL from the end on: for suggestions. May be NULL. */
  const char *(*suggest)(void *data, size_t k);
  void *data;
} OgSparqlPrefixes;

/* Parse one query. query is empty before; on OG_OK release it with og_sparql_query_clear. base may
 * be NULL. A fault is OG_USAGE with line and column. */
OG_MUST_CHECK OgStatus og_sparql_parse(const char *text, const char *base,
                                       const OgSparqlPrefixes *prefixes, OgSparqlQuery *query,
                                       OgError *err);

#endif
