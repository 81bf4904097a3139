#include "model/encoder.h"

#include "core/blas.h"
#include "core/memory.h"
#include "model/attention.h"

#include <stdio.h>
#include <string.h>

/* How a pass runs. One task on the team makes a whole forward, another a whole backward. Inside,
 * every thread goes through the same phases with a barrier between them; in a phase it computes its
 * tile of a product, its share of the rows, or its share of the attention heads. Products write
 * tiles in whatever grid reads least (og_tile), so a phase that needs whole rows (LayerNorm) comes
 * after a barrier. */

/* Rows that go through bias, dropout, residual and LayerNorm together, while they are in the first
 * cache. */
enum { ROW_BLOCK = 8, COLUMN_GRAIN = 16 };

typedef enum BaseTensor {
  WORDS,
  POSITIONS,
  TYPES,
  EMBEDDING_GAMMA,
  EMBEDDING_BETA,
  BASE_TENSORS
} BaseTensor;

static const char *const base_names[] = {
    [WORDS] = "embeddings.word_embeddings.weight",
    [POSITIONS] = "embeddings.position_embeddings.weight",
    [TYPES] = "embeddings.token_type_embeddings.weight",
    [EMBEDDING_GAMMA] = "embeddings.LayerNorm.weight",
    [EMBEDDING_BETA] = "embeddings.LayerNorm.bias",
};

/* Key and value are one product: their tensors are neighbours in OgParams. */
typedef enum LayerTensor {
  QUERY_WEIGHT,
  QUERY_BIAS,
  KEY_VALUE_WEIGHT,
  KEY_VALUE_BIAS,
  MIX_WEIGHT,
  MIX_BIAS,
  GAMMA_1,
  BETA_1,
  UP_WEIGHT,
  UP_BIAS,
  DOWN_WEIGHT,
  DOWN_BIAS,
  GAMMA_2,
  BETA_2,
  LAYER_TENSORS
} LayerTensor;

static const char *const layer_names[] = {
    [QUERY_WEIGHT] = "attention.self.query.weight",
    [QUERY_BIAS] = "attention.self.query.bias",
    [KEY_VALUE_WEIGHT] = "attention.self.key.weight",
    [KEY_VALUE_BIAS] = "attention.self.key.bias",
    [MIX_WEIGHT] = "attention.output.dense.weight",
    [MIX_BIAS] = "attention.output.dense.bias",
    [GAMMA_1] = "attention.output.LayerNorm.weight",
    [BETA_1] = "attention.output.LayerNorm.bias",
    [UP_WEIGHT] = "intermediate.dense.weight",
    [UP_BIAS] = "intermediate.dense.bias",
    [DOWN_WEIGHT] = "output.dense.weight",
    [DOWN_BIAS] = "output.dense.bias",
    [GAMMA_2] = "output.LayerNorm.weight",
    [BETA_2] = "output.LayerNorm.bias",
};

_Static_assert(OG_COUNT(base_names) == BASE_TENSORS, "every tensor has a name");
_Static_assert(OG_COUNT(layer_names) == LAYER_TENSORS, "every tensor has a name");

/* Where dropout happens: once after the embeddings, three times in a layer. */
typedef enum DropoutSite { DROP_PROBABILITIES, DROP_MIX, DROP_DOWN, LAYER_SITES } DropoutSite;

/* Rows of a layer's output by sequence: of sequence b, rows [starts[b], starts[b+1]). */
typedef struct Rows {
  size_t M;
  const uint32_t *starts; /* (B+1) */
  size_t *probabilities;  /* (B+1) floats of attention probabilities before sequence b */
  size_t *costs;          /* (B+1) about the work of one head over the sequences before b */
} Rows;

/* Activations of a layer; x̂ and r belong to its two LayerNorms. Without keep all layers share one
 * set. */
typedef struct Layer {
  size_t tensors[LAYER_TENSORS]; /* offsets into a parameter block */
  const Rows *rows;
  float *x;          /* (T,H) input: the output of the layer below */
  float *xq;         /* (M,H) input at the rows of the output; x itself when that is all of them */
  float *q;          /* (M,H) */
  float *kv;         /* (T,2H) */
  float *P;          /* probabilities of all heads; NULL without keep */
  float *context;    /* (M,H) */
  float *xhat1, *r1; /* (M,H), (M) */
  float *middle;     /* (M,H) */
  float *u, *g;      /* (M,F) before and after the activation */
  float *xhat2, *r2; /* (M,H), (M) */
  float *y;          /* (M,H) */
} Layer;

struct OgPass {
  const OgParams *params;
  OgTeam *team;
  bool keep;
  size_t base[BASE_TENSORS]; /* offsets into a parameter block */

