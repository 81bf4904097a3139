#include "kg/sparql_results.h"

#include "core/memory.h"
#include "core/vocab.h"
#include "tests/test.h"

#include <stdio.h>
#include <string.h>

static OgStatus append(void *data, const char *bytes, size_t size, OgError *err) {
  return og_buffer_append(data, bytes, size, err);
}

#define IRI(x)                                                                                     \
  (OgTerm) {                                                                                       \
    .kind = OG_IRI, .text = OG_TEXT(x)                                                             \
  }
#define BLANK(x)                                                                                   \
  (OgTerm) {                                                                                       \
    .kind = OG_BLANK, .text = OG_TEXT(x)                                                           \
  }
#define PLAIN(x)                                                                                   \
  (OgTerm) {                                                                                       \
    .kind = OG_LITERAL, .text = OG_TEXT(x)                                                         \
  }
#define TAGGED(x, tag)                                                                             \
  (OgTerm) {                                                                                       \
    .kind = OG_LITERAL, .text = OG_TEXT(x), .language = OG_TEXT(tag)                               \
  }
#define TYPED(x, type)                                                                             \
  (OgTerm) {                                                                                       \
    .kind = OG_LITERAL, .text = OG_TEXT(x), .datatype = OG_TEXT(OG_NS_XSD type)                    \
  }
#define NOTHING                                                                                    \
  (OgTerm) {                                                                                       \
    .kind = OG_UNBOUND                                                                             \
  }

typedef struct Answer {
  OgSparqlForm form;
  const char *names[3];
  size_t count;
  OgTerm terms[4][3];
  size_t rows;
} Answer;

/* What a writer makes of an answer; NULL when it refuses it. */
static const char *written(OgSparqlFormat format, const Answer *answer) {
  static char all[4000];
  OgBuffer text = OG_BUFFER_INIT;
  OgSparqlWriter *writer = NULL;
  OgError err = {0};
  assert_ok(og_sparql_writer_new(format, (OgSparqlOutput){append, &text}, &writer, &err));
  const OgSolutions to = og_sparql_writer_solutions(writer);
  OgStatus status = to.begin(to.data, answer->form, answer->names, answer->count, &err);
  for (size_t k = 0; k < answer->rows && status == OG_OK; k++) {
    status =
        to.row(to.data, answer->terms[k], answer->form == OG_SPARQL_ASK ? 1 : answer->count, &err);
  }
  if (status == OG_OK) {
    assert_ok(og_sparql_writer_finish(writer, &err));
  }
  snprintf(all, sizeof all, "%s", text.data ? text.data : "");
  og_sparql_writer_free(writer);
  og_buffer_clear(&text);
  return status == OG_OK ? all : NULL;
}

static Answer table(void) {
  return (Answer){OG_SPARQL_SELECT,
                  {"x", "y"},
                  2,
                  {{IRI("http://x/a"), TAGGED("a \"b\"\t<&>\n", "en")},
                   {BLANK("n7"), TYPED("5", "integer")},
                   {NOTHING, PLAIN("a,b")},
                   {BLANK("n7"), TYPED("x", "integer")}},
                  4};
}

static void tables_have_the_formats_of_the_w3c(void **state) {
  (void)state;
  const Answer answer = table();
  assert_string_equal(
      written(OG_SPARQL_JSON, &answer),
      "{\"head\": {\"vars\": [\"x\", \"y\"]}, \"results\": {\"bindings\": [\n"
      "  {\"x\": {\"type\": \"uri\", \"value\": \"http://x/a\"}, \"y\": {\"type\": \"literal\", "
      "\"value\": \"a \\\"b\\\"\\u0009<&>\\u000a\", \"xml:lang\": \"en\"}},\n"
      "  {\"x\": {\"type\": \"bnode\", \"value\": \"b0\"}, \"y\": {\"type\": \"literal\", "
      "\"value\": \"5\", \"datatype\": \"" OG_NS_XSD "integer\"}},\n"
      "  {\"y\": {\"type\": \"literal\", \"value\": \"a,b\"}},\n"
      "  {\"x\": {\"type\": \"bnode\", \"value\": \"b0\"}, \"y\": {\"type\": \"literal\", "
      "\"value\": \"x\", \"datatype\": \"" OG_NS_XSD "integer\"}}\n]}}\n");
  assert_string_equal(written(OG_SPARQL_CSV, &answer),
                      "x,y\r\nhttp://x/a,\"a \"\"b\"\"\t<&>\n\"\r\n_:b0,5\r\n,\"a,b\"\r\n"
                      "_:b0,x\r\n");
  assert_string_equal(written(OG_SPARQL_TSV, &answer),
                      "?x\t?y\n<http://x/a>\t\"a \\\"b\\\"\\t<&>\\n\"@en\n_:b0\t5\n\t\"a,b\"\n"
                      "_:b0\t\"x\"^^<" OG_NS_XSD "integer>\n");
  const char *xml = written(OG_SPARQL_XML, &answer);
  assert_non_null(strstr(xml, "<sparql xmlns=\"http://www.w3.org/2005/sparql-results#\">"));
  assert_non_null(strstr(xml, "<variable name=\"x\"/>"));
  assert_non_null(strstr(xml, "<uri>http://x/a</uri>"));
  assert_non_null(
      strstr(xml, "<literal xml:lang=\"en\">a &quot;b&quot;&#9;&lt;&amp;&gt;&#10;</literal>"));
  assert_non_null(strstr(xml, "<literal datatype=\"" OG_NS_XSD "integer\">5</literal>"));
  assert_non_null(strstr(xml, "<bnode>b0</bnode>"));
}

