#include "kg/terms.h"

#include "core/memory.h"
#include "core/vocab.h"
#include "tests/test.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static uint32_t add(OgTerms *terms, OgTermKind kind, const char *text, const char *datatype,
                    const char *language) {
  OgError err = {0};
  uint32_t number = 0;
  const OgTerm term = {
      kind, {text, strlen(text)}, {datatype, strlen(datatype)}, {language, strlen(language)}};
  assert_ok(og_terms_add(terms, &term, &number, &err));
  return number;
}

static void the_same_text_is_another_term_as_another_kind(void **state) {
  (void)state;
  OgTerms *terms = og_terms_new();
  const uint32_t iri = add(terms, OG_IRI, "x", "", "");
  const uint32_t blank = add(terms, OG_BLANK, "x", "", "");
  const uint32_t literal = add(terms, OG_LITERAL, "x", "", "");
  const uint32_t english = add(terms, OG_LITERAL, "x", "", "en");
  const uint32_t german = add(terms, OG_LITERAL, "x", "", "de");
  const uint32_t integer = add(terms, OG_LITERAL, "x", OG_NS_XSD "integer", "");
  const uint32_t all[] = {iri, blank, literal, english, german, integer};
  for (size_t k = 0; k < OG_COUNT(all); k++) {
    for (size_t j = k + 1; j < OG_COUNT(all); j++) {
      assert_int_not_equal(all[k], all[j]);
    }
  }
  assert_int_equal(add(terms, OG_LITERAL, "x", "", "de"), german);
  assert_int_equal(add(terms, OG_LITERAL, "x", OG_NS_XSD "integer", ""), integer);
  assert_int_equal(og_terms_count(terms), 7); /* and the datatype */
  og_terms_free(terms);
}

static void a_string_is_one_term_however_its_datatype_is_said(void **state) {
  (void)state;
  OgTerms *terms = og_terms_new();
  const uint32_t plain = add(terms, OG_LITERAL, "x", "", "");
  assert_int_equal(add(terms, OG_LITERAL, "x", OG_NS_XSD "string", ""), plain);
  const uint32_t english = add(terms, OG_LITERAL, "x", "", "en");
  assert_int_equal(add(terms, OG_LITERAL, "x", OG_NS_RDF "langString", "en"), english);
  og_terms_free(terms);
}

static void a_term_reads_back_as_it_was_given(void **state) {
  (void)state;
  OgTerms *terms = og_terms_new();
  OgTermRecord record;
  og_terms_get(terms, add(terms, OG_LITERAL, "1.50", OG_NS_XSD "decimal", ""), &record);
  assert_int_equal(record.kind, OG_LITERAL);
  assert_int_equal(record.text.size, 4);
  assert_memory_equal(record.text.data, "1.50", 4);
  assert_int_equal(record.language.size, 0);
  OgTermRecord datatype;
  og_terms_get(terms, record.datatype, &datatype);
  assert_int_equal(datatype.kind, OG_IRI);
  assert_memory_equal(datatype.text.data, OG_NS_XSD "decimal", datatype.text.size);
  og_terms_get(terms, add(terms, OG_LITERAL, "", "", "en-GB"), &record);
  assert_int_equal(record.text.size, 0);
  assert_int_equal(record.language.size, 5);
  assert_memory_equal(record.language.data, "en-GB", 5);
  assert_true(record.datatype == OG_TERM_NONE);
  og_terms_free(terms);
}

static void blank_nodes_of_two_scopes_never_meet(void **state) {
  (void)state;
  OgError err = {0};
  OgTerms *terms = og_terms_new();
  const uint32_t first = add(terms, OG_BLANK, "a", "", "");
  assert_int_equal(add(terms, OG_BLANK, "a", "", ""), first);
  assert_ok(og_terms_new_scope(terms, &err));
  assert_int_not_equal(add(terms, OG_BLANK, "a", "", ""), first);
  og_terms_free(terms);
}

/* Hundreds of language tags and datatypes: more than any first allocation. */
static void classes_may_be_many(void **state) {
  (void)state;
  OgTerms *terms = og_terms_new();
  char tag[16];
  uint32_t numbers[600];
  for (int round = 0; round < 2; round++) {
    for (int k = 0; k < 300; k++) {
      snprintf(tag, sizeof tag, "x-%d", k);
      const uint32_t language = add(terms, OG_LITERAL, "t", "", tag);
      const uint32_t datatype = add(terms, OG_LITERAL, "t", tag, "");
      if (round == 0) {
        numbers[2 * k] = language;
        numbers[2 * k + 1] = datatype;
      }
      assert_int_equal(language, numbers[2 * k]);
      assert_int_equal(datatype, numbers[2 * k + 1]);
    }
  }
  OgTermRecord record;
  og_terms_get(terms, numbers[2 * 299], &record);
  assert_memory_equal(record.language.data, "x-299", 5);
  og_terms_free(terms);
}

/* Fail each allocation in turn; a table that survived a failure takes the same terms afterwards. */
static void every_failed_allocation_is_reported(void **state) {
  (void)state;
  OgError err = {0};
  const OgTerm term = {OG_LITERAL, OG_TEXT("1"), OG_TEXT("urn:type"), OG_TEXT("")};
  const OgTerm tagged = {OG_LITERAL, OG_TEXT("1"), OG_TEXT(""), OG_TEXT("en")};
  bool done = false;
  for (long countdown = 0; !done; countdown++) {
    uint32_t number;
    og_memory_fail_after(countdown);
    OgTerms *terms = og_terms_new();
    OgStatus status = terms ? og_terms_add(terms, &term, &number, &err) : OG_NO_MEMORY;
    if (status == OG_OK) {
      status = og_terms_add(terms, &tagged, &number, &err);
    }
    og_memory_fail_after(-1);
    done = status == OG_OK;
    if (!done) {
      assert_status(status, OG_NO_MEMORY);
    }
    if (terms) {
      assert_ok(og_terms_add(terms, &term, &number, &err));
      OgTermRecord record;
      og_terms_get(terms, number, &record);
      og_terms_get(terms, record.datatype, &record);
      assert_memory_equal(record.text.data, "urn:type", 8);
    }
    og_terms_free(terms);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_same_text_is_another_term_as_another_kind),
      cmocka_unit_test(a_string_is_one_term_however_its_datatype_is_said),
      cmocka_unit_test(a_term_reads_back_as_it_was_given),
      cmocka_unit_test(blank_nodes_of_two_scopes_never_meet),
      cmocka_unit_test(classes_may_be_many),
      cmocka_unit_test(every_failed_allocation_is_reported),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
