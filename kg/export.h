/* export: a graph into files that other programs read (docs/maintenance.md).
 *
 * N-Triples, N-Quads and Turtle say the statements of level 0: read again, they are isomorphic to
 * what the sources said. GraphML, CSV and JSON Lines hold level 1, an entity and an edge a row.
 * Rows are written as they are read, so memory does not grow with the graph. */
#ifndef OG_KG_EXPORT_H
#define OG_KG_EXPORT_H

#include "core/progress.h"
#include "kg/store.h"

#include <stdio.h>

typedef enum OgExportFormat {
  OG_EXPORT_NTRIPLES,
  OG_EXPORT_NQUADS, /* each source is a graph */
  OG_EXPORT_TURTLE,
  OG_EXPORT_GRAPHML,
  OG_EXPORT_CSV,
  OG_EXPORT_JSONL
} OgExportFormat;

/* Tables of level 1: bits. */
enum { OG_EXPORT_ENTITIES = 1, OG_EXPORT_EDGES = 2, OG_EXPORT_BOTH = 3 };

typedef struct OgExportOptions {
  OgExportFormat format;
  unsigned tables;    /* of CSV and JSON Lines; 0: both */
  const char *source; /* statements and edges of the sources whose IRI, path or file name this is or
                         matches (*, ?, […]), and the entities that they speak of; NULL: all */
  const char *languages; /* of labels in tables, best first, "de,en"; NULL: as the graph was told */
  bool inferred;         /* also what was inferred (kg/infer.h) */
} OgExportOptions;

/* Where bytes go. name is for messages. */
typedef struct OgExportFile {
  FILE *file;
  const char *name;
} OgExportFile;

typedef struct OgExportSummary {
  uint64_t statements;      /* of level 0 */
  uint64_t entities, edges; /* of level 1 */
  uint64_t iris, languages; /* that RDF's syntaxes cannot write: spaces and angle brackets in IRIs
                               are percent-encoded; ill-formed tags are mended or left out */
} OgExportSummary;

/* Write the graph to out; edges of CSV and JSON Lines go to edges, when that is not NULL. CSV of
 * both tables needs the two. A source that matches nothing is OG_NOT_FOUND. progress and summary
 * may be NULL. */
OG_API OG_MUST_CHECK OgStatus og_export(OgStore *store, const OgExportOptions *options,
                                        const OgExportFile *out, const OgExportFile *edges,
                                        const OgProgress *progress, OgExportSummary *summary,
                                        OgError *err);

#endif
