#include "kg/schema.h"

#include "kg/sqlite.h"

#include <sqlite3.h>
#include <stdarg.h>

typedef struct SchemaObject {
  unsigned part;
  const char *name;
  const char *sql;
} SchemaObject;

/* In the order of making. Foreign keys are documentation: the loaders keep them, and nothing
 * cascades. Levels 2 and 3 refer to entities by the id of their IRI's term, which outlives level 1,
 * so they do not reference its tables. */
static const SchemaObject objects[] = {
    /* level 0: what the files said */
    {OG_SCHEMA_TABLES, "source",
     "CREATE TABLE source("
     " id INTEGER PRIMARY KEY,"
     " iri TEXT NOT NULL UNIQUE,"
     " path TEXT NOT NULL,"
     " format TEXT NOT NULL,"
     " sha256 TEXT NOT NULL,"
     " bytes INTEGER NOT NULL,"
     " title TEXT,"
     " version TEXT,"
     " licence TEXT,"
     " date TEXT,"
     " statements INTEGER NOT NULL,"
     " imported_at TEXT NOT NULL"
     ") STRICT"},
    {OG_SCHEMA_TABLES, "prefix",
     "CREATE TABLE prefix("
     " source INTEGER NOT NULL REFERENCES source(id),"
     " prefix TEXT NOT NULL,"
     " iri TEXT NOT NULL,"
     " PRIMARY KEY(source, prefix)"
     ") STRICT, WITHOUT ROWID"},
    {OG_SCHEMA_TABLES, "term",
     "CREATE TABLE term("
     " id INTEGER PRIMARY KEY,"
     " kind INTEGER NOT NULL CHECK(kind BETWEEN 1 AND 3)," /* OgTermKind */
     " text TEXT NOT NULL,"
     " datatype INTEGER REFERENCES term(id),"
     " language TEXT,"
     " hash INTEGER" /* og_term_hash(text); NULL for blank nodes */
     ") STRICT"},
    {OG_SCHEMA_TABLES, "quad",
     "CREATE TABLE quad("
     " subject INTEGER NOT NULL REFERENCES term(id),"
     " predicate INTEGER NOT NULL REFERENCES term(id),"
     " object INTEGER NOT NULL REFERENCES term(id),"
     " source INTEGER NOT NULL REFERENCES source(id),"
     " PRIMARY KEY(subject, predicate, object, source)"
     ") STRICT, WITHOUT ROWID"},
    {OG_SCHEMA_TABLES, "setting",
     "CREATE TABLE setting("
     " name TEXT PRIMARY KEY,"
     " value TEXT NOT NULL"
     ") STRICT, WITHOUT ROWID"},
    /* level 1: derived from level 0 */
    {OG_SCHEMA_TABLES, "entity",
     "CREATE TABLE entity("
     " id INTEGER PRIMARY KEY REFERENCES term(id),"
     " kind TEXT NOT NULL,"
     " label TEXT NOT NULL,"
     " definition INTEGER REFERENCES term(id),"
     " deprecated INTEGER NOT NULL DEFAULT 0,"
     " replaced_by INTEGER REFERENCES entity(id)"
     ") STRICT"},
    {OG_SCHEMA_TABLES, "relation",
     "CREATE TABLE relation("
     " id INTEGER PRIMARY KEY REFERENCES term(id),"
     " label TEXT NOT NULL"
     ") STRICT"},
    {OG_SCHEMA_TABLES, "edge",
     "CREATE TABLE edge("
     " head INTEGER NOT NULL REFERENCES entity(id),"
     " relation INTEGER NOT NULL REFERENCES relation(id),"
     " tail INTEGER NOT NULL REFERENCES entity(id),"
     " via TEXT NOT NULL,"
     " source INTEGER NOT NULL REFERENCES source(id),"
     " PRIMARY KEY(head, relation, tail, via, source)"
     ") STRICT, WITHOUT ROWID"},
    {OG_SCHEMA_TABLES, "inferred_edge",
     "CREATE TABLE inferred_edge("
     " head INTEGER NOT NULL REFERENCES entity(id),"
     " relation INTEGER NOT NULL REFERENCES relation(id),"
     " tail INTEGER NOT NULL REFERENCES entity(id),"
     " via TEXT NOT NULL,"
     " rule TEXT NOT NULL," /* og_inference_rule_name */
     " PRIMARY KEY(head, relation, tail, via)"
     ") STRICT, WITHOUT ROWID"},
    {OG_SCHEMA_TABLES, "name",
     "CREATE TABLE name("
     " id INTEGER PRIMARY KEY,"
     " entity INTEGER NOT NULL REFERENCES entity(id),"
     " text TEXT NOT NULL,"
     " normal TEXT NOT NULL," /* og_name_normalise(text) */
     " language TEXT,"
     " kind TEXT NOT NULL"
     ") STRICT"},
    {OG_SCHEMA_TABLES, "name_fts",
     "CREATE VIRTUAL TABLE name_fts USING fts5("
     "text, content='name', content_rowid='id', tokenize='unicode61 remove_diacritics 2')"},
    {OG_SCHEMA_TABLES, "reading",
     "CREATE TABLE reading("
     " predicate INTEGER NOT NULL REFERENCES term(id),"
     " became TEXT NOT NULL,"
     " statements INTEGER NOT NULL,"
     " PRIMARY KEY(predicate, became)"
     ") STRICT, WITHOUT ROWID"},
    {OG_SCHEMA_TABLES, "property_axiom",
     "CREATE TABLE property_axiom("
     " property INTEGER NOT NULL REFERENCES term(id),"
     " kind TEXT NOT NULL,"
     " number INTEGER NOT NULL,"
     " position INTEGER NOT NULL,"
     " argument INTEGER REFERENCES term(id),"
     " inverse INTEGER NOT NULL DEFAULT 0,"
     " source INTEGER NOT NULL REFERENCES source(id),"
     " PRIMARY KEY(property, kind, number, position)"
     ") STRICT, WITHOUT ROWID"},
    {OG_SCHEMA_TABLES, "successor",
     "CREATE TABLE successor("
     " entity INTEGER NOT NULL REFERENCES entity(id),"
     " kind TEXT NOT NULL,"
     " successor INTEGER NOT NULL REFERENCES entity(id),"
     " PRIMARY KEY(entity, kind, successor)"
     ") STRICT, WITHOUT ROWID"},
    {OG_SCHEMA_TABLES, "name_annotation",
     "CREATE TABLE name_annotation("
     " name INTEGER NOT NULL REFERENCES name(id),"
     " predicate INTEGER NOT NULL REFERENCES term(id),"
     " value INTEGER NOT NULL REFERENCES term(id),"
     " source INTEGER NOT NULL REFERENCES source(id),"
     " PRIMARY KEY(name, predicate, value, source)"
     ") STRICT, WITHOUT ROWID"},
    {OG_SCHEMA_TABLES, "definition_annotation",
     "CREATE TABLE definition_annotation("
     " entity INTEGER NOT NULL REFERENCES entity(id),"
     " predicate INTEGER NOT NULL REFERENCES term(id),"
     " value INTEGER NOT NULL REFERENCES term(id),"
     " source INTEGER NOT NULL REFERENCES source(id),"
     " PRIMARY KEY(entity, predicate, value, source)"
     ") STRICT, WITHOUT ROWID"},
    {OG_SCHEMA_TABLES, "edge_annotation",
     "CREATE TABLE edge_annotation("
     " head INTEGER NOT NULL REFERENCES entity(id),"
     " relation INTEGER NOT NULL REFERENCES relation(id),"
     " tail INTEGER NOT NULL REFERENCES entity(id),"
     " via TEXT NOT NULL,"
     " predicate INTEGER NOT NULL REFERENCES term(id),"
     " value INTEGER NOT NULL REFERENCES term(id),"
     " source INTEGER NOT NULL REFERENCES source(id),"
     " PRIMARY KEY(head, relation, tail, via, predicate, value, source)"
     ") STRICT, WITHOUT ROWID"},
    /* level 2: vectors */
    {OG_SCHEMA_TABLES, "embedding_set",
     "CREATE TABLE embedding_set("
     " id INTEGER PRIMARY KEY,"
     " name TEXT NOT NULL UNIQUE,"
     " model TEXT NOT NULL,"
     " dim INTEGER NOT NULL,"
     " parameters TEXT NOT NULL,"
     " metrics TEXT NOT NULL,"
     " graph_hash TEXT NOT NULL,"
     " created_at TEXT NOT NULL"
     ") STRICT"},
    {OG_SCHEMA_TABLES, "embedding",
     "CREATE TABLE embedding("
     " embedding_set INTEGER NOT NULL REFERENCES embedding_set(id),"
     " entity INTEGER NOT NULL REFERENCES term(id),"
     " vector BLOB NOT NULL,"
     " PRIMARY KEY(embedding_set, entity)"
     ") STRICT, WITHOUT ROWID"},
    {OG_SCHEMA_TABLES, "relation_embedding",
     "CREATE TABLE relation_embedding("
     " embedding_set INTEGER NOT NULL REFERENCES embedding_set(id),"
     " relation INTEGER NOT NULL REFERENCES term(id),"
     " vector BLOB NOT NULL,"
     " PRIMARY KEY(embedding_set, relation)"
     ") STRICT, WITHOUT ROWID"},
    /* level 3: runs */
    {OG_SCHEMA_TABLES, "run",
     "CREATE TABLE run("
     " id INTEGER PRIMARY KEY,"
     " name TEXT NOT NULL UNIQUE,"
     " model_sha256 TEXT NOT NULL,"
     " base TEXT NOT NULL,"
     " fusion TEXT NOT NULL,"
     " graph_hash TEXT NOT NULL,"
     " embedding_set INTEGER REFERENCES embedding_set(id),"
     " parameters TEXT NOT NULL,"
     " metrics TEXT NOT NULL,"
     " created_at TEXT NOT NULL"
     ") STRICT"},
    {OG_SCHEMA_TABLES, "prediction",
     "CREATE TABLE prediction("
     " id INTEGER PRIMARY KEY,"
     " run INTEGER NOT NULL REFERENCES run(id),"
     " text_id TEXT NOT NULL,"
     " text TEXT NOT NULL,"
     " label TEXT NOT NULL,"
     " score REAL NOT NULL,"
     " probabilities TEXT NOT NULL,"
     " truth TEXT,"
     " group_name TEXT"
     ") STRICT"},
    {OG_SCHEMA_TABLES, "mention",
     "CREATE TABLE mention("
     " prediction INTEGER NOT NULL REFERENCES prediction(id),"
     " start INTEGER NOT NULL,"
     " end INTEGER NOT NULL,"
     " entity INTEGER NOT NULL REFERENCES term(id),"
     " text TEXT NOT NULL,"
     " score REAL NOT NULL,"
     " weight REAL,"
     " PRIMARY KEY(prediction, start)"
     ") STRICT, WITHOUT ROWID"},
    /* An index of a table WITHOUT ROWID ends in the rest of its primary key: each of these covers
       whole rows. */
    {OG_SCHEMA_INDEX_0, "term_hash", "CREATE INDEX term_hash ON term(hash) WHERE hash IS NOT NULL"},
    {OG_SCHEMA_INDEX_0, "quad_predicate",
     "CREATE INDEX quad_predicate ON quad(predicate, object, subject)"},
    {OG_SCHEMA_INDEX_0, "quad_object",
     "CREATE INDEX quad_object ON quad(object, subject, predicate)"},
    {OG_SCHEMA_INDEX_1, "edge_tail", "CREATE INDEX edge_tail ON edge(tail, relation, head)"},
    {OG_SCHEMA_INDEX_INFERRED, "inferred_edge_tail",
     "CREATE INDEX inferred_edge_tail ON inferred_edge(tail, relation, head)"},
    {OG_SCHEMA_INDEX_1, "name_entity", "CREATE INDEX name_entity ON name(entity)"},
    {OG_SCHEMA_INDEX_1, "name_normal", "CREATE INDEX name_normal ON name(normal)"},
    {OG_SCHEMA_REST, "prediction_run", "CREATE INDEX prediction_run ON prediction(run)"},
    {OG_SCHEMA_REST, "mention_entity", "CREATE INDEX mention_entity ON mention(entity)"},
    /* views, for people */
    {OG_SCHEMA_REST, "statement",
     "CREATE VIEW statement(subject, predicate, object, datatype, language, source) AS "
     "SELECT s.text, p.text, o.text, d.text, o.language, source.iri "
     "FROM quad JOIN term s ON s.id = quad.subject JOIN term p ON p.id = quad.predicate "
     "JOIN term o ON o.id = quad.object LEFT JOIN term d ON d.id = o.datatype "
     "JOIN source ON source.id = quad.source"},
    {OG_SCHEMA_REST, "entity_text",
     "CREATE VIEW entity_text(id, iri, kind, label, definition, deprecated, replaced_by) AS "
     "SELECT entity.id, i.text, entity.kind, entity.label, d.text, entity.deprecated, r.label "
     "FROM entity JOIN term i ON i.id = entity.id LEFT JOIN term d ON d.id = entity.definition "
     "LEFT JOIN entity r ON r.id = entity.replaced_by"},
    {OG_SCHEMA_REST, "every_edge",
     "CREATE VIEW every_edge(head, relation, tail, via, inferred) AS "
     "SELECT head, relation, tail, via, NULL FROM edge UNION ALL "
     "SELECT head, relation, tail, via, rule FROM inferred_edge"},
    {OG_SCHEMA_REST, "edge_text",
     "CREATE VIEW edge_text(head, relation, tail, via, source) AS "
     "SELECT h.label, relation.label, t.label, edge.via, source.iri "
     "FROM edge JOIN entity h ON h.id = edge.head JOIN relation ON relation.id = edge.relation "
     "JOIN entity t ON t.id = edge.tail JOIN source ON source.id = edge.source"},
    {OG_SCHEMA_REST, "inferred_edge_text",
     "CREATE VIEW inferred_edge_text(head, relation, tail, via, rule) AS "
     "SELECT h.label, relation.label, t.label, i.via, i.rule "
     "FROM inferred_edge i JOIN entity h ON h.id = i.head "
     "JOIN relation ON relation.id = i.relation JOIN entity t ON t.id = i.tail"},
    {OG_SCHEMA_REST, "annotation_text",
     "CREATE VIEW annotation_text(entity, about, what, predicate, value, source) AS "
     "SELECT e.label, 'name', name.text, p.text, v.text, source.iri "
     "FROM name_annotation a JOIN name ON name.id = a.name JOIN entity e ON e.id = name.entity "
     "JOIN term p ON p.id = a.predicate JOIN term v ON v.id = a.value "
     "JOIN source ON source.id = a.source UNION ALL "
     "SELECT e.label, 'definition', d.text, p.text, v.text, source.iri "
     "FROM definition_annotation a JOIN entity e ON e.id = a.entity "
     "JOIN term d ON d.id = e.definition JOIN term p ON p.id = a.predicate "
     "JOIN term v ON v.id = a.value JOIN source ON source.id = a.source UNION ALL "
     "SELECT h.label, 'edge', relation.label || ' ' || t.label, p.text, v.text, source.iri "
     "FROM edge_annotation a JOIN entity h ON h.id = a.head "
     "JOIN relation ON relation.id = a.relation JOIN entity t ON t.id = a.tail "
     "JOIN term p ON p.id = a.predicate JOIN term v ON v.id = a.value "
     "JOIN source ON source.id = a.source"},
    {OG_SCHEMA_REST, "property_axiom_text",
     "CREATE VIEW property_axiom_text(property, kind, number, position, argument, inverse, source) "
     "AS SELECT p.text, a.kind, a.number, a.position, v.text, a.inverse, source.iri "
     "FROM property_axiom a JOIN term p ON p.id = a.property LEFT JOIN term v ON v.id = a.argument "
     "JOIN source ON source.id = a.source"},
    {OG_SCHEMA_REST, "prediction_text",
     "CREATE VIEW prediction_text(run, text_id, text, label, score, truth, group_name, mention, "
     "entity,"
     " weight) AS SELECT run.name, p.text_id, p.text, p.label, p.score, p.truth, p.group_name, "
     "m.text,"
     " e.label, m.weight "
     "FROM prediction p JOIN run ON run.id = p.run LEFT JOIN mention m ON m.prediction = p.id "
     "LEFT JOIN entity e ON e.id = m.entity"},
};

