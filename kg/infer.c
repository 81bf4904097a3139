#include "kg/infer.h"

#include "core/memory.h"
#include "kg/cursor.h"
#include "kg/entail.h"
#include "kg/graph_hash.h"
#include "kg/prefixes.h"
#include "kg/rules.h"
#include "kg/schema.h"
#include "kg/tuples.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

typedef enum Sql {
  FIND_GRAPH,
  ADD_GRAPH,
  COUNT_GRAPH,
  FORGET_STATEMENTS,
  FORGET_GRAPH,
  FORGET_EDGES,
  COUNT_EDGES,
  COUNT_STATEMENTS,
  ADD_EDGE,
  ADD_STATEMENT,
  ADD_WORD,
  ADD_RELATION,
  GET_SETTING,
  SET_SETTING,
  FORGET_SETTING,
  FIND_EDGE,
  RELATION_LABEL,
  AXIOM,
  NAME,
  SQL_COUNT
} Sql;

static const char *const sql[SQL_COUNT] = {
    [FIND_GRAPH] = "SELECT id FROM source WHERE iri = ?1",
    [ADD_GRAPH] = "INSERT INTO source(iri, path, format, sha256, bytes, title, statements,"
                  " imported_at) VALUES(?1, '', 'inference', ?2, 0, 'what follows by rules', 0,"
                  " strftime('%Y-%m-%dT%H:%M:%SZ', 'now')) RETURNING id",
    [COUNT_GRAPH] = "UPDATE source SET statements = ?2 WHERE id = ?1",
    [FORGET_STATEMENTS] = "DELETE FROM quad WHERE source = ?1",
    [FORGET_GRAPH] = "DELETE FROM source WHERE id = ?1",
    [FORGET_EDGES] = "DELETE FROM inferred_edge",
    [COUNT_EDGES] = "SELECT count(*) FROM inferred_edge",
    [COUNT_STATEMENTS] = "SELECT ifnull(sum(statements), 0) FROM source",
    [ADD_EDGE] = "INSERT INTO inferred_edge(head, relation, tail, via, rule)"
                 " VALUES(?1, ?2, ?3, ?4, ?5)",
    [ADD_STATEMENT] = "INSERT INTO quad(subject, predicate, object, source) VALUES(?1, ?2, ?3, ?4)",
    [ADD_WORD] = "INSERT INTO term(kind, text, hash) VALUES(1, ?1, ?2) RETURNING id",
    [ADD_RELATION] = "INSERT OR IGNORE INTO relation(id, label) VALUES(?1, ?2)",
    [GET_SETTING] = "SELECT value FROM setting WHERE name = 'inference'",
    [SET_SETTING] = "INSERT OR REPLACE INTO setting(name, value) VALUES('inference', ?1)",
    [FORGET_SETTING] = "DELETE FROM setting WHERE name = 'inference'",
    [FIND_EDGE] = "SELECT via FROM edge WHERE head = ?1 AND relation = ?2 AND tail = ?3 UNION ALL "
                  "SELECT via FROM inferred_edge WHERE head = ?1 AND relation = ?2 AND tail = ?3",
    [RELATION_LABEL] = "SELECT label FROM relation WHERE id = ?1",
    [AXIOM] = "SELECT argument, inverse FROM property_axiom "
              "WHERE property = ?1 AND kind = ?2 AND number = ?3 AND argument NOT NULL "
              "ORDER BY position",
    [NAME] = "SELECT coalesce(relation.label, entity.label), text FROM term"
             " LEFT JOIN relation ON relation.id = term.id"
             " LEFT JOIN entity ON entity.id = term.id WHERE term.id = ?1",
};

static const OgSqlTable table = {sql, SQL_COUNT};

/* inferred_edge.via of the senses. */
static const char *const vias[OG_SENSES] = {"statement", "some", "some"};

