#include "kg/load.h"

#include "core/file.h"
#include "core/memory.h"
#include "core/random.h"
#include "core/spill.h"
#include "kg/infer.h"
#include "tests/kg/statements.h"
#include "tests/test.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { CLASSES = 400, KILLS = 50, MOST_IMPORTS = 1000, SKIPPED = 77 };

static const char first_iri[] = "urn:first", second_iri[] = "urn:second";

static const char quads[] =
    "SELECT s.text, p.text, o.text FROM quad JOIN term s ON s.id = subject "
    "JOIN term p ON p.id = predicate JOIN term o ON o.id = object ORDER BY 1, 2, 3";

/* ---- What level 0 holds ---- */

static void statements_come_back_as_they_were_said(void **state) {
  (void)state;
  OgError err = {0};
  OgLoadSummary summary;
  const char *path = scratch("said.db");
  assert_ok(
      import_text(path, first_iri,
                  "ex:a ex:p 'plain' . ex:a ex:p 'plain'@en . ex:a ex:p 'plain'^^xsd:string . "
                  "ex:a ex:p '01'^^xsd:integer . ex:a ex:p 'plain'@EN . ex:a ex:p <plain> .",
                  &summary, &err));
  assert_int_equal(summary.statements, 5);
  assert_int_equal(summary.duplicates, 1);
  assert_string_equal(query_text(path, "SELECT object, datatype, language, source FROM statement "
                                       "ORDER BY 1, 2, 3"),
                      "01|http://www.w3.org/2001/XMLSchema#integer|-|urn:first\n"
                      "plain|-|-|urn:first\n"
                      "plain|-|-|urn:first\n"
                      "plain|-|EN|urn:first\n"
                      "plain|-|en|urn:first\n");
}

static void a_source_is_recorded_with_its_provenance(void **state) {
  (void)state;
  OgError err = {0};
  const char *path = scratch("source.db");
  assert_ok(import_text(path, first_iri, "ex:a ex:p ex:b .", NULL, &err));
  assert_string_equal(query_text(path, "SELECT iri, path, format, sha256, bytes, statements, "
                                       "imported_at LIKE '20__-__-__T__:__:__Z' FROM source"),
                      "urn:first|file.owl|test|00ff|16|1|1\n");
}

/* og_infer_clear removes that source, and with it what the file says. */
static void no_source_is_called_as_what_was_inferred(void **state) {
  (void)state;
  OgError err = {0};
  const char *path = scratch("inferred.db");
  assert_status(import_text(path, OG_INFERRED_GRAPH, "ex:a ex:p ex:b .", NULL, &err), OG_BAD_DATA);
  assert_non_null(strstr(err.message, OG_INFERRED_GRAPH));
  assert_false(og_file_exists(path));
}

static void the_first_namespace_of_a_prefix_is_kept(void **state) {
  (void)state;
  OgError err = {0};
  OgLoader *loader = NULL;
  const char *path = scratch("prefix.db");
  const OgSourceInfo info = {first_iri, "x", "test"};
  assert_ok(og_loader_open(path, NULL, &loader, &err));
  const OgSink sink = og_loader_sink(loader);
  assert_ok(og_loader_begin_source(loader, &info, &err));
  for (int k = 0; k < 100; k++) {
    char prefix[8];
    snprintf(prefix, sizeof prefix, "p%d", k % 40);
    assert_ok(sink.prefix(sink.data, (OgText){prefix, strlen(prefix)},
                          k < 40 ? OG_TEXT("urn:early") : OG_TEXT("urn:late"), &err));
  }
  assert_ok(og_loader_end_source(loader, "", 0, &err));
  assert_ok(og_loader_commit(loader, NULL, &err));
  og_loader_close(loader);
  assert_string_equal(query_text(path, "SELECT count(*), min(iri), max(iri) FROM prefix"),
                      "40|urn:early|urn:early\n");
}

static void blank_nodes_of_two_sources_never_meet(void **state) {
  (void)state;
  OgError err = {0};
  const char *path = scratch("blank.db");
  assert_ok(import_text(path, first_iri, "_:a ex:p _:a .", NULL, &err));
  assert_ok(import_text(path, second_iri, "_:a ex:p _:a .", NULL, &err));
  assert_int_equal(query_number(path, "SELECT count(*) FROM term WHERE kind = 2"), 2);
  assert_int_equal(query_number(path, "SELECT count(*) FROM quad WHERE subject = object"), 2);
}

static void an_empty_source_makes_an_empty_graph(void **state) {
  (void)state;
  OgError err = {0};
  OgLoadSummary summary;
  const char *path = scratch("empty.db");
  assert_ok(import_text(path, first_iri, "", &summary, &err));
  assert_int_equal(summary.statements, 0);
  assert_int_equal(query_number(path, "SELECT count(*) FROM quad"), 0);
  assert_int_equal(query_number(path, "SELECT count(*) FROM source"), 1);
}

