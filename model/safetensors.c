#include "model/safetensors.h"

#include "core/arena.h"
#include "core/file.h"
#include "core/json.h"
#include "core/memory.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
               "arrays are used as they lie in the file");

/* The format allows a header of 100 MB; that of a model with 10,000 tensors takes 1.5 MB. */
enum {
  LENGTH_SIZE = 8,
  HEADER_LIMIT = 16 << 20,
  INDEX_LIMIT = 16 << 20,
  SHARD_LIMIT = 1000,
  NAME_LIMIT = 1000,
  METADATA_LIMIT = 1000
};

static const char metadata_key[] = "__metadata__";

struct OgSafetensors {
  OgFileMap *maps;
  size_t map_count;
  OgArray *arrays; /* sorted by name */
  size_t count;
  OgArena arena; /* names, metadata */
  OgMetadata *metadata;
  size_t metadata_count;
};

static const struct {
  const char *name;
  size_t size;
} dtypes[OG_DTYPE_COUNT] = {
    [OG_BOOL] = {"BOOL", 1}, [OG_U8] = {"U8", 1},   [OG_I8] = {"I8", 1},     [OG_I16] = {"I16", 2},
    [OG_U16] = {"U16", 2},   [OG_F16] = {"F16", 2}, [OG_BF16] = {"BF16", 2}, [OG_I32] = {"I32", 4},
    [OG_U32] = {"U32", 4},   [OG_F32] = {"F32", 4}, [OG_F64] = {"F64", 8},   [OG_I64] = {"I64", 8},
    [OG_U64] = {"U64", 8},
};

size_t og_dtype_size(OgDtype dtype) {
  return dtypes[dtype].size;
}

const char *og_dtype_name(OgDtype dtype) {
  return dtypes[dtype].name;
}

size_t og_array_count(const OgArray *array) {
  size_t count = 1;
  for (int k = 0; k < array->rank; k++) {
    count *= array->shape[k];
  }
  return count;
}

/* --- reading the header ----------------------------------------------------------------------- */

/* Where an array lies in the data section. */
typedef struct Span {
  const char *name;
  size_t begin, end;
} Span;

static OgStatus refuse(OgError *err, const char *source, const char *tensor, const char *fault) {
  return og_error_at(err, OG_BAD_STORE, source, 0, 0, "tensor %.120s: %s", tensor, fault);
}

static OgStatus read_dtype(const json_t *entry, OgArray *array, OgError *err) {
  const json_t *value = json_object_get(entry, "dtype");
  const char *found = json_is_string(value) ? json_string_value(value) : "that is not a string";
  for (size_t k = 0; k < OG_DTYPE_COUNT; k++) {
    if (strcmp(found, dtypes[k].name) == 0) {
      array->dtype = (OgDtype)k;
      return OG_OK;
    }
  }
  return og_error_at(err, OG_BAD_STORE, array->source, 0, 0,
                     "tensor %.120s: dtype %.40s is not supported; known: F32, F16, BF16, F64, "
                     "BOOL and integers",
                     array->name, found);
}

/* Reads the shape; *size becomes the bytes that it needs. */
static OgStatus read_shape(const json_t *entry, OgArray *array, size_t *size, OgError *err) {
  const json_t *shape = json_object_get(entry, "shape");
  if (!json_is_array(shape) || json_array_size(shape) > OG_MAX_RANK) {
    return refuse(err, array->source, array->name, "shape must be an array of at most 8 sizes");
  }
  array->rank = (int)json_array_size(shape);
  *size = dtypes[array->dtype].size;
  bool wraps = false;
  for (int k = 0; k < array->rank; k++) {
    const json_t *length = json_array_get(shape, (size_t)k);
    if (!json_is_integer(length) || json_integer_value(length) < 0) {
      return refuse(err, array->source, array->name, "a size of its shape is not a whole number");
    }
    array->shape[k] = (size_t)json_integer_value(length);
    wraps = wraps || !og_multiply(*size, array->shape[k], size);
  }
  if (wraps) {
    return refuse(err, array->source, array->name, "the product of its shape wraps");
  }
  return OG_OK;
}

