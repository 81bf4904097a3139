#include "core/file.h"
#include "core/memory.h"
#include "core/vocab.h"
#include "ingest/archive.h"
#include "ingest/ingest.h"
#include "ingest/library.h"
#include "tests/ingest/reading.h"
#include "tests/test.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <zip.h>

typedef struct Member {
  const char *name;
  const char *text; /* NULL: a folder */
} Member;

/* An archive of its own; the path is of scratch's storage. */
static const char *pack(const char *name, const Member *members, size_t count) {
  const char *path = scratch(name);
  zip_t *archive = zip_open(path, ZIP_CREATE | ZIP_TRUNCATE, NULL);
  assert_non_null(archive);
  for (size_t i = 0; i < count; i++) {
    if (!members[i].text) {
      assert_true(zip_dir_add(archive, members[i].name, 0) >= 0);
      continue;
    }
    zip_source_t *source = zip_source_buffer(archive, members[i].text, strlen(members[i].text), 0);
    assert_true(zip_file_add(archive, members[i].name, source, ZIP_FL_OVERWRITE) >= 0);
  }
  assert_int_equal(zip_close(archive), 0);
  return path;
}

static const Member edition[] = {
    {"edition/", NULL},
    {"edition/b.ttl", "<http://b> <http://p> <http://o> ."},
    {"edition/a b.ttl", "<#x> <http://p> <http://o> ."},
    {"edition/.hidden", "x"},
    {"__MACOSX/edition/b.ttl", "x"},
};

static void read_member(const char *path, char *text, size_t room) {
  OgError err = {0};
  OgInput *input = NULL;
  size_t got;
  assert_ok(og_archive_open(NULL, path, &input, &err));
  assert_string_equal(og_input_name(input), path);
  assert_ok(og_input_read(input, text, room - 1, &got, &err));
  text[got] = '\0';
  og_input_close(input);
}

static void members_are_listed_and_read(void **state) {
  (void)state;
  OgError err = {0};
  OgArena arena = OG_ARENA_INIT;
  const char **members;
  size_t count;
  char text[100];
  const char *path = pack("e.zip", edition, OG_COUNT(edition));
  assert_true(og_archive_is(path));
  assert_ok(og_archive_list(NULL, path, &arena, &members, &count, &err));
  assert_int_equal(count, 2);
  assert_non_null(strstr(members[0], "/e.zip/edition/a b.ttl"));
  assert_non_null(strstr(members[1], "/e.zip/edition/b.ttl"));
  assert_true(og_archive_has(NULL, members[0]));
  read_member(members[1], text, sizeof text);
  assert_string_equal(text, edition[1].text);
  og_arena_clear(&arena);
}

static void what_is_no_member_is_not_there(void **state) {
  (void)state;
  static const char *const absent[] = {
      "edition/c.ttl",          "edition", "edition/", "edition/.hidden",
      "__MACOSX/edition/b.ttl", "../e.zip"};
  OgError err = {0};
  OgInput *input = NULL;
  char path[512];
  snprintf(path, sizeof path, "%s", pack("e.zip", edition, OG_COUNT(edition)));
  for (size_t i = 0; i < OG_COUNT(absent); i++) {
    char member[600];
    snprintf(member, sizeof member, "%s/%s", path, absent[i]);
    assert_false(og_archive_has(NULL, member));
  }
  snprintf(path + strlen(path), 16, "/nothing");
  assert_status(og_archive_open(NULL, path, &input, &err), OG_IO);
  assert_false(og_archive_is("/"));
  assert_false(og_archive_is("/nowhere"));
  assert_false(og_archive_has(NULL, "/nowhere/x"));
  assert_true(og_archive_real_path("/nowhere/x") == NULL);
}

static void a_member_has_an_address_in_its_archive(void **state) {
  (void)state;
  OgError err = {0};
  OgBuffer base = OG_BUFFER_INIT;
  OgInput *input = NULL;
  char path[512];
  snprintf(path, sizeof path, "%s/edition/a b.ttl", pack("e.zip", edition, OG_COUNT(edition)));
  assert_ok(og_archive_open(NULL, path, &input, &err));
  assert_ok(og_ingest_base(input, &base, &err));
  assert_memory_equal(base.data, "file:///", 8);
  assert_non_null(strstr(base.data, "/e.zip/edition/a%20b.ttl"));
  og_buffer_clear(&base);
  og_input_close(input);
}

