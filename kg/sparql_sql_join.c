/* Joins: which pattern comes first, and from where paths start.
 *
 * The first pattern is the one with the fewest statements, counted in the graph up to a limit that
 * grows until one stays below it; then always one that shares a variable with what is there, the
 * more of its places are bound the better. SQLite keeps the order (CROSS JOIN): it knows averages
 * only, and predicates are far from average.
 *
 * A path that repeats starts at a constant, or at the values that the patterns connected to one of
 * its ends give: those are joined first, made a table, and the path is walked from there. */
#include "kg/sparql_compiler.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

/* Rows that are assumed where nothing can be counted. */
enum { CLOSURE_ROWS = 200, OTHER_ROWS = 5000, FEW_ROWS = 64, MANY_ROWS = 1 << 17 };

typedef struct Part {
  const OgAlgebra *algebra;
  OgRelation relation;
  bool compiled;
  bool used;
  bool component; /* mark of the component at work */
  int64_t rows;   /* of a triple; no more were counted than limit, but when that took no longer */
  int64_t limit;  /* 0: not counted yet */
  double
      fan_out[2]; /* of a triple's predicate: statements a subject, an object; 0: not known yet */
} Part;

typedef struct Parts {
  Part *items;
  size_t count, capacity;
  size_t *marked; /* (count) numbers of those of a component, in the order of being found */
} Parts;

static OgStatus add_part(OgCompiler *c, Parts *parts, Part part) {
  Part *items =
      og_arena_grow(c->arena, parts->items, parts->count, &parts->capacity, sizeof *items);
  if (!items) {
    return og_error_no_memory(c->err);
  }
  parts->items = items;
  items[parts->count++] = part;
  return OG_OK;
}

static OgStatus gather(OgCompiler *c, const OgAlgebra *algebra, Parts *parts) {
  if (algebra->kind != OG_ALGEBRA_JOIN) {
    return add_part(c, parts, (Part){.algebra = algebra});
  }
  for (size_t k = 0; k < algebra->count; k++) {
    OG_TRY(gather(c, algebra->children[k], parts));
  }
  return OG_OK;
}

/* ---- One order, however it was written ---- */

static int compare_texts(OgText a, OgText b) {
  const int order =
      memcmp(a.data ? a.data : "", b.data ? b.data : "", a.size < b.size ? a.size : b.size);
  return order ? order : (a.size > b.size) - (a.size < b.size);
}

/* The name of a variable; those without come last, alike. */
static OgText name_of(const OgSparqlQuery *query, int variable) {
  const char *name = (size_t)variable < query->variable_count ? query->names[variable] : NULL;
  return name ? (OgText){name, strlen(name)} : (OgText){"~", 1};
}

/* Constants before variables, by their texts. */
static int compare_slots(const OgSparqlQuery *query, const OgSlot *a, const OgSlot *b) {
  const bool a_varies = a->variable != OG_NO_VARIABLE, b_varies = b->variable != OG_NO_VARIABLE;
  return a_varies != b_varies ? (int)a_varies - (int)b_varies
         : a_varies ? compare_texts(name_of(query, a->variable), name_of(query, b->variable))
                    : compare_texts(a->term.text, b->term.text);
}

static int compare_parts(const OgSparqlQuery *query, const OgAlgebra *a, const OgAlgebra *b) {
  if (a->kind != b->kind || (a->kind != OG_ALGEBRA_TRIPLE && a->kind != OG_ALGEBRA_PATH)) {
    return (int)a->kind - (int)b->kind;
  }
  int order = a->kind == OG_ALGEBRA_TRIPLE ? compare_slots(query, &a->predicate, &b->predicate) : 0;
  order = order ? order : compare_slots(query, &a->subject, &b->subject);
  return order ? order : compare_slots(query, &a->object, &b->object);
}

/* What a part is in order by; number: as it was written. */
typedef struct Place {
  const OgSparqlQuery *query;
  const OgAlgebra *algebra;
  size_t number;
} Place;

