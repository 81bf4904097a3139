/* embed_complete: the edges of a whole relation that the graph lacks and a set of vectors thinks
 * likely.
 *
 * For each candidate head all entities are ranked as tails, as og_predict_links does, and the best
 * of all heads come first. Scores of different heads are not comparable; what is, is
 *
 *   log softmax = score - logΣexp of the scores of that head,
 *
 * from which the probability is fitted (kg/embed_calibrate.h) and which orders the answers.
 *
 * Left out is what is no news (kg/embed_known.h). */
#ifndef OG_KG_EMBED_COMPLETE_H
#define OG_KG_EMBED_COMPLETE_H

#include "core/progress.h"
#include "kg/embed_predict.h"

typedef struct OgCompleteOptions {
  int64_t relation;
  size_t top;             /* answers in all */
  size_t per_head;        /* answers a head; 0: any */
  double min_probability; /* 0: any; otherwise the set must be calibrated */
  bool all_heads;         /* any entity may be a head; otherwise those that are heads of the
                             relation, and those that share a parent with one */
  OgTypeRule types;
  int threads; /* 0: one a processor */
} OgCompleteOptions;

typedef struct OgCompletion {
  int64_t head;
  OgLink link; /* to the tail */
  double log_softmax;
} OgCompletion;

typedef struct OgCompletions {
  OgCompletion *items; /* best first; equals by head, then by tail */
  size_t count;
  size_t heads, tails; /* that were asked for */
  size_t linked;       /* of the heads: that have an edge of the relation already */
  char *relation;      /* its label */
} OgCompletions;

/* Memory beside the vectors: the edges of the relation, about 16 MB a thread (two rows of scores
 * where there are more than two million entities), and what is returned. The same answers for any
 * number of threads. On OG_OK the caller releases *made with og_completions_clear. */
OG_API OG_MUST_CHECK OgStatus og_complete(OgStore *store, const OgVectors *vectors,
                                          const OgCompleteOptions *options,
                                          const OgProgress *progress, OgCompletions *made,
                                          OgError *err);
OG_API void og_completions_clear(OgCompletions *made);

#endif
