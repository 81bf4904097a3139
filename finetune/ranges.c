#include "finetune/ranges.h"

OgStatus og_ranges_check(const OgRange *ranges, size_t count, OgError *err) {
  for (size_t k = 0; k < count; k++) {
    const OgRange *range = &ranges[k];
    if (!(range->value >= range->least && range->value <= range->most)) {
      return og_error_set(err, OG_USAGE, "expected the %s between %g and %g, but found %g",
                          range->name, range->least, range->most, range->value);
    }
  }
  return OG_OK;
}
