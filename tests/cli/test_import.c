/* `ontograft import` as users meet it: hostile and broken files, whole folders. The program is the
 * test's first argument. */
#include "core/buffer.h"
#include "core/file.h"
#include "core/vocab.h"
#include "tests/test.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zlib.h>

#define RDF_OPEN "<rdf:RDF xmlns:rdf='" OG_NS_RDF "' xmlns:e='http://e/' xmlns:owl='" OG_NS_OWL "'>"
#define ITEM     "<owl:Class rdf:about='http://e/a'><e:p>"
#define CLOSE    "</e:p></owl:Class></rdf:RDF>"

enum { MAX_WORDS = 12, LITTLE_MEMORY = 64 /* MB, beyond what the program needs for nothing */ };

static const char *program;

/* How a run of the program ended. */
typedef struct Run {
  int code;           /* exit status, or -1 when it did not exit by itself */
  double seconds;     /* of processor time */
  long megabytes;     /* peak memory */
  char output[16384]; /* stdout and stderr */
} Run;

/* Run `ontograft import` with these words, up to NULL. */
static void import(Run *run, ...) {
  char *words[MAX_WORDS] = {NULL};
  char name[] = "import";
  words[0] = strdup(program);
  words[1] = name;
  va_list more;
  va_start(more, run);
  for (int k = 2; k < MAX_WORDS - 1 && (words[k] = va_arg(more, char *)) != NULL; k++) {
  }
  va_end(more);
  int ends[2];
  assert_int_equal(pipe(ends), 0);
  const pid_t child = fork();
  assert_true(child >= 0);
  if (child == 0) {
    dup2(ends[1], STDOUT_FILENO);
    dup2(ends[1], STDERR_FILENO);
    close(ends[0]);
    close(ends[1]);
    execv(program, words);
    _exit(127);
  }
  close(ends[1]);
  size_t used = 0;
  ssize_t got;
  char extra[4096];
  while ((got = read(ends[0], extra, sizeof extra)) > 0) {
    const size_t room = sizeof run->output - 1 - used;
    const size_t count = (size_t)got < room ? (size_t)got : room;
    memcpy(run->output + used, extra, count);
    used += count;
  }
  run->output[used] = '\0';
  close(ends[0]);
  int how;
  struct rusage spent;
  assert_int_equal(wait4(child, &how, 0, &spent), child);
  free(words[0]);
  run->code = WIFEXITED(how) ? WEXITSTATUS(how) : -1;
  run->seconds = (double)spent.ru_utime.tv_sec + (double)spent.ru_utime.tv_usec / 1e6;
  run->megabytes = spent.ru_maxrss / 1024;
}

static void assert_says(const Run *run, int code, const char *words) {
  if (run->code != code || !strstr(run->output, words)) {
    fail_msg("expected %d and \"%s\", got %d and\n%s", code, words, run->code, run->output);
  }
}

/* ---- Files that are written a piece at a time ---- */

static void put(FILE *file, const char *text, size_t times) {
  for (size_t k = 0; k < times; k++) {
    fputs(text, file);
  }
}

static void put_plain(FILE *file) {
  fputs(RDF_OPEN ITEM "text" CLOSE, file);
}

static void put_truncated(FILE *file) {
  fputs(RDF_OPEN ITEM "text</e:p></owl:Cl", file);
}

static void put_garbled(FILE *file) {
  fputs(RDF_OPEN "\n" ITEM "te<xt" CLOSE, file);
}

static void put_bad_utf8(FILE *file) {
  fputs(RDF_OPEN "\n" ITEM "caf\351 \300\200" CLOSE, file);
}

static void put_latin1(FILE *file) {
  fputs("<?xml version='1.0' encoding='ISO-8859-1'?>" RDF_OPEN ITEM "caf\351" CLOSE, file);
}

static void put_utf8_with_mark(FILE *file) {
  fputs("\357\273\277" RDF_OPEN ITEM "caf\303\251" CLOSE, file);
}

/* text (ASCII but for Latin-1's \351) as UTF-16 of this order, with its mark. */
static void put_utf16(FILE *file, bool big) {
  static const char text[] = RDF_OPEN ITEM "caf\351" CLOSE;
  fputs(big ? "\376\377" : "\377\376", file);
  for (size_t k = 0; k + 1 < sizeof text; k++) {
    const int low = (unsigned char)text[k];
    fputc(big ? 0 : low, file);
    fputc(big ? low : 0, file);
  }
}

