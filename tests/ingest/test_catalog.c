#include "ingest/catalog.h"

#include "core/buffer.h"
#include "core/file.h"
#include "core/memory.h"
#include "tests/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define NS "xmlns='urn:oasis:names:tc:entity:xmlns:xml:catalog'"

/* The folder of the catalogs, as the system knows it. */
static const char *folder(void) {
  static char path[4096];
  if (path[0] == '\0') {
    const char *made = scratch("catalogs");
    assert_int_equal(mkdir(made, 0777), 0);
    assert_non_null(realpath(made, path));
  }
  return path;
}

static const char *write_catalog(const char *name, const char *content) {
  static char path[4200];
  OgError err = {0};
  snprintf(path, sizeof path, "%s/%s", folder(), name);
  assert_ok(og_file_write(path, content, strlen(content), &err));
  return path;
}

/* expected: relative to the folder, unless it begins with '/'; NULL: nowhere. */
static void assert_leads(OgCatalog *catalog, const char *iri, const char *expected) {
  char path[4200];
  OgError err = {0};
  const char *found;
  assert_ok(og_catalog_find(catalog, (OgText){iri, strlen(iri)}, &found, &err));
  if (!expected) {
    assert_null(found);
    return;
  }
  snprintf(path, sizeof path, expected[0] == '/' ? "%s%s" : "%s/%s",
           expected[0] == '/' ? "" : folder(), expected);
  assert_non_null(found);
  assert_string_equal(found, path);
}

static void each_kind_of_entry_leads_to_its_file(void **state) {
  (void)state;
  OgError err = {0};
  OgCatalog *catalog = og_catalog_new();
  const char *path = write_catalog(
      "all.xml",
      "<?xml version='1.0'?><!DOCTYPE catalog PUBLIC 'p' 'http://www.oasis-open.org/x.dtd'>"
      "<catalog prefer='public' " NS ">"
      "<uri name='http://e/a' uri='a.owl'/>"
      "<uri name='http://e/a' uri='late.owl'/>"
      "<uri id='x' name='http://e/space#' uri='./sub/with%20space.owl'/>"
      "<uri name='http://e/net' uri='http://elsewhere/net.owl'/>"
      "<uri name='http://e/abs' uri='file:///srv/abs.owl'/>"
      "<uri name='http://e/zero' uri='a%00b'/>"
      "<group xml:base='g/'><uri name='http://e/g' uri='g.owl'/>"
      "<group xml:base='h/'><uri name='http://e/h' uri='h.owl' xml:base='i/'/></group></group>"
      "<uri name='http://e/after' uri='after.owl'/>"
      "<rewriteURI uriStartString='http://r/' rewritePrefix='r/'/>"
      "<rewriteURI uriStartString='http://r/deep/' rewritePrefix='deeper/'/>"
      "<public publicId='p' uri='p.dtd'/><system systemId='s' uri='s.dtd'/>"
      "<x:uri xmlns:x='urn:other' name='http://e/other' uri='other.owl'/>"
      "</catalog>");
  assert_ok(og_catalog_add(catalog, path, &err));
  assert_leads(catalog, "http://e/a", "a.owl");
  assert_leads(catalog, "http://e/a/", "a.owl");
  assert_leads(catalog, "http://e/a#", "a.owl");
  assert_leads(catalog, "http://e/space", "sub/with space.owl");
  assert_leads(catalog, "http://e/net", NULL);
  assert_leads(catalog, "http://e/abs", "/srv/abs.owl");
  assert_leads(catalog, "http://e/zero", NULL);
  assert_leads(catalog, "http://e/g", "g/g.owl");
  assert_leads(catalog, "http://e/h", "g/h/i/h.owl");
  assert_leads(catalog, "http://e/after", "after.owl");
  assert_leads(catalog, "http://r/x/y.owl", "r/x/y.owl");
  assert_leads(catalog, "http://r/deep/z.owl", "deeper/z.owl");
  assert_leads(catalog, "http://e/other", NULL);
  assert_leads(catalog, "http://e/unknown", NULL);
  assert_leads(catalog, "", NULL);
  og_catalog_free(catalog);
}

static void catalogs_may_name_one_another(void **state) {
  (void)state;
  OgError err = {0};
  OgCatalog *catalog = og_catalog_new();
  write_catalog("two.xml", "<catalog " NS "><nextCatalog catalog='one.xml'/>"
                           "<uri name='http://e/2' uri='2.owl'/><uri name='http://e/1' uri='no'/>"
                           "</catalog>");
  const char *path = write_catalog("one.xml", "<catalog " NS "><nextCatalog catalog='two.xml'/>"
                                              "<nextCatalog catalog='http://far/away.xml'/>"
                                              "<uri name='http://e/1' uri='1.owl'/></catalog>");
  assert_ok(og_catalog_add(catalog, path, &err));
  assert_ok(og_catalog_add(catalog, path, &err));
  assert_leads(catalog, "http://e/1", "1.owl");
  assert_leads(catalog, "http://e/2", "2.owl");
  og_catalog_free(catalog);
}

static void assert_called(OgCatalog *catalog, const char *file, const char *expected) {
  char path[4300];
  OgError err = {0};
  OgBuffer iri = OG_BUFFER_INIT;
  snprintf(path, sizeof path, "%s/%s", folder(), file);
  assert_ok(og_catalog_address(catalog, path, &iri, &err));
  assert_string_equal(iri.size > 0 ? iri.data : "", expected);
  og_buffer_clear(&iri);
}

