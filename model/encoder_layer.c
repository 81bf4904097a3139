#include "model/pass.h"

#include <math.h>
#include <string.h>

/* ---- Attention over a batch ---- */

/* The first head at or after `cost`, as sequence × heads + head. */
static size_t head_at(const OgLayerRows *rows, size_t B, size_t heads, size_t cost) {
  size_t b = 0;
  while (b < B && rows->costs[b + 1] * heads <= cost) {
    b++;
  }
  return b == B
             ? B * heads
             : b * heads + (cost - rows->costs[b] * heads) / (rows->costs[b + 1] - rows->costs[b]);
}

/* A thread's heads: a run of about equal work. */
static void share_heads(const OgPass *pass, const OgLayerRows *rows, OgPart part, size_t *begin,
                        size_t *end) {
  const size_t heads = pass->params->config.heads, B = pass->batch.B;
  const size_t total = rows->costs[B] * heads, threads = (size_t)part.threads;
  const size_t thread = (size_t)part.thread;
  *begin = head_at(rows, B, heads, total * thread / threads);
  *end = head_at(rows, B, heads, total * (thread + 1) / threads);
}

/* Where the data of one head of one sequence stands. */
typedef struct Head {
  OgAttentionShape shape;
  size_t q, kv; /* offsets in (M,H) and (T,2H) arrays */
  size_t P;     /* offset among the probabilities */
  size_t row;   /* first row of its dropout mask */
  size_t distances;
  size_t relative; /* offset in (R,2H) arrays */
} Head;

static Head head_of(const OgPass *pass, const OgLayer *layer, size_t number) {
  const OgConfig *c = &pass->params->config;
  const OgLayerRows *rows = layer->rows;
  const size_t H = c->hidden_size, D = head_width(c);
  const size_t b = number / c->heads, h = number % c->heads;
  const size_t M = rows->starts[b + 1] - rows->starts[b];
  const size_t S = pass->batch.offsets[b + 1] - pass->batch.offsets[b];
  /* the distance 0 of this head */
  const size_t distances = h * (2 * pass->longest - 1) + pass->longest - 1;
  return (Head){
      .shape = {.M = M,
                .S = S,
                .D = D,
                .q_stride = H,
                .kv_stride = 2 * H,
                .positions =
                    takes_some_rows(layer) ? pass->output_positions + rows->starts[b] : NULL,
                .reach = layer->local && c->local_window / 2 + 1 < S ? c->local_window / 2 : 0,
                .distances = pass->distances ? pass->distances + distances : NULL,
                .relative_queries = layer->relative ? layer->relative + h * D : NULL,
                .relative_keys = layer->relative ? layer->relative + H + h * D : NULL,
                .scale = layer->relative ? 1.0f / sqrtf(3.0f * (float)D) : 0,
                .bucket = pass->buckets + pass->longest - 1,
                .R = pass->R,
                .relative_stride = 2 * H},
      .q = rows->starts[b] * H + h * D,
      .kv = pass->batch.offsets[b] * 2 * H + h * D,
      .P = rows->probabilities[b] + h * M * OG_PROBABILITY_STRIDE(S),
      .row = rows->starts[b] * c->heads + h * M,
      .distances = distances,
      .relative = h * D,
  };
}

/* Turn a head's queries (or their gradient back, sign -1) and its keys by their positions. */
static void turn(const OgPass *pass, const OgLayer *layer, const Head *head, float *q, float *k,
                 float sign) {
  const OgAttentionShape *s = &head->shape;
  const float *table = pass->turns[layer->local];
  if (pass->kind->rotary) {
    og_rotary(q, table, s->positions, sign, s->M, s->D, s->q_stride);
    og_rotary(k, table, NULL, sign, s->S, s->D, s->kv_stride);
  }
}

static void attend_forward(const OgPass *pass, const OgLayer *layer, OgPart part) {
  const size_t H = pass->params->config.hidden_size;
  float *scratch = pass->scratch + (size_t)part.thread * pass->scratch_size;
  float *passing =
      scratch + pass->scratch_size - pass->longest * OG_PROBABILITY_STRIDE(pass->longest);
  const OgDropout dropout = layer_dropout(pass, layer, DROP_PROBABILITIES);
  size_t begin, end;
  share_heads(pass, layer->rows, part, &begin, &end);
  for (size_t k = begin; k < end; k++) {
    const Head head = head_of(pass, layer, k);
    float *keys = layer->kv + head.kv;
    turn(pass, layer, &head, layer->q + head.q, keys, 1);
    og_attention_forward(layer->context + head.q, pass->keep ? layer->P + head.P : passing,
                         layer->q + head.q, keys, keys + H, &head.shape, dropout, head.row,
                         scratch);
  }
}