static void put_utf16_little(FILE *file) {
  put_utf16(file, false);
}

static void put_utf16_big(FILE *file) {
  put_utf16(file, true);
}

static void put_laughs(FILE *file) {
  fputs("<!DOCTYPE b [<!ENTITY l0 'ha'>", file);
  for (int k = 1; k < 20; k++) {
    fprintf(file, "<!ENTITY l%d '", k);
    for (int i = 0; i < 10; i++) {
      fprintf(file, "&l%d;", k - 1);
    }
    fputs("'>", file);
  }
  fputs("]>" RDF_OPEN ITEM "&l19;" CLOSE, file);
}

static void put_quadratic(FILE *file) {
  fputs("<!DOCTYPE b [<!ENTITY e '", file);
  put(file, "xxxxxxxxxx", 20000);
  fputs("'>]>" RDF_OPEN ITEM, file);
  put(file, "&e;", 50000);
  fputs(CLOSE, file);
}

/* Reading /dev/stdin or a device would hang; reading a file would show in the graph. */
static void put_external(FILE *file) {
  fputs("<!DOCTYPE b SYSTEM 'file:///dev/zero' [<!ENTITY e SYSTEM 'file:///dev/zero'>"
        "<!ENTITY f SYSTEM '/etc/passwd'>]>" RDF_OPEN ITEM "caf\303\251&e;&f;" CLOSE,
        file);
}

static void put_deep(FILE *file) {
  fputs(RDF_OPEN, file);
  put(file, "<e:C><e:p>", 500000);
  put(file, "</e:p></e:C>", 500000);
  fputs("</rdf:RDF>", file);
}

static void put_rather_deep(FILE *file) {
  fputs(RDF_OPEN "<owl:Class rdf:about='http://e/a'><e:p>caf\303\251</e:p></owl:Class>", file);
  put(file, "<e:C><e:p>", 49999);
  put(file, "</e:p></e:C>", 49999);
  fputs("</rdf:RDF>", file);
}

static void put_attributes(FILE *file) {
  fputs(RDF_OPEN "<e:C", file);
  for (int k = 0; k < 200000; k++) {
    fprintf(file, " e:a%d='x'", k);
  }
  fputs("/></rdf:RDF>", file);
}

static void put_long_text(FILE *file) {
  static char block[1 << 16];
  memset(block, 'x', sizeof block - 1);
  fputs(RDF_OPEN ITEM, file);
  put(file, block, 4200);
  fputs(CLOSE, file);
}

typedef struct Case {
  const char *name;
  void (*put)(FILE *file);
  int code;
  const char *says;
  const char *advises; /* what to do */
  bool quick;          /* refused in a second and with little memory */
} Case;

static const Case cases[] = {
    {"truncated", put_truncated, 3, "truncated.owl:1:", "the file ends too early: get it again",
     true},
    {"garbled", put_garbled, 3, "garbled.owl:2:", "mend it there, or get it again", true},
    {"bad-utf8", put_bad_utf8, 3, "bad-utf8.owl:2:", "say its encoding in its first line", true},
    {"latin1", put_latin1, 0, "2 statements", "", true},
    {"mark", put_utf8_with_mark, 0, "2 statements", "", true},
    {"utf16-little", put_utf16_little, 0, "2 statements", "", true},
    {"utf16-big", put_utf16_big, 0, "2 statements", "", true},
    {"laughs", put_laughs, 3, "refusing a likely bomb", "expand them first (xmllint", true},
    {"quadratic", put_quadratic, 3, "refusing a likely bomb", "expand them first (xmllint", true},
    {"external", put_external, 0, "external DTDs are never opened", "", true},
    {"deep", put_deep, 3, "elements nest deeper than 100000, the limit", "(--max-depth)", false},
    {"rather-deep", put_rather_deep, 0, "statements", "", false},
    {"attributes", put_attributes, 3, "an element has over 4096 attributes",
     "elements inside it can say the same", true},
    {"long-text", put_long_text, 3, "a literal is longer than 268435456 bytes, the limit",
     "shorten it, or take it out", false},
};