static const char making[] = "make the tables of";
static const char reading[] = "read";

/* Run SQL that is composed of constants and numbers of ours: PRAGMA and DROP take no bound values.
 */
static OgStatus run(sqlite3 *db, const char *path, OgError *err, const char *format, ...) {
  va_list args;
  va_start(args, format);
  char *sql = sqlite3_vmprintf(format, args);
  va_end(args);
  if (!sql) {
    return og_error_no_memory(err);
  }
  const OgStatus status = og_sqlite_exec(db, sql, making, path, err);
  sqlite3_free(sql);
  return status;
}

OgStatus og_schema_create(sqlite3 *db, unsigned parts, const char *path, OgError *err) {
  for (size_t k = 0; k < OG_COUNT(objects); k++) {
    if (objects[k].part & parts) {
      OG_TRY(og_sqlite_exec(db, objects[k].sql, making, path, err));
    }
  }
  if (parts & OG_SCHEMA_TABLES) {
    OG_TRY(run(db, path, err, "PRAGMA application_id = %d; PRAGMA user_version = %d",
               OG_APPLICATION_ID, OG_SCHEMA_VERSION));
  }
  return OG_OK;
}

OgStatus og_schema_drop_indexes(sqlite3 *db, unsigned parts, const char *path, OgError *err) {
  const unsigned indexes =
      parts & (OG_SCHEMA_INDEX_0 | OG_SCHEMA_INDEX_1 | OG_SCHEMA_INDEX_INFERRED);
  for (size_t k = 0; k < OG_COUNT(objects); k++) {
    if (objects[k].part & indexes) {
      OG_TRY(run(db, path, err, "DROP INDEX IF EXISTS %s", objects[k].name));
    }
  }
  return OG_OK;
}

