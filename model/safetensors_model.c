/* safetensors_model: the files of a model in a Hugging Face directory. */
#include "core/file.h"
#include "core/json.h"
#include "core/memory.h"
#include "model/safetensors.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { INDEX_LIMIT = 16 << 20, PART_LIMIT = 1000 };

static const char *const single_name = "model.safetensors";

/* --- files of a directory --------------------------------------------------------------------- */

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

static bool is_link(const char *path) {
  char target[1];
  return readlink(path, target, sizeof target) >= 0;
}

/* Reading from a pipe would wait for ever, and from a device for ever more. */
static OgStatus check_regular(const char *path, OgError *err) {
  struct stat about;
  if (stat(path, &about) != 0) {
    return og_error_errno(err, "look at", path);
  }
  return S_ISREG(about.st_mode)
             ? OG_OK
             : og_error_at(err, OG_BAD_STORE, path, 0, 0, "is %s: expected a file",
                           S_ISDIR(about.st_mode)    ? "a directory"
                           : S_ISFIFO(about.st_mode) ? "a pipe"
                           : S_ISSOCK(about.st_mode) ? "a socket"
                                                     : "a device");
}

OgStatus og_check_model_file(const char *directory, const char *path, OgError *err) {
  OgStatus status = OG_OK;
  bool inside = false;
  bool in_cache = false;
  char *real = realpath(path, NULL);
  if (!real) {
    return is_link(path) ? og_error_at(err, OG_BAD_STORE, path, 0, 0,
                                       "is a symbolic link that leads to no file")
                         : og_error_errno(err, "find", path);
  }
  OG_GO(is_below(real, directory, ".", &inside, err));
  OG_GO(is_below(real, directory, "../../blobs", &in_cache, err));
  if (!inside && !in_cache) {
    status = og_error_at(err, OG_BAD_STORE, path, 0, 0,
                         "is a symbolic link out of its directory, to %.200s; copy the file itself",
                         real);
    goto done;
  }
  OG_GO(check_regular(real, err));
done:
  free(real);
  return status;
}

/* The path of a file of the directory, when it may be read; the caller releases it. */
static OgStatus member_path(const char *directory, const char *name, char **path, OgError *err) {
  *path = og_path_join(directory, name);
  return *path ? og_check_model_file(directory, *path, err) : og_error_no_memory(err);
}

/* --- parts and their index -------------------------------------------------------------------- */

static int compare_names(const void *left, const void *right) {
  return strcmp(*(const char *const *)left, *(const char *const *)right);
}

static OgStatus check_part_name(const char *source, const char *tensor, const char *name,
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

/* Distinct parts of the index, sorted; they point into json. */
static OgStatus list_parts(json_t *map, const char *source, const char **parts, size_t *count,
                           OgError *err) {
  size_t all = 0;
  for (void *at = json_object_iter(map); at; at = json_object_iter_next(map, at)) {
    const char *name = json_string_value(json_object_iter_value(at));
    OG_TRY(check_part_name(source, json_object_iter_key(at), name, err));
    parts[all++] = name;
  }
  qsort(parts, all, sizeof *parts, compare_names);
  *count = 0;
  for (size_t k = 0; k < all; k++) {
    if (*count == 0 || strcmp(parts[k], parts[*count - 1]) != 0) {
      parts[(*count)++] = parts[k];
    }
  }
  if (*count == 0 || *count > PART_LIMIT) {
    return og_error_at(err, OG_BAD_STORE, source, 0, 0, "expected 1 to %d parts, found %zu",
                       PART_LIMIT, *count);
  }
  return OG_OK;
}

/* A part may be missing where a download stopped. */
static OgStatus check_parts(const char *directory, json_t *map, const char *source, OgError *err) {
  OgStatus status = OG_OK;
  for (void *at = json_object_iter(map); at && status == OG_OK;
       at = json_object_iter_next(map, at)) {
    const char *part = json_string_value(json_object_iter_value(at));
    char *path = og_path_join(directory, part);
    if (!path) {
      status = og_error_no_memory(err);
    } else if (!og_file_exists(path) && !is_link(path)) {
      status = og_error_at(err, OG_BAD_STORE, source, 0, 0,
                           "tensor %.120s is in %.120s, which is not there: the checkpoint is "
                           "incomplete",
                           json_object_iter_key(at), part);
    }
    og_free(path);
  }
  return status;
}

/* Every tensor of the index is in the part that the index names. */
static OgStatus check_index(const OgSafetensors *file, json_t *map, const char *source,
                            OgError *err) {
  for (void *at = json_object_iter(map); at; at = json_object_iter_next(map, at)) {
    const char *name = json_object_iter_key(at);
    const char *part = json_string_value(json_object_iter_value(at));
    const OgArray *array = og_safetensors_find(file, name);
    if (!array || strcmp(og_path_last(array->source), part) != 0) {
      return og_error_at(err, OG_BAD_STORE, source, 0, 0, "tensor %.120s is not in %.120s", name,
                         part);
    }
  }
  return OG_OK;
}

/* Open the named parts of the directory. */
static OgStatus open_parts(const char *directory, const char *const *names, size_t count,
                           OgSafetensors **file, OgError *err) {
  OgStatus status = OG_OK;
  char **paths = OG_NEW_ARRAY(char *, count);
  if (!paths) {
    return og_error_no_memory(err);
  }
  for (size_t k = 0; k < count; k++) {
    OG_GO(member_path(directory, names[k], &paths[k], err));
  }
  OG_GO(og_safetensors_open_files((const char *const *)paths, count, file, err));
done:
  for (size_t k = 0; k < count; k++) {
    og_free(paths[k]);
  }
  og_free(paths);
  return status;
}

static OgStatus open_indexed(const char *directory, json_t *index, const char *source,
                             OgSafetensors **file, OgError *err) {
  json_t *map = json_object_get(index, "weight_map");
  if (!json_is_object(map)) {
    return og_error_at(err, OG_BAD_STORE, source, 0, 0,
                       "expected an object \"weight_map\" of tensors and their files");
  }
  OgStatus status = OG_OK;
  OgSafetensors *made = NULL;
  size_t count = 0;
  const char **names = OG_NEW_ARRAY(const char *, json_object_size(map));
  if (!names) {
    return og_error_no_memory(err);
  }
  OG_GO(list_parts(map, source, names, &count, err));
  OG_GO(check_parts(directory, map, source, err));
  OG_GO(open_parts(directory, names, count, &made, err));
  OG_GO(check_index(made, map, source, err));
  *file = made;
  made = NULL;
done:
  og_safetensors_close(made);
  og_free(names);
  return status;
}

static OgStatus open_index(const char *directory, const char *path, OgSafetensors **file,
                           OgError *err) {
  json_t *index = NULL;
  OG_TRY(og_check_model_file(directory, path, err));
  OG_TRY(og_json_load(path, INDEX_LIMIT, OG_BAD_STORE, &index, err));
  const OgStatus status = open_indexed(directory, index, path, file, err);
  json_decref(index);
  return status;
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
  char *single = og_path_join(directory, single_name);
  char *index = og_path_join(directory, "model.safetensors.index.json");
  char *pickle = og_path_join(directory, "pytorch_model.bin");
  if (!single || !index || !pickle) {
    status = og_error_no_memory(err);
  } else if (og_file_exists(single) || is_link(single)) {
    status = open_parts(directory, &single_name, 1, file, err);
  } else if (og_file_exists(index) || is_link(index)) {
    status = open_index(directory, index, file, err);
  } else {
    status = no_model(directory, pickle, err);
  }
  og_free(pickle);
  og_free(index);
  og_free(single);
  return status;
}