static const char *write_case(const char *name, void (*putter)(FILE *)) {
  char file_name[100];
  snprintf(file_name, sizeof file_name, "%s.owl", name);
  const char *path = scratch(file_name);
  FILE *file = fopen(path, "wb");
  assert_non_null(file);
  putter(file);
  assert_int_equal(fclose(file), 0);
  return path;
}

static long count(const char *graph, const char *sql) {
  sqlite3 *db = NULL;
  sqlite3_stmt *row = NULL;
  assert_int_equal(sqlite3_open(graph, &db), SQLITE_OK);
  assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &row, NULL), SQLITE_OK);
  assert_int_equal(sqlite3_step(row), SQLITE_ROW);
  const long number = (long)sqlite3_column_int64(row, 0);
  sqlite3_finalize(row);
  sqlite3_close(db);
  return number;
}

/* ---- Hostile and broken files ---- */

static void assert_modest(const Case *one, const Run *run, long usual) {
#if !WITH_SANITIZER
  if (one->quick) {
    assert_true(run->seconds < 1.0);
    assert_true(run->megabytes - usual < LITTLE_MEMORY);
  }
#else
  (void)one;
  (void)run;
  (void)usual;
#endif
}

static void every_hostile_file_is_read_or_refused_with_its_place(void **state) {
  (void)state;
  static Run run;
  OgError err = {0};
  char graph[4096];
  snprintf(graph, sizeof graph, "%s", scratch("kept.db"));
  import(&run, graph, write_case("plain", put_plain), NULL);
  assert_says(&run, 0, "2 statements");
  const long usual = run.megabytes;
  for (size_t k = 0; k < OG_COUNT(cases); k++) {
    OgBuffer before = OG_BUFFER_INIT;
    OgBuffer after = OG_BUFFER_INIT;
    const char *path = write_case(cases[k].name, cases[k].put);
    assert_ok(og_file_read(graph, 1 << 26, &before, &err));
    import(&run, graph, path, NULL);
    assert_says(&run, cases[k].code, cases[k].says);
    assert_says(&run, cases[k].code, cases[k].advises);
    assert_modest(&cases[k], &run, usual);
    if (cases[k].code == 0) {
      assert_true(count(graph, "SELECT count(*) FROM term WHERE text = 'café'") == 1);
      assert_int_equal(count(graph, "SELECT count(*) FROM term WHERE text LIKE '%root%'"), 0);
    } else {
      /* the graph is as it was, and a new one is not begun */
      char fresh[4096];
      snprintf(fresh, sizeof fresh, "%s", scratch("fresh.db"));
      assert_ok(og_file_read(graph, 1 << 26, &after, &err));
      assert_int_equal(after.size, before.size);
      assert_memory_equal(after.data, before.data, before.size);
      import(&run, fresh, path, NULL);
      assert_says(&run, cases[k].code, cases[k].says);
      assert_false(og_file_exists(fresh));
    }
    og_buffer_clear(&before);
    og_buffer_clear(&after);
    unlink(path);
  }
}

static void a_gzip_bomb_is_refused_before_it_unpacks(void **state) {
  (void)state;
  static Run run;
  static char block[1 << 20];
  const char *path = scratch("bomb.owl.gz");
  gzFile bomb = gzopen(path, "wb9");
  assert_non_null(bomb);
  gzputs(bomb, RDF_OPEN "<!--");
  memset(block, ' ', sizeof block);
  for (int k = 0; k < 200; k++) {
    assert_int_equal(gzwrite(bomb, k % 8 == 7 ? "--><!--" : block, k % 8 == 7 ? 7 : sizeof block),
                     k % 8 == 7 ? 7 : sizeof block);
  }
  gzclose(bomb);
  import(&run, scratch("bomb.db"), path, NULL);
  assert_says(&run, 3, "refusing a likely bomb");
}

