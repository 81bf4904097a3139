#include "kg/embed_eval.h"

#include "core/blas.h"
#include "core/memory.h"

#include <assert.h>
#include <float.h>
#include <math.h>
#include <stdatomic.h>
#include <string.h>

enum {
  QUERIES = 128, /* M: of a block; one row of scores each */
  ENTITIES = 512 /* of a block: with M, scores that stay in the second-level cache */
};

/* Entities of an ascending list that are still to come. */
typedef struct Rest {
  const uint32_t *next, *end;
} Rest;

typedef struct Query {
  uint32_t entity, relation;
  Rest known;   /* right answers */
  Rest taken;   /* candidates that are shifted; none where no trial shifts any */
  bool no_loop; /* the entity is no answer, but to the first trial */
} Query;

/* What one thread needs; see the sizes in workspace_init. */
typedef struct Workspace {
  float *Q;              /* (QUERIES, D) */
  float *targets;        /* (QUERIES, D): vectors of answers, gathered */
  float *S;              /* (QUERIES, ENTITIES) */
  Query *queries;        /* (QUERIES) */
  float apart[ENTITIES]; /* scores of the candidates of one query that are taken */
} Workspace;

typedef struct Ranker {
  const OgEmbedModel *model;
  const OgQueries *asked, *known;
  const OgBiasTrials *trials;
  Workspace *workspaces; /* (threads) */
  float *scores;         /* (answers) of each answer asked for */
  float *noises;         /* (answers) scores so near to it are equal */
  bool *taken;           /* (answers) it is (kg/embed_bias.h) */
  uint64_t *ranks2;      /* (answers, trials) twice the rank, less two: 2 × better + equal */
  atomic_size_t next;    /* block of queries that nobody has taken */
  const OgProgress *progress;
  OgError *err;
  OgStatus status; /* of the progress, heard by thread 0 */
  atomic_bool stopped;
} Ranker;

void og_embed_query(const OgEmbedModel *model, uint32_t entity, uint32_t relation, float *q) {
  if (relation == 2 * model->R && model->model->neighbours_query) {
    model->model->neighbours_query(q, model->entities + entity * model->D, model->D);
    return;
  }
  if (relation == 2 * model->R) {
    memcpy(q, model->entities + entity * model->D, model->D * sizeof *q);
    return;
  }
  const bool inverse = !model->reciprocal && relation >= model->R;
  const size_t row = inverse ? relation - model->R : relation;
  model->model->query(q, model->entities + entity * model->D, model->relations + row * model->RD,
                      model->D, inverse);
}

static OgStatus workspace_init(Workspace *work, size_t D, OgError *err) {
  work->Q = og_calloc_floats(QUERIES * D);
  work->targets = og_calloc_floats(QUERIES * D);
  work->S = og_calloc_floats((size_t)QUERIES * ENTITIES);
  work->queries = OG_NEW_ARRAY(Query, QUERIES);
  return work->Q && work->targets && work->S && work->queries ? OG_OK : og_error_no_memory(err);
}

static void workspace_clear(Workspace *work) {
  og_free_floats(work->Q);
  og_free_floats(work->targets);
  og_free_floats(work->S);
  og_free(work->queries);
}

/* How far apart two scores of equal vectors can be, s being one of them. A matrix product adds in
 * an order that depends on where a row stands, and rounds by a few 2⁻²⁴ of |q||t|; the other
 * distances always add in the same order. The Euclidean one is the root of what such products make
 * up. */
static float noise(const OgEmbedModel *model, const float *q, const float *t, float s) {
  const OgSimilarity similarity = model->model->similarity;
  if (similarity != OG_DOT && similarity != OG_L2) {
    return 0;
  }
  float squares[2] = {0, 0};
  for (size_t d = 0; d < model->D; d++) {
    squares[0] += q[d] * q[d];
    squares[1] += t[d] * t[d];
  }
  if (similarity == OG_DOT) {
    return 0x1p-20f * sqrtf(squares[0]) * sqrtf(squares[1]);
  }
  const float of_square = 0x1p-20f * (squares[0] + squares[1]);
  const float sum = sqrtf(s * s + of_square) - s; /* of the two roots whose difference is wanted */
  return sum > 0 ? of_square / sum : 0;
}

