#include "kg/vectors_import.h"

#include "core/input.h"
#include "core/memory.h"
#include "core/utf8.h"
#include "core/vocab.h"
#include "kg/cursor.h"
#include "kg/names.h"
#include "kg/prefixes.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
  MOST_LINE = 1 << 20,
  MOST_DIM = 1 << 15,
  REPORT_EVERY = 1000 /* rows between two reports of progress */
};

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
  OgInput *input;
  OgPrefixes *prefixes;
  OgVectorsImport *report;
  OgBuffer line, scratch, normal;
  long number;   /* of the line */
  size_t D;      /* 0 until a row was read */
  Row *rows;     /* (count) */
  float *values; /* (count, D) */
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

/* ---- lines ---- */

static OgStatus refuse(const Import *import, OgError *err, const char *what) {
  return og_error_at(err, OG_BAD_DATA, og_input_name(import->input), import->number, 0,
                     "expected a key and numbers with white space between, found %s", what);
}

/* Cut the key off a line; the numbers follow. NULL when there is no key or nothing follows. */
static char *cut_key(char *line) {
  char *end = strchr(line, '\t');
  end = end ? end : strchr(line, ' ');
  if (!end || end == line) {
    return NULL;
  }
  *end = '\0';
  return end + 1;
}

/* Numbers of a text; SIZE_MAX when it holds anything else. They go to values, at most `most`. */
static size_t read_numbers(const char *text, float *values, size_t most) {
  size_t count = 0;
  for (;;) {
    text += strspn(text, " \t");
    if (*text == '\0') {
      return count;
    }
    char *end;
    const float value = strtof(text, &end);
    if (end == text || !isfinite(value) || strcspn(end, " \t") > 0) {
      return SIZE_MAX;
    }
    if (count < most) {
      values[count] = value;
    }
    count++;
    text = end;
  }
}

/* "N D", above the vectors. */
static bool is_header(const char *line) {
  return strspn(line, "0123456789 \t") == strlen(line) && read_numbers(line, NULL, 0) == 2;
}

static OgStatus make_room(Import *import, OgError *err) {
  if (import->count < import->capacity) {
    return OG_OK;
  }
  const size_t capacity = import->capacity ? 2 * import->capacity : 256;
  Row *rows = og_realloc(import->rows, capacity, sizeof *rows);
  import->rows = rows ? rows : import->rows;
  float *values = og_realloc(import->values, capacity * import->D, sizeof *values);
  import->values = values ? values : import->values;
  if (!rows || !values) {
    return og_error_no_memory(err);
  }
  import->capacity = capacity;
  return OG_OK;
}

/* How much of a key a message shows. */
static int shown(const char *key) {
  const size_t size = strlen(key);
  return (int)og_utf8_whole(key, size < 60 ? size : 60);
}

static OgStatus read_row(Import *import, OgError *err) {
  char *line = import->line.data, *numbers = cut_key(line);
  if (!numbers) {
    return refuse(import, err, "a line without them");
  }
  if (import->D == 0) {
    import->D = read_numbers(numbers, NULL, 0);
    if (import->D == 0 || import->D > MOST_DIM) {
      import->D = 0;
      return refuse(import, err, "something else, or more than 32768 numbers");
    }
  }
  OG_TRY(make_room(import, err));
  float *values = import->values + import->count * import->D;
  const size_t count = read_numbers(numbers, values, import->D);
  if (count != import->D) {
    return og_error_at(err, OG_BAD_DATA, og_input_name(import->input), import->number, 0,
                       count == SIZE_MAX ? "expected %zu finite numbers after the key \"%.*s\""
                                         : "expected %zu numbers after \"%.*s\", found %zu",
                       import->D, shown(line), line, count);
  }
  int64_t entity;
  OG_TRY(find_key(import, line, &entity, err));
  import->report->rows++;
  if (entity != 0) {
    import->rows[import->count] = (Row){entity, import->count};
    import->count++;
  } else if (import->report->unknown++ == 0) {
    char *example = import->report->example;
    snprintf(example, sizeof import->report->example, "%s", line);
    example[og_utf8_whole(example, strlen(example))] = '\0';
  }
  return OG_OK;
}

static OgStatus read_rows(Import *import, const OgProgress *progress, OgError *err) {
  for (;;) {
    int more;
    OG_TRY(og_input_line(import->input, MOST_LINE, &import->line, &more, err));
    if (!more) {
      return OG_OK;
    }
    import->number++;
    if (import->line.size == 0 || (import->number == 1 && is_header(import->line.data))) {
      continue;
    }
    if (memchr(import->line.data, '\0', import->line.size)) {
      return refuse(import, err, "a zero byte");
    }
    if (import->report->rows % REPORT_EVERY == 0) {
      OG_TRY(og_progress_report(progress, "reading vectors",
                                (double)og_input_position(import->input),
                                (double)og_input_size(import->input), "", err));
    }
    OG_TRY(read_row(import, err));
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
                      .D = import->D};
  OgBuffer json = OG_BUFFER_INIT;
  OG_TRY(og_buffer_format(&json, err, "{\"rows\":%zu,\"sha256\":\"%s\"}", import->report->rows,
                          og_input_sha256(import->input)));
  made->parameters = json.data;
  made->entities = OG_NEW_ARRAY(int64_t, import->count);
  made->values = og_calloc_floats(import->count * import->D);
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
    memcpy(made->values + made->N++ * import->D, import->values + row->place * import->D,
           import->D * sizeof *made->values);
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
  OG_GO(og_input_open(path, &import.input, err));
  OG_GO(read_rows(&import, progress, err));
  if (report->rows == 0) {
    status = og_error_set(err, OG_NOT_FOUND, "%s holds no vectors", og_input_name(import.input));
    goto done;
  }
  if (import.count == 0) {
    status = og_error_set(err, OG_NOT_FOUND,
                          "none of the %zu keys of %s names an entity of the graph: expected IRIs, "
                          "CURIEs or names, found \"%s\"",
                          report->rows, og_input_name(import.input), report->example);
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
  og_buffer_clear(&import.line);
  og_buffer_clear(&import.scratch);
  og_buffer_clear(&import.normal);
  og_prefixes_free(import.prefixes);
  og_input_close(import.input);
  return status;
}
