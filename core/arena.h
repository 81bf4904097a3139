/* arena: many small blocks with one lifetime (a document, a batch, a query), released together. */
#ifndef OG_CORE_ARENA_H
#define OG_CORE_ARENA_H

#include "core/api.h"

#include <stddef.h>

typedef struct OgArenaChunk OgArenaChunk;

typedef struct OgArena {
  OgArenaChunk *chunks; /* newest first */
  size_t used;          /* bytes taken from the newest chunk */
  size_t total;         /* bytes asked for since the last reset */
} OgArena;

#define OG_ARENA_INIT                                                                              \
  { NULL, 0, 0 }

/* Zeroed bytes aligned to 16; NULL when out of memory. They live until reset or clear. */
OG_API void *og_arena_alloc(OgArena *arena, size_t count, size_t size);

/* A terminated copy of length bytes; NULL when out of memory. */
OG_API char *og_arena_copy(OgArena *arena, const char *text, size_t length);

/* An array with room for at least one more than count items of size bytes, for gathering rows:
 * items itself, or its copy of twice the room. Start with items NULL and *capacity 0. NULL when out
 * of memory. */
OG_API void *og_arena_grow(OgArena *arena, void *items, size_t count, size_t *capacity,
                           size_t size);

/* Forget all blocks, keep the newest chunk for reuse. */
OG_API void og_arena_reset(OgArena *arena);

/* Release everything; the arena is empty and usable again. */
OG_API void og_arena_clear(OgArena *arena);

#endif
