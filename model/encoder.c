#include "model/encoder.h"

#include "core/blas.h"
#include "core/memory.h"
#include "model/attention.h"
#include "model/dense.h"
#include "model/lora.h"

#include <math.h>
#include <string.h>

/* How a pass runs. One task on the team makes a whole forward, another a whole backward. Inside,
 * every thread goes through the same phases with a barrier between them; in a phase it computes its
 * tile of a product, its share of the rows, or its share of the attention heads. Products write
 * tiles in whatever grid reads least (og_tile), so a phase that needs whole rows (LayerNorm) comes
 * after a barrier. */

/* Rows that go through bias, dropout, residual and LayerNorm together, while they are in the first
 * cache. */
enum { ROW_BLOCK = 8, COLUMN_GRAIN = 16 };

/* Where a tensor is that the architecture lacks. */
#define NOWHERE SIZE_MAX

/* The dense products of a layer. */
typedef enum Product { QUERY, KEY_VALUE, MIX, UP, DOWN, PRODUCTS } Product;

/* Up to so many rows a product in panels is faster than OpenBLAS, which lays the weights out anew
 * every time: 1.4 × at 28 rows of 768, 0.94 × at 900 (Zen 3, one thread). */
enum { PANEL_ROWS = 256 };

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
 * set; with recompute they share all but y. */
typedef struct Layer {
  size_t tensors[OG_ROLE_COUNT]; /* offsets into a parameter block, or NOWHERE */
  const OgDense *dense;          /* (PRODUCTS) packed weights; NULL: they may change */
  const Rows *rows;
  bool local;        /* attends within the window only */
  float *x;          /* (T,H) input: the output of the layer below */
  float *xq;         /* (M,H) input at the rows of the output; x itself when that is all of them */
  float *q;          /* (M,H) */
  float *kv;         /* (T,2H) */
  float *P;          /* probabilities of all heads; NULL without keep */
  float *context;    /* (M,H) */
  float *xhat1, *r1; /* (M,H), (M) */
  float *middle;     /* (M,H) */
  float *u, *g;      /* (M,F) before and after the activation; u (M,2F) when it is gated */
  float *xhat2, *r2; /* (M,H), (M) */
  float *y;          /* (M,H) */
  float *stream;     /* (M,H) pre_norm: the pass's stream, or rows of it */
  float *stream_in;  /* (T,H) the same before the layer, to recompute from; or NULL */
  float *dstream;    /* (M,H) the same of its gradient */
  float *relative;   /* (R,2H) disentangled: queries and keys of the distances */
} Layer;

struct OgPass {
  const OgParams *params;
  const OgArchitectureRow *kind;
  OgTeam *team;
  bool keep;      /* a backward may follow a forward */
  bool recompute; /* of a layer only the input is kept; the rest is made again for its backward */
  size_t base[OG_ROLE_COUNT]; /* offsets into a parameter block, or NOWHERE */
  OgDense *dense;             /* (sets of weights, PRODUCTS) of a packed pass */
  OgPrecision precision;      /* of them */

  /* The batch of the last forward. */
  OgBatch batch;
  uint64_t seed;
  bool ready;                 /* a backward may follow */
  bool embeddings_learn;      /* a backward goes down to them; */
  size_t lowest;              /* or else to this layer */
  size_t longest;             /* tokens of the longest sequence */
  uint32_t *positions;        /* (T) */
  uint32_t *output_positions; /* (M) */
  uint32_t *last_starts;      /* (B+1) starts of the rows of `last` */
  Rows every, last;           /* of all layers but the last, and of the last */
  uint32_t *buckets;   /* (2 longest - 1) disentangled: rows of the distances, -longest + 1 first */
  size_t R, first_row; /* rows of distances that occur, and where they begin in the table */
  void *index;         /* the memory of the arrays above */
  size_t index_capacity; /* bytes */

  float *block; /* the memory of all floats below */
  size_t capacity;
  Layer *layers;     /* (L) */
  float *zeros;      /* (max(H,E)) in place of a bias that the architecture lacks */
  float *xhat0, *r0; /* embeddings: (T,E), (T) */
  float *e0, *x0;    /* (T,E) before the projection, x0 itself without one; (T,H) */
  float *turns[2];   /* (longest,D) of rotary positions, global and local */
  float *distances;  /* (heads, 2 longest - 1) */
  float *stream;     /* (T,H) pre_norm: the sum of all before */
  float *relatives;  /* (R,H) disentangled: LayerNorm of the distances' embeddings */
  float *xhat_relatives, *r_relatives;
  float *scratch; /* of attention, one after another for each thread */
  size_t scratch_size;

