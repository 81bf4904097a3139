#include "finetune/heads.h"

#include "core/blas.h"
#include "core/memory.h"
#include "model/ops.h"

#include <string.h>

enum { COLUMN_GRAIN = 16 };

struct OgHead {
  const OgHeadKind *kind;
  const OgParams *params;
  OgTeam *team;
  size_t W, C;                         /* features and scores of a row */
  size_t tensors[OG_HEAD_TENSORS_MAX]; /* offsets, in the order of the kind's specs */
  size_t words;                        /* offset of the word embeddings */

  /* The last forward. */
  size_t N;
  const float *features; /* (N,W) the caller's */
  OgDropout dropout;
  float *block; /* the memory of the arrays below */
  size_t capacity;
  float *scores;   /* (N,C) */
  float *input;    /* (N,W) what the last product reads: dropped features; mlm: n */
  float *u;        /* (N,W) mlm: before the activation */
  float *xhat, *r; /* (N,W), (N) mlm: of the LayerNorm */
  float *partials; /* (threads, 2W) mlm: sums over the rows of one thread */

  /* The backward in work. */
  const float *dscores;
  float *dinput; /* (N,W) mlm: the gradient at n, and further down */
  float *dfeatures, *gradients;
};

static OgPart part_of(OgTeam *team, int thread) {
  return (OgPart){thread, og_team_size(team)};
}

static const float *weight(const OgHead *head, size_t tensor) {
  return head->params->weights + head->tensors[tensor];
}

static float *gradient(const OgHead *head, size_t tensor) {
  return head->gradients + head->tensors[tensor];
}

static void share_rows(const OgHead *head, int thread, size_t *begin, size_t *end) {
  og_share(head->N, 1, thread, og_team_size(head->team), begin, end);
}

/* ---- Classifier: scores = dropout(features) Wᵀ + b ---- */

enum { CLASSIFIER_WEIGHT, CLASSIFIER_BIAS };

static size_t classifier_tensors(OgTensorSpec *specs, const OgConfig *config, size_t W, size_t C) {
  (void)config;
  specs[CLASSIFIER_WEIGHT] = (OgTensorSpec){"classifier.weight", OG_TENSOR_WEIGHT, C, W, 2};
  specs[CLASSIFIER_BIAS] = (OgTensorSpec){"classifier.bias", OG_TENSOR_BIAS, C, 1, 1};
  return 2;
}

static void classifier_forward(OgHead *head, int thread) {
  const OgPart part = part_of(head->team, thread);
  const size_t N = head->N, W = head->W, C = head->C;
  size_t begin, end;
  share_rows(head, thread, &begin, &end);
  og_dropout(head->input + begin * W, head->features + begin * W, head->dropout, begin, end - begin,
             W);
  og_team_barrier(head->team);
  og_linear_forward(head->scores, head->input, weight(head, CLASSIFIER_WEIGHT),
                    weight(head, CLASSIFIER_BIAS), N, W, C, part);
}

static void classifier_backward(OgHead *head, int thread) {
  const OgPart part = part_of(head->team, thread);
  const size_t N = head->N, W = head->W, C = head->C;
  og_linear_backward_weight(gradient(head, CLASSIFIER_WEIGHT), gradient(head, CLASSIFIER_BIAS),
                            head->dscores, head->input, N, W, C, part);
  og_linear_backward_input(head->dfeatures, 0, head->dscores, weight(head, CLASSIFIER_WEIGHT), N, W,
                           C, part);
  og_team_barrier(head->team);
  size_t begin, end;
  share_rows(head, thread, &begin, &end);
  float *rows = head->dfeatures + begin * W;
  og_dropout(rows, rows, head->dropout, begin, end - begin, W);
}

/* ---- Masked words: n = LayerNorm(f(features Wᵀ + b)), scores = n Eᵀ + c, E the word embeddings
 * ---- */

enum { DENSE_WEIGHT, DENSE_BIAS, GAMMA, BETA, DECODER_BIAS };