static int compare_places(const void *left, const void *right) {
  const Place *a = left, *b = right;
  const int order = compare_parts(a->query, a->algebra, b->algebra);
  return order ? order : (a->number > b->number) - (a->number < b->number);
}

/* Of two parts that look as good as each other the first is taken: it is to be the same one in
 * whatever order they were written. What compares alike stays as it was. Parts are nothing but
 * algebra yet. */
static OgStatus sort_parts(OgCompiler *c, Parts *parts) {
  Place *places = og_arena_alloc(c->arena, parts->count, sizeof *places);
  if (!places) {
    return og_error_no_memory(c->err);
  }
  for (size_t k = 0; k < parts->count; k++) {
    places[k] = (Place){c->query, parts->items[k].algebra, k};
  }
  qsort(places, parts->count, sizeof *places, compare_places);
  for (size_t k = 0; k < parts->count; k++) {
    parts->items[k].algebra = places[k].algebra;
  }
  return OG_OK;
}

static bool is_closure(const Part *part) {
  return !part->compiled && part->algebra->kind == OG_ALGEBRA_PATH &&
         part->algebra->path->kind != OG_PATH_NEGATED;
}

/* Whether a part is to be joined yet. */
static bool is_waiting(const Part *part, bool of_component) {
  return !part->used && part->compiled && (!of_component || part->component);
}

/* ---- Counting ---- */

typedef enum Sql {
  COUNT, /* by which places are constant: 1 subject, 2 predicate, 4 object */
  FAN_OUT = COUNT + 8,
  SQL_COUNT = FAN_OUT + 2
} Sql;

#define COUNT_WHERE(condition) "SELECT count(*) FROM (SELECT 1 FROM quad" condition " LIMIT ?4)"

/* s(node): subjects or objects of a predicate, at 8 even places between its objects. */
#define SAMPLES(node)                                                                              \
  "WITH a(low, high) AS (SELECT (SELECT min(object) FROM quad WHERE predicate = ?1), "             \
  "(SELECT max(object) FROM quad WHERE predicate = ?1)), "                                         \
  "k(k) AS (VALUES (0), (1), (2), (3), (4), (5), (6), (7)), "                                      \
  "s(node) AS MATERIALIZED (SELECT (SELECT " node " FROM quad WHERE predicate = ?1 "               \
  "AND object >= low + k * (high - low) / 7 ORDER BY object LIMIT 1) FROM a CROSS JOIN k) "
#define COUNT_SAMPLE(place)                                                                        \
  "(SELECT count(*) FROM (SELECT 1 FROM quad q WHERE q." place " = s.node "                        \
  "AND q.predicate = ?1 LIMIT 50))"

static const char *const sql[SQL_COUNT] = {
    COUNT_WHERE(""),
    COUNT_WHERE(" WHERE subject = ?1"),
    /* interpretation has counted them */
    "SELECT coalesce((SELECT sum(statements) FROM reading WHERE predicate = ?2),"
    " (" COUNT_WHERE(" WHERE predicate = ?2") "))",
    COUNT_WHERE(" WHERE subject = ?1 AND predicate = ?2"),
    COUNT_WHERE(" WHERE object = ?3"),
    COUNT_WHERE(" WHERE subject = ?1 AND object = ?3"),
    COUNT_WHERE(" WHERE predicate = ?2 AND object = ?3"),
    COUNT_WHERE(" WHERE subject = ?1 AND predicate = ?2 AND object = ?3"),
    /* Statements of a predicate that some of its subjects, some of its objects have. A subject with
     * many objects is met the more often, so the mean of the subjects is the harmonic one. */
    [FAN_OUT] =
        SAMPLES("subject") "SELECT count(*) / sum(1.0 / " COUNT_SAMPLE("subject") ") FROM s",
    SAMPLES("object") "SELECT avg(" COUNT_SAMPLE("object") ") FROM s",
};
static const OgSqlTable table = {sql, OG_COUNT(sql)};

