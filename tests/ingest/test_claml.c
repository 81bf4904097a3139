#include "core/vocab.h"
#include "ingest/claml.h"
#include "tests/ingest/reading.h"
#include "tests/test.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

static void a_classification_becomes_concepts(void **state) {
  (void)state;
  Reading reading;
  expect_golden(&reading, og_claml_read, "classification.xml");
  /* An element that is not read, a code and a modifier that nothing defines. */
  assert_int_equal(reading.warnings, 3);
  assert_string_equal(reading.kind, "modifier without classes");
  assert_non_null(strstr(reading.message, "EMPTY"));
  reading_clear(&reading);
}

/* The graph has a statement with this subject, predicate and object. */
static bool says(const Graph *graph, const char *subject, const char *predicate,
                 const char *object) {
  const char *const wanted[] = {subject, predicate, object};
  for (size_t n = 0; n < graph_size(graph); n++) {
    OgTerm terms[3];
    graph_statement(graph, n, terms);
    size_t same = 0;
    for (size_t k = 0; k < 3; k++) {
      same += terms[k].text.size == strlen(wanted[k]) &&
              memcmp(terms[k].text.data, wanted[k], terms[k].text.size) == 0;
    }
    if (same == 3) {
      return true;
    }
  }
  return false;
}

#define HAS(code) says(reading.graph, TEST_BASE "#" code, OG_NS_SKOS "notation", code)

static void modifiers_are_expanded(void **state) {
  (void)state;
  Reading reading;
  reading_init(&reading);
  if (!read_shared(&reading, og_claml_read, "onto/claml/aehrc-modifiers-test.xml", true)) {
    reading_clear(&reading);
    skip_without_data("onto/claml/aehrc-modifiers-test.xml");
  }
  assert_true(HAS("BM1") && HAS("BM2"));
  assert_true(HAS("CM1") && !HAS("CM2"));
  assert_true(HAS("DM1N1") && !HAS("DM1N2") && HAS("DM2N1") && HAS("DM2N2"));
  assert_true(!HAS("A.1M1"));
  assert_true(says(reading.graph, TEST_BASE "#DM2N2", OG_NS_SKOS "prefLabel",
                   "chapter D: Modification 2: Nodification 2"));
  reading_clear(&reading);
}

/* Modifier classes may stand below one another: so do the codes that they make. */
static void modifier_classes_have_a_hierarchy(void **state) {
  (void)state;
  static const char text[] =
      "<ClaML version='3.0.0'><Modifier code='M'/>"
      "<ModifierClass code='.1' modifier='M'><SuperClass code='M'/><SubClass code='.11'/>"
      "<Rubric kind='preferred'><Label>one</Label></Rubric></ModifierClass>"
      "<ModifierClass code='.11' modifier='M'><SuperClass code='.1'/>"
      "<Rubric kind='preferred'><Label>one one</Label></Rubric></ModifierClass>"
      "<Class code='A' kind='category'><ModifiedBy code='M'/>"
      "<Rubric kind='preferred'><Label>a</Label></Rubric></Class>"
      "<Class code='B' kind='category'><ModifiedBy code='M' all='false'>"
      "<ValidModifierClass code='.11'/></ModifiedBy>"
      "<Rubric kind='preferred'><Label>b</Label></Rubric></Class></ClaML>";
  Reading reading;
  reading_init(&reading);
  read_text(&reading, og_claml_read, text, true);
  assert_status(reading.status, OG_OK);
  assert_true(says(reading.graph, TEST_BASE "#A.1", OG_NS_SKOS "broader", TEST_BASE "#A"));
  assert_true(says(reading.graph, TEST_BASE "#A.11", OG_NS_SKOS "broader", TEST_BASE "#A.1"));
  assert_false(says(reading.graph, TEST_BASE "#A.11", OG_NS_SKOS "broader", TEST_BASE "#A"));
  /* that of a code that is not made is the class */
  assert_true(says(reading.graph, TEST_BASE "#B.11", OG_NS_SKOS "broader", TEST_BASE "#B"));
  assert_false(HAS("B.1"));
  reading_clear(&reading);
}

/* What is said of a modifier class is said of the codes that it makes, and these may be referred to
 * and stand above others like those that are spelt out. */