static size_t mlm_tensors(OgTensorSpec *specs, const OgConfig *config, size_t W, size_t C) {
  (void)W;
  (void)C;
  const size_t H = config->hidden_size, V = config->vocab_size;
  specs[DENSE_WEIGHT] =
      (OgTensorSpec){"cls.predictions.transform.dense.weight", OG_TENSOR_WEIGHT, H, H, 2};
  specs[DENSE_BIAS] =
      (OgTensorSpec){"cls.predictions.transform.dense.bias", OG_TENSOR_BIAS, H, 1, 1};
  specs[GAMMA] =
      (OgTensorSpec){"cls.predictions.transform.LayerNorm.weight", OG_TENSOR_NORM, H, 1, 1};
  specs[BETA] = (OgTensorSpec){"cls.predictions.transform.LayerNorm.bias", OG_TENSOR_NORM, H, 1, 1};
  specs[DECODER_BIAS] = (OgTensorSpec){"cls.predictions.bias", OG_TENSOR_BIAS, V, 1, 1};
  return 5;
}

static void mlm_forward(OgHead *head, int thread) {
  const OgPart part = part_of(head->team, thread);
  const OgConfig *c = &head->params->config;
  const size_t N = head->N, H = head->W, V = head->C;
  og_linear_forward(head->u, head->features, weight(head, DENSE_WEIGHT), NULL, N, H, H, part);
  og_activation_forward(c->activation, head->xhat, head->u, weight(head, DENSE_BIAS),
                        og_tile(N, H, part), H);
  og_team_barrier(head->team);
  size_t begin, end;
  share_rows(head, thread, &begin, &end);
  float *rows = head->xhat + begin * H;
  og_norm_forward(head->input + begin * H, rows, head->r + begin, rows, weight(head, GAMMA),
                  weight(head, BETA), c->layer_norm_eps, end - begin, H);
  og_team_barrier(head->team);
  og_linear_forward(head->scores, head->input, head->params->weights + head->words,
                    weight(head, DECODER_BIAS), N, H, V, part);
}

static void mlm_backward(OgHead *head, int thread) {
  const OgPart part = part_of(head->team, thread);
  const size_t N = head->N, H = head->W, V = head->C;
  og_linear_backward_weight(head->gradients + head->words, gradient(head, DECODER_BIAS),
                            head->dscores, head->input, N, H, V, part);
  og_linear_backward_input(head->dinput, 0, head->dscores, head->params->weights + head->words, N,
                           H, V, part);
  og_team_barrier(head->team);

  float *sums = head->partials + (size_t)thread * 2 * H;
  size_t begin, end;
  share_rows(head, thread, &begin, &end);
  memset(sums, 0, 2 * H * sizeof *sums);
  float *rows = head->dinput + begin * H;
  og_norm_backward(rows, sums, sums + H, rows, head->xhat + begin * H, head->r + begin,
                   weight(head, GAMMA), end - begin, H);
  og_activation_backward(head->params->config.activation, head->dinput, head->u,
                         (OgTile){begin, end - begin, 0, H}, H);
  og_team_barrier(head->team);

  og_linear_backward_weight(gradient(head, DENSE_WEIGHT), gradient(head, DENSE_BIAS), head->dinput,
                            head->features, N, H, H, part);
  og_linear_backward_input(head->dfeatures, 0, head->dinput, weight(head, DENSE_WEIGHT), N, H, H,
                           part);
  og_share(H, COLUMN_GRAIN, thread, part.threads, &begin, &end);
  const float *columns = head->partials + begin;
  og_bias_backward(gradient(head, GAMMA) + begin, columns, (size_t)part.threads, end - begin,
                   2 * H);
  og_bias_backward(gradient(head, BETA) + begin, columns + H, (size_t)part.threads, end - begin,
                   2 * H);
}

/* ---- The table ---- */

