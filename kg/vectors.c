#include "kg/vectors.h"

#include "core/file.h"
#include "core/intern.h"
#include "core/memory.h"
#include "kg/cursor.h"
#include "kg/graph_hash.h"
#include "kg/triples.h"

#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
               "vectors are stored little-endian: this machine needs a conversion here");

typedef enum Sql {
  FIND_SET,
  FIND_LAST_SET,
  FIND_LAST_RANKING_SET,
  FIND_MAKING,
  COUNT_ENTITIES,
  COUNT_LIVING,
  COUNT_NEW,
  COUNT_RELATIONS,
  READ_ENTITIES,
  READ_RELATIONS,
  FORGET_RUNS,
  DELETE_ENTITIES,
  DELETE_RELATIONS,
  DELETE_SET,
  ADD_SET,
  RENEW_SET,
  ADD_ENTITY,
  ADD_RELATION,
  DESCRIBE_ENTITY,
  SQL_COUNT
} Sql;

/* What the model of a set is called now. Before the parameters had a version, "transe" and "rotate"
 * were sums of absolute values, but for the builds that wrote negatives_weight. */
#define SET_MODEL                                                                                  \
  "CASE WHEN model IN ('transe', 'rotate') AND json_valid(parameters) AND "                        \
  "json_type(parameters, '$.version') IS NULL AND "                                                \
  "json_type(parameters, '$.negatives_weight') IS NULL THEN model || '-l1' ELSE model END"
#define SET_COLUMNS                                                                                \
  "id, name, " SET_MODEL ", dim, parameters, metrics, graph_hash FROM embedding_set "

static const char *const sql[SQL_COUNT] = {
    [FIND_SET] = "SELECT " SET_COLUMNS "WHERE name = ?1",
    [FIND_LAST_SET] = "SELECT " SET_COLUMNS "ORDER BY id DESC LIMIT 1",
    [FIND_LAST_RANKING_SET] = "SELECT " SET_COLUMNS "ORDER BY id IN (SELECT embedding_set FROM "
                              "relation_embedding) DESC, id DESC LIMIT 1",
    [FIND_MAKING] =
        "SELECT graph_hash, " SET_MODEL ", created_at FROM embedding_set WHERE name = ?1",
    [COUNT_ENTITIES] = "SELECT count(*) FROM embedding WHERE embedding_set = ?1",
    [COUNT_LIVING] = "SELECT count(*) FROM embedding JOIN entity ON entity.id = embedding.entity "
                     "WHERE embedding_set = ?1",
    [COUNT_NEW] = "SELECT count(*) FROM entity WHERE id NOT IN (SELECT entity FROM embedding "
                  "WHERE embedding_set = ?1)",
    [COUNT_RELATIONS] = "SELECT count(*) FROM relation_embedding WHERE embedding_set = ?1",
    [READ_ENTITIES] =
        "SELECT entity, vector FROM embedding WHERE embedding_set = ?1 ORDER BY entity",
    [READ_RELATIONS] = "SELECT relation, vector FROM relation_embedding WHERE embedding_set = ?1 "
                       "ORDER BY relation",
    [FORGET_RUNS] = "UPDATE run SET embedding_set = NULL WHERE embedding_set = ?1",
    [DELETE_ENTITIES] = "DELETE FROM embedding WHERE embedding_set = ?1",
    [DELETE_RELATIONS] = "DELETE FROM relation_embedding WHERE embedding_set = ?1",
    [DELETE_SET] = "DELETE FROM embedding_set WHERE id = ?1",
    [ADD_SET] = "INSERT INTO embedding_set(name, model, dim, parameters, metrics, graph_hash, "
                "created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, "
                "strftime('%Y-%m-%dT%H:%M:%SZ', 'now'))",
    [RENEW_SET] = "UPDATE embedding_set SET parameters = ?2, graph_hash = ?3 WHERE id = ?1",
    [ADD_ENTITY] = "INSERT INTO embedding(embedding_set, entity, vector) VALUES (?1, ?2, ?3)",
    [ADD_RELATION] =
        "INSERT INTO relation_embedding(embedding_set, relation, vector) VALUES (?1, ?2, ?3)",
    [DESCRIBE_ENTITY] = "SELECT term.text, coalesce(entity.label, '') FROM term "
                        "LEFT JOIN entity ON entity.id = term.id WHERE term.id = ?1",
};

