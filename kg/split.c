#include "kg/split.h"

#include "core/hash.h"
#include "core/memory.h"
#include "core/random.h"
#include "core/vocab.h"
#include "kg/cursor.h"

#include <stdlib.h>
#include <string.h>

enum {
  CANDIDATES = 8,      /* edges looked at for each edge that a split wants */
  LONGEST_WALK = 10000 /* entities looked at; where more are above one, its edges stay in train */
};

static const char stage[] = "holding out edges";

/* ?1 is rdf:type, ?2 is rdfs:subClassOf. */
typedef enum Sql { TRANSITIVE, IMPLICATIONS, EDGES_OF_OLDER, IRIS_OF_OLDER, SQL_COUNT } Sql;

static const char *const sql[SQL_COUNT] = {
    [TRANSITIVE] = "SELECT property FROM property_axiom WHERE kind = 'transitive'",
    [IMPLICATIONS] =
        ("WITH step(a, b, backwards) AS ("
         "SELECT property, argument, inverse FROM property_axiom "
         "WHERE kind IN ('sub-property of', 'equivalent to') UNION "
         "SELECT argument, property, inverse FROM property_axiom WHERE kind = 'equivalent to' "
         "UNION "
         "SELECT property, argument, NOT inverse FROM property_axiom WHERE kind = 'inverse of' "
         "UNION "
         "SELECT argument, property, NOT inverse FROM property_axiom WHERE kind = 'inverse of' "
         "UNION "
         "SELECT property, property, 1 FROM property_axiom WHERE kind = 'symmetric' UNION "
         "SELECT ?2, ?1, 0), "
         "every(a, b, backwards) AS (SELECT * FROM step UNION "
         "SELECT every.a, step.b, every.backwards <> step.backwards "
         "FROM every JOIN step ON step.a = every.b) "
         "SELECT a, b, backwards FROM every WHERE a <> b OR backwards ORDER BY b, a, backwards"),
    [EDGES_OF_OLDER] = "SELECT DISTINCT head, relation, tail FROM edge WHERE head <> tail",
    [IRIS_OF_OLDER] = ("SELECT term.id, term.text FROM term WHERE term.kind = 1 AND term.id IN "
                       "(SELECT id FROM entity UNION SELECT id FROM relation) ORDER BY 1"),
};

static const OgSqlTable table = {sql, SQL_COUNT};

/* ---- what follows from edges ---- */

/* UINT32_MAX: the graph has no number for it. */
static uint32_t number_of(const int64_t *ids, size_t count, int64_t id) {
  const size_t found = og_find_id(ids, count, id);
  return found < count ? (uint32_t)found : UINT32_MAX;
}

static OgStatus read_transitive(OgStore *store, const OgTripleGraph *graph, OgEdgeRules *rules,
                                OgError *err) {
  OgCursor cursor;
  OgStatus status = OG_OK;
  OG_TRY(og_cursor_open(store, &table, TRANSITIVE, &cursor, err));
  while (og_cursor_next(&cursor, &status, err)) {
    const uint32_t r = number_of(graph->relation_ids, graph->R, og_cursor_integer(&cursor, 0));
    if (r < graph->R) {
      rules->transitive[r] = true;
    }
  }
  og_cursor_close(&cursor);
  for (int k = 0; k < OG_HIERARCHY && status == OG_OK; k++) {
    int64_t id;
    const char *iri = og_hierarchy_relations[k];
    status = og_store_find_iri(store, iri, strlen(iri), &id, err);
    const uint32_t r = status == OG_OK ? number_of(graph->relation_ids, graph->R, id) : UINT32_MAX;
    if (r < graph->R) {
      rules->transitive[r] = true;
    }
  }
  return status;
}

static OgStatus add_implication(OgEdgeRules *rules, size_t *capacity, OgImplication item,
                                OgError *err) {
  if (item.from >= rules->R || item.to >= rules->R) {
    return OG_OK; /* of a property that makes no edges */
  }
  OgImplication *items = og_grow(rules->items, rules->count, capacity, sizeof *items);
  if (!items) {
    return og_error_no_memory(err);
  }
  rules->items = items;
  rules->items[rules->count++] = item;
  return OG_OK;
}

