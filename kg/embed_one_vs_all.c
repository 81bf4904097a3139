/* embed_one_vs_all: each query against all entities, or against a sample that stands for them.
 *
 * 1-vs-all is softmax cross-entropy (Joulin et al. 2017), over a batch of pairs (query, answer) of
 * total weight T:
 *
 *   L = 1/T Σ_q w_q Σ_a∈answers(q) [ logΣexp_n S(q,n) - S(q,a) ]
 *
 * k-vs-all is binary cross-entropy (Dettmers et al. 2018), y being 1 for answers and 0 for others:
 *
 *   L = 1/T Σ_q w_q Σ_n [ log(1 + exp S(q,n)) - y S(q,n) ]
 *
 * To both come n3/T Σ (|e|³ + |r|³ + |a|³) (Lacroix et al. 2018, eq. 8) and the relation term
 * (embed_one_vs_all_relations.h). An example is a whole query: its answers share one row of scores,
 * which changes nothing in the objective.
 *
 * A step passes over the columns (embed_one_vs_all_columns.h) twice, in blocks that stay in cache,
 * each thread over its own share:
 *   1. scores of the block; running maximum and sum of exponentials of each query (1-vs-all)
 *   2. P = ∂L/∂S; dQ += P E; dE = Pᵀ Q; the optimiser on the block's rows at once
 * Neither the gradient of E nor P ever exists as a whole. Scores are kept between the passes when
 * all of them fit in score_bytes, and otherwise computed again. Rows of E that are also queries of
 * the batch get the rest of their gradient after pass 2 and are updated then. */
#include "kg/embed_train.h"

#include "core/blas.h"
#include "core/memory.h"
#include "core/vmath.h"
#include "kg/embed_one_vs_all_columns.h"
#include "kg/embed_one_vs_all_relations.h"
#include "kg/embed_update.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
  BLOCK = 256, /* columns of a block */
};

static const uint32_t NO_PAIR = UINT32_MAX;

typedef struct Query {
  uint32_t entity, relation; /* relation: row of the model's relations; RR for neighbours */
  uint32_t query;            /* in OgQueries */
  uint32_t column;           /* of entity */
  uint32_t first, answers;   /* targets[first], … are its answers, so many */
  uint32_t pair;             /* the first in the relation term; NO_PAIR when it has none there */
  float weight;              /* of each answer */
} Query;

/* An answer in the block under way. */
typedef struct Hit {
  uint32_t pair;   /* in the relation term, or NO_PAIR */
  uint32_t column; /* in the block */
} Hit;

/* The memory of one thread. */
typedef struct Worker {
  float *E;           /* (BLOCK, D) vectors of a block, gathered from a sample */
  float *S;           /* (B, BLOCK) when scores are not kept */
  float *P;           /* (B, BLOCK) of distances; that of dot products takes the place of S */
  float *dE;          /* (BLOCK, D) */
  float *dQ;          /* (B, D) */
  float *row;         /* (RD) gradient of a relation */
  float *maximum;     /* (B) of the scores of its share */
  double *sum;        /* (B) of weight × exp(score - maximum) */
  uint32_t *next;     /* (B) in targets: next answer of each query */
  float *occurrences; /* (BLOCK) weight with which a column is an answer in the batch */
  Hit *hits;          /* (most_targets) */
  size_t hit_count;
  double loss; /* what the second pass adds to it */
} Worker;

typedef struct Trainer {
  OgTrainInput in;
  bool softmax;                         /* 1-vs-all; otherwise k-vs-all */
  size_t B;                             /* most queries of a batch */
  size_t most_targets;                  /* answers of a batch */
  size_t most_pairs;                    /* of them in the relation term */
  size_t state_size;                    /* of the optimiser, floats a parameter */
  float *entity_state, *relation_state; /* its state */
  Worker *workers;                      /* (threads) */
  OgColumns columns;
  OgRelationTerm term;   /* empty when its weight is 0 */
  float *kept;           /* (blocks, B, BLOCK) scores; NULL when they are computed again */
  float *Q, *dQ;         /* (B, D) */
  float *dR;             /* (B, RD) */
  float *stash;          /* (B, D) gradients of the batch's own entities */
  float *log_sum;        /* (B) */
  Query *batch;          /* (B) by entity */
  uint32_t *by_relation; /* (B) positions in batch */
  uint32_t *slot_start;  /* (B + 1) first query of each distinct entity */
  uint32_t *targets;     /* (most_targets) columns of answers, ascending for each query */
  size_t count, slots;   /* of this batch */
  double pairs;          /* T */
  float rate;
  uint64_t steps;
} Trainer;

