/* losses: what training makes small, each with its gradient in the same pass. Means over rows,
 * summed in double; the result does not depend on the number of threads. */
#ifndef OG_FINETUNE_LOSSES_H
#define OG_FINETUNE_LOSSES_H

#include "core/parallel.h"

#include <stdint.h>

/* A row with this label counts nowhere: a token without a tag. */
#define OG_LABEL_IGNORED UINT32_MAX

/* What the rows should be, and how much they count. Zeroed members are the defaults. */
typedef struct OgTargets {
  const uint32_t *labels; /* (N) below C, or OG_LABEL_IGNORED: cross-entropy */
  const float *values;    /* (N): squared error */
  const float *weights;   /* (C) weight of a row by its label; NULL: 1 */
  float smoothing;        /* share of the target spread evenly over all labels, in [0, 1) */
  double divisor;         /* the sum is divided by this; 0: by the sum of the rows' weights. With
                             accumulated batches         give og_target_weight of all of them together. */
} OgTargets;

/* Sum of the weights of N rows: what a mean divides by. */
OG_API double og_target_weight(const OgTargets *targets, size_t N);

typedef enum OgLoss { OG_LOSS_CROSS_ENTROPY, OG_LOSS_SQUARED_ERROR } OgLoss;

/* The loss of scores (N,C), and its gradient by them in dscores (N,C), which may be scores, or NULL
 * for the loss alone.
 *
 * Cross-entropy: mean of w[y] (-(1-s) log p[y] - s/C Σ log p), p = softmax(scores).
 * Squared error: mean of (score - value)², C = 1. */
OG_API double og_loss(OgLoss loss, OgTeam *team, float *dscores, const float *scores,
                      const OgTargets *targets, size_t N, size_t C);

#endif
