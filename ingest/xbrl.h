/* xbrl: one file of an XBRL 2.1 taxonomy, a schema or a linkbase, to concepts, their labels and the
 * arcs between them (XBRL 2.1, 2013-02-20 errata; XBRL Dimensions 1.0), streaming.
 *
 * A concept's IRI is what a locator points to: the address of its schema, and its id. The files
 * that a file needs are said with owl:imports; who reads them is up to the caller. Memory holds one
 * extended link at a time, and grows with the distinct locators of the file. */
#ifndef OG_INGEST_XBRL_H
#define OG_INGEST_XBRL_H

#include "ingest/ingest.h"

OG_MUST_CHECK OgStatus og_xbrl_read(OgInput *input, const OgReadOptions *options,
                                    const OgSink *sink, const OgProgress *progress, OgError *err);

#endif
