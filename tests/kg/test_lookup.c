#include "kg/lookup.h"

#include "core/memory.h"
#include "core/random.h"
#include "tests/kg/graph.h"
#include "tests/test.h"

#include <stdio.h>
#include <string.h>

static const Row small[] = {
    {"obo:DOID_1612", "rdf:type", "owl:Class", NULL},
    {"obo:DOID_1612", "rdfs:label", "breast cancer", "en"},
    {"obo:DOID_1612", "oboInOwl:hasExactSynonym", "mammary cancer", ""},
    {"obo:DOID_1612", "rdfs:subClassOf", "obo:DOID_162", NULL},
    {"obo:DOID_162", "rdf:type", "owl:Class", NULL},
    {"obo:DOID_162", "rdfs:label", "cancer", ""},
    {"ex:Loan", "rdf:type", "owl:Class", NULL},
    {"ex:Loan", "rdfs:label", "loan", ""},
    {"ex:Loan", "skos:notation", "L 10.5", ""},
    {"ex:breastfeeding", "rdf:type", "owl:Class", NULL},
    {"ex:breastfeeding", "rdfs:label", "breast feeding", ""},
    {"ex:screening", "rdf:type", "owl:Class", NULL},
    {"ex:screening", "rdfs:label", "screening for breast cancer", ""},
    {"ex:old", "rdf:type", "owl:Class", NULL},
    {"ex:old", "rdfs:label", "breast cancer", ""},
    {"ex:old", "owl:deprecated", "true", ""},
    {"ex:alias", "rdf:type", "owl:Class", NULL},
    {"ex:alias", "rdfs:label", "breast disease", ""},
    {"ex:alias", "oboInOwl:hasRelatedSynonym", "breast cancer", ""},
    {"ex:arteries", "rdf:type", "owl:Class", NULL},
    {"ex:arteries", "rdfs:label", "coronary arteries", ""},
    {"ex:sugar", "rdf:type", "owl:Class", NULL},
    {"ex:sugar", "rdfs:label", "糖尿病", "ja"},
    {"ex:sugar", "rdfs:label", "diabetes", "en"},
    {"ex:gene", "rdf:type", "owl:Class", NULL},
    {"ex:gene", "rdfs:label", "CAT", ""},
    {"ex:animal", "rdf:type", "owl:Class", NULL},
    {"ex:animal", "rdfs:label", "cat", ""},
    {"ex:animal", "rdfs:subClassOf", "ex:Loan", NULL},
};

static void an_entity_is_found_by_everything_that_means_it(void **state) {
  OgStore *store = *state;
  OgError err = {0};
  const int64_t expected = graph_id(store, "obo:DOID_1612");
  char number[32];
  snprintf(number, sizeof number, "#%lld", (long long)expected);
  const char *const texts[] = {
      "breast cancer",
      "Breast-Cancers",
      "MAMMARY  CANCER",
      "DOID:1612",
      "obo:DOID_1612",
      "DOID_1612",
      "doid_1612",
      "Doid:1612",
      "doid:1612",
      "OBO:doid_1612",
      "HTTP://purl.obolibrary.org/OBO/doid_1612",
      "http://purl.obolibrary.org/obo/DOID_1612",
      "<http://purl.obolibrary.org/obo/DOID_1612>",
      number,
  };
  for (size_t k = 0; k < OG_COUNT(texts); k++) {
    int64_t entity = 0;
    assert_ok(og_lookup_entity(store, texts[k], &entity, &err));
    if (entity != expected) {
      fail_msg("\"%s\" gave #%lld", texts[k], (long long)entity);
    }
  }
  int64_t entity = 0;
  assert_ok(og_lookup_entity(store, "ex:Loan", &entity, &err));
  assert_int_equal(entity, graph_id(store, "ex:Loan"));
  assert_ok(og_lookup_entity(store, "EX:Loan", &entity, &err));
  assert_ok(og_lookup_entity(store, "L 10.5", &entity, &err));
  assert_int_equal(entity, graph_id(store, "ex:Loan"));
  assert_ok(og_lookup_entity(store, "糖尿病", &entity, &err));
  assert_int_equal(entity, graph_id(store, "ex:sugar"));
}

static void what_is_found_is_described(void **state) {
  OgStore *store = *state;
  OgError err = {0};
  OgFoundList found = OG_FOUND_LIST_INIT;
  assert_ok(og_lookup(store, "mammary cancer", &found, &err));
  assert_int_equal(found.count, 1);
  const OgFound *item = &found.items[0];
  assert_string_equal(item->label, "breast cancer");
  assert_string_equal(item->iri, "http://purl.obolibrary.org/obo/DOID_1612");
  assert_string_equal(item->curie, "DOID:1612");
  assert_string_equal(item->kind, "class");
  assert_string_equal(item->name, "mammary cancer");
  assert_string_equal(item->name_kind, "exact");
  assert_null(item->language);
  assert_false(item->deprecated);
  assert_float_equal(item->score, 0.9f, 1e-6f);
  assert_ok(og_lookup(store, "DOID:162", &found, &err));
  assert_int_equal(found.count, 1);
  assert_null(found.items[0].name);
  og_found_clear(&found);
}

