/* sources: which of a graph's sources a user means, and which are the same ontology twice. */
#ifndef OG_KG_SOURCES_H
#define OG_KG_SOURCES_H

#include "core/arena.h"
#include "kg/store.h"

/* SQL: a row of source is meant by the pattern ?1: its IRI, path or file name, or the IRI of an
 * ontology that it says it is (owl:Ontology) and does not import, with *, ? and […]. ?3 to ?5 are
 * what og_source_words_bind gives. */
#define OG_SQL_SOURCE_IS                                                                           \
  "(iri = ?1 OR path = ?1 OR iri GLOB ?1 OR path GLOB ?1 OR path GLOB '*/' || ?1 OR source.id IN " \
  "(SELECT q.source FROM quad q JOIN term s ON s.id = q.subject AND s.kind = 1 "                   \
  "WHERE q.predicate = ?3 AND q.object = ?4 AND (s.text = ?1 OR s.text GLOB ?1) AND NOT EXISTS("   \
  "SELECT 1 FROM quad i WHERE i.predicate = ?5 AND i.object = q.subject AND i.source = "           \
  "q.source)))"

struct OgCursor;

/* Ids of rdf:type, owl:Ontology and owl:imports; 0: not in the graph. */
typedef struct OgSourceWords {
  int64_t ids[3];
} OgSourceWords;

OG_MUST_CHECK OgStatus og_source_words_read(OgStore *store, OgSourceWords *words, OgError *err);
void og_source_words_bind(const OgSourceWords *words, struct OgCursor *cursor);

typedef struct OgSourceRow {
  int64_t id;
  const char *iri, *path;
  int64_t statements;
} OgSourceRow;

typedef struct OgSourceRows {
  OgSourceRow *items;
  size_t count;
} OgSourceRows;

/* The sources that a pattern means, in the arena. None is OG_NOT_FOUND. */
OG_API OG_MUST_CHECK OgStatus og_sources_find(OgStore *store, const char *pattern, OgArena *arena,
                                              OgSourceRows *rows, OgError *err);

/* OG_NOT_FOUND: the graph is new, so that no source of it is meant. */
OG_API OgStatus og_sources_none(const char *pattern, OgError *err);

/* A source beside one that an import read, both being the same ontology. */
typedef struct OgSourceTwin {
  const char *read;     /* path of the one that was read */
  const char *iri;      /* of the other, */
  const char *path;     /* and its path */
  const char *ontology; /* IRI of the ontology (owl:Ontology) that both say they are; NULL: neither
                           says so, their content is the same */
  bool is_new;          /* the import read the other, too; else it was there before */
} OgSourceTwin;

typedef struct OgSourceTwins {
  OgSourceTwin *items;
  size_t count;
} OgSourceTwins;

/* What a source is called in a message: its path, standard input by its address. iri may be NULL.
 */
OG_API const char *og_source_name(const char *path, const char *iri);

/* OG_BAD_DATA that tells the first twin, where there is one. */
OG_API OG_MUST_CHECK OgStatus og_sources_refuse_twins(const OgSourceTwins *twins, OgError *err);

/* The twins of sources (source.id) that were imported together, each pair once; in the arena. An
 * ontology that one of the two imports is what it builds on, not what it is. */
OG_MUST_CHECK OgStatus og_sources_twins(OgStore *store, const int64_t *imported, size_t count,
                                        OgArena *arena, OgSourceTwins *twins, OgError *err);

#endif
