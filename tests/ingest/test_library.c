#include "ingest/library.h"

#include "core/file.h"
#include "core/memory.h"
#include "core/vocab.h"
#include "tests/test.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void make_folder(const char *name) {
  assert_int_equal(mkdir(scratch(name), 0777), 0);
}

static const char *make_file(const char *name) {
  OgError err = {0};
  const char *path = scratch(name);
  assert_ok(og_file_write(path, "x", 1, &err));
  return path;
}

static OgTerm iri(const char *text) {
  return (OgTerm){.kind = OG_IRI, .text = {text, strlen(text)}};
}

static void hear(OgLibrary *library, const char *subject, const char *predicate,
                 const char *object) {
  OgError err = {0};
  const OgTerm terms[] = {iri(subject), iri(predicate), iri(object)};
  assert_ok(og_library_hear(library, &terms[0], &terms[1], &terms[2], &err));
}

/* The next file is this one in the scratch folder, or none (NULL). */
static OgLibraryFile expect(OgLibrary *library, const char *name) {
  OgError err = {0};
  OgLibraryFile file;
  assert_ok(og_library_next(library, &file, &err));
  if (!name) {
    assert_null(file.path);
    return file;
  }
  assert_non_null(file.path);
  const size_t size = strlen(file.path);
  assert_true(size > strlen(name));
  assert_string_equal(file.path + size - strlen(name), name);
  return file;
}

static void folders_are_walked_in_order_of_names(void **state) {
  (void)state;
  OgError err = {0};
  OgLibrary *library = og_library_new();
  make_folder("walk");
  make_folder("walk/b");
  make_folder("walk/.hidden");
  make_file("walk/c.owl");
  make_file("walk/a.owl");
  make_file("walk/b/z.owl");
  make_file("walk/b/query.sparql");
  make_file("walk/.hidden/h.owl");
  make_file("walk/.h.owl");
  assert_int_equal(symlink("../a.owl", scratch("walk/b/again.owl")), 0);
  assert_int_equal(symlink("..", scratch("walk/b/up")), 0);
  assert_int_equal(symlink("nowhere", scratch("walk/b/broken")), 0);
  assert_int_equal(mkfifo(scratch("walk/fifo"), 0666), 0);
  assert_ok(og_library_add(library, scratch("walk"), NULL, &err));
  assert_false(expect(library, "walk/a.owl").named);
  expect(library, "walk/b/z.owl");
  expect(library, "walk/c.owl");
  expect(library, NULL);
  og_library_free(library);
}

static void a_file_that_is_named_twice_is_read_once(void **state) {
  (void)state;
  OgError err = {0};
  OgLibrary *library = og_library_new();
  make_folder("twice");
  const char *path = make_file("twice/a.owl");
  assert_ok(og_library_add(library, path, NULL, &err));
  assert_ok(og_library_add(library, scratch("twice/../twice/a.owl"), NULL, &err));
  assert_ok(og_library_add(library, scratch("twice"), NULL, &err));
  assert_ok(og_library_add(library, "-", NULL, &err));
  assert_ok(og_library_add(library, scratch("twice/absent.owl"), NULL, &err));
  assert_true(expect(library, "a.owl").named);
  OgLibraryFile file;
  assert_ok(og_library_next(library, &file, &err));
  assert_string_equal(file.path, "-");
  assert_true(expect(library, "absent.owl").named); /* whoever opens it says what is wrong */
  expect(library, NULL);
  og_library_free(library);
}