static const char *const rule_names[OG_INFERENCE_RULES] = {
    [OG_INFER_ASSERTED] = "asserted", [OG_INFER_SCM_SCO] = "scm-sco",
    [OG_INFER_CAX_SCO] = "cax-sco",   [OG_INFER_SCM_SPO] = "scm-spo",
    [OG_INFER_PRP_SPO1] = "prp-spo1", [OG_INFER_PRP_DOM] = "prp-dom",
    [OG_INFER_PRP_RNG] = "prp-rng",   [OG_INFER_SCM_EQC1] = "scm-eqc1",
    [OG_INFER_SCM_EQC2] = "scm-eqc2", [OG_INFER_SCM_EQP1] = "scm-eqp1",
    [OG_INFER_SCM_EQP2] = "scm-eqp2", [OG_INFER_PRP_EQP1] = "prp-eqp1",
    [OG_INFER_PRP_EQP2] = "prp-eqp2", [OG_INFER_PRP_INV1] = "prp-inv1",
    [OG_INFER_PRP_INV2] = "prp-inv2", [OG_INFER_PRP_SYMP] = "prp-symp",
    [OG_INFER_PRP_TRP] = "prp-trp",   [OG_INFER_PRP_SPO2] = "prp-spo2",
    [OG_INFER_EQ_SYM] = "eq-sym",     [OG_INFER_EQ_TRANS] = "eq-trans",
    [OG_INFER_EQ_REP_S] = "eq-rep-s", [OG_INFER_EQ_REP_O] = "eq-rep-o",
};

const char *og_inference_rule_name(OgInferenceRule rule) {
  return rule_names[rule];
}

/* ---- Statements of one row, or none -------------------------------------------------------- */

static OgStatus run(OgStore *store, Sql which, const int64_t *values, int count, OgError *err) {
  OgCursor cursor;
  OG_TRY(og_cursor_open(store, &table, which, &cursor, err));
  for (int k = 0; k < count; k++) {
    og_cursor_bind(&cursor, k + 1, values[k]);
  }
  return og_cursor_run(&cursor, err);
}

/* The first number of the first row; 0 when there is none. */
static OgStatus get(OgCursor *cursor, int64_t *number, OgError *err) {
  OgStatus status = OG_OK;
  *number = og_cursor_next(cursor, &status, err) ? og_cursor_integer(cursor, 0) : 0;
  if (status == OG_OK) {
    status = og_cursor_run(cursor, err); /* to the end: only that completes an insertion */
  }
  og_cursor_close(cursor);
  return status;
}

static OgStatus find_graph(OgStore *store, int64_t *graph, OgError *err) {
  OgCursor cursor;
  OG_TRY(og_cursor_open(store, &table, FIND_GRAPH, &cursor, err));
  og_cursor_bind_text(&cursor, 1, OG_INFERRED_GRAPH, strlen(OG_INFERRED_GRAPH));
  return get(&cursor, graph, err);
}

OgStatus og_infer_is_done(OgStore *store, bool *done, OgError *err) {
  int64_t graph;
  OG_TRY(find_graph(store, &graph, err));
  *done = graph != 0;
  return OG_OK;
}

/* ---- What the graph was told --------------------------------------------------------------- */

/* "owl 10000000", then "skos" and "inherit" where they were asked for */
static OgStatus keep_options(OgStore *store, const OgInferOptions *options, OgError *err) {
  char text[64];
  const int size = snprintf(text, sizeof text, "%s %" PRIu64 "%s%s", options->owl ? "owl" : "rdfs",
                            options->max_edges, options->skos ? " skos" : "",
                            options->inherit ? " inherit" : "");
  OgCursor cursor;
  OG_TRY(og_cursor_open(store, &table, SET_SETTING, &cursor, err));
  og_cursor_bind_text(&cursor, 1, text, (size_t)size);
  return og_cursor_run(&cursor, err);
}

/* *wanted is false when the graph was told nothing. */
static OgStatus read_options(OgStore *store, OgInferOptions *options, bool *wanted, OgError *err) {
  OgCursor cursor;
  OgStatus status = OG_OK;
  *wanted = false;
  *options = (OgInferOptions)OG_INFER_OPTIONS_INIT;
  OG_TRY(og_cursor_open(store, &table, GET_SETTING, &cursor, err));
  if (og_cursor_next(&cursor, &status, err)) {
    const char *text;
    size_t size;
    char rules[8] = "";
    status = og_cursor_text(&cursor, 0, &text, &size, err);
    if (status == OG_OK && text) {
      sscanf(text, "%7s %" SCNu64, rules, &options->max_edges);
      options->owl = strcmp(rules, "rdfs") != 0;
      options->skos = strstr(text, " skos") != NULL;
      options->inherit = strstr(text, " inherit") != NULL;
      *wanted = true;
    }
  }
  og_cursor_close(&cursor);
  return status;
}

