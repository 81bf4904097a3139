#include "model/safetensors.h"

#include "core/arena.h"
#include "core/file.h"
#include "core/json.h"
#include "core/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The format allows a header of 100 MB; that of a model with 10,000 tensors takes 1.5 MB. */
enum {
  LENGTH_SIZE = 8,
  DATA_ALIGNMENT = 64,
  HEADER_LIMIT = 16 << 20,
  NAME_LIMIT = 1000,
  METADATA_LIMIT = 1000
};

static const char metadata_key[] = "__metadata__";
static const char scale_ending[] = "_scale";

struct OgSafetensors {
  OgFileMap *maps;
  size_t map_count;
  OgArray *arrays; /* sorted by name */
  size_t count;
  OgArena arena; /* names, metadata */
  OgMetadata *metadata;
  size_t metadata_count;
};

/* --- reading the header ----------------------------------------------------------------------- */

/* Where an array lies in the data section. */
typedef struct Span {
  const char *name;
  size_t begin, end;
} Span;

static OgStatus read_dtype(const json_t *entry, OgArray *array, OgError *err) {
  const json_t *value = json_object_get(entry, "dtype");
  const char *found = json_is_string(value) ? json_string_value(value) : "that is not a string";
  array->dtype = og_dtype_find(found);
  return array->dtype < OG_DTYPE_COUNT
             ? OG_OK
             : og_array_fault(err, array,
                              "dtype %.40s is not supported; known: F32, F16, BF16, F64, BOOL and "
                              "integers",
                              found);
}

/* Reads the shape; *size becomes the bytes that it needs. */
static OgStatus read_shape(const json_t *entry, OgArray *array, size_t *size, OgError *err) {
  const json_t *shape = json_object_get(entry, "shape");
  if (!json_is_array(shape) || json_array_size(shape) > OG_MAX_RANK) {
    return og_array_fault(err, array, "shape must be an array of at most 8 sizes");
  }
  array->rank = (int)json_array_size(shape);
  *size = og_dtype_size(array->dtype);
  bool wraps = false;
  for (int k = 0; k < array->rank; k++) {
    const json_t *length = json_array_get(shape, (size_t)k);
    if (!json_is_integer(length) || json_integer_value(length) < 0) {
      return og_array_fault(err, array, "a size of its shape is not a whole number");
    }
    array->shape[k] = (size_t)json_integer_value(length);
    wraps = wraps || !og_multiply(*size, array->shape[k], size);
  }
  if (wraps) {
    return og_array_fault(err, array, "the product of its shape wraps");
  }
  return OG_OK;
}

static OgStatus read_offsets(const json_t *entry, const OgArray *array, size_t size,
                             size_t data_size, Span *span, OgError *err) {
  const json_t *offsets = json_object_get(entry, "data_offsets");
  const json_t *begin = json_array_get(offsets, 0);
  const json_t *end = json_array_get(offsets, 1);
  if (json_array_size(offsets) != 2 || !json_is_integer(begin) || !json_is_integer(end)) {
    return og_array_fault(err, array, "data_offsets must be two whole numbers");
  }
  const json_int_t from = json_integer_value(begin);
  const json_int_t to = json_integer_value(end);
  if (from < 0 || to < from || (uint64_t)to > data_size) {
    return og_array_fault(err, array,
                          "data_offsets [%" JSON_INTEGER_FORMAT ", %" JSON_INTEGER_FORMAT
                          "] are not inside the file's %zu bytes of data: the file is truncated or "
                          "damaged",
                          from, to, data_size);
  }
  if ((uint64_t)(to - from) != size) {
    return og_array_fault(err, array,
                          "its shape of %s needs %zu bytes, data_offsets give it "
                          "%" JSON_INTEGER_FORMAT,
                          og_dtype_name(array->dtype), size, to - from);
  }
  *span = (Span){array->name, (size_t)from, (size_t)to};
  return OG_OK;
}

