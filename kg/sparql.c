#include "kg/sparql.h"

#include "core/hash.h"
#include "core/intern.h"
#include "core/memory.h"
#include "core/vocab.h"
#include "kg/prefixes.h"
#include "kg/sparql_notes.h"
#include "kg/sparql_parse.h"
#include "kg/sparql_results.h"
#include "kg/sparql_sql.h"
#include "kg/sql_functions.h"

#include <inttypes.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum {
  DEFAULT_TEXT_SIZE = 1000000,
  DEFAULT_CELL_SIZE = 64 * 1024 * 1024,
  STEPS_BETWEEN_LOOKS = 4000 /* virtual machine instructions: a fraction of a millisecond */
};

static const double seconds_between_reports = 0.2;

typedef enum Sql { FIND_PREFIX, BEGIN_READ, END_READ, SQL_COUNT } Sql;

static const char *const sql[SQL_COUNT] = {
    [FIND_PREFIX] = "SELECT iri FROM prefix WHERE prefix = ?1 ORDER BY source",
    [BEGIN_READ] = "BEGIN",
    [END_READ] = "ROLLBACK",
};
static const OgSqlTable table = {sql, SQL_COUNT};

/* A query at work. */
typedef struct Run {
  OgStore *store;
  const OgSparqlOptions *options;
  const OgProgress *progress;
  const OgSolutions *solutions;
  OgSqlFunctions *functions;
  OgPrefixes *prefixes; /* loaded when first asked for */
  OgError unresolved;   /* why a prefix could not be looked up */
  OgSparqlQuery query;
  OgSparqlSql compiled;
  sqlite3_stmt *statement;
  OgArena row;     /* texts of one row */
  OgIntern *known; /* hashes of the statements of an answer that is a graph */
  OgBuffer text;   /* of one statement */
  OgQuerySummary summary;
  struct timespec started;
  double reported; /* seconds into the query */
  OgError stopped; /* why the progress handler ended the query; OG_OK when it did not */
  OgError *err;
} Run;

/* ---- Limits ---- */

static double seconds_since(const struct timespec *start) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)(now.tv_sec - start->tv_sec) + 1e-9 * (double)(now.tv_nsec - start->tv_nsec);
}

/* SQLite asks now and then whether to go on: 0 is yes. */
static int look_up(void *data) {
  Run *run = data;
  const double seconds = seconds_since(&run->started);
  const double most = run->options->limits.seconds;
  if (most > 0 && seconds > most) {
    (void)og_error_set(&run->stopped, OG_CANCELLED,
                       "the query takes longer than %g seconds: raise the limit, or ask for less",
                       most);
  } else if (seconds - run->reported >= seconds_between_reports) {
    run->reported = seconds;
    run->stopped.status = og_progress_report(run->progress, "querying", 0, 0, "", &run->stopped);
  }
  return run->stopped.status != OG_OK;
}

static OgStatus check_size(const Run *run, const char *text) {
  const size_t limit = run->options->limits.text_size;
  const size_t most = limit ? limit : DEFAULT_TEXT_SIZE;
  const size_t size = strlen(text);
  return size <= most ? OG_OK
                      : og_error_set(run->err, OG_USAGE,
                                     "the query has %zu bytes, over the limit of %zu", size, most);
}

/* Why SQLite refused to prepare or to step. */
static OgStatus fault(Run *run) {
  sqlite3 *db = og_store_sqlite(run->store);
  if (run->stopped.status != OG_OK) {
    return run->stopped.status; /* guard tells why */
  }
  if (run->functions->fault.status != OG_OK) {
    if (run->err) {
      *run->err = run->functions->fault;
    }
    return run->functions->fault.status;
  }
  const int code = sqlite3_errcode(db) & 0xff;
  if (code == SQLITE_TOOBIG) {
    return og_error_set(run->err, OG_USAGE,
                        "a value that the query makes is over the limit of "
                        "its size");
  }
  if (code == SQLITE_ERROR) {
    return og_error_set(run->err, OG_USAGE,
                        "the query is too large or nests too deeply for SQLite (%s): give parts "
                        "of it names with BIND, or ask in several queries",
                        sqlite3_errmsg(db));
  }
  return og_store_fault(run->store, "query", run->err);
}

/* ---- Preparing ---- */

/* "…/obo/DOID_" for DOID:1612 when the graph has such a term, or `anyway`, else NULL: the OBO
 * Foundry's convention, by which IRIs are shown (kg/prefixes.h). */
