/* turtle: Turtle (N-Triples is part of it), N-Quads and TriG to statements, read by serd. Names of
 * graphs are dropped, with a warning.
 *
 * A blank node that the file calls _:N has the label "nN", one without a label "g" and a number. */
#ifndef OG_INGEST_TURTLE_H
#define OG_INGEST_TURTLE_H

#include "ingest/ingest.h"

enum { OG_TURTLE_MAX_DEPTH = 2000 }; /* of brackets within brackets: serd calls itself for each */

OG_MUST_CHECK OgStatus og_turtle_read(OgInput *input, const OgReadOptions *options,
                                      const OgSink *sink, const OgProgress *progress, OgError *err);
OG_MUST_CHECK OgStatus og_nquads_read(OgInput *input, const OgReadOptions *options,
                                      const OgSink *sink, const OgProgress *progress, OgError *err);
OG_MUST_CHECK OgStatus og_trig_read(OgInput *input, const OgReadOptions *options,
                                    const OgSink *sink, const OgProgress *progress, OgError *err);

/* A line of N-Triples or N-Quads that names a graph. */
bool og_nquads_names_graph(const char *line, size_t size);

#endif
