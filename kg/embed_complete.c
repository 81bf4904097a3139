#include "kg/embed_complete.h"

#include "core/blas.h"
#include "core/memory.h"
#include "core/parallel.h"
#include "kg/cursor.h"
#include "kg/embed_calibrate.h"
#include "kg/embed_known.h"

#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum {
  MOST_ROWS = 64,         /* queries of a block */
  BLOCK_SCORES = 1 << 22, /* scores of a block, unless one row is longer */
};

/* Those whose child or parent is known: up, then down. */
#define PARENTS_OF_KNOWN                                                                           \
  "SELECT tail FROM edge WHERE head IN known AND relation IN " OG_SQL_UP " UNION "                 \
  "SELECT head FROM edge WHERE tail IN known AND relation IN " OG_SQL_DOWN

/* ?1 is the relation. */
typedef enum Sql { LIKELY_HEADS, LABEL, SQL_COUNT } Sql;

static const char *const sql[SQL_COUNT] = {
    [LIKELY_HEADS] =
        "WITH known(id) AS (SELECT DISTINCT head FROM edge WHERE relation = ?1), "
        "parent(id) AS (" PARENTS_OF_KNOWN ") SELECT id FROM known UNION "
        "SELECT head FROM edge WHERE tail IN parent AND relation IN " OG_SQL_UP " UNION "
        "SELECT tail FROM edge WHERE head IN parent AND relation IN " OG_SQL_DOWN " ORDER BY 1",
    [LABEL] = "SELECT label FROM relation WHERE id = ?1",
};

static const OgSqlTable table = {sql, SQL_COUNT};

/* Entities are rows of the vectors from here on. */
typedef struct Candidate {
  double log_softmax;
  float score;
  uint32_t head, tail;
} Candidate;

/* The best of all candidates that it was offered: up to `capacity` are gathered, then cut to the
 * best `most`. Which these are does not depend on the order of the offers. */
typedef struct Best {
  Candidate *items;
  size_t most, count, capacity;
  Candidate bar; /* with is_full: what a candidate must be better than */
  bool is_full;
} Best;

/* What one thread needs. */
typedef struct Workspace {
  float *Q; /* (rows, D) */
  float *S; /* (rows, N) */
  OgKnownWalk walk;
  Best best, best_of_head;
} Workspace;

typedef struct Completer {
  OgStore *store;
  const OgVectors *vectors;
  const OgCompleteOptions *options;
  const OgScoreModel *model;
  const OgProgress *progress;
  OgError *err;
  OgHierarchy hierarchy;
  OgKnownEdges known;
  uint32_t *heads; /* (head_count) that are asked for */
  size_t head_count;
  OgTeam *team;
  Workspace *workspaces; /* (threads) */
  size_t rows;           /* of a block */
  float bias;            /* of tails that the relation has already (og_link_bias) */
  float *inverse_norms;  /* (N) */
  OgCompletions *made;
  atomic_size_t next; /* item of a task that nobody has taken */
  atomic_bool stopped;
  OgStatus status; /* of the progress, heard by thread 0 */
} Completer;

/* ---- heads ---- */

static OgStatus open_cursor(Completer *completer, Sql which, OgCursor *cursor, OgError *err) {
  OG_TRY(og_cursor_open(completer->store, &table, which, cursor, err));
  og_cursor_bind(cursor, 1, completer->options->relation);
  if (which == LIKELY_HEADS) {
    og_hierarchy_bind(&completer->hierarchy, cursor);
  }
  return OG_OK;
}

/* likely[row] = true for those that may be heads. */
static OgStatus mark_likely(Completer *completer, bool *likely, OgError *err) {
  OgCursor cursor;
  OgStatus status = OG_OK;
  OG_TRY(open_cursor(completer, LIKELY_HEADS, &cursor, err));
  while (og_cursor_next(&cursor, &status, err)) {
    const size_t row = og_vectors_row(completer->vectors, og_cursor_integer(&cursor, 0));
    if (row < completer->vectors->N) {
      likely[row] = true;
    }
  }
  og_cursor_close(&cursor);
  return status;
}

static OgStatus choose_heads(Completer *completer, OgError *err) {
  const size_t N = completer->vectors->N;
  const bool *usable = completer->known.usable;
  const size_t *answers = completer->known.answers[0].start; /* of each head */
  OgStatus status;
  bool *likely = OG_NEW_ARRAY(bool, N);
  completer->heads = OG_NEW_ARRAY(uint32_t, N);
  if (!likely || !completer->heads) {
    status = og_error_no_memory(err);
    goto done;
  }
  OG_GO(mark_likely(completer, likely, err));
  for (size_t n = 0; n < N; n++) {
    completer->made->tails +=
        usable[n] && og_types_allow(completer->known.types, (uint32_t)n, false);
    if (usable[n] && (likely[n] || completer->options->all_heads) &&
        og_types_allow(completer->known.types, (uint32_t)n, true)) {
      completer->heads[completer->head_count++] = (uint32_t)n;
      completer->made->linked += answers[n + 1] > answers[n];
    }
  }
  completer->made->heads = completer->head_count;
done:
  og_free(likely);
  return status;
}

