#include "kg/embed_calibrate.h"

#include "core/blas.h"
#include "core/memory.h"
#include "core/vmath.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
  CANDIDATES = 20, /* a query */
  MOST_QUERIES = 4000,
  LEAST_ANSWERS = 30, /* among the candidates, for a fit that means something */
  STEP_ANSWERS = 20,  /* in a step of the curve: fewer follow chance */
  LEAST_STEPS = 3     /* with fewer answers than that many such steps need, steps have fewer */
};

static const double most_scores = 1e8; /* queries × entities */

typedef struct Sample {
  double x;
  bool right;
} Sample;

typedef struct Samples {
  Sample *items; /* (MOST_QUERIES, CANDIDATES) */
  size_t count, right;
} Samples;

OG_KERNEL static float sum_exp(const float *scores, size_t count, float maximum) {
  float sum = 0;
#pragma omp simd reduction(+ : sum)
  for (size_t n = 0; n < count; n++) {
    sum += og_vexp(scores[n] - maximum);
  }
  return sum;
}

double og_log_sum_exp(const float *scores, size_t count) {
  enum { BLOCK = 4096 }; /* scores summed in float */
  float maximum = -INFINITY;
  double sum = 0;
  for (size_t n = 0; n < count; n++) {
    maximum = scores[n] > maximum ? scores[n] : maximum;
  }
  for (size_t n = 0; n < count && maximum > -INFINITY; n += BLOCK) {
    sum += (double)sum_exp(scores + n, count - n < BLOCK ? count - n : BLOCK, maximum);
  }
  return (double)maximum + log(sum);
}

double og_calibrated(const OgCurve *curve, double x) {
  const size_t count = curve->count;
  if (count == 0) {
    return (double)NAN;
  }
  if (x < curve->points[0].x) {
    return curve->points[0].probability * exp(x - curve->points[0].x);
  }
  size_t k = 1;
  while (k < count && x >= curve->points[k].x) {
    k++;
  }
  const double from = curve->points[k - 1].x, low = curve->points[k - 1].probability;
  return k == count ? low
                    : low + (curve->points[k].probability - low) * (x - from) /
                                (curve->points[k].x - from);
}

size_t og_take_best(float *scores, size_t count, float *score) {
  size_t best = 0;
  for (size_t n = 1; n < count; n++) {
    best = scores[n] > scores[best] ? n : best;
  }
  *score = scores[best];
  scores[best] = -INFINITY;
  return best;
}

/* ---- candidates ---- */

/* The candidates of query k of asked; q (D) and scores (N) are for the work. */
static void add_candidates(Samples *samples, const OgEmbedModel *model, const OgAnswerBias *bias,
                           const OgQueries *train, const OgQueries *asked, size_t k, float *q,
                           float *scores) {
  const uint32_t *answers = asked->answers + asked->start[k];
  const size_t answer_count = asked->start[k + 1] - asked->start[k];
  size_t known_count;
  const uint32_t *known =
      og_queries_find(train, asked->entity[k], asked->relation[k], &known_count);
  og_embed_query(model, asked->entity[k], asked->relation[k], q);
  og_score_block(model->model->similarity, scores, model->N, q, 1, model->entities, model->N,
                 model->D);
  if (bias) {
    og_bias_add(bias, asked->relation[k], scores);
  }
  for (size_t n = 0; n < known_count; n++) {
    scores[known[n]] = -INFINITY;
  }
  scores[asked->entity[k]] = -INFINITY;
  const double all = og_log_sum_exp(scores, model->N);
  for (size_t c = 0; c < CANDIDATES; c++) {
    float score;
    const uint32_t candidate = (uint32_t)og_take_best(scores, model->N, &score);
    if (!isfinite(score)) {
      break;
    }
    const size_t place = og_lower_bound(answers, answer_count, candidate);
    const bool right = place < answer_count && answers[place] == candidate;
    samples->items[samples->count++] = (Sample){(double)score - all, right};
    samples->right += right;
  }
}

/* The candidates of a part's queries, evenly drawn when there are too many. */
static OgStatus collect(Samples *samples, const OgEmbedModel *model, const OgAnswerBias *bias,
                        const OgQueries *train, const OgQueries *asked, OgError *err) {
  const double affordable = most_scores / (double)model->N;
  size_t most = affordable < MOST_QUERIES ? (size_t)affordable : MOST_QUERIES;
  most = asked->count < most ? asked->count : most;
  OgStatus status = OG_OK;
  float *q = og_calloc_floats(model->D), *scores = og_calloc_floats(model->N);
  samples->items = OG_NEW_ARRAY(Sample, most * CANDIDATES);
  if (!q || !scores || !samples->items) {
    status = og_error_no_memory(err);
    goto done;
  }
  for (size_t k = 0; k < most; k++) {
    add_candidates(samples, model, bias, train, asked, k * asked->count / most, q, scores);
  }
done:
  og_free_floats(q);
  og_free_floats(scores);
  return status;
}

/* ---- the fit ---- */

/* Neighbouring samples that have one probability. */
typedef struct Step {
  double sum; /* of x */
  size_t count, right;
} Step;

