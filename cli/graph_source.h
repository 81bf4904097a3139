/* graph_source: the graph that an argument means: a graph file, or files of any format, read into a
 * graph that is gone when the command ends. */
#ifndef OG_CLI_GRAPH_SOURCE_H
#define OG_CLI_GRAPH_SOURCE_H

#include "cli/intake.h"

typedef struct GraphSource {
  OgStore *store;
  Intake intake; /* of files: how many there were, what they import, what was left out; library
                    NULL: a graph */
} GraphSource;

/* How to open it. */
typedef struct GraphSourceOptions {
  const IntakeOptions *read;
  const char *lang;               /* of the labels of a temporary graph; NULL: English */
  const IntakeWarnings *warnings; /* who hears what files break; NULL: it is told */
  const char *purpose;            /* what becomes of the files: "checked" */
} GraphSourceOptions;

/* Open it for reading. Release with graph_source_close in any case. */
OgStatus graph_source_open(const Context *context, const char *path,
                           const GraphSourceOptions *options, GraphSource *source, OgError *err);
void graph_source_close(GraphSource *source);

#endif
