/* Level 1 as CSV (RFC 4180), JSON Lines and GraphML 1.0. An entity and an edge are rows of the same
 * columns in all three; in GraphML, a node is called n and the number of its entity. */
#include "kg/exporter.h"

#include "core/quad.h"
#include "kg/escape.h"
#include "kg/prefixes.h"
#include "kg/refs.h"

#include <inttypes.h>
#include <string.h>

/* Entities that ?1 chooses: what its sources speak of, and the ends of their edges. */
#define CHOSEN_ENTITY                                                                              \
  "(?1 IS NULL OR"                                                                                 \
  " EXISTS(SELECT 1 FROM quad WHERE subject = e.id AND " OG_EXPORT_CHOOSES(                        \
      "source") ") OR"                                                                             \
                " EXISTS(SELECT 1 FROM edge WHERE head = e.id AND " OG_EXPORT_CHOOSES(             \
                    "source") ") OR"                                                               \
                              " EXISTS(SELECT 1 FROM edge WHERE tail = e.id "                      \
                              "AND " OG_EXPORT_CHOOSES("source") "))"

typedef enum Sql { ENTITIES, EDGES, NAMES, NAME_TEXTS, SQL_COUNT } Sql;

/* Edges, a row each, with all the ways in which they are said; in the order of their key (NOT
 * INDEXED), so that nothing is sorted. */
#define ASSERTED_EDGES                                                                             \
  "SELECT head, relation, tail, replace(group_concat(DISTINCT via), ',', ' '), min(source), "      \
  "max(source) FROM edge NOT INDEXED WHERE " OG_EXPORT_CHOOSES("source") " GROUP BY 1, 2, 3"

#define INFERRED_EDGES                                                                             \
  "SELECT head, relation, tail, via, source.id, source.id FROM inferred_edge NOT INDEXED "         \
  "JOIN source ON iri = '" OG_INFERRED_GRAPH "' WHERE " OG_EXPORT_CHOOSES("source.id")

/* The sources of an edge, most often one. */
#define SOURCES_OF_EDGE                                                                            \
  "CASE first WHEN last THEN (SELECT iri FROM source WHERE id = first) ELSE "                      \
  "(SELECT group_concat(iri, ' ') FROM (SELECT DISTINCT source.id, iri FROM edge s "               \
  "JOIN source ON source.id = s.source WHERE s.head = every.head AND "                             \
  "s.relation = every.relation AND s.tail = every.tail AND " OG_EXPORT_CHOOSES(                    \
      "source.id") " ORDER BY source.id)) END"

static const char *const sql[SQL_COUNT] = {
    /* columns of entity_columns, then the node */
    [ENTITIES] = "SELECT i.text, NULL, e.label, e.kind, d.text, e.deprecated, r.text, NULL, e.id "
                 "FROM entity e CROSS JOIN term i ON i.id = e.id "
                 "LEFT JOIN term d ON d.id = e.definition "
                 "LEFT JOIN term r ON r.id = e.replaced_by WHERE " CHOSEN_ENTITY " ORDER BY e.id",
    /* columns of edge_columns, then the nodes */
    [EDGES] =
        "WITH every(head, relation, tail, via, first, last) AS "
        "(" ASSERTED_EDGES " UNION ALL " INFERRED_EDGES ") "
        "SELECT h.text, r.text, t.text, a.label, b.label, c.label, every.via, " SOURCES_OF_EDGE
        ", head, tail FROM every CROSS JOIN term h ON h.id = head "
        "CROSS JOIN term r ON r.id = relation CROSS JOIN term t ON t.id = tail "
        "CROSS JOIN entity a ON a.id = head CROSS JOIN relation b ON b.id = relation "
        "CROSS JOIN entity c ON c.id = tail",
    [NAMES] = "SELECT text, language, kind FROM name WHERE entity = ?1 ORDER BY id",
    [NAME_TEXTS] = "SELECT text FROM name WHERE entity = ?1 GROUP BY text ORDER BY min(id)",
};

static const OgSqlTable table = {sql, SQL_COUNT};

typedef enum Kind {
  TEXT,
  LABEL,      /* of the first node behind the columns, in the language asked for */
  TAIL_LABEL, /* of the second one */
  TRUTH,      /* 0 or 1 */
  CURIE,      /* of the first column */
  NAME_LIST
} Kind;