/* ---- Removing ------------------------------------------------------------------------------ */

OgStatus og_infer_clear(OgStore *store, OgError *err) {
  int64_t graph;
  OG_TRY(find_graph(store, &graph, err));
  if (graph != 0) {
    OG_TRY(run(store, FORGET_STATEMENTS, &graph, 1, err));
    OG_TRY(run(store, FORGET_GRAPH, &graph, 1, err));
  }
  return run(store, FORGET_EDGES, NULL, 0, err);
}

static OgStatus remove_all(OgStore *store, uint64_t *edges, OgError *err) {
  OgCursor cursor;
  int64_t count;
  OG_TRY(og_cursor_open(store, &table, COUNT_EDGES, &cursor, err));
  OG_TRY(get(&cursor, &count, err));
  OG_TRY(og_infer_clear(store, err));
  OG_TRY(run(store, FORGET_SETTING, NULL, 0, err));
  if (edges) {
    *edges = (uint64_t)count;
  }
  return og_store_commit(store, err);
}

OgStatus og_infer_remove(OgStore *store, uint64_t *edges, OgError *err) {
  OG_TRY(og_store_begin(store, err));
  const OgStatus status = remove_all(store, edges, err);
  og_store_rollback(store);
  return status;
}

/* ---- Storing ------------------------------------------------------------------------------- */

/* A row to store: ends and relation, then 4 rule + sense. In this order the tables are filled
 * fastest. */
typedef struct Row {
  uint32_t head, relation, tail, how;
} Row;

/* A word that the graph lacks becomes a term of it. */
static OgStatus make_word(OgEntailment *e, uint32_t number, OgError *err) {
  const char *iri = og_word_iris[number];
  OgCursor cursor;
  int64_t id;
  OG_TRY(og_cursor_open(e->store, &table, ADD_WORD, &cursor, err));
  og_cursor_bind_text(&cursor, 1, iri, strlen(iri));
  og_cursor_bind(&cursor, 2, og_term_hash(iri, strlen(iri)));
  OG_TRY(get(&cursor, &id, err));
  if (id <= 0 || id >= UINT32_MAX) {
    return og_error_set(err, OG_FAILED, "%s has as many terms as a graph can have",
                        og_store_path(e->store));
  }
  e->relations[number].term = (uint32_t)id;
  return OG_OK;
}

/* A word between entities becomes a relation of the graph. */
static OgStatus make_relation(OgEntailment *e, uint32_t number, OgError *err) {
  const char *iri = og_word_iris[number];
  const OgText label = og_iri_local((OgText){iri, strlen(iri)});
  OgCursor cursor;
  OG_TRY(og_cursor_open(e->store, &table, ADD_RELATION, &cursor, err));
  og_cursor_bind(&cursor, 1, e->relations[number].term);
  og_cursor_bind_text(&cursor, 2, label.data, label.size);
  e->relations[number].is_stored = true;
  return og_cursor_run(&cursor, err);
}

static bool is_edge(const OgEntailment *e, uint32_t head, uint32_t tail) {
  return head < e->limit && tail < e->limit && e->kinds[head] != 0 && e->kinds[tail] != 0;
}

/* Whether a fact is told: it is no loop, no part of a chain, of a relation of the graph. */
static OgStatus is_told(OgEntailment *e, const OgFact *fact, bool *told, OgError *err) {
  const uint32_t number = fact->relation / OG_SENSES;
  OgEntailRelation *relation = &e->relations[number];
  *told = false;
  if (fact->head == fact->tail || relation->is_part ||
      (number >= OG_WORDS && !relation->is_stored)) {
    return OG_OK;
  }
  if (relation->term == 0) {
    OG_TRY(make_word(e, number, err));
  }
  if (!relation->is_stored && is_edge(e, fact->head, fact->tail)) {
    OG_TRY(make_relation(e, number, err));
  }
  *told = true;
  return OG_OK;
}