  /* The batch of the last forward. */
  OgBatch batch;
  uint64_t seed;
  bool ready;            /* a backward may follow */
  size_t longest;        /* tokens of the longest sequence */
  uint32_t *positions;   /* (T) */
  uint32_t *last_starts; /* (B+1) starts of the rows of `last` */
  Rows every, last;      /* of all layers but the last, and of the last */
  void *index;           /* the memory of the arrays above */

  float *block; /* the memory of all floats below */
  size_t capacity;
  Layer *layers;          /* (L) */
  float *xhat0, *r0, *x0; /* embeddings: (T,H), (T), (T,H) */
  float *scratch;         /* of attention, one after another for each thread */
  size_t scratch_size;

  /* Backward. */
  float *gradients;
  float *dhidden; /* (M,H) the caller's */
  float *dx;      /* (T,H); NULL when dhidden has all rows and serves instead */
  float *dropped; /* (T,H); NULL without hidden dropout */
  float *du;      /* (T,F) */
  float *dq, *dkv, *dcontext;
  float *partials; /* (threads, 3H) sums over the rows of one thread */
};

static size_t largest(size_t a, size_t b) {
  return a > b ? a : b;
}

static size_t head_width(const OgConfig *config) {
  return config->hidden_size / config->heads;
}

static OgPart part_of(const OgPass *pass, int thread) {
  return (OgPart){thread, og_team_size(pass->team)};
}

static const float *base_weight(const OgPass *pass, BaseTensor tensor) {
  return pass->params->weights + pass->base[tensor];
}

static const float *weight(const OgPass *pass, const Layer *layer, LayerTensor tensor) {
  return pass->params->weights + layer->tensors[tensor];
}

static float *gradient(const OgPass *pass, const Layer *layer, LayerTensor tensor) {
  return pass->gradients + layer->tensors[tensor];
}

/* Site 0 is the embeddings'; the seed is never 0, which would turn dropout off. */
static OgDropout dropout_at(const OgPass *pass, size_t site, float probability) {
  const bool on = pass->seed != 0 && probability > 0.0f;
  return (OgDropout){on ? og_random_at(pass->seed, site) | 1 : 0, probability};
}

static OgDropout layer_dropout(const OgPass *pass, const Layer *layer, DropoutSite site) {
  const OgConfig *c = &pass->params->config;
  const size_t number = (size_t)(layer - pass->layers);
  return dropout_at(pass, 1 + number * LAYER_SITES + site,
                    site == DROP_PROBABILITIES ? c->attention_dropout : c->hidden_dropout);
}

/* ---- Making a pass ---- */

static OgStatus find_tensor(const OgParams *params, const char *name, size_t *offset,
                            OgError *err) {
  const size_t found = og_params_find(params, name);
  if (found == params->count) {
    return og_error_set(err, OG_FAILED, "the parameters lack the encoder's tensor %s", name);
  }
  *offset = params->tensors[found].offset;
  return OG_OK;
}

static OgStatus find_tensors(OgPass *pass, OgError *err) {
  for (size_t k = 0; k < BASE_TENSORS; k++) {
    OG_TRY(find_tensor(pass->params, base_names[k], &pass->base[k], err));
  }
  for (size_t l = 0; l < pass->params->config.layers; l++) {
    for (size_t k = 0; k < LAYER_TENSORS; k++) {
      char name[OG_TENSOR_NAME_SIZE];
      snprintf(name, sizeof name, "encoder.layer.%zu.%s", l, layer_names[k]);
      OG_TRY(find_tensor(pass->params, name, &pass->layers[l].tensors[k], err));
    }
  }
  return OG_OK;
}

OgStatus og_pass_new(const OgParams *params, OgTeam *team, bool keep, OgPass **pass, OgError *err) {
  OG_TRY(og_blas_load(err));
  OgPass *made = OG_NEW(OgPass);
  if (!made) {
    return og_error_no_memory(err);
  }
  *made = (OgPass){.params = params, .team = team, .keep = keep};
  made->layers = OG_NEW_ARRAY(Layer, params->config.layers);
  const OgStatus status = made->layers ? find_tensors(made, err) : og_error_no_memory(err);
  if (status != OG_OK) {
    og_pass_free(made);
    return status;
  }
  *pass = made;
  return OG_OK;
}

void og_pass_free(OgPass *pass) {
  if (!pass) {
    return;
  }
  og_free_floats(pass->block);
  og_free(pass->index);
  og_free(pass->layers);
  og_free(pass);
}

/* ---- Taking a batch ---- */

