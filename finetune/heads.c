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
  size_t W, C;                   /* features and scores of a row */
  size_t E;                      /* mlm: width of the word embeddings; else W */
  size_t tensors[OG_ROLE_COUNT]; /* offsets into a parameter block; NOWHERE: there is none */

  /* The last forward. */
  size_t N;
  const float *features; /* (N,W) the caller's */
  OgDropout dropout;
  float *block; /* the memory of the arrays below */
  size_t capacity;
  float *scores;   /* (N,C) */
  float *input;    /* (N,E) what the last product reads: dropped features; mlm: n */
  float *u;        /* (N,E) mlm: before the activation */
  float *xhat, *r; /* (N,E), (N) mlm: of the LayerNorm */
  float *zeros;    /* (E) mlm: in place of a shift that the architecture lacks */
  float *partials; /* (threads, 2E) mlm: sums over the rows of one thread */

  /* The backward in work. */
  const float *dscores;
  float *dinput; /* (N,E) mlm: the gradient at n, and further down */
  float *dfeatures, *gradients;
};

static OgPart part_of(OgTeam *team, int thread) {
  return (OgPart){thread, og_team_size(team)};
}

#define NOWHERE SIZE_MAX

static const float *weight(const OgHead *head, OgRole role) {
  return head->tensors[role] == NOWHERE ? NULL : head->params->weights + head->tensors[role];
}

static float *gradient(const OgHead *head, OgRole role) {
  return head->tensors[role] == NOWHERE
             ? NULL
             : og_gradient_at(head->params, head->gradients, head->tensors[role]);
}

static void share_rows(const OgHead *head, int thread, size_t *begin, size_t *end) {
  og_share(head->N, 1, thread, og_team_size(head->team), begin, end);
}

/* ---- Classifier: scores = dropout(features) Wᵀ + b ---- */

static const OgRole classifier_roles[] = {OG_ROLE_CLASSIFIER_WEIGHT, OG_ROLE_CLASSIFIER_BIAS};

static void classifier_forward(OgHead *head, int thread) {
  const OgPart part = part_of(head->team, thread);
  const size_t N = head->N, W = head->W, C = head->C;
  size_t begin, end;
  share_rows(head, thread, &begin, &end);
  og_dropout(head->input + begin * W, head->features + begin * W, head->dropout, begin, end - begin,
             W);
  og_team_barrier(head->team);
  og_linear_forward(head->scores, head->input, weight(head, OG_ROLE_CLASSIFIER_WEIGHT),
                    weight(head, OG_ROLE_CLASSIFIER_BIAS), N, W, C, part);
}

static void classifier_backward(OgHead *head, int thread) {
  const OgPart part = part_of(head->team, thread);
  const size_t N = head->N, W = head->W, C = head->C;
  og_linear_backward_weight(gradient(head, OG_ROLE_CLASSIFIER_WEIGHT),
                            gradient(head, OG_ROLE_CLASSIFIER_BIAS), head->dscores, head->input, N,
                            W, C, part);
  og_linear_backward_input(head->dfeatures, 0, head->dscores,
                           weight(head, OG_ROLE_CLASSIFIER_WEIGHT), N, W, C, part);
  og_team_barrier(head->team);
  size_t begin, end;
  share_rows(head, thread, &begin, &end);
  float *rows = head->dfeatures + begin * W;
  og_dropout(rows, rows, head->dropout, begin, end - begin, W);
}

/* ---- Masked words: n = LayerNorm(f(features Wᵀ + b)), scores = n Eᵀ + c, E the word embeddings
 * ---- */

static const OgRole mlm_roles[] = {OG_ROLE_MLM_WEIGHT, OG_ROLE_MLM_BIAS, OG_ROLE_MLM_GAIN,
                                   OG_ROLE_MLM_SHIFT, OG_ROLE_DECODER_BIAS};

