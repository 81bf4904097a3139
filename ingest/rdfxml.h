/* rdfxml: RDF 1.1 XML Syntax (W3C Recommendation of 25 February 2014) to statements, streaming.
 *
 * Memory grows with the depth of the document, its distinct names and its rdf:IDs (they have to be
 * unique).
 *
 * Blank nodes: one that the file names N by rdf:nodeID has the label "nN" ("x" and hexadecimal
 * digits when N is no XML name), one that it does not name has "g" and a number, so that the two
 * never meet.
 *
 * Unless strict, these are warnings (the kind in quotes) and the rest of the element is read: an
 * rdf:ID or rdf:nodeID that is no XML name ("ill-formed rdf:ID", "ill-formed rdf:nodeID": used as
 * it is), an rdf:ID that was there before
 * ("duplicate rdf:ID": used), characters that no IRI has ("ill-formed IRI": used), a language tag
 * that is none
 * ("ill-formed language tag": used), a literal that its datatype does not allow ("ill-typed
 * literal": used), an attribute that has no namespace or no place on rdf:RDF
 * ("attribute not understood": left out), rdf:bagID, rdf:aboutEach, rdf:aboutEachPrefix ("withdrawn
 * attribute": left out). Any other breach of the grammar is OG_BAD_DATA. */
#ifndef OG_INGEST_RDFXML_H
#define OG_INGEST_RDFXML_H

#include "ingest/ingest.h"

OG_MUST_CHECK OgStatus og_rdfxml_read(OgInput *input, const OgReadOptions *options,
                                      const OgSink *sink, const OgProgress *progress, OgError *err);

#endif