/* The derived facts that are told, in order; *rows is the caller's. */
static OgStatus list_rows(OgEntailment *e, Row **rows, size_t *count, OgError *err) {
  _Static_assert(sizeof(Row) == 4 * sizeof(uint32_t), "a row is a tuple of four");
  uint32_t fact_count;
  const OgFact *facts = og_reasoner_facts(e->reasoner, &fact_count);
  *count = 0;
  *rows = OG_NEW_ARRAY(Row, fact_count);
  if (!*rows) {
    return og_error_no_memory(err);
  }
  for (uint32_t k = 0; k < fact_count; k++) {
    const OgFact *fact = &facts[k];
    bool told = false;
    OG_TRY(fact->rule == OG_INFER_ASSERTED ? OG_OK : is_told(e, fact, &told, err));
    if (told) {
      (*rows)[(*count)++] =
          (Row){fact->head, e->relations[fact->relation / OG_SENSES].term, fact->tail,
                4 * og_rule_of_fact(fact) + fact->relation % OG_SENSES};
    }
  }
  return og_tuples_sort((uint32_t *)*rows, *count, 4, err);
}

static OgStatus store_edge(OgStore *store, const Row *row, OgError *err) {
  const char *via = vias[row->how % 4], *rule = rule_names[row->how / 4];
  OgCursor cursor;
  OG_TRY(og_cursor_open(store, &table, ADD_EDGE, &cursor, err));
  og_cursor_bind(&cursor, 1, row->head);
  og_cursor_bind(&cursor, 2, row->relation);
  og_cursor_bind(&cursor, 3, row->tail);
  og_cursor_bind_text(&cursor, 4, via, strlen(via));
  og_cursor_bind_text(&cursor, 5, rule, strlen(rule));
  return og_cursor_run(&cursor, err);
}

static OgStatus store_statement(OgStore *store, const Row *row, int64_t graph, OgError *err) {
  OgCursor cursor;
  OG_TRY(og_cursor_open(store, &table, ADD_STATEMENT, &cursor, err));
  og_cursor_bind(&cursor, 1, row->head);
  og_cursor_bind(&cursor, 2, row->relation);
  og_cursor_bind(&cursor, 3, row->tail);
  og_cursor_bind(&cursor, 4, graph);
  return og_cursor_run(&cursor, err);
}

/* The source whose statements these are; its hash is that of the level 1 that they follow from. */
static OgStatus make_graph(OgStore *store, int64_t *graph, OgError *err) {
  char hash[OG_SHA256_HEX_SIZE];
  OgCursor cursor;
  OG_TRY(og_store_graph_hash(store, hash, err));
  OG_TRY(og_cursor_open(store, &table, ADD_GRAPH, &cursor, err));
  og_cursor_bind_text(&cursor, 1, OG_INFERRED_GRAPH, strlen(OG_INFERRED_GRAPH));
  og_cursor_bind_text(&cursor, 2, hash, strlen(hash));
  return get(&cursor, graph, err);
}

/* Indexes that are better made anew than row by row: those of what was inferred, and those of the
 * statements when more come than there are. */
static OgStatus find_slow_indexes(OgStore *store, size_t count, unsigned *parts, OgError *err) {
  OgCursor cursor;
  int64_t statements;
  OG_TRY(og_cursor_open(store, &table, COUNT_STATEMENTS, &cursor, err));
  OG_TRY(get(&cursor, &statements, err));
  *parts = OG_SCHEMA_INDEX_INFERRED | ((int64_t)count > statements ? OG_SCHEMA_INDEX_0 : 0U);
  return OG_OK;
}

static OgStatus store_rows(OgEntailment *e, const Row *rows, size_t count,
                           const OgProgress *progress, OgInferReport *report, OgError *err) {
  enum { REPORT_EVERY = 1 << 16 };
  const char *path = og_store_path(e->store);
  struct sqlite3 *db = og_store_sqlite(e->store);
  int64_t graph;
  unsigned indexes;
  OG_TRY(find_slow_indexes(e->store, count, &indexes, err));
  OG_TRY(make_graph(e->store, &graph, err));
  OG_TRY(og_schema_drop_indexes(db, indexes, path, err));
  for (size_t k = 0; k < count; k++) {
    const Row *row = &rows[k];
    if (k % REPORT_EVERY == 0) {
      OG_TRY(og_progress_report(progress, "storing inferred edges", (double)k, (double)count, "",
                                err));
    }
    if (is_edge(e, row->head, row->tail)) {
      OG_TRY(store_edge(e->store, row, err));
      report->edges++;
      report->by_rule[row->how / 4]++;
    }
    if (row->how % 4 == OG_SENSE_STATEMENT) {
      OG_TRY(store_statement(e->store, row, graph, err));
      report->statements++;
    }
  }
  OG_TRY(og_progress_report(progress, "indexing inferred edges", 0, 0, "", err));
  OG_TRY(og_schema_create(db, indexes, path, err));
  const int64_t counted[] = {graph, (int64_t)report->statements};
  return run(e->store, COUNT_GRAPH, counted, OG_COUNT(counted), err);
}

