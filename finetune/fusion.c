#include "finetune/fusion.h"

#include "core/memory.h"
#include "model/ops.h"

#include <math.h>
#include <string.h>

/* ---- the tables ---- */

typedef enum TensorSlot {
  ENTITY_WEIGHT,
  ENTITY_BIAS,
  NO_ENTITY,
  QUERY_WEIGHT,
  QUERY_BIAS,
  GATE_WEIGHT,
  GATE_BIAS,
  TENSOR_SLOTS
} TensorSlot;

_Static_assert((int)TENSOR_SLOTS == (int)OG_FUSION_TENSORS_MAX, "a tensor more or less");

typedef enum Width { ONE, HIDDEN, TWICE_HIDDEN, DIMENSION } Width;

/* All have H rows. */
static const struct {
  const char *name;
  OgTensorKind kind;
  Width columns;
} tensor_rows[TENSOR_SLOTS] = {
    [ENTITY_WEIGHT] = {"fusion.entity.weight", OG_TENSOR_WEIGHT, DIMENSION},
    [ENTITY_BIAS] = {"fusion.entity.bias", OG_TENSOR_BIAS, ONE},
    [NO_ENTITY] = {"fusion.none", OG_TENSOR_BIAS, ONE},
    [QUERY_WEIGHT] = {"fusion.query.weight", OG_TENSOR_WEIGHT, HIDDEN},
    [QUERY_BIAS] = {"fusion.query.bias", OG_TENSOR_BIAS, ONE},
    [GATE_WEIGHT] = {"fusion.gate.weight", OG_TENSOR_WEIGHT, TWICE_HIDDEN},
    [GATE_BIAS] = {"fusion.gate.bias", OG_TENSOR_BIAS, ONE},
};

#define ENTITY_TENSORS (1U << ENTITY_WEIGHT | 1U << ENTITY_BIAS | 1U << NO_ENTITY)
#define QUERY_TENSORS  (1U << QUERY_WEIGHT | 1U << QUERY_BIAS)
#define GATE_TENSORS   (1U << GATE_WEIGHT | 1U << GATE_BIAS)

/* How mentions are weighed, and how the graph's vector g meets the text's vector h. */
typedef struct FusionRow {
  const char *name;
  unsigned tensors; /* bits of TensorSlot */
  size_t width;     /* of the features, in H */
  void (*weigh)(OgFusion *fusion, const OgEntityBatch *entities);
  void (*weigh_backward)(OgFusion *fusion, float *gradients);
  void (*combine)(OgFusion *fusion);
  void (*combine_backward)(OgFusion *fusion, const float *dfeatures, float *gradients);
} FusionRow;

struct OgFusion {
  const FusionRow *row;
  const OgParams *params;
  const OgTensor *tensors[TENSOR_SLOTS]; /* NULL where the row needs none */
  size_t H, D;

  /* The last forward. */
  size_t B, M;
  const float *h;
  OgEntityBatch entities;
  float *v, *dv;         /* (M,H) */
  float *a, *ds;         /* (M) weights, and the gradients at what they are softmax of */
  float *a0, *ds0;       /* (B) the same of "no entity" */
  float *q, *dq;         /* (B,H) */
  float *g, *dg, *dh;    /* (B,H) */
  float *joint, *djoint; /* (B,2H) [h, g] */
  float *gate, *dgate;   /* (B,H) */
  float *features;       /* (B,W) */
  size_t text_capacity, mention_capacity;
};

static const float *weights_of(const OgFusion *fusion, TensorSlot slot) {
  return fusion->params->weights + fusion->tensors[slot]->offset;
}

static float *gradients_of(const OgFusion *fusion, TensorSlot slot, float *gradients) {
  return og_gradient_at(fusion->params, gradients, fusion->tensors[slot]->offset);
}

/* ---- small vectors ---- */

static float dot(const float *x, const float *y, size_t n) {
  float sum = 0;
#pragma omp simd reduction(+ : sum)
  for (size_t k = 0; k < n; k++) {
    sum += x[k] * y[k];
  }
  return sum;
}