static void mlm_forward(OgHead *head, int thread) {
  const OgPart part = part_of(head->team, thread);
  const OgConfig *c = &head->params->config;
  const size_t N = head->N, H = head->W, E = head->E, V = head->C;
  const float *shift = weight(head, OG_ROLE_MLM_SHIFT);
  og_linear_forward(head->u, head->features, weight(head, OG_ROLE_MLM_WEIGHT), NULL, N, H, E, part);
  og_activation_forward(c->activation, head->xhat, head->u, weight(head, OG_ROLE_MLM_BIAS),
                        og_tile(N, E, part), E);
  og_team_barrier(head->team);
  size_t begin, end;
  share_rows(head, thread, &begin, &end);
  float *rows = head->xhat + begin * E;
  og_norm_forward(head->input + begin * E, rows, head->r + begin, rows,
                  weight(head, OG_ROLE_MLM_GAIN), shift ? shift : head->zeros, c->layer_norm_eps,
                  end - begin, E);
  og_team_barrier(head->team);
  og_linear_forward(head->scores, head->input, weight(head, OG_ROLE_WORDS),
                    weight(head, OG_ROLE_DECODER_BIAS), N, E, V, part);
}

/* total (E) += the k-th half of all threads' partial sums, in this thread's columns. */
static void add_partials(const OgHead *head, float *total, size_t k, OgPart part) {
  size_t begin, end;
  og_share(head->E, COLUMN_GRAIN, part.thread, part.threads, &begin, &end);
  if (total) {
    og_bias_backward(total + begin, head->partials + k * head->E + begin, (size_t)part.threads,
                     end - begin, 2 * head->E);
  }
}

static void mlm_backward(OgHead *head, int thread) {
  const OgPart part = part_of(head->team, thread);
  const size_t N = head->N, H = head->W, E = head->E, V = head->C;
  og_linear_backward_weight(gradient(head, OG_ROLE_WORDS), gradient(head, OG_ROLE_DECODER_BIAS),
                            head->dscores, head->input, N, E, V, part);
  og_linear_backward_input(head->dinput, 0, head->dscores, weight(head, OG_ROLE_WORDS), N, E, V,
                           part);
  og_team_barrier(head->team);

  float *sums = head->partials + (size_t)thread * 2 * E;
  size_t begin, end;
  share_rows(head, thread, &begin, &end);
  memset(sums, 0, 2 * E * sizeof *sums);
  float *rows = head->dinput + begin * E;
  og_norm_backward(rows, sums, sums + E, rows, head->xhat + begin * E, head->r + begin,
                   weight(head, OG_ROLE_MLM_GAIN), end - begin, E);
  og_activation_backward(head->params->config.activation, head->dinput, NULL, head->u,
                         (OgTile){begin, end - begin, 0, E}, E);
  og_team_barrier(head->team);

  og_linear_backward_weight(gradient(head, OG_ROLE_MLM_WEIGHT), gradient(head, OG_ROLE_MLM_BIAS),
                            head->dinput, head->features, N, H, E, part);
  og_linear_backward_input(head->dfeatures, 0, head->dinput, weight(head, OG_ROLE_MLM_WEIGHT), N, H,
                           E, part);
  add_partials(head, gradient(head, OG_ROLE_MLM_GAIN), 0, part);
  add_partials(head, gradient(head, OG_ROLE_MLM_SHIFT), 1, part);
}

/* ---- The table ---- */

