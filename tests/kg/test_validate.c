#include "kg/validate.h"

#include "core/buffer.h"
#include "core/memory.h"
#include "kg/infer.h"
#include "tests/kg/statements.h"
#include "tests/test.h"

#include <stdio.h>
#include <string.h>

/* Import the text, validate it, and compare what one check found: "label [id]: detail" a line. */
static void expect(OgCheck check, const char *statements, const char *expected) {
  OgError err = {0};
  OgStore *store = NULL;
  OgValidation validation;
  char text[4096] = "";
  remove(scratch("valid.db"));
  assert_ok(import_text(scratch("valid.db"), "http://example.org/g", statements, NULL, &err));
  assert_ok(og_store_open(scratch("valid.db"), OG_STORE_READ, &store, &err));
  assert_ok(og_validate(store, NULL, 100, NULL, &validation, &err));
  const OgFindings *findings = &validation.checks[check];
  assert_int_equal(findings->count, findings->total);
  for (size_t k = 0; k < findings->count; k++) {
    const OgFinding *finding = &findings->items[k];
    const size_t used = strlen(text);
    snprintf(text + used, sizeof text - used, "%s [%s]: %s\n",
             finding->label ? finding->label : "-", finding->iri,
             finding->detail ? finding->detail : "-");
  }
  assert_string_equal(text, expected);
  og_validation_clear(&validation);
  og_store_close(store);
}

#define EX "http://example.org/"

static void what_is_imported_should_be_there(void **state) {
  (void)state;
  expect(OG_CHECK_IMPORTS,
         "ex:o a owl:Ontology . ex:o owl:imports ex:there . ex:there a owl:Ontology . "
         "ex:o owl:imports ex:v2 . ex:there owl:versionIRI ex:v2 . ex:o owl:imports ex:far .",
         "- [" EX "far]: -\n");
  expect(OG_CHECK_IMPORTS, "ex:a a owl:Class .", "");
}

static void what_is_referred_to_should_be_described(void **state) {
  (void)state;
  expect(OG_CHECK_DANGLING,
         "ex:a a owl:Class . ex:a rdfs:label 'a'@en . ex:a rdfs:subClassOf ex:gone . "
         "ex:b a owl:Class . ex:b rdfs:label 'b'@en . ex:b rdfs:subClassOf ex:gone . "
         "ex:b rdfs:subClassOf _:r . _:r owl:onProperty ex:p . _:r owl:someValuesFrom ex:a . "
         "ex:q rdfs:range ex:Range . "
         /* links to elsewhere, and words that everybody knows */
         "ex:a rdfs:seeAlso ex:page . ex:a skos:exactMatch ex:other . ex:a a foaf:Agent . "
         "ex:q a owl:ObjectProperty . ex:i a ex:a . ex:i ex:q ex:nobody .",
         "- [" EX "gone]: subClassOf of a [" EX "a], and 1 more\n"
         "- [" EX "p]: onProperty of a class expression\n"
         "- [" EX "Range]: range of <" EX "q>\n"
         "- [" EX "nobody]: q of i [" EX "i]\n");
}

/* Statements that were inferred describe nothing. */
static void what_was_inferred_is_no_description(void **state) {
  (void)state;
  OgError err = {0};
  OgStore *store = NULL;
  OgValidation validation;
  const OgInferOptions infer = OG_INFER_OPTIONS_INIT;
  assert_ok(import_text(scratch("inferred.db"), EX "g",
                        "ex:a a owl:Class . ex:a owl:equivalentClass ex:b .", NULL, &err));
  size_t totals[2];
  for (int inferred = 0; inferred < 2; inferred++) {
    assert_ok(og_store_open(scratch("inferred.db"), OG_STORE_WRITE, &store, &err));
    if (inferred) {
      assert_ok(og_infer(store, &infer, NULL, NULL, &err));
      assert_true(query_number(scratch("inferred.db"),
                               "SELECT count(*) FROM quad WHERE source = (SELECT id "
                               "FROM source WHERE iri = '" OG_INFERRED_GRAPH "')") > 0);
    }
    assert_ok(og_validate(store, NULL, 10, NULL, &validation, &err));
    totals[inferred] = validation.checks[OG_CHECK_DANGLING].total;
    og_validation_clear(&validation);
    og_store_close(store);
  }
  assert_int_equal(totals[0], 1);
  assert_int_equal(totals[1], 1);
}