static int64_t number_of(sqlite3 *db, const char *sql) {
  sqlite3_stmt *row;
  assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &row, NULL), SQLITE_OK);
  assert_int_equal(sqlite3_step(row), SQLITE_ROW);
  const int64_t number = sqlite3_column_int64(row, 0);
  sqlite3_finalize(row);
  return number;
}

/* Two graphs have the same rows, the times of their imports apart. */
static void assert_same_graph(const char *one, const char *other) {
  static const char *const tables[] = {"term", "quad", "entity", "edge", "name", "reading"};
  char sql[300];
  sqlite3 *db;
  assert_int_equal(sqlite3_open(one, &db), SQLITE_OK);
  snprintf(sql, sizeof sql, "ATTACH '%s' AS other", other);
  assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
  for (size_t k = 0; k < OG_COUNT(tables); k++) {
    const char *name = tables[k];
    snprintf(sql, sizeof sql,
             "SELECT (SELECT count(*) FROM main.%s) - (SELECT count(*) FROM other.%s)", name, name);
    assert_int_equal(number_of(db, sql), 0);
    snprintf(sql, sizeof sql,
             "SELECT count(*) FROM (SELECT * FROM main.%s EXCEPT SELECT * FROM other.%s)", name,
             name);
    assert_int_equal(number_of(db, sql), 0);
  }
  sqlite3_close(db);
}

/* With arrays in files from the first large one on, the graph is the same. */
static void a_limit_of_memory_changes_nothing(void **state) {
  (void)state;
  enum { LIMIT = 1 << 20, THINGS = 12000 };
  OgError err = {0};
  OgBuffer text = OG_BUFFER_INIT;
  for (int k = 0; k < THINGS; k++) {
    assert_ok(og_buffer_format(&text, &err,
                               "ex:c%d rdfs:subClassOf ex:c%d . ex:c%d rdfs:label 'thing %d of a "
                               "name that is long enough to fill a block'@en . ",
                               k, k / 7, k, k));
  }
  const char *free_graph = scratch("free.db"), *limited = scratch("limited.db");
  assert_ok(import_text(free_graph, first_iri, text.data, NULL, &err));
  og_spill_begin(LIMIT, scratch(""));
  assert_ok(import_text(limited, first_iri, text.data, NULL, &err));
  og_spill_begin(0, "");
  assert_int_equal(og_spill_size(), 0);
  assert_int_equal(query_number(limited, "SELECT count(*) FROM edge"), THINGS - 1);
  assert_same_graph(free_graph, limited);
  og_buffer_clear(&text);
}

static void level_1_can_be_left_for_later(void **state) {
  static const char counts[] = "SELECT (SELECT count(*) FROM quad), (SELECT count(*) FROM entity), "
                               "(SELECT count(*) FROM name), (SELECT count(*) FROM edge), (SELECT "
                               "count(*) FROM name_fts WHERE name_fts MATCH 'thing')";
  static const char text[] = "ex:a rdfs:subClassOf ex:b . ex:a rdfs:label 'a thing'@en .";
  (void)state;
  OgError err = {0};
  const char *path = scratch("later.db");
  static const char *const expected[] = {"2|0|0|0|0\n", "2|2|2|1|1\n", "2|0|0|0|0\n"};
  for (size_t k = 0; k < OG_COUNT(expected); k++) {
    OgLoader *loader = NULL;
    const OgSourceInfo info = {first_iri, "x", "test"};
    assert_ok(og_loader_open(path, NULL, &loader, &err));
    if (k != 1) {
      og_loader_keep_statements_only(loader);
    }
    const OgSink sink = og_loader_sink(loader);
    assert_ok(og_loader_begin_source(loader, &info, &err));
    assert_ok(say(&sink, text, &err));
    assert_ok(og_loader_end_source(loader, "", 0, &err));
    assert_ok(og_loader_commit(loader, NULL, &err));
    og_loader_close(loader);
    assert_string_equal(query_text(path, counts), expected[k]);
  }
}

/* ---- Several sources, several imports ---- */

