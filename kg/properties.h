/* properties: what files say of properties: characteristics, domains and ranges, hierarchy,
 * inverses and chains, as rows of property_axiom. A part of interpretation. */
#ifndef OG_KG_PROPERTIES_H
#define OG_KG_PROPERTIES_H

#include "kg/derive.h"

/* Write the rows, mark their statements as OG_READ_SCHEMA; *axioms: how many axioms. */
OG_MUST_CHECK OgStatus og_properties_add(OgStore *store, OgDerivation *derivation, uint64_t *axioms,
                                         OgError *err);

#endif
