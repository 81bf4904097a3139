#include "finetune/classifier.h"

#include "core/memory.h"
#include "finetune/pooler.h"

#include <string.h>

struct OgClassifier {
  const OgParams *params;
  OgPooling pooling;
  OgWindowPooling window_pooling;
  OgTeam *team;
  OgPass *pass;
  OgPooler *pooler;
  OgFusion *fusion;
  OgHead *head;

  /* The last forward: B texts, read in S sequences. */
  OgBatch tokens;
  const uint32_t *windows; /* (B+1), or NULL */
  size_t B;
  const float *vectors;    /* (B,H) the texts' vectors: of the pass, means, or the caller's */
  float *means, *dmeans;   /* (S,H) */
  float *joined;           /* (B,H) out of windows */
  uint32_t *winners;       /* (B,H) */
  float *dvectors;         /* (B,H) */
  float *pooled, *dpooled; /* (B,H) */
  float *dfeatures;        /* (B,W) */
  float *dhidden;          /* (T,H) */
  size_t text_capacity, row_capacity;
};

OgStatus og_classifier_params(const OgClassifierShape *shape, OgParams *params, OgError *err) {
  const size_t H = shape->config.hidden_size;
  OgLoraTensors adapters;
  OG_TRY(og_lora_tensors(&shape->lora, &shape->config, &adapters, err));
  OgStatus status;
  OgTensorSpec *specs =
      OG_NEW_ARRAY(OgTensorSpec, OG_FUSION_TENSORS_MAX + OG_HEAD_TENSORS_MAX + adapters.count);
  if (!specs) {
    status = og_error_no_memory(err);
    goto done;
  }
  size_t count = og_fusion_tensors(shape->fusion, H, shape->D, specs);
  count += og_head_tensors(og_head_kind("classify"), &shape->config,
                           og_fusion_width(shape->fusion, H), shape->labels, specs + count);
  for (size_t k = 0; k < adapters.count; k++) {
    specs[count++] = adapters.specs[k];
  }
  status = og_params_init(params, &shape->config, specs, count, err);
done:
  og_free(specs);
  og_lora_tensors_clear(&adapters);
  return status;
}

static OgStatus check_pooling(const OgClassifierShape *shape, OgError *err) {
  const OgArchitecture architecture = shape->config.architecture;
  return shape->pooling != OG_POOLING_CLS ||
                 og_architecture_tensor(architecture, OG_ROLE_POOLER_WEIGHT)
             ? OG_OK
             : og_error_set(err, OG_USAGE,
                            "the kind %s has no pooler: expected the pooling auto or mean",
                            og_architecture(architecture)->model_type);
}