typedef struct Column {
  const char *name;
  const char *graphml; /* attr.name of its key; NULL: it has none */
  Kind kind;
} Column;

enum { COLUMNS = 8 };

/* GraphML's names are those that its readers give a meaning to. */
static const Column entity_columns[COLUMNS] = {
    {"iri", "iri", TEXT},
    {"curie", "curie", CURIE},
    {"label", "label", LABEL},
    {"kind", "kind", TEXT},
    {"definition", "description", TEXT},
    {"deprecated", "deprecated", TRUTH},
    {"replaced_by", "replaced_by", TEXT},
    {"names", "names", NAME_LIST},
};

static const Column edge_columns[COLUMNS] = {
    {"head", NULL, TEXT},
    {"relation", "iri", TEXT},
    {"tail", NULL, TEXT},
    {"head_label", NULL, LABEL},
    {"relation_label", "label", TEXT},
    {"tail_label", NULL, TAIL_LABEL},
    {"via", "via", TEXT},
    {"source", "source", TEXT},
};

typedef struct Writer {
  OgExporter *exporter;
  OgRefReader reader;
  OgArena labels; /* of the row */
  OgCursor row;
  const OgExportFile *file;
  const Column *columns;
  OgText values[COLUMNS]; /* of the row; data NULL: nothing */
  OgBuffer curie, names;
} Writer;

/* One of the two tables. */
typedef struct Table {
  unsigned bit;
  Sql which;
  const char *type;    /* of its rows in JSON Lines */
  const char *element; /* in GraphML */
  const Column *columns;
} Table;

static const Table tables[] = {
    {OG_EXPORT_ENTITIES, ENTITIES, "entity", "node", entity_columns},
    {OG_EXPORT_EDGES, EDGES, "edge", "edge", edge_columns},
};

/* ---- The values of a row --------------------------------------------------------------------- */

/* "a|b", with \ before a | or \ that is in a name. */
static OgStatus append_name_text(Writer *w, const OgCursor *name, OgError *err) {
  OgText text;
  OG_TRY(og_cursor_text(name, 0, &text.data, &text.size, err));
  OG_TRY(og_buffer_text(&w->names, w->names.size ? "|" : "", err));
  for (size_t k = 0; k < text.size; k++) {
    const char c = text.data[k];
    OG_TRY(og_buffer_append(&w->names, "\\", c == '|' || c == '\\', err));
    OG_TRY(og_buffer_append(&w->names, &c, 1, err));
  }
  return OG_OK;
}

static OgStatus append_json_or_null(OgText text, OgBuffer *to, OgError *err) {
  return text.data ? og_escape_json(text, to, err) : og_buffer_text(to, "null", err);
}

static OgStatus append_name_object(Writer *w, const OgCursor *name, OgError *err) {
  static const char *const keys[] = {"{\"text\": ", ", \"language\": ", ", \"kind\": "};
  OG_TRY(og_buffer_text(&w->names, w->names.size > 1 ? ", " : "", err));
  for (size_t k = 0; k < OG_COUNT(keys); k++) {
    OgText text;
    OG_TRY(og_cursor_text(name, (int)k, &text.data, &text.size, err));
    OG_TRY(og_buffer_text(&w->names, keys[k], err));
    OG_TRY(append_json_or_null(text, &w->names, err));
  }
  return og_buffer_text(&w->names, "}", err);
}

/* All names of the row's entity, into w->names. */
static OgStatus gather_names(Writer *w, OgError *err) {
  const bool json = w->exporter->options->format == OG_EXPORT_JSONL;
  OgCursor cursor;
  OgStatus status = OG_OK;
  og_buffer_reset(&w->names);
  OG_TRY(og_buffer_text(&w->names, json ? "[" : "", err));
  OG_TRY(og_cursor_open(w->exporter->store, &table, json ? NAMES : NAME_TEXTS, &cursor, err));
  og_cursor_bind(&cursor, 1, og_cursor_integer(&w->row, COLUMNS));
  while (status == OG_OK && og_cursor_next(&cursor, &status, err)) {
    status = json ? append_name_object(w, &cursor, err) : append_name_text(w, &cursor, err);
  }
  og_cursor_close(&cursor);
  OG_TRY(status);
  return og_buffer_text(&w->names, json ? "]" : "", err);
}

