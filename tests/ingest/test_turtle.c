#include "core/vocab.h"
#include "ingest/turtle.h"
#include "tests/ingest/reading.h"
#include "tests/test.h"

#include <string.h>

static void turtle_gives_its_statements(void **state) {
  (void)state;
  Reading reading;
  reading_init(&reading);
  read_text(&reading, og_turtle_read,
            "@prefix e: <http://example.org/> .\n"
            "e:a e:p <b>, 'x'@en, 1, \"\"\"long \"quoted\" (text\"\"\", '2'^^e:t ;\n"
            " a e:C ; e:q [ e:r ( 1 true ) ] . # a comment (\n",
            true);
  assert_true(reading_is(
      &reading, "<http://example.org/a> <http://example.org/p> <http://example.org/b> .\n"
                "<http://example.org/a> <http://example.org/p> \"x\"@en .\n"
                "<http://example.org/a> <http://example.org/p> \"1\"^^<" OG_NS_XSD "integer> .\n"
                "<http://example.org/a> <http://example.org/p> \"long \\\"quoted\\\" (text\" .\n"
                "<http://example.org/a> <http://example.org/p> \"2\"^^<http://example.org/t> .\n"
                "<http://example.org/a> <" OG_NS_RDF "type> <http://example.org/C> .\n"
                "<http://example.org/a> <http://example.org/q> _:x .\n"
                "_:x <http://example.org/r> _:l .\n"
                "_:l <" OG_NS_RDF "first> \"1\"^^<" OG_NS_XSD "integer> .\n"
                "_:l <" OG_NS_RDF "rest> _:m .\n"
                "_:m <" OG_NS_RDF "first> \"true\"^^<" OG_NS_XSD "boolean> .\n"
                "_:m <" OG_NS_RDF "rest> <" OG_NS_RDF "nil> .\n"));
  assert_string_equal(reading.prefixes, "e=http://example.org/ ");
  reading_clear(&reading);
}

static void blank_nodes_that_are_made_never_meet_named_ones(void **state) {
  (void)state;
  Reading reading;
  reading_init(&reading);
  read_text(&reading, og_turtle_read,
            "[] <p:p> [ <p:p> _:b1 ] . _:b2 <p:p> _:g1 . _:ng1 <p:p> _:n .", false);
  assert_status(reading.status, OG_OK);
  assert_true(reading_is(&reading, "_:1 <p:p> _:2 . _:2 <p:p> _:3 . _:4 <p:p> _:5 . "
                                   "_:6 <p:p> _:7 ."));
  reading_clear(&reading);
}

static void graphs_are_merged_with_one_warning(void **state) {
  (void)state;
  Reading reading;
  reading_init(&reading);
  read_text(&reading, og_nquads_read,
            "<s:s> <p:p> _:b1 <g:1> .\n_:b1 <p:p> \"x\" <g:2> .\n<s:s> <p:p> \"y\" .\n", true);
  assert_true(reading_is(&reading, "<s:s> <p:p> _:a .\n_:a <p:p> \"x\" .\n<s:s> <p:p> \"y\" .\n"));
  assert_int_equal(reading.warnings, 1);
  assert_string_equal(reading.kind, "graph names dropped");
  reading_clear(&reading);
  reading_init(&reading);
  read_text(&reading, og_trig_read, "<g:1> { <s:s> <p:p> <o:o> . }", true);
  assert_true(reading_is(&reading, "<s:s> <p:p> <o:o> ."));
  assert_int_equal(reading.warnings, 1);
  reading_clear(&reading);
}

static void malformed_turtle_is_refused_with_its_place(void **state) {
  (void)state;
  static const char *const rows[] = {
      "<a:a>\n<b:b> ",
      "<a:a> <b:b>\n x:y .",
      "<a:a> <b:b> .\n",
      "@prefix : <http://x/> .\n:a :b \"unfinished",
  };
  for (size_t i = 0; i < OG_COUNT(rows); i++) {
    Reading reading;
    reading_init(&reading);
    read_text(&reading, og_turtle_read, rows[i], false);
    assert_status(reading.status, OG_BAD_DATA);
    assert_non_null(strstr(reading.err.source, "/input"));
    reading_clear(&reading);
  }
}

