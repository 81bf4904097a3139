#include "core/memory.h"
#include "core/vocab.h"
#include "ingest/xml.h"
#include "tests/ingest/reading.h"
#include "tests/test.h"

#include "core/file.h"

#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

/* What a document said, as "(name @attribute=value text )…". */
typedef struct Trace {
  OgBuffer text;
  size_t elements;
  size_t attributes;
  uint64_t text_bytes;
  bool quiet;    /* count only */
  OgStatus stop; /* what the next start returns */
} Trace;

static const OgXmlKnown known[] = {{"http://n/", "a", 7}, {"", "b", 9}};

static OgStatus on_start(void *data, OgXml *xml, const OgXmlElement *element, OgError *err) {
  (void)xml;
  Trace *trace = data;
  trace->elements++;
  trace->attributes += element->attribute_count;
  if (trace->stop != OG_OK) {
    return og_error_set(err, trace->stop, "enough");
  }
  if (trace->quiet) {
    return OG_OK;
  }
  OG_TRY(og_buffer_format(&trace->text, err, "(%s", element->name->iri.data));
  if (element->name->id) {
    OG_TRY(og_buffer_format(&trace->text, err, "#%d", element->name->id));
  }
  for (size_t i = 0; i < element->namespace_count; i++) {
    const OgXmlNamespace *declared = &element->namespaces[i];
    OG_TRY(og_buffer_format(&trace->text, err, " %s:%s", declared->prefix ? declared->prefix : "",
                            declared->uri));
  }
  for (size_t i = 0; i < element->attribute_count; i++) {
    const OgXmlAttribute *attribute = &element->attributes[i];
    OG_TRY(og_buffer_format(&trace->text, err, " @%s=%.*s", attribute->name->iri.data,
                            (int)attribute->value.size, attribute->value.data));
  }
  return og_buffer_text(&trace->text, " ", err);
}

static OgStatus on_end(void *data, OgXml *xml, OgError *err) {
  (void)xml;
  Trace *trace = data;
  return trace->quiet ? OG_OK : og_buffer_text(&trace->text, ")", err);
}

static OgStatus on_text(void *data, OgXml *xml, OgText text, OgError *err) {
  (void)xml;
  Trace *trace = data;
  trace->text_bytes += text.size;
  return trace->quiet ? OG_OK : og_buffer_append(&trace->text, text.data, text.size, err);
}

static OgStatus on_comment(void *data, OgXml *xml, OgText text, OgError *err) {
  (void)xml;
  return og_buffer_format(&((Trace *)data)->text, err, "!%.*s!", (int)text.size, text.data);
}

static OgStatus on_instruction(void *data, OgXml *xml, OgText target, OgText text, OgError *err) {
  (void)xml;
  return og_buffer_format(&((Trace *)data)->text, err, "?%.*s=%.*s?", (int)target.size, target.data,
                          (int)text.size, text.data);
}

static const OgXmlHandler handler = {
    on_start, on_end, on_text, on_comment, on_instruction, known, OG_COUNT(known),
};

typedef struct Result {
  Trace trace;
  Reading warnings;
  OgStatus status;
  OgError err;
} Result;

static void run(Result *result, const void *bytes, size_t size, size_t max_depth) {
  OgInput *input = input_of(bytes, size);
  result->warnings = (Reading){.statements_left = -1};
  const OgSink sink = reading_sink(&result->warnings);
  result->err = (OgError){0};
  result->status =
      og_xml_read(input, &handler, &result->trace, max_depth, &sink, NULL, &result->err);
  og_input_close(input);
}

static void run_text(Result *result, const char *text) {
  run(result, text, strlen(text), 0);
}

static void finish(Result *result) {
  og_buffer_clear(&result->trace.text);
}

/* The document is read, without warnings, and says this. */
static void expect(const char *xml, size_t size, const char *trace) {
  Result result = {0};
  run(&result, xml, size, 0);
  if (result.status != OG_OK) {
    fail_msg("%s", result.err.message);
  }
  assert_string_equal(result.trace.text.data, trace);
  assert_int_equal(result.warnings.warnings, 0);
  finish(&result);
}