static void what_is_no_ontology_is_called_by_its_name(void **state) {
  static const struct {
    const char *content, *says;
  } rows[] = {
      {"", "the file is empty"},
      {"format-version: 1.2\n", "OBO"},
      {"{\"a\": 1}", "JSON"},
      {"<html><body/></html>", "a web page"},
      {"some words", "neither XML nor Turtle"},
  };
  (void)state;
  OgError err = {0};
  static Run run;
  for (size_t k = 0; k < OG_COUNT(rows); k++) {
    const char *path = scratch("what");
    assert_ok(og_file_write(path, rows[k].content, strlen(rows[k].content), &err));
    import(&run, scratch("what.db"), path, NULL);
    assert_says(&run, 3, rows[k].says);
  }
  static const char *const xml[] = {"rdfxml", "owlxml", "mesh", "claml", "graphml", "xbrl"};
  char empty[4096];
  snprintf(empty, sizeof empty, "%s", scratch("empty"));
  assert_ok(og_file_write(empty, "", 0, &err));
  for (size_t k = 0; k < OG_COUNT(xml); k++) {
    import(&run, scratch("what.db"), empty, "--format", xml[k], NULL);
    assert_says(&run, 3, "the file is empty");
  }
  import(&run, scratch("empty.db"), empty, "--format", "turtle", NULL);
  assert_says(&run, 0, "0 statements"); /* as Turtle's grammar has it */
  import(&run, scratch("what.db"), scratch("nothing-there"), NULL);
  assert_says(&run, 5, "nothing-there");
}

/* ---- Graphs that cannot be written ---- */

static void a_graph_that_is_none_or_newer_is_refused(void **state) {
  (void)state;
  OgError err = {0};
  static Run run;
  const char *source = write_case("plain", put_plain);
  const char *graph = scratch("refused.db");
  assert_ok(og_file_write(graph, "some words, and more of them", 28, &err));
  import(&run, graph, source, NULL);
  assert_says(&run, 4, "not an SQLite database");
  unlink(graph);
  import(&run, graph, source, NULL);
  assert_says(&run, 0, "2 statements");
  sqlite3 *db = NULL;
  assert_int_equal(sqlite3_open(graph, &db), SQLITE_OK);
  assert_int_equal(sqlite3_exec(db, "PRAGMA user_version = 99", NULL, NULL, NULL), SQLITE_OK);
  sqlite3_close(db);
  import(&run, graph, source, NULL);
  assert_says(&run, 4, "newer ontograft");
}

/* ---- Folders and imports ---- */

static void write_ontology(const char *folder, const char *name, const char *iri,
                           const char *imports) {
  OgError err = {0};
  OgBuffer text = OG_BUFFER_INIT;
  char *path = og_path_join(folder, name);
  assert_ok(og_buffer_format(&text, &err,
                             RDF_OPEN "<owl:Ontology rdf:about='%s'>%s%s%s</owl:Ontology>"
                                      "<owl:Class rdf:about='%s#C'/></rdf:RDF>",
                             iri, imports ? "<owl:imports rdf:resource='" : "",
                             imports ? imports : "", imports ? "'/>" : "", iri));
  assert_ok(og_file_write(path, text.data, text.size, &err));
  og_buffer_clear(&text);
  free(path);
}

static const char *make_folder(const char *name) {
  const char *folder = scratch(name);
  assert_int_equal(mkdir(folder, 0777), 0);
  return folder;
}

static void a_folder_is_imported_with_all_below_it(void **state) {
  (void)state;
  OgError err = {0};
  static Run run;
  const char *folder = make_folder("folder");
  const char *below = make_folder("folder/below");
  write_ontology(folder, "a.owl", "http://e/a", "http://e/b");
  write_ontology(below, "anything", "http://e/b", "http://e/a");
  assert_ok(og_file_write(scratch("folder/README.md"), "words", 5, &err));
  assert_ok(og_file_write(scratch("folder/q.rq"), "PREFIX e: <http://e/> ASK {}", 28, &err));
  assert_int_equal(symlink("..", scratch("folder/below/loop")), 0);
  import(&run, scratch("folder.db"), folder, NULL);
  assert_says(&run, 0, "of 2 files");
  assert_says(&run, 0, "passed over 1 file without");
  assert_null(strstr(run.output, "not among the files"));
  assert_int_equal(count(scratch("folder.db"), "SELECT count(*) FROM entity"), 2);
}