/* ---- Inferring ----------------------------------------------------------------------------- */

/* --rdfs alone is an advice where rules of OWL made any of the edges. */
static OgStatus too_many(const OgStore *store, const OgInferOptions *options,
                         const OgInferReport *report, OgError *err) {
  uint64_t owl = 0, all = 0;
  for (int rule = 1; rule < OG_INFERENCE_RULES; rule++) {
    all += report->by_rule[rule];
    owl += rule >= OG_INFER_SCM_EQC1 ? report->by_rule[rule] : 0;
  }
  char advice[96] = "";
  if (owl > 0) {
    snprintf(advice, sizeof advice,
             ", or infer with --rdfs alone (rules of OWL made %.0f %% of them so far)",
             100.0 * (double)owl / (double)all);
  }
  return og_error_set(err, OG_FAILED,
                      "more than %" PRIu64 " edges follow from those of %s: allow more with "
                      "--max-edges%s",
                      options->max_edges, og_store_path(store), advice);
}

/* What the rules had made when it was too many. */
static void count_made(const OgReasoner *reasoner, uint32_t given, OgInferReport *report) {
  uint32_t count;
  const OgFact *facts = og_reasoner_facts(reasoner, &count);
  for (uint32_t k = given; k < count; k++) {
    report->by_rule[og_rule_of_fact(&facts[k])]++;
  }
}

/* Inside the caller's transaction. *complete is false when too many edges follow: then none is
 * stored. */
static OgStatus infer(OgStore *store, const OgInferOptions *options, const OgProgress *progress,
                      OgInferReport *report, bool *complete, OgError *err) {
  OgEntailment entailment = {0};
  Row *rows = NULL;
  size_t count;
  uint32_t given;
  OgStatus status;
  *report = (OgInferReport){0};
  OG_GO(og_infer_clear(store, err));
  OG_GO(og_progress_report(progress, "reading edges", 0, 0, "", err));
  OG_GO(og_entailment_load(store, options, &entailment, err));
  og_reasoner_facts(entailment.reasoner, &given);
  report->asserted = entailment.edge_count;
  report->skos = entailment.skos_count;
  report->axioms = entailment.axiom_count;
  OG_GO(og_reasoner_run(entailment.reasoner, NULL, options->max_edges, progress, complete, err));
  report->memory = og_reasoner_memory(entailment.reasoner);
  if (*complete) {
    OG_GO(list_rows(&entailment, &rows, &count, err));
    report->memory += count * sizeof *rows;
    OG_GO(store_rows(&entailment, rows, count, progress, report, err));
  } else {
    count_made(entailment.reasoner, given, report);
  }
done:
  og_free(rows);
  og_entailment_clear(&entailment);
  return status;
}

static OgStatus infer_and_commit(OgStore *store, const OgInferOptions *options,
                                 const OgProgress *progress, OgInferReport *report, OgError *err) {
  bool complete;
  OG_TRY(infer(store, options, progress, report, &complete, err));
  if (!complete) {
    return too_many(store, options, report, err);
  }
  OG_TRY(keep_options(store, options, err));
  /* Statistics for the query planner, from samples. */
  OG_TRY(og_store_exec(store, "PRAGMA analysis_limit = 1000; ANALYZE", "write to", err));
  return og_store_commit(store, err);
}

OgStatus og_infer(OgStore *store, const OgInferOptions *options, const OgProgress *progress,
                  OgInferReport *report, OgError *err) {
  OgInferReport unread;
  OG_TRY(og_store_begin(store, err));
  const OgStatus status =
      infer_and_commit(store, options, progress, report ? report : &unread, err);
  og_store_rollback(store);
  return status;
}

