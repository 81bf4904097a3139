/* course: how far a training is, and the learning rate there: by steps, or by time when a limit is
 * given, whichever is further. */
#ifndef OG_FINETUNE_COURSE_H
#define OG_FINETUNE_COURSE_H

#include "core/progress.h"

/* Why a training ended. */
typedef enum OgTrainStop {
  OG_TRAIN_DONE,      /* all steps or epochs */
  OG_TRAIN_TIME,      /* the time was up */
  OG_TRAIN_PATIENCE,  /* the held-out part no longer got better */
  OG_TRAIN_CANCELLED, /* the progress callback asked to stop */
  OG_TRAIN_DIVERGED   /* the gradient was no longer a number: the last good state is kept */
} OgTrainStop;

/* "done", "time", … Static. */
OG_API const char *og_train_stop_name(OgTrainStop stop);

/* Turn the status of a step into a stop: cancelling (OG_CANCELLED) and a gradient that is no number
 * (OG_FAILED of og_optimizer_step) end a training well: OG_OK, and *stop says which. Any other
 * status is returned as it is. */
OG_API OG_MUST_CHECK OgStatus og_train_stop_of(OgStatus status, OgTrainStop *stop, OgError *err);

typedef struct OgCourse {
  size_t steps;   /* in all */
  double seconds; /* limit; 0: none */
  double rate;    /* at the top of the warm-up */
  double warmup;  /* share of the course */

  size_t step;  /* taken */
  double start; /* on the clock of og_seconds */
  double loss;  /* running mean over the last steps */
} OgCourse;

/* Start the clock. */
OG_API void og_course_start(OgCourse *course);

/* Continue, after the start, where another run of the same course was. */
OG_API void og_course_restore(OgCourse *course, size_t step, double loss, double seconds);

/* Seconds since the start, and those of earlier runs. */
OG_API double og_course_seconds(const OgCourse *course);

/* Whether the time is up. */
OG_API bool og_course_late(const OgCourse *course);

/* The learning rate of the next step: up from 0 over the warm-up, then down to 0 in a line. */
OG_API double og_course_rate(const OgCourse *course);

/* A step was taken with this loss. */
OG_API void og_course_step(OgCourse *course, double loss);

/* Report where the course is (og_progress_report). */
OG_API OG_MUST_CHECK OgStatus og_course_report(const OgCourse *course, const OgProgress *progress,
                                               const char *stage, const char *detail, OgError *err);

#endif
