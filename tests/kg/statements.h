/* statements: graphs for tests, from a text of statements, and what SQL finds in them. */
#ifndef OG_TESTS_KG_STATEMENTS_H
#define OG_TESTS_KG_STATEMENTS_H

#include "kg/load.h"

/* Push statements into a sink: "ex:a rdfs:label 'A B'@en . …": words between spaces, three a
 * statement, statements ended by " .". A word is prefix:local (the prefixes of core/vocab.h and
 * ex:), <IRI>, _:label, "a", or 'text' with an optional @tag or ^^prefix:local. Returns the sink's
 * status. */
OgStatus say(const OgSink *sink, const char *text, OgError *err);

/* Import the text as one source named iri into the graph at path; OG_OK or why not. */
OgStatus import_text(const char *path, const char *iri, const char *text, OgLoadSummary *summary,
                     OgError *err);

/* The rows that a query gives: columns joined by '|', NULL as "-", a line each. Static storage,
 * until the next call. Fails the test when SQLite does. */
const char *query_text(const char *path, const char *sql);

/* What a query gives on a graph of one source, <urn:source>, that says text. Same storage. */
const char *ask(const char *text, const char *sql);

/* A number that a query gives. */
long query_number(const char *path, const char *sql);

/* All that level 0 and level 1 hold, by text: two graphs that say the same give the same. Copy of
 * the caller's. */
char *graph_dump(const char *path);

#endif