OgStatus og_infer_again(OgStore *store, const OgProgress *progress, OgError *err) {
  OgInferOptions options;
  OgInferReport report;
  bool wanted, complete = true;
  OG_TRY(read_options(store, &options, &wanted, err));
  if (!wanted) {
    return OG_OK;
  }
  OG_TRY(infer(store, &options, progress, &report, &complete, err));
  if (!complete) {
    og_progress_warn(progress,
                     "more than %" PRIu64 " edges follow from the graph now, so none is inferred; "
                     "allow more: ontograft infer %s --max-edges N",
                     options.max_edges, og_store_path(store));
  }
  return OG_OK;
}

/* ---- Explaining ---------------------------------------------------------------------------- */

/* What a proof is made with. */
typedef struct Prover {
  OgEntailment entailment;
  OgRefReader names;
  OgProof *proof;
  const OgFact *facts;
  uint32_t *steps;       /* (goal + 1) 1 + step of each fact that is needed; 0: it is not */
  uint32_t *axiom_steps; /* (axioms + 1) likewise, by 1 + place */
} Prover;

/* The sense in which the graph has this edge; OG_SENSES: it has not. */
static OgStatus find_edge(OgStore *store, const OgEntailment *e, const int64_t edge[3],
                          OgSense *sense, OgError *err) {
  OgCursor cursor;
  OgStatus status = OG_OK;
  *sense = OG_SENSES;
  OG_TRY(og_cursor_open(store, &table, FIND_EDGE, &cursor, err));
  for (int k = 0; k < 3; k++) {
    og_cursor_bind(&cursor, k + 1, edge[k]);
  }
  while (status == OG_OK && *sense != OG_SENSE_STATEMENT && og_cursor_next(&cursor, &status, err)) {
    const char *via;
    size_t size;
    OG_GO(og_cursor_text(&cursor, 0, &via, &size, err));
    const bool statement = strcmp(via, vias[OG_SENSE_STATEMENT]) == 0;
    *sense = statement ? OG_SENSE_STATEMENT
                       : og_sense_of_edge(e, (uint32_t)edge[0], (uint32_t)edge[1], via);
  }
done:
  og_cursor_close(&cursor);
  return status;
}

static OgStatus name_relation(Prover *prover, uint32_t number, const char **label, OgError *err) {
  OgCursor cursor;
  OgStatus status = OG_OK;
  *label = "";
  OG_TRY(og_cursor_open(prover->entailment.store, &table, RELATION_LABEL, &cursor, err));
  og_cursor_bind(&cursor, 1, prover->entailment.relations[number].term);
  if (og_cursor_next(&cursor, &status, err)) {
    status = og_cursor_copy(&cursor, 0, &prover->proof->arena, label, err);
  }
  og_cursor_close(&cursor);
  return status;
}

static OgStatus add_premise(Prover *prover, uint32_t number, OgProofStep *step, size_t *capacity,
                            OgError *err) {
  size_t *premises = og_arena_grow(&prover->proof->arena, step->premises, step->premise_count,
                                   capacity, sizeof *premises);
  if (!premises) {
    return og_error_no_memory(err);
  }
  step->premises = premises;
  premises[step->premise_count++] = number - 1;
  return OG_OK;
}

/* The premises of a fact as steps; a part of a chain stands for its own. */
static OgStatus add_premises(Prover *prover, uint32_t fact, OgProofStep *step, size_t *capacity,
                             OgError *err) {
  for (int k = 0; k < 2; k++) {
    const uint32_t premise = prover->facts[fact].premises[k];
    if (premise == OG_NO_FACT) {
      continue;
    }
    const uint32_t relation = prover->facts[premise].relation / OG_SENSES;
    OG_TRY(prover->entailment.relations[relation].is_part
               ? add_premises(prover, premise, step, capacity, err)
               : add_premise(prover, prover->steps[premise], step, capacity, err));
  }
  return OG_OK;
}

/* What a property or class is called, axioms' ends. */
static OgStatus read_name(Prover *prover, int64_t term, OgEntityRef *ref, OgError *err) {
  OgArena *arena = &prover->proof->arena;
  OgCursor cursor;
  OgStatus status = OG_OK;
  *ref = (OgEntityRef){.id = term, .label = "", .iri = ""};
  OG_TRY(og_cursor_open(prover->entailment.store, &table, NAME, &cursor, err));
  og_cursor_bind(&cursor, 1, term);
  if (og_cursor_next(&cursor, &status, err)) {
    OG_GO(og_cursor_copy(&cursor, 0, arena, &ref->label, err));
    OG_GO(og_cursor_copy(&cursor, 1, arena, &ref->iri, err));
    ref->label = ref->label ? ref->label : ref->iri;
    status = og_prefixes_copy(prover->names.prefixes, ref->iri, arena, &prover->names.scratch,
                              &ref->curie, err);
  }
done:
  og_cursor_close(&cursor);
  return status;
}

