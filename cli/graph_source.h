/* graph_source: the graph that an argument means: a graph file, or files of any format, read into a
 * graph that is gone when the command ends. */
#ifndef OG_CLI_GRAPH_SOURCE_H
#define OG_CLI_GRAPH_SOURCE_H

#include "cli/intake.h"

typedef struct GraphSource {
  OgStore *store;
  Intake intake; /* of files: how many there were, and what they import; library NULL: a graph */
} GraphSource;

/* Open it for reading. lang chooses the labels of a temporary graph (NULL: English); warnings hears
 * what files break (NULL: they are told). Release with graph_source_close in any case. */
OgStatus graph_source_open(const Context *context, const char *path, const IntakeOptions *options,
                           const char *lang, const IntakeWarnings *warnings, GraphSource *source,
                           OgError *err);
void graph_source_close(GraphSource *source);

#endif