static OgStatus read_implications(OgStore *store, const OgTripleGraph *graph, OgEdgeRules *rules,
                                  OgError *err) {
  static const char type[] = OG_NS_RDF "type", subclass[] = OG_NS_RDFS "subClassOf";
  int64_t type_id, subclass_id;
  OgCursor cursor;
  OgStatus status = OG_OK;
  size_t capacity = 0;
  OG_TRY(og_store_find_iri(store, type, sizeof type - 1, &type_id, err));
  OG_TRY(og_store_find_iri(store, subclass, sizeof subclass - 1, &subclass_id, err));
  OG_TRY(og_cursor_open(store, &table, IMPLICATIONS, &cursor, err));
  og_cursor_bind(&cursor, 1, type_id);
  og_cursor_bind(&cursor, 2, subclass_id);
  while (status == OG_OK && og_cursor_next(&cursor, &status, err)) {
    const OgImplication item = {
        number_of(graph->relation_ids, graph->R, og_cursor_integer(&cursor, 0)),
        number_of(graph->relation_ids, graph->R, og_cursor_integer(&cursor, 1)),
        og_cursor_integer(&cursor, 2) != 0};
    status = add_implication(rules, &capacity, item, err);
  }
  og_cursor_close(&cursor);
  return status;
}

OgStatus og_edge_rules_from_store(OgStore *store, const OgTripleGraph *graph, OgEdgeRules *rules,
                                  OgError *err) {
  OgEdgeRules made = {.R = graph->R, .transitive = OG_NEW_ARRAY(bool, graph->R)};
  OgStatus status = OG_OK;
  if (!made.transitive) {
    status = og_error_no_memory(err);
    goto done;
  }
  OG_GO(read_transitive(store, graph, &made, err));
  OG_GO(read_implications(store, graph, &made, err));
  *rules = made;
  made = (OgEdgeRules){0};
done:
  og_edge_rules_clear(&made);
  return status;
}

void og_edge_rules_clear(OgEdgeRules *rules) {
  og_free(rules->transitive);
  og_free(rules->items);
  *rules = (OgEdgeRules){0};
}

/* Walks over the edges of train, to see what follows from them. */
typedef struct Walker {
  const OgEdgeRules *rules;
  const OgTriples *train;
  const bool *moved;      /* (edges) those that have left train; NULL: none */
  OgTripleIndex index[2]; /* by head and by tail */
  uint32_t *queue;        /* (LONGEST_WALK) */
  uint32_t *seen;         /* (N) number of the last walk that came by */
  uint32_t walk;
  uint8_t *ways; /* (R) of the present walk: FORWARDS | BACKWARDS */
} Walker;

enum { FORWARDS = 1, BACKWARDS = 2 };

static void walker_clear(Walker *walker) {
  for (int way = 0; way < 2; way++) {
    og_triple_index_clear(&walker->index[way]);
  }
  og_free(walker->queue);
  og_free(walker->seen);
  og_free(walker->ways);
}

/* rules NULL, or without a transitive relation: nothing follows, and nothing is made. */
static OgStatus walker_init(Walker *walker, const OgTripleGraph *graph, const OgEdgeRules *rules,
                            const bool *moved, const OgProgress *progress, OgError *err) {
  bool any = false;
  *walker = (Walker){.train = &graph->parts[OG_TRAIN], .moved = moved};
  for (size_t r = 0; rules && r < rules->R; r++) {
    any = any || rules->transitive[r];
  }
  if (!any || walker->train->count > UINT32_MAX) {
    return OG_OK;
  }
  walker->rules = rules;
  walker->queue = OG_NEW_ARRAY(uint32_t, LONGEST_WALK);
  walker->seen = OG_NEW_ARRAY(uint32_t, graph->N);
  walker->ways = OG_NEW_ARRAY(uint8_t, rules->R);
  if (!walker->queue || !walker->seen || !walker->ways) {
    return og_error_no_memory(err);
  }
  OG_TRY(og_triples_index(walker->train, graph->N, false, progress, &walker->index[0], err));
  return og_triples_index(walker->train, graph->N, true, progress, &walker->index[1], err);
}

/* Steps from one entity along the edges that lead from it one way; true when `to` is reached. The
 * edges between the two ends of what is asked for do not count. */
