/* embed_negatives: self-adversarial negative sampling (Sun et al. 2019, eq. 5 and 6).
 *
 *   L = Σ w/W 1/(1+λ) [ -log σ(γ + s(q,a)) - λ Σ_j p_j log σ(-γ - s(q,n_j)) ],
 *   p = softmax(α s(q,n)) held constant
 *
 * over the pairs (query, answer) of a batch, both sides of every edge being pairs; s is a
 * similarity, so γ + s is the margin minus the distance. w = 1/√(answers to the query + answers to
 * the pair's other side + 2·3), W = Σ w, as the authors' code weighs frequent pairs down. With
 * `bernoulli`, w is also multiplied by twice the probability of the pair's side under Wang et al.
 * 2014: of a relation with many tails a head, heads are replaced more than tails. Known
 * answers among the negatives weigh nothing.
 *
 * A batch is cut into chunks of CHUNK pairs that share their negatives: scores and gradients of a
 * chunk are small dense blocks, and an entity's row is fetched once for CHUNK pairs. Gradients of
 * all chunks are gathered, sorted by entity, summed in order, and each row is updated once: the
 * result depends on the seed alone, not on the threads. */
#include "kg/embed_train.h"

#include "core/memory.h"
#include "core/vmath.h"
#include "kg/embed_update.h"

#include <math.h>
#include <string.h>

enum {
  CHUNK = 32,    /* pairs that share negatives */
  SMOOTHING = 3, /* added to the answers of each side when pairs are weighed */
  RADIX_BITS = 11,
  RADIX = 1 << RADIX_BITS
};

/* A row of the gradient. */
typedef struct Row {
  uint32_t target; /* entity, or row of relations */
  uint32_t place;  /* row of the gradient block */
} Row;

/* Gradients of one kind of parameter, and what updates them. */
typedef struct Table {
  float *values; /* parameters: rows of width floats */
  float *state;  /* of the optimiser: one or two times width a row */
  size_t width;
  float *gradients;   /* (capacity, width) */
  Row *rows, *sorted; /* (capacity) */
  size_t capacity, count;
  size_t targets; /* rows of values */
} Table;

/* The memory of one thread. */
typedef struct Worker {
  float *Q, *A, *N;    /* (CHUNK, D) queries and answers; (n, D) negatives */
  float *dQ;           /* (CHUNK, D) */
  float *S, *dS;       /* (CHUNK, n) */
  uint32_t *negatives; /* (n) ascending */
  double loss;
} Worker;

typedef struct Trainer {
  OgTrainInput in;
  size_t n, chunks;  /* negatives of a chunk; most chunks of a batch */
  size_t state_size; /* of the optimiser, floats a parameter */
  Table entities, relations;
  float *weights;  /* (triples) of both pairs of each */
  float *sides;    /* (2R) what each side of a relation multiplies them by */
  Worker *workers; /* (threads) */
  const uint32_t *order;
  size_t count;
  double weight; /* W */
  float rate;
  uint64_t steps;
} Trainer;

/* Example 2k asks triple k for its tail, 2k + 1 for its head. As many examples again ask for
 * neighbours. */
typedef struct Pair {
  uint32_t entity, relation, answer;
} Pair;

static size_t count_examples(const OgTrainInput *input) {
  return (input->options->neighbours > 0 ? 4 : 2) * input->triples->count;
}

static Pair pair_of(const OgTrainInput *input, uint32_t example) {
  const OgTriple *triple = &input->triples->items[example / 2 % input->triples->count];
  const uint32_t R = (uint32_t)input->model->R;
  const bool neighbours = example / 2 >= input->triples->count;
  return example % 2 == 0
             ? (Pair){triple->head, neighbours ? 2 * R : triple->relation, triple->tail}
             : (Pair){triple->tail, neighbours ? 2 * R : R + triple->relation, triple->head};
}

