#include "finetune/ablate.h"

#include <math.h>
#include <stdio.h>

static const struct {
  const char *name;
  bool fusion;
  bool shuffle;
} arms[OG_ARMS] = {
    [OG_ARM_NONE] = {"text only", false, false},
    [OG_ARM_SHUFFLED] = {"shuffled", true, true},
    [OG_ARM_GRAPH] = {"graph", true, false},
};

const char *og_arm_name(OgArm arm) {
  return arms[arm].name;
}

/* The caller's progress, with the arm and the seed in front of each stage. */
typedef struct Relay {
  const OgProgress *outer;
  const char *arm;
  size_t seed;
} Relay;

static bool relay_report(void *data, const char *stage, double done, double total,
                         const char *detail) {
  const Relay *relay = data;
  char named[64];
  snprintf(named, sizeof named, "%s, seed %zu: %s", relay->arm, relay->seed, stage);
  return !relay->outer || !relay->outer->report ||
         relay->outer->report(relay->outer->data, named, done, total, detail);
}

/* Warnings are the same for every arm and seed: the first training's are enough. */
static void relay_warning(void *data, const char *message) {
  const Relay *relay = data;
  if (relay->outer && relay->outer->warn && relay->arm == arms[OG_ARM_GRAPH].name &&
      relay->seed == 1) {
    relay->outer->warn(relay->outer->data, message);
  }
}

static OgStatus train(const char *graph_path, const OgFinetuneOptions *options, OgArm arm,
                      size_t seed, const OgProgress *progress, OgAblation *ablation, OgError *err) {
  Relay relay = {progress, arms[arm].name, seed + 1};
  const OgProgress inner = {relay_report, relay_warning, &relay};
  OgFinetuneOptions own = *options;
  own.out = NULL;
  own.seed = options->seed + seed;
  own.fusion = arms[arm].fusion ? options->fusion : OG_FUSION_NONE;
  own.shuffle_entities = arms[arm].shuffle;
  OgFinetuneReport report = {0};
  const OgStatus status = og_finetune(graph_path, &own, &inner, &report, err);
  if (status == OG_OK) {
    const OgMetrics *metrics = options->test ? &report.test : &report.dev;
    ablation->scores[OG_ABLATION_ACCURACY][arm][seed] = metrics->accuracy;
    ablation->scores[OG_ABLATION_MACRO_F1][arm][seed] = metrics->macro_f1;
    ablation->seconds[arm][seed] = report.seconds;
    ablation->texts = metrics->count;
  }
  og_finetune_report_clear(&report);
  return status != OG_CANCELLED
             ? status
             : og_error_set(err, OG_CANCELLED,
                            "stopped on request at %s, seed %zu: nothing is kept, and an ablation "
                            "cannot be resumed",
                            arms[arm].name, seed + 1);
}

OgStatus og_ablate(const char *graph_path, const OgFinetuneOptions *options, size_t seeds,
                   const OgProgress *progress, OgAblation *ablation, OgError *err) {
  if (seeds < 1 || seeds > OG_ABLATION_MAX_SEEDS) {
    return og_error_set(err, OG_USAGE, "an ablation takes 1 to %d seeds; found %zu",
                        OG_ABLATION_MAX_SEEDS, seeds);
  }
  if (options->fusion == OG_FUSION_NONE) {
    return og_error_set(err, OG_USAGE, "an ablation compares a fusion with none: choose a fusion");
  }
  *ablation = (OgAblation){.seeds = seeds, .on_test = options->test != NULL};
  for (size_t seed = 0; seed < seeds; seed++) {
    for (OgArm arm = 0; arm < OG_ARMS; arm++) {
      OG_TRY(train(graph_path, options, arm, seed, progress, ablation, err));
    }
  }
  return OG_OK;
}

/* The 97.5 % point of Student's t (Abramowitz & Stegun 1964, table 26.10). */
static double student(size_t freedom) {
  static const double points[] = {
      0,     12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228,
      2.201, 2.179,  2.160, 2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086, 2.080,
      2.074, 2.069,  2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042, 2.040,
  };
  return points[freedom < OG_COUNT(points) ? freedom : OG_COUNT(points) - 1];
}

/* The interval of values[k] - minus[k]; minus may be NULL. */
static OgInterval interval(const double *values, const double *minus, size_t count) {
  double sum = 0;
  double squares = 0;
  for (size_t k = 0; k < count; k++) {
    sum += values[k] - (minus ? minus[k] : 0);
  }
  const double mean = sum / (double)count;
  for (size_t k = 0; k < count; k++) {
    const double away = values[k] - (minus ? minus[k] : 0) - mean;
    squares += away * away;
  }
  if (count < 2) {
    return (OgInterval){mean, (double)NAN};
  }
  const double deviation = sqrt(squares / (double)(count - 1));
  return (OgInterval){mean, student(count - 1) * deviation / sqrt((double)count)};
}

OgInterval og_ablation_mean(const OgAblation *ablation, OgAblationScore score, OgArm arm) {
  return interval(ablation->scores[score][arm], NULL, ablation->seeds);
}

OgInterval og_ablation_gain(const OgAblation *ablation, OgAblationScore score, OgArm other) {
  return interval(ablation->scores[score][OG_ARM_GRAPH], ablation->scores[score][other],
                  ablation->seeds);
}
