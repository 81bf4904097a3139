#include "kg/interpret.h"

#include "core/buffer.h"
#include "core/file.h"
#include "core/memory.h"
#include "core/vocab.h"
#include "kg/derive.h"
#include "kg/rules.h"
#include "tests/kg/statements.h"
#include "tests/test.h"

#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

static const char iri[] = "urn:source";

/* Edges by local names: "a subClassOf b asserted", in order. */
static const char edges[] = "SELECT replace(h.text, 'http://example.org/', ''), relation.label, "
                            "replace(t.text, 'http://example.org/', ''), via FROM edge "
                            "JOIN term h ON h.id = head JOIN term t ON t.id = tail "
                            "JOIN relation ON relation.id = edge.relation ORDER BY 1, 2, 3, 4";

static const char entities[] = "SELECT replace(text, 'http://example.org/', ''), entity.kind FROM "
                               "entity JOIN term USING(id) ORDER BY 1";

/* ---- Entities ---- */

static void every_type_of_the_table_makes_its_kind_of_thing(void **state) {
  (void)state;
  OgError err = {0};
  OgBuffer text = OG_BUFFER_INIT;
  const char *path = scratch("types.db");
  for (int k = 0; k < OG_TYPE_RULES; k++) {
    assert_ok(og_buffer_format(&text, &err, "ex:t%d a <%s> . ", k, og_type_rules[k].iri));
  }
  assert_ok(import_text(path, iri, text.data, NULL, &err));
  og_buffer_clear(&text);
  for (int k = 0; k < OG_TYPE_RULES; k++) {
    char sql[200];
    const unsigned things = og_type_rules[k].things;
    const char *kind = things & OG_THING_CLASS        ? "class"
                       : things & OG_THING_CONCEPT    ? "concept"
                       : things & OG_THING_INDIVIDUAL ? "individual"
                                                      : NULL;
    snprintf(sql, sizeof sql,
             "SELECT entity.kind, deprecated FROM entity JOIN term USING(id) "
             "WHERE text = 'http://example.org/t%d'",
             k);
    char expected[40] = "";
    if (kind) {
      snprintf(expected, sizeof expected, "%s|%d\n", kind, (things & OG_THING_DEPRECATED) != 0);
    }
    assert_string_equal(query_text(path, sql), expected);
    snprintf(sql, sizeof sql,
             "SELECT count(*) FROM relation JOIN term USING(id) "
             "WHERE text = 'http://example.org/t%d'",
             k);
    assert_int_equal(query_number(path, sql), (things & OG_THING_RELATION) != 0);
  }
}

static void ends_of_a_hierarchy_are_entities_undeclared(void **state) {
  (void)state;
  assert_string_equal(ask("ex:a rdfs:subClassOf ex:b . ex:c skos:broader ex:d .", entities),
                      "a|class\nb|class\nc|concept\nd|concept\n");
}

/* MeSH and STW: a type beside skos:Concept tells the kind of record, in whatever order they come.
 */
static void further_types_of_a_concept_are_no_edges(void **state) {
  static const char *const texts[] = {
      "ex:a a skos:Concept . ex:a a ex:Heading . ex:b a ex:Heading . ex:b a skos:Concept . "
      "ex:b skos:broader ex:a .",
      "ex:b a ex:Heading . ex:b skos:broader ex:a . ex:b a skos:Concept . ex:a a skos:Concept . ",
  };
  (void)state;
  for (size_t k = 0; k < OG_COUNT(texts); k++) {
    assert_string_equal(ask(texts[k], entities), "a|concept\nb|concept\n");
    assert_string_equal(query_text(scratch("asked.db"), edges), "b|broader|a|asserted\n");
    assert_int_equal(query_number(scratch("asked.db"),
                                  "SELECT count(*) FROM reading WHERE became = 'statement'"),
                     0);
  }
  /* A class that is said to be one stays; an undeclared concept is also an individual. */
  assert_string_equal(ask("ex:a a skos:Concept . ex:a a ex:K . ex:K a owl:Class .", entities),
                      "K|class\na|concept\n");
  assert_string_equal(ask("ex:a skos:broader ex:b . ex:a a ex:K .", edges),
                      "a|broader|b|asserted\na|type|K|asserted\n");
}

static void members_of_a_scheme_are_concepts_undeclared(void **state) {
  static const char *const texts[] = {
      "ex:a skos:inScheme ex:s .",
      "ex:a skos:topConceptOf ex:s .",
      "ex:s skos:hasTopConcept ex:a .",
  };
  (void)state;
  for (size_t k = 0; k < OG_COUNT(texts); k++) {
    assert_string_equal(ask(texts[k], entities), "a|concept\n");
  }
  assert_string_equal(ask("ex:a skos:inScheme ex:s . ex:a a owl:AnnotationProperty .", entities),
                      "");
  assert_string_equal(ask("_:a skos:inScheme ex:s .", entities), "");
}

static void what_has_members_is_an_individual_undeclared(void **state) {
  (void)state;
  assert_string_equal(ask("ex:c skos:member ex:m .", entities), "c|individual\n");
  assert_string_equal(ask("ex:c skos:memberList _:l . ex:c skos:prefLabel 'C' .", entities),
                      "c|individual\n");
  assert_string_equal(ask("ex:c skos:member ex:m . ex:c a skos:Concept .", entities),
                      "c|concept\n");
  assert_string_equal(ask("_:c skos:member ex:m .", entities), "");
}

static void what_has_a_label_of_skos_is_a_concept_undeclared(void **state) {
  static const char *const texts[] = {
      "ex:a skos:prefLabel 'A' .",   "ex:a skos:altLabel 'A' .",   "ex:a skos:hiddenLabel 'A' .",
      "ex:a skosxl:prefLabel _:l .", "ex:a skosxl:altLabel _:l .", "ex:a skosxl:hiddenLabel _:l .",
  };
  static const char *const others[] = {
      "ex:a rdfs:label 'A' .",
      "ex:a dcterms:title 'A' .",
      "_:a skos:prefLabel 'A' .",
      "ex:a skos:prefLabel 'A' . ex:a a owl:AnnotationProperty .",
      "ex:a skos:prefLabel 'A' . ex:b ex:a 'used' .",
      "ex:a skos:prefLabel 'A' . ex:a rdfs:subPropertyOf ex:b .",
      "ex:a skos:prefLabel 'A' . _:c skos:inScheme ex:a .",
      "ex:a skos:prefLabel 'A' . ex:a skos:hasTopConcept _:c .",
  };
  (void)state;
  for (size_t k = 0; k < OG_COUNT(texts); k++) {
    assert_string_equal(ask(texts[k], entities), "a|concept\n");
  }
  for (size_t k = 0; k < OG_COUNT(others); k++) {
    assert_string_equal(ask(others[k], entities), "");
  }
  /* Also where what it replaces has no type. */
  assert_string_equal(ask("ex:old dcterms:isReplacedBy ex:a . ex:a skos:prefLabel 'A' .", entities),
                      "a|concept\nold|concept\n");
}