/* One text imported in one go, or its halves one after the other, give the same graph. */
static void one_import_or_two_give_the_same_graph(void **state) {
  static const char *const texts[] = {
      "ex:a a owl:Class . ex:a rdfs:label 'A'@en . ex:a rdfs:subClassOf ex:b . _:x ex:p "
      "'5'^^xsd:int .",
      "ex:b a owl:Class . ex:b rdfs:label 'B'@en . ex:a rdfs:subClassOf ex:b . ex:c ex:p "
      "'5'^^xsd:int .",
  };
  static const char *const iris[] = {first_iri, second_iri};
  (void)state;
  OgError err = {0};
  OgLoader *loader = NULL;
  const char *together = scratch("together.db");
  const char *apart = scratch("apart.db");
  assert_ok(og_loader_open(together, NULL, &loader, &err));
  const OgSink sink = og_loader_sink(loader);
  for (int k = 0; k < 2; k++) {
    const OgSourceInfo info = {iris[k], "file.owl", "test"};
    assert_ok(og_loader_begin_source(loader, &info, &err));
    assert_ok(say(&sink, texts[k], &err));
    assert_ok(og_loader_end_source(loader, "00ff", strlen(texts[k]), &err));
    assert_ok(import_text(apart, iris[k], texts[k], NULL, &err));
  }
  assert_ok(og_loader_commit(loader, NULL, &err));
  og_loader_close(loader);
  char *one = graph_dump(together);
  char *two = graph_dump(apart);
  assert_string_equal(one, two);
  assert_int_equal(query_number(apart, "SELECT count(*) FROM term WHERE text = '5'"), 1);
  og_free(one);
  og_free(two);
}

static void a_source_imported_again_replaces_its_statements_only(void **state) {
  (void)state;
  OgError err = {0};
  const char *path = scratch("again.db");
  assert_ok(import_text(path, first_iri, "ex:a ex:p 'old' . ex:a ex:p 'both' . _:x ex:p ex:a .",
                        NULL, &err));
  assert_ok(import_text(path, second_iri, "ex:a ex:p 'other' . ex:b ex:p 'both' .", NULL, &err));
  const long a = query_number(path, "SELECT id FROM term WHERE text = 'http://example.org/a'");
  const long b = query_number(path, "SELECT id FROM term WHERE text = 'http://example.org/b'");
  assert_ok(import_text(path, first_iri, "ex:a ex:p 'new' .", NULL, &err));
  assert_string_equal(query_text(path, quads), "http://example.org/a|http://example.org/p|new\n"
                                               "http://example.org/a|http://example.org/p|other\n"
                                               "http://example.org/b|http://example.org/p|both\n");
  assert_int_equal(query_number(path, "SELECT count(*) FROM source"), 2);
  assert_int_equal(query_number(path, "SELECT count(*) FROM term WHERE text IN ('old', 'x')"), 0);
  /* IRIs keep their ids, also through a time without statements. */
  assert_ok(import_text(path, second_iri, "", NULL, &err));
  assert_ok(import_text(path, first_iri, "ex:z ex:p 'z' .", NULL, &err));
  assert_ok(import_text(path, second_iri, "ex:b ex:p ex:a .", NULL, &err));
  assert_int_equal(query_number(path, "SELECT id FROM term WHERE text = 'http://example.org/a'"),
                   a);
  assert_int_equal(query_number(path, "SELECT id FROM term WHERE text = 'http://example.org/b'"),
                   b);
  assert_string_equal(query_text(path, "PRAGMA integrity_check"), "ok\n");
}

static void the_same_import_again_changes_nothing(void **state) {
  static const char text[] =
      "ex:a a owl:Class . ex:a rdfs:label 'A'@en . ex:b rdfs:subClassOf ex:a . "
      "ex:b ex:p '1'^^xsd:int . _:x ex:p _:y .";
  (void)state;
  OgError err = {0};
  const char *path = scratch("same.db");
  assert_ok(import_text(path, first_iri, text, NULL, &err));
  char *before = graph_dump(path);
  const long terms = query_number(path, "SELECT count(*) FROM term");
  assert_ok(import_text(path, first_iri, text, NULL, &err));
  char *after = graph_dump(path);
  assert_string_equal(after, before);
  assert_int_equal(query_number(path, "SELECT count(*) FROM term"), terms);
  og_free(before);
  og_free(after);
}

static void a_source_given_twice_counts_as_given_last(void **state) {
  (void)state;
  OgError err = {0};
  OgLoader *loader = NULL;
  OgLoadSummary summary;
  const char *path = scratch("twice.db");
  const OgSourceInfo info = {first_iri, "x", "test"};
  assert_ok(og_loader_open(path, NULL, &loader, &err));
  const OgSink sink = og_loader_sink(loader);
  static const char *const texts[] = {"ex:a ex:p 'one' .", "ex:a ex:p 'two' ."};
  for (int k = 0; k < 2; k++) {
    assert_ok(og_loader_begin_source(loader, &info, &err));
    assert_ok(say(&sink, texts[k], &err));
    assert_ok(og_loader_end_source(loader, "", 0, &err));
  }
  assert_ok(og_loader_commit(loader, &summary, &err));
  og_loader_close(loader);
  assert_int_equal(summary.statements, 1);
  assert_string_equal(query_text(path, quads), "http://example.org/a|http://example.org/p|two\n");
}

