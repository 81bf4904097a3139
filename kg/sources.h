/* sources: which of a graph's sources a user means, and which are the same ontology twice. */
#ifndef OG_KG_SOURCES_H
#define OG_KG_SOURCES_H

#include "core/arena.h"
#include "kg/store.h"

/* SQL: a row of source is meant by a pattern: its IRI, path or file name, with *, ? and […]. */
#define OG_SQL_SOURCE_IS(pattern)                                                                  \
  "(iri = " pattern " OR path = " pattern " OR iri GLOB " pattern " OR path GLOB " pattern         \
  " OR path GLOB '*/' || " pattern ")"

/* A source that was there beside one that an import read, both being the same ontology. */
typedef struct OgSourceTwin {
  const char *read;     /* path of the one that was read */
  const char *iri;      /* of the other, */
  const char *path;     /* and its path */
  const char *ontology; /* IRI of the ontology (owl:Ontology) that both say they are; NULL: neither
                           says so, their content is the same */
} OgSourceTwin;

typedef struct OgSourceTwins {
  OgSourceTwin *items;
  size_t count;
} OgSourceTwins;

/* The twins of sources (source.id) that were imported together, each pair once; in the arena. An
 * ontology that one of the two imports is what it builds on, not what it is. */
OG_MUST_CHECK OgStatus og_sources_twins(OgStore *store, const int64_t *imported, size_t count,
                                        OgArena *arena, OgSourceTwins *twins, OgError *err);

#endif
