/* input: bytes from a file or from standard input ("-"), unpacked from gzip when they are gzip'd,
 * hashed as they pass. */
#ifndef OG_CORE_INPUT_H
#define OG_CORE_INPUT_H

#include "core/buffer.h"

#include <stdint.h>

typedef struct OgInput OgInput;

/* Open a path, or standard input for "-". On OG_OK the caller owns *input. */
OG_API OG_MUST_CHECK OgStatus og_input_open(const char *path, OgInput **input, OgError *err);
OG_API void og_input_close(OgInput *input);

/* The same of an open file descriptor, which becomes the input's (it is closed here on failure
 * too); path is for messages. */
OG_API OG_MUST_CHECK OgStatus og_input_adopt(int descriptor, const char *path, OgInput **input,
                                             OgError *err);

/* Read up to size unpacked bytes; *got 0 at the end. A damaged or truncated gzip stream is
 * OG_BAD_DATA, as is one that unpacks to over 1,000 times its size after the first 64 MiB (a bomb).
 */
OG_API OG_MUST_CHECK OgStatus og_input_read(OgInput *input, void *bytes, size_t size, size_t *got,
                                            OgError *err);

/* Look at the next unpacked bytes without consuming them: up to size of them, fewer only at the
 * end. *bytes stays valid until the next call on input. */
OG_API OG_MUST_CHECK OgStatus og_input_peek(OgInput *input, size_t size, const char **bytes,
                                            size_t *got, OgError *err);

/* Read one line into line (without its \n or \r\n; content replaced); *more false at the end. A
 * line over limit bytes is OG_BAD_DATA. */
OG_API OG_MUST_CHECK OgStatus og_input_line(OgInput *input, size_t limit, OgBuffer *line, int *more,
                                            OgError *err);

/* What standard input is called. */
#define OG_INPUT_STANDARD "standard input"

/* For messages: the path, or OG_INPUT_STANDARD. */
OG_API const char *og_input_name(const OgInput *input);

/* Bytes of the file consumed so far (packed ones), and the file's size (0 when unknown: a pipe). */
OG_API uint64_t og_input_position(const OgInput *input);
OG_API uint64_t og_input_size(const OgInput *input);

/* SHA-256 of the file's bytes as stored (packed), once read to the end. */
OG_API const char *og_input_sha256(OgInput *input);

#endif