/* Whether an entity is taken as an answer to a relation. */
static bool is_taken(const Ranker *ranker, uint32_t relation, uint32_t entity) {
  const OgAnswerBias *bias = ranker->trials->bias;
  size_t count = 0;
  const uint32_t *taken = bias ? og_bias_taken(bias, relation, &count) : NULL;
  const size_t place = og_lower_bound(taken, count, entity);
  return place < count && taken[place] == entity;
}

/* The scores of the answers asked for, computed in blocks like all others. */
static void score_answers(Ranker *ranker, Workspace *work, size_t first, size_t count) {
  const OgEmbedModel *model = ranker->model;
  const OgQueries *asked = ranker->asked;
  const uint64_t end = asked->start[first + count];
  size_t query = 0;
  for (uint64_t from = asked->start[first], n; from < end; from += n) {
    n = end - from < QUERIES ? end - from : QUERIES;
    for (uint64_t k = 0; k < n; k++) {
      memcpy(work->targets + k * model->D, model->entities + asked->answers[from + k] * model->D,
             model->D * sizeof *work->targets);
    }
    og_score_block(model->model->similarity, work->S, ENTITIES, work->Q, count, work->targets, n,
                   model->D);
    for (uint64_t k = 0; k < n; k++) {
      while (asked->start[first + query + 1] <= from + k) {
        query++;
      }
      const float score = work->S[query * ENTITIES + k];
      ranker->taken[from + k] =
          is_taken(ranker, work->queries[query].relation, asked->answers[from + k]);
      ranker->scores[from + k] = score;
      ranker->noises[from + k] =
          noise(model, work->Q + query * model->D, work->targets + k * model->D, score);
    }
  }
}

/* Push known answers among the `count` entities from first below all others. */
static void hide_known(Query *query, float *row, size_t first, size_t count) {
  Rest *known = &query->known;
  for (; known->next < known->end && *known->next < first + count; known->next++) {
    row[*known->next - first] = -INFINITY;
  }
}

/* Move the scores of those that are taken out of the row; their number. */
static size_t set_apart(Query *query, float *row, size_t first, size_t count, float *apart) {
  Rest *rest = &query->taken;
  size_t moved = 0;
  for (; rest->next < rest->end && *rest->next < first + count; rest->next++) {
    apart[moved++] = row[*rest->next - first];
    row[*rest->next - first] = -INFINITY;
  }
  return moved;
}

/* 2 × scores above + scores equal to the target, give or take the noise. Not a number counts as
 * above: a broken model ranks last. */
OG_KERNEL static uint64_t count_above(const float *row, size_t count, float target,
                                      float noise_of_it) {
  const float high = target + noise_of_it, low = target - noise_of_it;
  uint32_t above = 0, not_below = 0;
#pragma omp simd reduction(+ : above, not_below)
  for (size_t n = 0; n < count; n++) {
    above += !(row[n] <= high);
    not_below += !(row[n] < low);
  }
  return (uint64_t)above + not_below;
}

/* The scores of a block of entities that an answer is compared with. */
typedef struct Rivals {
  const float *row, *apart; /* apart: those of candidates that are taken, which the row lacks */
  size_t count, apart_count;
  const float *own; /* of the entity that asks, when only the first trial counts it; or NULL */
} Rivals;