static OgStatus count_triple(OgCompiler *c, const OgAlgebra *triple, int64_t limit, int64_t *rows) {
  const OgSlot *const slots[] = {&triple->subject, &triple->predicate, &triple->object};
  int64_t ids[OG_COUNT(slots)] = {0, 0, 0};
  int constants = 0;
  sqlite3_stmt *row;
  for (int k = 0; k < (int)OG_COUNT(slots); k++) {
    if (slots[k]->variable == OG_NO_VARIABLE) {
      constants |= 1 << k;
      OG_TRY(og_sql_find(c, &slots[k]->term, &ids[k]));
      if (ids[k] == 0) {
        *rows = 0;
        return OG_OK;
      }
    } else if (og_slot_is_given(c, slots[k])) {
      *rows = 1; /* of the solution around */
      return OG_OK;
    }
  }
  OG_TRY(og_store_statement(c->reader->store, &table, COUNT + constants, &row, c->err));
  for (int k = 0; k < (int)OG_COUNT(slots); k++) {
    if (constants & 1 << k) {
      sqlite3_bind_int64(row, k + 1, ids[k]);
    }
  }
  sqlite3_bind_int64(row, 4, limit);
  const int code = sqlite3_step(row);
  *rows = code == SQLITE_ROW ? sqlite3_column_int64(row, 0) : 0;
  const OgStatus status =
      code == SQLITE_ROW ? OG_OK : og_store_fault(c->reader->store, "read", c->err);
  sqlite3_reset(row);
  return status;
}

/* The average over a few subjects (side 0) or objects (side 1) of the part's predicate. */
static OgStatus find_fan_out(OgCompiler *c, Part *part, int side, double *fan_out) {
  const OgSlot *predicate = &part->algebra->predicate;
  int64_t id = 0;
  sqlite3_stmt *row;
  *fan_out = part->fan_out[side];
  if (*fan_out > 0) {
    return OG_OK;
  }
  OG_TRY(og_sql_find(c, &predicate->term, &id));
  OG_TRY(og_store_statement(c->reader->store, &table, FAN_OUT + side, &row, c->err));
  sqlite3_bind_int64(row, 1, id);
  const int code = sqlite3_step(row);
  *fan_out = code == SQLITE_ROW ? sqlite3_column_double(row, 0) : 0;
  const OgStatus status =
      code == SQLITE_ROW ? OG_OK : og_store_fault(c->reader->store, "read", c->err);
  sqlite3_reset(row);
  *fan_out = *fan_out > 1 ? *fan_out : 1;
  part->fan_out[side] = *fan_out;
  return status;
}

static OgStatus count_part(OgCompiler *c, Part *part, int64_t limit, int64_t *rows) {
  switch (part->algebra->kind) {
  case OG_ALGEBRA_TRIPLE:
    if (part->limit == 0 || (part->rows == part->limit && part->limit < limit)) {
      OG_TRY(count_triple(c, part->algebra, limit, &part->rows));
      part->limit = limit;
    }
    *rows = part->rows;
    return OG_OK;
  case OG_ALGEBRA_VALUES:
    *rows = (int64_t)part->algebra->rows;
    return OG_OK;
  case OG_ALGEBRA_PATH:
    *rows = CLOSURE_ROWS;
    return OG_OK;
  default:
    *rows = OTHER_ROWS;
    return OG_OK;
  }
}

