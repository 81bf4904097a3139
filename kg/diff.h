/* diff: what became of the entities of one graph in another, a later release of the same ontology.
 *
 * Entities are matched by IRI. Those that are only referred to count as not there. Both graphs are
 * read once, in order of IRIs; memory grows with what is listed. */
#ifndef OG_KG_DIFF_H
#define OG_KG_DIFF_H

#include "core/arena.h"
#include "core/progress.h"
#include "kg/store.h"

typedef enum OgChangeKind {
  OG_CHANGE_ADDED,
  OG_CHANGE_REMOVED,
  OG_CHANGE_DEPRECATED,
  OG_CHANGE_RESTORED,  /* it was deprecated */
  OG_CHANGE_RENAMED,   /* its label */
  OG_CHANGE_MOVED,     /* its parents */
  OG_CHANGE_REDEFINED, /* its definition */
  OG_CHANGE_SYNONYMS,  /* its other names */
  OG_CHANGE_RELATIONS, /* its edges outside of the hierarchy */
  OG_CHANGE_KINDS
} OgChangeKind;

OG_API const char *og_change_name(OgChangeKind kind);

/* What is gone and what has come: labels, definitions; parents, names or edges joined by "; ". Of
 * an entity that was added or removed, its parents; of one that is deprecated, what replaces it. */
typedef struct OgChange {
  const char *label, *iri; /* in the new graph, where it is there */
  const char *curie;       /* NULL when no prefix fits */
  const char *before;      /* NULL: nothing */
  const char *after;       /* NULL: nothing */
} OgChange;

typedef struct OgChanges {
  OgChange *items; /* by IRI, at most the limit */
  size_t count;
  size_t total; /* how many there are */
} OgChanges;

typedef struct OgDiff {
  OgChanges kinds[OG_CHANGE_KINDS];
  size_t entities[2]; /* of the old graph and the new one */
  size_t changed;     /* entities with changes of any kind */
  OgArena arena;      /* owns all of the above */
} OgDiff;

/* limit is that of changes of a kind. Labels are chosen by languages, "de,en"; NULL: as each graph
 * was told. On OG_OK the caller releases *diff with og_diff_clear. progress may be NULL. */
OG_API OG_MUST_CHECK OgStatus og_diff(OgStore *old_graph, OgStore *new_graph, const char *languages,
                                      size_t limit, const OgProgress *progress, OgDiff *diff,
                                      OgError *err);
OG_API void og_diff_clear(OgDiff *diff);

#endif
