#include "kg/embed_types.h"

#include "core/memory.h"
#include "kg/hierarchy.h"

#include <math.h>
#include <string.h>

/* ?1 is the relation, or the class; ?2 … ?11 are the hierarchy's; of DISJOINT, `words`. */
typedef enum Sql { AXIOMS, BELOW, PLACED, DISJOINT, IN_HIERARCHY, SQL_COUNT } Sql;

/* super(p, back): what the relation is, read backwards or not. Rows of one axiom stand together. */
static const char axiom_rows[] =
    "WITH step(a, b, back) AS ("
    "SELECT property, argument, inverse FROM property_axiom"
    " WHERE kind IN ('sub-property of', 'equivalent to') UNION "
    "SELECT argument, property, inverse FROM property_axiom WHERE kind = 'equivalent to' UNION "
    "SELECT property, argument, NOT inverse FROM property_axiom WHERE kind = 'inverse of' UNION "
    "SELECT argument, property, NOT inverse FROM property_axiom WHERE kind = 'inverse of' UNION "
    "SELECT property, property, 1 FROM property_axiom WHERE kind = 'symmetric'), "
    "super(p, back) AS (SELECT ?1, 0 UNION "
    "SELECT step.b, super.back <> step.back FROM super JOIN step ON step.a = super.p) "
    "SELECT axiom.property, axiom.kind = 'domain', axiom.number,"
    " (axiom.kind = 'domain') <> super.back, axiom.argument "
    "FROM super JOIN property_axiom axiom ON axiom.property = super.p "
    "WHERE axiom.kind IN ('domain', 'range') ORDER BY 1, 2, 3, 4, axiom.position";

static const char below_rows[] =
    "WITH below(e) AS (SELECT ?1 UNION "
    "SELECT head FROM below JOIN every_edge ON tail = below.e WHERE relation IN " OG_SQL_UP
    " UNION "
    "SELECT tail FROM below JOIN every_edge ON head = below.e WHERE relation IN " OG_SQL_DOWN ") "
    "SELECT e FROM below";

static const char placed_rows[] =
    "SELECT head FROM every_edge WHERE relation IN " OG_SQL_HIERARCHY " UNION "
    "SELECT tail FROM every_edge WHERE relation IN " OG_SQL_HIERARCHY;

/* Classes of one group exclude one another. A group is a list, called by its first cell (a class
 * may be several disjoint unions), or the two ends of a statement. */
static const char disjoint_rows[] =
    "WITH list(id, cell) AS ("
    "SELECT quad.object, quad.object FROM quad JOIN quad kind ON kind.subject = quad.subject"
    " AND kind.predicate = ?1 AND kind.object = ?2"
    " WHERE quad.predicate = ?3 UNION "
    "SELECT object, object FROM quad WHERE predicate = ?4 UNION "
    "SELECT list.id, quad.object FROM list"
    " JOIN quad ON quad.subject = list.cell AND quad.predicate = ?7) "
    "SELECT 0, list.id, quad.object FROM list"
    " JOIN quad ON quad.subject = list.cell AND quad.predicate = ?6 UNION "
    "SELECT subject, object, subject FROM quad WHERE predicate = ?5 UNION "
    "SELECT subject, object, object FROM quad WHERE predicate = ?5 ORDER BY 1, 2, 3";

static const char *const sql[SQL_COUNT] = {
    [AXIOMS] = axiom_rows,
    [BELOW] = below_rows,
    [PLACED] = placed_rows,
    [DISJOINT] = disjoint_rows,
    [IN_HIERARCHY] = "SELECT 1 WHERE ?1 IN " OG_SQL_HIERARCHY,
};

static const OgSqlTable table = {sql, SQL_COUNT};

enum { MOST_MARKS = 1 << 24 }; /* of all entities together, 8 bytes each */

/* ?1 … of DISJOINT. */
static const char *const words[] = {
    OG_NS_RDF "type",         OG_NS_OWL "AllDisjointClasses",
    OG_NS_OWL "members",      OG_NS_OWL "disjointUnionOf",
    OG_NS_OWL "disjointWith", OG_NS_RDF "first",
    OG_NS_RDF "rest",
};

/* A class that excludes the others of its group. */
typedef struct Exclusive {
  int64_t class_id;
  uint32_t group;
} Exclusive;

/* An entity, or a class of an axiom, is below an exclusive class. */
typedef struct Mark {
  uint32_t item; /* row, or N + place of the class among the axioms' */
  uint32_t exclusive;
} Mark;

/* A class that may be, or one of several alternatives to be, at one end. */
typedef struct Bound {
  int64_t class_id;
  uint32_t axiom;
  bool of_heads;
} Bound;

