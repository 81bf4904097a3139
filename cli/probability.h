/* probability: how predict-links and complete show the probabilities of edges. */
#ifndef OG_CLI_PROBABILITY_H
#define OG_CLI_PROBABILITY_H

#include "cli/command.h"
#include "cli/table.h"

/* A cell; a null where there is none (NaN). */
void table_probability(Table *table, double probability);

/* Say why there are none, after answers the first of which has that probability. */
void note_probability(const Context *context, double first);

#endif
