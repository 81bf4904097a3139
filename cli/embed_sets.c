#include "cli/embed_sets.h"

#include "cli/options.h"
#include "cli/print.h"
#include "core/buffer.h"
#include "kg/embed_renew.h"
#include "kg/vectors_import.h"
#include "model/safetensors.h"

#include <stdio.h>
#include <string.h>

/* ---- export ---- */

enum { NPY, TSV, VEC, SAFETENSORS, FILES };

typedef char Path[4096];

/* What goes together: the rows of an array are named in the table beside it. */
static const struct {
  const char *suffix;
  int first, last; /* files that are written when the path ends so */
} formats[FILES] = {[NPY] = {".npy", NPY, TSV},
                    [TSV] = {".tsv", NPY, TSV},
                    [VEC] = {".vec", VEC, VEC},
                    [SAFETENSORS] = {".safetensors", SAFETENSORS, SAFETENSORS}};

/* The format that a path ends in; FILES when it is none of them. */
static int format_of(const char *path) {
  const char *dot = strrchr(path, '.');
  int format = 0;
  while (format < FILES && !(dot && strcmp(dot, formats[format].suffix) == 0)) {
    format++;
  }
  return format;
}

/* Paths of the files to write; empty where one is not wanted. */
static OgStatus name_files(const SetTask *task, Path files[FILES], OgError *err) {
  const int format = format_of(task->path);
  const int first = format < FILES ? formats[format].first : 0;
  const int last = format < FILES ? formats[format].last : FILES - 1;
  const size_t stem = strlen(task->path) - (format < FILES ? strlen(formats[format].suffix) : 0);
  memset(files, 0, FILES * sizeof *files);
  for (int k = first; k <= last; k++) {
    const int length =
        snprintf(files[k], sizeof files[k], "%.*s%s", (int)stem, task->path, formats[k].suffix);
    if ((size_t)length >= sizeof files[k]) {
      return og_error_set(err, OG_USAGE, "--export: the path is too long");
    }
    OG_TRY(option_output("embed", task->graph, files[k], err));
  }
  return OG_OK;
}

/* Rows of `entities` are those of the tsv; rows of `relations` and their term ids are told apart by
 * relation_ids, as entity_ids do. */
static OgStatus write_safetensors(const OgVectors *vectors, const char *path, OgError *err) {
  const OgArray arrays[] = {
      {"entities", OG_F32, 2, {vectors->N, vectors->D}, vectors->values, NULL},
      {"entity_ids", OG_I64, 1, {vectors->N}, vectors->entities, NULL},
      {"relations", OG_F32, 2, {vectors->R, vectors->RD}, vectors->relation_values, NULL},
      {"relation_ids", OG_I64, 1, {vectors->R}, vectors->relations, NULL},
  };
  const OgMetadata metadata[] = {{"set", vectors->name},
                                 {"model", vectors->model},
                                 {"parameters", vectors->parameters},
                                 {"metrics", vectors->metrics},
                                 {"graph_hash", vectors->graph_hash}};
  const size_t count = vectors->R > 0 ? OG_COUNT(arrays) : 2;
  return og_safetensors_save(path, arrays, count, metadata, OG_COUNT(metadata), err);
}

static OgStatus tell_export(const Context *context, const SetTask *task, const OgVectors *vectors,
                            Path files[FILES], OgError *err) {
  json_t *written = json_array();
  OgBuffer list = OG_BUFFER_INIT;
  OgStatus status = OG_OK;
  for (int k = 0; k < FILES && status == OG_OK; k++) {
    if (files[k][0] != '\0') {
      json_add(&written, json_mended(files[k]));
      status = og_buffer_format(&list, err, "%s%s", list.size > 0 ? ", " : "", files[k]);
    }
  }
  if (status == OG_OK && task->json) {
    status = print_json(json_pack("{s:s, s:I, s:I, s:O}", "set", vectors->name, "vectors",
                                  (json_int_t)vectors->N, "dim", (json_int_t)vectors->D, "files",
                                  written),
                        err);
  } else if (status == OG_OK) {
    terminal_note(context->terminal, "set \"%s\": %s of %zu floats in %s", vectors->name,
                  text_counted((double)vectors->N, "vector", "vectors"), vectors->D, list.data);
  }
  json_decref(written);
  og_buffer_clear(&list);
  return status;
}

