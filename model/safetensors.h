/* safetensors: named arrays in a file, read through a memory map and written in one step.
 *
 *   8 bytes  N, little-endian
 *   N bytes  JSON: {"name": {"dtype": "F32", "shape": [2, 3], "data_offsets": [begin, end]}, …,
 *                   "__metadata__": {"key": "text", …}}, padded with spaces to a multiple of 8
 *   the rest the arrays' bytes, little-endian, row-major, without holes or overlaps
 *
 * Format: https://huggingface.co/docs/safetensors. A file is untrusted: every name, shape and
 * offset is checked before anything is allocated for it, and every fault is OG_BAD_STORE and names
 * the tensor. */
#ifndef OG_MODEL_SAFETENSORS_H
#define OG_MODEL_SAFETENSORS_H

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

typedef struct OgSafetensors OgSafetensors;

/* Map a file. On OG_OK the caller owns *file; arrays and their bytes live until
 * og_safetensors_close. */
OG_API OG_MUST_CHECK OgStatus og_safetensors_open(const char *path, OgSafetensors **file,
                                                  OgError *err);

/* Map the model of a Hugging Face directory: model.safetensors, or the shards that
 * model.safetensors.index.json names (plain file names inside the directory; symbolic links are
 * followed, since the Hugging Face cache is made of them, but only to regular files). A directory
 * with only pytorch_model.bin is refused with the way to convert it. */
OG_API OG_MUST_CHECK OgStatus og_safetensors_open_model(const char *directory, OgSafetensors **file,
                                                        OgError *err);

/* The same from size bytes in memory, which must outlive *file; name stands in messages. */
OG_API OG_MUST_CHECK OgStatus og_safetensors_parse(const void *bytes, size_t size, const char *name,
                                                   OgSafetensors **file, OgError *err);
OG_API void og_safetensors_close(OgSafetensors *file);

/* Arrays in order of name; find gives NULL when there is none of that name. */
OG_API size_t og_safetensors_count(const OgSafetensors *file);
OG_API const OgArray *og_safetensors_at(const OgSafetensors *file, size_t position);
OG_API const OgArray *og_safetensors_find(const OgSafetensors *file, const char *name);

/* A metadata text, or NULL. */
OG_API const char *og_safetensors_metadata(const OgSafetensors *file, const char *key);

/* Number of elements of an array, and bytes of an element. */
OG_API size_t og_array_count(const OgArray *array);
OG_API size_t og_dtype_size(OgDtype dtype);

/* "F32", … as in the file. Static. */
OG_API const char *og_dtype_name(OgDtype dtype);

/* Convert all elements: floats from F64, F32, F16 or BF16 (a NaN or an infinity is OG_BAD_STORE and
 * named with its position), integers from any integer dtype or BOOL (U64 over INT64_MAX is
 * OG_BAD_STORE). values holds og_array_count(array) elements. */
OG_API OG_MUST_CHECK OgStatus og_array_floats(const OgArray *array, float *values, OgError *err);
OG_API OG_MUST_CHECK OgStatus og_array_integers(const OgArray *array, int64_t *values,
                                                OgError *err);

/* A pair of the metadata. */
typedef struct OgMetadata {
  const char *key;
  const char *text;
} OgMetadata;

/* Replace the file at path with these arrays in one step, wide dtypes first and then by name, as
 * the reference implementation orders them. "format": "pt" is put into the metadata, as Hugging
 * Face's loaders ask, with `metadata` beside it (metadata_count pairs). A name given twice is
 * OG_USAGE. */
OG_API OG_MUST_CHECK OgStatus og_safetensors_save(const char *path, const OgArray *arrays,
                                                  size_t count, const OgMetadata *metadata,
                                                  size_t metadata_count, OgError *err);

#endif
