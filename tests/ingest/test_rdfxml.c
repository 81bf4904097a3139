/* The grammar of RDF/XML feature by feature, on texts of our own. test_rdfxml_w3c.c runs the W3C's
 * suite. */
#include "core/memory.h"
#include "core/vocab.h"
#include "ingest/rdfxml.h"
#include "tests/ingest/reading.h"
#include "tests/test.h"

#include <stdio.h>
#include <string.h>

#define NS_RDF "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
#define TYPE   "<" NS_RDF "type>"
#define EX     "http://example.org/"
#define HEAD                                                                                       \
  "<rdf:RDF xmlns:rdf='" NS_RDF "' xmlns:e='" EX "' xmlns:xsd='http://www.w3.org/2001/"            \
  "XMLSchema#'>\n"
#define RDF(content) HEAD content "</rdf:RDF>"
#define A(content)   RDF("<rdf:Description rdf:about='" EX "a'>" content "</rdf:Description>")
#define S(s, p, o)   "<" EX s "> <" EX p "> " o " .\n"
#define T(s, p, o)   s " <" EX p "> " o " .\n"
#define R(s, p, o)   s " <" NS_RDF p "> " o " .\n"
#define E(name)      "<" EX name ">"
#define REIFIED(id, o)                                                                             \
  R("<" TEST_BASE "#" id ">", "type", "<" NS_RDF "Statement>")                                     \
  R("<" TEST_BASE "#" id ">", "subject", E("a"))                                                   \
  R("<" TEST_BASE "#" id ">", "predicate", E("p")) R("<" TEST_BASE "#" id ">", "object", o)

typedef struct Row {
  const char *what;
  const char *xml;
  const char *ntriples;
} Row;

