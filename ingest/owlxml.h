/* owlxml: OWL/XML (W3C Recommendation "OWL 2 Web Ontology Language XML Serialization", 2nd edition)
 * to the statements of "OWL 2 Mapping to RDF Graphs" (2nd edition), tables 1 and 2; rules of SWRL
 * as the OWL API writes them to RDF.
 *
 * Memory holds one axiom at a time. Labels of blank nodes: those that the file names begin with n,
 * those made here with g, so that the two never meet. */
#ifndef OG_INGEST_OWLXML_H
#define OG_INGEST_OWLXML_H

#include "ingest/ingest.h"

OG_MUST_CHECK OgStatus og_owlxml_read(OgInput *input, const OgReadOptions *options,
                                      const OgSink *sink, const OgProgress *progress, OgError *err);

#endif