static const OgSqlTable table = {sql, SQL_COUNT};

void og_vectors_clear(OgVectors *vectors) {
  og_free(vectors->name);
  og_free(vectors->model);
  og_free(vectors->parameters);
  og_free(vectors->metrics);
  og_free(vectors->entities);
  og_free_floats(vectors->values);
  og_free(vectors->relations);
  og_free_floats(vectors->relation_values);
  *vectors = (OgVectors){0};
}

size_t og_vectors_row(const OgVectors *vectors, int64_t entity) {
  return og_find_id(vectors->entities, vectors->N, entity);
}

const float *og_vectors_find(const OgVectors *vectors, int64_t entity) {
  const size_t n = og_vectors_row(vectors, entity);
  return n < vectors->N ? vectors->values + n * vectors->D : NULL;
}

const float *og_vectors_find_relation(const OgVectors *vectors, int64_t relation) {
  const size_t r = og_find_id(vectors->relations, vectors->R, relation);
  return r < vectors->R ? vectors->relation_values + r * vectors->RD : NULL;
}

/* ---- load ---- */

static char *column_copy(sqlite3_stmt *statement, int column) {
  const char *text = (const char *)sqlite3_column_text(statement, column);
  return og_strdup(text ? text : "");
}

/* The set of this name, or without one that which `last` finds. */
static OgStatus read_set(OgStore *store, const char *name, Sql last, OgVectors *vectors,
                         OgError *err) {
  sqlite3_stmt *statement;
  OG_TRY(og_store_statement(store, &table, name ? FIND_SET : last, &statement, err));
  if (name) {
    sqlite3_bind_text(statement, 1, name, -1, SQLITE_STATIC);
  }
  OgStatus status = OG_OK;
  const int step = sqlite3_step(statement);
  if (step == SQLITE_DONE) {
    status = name ? og_error_set(err, OG_NOT_FOUND,
                                 "%s has no embedding set \"%s\": `ontograft info %s` lists them",
                                 og_store_path(store), name, og_store_path(store))
                  : og_error_set(err, OG_NOT_FOUND,
                                 "%s has no vectors yet: `ontograft embed %s` makes them",
                                 og_store_path(store), og_store_path(store));
  } else if (step != SQLITE_ROW) {
    status = og_store_fault(store, "read the vectors of", err);
  } else {
    vectors->set = sqlite3_column_int64(statement, 0);
    vectors->name = column_copy(statement, 1);
    vectors->model = column_copy(statement, 2);
    vectors->D = (size_t)sqlite3_column_int64(statement, 3);
    vectors->parameters = column_copy(statement, 4);
    vectors->metrics = column_copy(statement, 5);
    snprintf(vectors->graph_hash, sizeof vectors->graph_hash, "%s",
             (const char *)sqlite3_column_text(statement, 6));
    if (!vectors->name || !vectors->model || !vectors->parameters || !vectors->metrics) {
      status = og_error_no_memory(err);
    }
  }
  sqlite3_reset(statement);
  return status;
}

static OgStatus count_rows(OgStore *store, Sql which, int64_t set, size_t *count, OgError *err) {
  sqlite3_stmt *statement;
  OG_TRY(og_store_statement(store, &table, which, &statement, err));
  sqlite3_bind_int64(statement, 1, set);
  OgStatus status = OG_OK;
  if (sqlite3_step(statement) == SQLITE_ROW) {
    *count = (size_t)sqlite3_column_int64(statement, 0);
  } else {
    status = og_store_fault(store, "read the vectors of", err);
  }
  sqlite3_reset(statement);
  return status;
}

/* A column of vectors being read: *width 0 takes the first vector's. */
typedef struct Rows {
  int64_t *ids;
  float *values;
  size_t count, width;
} Rows;

static OgStatus read_row(OgStore *store, sqlite3_stmt *statement, Rows *rows, size_t k,
                         OgError *err) {
  const void *blob = sqlite3_column_blob(statement, 1);
  const size_t size = (size_t)sqlite3_column_bytes(statement, 1);
  if (rows->width == 0) {
    rows->width = size / sizeof(float);
  }
  if (size == 0 || size != rows->width * sizeof(float)) {
    return og_error_set(err, OG_BAD_STORE,
                        "%s is damaged: expected a vector of %zu bytes for entity or relation "
                        "%lld, found %zu; make the set again with `ontograft embed`",
                        og_store_path(store), rows->width * sizeof(float),
                        (long long)sqlite3_column_int64(statement, 0), size);
  }
  if (!rows->values) {
    size_t floats = 0;
    rows->values = og_multiply(rows->count, rows->width, &floats) ? og_calloc_floats(floats) : NULL;
    if (!rows->values) {
      return og_error_no_memory(err);
    }
  }
  rows->ids[k] = sqlite3_column_int64(statement, 0);
  memcpy(rows->values + k * rows->width, blob, size);
  return OG_OK;
}