static size_t count_examples(const OgTrainInput *input) {
  return input->queries->count;
}

static size_t answers_of(const OgQueries *queries, uint32_t query) {
  return queries->start[query + 1] - queries->start[query];
}

/* Weight of all answers to a query. */
static double weight_of(const Query *query) {
  return (double)query->weight * (double)query->answers;
}

static bool is_dot(const Trainer *trainer) {
  return trainer->in.model->model->similarity == OG_DOT;
}

/* ---- memory ---- */

static bool open_worker(Worker *worker, const Trainer *trainer) {
  const size_t B = trainer->B, D = trainer->in.model->D;
  const bool dot = is_dot(trainer);
  worker->E = og_calloc_floats(BLOCK * D);
  worker->S = trainer->kept ? NULL : og_calloc_floats(B * BLOCK);
  worker->P = dot ? NULL : og_calloc_floats(B * BLOCK);
  worker->dE = og_calloc_floats(BLOCK * D);
  worker->dQ = og_calloc_floats(B * D);
  worker->row = og_calloc_floats(trainer->in.model->RD);
  worker->maximum = og_calloc_floats(B);
  worker->sum = OG_NEW_ARRAY(double, B);
  worker->next = OG_NEW_ARRAY(uint32_t, B);
  worker->hits = OG_NEW_ARRAY(Hit, trainer->most_targets);
  worker->occurrences = og_calloc_floats(BLOCK);
  return worker->E && (worker->S || trainer->kept) && (worker->P || dot) && worker->dE &&
         worker->dQ && worker->row && worker->maximum && worker->sum && worker->next &&
         worker->hits && worker->occurrences;
}

static void close_trainer(void *state) {
  Trainer *trainer = state;
  for (int t = 0; trainer->workers && t < og_team_size(trainer->in.team); t++) {
    Worker *worker = &trainer->workers[t];
    og_free_floats(worker->E);
    og_free_floats(worker->S);
    og_free_floats(worker->P);
    og_free_floats(worker->dE);
    og_free_floats(worker->dQ);
    og_free_floats(worker->row);
    og_free_floats(worker->maximum);
    og_free(worker->sum);
    og_free(worker->next);
    og_free(worker->hits);
    og_free_floats(worker->occurrences);
  }
  og_free(trainer->workers);
  float *floats[] = {
      trainer->entity_state, trainer->relation_state, trainer->kept,   trainer->Q, trainer->dQ,
      trainer->dR,           trainer->stash,          trainer->log_sum};
  for (size_t k = 0; k < OG_COUNT(floats); k++) {
    og_free_floats(floats[k]);
  }
  og_free(trainer->batch);
  og_free(trainer->by_relation);
  og_free(trainer->slot_start);
  og_free(trainer->targets);
  og_columns_clear(&trainer->columns);
  og_relation_term_clear(&trainer->term);
  og_free(trainer);
}

static bool open_arrays(Trainer *trainer) {
  const OgEmbedModel *model = trainer->in.model;
  const size_t B = trainer->B, threads = (size_t)og_team_size(trainer->in.team);
  const size_t own = trainer->most_targets + B;
  if (!og_columns_init(&trainer->columns, model, trainer->in.options->sample, own)) {
    return false;
  }
  if (trainer->in.options->relation_prediction > 0 &&
      !og_relation_term_init(&trainer->term, model, trainer->most_pairs, (int)threads)) {
    return false;
  }
  const size_t scores = (trainer->columns.most + BLOCK - 1) / BLOCK * B * BLOCK;
  if (scores * sizeof(float) <= trainer->in.score_bytes) {
    trainer->kept = og_calloc_floats(scores);
    if (!trainer->kept) {
      return false;
    }
  }
  trainer->state_size = og_update_state_size(trainer->in.options->optimiser);
  trainer->entity_state = og_calloc_floats(trainer->state_size * model->N * model->D);
  trainer->relation_state = og_calloc_floats(trainer->state_size * model->RR * model->RD);
  trainer->Q = og_calloc_floats(B * model->D);
  trainer->dQ = og_calloc_floats(B * model->D);
  trainer->dR = og_calloc_floats(B * model->RD);
  trainer->stash = og_calloc_floats(B * model->D);
  trainer->log_sum = og_calloc_floats(B);
  trainer->batch = OG_NEW_ARRAY(Query, B);
  trainer->by_relation = OG_NEW_ARRAY(uint32_t, B);
  trainer->slot_start = OG_NEW_ARRAY(uint32_t, B + 1);
  trainer->targets = OG_NEW_ARRAY(uint32_t, trainer->most_targets);
  trainer->workers = OG_NEW_ARRAY(Worker, threads);
  bool ok = trainer->entity_state && trainer->relation_state && trainer->Q && trainer->dQ &&
            trainer->dR && trainer->stash && trainer->log_sum && trainer->batch &&
            trainer->by_relation && trainer->slot_start && trainer->targets && trainer->workers;
  for (size_t t = 0; ok && t < threads; t++) {
    ok = open_worker(&trainer->workers[t], trainer);
  }
  return ok;
}

