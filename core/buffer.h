/* buffer: bytes that grow. data is always terminated by a zero byte that size does not count (NULL
 * while empty and never written). */
#ifndef OG_CORE_BUFFER_H
#define OG_CORE_BUFFER_H

#include "core/error.h"

typedef struct OgBuffer {
  char *data;
  size_t size;
  size_t capacity;
} OgBuffer;

#define OG_BUFFER_INIT                                                                             \
  { NULL, 0, 0 }

/* Release the bytes; the buffer is empty and usable again. */
OG_API void og_buffer_clear(OgBuffer *buffer);

/* Forget the content, keep the room. */
OG_API void og_buffer_reset(OgBuffer *buffer);

/* Make room for extra more bytes. Fails only with OG_NO_MEMORY; the content is then as it was (so
 * for all below). */
OG_API OG_MUST_CHECK OgStatus og_buffer_reserve(OgBuffer *buffer, size_t extra, OgError *err);

OG_API OG_MUST_CHECK OgStatus og_buffer_append(OgBuffer *buffer, const void *bytes, size_t size,
                                               OgError *err);
OG_API OG_MUST_CHECK OgStatus og_buffer_text(OgBuffer *buffer, const char *text, OgError *err);
OG_API OG_MUST_CHECK OgStatus og_buffer_format(OgBuffer *buffer, OgError *err, const char *format,
                                               ...) OG_PRINTF(3, 4);

#endif
