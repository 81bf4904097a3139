#include "core/vocab.h"
#include "ingest/emit.h"
#include "ingest/library.h"
#include "ingest/xbrl.h"
#include "tests/ingest/reading.h"
#include "tests/test.h"

#include <stdio.h>
#include <string.h>

static void schemas_become_concepts(void **state) {
  (void)state;
  Reading reading;
  expect_golden(&reading, og_xbrl_read, "taxonomy/core/stand core.xsd");
  assert_int_equal(reading.warnings, 2);
  assert_string_equal(reading.kind, "concept without an id");
  reading_clear(&reading);
  expect_golden(&reading, og_xbrl_read, "taxonomy/entry.xsd");
  assert_int_equal(reading.warnings, 0);
  reading_clear(&reading);
}

static void linkbases_become_labels_and_edges(void **state) {
  (void)state;
  static const struct {
    const char *name;
    size_t warnings;
  } rows[] = {
      {"taxonomy/labels en.xml", 2}, /* a locator, an arc */
      {"taxonomy/presentation.xml", 0},
      {"taxonomy/definition.xml", 1}, /* an arc */
  };
  for (size_t i = 0; i < OG_COUNT(rows); i++) {
    Reading reading;
    expect_golden(&reading, og_xbrl_read, rows[i].name);
    assert_int_equal(reading.warnings, rows[i].warnings);
    reading_clear(&reading);
  }
}

static void an_entry_point_leads_to_all_files(void **state) {
  (void)state;
  OgLibrary *library = og_library_new();
  assert_int_equal(read_library(library, test_data("ingest/taxonomy/entry.xsd"), "xbrl"), 5);
  assert_int_equal(og_library_missing_count(library), 2);
  assert_non_null(strstr(og_library_missing(library, 0), "/absent.xsd"));
  assert_string_equal(og_library_missing(library, 1), "http://elsewhere.example/juice.xsd");
  og_library_free(library);
}

/* Part of the Spanish accounting taxonomy: what its files refer to beyond the part is told. */
static void a_real_taxonomy_is_read_from_an_entry_point(void **state) {
  (void)state;
  const char *path = shared_data("onto/xbrl-pgc2007/taxonomy/EstadosCuentasAnuales/pymes/"
                                 "pgc-07-p-m2-pyg-2008-01-01.xsd");
  if (!path) {
    skip_without_data("onto/xbrl-pgc2007");
  }
  OgLibrary *library = og_library_new();
  const size_t files = read_library(library, path, "xbrl");
  assert_int_equal(files, 16);
  assert_int_equal(og_library_missing_count(library), 1);
  og_library_free(library);
}

/* One statement an arc: counted with grep. */
static void every_arc_of_a_real_linkbase_is_an_edge(void **state) {
  (void)state;
  Reading reading;
  reading_init(&reading);
  if (!read_shared(&reading, og_xbrl_read,
                   "onto/xbrl-pgc2007/taxonomy/EstadosCuentasAnuales/pymes/"
                   "pgc-07-p-m1-balance-2008-01-01-presentation.xml",
                   true)) {
    reading_clear(&reading);
    skip_without_data("onto/xbrl-pgc2007");
  }
  size_t edges = 0;
  for (size_t n = 0; n < graph_size(reading.graph); n++) {
    OgTerm terms[3];
    graph_statement(reading.graph, n, terms);
    edges += strncmp(terms[1].text.data, "http://www.xbrl.org/2003/arcrole/parent-child",
                     terms[1].text.size) == 0;
  }
  assert_int_equal(edges, 64);
  reading_clear(&reading);
}

#define LINKBASE(inside)                                                                           \
  "<linkbase xmlns='http://www.xbrl.org/2003/linkbase' "                                           \
  "xmlns:xlink='http://www.w3.org/1999/xlink'>" inside "</linkbase>"
#define SCHEMA(inside)                                                                             \
  "<schema xmlns='http://www.w3.org/2001/XMLSchema' "                                              \
  "xmlns:link='http://www.xbrl.org/2003/linkbase'>" inside "</schema>"

