/* embed_one_vs_all: softmax cross-entropy of each answer against all entities.
 *
 *   L = 1/T Σ_q w_q Σ_a∈answers(q) [ logΣexp_n S(q,n) - S(q,a) ] + n3/T Σ (|e|³ + |r|³ + |a|³),   S
 * = Q Eᵀ
 *
 * over a batch of pairs (query, answer) of total weight T (Joulin et al. 2017; N3: Lacroix et al.
 * 2018, eq. 8). An example is a whole query: its answers share one row of scores, which changes
 * nothing in the objective.
 *
 * A step passes over the entities twice, in blocks that stay in cache, each thread over its own
 * share:
 *   1. scores of the block; running maximum and sum of exponentials of each query
 *   2. P = w exp(S - logΣexp) - targets; dQ += P E; dE = Pᵀ Q; the optimiser on the block's rows at
 * once Neither the gradient of E nor P ever exists as a whole. Scores are kept between the passes
 * when all of them fit in score_bytes, and otherwise computed again. Rows of E that are also
 * queries of the batch get the rest of their gradient after pass 2 and are updated then. */
#include "kg/embed_train.h"

#include "core/blas.h"
#include "core/memory.h"
#include "core/vmath.h"
#include "kg/embed_update.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
  BLOCK = 256, /* entities of a block */
};

typedef struct Query {
  uint32_t entity, relation; /* relation: row of the model's relations; RR for neighbours */
  uint32_t query;            /* in OgQueries */
  float weight;              /* of each answer */
} Query;

/* The memory of one thread. */
typedef struct Worker {
  float *S;           /* (B, BLOCK) when scores are not kept */
  float *dE;          /* (BLOCK, D) */
  float *dQ;          /* (B, D) */
  float *maximum;     /* (B) of the scores of its share */
  double *sum;        /* (B) of exp(score - maximum) */
  uint64_t *next;     /* (B) next answer of each query */
  float *occurrences; /* (BLOCK) weight with which an entity is an answer in the batch */
  double loss;        /* Σ of target scores */
} Worker;

typedef struct Trainer {
  OgTrainInput in;
  size_t B;                             /* most queries of a batch */
  size_t blocks;                        /* of entities */
  size_t state_size;                    /* of the optimiser, floats a parameter */
  float *entity_state, *relation_state; /* its state */
  Worker *workers;                      /* (threads) */
  float *kept;           /* (blocks, B, BLOCK) scores; NULL when they are computed again */
  float *Q, *dQ;         /* (B, D) */
  float *dR;             /* (B, RD) */
  float *stash;          /* (B, D) gradients of the batch's own entities */
  float *log_sum;        /* (B) */
  Query *batch;          /* (B) by entity */
  uint32_t *by_relation; /* (B) positions in batch */
  uint32_t *slot_start;  /* (B + 1) first query of each distinct entity */
  size_t count, slots;   /* of this batch */
  double pairs;          /* T */
  float rate;
  uint64_t steps;
} Trainer;

static size_t count_examples(const OgTrainInput *input) {
  return input->queries->count;
}

static uint64_t answers_of(const OgQueries *queries, uint32_t query) {
  return queries->start[query + 1] - queries->start[query];
}

/* Weight of all answers to a query. */
static double weight_of(const Trainer *trainer, const Query *query) {
  return (double)query->weight * (double)answers_of(trainer->in.queries, query->query);
}

/* ---- memory ---- */

static bool open_worker(Worker *worker, const Trainer *trainer) {
  const size_t B = trainer->B, D = trainer->in.model->D;
  worker->S = trainer->kept ? NULL : og_calloc_floats(B * BLOCK);
  worker->dE = og_calloc_floats(BLOCK * D);
  worker->dQ = og_calloc_floats(B * D);
  worker->maximum = og_calloc_floats(B);
  worker->sum = OG_NEW_ARRAY(double, B);
  worker->next = OG_NEW_ARRAY(uint64_t, B);
  worker->occurrences = og_calloc_floats(BLOCK);
  return (worker->S || trainer->kept) && worker->dE && worker->dQ && worker->maximum &&
         worker->sum && worker->next && worker->occurrences;
}

