/* embed_one_vs_all_relations: relation prediction as an auxiliary loss (Chen et al. 2021, eq. 3).
 *
 *   L_r = w/T Σ over pairs (e, r, a) [ logΣexp_p s(e,p,a) - s(e,r,a) ]
 *
 * over all rows p of the model's relations. For models whose score is linear in the relation:
 * s(e,p,a) = f(e,a) · p, where f(e,a) is ∂s/∂p, and the model's own query and query_backward give f
 * and all gradients. */
#ifndef OG_KG_EMBED_ONE_VS_ALL_RELATIONS_H
#define OG_KG_EMBED_ONE_VS_ALL_RELATIONS_H

#include "kg/embed_eval.h"

/* A pair of a batch; relation: row of the model's relations. */
typedef struct OgRelationPair {
  uint32_t entity, relation, answer;
  bool inverse; /* asked by the inverse query */
  float weight; /* w/T */
} OgRelationPair;

typedef struct OgRelationTerm {
  const OgEmbedModel *model;
  int threads;
  OgRelationPair *pairs; /* (most) the caller fills it */
  size_t count;          /* of this batch */
  float *dE, *dA;        /* (most, D) gradients of each pair's entity and answer */
  float *dR;             /* (threads, RR, RD) of the relations, to be added up */
  float *F, *S;          /* (threads, CHUNK, RD), (threads, CHUNK, RR) */
  float *unused;         /* (threads, D + RD) */
  double *loss;          /* (threads) */
} OgRelationTerm;

/* False when memory is short; clear in any case. */
OG_MUST_CHECK bool og_relation_term_init(OgRelationTerm *term, const OgEmbedModel *model,
                                         size_t most, int threads);
void og_relation_term_clear(OgRelationTerm *term);

/* The gradients of a thread's share of the pairs. */
void og_relation_term_run(OgRelationTerm *term, int thread);

/* gradient (RD) += that of relation row r, of all threads. */
void og_relation_term_add(const OgRelationTerm *term, size_t r, float *gradient);

#endif