static OgStatus read_rows(OgStore *store, Sql count, Sql read, int64_t set, Rows *rows,
                          OgError *err) {
  OG_TRY(count_rows(store, count, set, &rows->count, err));
  rows->ids = OG_NEW_ARRAY(int64_t, rows->count);
  if (!rows->ids) {
    return og_error_no_memory(err);
  }
  sqlite3_stmt *statement;
  OG_TRY(og_store_statement(store, &table, read, &statement, err));
  sqlite3_bind_int64(statement, 1, set);
  OgStatus status = OG_OK;
  size_t k = 0;
  int step = SQLITE_DONE;
  while (k < rows->count && (step = sqlite3_step(statement)) == SQLITE_ROW) {
    OG_GO(read_row(store, statement, rows, k++, err));
  }
  if (k < rows->count) {
    status = og_store_fault(store, "read the vectors of", err);
  }
done:
  sqlite3_reset(statement);
  return status;
}

static OgStatus load(OgStore *store, const char *name, Sql last, OgVectors *vectors, OgError *err) {
  OgVectors made = {0};
  Rows entities = {0}, relations = {0};
  OgStatus status;
  OG_GO(read_set(store, name, last, &made, err));
  entities.width = made.D;
  OG_GO(read_rows(store, COUNT_ENTITIES, READ_ENTITIES, made.set, &entities, err));
  OG_GO(read_rows(store, COUNT_RELATIONS, READ_RELATIONS, made.set, &relations, err));
  made.N = entities.count;
  made.entities = entities.ids;
  made.values = entities.values;
  made.R = relations.count;
  made.RD = relations.width;
  made.relations = relations.ids;
  made.relation_values = relations.values;
  *vectors = made;
  return OG_OK;
done:
  og_free(entities.ids);
  og_free_floats(entities.values);
  og_free(relations.ids);
  og_free_floats(relations.values);
  og_vectors_clear(&made);
  return status;
}

OgStatus og_vectors_load(OgStore *store, const char *name, OgVectors *vectors, OgError *err) {
  return load(store, name, FIND_LAST_SET, vectors, err);
}

OgStatus og_vectors_load_ranking(OgStore *store, const char *name, OgVectors *vectors,
                                 OgError *err) {
  return load(store, name, FIND_LAST_RANKING_SET, vectors, err);
}

/* ---- save ---- */

static OgStatus run_once(OgStore *store, sqlite3_stmt *statement, OgError *err) {
  const int step = sqlite3_step(statement);
  const OgStatus status =
      step == SQLITE_DONE ? OG_OK : og_store_fault(store, "store vectors in", err);
  sqlite3_reset(statement);
  return status;
}

/* Remove the set of this name, if any. Runs that were trained with it stay, without it. */
static OgStatus remove_set(OgStore *store, const char *name, OgError *err) {
  sqlite3_stmt *statement;
  OG_TRY(og_store_statement(store, &table, FIND_SET, &statement, err));
  sqlite3_bind_text(statement, 1, name, -1, SQLITE_STATIC);
  const int step = sqlite3_step(statement);
  const int64_t set = step == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : 0;
  sqlite3_reset(statement);
  if (step != SQLITE_ROW) {
    return step == SQLITE_DONE ? OG_OK : og_store_fault(store, "store vectors in", err);
  }
  static const Sql steps[] = {FORGET_RUNS, DELETE_ENTITIES, DELETE_RELATIONS, DELETE_SET};
  for (size_t k = 0; k < OG_COUNT(steps); k++) {
    OG_TRY(og_store_statement(store, &table, steps[k], &statement, err));
    sqlite3_bind_int64(statement, 1, set);
    OG_TRY(run_once(store, statement, err));
  }
  return OG_OK;
}

