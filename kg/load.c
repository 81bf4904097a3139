#include "kg/load.h"

#include "core/arena.h"
#include "core/buffer.h"
#include "core/intern.h"
#include "core/memory.h"
#include "core/spill.h"
#include "kg/cursor.h"
#include "kg/fill.h"
#include "kg/fresh.h"
#include "kg/infer.h"
#include "kg/rules.h"
#include "kg/schema.h"
#include "kg/sources.h"
#include "kg/terms.h"
#include "kg/tuples.h"

#include <assert.h>
#include <sqlite3.h>
#include <string.h>
#include <time.h>

/* One import, from parser to file:
 *
 * - The sink numbers terms in order of first sight (kg/terms.h) and keeps statements as four
 * numbers.
 * - The commit turns numbers into term.id, sorts the statements and makes them distinct, stores
 * them, and derives level 1 (kg/interpret.h).
 *
 * A new graph is built in a file of its own, without a journal and without waiting for the disk,
 * its terms and statements in bulk (kg/fill.h); fresh.c puts it into place. An import into a graph
 * that exists is one transaction on it, open from og_loader_open on, so that a second importer
 * hears at once that it has to wait; new terms are appended in order of id, statements inserted in
 * order of their primary key.
 *
 * IRIs are never removed from term, so that their ids, which levels 2 and 3 keep, mean the same for
 * ever. Blank nodes and literals that no statement has any more go when a source is imported again.
 */

/* A source as given. Texts lie in OgLoader.texts. */
typedef struct Source {
  const char *iri, *path, *format, *sha256;
  uint64_t bytes;
  uint64_t statements; /* distinct ones, once they are stored */
  bool ended;
  int64_t id; /* source.id, once it is stored */
} Source;

typedef struct Prefix {
  uint32_t source; /* index of sources */
  OgText prefix, iri;
} Prefix;

/* What there was before a source. */
typedef struct Mark {
  OgTermsMark terms;
  size_t statements, prefixes;
  uint32_t prefix_keys;
} Mark;

struct OgLoader {
  const OgProgress *progress;
  OgStore *store;
  bool is_new;
  bool statements_only, refuse_twins;
  OgFresh fresh; /* of a new graph */
  OgTerms *terms;
  /* (count) subject, predicate, object: numbers of terms; source: index of sources. Ids from
   * og_loader_commit on. */
  OgStatement *statements;
  size_t count, capacity;
  uint32_t *ids; /* (terms) term.id of each number, while committing */
  uint64_t duplicates;
  size_t views; /* terms that interpretation has looked at */
  Source *sources;
  size_t source_count, source_capacity;
  Mark begun; /* before the last of them */
  Prefix *prefixes;
  size_t prefix_count, prefix_capacity;
  OgIntern *prefix_keys; /* source and prefix, to take the first of each */
  OgBuffer key;
  OgArena texts;
};

enum {
  FIRST_STATEMENTS = 1024,
  REPORT_EVERY = 1 << 14,
  STEPS_A_STATEMENT = 16, /* of looking at terms, each of which lies in three places */
  PAGES_A_STATEMENT = 8,  /* when it gets the ids of its terms, which lie anywhere */
  WRITING_CACHE = 128 << 20,
  BEGIN_WAIT_MS = 2000,
  COMMIT_WAIT_MS = 60000
};

typedef enum Sql {
  FIND_TERMS,
  LAST_TERM,
  ADD_TERM,
  ADD_QUAD,
  ADD_SOURCE,
  COUNT_SOURCE,
  ADD_PREFIX,
  FORGET_PREFIXES,
  NOTE_TERMS,
  FORGET_QUADS,
  FORGET_TERMS,
  FORGET_SOURCE,
  COUNT_QUADS,
  SQL_COUNT
} Sql;