/* w of an example, before it is divided by W. */
static float weight_of(const Trainer *trainer, uint32_t example) {
  const OgTriples *triples = trainer->in.triples;
  const size_t place = example / 2 % triples->count;
  if (example / 2 != place) {
    return (float)trainer->in.options->neighbours * trainer->weights[place];
  }
  const size_t side = example % 2 == 0 ? 0 : trainer->in.model->R;
  return trainer->weights[place] * trainer->sides[side + triples->items[place].relation];
}

/* ---- memory ---- */

static bool open_table(Table *table, float *values, size_t targets, size_t width, size_t capacity,
                       size_t state_size) {
  table->values = values;
  table->targets = targets;
  table->width = width;
  table->capacity = capacity;
  table->state = og_calloc_floats(state_size * targets * width);
  table->gradients = og_calloc_floats(capacity * width);
  table->rows = OG_NEW_ARRAY(Row, capacity);
  table->sorted = OG_NEW_ARRAY(Row, capacity);
  return table->state && table->gradients && table->rows && table->sorted;
}

static void close_table(Table *table) {
  og_free_floats(table->state);
  og_free_floats(table->gradients);
  og_free(table->rows);
  og_free(table->sorted);
}

static bool open_worker(Worker *worker, size_t n, size_t D) {
  worker->Q = og_calloc_floats(CHUNK * D);
  worker->A = og_calloc_floats(CHUNK * D);
  worker->N = og_calloc_floats(n * D);
  worker->dQ = og_calloc_floats(CHUNK * D);
  worker->S = og_calloc_floats(CHUNK * n);
  worker->dS = og_calloc_floats(CHUNK * n);
  worker->negatives = OG_NEW_ARRAY(uint32_t, n);
  return worker->Q && worker->A && worker->N && worker->dQ && worker->S && worker->dS &&
         worker->negatives;
}

static void close_trainer(void *state) {
  Trainer *trainer = state;
  for (int t = 0; trainer->workers && t < og_team_size(trainer->in.team); t++) {
    Worker *worker = &trainer->workers[t];
    float *floats[] = {worker->Q, worker->A, worker->N, worker->dQ, worker->S, worker->dS};
    for (size_t k = 0; k < OG_COUNT(floats); k++) {
      og_free_floats(floats[k]);
    }
    og_free(worker->negatives);
  }
  og_free(trainer->workers);
  close_table(&trainer->entities);
  close_table(&trainer->relations);
  og_free(trainer->weights);
  og_free(trainer->sides);
  og_free(trainer);
}

/* Answers to both questions of a triple. */
static size_t count_answers(const OgTrainInput *input, size_t place) {
  if (input->stream) {
    return og_edge_stream_answers(input->stream)[place];
  }
  const OgTriple *triple = &input->triples->items[place];
  size_t tails, heads;
  og_queries_find(input->queries, triple->head, triple->relation, &tails);
  og_queries_find(input->queries, triple->tail, (uint32_t)input->model->R + triple->relation,
                  &heads);
  return tails + heads;
}

/* w of both pairs of each triple. */
static void weigh(void *state) {
  const Trainer *trainer = state;
  for (size_t k = 0; k < trainer->in.triples->count; k++) {
    trainer->weights[k] = 1 / sqrtf((float)count_answers(&trainer->in, k) + 2.0f * SMOOTHING);
  }
}

/* Twice the probability that a negative replaces the tail, and the head, of a relation's edges:
 * those are as the numbers of its distinct heads and tails. */
static void weigh_sides(const OgTrainInput *input, float *sides) {
  const size_t R = input->model->R;
  const uint64_t *start = input->queries->relation_start;
  for (size_t r = 0; r < R; r++) {
    const float heads = (float)(start[r + 1] - start[r]);
    const float tails = (float)(start[R + r + 1] - start[R + r]);
    const bool even = !input->options->bernoulli || heads + tails <= 0;
    sides[r] = even ? 1 : 2 * heads / (heads + tails);
    sides[R + r] = even ? 1 : 2 * tails / (heads + tails);
  }
}