static void broken_rules_are_warnings(void **state) {
  (void)state;
  expect_warning(og_xbrl_read, LINKBASE("<a xlink:type='extended'><b xlink:type='locator'/></a>"),
                 "missing attribute");
  expect_warning(og_xbrl_read, LINKBASE("<a xlink:type='extended'><b xlink:type='arc'/></a>"),
                 "missing attribute");
  expect_warning(
      og_xbrl_read,
      LINKBASE("<a xlink:type='extended'><b xlink:type='arc' xlink:arcrole='http://r'/></a>"),
      "arc to nothing");
  expect_warning(og_xbrl_read, SCHEMA("<element name='a' substitutionGroup='b'/>"),
                 "concept without an id");
  expect_warning(og_xbrl_read, SCHEMA("<link:roleType/>"), "missing attribute");
  Reading reading = {.statements_left = -1};
  read_text(&reading, og_xbrl_read, "<schema xmlns='http://www.w3.org/2001/XMLSchema'/>", true);
  assert_status(reading.status, OG_OK);
  assert_string_equal(reading.kind, "schema without XBRL");
}

/* xml:base holds inside its element, and is itself relative to the one around it. */
static void addresses_follow_xml_base(void **state) {
  (void)state;
  Reading reading;
  reading_init(&reading);
  read_text(&reading, og_xbrl_read,
            "<linkbase xmlns='http://www.xbrl.org/2003/linkbase' xml:base='http://x/a/' "
            "xmlns:xlink='http://www.w3.org/1999/xlink'>"
            "<a xlink:type='extended' xml:base='b/c'><l xlink:type='locator' xlink:href='d#e'/></a>"
            "<a xlink:type='extended'><l xlink:type='locator' xlink:href='f#g'/></a>"
            "</linkbase>",
            true);
  assert_true(reading_is(&reading, "<" TEST_BASE "> <" OG_NS_RDF "type> <" OG_NS_OWL "Ontology> .\n"
                                   "<" TEST_BASE "> <" OG_NS_OWL "imports> <http://x/a/b/d> .\n"
                                   "<" TEST_BASE "> <" OG_NS_OWL "imports> <http://x/a/f> .\n"));
  reading_clear(&reading);
}

/* What has an id is in its own file; the addresses beside it are where xml:base says. */
static void concepts_stay_in_their_file(void **state) {
  (void)state;
  Reading reading;
  reading_init(&reading);
  read_text(&reading, og_xbrl_read,
            "<schema xmlns='http://www.w3.org/2001/XMLSchema' xml:base='http://x/a/' "
            "xmlns:d='http://xbrl.org/2005/xbrldt'><include schemaLocation='b.xsd'/>"
            "<element name='n' id='i' substitutionGroup='d:g' d:typedDomainRef='c#t'/></schema>",
            true);
  assert_true(reading_is(&reading,
                         "<" TEST_BASE "> <" OG_NS_RDF "type> <" OG_NS_OWL "Ontology> .\n"
                         "<" TEST_BASE "> <" OG_NS_OWL "imports> <http://x/a/b.xsd> .\n"
                         "<" TEST_BASE "#i> <" OG_NS_RDF "type> <" OG_NS_SKOS "Concept> .\n"
                         "<" TEST_BASE "#i> <" OG_NS_SKOS "notation> \"n\" .\n"
                         "<" TEST_BASE "#i> <" OG_NS_RDFS "isDefinedBy> <" TEST_BASE "> .\n"
                         "<" TEST_BASE "#i> <urn:xbrl:substitutionGroup> \"g\" .\n"
                         "<" TEST_BASE "#i> <urn:xbrl:typedDomain> <http://x/a/c#t> .\n"));
  reading_clear(&reading);
}

#define ARC(attributes)                                                                            \
  "<l xlink:type='locator' xlink:href='http://x/d#e' xlink:label='e'/>"                            \
  "<l xlink:type='locator' xlink:href='http://x/d#f' xlink:label='f'/>"                            \
  "<b xlink:type='arc' xlink:from='e' xlink:to='f' " attributes "/>"
#define LINK_OF(attributes, inside)                                                                \
  LINKBASE("<a xlink:type='extended' " attributes ">" inside "</a>")

/* The one object of this predicate; it is kept until the next call. */
static const char *object_of(const Reading *reading, const char *predicate) {
  static char object[200];
  size_t found = 0;
  for (size_t n = 0; n < graph_size(reading->graph); n++) {
    OgTerm terms[3];
    graph_statement(reading->graph, n, terms);
    if (og_text_is(terms[1].text, predicate)) {
      snprintf(object, sizeof object, "%.*s", (int)terms[2].text.size, terms[2].text.data);
      found++;
    }
  }
  assert_int_equal(found, 1);
  return object;
}