static void what_was_replaced_is_of_the_kind_of_its_successor(void **state) {
  (void)state;
  assert_string_equal(ask("ex:a dcterms:isReplacedBy ex:b . ex:b a owl:Class . "
                          "ex:c obo:IAO_0100001 ex:d . ex:d a skos:Concept . "
                          "ex:e oboInOwl:replacedBy ex:nothing .",
                          entities),
                      "a|class\nb|class\nc|concept\nd|concept\n");
  assert_string_equal(
      ask("ex:p a owl:ObjectProperty . ex:p dcterms:isReplacedBy ex:b . ex:b a owl:Class .",
          entities),
      "b|class\n");
}

static void what_has_a_class_of_its_own_is_an_individual(void **state) {
  (void)state;
  assert_string_equal(ask("ex:i a ex:City . _:b a ex:City .", entities),
                      "City|class\ni|individual\n");
}

static void words_of_the_language_are_no_entities(void **state) {
  (void)state;
  assert_string_equal(
      ask("ex:a rdfs:subClassOf owl:Thing . owl:Thing a owl:Class . skos:Concept a owl:Class . "
          "ex:r a owl:Restriction .",
          entities),
      "a|class\n");
}

static void a_property_with_a_type_of_its_own_stays_a_property(void **state) {
  (void)state;
  assert_string_equal(
      ask("ex:p a owl:ObjectProperty . ex:p a ex:Kind . ex:q a owl:Ontology . ex:q a ex:Kind .",
          entities),
      "Kind|class\n");
}

static void a_class_that_is_an_individual_too_is_a_class(void **state) {
  (void)state;
  assert_string_equal(
      ask("ex:a a owl:Class . ex:a a owl:NamedIndividual . ex:a a ex:b .", entities),
      "a|class\nb|class\n");
}

/* ---- Edges ---- */

typedef struct EdgeCase {
  const char *text, *edges;
} EdgeCase;

/* Each gives exactly these edges. */
static void assert_edges(const EdgeCase *cases, size_t count) {
  for (size_t k = 0; k < count; k++) {
    const char *found = ask(cases[k].text, edges);
    if (strcmp(found, cases[k].edges) != 0) {
      fail_msg("%s\ngives\n%sexpected\n%s", cases[k].text, found, cases[k].edges);
    }
  }
}

static void named_superclasses_and_equals_are_edges(void **state) {
  static const EdgeCase cases[] = {
      {"ex:a rdfs:subClassOf ex:b .", "a|subClassOf|b|asserted\n"},
      {"ex:a owl:equivalentClass ex:b .", "a|equivalentClass|b|asserted\n"},
      {"ex:a rdfs:subClassOf ex:a .", ""},
      {"ex:a rdfs:subClassOf owl:Thing .", ""},
      {"ex:a rdfs:subClassOf 'text' .", ""},
      {"_:a rdfs:subClassOf ex:b .", ""},
  };
  (void)state;
  assert_edges(cases, OG_COUNT(cases));
}

static void concepts_are_linked_with_narrower_turned_round(void **state) {
  static const EdgeCase cases[] = {
      {"ex:a skos:broader ex:b .", "a|broader|b|asserted\n"},
      {"ex:b skos:narrower ex:a .", "a|broader|b|asserted\n"},
      {"ex:a skos:broader ex:b . ex:b skos:narrower ex:a .", "a|broader|b|asserted\n"},
      {"ex:a skos:related ex:b .", "a|related|b|asserted\n"},
  };
  (void)state;
  assert_edges(cases, OG_COUNT(cases));
}

static void collections_are_linked_to_their_members(void **state) {
  (void)state;
  static const char concepts[] = "ex:m a skos:Concept . ex:n a skos:Concept . ";
  char text[600];
  snprintf(text, sizeof text,
           "%sex:c a skos:Collection . ex:c skos:member ex:m . ex:c skos:member ex:d . "
           "ex:c skos:member ex:nothing . ex:d a skos:OrderedCollection . "
           "ex:d skos:memberList _:1 . _:1 rdf:first ex:n . _:1 rdf:rest _:2 . "
           "_:2 rdf:first ex:m . _:2 rdf:rest _:3 . _:3 rdf:first ex:none . "
           "_:3 rdf:rest rdf:nil .",
           concepts);
  assert_string_equal(ask(text, edges), "c|member|d|asserted\nc|member|m|asserted\n"
                                        "d|member|m|asserted\nd|member|n|asserted\n");
  assert_string_equal(ask(text, "SELECT sum(statements) FROM reading WHERE became = 'structure'"),
                      "6\n");
  /* A list that goes round, and one that is none. */
  snprintf(text, sizeof text,
           "%sex:d skos:memberList _:1 . _:1 rdf:first ex:n . _:1 rdf:rest _:1 . "
           "ex:c skos:memberList ex:m .",
           concepts);
  assert_string_equal(ask(text, edges), "d|member|n|asserted\n");
}

#define SWRL(name) "<http://www.w3.org/2003/11/swrl#" name ">"

/* A rule (SWRL) stays a statement: what it is made of are no things, and there are no edges. */
static void rules_make_no_entities(void **state) {
  (void)state;
  OgError err = {0};
  const char *path = scratch("rules.db");
  assert_ok(import_text(
      path, iri,
      "ex:x a " SWRL("Variable") " . ex:r a " SWRL("Imp") " . ex:r " SWRL(
          "body") " _:b . "
                  "_:b a " SWRL(
                      "AtomList") " . _:b rdf:first _:c . _:b rdf:rest rdf:nil . "
                                  "_:c a " SWRL("ClassAtom") " . _:c " SWRL(
                                      "classPredicate") " ex:A . "
                                                        "_:c " SWRL(
                                                            "argument1") " ex:x . ex:A a owl:Class "
                                                                         ". "
                                                                         "<http://www.w3.org/2003/"
                                                                         "11/swrlb#less> a " SWRL(
                                                                             "Builtin") " . ",
      NULL, &err));
  assert_string_equal(query_text(path, entities), "A|class\n");
  assert_string_equal(query_text(path, edges), "");
}

