#include "kg/diff.h"

#include "core/memory.h"
#include "tests/kg/statements.h"
#include "tests/test.h"

#include <stdio.h>
#include <string.h>

#define EX "http://example.org/"

static OgStore *make(const char *name, const char *statements) {
  OgError err = {0};
  OgStore *store = NULL;
  remove(scratch(name));
  assert_ok(import_text(scratch(name), EX "g", statements, NULL, &err));
  assert_ok(og_store_open(scratch(name), OG_STORE_READ, &store, &err));
  return store;
}

static void compare(const char *before, const char *after, const char *languages, OgDiff *diff) {
  OgError err = {0};
  OgStore *old_graph = make("old.db", before), *new_graph = make("new.db", after);
  assert_ok(og_diff(old_graph, new_graph, languages, 100, NULL, diff, &err));
  og_store_close(old_graph);
  og_store_close(new_graph);
}

static const char *or_dash(const char *text) {
  return text ? text : "-";
}

/* All changes: "kind label [iri]: before -> after" a line. */
static void expect(const char *before, const char *after, const char *expected) {
  OgDiff diff;
  char text[4096] = "";
  compare(before, after, NULL, &diff);
  for (OgChangeKind kind = 0; kind < OG_CHANGE_KINDS; kind++) {
    assert_int_equal(diff.kinds[kind].count, diff.kinds[kind].total);
    for (size_t k = 0; k < diff.kinds[kind].count; k++) {
      const OgChange *change = &diff.kinds[kind].items[k];
      const size_t used = strlen(text);
      snprintf(text + used, sizeof text - used, "%s %s [%s]: %s -> %s\n", og_change_name(kind),
               change->label, change->iri, or_dash(change->before), or_dash(change->after));
    }
  }
  assert_string_equal(text, expected);
  og_diff_clear(&diff);
}

static void entities_come_and_go(void **state) {
  (void)state;
  expect(
      "ex:a a owl:Class . ex:a rdfs:subClassOf ex:b . ex:b a owl:Class . ex:b rdfs:label 'B'@en .",
      "ex:b a owl:Class . ex:b rdfs:label 'B'@en . ex:c a owl:Class . ex:c rdfs:subClassOf ex:b .",
      "added c [" EX "c]: - -> B [" EX "b]\nremoved a [" EX "a]: B [" EX "b] -> -\n");
  /* who is still referred to, and no longer described, is gone */
  expect("ex:a a owl:Class . ex:a rdfs:subClassOf ex:b . ex:b a owl:Class .",
         "ex:a a owl:Class . ex:a rdfs:subClassOf ex:b .", "removed b [" EX "b]: - -> -\n");
}

static void marks_come_and_go(void **state) {
  (void)state;
  expect("ex:a a owl:Class . ex:b a owl:Class . ex:c a owl:Class . ex:c owl:deprecated 'true' .",
         "ex:a a owl:Class . ex:a owl:deprecated 'true' . "
         "ex:a <http://purl.obolibrary.org/obo/IAO_0100001> ex:b . ex:b a owl:Class . ex:c a "
         "owl:Class .",
         "deprecated a [" EX "a]: - -> b [" EX "b]\nrestored c [" EX "c]: - -> -\n");
}

static void names_and_definitions_change(void **state) {
  (void)state;
  expect("ex:a a owl:Class . ex:a rdfs:label 'one'@en . ex:a skos:altLabel 'uno'@it . "
         "ex:a skos:definition 'x' . ex:b a owl:Class . ex:b skos:scopeNote 'y' .",
         "ex:a a owl:Class . ex:a rdfs:label 'first'@en . ex:a skos:altLabel 'eins'@de . "
         "ex:a skos:altLabel 'I' . ex:a skos:definition 'z' . ex:b a owl:Class .",
         "renamed first [" EX "a]: one -> first\n"
         "redefined first [" EX "a]: x -> z\nredefined b [" EX "b]: y -> -\n"
         "synonyms first [" EX "a]: uno@it -> I; eins@de\n");
  /* an old label that stays as a synonym has not gone */
  expect("ex:a a owl:Class . ex:a rdfs:label 'one'@en .",
         "ex:a a owl:Class . ex:a rdfs:label 'first'@en . ex:a skos:altLabel 'one'@en .",
         "renamed first [" EX "a]: one -> first\n");
}

static void edges_change(void **state) {
  (void)state;
#define THINGS                                                                                     \
  "ex:p a owl:ObjectProperty . ex:p rdfs:label 'part of'@en . ex:q a owl:ObjectProperty . "        \
  "ex:a a owl:NamedIndividual . ex:b a owl:NamedIndividual . ex:c a owl:NamedIndividual . "        \
  "ex:K a owl:Class . ex:L a owl:Class . "
  expect(THINGS "ex:a ex:p ex:b . ex:a ex:q ex:b . ex:a a ex:K . ex:b a ex:K .",
         THINGS "ex:a ex:p ex:c . ex:a ex:q ex:b . ex:a a ex:L . ex:b a ex:K . ex:b a ex:L .",
         "moved a [" EX "a]: K [" EX "K] -> L [" EX "L]\nmoved b [" EX "b]: - -> L [" EX "L]\n"
         "relations a [" EX "a]: part of b [" EX "b] -> part of c [" EX "c]\n");
}

