/* fill: level 0 from memory into a new graph, in bulk (kg/bulk.h). */
#ifndef OG_KG_FILL_H
#define OG_KG_FILL_H

#include "core/progress.h"
#include "kg/interpret.h"
#include "kg/terms.h"

/* Fill the tables term and quad and their indexes, all empty, of the graph at path, which no handle
 * has open. Term number n gets the id n + 1. statements (count): ordered by subject, predicate,
 * object and source; distinct. */
OG_MUST_CHECK OgStatus og_fill_level0(const char *path, const OgTerms *terms,
                                      const OgStatement *statements, size_t count,
                                      const OgProgress *progress, OgError *err);

#endif