/* The label of a node that stands in this column, in the language asked for. */
static OgStatus read_label(Writer *w, int node, OgText *label, OgError *err) {
  OgEntityRef ref;
  OG_TRY(og_ref_read(&w->reader, og_cursor_integer(&w->row, node), &w->labels, &ref, err));
  *label = (OgText){ref.label, strlen(ref.label)};
  return OG_OK;
}

static OgStatus read_value(Writer *w, int column, OgError *err) {
  const Kind kind = w->columns[column].kind;
  OgText *value = &w->values[column];
  OgStatus status;
  switch (kind) {
  case TRUTH:
    *value = og_cursor_integer(&w->row, column) ? OG_TEXT("true") : OG_TEXT("false");
    return OG_OK;
  case CURIE:
    status = og_prefixes_shorten(w->reader.prefixes, w->values[0].data, &w->curie, err);
    *value = status == OG_OK ? (OgText){w->curie.data, w->curie.size} : (OgText){0};
    return status == OG_NOT_FOUND ? OG_OK : status;
  case NAME_LIST:
    OG_TRY(gather_names(w, err));
    *value = (OgText){w->names.data, w->names.size};
    return OG_OK;
  case LABEL:
  case TAIL_LABEL:
    if (w->reader.languages) {
      return read_label(w, kind == LABEL ? COLUMNS : COLUMNS + 1, value, err);
    }
    break;
  case TEXT:
    break;
  }
  return og_cursor_text(&w->row, column, &value->data, &value->size, err);
}

/* ---- CSV ------------------------------------------------------------------------------------- */

static OgStatus csv_head(Writer *w, OgError *err) {
  for (int k = 0; k < COLUMNS; k++) {
    OG_TRY(og_buffer_format(&w->exporter->text, err, "%s%s", k ? "," : "", w->columns[k].name));
  }
  return og_buffer_text(&w->exporter->text, "\n", err);
}

static OgStatus csv_row(Writer *w, const Table *of, OgError *err) {
  OgBuffer *text = &w->exporter->text;
  (void)of;
  for (int k = 0; k < COLUMNS; k++) {
    OG_TRY(og_buffer_text(text, k ? "," : "", err));
    OG_TRY(og_escape_csv(w->values[k], text, err));
  }
  return og_buffer_text(text, "\n", err);
}

/* ---- JSON Lines ------------------------------------------------------------------------------ */

static OgStatus jsonl_row(Writer *w, const Table *of, OgError *err) {
  OgBuffer *text = &w->exporter->text;
  OG_TRY(og_buffer_format(text, err, "{\"type\": \"%s\"", of->type));
  for (int k = 0; k < COLUMNS; k++) {
    const bool literal = w->columns[k].kind == TRUTH || w->columns[k].kind == NAME_LIST;
    OG_TRY(og_buffer_format(text, err, ", \"%s\": ", w->columns[k].name));
    OG_TRY(literal ? og_buffer_append(text, w->values[k].data, w->values[k].size, err)
                   : append_json_or_null(w->values[k], text, err));
  }
  return og_buffer_text(text, "}\n", err);
}

/* ---- GraphML --------------------------------------------------------------------------------- */

static OgStatus graphml_head(Writer *w, OgError *err) {
  OgBuffer *text = &w->exporter->text;
  OG_TRY(og_buffer_text(text,
                        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                        "<graphml xmlns=\"http://graphml.graphdrawing.org/xmlns\">\n",
                        err));
  for (size_t i = 0; i < OG_COUNT(tables); i++) {
    for (int k = 0; k < COLUMNS; k++) {
      const Column *column = &tables[i].columns[k];
      if (column->graphml) {
        OG_TRY(og_buffer_format(
            text, err, "<key id=\"%s_%s\" for=\"%s\" attr.name=\"%s\" attr.type=\"%s\"/>\n",
            tables[i].element, column->graphml, tables[i].element, column->graphml,
            column->kind == TRUTH ? "boolean" : "string"));
      }
    }
  }
  return og_buffer_text(text, "<graph edgedefault=\"directed\">\n", err);
}

