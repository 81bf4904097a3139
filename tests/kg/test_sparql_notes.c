#include "core/memory.h"
#include "kg/sparql.h"
#include "tests/kg/graph.h"
#include "tests/test.h"

#include <string.h>

static const Row rows[] = {
    {"ex:Plant", "rdf:type", "owl:Class", NULL}, {"ex:Plant", "rdfs:label", "plant", "en"},
    {"ex:Tree", "rdf:type", "owl:Class", NULL},  {"ex:Tree", "rdfs:subClassOf", "ex:Plant", NULL},
    {"ex:Tree", "rdfs:label", "tree", "en"},     {"ex:T_1234", "rdf:type", "owl:Class", NULL},
    {"ex:T_1234", "rdfs:label", "shrub", ""},    {"ex:T_1234", "ex:growsNear", "ex:Tree", NULL},
};

static OgStore *store;

static int set_up(void **state) {
  (void)state;
  store = graph_make(scratch("notes.db"), OG_STORE_READ, rows, OG_COUNT(rows));
  return 0;
}

static int tear_down(void **state) {
  (void)state;
  og_store_close(store);
  return 0;
}

/* A query, and its notes. */
typedef struct Case {
  const char *query, *notes;
} Case;

static void check(const Case *cases, size_t count, bool found) {
  OgBuffer notes = OG_BUFFER_INIT;
  OgError err = {0};
  for (size_t k = 0; k < count; k++) {
    assert_ok(og_sparql_notes(store, cases[k].query, NULL, found, &notes, &err));
    if (strcmp(notes.data ? notes.data : "", cases[k].notes) != 0) {
      fail_msg("%s\ngives \"%s\",\nnot   \"%s\"", cases[k].query, notes.data, cases[k].notes);
    }
  }
  og_buffer_clear(&notes);
}

static void what_the_graph_lacks_is_told_with_what_is_near(void **state) {
  (void)state;
  static const Case cases[] = {
      {"SELECT ?x { ?x ex:isA ex:Plant }",
       "ex:isA stands nowhere in this graph; did you mean rdfs:subClassOf?\n"},
      {"SELECT ?x { ?x rdfs:lable ?l . ?y rdfs:lable ?m }",
       "rdfs:lable stands nowhere in this graph; did you mean rdfs:label?\n"},
      {"SELECT ?x { ?x ex:Tree ?y }", "ex:Tree is no predicate in this graph\n"},
      {"SELECT ?x { ?x skos:subclass_of+/^ex:grows-near ?y }",
       "skos:subclass_of stands nowhere in this graph; did you mean rdfs:subClassOf?\n"
       "ex:grows-near stands nowhere in this graph; did you mean ex:growsNear?\n"},
      {"SELECT ?x { ?x a owl:Clas }",
       "owl:Clas stands nowhere in this graph; did you mean owl:Class?\n"},
      {"SELECT ?x { ?x rdfs:subClassOf <http://example.org/other/plant> }",
       "<http://example.org/other/plant> stands nowhere in this graph; did you mean ex:Plant?\n"},
      {"SELECT ?x { ?x rdfs:subClassOf ex:T_1235 }", "ex:T_1235 stands nowhere in this graph\n"},
      {"SELECT ?x { ?x rdfs:label 'tree' }",
       "\"tree\" stands nowhere in this graph; did you mean \"tree\"@en?\n"},
      {"SELECT ?x { ?x rdfs:label 'Shrub' }",
       "\"Shrub\" stands nowhere in this graph; did you mean \"shrub\"?\n"},
      {"SELECT ?x { ?x rdfs:label 'moss' }", "\"moss\" stands nowhere in this graph\n"},
      {"DESCRIBE ex:Tre", "ex:Tre stands nowhere in this graph; did you mean ex:Tree?\n"},
      {"ASK { ex:Tree ex:near ex:Tree }", "ex:near stands nowhere in this graph\n"},
      {"ASK { ex:Tree ex:grows ex:Tree }",
       "ex:grows stands nowhere in this graph; did you mean ex:growsNear?\n"},
      {"ASK { ex:Tree ex:labels ex:Tree }", "ex:labels stands nowhere in this graph\n"},
  };
  check(cases, OG_COUNT(cases), false);
}

static void variables_that_nothing_binds_are_told(void **state) {
  (void)state;
  static const Case cases[] = {
      {"SELECT ?tree { ?tre rdfs:label ?label FILTER(?lable = 'shrub') }",
       "nothing in the query binds ?tree; did you mean ?tre?\n"
       "nothing in the query binds ?lable; did you mean ?label?\n"},
      {"SELECT (COUNT(?y) AS ?n) { ?x a owl:Class } GROUP BY ?z HAVING(?n > 1)",
       "nothing in the query binds ?y\nnothing in the query binds ?z\n"},
      {"CONSTRUCT { ?x rdfs:label ?name } { ?x a owl:Class }",
       "nothing in the query binds ?name\n"},
      {"SELECT ?x { ?x a owl:Class } ORDER BY ?size", "nothing in the query binds ?size\n"},
  };
  check(cases, OG_COUNT(cases), false);
}

