#include "model/params.h"

#include "core/memory.h"
#include "model/safetensors.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { ALIGNMENT = 16 };

static const double gibibyte = 1073741824.0;

/* --- layout ----------------------------------------------------------------------------------- */

/* Give the tensor its place behind all before it. */
static OgStatus place(OgParams *params, OgTensor *tensor, bool joined, OgError *err) {
  if (!joined) {
    params->total = (params->total + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  }
  tensor->offset = params->total;
  size_t size;
  if (!og_multiply(tensor->rows, tensor->columns, &size) ||
      size > PTRDIFF_MAX / sizeof(float) - ALIGNMENT - params->total) {
    return og_error_set(err, OG_BAD_STORE, "the model is larger than memory can be: see tensor %s",
                        tensor->name);
  }
  params->total += size;
  params->count++;
  return OG_OK;
}

/* Name a row's tensor in a layer of `layers`. */
static void name_tensor(OgTensor *tensor, const OgTensorRow *row, const OgArchitectureRow *kind,
                        size_t layer, size_t layers) {
  const size_t number = row->last ? layer + 1 : layer;
  if (!og_role_of_layer(row->role) || (row->last && number == layers)) {
    snprintf(tensor->name, sizeof tensor->name, "%s", row->last ? row->last : row->name);
  } else {
    snprintf(tensor->name, sizeof tensor->name, "%s%zu.%s", kind->layer_prefix, number, row->name);
  }
}

/* ELECTRA has no projection where there is nothing to widen. */
static bool is_left_out(const OgTensorRow *row, const OgConfig *config) {
  const bool projection =
      row->role == OG_ROLE_PROJECTION_WEIGHT || row->role == OG_ROLE_PROJECTION_BIAS;
  return projection && !og_architecture(config->architecture)->projects_equal &&
         og_config_size(config, OG_SIZE_E) == config->hidden_size;
}

static OgStatus place_rows(OgParams *params, OgTensorRows table, size_t layer, OgError *err) {
  const OgConfig *c = &params->config;
  for (size_t k = 0; k < table.count; k++) {
    const OgTensorRow *row = &table.rows[k];
    if (is_left_out(row, c)) {
      continue;
    }
    OgTensor *tensor = &params->tensors[params->count];
    name_tensor(tensor, row, og_architecture(c->architecture), layer, c->layers);
    tensor->role = row->role;
    tensor->layer = layer;
    tensor->kind = row->kind;
    tensor->rows = og_config_size(c, row->rows);
    tensor->columns = og_config_size(c, row->columns);
    tensor->rank = row->columns == OG_SIZE_1 ? 1 : 2;
    tensor->head = row->head;
    OG_TRY(place(params, tensor, row->joined, err));
  }
  return OG_OK;
}

static OgStatus place_extra(OgParams *params, const OgTensorSpec *spec, OgError *err) {
  if (strlen(spec->name) >= OG_TENSOR_NAME_SIZE) {
    return og_error_set(err, OG_USAGE, "tensor name of over %d bytes: %s", OG_TENSOR_NAME_SIZE - 1,
                        spec->name);
  }
  if (og_params_find(params, spec->name) < params->count) {
    return og_error_set(err, OG_USAGE, "two tensors are named %s", spec->name);
  }
  if (spec->rows == 0 || spec->columns == 0 || (spec->rank != 2 && spec->columns != 1)) {
    return og_error_set(err, OG_USAGE, "tensor %s has no shape: %zu × %zu of rank %d", spec->name,
                        spec->rows, spec->columns, spec->rank);
  }
  OgTensor *tensor = &params->tensors[params->count];
  snprintf(tensor->name, sizeof tensor->name, "%s", spec->name);
  tensor->kind = spec->kind;
  tensor->rows = spec->rows;
  tensor->columns = spec->columns;
  tensor->rank = spec->rank;
  tensor->head = true;
  return place(params, tensor, false, err);
}

/* Sets of layers' weights. */
static size_t layer_sets(const OgConfig *config) {
  return og_architecture(config->architecture)->shared ? 1 : config->layers;
}

static OgStatus lay_out(OgParams *params, const OgTensorSpec *extra, size_t extra_count,
                        OgError *err) {
  const OgArchitectureRow *kind = og_architecture(params->config.architecture);
  OG_TRY(place_rows(params, kind->embeddings, 0, err));
  for (size_t layer = 0; layer < layer_sets(&params->config); layer++) {
    OG_TRY(place_rows(params, kind->layer, layer, err));
  }
  OG_TRY(place_rows(params, kind->pooler, 0, err));
  for (size_t k = 0; k < extra_count; k++) {
    OG_TRY(place_extra(params, &extra[k], err));
  }
  params->total = (params->total + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  return OG_OK;
}

/* A block that memory cannot hold would be granted, and the process killed when it is written to.
 */
OgStatus og_params_allocate(OgParams *params, OgError *err) {
  const double needed = (double)params->total * sizeof(float);
  const double present = (double)sysconf(_SC_PHYS_PAGES) * (double)sysconf(_SC_PAGESIZE);
  if (present > 0 && needed > present) {
    return og_error_set(err, OG_NO_MEMORY,
                        "the model's weights take %.1f GiB, this machine has %.1f GiB of memory",
                        needed / gibibyte, present / gibibyte);
  }
  params->weights = og_calloc_floats(params->total);
  return params->weights
             ? OG_OK
             : og_error_no_room(err, params->total * sizeof(float), "the model's weights");
}

OgStatus og_params_init(OgParams *params, const OgConfig *config, const OgTensorSpec *extra,
                        size_t extra_count, OgError *err) {
  OG_TRY(og_config_check(config, err));
  OgParams made = {.config = *config};
  const OgArchitectureRow *kind = og_architecture(config->architecture);
  const size_t count = kind->embeddings.count + layer_sets(config) * kind->layer.count +
                       kind->pooler.count + extra_count;
  made.tensors = OG_NEW_ARRAY(OgTensor, count);
  if (!made.tensors) {
    return og_error_no_memory(err);
  }
  OgStatus status = lay_out(&made, extra, extra_count, err);
  if (status == OG_OK) {
    status = og_params_allocate(&made, err);
  }
  if (status != OG_OK) {
    og_params_clear(&made);
    return status;
  }
  *params = made;
  return OG_OK;
}

void og_params_clear(OgParams *params) {
  if (params) {
    const bool in_file = params->file && !params->left;
    og_free(params->tensors);
    og_free_floats(in_file ? NULL : params->weights);
    og_free(params->left);
    og_safetensors_close(params->file);
    *params = (OgParams){.weights = NULL};
  }
}

/* The offset of the first tensor from number k on; the end when there is none. */
static size_t offset_of(const OgParams *params, size_t k) {
  return k < params->count ? params->tensors[k].offset : params->total;
}

static bool is_extra(const OgTensor *tensor) {
  return tensor->role == OG_ROLE_OTHER;
}

size_t og_params_encoder(const OgParams *params) {
  size_t k = 0;
  while (k < params->count && !is_extra(&params->tensors[k]) &&
         !og_role_of_pooler(params->tensors[k].role)) {
    k++;
  }
  return offset_of(params, k);
}

size_t og_params_base(const OgParams *params) {
  size_t k = 0;
  while (k < params->count && !is_extra(&params->tensors[k])) {
    k++;
  }
  return offset_of(params, k);
}

size_t og_params_find(const OgParams *params, const char *name) {
  size_t k = 0;
  while (k < params->count && strcmp(params->tensors[k].name, name) != 0) {
    k++;
  }
  return k;
}

size_t og_params_role(const OgParams *params, OgRole role, size_t layer) {
  if (!og_role_of_layer(role) || og_architecture(params->config.architecture)->shared) {
    layer = 0;
  }
  size_t k = 0;
  while (k < params->count &&
         (params->tensors[k].role != role || params->tensors[k].layer != layer)) {
    k++;
  }
  return k;
}

/* --- initialisation --------------------------------------------------------------------------- */

static bool ends_with(const char *text, const char *end) {
  const size_t text_size = strlen(text);
  const size_t end_size = strlen(end);
  return text_size >= end_size && strcmp(text + text_size - end_size, end) == 0;
}

static void randomize(OgParams *params, const OgTensor *tensor, OgRandom *random) {
  float *values = og_tensor_at(params->weights, tensor);
  const size_t size = tensor->rows * tensor->columns;
  const double deviation = (double)params->config.initializer_range;
  const bool random_start = tensor->kind == OG_TENSOR_WEIGHT || tensor->kind == OG_TENSOR_EMBEDDING;
  const float constant =
      tensor->kind == OG_TENSOR_NORM && ends_with(tensor->name, ".weight") ? 1.0F : 0.0F;
  for (size_t k = 0; k < size; k++) {
    values[k] = random_start ? (float)(deviation * og_random_normal(random)) : constant;
  }
  if (tensor->role == OG_ROLE_WORDS) {
    memset(values + params->config.pad_token_id * tensor->columns, 0,
           tensor->columns * sizeof(float));
  }
}

void og_params_randomize(OgParams *params, OgRandom *random, const bool *skip) {
  for (size_t k = 0; k < params->count; k++) {
    if (!skip || !skip[k]) {
      randomize(params, &params->tensors[k], random);
    }
  }
}
