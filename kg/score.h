/* score: embedding models, one row of a table each: how a query is made from a vector and a
 * relation, and how alike a query and an entity are.
 *
 * Every model is written as score(h, r, t) = similarity(query(h, r), t). Asked the other way round,
 * the inverse query gives the same score from the tail: similarity(inverse_query(t, r), h), but
 * for what depends on the query alone. Complex
 * numbers are stored as their real parts, then their imaginary parts: vector x of D floats is
 * (x[0..D/2) + i x[D/2..D)). */
#ifndef OG_KG_SCORE_H
#define OG_KG_SCORE_H

#include "core/random.h"

#include <stdbool.h>
#include <stddef.h>

/* Similarity of a query q and an entity vector t. */
typedef enum OgSimilarity {
  OG_DOT,        /* Σ q t */
  OG_L1,         /* -Σ |q - t| */
  OG_L2,         /* -√Σ (q - t)² */
  OG_MODULUS,    /* -Σ |q - t| over D/2 complex numbers */
  OG_HYPERBOLIC, /* -d² + biases in hyperbolic space (score_hyperbolic.h) */
  OG_SIMILARITIES
} OgSimilarity;

typedef struct OgScoreModel {
  const char *name;  /* for people: "complex" */
  const char *about; /* the formula and its paper, one line */
  OgSimilarity similarity;
  bool complex;      /* D must be even */
  bool reciprocal;   /* by default, a relation has a vector of its own for each direction */
  bool one_way;      /* it must: there is no inverse query */
  double neighbours; /* weight of the neighbour term that makes good features */
  bool one_vs_all;   /* by default trained against all entities; otherwise against negatives */

  /* Floats of a relation vector when entities have D. */
  size_t (*relation_size)(size_t D);
  /* q (D) = query of entity vector e (D) under relation r (RD). */
  void (*query)(float *q, const float *e, const float *r, size_t D, bool inverse);
  /* de (D) += ∂L/∂e, dr (RD) += ∂L/∂r, given dq (D) = ∂L/∂q. */
  void (*query_backward)(float *de, float *dr, const float *dq, const float *e, const float *r,
                         size_t D, bool inverse);
  /* q (D) = the query for what e (D) has any edge with, which knows no relation, and its gradient;
   * NULL: q = e. */
  void (*neighbours_query)(float *q, const float *e, size_t D);
  void (*neighbours_backward)(float *de, const float *dq, const float *e, size_t D);
  /* q (D), a query, becomes the entity vector that it is most like, other things being equal; NULL:
   * it is that already. */
  void (*answer)(float *q, size_t D);
  /* Fill N entity vectors and R relation vectors before training. margin: see OgEmbedOptions. */
  void (*init)(float *entities, size_t N, float *relations, size_t R, size_t D, float margin,
               OgRandom *random);
} OgScoreModel;

/* The models; *count of them. */
OG_API const OgScoreModel *og_score_models(size_t *count);

/* The model of that name, or NULL. */
OG_API const OgScoreModel *og_score_model(const char *name);

/* Similarity of one pair, straight from the formula: what the block functions are tested against.
 */
OG_API float og_similarity(OgSimilarity similarity, const float *q, const float *t, size_t D);

/* S (M,N), leading dimension lds = similarity of each query of Q (M,D) with each entity of E (N,D).
 * Equal rows of E get equal bits wherever they stand, except under OG_DOT and OG_L2, whose order of
 * summation is OpenBLAS's: |q||t| 2⁻²⁰ bounds the difference of their products (of squares, under
 * OG_L2). og_blas_load must have succeeded. */
OG_API void og_score_block(OgSimilarity similarity, float *S, size_t lds, const float *Q, size_t M,
                           const float *E, size_t N, size_t D);

/* dQ (M,D) += ∂L/∂Q, dE (N,D) += ∂L/∂E, given dS (M,N) = ∂L/∂S and the scores S (M,N); both have
 * leading dimension lds. */
OG_API void og_score_block_backward(OgSimilarity similarity, float *dQ, float *dE, const float *dS,
                                    const float *S, size_t lds, const float *Q, size_t M,
                                    const float *E, size_t N, size_t D);

#endif