static const Row productions[] = {
    {"a literal", A("<e:p>text</e:p>"), S("a", "p", "\"text\"")},
    {"an empty literal", A("<e:p></e:p>"), S("a", "p", "\"\"")},
    {"white space is kept", A("<e:p> x\n y </e:p>"), S("a", "p", "\" x\\n y \"")},
    {"a resource", A("<e:p rdf:resource='http://example.org/b'/>"), S("a", "p", E("b"))},
    {"a nested node",
     A("<e:p>\n <rdf:Description rdf:about='b'><e:q>1</e:q></rdf:Description>\n</e:p>"),
     S("a", "p", E("b")) S("b", "q", "\"1\"")},
    {"a typed node", RDF("<e:C rdf:about='a'/>"), R(E("a"), "type", E("C"))},
    {"a nested typed blank node", A("<e:p><e:C/></e:p>"),
     S("a", "p", "_:x") R("_:x", "type", E("C"))},
    {"property attributes", RDF("<e:C rdf:about='a' e:p='1' rdf:type='D'/>"),
     R(E("a"), "type", E("C")) R(E("a"), "type", E("D")) S("a", "p", "\"1\"")},
    {"property attributes on a property", A("<e:p rdf:resource='b' e:q='1' rdf:type='D'/>"),
     S("a", "p", E("b")) S("b", "q", "\"1\"") R(E("b"), "type", E("D"))},
    {"property attributes make a blank node", A("<e:p e:q='1'/>"),
     S("a", "p", "_:x") T("_:x", "q", "\"1\"")},
    {"rdf:ID names by the base", RDF("<rdf:Description rdf:ID='i'><e:p>1</e:p></rdf:Description>"),
     T("<" TEST_BASE "#i>", "p", "\"1\"")},
    {"rdf:about may be empty", RDF("<rdf:Description rdf:about=''><e:p>1</e:p></rdf:Description>"),
     T("<" TEST_BASE ">", "p", "\"1\"")},
    {"rdf:nodeID",
     RDF("<rdf:Description rdf:nodeID='g1'><e:p rdf:nodeID='n'/></rdf:Description>"
         "<rdf:Description rdf:nodeID='n'><e:p rdf:nodeID='g1'/></rdf:Description>"
         "<rdf:Description><e:q>1</e:q></rdf:Description>"),
     T("_:a", "p", "_:b") T("_:b", "p", "_:a") T("_:c", "q", "\"1\"")},
    {"rdf:datatype", A("<e:p rdf:datatype='http://www.w3.org/2001/XMLSchema#int'>01</e:p>"),
     S("a", "p", "\"01\"^^<http://www.w3.org/2001/XMLSchema#int>")},
    {"xml:lang is inherited and taken back",
     RDF("<rdf:Description rdf:about='a' xml:lang='de' e:q='x'><e:p>eins</e:p>"
         "<e:p xml:lang='en-GB'>one</e:p><e:p xml:lang=''>1</e:p>"
         "<e:r rdf:datatype='http://example.org/t'>1</e:r></rdf:Description>"),
     S("a", "q", "\"x\"@de") S("a", "p", "\"eins\"@de") S("a", "p", "\"one\"@en-GB")
         S("a", "p", "\"1\"") S("a", "r", "\"1\"^^<http://example.org/t>")},
    {"xml:base is inherited, resolved, and ends with its element",
     RDF("<rdf:Description rdf:about='x/a' xml:base='http://other.org/d/e#f'>"
         "<e:p rdf:resource='b' xml:base='../g/'/><e:p rdf:resource='#b'/></rdf:Description>"
         "<e:C rdf:about='c'/>"),
     "<http://other.org/d/x/a> <" EX "p> <http://other.org/g/b> .\n"
     "<http://other.org/d/x/a> <" EX "p> <http://other.org/d/e#b> .\n" R(E("c"), "type", E("C"))},
    {"parseType Resource",
     A("<e:p rdf:parseType='Resource'><e:q>1</e:q><e:r rdf:resource='b'/></e:p>"),
     S("a", "p", "_:x") T("_:x", "q", "\"1\"") T("_:x", "r", E("b"))},
    {"parseType Collection",
     A("<e:p rdf:parseType='Collection'><e:C rdf:about='b'/><rdf:Description "
       "rdf:about='c'/></e:p>"),
     S("a", "p", "_:1") R("_:1", "first", E("b")) R("_:1", "rest", "_:2") R("_:2", "first", E("c"))
         R("_:2", "rest", "<" NS_RDF "nil>") R(E("b"), "type", E("C"))},
    {"an empty collection", A("<e:p rdf:parseType='Collection'/>"), S("a", "p", "<" NS_RDF "nil>")},
    {"parseType Literal is canonical XML",
     A("<e:p rdf:parseType='Literal'>x &amp; <e:b z='1' a='&quot;'><c/></e:b><!--n--><?t d?>"
       "<![CDATA[<]]></e:p>"),
     S("a", "p",
       "\"x &amp; <e:b xmlns:e=\\\"" EX "\\\" a=\\\"&quot;\\\" z=\\\"1\\\"><c></c></e:b><!--n-->"
       "<?t d?>&lt;\"^^<" NS_RDF "XMLLiteral>")},
    {"another parseType means Literal", A("<e:p rdf:parseType='daml:list'><e:b/></e:p>"),
     S("a", "p", "\"<e:b xmlns:e=\\\"" EX "\\\"></e:b>\"^^<" NS_RDF "XMLLiteral>")},
    {"containers",
     RDF("<rdf:Bag rdf:about='a'><rdf:li>1</rdf:li><rdf:li rdf:resource='b'/><rdf:_7>x</rdf:_7>"
         "<rdf:li><rdf:Seq><rdf:li>y</rdf:li></rdf:Seq></rdf:li></rdf:Bag>"),
     R(E("a"), "type", "<" NS_RDF "Bag>") R(E("a"), "_1", "\"1\"") R(E("a"), "_2", E("b"))
         R(E("a"), "_7", "\"x\"") R(E("a"), "_3", "_:s") R("_:s", "type", "<" NS_RDF "Seq>")
             R("_:s", "_1", "\"y\"")},
    {"reification of a literal", A("<e:p rdf:ID='i'>1</e:p>"),
     S("a", "p", "\"1\"") REIFIED("i", "\"1\"")},
    {"reification of a resource", A("<e:p rdf:ID='i' rdf:resource='b'/>"),
     S("a", "p", E("b")) REIFIED("i", E("b"))},
    {"reification of a nested node", A("<e:p rdf:ID='i'><rdf:Description rdf:about='b'/></e:p>"),
     S("a", "p", E("b")) REIFIED("i", E("b"))},
    {"reification of a collection", A("<e:p rdf:ID='i' rdf:parseType='Collection'/>"),
     S("a", "p", "<" NS_RDF "nil>") REIFIED("i", "<" NS_RDF "nil>")},
    {"rdf:RDF may be left out", "<e:C xmlns:e='" EX "' xmlns:rdf='" NS_RDF "' rdf:about='a'/>",
     R(E("a"), "type", E("C"))},
    {"about without a prefix means rdf:about",
     RDF("<rdf:Description about='a'><e:p resource='b'/></rdf:Description>"), S("a", "p", E("b"))},
    {"xml attributes that mean nothing", A("<e:p xml:space='preserve' xml:id='i'>1</e:p>"),
     S("a", "p", "\"1\"")},
    {"entities",
     "<!DOCTYPE rdf:RDF [<!ENTITY e '" EX
     "'><!ENTITY t 'te<e:x/>'>]>" A("<e:p rdf:resource='&e;b'/><e:p>&lt;&#233;&e;</e:p>"),
     S("a", "p", E("b")) S("a", "p", "\"<\303\251" EX "\"")},
    {"nothing at all", RDF(""), ""},
};

