/* embed_pilot: short trainings that choose what the size and shape of a graph do not tell.
 *
 * - Whether a sparse graph wants negatives or all entities: the better one of the two has an MRR
 *   that is up to a fifth higher, in either direction (docs/embeddings.md).
 * - How much a graph has to be smoothed, which depends on how regular it is: the best weights of
 * the N3 penalty for graphs of one size differ by a factor of ten.
 *
 * Each setting is given a third of the epochs, and valid decides. Test is not looked at. */
#ifndef OG_KG_EMBED_PILOT_H
#define OG_KG_EMBED_PILOT_H

#include "kg/embed.h"

enum { OG_PILOT_TRIALS = 6 }; /* at most: two objectives, four weights */

/* The MRRs of the short trainings so far, in their order: all that the choice depends on, so that
 * one that was broken off can go on with them. */
typedef struct OgPilotTrials {
  double mrr[OG_PILOT_TRIALS];
  int count;
} OgPilotTrials;

/* Where they are kept. */
typedef struct OgPilotRecord {
  OgPilotTrials trials;
  /* Called after each; a failure ends the choosing. NULL: they are kept nowhere else. */
  OgStatus (*keep)(void *data, const OgPilotTrials *trials, OgError *err);
  void *data;
} OgPilotRecord;

/* Choose these two, of options that og_embed_choose made of the given ones, where those leave them
 * open, training is quick (og_embed_is_piloted) and has no time limit. What is chosen depends on
 * the graph, the options, the seed and the threads alone. record: trials of the same choice, which
 * are not run again, and the place of the others; NULL: none. */
OG_MUST_CHECK OgStatus og_embed_pilot(const OgTripleGraph *graph, const OgEmbedOptions *given,
                                      const OgProgress *progress, OgPilotRecord *record,
                                      OgEmbedOptions *options, OgError *err);

#endif
