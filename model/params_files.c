/* params_files: weights from a checkpoint's files, and into them. */
#include "core/file.h"
#include "core/memory.h"
#include "model/int8.h"
#include "model/params.h"
#include "model/safetensors.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

enum { PREFIX_SIZE = 32, SHAPE_TEXT_SIZE = 64 };

/* --- finding a checkpoint's arrays ------------------------------------------------------------ */

/* How checkpoints of TensorFlow's time end the names of LayerNorm's tensors. */
static const struct {
  const char *ours;
  const char *old;
} old_endings[] = {{"LayerNorm.weight", "LayerNorm.gamma"}, {"LayerNorm.bias", "LayerNorm.beta"}};

/* Look for prefix + tensor's name, also with the old ending. */
static const OgArray *find_named(const OgSafetensors *file, const OgTensor *tensor,
                                 const char *prefix) {
  char name[OG_TENSOR_NAME_SIZE + PREFIX_SIZE];
  const size_t size = (size_t)snprintf(name, sizeof name, "%s%s", prefix, tensor->name);
  const OgArray *array = og_safetensors_find(file, name);
  for (size_t k = 0; !array && k < OG_COUNT(old_endings); k++) {
    const size_t tail = strlen(old_endings[k].ours);
    if (size >= tail && strcmp(name + size - tail, old_endings[k].ours) == 0) {
      snprintf(name + size - tail, sizeof name - (size - tail), "%s", old_endings[k].old);
      return og_safetensors_find(file, name);
    }
  }
  return array;
}

static OgStatus find_array(const OgSafetensors *file, const OgTensor *tensor, const char *prefix,
                           const OgArray **array, OgError *err) {
  const OgArray *plain = find_named(file, tensor, "");
  const OgArray *prefixed = find_named(file, tensor, prefix);
  if (plain && prefixed) {
    return og_error_set(err, OG_BAD_STORE,
                        "the checkpoint has both %s and %s: remove one, they are the same tensor",
                        plain->name, prefixed->name);
  }
  *array = plain ? plain : prefixed;
  return OG_OK;
}

static const char *shape_text(int rank, const size_t *shape, char text[SHAPE_TEXT_SIZE]) {
  size_t used = (size_t)snprintf(text, SHAPE_TEXT_SIZE, "(");
  for (int k = 0; k < rank && used < SHAPE_TEXT_SIZE; k++) {
    used += (size_t)snprintf(text + used, SHAPE_TEXT_SIZE - used, "%s%zu", k ? ", " : "", shape[k]);
  }
  if (used < SHAPE_TEXT_SIZE) {
    snprintf(text + used, SHAPE_TEXT_SIZE - used, ")");
  }
  return text;
}

static OgStatus check_array(const OgTensor *tensor, const OgArray *array, OgError *err) {
  const size_t wanted[] = {tensor->rows, tensor->columns};
  bool same = array->rank == tensor->rank;
  for (int k = 0; same && k < tensor->rank; k++) {
    same = array->shape[k] == wanted[k];
  }
  if (!same) {
    char expected[SHAPE_TEXT_SIZE];
    char found[SHAPE_TEXT_SIZE];
    return og_array_fault(err, array, "config.json makes its shape %s, the checkpoint has %s",
                          shape_text(tensor->rank, wanted, expected),
                          shape_text(array->rank, array->shape, found));
  }
  return OG_OK;
}

/* Before anything is read: numbers in 8 bits have scales. */
static OgStatus check_dtype(const OgSafetensors *file, const OgArray *array, OgError *err) {
  if (array->dtype != OG_I8) {
    return OG_OK;
  }
  const OgArray *scales = og_safetensors_scales(file, array);
  if (!scales) {
    return og_array_fault(err, array,
                          "is in 8 bits, but %.120s_scale, a scale for each of its "
                          "rows, is not there",
                          array->name);
  }
  return og_array_check_scales(array, scales, err);
}