static OgStatus open_trainer(const OgTrainInput *input, void **state, OgError *err) {
  Trainer *trainer = OG_NEW(Trainer);
  if (!trainer) {
    return og_error_no_memory(err);
  }
  const OgEmbedModel *model = input->model;
  const size_t threads = (size_t)og_team_size(input->team);
  trainer->in = *input;
  trainer->n = input->options->negatives;
  trainer->chunks = (input->options->batch + CHUNK - 1) / CHUNK;
  trainer->state_size = og_update_state_size(input->options->optimiser);
  trainer->weights = OG_NEW_ARRAY(float, input->stream ? og_edge_stream_most(input->stream)
                                                       : input->triples->count);
  trainer->sides = OG_NEW_ARRAY(float, 2 * model->R);
  trainer->workers = OG_NEW_ARRAY(Worker, threads);
  bool ok = trainer->weights && trainer->sides && trainer->workers &&
            open_table(&trainer->entities, model->entities, model->N, model->D,
                       trainer->chunks * (2 * CHUNK + trainer->n), trainer->state_size) &&
            open_table(&trainer->relations, model->relations, model->RR, model->RD,
                       trainer->chunks * CHUNK, trainer->state_size);
  for (size_t t = 0; ok && t < threads; t++) {
    ok = open_worker(&trainer->workers[t], trainer->n, model->D);
  }
  if (!ok) {
    close_trainer(trainer);
    return og_error_no_memory(err);
  }
  weigh(trainer);
  weigh_sides(input, trainer->sides);
  *state = trainer;
  return OG_OK;
}

/* ---- a chunk ---- */

/* Which ones they are depends on the seed, the step and the chunk only. */
static void draw_negatives(const Trainer *trainer, Worker *worker, size_t chunk) {
  og_embed_draw(worker->negatives, trainer->n, trainer->in.model->N, trainer->in.options->seed,
                (trainer->steps * trainer->chunks + chunk) * trainer->n);
}

static void gather_rows(float *to, const OgEmbedModel *model, const uint32_t *entities,
                        size_t count) {
  for (size_t k = 0; k < count; k++) {
    memcpy(to + k * model->D, model->entities + entities[k] * model->D, model->D * sizeof *to);
  }
}

OG_KERNEL static float row_maximum(const float *row, size_t count) {
  float maximum = row[0];
#pragma omp simd reduction(max : maximum)
  for (size_t j = 0; j < count; j++) {
    maximum = row[j] > maximum ? row[j] : maximum;
  }
  return maximum;
}

/* p (n) = exp(α (s - maximum)); known answers, at -∞, get 0. Returns their sum. */
OG_KERNEL static float weigh_negatives(float *restrict p, const float *restrict s, size_t n,
                                       float temperature, float maximum) {
  float sum = 0;
#pragma omp simd reduction(+ : sum)
  for (size_t j = 0; j < n; j++) {
    const float e = og_vexp(temperature * (s[j] - maximum));
    p[j] = s[j] == -INFINITY ? 0 : e;
    sum += p[j];
  }
  return sum;
}

/* log(1 + eˣ) without overflow. */
static inline float softplus(float x) {
  return (x > 0 ? x : 0) + og_vlog(1 + og_vexp(-fabsf(x)));
}

/* p becomes c p σ(γ + s) = ∂L/∂s. Returns Σ c p log(1 + exp(γ + s)), the loss. */
OG_KERNEL static float differentiate_negatives(float *restrict p, const float *restrict s, size_t n,
                                               float margin, float c) {
  float loss = 0;
#pragma omp simd reduction(+ : loss)
  for (size_t j = 0; j < n; j++) {
    const float x = s[j] == -INFINITY ? 0 : margin + s[j], weight = c * p[j];
    loss += weight * softplus(x);
    p[j] = weight / (1 + og_vexp(-x));
  }
  return loss;
}

/* Loss of one query, of scores s (n), against the negatives; ds (n) = ∂L/∂s. factor = w/W λ/(1+λ).
 */
