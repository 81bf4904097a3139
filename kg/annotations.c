#include "kg/annotations.h"

#include "core/memory.h"
#include "core/spill.h"
#include "kg/frames.h"
#include "kg/tuples.h"

#include <sqlite3.h>
#include <stdbool.h>

/*   _:x annotatedSource S; annotatedProperty P; annotatedTarget O; Q V
 *
 * says Q V of the statement S P O. That statement became a name or a definition, or it gives edges.
 * O may be a class expression of its own, equal to one that was asserted, as OWL tools write it:
 * the edges are derived from it anew and looked for among those that there are. */

typedef enum Sql { ADD_TO_NAME, ADD_TO_DEFINITION, ADD_TO_EDGE, SQL_COUNT } Sql;

static const char *const sql[SQL_COUNT] = {
    [ADD_TO_NAME] =
        "INSERT INTO name_annotation(name, predicate, value, source) VALUES(?1, ?2, ?3, ?4)",
    [ADD_TO_DEFINITION] = "INSERT INTO definition_annotation(entity, predicate, value, source) "
                          "VALUES(?1, ?2, ?3, ?4)",
    [ADD_TO_EDGE] = "INSERT INTO edge_annotation(head, relation, tail, via, predicate, value, "
                    "source) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)",
};

static const OgSqlTable table = {sql, SQL_COUNT};

typedef enum About { ABOUT_NAME, ABOUT_DEFINITION, ABOUT_EDGE, ABOUTS } About;

/* what: name.id, the entity of a definition, or the number of an edge in the derivation. */
typedef struct Row {
  uint32_t what, predicate, value, source;
} Row;

typedef struct Rows {
  Row *rows;
  size_t count, capacity;
} Rows;

typedef struct Annotations {
  OgStore *store;
  OgDerivation *in;
  const uint32_t *names;
  Rows about[ABOUTS];
} Annotations;

static OgStatus add_row(Rows *rows, Row row, OgError *err) {
  if (rows->count == rows->capacity) {
    const size_t capacity = rows->capacity ? rows->capacity * 2 : 256;
    Row *grown = og_realloc(rows->rows, capacity, sizeof *grown);
    if (!grown) {
      return og_error_no_memory(err);
    }
    rows->rows = grown;
    rows->capacity = capacity;
  }
  rows->rows[rows->count++] = row;
  return OG_OK;
}

/* True for the statements of a node that say which statement it speaks of; its types, too, say
 * nothing of that one. */
static bool is_frame(OgMeaning meaning) {
  return meaning == OG_MEANS_ABOUT_SUBJECT || meaning == OG_MEANS_ABOUT_PREDICATE ||
         meaning == OG_MEANS_ABOUT_OBJECT || meaning == OG_MEANS_TYPE;
}

/* ---- Giving it ---- */

/* Give what the statements [begin, end) say to one thing. */
static OgStatus give(Annotations *annotations, About about, size_t what, size_t begin, size_t end,
                     OgError *err) {
  const OgDerivation *in = annotations->in;
  for (size_t k = begin; k < end; k++) {
    const OgStatement *said = &in->level0->statements[k];
    if (!is_frame(og_rule_of(in, said->predicate)->meaning)) {
      const Row row = {(uint32_t)what, said->predicate, said->object, said->source};
      OG_TRY(add_row(&annotations->about[about], row, err));
    }
    in->readings[k] = OG_READ_ANNOTATION;
  }
  return OG_OK;
}

static OgStatus give_to_edges(Annotations *annotations, const OgStatement *about, size_t begin,
                              size_t end, OgError *err) {
  OgDerivation *in = annotations->in;
  const OgEdgeTuple *edges;
  size_t count;
  OG_TRY(og_derive_edges(in, about, &edges, &count, err));
  for (size_t k = 0; k < count; k++) {
    const size_t edge = og_frame_edge(in, &edges[k]);
    if (edge < in->edge_count) {
      OG_TRY(give(annotations, ABOUT_EDGE, edge, begin, end, err));
    }
  }
  return OG_OK;
}

