/* sparql_iri: relative IRIs to absolute ones (RFC 3986, section 5), and IRIs as parts of others. */
#ifndef OG_KG_SPARQL_IRI_H
#define OG_KG_SPARQL_IRI_H

#include "core/arena.h"
#include "core/buffer.h"
#include "core/quad.h"

/* The IRI that a reference means. base NULL, or one that is not absolute, leaves it as it is.
 * *resolved is in the arena, or the reference itself. */
OG_MUST_CHECK OgStatus og_iri_resolve(const char *base, OgText reference, OgArena *arena,
                                      OgText *resolved, OgError *err);

/* Append text with all bytes but letters, digits and -_.~ as %XX (fn:encode-for-uri). */
OG_MUST_CHECK OgStatus og_iri_encode(OgText text, OgBuffer *encoded, OgError *err);

#endif
