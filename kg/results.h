/* results: runs, predictions and mentions in the graph file (level 3). */
#ifndef OG_KG_RESULTS_H
#define OG_KG_RESULTS_H

#include "kg/link.h"

typedef struct OgRunInfo {
  const char *name;         /* unique; the run directory's path */
  const char *model_sha256; /* of its model.safetensors */
  const char *base;         /* where the base network came from */
  const char *fusion;       /* "gated", … */
  const char *graph_hash;   /* the level-1 hash at training; "" without a graph */
  const char *parameters;   /* JSON */
  const char *metrics;      /* JSON */
  int64_t embedding_set;    /* 0 when none */
} OgRunInfo;

typedef struct OgPrediction {
  const char *text_id; /* the row's id column, or its number */
  const char *text;
  const char *label;         /* the most probable label */
  double score;              /* its probability */
  const char *probabilities; /* JSON object label -> probability */
  const char *truth;         /* the row's label; NULL when it has none */
  const char *group;         /* what the row is scored with; NULL when nothing tells rows apart */
  const OgMention *mentions;
  const float *weights; /* (mention_count) how much each weighed, summing to 1; NULL when unknown */
  size_t mention_count;
} OgPrediction;

/* Store or renew a run and forget its earlier predictions; inside a transaction of the caller. */
OG_API OG_MUST_CHECK OgStatus og_results_begin(OgStore *store, const OgRunInfo *info, int64_t *run,
                                               OgError *err);
OG_API OG_MUST_CHECK OgStatus og_results_add(OgStore *store, int64_t run,
                                             const OgPrediction *prediction, OgError *err);

#endif
