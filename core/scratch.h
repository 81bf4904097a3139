/* scratch: files without a name, for what memory is not to hold. */
#ifndef OG_CORE_SCRATCH_H
#define OG_CORE_SCRATCH_H

#include "core/api.h"

/* A file, open for reading and writing, that nobody else sees and that goes when it is closed. It
 * lies in `directory`, or, where that is memory (tmpfs), in $TMPDIR, /var/tmp or /tmp. Returns its
 * descriptor, the caller's; -1 when there can be none, and errno says why. */
OG_API int og_scratch_open(const char *directory);

#endif
