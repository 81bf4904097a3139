#include "finetune/classifier.h"

#include "core/memory.h"
#include "finetune/pooler.h"

#include <string.h>

struct OgClassifier {
  const OgParams *params;
  OgPooling pooling;
  OgTeam *team;
  OgPass *pass;
  OgPooler *pooler;
  OgFusion *fusion;
  OgHead *head;

  /* The last forward. */
  OgBatch tokens;
  const float *hidden;     /* (B,H) or (T,H), of the pass */
  float *pooled, *dpooled; /* (B,H) */
  float *dfeatures;        /* (B,W) */
  float *dhidden;          /* (B,H) or (T,H) */
  size_t text_capacity, row_capacity;
};

OgStatus og_classifier_params(const OgClassifierShape *shape, OgParams *params, OgError *err) {
  OgTensorSpec specs[OG_FUSION_TENSORS_MAX + OG_HEAD_TENSORS_MAX];
  const size_t H = shape->config.hidden_size;
  size_t count = og_fusion_tensors(shape->fusion, H, shape->D, specs);
  count += og_head_tensors(og_head_kind("classify"), &shape->config,
                           og_fusion_width(shape->fusion, H), shape->labels, specs + count);
  return og_params_init(params, &shape->config, specs, count, err);
}

OgStatus og_classifier_new(const OgClassifierShape *shape, const OgParams *params, OgTeam *team,
                           bool keep, OgClassifier **classifier, OgError *err) {
  OgClassifier *made = OG_NEW(OgClassifier);
  if (!made) {
    return og_error_no_memory(err);
  }
  made->params = params;
  made->pooling = shape->pooling;
  made->team = team;
  OgStatus status;
  OG_GO(og_pass_new(params, team, keep, &made->pass, err));
  OG_GO(og_pooler_new(params, team, &made->pooler, err));
  OG_GO(og_fusion_new(shape->fusion, params, &made->fusion, err));
  OG_GO(og_head_new(og_head_kind("classify"), params, team, &made->head, err));
  *classifier = made;
  made = NULL;
done:
  og_classifier_free(made);
  return status;
}

static void free_arrays(OgClassifier *classifier) {
  og_free_floats(classifier->pooled);
  og_free_floats(classifier->dpooled);
  og_free_floats(classifier->dfeatures);
  og_free_floats(classifier->dhidden);
  classifier->pooled = classifier->dpooled = classifier->dfeatures = classifier->dhidden = NULL;
  classifier->text_capacity = classifier->row_capacity = 0;
}

void og_classifier_free(OgClassifier *classifier) {
  if (classifier) {
    free_arrays(classifier);
    og_head_free(classifier->head);
    og_fusion_free(classifier->fusion);
    og_pooler_free(classifier->pooler);
    og_pass_free(classifier->pass);
    og_free(classifier);
  }
}

static OgStatus grow(OgClassifier *classifier, size_t texts, size_t rows, OgError *err) {
  if (texts <= classifier->text_capacity && rows <= classifier->row_capacity) {
    return OG_OK;
  }
  texts = texts > classifier->text_capacity ? texts : classifier->text_capacity;
  rows = rows > classifier->row_capacity ? rows + rows / 4 : classifier->row_capacity;
  free_arrays(classifier);
  const size_t H = classifier->params->config.hidden_size;
  classifier->pooled = og_calloc_floats(texts * H);
  classifier->dpooled = og_calloc_floats(texts * H);
  classifier->dfeatures = og_calloc_floats(texts * og_head_features(classifier->head));
  classifier->dhidden = og_calloc_floats(rows * H);
  if (!classifier->pooled || !classifier->dpooled || !classifier->dfeatures ||
      !classifier->dhidden) {
    free_arrays(classifier);
    return og_error_no_memory(err);
  }
  classifier->text_capacity = texts;
  classifier->row_capacity = rows;
  return OG_OK;
}

/* ---- the mean over a text's tokens ---- */

