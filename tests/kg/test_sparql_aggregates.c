#include "core/memory.h"
#include "tests/kg/asking.h"
#include "tests/kg/graph.h"
#include "tests/test.h"

#include <stdio.h>
#include <string.h>

static const Row small[] = {{"ex:a", "ex:p", "ex:b", NULL}};

/* An aggregate over values, and what it gives; "" is an error. */
static const struct {
  const char *aggregate, *values, *answer;
} rows[] = {
    {"COUNT(*)", "1 1 UNDEF", "3"},
    {"COUNT(?x)", "1 1 UNDEF", "2"},
    {"COUNT(DISTINCT ?x)", "1 1 UNDEF 1.0", "2"},
    {"COUNT(DISTINCT *)", "1 1 UNDEF 1.0", "3"},
    {"COUNT(?x)", "", "0"},
    {"SUM(?x)", "1 2 3", "6"},
    {"SUM(?x)", "1 2.5", "3.5"},
    {"SUM(?x)", "1 1.0e0", "2.0E0"},
    {"SUM(DISTINCT ?x)", "1 1 2", "3"},
    {"SUM(?x)", "", "0"},
    {"SUM(?x)", "1 'a'", ""},
    {"SUM(?x)", "1 UNDEF", ""},
    {"AVG(?x)", "1 2", "1.5"},
    {"AVG(?x)", "", "0"},
    {"AVG(?x)", "ex:a", ""},
    {"MIN(?x)", "3 1.5 2", "1.5"},
    {"MAX(?x)", "3 10 2", "10"},
    {"MAX(?x)", "'a' 'b'", "\"b\""},
    {"MIN(?x)", "", ""},
    {"SAMPLE(?x)", "7 7", "7"},
    {"SAMPLE(?x)", "", ""},
    {"GROUP_CONCAT(?x)", "'a'", "\"a\""},
    {"GROUP_CONCAT(?x ; SEPARATOR = '|')", "'a' 'a'", "\"a|a\""},
    {"GROUP_CONCAT(DISTINCT ?x)", "'a' 'a'", "\"a\""},
    {"GROUP_CONCAT(?x)", "", "\"\""},
    {"COUNT(?x) + SUM(?x)", "1 2", "5"},
};

static void aggregates_are_those_of_section_18(void **state) {
  OgStore *store = *state;
  for (size_t k = 0; k < OG_COUNT(rows); k++) {
    char query[300], expected[100];
    snprintf(query, sizeof query, "SELECT (%s AS ?v) { VALUES ?x { %s } }", rows[k].aggregate,
             rows[k].values);
    snprintf(expected, sizeof expected, "?v\n%s\n", rows[k].answer);
    const char *answer = answer_of(store, query, NULL);
    if (strcmp(answer, expected) != 0) {
      fail_msg("%s: got %s", query, answer);
    }
  }
}

static void groups_have_keys(void **state) {
  OgStore *store = *state;
  assert_string_equal(
      answer_of(store,
                "SELECT ?k (SUM(?x) AS ?s) { VALUES (?k ?x) { (1 1) (2 5) (1 2) (UNDEF 7) } } "
                "GROUP BY ?k ORDER BY ?k",
                NULL),
      "?k\t?s\n\t7\n1\t3\n2\t5\n");
  assert_string_equal(answer_of(store,
                                "SELECT ?odd (COUNT(*) AS ?n) { VALUES ?x { 1 2 3 } } "
                                "GROUP BY (STR(?x != 2) AS ?odd) HAVING (COUNT(*) > 1)",
                                NULL),
                      "?odd\t?n\n\"true\"\t2\n");
  /* no rows: no group with keys, one group without */
  assert_string_equal(
      answer_of(store, "SELECT ?x (COUNT(*) AS ?n) { ?x ex:none ?y } GROUP BY ?x", NULL),
      "?x\t?n\n");
  assert_string_equal(answer_of(store, "SELECT (COUNT(*) AS ?n) { ?x ex:none ?y }", NULL),
                      "?n\n0\n");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(aggregates_are_those_of_section_18),
      cmocka_unit_test(groups_have_keys),
  };
  return run_on_graph(tests, OG_STORE_READ, small);
}
