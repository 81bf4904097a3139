/* metrics: how well predicted labels agree with the true ones.
 *
 * For a label c: tp = predicted c and is c, precision = tp / predicted c, recall = tp / is c (its
 * support), F1 = 2 tp / (predicted c + is c). Where a denominator is 0 the value is 0. Macro
 * averages are plain means over the labels that are true or predicted somewhere; micro F1 pools the
 * counts, and with one label a text equals the accuracy; weighted F1 weighs by support. These are
 * scikit-learn's definitions with zero_division=0. */
#ifndef OG_FINETUNE_METRICS_H
#define OG_FINETUNE_METRICS_H

#include "core/json.h"

typedef struct OgLabelScore {
  size_t support, predicted, correct;
  double precision, recall, f1;
} OgLabelScore;

typedef struct OgMetrics {
  size_t count;  /* texts */
  size_t labels; /* C */
  double accuracy;
  double macro_precision, macro_recall, macro_f1;
  double micro_f1, weighted_f1;
  OgLabelScore *scores; /* (C) */
  size_t *confusion;    /* (C, C): row the true label, column the predicted one */
} OgMetrics;

/* The number of the highest of C scores, C at least 1; of equals the first. */
OG_API uint32_t og_best_label(const float *scores, size_t C);

/* Compare count pairs of label numbers below labels (another is OG_USAGE). With count 0 all values
 * are 0. On OG_OK the caller releases *metrics with og_metrics_clear. */
OG_API OG_MUST_CHECK OgStatus og_metrics_init(OgMetrics *metrics, const uint32_t *truth,
                                              const uint32_t *predicted, size_t count,
                                              size_t labels, OgError *err);

/* The same in two steps, of which only the first takes memory: room for scores of so many labels,
 * all 0; and the scores of count pairs in it, in place of those before. */
OG_API OG_MUST_CHECK OgStatus og_metrics_reserve(OgMetrics *metrics, size_t labels, OgError *err);
OG_API OG_MUST_CHECK OgStatus og_metrics_count(OgMetrics *metrics, const uint32_t *truth,
                                               const uint32_t *predicted, size_t count,
                                               OgError *err);
OG_API void og_metrics_clear(OgMetrics *metrics);

/* {"texts", "accuracy", "macro_f1", …, "labels": [{"label", "precision", "recall", "f1", "support",
 * "predicted"}], "confusion": [[…]]}. names (metrics->labels). The caller owns *json. */
OG_API OG_MUST_CHECK OgStatus og_metrics_json(const OgMetrics *metrics, const char *const *names,
                                              json_t **json, OgError *err);

#endif
