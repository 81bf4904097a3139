#include "core/vocab.h"
#include "ingest/graphml.h"
#include "tests/ingest/reading.h"
#include "tests/test.h"

#include <stdio.h>
#include <string.h>

#define GRAPHML(inside) "<graphml>" inside "</graphml>"

static void what_yed_draws_becomes_a_graph(void **state) {
  (void)state;
  Reading reading;
  expect_golden(&reading, og_graphml_read, "drawn.graphml");
  /* Two ports, a relation used both ways, a value, a hyperedge, a node that is not there. */
  assert_int_equal(reading.warnings, 6);
  assert_string_equal(reading.kind, "edge to a missing node");
  reading_clear(&reading);
}

static void networks_of_other_programs_are_read(void **state) {
  (void)state;
  Reading reading;
  expect_golden(&reading, og_graphml_read, "network.graphml");
  assert_int_equal(reading.warnings, 2); /* a key, and a value */
  reading_clear(&reading);
}

/* TinkerPop's own examples: counted with grep. */
static void real_files_are_read_whole(void **state) {
  (void)state;
  static const struct {
    const char *path;
    size_t nodes, edges;
  } rows[] = {
      {"onto/graphml/tinkerpop-modern.xml", 6, 6},
      {"onto/graphml/air-routes-small-latest.graphml", 47, 1390},
  };
  for (size_t i = 0; i < OG_COUNT(rows); i++) {
    Reading reading;
    reading_init(&reading);
    if (!read_shared(&reading, og_graphml_read, rows[i].path, true)) {
      reading_clear(&reading);
      skip_without_data(rows[i].path);
    }
    size_t nodes = 0, edges = 0;
    for (size_t n = 0; n < graph_size(reading.graph); n++) {
      OgTerm terms[3];
      graph_statement(reading.graph, n, terms);
      nodes += strncmp(terms[2].text.data, OG_NS_OWL "NamedIndividual", terms[2].text.size) == 0 &&
               terms[2].kind == OG_IRI;
      edges += strncmp(terms[1].text.data, "urn:graphml:edge:", 17) == 0;
    }
    assert_int_equal(nodes, rows[i].nodes);
    assert_int_equal(edges, rows[i].edges);
    assert_int_equal(reading.warnings, 0);
    reading_clear(&reading);
  }
}

static void broken_rules_are_warnings(void **state) {
  (void)state;
  static const struct {
    const char *text;
    const char *kind;
  } rows[] = {
      {GRAPHML("<key for='node'/>"), "missing attribute"},
      {GRAPHML("<graph><node/></graph>"), "missing attribute"},
      {GRAPHML("<graph><edge source='a'/></graph>"), "missing attribute"},
      {GRAPHML("<graph><node id='a'><data>x</data></node></graph>"), "missing attribute"},
      {GRAPHML("<graph><node id='a'/><node id='a'/></graph>"), "duplicate node"},
      {GRAPHML("<key id='a'/><key id='a'/>"), "duplicate key"},
      {GRAPHML("<graph><node id='a'><data key='k'>x</data></node></graph>"), "undeclared key"},
      {GRAPHML("<graph><vertex/></graph>"), "element not understood"},
      {GRAPHML("<key id='k' attr.type='int'/><graph><node id='a'><data key='k'>1.5</data></node>"
               "</graph>"),
       "ill-typed literal"},
  };
  for (size_t i = 0; i < OG_COUNT(rows); i++) {
    expect_warning(og_graphml_read, rows[i].text, rows[i].kind);
  }
}

static void well_typed_values_are_told_from_others(void **state) {
  (void)state;
  static const struct {
    const char *type;
    const char *value;
    bool good;
  } rows[] = {
      {"int", "-7", true},      {"int", "", true},        {"int", "7x", false},
      {"long", "+12", true},    {"integer", "0", true},   {"boolean", "1", true},
      {"boolean", "no", false}, {"double", "1e-3", true}, {"double", "-INF", true},
      {"double", "NaN", true},  {"double", "inf", false}, {"double", "0x1", false},
      {"float", ".5", true},    {"float", "1,5", false},  {"string", "any", true},
  };
  for (size_t i = 0; i < OG_COUNT(rows); i++) {
    char text[300];
    snprintf(text, sizeof text,
             GRAPHML("<key id='k' attr.type='%s'/><graph><node id='a'><data key='k'>%s</data>"
                     "</node></graph>"),
             rows[i].type, rows[i].value);
    Reading reading = {.statements_left = -1};
    read_text(&reading, og_graphml_read, text, false);
    assert_status(reading.status, OG_OK);
    assert_int_equal(reading.warnings, !rows[i].good);
  }
}

