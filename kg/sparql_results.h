/* sparql_results: answers of SPARQL queries in the W3C formats, as they come.
 *
 * SPARQL 1.1 Query Results JSON, XML, CSV and TSV for SELECT and ASK; N-Triples and Turtle for
 * CONSTRUCT and DESCRIBE. Blank nodes are written _:b0, _:b1, … in order of first sight. */
#ifndef OG_KG_SPARQL_RESULTS_H
#define OG_KG_SPARQL_RESULTS_H

#include "kg/prefixes.h"
#include "kg/sparql.h"

typedef enum OgSparqlFormat {
  OG_SPARQL_JSON,
  OG_SPARQL_XML,
  OG_SPARQL_CSV,
  OG_SPARQL_TSV,
  OG_SPARQL_NTRIPLES,
  OG_SPARQL_TURTLE
} OgSparqlFormat;

typedef struct OgSparqlWriter OgSparqlWriter;

/* Where bytes go; a status other than OG_OK ends the query. */
typedef struct OgSparqlOutput {
  OgStatus (*write)(void *data, const char *bytes, size_t size, OgError *err);
  void *data;
} OgSparqlOutput;

/* Write in this format. A graph cannot be written as a table nor a table as a graph: the query's
 * first callback is then OG_USAGE and names the formats that fit. On OG_OK the caller owns *writer.
 */
OG_API OG_MUST_CHECK OgStatus og_sparql_writer_new(OgSparqlFormat format, OgSparqlOutput output,
                                                   OgSparqlWriter **writer, OgError *err);

/* Shorten IRIs in Turtle by the prefixes of a graph, not by the usual ones alone. They live as long
 * as the writer. To be called before the query. */
OG_API void og_sparql_writer_prefixes(OgSparqlWriter *writer, const OgPrefixes *prefixes);

/* What to give og_query_sparql; valid as long as the writer. */
OG_API OgSolutions og_sparql_writer_solutions(OgSparqlWriter *writer);

/* After the query has ended well: the end of the document. */
OG_API OG_MUST_CHECK OgStatus og_sparql_writer_finish(OgSparqlWriter *writer, OgError *err);

OG_API void og_sparql_writer_free(OgSparqlWriter *writer);

/* Append a term as N-Triples has it: <iri>, _:label, "text"@en, "1"^^<…integer>. */
OG_API OG_MUST_CHECK OgStatus og_sparql_term_text(const OgTerm *term, OgBuffer *text, OgError *err);

#endif