/* The tables, indexes and views that the file lacks: damage, or another hand. */
static OgStatus check_objects(sqlite3 *db, const char *path, OgError *err) {
  static const char sql[] = "SELECT 1 FROM sqlite_schema WHERE name = ?1";
  sqlite3_stmt *statement = NULL;
  OgStatus status = OG_OK;
  if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) != SQLITE_OK) {
    return og_sqlite_fault(db, reading, path, err);
  }
  for (size_t k = 0; k < OG_COUNT(objects) && status == OG_OK; k++) {
    sqlite3_bind_text(statement, 1, objects[k].name, -1, SQLITE_STATIC);
    const int code = sqlite3_step(statement);
    if (code == SQLITE_DONE) {
      status = og_error_set(err, OG_BAD_STORE,
                            "%s is a graph whose \"%s\" is missing: take a copy from before, or "
                            "import the sources into a new graph",
                            path, objects[k].name);
    } else if (code != SQLITE_ROW) {
      status = og_sqlite_fault(db, reading, path, err);
    }
    sqlite3_reset(statement);
  }
  sqlite3_finalize(statement);
  return status;
}

OgStatus og_schema_check(sqlite3 *db, const char *path, OgError *err) {
  int64_t application = 0;
  int64_t version = 0;
  int64_t objects_there = 0;
  OG_TRY(og_sqlite_number(db, "SELECT count(*) FROM sqlite_schema", reading, path, &objects_there,
                          err));
  OG_TRY(og_sqlite_number(db, "PRAGMA application_id", reading, path, &application, err));
  OG_TRY(og_sqlite_number(db, "PRAGMA user_version", reading, path, &version, err));
  if (application != OG_APPLICATION_ID) {
    return og_error_set(err, OG_BAD_STORE,
                        objects_there == 0
                            ? "%s is an empty database, not a graph: `ontograft import` makes one"
                            : "%s is an SQLite database of another application, not a graph: give "
                              "the path of a graph, or of a new file",
                        path);
  }
  if (version != OG_SCHEMA_VERSION) {
    return og_error_set(err, OG_BAD_STORE,
                        "%s is a graph of schema %lld, and this ontograft reads schema %d: %s",
                        path, (long long)version, OG_SCHEMA_VERSION,
                        version > OG_SCHEMA_VERSION ? "use the newer ontograft that made it"
                                                    : "import the sources into a new graph");
  }
  return check_objects(db, path, err);
}