/* Wherever it stands, and whatever of it was new: the graph is as if it had never begun. */
static void a_source_that_is_not_ended_is_forgotten(void **state) {
  (void)state;
  OgError err = {0};
  OgLoader *loader = NULL;
  char path[4096];
  snprintf(path, sizeof path, "%s", scratch("unended.db"));
  const OgText bad_prefix = {"p", 1}, bad_iri = {"urn:bad", 7};
  const char *alone = scratch("only-ended.db");
  const OgSourceInfo bad = {first_iri, "x", "test"};
  const OgSourceInfo good = {second_iri, "x", "test"};
  static const char whole[] = "ex:a ex:p 'whole' . ex:a ex:p 'tagged'@en . "
                              "ex:a ex:p _:b . ex:a ex:p '1'^^xsd:integer .";
  assert_ok(og_loader_open(path, NULL, &loader, &err));
  const OgSink sink = og_loader_sink(loader);
  for (int k = 0; k < 3; k++) {
    assert_ok(og_loader_begin_source(loader, &bad, &err));
    assert_ok(sink.prefix(sink.data, bad_prefix, bad_iri, &err));
    assert_ok(say(&sink,
                  "ex:a ex:p 'half' . ex:a ex:p 'tagged'@en . ex:a ex:p 'x'@de . ex:a ex:p _:b . "
                  "ex:a ex:p ex:q . ex:a ex:p '2'^^ex:type .",
                  &err));
    if (k == 1) {
      assert_ok(og_loader_begin_source(loader, &good, &err));
      assert_ok(say(&sink, whole, &err));
      assert_ok(og_loader_end_source(loader, "", 0, &err));
    }
  }
  assert_ok(og_loader_commit(loader, NULL, &err));
  og_loader_close(loader);
  assert_string_equal(query_text(path, "SELECT iri, statements FROM source"), "urn:second|4\n");
  assert_int_equal(query_number(path, "SELECT count(*) FROM prefix WHERE iri = 'urn:bad'"), 0);
  assert_ok(import_text(alone, second_iri, whole, NULL, &err));
  assert_same_graph(path, alone);
}

/* ---- Two releases of one ontology ---- */

static const char second_release[] =
    "ex:onto a owl:Ontology . ex:b rdfs:label 'b, new' . ex:b rdfs:subClassOf ex:a . "
    "ex:a rdfs:subClassOf ex:top .";

static void a_second_source_of_an_ontology_is_heard_of(void **state) {
  (void)state;
  OgError err = {0};
  const char *path = scratch("twins.db");
  OgLoader *loader = NULL;
  OgLoadSummary summary;
  assert_ok(import_text(
      path, first_iri, "ex:onto a owl:Ontology . ex:b rdfs:label 'b' . ex:b rdfs:subClassOf ex:a .",
      NULL, &err));
  /* one that imports it is none, whatever it says of it */
  assert_ok(import_text(path, "urn:third",
                        "ex:onto a owl:Ontology . ex:other a owl:Ontology . "
                        "ex:other owl:imports ex:onto .",
                        NULL, &err));
  static const OgSourceInfo info = {.iri = second_iri, .path = "new.owl", .format = "test"};
  assert_ok(og_loader_open(path, NULL, &loader, &err));
  assert_ok(og_loader_begin_source(loader, &info, &err));
  const OgSink sink = og_loader_sink(loader);
  assert_ok(say(&sink, second_release, &err));
  assert_ok(og_loader_end_source(loader, "11ee", 16, &err));
  assert_ok(og_loader_commit(loader, &summary, &err));
  assert_int_equal(summary.twins.count, 1);
  assert_string_equal(summary.twins.items[0].read, "new.owl");
  assert_string_equal(summary.twins.items[0].iri, first_iri);
  assert_string_equal(summary.twins.items[0].path, "file.owl");
  assert_string_equal(summary.twins.items[0].ontology, "http://example.org/onto");
  assert_false(summary.twins.items[0].is_new);
  og_loader_close(loader);
}

static void infer_in(const char *path) {
  const OgInferOptions options = OG_INFER_OPTIONS_INIT;
  OgError err = {0};
  OgStore *store = NULL;
  assert_ok(og_store_open(path, OG_STORE_WRITE, &store, &err));
  assert_ok(og_infer(store, &options, NULL, NULL, &err));
  og_store_close(store);
}

