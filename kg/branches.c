#include "kg/branches.h"

#include "core/memory.h"
#include "kg/cursor.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
  MOST_GROUPS = 1024, /* that are looked at; the largest are kept */
  MOST_SPLITS = 12,
  DEEPEST = 2,      /* steps below a root that a branch may start */
  LARGE_SHARE = 4,  /* a branch of more than a quarter is split */
  DEEPEST_PART = 5, /* steps below a root that a part of a branch may start */
  LEAST_SPLIT = 12, /* and has so many entities, or it is a picture of next to none */
  LEAST_KEPT = 7,   /* when seven tenths of what had a colour keep one */
  LEAST_KEPT_OF = 10
};

typedef enum Sql { KIND, SQL_COUNT } Sql;

static const char *const sql[SQL_COUNT] = {[KIND] = "SELECT kind FROM entity WHERE id = ?1"};

static const OgSqlTable table = {sql, SQL_COUNT};

/* What entities are grouped by: the number is a node, or that of a relation and a direction, or of
 * a kind. */
typedef struct Group {
  uint32_t number, depth;
  size_t count;
  bool is_out;    /* it takes no part: its children stand for it, or what is above it */
  bool is_whole;  /* its children cannot: too much would fall to no group */
  bool is_parted; /* its largest children are groups beside it */
  bool is_part;   /* it is such a child: without a colour it goes back */
} Group;

typedef struct Grouping {
  OgStore *store;
  OgExplorer *explorer;
  const uint32_t *nodes;
  size_t count;
  OgArena *arena;
  Group *groups; /* (MOST_GROUPS) */
  size_t group_count;
  Group *kept; /* (MOST_GROUPS) groups as they were before one was taken apart */
  size_t kept_count;
  uint32_t *group_of; /* (count) index of groups; OG_NO_BRANCH */
  uint32_t *reached;  /* (nodes of the graph) by a walk: index of groups; OG_NO_BRANCH */
  uint32_t *queue;    /* (nodes of the graph) */
  size_t *counts;     /* (MOST_GROUPS) for the work */
} Grouping;

/* ---- by ancestor ---- */

static void add_group(Grouping *grouping, uint32_t number, uint32_t depth) {
  for (size_t k = 0; k < grouping->group_count; k++) {
    if (grouping->groups[k].number == number) {
      return;
    }
  }
  if (grouping->group_count < MOST_GROUPS) {
    grouping->groups[grouping->group_count++] = (Group){.number = number, .depth = depth};
  }
}

/* Give each node the group that is fewest steps above it; that which comes first when several are.
 * Groups that are out take no part. */
static void spread(Grouping *grouping) {
  const size_t all = og_explore_count(grouping->explorer);
  size_t end = 0;
  for (size_t n = 0; n < all; n++) {
    grouping->reached[n] = OG_NO_BRANCH;
  }
  for (size_t k = 0; k < grouping->group_count; k++) {
    grouping->groups[k].count = 0;
    if (!grouping->groups[k].is_out) {
      grouping->reached[grouping->groups[k].number] = (uint32_t)k;
      grouping->queue[end++] = grouping->groups[k].number;
    }
  }
  for (size_t at = 0; at < end; at++) {
    size_t children;
    const uint32_t *next =
        og_explore_next(grouping->explorer, grouping->queue[at], OG_DOWN, &children);
    for (size_t k = 0; k < children; k++) {
      if (grouping->reached[next[k]] == OG_NO_BRANCH) {
        grouping->reached[next[k]] = grouping->reached[grouping->queue[at]];
        grouping->queue[end++] = next[k];
      }
    }
  }
  for (size_t n = 0; n < grouping->count; n++) {
    grouping->group_of[n] = grouping->reached[grouping->nodes[n]];
    if (grouping->group_of[n] != OG_NO_BRANCH) {
      grouping->groups[grouping->group_of[n]].count++;
    }
  }
}

static size_t children_of(const Grouping *grouping, uint32_t node) {
  size_t count;
  og_explore_next(grouping->explorer, node, OG_DOWN, &count);
  return count;
}