OgStatus og_classifier_new(const OgClassifierShape *shape, const OgParams *params, OgTeam *team,
                           OgKeep keep, OgClassifier **classifier, OgError *err) {
  OgClassifier *made = OG_NEW(OgClassifier);
  if (!made) {
    return og_error_no_memory(err);
  }
  made->params = params;
  made->pooling = shape->pooling;
  made->window_pooling = shape->window_pooling;
  made->team = team;
  OgStatus status;
  OG_GO(check_pooling(shape, err));
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

OgStatus og_classifier_pack(OgClassifier *classifier, OgPrecision precision, OgError *err) {
  return og_pass_pack(classifier->pass, precision, err);
}

static void free_arrays(OgClassifier *c) {
  float **const arrays[] = {&c->means,  &c->dmeans,  &c->joined,    &c->dvectors,
                            &c->pooled, &c->dpooled, &c->dfeatures, &c->dhidden};
  for (size_t k = 0; k < OG_COUNT(arrays); k++) {
    og_free_floats(*arrays[k]);
    *arrays[k] = NULL;
  }
  og_free(c->winners);
  c->winners = NULL;
  c->text_capacity = c->row_capacity = 0;
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

/* The arrays of floats, and how many rows of how many columns they take for `texts` texts or
 * sequences and a gradient at `rows` tokens. */
enum { ARRAYS = 8 };

typedef struct Array {
  float **array;
  size_t size;
} Array;

static void list_arrays(OgClassifier *c, size_t texts, size_t rows, Array arrays[ARRAYS]) {
  const size_t H = c->params->config.hidden_size, W = og_head_features(c->head);
  const Array list[ARRAYS] = {
      {&c->means, texts * H},  {&c->dmeans, texts * H},    {&c->joined, texts * H},
      {&c->pooled, texts * H}, {&c->dpooled, texts * H},   {&c->dvectors, texts * H},
      {&c->dhidden, rows * H}, {&c->dfeatures, texts * W},
  };
  memcpy(arrays, list, sizeof list);
}

/* Bytes of them all, and of the winners. */
static size_t array_bytes(OgClassifier *c, size_t texts, size_t rows) {
  Array arrays[ARRAYS];
  size_t bytes = texts * c->params->config.hidden_size * sizeof *c->winners;
  list_arrays(c, texts, rows, arrays);
  for (size_t k = 0; k < ARRAYS; k++) {
    bytes += arrays[k].size * sizeof(float);
  }
  return bytes;
}

static OgStatus allocate(OgClassifier *c, size_t texts, size_t rows, OgError *err) {
  Array arrays[ARRAYS];
  free_arrays(c);
  list_arrays(c, texts, rows, arrays);
  c->winners = OG_NEW_ARRAY(uint32_t, texts * c->params->config.hidden_size);
  bool made = c->winners != NULL;
  for (size_t k = 0; k < ARRAYS && made; k++) {
    *arrays[k].array = og_calloc_floats(arrays[k].size);
    made = *arrays[k].array != NULL;
  }
  if (!made) {
    free_arrays(c);
    return og_error_no_room(err, array_bytes(c, texts, rows), "the vectors of %zu texts", texts);
  }
  c->text_capacity = texts;
  c->row_capacity = rows;
  return OG_OK;
}

/* Room for so many texts or sequences, and for the gradient at so many tokens. */
static OgStatus grow(OgClassifier *c, size_t texts, size_t rows, OgError *err) {
  if (texts <= c->text_capacity && rows <= c->row_capacity) {
    return OG_OK;
  }
  texts = texts > c->text_capacity ? texts : c->text_capacity;
  rows = rows > c->row_capacity ? rows + rows / 4 : c->row_capacity;
  return allocate(c, texts, rows, err);
}

static size_t gradient_rows(const OgClassifier *c, const OgBatch *shape) {
  return c->pooling == OG_POOLING_MEAN ? shape->T : 0;
}

/* Rows of the arrays that have one for a text or a sequence. */
static size_t text_rows(const OgClassifierRoom *room) {
  return room->texts > room->shape->B ? room->texts : room->shape->B;
}

OgStatus og_classifier_size(OgClassifier *c, const OgClassifierRoom *room, size_t *bytes,
                            OgError *err) {
  const size_t B = room->texts, rows = text_rows(room);
  OG_TRY(og_pass_size(c->pass, room->shape, bytes, err));
  *bytes += array_bytes(c, rows, gradient_rows(c, room->shape)) + og_head_size(c->head, B) +
            og_fusion_size(c->fusion, B, room->mentions) +
            (c->pooling == OG_POOLING_CLS ? og_pooler_size(c->pooler, B) : 0);
  return OG_OK;
}

OgStatus og_classifier_reserve(OgClassifier *c, const OgClassifierRoom *room, OgError *err) {
  const size_t texts = text_rows(room), rows = gradient_rows(c, room->shape);
  OG_TRY(og_pass_reserve(c->pass, room->shape, err));
  if (texts > c->text_capacity || rows > c->row_capacity) {
    OG_TRY(allocate(c, texts > c->text_capacity ? texts : c->text_capacity,
                    rows > c->row_capacity ? rows : c->row_capacity, err));
  }
  if (c->pooling == OG_POOLING_CLS) {
    OG_TRY(og_pooler_reserve(c->pooler, room->texts, err));
  }
  OG_TRY(og_fusion_reserve(c->fusion, room->texts, room->mentions, err));
  return og_head_reserve(c->head, room->texts, err);
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

OgStatus og_classifier_encode(OgClassifier *classifier, const OgInputBatch *batch,
                              uint64_t dropout_seed, const float **vectors, OgError *err) {
  const bool mean = classifier->pooling == OG_POOLING_MEAN;
  const size_t H = classifier->params->config.hidden_size;
  classifier->tokens = batch->tokens;
  classifier->windows = batch->windows;
  OgBatch *tokens = &classifier->tokens;
  if (!mean) {
    tokens->outputs = tokens->offsets;
    tokens->M = tokens->B;
  }
  OG_TRY(grow(classifier, tokens->B, mean ? tokens->T : 0, err));
  OG_TRY(og_encoder_forward(classifier->pass, tokens, dropout_seed, vectors, err));
  if (mean) {
    mean_forward(classifier->means, *vectors, tokens, H);
    *vectors = classifier->means;
  }
  if (batch->windows) {
    og_windows_forward(classifier->window_pooling, classifier->joined, classifier->winners,
                       *vectors, batch->windows, batch->B, H);
    *vectors = classifier->joined;
  }
  return OG_OK;
}

OgStatus og_classifier_score(OgClassifier *classifier, const float *vectors,
                             const OgEntityBatch *entities, size_t B, uint64_t dropout_seed,
                             float **scores, OgError *err) {
  const float *h = classifier->vectors = vectors, *features;
  classifier->B = B;
  OG_TRY(grow(classifier, B, 0, err));
  if (classifier->pooling == OG_POOLING_CLS) {
    OG_TRY(og_pooler_forward(classifier->pooler, classifier->pooled, vectors, B, err));
    h = classifier->pooled;
  }
  OG_TRY(og_fusion_forward(classifier->fusion, h, entities, B, &features, err));
  return og_head_forward(classifier->head, features, B, dropout_seed, scores, err);
}

OgStatus og_classifier_forward(OgClassifier *classifier, const OgInputBatch *batch,
                               uint64_t dropout_seed, float **scores, OgError *err) {
  const float *vectors;
  OG_TRY(og_classifier_encode(classifier, batch, dropout_seed, &vectors, err));
  return og_classifier_score(classifier, vectors, &batch->entities, batch->B, dropout_seed, scores,
                             err);
}

/* Backward of og_classifier_encode; dvectors (B,H) is used up. */
static OgStatus encode_backward(OgClassifier *classifier, float *dvectors, float *gradients,
                                OgError *err) {
  const size_t H = classifier->params->config.hidden_size;
  float *dhidden = dvectors;
  if (classifier->windows) {
    dhidden = classifier->dmeans;
    og_windows_backward(classifier->window_pooling, dhidden, dvectors, classifier->winners,
                        classifier->windows, classifier->B, H);
  }
  if (classifier->pooling == OG_POOLING_MEAN) {
    mean_backward(classifier->dhidden, dhidden, &classifier->tokens, H);
    dhidden = classifier->dhidden;
  }
  return og_encoder_backward(classifier->pass, dhidden, gradients, err);
}

OgStatus og_classifier_backward(OgClassifier *classifier, const float *dscores, float *gradients,
                                OgError *err) {
  const OgParams *params = classifier->params;
  float *dvectors = classifier->dpooled;
  og_head_backward(classifier->head, dscores, classifier->dfeatures, gradients);
  og_fusion_backward(classifier->fusion, classifier->dfeatures, classifier->dpooled, gradients);
  if (classifier->pooling == OG_POOLING_CLS) {
    dvectors = classifier->dvectors;
    og_pooler_backward(classifier->pooler, dvectors, gradients, classifier->dpooled);
  }
  return params->frozen >= og_params_encoder(params) && !params->lora
             ? OG_OK
             : encode_backward(classifier, dvectors, gradients, err);
}

const float *og_classifier_weights(const OgClassifier *classifier) {
  return og_fusion_weights(classifier->fusion);
}