static OgStatus read_offsets(const json_t *entry, const OgArray *array, size_t size,
                             size_t data_size, Span *span, OgError *err) {
  const json_t *offsets = json_object_get(entry, "data_offsets");
  const json_t *begin = json_array_get(offsets, 0);
  const json_t *end = json_array_get(offsets, 1);
  if (json_array_size(offsets) != 2 || !json_is_integer(begin) || !json_is_integer(end)) {
    return refuse(err, array->source, array->name, "data_offsets must be two whole numbers");
  }
  const json_int_t from = json_integer_value(begin);
  const json_int_t to = json_integer_value(end);
  if (from < 0 || to < from || (uint64_t)to > data_size) {
    return og_error_at(err, OG_BAD_STORE, array->source, 0, 0,
                       "tensor %.120s: data_offsets [%" JSON_INTEGER_FORMAT
                       ", %" JSON_INTEGER_FORMAT
                       "] are not inside the file's %zu bytes of data: the file is truncated or "
                       "damaged",
                       array->name, from, to, data_size);
  }
  if ((uint64_t)(to - from) != size) {
    return og_error_at(err, OG_BAD_STORE, array->source, 0, 0,
                       "tensor %.120s: its shape of %s needs %zu bytes, data_offsets give it "
                       "%" JSON_INTEGER_FORMAT,
                       array->name, dtypes[array->dtype].name, size, to - from);
  }
  *span = (Span){array->name, (size_t)from, (size_t)to};
  return OG_OK;
}

/* array->name and source are set; data is the data section. */
static OgStatus read_entry(const json_t *entry, const unsigned char *data, size_t data_size,
                           OgArray *array, Span *span, OgError *err) {
  if (!json_is_object(entry)) {
    return refuse(err, array->source, array->name, "its entry in the header is not an object");
  }
  size_t size = 0;
  OG_TRY(read_dtype(entry, array, err));
  OG_TRY(read_shape(entry, array, &size, err));
  OG_TRY(read_offsets(entry, array, size, data_size, span, err));
  array->bytes = data + span->begin;
  return OG_OK;
}

static int compare_spans(const void *left, const void *right) {
  const Span *a = left;
  const Span *b = right;
  if (a->begin != b->begin) {
    return a->begin < b->begin ? -1 : 1;
  }
  return a->end < b->end ? -1 : a->end > b->end;
}

/* The arrays fill the data section, without holes or overlaps. */
static OgStatus check_spans(Span *spans, size_t count, size_t data_size, const char *source,
                            OgError *err) {
  qsort(spans, count, sizeof *spans, compare_spans);
  size_t end = 0;
  for (size_t k = 0; k < count; k++) {
    if (spans[k].begin < end) {
      return og_error_at(err, OG_BAD_STORE, source, 0, 0, "tensors %.120s and %.120s overlap",
                         spans[k - 1].name, spans[k].name);
    }
    if (spans[k].begin > end) {
      return og_error_at(err, OG_BAD_STORE, source, 0, 0,
                         "a hole of %zu bytes before tensor %.120s: no tensor owns them",
                         spans[k].begin - end, spans[k].name);
    }
    end = spans[k].end;
  }
  if (end != data_size) {
    return og_error_at(err, OG_BAD_STORE, source, 0, 0,
                       "%zu bytes after the last tensor belong to none", data_size - end);
  }
  return OG_OK;
}

static OgStatus read_metadata(OgSafetensors *file, const json_t *entry, const char *source,
                              OgError *err) {
  const size_t count = json_object_size(entry);
  if (!json_is_object(entry) || count > METADATA_LIMIT) {
    return refuse(err, source, metadata_key, "must be an object of at most 1000 texts");
  }
  file->metadata = og_arena_alloc(&file->arena, count, sizeof *file->metadata);
  file->metadata_count = 0;
  if (!file->metadata) {
    return og_error_no_memory(err);
  }
  for (void *at = json_object_iter((json_t *)(uintptr_t)entry); at;
       at = json_object_iter_next((json_t *)(uintptr_t)entry, at)) {
    const char *key = json_object_iter_key(at);
    const json_t *text = json_object_iter_value(at);
    if (!json_is_string(text)) {
      return refuse(err, source, metadata_key, "all its values must be texts");
    }
    OgMetadata *pair = &file->metadata[file->metadata_count++];
    pair->key = og_arena_copy(&file->arena, key, strlen(key));
    pair->text = og_arena_copy(&file->arena, json_string_value(text), json_string_length(text));
    if (!pair->key || !pair->text) {
      return og_error_no_memory(err);
    }
  }
  return OG_OK;
}