static void imports_are_looked_for_when_the_files_are_read(void **state) {
  (void)state;
  OgError err = {0};
  OgLibrary *library = og_library_new();
  make_folder("imports");
  const char *first = make_file("imports/first.owl");
  make_file("imports/second.rdf");
  make_file("imports/version.owl");
  make_file("imports/packed.rdf.gz");
  assert_ok(og_library_add(library, first, NULL, &err));
  expect(library, "first.owl");
  hear(library, "http://e/first", OG_NS_RDF "type", OG_NS_OWL "Ontology");
  hear(library, "http://e/first", OG_NS_OWL "imports", "http://e/second#");
  hear(library, "http://e/first", OG_NS_OWL "imports", "http://e/first"); /* itself */
  hear(library, "http://e/first", OG_NS_OWL "imports", "http://e/gone/");
  hear(library, "http://e/first", OG_NS_OWL "imports", "http://e/gone");
  hear(library, "http://e/first", OG_NS_OWL "imports", "http://e/..");
  assert_true(expect(library, "second.rdf").imported);
  hear(library, "http://e/second", OG_NS_OWL "imports", "http://e/first/");
  hear(library, "http://e/second", OG_NS_OWL "imports", "http://e/second/1.0");
  hear(library, "http://e/second", OG_NS_OWL "versionIRI", "http://e/second/1.0");
  hear(library, "http://e/second", OG_NS_OWL "imports", "http://e/packed");
  expect(library, "packed.rdf.gz");
  expect(library, NULL);
  assert_int_equal(og_library_missing_count(library), 2);
  assert_string_equal(og_library_missing(library, 0), "http://e/gone/");
  assert_string_equal(og_library_missing(library, 1), "http://e/..");
  og_library_free(library);
}

static void the_catalog_of_a_folder_counts(void **state) {
  static const char catalog[] = "<catalog xmlns='urn:oasis:names:tc:entity:xmlns:xml:catalog'>"
                                "<uri name='http://e/x' uri='elsewhere/y'/></catalog>";
  (void)state;
  OgError err = {0};
  OgLibrary *library = og_library_new();
  make_folder("listed");
  make_folder("listed/elsewhere");
  make_folder("listed/elsewhere/sub");
  make_file("listed/elsewhere/y");
  make_file("listed/elsewhere/sub/z.xsd");
  const char *path = make_file("listed/a.owl");
  assert_ok(og_file_write(scratch("listed/catalog-v001.xml"), catalog, sizeof catalog - 1, &err));
  assert_ok(og_library_add(library, path, NULL, &err));
  expect(library, "a.owl");
  hear(library, "http://e/a", OG_NS_OWL "imports", "http://e/x");
  assert_null(expect(library, "elsewhere/y").base);
  hear(library, "http://e/x", OG_NS_OWL "imports", "http://e/sub/z.xsd");
  expect(library, "elsewhere/sub/z.xsd"); /* as far from y as the one IRI is from the other */
  expect(library, NULL);
  assert_int_equal(og_library_missing_count(library), 0);
  og_library_free(library);
}

static void catalogs_that_were_read_are_no_files_of_the_folder(void **state) {
  static const char catalog[] = "<catalog xmlns='urn:oasis:names:tc:entity:xmlns:xml:catalog'>"
                                "<nextCatalog catalog='next.xml'/></catalog>";
  static const char next[] = "<catalog xmlns='urn:oasis:names:tc:entity:xmlns:xml:catalog'/>";
  (void)state;
  OgError err = {0};
  OgLibrary *library = og_library_new();
  make_folder("served");
  make_file("served/z.owl");
  assert_ok(og_file_write(scratch("served/catalog-v001.xml"), catalog, sizeof catalog - 1, &err));
  assert_ok(og_file_write(scratch("served/next.xml"), next, sizeof next - 1, &err));
  assert_ok(og_file_write(scratch("served/given.xml"), next, sizeof next - 1, &err));
  assert_ok(og_file_write(scratch("served/other.xml"), next, sizeof next - 1, &err));
  assert_ok(og_library_add_catalog(library, scratch("served/given.xml"), &err));
  assert_ok(og_library_add(library, scratch("served"), NULL, &err));
  expect(library, "served/other.xml"); /* of which nobody said that it serves */
  expect(library, "served/z.owl");
  expect(library, NULL);
  og_library_free(library);
  library = og_library_new();
  assert_ok(og_library_add(library, scratch("served/catalog-v001.xml"), NULL, &err));
  assert_true(expect(library, "served/catalog-v001.xml").named); /* its reader says what it is */
  og_library_free(library);
}

