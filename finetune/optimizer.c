#include "finetune/optimizer.h"

#include "core/memory.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

/* The word embeddings stand at the start of a block (params.h) and are its largest tensor by far:
 * one row a word, few of them in a batch. All that follows and is not frozen is "dense" here. Every
 * word's row knows the step up to which it has moved, and the rates of all steps are remembered, so
 * that a row can make up for those it missed. */

enum { GRAIN = 16, BLOCK = 16, REPLAY = 256 };

/* One step's numbers, for tensors of one group. */
typedef struct Step {
  float size;  /* λ / (1-β1ᵗ) */
  float root;  /* 1 / √(1-β2ᵗ) */
  float decay; /* λ d */
} Step;

/* A step of the past, as the word embeddings took it: the floats of Step, and what decay left of 1
 * up to and including it. */
typedef struct PastStep {
  double size, root, decay, kept;
} PastStep;

_Static_assert(sizeof(PastStep) == OG_PAST_STEP_NUMBERS * sizeof(double), "see OgOptimizerState");

struct OgOptimizer {
  OgParams *params;
  OgOptimizerOptions options;
  OgTeam *team;
  float *m, *v; /* (og_params_trained) */
  uint64_t steps;
  size_t V, H; /* of the word embeddings, [0, V·H) of a block; 0 when they are frozen */

  uint32_t *moved;   /* (V) the step up to which a row has moved */
  uint32_t *named;   /* (V) the step it was last named for; the coming one is steps + 1 */
  uint32_t *words;   /* (V) those named for the coming step */
  size_t word_count; /* of them */
  size_t current;    /* of them, those brought up to date already */

  PastStep *past;   /* [t] is step t; [0] is a step that changed nothing */
  size_t past_room; /* elements of it */
  size_t horizon;   /* missed steps after which momentum moves nothing any more */

  /* The step in work. */
  float *gradients;
  float scale; /* of gradients, by clipping */
  double rate;
  double *squares; /* (threads) */
};

OgOptimizerOptions og_optimizer_default(void) {
  return (OgOptimizerOptions){.beta1 = 0.9f,
                              .beta2 = 0.999f,
                              .epsilon = 1e-8f,
                              .decay = 0.01f,
                              .clip = 1,
                              .base_scale = 1,
                              .head_scale = 1};
}

static OgStatus check(const OgOptimizerOptions *options, OgError *err) {
  const struct {
    const char *name;
    float value, least, below;
  } limits[] = {
      {"beta1", options->beta1, 0, 1},
      {"beta2", options->beta2, 0, 1},
      {"epsilon", options->epsilon, 0, INFINITY},
      {"weight decay", options->decay, 0, INFINITY},
      {"clip", options->clip, 0, INFINITY},
      {"scale of the base's rate", options->base_scale, 0, INFINITY},
      {"scale of the head's rate", options->head_scale, 0, INFINITY},
  };
  for (size_t k = 0; k < OG_COUNT(limits); k++) {
    if (!(limits[k].value >= limits[k].least && limits[k].value < limits[k].below)) {
      return og_error_set(err, OG_USAGE, "%s is %g; expected at least %g and below %g",
                          limits[k].name, (double)limits[k].value, (double)limits[k].least,
                          (double)limits[k].below);
    }
  }
  return OG_OK;
}

/* After n steps without a gradient a step moves (β1/√β2)ⁿ of what the first moved: nothing to a
 * float at 2⁻³⁰. */
static size_t momentum_horizon(const OgOptimizerOptions *options) {
  const double shrink = (double)options->beta1 / sqrt((double)options->beta2);
  return shrink < 1 ? (size_t)ceil(-30 * log(2) / log(shrink)) : SIZE_MAX;
}

static OgStatus make_arrays(OgOptimizer *optimizer, OgError *err) {
  const size_t V = optimizer->V, total = og_params_trained(optimizer->params);
  optimizer->m = og_calloc_floats(total);
  optimizer->v = og_calloc_floats(total);
  optimizer->moved = OG_NEW_ARRAY(uint32_t, V);
  optimizer->named = OG_NEW_ARRAY(uint32_t, V);
  optimizer->words = OG_NEW_ARRAY(uint32_t, V);
  optimizer->past_room = 64;
  optimizer->past = OG_NEW_ARRAY(PastStep, optimizer->past_room);
  optimizer->squares = OG_NEW_ARRAY(double, (size_t)og_team_size(optimizer->team));
  if (!optimizer->m || !optimizer->v || !optimizer->moved || !optimizer->named ||
      !optimizer->words || !optimizer->past || !optimizer->squares) {
    return og_error_no_room(err, 2 * total * sizeof(float), "the optimizer's moments");
  }
  optimizer->past[0].kept = 1;
  return OG_OK;
}

