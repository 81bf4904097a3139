/* missing: tell which imported ontologies are not among the files of an import. */
#ifndef OG_CLI_MISSING_H
#define OG_CLI_MISSING_H

#include "cli/terminal.h"
#include "core/error.h"

/* Those that stand in one place (their IRIs are the same up to the last '/' or '#') share a line,
 * the largest families come first, and what would not fit a screen is counted. iris (count) is put
 * into another order. */
OG_MUST_CHECK OgStatus missing_tell(Terminal *terminal, const char **iris, size_t count,
                                    OgError *err);

#endif