static void imports_are_found_by_catalog_or_beside_the_file(void **state) {
  (void)state;
  OgError err = {0};
  static Run run;
  const char *folder = make_folder("imports");
  const char *elsewhere = make_folder("elsewhere");
  char main_file[4096], graph[4096], catalog[4096];
  snprintf(main_file, sizeof main_file, "%s/main.owl", folder);
  snprintf(graph, sizeof graph, "%s", scratch("imports.db"));
  snprintf(catalog, sizeof catalog, "%s", scratch("elsewhere/list.xml"));
  write_ontology(folder, "main.owl", "http://e/main", "http://e/beside/");
  write_ontology(folder, "beside.owl", "http://e/beside", "http://e/listed");
  write_ontology(elsewhere, "far.owl", "http://e/listed", "http://e/main");
  import(&run, graph, main_file, NULL);
  assert_says(&run, 0, "  http://e/listed\n");
  assert_says(&run, 0, "of 2 files");
  static const char entries[] = "<catalog xmlns='urn:oasis:names:tc:entity:xmlns:xml:catalog'>"
                                "<uri name='http://e/listed' uri='far.owl'/></catalog>";
  assert_ok(og_file_write(catalog, entries, sizeof entries - 1, &err));
  import(&run, graph, main_file, "--catalog", catalog, NULL);
  assert_says(&run, 0, "of 3 files");
  assert_null(strstr(run.output, "not among the files"));
  assert_int_equal(count(graph, "SELECT count(*) FROM source"), 3);
  import(&run, scratch("strict.db"), main_file, "--strict", NULL);
  assert_says(&run, 3, "<http://e/listed>");
  assert_false(og_file_exists(scratch("strict.db")));
}

/* A linkbase with one arc between two concepts of a schema beside it. */
static const char *write_linkbase(const char *name, const char *role, const char *use) {
  const char *path = scratch(name);
  FILE *file = fopen(path, "wb");
  assert_non_null(file);
  fprintf(file,
          "<linkbase xmlns='http://www.xbrl.org/2003/linkbase' "
          "xmlns:xlink='http://www.w3.org/1999/xlink'>"
          "<definitionLink xlink:type='extended' xlink:role='http://e/%s'>"
          "<loc xlink:type='locator' xlink:href='xbrl.xsd#a' xlink:label='a'/>"
          "<loc xlink:type='locator' xlink:href='xbrl.xsd#b' xlink:label='b'/>"
          "<definitionArc xlink:type='arc' xlink:arcrole='http://e/of' xlink:from='a' "
          "xlink:to='b' order='1' %s/></definitionLink></linkbase>",
          role, use);
  assert_int_equal(fclose(file), 0);
  return path;
}

/* A company's taxonomy prohibits an arc of the one that it extends: only in its own role. */
static void an_arc_that_another_file_prohibits_is_no_edge(void **state) {
  (void)state;
  static const char schema[] = "<schema xmlns='http://www.w3.org/2001/XMLSchema' "
                               "xmlns:l='http://www.xbrl.org/2003/linkbase'>"
                               "<element name='a' id='a' substitutionGroup='i'/>"
                               "<element name='b' id='b' substitutionGroup='i'/></schema>";
  OgError err = {0};
  static Run run;
  char graph[4096];
  snprintf(graph, sizeof graph, "%s", scratch("xbrl.db"));
  assert_ok(og_file_write(scratch("xbrl.xsd"), schema, sizeof schema - 1, &err));
  import(&run, graph, scratch("xbrl.xsd"), write_linkbase("base.xml", "r", ""), NULL);
  assert_says(&run, 0, "1 edge and");
  import(&run, graph, write_linkbase("other.xml", "s", "use='prohibited'"), NULL);
  assert_says(&run, 0, "1 edge and");
  import(&run, graph, write_linkbase("own.xml", "r", "use='prohibited' priority='1'"), NULL);
  assert_says(&run, 0, "0 edges");
}

static void missing_imports_are_told_by_family_and_not_without_end(void **state) {
  (void)state;
  static Run run;
  const char *path = scratch("lacks.owl");
  FILE *file = fopen(path, "wb");
  assert_non_null(file);
  fputs(RDF_OPEN "<owl:Ontology rdf:about='http://e/lacks'>", file);
  for (int k = 0; k < 12; k++) {
    fprintf(file, "<owl:imports rdf:resource='http://family/place/m%02d/'/>", k);
    fprintf(file, "<owl:imports rdf:resource='http://single%02d/x#'/>", k);
  }
  fputs("<owl:imports rdf:resource='http://family/'/></owl:Ontology></rdf:RDF>", file);
  assert_int_equal(fclose(file), 0);
  import(&run, scratch("lacks.db"), path, NULL);
  assert_says(&run, 0,
              "--catalog):\n  12 of http://family/place/: m00/, m01/, m02/, …\n"
              "  http://family/\n  http://single00/x#\n");
  assert_says(&run, 0, "  http://single07/x#\n  … and 4 more (--json lists all)\n");
  assert_null(strstr(run.output, "single08"));
  import(&run, scratch("lacks.db"), path, "--json", "-q", NULL);
  assert_says(&run, 0, "http://family/place/m11/");
  assert_says(&run, 0, "http://single11/x#");
}

