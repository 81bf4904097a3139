/* exploring: what the commands that walk through a graph share: opening it, finding entities by
 * what a person calls them, and printing them. */
#ifndef OG_CLI_EXPLORING_H
#define OG_CLI_EXPLORING_H

#include "cli/command.h"
#include "cli/table.h"
#include "kg/explore.h"

typedef struct Exploring {
  OgStore *store;
  OgExplorer *explorer;
} Exploring;

/* Open the graph, with the edges that follow when `inferred` (a note says when none was inferred);
 * names are shown in these languages (--lang; NULL: the graph's own). Release with exploring_close
 * in any case. */
OgStatus exploring_open(Exploring *exploring, const Context *context, const char *path,
                        bool inferred, const char *languages, OgError *err);
void exploring_close(Exploring *exploring);

/* The node of the entity that text means best. */
OgStatus exploring_find(const Exploring *exploring, const char *text, uint32_t *node, OgError *err);

/* Cells "label" and "id" of an entity. */
OgStatus exploring_cells(const Exploring *exploring, uint32_t node, Table *table, OgError *err);

/* A table of what was visited, without the start: label, id and how far it is, in a column of that
 * name. When there is nothing else, a note says that the start has no `what`. */
OgStatus exploring_table(const Exploring *exploring, const Context *context, int format,
                         const char *distance, const char *what, const OgVisits *visits,
                         OgError *err);

/* Leave only the start and the nearest `limit`; whether there were more. */
bool exploring_cut(OgVisits *visits, int64_t limit);

/* Tell, after the output, that it was cut. */
void exploring_tell_cut(const Context *context, int64_t limit);

/* "label [CURIE]" on stdout, safe for terminals. */
OgStatus exploring_print(const Exploring *exploring, uint32_t node, OgError *err);

#endif