static OgStatus find_obo(Run *run, OgText prefix, OgText local, bool anyway,
                         const char **namespace) {
  int64_t id = 0;
  OgBuffer *iri = &run->text;
  OgError *err = &run->unresolved;
  *namespace = NULL;
  og_buffer_reset(iri);
  OG_TRY(og_buffer_format(iri, err, OG_NS_OBO "%.*s_", (int)prefix.size, prefix.data));
  const size_t size = iri->size;
  OG_TRY(og_buffer_append(iri, local.data, local.size, err));
  OG_TRY(og_store_find_iri(run->store, iri->data, iri->size, &id, err));
  if (id || anyway) {
    *namespace = og_arena_copy(&run->query.arena, iri->data, size);
    return *namespace ? OG_OK : og_error_no_memory(err);
  }
  return OG_OK;
}

/* A namespace that sources declare for a prefix, and how many do. */
typedef struct Declared {
  OgText iri;
  size_t sources;
} Declared;

/* Count a declaration. */
static OgStatus declare(Run *run, OgText iri, Declared **items, size_t *count, size_t *capacity) {
  for (size_t k = 0; k < *count; k++) {
    if (og_text_equal((*items)[k].iri, iri)) {
      (*items)[k].sources++;
      return OG_OK;
    }
  }
  Declared *grown = og_arena_grow(&run->query.arena, *items, *count, capacity, sizeof *grown);
  iri.data = og_arena_copy(&run->query.arena, iri.data, iri.size);
  if (!grown || !iri.data) {
    return og_error_no_memory(&run->unresolved);
  }
  *items = grown;
  grown[(*count)++] = (Declared){iri, 1};
  return OG_OK;
}

/* What most sources declare, the first of equals, as in kg/prefixes.c; or NULL. Counted here: a
 * GROUP BY would take a tenth of a short query. */
static OgStatus find_declared(Run *run, OgText prefix, const char **namespace) {
  sqlite3_stmt *row;
  OgError *err = &run->unresolved;
  Declared *items = NULL;
  size_t count = 0;
  size_t capacity = 0;
  OgStatus status = OG_OK;
  int code = SQLITE_DONE;
  *namespace = NULL;
  OG_TRY(og_store_statement(run->store, &table, FIND_PREFIX, &row, err));
  sqlite3_bind_text64(row, 1, prefix.size ? prefix.data : "", prefix.size, SQLITE_STATIC,
                      SQLITE_UTF8);
  while (status == OG_OK && (code = sqlite3_step(row)) == SQLITE_ROW) {
    const char *iri = (const char *)sqlite3_column_text(row, 0);
    status = declare(run, (OgText){iri, (size_t)sqlite3_column_bytes(row, 0)}, &items, &count,
                     &capacity);
  }
  if (status == OG_OK && code != SQLITE_DONE) {
    status = og_store_fault(run->store, "read", err);
  }
  sqlite3_reset(row);
  const Declared *best = items;
  for (size_t k = 1; k < count; k++) {
    best = items[k].sources > best->sources ? &items[k] : best;
  }
  if (status == OG_OK && best) {
    *namespace = best->iri.data;
  }
  return status;
}

/* The namespace of a prefix written exactly so, in the sources or among the usual ones, or NULL:
 * what og_prefixes_exact finds, for one name. */
static OgStatus find_exact(Run *run, OgText prefix, const char **namespace) {
  OgKept *kept = &run->functions->prefixes;
  const OgKeptValue *known = og_kept_find(kept, prefix);
  if (known) {
    *namespace = known->text;
    return OG_OK;
  }
  OG_TRY(find_declared(run, prefix, namespace));
  for (const OgPrefix *usual = og_known_prefixes; usual->prefix && !*namespace; usual++) {
    if (og_text_equal(prefix, (OgText){usual->prefix, strlen(usual->prefix)})) {
      *namespace = usual->iri;
    }
  }
  OgKeptValue found = {.text = *namespace};
  OG_TRY(og_kept_add(kept, prefix, &found, &run->unresolved));
  *namespace = found.text;
  return OG_OK;
}

static bool is_number(OgText text) {
  bool is = text.size > 0;
  for (size_t k = 0; k < text.size; k++) {
    is = is && text.data[k] >= '0' && text.data[k] <= '9';
  }
  return is;
}

