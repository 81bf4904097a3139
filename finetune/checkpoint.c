#include "finetune/checkpoint.h"

#include "core/file.h"
#include "core/memory.h"
#include "model/safetensors.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { RUN_FILE_FORMAT = 1, RUN_FILE_LIMIT = 16 << 20 };

/* ---- directories ---- */

/* The files that make up a model beside its tokenizer's. */
static const char *const model_files[] = {
    "config.json",
    "model.safetensors",
    "metrics.json",
    "ontograft.json",
    "pretrain.json",
    "adapter_config.json",
    "adapter_model.safetensors",
};

/* A folder inside it, which may hold the same. */
static const char adapter_folder[] = "adapter";

/* The k-th file of a model, or NULL after the last. A directory with these and no others may be
 * replaced. */
static const char *model_file(size_t k) {
  return k < OG_COUNT(model_files) ? model_files[k] : og_tokenizer_file(k - OG_COUNT(model_files));
}

static bool is_model_file(const char *name) {
  const char *file;
  for (size_t k = 0; (file = model_file(k)); k++) {
    if (strcmp(file, name) == 0) {
      return true;
    }
  }
  return false;
}

/* Refuse to replace the model at path, and say whose it is and from when. */
static OgStatus refuse_model(const char *path, OgError *err) {
  static const struct {
    const char *file, *by;
  } makers[] = {
      {"ontograft.json", " of finetune"},
      {"pretrain.json", " of pretrain"},
      {"model.safetensors", ""},
      {"config.json", ""},
  };
  const char *by = "";
  char date[40] = "";
  for (size_t k = 0; k < OG_COUNT(makers) && date[0] == '\0'; k++) {
    char *file = og_path_join(path, makers[k].file);
    struct stat about;
    struct tm utc;
    if (file && stat(file, &about) == 0 && gmtime_r(&about.st_mtime, &utc)) {
      strftime(date, sizeof date, ", from %Y-%m-%dT%H:%M:%SZ", &utc);
      by = makers[k].by;
    }
    og_free(file);
  }
  return og_error_set(err, OG_USAGE,
                      "%s holds a model%s%s; choose another directory, or replace it with --force",
                      path, by, date);
}

static OgStatus check_place(const char *path, bool replace, OgError *err);

/* An entry of the directory at path is part of a model. */
static OgStatus check_entry(const char *path, const char *name, OgError *err) {
  if (is_model_file(name)) {
    return OG_OK;
  }
  char *inside = og_path_join(path, name);
  if (!inside) {
    return og_error_no_memory(err);
  }
  OgStatus status;
  if (strcmp(name, adapter_folder) == 0 && og_directory_exists(inside)) {
    status = check_place(inside, true, err);
  } else {
    status = og_error_set(err, OG_USAGE,
                          "%s holds \"%s\", which is no part of a model, and would be deleted; "
                          "choose a directory of its own",
                          path, name);
  }
  og_free(inside);
  return status;
}

/* Nothing is at path, or a directory that may be replaced. */
static OgStatus check_place(const char *path, bool replace, OgError *err) {
  DIR *stream = opendir(path);
  if (!stream) {
    return errno == ENOENT ? OG_OK : og_error_errno(err, "use as a directory", path);
  }
  bool empty = true;
  OgStatus status = OG_OK;
  for (const struct dirent *entry; status == OG_OK && (entry = readdir(stream));) {
    const char *name = entry->d_name;
    if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0) {
      continue;
    }
    empty = false;
    status = check_entry(path, name, err);
  }
  closedir(stream);
  return status == OG_OK && !empty && !replace ? refuse_model(path, err) : status;
}

/* Do something to the adapter's folder in the directory at path, if there is one; a link to a
 * folder elsewhere is none. */
static void visit_adapter(const char *path, void (*visit)(const char *path)) {
  char *inside = og_path_join(path, adapter_folder);
  struct stat about;
  if (inside && lstat(inside, &about) == 0 && S_ISDIR(about.st_mode)) {
    visit(inside);
  }
  og_free(inside);
}

/* Delete a directory and the model files in it. */
static void delete_directory(const char *path) {
  visit_adapter(path, delete_directory);
  const char *name;
  for (size_t k = 0; (name = model_file(k)); k++) {
    char *file = og_path_join(path, name);
    if (file) {
      unlink(file);
    }
    og_free(file);
  }
  rmdir(path);
}