static void codes_that_modifiers_make_are_codes_like_others(void **state) {
  (void)state;
  static const char text[] =
      "<ClaML version='2.0.0'><Modifier code='M'/><Modifier code='S'/>"
      "<ModifierClass code='.2' modifier='M' usage='dagger'><Meta name='mortality' value='1-052'/>"
      "<Rubric kind='inclusion'><Label>nephropathy <Reference usage='aster' code='N08'>N08*"
      "</Reference></Label></Rubric>"
      "<Rubric kind='exclusion'><Label>other (<Reference>N08.-</Reference>)</Label></Rubric>"
      "</ModifierClass><ModifierClass code='1' modifier='S'><Meta name='sex' value='9'/>"
      "</ModifierClass>"
      "<Class code='E10' kind='category'><ModifiedBy code='M'/><ModifiedBy code='S'/></Class>"
      "<Class code='N08' kind='category' usage='aster'><Rubric kind='note'><Label>in diabetes "
      "(<Reference code='E10.2-'>E10.2-</Reference>)</Label></Rubric></Class>"
      "<Class code='X'><SuperClass code='E10.2'/></Class></ClaML>";
  Reading reading;
  reading_init(&reading);
  read_text(&reading, og_claml_read, text, true);
  assert_status(reading.status, OG_OK);
  assert_int_equal(reading.warnings, 0);
  const Graph *graph = reading.graph;
  assert_true(says(graph, TEST_BASE "#E10.2", "urn:claml:usage", "dagger"));
  assert_true(says(graph, TEST_BASE "#E10.21", "urn:claml:usage", "dagger"));
  assert_true(says(graph, TEST_BASE "#E10.2", "urn:claml:mortality", "1-052"));
  assert_false(says(graph, TEST_BASE "#E10.21", "urn:claml:mortality", "1-052"));
  assert_true(says(graph, TEST_BASE "#E10.21", "urn:claml:sex", "9"));
  assert_true(says(graph, TEST_BASE "#E10.2", "urn:claml:manifestation", TEST_BASE "#N08"));
  assert_true(says(graph, TEST_BASE "#E10.2", "urn:claml:excludes", TEST_BASE "#N08"));
  assert_false(says(graph, TEST_BASE "#E10", "urn:claml:excludes", TEST_BASE "#N08"));
  assert_true(says(graph, TEST_BASE "#N08", "urn:claml:refersTo", TEST_BASE "#E10.2"));
  assert_true(says(graph, TEST_BASE "#X", OG_NS_SKOS "broader", TEST_BASE "#E10.2"));
  reading_clear(&reading);
}

/* The code of another classification is none of this one, though it may be spelt the same. */
static void references_to_others_are_texts(void **state) {
  (void)state;
  Reading reading;
  reading_init(&reading);
  read_text(&reading, og_claml_read,
            "<ClaML><Class code='A'><Rubric kind='exclusion'><Label>x <Reference authority='ATC' "
            "code='B'>B</Reference></Label></Rubric></Class><Class code='B'/></ClaML>",
            true);
  assert_status(reading.status, OG_OK);
  assert_true(says(reading.graph, TEST_BASE "#A", "urn:claml:exclusion", "x (B)"));
  assert_false(says(reading.graph, TEST_BASE "#A", "urn:claml:excludes", TEST_BASE "#B"));
  reading_clear(&reading);
}

/* Without --lang of its own, a label has the language of the file. */
static void languages_come_from_the_label_or_the_file(void **state) {
  (void)state;
  static const struct {
    const char *root, *meta, *label, *language;
  } rows[] = {
      {"", "", "", ""},
      {"xml:lang='fr'", "", "", "fr"},
      {"", "<Meta name='lang' value='es'/>", "", "es"},
      {"xml:lang='fr'", "", "xml:lang='pt'", "pt"},
  };
  for (size_t i = 0; i < OG_COUNT(rows); i++) {
    char text[400], expected[600];
    snprintf(text, sizeof text,
             "<ClaML %s>%s<Class code='a b'><Rubric kind='preferred'><Label %s>x</Label></Rubric>"
             "</Class></ClaML>",
             rows[i].root, rows[i].meta, rows[i].label);
    Reading reading;
    reading_init(&reading);
    read_text(&reading, og_claml_read, text, true);
    const char *at = rows[i].language[0] ? "@" : "";
    snprintf(expected, sizeof expected,
             "<" TEST_BASE "> <" OG_NS_RDF "type> <" OG_NS_SKOS "ConceptScheme> .\n"
             "<" TEST_BASE "#a%%20b> <" OG_NS_RDF "type> <" OG_NS_SKOS "Concept> .\n"
             "<" TEST_BASE "#a%%20b> <" OG_NS_SKOS "inScheme> <" TEST_BASE "> .\n"
             "<" TEST_BASE "#a%%20b> <" OG_NS_SKOS "notation> \"a b\" .\n"
             "<" TEST_BASE "#a%%20b> <" OG_NS_SKOS "prefLabel> \"x\"%s%s .\n%s",
             at, rows[i].language,
             rows[i].meta[0] ? "<" TEST_BASE "> <urn:claml:lang> \"es\" .\n" : "");
    assert_true(reading_is(&reading, expected));
    reading_clear(&reading);
  }
}