static const char *const sql[SQL_COUNT] = {
    [FIND_TERMS] = "SELECT id, kind, text, datatype, language FROM term WHERE hash = ?1",
    [LAST_TERM] = "SELECT max(id) FROM term",
    [ADD_TERM] = "INSERT INTO term(id, kind, text, datatype, language, hash) "
                 "VALUES(?1, ?2, ?3, ?4, ?5, ?6)",
    [ADD_QUAD] = "INSERT INTO quad(subject, predicate, object, source) VALUES(?1, ?2, ?3, ?4)",
    [ADD_SOURCE] = "INSERT INTO source(iri, path, format, sha256, bytes, statements, imported_at) "
                   "VALUES(?1, ?2, ?3, ?4, ?5, 0, ?6) ON CONFLICT(iri) DO UPDATE SET "
                   "path = excluded.path, format = excluded.format, sha256 = excluded.sha256, "
                   "bytes = excluded.bytes, imported_at = excluded.imported_at RETURNING id",
    [COUNT_SOURCE] = "UPDATE source SET statements = ?2 WHERE id = ?1",
    [ADD_PREFIX] = "INSERT INTO prefix(source, prefix, iri) VALUES(?1, ?2, ?3)",
    [FORGET_PREFIXES] = "DELETE FROM prefix WHERE source = ?1",
    [NOTE_TERMS] = "INSERT OR IGNORE INTO temp.loose(id) SELECT subject FROM quad "
                   "WHERE source = ?1 UNION SELECT object FROM quad WHERE source = ?1",
    [FORGET_QUADS] = "DELETE FROM quad WHERE source = ?1",
    [FORGET_TERMS] = "DELETE FROM term WHERE kind <> 1 AND id IN (SELECT id FROM temp.loose) "
                     "AND NOT EXISTS(SELECT 1 FROM quad WHERE object = term.id) "
                     "AND NOT EXISTS(SELECT 1 FROM quad WHERE subject = term.id)",
    [FORGET_SOURCE] = "DELETE FROM source WHERE id = ?1",
    [COUNT_QUADS] = "SELECT sum(statements) FROM source",
};

static const OgSqlTable table = {sql, SQL_COUNT};

static const char writing[] = "write to";

/* ---- Taking statements ---- */

static OgStatus keep_statement(void *data, const OgTerm *subject, const OgTerm *predicate,
                               const OgTerm *object, OgError *err) {
  OgLoader *loader = data;
  assert(loader->source_count > 0);
  if (loader->count == loader->capacity) {
    const size_t capacity = loader->capacity ? loader->capacity * 2 : FIRST_STATEMENTS;
    OgStatement *grown = og_realloc(loader->statements, capacity, sizeof *grown);
    if (!grown) {
      return og_error_no_memory(err);
    }
    loader->statements = grown;
    loader->capacity = capacity;
  }
  og_spill_step(STEPS_A_STATEMENT * loader->count);
  OgStatement *statement = &loader->statements[loader->count];
  statement->source = (uint32_t)loader->source_count - 1;
  OG_TRY(og_terms_add(loader->terms, subject, &statement->subject, err));
  OG_TRY(og_terms_add(loader->terms, predicate, &statement->predicate, err));
  OG_TRY(og_terms_add(loader->terms, object, &statement->object, err));
  loader->count++;
  return OG_OK;
}

/* Keep the first namespace that a source gives to a prefix: it is mostly that of the root element.
 */
static OgStatus keep_prefix(void *data, OgText prefix, OgText iri, OgError *err) {
  OgLoader *loader = data;
  const uint32_t source = (uint32_t)loader->source_count - 1;
  uint32_t number;
  int added;
  og_buffer_reset(&loader->key);
  OG_TRY(og_buffer_append(&loader->key, &source, sizeof source, err));
  OG_TRY(og_buffer_append(&loader->key, prefix.data, prefix.size, err));
  OG_TRY(
      og_intern_add(loader->prefix_keys, loader->key.data, loader->key.size, &number, &added, err));
  if (!added) {
    return OG_OK;
  }
  if (loader->prefix_count == loader->prefix_capacity) {
    const size_t capacity = loader->prefix_capacity ? loader->prefix_capacity * 2 : 16;
    Prefix *grown = og_realloc(loader->prefixes, capacity, sizeof *grown);
    if (!grown) {
      return og_error_no_memory(err);
    }
    loader->prefixes = grown;
    loader->prefix_capacity = capacity;
  }
  const Prefix kept = {source,
                       {og_arena_copy(&loader->texts, prefix.data, prefix.size), prefix.size},
                       {og_arena_copy(&loader->texts, iri.data, iri.size), iri.size}};
  if (!kept.prefix.data || !kept.iri.data) {
    return og_error_no_memory(err);
  }
  loader->prefixes[loader->prefix_count++] = kept;
  return OG_OK;
}