/* What differs by case only comes last, and not for numbers: DOID:99999999 is an identifier that
 * the graph lacks, and nothing of the namespace doid:. */
static const char *find_prefix(void *data, OgText prefix, OgText local) {
  Run *run = data;
  const char *namespace;
  if (find_exact(run, prefix, &namespace) != OG_OK || namespace) {
    return namespace;
  }
  if (find_obo(run, prefix, local, false, &namespace) != OG_OK || namespace) {
    return namespace;
  }
  if (!run->prefixes && og_prefixes_load(run->store, &run->prefixes, &run->unresolved) != OG_OK) {
    return NULL;
  }
  namespace = og_prefixes_find(run->prefixes, prefix.data, prefix.size);
  if (namespace && is_number(local) && find_obo(run, prefix, local, true, &namespace) != OG_OK) {
    return NULL;
  }
  return namespace;
}

/* Those of the sources, then the usual ones. */
static const char *suggest_prefix(void *data, size_t k) {
  const Run *run = data;
  return run->prefixes ? og_prefixes_name(run->prefixes, k) : NULL;
}

/* The last values may have no place: the sources of the dataset, in a query that asks for nothing
 * of the graph. */
static OgStatus bind_values(Run *run) {
  const size_t places = (size_t)sqlite3_bind_parameter_count(run->statement);
  for (size_t k = 0; k < run->compiled.value_count && k < places; k++) {
    const OgBoundValue *value = &run->compiled.values[k];
    const int at = (int)k + 1;
    const int code = value->blob.data ? sqlite3_bind_blob64(run->statement, at, value->blob.data,
                                                            value->blob.size, SQLITE_STATIC)
                     : value->text.data
                         ? sqlite3_bind_text64(run->statement, at, value->text.data,
                                               value->text.size, SQLITE_STATIC, SQLITE_UTF8)
                         : sqlite3_bind_int64(run->statement, at, value->id);
    if (code != SQLITE_OK) {
      return fault(run);
    }
  }
  return OG_OK;
}

static OgStatus parse(Run *run, const char *text) {
  const OgSparqlPrefixes known = {find_prefix, suggest_prefix, run};
  OG_TRY(check_size(run, text));
  OG_TRY(og_sql_functions(run->store, &run->functions, run->err));
  const OgStatus status = og_sparql_parse(text, run->options->base, &known, &run->query, run->err);
  if (run->unresolved.status != OG_OK && run->err) {
    *run->err = run->unresolved;
  }
  OG_TRY(run->unresolved.status);
  return status;
}

static OgStatus prepare(Run *run, const char *text) {
  OG_TRY(parse(run, text));
  run->functions->base = run->query.base;
  OG_TRY(og_sparql_compile(&run->query, run->options, &run->functions->reader,
                           (OgCompileWatch){look_up, run}, &run->compiled, run->err));
  if (sqlite3_prepare_v2(og_store_sqlite(run->store), run->compiled.sql, -1, &run->statement,
                         NULL) != SQLITE_OK) {
    return fault(run);
  }
  return bind_values(run);
}

/* ---- Rows ---- */

/* The terms of a row. */
typedef struct Row {
  OgTerm *terms;
  int64_t *ids; /* of those that the graph has, else 0 */
  size_t count;
  uint64_t epoch; /* of what is recalled: then the terms were read */
} Row;

static OgStatus make_row(Run *run, Row *row) {
  row->count = run->compiled.output_count;
  row->terms = og_arena_alloc(&run->query.arena, row->count + 1, sizeof *row->terms);
  row->ids = og_arena_alloc(&run->query.arena, row->count + 1, sizeof *row->ids);
  return row->terms && row->ids ? OG_OK : og_error_no_memory(run->err);
}

/* A computed term; its text is copied to end in a zero byte. */
static OgStatus read_blob(Run *run, int column, OgTerm *term) {
  OgTypedTerm typed;
  const void *blob = sqlite3_column_blob(run->statement, column);
  const size_t size = (size_t)sqlite3_column_bytes(run->statement, column);
  if (!og_term_decode(blob, size, &typed)) {
    return og_error_set(run->err, OG_FAILED, "the query made a value that is no term");
  }
  *term = typed.term;
  term->text.data = og_arena_copy(&run->row, term->text.data, term->text.size);
  return term->text.data ? OG_OK : og_error_no_memory(run->err);
}

