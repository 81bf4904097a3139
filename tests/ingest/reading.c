#include "tests/ingest/reading.h"

#include "core/file.h"
#include "core/memory.h"
#include "core/random.h"
#include "tests/test.h"

#include <stdio.h>
#include <string.h>

static OgStatus on_statement(void *data, const OgTerm *subject, const OgTerm *predicate,
                             const OgTerm *object, OgError *err) {
  Reading *reading = data;
  if (reading->statements_left == 0) {
    return og_error_set(err, OG_GATE, "the sink wants no more");
  }
  reading->statements_left -= reading->statements_left > 0;
  reading->statements++;
  if (reading->graph) {
    const OgSink sink = graph_sink(reading->graph);
    return sink.statement(sink.data, subject, predicate, object, err);
  }
  return OG_OK;
}

static OgStatus on_prefix(void *data, OgText prefix, OgText iri, OgError *err) {
  (void)err;
  Reading *reading = data;
  const size_t used = strlen(reading->prefixes);
  snprintf(reading->prefixes + used, sizeof reading->prefixes - used, "%.*s=%.*s ",
           (int)prefix.size, prefix.data, (int)iri.size, iri.data);
  return OG_OK;
}

static OgStatus on_warning(void *data, const char *kind, long line, long column,
                           const char *message, OgError *err) {
  (void)column;
  (void)err;
  Reading *reading = data;
  reading->warnings++;
  reading->line = line;
  snprintf(reading->kind, sizeof reading->kind, "%s", kind);
  snprintf(reading->message, sizeof reading->message, "%s", message);
  return OG_OK;
}

void reading_init(Reading *reading) {
  *reading = (Reading){.graph = graph_new(), .statements_left = -1};
}

void reading_clear(Reading *reading) {
  graph_free(reading->graph);
  reading->graph = NULL;
}

OgSink reading_sink(Reading *reading) {
  return (OgSink){
      .statement = on_statement, .prefix = on_prefix, .warning = on_warning, .data = reading};
}

OgInput *input_of(const void *bytes, size_t size) {
  OgError err = {0};
  OgInput *input = NULL;
  const char *path = scratch("input");
  assert_ok(og_file_write(path, bytes, size, &err));
  assert_ok(og_input_open(path, &input, &err));
  return input;
}

void read_bytes(Reading *reading, ReadFunction *read, const void *bytes, size_t size, bool strict) {
  OgInput *input = input_of(bytes, size);
  const OgReadOptions options = {.base = TEST_BASE, .strict = strict};
  const OgSink sink = reading_sink(reading);
  reading->status = read(input, &options, &sink, NULL, &reading->err);
  og_input_close(input);
}

void read_text(Reading *reading, ReadFunction *read, const char *text, bool strict) {
  read_bytes(reading, read, text, strlen(text), strict);
}

bool read_shared(Reading *reading, ReadFunction *read, const char *relative, bool strict) {
  OgError err = {0};
  OgInput *input = NULL;
  const char *path = shared_data(relative);
  if (!path) {
    return false;
  }
  const OgReadOptions options = {.base = TEST_BASE, .strict = strict};
  const OgSink sink = reading_sink(reading);
  assert_ok(og_input_open(path, &input, &err));
  assert_ok(read(input, &options, &sink, NULL, &err));
  og_input_close(input);
  return true;
}

static OgStatus hear(void *data, const OgTerm *subject, const OgTerm *predicate,
                     const OgTerm *object, OgError *err) {
  return og_library_hear(data, subject, predicate, object, err);
}

size_t read_library(OgLibrary *library, const char *path, const char *format) {
  OgError err = {0};
  OgLibraryFile file;
  size_t files = 0;
  assert_ok(og_library_add(library, path, NULL, &err));
  assert_ok(og_library_next(library, &file, &err));
  while (file.path) {
    OgInput *input = NULL;
    const OgReader *used = NULL;
    const OgSink sink = {.statement = hear, .data = library};
    assert_ok(og_library_open(library, &file, &input, &err));
    assert_ok(og_ingest(input, NULL, &sink, NULL, &used, &err));
    og_input_close(input);
    assert_string_equal(used->name, format ? format : used->name);
    files++;
    assert_ok(og_library_next(library, &file, &err));
  }
  return files;
}

bool reading_is(const Reading *reading, const char *ntriples) {
  OgError err = {0};
  const char *path = scratch("expected.nt");
  assert_ok(og_file_write(path, ntriples, strlen(ntriples), &err));
  Graph *expected = graph_new();
  assert_true(graph_read(expected, path, TEST_BASE));
  const bool same = reading->status == OG_OK && graph_isomorphic(reading->graph, expected);
  if (!same) {
    char text[800];
    print_message("%s\n", reading->status == OG_OK
                              ? "the graphs differ"
                              : og_error_text(&reading->err, text, sizeof text));
    graph_print(reading->graph, "got");
    graph_print(expected, "expected");
  }
  graph_free(expected);
  return same;
}

