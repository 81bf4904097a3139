#include "kg/sources.h"

#include "core/input.h"
#include "core/utf8.h"
#include "core/vocab.h"
#include "kg/cursor.h"
#include "kg/infer.h"

#include <stdio.h>
#include <string.h>

typedef enum Sql { FIND, TWINS, SQL_COUNT } Sql;

enum { FIRST_WORD = 3 };

/* ?3 rdf:type, ?4 owl:Ontology, ?5 owl:imports. */
static const char *const sql[SQL_COUNT] = {
    [FIND] = "SELECT id, iri, path, statements FROM source "
             "WHERE iri <> '" OG_INFERRED_GRAPH "' AND " OG_SQL_SOURCE_IS " ORDER BY id",
    /* ?1 the source */
    [TWINS] =
        "WITH twin(id, ontology) AS ("
        " SELECT o.id, NULL FROM source o JOIN source n ON o.sha256 = n.sha256 WHERE n.id = ?1"
        " UNION ALL"
        " SELECT b.source, s.text FROM quad a JOIN term s ON s.id = a.subject AND s.kind = 1"
        " JOIN quad b ON b.subject = a.subject AND b.predicate = ?3 AND b.object = ?4"
        " WHERE a.predicate = ?3 AND a.object = ?4 AND a.source = ?1"
        " AND NOT EXISTS(SELECT 1 FROM quad i WHERE i.predicate = ?5 AND i.object = a.subject"
        " AND i.source IN (a.source, b.source)))"
        " SELECT o.id, n.path, o.iri, o.path, max(twin.ontology) FROM twin"
        " JOIN source o ON o.id = twin.id JOIN source n ON n.id = ?1"
        " WHERE o.id <> n.id AND o.iri <> '" OG_INFERRED_GRAPH "' GROUP BY o.id ORDER BY o.id",
};

static const OgSqlTable table = {sql, SQL_COUNT};

OgStatus og_source_words_read(OgStore *store, OgSourceWords *words, OgError *err) {
  static const char *const iris[] = {OG_NS_RDF "type", OG_NS_OWL "Ontology", OG_NS_OWL "imports"};
  _Static_assert(OG_COUNT(iris) == OG_COUNT(words->ids), "an id a word");
  for (size_t k = 0; k < OG_COUNT(iris); k++) {
    OG_TRY(og_store_find_iri(store, iris[k], strlen(iris[k]), &words->ids[k], err));
  }
  return OG_OK;
}

void og_source_words_bind(const OgSourceWords *words, OgCursor *cursor) {
  for (int k = 0; k < (int)OG_COUNT(words->ids); k++) {
    og_cursor_bind(cursor, FIRST_WORD + k, words->ids[k]);
  }
}

/* ---- What a pattern means -------------------------------------------------------------------- */

static OgStatus take_row(const OgCursor *cursor, OgArena *arena, OgSourceRows *rows, size_t *room,
                         OgError *err) {
  OgSourceRow *items = og_arena_grow(arena, rows->items, rows->count, room, sizeof *items);
  if (!items) {
    return og_error_no_memory(err);
  }
  rows->items = items;
  OgSourceRow *row = &items[rows->count++];
  row->id = og_cursor_integer(cursor, 0);
  row->statements = og_cursor_integer(cursor, 3);
  OG_TRY(og_cursor_copy(cursor, 1, arena, &row->iri, err));
  return og_cursor_copy(cursor, 2, arena, &row->path, err);
}

OgStatus og_sources_find(OgStore *store, const char *pattern, OgArena *arena, OgSourceRows *rows,
                         OgError *err) {
  OgSourceWords words;
  OgCursor cursor;
  size_t room = 0;
  OgStatus status = OG_OK;
  *rows = (OgSourceRows){NULL, 0};
  OG_TRY(og_source_words_read(store, &words, err));
  OG_TRY(og_cursor_open(store, &table, FIND, &cursor, err));
  og_cursor_bind_text(&cursor, 1, pattern, strlen(pattern));
  og_source_words_bind(&words, &cursor);
  while (status == OG_OK && og_cursor_next(&cursor, &status, err)) {
    status = take_row(&cursor, arena, rows, &room, err);
  }
  og_cursor_close(&cursor);
  if (status == OG_OK && rows->count == 0) {
    return og_error_set(err, OG_NOT_FOUND,
                        "no source of %s matches \"%s\": ontograft info lists them",
                        og_store_path(store), pattern);
  }
  return status;
}

