#include "kg/denials.h"

#include "core/buffer.h"
#include "core/memory.h"
#include "kg/rules.h"
#include "tests/kg/statements.h"
#include "tests/test.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define NO(node, s, p, o)                                                                          \
  node " a owl:NegativePropertyAssertion . " node " owl:sourceIndividual " s " . " node            \
       " owl:assertionProperty " p " . " node " owl:targetIndividual " o " . "
#define AXIOM(node, s, p, o)                                                                       \
  node " a owl:Axiom . " node " owl:annotatedSource " s " . " node " owl:annotatedProperty " p     \
       " . " node " owl:annotatedTarget " o " . "
#define THINGS                                                                                     \
  "ex:a a owl:NamedIndividual . ex:b a owl:NamedIndividual . ex:c a owl:NamedIndividual . "        \
  "ex:p a owl:ObjectProperty . "

static const char edges[] =
    "SELECT replace(h.text, 'http://example.org/', ''), relation.label, "
    "replace(t.text, 'http://example.org/', ''), via FROM edge JOIN term h ON h.id = head "
    "JOIN term t ON t.id = tail JOIN relation ON relation.id = relation ORDER BY 1, 2, 3, 4";

static const char denied[] = "SELECT sum(statements) FROM reading WHERE became = 'denied'";

static void a_denial_makes_no_edge_and_takes_one_away(void **state) {
  static const struct {
    const char *text, *edges, *denied;
  } cases[] = {
      {THINGS NO("_:n", "ex:a", "ex:p", "ex:b"), "", "-\n"},
      {THINGS "ex:a ex:p ex:b . ex:a ex:p ex:c . " NO("_:n", "ex:a", "ex:p", "ex:b"),
       "a|p|c|asserted\n", "5\n"},
      /* what is said of it does not hold it back */
      {THINGS "ex:a ex:p ex:b . " NO("_:n", "ex:a", "ex:p", "ex:b") "_:n rdfs:comment 'no' . ", "",
       "6\n"},
      /* the other way round, another property, a text */
      {THINGS "ex:a ex:p ex:b . " NO("_:n", "ex:b", "ex:p", "ex:a"), "a|p|b|asserted\n", "-\n"},
      {THINGS "ex:a ex:p ex:b . " NO("_:n", "ex:a", "ex:q", "ex:b"), "a|p|b|asserted\n", "-\n"},
      {THINGS "ex:a ex:p ex:b . _:n owl:sourceIndividual ex:a . _:n owl:assertionProperty ex:p . "
              "_:n owl:targetValue 'b' . ",
       "a|p|b|asserted\n", "-\n"},
      {THINGS "ex:a ex:p ex:b . _:n owl:sourceIndividual ex:a . _:n owl:assertionProperty ex:p . ",
       "a|p|b|asserted\n", "-\n"},
      /* an inverse property */
      {THINGS "ex:a ex:p ex:b . _:i owl:inverseOf ex:p . " NO("_:n", "ex:b", "_:i", "ex:a"), "",
       "5\n"},
      /* one behind a class expression stays */
      {THINGS "ex:a a _:r . _:r owl:onProperty ex:p . _:r owl:hasValue ex:b . ex:a ex:p ex:b . " NO(
           "_:n", "ex:a", "ex:p", "ex:b"),
       "a|p|b|value\n", "5\n"},
  };
  (void)state;
  for (size_t k = 0; k < OG_COUNT(cases); k++) {
    assert_string_equal(ask(cases[k].text, edges), cases[k].edges);
    assert_string_equal(ask(cases[k].text, denied), cases[k].denied);
  }
}

static void a_denial_reaches_into_other_sources(void **state) {
  (void)state;
  OgError err = {0};
  const char *path = scratch("sources.db");
  assert_ok(import_text(path, "urn:one", THINGS "ex:a ex:p ex:b . ", NULL, &err));
  assert_ok(import_text(path, "urn:two", THINGS "ex:a ex:p ex:b . ", NULL, &err));
  assert_int_equal(query_number(path, "SELECT count(*) FROM edge"), 2);
  assert_ok(import_text(path, "urn:three", NO("_:n", "ex:a", "ex:p", "ex:b"), NULL, &err));
  assert_int_equal(query_number(path, "SELECT count(*) FROM edge"), 0);
  assert_string_equal(query_text(path, denied), "6\n");
  /* Imported again without it, the source takes nothing away. */
  assert_ok(import_text(path, "urn:three", "ex:c a owl:NamedIndividual . ", NULL, &err));
  assert_int_equal(query_number(path, "SELECT count(*) FROM edge"), 2);
}