static OgStatus check_sequences(const OgBatch *batch, const OgConfig *config, OgError *err) {
  if (batch->B == 0 || batch->offsets[0] != 0 || batch->offsets[batch->B] != batch->T) {
    return og_error_set(err, OG_USAGE,
                        "a batch of %zu sequences and %zu tokens has offsets from %lu to %lu",
                        batch->B, batch->T, batch->B ? (unsigned long)batch->offsets[0] : 0,
                        batch->B ? (unsigned long)batch->offsets[batch->B] : 0);
  }
  for (size_t b = 0; b < batch->B; b++) {
    const uint32_t begin = batch->offsets[b], end = batch->offsets[b + 1];
    if (end <= begin || end - begin > config->max_positions) {
      return og_error_set(err, OG_USAGE,
                          "sequence %zu of the batch spans tokens %lu to %lu; expected 1 to %zu "
                          "tokens, which is what the model has positions for",
                          b, (unsigned long)begin, (unsigned long)end, config->max_positions);
    }
  }
  return OG_OK;
}

static OgStatus check_below(const char *what, const uint32_t *values, size_t count, size_t bound,
                            OgError *err) {
  for (size_t k = 0; values && k < count; k++) {
    if (values[k] >= bound) {
      return og_error_set(err, OG_USAGE, "%s %lu at place %zu of the batch; the model has %zu",
                          what, (unsigned long)values[k], k, bound);
    }
  }
  return OG_OK;
}

static OgStatus check_batch(const OgBatch *batch, const OgConfig *config, OgError *err) {
  OG_TRY(check_sequences(batch, config, err));
  OG_TRY(check_below("token id", batch->ids, batch->T, config->vocab_size, err));
  OG_TRY(check_below("token type", batch->types, batch->T, config->type_vocab_size, err));
  OG_TRY(check_below("output token", batch->outputs, batch->M, batch->T, err));
  for (size_t m = 1; batch->outputs && m < batch->M; m++) {
    if (batch->outputs[m] <= batch->outputs[m - 1]) {
      return og_error_set(err, OG_USAGE, "output tokens must ascend: %lu stands before %lu",
                          (unsigned long)batch->outputs[m - 1], (unsigned long)batch->outputs[m]);
    }
  }
  return OG_OK;
}

/* Prefix sums over sequences. The cost of a head: its four small products, and what it takes to
 * prepare them. */
static void count_rows(Rows *rows, const OgBatch *batch, size_t heads) {
  rows->probabilities[0] = rows->costs[0] = 0;
  for (size_t b = 0; b < batch->B; b++) {
    const size_t M = rows->starts[b + 1] - rows->starts[b];
    const size_t S = batch->offsets[b + 1] - batch->offsets[b];
    rows->probabilities[b + 1] = rows->probabilities[b] + heads * M * OG_PROBABILITY_STRIDE(S);
    rows->costs[b + 1] = rows->costs[b] + (M + 16) * (S + 16);
  }
}

static void index_batch(OgPass *pass) {
  const OgBatch *batch = &pass->batch;
  size_t m = 0;
  pass->longest = 0;
  for (size_t b = 0; b < batch->B; b++) {
    const uint32_t begin = batch->offsets[b], end = batch->offsets[b + 1];
    pass->longest = largest(pass->longest, end - begin);
    for (uint32_t t = begin; t < end; t++) {
      pass->positions[t] = t - begin;
    }
    pass->last_starts[b] = (uint32_t)m;
    while (batch->outputs && m < batch->M && batch->outputs[m] < end) {
      m++;
    }
  }
  pass->last_starts[batch->B] = (uint32_t)m;
  pass->every.M = batch->T;
  pass->every.starts = batch->offsets;
  pass->last.M = batch->outputs ? batch->M : batch->T;
  pass->last.starts = batch->outputs ? pass->last_starts : batch->offsets;
  count_rows(&pass->every, batch, pass->params->config.heads);
  count_rows(&pass->last, batch, pass->params->config.heads);
}

/* Make room for the indices of a batch, and fill them. */
static OgStatus take_batch(OgPass *pass, const OgBatch *batch, uint64_t seed, OgError *err) {
  const size_t prefix = batch->B + 1;
  void *index = og_realloc(pass->index, 1,
                           4 * prefix * sizeof(size_t) + (prefix + batch->T) * sizeof(uint32_t));
  if (!index) {
    return og_error_no_memory(err);
  }
  size_t *sums = pass->index = index;
  pass->every.probabilities = sums;
  pass->every.costs = sums + prefix;
  pass->last.probabilities = sums + 2 * prefix;
  pass->last.costs = sums + 3 * prefix;
  pass->last_starts = (uint32_t *)(sums + 4 * prefix);
  pass->positions = pass->last_starts + prefix;
  pass->batch = *batch;
  pass->seed = seed;
  index_batch(pass);
  return OG_OK;
}

/* ---- Memory of the activations ---- */

/* Hands out pieces of a block, or only counts them when there is no block yet. */
typedef struct Carver {
  float *block;
  size_t used;
} Carver;

static float *carve(Carver *carver, size_t rows, size_t columns) {
  float *piece = carver->block ? carver->block + carver->used : NULL;
  carver->used += (rows * columns + 15) / 16 * 16;
  return piece;
}