/* y_b = 1/n_b Σ x_t over the n_b tokens of text b. y (B,H), x (T,H) */
OG_KERNEL static void mean_forward(float *y, const float *x, const OgBatch *tokens, size_t H) {
  for (size_t b = 0; b < tokens->B; b++) {
    float *row = y + b * H;
    memset(row, 0, H * sizeof *row);
    for (size_t t = tokens->offsets[b]; t < tokens->offsets[b + 1]; t++) {
      for (size_t k = 0; k < H; k++) {
        row[k] += x[t * H + k];
      }
    }
    const float scale = 1 / (float)(tokens->offsets[b + 1] - tokens->offsets[b]);
    for (size_t k = 0; k < H; k++) {
      row[k] *= scale;
    }
  }
}

/* dx_t = dy_b / n_b */
OG_KERNEL static void mean_backward(float *dx, const float *dy, const OgBatch *tokens, size_t H) {
  for (size_t b = 0; b < tokens->B; b++) {
    const float scale = 1 / (float)(tokens->offsets[b + 1] - tokens->offsets[b]);
    for (size_t t = tokens->offsets[b]; t < tokens->offsets[b + 1]; t++) {
      for (size_t k = 0; k < H; k++) {
        dx[t * H + k] = scale * dy[b * H + k];
      }
    }
  }
}

/* ---- the whole ---- */

OgStatus og_classifier_pool(OgClassifier *classifier, const OgInputBatch *batch,
                            uint64_t dropout_seed, const float **pooled, OgError *err) {
  const bool mean = classifier->pooling == OG_POOLING_MEAN;
  classifier->tokens = batch->tokens;
  OgBatch *tokens = &classifier->tokens;
  if (!mean) {
    tokens->outputs = tokens->offsets;
    tokens->M = tokens->B;
  }
  OG_TRY(grow(classifier, tokens->B, mean ? tokens->T : tokens->B, err));
  OG_TRY(og_encoder_forward(classifier->pass, tokens, dropout_seed, &classifier->hidden, err));
  if (mean) {
    mean_forward(classifier->pooled, classifier->hidden, tokens,
                 classifier->params->config.hidden_size);
  } else {
    OG_TRY(og_pooler_forward(classifier->pooler, classifier->pooled, classifier->hidden, tokens->B,
                             err));
  }
  *pooled = classifier->pooled;
  return OG_OK;
}

OgStatus og_classifier_score(OgClassifier *classifier, const float *pooled,
                             const OgEntityBatch *entities, size_t B, uint64_t dropout_seed,
                             float **scores, OgError *err) {
  const float *features;
  OG_TRY(grow(classifier, B, 0, err));
  OG_TRY(og_fusion_forward(classifier->fusion, pooled, entities, B, &features, err));
  return og_head_forward(classifier->head, features, B, dropout_seed, scores, err);
}

OgStatus og_classifier_forward(OgClassifier *classifier, const OgInputBatch *batch,
                               uint64_t dropout_seed, float **scores, OgError *err) {
  const float *pooled;
  OG_TRY(og_classifier_pool(classifier, batch, dropout_seed, &pooled, err));
  return og_classifier_score(classifier, pooled, &batch->entities, batch->tokens.B, dropout_seed,
                             scores, err);
}

/* Backward of og_classifier_pool, from dpooled on. */
static OgStatus pool_backward(OgClassifier *classifier, float *gradients, OgError *err) {
  const OgBatch *tokens = &classifier->tokens;
  if (classifier->pooling == OG_POOLING_MEAN) {
    mean_backward(classifier->dhidden, classifier->dpooled, tokens,
                  classifier->params->config.hidden_size);
  } else {
    og_pooler_backward(classifier->pooler, classifier->dhidden, gradients, classifier->dpooled);
  }
  return og_encoder_backward(classifier->pass, classifier->dhidden, gradients, err);
}

OgStatus og_classifier_backward(OgClassifier *classifier, const float *dscores, float *gradients,
                                OgError *err) {
  og_head_backward(classifier->head, dscores, classifier->dfeatures, gradients);
  og_fusion_backward(classifier->fusion, classifier->dfeatures, classifier->dpooled, gradients);
  const bool ends_here = classifier->params->frozen >= og_params_base(classifier->params);
  return ends_here ? OG_OK : pool_backward(classifier, gradients, err);
}

const float *og_classifier_weights(const OgClassifier *classifier) {
  return og_fusion_weights(classifier->fusion);
}