static void a_forgotten_source_leaves_nothing_but_ids(void **state) {
  (void)state;
  static const char id[] = "SELECT id FROM term WHERE text LIKE '%/b'";
  OgError err = {0};
  OgLoader *loader = NULL;
  size_t count;
  const char *path = scratch("forget.db"), *alone = scratch("alone.db");
  assert_ok(import_text(path, first_iri,
                        "ex:onto a owl:Ontology . ex:b rdfs:label 'b' . ex:b rdfs:subClassOf _:x . "
                        "ex:gone rdfs:subClassOf ex:b .",
                        NULL, &err));
  const long before = query_number(path, id);
  assert_ok(import_text(path, second_iri, second_release, NULL, &err));
  assert_ok(import_text(alone, second_iri, second_release, NULL, &err));
  infer_in(path);
  infer_in(alone);
  assert_ok(og_loader_open(path, NULL, &loader, &err));
  assert_status(og_loader_forget(loader, "urn:nothing*", &count, &err), OG_NOT_FOUND);
  assert_ok(og_loader_forget(loader, "urn:f*", &count, &err));
  assert_int_equal(count, 1);
  assert_ok(og_loader_commit(loader, NULL, &err));
  og_loader_close(loader);
  char *left = graph_dump(path), *expected = graph_dump(alone);
  assert_string_equal(left, expected);
  assert_int_equal(query_number(path, id), before);
  assert_int_equal(query_number(path, "SELECT count(*) FROM inferred_edge"), 1);
  assert_int_equal(query_number(path, "SELECT count(*) FROM term WHERE kind = 2"), 0);
  og_free(left);
  og_free(expected);
}

/* ---- Larger imports, and what may interrupt them ---- */

/* CLASSES classes, each with label, parent and a value; salt makes the labels differ. */
static OgStatus push_classes(const OgSink *sink, int salt, OgError *err) {
  for (int k = 0; k < CLASSES; k++) {
    char text[512];
    snprintf(text, sizeof text,
             "ex:c%d a owl:Class . ex:c%d rdfs:label 'class %d of %d'@en . "
             "ex:c%d rdfs:subClassOf ex:c%d . ex:c%d ex:value _:v%d . _:v%d ex:is '%d' .",
             k, k, k, salt, k, k / 2, k, k, k, k * salt);
    OG_TRY(say(sink, text, err));
  }
  return OG_OK;
}

static OgStatus import_classes(const char *path, const char *iri, int salt,
                               const OgProgress *progress, OgError *err) {
  OgLoader *loader = NULL;
  const OgSourceInfo info = {iri, "file.owl", "test"};
  OgStatus status;
  OG_GO(og_loader_open(path, progress, &loader, err));
  const OgSink sink = og_loader_sink(loader);
  OG_GO(og_loader_begin_source(loader, &info, err));
  OG_GO(push_classes(&sink, salt, err));
  OG_GO(og_loader_end_source(loader, "00ff", 1, err));
  OG_GO(og_loader_commit(loader, NULL, err));
done:
  og_loader_close(loader);
  return status;
}

/* Path of a graph to be made in a folder of its own. */
static const char *new_folder(const char *name, char path[4096]) {
  const char *folder = scratch(name);
  assert_int_equal(mkdir(folder, 0777), 0);
  snprintf(path, 4096, "%s/graph.db", scratch(name));
  return folder;
}

static int count_files(const char *folder) {
  int count = 0;
  DIR *listing = opendir(folder);
  assert_non_null(listing);
  for (struct dirent *entry = readdir(listing); entry; entry = readdir(listing)) {
    count += entry->d_name[0] != '.';
  }
  closedir(listing);
  return count;
}

/* Run an import in a process of its own, killed after so many microseconds (0: not at all); true
 * when it ended by itself, and well. */
static bool import_in_child(const char *path, const char *iri, int salt, long microseconds) {
  const pid_t child = fork();
  assert_true(child >= 0);
  if (child == 0) {
    OgError err = {0};
    _exit(import_classes(path, iri, salt, NULL, &err) == OG_OK ? 0 : 1);
  }
  if (microseconds > 0) {
    usleep((useconds_t)microseconds);
    kill(child, SIGKILL);
  }
  int how;
  assert_int_equal(waitpid(child, &how, 0), child);
  assert_true(microseconds > 0 || WIFEXITED(how));
  return WIFEXITED(how) && WEXITSTATUS(how) == 0;
}

static long microseconds_since(const struct timespec *start) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (now.tv_sec - start->tv_sec) * 1000000 + (now.tv_nsec - start->tv_nsec) / 1000;
}

/* Imports that are killed at random moments of the time that one takes, until so many were. */
typedef struct Kills {
  OgRandom random;
  long whole; /* microseconds: of the quickest that was not killed */
  int killed, finished;
} Kills;

static bool import_and_kill(Kills *kills, const char *path, int salt) {
  struct timespec start;
  const long moment = 1 + (long)og_random_below(&kills->random, (uint64_t)kills->whole);
  clock_gettime(CLOCK_MONOTONIC, &start);
  const bool finished = import_in_child(path, first_iri, salt, moment);
  const long took = microseconds_since(&start);
  kills->whole = finished && took < kills->whole ? took : kills->whole;
  *(finished ? &kills->finished : &kills->killed) += 1;
  assert_true(kills->killed + kills->finished < MOST_IMPORTS);
  return finished;
}