/* A term that the statement has joined. */
static OgStatus read_term(Run *run, int column, OgTerm *term) {
  OgTypedTerm typed;
  int64_t blank;
  OG_TRY(og_term_column(&run->functions->reader, run->statement, column, &typed, &blank, run->err));
  *term = typed.term;
  return blank ? og_term_name_blank(blank, &run->row, term, run->err) : OG_OK;
}

static OgStatus read_value(Run *run, const OgOutput *output, int64_t *id, OgTerm *term) {
  const int column = output->value;
  const int64_t next =
      output->is_id || sqlite3_column_type(run->statement, column) == SQLITE_INTEGER
          ? sqlite3_column_int64(run->statement, column)
          : 0;
  if (next != 0 && next == *id) { /* most are those of the row before */
    return OG_OK;
  }
  *id = next;
  if (next != 0) {
    const OgTypedTerm *recalled;
    OG_TRY(og_recall_term(&run->functions->recall, next, &recalled, run->err));
    *term = recalled->term;
    return OG_OK;
  }
  *term = (OgTerm){.kind = OG_UNBOUND};
  return !output->is_id && sqlite3_column_type(run->statement, column) == SQLITE_BLOB
             ? read_blob(run, column, term)
             : OG_OK;
}

static OgStatus read_row(Run *run, Row *row) {
  og_arena_reset(&run->row);
  og_recall_trim(&run->functions->recall);
  if (row->epoch != run->functions->recall.epoch) {
    memset(row->ids, 0, row->count * sizeof *row->ids);
    row->epoch = run->functions->recall.epoch;
  }
  for (size_t k = 0; k < row->count; k++) {
    const OgOutput *output = &run->compiled.outputs[k];
    OgTerm *term = &row->terms[k];
    if (output->term >= 0) {
      OG_TRY(read_term(run, output->term, term));
    }
    if (output->value >= 0 && (output->term < 0 || term->kind == OG_UNBOUND)) {
      OG_TRY(read_value(run, output, &row->ids[k], term));
    }
  }
  return OG_OK;
}

/* Count a row of the answer; false when the limit is reached. */
static bool may_send(Run *run) {
  const uint64_t most = run->options->limits.rows;
  if (most > 0 && run->summary.rows == most) {
    run->summary.truncated = true;
    return false;
  }
  run->summary.rows++;
  return true;
}

/* What becomes of a row of the statement; *more: whether to go on. */
typedef OgStatus (*TakeRow)(Run *run, const OgTerm *terms, bool *more);

static OgStatus take_solution(Run *run, const OgTerm *terms, bool *more) {
  *more = may_send(run);
  return *more ? run->solutions->row(run->solutions->data, terms, run->compiled.output_count,
                                     run->err)
               : OG_OK;
}

/* Send a statement of a graph, unless it has been sent: then its hash is known. */
static OgStatus send_statement(Run *run, const OgTerm terms[3], bool *more) {
  uint32_t id;
  int added;
  if (!run->known) {
    run->known = og_intern_new();
  }
  if (!run->known) {
    return og_error_no_memory(run->err);
  }
  og_buffer_reset(&run->text);
  for (int k = 0; k < 3; k++) {
    OG_TRY(og_sparql_term_text(&terms[k], &run->text, run->err));
    OG_TRY(og_buffer_text(&run->text, " ", run->err));
  }
  const OgHash128 hash = og_hash128(run->text.data, run->text.size);
  OG_TRY(og_intern_add(run->known, &hash, sizeof hash, &id, &added, run->err));
  if (!added) {
    return OG_OK;
  }
  *more = may_send(run);
  return *more ? run->solutions->row(run->solutions->data, terms, 3, run->err) : OG_OK;
}

static OgStatus take_statement(Run *run, const OgTerm *terms, bool *more) {
  return send_statement(run, terms, more);
}

/* A place of a template in a solution: a variable without a name is a new blank node. */
static OgStatus fill_slot(Run *run, const OgSlot *slot, const OgTerm *terms, uint64_t solution,
                          OgTerm *term) {
  if (slot->variable == OG_NO_VARIABLE) {
    *term = slot->term;
    return OG_OK;
  }
  *term = (OgTerm){.kind = OG_UNBOUND};
  for (size_t k = 0; k < run->compiled.output_count; k++) {
    if (run->compiled.outputs[k].variable == slot->variable) {
      *term = terms[k];
      return OG_OK;
    }
  }
  if (!run->query.names[slot->variable]) {
    char label[48];
    const int size = snprintf(label, sizeof label, "c%" PRIu64 "x%d", solution, slot->variable);
    term->kind = OG_BLANK;
    term->text = (OgText){og_arena_copy(&run->row, label, (size_t)size), (size_t)size};
    return term->text.data ? OG_OK : og_error_no_memory(run->err);
  }
  return OG_OK;
}

