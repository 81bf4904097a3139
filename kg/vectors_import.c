#include "kg/vectors_import.h"

#include "core/memory.h"
#include "core/utf8.h"
#include "core/vector_text.h"
#include "core/vocab.h"
#include "kg/cursor.h"
#include "kg/graph_hash.h"
#include "kg/names.h"
#include "kg/prefixes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef enum Sql { IS_ENTITY, BY_NAME, SQL_COUNT } Sql;

static const char *const sql[SQL_COUNT] = {
    [IS_ENTITY] = "SELECT id FROM entity WHERE id = ?1",
    [BY_NAME] = ("SELECT entity.id FROM name JOIN entity ON entity.id = name.entity "
                 "WHERE normal = ?1 ORDER BY deprecated, name.kind <> 'label', 1 LIMIT 1"),
};

static const OgSqlTable table = {sql, SQL_COUNT};

/* A row that was taken. */
typedef struct Row {
  int64_t entity;
  size_t place; /* in values */
} Row;

typedef struct Import {
  OgStore *store;
  OgVectorText text;
  OgPrefixes *prefixes;
  OgVectorsImport *report;
  OgBuffer scratch, normal;
  Row *rows;     /* (count) */
  float *values; /* (count, text.D) */
  size_t count, capacity;
} Import;

/* ---- keys ---- */

/* The entity of the first row of a statement; 0 when there is none. */
static OgStatus first_entity(OgCursor *cursor, int64_t *entity, OgError *err) {
  OgStatus status = OG_OK;
  *entity = og_cursor_next(cursor, &status, err) ? og_cursor_integer(cursor, 0) : 0;
  og_cursor_close(cursor);
  return status;
}

static OgStatus find_iri(Import *import, const char *iri, size_t size, int64_t *entity,
                         OgError *err) {
  OgCursor cursor;
  OG_TRY(og_store_find_iri(import->store, iri, size, entity, err));
  if (*entity == 0) {
    return OG_OK;
  }
  OG_TRY(og_cursor_open(import->store, &table, IS_ENTITY, &cursor, err));
  og_cursor_bind(&cursor, 1, *entity);
  return first_entity(&cursor, entity, err);
}

static OgStatus find_curie(Import *import, const char *key, int64_t *entity, OgError *err) {
  const char *colon = strchr(key, ':');
  const char *space = og_prefixes_find(import->prefixes, key, (size_t)(colon - key));
  OgBuffer *iri = &import->scratch;
  og_buffer_reset(iri);
  OG_TRY(space
             ? og_buffer_format(iri, err, "%s%s", space, colon + 1)
             : og_buffer_format(iri, err, OG_NS_OBO "%.*s_%s", (int)(colon - key), key, colon + 1));
  return find_iri(import, iri->data, iri->size, entity, err);
}

static OgStatus find_name(Import *import, const char *key, int64_t *entity, OgError *err) {
  OgBuffer *name = &import->scratch;
  OgCursor cursor;
  og_buffer_reset(name);
  OG_TRY(og_buffer_text(name, key, err));
  for (size_t k = 0; k < name->size; k++) {
    name->data[k] = name->data[k] == '_' ? ' ' : name->data[k];
  }
  OG_TRY(og_name_normalise(name->data, name->size, &import->normal, err));
  if (import->normal.size == 0) {
    return OG_OK;
  }
  OG_TRY(og_cursor_open(import->store, &table, BY_NAME, &cursor, err));
  og_cursor_bind_text(&cursor, 1, import->normal.data, import->normal.size);
  return first_entity(&cursor, entity, err);
}

/* *entity is 0 when the key names none. */
static OgStatus find_key(Import *import, const char *key, int64_t *entity, OgError *err) {
  *entity = 0;
  if (strchr(key, ':')) {
    OG_TRY(find_iri(import, key, strlen(key), entity, err));
    if (*entity == 0) {
      OG_TRY(find_curie(import, key, entity, err));
    }
  }
  return *entity == 0 ? find_name(import, key, entity, err) : OG_OK;
}

/* ---- rows ---- */

static OgStatus make_room(Import *import, OgError *err) {
  if (import->count < import->capacity) {
    return OG_OK;
  }
  const size_t capacity = import->capacity ? 2 * import->capacity : 256;
  Row *rows = og_realloc(import->rows, capacity, sizeof *rows);
  import->rows = rows ? rows : import->rows;
  float *values = og_realloc(import->values, capacity * import->text.D, sizeof *values);
  import->values = values ? values : import->values;
  if (!rows || !values) {
    return og_error_no_memory(err);
  }
  import->capacity = capacity;
  return OG_OK;
}

