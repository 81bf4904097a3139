/* load: statements into a graph file.
 *
 * The first import builds a new file beside the target and renames it into place; a later one is
 * one transaction. A source imported again replaces its own statements. Until og_loader_commit
 * returns OG_OK the graph is as it was. */
#ifndef OG_KG_LOAD_H
#define OG_KG_LOAD_H

#include "core/progress.h"
#include "core/quad.h"
#include "kg/interpret.h"
#include "kg/sources.h"

#include <stdint.h>

typedef struct OgLoader OgLoader;

/* What is known of a source before it is read; texts are copied. */
typedef struct OgSourceInfo {
  const char *iri;    /* name of its graph: the base IRI it was read with */
  const char *path;   /* as the user gave it */
  const char *format; /* name of the reader */
} OgSourceInfo;

typedef struct OgLoadSummary {
  uint64_t statements; /* distinct statements of this import */
  uint64_t duplicates; /* statements that a source said more than once */
  /* Of the whole graph after the import: */
  uint64_t entities, relations, edges, names;
  uint64_t readings[OG_READINGS]; /* statements by what became of them */
  OgSourceTwins twins;            /* what it holds twice; until the loader is closed */
} OgLoadSummary;

/* progress may be NULL and must outlive the loader. */
OG_API OG_MUST_CHECK OgStatus og_loader_open(const char *graph_path, const OgProgress *progress,
                                             OgLoader **loader, OgError *err);

/* Between begin and end, statements pushed into the sink belong to this source. One that is begun
 * and not ended is forgotten, and a source that is given twice counts as it was given last. */
OG_API OG_MUST_CHECK OgStatus og_loader_begin_source(OgLoader *loader, const OgSourceInfo *info,
                                                     OgError *err);
OG_API OgSink og_loader_sink(OgLoader *loader);
OG_API OG_MUST_CHECK OgStatus og_loader_end_source(OgLoader *loader, const char *sha256,
                                                   uint64_t bytes, OgError *err);

/* Which names become labels, from now on, in this graph: language tags in order of preference,
 * separated by commas ("de,en"); then those without a language, then any (kg/interpret.h). OG_USAGE
 * when it is no such list. */
OG_API OG_MUST_CHECK OgStatus og_loader_prefer_languages(OgLoader *loader, const char *languages,
                                                         OgError *err);

/* Drop the sources that a pattern means (og_sources_find) with what they say, by the commit; what
 * is imported comes after. None is OG_NOT_FOUND; *count is how many. */
OG_API OG_MUST_CHECK OgStatus og_loader_forget(OgLoader *loader, const char *pattern, size_t *count,
                                               OgError *err);

/* Derive no level 1: the graph holds statements alone, until a later import derives it. */
OG_API void og_loader_keep_statements_only(OgLoader *loader);

/* Let og_loader_commit fail, with OG_BAD_DATA, when the graph would have an ontology twice. */
OG_API void og_loader_refuse_twins(OgLoader *loader);

/* Write everything, derive level 1 (kg/interpret.h), and make it the graph. summary may be NULL. */
OG_API OG_MUST_CHECK OgStatus og_loader_commit(OgLoader *loader, OgLoadSummary *summary,
                                               OgError *err);

/* Release; without a successful commit the graph stays as it was and no file is left behind. NULL
 * is fine. */
OG_API void og_loader_close(OgLoader *loader);

#endif