static float negative_loss(const Trainer *trainer, const float *s, float *ds, float factor) {
  const OgEmbedOptions *options = trainer->in.options;
  const float maximum = row_maximum(s, trainer->n);
  if (maximum == -INFINITY) { /* every negative is a right answer */
    memset(ds, 0, trainer->n * sizeof *ds);
    return 0;
  }
  const float sum = weigh_negatives(ds, s, trainer->n, (float)options->temperature, maximum);
  return differentiate_negatives(ds, s, trainer->n, (float)options->margin, factor / sum);
}

/* Right answers to a pair's query, among the negatives, score -∞. Both lists ascend; the shorter is
 * walked and the longer searched. */
static void hide_known(const Trainer *trainer, const Worker *worker, const Pair *pair, float *s) {
  const uint32_t *negatives = worker->negatives;
  const size_t n = trainer->n;
  size_t count;
  const uint32_t *known =
      og_queries_find(trainer->in.queries, pair->entity, pair->relation, &count);
  for (size_t k = 0; k < count && count <= n; k++) {
    for (size_t j = og_lower_bound(negatives, n, known[k]); j < n && negatives[j] == known[k];
         j++) {
      s[j] = -INFINITY;
    }
  }
  for (size_t j = 0; j < n && count > n; j++) {
    const size_t k = og_lower_bound(known, count, negatives[j]);
    if (k < count && known[k] == negatives[j]) {
      s[j] = -INFINITY;
    }
  }
}

/* The gradient rows of a chunk of `count` pairs: of its pairs' entities, their answers, the
 * negatives. All chunks but the last are full, so rows have no gaps. */
typedef struct Places {
  size_t entity, answer, negative, relation;
} Places;

static Places places_of(const Trainer *trainer, size_t chunk, size_t count) {
  const size_t first = chunk * (2 * CHUNK + trainer->n);
  return (Places){first, first + count, first + 2 * count, chunk * CHUNK};
}

static float *gradient_at(const Table *table, size_t place) {
  return table->gradients + place * table->width;
}

static void claim(Table *table, size_t place, uint32_t target) {
  table->rows[place] = (Row){target, (uint32_t)place};
}

/* Score and loss of the pairs themselves, and the gradient of their answers. */
static void positive_pass(Trainer *trainer, Worker *worker, const Pair *pairs, const float *factors,
                          size_t count, size_t place) {
  const OgEmbedModel *model = trainer->in.model;
  const size_t D = model->D;
  for (size_t m = 0; m < count; m++) {
    const float *q = worker->Q + m * D, *a = worker->A + m * D;
    float *da = gradient_at(&trainer->entities, place + m);
    float s;
    og_score_block(model->model->similarity, &s, 1, q, 1, a, 1, D);
    const float x = (float)trainer->in.options->margin + s;
    worker->loss += (double)(factors[m] * softplus(-x));
    const float ds = -factors[m] / (1 + og_vexp(x));
    memset(da, 0, D * sizeof *da);
    og_score_block_backward(model->model->similarity, worker->dQ + m * D, da, &ds, &s, 1, q, 1, a,
                            1, D);
    claim(&trainer->entities, place + m, pairs[m].answer);
  }
}

static void negative_pass(Trainer *trainer, Worker *worker, const Pair *pairs, const float *factors,
                          size_t count, size_t place) {
  const OgEmbedModel *model = trainer->in.model;
  const size_t D = model->D, n = trainer->n;
  const float weight = (float)trainer->in.options->negatives_weight;
  float *dN = gradient_at(&trainer->entities, place);
  gather_rows(worker->N, model, worker->negatives, n);
  og_score_block(model->model->similarity, worker->S, n, worker->Q, count, worker->N, n, D);
  for (size_t m = 0; m < count; m++) {
    hide_known(trainer, worker, &pairs[m], worker->S + m * n);
    worker->loss +=
        (double)negative_loss(trainer, worker->S + m * n, worker->dS + m * n, weight * factors[m]);
  }
  memset(dN, 0, n * D * sizeof *dN);
  og_score_block_backward(model->model->similarity, worker->dQ, dN, worker->dS, worker->S, n,
                          worker->Q, count, worker->N, n, D);
  for (size_t j = 0; j < n; j++) {
    claim(&trainer->entities, place + j, worker->negatives[j]);
  }
}

