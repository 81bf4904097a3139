#include "model/pieces.h"

#include "core/memory.h"

OgStatus og_pieces_reserve(OgPieces *pieces, size_t extra, OgError *err) {
  const size_t needed = pieces->count + extra;
  if (needed <= pieces->capacity) {
    return OG_OK;
  }
  const size_t capacity = needed + needed / 2;
  uint32_t *ids = og_realloc(pieces->ids, capacity, sizeof *ids);
  if (ids) {
    pieces->ids = ids;
  }
  uint32_t *ends = og_realloc(pieces->ends, capacity, sizeof *ends);
  if (ends) {
    pieces->ends = ends;
  }
  if (!ids || !ends) {
    return og_error_no_memory(err);
  }
  pieces->capacity = capacity;
  return OG_OK;
}

void og_pieces_clear(OgPieces *pieces) {
  og_free(pieces->ids);
  og_free(pieces->ends);
  *pieces = (OgPieces)OG_PIECES_INIT;
}
