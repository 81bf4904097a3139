/* graphml: GraphML 1.0 and 1.1 (graphml.graphdrawing.org), with what yEd, NetworkX, Gephi, Neo4j
 * and TinkerPop write in it, to individuals and relations.
 *
 * Memory grows with the identifiers of nodes and with the distinct names of classes and relations:
 * which nodes there are is known at the end only. */
#ifndef OG_INGEST_GRAPHML_H
#define OG_INGEST_GRAPHML_H

#include "ingest/ingest.h"

OG_MUST_CHECK OgStatus og_graphml_read(OgInput *input, const OgReadOptions *options,
                                       const OgSink *sink, const OgProgress *progress,
                                       OgError *err);

#endif