static void carve_layer(Carver *carver, const OgPass *pass, Layer *layer) {
  const size_t H = pass->params->config.hidden_size, F = pass->params->config.intermediate_size;
  const size_t T = pass->batch.T, M = layer->rows->M, B = pass->batch.B;
  layer->xq = layer->rows->starts == pass->batch.offsets ? layer->x : carve(carver, M, H);
  layer->q = carve(carver, M, H);
  layer->kv = carve(carver, T, 2 * H);
  layer->context = pass->keep ? carve(carver, M, H) : layer->q;
  layer->middle = carve(carver, M, H);
  layer->u = carve(carver, M, F);
  layer->g = pass->keep ? carve(carver, M, F) : layer->u;
  layer->y = pass->keep ? carve(carver, M, H) : layer->x;
  if (pass->keep) {
    layer->P = carve(carver, 1, layer->rows->probabilities[B]);
    layer->xhat1 = carve(carver, M, H);
    layer->xhat2 = carve(carver, M, H);
    layer->r1 = carve(carver, M, 1);
    layer->r2 = carve(carver, M, 1);
  }
}

static void carve_backward(Carver *carver, OgPass *pass) {
  const OgConfig *c = &pass->params->config;
  const size_t H = c->hidden_size, T = pass->batch.T;
  pass->dx = pass->batch.outputs ? carve(carver, T, H) : NULL;
  pass->dropped = c->hidden_dropout > 0 && pass->seed ? carve(carver, T, H) : NULL;
  pass->du = carve(carver, T, c->intermediate_size);
  pass->dq = carve(carver, T, H);
  pass->dkv = carve(carver, T, 2 * H);
  pass->dcontext = carve(carver, T, H);
  pass->partials = carve(carver, (size_t)og_team_size(pass->team), 3 * H);
}

/* Place every array of the pass in block; returns the floats that it takes. */
static size_t lay_out(OgPass *pass, float *block) {
  const OgConfig *c = &pass->params->config;
  const size_t H = c->hidden_size, T = pass->batch.T, S = pass->longest;
  Carver carver = {block, 0};
  pass->x0 = carve(&carver, T, H);
  pass->xhat0 = pass->keep ? carve(&carver, T, H) : NULL;
  pass->r0 = pass->keep ? carve(&carver, T, 1) : NULL;
  pass->scratch_size =
      og_attention_scratch(S, S, head_width(c)) + (pass->keep ? 0 : S * OG_PROBABILITY_STRIDE(S));
  pass->scratch = carve(&carver, (size_t)og_team_size(pass->team), pass->scratch_size);

  const size_t first = carver.used;
  float *x = pass->x0;
  for (size_t l = 0; l < c->layers; l++) {
    Layer *layer = &pass->layers[l];
    const size_t before = carver.used;
    carver.used = pass->keep ? before : first;
    layer->rows = l + 1 < c->layers ? &pass->every : &pass->last;
    layer->x = x;
    carve_layer(&carver, pass, layer);
    carver.used = largest(carver.used, before);
    x = layer->y;
  }
  if (pass->keep) {
    carve_backward(&carver, pass);
  }
  return carver.used;
}

static OgStatus make_room(OgPass *pass, OgError *err) {
  const size_t needed = lay_out(pass, NULL);
  if (needed > pass->capacity) {
    const size_t room = needed + needed / 8; /* batches differ a little; do not grow for each */
    og_free_floats(pass->block);
    pass->capacity = 0;
    pass->block = og_calloc_floats(room);
    if (!pass->block) {
      return og_error_set(err, OG_NO_MEMORY,
                          "no memory for the activations of %zu tokens: %zu MB needed; take "
                          "smaller batches or shorter texts",
                          pass->batch.T, room * sizeof(float) >> 20);
    }
    pass->capacity = room;
  }
  lay_out(pass, pass->block);
  return OG_OK;
}

/* ---- Attention over a batch ---- */

/* The first head at or after `cost`, as sequence × heads + head. */
static size_t head_at(const Rows *rows, size_t B, size_t heads, size_t cost) {
  size_t b = 0;
  while (b < B && rows->costs[b + 1] * heads <= cost) {
    b++;
  }
  return b == B
             ? B * heads
             : b * heads + (cost - rows->costs[b] * heads) / (rows->costs[b + 1] - rows->costs[b]);
}

/* A thread's heads: a run of about equal work. */
static void share_heads(const OgPass *pass, const Rows *rows, OgPart part, size_t *begin,
                        size_t *end) {
  const size_t heads = pass->params->config.heads, B = pass->batch.B;
  const size_t total = rows->costs[B] * heads, threads = (size_t)part.threads;
  const size_t thread = (size_t)part.thread;
  *begin = head_at(rows, B, heads, total * thread / threads);
  *end = head_at(rows, B, heads, total * (thread + 1) / threads);
}