/* ---- the best of many candidates ---- */

static bool is_better(const Candidate *a, const Candidate *b) {
  if (a->log_softmax != b->log_softmax) {
    return a->log_softmax > b->log_softmax;
  }
  return a->head != b->head ? a->head < b->head : a->tail < b->tail;
}

static int compare_candidates(const void *a, const void *b) {
  return is_better(a, b) ? -1 : is_better(b, a);
}

static OgStatus best_init(Best *best, size_t most, OgError *err) {
  *best = (Best){.most = most, .capacity = 2 * most + 16};
  best->items = OG_NEW_ARRAY(Candidate, best->capacity);
  return best->items ? OG_OK : og_error_no_memory(err);
}

static void best_cut(Best *best) {
  qsort(best->items, best->count, sizeof *best->items, compare_candidates);
  if (best->count >= best->most) {
    best->count = best->most;
    best->bar = best->items[best->most - 1];
    best->is_full = true;
  }
}

static void best_offer(Best *best, const Candidate *candidate) {
  if (best->is_full && !is_better(candidate, &best->bar)) {
    return;
  }
  best->items[best->count++] = *candidate;
  if (best->count == best->capacity) {
    best_cut(best);
  }
}

/* Offer all that one has to another, and forget it. */
static void best_pass_on(Best *from, Best *to) {
  best_cut(from);
  for (size_t k = 0; k < from->count; k++) {
    best_offer(to, &from->items[k]);
  }
  from->count = 0;
  from->is_full = false;
}

/* ---- blocks of work ---- */

static OgStatus workspace_init(Workspace *work, const Completer *completer, OgError *err) {
  const size_t N = completer->vectors->N, D = completer->vectors->D, rows = completer->rows;
  const OgCompleteOptions *options = completer->options;
  OG_TRY(best_init(&work->best, options->top, err));
  OG_TRY(best_init(&work->best_of_head, options->per_head < N ? options->per_head : N, err));
  work->Q = og_calloc_floats(rows * D);
  work->S = og_calloc_floats(rows * N);
  OG_TRY(og_known_walk_init(&work->walk, N, err));
  return work->Q && work->S ? OG_OK : og_error_no_memory(err);
}

static void workspace_clear(Workspace *work) {
  og_free(work->best.items);
  og_free(work->best_of_head.items);
  og_free_floats(work->Q);
  og_free_floats(work->S);
  og_known_walk_clear(&work->walk);
}

/* Take the next `step` of count items: *first of them. False when there are none, or when the work
 * was stopped; thread 0 tells how far it is. */
static bool take(Completer *completer, int thread, const char *stage, size_t step, size_t count,
                 size_t *first) {
  if (thread == 0 && !completer->stopped) {
    const size_t taken = completer->next;
    completer->status =
        og_progress_report(completer->progress, stage, (double)(taken < count ? taken : count),
                           (double)count, "", completer->err);
    completer->stopped = completer->status != OG_OK;
  }
  if (completer->stopped) {
    return false;
  }
  *first = atomic_fetch_add(&completer->next, step);
  return *first < count;
}

static OgStatus run_blocks(Completer *completer, void (*task)(void *data, int thread)) {
  completer->next = 0;
  og_team_run(completer->team, task, completer);
  return completer->status;
}

/* ---- candidates ---- */

static void offer_row(const Completer *completer, Workspace *work, uint32_t head, float *scores) {
  const size_t N = completer->vectors->N;
  Best *best = completer->options->per_head > 0 ? &work->best_of_head : &work->best;
  og_known_add_bias(&completer->known, false, completer->bias, scores);
  og_known_hide_answers(&completer->known, head, false, scores);
  const double all = og_log_sum_exp(scores, N); /* over the entities that calibration counts */
  og_known_hide(&completer->known, head, false, &work->walk, scores);
  for (size_t n = 0; n < N; n++) {
    if (isfinite(scores[n])) {
      const Candidate candidate = {(double)scores[n] - all, scores[n], head, (uint32_t)n};
      best_offer(best, &candidate);
    }
  }
  if (completer->options->per_head > 0) {
    best_pass_on(&work->best_of_head, &work->best);
  }
}