static Kills measure_import(const char *path, int salt) {
  Kills kills = {0};
  struct timespec start;
  og_random_init(&kills.random, (uint64_t)salt);
  clock_gettime(CLOCK_MONOTONIC, &start);
  assert_true(import_in_child(path, first_iri, salt, 0));
  kills.whole = microseconds_since(&start);
  return kills;
}

static void tell_kills(const char *what, const Kills *kills) {
  print_message("NOTE: %d %s killed at random moments, %d were too quick\n", kills->killed, what,
                kills->finished);
}

static void a_killed_first_import_leaves_nothing_or_all(void **state) {
  (void)state;
  OgError err = {0};
  char path[4096], complete[4096];
  const char *folder = new_folder("kill-first", path);
  snprintf(complete, sizeof complete, "%s", scratch("complete.db"));
  Kills kills = measure_import(complete, 3);
  char *expected = graph_dump(complete);
  while (kills.killed < KILLS) {
    import_and_kill(&kills, path, 3);
    if (og_file_exists(path)) {
      char *found = graph_dump(path);
      assert_string_equal(found, expected);
      og_free(found);
      unlink(path);
    }
  }
  tell_kills("first imports", &kills);
  /* What a killed import left is used up by the next. */
  assert_ok(import_classes(path, first_iri, 3, NULL, &err));
  assert_int_equal(count_files(folder), 1);
  og_free(expected);
}

static void a_killed_later_import_leaves_the_graph_as_it_was_or_all(void **state) {
  (void)state;
  OgError err = {0};
  char path[4096];
  const char *folder = new_folder("kill-later", path);
  assert_ok(import_classes(path, second_iri, 1, NULL, &err));
  assert_ok(import_classes(path, first_iri, 1, NULL, &err));
  char *dumps[2];
  dumps[1] = graph_dump(path);
  Kills kills = measure_import(path, 2);
  dumps[0] = graph_dump(path);
  int salt = 2;
  while (kills.killed < KILLS) {
    const int next = 3 - salt;
    const bool finished = import_and_kill(&kills, path, next);
    OgStore *store = NULL;
    assert_ok(og_store_open(path, OG_STORE_READ, &store, &err));
    og_store_close(store);
    char *found = graph_dump(path);
    const bool changed = strcmp(found, dumps[next % 2]) == 0;
    if (!changed) {
      assert_string_equal(found, dumps[salt % 2]);
    }
    assert_true(changed || !finished);
    salt = changed ? next : salt;
    og_free(found);
  }
  tell_kills("later imports", &kills);
  /* A journal that was cut off before it said anything is left to the next writer. */
  assert_ok(import_classes(path, first_iri, salt, NULL, &err));
  assert_int_equal(count_files(folder), 1);
  og_free(dumps[0]);
  og_free(dumps[1]);
}

/* Import in a process whose files may grow to a limit only; its status. */
static OgStatus import_with_little_room(const char *path, rlim_t limit) {
  const pid_t child = fork();
  assert_true(child >= 0);
  if (child == 0) {
    OgError err = {0};
    const struct rlimit room = {limit, limit};
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &room);
    const OgStatus status = import_classes(path, first_iri, 7, NULL, &err);
    _exit(status == OG_OK || err.message[0] ? (int)status : 99);
  }
  int how;
  assert_int_equal(waitpid(child, &how, 0), child);
  assert_true(WIFEXITED(how));
  return (OgStatus)WEXITSTATUS(how);
}

static void a_full_disk_leaves_the_graph_as_it_was(void **state) {
  (void)state;
  OgError err = {0};
  char path[4096];
  const char *folder = new_folder("full", path);
  for (int made = 0; made < 2; made++) {
    char *before = made ? graph_dump(path) : NULL;
    int failures = 0;
    OgStatus status;
    struct stat about = {0};
    stat(path, &about);
    for (rlim_t limit = (rlim_t)about.st_size + 4096;
         (status = import_with_little_room(path, limit)) != OG_OK; limit += 60000) {
      assert_status(status, OG_IO);
      assert_int_equal(count_files(folder), made);
      char *after = made ? graph_dump(path) : NULL;
      assert_true(!made || strcmp(before, after) == 0);
      og_free(after);
      failures++;
    }
    assert_true(failures > 2);
    og_free(before);
    unlink(path);
    assert_ok(import_text(path, second_iri, "ex:a rdfs:label 'kept' .", NULL, &err));
  }
}

static void a_place_that_may_not_be_written_is_reported(void **state) {
  (void)state;
  OgError err = {0};
  assert_status(import_text("/nowhere/at/all/graph.db", first_iri, "", NULL, &err), OG_IO);
  assert_non_null(strstr(err.message, "/nowhere/at/all/graph.db"));
  assert_status(import_text(scratch("."), first_iri, "", NULL, &err), OG_IO);
}