/* Answers of a batch, at most: it is closed by the query that fills it. */
static size_t most_targets(const OgTrainInput *input) {
  const OgQueries *queries = input->queries;
  size_t most = 0;
  for (uint32_t k = 0; k < queries->count; k++) {
    const size_t answers = answers_of(queries, k);
    most = answers > most ? answers : most;
  }
  return input->options->batch < queries->start[queries->count] ? input->options->batch + most
                                                                : queries->start[queries->count];
}

static OgStatus open_trainer(const OgTrainInput *input, void **state, OgError *err) {
  Trainer *trainer = OG_NEW(Trainer);
  if (!trainer) {
    return og_error_no_memory(err);
  }
  trainer->in = *input;
  trainer->B =
      input->options->batch < input->queries->count ? input->options->batch : input->queries->count;
  trainer->softmax = input->options->objective == OG_OBJECTIVE_ONE_VS_ALL;
  trainer->most_targets = most_targets(input);
  trainer->most_pairs = trainer->most_targets < 2 * input->options->batch
                            ? trainer->most_targets
                            : 2 * input->options->batch;
  if (!open_arrays(trainer)) {
    close_trainer(trainer);
    return og_error_no_memory(err);
  }
  *state = trainer;
  return OG_OK;
}

/* ---- the batch ---- */

/* Queries until their answers fill the batch. */
static size_t take(void *state, const uint32_t *order, size_t left) {
  const Trainer *trainer = state;
  size_t count = 0;
  for (uint64_t pairs = 0; count < left && count < trainer->B && pairs < trainer->in.options->batch;
       count++) {
    pairs += answers_of(trainer->in.queries, order[count]);
  }
  return count;
}

static int compare_entities(const void *a, const void *b) {
  const Query *x = a, *y = b;
  return x->entity != y->entity ? (x->entity < y->entity ? -1 : 1)
                                : (x->query < y->query ? -1 : x->query > y->query);
}

static int compare_relations(const void *a, const void *b, void *data) {
  const uint32_t *x = a, *y = b;
  const Query *batch = data;
  const uint32_t p = batch[*x].relation, q = batch[*y].relation;
  return p != q ? (p < q ? -1 : 1) : (*x < *y ? -1 : *x > *y);
}

/* The query of an example, without what depends on the step's columns. */
static Query query_of(const Trainer *trainer, uint32_t example) {
  const OgQueries *queries = trainer->in.queries;
  const uint32_t RR = (uint32_t)trainer->in.model->RR, relation = queries->relation[example];
  const bool neighbours = relation == 2 * trainer->in.model->R;
  return (Query){.entity = queries->entity[example],
                 .relation = neighbours ? RR : relation % RR,
                 .query = example,
                 .pair = NO_PAIR,
                 .answers = (uint32_t)answers_of(queries, example),
                 .weight = neighbours ? (float)trainer->in.options->neighbours : 1};
}

static void sort_batch(Trainer *trainer) {
  const size_t count = trainer->count;
  trainer->slots = 0;
  qsort(trainer->batch, count, sizeof *trainer->batch, compare_entities);
  qsort_r(trainer->by_relation, count, sizeof *trainer->by_relation, compare_relations,
          trainer->batch);
  for (size_t k = 0; k < count; k++) {
    if (k == 0 || trainer->batch[k].entity != trainer->batch[k - 1].entity) {
      trainer->slot_start[trainer->slots++] = (uint32_t)k;
    }
  }
  trainer->slot_start[trainer->slots] = (uint32_t)count;
}