static void rank_heads(void *data, int thread) {
  Completer *completer = data;
  Workspace *work = &completer->workspaces[thread];
  const OgVectors *vectors = completer->vectors;
  const size_t N = vectors->N, D = vectors->D, count = completer->head_count;
  size_t first;
  while (take(completer, thread, "ranking", completer->rows, count, &first)) {
    const size_t rows = count - first < completer->rows ? count - first : completer->rows;
    for (size_t m = 0; m < rows; m++) {
      const OgLinkQuery query = {vectors->entities[completer->heads[first + m]],
                                 completer->options->relation, false};
      /* cannot fail: try_query has found the relation's vector, and each head is a row */
      if (og_link_query(vectors, completer->model, &query, work->Q + m * D, NULL) != OG_OK) {
        memset(work->Q + m * D, 0, D * sizeof *work->Q);
      }
    }
    og_score_block(completer->model->similarity, work->S, N, work->Q, rows, vectors->values, N, D);
    for (size_t m = 0; m < rows; m++) {
      offer_row(completer, work, completer->heads[first + m], work->S + m * N);
    }
  }
}

/* ---- the edge most like each ---- */

/* a (N), b (N): dot products of the head's and the tail's vector with all. */
static void explain_one(const Completer *completer, uint32_t head, uint32_t tail, const float *a,
                        const float *b, OgLink *link) {
  const float *inverse = completer->inverse_norms;
  for (size_t k = 0; k < completer->known.asserted_count; k++) {
    const OgRowPair known = completer->known.asserted[k];
    const float heads =
        known.head == head ? 1 : a[known.head] * inverse[known.head] * inverse[head];
    const float tails =
        known.tail == tail ? 1 : b[known.tail] * inverse[known.tail] * inverse[tail];
    if (heads > 0 && heads * tails > link->likeness) {
      link->likeness = heads * tails;
      link->like_head = completer->vectors->entities[known.head];
      link->like_tail = completer->vectors->entities[known.tail];
    }
  }
}

static void explain(void *data, int thread) {
  Completer *completer = data;
  Workspace *work = &completer->workspaces[thread];
  const OgVectors *vectors = completer->vectors;
  const size_t N = vectors->N, D = vectors->D, count = completer->made->count;
  const size_t step = completer->rows / 2;
  size_t first;
  while (take(completer, thread, "explaining", step, count, &first)) {
    const size_t rows = count - first < step ? count - first : step;
    for (size_t m = 0; m < rows; m++) {
      const OgCompletion *item = &completer->made->items[first + m];
      memcpy(work->Q + 2 * m * D, og_vectors_find(vectors, item->head), D * sizeof *work->Q);
      memcpy(work->Q + (2 * m + 1) * D, og_vectors_find(vectors, item->link.entity),
             D * sizeof *work->Q);
    }
    og_score_block(OG_DOT, work->S, N, work->Q, 2 * rows, vectors->values, N, D);
    for (size_t m = 0; m < rows; m++) {
      OgCompletion *item = &completer->made->items[first + m];
      explain_one(completer, (uint32_t)og_vectors_row(vectors, item->head),
                  (uint32_t)og_vectors_row(vectors, item->link.entity), work->S + 2 * m * N,
                  work->S + (2 * m + 1) * N, &item->link);
    }
  }
}

static OgStatus measure_norms(Completer *completer, OgError *err) {
  const OgVectors *vectors = completer->vectors;
  completer->inverse_norms = og_calloc_floats(vectors->N);
  if (!completer->inverse_norms) {
    return og_error_no_memory(err);
  }
  for (size_t n = 0; n < vectors->N; n++) {
    double sum = 0;
    for (size_t d = 0; d < vectors->D; d++) {
      const double x = (double)vectors->values[n * vectors->D + d];
      sum += x * x;
    }
    completer->inverse_norms[n] = sum > 0 ? (float)(1 / sqrt(sum)) : 0;
  }
  return OG_OK;
}

/* ---- all of it ---- */

/* The best of all threads, with their probabilities. */
static OgStatus gather(Completer *completer, OgError *err) {
  const OgVectors *vectors = completer->vectors;
  const double least = completer->options->min_probability;
  OgCompletions *made = completer->made;
  Best *best = &completer->workspaces[0].best;
  OgCurve curve;
  og_link_calibration(vectors, &curve);
  for (int t = 1; t < og_team_size(completer->team); t++) {
    best_pass_on(&completer->workspaces[t].best, best);
  }
  best_cut(best);
  made->items = OG_NEW_ARRAY(OgCompletion, best->count);
  if (!made->items) {
    return og_error_no_memory(err);
  }
  for (size_t k = 0; k < best->count; k++) {
    const Candidate *c = &best->items[k];
    const double p = og_calibrated(&curve, c->log_softmax);
    if (least > 0 && p < least) {
      break; /* it falls with the log softmax */
    }
    made->items[made->count++] = (OgCompletion){
        .head = vectors->entities[c->head],
        .log_softmax = c->log_softmax,
        .link = {.entity = vectors->entities[c->tail], .score = c->score, .probability = p}};
  }
  return OG_OK;
}