/* The second of three files breaks off after its header. */
static void write_broken_folder(const char *folder) {
  OgError err = {0};
  char *path = og_path_join(folder, "b.owl");
  static const char broken[] =
      RDF_OPEN "<owl:Ontology rdf:about='http://e/b'><owl:imports rdf:resource='http://e/no'/>\n"
               "</owl:Ontology><owl:Class rdf:about='http://e/lost'/>\n<owl:Class";
  write_ontology(folder, "a.owl", "http://e/a", "http://e/b");
  write_ontology(folder, "c.owl", "http://e/c", NULL);
  assert_ok(og_file_write(path, broken, sizeof broken - 1, &err));
  free(path);
}

static void a_broken_file_ends_an_import_that_does_not_keep_going(void **state) {
  (void)state;
  static Run run;
  const char *folder = make_folder("broken");
  write_broken_folder(folder);
  const char *graph = scratch("broken.db");
  import(&run, graph, folder, NULL);
  assert_says(&run, 3, "b.owl:3:11: malformed XML");
  assert_says(&run, 3, "\n--keep-going leaves such files out and goes on with the others\n");
  assert_false(og_file_exists(graph));
  import(&run, graph, scratch("broken/b.owl"), NULL);
  assert_says(&run, 3, "b.owl:3:11: malformed XML");
  assert_null(strstr(run.output, "--keep-going")); /* there are no others */
}

static void a_format_is_of_files_that_are_named(void **state) {
  (void)state;
  static Run run;
  const char *folder = make_folder("named");
  write_ontology(folder, "a.owl", "http://e/a", NULL);
  import(&run, scratch("named.db"), folder, "--format", "nonsense", NULL);
  assert_says(&run, 2, "no format is called \"nonsense\"");
  import(&run, scratch("named.db"), folder, "--format", "turtle", NULL);
  assert_says(&run, 0, "warning: 1 file of folders or archives read by content: --format is for ");
  assert_says(&run, 0, "2 statements read");
  import(&run, scratch("named.db"), scratch("named/a.owl"), "--format", "rdfxml", NULL);
  assert_null(strstr(run.output, "by content"));
}

static void a_broken_file_is_left_out_when_asked_to_keep_going(void **state) {
  (void)state;
  static Run run;
  char graph[4096], second[4096];
  const char *folder = make_folder("going");
  write_ontology(folder, "b.owl", "http://e/b", NULL);
  snprintf(graph, sizeof graph, "%s", scratch("going.db"));
  snprintf(second, sizeof second, "%s", scratch("going/b.owl"));
  import(&run, graph, folder, NULL);
  assert_says(&run, 0, "2 statements read");
  write_broken_folder(folder);
  import(&run, graph, folder, "--keep-going", "--dry-run", NULL);
  assert_says(&run, 3, "rdf:type              4");
  assert_says(&run, 3, "1 file left out, such as ");
  assert_says(&run, 3, "b.owl:3:11; the rest is fine\n");
  import(&run, graph, folder, "-k", "-n", "--json", "-q", NULL);
  assert_says(&run, 3, "{\n  \"files\": 2,\n  \"properties\": [\n");
  assert_says(&run, 3, "\"left_out\": [\n    {\n      \"path\": ");
  assert_says(&run, 3, "\"line\": 3,\n      \"column\": 11,\n      \"message\": \"malformed");
  assert_says(&run, 3, "\"missing\": []\n}\n");
  import(&run, graph, folder, "--keep-going", NULL);
  assert_says(&run, 3, "left out: ");
  assert_says(&run, 3, "b.owl:3:11: malformed XML");
  assert_says(&run, 3, "5 statements of 2 files read");
  assert_says(&run, 3, "b.owl:3:11; the rest is imported\n");
  assert_null(strstr(run.output, "http://e/no")); /* who imports it is not there */
  assert_int_equal(count(graph, "SELECT count(*) FROM source"), 3);
  assert_int_equal(count(graph, "SELECT count(*) FROM term WHERE text = 'http://e/lost'"), 0);
  assert_int_equal(count(graph, "SELECT count(*) FROM statement WHERE subject = 'http://e/b#C'"),
                   1);
  import(&run, graph, second, "no-such-file", scratch("going/c.owl"), "-k", "--json", "-q", NULL);
  assert_says(&run, 3, "\"line\": 3,\n      \"column\": 11,\n      \"message\": \"malformed");
  assert_says(&run, 3, "ontograft: 2 files left out, such as ");
  import(&run, scratch("none.db"), second, "-k", NULL);
  assert_says(&run, 3, "b.owl:3:11; nothing else is an ontology\n");
  assert_false(og_file_exists(scratch("none.db")));
}