/* y += α x */
static void add_scaled(float *y, float alpha, const float *x, size_t n) {
  for (size_t k = 0; k < n; k++) {
    y[k] += alpha * x[k];
  }
}

/* ---- weights by score ---- */

/* a_m = score_m / Σ score; a_0 = 1 without mentions */
static void weigh_by_score(OgFusion *fusion, const OgEntityBatch *entities) {
  for (size_t b = 0; b < fusion->B; b++) {
    const uint32_t begin = entities->offsets[b], end = entities->offsets[b + 1];
    float sum = 0;
    for (uint32_t m = begin; m < end; m++) {
      sum += entities->scores[m];
    }
    for (uint32_t m = begin; m < end; m++) {
      fusion->a[m] = entities->scores[m] / sum;
    }
    fusion->a0[b] = begin == end ? 1 : 0;
  }
}

/* The scores are data: no gradient. */
static void weigh_by_score_backward(OgFusion *fusion, float *gradients) {
  (void)fusion;
  (void)gradients;
}

/* ---- learned weights ---- */

/* a = softmax(q·v_0, q·v_m + log score_m) over the mentions of text b, q (H) scaled by 1/√H. */
static void softmax_of_text(OgFusion *fusion, const float *q, const float *none, size_t b) {
  const size_t H = fusion->H;
  const uint32_t begin = fusion->entities.offsets[b], end = fusion->entities.offsets[b + 1];
  float *a = fusion->a;
  fusion->a0[b] = dot(q, none, H);
  float most = fusion->a0[b];
  for (uint32_t m = begin; m < end; m++) {
    a[m] = dot(q, fusion->v + m * H, H) + logf(fusion->entities.scores[m]);
    most = a[m] > most ? a[m] : most;
  }
  fusion->a0[b] = expf(fusion->a0[b] - most);
  float sum = fusion->a0[b];
  for (uint32_t m = begin; m < end; m++) {
    a[m] = expf(a[m] - most);
    sum += a[m];
  }
  fusion->a0[b] /= sum;
  for (uint32_t m = begin; m < end; m++) {
    a[m] /= sum;
  }
}

/* q = (Q h + k) / √H */
static void weigh_by_attention(OgFusion *fusion, const OgEntityBatch *entities) {
  (void)entities;
  const size_t B = fusion->B, H = fusion->H;
  og_linear_forward(fusion->q, fusion->h, weights_of(fusion, QUERY_WEIGHT),
                    weights_of(fusion, QUERY_BIAS), B, H, H, OG_WHOLE);
  const float scale = 1 / sqrtf((float)H);
  for (size_t k = 0; k < B * H; k++) {
    fusion->q[k] *= scale;
  }
  for (size_t b = 0; b < B; b++) {
    softmax_of_text(fusion, fusion->q + b * H, weights_of(fusion, NO_ENTITY), b);
  }
}

/* da = dg·v, ds = a (da - Σ a da), dv += ds q, dq = Σ ds v */
static void attention_of_text_backward(OgFusion *fusion, float *dnone, size_t b) {
  const size_t H = fusion->H;
  const uint32_t begin = fusion->entities.offsets[b], end = fusion->entities.offsets[b + 1];
  const float *dg = fusion->dg + b * H, *q = fusion->q + b * H;
  const float *none = weights_of(fusion, NO_ENTITY);
  float *dq = fusion->dq + b * H;
  fusion->ds0[b] = dot(dg, none, H);
  float mean = fusion->a0[b] * fusion->ds0[b];
  for (uint32_t m = begin; m < end; m++) {
    fusion->ds[m] = dot(dg, fusion->v + m * H, H);
    mean += fusion->a[m] * fusion->ds[m];
  }
  memset(dq, 0, H * sizeof *dq);
  fusion->ds0[b] = fusion->a0[b] * (fusion->ds0[b] - mean);
  add_scaled(dnone, fusion->ds0[b], q, H);
  add_scaled(dq, fusion->ds0[b], none, H);
  for (uint32_t m = begin; m < end; m++) {
    fusion->ds[m] = fusion->a[m] * (fusion->ds[m] - mean);
    add_scaled(fusion->dv + m * H, fusion->ds[m], q, H);
    add_scaled(dq, fusion->ds[m], fusion->v + m * H, H);
  }
}

