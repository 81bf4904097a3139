/* denials: what files say does not hold takes away the edges that others gave. A part of
 * interpretation. */
#ifndef OG_KG_DENIALS_H
#define OG_KG_DENIALS_H

#include "kg/derive.h"

/* Drop the edges that are denied; mark the statements behind them, and those that deny them, as
 * OG_READ_DENIED. */
OG_MUST_CHECK OgStatus og_denials_apply(OgDerivation *derivation, OgError *err);

#endif
