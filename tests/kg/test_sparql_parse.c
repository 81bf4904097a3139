#include "kg/sparql_parse.h"

#include "core/memory.h"
#include "tests/test.h"

#include <stdio.h>
#include <string.h>

static const char *find_prefix(void *data, OgText prefix, OgText local) {
  (void)data;
  (void)local;
  return prefix.size == 2 && memcmp(prefix.data, "ex", 2) == 0 ? "http://x/" : NULL;
}

static const char *suggest_prefix(void *data, size_t k) {
  (void)data;
  return k == 0 ? "ex" : NULL;
}

static const OgSparqlPrefixes known = {find_prefix, suggest_prefix, NULL};

/* The algebra of a query, or "line:column message" of its fault. */
static const char *algebra_of(const char *text) {
  static char algebra[4000];
  OgSparqlQuery query = {.form = OG_SPARQL_SELECT};
  OgBuffer buffer = OG_BUFFER_INIT;
  OgError err = {0};
  if (og_sparql_parse(text, "http://base/", &known, &query, &err) == OG_OK) {
    assert_ok(og_algebra_print(&query, &buffer, &err));
    snprintf(algebra, sizeof algebra, "%s", buffer.data);
    og_sparql_query_clear(&query);
  } else {
    assert_int_equal(err.status, OG_USAGE);
    snprintf(algebra, sizeof algebra, "%ld:%ld %s", err.line, err.column, err.message);
  }
  og_buffer_clear(&buffer);
  return algebra;
}

#define RDF_TYPE "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"

static void patterns_become_the_algebra_of_section_18(void **state) {
  (void)state;
  static const struct {
    const char *query, *algebra;
  } rows[] = {
      {"SELECT * {}", "project\n  join\n"},
      {"SELECT ?s { ?s a ex:C }", "project ?s\n  triple ?s " RDF_TYPE " <http://x/C>\n"},
      {"SELECT ?s { ?s ex:p <a> ; ex:q 1, true }",
       "project ?s\n  join\n    triple ?s <http://x/p> <http://base/a>\n"
       "    triple ?s <http://x/q> \"1\"^^<http://www.w3.org/2001/XMLSchema#integer>\n"
       "    triple ?s <http://x/q> \"true\"^^<http://www.w3.org/2001/XMLSchema#boolean>\n"},
      {"SELECT ?s { ?s ex:p [ ex:q (ex:a) ] }", NULL},
      /* an OPTIONAL's filter is the condition of the join; a group's comes last */
      {"SELECT ?s { FILTER(?s) ?s ex:p ?o OPTIONAL { ?s ex:q ?t FILTER(?o) } }",
       "project ?s\n  filter ?s\n    left join ?o\n      triple ?s <http://x/p> ?o\n"
       "      triple ?s <http://x/q> ?t\n"},
      {"SELECT ?s { { ?s ex:p ?o } UNION { ?s ex:q ?o } UNION {} MINUS { ?s ex:r ?o } }",
       "project ?s\n  minus\n    union\n      triple ?s <http://x/p> ?o\n"
       "      triple ?s <http://x/q> ?o\n      join\n    triple ?s <http://x/r> ?o\n"},
      {"SELECT ?s { ?s ex:p/^ex:q ?o }", /* a sequence is a join (18.2.2.4) */
       "project ?s\n  join\n    triple ?s <http://x/p> ?.2\n    triple ?o <http://x/q> ?.2\n"},
      {"SELECT ?s { ?s (ex:p|ex:q)* ?o }",
       "project ?s\n  path ?s (<http://x/p> | <http://x/q>)* ?o\n"},
      {"ASK { GRAPH ?g { ?s ?p ?o } }", "project ?g ?s ?p ?o\n  graph ?g\n    triple ?s ?p ?o\n"},
      {"SELECT (COUNT(*) AS ?n) { ?s ?p ?o } HAVING (?n > 1)", NULL},
  };
  for (size_t k = 0; k < OG_COUNT(rows); k++) {
    const char *got = algebra_of(rows[k].query);
    if (rows[k].algebra && strcmp(got, rows[k].algebra) != 0) {
      fail_msg("%s\n%s\nis not\n%s", rows[k].query, got, rows[k].algebra);
    }
    assert_false(got[0] >= '0' && got[0] <= '9');
  }
}

