/* embed_state: a training run in a file, to go on with later.
 *
 * The run is an array of parts in one order; the file holds a mark of whose they are, and the bytes
 * of each with a checksum of all so far. The first ones can be loaded alone: they may tell what the
 * others are. It is read on the machine that wrote it: numbers are in its own order of bytes. */
#ifndef OG_KG_EMBED_STATE_H
#define OG_KG_EMBED_STATE_H

#include "core/error.h"
#include "core/hash.h"

typedef struct OgStatePart {
  void *bytes;
  size_t size;
} OgStatePart;

/* Replace the file at path in one step. run: SHA-256 of what the run depends on. */
OG_MUST_CHECK OgStatus og_embed_state_save(const char *path, const char run[OG_SHA256_HEX_SIZE],
                                           const OgStatePart *parts, size_t count, OgError *err);

/* Fill the parts: all that were saved, or the first ones. A file of another run, or a damaged one,
 * is OG_BAD_STORE; the parts may then hold anything. */
OG_MUST_CHECK OgStatus og_embed_state_load(const char *path, const char run[OG_SHA256_HEX_SIZE],
                                           const OgStatePart *parts, size_t count, OgError *err);

/* The OG_BAD_STORE of a file of another run. */
OgStatus og_embed_state_foreign(const char *path, OgError *err);

#endif