static void choose_columns(Trainer *trainer) {
  const OgQueries *queries = trainer->in.queries;
  OgColumns *columns = &trainer->columns;
  og_columns_start(columns);
  for (size_t m = 0; m < trainer->count; m++) {
    const Query *query = &trainer->batch[m];
    og_columns_own(columns, query->entity);
    for (uint32_t a = 0; a < query->answers; a++) {
      og_columns_own(columns, queries->answers[queries->start[query->query] + a]);
    }
  }
  og_columns_draw(columns, trainer->in.options->seed, trainer->steps);
}

/* Where the batch's own entities stand among the columns. */
static void find_targets(Trainer *trainer) {
  const OgQueries *queries = trainer->in.queries;
  uint32_t next = 0;
  for (size_t m = 0; m < trainer->count; m++) {
    Query *query = &trainer->batch[m];
    query->column = og_columns_find(&trainer->columns, query->entity);
    query->first = next;
    for (uint32_t a = 0; a < query->answers; a++) {
      trainer->targets[next++] =
          og_columns_find(&trainer->columns, queries->answers[queries->start[query->query] + a]);
    }
  }
}

/* The pairs of the relation term. A query with more answers than there is room for has none: that
 * so much is of that relation, the others say already. */
static void list_pairs(Trainer *trainer) {
  const OgEmbedModel *model = trainer->in.model;
  const OgQueries *queries = trainer->in.queries;
  const float unit = (float)(trainer->in.options->relation_prediction / trainer->pairs);
  OgRelationTerm *term = &trainer->term;
  term->count = 0;
  for (size_t m = 0; m < trainer->count; m++) {
    Query *query = &trainer->batch[m];
    const uint32_t *answers = queries->answers + queries->start[query->query];
    if (query->relation == model->RR || query->answers > trainer->most_pairs - term->count) {
      continue;
    }
    query->pair = (uint32_t)term->count;
    for (uint32_t a = 0; a < query->answers; a++) {
      term->pairs[term->count++] = (OgRelationPair){
          .entity = query->entity,
          .relation = query->relation,
          .answer = answers[a],
          .inverse = !model->reciprocal && queries->relation[query->query] >= model->R,
          .weight = unit};
    }
  }
}

static void gather(Trainer *trainer, const uint32_t *order, size_t count) {
  trainer->count = count;
  trainer->pairs = 0;
  for (size_t k = 0; k < count; k++) {
    trainer->batch[k] = query_of(trainer, order[k]);
    trainer->pairs += weight_of(&trainer->batch[k]);
    trainer->by_relation[k] = (uint32_t)k;
  }
  sort_batch(trainer);
  choose_columns(trainer);
  find_targets(trainer);
  if (trainer->term.pairs) {
    list_pairs(trainer);
  }
}

/* ---- dropout of queries (Srivastava et al. 2014) ---- */

/* x (D) of the batch's query m: a share of the coordinates becomes 0, the others grow so that the
 * mean stays. */
static void drop(const Trainer *trainer, size_t m, float *x) {
  const size_t D = trainer->in.model->D;
  const double share = trainer->in.options->dropout;
  const float factor = (float)(1 / (1 - share));
  const uint64_t least = (uint64_t)(share * 0x1p32);
  const uint64_t first = (trainer->steps * trainer->B + m) * D;
  for (size_t d = 0; share > 0 && d < D; d++) {
    const uint64_t bits = og_random_at(~trainer->in.options->seed, first + d);
    x[d] = bits >> 32 >= least ? factor * x[d] : 0;
  }
}

/* ---- pass 1 ---- */

static void make_queries(Trainer *trainer, int thread) {
  const OgEmbedModel *model = trainer->in.model;
  size_t begin, end;
  og_share(trainer->count, 1, thread, og_team_size(trainer->in.team), &begin, &end);
  for (size_t m = begin; m < end; m++) {
    og_embed_query(model, trainer->batch[m].entity,
                   trainer->in.queries->relation[trainer->batch[m].query],
                   trainer->Q + m * model->D);
    drop(trainer, m, trainer->Q + m * model->D);
  }
}

OG_KERNEL static float row_maximum(const float *row, size_t count) {
  float maximum = row[0];
#pragma omp simd reduction(max : maximum)
  for (size_t n = 0; n < count; n++) {
    maximum = row[n] > maximum ? row[n] : maximum;
  }
  return maximum;
}