static void each_production_gives_its_statements(void **state) {
  (void)state;
  for (size_t i = 0; i < OG_COUNT(productions); i++) {
    const Row *row = &productions[i];
    Reading reading;
    reading_init(&reading);
    read_text(&reading, og_rdfxml_read, row->xml, true);
    if (!reading_is(&reading, row->ntriples) || reading.warnings != 0) {
      fail_msg("%s: %s", row->what, reading.kind);
    }
    reading_clear(&reading);
  }
}

typedef struct Fault {
  const char *xml;
  long line;
  const char *says;
} Fault;

static const Fault faults[] = {
    {RDF("<rdf:li/>"), 2, "rdf:li is not allowed as a node element"},
    {RDF("\n<rdf:ID/>"), 3, "rdf:ID is not allowed as a node element"},
    {A("<rdf:Description/>"), 2, "rdf:Description is not allowed as a property element"},
    {A("<rdf:RDF/>"), 2, "rdf:RDF is not allowed as a property element"},
    {RDF("<rdf:Description rdf:li='1'/>"), 2, "rdf:li is not allowed as an attribute"},
    {RDF("<rdf:Description rdf:ID='a' rdf:about='b'/>"), 2, "more than one of"},
    {RDF("<rdf:Description rdf:nodeID='a' rdf:about='b'/>"), 2, "more than one of"},
    {RDF("<rdf:Description rdf:resource='b'/>"), 2, "rdf:resource is not allowed on a node"},
    {RDF("<rdf:Description about='a' rdf:about='b'/>"), 2, "there twice"},
    {A("<e:p rdf:about='b'/>"), 2, "rdf:about is not allowed on a property element"},
    {A("<e:p rdf:resource='a' rdf:nodeID='b'/>"), 2, "rdf:resource and rdf:nodeID"},
    {A("<e:p rdf:resource='a' rdf:datatype='b'/>"), 2, "rdf:datatype stands beside"},
    {A("<e:p rdf:parseType='Literal' rdf:resource='b'/>"), 2, "with rdf:parseType"},
    {A("<e:p rdf:parseType='Resource' e:q='b'/>"), 2, "has property attributes"},
    {A("<e:p rdf:resource='b'>text</e:p>"), 2, "text \"text\" where only elements"},
    {A("<e:p rdf:resource='b'><e:C/></e:p>"), 2, "has its value in attributes"},
    {A("<e:p><e:C/><e:C/></e:p>"), 2, "a second node element"},
    {A("<e:p>text<e:C/></e:p>"), 2, "text and an element"},
    {A("<e:p><e:C/>text</e:p>"), 2, "text \"text\""},
    {A("<e:p rdf:datatype='t'><e:C/></e:p>"), 2, "with rdf:datatype has an element"},
    {A("text"), 2, "text \"text\""},
    {RDF("<C/>"), 2, "element C has no namespace"},
    {RDF("<e:C>\n<e:p"), 3, "malformed XML"},
    {RDF("<e:C>\n</e:D>"), 3, "malformed XML: Opening and ending tag mismatch"},
    {RDF("<x:C/>"), 2, "Namespace prefix x on C is not defined"},
};

static void each_breach_of_the_grammar_is_refused_with_its_place(void **state) {
  (void)state;
  for (size_t i = 0; i < OG_COUNT(faults); i++) {
    for (int strict = 0; strict < 2; strict++) {
      Reading reading;
      reading_init(&reading);
      read_text(&reading, og_rdfxml_read, faults[i].xml, strict);
      if (reading.status != OG_BAD_DATA || reading.err.line != faults[i].line ||
          reading.err.column < 1 || !strstr(reading.err.message, faults[i].says)) {
        fail_msg("row %zu: %ld:%ld %s", i, reading.err.line, reading.err.column,
                 reading.err.message);
      }
      assert_non_null(strstr(reading.err.source, "input"));
      reading_clear(&reading);
    }
  }
}

typedef struct Slip {
  const char *xml;
  const char *kind;
  const char *ntriples;
} Slip;

