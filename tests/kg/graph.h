/* graph: small graphs for tests, made by the loader out of rows. */
#ifndef OG_TESTS_KG_GRAPH_H
#define OG_TESTS_KG_GRAPH_H

#include "kg/store.h"

/* A statement. Subjects and predicates are IRIs, or "prefix:local" of core/vocab.h and "ex:"
 * (http://example.org/). */
typedef struct Row {
  const char *subject, *predicate, *object;
  const char *language; /* NULL: object is an IRI; "": a plain literal; else its language */
} Row;

/* Import rows as the source of that IRI, into a new graph or one that is there. */
void graph_add(const char *path, const char *source, const Row *rows, size_t count);

/* Make a graph at path, from one source that declares the prefix ex, and open it. Fails the test
 * when it cannot. */
OgStore *graph_make(const char *path, OgStoreMode mode, const Row *rows, size_t count);

/* As cmocka_run_group_tests: tests that share a graph of these rows, open in this mode, which each
 * finds in *state. */
#define run_on_graph(tests, mode, rows)                                                            \
  (graph_share((mode), (rows), OG_COUNT(rows)),                                                    \
   cmocka_run_group_tests((tests), graph_set_up, graph_tear_down))

void graph_share(OgStoreMode mode, const Row *rows, size_t count);
int graph_set_up(void **state);
int graph_tear_down(void **state);

/* The id of "ex:…"; fails the test when it is no term. */
int64_t graph_id(OgStore *store, const char *name);

#endif
