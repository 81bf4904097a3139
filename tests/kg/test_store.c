#include "kg/store.h"

#include "core/file.h"
#include "core/memory.h"
#include "kg/graph_hash.h"
#include "tests/kg/statements.h"
#include "tests/test.h"

#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static const char little[] = "ex:b a owl:Class . ex:a a owl:Class . ex:a rdfs:label 'A' . "
                             "ex:a rdfs:subClassOf ex:b . ex:b rdfs:label 'B'@en .";

/* A small graph of its own for a test. */
static const char *new_graph(const char *name) {
  OgError err = {0};
  const char *path = scratch(name);
  assert_ok(import_text(path, "urn:little", little, NULL, &err));
  return path;
}

/* Run SQL with a handle that is not hardened, as another program might. */
static void alter(const char *path, const char *sql) {
  sqlite3 *db = NULL;
  assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
  assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
  sqlite3_close(db);
}

/* Opening fails with this status, and a message that holds the word. */
static void assert_refused(const char *path, OgStoreMode mode, OgStatus expected,
                           const char *word) {
  OgError err = {0};
  OgStore *store = NULL;
  const OgStatus status = og_store_open(path, mode, &store, &err);
  assert_status(status, expected);
  assert_null(store);
  if (!strstr(err.message, word)) {
    fail_msg("\"%s\" is not in: %s", word, err.message);
  }
}

static void a_graph_is_made_when_asked_and_absent(void **state) {
  (void)state;
  OgError err = {0};
  OgStore *store = NULL;
  const char *path = scratch("made.db");
  assert_refused(path, OG_STORE_READ, OG_IO, "there is no graph");
  assert_refused(path, OG_STORE_WRITE, OG_IO, "ontograft import");
  assert_ok(og_store_open(path, OG_STORE_CREATE, &store, &err));
  assert_string_equal(og_store_path(store), path);
  og_store_close(store);
  assert_ok(og_store_open(path, OG_STORE_CREATE, &store, &err));
  og_store_close(store);
  assert_ok(og_store_open(path, OG_STORE_READ, &store, &err));
  og_store_close(store);
}

static void names_that_sqlite_gives_a_meaning_are_files(void **state) {
  (void)state;
  OgError err = {0};
  OgStore *store = NULL;
  char before[4096];
  assert_non_null(getcwd(before, sizeof before));
  const char *folder = scratch("names");
  assert_int_equal(mkdir(folder, 0777), 0);
  assert_int_equal(chdir(folder), 0);
  assert_ok(og_store_open(":memory:", OG_STORE_CREATE, &store, &err));
  og_store_close(store);
  assert_true(og_file_exists(":memory:"));
  assert_ok(og_store_open("file:x?mode=memory", OG_STORE_CREATE, &store, &err));
  og_store_close(store);
  assert_true(og_file_exists("file:x?mode=memory"));
  assert_int_equal(chdir(before), 0);
}

static void what_is_no_graph_is_refused_with_the_reason(void **state) {
  (void)state;
  OgError err = {0};
  const char *text = scratch("text.db");
  assert_ok(
      og_file_write(text, "<rdf:RDF/> and more than the sixteen bytes of a header", 54, &err));
  assert_refused(text, OG_STORE_READ, OG_BAD_STORE, "not an SQLite database");
  const char *folder = scratch("folder.db");
  assert_int_equal(mkdir(folder, 0777), 0);
  assert_refused(folder, OG_STORE_READ, OG_IO, "not a file");
  const char *empty = scratch("empty.db");
  assert_ok(og_file_write(empty, "", 0, &err));
  assert_refused(empty, OG_STORE_READ, OG_BAD_STORE, "empty database");
  const char *foreign = scratch("foreign.db");
  alter(foreign, "CREATE TABLE song(title)");
  assert_refused(foreign, OG_STORE_READ, OG_BAD_STORE, "another application");
  assert_refused(foreign, OG_STORE_CREATE, OG_BAD_STORE, "another application");
  assert_int_equal(query_number(foreign, "SELECT count(*) FROM sqlite_schema"), 1);
}

static void a_graph_of_a_newer_schema_is_refused(void **state) {
  (void)state;
  const char *path = new_graph("newer.db");
  alter(path, "PRAGMA user_version = 99");
  assert_refused(path, OG_STORE_READ, OG_BAD_STORE, "newer ontograft");
  assert_refused(path, OG_STORE_WRITE, OG_BAD_STORE, "schema 99");
}

static void a_truncated_graph_is_refused(void **state) {
  (void)state;
  const char *path = new_graph("truncated.db");
  assert_int_equal(truncate(path, 3 * 4096), 0);
  assert_refused(path, OG_STORE_READ, OG_BAD_STORE, "damaged");
}

/* Overwrite each page in turn: reading fails with a status, or gives something, but never crashes.
 */
