#include "core/vocab.h"
#include "ingest/owlxml.h"
#include "ingest/rdfxml.h"
#include "tests/ingest/reading.h"
#include "tests/test.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>

#define CORPUS "onto/owlxml/"

/* ---- the corpus: the same ontology in three syntaxes ----------------------------------------- */

enum { ONTOLOGIES = 95, SAME = 92 };

/* Where the RDF beside an ontology is not what the Recommendation makes of it, and how many
 * statements it has more. */
static const struct {
  const char *stem;
  size_t more;
  const char *reason;
} exceptions[] = {
    {"datatype-oneof", 3,
     "each of its three list cells has the type rdf:List, which T(SEQ) of section 2.1 does not"},
    {"ambiguous/different-individual-single", 0,
     "owl:distinctMembers of OWL 1 where table 1 has owl:members; and one individual is no axiom "
     "of OWL 2"},
    {"manual/family", 7,
     "two different individuals are an owl:AllDifferent (six statements) where table 1 has one "
     "owl:differentFrom, and the two cells of a owl:oneOf have the type rdf:List"},
};

static const char *exception(const char *stem) {
  for (size_t i = 0; i < OG_COUNT(exceptions); i++) {
    if (strcmp(exceptions[i].stem, stem) == 0) {
      return exceptions[i].reason;
    }
  }
  return NULL;
}

static bool read_file(Graph *graph, ReadFunction *read, const char *name) {
  OgError err = {0};
  OgInput *input = NULL;
  char text[800];
  assert_ok(og_input_open(shared_data(name), &input, &err));
  const OgReadOptions options = {.base = TEST_BASE};
  const OgSink sink = graph_sink(graph);
  const OgStatus status = read(input, &options, &sink, NULL, &err);
  og_input_close(input);
  if (status != OG_OK) {
    print_message("%s\n", og_error_text(&err, text, sizeof text));
  }
  return status == OG_OK;
}

typedef struct Tally {
  size_t ontologies, same;
} Tally;

static void compare(const char *stem, Tally *tally) {
  char owx[512], owl[512], ttl[512];
  snprintf(owx, sizeof owx, CORPUS "owl-xml/%s.owx", stem);
  snprintf(owl, sizeof owl, CORPUS "owl-rdf/%s.owl", stem);
  snprintf(ttl, sizeof ttl, CORPUS "owl-ttl/%s.ttl", stem);
  if (!shared_data(owl) || !shared_data(ttl)) {
    return;
  }
  tally->ontologies++;
  Graph *got = graph_new();
  Graph *rdf = graph_new();
  Graph *turtle = graph_new();
  const bool read = read_file(got, og_owlxml_read, owx) && read_file(rdf, og_rdfxml_read, owl) &&
                    graph_read(turtle, shared_data(ttl), TEST_BASE);
  const bool same = read && graph_isomorphic(got, rdf) && graph_isomorphic(got, turtle);
  if (same == (exception(stem) != NULL)) {
    print_message("%s: %s\n", stem, same ? "is no exception any more" : "differs");
    graph_print(got, "OWL/XML");
    graph_print(rdf, "RDF/XML");
    tally->same -= 1; /* the sum below fails */
  }
  tally->same += same;
  graph_free(got);
  graph_free(rdf);
  graph_free(turtle);
}

static void compare_folder(const char *folder, Tally *tally) {
  char path[256];
  snprintf(path, sizeof path, CORPUS "owl-xml/%s", folder);
  DIR *directory = opendir(shared_data(path));
  assert_non_null(directory);
  for (const struct dirent *entry; (entry = readdir(directory)) != NULL;) {
    const char *dot = strrchr(entry->d_name, '.');
    if (dot && strcmp(dot, ".owx") == 0) {
      char stem[300];
      snprintf(stem, sizeof stem, "%s%.*s", folder, (int)(dot - entry->d_name), entry->d_name);
      compare(stem, tally);
    }
  }
  closedir(directory);
}