static void attend_backward(const OgPass *pass, const OgLayer *layer, OgPart part) {
  const size_t H = pass->params->config.hidden_size;
  float *scratch = pass->scratch + (size_t)part.thread * pass->scratch_size;
  float *ddistances = ddistances_of(pass, part), *drelative = drelative_of(pass, part);
  const OgDropout dropout = layer_dropout(pass, layer, DROP_PROBABILITIES);
  size_t begin, end;
  share_heads(pass, layer->rows, part, &begin, &end);
  if (drelative) {
    memset(drelative, 0, pass->R * 2 * H * sizeof *drelative);
  }
  for (size_t k = begin; k < end; k++) {
    const Head head = head_of(pass, layer, k);
    const float *keys = layer->kv + head.kv;
    float *dkeys = pass->dkv + head.kv;
    const OgAttentionGradients d = {
        .q = pass->dq + head.q,
        .k = dkeys,
        .v = dkeys + H,
        .distances = ddistances ? ddistances + head.distances : NULL,
        .relative_queries = drelative ? drelative + head.relative : NULL,
        .relative_keys = drelative ? drelative + H + head.relative : NULL,
    };
    og_attention_backward(d, pass->dcontext + head.q, layer->P + head.P, layer->q + head.q, keys,
                          keys + H, &head.shape, dropout, head.row, scratch);
    turn(pass, layer, &head, pass->dq + head.q, dkeys, -1);
  }
}

/* ---- LayerNorm on a sublayer's output, with what stands before it ---- */

/* s = dropout(product + bias) + residual, y = LayerNorm(s) in a thread's rows. The product stands
 * in xhat, or in y when nothing is kept; s takes its place, or with pre_norm that of the residual,
 * which is the stream then. */
typedef struct Norm {
  float *y, *xhat, *r;
  const float *residual;
  OgRole bias, gain, shift;
  OgDropoutSite site;
} Norm;

static Norm norm_after_attention(const OgLayer *layer) {
  return (Norm){layer->middle,    layer->xhat1,   layer->r1,       layer->xq,
                OG_ROLE_MIX_BIAS, OG_ROLE_GAIN_1, OG_ROLE_SHIFT_1, DROP_MIX};
}

static Norm norm_after_feed_forward(const OgLayer *layer) {
  return (Norm){layer->y,          layer->xhat2,   layer->r2,       layer->middle,
                OG_ROLE_DOWN_BIAS, OG_ROLE_GAIN_2, OG_ROLE_SHIFT_2, DROP_DOWN};
}

static float *product_before(const OgPass *pass, const Norm *norm) {
  return pass->keep ? norm->xhat : norm->y;
}

static void norm_forward(const OgPass *pass, const OgLayer *layer, Norm norm, OgPart part) {
  const OgConfig *c = &pass->params->config;
  const size_t H = c->hidden_size;
  const OgDropout dropout = layer_dropout(pass, layer, norm.site);
  const float *bias = or_zeros(pass, weight(pass, layer, norm.bias));
  const float *shift = or_zeros(pass, weight(pass, layer, norm.shift));
  size_t begin, end;
  og_share(layer->rows->M, 1, part.thread, part.threads, &begin, &end);
  for (size_t m = begin; m < end; m += ROW_BLOCK) {
    const size_t N = end - m < ROW_BLOCK ? end - m : ROW_BLOCK;
    float *product = product_before(pass, &norm) + m * H;
    float *sum = layer->stream ? layer->stream + m * H : product;
    const float *residual = layer->stream ? sum : norm.residual + m * H;
    og_residual_forward(sum, product, bias, residual, dropout, m, N, H);
    og_norm_forward(norm.y + m * H, pass->keep ? product : NULL, pass->keep ? norm.r + m : NULL,
                    sum, weight(pass, layer, norm.gain), shift, c->layer_norm_eps, N, H);
  }
}

/* The gradient at s is left in dy, or with pre_norm added to the stream's; what is returned (N rows
 * from 0) is the gradient at the product: the same, or without the dropped elements. Gradients of
 * gain, shift and bias are left in the thread's partial sums. */