static void a_read_only_graph_is_reported(void **state) {
  (void)state;
  OgError err = {0};
  char path[4096];
  const char *folder = new_folder("read-only", path);
  assert_ok(import_text(path, first_iri, "ex:a rdfs:label 'kept' .", NULL, &err));
  assert_int_equal(chmod(path, 0444), 0);
  assert_int_equal(chmod(folder, 0555), 0);
  assert_int_equal(chmod(scratch("."), 0711), 0);
  const pid_t child = fork();
  assert_true(child >= 0);
  if (child == 0) {
    if (geteuid() == 0 && setuid(65534) != 0) {
      _exit(SKIPPED);
    }
    const OgStatus status = import_text(path, first_iri, "ex:a rdfs:label 'lost' .", NULL, &err);
    _exit(strstr(err.message, "may not be written") ? (int)status : 99);
  }
  int how;
  assert_int_equal(waitpid(child, &how, 0), child);
  chmod(folder, 0755);
  if (WEXITSTATUS(how) == SKIPPED) {
    skip();
  }
  assert_status((OgStatus)WEXITSTATUS(how), OG_IO);
  assert_string_equal(query_text(path, "SELECT label FROM entity_text"), "");
}

static void what_is_no_graph_is_never_overwritten(void **state) {
  (void)state;
  OgError err = {0};
  const char *path = scratch("letter.txt");
  assert_ok(og_file_write(path, "Dear reader, this is no graph.", 30, &err));
  assert_status(import_text(path, first_iri, "ex:a ex:p ex:b .", NULL, &err), OG_BAD_STORE);
  OgBuffer content = OG_BUFFER_INIT;
  assert_ok(og_file_read(path, 100, &content, &err));
  assert_string_equal(content.data, "Dear reader, this is no graph.");
  og_buffer_clear(&content);
}

static void two_importers_of_a_new_graph_do_not_meet(void **state) {
  (void)state;
  OgError err = {0};
  OgLoader *first = NULL;
  OgLoader *second = NULL;
  const char *path = scratch("race.db");
  assert_ok(og_loader_open(path, NULL, &first, &err));
  assert_status(og_loader_open(path, NULL, &second, &err), OG_FAILED);
  assert_non_null(strstr(err.message, "another program is making"));
  assert_ok(og_loader_commit(first, NULL, &err));
  og_loader_close(first);
  assert_ok(og_loader_open(path, NULL, &second, &err));
  og_loader_close(second);
}

static void two_importers_of_an_old_graph_do_not_meet(void **state) {
  (void)state;
  OgError err = {0};
  OgLoader *first = NULL;
  OgLoader *second = NULL;
  const char *path = scratch("old-race.db");
  assert_ok(import_text(path, first_iri, "ex:a ex:p ex:b .", NULL, &err));
  assert_ok(og_loader_open(path, NULL, &first, &err));
  assert_status(og_loader_open(path, NULL, &second, &err), OG_FAILED);
  assert_non_null(strstr(err.message, "another program"));
  og_loader_close(first);
  assert_ok(og_loader_open(path, NULL, &second, &err));
  og_loader_close(second);
}

static void a_graph_that_appears_meanwhile_is_not_overwritten(void **state) {
  (void)state;
  OgError err = {0};
  OgLoader *loader = NULL;
  const char *path = scratch("appears.db");
  assert_ok(og_loader_open(path, NULL, &loader, &err));
  assert_ok(og_file_write(path, "mine", 4, &err));
  assert_status(og_loader_commit(loader, NULL, &err), OG_FAILED);
  og_loader_close(loader);
  OgBuffer content = OG_BUFFER_INIT;
  assert_ok(og_file_read(path, 100, &content, &err));
  assert_string_equal(content.data, "mine");
  og_buffer_clear(&content);
}

static void a_reader_sees_the_old_graph_until_the_commit(void **state) {
  (void)state;
  OgError err = {0};
  OgLoader *loader = NULL;
  const char *path = scratch("reader.db");
  assert_ok(import_text(path, first_iri, "ex:a a owl:Class .", NULL, &err));
  const OgSourceInfo info = {second_iri, "x", "test"};
  assert_ok(og_loader_open(path, NULL, &loader, &err));
  const OgSink sink = og_loader_sink(loader);
  assert_ok(og_loader_begin_source(loader, &info, &err));
  assert_ok(say(&sink, "ex:b a owl:Class .", &err));
  assert_int_equal(query_number(path, "SELECT count(*) FROM entity"), 1);
  assert_ok(og_loader_end_source(loader, "", 0, &err));
  assert_int_equal(query_number(path, "SELECT count(*) FROM entity"), 1);
  assert_ok(og_loader_commit(loader, NULL, &err));
  assert_int_equal(query_number(path, "SELECT count(*) FROM entity"), 2);
  og_loader_close(loader);
}

typedef struct Patience {
  int reports, limit;
} Patience;

static bool lose_patience(void *data, const char *stage, double done, double total,
                          const char *detail) {
  Patience *patience = data;
  (void)stage;
  (void)done;
  (void)total;
  (void)detail;
  return patience->reports++ < patience->limit;
}

