/* validate: what the authors of an ontology should mend (docs/maintenance.md).
 *
 * Each check is a query over the statements or over level 1; time grows with the graph, memory with
 * what is listed. */
#ifndef OG_KG_VALIDATE_H
#define OG_KG_VALIDATE_H

#include "core/arena.h"
#include "core/progress.h"
#include "kg/refs.h"

typedef enum OgSeverity { OG_SEVERITY_WARN, OG_SEVERITY_ERROR } OgSeverity;

typedef enum OgCheck {
  OG_CHECK_IMPORTS,    /* an ontology is imported, and no source says that it is it */
  OG_CHECK_DANGLING,   /* a class, property or entity is referred to, and nothing is said of it */
  OG_CHECK_CYCLE,      /* the hierarchy turns back on itself */
  OG_CHECK_UNNAMED,    /* an entity has no name of any kind */
  OG_CHECK_SAME_NAME,  /* an entity bears the label of another one, in the same language */
  OG_CHECK_UNDEFINED,  /* an entity has no definition */
  OG_CHECK_DEPRECATED, /* an entity that is not deprecated has an edge to one that is */
  OG_CHECKS
} OgCheck;

OG_API const char *og_check_name(OgCheck check);
OG_API OgSeverity og_check_severity(OgCheck check);

typedef struct OgFinding {
  const char *label;  /* of what it is about; NULL when it is no entity */
  const char *iri;    /* of the same */
  const char *curie;  /* NULL when no prefix fits */
  const char *detail; /* NULL when there is no more to say */
} OgFinding;

typedef struct OgFindings {
  OgFinding *items; /* at most the limit */
  size_t count;
  size_t total; /* how many there are */
} OgFindings;

typedef struct OgValidation {
  OgFindings checks[OG_CHECKS];
  size_t entities; /* of the graph */
  OgRefs *refs;    /* these two own all of the above */
  OgArena arena;
} OgValidation;

/* limit is that of findings a check; languages as in og_refs_new. On OG_OK the caller releases
 * *validation with og_validation_clear. progress may be NULL. */
OG_API OG_MUST_CHECK OgStatus og_validate(OgStore *store, const char *languages, size_t limit,
                                          const OgProgress *progress, OgValidation *validation,
                                          OgError *err);
OG_API void og_validation_clear(OgValidation *validation);

#endif