static const float *norm_backward(const OgPass *pass, const OgLayer *layer, Norm norm, float *dy,
                                  OgPart part) {
  const size_t H = pass->params->config.hidden_size;
  const OgDropout dropout = layer_dropout(pass, layer, norm.site), none = {0};
  float *sums = pass->partials + (size_t)part.thread * 3 * H;
  float *dsum = layer->dstream ? layer->dstream : dy;
  float *dproduct = dropout.seed ? pass->dropped : dsum;
  size_t begin, end;
  og_share(layer->rows->M, 1, part.thread, part.threads, &begin, &end);
  memset(sums, 0, 3 * H * sizeof *sums);
  for (size_t m = begin; m < end; m += ROW_BLOCK) {
    const size_t N = end - m < ROW_BLOCK ? end - m : ROW_BLOCK;
    og_norm_backward(dy + m * H, sums, sums + H, dy + m * H, norm.xhat + m * H, norm.r + m,
                     weight(pass, layer, norm.gain), N, H);
    if (layer->dstream) {
      og_residual_forward(dsum + m * H, dy + m * H, pass->zeros, dsum + m * H, none, m, N, H);
    }
    if (dropout.seed) {
      og_dropout(dproduct + m * H, dsum + m * H, dropout, m, N, H);
    }
    og_bias_backward(sums + 2 * H, dproduct + m * H, N, H, H);
  }
  return dproduct;
}

static void add_norm_partials(const OgPass *pass, const OgLayer *layer, Norm norm, OgPart part) {
  const size_t H = pass->params->config.hidden_size;
  og_add_partials(pass, gradient(pass, layer, norm.gain), 0, H, part);
  og_add_partials(pass, gradient(pass, layer, norm.shift), 1, H, part);
  og_add_partials(pass, gradient(pass, layer, norm.bias), 2, H, part);
}

/* ---- A layer ----
 *
 *   q = xq Wqᵀ + bq,  [k v] = x Wkvᵀ + bkv,  context = attention(q, k, v)
 *   middle = LayerNorm(residual + dropout(context Woᵀ + bo)),  residual = xq
 *   g = f(middle W1ᵀ + b1),  y = LayerNorm(residual + dropout(g W2ᵀ + b2)),  residual = middle
 *
 * pre_norm: residual is the stream, which is x0 at first, and the sum before the last LayerNorm
 * then.
 */

/* y (N,O) = x (N,K) Wᵀ + b: the part's tile of it. */
static void multiply(const OgPass *pass, const OgLayer *layer, OgLayerProduct product, float *y,
                     const float *x, const float *b, size_t N, OgPart part) {
  if (layer->dense && (pass->precision != OG_PRECISION_F32 || N <= PANEL_ROWS)) {
    og_dense_forward(y, x, &layer->dense[product], b, N, part,
                     pass->scratch + (size_t)part.thread * pass->scratch_size);
  } else {
    const OgFactor factor = factor_of(pass, layer, product);
    og_linear_forward(y, x, pass->params->weights + factor.offset, b, N, factor.K, factor.O, part);
  }
}

/* A sublayer's last product, of x (M,K), and what comes behind it. */
static void multiply_and_norm(const OgPass *pass, const OgLayer *layer, OgLayerProduct product,
                              const float *x, Norm norm, OgPart part) {
  multiply(pass, layer, product, product_before(pass, &norm), x, NULL, layer->rows->M, part);
  og_team_barrier(pass->team);
  norm_forward(pass, layer, norm, part);
}

static void attention_forward(OgPass *pass, const OgLayer *layer, OgPart part) {
  const size_t H = pass->params->config.hidden_size, T = pass->batch.T, M = layer->rows->M;
  const float *bq = weight(pass, layer, OG_ROLE_QUERY_BIAS);
  if (takes_some_rows(layer)) {
    og_gather_rows(pass, layer->xq, layer->x, part);
    if (layer->stream) {
      og_gather_rows(pass, layer->stream, pass->stream, part);
    }
    og_team_barrier(pass->team);
  }
  multiply(pass, layer, QUERY, layer->q, layer->xq, bq, M, part);
  multiply(pass, layer, KEY_VALUE, layer->kv, layer->x, key_value(bq, H), T, part);
  if (layer->relative) {
    const float *Wq = weight(pass, layer, OG_ROLE_QUERY_WEIGHT);
    og_linear_forward(layer->relative, pass->relatives, Wq, bq, pass->R, H, 2 * H, part);
  }
  og_team_barrier(pass->team);
  attend_forward(pass, layer, part);
  og_team_barrier(pass->team);
  multiply_and_norm(pass, layer, MIX, layer->context, norm_after_attention(layer), part);
}

