#include "finetune/course.h"

#include "finetune/schedule.h"

enum {
  TIMED_STEPS = 1000000, /* of the schedule when time decides */
  LOSS_WINDOW = 50       /* steps that the loss is averaged over */
};

static const char *const stop_names[] = {
    [OG_TRAIN_DONE] = "done",         [OG_TRAIN_TIME] = "time",
    [OG_TRAIN_PATIENCE] = "patience", [OG_TRAIN_CANCELLED] = "cancelled",
    [OG_TRAIN_DIVERGED] = "diverged",
};

const char *og_train_stop_name(OgTrainStop stop) {
  return stop_names[stop];
}

OgStatus og_train_stop_of(OgStatus status, OgTrainStop *stop, OgError *err) {
  if (status != OG_CANCELLED && status != OG_FAILED) {
    return status;
  }
  *stop = status == OG_CANCELLED ? OG_TRAIN_CANCELLED : OG_TRAIN_DIVERGED;
  if (err) {
    *err = (OgError){0};
  }
  return OG_OK;
}

void og_course_start(OgCourse *course) {
  course->start = og_seconds();
}

void og_course_restore(OgCourse *course, size_t step, double loss, double seconds) {
  course->step = step;
  course->loss = loss;
  course->start -= seconds;
}

double og_course_seconds(const OgCourse *course) {
  return og_seconds() - course->start;
}

bool og_course_late(const OgCourse *course) {
  return course->seconds > 0 && og_course_seconds(course) >= course->seconds;
}

/* The share of the course that is behind. */
static double share_done(const OgCourse *course) {
  const double by_steps = (double)course->step / (double)course->steps;
  const double by_time = course->seconds > 0 ? og_course_seconds(course) / course->seconds : 0;
  return by_steps > by_time ? by_steps : by_time;
}

double og_course_rate(const OgCourse *course) {
  const bool timed = course->seconds > 0;
  const size_t steps = timed ? TIMED_STEPS : course->steps;
  const size_t step = timed ? (size_t)(share_done(course) * (double)steps) : course->step;
  const OgSchedule schedule = {OG_DECAY_LINEAR, course->rate,
                               (uint64_t)(course->warmup * (double)steps), steps};
  return og_schedule_rate(&schedule, step);
}

void og_course_step(OgCourse *course, double loss) {
  course->step++;
  const size_t window = course->step < LOSS_WINDOW ? course->step : LOSS_WINDOW;
  course->loss += (loss - course->loss) / (double)window;
}

OgStatus og_course_report(const OgCourse *course, const OgProgress *progress, const char *stage,
                          const char *detail, OgError *err) {
  const bool timed = course->seconds > 0;
  return og_progress_report(progress, stage,
                            timed ? share_done(course) * course->seconds : (double)course->step,
                            timed ? course->seconds : (double)course->steps, detail, err);
}
