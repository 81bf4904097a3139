/* isomorphism: RDF graphs that are the same but for the labels of their blank nodes (RDF 1.1
 * Concepts, section 3.6). */
#ifndef OG_TESTS_ISOMORPHISM_H
#define OG_TESTS_ISOMORPHISM_H

#include "core/quad.h"

#include <stdbool.h>

typedef struct Graph Graph;

/* Abort the program when memory runs out: these are for tests. */
Graph *graph_new(void);
void graph_free(Graph *graph);

/* A sink that adds statements to the graph; a statement that is there already is dropped. */
OgSink graph_sink(Graph *graph);

size_t graph_size(const Graph *graph);

/* A mapping of blank nodes makes one graph the other. */
bool graph_isomorphic(Graph *a, Graph *b);

/* Read an N-Triples, N-Quads (graph names dropped) or Turtle file into the graph; false when it is
 * malformed. */
bool graph_read(Graph *graph, const char *path, const char *base);

/* The n-th statement: subject, predicate, object. Valid until the next one is added. */
void graph_statement(const Graph *graph, size_t n, OgTerm terms[3]);

/* Print the statements, nearly as N-Triples, for messages. */
void graph_print(const Graph *graph, const char *title);

#endif