/* What is no file's fault ends the work, and what --strict asks for beyond the files is told at the
 * end. */
static void keeping_going_has_its_limits(void **state) {
  (void)state;
  OgError err = {0};
  static Run run;
  char mapping[4096], first[4096], second[4096], graph[4096];
  snprintf(mapping, sizeof mapping, "%s", scratch("limits/m.xml"));
  snprintf(first, sizeof first, "%s", scratch("limits/a.owl"));
  snprintf(second, sizeof second, "%s", scratch("limits/b.owl"));
  snprintf(graph, sizeof graph, "%s", scratch("limits.db"));
  const char *folder = make_folder("limits");
  write_ontology(folder, "a.owl", "http://e/a", "http://e/gone");
  write_ontology(folder, "b.owl", "http://e/b", NULL);
  assert_ok(og_file_write(mapping, "<mapping", 8, &err));
  import(&run, graph, first, second, "--mapping", mapping, "-k", NULL);
  assert_says(&run, 3, "ontograft: ");
  assert_null(strstr(run.output, "left out"));
  import(&run, graph, first, second, "--catalog", mapping, "-k", NULL);
  assert_says(&run, 3, "m.xml:1:");
  import(&run, graph, first, "--forget", "x", "-k", NULL);
  assert_says(&run, 2, "--forget with --keep-going");
  assert_false(og_file_exists(graph));
  import(&run, graph, first, second, "--strict", "-k", NULL);
  assert_says(&run, 3, "<http://e/gone>");
  assert_int_equal(count(graph, "SELECT count(*) FROM source"), 2);
}

static void all_of_fibo_is_one_argument(void **state) {
  (void)state;
  static Run run;
  const char *folder = shared_data("onto/fibo");
  if (!folder) {
    skip_without_data("onto/fibo");
  }
  import(&run, scratch("fibo.db"), folder, "-q", NULL);
  assert_says(&run, 0, "76,945 statements of 296 files");
}

int main(int argument_count, char **arguments) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_hostile_file_is_read_or_refused_with_its_place),
      cmocka_unit_test(a_gzip_bomb_is_refused_before_it_unpacks),
      cmocka_unit_test(what_is_no_ontology_is_called_by_its_name),
      cmocka_unit_test(a_graph_that_is_none_or_newer_is_refused),
      cmocka_unit_test(a_folder_is_imported_with_all_below_it),
      cmocka_unit_test(imports_are_found_by_catalog_or_beside_the_file),
      cmocka_unit_test(an_arc_that_another_file_prohibits_is_no_edge),
      cmocka_unit_test(missing_imports_are_told_by_family_and_not_without_end),
      cmocka_unit_test(a_broken_file_ends_an_import_that_does_not_keep_going),
      cmocka_unit_test(a_format_is_of_files_that_are_named),
      cmocka_unit_test(a_broken_file_is_left_out_when_asked_to_keep_going),
      cmocka_unit_test(keeping_going_has_its_limits),
      cmocka_unit_test(all_of_fibo_is_one_argument),
  };
  if (argument_count != 2) {
    fprintf(stderr, "usage: test_import PROGRAM\n");
    return 2;
  }
  program = arguments[1];
  return cmocka_run_group_tests(tests, NULL, NULL);
}