static void every_edge_predicate_of_the_table_links_entities(void **state) {
  (void)state;
  int found = 0;
  for (int k = 0; k < OG_PREDICATE_RULES; k++) {
    const OgPredicateRule *rule = &og_predicate_rules[k];
    if (rule->meaning == OG_MEANS_EDGE) {
      char text[300], expected[100];
      const OgText local = og_iri_local((OgText){rule->iri, strlen(rule->iri)});
      snprintf(text, sizeof text,
               "ex:a a skos:Concept . ex:b a skos:Concept . ex:a <%s> ex:b . ex:a <%s> ex:none .",
               rule->iri, rule->iri);
      snprintf(expected, sizeof expected, "a|%.*s|b|asserted\n", (int)local.size, local.data);
      assert_string_equal(ask(text, edges), expected);
      found++;
    }
  }
  assert_true(found > 0);
}

static void assertions_between_entities_are_edges(void **state) {
  static const EdgeCase cases[] = {
      {"ex:i a ex:C . ex:j a ex:C . ex:i ex:knows ex:j .",
       "i|knows|j|asserted\ni|type|C|asserted\nj|type|C|asserted\n"},
      {"ex:i a ex:C . ex:i ex:knows ex:stranger .", "i|type|C|asserted\n"},
      {"ex:i a ex:C . ex:i ex:knows 'text' .", "i|type|C|asserted\n"},
      {"ex:i a ex:C . ex:i ex:knows ex:i .", "i|type|C|asserted\n"},
      /* annotations link nothing, unless they are object properties too */
      {"ex:i a ex:C . ex:j a ex:C . ex:i ex:p ex:j . ex:p a owl:AnnotationProperty .",
       "i|type|C|asserted\nj|type|C|asserted\n"},
      {"ex:a a owl:Class . ex:b a owl:Class . ex:a ex:p ex:b . ex:p a owl:AnnotationProperty . "
       "ex:p a owl:ObjectProperty .",
       "a|p|b|asserted\n"},
      {"ex:a a owl:Class . ex:b a owl:Class . ex:a rdfs:seeAlso ex:b .", ""},
  };
  (void)state;
  assert_edges(cases, OG_COUNT(cases));
}

static void every_restriction_of_the_table_is_an_edge_with_its_via(void **state) {
  (void)state;
  int found = 0;
  for (int k = 0; k < OG_PREDICATE_RULES; k++) {
    const OgPredicateRule *rule = &og_predicate_rules[k];
    char text[400], expected[60];
    if (rule->meaning == OG_MEANS_FILLER) {
      snprintf(text, sizeof text,
               "ex:a rdfs:subClassOf _:r . _:r a owl:Restriction . _:r owl:onProperty ex:p . "
               "_:r <%s> ex:b .",
               rule->iri);
    } else if (rule->meaning == OG_MEANS_CARDINALITY) {
      snprintf(text, sizeof text,
               "ex:a rdfs:subClassOf _:r . _:r a owl:Restriction . _:r owl:onProperty ex:p . "
               "_:r owl:onClass ex:b . _:r <%s> '2'^^xsd:nonNegativeInteger .",
               rule->iri);
    } else {
      continue;
    }
    snprintf(expected, sizeof expected, "a|p|b|%s\n", rule->word);
    assert_string_equal(ask(text, edges), expected);
    found++;
  }
  assert_int_equal(found, 6);
}

#define RESTRICTION(node, filler)                                                                  \
  node " owl:onProperty ex:p . " node " owl:someValuesFrom " filler " . "
#define LIST2(cell, first, second)                                                                 \
  "_:" cell " rdf:first " first " . _:" cell " rdf:rest _:" cell "2 . _:" cell                     \
  "2 rdf:first " second " . _:" cell "2 rdf:rest rdf:nil . "

static void at_least_none_is_a_link_that_may_be(void **state) {
  static const EdgeCase cases[] = {
      {"ex:a rdfs:subClassOf _:r . _:r owl:onProperty ex:p . _:r owl:onClass ex:b . "
       "_:r owl:minQualifiedCardinality '0'^^xsd:nonNegativeInteger .",
       "a|p|b|optional\n"},
      {"ex:a owl:equivalentClass _:r . _:r owl:onProperty ex:p . _:r owl:onClass ex:b . "
       "_:r owl:minQualifiedCardinality '0'^^xsd:nonNegativeInteger .",
       "a|p|b|optional\n"},
      {"ex:a rdfs:subClassOf _:r . _:r owl:onProperty ex:p . _:r owl:onClass ex:b . "
       "_:r owl:qualifiedCardinality '0'^^xsd:nonNegativeInteger .",
       ""},
  };
  (void)state;
  assert_edges(cases, OG_COUNT(cases));
}

static void restrictions_without_a_link_are_left(void **state) {
  static const EdgeCase cases[] = {
      {"ex:a rdfs:subClassOf _:r . _:r owl:onProperty ex:p . _:r owl:onClass ex:b . "
       "_:r owl:maxQualifiedCardinality '0'^^xsd:nonNegativeInteger .",
       ""},
      {"ex:a rdfs:subClassOf _:r . " RESTRICTION("_:r", "xsd:string"), ""},
      {"ex:a rdfs:subClassOf _:r . ex:D a rdfs:Datatype . " RESTRICTION("_:r", "ex:D"), ""},
      {"ex:a rdfs:subClassOf _:r . _:r owl:onProperty ex:p . _:r owl:hasValue '5' .", ""},
      {"ex:a rdfs:subClassOf _:r . _:r owl:someValuesFrom ex:b .", ""},
      {"ex:a rdfs:subClassOf _:r . _:r owl:onProperty _:p . _:r owl:someValuesFrom ex:b .", ""},
      /* what holds of the filler does not hold of the class */
      {"ex:a rdfs:subClassOf _:r . " RESTRICTION("_:r", "_:s") RESTRICTION("_:s", "ex:b"), ""},
  };
  (void)state;
  assert_edges(cases, OG_COUNT(cases));
}

