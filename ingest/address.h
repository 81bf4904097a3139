/* address: paths of files as IRIs, and back (RFC 8089).
 *
 * A file's address is "file://" and its absolute path, percent-encoded. It may be given another
 * one, its base: then addresses that are relative to it lead to files beside it all the same. */
#ifndef OG_INGEST_ADDRESS_H
#define OG_INGEST_ADDRESS_H

#include "core/buffer.h"
#include "core/quad.h"

/* Append a path, what may not stand in an IRI's percent-encoded. */
OG_API OG_MUST_CHECK OgStatus og_address_encode(OgText path, OgBuffer *iri, OgError *err);

/* Append the address of what is at path, a file, a folder or a member of an archive; "about:stdin"
 * when nothing is there. */
OG_API OG_MUST_CHECK OgStatus og_address_of(const char *path, OgBuffer *iri, OgError *err);

/* *path = what a file IRI names, its fragment left out; empty when it is no file IRI or has a zero
 * byte. */
OG_API OG_MUST_CHECK OgStatus og_address_path(OgText iri, OgBuffer *path, OgError *err);

/* *path = where iri leads from the file at own, an absolute path, whose address is base: as far
 * from own as iri is from base, its query and fragment left out. Empty when the two IRIs are not of
 * one place, or own lies in too few folders. */
OG_API OG_MUST_CHECK OgStatus og_address_follow(const char *own, OgText base, OgText iri,
                                                OgBuffer *path, OgError *err);

#endif
