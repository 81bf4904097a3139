/* reasoner: what follows from statements by rules, in memory, until nothing new follows.
 *
 * Nodes and relations are numbers that the caller gives. A rule has one premise or two:
 *
 *   step     head r tail               ->  head s tail
 *   turn     head r tail               ->  tail s head
 *   is       head r tail               ->  head s node, or tail s node
 *   mutual   head r tail, tail r head  ->  head s tail
 *   join     a r b, b s c              ->  a t c
 *   replace  a s b, b r c              ->  a r c;   a r b, b s c  ->  a r c
 *
 * Evaluation is semi-naive: facts wait in a queue, and each is joined with those that came before
 * it, so that every pair of premises is looked at once. A relation that is closed under itself (r,
 * r -> r) grows at one end only: what was derived by that rule is never its second premise, nor a
 * premise of replace: n things that are the same are replaced along the statements that were given,
 * not along all n² pairs. Facts are never forgotten, so cycles end. */
#ifndef OG_KG_REASONER_H
#define OG_KG_REASONER_H

#include "core/progress.h"

#include <stdbool.h>
#include <stdint.h>

/* Of a fact's premises: there is none. */
#define OG_NO_FACT UINT32_MAX

typedef struct OgFact {
  uint32_t head, relation, tail;
  uint32_t rule;        /* the caller's number; 0: it was given */
  uint32_t premises[2]; /* numbers of facts below its own; OG_NO_FACT */
} OgFact;

typedef struct OgReasoner OgReasoner;

/* NULL when out of memory. */
OgReasoner *og_reasoner_new(void);
void og_reasoner_free(OgReasoner *reasoner);

/* Rules, numbered from 1 by the caller for the facts that they make; all before the run. */
OG_MUST_CHECK OgStatus og_reasoner_step(OgReasoner *reasoner, uint32_t rule, uint32_t from,
                                        uint32_t to, bool turn, OgError *err);
OG_MUST_CHECK OgStatus og_reasoner_is(OgReasoner *reasoner, uint32_t rule, uint32_t from,
                                      bool of_tail, uint32_t to, uint32_t node, OgError *err);
OG_MUST_CHECK OgStatus og_reasoner_mutual(OgReasoner *reasoner, uint32_t rule, uint32_t from,
                                          uint32_t to, OgError *err);
OG_MUST_CHECK OgStatus og_reasoner_join(OgReasoner *reasoner, uint32_t rule, uint32_t left,
                                        uint32_t right, uint32_t to, OgError *err);

/* The rules `heads` and `tails`: what holds of a thing by the relation holds of what is the same.
 * Every call has the same rules and the same `same`, which is another relation. */
OG_MUST_CHECK OgStatus og_reasoner_replace(OgReasoner *reasoner, uint32_t heads, uint32_t tails,
                                           uint32_t same, uint32_t relation, OgError *err);

/* Give a fact; one that is known is nothing new. */
OG_MUST_CHECK OgStatus og_reasoner_add(OgReasoner *reasoner, uint32_t head, uint32_t relation,
                                       uint32_t tail, OgError *err);

/* Once: derive all that follows, or until `goal` (may be NULL: its ends and relation) does.
 * *complete is false when more than `most` facts would have been derived. progress may be NULL. */
OG_MUST_CHECK OgStatus og_reasoner_run(OgReasoner *reasoner, const OgFact *goal, uint64_t most,
                                       const OgProgress *progress, bool *complete, OgError *err);

/* The facts: those given, in order, then those derived; until the next call. */
const OgFact *og_reasoner_facts(const OgReasoner *reasoner, uint32_t *count);

/* The number of a fact, or OG_NO_FACT. */
uint32_t og_reasoner_find(const OgReasoner *reasoner, uint32_t head, uint32_t relation,
                          uint32_t tail);

/* Bytes of memory held. */
size_t og_reasoner_memory(const OgReasoner *reasoner);

#endif