static void ontologies_are_those_of_their_rdf(void **state) {
  (void)state;
  static const char *const folders[] = {"", "manual/", "ambiguous/", "withimport/"};
  if (!shared_data(CORPUS "owl-xml")) {
    skip_without_data(CORPUS);
  }
  Tally tally = {0};
  for (size_t i = 0; i < OG_COUNT(folders); i++) {
    compare_folder(folders[i], &tally);
  }
  print_message("OWL/XML: %zu of %zu ontologies are those of their RDF\n", tally.same,
                tally.ontologies);
  assert_int_equal(tally.ontologies, ONTOLOGIES);
  assert_int_equal(tally.same, SAME);
}

static bool is(OgText text, const char *word) {
  return text.size == strlen(word) && memcmp(text.data, word, text.size) == 0;
}

/* The graph without types of list cells, and with OWL 2's name for owl:distinctMembers. */
static Graph *as_recommended(const Graph *graph) {
  Graph *copy = graph_new();
  const OgSink sink = graph_sink(copy);
  for (size_t n = 0; n < graph_size(graph); n++) {
    OgTerm terms[3];
    graph_statement(graph, n, terms);
    if (is(terms[1].text, OG_NS_OWL "distinctMembers")) {
      terms[1].text = OG_TEXT(OG_NS_OWL "members");
    }
    if (!is(terms[2].text, OG_NS_RDF "List")) {
      assert_int_equal(sink.statement(sink.data, &terms[0], &terms[1], &terms[2], NULL), OG_OK);
    }
  }
  return copy;
}

/* The exceptions differ as their reasons say, and no more. */
static void the_exceptions_are_right(void **state) {
  (void)state;
  if (!shared_data(CORPUS "owl-xml")) {
    skip_without_data(CORPUS);
  }
  for (size_t i = 0; i < OG_COUNT(exceptions); i++) {
    char owx[512], owl[512];
    snprintf(owx, sizeof owx, CORPUS "owl-xml/%s.owx", exceptions[i].stem);
    snprintf(owl, sizeof owl, CORPUS "owl-rdf/%s.owl", exceptions[i].stem);
    Graph *got = graph_new();
    Graph *rdf = graph_new();
    assert_true(read_file(got, og_owlxml_read, owx));
    assert_true(read_file(rdf, og_rdfxml_read, owl));
    Graph *corrected = as_recommended(rdf);
    assert_int_equal(graph_size(rdf), graph_size(got) + exceptions[i].more);
    assert_true(graph_isomorphic(got, corrected) ||
                strcmp(exceptions[i].stem, "manual/family") == 0);
    graph_free(got);
    graph_free(rdf);
    graph_free(corrected);
  }
}

/* A real ontology under the name .owl: told by its content, and its names continue a base that ends
 * in #. */
static void apto_is_read_by_its_content(void **state) {
  (void)state;
  OgError err = {0};
  const char *path = shared_data("onto/apto-owlxml.owl");
  if (!path) {
    skip_without_data("onto/apto-owlxml.owl");
  }
  OgInput *input = NULL;
  assert_ok(og_input_open(path, &input, &err));
  Reading reading;
  reading_init(&reading);
  const OgSink sink = reading_sink(&reading);
  const OgReader *used = NULL;
  assert_ok(og_ingest(input, NULL, &sink, NULL, &used, &err));
  og_input_close(input);
  assert_string_equal(used->name, "owlxml");
  assert_int_equal(reading.statements, 3333);
  assert_int_equal(reading.warnings, 653);
  assert_string_equal(reading.kind, "IRI that continues the base");
  bool found = false;
  for (size_t n = 0; n < graph_size(reading.graph) && !found; n++) {
    OgTerm terms[3];
    graph_statement(reading.graph, n, terms);
    found = strncmp(terms[0].text.data, "https://w3id.org/APTO#Raw_plant_product", 39) == 0;
  }
  assert_true(found);
  reading_clear(&reading);
}