OgStatus og_optimizer_new(OgParams *params, const OgOptimizerOptions *options, OgTeam *team,
                          OgOptimizer **optimizer, OgError *err) {
  OG_TRY(check(options, err));
  const size_t found = og_params_role(params, OG_ROLE_WORDS, 0);
  if (found == params->count || params->tensors[found].offset != 0) {
    return og_error_set(err, OG_FAILED, "the parameters do not begin with the words");
  }
  OgOptimizer *made = OG_NEW(OgOptimizer);
  if (!made) {
    return og_error_no_memory(err);
  }
  *made = (OgOptimizer){.params = params,
                        .options = *options,
                        .team = team,
                        .V = params->frozen > 0 ? 0 : params->tensors[found].rows,
                        .H = params->frozen > 0 ? 0 : params->tensors[found].columns,
                        .horizon = momentum_horizon(options)};
  const OgStatus status = make_arrays(made, err);
  if (status != OG_OK) {
    og_optimizer_free(made);
    return status;
  }
  *optimizer = made;
  return OG_OK;
}

void og_optimizer_free(OgOptimizer *optimizer) {
  if (!optimizer) {
    return;
  }
  og_free_floats(optimizer->m);
  og_free_floats(optimizer->v);
  og_free(optimizer->moved);
  og_free(optimizer->named);
  og_free(optimizer->words);
  og_free(optimizer->past);
  og_free(optimizer->squares);
  og_free(optimizer);
}

/* ---- One step ---- */

typedef struct Momentum {
  float beta1, beta2, epsilon;
} Momentum;

static Momentum momentum_of(const OgOptimizer *optimizer) {
  const OgOptimizerOptions *o = &optimizer->options;
  return (Momentum){o->beta1, o->beta2, o->epsilon};
}

/* The formula of optimizer.h on n parameters; g is scaled first and zeroed last. */
OG_KERNEL static void move(float *w, float *g, float *m, float *v, size_t n, Momentum with,
                           Step step, float scale) {
  const float fresh1 = 1.0f - with.beta1, fresh2 = 1.0f - with.beta2;
#pragma omp simd
  for (size_t j = 0; j < n; j++) {
    const float gradient = scale * g[j];
    const float mean = with.beta1 * m[j] + fresh1 * gradient;
    const float square = with.beta2 * v[j] + fresh2 * gradient * gradient;
    const float moved = step.size * mean / (sqrtf(square) * step.root + with.epsilon);
    w[j] -= step.decay * w[j] + moved;
    m[j] = mean;
    v[j] = square;
    g[j] = 0.0f;
  }
}

/* Step number `steps + 1` for tensors whose rate is multiplied by scale and that decay by d. */
static Step step_now(const OgOptimizer *optimizer, float scale, float d) {
  const double t = (double)optimizer->steps + 1;
  const double rate = optimizer->rate * (double)scale;
  return (Step){
      .size = (float)(rate / (1 - pow((double)optimizer->options.beta1, t))),
      .root = (float)(1 / sqrt(1 - pow((double)optimizer->options.beta2, t))),
      .decay = (float)(rate * (double)d),
  };
}

static bool decays(const OgTensor *tensor) {
  return tensor->kind == OG_TENSOR_WEIGHT || tensor->kind == OG_TENSOR_EMBEDDING;
}

static float rate_scale(const OgOptimizer *optimizer, const OgTensor *tensor) {
  return tensor->head ? optimizer->options.head_scale : optimizer->options.base_scale;
}

/* A piece of a dense tensor that falls into a thread's share. */
typedef struct Piece {
  const OgTensor *tensor;
  size_t begin, end;
} Piece;

