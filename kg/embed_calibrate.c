#include "kg/embed_calibrate.h"

#include "core/blas.h"
#include "core/memory.h"
#include "core/vmath.h"

#include <math.h>
#include <string.h>

enum {
  CANDIDATES = 20, /* a query */
  MOST_QUERIES = 4000,
  LEAST_ANSWERS = 30, /* among the candidates, for a fit that means something */
  NEWTON_STEPS = 50
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

double og_calibrated(double slope, double intercept, double x) {
  return 1 / (1 + exp(-(slope * x + intercept)));
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
static void add_candidates(Samples *samples, const OgEmbedModel *model, const OgQueries *train,
                           const OgQueries *asked, size_t k, float *q, float *scores) {
  const uint32_t *answers = asked->answers + asked->start[k];
  const size_t answer_count = asked->start[k + 1] - asked->start[k];
  size_t known_count;
  const uint32_t *known =
      og_queries_find(train, asked->entity[k], asked->relation[k], &known_count);
  og_embed_query(model, asked->entity[k], asked->relation[k], q);
  og_score_block(model->model->similarity, scores, model->N, q, 1, model->entities, model->N,
                 model->D);
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
static OgStatus collect(Samples *samples, const OgEmbedModel *model, const OgQueries *train,
                        const OgQueries *asked, OgError *err) {
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
    add_candidates(samples, model, train, asked, k * asked->count / most, q, scores);
  }
done:
  og_free_floats(q);
  og_free_floats(scores);
  return status;
}

/* ---- the fit ---- */

/* Newton's method on the cross-entropy, with targets drawn in as Platt 1999 proposes, so that they
 * are met by finite numbers. */
static void fit(const Samples *samples, OgCalibration *made) {
  const double right = (double)samples->right, wrong = (double)samples->count - right;
  const double high = (right + 1) / (right + 2), low = 1 / (wrong + 2);
  double slope = 0, intercept = log((right + 1) / (wrong + 1));
  for (int step = 0; step < NEWTON_STEPS; step++) {
    double g0 = 0, g1 = 0, h00 = 1e-9, h01 = 0, h11 = 1e-9;
    for (size_t k = 0; k < samples->count; k++) {
      const double x = samples->items[k].x, p = og_calibrated(slope, intercept, x);
      const double error = p - (samples->items[k].right ? high : low), weight = p * (1 - p);
      g0 += error;
      g1 += error * x;
      h00 += weight;
      h01 += weight * x;
      h11 += weight * x * x;
    }
    const double determinant = h00 * h11 - h01 * h01;
    const double move0 = (h11 * g0 - h01 * g1) / determinant;
    const double move1 = (h00 * g1 - h01 * g0) / determinant;
    if (!isfinite(move0) || !isfinite(move1)) {
      break;
    }
    intercept -= move0;
    slope -= move1;
    if (fabs(move0) + fabs(move1) < 1e-10) {
      break;
    }
  }
  made->candidates = samples->count;
  made->slope = slope;
  made->intercept = intercept;
}

static void check(const Samples *samples, OgCalibration *made) {
  for (size_t k = 0; k < samples->count; k++) {
    const double p = og_calibrated(made->slope, made->intercept, samples->items[k].x);
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

OgStatus og_embed_calibrate(const OgEmbedModel *model, const OgQueries *train,
                            const OgQueries *valid, const OgQueries *test,
                            OgCalibration *calibration, OgError *err) {
  Samples fitted = {0}, checked = {0};
  OgCalibration made = {0};
  OgStatus status;
  *calibration = made;
  OG_GO(og_blas_load(err));
  OG_GO(collect(&fitted, model, train, valid, err));
  if (fitted.right < LEAST_ANSWERS || fitted.right == fitted.count) {
    goto done;
  }
  OG_GO(collect(&checked, model, train, test, err));
  fit(&fitted, &made);
  check(&checked, &made);
  if (isfinite(made.slope) && isfinite(made.intercept) && made.slope > 0) {
    *calibration = made;
  }
done:
  og_free(fitted.items);
  og_free(checked.items);
  return status;
}
