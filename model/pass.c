#include "model/pass.h"

#include "core/blas.h"
#include "core/memory.h"

#include <math.h>
#include <string.h>

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

/* Layers that share their weights share what is made of them. */
static size_t dense_sets(const OgPass *pass) {
  return pass->kind->shared ? 1 : pass->params->config.layers;
}

/* Of set × PRODUCTS + product. */
static OgFactor factor_at(const OgPass *pass, size_t number) {
  return factor_of(pass, &pass->layers[number / PRODUCTS], (OgLayerProduct)(number % PRODUCTS));
}

typedef struct Packing {
  const OgPass *pass;
  OgDense *dense;
} Packing;

static void pack_part(void *data, int thread) {
  const Packing *packing = data;
  const OgPass *pass = packing->pass;
  for (size_t k = 0; k < dense_sets(pass) * PRODUCTS; k++) {
    og_dense_pack(&packing->dense[k], pass->params, factor_at(pass, k).offset,
                  part_of(pass, thread));
  }
}

static void free_dense(const OgPass *pass, OgDense *dense) {
  for (size_t k = 0; dense && k < dense_sets(pass) * PRODUCTS; k++) {
    og_dense_clear(&dense[k]);
  }
  og_free(dense);
}

static OgStatus check_precision(const OgParams *params, OgPrecision precision, OgError *err) {
  const bool floats = precision == OG_PRECISION_F32 || precision == OG_PRECISION_INT8;
  return (params->left ? precision == params->stored : floats)
             ? OG_OK
             : og_error_set(err, OG_USAGE,
                            "weights are packed as the file has them, floats also in 8 bits");
}

/* The pass multiplies by dense from now on, and owns it. */
static void use_dense(OgPass *pass, OgDense *dense, OgPrecision precision) {
  free_dense(pass, pass->dense);
  pass->dense = dense;
  pass->precision = precision;
  for (size_t l = 0; l < pass->params->config.layers; l++) {
    pass->layers[l].dense = dense + l % dense_sets(pass) * PRODUCTS;
  }
}

static OgStatus take_left(OgPass *pass, OgError *err) {
  const OgParams *params = pass->params;
  if (!params->left) {
    return OG_OK;
  }
  OgDense *dense = OG_NEW_ARRAY(OgDense, dense_sets(pass) * PRODUCTS);
  if (!dense) {
    return og_error_no_memory(err);
  }
  for (size_t k = 0; k < dense_sets(pass) * PRODUCTS; k++) {
    const OgFactor factor = factor_at(pass, k);
    og_dense_leave(&dense[k], params, factor.offset, factor.O, factor.K);
  }
  use_dense(pass, dense, params->stored);
  pass->words = params->left[og_params_role(params, OG_ROLE_WORDS, 0)].array;
  return OG_OK;
}

OgStatus og_pass_new(const OgParams *params, OgTeam *team, OgKeep keep, OgPass **pass,
                     OgError *err) {
  OG_TRY(og_blas_reserve(og_team_size(team), err));
  OgPass *made = OG_NEW(OgPass);
  if (!made) {
    return og_error_no_memory(err);
  }
  *made = (OgPass){.params = params,
                   .kind = og_architecture(params->config.architecture),
                   .team = team,
                   .keep = keep != OG_KEEP_NOTHING,
                   .recompute = keep == OG_KEEP_INPUTS};
  OgStatus status;
  made->layers = OG_NEW_ARRAY(OgLayer, params->config.layers);
  if (!made->layers) {
    status = og_error_no_memory(err);
    goto done;
  }
  find_tensors(made);
  for (size_t l = 0; l < params->config.layers; l++) {
    const size_t every = params->config.global_every;
    made->layers[l].local = every > 0 && l % every != 0;
  }
  OG_GO(take_left(made, err));
  *pass = made;
  made = NULL;
done:
  og_pass_free(made);
  return status;
}

OgStatus og_pass_pack(OgPass *pass, OgPrecision precision, OgError *err) {
  OG_TRY(check_precision(pass->params, precision, err));
  OgDense *dense = OG_NEW_ARRAY(OgDense, dense_sets(pass) * PRODUCTS);
  OgStatus status = dense ? OG_OK : og_error_no_memory(err);
  for (size_t k = 0; status == OG_OK && k < dense_sets(pass) * PRODUCTS; k++) {
    const OgFactor factor = factor_at(pass, k);
    status = og_dense_init(&dense[k], precision, factor.O, factor.K, err);
  }
  if (status != OG_OK) {
    free_dense(pass, dense);
    return status;
  }
  Packing packing = {pass, dense};
  og_team_run(pass->team, pack_part, &packing);
  use_dense(pass, dense, precision);
  return OG_OK;
}