static void expect_text(const char *xml, const char *trace) {
  expect(xml, strlen(xml), trace);
}

/* The document is refused with these words, in under a second of processor time and 64 MB more
 * memory. */
static void refuse(const char *xml, size_t size, const char *words) {
  struct rusage before, after;
  Result result = {.trace = {.quiet = true}};
  getrusage(RUSAGE_SELF, &before);
  const clock_t start = clock();
  run(&result, xml, size, 0);
  const double seconds = (double)(clock() - start) / CLOCKS_PER_SEC;
  getrusage(RUSAGE_SELF, &after);
  assert_status(result.status, OG_BAD_DATA);
  if (!strstr(result.err.message, words)) {
    fail_msg("expected \"%s\", got \"%s\"", words, result.err.message);
  }
  assert_true(result.err.line > 0);
#if !WITH_SANITIZER
  assert_true(seconds < 1.0);
  assert_true(after.ru_maxrss - before.ru_maxrss < 64 << 10);
#else
  assert_true(seconds < 10.0);
#endif
  finish(&result);
}

/* ---- documents ------------------------------------------------------------------------------- */

static void elements_text_and_attributes_come_in_order(void **state) {
  (void)state;
  expect_text("<?xml version='1.0'?><!--c--><a xmlns='http://n/' xmlns:p='http://p/' x='1' "
              "p:y='&lt;2'>t<b xmlns=''/><![CDATA[<u>]]>&#233;<?go now?></a>",
              "!c!(http://n/a#7 :http://n/ p:http://p/ @x=1 @http://p/y=<2 t(b#9 : )<u>\303\251"
              "?go=now?)");
}

static void every_encoding_comes_out_as_utf8(void **state) {
  (void)state;
  static const char latin[] = "<?xml version='1.0' encoding='ISO-8859-1'?><b c='\351'>\350</b>";
  static const char windows[] = "<?xml version='1.0' encoding='windows-1252'?><b>\200</b>";
  static const char marked[] = "\357\273\277<b c='\303\251'>\303\250</b>";
  expect(latin, sizeof latin - 1, "(b#9 @c=\303\251 \303\250)");
  expect(windows, sizeof windows - 1, "(b#9 \342\202\254)");
  expect(marked, sizeof marked - 1, "(b#9 @c=\303\251 \303\250)");
  static const char ascii[] = "<?xml version='1.0' encoding='UTF-16'?><b c='x'>y</b>";
  for (int big = 0; big < 2; big++) {
    char wide[2 * sizeof ascii];
    wide[big ? 0 : 1] = '\376';
    wide[big ? 1 : 0] = '\377';
    for (size_t i = 0; i < sizeof ascii - 1; i++) {
      wide[2 * i + 2 + (size_t)big] = ascii[i];
      wide[2 * i + 3 - (size_t)big] = '\0';
    }
    expect(wide, 2 * sizeof ascii, "(b#9 @c=x y)");
  }
}

/* Blocks end anywhere: in the middle of a character, of a tag, of a reference. */
static void blocks_may_end_anywhere(void **state) {
  (void)state;
  static const char *const pieces[] = {
      "\303\251", "\342\202\254", "\360\237\230\200", "&lt;", "<b c='d'/>", "<!--x-->", "\r\n"};
  for (size_t k = 0; k < OG_COUNT(pieces); k++) {
    for (size_t shift = 0; shift < 8; shift++) {
      OgError err = {0};
      OgBuffer xml = OG_BUFFER_INIT;
      assert_ok(og_buffer_text(&xml, "<a>", &err));
      assert_ok(og_buffer_append(&xml, "xxxxxxxx", shift, &err));
      size_t count = 0;
      for (; xml.size < 300000; count++) {
        assert_ok(og_buffer_text(&xml, pieces[k], &err));
      }
      assert_ok(og_buffer_text(&xml, "</a>", &err));
      Result result = {.trace = {.quiet = k != 5}};
      run(&result, xml.data, xml.size, 0);
      assert_status(result.status, OG_OK);
      static const size_t text_sizes[] = {2, 3, 4, 1, 0, 0, 1};
      assert_int_equal(result.trace.text_bytes, count * text_sizes[k] + shift);
      assert_int_equal(result.trace.elements, k == 4 ? count + 1 : 1);
      finish(&result);
      og_buffer_clear(&xml);
    }
  }
}

