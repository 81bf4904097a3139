#include "model/array.h"

#include "core/memory.h"

#include <float.h>
#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
               "arrays are used as they lie in the file");

static const struct {
  const char *name;
  size_t size;
} dtypes[OG_DTYPE_COUNT] = {
    [OG_BOOL] = {"BOOL", 1}, [OG_U8] = {"U8", 1},   [OG_I8] = {"I8", 1},     [OG_I16] = {"I16", 2},
    [OG_U16] = {"U16", 2},   [OG_F16] = {"F16", 2}, [OG_BF16] = {"BF16", 2}, [OG_I32] = {"I32", 4},
    [OG_U32] = {"U32", 4},   [OG_F32] = {"F32", 4}, [OG_F64] = {"F64", 8},   [OG_I64] = {"I64", 8},
    [OG_U64] = {"U64", 8},
};

const char *og_dtype_name(OgDtype dtype) {
  return dtypes[dtype].name;
}

OgDtype og_dtype_find(const char *name) {
  size_t k = 0;
  while (k < OG_DTYPE_COUNT && strcmp(dtypes[k].name, name) != 0) {
    k++;
  }
  return (OgDtype)k;
}

size_t og_dtype_size(OgDtype dtype) {
  return dtypes[dtype].size;
}

size_t og_array_count(const OgArray *array) {
  size_t count = 1;
  for (int k = 0; k < array->rank; k++) {
    count *= array->shape[k];
  }
  return count;
}

size_t og_array_size(const OgArray *array) {
  return og_array_count(array) * dtypes[array->dtype].size;
}

OgStatus og_array_fault(OgError *err, const OgArray *array, const char *format, ...) {
  char text[360];
  va_list args;
  va_start(args, format);
  vsnprintf(text, sizeof text, format, args);
  va_end(args);
  return og_error_at(err, OG_BAD_STORE, array->source, 0, 0, "tensor %.120s: %s", array->name,
                     text);
}

enum { BF16_INFINITY = 0x7f80, F16_INFINITY = 0x7c00 };

/* --- floats ----------------------------------------------------------------------------------- */