/* What is said of an edge that was denied is given to none. */
static void annotations_of_what_is_denied_are_left(void **state) {
  (void)state;
  const char *text = THINGS "ex:a ex:p ex:b . " AXIOM("_:x", "ex:a", "ex:p", "ex:b") //
      "_:x rdfs:comment 'so they say' . " NO("_:n", "ex:a", "ex:p", "ex:b");
  assert_string_equal(ask(text, edges), "");
  assert_string_equal(ask(text, "SELECT count(*) FROM edge_annotation"), "0\n");
}

/* ---- Arcs of XBRL ---- */

#define ROLE(node, role)  node " <urn:xbrl:role> " role " . "
#define PRIORITY(node, n) node " <urn:xbrl:priority> '" n "'^^xsd:integer . "
#define ORDER(node, n)    node " <urn:xbrl:order> '" n "'^^xsd:decimal . "
#define ARC(node)         AXIOM(node, "ex:a", "ex:p", "ex:b")
#define NO_ARC            NO("_:n", "ex:a", "ex:p", "ex:b")
#define EDGE              THINGS "ex:a ex:p ex:b . "

static void an_arc_is_denied_by_what_says_the_same(void **state) {
  static const struct {
    const char *text;
    bool stays;
    const char *roles; /* of the edge */
  } cases[] = {
      {EDGE ARC("_:x") ROLE("_:x", "ex:r") NO_ARC ROLE("_:n", "ex:r"), false, ""},
      {EDGE ARC("_:x") ROLE("_:x", "ex:r") NO_ARC ROLE("_:n", "ex:other"), true, "r\n"},
      {EDGE ARC("_:x") ROLE("_:x", "ex:r") ORDER("_:x", "3") NO_ARC ROLE("_:n", "ex:r"), true,
       "r\n"},
      {EDGE ARC("_:x") ROLE("_:x", "ex:r") ORDER("_:x", "1") NO_ARC ROLE("_:n", "ex:r")
           ORDER("_:n", "1"),
       false, ""},
      /* by value, with the default of what is not said */
      {EDGE ARC("_:x") ROLE("_:x", "ex:r") ORDER("_:x", "2.0") NO_ARC ROLE("_:n", "ex:r")
           ORDER("_:n", "02"),
       false, ""},
      {EDGE ARC("_:x") ROLE("_:x", "ex:r") NO_ARC ROLE("_:n", "ex:r") ORDER("_:n", "1"), false, ""},
      /* another arc between the same ends stays, with what is said of it */
      {EDGE ARC("_:x") ROLE("_:x", "ex:r") ARC("_:y") ROLE("_:y", "ex:s")
           NO_ARC ROLE("_:n", "ex:r"),
       true, "s\n"},
      /* the priority decides, and prohibition where it is the same */
      {EDGE ARC("_:x") ROLE("_:x", "ex:r") PRIORITY("_:x", "2") NO_ARC ROLE("_:n", "ex:r")
           PRIORITY("_:n", "1"),
       true, "r\n"},
      {EDGE ARC("_:x") ROLE("_:x", "ex:r") PRIORITY("_:x", "2") NO_ARC ROLE("_:n", "ex:r")
           PRIORITY("_:n", "2"),
       false, ""},
      {EDGE ARC("_:x") ROLE("_:x", "ex:r") PRIORITY("_:x", "-1") NO_ARC ROLE("_:n", "ex:r"), false,
       ""},
      /* there is no such arc: the edge is somebody else's */
      {EDGE NO_ARC ROLE("_:n", "ex:r"), true, ""},
  };
  (void)state;
  for (size_t k = 0; k < OG_COUNT(cases); k++) {
    assert_string_equal(ask(cases[k].text, edges), cases[k].stays ? "a|p|b|asserted\n" : "");
    assert_string_equal(ask(cases[k].text,
                            "SELECT replace(v.text, 'http://example.org/', '') FROM "
                            "edge_annotation JOIN term p ON p.id = predicate JOIN term v ON v.id = "
                            "value WHERE p.text = 'urn:xbrl:role' ORDER BY 1"),
                        cases[k].roles);
  }
}

