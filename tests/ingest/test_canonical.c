#include "core/memory.h"
#include "ingest/canonical.h"
#include "tests/ingest/reading.h"
#include "tests/test.h"

#include <string.h>

static OgStatus on_start(void *data, OgXml *xml, const OgXmlElement *element, OgError *err) {
  (void)xml;
  return og_canonical_start(data, element, err);
}

static OgStatus on_end(void *data, OgXml *xml, OgError *err) {
  (void)xml;
  return og_canonical_end(data, err);
}

static OgStatus on_text(void *data, OgXml *xml, OgText text, OgError *err) {
  (void)xml;
  return og_canonical_text(data, text, err);
}

static OgStatus on_comment(void *data, OgXml *xml, OgText text, OgError *err) {
  (void)xml;
  return og_canonical_comment(data, text, err);
}

static OgStatus on_instruction(void *data, OgXml *xml, OgText target, OgText text, OgError *err) {
  (void)xml;
  return og_canonical_instruction(data, target, text, err);
}

static const OgXmlHandler handler = {on_start,       on_end, on_text, on_comment,
                                     on_instruction, NULL,   0};

/* Of the input that was written last. */
static OgStatus canonicalise(OgCanonical *canonical, OgError *err) {
  OgInput *input = NULL;
  OG_TRY(og_input_open(scratch("input"), &input, err));
  const OgStatus status = og_xml_read(input, &handler, canonical, 0, NULL, NULL, err);
  og_input_close(input);
  return status;
}

static void expect(const char *xml, const char *canonical_form) {
  OgError err = {0};
  OgCanonical *canonical = og_canonical_new();
  og_input_close(input_of(xml, strlen(xml)));
  for (int twice = 0; twice < 2; twice++) {
    og_canonical_reset(canonical);
    assert_ok(canonicalise(canonical, &err));
    assert_int_equal(og_canonical_depth(canonical), 0);
    assert_string_equal(og_canonical_content(canonical).data, canonical_form);
  }
  og_canonical_free(canonical);
}

static void empty_elements_and_quotes_have_one_form(void **state) {
  (void)state;
  expect("<a  b = 'x' />", "<a b=\"x\"></a>");
}

static void special_characters_are_escaped(void **state) {
  (void)state;
  expect("<a b='&lt;&gt;&amp;&quot;&apos;&#9;&#10;&#13;'>&lt;&gt;&amp;\"'&#13;<![CDATA[<&]]></a>",
         "<a b=\"&lt;>&amp;&quot;'&#x9;&#xA;&#xD;\">&lt;&gt;&amp;\"'&#xD;&lt;&amp;</a>");
}

static void attributes_sort_by_namespace_then_name(void **state) {
  (void)state;
  expect("<a xmlns:y='u:1' xmlns:x='u:2' x:b='1' y:c='2' d='3' c='4' xml:lang='en'/>",
         "<a xmlns:x=\"u:2\" xmlns:y=\"u:1\" c=\"4\" d=\"3\" xml:lang=\"en\" y:c=\"2\" x:b=\"1\">"
         "</a>");
}

static void only_used_namespaces_are_declared_and_only_where_needed(void **state) {
  (void)state;
  expect("<p:a xmlns:p='u:p' xmlns:q='u:q' xmlns='u:d'><p:b/><c/><q:d><q:e/></q:d></p:a>",
         "<p:a xmlns:p=\"u:p\"><p:b></p:b><c xmlns=\"u:d\"></c><q:d xmlns:q=\"u:q\"><q:e></q:e>"
         "</q:d></p:a>");
}

static void a_prefix_may_change_its_meaning(void **state) {
  (void)state;
  expect("<p:a xmlns:p='u:1'><p:a xmlns:p='u:2'/><p:a/></p:a>",
         "<p:a xmlns:p=\"u:1\"><p:a xmlns:p=\"u:2\"></p:a><p:a></p:a></p:a>");
  expect("<a xmlns='u:1'><b xmlns=''/></a>", "<a xmlns=\"u:1\"><b xmlns=\"\"></b></a>");
}

static void comments_and_instructions_are_kept(void **state) {
  (void)state;
  expect("<a><!-- c --><?t  d e?><?u?></a>", "<a><!-- c --><?t d e?><?u?></a>");
}

static void running_out_of_memory_is_reported(void **state) {
  (void)state;
  static const char xml[] = "<p:a xmlns:p='u:p' b='&lt;' p:c='d'>text<!--c--><?t d?></p:a>";
  og_input_close(input_of(xml, sizeof xml - 1));
  OgStatus status = OG_NO_MEMORY;
  for (long n = 0; status != OG_OK; n++) {
    OgError err = {0};
    og_memory_fail_after(n);
    OgCanonical *canonical = og_canonical_new();
    status = canonical ? canonicalise(canonical, &err) : OG_NO_MEMORY;
    og_memory_fail_after(-1);
    og_canonical_free(canonical);
    assert_true(status == OG_OK || status == OG_NO_MEMORY);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(empty_elements_and_quotes_have_one_form),
      cmocka_unit_test(special_characters_are_escaped),
      cmocka_unit_test(attributes_sort_by_namespace_then_name),
      cmocka_unit_test(only_used_namespaces_are_declared_and_only_where_needed),
      cmocka_unit_test(a_prefix_may_change_its_meaning),
      cmocka_unit_test(comments_and_instructions_are_kept),
      cmocka_unit_test(running_out_of_memory_is_reported),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
