#include "cli/print.h"

#include "cli/terminal.h"
#include "core/buffer.h"

#include <stdio.h>
#include <string.h>
#include <utf8proc.h>

const char *const card_formats[] = {"text", "json", NULL};

void print_safe(const char *text) {
  text_print(stdout, text, strlen(text), 0);
}

void print_full(const char *curie, const char *iri) {
  if (curie) {
    print_safe(iri);
    putchar('\n');
  }
}

OgStatus print_json(json_t *json, OgError *err) {
  if (!json) {
    return og_error_no_memory(err);
  }
  const int result = json_dumpf(json, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(9));
  json_decref(json);
  putchar('\n');
  return result == 0 ? OG_OK : og_error_errno(err, "write", "standard output");
}

json_t *json_text(const char *text, size_t length) {
  json_t *json = json_stringn(text, length);
  if (json) {
    return json;
  }
  OgBuffer clean = OG_BUFFER_INIT;
  OgStatus status = OG_OK;
  for (size_t k = 0; k < length && status == OG_OK;) {
    utf8proc_int32_t point;
    const utf8proc_ssize_t size = utf8proc_iterate((const utf8proc_uint8_t *)text + k,
                                                   (utf8proc_ssize_t)(length - k), &point);
    status = size > 0 ? og_buffer_append(&clean, text + k, (size_t)size, NULL)
                      : og_buffer_append(&clean, "\xef\xbf\xbd", 3, NULL);
    k += size > 0 ? (size_t)size : 1;
  }
  json = status == OG_OK ? json_stringn(clean.data ? clean.data : "", clean.size) : NULL;
  og_buffer_clear(&clean);
  return json;
}

json_t *json_mended(const char *text) {
  return text ? json_text(text, strlen(text)) : json_null();
}

void json_add(json_t **list, json_t *item) {
  if (json_array_append_new(*list, item) != 0) {
    json_decref(*list);
    *list = NULL;
  }
}

void json_put(json_t **object, const char *key, json_t *value) {
  if (json_object_set_new(*object, key, value) != 0) {
    json_decref(*object);
    *object = NULL;
  }
}
