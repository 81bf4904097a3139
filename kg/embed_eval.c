#include "kg/embed_eval.h"

#include "core/blas.h"
#include "core/memory.h"

#include <math.h>
#include <stdatomic.h>
#include <string.h>

enum {
  QUERIES = 128, /* M: of a block; one row of scores each */
  ENTITIES = 512 /* of a block: with M, scores that stay in the second-level cache */
};

/* What one thread needs; see the sizes in workspace_init. */
typedef struct Workspace {
  float *Q;               /* (QUERIES, D) */
  float *targets;         /* (QUERIES, D): vectors of answers, gathered */
  float *S;               /* (QUERIES, ENTITIES) */
  const uint32_t **known; /* (QUERIES) the next known answer of each query */
  const uint32_t **known_end;
} Workspace;

typedef struct Ranker {
  const OgEmbedModel *model;
  const OgQueries *asked, *known;
  Workspace *workspaces; /* (threads) */
  float *scores;         /* (answers) of each answer asked for */
  float *noises;         /* (answers) scores so near to it are equal */
  uint64_t *ranks2;      /* (answers) twice the rank, less two: 2 × better + equal */
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
  work->known = OG_NEW_ARRAY(const uint32_t *, QUERIES);
  work->known_end = OG_NEW_ARRAY(const uint32_t *, QUERIES);
  return work->Q && work->targets && work->S && work->known && work->known_end
             ? OG_OK
             : og_error_no_memory(err);
}

static void workspace_clear(Workspace *work) {
  og_free_floats(work->Q);
  og_free_floats(work->targets);
  og_free_floats(work->S);
  og_free(work->known);
  og_free(work->known_end);
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
      ranker->scores[from + k] = score;
      ranker->noises[from + k] =
          noise(model, work->Q + query * model->D, work->targets + k * model->D, score);
    }
  }
}

/* Push known answers among entities [first, first + count) below all others. */
static void hide_known(Workspace *work, size_t m, size_t first, size_t count) {
  float *row = work->S + m * ENTITIES;
  const uint32_t *known = work->known[m];
  for (; known < work->known_end[m] && *known < first + count; known++) {
    row[*known - first] = -INFINITY;
  }
  work->known[m] = known;
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

static void rank_block(Ranker *ranker, Workspace *work, size_t first, size_t count) {
  const OgEmbedModel *model = ranker->model;
  const OgQueries *asked = ranker->asked;
  for (size_t m = 0; m < count; m++) {
    const uint32_t entity = asked->entity[first + m], relation = asked->relation[first + m];
    og_embed_query(model, entity, relation, work->Q + m * model->D);
    size_t known;
    work->known[m] = og_queries_find(ranker->known, entity, relation, &known);
    work->known_end[m] = known ? work->known[m] + known : work->known[m];
  }
  score_answers(ranker, work, first, count);
  for (size_t n = 0; n < model->N; n += ENTITIES) {
    const size_t width = model->N - n < ENTITIES ? model->N - n : ENTITIES;
    og_score_block(model->model->similarity, work->S, ENTITIES, work->Q, count,
                   model->entities + n * model->D, width, model->D);
    for (size_t m = 0; m < count; m++) {
      hide_known(work, m, n, width);
      for (uint64_t k = asked->start[first + m]; k < asked->start[first + m + 1]; k++) {
        ranker->ranks2[k] +=
            count_above(work->S + m * ENTITIES, width, ranker->scores[k], ranker->noises[k]);
      }
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

static void summarise(const uint64_t *ranks2, size_t count, OgRanking *ranking) {
  *ranking = (OgRanking){.queries = count};
  for (size_t k = 0; k < count; k++) {
    const double rank = 1 + (double)ranks2[k] / 2;
    ranking->mrr += 1 / rank;
    ranking->hits1 += rank <= 1;
    ranking->hits3 += rank <= 3;
    ranking->hits10 += rank <= 10;
    ranking->mean_rank += rank;
  }
  if (count > 0) {
    double *figures[] = {&ranking->mrr, &ranking->hits1, &ranking->hits3, &ranking->hits10,
                         &ranking->mean_rank};
    for (size_t k = 0; k < OG_COUNT(figures); k++) {
      *figures[k] /= (double)count;
    }
  }
}

OgStatus og_embed_rank(const OgEmbedModel *model, const OgQueries *asked, const OgQueries *known,
                       OgTeam *team, const OgProgress *progress, OgRanking *ranking, OgError *err) {
  const size_t answers = asked->start[asked->count];
  const size_t threads = (size_t)og_team_size(team);
  Ranker ranker = {.model = model,
                   .asked = asked,
                   .known = known,
                   .progress = progress,
                   .err = err,
                   .workspaces = OG_NEW_ARRAY(Workspace, threads),
                   .scores = OG_NEW_ARRAY(float, answers),
                   .noises = OG_NEW_ARRAY(float, answers),
                   .ranks2 = OG_NEW_ARRAY(uint64_t, answers)};
  OgStatus status = OG_OK;
  if (!ranker.workspaces || !ranker.scores || !ranker.noises || !ranker.ranks2) {
    status = og_error_no_memory(err);
    goto done;
  }
  OG_GO(og_blas_reserve((int)threads, err));
  for (size_t t = 0; t < threads; t++) {
    OG_GO(workspace_init(&ranker.workspaces[t], model->D, err));
  }
  og_team_run(team, rank_blocks, &ranker);
  OG_GO(ranker.status);
  summarise(ranker.ranks2, answers, ranking);
done:
  for (size_t t = 0; ranker.workspaces && t < threads; t++) {
    workspace_clear(&ranker.workspaces[t]);
  }
  og_free(ranker.workspaces);
  og_free(ranker.scores);
  og_free(ranker.noises);
  og_free(ranker.ranks2);
  return status;
}