static void internal_entities_are_honoured(void **state) {
  (void)state;
  expect_text("<!DOCTYPE b [<!ENTITY n 'http://n/'><!ENTITY t 'x<a>y</a>&n;'>"
              "<!ENTITY % d '<!ENTITY u \"w\">'>%d;]>"
              "<b c='&n;z'>&t;&t;&u;</b>",
              "(b#9 @c=http://n/z x(a y)http://n/x(a y)http://n/w)");
}

static void known_names_have_their_number_under_any_prefix(void **state) {
  (void)state;
  expect_text("<a xmlns='http://n/'><a/><p:a xmlns:p='http://n/'/></a>",
              "(http://n/a#7 :http://n/ (http://n/a#7 )(http://n/a#7 p:http://n/ ))");
}

/* ---- faults ---------------------------------------------------------------------------------- */

static void malformed_documents_are_refused_with_their_place(void **state) {
  (void)state;
  static const struct {
    const char *xml;
    long line;
    const char *words;
  } rows[] = {
      {"<b>\n<c>\n</b>", 3, "Opening and ending tag mismatch"},
      {"<b>\n\n", 3, "malformed XML: the file ends too early, inside 1 open element: get it again"},
      {"<b>\n<c>t", 2, "the file ends too early, inside 2 open elements: get it again"},
      {"hello", 1, "malformed XML"},
      {"<b c='1' c='2'/>", 1, "Attribute c redefined"},
      {"<b>\n&x;</b>", 2, "malformed XML: Entity 'x' not defined"},
      {"<p:b/>", 1, "Namespace prefix p on b is not defined"},
      {"<b>\n\303(</b>", 2, "malformed XML"},
      {"<?xml version='1.0' encoding='utf-8'?>\n<b>\351t\351</b>", 2, "not proper UTF-8"},
      {"<?xml version='1.0' encoding='no-such'?><b/>", 1, "encoding"},
      {"<b/>\n<c/>", 2, "malformed XML"},
      {"<!DOCTYPE b [<!ENTITY a '&b;'><!ENTITY b '&a;'>]>\n<b>&a;</b>", 2, "malformed XML"},
      {"<b>\x01</b>", 1, "malformed XML"},
  };
  for (size_t i = 0; i < OG_COUNT(rows); i++) {
    Result result = {0};
    run_text(&result, rows[i].xml);
    if (result.status != OG_BAD_DATA || result.err.line != rows[i].line || result.err.column < 1 ||
        !strstr(result.err.message, rows[i].words)) {
      fail_msg("row %zu: %ld:%ld %s", i, result.err.line, result.err.column, result.err.message);
    }
    assert_non_null(strstr(result.err.source, "/input"));
    finish(&result);
  }
}

/* A text that is nothing, or of no encoding that is read, has no place. */
static void openings_are_refused(void **state) {
  (void)state;
  static const struct {
    const char *bytes;
    size_t size;
    const char *words;
  } rows[] = {
      {"", 0, "the file is empty: get it again"},
      {"\377\376\0\0<\0\0\0b\0\0\0", 12,
       "in UTF-32, which is not read: convert it to UTF-8 (iconv -f UTF-32LE -t"},
      {"\0\0\376\377\0\0\0<", 8, "iconv -f UTF-32BE"},
      {"<\0\0\0b\0\0\0/\0\0\0>\0\0\0", 16, "iconv -f UTF-32LE"},
      {"\0\0\0<\0\0\0b\0\0\0/\0\0\0>", 16, "iconv -f UTF-32BE"},
  };
  for (size_t i = 0; i < OG_COUNT(rows); i++) {
    Result result = {0};
    run(&result, rows[i].bytes, rows[i].size, 0);
    if (result.status != OG_BAD_DATA || !strstr(result.err.message, rows[i].words)) {
      fail_msg("row %zu: %s", i, result.err.message);
    }
    finish(&result);
  }
}

