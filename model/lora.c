#include "model/lora.h"

#include "core/blas.h"
#include "core/memory.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* Rows of x that go through the narrow products together. */
enum { ROW_BLOCK = 256, GRAIN = 16 };

struct OgLora {
  OgParams *params;
  OgTeam *team;
  size_t rank;
  float scale; /* α / r */
  OgAdapter *adapters;
  size_t count;
  float *frozen;       /* the W of all adapters, one behind another */
  size_t *frozen_at;   /* (count + 1) where each begins */
  size_t first, width; /* floats of the adapters' tensors: [first, first + width) of a block */
  float *lanes;        /* (threads, width) gradients of a thread's rows */
  float *scratch;      /* (threads, 2 ROW_BLOCK r) */
};

/* ---- Which products ---- */

static const OgRole attention_roles[] = {OG_ROLE_QUERY_WEIGHT, OG_ROLE_VALUE_WEIGHT};
static const OgRole all_roles[] = {OG_ROLE_QUERY_WEIGHT, OG_ROLE_KEY_WEIGHT, OG_ROLE_VALUE_WEIGHT,
                                   OG_ROLE_MIX_WEIGHT,   OG_ROLE_UP_WEIGHT,  OG_ROLE_DOWN_WEIGHT};

static const struct {
  const char *name;
  const OgRole *roles;
  size_t count;
} targets[OG_LORA_TARGETS_COUNT] = {
    [OG_LORA_ATTENTION] = {"attention", attention_roles, OG_COUNT(attention_roles)},
    [OG_LORA_ALL] = {"all", all_roles, OG_COUNT(all_roles)},
};

const char *og_lora_targets_name(OgLoraTargets which) {
  return targets[which].name;
}

/* "encoder.layer.0.attention.self.query" of "….query.weight". */
static int stem_length(const char *weight) {
  static const char end[] = ".weight";
  const size_t length = strlen(weight);
  assert(length > sizeof end && strcmp(weight + length + 1 - sizeof end, end) == 0);
  return (int)(length + 1 - sizeof end);
}

static void name_of(char name[OG_TENSOR_NAME_SIZE], const char *weight, char which) {
  snprintf(name, OG_TENSOR_NAME_SIZE, "%.*s.lora_%c.weight", stem_length(weight), weight, which);
}

typedef char Name[OG_TENSOR_NAME_SIZE];

/* The two tensors of the adapter of a layer's product. */
static void describe(const OgLoraShape *shape, const OgConfig *config, const OgTensorRow *row,
                     size_t layer, OgTensorSpec specs[2], Name names[2]) {
  Name weight;
  snprintf(weight, sizeof weight, "%s%zu.%s", og_architecture(config->architecture)->layer_prefix,
           layer, row->name);
  name_of(names[0], weight, 'A');
  name_of(names[1], weight, 'B');
  const size_t K = og_config_size(config, row->columns), O = og_config_size(config, row->rows);
  specs[0] = (OgTensorSpec){names[0], OG_TENSOR_WEIGHT, shape->rank, K, 2};
  specs[1] = (OgTensorSpec){names[1], OG_TENSOR_WEIGHT, O, shape->rank, 2};
}

OgStatus og_lora_tensors(const OgLoraShape *shape, const OgConfig *config, OgLoraTensors *tensors,
                         OgError *err) {
  *tensors = (OgLoraTensors){.specs = NULL};
  const OgArchitectureRow *kind = og_architecture(config->architecture);
  const size_t layers = kind->shared ? 1 : config->layers, roles = targets[shape->targets].count;
  if (shape->rank == 0) {
    return OG_OK;
  }
  if (layers == 0) {
    return og_error_set(err, OG_USAGE, "no adapters for the kind %s: it has no layers",
                        kind->model_type);
  }
  Name *names = OG_NEW_ARRAY(Name, 2 * layers * roles);
  tensors->names = names;
  tensors->specs = OG_NEW_ARRAY(OgTensorSpec, 2 * layers * roles);
  if (!names || !tensors->specs) {
    og_lora_tensors_clear(tensors);
    return og_error_no_memory(err);
  }
  for (size_t layer = 0; layer < layers; layer++) {
    for (size_t k = 0; k < roles; k++) {
      const OgTensorRow *row =
          og_architecture_tensor(config->architecture, targets[shape->targets].roles[k]);
      if (!row || row->rows == OG_SIZE_3H) {
        og_lora_tensors_clear(tensors);
        return og_error_set(
            err, OG_USAGE,
            "no adapters for the kind %s: it has query, key and value in one product",
            kind->model_type);
      }
      describe(shape, config, row, layer, tensors->specs + tensors->count, names + tensors->count);
      tensors->count += 2;
    }
  }
  return OG_OK;
}

