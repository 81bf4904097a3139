/* Any bytes as a file of one format, READER: whatever is read, statements have the shape that RDF
 * asks for. The first byte chooses whether to be strict. Of "mapping", the bytes up to the first
 * zero byte are the mapping file. */
#include "core/input.h"
#include "ingest/ingest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static OgStatus on_statement(void *data, const OgTerm *subject, const OgTerm *predicate,
                             const OgTerm *object, OgError *err) {
  (void)data;
  (void)err;
  const OgTerm *const terms[] = {subject, predicate, object};
  for (size_t k = 0; k < OG_COUNT(terms); k++) {
    const OgTerm *term = terms[k];
    if (term->kind < OG_IRI || term->kind > OG_LITERAL || !term->text.data ||
        (term->kind == OG_LITERAL && k < 2) || (term->kind == OG_BLANK && k == 1) ||
        (term->kind == OG_BLANK && term->text.size == 0)) {
      abort();
    }
    size_t sum = 0; /* every byte can be read */
    for (size_t i = 0; i < term->text.size; i++) {
      sum += (unsigned char)term->text.data[i];
    }
    if (sum == SIZE_MAX) {
      abort();
    }
  }
  return OG_OK;
}

static OgStatus on_warning(void *data, const char *kind, long line, long column,
                           const char *message, OgError *err) {
  (void)data;
  (void)line;
  (void)column;
  (void)err;
  if (!kind[0] || !message[0]) {
    abort();
  }
  return OG_OK;
}

typedef struct MemoryFile {
  int descriptor;
  char path[64];
} MemoryFile;

static void open_file(MemoryFile *file, const uint8_t *data, size_t size) {
  file->descriptor = memfd_create("fuzz", MFD_CLOEXEC);
  if (file->descriptor < 0 || write(file->descriptor, data, size) != (ssize_t)size) {
    abort();
  }
  snprintf(file->path, sizeof file->path, "/proc/self/fd/%d", file->descriptor);
}

static void read_file(const char *path, const OgReadOptions *options) {
  static const OgSink sink = {.statement = on_statement, .warning = on_warning};
  OgError err = {0};
  OgInput *input = NULL;
  if (og_input_open(path, &input, &err) != OG_OK) {
    abort();
  }
  const OgStatus status = og_ingest(input, options, &sink, NULL, NULL, &err);
  if (status != OG_OK && status != OG_BAD_DATA) {
    abort();
  }
  og_input_close(input);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size < 1) {
    return 0;
  }
  OgReadOptions options = {.base = "http://example.org/base",
                           .format = READER,
                           .max_depth = 1000,
                           .strict = data[0] & 1};
  MemoryFile mapping, file;
  data++;
  size--;
  const uint8_t *zero = size > 0 ? memchr(data, 0, size) : NULL;
  const size_t split = zero && strcmp(READER, "mapping") == 0 ? (size_t)(zero - data) : 0;
  open_file(&mapping, data, split);
  open_file(&file, data + split + (split > 0), size - split - (split > 0));
  options.mapping = mapping.path;
  read_file(file.path, &options);
  close(mapping.descriptor);
  close(file.descriptor);
  return 0;
}