/* arrays[k] becomes the checkpoint's array of tensor k, or NULL where it may be missing. */
static OgStatus match(const OgParams *params, const OgSafetensors *file, const OgArray **arrays,
                      OgError *err) {
  const OgArchitectureRow *kind = og_architecture(params->config.architecture);
  for (size_t k = 0; k < params->count; k++) {
    const OgTensor *tensor = &params->tensors[k];
    OG_TRY(find_array(file, tensor, kind->prefix, &arrays[k], err));
    if (arrays[k]) {
      OG_TRY(check_array(tensor, arrays[k], err));
      OG_TRY(check_dtype(file, arrays[k], err));
    } else if (!tensor->head && !og_role_of_pooler(tensor->role)) {
      return og_error_set(err, OG_BAD_STORE,
                          "the checkpoint has no tensor %s (nor %s%s): is it of the kind %s, and "
                          "does its config.json belong to it?",
                          tensor->name, kind->prefix, tensor->name, kind->model_type);
    }
  }
  return OG_OK;
}

/* --- reading ---------------------------------------------------------------------------------- */

/* What the threads that read work with. */
typedef struct Reading {
  OgParams *params;
  OgSafetensors *file;
  const OgArray **arrays; /* (params->count); NULL: not there */
  OgTeam *team;           /* NULL: one thread */
  atomic_bool faulty;     /* a value is refused */
} Reading;

/* Rows [begin, end) of tensor k; false: one of their values is refused. */
typedef bool TakeRows(const Reading *reading, size_t k, size_t begin, size_t end);

static bool read_rows(const Reading *reading, size_t k, size_t begin, size_t end) {
  const OgArray *array = reading->arrays[k];
  const OgTensor *tensor = &reading->params->tensors[k];
  const size_t columns = tensor->columns;
  float *values = og_tensor_at(reading->params->weights, tensor) + begin * columns;
  return array->dtype == OG_I8
             ? og_array_convert_scaled(array, og_safetensors_scales(reading->file, array), begin,
                                       end, values)
             : og_array_convert(array, begin * columns, end * columns, values);
}

static bool look_at_rows(const Reading *reading, size_t k, size_t begin, size_t end) {
  const OgArray *array = reading->arrays[k];
  const size_t columns = reading->params->tensors[k].columns;
  return array->dtype == OG_I8 ? og_array_finite_scaled(
                                     array, og_safetensors_scales(reading->file, array), begin, end)
                               : og_array_finite(array, begin * columns, end * columns);
}

static bool is_left(const OgParams *params, size_t k) {
  return params->left && params->left[k].array;
}

static bool read_rows_or_leave(const Reading *reading, size_t k, size_t begin, size_t end) {
  return (is_left(reading->params, k) ? look_at_rows : read_rows)(reading, k, begin, end);
}

/* A thread's rows of all tensors. */
static void take_share(Reading *reading, TakeRows *take, int thread) {
  const int threads = reading->team ? og_team_size(reading->team) : 1;
  for (size_t k = 0; k < reading->params->count; k++) {
    size_t begin, end;
    og_share(reading->params->tensors[k].rows, 1, thread, threads, &begin, &end);
    if (reading->arrays[k] && begin < end && !take(reading, k, begin, end)) {
      atomic_store_explicit(&reading->faulty, true, memory_order_relaxed);
      return;
    }
  }
}

static void read_share(void *data, int thread) {
  take_share(data, read_rows_or_leave, thread);
}

static void look_at_share(void *data, int thread) {
  take_share(data, look_at_rows, thread);
}

/* The first fault of all, named. */
static OgStatus name_fault(const Reading *reading, OgError *err) {
  for (size_t k = 0; k < reading->params->count; k++) {
    const OgArray *array = reading->arrays[k];
    float *values = array ? og_calloc_floats(og_array_count(array)) : NULL;
    if (array && !values) {
      return og_error_no_memory(err);
    }
    OgStatus status = OG_OK;
    if (array && array->dtype == OG_I8) {
      status =
          og_array_scaled_floats(array, og_safetensors_scales(reading->file, array), values, err);
    } else if (array) {
      status = og_array_floats(array, values, err);
    }
    og_free_floats(values);
    OG_TRY(status);
  }
  return og_error_set(err, OG_IO, "the checkpoint changed while it was read");
}

static OgStatus run_reading(Reading *reading, void (*task)(void *data, int thread), OgError *err) {
  if (reading->team) {
    og_team_run(reading->team, task, reading);
  } else {
    task(reading, 0);
  }
  return atomic_load(&reading->faulty) ? name_fault(reading, err) : OG_OK;
}