/* Where the data of one head of one sequence stands. */
typedef struct Head {
  OgAttentionShape shape;
  size_t q, kv; /* offsets in (M,H) and (T,2H) arrays */
  size_t P;     /* offset among the probabilities */
  size_t row;   /* first row of its dropout mask */
} Head;

static Head head_of(const OgPass *pass, const Rows *rows, size_t number) {
  const OgConfig *c = &pass->params->config;
  const size_t H = c->hidden_size, D = head_width(c);
  const size_t b = number / c->heads, h = number % c->heads;
  const size_t M = rows->starts[b + 1] - rows->starts[b];
  const size_t S = pass->batch.offsets[b + 1] - pass->batch.offsets[b];
  return (Head){
      .shape = {.M = M, .S = S, .D = D, .q_stride = H, .kv_stride = 2 * H},
      .q = rows->starts[b] * H + h * D,
      .kv = pass->batch.offsets[b] * 2 * H + h * D,
      .P = rows->probabilities[b] + h * M * OG_PROBABILITY_STRIDE(S),
      .row = rows->starts[b] * c->heads + h * M,
  };
}

static void attend_forward(const OgPass *pass, const Layer *layer, OgPart part) {
  const size_t H = pass->params->config.hidden_size;
  float *scratch = pass->scratch + (size_t)part.thread * pass->scratch_size;
  float *passing =
      scratch + pass->scratch_size - pass->longest * OG_PROBABILITY_STRIDE(pass->longest);
  const OgDropout dropout = layer_dropout(pass, layer, DROP_PROBABILITIES);
  size_t begin, end;
  share_heads(pass, layer->rows, part, &begin, &end);
  for (size_t k = begin; k < end; k++) {
    const Head head = head_of(pass, layer->rows, k);
    const float *keys = layer->kv + head.kv;
    og_attention_forward(layer->context + head.q, pass->keep ? layer->P + head.P : passing,
                         layer->q + head.q, keys, keys + H, &head.shape, dropout, head.row,
                         scratch);
  }
}

static void attend_backward(const OgPass *pass, const Layer *layer, OgPart part) {
  const size_t H = pass->params->config.hidden_size;
  float *scratch = pass->scratch + (size_t)part.thread * pass->scratch_size;
  const OgDropout dropout = layer_dropout(pass, layer, DROP_PROBABILITIES);
  size_t begin, end;
  share_heads(pass, layer->rows, part, &begin, &end);
  for (size_t k = begin; k < end; k++) {
    const Head head = head_of(pass, layer->rows, k);
    const float *keys = layer->kv + head.kv;
    float *dkeys = pass->dkv + head.kv;
    og_attention_backward(pass->dq + head.q, dkeys, dkeys + H, pass->dcontext + head.q,
                          layer->P + head.P, layer->q + head.q, keys, keys + H, &head.shape,
                          dropout, head.row, scratch);
  }
}

/* ---- Embeddings: x0 = dropout(LayerNorm(words[id] + positions[t] + types[type])) ---- */

static void embed_forward(const OgPass *pass, OgPart part) {
  const OgConfig *c = &pass->params->config;
  const OgBatch *batch = &pass->batch;
  const size_t H = c->hidden_size;
  const OgDropout dropout = dropout_at(pass, 0, c->hidden_dropout);
  size_t begin, end;
  og_share(batch->T, 1, part.thread, part.threads, &begin, &end);
  for (size_t t = begin; t < end; t += ROW_BLOCK) {
    const size_t N = end - t < ROW_BLOCK ? end - t : ROW_BLOCK;
    float *x = pass->x0 + t * H, *xhat = pass->keep ? pass->xhat0 + t * H : NULL;
    float *sum = xhat ? xhat : x;
    og_embedding_forward(sum, base_weight(pass, WORDS), base_weight(pass, POSITIONS),
                         base_weight(pass, TYPES), batch->ids + t, pass->positions + t,
                         batch->types ? batch->types + t : NULL, N, H);
    og_norm_forward(x, xhat, pass->keep ? pass->r0 + t : NULL, sum,
                    base_weight(pass, EMBEDDING_GAMMA), base_weight(pass, EMBEDDING_BETA),
                    c->layer_norm_eps, N, H);
    if (dropout.seed) {
      og_dropout(x, x, dropout, t, N, H);
    }
  }
}

/* ---- LayerNorm on a sublayer's output, with what stands before it ---- */

/* y = LayerNorm(dropout(product + bias) + residual) in a thread's rows. The product stands in xhat,
 * or in y when nothing is kept. */
typedef struct Norm {
  float *y, *xhat, *r;
  const float *residual;
  LayerTensor bias, gamma, beta;
  DropoutSite site;
} Norm;

static Norm norm_after_attention(const Layer *layer) {
  return (Norm){layer->middle, layer->xhat1, layer->r1, layer->xq,
                MIX_BIAS,      GAMMA_1,      BETA_1,    DROP_MIX};
}