static void damaged_pages_are_survived(void **state) {
  (void)state;
  OgError err = {0};
  const char *path = new_graph("whole.db");
  OgBuffer whole = OG_BUFFER_INIT;
  assert_ok(og_file_read(path, SIZE_MAX, &whole, &err));
  const char *copy = scratch("page.db");
  size_t refused = 0;
  for (size_t page = 0; page < whole.size; page += 4096) {
    char kept[4096];
    memcpy(kept, whole.data + page, sizeof kept);
    memset(whole.data + page + (page == 0 ? 100 : 0), 0xa5, sizeof kept - (page == 0 ? 100 : 0));
    assert_ok(og_file_write(copy, whole.data, whole.size, &err));
    memcpy(whole.data + page, kept, sizeof kept);
    OgStore *store = NULL;
    char hex[OG_SHA256_HEX_SIZE];
    OgStatus status = og_store_open(copy, OG_STORE_READ, &store, &err);
    if (status == OG_OK) {
      status = og_store_graph_hash(store, hex, &err);
    }
    refused += status != OG_OK;
    og_store_close(store);
  }
  og_buffer_clear(&whole);
  assert_true(refused > 0);
}

static void a_reader_cannot_write(void **state) {
  (void)state;
  OgError err = {0};
  OgStore *store = NULL;
  const char *path = new_graph("reader.db");
  assert_ok(og_store_open(path, OG_STORE_READ, &store, &err));
  assert_status(og_store_exec(store, "DELETE FROM name", "write to", &err), OG_IO);
  og_store_close(store);
}

static void a_schema_made_by_others_cannot_reach_out(void **state) {
  (void)state;
  OgError err = {0};
  OgStore *store = NULL;
  const char *path = new_graph("hostile.db");
  alter(path, "CREATE VIEW trap AS SELECT load_extension('/tmp/x')");
  assert_ok(og_store_open(path, OG_STORE_WRITE, &store, &err));
  assert_status(og_store_exec(store, "SELECT * FROM trap", "read", &err), OG_FAILED);
  assert_status(og_store_exec(store, "DELETE FROM name_fts_data", "write to", &err), OG_FAILED);
  og_store_close(store);
}

static void what_is_rolled_back_was_never_there(void **state) {
  (void)state;
  OgError err = {0};
  OgStore *store = NULL;
  const char *path = new_graph("rollback.db");
  assert_ok(og_store_open(path, OG_STORE_WRITE, &store, &err));
  og_store_rollback(store);
  assert_ok(og_store_begin(store, &err));
  assert_ok(og_store_exec(store, "DELETE FROM name", "write to", &err));
  og_store_rollback(store);
  assert_int_equal(query_number(path, "SELECT count(*) FROM name"), 2);
  assert_ok(og_store_begin(store, &err));
  assert_ok(og_store_exec(store, "DELETE FROM name", "write to", &err));
  og_store_close(store);
  assert_int_equal(query_number(path, "SELECT count(*) FROM name"), 2);
}

static void a_second_writer_is_told_to_wait(void **state) {
  (void)state;
  OgError err = {0};
  OgStore *first = NULL;
  OgStore *second = NULL;
  const char *path = new_graph("busy.db");
  assert_ok(og_store_open(path, OG_STORE_WRITE, &first, &err));
  assert_ok(og_store_open(path, OG_STORE_WRITE, &second, &err));
  sqlite3_busy_timeout(og_store_sqlite(second), 10);
  assert_ok(og_store_begin(first, &err));
  assert_status(og_store_begin(second, &err), OG_FAILED);
  assert_non_null(strstr(err.message, "try again"));
  og_store_close(first);
  assert_ok(og_store_begin(second, &err));
  og_store_close(second);
}

static void who_writes_waits_for_who_reads_one_state(void **state) {
  (void)state;
  OgError err = {0};
  OgStore *reader = NULL;
  OgStore *writer = NULL;
  const char *path = new_graph("reading.db");
  assert_ok(og_store_open(path, OG_STORE_READ, &reader, &err));
  assert_ok(og_store_open(path, OG_STORE_WRITE, &writer, &err));
  sqlite3_busy_timeout(og_store_sqlite(writer), 10);
  assert_ok(og_store_begin_read(reader, &err));
  assert_ok(og_store_exec(reader, "SELECT count(*) FROM name", "read", &err));
  assert_ok(og_store_begin(writer, &err));
  assert_ok(og_store_exec(writer, "DELETE FROM name", "write to", &err));
  assert_status(og_store_commit(writer, &err), OG_FAILED);
  og_store_rollback(reader);
  assert_ok(og_store_commit(writer, &err));
  assert_int_equal(query_number(path, "SELECT count(*) FROM name"), 0);
  og_store_close(reader);
  og_store_close(writer);
}

/* A writer that is killed while its changes reach the file leaves a journal: a reader rolls it
 * back. */