static void enumerations_say_what_they_are_of(void **state) {
  (void)state;
  static const char *const versions[] = {"2014/extensible-enumerations",
                                         "2020/extensible-enumerations-2.0"};
  for (size_t i = 0; i < OG_COUNT(versions); i++) {
    char text[500];
    Reading reading;
    reading_init(&reading);
    snprintf(text, sizeof text,
             SCHEMA("<element name='a' id='a' substitutionGroup='x:item' xmlns:e='http://xbrl.org/"
                    "%s' e:domain='x:List' e:linkrole='http://r/1' e:headUsable='true'/>"),
             versions[i]);
    read_text(&reading, og_xbrl_read, text, true);
    assert_true(reading_is(
        &reading,
        "<" TEST_BASE "> <" OG_NS_RDF "type> <" OG_NS_OWL "Ontology> .\n"
        "<" TEST_BASE "#a> <" OG_NS_RDF "type> <" OG_NS_SKOS "Concept> .\n"
        "<" TEST_BASE "#a> <" OG_NS_SKOS "notation> \"a\" .\n"
        "<" TEST_BASE "#a> <" OG_NS_RDFS "isDefinedBy> <" TEST_BASE "> .\n"
        "<" TEST_BASE "#a> <urn:xbrl:substitutionGroup> \"item\" .\n"
        "<" TEST_BASE "#a> <urn:xbrl:enumerationDomain> \"List\" .\n"
        "<" TEST_BASE "#a> <urn:xbrl:enumerationRole> \"http://r/1\"^^<" OG_NS_XSD "anyURI> .\n"
        "<" TEST_BASE "#a> <urn:xbrl:headUsable> \"true\"^^<" OG_NS_XSD "boolean> .\n"));
    reading_clear(&reading);
  }
}

static void roles_are_absolute_or_mended(void **state) {
  (void)state;
  static const char *const texts[] = {
      LINK_OF("xlink:role='my role'", ARC("xlink:arcrole='http://r/of'")),
      LINK_OF("", ARC("xlink:arcrole='of'")),
      LINK_OF("", ARC("xlink:arcrole='http://r/of' preferredLabel='terse'")),
      LINK_OF("", "<b xlink:type='resource' xlink:role='r'>text</b>"),
      SCHEMA("<link:roleType roleURI='r'/>"),
      SCHEMA("<link:arcroleType arcroleURI='r'/>"),
  };
  for (size_t i = 0; i < OG_COUNT(texts); i++) {
    expect_warning(og_xbrl_read, texts[i], "relative role");
  }
  Reading reading;
  reading_init(&reading);
  read_text(&reading, og_xbrl_read, texts[0], false);
  assert_string_equal(object_of(&reading, "urn:xbrl:role"), "http://example.org/my%20role");
  reading_clear(&reading);
}

static void priorities_are_integers_or_0(void **state) {
  (void)state;
  static const char *const ill[] = {
      LINK_OF("", ARC("xlink:arcrole='http://r/of' priority='high'")),
      LINK_OF("", ARC("xlink:arcrole='http://r/of' priority='2.5'")),
      LINK_OF("", ARC("xlink:arcrole='http://r/of' priority=''")),
      LINK_OF("", ARC("xlink:arcrole='http://r/of' priority='99999999999999999999'")),
  };
  Reading reading;
  for (size_t i = 0; i < OG_COUNT(ill); i++) {
    expect_warning(og_xbrl_read, ill[i], "ill-formed priority");
    reading_init(&reading);
    read_text(&reading, og_xbrl_read, ill[i], false);
    assert_int_equal(reading.statements, 9); /* none of a priority */
    reading_clear(&reading);
  }
  reading_init(&reading);
  read_text(&reading, og_xbrl_read, LINK_OF("", ARC("xlink:arcrole='http://r/of' priority=' 7 '")),
            true);
  assert_status(reading.status, OG_OK);
  assert_string_equal(object_of(&reading, "urn:xbrl:priority"), "7");
  reading_clear(&reading);
}

/* Values count, not how they are written, and what is not there has its default. */
static void arcs_say_the_same_by_value(void **state) {
  (void)state;
  static const struct {
    const char *kept, *prohibited;
    bool same;
  } rows[] = {
      {"order='1.0'", "order='1'", true},
      {"order='+01.50'", "order='1.5'", true},
      {"", "order='1'", true},
      {"order='2'", "", false},
      {"weight='-1.0'", "weight='-1'", true},
      {"weight='1'", "", false},
      {"weight='1'", "weight='-1'", false},
      {"d:closed='false'", "", true},
      {"d:usable='1'", "d:usable='true'", true},
      {"d:usable='0'", "", false},
      {"preferredLabel='http://r/a'", "", false},
      {"order='x'", "order='x'", true},
  };
  for (size_t k = 0; k < OG_COUNT(rows); k++) {
    char text[2000];
    Reading reading;
    reading_init(&reading);
    snprintf(
        text, sizeof text,
        LINK_OF("xmlns:d='http://xbrl.org/2005/xbrldt'",
                ARC("xlink:arcrole='http://r/of' %s") "<b xlink:type='arc' xlink:from='e' "
                                                      "xlink:to='f' xlink:arcrole='http://r/of' "
                                                      "use='prohibited' %s/>"),
        rows[k].kept, rows[k].prohibited);
    read_text(&reading, og_xbrl_read, text, false);
    assert_status(reading.status, OG_OK);
    size_t edges = 0;
    for (size_t n = 0; n < graph_size(reading.graph); n++) {
      OgTerm terms[3];
      graph_statement(reading.graph, n, terms);
      edges += og_text_is(terms[1].text, "http://r/of");
    }
    assert_int_equal(edges, rows[k].same ? 0 : 1);
    reading_clear(&reading);
  }
}