/* From ∂L/∂q to the entities and relations of the queries, and the N3 penalty of all three. The
 * query for neighbours has no relation: its row of the gradient is zero, and goes to relation 0. */
static void query_pass(Trainer *trainer, Worker *worker, const Pair *pairs, size_t count,
                       const Places *places) {
  const OgEmbedModel *model = trainer->in.model;
  const size_t D = model->D, R = model->R;
  const float n3 = (float)(trainer->in.options->n3 / (double)trainer->count);
  for (size_t m = 0; m < count; m++) {
    const bool neighbours = pairs[m].relation == 2 * R;
    const bool inverse = !model->reciprocal && pairs[m].relation >= R;
    const uint32_t relation = neighbours ? 0 : pairs[m].relation - (inverse ? (uint32_t)R : 0);
    const float *e = model->entities + pairs[m].entity * D, *dq = worker->dQ + m * D;
    const float *r = model->relations + relation * model->RD;
    float *de = gradient_at(&trainer->entities, places->entity + m);
    float *dr = gradient_at(&trainer->relations, places->relation + m);
    memset(de, 0, D * sizeof *de);
    memset(dr, 0, model->RD * sizeof *dr);
    if (neighbours) {
      og_embed_neighbours_backward(model, de, dq, e);
    } else {
      model->model->query_backward(de, dr, dq, e, r, D, inverse);
      if (model->model->similarity == OG_DOT) { /* of a translation or an angle it makes no sense */
        og_update_n3(dr, r, model->RD, model->model->complex, n3);
      }
    }
    if (n3 > 0) {
      og_update_n3(de, e, D, model->model->complex, n3);
      og_update_n3(gradient_at(&trainer->entities, places->answer + m), worker->A + m * D, D,
                   model->model->complex, n3);
    }
    claim(&trainer->entities, places->entity + m, pairs[m].entity);
    claim(&trainer->relations, places->relation + m, relation);
  }
}

static void run_chunk(Trainer *trainer, Worker *worker, size_t chunk) {
  const OgEmbedModel *model = trainer->in.model;
  const size_t first = chunk * CHUNK;
  const size_t count = trainer->count - first < CHUNK ? trainer->count - first : CHUNK;
  const Places places = places_of(trainer, chunk, count);
  Pair pairs[CHUNK];
  uint32_t answers[CHUNK];
  float factors[CHUNK]; /* w/W 1/(1+λ) */
  const double parts = 1 + trainer->in.options->negatives_weight;
  for (size_t m = 0; m < count; m++) {
    const uint32_t example = trainer->order[first + m];
    pairs[m] = pair_of(&trainer->in, example);
    answers[m] = pairs[m].answer;
    factors[m] = (float)((double)weight_of(trainer, example) / (parts * trainer->weight));
    og_embed_query(model, pairs[m].entity, pairs[m].relation, worker->Q + m * model->D);
  }
  gather_rows(worker->A, model, answers, count);
  memset(worker->dQ, 0, count * model->D * sizeof *worker->dQ);
  draw_negatives(trainer, worker, chunk);
  positive_pass(trainer, worker, pairs, factors, count, places.answer);
  negative_pass(trainer, worker, pairs, factors, count, places.negative);
  query_pass(trainer, worker, pairs, count, &places);
}

/* ---- the update ---- */

/* Order by target, then place: a stable radix sort of rows that are in order of place. */
static void sort_rows(Table *table) {
  size_t starts[RADIX + 1];
  for (unsigned shift = 0; shift == 0 || table->targets >> shift > 0; shift += RADIX_BITS) {
    memset(starts, 0, sizeof starts);
    for (size_t k = 0; k < table->count; k++) {
      starts[(table->rows[k].target >> shift) % RADIX + 1]++;
    }
    for (size_t d = 0; d < RADIX; d++) {
      starts[d + 1] += starts[d];
    }
    for (size_t k = 0; k < table->count; k++) {
      table->sorted[starts[(table->rows[k].target >> shift) % RADIX]++] = table->rows[k];
    }
    Row *sorted = table->sorted;
    table->sorted = table->rows;
    table->rows = sorted;
  }
}