  /* Backward. */
  float *gradients;
  float *dhidden; /* (M,H) the caller's */
  float *dx;      /* (T,H); NULL when dhidden has all rows and serves instead */
  float *dstream; /* (T,H) pre_norm: the gradient at the stream */
  float *dropped; /* (T,H); NULL without hidden dropout */
  float *du;      /* (T,F) */
  float *dg;      /* (T,F); du itself when not gated */
  float *dq, *dkv, *dcontext;
  float *de;         /* (T,E); dx0 itself without projection */
  float *drelatives; /* (R,H) */
  float *drelative;  /* (threads,R,2H) */
  float *ddistances; /* (threads, heads, 2 longest - 1) */
  float *partials;   /* (threads, 3 max(H,E)) sums over the rows of one thread */
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

static bool has(const size_t tensors[OG_ROLE_COUNT], OgRole role) {
  return tensors[role] != NOWHERE;
}

/* A tensor's part of a parameter block; NULL when the architecture lacks it. */
static float *part_at(const size_t tensors[OG_ROLE_COUNT], OgRole role, float *block) {
  return has(tensors, role) ? block + tensors[role] : NULL;
}

static const float *base_weight(const OgPass *pass, OgRole role) {
  return part_at(pass->base, role, pass->params->weights);
}

/* A tensor's part of the gradients; NULL when the architecture lacks it, or it is frozen. */
static float *gradient_at(const OgPass *pass, const size_t tensors[OG_ROLE_COUNT], OgRole role) {
  return has(tensors, role) && og_is_trained(pass->params, tensors[role])
             ? og_gradient_at(pass->params, pass->gradients, tensors[role])
             : NULL;
}

static float *base_gradient(const OgPass *pass, OgRole role) {
  return gradient_at(pass, pass->base, role);
}

static const float *weight(const OgPass *pass, const Layer *layer, OgRole role) {
  return part_at(layer->tensors, role, pass->params->weights);
}

static float *gradient(const OgPass *pass, const Layer *layer, OgRole role) {
  return gradient_at(pass, layer->tensors, role);
}

/* dW += dyᵀ x, db += Σ dy of a product with W among the weights; frozen, of its adapters alone. dy
 * (N,O), x (N,K). */
static void weight_backward(const OgPass *pass, const float *W, float *db, const float *dy,
                            const float *x, size_t N, size_t K, size_t O, OgPart part) {
  const OgParams *params = pass->params;
  const size_t offset = (size_t)(W - params->weights);
  if (og_is_trained(params, offset)) {
    og_linear_backward_weight(og_gradient_at(params, pass->gradients, offset), db, dy, x, N, K, O,
                              part);
  } else if (params->lora) {
    og_lora_backward(params->lora, offset, dy, x, N, K, O, part);
  }
}

static const float *or_zeros(const OgPass *pass, const float *vector) {
  return vector ? vector : pass->zeros;
}

/* Key and value are one product: their rows follow the query's in OgParams. */
static const float *key_value(const float *query, size_t size) {
  return query ? query + size : NULL;
}

static size_t embedding_width(const OgPass *pass) {
  return og_config_size(&pass->params->config, OG_SIZE_E);
}

static size_t up_width(const OgPass *pass) {
  return og_config_size(&pass->params->config, pass->kind->gated ? OG_SIZE_2F : OG_SIZE_F);
}

/* Floats of the distances of all heads. */
static size_t distances_size(const OgPass *pass) {
  return pass->params->config.heads * (2 * pass->longest - 1);
}

static size_t partials_width(const OgPass *pass) {
  return 3 * largest(pass->params->config.hidden_size, embedding_width(pass));
}

/* A product's weights (O,K). */
typedef struct Factor {
  const float *W;
  size_t O, K;
} Factor;

static Factor factor_of(const OgPass *pass, const Layer *layer, Product product) {
  const OgConfig *c = &pass->params->config;
  const size_t H = c->hidden_size, F = c->intermediate_size;
  const Factor factors[PRODUCTS] = {
      [QUERY] = {weight(pass, layer, OG_ROLE_QUERY_WEIGHT), H, H},
      [KEY_VALUE] = {weight(pass, layer, OG_ROLE_QUERY_WEIGHT) + H * H, 2 * H, H},
      [MIX] = {weight(pass, layer, OG_ROLE_MIX_WEIGHT), H, H},
      [UP] = {weight(pass, layer, OG_ROLE_UP_WEIGHT), up_width(pass), H},
      [DOWN] = {weight(pass, layer, OG_ROLE_DOWN_WEIGHT), H, F},
  };
  return factors[product];
}

static bool takes_some_rows(const Layer *layer) {
  return layer->xq != layer->x;
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

static void find_tensors(OgPass *pass) {
  const OgParams *params = pass->params;
  for (int role = 0; role < OG_ROLE_COUNT; role++) {
    const size_t base = og_params_role(params, (OgRole)role, 0);
    pass->base[role] = base < params->count ? params->tensors[base].offset : NOWHERE;
    for (size_t l = 0; l < params->config.layers; l++) {
      const size_t found = og_params_role(params, (OgRole)role, l);
      pass->layers[l].tensors[role] =
          found < params->count ? params->tensors[found].offset : NOWHERE;
    }
  }
}

OgStatus og_pass_new(const OgParams *params, OgTeam *team, OgKeep keep, OgPass **pass,
                     OgError *err) {
  OG_TRY(og_blas_load(err));
  OgPass *made = OG_NEW(OgPass);
  if (!made) {
    return og_error_no_memory(err);
  }
  *made = (OgPass){.params = params,
                   .kind = og_architecture(params->config.architecture),
                   .team = team,
                   .keep = keep != OG_KEEP_NOTHING,
                   .recompute = keep == OG_KEEP_INPUTS};
  made->layers = OG_NEW_ARRAY(Layer, params->config.layers);
  if (!made->layers) {
    og_pass_free(made);
    return og_error_no_memory(err);
  }
  find_tensors(made);
  for (size_t l = 0; l < params->config.layers; l++) {
    const size_t every = params->config.global_every;
    made->layers[l].local = every > 0 && l % every != 0;
  }
  *pass = made;
  return OG_OK;
}

/* Layers that share their weights share what is made of them. */
static size_t dense_sets(const OgPass *pass) {
  return pass->kind->shared ? 1 : pass->params->config.layers;
}

static void pack_part(void *data, int thread) {
  const OgPass *pass = data;
  const OgPart part = part_of(pass, thread);
  for (size_t k = 0; k < dense_sets(pass) * PRODUCTS; k++) {
    const Layer *layer = &pass->layers[k / PRODUCTS];
    og_dense_pack(&pass->dense[k], factor_of(pass, layer, (Product)(k % PRODUCTS)).W, part);
  }
}

static void clear_dense(OgPass *pass) {
  for (size_t k = 0; pass->dense && k < dense_sets(pass) * PRODUCTS; k++) {
    og_dense_clear(&pass->dense[k]);
  }
  og_free(pass->dense);
  pass->dense = NULL;
}

OgStatus og_pass_pack(OgPass *pass, OgPrecision precision, OgError *err) {
  const size_t sets = dense_sets(pass);
  clear_dense(pass);
  pass->dense = OG_NEW_ARRAY(OgDense, sets * PRODUCTS);
  OgStatus status = pass->dense ? OG_OK : og_error_no_memory(err);
  for (size_t k = 0; status == OG_OK && k < sets * PRODUCTS; k++) {
    const Factor factor = factor_of(pass, &pass->layers[k / PRODUCTS], (Product)(k % PRODUCTS));
    status = og_dense_init(&pass->dense[k], precision, factor.O, factor.K, err);
  }
  if (status != OG_OK) {
    clear_dense(pass);
    return status;
  }
  pass->precision = precision;
  og_team_run(pass->team, pack_part, pass);
  for (size_t l = 0; l < pass->params->config.layers; l++) {
    pass->layers[l].dense = pass->dense + l % sets * PRODUCTS;
  }
  return OG_OK;
}

void og_pass_free(OgPass *pass) {
  if (!pass) {
    return;
  }
  clear_dense(pass);
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
  if (config->type_vocab_size > 0) {
    OG_TRY(check_below("token type", batch->types, batch->T, config->type_vocab_size, err));
  }
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

/* Of a distance i - j: itself up to half the buckets, then by its logarithm (He et al. 2021): below
 * distance_buckets, because no text is longer than the positions. */
static ptrdiff_t bucket_of_relative(ptrdiff_t distance, const OgConfig *config) {
  const ptrdiff_t middle = (ptrdiff_t)config->distance_buckets / 2;
  const ptrdiff_t size = distance < 0 ? -distance : distance;
  if (size <= middle) {
    return distance;
  }
  const float farthest = (float)(config->max_positions - 1) / (float)middle;
  const float share = logf((float)size / (float)middle) / logf(farthest);
  const ptrdiff_t far = middle + (ptrdiff_t)ceilf(share * (float)(middle - 1));
  return distance < 0 ? -far : far;
}

static void index_distances(OgPass *pass) {
  const OgConfig *config = &pass->params->config;
  const ptrdiff_t last = (ptrdiff_t)pass->longest - 1;
  if (!pass->kind->disentangled) {
    return;
  }
  const ptrdiff_t outermost = bucket_of_relative(last, config);
  for (ptrdiff_t distance = -last; distance <= last; distance++) {
    pass->buckets[distance + last] = (uint32_t)(bucket_of_relative(distance, config) + outermost);
  }
  pass->R = (size_t)(2 * outermost + 1);
  pass->first_row = config->distance_buckets - (size_t)outermost;
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
    for (; batch->outputs && m < batch->M && batch->outputs[m] < end; m++) {
      pass->output_positions[m] = batch->outputs[m] - begin;
    }
  }
  pass->last_starts[batch->B] = (uint32_t)m;
  index_distances(pass);
  pass->every.M = batch->T;
  pass->every.starts = batch->offsets;
  pass->last.M = batch->outputs ? batch->M : batch->T;
  pass->last.starts = batch->outputs ? pass->last_starts : batch->offsets;
  count_rows(&pass->every, batch, pass->params->config.heads);
  count_rows(&pass->last, batch, pass->params->config.heads);
}

/* Bytes of the indices of a batch. */
static size_t index_size(const OgPass *pass, const OgBatch *batch) {
  const size_t prefix = batch->B + 1, outputs = batch->outputs ? batch->M : 0;
  const size_t distances = pass->kind->disentangled ? 2 * batch->T : 0;
  const size_t numbers = prefix + batch->T + outputs + distances;
  return 4 * prefix * sizeof(size_t) + numbers * sizeof(uint32_t);
}

/* Make room for the indices of a batch, and fill them. */
static OgStatus take_batch(OgPass *pass, const OgBatch *batch, uint64_t seed, OgError *err) {
  const size_t prefix = batch->B + 1, outputs = batch->outputs ? batch->M : 0;
  const size_t needed = index_size(pass, batch);
  if (needed > pass->index_capacity) {
    void *index = og_realloc(pass->index, 1, needed);
    if (!index) {
      return og_error_no_memory(err);
    }
    pass->index = index;
    pass->index_capacity = needed;
  }
  size_t *sums = pass->index;
  pass->every.probabilities = sums;
  pass->every.costs = sums + prefix;
  pass->last.probabilities = sums + 2 * prefix;
  pass->last.costs = sums + 3 * prefix;
  pass->last_starts = (uint32_t *)(sums + 4 * prefix);
  pass->positions = pass->last_starts + prefix;
  pass->output_positions = pass->positions + batch->T;
  pass->buckets = pass->output_positions + outputs;
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

/* What of a layer is kept whatever happens to the rest. */
static void carve_output(Carver *carver, const OgPass *pass, Layer *layer) {
  const size_t H = pass->params->config.hidden_size;
  layer->y = pass->keep ? carve(carver, layer->rows->M, H) : layer->x;
  layer->stream_in =
      pass->recompute && pass->kind->pre_norm ? carve(carver, pass->batch.T, H) : NULL;
}

static void carve_layer(Carver *carver, const OgPass *pass, Layer *layer) {
  const size_t H = pass->params->config.hidden_size, F = pass->params->config.intermediate_size;
  const size_t T = pass->batch.T, M = layer->rows->M, B = pass->batch.B;
  layer->xq = layer->rows->starts == pass->batch.offsets ? layer->x : carve(carver, M, H);
  layer->q = carve(carver, M, H);
  layer->kv = carve(carver, T, 2 * H);
  layer->relative = pass->kind->disentangled ? carve(carver, pass->R, 2 * H) : NULL;
  layer->context = pass->keep ? carve(carver, M, H) : layer->q;
  layer->middle = carve(carver, M, H);
  layer->u = carve(carver, M, up_width(pass));
  layer->g = pass->keep || pass->kind->gated ? carve(carver, M, F) : layer->u;
  if (!pass->recompute) {
    carve_output(carver, pass, layer);
  }
  if (pass->keep) {
    layer->P = carve(carver, 1, layer->rows->probabilities[B]);
    layer->xhat1 = carve(carver, M, H);
    layer->xhat2 = carve(carver, M, H);
    layer->r1 = carve(carver, M, 1);
    layer->r2 = carve(carver, M, 1);
  }
}

/* A last layer that takes some rows has them in a place of their own. */
static float *carve_last_stream(Carver *carver, const OgPass *pass, float *every) {
  return every && pass->batch.outputs
             ? carve(carver, pass->batch.M, pass->params->config.hidden_size)
             : every;
}

static void carve_backward(Carver *carver, OgPass *pass) {
  const OgConfig *c = &pass->params->config;
  const size_t H = c->hidden_size, T = pass->batch.T, F = c->intermediate_size;
  const size_t threads = (size_t)og_team_size(pass->team);
  pass->dx = pass->batch.outputs ? carve(carver, T, H) : NULL;
  pass->dropped = c->hidden_dropout > 0 && pass->seed ? carve(carver, T, H) : NULL;
  pass->du = carve(carver, T, up_width(pass));
  pass->dg = pass->kind->gated ? carve(carver, T, F) : pass->du;
  pass->dq = carve(carver, T, H);
  pass->dkv = carve(carver, T, 2 * H);
  pass->dcontext = carve(carver, T, H);
  pass->de =
      has(pass->base, OG_ROLE_PROJECTION_WEIGHT) ? carve(carver, T, embedding_width(pass)) : NULL;
  pass->ddistances =
      has(pass->base, OG_ROLE_DISTANCES) ? carve(carver, threads, distances_size(pass)) : NULL;
  pass->drelatives = pass->kind->disentangled ? carve(carver, pass->R, H) : NULL;
  pass->drelative = pass->kind->disentangled ? carve(carver, threads, pass->R * 2 * H) : NULL;
  pass->partials = carve(carver, threads, partials_width(pass));
  pass->dstream = pass->kind->pre_norm ? carve(carver, T, H) : NULL;
  for (size_t l = 0; l < c->layers; l++) {
    pass->layers[l].dstream = pass->dstream;
  }
  pass->layers[c->layers - 1].dstream = carve_last_stream(carver, pass, pass->dstream);
}

static void carve_embeddings(Carver *carver, OgPass *pass) {
  const OgConfig *c = &pass->params->config;
  const size_t E = embedding_width(pass), T = pass->batch.T, S = pass->longest;
  pass->zeros = carve(carver, 1, partials_width(pass) / 3);
  pass->x0 = carve(carver, T, c->hidden_size);
  pass->e0 = has(pass->base, OG_ROLE_PROJECTION_WEIGHT) ? carve(carver, T, E) : pass->x0;
  pass->xhat0 = pass->keep ? carve(carver, T, E) : NULL;
  pass->r0 = pass->keep ? carve(carver, T, 1) : NULL;
  for (size_t k = 0; pass->kind->rotary && k < OG_COUNT(pass->turns); k++) {
    pass->turns[k] = carve(carver, S, head_width(c));
  }
  pass->distances =
      has(pass->base, OG_ROLE_DISTANCES) ? carve(carver, 1, distances_size(pass)) : NULL;
  if (pass->kind->disentangled) {
    pass->relatives = carve(carver, pass->R, c->hidden_size);
    pass->xhat_relatives = carve(carver, pass->R, c->hidden_size);
    pass->r_relatives = carve(carver, pass->R, 1);
  }
  pass->stream = pass->kind->pre_norm ? carve(carver, T, c->hidden_size) : NULL;
  for (size_t l = 0; l < c->layers; l++) {
    pass->layers[l].stream = pass->stream;
  }
  pass->layers[c->layers - 1].stream = carve_last_stream(carver, pass, pass->stream);
}

static void carve_layers(Carver *carver, OgPass *pass) {
  const size_t layers = pass->params->config.layers;
  for (size_t l = 0; l < layers; l++) {
    pass->layers[l].rows = l + 1 < layers ? &pass->every : &pass->last;
    if (pass->recompute) {
      carve_output(carver, pass, &pass->layers[l]);
    }
  }
  const bool shared = pass->recompute || !pass->keep;
  const size_t first = carver->used;
  size_t most = first;
  for (size_t l = 0; l < layers; l++) {
    pass->layers[l].x = l > 0 ? pass->layers[l - 1].y : pass->x0;
    carver->used = shared ? first : carver->used;
    carve_layer(carver, pass, &pass->layers[l]);
    most = largest(most, carver->used);
  }
  carver->used = most;
}

/* Place every array of the pass in block; returns the floats that it takes. */
static size_t lay_out(OgPass *pass, float *block) {
  const OgConfig *c = &pass->params->config;
  const size_t S = pass->longest;
  Carver carver = {block, 0};
  carve_embeddings(&carver, pass);
  pass->scratch_size = og_attention_scratch(S, S, head_width(c), pass->R) +
                       (pass->keep ? 0 : S * OG_PROBABILITY_STRIDE(S));
  if (pass->dense) {
    const size_t K = largest(c->hidden_size, c->intermediate_size);
    pass->scratch_size = largest(pass->scratch_size, og_dense_scratch(pass->precision, K));
  }
  pass->scratch = carve(&carver, (size_t)og_team_size(pass->team), pass->scratch_size);

  carve_layers(&carver, pass);
  if (pass->keep) {
    carve_backward(&carver, pass);
  }
  return carver.used;
}

/* Make the block large enough. spare: for the next batch, too, which may be a little larger. */
static OgStatus make_room(OgPass *pass, bool spare, OgError *err) {
  const size_t needed = lay_out(pass, NULL);
  if (needed > pass->capacity) {
    const size_t room = needed + (spare ? needed / 8 : 0);
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
  return OG_OK;
}

/* Room for a batch, which the arrays then are for. */
static OgStatus place_batch(OgPass *pass, OgError *err) {
  OG_TRY(make_room(pass, true, err));
  lay_out(pass, pass->block);
  memset(pass->zeros, 0, partials_width(pass) / 3 * sizeof(float));
  return OG_OK;
}

OgStatus og_pass_size(OgPass *pass, const OgBatch *shape, size_t *bytes, OgError *err) {
  pass->ready = false;
  OG_TRY(check_sequences(shape, &pass->params->config, err));
  OG_TRY(take_batch(pass, shape, 1, err));
  *bytes = lay_out(pass, NULL) * sizeof(float) + index_size(pass, shape);
  return OG_OK;
}

OgStatus og_pass_reserve(OgPass *pass, const OgBatch *shape, OgError *err) {
  size_t bytes;
  OG_TRY(og_pass_size(pass, shape, &bytes, err));
  return make_room(pass, false, err);
}

/* ---- Sums over rows, by thread ---- */

/* total += the k-th third of all threads' partial sums, each `width` wide, in this thread's
 * columns. After a barrier. */
static void add_partials(const OgPass *pass, float *total, size_t k, size_t width, OgPart part) {
  size_t begin, end;
  og_share(width, COLUMN_GRAIN, part.thread, part.threads, &begin, &end);
  if (total) {
    og_bias_backward(total + begin, pass->partials + k * width + begin, (size_t)part.threads,
                     end - begin, 3 * width);
  }
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
  size_t distances;
  size_t relative; /* offset in (R,2H) arrays */
} Head;

static Head head_of(const OgPass *pass, const Layer *layer, size_t number) {
  const OgConfig *c = &pass->params->config;
  const Rows *rows = layer->rows;
  const size_t H = c->hidden_size, D = head_width(c);
  const size_t b = number / c->heads, h = number % c->heads;
  const size_t M = rows->starts[b + 1] - rows->starts[b];
  const size_t S = pass->batch.offsets[b + 1] - pass->batch.offsets[b];
  /* the distance 0 of this head */
  const size_t distances = h * (2 * pass->longest - 1) + pass->longest - 1;
  return (Head){
      .shape = {.M = M,
                .S = S,
                .D = D,
                .q_stride = H,
                .kv_stride = 2 * H,
                .positions =
                    takes_some_rows(layer) ? pass->output_positions + rows->starts[b] : NULL,
                .reach = layer->local && c->local_window / 2 + 1 < S ? c->local_window / 2 : 0,
                .distances = pass->distances ? pass->distances + distances : NULL,
                .relative_queries = layer->relative ? layer->relative + h * D : NULL,
                .relative_keys = layer->relative ? layer->relative + H + h * D : NULL,
                .scale = layer->relative ? 1.0f / sqrtf(3.0f * (float)D) : 0,
                .bucket = pass->buckets + pass->longest - 1,
                .R = pass->R,
                .relative_stride = 2 * H},
      .q = rows->starts[b] * H + h * D,
      .kv = pass->batch.offsets[b] * 2 * H + h * D,
      .P = rows->probabilities[b] + h * M * OG_PROBABILITY_STRIDE(S),
      .row = rows->starts[b] * c->heads + h * M,
      .distances = distances,
      .relative = h * D,
  };
}

/* Turn a head's queries (or their gradient back, sign -1) and its keys by their positions. */
static void turn(const OgPass *pass, const Layer *layer, const Head *head, float *q, float *k,
                 float sign) {
  const OgAttentionShape *s = &head->shape;
  const float *table = pass->turns[layer->local];
  if (pass->kind->rotary) {
    og_rotary(q, table, s->positions, sign, s->M, s->D, s->q_stride);
    og_rotary(k, table, NULL, sign, s->S, s->D, s->kv_stride);
  }
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
    const Head head = head_of(pass, layer, k);
    float *keys = layer->kv + head.kv;
    turn(pass, layer, &head, layer->q + head.q, keys, 1);
    og_attention_forward(layer->context + head.q, pass->keep ? layer->P + head.P : passing,
                         layer->q + head.q, keys, keys + H, &head.shape, dropout, head.row,
                         scratch);
  }
}

/* A thread's sums over its heads, and over all layers. */
static float *ddistances_of(const OgPass *pass, OgPart part) {
  return pass->ddistances ? pass->ddistances + (size_t)part.thread * distances_size(pass) : NULL;
}

/* The same of the queries and keys of distances, of one layer. */
static float *drelative_of(const OgPass *pass, OgPart part) {
  const size_t size = pass->R * 2 * pass->params->config.hidden_size;
  return pass->drelative ? pass->drelative + (size_t)part.thread * size : NULL;
}

static void attend_backward(const OgPass *pass, const Layer *layer, OgPart part) {
  const size_t H = pass->params->config.hidden_size;
  float *scratch = pass->scratch + (size_t)part.thread * pass->scratch_size;
  float *ddistances = ddistances_of(pass, part), *drelative = drelative_of(pass, part);
  const OgDropout dropout = layer_dropout(pass, layer, DROP_PROBABILITIES);
  size_t begin, end;
  share_heads(pass, layer->rows, part, &begin, &end);
  if (drelative) {
    memset(drelative, 0, pass->R * 2 * H * sizeof *drelative);
  }
  for (size_t k = begin; k < end; k++) {
    const Head head = head_of(pass, layer, k);
    const float *keys = layer->kv + head.kv;
    float *dkeys = pass->dkv + head.kv;
    const OgAttentionGradients d = {
        .q = pass->dq + head.q,
        .k = dkeys,
        .v = dkeys + H,
        .distances = ddistances ? ddistances + head.distances : NULL,
        .relative_queries = drelative ? drelative + head.relative : NULL,
        .relative_keys = drelative ? drelative + H + head.relative : NULL,
    };
    og_attention_backward(d, pass->dcontext + head.q, layer->P + head.P, layer->q + head.q, keys,
                          keys + H, &head.shape, dropout, head.row, scratch);
    turn(pass, layer, &head, pass->dq + head.q, dkeys, -1);
  }
}

/* ---- Distances: r[j - i] = the table's bucket of j - i, for every head ---- */

/* T5's buckets (Raffel et al. 2020), as MPNet has them: half of them for keys behind the query;
 * of each half the first half for a distance each, the others by its logarithm, up to 128. */
static size_t bucket_of(ptrdiff_t distance, size_t buckets) {
  enum { FARTHEST = 128 };
  const size_t half = buckets / 2, exact = half / 2;
  const size_t size = (size_t)(distance < 0 ? -distance : distance);
  const size_t base = distance > 0 ? half : 0;
  if (size < exact) {
    return base + size;
  }
  const float share = logf((float)size / (float)exact) / logf((float)FARTHEST / (float)exact);
  const size_t far = exact + (size_t)(share * (float)(half - exact));
  return base + (far < half ? far : half - 1);
}

static void look_up_distances(const OgPass *pass, OgPart part) {
  const OgConfig *c = &pass->params->config;
  const float *table = base_weight(pass, OG_ROLE_DISTANCES);
  const ptrdiff_t last = (ptrdiff_t)pass->longest - 1;
  size_t begin, end;
  og_share(c->heads, 1, part.thread, part.threads, &begin, &end);
  for (size_t h = begin; pass->distances && h < end; h++) {
    float *row = pass->distances + h * (2 * pass->longest - 1) + last;
    for (ptrdiff_t d = -last; d <= last; d++) {
      row[d] = table[bucket_of(d, c->distance_buckets) * c->heads + h];
    }
  }
}

/* After a barrier: the gradients of all threads, by bucket. */
static void distances_backward(const OgPass *pass, OgPart part) {
  const OgConfig *c = &pass->params->config;
  float *dtable = base_gradient(pass, OG_ROLE_DISTANCES);
  const ptrdiff_t last = (ptrdiff_t)pass->longest - 1;
  size_t begin, end;
  og_share(c->heads, 1, part.thread, part.threads, &begin, &end);
  for (int thread = 0; dtable && thread < part.threads; thread++) {
    const float *sums = ddistances_of(pass, (OgPart){thread, part.threads});
    for (size_t h = begin; h < end; h++) {
      const float *row = sums + h * (2 * pass->longest - 1) + last;
      for (ptrdiff_t d = -last; d <= last; d++) {
        dtable[bucket_of(d, c->distance_buckets) * c->heads + h] += row[d];
      }
    }
  }
}

/* ---- Queries and keys of distances ----
 *
 *   relatives = LayerNorm(the table's rows that occur),  [Q̂ K̂] = relatives [Wq Wk]ᵀ + [bq bk]
 */

static void look_up_relatives(const OgPass *pass, OgPart part) {
  const OgConfig *c = &pass->params->config;
  const size_t H = c->hidden_size;
  size_t begin, end;
  og_share(pass->R, 1, part.thread, part.threads, &begin, &end);
  if (pass->kind->disentangled) {
    const float *rows = base_weight(pass, OG_ROLE_RELATIVES) + (pass->first_row + begin) * H;
    og_norm_forward(pass->relatives + begin * H, pass->xhat_relatives + begin * H,
                    pass->r_relatives + begin, rows, base_weight(pass, OG_ROLE_RELATIVES_GAIN),
                    base_weight(pass, OG_ROLE_RELATIVES_SHIFT), c->layer_norm_eps, end - begin, H);
  }
}

/* After a barrier: what a layer's attention left by thread, summed up and passed back. */
static void project_relatives_backward(const OgPass *pass, const Layer *layer, OgPart part) {
  const size_t H = pass->params->config.hidden_size, R = pass->R;
  size_t begin, end;
  if (!pass->kind->disentangled) {
    return;
  }
  og_share(R * 2 * H, COLUMN_GRAIN, part.thread, part.threads, &begin, &end);
  for (int thread = 1; thread < part.threads; thread++) {
    const float *more = drelative_of(pass, (OgPart){thread, part.threads});
    og_bias_backward(pass->drelative + begin, more + begin, 1, end - begin, 0);
  }
  og_team_barrier(pass->team);
  og_linear_backward_input(pass->drelatives, 1, pass->drelative,
                           weight(pass, layer, OG_ROLE_QUERY_WEIGHT), R, H, 2 * H, part);
  weight_backward(pass, weight(pass, layer, OG_ROLE_QUERY_WEIGHT),
                  gradient(pass, layer, OG_ROLE_QUERY_BIAS), pass->drelative, pass->relatives, R, H,
                  2 * H, part);
  og_team_barrier(pass->team);
}

/* At the end of a backward, when the partial sums are free again. */
static void relatives_backward(const OgPass *pass, OgPart part) {
  const size_t H = pass->params->config.hidden_size, R = pass->R;
  float *sums = pass->partials + (size_t)part.thread * 3 * H;
  size_t begin, end;
  if (!pass->kind->disentangled) {
    return;
  }
  og_team_barrier(pass->team);
  og_share(R, 1, part.thread, part.threads, &begin, &end);
  float *rows = pass->drelatives + begin * H;
  float *table = base_gradient(pass, OG_ROLE_RELATIVES) + (pass->first_row + begin) * H;
  memset(sums, 0, 3 * H * sizeof *sums);
  og_norm_backward(rows, sums, sums + H, rows, pass->xhat_relatives + begin * H,
                   pass->r_relatives + begin, base_weight(pass, OG_ROLE_RELATIVES_GAIN),
                   end - begin, H);
  og_bias_backward(table, rows, 1, (end - begin) * H, 0);
  og_team_barrier(pass->team);
  add_partials(pass, base_gradient(pass, OG_ROLE_RELATIVES_GAIN), 0, H, part);
  add_partials(pass, base_gradient(pass, OG_ROLE_RELATIVES_SHIFT), 1, H, part);
}

/* ---- Embeddings ----
 *
 *   e0 = dropout(LayerNorm(words[id] + positions[t] + types[type])),  x0 = e0 or e0 Wᵀ + b
 */

/* The row of the table of positions that a sequence's first token takes. */
static size_t first_position(const OgPass *pass) {
  return og_config_first_position(&pass->params->config) * embedding_width(pass);
}

static const float *position_table(const OgPass *pass) {
  const float *table = base_weight(pass, OG_ROLE_POSITIONS);
  return table ? table + first_position(pass) : NULL;
}

static void make_turns(const OgPass *pass, OgPart part) {
  const OgConfig *c = &pass->params->config;
  const float thetas[] = {[false] = c->global_theta, [true] = c->local_theta};
  size_t begin, end;
  og_share(pass->longest, 1, part.thread, part.threads, &begin, &end);
  for (size_t k = 0; pass->kind->rotary && k < OG_COUNT(thetas); k++) {
    og_rotary_table(pass->turns[k], thetas[k], begin, end, head_width(c));
  }
}

static void embed_forward(const OgPass *pass, OgPart part) {
  const OgConfig *c = &pass->params->config;
  const OgBatch *batch = &pass->batch;
  const size_t E = embedding_width(pass);
  const OgDropout dropout = dropout_at(pass, 0, c->hidden_dropout);
  size_t begin, end;
  og_share(batch->T, 1, part.thread, part.threads, &begin, &end);
  for (size_t t = begin; t < end; t += ROW_BLOCK) {
    const size_t N = end - t < ROW_BLOCK ? end - t : ROW_BLOCK;
    float *x = pass->e0 + t * E, *xhat = pass->keep ? pass->xhat0 + t * E : NULL;
    float *sum = xhat ? xhat : x;
    og_embedding_forward(sum, base_weight(pass, OG_ROLE_WORDS), position_table(pass),
                         base_weight(pass, OG_ROLE_TYPES), batch->ids + t, pass->positions + t,
                         batch->types ? batch->types + t : NULL, N, E);
    og_norm_forward(
        x, xhat, pass->keep ? pass->r0 + t : NULL, sum, base_weight(pass, OG_ROLE_EMBEDDING_GAIN),
        or_zeros(pass, base_weight(pass, OG_ROLE_EMBEDDING_SHIFT)), c->layer_norm_eps, N, E);
    if (dropout.seed) {
      og_dropout(x, x, dropout, t, N, E);
    }
  }
  if (pass->kind->pre_norm) {
    memcpy(pass->stream + begin * E, pass->e0 + begin * E, (end - begin) * E * sizeof(float));
  }
  make_turns(pass, part);
  look_up_distances(pass, part);
  look_up_relatives(pass, part);
  if (has(pass->base, OG_ROLE_PROJECTION_WEIGHT)) {
    og_team_barrier(pass->team);
    og_linear_forward(pass->x0, pass->e0, base_weight(pass, OG_ROLE_PROJECTION_WEIGHT),
                      base_weight(pass, OG_ROLE_PROJECTION_BIAS), batch->T, E, c->hidden_size,
                      part);
  }
}

/* ---- LayerNorm on a sublayer's output, with what stands before it ---- */

/* s = dropout(product + bias) + residual, y = LayerNorm(s) in a thread's rows. The product stands
 * in xhat, or in y when nothing is kept; s takes its place, or with pre_norm that of the residual,
 * which is the stream then. */
typedef struct Norm {
  float *y, *xhat, *r;
  const float *residual;
  OgRole bias, gain, shift;
  DropoutSite site;
} Norm;

static Norm norm_after_attention(const Layer *layer) {
  return (Norm){layer->middle,    layer->xhat1,   layer->r1,       layer->xq,
                OG_ROLE_MIX_BIAS, OG_ROLE_GAIN_1, OG_ROLE_SHIFT_1, DROP_MIX};
}

static Norm norm_after_feed_forward(const Layer *layer) {
  return (Norm){layer->y,          layer->xhat2,   layer->r2,       layer->middle,
                OG_ROLE_DOWN_BIAS, OG_ROLE_GAIN_2, OG_ROLE_SHIFT_2, DROP_DOWN};
}

static float *product_before(const OgPass *pass, const Norm *norm) {
  return pass->keep ? norm->xhat : norm->y;
}

static void norm_forward(const OgPass *pass, const Layer *layer, Norm norm, OgPart part) {
  const OgConfig *c = &pass->params->config;
  const size_t H = c->hidden_size;
  const OgDropout dropout = layer_dropout(pass, layer, norm.site);
  const float *bias = or_zeros(pass, weight(pass, layer, norm.bias));
  const float *shift = or_zeros(pass, weight(pass, layer, norm.shift));
  size_t begin, end;
  og_share(layer->rows->M, 1, part.thread, part.threads, &begin, &end);
  for (size_t m = begin; m < end; m += ROW_BLOCK) {
    const size_t N = end - m < ROW_BLOCK ? end - m : ROW_BLOCK;
    float *product = product_before(pass, &norm) + m * H;
    float *sum = layer->stream ? layer->stream + m * H : product;
    const float *residual = layer->stream ? sum : norm.residual + m * H;
    og_residual_forward(sum, product, bias, residual, dropout, m, N, H);
    og_norm_forward(norm.y + m * H, pass->keep ? product : NULL, pass->keep ? norm.r + m : NULL,
                    sum, weight(pass, layer, norm.gain), shift, c->layer_norm_eps, N, H);
  }
}

/* The gradient at s is left in dy, or with pre_norm added to the stream's; what is returned (N rows
 * from 0) is the gradient at the product: the same, or without the dropped elements. Gradients of
 * gain, shift and bias are left in the thread's partial sums. */
static const float *norm_backward(const OgPass *pass, const Layer *layer, Norm norm, float *dy,
                                  OgPart part) {
  const size_t H = pass->params->config.hidden_size;
  const OgDropout dropout = layer_dropout(pass, layer, norm.site), none = {0};
  float *sums = pass->partials + (size_t)part.thread * 3 * H;
  float *dsum = layer->dstream ? layer->dstream : dy;
  float *dproduct = dropout.seed ? pass->dropped : dsum;
  size_t begin, end;
  og_share(layer->rows->M, 1, part.thread, part.threads, &begin, &end);
  memset(sums, 0, 3 * H * sizeof *sums);
  for (size_t m = begin; m < end; m += ROW_BLOCK) {
    const size_t N = end - m < ROW_BLOCK ? end - m : ROW_BLOCK;
    og_norm_backward(dy + m * H, sums, sums + H, dy + m * H, norm.xhat + m * H, norm.r + m,
                     weight(pass, layer, norm.gain), N, H);
    if (layer->dstream) {
      og_residual_forward(dsum + m * H, dy + m * H, pass->zeros, dsum + m * H, none, m, N, H);
    }
    if (dropout.seed) {
      og_dropout(dproduct + m * H, dsum + m * H, dropout, m, N, H);
    }
    og_bias_backward(sums + 2 * H, dproduct + m * H, N, H, H);
  }
  return dproduct;
}

static void add_norm_partials(const OgPass *pass, const Layer *layer, Norm norm, OgPart part) {
  const size_t H = pass->params->config.hidden_size;
  add_partials(pass, gradient(pass, layer, norm.gain), 0, H, part);
  add_partials(pass, gradient(pass, layer, norm.shift), 1, H, part);
  add_partials(pass, gradient(pass, layer, norm.bias), 2, H, part);
}

/* ---- A layer ----
 *
 *   q = xq Wqᵀ + bq,  [k v] = x Wkvᵀ + bkv,  context = attention(q, k, v)
 *   middle = LayerNorm(residual + dropout(context Woᵀ + bo)),  residual = xq
 *   g = f(middle W1ᵀ + b1),  y = LayerNorm(residual + dropout(g W2ᵀ + b2)),  residual = middle
 *
 * pre_norm: residual is the stream, which is x0 at first, and the sum before the last LayerNorm
 * then.
 */

/* some (M,H) = the rows of every (T,H) named by outputs. */
static void gather_rows(const OgPass *pass, float *some, const float *every, OgPart part) {
  const size_t H = pass->params->config.hidden_size;
  size_t begin, end;
  og_share(pass->batch.M, 1, part.thread, part.threads, &begin, &end);
  for (size_t m = begin; m < end; m++) {
    memcpy(some + m * H, every + pass->batch.outputs[m] * H, H * sizeof(float));
  }
}

/* The rows of every (T,H) named by outputs += some (M,H). */
static void scatter_rows(const OgPass *pass, float *every, const float *some, OgPart part) {
  const size_t H = pass->params->config.hidden_size;
  size_t begin, end;
  og_share(pass->batch.M, 1, part.thread, part.threads, &begin, &end);
  og_embedding_backward(every, some + begin * H, pass->batch.outputs + begin, end - begin, H, 0, H);
}

/* y (N,O) = x (N,K) Wᵀ + b: the part's tile of it. */
static void multiply(const OgPass *pass, const Layer *layer, Product product, float *y,
                     const float *x, const float *b, size_t N, OgPart part) {
  if (layer->dense && (pass->precision != OG_PRECISION_F32 || N <= PANEL_ROWS)) {
    og_dense_forward(y, x, &layer->dense[product], b, N, part,
                     pass->scratch + (size_t)part.thread * pass->scratch_size);
  } else {
    const Factor factor = factor_of(pass, layer, product);
    og_linear_forward(y, x, factor.W, b, N, factor.K, factor.O, part);
  }
}

static void attention_forward(OgPass *pass, const Layer *layer, OgPart part) {
  const size_t H = pass->params->config.hidden_size, T = pass->batch.T, M = layer->rows->M;
  const Norm norm = norm_after_attention(layer);
  const float *bq = weight(pass, layer, OG_ROLE_QUERY_BIAS);
  if (takes_some_rows(layer)) {
    gather_rows(pass, layer->xq, layer->x, part);
    if (layer->stream) {
      gather_rows(pass, layer->stream, pass->stream, part);
    }
    og_team_barrier(pass->team);
  }
  multiply(pass, layer, QUERY, layer->q, layer->xq, bq, M, part);
  multiply(pass, layer, KEY_VALUE, layer->kv, layer->x, key_value(bq, H), T, part);
  if (layer->relative) {
    const float *Wq = weight(pass, layer, OG_ROLE_QUERY_WEIGHT);
    og_linear_forward(layer->relative, pass->relatives, Wq, bq, pass->R, H, 2 * H, part);
  }
  og_team_barrier(pass->team);
  attend_forward(pass, layer, part);
  og_team_barrier(pass->team);
  multiply(pass, layer, MIX, product_before(pass, &norm), layer->context, NULL, M, part);
  og_team_barrier(pass->team);
  norm_forward(pass, layer, norm, part);
}

/* g = f(u), u without its bias so far. A gated unit's two factors may be of two threads' tiles. */
static void activate(const OgPass *pass, const Layer *layer, OgPart part) {
  const OgConfig *c = &pass->params->config;
  const size_t F = c->intermediate_size;
  const OgTile tile = og_tile(layer->rows->M, F, part);
  if (pass->kind->gated) {
    og_team_barrier(pass->team);
    og_gated_forward(c->activation, layer->g, layer->u, tile, F);
  } else {
    og_activation_forward(c->activation, layer->g, layer->u, weight(pass, layer, OG_ROLE_UP_BIAS),
                          tile, F);
  }
}

static void feed_forward_forward(OgPass *pass, const Layer *layer, OgPart part) {
  const size_t M = layer->rows->M;
  const Norm norm = norm_after_feed_forward(layer);
  multiply(pass, layer, UP, layer->u, layer->middle, NULL, M, part);
  activate(pass, layer, part);
  og_team_barrier(pass->team);
  multiply(pass, layer, DOWN, product_before(pass, &norm), layer->g, NULL, M, part);
  og_team_barrier(pass->team);
  norm_forward(pass, layer, norm, part);
}

/* du from dg (M,F), in the same tile. */
static void activate_backward(const OgPass *pass, const Layer *layer, OgPart part) {
  const OgConfig *c = &pass->params->config;
  const size_t F = c->intermediate_size;
  const OgTile tile = og_tile(layer->rows->M, F, part);
  if (pass->kind->gated) {
    og_gated_backward(c->activation, pass->du, pass->dg, layer->u, tile, F);
  } else {
    og_activation_backward(c->activation, pass->du, layer->u, tile, F);
  }
}

/* With pre_norm the way past a product goes through the stream, not through its input. */
static float beside(const Layer *layer) {
  return layer->dstream ? 0.0f : 1.0f;
}

/* dy (M,H), the gradient at y, becomes the gradient at middle. */
static void feed_forward_backward(OgPass *pass, const Layer *layer, float *dy, OgPart part) {
  const OgConfig *c = &pass->params->config;
  const size_t H = c->hidden_size, F = c->intermediate_size, M = layer->rows->M;
  const size_t U = up_width(pass);
  const Norm norm = norm_after_feed_forward(layer);
  const float *dproduct = norm_backward(pass, layer, norm, dy, part);
  og_team_barrier(pass->team);
  add_norm_partials(pass, layer, norm, part);
  og_linear_backward_input(pass->dg, 0, dproduct, weight(pass, layer, OG_ROLE_DOWN_WEIGHT), M, F, H,
                           part);
  activate_backward(pass, layer, part);
  weight_backward(pass, weight(pass, layer, OG_ROLE_DOWN_WEIGHT), NULL, dproduct, layer->g, M, F, H,
                  part);
  og_team_barrier(pass->team);
  og_linear_backward_input(dy, beside(layer), pass->du, weight(pass, layer, OG_ROLE_UP_WEIGHT), M,
                           H, U, part);
  weight_backward(pass, weight(pass, layer, OG_ROLE_UP_WEIGHT),
                  gradient(pass, layer, OG_ROLE_UP_BIAS), pass->du, layer->middle, M, H, U, part);
  og_team_barrier(pass->team);
}

/* dbk += Σ dk, dbv += Σ dv. Where a score is q·k alone the gradient at bk is exactly zero and left
 * so: it adds the same q·bk to all scores of a query, which changes no probability. (Summed up it
 * would be rounding noise, which AdamW blows up to full steps.) */
static void key_value_bias_backward(const OgPass *pass, const Layer *layer, OgPart part) {
  const size_t H = pass->params->config.hidden_size, first = pass->kind->disentangled ? 0 : H;
  float *dbq = gradient(pass, layer, OG_ROLE_QUERY_BIAS);
  size_t begin, end;
  og_share(2 * H - first, COLUMN_GRAIN, part.thread, part.threads, &begin, &end);
  if (dbq) {
    og_bias_backward(dbq + H + first + begin, pass->dkv + first + begin, pass->batch.T, end - begin,
                     2 * H);
  }
}

/* The layer below has the gradient of all rows of the stream: some rows' and zeros. */
static void clear_stream_below(const OgPass *pass, const Layer *layer, OgPart part) {
  const size_t H = pass->params->config.hidden_size;
  size_t begin, end;
  og_share(pass->batch.T, 1, part.thread, part.threads, &begin, &end);
  if (layer->dstream && takes_some_rows(layer)) {
    memset(pass->dstream + begin * H, 0, (end - begin) * H * sizeof(float));
  }
}

/* Whether nothing below this layer learns. */
static bool is_lowest(const OgPass *pass, const Layer *layer) {
  return !pass->embeddings_learn && layer == &pass->layers[pass->lowest];
}

/* The way back through q, k and v: dmiddle (M,H) becomes the gradient at xq, without the way
 * through k and v when only some rows are taken; returns the gradient at x (T,H). */
static float *attention_backward_input(OgPass *pass, const Layer *layer, float *dmiddle,
                                       OgPart part) {
  const size_t H = pass->params->config.hidden_size, T = pass->batch.T, M = layer->rows->M;
  const float *Wq = weight(pass, layer, OG_ROLE_QUERY_WEIGHT);
  const bool some = takes_some_rows(layer);
  float *dx = some ? pass->dx : dmiddle;
  og_linear_backward_input(dmiddle, beside(layer), pass->dq, Wq, M, H, H, part);
  og_linear_backward_input(dx, some ? 0 : 1, pass->dkv, Wq + H * H, T, H, 2 * H, part);
  og_team_barrier(pass->team);
  if (some) {
    scatter_rows(pass, dx, dmiddle, part);
    if (layer->dstream) {
      scatter_rows(pass, pass->dstream, layer->dstream, part);
    }
    og_team_barrier(pass->team);
  }
  return dx;
}

/* dmiddle (M,H) is the gradient at middle; returns the gradient at x (T,H), or NULL when nothing
 * below learns. */
static float *attention_backward(OgPass *pass, const Layer *layer, float *dmiddle, OgPart part) {
  const size_t H = pass->params->config.hidden_size, T = pass->batch.T, M = layer->rows->M;
  const Norm norm = norm_after_attention(layer);
  const float *Wq = weight(pass, layer, OG_ROLE_QUERY_WEIGHT);
  const float *dproduct = norm_backward(pass, layer, norm, dmiddle, part);
  clear_stream_below(pass, layer, part);
  og_team_barrier(pass->team);
  add_norm_partials(pass, layer, norm, part);
  og_linear_backward_input(pass->dcontext, 0, dproduct, weight(pass, layer, OG_ROLE_MIX_WEIGHT), M,
                           H, H, part);
  weight_backward(pass, weight(pass, layer, OG_ROLE_MIX_WEIGHT), NULL, dproduct, layer->context, M,
                  H, H, part);
  og_team_barrier(pass->team);
  attend_backward(pass, layer, part);
  og_team_barrier(pass->team);
  project_relatives_backward(pass, layer, part);

  weight_backward(pass, Wq, gradient(pass, layer, OG_ROLE_QUERY_BIAS), pass->dq, layer->xq, M, H, H,
                  part);
  weight_backward(pass, Wq + H * H, NULL, pass->dkv, layer->x, T, H, 2 * H, part);
  key_value_bias_backward(pass, layer, part);
  return is_lowest(pass, layer) ? NULL : attention_backward_input(pass, layer, dmiddle, part);
}

/* dx (T,H), the gradient at x0, gets what the stream brings, and is passed back through the
 * projection: returns the gradient at e0 (T,E). */
static float *project_backward(OgPass *pass, float *dx, OgPart part) {
  const size_t H = pass->params->config.hidden_size, E = embedding_width(pass), T = pass->batch.T;
  const OgDropout none = {0};
  size_t begin, end;
  og_share(T, 1, part.thread, part.threads, &begin, &end);
  if (pass->dstream) {
    og_residual_forward(dx + begin * H, pass->dstream + begin * H, pass->zeros, dx + begin * H,
                        none, begin, end - begin, H);
  }
  if (!has(pass->base, OG_ROLE_PROJECTION_WEIGHT)) {
    return dx;
  }
  og_linear_backward_input(pass->de, 0, dx, base_weight(pass, OG_ROLE_PROJECTION_WEIGHT), T, E, H,
                           part);
  weight_backward(pass, base_weight(pass, OG_ROLE_PROJECTION_WEIGHT),
                  base_gradient(pass, OG_ROLE_PROJECTION_BIAS), dx, pass->e0, T, E, H, part);
  og_team_barrier(pass->team);
  return pass->de;
}

/* de (T,E) is the gradient at e0. Tables are divided by columns: two threads never meet at a word.
 */
static void embed_backward(const OgPass *pass, float *de, OgPart part) {
  const OgConfig *c = &pass->params->config;
  const OgBatch *batch = &pass->batch;
  const size_t E = embedding_width(pass), T = batch->T;
  const OgDropout dropout = dropout_at(pass, 0, c->hidden_dropout);
  float *sums = pass->partials + (size_t)part.thread * 3 * E;
  size_t begin, end;
  og_share(T, 1, part.thread, part.threads, &begin, &end);
  memset(sums, 0, 3 * E * sizeof *sums);
  og_dropout(de + begin * E, de + begin * E, dropout, begin, end - begin, E);
  og_norm_backward(de + begin * E, sums, sums + E, de + begin * E, pass->xhat0 + begin * E,
                   pass->r0 + begin, base_weight(pass, OG_ROLE_EMBEDDING_GAIN), end - begin, E);
  og_team_barrier(pass->team);

  add_partials(pass, base_gradient(pass, OG_ROLE_EMBEDDING_GAIN), 0, E, part);
  add_partials(pass, base_gradient(pass, OG_ROLE_EMBEDDING_SHIFT), 1, E, part);
  og_share(E, COLUMN_GRAIN, part.thread, part.threads, &begin, &end);
  const struct {
    float *table;
    const uint32_t *index;
  } tables[] = {
      {base_gradient(pass, OG_ROLE_WORDS), batch->ids},
      {base_gradient(pass, OG_ROLE_POSITIONS), pass->positions},
      {base_gradient(pass, OG_ROLE_TYPES), batch->types},
  };
  for (size_t k = 0; k < OG_COUNT(tables); k++) {
    if (tables[k].table) {
      const size_t first = tables[k].index == pass->positions ? first_position(pass) : 0;
      og_embedding_backward(tables[k].table + first, de, tables[k].index, T, E, begin, end);
    }
  }
  distances_backward(pass, part);
  relatives_backward(pass, part);
}

/* ---- The whole ---- */

static void layer_forward(OgPass *pass, const Layer *layer, OgPart part) {
  og_team_barrier(pass->team);
  attention_forward(pass, layer, part);
  og_team_barrier(pass->team);
  feed_forward_forward(pass, layer, part);
}

/* to (T,H) = from, in a thread's rows. */
static void copy_rows(const OgPass *pass, float *to, const float *from, OgPart part) {
  const size_t H = pass->params->config.hidden_size;
  size_t begin, end;
  og_share(pass->batch.T, 1, part.thread, part.threads, &begin, &end);
  memcpy(to + begin * H, from + begin * H, (end - begin) * H * sizeof(float));
}

static void forward(void *data, int thread) {
  OgPass *pass = data;
  const OgPart part = part_of(pass, thread);
  embed_forward(pass, part);
  for (size_t l = 0; l < pass->params->config.layers; l++) {
    const Layer *layer = &pass->layers[l];
    if (layer->stream_in) {
      copy_rows(pass, layer->stream_in, pass->stream, part);
    }
    layer_forward(pass, layer, part);
  }
}

/* Make a layer's activations again, from its input, as they were: masks of dropout are functions of
 * the seed. Those of the last layer are still there. */
static void recompute(OgPass *pass, const Layer *layer, OgPart part) {
  if (layer == &pass->layers[pass->params->config.layers - 1]) {
    return;
  }
  if (layer->stream_in) {
    copy_rows(pass, pass->stream, layer->stream_in, part);
  }
  layer_forward(pass, layer, part);
  og_team_barrier(pass->team);
}

OgStatus og_encoder_forward(OgPass *pass, const OgBatch *batch, uint64_t dropout_seed,
                            const float **hidden, OgError *err) {
  const OgConfig *config = &pass->params->config;
  pass->ready = false;
  OG_TRY(check_batch(batch, config, err));
  OG_TRY(take_batch(pass, batch, dropout_seed, err));
  OG_TRY(place_batch(pass, err));
  og_team_run(pass->team, forward, pass);
  pass->ready = pass->keep;
  *hidden = pass->layers[config->layers - 1].y;
  return OG_OK;
}

/* What a backward adds to, each thread its own part of: nothing comes past the last LayerNorm. */
static void clear_gradients(const OgPass *pass, OgPart part) {
  const OgConfig *c = &pass->params->config;
  const Layer *last = &pass->layers[c->layers - 1];
  const size_t H = c->hidden_size;
  size_t begin, end;
  og_share(last->rows->M, 1, part.thread, part.threads, &begin, &end);
  if (last->dstream) {
    memset(last->dstream + begin * H, 0, (end - begin) * H * sizeof(float));
  }
  og_share(pass->R * H, COLUMN_GRAIN, part.thread, part.threads, &begin, &end);
  if (pass->drelatives) {
    memset(pass->drelatives + begin, 0, (end - begin) * sizeof(float));
  }
  if (pass->ddistances) {
    memset(ddistances_of(pass, part), 0, distances_size(pass) * sizeof(float));
  }
}

static void backward(void *data, int thread) {
  OgPass *pass = data;
  const OgPart part = part_of(pass, thread);
  clear_gradients(pass, part);
  float *d = pass->dhidden;
  for (size_t l = pass->params->config.layers; l-- > pass->lowest;) {
    if (pass->recompute) {
      recompute(pass, &pass->layers[l], part);
    }
    feed_forward_backward(pass, &pass->layers[l], d, part);
    d = attention_backward(pass, &pass->layers[l], d, part);
  }
  if (pass->embeddings_learn) {
    embed_backward(pass, project_backward(pass, d, part), part);
  }
  if (pass->params->lora) {
    og_team_barrier(pass->team);
    og_lora_finish(pass->params->lora, pass->gradients, part);
  }
}

/* Whether a layer has a tensor that learns, or adapters. */
static bool learns(const OgPass *pass, const Layer *layer) {
  const OgParams *params = pass->params;
  for (int role = 0; role < OG_ROLE_COUNT; role++) {
    if (has(layer->tensors, (OgRole)role) && og_role_of_layer((OgRole)role) &&
        (og_is_trained(params, layer->tensors[role]) ||
         (params->lora && og_lora_adapts(params->lora, layer->tensors[role])))) {
      return true;
    }
  }
  return false;
}

/* How far down a backward must go: those that are frozen stand at the start of the parameters. */
static void find_lowest(OgPass *pass) {
  const size_t layers = pass->params->config.layers;
  pass->embeddings_learn = pass->params->frozen < pass->layers[0].tensors[OG_ROLE_QUERY_WEIGHT];
  for (pass->lowest = 0; pass->lowest < layers && !pass->embeddings_learn; pass->lowest++) {
    if (learns(pass, &pass->layers[pass->lowest])) {
      break;
    }
  }
}

OgStatus og_encoder_backward(OgPass *pass, float *dhidden, float *gradients, OgError *err) {
  if (!pass->ready) {
    return og_error_set(err, OG_USAGE, "a backward follows a forward, in a pass that keeps");
  }
  pass->ready = false;
  pass->dhidden = dhidden;
  pass->gradients = gradients;
  find_lowest(pass);
  og_team_run(pass->team, backward, pass);
  return OG_OK;
}