/* A document in a zip archive is no folder of files: it is named, alone and among others. */
static void documents_are_called_by_their_names(void **state) {
  (void)state;
  static const struct {
    const char *member, *title;
  } kinds[] = {
      {"[Content_Types].xml", "Office Open XML"},
      {"META-INF/manifest.xml", "OpenDocument"},
      {"META-INF/container.xml", "EPUB"},
  };
  for (size_t i = 0; i < OG_COUNT(kinds); i++) {
    const Member members[] = {{"docProps/app.xml", "<Properties/>"}, {kinds[i].member, "<x/>"}};
    OgError err = {0};
    OgLibrary *library = og_library_new();
    OgLibraryFile file;
    OgInput *input = NULL;
    const OgReader *reader;
    assert_ok(og_library_add(library, pack("document.zip", members, 2), NULL, &err));
    assert_ok(og_library_next(library, &file, &err));
    assert_string_equal(file.path, scratch("document.zip"));
    assert_ok(og_library_open(library, &file, &input, &err));
    assert_status(og_ingest_detect(input, &reader, &err), OG_BAD_DATA);
    assert_non_null(strstr(err.message, kinds[i].title));
    assert_non_null(strstr(err.message, "--mapping"));
    og_input_close(input);
    assert_ok(og_library_next(library, &file, &err));
    assert_null(file.path);
    og_library_free(library);
  }
  assert_null(og_archive_document(pack("e.zip", edition, OG_COUNT(edition))));
  assert_null(og_archive_document("/nowhere"));
}

/* ---- no path leads out ----------------------------------------------------------------------- */

static void names_that_lead_out_are_refused(void **state) {
  (void)state;
  static const char *const names[] = {"../evil.ttl", "a/../../evil.ttl", "/etc/evil.ttl",
                                      "a\\..\\evil.ttl", "a/.."};
  for (size_t i = 0; i < OG_COUNT(names); i++) {
    OgError err = {0};
    OgArena arena = OG_ARENA_INIT;
    const char **members;
    size_t count;
    const Member member = {names[i], "x"};
    assert_status(
        og_archive_list(NULL, pack("evil.zip", &member, 1), &arena, &members, &count, &err),
        OG_BAD_DATA);
    assert_non_null(strstr(err.message, "names a place outside of it"));
    og_arena_clear(&arena);
  }
}

/* A member imports another member by a relative address, and a file beside the archive: only the
 * first is read. */
static void imports_stay_in_the_archive(void **state) {
  (void)state;
  OgError err = {0};
  static const Member members[] = {
      {"a/one.ttl", "<> <" OG_NS_OWL "imports> <../b/two.ttl>, <../../outside.ttl>, "
                    "<../../../outside.ttl> ."},
      {"b/two.ttl", "<> a <" OG_NS_OWL "Ontology> ."},
  };
  const char *outside = scratch("outside.ttl");
  assert_ok(og_file_write(outside, "<http://a> <http://b> <http://c> .", 34, &err));
  OgLibrary *library = og_library_new();
  assert_int_equal(read_library(library, pack("i.zip", members, OG_COUNT(members)), NULL), 2);
  assert_int_equal(og_library_missing_count(library), 2);
  assert_non_null(strstr(og_library_missing(library, 0), "outside.ttl"));
  og_library_free(library);
}

/* An XBRL taxonomy package: its catalog calls its files by the addresses that others use, and leads
 * to them; not out of the archive. */
static void the_catalog_of_a_package_names_its_members(void **state) {
  (void)state;
  OgError err = {0};
  OgLibraryFile file;
  OgBuffer address = OG_BUFFER_INIT;
  char target[600], entry[900];
  snprintf(target, sizeof target, "%s", scratch("outside.ttl"));
  assert_ok(og_file_write(target, "<http://a> <http://b> <http://c> .", 34, &err));
  snprintf(entry, sizeof entry,
           "<catalog xmlns='urn:oasis:names:tc:entity:xmlns:xml:catalog'>"
           "<rewriteURI uriStartString='http://e/' rewritePrefix='../e/'/>"
           "<uri name='http://up' uri='../../../outside.ttl'/>"
           "<uri name='http://out' uri='file://%s'/></catalog>",
           target);
  const Member members[] = {
      {"p/META-INF/catalog.xml", entry},
      {"p/e/a.ttl", "<> <" OG_NS_OWL "imports> <http://e/b.ttl>, <http://up>, <http://out> ."},
      {"p/e/b.ttl", "<http://e/b.ttl> a <" OG_NS_OWL "Ontology> ."},
  };
  const char *path = pack("package.zip", members, OG_COUNT(members));
  OgLibrary *library = og_library_new();
  assert_int_equal(read_library(library, path, NULL), 2);
  assert_int_equal(og_library_missing_count(library), 2);
  og_library_free(library);
  library = og_library_new();
  assert_ok(og_library_add(library, path, NULL, &err));
  for (const char *name = "ab"; *name; name++) {
    char expected[] = "http://e/?.ttl";
    *strchr(expected, '?') = *name;
    assert_ok(og_library_next(library, &file, &err));
    assert_ok(og_library_address(library, &file, &address, &err));
    assert_string_equal(address.data, expected);
  }
  og_buffer_clear(&address);
  og_library_free(library);
}

