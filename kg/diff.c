#include "kg/diff.h"

#include "core/buffer.h"
#include "core/quad.h"
#include "kg/cursor.h"
#include "kg/hierarchy.h"
#include "kg/infer.h"
#include "kg/refs.h"

#include <stdlib.h>
#include <string.h>

enum { REPORT_EVERY = 1 << 10 };

typedef enum Sql { ENTITIES, COUNT, PARENTS, RELATIONS, SYNONYMS, SQL_COUNT } Sql;

#define DESCRIBED                                                                                  \
  "EXISTS(SELECT 1 FROM quad WHERE subject = e.id AND " OG_SQL_IS_ASSERTED("source") ")"

#define PARENTS_UP                                                                                 \
  "SELECT t.text, '', tail, '' FROM edge JOIN term t ON t.id = tail "                              \
  "WHERE head = ?1 AND relation IN " OG_SQL_UP
#define PARENTS_DOWN                                                                               \
  "SELECT t.text, '', head, '' FROM edge JOIN term t ON t.id = head "                              \
  "WHERE tail = ?1 AND relation IN " OG_SQL_DOWN

static const char *const sql[SQL_COUNT] = {
    [ENTITIES] = "SELECT i.text, e.id, e.deprecated, d.text, e.replaced_by FROM entity e "
                 "JOIN term i ON i.id = e.id LEFT JOIN term d ON d.id = e.definition "
                 "WHERE " DESCRIBED " ORDER BY i.text",
    [COUNT] = "SELECT count(*) FROM entity e WHERE " DESCRIBED,
    /* lists of ?1: two keys, an entity, the label of a relation */
    [PARENTS] = PARENTS_UP " UNION ALL " PARENTS_DOWN,
    [RELATIONS] = "SELECT p.text, t.text, tail, relation.label FROM edge "
                  "JOIN term t ON t.id = tail JOIN term p ON p.id = relation "
                  "JOIN relation ON relation.id = relation "
                  "WHERE head = ?1 AND relation NOT IN " OG_SQL_HIERARCHY,
    [SYNONYMS] = ("SELECT text, ifnull(language, ''), 0, '' FROM name "
                  "WHERE entity = ?1 AND kind <> 'local'"),
};

static const OgSqlTable table = {sql, SQL_COUNT};

/* Columns of ENTITIES. */
enum { IRI, ID, IS_DEPRECATED, DEFINITION, SUCCESSOR };

/* One of the two graphs, and its entity that is looked at. */
typedef struct Side {
  OgStore *store;
  OgRefReader reader;
  OgHierarchy hierarchy;
  OgCursor entity;
  bool there; /* the cursor has a row */
  OgText iri;
  OgEntityRef ref; /* filled in when it is told of */
} Side;

typedef struct Differ {
  Side sides[2]; /* old, new */
  OgDiff *diff;
  size_t capacities[OG_CHANGE_KINDS];
  size_t limit;
  OgBuffer texts[2]; /* before, after */
  OgArena scratch;   /* until the next entity */
  bool changed;      /* the entity that is looked at */
} Differ;

enum { OLD, NEW };

/* ---- Entities, side by side ------------------------------------------------------------------ */

static int compare(OgText a, OgText b) {
  const int order = memcmp(a.data, b.data, a.size < b.size ? a.size : b.size);
  return order != 0 ? order : (a.size > b.size) - (a.size < b.size);
}

static OgStatus advance(Side *side, OgError *err) {
  OgStatus status = OG_OK;
  side->there = og_cursor_next(&side->entity, &status, err);
  return side->there ? og_cursor_text(&side->entity, IRI, &side->iri.data, &side->iri.size, err)
                     : status;
}

static OgStatus open_side(Side *side, OgStore *store, const char *languages, size_t *entities,
                          OgError *err) {
  OgCursor cursor;
  OgStatus status = OG_OK;
  OG_TRY(og_ref_reader_init(store, languages, &side->reader, err));
  side->store = store;
  OG_TRY(og_hierarchy_read(store, &side->hierarchy, err));
  OG_TRY(og_cursor_open(store, &table, COUNT, &cursor, err));
  if (og_cursor_next(&cursor, &status, err)) {
    *entities = (size_t)og_cursor_integer(&cursor, 0);
  }
  og_cursor_close(&cursor);
  OG_TRY(status);
  OG_TRY(og_cursor_open(store, &table, ENTITIES, &side->entity, err));
  return advance(side, err);
}

static int64_t id_of(const Side *side) {
  return og_cursor_integer(&side->entity, ID);
}

/* ---- Changes --------------------------------------------------------------------------------- */

