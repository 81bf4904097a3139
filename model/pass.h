/* pass: what the encoder's files share: the arrays of a pass, and where its tensors are. Private to
 * them.
 *
 *   pass.c             makes a pass, takes a batch, places the arrays
 *   encoder_inputs.c   embeddings, and what attention knows of distances
 *   encoder_layer.c    attention, LayerNorm, feed-forward
 *   encoder.c          a forward and a backward through all of them
 *
 * How a pass runs. One task on the team makes a whole forward, another a whole backward. Inside,
 * every thread goes through the same phases with a barrier between them; in a phase it computes its
 * tile of a product, its share of the rows, or its share of the attention heads. Products write
 * tiles in whatever grid reads least (og_tile), so a phase that needs whole rows (LayerNorm) comes
 * after a barrier. */
#ifndef OG_MODEL_PASS_H
#define OG_MODEL_PASS_H

#include "model/attention.h"
#include "model/dense.h"
#include "model/encoder.h"
#include "model/lora.h"

/* Rows that go through bias, dropout, residual and LayerNorm together, while they are in the first
 * cache. */
enum { ROW_BLOCK = 8, COLUMN_GRAIN = 16 };

/* Where a tensor is that the architecture lacks. */
#define NOWHERE SIZE_MAX

/* The dense products of a layer. */
typedef enum OgLayerProduct { QUERY, KEY_VALUE, MIX, UP, DOWN, PRODUCTS } OgLayerProduct;

/* Up to so many rows a product in panels is faster than OpenBLAS, which lays the weights out anew
 * every time: 1.4 × at 28 rows of 768, 0.94 × at 900 (Zen 3, one thread). */
enum { PANEL_ROWS = 256 };

/* Where dropout happens: once after the embeddings, three times in a layer. */
typedef enum OgDropoutSite { DROP_PROBABILITIES, DROP_MIX, DROP_DOWN, LAYER_SITES } OgDropoutSite;

/* Rows of a layer's output by sequence: of sequence b, rows [starts[b], starts[b+1]). */
typedef struct OgLayerRows {
  size_t M;
  const uint32_t *starts; /* (B+1) */
  size_t *probabilities;  /* (B+1) floats of attention probabilities before sequence b */
  size_t *costs;          /* (B+1) about the work of one head over the sequences before b */
} OgLayerRows;

/* Activations of a layer; x̂ and r belong to its two LayerNorms. Without keep all layers share one
 * set; with recompute they share all but y. */
typedef struct OgLayer {
  size_t tensors[OG_ROLE_COUNT]; /* offsets into a parameter block, or NOWHERE */
  const OgDense *dense; /* (PRODUCTS) weights that stay as they are; NULL: they may change */
  const OgLayerRows *rows;
  bool local;        /* attends within the window only */
  float *x;          /* (T,H) input: the output of the layer below */
  float *xq;         /* (M,H) input at the rows of the output; x itself when that is all of them */
  float *q;          /* (M,H) */
  float *kv;         /* (T,2H) */
  float *P;          /* probabilities of all heads; NULL without keep */
  float *context;    /* (M,H) */
  float *xhat1, *r1; /* (M,H), (M) */
  float *middle;     /* (M,H) shared by all layers, as g is: made again for a backward */
  float *u, *g;      /* (M,F) before and after the activation; u (M,2F) when it is gated */
  float *xhat2, *r2; /* (M,H), (M) */
  float *y;          /* (M,H) */
  float *stream;     /* (M,H) pre_norm: the pass's stream, or rows of it */
  float *stream_in;  /* (T,H) the same before the layer, to recompute from; or NULL */
  float *dstream;    /* (M,H) the same of its gradient */
  float *relative;   /* (R,2H) disentangled: queries and keys of the distances */
} OgLayer;

struct OgPass {
  const OgParams *params;
  const OgArchitectureRow *kind;
  OgTeam *team;
  bool keep;      /* a backward may follow a forward */
  bool recompute; /* of a layer only the input is kept; the rest is made again for its backward */
  size_t base[OG_ROLE_COUNT]; /* offsets into a parameter block, or NOWHERE */
  OgDense *dense;             /* (sets of weights, PRODUCTS) that stay as they are, or NULL */
  OgPrecision precision;      /* of them */
  const OgArray *words;       /* left in the file; NULL: they are among the weights */

  /* The batch of the last forward. */
  OgBatch batch;
  uint64_t seed;
  bool ready;                 /* a backward may follow */
  bool embeddings_learn;      /* a backward goes down to them; */
  size_t lowest;              /* or else to this layer */
  size_t longest;             /* tokens of the longest sequence */
  uint32_t *positions;        /* (T) */
  uint32_t *output_positions; /* (M) */
  uint32_t *last_starts;      /* (B+1) starts of the rows of `last` */
  OgLayerRows every, last;    /* of all layers but the last, and of the last */
  uint32_t *buckets;   /* (2 longest - 1) disentangled: rows of the distances, -longest + 1 first */
  size_t R, first_row; /* rows of distances that occur, and where they begin in the table */
  void *index;         /* the memory of the arrays above */
  size_t index_capacity; /* bytes */

