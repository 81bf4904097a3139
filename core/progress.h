/* progress: how long work tells its caller where it stands, and asks whether to go on. */
#ifndef OG_CORE_PROGRESS_H
#define OG_CORE_PROGRESS_H

#include "core/error.h"

#include <stdbool.h>

typedef struct OgProgress {
  /* Called now and then with the stage ("reading", "epoch 3"), how much of it is done and its total
   * in units of the stage's own (total 0 when unknown), and a short detail such as "loss 0.31" (""
   * when none). It must return quickly. False asks the work to stop: it leaves everything as it was
   * before, or at its last checkpoint, and returns OG_CANCELLED. */
  bool (*report)(void *data, const char *stage, double done, double total, const char *detail);
  /* A warning for the user: something was skipped or looks wrong, and the work goes on. May be
   * NULL. */
  void (*warn)(void *data, const char *message);
  void *data;
} OgProgress;

/* All accept progress NULL. */
OG_API OG_MUST_CHECK OgStatus og_progress_report(const OgProgress *progress, const char *stage,
                                                 double done, double total, const char *detail,
                                                 OgError *err);
/* The same at some steps of a loop, which are counted from 0. */
static inline OgStatus og_progress_step(const OgProgress *progress, const char *stage, size_t step,
                                        size_t total, OgError *err) {
  return step % (1 << 18) == 0
             ? og_progress_report(progress, stage, (double)step, (double)total, "", err)
             : OG_OK;
}

/* Seconds of a clock that only moves forward. */
OG_API double og_seconds(void);

OG_API void og_progress_warn(const OgProgress *progress, const char *format, ...) OG_PRINTF(2, 3);

#endif
