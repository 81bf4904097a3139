/* ranges: numbers that the user sets, checked with one message. */
#ifndef OG_FINETUNE_RANGES_H
#define OG_FINETUNE_RANGES_H

#include "core/error.h"

typedef struct OgRange {
  const char *name; /* "learning rate" */
  double value, least, most;
} OgRange;

/* OG_USAGE for the first value that is outside of its range, or no number. */
OG_API OG_MUST_CHECK OgStatus og_ranges_check(const OgRange *ranges, size_t count, OgError *err);

#endif