/* Children that have children become groups. */
static void add_children(Grouping *grouping, const Group *group) {
  size_t children;
  const uint32_t *next = og_explore_next(grouping->explorer, group->number, OG_DOWN, &children);
  for (size_t k = 0; k < children; k++) {
    if (children_of(grouping, next[k]) > 0) {
      add_group(grouping, next[k], group->depth + 1);
    }
  }
}

static void find_roots(Grouping *grouping) {
  const uint32_t all = og_explore_count(grouping->explorer);
  for (uint32_t n = 0; n < all; n++) {
    size_t parents;
    og_explore_next(grouping->explorer, n, OG_UP, &parents);
    if (parents == 0 && children_of(grouping, n) > 0) {
      add_group(grouping, n, 0);
    }
  }
}

static bool may_split(const Group *group) {
  return !group->is_whole && group->depth < DEEPEST;
}

static bool may_part(const Group *group) {
  return !group->is_parted && group->depth < DEEPEST_PART;
}

/* The largest group that is too large and may be taken apart; NULL when there is none. */
static Group *largest(const Grouping *grouping, bool (*may)(const Group *)) {
  Group *found = NULL;
  for (size_t k = 0; k < grouping->group_count; k++) {
    Group *group = &grouping->groups[k];
    const bool large = group->count * LARGE_SHARE > grouping->count && group->count >= LEAST_SPLIT;
    if (large && !group->is_out && may(group) && children_of(grouping, group->number) > 1 &&
        (!found || group->count > found->count)) {
      found = group;
    }
  }
  return found;
}

static int compare_counts(const void *a, const void *b) {
  const size_t x = *(const size_t *)a, y = *(const size_t *)b;
  return (x < y) - (x > y);
}

/* How many entities the largest groups have, those that get a colour. */
static size_t covered(const Grouping *grouping) {
  size_t sum = 0;
  for (size_t k = 0; k < grouping->group_count; k++) {
    grouping->counts[k] = grouping->groups[k].count;
  }
  qsort(grouping->counts, grouping->group_count, sizeof *grouping->counts, compare_counts);
  for (size_t k = 0; k < grouping->group_count && k < OG_MOST_BRANCHES; k++) {
    sum += grouping->counts[k];
  }
  return sum;
}

/* Note the groups as they are; returns how many entities have a colour. */
static size_t keep(Grouping *grouping) {
  memcpy(grouping->kept, grouping->groups, grouping->group_count * sizeof *grouping->kept);
  grouping->kept_count = grouping->group_count;
  return covered(grouping);
}

/* Take back what was done since `keep` returned `before` when too few entities still have a colour;
 * whether it was. */
static bool take_back(Grouping *grouping, size_t before) {
  if (covered(grouping) * LEAST_KEPT_OF >= before * LEAST_KEPT) {
    return false;
  }
  grouping->group_count = grouping->kept_count;
  memcpy(grouping->groups, grouping->kept, grouping->group_count * sizeof *grouping->kept);
  spread(grouping);
  return true;
}

/* Put the children of a group that have children in its place. */
static void split(Grouping *grouping, Group *group) {
  const size_t before = keep(grouping);
  group->is_out = true;
  add_children(grouping, group);
  spread(grouping);
  group->is_whole = take_back(grouping, before);
}

/* How many groups are larger, or as large and come before. */
static size_t rank(const Grouping *grouping, const Group *group) {
  size_t before = 0;
  for (size_t k = 0; k < grouping->group_count; k++) {
    const Group *other = &grouping->groups[k];
    before += other->count > group->count || (other->count == group->count && other < group);
  }
  return before;
}

/* Whether it is a part that gets no colour. */
static bool is_small_part(const Grouping *grouping, const Group *group) {
  return group->is_part && !group->is_out && rank(grouping, group) >= OG_MOST_BRANCHES;
}

/* Set the deepest parts out that get no colour; whether there were any. The deepest, as what is in
 * them may give the part above them its colour. */
