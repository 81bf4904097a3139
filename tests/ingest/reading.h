/* reading: what a reader made of a text, for the tests of ingest/. */
#ifndef OG_TESTS_INGEST_READING_H
#define OG_TESTS_INGEST_READING_H

#include "ingest/ingest.h"
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

/* The graph is the one of these N-Triples. */
bool reading_is(const Reading *reading, const char *ntriples);

/* The file with the sink failing from each statement on, and each allocation failing in turn;
 * asserts. */
void read_with_faults(ReadFunction *read, const char *text);

#endif