/* Count the rivals above answer k of a query, under each trial. */
static void count_rivals(Ranker *ranker, const Query *query, const Rivals *rivals, uint64_t k) {
  const OgBiasTrials *trials = ranker->trials;
  const float score = ranker->scores[k], noise_of_it = ranker->noises[k];
  const bool is_taken = ranker->taken[k];
  const bool is_loop = query->no_loop && ranker->asked->answers[k] == query->entity;
  for (size_t t = 0; t < trials->count; t++) {
    const float shift = trials->shifts[query->relation * trials->count + t];
    /* what the scores of others are compared with: equal ones of both kinds stay equal */
    const float target = t > 0 && is_loop ? -FLT_MAX : is_taken ? score + shift : score;
    const float of_taken = t > 0 && is_loop ? -FLT_MAX : is_taken ? score : score - shift;
    uint64_t *ranks2 = &ranker->ranks2[k * trials->count + t];
    *ranks2 += count_above(rivals->row, rivals->count, target, noise_of_it);
    if (isnan(target)) { /* and has counted every place of the row, empty ones too */
      continue;
    }
    *ranks2 += count_above(rivals->apart, rivals->apart_count, of_taken, noise_of_it);
    *ranks2 += t == 0 && rivals->own ? count_above(rivals->own, 1, target, noise_of_it) : 0;
  }
}

/* Whether a trial shifts those that are taken as answers to a relation. */
static bool shifts(const OgBiasTrials *trials, uint32_t relation) {
  bool any = false;
  for (size_t t = 0; t < trials->count; t++) {
    any |= trials->shifts[relation * trials->count + t] != 0;
  }
  return any;
}

static Query read_query(const Ranker *ranker, size_t place) {
  const OgAnswerBias *bias = ranker->trials->bias;
  const size_t R = ranker->model->R;
  assert(ranker->asked->relation[place] < 2 * R);
  Query query = {.entity = ranker->asked->entity[place],
                 .relation = ranker->asked->relation[place]};
  size_t count;
  const uint32_t *known = og_queries_find(ranker->known, query.entity, query.relation, &count);
  query.known = (Rest){known, count > 0 ? known + count : known};
  if (shifts(ranker->trials, query.relation)) {
    const uint32_t *taken = og_bias_taken(bias, query.relation, &count);
    query.taken = (Rest){taken, taken + count};
  }
  query.no_loop = bias && !bias->loops[query.relation % R];
  return query;
}

/* Rank the answers to a query among the entities [first, first + count) that `row` has scores of.
 */
static void rank_row(Ranker *ranker, Workspace *work, size_t place, Query *query, float *row,
                     size_t first, size_t count) {
  float own = -INFINITY;
  hide_known(query, row, first, count);
  const bool asks = query->no_loop && query->entity >= first && query->entity < first + count;
  if (asks) {
    own = row[query->entity - first];
    row[query->entity - first] = -INFINITY;
  }
  const Rivals rivals = {.row = row,
                         .count = count,
                         .apart = work->apart,
                         .apart_count = set_apart(query, row, first, count, work->apart),
                         .own = asks ? &own : NULL};
  const OgQueries *asked = ranker->asked;
  for (uint64_t k = asked->start[place]; k < asked->start[place + 1]; k++) {
    count_rivals(ranker, query, &rivals, k);
  }
}

static void rank_block(Ranker *ranker, Workspace *work, size_t first, size_t count) {
  const OgEmbedModel *model = ranker->model;
  for (size_t m = 0; m < count; m++) {
    work->queries[m] = read_query(ranker, first + m);
    og_embed_query(model, work->queries[m].entity, work->queries[m].relation,
                   work->Q + m * model->D);
  }
  score_answers(ranker, work, first, count);
  for (size_t n = 0; n < model->N; n += ENTITIES) {
    const size_t width = model->N - n < ENTITIES ? model->N - n : ENTITIES;
    og_score_block(model->model->similarity, work->S, ENTITIES, work->Q, count,
                   model->entities + n * model->D, width, model->D);
    for (size_t m = 0; m < count; m++) {
      rank_row(ranker, work, first + m, &work->queries[m], work->S + m * ENTITIES, n, width);
    }
  }
}

/* Whether to go on: thread 0 asks. */
static bool goes_on(Ranker *ranker, int thread, size_t first) {
  if (thread == 0) {
    ranker->status = og_progress_report(ranker->progress, "ranking held-out edges", (double)first,
                                        (double)ranker->asked->count, "", ranker->err);
    ranker->stopped = ranker->status != OG_OK;
  }
  return !ranker->stopped;
}