static void close_trainer(void *state) {
  Trainer *trainer = state;
  for (int t = 0; trainer->workers && t < og_team_size(trainer->in.team); t++) {
    Worker *worker = &trainer->workers[t];
    og_free_floats(worker->S);
    og_free_floats(worker->dE);
    og_free_floats(worker->dQ);
    og_free_floats(worker->maximum);
    og_free(worker->sum);
    og_free(worker->next);
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
  og_free(trainer);
}

static bool open_arrays(Trainer *trainer) {
  const OgEmbedModel *model = trainer->in.model;
  const size_t B = trainer->B, threads = (size_t)og_team_size(trainer->in.team);
  const size_t scores = trainer->blocks * B * BLOCK;
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
  trainer->workers = OG_NEW_ARRAY(Worker, threads);
  bool ok = trainer->entity_state && trainer->relation_state && trainer->Q && trainer->dQ &&
            trainer->dR && trainer->stash && trainer->log_sum && trainer->batch &&
            trainer->by_relation && trainer->slot_start && trainer->workers;
  for (size_t t = 0; ok && t < threads; t++) {
    ok = open_worker(&trainer->workers[t], trainer);
  }
  return ok;
}

static OgStatus open_trainer(const OgTrainInput *input, void **state, OgError *err) {
  Trainer *trainer = OG_NEW(Trainer);
  if (!trainer) {
    return og_error_no_memory(err);
  }
  trainer->in = *input;
  trainer->B =
      input->options->batch < input->queries->count ? input->options->batch : input->queries->count;
  trainer->blocks = (input->model->N + BLOCK - 1) / BLOCK;
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

static void gather(Trainer *trainer, const uint32_t *order, size_t count) {
  const OgQueries *queries = trainer->in.queries;
  const uint32_t RR = (uint32_t)trainer->in.model->RR;
  trainer->count = count;
  trainer->slots = 0;
  trainer->pairs = 0;
  for (size_t k = 0; k < count; k++) {
    const uint32_t query = order[k], relation = queries->relation[query];
    const bool neighbours = relation == 2 * trainer->in.model->R;
    trainer->batch[k] = (Query){.entity = queries->entity[query],
                                .relation = neighbours ? RR : relation % RR,
                                .query = query,
                                .weight = neighbours ? (float)trainer->in.options->neighbours : 1};
    trainer->pairs += weight_of(trainer, &trainer->batch[k]);
    trainer->by_relation[k] = (uint32_t)k;
  }
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

/* ---- pass 1 ---- */

static void make_queries(Trainer *trainer, int thread) {
  const OgEmbedModel *model = trainer->in.model;
  size_t begin, end;
  og_share(trainer->count, 1, thread, og_team_size(trainer->in.team), &begin, &end);
  for (size_t m = begin; m < end; m++) {
    og_embed_query(model, trainer->batch[m].entity,
                   trainer->in.queries->relation[trainer->batch[m].query],
                   trainer->Q + m * model->D);
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

OG_KERNEL static float row_exp_sum(const float *row, size_t count, float maximum) {
  float sum = 0;
#pragma omp simd reduction(+ : sum)
  for (size_t n = 0; n < count; n++) {
    sum += og_vexp(row[n] - maximum);
  }
  return sum;
}

/* Add a block's scores to the running logΣexp of each query. */
static void add_exponentials(Worker *worker, const float *S, size_t count, size_t width) {
  for (size_t m = 0; m < count; m++) {
    const float *row = S + m * BLOCK;
    const float maximum = row_maximum(row, width);
    if (maximum > worker->maximum[m]) {
      worker->sum[m] *= exp((double)worker->maximum[m] - (double)maximum);
      worker->maximum[m] = maximum;
    }
    worker->sum[m] += (double)row_exp_sum(row, width, worker->maximum[m]);
  }
}

/* Scores of a block of entities from `first` on, into the place of the block. */
static float *block_place(const Trainer *trainer, const Worker *worker, size_t block) {
  return trainer->kept ? trainer->kept + block * trainer->B * BLOCK : worker->S;
}

static size_t block_width(const Trainer *trainer, size_t block) {
  const size_t left = trainer->in.model->N - block * BLOCK;
  return left < BLOCK ? left : BLOCK;
}

static void score_block(const Trainer *trainer, float *S, size_t block) {
  const OgEmbedModel *model = trainer->in.model;
  og_score_block(OG_DOT, S, BLOCK, trainer->Q, trainer->count,
                 model->entities + block * BLOCK * model->D, block_width(trainer, block), model->D);
}

static void first_pass(Trainer *trainer, int thread) {
  Worker *worker = &trainer->workers[thread];
  size_t begin, end;
  og_share(trainer->blocks, 1, thread, og_team_size(trainer->in.team), &begin, &end);
  for (size_t m = 0; m < trainer->count; m++) {
    worker->maximum[m] = -INFINITY;
    worker->sum[m] = 0;
  }
  for (size_t block = begin; block < end; block++) {
    float *S = block_place(trainer, worker, block);
    score_block(trainer, S, block);
    add_exponentials(worker, S, trainer->count, block_width(trainer, block));
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

/* row = factor exp(row - log_sum) */
OG_KERNEL static void row_softmax(float *row, size_t count, float log_sum, float factor) {
#pragma omp simd
  for (size_t n = 0; n < count; n++) {
    row[n] = factor * og_vexp(row[n] - log_sum);
  }
}

/* S becomes ∂L/∂S. */
static void differentiate(const Trainer *trainer, Worker *worker, float *S, size_t block) {
  const OgQueries *queries = trainer->in.queries;
  const size_t first = block * BLOCK, width = block_width(trainer, block);
  memset(worker->occurrences, 0, width * sizeof *worker->occurrences);
  for (size_t m = 0; m < trainer->count; m++) {
    const Query *query = &trainer->batch[m];
    const uint64_t end = queries->start[query->query + 1];
    const float unit = (float)((double)query->weight / trainer->pairs);
    float *row = S + m * BLOCK;
    uint64_t next = worker->next[m];
    for (; next < end && queries->answers[next] < first + width; next++) {
      worker->loss += (double)(query->weight * row[queries->answers[next] - first]);
    }
    row_softmax(row, width, trainer->log_sum[m], unit * (float)answers_of(queries, query->query));
    for (; worker->next[m] < next; worker->next[m]++) {
      const size_t column = queries->answers[worker->next[m]] - first;
      row[column] -= unit;
      worker->occurrences[column] += query->weight;
    }
  }
}

static void update_entity(Trainer *trainer, size_t entity, const float *gradient) {
  const size_t D = trainer->in.model->D;
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
    float *row = model->entities + (first + n) * D, *gradient = worker->dE + n * D;
    if (worker->occurrences[n] > 0 && n3 > 0) {
      og_update_n3(gradient, row, D, model->model->complex, n3 * worker->occurrences[n]);
    }
    if (*slot < trainer->slots && trainer->batch[trainer->slot_start[*slot]].entity == first + n) {
      memcpy(trainer->stash + *slot * D, gradient, D * sizeof *gradient);
      ++*slot;
    } else {
      update_entity(trainer, first + n, gradient);
    }
  }
}

/* The first slot whose entity is not below `entity`. */
static size_t find_slot(const Trainer *trainer, size_t entity) {
  size_t slot = 0;
  while (slot < trainer->slots && trainer->batch[trainer->slot_start[slot]].entity < entity) {
    slot++;
  }
  return slot;
}

static void start_answers(const Trainer *trainer, Worker *worker, size_t first) {
  const OgQueries *queries = trainer->in.queries;
  for (size_t m = 0; m < trainer->count; m++) {
    const uint32_t query = trainer->batch[m].query;
    const uint64_t start = queries->start[query];
    worker->next[m] = start + og_lower_bound(queries->answers + start, answers_of(queries, query),
                                             (uint32_t)first);
  }
}

static void second_pass(Trainer *trainer, int thread) {
  const OgEmbedModel *model = trainer->in.model;
  const size_t D = model->D;
  Worker *worker = &trainer->workers[thread];
  size_t begin, end;
  og_share(trainer->blocks, 1, thread, og_team_size(trainer->in.team), &begin, &end);
  memset(worker->dQ, 0, trainer->count * D * sizeof *worker->dQ);
  worker->loss = 0;
  start_answers(trainer, worker, begin * BLOCK);
  size_t slot = find_slot(trainer, begin * BLOCK);
  for (size_t block = begin; block < end; block++) {
    float *S = block_place(trainer, worker, block);
    if (!trainer->kept) {
      score_block(trainer, S, block);
    }
    differentiate(trainer, worker, S, block);
    const size_t width = block_width(trainer, block);
    const float *E = model->entities + block * BLOCK * D;
    og_gemm(false, false, trainer->count, D, width, 1, S, BLOCK, E, D, 1, worker->dQ, D);
    og_gemm(true, false, width, D, trainer->count, 1, S, BLOCK, trainer->Q, D, 0, worker->dE, D);
    update_block(trainer, worker, block, &slot);
  }
}

/* ---- the queries' own parameters ---- */

/* dQ of a share of the queries, summed over threads, and their part of the gradients of entities
 * and relations. */
static void differentiate_queries(Trainer *trainer, int thread) {
  const OgEmbedModel *model = trainer->in.model;
  const OgQueries *queries = trainer->in.queries;
  const int threads = og_team_size(trainer->in.team);
  const size_t D = model->D;
  size_t begin, end;
  og_share(trainer->slots, 1, thread, threads, &begin, &end);
  for (size_t slot = begin; slot < end; slot++) {
    float *gradient = trainer->stash + slot * D;
    const float *row = model->entities + trainer->batch[trainer->slot_start[slot]].entity * D;
    double pairs = 0;
    for (size_t m = trainer->slot_start[slot]; m < trainer->slot_start[slot + 1]; m++) {
      const Query *query = &trainer->batch[m];
      float *dq = trainer->dQ + m * D, *dr = trainer->dR + m * model->RD;
      memcpy(dq, trainer->workers[0].dQ + m * D, D * sizeof *dq);
      for (int t = 1; t < threads; t++) {
        og_update_add(dq, trainer->workers[t].dQ + m * D, D);
      }
      if (query->relation == model->RR) {
        og_update_add(gradient, dq, D);
      } else {
        memset(dr, 0, model->RD * sizeof *dr);
        model->model->query_backward(
            gradient, dr, dq, row, model->relations + query->relation * model->RD, D,
            !model->reciprocal && queries->relation[query->query] >= model->R);
      }
      pairs += weight_of(trainer, query);
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

/* Sum the gradients of one relation's queries, [from, to) of by_relation, into the first of them,
 * and update it. */
static void update_relation(Trainer *trainer, size_t from, size_t to) {
  OgEmbedModel *model = trainer->in.model;
  const size_t RD = model->RD;
  const size_t offset = trainer->batch[trainer->by_relation[from]].relation * RD;
  float *gradient = trainer->dR + trainer->by_relation[from] * RD;
  double pairs = 0;
  for (size_t k = from; k < to; k++) {
    const uint32_t m = trainer->by_relation[k];
    if (k > from) {
      og_update_add(gradient, trainer->dR + m * RD, RD);
    }
    pairs += weight_of(trainer, &trainer->batch[m]);
  }
  const double n3 = trainer->in.options->n3 * pairs / trainer->pairs;
  og_update_n3(gradient, model->relations + offset, RD, model->model->complex, (float)n3);
  og_update(trainer->in.options->optimiser, model->relations + offset,
            trainer->relation_state + trainer->state_size * offset, gradient, RD, trainer->rate,
            trainer->steps);
}

static void update_relations(Trainer *trainer, int thread) {
  const int threads = og_team_size(trainer->in.team);
  int group = 0;
  for (size_t from = 0, to; from < trainer->count; from = to, group++) {
    const uint32_t relation = trainer->batch[trainer->by_relation[from]].relation;
    for (to = from + 1;
         to < trainer->count && trainer->batch[trainer->by_relation[to]].relation == relation;) {
      to++;
    }
    if (group % threads == thread && relation < trainer->in.model->RR) {
      update_relation(trainer, from, to);
    }
  }
}

static void run_step(void *data, int thread) {
  Trainer *trainer = data;
  OgTeam *team = trainer->in.team;
  make_queries(trainer, thread);
  og_team_barrier(team);
  first_pass(trainer, thread);
  og_team_barrier(team);
  join_sums(trainer, thread);
  og_team_barrier(team);
  second_pass(trainer, thread);
  og_team_barrier(team);
  differentiate_queries(trainer, thread);
  og_team_barrier(team);
  update_entities(trainer, thread);
  update_relations(trainer, thread);
}

static void step(void *state, const uint32_t *order, size_t count, double rate, double *loss,
                 double *pairs) {
  Trainer *trainer = state;
  trainer->rate = (float)rate;
  trainer->steps++;
  gather(trainer, order, count);
  og_team_run(trainer->in.team, run_step, trainer);
  for (size_t m = 0; m < count; m++) {
    *loss += weight_of(trainer, &trainer->batch[m]) * (double)trainer->log_sum[m];
  }
  for (int t = 0; t < og_team_size(trainer->in.team); t++) {
    *loss -= trainer->workers[t].loss;
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
