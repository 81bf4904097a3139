#include "core/file.h"

#include "core/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BLOCK = 1 << 16, MAX_LINKS = 40 /* as Linux has it */ };

OgStatus og_file_read(const char *path, size_t limit, OgBuffer *content, OgError *err) {
  FILE *file = fopen(path, "rb");
  if (!file) {
    return og_error_errno(err, "open", path);
  }
  OgStatus status = OG_OK;
  const size_t start = content->size;
  for (;;) {
    OG_GO(og_buffer_reserve(content, BLOCK, err));
    const size_t got = fread(content->data + content->size, 1, BLOCK, file);
    content->size += got;
    content->data[content->size] = '\0';
    if (content->size - start > limit) {
      status = og_error_at(err, OG_BAD_DATA, path, 0, 0, "file is larger than %zu bytes, the limit",
                           limit);
      goto done;
    }
    if (got < BLOCK) {
      break;
    }
  }
  if (ferror(file)) {
    status = og_error_errno(err, "read", path);
  }
done:
  fclose(file);
  return status;
}

OgStatus og_file_map(const char *path, OgFileMap *map, OgError *err) {
  const int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a pipe must not block */
  if (descriptor < 0) {
    return og_error_errno(err, "open", path);
  }
  OgStatus status = OG_OK;
  struct stat about;
  if (fstat(descriptor, &about) != 0) {
    status = og_error_errno(err, "look at", path);
  } else if (!S_ISREG(about.st_mode)) {
    status = og_error_set(err, OG_IO, "cannot read %s: not a regular file", path);
  } else {
    *map = (OgFileMap){NULL, (size_t)about.st_size};
    if (map->size > 0) {
      void *bytes = mmap(NULL, map->size, PROT_READ, MAP_SHARED, descriptor, 0);
      if (bytes == MAP_FAILED) {
        status = errno == ENOMEM ? og_error_no_room(err, map->size, "the map of %.200s", path)
                                 : og_error_errno(err, "map", path);
      } else {
        map->bytes = bytes;
      }
    }
  }
  close(descriptor);
  return status;
}

void og_file_unmap(OgFileMap *map) {
  if (map->bytes) {
    munmap((void *)(uintptr_t)map->bytes, map->size);
  }
  *map = (OgFileMap){NULL, 0};
}

OgStatus og_file_not_made(const char *path, OgError *err) {
  const int why = errno;
  const char *slash = strrchr(path, '/');
  char *directory = why == ENOENT && slash ? og_strndup(path, (size_t)(slash - path)) : NULL;
  const bool missing = directory && directory[0] != '\0' && !og_file_exists(directory);
  errno = why;
  const OgStatus status =
      missing
          ? og_error_set(err, OG_IO, "cannot make %s: there is no directory %s", path, directory)
          : og_error_errno(err, "make", path);
  og_free(directory);
  return status;
}

const char *og_path_last(const char *path) {
  const char *slash = strrchr(path, '/');
  return slash ? slash + 1 : path;
}

char *og_path_directory(const char *path) {
  const char *slash = strrchr(path, '/');
  return slash ? og_strndup(path, (size_t)(slash - path) + 1) : og_strdup(".");
}

/* Where the symbolic link at path leads; NULL when out of memory. */
static char *target_of(const char *path, const char *target) {
  char *directory = target[0] == '/' ? og_strdup("") : og_path_directory(path);
  char *joined = directory ? og_path_join(directory, target) : NULL;
  og_free(directory);
  return joined;
}

OgStatus og_path_follow(const char *path, char **place, OgError *err) {
  char target[PATH_MAX];
  char *here = og_strdup(path);
  for (int links = 0; here; links++) {
    const ssize_t size = readlink(here, target, sizeof target - 1);
    if (size < 0) {
      *place = here;
      return OG_OK;
    }
    target[size] = '\0';
    char *next = links < MAX_LINKS ? target_of(here, target) : NULL;
    og_free(here);
    here = next;
    if (links == MAX_LINKS) {
      errno = ELOOP;
      return og_error_errno(err, "make", path);
    }
  }
  return og_error_no_memory(err);
}

enum { SUFFIX = 32 }; /* most bytes that a temporary name has more than the path */

/* A file without a name in the directory, and the name it is going to have: its own number is part
 * of it, so that no other file's is the same. -1: there can be none here, or its name might be too
 * long, which would come out only when all is written. */
static int open_unnamed(OgReplacement *made, const char *directory) {
  struct stat about;
  const bool nameable = strlen(og_path_last(made->path)) + SUFFIX <= NAME_MAX;
  if (!nameable || access("/proc/self/fd", X_OK) != 0) { /* name_file needs it */
    return -1;
  }
  const int descriptor = open(directory, O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);
  if (descriptor < 0 || fstat(descriptor, &about) != 0) {
    if (descriptor >= 0) {
      close(descriptor);
    }
    return -1;
  }
  snprintf(made->temporary, strlen(made->path) + SUFFIX, "%s.%llu", made->path,
           (unsigned long long)about.st_ino);
  made->is_unnamed = true;
  return descriptor;
}

/* Where a file system knows no files without a name. -1: errno says why. */
static int open_named(OgReplacement *made) {
  snprintf(made->temporary, strlen(made->path) + SUFFIX, "%s.XXXXXX", made->path);
  return mkostemp(made->temporary, O_CLOEXEC);
}