static void broken_rules_are_warnings(void **state) {
  (void)state;
  expect_warning(og_claml_read, "<ClaML><Class/></ClaML>", "missing attribute");
  expect_warning(og_claml_read, "<ClaML><Class code='a'><SuperClass/></Class></ClaML>",
                 "missing attribute");
  expect_warning(og_claml_read, "<ClaML><ModifierClass code='a'/></ClaML>", "missing attribute");
  expect_warning(og_claml_read, "<ClaML><Relation><Class code='x'/></Relation></ClaML>",
                 "element not understood");
}

static void what_is_no_classification_is_refused(void **state) {
  (void)state;
  expect_refusal(og_claml_read, "\n<Class/>", false, 2, "expected ClaML, found Class");
  expect_refusal(og_claml_read, "<ClaML>\n<Class>", true, 2, "missing attribute");
  expect_refusal(og_claml_read, "<ClaML>\n<Class code=", false, 2, "malformed XML");
}

/* Eight modifiers of ten classes each would be 10⁸ codes. */
static void modifiers_that_explode_are_refused(void **state) {
  (void)state;
  OgBuffer text = OG_BUFFER_INIT;
  OgError err = {0};
  assert_ok(og_buffer_text(&text, "<ClaML>", &err));
  for (int m = 0; m < 8; m++) {
    for (int c = 0; c < 10; c++) {
      assert_ok(og_buffer_format(&text, &err, "<ModifierClass modifier='m%d' code='%d'/>", m, c));
    }
  }
  assert_ok(og_buffer_text(&text, "<Class code='x'>", &err));
  for (int m = 0; m < 8; m++) {
    assert_ok(og_buffer_format(&text, &err, "<ModifiedBy code='m%d'/>", m));
  }
  assert_ok(og_buffer_text(&text, "</Class></ClaML>", &err));
  expect_refusal(og_claml_read, text.data, false, 1, "modifiers make over 1000000 codes");
  og_buffer_clear(&text);
}

/* Of an edition in the size of the ICD: blocks are modified by a season and a place, every third
 * category excludes the place, every seventh takes two of its seasons only. */
enum { BLOCKS = 40, CATEGORIES = 100 /* of a block */, SEASONS = 10, PLACES = 5 };

static void write_edition(OgBuffer *text) {
  OgError err = {0};
  assert_ok(og_buffer_text(text, "<ClaML version='3.0.0'><Meta name='lang' value='en'/>", &err));
  for (int k = 0; k < SEASONS + PLACES; k++) {
    const bool season = k < SEASONS;
    assert_ok(og_buffer_format(text, &err,
                               "<ModifierClass modifier='%s' code='%s%d'><Rubric kind='preferred'>"
                               "<Label>%s %d</Label></Rubric></ModifierClass>",
                               season ? "S" : "P", season ? "." : "", season ? k : k - SEASONS,
                               season ? "in season" : "at place", k));
  }
  for (int b = 0; b < BLOCKS; b++) {
    assert_ok(og_buffer_format(text, &err,
                               "<Class code='B%d' kind='block'><ModifiedBy code='S' position='4'/>"
                               "<ModifiedBy code='P' position='5'/></Class>",
                               b));
    for (int c = 0; c < CATEGORIES; c++) {
      const int n = b * CATEGORIES + c;
      assert_ok(og_buffer_format(
          text, &err,
          "<Class code='C%04d' kind='category'><SuperClass code='B%d'/>%s%s<Rubric "
          "kind='preferred'><Label>Complaint %d</Label></Rubric></Class>",
          n, b, n % 3 == 0 ? "<ExcludeModifier code='P'/>" : "",
          n % 7 == 0
              ? "<ModifiedBy code='S' all='false' position='4'><ValidModifierClass code='.1'/>"
                "<ValidModifierClass code='.2'/></ModifiedBy>"
              : "",
          n));
    }
  }
  assert_ok(og_buffer_text(text, "</ClaML>", &err));
}