static const char first[] =
    THINGS "ex:a ex:p ex:b . ex:a a ex:K . ex:x a owl:Class . ex:x rdfs:label 'x'@en . "
           "ex:x rdfs:label 'ix'@de . ex:y a owl:Class . ex:y rdfs:label 'y' . ex:y skos:altLabel "
           "'z' . ex:w a owl:Class . ex:t a owl:Class . ex:t owl:deprecated 'true' .";
static const char second[] =
    THINGS "ex:a ex:q ex:b . ex:a a ex:L . ex:x a owl:Class . ex:x rdfs:label 'X'@en . "
           "ex:x rdfs:label 'ix'@de . ex:y a owl:Class . ex:y rdfs:label 'y' . ex:y owl:deprecated "
           "'true' . ex:t a owl:Class . ex:v a owl:Class . "
           "ex:y rdfs:comment 'y' . ex:u a owl:Class .";

static void the_way_back_is_the_same_turned_round(void **state) {
  (void)state;
  static const OgChangeKind opposite[] = {
      [OG_CHANGE_ADDED] = OG_CHANGE_REMOVED,       [OG_CHANGE_REMOVED] = OG_CHANGE_ADDED,
      [OG_CHANGE_DEPRECATED] = OG_CHANGE_RESTORED, [OG_CHANGE_RESTORED] = OG_CHANGE_DEPRECATED,
      [OG_CHANGE_RENAMED] = OG_CHANGE_RENAMED,     [OG_CHANGE_MOVED] = OG_CHANGE_MOVED,
      [OG_CHANGE_REDEFINED] = OG_CHANGE_REDEFINED, [OG_CHANGE_SYNONYMS] = OG_CHANGE_SYNONYMS,
      [OG_CHANGE_RELATIONS] = OG_CHANGE_RELATIONS,
  };
  OgDiff there, back;
  compare(first, second, NULL, &there);
  compare(second, first, NULL, &back);
  assert_int_equal(there.changed, 7);
  assert_int_equal(back.changed, there.changed);
  assert_int_equal(there.entities[0], back.entities[1]);
  for (OgChangeKind kind = 0; kind < OG_CHANGE_KINDS; kind++) {
    const OgChanges *one = &there.kinds[kind], *other = &back.kinds[opposite[kind]];
    assert_true(one->total + other->total > 0);
    assert_int_equal(one->total, other->total);
    for (size_t k = 0; k < one->count; k++) {
      assert_string_equal(one->items[k].iri, other->items[k].iri);
      assert_string_equal(or_dash(one->items[k].before), or_dash(other->items[k].after));
      assert_string_equal(or_dash(one->items[k].after), or_dash(other->items[k].before));
    }
  }
  og_diff_clear(&there);
  og_diff_clear(&back);
  compare(first, first, NULL, &there);
  assert_int_equal(there.changed, 0);
  og_diff_clear(&there);
}

static void labels_are_those_of_a_language(void **state) {
  (void)state;
  OgDiff diff;
  compare(first, second, "de", &diff);
  assert_int_equal(diff.kinds[OG_CHANGE_RENAMED].total, 0);
  og_diff_clear(&diff);
  compare(first, second, "en", &diff);
  assert_int_equal(diff.kinds[OG_CHANGE_RENAMED].total, 1);
  og_diff_clear(&diff);
}

static void changes_are_counted_beyond_the_limit_and_memory_may_run_out(void **state) {
  (void)state;
  OgError err = {0};
  OgDiff diff;
  OgStore *old_graph = make("old.db", first), *new_graph = make("new.db", second);
  assert_ok(og_diff(old_graph, new_graph, NULL, 1, NULL, &diff, &err));
  assert_int_equal(diff.kinds[OG_CHANGE_ADDED].count, 1);
  assert_int_equal(diff.kinds[OG_CHANGE_ADDED].total, 2);
  og_diff_clear(&diff);
  OgStatus status = OG_NO_MEMORY;
  for (long failures = 0; status == OG_NO_MEMORY; failures++) {
    og_memory_fail_after(failures);
    status = og_diff(old_graph, new_graph, "de,en", 10, NULL, &diff, &err);
    og_memory_fail_after(-1);
  }
  assert_ok(status);
  og_diff_clear(&diff);
  og_store_close(old_graph);
  og_store_close(new_graph);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(entities_come_and_go),
      cmocka_unit_test(marks_come_and_go),
      cmocka_unit_test(names_and_definitions_change),
      cmocka_unit_test(edges_change),
      cmocka_unit_test(the_way_back_is_the_same_turned_round),
      cmocka_unit_test(labels_are_those_of_a_language),
      cmocka_unit_test(changes_are_counted_beyond_the_limit_and_memory_may_run_out),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