/* The next piece of a thread's share at or after tensor *k; false when there is none. */
static bool next_piece(const OgOptimizer *optimizer, int thread, size_t *k, Piece *piece) {
  const OgParams *params = optimizer->params;
  const size_t words = optimizer->V * optimizer->H;
  const size_t first = words > 0 ? words : params->frozen;
  size_t begin, end;
  og_share(params->total - first, GRAIN, thread, og_team_size(optimizer->team), &begin, &end);
  for (; *k < params->count; ++*k) {
    const OgTensor *tensor = &params->tensors[*k];
    const size_t tensor_end = tensor->offset + tensor->rows * tensor->columns;
    const size_t from = tensor->offset > first + begin ? tensor->offset : first + begin;
    const size_t to = tensor_end < first + end ? tensor_end : first + end;
    if (from < to) {
      *piece = (Piece){tensor, from, to};
      ++*k;
      return true;
    }
  }
  return false;
}

OG_KERNEL static double sum_squares(const float *g, size_t n) {
  double sum = 0;
#pragma omp simd reduction(+ : sum)
  for (size_t j = 0; j < n; j++) {
    sum += (double)g[j] * (double)g[j];
  }
  return sum;
}

static void measure(void *data, int thread) {
  OgOptimizer *optimizer = data;
  float *g = optimizer->gradients;
  double sum = 0;
  Piece piece;
  for (size_t k = 0; next_piece(optimizer, thread, &k, &piece);) {
    sum += sum_squares(og_gradient_at(optimizer->params, g, piece.begin), piece.end - piece.begin);
  }
  size_t begin, end;
  og_share(optimizer->word_count, 1, thread, og_team_size(optimizer->team), &begin, &end);
  for (size_t k = begin; k < end; k++) {
    sum += sum_squares(g + optimizer->words[k] * optimizer->H, optimizer->H);
  }
  optimizer->squares[thread] = sum;
}

/* Move n parameters from `at` on. */
static void move_range(OgOptimizer *optimizer, size_t at, size_t n, float scale, float d) {
  const OgParams *params = optimizer->params;
  move(params->weights + at, og_gradient_at(params, optimizer->gradients, at),
       og_gradient_at(params, optimizer->m, at), og_gradient_at(params, optimizer->v, at), n,
       momentum_of(optimizer), step_now(optimizer, scale, d), optimizer->scale);
}

static void apply(void *data, int thread) {
  OgOptimizer *optimizer = data;
  const OgOptimizerOptions *o = &optimizer->options;
  Piece piece;
  for (size_t k = 0; next_piece(optimizer, thread, &k, &piece);) {
    move_range(optimizer, piece.begin, piece.end - piece.begin, rate_scale(optimizer, piece.tensor),
               decays(piece.tensor) ? o->decay : 0);
  }
  size_t begin, end;
  og_share(optimizer->word_count, 1, thread, og_team_size(optimizer->team), &begin, &end);
  for (size_t k = begin; k < end; k++) {
    const uint32_t word = optimizer->words[k];
    move_range(optimizer, word * optimizer->H, optimizer->H, o->base_scale, o->decay);
    optimizer->moved[word] = (uint32_t)(optimizer->steps + 1);
  }
}

/* ---- Rows that missed steps ----
 *
 * n steps without a gradient: m and v shrink to β1ⁿ m and β2ⁿ v, and step k of them, 1 ≤ k ≤ n,
 * moves w -= decay w + size β1ᵏ m / (√v √β2ᵏ root + ε).
 */

/* `count` missed steps of n ≤ BLOCK parameters. divisors[k] is √β2ᵏ root, sizes[k] size β1ᵏ, of the
 * k-th of them. */
typedef struct Missed {
  size_t count;
  float sizes[REPLAY], divisors[REPLAY], decays[REPLAY];
} Missed;

OG_KERNEL static void make_up(float *w, const float *m, const float *v, size_t n,
                              const Missed *missed, float epsilon) {
  for (size_t j = 0; j < n; j += BLOCK) {
    const size_t width = n - j < BLOCK ? n - j : BLOCK;
    float weights[BLOCK] = {0}, means[BLOCK] = {0}, roots[BLOCK] = {0};
    memcpy(weights, w + j, width * sizeof *w);
    memcpy(means, m + j, width * sizeof *m);
    memcpy(roots, v + j, width * sizeof *v);
#pragma omp simd
    for (size_t i = 0; i < BLOCK; i++) {
      roots[i] = sqrtf(roots[i]);
    }
    for (size_t k = 0; k < missed->count; k++) {
      const float size = missed->sizes[k], divisor = missed->divisors[k];
      const float decay = missed->decays[k];
#pragma omp simd
      for (size_t i = 0; i < BLOCK; i++) {
        weights[i] -= decay * weights[i] + size * means[i] / (roots[i] * divisor + epsilon);
      }
    }
    memcpy(w + j, weights, width * sizeof *w);
  }
}