OgSink og_loader_sink(OgLoader *loader) {
  return (OgSink){keep_statement, keep_prefix, NULL, loader};
}

static const char *keep_text(OgLoader *loader, const char *text) {
  return og_arena_copy(&loader->texts, text, strlen(text));
}

/* Forget the last source when it was not ended. */
static void drop_unended(OgLoader *loader) {
  if (loader->source_count == 0 || loader->sources[loader->source_count - 1].ended) {
    return;
  }
  og_terms_forget(loader->terms, loader->begun.terms);
  og_intern_truncate(loader->prefix_keys, loader->begun.prefix_keys);
  loader->count = loader->begun.statements;
  loader->prefix_count = loader->begun.prefixes;
  loader->source_count--;
}

OgStatus og_loader_begin_source(OgLoader *loader, const OgSourceInfo *info, OgError *err) {
  drop_unended(loader);
  if (strcmp(info->iri, OG_INFERRED_GRAPH) == 0) {
    return og_error_set(err, OG_BAD_DATA,
                        "%s cannot be <%s>: that is the name of what infer finds; give another "
                        "--base",
                        info->path, info->iri);
  }
  if (loader->source_count == loader->source_capacity) {
    const size_t capacity = loader->source_capacity ? loader->source_capacity * 2 : 8;
    Source *grown = og_realloc(loader->sources, capacity, sizeof *grown);
    if (!grown) {
      return og_error_no_memory(err);
    }
    loader->sources = grown;
    loader->source_capacity = capacity;
  }
  const Source source = {.iri = keep_text(loader, info->iri),
                         .path = keep_text(loader, info->path),
                         .format = keep_text(loader, info->format)};
  if (!source.iri || !source.path || !source.format) {
    return og_error_no_memory(err);
  }
  loader->begun = (Mark){og_terms_mark(loader->terms), loader->count, loader->prefix_count,
                         og_intern_count(loader->prefix_keys)};
  OG_TRY(og_terms_new_scope(loader->terms, err));
  loader->sources[loader->source_count++] = source;
  return OG_OK;
}

OgStatus og_loader_end_source(OgLoader *loader, const char *sha256, uint64_t bytes, OgError *err) {
  assert(loader->source_count > 0);
  Source *source = &loader->sources[loader->source_count - 1];
  source->sha256 = keep_text(loader, sha256);
  source->bytes = bytes;
  if (!source->sha256) {
    return og_error_no_memory(err);
  }
  for (size_t k = 0; k + 1 < loader->source_count; k++) {
    if (loader->sources[k].ended && strcmp(loader->sources[k].iri, source->iri) == 0) {
      loader->sources[k].ended = false;
      og_progress_warn(loader->progress, "%s and %s are the same source, %s: the latter counts",
                       loader->sources[k].path, source->path, source->iri);
    }
  }
  source->ended = true;
  return OG_OK;
}

/* ---- Storing them ---- */

/* Step a statement that gives no row. */
static OgStatus step(OgLoader *loader, sqlite3_stmt *statement, OgError *err) {
  const int code = sqlite3_step(statement);
  sqlite3_reset(statement);
  return code == SQLITE_DONE ? OG_OK : og_store_fault(loader->store, writing, err);
}

/* Run a statement whose values are at most two numbers. */
static OgStatus run(OgLoader *loader, Sql which, int64_t first, int64_t second, OgError *err) {
  sqlite3_stmt *statement;
  OG_TRY(og_store_statement(loader->store, &table, which, &statement, err));
  const int values = sqlite3_bind_parameter_count(statement);
  if (values > 0) {
    sqlite3_bind_int64(statement, 1, first);
  }
  if (values > 1) {
    sqlite3_bind_int64(statement, 2, second);
  }
  return step(loader, statement, err);
}

static OgStatus get_number(OgLoader *loader, Sql which, int64_t *number, OgError *err) {
  sqlite3_stmt *statement;
  OG_TRY(og_store_statement(loader->store, &table, which, &statement, err));
  const int code = sqlite3_step(statement);
  *number = code == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : 0;
  const OgStatus status = code == SQLITE_ROW ? OG_OK : og_store_fault(loader->store, "read", err);
  sqlite3_reset(statement);
  return status;
}