static void fillers_of_several_classes_give_one_edge_each(void **state) {
  static const EdgeCase cases[] = {
      {"ex:a rdfs:subClassOf _:r . " RESTRICTION(
           "_:r", "_:f") "_:f owl:intersectionOf _:l . " LIST2("l", "ex:b", "ex:c"),
       "a|p|b|some\na|p|c|some\n"},
      {"ex:a rdfs:subClassOf _:r . " RESTRICTION("_:r", "_:f") "_:f owl:unionOf _:l . " LIST2(
           "l", "ex:b", "ex:c"),
       "a|p|b|union\na|p|c|union\n"},
      {"ex:a rdfs:subClassOf _:r . " RESTRICTION("_:r", "_:f") "_:f owl:oneOf _:l . " LIST2(
           "l", "ex:b", "ex:c"),
       "a|p|b|union\na|p|c|union\n"},
      {"ex:a rdfs:subClassOf _:r . _:r owl:onProperty ex:p . _:r owl:allValuesFrom _:f . "
       "_:f owl:unionOf _:l . " LIST2("l", "ex:b", "ex:c"),
       "a|p|b|only\na|p|c|only\n"},
      /* (b and (q some d)): the inner restriction is b's affair */
      {"ex:a rdfs:subClassOf _:r . " RESTRICTION(
           "_:r",
           "_:f") "_:f owl:intersectionOf _:l . " LIST2("l", "ex:b",
                                                        "_:s") "_:s owl:onProperty ex:q . _:s "
                                                               "owl:someValuesFrom ex:d .",
       "a|p|b|some\n"},
  };
  (void)state;
  assert_edges(cases, OG_COUNT(cases));
}

static void an_inverse_property_is_read_from_its_other_end(void **state) {
  static const EdgeCase cases[] = {
      {"ex:a rdfs:subClassOf _:r . _:r owl:onProperty _:i . _:i owl:inverseOf ex:p . "
       "_:r owl:someValuesFrom ex:b .",
       "b|p|a|inverse\n"},
  };
  (void)state;
  assert_edges(cases, OG_COUNT(cases));
}

static void genus_and_differentia_are_edges(void **state) {
  static const char split[] = "a|p|d|equivalent\na|subClassOf|g|equivalent\n";
  static const EdgeCase cases[] = {
      {"ex:a owl:equivalentClass _:x . _:x owl:intersectionOf _:l . " LIST2("l", "ex:g", "_:r")
           RESTRICTION("_:r", "ex:d"),
       split},
      /* OWL 1 said it of the class itself */
      {"ex:a a owl:Class . ex:a owl:intersectionOf _:l . " LIST2("l", "ex:g", "_:r")
           RESTRICTION("_:r", "ex:d"),
       split},
      {"ex:a owl:equivalentClass _:r . " RESTRICTION("_:r", "ex:d"), "a|p|d|equivalent\n"},
      {"ex:a owl:equivalentClass _:r . _:r owl:onProperty ex:p . _:r owl:allValuesFrom ex:d .",
       "a|p|d|only\n"},
      {"ex:a rdfs:subClassOf _:x . _:x owl:intersectionOf _:l . " LIST2("l", "ex:g", "_:r")
           RESTRICTION("_:r", "ex:d"),
       "a|p|d|some\na|subClassOf|g|asserted\n"},
      {"ex:a owl:equivalentClass _:x . _:x owl:unionOf _:l . " LIST2("l", "ex:b", "ex:c"),
       "b|subClassOf|a|equivalent\nc|subClassOf|a|equivalent\n"},
      {"ex:a owl:disjointUnionOf _:l . " LIST2("l", "ex:b", "ex:c"),
       "b|subClassOf|a|equivalent\nc|subClassOf|a|equivalent\n"},
      {"ex:a rdfs:subClassOf _:x . _:x owl:unionOf _:l . " LIST2("l", "ex:b", "ex:c"), ""},
      {"ex:a owl:equivalentClass _:x . _:x owl:oneOf _:l . " LIST2("l", "ex:i", "ex:j"),
       "i|type|a|equivalent\nj|type|a|equivalent\n"},
  };
  (void)state;
  assert_edges(cases, OG_COUNT(cases));
}

static void an_individual_has_the_restrictions_of_its_type(void **state) {
  static const EdgeCase cases[] = {
      {"ex:i a _:r . " RESTRICTION("_:r", "ex:b"), "i|p|b|some\n"},
      {"ex:i a ex:C . ex:i a _:x . _:x owl:intersectionOf _:l . " LIST2("l", "ex:g", "ex:h"),
       "i|type|C|asserted\ni|type|g|asserted\ni|type|h|asserted\n"},
  };
  (void)state;
  assert_edges(cases, OG_COUNT(cases));
}

static void two_sources_of_an_edge_are_both_kept(void **state) {
  (void)state;
  OgError err = {0};
  const char *path = scratch("sources.db");
  assert_ok(import_text(path, "urn:one", "ex:a rdfs:subClassOf ex:b .", NULL, &err));
  assert_ok(import_text(path, "urn:two", "ex:a rdfs:subClassOf ex:b .", NULL, &err));
  assert_string_equal(query_text(path, "SELECT * FROM edge_text ORDER BY 5"),
                      "a|subClassOf|b|asserted|urn:one\na|subClassOf|b|asserted|urn:two\n");
}

/* Expressions that loop, nest without end, or share one part among many, end in time. */
static void hostile_expressions_end(void **state) {
  (void)state;
  OgError err = {0};
  OgBuffer text = OG_BUFFER_INIT;
  assert_string_equal(
      ask("ex:a rdfs:subClassOf _:x . _:x owl:intersectionOf _:l . _:l rdf:first _:x . "
          "_:l rdf:rest _:l .",
          edges),
      "");
  assert_string_equal(
      ask("ex:a rdfs:subClassOf _:x . _:x owl:intersectionOf _:l . _:l rdf:first ex:b . "
          "_:l rdf:rest _:l .",
          edges),
      "a|subClassOf|b|asserted\n");
  for (int k = 0; k < 3000; k++) {
    assert_ok(og_buffer_format(&text, &err,
                               "_:x%d owl:intersectionOf _:l%d . _:l%d rdf:first _:x%d . "
                               "_:l%d rdf:rest rdf:nil . ex:a%d rdfs:subClassOf _:x0 . ",
                               k, k, k, k + 1, k, k));
  }
  assert_string_equal(ask(text.data, edges), "");
  og_buffer_reset(&text);
  for (int k = 0; k < 1500; k++) {
    assert_ok(og_buffer_format(&text, &err,
                               "ex:a%d owl:equivalentClass _:u . _:l%d rdf:first ex:b%d . "
                               "_:l%d rdf:rest _:l%d . ",
                               k, k, k, k, k + 1));
  }
  assert_ok(og_buffer_text(&text, "_:u owl:intersectionOf _:l0 .", &err));
  const char *path = scratch("shared.db");
  assert_ok(import_text(path, iri, text.data, NULL, &err));
  assert_true(query_number(path, "SELECT count(*) FROM edge") < 200000);
  og_buffer_clear(&text);
}

