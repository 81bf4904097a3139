/* embed_state: a training run in a file, to go on with later.
 *
 * The run is an array of parts, the same ones in the same order whenever it is saved and loaded;
 * the file holds their bytes between a mark of whose they are and a checksum. It is read on the
 * machine that wrote it: numbers are in its own order of bytes. */
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

/* Fill the parts. A file of another run, or a damaged one, is OG_BAD_STORE; the parts may then hold
 * anything. */
OG_MUST_CHECK OgStatus og_embed_state_load(const char *path, const char run[OG_SHA256_HEX_SIZE],
                                           const OgStatePart *parts, size_t count, OgError *err);

#endif
