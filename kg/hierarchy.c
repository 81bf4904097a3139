#include "kg/hierarchy.h"

#include <string.h>

enum { FIRST_PARAMETER = 2 };

_Static_assert(OG_HIERARCHY_UP == 5 && OG_HIERARCHY == 10, "relations and parameters go together");

OgStatus og_hierarchy_read(OgStore *store, OgHierarchy *hierarchy, OgError *err) {
  for (size_t k = 0; k < OG_HIERARCHY; k++) {
    const char *iri = og_hierarchy_relations[k];
    OG_TRY(og_store_find_iri(store, iri, strlen(iri), &hierarchy->relations[k], err));
  }
  return OG_OK;
}

void og_hierarchy_bind(const OgHierarchy *hierarchy, OgCursor *cursor) {
  for (int k = 0; k < OG_HIERARCHY; k++) {
    og_cursor_bind(cursor, FIRST_PARAMETER + k, hierarchy->relations[k]);
  }
}

OgSlope og_hierarchy_slope(const OgHierarchy *hierarchy, int64_t relation) {
  for (size_t k = 0; k < OG_HIERARCHY; k++) {
    if (hierarchy->relations[k] == relation) {
      return k < OG_HIERARCHY_UP ? OG_UPWARD : OG_DOWNWARD;
    }
  }
  return OG_LEVEL;
}
