/* safetensors: named arrays in a file, read through a memory map and written in one step.
 *
 *   8 bytes  N, little-endian
 *   N bytes  JSON: {"name": {"dtype": "F32", "shape": [2, 3], "data_offsets": [begin, end]}, …,
 *                   "__metadata__": {"key": "text", …}}, padded with spaces to a multiple of 8
 * (here so that the data begin at a multiple of 64) the rest the arrays' bytes, little-endian,
 * row-major, without holes or overlaps
 *
 * Format: https://huggingface.co/docs/safetensors. A file is untrusted: every name, shape and
 * offset is checked before anything is allocated for it, and every fault is OG_BAD_STORE and names
 * the tensor. */
#ifndef OG_MODEL_SAFETENSORS_H
#define OG_MODEL_SAFETENSORS_H

#include "model/array.h"

typedef struct OgSafetensors OgSafetensors;

/* Map a file. On OG_OK the caller owns *file; arrays and their bytes live until
 * og_safetensors_close. */
OG_API OG_MUST_CHECK OgStatus og_safetensors_open(const char *path, OgSafetensors **file,
                                                  OgError *err);

/* Map the parts of one model. A name in two of them is OG_BAD_STORE. */
OG_API OG_MUST_CHECK OgStatus og_safetensors_open_files(const char *const *paths, size_t count,
                                                        OgSafetensors **file, OgError *err);

/* Whether a file of a model's directory may be read: a symbolic link must stay inside the directory
 * or lead to ../../blobs, as those of the Hugging Face cache do, and what it leads to, or what is
 * there without one, must be a file: no directory, pipe or device; else OG_BAD_STORE. OG_IO when
 * there is nothing. (safetensors_model.c) */
OG_API OG_MUST_CHECK OgStatus og_check_model_file(const char *directory, const char *path,
                                                  OgError *err);

/* Map the model of a Hugging Face directory: model.safetensors, or the parts that
 * model.safetensors.index.json names (plain file names); og_check_model_file holds. A directory
 * with only pytorch_model.bin is refused with the way to convert it. (safetensors_model.c) */
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

/* The array "NAME_scale" of array NAME, or NULL. */
OG_API const OgArray *og_safetensors_scales(const OgSafetensors *file, const OgArray *array);

/* A metadata text, or NULL. */
OG_API const char *og_safetensors_metadata(const OgSafetensors *file, const char *key);

/* A pair of the metadata. */
typedef struct OgMetadata {
  const char *key;
  const char *text;
} OgMetadata;

/* Replace the file at path with these arrays in one step, wide dtypes first, so that all are
 * aligned, else in the order given. "format": "pt" is put into the metadata, as Hugging
 * Face's loaders ask, with `metadata` beside it (metadata_count pairs). A name given twice is
 * OG_USAGE. */
OG_API OG_MUST_CHECK OgStatus og_safetensors_save(const char *path, const OgArray *arrays,
                                                  size_t count, const OgMetadata *metadata,
                                                  size_t metadata_count, OgError *err);

#endif