static OgStatus check(const OgVectors *vectors, const OgCompleteOptions *options, OgError *err) {
  OgCurve curve;
  og_link_calibration(vectors, &curve);
  if (options->min_probability > 0 && curve.count == 0) {
    return og_error_set(err, OG_USAGE,
                        "the set \"%s\" gives no probabilities: it was not measured by held-out "
                        "edges, by too few to fit any, or by another release; the best come "
                        "without --min-probability",
                        vectors->name);
  }
  return OG_OK;
}

/* Whether the set can be asked for this relation. */
static OgStatus try_query(const Completer *completer, float *q, OgError *err) {
  const OgLinkQuery query = {completer->vectors->entities[0], completer->options->relation, false};
  return og_link_query(completer->vectors, completer->model, &query, q, err);
}

static OgStatus read_label(Completer *completer, OgError *err) {
  OgCursor cursor;
  OgStatus status = OG_OK;
  const char *label = NULL;
  size_t size;
  OG_TRY(open_cursor(completer, LABEL, &cursor, err));
  if (og_cursor_next(&cursor, &status, err)) {
    status = og_cursor_text(&cursor, 0, &label, &size, err);
  }
  completer->made->relation = og_strdup(label ? label : "");
  og_cursor_close(&cursor);
  return status != OG_OK || completer->made->relation ? status : og_error_no_memory(err);
}

static OgStatus prepare(Completer *completer, OgError *err) {
  const size_t N = completer->vectors->N;
  const size_t rows = BLOCK_SCORES / (N + 1);
  completer->rows = rows < 2 ? 2 : rows > MOST_ROWS ? MOST_ROWS : rows; /* head and tail */
  OG_TRY(og_team_new(completer->options->threads, &completer->team, err));
  OG_TRY(og_blas_reserve(og_team_size(completer->team), err));
  OG_TRY(read_label(completer, err));
  OG_TRY(og_known_read(completer->store, completer->vectors, completer->options->relation,
                       completer->options->types, &completer->known, err));
  completer->bias = og_link_bias(completer->vectors, completer->options->relation, false);
  OG_TRY(choose_heads(completer, err));
  OG_TRY(measure_norms(completer, err));
  const size_t threads = (size_t)og_team_size(completer->team);
  completer->workspaces = OG_NEW_ARRAY(Workspace, threads);
  if (!completer->workspaces) {
    return og_error_no_memory(err);
  }
  for (size_t t = 0; t < threads; t++) {
    OG_TRY(workspace_init(&completer->workspaces[t], completer, err));
  }
  return completer->vectors->N > 0 ? try_query(completer, completer->workspaces[0].Q, err) : OG_OK;
}

static void finish(Completer *completer) {
  for (int t = 0; completer->workspaces && t < og_team_size(completer->team); t++) {
    workspace_clear(&completer->workspaces[t]);
  }
  og_free(completer->workspaces);
  og_team_free(completer->team);
  og_known_clear(&completer->known);
  og_free(completer->heads);
  og_free_floats(completer->inverse_norms);
}

OgStatus og_complete(OgStore *store, const OgVectors *vectors, const OgCompleteOptions *options,
                     const OgProgress *progress, OgCompletions *made, OgError *err) {
  Completer completer = {.store = store,
                         .vectors = vectors,
                         .options = options,
                         .progress = progress,
                         .err = err,
                         .made = made};
  OgStatus status;
  *made = (OgCompletions){0};
  OG_GO(og_link_model(vectors, &completer.model, err));
  OG_GO(check(vectors, options, err));
  OG_GO(og_hierarchy_read(store, &completer.hierarchy, err));
  OG_GO(prepare(&completer, err));
  OG_GO(run_blocks(&completer, rank_heads));
  OG_GO(gather(&completer, err));
  OG_GO(run_blocks(&completer, explain));
done:
  finish(&completer);
  if (status != OG_OK) {
    og_completions_clear(made);
  }
  return status;
}

void og_completions_clear(OgCompletions *made) {
  og_free(made->items);
  og_free(made->relation);
  *made = (OgCompletions){0};
}
