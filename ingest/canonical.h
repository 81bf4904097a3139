/* canonical: pieces of XML in their canonical form, as the lexical form of rdf:XMLLiteral wants it
 * (Exclusive XML Canonicalization 1.0 with comments). */
#ifndef OG_INGEST_CANONICAL_H
#define OG_INGEST_CANONICAL_H

#include "core/buffer.h"
#include "ingest/xml.h"

typedef struct OgCanonical OgCanonical;

/* NULL when out of memory. */
OgCanonical *og_canonical_new(void);
void og_canonical_free(OgCanonical *canonical);

/* Begin a new piece. */
void og_canonical_reset(OgCanonical *canonical);

OG_MUST_CHECK OgStatus og_canonical_start(OgCanonical *canonical, const OgXmlElement *element,
                                          OgError *err);
OG_MUST_CHECK OgStatus og_canonical_end(OgCanonical *canonical, OgError *err);
OG_MUST_CHECK OgStatus og_canonical_text(OgCanonical *canonical, OgText text, OgError *err);
OG_MUST_CHECK OgStatus og_canonical_comment(OgCanonical *canonical, OgText text, OgError *err);
OG_MUST_CHECK OgStatus og_canonical_instruction(OgCanonical *canonical, OgText target, OgText text,
                                                OgError *err);

/* Elements that are open. */
size_t og_canonical_depth(const OgCanonical *canonical);

/* What was written since the reset; valid until the next call. */
OgText og_canonical_content(const OgCanonical *canonical);

#endif
