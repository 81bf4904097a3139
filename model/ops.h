/* ops: the layers of a network as pairs of forward and backward on rows of floats.
 *
 * Nothing here starts a thread. A product takes an OgPart and computes that part of it, the other
 * functions work on the rows they are given: the caller divides work over an OgTeam. A gradient of
 * a weight is added to (+=); what happens to the gradient of an input is in the formula above the
 * function. Letters: N rows, K inputs and O outputs of a product, H width of a row; docs/math.md
 * derives every formula. og_blas_load must have succeeded before the products. */
#ifndef OG_MODEL_OPS_H
#define OG_MODEL_OPS_H

#include "core/api.h"
#include "model/config.h"

#include <stdint.h>

/* Part `thread` of `threads` of a piece of work. */
typedef struct OgPart {
  int thread, threads;
} OgPart;

#define OG_WHOLE ((OgPart){0, 1})

/* A rectangle of a matrix. */
typedef struct OgTile {
  size_t row, rows, column, columns;
} OgTile;

/* The tile of an (N, O) matrix that a part of a product computes. The tiles of all parts cover the
 * matrix once; their grid is the one whose parts read least. */
OG_API OgTile og_tile(size_t N, size_t O, OgPart part);

/* y = x Wᵀ + b. y (N,O), x (N,K), W (O,K), b (O) or NULL. Writes the part's tile of y. */
OG_API void og_linear_forward(float *y, const float *x, const float *W, const float *b, size_t N,
                              size_t K, size_t O, OgPart part);
/* dx = beta dx + dy W. dx (N,K), dy (N,O). Writes the part's tile of dx. */
OG_API void og_linear_backward_input(float *dx, float beta, const float *dy, const float *W,
                                     size_t N, size_t K, size_t O, OgPart part);
/* dW += dyᵀ x, db += Σ dy. dW (O,K), db (O) or NULL. Adds to the part's tile of dW and columns of
 * db. */
OG_API void og_linear_backward_weight(float *dW, float *db, const float *dy, const float *x,
                                      size_t N, size_t K, size_t O, OgPart part);

/* u += b, y = f(u) in a tile of matrices of ld columns. b (ld) or NULL; y may be u. */
OG_API void og_activation_forward(OgActivation f, float *y, float *u, const float *b, OgTile tile,
                                  size_t ld);
/* du = du f'(u), and y = f(u) once more, in a tile; y may be NULL. */
OG_API void og_activation_backward(OgActivation f, float *du, float *y, const float *u, OgTile tile,
                                   size_t ld);

/* g = f(u₁) u₂ in a tile of g (·,F); u (·,2F) is u₁ and u₂ side by side (GeGLU, Shazeer 2020). */
OG_API void og_gated_forward(OgActivation f, float *g, const float *u, OgTile tile, size_t F);
/* du₁ = dg u₂ f'(u₁), du₂ = dg f(u₁), and g once more, in a tile of dg (·,F). */
OG_API void og_gated_backward(OgActivation f, float *du, float *g, const float *dg, const float *u,
                              OgTile tile, size_t F);

/* y = tanh(x), n elements; y may be x. */
OG_API void og_tanh_forward(float *y, const float *x, size_t n);
/* dx = dy (1 - y²); dx may be dy. */
OG_API void og_tanh_backward(float *dx, const float *dy, const float *y, size_t n);

/* x̂ = (x - mean) r, r = 1/√(variance + epsilon), y = γ x̂ + β, row by row. y, xhat, x (N,H), r (N),
 * γ, β (H). xhat may be x; xhat and r NULL when no backward follows, then y may be x. */
OG_API void og_norm_forward(float *y, float *xhat, float *r, const float *x, const float *gamma,
                            const float *beta, float epsilon, size_t N, size_t H);
/* y = γ x̂ + β once more, to the same bytes. y, xhat (N,H), γ, β (H). */
OG_API void og_norm_again(float *y, const float *xhat, const float *gamma, const float *beta,
                          size_t N, size_t H);
/* dγ += Σ dy x̂, dβ += Σ dy, g = γ dy, dx = r (g - mean(g) - x̂ mean(g x̂)). dx may be dy. */
OG_API void og_norm_backward(float *dx, float *dgamma, float *dbeta, const float *dy,
                             const float *xhat, const float *r, const float *gamma, size_t N,
                             size_t H);

/* p = softmax(scale s) over the first S of ld columns, zero in the others; p, s (N,ld), p may be s.
 */
OG_API void og_softmax_forward(float *p, const float *s, float scale, size_t N, size_t S,
                               size_t ld);
/* ds = scale p (dp - Σ p dp), ld columns of a row; ds may be dp. */
OG_API void og_softmax_backward(float *ds, const float *dp, const float *p, float scale, size_t N,
                                size_t ld);

/* A dropout's mask, as a function of (seed, row, column): it is never stored, and does not depend
 * on threads. */
typedef struct OgDropout {
  uint64_t seed;     /* 0: keep everything */
  float probability; /* of a zero, in steps of 1/65536; below 1 */
} OgDropout;

/* y = mask x / (1 - probability), rows numbered from `row`. y, x (N,H), y may be x. It is its own
 * backward. */
OG_API void og_dropout(float *y, const float *x, OgDropout dropout, size_t row, size_t N, size_t H);

/* y = dropout(x + b) + residual, rows numbered from `row`. All (N,H) but b (H); y may be x. */
OG_API void og_residual_forward(float *y, const float *x, const float *b, const float *residual,
                                OgDropout dropout, size_t row, size_t N, size_t H);

/* db += Σ dy over N rows of ld columns, for `columns` columns. */
OG_API void og_bias_backward(float *db, const float *dy, size_t N, size_t columns, size_t ld);

/* y = words[id] + positions[position] + types[type], row by row. y (N,H), ids, positions, types
 * (N). types may be NULL: all 0; a table that is NULL adds nothing, and without word_table y has
 * the words' rows already. */
OG_API void og_embedding_forward(float *y, const float *word_table, const float *position_table,
                                 const float *type_table, const uint32_t *ids,
                                 const uint32_t *positions, const uint32_t *types, size_t N,
                                 size_t H);
/* d table[index] += dy, row by row, in the columns [begin, end) only. dtable (·,H), dy (N,H), index
 * (N) or NULL: all 0. */
OG_API void og_embedding_backward(float *dtable, const float *dy, const uint32_t *index, size_t N,
                                  size_t H, size_t begin, size_t end);

#endif