static void a_truth_is_an_answer(void **state) {
  (void)state;
  const Answer yes = {OG_SPARQL_ASK, {NULL}, 0, {{TYPED("true", "boolean")}}, 1};
  assert_string_equal(written(OG_SPARQL_JSON, &yes), "{\"head\": {}, \"boolean\": true}\n");
  assert_non_null(strstr(written(OG_SPARQL_XML, &yes), "<boolean>true</boolean>"));
}

static void no_rows_are_a_whole_document(void **state) {
  (void)state;
  const Answer none = {OG_SPARQL_SELECT, {"x"}, 1, {{NOTHING}}, 0};
  assert_string_equal(written(OG_SPARQL_JSON, &none),
                      "{\"head\": {\"vars\": [\"x\"]}, \"results\": {\"bindings\": [\n]}}\n");
  assert_string_equal(written(OG_SPARQL_CSV, &none), "x\r\n");
  assert_string_equal(written(OG_SPARQL_TSV, &none), "?x\n");
}

static void graphs_are_statements(void **state) {
  (void)state;
  const Answer graph = {OG_SPARQL_CONSTRUCT,
                        {"subject", "predicate", "object"},
                        3,
                        {{IRI("http://x/a"), IRI(OG_NS_RDF "type"), IRI(OG_NS_OWL "Class")},
                         {IRI("http://x/a"), IRI(OG_NS_RDFS "label"), PLAIN("\x7f")},
                         {BLANK("q"), IRI("http://x/p> <"), TYPED("-1", "integer")},
                         {IRI("http://x/a"), IRI(OG_NS_RDFS "label"), TYPED("1.5", "decimal")}},
                        4};
  assert_string_equal(written(OG_SPARQL_NTRIPLES, &graph),
                      "<http://x/a> <" OG_NS_RDF "type> <" OG_NS_OWL "Class> .\n"
                      "<http://x/a> <" OG_NS_RDFS "label> \"\\u007F\" .\n"
                      "_:b0 <http://x/p\\u003E\\u0020\\u003C> \"-1\"^^<" OG_NS_XSD "integer> .\n"
                      "<http://x/a> <" OG_NS_RDFS "label> \"1.5\"^^<" OG_NS_XSD "decimal> .\n");
  /* prefixes come first, and each subject once */
  assert_string_equal(written(OG_SPARQL_TURTLE, &graph),
                      "@prefix owl: <" OG_NS_OWL "> .\n@prefix rdfs: <" OG_NS_RDFS "> .\n\n"
                      "<http://x/a>\n  a owl:Class ;\n  rdfs:label \"\\u007F\" ;\n"
                      "  rdfs:label 1.5 .\n\n"
                      "_:b0\n  <http://x/p\\u003E\\u0020\\u003C> -1 .\n");
}

static size_t count_of(const char *text, const char *word) {
  size_t count = 0;
  for (const char *at = strstr(text, word); at; at = strstr(at + 1, word)) {
    count++;
  }
  return count;
}

/* Turtle waits for 8 MB of statements at most: a subject may come again after those. */
static void large_graphs_are_written_in_batches(void **state) {
  (void)state;
  enum { STATEMENTS = 12000, SIZE = 1000 };
  static const char *const names[] = {"subject", "predicate", "object"};
  static char text[SIZE + 1];
  OgSparqlWriter *writer = NULL;
  OgBuffer out = OG_BUFFER_INIT;
  OgError err = {0};
  memset(text, 'x', SIZE);
  assert_ok(og_sparql_writer_new(OG_SPARQL_TURTLE, (OgSparqlOutput){append, &out}, &writer, &err));
  const OgSolutions to = og_sparql_writer_solutions(writer);
  assert_ok(to.begin(to.data, OG_SPARQL_CONSTRUCT, names, OG_COUNT(names), &err));
  for (int k = 0; k < STATEMENTS; k++) {
    const OgTerm terms[] = {
        IRI("http://x/a"), IRI(OG_NS_RDFS "label"), {.kind = OG_LITERAL, .text = {text, SIZE}}};
    const OgTerm others[] = {IRI("http://x/b"), IRI(OG_NS_RDFS "label"), PLAIN("y")};
    assert_ok(to.row(to.data, k % 2 ? others : terms, OG_COUNT(terms), &err));
    assert_ok(to.row(to.data, k % 2 ? terms : others, OG_COUNT(terms), &err));
  }
  assert_ok(og_sparql_writer_finish(writer, &err));
  assert_int_equal(count_of(out.data, "@prefix rdfs:"), 1);
  assert_int_equal(count_of(out.data, "<http://x/a>\n"), 2);
  assert_int_equal(count_of(out.data, "<http://x/b>\n"), 2);
  assert_int_equal(count_of(out.data, "rdfs:label"), 2 * STATEMENTS);
  og_sparql_writer_free(writer);
  og_buffer_clear(&out);
}