/* Append the arrays of a header to file's. spans has room for all entries. */
static OgStatus read_header(OgSafetensors *file, json_t *header, const unsigned char *data,
                            size_t data_size, const char *source, Span *spans, OgError *err) {
  size_t count = 0;
  for (void *at = json_object_iter(header); at; at = json_object_iter_next(header, at)) {
    const char *name = json_object_iter_key(at);
    if (strcmp(name, metadata_key) == 0) {
      OG_TRY(read_metadata(file, json_object_iter_value(at), source, err));
      continue;
    }
    const size_t size = strlen(name);
    if (size == 0 || size > NAME_LIMIT) {
      return refuse(err, source, name, "a name must have 1 to 1000 bytes");
    }
    OgArray *array = &file->arrays[file->count];
    *array = (OgArray){.name = og_arena_copy(&file->arena, name, size), .source = source};
    if (!array->name) {
      return og_error_no_memory(err);
    }
    OG_TRY(read_entry(json_object_iter_value(at), data, data_size, array, &spans[count], err));
    file->count++;
    count++;
  }
  return check_spans(spans, count, data_size, source, err);
}

/* The header's JSON; *start becomes where the data begins. */
static OgStatus parse_header(const unsigned char *bytes, size_t size, const char *source,
                             json_t **header, size_t *start, OgError *err) {
  uint64_t length = 0;
  if (size < LENGTH_SIZE) {
    return og_error_at(err, OG_BAD_STORE, source, 0, 0,
                       "not a safetensors file: %zu bytes, and its header's length takes 8", size);
  }
  memcpy(&length, bytes, LENGTH_SIZE);
  if (length > size - LENGTH_SIZE || length > HEADER_LIMIT) {
    return og_error_at(err, OG_BAD_STORE, source, 0, 0,
                       "not a safetensors file, or a damaged one: bytes 0 to 7 say that its header "
                       "takes %llu bytes, the file has %zu and the limit is %d",
                       (unsigned long long)length, size, HEADER_LIMIT);
  }
  OG_TRY(og_json_parse((const char *)bytes + LENGTH_SIZE, (size_t)length, source, OG_BAD_STORE,
                       header, err));
  if (!json_is_object(*header)) {
    return og_error_at(err, OG_BAD_STORE, source, 0, 0,
                       "not a safetensors file: its header is not a JSON object");
  }
  *start = LENGTH_SIZE + (size_t)length;
  return OG_OK;
}

/* Add the arrays of one file's bytes. name is kept in the arena for messages. */
static OgStatus add_bytes(OgSafetensors *file, const unsigned char *bytes, size_t size,
                          const char *name, OgError *err) {
  OgStatus status = OG_OK;
  json_t *header = NULL;
  Span *spans = NULL;
  OgArray *arrays = NULL;
  size_t start = 0;
  const char *source = og_arena_copy(&file->arena, name, strlen(name));
  if (!source) {
    return og_error_no_memory(err);
  }
  OG_GO(parse_header(bytes, size, source, &header, &start, err));
  const size_t entries = json_object_size(header);
  arrays = og_realloc(file->arrays, file->count + entries + 1, sizeof *arrays);
  spans = OG_NEW_ARRAY(Span, entries);
  if (arrays) {
    file->arrays = arrays;
  }
  if (!arrays || !spans) {
    status = og_error_no_memory(err);
    goto done;
  }
  OG_GO(read_header(file, header, bytes + start, size - start, source, spans, err));
done:
  og_free(spans);
  json_decref(header);
  return status;
}

static int compare_arrays(const void *left, const void *right) {
  return strcmp(((const OgArray *)left)->name, ((const OgArray *)right)->name);
}

/* All files are read: sort their arrays, and look for a name in two of them. */
static OgStatus finish(OgSafetensors *file, OgError *err) {
  qsort(file->arrays, file->count, sizeof *file->arrays, compare_arrays);
  for (size_t k = 1; k < file->count; k++) {
    if (compare_arrays(&file->arrays[k - 1], &file->arrays[k]) == 0) {
      return og_error_at(err, OG_BAD_STORE, file->arrays[k].source, 0, 0,
                         "tensor %.120s is also in %.120s", file->arrays[k].name,
                         file->arrays[k - 1].source);
    }
  }
  return OG_OK;
}