/* The part with the fewest rows, among those of the component at work or all. */
static OgStatus find_smallest(OgCompiler *c, Parts *parts, bool of_component, int64_t most,
                              size_t *smallest, int64_t *fewest) {
  *smallest = parts->count;
  *fewest = INT64_MAX;
  enum { GROWTH = 4 };
  for (int64_t limit = FEW_ROWS; limit <= most && *fewest >= limit / GROWTH; limit *= GROWTH) {
    for (size_t k = 0; k < parts->count; k++) {
      Part *part = &parts->items[k];
      int64_t rows;
      if (!is_waiting(part, of_component)) {
        continue;
      }
      OG_TRY(count_part(c, part, limit, &rows));
      if (*smallest == parts->count || rows < *fewest || (k == *smallest && rows > *fewest)) {
        *smallest = k;
        *fewest = rows;
      }
    }
  }
  return OG_OK;
}

/* ---- Order ---- */

static bool is_bound(const OgCompiler *c, const OgSlot *slot, const OgRelation *joined) {
  const OgColumn *column =
      slot->variable == OG_NO_VARIABLE ? NULL : og_relation_find(joined, slot->variable);
  return og_slot_is_given(c, slot) || (column && !column->optional);
}

/* How many statements fit one solution so far. */
static OgStatus weigh_triple(OgCompiler *c, Part *part, const OgRelation *joined, double *weight) {
  /* by which places are bound: 1 subject, 2 predicate, 4 object; guesses where none can be made */
  static const double guesses[] = {1e6, 10, 1e5, 1, 100, 1, 2, 0.5};
  enum { SUBJECT = 1, PREDICATE = 2, OBJECT = 4 };
  const OgAlgebra *triple = part->algebra;
  const int bound = (is_bound(c, &triple->subject, joined) ? SUBJECT : 0) +
                    (is_bound(c, &triple->predicate, joined) ? PREDICATE : 0) +
                    (is_bound(c, &triple->object, joined) ? OBJECT : 0);
  *weight = guesses[bound];
  if (triple->predicate.variable == OG_NO_VARIABLE &&
      (bound == (SUBJECT | PREDICATE) || bound == (PREDICATE | OBJECT))) {
    return find_fan_out(c, part, bound == (SUBJECT | PREDICATE) ? 0 : 1, weight);
  }
  return OG_OK;
}

static bool shares(const OgRelation *a, const OgRelation *b) {
  for (size_t k = 0; k < a->count; k++) {
    if (og_relation_find(b, a->columns[k].variable)) {
      return true;
    }
  }
  return false;
}

/* The best of the parts that wait: one that shares a variable, with the fewest rows a solution.
 * *rows: the estimate of solutions so far, which becomes that of the join. */
static OgStatus find_next(OgCompiler *c, Parts *parts, bool of_component, size_t waiting,
                          const OgRelation *joined, size_t *best, double *rows) {
  static const double rows_of_a_table = 30, not_connected = 1e9;
  double least = 0;
  *best = parts->count;
  for (size_t k = 0; k < parts->count; k++) {
    Part *part = &parts->items[k];
    const bool is_triple = part->algebra->kind == OG_ALGEBRA_TRIPLE;
    double weight = is_triple ? 1 : rows_of_a_table;
    if (!is_waiting(part, of_component)) {
      continue;
    }
    /* where nothing is to choose, and little to be estimated, a guess will do */
    if (is_triple && (waiting > 1 || of_component || *rows > MANY_ROWS / 4)) {
      OG_TRY(weigh_triple(c, part, joined, &weight));
    }
    weight += shares(joined, &part->relation) ? 0 : not_connected;
    if (*best == parts->count || weight < least) {
      least = weight;
      *best = k;
    }
  }
  *rows *= least;
  return OG_OK;
}

/* Whether so many solutions share the statements of a triple that these are fewer by far. */
static OgStatus find_repeats(OgCompiler *c, Part *part, double rows, bool *repeats) {
  enum { OFTEN = 2 };
  int64_t statements;
  *repeats = false;
  if (part->algebra->kind == OG_ALGEBRA_TRIPLE && rows > MANY_ROWS) {
    OG_TRY(count_part(c, part, MANY_ROWS, &statements));
    *repeats = rows > OFTEN * (double)statements;
  }
  return OG_OK;
}

