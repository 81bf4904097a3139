/* library: which files an import takes: those that the user names, all in a folder, and the
 * ontologies that they import in turn (owl:imports).
 *
 * The reader of the files tells the library what each one says (og_library_hear). An ontology that
 * is imported and is not among the files is looked for in the catalogs, then at its IRI if that is
 * the address of a file, then, by the last part of its IRI, in the folder of the file that imports
 * it. No file is taken twice, so ontologies may
 * import one another. Nothing is ever fetched. */
#ifndef OG_INGEST_LIBRARY_H
#define OG_INGEST_LIBRARY_H

#include "core/buffer.h"
#include "core/input.h"
#include "core/quad.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct OgLibrary OgLibrary;

typedef struct OgLibraryFile {
  const char *path;    /* until the library is freed, as the two below */
  const char *base;    /* its base IRI, when it was given one; else NULL */
  const char *address; /* the IRI that a file which imports it has for it; else NULL */
  bool named;          /* by the user; other files need not hold anything that can be read */
  bool imported;       /* by another file */
} OgLibraryFile;

/* Whoever decides what becomes of a file, folder or catalog that cannot be read: true leaves it out
 * and goes on, false ends the work with what why says. */
typedef struct OgLibraryFaults {
  bool (*leave_out)(void *data, const char *path, const OgError *why);
  void *data;
} OgLibraryFaults;

OG_API OgLibrary *og_library_new(void);
OG_API void og_library_free(OgLibrary *library);

/* Hear of faults in what a folder or an archive holds, and of catalogs beside files; without this
 * each ends the work. What was named itself is told by the status of og_library_add. */
OG_API void og_library_hear_faults(OgLibrary *library, OgLibraryFaults faults);

/* Read an XML catalog (ingest/catalog.h). */
OG_API OG_MUST_CHECK OgStatus og_library_add_catalog(OgLibrary *library, const char *path,
                                                     OgError *err);

/* Add a file, "-", what a pattern matches (glob), or all files in a folder and those below it, or
 * in a zip archive, in order of their names; what begins with a dot is passed over. A
 * catalog-v001.xml or META-INF/catalog.xml beside a file, or in a folder or archive, is read. base,
 * unless it is NULL, is the base IRI of the file, or that of the folder or archive: a file has it
 * and its own path below. What such a file imports is looked for as far from its path as the IRI is
 * from its base, and has the IRI as its base. One base for what a pattern matches is OG_USAGE,
 * unless that is a single file. */
OG_API OG_MUST_CHECK OgStatus og_library_add(OgLibrary *library, const char *path, const char *base,
                                             OgError *err);

/* The next file to read; file->path NULL at the end. */
OG_API OG_MUST_CHECK OgStatus og_library_next(OgLibrary *library, OgLibraryFile *file,
                                              OgError *err);

/* How many files it has by now: those that were given out, and those to come. */
OG_API size_t og_library_count(const OgLibrary *library);

/* The file given last is left out: what was heard of it is as if it had never been said. */
OG_API void og_library_leave_out(OgLibrary *library);

/* Open a file of the library, also a member of an archive, or standard input. On OG_OK the caller
 * owns *input. */
OG_API OG_MUST_CHECK OgStatus og_library_open(OgLibrary *library, const OgLibraryFile *file,
                                              OgInput **input, OgError *err);

/* *address = what other files call this one: the IRI by which one imports it, else that which the
 * catalogs have for it; empty when there is none. */
OG_API OG_MUST_CHECK OgStatus og_library_address(OgLibrary *library, const OgLibraryFile *file,
                                                 OgBuffer *address, OgError *err);

/* Hear a statement of the file given last: is it an import, or the name of the ontology? */
OG_API OG_MUST_CHECK OgStatus og_library_hear(OgLibrary *library, const OgTerm *subject,
                                              const OgTerm *predicate, const OgTerm *object,
                                              OgError *err);

/* IRIs of ontologies that are imported and were not found, in order of first mention, once
 * og_library_next came to its end. */
OG_API size_t og_library_missing_count(const OgLibrary *library);
OG_API const char *og_library_missing(const OgLibrary *library, size_t number);

#endif