static OgStatus add_set(OgStore *store, const OgVectors *vectors, int64_t *set, OgError *err) {
  sqlite3_stmt *statement;
  OG_TRY(og_store_statement(store, &table, ADD_SET, &statement, err));
  sqlite3_bind_text(statement, 1, vectors->name, -1, SQLITE_STATIC);
  sqlite3_bind_text(statement, 2, vectors->model, -1, SQLITE_STATIC);
  sqlite3_bind_int64(statement, 3, (int64_t)vectors->D);
  sqlite3_bind_text(statement, 4, vectors->parameters, -1, SQLITE_STATIC);
  sqlite3_bind_text(statement, 5, vectors->metrics, -1, SQLITE_STATIC);
  sqlite3_bind_text(statement, 6, vectors->graph_hash, -1, SQLITE_STATIC);
  OG_TRY(run_once(store, statement, err));
  *set = sqlite3_last_insert_rowid(og_store_sqlite(store));
  return OG_OK;
}

static OgStatus add_rows(OgStore *store, Sql which, int64_t set, const Rows *rows, OgError *err) {
  sqlite3_stmt *statement;
  OG_TRY(og_store_statement(store, &table, which, &statement, err));
  for (size_t k = 0; k < rows->count; k++) {
    sqlite3_bind_int64(statement, 1, set);
    sqlite3_bind_int64(statement, 2, rows->ids[k]);
    sqlite3_bind_blob64(statement, 3, rows->values + k * rows->width, rows->width * sizeof(float),
                        SQLITE_STATIC);
    OG_TRY(run_once(store, statement, err));
  }
  return OG_OK;
}

OgStatus og_vectors_check_age(OgStore *store, const OgVectors *vectors, const OgProgress *progress,
                              OgError *err) {
  char hash[OG_SHA256_HEX_SIZE];
  og_store_watch(store, progress, "reading the graph");
  const OgStatus status = og_store_graph_hash(store, hash, err);
  og_store_watch(store, NULL, NULL);
  OG_TRY(status);
  if (strcmp(vectors->graph_hash, hash) == 0) {
    return OG_OK;
  }
  size_t living = 0, newer = 0;
  OG_TRY(count_rows(store, COUNT_LIVING, vectors->set, &living, err));
  OG_TRY(count_rows(store, COUNT_NEW, vectors->set, &newer, err));
  if (living == 0) {
    return og_error_set(err, OG_NOT_FOUND,
                        "the graph has changed since its embedding set \"%s\" was made, and has "
                        "none of its %zu entities any more: `ontograft embed %s` makes a new set",
                        vectors->name, vectors->N, og_store_path(store));
  }
  og_progress_warn(progress,
                   "the graph has changed since its embedding set \"%s\" was made: entities "
                   "without a vector: %zu, vectors without an entity: %zu; to add what is new: "
                   "ontograft embed %s "
                   "--update --set %s; to train anew, for edges between old entities: ontograft "
                   "embed %s",
                   vectors->name, newer, vectors->N - living, og_store_path(store), vectors->name,
                   og_store_path(store));
  return OG_OK;
}

/* Refuse a name whose set, the cursor's row, was made of the graph's present state; warn of one
 * that was not. */
static OgStatus check_making(OgStore *store, const char *name, const OgCursor *cursor,
                             const OgProgress *progress, OgError *err) {
  char hash[OG_SHA256_HEX_SIZE];
  const char *texts[3]; /* graph_hash, model, created_at */
  size_t size;
  for (int k = 0; k < 3; k++) {
    OG_TRY(og_cursor_text(cursor, k, &texts[k], &size, err));
  }
  OG_TRY(og_store_graph_hash(store, hash, err));
  if (strcmp(texts[0], hash) == 0) {
    return og_error_set(err, OG_USAGE,
                        "%s has a set \"%s\" (%s, from %s); choose another --name, or replace "
                        "it with --force",
                        og_store_path(store), name, texts[1], texts[2]);
  }
  og_progress_warn(
      progress,
      "the set \"%s\" (from %s) will be replaced, and models that were fine-tuned with "
      "it cannot go on with the new one; --name keeps both, `embed --update` the "
      "vectors that there are",
      name, texts[2]);
  return OG_OK;
}