/* g = f(u), u without its bias so far. A gated unit's two factors may be of two threads' tiles. */
static void activate(const OgPass *pass, const OgLayer *layer, OgPart part) {
  const OgConfig *c = &pass->params->config;
  const size_t F = c->intermediate_size;
  const OgTile tile = og_tile(layer->rows->M, F, part);
  if (pass->kind->gated) {
    og_team_barrier(pass->team);
    og_gated_forward(c->activation, layer->g, layer->u, tile, F);
  } else {
    og_activation_forward(c->activation, layer->g, layer->u, weight(pass, layer, OG_ROLE_UP_BIAS),
                          tile, F);
  }
}

static void feed_forward_forward(OgPass *pass, const OgLayer *layer, OgPart part) {
  const size_t M = layer->rows->M;
  multiply(pass, layer, UP, layer->u, layer->middle, NULL, M, part);
  activate(pass, layer, part);
  og_team_barrier(pass->team);
  multiply_and_norm(pass, layer, DOWN, layer->g, norm_after_feed_forward(layer), part);
}

/* du from dg (M,F), and g again where the next weights ask for it, in the same tile. */
static void activate_backward(const OgPass *pass, const OgLayer *layer, OgPart part) {
  const OgConfig *c = &pass->params->config;
  const size_t F = c->intermediate_size;
  const OgTile tile = og_tile(layer->rows->M, F, part);
  if (pass->kind->gated) {
    og_gated_backward(c->activation, pass->du, layer->g, pass->dg, layer->u, tile, F);
  } else {
    float *g = learns(pass, layer, OG_ROLE_DOWN_WEIGHT) ? layer->g : NULL;
    og_activation_backward(c->activation, pass->du, g, layer->u, tile, F);
  }
}

/* With pre_norm the way past a product goes through the stream, not through its input. */
static float beside(const OgLayer *layer) {
  return layer->dstream ? 0.0f : 1.0f;
}

/* The middle of a layer again, in a thread's rows. */
static void make_middle(const OgPass *pass, const OgLayer *layer, OgPart part) {
  const size_t H = pass->params->config.hidden_size;
  size_t begin, end;
  og_share(layer->rows->M, 1, part.thread, part.threads, &begin, &end);
  og_norm_again(layer->middle + begin * H, layer->xhat1 + begin * H,
                weight(pass, layer, OG_ROLE_GAIN_1),
                or_zeros(pass, weight(pass, layer, OG_ROLE_SHIFT_1)), end - begin, H);
}

/* dy (M,H), the gradient at y, becomes the gradient at middle. */
static void feed_forward_backward(OgPass *pass, const OgLayer *layer, float *dy, OgPart part) {
  const OgConfig *c = &pass->params->config;
  const size_t H = c->hidden_size, F = c->intermediate_size, M = layer->rows->M;
  const size_t U = up_width(pass);
  const Norm norm = norm_after_feed_forward(layer);
  const float *dproduct = norm_backward(pass, layer, norm, dy, part);
  if (learns(pass, layer, OG_ROLE_UP_WEIGHT)) {
    make_middle(pass, layer, part);
  }
  og_team_barrier(pass->team);
  add_norm_partials(pass, layer, norm, part);
  og_linear_backward_input(pass->dg, 0, dproduct, weight(pass, layer, OG_ROLE_DOWN_WEIGHT), M, F, H,
                           part);
  activate_backward(pass, layer, part);
  og_team_barrier(pass->team);
  og_weight_backward(pass, weight(pass, layer, OG_ROLE_DOWN_WEIGHT), NULL, dproduct, layer->g, M, F,
                     H, part);
  og_weight_backward(pass, weight(pass, layer, OG_ROLE_UP_WEIGHT),
                     gradient(pass, layer, OG_ROLE_UP_BIAS), pass->du, layer->middle, M, H, U,
                     part);
  og_team_barrier(pass->team);
  og_linear_backward_input(dy, beside(layer), pass->du, weight(pass, layer, OG_ROLE_UP_WEIGHT), M,
                           H, U, part);
  og_team_barrier(pass->team);
}

/* dbk += Σ dk, dbv += Σ dv. Where a score is q·k alone the gradient at bk is exactly zero and left
 * so: it adds the same q·bk to all scores of a query, which changes no probability. (Summed up it
 * would be rounding noise, which AdamW blows up to full steps.) */