/* Every so often: how far the stage is, and whether to go on. */
static OgStatus report(const OgLoader *loader, const char *stage, size_t done, size_t total,
                       OgError *err) {
  if (done % REPORT_EVERY != 0) {
    return OG_OK;
  }
  return og_progress_report(loader->progress, stage, (double)done, (double)total, "", err);
}

static bool column_is(sqlite3_stmt *row, int column, OgText text) {
  const void *bytes = sqlite3_column_blob(row, column);
  return (size_t)sqlite3_column_bytes(row, column) == text.size &&
         (text.size == 0 || (bytes && memcmp(bytes, text.data, text.size) == 0));
}

/* The id that a term has in the graph; 0 when it has none. Its datatype must have one already. */
static OgStatus find_term(OgLoader *loader, const OgTermRecord *term, uint32_t *id, OgError *err) {
  sqlite3_stmt *row;
  int code;
  *id = 0;
  OG_TRY(og_store_statement(loader->store, &table, FIND_TERMS, &row, err));
  sqlite3_bind_int64(row, 1, og_term_hash(term->text.data, term->text.size));
  const int64_t datatype = term->datatype == OG_TERM_NONE ? 0 : loader->ids[term->datatype];
  while ((code = sqlite3_step(row)) == SQLITE_ROW) {
    if (sqlite3_column_int(row, 1) == (int)term->kind && column_is(row, 2, term->text) &&
        sqlite3_column_int64(row, 3) == datatype && column_is(row, 4, term->language)) {
      *id = (uint32_t)sqlite3_column_int64(row, 0);
      break;
    }
  }
  const OgStatus status = code == SQLITE_ROW || code == SQLITE_DONE
                              ? OG_OK
                              : og_store_fault(loader->store, "read", err);
  sqlite3_reset(row);
  return status;
}

/* Fill ids; new terms get those from *first on. */
static OgStatus number_terms(OgLoader *loader, uint32_t *first, OgError *err) {
  const uint32_t count = og_terms_count(loader->terms);
  int64_t last;
  OG_TRY(get_number(loader, LAST_TERM, &last, err));
  if (last + count >= UINT32_MAX) {
    return og_error_set(err, OG_FAILED, "%s would have over %u terms, the limit: use two graphs",
                        og_store_path(loader->store), UINT32_MAX - 1);
  }
  loader->ids = og_realloc(NULL, count, sizeof *loader->ids);
  if (!loader->ids) {
    return og_error_no_memory(err);
  }
  *first = (uint32_t)last + 1;
  uint32_t next = *first;
  for (uint32_t k = 0; k < count; k++) {
    OgTermRecord term;
    og_spill_step(k);
    og_terms_get(loader->terms, k, &term);
    loader->ids[k] = 0;
    if (!loader->is_new && term.kind != OG_BLANK) {
      OG_TRY(report(loader, "comparing terms", k, count, err));
      OG_TRY(find_term(loader, &term, &loader->ids[k], err));
    }
    if (loader->ids[k] == 0) {
      loader->ids[k] = next++;
    }
  }
  return OG_OK;
}

static OgStatus add_term(OgLoader *loader, sqlite3_stmt *row, uint32_t number, OgError *err) {
  OgTermRecord term;
  og_terms_get(loader->terms, number, &term);
  sqlite3_bind_int64(row, 1, loader->ids[number]);
  sqlite3_bind_int(row, 2, (int)term.kind);
  if (sqlite3_bind_text64(row, 3, term.text.data, term.text.size, SQLITE_STATIC, SQLITE_UTF8) !=
      SQLITE_OK) {
    return og_store_fault(loader->store, writing, err);
  }
  if (term.datatype == OG_TERM_NONE) {
    sqlite3_bind_null(row, 4);
  } else {
    sqlite3_bind_int64(row, 4, loader->ids[term.datatype]);
  }
  if (term.language.size == 0) {
    sqlite3_bind_null(row, 5);
  } else {
    sqlite3_bind_text64(row, 5, term.language.data, term.language.size, SQLITE_STATIC, SQLITE_UTF8);
  }
  if (term.kind == OG_BLANK) {
    sqlite3_bind_null(row, 6);
  } else {
    sqlite3_bind_int64(row, 6, og_term_hash(term.text.data, term.text.size));
  }
  return step(loader, row, err);
}

