#include "kg/fresh.h"

#include "core/file.h"
#include "core/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

bool og_fresh_wanted(const char *path) {
  struct stat about;
  return stat(path, &about) != 0 ? errno == ENOENT : S_ISREG(about.st_mode) && about.st_size == 0;
}

/* Open and lock the file in the making; *stale when its maker put it into place between the two. */
static OgStatus lock(OgFresh *fresh, bool *stale, OgError *err) {
  struct stat held;
  struct stat there;
  /* no link: it could lead to a file of somebody else's choice, which would be emptied */
  fresh->lock = open(fresh->beside, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0666);
  if (fresh->lock < 0) {
    return og_file_not_made(fresh->path, err);
  }
  if (flock(fresh->lock, LOCK_EX | LOCK_NB) != 0) {
    const OgStatus status =
        errno != EWOULDBLOCK
            ? og_error_errno(err, "lock", fresh->beside)
            : og_error_set(err, OG_FAILED,
                           "another program is making %s: try again when that has finished",
                           fresh->path);
    close(fresh->lock);
    fresh->lock = -1;
    return status;
  }
  *stale = fstat(fresh->lock, &held) != 0 || stat(fresh->beside, &there) != 0 ||
           held.st_ino != there.st_ino || held.st_dev != there.st_dev;
  if (*stale) {
    close(fresh->lock);
    fresh->lock = -1;
  }
  return OG_OK;
}

OgStatus og_fresh_open(const char *path, OgFresh *fresh, OgError *err) {
  *fresh = (OgFresh)OG_FRESH_INIT;
  OG_TRY(og_path_follow(path, &fresh->path, err));
  const size_t size = strlen(fresh->path) + sizeof OG_FRESH_SUFFIX;
  fresh->beside = og_calloc(size, 1);
  fresh->directory = og_path_directory(fresh->path);
  if (!fresh->beside || !fresh->directory) {
    return og_error_no_memory(err);
  }
  snprintf(fresh->beside, size, "%s%s", fresh->path, OG_FRESH_SUFFIX);
  bool stale = true;
  while (stale) {
    OG_TRY(lock(fresh, &stale, err));
  }
  if (ftruncate(fresh->lock, 0) != 0) {
    return og_error_errno(err, "empty", fresh->beside);
  }
  return OG_OK;
}

/* Make the directory's new entry survive a power cut. File systems that cannot sync a directory
 * need no help. */
static OgStatus sync_directory(const char *directory, OgError *err) {
  const int descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) {
    return OG_OK; /* a folder that may be written and not be read */
  }
  const bool synced = fsync(descriptor) == 0 || errno == EINVAL;
  const OgStatus status = synced ? OG_OK : og_error_errno(err, "write", directory);
  close(descriptor);
  return status;
}

/* Rename onto nothing: EEXIST when something is there. Where the system has no such call, a file
 * that comes between the look and the rename is replaced. */
static int rename_onto_nothing(const char *from, const char *to) {
#ifdef RENAME_NOREPLACE
  if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0) {
    return 0;
  }
  if (errno != EINVAL && errno != ENOSYS) { /* as file systems say that cannot */
    return -1;
  }
#endif
  struct stat about;
  if (lstat(to, &about) == 0) {
    errno = EEXIST;
    return -1;
  }
  return rename(from, to);
}

/* Take the place, and the permissions, of an empty file that stands there. */
static OgStatus replace_empty(const OgFresh *fresh, OgError *err) {
  struct stat about;
  if (stat(fresh->path, &about) != 0 || !S_ISREG(about.st_mode) || about.st_size != 0) {
    return og_error_set(
        err, OG_FAILED,
        "another program has made %s in the meantime: import again, into that graph", fresh->path);
  }
  if (fchmod(fresh->lock, about.st_mode & 07777) != 0 || rename(fresh->beside, fresh->path) != 0) {
    return og_error_errno(err, "make", fresh->path);
  }
  return OG_OK;
}

OgStatus og_fresh_publish(OgFresh *fresh, OgError *err) {
  if (fsync(fresh->lock) != 0) {
    return og_error_errno(err, "write", fresh->beside);
  }
  if (rename_onto_nothing(fresh->beside, fresh->path) != 0) {
    OG_TRY(errno == EEXIST ? replace_empty(fresh, err) : og_error_errno(err, "make", fresh->path));
  }
  fresh->published = true;
  return sync_directory(fresh->directory, err);
}

void og_fresh_clear(OgFresh *fresh) {
  if (fresh->lock >= 0) {
    if (!fresh->published) {
      unlink(fresh->beside);
    }
    close(fresh->lock);
  }
  og_free(fresh->path);
  og_free(fresh->beside);
  og_free(fresh->directory);
  *fresh = (OgFresh)OG_FRESH_INIT;
}