static OgStatus join_part(OgCompiler *c, Part *part, OgRelation *joined) {
  OgRelation both;
  OG_TRY(og_relation_join(c, joined, &part->relation, &both));
  part->used = true;
  *joined = both;
  return og_relation_view(c, joined);
}

/* Join what is compiled, or the component at work, in a good order. */
static OgStatus join_parts(OgCompiler *c, Parts *parts, bool of_component, OgRelation *joined) {
  size_t next;
  int64_t fewest = 0;
  double rows = 0;
  size_t waiting = 0;
  *joined = (OgRelation){.from = "", .where = "", .is_set = true};
  for (size_t k = 0; k < parts->count; k++) {
    waiting += is_waiting(&parts->items[k], of_component);
  }
  for (bool first = waiting > 1; waiting > 0; waiting--, first = false) {
    OG_TRY(og_compile_look(c));
    OG_TRY(first ? find_smallest(c, parts, of_component, MANY_ROWS, &next, &fewest)
                 : find_next(c, parts, of_component, waiting, joined, &next, &rows));
    rows = first ? (double)fewest : rows;
    OG_TRY(join_part(c, &parts->items[next], joined));
    OG_TRY(find_repeats(c, &parts->items[next], rows, &joined->repeats));
    joined->rows = rows;
  }
  return OG_OK;
}

/* ---- Paths ---- */

/* Mark the parts that are connected to the one that binds the variable; *any: there are some. Each
 * that is marked is compared once with those that are not. */
static OgStatus mark_component(OgCompiler *c, const Parts *parts, int variable, bool *any) {
  size_t *marked = parts->marked;
  size_t count = 0;
  for (size_t k = 0; k < parts->count; k++) {
    Part *part = &parts->items[k];
    const OgColumn *column = part->compiled && !part->used && variable != OG_NO_VARIABLE
                                 ? og_relation_find(&part->relation, variable)
                                 : NULL;
    part->component = column && !column->optional;
    if (part->component) {
      marked[count++] = k;
    }
  }
  *any = count > 0;
  for (size_t at = 0; at < count; at++) {
    OG_TRY(og_compile_look(c));
    for (size_t k = 0; k < parts->count; k++) {
      Part *part = &parts->items[k];
      if (is_waiting(part, false) && !part->component &&
          shares(&parts->items[marked[at]].relation, &part->relation)) {
        part->component = true;
        marked[count++] = k;
      }
    }
  }
  return OG_OK;
}

/* Rows of the smallest part connected to a variable; INT64_MAX when there is none. */
static OgStatus weigh_component(OgCompiler *c, Parts *parts, int variable, int64_t most,
                                int64_t *rows) {
  size_t smallest;
  bool any;
  *rows = INT64_MAX;
  OG_TRY(mark_component(c, parts, variable, &any));
  return any ? find_smallest(c, parts, true, most, &smallest, rows) : OG_OK;
}

/* Whether the values of a variable are in few solutions of a component each: no more than twice as
 * many solutions as one of its triples has values for it. */
static OgStatus has_few_each(OgCompiler *c, Parts *parts, int variable, const OgRelation *component,
                             bool *few) {
  enum { FEW_EACH = 2 };
  *few = false;
  for (size_t k = 0; k < parts->count && !*few; k++) {
    Part *part = &parts->items[k];
    const OgAlgebra *triple = part->algebra;
    if (!part->component || triple->kind != OG_ALGEBRA_TRIPLE ||
        triple->predicate.variable != OG_NO_VARIABLE ||
        (triple->subject.variable != variable && triple->object.variable != variable)) {
      continue;
    }
    int64_t statements;
    double each = 1;
    OG_TRY(count_part(c, part, MANY_ROWS, &statements));
    if (triple->subject.variable == OG_NO_VARIABLE || triple->object.variable == OG_NO_VARIABLE) {
      each = 1; /* a statement a value */
    } else {
      OG_TRY(find_fan_out(c, part, triple->subject.variable == variable ? 0 : 1, &each));
    }
    const double rows = component->rows > 0 ? component->rows : (double)statements;
    *few = rows * each <= FEW_EACH * (double)statements;
  }
  return OG_OK;
}