/* ---- archives among files -------------------------------------------------------------------- */

static void a_library_takes_archives_folders_and_patterns(void **state) {
  (void)state;
  OgError err = {0};
  char folder[512], pattern[600];
  snprintf(folder, sizeof folder, "%s", scratch("lib"));
  assert_ok(og_directory_make(folder, &err));
  pack("lib/e.zip", edition, OG_COUNT(edition));
  assert_ok(og_file_write(scratch("lib/c.ttl"), "<http://a> <http://b> <http://c> .", 34, &err));
  assert_ok(og_file_write(scratch("lib/d.nt"), "<http://a> <http://b> <http://d> .", 34, &err));
  OgLibrary *library = og_library_new();
  assert_int_equal(read_library(library, folder, NULL), 4);
  /* What was taken once is not taken again, under whatever name. */
  snprintf(pattern, sizeof pattern, "%s/*", folder);
  assert_int_equal(read_library(library, pattern, NULL), 0);
  og_library_free(library);
  library = og_library_new();
  snprintf(pattern, sizeof pattern, "%s/*.{ttl,nt}", folder);
  assert_int_equal(read_library(library, pattern, NULL), 2);
  snprintf(pattern, sizeof pattern, "%s/*.owl", folder);
  assert_status(og_library_add(library, pattern, NULL, &err), OG_IO);
  assert_non_null(strstr(err.message, "no file matches"));
  og_library_free(library);
}

/* ---- damage and bombs ------------------------------------------------------------------------ */

static void bombs_are_refused_before_they_are_unpacked(void **state) {
  (void)state;
  OgError err = {0};
  OgArena arena = OG_ARENA_INIT;
  const char **members;
  size_t count;
  const size_t size = (size_t)100 << 20;
  char *zeros = og_calloc(size, 1);
  const char *path = scratch("bomb.zip");
  zip_t *archive = zip_open(path, ZIP_CREATE | ZIP_TRUNCATE, NULL);
  assert_true(zip_file_add(archive, "zeros", zip_source_buffer(archive, zeros, size, 0), 0) >= 0);
  assert_int_equal(zip_close(archive), 0);
  og_free(zeros);
  assert_status(og_archive_list(NULL, path, &arena, &members, &count, &err), OG_BAD_DATA);
  assert_non_null(strstr(err.message, "over 1000 times its size"));
  og_arena_clear(&arena);
  char member[600];
  OgInput *input = NULL;
  snprintf(member, sizeof member, "%s/zeros", path);
  assert_status(og_archive_open(NULL, member, &input, &err), OG_BAD_DATA);
  assert_non_null(strstr(err.message, "over 1000 times its size"));
  /* The directory says that the member is larger, packed, than its archive. */
  enum { PACKED_AT = 20, PACKED_SIZE = 4 };
  OgBuffer bytes = OG_BUFFER_INIT;
  assert_ok(og_file_read(path, 1 << 20, &bytes, &err));
  char *entry = memmem(bytes.data, bytes.size, "PK\001\002", 4);
  assert_non_null(entry);
  memcpy(entry + PACKED_AT, "\0\0\0\3", PACKED_SIZE);
  assert_ok(og_file_write(path, bytes.data, bytes.size, &err));
  assert_status(og_archive_open(NULL, member, &input, &err), OG_BAD_DATA);
  assert_non_null(strstr(err.message, "over 1000 times its size"));
  og_buffer_clear(&bytes);
}

/* Cut off anywhere, and with any byte changed: refused, or its content is as it was. */
static void damage_is_found(void **state) {
  (void)state;
  OgError err = {0};
  OgBuffer bytes = OG_BUFFER_INIT;
  assert_ok(og_file_read(pack("e.zip", edition, OG_COUNT(edition)), 1 << 20, &bytes, &err));
  char path[512], member[600], text[100];
  snprintf(path, sizeof path, "%s", scratch("damaged.zip"));
  snprintf(member, sizeof member, "%s/edition/b.ttl", path);
  size_t refused = 0;
  for (size_t at = 0; at < bytes.size; at++) {
    OgInput *input = NULL;
    size_t got = 0;
    assert_ok(og_file_write(path, bytes.data, at, &err)); /* cut off */
    assert_true(og_archive_open(NULL, member, &input, &err) != OG_OK);
    bytes.data[at] ^= 0x55;
    assert_ok(og_file_write(path, bytes.data, bytes.size, &err));
    bytes.data[at] ^= 0x55;
    if (og_archive_open(NULL, member, &input, &err) != OG_OK) {
      refused++;
      continue;
    }
    assert_ok(og_input_read(input, text, sizeof text, &got, &err));
    assert_int_equal(got, strlen(edition[1].text));
    assert_memory_equal(text, edition[1].text, got);
    og_input_close(input);
  }
  assert_true(refused > bytes.size / 10);
  og_buffer_clear(&bytes);
}

