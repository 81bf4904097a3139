#include "cli/dry_run.h"
#include "cli/print.h"
#include "core/memory.h"
#include "core/vocab.h"
#include "tests/test.h"

#include <stdlib.h>
#include <string.h>

/* Sixty bytes end inside the last character. */
static const char long_text[] =
    "0123456789012345678901234567890123456789012345678901234567\342\202\254\342\202\254";

static OgStatus fill(DryRun *run, OgError *err) {
  const OgSink sink = dry_run_sink(run);
  const OgTerm subject = {.kind = OG_IRI, .text = OG_TEXT("http://e/a")};
  const OgTerm blank = {.kind = OG_BLANK, .text = OG_TEXT("b")};
  const OgTerm label = {.kind = OG_IRI, .text = OG_TEXT(OG_NS_RDFS "label")};
  const OgTerm other = {.kind = OG_IRI, .text = OG_TEXT("http://o/p")};
  const OgTerm name = {.kind = OG_LITERAL, .text = OG_TEXT("n"), .language = OG_TEXT("de")};
  const OgTerm number = {
      .kind = OG_LITERAL, .text = OG_TEXT("1"), .datatype = OG_TEXT(OG_NS_XSD "int")};
  const OgTerm text = {.kind = OG_LITERAL, .text = {long_text, sizeof long_text - 1}};
  OG_TRY(sink.prefix(sink.data, OG_TEXT("e"), OG_TEXT("http://e/"), err));
  OG_TRY(sink.statement(sink.data, &subject, &label, &name, err));
  OG_TRY(sink.statement(sink.data, &subject, &label, &number, err));
  OG_TRY(sink.statement(sink.data, &blank, &other, &number, err));
  const OgTerm third = {.kind = OG_IRI, .text = OG_TEXT("http://e/t")};
  return sink.statement(sink.data, &subject, &third, &text, err);
}

static void print(const DryRun *run, char *text, size_t room) {
  OgError err = {0};
  FILE *out = tmpfile();
  assert_non_null(out);
  assert_ok(dry_run_print(run, out, NULL, &err));
  rewind(out);
  text[fread(text, 1, room - 1, out)] = '\0';
  fclose(out);
}

static void print_as_json(const DryRun *run, char *text, size_t room) {
  OgError err = {0};
  json_t *list;
  assert_ok(dry_run_json(run, &list, &err));
  const size_t size = json_dumpb(list, text, room - 1, JSON_INDENT(1));
  assert_in_range(size, 1, room - 1);
  text[size] = '\0';
  json_decref(list);
}

static void properties_are_counted_with_an_example(void **state) {
  (void)state;
  OgError err = {0};
  char text[2000];
  DryRun *run = dry_run_new();
  assert_ok(fill(run, &err));
  print_as_json(run, text, sizeof text);
  assert_string_equal(
      text,
      "[\n"
      " {\n  \"property\": \"rdfs:label\",\n  \"statements\": 2,\n  \"subject\": \"e:a\",\n"
      "  \"object\": \"\\\"n\\\"@de\"\n },\n"
      " {\n  \"property\": \"<http://o/p>\",\n  \"statements\": 1,\n  \"subject\": \"_:b\",\n"
      "  \"object\": \"\\\"1\\\"^^xsd:int\"\n },\n"
      " {\n  \"property\": \"e:t\",\n  \"statements\": 1,\n  \"subject\": \"e:a\",\n"
      "  \"object\": \"\\\"0123456789012345678901234567890123456789012345678901234567\342\200\246"
      "\\\"\"\n }\n"
      "]");
  print(run, text, sizeof text);
  assert_non_null(strstr(text, "rdfs:label"));
  dry_run_free(run);
}

static void what_is_forgotten_was_never_there(void **state) {
  (void)state;
  OgError err = {0};
  char kept[2000], text[2000];
  DryRun *run = dry_run_new();
  const OgSink sink = dry_run_sink(run);
  const OgTerm broken = {.kind = OG_IRI, .text = OG_TEXT("http://e/broken")};
  assert_ok(sink.statement(sink.data, &broken, &broken, &broken, &err));
  dry_run_forget(run);
  assert_ok(fill(run, &err));
  dry_run_keep(run);
  print_as_json(run, kept, sizeof kept);
  assert_null(strstr(kept, "broken"));
  assert_ok(fill(run, &err));
  assert_ok(sink.prefix(sink.data, OG_TEXT("x"), OG_TEXT("http://e/b"), &err));
  assert_ok(sink.statement(sink.data, &broken, &broken, &broken, &err));
  dry_run_forget(run);
  print_as_json(run, text, sizeof text);
  assert_string_equal(text, kept);
  dry_run_free(run);
}

/* An item for which there is no memory is not dropped in silence. */
static void a_list_is_whole_or_none(void **state) {
  (void)state;
  json_t *list = json_array();
  json_add(&list, json_integer(1));
  assert_int_equal(json_array_size(list), 1);
  json_add(&list, NULL);
  assert_null(list);
  json_add(&list, json_integer(2));
  assert_null(list);
  json_t *object = json_object();
  json_put(&object, "one", json_integer(1));
  assert_int_equal(json_object_size(object), 1);
  json_put(&object, "two", NULL);
  assert_null(object);
  json_put(&object, "three", json_integer(3));
  assert_null(object);
}

static void short_memory_comes_back(void **state) {
  (void)state;
  OgStatus status = OG_NO_MEMORY;
  for (long n = 0; status != OG_OK; n++) {
    OgError err = {0};
    og_memory_fail_after(n);
    DryRun *run = dry_run_new();
    status = run ? fill(run, &err) : OG_NO_MEMORY;
    og_memory_fail_after(-1);
    dry_run_free(run);
    assert_true(status == OG_OK || status == OG_NO_MEMORY);
  }
  dry_run_free(NULL);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(properties_are_counted_with_an_example),
      cmocka_unit_test(a_list_is_whole_or_none),
      cmocka_unit_test(what_is_forgotten_was_never_there),
      cmocka_unit_test(short_memory_comes_back),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