void og_pass_free(OgPass *pass) {
  if (!pass) {
    return;
  }
  free_dense(pass, pass->dense);
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
static void count_rows(OgLayerRows *rows, const OgBatch *batch, size_t heads) {
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
static void carve_output(Carver *carver, const OgPass *pass, OgLayer *layer) {
  const size_t H = pass->params->config.hidden_size;
  layer->y = pass->keep ? carve(carver, layer->rows->M, H) : layer->x;
  layer->stream_in =
      pass->recompute && pass->kind->pre_norm ? carve(carver, pass->batch.T, H) : NULL;
}

static void carve_layer(Carver *carver, const OgPass *pass, OgLayer *layer) {
  const size_t H = pass->params->config.hidden_size;
  const size_t T = pass->batch.T, M = layer->rows->M, B = pass->batch.B;
  layer->xq = layer->rows->starts == pass->batch.offsets ? layer->x : carve(carver, M, H);
  layer->q = carve(carver, M, H);
  layer->kv = carve(carver, T, 2 * H);
  layer->relative = pass->kind->disentangled ? carve(carver, pass->R, 2 * H) : NULL;
  layer->context = pass->keep ? carve(carver, M, H) : layer->q;
  layer->middle = pass->middle;
  layer->u = carve(carver, M, up_width(pass));
  layer->g = pass->keep || pass->kind->gated ? pass->g : layer->u;
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

/* (M,H) at the outputs: a place of their own where those are some rows of every (T,H). */
static float *carve_outputs(Carver *carver, const OgPass *pass, float *every) {
  return pass->batch.outputs ? carve(carver, pass->batch.M, pass->params->config.hidden_size)
                             : every;
}

/* The gradients inside a layer, which all share. */
static void carve_layer_backward(Carver *carver, OgPass *pass) {
  const OgConfig *c = &pass->params->config;
  const size_t H = c->hidden_size, T = pass->batch.T;
  pass->dropped = c->hidden_dropout > 0 && pass->seed ? carve(carver, T, H) : NULL;
  pass->du = carve(carver, T, up_width(pass));
  pass->dg = pass->kind->gated ? carve(carver, T, c->intermediate_size) : pass->du;
  pass->dq = carve(carver, T, H);
  pass->dkv = carve(carver, T, 2 * H);
  pass->dcontext = carve(carver, T, H);
}

static void carve_backward(Carver *carver, OgPass *pass) {
  const OgConfig *c = &pass->params->config;
  const size_t H = c->hidden_size, T = pass->batch.T;
  const size_t threads = (size_t)og_team_size(pass->team);
  pass->dx = pass->batch.outputs ? carve(carver, T, H) : NULL;
  if (c->layers > 0) {
    carve_layer_backward(carver, pass);
  }
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
  if (pass->kind->pre_norm) {
    last_layer(pass)->dstream = carve_outputs(carver, pass, pass->dstream);
  }
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
  if (pass->kind->pre_norm) {
    last_layer(pass)->stream = carve_outputs(carver, pass, pass->stream);
  }
  pass->output = last_layer(pass) ? NULL : carve_outputs(carver, pass, pass->x0);
}

static void carve_layers(Carver *carver, OgPass *pass) {
  const OgConfig *c = &pass->params->config;
  const size_t layers = c->layers, most_rows = layers > 1 ? pass->batch.T : pass->last.M;
  pass->middle = carve(carver, most_rows, c->hidden_size);
  pass->g = pass->keep || pass->kind->gated ? carve(carver, most_rows, c->intermediate_size) : NULL;
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

static void carve_scratch(Carver *carver, OgPass *pass) {
  const OgConfig *c = &pass->params->config;
  const size_t S = pass->longest;
  pass->scratch_size = og_attention_scratch(S, S, head_width(c), pass->R) +
                       (pass->keep ? 0 : S * OG_PROBABILITY_STRIDE(S));
  if (pass->dense) {
    const size_t K = largest(c->hidden_size, c->intermediate_size);
    pass->scratch_size = largest(pass->scratch_size, og_dense_scratch(pass->precision, K));
  }
  pass->scratch = carve(carver, (size_t)og_team_size(pass->team), pass->scratch_size);
}

/* Place every array of the pass in block; returns the floats that it takes. */
static size_t lay_out(OgPass *pass, float *block) {
  Carver carver = {block, 0};
  carve_embeddings(&carver, pass);
  if (pass->params->config.layers > 0) {
    carve_scratch(&carver, pass);
    carve_layers(&carver, pass);
  }
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
      return og_error_no_room(err, room * sizeof(float), "the activations of %zu tokens",
                              pass->batch.T);
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

/* Check a batch, and take it in. */
OgStatus og_pass_take(OgPass *pass, const OgBatch *batch, uint64_t seed, OgError *err) {
  OG_TRY(check_batch(batch, &pass->params->config, err));
  OG_TRY(take_batch(pass, batch, seed, err));
  return place_batch(pass, err);
}

/* ---- Rows at the outputs ---- */

void og_gather_rows(const OgPass *pass, float *some, const float *every, OgPart part) {
  const size_t H = pass->params->config.hidden_size;
  size_t begin, end;
  og_share(pass->batch.M, 1, part.thread, part.threads, &begin, &end);
  for (size_t m = begin; m < end; m++) {
    memcpy(some + m * H, every + pass->batch.outputs[m] * H, H * sizeof(float));
  }
}

void og_scatter_rows(const OgPass *pass, float *every, const float *some, OgPart part) {
  const size_t H = pass->params->config.hidden_size;
  size_t begin, end;
  og_share(pass->batch.M, 1, part.thread, part.threads, &begin, &end);
  og_embedding_backward(every, some + begin * H, pass->batch.outputs + begin, end - begin, H, 0, H);
}

void og_clear_rows(const OgPass *pass, float *every, OgPart part) {
  const size_t H = pass->params->config.hidden_size;
  size_t begin, end;
  og_share(pass->batch.T, 1, part.thread, part.threads, &begin, &end);
  memset(every + begin * H, 0, (end - begin) * H * sizeof(float));
}

/* ---- Sums of gradients ---- */

void og_weight_backward(const OgPass *pass, const float *W, float *db, const float *dy,
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

void og_add_partials(const OgPass *pass, float *total, size_t k, size_t width, OgPart part) {
  size_t begin, end;
  og_share(width, COLUMN_GRAIN, part.thread, part.threads, &begin, &end);
  if (total) {
    og_bias_backward(total + begin, pass->partials + k * width + begin, (size_t)part.threads,
                     end - begin, 3 * width);
  }
}