OgStatus og_vectors_check_place(OgStore *store, const char *name, const OgProgress *progress,
                                OgError *err) {
  OgCursor cursor;
  OgStatus status = OG_OK;
  OG_TRY(og_cursor_open(store, &table, FIND_MAKING, &cursor, err));
  og_cursor_bind_text(&cursor, 1, name, strlen(name));
  if (og_cursor_next(&cursor, &status, err)) {
    status = check_making(store, name, &cursor, progress, err);
  }
  og_cursor_close(&cursor);
  return status;
}

OgStatus og_vectors_save(OgStore *store, OgVectors *vectors, OgError *err) {
  const Rows entities = {vectors->entities, vectors->values, vectors->N, vectors->D};
  const Rows relations = {vectors->relations, vectors->relation_values, vectors->R, vectors->RD};
  int64_t set = 0;
  OG_TRY(og_store_begin(store, err));
  OgStatus status;
  OG_GO(remove_set(store, vectors->name, err));
  OG_GO(add_set(store, vectors, &set, err));
  OG_GO(add_rows(store, ADD_ENTITY, set, &entities, err));
  OG_GO(add_rows(store, ADD_RELATION, set, &relations, err));
  OG_GO(og_store_commit(store, err));
  vectors->set = set;
done:
  if (status != OG_OK) {
    og_store_rollback(store);
  }
  return status;
}

static OgStatus renew_rows(OgStore *store, const OgVectors *vectors, OgError *err) {
  const Rows entities = {vectors->entities, vectors->values, vectors->N, vectors->D};
  sqlite3_stmt *statement;
  OG_TRY(og_store_statement(store, &table, DELETE_ENTITIES, &statement, err));
  sqlite3_bind_int64(statement, 1, vectors->set);
  OG_TRY(run_once(store, statement, err));
  OG_TRY(og_store_statement(store, &table, RENEW_SET, &statement, err));
  sqlite3_bind_int64(statement, 1, vectors->set);
  sqlite3_bind_text(statement, 2, vectors->parameters, -1, SQLITE_STATIC);
  sqlite3_bind_text(statement, 3, vectors->graph_hash, -1, SQLITE_STATIC);
  OG_TRY(run_once(store, statement, err));
  return add_rows(store, ADD_ENTITY, vectors->set, &entities, err);
}

OgStatus og_vectors_renew(OgStore *store, const OgVectors *vectors, OgError *err) {
  OG_TRY(og_store_begin(store, err));
  OgStatus status = renew_rows(store, vectors, err);
  if (status == OG_OK) {
    status = og_store_commit(store, err);
  }
  if (status != OG_OK) {
    og_store_rollback(store);
  }
  return status;
}

/* ---- export ---- */

/* iri and label = what the graph says of an entity. One that has left the graph has neither. */
static OgStatus describe(OgStore *store, int64_t entity, OgBuffer *iri, OgBuffer *label,
                         OgError *err) {
  sqlite3_stmt *statement;
  og_buffer_reset(iri);
  og_buffer_reset(label);
  OG_TRY(og_store_statement(store, &table, DESCRIBE_ENTITY, &statement, err));
  sqlite3_bind_int64(statement, 1, entity);
  OgStatus status = OG_OK;
  const int step = sqlite3_step(statement);
  if (step == SQLITE_ROW) {
    OG_GO(og_buffer_text(iri, (const char *)sqlite3_column_text(statement, 0), err));
    OG_GO(og_buffer_text(label, (const char *)sqlite3_column_text(statement, 1), err));
  } else if (step == SQLITE_DONE) {
    OG_GO(og_buffer_format(iri, err, "entity:%lld", (long long)entity));
  } else {
    status = og_store_fault(store, "read the names of", err);
  }
done:
  sqlite3_reset(statement);
  return status;
}

/* Control characters, and spaces too when `spaces`, become `by`. */
static void replace_blanks(OgBuffer *text, bool spaces, char by) {
  for (size_t k = 0; k < text->size; k++) {
    const unsigned char c = (unsigned char)text->data[k];
    if (c < ' ' || c == 0x7f || (spaces && c == ' ')) {
      text->data[k] = by;
    }
  }
}

/* Format: numpy.lib.format, version 1.0. The header is padded so that the data starts at a multiple
 * of 64. */