static OgStatus graphml_row(Writer *w, const Table *of, OgError *err) {
  OgBuffer *text = &w->exporter->text;
  OG_TRY(of->bit == OG_EXPORT_ENTITIES
             ? og_buffer_format(text, err, "<node id=\"n%" PRId64 "\">",
                                og_cursor_integer(&w->row, COLUMNS))
             : og_buffer_format(text, err, "<edge source=\"n%" PRId64 "\" target=\"n%" PRId64 "\">",
                                og_cursor_integer(&w->row, COLUMNS),
                                og_cursor_integer(&w->row, COLUMNS + 1)));
  for (int k = 0; k < COLUMNS; k++) {
    const Column *column = &w->columns[k];
    if (column->graphml && w->values[k].data) {
      OG_TRY(og_buffer_format(text, err, "<data key=\"%s_%s\">", of->element, column->graphml));
      OG_TRY(og_escape_xml(w->values[k], text, err));
      OG_TRY(og_buffer_text(text, "</data>", err));
    }
  }
  return og_buffer_format(text, err, "</%s>\n", of->element);
}

static OgStatus graphml_end(Writer *w, OgError *err) {
  return og_buffer_text(&w->exporter->text, "</graph>\n</graphml>\n", err);
}

/* ---- The tables ------------------------------------------------------------------------------ */

static OgStatus no_text(Writer *w, OgError *err) {
  (void)w;
  (void)err;
  return OG_OK;
}

typedef struct Format {
  OgStatus (*begin)(Writer *w, OgError *err);
  OgStatus (*head)(Writer *w, OgError *err); /* of each table */
  OgStatus (*row)(Writer *w, const Table *of, OgError *err);
  OgStatus (*end)(Writer *w, OgError *err);
} Format;

static const Format formats[] = {
    [OG_EXPORT_CSV] = {no_text, csv_head, csv_row, no_text},
    [OG_EXPORT_JSONL] = {no_text, no_text, jsonl_row, no_text},
    [OG_EXPORT_GRAPHML] = {graphml_head, no_text, graphml_row, graphml_end},
};

static OgStatus write_row(Writer *w, const Table *of, OgError *err) {
  og_arena_reset(&w->labels);
  for (int k = 0; k < COLUMNS; k++) {
    OG_TRY(read_value(w, k, err));
  }
  OG_TRY(formats[w->exporter->options->format].row(w, of, err));
  *(of->bit == OG_EXPORT_ENTITIES ? &w->exporter->summary.entities : &w->exporter->summary.edges) +=
      1;
  return og_exporter_row(w->exporter, w->file, err);
}

static OgStatus write_table(Writer *w, const Table *of, OgError *err) {
  OgStatus status = OG_OK;
  w->file = of->bit == OG_EXPORT_EDGES ? &w->exporter->edges : &w->exporter->out;
  w->columns = of->columns;
  OG_TRY(formats[w->exporter->options->format].head(w, err));
  OG_TRY(og_exporter_open(w->exporter, &table, of->which, &w->row, err));
  while (status == OG_OK && og_cursor_next(&w->row, &status, err)) {
    status = write_row(w, of, err);
  }
  og_cursor_close(&w->row);
  OG_TRY(status);
  return og_exporter_flush(w->exporter, w->file, err);
}

static OgStatus write_tables(Writer *w, OgError *err) {
  const OgExportOptions *options = w->exporter->options;
  const bool all = options->format == OG_EXPORT_GRAPHML || options->tables == 0;
  OG_TRY(og_ref_reader_init(w->exporter->store, options->languages, &w->reader, err));
  OG_TRY(formats[options->format].begin(w, err));
  for (size_t k = 0; k < OG_COUNT(tables); k++) {
    if (all || (options->tables & tables[k].bit)) {
      OG_TRY(write_table(w, &tables[k], err));
    }
  }
  OG_TRY(formats[options->format].end(w, err));
  return og_exporter_flush(w->exporter, w->file, err);
}

OgStatus og_export_tables(OgExporter *exporter, OgError *err) {
  Writer w = {.exporter = exporter, .labels = OG_ARENA_INIT};
  const OgStatus status = write_tables(&w, err);
  og_ref_reader_clear(&w.reader);
  og_arena_clear(&w.labels);
  og_buffer_clear(&w.curie);
  og_buffer_clear(&w.names);
  return status;
}