OG_KERNEL static float row_exp_sum(const float *restrict row, const float *restrict weights,
                                   size_t count, float maximum) {
  float sum = 0;
#pragma omp simd reduction(+ : sum)
  for (size_t n = 0; n < count; n++) {
    sum += weights[n] * og_vexp(row[n] - maximum);
  }
  return sum;
}

/* Add a block's scores to the running logΣexp of each query. */
static void add_exponentials(Worker *worker, const float *S, const float *weights, size_t count,
                             size_t width) {
  for (size_t m = 0; m < count; m++) {
    const float *row = S + m * BLOCK;
    const float maximum = row_maximum(row, width);
    if (maximum > worker->maximum[m]) {
      worker->sum[m] *= exp((double)worker->maximum[m] - (double)maximum);
      worker->maximum[m] = maximum;
    }
    worker->sum[m] += (double)row_exp_sum(row, weights, width, worker->maximum[m]);
  }
}

/* Where the scores of a block go. */
static float *block_place(const Trainer *trainer, const Worker *worker, size_t block) {
  return trainer->kept ? trainer->kept + block * trainer->B * BLOCK : worker->S;
}

static size_t block_width(const Trainer *trainer, size_t block) {
  const size_t left = trainer->columns.count - block * BLOCK;
  return left < BLOCK ? left : BLOCK;
}

static const float *block_vectors(const Trainer *trainer, Worker *worker, size_t block) {
  return og_columns_vectors(&trainer->columns, block * BLOCK, block_width(trainer, block),
                            worker->E);
}

static void score_block(const Trainer *trainer, float *S, const float *E, size_t block) {
  const OgEmbedModel *model = trainer->in.model;
  og_score_block(model->model->similarity, S, BLOCK, trainer->Q, trainer->count, E,
                 block_width(trainer, block), model->D);
}

/* A thread's share of the blocks. */
static void share_blocks(const Trainer *trainer, int thread, size_t *begin, size_t *end) {
  const size_t blocks = (trainer->columns.count + BLOCK - 1) / BLOCK;
  og_share(blocks, 1, thread, og_team_size(trainer->in.team), begin, end);
}

static void first_pass(Trainer *trainer, int thread) {
  Worker *worker = &trainer->workers[thread];
  size_t begin, end;
  share_blocks(trainer, thread, &begin, &end);
  for (size_t m = 0; m < trainer->count; m++) {
    worker->maximum[m] = -INFINITY;
    worker->sum[m] = 0;
  }
  for (size_t block = begin; block < end; block++) {
    float *S = block_place(trainer, worker, block);
    score_block(trainer, S, block_vectors(trainer, worker, block), block);
    add_exponentials(worker, S, trainer->columns.weights + block * BLOCK, trainer->count,
                     block_width(trainer, block));
  }
}

/* logΣexp of a share of the queries from the parts of all threads. */
static void join_sums(Trainer *trainer, int thread) {
  const int threads = og_team_size(trainer->in.team);
  size_t begin, end;
  og_share(trainer->count, 16, thread, threads, &begin, &end);
  for (size_t m = begin; m < end; m++) {
    double maximum = -(double)INFINITY, sum = 0;
    for (int t = 0; t < threads; t++) {
      maximum = fmax(maximum, (double)trainer->workers[t].maximum[m]);
    }
    for (int t = 0; t < threads; t++) {
      const Worker *worker = &trainer->workers[t];
      sum += worker->sum[m] > 0 ? worker->sum[m] * exp((double)worker->maximum[m] - maximum)
                                : worker->sum[m];
    }
    trainer->log_sum[m] = (float)(maximum + log(sum));
  }
}

/* ---- pass 2 ---- */

/* p = weight × factor × exp(row - log_sum); p may be row. */
OG_KERNEL static void row_softmax(float *p, const float *row, const float *weights, size_t count,
                                  float log_sum, float factor) {
#pragma omp simd
  for (size_t n = 0; n < count; n++) {
    p[n] = factor * weights[n] * og_vexp(row[n] - log_sum);
  }
}

/* p = weight × factor / (1 + exp(-row)); p may be row. Returns Σ weight × log(1 + exp row). */
OG_KERNEL static float row_sigmoid(float *p, const float *row, const float *weights, size_t count,
                                   float factor) {
  float sum = 0;
#pragma omp simd reduction(+ : sum)
  for (size_t n = 0; n < count; n++) {
    const float x = row[n], e = og_vexp(-fabsf(x)), one = 1 / (1 + e);
    sum += weights[n] * ((x > 0 ? x : 0) - og_vlog(one));
    p[n] = factor * weights[n] * (x > 0 ? one : e * one);
  }
  return sum;
}