static OgStatus write_npy(const OgVectors *vectors, FILE *file, OgError *err) {
  enum { PREFIX = 10, ALIGNMENT = 64 };
  char header[256];
  const int length = snprintf(header, sizeof header,
                              "{'descr': '<f4', 'fortran_order': False, 'shape': (%zu, %zu), }",
                              vectors->N, vectors->D);
  const size_t total = ((size_t)length + 1 + PREFIX + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  const size_t padded = total - PREFIX;
  if (padded >= sizeof header) {
    return og_error_set(err, OG_FAILED, "the header of the npy file does not fit");
  }
  memset(header + length, ' ', padded - 1 - (size_t)length);
  header[padded - 1] = '\n';
  const unsigned char prefix[PREFIX] = {
      0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0, (unsigned char)padded, (unsigned char)(padded >> 8)};
  fwrite(prefix, 1, sizeof prefix, file);
  fwrite(header, 1, padded, file);
  fwrite(vectors->values, sizeof(float), vectors->N * vectors->D, file);
  return OG_OK; /* the commit of the file sees faults of writing */
}

static OgStatus write_names(OgStore *store, const OgVectors *vectors, FILE *file, OgError *err) {
  OgBuffer iri = OG_BUFFER_INIT, label = OG_BUFFER_INIT;
  OgStatus status = OG_OK;
  fputs("iri\tlabel\n", file);
  for (size_t k = 0; k < vectors->N; k++) {
    OG_GO(describe(store, vectors->entities[k], &iri, &label, err));
    replace_blanks(&iri, true, '_');
    replace_blanks(&label, false, ' ');
    fprintf(file, "%s\t%s\n", iri.data, label.size > 0 ? label.data : "");
  }
done:
  og_buffer_clear(&iri);
  og_buffer_clear(&label);
  return status;
}

OgStatus og_vectors_export_npy(OgStore *store, const OgVectors *vectors, const char *npy_path,
                               const char *tsv_path, OgError *err) {
  OgReplacement npy = {0}, tsv = {0};
  OgStatus status;
  OG_GO(og_replacement_open(npy_path, &npy, err));
  OG_GO(og_replacement_open(tsv_path, &tsv, err));
  OG_GO(write_npy(vectors, npy.file, err));
  OG_GO(write_names(store, vectors, tsv.file, err));
  OG_GO(og_replacement_commit(&npy, err));
  OG_GO(og_replacement_commit(&tsv, err));
done:
  og_replacement_close(&npy);
  og_replacement_close(&tsv);
  return status;
}

/* The word of a row: its label unless that is empty or taken, its IRI otherwise. */
static OgStatus choose_word(OgIntern *taken, OgWordKey key, OgBuffer *iri, OgBuffer *label,
                            const OgBuffer **word, OgError *err) {
  uint32_t id;
  int added = 0;
  replace_blanks(iri, true, '_');
  replace_blanks(label, true, '_');
  *word = iri;
  if (key == OG_WORDS_LABEL && label->size > 0) {
    OG_TRY(og_intern_add(taken, label->data, label->size, &id, &added, err));
    if (added) {
      *word = label;
    }
  }
  return OG_OK;
}

static OgStatus write_words(OgStore *store, const OgVectors *vectors, OgWordKey key,
                            OgIntern *taken, FILE *file, OgError *err) {
  OgBuffer iri = OG_BUFFER_INIT, label = OG_BUFFER_INIT;
  OgStatus status = OG_OK;
  fprintf(file, "%zu %zu\n", vectors->N, vectors->D);
  for (size_t k = 0; k < vectors->N; k++) {
    const OgBuffer *word;
    OG_GO(describe(store, vectors->entities[k], &iri, &label, err));
    OG_GO(choose_word(taken, key, &iri, &label, &word, err));
    fputs(word->data, file);
    for (size_t d = 0; d < vectors->D; d++) {
      fprintf(file, " %.9g", (double)vectors->values[k * vectors->D + d]);
    }
    putc('\n', file);
  }
done:
  og_buffer_clear(&iri);
  og_buffer_clear(&label);
  return status;
}

OgStatus og_vectors_export_word2vec(OgStore *store, const OgVectors *vectors, OgWordKey key,
                                    const char *path, OgError *err) {
  OgReplacement text = {0};
  OgStatus status = OG_OK;
  OgIntern *taken = og_intern_new();
  if (!taken) {
    return og_error_no_memory(err);
  }
  OG_GO(og_replacement_open(path, &text, err));
  OG_GO(write_words(store, vectors, key, taken, text.file, err));
  OG_GO(og_replacement_commit(&text, err));
done:
  og_replacement_close(&text);
  og_intern_free(taken);
  return status;
}