static void a_file_is_called_by_the_closest_entry(void **state) {
  (void)state;
  OgError err = {0};
  OgCatalog *catalog = og_catalog_new();
  assert_ok(og_catalog_add(
      catalog,
      write_catalog("named.xml", "<catalog " NS ">"
                                 "<rewriteURI uriStartString='http://e/' rewritePrefix='./'/>"
                                 "<rewriteURI uriStartString='http://e/own/' rewritePrefix='p/'/>"
                                 "<uri name='http://e/one' uri='p/one.xsd'/>"
                                 "<uri name='http://e/net' uri='http://elsewhere/x'/></catalog>"),
      &err));
  assert_called(catalog, "p/a b.xsd", "http://e/own/a%20b.xsd");
  assert_called(catalog, "q/a.xsd", "http://e/q/a.xsd");
  assert_called(catalog, "p/one.xsd", "http://e/one");
  assert_called(catalog, "p/one.xsd.bak", "http://e/own/one.xsd.bak");
  assert_called(catalog, "../x", "http://e/../x"); /* a path is taken as it is written */
  og_catalog_free(catalog);
}

static void what_is_no_catalog_is_refused_with_its_place(void **state) {
  static const struct {
    const char *content, *says;
  } rows[] = {
      {"<catalog " NS "><uri name='x'/></catalog>", "uri lacks an attribute"},
      {"<catalog " NS "><rewriteURI rewritePrefix='x'/></catalog>", "lacks an attribute"},
      {"<catalog/>", "the root element of a catalog"},
      {"<catalog " NS ">", "malformed XML"},
      {"words", "malformed XML"},
  };
  (void)state;
  for (size_t k = 0; k < OG_COUNT(rows); k++) {
    OgError err = {0};
    OgCatalog *catalog = og_catalog_new();
    assert_status(og_catalog_add(catalog, write_catalog("bad.xml", rows[k].content), &err),
                  OG_BAD_DATA);
    assert_non_null(strstr(err.message, rows[k].says));
    assert_int_equal(err.line, 1);
    og_catalog_free(catalog);
  }
  OgError err = {0};
  OgCatalog *catalog = og_catalog_new();
  assert_status(og_catalog_add(catalog, scratch("absent.xml"), &err), OG_IO);
  /* one that another names */
  assert_status(og_catalog_add(catalog,
                               write_catalog("lost.xml", "<catalog " NS "><nextCatalog "
                                                         "catalog='absent.xml'/></catalog>"),
                               &err),
                OG_IO);
  og_catalog_free(catalog);
}

static void half_a_catalog_leads_nowhere(void **state) {
  (void)state;
  OgError err = {0};
  OgCatalog *catalog = og_catalog_new();
  const char *path =
      write_catalog("whole.xml", "<catalog " NS "><uri name='u:w' uri='w'/></catalog>");
  assert_ok(og_catalog_add(catalog, path, &err));
  path = write_catalog("half.xml", "<catalog " NS "><uri name='u:h' uri='h'/><uri");
  assert_status(og_catalog_add(catalog, path, &err), OG_BAD_DATA);
  assert_leads(catalog, "u:w", "w");
  assert_leads(catalog, "u:h", NULL);
  assert_true(og_catalog_has_read(catalog, path)); /* told once: it is no ontology */
  og_catalog_free(catalog);
}

/* What a catalog that failed names may come by itself. */
static void a_catalog_behind_a_broken_one_is_not_lost(void **state) {
  (void)state;
  OgError err = {0};
  char behind[4200];
  OgCatalog *catalog = og_catalog_new();
  snprintf(behind, sizeof behind, "%s",
           write_catalog("behind.xml", "<catalog " NS "><uri name='u:b' uri='b'/></catalog>"));
  write_catalog("torn.xml", "<catalog " NS "><uri");
  const char *path =
      write_catalog("front.xml", "<catalog " NS "><nextCatalog catalog='behind.xml'/>"
                                 "<nextCatalog catalog='torn.xml'/></catalog>");
  assert_status(og_catalog_add(catalog, path, &err), OG_BAD_DATA);
  assert_false(og_catalog_has_read(catalog, behind));
  assert_leads(catalog, "u:b", NULL);
  assert_ok(og_catalog_add(catalog, behind, &err));
  assert_leads(catalog, "u:b", "b");
  og_catalog_free(catalog);
}

static void running_out_of_memory_is_reported(void **state) {
  (void)state;
  const char *path = write_catalog("memory.xml", "<catalog " NS "><group xml:base='b/'>"
                                                 "<uri name='http://e/1' uri='1.owl'/></group>"
                                                 "<nextCatalog catalog='memory.xml'/></catalog>");
  OgStatus status = OG_NO_MEMORY;
  for (long countdown = 0; status != OG_OK; countdown++) {
    OgError err = {0};
    og_memory_fail_after(countdown);
    OgCatalog *catalog = og_catalog_new();
    const char *found = NULL;
    status = catalog ? og_catalog_add(catalog, path, &err) : OG_NO_MEMORY;
    status =
        status == OG_OK ? og_catalog_find(catalog, OG_TEXT("http://e/1"), &found, &err) : status;
    og_memory_fail_after(-1);
    assert_true(status == OG_OK || status == OG_NO_MEMORY);
    og_catalog_free(catalog);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(each_kind_of_entry_leads_to_its_file),
      cmocka_unit_test(catalogs_may_name_one_another),
      cmocka_unit_test(a_file_is_called_by_the_closest_entry),
      cmocka_unit_test(what_is_no_catalog_is_refused_with_its_place),
      cmocka_unit_test(half_a_catalog_leads_nowhere),
      cmocka_unit_test(a_catalog_behind_a_broken_one_is_not_lost),
      cmocka_unit_test(running_out_of_memory_is_reported),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
