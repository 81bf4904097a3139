#include "core/json.h"

#include "core/buffer.h"
#include "core/file.h"

#include <stdlib.h>
#include <string.h>

/* A parsed value takes a hundred bytes and more, and two characters can spell one. A tokenizer.json
 * of 250,000 pieces and their scores (XLM-R's) has 750,000 values. */
enum { VALUES_LIMIT = 4 << 20, DEPTH_LIMIT = 100 };

/* Where in text an array or object opens too deep, or a value is one too many; size: nowhere. */
static size_t find_excess(const char *text, size_t size) {
  size_t values = 1, depth = 0;
  bool quoted = false;
  for (size_t k = 0; k < size; k++) {
    const char c = text[k];
    if (quoted) {
      k += c == '\\';
      quoted = c != '"';
    } else if (c == '"') {
      quoted = true;
    } else if (c == '[' || c == '{' || c == ',') {
      values++;
      depth += c != ',';
    } else if (c == ']' || c == '}') {
      depth -= depth > 0;
    }
    if (depth > DEPTH_LIMIT || values > VALUES_LIMIT) {
      return k;
    }
  }
  return size;
}

/* What Jansson found, in words that need not name its flags. */
static const char *fault_text(const json_error_t *problem) {
  return json_error_code(problem) == json_error_null_character
             ? "a string with a zero byte in it (\\u0000), which no text has; take it out"
             : problem->text;
}

OgStatus og_json_parse(const char *text, size_t size, const char *name, OgStatus fault,
                       json_t **json, OgError *err) {
  json_error_t problem = {.line = 0};
  const size_t excess = find_excess(text, size);
  if (excess < size) {
    return og_error_at(err, fault, name, 0, 0,
                       "at byte %zu the JSON is nested more than %d deep or has more than %d "
                       "values: that is no file of ours to read",
                       excess, DEPTH_LIMIT, VALUES_LIMIT);
  }
  json_t *parsed = json_loadb(text, size, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &problem);
  if (!parsed) {
    /* Jansson says nothing at all when a value had no memory */
    if (problem.text[0] == '\0' || json_error_code(&problem) == json_error_out_of_memory) {
      return og_error_no_memory(err);
    }
    return og_error_at(err, fault, name, problem.line, problem.column, "not valid JSON: %s",
                       fault_text(&problem));
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
