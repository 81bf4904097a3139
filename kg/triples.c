#include "kg/triples.h"

#include "core/file.h"
#include "core/input.h"
#include "core/memory.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
  MOST_LINE = 1 << 20,     /* bytes of a line of text */
  MOST_RELATIONS = 1 << 30 /* so that 2R fits in 32 bits */
};

typedef enum Sql { ENTITY_IDS, RELATION_IDS, EDGES, SQL_COUNT } Sql;

static const char *const sql[SQL_COUNT] = {
    [ENTITY_IDS] = "SELECT id FROM entity ORDER BY 1",
    [RELATION_IDS] = "SELECT id FROM relation ORDER BY 1",
    /* in the order of the primary key; DISTINCT would have SQLite sort them all */
    [EDGES] = "SELECT head, relation, tail FROM edge WHERE head <> tail ORDER BY 1, 2, 3",
};

static const OgSqlTable table = {sql, SQL_COUNT};

OgStatus og_triples_reserve(OgTriples *triples, size_t more, OgError *err) {
  if (more <= triples->capacity - triples->count) {
    return OG_OK;
  }
  size_t capacity = triples->capacity ? triples->capacity * 2 : 256;
  capacity = capacity < triples->count + more ? triples->count + more : capacity;
  OgTriple *items = og_realloc(triples->items, capacity, sizeof *items);
  if (!items) {
    return og_error_no_memory(err);
  }
  triples->items = items;
  triples->capacity = capacity;
  return OG_OK;
}

OgStatus og_triples_add(OgTriples *triples, OgTriple triple, OgError *err) {
  OG_TRY(og_triples_reserve(triples, 1, err));
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

OgStatus og_triples_hide_test(const OgTripleGraph *graph, OgTripleGraph *shown, OgTriples *support,
                              OgError *err) {
  const OgPart hidden[] = {OG_TEST, OG_SUPPORT};
  for (size_t p = 0; p < OG_COUNT(hidden); p++) {
    const OgTriples *part = &graph->parts[hidden[p]];
    for (size_t k = 0; k < part->count; k++) {
      OG_TRY(og_triples_add(support, part->items[k], err));
    }
  }
  *shown = *graph;
  shown->parts[OG_TEST] = (OgTriples){0};
  shown->parts[OG_SUPPORT] = *support;
  return OG_OK;
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
    int64_t *grown = og_grow(*ids, *count, &capacity, sizeof *grown);
    if (!grown) {
      status = og_error_no_memory(err);
      goto done;
    }
    *ids = grown;
    (*ids)[(*count)++] = sqlite3_column_int64(statement, 0);
  }
  if (step != SQLITE_DONE) {
    status = og_store_fault(store, "read the edges of", err);
  }
done:
  sqlite3_reset(statement);
  return status;
}

/* The number of a column's id. */
static OgStatus find_number(OgStore *store, sqlite3_stmt *statement, int column, const int64_t *ids,
                            size_t count, uint32_t *number, OgError *err) {
  const int64_t id = sqlite3_column_int64(statement, column);
  const size_t found = og_find_id(ids, count, id);
  *number = (uint32_t)found;
  return found < count ? OG_OK
                       : og_error_set(err, OG_BAD_STORE,
                                      "%s has an edge of the term %lld, which is no entity or "
                                      "relation of it: import the sources into a new graph",
                                      og_store_path(store), (long long)id);
}

static OgStatus read_edges(OgStore *store, OgTripleGraph *graph, OgError *err) {
  sqlite3_stmt *statement;
  OG_TRY(og_store_statement(store, &table, EDGES, &statement, err));
  const int64_t *entities = graph->entity_ids, *relations = graph->relation_ids;
  OgStatus status = OG_OK;
  OgTriple triple, last = {0, 0, 0}; /* a self-loop: equal to none */
  int step;
  while ((step = sqlite3_step(statement)) == SQLITE_ROW) {
    OG_GO(find_number(store, statement, 0, entities, graph->N, &triple.head, err));
    OG_GO(find_number(store, statement, 1, relations, graph->R, &triple.relation, err));
    OG_GO(find_number(store, statement, 2, entities, graph->N, &triple.tail, err));
    if (memcmp(&triple, &last, sizeof triple) != 0) { /* of another source, or another via */
      OG_GO(og_triples_add(&graph->parts[OG_TRAIN], triple, err));
    }
    last = triple;
  }
  if (step != SQLITE_DONE) {
    status = og_store_fault(store, "read the edges of", err);
  }
done:
  sqlite3_reset(statement);
  return status;
}