static float from_bits(uint32_t bits) {
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

/* IEEE binary16: the bits are moved to binary32's places, and the product corrects the exponent's
 * bias (15 against 127), subnormals included. Infinities and NaNs get the largest exponent back. */
static inline float from_half(uint16_t half) {
  const uint32_t sign = (uint32_t)(half & 0x8000U) << 16;
  const uint32_t rest = half & 0x7fffU;
  const float scaled = from_bits(rest << 13) * 0x1p112F;
  uint32_t bits;
  memcpy(&bits, &scaled, sizeof bits);
  bits |= rest >= 0x7c00U ? 0x7f800000U : 0U;
  return from_bits(bits | sign);
}

OG_KERNEL static void convert_f16(const void *bytes, float *values, size_t count) {
  const unsigned char *from = bytes;
  for (size_t k = 0; k < count; k++) {
    uint16_t half;
    memcpy(&half, from + k * sizeof half, sizeof half);
    values[k] = from_half(half);
  }
}

OG_KERNEL static void convert_bf16(const void *bytes, float *values, size_t count) {
  const unsigned char *from = bytes;
  for (size_t k = 0; k < count; k++) {
    uint16_t half;
    memcpy(&half, from + k * sizeof half, sizeof half);
    values[k] = from_bits((uint32_t)half << 16);
  }
}

static void convert_f32(const void *bytes, float *values, size_t count) {
  memcpy(values, bytes, count * sizeof *values);
}

OG_KERNEL static void convert_f64(const void *bytes, float *values, size_t count) {
  const unsigned char *from = bytes;
  for (size_t k = 0; k < count; k++) {
    double wide;
    memcpy(&wide, from + k * sizeof wide, sizeof wide);
    values[k] = (float)wide;
  }
}

static void (*const float_conversions[OG_DTYPE_COUNT])(const void *, float *, size_t) = {
    [OG_F16] = convert_f16,
    [OG_BF16] = convert_bf16,
    [OG_F32] = convert_f32,
    [OG_F64] = convert_f64,
};

/* True when no float, at any alignment, is a NaN or an infinity. */
OG_KERNEL static bool all_finite(const void *floats, size_t count) {
  const unsigned char *from = floats;
  uint32_t worst = 0;
  for (size_t k = 0; k < count; k++) {
    uint32_t bits;
    memcpy(&bits, from + k * sizeof bits, sizeof bits);
    bits &= 0x7f800000U;
    worst = bits > worst ? bits : worst;
  }
  return worst < 0x7f800000U;
}

static const void *element_at(const OgArray *array, size_t k) {
  return (const unsigned char *)array->bytes + k * dtypes[array->dtype].size;
}

/* The same of halves, by their dtype's infinity: the bits of its exponent. */
OG_KERNEL static bool all_halves_finite(const void *halves, size_t count, uint16_t infinity) {
  const unsigned char *from = halves;
  uint16_t worst = 0;
  for (size_t k = 0; k < count; k++) {
    uint16_t bits;
    memcpy(&bits, from + k * sizeof bits, sizeof bits);
    bits &= infinity;
    worst = bits > worst ? bits : worst;
  }
  return worst < infinity;
}

bool og_array_finite(const OgArray *array, size_t begin, size_t end) {
  const void *from = element_at(array, begin);
  switch (array->dtype) {
  case OG_F32:
    return all_finite(from, end - begin);
  case OG_BF16:
    return all_halves_finite(from, end - begin, BF16_INFINITY);
  case OG_F16:
    return all_halves_finite(from, end - begin, F16_INFINITY);
  default:
    return false;
  }
}

/* In runs that are still in the first cache when they are looked at. */
bool og_array_convert(const OgArray *array, size_t begin, size_t end, float *values) {
  enum { RUN = 4096 };
  bool finite = float_conversions[array->dtype] != NULL;
  for (size_t k = begin; k < end && finite; k += RUN, values += RUN) {
    const size_t count = end - k < RUN ? end - k : RUN;
    float_conversions[array->dtype](element_at(array, k), values, count);
    finite = all_finite(values, count);
  }
  return finite;
}

OgStatus og_array_floats(const OgArray *array, float *values, OgError *err) {
  if (!float_conversions[array->dtype]) {
    return og_array_fault(err, array, "expected F32, F16, BF16 or F64, found %s",
                          dtypes[array->dtype].name);
  }
  const size_t count = og_array_count(array);
  if (!og_array_convert(array, 0, count, values)) {
    size_t k = 0;
    while (isfinite(values[k])) {
      k++;
    }
    return og_array_fault(err, array,
                          "element %zu is %s; the checkpoint is damaged, or its "
                          "training diverged",
                          k, isnan(values[k]) ? "not a number" : "infinite");
  }
  return OG_OK;
}

/* --- 8 bits with a scale a row ---------------------------------------------------------------- */

OG_KERNEL static void scale_row(float *values, const int8_t *from, float scale, size_t columns) {
#pragma omp simd
  for (size_t j = 0; j < columns; j++) {
    values[j] = (float)from[j] * scale;
  }
}

OgStatus og_array_check_scales(const OgArray *array, const OgArray *scales, OgError *err) {
  if (array->dtype != OG_I8 || array->rank != 2) {
    return og_array_fault(err, array, "expected a matrix of I8");
  }
  const size_t rows = array->shape[0];
  if (og_array_count(scales) != rows || scales->rank < 1 || scales->shape[0] != rows) {
    return og_array_fault(err, scales, "expected %zu scales, one a row of %.120s", rows,
                          array->name);
  }
  return OG_OK;
}

bool og_array_convert_scaled(const OgArray *array, const OgArray *scales, size_t begin, size_t end,
                             float *values) {
  const size_t columns = array->shape[1];
  bool finite = true;
  for (size_t n = begin; n < end && finite; n++, values += columns) {
    float scale;
    finite = og_array_convert(scales, n, n + 1, &scale);
    if (finite) {
      scale_row(values, element_at(array, n * columns), scale, columns);
      finite = all_finite(values, columns);
    }
  }
  return finite;
}

/* max |element|; only where a scale is so large that it matters. */
static int largest_of(const int8_t *row, size_t columns) {
  int largest = 0;
  for (size_t j = 0; j < columns; j++) {
    const int size = row[j] < 0 ? -row[j] : row[j];
    largest = size > largest ? size : largest;
  }
  return largest;
}

bool og_array_finite_scaled(const OgArray *array, const OgArray *scales, size_t begin, size_t end) {
  const size_t columns = array->shape[1];
  for (size_t n = begin; n < end; n++) {
    float scale;
    if (!og_array_convert(scales, n, n + 1, &scale)) {
      return false;
    }
    if (fabsf(scale) > FLT_MAX / 128 &&
        !isfinite(scale * (float)largest_of(element_at(array, n * columns), columns))) {
      return false;
    }
  }
  return true;
}

OgStatus og_array_scaled_floats(const OgArray *array, const OgArray *scales, float *values,
                                OgError *err) {
  OG_TRY(og_array_check_scales(array, scales, err));
  const size_t rows = array->shape[0];
  if (og_array_convert_scaled(array, scales, 0, rows, values)) {
    return OG_OK;
  }
  float *factors = og_calloc_floats(rows);
  if (!factors) {
    return og_error_no_memory(err);
  }
  OgStatus status = og_array_floats(scales, factors, err);
  og_free_floats(factors);
  OG_TRY(status);
  return og_array_fault(err, scales, "a scale makes infinite weights");
}

/* --- halves ----------------------------------------------------------------------------------- */

/* Half of the last place that stays, less one when that place is even: adding it rounds to nearest,
 * ties to even, by the carry. */
static inline uint32_t rounding(uint32_t bits, int dropped) {
  return (UINT32_C(1) << (dropped - 1)) - 1 + (bits >> dropped & 1);
}

static inline uint16_t to_bf16(float value) {
  uint32_t bits;
  memcpy(&bits, &value, sizeof bits);
  return (uint16_t)((bits + rounding(bits, 16)) >> 16);
}

/* A half's bits, the exponent's bias changed from 127 to 15. Below 2⁻¹⁴ halves are multiples of
 * 2⁻²⁴, as floats around ½ are: adding ½ rounds. */
static inline uint16_t to_f16(float value) {
  uint32_t bits;
  memcpy(&bits, &value, sizeof bits);
  const uint32_t sign = bits >> 16 & 0x8000U, size = bits & 0x7fffffffU;
  const float shifted = from_bits(size) + 0.5F;
  uint32_t small;
  memcpy(&small, &shifted, sizeof small);
  const uint32_t normal = (size - (112U << 23) + rounding(size, 13)) >> 13;
  return (uint16_t)(sign | (size < 0x38800000U ? small - 0x3f000000U : normal));
}

size_t og_floats_to_half(OgDtype dtype, const float *values, size_t count, uint16_t *halves) {
  const bool brain = dtype == OG_BF16;
  const uint16_t infinity = brain ? BF16_INFINITY : F16_INFINITY;
  for (size_t k = 0; k < count; k++) {
    /* a float too large for F16 has no exponent there */
    const bool fits = brain || fabsf(values[k]) < 65520.0F;
    halves[k] = brain ? to_bf16(values[k]) : to_f16(values[k]);
    if (!fits || (halves[k] & 0x7fff) >= infinity) {
      return k;
    }
  }
  return count;
}

void og_halves_to_floats(OgDtype dtype, const void *halves, size_t count, float *values) {
  float_conversions[dtype](halves, values, count);
}

/* --- integers --------------------------------------------------------------------------------- */

/* One element of `size` bytes, the sign carried on when asked. */
static int64_t load_integer(const unsigned char *from, size_t size, bool is_signed) {
  uint64_t bits = 0;
  memcpy(&bits, from, size);
  const unsigned unused = (unsigned)(64 - 8 * size);
  return is_signed ? (int64_t)(bits << unused) >> unused : (int64_t)bits;
}

OgStatus og_array_integers(const OgArray *array, int64_t *values, OgError *err) {
  if (float_conversions[array->dtype]) {
    return og_array_fault(err, array, "expected integers, found %s", dtypes[array->dtype].name);
  }
  const bool is_signed = dtypes[array->dtype].name[0] == 'I';
  const size_t size = dtypes[array->dtype].size;
  const size_t count = og_array_count(array);
  const unsigned char *from = array->bytes;
  for (size_t k = 0; k < count; k++) {
    values[k] = load_integer(from + k * size, size, is_signed);
    if (values[k] < 0 && !is_signed) {
      return og_array_fault(err, array, "element %zu is over 2^63-1", k);
    }
  }
  return OG_OK;
}