/* Append the terms whose ids are `first` or above. */
static OgStatus add_terms(OgLoader *loader, uint32_t first, OgError *err) {
  const uint32_t count = og_terms_count(loader->terms);
  sqlite3_stmt *row;
  OG_TRY(og_store_statement(loader->store, &table, ADD_TERM, &row, err));
  for (uint32_t k = 0; k < count; k++) {
    if (loader->ids[k] >= first) {
      OG_TRY(report(loader, "storing terms", k, count, err));
      OG_TRY(add_term(loader, row, k, err));
    }
  }
  return OG_OK;
}

static OgStatus add_source(OgLoader *loader, Source *source, OgError *err) {
  char now[32];
  struct tm utc;
  const time_t seconds = time(NULL);
  strftime(now, sizeof now, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&seconds, &utc));
  sqlite3_stmt *row;
  OG_TRY(og_store_statement(loader->store, &table, ADD_SOURCE, &row, err));
  const char *const texts[] = {source->iri, source->path, source->format, source->sha256};
  for (int k = 0; k < (int)OG_COUNT(texts); k++) {
    sqlite3_bind_text(row, k + 1, texts[k], -1, SQLITE_STATIC);
  }
  sqlite3_bind_int64(row, 5, (int64_t)source->bytes);
  sqlite3_bind_text(row, 6, now, -1, SQLITE_STATIC);
  const int code = sqlite3_step(row);
  source->id = code == SQLITE_ROW ? sqlite3_column_int64(row, 0) : 0;
  const OgStatus status = code == SQLITE_ROW ? OG_OK : og_store_fault(loader->store, writing, err);
  sqlite3_reset(row);
  return status;
}

/* Forget what a source of an old graph says; terms that nothing says any more go at the end. */
static OgStatus forget_source(OgLoader *loader, int64_t id, OgError *err) {
  OG_TRY(run(loader, NOTE_TERMS, id, 0, err));
  OG_TRY(run(loader, FORGET_QUADS, id, 0, err));
  return run(loader, FORGET_PREFIXES, id, 0, err);
}

/* Store the sources, whose ids statements bear, and forget what they said before. */
static OgStatus add_sources(OgLoader *loader, OgError *err) {
  for (size_t k = 0; k < loader->source_count; k++) {
    Source *source = &loader->sources[k];
    if (source->ended) {
      OG_TRY(add_source(loader, source, err));
      OG_TRY(loader->is_new ? OG_OK : forget_source(loader, source->id, err));
    }
  }
  return OG_OK;
}

OgStatus og_loader_forget(OgLoader *loader, const char *pattern, size_t *count, OgError *err) {
  OgSourceRows rows;
  *count = 0;
  if (loader->is_new) {
    return og_sources_none(pattern, err);
  }
  OG_TRY(og_sources_find(loader->store, pattern, &loader->texts, &rows, err));
  for (size_t k = 0; k < rows.count; k++) {
    OG_TRY(forget_source(loader, rows.items[k].id, err));
    OG_TRY(run(loader, FORGET_SOURCE, rows.items[k].id, 0, err));
  }
  *count = rows.count;
  return OG_OK;
}

static OgStatus add_prefixes(OgLoader *loader, OgError *err) {
  sqlite3_stmt *row;
  OG_TRY(og_store_statement(loader->store, &table, ADD_PREFIX, &row, err));
  for (size_t k = 0; k < loader->prefix_count; k++) {
    const Prefix *prefix = &loader->prefixes[k];
    const Source *source = &loader->sources[prefix->source];
    if (source->ended) {
      sqlite3_bind_int64(row, 1, source->id);
      sqlite3_bind_text64(row, 2, prefix->prefix.data, prefix->prefix.size, SQLITE_STATIC,
                          SQLITE_UTF8);
      sqlite3_bind_text64(row, 3, prefix->iri.data, prefix->iri.size, SQLITE_STATIC, SQLITE_UTF8);
      OG_TRY(step(loader, row, err));
    }
  }
  return OG_OK;
}