/* ---- Names, definitions, marks ---- */

static void every_name_predicate_of_the_table_gives_its_kind(void **state) {
  (void)state;
  OgError err = {0};
  OgBuffer text = OG_BUFFER_INIT;
  const char *path = scratch("names.db");
  for (int k = 0; k < OG_PREDICATE_RULES; k++) {
    const OgPredicateRule *rule = &og_predicate_rules[k];
    if (rule->meaning == OG_MEANS_NAME) {
      assert_ok(og_buffer_format(&text, &err, "ex:n%d a owl:Class . ex:n%d <%s> 'the name'@de . ",
                                 k, k, rule->iri));
    } else if (rule->meaning == OG_MEANS_NAME_NODE) {
      assert_ok(og_buffer_format(&text, &err,
                                 "ex:n%d a owl:Class . ex:n%d <%s> _:n%d . "
                                 "_:n%d skosxl:literalForm 'the name'@de . ",
                                 k, k, rule->iri, k, k));
    }
  }
  assert_ok(import_text(path, iri, text.data, NULL, &err));
  og_buffer_clear(&text);
  for (int k = 0; k < OG_PREDICATE_RULES; k++) {
    const OgPredicateRule *rule = &og_predicate_rules[k];
    if (rule->meaning == OG_MEANS_NAME || rule->meaning == OG_MEANS_NAME_NODE) {
      char sql[300], expected[100];
      snprintf(sql, sizeof sql,
               "SELECT name.text, normal, name.language, name.kind, label FROM name "
               "JOIN entity ON entity.id = entity JOIN term ON term.id = entity "
               "WHERE term.text = 'http://example.org/n%d'",
               k);
      snprintf(expected, sizeof expected, "the name|the name|de|%s|the name\n", rule->word);
      assert_string_equal(query_text(path, sql), expected);
    }
  }
}

static const char labels[] = "SELECT label FROM entity";

static void a_label_is_english_then_of_no_language_then_any(void **state) {
  (void)state;
  assert_string_equal(
      ask("ex:a a owl:Class . ex:a rdfs:label 'die'@de . ex:a rdfs:label 'the'@en .", labels),
      "the\n");
  assert_string_equal(
      ask("ex:a a owl:Class . ex:a rdfs:label 'die'@de . ex:a skos:prefLabel 'the'@en-GB .",
          labels),
      "the\n");
  assert_string_equal(
      ask("ex:a a owl:Class . ex:a rdfs:label 'die'@de . ex:a rdfs:label 'none' .", labels),
      "none\n");
  assert_string_equal(ask("ex:a a owl:Class . ex:a rdfs:label 'die'@de .", labels), "die\n");
  assert_string_equal(
      ask("ex:a a owl:Class . ex:a rdfs:label 'die'@de . ex:a rdfs:label 'x'@enq .", labels),
      "die\n");
}

static void languages_are_preferred_in_the_order_that_was_asked_for(void **state) {
  static const struct {
    const char *languages, *label, *definition;
  } rows[] = {
      {NULL, "colour", "British"},   {"de,en", "Farbe", "deutsch"},
      {"fr,DE", "Farbe", "deutsch"}, {"en-GB", "colour", "British"},
      {"fr", "plain", "British"},    {"zh-Hant,en-US", "plain", "British"},
  };
  static const char *const wrong[] = {"", ",", "de,", "de en", "-de", "a,b,c,d,e,f,g,h,i"};
  (void)state;
  OgError err = {0};
  for (size_t k = 0; k < OG_COUNT(rows); k++) {
    const char *path = scratch("languages.db");
    remove(path);
    for (int times = 0; times < 2; times++) { /* the graph remembers */
      OgLoader *loader = NULL;
      const OgSourceInfo info = {iri, "x", "test"};
      assert_ok(og_loader_open(path, NULL, &loader, &err));
      if (times == 0 && rows[k].languages) {
        assert_ok(og_loader_prefer_languages(loader, rows[k].languages, &err));
      }
      const OgSink sink = og_loader_sink(loader);
      assert_ok(og_loader_begin_source(loader, &info, &err));
      assert_ok(say(&sink,
                    "ex:a a owl:Class . ex:a rdfs:label 'colour'@en-GB . ex:a rdfs:label "
                    "'Farbe'@de . ex:a rdfs:label 'plain' . ex:a skos:definition 'British'@en-GB . "
                    "ex:a skos:definition 'deutsch'@de-AT .",
                    &err));
      assert_ok(og_loader_end_source(loader, "", 0, &err));
      assert_ok(og_loader_commit(loader, NULL, &err));
      og_loader_close(loader);
      char expected[100];
      snprintf(expected, sizeof expected, "%s|%s\n", rows[k].label, rows[k].definition);
      assert_string_equal(query_text(path, "SELECT label, definition FROM entity_text"), expected);
    }
  }
  for (size_t k = 0; k < OG_COUNT(wrong); k++) {
    OgLoader *loader = NULL;
    assert_ok(og_loader_open(scratch("languages.db"), NULL, &loader, &err));
    assert_status(og_loader_prefer_languages(loader, wrong[k], &err), OG_USAGE);
    og_loader_close(loader);
  }
}

static void a_synonym_is_a_label_only_where_there_is_no_other(void **state) {
  (void)state;
  assert_string_equal(
      ask("ex:a a owl:Class . ex:a rdfs:label 'die'@de . ex:a skos:altLabel 'alt'@en .", labels),
      "die\n");
  assert_string_equal(
      ask("ex:a a owl:Class . ex:a skos:altLabel 'alt'@en . ex:a skos:hiddenLabel 'hid'@en .",
          labels),
      "alt\n");
}

static void without_a_name_the_iri_gives_one(void **state) {
  static const char *const cases[][2] = {
      {"ex:ThinAndCrispyPizza", "Thin And Crispy Pizza|Thin And Crispy Pizza|local\n"},
      {"ex:thinCrust", "thin crust|thin crust|local\n"},
      {"ex:has_DNA", "has DNA|has DNA|local\n"},
      {"ex:hasDNAPart", "has DNA part|has DNA part|local\n"},
      {"obo:DOID_4", "DOID_4|-|-\n"},
  };
  (void)state;
  for (size_t k = 0; k < OG_COUNT(cases); k++) {
    char text[100];
    snprintf(text, sizeof text, "%s a owl:Class .", cases[k][0]);
    assert_string_equal(ask(text, "SELECT label, name.text, name.kind FROM entity LEFT JOIN name "
                                  "ON entity.id = name.entity"),
                        cases[k][1]);
  }
}