/* CONSTRUCT (16.2): what would be no statement is left out. */
static OgStatus take_templates(Run *run, const OgTerm *terms, bool *more) {
  const uint64_t solution = ++run->functions->blanks;
  for (size_t k = 0; k < run->query.template_count && *more; k++) {
    const OgTemplate *pattern = &run->query.templates[k];
    OgTerm made[3];
    OG_TRY(fill_slot(run, &pattern->subject, terms, solution, &made[0]));
    OG_TRY(fill_slot(run, &pattern->predicate, terms, solution, &made[1]));
    OG_TRY(fill_slot(run, &pattern->object, terms, solution, &made[2]));
    const bool good = (made[0].kind == OG_IRI || made[0].kind == OG_BLANK) &&
                      made[1].kind == OG_IRI && made[2].kind != OG_UNBOUND;
    OG_TRY(good ? send_statement(run, made, more) : OG_OK);
  }
  return OG_OK;
}

static OgStatus take_answer(Run *run, const OgTerm *terms, bool *more) {
  (void)terms;
  const OgTypedTerm answer = og_typed_literal(
      sqlite3_column_int(run->statement, 0) ? OG_TEXT("true") : OG_TEXT("false"), OG_TYPE_BOOLEAN);
  *more = false;
  run->summary.rows = 1;
  return run->solutions->row(run->solutions->data, &answer.term, 1, run->err);
}

/* ---- Running ---- */

static const TakeRow takers[] = {
    [OG_SPARQL_SELECT] = take_solution,
    [OG_SPARQL_ASK] = take_answer,
    [OG_SPARQL_CONSTRUCT] = take_templates,
    [OG_SPARQL_DESCRIBE] = take_statement,
};

static OgStatus begin(Run *run) {
  static const char *const places[] = {"subject", "predicate", "object"};
  const OgSolutions *to = run->solutions;
  const OgSparqlForm form = run->query.form;
  if (form == OG_SPARQL_ASK) {
    return to->begin(to->data, form, NULL, 0, run->err);
  }
  if (form != OG_SPARQL_SELECT) {
    return to->begin(to->data, form, places, OG_COUNT(places), run->err);
  }
  const size_t count = run->compiled.output_count;
  const char **names = og_arena_alloc(&run->query.arena, count + 1, sizeof *names);
  if (!names) {
    return og_error_no_memory(run->err);
  }
  for (size_t k = 0; k < count; k++) {
    names[k] = run->query.names[run->compiled.outputs[k].variable];
  }
  return to->begin(to->data, form, names, count, run->err);
}

static OgStatus send_rows(Run *run) {
  Row row = {.terms = NULL};
  OG_TRY(make_row(run, &row));
  for (bool more = true; more;) {
    const int code = sqlite3_step(run->statement);
    if (code == SQLITE_DONE) {
      return OG_OK;
    }
    if (code != SQLITE_ROW) {
      return fault(run);
    }
    OG_TRY(read_row(run, &row));
    OG_TRY(takers[run->query.form](run, row.terms, &more));
  }
  return OG_OK;
}

static OgStatus answer(Run *run, const char *text) {
  OG_TRY(prepare(run, text));
  OG_TRY(begin(run));
  return send_rows(run);
}

static void clear(Run *run) {
  sqlite3_finalize(run->statement);
  og_sparql_query_clear(&run->query);
  og_prefixes_free(run->prefixes);
  og_arena_clear(&run->row);
  og_intern_free(run->known);
  og_buffer_clear(&run->text);
}

/* Begin or end a transaction. */
static OgStatus turn(OgStore *store, Sql which, OgError *err) {
  sqlite3_stmt *statement;
  OG_TRY(og_store_statement(store, &table, which, &statement, err));
  const OgStatus status =
      sqlite3_step(statement) == SQLITE_DONE ? OG_OK : og_store_fault(store, "read", err);
  sqlite3_reset(statement);
  return status;
}

/* Run `work` with limits, and on one state of the graph: constants are looked up before the
 * statement runs, and no import may come between. */
