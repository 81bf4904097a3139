/* answer_counts: how many right answers each question of a graph's edges has, without grouping them
 * (OgQueries takes eight times as much memory). */
#ifndef OG_KG_ANSWER_COUNTS_H
#define OG_KG_ANSWER_COUNTS_H

#include "core/progress.h"
#include "kg/triples.h"

typedef struct OgAnswerCounts {
  uint32_t *tails, *heads; /* (edges) answers to (h, r, ?) and to (?, r, t) of each; an edge that is
                              there twice counts twice */
  uint32_t *degrees;       /* (N) edges of each entity: it has at most so many neighbours */
} OgAnswerCounts;

/* Of the train part. Linear time; 4 bytes an edge and 8 an entity beside what it makes. On OG_OK
 * the caller clears *counts. */
OG_MUST_CHECK OgStatus og_answers_count(const OgTripleGraph *graph, const OgProgress *progress,
                                        OgAnswerCounts *counts, OgError *err);
void og_answers_clear(OgAnswerCounts *counts);

/* The questions that have more than `least` answers, with all of these: where a negative is drawn
 * from all entities alike, it is a right answer to any other with a probability of at most least/N.
 * *hidden: that probability for the questions left out, as a mean over all questions of the edges.
 */
OG_MUST_CHECK OgStatus og_answers_frequent(const OgTripleGraph *graph, const OgAnswerCounts *counts,
                                           size_t least, bool neighbours, OgQueries *queries,
                                           double *hidden, OgError *err);

#endif