static void an_answer_lacks_no_names_but_variables(void **state) {
  (void)state;
  static const Case cases[] = {
      {"SELECT ?tree ?lable { ?tree rdfs:label ?label }",
       "nothing in the query binds ?lable; did you mean ?label?\n"},
      {"SELECT ?x { { ?x rdfs:label ?l } UNION { ?x rdfs:lable 'no' } } ORDER BY ?siz",
       "nothing in the query binds ?siz\n"},
      {"SELECT ?x { ?x rdfs:label ?l FILTER(REGEX(?l, '(') || ?l = 'no') }",
       "REGEX with \"(\" is an error: missing closing parenthesis, at character 2\n"},
      {"SELECT ?x ?y { ?x rdfs:label ?l OPTIONAL { ?x ex:none ?y } VALUES ?z { UNDEF } }", ""},
      {"DESCRIBE ex:Tree ex:Tre", ""},
  };
  check(cases, OG_COUNT(cases), true);
}

static void filters_that_nothing_passes_are_told(void **state) {
  (void)state;
  static const Case cases[] = {
      {"SELECT ?x { ?x rdfs:label ?l FILTER(?l = 'tree' && ex:Tre = ?x) }",
       "\"tree\" stands nowhere in this graph; did you mean \"tree\"@en?\n"
       "ex:Tre stands nowhere in this graph; did you mean ex:Tree?\n"},
      {"SELECT ?x { ?x rdfs:label ?l FILTER(LANG(?l) = 'EN') FILTER(LANG(?l) = 'EN') }",
       "no literal has the language \"EN\"; did you mean \"en\"?\n"},
      {"SELECT ?x { ?x rdfs:label ?l FILTER('fr' = LANG(?l)) }",
       "no literal has the language \"fr\"\n"},
      {"SELECT ?x { ?x rdfs:label ?l FILTER(LANG(?l) = 'en' || LANG(?l) = '') }", ""},
      {"SELECT ?x { ?x rdfs:label ?l FILTER(REGEX(?l, 'é(tree')) }",
       "REGEX with \"é(tree\" is an error: missing closing parenthesis, at character 7\n"},
      {"SELECT ?x { ?x rdfs:label ?l FILTER(REGEX(?l, '[ a', 'x') || ?l = ?x) }",
       "REGEX with \"[ a\" is an error: missing terminating ] for character class, at character 4 "
       "without white space\n"},
      {"SELECT ?x { ?x rdfs:label ?l FILTER(REPLACE(?l, 'a', 'b', 'g') = ?l) }",
       "REPLACE with \"a\" is an error: flags are letters out of s, m, i, x and q\n"},
      {"SELECT ?x { ?x rdfs:label ?l FILTER(REGEX(?l, '(tree', 'q') && REGEX(?l, ?x)) }", ""},
  };
  check(cases, OG_COUNT(cases), false);
}

static void what_may_fail_without_harm_is_passed_over(void **state) {
  (void)state;
  static const Case cases[] = {
      {"SELECT ?x ?y ?v ?g { ?x a owl:Class OPTIONAL { ?x ex:no ?y } MINUS { ?x ex:none ?z }"
       " FILTER NOT EXISTS { ?x ex:never ?w } VALUES ?v { ex:nothing } GRAPH ?g { } }",
       ""},
      {"SELECT * { ?x rdfs:subClassOf [ a owl:Class ] BIND(?x AS ?y) FILTER(?y != ex:nobody) }",
       ""},
      {"SELECT ?n { { SELECT ?x (COUNT(*) AS ?n) { ?x ?p ?o } GROUP BY ?x } FILTER(?n > 99) }", ""},
      {"SELECT ?x { ?x !ex:nothing ?y FILTER(?y = 1) }", ""},
      {"SELECT ?x { ?x ?p ?y FILTER(?y = ex:nobody || ?y = 'nobody' || LANG(?y) = 'xx') }", ""},
      {"SELECT ?x { ?x ?p ?y OPTIONAL { ?y ?q ?z FILTER(?z = ex:nobody) } }", ""},
  };
  check(cases, OG_COUNT(cases), false);
}

static void every_failed_allocation_is_reported(void **state) {
  (void)state;
  static const char query[] = "SELECT ?z { ?x ex:isA ex:Plnt ; rdfs:label 'Tree' FILTER(?xx = 1 "
                              "&& LANG(?x) = 'EN' && REGEX(?x, '(')) }";
  OgBuffer notes = OG_BUFFER_INIT;
  OgError err = {0};
  OgStatus status = OG_NO_MEMORY;
  for (long failures = 0; status == OG_NO_MEMORY; failures++) {
    og_memory_fail_after(failures);
    status = og_sparql_notes(store, query, NULL, false, &notes, &err);
    og_memory_fail_after(-1);
  }
  assert_ok(status);
  assert_non_null(strstr(notes.data, "\"tree\"@en"));
  og_buffer_clear(&notes);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(what_the_graph_lacks_is_told_with_what_is_near),
      cmocka_unit_test(variables_that_nothing_binds_are_told),
      cmocka_unit_test(an_answer_lacks_no_names_but_variables),
      cmocka_unit_test(filters_that_nothing_passes_are_told),
      cmocka_unit_test(what_may_fail_without_harm_is_passed_over),
      cmocka_unit_test(every_failed_allocation_is_reported),
  };
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