  float *block; /* the memory of all floats below */
  size_t capacity;
  OgLayer *layers;   /* (L) */
  float *zeros;      /* (max(H,E)) in place of a bias that the architecture lacks */
  float *xhat0, *r0; /* embeddings: (T,E), (T) */
  float *e0, *x0;    /* (T,E) before the projection, x0 itself without one; (T,H) */
  float *turns[2];   /* (longest,D) of rotary positions, global and local */
  float *distances;  /* (heads, 2 longest - 1) */
  float *middle, *g; /* (T,H), (T,F) of the layer that is computed */
  float *stream;     /* (T,H) pre_norm: the sum of all before */
  float *relatives;  /* (R,H) disentangled: LayerNorm of the distances' embeddings */
  float *xhat_relatives, *r_relatives;
  float *output;  /* (M,H) without layers: x0 at the outputs; else NULL */
  float *scratch; /* of attention, one after another for each thread */
  size_t scratch_size;

  /* Backward. */
  float *gradients;
  float *dhidden; /* (M,H) the caller's */
  float *dx;      /* (T,H); NULL when dhidden has all rows and serves instead */
  float *dstream; /* (T,H) pre_norm: the gradient at the stream */
  float *dropped; /* (T,H); NULL without hidden dropout */
  float *du;      /* (T,F) */
  float *dg;      /* (T,F); du itself when not gated */
  float *dq, *dkv, *dcontext;
  float *de;         /* (T,E); dx0 itself without projection */
  float *drelatives; /* (R,H) */
  float *drelative;  /* (threads,R,2H) */
  float *ddistances; /* (threads, heads, 2 longest - 1) */
  float *partials;   /* (threads, 3 max(H,E)) sums over the rows of one thread */
};

/* ---- Sizes and tensors ---- */

static inline size_t largest(size_t a, size_t b) {
  return a > b ? a : b;
}

/* NULL without layers. */
static inline OgLayer *last_layer(const OgPass *pass) {
  const size_t layers = pass->params->config.layers;
  return layers > 0 ? &pass->layers[layers - 1] : NULL;
}

static inline size_t head_width(const OgConfig *config) {
  return config->hidden_size / config->heads;
}

static inline OgPart part_of(const OgPass *pass, int thread) {
  return (OgPart){thread, og_team_size(pass->team)};
}

static inline bool has(const size_t tensors[OG_ROLE_COUNT], OgRole role) {
  return tensors[role] != NOWHERE;
}

/* A tensor's part of a parameter block; NULL when the architecture lacks it. */
static inline float *part_at(const size_t tensors[OG_ROLE_COUNT], OgRole role, float *block) {
  return has(tensors, role) ? block + tensors[role] : NULL;
}

static inline const float *base_weight(const OgPass *pass, OgRole role) {
  return part_at(pass->base, role, pass->params->weights);
}

/* A tensor's part of the gradients; NULL when the architecture lacks it, or it is frozen. */
static inline float *gradient_at(const OgPass *pass, const size_t tensors[OG_ROLE_COUNT],
                                 OgRole role) {
  return has(tensors, role) && og_is_trained(pass->params, tensors[role])
             ? og_gradient_at(pass->params, pass->gradients, tensors[role])
             : NULL;
}

static inline float *base_gradient(const OgPass *pass, OgRole role) {
  return gradient_at(pass, pass->base, role);
}

static inline const float *weight(const OgPass *pass, const OgLayer *layer, OgRole role) {
  return part_at(layer->tensors, role, pass->params->weights);
}

static inline float *gradient(const OgPass *pass, const OgLayer *layer, OgRole role) {
  return gradient_at(pass, layer->tensors, role);
}

/* Whether a layer's tensor learns, or has adapters. */
static inline bool learns(const OgPass *pass, const OgLayer *layer, OgRole role) {
  const OgParams *params = pass->params;
  const size_t offset = layer->tensors[role];
  return offset != NOWHERE &&
         (og_is_trained(params, offset) || (params->lora && og_lora_adapts(params->lora, offset)));
}

static inline const float *or_zeros(const OgPass *pass, const float *vector) {
  return vector ? vector : pass->zeros;
}

/* Key and value are one product: their rows follow the query's in OgParams. */
static inline const float *key_value(const float *query, size_t size) {
  return query ? query + size : NULL;
}

static inline size_t embedding_width(const OgPass *pass) {
  return og_config_size(&pass->params->config, OG_SIZE_E);
}

