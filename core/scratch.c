#include "core/scratch.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/vfs.h>
#include <unistd.h>

/* Files of a temporary file system are memory themselves. */
static bool is_in_memory(const char *where) {
  struct statfs about;
  return statfs(where, &about) == 0 &&
         (about.f_type == TMPFS_MAGIC || about.f_type == (__typeof__(about.f_type))RAMFS_MAGIC);
}

/* where, or the first of the usual places that is on a disk when that is not. */
static const char *on_disk(const char *where) {
  const char *const places[] = {getenv("TMPDIR"), "/var/tmp", "/tmp"};
  for (size_t k = 0; k < OG_COUNT(places) && is_in_memory(where); k++) {
    if (places[k] && !is_in_memory(places[k]) && access(places[k], W_OK) == 0) {
      return places[k];
    }
  }
  return where;
}

int og_scratch_open(const char *directory) {
  const char *place = on_disk(directory);
  const int file = open(place, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (file >= 0) {
    return file;
  }
  char path[PATH_MAX + 32]; /* some file systems know no files without a name */
  snprintf(path, sizeof path, "%s/.ontograft-XXXXXX", place);
  const int named = mkostemp(path, O_CLOEXEC);
  if (named >= 0) {
    unlink(path);
  }
  return named;
}
