#include "tests/reference.h"

#include "core/memory.h"
#include "tests/numbers.h"
#include "tests/test.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* What a recorded zero may be: the rounding of a sum in double. */
static const double zero = 1e-14;

static const OgTensorSpec heads[] = {
    {"classifier.weight", OG_TENSOR_WEIGHT, 5, 48, 2},
    {"classifier.bias", OG_TENSOR_BIAS, 5, 1, 1},
    {"cls.predictions.transform.dense.weight", OG_TENSOR_WEIGHT, 48, 48, 2},
    {"cls.predictions.transform.dense.bias", OG_TENSOR_BIAS, 48, 1, 1},
    {"cls.predictions.transform.LayerNorm.weight", OG_TENSOR_NORM, 48, 1, 1},
    {"cls.predictions.transform.LayerNorm.bias", OG_TENSOR_NORM, 48, 1, 1},
    {"cls.predictions.bias", OG_TENSOR_BIAS, 211, 1, 1},
};

static const OgArray *recorded(const Reference *reference, const char *prefix, const char *name) {
  char full[256];
  snprintf(full, sizeof full, "%s%s", prefix, name);
  return og_safetensors_find(reference->file, full);
}

float *reference_floats(const Reference *reference, const char *prefix, const char *name,
                        size_t *count) {
  OgError err;
  const OgArray *array = recorded(reference, prefix, name);
  assert_non_null(array);
  *count = og_array_count(array);
  float *values = og_calloc_floats(*count);
  assert_non_null(values);
  assert_ok(og_array_floats(array, values, &err));
  return values;
}

static int64_t *integers(const Reference *reference, const char *name, size_t *rows,
                         size_t *columns) {
  OgError err;
  const OgArray *array = recorded(reference, "input.", name);
  assert_non_null(array);
  *rows = array->shape[0];
  *columns = array->rank > 1 ? array->shape[1] : 1;
  int64_t *values = og_calloc(og_array_count(array), sizeof *values);
  assert_non_null(values);
  assert_ok(og_array_integers(array, values, &err));
  return values;
}

/* Take the unpadded elements of a recorded (B,S) array. */
static void pack(const Reference *reference, const char *name, uint32_t *packed) {
  size_t B, S;
  int64_t *values = integers(reference, name, &B, &S);
  for (size_t b = 0; b < B; b++) {
    for (size_t t = reference->offsets[b]; t < reference->offsets[b + 1]; t++) {
      packed[t] = (uint32_t)values[b * S + t - reference->offsets[b]];
    }
  }
  og_free(values);
}

static void read_lengths(Reference *reference) {
  size_t B, S;
  int64_t *mask = integers(reference, "mask", &B, &S);
  assert_true(B + 1 <= OG_COUNT(reference->offsets) && B * S <= OG_COUNT(reference->ids));
  for (size_t b = 0; b < B; b++) {
    reference->offsets[b + 1] = reference->offsets[b];
    for (size_t s = 0; s < S; s++) {
      reference->offsets[b + 1] += (uint32_t)mask[b * S + s];
    }
  }
  reference->S = S;
  reference->batch = (OgBatch){.B = B,
                               .T = reference->offsets[B],
                               .ids = reference->ids,
                               .types = reference->types,
                               .offsets = reference->offsets};
  og_free(mask);
}

static void read_masked(Reference *reference) {
  size_t count, one;
  int64_t *rows = integers(reference, "mlm_rows", &count, &one);
  int64_t *columns = integers(reference, "mlm_cols", &count, &one);
  int64_t *targets = integers(reference, "mlm_targets", &count, &one);
  for (size_t k = 0; k < count; k++) {
    const uint32_t token = reference->offsets[rows[k]] + (uint32_t)columns[k];
    size_t at = reference->masked_count++;
    for (; at > 0 && reference->masked[at - 1] > token; at--) {
      reference->masked[at] = reference->masked[at - 1];
      reference->targets[at] = reference->targets[at - 1];
      reference->masked_row[at] = reference->masked_row[at - 1];
    }
    reference->masked[at] = token;
    reference->targets[at] = (uint32_t)targets[k];
    reference->masked_row[at] = k;
  }
  og_free(rows);
  og_free(columns);
  og_free(targets);
}

static void read_inputs(Reference *reference) {
  size_t B, one;
  read_lengths(reference);
  pack(reference, "ids", reference->ids);
  pack(reference, "token_types", reference->types);
  pack(reference, "tags", reference->tags);
  int64_t *labels = integers(reference, "labels", &B, &one);
  for (size_t b = 0; b < B; b++) {
    reference->labels[b] = (uint32_t)labels[b];
  }
  og_free(labels);
  read_masked(reference);
}

bool reference_open(Reference *reference, size_t layers) {
  OgError err;
  const char *checkpoint = shared_data("base/reference/checkpoint");
  const char *tensors = shared_data("base/reference/reference.safetensors");
  if (!checkpoint || !tensors) {
    return false;
  }
  OgConfig config;
  *reference = (Reference){.S = 0};
  assert_ok(og_config_load(checkpoint, &config, &err));
  config.layers = layers ? layers : config.layers;
  assert_ok(og_params_init(&reference->params, &config, heads, OG_COUNT(heads), &err));
  assert_ok(og_params_load(&reference->params, checkpoint, NULL, NULL, &err));
  assert_ok(og_safetensors_open(tensors, &reference->file, &err));
  read_inputs(reference);
  return true;
}

void reference_close(Reference *reference) {
  og_params_clear(&reference->params);
  og_safetensors_close(reference->file);
}

void assert_recorded(const Reference *reference, const char *prefix, float *block,
                     double tolerance) {
  for (size_t k = 0; k < reference->params.count; k++) {
    const OgTensor *tensor = &reference->params.tensors[k];
    const size_t size = tensor->rows * tensor->columns;
    const float *values = og_tensor_at(block, tensor);
    if (!recorded(reference, prefix, tensor->name)) {
      assert_true(inner_product(values, values, size) == 0);
      continue;
    }
    size_t count;
    float *expected = reference_floats(reference, prefix, tensor->name, &count);
    assert_int_equal(count, size);
    const double norm = sqrt(inner_product(expected, expected, size));
    const double off = distance(values, expected, size);
    if (!(off <= tolerance * norm + zero)) {
      fail_msg("%s%s is off by %.3g, its norm is %.3g", prefix, tensor->name, off, norm);
    }
    og_free_floats(expected);
  }
}