static const OgHeadKind kinds[] = {
    {.name = "classify",
     .task = "ForSequenceClassification",
     .loss = OG_LOSS_CROSS_ENTROPY,
     .pooled = true,
     .roles = classifier_roles,
     .role_count = OG_COUNT(classifier_roles),
     .forward = classifier_forward,
     .backward = classifier_backward},
    {.name = "regress",
     .task = "ForSequenceClassification",
     .loss = OG_LOSS_SQUARED_ERROR,
     .pooled = true,
     .roles = classifier_roles,
     .role_count = OG_COUNT(classifier_roles),
     .forward = classifier_forward,
     .backward = classifier_backward},
    {.name = "tag",
     .task = "ForTokenClassification",
     .loss = OG_LOSS_CROSS_ENTROPY,
     .roles = classifier_roles,
     .role_count = OG_COUNT(classifier_roles),
     .forward = classifier_forward,
     .backward = classifier_backward},
    {.name = "mlm",
     .task = "ForMaskedLM",
     .loss = OG_LOSS_CROSS_ENTROPY,
     .all_words = true,
     .roles = mlm_roles,
     .role_count = OG_COUNT(mlm_roles),
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

/* An architecture may have a head work with the pooler's tensors: those are there already. */
static bool is_poolers(OgArchitecture architecture, const char *name) {
  for (int role = OG_ROLE_POOLER_WEIGHT; og_role_of_pooler((OgRole)role); role++) {
    const OgTensorRow *row = og_architecture_tensor(architecture, (OgRole)role);
    if (row && strcmp(row->name, name) == 0) {
      return true;
    }
  }
  return false;
}

size_t og_head_tensors(const OgHeadKind *kind, const OgConfig *config, size_t W, size_t C,
                       OgTensorSpec *specs) {
  size_t count = 0;
  for (size_t k = 0; k < kind->role_count; k++) {
    const OgRole role = kind->roles[k];
    const OgTensorRow *row = og_architecture_tensor(config->architecture, role);
    if (!row || is_poolers(config->architecture, row->name)) {
      continue;
    }
    OgTensorSpec *spec = &specs[count++];
    *spec = (OgTensorSpec){row->name, row->kind, og_config_size(config, row->rows),
                           og_config_size(config, row->columns), row->columns == OG_SIZE_1 ? 1 : 2};
    if (role == OG_ROLE_CLASSIFIER_WEIGHT || role == OG_ROLE_CLASSIFIER_BIAS) {
      spec->rows = C;
      spec->columns = role == OG_ROLE_CLASSIFIER_WEIGHT ? W : 1;
    }
  }
  return count;
}

static OgStatus find_tensor(OgHead *head, OgRole role, OgError *err) {
  const OgTensorRow *row = og_architecture_tensor(head->params->config.architecture, role);
  head->tensors[role] = NOWHERE;
  if (!row) {
    return OG_OK;
  }
  const size_t found = og_params_find(head->params, row->name);
  if (found == head->params->count) {
    return og_error_set(err, OG_BAD_STORE, "the parameters lack %s, which the %s head needs",
                        row->name, head->kind->name);
  }
  head->tensors[role] = head->params->tensors[found].offset;
  return OG_OK;
}

/* The first tensor of a kind is a matrix, one column a feature; the last is a bias, one number a
 * score. */
static OgStatus find_tensors(OgHead *head, OgError *err) {
  const OgHeadKind *kind = head->kind;
  OG_TRY(find_tensor(head, OG_ROLE_WORDS, err));
  for (size_t k = 0; k < kind->role_count; k++) {
    OG_TRY(find_tensor(head, kind->roles[k], err));
  }
  const OgArchitecture architecture = head->params->config.architecture;
  const OgTensor *tensors = head->params->tensors;
  const char *first = og_architecture_tensor(architecture, kind->roles[0])->name;
  const char *last = og_architecture_tensor(architecture, kind->roles[kind->role_count - 1])->name;
  const OgTensor *matrix = &tensors[og_params_find(head->params, first)];
  head->W = matrix->columns;
  head->C = tensors[og_params_find(head->params, last)].rows;
  head->E = kind->all_words ? matrix->rows : head->W;
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

size_t og_head_size(const OgHead *head, size_t N) {
  const size_t E = head->E, threads = (size_t)og_team_size(head->team);
  return (N * head->C + 4 * N * E + N + E + threads * 2 * E + 8 * 16) * sizeof(float);
}

/* Room for N rows: scores, and four arrays for the head that needs most. */
static OgStatus make_room(OgHead *head, size_t N, OgError *err) {
  const size_t E = head->E, threads = (size_t)og_team_size(head->team);
  const size_t needed = og_head_size(head, N) / sizeof(float);
  if (needed > head->capacity) {
    og_free_floats(head->block);
    head->capacity = 0;
    head->block = og_calloc_floats(needed);
    if (!head->block) {
      return og_error_no_room(err, needed * sizeof(float), "the scores of %zu rows", N);
    }
    head->capacity = needed;
  }
  float *rest = head->block;
  head->scores = carve(&rest, N, head->C);
  head->input = carve(&rest, N, E);
  head->u = carve(&rest, N, E);
  head->xhat = carve(&rest, N, E);
  head->dinput = carve(&rest, N, E);
  head->r = carve(&rest, N, 1);
  head->partials = carve(&rest, threads, 2 * E);
  head->zeros = carve(&rest, 1, E);
  memset(head->zeros, 0, E * sizeof(float));
  return OG_OK;
}

OgStatus og_head_reserve(OgHead *head, size_t N, OgError *err) {
  return make_room(head, N, err);
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
