/* Any bytes as a file of vectors, or, by the first byte, of triples. The graph is small and stays.
 */
#include "kg/split.h"
#include "kg/vectors_import.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char graph_path[64];

static void check(bool holds, const char *what) {
  if (!holds) {
    fprintf(stderr, "%s\n", what);
    abort();
  }
}

static void remove_graph(void) {
  unlink(graph_path);
}

/* Entities "a" and "b", kept between the runs. */
static OgStore *open_graph(void) {
  static OgStore *store;
  if (!store) {
    snprintf(graph_path, sizeof graph_path, "/tmp/ontograft-fuzz-vectors-%d.db", (int)getpid());
    atexit(remove_graph);
    check(og_store_open(graph_path, OG_STORE_CREATE, &store, NULL) == OG_OK,
          "cannot make the graph");
    check(og_store_exec(
              store,
              "PRAGMA synchronous = OFF; PRAGMA journal_mode = MEMORY;"
              "INSERT INTO term(id, kind, text) VALUES (1, 1, 'ex:a'), (2, 1, 'ex:b');"
              "INSERT INTO entity(id, kind, label) VALUES (1, 'class', 'a'), (2, 'class', 'b');"
              "INSERT INTO name(entity, text, normal, kind)"
              " VALUES (1, 'a', 'a', 'label'), (2, 'b', 'b', 'label')",
              "fill", NULL) == OG_OK,
          "cannot fill the graph");
  }
  return store;
}

static void read_vectors(const char *path) {
  OgVectors vectors;
  OgVectorsImport report;
  if (og_vectors_import(open_graph(), path, "fuzz", NULL, &vectors, &report, NULL) != OG_OK) {
    return;
  }
  check(vectors.N + report.unknown + report.repeated == report.rows, "rows are lost");
  for (size_t k = 0; k < vectors.N * vectors.D; k++) {
    check(isfinite(vectors.values[k]), "a number is not finite");
  }
  og_vectors_clear(&vectors);
}

static void read_triples(const char *path) {
  OgTripleGraph graph = {0};
  if (og_triples_read(path, &graph, OG_TRAIN, NULL) == OG_OK && graph.N > 0) {
    const size_t count = graph.parts[OG_TRAIN].count;
    check(og_split_edges(&graph, NULL, OG_HOLD_OUT_VALID_AND_TEST, 0.2, 100, 1, NULL, NULL) ==
              OG_OK,
          "cannot split");
    size_t kept = 0;
    for (int part = 0; part < OG_PARTS; part++) {
      kept += graph.parts[part].count;
    }
    check(kept == count, "a split loses edges");
  }
  og_triple_graph_clear(&graph);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  char path[64];
  if (size == 0) {
    return 0;
  }
  const int descriptor = memfd_create("fuzz", MFD_CLOEXEC);
  check(descriptor >= 0 && write(descriptor, data + 1, size - 1) == (ssize_t)(size - 1),
        "cannot make the file");
  snprintf(path, sizeof path, "/proc/self/fd/%d", descriptor);
  (data[0] & 1 ? read_triples : read_vectors)(path);
  close(descriptor);
  return 0;
}
