/* edge_stream: the edges of a large training, in a file without a name; in memory is a window of
 * them at a time.
 *
 * They are written once, in a random order. An epoch takes the blocks of the file in an order of
 * its own, so many for a window, and what a window holds is to be shuffled: every epoch goes over
 * all edges once, in an order that its seed decides, by reading long stretches of the file. */
#ifndef OG_KG_EDGE_STREAM_H
#define OG_KG_EDGE_STREAM_H

#include "core/progress.h"
#include "kg/triples.h"

typedef struct OgEdgeStream OgEdgeStream;

/* Write the triples to a file in `directory` (core/scratch.h), each with a number of the caller's:
 * answers[0][k] + answers[1][k]. They are not needed afterwards. On OG_OK the caller owns *stream.
 * Where the disk has no room: OG_IO. */
OG_MUST_CHECK OgStatus og_edge_stream_new(const OgTriples *triples,
                                          const uint32_t *const answers[2], const char *directory,
                                          uint64_t seed, const OgProgress *progress,
                                          OgEdgeStream **stream, OgError *err);
void og_edge_stream_free(OgEdgeStream *stream);

/* Edges in all, and the windows that an epoch reads them in. */
size_t og_edge_stream_count(const OgEdgeStream *stream);
size_t og_edge_stream_windows(const OgEdgeStream *stream);

/* Edges of the largest window. */
size_t og_edge_stream_most(const OgEdgeStream *stream);

/* The edges of the window that was read last, and their numbers: at the same addresses as long as
 * the stream lives. */
const OgTriples *og_edge_stream_triples(const OgEdgeStream *stream);
const uint32_t *og_edge_stream_answers(const OgEdgeStream *stream);

/* Read a window of the epoch that has this seed. */
OG_MUST_CHECK OgStatus og_edge_stream_read(OgEdgeStream *stream, uint64_t seed, size_t window,
                                           OgError *err);

#endif