static void empty_names_and_definitions_are_none(void **state) {
  (void)state;
  assert_string_equal(ask("ex:Thin a owl:Class . ex:Thin rdfs:label '' . ex:Thin rdfs:comment '' .",
                          "SELECT label, definition FROM entity"),
                      "Thin|-\n");
}

static void a_name_said_by_two_sources_is_one_name(void **state) {
  (void)state;
  OgError err = {0};
  const char *path = scratch("said-twice.db");
  assert_ok(import_text(path, "urn:one", "ex:a a owl:Class . ex:a rdfs:label 'A' .", NULL, &err));
  assert_ok(import_text(path, "urn:two", "ex:a a owl:Class . ex:a rdfs:label 'A' .", NULL, &err));
  assert_int_equal(query_number(path, "SELECT count(*) FROM name"), 1);
}

static void names_are_found_by_full_text(void **state) {
  (void)state;
  OgError err = {0};
  const char *path = scratch("fts.db");
  static const char search[] = "SELECT text FROM name_fts WHERE name_fts MATCH 'cafe'";
  assert_ok(
      import_text(path, iri, "ex:a a owl:Class . ex:a rdfs:label 'Grand Café' .", NULL, &err));
  assert_string_equal(query_text(path, search), "Grand Café\n");
  assert_ok(import_text(path, iri, "ex:a a owl:Class . ex:a rdfs:label 'Bar' .", NULL, &err));
  assert_string_equal(query_text(path, search), "");
  assert_string_equal(query_text(path, "INSERT INTO name_fts(name_fts) VALUES('integrity-check')"),
                      "");
}

static void definitions_are_chosen_in_the_order_of_the_table(void **state) {
  (void)state;
  OgError err = {0};
  OgBuffer text = OG_BUFFER_INIT;
  assert_ok(og_buffer_text(&text, "ex:a a owl:Class . ", &err));
  /* From the last row to the first, each is preferred to those after it. */
  for (int k = OG_PREDICATE_RULES - 1; k >= 0; k--) {
    const OgPredicateRule *rule = &og_predicate_rules[k];
    if (rule->meaning == OG_MEANS_DEFINITION) {
      char expected[40];
      assert_ok(og_buffer_format(&text, &err, "ex:a <%s> 'rank %d' . ", rule->iri, rule->rank));
      snprintf(expected, sizeof expected, "rank %d\n", rule->rank);
      assert_string_equal(ask(text.data, "SELECT definition FROM entity_text"), expected);
    }
  }
  og_buffer_clear(&text);
  assert_string_equal(
      ask("ex:a a owl:Class . ex:a skos:definition 'die'@de . ex:a skos:definition 'the'@en .",
          "SELECT definition FROM entity_text"),
      "the\n");
}

static void a_comment_defines_where_nothing_else_does(void **state) {
  (void)state;
  static const char sql[] =
      "SELECT label, ifnull(definition, 'none') FROM entity_text ORDER BY label";
  static const char comments[] = "ex:A a owl:Class . ex:A rdfs:comment 'a' . ex:B a owl:Class . "
                                 "ex:o a owl:Ontology . ex:o dcterms:description 'of it all' . "
                                 "ex:p a owl:ObjectProperty . ex:p skos:definition 'of p' . ";
  OgError err = {0};
  OgLoadSummary summary;
  OgBuffer text = OG_BUFFER_INIT;
  assert_string_equal(ask(comments, sql), "A|a\nB|none\n");
  assert_ok(og_buffer_format(&text, &err, "%sex:B skos:definition 'b' . ", comments));
  assert_string_equal(ask(text.data, sql), "A|none\nB|b\n");
  /* whether in one file or in two */
  const char *path = scratch("comments.db");
  assert_ok(import_text(path, "http://example.org/one", comments, &summary, &err));
  assert_ok(
      import_text(path, "http://example.org/two", "ex:B skos:definition 'b' .", &summary, &err));
  assert_string_equal(query_text(path, sql), "A|none\nB|b\n");
  og_buffer_clear(&text);
}

/* A thesaurus keeps no more of what it gave up. */
static void what_is_deprecated_and_nothing_else_is_a_concept(void **state) {
  (void)state;
  static const char sql[] = "SELECT label, kind, deprecated FROM entity_text ORDER BY iri";
  assert_string_equal(
      ask("ex:a owl:deprecated 'true' . ex:a rdfs:label 'old' . ex:b owl:deprecated '1' . "
          "ex:c owl:deprecated 'false' . ex:d owl:deprecated ex:true . "
          "ex:p owl:deprecated 'true' . ex:x ex:p 'y' . ex:q owl:deprecated 'true' . "
          "ex:q a owl:DatatypeProperty . ex:o owl:deprecated 'true' . ex:o a owl:Ontology . "
          "ex:e owl:deprecated 'true' . ex:e rdfs:subClassOf ex:f .",
          sql),
      "old|concept|1\nb|concept|1\ne|class|1\nf|class|0\n");
}

static void deprecated_entities_are_marked_and_point_on(void **state) {
  static const char *const replacements[] = {
      "ex:a obo:IAO_0100001 obo:DOID_4 .",
      "ex:a dcterms:isReplacedBy obo:DOID_4 .",
      "ex:a oboInOwl:replacedBy obo:DOID_4 .",
      "ex:a obo:IAO_0100001 'http://purl.obolibrary.org/obo/DOID_4' .",
      "ex:a obo:IAO_0100001 'DOID:4' .",
      "ex:a obo:IAO_0100001 'DOID_4'^^xsd:string .",
  };
  static const char sql[] = "SELECT deprecated, replaced_by FROM entity_text WHERE iri LIKE '%/a'";
  (void)state;
  for (size_t k = 0; k < OG_COUNT(replacements); k++) {
    char text[400];
    snprintf(text, sizeof text,
             "obo:DOID_4 a owl:Class . obo:DOID_4 rdfs:label 'disease' . ex:a a owl:Class . "
             "ex:a owl:deprecated 'true'^^xsd:boolean . %s",
             replacements[k]);
    assert_string_equal(ask(text, sql), "1|disease\n");
  }
  assert_string_equal(
      ask("ex:a a owl:Class . ex:a owl:deprecated 'false' . ex:a obo:IAO_0100001 'NO:1' .", sql),
      "0|-\n");
  assert_string_equal(
      ask("ex:a a owl:Class . ex:a owl:deprecated '1' . ex:a obo:IAO_0100001 ex:gone .", sql),
      "1|-\n");
}