/* ∂L/∂S of one query, the answers still counted as wrong. */
static void differentiate_row(const Trainer *trainer, Worker *worker, size_t m, float *p,
                              const float *row, size_t block) {
  const Query *query = &trainer->batch[m];
  const float *weights = trainer->columns.weights + block * BLOCK;
  const float unit = (float)((double)query->weight / trainer->pairs);
  const size_t width = block_width(trainer, block);
  if (trainer->softmax) {
    row_softmax(p, row, weights, width, trainer->log_sum[m], unit * (float)query->answers);
  } else {
    worker->loss += (double)(query->weight * row_sigmoid(p, row, weights, width, unit));
  }
}

/* P = ∂L/∂S, both (count, BLOCK); they may be the same. Lists the answers in the block. */
static void differentiate(const Trainer *trainer, Worker *worker, float *P, const float *S,
                          size_t block) {
  const size_t first = block * BLOCK, end = first + block_width(trainer, block);
  memset(worker->occurrences, 0, BLOCK * sizeof *worker->occurrences);
  worker->hit_count = 0;
  for (size_t m = 0; m < trainer->count; m++) {
    const Query *query = &trainer->batch[m];
    const float unit = (float)((double)query->weight / trainer->pairs);
    const float *row = S + m * BLOCK;
    float *p = P + m * BLOCK;
    const size_t hits = worker->hit_count;
    for (; worker->next[m] < query->first + query->answers; worker->next[m]++) {
      const uint32_t answer = worker->next[m] - query->first;
      const uint32_t column = trainer->targets[worker->next[m]];
      if (column >= end) {
        break;
      }
      const uint32_t pair = query->pair == NO_PAIR ? NO_PAIR : query->pair + answer;
      worker->hits[worker->hit_count++] = (Hit){pair, column - (uint32_t)first};
      worker->loss -= (double)(query->weight * row[column - first]);
    }
    differentiate_row(trainer, worker, m, p, row, block);
    for (size_t k = hits; k < worker->hit_count; k++) {
      p[worker->hits[k].column] -= unit;
      worker->occurrences[worker->hits[k].column] += query->weight;
    }
  }
}

static void update_entity(Trainer *trainer, size_t entity, const float *gradient) {
  const size_t D = trainer->in.model->D;
  if (trainer->in.fixed && trainer->in.fixed[entity]) {
    return;
  }
  og_update(trainer->in.options->optimiser, trainer->in.model->entities + entity * D,
            trainer->entity_state + trainer->state_size * entity * D, gradient, D, trainer->rate,
            trainer->steps);
}

/* Update the block's rows; those of the batch's own entities go to the stash. */
static void update_block(Trainer *trainer, Worker *worker, size_t block, size_t *slot) {
  OgEmbedModel *model = trainer->in.model;
  const size_t D = model->D, first = block * BLOCK, width = block_width(trainer, block);
  const float n3 = (float)(trainer->in.options->n3 / trainer->pairs);
  for (size_t n = 0; n < width; n++) {
    const uint32_t entity = og_columns_entity(&trainer->columns, first + n);
    float *row = model->entities + entity * D, *gradient = worker->dE + n * D;
    if (worker->occurrences[n] > 0 && n3 > 0) {
      og_update_n3(gradient, row, D, model->model->complex, n3 * worker->occurrences[n]);
    }
    if (*slot < trainer->slots && trainer->batch[trainer->slot_start[*slot]].column == first + n) {
      memcpy(trainer->stash + *slot * D, gradient, D * sizeof *gradient);
      ++*slot;
    } else {
      update_entity(trainer, entity, gradient);
    }
  }
}

/* The first slot whose column is not below `column`. */
static size_t find_slot(const Trainer *trainer, size_t column) {
  size_t slot = 0;
  while (slot < trainer->slots && trainer->batch[trainer->slot_start[slot]].column < column) {
    slot++;
  }
  return slot;
}

static void start_answers(const Trainer *trainer, Worker *worker, size_t first) {
  for (size_t m = 0; m < trainer->count; m++) {
    const Query *query = &trainer->batch[m];
    worker->next[m] = query->first + (uint32_t)og_lower_bound(trainer->targets + query->first,
                                                              query->answers, (uint32_t)first);
  }
}

