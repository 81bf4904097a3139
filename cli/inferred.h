/* inferred: what the commands with --inferred share. */
#ifndef OG_CLI_INFERRED_H
#define OG_CLI_INFERRED_H

#include "cli/command.h"
#include "kg/store.h"

/* A note when nothing was ever inferred in the graph, so that --inferred adds nothing. */
OG_MUST_CHECK OgStatus inferred_check(const Context *context, OgStore *store, OgError *err);

#endif