struct OgTypes {
  size_t N;
  bool *allowed[2]; /* (N) as tails, as heads; NULL: all are */
  bool hierarchical;
  Exclusive *exclusives;
  Bound *bounds;
  Mark *marks;     /* ordered by item */
  uint64_t *start; /* (N + bounds + 1) into marks */
  size_t exclusive_count, bound_count, mark_count;
  size_t exclusive_capacity, bound_capacity, mark_capacity;
};

void og_types_free(OgTypes *types) {
  if (types) {
    og_free(types->allowed[0]);
    og_free(types->allowed[1]);
    og_free(types->exclusives);
    og_free(types->bounds);
    og_free(types->marks);
    og_free(types->start);
    og_free(types);
  }
}

/* ---- what the graph says ---- */

static OgStatus read_bounds(OgStore *store, int64_t relation, OgTypes *types, OgError *err) {
  OgCursor cursor;
  OgStatus status = OG_OK;
  int64_t last[4] = {-1, -1, -1, -1};
  uint32_t axiom = 0;
  OG_TRY(og_cursor_open(store, &table, AXIOMS, &cursor, err));
  og_cursor_bind(&cursor, 1, relation);
  while (status == OG_OK && og_cursor_next(&cursor, &status, err)) {
    const int64_t own[] = {og_cursor_integer(&cursor, 0), og_cursor_integer(&cursor, 1),
                           og_cursor_integer(&cursor, 2), og_cursor_integer(&cursor, 3)};
    axiom += memcmp(own, last, sizeof own) != 0;
    memcpy(last, own, sizeof own);
    Bound *grown =
        og_grow(types->bounds, types->bound_count, &types->bound_capacity, sizeof *grown);
    if (!grown) {
      status = og_error_no_memory(err);
      break;
    }
    types->bounds = grown;
    grown[types->bound_count++] = (Bound){og_cursor_integer(&cursor, 4), axiom, own[3] != 0};
  }
  og_cursor_close(&cursor);
  return status;
}

static OgStatus read_exclusives(OgStore *store, OgTypes *types, OgError *err) {
  OgCursor cursor;
  OgStatus status = OG_OK;
  int64_t ids[OG_COUNT(words)], last[2] = {-1, -1};
  uint32_t group = 0;
  for (size_t k = 0; k < OG_COUNT(words); k++) {
    OG_TRY(og_store_find_iri(store, words[k], strlen(words[k]), &ids[k], err));
  }
  OG_TRY(og_cursor_open(store, &table, DISJOINT, &cursor, err));
  for (size_t k = 0; k < OG_COUNT(words); k++) {
    og_cursor_bind(&cursor, (int)k + 1, ids[k]);
  }
  while (status == OG_OK && og_cursor_next(&cursor, &status, err)) {
    const int64_t own[] = {og_cursor_integer(&cursor, 0), og_cursor_integer(&cursor, 1)};
    group += memcmp(own, last, sizeof own) != 0;
    memcpy(last, own, sizeof own);
    Exclusive *grown = og_grow(types->exclusives, types->exclusive_count,
                               &types->exclusive_capacity, sizeof *grown);
    if (!grown) {
      status = og_error_no_memory(err);
      break;
    }
    types->exclusives = grown;
    grown[types->exclusive_count++] = (Exclusive){og_cursor_integer(&cursor, 2), group};
  }
  og_cursor_close(&cursor);
  return status;
}

/* What the types of a relation are made of. */
typedef struct Reader {
  OgStore *store;
  const OgVectors *vectors;
  OgHierarchy hierarchy;
  OgTypeRule rule;
  const uint32_t *const *ends; /* [2], (count) rows that are heads, and tails, of the relation */
  size_t count;
  OgTypes *types;
} Reader;

/* What a walk over the rows of a statement does with each id. */
typedef OgStatus Visit(void *data, int64_t id, OgError *err);

/* The walks of BELOW and PLACED end when og_store_watch says so. */
static OgStatus visit(const Reader *reader, Sql which, int64_t id, Visit *each, void *data,
                      OgError *err) {
  OgCursor cursor;
  OgStatus status = OG_OK;
  OG_TRY(og_cursor_open(reader->store, &table, which, &cursor, err));
  og_cursor_bind(&cursor, 1, id);
  og_hierarchy_bind(&reader->hierarchy, &cursor);
  while (status == OG_OK && og_cursor_next(&cursor, &status, err)) {
    status = each(data, og_cursor_integer(&cursor, 0), err);
  }
  og_cursor_close(&cursor);
  return status;
}

/* ---- disjoint classes ---- */

typedef struct Marking {
  OgTypes *types;
  const OgVectors *vectors;
  uint32_t exclusive;
} Marking;

