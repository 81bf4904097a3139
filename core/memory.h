/* memory: allocation with overflow checks, aligned arrays of floats, and a switch that lets tests
 * fail the N-th call.
 *
 * Sizes are counted in elements and multiplied with a check; a product that wraps is an allocation
 * that fails. */
#ifndef OG_CORE_MEMORY_H
#define OG_CORE_MEMORY_H

#include "core/api.h"

#include <stdbool.h>
#include <stddef.h>

/* count × size bytes, zeroed; NULL when out of memory or when the product wraps. count or size 0
 * gives one byte. */
OG_API void *og_calloc(size_t count, size_t size);

/* Resize to count × size bytes; on failure NULL, and block is untouched. New bytes are undefined.
 */
OG_API void *og_realloc(void *block, size_t count, size_t size);

/* An array with room for at least one more than count items of size bytes: items itself, or with
 * twice the room. Start with items NULL and *capacity 0. On failure NULL, and items and *capacity
 * are untouched. New bytes are undefined. */
OG_API void *og_grow(void *items, size_t count, size_t *capacity, size_t size);

/* Release what og_calloc, og_realloc, og_strdup and og_strndup gave. NULL is fine. */
OG_API void og_free(void *block);

/* Copies, terminated; NULL when out of memory. */
OG_API char *og_strdup(const char *text);
OG_API char *og_strndup(const char *text, size_t length);

/* count floats, zeroed, aligned to 64 bytes; from 2 MiB on, aligned to huge pages and asking for
 * them (a matrix of weights walked in 4 KiB pages spends a tenth of its time in the TLB). Release
 * with og_free_floats. */
OG_API float *og_calloc_floats(size_t count);
OG_API void og_free_floats(float *block);

/* *product = a × b; false when it wraps. */
OG_API bool og_multiply(size_t a, size_t b, size_t *product);

#define OG_NEW(Type)          ((Type *)og_calloc(1, sizeof(Type)))
#define OG_NEW_ARRAY(Type, n) ((Type *)og_calloc((n), sizeof(Type)))

/* For tests: the countdown-th call from now and all later ones fail; a negative countdown never
 * does (the default). */
OG_API void og_memory_fail_after(long countdown);

#endif