/* The roles of Generic Labels are those of XBRL 2.1; the id of a role's type is its role. */
static void generic_labels_are_labels(void **state) {
  (void)state;
  static const struct {
    const char *role, *property;
  } rows[] = {
      {"label", OG_NS_SKOS "prefLabel"},
      {"documentation", OG_NS_SKOS "definition"},
      {"exampleGuidance", OG_NS_SKOS "example"},
      {"terseLabel", OG_NS_SKOS "altLabel"},
  };
  for (size_t k = 0; k < OG_COUNT(rows); k++) {
    char text[1500];
    Reading reading;
    reading_init(&reading);
    snprintf(
        text, sizeof text,
        LINKBASE("<g:link xmlns:g='http://xbrl.org/2008/generic' xlink:type='extended'>"
                 "<loc xlink:type='locator' xlink:href='http://x/d#role' xlink:label='e'/>"
                 "<l:label xmlns:l='http://xbrl.org/2008/label' xlink:type='resource' "
                 "xlink:label='t' xlink:role='http://www.xbrl.org/2008/role/%s'>words</l:label>"
                 "<g:arc xlink:type='arc' xlink:from='e' xlink:to='t' "
                 "xlink:arcrole='http://xbrl.org/arcrole/2008/element-label'/></g:link>"),
        rows[k].role);
    read_text(&reading, og_xbrl_read, text, true);
    assert_status(reading.status, OG_OK);
    assert_string_equal(object_of(&reading, rows[k].property), "words");
    reading_clear(&reading);
  }
  Reading reading;
  reading_init(&reading);
  read_text(&reading, og_xbrl_read, SCHEMA("<link:roleType roleURI='http://r/a' id='role a'/>"),
            true);
  assert_string_equal(object_of(&reading, OG_NS_OWL "sameAs"), "http://r/a");
  reading_clear(&reading);
}

static void pointers_lead_to_ids(void **state) {
  (void)state;
  static const struct {
    const char *pointer;
    const char *id; /* NULL: it is not understood */
  } rows[] = {
      {"element(e)", "e"},   {"e", "e"},          {"element(e/1)", NULL},
      {"element(/1)", NULL}, {"element()", NULL}, {"xpointer(id('e'))", NULL},
      {"element(e)x", NULL},
  };
  for (size_t k = 0; k < OG_COUNT(rows); k++) {
    char text[1000], iri[100];
    Reading reading;
    reading_init(&reading);
    snprintf(text, sizeof text,
             LINK_OF("", "<l xlink:type='locator' xlink:href=\"http://x/d#%s\" xlink:label='e'/>"
                         "<b xlink:type='arc' xlink:from='e' xlink:to='e' "
                         "xlink:arcrole='http://r/of'/>"),
             rows[k].pointer);
    read_text(&reading, og_xbrl_read, text, false);
    assert_string_equal(reading.warnings ? reading.kind : "",
                        rows[k].id ? "" : "pointer not understood");
    snprintf(iri, sizeof iri, "http://x/d#%s", rows[k].id ? rows[k].id : rows[k].pointer);
    assert_string_equal(object_of(&reading, "http://r/of"), iri);
    reading_clear(&reading);
  }
}

static void labels_of_other_files_stay(void **state) {
  (void)state;
  static const char text[] =
      LINK_OF("", ARC("xlink:arcrole='http://www.xbrl.org/2003/arcrole/concept-label' "
                      "use='prohibited'"));
  expect_warning(og_xbrl_read, text, "label of another file");
  Reading reading;
  reading_init(&reading);
  read_text(&reading, og_xbrl_read, text, false);
  assert_non_null(strstr(reading.message, "reference <http://x/d#f> is left out"));
  reading_clear(&reading);
}

