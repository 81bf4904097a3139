#include "kg/annotations.h"

#include "core/memory.h"
#include "tests/kg/statements.h"
#include "tests/test.h"

#include <stdio.h>

static const char annotations[] =
    "SELECT entity, about, what, replace(replace(predicate, 'http://example.org/', ''), "
    "'http://www.geneontology.org/formats/oboInOwl#', ''), replace(value, 'http://example.org/', "
    "'') FROM annotation_text ORDER BY 1, 2, 3, 4, 5";

/* _:x says of the statement s p o … */
#define AXIOM(node, s, p, o)                                                                       \
  node " a owl:Axiom . " node " owl:annotatedSource " s " . " node " owl:annotatedProperty " p     \
       " . " node " owl:annotatedTarget " o " . "

typedef struct Case {
  const char *text, *rows;
} Case;

static void assert_annotations(const Case *cases, size_t count) {
  for (size_t k = 0; k < count; k++) {
    assert_string_equal(ask(cases[k].text, annotations), cases[k].rows);
  }
}

static void names_have_their_sources_and_types(void **state) {
  static const Case cases[] = {
      {"ex:a a owl:Class . ex:a oboInOwl:hasExactSynonym 'A one' . ex:a rdfs:label 'A' . " AXIOM(
           "_:x", "ex:a", "oboInOwl:hasExactSynonym",
           "'A one'") "_:x oboInOwl:hasDbXref 'PMID:1' . _:x oboInOwl:hasSynonymType "
                      "ex:ABBREVIATION .",
       "A|name|A one|hasDbXref|PMID:1\nA|name|A one|hasSynonymType|ABBREVIATION\n"},
      /* by language and datatype: the very literal */
      {"ex:a a owl:Class . ex:a rdfs:label 'A'@en . ex:a rdfs:label 'A'@de . " AXIOM(
           "_:x", "ex:a", "rdfs:label", "'A'@de") "_:x ex:source 'Duden' .",
       "A|name|A|source|Duden\n"},
      {"ex:a a owl:Class . ex:a rdfs:label 'A'@en . " AXIOM("_:x", "ex:a", "rdfs:label",
                                                            "'A'") "_:x ex:source 'nobody' .",
       ""},
  };
  (void)state;
  assert_annotations(cases, OG_COUNT(cases));
  assert_string_equal(ask(cases[1].text, "SELECT language FROM name JOIN name_annotation ON "
                                         "name.id = name_annotation.name"),
                      "de\n");
}

static void definitions_have_theirs(void **state) {
  static const Case cases[] = {
      {"ex:a a owl:Class . ex:a rdfs:label 'A' . ex:a obo:IAO_0000115 'what it is' . " AXIOM(
           "_:x", "ex:a", "obo:IAO_0000115",
           "'what it is'") "_:x oboInOwl:hasDbXref 'url:1' . _:x oboInOwl:hasDbXref 'url:2' .",
       "A|definition|what it is|hasDbXref|url:1\nA|definition|what it is|hasDbXref|url:2\n"},
      /* one that was not chosen */
      {"ex:a a owl:Class . ex:a obo:IAO_0000115 'chosen' . ex:a rdfs:comment 'not chosen' . " AXIOM(
           "_:x", "ex:a", "rdfs:comment", "'not chosen'") "_:x ex:by 'me' .",
       ""},
  };
  (void)state;
  assert_annotations(cases, OG_COUNT(cases));
}