/* Each of the table's, given to one of the two, makes them different. */
static void everything_that_tells_an_arc_counts(void **state) {
  (void)state;
  size_t rows = 0;
  for (size_t k = 0; k < OG_PREDICATE_RULES; k++) {
    if (og_predicate_rules[k].meaning == OG_MEANS_ARC) {
      char text[1200];
      snprintf(text, sizeof text,
               EDGE ARC("_:x") ROLE("_:x", "ex:r") "_:x <%s> 'v' . " NO_ARC ROLE("_:n", "ex:r"),
               og_predicate_rules[k].iri);
      assert_string_equal(ask(text, edges), "a|p|b|asserted\n");
      strcat(text, "_:n <");
      strcat(text, og_predicate_rules[k].iri);
      strcat(text, "> 'v' . ");
      assert_string_equal(ask(text, edges), "");
      rows++;
    }
  }
  assert_int_equal(rows, 8);
}

/* Each is looked at once, and not the whole node once for each. */
static void a_node_with_many_subjects_takes_no_longer(void **state) {
  (void)state;
  enum { SUBJECTS = 60000, SECONDS = 8 };
  OgError err = {0};
  OgBuffer text = OG_BUFFER_INIT;
  assert_ok(og_buffer_text(&text, EDGE NO("_:n", "ex:a", "ex:p", "ex:b"), &err));
  assert_ok(og_buffer_text(&text, AXIOM("_:x", "ex:a", "ex:p", "ex:b") ROLE("_:x", "ex:r"), &err));
  for (unsigned k = 0; k < SUBJECTS; k++) {
    assert_ok(og_buffer_format(
        &text, &err, "_:n owl:sourceIndividual ex:s%u . _:x owl:annotatedSource ex:s%u . ", k, k));
  }
  const clock_t start = clock();
  assert_ok(import_text(scratch("many.db"), "urn:source", text.data, NULL, &err));
  assert_true(clock() - start < SECONDS * CLOCKS_PER_SEC);
  og_buffer_clear(&text);
}

#define TOLD ROLE("%s", "'r'") PRIORITY("%s", "%d")

/* As many denials of one statement as it has arcs: the first takes away one, the second the next.
 */
static void many_denials_of_many_arcs_take_no_longer(void **state) {
  (void)state;
  enum { ARCS = 40000, SECONDS = 10 };
  OgError err = {0};
  OgBuffer text = OG_BUFFER_INIT;
  char node[2][16];
  assert_ok(og_buffer_text(&text, EDGE, &err));
  for (int k = 0; k < ARCS; k++) {
    snprintf(node[0], sizeof node[0], "_:x%d", k);
    snprintf(node[1], sizeof node[1], "_:n%d", k);
    for (int which = 0; which < 2; which++) {
      const char *n = node[which];
      assert_ok(og_buffer_format(&text, &err,
                                 which ? NO("%s", "ex:a", "ex:p", "ex:b") TOLD : ARC("%s") TOLD, n,
                                 n, n, n, n, n, k));
    }
  }
  const clock_t start = clock();
  assert_ok(import_text(scratch("arcs.db"), "urn:source", text.data, NULL, &err));
  assert_true(clock() - start < SECONDS * CLOCKS_PER_SEC);
  assert_string_equal(query_text(scratch("arcs.db"), "SELECT count(*) FROM edge"), "0\n");
  og_buffer_clear(&text);
}

static void every_failed_allocation_is_reported(void **state) {
  (void)state;
  OgStatus status = OG_NO_MEMORY;
  for (long failures = 0; status == OG_NO_MEMORY; failures += 1 + failures / 40) {
    OgError err = {0};
    const char *path = scratch("memory.db");
    remove(path);
    og_memory_fail_after(failures);
    status =
        import_text(path, "urn:source",
                    EDGE ARC("_:x") ROLE("_:x", "ex:r") NO_ARC ROLE("_:n", "ex:r"), NULL, &err);
    og_memory_fail_after(-1);
  }
  assert_int_equal(status, OG_OK);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_denial_makes_no_edge_and_takes_one_away),
      cmocka_unit_test(a_denial_reaches_into_other_sources),
      cmocka_unit_test(annotations_of_what_is_denied_are_left),
      cmocka_unit_test(an_arc_is_denied_by_what_says_the_same),
      cmocka_unit_test(everything_that_tells_an_arc_counts),
      cmocka_unit_test(a_node_with_many_subjects_takes_no_longer),
      cmocka_unit_test(many_denials_of_many_arcs_take_no_longer),
      cmocka_unit_test(every_failed_allocation_is_reported),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