/* An element inside does not end it. */
static void a_definition_ends_with_its_own_tag(void **state) {
  (void)state;
  Reading reading;
  reading_init(&reading);
  read_text(&reading, og_xbrl_read,
            SCHEMA("<link:roleType roleURI='http://r'><link:definition>Assets <b>of</b> "
                   "<link:definition>the</link:definition> year</link:definition>"
                   "</link:roleType>"),
            true);
  assert_status(reading.status, OG_OK);
  assert_string_equal(object_of(&reading, OG_NS_SKOS "prefLabel"), "Assets of the year");
  reading_clear(&reading);
}

/* Its relations are said, and no empty address. */
static void a_link_may_lack_its_role(void **state) {
  (void)state;
  Reading reading;
  reading_init(&reading);
  read_text(&reading, og_xbrl_read,
            "<linkbase xmlns='http://www.xbrl.org/2003/linkbase' "
            "xmlns:xlink='http://www.w3.org/1999/xlink'><a xlink:type='extended'>"
            "<l xlink:type='locator' xlink:href='http://x/d#e' xlink:label='e'/>"
            "<b xlink:type='arc' xlink:arcrole='http://r/of' xlink:from='e' xlink:to='e'/>"
            "</a></linkbase>",
            true);
  assert_status(reading.status, OG_OK);
  assert_int_equal(reading.statements, 9);
  reading_clear(&reading);
}

static void what_is_no_taxonomy_is_refused(void **state) {
  (void)state;
  expect_refusal(og_xbrl_read, "\n<schema/>", false, 2, "expected an XBRL schema or linkbase");
  expect_refusal(og_xbrl_read, "<linkbase xmlns='http://www.xbrl.org/2003/linkbase'>\n<a", false, 2,
                 "malformed XML");
}

/* Locators that share a label, and arcs between them, make the product of their counts. */
static void links_that_explode_are_refused(void **state) {
  (void)state;
  OgBuffer text = OG_BUFFER_INIT;
  OgError err = {0};
  assert_ok(og_buffer_text(&text,
                           "<l:linkbase xmlns:l='http://www.xbrl.org/2003/linkbase' "
                           "xmlns:x='http://www.w3.org/1999/xlink'><l:a x:type='extended'>",
                           &err));
  for (int n = 0; n < 4000; n++) {
    assert_ok(og_buffer_text(&text, "<l:b x:type='locator' x:label='a' x:href='c'/>", &err));
  }
  assert_ok(og_buffer_text(
      &text, "<l:d x:type='arc' x:arcrole='r' x:from='a' x:to='a'/></l:a></l:linkbase>", &err));
  expect_refusal(og_xbrl_read, text.data, false, 1, "over 10000000 relations");
  og_buffer_clear(&text);
}

static void faults_come_back_and_damage_does_no_harm(void **state) {
  (void)state;
  static const char *const names[] = {"taxonomy/core/stand core.xsd", "taxonomy/labels en.xml",
                                      "taxonomy/presentation.xml", "taxonomy/definition.xml"};
  for (size_t i = 0; i < OG_COUNT(names); i++) {
    OgBuffer text = OG_BUFFER_INIT;
    read_with_faults(og_xbrl_read, slurp(names[i], &text));
    read_damaged(og_xbrl_read, text.data);
    og_buffer_clear(&text);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(schemas_become_concepts),
      cmocka_unit_test(linkbases_become_labels_and_edges),
      cmocka_unit_test(an_entry_point_leads_to_all_files),
      cmocka_unit_test(a_real_taxonomy_is_read_from_an_entry_point),
      cmocka_unit_test(every_arc_of_a_real_linkbase_is_an_edge),
      cmocka_unit_test(broken_rules_are_warnings),
      cmocka_unit_test(addresses_follow_xml_base),
      cmocka_unit_test(concepts_stay_in_their_file),
      cmocka_unit_test(enumerations_say_what_they_are_of),
      cmocka_unit_test(roles_are_absolute_or_mended),
      cmocka_unit_test(priorities_are_integers_or_0),
      cmocka_unit_test(arcs_say_the_same_by_value),
      cmocka_unit_test(generic_labels_are_labels),
      cmocka_unit_test(pointers_lead_to_ids),
      cmocka_unit_test(labels_of_other_files_stay),
      cmocka_unit_test(a_definition_ends_with_its_own_tag),
      cmocka_unit_test(a_link_may_lack_its_role),
      cmocka_unit_test(what_is_no_taxonomy_is_refused),
      cmocka_unit_test(links_that_explode_are_refused),
      cmocka_unit_test(faults_come_back_and_damage_does_no_harm),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