/* dQ += dqᵀ h / √H, dk += Σ dq / √H, dh += dq Q / √H */
static void weigh_by_attention_backward(OgFusion *fusion, float *gradients) {
  const size_t B = fusion->B, H = fusion->H;
  for (size_t b = 0; b < B; b++) {
    attention_of_text_backward(fusion, gradients_of(fusion, NO_ENTITY, gradients), b);
  }
  const float scale = 1 / sqrtf((float)H);
  for (size_t k = 0; k < B * H; k++) {
    fusion->dq[k] *= scale;
  }
  og_linear_backward_weight(gradients_of(fusion, QUERY_WEIGHT, gradients),
                            gradients_of(fusion, QUERY_BIAS, gradients), fusion->dq, fusion->h, B,
                            H, H, OG_WHOLE);
  og_linear_backward_input(fusion->dh, 1, fusion->dq, weights_of(fusion, QUERY_WEIGHT), B, H, H,
                           OG_WHOLE);
}

/* ---- text meets graph ---- */

/* f = h + g */
static void combine_sum(OgFusion *fusion) {
  for (size_t k = 0; k < fusion->B * fusion->H; k++) {
    fusion->features[k] = fusion->h[k] + fusion->g[k];
  }
}

/* dh = df, dg = df */
static void combine_sum_backward(OgFusion *fusion, const float *dfeatures, float *gradients) {
  (void)gradients;
  memcpy(fusion->dh, dfeatures, fusion->B * fusion->H * sizeof *dfeatures);
  memcpy(fusion->dg, dfeatures, fusion->B * fusion->H * sizeof *dfeatures);
}

/* joint (B,2H) = [h, g] */
static void join(const OgFusion *fusion, float *joint) {
  const size_t H = fusion->H;
  for (size_t b = 0; b < fusion->B; b++) {
    memcpy(joint + 2 * b * H, fusion->h + b * H, H * sizeof *joint);
    memcpy(joint + (2 * b + 1) * H, fusion->g + b * H, H * sizeof *joint);
  }
}

/* f = [h, g] */
static void combine_concat(OgFusion *fusion) {
  join(fusion, fusion->features);
}

/* [dh, dg] = df */
static void combine_concat_backward(OgFusion *fusion, const float *dfeatures, float *gradients) {
  (void)gradients;
  const size_t H = fusion->H;
  for (size_t b = 0; b < fusion->B; b++) {
    memcpy(fusion->dh + b * H, dfeatures + 2 * b * H, H * sizeof *dfeatures);
    memcpy(fusion->dg + b * H, dfeatures + (2 * b + 1) * H, H * sizeof *dfeatures);
  }
}

/* λ = σ(G [h, g] + d), f = h + λ∘(g - h) */
static void combine_gated(OgFusion *fusion) {
  const size_t B = fusion->B, H = fusion->H;
  join(fusion, fusion->joint);
  og_linear_forward(fusion->gate, fusion->joint, weights_of(fusion, GATE_WEIGHT),
                    weights_of(fusion, GATE_BIAS), B, 2 * H, H, OG_WHOLE);
  for (size_t k = 0; k < B * H; k++) {
    const float lambda = 1 / (1 + expf(-fusion->gate[k]));
    fusion->gate[k] = lambda;
    fusion->features[k] = fusion->h[k] + lambda * (fusion->g[k] - fusion->h[k]);
  }
}

/* du = df∘(g - h)∘λ∘(1 - λ), dG += duᵀ [h, g], dd += Σ du,
 * [dh, dg] = du G + [df∘(1 - λ), df∘λ] */