static OgStatus add_mark(OgTypes *types, size_t item, uint32_t exclusive, OgError *err) {
  if (types->mark_count == MOST_MARKS) {
    return og_error_set(err, OG_FAILED,
                        "more than %d times an entity is below a class that is disjoint with "
                        "others: too often to look at; leave types out, with --types any",
                        MOST_MARKS);
  }
  Mark *grown = og_grow(types->marks, types->mark_count, &types->mark_capacity, sizeof *grown);
  if (!grown) {
    return og_error_no_memory(err);
  }
  types->marks = grown;
  grown[types->mark_count++] = (Mark){(uint32_t)item, exclusive};
  return OG_OK;
}

static OgStatus mark_one(void *data, int64_t id, OgError *err) {
  const Marking *marking = data;
  OgTypes *types = marking->types;
  const size_t row = og_vectors_row(marking->vectors, id);
  if (row < types->N) {
    OG_TRY(add_mark(types, row, marking->exclusive, err));
  }
  for (size_t k = 0; k < types->bound_count; k++) {
    if (types->bounds[k].class_id == id) {
      OG_TRY(add_mark(types, types->N + k, marking->exclusive, err));
    }
  }
  return OG_OK;
}

/* Order the marks by item: a counting sort. */
static OgStatus sort_marks(OgTypes *types, OgError *err) {
  const size_t items = types->N + types->bound_count;
  Mark *sorted = OG_NEW_ARRAY(Mark, types->mark_count);
  types->start = OG_NEW_ARRAY(uint64_t, items + 2);
  if (!sorted || !types->start) {
    og_free(sorted);
    return og_error_no_memory(err);
  }
  uint64_t *next = types->start + 1; /* counts, then where each list goes on, then where it ends */
  for (size_t k = 0; k < types->mark_count; k++) {
    next[1 + types->marks[k].item]++;
  }
  for (size_t n = 0; n < items; n++) {
    next[n + 1] += next[n];
  }
  for (size_t k = 0; k < types->mark_count; k++) {
    sorted[next[types->marks[k].item]++] = types->marks[k];
  }
  og_free(types->marks);
  types->marks = sorted;
  return OG_OK;
}

static OgStatus mark_exclusives(const Reader *reader, OgError *err) {
  OgTypes *types = reader->types;
  for (size_t k = 0; k < types->exclusive_count; k++) {
    Marking marking = {types, reader->vectors, (uint32_t)k};
    OG_TRY(visit(reader, BELOW, types->exclusives[k].class_id, mark_one, &marking, err));
  }
  return sort_marks(types, err);
}

static uint32_t group_of(const OgTypes *types, uint64_t mark) {
  return types->exclusives[types->marks[mark].exclusive].group;
}

/* Whether two items are below different classes of a group: nothing can be both. The marks of an
 * item ascend, and so do the groups of exclusive classes. */
static bool exclude(const OgTypes *types, size_t a, size_t b) {
  uint64_t x = types->start[a], y = types->start[b];
  const uint64_t x_end = types->start[a + 1], y_end = types->start[b + 1];
  while (x < x_end && y < y_end) {
    const uint32_t one = group_of(types, x), other = group_of(types, y);
    const bool same = one == other && types->marks[x].exclusive == types->marks[y].exclusive;
    const bool alone = (x + 1 == x_end || group_of(types, x + 1) != one) &&
                       (y + 1 == y_end || group_of(types, y + 1) != other);
    if (one == other && !(same && alone)) {
      return true;
    }
    x += one <= other;
    y += other <= one;
  }
  return false;
}

/* ---- domains and ranges ---- */

/* Bounds of one axiom from `first` on: alternatives. */
static size_t axiom_end(const OgTypes *types, size_t first) {
  size_t end = first;
  while (end < types->bound_count && types->bounds[end].axiom == types->bounds[first].axiom) {
    end++;
  }
  return end;
}

/* Rows that are disjoint with all alternatives of an axiom are not allowed. */
static void forbid_disjoint(OgTypes *types, size_t first, size_t end) {
  bool *allowed = types->allowed[types->bounds[first].of_heads];
  for (size_t n = 0; n < types->N; n++) {
    bool any = types->start[n] == types->start[n + 1];
    for (size_t k = first; k < end && !any; k++) {
      any = !exclude(types, n, types->N + k);
    }
    allowed[n] = allowed[n] && any;
  }
}

typedef struct Inside {
  const OgVectors *vectors;
  bool *rows; /* (N) */
} Inside;

