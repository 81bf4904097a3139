#include "core/memory.h"

#include "core/spill.h"

#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { CACHE_LINE = 64, HUGE_PAGE = 2 << 20 };

static atomic_long calls_left = -1;

void og_memory_fail_after(long countdown) {
  atomic_store(&calls_left, countdown);
}

/* True when a test asked for this call to fail. */
static bool must_fail(void) {
  long left = atomic_load_explicit(&calls_left, memory_order_relaxed);
  if (left < 0) {
    return false;
  }
  while (left > 0 && !atomic_compare_exchange_weak(&calls_left, &left, left - 1)) {
  }
  return left == 0;
}

bool og_multiply(size_t a, size_t b, size_t *product) {
  return !__builtin_mul_overflow(a, b, product);
}

void *og_calloc(size_t count, size_t size) {
  size_t bytes;
  if (!og_multiply(count, size, &bytes) || must_fail()) {
    return NULL;
  }
  bytes = bytes ? bytes : 1;
  return og_spill_wanted() ? og_spill_resize(NULL, bytes, true) : calloc(1, bytes);
}

void *og_realloc(void *block, size_t count, size_t size) {
  size_t bytes;
  if (!og_multiply(count, size, &bytes) || must_fail()) {
    return NULL;
  }
  bytes = bytes ? bytes : 1;
  return og_spill_wanted() ? og_spill_resize(block, bytes, false) : realloc(block, bytes);
}

void *og_grow(void *items, size_t count, size_t *capacity, size_t size) {
  enum { FIRST = 64 };
  if (count < *capacity) {
    return items;
  }
  size_t more;
  if (!og_multiply(*capacity, 2, &more)) {
    return NULL;
  }
  more = more > FIRST ? more : FIRST;
  void *grown = og_realloc(items, more, size);
  *capacity = grown ? more : *capacity;
  return grown;
}

void og_free(void *block) {
  if (og_spill_wanted()) {
    og_spill_free(block);
  } else {
    free(block);
  }
}

char *og_strndup(const char *text, size_t length) {
  char *copy = length < SIZE_MAX ? og_calloc(length + 1, 1) : NULL;
  if (copy) {
    memcpy(copy, text, length);
  }
  return copy;
}

char *og_strdup(const char *text) {
  return og_strndup(text, strlen(text));
}

/* Where the block that floats are in begins, which is what free takes: in front of them. */
static void **start_of(float *floats) {
  return (void **)(void *)floats - 1;
}

/* Of what calloc maps anew it knows that it is zero, so that a large block takes no time before it
 * is touched, and its pages come to whichever thread touches them. */
float *og_calloc_floats(size_t count) {
  size_t bytes;
  if (!og_multiply(count, sizeof(float), &bytes) || bytes > SIZE_MAX / 2 || must_fail()) {
    return NULL;
  }
  const size_t alignment = bytes >= HUGE_PAGE ? (size_t)HUGE_PAGE : (size_t)CACHE_LINE;
  const size_t rounded = (bytes + alignment) / alignment * alignment;
  char *start = calloc(1, rounded + alignment);
  if (!start) {
    return NULL;
  }
  float *floats = (float *)(void *)(start + (alignment - (uintptr_t)start % alignment));
  *start_of(floats) = start;
  if (alignment == HUGE_PAGE) {
    madvise(floats, rounded,
            MADV_HUGEPAGE); /* a wish: without it the block works as well, slower */
  }
  return floats;
}

void og_free_floats(float *block) {
  if (block) {
    free(*start_of(block));
  }
}