OgStatus og_sources_none(const char *pattern, OgError *err) {
  return og_error_set(err, OG_NOT_FOUND, "no source of a new graph matches \"%s\"", pattern);
}

/* ---- Twins ----------------------------------------------------------------------------------- */

static bool is_among(const int64_t *sources, size_t count, int64_t source) {
  for (size_t k = 0; k < count; k++) {
    if (sources[k] == source) {
      return true;
    }
  }
  return false;
}

static OgStatus take_twin(const OgCursor *row, bool is_new, OgArena *arena, OgSourceTwins *twins,
                          size_t *room, OgError *err) {
  OgSourceTwin *items = og_arena_grow(arena, twins->items, twins->count, room, sizeof *items);
  if (!items) {
    return og_error_no_memory(err);
  }
  twins->items = items;
  OgSourceTwin *twin = &items[twins->count++];
  twin->is_new = is_new;
  OG_TRY(og_cursor_copy(row, 1, arena, &twin->read, err));
  OG_TRY(og_cursor_copy(row, 2, arena, &twin->iri, err));
  OG_TRY(og_cursor_copy(row, 3, arena, &twin->path, err));
  return og_cursor_copy(row, 4, arena, &twin->ontology, err);
}

const char *og_source_name(const char *path, const char *iri) {
  return strcmp(path, "-") != 0 ? path : iri ? iri : OG_INPUT_STANDARD;
}

enum { SHOWN = 120 };

/* A name for a message: of a long one the end, which tells a file from its neighbours. */
static const char *shorten(const char *name, char shown[SHOWN + sizeof "…"]) {
  const char *end = og_utf8_tail(name, SHOWN);
  snprintf(shown, SHOWN + sizeof "…", "%s%s", end == name ? "" : "…", end);
  return shown;
}

OgStatus og_sources_refuse_twins(const OgSourceTwins *twins, OgError *err) {
  if (twins->count == 0) {
    return OG_OK;
  }
  const OgSourceTwin *twin = &twins->items[0];
  char names[3][SHOWN + sizeof "…"];
  const char *read = shorten(og_source_name(twin->read, NULL), names[0]);
  const char *other = shorten(og_source_name(twin->path, twin->iri), names[1]);
  const char *advice =
      twin->is_new ? "leave one out" : "drop the latter (--forget), or leave the former out";
  return twin->ontology ? og_error_set(err, OG_BAD_DATA, "%s and %s both are the ontology <%s>: %s",
                                       read, other, shorten(twin->ontology, names[2]), advice)
                        : og_error_set(err, OG_BAD_DATA, "%s and %s have the same content: %s",
                                       read, other, advice);
}

OgStatus og_sources_twins(OgStore *store, const int64_t *imported, size_t count, OgArena *arena,
                          OgSourceTwins *twins, OgError *err) {
  OgSourceWords words;
  size_t room = 0;
  *twins = (OgSourceTwins){NULL, 0};
  OG_TRY(og_source_words_read(store, &words, err));
  OgStatus status = OG_OK;
  for (size_t k = 0; k < count && status == OG_OK; k++) {
    OgCursor row;
    OG_TRY(og_cursor_open(store, &table, TWINS, &row, err));
    og_cursor_bind(&row, 1, imported[k]);
    og_source_words_bind(&words, &row);
    while (status == OG_OK && og_cursor_next(&row, &status, err)) {
      const int64_t other = og_cursor_integer(&row, 0);
      const bool is_new = is_among(imported, count, other);
      if (!is_new || other < imported[k]) { /* a pair of new ones is told once */
        status = take_twin(&row, is_new, arena, twins, &room, err);
      }
    }
    og_cursor_close(&row);
  }
  return status;
}