static bool step(Walker *walker, uint32_t from, bool backwards, const OgTriple *asked, uint32_t to,
                 size_t *queued) {
  const OgTripleIndex *index = &walker->index[backwards];
  for (uint64_t k = index->start[from]; k < index->start[from + 1]; k++) {
    const uint32_t edge = index->edges[k];
    const OgTriple *triple = &walker->train->items[edge];
    const uint32_t end = backwards ? triple->head : triple->tail;
    const bool direct = (triple->head == asked->head && triple->tail == asked->tail) ||
                        (triple->head == asked->tail && triple->tail == asked->head);
    const int way = backwards ? BACKWARDS : FORWARDS;
    if (direct || (walker->moved && walker->moved[edge]) ||
        !(walker->ways[triple->relation] & way) || walker->seen[end] == walker->walk) {
      continue;
    }
    if (end == to || *queued == LONGEST_WALK) {
      return true;
    }
    walker->seen[end] = walker->walk;
    walker->queue[(*queued)++] = end;
  }
  return false;
}

/* Whether edges that are, or imply, edges of a transitive relation lead from one entity to
 * another. */
static bool leads(Walker *walker, uint32_t relation, uint32_t from, uint32_t to,
                  const OgTriple *asked) {
  const OgEdgeRules *rules = walker->rules;
  memset(walker->ways, 0, rules->R);
  walker->ways[relation] = FORWARDS;
  for (size_t k = 0; k < rules->count; k++) {
    const OgImplication *item = &rules->items[k];
    walker->ways[item->from] |= item->to != relation ? 0 : item->backwards ? BACKWARDS : FORWARDS;
  }
  size_t queued = 0;
  walker->seen[from] = ++walker->walk;
  walker->queue[queued++] = from;
  for (size_t k = 0; k < queued; k++) {
    const uint32_t entity = walker->queue[k];
    if (step(walker, entity, false, asked, to, &queued) ||
        step(walker, entity, true, asked, to, &queued)) {
      return true;
    }
  }
  return false;
}

/* Whether an edge follows from those of train, the ones between the same two entities apart. */
static bool follows(Walker *walker, const OgTriple *edge) {
  const OgEdgeRules *rules = walker->rules;
  if (!rules) {
    return false;
  }
  if (rules->transitive[edge->relation] &&
      leads(walker, edge->relation, edge->head, edge->tail, edge)) {
    return true;
  }
  for (size_t k = 0; k < rules->count; k++) {
    const OgImplication *item = &rules->items[k];
    if (item->to == edge->relation && rules->transitive[item->from] &&
        leads(walker, item->from, item->backwards ? edge->tail : edge->head,
              item->backwards ? edge->head : edge->tail, edge)) {
      return true;
    }
  }
  return false;
}

/* ---- edges ---- */

/* An edge that may be held out. All edges between the same two entities bear the same priority:
 * sorted by it, they stand together. */
typedef struct Candidate {
  uint64_t priority;
  uint32_t low, high; /* its two entities */
  bool bridge;        /* train would fall apart between them */
  size_t edge;
} Candidate;

typedef struct Split {
  OgTripleGraph *graph;
  Candidate *candidates;
  size_t count;
  uint32_t *entity_edges;   /* (N) left in train */
  uint32_t *relation_edges; /* (R) */
  bool *moved;              /* (edges) */
  uint32_t *root;           /* (N) union-find: which entities train connects */
  Walker walker;
} Split;

static Candidate candidate(const OgTriple *triple, size_t edge, uint64_t seed) {
  const uint32_t low = triple->head < triple->tail ? triple->head : triple->tail;
  const uint32_t high = triple->head < triple->tail ? triple->tail : triple->head;
  const uint64_t pair = (uint64_t)low << 32 | high;
  return (Candidate){.priority = og_random_at(seed, og_hash(&pair, sizeof pair)),
                     .low = low,
                     .high = high,
                     .edge = edge};
}

static int compare_candidates(const void *a, const void *b) {
  const Candidate *x = a, *y = b;
  if (x->priority != y->priority) {
    return x->priority < y->priority ? -1 : 1;
  }
  if (x->low != y->low) {
    return x->low < y->low ? -1 : 1;
  }
  if (x->high != y->high) {
    return x->high < y->high ? -1 : 1;
  }
  return x->edge < y->edge ? -1 : x->edge > y->edge;
}

