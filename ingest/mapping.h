/* mapping: any XML to statements, as a mapping file says (ingest/mapping_file.h), streaming.
 *
 * Memory grows with the IRIs of entities; what is said of an entity is held only until its
 * identifier is read. */
#ifndef OG_INGEST_MAPPING_H
#define OG_INGEST_MAPPING_H

#include "ingest/ingest.h"

/* options->mapping is the path of the mapping file. */
OG_MUST_CHECK OgStatus og_mapping_read(OgInput *input, const OgReadOptions *options,
                                       const OgSink *sink, const OgProgress *progress,
                                       OgError *err);

#endif
