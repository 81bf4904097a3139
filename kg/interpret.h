/* interpret: level 1 from level 0: entities, relations, edges and names from statements.
 *
 * What each predicate and class means is a row of a table (kg/rules.c; docs/interpretation.md shows
 * it). Level 1 is always derived whole, in memory, from the statements in order of their subjects.
 */
#ifndef OG_KG_INTERPRET_H
#define OG_KG_INTERPRET_H

#include "core/progress.h"
#include "core/quad.h"
#include "kg/store.h"

/* What became of a statement. reading.became holds og_reading_name of it. */
typedef enum OgReading {
  OG_READ_LEFT,       /* "statement": nothing at level 1; it is found at level 0 */
  OG_READ_ATTRIBUTE,  /* "attribute": a text, number or IRI that an entity or relation has; it, too,
                         is found at level 0 alone */
  OG_READ_TYPE,       /* "type": says what kind of thing its subject is */
  OG_READ_EDGE,       /* "edge" */
  OG_READ_STRUCTURE,  /* "structure": part of a class expression that became edges */
  OG_READ_NAME,       /* "name": of an entity, or label of a relation */
  OG_READ_DEFINITION, /* "definition": the one chosen for its entity */
  OG_READ_MARK,       /* "mark": deprecated, replaced by, consider */
  OG_READ_SCHEMA,     /* "schema": an axiom of a property */
  OG_READ_ANNOTATION, /* "annotation": of a name, a definition or an edge */
  OG_READ_DENIED,     /* "denied": takes edges away, or is behind edges that were */
  OG_READ_HEADER,     /* "header": title, version, licence or date of its source */
  OG_READINGS
} OgReading;

OG_API const char *og_reading_name(OgReading reading);

/* Sizes of level 1. */
typedef struct OgInterpretation {
  uint64_t entities, relations, names;
  uint64_t edges;                 /* distinct by head, relation and tail */
  uint64_t axioms;                /* of properties */
  uint64_t annotations;           /* of names, definitions and edges */
  uint64_t readings[OG_READINGS]; /* statements by what became of them */
} OgInterpretation;

/* Preferred languages, at most so many; "en" in a graph that was never told. */
enum { OG_MAX_LANGUAGES = 8 };

/* Keep the preferred languages of a graph, inside the caller's transaction. OG_USAGE when the text
 * is no list of language tags separated by commas. */
OG_API OG_MUST_CHECK OgStatus og_interpretation_prefer(OgStore *store, const char *languages,
                                                       OgError *err);

/* Derive level 1 anew from level 0, inside the caller's transaction. progress and result may be
 * NULL. */
OG_API OG_MUST_CHECK OgStatus og_interpret(OgStore *store, const OgProgress *progress,
                                           OgInterpretation *result, OgError *err);

/* Leave level 1 empty, inside the caller's transaction. */
OG_MUST_CHECK OgStatus og_interpretation_clear(OgStore *store, OgError *err);

/* ---- For the loader, which has level 0 in memory ---- */

typedef struct OgStatement {
  uint32_t subject, predicate, object; /* term.id */
  uint32_t source;                     /* source.id */
} OgStatement;

/* A term, valid until the next one is asked for. */
typedef struct OgTermView {
  OgText text;
  OgText language; /* empty when none */
} OgTermView;

/* Level 0, as interpretation sees it. */
typedef struct OgLevel0 {
  const OgStatement *statements; /* ordered by subject, predicate, object, source; distinct */
  size_t count;
  const uint8_t *kinds; /* (limit) OgTermKind of each term.id, 0 where there is none */
  uint32_t limit;       /* above every term.id */
  OgStatus (*term)(void *data, uint32_t id, OgTermView *view, OgError *err);
  void *data;
} OgLevel0;

/* Derive level 1, but for its indexes: they need memory of their own, so og_interpret_index makes
 * them when level 0 is gone from it. */
OG_MUST_CHECK OgStatus og_interpret_level0(OgStore *store, const OgLevel0 *level0,
                                           const OgProgress *progress, OgInterpretation *result,
                                           OgError *err);
OG_MUST_CHECK OgStatus og_interpret_index(OgStore *store, const OgProgress *progress, OgError *err);

#endif