static void every_truncation_is_refused(void **state) {
  (void)state;
  static const char xml[] = "<?xml version='1.0'?><!DOCTYPE b [<!ENTITY e 'v'>]><b c='&e;'>"
                            "t\303\251<![CDATA[u]]><!--v--><d/></b>";
  for (size_t size = 0; size < sizeof xml - 1; size++) {
    Result result = {0};
    run(&result, xml, size, 0);
    assert_status(result.status, OG_BAD_DATA);
    finish(&result);
  }
}

static void a_fault_of_the_handler_ends_the_reading(void **state) {
  (void)state;
  Result result = {.trace = {.stop = OG_GATE}};
  run_text(&result, "<b><c/><c/><d></b>");
  assert_status(result.status, OG_GATE);
  assert_string_equal(result.err.message, "enough");
  assert_int_equal(result.trace.elements, 1);
  finish(&result);
}

static bool stop(void *data, const char *stage, double done, double total, const char *detail) {
  (void)detail;
  double *seen = data;
  assert_string_equal(stage, "reading");
  assert_true(done <= total);
  seen[0] += 1;
  seen[1] = done;
  seen[2] = total;
  return false;
}

static void progress_can_stop_the_reading(void **state) {
  (void)state;
  OgError err = {0};
  double seen[3] = {0, 0, 0};
  Trace trace = {.quiet = true};
  const OgProgress progress = {.report = stop, .data = seen};
  OgInput *input = input_of("<b/>", 4);
  assert_status(og_xml_read(input, &handler, &trace, 0, NULL, &progress, &err), OG_CANCELLED);
  assert_int_equal(seen[0], 1);
  assert_int_equal(seen[1], 4);
  assert_int_equal(seen[2], 4);
  og_input_close(input);
}

static void running_out_of_memory_is_reported(void **state) {
  (void)state;
  static const char xml[] = "<a xmlns='http://n/' x='1'><b xmlns:p='u' p:y='2'>text</b></a>";
  OgInput *input = input_of(xml, sizeof xml - 1);
  og_input_close(input);
  OgStatus status = OG_NO_MEMORY;
  for (long n = 0; status != OG_OK; n++) {
    OgError err = {0};
    Trace trace = {.quiet = true};
    assert_ok(og_input_open(scratch("input"), &input, &err));
    og_memory_fail_after(n);
    status = og_xml_read(input, &handler, &trace, 0, NULL, NULL, &err);
    og_memory_fail_after(-1);
    og_input_close(input);
    assert_true(status == OG_OK || status == OG_NO_MEMORY);
  }
}

/* ---- safety ---------------------------------------------------------------------------------- */

/* text, count times. */
static void repeat(OgBuffer *buffer, const char *text, size_t count) {
  OgError err = {0};
  for (size_t i = 0; i < count; i++) {
    assert_ok(og_buffer_text(buffer, text, &err));
  }
}

