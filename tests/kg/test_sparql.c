#include "kg/sparql.h"

#include "core/memory.h"
#include "ingest/ingest.h"
#include "kg/load.h"
#include "tests/kg/asking.h"
#include "tests/kg/graph.h"
#include "tests/kg/statements.h"
#include "tests/test.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Golden pairs ---- */

static OgStatus import_file(const char *path, const char *graph, const char *iri, OgError *err) {
  OgLoader *loader = NULL;
  OgInput *input = NULL;
  const OgReadOptions options = {.base = iri};
  const OgSourceInfo info = {.iri = iri, .path = path, .format = "turtle"};
  OgStatus status;
  OG_GO(og_input_open(path, &input, err));
  OG_GO(og_loader_open(graph, NULL, &loader, err));
  OG_GO(og_loader_begin_source(loader, &info, err));
  const OgSink sink = og_loader_sink(loader);
  OG_GO(og_ingest(input, &options, &sink, NULL, NULL, err));
  OG_GO(og_loader_end_source(loader, "", 0, err));
  OG_GO(og_loader_commit(loader, NULL, err));
done:
  og_loader_close(loader);
  og_input_close(input);
  return status;
}

static char *read_file(const char *path) {
  char *text = NULL;
  size_t size = 0;
  FILE *in = fopen(path, "rb");
  FILE *out = open_memstream(&text, &size);
  assert_non_null(out);
  for (int c; in && (c = fgetc(in)) != EOF;) {
    fputc(c, out);
  }
  fclose(out);
  if (in) {
    fclose(in);
  }
  return text;
}

/* tests/data/sparql/x.rq over garden.ttl is x.out; OG_GOLDEN=1 writes what is there now. */
static void queries_have_their_golden_answers(void **state) {
  (void)state;
  OgError err = {0};
  OgStore *store = NULL;
  glob_t found;
  const char *graph = scratch("garden.db");
  assert_ok(import_file(test_data("sparql/garden.ttl"), graph, "http://example.org/garden/", &err));
  assert_ok(og_store_open(graph, OG_STORE_READ, &store, &err));
  assert_int_equal(glob(test_data("sparql/*.rq"), 0, NULL, &found), 0);
  assert_true(found.gl_pathc > 10);
  for (size_t k = 0; k < found.gl_pathc; k++) {
    char path[4096];
    char *query = read_file(found.gl_pathv[k]);
    snprintf(path, sizeof path, "%.*s.out", (int)strlen(found.gl_pathv[k]) - 3, found.gl_pathv[k]);
    const char *answer = answer_of(store, query, NULL);
    if (getenv("OG_GOLDEN")) {
      FILE *out = fopen(path, "wb");
      assert_non_null(out);
      fputs(answer, out);
      fclose(out);
    }
    char *expected = read_file(path);
    if (strcmp(answer, expected) != 0) {
      print_message("%s\n", found.gl_pathv[k]);
    }
    assert_string_equal(answer, expected);
    free(expected);
    free(query);
  }
  globfree(&found);
  og_store_close(store);
}

/* ---- Datasets ---- */

static OgStore *store;

static int set_up(void **state) {
  (void)state;
  OgError err = {0};
  const char *path = scratch("graphs.db");
  assert_ok(import_text(path, "http://example.org/g1",
                        "ex:a ex:p ex:b . ex:b ex:p ex:c . ex:a rdfs:label 'A\x1b[31m\n' .", NULL,
                        &err));
  assert_ok(
      import_text(path, "http://example.org/g2", "ex:a ex:p ex:b . ex:c ex:p ex:a .", NULL, &err));
  assert_ok(og_store_open(path, OG_STORE_READ, &store, &err));
  return 0;
}

static int tear_down(void **state) {
  (void)state;
  og_store_close(store);
  return 0;
}

#define PREFIX "PREFIX ex: <http://example.org/> "

