#include "finetune/pooler.h"

#include "core/blas.h"
#include "core/memory.h"
#include "model/ops.h"

#include <string.h>

struct OgPooler {
  const OgParams *params;
  OgTeam *team;
  OgActivation activation;
  size_t H;
  const float *W, *b, *gain; /* (H,H), (H), (H); b and gain NULL where the architecture has none */

  /* The last forward, and the backward in work. */
  size_t B;
  const float *hidden;
  float *pooled, *dpooled, *dhidden, *gradients;
  float *block; /* the memory of the arrays below */
  size_t capacity;
  float *u;     /* (B,H) before the activation */
  float *xhat;  /* (B,H) of the LayerNorm */
  float *r;     /* (B) */
  float *zeros; /* (H) in place of the LayerNorm's shift */
  float *sums;  /* (2,H) */
};

static const float *weight(const OgParams *params, OgRole role) {
  const size_t found = og_params_role(params, role, 0);
  return found < params->count ? params->weights + params->tensors[found].offset : NULL;
}

/* The gradient at a weight; NULL where there is none. */
static float *gradient(const OgPooler *pooler, const float *w) {
  return w ? og_gradient_at(pooler->params, pooler->gradients,
                            (size_t)(w - pooler->params->weights))
           : NULL;
}

/* The pooler's tensors stand together: all are frozen, or none. */
static bool is_frozen(const OgPooler *pooler) {
  return !og_is_trained(pooler->params, (size_t)(pooler->W - pooler->params->weights));
}

OgStatus og_pooler_new(const OgParams *params, OgTeam *team, OgPooler **pooler, OgError *err) {
  OG_TRY(og_blas_load(err));
  OgPooler *made = OG_NEW(OgPooler);
  if (!made) {
    return og_error_no_memory(err);
  }
  *made = (OgPooler){.params = params,
                     .team = team,
                     .activation = og_architecture(params->config.architecture)->pooler_activation,
                     .H = params->config.hidden_size,
                     .W = weight(params, OG_ROLE_POOLER_WEIGHT),
                     .b = weight(params, OG_ROLE_POOLER_BIAS),
                     .gain = weight(params, OG_ROLE_POOLER_GAIN)};
  *pooler = made;
  return OG_OK;
}

void og_pooler_free(OgPooler *pooler) {
  if (pooler) {
    og_free_floats(pooler->block);
    og_free(pooler);
  }
}

size_t og_pooler_size(const OgPooler *pooler, size_t B) {
  const size_t H = pooler->H;
  return (2 * B * H + B + 3 * H) * sizeof(float);
}

static OgStatus make_room(OgPooler *pooler, size_t B, OgError *err) {
  const size_t H = pooler->H, needed = og_pooler_size(pooler, B) / sizeof(float);
  if (needed > pooler->capacity) {
    og_free_floats(pooler->block);
    pooler->capacity = 0;
    pooler->block = og_calloc_floats(needed);
    if (!pooler->block) {
      return og_error_no_room(err, needed * sizeof(float), "the pooler's arrays");
    }
    pooler->capacity = needed;
  }
  pooler->u = pooler->block;
  pooler->xhat = pooler->u + B * H;
  pooler->zeros = pooler->xhat + B * H;
  pooler->sums = pooler->zeros + H;
  pooler->r = pooler->sums + 2 * H;
  memset(pooler->zeros, 0, H * sizeof(float));
  return OG_OK;
}

OgStatus og_pooler_reserve(OgPooler *pooler, size_t B, OgError *err) {
  return make_room(pooler, B, err);
}

static OgPart part_of(const OgPooler *pooler, int thread) {
  return (OgPart){thread, og_team_size(pooler->team)};
}

/* Rows are few: one thread does the LayerNorm. */
static void forward(void *data, int thread) {
  const OgPooler *p = data;
  const OgPart part = part_of(p, thread);
  const size_t B = p->B, H = p->H;
  float *activated = p->gain ? p->xhat : p->pooled;
  og_linear_forward(p->u, p->hidden, p->W, NULL, B, H, H, part);
  og_activation_forward(p->activation, activated, p->u, p->b, og_tile(B, H, part), H);
  if (p->gain) {
    og_team_barrier(p->team);
    if (thread == 0) {
      og_norm_forward(p->pooled, p->xhat, p->r, p->xhat, p->gain, p->zeros,
                      p->params->config.layer_norm_eps, B, H);
    }
  }
}

OgStatus og_pooler_forward(OgPooler *pooler, float *pooled, const float *hidden, size_t B,
                           OgError *err) {
  OG_TRY(make_room(pooler, B, err));
  pooler->B = B;
  pooler->hidden = hidden;
  pooler->pooled = pooled;
  og_team_run(pooler->team, forward, pooler);
  return OG_OK;
}

static void backward(void *data, int thread) {
  const OgPooler *p = data;
  const OgPart part = part_of(p, thread);
  const size_t B = p->B, H = p->H;
  if (p->gain) {
    if (thread == 0) {
      memset(p->sums, 0, 2 * H * sizeof(float));
      og_norm_backward(p->dpooled, p->sums, p->sums + H, p->dpooled, p->xhat, p->r, p->gain, B, H);
      if (!is_frozen(p)) {
        og_bias_backward(gradient(p, p->gain), p->sums, 1, H, H);
      }
    }
    og_team_barrier(p->team);
  }
  og_activation_backward(p->activation, p->dpooled, NULL, p->u, og_tile(B, H, part), H);
  og_team_barrier(p->team);
  if (!is_frozen(p)) {
    og_linear_backward_weight(gradient(p, p->W), gradient(p, p->b), p->dpooled, p->hidden, B, H, H,
                              part);
  }
  og_linear_backward_input(p->dhidden, 0, p->dpooled, p->W, B, H, H, part);
}

void og_pooler_backward(OgPooler *pooler, float *dhidden, float *gradients, float *dpooled) {
  pooler->dhidden = dhidden;
  pooler->gradients = gradients;
  pooler->dpooled = dpooled;
  og_team_run(pooler->team, backward, pooler);
}