static void bombs_of_entities_are_refused(void **state) {
  (void)state;
  OgError err = {0};
  OgBuffer laughs = OG_BUFFER_INIT;
  repeat(&laughs, "<!DOCTYPE b [<!ENTITY l0 'ha'>", 1);
  for (int i = 1; i < 12; i++) {
    assert_ok(og_buffer_format(&laughs, &err, "<!ENTITY l%d '", i));
    for (int k = 0; k < 10; k++) {
      assert_ok(og_buffer_format(&laughs, &err, "&l%d;", i - 1));
    }
    repeat(&laughs, "'>", 1);
  }
  const size_t declared = laughs.size;
  repeat(&laughs, "]><b>&l11;</b>", 1);
  refuse(laughs.data, laughs.size, "refusing a likely bomb");
  laughs.size = declared;
  repeat(&laughs, "]><b c='&l11;'/>", 1);
  refuse(laughs.data, laughs.size, "refusing a likely bomb");
  og_buffer_clear(&laughs);

  OgBuffer quadratic = OG_BUFFER_INIT;
  repeat(&quadratic, "<!DOCTYPE b [<!ENTITY e '", 1);
  repeat(&quadratic, "xxxxxxxxxx", 10000);
  repeat(&quadratic, "'>]><b>", 1);
  repeat(&quadratic, "&e;", 30000);
  repeat(&quadratic, "</b>", 1);
  refuse(quadratic.data, quadratic.size, "refusing a likely bomb");
  og_buffer_clear(&quadratic);

  OgBuffer defaults = OG_BUFFER_INIT;
  repeat(&defaults, "<!DOCTYPE b [<!ATTLIST b c CDATA '", 1);
  repeat(&defaults, "xxxxxxxxxx", 10000);
  repeat(&defaults, "'>]><b>", 1);
  repeat(&defaults, "<b/>", 30000);
  repeat(&defaults, "</b>", 1);
  refuse(defaults.data, defaults.size, "refusing a likely bomb");
  og_buffer_clear(&defaults);

  OgBuffer parameters = OG_BUFFER_INIT;
  repeat(&parameters, "<!DOCTYPE b [<!ENTITY % p0 '<!-- ha -->'>", 1);
  for (int i = 1; i < 12; i++) {
    assert_ok(og_buffer_format(&parameters, &err, "<!ENTITY %% p%d '", i));
    for (int k = 0; k < 10; k++) {
      assert_ok(og_buffer_format(&parameters, &err, "&#37;p%d;", i - 1));
    }
    repeat(&parameters, "'>", 1);
  }
  repeat(&parameters, "%p11;]><b/>", 1);
  refuse(parameters.data, parameters.size, "");
  og_buffer_clear(&parameters);
}

/* Every rdf:about of a large ontology is written with entities: that is no bomb. */
static void many_honest_entities_are_fine(void **state) {
  (void)state;
  OgBuffer xml = OG_BUFFER_INIT;
  repeat(&xml,
         "<!DOCTYPE b [<!ENTITY o 'http://www.semanticweb.org/some/long/ontology/name/in/here#'>]>"
         "<b>",
         1);
  repeat(&xml, "<c a='&o;x'/>&o;", 300000);
  repeat(&xml, "</b>", 1);
  Result result = {.trace = {.quiet = true}};
  run(&result, xml.data, xml.size, 0);
  assert_status(result.status, OG_OK);
  assert_int_equal(result.trace.elements, 300001);
  finish(&result);
  og_buffer_clear(&xml);
}

static void external_entities_are_never_opened(void **state) {
  (void)state;
  OgError err = {0};
  const char *secret = scratch("secret");
  assert_ok(og_file_write(secret, "<!ENTITY f 'SECRET'>SECRET", 26, &err));
  static const struct {
    const char *format;
    const char *kind;
    OgStatus status;
    const char *trace;
  } rows[] = {
      {"<!DOCTYPE b [<!ENTITY e SYSTEM '%s'>]><b>x&e;y&e;</b>", "external entity not read", OG_OK,
       "(b#9 xy)"},
      {"<!DOCTYPE b [<!ENTITY e SYSTEM 'file://%s'>]><b>x&e;</b>", "external entity not read",
       OG_OK, "(b#9 x)"},
      {"<!DOCTYPE b [<!ENTITY e PUBLIC 'p' '%s'>]><b c='&e;'/>", "external entity not read", OG_OK,
       "(b#9 @c= )"},
      {"<!DOCTYPE b [<!ENTITY %% e SYSTEM '%s'>%%e;]><b/>", "external entity not read", OG_OK,
       "(b#9 )"},
      {"<!DOCTYPE b SYSTEM '%s'><b/>", "external DTD not read", OG_OK, "(b#9 )"},
      {"<!DOCTYPE b SYSTEM '%s'><b>&f;</b>", "external DTD not read", OG_BAD_DATA, "(b#9 "},
      {"<b xmlns:x='http://www.w3.org/2001/XInclude'><x:include href='%s' parse='text'/></b>", "",
       OG_OK, "(b#9 x:http://www.w3.org/2001/XInclude (http://www.w3.org/2001/XIncludeinclude"},
  };
  for (size_t i = 0; i < OG_COUNT(rows); i++) {
    char xml[1024];
    Result result = {0};
    snprintf(xml, sizeof xml, rows[i].format, secret);
    run_text(&result, xml);
    assert_status(result.status, rows[i].status);
    assert_int_equal(result.warnings.warnings, rows[i].kind[0] != '\0');
    assert_string_equal(result.warnings.kind, rows[i].kind);
    assert_memory_equal(result.trace.text.data, rows[i].trace, strlen(rows[i].trace));
    assert_null(strstr(result.trace.text.data, "SECRET"));
    finish(&result);
  }
}

