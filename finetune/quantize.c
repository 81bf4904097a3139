#include "finetune/quantize.h"

#include "core/arena.h"
#include "core/file.h"
#include "core/json.h"
#include "core/memory.h"
#include "finetune/checkpoint.h"
#include "model/int8.h"
#include "model/params.h"
#include "model/safetensors.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

enum { CONFIG_LIMIT = 16 << 20 };

static const OgRole dense_roles[] = {OG_ROLE_QUERY_WEIGHT, OG_ROLE_KEY_WEIGHT, OG_ROLE_VALUE_WEIGHT,
                                     OG_ROLE_MIX_WEIGHT,   OG_ROLE_UP_WEIGHT,  OG_ROLE_DOWN_WEIGHT};

typedef struct Quantizing {
  OgDtype dtype;
  const OgArchitectureRow *kind;
  OgSafetensors *file;
  OgArray *arrays; /* (2 × those of the file) as they will be written */
  size_t count;
  OgArena arena; /* names and elements */
  OgQuantizeReport *report;
} Quantizing;

/* Whether this is a tensor of a layer's dense product: prefix, layer_prefix, a number, its name. */
static bool is_dense(const OgArchitectureRow *kind, const char *name) {
  const size_t prefix = strlen(kind->prefix), layers = strlen(kind->layer_prefix);
  if (strncmp(name, kind->prefix, prefix) == 0) {
    name += prefix;
  }
  if (strncmp(name, kind->layer_prefix, layers) != 0) {
    return false;
  }
  name += layers;
  const size_t digits = strspn(name, "0123456789");
  if (digits == 0 || name[digits] != '.') {
    return false;
  }
  name += digits + 1;
  for (size_t k = 0; k < OG_COUNT(dense_roles); k++) {
    for (size_t n = 0; n < kind->layer.count; n++) {
      const OgTensorRow *row = &kind->layer.rows[n];
      if (row->role == dense_roles[k] && strcmp(name, row->name) == 0) {
        return true;
      }
    }
  }
  return false;
}

static OgStatus to_int8(Quantizing *q, OgArray *array, const float *values, OgError *err) {
  static const char ending[] = "_scale";
  const size_t rows = array->shape[0], columns = array->shape[1], size = strlen(array->name);
  int8_t *elements = og_arena_alloc(&q->arena, rows * columns, 1);
  float *scales = og_arena_alloc(&q->arena, rows, sizeof *scales);
  char *name = og_arena_alloc(&q->arena, size + sizeof ending, 1);
  if (!elements || !scales || !name) {
    return og_error_no_memory(err);
  }
  og_int8_quantize(elements, scales, values, rows, columns);
  memcpy(name, array->name, size);
  memcpy(name + size, ending, sizeof ending);
  array->dtype = OG_I8;
  array->bytes = elements;
  q->arrays[q->count++] =
      (OgArray){.name = name, .dtype = OG_F32, .rank = 2, .shape = {rows, 1}, .bytes = scales};
  return OG_OK;
}

static OgStatus to_half(Quantizing *q, OgArray *array, const float *values, OgError *err) {
  const size_t count = og_array_count(array);
  uint16_t *halves = og_arena_alloc(&q->arena, count, sizeof *halves);
  if (!halves) {
    return og_error_no_memory(err);
  }
  const size_t done = og_floats_to_half(q->dtype, values, count, halves);
  if (done < count) {
    return og_error_at(err, OG_BAD_DATA, array->source, 0, 0,
                       "tensor %.120s: element %zu, %g, is too large for %s", array->name, done,
                       (double)values[done], og_dtype_name(q->dtype));
  }
  array->dtype = q->dtype;
  array->bytes = halves;
  return OG_OK;
}

/* Append an array, changed if it is one to change. */
static OgStatus add_array(Quantizing *q, const OgArray *from, OgError *err) {
  OgArray *array = &q->arrays[q->count++];
  *array = *from;
  q->report->bytes_in += og_array_size(from);
  const bool real = from->dtype == OG_F32 || from->dtype == OG_F64 || from->dtype == OG_F16 ||
                    from->dtype == OG_BF16;
  const bool chosen = q->dtype == OG_I8 ? is_dense(q->kind, from->name) : real;
  const bool eight = from->dtype == OG_I8 && from->rank == 2;
  if (!eight && (!chosen || from->rank != 2)) {
    return OG_OK;
  }
  if (!real) {
    return og_error_at(err, OG_BAD_DATA, from->source, 0, 0,
                       "tensor %.120s is %s already; quantize a model in floats", from->name,
                       og_dtype_name(from->dtype));
  }
  float *values = og_calloc_floats(og_array_count(from));
  if (!values) {
    return og_error_no_memory(err);
  }
  OgStatus status = og_array_floats(from, values, err);
  if (status == OG_OK) {
    status = (q->dtype == OG_I8 ? to_int8 : to_half)(q, array, values, err);
  }
  og_free_floats(values);
  q->report->matrices++;
  q->report->parameters += og_array_count(from);
  return status;
}