static OgStatus take_row(Import *import, const char *key, OgError *err) {
  const size_t D = import->text.D;
  int64_t entity;
  OG_TRY(find_key(import, key, &entity, err));
  if (entity == 0) {
    if (import->report->unknown++ == 0) {
      char *example = import->report->example;
      snprintf(example, sizeof import->report->example, "%s", key);
      example[og_utf8_whole(example, strlen(example))] = '\0';
    }
    return OG_OK;
  }
  OG_TRY(make_room(import, err));
  memcpy(import->values + import->count * D, import->text.values, D * sizeof *import->values);
  import->rows[import->count] = (Row){entity, import->count};
  import->count++;
  return OG_OK;
}

static OgStatus read_rows(Import *import, OgError *err) {
  for (;;) {
    const char *key;
    OG_TRY(og_vector_text_next(&import->text, &key, err));
    import->report->rows = import->text.rows;
    if (!key) {
      return OG_OK;
    }
    OG_TRY(take_row(import, key, err));
  }
}

/* ---- the set ---- */

static int compare_rows(const void *a, const void *b) {
  const Row *x = a, *y = b;
  return x->entity != y->entity ? (x->entity < y->entity ? -1 : 1)
                                : (x->place < y->place ? -1 : x->place > y->place);
}

/* The first row of each entity, ascending. */
static OgStatus make_set(Import *import, const char *name, OgVectors *made, OgError *err) {
  qsort(import->rows, import->count, sizeof *import->rows, compare_rows);
  *made = (OgVectors){.name = og_strdup(name),
                      .model = og_strdup("imported"),
                      .metrics = og_strdup("{}"),
                      .D = import->text.D};
  OgBuffer json = OG_BUFFER_INIT;
  OG_TRY(og_buffer_format(&json, err, "{\"rows\":%zu,\"sha256\":\"%s\"}", import->report->rows,
                          og_input_sha256(import->text.input)));
  made->parameters = json.data;
  made->entities = OG_NEW_ARRAY(int64_t, import->count);
  made->values = og_calloc_floats(import->count * import->text.D);
  if (!made->name || !made->model || !made->metrics || !made->entities || !made->values) {
    return og_error_no_memory(err);
  }
  for (size_t k = 0; k < import->count; k++) {
    const Row *row = &import->rows[k];
    if (k > 0 && row->entity == row[-1].entity) {
      import->report->repeated++;
      continue;
    }
    made->entities[made->N] = row->entity;
    memcpy(made->values + made->N++ * import->text.D, import->values + row->place * import->text.D,
           import->text.D * sizeof *made->values);
  }
  return og_store_graph_hash(import->store, made->graph_hash, err);
}

OgStatus og_vectors_import(OgStore *store, const char *path, const char *name,
                           const OgProgress *progress, OgVectors *vectors, OgVectorsImport *report,
                           OgError *err) {
  OgVectors made = {0};
  Import import = {.store = store, .report = report};
  OgStatus status;
  *report = (OgVectorsImport){0};
  OG_GO(og_prefixes_load(store, &import.prefixes, err));
  OG_GO(og_vector_text_open(path, progress, &import.text, err));
  OG_GO(read_rows(&import, err));
  if (report->rows == 0) {
    status =
        og_error_set(err, OG_NOT_FOUND, "%s holds no vectors", og_input_name(import.text.input));
    goto done;
  }
  if (import.count == 0) {
    status = og_error_set(err, OG_NOT_FOUND,
                          "none of the %zu keys of %s names an entity of the graph: expected IRIs, "
                          "CURIEs or names, found \"%s\"",
                          report->rows, og_input_name(import.text.input), report->example);
    goto done;
  }
  OG_GO(make_set(&import, name, &made, err));
  OG_GO(og_vectors_save(store, &made, err));
  *vectors = made;
  made = (OgVectors){0};
done:
  og_vectors_clear(&made);
  og_free(import.rows);
  og_free(import.values);
  og_buffer_clear(&import.scratch);
  og_buffer_clear(&import.normal);
  og_prefixes_free(import.prefixes);
  og_vector_text_close(&import.text);
  return status;
}