static void each_source_is_a_named_graph(void **state) {
  (void)state;
  static const struct {
    const char *query, *answer;
  } rows[] = {
      /* the default graph is a set: what two sources say counts once */
      {"SELECT (COUNT(*) AS ?n) { ?s ex:p ?o }", "?n\n3\n"},
      {"SELECT (COUNT(*) AS ?n) { GRAPH ?g { ?s ex:p ?o } }", "?n\n4\n"},
      {"SELECT (COUNT(*) AS ?n) { GRAPH ex:g2 { ?s ex:p ?o } }", "?n\n2\n"},
      {"SELECT (COUNT(*) AS ?n) { GRAPH ex:g3 { ?s ex:p ?o } }", "?n\n0\n"},
      {"SELECT (COUNT(*) AS ?n) FROM ex:g2 { ?s ex:p ?o }", "?n\n2\n"},
      {"SELECT (COUNT(*) AS ?n) FROM ex:g1 FROM ex:g2 { ?s ex:p ?o }", "?n\n3\n"},
      {"SELECT (COUNT(*) AS ?n) FROM NAMED ex:g2 { ?s ex:p ?o }", "?n\n0\n"},
      {"SELECT ?g FROM NAMED ex:g2 { GRAPH ?g { ?s ex:p ?o } }",
       "?g\n<http://example.org/g2>\n<http://example.org/g2>\n"},
      {"SELECT ?g { GRAPH ?g { } } ORDER BY ?g",
       "?g\n<http://example.org/g1>\n<http://example.org/g2>\n"},
      {"SELECT ?g { GRAPH ?g { ex:a ex:p+ ex:c } }", "?g\n<http://example.org/g1>\n"},
      {"ASK { ex:c ex:p+ ex:c }", "true\n"},
  };
  for (size_t k = 0; k < OG_COUNT(rows); k++) {
    char query[400];
    snprintf(query, sizeof query, PREFIX "%s", rows[k].query);
    const char *answer = answer_of(store, query, NULL);
    if (strcmp(answer, rows[k].answer) != 0) {
      fail_msg("%s: %s", rows[k].query, answer);
    }
  }
}

static void options_choose_the_dataset(void **state) {
  (void)state;
  static const char *const names[] = {"http://example.org/g2"};
  static const char *const missing[] = {"http://example.org/g9"};
  const OgSparqlOptions second = {.default_graph = {names, 1}};
  const OgSparqlOptions none = {.default_graph = {names, 0}};
  const OgSparqlOptions absent = {.default_graph = {missing, 1}};
  const char *query = PREFIX "SELECT (COUNT(*) AS ?n) { ?s ex:p ?o }";
  assert_string_equal(answer_of(store, query, &second), "?n\n2\n");
  assert_string_equal(answer_of(store, query, &none), "?n\n0\n");
  assert_non_null(strstr(answer_of(store, query, &absent), "no source <http://example.org/g9>"));
  /* FROM goes before */
  assert_string_equal(
      answer_of(store, PREFIX "SELECT (COUNT(*) AS ?n) FROM ex:g1 { ?s ?p ?o }", &second),
      "?n\n3\n");
}

static void a_source_that_is_not_there_is_told_with_the_one_meant(void **state) {
  (void)state;
  static const struct {
    const char *from, *says;
  } rows[] = {
      {"zoo.ttl", "no source <file:///x/zoo.ttl>; did you mean <file:///data/zoo.ttl>? `ontograft"},
      {"", "no source <file:///x/>: `ontograft info --json` lists their IRIs"},
  };
  OgError err = {0};
  OgLoadSummary summary;
  OgStore *graph = NULL;
  const char *path = scratch("sources.db");
  assert_ok(import_text(path, "http://example.org/", "ex:a ex:p ex:b .", &summary, &err));
  assert_ok(import_text(path, "file:///data/zoo.ttl", "ex:a ex:p ex:c .", &summary, &err));
  assert_ok(og_store_open(path, OG_STORE_READ, &graph, &err));
  for (size_t k = 0; k < OG_COUNT(rows); k++) {
    char query[200];
    snprintf(query, sizeof query, "ASK FROM <file:///x/%s> { ?s ?p ?o }", rows[k].from);
    if (!strstr(answer_of(graph, query, NULL), rows[k].says)) {
      fail_msg("%s: %s", query, answer_of(graph, query, NULL));
    }
  }
  og_store_close(graph);
}

