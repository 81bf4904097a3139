#include "kg/sources.h"

#include "core/vocab.h"
#include "kg/cursor.h"
#include "kg/infer.h"

#include <string.h>

typedef enum Sql { TWINS, SQL_COUNT } Sql;

/* ?1 the source; ?2 rdf:type, ?3 owl:Ontology, ?4 owl:imports. */
static const char *const sql[SQL_COUNT] = {
    [TWINS] =
        "WITH twin(id, ontology) AS ("
        " SELECT o.id, NULL FROM source o JOIN source n ON o.sha256 = n.sha256 WHERE n.id = ?1"
        " UNION ALL"
        " SELECT b.source, s.text FROM quad a JOIN term s ON s.id = a.subject AND s.kind = 1"
        " JOIN quad b ON b.subject = a.subject AND b.predicate = ?2 AND b.object = ?3"
        " WHERE a.predicate = ?2 AND a.object = ?3 AND a.source = ?1"
        " AND NOT EXISTS(SELECT 1 FROM quad i WHERE i.predicate = ?4 AND i.object = a.subject"
        " AND i.source IN (a.source, b.source)))"
        " SELECT o.id, n.path, o.iri, o.path, max(twin.ontology) FROM twin"
        " JOIN source o ON o.id = twin.id JOIN source n ON n.id = ?1"
        " WHERE o.id <> n.id AND o.iri <> '" OG_INFERRED_GRAPH "' GROUP BY o.id ORDER BY o.id",
};

static const OgSqlTable table = {sql, SQL_COUNT};

/* True when the pair is told with the other source, or has been. */
static bool told_otherwise(const int64_t *imported, size_t count, int64_t source, int64_t other) {
  for (size_t k = 0; k < count; k++) {
    if (imported[k] == other) {
      return other > source;
    }
  }
  return false;
}

static OgStatus take_twin(const OgCursor *row, OgArena *arena, OgSourceTwins *twins, size_t *room,
                          OgError *err) {
  OgSourceTwin *items = og_arena_grow(arena, twins->items, twins->count, room, sizeof *items);
  if (!items) {
    return og_error_no_memory(err);
  }
  twins->items = items;
  OgSourceTwin *twin = &items[twins->count++];
  OG_TRY(og_cursor_copy(row, 1, arena, &twin->read, err));
  OG_TRY(og_cursor_copy(row, 2, arena, &twin->iri, err));
  OG_TRY(og_cursor_copy(row, 3, arena, &twin->path, err));
  return og_cursor_copy(row, 4, arena, &twin->ontology, err);
}

OgStatus og_sources_twins(OgStore *store, const int64_t *imported, size_t count, OgArena *arena,
                          OgSourceTwins *twins, OgError *err) {
  static const char *const words[] = {OG_NS_RDF "type", OG_NS_OWL "Ontology", OG_NS_OWL "imports"};
  int64_t ids[OG_COUNT(words)];
  size_t room = 0;
  *twins = (OgSourceTwins){NULL, 0};
  for (size_t k = 0; k < OG_COUNT(words); k++) {
    OG_TRY(og_store_find_iri(store, words[k], strlen(words[k]), &ids[k], err));
  }
  OgStatus status = OG_OK;
  for (size_t k = 0; k < count && status == OG_OK; k++) {
    OgCursor row;
    OG_TRY(og_cursor_open(store, &table, TWINS, &row, err));
    og_cursor_bind(&row, 1, imported[k]);
    for (int word = 0; word < (int)OG_COUNT(words); word++) {
      og_cursor_bind(&row, word + 2, ids[word]);
    }
    while (status == OG_OK && og_cursor_next(&row, &status, err)) {
      if (!told_otherwise(imported, count, imported[k], og_cursor_integer(&row, 0))) {
        status = take_twin(&row, arena, twins, &room, err);
      }
    }
    og_cursor_close(&row);
  }
  return status;
}