static uint32_t find_root(uint32_t *root, uint32_t entity) {
  while (root[entity] != entity) {
    root[entity] = root[root[entity]]; /* path halving */
    entity = root[entity];
  }
  return entity;
}

/* Whether a link between two entities joins what was apart until now. */
static bool unite(uint32_t *root, uint32_t a, uint32_t b) {
  const uint32_t x = find_root(root, a), y = find_root(root, b);
  root[x] = y;
  return x != y;
}

/* Mark a spanning forest of the candidates, grown after the edges that are none from the last in
 * order: without any or all of the unmarked ones, whatever was connected is connected. */
static void mark_bridges(Split *split) {
  for (size_t k = split->count; k-- > 0;) {
    Candidate *one = &split->candidates[k];
    one->bridge = unite(split->root, one->low, one->high);
  }
}

/* The edges of a random choice of pairs of entities; all others stay in train. */
static OgStatus choose_candidates(Split *split, size_t wanted, uint64_t seed,
                                  const OgProgress *progress, OgError *err) {
  const OgTriples *train = &split->graph->parts[OG_TRAIN];
  const double share = (double)wanted * CANDIDATES / (double)train->count;
  const uint64_t below = share < 1 ? (uint64_t)(share * 0x1p64) : UINT64_MAX;
  size_t count = 0;
  for (size_t k = 0; k < train->count; k++) {
    OG_TRY(og_progress_step(progress, stage, k, train->count, err));
    count += candidate(&train->items[k], k, seed).priority <= below;
  }
  split->candidates = OG_NEW_ARRAY(Candidate, count);
  if (!split->candidates) {
    return og_error_no_memory(err);
  }
  for (size_t k = 0; k < train->count; k++) {
    OG_TRY(og_progress_step(progress, stage, k, train->count, err));
    const Candidate one = candidate(&train->items[k], k, seed);
    if (one.priority <= below) {
      split->candidates[split->count++] = one;
    } else {
      unite(split->root, one.low, one.high);
    }
  }
  qsort(split->candidates, split->count, sizeof *split->candidates, compare_candidates);
  return OG_OK;
}

/* Take n edges of train out of (sign -1) or back into (1) the counts; false when something has no
 * edge left. */
static bool count_edges(Split *split, const Candidate *edges, size_t n, int sign) {
  bool kept = true;
  for (size_t k = 0; k < n; k++) {
    const OgTriple *triple = &split->graph->parts[OG_TRAIN].items[edges[k].edge];
    uint32_t *counts[] = {&split->entity_edges[triple->head], &split->entity_edges[triple->tail],
                          &split->relation_edges[triple->relation]};
    for (size_t c = 0; c < OG_COUNT(counts); c++) {
      *counts[c] += (uint32_t)sign;
      kept = kept && *counts[c] > 0;
    }
  }
  return kept;
}

/* Candidates from `pair` on between the same two entities; *bridge: one of them is marked. */
static size_t count_pair(const Split *split, const Candidate *pair, bool *bridge) {
  const Candidate *end = split->candidates + split->count;
  size_t n = 0;
  *bridge = false;
  for (; pair + n < end && pair[n].low == pair->low && pair[n].high == pair->high; n++) {
    *bridge = *bridge || pair[n].bridge;
  }
  return n;
}

static bool any_follows(Split *split, const Candidate *edges, size_t n) {
  bool any = false;
  for (size_t k = 0; k < n && !any; k++) {
    any = follows(&split->walker, &split->graph->parts[OG_TRAIN].items[edges[k].edge]);
  }
  return any;
}

/* Move the candidates that are bridges, or those that are not, pair by pair, until each part has
 * `wanted` edges. */