static void all_successors_are_kept(void **state) {
  (void)state;
  assert_string_equal(
      ask("ex:a a owl:Class . ex:b a owl:Class . ex:c a owl:Class . obo:DOID_4 a owl:Class . "
          "ex:a obo:IAO_0100001 ex:b . ex:a obo:IAO_0100001 ex:c . ex:a oboInOwl:consider ex:c . "
          "ex:a oboInOwl:consider 'DOID:4' . ex:a oboInOwl:consider 'NO:1' . "
          "ex:a oboInOwl:hasExactSynonym 'old name' . ex:a owl:deprecated 'true' .",
          "SELECT e.label, successor.kind, s.label FROM successor JOIN entity e ON e.id = entity "
          "JOIN entity s ON s.id = successor ORDER BY 1, 2, 3"),
      "old name|consider|DOID_4\nold name|consider|c\nold name|replaced by|b\n"
      "old name|replaced by|c\n");
}

static void a_replacement_may_use_a_prefix_of_the_file(void **state) {
  (void)state;
  OgError err = {0};
  OgLoader *loader = NULL;
  const char *path = scratch("curie.db");
  const OgSourceInfo info = {iri, "x", "test"};
  assert_ok(og_loader_open(path, NULL, &loader, &err));
  const OgSink sink = og_loader_sink(loader);
  assert_ok(og_loader_begin_source(loader, &info, &err));
  assert_ok(sink.prefix(sink.data, OG_TEXT("e"), OG_TEXT("http://example.org/"), &err));
  assert_ok(say(&sink, "ex:a a owl:Class . ex:b a owl:Class . ex:a obo:IAO_0100001 'e:b' .", &err));
  assert_ok(og_loader_end_source(loader, "", 0, &err));
  assert_ok(og_loader_commit(loader, NULL, &err));
  og_loader_close(loader);
  assert_string_equal(
      query_text(path, "SELECT label FROM entity_text WHERE replaced_by IS NOT NULL"), "a\n");
}

static void relations_have_readable_labels(void **state) {
  (void)state;
  assert_string_equal(ask("ex:hasPart a owl:ObjectProperty . ex:r1 a owl:ObjectProperty . "
                          "ex:r1 rdfs:label 'located in'@en . ex:r1 rdfs:label 'liegt in'@de . "
                          "ex:a rdfs:subClassOf ex:b .",
                          "SELECT label FROM relation ORDER BY 1"),
                      "has part\nlocated in\nsubClassOf\n");
}

/* ---- Sources, and what is left ---- */

static void every_header_predicate_of_the_table_fills_its_field(void **state) {
  static const char *const columns[OG_HEADER_FIELDS] = {"title", "version", "licence", "date"};
  (void)state;
  for (int k = 0; k < OG_HEADER_RULES; k++) {
    char text[300], sql[60];
    snprintf(text, sizeof text,
             "ex:o a owl:Ontology . ex:o <%s> 'found' . ex:a <%s> 'not of a header' .",
             og_header_rules[k].iri, og_header_rules[k].iri);
    snprintf(sql, sizeof sql, "SELECT %s FROM source", columns[og_header_rules[k].field]);
    assert_string_equal(ask(text, sql), "found\n");
  }
  assert_string_equal(
      ask("ex:s a skos:ConceptScheme . ex:s dcterms:title 'Der'@de . ex:s dcterms:title 'The'@en . "
          "ex:s dcterms:license ex:by .",
          "SELECT title, version, licence FROM source"),
      "The|-|http://example.org/by\n");
}

static void every_statement_is_accounted_for(void **state) {
  (void)state;
  OgError err = {0};
  OgLoadSummary summary;
  const char *path = scratch("readings.db");
  assert_ok(import_text(
      path, iri,
      "ex:o a owl:Ontology . ex:o dcterms:title 'T' . ex:a a owl:Class . "
      "ex:a rdfs:label 'A' . ex:a rdfs:comment 'first' . ex:a skos:definition 'chosen' . "
      "ex:a rdfs:subClassOf ex:b . ex:a rdfs:subClassOf _:r . _:r a owl:Restriction . "
      "_:r owl:onProperty ex:p . _:r owl:someValuesFrom ex:b . ex:a owl:deprecated 'true' . "
      "ex:a ex:xref 'X:1' . ex:a owl:disjointWith ex:b .",
      &summary, &err));
  assert_string_equal(
      query_text(path, "SELECT became, sum(statements) FROM reading GROUP BY 1 ORDER BY 1"),
      "attribute|2\ndefinition|1\nedge|2\nheader|1\nmark|1\nname|1\nstatement|1\nstructure|3\n"
      "type|2\n");
  assert_int_equal(summary.readings[OG_READ_LEFT], 1);
  assert_int_equal(summary.readings[OG_READ_STRUCTURE], 3);
  uint64_t sum = 0;
  for (int k = 0; k < OG_READINGS; k++) {
    sum += summary.readings[k];
  }
  assert_int_equal(sum, summary.statements);
  assert_string_equal(query_text(path, "SELECT text FROM reading JOIN term ON id = predicate "
                                       "WHERE became = 'attribute' ORDER BY 1"),
                      "http://example.org/xref\nhttp://www.w3.org/2000/01/rdf-schema#comment\n");
}

static void deriving_again_gives_the_same(void **state) {
  (void)state;
  OgError err = {0};
  OgStore *store = NULL;
  OgInterpretation result;
  const char *path = scratch("again.db");
  assert_ok(import_text(
      path, iri,
      "ex:o a owl:Ontology . ex:o dcterms:title 'T' . ex:a a owl:Class . ex:a rdfs:label 'A'@en . "
      "ex:a rdfs:subClassOf _:r . " RESTRICTION("_:r", "ex:b") "ex:c owl:equivalentClass ex:a .",
      NULL, &err));
  char *before = graph_dump(path);
  assert_ok(og_store_open(path, OG_STORE_WRITE, &store, &err));
  assert_ok(og_store_begin(store, &err));
  assert_ok(og_store_exec(
      store, "DELETE FROM entity; DELETE FROM edge; DELETE FROM name; DELETE FROM relation",
      "write to", &err));
  assert_ok(og_interpret(store, NULL, &result, &err));
  assert_ok(og_store_commit(store, &err));
  og_store_close(store);
  char *after = graph_dump(path);
  assert_string_equal(after, before);
  assert_int_equal(result.edges, 2);
  og_free(before);
  og_free(after);
}

