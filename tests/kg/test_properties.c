#include "kg/properties.h"

#include "tests/kg/statements.h"
#include "tests/test.h"

#include <stdio.h>
#include <string.h>

static const char axioms[] =
    "SELECT replace(property, 'http://example.org/', ''), kind, number, position, "
    "replace(argument, 'http://example.org/', ''), inverse FROM property_axiom_text";

#define LIST2(cell, first, second)                                                                 \
  "_:" cell " rdf:first " first " . _:" cell " rdf:rest _:" cell "2 . _:" cell                     \
  "2 rdf:first " second " . _:" cell "2 rdf:rest rdf:nil . "

static void every_characteristic_of_the_table_is_a_row(void **state) {
  (void)state;
  int found = 0;
  for (int k = 0; k < OG_TYPE_RULES; k++) {
    if (og_type_rules[k].characteristic) {
      char text[200], expected[100];
      snprintf(text, sizeof text, "ex:p a <%s> . owl:topObjectProperty a <%s> .",
               og_type_rules[k].iri, og_type_rules[k].iri);
      snprintf(expected, sizeof expected, "p|%s|1|1|-|0\n", og_type_rules[k].characteristic);
      assert_string_equal(ask(text, axioms), expected);
      found++;
    }
  }
  assert_int_equal(found, 7);
}

static void every_axiom_of_the_table_is_a_row(void **state) {
  (void)state;
  int found = 0;
  for (int k = 0; k < OG_PREDICATE_RULES; k++) {
    const OgPredicateRule *rule = &og_predicate_rules[k];
    if (rule->meaning == OG_MEANS_SCHEMA || rule->meaning == OG_MEANS_INVERSE) {
      char text[300], expected[100];
      snprintf(text, sizeof text,
               "ex:p a owl:ObjectProperty . ex:p <%s> ex:q . ex:p <%s> ex:r . "
               "rdfs:label <%s> ex:q .",
               rule->iri, rule->iri, rule->iri);
      snprintf(expected, sizeof expected, "p|%s|1|1|q|0\np|%s|2|1|r|0\n", rule->word, rule->word);
      assert_string_equal(ask(text, axioms), expected);
      found++;
    }
  }
  assert_int_equal(found, 6);
}

static void chains_unions_and_inverses_are_taken_apart(void **state) {
  static const struct {
    const char *text, *rows;
  } cases[] = {
      {"ex:p owl:propertyChainAxiom _:l . " LIST2("l", "ex:q", "ex:r"),
       "p|chain|1|1|q|0\np|chain|1|2|r|0\n"},
      {"ex:p owl:propertyChainAxiom _:l . " LIST2(
           "l", "ex:q", "_:i") "_:i owl:inverseOf ex:r . "
                               "ex:p owl:propertyChainAxiom _:m . " LIST2("m", "ex:s", "ex:t"),
       "p|chain|1|1|q|0\np|chain|1|2|r|1\np|chain|2|1|s|0\np|chain|2|2|t|0\n"},
      {"ex:p rdfs:subPropertyOf _:i . _:i owl:inverseOf ex:q .", "p|sub-property of|1|1|q|1\n"},
      {"ex:p rdfs:domain _:u . _:u owl:unionOf _:l . " LIST2("l", "ex:a", "ex:b"),
       "p|domain|1|1|a|0\np|domain|1|2|b|0\n"},
      {"ex:p rdfs:range _:u . _:u owl:intersectionOf _:l . " LIST2("l", "ex:a", "ex:b"),
       "p|range|1|1|a|0\np|range|2|1|b|0\n"},
      /* a union with a member that has no name */
      {"ex:p rdfs:domain _:u . _:u owl:unionOf _:l . " LIST2("l", "ex:a", "_:r"), ""},
      /* nothing named */
      {"ex:p rdfs:domain _:r . _:r owl:onProperty ex:q . _:r owl:someValuesFrom ex:a .", ""},
      {"ex:p rdfs:domain 'text' .", ""},
      {"_:i owl:inverseOf ex:p . _:i rdfs:subPropertyOf ex:q .", ""},
      /* a list that loops */
      {"ex:p owl:propertyChainAxiom _:l . _:l rdf:first ex:q . _:l rdf:rest _:l .",
       "p|chain|1|1|q|0\n"},
  };
  (void)state;
  for (size_t k = 0; k < OG_COUNT(cases); k++) {
    assert_string_equal(ask(cases[k].text, axioms), cases[k].rows);
  }
}

static void what_two_sources_say_is_one_axiom(void **state) {
  (void)state;
  OgError err = {0};
  const char *path = scratch("two.db");
  static const char text[] = "ex:p rdfs:domain ex:a . ex:p a owl:TransitiveProperty .";
  assert_ok(import_text(path, "urn:one", text, NULL, &err));
  assert_ok(import_text(path, "urn:two", text, NULL, &err));
  assert_string_equal(query_text(path, axioms), "p|domain|1|1|a|0\np|transitive|1|1|-|0\n");
  assert_int_equal(
      query_number(path, "SELECT sum(statements) FROM reading WHERE became = 'schema'"), 4);
}

static void their_statements_are_read_as_schema(void **state) {
  (void)state;
  assert_string_equal(
      ask("ex:p a owl:TransitiveProperty . ex:p rdfs:domain _:u . _:u a owl:Class . "
          "_:u owl:unionOf _:l . " LIST2("l", "ex:a",
                                         "ex:b") "ex:p rdfs:range _:r . _:r owl:onProperty ex:q .",
          "SELECT became, sum(statements) FROM reading GROUP BY 1 ORDER BY 1"),
      "schema|8\nstatement|2\n");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_characteristic_of_the_table_is_a_row),
      cmocka_unit_test(every_axiom_of_the_table_is_a_row),
      cmocka_unit_test(chains_unions_and_inverses_are_taken_apart),
      cmocka_unit_test(what_two_sources_say_is_one_axiom),
      cmocka_unit_test(their_statements_are_read_as_schema),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
