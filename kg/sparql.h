/* sparql: a SPARQL 1.1 query over the graph, compiled to one SQL statement.
 *
 *   text -> sparql_lex, sparql_parse -> sparql_algebra -> sparql_sql -> SQLite -> terms
 *
 * Each source is a named graph, called by source.iri; the default graph is the union of all, unless
 * FROM or the options say otherwise. Prefixes of the sources and of core/vocab.h are known without
 * PREFIX lines. The graph is only read; SERVICE and SPARQL Update are refused. */
#ifndef OG_KG_SPARQL_H
#define OG_KG_SPARQL_H

#include "core/buffer.h"
#include "core/quad.h"
#include "kg/query.h"

/* The kind of a value that is not there: an unbound variable. */
#define OG_UNBOUND ((OgTermKind)0)

typedef enum OgSparqlForm {
  OG_SPARQL_SELECT,    /* rows of the projected variables */
  OG_SPARQL_ASK,       /* one row of one xsd:boolean; it has no variables */
  OG_SPARQL_CONSTRUCT, /* rows of subject, predicate, object: a graph, each statement once */
  OG_SPARQL_DESCRIBE   /* the same */
} OgSparqlForm;

/* Who takes the answer. A status other than OG_OK ends the query and is returned. Names and terms
 * live during the call only. */
typedef struct OgSolutions {
  /* Once, before the first row, also when there is none. Names are without "?"; those of a graph
   * are "subject", "predicate", "object"; ASK has none. */
  OgStatus (*begin)(void *data, OgSparqlForm form, const char *const *names, size_t count,
                    OgError *err);
  /* count terms, one a name (ASK: one term). Unbound ones have kind OG_UNBOUND. The texts of terms
   * are also terminated. */
  OgStatus (*row)(void *data, const OgTerm *terms, size_t count, OgError *err);
  void *data;
} OgSolutions;

/* Names of graphs (source.iri). names NULL: every source. */
typedef struct OgGraphNames {
  const char *const *names;
  size_t count;
} OgGraphNames;

typedef struct OgSparqlOptions {
  const char *base;           /* for relative IRIs; NULL: they are taken as they are */
  OgGraphNames default_graph; /* the sources whose union is the default graph; FROM goes before */
  OgGraphNames named_graphs;  /* what GRAPH can see; FROM NAMED goes before */
  bool inferred;              /* every source is also what follows (kg/infer.h): otherwise the
                                 default graph is what files say, and GRAPH sees both */
  OgQueryLimits limits;       /* text_size, rows, seconds; cell_size bounds one term */
} OgSparqlOptions;

/* Run one query. options, progress and summary may be NULL. A fault in the text is OG_USAGE with
 * line and column (og_sparql_excerpt shows the place); over limits.seconds or stopped by progress,
 * OG_CANCELLED. */
OG_API OG_MUST_CHECK OgStatus og_query_sparql(OgStore *store, const char *text,
                                              const OgSparqlOptions *options,
                                              const OgProgress *progress,
                                              const OgSolutions *solutions, OgQuerySummary *summary,
                                              OgError *err);

/* How the query would be answered, for people: its algebra, its SQL with the values it binds, and
 * SQLite's plan, each under a heading. Replaces what report holds. */
OG_API OG_MUST_CHECK OgStatus og_sparql_explain(OgStore *store, const char *text,
                                                const OgSparqlOptions *options, OgBuffer *report,
                                                OgError *err);

/* What in the query is probably a slip, a line each, with what was probably meant: variables that
 * nothing binds and, unless the query found something, IRIs, literals and languages in it that the
 * graph lacks. Replaces what notes holds; empty when there is nothing to tell. */
OG_API OG_MUST_CHECK OgStatus og_sparql_notes(OgStore *store, const char *text,
                                              const OgSparqlOptions *options, bool found,
                                              OgBuffer *notes, OgError *err);

/* Append the line of text that err points at, and a caret under the place:
 *
 *     SELECT ?x { ?x rdfs:labl }
 *                             ^
 * Nothing when err has no line. */
OG_API OG_MUST_CHECK OgStatus og_sparql_excerpt(const char *text, const OgError *fault,
                                                OgBuffer *excerpt, OgError *err);

#endif