static void what_is_to_be_done_is_said(void **state) {
  (void)state;
  OgError err = {0};
  OgInput *input = NULL;
  char path[512], member[600];
  snprintf(path, sizeof path, "%s", pack("locked.zip", edition, OG_COUNT(edition)));
  snprintf(member, sizeof member, "%s/edition/b.ttl", path);
  zip_t *archive = zip_open(path, 0, NULL);
  assert_non_null(archive);
  const zip_int64_t at = zip_name_locate(archive, "edition/b.ttl", 0);
  assert_int_equal(zip_file_set_encryption(archive, (zip_uint64_t)at, ZIP_EM_AES_256, "word"), 0);
  assert_int_equal(zip_close(archive), 0);
  assert_status(og_archive_open(NULL, member, &input, &err), OG_BAD_DATA);
  assert_non_null(strstr(err.message, "unpack it, and import the folder"));
  assert_ok(og_file_write(path, "PK\3\4 and no more", 17, &err));
  assert_status(og_archive_open(NULL, member, &input, &err), OG_BAD_DATA);
  assert_non_null(strstr(err.message, "get it again"));
}

static void short_memory_comes_back(void **state) {
  (void)state;
  char member[600];
  snprintf(member, sizeof member, "%s/edition/b.ttl", pack("e.zip", edition, OG_COUNT(edition)));
  OgStatus status = OG_NO_MEMORY;
  for (long n = 0; status != OG_OK; n++) {
    OgError err = {0};
    OgInput *input = NULL;
    og_memory_fail_after(n);
    status = og_archive_open(NULL, member, &input, &err);
    og_memory_fail_after(-1);
    og_input_close(input);
    assert_true(status == OG_OK || status == OG_NO_MEMORY);
  }
}

/* So many members that their list moves to a larger place. */
static void a_long_list_that_finds_no_memory_comes_back(void **state) {
  (void)state;
  enum { MEMBERS = 100 };
  static char names[MEMBERS][8];
  Member members[MEMBERS];
  for (size_t k = 0; k < MEMBERS; k++) {
    snprintf(names[k], sizeof names[k], "%zu.ttl", k);
    members[k] = (Member){names[k], "x"};
  }
  const char *path = pack("long.zip", members, MEMBERS);
  OgStatus status = OG_NO_MEMORY;
  for (long n = 0; status != OG_OK; n++) {
    OgError err = {0};
    OgArena arena = OG_ARENA_INIT;
    const char **list;
    size_t count;
    og_memory_fail_after(n);
    status = og_archive_list(NULL, path, &arena, &list, &count, &err);
    og_memory_fail_after(-1);
    assert_true(status == OG_NO_MEMORY || (status == OG_OK && count == MEMBERS));
    og_arena_clear(&arena);
  }
}

/* On the heap, where a sanitizer watches its end. */
static void an_empty_path_is_no_member(void **state) {
  (void)state;
  OgError err = {0};
  OgInput *input = NULL;
  char *path = og_strdup("");
  assert_status(og_archive_open(NULL, path, &input, &err), OG_IO);
  assert_false(og_archive_has(NULL, path));
  og_free(path);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(members_are_listed_and_read),
      cmocka_unit_test(what_is_no_member_is_not_there),
      cmocka_unit_test(a_member_has_an_address_in_its_archive),
      cmocka_unit_test(documents_are_called_by_their_names),
      cmocka_unit_test(names_that_lead_out_are_refused),
      cmocka_unit_test(imports_stay_in_the_archive),
      cmocka_unit_test(the_catalog_of_a_package_names_its_members),
      cmocka_unit_test(a_library_takes_archives_folders_and_patterns),
      cmocka_unit_test(bombs_are_refused_before_they_are_unpacked),
      cmocka_unit_test(damage_is_found),
      cmocka_unit_test(what_is_to_be_done_is_said),
      cmocka_unit_test(short_memory_comes_back),
      cmocka_unit_test(a_long_list_that_finds_no_memory_comes_back),
      cmocka_unit_test(an_empty_path_is_no_member),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
