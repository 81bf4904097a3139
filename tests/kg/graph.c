#include "tests/kg/graph.h"

#include "core/vocab.h"
#include "kg/load.h"
#include "tests/test.h"

#include <stdio.h>
#include <string.h>

static const char example[] = "http://example.org/";

/* Write the IRI of "prefix:local" into iri. */
static OgText expand(const char *name, char *iri, size_t size) {
  const char *colon = strchr(name, ':');
  const size_t length = colon ? (size_t)(colon - name) : 0;
  const char *space = length == 2 && memcmp(name, "ex", 2) == 0 ? example : NULL;
  for (const OgPrefix *known = og_known_prefixes; known->prefix && !space; known++) {
    if (strlen(known->prefix) == length && memcmp(known->prefix, name, length) == 0) {
      space = known->iri;
    }
  }
  snprintf(iri, size, "%s%s", space ? space : "", space ? colon + 1 : name);
  return (OgText){iri, strlen(iri)};
}

static void push(const OgSink *sink, const Row *row) {
  OgError err = {0};
  char iris[3][256];
  const OgTerm subject = {.kind = OG_IRI, .text = expand(row->subject, iris[0], sizeof iris[0])};
  const OgTerm predicate = {.kind = OG_IRI,
                            .text = expand(row->predicate, iris[1], sizeof iris[1])};
  OgTerm object = {.kind = OG_IRI};
  if (row->language) {
    object.kind = OG_LITERAL;
    object.text = (OgText){row->object, strlen(row->object)};
    object.language = (OgText){row->language, strlen(row->language)};
  } else {
    object.text = expand(row->object, iris[2], sizeof iris[2]);
  }
  assert_ok(sink->statement(sink->data, &subject, &predicate, &object, &err));
}

void graph_add(const char *path, const char *source, const Row *rows, size_t count) {
  OgError err = {0};
  OgLoader *loader = NULL;
  const OgSourceInfo info = {source, "graph.owl", "rdfxml"};
  assert_ok(og_loader_open(path, NULL, &loader, &err));
  assert_ok(og_loader_begin_source(loader, &info, &err));
  const OgSink sink = og_loader_sink(loader);
  assert_ok(sink.prefix(sink.data, OG_TEXT("ex"), (OgText){example, strlen(example)}, &err));
  for (size_t k = 0; k < count; k++) {
    push(&sink, &rows[k]);
  }
  assert_ok(og_loader_end_source(loader, "0123", 4567, &err));
  assert_ok(og_loader_commit(loader, NULL, &err));
  og_loader_close(loader);
}

OgStore *graph_make(const char *path, OgStoreMode mode, const Row *rows, size_t count) {
  OgError err = {0};
  OgStore *store = NULL;
  graph_add(path, "http://example.org/graph", rows, count);
  assert_ok(og_store_open(path, mode, &store, &err));
  return store;
}

/* What run_on_graph was given. */
static struct {
  OgStoreMode mode;
  const Row *rows;
  size_t count;
} shared;

void graph_share(OgStoreMode mode, const Row *rows, size_t count) {
  shared.mode = mode;
  shared.rows = rows;
  shared.count = count;
}

int graph_set_up(void **state) {
  *state = graph_make(scratch("shared.db"), shared.mode, shared.rows, shared.count);
  return 0;
}

int graph_tear_down(void **state) {
  og_store_close(*state);
  return 0;
}

int64_t graph_id(OgStore *store, const char *name) {
  OgError err = {0};
  char iri[256];
  int64_t id = 0;
  const OgText text = expand(name, iri, sizeof iri);
  assert_ok(og_store_find_iri(store, text.data, text.size, &id, &err));
  assert_true(id > 0);
  return id;
}
