/* embed_sets: what `embed` does with stored sets when it trains nothing. */
#ifndef OG_CLI_EMBED_SETS_H
#define OG_CLI_EMBED_SETS_H

#include "cli/command.h"

typedef struct SetTask {
  const char *graph;
  const char *set;  /* to export or to update; NULL: --name, or the last */
  const char *name; /* of the set that is made; NULL: "imported"; an update is made in place */
  const char *path; /* to read, or what the names of written files start with */
  bool force;       /* to replace a set */
  bool json;
  int threads;
} SetTask;

/* Write path.npy, .tsv, .vec and .safetensors. */
OgStatus embed_export_set(const Context *context, const SetTask *task, OgError *err);

/* Vectors made elsewhere become a set. */
OgStatus embed_import_set(const Context *context, const SetTask *task, OgError *err);

/* Vectors for entities that a set lacks (kg/embed_renew.h). */
OgStatus embed_update_set(const Context *context, const SetTask *task, OgError *err);

#endif
