/* languages: what --lang asks for that no name has. */
#ifndef OG_CLI_LANGUAGES_H
#define OG_CLI_LANGUAGES_H

#include "cli/command.h"
#include "kg/store.h"

/* Note it when none of the graph's names is in one of these languages, and in which they are. NULL:
 * no language was asked for. */
OgStatus languages_check(const Context *context, OgStore *store, const char *languages,
                         OgError *err);

#endif
