/* embed_search: `embed --search`: try settings, and say what mattered. */
#ifndef OG_CLI_EMBED_SEARCH_H
#define OG_CLI_EMBED_SEARCH_H

#include "cli/command.h"
#include "kg/embed_search.h"

/* Search on a graph, print a table of the trials and what each setting was worth (nothing when
 * quiet; those that were done when the user stopped it), and put the best settings into *options. */
OgStatus embed_try_settings(const Context *context, const OgTripleGraph *graph,
                            const OgSearchOptions *search, bool quiet, OgEmbedOptions *options,
                            OgError *err);

#endif
