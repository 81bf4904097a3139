/* make_graph: a graph file of a chosen size, for what grows with it. The same numbers give the same
 * graph.
 *
 *   make_graph FILE ENTITIES EDGES [SEED]
 *
 * Entities fall into groups of 64, relations are 20; half of an entity's edges stay in its group,
 * the others lead to a group that depends on its own and on the relation, the first entities of a
 * group being the most linked: so edges can be foretold. Only levels 0 (terms, without statements)
 * and 1 are made, straight into their tables. */
#include "core/random.h"
#include "kg/store.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { GROUP = 64, RELATIONS = 20, SOURCE = 1 };

static const char schema[] =
    "DROP INDEX term_hash; DROP INDEX edge_tail;"
    "INSERT INTO source(id, iri, path, format, sha256, bytes, statements, imported_at) "
    "VALUES (1, 'http://example.org/', 'make_graph', 'none', '', 0, 0, '2000-01-01T00:00:00Z')";

static const char indexes[] = "CREATE INDEX term_hash ON term(hash) WHERE hash IS NOT NULL;"
                              "CREATE INDEX edge_tail ON edge(tail, relation, head)";

static sqlite3 *db;

static void check(int code, int expected) {
  if (code != expected) {
    fprintf(stderr, "make_graph: %s\n", sqlite3_errmsg(db));
    exit(1);
  }
}

static void run(const char *sql) {
  check(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
}

static sqlite3_stmt *prepare(const char *sql) {
  sqlite3_stmt *statement;
  check(sqlite3_prepare_v2(db, sql, -1, &statement, NULL), SQLITE_OK);
  return statement;
}

static void step(sqlite3_stmt *statement) {
  check(sqlite3_step(statement), SQLITE_DONE);
  sqlite3_reset(statement);
}

/* Terms 1 … R are the relations, those after them the entities. */
static void add_terms(size_t entities) {
  sqlite3_stmt *term = prepare("INSERT INTO term(id, kind, text, hash) VALUES (?1, 1, ?2, ?3)");
  sqlite3_stmt *entity = prepare("INSERT INTO entity(id, kind, label) VALUES (?1, 'class', ?2)");
  sqlite3_stmt *relation = prepare("INSERT INTO relation(id, label) VALUES (?1, ?2)");
  for (size_t id = 1; id <= RELATIONS + entities; id++) {
    const bool is_relation = id <= RELATIONS;
    char iri[64];
    const int size = snprintf(iri, sizeof iri, "http://example.org/%c%zu", is_relation ? 'r' : 'e',
                              is_relation ? id : id - RELATIONS);
    sqlite3_bind_int64(term, 1, (sqlite3_int64)id);
    sqlite3_bind_text(term, 2, iri, size, SQLITE_STATIC);
    sqlite3_bind_int64(term, 3, og_term_hash(iri, (size_t)size));
    step(term);
    sqlite3_stmt *own = is_relation ? relation : entity;
    sqlite3_bind_int64(own, 1, (sqlite3_int64)id);
    sqlite3_bind_text(own, 2, strrchr(iri, '/') + 1, -1, SQLITE_STATIC);
    step(own);
  }
  sqlite3_finalize(term);
  sqlite3_finalize(entity);
  sqlite3_finalize(relation);
}

/* An entity of a group, the first ones by far the most often. */
static size_t member(OgRandom *random, size_t group, size_t entities) {
  const double u = og_random_uniform(random);
  const size_t drawn = group * GROUP + (size_t)(GROUP * u * u * u);
  return drawn < entities ? drawn : entities - 1;
}

/* About `edges` edges, head by head: repeated ones and self-loops fall away. */
static void add_edges(size_t entities, size_t edges, uint64_t seed) {
  sqlite3_stmt *edge = prepare("INSERT OR IGNORE INTO edge(head, relation, tail, via, source) "
                               "VALUES (?1, ?2, ?3, 'asserted', 1)");
  const size_t groups = (entities + GROUP - 1) / GROUP;
  OgRandom random;
  og_random_init(&random, seed);
  for (size_t head = 0, made = 0; head < entities; head++) {
    for (; made < (head + 1) * edges / entities; made++) {
      const size_t relation = og_random_below(&random, RELATIONS);
      const size_t own = head / GROUP;
      const size_t other = og_random_at(relation, own) % groups;
      const size_t group = og_random_below(&random, 2) ? own : other;
      const size_t tail = member(&random, group, entities);
      if (tail != head) {
        sqlite3_bind_int64(edge, 1, (sqlite3_int64)(1 + RELATIONS + head));
        sqlite3_bind_int64(edge, 2, (sqlite3_int64)(1 + relation));
        sqlite3_bind_int64(edge, 3, (sqlite3_int64)(1 + RELATIONS + tail));
        step(edge);
      }
    }
  }
  sqlite3_finalize(edge);
}

int main(int count, char **arguments) {
  const size_t entities = count > 2 ? strtoull(arguments[2], NULL, 10) : 0;
  const size_t edges = count > 3 ? strtoull(arguments[3], NULL, 10) : 0;
  OgStore *store = NULL;
  OgError err;
  if (count < 4 || count > 5 || entities < GROUP || edges == 0) {
    fputs("make_graph FILE ENTITIES EDGES [SEED]: at least 64 entities, and a file that is not "
          "there\n",
          stderr);
    return 2;
  }
  if (og_store_open(arguments[1], OG_STORE_BUILD, &store, &err) != OG_OK) {
    fprintf(stderr, "make_graph: %s\n", err.message);
    return 1;
  }
  db = og_store_sqlite(store);
  run(schema);
  run("BEGIN");
  add_terms(entities);
  add_edges(entities, edges, count > 4 ? strtoull(arguments[4], NULL, 10) : 1);
  run("COMMIT");
  run(indexes);
  og_store_close(store);
  return 0;
}