static bool is_dense(const OgTensor *tensor) {
  return tensor->kind == OG_TENSOR_WEIGHT && og_role_of_layer(tensor->role);
}

static OgStatus read_copies(Reading *reading, OgError *err) {
  OgParams *params = reading->params;
  OG_TRY(params->weights ? OG_OK : og_params_allocate(params, err));
  for (size_t k = 0; k < params->count; k++) {
    if (reading->arrays[k] && reading->arrays[k]->dtype == OG_I8 && is_dense(&params->tensors[k])) {
      params->stored = OG_PRECISION_INT8;
    }
  }
  return run_reading(reading, read_share, err);
}

/* The precisions that panels keep as they are stored. */
static const struct {
  OgDtype dtype;
  OgPrecision precision;
} narrow[] = {{OG_BF16, OG_PRECISION_BF16}, {OG_F16, OG_PRECISION_F16}, {OG_I8, OG_PRECISION_INT8}};

/* Whether all dense products' weights are in one of them, and in which. With disentangled attention
 * those of queries and keys are needed as floats, too. */
static bool may_be_left(const Reading *reading, OgPrecision *precision) {
  const OgParams *params = reading->params;
  const OgArray *first = NULL;
  for (size_t k = 0; k < params->count; k++) {
    const OgArray *array = is_dense(&params->tensors[k]) ? reading->arrays[k] : NULL;
    first = first ? first : array;
    if (array && (array->dtype != first->dtype || array->shape[1] > OG_INT8_WIDEST)) {
      return false;
    }
  }
  for (size_t k = 0; first && k < OG_COUNT(narrow); k++) {
    if (narrow[k].dtype == first->dtype) {
      *precision = narrow[k].precision;
      return !og_architecture(params->config.architecture)->disentangled;
    }
  }
  return false;
}

/* Offsets anew, as if weights that are left had no room: theirs are past all others. */
static void lay_out_left(OgParams *params) {
  const size_t total = params->total;
  size_t skipped = 0;
  for (size_t k = 0; k < params->count; k++) {
    OgTensor *tensor = &params->tensors[k];
    const size_t next = k + 1 < params->count ? params->tensors[k + 1].offset : total;
    if (params->left[k].array) {
      skipped += next - tensor->offset;
      tensor->offset += total;
    } else {
      tensor->offset -= skipped;
    }
  }
  params->total = total - skipped;
}

/* A table of words, of which a text needs some rows only. */
static bool is_words(const OgTensor *tensor, const OgArray *array) {
  const bool floats = array->dtype == OG_F32 || array->dtype == OG_BF16 || array->dtype == OG_F16;
  return tensor->role == OG_ROLE_WORDS && floats;
}

/* Leave the dense products' weights and the words in the file, and copy the others. */
static OgStatus leave_dense(Reading *reading, OgPrecision precision, OgError *err) {
  OgParams *params = reading->params;
  params->left = OG_NEW_ARRAY(OgStored, params->count);
  if (!params->left) {
    return og_error_no_memory(err);
  }
  for (size_t k = 0; k < params->count; k++) {
    const OgTensor *tensor = &params->tensors[k];
    const OgArray *array = reading->arrays[k];
    if (array && (is_dense(tensor) || is_words(tensor, array))) {
      params->left[k] = (OgStored){array, og_safetensors_scales(reading->file, array)};
    }
  }
  lay_out_left(params);
  float *weights = og_calloc_floats(params->total);
  if (!weights) {
    return og_error_no_room(err, params->total * sizeof(float),
                            "the weights that are not left in the file");
  }
  og_free_floats(params->weights);
  params->weights = weights;
  params->stored = precision;
  params->file = reading->file;
  const OgStatus status = run_reading(reading, read_share, err);
  reading->file = NULL;
  return status;
}

const void *og_params_left_row(const OgParams *params, size_t offset, size_t *number,
                               float *scale) {
  const OgTensor *tensor = &params->tensors[*number];
  while (!params->left[*number].array ||
         offset >= tensor->offset + tensor->rows * tensor->columns) {
    tensor = &params->tensors[++*number];
  }
  const OgArray *array = params->left[*number].array;
  const size_t row = (offset - tensor->offset) / tensor->columns;
  if (array->dtype == OG_I8) {
    /* it is a number, which was seen when the file was read */
    (void)!og_array_convert(params->left[*number].scales, row, row + 1, scale);
  }
  return (const unsigned char *)array->bytes + row * tensor->columns * og_dtype_size(array->dtype);
}