static void combine_gated_backward(OgFusion *fusion, const float *dfeatures, float *gradients) {
  const size_t B = fusion->B, H = fusion->H;
  for (size_t k = 0; k < B * H; k++) {
    const float lambda = fusion->gate[k];
    fusion->dgate[k] = dfeatures[k] * (fusion->g[k] - fusion->h[k]) * lambda * (1 - lambda);
  }
  og_linear_backward_weight(gradients_of(fusion, GATE_WEIGHT, gradients),
                            gradients_of(fusion, GATE_BIAS, gradients), fusion->dgate,
                            fusion->joint, B, 2 * H, H, OG_WHOLE);
  og_linear_backward_input(fusion->djoint, 0, fusion->dgate, weights_of(fusion, GATE_WEIGHT), B,
                           2 * H, H, OG_WHOLE);
  for (size_t b = 0; b < B; b++) {
    const float *dh = fusion->djoint + 2 * b * H, *dg = dh + H;
    for (size_t k = 0; k < H; k++) {
      const float lambda = fusion->gate[b * H + k], df = dfeatures[b * H + k];
      fusion->dh[b * H + k] = dh[k] + df * (1 - lambda);
      fusion->dg[b * H + k] = dg[k] + df * lambda;
    }
  }
}

static const FusionRow fusion_rows[OG_FUSION_COUNT] = {
    [OG_FUSION_NONE] = {"none", 0, 1, NULL, NULL, NULL, NULL},
    [OG_FUSION_AVERAGE] = {"average", ENTITY_TENSORS, 1, weigh_by_score, weigh_by_score_backward,
                           combine_sum, combine_sum_backward},
    [OG_FUSION_CONCAT] = {"concat", ENTITY_TENSORS | QUERY_TENSORS, 2, weigh_by_attention,
                          weigh_by_attention_backward, combine_concat, combine_concat_backward},
    [OG_FUSION_GATED] = {"gated", ENTITY_TENSORS | QUERY_TENSORS | GATE_TENSORS, 1,
                         weigh_by_attention, weigh_by_attention_backward, combine_gated,
                         combine_gated_backward},
};

static const char *const pooling_names[OG_POOLING_COUNT] = {"auto", "cls", "mean"};

const char *og_fusion_name(OgFusionKind kind) {
  return fusion_rows[kind].name;
}

OgFusionKind og_fusion_find(const char *name) {
  OgFusionKind kind = OG_FUSION_NONE;
  while (kind < OG_FUSION_COUNT && strcmp(fusion_rows[kind].name, name) != 0) {
    kind++;
  }
  return kind;
}

const char *og_pooling_name(OgPooling pooling) {
  return pooling_names[pooling];
}

OgPooling og_pooling_find(const char *name) {
  OgPooling pooling = OG_POOLING_AUTO;
  while (pooling < OG_POOLING_COUNT && strcmp(pooling_names[pooling], name) != 0) {
    pooling++;
  }
  return pooling;
}

size_t og_fusion_width(OgFusionKind kind, size_t H) {
  return fusion_rows[kind].width * H;
}

size_t og_fusion_tensors(OgFusionKind kind, size_t H, size_t D, OgTensorSpec *specs) {
  const size_t widths[] = {[ONE] = 1, [HIDDEN] = H, [TWICE_HIDDEN] = 2 * H, [DIMENSION] = D};
  size_t count = 0;
  for (size_t slot = 0; slot < TENSOR_SLOTS; slot++) {
    if (fusion_rows[kind].tensors & 1U << slot) {
      const Width columns = tensor_rows[slot].columns;
      specs[count++] = (OgTensorSpec){tensor_rows[slot].name, tensor_rows[slot].kind, H,
                                      widths[columns], columns == ONE ? 1 : 2};
    }
  }
  return count;
}

/* ---- standardising ---- */

void og_fusion_standardise(float *vectors, size_t N, size_t D, const double *mean,
                           const double *deviation) {
  for (size_t d = 0; d < D; d++) {
    const double scale = deviation[d] > 1e-12 ? 1 / deviation[d] : 0;
    for (size_t n = 0; n < N; n++) {
      vectors[n * D + d] = (float)(((double)vectors[n * D + d] - mean[d]) * scale);
    }
  }
  for (size_t n = 0; n < N; n++) {
    float *z = vectors + n * D;
    const float length = sqrtf(dot(z, z, D));
    const float scale = length > 0 ? sqrtf((float)D) / length : 0;
    for (size_t d = 0; d < D; d++) {
      z[d] *= scale;
    }
  }
}

/* ---- the object ---- */