static void a_hierarchy_should_not_turn_back(void **state) {
  (void)state;
  expect(OG_CHECK_CYCLE,
         "ex:a a owl:Class . ex:a rdfs:label 'A'@en . ex:a rdfs:subClassOf ex:b . "
         "ex:b rdfs:label 'B'@en . ex:b rdfs:subClassOf ex:c . ex:c rdfs:label 'C'@en . "
         "ex:c rdfs:subClassOf ex:a . ex:c rdfs:subClassOf ex:b . ex:d rdfs:subClassOf ex:a . "
         "ex:x a skos:Concept . ex:x skos:broader ex:y . ex:x skos:narrower ex:y . "
         "ex:s a owl:Class . ex:s rdfs:subClassOf ex:s .",
         "s [" EX "s]: is its own parent\n"
         "A [" EX "a]: each is below the next: A [" EX "a], B [" EX "b], C [" EX "c], A [" EX
         "a] again\n"
         "x [" EX "x]: each is below the next: x [" EX "x], y [" EX "y], x [" EX "x] again\n");
  expect(OG_CHECK_CYCLE,
         "ex:a rdfs:subClassOf ex:b . ex:b rdfs:subClassOf ex:a . ex:b rdfs:subClassOf ex:c . "
         "ex:c rdfs:subClassOf ex:b .",
         "a [" EX "a]: each is below the next: a [" EX "a], b [" EX "b], a [" EX
         "a] again; in all, 3 "
         "entities are above and below one another\n");
}

static bool lose_patience(void *data, const char *stage, double done, double total,
                          const char *detail) {
  (void)stage, (void)done, (void)total, (void)detail;
  return --*(int *)data >= 0;
}

static void it_can_be_interrupted_also_within_a_check(void **state) {
  (void)state;
  OgError err = {0};
  OgStore *store = NULL;
  OgValidation validation;
  OgBuffer text = OG_BUFFER_INIT;
  for (unsigned k = 0; k < 5000; k++) {
    assert_ok(og_buffer_format(&text, &err, "ex:c%u rdfs:subClassOf ex:c%u . ", k + 1, k / 2));
  }
  assert_ok(import_text(scratch("patience.db"), EX "g", text.data, NULL, &err));
  assert_ok(og_store_open(scratch("patience.db"), OG_STORE_READ, &store, &err));
  int reports = 0;
  OgStatus status = OG_CANCELLED;
  while (status == OG_CANCELLED) {
    int patience = reports++;
    const OgProgress progress = {lose_patience, NULL, &patience};
    status = og_validate(store, NULL, 10, &progress, &validation, &err);
  }
  assert_ok(status);
  assert_true(reports > OG_CHECKS + 3);
  assert_int_equal(validation.entities, 5001);
  og_validation_clear(&validation);
  og_store_close(store);
  og_buffer_clear(&text);
}

/* A ring: n0 below n1 below … below n0. */
static void of_a_long_cycle_the_ends_are_told(void **state) {
  (void)state;
  enum { LONGEST = 21, TOLD = 20 };
  for (unsigned nodes = TOLD; nodes <= LONGEST; nodes++) {
    char statements[2048] = "", expected[2048] = "n0 [" EX "n0]: each is below the next: ";
    for (unsigned k = 0; k < nodes; k++) {
      const size_t used = strlen(statements), told = strlen(expected);
      snprintf(statements + used, sizeof statements - used, "ex:n%u rdfs:subClassOf ex:n%u . ", k,
               (k + 1) % nodes);
      if (nodes == TOLD || k != 10) {
        snprintf(expected + told, sizeof expected - told, "n%u [" EX "n%u], ", k, k);
      } else {
        snprintf(expected + told, sizeof expected - told, "(1 more), ");
      }
    }
    strcat(expected, "n0 [" EX "n0] again\n");
    expect(OG_CHECK_CYCLE, statements, expected);
  }
}

static void an_entity_should_have_a_name(void **state) {
  (void)state;
  expect(OG_CHECK_UNNAMED,
         "ex:a a owl:Class . ex:b a owl:Class . ex:b skos:altLabel 'b'@en . "
         "ex:c a owl:Class . ex:c owl:deprecated 'true' . ex:b rdfs:subClassOf ex:elsewhere .",
         "a [" EX "a]: -\n");
}