/* An axiom's arguments as its tail: "p, inverse of q". */
static OgStatus read_arguments(Prover *prover, const OgEntailAxiom *axiom, OgEntityRef *tail,
                               OgError *err) {
  OgBuffer text = OG_BUFFER_INIT;
  OgCursor cursor;
  OgStatus status;
  size_t count = 0;
  OG_TRY(og_cursor_open(prover->entailment.store, &table, AXIOM, &cursor, err));
  og_cursor_bind(&cursor, 1, axiom->property);
  og_cursor_bind_text(&cursor, 2, axiom->kind, strlen(axiom->kind));
  og_cursor_bind(&cursor, 3, axiom->number);
  OG_GO(og_buffer_text(&text, "", err));
  while (og_cursor_next(&cursor, &status, err)) {
    OG_GO(read_name(prover, og_cursor_integer(&cursor, 0), tail, err));
    OG_GO(og_buffer_format(&text, err, "%s%s%s", count++ ? ", " : "",
                           og_cursor_integer(&cursor, 1) ? "inverse of " : "", tail->label));
  }
  OG_GO(status);
  if (count != 1) {
    *tail = (OgEntityRef){.iri = ""};
  }
  tail->label = og_arena_copy(&prover->proof->arena, text.data, text.size);
  status = tail->label ? OG_OK : og_error_no_memory(err);
done:
  og_cursor_close(&cursor);
  og_buffer_clear(&text);
  return status;
}

static OgStatus add_axiom(Prover *prover, uint32_t place, OgError *err) {
  const OgEntailAxiom *axiom = &prover->entailment.axioms[place - 1];
  OgProofStep *step = &prover->proof->steps[prover->axiom_steps[place] - 1];
  *step = (OgProofStep){.relation = axiom->kind, .axiom = true, .rule = OG_INFER_ASSERTED};
  OG_TRY(read_name(prover, axiom->property, &step->head, err));
  return read_arguments(prover, axiom, &step->tail, err);
}

static OgStatus add_step(Prover *prover, uint32_t fact, OgProofStep *step, OgError *err) {
  const OgFact *is = &prover->facts[fact];
  OgArena *arena = &prover->proof->arena;
  size_t capacity = 0;
  const uint32_t axiom = og_axiom_of_fact(is);
  step->rule = og_rule_of_fact(is);
  step->some = is->relation % OG_SENSES != OG_SENSE_STATEMENT;
  OG_TRY(og_ref_read(&prover->names, is->head, arena, &step->head, err));
  OG_TRY(og_ref_read(&prover->names, is->tail, arena, &step->tail, err));
  OG_TRY(name_relation(prover, is->relation / OG_SENSES, &step->relation, err));
  OG_TRY(add_premises(prover, fact, step, &capacity, err));
  return axiom ? add_premise(prover, prover->axiom_steps[axiom], step, &capacity, err) : OG_OK;
}

/* Premises come before what follows from them: mark what the goal needs from the last fact to the
 * first. */
static void mark_needed(Prover *prover, uint32_t goal) {
  prover->steps[goal] = 1;
  for (uint32_t fact = goal + 1; fact-- > 0;) {
    for (int k = 0; prover->steps[fact] && k < 2; k++) {
      const uint32_t premise = prover->facts[fact].premises[k];
      if (premise != OG_NO_FACT) {
        prover->steps[premise] = 1;
      }
    }
  }
}

/* The steps are those from the first to the last, an axiom before what first follows by it. */
static void number_steps(Prover *prover, uint32_t goal) {
  uint32_t count = 0;
  for (uint32_t k = 0; k <= goal; k++) {
    const OgFact *fact = &prover->facts[k];
    const uint32_t axiom = og_axiom_of_fact(fact);
    if (!prover->steps[k] || prover->entailment.relations[fact->relation / OG_SENSES].is_part) {
      prover->steps[k] = 0;
      continue;
    }
    if (axiom && !prover->axiom_steps[axiom]) {
      prover->axiom_steps[axiom] = ++count;
    }
    prover->steps[k] = ++count;
  }
  prover->proof->count = count;
}