static double share(const Step *step) {
  return (double)step->right / (double)step->count;
}

static void join(Step *step, const Step *next) {
  step->sum += next->sum;
  step->count += next->count;
  step->right += next->right;
}

/* Of equal ones those that are right come first, so that the fit joins them with the others. */
static int compare_samples(const void *a, const void *b) {
  const Sample *x = a, *y = b;
  return x->x != y->x ? (x->x > y->x) - (x->x < y->x) : y->right - x->right;
}

/* Pool adjacent violators: steps whose shares of right ones rise. Returns their number. */
static size_t pool(const Samples *samples, Step *steps) {
  size_t count = 0;
  for (size_t k = 0; k < samples->count; k++) {
    steps[count++] = (Step){samples->items[k].x, 1, samples->items[k].right};
    while (count > 1 && share(&steps[count - 2]) >= share(&steps[count - 1])) {
      join(&steps[count - 2], &steps[count - 1]);
      count--;
    }
  }
  return count;
}

/* Whether the lowest step says something of its own: it has `least` right ones, or would have them
 * if as many were right as in the next. */
static bool stands_alone(const Step *lowest, const Step *next, size_t least) {
  return lowest->right >= least || (double)lowest->count * share(next) >= (double)least;
}

/* Join steps from the top downwards, until each has `least` right ones; the lowest may have fewer,
 * among many. They end up at the beginning of the array; returns their number. */
static size_t coarsen(Step *steps, size_t count, size_t least) {
  size_t first = count;
  for (size_t k = count; k-- > 0;) {
    if (first < count && steps[first].right < least) {
      join(&steps[first], &steps[k]);
    } else {
      steps[--first] = steps[k];
    }
  }
  if (first + 1 < count && !stands_alone(&steps[first], &steps[first + 1], least)) {
    join(&steps[first + 1], &steps[first]);
    first++;
  }
  memmove(steps, steps + first, (count - first) * sizeof *steps);
  return count - first;
}

/* A point in the middle of each step, at the share of those that are right. Where all are, or none,
 * the next may be another (Laplace's rule of succession), but the curve rises all the same: only
 * the last step can be all right, and only the first all wrong. */
static void draw(const Step *steps, size_t count, OgCurve *curve) {
  curve->count = count;
  for (size_t k = 0; k < count; k++) {
    const Step *step = &steps[k];
    const double rule = ((double)step->right + 1) / ((double)step->count + 2);
    double p = share(step);
    if (step->right == step->count) {
      p = k > 0 ? fmax(rule, share(step - 1)) : rule;
    } else if (step->right == 0) {
      p = k + 1 < count ? fmin(rule, share(step + 1)) : rule;
    }
    curve->points[k].x = step->sum / (double)step->count;
    curve->points[k].probability = p;
  }
}

static OgStatus fit(Samples *samples, OgCurve *curve, OgError *err) {
  const size_t right = samples->right;
  size_t least = right / LEAST_STEPS < STEP_ANSWERS ? right / LEAST_STEPS : STEP_ANSWERS;
  /* so many steps and the lowest are no more than there is room for */
  least = least * OG_CURVE_POINTS <= right ? right / OG_CURVE_POINTS + 1 : least;
  Step *steps = OG_NEW_ARRAY(Step, samples->count);
  if (!steps) {
    return og_error_no_memory(err);
  }
  qsort(samples->items, samples->count, sizeof *samples->items, compare_samples);
  draw(steps, coarsen(steps, pool(samples, steps), least), curve);
  og_free(steps);
  return OG_OK;
}

static void check(const Samples *samples, OgCalibration *made) {
  for (size_t k = 0; k < samples->count; k++) {
    const double p = og_calibrated(&made->curve, samples->items[k].x);
    const int bin = p < 1 ? (int)(p * OG_RELIABILITY_BINS) : OG_RELIABILITY_BINS - 1;
    made->bins[bin].candidates++;
    made->bins[bin].predicted += p;
    made->bins[bin].observed += samples->items[k].right;
  }
  for (int bin = 0; bin < OG_RELIABILITY_BINS; bin++) {
    const double candidates = (double)made->bins[bin].candidates;
    made->bins[bin].predicted /= candidates > 0 ? candidates : 1;
    made->bins[bin].observed /= candidates > 0 ? candidates : 1;
  }
}

OgStatus og_embed_calibrate(const OgEmbedModel *model, const OgAnswerBias *bias,
                            const OgQueries *train, const OgQueries *valid, const OgQueries *test,
                            OgCalibration *calibration, OgError *err) {
  Samples fitted = {0}, checked = {0};
  OgCalibration made = {0};
  OgStatus status;
  *calibration = made;
  OG_GO(og_blas_reserve(1, err));
  OG_GO(collect(&fitted, model, bias, train, valid, err));
  if (fitted.right < LEAST_ANSWERS || fitted.right == fitted.count) {
    goto done;
  }
  OG_GO(collect(&checked, model, bias, train, test, err));
  OG_GO(fit(&fitted, &made.curve, err));
  check(&checked, &made);
  made.candidates = fitted.count;
  *calibration = made;
done:
  og_free(fitted.items);
  og_free(checked.items);
  return status;
}
