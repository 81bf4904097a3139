/* escape: text as the formats that are written here quote it. Each function appends to a buffer and
 * fails only with OG_NO_MEMORY. */
#ifndef OG_KG_ESCAPE_H
#define OG_KG_ESCAPE_H

#include "core/buffer.h"
#include "core/quad.h"

/* Between quotes, as N-Triples and Turtle have strings (ECHAR; other controls as \u). */
OG_MUST_CHECK OgStatus og_escape_string(OgText text, OgBuffer *to, OgError *err);

/* <iri>; what may not stand there as \u. */
OG_MUST_CHECK OgStatus og_escape_iri(OgText iri, OgBuffer *to, OgError *err);

/* Between quotes, as JSON has strings. */
OG_MUST_CHECK OgStatus og_escape_json(OgText text, OgBuffer *to, OgError *err);

/* Content of an XML element or attribute. Controls that XML 1.0 has no way to write become U+FFFD.
 */
OG_MUST_CHECK OgStatus og_escape_xml(OgText text, OgBuffer *to, OgError *err);

/* A field of RFC 4180: between quotes where it has to be. */
OG_MUST_CHECK OgStatus og_escape_csv(OgText text, OgBuffer *to, OgError *err);

#endif