/* ---- our own --------------------------------------------------------------------------------- */

static void every_construct_becomes_its_statements(void **state) {
  (void)state;
  Reading reading;
  expect_golden(&reading, og_owlxml_read, "axioms.owx");
  assert_int_equal(reading.warnings, 0);
  assert_string_equal(reading.prefixes, "=http://example.org/clinic# "
                                        "dc=http://purl.org/dc/elements/1.1/ "
                                        "swrlb=http://www.w3.org/2003/11/swrlb# ");
  reading_clear(&reading);
}

#define OPEN        "<Ontology xmlns='" OG_NS_OWL "' ontologyIRI='http://o/'>"
#define IS_ONTOLOGY "<http://o/> <" OG_NS_RDF "type> <" OG_NS_OWL "Ontology> .\n"

static void what_is_not_understood_is_left_out_with_a_warning(void **state) {
  (void)state;
  static const struct {
    const char *inside;
    const char *kind;
  } rows[] = {
      {"<SubClassOf><Class IRI='#a'/></SubClassOf>", "axiom not understood"},
      {"<SubClassOf><Class IRI='#a'/><ObjectProperty IRI='#b'/></SubClassOf>",
       "axiom not understood"},
      {"<SubClassOf><Class IRI='#a'/><Class IRI='#b'/><Class IRI='#c'/></SubClassOf>",
       "axiom not understood"},
      {"<SubClassOf><Class IRI='#a'/><ObjectComplementOf/></SubClassOf>", "axiom not understood"},
      {"<ObjectPropertyAssertion><ObjectInverseOf><ObjectInverseOf><ObjectProperty IRI='#p'/>"
       "</ObjectInverseOf></ObjectInverseOf></ObjectPropertyAssertion>",
       "axiom not understood"},
      {"<Class IRI='#a'/>", "axiom not understood"},
      {"<Annotation><Literal>x</Literal></Annotation>", "axiom not understood"},
      {"<DescriptionGraphRule><Class IRI='#a'/>x</DescriptionGraphRule>", "element not understood"},
      {"<x:y xmlns:x='http://x/'>text</x:y>", "element not understood"},
      {"<Ontology/>", "element not understood"},
      {"<Declaration><Class/></Declaration>", "entity without a name"},
      {"<Prefix name='p'/>", "missing attribute"},
      {"<Declaration>x</Declaration>", "axiom not understood"},
  };
  for (size_t i = 0; i < OG_COUNT(rows); i++) {
    char text[600];
    snprintf(text, sizeof text, OPEN "%s</Ontology>", rows[i].inside);
    expect_warning(og_owlxml_read, text, rows[i].kind);
    Reading reading;
    reading_init(&reading);
    read_text(&reading, og_owlxml_read, text, false);
    /* The inner inverse is out before the outer one turns out to be none. */
    if (!strstr(text, "ObjectInverseOf")) {
      assert_true(reading_is(&reading, IS_ONTOLOGY));
    }
    reading_clear(&reading);
  }
}