/* Give a finished file away, or drop it. */
static OgStatus hand_over(OgSafetensors *made, OgStatus status, OgSafetensors **file) {
  if (status == OG_OK) {
    *file = made;
  } else {
    og_safetensors_close(made);
  }
  return status;
}

OgStatus og_safetensors_parse(const void *bytes, size_t size, const char *name,
                              OgSafetensors **file, OgError *err) {
  OgSafetensors *made = OG_NEW(OgSafetensors);
  if (!made) {
    return og_error_no_memory(err);
  }
  OgStatus status = add_bytes(made, bytes, size, name, err);
  if (status == OG_OK) {
    status = finish(made, err);
  }
  return hand_over(made, status, file);
}

/* --- opening files ---------------------------------------------------------------------------- */

static OgSafetensors *new_for_files(size_t count) {
  OgSafetensors *made = OG_NEW(OgSafetensors);
  if (made) {
    made->maps = OG_NEW_ARRAY(OgFileMap, count);
    if (!made->maps) {
      og_free(made);
      made = NULL;
    }
  }
  return made;
}

static OgStatus add_file(OgSafetensors *file, const char *path, OgError *err) {
  OgFileMap *map = &file->maps[file->map_count];
  OG_TRY(og_file_map(path, map, err));
  file->map_count++;
  return add_bytes(file, map->bytes, map->size, path, err);
}

OgStatus og_safetensors_open(const char *path, OgSafetensors **file, OgError *err) {
  OgSafetensors *made = new_for_files(1);
  if (!made) {
    return og_error_no_memory(err);
  }
  OgStatus status = add_file(made, path, err);
  if (status == OG_OK) {
    status = finish(made, err);
  }
  return hand_over(made, status, file);
}

/* Whether path, without links, is below the folder directory/relative, without links. */
static OgStatus is_below(const char *path, const char *directory, const char *relative, bool *below,
                         OgError *err) {
  char *joined = og_path_join(directory, relative);
  if (!joined) {
    return og_error_no_memory(err);
  }
  char *folder = realpath(joined, NULL);
  const size_t size = folder ? strlen(folder) : 0;
  *below = folder && strncmp(path, folder, size) == 0 && (path[size] == '/' || size == 1);
  free(folder);
  og_free(joined);
  return OG_OK;
}

/* A link must not lead out of the directory, save to the blobs of a Hugging Face cache. */
static OgStatus check_inside(const char *directory, const char *path, OgError *err) {
  OgStatus status = OG_OK;
  bool inside = false;
  bool in_cache = false;
  char *real = realpath(path, NULL);
  if (!real) {
    return og_error_errno(err, "find", path);
  }
  OG_GO(is_below(real, directory, ".", &inside, err));
  OG_GO(is_below(real, directory, "../../blobs", &in_cache, err));
  if (!inside && !in_cache) {
    status = og_error_at(err, OG_BAD_STORE, path, 0, 0,
                         "is a symbolic link out of its directory, to %.200s; copy the file itself",
                         real);
  }
done:
  free(real);
  return status;
}

static OgStatus add_member(OgSafetensors *file, const char *directory, const char *name,
                           OgError *err) {
  char *path = og_path_join(directory, name);
  if (!path) {
    return og_error_no_memory(err);
  }
  OgStatus status = check_inside(directory, path, err);
  if (status == OG_OK) {
    status = add_file(file, path, err);
  }
  og_free(path);
  return status;
}

static int compare_names(const void *left, const void *right) {
  return strcmp(*(const char *const *)left, *(const char *const *)right);
}

static OgStatus check_shard_name(const char *source, const char *tensor, const char *name,
                                 OgError *err) {
  static const char ending[] = ".safetensors";
  const size_t size = name ? strlen(name) : 0;
  if (size <= sizeof ending - 1 || strchr(name, '/') || name[0] == '.' ||
      strcmp(name + size - (sizeof ending - 1), ending) != 0) {
    return og_error_at(err, OG_BAD_STORE, source, 0, 0,
                       "tensor %.120s must be in a .safetensors file of the same directory, found "
                       "%.120s",
                       tensor, name ? name : "something that is not a string");
  }
  return OG_OK;
}