/* dQ += P E, dE = Pᵀ Q, and what the relation term adds to the answers. */
static void multiply_block(Trainer *trainer, Worker *worker, const float *P, const float *S,
                           const float *E, size_t block) {
  const OgEmbedModel *model = trainer->in.model;
  const size_t D = model->D, width = block_width(trainer, block), count = trainer->count;
  if (is_dot(trainer)) {
    og_gemm(false, false, count, D, width, 1, P, BLOCK, E, D, 1, worker->dQ, D);
    og_gemm(true, false, width, D, count, 1, P, BLOCK, trainer->Q, D, 0, worker->dE, D);
  } else {
    memset(worker->dE, 0, width * D * sizeof *worker->dE);
    og_score_block_backward(model->model->similarity, worker->dQ, worker->dE, P, S, BLOCK,
                            trainer->Q, count, E, width, D);
  }
  for (size_t k = 0; trainer->term.pairs && k < worker->hit_count; k++) {
    const Hit *hit = &worker->hits[k];
    if (hit->pair != NO_PAIR) {
      og_update_add(worker->dE + hit->column * D, trainer->term.dA + hit->pair * D, D);
    }
  }
}

static void second_pass(Trainer *trainer, int thread) {
  const size_t D = trainer->in.model->D;
  Worker *worker = &trainer->workers[thread];
  size_t begin, end;
  share_blocks(trainer, thread, &begin, &end);
  memset(worker->dQ, 0, trainer->count * D * sizeof *worker->dQ);
  worker->loss = 0;
  start_answers(trainer, worker, begin * BLOCK);
  size_t slot = find_slot(trainer, begin * BLOCK);
  for (size_t block = begin; block < end; block++) {
    float *S = block_place(trainer, worker, block);
    float *P = worker->P ? worker->P : S;
    const float *E = block_vectors(trainer, worker, block);
    if (!trainer->kept || !trainer->softmax) {
      score_block(trainer, S, E, block);
    }
    differentiate(trainer, worker, P, S, block);
    multiply_block(trainer, worker, P, S, E, block);
    update_block(trainer, worker, block, &slot);
  }
}

/* ---- the queries' own parameters ---- */

/* dQ of one query, summed over threads, and its part of the gradients of its entity (row) and
 * relation. */
static void differentiate_query(Trainer *trainer, size_t m, float *gradient, const float *row) {
  const OgEmbedModel *model = trainer->in.model;
  const size_t D = model->D;
  const Query *query = &trainer->batch[m];
  float *dq = trainer->dQ + m * D, *dr = trainer->dR + m * model->RD;
  memcpy(dq, trainer->workers[0].dQ + m * D, D * sizeof *dq);
  for (int t = 1; t < og_team_size(trainer->in.team); t++) {
    og_update_add(dq, trainer->workers[t].dQ + m * D, D);
  }
  drop(trainer, m, dq);
  if (query->relation == model->RR) {
    og_embed_neighbours_backward(model, gradient, dq, row);
  } else {
    memset(dr, 0, model->RD * sizeof *dr);
    model->model->query_backward(
        gradient, dr, dq, row, model->relations + query->relation * model->RD, D,
        !model->reciprocal && trainer->in.queries->relation[query->query] >= model->R);
  }
  for (uint32_t k = 0; query->pair != NO_PAIR && k < query->answers; k++) {
    og_update_add(gradient, trainer->term.dE + (query->pair + k) * D, D);
  }
}

static void differentiate_queries(Trainer *trainer, int thread) {
  const OgEmbedModel *model = trainer->in.model;
  const size_t D = model->D;
  size_t begin, end;
  og_share(trainer->slots, 1, thread, og_team_size(trainer->in.team), &begin, &end);
  for (size_t slot = begin; slot < end; slot++) {
    float *gradient = trainer->stash + slot * D;
    const float *row = model->entities + trainer->batch[trainer->slot_start[slot]].entity * D;
    double pairs = 0;
    for (size_t m = trainer->slot_start[slot]; m < trainer->slot_start[slot + 1]; m++) {
      differentiate_query(trainer, m, gradient, row);
      pairs += weight_of(&trainer->batch[m]);
    }
    const double n3 = trainer->in.options->n3 * pairs / trainer->pairs;
    og_update_n3(gradient, row, D, model->model->complex, (float)n3);
  }
}