OG_KERNEL static void shrink(float *x, size_t n, float factor) {
#pragma omp simd
  for (size_t j = 0; j < n; j++) {
    x[j] *= factor;
  }
}

/* Replay steps [from, from + count) of the past, the first of which comes `gone` steps after the
 * last gradient. */
static void replay(OgOptimizer *optimizer, size_t at, size_t from, size_t gone, size_t count) {
  const OgOptimizerOptions *o = &optimizer->options;
  const double beta1 = (double)o->beta1, root2 = sqrt((double)o->beta2);
  Missed missed = {.count = count};
  double mean_left = pow(beta1, (double)gone), root_left = pow(root2, (double)gone);
  for (size_t k = 0; k < count; k++) {
    const PastStep *step = &optimizer->past[from + k];
    mean_left *= beta1;
    root_left *= root2;
    missed.sizes[k] = (float)(mean_left * step->size);
    missed.divisors[k] = (float)(root_left * step->root);
    missed.decays[k] = (float)step->decay;
  }
  make_up(optimizer->params->weights + at, optimizer->m + at, optimizer->v + at, optimizer->H,
          &missed, o->epsilon);
}

/* Bring the row of a word up to the last step. */
static void catch_up(OgOptimizer *optimizer, uint32_t word) {
  const OgOptimizerOptions *o = &optimizer->options;
  const size_t at = word * optimizer->H;
  const size_t moved = optimizer->moved[word];
  const size_t n = (size_t)optimizer->steps - moved;
  if (n == 0) {
    return;
  }
  const bool at_rest = moved == 0; /* never had a gradient: its moments are zero */
  const size_t active = at_rest ? 0 : n < optimizer->horizon ? n : optimizer->horizon;
  for (size_t gone = 0; gone < active; gone += REPLAY) {
    replay(optimizer, at, moved + 1 + gone, gone, active - gone < REPLAY ? active - gone : REPLAY);
  }
  if (active < n) {
    const double left = optimizer->past[moved + n].kept / optimizer->past[moved + active].kept;
    shrink(optimizer->params->weights + at, optimizer->H, (float)left);
  }
  if (!at_rest) {
    shrink(optimizer->m + at, optimizer->H, (float)pow((double)o->beta1, (double)n));
    shrink(optimizer->v + at, optimizer->H, (float)pow((double)o->beta2, (double)n));
  }
  optimizer->moved[word] = (uint32_t)optimizer->steps;
}

static void catch_up_named(void *data, int thread) {
  OgOptimizer *optimizer = data;
  size_t begin, end;
  og_share(optimizer->word_count - optimizer->current, 1, thread, og_team_size(optimizer->team),
           &begin, &end);
  for (size_t k = begin; k < end; k++) {
    catch_up(optimizer, optimizer->words[optimizer->current + k]);
  }
}

static void catch_up_all(void *data, int thread) {
  OgOptimizer *optimizer = data;
  size_t begin, end;
  og_share(optimizer->V, 1, thread, og_team_size(optimizer->team), &begin, &end);
  for (size_t word = begin; word < end; word++) {
    catch_up(optimizer, (uint32_t)word);
  }
}

/* ---- The public calls ---- */

static void name_word(OgOptimizer *optimizer, uint32_t word) {
  const uint32_t coming = (uint32_t)(optimizer->steps + 1);
  if (optimizer->named[word] != coming) {
    optimizer->named[word] = coming;
    optimizer->words[optimizer->word_count++] = word;
  }
}

OgStatus og_optimizer_begin(OgOptimizer *optimizer, const uint32_t *ids, size_t count,
                            OgError *err) {
  if (optimizer->V == 0) {
    return OG_OK;
  }
  for (size_t k = 0; ids && k < count; k++) {
    if (ids[k] >= optimizer->V) {
      return og_error_set(err, OG_USAGE, "token id %lu at place %zu; the model has %zu",
                          (unsigned long)ids[k], k, optimizer->V);
    }
  }
  optimizer->current = optimizer->word_count;
  for (size_t k = 0; ids && k < count; k++) {
    name_word(optimizer, ids[k]);
  }
  for (size_t word = 0; !ids && word < optimizer->V; word++) {
    name_word(optimizer, (uint32_t)word);
  }
  og_team_run(optimizer->team, catch_up_named, optimizer);
  return OG_OK;
}