static void a_base_is_that_of_a_file_and_of_all_in_a_folder(void **state) {
  (void)state;
  OgError err = {0};
  OgLibrary *library = og_library_new();
  make_folder("based");
  make_folder("based/core");
  make_file("based/entry.xsd");
  make_file("based/core/a b.xsd");
  make_file("based/labels.xml");
  assert_ok(og_library_add(library, scratch("based"), "http://e/x", &err));
  assert_string_equal(expect(library, "core/a b.xsd").base, "http://e/x/core/a%20b.xsd");
  assert_string_equal(expect(library, "entry.xsd").base, "http://e/x/entry.xsd");
  assert_string_equal(expect(library, "labels.xml").base, "http://e/x/labels.xml");
  og_library_free(library);
  library = og_library_new();
  assert_ok(og_library_add(library, scratch("based"), "http://e/x/#", &err));
  assert_string_equal(expect(library, "core/a b.xsd").base, "http://e/x/core/a%20b.xsd");
  og_library_free(library);
  library = og_library_new();
  assert_ok(og_library_add(library, scratch("based/entry.xsd"), "http://e/x/y.xsd", &err));
  assert_string_equal(expect(library, "entry.xsd").base, "http://e/x/y.xsd");
  hear(library, "http://e/x/y.xsd", OG_NS_OWL "imports", "http://e/x/labels.xml");
  hear(library, "http://e/x/y.xsd", OG_NS_OWL "imports", "http://e/x/core/a%20b.xsd");
  hear(library, "http://e/x/y.xsd", OG_NS_OWL "imports", "http://e/x/absent.xsd");
  assert_string_equal(expect(library, "labels.xml").base, "http://e/x/labels.xml");
  assert_string_equal(expect(library, "core/a b.xsd").base, "http://e/x/core/a%20b.xsd");
  hear(library, "http://e/x/core/a%20b.xsd", OG_NS_OWL "imports", "http://e/x/entry.xsd");
  expect(library, NULL); /* the same file is read once, whatever it is called */
  assert_int_equal(og_library_missing_count(library), 1);
  og_library_free(library);
  library = og_library_new();
  assert_status(og_library_add(library, scratch("based/*"), "http://e/x", &err), OG_USAGE);
  assert_ok(og_library_add(library, scratch("based/e*"), "http://e/x", &err));
  assert_string_equal(expect(library, "entry.xsd").base, "http://e/x");
  og_library_free(library);
}

static void a_file_that_is_left_out_has_said_nothing(void **state) {
  (void)state;
  OgError err = {0};
  OgLibrary *library = og_library_new();
  make_folder("broken");
  const char *path = make_file("broken/a.owl");
  make_file("broken/b.owl");
  make_file("broken/c.owl");
  make_file("broken/d.owl");
  assert_ok(og_library_add(library, path, NULL, &err));
  assert_ok(og_library_add(library, scratch("broken/b.owl"), NULL, &err));
  assert_int_equal(og_library_count(library), 2);
  expect(library, "a.owl");
  hear(library, "http://e/d", OG_NS_RDF "type", OG_NS_OWL "Ontology");
  hear(library, "http://e/a", OG_NS_OWL "imports", "http://e/c");
  hear(library, "http://e/a", OG_NS_OWL "imports", "http://e/gone");
  og_library_leave_out(library);
  expect(library, "b.owl");
  hear(library, "http://e/b", OG_NS_OWL "imports", "http://e/d");
  expect(library, "d.owl");
  hear(library, "http://e/d", OG_NS_OWL "imports", "http://e/gone");
  expect(library, NULL);
  assert_int_equal(og_library_missing_count(library), 1);
  og_library_free(library);
}

