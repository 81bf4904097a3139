#include "kg/edge_stream.h"

#include "core/memory.h"
#include "core/random.h"
#include "core/scratch.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

enum {
  BLOCK = 1 << 10,  /* edges that stand together in all epochs */
  WINDOW = 1 << 18, /* edges in memory */
  BLOCKS = WINDOW / BLOCK
};

/* An edge in the file. */
typedef struct Record {
  OgTriple triple;
  uint32_t answers;
} Record;

struct OgEdgeStream {
  int file;
  size_t count;      /* edges in the file */
  Record *records;   /* (BLOCK) */
  OgTriples triples; /* (WINDOW) */
  uint32_t *answers; /* (WINDOW) */
};

static size_t blocks_of(const OgEdgeStream *stream) {
  return (stream->count + BLOCK - 1) / BLOCK;
}

/* Edges of a block: all but the last one are full. */
static size_t size_of(const OgEdgeStream *stream, size_t block) {
  const size_t left = stream->count - block * BLOCK;
  return left < BLOCK ? left : BLOCK;
}

static OgStatus fault(const char *action, OgError *err) {
  return og_error_set(err, OG_IO,
                      "cannot %s the temporary file of the edges: %s; it lies beside the graph, "
                      "or in TMPDIR where that is memory",
                      action, strerror(errno));
}

/* All bytes, or a fault: a file that ends early counts as one. */
static OgStatus write_block(OgEdgeStream *stream, size_t block, OgError *err) {
  const char *bytes = (const char *)stream->records;
  const size_t size = size_of(stream, block) * sizeof *stream->records;
  for (size_t done = 0; done < size;) {
    const off_t at = (off_t)(block * BLOCK * sizeof *stream->records + done);
    const ssize_t written = pwrite(stream->file, bytes + done, size - done, at);
    if (written < 0 && errno == EINTR) {
      continue;
    }
    if (written <= 0) {
      errno = written == 0 ? ENOSPC : errno;
      return fault("write", err);
    }
    done += (size_t)written;
  }
  return OG_OK;
}

static OgStatus read_block(OgEdgeStream *stream, size_t block, OgError *err) {
  char *bytes = (char *)stream->records;
  const size_t size = size_of(stream, block) * sizeof *stream->records;
  for (size_t done = 0; done < size;) {
    const off_t at = (off_t)(block * BLOCK * sizeof *stream->records + done);
    const ssize_t got = pread(stream->file, bytes + done, size - done, at);
    if (got == 0) {
      errno = EIO;
    }
    if (got <= 0 && errno != EINTR) {
      return fault("read", err);
    }
    done += got > 0 ? (size_t)got : 0;
  }
  return OG_OK;
}

/* The edge at each place of the file is that at a random place of the list. */
static OgStatus write_all(OgEdgeStream *stream, const OgTriples *triples,
                          const uint32_t *const answers[2], uint64_t seed,
                          const OgProgress *progress, OgError *err) {
  for (size_t block = 0; block < blocks_of(stream); block++) {
    const size_t size = size_of(stream, block);
    for (size_t k = 0; k < size; k++) {
      const size_t from = og_random_place(seed, stream->count, block * BLOCK + k);
      stream->records[k] = (Record){triples->items[from], answers[0][from] + answers[1][from]};
    }
    OG_TRY(og_progress_step(progress, "writing edges to a temporary file", block * BLOCK,
                            stream->count, err));
    OG_TRY(write_block(stream, block, err));
  }
  return OG_OK;
}

OgStatus og_edge_stream_new(const OgTriples *triples, const uint32_t *const answers[2],
                            const char *directory, uint64_t seed, const OgProgress *progress,
                            OgEdgeStream **stream, OgError *err) {
  OgEdgeStream *made = OG_NEW(OgEdgeStream);
  OgStatus status = OG_OK;
  if (!made) {
    return og_error_no_memory(err);
  }
  made->file = -1;
  made->count = triples->count;
  made->records = OG_NEW_ARRAY(Record, BLOCK);
  made->answers = OG_NEW_ARRAY(uint32_t, WINDOW);
  if (!made->records || !made->answers) {
    status = og_error_no_memory(err);
    goto done;
  }
  OG_GO(og_triples_reserve(&made->triples, WINDOW, err));
  made->file = og_scratch_open(directory);
  if (made->file < 0) {
    status = fault("make", err);
    goto done;
  }
  OG_GO(write_all(made, triples, answers, seed, progress, err));
  *stream = made;
  made = NULL;
done:
  og_edge_stream_free(made);
  return status;
}

void og_edge_stream_free(OgEdgeStream *stream) {
  if (stream) {
    if (stream->file >= 0) {
      close(stream->file);
    }
    og_free(stream->records);
    og_free(stream->triples.items);
    og_free(stream->answers);
    og_free(stream);
  }
}

size_t og_edge_stream_count(const OgEdgeStream *stream) {
  return stream->count;
}

size_t og_edge_stream_windows(const OgEdgeStream *stream) {
  return (blocks_of(stream) + BLOCKS - 1) / BLOCKS;
}

size_t og_edge_stream_most(const OgEdgeStream *stream) {
  return stream->count < WINDOW ? stream->count : WINDOW;
}

const OgTriples *og_edge_stream_triples(const OgEdgeStream *stream) {
  return &stream->triples;
}

const uint32_t *og_edge_stream_answers(const OgEdgeStream *stream) {
  return stream->answers;
}

OgStatus og_edge_stream_read(OgEdgeStream *stream, uint64_t seed, size_t window, OgError *err) {
  const size_t blocks = blocks_of(stream), first = window * BLOCKS;
  OgTriples *triples = &stream->triples;
  triples->count = 0;
  for (size_t k = first; k < blocks && k < first + BLOCKS; k++) {
    const size_t block = og_random_place(seed, blocks, k), size = size_of(stream, block);
    OG_TRY(read_block(stream, block, err));
    for (size_t edge = 0; edge < size; edge++) {
      stream->answers[triples->count] = stream->records[edge].answers;
      triples->items[triples->count++] = stream->records[edge].triple;
    }
  }
  return OG_OK;
}