static void broken_rules_are_warnings(void **state) {
  (void)state;
  static const struct {
    const char *inside;
    const char *kind;
    const char *becomes;
  } rows[] = {
      {"<Declaration><Class abbreviatedIRI='p:x'/></Declaration>", "undeclared prefix", "p:x"},
      {"<Declaration><Class IRI='http://a b'/></Declaration>", "ill-formed IRI", "http://a b"},
      {"<Declaration xml:base='http://x/y#'><Class IRI='z'/></Declaration>",
       "IRI that continues the base", "http://x/y#z"},
      {"<Declaration xml:base='http://x/y'><Class IRI='/z'/></Declaration>",
       "IRI that continues the base", "http://x/y/z"},
      {"<DataPropertyAssertion><DataProperty IRI='#p'/><NamedIndividual IRI='http://x/y'/>"
       "<Literal datatypeIRI='" OG_NS_XSD "float'>0.4.0</Literal></DataPropertyAssertion>",
       "ill-typed literal", "http://x/y"},
      {"<ClassAssertion><Class IRI='#C'/><AnonymousIndividual nodeID='_:1 2'/></ClassAssertion>",
       "ill-formed nodeID", "x312032"},
  };
  for (size_t i = 0; i < OG_COUNT(rows); i++) {
    char text[600];
    snprintf(text, sizeof text, OPEN "%s</Ontology>", rows[i].inside);
    expect_warning(og_owlxml_read, text, rows[i].kind);
    Reading reading;
    reading_init(&reading);
    read_text(&reading, og_owlxml_read, text, false);
    OgTerm terms[3];
    graph_statement(reading.graph, 1, terms);
    assert_int_equal(terms[0].text.size, strlen(rows[i].becomes));
    assert_memory_equal(terms[0].text.data, rows[i].becomes, terms[0].text.size);
    reading_clear(&reading);
  }
}

static void bases_and_languages_are_inherited(void **state) {
  (void)state;
  Reading reading;
  reading_init(&reading);
  read_text(&reading, og_owlxml_read,
            "<Ontology xmlns='" OG_NS_OWL "' xml:base='http://o/a/b' xml:lang='de'>"
            "<Declaration><Class IRI='../c'/></Declaration>"
            "<AnnotationAssertion xml:base='d/'><AnnotationProperty IRI='e'/><IRI>#f</IRI>"
            "<Literal>g</Literal></AnnotationAssertion>"
            "<AnnotationAssertion><AnnotationProperty IRI='e'/><IRI>\n f </IRI>"
            "<Literal xml:lang=''> g\n</Literal></AnnotationAssertion></Ontology>",
            true);
  assert_true(reading_is(&reading, "_:o <" OG_NS_RDF "type> <" OG_NS_OWL "Ontology> .\n"
                                   "<http://o/c> <" OG_NS_RDF "type> <" OG_NS_OWL "Class> .\n"
                                   "<http://o/a/d/#f> <http://o/a/d/e> \"g\"@de .\n"
                                   "<http://o/a/f> <http://o/a/e> \" g\\n\" .\n"));
  reading_clear(&reading);
}

static void what_is_no_ontology_is_refused(void **state) {
  (void)state;
  expect_refusal(og_owlxml_read, "\n<Ontology/>", false, 2, "expected Ontology in namespace");
  expect_refusal(og_owlxml_read, OPEN "\n<Declaration>", false, 2, "malformed XML");
  OgBuffer deep = OG_BUFFER_INIT;
  OgError err = {0};
  assert_ok(og_buffer_text(&deep, OPEN, &err));
  for (size_t n = 0; n < 1000; n++) {
    assert_ok(og_buffer_text(&deep, "<Annotation>", &err));
  }
  expect_refusal(og_owlxml_read, deep.data, false, 1, "annotations nest deeper than 100");
  og_buffer_clear(&deep);
}

static void faults_come_back_and_damage_does_no_harm(void **state) {
  (void)state;
  OgBuffer text = OG_BUFFER_INIT;
  read_with_faults(og_owlxml_read, slurp("axioms.owx", &text));
  read_damaged(og_owlxml_read, text.data);
  og_buffer_clear(&text);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(ontologies_are_those_of_their_rdf),
      cmocka_unit_test(the_exceptions_are_right),
      cmocka_unit_test(apto_is_read_by_its_content),
      cmocka_unit_test(every_construct_becomes_its_statements),
      cmocka_unit_test(what_is_not_understood_is_left_out_with_a_warning),
      cmocka_unit_test(broken_rules_are_warnings),
      cmocka_unit_test(bases_and_languages_are_inherited),
      cmocka_unit_test(what_is_no_ontology_is_refused),
      cmocka_unit_test(faults_come_back_and_damage_does_no_harm),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