static void update_row(const Trainer *trainer, const Table *table, uint32_t target,
                       const float *gradient) {
  const size_t offset = target * table->width;
  og_update(trainer->in.options->optimiser, table->values + offset,
            table->state + trainer->state_size * offset, gradient, table->width, trainer->rate,
            trainer->steps + 1);
}

/* Each thread takes the targets that start in its share of the sorted rows. */
static void update_table(Trainer *trainer, const Table *table, int thread) {
  size_t from, end;
  og_share(table->count, 1, thread, og_team_size(trainer->in.team), &from, &end);
  while (from > 0 && from < end && table->rows[from].target == table->rows[from - 1].target) {
    from++;
  }
  while (from < end) {
    const Row *row = &table->rows[from];
    float *gradient = gradient_at(table, row->place);
    for (from++; from < table->count && table->rows[from].target == row->target; from++) {
      og_update_add(gradient, gradient_at(table, table->rows[from].place), table->width);
    }
    if (table != &trainer->entities || !trainer->in.fixed || !trainer->in.fixed[row->target]) {
      update_row(trainer, table, row->target, gradient);
    }
  }
}

static void run_step(void *data, int thread) {
  Trainer *trainer = data;
  OgTeam *team = trainer->in.team;
  const size_t chunks = (trainer->count + CHUNK - 1) / CHUNK;
  Worker *worker = &trainer->workers[thread];
  worker->loss = 0;
  size_t begin, end;
  og_share(chunks, 1, thread, og_team_size(team), &begin, &end);
  for (size_t chunk = begin; chunk < end; chunk++) {
    run_chunk(trainer, worker, chunk);
  }
  og_team_barrier(team);
  if (thread == 0) {
    sort_rows(&trainer->entities);
  }
  if (thread == og_team_size(team) - 1) {
    sort_rows(&trainer->relations);
  }
  og_team_barrier(team);
  update_table(trainer, &trainer->entities, thread);
  if (!trainer->in.fixed) {
    update_table(trainer, &trainer->relations, thread);
  }
}

static size_t take(void *state, const uint32_t *order, size_t left) {
  const Trainer *trainer = state;
  (void)order;
  return left < trainer->in.options->batch ? left : trainer->in.options->batch;
}

static void step(void *state, const uint32_t *order, size_t count, double rate, double *loss,
                 double *pairs) {
  Trainer *trainer = state;
  trainer->order = order;
  trainer->count = count;
  trainer->rate = (float)rate;
  trainer->weight = 0;
  trainer->entities.count = 2 * count + (count + CHUNK - 1) / CHUNK * trainer->n;
  trainer->relations.count = count;
  for (size_t k = 0; k < count; k++) {
    trainer->weight += (double)weight_of(trainer, order[k]);
  }
  og_team_run(trainer->in.team, run_step, trainer);
  for (int t = 0; t < og_team_size(trainer->in.team); t++) {
    *loss += trainer->workers[t].loss * (double)count;
  }
  *pairs += (double)count;
  trainer->steps++;
}

static size_t parts(void *state, OgStatePart *parts) {
  Trainer *trainer = state;
  const Table *tables[] = {&trainer->entities, &trainer->relations};
  for (size_t k = 0; k < OG_COUNT(tables); k++) {
    const size_t floats = trainer->state_size * tables[k]->targets * tables[k]->width;
    parts[k] = (OgStatePart){tables[k]->state, floats * sizeof(float)};
  }
  parts[2] = (OgStatePart){&trainer->steps, sizeof trainer->steps};
  return 3;
}

const OgTrainStep og_train_negatives = {.examples = count_examples,
                                        .open = open_trainer,
                                        .close = close_trainer,
                                        .turn = weigh,
                                        .take = take,
                                        .step = step,
                                        .parts = parts};