/* ---- what killed processes left ---- */

static const char partial_suffix[] = ".partial-";

/* Delete what a process may have written, also a file that it was writing: "config.json.x4Zk1q". */
static void delete_partial(const char *path) {
  visit_adapter(path, delete_partial);
  DIR *stream = opendir(path);
  for (const struct dirent *entry; stream && (entry = readdir(stream));) {
    char whole[sizeof entry->d_name];
    snprintf(whole, sizeof whole, "%s", entry->d_name);
    char *dot = strrchr(whole, '.');
    if (dot) {
      *dot = '\0';
    }
    char *file = is_model_file(whole) ? og_path_join(path, entry->d_name) : NULL;
    if (file) {
      unlink(file);
    }
    og_free(file);
  }
  if (stream) {
    closedir(stream);
  }
  delete_directory(path);
}

/* Whether nobody writes to a temporary directory: its lock is free, and, as there is a moment
 * before it is locked, no other process has its number. */
static bool is_abandoned(const char *path, const char *number) {
  char *end;
  const long pid = strtol(number, &end, 10);
  if (*end != '\0' || pid <= 0 ||
      (pid != getpid() && (kill((pid_t)pid, 0) == 0 || errno == EPERM))) {
    return false;
  }
  const int lock = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool is_free = lock >= 0 && flock(lock, LOCK_EX | LOCK_NB) == 0;
  if (lock >= 0) {
    close(lock);
  }
  return is_free;
}

/* Remove the abandoned directories among those whose paths start like this. */
static OgStatus clear_abandoned(const char *start, const OgProgress *progress, OgError *err) {
  const char *slash = strrchr(start, '/');
  const char *name = slash ? slash + 1 : start;
  char *folder = slash ? og_strndup(start, (size_t)(name - start)) : og_strdup(".");
  if (!folder) {
    return og_error_no_memory(err);
  }
  OgStatus status = OG_OK;
  const size_t size = strlen(name);
  DIR *stream = opendir(folder);
  for (const struct dirent *entry; stream && status == OG_OK && (entry = readdir(stream));) {
    if (strncmp(entry->d_name, name, size) != 0) {
      continue;
    }
    char *path = og_path_join(slash ? folder : "", entry->d_name);
    if (!path) {
      status = og_error_no_memory(err);
    } else if (is_abandoned(path, entry->d_name + size)) {
      delete_partial(path);
      og_progress_warn(progress, "%s, which was left by a process that was killed, is removed",
                       path);
    }
    og_free(path);
  }
  if (stream) {
    closedir(stream);
  }
  og_free(folder);
  return status;
}

/* ---- opening and putting in place ---- */