/* Walk a path from the component that binds one of its ends. */
static OgStatus close_component(OgCompiler *c, Parts *parts, size_t number, bool backwards) {
  const OgAlgebra *path = parts->items[number].algebra;
  const int start = backwards ? path->object.variable : path->subject.variable;
  OgRelation from;
  OgRelation closure;
  OgRelation both;
  bool carry = false;
  bool any;
  OG_TRY(mark_component(c, parts, start, &any));
  OG_TRY(join_parts(c, parts, true, &from));
  if (from.is_set) {
    OG_TRY(has_few_each(c, parts, start, &from, &carry));
  }
  OG_TRY(og_compile_closure(c, path, &from, carry, backwards, &closure));
  if (carry) {
    both = closure;
  } else {
    OG_TRY(og_relation_join(c, &from, &closure, &both));
  }
  parts->items[number].relation = both;
  parts->items[number].compiled = true;
  return OG_OK;
}

/* Choose where a path starts; false in *done when nothing binds it yet. */
static OgStatus compile_closure(OgCompiler *c, Parts *parts, size_t number, bool must, bool *done) {
  Part *part = &parts->items[number];
  const OgAlgebra *path = part->algebra;
  const bool starts = og_slot_is_given(c, &path->subject);
  const bool ends = og_slot_is_given(c, &path->object);
  /* a given end is worth more than a component, unless that has very few rows */
  const int64_t most = starts || ends ? FEW_ROWS : MANY_ROWS;
  int64_t before = INT64_MAX;
  int64_t after = INT64_MAX;
  *done = true;
  if (!starts) {
    OG_TRY(weigh_component(c, parts, path->subject.variable, most, &before));
  }
  if (!ends) {
    OG_TRY(weigh_component(c, parts, path->object.variable, most, &after));
  }
  if (starts || ends ? (before < FEW_ROWS / 2 || after < FEW_ROWS / 2)
                     : (before < INT64_MAX || after < INT64_MAX)) {
    return close_component(c, parts, number, after < before);
  }
  if (starts || ends || must) {
    part->compiled = true;
    return og_compile_closure(c, path, NULL, false, !starts && ends, &part->relation);
  }
  *done = false;
  return OG_OK;
}

/* Paths with a given end first, then from what is bound; one that nothing binds starts anywhere. */
static OgStatus compile_closures(OgCompiler *c, Parts *parts) {
  bool more = true;
  for (bool must = false; more;) {
    bool any = false;
    more = false;
    for (size_t k = 0; k < parts->count && !(must && any); k++) {
      if (is_closure(&parts->items[k])) {
        bool done;
        OG_TRY(compile_closure(c, parts, k, must, &done));
        any = any || done;
        more = true;
      }
    }
    must = !any;
  }
  return OG_OK;
}

OgStatus og_compile_join(OgCompiler *c, const OgAlgebra *join, OgRelation *relation) {
  Parts parts = {0};
  OG_TRY(gather(c, join, &parts));
  OG_TRY(sort_parts(c, &parts));
  parts.marked = og_arena_alloc(c->arena, parts.count, sizeof *parts.marked);
  if (!parts.marked) {
    return og_error_no_memory(c->err);
  }
  for (size_t k = 0; k < parts.count; k++) {
    Part *part = &parts.items[k];
    OG_TRY(og_compile_look(c));
    if (!is_closure(part)) {
      OG_TRY(og_compile_pattern(c, part->algebra, &part->relation));
      part->compiled = true;
    }
  }
  OG_TRY(compile_closures(c, &parts));
  return join_parts(c, &parts, false, relation);
}