static void prefixes_need_no_declaration(void **state) {
  (void)state;
  static const Row rows[] = {
      {"obo:DOID_7", "rdfs:label", "disease", ""},
      {"obo:DOID_7", "ex:p", "ex:b", NULL},
  };
  OgStore *graph = graph_make(scratch("prefixes.db"), OG_STORE_READ, rows, OG_COUNT(rows));
  assert_string_equal(answer_of(graph, "SELECT ?l { obo:DOID_7 rdfs:label ?l }", NULL),
                      "?l\n\"disease\"\n");
  /* as the OBO Foundry writes it */
  assert_string_equal(answer_of(graph, "SELECT ?l { DOID:7 rdfs:label ?l }", NULL),
                      "?l\n\"disease\"\n");
  /* the source declares ex; what the query declares goes before */
  assert_string_equal(answer_of(graph, "SELECT ?x { ?x ex:p ex:b }", NULL),
                      "?x\n<http://purl.obolibrary.org/obo/DOID_7>\n");
  assert_string_equal(answer_of(graph, "PREFIX ex: <urn:x> SELECT ?x { ?x ex:p ex:b }", NULL),
                      "?x\n");
  /* another case will do for a word, but a number is an identifier, there or not */
  assert_string_equal(answer_of(graph, "SELECT ?x { ?x ex:p EX:b }", NULL),
                      "?x\n<http://purl.obolibrary.org/obo/DOID_7>\n");
  assert_string_equal(answer_of(graph, "SELECT ?x { VALUES ?x { EX:12 } }", NULL),
                      "?x\n<http://purl.obolibrary.org/obo/EX_12>\n");
  assert_non_null(strstr(answer_of(graph, "SELECT ?x { DOD:7 ex:p ?x }", NULL),
                         "usage 1:13: the prefix DOD: is not declared"));
  og_store_close(graph);
}

/* ---- Limits ---- */

static OgStatus ignore_begin(void *data, OgSparqlForm form, const char *const *names, size_t count,
                             OgError *err) {
  (void)data;
  (void)form;
  (void)names;
  (void)count;
  (void)err;
  return OG_OK;
}

static OgStatus count_row(void *data, const OgTerm *terms, size_t count, OgError *err) {
  (void)terms;
  (void)count;
  (void)err;
  ++*(long *)data;
  return OG_OK;
}

/* The list of variables grows at some of them, while a repeated one is looked at. */
static void a_variable_may_be_selected_again_and_again(void **state) {
  (void)state;
  OgError err = {0};
  OgBuffer query = OG_BUFFER_INIT;
  OgBuffer header = OG_BUFFER_INIT;
  assert_ok(og_buffer_text(&query, "SELECT", &err));
  for (int k = 0; k < 100; k++) {
    assert_ok(og_buffer_format(&query, &err, " ?v%d ?v0 ?v%d", k, k));
    assert_ok(og_buffer_format(&header, &err, "%s?v%d", k ? "\t" : "", k));
  }
  assert_ok(og_buffer_text(&query, " { ?v0 <urn:nothing> ?v1 }", &err));
  assert_ok(og_buffer_text(&header, "\n", &err));
  assert_string_equal(answer_of(store, query.data, NULL), header.data);
  og_buffer_clear(&header);
  og_buffer_clear(&query);
}