static OgStatus note_row(void *data, int64_t id, OgError *err) {
  const Inside *inside = data;
  const size_t row = og_vectors_row(inside->vectors, id);
  (void)err;
  if (row < inside->vectors->N) {
    inside->rows[row] = true;
  }
  return OG_OK;
}

/* Whether nine in ten of the rows that stand at an end, and have a place, are inside. */
static bool is_kept(const bool *inside, const bool *placed, const uint32_t *ends, size_t count) {
  size_t kept = 0, all = 0;
  for (size_t k = 0; k < count; k++) {
    kept += placed[ends[k]] && inside[ends[k]];
    all += placed[ends[k]];
  }
  return kept * 10 >= all * 9;
}

/* Bounds first … end of an axiom: what is placed in the hierarchy, and not below one of these
 * alternatives, is not allowed. */
static OgStatus forbid_outside(const Reader *reader, size_t first, size_t end, const bool *placed,
                               OgError *err) {
  OgTypes *types = reader->types;
  const bool of_heads = types->bounds[first].of_heads;
  Inside inside = {reader->vectors, OG_NEW_ARRAY(bool, types->N)};
  OgStatus status = inside.rows ? OG_OK : og_error_no_memory(err);
  for (size_t k = first; k < end && status == OG_OK; k++) {
    status = visit(reader, BELOW, types->bounds[k].class_id, note_row, &inside, err);
  }
  if (status == OG_OK && is_kept(inside.rows, placed, reader->ends[!of_heads], reader->count)) {
    for (size_t n = 0; n < types->N; n++) {
      types->allowed[of_heads][n] = types->allowed[of_heads][n] && (inside.rows[n] || !placed[n]);
    }
  }
  og_free(inside.rows);
  return status;
}

static OgStatus apply_bounds(const Reader *reader, OgError *err) {
  OgTypes *types = reader->types;
  Inside placed = {reader->vectors, OG_NEW_ARRAY(bool, types->N)};
  OgStatus status = OG_OK;
  for (int side = 0; side < 2; side++) {
    types->allowed[side] = OG_NEW_ARRAY(bool, types->N);
    if (!types->allowed[side] || !placed.rows) {
      status = og_error_no_memory(err);
      goto done;
    }
    memset(types->allowed[side], true, types->N);
  }
  if (reader->rule == OG_TYPES_DECLARED) {
    OG_GO(visit(reader, PLACED, 0, note_row, &placed, err));
  }
  for (size_t first = 0, end; first < types->bound_count; first = end) {
    end = axiom_end(types, first);
    forbid_disjoint(types, first, end);
    if (reader->rule == OG_TYPES_DECLARED) {
      OG_GO(forbid_outside(reader, first, end, placed.rows, err));
    }
  }
done:
  og_free(placed.rows);
  return status;
}

/* ---- all of it ---- */

static OgStatus note_true(void *data, int64_t id, OgError *err) {
  (void)id, (void)err;
  *(bool *)data = true;
  return OG_OK;
}

OgStatus og_types_read(OgStore *store, const OgVectors *vectors, int64_t relation, OgTypeRule rule,
                       const uint32_t *const ends[2], size_t count, OgTypes **types, OgError *err) {
  OgStatus status = OG_OK;
  OgTypes *made = OG_NEW(OgTypes);
  Reader reader = {.store = store,
                   .vectors = vectors,
                   .rule = rule,
                   .ends = ends,
                   .count = count,
                   .types = made};
  if (!made) {
    return og_error_no_memory(err);
  }
  made->N = vectors->N;
  OG_GO(og_hierarchy_read(store, &reader.hierarchy, err));
  if (rule != OG_TYPES_ANY) {
    OG_GO(read_bounds(store, relation, made, err));
    OG_GO(read_exclusives(store, made, err));
    OG_GO(visit(&reader, IN_HIERARCHY, relation, note_true, &made->hierarchical, err));
  }
  OG_GO(mark_exclusives(&reader, err));
  if (made->bound_count > 0) {
    OG_GO(apply_bounds(&reader, err));
  }
  *types = made;
  made = NULL;
done:
  og_types_free(made);
  return status;
}

bool og_types_allow(const OgTypes *types, uint32_t row, bool head) {
  return !types->allowed[head] || types->allowed[head][row];
}

void og_types_hide(const OgTypes *types, uint32_t row, bool heads, float *scores) {
  const bool *allowed = types->allowed[heads];
  for (size_t n = 0; allowed && n < types->N; n++) {
    scores[n] = allowed[n] ? scores[n] : -INFINITY;
  }
  const bool any = types->hierarchical && types->start[row] < types->start[row + 1];
  for (size_t n = 0; any && n < types->N; n++) {
    if (exclude(types, row, n)) {
      scores[n] = -INFINITY;
    }
  }
}
