/* show_property: what the graph knows of a property, for people and programs. */
#ifndef OG_CLI_SHOW_PROPERTY_H
#define OG_CLI_SHOW_PROPERTY_H

#include "cli/terminal.h"
#include "kg/property_card.h"

/* Print the card of the property that text means, to stdout. No such property is OG_NOT_FOUND. */
OG_MUST_CHECK OgStatus show_property(OgStore *store, const char *text, const char *languages,
                                     const Terminal *terminal, bool json, OgError *err);

#endif