static OgStatus write_proof(Prover *prover, uint32_t goal, OgError *err) {
  OgProof *proof = prover->proof;
  const size_t axioms = prover->entailment.axiom_count;
  prover->steps = OG_NEW_ARRAY(uint32_t, (size_t)goal + 1);
  prover->axiom_steps = OG_NEW_ARRAY(uint32_t, axioms + 1);
  if (!prover->steps || !prover->axiom_steps) {
    return og_error_no_memory(err);
  }
  mark_needed(prover, goal);
  number_steps(prover, goal);
  proof->steps = og_arena_alloc(&proof->arena, proof->count, sizeof *proof->steps);
  if (!proof->steps) {
    return og_error_no_memory(err);
  }
  for (uint32_t place = 1; place <= axioms; place++) {
    OG_TRY(prover->axiom_steps[place] ? add_axiom(prover, place, err) : OG_OK);
  }
  for (uint32_t fact = 0; fact <= goal; fact++) {
    OG_TRY(prover->steps[fact] ? add_step(prover, fact, &proof->steps[prover->steps[fact] - 1], err)
                               : OG_OK);
  }
  return OG_OK;
}

static OgStatus prove(Prover *prover, const int64_t edge[3], const OgInferOptions *options,
                      const OgProgress *progress, OgError *err) {
  OgEntailment *e = &prover->entailment;
  OgSense sense;
  bool complete;
  uint32_t count;
  OG_TRY(find_edge(e->store, e, edge, &sense, err));
  if (sense == OG_SENSES) {
    bool done;
    const char *path = og_store_path(e->store);
    OG_TRY(og_infer_is_done(e->store, &done, err));
    return og_error_set(err, OG_NOT_FOUND, "%s has no such edge, neither asserted nor inferred%s%s",
                        path, done ? "" : "; to infer: ontograft infer ", done ? "" : path);
  }
  const OgFact goal = {.head = (uint32_t)edge[0],
                       .relation = OG_SENSES * (e->numbers[edge[1]] - 1) + sense,
                       .tail = (uint32_t)edge[2]};
  OG_TRY(og_reasoner_run(e->reasoner, &goal, options->max_edges, progress, &complete, err));
  prover->facts = og_reasoner_facts(e->reasoner, &count);
  const uint32_t found = og_reasoner_find(e->reasoner, goal.head, goal.relation, goal.tail);
  if (found == OG_NO_FACT) {
    return og_error_set(err, OG_NOT_FOUND,
                        "the edge does not follow from %s any more; infer anew: ontograft infer %s",
                        og_store_path(e->store), og_store_path(e->store));
  }
  return write_proof(prover, found, err);
}

OgStatus og_infer_explain(OgStore *store, int64_t head, int64_t relation, int64_t tail,
                          const OgProgress *progress, OgProof *proof, OgError *err) {
  const int64_t edge[3] = {head, relation, tail};
  OgProof made = {.arena = OG_ARENA_INIT};
  Prover prover = {.proof = &made};
  OgInferOptions options;
  bool wanted;
  OgStatus status;
  OG_GO(read_options(store, &options, &wanted, err));
  OG_GO(og_ref_reader_init(store, NULL, &prover.names, err));
  OG_GO(og_entailment_load(store, &options, &prover.entailment, err));
  for (int k = 0; k < 3; k++) {
    if (edge[k] <= 0 || edge[k] >= prover.entailment.limit) {
      status = og_error_set(err, OG_NOT_FOUND, "%s has no term #%lld", og_store_path(store),
                            (long long)edge[k]);
      goto done;
    }
  }
  OG_GO(prove(&prover, edge, &options, progress, err));
  *proof = made;
  made = (OgProof){.arena = OG_ARENA_INIT};
done:
  og_free(prover.steps);
  og_free(prover.axiom_steps);
  og_ref_reader_clear(&prover.names);
  og_entailment_clear(&prover.entailment);
  og_proof_clear(&made);
  return status;
}

void og_proof_clear(OgProof *proof) {
  og_arena_clear(&proof->arena);
  *proof = (OgProof){.arena = OG_ARENA_INIT};
}
