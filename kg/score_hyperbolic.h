/* score_hyperbolic: RotH (Chami et al. 2020), its queries and its similarity.
 *
 * Hyperbolic space of curvature -κ is the upper sheet x₀² - |x|² = 1 of a hyperboloid, distances on
 * it divided by √κ; x₀ = √(1 + |x|²) is not stored. The point of a tangent vector v at the origin
 * is
 *
 *   x(v) = sinh(√κ |v|) v / |v|,   x₀ = cosh(√κ |v|)
 *
 * An entity of D floats is a tangent vector v of K = D - 2, a bias b as an answer and a bias c of
 * its queries. A relation is a tangent vector r' of K, K/2 angles θ (of the coordinates k and
 * K/2 + k; of an odd K the last stays), a tangent vector r of K, and ρ, which κ grows with. A query
 * is a point of K coordinates, κ, and c:
 *
 *   q(h, r) = Rot(θ) (x(h) ⊕ x(r')) ⊕ x(r),   s(q, t) = -d(q, x(t))² + b(t) + c(h)
 *
 * ⊕ is the translation that takes the origin to its left side: every h is moved as far as every
 * other, by |r|, and in a direction that depends on h. So there is no query that asks from the
 * tail: a relation has vectors of its own for each direction. The paper writes the second
 * translation only, its code has both. In flat space the first would be part of the second; here a
 * turn about the origin tells them apart. */
#ifndef OG_KG_SCORE_HYPERBOLIC_H
#define OG_KG_SCORE_HYPERBOLIC_H

#include "kg/score.h"

enum { OG_HYPERBOLIC_LEAST = 3, OG_HYPERBOLIC_MOST = 2048 }; /* of D, in all functions */

/* The functions of a row of OgScoreModel that has no inverse. */
size_t og_hyperbolic_relation_size(size_t D);
void og_hyperbolic_query(float *q, const float *e, const float *r, size_t D, bool inverse);
void og_hyperbolic_query_backward(float *de, float *dr, const float *dq, const float *e,
                                  const float *r, size_t D, bool inverse);
/* The query for neighbours is x(v), of curvature -1. */
void og_hyperbolic_neighbours_query(float *q, const float *e, size_t D);
void og_hyperbolic_neighbours_backward(float *de, const float *dq, const float *e, size_t D);
/* v with x(v) = q, and no biases. */
void og_hyperbolic_answer(float *q, size_t D);
void og_hyperbolic_init(float *entities, size_t N, float *relations, size_t R, size_t D,
                        float margin, OgRandom *random);

/* As og_similarity, og_score_block and og_score_block_backward. */
float og_hyperbolic_similarity(const float *q, const float *t, size_t D);
void og_hyperbolic_block(float *S, size_t lds, const float *Q, size_t M, const float *E, size_t N,
                         size_t D);
void og_hyperbolic_block_backward(float *dQ, float *dE, const float *dS, size_t lds, const float *Q,
                                  size_t M, const float *E, size_t N, size_t D);

#endif