static const Slip slips[] = {
    {RDF("<e:C rdf:ID='1'/>"), "ill-formed rdf:ID", R("<" TEST_BASE "#1>", "type", E("C"))},
    {RDF("<e:C rdf:ID='a+b'/>"), "ill-formed rdf:ID", R("<" TEST_BASE "#a+b>", "type", E("C"))},
    {RDF("<e:C rdf:ID='a'/><e:D rdf:ID='a'/>"), "duplicate rdf:ID",
     R("<" TEST_BASE "#a>", "type", E("C")) R("<" TEST_BASE "#a>", "type", E("D"))},
    {RDF("<e:C rdf:nodeID='1'/><e:D rdf:nodeID='1'/><e:E rdf:nodeID='x31'/><e:F/>"),
     "ill-formed rdf:nodeID",
     R("_:a", "type", E("C")) R("_:a", "type", E("D")) R("_:b", "type", E("E"))
         R("_:c", "type", E("F"))},
    {RDF("<e:C rdf:about='a' rdfID='b'/>"), "attribute not understood", R(E("a"), "type", E("C"))},
    {RDF("<e:C rdf:about='a' rdf:bagID='b'/>"), "withdrawn attribute", R(E("a"), "type", E("C"))},
    {RDF("<e:C rdf:about='a' rdf:aboutEach='b'/>"), "withdrawn attribute",
     R(E("a"), "type", E("C"))},
    {RDF("<e:C rdf:about='a' rdf:aboutEachPrefix='b'/>"), "withdrawn attribute",
     R(E("a"), "type", E("C"))},
    {"<rdf:RDF xmlns:rdf='" NS_RDF "' rdf:about='x'/>", "attribute not understood", ""},
    {RDF("<e:C rdf:about='a' xml:lang='en_US' e:p='1'/>"), "ill-formed language tag",
     R(E("a"), "type", E("C")) S("a", "p", "\"1\"@en_US")},
    {RDF("<e:C rdf:about='a'><e:p rdf:datatype='" OG_NS_XSD "float'>0.4.0</e:p></e:C>"),
     "ill-typed literal", R(E("a"), "type", E("C")) S("a", "p", "\"0.4.0\"^^<" OG_NS_XSD "float>")},
};

static void slips_of_real_files_are_warnings_unless_strict(void **state) {
  (void)state;
  for (size_t i = 0; i < OG_COUNT(slips); i++) {
    Reading reading;
    reading_init(&reading);
    read_text(&reading, og_rdfxml_read, slips[i].xml, false);
    assert_string_equal(reading.kind, slips[i].kind);
    assert_true(reading.line > 0);
    if (!strstr(slips[i].xml, "en_US")) { /* no N-Triples can say that */
      assert_true(reading_is(&reading, slips[i].ntriples));
    }
    reading_clear(&reading);
    reading_init(&reading);
    read_text(&reading, og_rdfxml_read, slips[i].xml, true);
    assert_status(reading.status, OG_BAD_DATA);
    assert_non_null(strstr(reading.err.message, slips[i].kind));
    reading_clear(&reading);
  }
}

static void an_iri_with_a_space_is_kept_with_a_warning(void **state) {
  (void)state;
  Reading reading;
  reading_init(&reading);
  read_text(&reading, og_rdfxml_read, A("<e:p rdf:resource='http://x/a b'/>"), false);
  assert_status(reading.status, OG_OK);
  assert_string_equal(reading.kind, "ill-formed IRI");
  OgTerm terms[3];
  graph_statement(reading.graph, 0, terms);
  assert_string_equal(terms[2].text.data, "http://x/a b");
  reading_clear(&reading);
}

/* Labels that look like the ones that we make, and the other way round. */
static void blank_nodes_that_are_made_never_meet_named_ones(void **state) {
  (void)state;
  char xml[8192] = HEAD;
  for (int i = 1; i <= 20; i++) {
    const size_t used = strlen(xml);
    snprintf(xml + used, sizeof xml - used,
             "<e:C/><e:N rdf:nodeID='g%d'/><e:N rdf:nodeID='n%d'/><e:N rdf:nodeID='ng%d'/>"
             "<e:N rdf:nodeID='%d'/><e:N rdf:nodeID='x%02x'/>",
             i, i, i, i, i);
  }
  strcat(xml, "</rdf:RDF>");
  Reading reading;
  reading_init(&reading);
  read_text(&reading, og_rdfxml_read, xml, false);
  assert_status(reading.status, OG_OK);
  assert_int_equal(graph_size(reading.graph), 120);
  for (size_t n = 0; n < 120; n++) {
    for (size_t m = 0; m < n; m++) {
      OgTerm a[3], b[3];
      graph_statement(reading.graph, n, a);
      graph_statement(reading.graph, m, b);
      assert_string_not_equal(a[0].text.data, b[0].text.data);
    }
  }
  reading_clear(&reading);
}