static OgStatus copy_text(Differ *d, const OgBuffer *text, const char **copy, OgError *err) {
  *copy = NULL;
  if (text->size > 0) {
    *copy = og_arena_copy(&d->diff->arena, text->data, text->size);
    return *copy ? OG_OK : og_error_no_memory(err);
  }
  return OG_OK;
}

/* Keep a change of the entity of a side, with d->texts. */
static OgStatus keep(Differ *d, OgChangeKind kind, Side *side, OgError *err) {
  OgChanges *changes = &d->diff->kinds[kind];
  OgArena *arena = &d->diff->arena;
  OgEntityRef ref;
  OgChange change;
  d->changed = true;
  if (changes->total++ >= d->limit) {
    return OG_OK;
  }
  OG_TRY(og_ref_read(&side->reader, id_of(side), arena, &ref, err));
  change = (OgChange){.label = ref.label, .iri = ref.iri, .curie = ref.curie};
  OG_TRY(copy_text(d, &d->texts[OLD], &change.before, err));
  OG_TRY(copy_text(d, &d->texts[NEW], &change.after, err));
  OgChange *grown =
      og_arena_grow(arena, changes->items, changes->count, &d->capacities[kind], sizeof *grown);
  if (!grown) {
    return og_error_no_memory(err);
  }
  changes->items = grown;
  grown[changes->count++] = change;
  return OG_OK;
}

static void reset_texts(Differ *d) {
  og_buffer_reset(&d->texts[OLD]);
  og_buffer_reset(&d->texts[NEW]);
}

/* "asthma [DOID:2841]" */
static OgStatus tell_entity(Differ *d, int which, int64_t entity, OgError *err) {
  OgEntityRef ref;
  OG_TRY(og_ref_read(&d->sides[which].reader, entity, &d->scratch, &ref, err));
  return og_buffer_format(&d->texts[which], err, "%s [%s]", ref.label, og_entity_ref_id(&ref));
}

/* ---- Lists ----------------------------------------------------------------------------------- */

/* One of them: what it is compared by, and what is told of it. */
typedef struct Item {
  const char *keys[2];
  int64_t entity;
  const char *relation;
} Item;

typedef struct Items {
  Item *rows; /* in order of their keys; the same may come more than once */
  size_t count, capacity;
} Items;

/* What an entity has several of. */
typedef struct List {
  OgChangeKind kind;
  Sql which;
  OgStatus (*tell)(Differ *d, int which, const Item *item, OgError *err);
} List;

static OgStatus tell_parent(Differ *d, int which, const Item *item, OgError *err) {
  return tell_entity(d, which, item->entity, err);
}

/* "has symptom wheezing [SYMP:1]" */
static OgStatus tell_relation(Differ *d, int which, const Item *item, OgError *err) {
  OG_TRY(og_buffer_format(&d->texts[which], err, "%s ", item->relation));
  return tell_entity(d, which, item->entity, err);
}

static OgStatus tell_name(Differ *d, int which, const Item *item, OgError *err) {
  return og_buffer_format(&d->texts[which], err, "%s%s%s", item->keys[0],
                          item->keys[1][0] ? "@" : "", item->keys[1]);
}

enum { PARENT_LIST, NAME_LIST, RELATION_LIST };

static const List lists[] = {
    [PARENT_LIST] = {OG_CHANGE_MOVED, PARENTS, tell_parent},
    [NAME_LIST] = {OG_CHANGE_SYNONYMS, SYNONYMS, tell_name},
    [RELATION_LIST] = {OG_CHANGE_RELATIONS, RELATIONS, tell_relation},
};

static int compare_items(const void *a, const void *b) {
  const Item *left = a, *right = b;
  const int order = strcmp(left->keys[0], right->keys[0]);
  return order != 0 ? order : strcmp(left->keys[1], right->keys[1]);
}

/* Sorted here, not by SQL: for each of so many short lists SQLite would make a table of its own. */
static OgStatus read_items(Differ *d, const Side *side, const List *list, Items *items,
                           OgError *err) {
  OgCursor cursor;
  OgStatus status = OG_OK;
  OG_TRY(og_cursor_open(side->store, &table, list->which, &cursor, err));
  og_cursor_bind(&cursor, 1, id_of(side));
  if (list->which != SYNONYMS) {
    og_hierarchy_bind(&side->hierarchy, &cursor);
  }
  while (status == OG_OK && og_cursor_next(&cursor, &status, err)) {
    Item *grown =
        og_arena_grow(&d->scratch, items->rows, items->count, &items->capacity, sizeof *grown);
    if (!grown) {
      status = og_error_no_memory(err);
      break;
    }
    items->rows = grown;
    Item *item = &grown[items->count++];
    item->entity = og_cursor_integer(&cursor, 2);
    OG_GO(og_cursor_copy(&cursor, 0, &d->scratch, &item->keys[0], err));
    OG_GO(og_cursor_copy(&cursor, 1, &d->scratch, &item->keys[1], err));
    OG_GO(og_cursor_copy(&cursor, 3, &d->scratch, &item->relation, err));
  }
  if (items->count > 1) {
    qsort(items->rows, items->count, sizeof *items->rows, compare_items);
  }
done:
  og_cursor_close(&cursor);
  return status;
}