static void faults_say_what_was_expected_and_where(void **state) {
  (void)state;
  static const struct {
    const char *query, *begins;
  } rows[] = {
      {"SELECT", "1:7 expected *, a variable or (expression AS ?name)"},
      {"SELECT ?x {", "1:12 expected a triple"},
      {"SELECT ?x\n{ ?x ?y }",
       "2:9 expected a variable, an IRI, a literal or a blank node, found }"},
      {"SELECT ?x { ?x a ox:a }",
       "1:18 the prefix ox: is not declared, and no source of the graph has it: did you mean ex:?"},
      {"SELECT (?x AS ?x) { ?x ?y ?z }", "1:8 ?x has a value in the pattern already"},
      {"SELECT ?x (COUNT(?y) AS ?n) { ?x ?z ?y }", "1:8 ?x has many values in a group"},
      {"SELECT * { ?x ?p ?o } GROUP BY ?x", "1:34 SELECT * and groups"},
      {"SELECT * { BIND(1 AS ?x) BIND(2 AS ?x) }", "1:30 ?x has a value already"},
      {"SELECT * { _:a ?p ?o . OPTIONAL { _:a ?q ?r } }", "1:35 _:a stands in two"},
      {"SELECT * {} LIMIT -1", "1:19 expected a whole number, found -"},
      {"SELECT * { FILTER(REGEX('a')) }", "1:19 REGEX takes 2 to 3 arguments, found 1"},
      {"SELECT * { FILTER(COUNT(?x) > 1) }", "1:19 expected no aggregate here"},
      {"SELECT * { FILTER(STRLENN(?x)) }",
       "1:19 expected an expression, found STRLENN, which is no "
       "function of SPARQL: did you mean STRLEN?"},
      {"SELECT * { VALUES (?x ?y) { (1) } }", "1:29 expected 2 values"},
      {"CONSTRUCT WHERE { ?x a/a ?y }", "1:23 "},
      {"SELCT * {}", "1:1 expected SELECT, ASK, CONSTRUCT or DESCRIBE, perhaps SELECT"},
      {"INSERT DATA { ex:a ex:b ex:c }", "1:1 INSERT is SPARQL Update"},
      {"SELECT * { SERVICE ex:s { ?x ?y ?z } }", "1:20 SERVICE asks another machine"},
      {"SELECT * {} x", "1:13 expected the end of the query"},
      {"SELECT * { ?x \\u0061 ?y . ?z }", "1:30 expected a property"},
  };
  for (size_t k = 0; k < OG_COUNT(rows); k++) {
    const char *got = algebra_of(rows[k].query);
    if (strncmp(got, rows[k].begins, strlen(rows[k].begins)) != 0) {
      fail_msg("%s: %s, not %s", rows[k].query, got, rows[k].begins);
    }
  }
}

/* A thousand times the opening, the middle, a thousand times the closing. */
static const char *nested(const char *before, const char *open, const char *middle,
                          const char *close, const char *after) {
  enum { TIMES = 1000 };
  static char text[20000];
  size_t used = (size_t)snprintf(text, sizeof text, "%s", before);
  for (int side = 0; side < 2; side++) {
    for (int k = 0; k < TIMES; k++) {
      used += (size_t)snprintf(text + used, sizeof text - used, "%s", side ? close : open);
    }
    used += (size_t)snprintf(text + used, sizeof text - used, "%s", side ? after : middle);
  }
  return text;
}

static void nesting_is_bounded(void **state) {
  (void)state;
  static const struct {
    const char *before, *open, *middle, *close, *after;
  } rows[] = {
      {"SELECT * ", "{", "", "}", ""},
      {"SELECT * { FILTER(", "(", "1", ")", ") }"},
      {"SELECT * { FILTER(", "!", "1", "", ") }"},
      {"SELECT * { FILTER(", "STR(", "1", ")", ") }"},
      {"SELECT * { ?x ", "(", "a", ")", " ?y }"},
      {"SELECT * { ?x a ", "[ a ", "1", "]", " }"},
      {"SELECT * { ?x a ", "(", "1", ")", " }"},
      {"SELECT * ", "{ OPTIONAL ", "{}", "}", ""},
      {"SELECT * ", "{ SELECT * ", "{}", "}", ""},
  };
  for (size_t k = 0; k < OG_COUNT(rows); k++) {
    const char *got = algebra_of(
        nested(rows[k].before, rows[k].open, rows[k].middle, rows[k].close, rows[k].after));
    if (!strstr(got, "nest deeper than")) {
      fail_msg("%s…: %s", rows[k].before, got);
    }
  }
}

static void running_out_of_memory_is_survived(void **state) {
  (void)state;
  static const char text[] =
      "PREFIX e: <http://e/> SELECT DISTINCT ?x (GROUP_CONCAT(?y ; SEPARATOR=',') AS ?z) FROM e:g "
      "{ "
      "?x e:p/(e:q|^e:r)*/!(e:s) [ e:t (1 'a'@en) ] OPTIONAL { ?x e:y ?y FILTER(?y IN (1, 2)) } "
      "VALUES (?v ?w) { (UNDEF 1) } } GROUP BY ?x HAVING (COUNT(*) > 1) ORDER BY DESC(?x) LIMIT 1";
  OgStatus status = OG_NO_MEMORY;
  for (long n = 0; status == OG_NO_MEMORY; n++) {
    OgSparqlQuery query = {.form = OG_SPARQL_SELECT};
    OgError err = {0};
    og_memory_fail_after(n);
    status = og_sparql_parse(text, NULL, &known, &query, &err);
    og_memory_fail_after(-1);
    if (status == OG_OK) {
      og_sparql_query_clear(&query);
      assert_true(n > 3);
    }
  }
  assert_int_equal(status, OG_OK);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(patterns_become_the_algebra_of_section_18),
      cmocka_unit_test(faults_say_what_was_expected_and_where),
      cmocka_unit_test(nesting_is_bounded),
      cmocka_unit_test(running_out_of_memory_is_survived),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
