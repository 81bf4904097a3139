/* bpe: a word's bytes to tokens by byte-pair merges (Sennrich et al. 2016; on bytes: Radford et al.
 * 2019): of all neighbours that may merge, those of the lowest rank do, the leftmost first, until
 * none may. */
#ifndef OG_MODEL_BPE_H
#define OG_MODEL_BPE_H

#include "model/pieces.h"

#include <stdbool.h>
#include <stddef.h>

#define OG_BPE_NONE UINT32_MAX

/* Tokens left and right, side by side, become result. */
typedef struct OgMerge {
  uint32_t left, right, result;
} OgMerge;

typedef struct OgMergeSlot {
  uint32_t left, right, result, rank; /* rank OG_BPE_NONE: the slot is empty */
} OgMergeSlot;

/* Immutable once made. */
typedef struct OgBpe {
  OgMergeSlot *slots; /* a hash table of merges, probed linearly */
  size_t mask;        /* slots less 1; a power of two less 1 */
  uint32_t bytes[256];
  uint32_t unknown;
  bool fuse; /* neighbouring unknown bytes become one token */
} OgBpe;

/* merges in order of rank; of two for one pair the last counts. bytes holds the token of each byte;
 * one that is OG_BPE_NONE is unknown, or left out when that is OG_BPE_NONE. Release with
 * og_bpe_clear. */
OG_API OG_MUST_CHECK OgStatus og_bpe_init(OgBpe *bpe, const OgMerge *merges, size_t count,
                                          const uint32_t bytes[256], uint32_t unknown, bool fuse,
                                          OgError *err);
OG_API void og_bpe_clear(OgBpe *bpe);

/* What splitting a word needs; grows and is reused. */
typedef struct OgBpeScratch {
  struct OgBpeSymbol *symbols;
  struct OgBpeChance *heap;
  size_t capacity, heap_capacity;
} OgBpeScratch;

#define OG_BPE_SCRATCH_INIT                                                                        \
  { NULL, NULL, 0, 0 }

OG_API void og_bpe_scratch_clear(OgBpeScratch *scratch);

/* Append the pieces of a word; n log n in its size. */
OG_API OG_MUST_CHECK OgStatus og_bpe_split(const OgBpe *bpe, const char *word, size_t size,
                                           OgBpeScratch *scratch, OgPieces *pieces, OgError *err);

#endif
