#include "kg/triples.h"

#include "core/file.h"
#include "core/input.h"
#include "core/memory.h"
#include "core/random.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
  MOST_LINE = 1 << 20,      /* bytes of a line of text */
  MOST_RELATIONS = 1 << 30, /* so that 2R fits in 32 bits */
  CANDIDATES = 8            /* edges looked at for each edge that a split wants */
};

typedef enum Sql { ENTITY_IDS, RELATION_IDS, EDGES, SQL_COUNT } Sql;

static const char *const sql[SQL_COUNT] = {
    [ENTITY_IDS] = ("SELECT head FROM edge WHERE head <> tail "
                    "UNION SELECT tail FROM edge WHERE head <> tail ORDER BY 1"),
    [RELATION_IDS] = "SELECT DISTINCT relation FROM edge WHERE head <> tail ORDER BY 1",
    [EDGES] = "SELECT DISTINCT head, relation, tail FROM edge WHERE head <> tail ORDER BY 1, 2, 3",
};

static const OgSqlTable table = {sql, SQL_COUNT};

OgStatus og_triples_add(OgTriples *triples, OgTriple triple, OgError *err) {
  if (triples->count == triples->capacity) {
    const size_t capacity = triples->capacity ? triples->capacity * 2 : 256;
    OgTriple *items = og_realloc(triples->items, capacity, sizeof *items);
    if (!items) {
      return og_error_no_memory(err);
    }
    triples->items = items;
    triples->capacity = capacity;
  }
  triples->items[triples->count++] = triple;
  return OG_OK;
}

void og_triple_graph_clear(OgTripleGraph *graph) {
  for (int part = 0; part < OG_PARTS; part++) {
    og_free(graph->parts[part].items);
  }
  og_free(graph->entity_ids);
  og_free(graph->relation_ids);
  og_intern_free(graph->entity_names);
  og_intern_free(graph->relation_names);
  *graph = (OgTripleGraph){0};
}

/* ---- from a graph file ---- */

/* The single column of a statement's rows, as an array of the caller's. */
static OgStatus read_ids(OgStore *store, Sql which, int64_t **ids, size_t *count, OgError *err) {
  sqlite3_stmt *statement;
  OG_TRY(og_store_statement(store, &table, which, &statement, err));
  OgStatus status = OG_OK;
  size_t capacity = 0;
  int step;
  while ((step = sqlite3_step(statement)) == SQLITE_ROW) {
    if (*count == capacity) {
      capacity = capacity ? capacity * 2 : 256;
      int64_t *grown = og_realloc(*ids, capacity, sizeof *grown);
      if (!grown) {
        status = og_error_no_memory(err);
        goto done;
      }
      *ids = grown;
    }
    (*ids)[(*count)++] = sqlite3_column_int64(statement, 0);
  }
  if (step != SQLITE_DONE) {
    status = og_store_fault(store, "read the edges of", err);
  }
done:
  sqlite3_reset(statement);
  return status;
}

/* Position of an id that is known to be among the ascending ids. */
static uint32_t position(const int64_t *ids, size_t count, int64_t id) {
  size_t low = 0;
  while (count > 1) {
    const size_t half = count / 2;
    low += ids[low + half] <= id ? half : 0;
    count -= half;
  }
  return (uint32_t)low;
}

static OgStatus read_edges(OgStore *store, OgTripleGraph *graph, OgError *err) {
  sqlite3_stmt *statement;
  OG_TRY(og_store_statement(store, &table, EDGES, &statement, err));
  OgStatus status = OG_OK;
  int step;
  while ((step = sqlite3_step(statement)) == SQLITE_ROW) {
    const OgTriple triple = {
        position(graph->entity_ids, graph->N, sqlite3_column_int64(statement, 0)),
        position(graph->relation_ids, graph->R, sqlite3_column_int64(statement, 1)),
        position(graph->entity_ids, graph->N, sqlite3_column_int64(statement, 2)),
    };
    OG_GO(og_triples_add(&graph->parts[OG_TRAIN], triple, err));
  }
  if (step != SQLITE_DONE) {
    status = og_store_fault(store, "read the edges of", err);
  }
done:
  sqlite3_reset(statement);
  return status;
}

static OgStatus check_size(const OgTripleGraph *graph, OgError *err) {
  if (graph->N >= UINT32_MAX || graph->R > MOST_RELATIONS) {
    return og_error_set(err, OG_BAD_DATA,
                        "expected at most %u entities and %d relations, found %zu and %zu",
                        UINT32_MAX - 1, MOST_RELATIONS, graph->N, graph->R);
  }
  return OG_OK;
}

