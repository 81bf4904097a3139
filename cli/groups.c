#include "cli/groups.h"

#include "cli/print.h"
#include "cli/terminal.h"
#include "core/memory.h"
#include "core/quad.h"
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
static OgStatus score_group(const Groups *groups, uint32_t number, uint32_t *truth,
                            uint32_t *predicted, size_t labels, OgMetrics *metrics, OgError *err) {
  size_t count = 0;
  for (size_t k = 0; k < groups->count; k++) {
    if (groups->group[k] == number) {
      truth[count] = groups->truth[k];
      predicted[count++] = groups->predicted[k];
    }
  }
  return og_metrics_init(metrics, truth, predicted, count, labels, err);
}

/* What is done with the scores of a group. */
typedef OgStatus (*GroupSink)(void *data, OgText name, const OgMetrics *metrics, OgError *err);

static OgStatus for_each_group(const Groups *groups, size_t labels, GroupSink sink, void *data,
                               OgError *err) {
  if (groups->count == 0) {
    return OG_OK;
  }
  uint32_t *scratch = OG_NEW_ARRAY(uint32_t, 2 * groups->count);
  OgStatus status = scratch ? OG_OK : og_error_no_memory(err);
  const uint32_t count = og_intern_count(groups->names);
  for (uint32_t number = 0; number < count && status == OG_OK; number++) {
    OgMetrics metrics;
    OG_GO(score_group(groups, number, scratch, scratch + groups->count, labels, &metrics, err));
    size_t size;
    const char *name = og_intern_text(groups->names, number, &size);
    status = sink(data, (OgText){name, size}, &metrics, err);
    og_metrics_clear(&metrics);
  }
done:
  og_free(scratch);
  return status;
}

static OgStatus print_group(void *data, OgText name, const OgMetrics *metrics, OgError *err) {
  (void)err;
  FILE *out = data;
  fprintf(out, "%12s: accuracy %.3f, macro-F1 %.3f   ",
          text_counted((double)metrics->count, "text", "texts"), metrics->accuracy,
          metrics->macro_f1);
  text_print(out, name.data, name.size, 0);
  fputc('\n', out);
  return OG_OK;
}

OgStatus groups_print(const Groups *groups, FILE *out, size_t labels, OgError *err) {
  return for_each_group(groups, labels, print_group, out, err);
}

static OgStatus append_group(void *data, OgText name, const OgMetrics *metrics, OgError *err) {
  json_t *array = data;
  json_t *group = json_pack("{s:o, s:I, s:f, s:f}", "group", json_text(name.data, name.size),
                            "texts", (json_int_t)metrics->count, "accuracy", metrics->accuracy,
                            "macro_f1", metrics->macro_f1);
  return json_array_append_new(array, group) == 0 ? OG_OK : og_error_no_memory(err);
}

OgStatus groups_json(const Groups *groups, size_t labels, json_t **json, OgError *err) {
  json_t *array = json_array();
  const OgStatus status =
      array ? for_each_group(groups, labels, append_group, array, err) : og_error_no_memory(err);
  if (status != OG_OK) {
    json_decref(array);
    return status;
  }
  *json = array;
  return OG_OK;
}

void groups_clear(Groups *groups) {
  og_intern_free(groups->names);
  og_free(groups->group);
  og_free(groups->truth);
  og_free(groups->predicted);
  *groups = (Groups){0};
}
