#include "core/progress.h"

#include "core/spill.h"

#include <stdarg.h>
#include <stdio.h>
#include <time.h>

OgStatus og_progress_report(const OgProgress *progress, const char *stage, double done,
                            double total, const char *detail, OgError *err) {
  og_spill_tick();
  if (progress && progress->report &&
      !progress->report(progress->data, stage, done, total, detail ? detail : "")) {
    return og_error_set(err, OG_CANCELLED, "stopped on request while %s", stage);
  }
  return OG_OK;
}

double og_seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

void og_progress_warn(const OgProgress *progress, const char *format, ...) {
  if (progress && progress->warn) {
    char message[512];
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    progress->warn(progress->data, message);
  }
}