static void what_is_found_is_called_in_the_languages_asked_for(void **state) {
  OgStore *store = *state;
  OgError err = {0};
  OgFoundList found = OG_FOUND_LIST_INIT;
  assert_ok(og_lookup(store, "sugar", &found, &err));
  assert_string_equal(found.items[0].label, "diabetes");
  assert_ok(og_found_prefer(store, "ja,en", &found, &err));
  assert_string_equal(found.items[0].label, "糖尿病");
  og_found_clear(&found);
}

static void an_ambiguous_name_gives_a_ranked_list(void **state) {
  OgStore *store = *state;
  OgError err = {0};
  OgFoundList found = OG_FOUND_LIST_INIT;
  assert_ok(og_lookup(store, "breast cancer", &found, &err));
  assert_int_equal(found.count, 3);
  assert_int_equal(found.items[0].entity, graph_id(store, "obo:DOID_1612"));
  assert_int_equal(found.items[1].entity, graph_id(store, "ex:alias"));
  assert_int_equal(found.items[2].entity, graph_id(store, "ex:old"));
  assert_true(found.items[2].deprecated);
  assert_ok(og_lookup(store, "CAT", &found, &err));
  assert_int_equal(found.items[0].entity, graph_id(store, "ex:gene"));
  assert_ok(og_lookup(store, "cat", &found, &err));
  assert_int_equal(found.items[0].entity, graph_id(store, "ex:animal"));
  og_found_clear(&found);
}

static void what_is_not_there_gets_suggestions(void **state) {
  OgStore *store = *state;
  static const struct {
    const char *text, *hint;
  } cases[] = {
      {"brest cancre", "did you mean \"breast cancer\""},
      {"laon", "\"loan\""},
      {"coronary surgery", "\"coronary arteries\""},
      {"xylophone", "nor anything like it"},
      {"#99999999", "#99999999"},
      {"#1x", "#1x"},
      {"nosuch:thing", "nosuch:thing"},
      {"fibo:laon", "\"loan\""},
      {"http://example.org/none", "none"},
      {"", "\"\""},
      {"+++", "+++"},
      {"%s%n", "%s%n"},
  };
  for (size_t k = 0; k < OG_COUNT(cases); k++) {
    OgError err = {0};
    OgFoundList found = OG_FOUND_LIST_INIT;
    assert_status(og_lookup(store, cases[k].text, &found, &err), OG_NOT_FOUND);
    if (!strstr(err.message, cases[k].hint)) {
      fail_msg("\"%s\": %s", cases[k].text, err.message);
    }
    assert_int_equal(found.count, 0);
    og_found_clear(&found);
  }
}

static void a_number_that_is_none_is_told_as_one(void **state) {
  OgStore *store = *state;
  OgError err = {0};
  int64_t entity;
  assert_status(og_lookup_entity(store, "#99999999999999999999", &entity, &err), OG_NOT_FOUND);
  assert_status(og_lookup_entity(store, "#987654", &entity, &err), OG_NOT_FOUND);
  assert_non_null(strstr(err.message, "has no entity #987654; the numbers are"));
}

static void check_find(OgStore *store, const char *query, size_t limit, const char *const *names,
                       size_t count) {
  OgError err = {0};
  OgFoundList found = OG_FOUND_LIST_INIT;
  assert_ok(og_find_names(store, query, limit, &found, &err));
  if (found.count != count) {
    fail_msg("\"%s\" found %zu, not %zu", query, found.count, count);
  }
  for (size_t k = 0; k < count; k++) {
    assert_string_equal(found.items[k].name, names[k]);
    assert_true(found.items[k].score > 0 && found.items[k].score <= 1);
  }
  og_found_clear(&found);
}

static void what_is_no_entity_is_told_as_what_it_is(void **state) {
  static const struct {
    const char *text, *told;
  } rows[] = {
      {"skos:notation", "it is a property; `ontograft show "},
      {"hasExactSynonym", "it is a property; "},
      {"owl:Class", "it is in statements only; `ontograft show "},
  };
  OgError err = {0};
  OgFoundList found = OG_FOUND_LIST_INIT;
  for (size_t k = 0; k < OG_COUNT(rows); k++) {
    assert_status(og_lookup(*state, rows[k].text, &found, &err), OG_NOT_FOUND);
    assert_non_null(strstr(err.message, rows[k].told));
  }
}

