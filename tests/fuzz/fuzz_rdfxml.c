/* Any bytes as RDF/XML, strict or not: what comes out are statements. */
#include "ingest/ingest.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <utf8proc.h>

enum { MAX_DEPTH = 200 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds) {
  if (!holds) {
    abort();
  }
}

static void check_text(OgText text) {
  utf8proc_int32_t character;
  for (size_t at = 0; at < text.size;) {
    const utf8proc_ssize_t step = utf8proc_iterate((const utf8proc_uint8_t *)text.data + at,
                                                   (utf8proc_ssize_t)(text.size - at), &character);
    require(step > 0);
    at += (size_t)step;
  }
}

static void check_term(const OgTerm *term) {
  check_text(term->text);
  check_text(term->datatype);
  check_text(term->language);
  if (term->kind == OG_LITERAL) {
    require(term->datatype.size == 0 || term->language.size == 0);
  } else {
    require(term->datatype.size == 0 && term->language.size == 0);
    require(term->kind == OG_IRI || (term->kind == OG_BLANK && term->text.size > 1));
  }
}

static OgStatus on_statement(void *count, const OgTerm *subject, const OgTerm *predicate,
                             const OgTerm *object, OgError *err) {
  (void)err;
  check_term(subject);
  check_term(predicate);
  check_term(object);
  require(subject->kind != OG_LITERAL && predicate->kind == OG_IRI);
  ++*(size_t *)count;
  return OG_OK;
}

static OgStatus on_prefix(void *count, OgText prefix, OgText iri, OgError *err) {
  (void)count;
  (void)err;
  check_text(prefix);
  check_text(iri);
  return OG_OK;
}

static OgStatus on_warning(void *count, const char *kind, long line, long column,
                           const char *message, OgError *err) {
  (void)count;
  (void)err;
  require(kind[0] != '\0' && line >= 0 && column >= 0 && message[0] != '\0');
  return OG_OK;
}

static OgStatus read_bytes(const uint8_t *data, size_t size, bool strict, size_t *count) {
  char path[64];
  OgError err = {0};
  OgInput *input = NULL;
  const int descriptor = memfd_create("fuzz", MFD_CLOEXEC);
  require(descriptor >= 0 && write(descriptor, data, size) == (ssize_t)size);
  snprintf(path, sizeof path, "/proc/self/fd/%d", descriptor);
  require(og_input_open(path, &input, &err) == OG_OK || err.status == OG_BAD_DATA);
  const OgReadOptions options = {.base = "http://example.org/base",
                                 .format = "rdfxml",
                                 .max_depth = MAX_DEPTH,
                                 .strict = strict};
  const OgSink sink = {on_statement, on_prefix, on_warning, count};
  const OgStatus status = input ? og_ingest(input, &options, &sink, NULL, NULL, &err) : OG_BAD_DATA;
  require(status == OG_OK || (status == OG_BAD_DATA && err.message[0] != '\0'));
  og_input_close(input);
  close(descriptor);
  return status;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  size_t lenient = 0;
  size_t strict = 0;
  const OgStatus status = read_bytes(data, size, false, &lenient);
  /* What is right for the strict reader is right for the other, and says the same. */
  if (read_bytes(data, size, true, &strict) == OG_OK) {
    require(status == OG_OK && strict == lenient);
  }
  return 0;
}