static OgStatus move_candidates(Split *split, OgHeldOut parts, size_t wanted, bool bridges,
                                OgError *err) {
  OgTripleGraph *graph = split->graph;
  bool bridge;
  for (size_t k = 0, n; k < split->count; k += n) {
    const Candidate *pair = &split->candidates[k];
    n = count_pair(split, pair, &bridge);
    OgTriples *valid = &graph->parts[OG_VALID], *test = &graph->parts[OG_TEST];
    OgTriples *to =
        parts == OG_HOLD_OUT_VALID_AND_TEST && test->count <= valid->count ? test : valid;
    if (to->count >= wanted) {
      break;
    }
    if (bridge != bridges) {
      continue;
    }
    if (!count_edges(split, pair, n, -1) || any_follows(split, pair, n)) {
      count_edges(split, pair, n, 1);
      continue;
    }
    for (size_t e = 0; e < n; e++) {
      OG_TRY(og_triples_add(to, graph->parts[OG_TRAIN].items[pair[e].edge], err));
      split->moved[pair[e].edge] = true;
    }
    graph->bridges += bridges ? n : 0;
  }
  return OG_OK;
}

static void close_gaps(OgTriples *train, const bool *moved) {
  size_t kept = 0;
  for (size_t k = 0; k < train->count; k++) {
    if (!moved[k]) {
      train->items[kept++] = train->items[k];
    }
  }
  train->count = kept;
}

OgStatus og_split_edges(OgTripleGraph *graph, const OgEdgeRules *rules, OgHeldOut to,
                        double fraction, size_t most, uint64_t seed, const OgProgress *progress,
                        OgError *err) {
  OgTriples *train = &graph->parts[OG_TRAIN];
  const size_t valid_before = graph->parts[OG_VALID].count;
  const size_t test_before = graph->parts[OG_TEST].count;
  const double share = fraction * (double)train->count;
  const size_t wanted = share < (double)most ? (size_t)(share + 0.5) : most;
  if (wanted == 0) {
    return OG_OK;
  }
  OgStatus status;
  Split split = {.graph = graph,
                 .entity_edges = OG_NEW_ARRAY(uint32_t, graph->N),
                 .relation_edges = OG_NEW_ARRAY(uint32_t, graph->R),
                 .moved = OG_NEW_ARRAY(bool, train->count),
                 .root = OG_NEW_ARRAY(uint32_t, graph->N)};
  if (!split.entity_edges || !split.relation_edges || !split.moved || !split.root) {
    status = og_error_no_memory(err);
    goto done;
  }
  for (size_t k = 0; k < graph->N; k++) {
    split.root[k] = (uint32_t)k;
  }
  for (size_t k = 0; k < train->count; k++) {
    OG_GO(og_progress_step(progress, stage, k, train->count, err));
    split.entity_edges[train->items[k].head]++;
    split.entity_edges[train->items[k].tail]++;
    split.relation_edges[train->items[k].relation]++;
  }
  OG_GO(walker_init(&split.walker, graph, rules, split.moved, progress, err));
  OG_GO(choose_candidates(&split, 2 * wanted, seed, progress, err));
  mark_bridges(&split);
  OG_GO(move_candidates(&split, to, wanted, false, err));
  OG_GO(move_candidates(&split, to, wanted, true, err));
  close_gaps(train, split.moved);
done:
  if (status != OG_OK) { /* all are in train still */
    graph->parts[OG_VALID].count = valid_before;
    graph->parts[OG_TEST].count = test_before;
  }
  walker_clear(&split.walker);
  og_free(split.candidates);
  og_free(split.entity_edges);
  og_free(split.relation_edges);
  og_free(split.moved);
  og_free(split.root);
  return status;
}

/* ---- moving edges ---- */

/* Where an edge of a part goes; data is of whoever asks. */
typedef OgPart Sorter(void *data, OgPart part, const OgTriple *edge);

/* Move the edges of a part to where they go; those that stay keep their order. All or none. */
static OgStatus move_edges(OgTripleGraph *graph, OgPart part, Sorter *sorter, void *data,
                           OgError *err) {
  OgTriples *from = &graph->parts[part];
  size_t counts[OG_PARTS] = {0}, kept = 0;
  uint8_t *to = OG_NEW_ARRAY(uint8_t, from->count);
  OgStatus status = to ? OG_OK : og_error_no_memory(err);
  for (size_t k = 0; to && k < from->count; k++) {
    to[k] = (uint8_t)sorter(data, part, &from->items[k]);
    counts[to[k]] += to[k] != part;
  }
  for (int p = 0; p < OG_PARTS && status == OG_OK; p++) {
    status = og_triples_reserve(&graph->parts[p], counts[p], err);
  }
  for (size_t k = 0; status == OG_OK && k < from->count; k++) {
    OgTriples *place = &graph->parts[to[k]];
    place->items[place == from ? kept++ : place->count++] = from->items[k];
  }
  from->count = status == OG_OK ? kept : from->count;
  og_free(to);
  return status;
}