static void depth_has_a_limit_of_the_callers_choice(void **state) {
  (void)state;
  enum { LEVELS = 1000000 };
  OgBuffer xml = OG_BUFFER_INIT;
  repeat(&xml, "<b>", LEVELS);
  const size_t half = xml.size;
  repeat(&xml, "</b>", LEVELS);
  refuse(xml.data, xml.size, "elements nest deeper than 100000, the limit");
  Result result = {.trace = {.quiet = true}};
  run(&result, xml.data, xml.size, LEVELS);
  assert_status(result.status, OG_OK);
  assert_int_equal(result.trace.elements, LEVELS);
  run(&result, xml.data + half - 9, 9 + 12, 3);
  assert_status(result.status, OG_OK);
  run(&result, xml.data + half - 9, 9 + 12, 2);
  assert_status(result.status, OG_BAD_DATA);
  finish(&result);
  og_buffer_clear(&xml);
}

static void too_many_attributes_are_refused_before_they_cost(void **state) {
  (void)state;
  OgError err = {0};
  OgBuffer xml = OG_BUFFER_INIT;
  repeat(&xml, "<b", 1);
  for (int i = 0; i < 200000; i++) {
    assert_ok(og_buffer_format(&xml, &err, " a%d='>'", i));
  }
  repeat(&xml, "/>", 1);
  refuse(xml.data, xml.size, "an element has over 4096 attributes");
  OgBuffer entity = OG_BUFFER_INIT;
  repeat(&entity, "<!DOCTYPE c [<!ENTITY e \"", 1);
  assert_ok(og_buffer_append(&entity, xml.data, xml.size, &err));
  repeat(&entity, "\">]><c>&e;</c>", 1);
  refuse(entity.data, entity.size, "an element has over 4096 attributes");
  og_buffer_reset(&xml);
  repeat(&xml, "<b", 1);
  for (int i = 0; i < 5000; i++) {
    assert_ok(og_buffer_format(&xml, &err, " xmlns:a%d=\"u\"", i));
  }
  repeat(&xml, "/>", 1);
  refuse(xml.data, xml.size, "an element has over 4096 attributes");
  og_buffer_clear(&xml);
  og_buffer_clear(&entity);
}

static void a_long_attribute_and_a_quoted_comment_are_fine(void **state) {
  (void)state;
  OgBuffer xml = OG_BUFFER_INIT;
  repeat(&xml, "<b c=\"", 1);
  repeat(&xml, "it's '>' ", 200000);
  repeat(&xml, "\"><!-- <d ", 1);
  repeat(&xml, "it's 'so' ", 100000);
  repeat(&xml, "--></b>", 1);
  Result result = {.trace = {.quiet = false}};
  run(&result, xml.data, xml.size, 0);
  assert_status(result.status, OG_OK);
  assert_int_equal(result.trace.attributes, 1);
  finish(&result);
  og_buffer_clear(&xml);
}