/* Give the statements their ids, leave out those of forgotten sources and duplicates, and put them
 * in order. */
static OgStatus order_statements(OgLoader *loader, OgError *err) {
  _Static_assert(sizeof(OgStatement) == 4 * sizeof(uint32_t), "a statement is a tuple of four");
  size_t kept = 0;
  for (size_t k = 0; k < loader->count; k++) {
    const OgStatement from = loader->statements[k];
    og_spill_step(PAGES_A_STATEMENT * k);
    if (loader->sources[from.source].ended) {
      loader->statements[kept++] =
          (OgStatement){loader->ids[from.subject], loader->ids[from.predicate],
                        loader->ids[from.object], from.source};
    }
  }
  OG_TRY(og_tuples_sort((uint32_t *)loader->statements, kept, 4, err));
  loader->count = og_tuples_unique((uint32_t *)loader->statements, kept, 4);
  loader->duplicates = kept - loader->count;
  for (size_t k = 0; k < loader->count; k++) {
    OgStatement *statement = &loader->statements[k];
    og_spill_step(k);
    Source *source = &loader->sources[statement->source];
    source->statements++;
    statement->source = (uint32_t)source->id;
  }
  return OG_OK;
}

static OgStatus add_quads(OgLoader *loader, OgError *err) {
  sqlite3_stmt *row;
  OG_TRY(og_store_statement(loader->store, &table, ADD_QUAD, &row, err));
  for (size_t k = 0; k < loader->count; k++) {
    const OgStatement *statement = &loader->statements[k];
    OG_TRY(report(loader, "storing statements", k, loader->count, err));
    sqlite3_bind_int64(row, 1, statement->subject);
    sqlite3_bind_int64(row, 2, statement->predicate);
    sqlite3_bind_int64(row, 3, statement->object);
    sqlite3_bind_int64(row, 4, statement->source);
    OG_TRY(step(loader, row, err));
  }
  return OG_OK;
}

/* source.statements, of those that were imported now. */
static OgStatus count_statements(OgLoader *loader, OgError *err) {
  for (size_t k = 0; k < loader->source_count; k++) {
    const Source *source = &loader->sources[k];
    if (source->ended) {
      OG_TRY(run(loader, COUNT_SOURCE, source->id, (int64_t)source->statements, err));
    }
  }
  return OG_OK;
}

/* ---- Level 0 in memory, for the first interpretation ---- */

/* In a new graph ids count from 1 in the order of the terms' numbers. */
static OgStatus view_term(void *data, uint32_t id, OgTermView *view, OgError *err) {
  (void)err;
  OgLoader *loader = data;
  OgTermRecord term;
  og_spill_step(STEPS_A_STATEMENT * loader->views++);
  og_terms_get(loader->terms, id - 1, &term);
  *view = (OgTermView){term.text, term.language};
  return OG_OK;
}

static OgStatus interpret_new(OgLoader *loader, OgInterpretation *result, OgError *err) {
  const uint32_t limit = og_terms_count(loader->terms) + 1;
  uint8_t *kinds = OG_NEW_ARRAY(uint8_t, limit);
  if (!kinds) {
    return og_error_no_memory(err);
  }
  for (uint32_t id = 1; id < limit; id++) {
    OgTermRecord term;
    og_spill_step(id);
    og_terms_get(loader->terms, id - 1, &term);
    kinds[id] = (uint8_t)term.kind;
  }
  const OgLevel0 level0 = {loader->statements, loader->count, kinds, limit, view_term, loader};
  const OgStatus status =
      og_interpret_level0(loader->store, &level0, loader->progress, result, err);
  og_free(kinds);
  return status;
}

static void forget_statements(OgLoader *loader) {
  og_terms_free(loader->terms);
  og_free(loader->statements);
  og_free(loader->ids);
  loader->terms = NULL;
  loader->statements = NULL;
  loader->ids = NULL;
}

/* ---- The whole ---- */

/* Indexes are made anew when more comes in than there is: sorting once beats inserting at random.
 */
static OgStatus is_bulk(OgLoader *loader, bool *bulk, OgError *err) {
  int64_t before;
  OG_TRY(get_number(loader, COUNT_QUADS, &before, err));
  *bulk = (int64_t)loader->count > before;
  return OG_OK;
}