static OgStatus guard(Run *run, const char *text, OgStatus (*work)(Run *run, const char *text)) {
  sqlite3 *db = og_store_sqlite(run->store);
  const size_t cell = run->options->limits.cell_size;
  const bool begins = sqlite3_get_autocommit(db) != 0;
  clock_gettime(CLOCK_MONOTONIC, &run->started);
  const int before = sqlite3_limit(db, SQLITE_LIMIT_LENGTH,
                                   cell > 0 && cell < INT32_MAX ? (int)cell : DEFAULT_CELL_SIZE);
  OgStatus status = begins ? turn(run->store, BEGIN_READ, run->err) : OG_OK;
  if (status == OG_OK) {
    sqlite3_progress_handler(db, STEPS_BETWEEN_LOOKS, look_up, run);
    status = work(run, text);
    sqlite3_progress_handler(db, 0, NULL, NULL);
  }
  if (status != OG_OK && run->stopped.status != OG_OK) { /* whatever statement that hit */
    status = run->stopped.status;
    if (run->err) {
      *run->err = run->stopped;
    }
  }
  if (run->functions) {
    og_recall_stop(&run->functions->recall);
  }
  clear(run);
  if (begins && turn(run->store, END_READ, NULL) != OG_OK) { /* nothing was written */
    og_store_rollback(run->store);
  }
  sqlite3_limit(db, SQLITE_LIMIT_LENGTH, before);
  run->summary.seconds = seconds_since(&run->started);
  return status;
}

static const OgSparqlOptions no_options = {.base = NULL};

OgStatus og_query_sparql(OgStore *store, const char *text, const OgSparqlOptions *options,
                         const OgProgress *progress, const OgSolutions *solutions,
                         OgQuerySummary *summary, OgError *err) {
  Run run = {.store = store,
             .options = options ? options : &no_options,
             .progress = progress,
             .solutions = solutions,
             .err = err};
  const OgStatus status = guard(&run, text, answer);
  if (summary) {
    *summary = run.summary;
  }
  return status;
}

/* ---- Explaining ---- */

/* Reports are written into run->text, which parsing has used. */

static OgStatus explain_values(const Run *run, OgBuffer *report) {
  for (size_t k = 0; k < run->compiled.value_count; k++) {
    const OgBoundValue *value = &run->compiled.values[k];
    OG_TRY(og_buffer_format(report, run->err, "  ?%zu = ", k + 1));
    if (value->term.kind == OG_UNBOUND) {
      OG_TRY(og_buffer_format(report, run->err, "%" PRId64 "\n", value->id));
      continue;
    }
    OG_TRY(og_sparql_term_text(&value->term, report, run->err));
    OG_TRY(value->id          ? og_buffer_format(report, run->err, " (%" PRId64 ")\n", value->id)
           : value->text.data ? og_buffer_text(report, " (as text)\n", run->err)
                              : og_buffer_text(report, " (as a value)\n", run->err));
  }
  return OG_OK;
}

/* EXPLAIN QUERY PLAN gives id, parent and text: parents come first. */
static OgStatus explain_plan(Run *run, OgBuffer *report) {
  enum { DEEPEST = 32 };
  int parents[DEEPEST] = {0};
  int depth = 0;
  int code;
  sqlite3_finalize(run->statement);
  run->statement = NULL;
  char *explain = sqlite3_mprintf("EXPLAIN QUERY PLAN %s", run->compiled.sql);
  if (!explain) {
    return og_error_no_memory(run->err);
  }
  code = sqlite3_prepare_v2(og_store_sqlite(run->store), explain, -1, &run->statement, NULL);
  sqlite3_free(explain);
  if (code != SQLITE_OK) {
    return fault(run);
  }
  OG_TRY(bind_values(run));
  while ((code = sqlite3_step(run->statement)) == SQLITE_ROW) {
    const int parent = sqlite3_column_int(run->statement, 1);
    while (depth > 0 && parents[depth] != parent) {
      depth--;
    }
    OG_TRY(og_buffer_format(report, run->err, "  %*s%s\n", depth * 2, "",
                            (const char *)sqlite3_column_text(run->statement, 3)));
    depth += depth + 1 < DEEPEST;
    parents[depth] = sqlite3_column_int(run->statement, 0);
  }
  return code == SQLITE_DONE ? OG_OK : fault(run);
}

