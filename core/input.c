#include "core/input.h"

#include "core/hash.h"
#include "core/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

enum { BLOCK = 1 << 16, GZIP_WINDOW = 15 + 16, BOMB_RATIO = 1000 };

static const uint64_t bomb_allowance = UINT64_C(64) << 20;

struct OgInput {
  char *name;
  int descriptor;
  bool packed;
  bool stream_open; /* zlib state is live */
  bool member_open; /* inside a gzip member: an end of file here is a truncation */
  bool at_end;      /* the file has no more bytes */
  z_stream stream;
  unsigned char *block; /* the file's bytes; stream.next_in points into it */
  uint64_t size;
  uint64_t consumed;
  uint64_t produced;
  OgSha256 sha;
  char sha_hex[OG_SHA256_HEX_SIZE];
  OgBuffer pending; /* unpacked bytes that were looked at (og_input_peek, og_input_line) and not
                       handed out yet */
  size_t pending_start;
};

/* Fill the block with the file's next bytes. */
static OgStatus fill(OgInput *input, OgError *err) {
  ssize_t got;
  do {
    got = read(input->descriptor, input->block, BLOCK);
  } while (got < 0 && errno == EINTR);
  if (got < 0) {
    return og_error_errno(err, "read", input->name);
  }
  input->at_end = got == 0;
  input->stream.next_in = input->block;
  input->stream.avail_in = (unsigned)got;
  input->consumed += (uint64_t)got;
  og_sha256_add(&input->sha, input->block, (size_t)got);
  return OG_OK;
}

static OgStatus start(OgInput *input, OgError *err) {
  OG_TRY(fill(input, err));
  input->packed = input->stream.avail_in >= 2 && input->block[0] == 0x1f && input->block[1] == 0x8b;
  if (input->packed) {
    if (inflateInit2(&input->stream, GZIP_WINDOW) != Z_OK) {
      return og_error_no_memory(err);
    }
    input->stream_open = true;
  }
  return OG_OK;
}

OgStatus og_input_adopt(int descriptor, const char *path, OgInput **input, OgError *err) {
  OgInput *made = OG_NEW(OgInput);
  if (!made) {
    close(descriptor);
    return og_error_no_memory(err);
  }
  OgStatus status = OG_OK;
  struct stat about;
  made->descriptor = descriptor;
  made->name = og_strdup(path);
  made->block = og_calloc(BLOCK, 1);
  og_sha256_init(&made->sha);
  if (!made->name || !made->block) {
    status = og_error_no_memory(err);
    goto done;
  }
  if (fstat(made->descriptor, &about) != 0) {
    status = og_error_errno(err, "open", made->name);
    goto done;
  }
  if (S_ISDIR(about.st_mode)) {
    status = og_error_set(err, OG_IO, "cannot read %s: it is a directory", made->name);
    goto done;
  }
  made->size = S_ISREG(about.st_mode) ? (uint64_t)about.st_size : 0;
  OG_GO(start(made, err));
  *input = made;
  made = NULL;
done:
  og_input_close(made);
  return status;
}

OgStatus og_input_open(const char *path, OgInput **input, OgError *err) {
  const bool standard = strcmp(path, "-") == 0;
  const int descriptor = standard ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC);
  const char *name = standard ? OG_INPUT_STANDARD : path;
  return descriptor < 0 ? og_error_errno(err, "open", name)
                        : og_input_adopt(descriptor, name, input, err);
}

void og_input_close(OgInput *input) {
  if (!input) {
    return;
  }
  if (input->stream_open) {
    inflateEnd(&input->stream);
  }
  if (input->descriptor >= 0) {
    close(input->descriptor);
  }
  og_buffer_clear(&input->pending);
  og_free(input->block);
  og_free(input->name);
  og_free(input);
}

static OgStatus read_plain(OgInput *input, void *bytes, size_t size, size_t *got, OgError *err) {
  if (input->stream.avail_in == 0 && !input->at_end) {
    OG_TRY(fill(input, err));
  }
  const size_t count = size < input->stream.avail_in ? size : input->stream.avail_in;
  memcpy(bytes, input->stream.next_in, count);
  input->stream.next_in += count;
  input->stream.avail_in -= (unsigned)count;
  *got = count;
  return OG_OK;
}

static OgStatus check_bomb(const OgInput *input, OgError *err) {
  if (input->produced > bomb_allowance && input->produced / BOMB_RATIO > input->consumed) {
    return og_error_at(err, OG_BAD_DATA, input->name, 0, 0,
                       "gzip stream unpacks to over %d times its size; refusing a likely bomb; if "
                       "it is none, unpack it first (gunzip)",
                       BOMB_RATIO);
  }
  return OG_OK;
}