OgStatus og_triples_from_store(OgStore *store, OgTripleGraph *graph, OgError *err) {
  OgTripleGraph made = {0};
  OgStatus status;
  OG_GO(read_ids(store, ENTITY_IDS, &made.entity_ids, &made.N, err));
  OG_GO(read_ids(store, RELATION_IDS, &made.relation_ids, &made.R, err));
  OG_GO(check_size(&made, err));
  OG_GO(read_edges(store, &made, err));
  *graph = made;
  made = (OgTripleGraph){0};
done:
  og_triple_graph_clear(&made);
  return status;
}

/* ---- from text ---- */

/* Cut a line into three fields at its tabs; false when it has more or fewer, or an empty one. */
static bool cut(const OgBuffer *line, const char *field[3], size_t size[3]) {
  const char *from = line->data, *end = line->data + line->size;
  for (int k = 0; k < 3; k++) {
    const char *tab = memchr(from, '\t', (size_t)(end - from));
    if ((tab != NULL) != (k < 2)) {
      return false;
    }
    field[k] = from;
    size[k] = (size_t)((tab ? tab : end) - from);
    if (size[k] == 0) {
      return false;
    }
    from = tab ? tab + 1 : end;
  }
  return true;
}

static OgStatus read_line(const OgBuffer *line, const char *path, long number, OgTripleGraph *graph,
                          OgPart part, OgError *err) {
  const char *field[3];
  size_t size[3];
  if (!cut(line, field, size)) {
    return og_error_at(err, OG_BAD_DATA, path, number, 0,
                       "expected three fields with a tab between each (head, relation, tail), "
                       "found \"%.60s\"",
                       line->data);
  }
  OgTriple triple;
  OG_TRY(og_intern_add(graph->entity_names, field[0], size[0], &triple.head, NULL, err));
  OG_TRY(og_intern_add(graph->relation_names, field[1], size[1], &triple.relation, NULL, err));
  OG_TRY(og_intern_add(graph->entity_names, field[2], size[2], &triple.tail, NULL, err));
  return og_triples_add(&graph->parts[part], triple, err);
}

static OgStatus make_names(OgTripleGraph *graph, OgError *err) {
  if (!graph->entity_names) {
    graph->entity_names = og_intern_new();
  }
  if (!graph->relation_names) {
    graph->relation_names = og_intern_new();
  }
  return graph->entity_names && graph->relation_names ? OG_OK : og_error_no_memory(err);
}

OgStatus og_triples_read(const char *path, OgTripleGraph *graph, OgPart part, OgError *err) {
  OG_TRY(make_names(graph, err));
  OgInput *input = NULL;
  OG_TRY(og_input_open(path, &input, err));
  OgBuffer line = OG_BUFFER_INIT;
  OgStatus status;
  for (long number = 1;; number++) {
    int more;
    OG_GO(og_input_line(input, MOST_LINE, &line, &more, err));
    if (!more) {
      break;
    }
    if (line.size > 0) {
      OG_GO(read_line(&line, path, number, graph, part, err));
    }
  }
  graph->N = og_intern_count(graph->entity_names);
  graph->R = og_intern_count(graph->relation_names);
  status = check_size(graph, err);
done:
  og_buffer_clear(&line);
  og_input_close(input);
  return status;
}

OgStatus og_triples_from_folder(const char *folder, OgTripleGraph *graph, OgError *err) {
  static const char *const names[OG_PARTS] = {"train.txt", "valid.txt", "test.txt"};
  OgTripleGraph made = {0};
  OgStatus status = OG_OK;
  for (int part = 0; part < OG_PARTS; part++) {
    OgBuffer path = OG_BUFFER_INIT;
    status = og_buffer_format(&path, err, "%s/%s.gz", folder, names[part]);
    if (status == OG_OK && !og_file_exists(path.data)) {
      path.size -= strlen(".gz");
      path.data[path.size] = '\0';
    }
    if (status == OG_OK && (part == OG_TRAIN || og_file_exists(path.data))) {
      status = og_triples_read(path.data, &made, (OgPart)part, err);
    }
    og_buffer_clear(&path);
    if (status != OG_OK) {
      goto done;
    }
  }
  *graph = made;
  made = (OgTripleGraph){0};
done:
  og_triple_graph_clear(&made);
  return status;
}

