/* hierarchy: which relations of a graph lead from child to parent, and which from parent to child.
 *
 *   "SELECT tail FROM edge WHERE head = ?1 AND relation IN " OG_SQL_UP " UNION "
 *   "SELECT head FROM edge WHERE tail = ?1 AND relation IN " OG_SQL_DOWN     -- the parents of ?1
 */
#ifndef OG_KG_HIERARCHY_H
#define OG_KG_HIERARCHY_H

#include "core/vocab.h"
#include "kg/cursor.h"

/* The parameters that og_hierarchy_bind gives values. */
#define OG_SQL_UP        "(?2, ?3, ?4, ?5, ?6)"
#define OG_SQL_DOWN      "(?7, ?8, ?9, ?10, ?11)"
#define OG_SQL_HIERARCHY "(?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)"

typedef struct OgHierarchy {
  int64_t relations[OG_HIERARCHY]; /* by og_hierarchy_relations; 0: not in the graph */
} OgHierarchy;

OG_MUST_CHECK OgStatus og_hierarchy_read(OgStore *store, OgHierarchy *hierarchy, OgError *err);

void og_hierarchy_bind(const OgHierarchy *hierarchy, OgCursor *cursor);

/* Of the relation with that number. */
OgSlope og_hierarchy_slope(const OgHierarchy *hierarchy, int64_t relation);

#endif