static void a_prefix_that_is_not_declared_is_told_with_its_place(void **state) {
  (void)state;
  static const struct {
    const char *text;
    long line, column;
    const char *told;
  } rows[] = {
      {"@prefix e: <http://e/> .\n\ne:a e:p\n  é, x:foo , 1 .\n", 0, 0, "malformed"},
      {"@prefix e: <http://e/> .\n\ne:a e:p\n  e:é, x:foo , 1 .\n", 4, 9, "prefix x: of x:foo"},
      {"<s:s> a \"x:b\", <x:c> . # x:d\n<s:s> a e.f-g_1:b .", 2, 9, "prefix e.f-g_1: of"},
      {"@prefix e: <e:> .\ne:a:x e:\\;x:b\\,x:c 'd'@en, 1.0e0 ;a x:y.", 2, 37, "prefix x: of x:y"},
      {"<s:s> <p:p> '''x:\n''', 'y:'^^x:d .", 2, 12, "prefix x: of x:d"},
      {"<s:s> <p:p> [ a :b ] .", 1, 17, "'@prefix : <"},
      {"<s:s> a x:b . @prefix x: <x:> .", 1, 9, "prefix x: of x:b"},
  };
  for (size_t i = 0; i < OG_COUNT(rows); i++) {
    Reading reading;
    reading_init(&reading);
    read_text(&reading, og_turtle_read, rows[i].text, false);
    assert_status(reading.status, OG_BAD_DATA);
    assert_non_null(strstr(reading.err.message, rows[i].told));
    if (rows[i].line) {
      assert_int_equal(reading.err.line, rows[i].line);
      assert_int_equal(reading.err.column, rows[i].column);
    }
    reading_clear(&reading);
  }
}

/* 300 bytes of a prefix, on the border of two pages. */
static void the_place_of_a_long_prefix_is_known(void **state) {
  (void)state;
  enum { LONG = 300, BEFORE = (1 << 16) - LONG / 2 };
  OgError err = {0};
  OgBuffer text = OG_BUFFER_INIT;
  for (int i = 0; i < BEFORE + LONG; i++) {
    assert_ok(og_buffer_text(&text, i < BEFORE ? "\n" : "x", &err));
  }
  assert_ok(og_buffer_text(&text, ":s a 1 .", &err));
  Reading reading;
  reading_init(&reading);
  read_bytes(&reading, og_turtle_read, text.data, text.size, false);
  assert_status(reading.status, OG_BAD_DATA);
  assert_int_equal(reading.err.line, BEFORE + 1);
  assert_int_equal(reading.err.column, 1);
  reading_clear(&reading);
  og_buffer_clear(&text);
}

static void text_that_is_no_utf8_is_refused(void **state) {
  (void)state;
  static const char *const rows[] = {
      "<a:a> <b:b> \"half of a pair: \\uD800\" .",
      "<a:a> <b:b> \"two halves: \\uD83D\\uDE00\" .",
      "<a:\\uDC00> <b:b> <c:c> .",
      "<a:a> <b:b> \"x\"^^<d:\xED\xA0\x80> .",
      "<a:a> <b:b> \"too long: \xC0\x80\" .",
      "@prefix p: <p:\\uD800> .\n",
  };
  for (size_t i = 0; i < OG_COUNT(rows); i++) {
    Reading reading;
    reading_init(&reading);
    read_text(&reading, og_turtle_read, rows[i], false);
    assert_status(reading.status, OG_BAD_DATA);
    assert_int_equal(reading.statements, 0);
    reading_clear(&reading);
  }
}

static void a_broken_iri_ends_although_much_follows(void **state) {
  (void)state;
  enum { SIZE = 20000 }; /* several of serd's pages */
  static char text[SIZE];
  Reading reading;
  reading_init(&reading);
  memset(text, 'x', SIZE);
  memcpy(text, "<a b", 4);
  read_bytes(&reading, og_turtle_read, text, SIZE, false);
  assert_status(reading.status, OG_BAD_DATA);
  assert_int_equal(reading.err.line, 1);
  reading_clear(&reading);
}