/* An item that only one side has. A name that is the label is told of by a change of the label. */
static OgStatus tell_item(Differ *d, const List *list, int which, const Item *item, OgError *err) {
  if (list->which == SYNONYMS && strcmp(item->keys[0], d->sides[which].ref.label) == 0) {
    return OG_OK;
  }
  OG_TRY(og_buffer_text(&d->texts[which], d->texts[which].size > 0 ? "; " : "", err));
  return list->tell(d, which, item, err);
}

/* The place behind an item and those like it. */
static size_t skip(const Items *items, size_t at) {
  size_t next = at + 1;
  while (next < items->count && compare_items(&items->rows[at], &items->rows[next]) == 0) {
    next++;
  }
  return next;
}

/* The item at this place; NULL behind the last one. */
static const Item *item_at(const Items *items, size_t place) {
  return place < items->count ? &items->rows[place] : NULL;
}

/* Into d->texts, what only one of the two has of a list. A side that is not there has nothing. */
static OgStatus compare_lists(Differ *d, const List *list, const bool there[2], OgError *err) {
  Items items[2] = {{0}, {0}};
  reset_texts(d);
  for (int which = OLD; which <= NEW; which++) {
    OG_TRY(there[which] ? read_items(d, &d->sides[which], list, &items[which], err) : OG_OK);
  }
  size_t old = 0, new = 0;
  while (old < items[OLD].count || new < items[NEW].count) {
    const Item *before = item_at(&items[OLD], old), *after = item_at(&items[NEW], new);
    const int order = !after ? -1 : !before ? 1 : compare_items(before, after);
    OG_TRY(order < 0   ? tell_item(d, list, OLD, before, err)
           : order > 0 ? tell_item(d, list, NEW, after, err)
                       : OG_OK);
    old = order <= 0 ? skip(&items[OLD], old) : old;
    new = order >= 0 ? skip(&items[NEW], new) : new;
  }
  return OG_OK;
}

/* ---- One entity ------------------------------------------------------------------------------ */

static OgStatus compare_marks(Differ *d, OgError *err) {
  const bool was = og_cursor_integer(&d->sides[OLD].entity, IS_DEPRECATED) != 0;
  const bool is = og_cursor_integer(&d->sides[NEW].entity, IS_DEPRECATED) != 0;
  const int64_t successor = og_cursor_integer(&d->sides[NEW].entity, SUCCESSOR);
  if (was == is) {
    return OG_OK;
  }
  reset_texts(d);
  OG_TRY(is && successor ? tell_entity(d, NEW, successor, err) : OG_OK);
  return keep(d, is ? OG_CHANGE_DEPRECATED : OG_CHANGE_RESTORED, &d->sides[NEW], err);
}

static OgStatus compare_texts(Differ *d, OgChangeKind kind, OgText before, OgText after,
                              OgError *err) {
  if (before.size == after.size && (before.size == 0 || compare(before, after) == 0)) {
    return OG_OK;
  }
  reset_texts(d);
  OG_TRY(og_buffer_append(&d->texts[OLD], before.data, before.size, err));
  OG_TRY(og_buffer_append(&d->texts[NEW], after.data, after.size, err));
  return keep(d, kind, &d->sides[NEW], err);
}

static OgStatus compare_labels(Differ *d, OgError *err) {
  OgText labels[2];
  for (int which = OLD; which <= NEW; which++) {
    Side *side = &d->sides[which];
    OG_TRY(og_ref_read(&side->reader, id_of(side), &d->scratch, &side->ref, err));
    labels[which] = (OgText){side->ref.label, strlen(side->ref.label)};
  }
  return compare_texts(d, OG_CHANGE_RENAMED, labels[OLD], labels[NEW], err);
}

static OgStatus compare_definitions(Differ *d, OgError *err) {
  OgText texts[2];
  for (int which = OLD; which <= NEW; which++) {
    OG_TRY(og_cursor_text(&d->sides[which].entity, DEFINITION, &texts[which].data,
                          &texts[which].size, err));
  }
  return compare_texts(d, OG_CHANGE_REDEFINED, texts[OLD], texts[NEW], err);
}