void read_with_faults(ReadFunction *read, const char *text) {
  Reading reading = {.statements_left = -1};
  read_text(&reading, read, text, false);
  assert_int_equal(reading.status, OG_OK);
  const long statements = (long)reading.statements;
  assert_true(statements > 0);
  for (long n = 0; n < statements; n++) {
    Reading failing = {.statements_left = n};
    read_text(&failing, read, text, false);
    assert_int_equal(failing.status, OG_GATE);
    assert_int_equal(failing.statements, n);
  }
  OgInput *input = input_of(text, strlen(text));
  og_input_close(input);
  OgStatus status = OG_NO_MEMORY;
  for (long n = 0; status != OG_OK; n++) {
    OgError err = {0};
    Reading failing = {.statements_left = -1};
    const OgReadOptions options = {.base = TEST_BASE};
    const OgSink sink = reading_sink(&failing);
    assert_ok(og_input_open(scratch("input"), &input, &err));
    og_memory_fail_after(n);
    status = read(input, &options, &sink, NULL, &err);
    og_memory_fail_after(-1);
    og_input_close(input);
    assert_true(status == OG_OK || status == OG_NO_MEMORY);
  }
}

char *slurp(const char *name, OgBuffer *buffer) {
  OgError err = {0};
  char path[256];
  snprintf(path, sizeof path, "ingest/%s", name);
  assert_ok(og_file_read(test_data(path), 1 << 20, buffer, &err));
  return buffer->data;
}

void expect_golden(Reading *reading, ReadFunction *read, const char *name) {
  char golden[128];
  OgBuffer text = OG_BUFFER_INIT;
  OgBuffer expected = OG_BUFFER_INIT;
  snprintf(golden, sizeof golden, "%.*s.nt", (int)(strrchr(name, '.') - name), name);
  reading_init(reading);
  read_text(reading, read, slurp(name, &text), false);
  assert_true(reading_is(reading, slurp(golden, &expected)));
  og_buffer_clear(&text);
  og_buffer_clear(&expected);
}

enum { CUTS = 150, CHANGES = 400 };

void read_damaged(ReadFunction *read, const char *text) {
  const size_t size = strlen(text);
  const size_t step = size / CUTS + 1;
  for (size_t cut = 0; cut + 2 < size; cut += step) {
    Reading reading = {.statements_left = -1};
    read_bytes(&reading, read, text, cut, false);
    assert_status(reading.status, OG_BAD_DATA);
  }
  OgBuffer changed = OG_BUFFER_INIT;
  OgRandom random;
  OgError err = {0};
  og_random_init(&random, 1);
  for (size_t n = 0; n < CHANGES; n++) {
    og_buffer_reset(&changed);
    assert_ok(og_buffer_append(&changed, text, size, &err));
    for (uint64_t k = og_random_below(&random, 3) + 1; k > 0; k--) {
      changed.data[og_random_below(&random, size)] =
          "<>/\"&;= #:x0\377"[og_random_below(&random, 13)];
    }
    Reading reading = {.statements_left = -1};
    read_bytes(&reading, read, changed.data, size, n % 2 == 0);
    assert_true(reading.status == OG_OK || reading.status == OG_BAD_DATA);
  }
  og_buffer_clear(&changed);
}

void expect_refusal(ReadFunction *read, const char *text, bool strict, long line,
                    const char *says) {
  Reading reading = {.statements_left = -1};
  read_text(&reading, read, text, strict);
  if (reading.status != OG_BAD_DATA || reading.err.line != line ||
      !strstr(reading.err.message, says)) {
    fail_msg("%s: expected line %ld: %s; got %s, line %ld: %s", text, line, says,
             og_status_name(reading.status), reading.err.line, reading.err.message);
  }
}

void expect_warning(ReadFunction *read, const char *text, const char *kind) {
  Reading reading = {.statements_left = -1};
  read_text(&reading, read, text, false);
  if (reading.status != OG_OK || strcmp(reading.kind, kind) != 0) {
    fail_msg("%s: expected a warning \"%s\"; got %s, \"%s\": %s%s", text, kind,
             og_status_name(reading.status), reading.kind, reading.message, reading.err.message);
  }
  Reading strict = {.statements_left = -1};
  read_text(&strict, read, text, true);
  assert_status(strict.status, OG_BAD_DATA);
}