/* The statements [begin, end) of one node. */
static OgStatus add_node(Annotations *annotations, size_t begin, size_t end, OgError *err) {
  const OgDerivation *in = annotations->in;
  OgStatement about;
  if (in->readings[begin] == OG_READ_DENIED ||
      !og_frame_read(in, in->level0->statements[begin].subject, OG_MEANS_ABOUT_SUBJECT, &about)) {
    return OG_OK;
  }
  for (size_t k = og_frame_statement(in, &about); k < in->level0->count; k++) {
    const OgStatement *statement = &in->level0->statements[k];
    if (statement->subject != about.subject || statement->predicate != about.predicate ||
        statement->object != about.object) {
      break;
    }
    if (annotations->names[k]) {
      return give(annotations, ABOUT_NAME, annotations->names[k], begin, end, err);
    }
    if (in->readings[k] == OG_READ_DEFINITION) {
      return give(annotations, ABOUT_DEFINITION, about.subject, begin, end, err);
    }
  }
  return give_to_edges(annotations, &about, begin, end, err);
}

static OgStatus find_all(Annotations *annotations, OgError *err) {
  const OgDerivation *in = annotations->in;
  const OgStatement *statements = in->level0->statements;
  for (size_t k = 0; k < in->level0->count; k++) {
    og_spill_step(k);
    if (og_rule_of(in, statements[k].predicate)->meaning == OG_MEANS_ABOUT_SUBJECT) {
      const size_t begin = in->start[statements[k].subject];
      const size_t end = in->start[statements[k].subject + 1];
      OG_TRY(add_node(annotations, begin, end, err));
      k = end - 1; /* the node is done */
    }
  }
  return OG_OK;
}

/* ---- Writing ---- */

/* Bind what a row is about; returns the column after. */
static int bind_about(const Annotations *annotations, About about, uint32_t what,
                      sqlite3_stmt *statement) {
  if (about != ABOUT_EDGE) {
    sqlite3_bind_int64(statement, 1, what);
    return 2;
  }
  const OgEdgeTuple *edge = &annotations->in->edges[what];
  sqlite3_bind_int64(statement, 1, edge->head);
  sqlite3_bind_int64(statement, 2, edge->relation);
  sqlite3_bind_int64(statement, 3, edge->tail);
  sqlite3_bind_text(statement, 4, og_via_words[edge->via], -1, SQLITE_STATIC);
  return 5;
}

static OgStatus write_rows(Annotations *annotations, About about, OgError *err) {
  static const Sql writers[ABOUTS] = {ADD_TO_NAME, ADD_TO_DEFINITION, ADD_TO_EDGE};
  _Static_assert(sizeof(Row) == 4 * sizeof(uint32_t), "a row is a tuple of four");
  Rows *rows = &annotations->about[about];
  sqlite3_stmt *statement;
  OG_TRY(og_tuples_sort((uint32_t *)rows->rows, rows->count, 4, err));
  rows->count = og_tuples_unique((uint32_t *)rows->rows, rows->count, 4);
  OG_TRY(og_store_statement(annotations->store, &table, writers[about], &statement, err));
  for (size_t k = 0; k < rows->count; k++) {
    const Row *row = &rows->rows[k];
    const int column = bind_about(annotations, about, row->what, statement);
    sqlite3_bind_int64(statement, column, row->predicate);
    sqlite3_bind_int64(statement, column + 1, row->value);
    sqlite3_bind_int64(statement, column + 2, row->source);
    const int code = sqlite3_step(statement);
    sqlite3_reset(statement);
    if (code != SQLITE_DONE) {
      return og_store_fault(annotations->store, "write to", err);
    }
  }
  return OG_OK;
}

OgStatus og_annotations_add(OgStore *store, OgDerivation *in, const uint32_t *names,
                            uint64_t *written, OgError *err) {
  Annotations annotations = {.store = store, .in = in, .names = names};
  OgStatus status;
  *written = 0;
  OG_GO(find_all(&annotations, err));
  for (int about = 0; about < ABOUTS; about++) {
    OG_GO(write_rows(&annotations, (About)about, err));
    *written += annotations.about[about].count;
  }
done:
  for (int about = 0; about < ABOUTS; about++) {
    og_free(annotations.about[about].rows);
  }
  return status;
}