/* ---- held-out edges ---- */

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
static OgStatus choose_candidates(Split *split, size_t wanted, uint64_t seed, OgError *err) {
  const OgTriples *train = &split->graph->parts[OG_TRAIN];
  const double share = (double)wanted * CANDIDATES / (double)train->count;
  const uint64_t below = share < 1 ? (uint64_t)(share * 0x1p64) : UINT64_MAX;
  size_t count = 0;
  for (size_t k = 0; k < train->count; k++) {
    count += candidate(&train->items[k], k, seed).priority <= below;
  }
  split->candidates = OG_NEW_ARRAY(Candidate, count);
  if (!split->candidates) {
    return og_error_no_memory(err);
  }
  for (size_t k = 0; k < train->count; k++) {
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

/* Move the candidates that are bridges, or those that are not, pair by pair, until both parts have
 * `wanted` edges. */
static OgStatus move_candidates(Split *split, size_t wanted, bool bridges, OgError *err) {
  OgTripleGraph *graph = split->graph;
  bool bridge;
  for (size_t k = 0, n; k < split->count; k += n) {
    const Candidate *pair = &split->candidates[k];
    n = count_pair(split, pair, &bridge);
    OgTriples *valid = &graph->parts[OG_VALID], *test = &graph->parts[OG_TEST];
    OgTriples *to = test->count <= valid->count ? test : valid;
    if (to->count >= wanted) {
      break;
    }
    if (bridge != bridges) {
      continue;
    }
    if (!count_edges(split, pair, n, -1)) {
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

OgStatus og_triples_split(OgTripleGraph *graph, double fraction, size_t most, uint64_t seed,
                          OgError *err) {
  OgTriples *train = &graph->parts[OG_TRAIN];
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
    split.entity_edges[train->items[k].head]++;
    split.entity_edges[train->items[k].tail]++;
    split.relation_edges[train->items[k].relation]++;
  }
  OG_GO(choose_candidates(&split, 2 * wanted, seed, err));
  mark_bridges(&split);
  OG_GO(move_candidates(&split, wanted, false, err));
  OG_GO(move_candidates(&split, wanted, true, err));
  close_gaps(train, split.moved);
done:
  if (status != OG_OK) {
    graph->parts[OG_VALID].count = graph->parts[OG_TEST].count = 0;
  }
  og_free(split.candidates);
  og_free(split.entity_edges);
  og_free(split.relation_edges);
  og_free(split.moved);
  og_free(split.root);
  return status;
}

/* ---- queries ---- */

typedef struct Asked {
  uint32_t entity, relation, answer;
} Asked;

typedef struct Field {
  size_t offset; /* of a uint32_t in Asked */
  size_t values; /* it is below this */
} Field;

static uint32_t field_of(const Asked *asked, size_t offset) {
  uint32_t value;
  memcpy(&value, (const char *)asked + offset, sizeof value);
  return value;
}

/* to = from in the order of one field, stable; starts has room for field.values + 1. */
static void counting_sort(const Asked *from, Asked *to, size_t count, Field field,
                          uint64_t *starts) {
  memset(starts, 0, (field.values + 1) * sizeof *starts);
  for (size_t k = 0; k < count; k++) {
    starts[field_of(&from[k], field.offset) + 1]++;
  }
  for (size_t v = 0; v < field.values; v++) {
    starts[v + 1] += starts[v];
  }
  for (size_t k = 0; k < count; k++) {
    to[starts[field_of(&from[k], field.offset)]++] = from[k];
  }
}

static size_t ask(const OgTripleGraph *graph, unsigned parts, bool neighbours, Asked *asked) {
  const uint32_t R = (uint32_t)graph->R;
  size_t count = 0;
  for (int part = 0; part < OG_PARTS; part++) {
    const OgTriples *triples = &graph->parts[part];
    for (size_t k = 0; parts >> part & 1 && k < triples->count; k++) {
      const OgTriple *triple = &triples->items[k];
      asked[count++] = (Asked){triple->head, triple->relation, triple->tail};
      asked[count++] = (Asked){triple->tail, R + triple->relation, triple->head};
      if (neighbours) {
        asked[count++] = (Asked){triple->head, 2 * R, triple->tail};
        asked[count++] = (Asked){triple->tail, 2 * R, triple->head};
      }
    }
  }
  return count;
}

static bool same_query(const Asked *a, const Asked *b) {
  return a->relation == b->relation && a->entity == b->entity;
}

/* Sorted, possibly repeated questions into made, whose arrays have room for all. */
static void group(OgQueries *made, const Asked *asked, size_t count) {
  uint64_t answers = 0;
  for (size_t k = 0; k < count; k++) {
    const bool new_query = k == 0 || !same_query(&asked[k], &asked[k - 1]);
    if (new_query) {
      made->entity[made->count] = asked[k].entity;
      made->relation[made->count] = asked[k].relation;
      made->start[made->count++] = answers;
      made->relation_start[asked[k].relation + 1] = made->count;
    }
    if (new_query || asked[k].answer != asked[k - 1].answer) {
      made->answers[answers++] = asked[k].answer;
    }
  }
  made->start[made->count] = answers;
  for (size_t r = 0; r <= 2 * made->R; r++) {
    if (made->relation_start[r + 1] < made->relation_start[r]) {
      made->relation_start[r + 1] = made->relation_start[r];
    }
  }
}

static size_t count_queries(const Asked *asked, size_t count) {
  size_t queries = 0;
  for (size_t k = 0; k < count; k++) {
    queries += k == 0 || !same_query(&asked[k], &asked[k - 1]);
  }
  return queries;
}

OgStatus og_queries_new(const OgTripleGraph *graph, unsigned parts, bool neighbours,
                        OgQueries *queries, OgError *err) {
  const size_t each = neighbours ? 4 : 2, relations = 2 * graph->R + 1;
  size_t count = 0;
  for (int part = 0; part < OG_PARTS; part++) {
    count += parts >> part & 1 ? each * graph->parts[part].count : 0;
  }
  const Field fields[] = {{offsetof(Asked, answer), graph->N},
                          {offsetof(Asked, entity), graph->N},
                          {offsetof(Asked, relation), relations}};
  const size_t values = graph->N > relations ? graph->N : relations;
  OgStatus status = OG_OK;
  OgQueries made = {.N = graph->N, .R = graph->R};
  Asked *asked = OG_NEW_ARRAY(Asked, count), *other = OG_NEW_ARRAY(Asked, count);
  uint64_t *starts = OG_NEW_ARRAY(uint64_t, values + 1);
  if (!asked || !other || !starts) {
    status = og_error_no_memory(err);
    goto done;
  }
  ask(graph, parts, neighbours, asked);
  for (size_t f = 0; f < OG_COUNT(fields); f++) {
    counting_sort(asked, other, count, fields[f], starts);
    Asked *sorted = other;
    other = asked;
    asked = sorted;
  }
  const size_t distinct = count_queries(asked, count);
  made.entity = OG_NEW_ARRAY(uint32_t, distinct);
  made.relation = OG_NEW_ARRAY(uint32_t, distinct);
  made.start = OG_NEW_ARRAY(uint64_t, distinct + 1);
  made.answers = OG_NEW_ARRAY(uint32_t, count);
  made.relation_start = OG_NEW_ARRAY(uint64_t, relations + 1);
  if (!made.entity || !made.relation || !made.start || !made.answers || !made.relation_start) {
    status = og_error_no_memory(err);
    goto done;
  }
  group(&made, asked, count);
  *queries = made;
  made = (OgQueries){0};
done:
  og_queries_clear(&made);
  og_free(starts);
  og_free(other);
  og_free(asked);
  return status;
}

void og_queries_clear(OgQueries *queries) {
  og_free(queries->entity);
  og_free(queries->relation);
  og_free(queries->start);
  og_free(queries->answers);
  og_free(queries->relation_start);
  *queries = (OgQueries){0};
}

size_t og_lower_bound(const uint32_t *numbers, size_t count, uint32_t value) {
  size_t low = 0;
  while (count > 0) {
    const size_t half = count / 2;
    if (numbers[low + half] < value) {
      low += half + 1;
      count -= half + 1;
    } else {
      count = half;
    }
  }
  return low;
}

const uint32_t *og_queries_find(const OgQueries *queries, uint32_t entity, uint32_t relation,
                                size_t *count) {
  const size_t from = queries->relation_start[relation], to = queries->relation_start[relation + 1];
  const size_t query = from + og_lower_bound(queries->entity + from, to - from, entity);
  if (query == to || queries->entity[query] != entity) {
    *count = 0;
    return NULL;
  }
  *count = queries->start[query + 1] - queries->start[query];
  return queries->answers + queries->start[query];
}
