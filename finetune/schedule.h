/* schedule: the learning rate of each step: a linear warm-up to the peak, then a decay that would
 * reach 0 one step after the last. With k the step, w the warm-up, n all steps: peak (k+1)/(w+1)
 * while k < w, then peak f((k-w)/(n-w)), f(x) = 1, 1-x or (1 + cos πx)/2. */
#ifndef OG_FINETUNE_SCHEDULE_H
#define OG_FINETUNE_SCHEDULE_H

#include "core/api.h"

#include <stdbool.h>
#include <stdint.h>

typedef enum OgDecay { OG_DECAY_NONE, OG_DECAY_LINEAR, OG_DECAY_COSINE } OgDecay;

typedef struct OgSchedule {
  OgDecay decay;
  double peak;
  uint64_t warmup; /* steps */
  uint64_t steps;  /* in all, warm-up included */
} OgSchedule;

/* Learning rate of a step, counted from 0; past the last step 0 (the peak when nothing decays). */
OG_API double og_schedule_rate(const OgSchedule *schedule, uint64_t step);

/* "constant", "linear", "cosine"; false when the name is none of them. */
OG_API bool og_decay_find(const char *name, OgDecay *decay);
OG_API const char *og_decay_name(OgDecay decay);

#endif
