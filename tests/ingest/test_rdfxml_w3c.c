/* The W3C's RDF/XML test suite, as its manifest lists it. */
#include "core/memory.h"
#include "core/vocab.h"
#include "ingest/ingest.h"
#include "ingest/rdfxml.h"
#include "tests/isomorphism.h"
#include "tests/test.h"

#include <stdio.h>
#include <string.h>

#define SUITE    "w3c/rdf-xml/"
#define BASE     "https://w3c.github.io/rdf-tests/rdf/rdf11/rdf-xml/"
#define MF       "http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#"
#define RDFT     "http://www.w3.org/ns/rdftest#"
#define EVAL     RDFT "TestXMLEval"
#define NEGATIVE RDFT "TestXMLNegativeSyntax"

enum { EVALUATIONS = 126, NEGATIVES = 40 };

static bool is(OgText text, const char *word) {
  return text.size == strlen(word) && memcmp(text.data, word, text.size) == 0;
}

static bool same(OgText a, OgText b) {
  return a.size == b.size && memcmp(a.data, b.data, a.size) == 0;
}

/* The object of (subject, predicate), below the suite's folder; "" when there is none. */
static const char *file_of(const Graph *manifest, OgText subject, const char *predicate) {
  for (size_t n = 0; n < graph_size(manifest); n++) {
    OgTerm terms[3];
    graph_statement(manifest, n, terms);
    if (same(terms[0].text, subject) && is(terms[1].text, predicate)) {
      return terms[2].text.data + strlen(BASE);
    }
  }
  return "";
}

/* Strict for negative tests only: a literal that is no value of its datatype is right in RDF/XML,
 * and test datatypes/test002 has one. */
static OgStatus read_into(Graph *graph, const char *file, bool strict, OgError *err) {
  char path[512], base[512];
  snprintf(path, sizeof path, SUITE "%s", file);
  snprintf(base, sizeof base, BASE "%s", file);
  OgInput *input = NULL;
  OG_TRY(og_input_open(shared_data(path), &input, err));
  const OgReadOptions options = {.base = base, .strict = strict};
  const OgSink sink = graph_sink(graph);
  const OgStatus status = og_rdfxml_read(input, &options, &sink, NULL, err);
  og_input_close(input);
  return status;
}

static bool passes_evaluation(const char *action, const char *result) {
  OgError err = {0};
  char path[512], text[800];
  Graph *got = graph_new();
  Graph *expected = graph_new();
  snprintf(path, sizeof path, SUITE "%s", result);
  bool passes = graph_read(expected, shared_data(path), BASE);
  if (read_into(got, action, false, &err) != OG_OK) {
    passes = false;
    print_message("%s: %s\n", action, og_error_text(&err, text, sizeof text));
  } else if (passes && !graph_isomorphic(got, expected)) {
    passes = false;
    print_message("%s: the graphs differ\n", action);
    graph_print(got, "got");
    graph_print(expected, "expected");
  }
  graph_free(got);
  graph_free(expected);
  return passes;
}

static bool passes_negative(const char *action) {
  OgError err = {0};
  Graph *graph = graph_new();
  const bool refused = read_into(graph, action, true, &err) == OG_BAD_DATA && err.line > 0;
  if (!refused) {
    print_message("%s: was not refused\n", action);
  }
  graph_free(graph);
  return refused;
}

static void all_tests_of_the_suite_pass(void **state) {
  (void)state;
  const char *path = shared_data(SUITE "manifest.ttl");
  if (!path) {
    skip_without_data(SUITE);
  }
  Graph *manifest = graph_new();
  assert_true(graph_read(manifest, path, BASE "manifest.ttl"));
  size_t evaluations = 0, negatives = 0, passed = 0;
  for (size_t n = 0; n < graph_size(manifest); n++) {
    OgTerm terms[3];
    graph_statement(manifest, n, terms);
    if (!is(terms[1].text, OG_NS_RDF "type")) {
      continue;
    }
    const char *action = file_of(manifest, terms[0].text, MF "action");
    if (is(terms[2].text, EVAL)) {
      evaluations++;
      passed += passes_evaluation(action, file_of(manifest, terms[0].text, MF "result"));
    } else if (is(terms[2].text, NEGATIVE)) {
      negatives++;
      passed += passes_negative(action);
    }
  }
  graph_free(manifest);
  print_message("W3C RDF/XML: %zu of %zu tests pass (%zu evaluations, %zu negative)\n", passed,
                evaluations + negatives, evaluations, negatives);
  assert_int_equal(evaluations, EVALUATIONS);
  assert_int_equal(negatives, NEGATIVES);
  assert_int_equal(passed, evaluations + negatives);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(all_tests_of_the_suite_pass),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