static void a_cancelled_import_leaves_the_graph_as_it_was(void **state) {
  (void)state;
  OgError err = {0};
  char path[4096];
  const char *folder = new_folder("cancel", path);
  for (int made = 0; made < 2; made++) {
    Patience patience = {0, 0};
    OgStatus status = OG_CANCELLED;
    char *before = made ? graph_dump(path) : NULL;
    while (status != OG_OK) {
      const OgProgress progress = {lose_patience, NULL, &patience};
      patience.reports = 0;
      status = import_classes(path, made ? second_iri : first_iri, 5, &progress, &err);
      if (status != OG_OK) {
        assert_status(status, OG_CANCELLED);
        assert_int_equal(count_files(folder), made);
        char *after = made ? graph_dump(path) : NULL;
        assert_true(!made || strcmp(before, after) == 0);
        og_free(after);
      }
      patience.limit++;
    }
    assert_true(patience.limit > 3);
    og_free(before);
  }
}

static const char rich[] =
    "ex:o a owl:Ontology . ex:o owl:versionInfo '1' . ex:a a owl:Class . ex:a rdfs:label 'A'@en . "
    "ex:a rdfs:subClassOf _:r . _:r owl:onProperty ex:p . _:r owl:someValuesFrom _:u . "
    "_:u owl:unionOf _:l . _:l rdf:first ex:b . _:l rdf:rest _:m . _:m rdf:first ex:c . "
    "_:m rdf:rest rdf:nil . ex:b a owl:Class . ex:c a owl:Class . ex:thinCrust a owl:Class . "
    "ex:d owl:deprecated 'true'^^xsd:boolean . ex:d a owl:Class . ex:d obo:IAO_0100001 'ex:a' .";

static void every_failed_allocation_leaves_the_graph_as_it_was(void **state) {
  (void)state;
  OgError err = {0};
  char path[4096];
  const char *folder = new_folder("memory", path);
  for (int made = 0; made < 2; made++) {
    char *before = made ? graph_dump(path) : NULL;
    OgStatus status = OG_NO_MEMORY;
    for (long countdown = 0; status != OG_OK; countdown++) {
      og_memory_fail_after(countdown);
      status = import_text(path, made ? second_iri : first_iri, rich, NULL, &err);
      og_memory_fail_after(-1);
      if (status != OG_OK) {
        assert_status(status, OG_NO_MEMORY);
        assert_int_equal(count_files(folder), made);
      }
      if (status != OG_OK && made && countdown % 16 == 0) {
        char *after = graph_dump(path);
        assert_string_equal(after, before);
        og_free(after);
      }
    }
    og_free(before);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(statements_come_back_as_they_were_said),
      cmocka_unit_test(a_source_is_recorded_with_its_provenance),
      cmocka_unit_test(no_source_is_called_as_what_was_inferred),
      cmocka_unit_test(the_first_namespace_of_a_prefix_is_kept),
      cmocka_unit_test(blank_nodes_of_two_sources_never_meet),
      cmocka_unit_test(an_empty_source_makes_an_empty_graph),
      cmocka_unit_test(a_limit_of_memory_changes_nothing),
      cmocka_unit_test(level_1_can_be_left_for_later),
      cmocka_unit_test(one_import_or_two_give_the_same_graph),
      cmocka_unit_test(a_source_imported_again_replaces_its_statements_only),
      cmocka_unit_test(the_same_import_again_changes_nothing),
      cmocka_unit_test(a_source_given_twice_counts_as_given_last),
      cmocka_unit_test(a_source_that_is_not_ended_is_forgotten),
      cmocka_unit_test(a_second_source_of_an_ontology_is_heard_of),
      cmocka_unit_test(a_forgotten_source_leaves_nothing_but_ids),
      cmocka_unit_test(a_killed_first_import_leaves_nothing_or_all),
      cmocka_unit_test(a_killed_later_import_leaves_the_graph_as_it_was_or_all),
      cmocka_unit_test(a_full_disk_leaves_the_graph_as_it_was),
      cmocka_unit_test(a_place_that_may_not_be_written_is_reported),
      cmocka_unit_test(a_read_only_graph_is_reported),
      cmocka_unit_test(what_is_no_graph_is_never_overwritten),
      cmocka_unit_test(two_importers_of_a_new_graph_do_not_meet),
      cmocka_unit_test(two_importers_of_an_old_graph_do_not_meet),
      cmocka_unit_test(a_graph_that_appears_meanwhile_is_not_overwritten),
      cmocka_unit_test(a_reader_sees_the_old_graph_until_the_commit),
      cmocka_unit_test(a_cancelled_import_leaves_the_graph_as_it_was),
      cmocka_unit_test(every_failed_allocation_leaves_the_graph_as_it_was),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
