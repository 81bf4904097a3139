/* asking: SPARQL queries of tests, and what comes back, as text. */
#ifndef OG_TESTS_KG_ASKING_H
#define OG_TESTS_KG_ASKING_H

#include "kg/sparql.h"

/* The answer as TSV (a graph as N-Triples), or "usage 1:5: message" of a fault. Static storage,
 * until the next call. options may be NULL. */
const char *answer_of(OgStore *store, const char *query, const OgSparqlOptions *options);

/* The value of an expression over the empty pattern, as TSV has it, but true and false alone; ""
 * when it is an error. Same storage. */
const char *value_of(OgStore *store, const char *expression);

/* An expression and its value. */
typedef struct Value {
  const char *expression, *value;
} Value;

/* Fail the test when a row's expression has another value; all that do are printed. */
void check_values(OgStore *store, const Value *rows, size_t count);

#endif