/* The descriptor of a file that is beside made->path, or is going to be. */
static OgStatus open_temporary(OgReplacement *made, int *descriptor, OgError *err) {
  char *directory = og_path_directory(made->path);
  made->temporary = directory ? og_calloc(strlen(made->path) + SUFFIX, 1) : NULL;
  if (!made->temporary) {
    og_free(directory);
    return og_error_no_memory(err);
  }
  *descriptor = open_unnamed(made, directory);
  og_free(directory);
  if (*descriptor < 0) {
    *descriptor = open_named(made);
  }
  if (*descriptor < 0) {
    const OgStatus status = og_file_not_made(made->path, err);
    og_free(made->temporary);
    made->temporary = NULL; /* there is nothing to remove */
    return status;
  }
  return OG_OK;
}

/* Open the file that replaces made->path: beside it, or, where a device or a pipe is, that itself.
 */
static OgStatus open_replacement(OgReplacement *made, OgError *err) {
  struct stat there;
  const bool exists = stat(made->path, &there) == 0;
  if (exists && !S_ISREG(there.st_mode)) {
    made->file = fopen(made->path, "wb"); /* fails where a directory is */
    return made->file ? OG_OK : og_error_errno(err, "write", made->path);
  }
  int descriptor = -1;
  OG_TRY(open_temporary(made, &descriptor, err));
  const mode_t mask = umask(0);
  umask(mask);
  fchmod(descriptor, exists ? there.st_mode & 0777 : 0666 & ~mask);
  made->file = fdopen(descriptor, "wb");
  if (!made->file) {
    const OgStatus status = og_error_errno(err, "open", made->temporary);
    close(descriptor);
    return status;
  }
  return OG_OK;
}

OgStatus og_replacement_open(const char *path, OgReplacement *replacement, OgError *err) {
  OgReplacement made = {0};
  OgStatus status = og_path_follow(path, &made.path, err);
  if (status == OG_OK) {
    status = open_replacement(&made, err);
  }
  if (status != OG_OK) {
    og_replacement_close(&made);
    return status;
  }
  *replacement = made;
  return OG_OK;
}

/* Write all to the disk; a pipe or a device has none. */
static bool flush_to_disk(FILE *file, bool is_regular) {
  return fflush(file) == 0 && !ferror(file) && (!is_regular || fsync(fileno(file)) == 0);
}

/* Give the written file its name, which a file without one has to have before it can replace
 * another. */
static bool name_file(OgReplacement *replacement) {
  char own[64];
  if (!replacement->is_unnamed) {
    return true;
  }
  snprintf(own, sizeof own, "/proc/self/fd/%d", fileno(replacement->file));
  replacement->is_unnamed =
      linkat(AT_FDCWD, own, AT_FDCWD, replacement->temporary, AT_SYMLINK_FOLLOW) != 0;
  return !replacement->is_unnamed;
}

OgStatus og_replacement_commit(OgReplacement *replacement, OgError *err) {
  FILE *file = replacement->file;
  const bool written =
      flush_to_disk(file, replacement->temporary != NULL) && name_file(replacement);
  const int reason = errno;
  replacement->file = NULL;
  const bool closed = fclose(file) == 0;
  if (!written || !closed) {
    if (!written) {
      errno = reason;
    }
    return og_error_errno(err, "write", replacement->path);
  }
  if (replacement->temporary && rename(replacement->temporary, replacement->path) != 0) {
    return og_error_errno(err, "replace", replacement->path);
  }
  og_free(replacement->temporary);
  replacement->temporary = NULL;
  return OG_OK;
}

void og_replacement_close(OgReplacement *replacement) {
  if (replacement->file) {
    fclose(replacement->file);
  }
  if (replacement->temporary && !replacement->is_unnamed) {
    unlink(replacement->temporary);
  }
  og_free(replacement->temporary);
  og_free(replacement->path);
  *replacement = (OgReplacement){0};
}

OgStatus og_replacement_try(const char *path, OgError *err) {
  OgReplacement replacement;
  struct stat there;
  if (stat(path, &there) == 0 && !S_ISREG(there.st_mode) && !S_ISDIR(there.st_mode)) {
    return OG_OK;
  }
  OG_TRY(og_replacement_open(path, &replacement, err));
  og_replacement_close(&replacement);
  return OG_OK;
}

OgStatus og_file_write(const char *path, const void *bytes, size_t size, OgError *err) {
  OgReplacement replacement;
  OG_TRY(og_replacement_open(path, &replacement, err));
  fwrite(bytes, 1, size, replacement.file); /* commit sees the error */
  const OgStatus status = og_replacement_commit(&replacement, err);
  og_replacement_close(&replacement);
  return status;
}

char *og_path_join(const char *directory, const char *name) {
  const size_t length = strlen(directory);
  const bool slash = length > 0 && directory[length - 1] == '/';
  const size_t size = length + strlen(name) + 2;
  char *path = og_calloc(size, 1);
  if (path) {
    snprintf(path, size, "%s%s%s", directory, slash || length == 0 ? "" : "/", name);
  }
  return path;
}

bool og_file_exists(const char *path) {
  struct stat about;
  return stat(path, &about) == 0;
}

bool og_directory_exists(const char *path) {
  struct stat about;
  return stat(path, &about) == 0 && S_ISDIR(about.st_mode);
}

OgStatus og_directory_make(const char *path, OgError *err) {
  char *copy = og_strdup(path);
  if (!copy) {
    return og_error_no_memory(err);
  }
  OgStatus status = OG_OK;
  for (char *slash = copy + 1; status == OG_OK && *copy; slash++) {
    if (*slash == '/' || *slash == '\0') {
      const char kept = *slash;
      *slash = '\0';
      const int why = mkdir(copy, 0777) == 0 ? 0 : errno;
      if (why != 0 && !og_directory_exists(copy)) {
        errno = why; /* of mkdir, not of the look whether it is there */
        status = og_error_errno(err, "create directory", copy);
      }
      *slash = kept;
      if (kept == '\0') {
        break;
      }
    }
  }
  og_free(copy);
  return status;
}