static Norm norm_after_feed_forward(const Layer *layer) {
  return (Norm){layer->y,  layer->xhat2, layer->r2, layer->middle,
                DOWN_BIAS, GAMMA_2,      BETA_2,    DROP_DOWN};
}

static float *product_before(const OgPass *pass, const Norm *norm) {
  return pass->keep ? norm->xhat : norm->y;
}

static void norm_forward(const OgPass *pass, const Layer *layer, Norm norm, OgPart part) {
  const OgConfig *c = &pass->params->config;
  const size_t H = c->hidden_size;
  const OgDropout dropout = layer_dropout(pass, layer, norm.site);
  size_t begin, end;
  og_share(layer->rows->M, 1, part.thread, part.threads, &begin, &end);
  for (size_t m = begin; m < end; m += ROW_BLOCK) {
    const size_t N = end - m < ROW_BLOCK ? end - m : ROW_BLOCK;
    float *sum = product_before(pass, &norm) + m * H;
    og_residual_forward(sum, sum, weight(pass, layer, norm.bias), norm.residual + m * H, dropout, m,
                        N, H);
    og_norm_forward(norm.y + m * H, pass->keep ? sum : NULL, pass->keep ? norm.r + m : NULL, sum,
                    weight(pass, layer, norm.gamma), weight(pass, layer, norm.beta),
                    c->layer_norm_eps, N, H);
  }
}

/* dy becomes the gradient at the sum; what is returned (N rows from 0) is the gradient at the
 * product: dy itself, or without the dropped elements. Gradients of γ, β and the bias are left in
 * the thread's partial sums. */
static const float *norm_backward(const OgPass *pass, const Layer *layer, Norm norm, float *dy,
                                  OgPart part) {
  const size_t H = pass->params->config.hidden_size;
  const OgDropout dropout = layer_dropout(pass, layer, norm.site);
  float *sums = pass->partials + (size_t)part.thread * 3 * H;
  float *dproduct = dropout.seed ? pass->dropped : dy;
  size_t begin, end;
  og_share(layer->rows->M, 1, part.thread, part.threads, &begin, &end);
  memset(sums, 0, 3 * H * sizeof *sums);
  for (size_t m = begin; m < end; m += ROW_BLOCK) {
    const size_t N = end - m < ROW_BLOCK ? end - m : ROW_BLOCK;
    og_norm_backward(dy + m * H, sums, sums + H, dy + m * H, norm.xhat + m * H, norm.r + m,
                     weight(pass, layer, norm.gamma), N, H);
    if (dropout.seed) {
      og_dropout(dproduct + m * H, dy + m * H, dropout, m, N, H);
    }
    og_bias_backward(sums + 2 * H, dproduct + m * H, N, H, H);
  }
  return dproduct;
}

/* total += the k-th third of all threads' partial sums, in this thread's columns. After a barrier.
 */
static void add_partials(const OgPass *pass, float *total, size_t k, OgPart part) {
  const size_t H = pass->params->config.hidden_size;
  size_t begin, end;
  og_share(H, COLUMN_GRAIN, part.thread, part.threads, &begin, &end);
  og_bias_backward(total + begin, pass->partials + k * H + begin, (size_t)part.threads, end - begin,
                   3 * H);
}

static void add_norm_partials(const OgPass *pass, const Layer *layer, Norm norm, OgPart part) {
  add_partials(pass, gradient(pass, layer, norm.gamma), 0, part);
  add_partials(pass, gradient(pass, layer, norm.beta), 1, part);
  add_partials(pass, gradient(pass, layer, norm.bias), 2, part);
}

/* ---- A layer ----
 *
 *   q = xq Wqᵀ + bq,  [k v] = x Wkvᵀ + bkv,  context = attention(q, k, v)
 *   middle = LayerNorm(xq + dropout(context Woᵀ + bo))
 *   g = f(middle W1ᵀ + b1),  y = LayerNorm(middle + dropout(g W2ᵀ + b2))
 */

static bool takes_some_rows(const Layer *layer) {
  return layer->xq != layer->x;
}

/* xq = the rows of x named by outputs. */
static void gather_rows(const OgPass *pass, const Layer *layer, OgPart part) {
  const size_t H = pass->params->config.hidden_size;
  size_t begin, end;
  og_share(layer->rows->M, 1, part.thread, part.threads, &begin, &end);
  for (size_t m = begin; m < end; m++) {
    memcpy(layer->xq + m * H, layer->x + pass->batch.outputs[m] * H, H * sizeof(float));
  }
}

/* The rows of dx named by outputs += d. */
static void scatter_rows(const OgPass *pass, const Layer *layer, float *dx, const float *d,
                         OgPart part) {
  const size_t H = pass->params->config.hidden_size;
  size_t begin, end;
  og_share(layer->rows->M, 1, part.thread, part.threads, &begin, &end);
  og_embedding_backward(dx, d + begin * H, pass->batch.outputs + begin, end - begin, H, 0, H);
}

