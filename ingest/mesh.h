/* mesh: the records of Medical Subject Headings, in the XML that the U.S. National Library of
 * Medicine publishes (DescriptorRecordSet, QualifierRecordSet, SupplementalRecordSet), to
 * statements in SKOS and NLM's own vocabulary.
 *
 * A record becomes a skos:Concept named http://id.nlm.nih.gov/mesh/ and its identifier;
 * docs/formats.md lists what is said of it. A record is broader than another when one of its tree
 * numbers is that of the other without its last part; records come in any order, so these
 * statements follow the last record. Memory grows with the number of records and tree numbers. */
#ifndef OG_INGEST_MESH_H
#define OG_INGEST_MESH_H

#include "ingest/ingest.h"

OG_MUST_CHECK OgStatus og_mesh_read(OgInput *input, const OgReadOptions *options,
                                    const OgSink *sink, const OgProgress *progress, OgError *err);

#endif
