#include "kg/property_card.h"

#include "core/memory.h"
#include "tests/kg/statements.h"
#include "tests/test.h"

#include <string.h>

static const char family[] =
    "ex:hasParent a owl:ObjectProperty . ex:hasParent rdfs:label 'has parent'@en . "
    "ex:hasParent rdfs:label 'hat Elternteil'@de . ex:hasParent rdfs:comment 'Up one step.'@en . "
    "ex:hasParent a owl:IrreflexiveProperty . ex:hasParent a owl:AsymmetricProperty . "
    "ex:hasParent owl:inverseOf ex:hasChild . ex:hasParent rdfs:subPropertyOf ex:hasAncestor . "
    "ex:hasParent rdfs:range ex:Person . ex:hasParent rdfs:domain _:u . "
    "_:u owl:unionOf _:1 . _:1 rdf:first ex:Person . _:1 rdf:rest _:2 . "
    "_:2 rdf:first ex:Animal . _:2 rdf:rest rdf:nil . "
    "ex:Person a owl:Class . ex:Person rdfs:label 'person' . ex:Animal a owl:Class . "
    "ex:hasChild a owl:ObjectProperty . ex:hasAncestor a owl:ObjectProperty . "
    "ex:hasGrandparent a owl:ObjectProperty . ex:hasGrandparent owl:propertyChainAxiom _:3 . "
    "_:3 rdf:first ex:hasParent . _:3 rdf:rest _:4 . _:4 rdf:first _:i . _:4 rdf:rest rdf:nil . "
    "_:i owl:inverseOf ex:hasChild . "
    "ex:hasAge a owl:DatatypeProperty . ex:hasAge a owl:FunctionalProperty . "
    "ex:ann a owl:NamedIndividual . ex:bob a owl:NamedIndividual . ex:ann ex:hasParent ex:bob . "
    "ex:bob rdfs:seeAlso <rdfs:comment> . "; /* an IRI that reads like the CURIE of a property */

static OgStore *store;

static int set_up(void **state) {
  (void)state;
  OgError err = {0};
  const char *path = scratch("family.db");
  assert_ok(import_text(path, "urn:source", family, NULL, &err));
  /* an edge that two files say is one */
  assert_ok(import_text(path, "urn:other", "ex:ann ex:hasParent ex:bob .", NULL, &err));
  assert_ok(og_store_open(path, OG_STORE_READ, &store, &err));
  return 0;
}

static int tear_down(void **state) {
  (void)state;
  og_store_close(store);
  return 0;
}

static void a_property_is_found_by_all_that_means_it(void **state) {
  (void)state;
  static const char *const texts[] = {
      "<http://example.org/hasParent>",
      "http://example.org/hasParent",
      "has parent",
      "Has Parent",
      "hasParent",
      "hasparent",
  };
  OgError err = {0};
  OgPropertyCard card;
  for (size_t k = 0; k < OG_COUNT(texts); k++) {
    assert_ok(og_property_card(store, texts[k], NULL, &card, &err));
    assert_string_equal(card.iri, "http://example.org/hasParent");
    og_property_card_clear(&card);
  }
  /* without edges, and no object property */
  assert_ok(og_property_card(store, "hasAge", NULL, &card, &err));
  assert_string_equal(card.label, "hasAge");
  assert_int_equal(card.axiom_count, 1);
  assert_string_equal(card.axioms[0].kind, "functional");
  og_property_card_clear(&card);
  /* a predicate of which nothing is said */
  assert_ok(og_property_card(store, "rdfs:comment", NULL, &card, &err));
  assert_string_equal(card.label, "comment");
  assert_int_equal(card.axiom_count, 0);
  assert_int_equal(card.edges, 0);
  assert_int_equal(card.statements, 1);
  og_property_card_clear(&card);
  static const char *const none[] = {"person", "Parent", "ex:hasParent", "", "#", "<>"};
  for (size_t k = 0; k < OG_COUNT(none); k++) {
    assert_status(og_property_card(store, none[k], NULL, &card, &err), OG_NOT_FOUND);
  }
}

static void its_card_tells_all_axioms(void **state) {
  (void)state;
  static const struct {
    const char *kind;
    size_t count;
    const char *first; /* label of an argument */
  } axioms[] = {
      {"asymmetric", 0, NULL}, {"irreflexive", 0, NULL},
      {"domain", 2, "person"}, {"inverse of", 1, "has child"},
      {"range", 1, "person"},  {"sub-property of", 1, "has ancestor"},
  };
  OgError err = {0};
  OgPropertyCard card;
  assert_ok(og_property_card(store, "hasParent", NULL, &card, &err));
  assert_string_equal(card.label, "has parent");
  assert_string_equal(card.definition, "Up one step.");
  assert_int_equal(card.edges, 1);
  assert_int_equal(card.axiom_count, OG_COUNT(axioms));
  for (size_t k = 0; k < OG_COUNT(axioms); k++) {
    assert_string_equal(card.axioms[k].kind, axioms[k].kind);
    assert_int_equal(card.axioms[k].count, axioms[k].count);
    if (axioms[k].first) {
      assert_string_equal(card.axioms[k].arguments[0].label, axioms[k].first);
    }
  }
  assert_string_equal(card.axioms[2].arguments[1].iri, "http://example.org/Animal");
  og_property_card_clear(&card);
  assert_ok(og_property_card(store, "hasParent", "de", &card, &err));
  assert_string_equal(card.label, "hat Elternteil");
  og_property_card_clear(&card);
}

static void chains_are_in_order_and_may_go_backwards(void **state) {
  (void)state;
  OgError err = {0};
  OgPropertyCard card;
  assert_ok(og_property_card(store, "hasGrandparent", NULL, &card, &err));
  assert_int_equal(card.axiom_count, 1);
  assert_string_equal(card.axioms[0].kind, "chain");
  assert_int_equal(card.axioms[0].count, 2);
  assert_string_equal(card.axioms[0].arguments[0].iri, "http://example.org/hasParent");
  assert_false(card.axioms[0].arguments[0].inverse);
  assert_string_equal(card.axioms[0].arguments[1].iri, "http://example.org/hasChild");
  assert_true(card.axioms[0].arguments[1].inverse);
  og_property_card_clear(&card);
}

static void every_failed_allocation_is_reported(void **state) {
  (void)state;
  OgStatus status = OG_NO_MEMORY;
  OgPropertyCard card;
  for (long failures = 0; status == OG_NO_MEMORY; failures++) {
    OgError err = {0};
    og_memory_fail_after(failures);
    status = og_property_card(store, "has parent", NULL, &card, &err);
    og_memory_fail_after(-1);
  }
  assert_int_equal(status, OG_OK);
  og_property_card_clear(&card);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_property_is_found_by_all_that_means_it),
      cmocka_unit_test(its_card_tells_all_axioms),
      cmocka_unit_test(chains_are_in_order_and_may_go_backwards),
      cmocka_unit_test(every_failed_allocation_is_reported),
  };
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