/* Of two namespaces with one prefix the preferred one has it; a name that Turtle does not take, and
 * a local name that begins with "-", leave the IRI as it is. */
static void graphs_are_shortened_by_the_prefixes_of_their_sources(void **state) {
  static const char *const names[] = {"subject", "predicate", "object"};
  static const OgPrefix declared[] = {
      {"ex", "http://example.org/"}, {"", "http://example.org/none#"}, {"_b", "http://x/b#"}};
  const char *path = scratch("prefixes.db");
  OgPrefixes *prefixes = NULL;
  OgSparqlWriter *writer = NULL;
  OgStore *store = NULL;
  OgBuffer out = OG_BUFFER_INIT;
  OgError err = {0};
  (void)state;
  assert_ok(og_store_open(path, OG_STORE_CREATE, &store, &err));
  assert_ok(og_store_exec(store,
                          "INSERT INTO source(id, iri, path, format, sha256, bytes, statements, "
                          "imported_at) VALUES(1, 'urn:a', '', '', '', 0, 0, '')",
                          "write", &err));
  for (size_t k = 0; k < OG_COUNT(declared); k++) {
    char text[200];
    snprintf(text, sizeof text, "INSERT INTO prefix VALUES(1, '%s', '%s')", declared[k].prefix,
             declared[k].iri);
    assert_ok(og_store_exec(store, text, "write", &err));
  }
  assert_ok(og_prefixes_load(store, &prefixes, &err));
  assert_ok(og_sparql_writer_new(OG_SPARQL_TURTLE, (OgSparqlOutput){append, &out}, &writer, &err));
  og_sparql_writer_prefixes(writer, prefixes);
  const OgSolutions to = og_sparql_writer_solutions(writer);
  assert_ok(to.begin(to.data, OG_SPARQL_CONSTRUCT, names, OG_COUNT(names), &err));
  const OgTerm rows[][3] = {
      {IRI("http://example.org/a-b"), IRI(OG_NS_RDFS "label"), IRI("http://example.org/none#c")},
      {IRI("http://example.org/-a"), IRI("http://x/b#d"), IRI("http://example.org/x/y")}};
  for (size_t k = 0; k < OG_COUNT(rows); k++) {
    assert_ok(to.row(to.data, rows[k], 3, &err));
  }
  assert_ok(og_sparql_writer_finish(writer, &err));
  assert_string_equal(out.data,
                      "@prefix ex: <http://example.org/> .\n"
                      "@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .\n"
                      "@prefix : <http://example.org/none#> .\n\n"
                      "ex:a-b\n  rdfs:label :c .\n\n"
                      "<http://example.org/-a>\n  <http://x/b#d> <http://example.org/x/y> .\n");
  og_sparql_writer_free(writer);
  og_prefixes_free(prefixes);
  og_store_close(store);
  og_buffer_clear(&out);
}

static void tables_and_graphs_do_not_mix(void **state) {
  (void)state;
  const Answer answer = table();
  const Answer graph = {OG_SPARQL_DESCRIBE, {"s", "p", "o"}, 3, {{NOTHING}}, 0};
  assert_null(written(OG_SPARQL_TURTLE, &answer));
  assert_null(written(OG_SPARQL_CSV, &graph));
  assert_string_equal(written(OG_SPARQL_TURTLE, &graph), "");
}

static OgStatus refuse(void *data, const char *bytes, size_t size, OgError *err) {
  (void)data;
  (void)bytes;
  (void)size;
  return og_error_set(err, OG_IO, "the disk is full");
}

static void faults_of_the_output_are_passed_on(void **state) {
  (void)state;
  OgSparqlWriter *writer = NULL;
  OgError err = {0};
  const Answer answer = table();
  assert_ok(og_sparql_writer_new(OG_SPARQL_CSV, (OgSparqlOutput){refuse, NULL}, &writer, &err));
  const OgSolutions to = og_sparql_writer_solutions(writer);
  assert_status(to.begin(to.data, answer.form, answer.names, answer.count, &err), OG_IO);
  assert_string_equal(err.message, "the disk is full");
  og_sparql_writer_free(writer);
  og_sparql_writer_free(NULL);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(tables_have_the_formats_of_the_w3c),
      cmocka_unit_test(a_truth_is_an_answer),
      cmocka_unit_test(no_rows_are_a_whole_document),
      cmocka_unit_test(graphs_are_statements),
      cmocka_unit_test(large_graphs_are_written_in_batches),
      cmocka_unit_test(graphs_are_shortened_by_the_prefixes_of_their_sources),
      cmocka_unit_test(tables_and_graphs_do_not_mix),
      cmocka_unit_test(faults_of_the_output_are_passed_on),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