/* A graph of its own, seen by nobody. */
static OgStatus open_new(OgLoader *loader, OgError *err) {
  OG_TRY(og_store_open(loader->fresh.beside, OG_STORE_BUILD, &loader->store, err));
  return og_store_begin(loader->store, err);
}

/* What is said of the sources, once their statements are counted. */
static OgStatus describe_sources(OgLoader *loader, OgError *err) {
  OG_TRY(add_prefixes(loader, err));
  return count_statements(loader, err);
}

/* Into a graph of its own: what is small by SQL, then terms and statements in bulk, while no handle
 * has the file open. */
static OgStatus store_new(OgLoader *loader, OgError *err) {
  uint32_t first;
  OG_TRY(number_terms(loader, &first, err));
  OG_TRY(add_sources(loader, err));
  OG_TRY(order_statements(loader, err));
  OG_TRY(describe_sources(loader, err));
  OG_TRY(og_store_commit(loader->store, err));
  og_store_close(loader->store);
  loader->store = NULL;
  OG_TRY(og_fill_level0(loader->fresh.beside, loader->terms, loader->statements, loader->count,
                        loader->progress, err));
  return open_new(loader, err);
}

static OgStatus store_existing(OgLoader *loader, OgError *err) {
  OG_TRY(og_infer_clear(loader->store, err));
  uint32_t first;
  bool bulk;
  const char *path = og_store_path(loader->store);
  sqlite3 *db = og_store_sqlite(loader->store);
  OG_TRY(is_bulk(loader, &bulk, err));
  OG_TRY(number_terms(loader, &first, err));
  OG_TRY(add_sources(loader, err));
  if (bulk) {
    OG_TRY(og_schema_drop_indexes(db, OG_SCHEMA_INDEX_0, path, err));
  }
  OG_TRY(add_terms(loader, first, err));
  OG_TRY(order_statements(loader, err));
  OG_TRY(add_quads(loader, err));
  OG_TRY(describe_sources(loader, err));
  if (bulk) {
    OG_TRY(og_progress_report(loader->progress, "indexing statements", 0, 0, "", err));
    OG_TRY(og_schema_create(db, OG_SCHEMA_INDEX_0, path, err));
  }
  return run(loader, FORGET_TERMS, 0, 0, err);
}

static OgStatus publish(OgLoader *loader, OgError *err) {
  OG_TRY(og_store_commit(loader->store, err));
  if (!loader->is_new) {
    return OG_OK;
  }
  og_store_close(loader->store);
  loader->store = NULL;
  return og_fresh_publish(&loader->fresh, err);
}

/* Level 1, from memory or from the file. */
static OgStatus derive(OgLoader *loader, OgInterpretation *graph, OgError *err) {
  if (loader->statements_only) {
    return loader->is_new ? OG_OK : og_interpretation_clear(loader->store, err);
  }
  if (loader->is_new) {
    OG_TRY(interpret_new(loader, graph, err));
    forget_statements(loader);
    return og_interpret_index(loader->store, loader->progress, err);
  }
  forget_statements(loader);
  OG_TRY(og_interpret(loader->store, loader->progress, graph, err));
  return og_infer_again(loader->store, loader->progress, err);
}

OgStatus og_loader_prefer_languages(OgLoader *loader, const char *languages, OgError *err) {
  return og_interpretation_prefer(loader->store, languages, err);
}

void og_loader_keep_statements_only(OgLoader *loader) {
  loader->statements_only = true;
}

void og_loader_refuse_twins(OgLoader *loader) {
  loader->refuse_twins = true;
}

/* Which sources the graph now holds twice. */
static OgStatus find_twins(OgLoader *loader, OgSourceTwins *twins, OgError *err) {
  int64_t *imported = OG_NEW_ARRAY(int64_t, loader->source_count);
  size_t count = 0;
  if (!imported) {
    return og_error_no_memory(err);
  }
  for (size_t k = 0; k < loader->source_count; k++) {
    if (loader->sources[k].ended) {
      imported[count++] = loader->sources[k].id;
    }
  }
  const OgStatus status =
      og_sources_twins(loader->store, imported, count, &loader->texts, twins, err);
  og_free(imported);
  return status;
}

