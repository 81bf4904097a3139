/* intern: byte strings to dense numbers 0, 1, 2, … in order of first sight, and back.
 *
 *   slots   [ hash32 | id ]   open addressing, linear probing, at most 3/4 full, a power of two
 *   offsets id -> start of the bytes in text; offsets[count] is the end
 *   text    all strings end to end, without terminators
 *
 * 12 to 20 bytes a string beside its own bytes. */
#ifndef OG_CORE_INTERN_H
#define OG_CORE_INTERN_H

#include "core/error.h"

#include <stdint.h>

#define OG_INTERN_NONE UINT32_MAX

typedef struct OgIntern OgIntern;

OG_API OgIntern *og_intern_new(void);
OG_API void og_intern_free(OgIntern *table);

/* The number of these bytes, added when new (*added says so; may be NULL). Fails with OG_NO_MEMORY,
 * also at 2³²−2 strings; the table is then as it was. */
OG_API OG_MUST_CHECK OgStatus og_intern_add(OgIntern *table, const void *bytes, size_t size,
                                            uint32_t *id, int *added, OgError *err);

/* Forget all numbers from count on. */
OG_API void og_intern_truncate(OgIntern *table, uint32_t count);

/* The number of these bytes, or OG_INTERN_NONE. */
OG_API uint32_t og_intern_find(const OgIntern *table, const void *bytes, size_t size);

/* The bytes of a number below the count; valid until the next add. */
OG_API const char *og_intern_text(const OgIntern *table, uint32_t id, size_t *size);

OG_API uint32_t og_intern_count(const OgIntern *table);

/* Bytes of memory held. */
OG_API size_t og_intern_memory(const OgIntern *table);

#endif