static void a_node_without_a_label_is_named_by_what_it_has(void **state) {
  (void)state;
  static const struct {
    const char *id, *data;
    const char *name; /* NULL: none */
  } rows[] = {
      {"Alice", "", "Alice"},
      {"n12", "", NULL},
      {"n0::n3", "", NULL},
      {"7", "<data key='code'> ATL </data>", "ATL"},
      {"x", "<data key='code'>ATL</data><data key='desc'>Atlanta</data>", "Atlanta"},
      {"x", "<data key='desc'>Atlanta</data><data key='name'>Airport</data>", "Airport"},
      {"x", "<data key='label'> </data>", "x"},
  };
  for (size_t i = 0; i < OG_COUNT(rows); i++) {
    char text[500];
    snprintf(text, sizeof text,
             GRAPHML("<key id='code'/><key id='desc'/><key id='name'/><key id='label'/>"
                     "<graph><node id='%s'>%s</node></graph>"),
             rows[i].id, rows[i].data);
    Reading reading;
    reading_init(&reading);
    read_text(&reading, og_graphml_read, text, true);
    assert_status(reading.status, OG_OK);
    size_t names = 0;
    for (size_t n = 0; n < graph_size(reading.graph); n++) {
      OgTerm terms[3];
      graph_statement(reading.graph, n, terms);
      if (strncmp(terms[1].text.data, OG_NS_RDFS "label", terms[1].text.size) == 0 &&
          strncmp(terms[0].text.data, TEST_BASE, strlen(TEST_BASE)) == 0) {
        names++;
        assert_non_null(rows[i].name);
        assert_int_equal(terms[2].text.size, strlen(rows[i].name));
        assert_memory_equal(terms[2].text.data, rows[i].name, terms[2].text.size);
      }
    }
    assert_int_equal(names, rows[i].name != NULL);
    reading_clear(&reading);
  }
}

/* A node that stands in two graphs has what it has, and no default beside it. */
static void a_default_is_for_those_without_a_value(void **state) {
  (void)state;
  static const char text[] =
      GRAPHML("<key id='k' for='node' attr.name='colour'><default>red</default></key>"
              "<graph id='g'><node id='1'><data key='k'>green</data></node><node id='2'/></graph>"
              "<graph id='h'><node id='1'/></graph>");
  Reading reading;
  reading_init(&reading);
  read_text(&reading, og_graphml_read, text, false);
  assert_status(reading.status, OG_OK);
  assert_true(reading_is(
      &reading, "<" TEST_BASE "#1> <" OG_NS_RDF "type> <" OG_NS_OWL "NamedIndividual> .\n"
                "<" TEST_BASE "#2> <" OG_NS_RDF "type> <" OG_NS_OWL "NamedIndividual> .\n"
                "<urn:graphml:data:colour> <" OG_NS_RDF "type> <" OG_NS_OWL "DatatypeProperty> .\n"
                "<urn:graphml:data:colour> <" OG_NS_RDFS "label> \"colour\" .\n"
                "<" TEST_BASE "#1> <urn:graphml:data:colour> \"green\" .\n"
                "<" TEST_BASE "#2> <urn:graphml:data:colour> \"red\" .\n"));
  reading_clear(&reading);
}

static void what_is_no_graph_is_refused(void **state) {
  (void)state;
  expect_refusal(og_graphml_read, "\n<graph/>", false, 2, "expected graphml, found graph");
  expect_refusal(og_graphml_read, "<graphml>\n<graph", false, 2, "malformed XML");
}

static void faults_come_back_and_damage_does_no_harm(void **state) {
  (void)state;
  static const char *const names[] = {"drawn.graphml", "network.graphml"};
  for (size_t i = 0; i < OG_COUNT(names); i++) {
    OgBuffer text = OG_BUFFER_INIT;
    read_with_faults(og_graphml_read, slurp(names[i], &text));
    read_damaged(og_graphml_read, text.data);
    og_buffer_clear(&text);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(what_yed_draws_becomes_a_graph),
      cmocka_unit_test(networks_of_other_programs_are_read),
      cmocka_unit_test(real_files_are_read_whole),
      cmocka_unit_test(broken_rules_are_warnings),
      cmocka_unit_test(well_typed_values_are_told_from_others),
      cmocka_unit_test(a_node_without_a_label_is_named_by_what_it_has),
      cmocka_unit_test(a_default_is_for_those_without_a_value),
      cmocka_unit_test(what_is_no_graph_is_refused),
      cmocka_unit_test(faults_come_back_and_damage_does_no_harm),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