/* An entity of both. */
static OgStatus compare_entities(Differ *d, OgError *err) {
  static const bool both[2] = {true, true};
  OG_TRY(compare_marks(d, err));
  OG_TRY(compare_labels(d, err));
  OG_TRY(compare_definitions(d, err));
  for (size_t k = 0; k < OG_COUNT(lists); k++) {
    OG_TRY(compare_lists(d, &lists[k], both, err));
    if (d->texts[OLD].size > 0 || d->texts[NEW].size > 0) {
      OG_TRY(keep(d, lists[k].kind, &d->sides[NEW], err));
    }
  }
  return OG_OK;
}

/* An entity of one of them. */
static OgStatus keep_single(Differ *d, int which, OgError *err) {
  const bool there[2] = {which == OLD, which == NEW};
  OG_TRY(compare_lists(d, &lists[PARENT_LIST], there, err));
  return keep(d, which == OLD ? OG_CHANGE_REMOVED : OG_CHANGE_ADDED, &d->sides[which], err);
}

/* The first entity in the order of IRIs that has not been looked at. */
static OgStatus step(Differ *d, OgError *err) {
  Side *old = &d->sides[OLD], *new = &d->sides[NEW];
  const int order = !new->there ? -1 : !old->there ? 1 : compare(old->iri, new->iri);
  d->changed = false;
  og_arena_reset(&d->scratch);
  OG_TRY(order == 0 ? compare_entities(d, err) : keep_single(d, order < 0 ? OLD : NEW, err));
  d->diff->changed += d->changed;
  OG_TRY(order <= 0 ? advance(old, err) : OG_OK);
  return order >= 0 ? advance(new, err) : OG_OK;
}

/* ---- The graphs ------------------------------------------------------------------------------ */

static OgStatus run(Differ *d, OgStore *const stores[2], const char *languages,
                    const OgProgress *progress, OgError *err) {
  for (int which = OLD; which <= NEW; which++) {
    OG_TRY(open_side(&d->sides[which], stores[which], languages, &d->diff->entities[which], err));
  }
  const double total = (double)(d->diff->entities[OLD] + d->diff->entities[NEW]);
  for (size_t done = 0; d->sides[OLD].there || d->sides[NEW].there; done++) {
    if (done % REPORT_EVERY == 0) {
      OG_TRY(og_progress_report(progress, "comparing", 2 * (double)done, total, "", err));
    }
    OG_TRY(step(d, err));
  }
  return OG_OK;
}

OgStatus og_diff(OgStore *old_graph, OgStore *new_graph, const char *languages, size_t limit,
                 const OgProgress *progress, OgDiff *diff, OgError *err) {
  OgStore *const stores[2] = {old_graph, new_graph};
  OgDiff result = {.arena = OG_ARENA_INIT};
  Differ d = {.diff = &result, .limit = limit, .scratch = OG_ARENA_INIT};
  OgStatus status;
  /* one state of each graph, whatever others write meanwhile */
  OG_GO(og_store_exec(old_graph, "BEGIN", "read", err));
  OG_GO(og_store_exec(new_graph, "BEGIN", "read", err));
  status = run(&d, stores, languages, progress, err);
done:
  for (int which = OLD; which <= NEW; which++) {
    og_cursor_close(&d.sides[which].entity);
    og_ref_reader_clear(&d.sides[which].reader);
    og_store_rollback(stores[which]);
    og_buffer_clear(&d.texts[which]);
  }
  og_arena_clear(&d.scratch);
  if (status == OG_OK) {
    *diff = result;
  } else {
    og_diff_clear(&result);
  }
  return status;
}

void og_diff_clear(OgDiff *diff) {
  og_arena_clear(&diff->arena);
  *diff = (OgDiff){.arena = OG_ARENA_INIT};
}

static const char *const names[] = {
    [OG_CHANGE_ADDED] = "added",           [OG_CHANGE_REMOVED] = "removed",
    [OG_CHANGE_DEPRECATED] = "deprecated", [OG_CHANGE_RESTORED] = "restored",
    [OG_CHANGE_RENAMED] = "renamed",       [OG_CHANGE_MOVED] = "moved",
    [OG_CHANGE_REDEFINED] = "redefined",   [OG_CHANGE_SYNONYMS] = "synonyms",
    [OG_CHANGE_RELATIONS] = "relations",
};

_Static_assert(OG_COUNT(names) == OG_CHANGE_KINDS, "a name a kind");

const char *og_change_name(OgChangeKind kind) {
  return names[kind];
}
