/* ingest: a file of any known format to statements.
 *
 * The format is told from the content (root element and namespace, first words), never from the
 * file's name. A reader streams: its memory does not grow with the file, except by what its header
 * says. */
#ifndef OG_INGEST_INGEST_H
#define OG_INGEST_INGEST_H

#include "core/input.h"
#include "core/progress.h"
#include "core/quad.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct OgReadOptions {
  const char *base;    /* base IRI of relative references; NULL: see og_ingest_base */
  const char *format;  /* name of a reader; NULL: told from the content */
  const char *mapping; /* path of a mapping file (docs/formats.md); NULL: none. With one, XML of any
                          kind is read as it says */
  size_t max_depth;    /* of nested elements; 0: OG_XML_MAX_DEPTH (ingest/xml.h) */
  bool strict;         /* a broken rule that would be a warning is an error */
} OgReadOptions;

/* A format. */
typedef struct OgReader {
  const char *name;  /* what --format takes: "rdfxml" */
  const char *title; /* what people call it: "RDF/XML" */
  /* Read all of input into sink. options->base is set. */
  OgStatus (*read)(OgInput *input, const OgReadOptions *options, const OgSink *sink,
                   const OgProgress *progress, OgError *err);
  const char *content; /* what a file of it holds: "records" */
  bool by_address; /* files name each other's things by their addresses: what other files call it,
                      not where it lies, is the base of one */
} OgReader;

/* The formats; the last row has name NULL. */
extern OG_API const OgReader og_readers[];

/* The reader of that name; OG_USAGE, with the names that there are, when there is none. */
OG_API OG_MUST_CHECK OgStatus og_reader_find(const char *name, const OgReader **reader,
                                             OgError *err);

/* Tell the format from the first bytes; nothing is consumed. A format that is recognised but not
 * read, and one that is not recognised, are OG_BAD_DATA with a message that says what was found. */
OG_API OG_MUST_CHECK OgStatus og_ingest_detect(OgInput *input, const OgReader **reader,
                                               OgError *err);

/* Append the base IRI of an input that has none: file:// and the absolute path, percent-encoded;
 * "about:stdin" for standard input. */
OG_API OG_MUST_CHECK OgStatus og_ingest_base(const OgInput *input, OgBuffer *base, OgError *err);

/* Read input to its end into sink. options and progress may be NULL. *used (may be NULL) is set to
 * the reader as soon as it is known, also when reading fails. A fault in the file is OG_BAD_DATA
 * with its source, line and column; a fault of the sink stops reading at once and is returned as it
 * is. */
OG_API OG_MUST_CHECK OgStatus og_ingest(OgInput *input, const OgReadOptions *options,
                                        const OgSink *sink, const OgProgress *progress,
                                        const OgReader **used, OgError *err);

#endif