/* array->name and source are set; data is the data section. */
static OgStatus read_entry(const json_t *entry, const unsigned char *data, size_t data_size,
                           OgArray *array, Span *span, OgError *err) {
  if (!json_is_object(entry)) {
    return og_array_fault(err, array, "its entry in the header is not an object");
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

static OgStatus read_metadata(OgSafetensors *file, json_t *entry, const char *source,
                              OgError *err) {
  const size_t count = json_object_size(entry);
  if (!json_is_object(entry) || count > METADATA_LIMIT) {
    return og_error_at(err, OG_BAD_STORE, source, 0, 0,
                       "__metadata__ must be an object of at most %d texts", METADATA_LIMIT);
  }
  file->metadata = og_arena_alloc(&file->arena, count, sizeof *file->metadata);
  file->metadata_count = 0;
  if (!file->metadata) {
    return og_error_no_memory(err);
  }
  for (void *at = json_object_iter(entry); at; at = json_object_iter_next(entry, at)) {
    const char *key = json_object_iter_key(at);
    const json_t *text = json_object_iter_value(at);
    if (!json_is_string(text)) {
      return og_error_at(err, OG_BAD_STORE, source, 0, 0, "__metadata__ %.60s must be a text", key);
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
    OgArray *array = &file->arrays[file->count];
    *array = (OgArray){.name = og_arena_copy(&file->arena, name, strlen(name)), .source = source};
    if (!array->name) {
      return og_error_no_memory(err);
    }
    if (strlen(name) == 0 || strlen(name) > NAME_LIMIT) {
      return og_array_fault(err, array, "a name must have 1 to %d bytes", NAME_LIMIT);
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

/* --- opening ---------------------------------------------------------------------------------- */

/* Give a file away, or drop it after a fault. */
static OgStatus hand_over(OgSafetensors *made, OgStatus status, OgSafetensors **file,
                          OgError *err) {
  if (status == OG_OK) {
    status = finish(made, err);
  }
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
  return hand_over(made, add_bytes(made, bytes, size, name, err), file, err);
}

static OgStatus add_file(OgSafetensors *file, const char *path, OgError *err) {
  OgFileMap *map = &file->maps[file->map_count];
  OG_TRY(og_file_map(path, map, err));
  file->map_count++;
  return add_bytes(file, map->bytes, map->size, path, err);
}

OgStatus og_safetensors_open_files(const char *const *paths, size_t count, OgSafetensors **file,
                                   OgError *err) {
  OgSafetensors *made = OG_NEW(OgSafetensors);
  if (!made) {
    return og_error_no_memory(err);
  }
  made->maps = OG_NEW_ARRAY(OgFileMap, count);
  OgStatus status = made->maps ? OG_OK : og_error_no_memory(err);
  for (size_t k = 0; status == OG_OK && k < count; k++) {
    status = add_file(made, paths[k], err);
  }
  return hand_over(made, status, file, err);
}

OgStatus og_safetensors_open(const char *path, OgSafetensors **file, OgError *err) {
  return og_safetensors_open_files(&path, 1, file, err);
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

const OgArray *og_safetensors_scales(const OgSafetensors *file, const OgArray *array) {
  char name[NAME_LIMIT + sizeof scale_ending];
  snprintf(name, sizeof name, "%s%s", array->name, scale_ending);
  return og_safetensors_find(file, name);
}

const char *og_safetensors_metadata(const OgSafetensors *file, const char *key) {
  for (size_t k = 0; k < file->metadata_count; k++) {
    if (strcmp(file->metadata[k].key, key) == 0) {
      return file->metadata[k].text;
    }
  }
  return NULL;
}

/* --- writing ---------------------------------------------------------------------------------- */

/* Two pointers into the caller's arrays: by dtype, then as they stand there. */
static int compare_for_file(const void *left, const void *right) {
  const OgArray *a = *(const OgArray *const *)left;
  const OgArray *b = *(const OgArray *const *)right;
  return a->dtype != b->dtype ? (a->dtype > b->dtype ? -1 : 1) : (a > b) - (a < b);
}

/* The header's entry of an array whose bytes start at offset; NULL when out of memory. */
static json_t *make_entry(const OgArray *array, size_t offset) {
  const size_t size = og_array_size(array);
  json_t *shape = json_array();
  for (int k = 0; shape && k < array->rank; k++) {
    if (json_array_append_new(shape, json_integer((json_int_t)array->shape[k])) != 0) {
      json_decref(shape);
      shape = NULL;
    }
  }
  return json_pack("{s:s, s:o, s:[I, I]}", "dtype", og_dtype_name(array->dtype), "shape", shape,
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
    offset += og_array_size(arrays[k]);
  }
  return OG_OK;
}

static OgStatus write_file(const char *path, const char *header, const OgArray *const *arrays,
                           size_t count, OgError *err) {
  const size_t used = strlen(header), begin = LENGTH_SIZE + used;
  const size_t padding = (DATA_ALIGNMENT - begin % DATA_ALIGNMENT) % DATA_ALIGNMENT;
  const uint64_t length = used + padding;
  OgReplacement replacement;
  OG_TRY(og_replacement_open(path, &replacement, err));
  fwrite(&length, 1, LENGTH_SIZE, replacement.file); /* commit sees the errors */
  fwrite(header, 1, used, replacement.file);
  fprintf(replacement.file, "%*s", (int)padding, "");
  for (size_t k = 0; k < count; k++) {
    if (og_array_size(arrays[k]) > 0) {
      fwrite(arrays[k]->bytes, 1, og_array_size(arrays[k]), replacement.file);
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