static void rank_blocks(void *data, int thread) {
  Ranker *ranker = data;
  const size_t count = ranker->asked->count;
  for (;;) {
    const size_t first = atomic_fetch_add(&ranker->next, QUERIES);
    if (first >= count || !goes_on(ranker, thread, first)) {
      return;
    }
    rank_block(ranker, &ranker->workspaces[thread], first,
               count - first < QUERIES ? count - first : QUERIES);
  }
}

/* ranks2 (count, trials): the figures are of the last trial, and the MRR of the first one beside.
 */
static void summarise(const uint64_t *ranks2, size_t count, size_t trials, OgRanking *ranking) {
  *ranking = (OgRanking){.queries = count};
  for (size_t k = 0; k < count; k++) {
    const double rank = 1 + (double)ranks2[(k + 1) * trials - 1] / 2;
    ranking->vectors_mrr += 1 / (1 + (double)ranks2[k * trials] / 2);
    ranking->mrr += 1 / rank;
    ranking->hits1 += rank <= 1;
    ranking->hits3 += rank <= 3;
    ranking->hits10 += rank <= 10;
    ranking->mean_rank += rank;
  }
  if (count > 0) {
    double *figures[] = {&ranking->mrr,    &ranking->hits1,     &ranking->hits3,
                         &ranking->hits10, &ranking->mean_rank, &ranking->vectors_mrr};
    for (size_t k = 0; k < OG_COUNT(figures); k++) {
      *figures[k] /= (double)count;
    }
  }
}

OgStatus og_embed_rank_trials(const OgEmbedModel *model, const OgQueries *asked,
                              const OgQueries *known, const OgBiasTrials *trials, OgTeam *team,
                              const OgProgress *progress, uint64_t *ranks2, OgError *err) {
  const size_t answers = asked->start[asked->count];
  const size_t threads = (size_t)og_team_size(team);
  Ranker ranker = {.model = model,
                   .asked = asked,
                   .known = known,
                   .trials = trials,
                   .progress = progress,
                   .err = err,
                   .workspaces = OG_NEW_ARRAY(Workspace, threads),
                   .scores = OG_NEW_ARRAY(float, answers),
                   .noises = OG_NEW_ARRAY(float, answers),
                   .taken = OG_NEW_ARRAY(bool, answers),
                   .ranks2 = ranks2};
  OgStatus status = OG_OK;
  if (!ranker.workspaces || !ranker.scores || !ranker.noises || !ranker.taken) {
    status = og_error_no_memory(err);
    goto done;
  }
  OG_GO(og_blas_reserve((int)threads, err));
  for (size_t t = 0; t < threads; t++) {
    OG_GO(workspace_init(&ranker.workspaces[t], model->D, err));
  }
  og_team_run(team, rank_blocks, &ranker);
  status = ranker.status;
done:
  for (size_t t = 0; ranker.workspaces && t < threads; t++) {
    workspace_clear(&ranker.workspaces[t]);
  }
  og_free(ranker.workspaces);
  og_free(ranker.scores);
  og_free(ranker.noises);
  og_free(ranker.taken);
  return status;
}

OgStatus og_embed_rank(const OgEmbedModel *model, const OgQueries *asked, const OgQueries *known,
                       const OgAnswerBias *bias, OgTeam *team, const OgProgress *progress,
                       OgRanking *ranking, OgError *err) {
  const size_t answers = asked->start[asked->count], ways = 2 * model->R;
  const size_t columns = bias ? 2 : 1;
  float *both = og_calloc_floats(ways * columns);
  uint64_t *ranks2 = OG_NEW_ARRAY(uint64_t, answers * columns);
  const OgBiasTrials trials = {bias, both, columns};
  OgStatus status = both && ranks2 ? OG_OK : og_error_no_memory(err);
  OG_GO(status);
  for (size_t way = 0; bias && way < ways; way++) {
    both[2 * way + 1] = bias->shifts[way];
  }
  OG_GO(og_embed_rank_trials(model, asked, known, &trials, team, progress, ranks2, err));
  summarise(ranks2, answers, columns, ranking);
done:
  og_free_floats(both);
  og_free(ranks2);
  return status;
}