OgStatus og_directory_open(const char *path, bool replace, const OgProgress *progress,
                           OgDirectory *directory, OgError *err) {
  *directory = (OgDirectory){.lock = -1};
  OG_TRY(check_place(path, replace, err));
  size_t length = strlen(path);
  while (length > 1 && path[length - 1] == '/') {
    length--;
  }
  OgBuffer temporary = OG_BUFFER_INIT;
  OgStatus status;
  OG_GO(og_buffer_append(&temporary, path, length, err));
  directory->path = og_strndup(path, length);
  if (!directory->path) {
    status = og_error_no_memory(err);
    goto done;
  }
  OG_GO(og_buffer_text(&temporary, partial_suffix, err));
  OG_GO(clear_abandoned(temporary.data, progress, err));
  OG_GO(og_buffer_format(&temporary, err, "%ld", (long)getpid()));
  OG_GO(og_directory_make(temporary.data, err));
  directory->temporary = og_strdup(temporary.data);
  if (!directory->temporary) {
    rmdir(temporary.data);
    status = og_error_no_memory(err);
    goto done;
  }
  /* where there are no locks, it is nobody's to remove */
  directory->lock = open(directory->temporary, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (directory->lock >= 0) {
    flock(directory->lock, LOCK_EX | LOCK_NB);
  }
done:
  og_buffer_clear(&temporary);
  if (status != OG_OK) {
    og_directory_close(directory);
  }
  return status;
}

static const char weights_file[] = "model.safetensors";

OgStatus og_directory_reserve(const OgDirectory *directory, size_t bytes, OgError *err) {
  char *path = og_path_join(directory->temporary, weights_file);
  if (!path) {
    return og_error_no_memory(err);
  }
  const int file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
  const int fault = file < 0 ? errno : posix_fallocate(file, 0, (off_t)bytes);
  OgStatus status = OG_OK;
  if (fault != 0) {
    errno = fault;
    status = og_error_errno(err, "make room for a model in", directory->temporary);
  }
  if (file >= 0) {
    close(file);
  }
  og_free(path);
  return status;
}

void og_directory_unreserve(const OgDirectory *directory) {
  char *path = og_path_join(directory->temporary, weights_file);
  if (path) {
    unlink(path);
  }
  og_free(path);
}

static OgStatus copy_file(const char *from, const char *to, OgError *err) {
  OgFileMap map;
  OG_TRY(og_file_map(from, &map, err));
  const OgStatus status = og_file_write(to, map.bytes, map.size, err);
  og_file_unmap(&map);
  return status;
}

OgStatus og_directory_copy(const char *from, const OgDirectory *directory, OgError *err) {
  OgStatus status = OG_OK;
  const char *name;
  for (size_t k = 0; status == OG_OK && (name = model_file(k)); k++) {
    char *old = og_path_join(from, name), *new = og_path_join(directory->temporary, name);
    if (!old || !new) {
      status = og_error_no_memory(err);
    } else if (strcmp(name, weights_file) != 0 && og_file_exists(old)) {
      status = og_check_model_file(from, old, err);
      status = status == OG_OK ? copy_file(old, new, err) : status;
    }
    og_free(old);
    og_free(new);
  }
  return status;
}

OgStatus og_directory_commit(OgDirectory *directory, OgError *err) {
  const char *from = directory->temporary, *to = directory->path;
  OG_TRY(check_place(to, true, err)); /* asked already, before the work */
  if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_EXCHANGE) == 0) {
    delete_directory(from); /* it holds the old model now */
  } else if (errno == ENOENT) {
    if (rename(from, to) != 0) {
      return og_error_errno(err, "create", to);
    }
  } else {
    /* A file system that cannot exchange. */
    delete_directory(to);
    if (rename(from, to) != 0) {
      return og_error_errno(err, "replace", to);
    }
  }
  og_free(directory->temporary);
  directory->temporary = NULL;
  return OG_OK;
}

void og_directory_close(OgDirectory *directory) {
  if (directory->temporary) {
    delete_directory(directory->temporary);
  }
  if (directory->path && directory->lock >= 0) {
    close(directory->lock);
  }
  og_free(directory->temporary);
  og_free(directory->path);
  *directory = (OgDirectory){.lock = -1};
}

/* ---- ontograft.json ---- */

/* A seed has 64 bits, of which a JSON number keeps 53: it is written as hexadecimal text. */
OgStatus og_run_file_save(const OgRunFile *run, const char *directory, OgError *err) {
  char seed[24];
  snprintf(seed, sizeof seed, "%" PRIx64, run->shuffle_seed);
  json_t *json = json_pack(
      "{s:i, s:s, s:s, s:s, s:s, s:I, s:I, s:s, s:f, s:s, s:s, s:s, s:s, s:s, s:s, s:O?}", "format",
      RUN_FILE_FORMAT, "made_by", "ontograft " OG_VERSION, "task", "classify", "fusion",
      og_fusion_name(run->fusion), "pooling", og_pooling_name(run->pooling), "max_length",
      (json_int_t)run->max_length, "window_step", (json_int_t)run->window_step, "window_pooling",
      og_window_pooling_name(run->window_pooling), "min_link_score", (double)run->min_link_score,
      "base", run->base, "graph", run->graph, "embedding_set", run->embedding_set, "graph_hash",
      run->graph_hash, "vectors_hash", run->vectors_hash, "shuffle_seed", seed, "options",
      run->options);
  char *path = og_path_join(directory, "ontograft.json");
  const OgStatus status = json && path ? og_json_save(path, json, err) : og_error_no_memory(err);
  og_free(path);
  json_decref(json);
  return status;
}