static inline size_t up_width(const OgPass *pass) {
  return og_config_size(&pass->params->config, pass->kind->gated ? OG_SIZE_2F : OG_SIZE_F);
}

/* Floats of the distances of all heads. */
static inline size_t distances_size(const OgPass *pass) {
  return pass->params->config.heads * (2 * pass->longest - 1);
}

static inline size_t partials_width(const OgPass *pass) {
  return 3 * largest(pass->params->config.hidden_size, embedding_width(pass));
}

/* A product's weights (O,K). */
typedef struct OgFactor {
  size_t offset; /* into a parameter block */
  size_t O, K;
} OgFactor;

static inline OgFactor factor_of(const OgPass *pass, const OgLayer *layer, OgLayerProduct product) {
  const OgConfig *c = &pass->params->config;
  const size_t H = c->hidden_size, F = c->intermediate_size;
  const size_t *tensors = layer->tensors;
  const OgFactor factors[PRODUCTS] = {
      [QUERY] = {tensors[OG_ROLE_QUERY_WEIGHT], H, H},
      [KEY_VALUE] = {tensors[OG_ROLE_QUERY_WEIGHT] + H * H, 2 * H, H},
      [MIX] = {tensors[OG_ROLE_MIX_WEIGHT], H, H},
      [UP] = {tensors[OG_ROLE_UP_WEIGHT], up_width(pass), H},
      [DOWN] = {tensors[OG_ROLE_DOWN_WEIGHT], H, F},
  };
  return factors[product];
}

static inline bool takes_some_rows(const OgLayer *layer) {
  return layer->xq != layer->x;
}

/* Site 0 is the embeddings'; the seed is never 0, which would turn dropout off. */
static inline OgDropout dropout_at(const OgPass *pass, size_t site, float probability) {
  const bool on = pass->seed != 0 && probability > 0.0f;
  return (OgDropout){on ? og_random_at(pass->seed, site) | 1 : 0, probability};
}

static inline OgDropout layer_dropout(const OgPass *pass, const OgLayer *layer,
                                      OgDropoutSite site) {
  const OgConfig *c = &pass->params->config;
  const size_t number = (size_t)(layer - pass->layers);
  return dropout_at(pass, 1 + number * LAYER_SITES + site,
                    site == DROP_PROBABILITIES ? c->attention_dropout : c->hidden_dropout);
}

/* A thread's sums over its heads, and over all layers. */
static inline float *ddistances_of(const OgPass *pass, OgPart part) {
  return pass->ddistances ? pass->ddistances + (size_t)part.thread * distances_size(pass) : NULL;
}

/* The same of the queries and keys of distances, of one layer. */
static inline float *drelative_of(const OgPass *pass, OgPart part) {
  const size_t size = pass->R * 2 * pass->params->config.hidden_size;
  return pass->drelative ? pass->drelative + (size_t)part.thread * size : NULL;
}

/* ---- Between the files ---- */

OG_MUST_CHECK OgStatus og_pass_take(OgPass *pass, const OgBatch *batch, uint64_t seed,
                                    OgError *err);

/* dW += dyᵀ x, db += Σ dy of a product with W among the weights; frozen, of its adapters alone. dy
 * (N,O), x (N,K). */
void og_weight_backward(const OgPass *pass, const float *W, float *db, const float *dy,
                        const float *x, size_t N, size_t K, size_t O, OgPart part);

/* total += the k-th third of all threads' partial sums, each `width` wide, in this thread's
 * columns. After a barrier. */
void og_add_partials(const OgPass *pass, float *total, size_t k, size_t width, OgPart part);

/* some (M,H) = the rows of every (T,H) at the outputs; those rows += some; every = 0. */
void og_gather_rows(const OgPass *pass, float *some, const float *every, OgPart part);
void og_scatter_rows(const OgPass *pass, float *every, const float *some, OgPart part);
void og_clear_rows(const OgPass *pass, float *every, OgPart part);

/* e0, x0, and the tables of positions and distances that a batch needs. */
void og_inputs_forward(const OgPass *pass, OgPart part);
/* dx (T,H) is the gradient at x0, without what the stream brings. */
void og_inputs_backward(OgPass *pass, float *dx, OgPart part);
/* After a barrier: the gradients at a layer's queries and keys of distances, passed back. */
void og_relatives_backward(const OgPass *pass, const OgLayer *layer, OgPart part);

/* y of a layer, after a barrier. */
void og_layer_forward(OgPass *pass, const OgLayer *layer, OgPart part);
/* dy (M,H) is the gradient at y; returns the gradient at x (T,H), or NULL when nothing below
 * learns. */
float *og_layer_backward(OgPass *pass, const OgLayer *layer, float *dy, OgPart part);

#endif