void og_lora_tensors_clear(OgLoraTensors *tensors) {
  og_free(tensors->specs);
  og_free(tensors->names);
  *tensors = (OgLoraTensors){.specs = NULL};
}

/* ---- Adapters ---- */

static const OgTensor *tensor_at(const OgLora *lora, size_t number) {
  return &lora->params->tensors[number];
}

/* A weight that has an adapter, if it is one. */
static bool find_adapter(const OgParams *params, size_t weight, OgAdapter *adapter) {
  Name A, B;
  const OgTensor *tensor = &params->tensors[weight];
  if (tensor->kind != OG_TENSOR_WEIGHT || !og_role_of_layer(tensor->role)) {
    return false;
  }
  name_of(A, tensor->name, 'A');
  name_of(B, tensor->name, 'B');
  *adapter = (OgAdapter){weight, og_params_find(params, A), og_params_find(params, B)};
  return adapter->A < params->count && adapter->B < params->count;
}

static OgStatus find_adapters(OgLora *lora, OgError *err) {
  const OgParams *params = lora->params;
  lora->adapters = OG_NEW_ARRAY(OgAdapter, params->count);
  lora->frozen_at = OG_NEW_ARRAY(size_t, params->count + 1);
  if (!lora->adapters || !lora->frozen_at) {
    return og_error_no_memory(err);
  }
  for (size_t k = 0; k < params->count; k++) {
    if (find_adapter(params, k, &lora->adapters[lora->count])) {
      const OgTensor *W = &params->tensors[k];
      lora->frozen_at[lora->count + 1] = lora->frozen_at[lora->count] + W->rows * W->columns;
      lora->count++;
    }
  }
  if (lora->count == 0) {
    return og_error_set(err, OG_FAILED, "the parameters have no tensors of adapters");
  }
  lora->first = tensor_at(lora, lora->adapters[0].A)->offset;
  lora->width = params->total - lora->first;
  return OG_OK;
}

static size_t lanes_size(const OgLora *lora) {
  return (size_t)og_team_size(lora->team) * lora->width;
}

static size_t scratch_size(const OgLora *lora) {
  return (size_t)og_team_size(lora->team) * 2 * ROW_BLOCK * lora->rank;
}

static OgStatus make(OgLora *lora, OgError *err) {
  OG_TRY(find_adapters(lora, err));
  lora->frozen = og_calloc_floats(lora->frozen_at[lora->count]);
  lora->lanes = og_calloc_floats(lanes_size(lora));
  lora->scratch = og_calloc_floats(scratch_size(lora));
  if (!lora->frozen || !lora->lanes || !lora->scratch) {
    return og_error_no_memory(err);
  }
  for (size_t k = 0; k < lora->count; k++) {
    const OgTensor *W = tensor_at(lora, lora->adapters[k].weight);
    memcpy(lora->frozen + lora->frozen_at[k], og_tensor_at(lora->params->weights, W),
           W->rows * W->columns * sizeof(float));
  }
  return OG_OK;
}

OgStatus og_lora_new(OgParams *params, const OgLoraShape *shape, OgTeam *team, OgLora **lora,
                     OgError *err) {
  OG_TRY(og_blas_load(err));
  OgLora *made = OG_NEW(OgLora);
  if (!made) {
    return og_error_no_memory(err);
  }
  *made = (OgLora){.params = params,
                   .team = team,
                   .rank = shape->rank,
                   .scale = shape->alpha / (float)shape->rank};
  const OgStatus status = make(made, err);
  if (status != OG_OK) {
    og_lora_free(made);
    return status;
  }
  *lora = made;
  return OG_OK;
}

void og_lora_free(OgLora *lora) {
  if (lora) {
    og_free(lora->adapters);
    og_free(lora->frozen_at);
    og_free_floats(lora->frozen);
    og_free_floats(lora->lanes);
    og_free_floats(lora->scratch);
    og_free(lora);
  }
}

size_t og_lora_bytes(const OgLora *lora) {
  return (lora->frozen_at[lora->count] + lanes_size(lora) + scratch_size(lora)) * sizeof(float);
}

const OgAdapter *og_lora_adapters(const OgLora *lora, size_t *count) {
  *count = lora->count;
  return lora->adapters;
}