/* Distinct shards of the index, sorted; they point into json. */
static OgStatus list_shards(json_t *map, const char *source, const char **shards, size_t *count,
                            OgError *err) {
  size_t all = 0;
  for (void *at = json_object_iter(map); at; at = json_object_iter_next(map, at)) {
    const char *name = json_string_value(json_object_iter_value(at));
    OG_TRY(check_shard_name(source, json_object_iter_key(at), name, err));
    shards[all++] = name;
  }
  qsort(shards, all, sizeof *shards, compare_names);
  *count = 0;
  for (size_t k = 0; k < all; k++) {
    if (*count == 0 || strcmp(shards[k], shards[*count - 1]) != 0) {
      shards[(*count)++] = shards[k];
    }
  }
  if (*count == 0 || *count > SHARD_LIMIT) {
    return og_error_at(err, OG_BAD_STORE, source, 0, 0, "expected 1 to %d shards, found %zu",
                       SHARD_LIMIT, *count);
  }
  return OG_OK;
}

/* Every tensor of the index is in the shard that the index names. */
static OgStatus check_index(const OgSafetensors *file, json_t *map, const char *source,
                            OgError *err) {
  for (void *at = json_object_iter(map); at; at = json_object_iter_next(map, at)) {
    const char *name = json_object_iter_key(at);
    const char *shard = json_string_value(json_object_iter_value(at));
    const OgArray *array = og_safetensors_find(file, name);
    const char *slash = array ? strrchr(array->source, '/') : NULL;
    if (!array || strcmp(slash ? slash + 1 : array->source, shard) != 0) {
      return og_error_at(err, OG_BAD_STORE, source, 0, 0, "tensor %.120s is not in %.120s", name,
                         shard);
    }
  }
  return OG_OK;
}

static OgStatus open_shards(const char *directory, json_t *index, const char *source,
                            OgSafetensors **file, OgError *err) {
  json_t *map = json_object_get(index, "weight_map");
  if (!json_is_object(map)) {
    return og_error_at(err, OG_BAD_STORE, source, 0, 0,
                       "expected an object \"weight_map\" of tensors and their files");
  }
  OgStatus status = OG_OK;
  OgSafetensors *made = NULL;
  size_t count = 0;
  const char **shards = OG_NEW_ARRAY(const char *, json_object_size(map));
  if (!shards) {
    return og_error_no_memory(err);
  }
  OG_GO(list_shards(map, source, shards, &count, err));
  made = new_for_files(count);
  if (!made) {
    status = og_error_no_memory(err);
    goto done;
  }
  for (size_t k = 0; k < count; k++) {
    OG_GO(add_member(made, directory, shards[k], err));
  }
  OG_GO(finish(made, err));
  OG_GO(check_index(made, map, source, err));
  *file = made;
  made = NULL;
done:
  og_safetensors_close(made);
  og_free(shards);
  return status;
}

static OgStatus open_index(const char *directory, const char *path, OgSafetensors **file,
                           OgError *err) {
  json_t *index = NULL;
  OG_TRY(og_json_load(path, INDEX_LIMIT, OG_BAD_STORE, &index, err));
  const OgStatus status = open_shards(directory, index, path, file, err);
  json_decref(index);
  return status;
}

static OgStatus open_single(const char *directory, OgSafetensors **file, OgError *err) {
  OgSafetensors *made = new_for_files(1);
  if (!made) {
    return og_error_no_memory(err);
  }
  OgStatus status = add_member(made, directory, "model.safetensors", err);
  if (status == OG_OK) {
    status = finish(made, err);
  }
  return hand_over(made, status, file);
}

static OgStatus no_model(const char *directory, const char *pickle, OgError *err) {
  if (og_file_exists(pickle)) {
    return og_error_at(err, OG_BAD_STORE, pickle, 0, 0,
                       "a pickle can run any program when it is opened; convert it in Python, "
                       "where you trust it:\n"
                       "  import torch; from safetensors.torch import save_file\n"
                       "  save_file({k: v.clone() for k, v in torch.load(\"pytorch_model.bin\", "
                       "weights_only=True).items()}, \"model.safetensors\", {\"format\": \"pt\"})");
  }
  return og_error_at(err, OG_IO, directory, 0, 0,
                     "no model.safetensors here, nor model.safetensors.index.json: give the "
                     "directory of a Hugging Face checkpoint");
}

