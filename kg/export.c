#include "kg/export.h"

#include "kg/exporter.h"

#include <string.h>

enum { BLOCK = 1 << 16, REPORT_EVERY = 1 << 14 };

typedef enum Sql { SOURCES, STATEMENTS, ROWS, SQL_COUNT } Sql;

static const char *const sql[SQL_COUNT] = {
    [SOURCES] = "SELECT count(*) FROM source WHERE " OG_EXPORT_CHOOSES("id"),
    [STATEMENTS] = "SELECT sum(statements) FROM source WHERE " OG_EXPORT_CHOOSES("id"),
    [ROWS] = ("SELECT (SELECT count(*) FROM entity) + (SELECT count(*) FROM edge) + "
              "(SELECT count(*) FROM inferred_edge WHERE ?1)"),
};

static const OgSqlTable table = {sql, SQL_COUNT};

OgStatus og_exporter_flush(OgExporter *exporter, const OgExportFile *file, OgError *err) {
  const OgBuffer *text = &exporter->text;
  const bool written =
      text->size == 0 || fwrite(text->data, 1, text->size, file->file) == text->size;
  og_buffer_reset(&exporter->text);
  return written ? OG_OK : og_error_errno(err, "write", file->name);
}

OgStatus og_exporter_row(OgExporter *exporter, const OgExportFile *file, OgError *err) {
  if (++exporter->done % REPORT_EVERY == 0) {
    OG_TRY(og_progress_report(exporter->progress, "exporting", (double)exporter->done,
                              (double)exporter->total, "", err));
  }
  return exporter->text.size >= BLOCK ? og_exporter_flush(exporter, file, err) : OG_OK;
}

OgStatus og_exporter_open(const OgExporter *exporter, const OgSqlTable *of, int index,
                          OgCursor *cursor, OgError *err) {
  const char *source = exporter->options->source;
  OG_TRY(og_cursor_open(exporter->store, of, index, cursor, err));
  og_cursor_bind_text(cursor, 1, source, source ? strlen(source) : 0);
  og_cursor_bind(cursor, 2, exporter->options->inferred);
  og_source_words_bind(&exporter->words, cursor);
  return OG_OK;
}

static OgStatus count(OgExporter *exporter, Sql which, uint64_t *number, OgError *err) {
  OgCursor cursor;
  OgStatus status = OG_OK;
  if (which == ROWS) {
    OG_TRY(og_cursor_open(exporter->store, &table, ROWS, &cursor, err));
    og_cursor_bind(&cursor, 1, exporter->options->inferred);
  } else {
    OG_TRY(og_exporter_open(exporter, &table, which, &cursor, err));
  }
  if (og_cursor_next(&cursor, &status, err)) {
    *number = (uint64_t)og_cursor_integer(&cursor, 0);
  }
  og_cursor_close(&cursor);
  return status;
}

static OgStatus run(OgExporter *exporter, OgError *err) {
  const OgExportOptions *options = exporter->options;
  const bool statements = options->format <= OG_EXPORT_TURTLE;
  uint64_t sources = 0;
  OG_TRY(og_source_words_read(exporter->store, &exporter->words, err));
  OG_TRY(count(exporter, SOURCES, &sources, err));
  if (options->source && sources == 0) {
    return og_error_set(err, OG_NOT_FOUND,
                        "no source of %s matches \"%s\": ontograft info lists them",
                        og_store_path(exporter->store), options->source);
  }
  OG_TRY(count(exporter, statements ? STATEMENTS : ROWS, &exporter->total, err));
  return statements ? og_export_statements(exporter, err) : og_export_tables(exporter, err);
}

OgStatus og_export(OgStore *store, const OgExportOptions *options, const OgExportFile *out,
                   const OgExportFile *edges, const OgProgress *progress, OgExportSummary *summary,
                   OgError *err) {
  OgExporter exporter = {.store = store,
                         .options = options,
                         .out = *out,
                         .edges = edges ? *edges : *out,
                         .progress = progress};
  /* one state of the graph, whatever others write meanwhile */
  OG_TRY(og_store_exec(store, "BEGIN", "read", err));
  const OgStatus status = run(&exporter, err);
  og_store_rollback(store);
  og_buffer_clear(&exporter.text);
  if (status == OG_OK && summary) {
    *summary = exporter.summary;
  }
  return status;
}
