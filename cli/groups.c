#include "cli/groups.h"

#include "cli/terminal.h"
#include "core/memory.h"
#include "finetune/metrics.h"

#include <string.h>

static OgStatus grow(uint32_t **values, size_t capacity, OgError *err) {
  uint32_t *grown = og_realloc(*values, capacity, sizeof *grown);
  if (!grown) {
    return og_error_no_memory(err);
  }
  *values = grown;
  return OG_OK;
}

static OgStatus make_room(Groups *groups, OgError *err) {
  if (!groups->names) {
    groups->names = og_intern_new();
    if (!groups->names) {
      return og_error_no_memory(err);
    }
  }
  if (groups->count == groups->capacity) {
    const size_t capacity = groups->capacity ? 2 * groups->capacity : 256;
    OG_TRY(grow(&groups->group, capacity, err));
    OG_TRY(grow(&groups->truth, capacity, err));
    OG_TRY(grow(&groups->predicted, capacity, err));
    groups->capacity = capacity;
  }
  return OG_OK;
}

OgStatus groups_add(Groups *groups, const char *name, uint32_t truth, uint32_t predicted,
                    OgError *err) {
  uint32_t number;
  OG_TRY(make_room(groups, err));
  OG_TRY(og_intern_add(groups->names, name, strlen(name), &number, NULL, err));
  groups->group[groups->count] = number;
  groups->truth[groups->count] = truth;
  groups->predicted[groups->count] = predicted;
  groups->count++;
  return OG_OK;
}

/* Score the rows of one group; truth and predicted are scratch for groups->count numbers. */
static OgStatus print_group(const Groups *groups, uint32_t number, uint32_t *truth,
                            uint32_t *predicted, size_t labels, FILE *out, OgError *err) {
  size_t count = 0;
  for (size_t k = 0; k < groups->count; k++) {
    if (groups->group[k] == number) {
      truth[count] = groups->truth[k];
      predicted[count++] = groups->predicted[k];
    }
  }
  OgMetrics metrics;
  OG_TRY(og_metrics_init(&metrics, truth, predicted, count, labels, err));
  size_t size;
  const char *name = og_intern_text(groups->names, number, &size);
  fprintf(out, "%6s texts: accuracy %.3f, macro-F1 %.3f   ", text_count((double)count),
          metrics.accuracy, metrics.macro_f1);
  text_print(out, name, size, 0);
  fputc('\n', out);
  og_metrics_clear(&metrics);
  return OG_OK;
}

OgStatus groups_print(const Groups *groups, FILE *out, size_t labels, OgError *err) {
  if (groups->count == 0) {
    return OG_OK;
  }
  uint32_t *scratch = OG_NEW_ARRAY(uint32_t, 2 * groups->count);
  OgStatus status = scratch ? OG_OK : og_error_no_memory(err);
  const uint32_t count = og_intern_count(groups->names);
  for (uint32_t number = 0; number < count && status == OG_OK; number++) {
    status = print_group(groups, number, scratch, scratch + groups->count, labels, out, err);
  }
  og_free(scratch);
  return status;
}

void groups_clear(Groups *groups) {
  og_intern_free(groups->names);
  og_free(groups->group);
  og_free(groups->truth);
  og_free(groups->predicted);
  *groups = (Groups){0};
}
