/* rdfxml: RDF 1.1 XML Syntax (W3C Recommendation of 25 February 2014) to statements, streaming.
 *
 * Memory grows with the depth of the document, its distinct names and its rdf:IDs (they have to be
 * unique).
 *
 * Blank nodes: one that the file names N by rdf:nodeID has the label "nN" ("x" and hexadecimal
 * digits when N is no XML name), one that it does not name has "g" and a number, so that the two
 * never meet.
 *
 * Unless strict, these are warnings, and the rest of the element is read:
 *
 * - "ill-formed rdf:ID", "ill-formed rdf:nodeID": it is no XML name. It is used as it is.
 * - "duplicate rdf:ID": it was there before. It is used.
 * - "ill-formed IRI": it has characters that no IRI has. It is used.
 * - "ill-formed language tag", "ill-typed literal" (ingest/datatypes.h): kept as they are written.
 * - "attribute not understood": it has no namespace, or no place on rdf:RDF. It is left out.
 * - "withdrawn attribute": rdf:bagID, rdf:aboutEach, rdf:aboutEachPrefix. It is left out.
 *
 * Any other breach of the grammar is OG_BAD_DATA. */
#ifndef OG_INGEST_RDFXML_H
#define OG_INGEST_RDFXML_H

#include "ingest/ingest.h"

OG_MUST_CHECK OgStatus og_rdfxml_read(OgInput *input, const OgReadOptions *options,
                                      const OgSink *sink, const OgProgress *progress, OgError *err);

#endif
