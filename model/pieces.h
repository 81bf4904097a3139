/* pieces: the tokens of one word, as a tokenizer's model finds them. */
#ifndef OG_MODEL_PIECES_H
#define OG_MODEL_PIECES_H

#include "core/error.h"

#include <stdint.h>

/* Piece k has an id and is bytes [ends[k-1], ends[k]) of its word, from 0 for the first. Arrays
 * grow and are reused. */
typedef struct OgPieces {
  uint32_t *ids, *ends;
  size_t count, capacity;
} OgPieces;

#define OG_PIECES_INIT                                                                             \
  { NULL, NULL, 0, 0 }

/* Make room for extra more pieces. */
OG_API OG_MUST_CHECK OgStatus og_pieces_reserve(OgPieces *pieces, size_t extra, OgError *err);

/* Release the room; pieces is empty and usable again. */
OG_API void og_pieces_clear(OgPieces *pieces);

/* There is room. */
static inline void og_pieces_push(OgPieces *pieces, uint32_t id, uint32_t end) {
  pieces->ids[pieces->count] = id;
  pieces->ends[pieces->count++] = end;
}

#endif