void og_lora_randomize(const OgLora *lora, OgRandom *random) {
  for (size_t k = 0; k < lora->count; k++) {
    const OgTensor *A = tensor_at(lora, lora->adapters[k].A);
    const OgTensor *B = tensor_at(lora, lora->adapters[k].B);
    const double deviation = 1 / sqrt(3 * (double)A->columns);
    float *a = og_tensor_at(lora->params->weights, A);
    for (size_t j = 0; j < A->rows * A->columns; j++) {
      a[j] = (float)(deviation * og_random_normal(random));
    }
    memset(og_tensor_at(lora->params->weights, B), 0, B->rows * B->columns * sizeof(float));
  }
}

/* ---- W' = W + s B A ---- */

static void merge(void *data, int thread) {
  OgLora *lora = data;
  float *weights = lora->params->weights;
  for (size_t k = 0; k < lora->count; k++) {
    const OgAdapter *adapter = &lora->adapters[k];
    const OgTensor *W = tensor_at(lora, adapter->weight);
    const size_t K = W->columns, r = lora->rank;
    size_t begin, end;
    og_share(W->rows, GRAIN, thread, og_team_size(lora->team), &begin, &end);
    float *merged = og_tensor_at(weights, W) + begin * K;
    memcpy(merged, lora->frozen + lora->frozen_at[k] + begin * K,
           (end - begin) * K * sizeof *merged);
    og_gemm(false, false, end - begin, K, r, lora->scale,
            og_tensor_at(weights, tensor_at(lora, adapter->B)) + begin * r, r,
            og_tensor_at(weights, tensor_at(lora, adapter->A)), K, 1, merged, K);
  }
}

void og_lora_merge(OgLora *lora) {
  og_team_run(lora->team, merge, lora);
}

/* ---- Backward ---- */

/* t = s dy B, h = x Aᵀ, dA += tᵀ x, dB += s dyᵀ h over the rows of a thread. dy has ld columns, of
 * which those of W's rows begin where it points. */
static void adapter_backward(OgLora *lora, const OgAdapter *adapter, const float *dy, size_t ld,
                             const float *x, size_t N, OgPart part) {
  const OgTensor *A = tensor_at(lora, adapter->A), *B = tensor_at(lora, adapter->B);
  const float *a = og_tensor_at(lora->params->weights, A);
  const float *b = og_tensor_at(lora->params->weights, B);
  const size_t r = lora->rank, K = A->columns, O = B->rows;
  float *lane = lora->lanes + (size_t)part.thread * lora->width;
  float *dA = lane + (A->offset - lora->first), *dB = lane + (B->offset - lora->first);
  float *t = lora->scratch + (size_t)part.thread * 2 * ROW_BLOCK * r, *h = t + ROW_BLOCK * r;
  size_t begin, end;
  og_share(N, 1, part.thread, part.threads, &begin, &end);
  for (size_t n = begin; n < end; n += ROW_BLOCK) {
    const size_t rows = end - n < ROW_BLOCK ? end - n : ROW_BLOCK;
    const float *dy_n = dy + n * ld, *x_n = x + n * K;
    og_gemm(false, false, rows, r, O, lora->scale, dy_n, ld, b, r, 0, t, r);
    og_gemm(false, true, rows, r, K, 1, x_n, K, a, K, 0, h, r);
    og_gemm(true, false, r, K, rows, 1, t, r, x_n, K, 1, dA, K);
    og_gemm(true, false, O, r, rows, lora->scale, dy_n, ld, h, r, 1, dB, r);
  }
}

void og_lora_backward(OgLora *lora, size_t weight, const float *dy, const float *x, size_t N,
                      size_t K, size_t O, OgPart part) {
  for (size_t k = 0; k < lora->count; k++) {
    const size_t at = tensor_at(lora, lora->adapters[k].weight)->offset;
    if (at >= weight && at < weight + O * K) {
      adapter_backward(lora, &lora->adapters[k], dy + (at - weight) / K, O, x, N, part);
    }
  }
}

bool og_lora_adapts(const OgLora *lora, size_t weight) {
  for (size_t k = 0; k < lora->count; k++) {
    if (tensor_at(lora, lora->adapters[k].weight)->offset == weight) {
      return true;
    }
  }
  return false;
}

void og_lora_finish(OgLora *lora, float *gradients, OgPart part) {
  float *total = og_gradient_at(lora->params, gradients, lora->first);
  size_t begin, end;
  og_share(lora->width, GRAIN, part.thread, part.threads, &begin, &end);
  og_bias_backward(total + begin, lora->lanes + begin, (size_t)part.threads, end - begin,
                   lora->width);
  for (int thread = 0; thread < part.threads; thread++) {
    memset(lora->lanes + (size_t)thread * lora->width + begin, 0, (end - begin) * sizeof *total);
  }
}
