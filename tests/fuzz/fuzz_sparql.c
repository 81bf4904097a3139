/* Random bytes as a SPARQL query over a tiny graph: parsed, compiled, and run for a moment; its
 * algebra and plan are printed, and its faults are shown in their place. */
#include "kg/load.h"
#include "kg/sparql_results.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define EX "http://example.org/"

static char path[64];

static void check(bool holds, const char *what) {
  if (!holds) {
    fprintf(stderr, "%s\n", what);
    abort();
  }
}

static void remove_graph(void) {
  unlink(path);
}

static void push(const OgSink *sink, const char *subject, const char *predicate, OgTerm object) {
  const OgTerm s = {.kind = OG_IRI, .text = {subject, strlen(subject)}};
  const OgTerm p = {.kind = OG_IRI, .text = {predicate, strlen(predicate)}};
  check(sink->statement(sink->data, &s, &p, &object, NULL) == OG_OK, "cannot fill the graph");
}

static void fill_graph(void) {
  static const OgSourceInfo sources[] = {{EX "g1", "g1", "turtle"}, {EX "g2", "g2", "turtle"}};
  OgLoader *loader = NULL;
  check(og_loader_open(path, NULL, &loader, NULL) == OG_OK, "cannot make the graph");
  const OgSink sink = og_loader_sink(loader);
  for (size_t k = 0; k < 2; k++) {
    check(og_loader_begin_source(loader, &sources[k], NULL) == OG_OK, "cannot begin a source");
    push(&sink, EX "a", EX "p", (OgTerm){.kind = OG_IRI, .text = OG_TEXT(EX "b")});
    push(&sink, EX "b", EX "p", (OgTerm){.kind = OG_IRI, .text = OG_TEXT(EX "a")});
    push(&sink, EX "a", EX "q",
         (OgTerm){.kind = OG_LITERAL, .text = OG_TEXT("x"), .language = OG_TEXT("en")});
    push(&sink, EX "b", EX "q", (OgTerm){.kind = OG_BLANK, .text = OG_TEXT("n")});
    check(og_loader_end_source(loader, "", 0, NULL) == OG_OK, "cannot end a source");
  }
  check(og_loader_commit(loader, NULL, NULL) == OG_OK, "cannot commit the graph");
  og_loader_close(loader);
}

/* Kept between the runs. */
static OgStore *open_graph(void) {
  static OgStore *store;
  if (!store) {
    snprintf(path, sizeof path, "/tmp/ontograft-fuzz-%d.db", (int)getpid());
    atexit(remove_graph);
    fill_graph();
    check(og_store_open(path, OG_STORE_READ, &store, NULL) == OG_OK, "cannot open the graph");
  }
  return store;
}

static OgStatus discard(void *data, const char *bytes, size_t size, OgError *err) {
  (void)data;
  (void)bytes;
  (void)size;
  (void)err;
  return OG_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  OgStore *store = open_graph();
  const OgSparqlOptions options = {.base = EX, .limits = {.rows = 50, .seconds = 0.2}};
  const OgSparqlOptions unhurried = {.base = EX}; /* reports are short, machines may be busy */
  OgBuffer text = OG_BUFFER_INIT;
  OgBuffer report = OG_BUFFER_INIT;
  OgError err = {0};
  check(og_buffer_append(&text, size > 1 ? data + 1 : data, size > 1 ? size - 1 : 0, NULL) == OG_OK,
        "no memory");
  OgSparqlWriter *writer = NULL;
  const OgSparqlFormat format =
      size > 0 ? (OgSparqlFormat)(data[0] % (OG_SPARQL_TURTLE + 1)) : OG_SPARQL_JSON;
  check(og_sparql_writer_new(format, (OgSparqlOutput){discard, NULL}, &writer, NULL) == OG_OK,
        "no writer");
  const OgSolutions to = og_sparql_writer_solutions(writer);
  const OgStatus status = og_query_sparql(store, text.data, &options, NULL, &to, NULL, &err);
  check(status == OG_OK || status == err.status, "a status without its message");
  check(status != OG_BAD_STORE && status != OG_FAILED, err.message);
  if (status == OG_OK) {
    check(og_sparql_writer_finish(writer, NULL) == OG_OK, "the writer does not finish");
    check(og_sparql_notes(store, text.data, &unhurried, false, &report, NULL) == OG_OK, "no notes");
    check(og_sparql_explain(store, text.data, &unhurried, &report, NULL) == OG_OK,
          "what runs cannot be explained");
  } else {
    check(og_sparql_excerpt(text.data, &err, &report, NULL) == OG_OK, "no excerpt");
  }
  og_sparql_writer_free(writer);
  og_buffer_clear(&report);
  og_buffer_clear(&text);
  return 0;
}
