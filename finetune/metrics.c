#include "finetune/metrics.h"

#include "core/memory.h"

#include <stdint.h>
#include <string.h>

/* a / b, or 0 when b is 0. */
static double ratio(double a, double b) {
  return b > 0 ? a / b : 0;
}

static OgStatus count_pairs(OgMetrics *metrics, const uint32_t *truth, const uint32_t *predicted,
                            OgError *err) {
  const size_t C = metrics->labels;
  for (size_t k = 0; k < metrics->count; k++) {
    if (truth[k] >= C || predicted[k] >= C) {
      return og_error_set(err, OG_USAGE, "text %zu has labels %u and %u, expected both below %zu",
                          k, truth[k], predicted[k], C);
    }
    metrics->confusion[truth[k] * C + predicted[k]]++;
    metrics->scores[truth[k]].support++;
    metrics->scores[predicted[k]].predicted++;
    metrics->scores[truth[k]].correct += truth[k] == predicted[k];
  }
  return OG_OK;
}

/* From the counts to the scores, and their averages. */
static void finish(OgMetrics *metrics) {
  size_t present = 0; /* labels that are true or predicted somewhere */
  size_t correct = 0;
  for (size_t c = 0; c < metrics->labels; c++) {
    OgLabelScore *score = &metrics->scores[c];
    const double tp = (double)score->correct;
    score->precision = ratio(tp, (double)score->predicted);
    score->recall = ratio(tp, (double)score->support);
    score->f1 = ratio(2 * tp, (double)score->predicted + (double)score->support);
    present += score->predicted + score->support > 0;
    correct += score->correct;
    metrics->macro_precision += score->precision;
    metrics->macro_recall += score->recall;
    metrics->macro_f1 += score->f1;
    metrics->weighted_f1 += score->f1 * (double)score->support;
  }
  metrics->macro_precision = ratio(metrics->macro_precision, (double)present);
  metrics->macro_recall = ratio(metrics->macro_recall, (double)present);
  metrics->macro_f1 = ratio(metrics->macro_f1, (double)present);
  metrics->weighted_f1 = ratio(metrics->weighted_f1, (double)metrics->count);
  metrics->accuracy = ratio((double)correct, (double)metrics->count);
  metrics->micro_f1 = metrics->accuracy;
}

uint32_t og_best_label(const float *scores, size_t C) {
  size_t best = 0;
  for (size_t c = 1; c < C; c++) {
    best = scores[c] > scores[best] ? c : best;
  }
  return (uint32_t)best;
}

OgStatus og_metrics_reserve(OgMetrics *metrics, size_t labels, OgError *err) {
  OgMetrics made = {.labels = labels};
  size_t cells;
  if (!og_multiply(labels, labels, &cells)) {
    return og_error_no_memory(err);
  }
  made.scores = OG_NEW_ARRAY(OgLabelScore, labels);
  made.confusion = OG_NEW_ARRAY(size_t, cells);
  if (!made.scores || !made.confusion) {
    og_metrics_clear(&made);
    return og_error_no_room(err, cells * sizeof *made.confusion, "the scores of %zu labels",
                            labels);
  }
  *metrics = made;
  return OG_OK;
}

OgStatus og_metrics_count(OgMetrics *metrics, const uint32_t *truth, const uint32_t *predicted,
                          size_t count, OgError *err) {
  const size_t C = metrics->labels;
  *metrics = (OgMetrics){
      .count = count, .labels = C, .scores = metrics->scores, .confusion = metrics->confusion};
  memset(metrics->scores, 0, C * sizeof *metrics->scores);
  memset(metrics->confusion, 0, C * C * sizeof *metrics->confusion);
  OG_TRY(count_pairs(metrics, truth, predicted, err));
  finish(metrics);
  return OG_OK;
}

OgStatus og_metrics_init(OgMetrics *metrics, const uint32_t *truth, const uint32_t *predicted,
                         size_t count, size_t labels, OgError *err) {
  OgMetrics made;
  OG_TRY(og_metrics_reserve(&made, labels, err));
  const OgStatus status = og_metrics_count(&made, truth, predicted, count, err);
  if (status == OG_OK) {
    *metrics = made;
  } else {
    og_metrics_clear(&made);
  }
  return status;
}

void og_metrics_clear(OgMetrics *metrics) {
  if (metrics) {
    og_free(metrics->scores);
    og_free(metrics->confusion);
    *metrics = (OgMetrics){.count = 0};
  }
}

/* --- as JSON ---------------------------------------------------------------------------------- */

/* NULL when out of memory; so for the two below. */
static json_t *score_json(const OgLabelScore *score, const char *name) {
  return json_pack("{s:s, s:f, s:f, s:f, s:I, s:I}", "label", name, "precision", score->precision,
                   "recall", score->recall, "f1", score->f1, "support", (json_int_t)score->support,
                   "predicted", (json_int_t)score->predicted);
}

static json_t *scores_json(const OgMetrics *metrics, const char *const *names) {
  json_t *json = json_array();
  for (size_t c = 0; json && c < metrics->labels; c++) {
    if (json_array_append_new(json, score_json(&metrics->scores[c], names[c])) != 0) {
      json_decref(json);
      json = NULL;
    }
  }
  return json;
}

static json_t *confusion_json(const OgMetrics *metrics) {
  const size_t C = metrics->labels;
  json_t *json = json_array();
  bool fine = json != NULL;
  for (size_t r = 0; fine && r < C; r++) {
    json_t *row = json_array();
    fine = json_array_append_new(json, row) == 0;
    for (size_t c = 0; fine && c < C; c++) {
      const json_int_t cell = (json_int_t)metrics->confusion[r * C + c];
      fine = json_array_append_new(row, json_integer(cell)) == 0;
    }
  }
  if (!fine) {
    json_decref(json);
    json = NULL;
  }
  return json;
}

OgStatus og_metrics_json(const OgMetrics *metrics, const char *const *names, json_t **json,
                         OgError *err) {
  json_t *made = json_pack("{s:I, s:f, s:f, s:f, s:f, s:f, s:f, s:o, s:o}", "texts",
                           (json_int_t)metrics->count, "accuracy", metrics->accuracy, "macro_f1",
                           metrics->macro_f1, "micro_f1", metrics->micro_f1, "weighted_f1",
                           metrics->weighted_f1, "macro_precision", metrics->macro_precision,
                           "macro_recall", metrics->macro_recall, "labels",
                           scores_json(metrics, names), "confusion", confusion_json(metrics));
  if (!made) {
    return og_error_no_memory(err);
  }
  *json = made;
  return OG_OK;
}