static const OgHeadKind kinds[] = {
    {.name = "classify",
     .architecture = "BertForSequenceClassification",
     .loss = OG_LOSS_CROSS_ENTROPY,
     .pooled = true,
     .tensors = classifier_tensors,
     .forward = classifier_forward,
     .backward = classifier_backward},
    {.name = "regress",
     .architecture = "BertForSequenceClassification",
     .loss = OG_LOSS_SQUARED_ERROR,
     .pooled = true,
     .tensors = classifier_tensors,
     .forward = classifier_forward,
     .backward = classifier_backward},
    {.name = "tag",
     .architecture = "BertForTokenClassification",
     .loss = OG_LOSS_CROSS_ENTROPY,
     .tensors = classifier_tensors,
     .forward = classifier_forward,
     .backward = classifier_backward},
    {.name = "mlm",
     .architecture = "BertForMaskedLM",
     .loss = OG_LOSS_CROSS_ENTROPY,
     .all_words = true,
     .tensors = mlm_tensors,
     .forward = mlm_forward,
     .backward = mlm_backward},
};

const OgHeadKind *og_head_kind(const char *name) {
  for (size_t k = 0; k < OG_COUNT(kinds); k++) {
    if (strcmp(kinds[k].name, name) == 0) {
      return &kinds[k];
    }
  }
  return NULL;
}

/* ---- A head and its memory ---- */

static OgStatus find_tensor(const OgHead *head, const char *name, const OgTensor **tensor,
                            OgError *err) {
  const size_t found = og_params_find(head->params, name);
  if (found == head->params->count) {
    return og_error_set(err, OG_BAD_STORE, "the parameters lack %s, which the %s head needs", name,
                        head->kind->name);
  }
  *tensor = &head->params->tensors[found];
  return OG_OK;
}

/* The last tensor of a kind is a bias, one number a score; the first is a matrix, one column a
 * feature. */
static OgStatus find_tensors(OgHead *head, OgError *err) {
  OgTensorSpec specs[OG_HEAD_TENSORS_MAX];
  const size_t count = head->kind->tensors(specs, &head->params->config, 1, 1);
  const OgTensor *tensor = NULL;
  for (size_t k = 0; k < count; k++) {
    OG_TRY(find_tensor(head, specs[k].name, &tensor, err));
    head->tensors[k] = tensor->offset;
    head->W = k == 0 ? tensor->columns : head->W;
    head->C = tensor->rows;
  }
  OG_TRY(find_tensor(head, "embeddings.word_embeddings.weight", &tensor, err));
  head->words = tensor->offset;
  return OG_OK;
}

OgStatus og_head_new(const OgHeadKind *kind, const OgParams *params, OgTeam *team, OgHead **head,
                     OgError *err) {
  OG_TRY(og_blas_load(err));
  OgHead *made = OG_NEW(OgHead);
  if (!made) {
    return og_error_no_memory(err);
  }
  *made = (OgHead){.kind = kind, .params = params, .team = team};
  const OgStatus status = find_tensors(made, err);
  if (status != OG_OK) {
    og_head_free(made);
    return status;
  }
  *head = made;
  return OG_OK;
}

void og_head_free(OgHead *head) {
  if (!head) {
    return;
  }
  og_free_floats(head->block);
  og_free(head);
}

size_t og_head_features(const OgHead *head) {
  return head->W;
}

size_t og_head_classes(const OgHead *head) {
  return head->C;
}

static float *carve(float **rest, size_t rows, size_t columns) {
  float *piece = *rest;
  *rest += (rows * columns + 15) / 16 * 16;
  return piece;
}

/* Room for N rows: scores, and four arrays of features for the head that needs most. */
static OgStatus make_room(OgHead *head, size_t N, OgError *err) {
  const size_t W = head->W, threads = (size_t)og_team_size(head->team);
  const size_t needed = N * head->C + 4 * N * W + N + threads * 2 * W + 7 * 16;
  if (needed > head->capacity) {
    og_free_floats(head->block);
    head->capacity = 0;
    head->block = og_calloc_floats(needed);
    if (!head->block) {
      return og_error_set(err, OG_NO_MEMORY,
                          "no memory for the scores of %zu rows: %zu MB needed; take smaller "
                          "batches",
                          N, needed * sizeof(float) >> 20);
    }
    head->capacity = needed;
  }
  float *rest = head->block;
  head->scores = carve(&rest, N, head->C);
  head->input = carve(&rest, N, W);
  head->u = carve(&rest, N, W);
  head->xhat = carve(&rest, N, W);
  head->dinput = carve(&rest, N, W);
  head->r = carve(&rest, N, 1);
  head->partials = carve(&rest, threads, 2 * W);
  return OG_OK;
}

