#include "kg/embed_known.h"

#include "core/memory.h"
#include "core/vocab.h"

#include <math.h>

/* ?1 is the relation. */
typedef enum Sql { ASSERTED, KNOWN, IS_TRANSITIVE, USABLE, SQL_COUNT } Sql;

static const char *const sql[SQL_COUNT] = {
    [ASSERTED] = "SELECT DISTINCT head, tail FROM edge "
                 "WHERE relation = ?1 AND head <> tail ORDER BY 1, 2",
    /* SKOS declares its symmetric properties in its reference (S24, S44), not in every file. */
    [KNOWN] = "SELECT head, tail FROM every_edge WHERE relation = ?1 AND head <> tail UNION "
              "SELECT tail, head FROM every_edge WHERE head <> tail AND relation IN ("
              "SELECT ?1 FROM property_axiom WHERE property = ?1 AND kind = 'symmetric' UNION "
              "SELECT id FROM term WHERE id = ?1 AND text IN ('" OG_NS_SKOS "related', '" OG_NS_SKOS
              "relatedMatch', '" OG_NS_SKOS "closeMatch', '" OG_NS_SKOS "exactMatch') UNION "
              "SELECT argument FROM property_axiom "
              "WHERE property = ?1 AND kind = 'inverse of' AND NOT inverse UNION "
              "SELECT property FROM property_axiom "
              "WHERE argument = ?1 AND kind = 'inverse of' AND NOT inverse) ORDER BY 1, 2",
    [IS_TRANSITIVE] = "SELECT 1 FROM property_axiom WHERE property = ?1 AND kind = 'transitive' "
                      "UNION SELECT 1 FROM relation WHERE id = ?1 AND id IN " OG_SQL_HIERARCHY,
    [USABLE] = "SELECT id FROM entity WHERE NOT deprecated",
};

static const OgSqlTable table = {sql, SQL_COUNT};

typedef struct Pairs {
  OgRowPair *items;
  size_t count, capacity;
} Pairs;

static OgStatus add_pair(Pairs *pairs, size_t head, size_t tail, OgError *err) {
  OgRowPair *items = og_grow(pairs->items, pairs->count, &pairs->capacity, sizeof *items);
  if (!items) {
    return og_error_no_memory(err);
  }
  pairs->items = items;
  pairs->items[pairs->count++] = (OgRowPair){(uint32_t)head, (uint32_t)tail};
  return OG_OK;
}

/* Edges between entities that have vectors. */
static OgStatus read_pairs(OgStore *store, const OgVectors *vectors, Sql which, int64_t relation,
                           Pairs *pairs, OgError *err) {
  OgCursor cursor;
  OgStatus status = OG_OK;
  OG_TRY(og_cursor_open(store, &table, which, &cursor, err));
  og_cursor_bind(&cursor, 1, relation);
  while (status == OG_OK && og_cursor_next(&cursor, &status, err)) {
    const size_t head = og_vectors_row(vectors, og_cursor_integer(&cursor, 0)),
                 tail = og_vectors_row(vectors, og_cursor_integer(&cursor, 1));
    if (head < vectors->N && tail < vectors->N) {
      status = add_pair(pairs, head, tail, err);
    }
  }
  og_cursor_close(&cursor);
  return status;
}

static OgStatus make_list(const Pairs *pairs, size_t N, bool backwards, OgRowLists *lists,
                          OgError *err) {
  lists->start = OG_NEW_ARRAY(size_t, N + 2);
  lists->items = OG_NEW_ARRAY(uint32_t, pairs->count);
  if (!lists->start || !lists->items) {
    return og_error_no_memory(err);
  }
  size_t *next = lists->start + 1; /* counts, then where each list goes on, then where it ends */
  for (size_t k = 0; k < pairs->count; k++) {
    next[1 + (backwards ? pairs->items[k].tail : pairs->items[k].head)]++;
  }
  for (size_t n = 0; n < N; n++) {
    next[n + 1] += next[n];
  }
  for (size_t k = 0; k < pairs->count; k++) {
    const OgRowPair pair = pairs->items[k];
    lists->items[next[backwards ? pair.tail : pair.head]++] = backwards ? pair.head : pair.tail;
  }
  return OG_OK;
}

static OgStatus make_lists(const Pairs *pairs, size_t N, OgRowLists lists[2], OgError *err) {
  OG_TRY(make_list(pairs, N, false, &lists[0], err));
  return make_list(pairs, N, true, &lists[1], err);
}

static OgStatus read_transitive(OgStore *store, int64_t relation, bool *transitive, OgError *err) {
  OgHierarchy hierarchy;
  OgCursor cursor;
  OgStatus status = OG_OK;
  OG_TRY(og_hierarchy_read(store, &hierarchy, err));
  OG_TRY(og_cursor_open(store, &table, IS_TRANSITIVE, &cursor, err));
  og_cursor_bind(&cursor, 1, relation);
  og_hierarchy_bind(&hierarchy, &cursor);
  *transitive = og_cursor_next(&cursor, &status, err);
  og_cursor_close(&cursor);
  return status;
}