static OgStatus read_packed(OgInput *input, void *bytes, size_t size, size_t *got, OgError *err) {
  z_stream *stream = &input->stream;
  stream->next_out = bytes;
  stream->avail_out = size < BLOCK ? (unsigned)size : BLOCK;
  const unsigned room = stream->avail_out;
  while (stream->avail_out == room) {
    if (stream->avail_in == 0 && !input->at_end) {
      OG_TRY(fill(input, err));
    }
    if (stream->avail_in == 0 && input->at_end) {
      if (input->member_open) {
        return og_error_at(err, OG_BAD_DATA, input->name, 0, 0,
                           "gzip stream ends early: the file is truncated; get it again");
      }
      break;
    }
    input->member_open = true;
    const int result = inflate(stream, Z_NO_FLUSH);
    if (result == Z_STREAM_END) {
      input->member_open = false;
      inflateReset(stream); /* another member may follow */
    } else if (result == Z_MEM_ERROR) {
      return og_error_no_memory(err);
    } else if (result != Z_OK && result != Z_BUF_ERROR) {
      return og_error_at(err, OG_BAD_DATA, input->name, 0, 0,
                         "damaged gzip stream: %s; get the file again",
                         stream->msg ? stream->msg : "unknown fault");
    }
  }
  *got = room - stream->avail_out;
  input->produced += *got;
  return check_bomb(input, err);
}

/* The next unpacked bytes, past the pending ones. */
static OgStatus unpack(OgInput *input, void *bytes, size_t size, size_t *got, OgError *err) {
  *got = 0;
  return input->packed ? read_packed(input, bytes, size, got, err)
                       : read_plain(input, bytes, size, got, err);
}

OgStatus og_input_read(OgInput *input, void *bytes, size_t size, size_t *got, OgError *err) {
  *got = 0;
  if (size == 0) {
    return OG_OK;
  }
  const size_t waiting = input->pending.size - input->pending_start;
  if (waiting == 0) {
    return unpack(input, bytes, size, got, err);
  }
  *got = size < waiting ? size : waiting;
  memcpy(bytes, input->pending.data + input->pending_start, *got);
  input->pending_start += *got;
  return OG_OK;
}

/* Add up to a block of unpacked bytes to the pending ones; *got 0 at the end. */
static OgStatus look_ahead(OgInput *input, size_t *got, OgError *err) {
  OgBuffer *pending = &input->pending;
  if (input->pending_start == pending->size) {
    og_buffer_reset(pending);
    input->pending_start = 0;
  }
  OG_TRY(og_buffer_reserve(pending, BLOCK, err));
  OG_TRY(unpack(input, pending->data + pending->size, BLOCK, got, err));
  pending->size += *got;
  pending->data[pending->size] = '\0';
  return OG_OK;
}

OgStatus og_input_peek(OgInput *input, size_t size, const char **bytes, size_t *got, OgError *err) {
  size_t added = 1;
  while (input->pending.size - input->pending_start < size && added > 0) {
    OG_TRY(look_ahead(input, &added, err));
  }
  const size_t waiting = input->pending.size - input->pending_start;
  *bytes = input->pending.data ? input->pending.data + input->pending_start : "";
  *got = size < waiting ? size : waiting;
  return OG_OK;
}

OgStatus og_input_line(OgInput *input, size_t limit, OgBuffer *line, int *more, OgError *err) {
  og_buffer_reset(line);
  *more = 1;
  for (bool any = false;; any = true) {
    if (input->pending_start == input->pending.size) {
      size_t added;
      OG_TRY(look_ahead(input, &added, err));
      if (added == 0) {
        *more = any;
        break;
      }
    }
    const char *from = input->pending.data + input->pending_start;
    const size_t left = input->pending.size - input->pending_start;
    const char *newline = memchr(from, '\n', left);
    const size_t count = newline ? (size_t)(newline - from) : left;
    if (line->size + count > limit) {
      return og_error_at(err, OG_BAD_DATA, input->name, 0, 0,
                         "a line is longer than %zu bytes, the limit", limit);
    }
    OG_TRY(og_buffer_append(line, from, count, err));
    input->pending_start += count + (newline != NULL);
    if (newline) {
      break;
    }
  }
  if (line->size > 0 && line->data[line->size - 1] == '\r') {
    line->data[--line->size] = '\0';
  }
  return OG_OK;
}

const char *og_input_name(const OgInput *input) {
  return input->name;
}

uint64_t og_input_position(const OgInput *input) {
  return input->consumed - input->stream.avail_in;
}

uint64_t og_input_size(const OgInput *input) {
  return input->size;
}

const char *og_input_sha256(OgInput *input) {
  if (input->sha_hex[0] == '\0') {
    og_sha256_hex(&input->sha, input->sha_hex);
  }
  return input->sha_hex;
}
