/* schedule: the learning rate of each step: a linear warm-up from 0 to the peak, then a decay to 0
 * at the last step. */
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

/* Learning rate of step k, counted from 0; past the last step 0 (the peak when nothing decays). */
OG_API double og_schedule_rate(const OgSchedule *schedule, uint64_t step);

/* "constant", "linear", "cosine"; false when the name is none of them. */
OG_API bool og_decay_find(const char *name, OgDecay *decay);
OG_API const char *og_decay_name(OgDecay decay);

#endif
