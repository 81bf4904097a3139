/* embed_calibrate: from scores to probabilities.
 *
 * A score says nothing by itself; what it is worth is learned from edges that training never saw.
 * For each held-out query the candidates that score best are taken, known answers left out, and
 * isotonic regression (Zadrozny & Elkan 2002) fits
 *
 *   P(the candidate is an answer),   x = score - logΣexp of all scores, b of embed_bias included
 *
 * to whether they are answers: a curve that rises with x, and has no other shape. So a probability
 * is that of being found in the graph when something is missing there: edges that are true, but
 * that nobody wrote down, count as wrong. */
#ifndef OG_KG_EMBED_CALIBRATE_H
#define OG_KG_EMBED_CALIBRATE_H

#include "kg/embed_eval.h"

enum { OG_RELIABILITY_BINS = 10, OG_CURVE_POINTS = 32 /* at most */ };

/* Probability over x: straight between points, level after the last; before the first it falls with
 * exp(x), as the softmax does. */
typedef struct OgCurve {
  size_t count; /* 0: there is none */
  struct {
    double x, probability; /* both rise */
  } points[OG_CURVE_POINTS];
} OgCurve;

typedef struct OgCalibration {
  size_t candidates; /* that it was fitted to; 0: there is none */
  OgCurve curve;
  /* How it does on other held-out queries, by predicted probability in tenths. */
  struct {
    size_t candidates;
    double predicted, observed; /* mean probability; share that are answers */
  } bins[OG_RELIABILITY_BINS];
} OgCalibration;

/* Fit to valid, check on test. train holds what is known to training; bias (kg/embed_bias.h) may be
 * NULL. With too few held-out edges or answers among the candidates, candidates is 0. */
OG_API OG_MUST_CHECK OgStatus og_embed_calibrate(const OgEmbedModel *model,
                                                 const OgAnswerBias *bias, const OgQueries *train,
                                                 const OgQueries *valid, const OgQueries *test,
                                                 OgCalibration *calibration, OgError *err);

/* logΣexp of count scores; those at -∞ do not count. */
OG_API double og_log_sum_exp(const float *scores, size_t count);

/* Number of the best of the scores, which is taken out of them: -∞ stands in its place. */
OG_API size_t og_take_best(float *scores, size_t count, float *score);

/* The probability for x; NaN without a curve. */
OG_API double og_calibrated(const OgCurve *curve, double x);

#endif