/* ---- what is known already ---- */

static OgPart unless_it_follows(void *walker, OgPart part, const OgTriple *edge) {
  return follows(walker, edge) ? OG_SUPPORT : part;
}

/* What follows from train and support is not asked for: it becomes support. */
static OgStatus drop_implied(OgTripleGraph *graph, const OgEdgeRules *rules, OgError *err) {
  static const OgPart known[] = {OG_TRAIN, OG_SUPPORT};
  OgTripleGraph all = {.N = graph->N, .R = graph->R};
  Walker walker = {0};
  OgStatus status = OG_OK;
  for (size_t p = 0; rules && p < OG_COUNT(known); p++) {
    const OgTriples *part = &graph->parts[known[p]];
    OG_GO(og_triples_reserve(&all.parts[OG_TRAIN], part->count, err));
    for (size_t k = 0; k < part->count; k++) {
      OG_GO(og_triples_add(&all.parts[OG_TRAIN], part->items[k], err));
    }
  }
  OG_GO(walker_init(&walker, &all, rules, NULL, NULL, err));
  status = move_edges(graph, OG_TEST, unless_it_follows, &walker, err);
done:
  walker_clear(&walker);
  og_triple_graph_clear(&all);
  return status;
}

/* ---- entities ---- */

/* Whether an entity is held out as a whole. */
static bool is_held(uint32_t entity, double fraction, uint64_t seed) {
  return (double)(og_random_at(seed, entity) >> 11) * 0x1p-53 < fraction;
}

static bool has_held(const OgTriple *triple, double fraction, uint64_t seed) {
  return is_held(triple->head, fraction, seed) || is_held(triple->tail, fraction, seed);
}

/* A coin for all edges between the same two entities. */
static bool toss(const OgTriple *triple, uint64_t seed) {
  return candidate(triple, 0, seed + 1).priority >> 63;
}

/* How entities are held out. given: there is a test already. */
typedef struct EntitySplit {
  double fraction;
  uint64_t seed;
  bool given;
} EntitySplit;

static OgPart part_of(void *data, OgPart part, const OgTriple *edge) {
  const EntitySplit *split = data;
  if (!has_held(edge, split->fraction, split->seed)) {
    return part == OG_TEST ? OG_SUPPORT : part;
  }
  if (split->given) {
    return part == OG_TRAIN ? OG_SUPPORT : OG_TEST;
  }
  return toss(edge, split->seed) ? OG_TEST : OG_SUPPORT;
}

OgStatus og_split_entities(OgTripleGraph *graph, const OgEdgeRules *rules, double fraction,
                           uint64_t seed, OgError *err) {
  EntitySplit split = {fraction, seed, graph->parts[OG_TEST].count > 0};
  static const OgPart order[] = {OG_TEST, OG_VALID, OG_TRAIN}; /* test is added to afterwards */
  for (size_t k = 0; k < OG_COUNT(order); k++) {
    OG_TRY(move_edges(graph, order[k], part_of, &split, err));
  }
  return drop_implied(graph, rules, err);
}

/* ---- time ---- */

/* Ids of an older graph, ascending, and the newer one's ids of the same IRIs; 0: none. */
typedef struct Translation {
  int64_t *from, *to;
  size_t count, capacity;
} Translation;

static OgStatus add_translation(Translation *made, int64_t from, int64_t to, OgError *err) {
  size_t capacity = made->capacity; /* of both, when both have grown */
  int64_t *left = og_grow(made->from, made->count, &capacity, sizeof *left);
  made->from = left ? left : made->from;
  int64_t *right = left ? og_grow(made->to, made->count, &made->capacity, sizeof *right) : NULL;
  if (!right) {
    return og_error_no_memory(err);
  }
  made->to = right;
  made->from[made->count] = from;
  made->to[made->count++] = to;
  return OG_OK;
}

