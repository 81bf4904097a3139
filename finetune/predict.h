/* predict: labels for new texts, from a run directory that og_finetune wrote and the graph beside
 * it. */
#ifndef OG_FINETUNE_PREDICT_H
#define OG_FINETUNE_PREDICT_H

#include "finetune/dataset.h"
#include "finetune/fusion.h"
#include "finetune/metrics.h"
#include "kg/refs.h"
#include "kg/results.h"

typedef struct OgPredictor OgPredictor;

typedef struct OgPredictOptions {
  const char *graph; /* graph file; NULL: the one that the run was trained with. Not needed without
                        fusion, but with it mentions are told and predictions can be saved */
  const char *set;   /* embedding set; NULL: the one that the run was trained with. It must be that
                        one, or what `embed --update` made of it under another name */
  size_t batch_size; /* texts at a time (64) */
  int threads;       /* 0: one a processor */
} OgPredictOptions;

OG_API OgPredictOptions og_predict_options_default(void);

/* Load a run. That the graph is not as it was at the training is warned of through progress.
 * Vectors that are not those of the training are OG_BAD_STORE, a set that is not there is
 * OG_NOT_FOUND; a set to which rows were added since serves as before. progress may be NULL and
 * must outlive the predictor. On OG_OK the caller owns *predictor. */
OG_API OG_MUST_CHECK OgStatus og_predictor_open(const char *run, const OgPredictOptions *options,
                                                const OgProgress *progress, OgPredictor **predictor,
                                                OgError *err);
OG_API void og_predictor_close(OgPredictor *predictor);

OG_API const OgLabels *og_predictor_labels(const OgPredictor *predictor);
OG_API OgFusionKind og_predictor_fusion(const OgPredictor *predictor);

/* The graph file that is read; NULL when none. */
OG_API const char *og_predictor_graph(const OgPredictor *predictor);

/* One text, predicted; valid during the call. */
typedef struct OgPredicted {
  OgPrediction row;                   /* as it is saved (kg/results.h) */
  const OgEntityRef *const *entities; /* (row.mention_count) how they are called */
  long line;                          /* of the file */
  uint32_t label;                     /* number of the predicted label */
  uint32_t truth;                     /* number of the true label; OG_LABEL_NONE when unknown */
  const float *probabilities;         /* (labels) */
} OgPredicted;

/* What a file had. */
typedef struct OgPredictCounts {
  size_t texts;
  size_t empty; /* of them, those without a token: predicted like the others, and warned of */
  size_t unknown_labels; /* of them, those with a label that the run does not know: they are not
                     compared, and warned of */
} OgPredictCounts;

/* Where predictions go, in order of the file. A status other than OG_OK stops the work. */
typedef OgStatus (*OgPredictedSink)(void *data, const OgPredicted *predicted, OgError *err);

/* Predict every row of a file ("-" is standard input), streaming. sink may be NULL. With save, the
 * predictions and mentions are put into the graph in one transaction under the run's directory
 * name, replacing earlier ones; on failure the graph is as it was. metrics (may be NULL) compares
 * with the label column and has count 0 when there is none or no row has a label known to the run;
 * the caller releases it with og_metrics_clear. counts may be NULL. */
OG_API OG_MUST_CHECK OgStatus og_predict(OgPredictor *predictor, const char *path,
                                         const OgDatasetOptions *data, bool save,
                                         OgPredictedSink sink, void *sink_data, OgMetrics *metrics,
                                         OgPredictCounts *counts, OgError *err);

#endif