OgStatus og_safetensors_open_model(const char *directory, OgSafetensors **file, OgError *err) {
  OgStatus status = OG_OK;
  char *single = og_path_join(directory, "model.safetensors");
  char *index = og_path_join(directory, "model.safetensors.index.json");
  char *pickle = og_path_join(directory, "pytorch_model.bin");
  if (!single || !index || !pickle) {
    status = og_error_no_memory(err);
  } else if (og_file_exists(single)) {
    status = open_single(directory, file, err);
  } else if (og_file_exists(index)) {
    status = open_index(directory, index, file, err);
  } else {
    status = no_model(directory, pickle, err);
  }
  og_free(pickle);
  og_free(index);
  og_free(single);
  return status;
}

void og_safetensors_close(OgSafetensors *file) {
  if (!file) {
    return;
  }
  for (size_t k = 0; k < file->map_count; k++) {
    og_file_unmap(&file->maps[k]);
  }
  og_free(file->maps);
  og_free(file->arrays);
  og_arena_clear(&file->arena);
  og_free(file);
}

/* --- looking inside --------------------------------------------------------------------------- */

size_t og_safetensors_count(const OgSafetensors *file) {
  return file->count;
}

const OgArray *og_safetensors_at(const OgSafetensors *file, size_t position) {
  return &file->arrays[position];
}

const OgArray *og_safetensors_find(const OgSafetensors *file, const char *name) {
  const OgArray wanted = {.name = name};
  return bsearch(&wanted, file->arrays, file->count, sizeof *file->arrays, compare_arrays);
}

const char *og_safetensors_metadata(const OgSafetensors *file, const char *key) {
  for (size_t k = 0; k < file->metadata_count; k++) {
    if (strcmp(file->metadata[k].key, key) == 0) {
      return file->metadata[k].text;
    }
  }
  return NULL;
}

/* --- converting ------------------------------------------------------------------------------- */

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

/* True when no value is a NaN or an infinity. */
OG_KERNEL static bool all_finite(const float *values, size_t count) {
  uint32_t worst = 0;
  for (size_t k = 0; k < count; k++) {
    uint32_t bits;
    memcpy(&bits, &values[k], sizeof bits);
    bits &= 0x7f800000U;
    worst = bits > worst ? bits : worst;
  }
  return worst < 0x7f800000U;
}

OgStatus og_array_floats(const OgArray *array, float *values, OgError *err) {
  if (!float_conversions[array->dtype]) {
    return og_error_at(err, OG_BAD_STORE, array->source, 0, 0,
                       "tensor %.120s: expected F32, F16, BF16 or F64, found %s", array->name,
                       dtypes[array->dtype].name);
  }
  const size_t count = og_array_count(array);
  if (count == 0) {
    return OG_OK;
  }
  float_conversions[array->dtype](array->bytes, values, count);
  if (!all_finite(values, count)) {
    size_t k = 0;
    while (isfinite(values[k])) {
      k++;
    }
    return og_error_at(err, OG_BAD_STORE, array->source, 0, 0,
                       "tensor %.120s: element %zu is %s; the checkpoint is damaged, or its "
                       "training diverged",
                       array->name, k, isnan(values[k]) ? "not a number" : "infinite");
  }
  return OG_OK;
}

/* One element of `size` bytes, the sign carried on when asked. */
static int64_t load_integer(const unsigned char *from, size_t size, bool is_signed) {
  uint64_t bits = 0;
  memcpy(&bits, from, size);
  const unsigned unused = (unsigned)(64 - 8 * size);
  return is_signed ? (int64_t)(bits << unused) >> unused : (int64_t)bits;
}

OgStatus og_array_integers(const OgArray *array, int64_t *values, OgError *err) {
  if (float_conversions[array->dtype]) {
    return og_error_at(err, OG_BAD_STORE, array->source, 0, 0,
                       "tensor %.120s: expected integers, found %s", array->name,
                       dtypes[array->dtype].name);
  }
  const bool is_signed = dtypes[array->dtype].name[0] == 'I';
  const size_t size = dtypes[array->dtype].size;
  const size_t count = og_array_count(array);
  const unsigned char *from = array->bytes;
  for (size_t k = 0; k < count; k++) {
    values[k] = load_integer(from + k * size, size, is_signed);
    if (values[k] < 0 && !is_signed) {
      return og_error_at(err, OG_BAD_STORE, array->source, 0, 0,
                         "tensor %.120s: element %zu is over 2^63-1", array->name, k);
    }
  }
  return OG_OK;
}