static void attention_forward(OgPass *pass, const Layer *layer, OgPart part) {
  const size_t H = pass->params->config.hidden_size, T = pass->batch.T, M = layer->rows->M;
  const Norm norm = norm_after_attention(layer);
  if (takes_some_rows(layer)) {
    gather_rows(pass, layer, part);
    og_team_barrier(pass->team);
  }
  og_linear_forward(layer->q, layer->xq, weight(pass, layer, QUERY_WEIGHT),
                    weight(pass, layer, QUERY_BIAS), M, H, H, part);
  og_linear_forward(layer->kv, layer->x, weight(pass, layer, KEY_VALUE_WEIGHT),
                    weight(pass, layer, KEY_VALUE_BIAS), T, H, 2 * H, part);
  og_team_barrier(pass->team);
  attend_forward(pass, layer, part);
  og_team_barrier(pass->team);
  og_linear_forward(product_before(pass, &norm), layer->context, weight(pass, layer, MIX_WEIGHT),
                    NULL, M, H, H, part);
  og_team_barrier(pass->team);
  norm_forward(pass, layer, norm, part);
}

static void feed_forward_forward(OgPass *pass, const Layer *layer, OgPart part) {
  const OgConfig *c = &pass->params->config;
  const size_t H = c->hidden_size, F = c->intermediate_size, M = layer->rows->M;
  const Norm norm = norm_after_feed_forward(layer);
  og_linear_forward(layer->u, layer->middle, weight(pass, layer, UP_WEIGHT), NULL, M, H, F, part);
  og_activation_forward(c->activation, layer->g, layer->u, weight(pass, layer, UP_BIAS),
                        og_tile(M, F, part), F);
  og_team_barrier(pass->team);
  og_linear_forward(product_before(pass, &norm), layer->g, weight(pass, layer, DOWN_WEIGHT), NULL,
                    M, F, H, part);
  og_team_barrier(pass->team);
  norm_forward(pass, layer, norm, part);
}

/* dy (M,H), the gradient at y, becomes the gradient at middle. */
static void feed_forward_backward(OgPass *pass, const Layer *layer, float *dy, OgPart part) {
  const OgConfig *c = &pass->params->config;
  const size_t H = c->hidden_size, F = c->intermediate_size, M = layer->rows->M;
  const Norm norm = norm_after_feed_forward(layer);
  const float *dproduct = norm_backward(pass, layer, norm, dy, part);
  og_team_barrier(pass->team);
  add_norm_partials(pass, layer, norm, part);
  og_linear_backward_input(pass->du, 0, dproduct, weight(pass, layer, DOWN_WEIGHT), M, F, H, part);
  og_activation_backward(c->activation, pass->du, layer->u, og_tile(M, F, part), F);
  og_linear_backward_weight(gradient(pass, layer, DOWN_WEIGHT), NULL, dproduct, layer->g, M, F, H,
                            part);
  og_team_barrier(pass->team);
  og_linear_backward_input(dy, 1, pass->du, weight(pass, layer, UP_WEIGHT), M, H, F, part);
  og_linear_backward_weight(gradient(pass, layer, UP_WEIGHT), gradient(pass, layer, UP_BIAS),
                            pass->du, layer->middle, M, H, F, part);
  og_team_barrier(pass->team);
}

/* dbv += Σ dv. The gradient at bk is exactly zero and left so: it adds the same q·bk to all scores
 * of a query, which changes no probability. (Summed up it would be rounding noise, which AdamW
 * blows up to full steps.) */
static void value_bias_backward(const OgPass *pass, const Layer *layer, OgPart part) {
  const size_t H = pass->params->config.hidden_size;
  size_t begin, end;
  og_share(H, COLUMN_GRAIN, part.thread, part.threads, &begin, &end);
  og_bias_backward(gradient(pass, layer, KEY_VALUE_BIAS) + H + begin, pass->dkv + H + begin,
                   pass->batch.T, end - begin, 2 * H);
}

/* dmiddle (M,H) becomes the gradient at xq, without the way through k and v when only some rows are
 * taken; returns the gradient at x (T,H). */