typedef struct Faults {
  size_t count, most; /* so many are left out */
} Faults;

static bool on_fault(void *data, const char *path, const OgError *why) {
  Faults *faults = data;
  assert_non_null(strstr(why->status == OG_IO ? why->message : why->source, path));
  return ++faults->count <= faults->most;
}

/* An archive, a catalog and a folder; that of a name is told by the status. */
static void faults_of_what_a_folder_holds_are_settled(void **state) {
  (void)state;
  OgError err = {0};
  make_folder("faulty");
  make_folder("faulty/closed");
  make_file("faulty/a.owl");
  make_file("faulty/catalog-v001.xml");
  assert_ok(og_file_write(scratch("faulty/b.zip"), "PK\003\004 and nothing", 16, &err));
  make_file("faulty/z.owl");
  assert_int_equal(chmod(scratch("faulty/closed"), 0), 0);
  const size_t found = geteuid() == 0 ? 2 : 3; /* nothing is closed to root */
  for (size_t most = 0; most <= found; most++) {
    Faults faults = {0, most};
    OgLibrary *library = og_library_new();
    og_library_hear_faults(library, (OgLibraryFaults){on_fault, &faults});
    const OgStatus status = og_library_add(library, scratch("faulty"), NULL, &err);
    assert_int_equal(status == OG_OK, most == found);
    if (status == OG_OK) {
      expect(library, "a.owl");
      expect(library, "z.owl");
      expect(library, NULL);
      assert_status(og_library_add(library, scratch("faulty/b.zip*"), NULL, &err), OG_OK);
      assert_status(og_library_add(library, scratch("faulty/x*"), NULL, &err), OG_IO);
    }
    assert_int_equal(faults.count, most < found ? most + 1 : found);
    og_library_free(library);
  }
  assert_int_equal(chmod(scratch("faulty/closed"), 0777), 0);
}

static void running_out_of_memory_is_reported(void **state) {
  (void)state;
  make_folder("memory");
  make_file("memory/a.owl");
  make_file("memory/b.owl");
  const OgTerm subject = iri("http://e/a");
  const OgTerm predicate = iri(OG_NS_OWL "imports");
  const OgTerm object = iri("http://e/b.owl");
  OgStatus status = OG_NO_MEMORY;
  for (long countdown = 0; status != OG_OK; countdown++) {
    OgError err = {0};
    OgLibraryFile file;
    const char *path = scratch("memory/a.owl");
    og_memory_fail_after(countdown);
    OgLibrary *library = og_library_new();
    status = library ? og_library_add(library, path, "http://e/a.owl", &err) : OG_NO_MEMORY;
    status = status == OG_OK ? og_library_next(library, &file, &err) : status;
    status =
        status == OG_OK ? og_library_hear(library, &subject, &predicate, &object, &err) : status;
    status = status == OG_OK ? og_library_next(library, &file, &err) : status;
    status = status == OG_OK ? og_library_next(library, &file, &err) : status;
    og_memory_fail_after(-1);
    assert_true(status == OG_OK || status == OG_NO_MEMORY);
    og_library_free(library);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(folders_are_walked_in_order_of_names),
      cmocka_unit_test(a_file_that_is_named_twice_is_read_once),
      cmocka_unit_test(imports_are_looked_for_when_the_files_are_read),
      cmocka_unit_test(the_catalog_of_a_folder_counts),
      cmocka_unit_test(catalogs_that_were_read_are_no_files_of_the_folder),
      cmocka_unit_test(a_base_is_that_of_a_file_and_of_all_in_a_folder),
      cmocka_unit_test(a_file_that_is_left_out_has_said_nothing),
      cmocka_unit_test(faults_of_what_a_folder_holds_are_settled),
      cmocka_unit_test(running_out_of_memory_is_reported),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
