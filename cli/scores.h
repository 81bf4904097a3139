/* scores: how a training went and how well a classifier did, for people. */
#ifndef OG_CLI_SCORES_H
#define OG_CLI_SCORES_H

#include "finetune/course.h"
#include "finetune/dataset.h"
#include "finetune/footprint.h"
#include "finetune/metrics.h"

#include <stdio.h>

/* "done", "ended when the time was up", … Static. */
const char *train_stop_text(OgTrainStop stop);

/* "test        accuracy 0.812   macro-F1 0.790   (200 texts)" on stdout. */
void print_scores(const char *name, const OgMetrics *metrics);

/* A line an item of what a training takes, and the sum. recomputed: layers, to take less. */
void print_footprint(const OgFootprint *footprint, bool recomputed);

/* A line a label that occurs: precision, recall, F1, support; what it is mostly mistaken for. */
void print_label_scores(FILE *out, const OgMetrics *metrics, const OgLabels *labels);

#endif
