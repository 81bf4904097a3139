#include "kg/answer_counts.h"

#include "core/memory.h"

/* How many edges of an entity have each edge's relation, into counts by edge. of_relation (R):
 * room, zero before and after. */
static void count_entity(const OgTriples *triples, const uint32_t *edges, size_t count,
                         uint32_t *of_relation, uint32_t *counts) {
  for (size_t k = 0; k < count; k++) {
    of_relation[triples->items[edges[k]].relation]++;
  }
  for (size_t k = 0; k < count; k++) {
    counts[edges[k]] = of_relation[triples->items[edges[k]].relation];
  }
  for (size_t k = 0; k < count; k++) {
    of_relation[triples->items[edges[k]].relation] = 0;
  }
}

/* Of the questions that the edges ask of their heads, or of their tails. */
static OgStatus count_side(const OgTripleGraph *graph, bool tails, const OgProgress *progress,
                           OgAnswerCounts *made, OgError *err) {
  const OgTriples *train = &graph->parts[OG_TRAIN];
  OgTripleIndex index = {0};
  OgStatus status;
  uint32_t *of_relation = OG_NEW_ARRAY(uint32_t, graph->R);
  uint32_t *counts = OG_NEW_ARRAY(uint32_t, train->count);
  *(tails ? &made->heads : &made->tails) = counts; /* a question of a tail asks for heads */
  if (!of_relation || !counts) {
    status = og_error_no_memory(err);
    goto done;
  }
  OG_GO(og_triples_index(train, graph->N, tails, progress, &index, err));
  for (size_t n = 0; n < graph->N; n++) {
    const size_t from = index.start[n], count = index.start[n + 1] - from;
    OG_GO(og_progress_step(progress, "counting answers", n, graph->N, err));
    count_entity(train, index.edges + from, count, of_relation, counts);
    made->degrees[n] += (uint32_t)count;
  }
done:
  og_triple_index_clear(&index);
  og_free(of_relation);
  return status;
}

OgStatus og_answers_count(const OgTripleGraph *graph, const OgProgress *progress,
                          OgAnswerCounts *counts, OgError *err) {
  OgAnswerCounts made = {.degrees = OG_NEW_ARRAY(uint32_t, graph->N)};
  OgStatus status;
  if (!made.degrees) {
    return og_error_no_memory(err);
  }
  OG_GO(count_side(graph, false, progress, &made, err));
  OG_GO(count_side(graph, true, progress, &made, err));
  *counts = made;
  made = (OgAnswerCounts){0};
done:
  og_answers_clear(&made);
  return status;
}

void og_answers_clear(OgAnswerCounts *counts) {
  og_free(counts->tails);
  og_free(counts->heads);
  og_free(counts->degrees);
  *counts = (OgAnswerCounts){0};
}

/* Answers to the four questions of an edge, in the order of OgWants. */
static void look_up(const OgTripleGraph *graph, const OgAnswerCounts *counts, size_t edge,
                    uint32_t answers[OG_QUESTIONS]) {
  const OgTriple *triple = &graph->parts[OG_TRAIN].items[edge];
  answers[0] = counts->tails[edge];
  answers[1] = counts->heads[edge];
  answers[2] = counts->degrees[triple->head];
  answers[3] = counts->degrees[triple->tail];
}

/* Which questions have more answers than so many. */
typedef struct Bar {
  const OgTripleGraph *graph;
  const OgAnswerCounts *counts;
  size_t least;
} Bar;

static bool is_frequent(const void *data, size_t edge, int question) {
  const Bar *bar = data;
  uint32_t answers[OG_QUESTIONS];
  look_up(bar->graph, bar->counts, edge, answers);
  return answers[question] > bar->least;
}

OgStatus og_answers_frequent(const OgTripleGraph *graph, const OgAnswerCounts *counts, size_t least,
                             bool neighbours, OgQueries *queries, double *hidden, OgError *err) {
  const Bar bar = {graph, counts, least};
  const size_t edges = graph->parts[OG_TRAIN].count;
  const int questions = neighbours ? OG_QUESTIONS : OG_QUESTIONS / 2;
  double sum = 0;
  for (size_t k = 0; k < edges; k++) {
    uint32_t answers[OG_QUESTIONS];
    look_up(graph, counts, k, answers);
    for (int question = 0; question < questions; question++) {
      sum += answers[question] > least ? 0 : answers[question];
    }
  }
  *hidden = sum / ((double)edges * questions * (double)graph->N);
  return og_queries_select(graph, OG_TRAIN, neighbours, is_frequent, &bar, queries, err);
}