static void deep_brackets_are_refused_and_brackets_in_text_do_not_count(void **state) {
  (void)state;
  OgError err = {0};
  OgBuffer text = OG_BUFFER_INIT;
  for (int i = 0; i < 200000; i++) {
    assert_ok(og_buffer_text(&text, i ? "[ <p:p> " : "<s:s> <p:p> ", &err));
  }
  Reading reading;
  reading_init(&reading);
  read_bytes(&reading, og_turtle_read, text.data, text.size, false);
  assert_status(reading.status, OG_BAD_DATA);
  assert_non_null(strstr(reading.err.message, "nest deeper than 2000"));
  reading_clear(&reading);
  og_buffer_reset(&text);
  for (int i = 0; i < 3000; i++) {
    assert_ok(
        og_buffer_text(&text,
                       "<s:[[((> <p:p> \"[\\\"[\", '([', \"\"\"[\"\"[(\"\"\", \"\", '''(''' . "
                       "# [[[\n",
                       &err));
  }
  reading_init(&reading);
  read_bytes(&reading, og_turtle_read, text.data, text.size, false);
  assert_status(reading.status, OG_OK);
  assert_int_equal(reading.statements, 15000);
  reading_clear(&reading);
  og_buffer_clear(&text);
}

static void faults_of_the_sink_and_of_memory_come_back(void **state) {
  (void)state;
  read_with_faults(og_turtle_read, "@prefix e: <http://e/> . e:a e:p _:b, [ e:q 'x'@en, 1 ] .");
}

static void a_graph_name_is_seen(void **state) {
  (void)state;
  static const char quad[] = "<s:s> <p:p> \"o . <g:g> .\" <g:g> .\n";
  static const char triple[] = "<s:s> <p:p> \"o\" .\n<s:s> <p:p> \"o\" <g:g> .\n";
  assert_true(og_nquads_names_graph(quad, sizeof quad - 1));
  assert_false(og_nquads_names_graph(triple, (size_t)(strchr(triple, '\n') - triple) + 1));
  assert_false(og_nquads_names_graph("<s:s> <p:p> [", 13));
}

static void latin_1_is_told_how_to_convert(void **state) {
  (void)state;
  static const char text[] = "<s:s> <p:p> \"o\" .\n<s:s> <p:p> \"caf\xe9\" .\n";
  expect_refusal(og_turtle_read, text, false, 2, "iconv -f WINDOWS-1252 -t UTF-8");
  expect_refusal(og_nquads_read, text, false, 2, "iconv -f WINDOWS-1252 -t UTF-8");
}

static void other_encodings_are_refused(void **state) {
  (void)state;
  static const char wide[] = "\377\376<\0a\0:\0b\0>\0 ";
  static const char wider[] = "\0\0\376\377\0\0\0<";
  Reading reading;
  reading_init(&reading);
  read_bytes(&reading, og_turtle_read, wide, sizeof wide - 1, false);
  assert_status(reading.status, OG_BAD_DATA);
  assert_non_null(strstr(reading.err.message, "UTF-16, which is not read"));
  reading_clear(&reading);
  reading_init(&reading);
  read_bytes(&reading, og_nquads_read, wider, sizeof wider - 1, false);
  assert_status(reading.status, OG_BAD_DATA);
  assert_non_null(strstr(reading.err.message, "iconv -f UTF-32BE -t UTF-8"));
  reading_clear(&reading);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(latin_1_is_told_how_to_convert),
      cmocka_unit_test(other_encodings_are_refused),
      cmocka_unit_test(turtle_gives_its_statements),
      cmocka_unit_test(blank_nodes_that_are_made_never_meet_named_ones),
      cmocka_unit_test(graphs_are_merged_with_one_warning),
      cmocka_unit_test(malformed_turtle_is_refused_with_its_place),
      cmocka_unit_test(a_prefix_that_is_not_declared_is_told_with_its_place),
      cmocka_unit_test(the_place_of_a_long_prefix_is_known),
      cmocka_unit_test(text_that_is_no_utf8_is_refused),
      cmocka_unit_test(deep_brackets_are_refused_and_brackets_in_text_do_not_count),
      cmocka_unit_test(a_broken_iri_ends_although_much_follows),
      cmocka_unit_test(faults_of_the_sink_and_of_memory_come_back),
      cmocka_unit_test(a_graph_name_is_seen),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
