#include "finetune/schedule.h"

#include <math.h>
#include <string.h>

static const double pi = 3.14159265358979323846;

/* What is left of the peak when `done` of the decay, in [0, 1], is behind. */
static double level(double done) {
  (void)done;
  return 1;
}

static double linear(double done) {
  return 1 - done;
}

static double cosine(double done) {
  return (1 + cos(pi * done)) / 2;
}

static const struct {
  const char *name;
  double (*left)(double done);
} decays[] = {
    [OG_DECAY_NONE] = {"constant", level},
    [OG_DECAY_LINEAR] = {"linear", linear},
    [OG_DECAY_COSINE] = {"cosine", cosine},
};

double og_schedule_rate(const OgSchedule *schedule, uint64_t step) {
  if (step < schedule->warmup) {
    return schedule->peak * (double)(step + 1) / (double)(schedule->warmup + 1);
  }
  const double length =
      schedule->steps > schedule->warmup ? (double)(schedule->steps - schedule->warmup) : 1;
  return schedule->peak *
         decays[schedule->decay].left(fmin((double)(step - schedule->warmup) / length, 1));
}

bool og_decay_find(const char *name, OgDecay *decay) {
  for (size_t k = 0; k < OG_COUNT(decays); k++) {
    if (strcmp(decays[k].name, name) == 0) {
      *decay = (OgDecay)k;
      return true;
    }
  }
  return false;
}

const char *og_decay_name(OgDecay decay) {
  return decays[decay].name;
}
