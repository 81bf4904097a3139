/* archive: zip archives, as taxonomies and classifications are published in, read like folders.
 *
 * A member is named by the path of its archive and its own, "icd.zip/edition/claml.xml". Nothing is
 * written where others can see it: a member is unpacked into a file without a name, checked by its
 * checksum, and read from there. An archive whose members name a place outside of it (an absolute
 * path, "..", a backslash), or that unpacks to over 1,000 times its size after the first 64 MiB, is
 * refused when it is listed, a member that does so when it is opened. */
#ifndef OG_INGEST_ARCHIVE_H
#define OG_INGEST_ARCHIVE_H

#include "core/arena.h"
#include "core/input.h"

#include <stdbool.h>

/* The archive that was used last, kept open: reading the directory of a large one again for each of
 * its members would be quadratic. Where it is NULL, nothing is kept. */
typedef struct OgArchives OgArchives;

OG_API OgArchives *og_archives_new(void); /* NULL when out of memory */
OG_API void og_archives_free(OgArchives *archives);

enum { OG_ARCHIVE_MAX_MEMBERS = 100000, OG_ARCHIVE_RATIO = 1000 };

/* The path is that of a file that begins as a zip archive does. */
OG_API bool og_archive_is(const char *path);

/* What the zip archive at path is when it is one document, made of the files inside; NULL when it
 * is an archive of files, or none. */
OG_API const char *og_archive_document(const char *path);

/* The paths of an archive's files in order of their names, in the arena; folders, and names that
 * begin with a dot or __MACOSX, are passed over. */
OG_API OG_MUST_CHECK OgStatus og_archive_list(OgArchives *archives, const char *path,
                                              OgArena *arena, const char ***members, size_t *count,
                                              OgError *err);

/* The path is that of a file, or of a member of an archive that is one. */
OG_API bool og_archive_has(OgArchives *archives, const char *path);

/* A path that is said in a folder stays in the archive that the folder is part of, if it is part of
 * one. */
OG_API bool og_archive_keeps(const char *folder, const char *path);

/* The path as the system knows it, also that of a member; NULL when it is not there. The caller
 * releases it with og_free. */
OG_API char *og_archive_real_path(const char *path);

/* Open a file, standard input ("-"), or a member. On OG_OK the caller owns *input. */
OG_API OG_MUST_CHECK OgStatus og_archive_open(OgArchives *archives, const char *path,
                                              OgInput **input, OgError *err);

#endif