static void update_entities(Trainer *trainer, int thread) {
  size_t begin, end;
  og_share(trainer->slots, 1, thread, og_team_size(trainer->in.team), &begin, &end);
  for (size_t slot = begin; slot < end; slot++) {
    update_entity(trainer, trainer->batch[trainer->slot_start[slot]].entity,
                  trainer->stash + slot * trainer->in.model->D);
  }
}

/* Sum the gradients of one relation's queries, [from, to) of by_relation, and of the relation term
 * into a row, and update it. */
static void update_relation(Trainer *trainer, uint32_t relation, size_t from, size_t to,
                            float *gradient) {
  OgEmbedModel *model = trainer->in.model;
  const size_t RD = model->RD, offset = relation * RD;
  double pairs = 0;
  memset(gradient, 0, RD * sizeof *gradient);
  for (size_t k = from; k < to; k++) {
    const uint32_t m = trainer->by_relation[k];
    og_update_add(gradient, trainer->dR + m * RD, RD);
    pairs += weight_of(&trainer->batch[m]);
  }
  if (trainer->term.pairs) {
    og_relation_term_add(&trainer->term, relation, gradient);
  }
  if (is_dot(trainer)) { /* of a translation or an angle the penalty makes no sense */
    const double n3 = trainer->in.options->n3 * pairs / trainer->pairs;
    og_update_n3(gradient, model->relations + offset, RD, model->model->complex, (float)n3);
  }
  og_update(trainer->in.options->optimiser, model->relations + offset,
            trainer->relation_state + trainer->state_size * offset, gradient, RD, trainer->rate,
            trainer->steps);
}

/* Relations of the batch; all of them with the relation term, whose softmax is over all. */
static void update_relations(Trainer *trainer, int thread) {
  const uint32_t RR = (uint32_t)trainer->in.model->RR;
  const uint32_t threads = (uint32_t)og_team_size(trainer->in.team);
  size_t from = 0, to = 0;
  for (uint32_t relation = 0; relation < RR; relation++, from = to) {
    while (to < trainer->count && trainer->batch[trainer->by_relation[to]].relation == relation) {
      to++;
    }
    if (relation % threads == (uint32_t)thread && (to > from || trainer->term.pairs)) {
      update_relation(trainer, relation, from, to, trainer->workers[thread].row);
    }
  }
}

static void run_step(void *data, int thread) {
  Trainer *trainer = data;
  OgTeam *team = trainer->in.team;
  make_queries(trainer, thread);
  if (trainer->term.pairs) {
    og_relation_term_run(&trainer->term, thread);
  }
  og_team_barrier(team);
  if (trainer->softmax) {
    first_pass(trainer, thread);
    og_team_barrier(team);
    join_sums(trainer, thread);
    og_team_barrier(team);
  }
  second_pass(trainer, thread);
  og_team_barrier(team);
  differentiate_queries(trainer, thread);
  og_team_barrier(team);
  update_entities(trainer, thread);
  if (!trainer->in.fixed) {
    update_relations(trainer, thread);
  }
}

static void step(void *state, const uint32_t *order, size_t count, double rate, double *loss,
                 double *pairs) {
  Trainer *trainer = state;
  trainer->rate = (float)rate;
  trainer->steps++;
  gather(trainer, order, count);
  og_team_run(trainer->in.team, run_step, trainer);
  for (size_t m = 0; trainer->softmax && m < count; m++) {
    *loss += weight_of(&trainer->batch[m]) * (double)trainer->log_sum[m];
  }
  for (int t = 0; t < og_team_size(trainer->in.team); t++) {
    *loss += trainer->workers[t].loss;
    *loss += trainer->term.pairs ? trainer->pairs * trainer->term.loss[t] : 0;
  }
  *pairs += trainer->pairs;
}

static size_t parts(void *state, OgStatePart *parts) {
  Trainer *trainer = state;
  const OgEmbedModel *model = trainer->in.model;
  const size_t bytes = trainer->state_size * sizeof(float);
  parts[0] = (OgStatePart){trainer->entity_state, bytes * model->N * model->D};
  parts[1] = (OgStatePart){trainer->relation_state, bytes * model->RR * model->RD};
  parts[2] = (OgStatePart){&trainer->steps, sizeof trainer->steps};
  return 3;
}

const OgTrainStep og_train_one_vs_all = {.examples = count_examples,
                                         .open = open_trainer,
                                         .close = close_trainer,
                                         .take = take,
                                         .step = step,
                                         .parts = parts};
