/* exporter: what the writers of kg/export.h share. */
#ifndef OG_KG_EXPORTER_H
#define OG_KG_EXPORTER_H

#include "core/buffer.h"
#include "kg/cursor.h"
#include "kg/export.h"
#include "kg/infer.h"
#include "kg/sources.h"

/* SQL: sources that are chosen: by ?1, all when it is NULL; what was inferred counts when ?2 says
 * so or ?1 names it. */
#define OG_EXPORT_CHOOSES(source)                                                                  \
  "(" source " IN (SELECT source.id FROM source WHERE"                                             \
  " (?2 OR iri <> '" OG_INFERRED_GRAPH "' OR iri = ?1) AND"                                        \
  " (?1 IS NULL OR " OG_SQL_SOURCE_IS ")))"

typedef struct OgExporter {
  OgStore *store;
  const OgExportOptions *options;
  OgExportFile out, edges;
  OgSourceWords words;
  const OgProgress *progress;
  OgExportSummary summary;
  OgBuffer text; /* not yet in a file */
  uint64_t done; /* rows */
  uint64_t total;
} OgExporter;

/* Open a statement that uses OG_EXPORT_CHOOSES. */
OG_MUST_CHECK OgStatus og_exporter_open(const OgExporter *exporter, const OgSqlTable *table,
                                        int index, OgCursor *cursor, OgError *err);

/* A row has been appended to text, which is for this file: now and then, write it. */
OG_MUST_CHECK OgStatus og_exporter_row(OgExporter *exporter, const OgExportFile *file,
                                       OgError *err);

/* Write what is left in text. */
OG_MUST_CHECK OgStatus og_exporter_flush(OgExporter *exporter, const OgExportFile *file,
                                         OgError *err);

/* The statements of level 0; the entities and edges of level 1. */
OG_MUST_CHECK OgStatus og_export_statements(OgExporter *exporter, OgError *err);
OG_MUST_CHECK OgStatus og_export_tables(OgExporter *exporter, OgError *err);

#endif