static bool set_small_parts_out(Grouping *grouping) {
  uint32_t deepest = 0;
  for (size_t k = 0; k < grouping->group_count; k++) {
    const Group *group = &grouping->groups[k];
    if (group->depth > deepest && is_small_part(grouping, group)) {
      deepest = group->depth;
    }
  }
  for (size_t k = 0; k < grouping->group_count; k++) {
    Group *group = &grouping->groups[k]; /* counts, and so ranks, stay until the next spread */
    group->is_out |= group->depth == deepest && is_small_part(grouping, group);
  }
  return deepest > 0; /* a part is a child */
}

/* Put those children of a group beside it that get a colour; it keeps the rest. What it keeps makes
 * it larger, so that another part, here or of a group parted earlier, may lose its colour. */
static void part(Grouping *grouping, Group *group) {
  group->is_parted = true;
  const size_t before = keep(grouping), group_count = grouping->group_count;
  add_children(grouping, group);
  for (size_t k = group_count; k < grouping->group_count; k++) {
    grouping->groups[k].is_part = true;
  }
  do {
    spread(grouping);
  } while (set_small_parts_out(grouping));
  take_back(grouping, before);
}

/* Begin with the roots, and split what covers too much, or part it where that cannot be. */
static void group_by_branch(Grouping *grouping) {
  Group *group;
  find_roots(grouping);
  spread(grouping);
  for (int k = 0; k < MOST_SPLITS && (group = largest(grouping, may_split)); k++) {
    split(grouping, group);
  }
  for (int k = 0; k < MOST_SPLITS && (group = largest(grouping, may_part)); k++) {
    part(grouping, group);
  }
}

/* ---- by relation, by kind ---- */

static void join(Grouping *grouping, size_t n, uint32_t number) {
  add_group(grouping, number, 0);
  for (size_t k = 0; k < grouping->group_count; k++) {
    if (grouping->groups[k].number == number) {
      grouping->group_of[n] = (uint32_t)k;
      grouping->groups[k].count++;
    }
  }
}

/* Hops come sorted by direction and relation: the longest run of one that is not the hierarchy. */
static void group_by_relation(Grouping *grouping) {
  for (size_t n = 0; n < grouping->count; n++) {
    size_t hops, best = 0, run = 0;
    uint32_t number = 0;
    const OgHop *hop = og_explore_hops(grouping->explorer, grouping->nodes[n], &hops);
    for (size_t k = 0; k < hops; k++) {
      const bool goes_on = k > 0 && hop[k].relation == hop[k - 1].relation &&
                           hop[k].backwards == hop[k - 1].backwards;
      run = goes_on ? run + 1 : 1;
      if (run > best && og_explore_slope(grouping->explorer, hop[k].relation) == OG_LEVEL) {
        best = run;
        number = 2 * hop[k].relation + hop[k].backwards;
      }
    }
    if (best > 0) {
      join(grouping, n, number);
    }
  }
}

/* kinds[k] is the name of number k. */
static OgStatus group_by_kind(Grouping *grouping, const char **kinds, OgError *err) {
  OgStatus status = OG_OK;
  uint32_t known = 0;
  for (size_t n = 0; n < grouping->count && status == OG_OK; n++) {
    OgCursor cursor;
    const char *kind;
    size_t size;
    uint32_t k = 0;
    OG_TRY(og_cursor_open(grouping->store, &table, KIND, &cursor, err));
    og_cursor_bind(&cursor, 1, og_explore_id(grouping->explorer, grouping->nodes[n]));
    if (og_cursor_next(&cursor, &status, err) &&
        (status = og_cursor_text(&cursor, 0, &kind, &size, err)) == OG_OK) {
      while (k < known && strcmp(kinds[k], kind) != 0) {
        k++;
      }
      if (k == known && known < MOST_GROUPS) {
        status = og_cursor_copy(&cursor, 0, grouping->arena, &kinds[known++], err);
      }
      if (k < known) {
        join(grouping, n, k);
      }
    }
    og_cursor_close(&cursor);
  }
  return status;
}

/* ---- the largest ---- */

static int compare_groups(const void *a, const void *b) {
  const Group *const *x = a, *const *y = b;
  return (*x)->count != (*y)->count ? ((*x)->count < (*y)->count) - ((*x)->count > (*y)->count)
                                    : (*x > *y) - (*x < *y);
}