static OgStatus translate(OgStore *older, OgStore *newer, Translation *made, OgError *err) {
  OgCursor cursor;
  OgStatus status = OG_OK;
  OG_TRY(og_cursor_open(older, &table, IRIS_OF_OLDER, &cursor, err));
  while (status == OG_OK && og_cursor_next(&cursor, &status, err)) {
    const char *iri;
    size_t size;
    int64_t id;
    OG_GO(og_cursor_text(&cursor, 1, &iri, &size, err));
    OG_GO(og_store_find_iri(newer, iri, size, &id, err));
    status = add_translation(made, og_cursor_integer(&cursor, 0), id, err);
  }
done:
  og_cursor_close(&cursor);
  return status;
}

static uint32_t number_in(const Translation *translation, int64_t id, const int64_t *ids,
                          size_t count) {
  const uint32_t k = number_of(translation->from, translation->count, id);
  return k == UINT32_MAX ? k : number_of(ids, count, translation->to[k]);
}

/* The edges of older whose ends and relation the newer graph has. */
static OgStatus read_older(OgStore *older, const Translation *translation,
                           const OgTripleGraph *graph, OgTriples *triples, OgError *err) {
  OgCursor cursor;
  OgStatus status = OG_OK;
  OG_TRY(og_cursor_open(older, &table, EDGES_OF_OLDER, &cursor, err));
  while (status == OG_OK && og_cursor_next(&cursor, &status, err)) {
    const OgTriple triple = {
        number_in(translation, og_cursor_integer(&cursor, 0), graph->entity_ids, graph->N),
        number_in(translation, og_cursor_integer(&cursor, 1), graph->relation_ids, graph->R),
        number_in(translation, og_cursor_integer(&cursor, 2), graph->entity_ids, graph->N)};
    if (triple.head != UINT32_MAX && triple.relation != UINT32_MAX && triple.tail != UINT32_MAX) {
      status = og_triples_add(triples, triple, err);
    }
  }
  og_cursor_close(&cursor);
  return status;
}

/* The two ends of an edge, whichever way round. */
static uint64_t ends_of(const OgTriple *triple) {
  const Candidate one = candidate(triple, 0, 0);
  return (uint64_t)one.low << 32 | one.high;
}

static int compare_by_ends(const void *a, const void *b) {
  const OgTriple *x = a, *y = b;
  const uint64_t p = ends_of(x), q = ends_of(y);
  if (p != q) {
    return p < q ? -1 : 1;
  }
  if (x->relation != y->relation) {
    return x->relation < y->relation ? -1 : 1;
  }
  return x->head < y->head ? -1 : x->head > y->head;
}

/* Where an edge goes that is looked up in older's, ordered by their ends. */
static OgPart age_of(void *data, OgPart part, const OgTriple *edge) {
  const OgTriples *old = data;
  size_t low = 0, high = old->count;
  while (low < high) {
    const size_t middle = low + (high - low) / 2;
    if (compare_by_ends(&old->items[middle], edge) < 0) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  if (low < old->count && compare_by_ends(&old->items[low], edge) == 0) {
    return part;
  }
  const uint64_t ends = ends_of(edge);
  const bool linked = (low < old->count && ends_of(&old->items[low]) == ends) ||
                      (low > 0 && ends_of(&old->items[low - 1]) == ends);
  return linked ? OG_SUPPORT : OG_TEST;
}

OgStatus og_split_since(OgStore *newer, OgStore *older, const OgEdgeRules *rules,
                        OgTripleGraph *graph, OgError *err) {
  Translation translation = {0};
  OgTriples old = {0};
  OgStatus status;
  OG_GO(translate(older, newer, &translation, err));
  OG_GO(read_older(older, &translation, graph, &old, err));
  if (old.count > 0) {
    qsort(old.items, old.count, sizeof *old.items, compare_by_ends);
  }
  OG_GO(move_edges(graph, OG_TRAIN, age_of, &old, err));
  OG_GO(drop_implied(graph, rules, err));
  if (graph->parts[OG_TRAIN].count == 0 || graph->parts[OG_TEST].count == 0) {
    status = og_error_set(err, OG_NOT_FOUND, "%s %s %s: expected two releases of the same graph",
                          og_store_path(older),
                          graph->parts[OG_TRAIN].count == 0 ? "has no edge of" : "lacks no edge of",
                          og_store_path(newer));
  }
done:
  og_free(translation.from);
  og_free(translation.to);
  og_free(old.items);
  return status;
}