/* --- writing ---------------------------------------------------------------------------------- */

static int compare_for_file(const void *left, const void *right) {
  const OgArray *a = *(const OgArray *const *)left;
  const OgArray *b = *(const OgArray *const *)right;
  return a->dtype != b->dtype ? (a->dtype > b->dtype ? -1 : 1) : strcmp(a->name, b->name);
}

/* The header's entry of an array whose bytes start at offset; NULL when out of memory. */
static json_t *make_entry(const OgArray *array, size_t offset) {
  const size_t size = og_array_count(array) * dtypes[array->dtype].size;
  json_t *shape = json_array();
  for (int k = 0; shape && k < array->rank; k++) {
    if (json_array_append_new(shape, json_integer((json_int_t)array->shape[k])) != 0) {
      json_decref(shape);
      shape = NULL;
    }
  }
  return json_pack("{s:s, s:o, s:[I, I]}", "dtype", dtypes[array->dtype].name, "shape", shape,
                   "data_offsets", (json_int_t)offset, (json_int_t)(offset + size));
}

static OgStatus add_metadata(json_t *header, const OgMetadata *metadata, size_t count,
                             OgError *err) {
  json_t *texts = json_pack("{s:s}", "format", "pt");
  bool fine = json_object_set_new(header, metadata_key, texts) == 0;
  for (size_t k = 0; fine && k < count; k++) {
    fine = json_object_set_new(texts, metadata[k].key, json_string(metadata[k].text)) == 0;
  }
  return fine ? OG_OK : og_error_no_memory(err);
}

static OgStatus make_header(json_t *header, const OgArray *const *arrays, size_t count,
                            OgError *err) {
  size_t offset = 0;
  for (size_t k = 0; k < count; k++) {
    const char *name = arrays[k]->name;
    if (strcmp(name, metadata_key) == 0 || json_object_get(header, name)) {
      return og_error_set(err, OG_USAGE, "two tensors are named %.120s", name);
    }
    if (json_object_set_new(header, name, make_entry(arrays[k], offset)) != 0) {
      return og_error_no_memory(err);
    }
    offset += og_array_count(arrays[k]) * dtypes[arrays[k]->dtype].size;
  }
  return OG_OK;
}

static OgStatus write_file(const char *path, const char *header, const OgArray *const *arrays,
                           size_t count, OgError *err) {
  static const char spaces[LENGTH_SIZE] = {' ', ' ', ' ', ' ', ' ', ' ', ' ', ' '};
  const size_t used = strlen(header);
  const uint64_t length = (used + LENGTH_SIZE - 1) / LENGTH_SIZE * LENGTH_SIZE;
  OgReplacement replacement;
  OG_TRY(og_replacement_open(path, &replacement, err));
  fwrite(&length, 1, LENGTH_SIZE, replacement.file); /* commit sees the errors */
  fwrite(header, 1, used, replacement.file);
  fwrite(spaces, 1, (size_t)length - used, replacement.file);
  for (size_t k = 0; k < count; k++) {
    const size_t elements = og_array_count(arrays[k]);
    if (elements > 0) {
      fwrite(arrays[k]->bytes, dtypes[arrays[k]->dtype].size, elements, replacement.file);
    }
  }
  const OgStatus status = og_replacement_commit(&replacement, err);
  og_replacement_close(&replacement);
  return status;
}

OgStatus og_safetensors_save(const char *path, const OgArray *arrays, size_t count,
                             const OgMetadata *metadata, size_t metadata_count, OgError *err) {
  OgStatus status = OG_OK;
  char *text = NULL;
  json_t *header = json_object();
  const OgArray **sorted = OG_NEW_ARRAY(const OgArray *, count);
  if (!header || !sorted) {
    status = og_error_no_memory(err);
    goto done;
  }
  for (size_t k = 0; k < count; k++) {
    sorted[k] = &arrays[k];
  }
  qsort(sorted, count, sizeof *sorted, compare_for_file);
  OG_GO(add_metadata(header, metadata, metadata_count, err));
  OG_GO(make_header(header, sorted, count, err));
  text = json_dumps(header, JSON_COMPACT);
  if (!text) {
    status = og_error_no_memory(err);
    goto done;
  }
  OG_GO(write_file(path, text, sorted, count, err));
done:
  free(text);
  json_decref(header);
  og_free(sorted);
  return status;
}