static void forward(void *data, int thread) {
  OgHead *head = data;
  head->kind->forward(head, thread);
}

static void backward(void *data, int thread) {
  OgHead *head = data;
  head->kind->backward(head, thread);
}

OgStatus og_head_forward(OgHead *head, const float *features, size_t N, uint64_t dropout_seed,
                         float **scores, OgError *err) {
  OG_TRY(make_room(head, N, err));
  head->N = N;
  head->features = features;
  head->dropout = (OgDropout){head->params->config.hidden_dropout > 0 ? dropout_seed : 0,
                              head->params->config.hidden_dropout};
  og_team_run(head->team, forward, head);
  *scores = head->scores;
  return OG_OK;
}

void og_head_backward(OgHead *head, const float *dscores, float *dfeatures, float *gradients) {
  head->dscores = dscores;
  head->dfeatures = dfeatures;
  head->gradients = gradients;
  og_team_run(head->team, backward, head);
}

/* ---- Pooler: pooled = tanh(hidden Wᵀ + b) ---- */

typedef struct Pooler {
  OgTeam *team;
  size_t B, H;
  const float *W, *b, *hidden, *pooled;
  float *made, *dpooled, *dhidden, *dW, *db; /* made: pooled, in the forward */
} Pooler;

static void find_pooler(const OgParams *params, size_t *weights, size_t *bias) {
  *weights = params->tensors[og_params_find(params, "pooler.dense.weight")].offset;
  *bias = params->tensors[og_params_find(params, "pooler.dense.bias")].offset;
}

static void pool_forward(void *data, int thread) {
  const Pooler *p = data;
  const OgPart part = part_of(p->team, thread);
  size_t begin, end;
  og_linear_forward(p->made, p->hidden, p->W, p->b, p->B, p->H, p->H, part);
  og_team_barrier(p->team);
  og_share(p->B * p->H, COLUMN_GRAIN, thread, part.threads, &begin, &end);
  og_tanh_forward(p->made + begin, p->made + begin, end - begin);
}

static void pool_backward(void *data, int thread) {
  const Pooler *p = data;
  const OgPart part = part_of(p->team, thread);
  size_t begin, end;
  og_share(p->B * p->H, COLUMN_GRAIN, thread, part.threads, &begin, &end);
  og_tanh_backward(p->dpooled + begin, p->dpooled + begin, p->pooled + begin, end - begin);
  og_team_barrier(p->team);
  og_linear_backward_weight(p->dW, p->db, p->dpooled, p->hidden, p->B, p->H, p->H, part);
  og_linear_backward_input(p->dhidden, 0, p->dpooled, p->W, p->B, p->H, p->H, part);
}

void og_pooler_forward(OgTeam *team, const OgParams *params, float *pooled, const float *hidden,
                       size_t B) {
  size_t weights, bias;
  find_pooler(params, &weights, &bias);
  Pooler pooler = {.team = team,
                   .B = B,
                   .H = params->config.hidden_size,
                   .W = params->weights + weights,
                   .b = params->weights + bias,
                   .hidden = hidden,
                   .made = pooled};
  og_team_run(team, pool_forward, &pooler);
}

void og_pooler_backward(OgTeam *team, const OgParams *params, float *dhidden, float *gradients,
                        float *dpooled, const float *pooled, const float *hidden, size_t B) {
  size_t weights, bias;
  find_pooler(params, &weights, &bias);
  Pooler pooler = {.team = team,
                   .B = B,
                   .H = params->config.hidden_size,
                   .W = params->weights + weights,
                   .hidden = hidden,
                   .pooled = pooled,
                   .dpooled = dpooled,
                   .dhidden = dhidden,
                   .dW = gradients + weights,
                   .db = gradients + bias};
  og_team_run(team, pool_backward, &pooler);
}
