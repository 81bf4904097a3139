/* ablate: does the graph help? The same training without the graph, with it, and with its vectors
 * shuffled among the entities, each with several seeds.
 *
 * Shuffled vectors keep everything (an entity was found here, the extra parameters, the vectors'
 * distribution) but the knowledge: only a gain over both other arms is the graph's. */
#ifndef OG_FINETUNE_ABLATE_H
#define OG_FINETUNE_ABLATE_H

#include "finetune/trainer.h"

typedef enum OgArm {
  OG_ARM_NONE,     /* the text alone */
  OG_ARM_SHUFFLED, /* every entity has the vector of another one */
  OG_ARM_GRAPH,    /* as it is meant */
  OG_ARMS
} OgArm;

/* "text only", "shuffled", "graph". Static. */
OG_API const char *og_arm_name(OgArm arm);

typedef enum OgAblationScore {
  OG_ABLATION_ACCURACY,
  OG_ABLATION_MACRO_F1,
  OG_ABLATION_SCORES
} OgAblationScore;

enum { OG_ABLATION_MAX_SEEDS = 32 };

/* A mean over seeds with the half-width of its 95 % confidence interval (Student's t); NAN for one
 * seed, which has none. */
typedef struct OgInterval {
  double mean, half_width;
} OgInterval;

typedef struct OgAblation {
  size_t seeds;
  bool on_test; /* scored on options->test; otherwise on the held-out part */
  size_t texts; /* that were scored */
  double scores[OG_ABLATION_SCORES][OG_ARMS][OG_ABLATION_MAX_SEEDS];
  double seconds[OG_ARMS][OG_ABLATION_MAX_SEEDS];
} OgAblation;

/* Train every arm with seeds options->seed, +1, …; options->out is not used, options->fusion must
 * not be OG_FUSION_NONE. Stopped by progress it returns OG_CANCELLED, and nothing is kept. */
OG_API OG_MUST_CHECK OgStatus og_ablate(const char *graph_path, const OgFinetuneOptions *options,
                                        size_t seeds, const OgProgress *progress,
                                        OgAblation *ablation, OgError *err);

/* Over the seeds: one arm's mean, and the mean of graph - other arm, paired by seed. */
OG_API OgInterval og_ablation_mean(const OgAblation *ablation, OgAblationScore score, OgArm arm);
OG_API OgInterval og_ablation_gain(const OgAblation *ablation, OgAblationScore score, OgArm other);

#endif