OgStatus og_loader_commit(OgLoader *loader, OgLoadSummary *summary, OgError *err) {
  OgInterpretation graph = {0};
  OgSourceTwins twins = {NULL, 0};
  drop_unended(loader);
  OG_TRY(loader->is_new ? store_new(loader, err) : store_existing(loader, err));
  const uint64_t statements = loader->count;
  OG_TRY(derive(loader, &graph, err));
  /* Statistics for the query planner, from samples. */
  OG_TRY(og_store_exec(loader->store, "PRAGMA analysis_limit = 1000; ANALYZE", writing, err));
  OG_TRY(summary || loader->refuse_twins ? find_twins(loader, &twins, err) : OG_OK);
  OG_TRY(loader->refuse_twins ? og_sources_refuse_twins(&twins, err) : OG_OK);
  OG_TRY(publish(loader, err));
  if (summary) {
    *summary = (OgLoadSummary){.statements = statements,
                               .duplicates = loader->duplicates,
                               .entities = graph.entities,
                               .relations = graph.relations,
                               .edges = graph.edges,
                               .names = graph.names,
                               .twins = twins};
    memcpy(summary->readings, graph.readings, sizeof summary->readings);
  }
  return OG_OK;
}

/* Relations that level 1 may make have terms, whether or not a file speaks of them. */
static OgStatus add_made_relations(OgLoader *loader, OgError *err) {
  for (size_t k = 0; k < OG_MADE_RELATIONS; k++) {
    const char *iri = og_made_relations[k];
    const OgTerm term = {.kind = OG_IRI, .text = {iri, strlen(iri)}};
    uint32_t number;
    OG_TRY(og_terms_add(loader->terms, &term, &number, err));
  }
  return OG_OK;
}

static OgStatus open_existing(OgLoader *loader, const char *path, OgError *err) {
  OG_TRY(og_store_open(path, OG_STORE_WRITE, &loader->store, err));
  OG_TRY(og_store_set_cache(loader->store, WRITING_CACHE, err));
  /* A second importer hears soon that it is not alone; a commit waits longer for readers to finish.
   */
  sqlite3_busy_timeout(og_store_sqlite(loader->store), BEGIN_WAIT_MS);
  OG_TRY(og_store_begin(loader->store, err));
  sqlite3_busy_timeout(og_store_sqlite(loader->store), COMMIT_WAIT_MS);
  return og_store_exec(loader->store, "CREATE TEMP TABLE loose(id INTEGER PRIMARY KEY)", writing,
                       err);
}

static OgStatus open_graph(OgLoader *loader, const char *path, OgError *err) {
  loader->is_new = og_fresh_wanted(path);
  if (loader->is_new) {
    OG_TRY(og_fresh_open(path, &loader->fresh, err));
    /* Another importer may have made the graph between the two. */
    loader->is_new = og_fresh_wanted(path);
    if (loader->is_new) {
      return open_new(loader, err);
    }
    og_fresh_clear(&loader->fresh);
  }
  return open_existing(loader, path, err);
}

OgStatus og_loader_open(const char *graph_path, const OgProgress *progress, OgLoader **loader,
                        OgError *err) {
  OgLoader *opened = OG_NEW(OgLoader);
  if (!opened) {
    return og_error_no_memory(err);
  }
  OgStatus status;
  opened->fresh = (OgFresh)OG_FRESH_INIT;
  opened->progress = progress;
  opened->terms = og_terms_new();
  opened->prefix_keys = og_intern_new();
  if (!opened->terms || !opened->prefix_keys) {
    status = og_error_no_memory(err);
    goto done;
  }
  OG_GO(add_made_relations(opened, err));
  OG_GO(open_graph(opened, graph_path, err));
  *loader = opened;
  opened = NULL;
done:
  og_loader_close(opened);
  return status;
}

void og_loader_close(OgLoader *loader) {
  if (loader) {
    og_store_close(loader->store); /* before the lock of the file in the making goes */
    og_fresh_clear(&loader->fresh);
    forget_statements(loader);
    og_intern_free(loader->prefix_keys);
    og_buffer_clear(&loader->key);
    og_arena_clear(&loader->texts);
    og_free(loader->sources);
    og_free(loader->prefixes);
    og_free(loader);
  }
}
