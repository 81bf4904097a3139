/* embed_renew: bring a stored set up to the graph's present state without training it anew.
 *
 * Vectors that the set has stay as they are, those of entities that have left the graph go.
 * Entities that it lacks get one from their edges (kg/embed_extend.h) and from their names
 * (kg/embed_names.h), which are one more voice beside the edges, and the only one where there are
 * none. Sets whose model ranks no edges, such as imported ones, go by names alone. */
#ifndef OG_KG_EMBED_RENEW_H
#define OG_KG_EMBED_RENEW_H

#include "core/progress.h"
#include "kg/vectors.h"

typedef struct OgRenewal {
  char set_name[128];
  bool current;      /* there was nothing to do: no name and no edge was looked at */
  size_t kept, gone; /* vectors */
  size_t by_edges;   /* new ones, from edges and perhaps names */
  size_t by_names;   /* from names alone */
  size_t without;    /* entities that have neither an edge to go by nor a name that says anything */
  size_t edges;      /* of new entities that were trained on */
  size_t ignored;    /* edges whose relation the set does not know */
  double explained;  /* share of the variance of known vectors that their names tell; 0: nothing was
                        learned from names */
} OgRenewal;

typedef struct OgRenewOptions {
  const char *set;  /* NULL: the set that og_vectors_load_ranking takes */
  const char *name; /* keep the set, and store the result as another; NULL: in its place */
  bool force;       /* the other may replace one of that name (og_vectors_check_place) */
  int threads;      /* 0: one a processor */
} OgRenewOptions;

/* On any failure the set is as it was. */
OG_API OG_MUST_CHECK OgStatus og_embed_renew(OgStore *store, const OgRenewOptions *options,
                                             const OgProgress *progress, OgRenewal *renewal,
                                             OgError *err);

#endif
