/* claml: ClaML 2 and 3 (EN 14463, ISO 13120: how the ICD and its national editions are published)
 * to SKOS, streaming.
 *
 * Memory grows with the classes of the classification, not with their texts but for the preferred
 * ones: hierarchy, references and modifiers are put together at the end. */
#ifndef OG_INGEST_CLAML_H
#define OG_INGEST_CLAML_H

#include "ingest/ingest.h"

/* Codes that modifiers may make, at most. */
enum { OG_CLAML_MAX_EXPANDED = 1000000 };

OG_MUST_CHECK OgStatus og_claml_read(OgInput *input, const OgReadOptions *options,
                                     const OgSink *sink, const OgProgress *progress, OgError *err);

#endif