static OgStatus explain(Run *run, const char *text) {
  OgBuffer *report = &run->text;
  OG_TRY(prepare(run, text));
  og_buffer_reset(report);
  OG_TRY(og_buffer_text(report, "Algebra\n", run->err));
  OG_TRY(og_algebra_print(&run->query, report, run->err));
  OG_TRY(og_buffer_format(report, run->err, "\nSQL\n%s\n\nValues\n", run->compiled.sql));
  OG_TRY(explain_values(run, report));
  OG_TRY(og_buffer_text(report, "\nPlan\n", run->err));
  OG_TRY(explain_plan(run, report));
  return run->solutions->row(run->solutions->data, NULL, 0, run->err);
}

static OgStatus note(Run *run, const char *text, bool found) {
  OG_TRY(parse(run, text));
  og_buffer_reset(&run->text);
  OG_TRY(run->prefixes ? OG_OK : og_prefixes_load(run->store, &run->prefixes, run->err));
  OG_TRY(og_sparql_note(run->store, run->prefixes, &run->query, found, &run->text, run->err));
  return run->solutions->row(run->solutions->data, NULL, 0, run->err);
}

static OgStatus note_what_was_found(Run *run, const char *text) {
  return note(run, text, true);
}

static OgStatus note_what_was_not_found(Run *run, const char *text) {
  return note(run, text, false);
}

/* Hand the report over before the run is cleared. */
typedef struct Handover {
  Run *run;
  OgBuffer *report;
} Handover;

static OgStatus hand_over(void *data, const OgTerm *terms, size_t count, OgError *err) {
  const Handover *handover = data;
  (void)terms;
  (void)count;
  og_buffer_reset(handover->report);
  return og_buffer_append(handover->report, handover->run->text.data, handover->run->text.size,
                          err);
}

static OgStatus make_report(OgStore *store, const char *text, const OgSparqlOptions *options,
                            OgStatus (*work)(Run *run, const char *text), OgBuffer *report,
                            OgError *err) {
  Run run = {.store = store, .options = options ? options : &no_options, .err = err};
  Handover handover = {&run, report};
  const OgSolutions solutions = {NULL, hand_over, &handover};
  run.solutions = &solutions;
  return guard(&run, text, work);
}

OgStatus og_sparql_explain(OgStore *store, const char *text, const OgSparqlOptions *options,
                           OgBuffer *report, OgError *err) {
  return make_report(store, text, options, explain, report, err);
}

OgStatus og_sparql_notes(OgStore *store, const char *text, const OgSparqlOptions *options,
                         bool found, OgBuffer *notes, OgError *err) {
  return make_report(store, text, options, found ? note_what_was_found : note_what_was_not_found,
                     notes, err);
}

/* ---- Places of faults ---- */

OgStatus og_sparql_excerpt(const char *text, const OgError *at, OgBuffer *excerpt, OgError *err) {
  enum { SHOWN = 100 };
  if (at->line <= 0) {
    return OG_OK;
  }
  for (long line = 1; line < at->line && text; line++) {
    const char *newline = strchr(text, '\n');
    text = newline ? newline + 1 : NULL;
  }
  if (!text) {
    return OG_OK;
  }
  const size_t size = strcspn(text, "\r\n");
  size_t column = at->column > 0 ? (size_t)at->column - 1 : 0;
  column = column < size ? column : size;
  size_t start = column > SHOWN / 2 ? column - SHOWN / 2 : 0;
  while (start > 0 && ((unsigned char)text[start] & 0xC0) == 0x80) {
    start--;
  }
  size_t end = size - start > SHOWN ? start + SHOWN : size;
  while (end < size && ((unsigned char)text[end] & 0xC0) == 0x80) {
    end++;
  }
  OG_TRY(og_buffer_text(excerpt, "    ", err));
  for (size_t k = start; k < end; k++) { /* controls would garble the terminal */
    const char c = (unsigned char)text[k] < ' ' || text[k] == 0x7f ? ' ' : text[k];
    OG_TRY(og_buffer_append(excerpt, &c, 1, err));
  }
  OG_TRY(og_buffer_text(excerpt, "\n    ", err));
  for (size_t k = start; k < column; k++) {
    OG_TRY(((unsigned char)text[k] & 0xC0) == 0x80 ? OG_OK : og_buffer_text(excerpt, " ", err));
  }
  return og_buffer_text(excerpt, "^\n", err);
}
