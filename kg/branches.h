/* branches: a few groups that some entities of a graph fall into, for a picture's colours. */
#ifndef OG_KG_BRANCHES_H
#define OG_KG_BRANCHES_H

#include "kg/explore.h"

enum { OG_MOST_BRANCHES = 9 };

#define OG_NO_BRANCH UINT32_MAX

typedef struct OgBranch {
  const char *name;
  size_t count; /* of the entities in it */
} OgBranch;

typedef enum OgBranching {
  OG_BY_BRANCH,   /* the nearest of a few ancestors that are chosen for covering evenly and well */
  OG_BY_KIND,     /* entity.kind */
  OG_BY_RELATION, /* the relation outside of the hierarchy that most of its edges are of, and
                     whether it is head or tail of most of these */
  OG_BRANCHINGS
} OgBranching;

typedef struct OgBranches {
  OgBranch items[OG_MOST_BRANCHES]; /* most entities first */
  size_t count;
  size_t rest;  /* entities of none of these */
  uint32_t *of; /* (count of nodes) number of its branch, or OG_NO_BRANCH */
} OgBranches;

/* Group nodes (count). All that is given lives in the arena. */
OG_API OG_MUST_CHECK OgStatus og_branches_of(OgStore *store, OgExplorer *explorer,
                                             OgBranching branching, const uint32_t *nodes,
                                             size_t count, OgArena *arena, OgBranches *branches,
                                             OgError *err);

#endif
