#include "core/json.h"

#include "core/buffer.h"
#include "core/file.h"

#include <stdlib.h>
#include <string.h>

OgStatus og_json_parse(const char *text, size_t size, const char *name, OgStatus fault,
                       json_t **json, OgError *err) {
  json_error_t problem;
  json_t *parsed = json_loadb(text, size, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &problem);
  if (!parsed) {
    if (json_error_code(&problem) == json_error_out_of_memory) {
      return og_error_no_memory(err);
    }
    return og_error_at(err, fault, name, problem.line, problem.column, "not valid JSON: %s",
                       problem.text);
  }
  *json = parsed;
  return OG_OK;
}

OgStatus og_json_load(const char *path, size_t limit, OgStatus fault, json_t **json, OgError *err) {
  OgBuffer content = OG_BUFFER_INIT;
  OgStatus status = og_file_read(path, limit, &content, err);
  if (status == OG_OK) {
    status = og_json_parse(content.data, content.size, path, fault, json, err);
  } else if (status == OG_BAD_DATA) {
    status = fault; /* over the limit */
    if (err) {
      err->status = fault;
    }
  }
  og_buffer_clear(&content);
  return status;
}

OgStatus og_json_save(const char *path, const json_t *json, OgError *err) {
  char *text = json_dumps(json, JSON_INDENT(2) | JSON_ENCODE_ANY | JSON_REAL_PRECISION(9));
  if (!text) {
    return og_error_no_memory(err);
  }
  OgReplacement replacement;
  OgStatus status = og_replacement_open(path, &replacement, err);
  if (status == OG_OK) {
    fputs(text, replacement.file);
    fputc('\n', replacement.file);
    status = og_replacement_commit(&replacement, err);
    og_replacement_close(&replacement);
  }
  free(text);
  return status;
}