static void names_are_searched_by_the_beginnings_of_words(void **state) {
  OgStore *store = *state;
  static const char *const breast_cancer[] = {"breast cancer", "breast cancer", "breast cancer",
                                              "screening for breast cancer"};
  static const char *const breast_c[] = {"breast cancer", "breast cancer", "breast cancer"};
  static const char *const arteries[] = {"coronary arteries"};
  static const char *const sugar[] = {"糖尿病"};
  check_find(store, "breast cancer", 10, breast_cancer, 4);
  check_find(store, "BREAST canc", 10, breast_cancer, 4);
  check_find(store, "breast cancer", 3, breast_c, 3);
  check_find(store, "canc screen", 10, breast_cancer + 3, 1);
  check_find(store, "artery", 10, arteries, 1);
  check_find(store, "arteries", 10, arteries, 1);
  check_find(store, "coron", 10, arteries, 1);
  check_find(store, "糖尿", 10, sugar, 1);
  check_find(store, "breast cancer", 0, NULL, 0);
  check_find(store, "", 10, NULL, 0);
  check_find(store, "zzz", 10, NULL, 0);
}

static void an_exact_name_comes_before_longer_ones(void **state) {
  OgStore *store = *state;
  OgError err = {0};
  OgFoundList found = OG_FOUND_LIST_INIT;
  assert_ok(og_find_names(store, "cancer", 10, &found, &err));
  assert_true(found.count > 2);
  assert_string_equal(found.items[0].name, "cancer");
  assert_true(found.items[0].score == 1);
  assert_true(found.items[1].score < 1);
  og_found_clear(&found);
}

static void no_text_breaks_the_search(void **state) {
  OgStore *store = *state;
  static const char *const texts[] = {
      "\"",
      "\"breast",
      "breast\" OR \"x",
      "NEAR(breast cancer)",
      "text:breast",
      "breast*",
      "^breast",
      "breast AND",
      "(",
      ")",
      "-",
      "NOT",
      "'; DROP TABLE name; --",
      "a\"b*c^d:e(f)g",
      "\xff\xfe",
      "{a b}:c",
      "+",
      "breast + cancer",
      "\\",
      "AND OR NOT",
  };
  for (size_t k = 0; k < OG_COUNT(texts); k++) {
    OgError err = {0};
    OgFoundList found = OG_FOUND_LIST_INIT;
    assert_ok(og_find_names(store, texts[k], 5, &found, &err));
    og_found_clear(&found);
  }
  OgRandom random;
  og_random_init(&random, 3);
  for (int round = 0; round < 500; round++) {
    OgError err = {0};
    OgFoundList found = OG_FOUND_LIST_INIT;
    char text[40];
    const size_t size = og_random_below(&random, sizeof text);
    for (size_t k = 0; k < size; k++) {
      text[k] = (char)(1 + og_random_below(&random, 255));
    }
    text[size] = '\0';
    assert_ok(og_find_names(store, text, 5, &found, &err));
    og_found_clear(&found);
  }
}

static void a_query_of_many_words_is_cut(void **state) {
  OgStore *store = *state;
  OgError err = {0};
  OgFoundList found = OG_FOUND_LIST_INIT;
  char text[4000] = "";
  for (int k = 0; k < 500; k++) {
    strcat(text, "cancer ");
  }
  assert_ok(og_find_names(store, text, 5, &found, &err));
  assert_int_equal(found.count, 5);
  og_found_clear(&found);
}

static void every_failed_allocation_is_reported(void **state) {
  OgStore *store = *state;
  OgError err = {0};
  OgFoundList found = OG_FOUND_LIST_INIT;
  static const struct {
    const char *text;
    OgStatus end;
  } cases[] = {{"breast cancer", OG_OK},
               {"brest cancre", OG_NOT_FOUND},
               {"coronary x", OG_NOT_FOUND},
               {"owl:Class", OG_NOT_FOUND}};
  for (size_t k = 0; k < OG_COUNT(cases); k++) {
    OgStatus status = OG_NO_MEMORY;
    for (long failures = 0; status == OG_NO_MEMORY; failures++) {
      og_memory_fail_after(failures);
      status = og_lookup(store, cases[k].text, &found, &err);
      og_memory_fail_after(-1);
    }
    assert_status(status, cases[k].end);
  }
  OgStatus status = OG_NO_MEMORY;
  for (long failures = 0; status == OG_NO_MEMORY; failures++) {
    og_memory_fail_after(failures);
    status = og_find_names(store, "breast cancer", 10, &found, &err);
    og_memory_fail_after(-1);
  }
  assert_ok(status);
  og_found_clear(&found);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(an_entity_is_found_by_everything_that_means_it),
      cmocka_unit_test(what_is_found_is_described),
      cmocka_unit_test(what_is_found_is_called_in_the_languages_asked_for),
      cmocka_unit_test(an_ambiguous_name_gives_a_ranked_list),
      cmocka_unit_test(a_number_that_is_none_is_told_as_one),
      cmocka_unit_test(what_is_not_there_gets_suggestions),
      cmocka_unit_test(what_is_no_entity_is_told_as_what_it_is),
      cmocka_unit_test(names_are_searched_by_the_beginnings_of_words),
      cmocka_unit_test(an_exact_name_comes_before_longer_ones),
      cmocka_unit_test(no_text_breaks_the_search),
      cmocka_unit_test(a_query_of_many_words_is_cut),
      cmocka_unit_test(every_failed_allocation_is_reported),
  };
  return run_on_graph(tests, OG_STORE_READ, small);
}
