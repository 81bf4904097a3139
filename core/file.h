/* file: whole files: read with a limit, mapped read-only, replaced in one step. */
#ifndef OG_CORE_FILE_H
#define OG_CORE_FILE_H

#include "core/buffer.h"

#include <stdbool.h>
#include <stdio.h>

/* Append the file's bytes to content. A file of more than limit bytes is OG_BAD_DATA. */
OG_API OG_MUST_CHECK OgStatus og_file_read(const char *path, size_t limit, OgBuffer *content,
                                           OgError *err);

/* A file mapped read-only and shared. bytes is NULL for an empty file. */
typedef struct OgFileMap {
  const unsigned char *bytes;
  size_t size;
} OgFileMap;

OG_API OG_MUST_CHECK OgStatus og_file_map(const char *path, OgFileMap *map, OgError *err);
OG_API void og_file_unmap(OgFileMap *map);

/* *place: path, or where it leads through symbolic links in the end, be anything there or not; the
 * caller's. A rename to path would replace the link. */
OG_API OG_MUST_CHECK OgStatus og_path_follow(const char *path, char **place, OgError *err);

/* Replace the file at path in one step: write to file, then commit; whoever looks sees the old file
 * or the whole new one, also after a crash. Without commit, close leaves path as it was. Until then
 * the new file has no name, so that a process that is killed leaves nothing of it; only where the
 * file system has no such files does it lie beside path. It has the permissions of the old one, and
 * links to that stay. A device or a pipe is written itself. */
typedef struct OgReplacement {
  FILE *file;
  char *path;
  char *temporary; /* name of the file before it replaces path; NULL: a device or a pipe has none */
  bool is_unnamed; /* it has not got that name yet */
} OgReplacement;

OG_API OG_MUST_CHECK OgStatus og_replacement_open(const char *path, OgReplacement *replacement,
                                                  OgError *err);
OG_API OG_MUST_CHECK OgStatus og_replacement_commit(OgReplacement *replacement, OgError *err);
OG_API void og_replacement_close(OgReplacement *replacement);

/* Whether the file at path can be replaced, before the work that makes its bytes. A device or a
 * pipe is not touched. */
OG_API OG_MUST_CHECK OgStatus og_replacement_try(const char *path, OgError *err);

/* Replace the file at path with these bytes. */
OG_API OG_MUST_CHECK OgStatus og_file_write(const char *path, const void *bytes, size_t size,
                                            OgError *err);

/* After a call that makes a file at path failed: OG_IO that says why, by errno, and names the
 * directory when there is none. */
OG_API OgStatus og_file_not_made(const char *path, OgError *err);

/* "directory/name", owned by the caller; NULL when out of memory. */
OG_API char *og_path_join(const char *directory, const char *name);

/* What follows the last slash of path. */
OG_API const char *og_path_last(const char *path);

/* The directory that holds path, owned by the caller: up to the last slash, or "."; NULL when out
 * of memory. */
OG_API char *og_path_directory(const char *path);

OG_API bool og_file_exists(const char *path);
OG_API bool og_directory_exists(const char *path);

/* Create a directory and its missing parents; one that exists is fine. */
OG_API OG_MUST_CHECK OgStatus og_directory_make(const char *path, OgError *err);

#endif