/* Close up the ids whose number is not used; numbers (count): 1 when used, then the new one. */
static size_t renumber(int64_t *ids, uint32_t *numbers, size_t count) {
  size_t used = 0;
  for (size_t k = 0; k < count; k++) {
    if (numbers[k] > 0) {
      ids[used] = ids[k];
      numbers[k] = (uint32_t)used++;
    }
  }
  return used;
}

/* Entities and relations without edges lose their number. */
static OgStatus drop_unused(OgTripleGraph *graph, OgError *err) {
  const OgTriples *train = &graph->parts[OG_TRAIN];
  uint32_t *entities = OG_NEW_ARRAY(uint32_t, graph->N);
  uint32_t *relations = OG_NEW_ARRAY(uint32_t, graph->R);
  OgStatus status = OG_OK;
  if (!entities || !relations) {
    status = og_error_no_memory(err);
    goto done;
  }
  for (size_t k = 0; k < train->count; k++) {
    const OgTriple *triple = &train->items[k];
    entities[triple->head] = entities[triple->tail] = relations[triple->relation] = 1;
  }
  graph->N = renumber(graph->entity_ids, entities, graph->N);
  graph->R = renumber(graph->relation_ids, relations, graph->R);
  for (size_t k = 0; k < train->count; k++) {
    OgTriple *triple = &train->items[k];
    *triple =
        (OgTriple){entities[triple->head], relations[triple->relation], entities[triple->tail]};
  }
done:
  og_free(entities);
  og_free(relations);
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
  OG_GO(drop_unused(&made, err));
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
  static const char *const names[] = {
      [OG_TRAIN] = "train.txt", [OG_VALID] = "valid.txt", [OG_TEST] = "test.txt"};
  OgTripleGraph made = {0};
  OgStatus status = OG_OK;
  for (int part = 0; part < (int)OG_COUNT(names); part++) {
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

/* ---- by entity ---- */

OgStatus og_triples_index(const OgTriples *triples, size_t N, bool by_tail,
                          const OgProgress *progress, OgTripleIndex *index, OgError *err) {
  const char *stage = by_tail ? "indexing edges by tail" : "indexing edges by head";
  const size_t count = triples->count;
  index->start = OG_NEW_ARRAY(uint64_t, N + 2);
  index->edges = OG_NEW_ARRAY(uint32_t, count);
  if (!index->start || !index->edges) {
    return og_error_no_memory(err);
  }
  uint64_t *next = index->start + 1; /* counts, then where each list goes on, then where it ends */
  for (size_t k = 0; k < count; k++) {
    OG_TRY(og_progress_step(progress, stage, k, 2 * count, err));
    next[1 + (by_tail ? triples->items[k].tail : triples->items[k].head)]++;
  }
  for (size_t n = 0; n < N; n++) {
    next[n + 1] += next[n];
  }
  for (size_t k = 0; k < count; k++) {
    OG_TRY(og_progress_step(progress, stage, count + k, 2 * count, err));
    index->edges[next[by_tail ? triples->items[k].tail : triples->items[k].head]++] = (uint32_t)k;
  }
  return OG_OK;
}

void og_triple_index_clear(OgTripleIndex *index) {
  og_free(index->start);
  og_free(index->edges);
  *index = (OgTripleIndex){0};
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

/* The questions to which answers are wanted. */
typedef struct Wanted {
  bool neighbours;
  OgWants *wants;        /* NULL: all */
  const void *data;      /* for it */
  const OgQueries *only; /* NULL: all */
  bool *entities;        /* (N) that these are asked of, to be quick with others */
} Wanted;

static bool is_wanted(const Wanted *wanted, const Asked *asked, size_t edge, int question) {
  size_t answers = 0;
  if (wanted->wants) {
    return wanted->wants(wanted->data, edge, question);
  }
  if (!wanted->only) {
    return true;
  }
  if (wanted->entities[asked->entity]) {
    og_queries_find(wanted->only, asked->entity, asked->relation, &answers);
  }
  return answers > 0;
}

/* All questions that a triple answers; their number. */
static size_t ask(const Wanted *wanted, const OgTriple *triple, size_t edge, uint32_t R,
                  Asked asked[OG_QUESTIONS]) {
  const Asked all[OG_QUESTIONS] = {{triple->head, triple->relation, triple->tail},
                                   {triple->tail, R + triple->relation, triple->head},
                                   {triple->head, 2 * R, triple->tail},
                                   {triple->tail, 2 * R, triple->head}};
  size_t count = 0;
  for (int k = 0; k < (wanted->neighbours ? OG_QUESTIONS : 2); k++) {
    if (is_wanted(wanted, &all[k], edge, k)) {
      asked[count++] = all[k];
    }
  }
  return count;
}

/* Those of the parts, into asked, which may be NULL; their number. */
static size_t ask_all(const OgTripleGraph *graph, unsigned parts, const Wanted *wanted,
                      Asked *asked) {
  Asked some[OG_QUESTIONS];
  size_t count = 0;
  for (int part = 0; part < OG_PARTS; part++) {
    const OgTriples *triples = &graph->parts[part];
    for (size_t k = 0; parts >> part & 1 && k < triples->count; k++) {
      count += ask(wanted, &triples->items[k], k, (uint32_t)graph->R, asked ? asked + count : some);
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

static OgStatus make_queries(const OgTripleGraph *graph, unsigned parts, const Wanted *wanted,
                             OgQueries *queries, OgError *err) {
  const size_t relations = 2 * graph->R + 1, count = ask_all(graph, parts, wanted, NULL);
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
  ask_all(graph, parts, wanted, asked);
  for (size_t f = 0; f < OG_COUNT(fields); f++) {
    counting_sort(asked, other, count, fields[f], starts);
    Asked *sorted = other;
    other = asked;
    asked = sorted;
  }
  og_free(other);
  other = NULL;
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

OgStatus og_queries_new(const OgTripleGraph *graph, unsigned parts, bool neighbours,
                        OgQueries *queries, OgError *err) {
  const Wanted wanted = {.neighbours = neighbours};
  return make_queries(graph, parts, &wanted, queries, err);
}

OgStatus og_queries_known(const OgTripleGraph *graph, unsigned parts, const OgQueries *asked,
                          OgQueries *queries, OgError *err) {
  const Wanted wanted = {.only = asked, .entities = OG_NEW_ARRAY(bool, graph->N)};
  if (!wanted.entities) {
    return og_error_no_memory(err);
  }
  for (size_t k = 0; k < asked->count; k++) {
    wanted.entities[asked->entity[k]] = true;
  }
  const OgStatus status = make_queries(graph, parts, &wanted, queries, err);
  og_free(wanted.entities);
  return status;
}

OgStatus og_queries_select(const OgTripleGraph *graph, OgPart part, bool neighbours, OgWants *wants,
                           const void *data, OgQueries *queries, OgError *err) {
  const Wanted wanted = {.neighbours = neighbours, .wants = wants, .data = data};
  return make_queries(graph, 1u << part, &wanted, queries, err);
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

/* As og_lower_bound, for numbers that are spread evenly below `all`: looks first where value should
 * stand, then in strides that double. In a long list, nearly all it touches is near by. */
static size_t even_lower_bound(const uint32_t *numbers, size_t count, uint32_t value, size_t all) {
  enum { SHORT = 64 };
  if (count < SHORT) {
    return og_lower_bound(numbers, count, value);
  }
  const size_t guess = (size_t)((double)value / (double)all * (double)count);
  size_t low = guess < count ? guess : count - 1, high = low;
  if (numbers[low] < value) {
    for (size_t stride = SHORT; high < count && numbers[high] < value; stride *= 2) {
      low = high;
      high += stride;
    }
    high = high < count ? high : count;
  } else {
    for (size_t stride = SHORT; low > 0 && numbers[low] >= value; stride *= 2) {
      high = low;
      low = low > stride ? low - stride : 0;
    }
  }
  return low + og_lower_bound(numbers + low, high - low, value);
}

const uint32_t *og_queries_find(const OgQueries *queries, uint32_t entity, uint32_t relation,
                                size_t *count) {
  const size_t from = queries->relation_start[relation], to = queries->relation_start[relation + 1];
  const size_t query =
      from + even_lower_bound(queries->entity + from, to - from, entity, queries->N);
  if (query == to || queries->entity[query] != entity) {
    *count = 0;
    return NULL;
  }
  *count = queries->start[query + 1] - queries->start[query];
  return queries->answers + queries->start[query];
}

/* Looks first where an id would stand if all were spread evenly, then in strides that double: ids
 * nearly are, and then hardly any memory is touched. */
size_t og_find_id(const int64_t *ids, size_t count, int64_t id) {
  if (count == 0 || id < ids[0] || id > ids[count - 1]) {
    return count;
  }
  const double span = (double)ids[count - 1] - (double)ids[0];
  const double share = span > 0 ? ((double)id - (double)ids[0]) / span : 0;
  size_t low = (size_t)(share * (double)(count - 1)), high = low; /* id is in [low, high] */
  for (size_t stride = 1; ids[low] > id; stride *= 2) {
    high = low;
    low = low > stride ? low - stride : 0;
  }
  for (size_t stride = 1; ids[high] < id; stride *= 2) {
    low = high;
    high = count - 1 - high > stride ? high + stride : count - 1;
  }
  while (low < high) {
    const size_t middle = low + (high - low) / 2;
    if (ids[middle] < id) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return ids[low] == id ? low : count;
}
