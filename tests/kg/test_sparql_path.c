#include "kg/sparql_path.h"

#include "core/memory.h"
#include "kg/sparql_parse.h"
#include "tests/test.h"

#include <stdio.h>
#include <string.h>

/* The automaton of the path of `?x PATH ?y`, as "states accepting: from>to step, …". */
static const char *automaton_of(const char *text, bool backwards) {
  static const OgSparqlPrefixes none = {NULL, NULL, NULL};
  static char drawn[2000];
  char query_text[500];
  OgSparqlQuery query = {.form = OG_SPARQL_SELECT};
  OgAutomaton automaton;
  OgError err = {0};
  snprintf(query_text, sizeof query_text, "PREFIX : <> SELECT * { ?x (%s)* ?y }", text);
  assert_ok(og_sparql_parse(query_text, NULL, &none, &query, &err));
  /* the path within the (…)* */
  const OgAlgebra *path = query.pattern->children[0];
  assert_int_equal(path->kind, OG_ALGEBRA_PATH);
  assert_ok(og_path_automaton(path->path->a, backwards, &query.arena, &automaton, &err));
  size_t used = (size_t)snprintf(drawn, sizeof drawn, "%d", automaton.states);
  for (int k = 0; k < automaton.states; k++) {
    if (automaton.accepts[k]) {
      used += (size_t)snprintf(drawn + used, sizeof drawn - used, " (%d)", k);
    }
  }
  for (size_t k = 0; k < automaton.step_count; k++) {
    const OgStep *step = &automaton.steps[k];
    used += (size_t)snprintf(drawn + used, sizeof drawn - used, " %d>%d%s%s", step->from, step->to,
                             step->inverse ? "^" : "", step->negated ? "!" : "");
    for (size_t j = 0; j < step->iri_count; j++) {
      used += (size_t)snprintf(drawn + used, sizeof drawn - used, "%s%.*s", j ? "|" : "",
                               (int)step->iris[j]->text.size, step->iris[j]->text.data);
    }
  }
  og_sparql_query_clear(&query);
  return drawn;
}

static void paths_become_small_automata(void **state) {
  (void)state;
  static const struct {
    const char *path;
    bool backwards;
    const char *automaton;
  } rows[] = {
      {":p", false, "2 (1) 0>1p"},          {":p", true, "2 (1) 0>1^p"},
      {"^:p", true, "2 (1) 0>1p"},          {":p*", false, "1 (0) 0>0p"},
      {"(:p*)*", false, "1 (0) 0>0p"},      {"(:p?)*", false, "1 (0) 0>0p"},
      {":p|:q", false, "2 (1) 0>1p|q"},     {"(:p|:q)*", false, "1 (0) 0>0p|q"},
      {":p/:q", false, "3 (1) 0>2p 2>1q"},  {":p/:q", true, "3 (1) 0>2^q 2>1^p"},
      {":p/:q*", false, "2 (1) 0>1p 1>1q"}, {":p?", false, "2 (0) (1) 0>1p"},
      {"!(:p|:q)", false, "2 (1) 0>1!p|q"}, {"!(:p|^:q)", false, NULL},
      {":p+", false, "2 (1) 0>1p 1>1p"},
  };
  for (size_t k = 0; k < OG_COUNT(rows); k++) {
    const char *got = automaton_of(rows[k].path, rows[k].backwards);
    if (rows[k].automaton && strcmp(got, rows[k].automaton) != 0) {
      print_message("%s: %s, not %s\n", rows[k].path, got, rows[k].automaton);
      fail();
    }
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(paths_become_small_automata),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