static OgStatus write_weights(Quantizing *q, const char *directory, const OgProgress *progress,
                              OgError *err) {
  const size_t count = og_safetensors_count(q->file);
  q->arrays = OG_NEW_ARRAY(OgArray, 2 * count);
  char *path = og_path_join(directory, "model.safetensors");
  OgStatus status = q->arrays && path ? OG_OK : og_error_no_memory(err);
  for (size_t k = 0; status == OG_OK && k < count; k++) {
    status = og_progress_report(progress, "quantizing", (double)k, (double)count, NULL, err);
    if (status == OG_OK) {
      status = add_array(q, og_safetensors_at(q->file, k), err);
    }
  }
  for (size_t k = 0; status == OG_OK && k < q->count; k++) {
    q->report->bytes += og_array_size(&q->arrays[k]);
  }
  if (status == OG_OK) {
    status = og_safetensors_save(path, q->arrays, q->count, NULL, 0, err);
  }
  og_free(path);
  return status;
}

/* What compressed-tensors calls this scheme: 8 bits, a scale a channel; activations a scale and a
 * zero point a token, found when it is there. */
static json_t *scheme(void) {
  return json_pack("{s:s, s:s, s:s, s:[s], s:{s:{s:[s], s:{s:i, s:s, s:b, s:s, s:b}, "
                   "s:{s:i, s:s, s:b, s:s, s:b}}}}",
                   "quant_method", "compressed-tensors", "format", "int-quantized",
                   "quantization_status", "compressed", "ignore",
                   "re:.*(pooler|classifier|head|cls).*", "config_groups", "group_0", "targets",
                   "Linear", "weights", "num_bits", 8, "type", "int", "symmetric", 1, "strategy",
                   "channel", "dynamic", 0, "input_activations", "num_bits", 8, "type", "int",
                   "symmetric", 0, "strategy", "token", "dynamic", 1);
}

/* config.json, with the dtype of its weights. */
static OgStatus write_config(const char *from, const char *to, OgDtype dtype, OgError *err) {
  json_t *json = NULL;
  OgStatus status = OG_OK;
  OG_GO(og_json_load(from, CONFIG_LIMIT, OG_BAD_STORE, &json, err));
  json_object_del(json, "quantization_config");
  const int failed =
      dtype == OG_I8 ? json_object_set_new(json, "quantization_config", scheme())
                     : json_object_set_new(json, "torch_dtype",
                                           json_string(dtype == OG_F16 ? "float16" : "bfloat16"));
  if (failed) {
    status = og_error_no_memory(err);
    goto done;
  }
  OG_GO(og_json_save(to, json, err));
done:
  json_decref(json);
  return status;
}

OgStatus og_quantize(const char *directory, const char *out, OgDtype dtype, bool force,
                     const OgProgress *progress, OgQuantizeReport *report, OgError *err) {
  assert(dtype == OG_BF16 || dtype == OG_F16 || dtype == OG_I8);
  *report = (OgQuantizeReport){0};
  OgConfig config;
  OgDirectory place = {.lock = -1};
  Quantizing q = {.dtype = dtype, .arena = OG_ARENA_INIT, .report = report};
  char *from = NULL, *to = NULL;
  OgStatus status;
  OG_GO(og_config_load(directory, &config, err));
  q.kind = og_architecture(config.architecture);
  OG_GO(og_safetensors_open_model(directory, &q.file, err));
  OG_GO(og_directory_open(out, force, progress, &place, err));
  OG_GO(og_directory_copy(directory, &place, err));
  OG_GO(write_weights(&q, place.temporary, progress, err));
  from = og_path_join(directory, "config.json");
  to = og_path_join(place.temporary, "config.json");
  if (!from || !to) {
    status = og_error_no_memory(err);
    goto done;
  }
  OG_GO(write_config(from, to, dtype, err));
  OG_GO(og_directory_commit(&place, err));
done:
  og_free(from);
  og_free(to);
  og_directory_close(&place);
  og_safetensors_close(q.file);
  og_free(q.arrays);
  og_arena_clear(&q.arena);
  return status;
}