static OgStatus name_group(const Grouping *grouping, OgBranching branching, uint32_t number,
                           const char *const *kinds, const char **name, OgError *err) {
  OgEntityRef ref;
  switch (branching) {
  case OG_BY_BRANCH:
    OG_TRY(og_explore_entity(grouping->explorer, number, &ref, err));
    *name = ref.label;
    return OG_OK;
  case OG_BY_RELATION: {
    const char *label = og_explore_relation(grouping->explorer, number / 2);
    const size_t size = strlen(label) + sizeof "→ ";
    char *text = og_arena_alloc(grouping->arena, size, 1);
    if (!text) {
      return og_error_no_memory(err);
    }
    snprintf(text, size, number % 2 ? "→ %s" : "%s →", label);
    *name = text;
    return OG_OK;
  }
  default:
    *name = kinds[number];
    return OG_OK;
  }
}

static OgStatus keep_largest(const Grouping *grouping, OgBranching branching,
                             const char *const *kinds, OgBranches *branches, OgError *err) {
  Group **order = og_arena_alloc(grouping->arena, grouping->group_count + 1, sizeof(Group *));
  uint32_t *place = og_arena_alloc(grouping->arena, grouping->group_count + 1, sizeof *place);
  branches->of = og_arena_alloc(grouping->arena, grouping->count + 1, sizeof *branches->of);
  if (!order || !place || !branches->of) {
    return og_error_no_memory(err);
  }
  for (size_t k = 0; k < grouping->group_count; k++) {
    order[k] = &grouping->groups[k];
    place[k] = OG_NO_BRANCH;
  }
  qsort(order, grouping->group_count, sizeof(Group *), compare_groups);
  while (branches->count < grouping->group_count && branches->count < OG_MOST_BRANCHES &&
         order[branches->count]->count > 0) {
    const size_t k = branches->count++;
    place[order[k] - grouping->groups] = (uint32_t)k;
    branches->items[k].count = order[k]->count;
    OG_TRY(name_group(grouping, branching, order[k]->number, kinds, &branches->items[k].name, err));
  }
  for (size_t n = 0; n < grouping->count; n++) {
    const uint32_t group = grouping->group_of[n];
    branches->of[n] = group == OG_NO_BRANCH ? OG_NO_BRANCH : place[group];
    branches->rest += branches->of[n] == OG_NO_BRANCH;
  }
  return OG_OK;
}

OgStatus og_branches_of(OgStore *store, OgExplorer *explorer, OgBranching branching,
                        const uint32_t *nodes, size_t count, OgArena *arena, OgBranches *branches,
                        OgError *err) {
  const size_t all = og_explore_count(explorer);
  Grouping grouping = {.store = store,
                       .explorer = explorer,
                       .nodes = nodes,
                       .count = count,
                       .arena = arena,
                       .groups = og_arena_alloc(arena, MOST_GROUPS, sizeof(Group)),
                       .kept = og_arena_alloc(arena, MOST_GROUPS, sizeof(Group)),
                       .group_of = og_arena_alloc(arena, count + 1, sizeof(uint32_t)),
                       .reached = og_arena_alloc(arena, all + 1, sizeof(uint32_t)),
                       .queue = og_arena_alloc(arena, all + 1, sizeof(uint32_t)),
                       .counts = og_arena_alloc(arena, MOST_GROUPS, sizeof(size_t))};
  const char **kinds = og_arena_alloc(arena, MOST_GROUPS, sizeof *kinds);
  *branches = (OgBranches){0};
  if (!grouping.groups || !grouping.kept || !grouping.group_of || !grouping.reached ||
      !grouping.queue || !grouping.counts || !kinds) {
    return og_error_no_memory(err);
  }
  for (size_t n = 0; n < count; n++) {
    grouping.group_of[n] = OG_NO_BRANCH;
  }
  if (branching == OG_BY_BRANCH) {
    group_by_branch(&grouping);
  } else if (branching == OG_BY_RELATION) {
    group_by_relation(&grouping);
  } else {
    OG_TRY(group_by_kind(&grouping, kinds, err));
  }
  return keep_largest(&grouping, branching, kinds, branches, err);
}
