/* array: named arrays of numbers as checkpoints store them, and their elements as float or int64_t.
 */
#ifndef OG_MODEL_ARRAY_H
#define OG_MODEL_ARRAY_H

#include "core/error.h"

#include <stdbool.h>
#include <stdint.h>

/* In the reference implementation's order: by size of an element. */
typedef enum OgDtype {
  OG_BOOL,
  OG_U8,
  OG_I8,
  OG_I16,
  OG_U16,
  OG_F16,
  OG_BF16,
  OG_I32,
  OG_U32,
  OG_F32,
  OG_F64,
  OG_I64,
  OG_U64,
  OG_DTYPE_COUNT
} OgDtype;

enum { OG_MAX_RANK = 8 };

/* One array of a file, or one to be written. */
typedef struct OgArray {
  const char *name;
  OgDtype dtype;
  int rank; /* 0 for a scalar */
  size_t shape[OG_MAX_RANK];
  const void *bytes;  /* the product of shape × the size of dtype; at any alignment */
  const char *source; /* the file it was read from, for messages; NULL in one to be written */
} OgArray;

/* "F32", … as in a file (static), the dtype of such a name (OG_DTYPE_COUNT when there is none), and
 * bytes of an element. */
OG_API const char *og_dtype_name(OgDtype dtype);
OG_API OgDtype og_dtype_find(const char *name);
OG_API size_t og_dtype_size(OgDtype dtype);

/* Number of elements, and bytes of all. */
OG_API size_t og_array_count(const OgArray *array);
OG_API size_t og_array_size(const OgArray *array);

/* Convert all elements: floats from F64, F32, F16 or BF16 (a NaN or an infinity is OG_BAD_STORE and
 * named with its position), integers from any integer dtype or BOOL (U64 over INT64_MAX is
 * OG_BAD_STORE). values holds og_array_count(array) elements. */
OG_API OG_MUST_CHECK OgStatus og_array_floats(const OgArray *array, float *values, OgError *err);
OG_API OG_MUST_CHECK OgStatus og_array_integers(const OgArray *array, int64_t *values,
                                                OgError *err);

/* The floats that an array of I8 and one scale a row stand for: values (rows, columns) = elements ×
 * scales[row]. Both are checked for rank 2, their rows and a scale that is a number. */
OG_API OG_MUST_CHECK OgStatus og_array_scaled_floats(const OgArray *array, const OgArray *scales,
                                                     float *values, OgError *err);
OG_API OG_MUST_CHECK OgStatus og_array_check_scales(const OgArray *array, const OgArray *scales,
                                                    OgError *err);

/* The same for a part of the elements [begin, end), or of the rows, to values: for threads that
 * share an array. False when the whole would be refused; where values then end is undefined. With
 * scales both have passed og_array_check_scales. */
OG_API OG_MUST_CHECK bool og_array_convert(const OgArray *array, size_t begin, size_t end,
                                           float *values);
OG_API OG_MUST_CHECK bool og_array_convert_scaled(const OgArray *array, const OgArray *scales,
                                                  size_t begin, size_t end, float *values);

/* Whether elements [begin, end) of an array of F32, BF16 or F16 are all numbers, and what rows of
 * I8 with scales stand for. */
OG_API OG_MUST_CHECK bool og_array_finite(const OgArray *array, size_t begin, size_t end);
OG_API OG_MUST_CHECK bool og_array_finite_scaled(const OgArray *array, const OgArray *scales,
                                                 size_t begin, size_t end);

/* Round count finite floats to BF16 or F16, to nearest, ties to even. Returns the place of the
 * first that is too large for it, or count. */
OG_API size_t og_floats_to_half(OgDtype dtype, const float *values, size_t count, uint16_t *halves);

/* The floats that count elements of BF16 or F16, at any alignment, stand for. */
OG_API void og_halves_to_floats(OgDtype dtype, const void *halves, size_t count, float *values);

/* Report a fault of an array and return OG_BAD_STORE: "SOURCE: tensor NAME: …". */
OG_API OgStatus og_array_fault(OgError *err, const OgArray *array, const char *format, ...)
    OG_PRINTF(3, 4);

#endif