static void a_reader_repairs_what_a_killed_writer_left(void **state) {
  (void)state;
  OgError err = {0};
  const char *path = new_graph("killed.db");
  char *before = graph_dump(path);
  const pid_t child = fork();
  if (child == 0) {
    sqlite3 *db = NULL;
    sqlite3_open(path, &db);
    sqlite3_exec(db,
                 "PRAGMA cache_size = 1; PRAGMA cache_spill = 1; BEGIN; UPDATE name SET text = 'x';"
                 "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 9999)"
                 "INSERT INTO relation SELECT 1000 + i, hex(randomblob(40)) FROM n",
                 NULL, NULL, NULL);
    kill(getpid(), SIGKILL);
  }
  int how;
  assert_int_equal(waitpid(child, &how, 0), child);
  assert_true(WIFSIGNALED(how));
  char journal[4096];
  snprintf(journal, sizeof journal, "%s-journal", path);
  assert_true(og_file_exists(journal));
  OgStore *store = NULL;
  assert_ok(og_store_open(path, OG_STORE_READ, &store, &err));
  og_store_close(store);
  assert_false(og_file_exists(journal));
  char *after = graph_dump(path);
  assert_string_equal(after, before);
  og_free(before);
  og_free(after);
}

static void an_iri_is_found_by_its_text(void **state) {
  (void)state;
  OgError err = {0};
  OgStore *store = NULL;
  int64_t id = -1;
  const char *path = new_graph("find.db");
  assert_ok(og_store_open(path, OG_STORE_READ, &store, &err));
  assert_ok(og_store_find_iri(store, "http://example.org/a", 20, &id, &err));
  assert_int_equal(id,
                   query_number(path, "SELECT id FROM term WHERE text = 'http://example.org/a'"));
  assert_ok(og_store_find_iri(store, "http://example.org/abc", 20, &id, &err));
  assert_true(id > 0);
  assert_ok(og_store_find_iri(store, "A", 1, &id, &err)); /* a literal */
  assert_int_equal(id, 0);
  og_store_close(store);
}

static void every_failed_allocation_is_reported(void **state) {
  (void)state;
  OgError err = {0};
  const char *path = new_graph("memory.db");
  OgStatus status = OG_NO_MEMORY;
  for (long countdown = 0; status != OG_OK; countdown++) {
    OgStore *store = NULL;
    int64_t id;
    og_memory_fail_after(countdown);
    status = og_store_open(path, OG_STORE_READ, &store, &err);
    if (status == OG_OK) {
      status = og_store_find_iri(store, "urn:none", 8, &id, &err);
    }
    og_memory_fail_after(-1);
    if (status != OG_OK) {
      assert_status(status, OG_NO_MEMORY);
    }
    og_store_close(store);
  }
}

static bool stop_at_third(void *data, const char *stage, double done, double total,
                          const char *detail) {
  (void)done, (void)total, (void)detail;
  assert_string_equal(stage, "counting");
  return ++*(int *)data < 3;
}

static void a_watch_stops_long_statements(void **state) {
  (void)state;
  static const char slow[] = "WITH RECURSIVE n(k) AS (SELECT 1 UNION ALL SELECT k + 1 FROM n "
                             "WHERE k < 300000) SELECT count(*) FROM n";
  OgError err = {0};
  OgStore *store = NULL;
  int asked = 0;
  const OgProgress progress = {.report = stop_at_third, .data = &asked};
  assert_ok(og_store_open(scratch("watched.db"), OG_STORE_CREATE, &store, &err));
  og_store_watch(store, &progress, "counting");
  assert_status(og_store_exec(store, slow, "use", &err), OG_CANCELLED);
  assert_int_equal(asked, 3);
  assert_status(og_store_fault(store, "use", &err), OG_CANCELLED);
  assert_string_equal(err.message, "stopped on request while counting");
  og_store_watch(store, NULL, NULL);
  assert_ok(og_store_exec(store, slow, "use", &err));
  assert_int_equal(asked, 3);
  og_store_close(store);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_watch_stops_long_statements),
      cmocka_unit_test(a_graph_is_made_when_asked_and_absent),
      cmocka_unit_test(names_that_sqlite_gives_a_meaning_are_files),
      cmocka_unit_test(what_is_no_graph_is_refused_with_the_reason),
      cmocka_unit_test(a_graph_of_a_newer_schema_is_refused),
      cmocka_unit_test(a_truncated_graph_is_refused),
      cmocka_unit_test(damaged_pages_are_survived),
      cmocka_unit_test(a_reader_cannot_write),
      cmocka_unit_test(a_schema_made_by_others_cannot_reach_out),
      cmocka_unit_test(what_is_rolled_back_was_never_there),
      cmocka_unit_test(a_second_writer_is_told_to_wait),
      cmocka_unit_test(who_writes_waits_for_who_reads_one_state),
      cmocka_unit_test(a_reader_repairs_what_a_killed_writer_left),
      cmocka_unit_test(an_iri_is_found_by_its_text),
      cmocka_unit_test(every_failed_allocation_is_reported),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
