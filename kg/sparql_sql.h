/* sparql_sql: a query's algebra to one SQL statement. The only files that compose SQL are
 * sparql_sql*.c. */
#ifndef OG_KG_SPARQL_SQL_H
#define OG_KG_SPARQL_SQL_H

#include "kg/sparql_algebra.h"
#include "kg/sparql_term.h"

/* A value that the statement takes: ?1 is the first. */
typedef struct OgBoundValue {
  int64_t id;    /* of a term of the graph, or a number; 0: the text or the blob */
  OgText text;   /* a simple string; data NULL: none */
  OgBuffer blob; /* in the arena: not to be cleared */
  OgTerm term;   /* what it stands for, for people; OG_UNBOUND for numbers */
} OgBoundValue;

/* Where a variable's term is in a row. */
typedef struct OgOutput {
  int variable; /* or OG_NO_VARIABLE: a place of a statement */
  int value;    /* the column of its value; -1: it is always a term of the graph, or unbound */
  int term;     /* the first of two columns, text and class (og_term_column), NULL when the value is
                   none of the graph's terms; -1: to be recalled */
  bool is_id;   /* the value is an id or NULL */
} OgOutput;

typedef struct OgSparqlSql {
  const char *sql;
  OgBoundValue *values;
  size_t value_count, value_capacity;
  OgOutput *outputs;
  size_t output_count;
} OgSparqlSql;

/* Asked again and again while a query is compiled: what is not 0 ends it, with OG_CANCELLED. look
 * NULL: nobody is asked. */
typedef struct OgCompileWatch {
  int (*look)(void *data);
  void *data;
} OgCompileWatch;

/* Compile into the query's arena. Graphs that FROM names and the graph file lacks are
 * OG_NOT_FOUND. */
OG_MUST_CHECK OgStatus og_sparql_compile(OgSparqlQuery *query, const OgSparqlOptions *options,
                                         OgTermReader *reader, OgCompileWatch watch,
                                         OgSparqlSql *compiled, OgError *err);

#endif