OgStatus og_fusion_new(OgFusionKind kind, const OgParams *params, OgFusion **fusion, OgError *err) {
  OgFusion *made = OG_NEW(OgFusion);
  if (!made) {
    return og_error_no_memory(err);
  }
  made->row = &fusion_rows[kind];
  made->params = params;
  made->H = params->config.hidden_size;
  for (size_t slot = 0; slot < TENSOR_SLOTS; slot++) {
    if (made->row->tensors & 1U << slot) {
      const size_t k = og_params_find(params, tensor_rows[slot].name);
      if (k == params->count) {
        og_fusion_free(made);
        return og_error_set(err, OG_BAD_STORE, "fusion %s expects a tensor %s, which is missing",
                            fusion_rows[kind].name, tensor_rows[slot].name);
      }
      made->tensors[slot] = &params->tensors[k];
    }
  }
  made->D = made->tensors[ENTITY_WEIGHT] ? made->tensors[ENTITY_WEIGHT]->columns : 0;
  *fusion = made;
  return OG_OK;
}

static void free_texts(OgFusion *fusion) {
  float **const arrays[] = {&fusion->a0,     &fusion->ds0,  &fusion->q,     &fusion->dq,
                            &fusion->g,      &fusion->dg,   &fusion->dh,    &fusion->joint,
                            &fusion->djoint, &fusion->gate, &fusion->dgate, &fusion->features};
  for (size_t k = 0; k < OG_COUNT(arrays); k++) {
    og_free_floats(*arrays[k]);
    *arrays[k] = NULL;
  }
  fusion->text_capacity = 0;
}

static void free_mentions(OgFusion *fusion) {
  float **const arrays[] = {&fusion->v, &fusion->dv, &fusion->a, &fusion->ds};
  for (size_t k = 0; k < OG_COUNT(arrays); k++) {
    og_free_floats(*arrays[k]);
    *arrays[k] = NULL;
  }
  fusion->mention_capacity = 0;
}

void og_fusion_free(OgFusion *fusion) {
  if (fusion) {
    free_texts(fusion);
    free_mentions(fusion);
    og_free(fusion);
  }
}

size_t og_fusion_dimension(const OgFusion *fusion) {
  return fusion->D;
}

const float *og_fusion_weights(const OgFusion *fusion) {
  return fusion->row->tensors ? fusion->a : NULL;
}

static size_t mention_room(size_t M) {
  return M + M / 2 + 16;
}

size_t og_fusion_size(const OgFusion *fusion, size_t B, size_t M) {
  const size_t H = fusion->H, texts = B * (2 + 13 * H), mentions = mention_room(M) * (2 * H + 2);
  return fusion->row->tensors ? (texts + mentions) * sizeof(float) : 0;
}

static bool grow_texts(OgFusion *fusion, size_t B) {
  if (B <= fusion->text_capacity) {
    return true;
  }
  free_texts(fusion);
  const struct {
    float **array;
    size_t width;
  } rows[] = {{&fusion->a0, 1},
              {&fusion->ds0, 1},
              {&fusion->q, fusion->H},
              {&fusion->dq, fusion->H},
              {&fusion->g, fusion->H},
              {&fusion->dg, fusion->H},
              {&fusion->dh, fusion->H},
              {&fusion->joint, 2 * fusion->H},
              {&fusion->djoint, 2 * fusion->H},
              {&fusion->gate, fusion->H},
              {&fusion->dgate, fusion->H},
              {&fusion->features, 2 * fusion->H}};
  for (size_t k = 0; k < OG_COUNT(rows); k++) {
    *rows[k].array = og_calloc_floats(B * rows[k].width);
    if (!*rows[k].array) {
      return false;
    }
  }
  fusion->text_capacity = B;
  return true;
}

static bool grow_mentions(OgFusion *fusion, size_t M) {
  if (M <= fusion->mention_capacity && fusion->v) {
    return true;
  }
  free_mentions(fusion);
  const size_t capacity = mention_room(M);
  fusion->v = og_calloc_floats(capacity * fusion->H);
  fusion->dv = og_calloc_floats(capacity * fusion->H);
  fusion->a = og_calloc_floats(capacity);
  fusion->ds = og_calloc_floats(capacity);
  fusion->mention_capacity = capacity;
  return fusion->v && fusion->dv && fusion->a && fusion->ds;
}

