#include "ingest/address.h"

#include "core/memory.h"
#include "tests/test.h"

#include <stdio.h>
#include <string.h>

static OgText text(const char *terminated) {
  return (OgText){terminated, strlen(terminated)};
}

static void a_path_and_its_address_lead_to_one_another(void **state) {
  (void)state;
  OgError err = {0};
  OgBuffer iri = OG_BUFFER_INIT, path = OG_BUFFER_INIT;
  char real[512];
  snprintf(real, sizeof real, "%s", scratch("a b%ä.xsd"));
  FILE *file = fopen(real, "w");
  assert_non_null(file);
  fclose(file);
  assert_ok(og_address_of(real, &iri, &err));
  assert_non_null(strstr(iri.data, "/a%20b%25%C3%A4.xsd"));
  assert_int_equal(strncmp(iri.data, "file:///", 8), 0);
  assert_ok(og_buffer_text(&iri, "#id", &err));
  assert_ok(og_address_path((OgText){iri.data, iri.size}, &path, &err));
  assert_non_null(strstr(path.data, "/a b%ä.xsd"));
  assert_ok(og_address_path(text("file:/x%2"), &path, &err));
  assert_string_equal(path.data, "/x%2");
  assert_ok(og_address_path(text("file://localhost/x"), &path, &err));
  assert_string_equal(path.data, "/x");
  static const char *const none[] = {"http://e/x", "file://host/x", "file:///a%00b", "x", ""};
  for (size_t k = 0; k < OG_COUNT(none); k++) {
    assert_ok(og_address_path(text(none[k]), &path, &err));
    assert_int_equal(path.size, 0);
  }
  og_buffer_reset(&iri);
  assert_ok(og_address_of("/proc/nowhere", &iri, &err));
  assert_string_equal(iri.data, "about:stdin");
  og_buffer_clear(&iri);
  og_buffer_clear(&path);
}

static void an_address_leads_as_far_as_it_is_from_the_base(void **state) {
  static const struct {
    const char *own, *base, *iri;
    const char *path; /* NULL: nowhere */
  } rows[] = {
      {"/t/entry.xsd", "http://e/x/entry.xsd", "http://e/x/labels%20en.xml", "/t/labels en.xml"},
      {"/t/entry.xsd", "http://e/x/entry.xsd", "http://e/x/core/c.xsd#id", "/t/core/c.xsd"},
      {"/t/p/entry.xsd", "http://e/x/y/entry.xsd?q", "http://e/x/c.xsd?r#id", "/t/c.xsd"},
      {"/t/p/q/entry.xsd", "http://e/x/y/z/e.xsd", "http://e/x/o/c.xsd", "/t/o/c.xsd"},
      {"/t/entry.xsd", "http://e/entry.xsd", "http://e/c.xsd", "/t/c.xsd"},
      {"/t/entry.xsd", "http://e/x/entry.xsd", "http://e/x/entry.xsd#a", "/t/entry.xsd"},
      {"/entry.xsd", "http://e/x/y/entry.xsd", "http://e/c.xsd", NULL}, /* above the root */
      {"/t/entry.xsd", "http://e/x/entry.xsd", "http://other/x/c.xsd", NULL},
      {"/t/entry.xsd", "http://e/x/entry.xsd", "https://e/x/c.xsd", NULL},
      {"/t/entry.xsd", "http://e/x/entry.xsd", "http://e.com/x/c.xsd", NULL},
      {"/t/entry.xsd", "http://e", "http://e/c.xsd", NULL},
      {"/t/entry.xsd", "urn:x:entry", "urn:x:c", NULL},
      {"/t/entry.xsd", "http://e/x/entry.xsd", "http://e/x/a%00", NULL},
  };
  (void)state;
  OgBuffer path = OG_BUFFER_INIT;
  for (size_t k = 0; k < OG_COUNT(rows); k++) {
    OgError err = {0};
    assert_ok(og_address_follow(rows[k].own, text(rows[k].base), text(rows[k].iri), &path, &err));
    assert_string_equal(path.size > 0 ? path.data : "", rows[k].path ? rows[k].path : "");
  }
  og_buffer_clear(&path);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_path_and_its_address_lead_to_one_another),
      cmocka_unit_test(an_address_leads_as_far_as_it_is_from_the_base),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