static void too_many_namespaces_in_scope_are_refused(void **state) {
  (void)state;
  OgError err = {0};
  OgBuffer xml = OG_BUFFER_INIT;
  for (int i = 0; i < 20000; i++) {
    assert_ok(og_buffer_format(&xml, &err, "<b xmlns:a%d='u'>", i));
  }
  refuse(xml.data, xml.size, "over 10000 namespace declarations are in scope");
  og_buffer_reset(&xml);
  repeat(&xml, "<b>", 1);
  repeat(&xml, "<c xmlns:x='u'/>", 20000);
  repeat(&xml, "</b>", 1);
  Result result = {.trace = {.quiet = true}};
  run(&result, xml.data, xml.size, 0);
  assert_status(result.status, OG_OK);
  finish(&result);
  og_buffer_clear(&xml);
}

static void a_tag_without_end_is_refused(void **state) {
  (void)state;
  OgBuffer xml = OG_BUFFER_INIT;
  repeat(&xml, "<!--", 1);
  static char block[1 << 20];
  memset(block, 'x', sizeof block - 1);
  repeat(&xml, block, 18);
  Result result = {.trace = {.quiet = true}};
  run(&result, xml.data, xml.size, 0);
  assert_status(result.status, OG_BAD_DATA);
  assert_non_null(strstr(result.err.message, "longer than 16777216 bytes, the limit"));
  finish(&result);
  og_buffer_clear(&xml);
}

/* ---- the rest -------------------------------------------------------------------------------- */

static void the_root_is_found_behind_its_prolog(void **state) {
  (void)state;
  OgError err = {0};
  OgXmlRoot root;
  static const char xml[] = "<?xml version='1.0'?><!--c--><!DOCTYPE r [<!ENTITY n 'http://n/'>]>\n"
                            "<p:r xmlns:p='&n;' a='b'><unfinished";
  assert_ok(og_xml_root("x", xml, sizeof xml - 1, &root, &err));
  assert_string_equal(root.uri, "http://n/");
  assert_string_equal(root.local, "r");
  assert_status(og_xml_root("x", xml, 40, &root, &err), OG_NOT_FOUND);
  assert_status(og_xml_root("x", "<a", 2, &root, &err), OG_NOT_FOUND);
  assert_status(og_xml_root("x", "x<a/>", 5, &root, &err), OG_BAD_DATA);
}

static void names_are_told_from_other_texts(void **state) {
  (void)state;
  assert_true(og_xml_is_name("a-b.c_1"));
  assert_true(og_xml_is_name("_\303\251"));
  assert_false(og_xml_is_name(""));
  assert_false(og_xml_is_name("1a"));
  assert_false(og_xml_is_name("a+b"));
  assert_false(og_xml_is_name("a:b"));
  assert_false(og_xml_is_name(" a"));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(elements_text_and_attributes_come_in_order),
      cmocka_unit_test(every_encoding_comes_out_as_utf8),
      cmocka_unit_test(blocks_may_end_anywhere),
      cmocka_unit_test(internal_entities_are_honoured),
      cmocka_unit_test(known_names_have_their_number_under_any_prefix),
      cmocka_unit_test(malformed_documents_are_refused_with_their_place),
      cmocka_unit_test(openings_are_refused),
      cmocka_unit_test(every_truncation_is_refused),
      cmocka_unit_test(a_fault_of_the_handler_ends_the_reading),
      cmocka_unit_test(progress_can_stop_the_reading),
      cmocka_unit_test(running_out_of_memory_is_reported),
      cmocka_unit_test(bombs_of_entities_are_refused),
      cmocka_unit_test(many_honest_entities_are_fine),
      cmocka_unit_test(external_entities_are_never_opened),
      cmocka_unit_test(depth_has_a_limit_of_the_callers_choice),
      cmocka_unit_test(too_many_attributes_are_refused_before_they_cost),
      cmocka_unit_test(a_long_attribute_and_a_quoted_comment_are_fine),
      cmocka_unit_test(too_many_namespaces_in_scope_are_refused),
      cmocka_unit_test(a_tag_without_end_is_refused),
      cmocka_unit_test(the_root_is_found_behind_its_prolog),
      cmocka_unit_test(names_are_told_from_other_texts),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