static void limits_end_a_query(void **state) {
  (void)state;
  static const char endless[] =
      "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l . ?m ?n1 ?o . ?p ?q ?r "
      ". "
      "?s ?t ?u . ?v ?w ?x . ?a1 ?a2 ?a3 . ?b1 ?b2 ?b3 . ?c1 ?c2 ?c3 . ?d1 ?d2 ?d3 }";
  OgError err = {0};
  OgQuerySummary summary;
  long rows = 0;
  const OgSolutions to = {ignore_begin, count_row, &rows};
  OgSparqlOptions options = {.limits = {.rows = 2}};
  assert_ok(og_query_sparql(store, "SELECT * { ?s ?p ?o }", &options, NULL, &to, &summary, &err));
  assert_int_equal(rows, 2);
  assert_int_equal(summary.rows, 2);
  assert_true(summary.truncated);
  options = (OgSparqlOptions){.limits = {.rows = 4}};
  assert_ok(og_query_sparql(store, "SELECT * { ?s ?p ?o }", &options, NULL, &to, &summary, &err));
  assert_false(summary.truncated);
  options = (OgSparqlOptions){.limits = {.seconds = 0.05}};
  assert_status(og_query_sparql(store, endless, &options, NULL, &to, &summary, &err), OG_CANCELLED);
  assert_true(summary.seconds < 5);
  options = (OgSparqlOptions){.limits = {.text_size = 10}};
  assert_status(og_query_sparql(store, endless, &options, NULL, &to, NULL, &err), OG_USAGE);
  options = (OgSparqlOptions){.limits = {.cell_size = 1000}};
  assert_status(og_query_sparql(
                    store,
                    "SELECT (CONCAT(?x, ?x, ?x, ?x) AS ?y) { BIND(REPLACE('aaaaaaaaaaaaaaaaaaaaaa',"
                    " 'a', 'bbbbbbbbbbbbbbbbbbbb') AS ?x) }",
                    &options, NULL, &to, NULL, &err),
                OG_USAGE);
  /* the time that compiling takes counts, too */
  OgBuffer patterns = OG_BUFFER_INIT;
  const OgSparqlOptions hurried = {.limits = {.seconds = 1e-9}};
  assert_ok(og_buffer_text(&patterns, PREFIX "ASK {", &err));
  for (int k = 0; k < 2000; k++) {
    assert_ok(og_buffer_format(&patterns, &err, " ?v%d ex:p ?v%d .", k, k * k % 1000));
  }
  assert_ok(og_buffer_text(&patterns, "}", &err));
  assert_status(og_query_sparql(store, patterns.data, &hurried, NULL, &to, NULL, &err),
                OG_CANCELLED);
  assert_non_null(strstr(err.message, "takes longer than 1e-09 seconds"));
  og_buffer_reset(&patterns); /* an explanation runs nothing that SQLite would look up from */
  assert_status(
      og_sparql_explain(store, PREFIX "ASK { ?a ex:p ?b . ?b ex:q ?c }", &hurried, &patterns, &err),
      OG_CANCELLED);
  assert_non_null(strstr(err.message, "takes longer than 1e-09 seconds"));
  og_buffer_clear(&patterns);
  /* a replacement past the size of a value is told, as any other */
  assert_status(
      og_query_sparql(store,
                      "SELECT ?y { BIND(REPLACE('aaaaaaaaaa', '.+', '$0$0$0$0$0$0$0$0$0$0"
                      "$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0"
                      "$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0"
                      "$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0') "
                      "AS ?y) }",
                      &options, NULL, &to, NULL, &err),
      OG_USAGE);
  assert_non_null(strstr(err.message, "over the limit of its size"));
  /* a list is not gathered past what a value may have */
  assert_status(og_query_sparql(store,
                                "SELECT (GROUP_CONCAT(?b) AS ?x) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i "
                                ". ?j ?k ?l . ?m ?n ?o . ?p ?q ?r . ?s ?t ?u . ?v ?w ?y }",
                                &options, NULL, &to, NULL, &err),
                OG_USAGE);
  assert_non_null(strstr(err.message, "over the limit of its size"));
}

static OgStatus stop(void *data, OgError *err) {
  (void)data;
  return og_error_set(err, OG_CANCELLED, "stopped");
}

static OgStatus refuse_row(void *data, const OgTerm *terms, size_t count, OgError *err) {
  (void)terms;
  (void)count;
  return stop(data, err);
}

static void whoever_takes_the_rows_may_stop(void **state) {
  (void)state;
  OgError err = {0};
  const OgSolutions to = {ignore_begin, refuse_row, NULL};
  assert_status(og_query_sparql(store, "SELECT * { ?s ?p ?o }", NULL, NULL, &to, NULL, &err),
                OG_CANCELLED);
  assert_string_equal(err.message, "stopped");
  /* the handle is good for the next */
  assert_string_equal(answer_of(store, "SELECT (1 AS ?x) {}", NULL), "?x\n1\n");
}

/* ---- Explaining ---- */

static void explaining_shows_algebra_sql_and_plan(void **state) {
  (void)state;
  OgError err = {0};
  OgBuffer report = OG_BUFFER_INIT;
  assert_ok(og_sparql_explain(store, PREFIX "SELECT ?o { ex:a ex:p+ ?o . ?o ex:q 'never' }", NULL,
                              &report, &err));
  static const char *const parts[] = {"Algebra\nproject ?o\n", "\nSQL\nWITH RECURSIVE",
                                      "\nValues\n  ?1 = <http://example.org/", "(as a value)",
                                      "\nPlan\n"};
  for (size_t k = 0; k < OG_COUNT(parts); k++) {
    if (!strstr(report.data, parts[k])) {
      fail_msg("%s is not in\n%s", parts[k], report.data);
    }
  }
  og_buffer_clear(&report);
}

