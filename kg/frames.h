/* frames: nodes that speak of a statement by its three terms (owl:Axiom, RDF reification,
 * owl:NegativePropertyAssertion): which one it is, and what became of it. A part of interpretation.
 */
#ifndef OG_KG_FRAMES_H
#define OG_KG_FRAMES_H

#include "kg/derive.h"

/* The statement of which a node speaks. first: the meaning of the predicate that names its subject;
 * those of predicate and object are the two after it (OG_MEANS_ABOUT_…, OG_MEANS_DENIED_…). False
 * when one of the three is not said. about->source is that of the node. */
bool og_frame_read(const OgDerivation *derivation, uint32_t node, OgMeaning first,
                   OgStatement *about);

/* The first statement, of any source, with the three terms of this one; the count when there is
 * none. Those of other sources follow. */
size_t og_frame_statement(const OgDerivation *derivation, const OgStatement *like);

/* The first edge, of any source, with the head, relation, tail and via of this one; the count when
 * there is none. Those of other sources follow. */
size_t og_frame_edge(const OgDerivation *derivation, const OgEdgeTuple *like);

#endif