static void edges_have_theirs(void **state) {
  static const Case cases[] = {
      {"ex:a rdfs:subClassOf ex:b . " AXIOM("_:x", "ex:a", "rdfs:subClassOf",
                                            "ex:b") "_:x ex:source 'PMID:2' .",
       "a|edge|subClassOf b|source|PMID:2\n"},
      {"ex:a a skos:Concept . ex:b a skos:Concept . ex:a ex:treats ex:b . " AXIOM(
           "_:x", "ex:a", "ex:treats", "ex:b") "_:x ex:confidence '0.9' .",
       "a|edge|treats b|confidence|0.9\n"},
      /* an expression: the node that was asserted, or one that is equal to it */
      {"ex:a rdfs:subClassOf _:r . _:r owl:onProperty ex:p . _:r owl:someValuesFrom ex:b . " AXIOM(
           "_:x", "ex:a", "rdfs:subClassOf", "_:r") "_:x ex:source 'same' .",
       "a|edge|p b|source|same\n"},
      {"ex:a rdfs:subClassOf _:r . _:r owl:onProperty ex:p . _:r owl:someValuesFrom ex:b . " AXIOM(
           "_:x", "ex:a", "rdfs:subClassOf",
           "_:s") "_:s owl:onProperty ex:p . _:s owl:someValuesFrom ex:b . _:x ex:source 'equal' .",
       "a|edge|p b|source|equal\n"},
      {"ex:a rdfs:subClassOf _:r . _:r owl:onProperty ex:p . _:r owl:someValuesFrom ex:b . " AXIOM(
           "_:x", "ex:a", "rdfs:subClassOf",
           "_:s") "_:s owl:onProperty ex:p . _:s owl:someValuesFrom ex:c . _:x ex:source 'other' .",
       ""},
      /* a statement that no file makes */
      {"ex:a rdfs:subClassOf ex:b . " AXIOM("_:x", "ex:b", "rdfs:subClassOf",
                                            "ex:a") "_:x ex:source 'nobody' .",
       ""},
  };
  (void)state;
  assert_annotations(cases, OG_COUNT(cases));
}

static void reified_statements_count_like_axioms(void **state) {
  static const Case cases[] = {
      {"ex:a rdfs:subClassOf ex:b . ex:s a rdf:Statement . ex:s rdf:subject ex:a . "
       "ex:s rdf:predicate rdfs:subClassOf . ex:s rdf:object ex:b . ex:s ex:source 'PMID:3' .",
       "a|edge|subClassOf b|source|PMID:3\n"},
  };
  (void)state;
  assert_annotations(cases, OG_COUNT(cases));
}

static void frames_that_lack_a_part_or_loop_are_left(void **state) {
  static const Case cases[] = {
      {"ex:a rdfs:subClassOf ex:b . _:x owl:annotatedSource ex:a . _:x owl:annotatedTarget ex:b . "
       "_:x ex:source 'none' .",
       ""},
      {"_:x owl:annotatedSource _:x . _:x owl:annotatedProperty owl:annotatedSource . "
       "_:x owl:annotatedTarget _:x . _:x ex:source 'itself' .",
       ""},
      {"ex:a rdfs:subClassOf _:r . " AXIOM("_:x", "ex:a", "rdfs:subClassOf",
                                           "_:l") "_:l owl:intersectionOf _:l . _:l rdf:first _:l "
                                                  ". _:l rdf:rest _:l . _:x ex:by 'a loop' .",
       ""},
  };
  (void)state;
  assert_annotations(cases, OG_COUNT(cases));
}

static void two_nodes_that_say_the_same_are_one(void **state) {
  (void)state;
  assert_string_equal(ask("ex:a rdfs:subClassOf ex:b . " AXIOM(
                              "_:x", "ex:a", "rdfs:subClassOf",
                              "ex:b") "_:x ex:source 'S' . " AXIOM("_:y", "ex:a", "rdfs:subClassOf",
                                                                   "ex:b") "_:y ex:source 'S' .",
                          annotations),
                      "a|edge|subClassOf b|source|S\n");
}

static void their_statements_are_read_as_annotations(void **state) {
  (void)state;
  assert_string_equal(ask("ex:a rdfs:subClassOf ex:b . " AXIOM(
                              "_:x", "ex:a", "rdfs:subClassOf",
                              "ex:b") "_:x ex:source 'S' . " AXIOM("_:y", "ex:a", "rdfs:subClassOf",
                                                                   "ex:c") "_:y ex:source 'S' .",
                          "SELECT became, sum(statements) FROM reading GROUP BY 1 ORDER BY 1"),
                      "annotation|5\nedge|1\nstatement|5\n");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(names_have_their_sources_and_types),
      cmocka_unit_test(definitions_have_theirs),
      cmocka_unit_test(edges_have_theirs),
      cmocka_unit_test(reified_statements_count_like_axioms),
      cmocka_unit_test(frames_that_lack_a_part_or_loop_are_left),
      cmocka_unit_test(two_nodes_that_say_the_same_are_one),
      cmocka_unit_test(their_statements_are_read_as_annotations),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
