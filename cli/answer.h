/* answer: what a SPARQL query finds, for people or in the formats of the W3C. */
#ifndef OG_CLI_ANSWER_H
#define OG_CLI_ANSWER_H

#include "cli/table.h"
#include "kg/prefixes.h"
#include "kg/sparql_results.h"

/* How to print: a table of cli/table.h, or a format of kg/sparql_results.h. ANSWER_AUTO is a table
 * for SELECT and ASK, Turtle for CONSTRUCT and DESCRIBE. */
typedef enum AnswerFormat {
  ANSWER_AUTO = -1,
  ANSWER_TABLE,
  ANSWER_CSV,
  ANSWER_TSV,
  ANSWER_JSON,
  ANSWER_JSONL,
  ANSWER_MD,
  ANSWER_XML,
  ANSWER_NTRIPLES,
  ANSWER_TURTLE
} AnswerFormat;

/* Names of the formats in order of AnswerFormat, NULL-terminated: choices of --format. The first
 * are those of TableFormat. */
extern const char *const answer_formats[];

/* An answer being printed on stdout. */
typedef struct Answer {
  const Terminal *terminal;
  const OgPrefixes *prefixes; /* IRIs are shown as CURIEs where one fits; NULL: as they are */
  AnswerFormat format;
  Table *table;           /* tables */
  OgSparqlWriter *writer; /* the W3C's formats */
  OgBuffer head;          /* what the writer wrote before the first row */
  bool has_rows, asks;
  bool found;    /* a row that is not `false` of ASK, nor a count of 0 */
  OgBuffer text; /* of one cell */
} Answer;

/* What to give og_query_sparql; valid as long as the answer. */
OgSolutions answer_solutions(Answer *answer);

/* After the query: the end of the document when it ended well. Returns status, or why the end could
 * not be written. A query that failed before its first row prints nothing. */
OgStatus answer_finish(Answer *answer, OgStatus status, OgError *err);

#endif