/* Whether the file has the tensors as og_params_save leaves them: all, F32, aligned, one after
 * another in the table's order, so that those that are joined are. */
static bool lies_in_order(const Reading *reading) {
  const unsigned char *next = NULL;
  for (size_t k = 0; k < reading->params->count; k++) {
    const OgArray *array = reading->arrays[k];
    if (!array || array->dtype != OG_F32 || (next && array->bytes != next)) {
      return false;
    }
    next = (const unsigned char *)array->bytes + og_array_size(array);
  }
  return next && (uintptr_t)next % sizeof(float) == 0;
}

/* The map becomes the weights. */
static OgStatus read_in_place(Reading *reading, OgError *err) {
  OgParams *params = reading->params;
  OG_TRY(run_reading(reading, look_at_share, err));
  size_t total = 0;
  for (size_t k = 0; k < params->count; k++) {
    params->tensors[k].offset = total;
    total += og_array_count(reading->arrays[k]);
  }
  og_free_floats(params->weights);
  params->weights = (float *)(uintptr_t)reading->arrays[0]->bytes;
  params->total = total;
  params->file = reading->file;
  reading->file = NULL;
  return OG_OK;
}

static OgStatus load(OgParams *params, const char *directory, OgTeam *team, bool may_stay,
                     bool *loaded, OgError *err) {
  OgStatus status = OG_OK;
  Reading reading = {.params = params, .team = team};
  reading.arrays = OG_NEW_ARRAY(const OgArray *, params->count);
  if (!reading.arrays) {
    return og_error_no_memory(err);
  }
  if (may_stay) { /* or their room and the map would be there together */
    og_free_floats(params->weights);
    params->weights = NULL;
  }
  OG_GO(og_safetensors_open_model(directory, &reading.file, err));
  OG_GO(match(params, reading.file, reading.arrays, err));
  for (size_t k = 0; loaded && k < params->count; k++) {
    loaded[k] = reading.arrays[k] != NULL;
  }
  OgPrecision precision;
  if (may_stay && lies_in_order(&reading)) {
    status = read_in_place(&reading, err);
  } else if (may_stay && may_be_left(&reading, &precision)) {
    status = leave_dense(&reading, precision, err);
  } else {
    status = read_copies(&reading, err);
  }
done:
  og_safetensors_close(reading.file);
  og_free(reading.arrays);
  return status;
}

OgStatus og_params_load(OgParams *params, const char *directory, OgTeam *team, bool *loaded,
                        OgError *err) {
  return load(params, directory, team, false, loaded, err);
}

OgStatus og_params_open(OgParams *params, const char *directory, OgTeam *team, bool *loaded,
                        OgError *err) {
  return load(params, directory, team, true, loaded, err);
}

/* --- writing ---------------------------------------------------------------------------------- */

OgStatus og_params_save(const OgParams *params, const char *directory, OgError *err) {
  typedef char Name[OG_TENSOR_NAME_SIZE + PREFIX_SIZE];
  const char *prefix = og_architecture(params->config.architecture)->prefix;
  assert(strlen(prefix) < PREFIX_SIZE);
  OgStatus status = OG_OK;
  OgArray *arrays = OG_NEW_ARRAY(OgArray, params->count);
  Name *names = OG_NEW_ARRAY(Name, params->count);
  char *path = og_path_join(directory, "model.safetensors");
  if (!arrays || !names || !path) {
    status = og_error_no_memory(err);
    goto done;
  }
  for (size_t k = 0; k < params->count; k++) {
    const OgTensor *tensor = &params->tensors[k];
    snprintf(names[k], sizeof names[k], "%s%s", tensor->head ? "" : prefix, tensor->name);
    arrays[k] = (OgArray){.name = names[k],
                          .dtype = OG_F32,
                          .rank = tensor->rank,
                          .shape = {tensor->rows, tensor->columns},
                          .bytes = og_tensor_at(params->weights, tensor)};
  }
  status = og_safetensors_save(path, arrays, params->count, NULL, 0, err);
done:
  og_free(path);
  og_free(names);
  og_free(arrays);
  return status;
}
