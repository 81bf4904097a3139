/* annotations: what files say of their own statements (owl:Axiom, RDF reification), given to the
 * names, definitions and edges that those statements became. A part of interpretation. */
#ifndef OG_KG_ANNOTATIONS_H
#define OG_KG_ANNOTATIONS_H

#include "kg/derive.h"

/* Write the rows of name_annotation, definition_annotation and edge_annotation, mark the statements
 * of the nodes that gave some as OG_READ_ANNOTATION. names (count of level 0): name.id that a
 * statement became, or 0. *annotations: how many rows. */
OG_MUST_CHECK OgStatus og_annotations_add(OgStore *store, OgDerivation *derivation,
                                          const uint32_t *names, uint64_t *annotations,
                                          OgError *err);

#endif