static void each_namespace_declaration_is_told_once(void **state) {
  (void)state;
  Reading reading;
  reading_init(&reading);
  read_text(&reading, og_rdfxml_read,
            "<r:RDF xmlns:r='" NS_RDF "' xmlns='http://d/'><C xmlns:x='http://x/'/>"
            "<C xmlns:x='http://x/'/><C xmlns:x='http://y/'/></r:RDF>",
            true);
  assert_status(reading.status, OG_OK);
  assert_string_equal(reading.prefixes, "r=" NS_RDF " =http://d/ x=http://x/ x=http://y/ ");
  reading_clear(&reading);
}

/* 30,000 elements within one another, each with a base and a language of its own. */
static void deep_nesting_keeps_bases_and_languages(void **state) {
  (void)state;
  enum { LEVELS = 15000 };
  OgError err = {0};
  OgBuffer xml = OG_BUFFER_INIT;
  assert_ok(og_buffer_text(&xml, HEAD, &err));
  for (int i = 0; i < LEVELS; i++) {
    assert_ok(og_buffer_format(&xml, &err,
                               "<e:C rdf:about='n' xml:base='http://b/%d/'>"
                               "<e:p xml:lang='l%c'>",
                               i, 'a' + i % 26));
  }
  for (int i = LEVELS; i-- > 0;) {
    assert_ok(og_buffer_format(&xml, &err, "</e:p><e:q rdf:resource='%d'/><e:r>x</e:r></e:C>", i));
  }
  assert_ok(og_buffer_text(&xml, "</rdf:RDF>", &err));
  Reading reading;
  reading_init(&reading);
  read_bytes(&reading, og_rdfxml_read, xml.data, xml.size, true);
  /* The innermost property has no content: an empty literal. */
  assert_status(reading.status, OG_OK);
  assert_int_equal(reading.statements, LEVELS * 4);
  OgTerm terms[3];
  graph_statement(reading.graph, graph_size(reading.graph) - 2, terms);
  assert_string_equal(terms[2].text.data, "http://b/0/0");
  reading_clear(&reading);
  og_buffer_clear(&xml);
}

static void faults_of_the_sink_and_of_memory_come_back(void **state) {
  (void)state;
  read_with_faults(og_rdfxml_read,
                   A("<e:p rdf:ID='i' xml:base='x/' xml:lang='en'>1</e:p><e:p "
                     "rdf:parseType='Literal'><e:b e:c='d'/></e:p><e:p "
                     "rdf:parseType='Collection'><e:C/><e:C rdf:nodeID='1'/></e:p><e:p "
                     "e:q='1' rdf:resource='r'/><rdf:li>2</rdf:li>"));
}

static void real_files_give_the_statements_that_rapper_counts(void **state) {
  (void)state;
  /* rapper -c -i rdfxml, raptor 2.0.15 */
  static const struct {
    const char *path;
    size_t statements;
  } rows[] = {
      {"onto/doid.owl.gz", 191602},
      {"onto/so.owl", 45584},
      {"onto/edam.owl", 36888},
      {"onto/stw-skos.rdf", 18089},
  };
  for (size_t i = 0; i < OG_COUNT(rows); i++) {
    OgError err = {0};
    const char *path = shared_data(rows[i].path);
    if (!path) {
      skip_without_data(rows[i].path);
    }
    OgInput *input = NULL;
    assert_ok(og_input_open(path, &input, &err));
    Reading reading = {.statements_left = -1};
    const OgReadOptions options = {.base = TEST_BASE};
    const OgSink sink = reading_sink(&reading);
    assert_ok(og_rdfxml_read(input, &options, &sink, NULL, &err));
    og_input_close(input);
    assert_int_equal(reading.statements, rows[i].statements);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(each_production_gives_its_statements),
      cmocka_unit_test(each_breach_of_the_grammar_is_refused_with_its_place),
      cmocka_unit_test(slips_of_real_files_are_warnings_unless_strict),
      cmocka_unit_test(an_iri_with_a_space_is_kept_with_a_warning),
      cmocka_unit_test(blank_nodes_that_are_made_never_meet_named_ones),
      cmocka_unit_test(each_namespace_declaration_is_told_once),
      cmocka_unit_test(deep_nesting_keeps_bases_and_languages),
      cmocka_unit_test(faults_of_the_sink_and_of_memory_come_back),
      cmocka_unit_test(real_files_give_the_statements_that_rapper_counts),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
