/* fresh: a new graph file, built beside its place and put there in one step.
 *
 * The file in the making is PATH-importing, locked by whoever makes it. One that a killed program
 * left behind is unlocked: it is emptied and used again. */
#ifndef OG_KG_FRESH_H
#define OG_KG_FRESH_H

#include "core/error.h"

#include <stdbool.h>

#define OG_FRESH_SUFFIX "-importing"

typedef struct OgFresh {
  char *path;      /* where the graph is to stand: symbolic links are followed */
  char *beside;    /* where it is made */
  char *directory; /* of both */
  int lock;        /* descriptor of the file in the making; its lock goes with it */
  bool published;
} OgFresh;

#define OG_FRESH_INIT                                                                              \
  { NULL, NULL, NULL, -1, false }

/* True when there is no graph at path yet: nothing, or an empty file. */
bool og_fresh_wanted(const char *path);

/* Make and lock an empty file beside path. When another program is making one: OG_FAILED. The
 * caller releases *fresh with og_fresh_clear in any case. */
OG_MUST_CHECK OgStatus og_fresh_open(const char *path, OgFresh *fresh, OgError *err);

/* Put the finished file, closed by SQLite, into its place, safe from a power cut. An empty file
 * there leaves it its permissions; a graph that has come there in the meantime is left alone:
 * OG_FAILED. */
OG_MUST_CHECK OgStatus og_fresh_publish(OgFresh *fresh, OgError *err);

/* Release; what was not published is removed. */
void og_fresh_clear(OgFresh *fresh);

#endif