static void key_value_bias_backward(const OgPass *pass, const OgLayer *layer, OgPart part) {
  const size_t H = pass->params->config.hidden_size, first = pass->kind->disentangled ? 0 : H;
  float *dbq = gradient(pass, layer, OG_ROLE_QUERY_BIAS);
  size_t begin, end;
  og_share(2 * H - first, COLUMN_GRAIN, part.thread, part.threads, &begin, &end);
  if (dbq) {
    og_bias_backward(dbq + H + first + begin, pass->dkv + first + begin, pass->batch.T, end - begin,
                     2 * H);
  }
}

/* The layer below has the gradient of all rows of the stream: some rows' and zeros. */
static void clear_stream_below(const OgPass *pass, const OgLayer *layer, OgPart part) {
  if (layer->dstream && takes_some_rows(layer)) {
    og_clear_rows(pass, pass->dstream, part);
  }
}

/* Whether nothing below this layer learns. */
static bool is_lowest(const OgPass *pass, const OgLayer *layer) {
  return !pass->embeddings_learn && layer == &pass->layers[pass->lowest];
}

/* The way back through q, k and v: dmiddle (M,H) becomes the gradient at xq, without the way
 * through k and v when only some rows are taken; returns the gradient at x (T,H). */
static float *attention_backward_input(OgPass *pass, const OgLayer *layer, float *dmiddle,
                                       OgPart part) {
  const size_t H = pass->params->config.hidden_size, T = pass->batch.T, M = layer->rows->M;
  const float *Wq = weight(pass, layer, OG_ROLE_QUERY_WEIGHT);
  const bool some = takes_some_rows(layer);
  float *dx = some ? pass->dx : dmiddle;
  og_linear_backward_input(dmiddle, beside(layer), pass->dq, Wq, M, H, H, part);
  og_linear_backward_input(dx, some ? 0 : 1, pass->dkv, Wq + H * H, T, H, 2 * H, part);
  og_team_barrier(pass->team);
  if (some) {
    og_scatter_rows(pass, dx, dmiddle, part);
    if (layer->dstream) {
      og_scatter_rows(pass, pass->dstream, layer->dstream, part);
    }
    og_team_barrier(pass->team);
  }
  return dx;
}

/* dmiddle (M,H) is the gradient at middle; returns the gradient at x (T,H), or NULL when nothing
 * below learns. */
static float *attention_backward(OgPass *pass, const OgLayer *layer, float *dmiddle, OgPart part) {
  const size_t H = pass->params->config.hidden_size, T = pass->batch.T, M = layer->rows->M;
  const Norm norm = norm_after_attention(layer);
  const float *Wq = weight(pass, layer, OG_ROLE_QUERY_WEIGHT);
  const float *dproduct = norm_backward(pass, layer, norm, dmiddle, part);
  clear_stream_below(pass, layer, part);
  og_team_barrier(pass->team);
  add_norm_partials(pass, layer, norm, part);
  og_linear_backward_input(pass->dcontext, 0, dproduct, weight(pass, layer, OG_ROLE_MIX_WEIGHT), M,
                           H, H, part);
  og_weight_backward(pass, weight(pass, layer, OG_ROLE_MIX_WEIGHT), NULL, dproduct, layer->context,
                     M, H, H, part);
  og_team_barrier(pass->team);
  attend_backward(pass, layer, part);
  og_team_barrier(pass->team);
  og_relatives_backward(pass, layer, part);

  og_weight_backward(pass, Wq, gradient(pass, layer, OG_ROLE_QUERY_BIAS), pass->dq, layer->xq, M, H,
                     H, part);
  og_weight_backward(pass, Wq + H * H, NULL, pass->dkv, layer->x, T, H, 2 * H, part);
  key_value_bias_backward(pass, layer, part);
  return is_lowest(pass, layer) ? NULL : attention_backward_input(pass, layer, dmiddle, part);
}

/* ---- The whole ---- */

void og_layer_forward(OgPass *pass, const OgLayer *layer, OgPart part) {
  attention_forward(pass, layer, part);
  og_team_barrier(pass->team);
  feed_forward_forward(pass, layer, part);
}

float *og_layer_backward(OgPass *pass, const OgLayer *layer, float *dy, OgPart part) {
  feed_forward_backward(pass, layer, dy, part);
  return attention_backward(pass, layer, dy, part);
}