/* A text of an object; "" when it is absent. */
static OgStatus get_text(const json_t *json, const char *path, const char *key, const char **text,
                         OgError *err) {
  const json_t *value = json_object_get(json, key);
  if (value && !json_is_string(value)) {
    return og_error_at(err, OG_BAD_STORE, path, 0, 0, "expected \"%s\" to be a text", key);
  }
  *text = value ? json_string_value(value) : "";
  return OG_OK;
}

static OgStatus get_copy(const json_t *json, const char *path, const char *key, char **copy,
                         OgError *err) {
  const char *text = "";
  OG_TRY(get_text(json, path, key, &text, err));
  *copy = og_strdup(text);
  return *copy ? OG_OK : og_error_no_memory(err);
}

static OgStatus get_hash(const json_t *json, const char *path, const char *key,
                         char hex[OG_SHA256_HEX_SIZE], OgError *err) {
  const char *text = "";
  OG_TRY(get_text(json, path, key, &text, err));
  if (strlen(text) >= OG_SHA256_HEX_SIZE) {
    return og_error_at(err, OG_BAD_STORE, path, 0, 0, "expected \"%s\" to be a SHA-256", key);
  }
  snprintf(hex, OG_SHA256_HEX_SIZE, "%s", text);
  return OG_OK;
}

/* How texts that are longer are read. Where nothing is said, they are cut. */
static OgStatus get_windows(const json_t *json, const char *path, OgRunFile *run, OgError *err) {
  const json_int_t step = json_integer_value(json_object_get(json, "window_step"));
  const char *pooling = "";
  OG_TRY(get_text(json, path, "window_pooling", &pooling, err));
  run->window_pooling = pooling[0] ? og_window_pooling_find(pooling) : OG_WINDOWS_MEAN;
  if (run->window_pooling == OG_WINDOWS_COUNT) {
    return og_error_at(err, OG_BAD_STORE, path, 0, 0, "unknown \"window_pooling\" \"%s\"", pooling);
  }
  if (step < 0 || (step > 0 && (size_t)step > run->max_length - 2)) {
    return og_error_at(err, OG_BAD_STORE, path, 0, 0,
                       "expected \"window_step\" to be a number of tokens, at most 2 below "
                       "\"max_length\"");
  }
  run->window_step = (size_t)step;
  return OG_OK;
}

static OgStatus get_features(const json_t *json, const char *path, OgRunFile *run, OgError *err) {
  const json_int_t format = json_integer_value(json_object_get(json, "format"));
  if (format != RUN_FILE_FORMAT) {
    return og_error_at(err, OG_BAD_STORE, path, 0, 0,
                       "expected \"format\" %d, but found %" JSON_INTEGER_FORMAT
                       "; it was written by another version of ontograft",
                       RUN_FILE_FORMAT, format);
  }
  const char *fusion = "", *pooling = "";
  OG_TRY(get_text(json, path, "fusion", &fusion, err));
  OG_TRY(get_text(json, path, "pooling", &pooling, err));
  run->fusion = og_fusion_find(fusion);
  run->pooling = og_pooling_find(pooling);
  if (run->fusion == OG_FUSION_COUNT) {
    return og_error_at(err, OG_BAD_STORE, path, 0, 0, "unknown \"fusion\" \"%s\"", fusion);
  }
  if (run->pooling != OG_POOLING_CLS && run->pooling != OG_POOLING_MEAN) {
    return og_error_at(err, OG_BAD_STORE, path, 0, 0, "unknown \"pooling\" \"%s\"", pooling);
  }
  const json_int_t length = json_integer_value(json_object_get(json, "max_length"));
  if (length < 3 || length > 1 << 20) {
    return og_error_at(err, OG_BAD_STORE, path, 0, 0,
                       "expected \"max_length\" to be a number of tokens, at least 3");
  }
  run->max_length = (size_t)length;
  OG_TRY(get_windows(json, path, run, err));
  run->min_link_score = (float)json_number_value(json_object_get(json, "min_link_score"));
  return OG_OK;
}

