/* triples: an entity-relation graph in memory: entities and relations are dense numbers, edges are
 * triples of them.
 *
 * It is read from the edge table of a graph file or from head-relation-tail text files, and cut
 * into parts (kg/split.h). Limits: 2³² - 2 entities, 2³⁰ relations. */
#ifndef OG_KG_TRIPLES_H
#define OG_KG_TRIPLES_H

#include "core/intern.h"
#include "core/progress.h"
#include "kg/store.h"

typedef struct OgTriple {
  uint32_t head, relation, tail;
} OgTriple;

typedef struct OgTriples {
  OgTriple *items;
  size_t count, capacity;
} OgTriples;

typedef enum OgPart {
  OG_TRAIN,
  OG_VALID,
  OG_TEST,
  OG_SUPPORT, /* known, but neither trained on nor asked for: what entities that training never saw
                 get their vectors from */
  OG_PARTS
} OgPart;

typedef struct OgTripleGraph {
  size_t N, R; /* entities, relations */
  OgTriples parts[OG_PARTS];
  size_t bridges;         /* held-out edges without which train falls apart (og_split_edges) */
  int64_t *entity_ids;    /* (N) entity.id ascending; NULL when read from text */
  int64_t *relation_ids;  /* (R) relation.id ascending; NULL when read from text */
  OgIntern *entity_names; /* number <-> string; NULL when read from a graph file */
  OgIntern *relation_names;
} OgTripleGraph;

/* The distinct edges of a graph file, all in the part OG_TRAIN, ordered by head, relation, tail.
 * Self-loops are left out: no model ranks them usefully. Entities without edges get no number. On
 * failure *graph is empty. */
OG_API OG_MUST_CHECK OgStatus og_triples_from_store(OgStore *store, OgTripleGraph *graph,
                                                    OgError *err);

/* A benchmark folder: train, valid and test, each NAME.txt or NAME.txt.gz, head⇥relation⇥tail a
 * line. train must be there. Names of valid and test that train lacks get numbers too: such
 * entities stay as initialised. */
OG_API OG_MUST_CHECK OgStatus og_triples_from_folder(const char *folder, OgTripleGraph *graph,
                                                     OgError *err);

/* Append the triples of one file (.txt, .gz) to a part. A line without three fields is OG_BAD_DATA.
 */
OG_API OG_MUST_CHECK OgStatus og_triples_read(const char *path, OgTripleGraph *graph, OgPart part,
                                              OgError *err);

/* Room for so many triples that will be appended: then that cannot fail. */
OG_API OG_MUST_CHECK OgStatus og_triples_reserve(OgTriples *triples, size_t more, OgError *err);

/* Append a triple to a list. */
OG_API OG_MUST_CHECK OgStatus og_triples_add(OgTriples *triples, OgTriple triple, OgError *err);

OG_API void og_triple_graph_clear(OgTripleGraph *graph);

/* The same graph, to choose something by valid: *shown borrows all lists of graph but that of
 * support, which has test's edges too. They are known, and nobody is asked for them. On any status
 * the caller frees support->items after use. */
OG_MUST_CHECK OgStatus og_triples_hide_test(const OgTripleGraph *graph, OgTripleGraph *shown,
                                            OgTriples *support, OgError *err);

/* The edges of entity n, by their heads or by their tails: edges[start[n]] … edges[start[n + 1]],
 * in the order of the triples. */
typedef struct OgTripleIndex {
  uint64_t *start; /* (N + 1) */
  uint32_t *edges; /* (count) places in the triples */
} OgTripleIndex;

/* Of at most 2³² - 1 triples. On any status the caller clears *index. */
OG_MUST_CHECK OgStatus og_triples_index(const OgTriples *triples, size_t N, bool by_tail,
                                        const OgProgress *progress, OgTripleIndex *index,
                                        OgError *err);
void og_triple_index_clear(OgTripleIndex *index);

/* What is asked of a model, grouped: each distinct query (entity, relation) once, with all its
 * answers.
 *
 * Relation r < R asks for tails: (h, r, ?). Relation R + r asks for heads: (?, r, t), entity being
 * t. Relation 2R asks for neighbours: entities that any edge links with entity, either way round.
 * Queries are ordered by relation, then entity; answers ascend without repeats. */
typedef struct OgQueries {
  size_t N, R; /* as in the graph */
  size_t count;
  uint32_t *entity;         /* (count) */
  uint32_t *relation;       /* (count) */
  uint64_t *start;          /* (count + 1) into answers */
  uint32_t *answers;        /* (start[count]) */
  uint64_t *relation_start; /* (2R + 2) first query of each relation */
} OgQueries;

/* Both directions of the triples of the parts whose bit (1 << part) is set, and the neighbours when
 * asked for. Linear time. */
OG_API OG_MUST_CHECK OgStatus og_queries_new(const OgTripleGraph *graph, unsigned parts,
                                             bool neighbours, OgQueries *queries, OgError *err);

/* The same without neighbours, of the queries alone that `asked` has: what is known to be right,
 * for ranking. Takes memory by their answers, however many edges there are. */
OG_API OG_MUST_CHECK OgStatus og_queries_known(const OgTripleGraph *graph, unsigned parts,
                                               const OgQueries *asked, OgQueries *queries,
                                               OgError *err);
/* The questions of an edge: of its head for tails, of its tail for heads, and of both for
 * neighbours. */
enum { OG_QUESTIONS = 4 };

/* Whether a question of an edge, by its place in the part, is wanted. */
typedef bool OgWants(const void *data, size_t edge, int question);

/* The same as og_queries_new, of one part and of the wanted questions alone. */
OG_MUST_CHECK OgStatus og_queries_select(const OgTripleGraph *graph, OgPart part, bool neighbours,
                                         OgWants *wants, const void *data, OgQueries *queries,
                                         OgError *err);
OG_API void og_queries_clear(OgQueries *queries);

/* The answers to (entity, relation), ascending; *count 0 when there are none. */
OG_API const uint32_t *og_queries_find(const OgQueries *queries, uint32_t entity, uint32_t relation,
                                       size_t *count);

/* Position of the first of `count` ascending numbers that is not below value; count when all are.
 */
OG_API size_t og_lower_bound(const uint32_t *numbers, size_t count, uint32_t value);

/* Position of an id among ascending ones; count when it is none of them. */
OG_API size_t og_find_id(const int64_t *ids, size_t count, int64_t id);

#endif