OgStatus embed_export_set(const Context *context, const SetTask *task, OgError *err) {
  OgStore *store = NULL;
  OgVectors vectors = {0};
  Path files[FILES];
  OG_TRY(name_files(task, files, err));
  OG_TRY(og_store_open(task->graph, OG_STORE_READ, &store, err));
  OgStatus status;
  OG_GO(og_vectors_load(store, task->set ? task->set : task->name, &vectors, err));
  if (files[NPY][0] != '\0') {
    OG_GO(og_vectors_export_npy(store, &vectors, files[NPY], files[TSV], err));
  }
  if (files[VEC][0] != '\0') {
    OG_GO(og_vectors_export_word2vec(store, &vectors, OG_WORDS_LABEL, files[VEC], err));
  }
  if (files[SAFETENSORS][0] != '\0') {
    OG_GO(write_safetensors(&vectors, files[SAFETENSORS], err));
  }
  status = tell_export(context, task, &vectors, files, err);
done:
  og_vectors_clear(&vectors);
  og_store_close(store);
  return status;
}

/* ---- import ---- */

OgStatus embed_import_set(const Context *context, const SetTask *task, OgError *err) {
  OgStore *store = NULL;
  OgVectors vectors = {0};
  OgVectorsImport report;
  OG_TRY(og_store_open(task->graph, OG_STORE_WRITE, &store, err));
  const char *name = task->name ? task->name : "imported";
  OgStatus status =
      task->force ? OG_OK : og_vectors_check_place(store, name, context->progress, err);
  if (status == OG_OK) {
    status = og_vectors_import(store, task->path, name, context->progress, &vectors, &report, err);
  }
  terminal_finish(context->terminal);
  if (status == OG_OK && task->json) {
    status = print_json(json_pack("{s:s, s:I, s:I, s:I, s:I, s:I}", "set", vectors.name, "vectors",
                                  (json_int_t)vectors.N, "dim", (json_int_t)vectors.D, "rows",
                                  (json_int_t)report.rows, "unknown", (json_int_t)report.unknown,
                                  "repeated", (json_int_t)report.repeated),
                        err);
  } else if (status == OG_OK) {
    terminal_note(context->terminal, "set \"%s\": %s of %zu floats from %s", vectors.name,
                  text_counted((double)vectors.N, "vector", "vectors"), vectors.D,
                  text_counted((double)report.rows, "row", "rows"));
  }
  if (status == OG_OK && report.unknown > 0) {
    terminal_note(context->terminal, "%s without an entity of that name, such as \"%s\"",
                  text_counted((double)report.unknown, "row", "rows"), report.example);
  }
  if (status == OG_OK && report.repeated > 0) {
    terminal_note(context->terminal, "%s left out: an earlier row names the same entity",
                  text_counted((double)report.repeated, "row", "rows"));
  }
  og_vectors_clear(&vectors);
  og_store_close(store);
  return status;
}

/* ---- update ---- */

static void tell_renewal(const Context *context, const OgRenewal *renewal) {
  if (renewal->current) {
    terminal_note(context->terminal, "set \"%s\": nothing is new, %s kept", renewal->set_name,
                  text_counted((double)renewal->kept, "vector", "vectors"));
    return;
  }
  terminal_note(context->terminal, "set \"%s\": %s kept, %zu of entities that are gone",
                renewal->set_name, text_counted((double)renewal->kept, "vector", "vectors"),
                renewal->gone);
  terminal_note(context->terminal, "new vectors: %zu from edges and names, %zu from names alone",
                renewal->by_edges, renewal->by_names);
  if (renewal->without > 0) {
    terminal_note(context->terminal,
                  "%s without a vector: no edge, and no name that is like a known one",
                  text_counted((double)renewal->without, "entity", "entities"));
  }
  if (renewal->ignored > 0) {
    terminal_note(context->terminal,
                  "%s of new entities left out, of a relation that the set does not know: "
                  "`ontograft embed` trains all anew",
                  text_counted((double)renewal->ignored, "edge", "edges"));
  }
}

OgStatus embed_update_set(const Context *context, const SetTask *task, OgError *err) {
  OgStore *store = NULL;
  OgRenewal renewal;
  const OgRenewOptions how = {task->set, task->name, task->force, task->threads};
  OG_TRY(og_store_open(task->graph, OG_STORE_WRITE, &store, err));
  const OgStatus status = og_embed_renew(store, &how, context->progress, &renewal, err);
  og_store_close(store);
  terminal_finish(context->terminal);
  OG_TRY(status);
  if (task->json) {
    return print_json(
        json_pack("{s:s, s:b, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:f}", "set", renewal.set_name,
                  "current", renewal.current, "kept", (json_int_t)renewal.kept, "gone",
                  (json_int_t)renewal.gone, "by_edges", (json_int_t)renewal.by_edges, "by_names",
                  (json_int_t)renewal.by_names, "without", (json_int_t)renewal.without, "edges",
                  (json_int_t)renewal.edges, "ignored_edges", (json_int_t)renewal.ignored,
                  "names_explain", renewal.explained),
        err);
  }
  tell_renewal(context, &renewal);
  return OG_OK;
}