static OgStatus read_usable(OgStore *store, const OgVectors *vectors, bool *usable, OgError *err) {
  OgCursor cursor;
  OgStatus status = OG_OK;
  OG_TRY(og_cursor_open(store, &table, USABLE, &cursor, err));
  while (og_cursor_next(&cursor, &status, err)) {
    const size_t row = og_vectors_row(vectors, og_cursor_integer(&cursor, 0));
    if (row < vectors->N) {
      usable[row] = true;
    }
  }
  og_cursor_close(&cursor);
  return status;
}

/* The types, with the rows at both ends of what is asserted. */
static OgStatus read_types(OgStore *store, const OgVectors *vectors, int64_t relation,
                           OgTypeRule rule, const Pairs *asserted, OgTypes **types, OgError *err) {
  uint32_t *heads = OG_NEW_ARRAY(uint32_t, asserted->count);
  uint32_t *tails = OG_NEW_ARRAY(uint32_t, asserted->count);
  OgStatus status = heads && tails ? OG_OK : og_error_no_memory(err);
  for (size_t k = 0; status == OG_OK && k < asserted->count; k++) {
    heads[k] = asserted->items[k].head;
    tails[k] = asserted->items[k].tail;
  }
  const uint32_t *const ends[] = {heads, tails};
  if (status == OG_OK) {
    status = og_types_read(store, vectors, relation, rule, ends, asserted->count, types, err);
  }
  og_free(heads);
  og_free(tails);
  return status;
}

OgStatus og_known_read(OgStore *store, const OgVectors *vectors, int64_t relation, OgTypeRule rule,
                       OgKnownEdges *known, OgError *err) {
  OgKnownEdges made = {.N = vectors->N, .usable = OG_NEW_ARRAY(bool, vectors->N)};
  Pairs asserted = {0}, all = {0};
  OgStatus status;
  if (!made.usable) {
    return og_error_no_memory(err);
  }
  OG_GO(read_pairs(store, vectors, ASSERTED, relation, &asserted, err));
  OG_GO(make_lists(&asserted, made.N, made.answers, err));
  OG_GO(read_pairs(store, vectors, KNOWN, relation, &all, err));
  OG_GO(make_lists(&all, made.N, made.known, err));
  OG_GO(read_transitive(store, relation, &made.transitive, err));
  OG_GO(read_usable(store, vectors, made.usable, err));
  OG_GO(read_types(store, vectors, relation, rule, &asserted, &made.types, err));
  made.asserted = asserted.items;
  made.asserted_count = asserted.count;
  asserted = (Pairs){0};
  *known = made;
  made = (OgKnownEdges){0};
done:
  og_known_clear(&made);
  og_free(asserted.items);
  og_free(all.items);
  return status;
}

void og_known_clear(OgKnownEdges *known) {
  for (int way = 0; way < 2; way++) {
    OgRowLists *lists[] = {&known->answers[way], &known->known[way]};
    for (size_t k = 0; k < OG_COUNT(lists); k++) {
      og_free(lists[k]->start);
      og_free(lists[k]->items);
    }
  }
  og_free(known->asserted);
  og_free(known->usable);
  og_types_free(known->types);
  *known = (OgKnownEdges){0};
}

OgStatus og_known_walk_init(OgKnownWalk *walk, size_t N, OgError *err) {
  walk->queue = OG_NEW_ARRAY(uint32_t, N);
  walk->seen = OG_NEW_ARRAY(uint32_t, N);
  return walk->queue && walk->seen ? OG_OK : og_error_no_memory(err);
}

void og_known_walk_clear(OgKnownWalk *walk) {
  og_free(walk->queue);
  og_free(walk->seen);
}

void og_known_add_bias(const OgKnownEdges *known, bool heads, float bias, float *scores) {
  const size_t *start = known->answers[!heads].start; /* of those that a candidate answers */
  for (size_t n = 0; n < known->N && bias != 0; n++) {
    scores[n] += start[n + 1] > start[n] ? bias : 0;
  }
}

void og_known_hide_answers(const OgKnownEdges *known, uint32_t row, bool heads, float *scores) {
  const OgRowLists *answers = &known->answers[heads];
  scores[row] = -INFINITY;
  for (size_t k = answers->start[row]; k < answers->start[row + 1]; k++) {
    scores[answers->items[k]] = -INFINITY;
  }
}

/* Hide what the lists lead to: in one step, or in any number of them. */
static void hide_reached(OgKnownWalk *walk, const OgRowLists *lists, uint32_t from, bool far,
                         float *scores) {
  size_t count = 1;
  walk->walk++;
  walk->queue[0] = from;
  walk->seen[from] = walk->walk;
  for (size_t at = 0; at < count && (far || at == 0); at++) {
    const uint32_t node = walk->queue[at];
    for (size_t k = lists->start[node]; k < lists->start[node + 1]; k++) {
      const uint32_t other = lists->items[k];
      if (walk->seen[other] != walk->walk) {
        walk->seen[other] = walk->walk;
        walk->queue[count++] = other;
        scores[other] = -INFINITY;
      }
    }
  }
}

void og_known_hide(const OgKnownEdges *known, uint32_t row, bool heads, OgKnownWalk *walk,
                   float *scores) {
  hide_reached(walk, &known->known[heads], row, known->transitive, scores);
  if (known->transitive) {
    hide_reached(walk, &known->known[!heads], row, true, scores);
  }
  for (size_t n = 0; n < known->N; n++) {
    scores[n] = known->usable[n] ? scores[n] : -INFINITY;
  }
  og_types_hide(known->types, row, heads, scores);
}
