/* reading: what a reader made of a text, for the tests of ingest/. */
#ifndef OG_TESTS_INGEST_READING_H
#define OG_TESTS_INGEST_READING_H

#include "ingest/ingest.h"
#include "ingest/library.h"
#include "tests/isomorphism.h"

typedef OgStatus ReadFunction(OgInput *input, const OgReadOptions *options, const OgSink *sink,
                              const OgProgress *progress, OgError *err);

#define TEST_BASE "http://example.org/base"

typedef struct Reading {
  Graph *graph;
  size_t statements; /* repeated ones counted again */
  size_t warnings;
  char kind[64]; /* of the last warning */
  char message[256];
  long line;
  char prefixes[512];   /* "prefix=iri " each */
  long statements_left; /* the sink fails when it reaches 0; negative: never */
  OgStatus status;
  OgError err;
} Reading;

void reading_init(Reading *reading);
void reading_clear(Reading *reading);
OgSink reading_sink(Reading *reading);

/* Open a file of its own with these bytes. */
OgInput *input_of(const void *bytes, size_t size);

/* Read bytes with TEST_BASE as the base. status and err of reading say how it went. */
void read_bytes(Reading *reading, ReadFunction *read, const void *bytes, size_t size, bool strict);
void read_text(Reading *reading, ReadFunction *read, const char *text, bool strict);

/* Read a file of the shared data, under its own name; asserts that it is read. False when the data
 * is absent. */
bool read_shared(Reading *reading, ReadFunction *read, const char *relative, bool strict);

/* Add a path to a library and read all the files that it leads to, with those that they import,
 * each of this format (NULL: of any); asserts. Returns how many there were. */
size_t read_library(OgLibrary *library, const char *path, const char *format);

/* The graph is the one of these N-Triples. */
bool reading_is(const Reading *reading, const char *ntriples);

/* Read tests/data/ingest/NAME and assert that it became the N-Triples beside it: NAME with .nt for
 * what follows its last dot. The caller clears reading. */
void expect_golden(Reading *reading, ReadFunction *read, const char *name);

/* The same content as text, for the functions here; the caller clears buffer. */
char *slurp(const char *name, OgBuffer *buffer);

/* The text cut off in many places is refused, and with bytes changed in many it is read or refused;
 * asserts. */
void read_damaged(ReadFunction *read, const char *text);

/* The text is refused at that line with a message that says that; asserts. */
void expect_refusal(ReadFunction *read, const char *text, bool strict, long line, const char *says);

/* The text is read with a last warning of that kind, and refused when strict; asserts. */
void expect_warning(ReadFunction *read, const char *text, const char *kind);

/* The file with the sink failing from each statement on, and each allocation failing in turn;
 * asserts. */
void read_with_faults(ReadFunction *read, const char *text);

#endif
