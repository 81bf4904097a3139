/* dry_run: what an import would make: statements counted by their property, an example of each. */
#ifndef OG_CLI_DRY_RUN_H
#define OG_CLI_DRY_RUN_H

#include "cli/terminal.h"
#include "core/json.h"
#include "core/quad.h"

#include <stdbool.h>
#include <stdio.h>

typedef struct DryRun DryRun;

DryRun *dry_run_new(void);
void dry_run_free(DryRun *run);

/* Statements are counted, and kept nowhere. */
OgSink dry_run_sink(DryRun *run);

/* What came since the last of these calls is kept, or is as if it had never come. */
void dry_run_keep(DryRun *run);
void dry_run_forget(DryRun *run);

/* A row a property in order of first sight, as a table. */
OgStatus dry_run_print(const DryRun *run, FILE *out, const Terminal *terminal, OgError *err);

/* The same as a JSON list of `property`, `statements`, `subject`, `object`. */
OgStatus dry_run_json(const DryRun *run, json_t **list, OgError *err);

#endif