typedef struct Tally {
  size_t notations, broader, found;
} Tally;

static OgStatus tally(void *data, const OgTerm *subject, const OgTerm *predicate,
                      const OgTerm *object, OgError *err) {
  (void)subject;
  (void)err;
  static const char name[] = "Complaint 8: in season 3: at place 12";
  Tally *counts = data;
  const OgText of = predicate->text;
  counts->notations += of.size == strlen(OG_NS_SKOS "notation") &&
                       memcmp(of.data, OG_NS_SKOS "notation", of.size) == 0;
  counts->broader += of.size == strlen(OG_NS_SKOS "broader") &&
                     memcmp(of.data, OG_NS_SKOS "broader", of.size) == 0;
  counts->found +=
      object->text.size == sizeof name - 1 && memcmp(object->text.data, name, sizeof name - 1) == 0;
  return OG_OK;
}

static void an_edition_of_thousands_of_categories_is_expanded(void **state) {
  (void)state;
  enum { SECONDS = 20 };
  OgError err = {0};
  OgBuffer text = OG_BUFFER_INIT;
  Tally counts = {0};
  size_t codes = BLOCKS;
  for (int n = 0; n < BLOCKS * CATEGORIES; n++) {
    const size_t seasons = n % 7 == 0 ? 2 : SEASONS;
    codes += 1 + seasons + (n % 3 == 0 ? 0 : seasons * PLACES);
  }
  write_edition(&text);
  OgInput *input = input_of(text.data, text.size);
  const OgReadOptions options = {.base = TEST_BASE, .max_depth = 100, .strict = true};
  const OgSink sink = {.statement = tally, .data = &counts};
  const clock_t start = clock();
  assert_ok(og_claml_read(input, &options, &sink, NULL, &err));
  assert_true(clock() - start < SECONDS * CLOCKS_PER_SEC);
  assert_int_equal(counts.notations, codes);
  assert_int_equal(counts.broader, codes - BLOCKS);
  assert_int_equal(counts.found, 1);
  og_input_close(input);
  og_buffer_clear(&text);
}

/* Classes that are each other's parents. */
static void a_cycle_ends(void **state) {
  (void)state;
  Reading reading;
  reading_init(&reading);
  read_text(&reading, og_claml_read,
            "<ClaML><ModifierClass modifier='m' code='.1'/>"
            "<Class code='a'><SuperClass code='b'/><ModifiedBy code='m'/></Class>"
            "<Class code='b'><SuperClass code='a'/></Class>"
            "<Class code='c'><SuperClass code='a'/><SuperClass code='c'/></Class>"
            "<Class code='d'><SuperClass code='a'/></Class></ClaML>",
            true);
  assert_status(reading.status, OG_OK);
  assert_true(HAS("d.1") && !HAS("a.1") && !HAS("c.1"));
  reading_clear(&reading);
}

static void faults_come_back_and_damage_does_no_harm(void **state) {
  (void)state;
  OgBuffer text = OG_BUFFER_INIT;
  read_with_faults(og_claml_read, slurp("classification.xml", &text));
  read_damaged(og_claml_read, text.data);
  og_buffer_clear(&text);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_classification_becomes_concepts),
      cmocka_unit_test(modifiers_are_expanded),
      cmocka_unit_test(modifier_classes_have_a_hierarchy),
      cmocka_unit_test(codes_that_modifiers_make_are_codes_like_others),
      cmocka_unit_test(references_to_others_are_texts),
      cmocka_unit_test(languages_come_from_the_label_or_the_file),
      cmocka_unit_test(broken_rules_are_warnings),
      cmocka_unit_test(what_is_no_classification_is_refused),
      cmocka_unit_test(modifiers_that_explode_are_refused),
      cmocka_unit_test(an_edition_of_thousands_of_categories_is_expanded),
      cmocka_unit_test(a_cycle_ends),
      cmocka_unit_test(faults_come_back_and_damage_does_no_harm),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
