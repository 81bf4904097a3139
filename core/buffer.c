#include "core/buffer.h"

#include "core/memory.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

void og_buffer_clear(OgBuffer *buffer) {
  og_free(buffer->data);
  *buffer = (OgBuffer)OG_BUFFER_INIT;
}

void og_buffer_reset(OgBuffer *buffer) {
  buffer->size = 0;
  if (buffer->data) {
    buffer->data[0] = '\0';
  }
}

OgStatus og_buffer_reserve(OgBuffer *buffer, size_t extra, OgError *err) {
  if (extra > SIZE_MAX / 2 - buffer->size) {
    return og_error_no_memory(err);
  }
  const size_t needed = buffer->size + extra + 1;
  if (needed <= buffer->capacity) {
    return OG_OK;
  }
  size_t capacity = buffer->capacity ? buffer->capacity : 64;
  while (capacity < needed) {
    capacity *= 2;
  }
  char *data = og_realloc(buffer->data, capacity, 1);
  if (!data) {
    return og_error_no_memory(err);
  }
  data[buffer->size] = '\0';
  buffer->data = data;
  buffer->capacity = capacity;
  return OG_OK;
}

OgStatus og_buffer_append(OgBuffer *buffer, const void *bytes, size_t size, OgError *err) {
  OG_TRY(og_buffer_reserve(buffer, size, err));
  if (size > 0) {
    memcpy(buffer->data + buffer->size, bytes, size);
  }
  buffer->size += size;
  buffer->data[buffer->size] = '\0';
  return OG_OK;
}

OgStatus og_buffer_text(OgBuffer *buffer, const char *text, OgError *err) {
  return og_buffer_append(buffer, text, strlen(text), err);
}

OgStatus og_buffer_format(OgBuffer *buffer, OgError *err, const char *format, ...) {
  va_list args;
  va_start(args, format);
  const int size = vsnprintf(NULL, 0, format, args);
  va_end(args);
  if (size < 0) {
    return og_error_set(err, OG_FAILED, "cannot format text");
  }
  OG_TRY(og_buffer_reserve(buffer, (size_t)size, err));
  va_start(args, format);
  vsnprintf(buffer->data + buffer->size, (size_t)size + 1, format, args);
  va_end(args);
  buffer->size += (size_t)size;
  return OG_OK;
}