static float *attention_backward(OgPass *pass, const Layer *layer, float *dmiddle, OgPart part) {
  const size_t H = pass->params->config.hidden_size, T = pass->batch.T, M = layer->rows->M;
  const Norm norm = norm_after_attention(layer);
  const float *dproduct = norm_backward(pass, layer, norm, dmiddle, part);
  og_team_barrier(pass->team);
  add_norm_partials(pass, layer, norm, part);
  og_linear_backward_input(pass->dcontext, 0, dproduct, weight(pass, layer, MIX_WEIGHT), M, H, H,
                           part);
  og_linear_backward_weight(gradient(pass, layer, MIX_WEIGHT), NULL, dproduct, layer->context, M, H,
                            H, part);
  og_team_barrier(pass->team);
  attend_backward(pass, layer, part);
  og_team_barrier(pass->team);

  const bool some = takes_some_rows(layer);
  float *dx = some ? pass->dx : dmiddle;
  og_linear_backward_input(dmiddle, 1, pass->dq, weight(pass, layer, QUERY_WEIGHT), M, H, H, part);
  og_linear_backward_input(dx, some ? 0 : 1, pass->dkv, weight(pass, layer, KEY_VALUE_WEIGHT), T, H,
                           2 * H, part);
  og_linear_backward_weight(gradient(pass, layer, QUERY_WEIGHT), gradient(pass, layer, QUERY_BIAS),
                            pass->dq, layer->xq, M, H, H, part);
  og_linear_backward_weight(gradient(pass, layer, KEY_VALUE_WEIGHT), NULL, pass->dkv, layer->x, T,
                            H, 2 * H, part);
  value_bias_backward(pass, layer, part);
  og_team_barrier(pass->team);
  if (some) {
    scatter_rows(pass, layer, dx, dmiddle, part);
    og_team_barrier(pass->team);
  }
  return dx;
}

/* dx (T,H) is the gradient at x0. Tables are divided by columns: two threads never meet at a word.
 */
static void embed_backward(const OgPass *pass, float *dx, OgPart part) {
  const OgConfig *c = &pass->params->config;
  const OgBatch *batch = &pass->batch;
  const size_t H = c->hidden_size, T = batch->T;
  const OgDropout dropout = dropout_at(pass, 0, c->hidden_dropout);
  float *sums = pass->partials + (size_t)part.thread * 3 * H;
  size_t begin, end;
  og_share(T, 1, part.thread, part.threads, &begin, &end);
  memset(sums, 0, 3 * H * sizeof *sums);
  og_dropout(dx + begin * H, dx + begin * H, dropout, begin, end - begin, H);
  og_norm_backward(dx + begin * H, sums, sums + H, dx + begin * H, pass->xhat0 + begin * H,
                   pass->r0 + begin, base_weight(pass, EMBEDDING_GAMMA), end - begin, H);
  og_team_barrier(pass->team);

  add_partials(pass, pass->gradients + pass->base[EMBEDDING_GAMMA], 0, part);
  add_partials(pass, pass->gradients + pass->base[EMBEDDING_BETA], 1, part);
  og_share(H, COLUMN_GRAIN, part.thread, part.threads, &begin, &end);
  og_embedding_backward(pass->gradients + pass->base[WORDS], dx, batch->ids, T, H, begin, end);
  og_embedding_backward(pass->gradients + pass->base[POSITIONS], dx, pass->positions, T, H, begin,
                        end);
  og_embedding_backward(pass->gradients + pass->base[TYPES], dx, batch->types, T, H, begin, end);
}

/* ---- The whole ---- */

static void forward(void *data, int thread) {
  OgPass *pass = data;
  const OgPart part = part_of(pass, thread);
  embed_forward(pass, part);
  for (size_t l = 0; l < pass->params->config.layers; l++) {
    og_team_barrier(pass->team);
    attention_forward(pass, &pass->layers[l], part);
    og_team_barrier(pass->team);
    feed_forward_forward(pass, &pass->layers[l], part);
  }
}

OgStatus og_encoder_forward(OgPass *pass, const OgBatch *batch, uint64_t dropout_seed,
                            const float **hidden, OgError *err) {
  const OgConfig *config = &pass->params->config;
  pass->ready = false;
  OG_TRY(check_batch(batch, config, err));
  OG_TRY(take_batch(pass, batch, dropout_seed, err));
  OG_TRY(make_room(pass, err));
  og_team_run(pass->team, forward, pass);
  pass->ready = pass->keep;
  *hidden = pass->layers[config->layers - 1].y;
  return OG_OK;
}

static void backward(void *data, int thread) {
  OgPass *pass = data;
  const OgPart part = part_of(pass, thread);
  float *d = pass->dhidden;
  for (size_t l = pass->params->config.layers; l-- > 0;) {
    feed_forward_backward(pass, &pass->layers[l], d, part);
    d = attention_backward(pass, &pass->layers[l], d, part);
  }
  embed_backward(pass, d, part);
}

OgStatus og_encoder_backward(OgPass *pass, float *dhidden, float *gradients, OgError *err) {
  if (!pass->ready) {
    return og_error_set(err, OG_USAGE, "a backward follows a forward, in a pass that keeps");
  }
  pass->ready = false;
  pass->dhidden = dhidden;
  pass->gradients = gradients;
  og_team_run(pass->team, backward, pass);
  return OG_OK;
}