static void statements_of_terms_that_are_gone_are_reported(void **state) {
  static const char *const damages[] = {
      "DELETE FROM term WHERE text = 'A'",
      "UPDATE quad SET object = 999999 WHERE object = (SELECT id FROM term WHERE text = 'A')",
      "UPDATE quad SET subject = -5 WHERE object = (SELECT id FROM term WHERE text = 'A')",
  };
  (void)state;
  OgError err = {0};
  for (size_t k = 0; k < OG_COUNT(damages); k++) {
    OgStore *store = NULL;
    const char *path = scratch("gone.db");
    remove(path);
    assert_ok(import_text(path, iri, "ex:a a owl:Class . ex:a rdfs:label 'A' .", NULL, &err));
    assert_ok(og_store_open(path, OG_STORE_WRITE, &store, &err));
    assert_ok(og_store_begin(store, &err));
    assert_ok(og_store_exec(store, damages[k], "write to", &err));
    assert_status(og_interpret(store, NULL, NULL, &err), OG_BAD_STORE);
    og_store_close(store);
  }
}

/* "prefix:local" of an IRI, as documents write it. */
static void shorten(const char *full, char *curie, size_t size) {
  const OgText local = og_iri_local((OgText){full, strlen(full)});
  const size_t space = strlen(full) - local.size;
  for (const OgPrefix *known = og_known_prefixes; known->prefix; known++) {
    if (strlen(known->iri) == space && memcmp(known->iri, full, space) == 0) {
      snprintf(curie, size, "`%s:%s`", known->prefix, local.data);
      return;
    }
  }
  if (strncmp(full, "urn:", 4) == 0) {
    snprintf(curie, size, "`%s`", full);
    return;
  }
  /* schema.org goes by https too; Creative Commons has no prefix of ours */
  snprintf(curie, size, "%s:%s`", strstr(full, "schema") ? "`schema" : "`cc", local.data);
}

static void assert_told(const char *document, const char *full) {
  char curie[200];
  shorten(full, curie, sizeof curie);
  if (!strstr(document, curie)) {
    fail_msg("docs/interpretation.md says nothing of %s", curie);
  }
}

static void the_document_tells_every_rule(void **state) {
  (void)state;
  OgError err = {0};
  OgBuffer text = OG_BUFFER_INIT;
  assert_ok(og_file_read(test_data("../../docs/interpretation.md"), 1 << 20, &text, &err));
  for (int k = 0; k < OG_PREDICATE_RULES; k++) {
    const OgMeaning meaning = og_predicate_rules[k].meaning;
    if (meaning != OG_MEANS_FIRST && meaning != OG_MEANS_REST) {
      assert_told(text.data, og_predicate_rules[k].iri);
    }
  }
  for (int k = 0; k < OG_TYPE_RULES; k++) {
    assert_told(text.data, og_type_rules[k].iri);
  }
  for (int k = 0; k < OG_HEADER_RULES; k++) {
    assert_told(text.data, og_header_rules[k].iri);
  }
  og_buffer_clear(&text);
}

static void the_words_of_via_stand_in_order(void **state) {
  (void)state;
  for (int k = 1; k < OG_VIAS; k++) {
    assert_true(strcmp(og_via_words[k - 1], og_via_words[k]) < 0);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_type_of_the_table_makes_its_kind_of_thing),
      cmocka_unit_test(ends_of_a_hierarchy_are_entities_undeclared),
      cmocka_unit_test(further_types_of_a_concept_are_no_edges),
      cmocka_unit_test(members_of_a_scheme_are_concepts_undeclared),
      cmocka_unit_test(what_has_members_is_an_individual_undeclared),
      cmocka_unit_test(what_has_a_label_of_skos_is_a_concept_undeclared),
      cmocka_unit_test(what_was_replaced_is_of_the_kind_of_its_successor),
      cmocka_unit_test(what_has_a_class_of_its_own_is_an_individual),
      cmocka_unit_test(words_of_the_language_are_no_entities),
      cmocka_unit_test(a_property_with_a_type_of_its_own_stays_a_property),
      cmocka_unit_test(a_class_that_is_an_individual_too_is_a_class),
      cmocka_unit_test(named_superclasses_and_equals_are_edges),
      cmocka_unit_test(concepts_are_linked_with_narrower_turned_round),
      cmocka_unit_test(collections_are_linked_to_their_members),
      cmocka_unit_test(rules_make_no_entities),
      cmocka_unit_test(every_edge_predicate_of_the_table_links_entities),
      cmocka_unit_test(assertions_between_entities_are_edges),
      cmocka_unit_test(every_restriction_of_the_table_is_an_edge_with_its_via),
      cmocka_unit_test(at_least_none_is_a_link_that_may_be),
      cmocka_unit_test(restrictions_without_a_link_are_left),
      cmocka_unit_test(fillers_of_several_classes_give_one_edge_each),
      cmocka_unit_test(an_inverse_property_is_read_from_its_other_end),
      cmocka_unit_test(genus_and_differentia_are_edges),
      cmocka_unit_test(an_individual_has_the_restrictions_of_its_type),
      cmocka_unit_test(two_sources_of_an_edge_are_both_kept),
      cmocka_unit_test(hostile_expressions_end),
      cmocka_unit_test(every_name_predicate_of_the_table_gives_its_kind),
      cmocka_unit_test(a_label_is_english_then_of_no_language_then_any),
      cmocka_unit_test(languages_are_preferred_in_the_order_that_was_asked_for),
      cmocka_unit_test(a_synonym_is_a_label_only_where_there_is_no_other),
      cmocka_unit_test(without_a_name_the_iri_gives_one),
      cmocka_unit_test(empty_names_and_definitions_are_none),
      cmocka_unit_test(a_name_said_by_two_sources_is_one_name),
      cmocka_unit_test(names_are_found_by_full_text),
      cmocka_unit_test(a_comment_defines_where_nothing_else_does),
      cmocka_unit_test(what_is_deprecated_and_nothing_else_is_a_concept),
      cmocka_unit_test(definitions_are_chosen_in_the_order_of_the_table),
      cmocka_unit_test(deprecated_entities_are_marked_and_point_on),
      cmocka_unit_test(all_successors_are_kept),
      cmocka_unit_test(a_replacement_may_use_a_prefix_of_the_file),
      cmocka_unit_test(relations_have_readable_labels),
      cmocka_unit_test(every_header_predicate_of_the_table_fills_its_field),
      cmocka_unit_test(every_statement_is_accounted_for),
      cmocka_unit_test(deriving_again_gives_the_same),
      cmocka_unit_test(statements_of_terms_that_are_gone_are_reported),
      cmocka_unit_test(the_document_tells_every_rule),
      cmocka_unit_test(the_words_of_via_stand_in_order),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
