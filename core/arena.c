#include "core/arena.h"

#include "core/memory.h"

#include <stdint.h>
#include <string.h>

enum { ALIGNMENT = 16, FIRST_CHUNK = 1 << 12, LARGEST_CHUNK = 1 << 20, FIRST_ITEMS = 8 };

struct OgArenaChunk {
  OgArenaChunk *next;
  size_t size;
  _Alignas(ALIGNMENT) char data[];
};

static OgArenaChunk *add_chunk(OgArena *arena, size_t least) {
  size_t size = arena->chunks ? arena->chunks->size * 2 : FIRST_CHUNK;
  if (size > LARGEST_CHUNK) {
    size = LARGEST_CHUNK;
  }
  if (size < least) {
    size = least;
  }
  if (size > SIZE_MAX - sizeof(OgArenaChunk)) {
    return NULL;
  }
  OgArenaChunk *chunk = og_realloc(NULL, sizeof(OgArenaChunk) + size, 1);
  if (chunk) {
    chunk->next = arena->chunks;
    chunk->size = size;
    arena->chunks = chunk;
    arena->used = 0;
  }
  return chunk;
}

void *og_arena_alloc(OgArena *arena, size_t count, size_t size) {
  size_t bytes;
  if (!og_multiply(count, size, &bytes) || bytes > SIZE_MAX / 2) {
    return NULL;
  }
  const size_t rounded = (bytes + ALIGNMENT) / ALIGNMENT * ALIGNMENT;
  OgArenaChunk *chunk = arena->chunks;
  if (!chunk || chunk->size - arena->used < rounded) {
    chunk = add_chunk(arena, rounded);
    if (!chunk) {
      return NULL;
    }
  }
  void *block = chunk->data + arena->used;
  arena->used += rounded;
  arena->total += rounded;
  memset(block, 0, bytes);
  return block;
}

char *og_arena_copy(OgArena *arena, const char *text, size_t length) {
  char *copy = length < SIZE_MAX ? og_arena_alloc(arena, length + 1, 1) : NULL;
  if (copy && length > 0) {
    memcpy(copy, text, length);
  }
  return copy;
}

void *og_arena_grow(OgArena *arena, void *items, size_t count, size_t *capacity, size_t size) {
  if (count < *capacity) {
    return items;
  }
  const size_t wanted = *capacity > 0 ? *capacity * 2 : FIRST_ITEMS;
  void *grown = *capacity <= SIZE_MAX / 2 ? og_arena_alloc(arena, wanted, size) : NULL;
  if (grown) {
    if (count > 0) {
      memcpy(grown, items, count * size);
    }
    *capacity = wanted;
  }
  return grown;
}

void og_arena_reset(OgArena *arena) {
  OgArenaChunk *newest = arena->chunks;
  if (newest) {
    OgArena older = {newest->next, 0, 0};
    og_arena_clear(&older);
    newest->next = NULL;
  }
  arena->used = 0;
  arena->total = 0;
}

void og_arena_clear(OgArena *arena) {
  OgArenaChunk *chunk = arena->chunks;
  while (chunk) {
    OgArenaChunk *next = chunk->next;
    og_free(chunk);
    chunk = next;
  }
  *arena = (OgArena)OG_ARENA_INIT;
}
