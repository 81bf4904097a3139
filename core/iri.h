/* iri: references against a base (RFC 3986 section 5, on the characters of RFC 3987).
 *
 * An IRI that has a scheme is left as it is written: nothing is normalised. */
#ifndef OG_CORE_IRI_H
#define OG_CORE_IRI_H

#include "core/buffer.h"
#include "core/quad.h"

#include <stdbool.h>
#include <stddef.h>

/* The parts of a reference, one after the other; sizes in bytes with their delimiters, 0 when
 * absent. */
typedef struct OgIriParts {
  size_t scheme;    /* "http:" */
  size_t authority; /* "//example.org" */
  size_t path;
  size_t query;    /* "?…" */
  size_t fragment; /* "#…" */
} OgIriParts;

OG_API OgIriParts og_iri_parts(OgText iri);

/* It begins with a scheme. */
OG_API bool og_iri_is_absolute(OgText iri);

/* No space, control character or one of <>"{}|\^` is in it. */
OG_API bool og_iri_is_clean(OgText iri);

/* Append reference, resolved against base (RFC 3986 section 5.2). Neither may point into out. */
OG_API OG_MUST_CHECK OgStatus og_iri_resolve_into(OgText base, OgText reference, OgBuffer *out,
                                                  OgError *err);

#endif
