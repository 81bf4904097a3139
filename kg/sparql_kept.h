/* sparql_kept: what queries look up again and again by a text, an IRI's id or a prefix's namespace,
 * kept with the handle as long as the graph stays as it is.
 *
 * A look into the graph touches some pages that nothing else needs, which a query of a quarter of a
 * millisecond would feel. */
#ifndef OG_KG_SPARQL_KEPT_H
#define OG_KG_SPARQL_KEPT_H

#include "core/arena.h"
#include "core/intern.h"
#include "core/quad.h"

#include <stdbool.h>

struct sqlite3;

typedef struct OgKeptValue {
  int64_t id;
  const char *text;
} OgKeptValue;

typedef struct OgKept {
  OgIntern *keys;
  OgKeptValue *values; /* by the key's number */
  size_t capacity;
  OgArena texts;
  unsigned version; /* of the file that the values are of */
  bool is_settled;  /* not of changes that the handle has yet to commit */
} OgKept;

/* Zeroed memory is an empty one. */
void og_kept_clear(OgKept *kept);

/* Forget all, unless the graph is as it was, which is told; the handle has read in its transaction.
 */
bool og_kept_renew(OgKept *kept, struct sqlite3 *db);

/* NULL when the key is not there; the value lives until the next call for this OgKept. */
const OgKeptValue *og_kept_find(const OgKept *kept, OgText key);

/* Add a key that is not there; the value's text is copied, and *value is the copy. */
OG_MUST_CHECK OgStatus og_kept_add(OgKept *kept, OgText key, OgKeptValue *value, OgError *err);

#endif