static void two_entities_should_not_bear_one_label(void **state) {
  (void)state;
  expect(OG_CHECK_SAME_NAME,
         "ex:a a owl:Class . ex:a rdfs:label 'gate'@en . ex:a rdfs:label 'Tor'@de . "
         "ex:b a owl:Class . ex:b rdfs:label 'gate'@en . ex:b rdfs:label 'Tor'@de . "
         "ex:c a owl:Class . ex:c rdfs:label 'gate'@nl . "
         "ex:d a owl:Class . ex:d rdfs:label 'gate'@en . ex:d owl:deprecated 'true' . "
         "ex:e a owl:Class . ex:e rdfs:label 'door'@en . ex:e skos:altLabel 'gate'@en .",
         "gate [" EX "b]: \"Tor\" also names gate [" EX "a]\n");
}

static void an_entity_should_be_defined(void **state) {
  (void)state;
  expect(OG_CHECK_UNDEFINED,
         "ex:a a owl:Class . ex:b a owl:Class . ex:b skos:definition 'x' . "
         "ex:c a owl:Class . ex:c owl:deprecated 'true' .",
         "a [" EX "a]: -\n");
}

static void nothing_should_refer_to_what_is_deprecated(void **state) {
  (void)state;
  expect(
      OG_CHECK_DEPRECATED,
      "ex:a a owl:Class . ex:a rdfs:subClassOf ex:old . ex:old a owl:Class . "
      "ex:old owl:deprecated 'true' . ex:old <http://purl.obolibrary.org/obo/IAO_0100001> ex:new ."
      " ex:new a owl:Class . ex:older a owl:Class . ex:older owl:deprecated 'true' . "
      "ex:older rdfs:subClassOf ex:old . ex:b rdfs:subClassOf ex:older . ex:b a owl:Class .",
      "a [" EX "a]: subClassOf old [" EX "old], replaced by new [" EX "new]\n"
      "b [" EX "b]: subClassOf older [" EX "older]\n");
}

static const char many[] =
    "ex:a a owl:Class . ex:a rdfs:subClassOf ex:b . ex:b rdfs:subClassOf ex:a . ex:b a owl:Class . "
    "ex:a rdfs:label 'x'@en . ex:b rdfs:label 'x'@en . ex:c a owl:Class . ex:d a owl:Class . "
    "ex:c rdfs:subClassOf ex:gone . ex:d owl:deprecated 'true' . ex:a rdfs:subClassOf ex:d . "
    "ex:e a owl:Class . ex:a owl:imports ex:far . ex:e rdfs:subClassOf ex:e .";

static void findings_are_counted_beyond_the_limit(void **state) {
  (void)state;
  OgError err = {0};
  OgStore *store = NULL;
  OgValidation validation;
  assert_ok(import_text(scratch("many.db"), "http://example.org/g", many, NULL, &err));
  assert_ok(og_store_open(scratch("many.db"), OG_STORE_READ, &store, &err));
  assert_ok(og_validate(store, NULL, 1, NULL, &validation, &err));
  for (OgCheck check = 0; check < OG_CHECKS; check++) {
    assert_int_equal(validation.checks[check].count, 1);
    assert_true(og_check_name(check)[0] != '\0');
  }
  assert_int_equal(validation.checks[OG_CHECK_UNDEFINED].total, 4);
  assert_int_equal(validation.checks[OG_CHECK_CYCLE].total, 2);
  assert_int_equal(validation.entities, 6);
  assert_int_equal(og_check_severity(OG_CHECK_CYCLE), OG_SEVERITY_ERROR);
  og_validation_clear(&validation);
  OgStatus status = OG_NO_MEMORY;
  for (long failures = 0; status == OG_NO_MEMORY; failures++) {
    og_memory_fail_after(failures);
    status = og_validate(store, "de,en", 10, NULL, &validation, &err);
    og_memory_fail_after(-1);
  }
  assert_ok(status);
  og_validation_clear(&validation);
  og_store_close(store);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(what_is_imported_should_be_there),
      cmocka_unit_test(what_is_referred_to_should_be_described),
      cmocka_unit_test(what_was_inferred_is_no_description),
      cmocka_unit_test(a_hierarchy_should_not_turn_back),
      cmocka_unit_test(of_a_long_cycle_the_ends_are_told),
      cmocka_unit_test(it_can_be_interrupted_also_within_a_check),
      cmocka_unit_test(an_entity_should_have_a_name),
      cmocka_unit_test(two_entities_should_not_bear_one_label),
      cmocka_unit_test(an_entity_should_be_defined),
      cmocka_unit_test(nothing_should_refer_to_what_is_deprecated),
      cmocka_unit_test(findings_are_counted_beyond_the_limit),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