OgStatus og_run_file_load(const char *directory, OgRunFile *run, OgError *err) {
  *run = (OgRunFile){0};
  json_t *json = NULL;
  OgStatus status;
  char *path = og_path_join(directory, "ontograft.json");
  if (!path) {
    return og_error_no_memory(err);
  }
  if (!og_file_exists(path)) {
    status = og_error_set(err, OG_IO,
                          og_directory_exists(directory)
                              ? "%s has no ontograft.json, so it is no run; make one with: "
                                "ontograft finetune GRAPH --base DIR --train FILE --out %s"
                              : "there is no directory %s; make a run with: ontograft finetune "
                                "GRAPH --base DIR --train FILE --out %s",
                          directory, directory);
    goto done;
  }
  OG_GO(og_check_model_file(directory, path, err));
  OG_GO(og_json_load(path, RUN_FILE_LIMIT, OG_BAD_STORE, &json, err));
  OG_GO(get_features(json, path, run, err));
  OG_GO(get_copy(json, path, "base", &run->base, err));
  OG_GO(get_copy(json, path, "graph", &run->graph, err));
  OG_GO(get_copy(json, path, "embedding_set", &run->embedding_set, err));
  OG_GO(get_hash(json, path, "graph_hash", run->graph_hash, err));
  OG_GO(get_hash(json, path, "vectors_hash", run->vectors_hash, err));
  const char *seed = "";
  OG_GO(get_text(json, path, "shuffle_seed", &seed, err));
  run->shuffle_seed = strtoull(seed, NULL, 16);
  run->options = json_incref(json_object_get(json, "options"));
done:
  if (status != OG_OK) {
    og_run_file_clear(run);
  }
  json_decref(json);
  og_free(path);
  return status;
}

void og_run_file_clear(OgRunFile *run) {
  og_free(run->base);
  og_free(run->graph);
  og_free(run->embedding_set);
  json_decref(run->options);
  *run = (OgRunFile){0};
}

/* ---- base networks ---- */

/* A directory with a configuration; what else it must have, its readers say. */
static OgStatus check_base(const char *directory, OgError *err) {
  char *path = og_path_join(directory, "config.json");
  if (!path) {
    return og_error_no_memory(err);
  }
  OgStatus status = OG_OK;
  if (!og_file_exists(path)) {
    status =
        og_error_at(err, OG_IO, directory, 0, 0,
                    "%s; a base network is a directory with config.json, the tokenizer's files "
                    "(tokenizer.json, or vocab.txt and others) and model.safetensors, as "
                    "Hugging Face has them and ontograft pretrain makes them",
                    og_file_exists(directory) ? "no config.json here" : "no such directory");
  }
  og_free(path);
  return status;
}

OgStatus og_base_load(const char *directory, OgConfig *config, OgTokenizer **tokenizer,
                      OgError *err) {
  OG_TRY(check_base(directory, err));
  OG_TRY(og_config_load(directory, config, err));
  OG_TRY(og_tokenizer_load(directory, tokenizer, err));
  const size_t words = og_tokenizer_vocab_size(*tokenizer);
  if (words > config->vocab_size) {
    og_tokenizer_free(*tokenizer);
    *tokenizer = NULL;
    return og_error_set(err, OG_BAD_STORE,
                        "%s: the tokenizer has %zu words, but config.json says %zu", directory,
                        words, config->vocab_size);
  }
  return OG_OK;
}

/* In pieces: at the end of a training there may be no room for a map of the whole. */
static void hash_file(FILE *file, char hex[OG_SHA256_HEX_SIZE]) {
  unsigned char piece[1 << 16];
  OgSha256 sha;
  og_sha256_init(&sha);
  for (size_t got; (got = fread(piece, 1, sizeof piece, file)) > 0;) {
    og_sha256_add(&sha, piece, got);
  }
  og_sha256_hex(&sha, hex);
}

OgStatus og_model_sha256(const char *directory, char hex[OG_SHA256_HEX_SIZE], OgError *err) {
  char *path = og_path_join(directory, "model.safetensors");
  if (!path) {
    return og_error_no_memory(err);
  }
  FILE *file = fopen(path, "rb");
  OgStatus status = file ? OG_OK : og_error_errno(err, "open", path);
  if (file) {
    hash_file(file, hex);
    status = ferror(file) ? og_error_errno(err, "read", path) : OG_OK;
    fclose(file);
  }
  og_free(path);
  return status;
}
