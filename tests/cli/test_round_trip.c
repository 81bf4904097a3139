/* What files say, what a graph says once they are imported, and what is read from its exports: all
 * the same. */
#include "core/file.h"
#include "ingest/ingest.h"
#include "ingest/library.h"
#include "kg/export.h"
#include "kg/load.h"
#include "tests/isomorphism.h"
#include "tests/test.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const struct {
  OgExportFormat format;
  const char *name;
} exports[] = {
    {OG_EXPORT_NTRIPLES, "back.nt"}, {OG_EXPORT_NQUADS, "back.nq"}, {OG_EXPORT_TURTLE, "back.ttl"}};

/* Whoever reads a file: the graph of a test and the loader. */
typedef struct Ears {
  OgSink heard, loader;
} Ears;

static OgStatus on_statement(void *data, const OgTerm *subject, const OgTerm *predicate,
                             const OgTerm *object, OgError *err) {
  const Ears *ears = data;
  OG_TRY(ears->heard.statement(ears->heard.data, subject, predicate, object, err));
  return ears->loader.statement(ears->loader.data, subject, predicate, object, err);
}

static OgStatus on_prefix(void *data, OgText prefix, OgText iri, OgError *err) {
  const Ears *ears = data;
  return ears->loader.prefix(ears->loader.data, prefix, iri, err);
}

/* Import a file into a graph of its own; false when it holds no statements. */
static bool import_file(OgLibrary *library, const OgLibraryFile *file, const char *mapping,
                        Graph *heard) {
  OgError err = {0};
  OgInput *input = NULL;
  OgLoader *loader = NULL;
  const OgReader *reader = NULL;
  const OgReadOptions options = {.base = "http://example.org/file", .mapping = mapping};
  const OgSourceInfo info = {"http://example.org/file", file->path, "any"};
  assert_ok(og_library_open(library, file, &input, &err));
  bool read = mapping || og_ingest_detect(input, &reader, &err) == OG_OK;
  unlink(scratch("graph.db"));
  assert_ok(og_loader_open(scratch("graph.db"), NULL, &loader, &err));
  og_loader_keep_statements_only(loader);
  assert_ok(og_loader_begin_source(loader, &info, &err));
  Ears ears = {graph_sink(heard), og_loader_sink(loader)};
  const OgSink sink = {on_statement, on_prefix, NULL, &ears};
  read = read && og_ingest(input, &options, &sink, NULL, NULL, &err) == OG_OK;
  if (read) {
    assert_ok(og_loader_end_source(loader, og_input_sha256(input), 1, &err));
    assert_ok(og_loader_commit(loader, NULL, &err));
  }
  og_loader_close(loader);
  og_input_close(input);
  return read;
}

static void export_file(OgExportFormat format, const char *path) {
  OgError err = {0};
  OgStore *store = NULL;
  FILE *file = fopen(path, "wb");
  assert_non_null(file);
  const OgExportFile out = {file, path};
  const OgExportOptions options = {.format = format};
  assert_ok(og_store_open(scratch("graph.db"), OG_STORE_READ, &store, &err));
  assert_ok(og_export(store, &options, &out, NULL, NULL, NULL, &err));
  og_store_close(store);
  assert_int_equal(fclose(file), 0);
}

/* Read an export as any file is read: its format is told from its content. */
static void read_back(const char *path, Graph *graph) {
  OgError err = {0};
  OgInput *input = NULL;
  const OgSink sink = graph_sink(graph);
  assert_ok(og_input_open(path, &input, &err));
  assert_ok(og_ingest(input, NULL, &sink, NULL, NULL, &err));
  og_input_close(input);
}

static void expect_same(const Graph *heard, const char *what) {
  for (size_t k = 0; k < OG_COUNT(exports); k++) {
    Graph *back = graph_new();
    export_file(exports[k].format, scratch(exports[k].name));
    read_back(scratch(exports[k].name), back);
    if (!graph_isomorphic(back, (Graph *)(uintptr_t)heard)) {
      fail_msg("%s is not the same in %s", what, exports[k].name);
    }
    graph_free(back);
  }
}

/* Every file at path that holds statements, each in a graph of its own; returns how many. */
static size_t go_round(const char *path, const char *mapping) {
  OgError err = {0};
  OgLibraryFile file;
  size_t files = 0;
  OgLibrary *library = og_library_new();
  assert_non_null(library);
  assert_ok(og_library_add(library, path, NULL, &err));
  assert_ok(og_library_next(library, &file, &err));
  while (file.path) {
    Graph *heard = graph_new();
    if (import_file(library, &file, mapping, heard)) {
      expect_same(heard, file.path);
      files++;
    }
    graph_free(heard);
    assert_ok(og_library_next(library, &file, &err));
  }
  og_library_free(library);
  return files;
}

static void fixtures_come_back_as_they_were(void **state) {
  static const char *const files[] = {"ingest/axioms.owx",      "ingest/classification.xml",
                                      "ingest/descriptors.xml", "ingest/qualifiers.xml",
                                      "ingest/supplements.xml", "ingest/drawn.graphml",
                                      "ingest/network.graphml", "sparql/garden.ttl"};
  (void)state;
  for (size_t k = 0; k < OG_COUNT(files); k++) {
    assert_int_equal(go_round(test_data(files[k]), NULL), 1);
  }
  assert_true(go_round(test_data("ingest/taxonomy"), NULL) > 1);
  assert_int_equal(
      go_round(test_data("ingest/catalogue.xml"), test_data("ingest/catalogue.mapping.xml")), 1);
}

/* Files of the shared data, and how many of them hold statements. */
static const struct {
  const char *path;
  size_t files;
} real[] = {
    {"onto/doid.owl.gz", 1},   {"onto/doid-cancer-slim.owl", 1},
    {"onto/so.owl", 1},        {"onto/edam.owl", 1},
    {"onto/stw-skos.rdf", 1},  {"onto/apto-owlxml.owl", 1},
    {"onto/fibo", 296},        {"onto/owlxml", 303},
    {"onto/mesh", 4},          {"onto/claml", 3},
    {"onto/xbrl-pgc2007", 73}, {"onto/graphml", 2},
    {"onto/bro-releases", 4},
};

static void real_files_come_back_as_they_were(void **state) {
  (void)state;
  for (size_t k = 0; k < OG_COUNT(real); k++) {
    const char *path = shared_data(real[k].path);
    if (!path) {
      skip_without_data(real[k].path);
    }
    assert_int_equal(go_round(path, NULL), real[k].files);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(fixtures_come_back_as_they_were),
      cmocka_unit_test(real_files_come_back_as_they_were),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
