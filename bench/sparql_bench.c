/* SPARQL beside hand-written SQL over the same file, taking turns.
 *
 *   sparql_bench GRAPH RUNS NAME QUESTION.rq QUESTION.sql
 *
 * The question is compiled, run to its end and read (all texts) RUNS times by each; the medians go
 * to stdout, each as a line of JSON. In the SQL, {prefix:name} is the id of that IRI's term: once
 * the number, looked up before the clock starts, and once a look by the IRI's hash inside the
 * query, which is what the engine does. */
#include "core/memory.h"
#include "core/vocab.h"
#include "kg/sparql.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { LONGEST = 1 << 16 };

static OgStore *store;
static volatile size_t bytes; /* read, so that nothing is left out */

static void die(const char *what, const char *why) {
  fprintf(stderr, "sparql_bench: %s: %s\n", what, why);
  exit(1);
}

static double now(void) {
  struct timespec at;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &at);
  return 1e3 * (double)at.tv_sec + 1e-6 * (double)at.tv_nsec;
}

static void read_file(const char *path, char text[LONGEST]) {
  FILE *file = fopen(path, "rb");
  if (!file) {
    die(path, "cannot open");
  }
  text[fread(text, 1, LONGEST - 1, file)] = '\0';
  fclose(file);
}

enum { LONGEST_IRI = 512 };

static void expand(const char *name, size_t size, char iri[LONGEST_IRI]) {
  const size_t prefix = strcspn(name, ":");
  for (const OgPrefix *row = og_known_prefixes; row->prefix; row++) {
    if (strlen(row->prefix) == prefix && memcmp(row->prefix, name, prefix) == 0) {
      snprintf(iri, LONGEST_IRI, "%s%.*s", row->iri, (int)(size - prefix - 1), name + prefix + 1);
      return;
    }
  }
  die(name, "its prefix is unknown");
}

/* What stands in the place of a name: its id, or the SQL that finds it. */
static size_t write_name(const char *iri, bool looked_up, char *to, size_t room) {
  const size_t size = strlen(iri);
  int64_t id = 0;
  if (looked_up) {
    return (size_t)snprintf(to, room, "(SELECT id FROM term WHERE hash = %lld AND text = '%s')",
                            (long long)og_term_hash(iri, size), iri);
  }
  if (og_store_find_iri(store, iri, size, &id, NULL) != OG_OK) {
    die(iri, "cannot be looked up");
  }
  return (size_t)snprintf(to, room, "%lld", (long long)id);
}

/* Fill the places of {prefix:name}. */
static void fill(const char *sql, bool looked_up, char filled[LONGEST]) {
  size_t used = 0;
  while (*sql && used + 2 * LONGEST_IRI < LONGEST) {
    if (*sql == '{') {
      char iri[LONGEST_IRI] = "";
      const size_t size = strcspn(sql, "}") - 1; /* without the brackets */
      expand(sql + 1, size, iri);
      used += write_name(iri, looked_up, filled + used, LONGEST - used);
      sql += size + 2;
    } else {
      filled[used++] = *sql++;
    }
  }
  filled[used] = '\0';
}

static size_t run_sql(sqlite3 *db, const char *sql) {
  sqlite3_stmt *statement;
  size_t rows = 0;
  if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) != SQLITE_OK) {
    die(sql, sqlite3_errmsg(db));
  }
  for (; sqlite3_step(statement) == SQLITE_ROW; rows++) {
    for (int k = 0; k < sqlite3_column_count(statement); k++) {
      const char *text = (const char *)sqlite3_column_text(statement, k);
      bytes += text ? (size_t)sqlite3_column_bytes(statement, k) : 0;
    }
  }
  sqlite3_finalize(statement);
  return rows;
}

static OgStatus begin(void *data, OgSparqlForm form, const char *const *names, size_t count,
                      OgError *err) {
  (void)data;
  (void)form;
  (void)names;
  (void)count;
  (void)err;
  return OG_OK;
}

static OgStatus row(void *data, const OgTerm *terms, size_t count, OgError *err) {
  (void)data;
  (void)err;
  for (size_t k = 0; k < count; k++) {
    bytes += terms[k].text.size;
  }
  return OG_OK;
}

static size_t run_sparql(const char *text) {
  const OgSolutions to = {begin, row, NULL};
  OgQuerySummary summary;
  OgError err = {0};
  if (og_query_sparql(store, text, NULL, NULL, &to, &summary, &err) != OG_OK) {
    die(text, err.message);
  }
  return (size_t)summary.rows;
}

static int compare(const void *a, const void *b) {
  const double x = *(const double *)a;
  const double y = *(const double *)b;
  return (x > y) - (x < y);
}

static double median(double *times, size_t count) {
  qsort(times, count, sizeof *times, compare);
  return times[count / 2];
}

static void measure(sqlite3 *db, const char *name, const char *query_path, const char *sql_path,
                    size_t runs) {
  static const char *const systems[] = {"ontograft", "SQL by hand", "SQL, names looked up"};
  static char query[LONGEST], sql[LONGEST], filled[2][LONGEST];
  double *times[OG_COUNT(systems)];
  for (size_t s = 0; s < OG_COUNT(systems); s++) {
    times[s] = OG_NEW_ARRAY(double, runs);
    if (!times[s]) {
      die(query_path, "out of memory");
    }
  }
  read_file(query_path, query);
  read_file(sql_path, sql);
  fill(sql, false, filled[0]);
  fill(sql, true, filled[1]);
  const size_t rows = run_sparql(query);
  if (run_sql(db, filled[0]) != rows || run_sql(db, filled[1]) != rows) {
    die(query_path, "not all have the same number of rows");
  }
  for (size_t k = 0; k < runs; k++) {
    for (size_t s = 0; s < OG_COUNT(systems); s++) {
      const double start = now();
      if (s == 0) {
        run_sparql(query);
      } else {
        run_sql(db, filled[s - 1]);
      }
      times[s][k] = now() - start;
    }
  }
  for (size_t s = 0; s < OG_COUNT(systems); s++) {
    printf("{\"system\":\"%s\",\"question\":\"%s\",\"rows\":%zu,\"ms\":%.3f}\n", systems[s], name,
           rows, median(times[s], runs));
    og_free(times[s]);
  }
}

int main(int argc, char **argv) {
  sqlite3 *db;
  OgError err = {0};
  if (argc != 6) {
    die("usage", "sparql_bench GRAPH RUNS NAME QUESTION.rq QUESTION.sql");
  }
  if (og_store_open(argv[1], OG_STORE_READ, &store, &err) != OG_OK) {
    die(argv[1], err.message);
  }
  if (sqlite3_open_v2(argv[1], &db, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, NULL) !=
      SQLITE_OK) {
    die(argv[1], sqlite3_errmsg(db));
  }
  /* the memory that the engine's handle has (kg/store.c) */
  sqlite3_exec(db, "PRAGMA cache_size = -65536", NULL, NULL, NULL);
  measure(db, argv[3], argv[4], argv[5], strtoul(argv[2], NULL, 10));
  sqlite3_close(db);
  og_store_close(store);
  return 0;
}
