/* spill: large blocks of memory in files, once a limit is reached.
 *
 * Work on a file larger than memory needs arrays that are. With a limit set, blocks of 1 MiB and
 * more that og_calloc and og_realloc give lie in files without a name once the others of their kind
 * hold half of what the limit leaves beside the program (24 MiB); og_spill_tick gives the pages of
 * those files back to the system when the process comes near the limit, up to what is in use: where
 * all else is over the limit, an eighth of it stays. Nothing else changes: a block is a block. Room
 * on the disk is reserved first, and where there is none the block stays in memory.
 *
 * One limit for the process. Any thread may allocate and tick. */
#ifndef OG_CORE_SPILL_H
#define OG_CORE_SPILL_H

#include "core/api.h"

#include <stdbool.h>
#include <stddef.h>

/* Limit the memory of the process to about `limit` bytes from now on; 0 ends that for blocks to
 * come. The files lie in `directory`, or, where that is memory (tmpfs), in $TMPDIR, /var/tmp or
 * /tmp. */
OG_API void og_spill_begin(size_t limit, const char *directory);

/* Half of the memory that the machine has, or that the container allows: a limit to begin with. 0
 * when the system does not say. */
OG_API size_t og_spill_usual_limit(void);

/* To be called every so often in long work, at least once for every eight thousand pages that
 * it touches; og_progress_report does. */
OG_API void og_spill_tick(void);

/* The same at some steps of a loop, which are counted from 0 and touch a page each: with it the
 * system may map its neighbours, 32 of them in all. A loop whose steps touch n pages counts by n.
 */
static inline void og_spill_step(size_t step) {
  if (step % 256 == 0) {
    og_spill_tick();
  }
}

/* What a cache that is none of these blocks may hold: `most` bytes, or an eighth of what the limit
 * leaves beside the program, and 2 MiB at least. */
OG_API size_t og_spill_allowance(size_t most);

/* As memset of a block, which may be more than memory holds. */
OG_API void og_spill_fill(void *block, int byte, size_t size);

/* Bytes in files now. */
OG_API size_t og_spill_size(void);

/* For core/memory.c: whether there is or was a limit, and the blocks' functions then. */
bool og_spill_wanted(void);
void *og_spill_resize(void *block, size_t size, bool zeroed);
void og_spill_free(void *block);

#endif
