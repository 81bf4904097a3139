/* embed_parameters: how a set was trained, as the JSON that is stored with it. */
#ifndef OG_KG_EMBED_PARAMETERS_H
#define OG_KG_EMBED_PARAMETERS_H

#include "kg/embed.h"

/* The caller's; NULL when out of memory. */
char *og_embed_parameters(const OgEmbedReport *report);

/* How the set of these parameters (a JSON object) was trained, with defaults for what it does not
 * say; its dim is not among it. */
void og_embed_read_parameters(const char *parameters, const OgScoreModel *row,
                              OgEmbedOptions *options);

#endif
