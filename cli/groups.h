/* groups: predictions told apart by a column of the data, and scored apart. */
#ifndef OG_CLI_GROUPS_H
#define OG_CLI_GROUPS_H

#include "core/error.h"
#include "core/intern.h"
#include "core/json.h"

#include <stdio.h>

/* Start with {0}. Of scored row k: its group, its true label and its predicted one. */
typedef struct Groups {
  OgIntern *names;
  uint32_t *group, *truth, *predicted;
  size_t count, capacity;
} Groups;

OgStatus groups_add(Groups *groups, const char *name, uint32_t truth, uint32_t predicted,
                    OgError *err);

/* A line a group, in order of first sight; nothing when there is none. labels is the number of the
 * model's labels. */
OgStatus groups_print(const Groups *groups, FILE *out, size_t labels, OgError *err);

/* [{"group", "texts", "accuracy", "macro_f1"}], in the same order; the caller owns *json. */
OgStatus groups_json(const Groups *groups, size_t labels, json_t **json, OgError *err);

void groups_clear(Groups *groups);

#endif
