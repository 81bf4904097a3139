/* arcs: when two arcs of XBRL say the same. Beside their ends and arcroles that is a matter of the
 * values of their attributes (XBRL 2.1, section 3.5.3.9.7.4): 1.0 is 1, and an attribute that is
 * not there has its default, where it has one. */
#ifndef OG_CORE_ARCS_H
#define OG_CORE_ARCS_H

#include "core/buffer.h"
#include "core/quad.h"

/* Append the value of a property of an arc (urn:xbrl:order, …) in the one form of all that mean the
 * same; nothing when it is the default. What is no such value is appended as it is. */
OG_API OG_MUST_CHECK OgStatus og_arc_value(const char *property, OgText value, OgBuffer *out,
                                           OgError *err);

#endif