/* v = tanh(E z + c); z (M,D), v (M,H) */
static void project(OgFusion *fusion) {
  const size_t M = fusion->M, H = fusion->H;
  og_linear_forward(fusion->v, fusion->entities.vectors, weights_of(fusion, ENTITY_WEIGHT),
                    weights_of(fusion, ENTITY_BIAS), M, fusion->D, H, OG_WHOLE);
  og_tanh_forward(fusion->v, fusion->v, M * H);
}

/* du = dv (1 - v²), dE += duᵀ z, dc += Σ du */
static void project_backward(OgFusion *fusion, float *gradients) {
  const size_t M = fusion->M, H = fusion->H;
  og_tanh_backward(fusion->dv, fusion->dv, fusion->v, M * H);
  og_linear_backward_weight(gradients_of(fusion, ENTITY_WEIGHT, gradients),
                            gradients_of(fusion, ENTITY_BIAS, gradients), fusion->dv,
                            fusion->entities.vectors, M, fusion->D, H, OG_WHOLE);
}

/* g = a_0 v_0 + Σ a_m v_m */
static void gather(OgFusion *fusion) {
  const size_t H = fusion->H;
  memset(fusion->g, 0, fusion->B * H * sizeof *fusion->g);
  for (size_t b = 0; b < fusion->B; b++) {
    float *g = fusion->g + b * H;
    add_scaled(g, fusion->a0[b], weights_of(fusion, NO_ENTITY), H);
    for (uint32_t m = fusion->entities.offsets[b]; m < fusion->entities.offsets[b + 1]; m++) {
      add_scaled(g, fusion->a[m], fusion->v + m * H, H);
    }
  }
}

/* dv_m = a_m dg, dv_0 += a_0 dg */
static void gather_backward(OgFusion *fusion, float *gradients) {
  const size_t H = fusion->H;
  memset(fusion->dv, 0, fusion->M * H * sizeof *fusion->dv);
  for (size_t b = 0; b < fusion->B; b++) {
    const float *dg = fusion->dg + b * H;
    add_scaled(gradients_of(fusion, NO_ENTITY, gradients), fusion->a0[b], dg, H);
    for (uint32_t m = fusion->entities.offsets[b]; m < fusion->entities.offsets[b + 1]; m++) {
      add_scaled(fusion->dv + m * H, fusion->a[m], dg, H);
    }
  }
}

OgStatus og_fusion_reserve(OgFusion *fusion, size_t B, size_t M, OgError *err) {
  return !fusion->row->tensors || (grow_texts(fusion, B) && grow_mentions(fusion, M))
             ? OG_OK
             : og_error_no_room(err, og_fusion_size(fusion, B, M),
                                "the fusion of %zu texts and %zu mentions", B, M);
}

OgStatus og_fusion_forward(OgFusion *fusion, const float *h, const OgEntityBatch *entities,
                           size_t B, const float **features, OgError *err) {
  fusion->B = B;
  fusion->h = h;
  if (!fusion->row->tensors) {
    *features = h;
    return OG_OK;
  }
  fusion->M = entities->offsets[B];
  fusion->entities = *entities;
  OG_TRY(og_fusion_reserve(fusion, B, fusion->M, err));
  project(fusion);
  fusion->row->weigh(fusion, entities);
  gather(fusion);
  fusion->row->combine(fusion);
  *features = fusion->features;
  return OG_OK;
}

void og_fusion_backward(OgFusion *fusion, const float *dfeatures, float *dh, float *gradients) {
  const size_t size = fusion->B * fusion->H;
  if (!fusion->row->tensors) {
    memcpy(dh, dfeatures, size * sizeof *dh);
    return;
  }
  fusion->row->combine_backward(fusion, dfeatures, gradients);
  gather_backward(fusion, gradients);
  fusion->row->weigh_backward(fusion, gradients);
  project_backward(fusion, gradients);
  memcpy(dh, fusion->dh, size * sizeof *dh);
}