/* Remember the step that was just computed. */
static void remember(OgOptimizer *optimizer) {
  const OgOptimizerOptions *o = &optimizer->options;
  const size_t t = (size_t)optimizer->steps + 1;
  const double decay = optimizer->rate * (double)o->base_scale * (double)o->decay;
  const Step step = step_now(optimizer, o->base_scale, o->decay);
  optimizer->past[t] = (PastStep){.size = (double)step.size,
                                  .root = (double)step.root,
                                  .decay = (double)step.decay,
                                  .kept = optimizer->past[t - 1].kept * (1 - decay)};
}

/* Make room to remember so many steps. */
static OgStatus remember_steps(OgOptimizer *optimizer, size_t room, OgError *err) {
  PastStep *grown = og_realloc(optimizer->past, room, sizeof *grown);
  if (!grown) {
    return og_error_no_room(err, room * sizeof *grown, "the optimizer's memory of %zu steps",
                            room - 1);
  }
  optimizer->past = grown;
  optimizer->past_room = room;
  return OG_OK;
}

/* Make room to remember steps up to number t. */
static OgStatus make_room(OgOptimizer *optimizer, uint64_t t, OgError *err) {
  const size_t needed = (size_t)t + 1;
  return needed > optimizer->past_room ? remember_steps(optimizer, 2 * needed, err) : OG_OK;
}

size_t og_optimizer_size(const OgParams *params, uint64_t steps) {
  const OgTensor *words = &params->tensors[og_params_role(params, OG_ROLE_WORDS, 0)];
  const size_t V = params->frozen > 0 ? 0 : words->rows;
  return 2 * og_params_trained(params) * sizeof(float) + 3 * V * sizeof(uint32_t) +
         ((size_t)steps + 1) * sizeof(PastStep);
}

OgStatus og_optimizer_reserve(OgOptimizer *optimizer, uint64_t steps, OgError *err) {
  const size_t needed = (size_t)steps + 1;
  return needed > optimizer->past_room ? remember_steps(optimizer, needed, err) : OG_OK;
}

OgStatus og_optimizer_step(OgOptimizer *optimizer, float *gradients, double rate, double *norm,
                           OgError *err) {
  if (optimizer->word_count == 0 && optimizer->V > 0) {
    return og_error_set(err, OG_USAGE, "no words were named for the step; call og_optimizer_begin");
  }
  OG_TRY(make_room(optimizer, optimizer->steps + 1, err));
  optimizer->gradients = gradients;
  optimizer->rate = rate;
  og_team_run(optimizer->team, measure, optimizer);
  double sum = 0;
  for (int thread = 0; thread < og_team_size(optimizer->team); thread++) {
    sum += optimizer->squares[thread];
  }
  const double size = sqrt(sum), clip = (double)optimizer->options.clip;
  if (norm) {
    *norm = size;
  }
  if (!isfinite(size)) {
    return og_error_set(err, OG_FAILED,
                        "the gradient of step %llu is not finite; lower the learning rate",
                        (unsigned long long)optimizer->steps + 1);
  }
  optimizer->scale = clip > 0 && size > clip ? (float)(clip / size) : 1;
  og_team_run(optimizer->team, apply, optimizer);
  remember(optimizer);
  optimizer->steps++;
  optimizer->word_count = 0;
  return OG_OK;
}

void og_optimizer_finish(OgOptimizer *optimizer) {
  og_team_run(optimizer->team, catch_up_all, optimizer);
}

OgOptimizerState og_optimizer_state(OgOptimizer *optimizer) {
  return (OgOptimizerState){.steps = optimizer->steps,
                            .words = optimizer->V,
                            .m = optimizer->m,
                            .v = optimizer->v,
                            .moved = optimizer->moved,
                            .past = &optimizer->past[0].size};
}

OgStatus og_optimizer_resume(OgOptimizer *optimizer, uint64_t steps, OgError *err) {
  if (steps >= UINT32_MAX) {
    return og_error_set(err, OG_BAD_STORE, "%llu steps are more than any training takes",
                        (unsigned long long)steps);
  }
  OG_TRY(make_room(optimizer, steps, err));
  optimizer->steps = steps;
  return OG_OK;
}