static void the_order_of_patterns_makes_no_difference(void **state) {
  (void)state;
  static const char *const patterns[] = {"?x ex:p ?y .", "?y ex:p ?z .", "?z ex:q ?l .",
                                         "?w ex:p+ ?y ."};
  enum { PATTERNS = OG_COUNT(patterns), ORDERS = PATTERNS * PATTERNS * PATTERNS * PATTERNS };
  OgBuffer first = OG_BUFFER_INIT, report = OG_BUFFER_INIT;
  OgError err = {0};
  for (size_t order = 0; order < ORDERS; order++) {
    char text[200] = PREFIX "SELECT ?x ?l {";
    unsigned used = 0;
    for (size_t k = 0, rest = order; k < PATTERNS; k++, rest /= PATTERNS) {
      used |= 1U << rest % PATTERNS;
      strcat(strcat(text, " "), patterns[rest % PATTERNS]);
    }
    if (used != (1U << PATTERNS) - 1) {
      continue; /* not each once */
    }
    OgBuffer *to = first.size == 0 ? &first : &report;
    assert_ok(og_sparql_explain(store, strcat(text, " }"), NULL, to, &err));
    assert_string_equal(strstr(to->data, "\nSQL\n"), strstr(first.data, "\nSQL\n"));
  }
  assert_true(report.size > 0);
  og_buffer_clear(&first);
  og_buffer_clear(&report);
}

static void excerpts_point(void **state) {
  (void)state;
  static const struct {
    const char *text;
    long line, column;
    const char *excerpt;
  } rows[] = {
      {"SELECT ?x {", 1, 12, "    SELECT ?x {\n               ^\n"},
      {"a\nb c\nd", 2, 3, "    b c\n      ^\n"},
      {"\tä b", 1, 5,
       "     ä b\n       ^\n"}, /* columns are bytes, the caret is under characters */
      {"a", 7, 1, ""},
      {"a", 0, 0, ""},
      {"ab", 1, 99, "    ab\n      ^\n"},
  };
  for (size_t k = 0; k < OG_COUNT(rows); k++) {
    OgError err = {0};
    const OgError fault = {.line = rows[k].line, .column = rows[k].column};
    OgBuffer excerpt = OG_BUFFER_INIT;
    assert_ok(og_sparql_excerpt(rows[k].text, &fault, &excerpt, &err));
    assert_string_equal(excerpt.data ? excerpt.data : "", rows[k].excerpt);
    og_buffer_clear(&excerpt);
  }
}

/* ---- Memory ---- */

static void running_out_of_memory_is_survived(void **state) {
  (void)state;
  static const char query[] =
      PREFIX "SELECT DISTINCT ?x (GROUP_CONCAT(UCASE(STR(?y))) AS ?z) { ?x ex:p+ ?y "
             "OPTIONAL { ?x rdfs:label ?l FILTER REGEX(?l, 'a', 'i') } FILTER EXISTS { GRAPH ?g { "
             "?x ?q ?y } } VALUES ?w { 1 'new' } BIND (BNODE('b') AS ?b) } GROUP BY ?x ORDER BY ?x";
  OgStatus status = OG_NO_MEMORY;
  long n = 0;
  for (; status != OG_OK && n < 5000; n++) {
    OgError err = {0};
    long rows = 0;
    const OgSolutions to = {ignore_begin, count_row, &rows};
    og_memory_fail_after(n);
    status = og_query_sparql(store, query, NULL, NULL, &to, NULL, &err);
    og_memory_fail_after(-1);
    if (status != OG_OK && status != OG_NO_MEMORY) {
      fail_msg("call %ld: %s: %s", n, og_status_name(status), err.message);
    }
  }
  assert_int_equal(status, OG_OK);
  assert_true(n > 20);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(queries_have_their_golden_answers),
      cmocka_unit_test(each_source_is_a_named_graph),
      cmocka_unit_test(options_choose_the_dataset),
      cmocka_unit_test(a_source_that_is_not_there_is_told_with_the_one_meant),
      cmocka_unit_test(prefixes_need_no_declaration),
      cmocka_unit_test(a_variable_may_be_selected_again_and_again),
      cmocka_unit_test(limits_end_a_query),
      cmocka_unit_test(whoever_takes_the_rows_may_stop),
      cmocka_unit_test(explaining_shows_algebra_sql_and_plan),
      cmocka_unit_test(the_order_of_patterns_makes_no_difference),
      cmocka_unit_test(excerpts_point),
      cmocka_unit_test(running_out_of_memory_is_survived),
  };
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
