#include "finetune/dataset.h"

#include "core/intern.h"
#include "core/memory.h"
#include "core/random.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { REPORT_EVERY = 4096 /* rows */ };

/* --- labels ----------------------------------------------------------------------------------- */

/* Copy the names into labels, which has room for them. */
static OgStatus copy_names(OgLabels *labels, const char *const *names, OgIntern *seen,
                           OgError *err) {
  for (size_t k = 0; k < labels->count; k++) {
    uint32_t id;
    int added;
    OG_TRY(og_intern_add(seen, names[k], strlen(names[k]), &id, &added, err));
    if (!added) {
      return og_error_set(err, OG_BAD_STORE, "two labels are named %.100s", names[k]);
    }
    labels->names[k] = og_strdup(names[k]);
    if (!labels->names[k]) {
      return og_error_no_memory(err);
    }
  }
  return OG_OK;
}

OgStatus og_labels_init(OgLabels *labels, const char *const *names, size_t count, OgError *err) {
  OgLabels made = {OG_NEW_ARRAY(char *, count), count};
  OgIntern *seen = og_intern_new();
  const OgStatus status =
      made.names && seen ? copy_names(&made, names, seen, err) : og_error_no_memory(err);
  if (status == OG_OK) {
    *labels = made;
  } else {
    og_labels_clear(&made);
  }
  og_intern_free(seen);
  return status;
}

void og_labels_clear(OgLabels *labels) {
  for (size_t k = 0; labels->names && k < labels->count; k++) {
    og_free(labels->names[k]);
  }
  og_free(labels->names);
  *labels = (OgLabels){NULL, 0};
}

uint32_t og_labels_find(const OgLabels *labels, const char *name, size_t size) {
  for (size_t k = 0; k < labels->count; k++) {
    if (strncmp(labels->names[k], name, size) == 0 && labels->names[k][size] == '\0') {
      return (uint32_t)k;
    }
  }
  return OG_LABEL_NONE;
}

static int compare_names(const void *left, const void *right) {
  return strcmp(*(const char *const *)left, *(const char *const *)right);
}

/* labels become what was seen, sorted; places[id] the place of the label seen as number id. */
static OgStatus sort_labels(const OgIntern *seen, OgLabels *labels, uint32_t *places,
                            OgError *err) {
  const uint32_t count = og_intern_count(seen);
  labels->names = OG_NEW_ARRAY(char *, count);
  if (!labels->names) {
    return og_error_no_memory(err);
  }
  for (uint32_t id = 0; id < count; id++) {
    size_t size;
    const char *name = og_intern_text(seen, id, &size);
    labels->names[id] = og_strndup(name, size);
    if (!labels->names[id]) {
      return og_error_no_memory(err);
    }
    labels->count++;
  }
  qsort(labels->names, count, sizeof *labels->names, compare_names);
  for (uint32_t place = 0; place < count; place++) {
    places[og_intern_find(seen, labels->names[place], strlen(labels->names[place]))] = place;
  }
  return OG_OK;
}

/* --- loading ---------------------------------------------------------------------------------- */

/* A file while it is read. */
typedef struct Loading {
  OgRowReader *reader;
  const OgDatasetOptions *options;
  const OgLabels *known;
  const OgProgress *progress;
  OgIntern *labels; /* numbers in order of first sight, after the known ones */
  OgDataset *dataset;
} Loading;

static OgStatus number_label(const Loading *loading, const OgRow *row, uint32_t *label,
                             OgError *err) {
  const char *source = og_rows_name(loading->reader);
  *label = OG_LABEL_NONE;
  if (row->label.size == 0) {
    return !loading->options->labels_required
               ? OG_OK
               : og_error_at(err, OG_BAD_DATA, source, row->line, 0, "this row has no label");
  }
  if (!loading->known) {
    return og_intern_add(loading->labels, row->label.data, row->label.size, label, NULL, err);
  }
  *label = og_intern_find(loading->labels, row->label.data, row->label.size);
  if (*label == OG_INTERN_NONE) {
    return og_error_at(
        err, OG_BAD_DATA, source, row->line, 0, "label %.*s is not one of the model's %zu",
        row->label.size < 100 ? (int)row->label.size : 100, row->label.data, loading->known->count);
  }
  return OG_OK;
}

static OgStatus add_example(const Loading *loading, const OgRow *row, OgError *err) {
  OgDataset *dataset = loading->dataset;
  OgExample example = {.line = row->line,
                       .text_size = (uint32_t)row->text.size,
                       .pair_size = (uint32_t)row->pair.size};
  OG_TRY(number_label(loading, row, &example.label, err));
  example.id = og_arena_copy(&dataset->arena, row->id.data, row->id.size);
  example.text = og_arena_copy(&dataset->arena, row->text.data, row->text.size);
  example.pair = og_arena_copy(&dataset->arena, row->pair.data, row->pair.size);
  if (!example.id || !example.text || !example.pair) {
    return og_error_no_memory(err);
  }
  if (dataset->count == dataset->capacity) {
    const size_t capacity = dataset->capacity ? dataset->capacity * 2 : 256;
    OgExample *grown = og_realloc(dataset->examples, capacity, sizeof *grown);
    if (!grown) {
      return og_error_no_memory(err);
    }
    dataset->examples = grown;
    dataset->capacity = capacity;
  }
  dataset->examples[dataset->count++] = example;
  return OG_OK;
}

static OgStatus read_rows(const Loading *loading, OgError *err) {
  OgRow row;
  bool more = true;
  for (;;) {
    OG_TRY(og_rows_next(loading->reader, &row, &more, err));
    if (!more) {
      break;
    }
    OG_TRY(add_example(loading, &row, err));
    if (loading->dataset->count % REPORT_EVERY == 0) {
      OG_TRY(og_progress_report(loading->progress, "reading texts",
                                (double)og_rows_position(loading->reader),
                                (double)og_rows_size(loading->reader), "", err));
    }
  }
  return loading->dataset->count > 0 ? OG_OK
                                     : og_error_at(err, OG_BAD_DATA, og_rows_name(loading->reader),
                                                   0, 0, "the file has a header and no rows");
}

/* Number the labels as they sort, or as the known ones are. */
static OgStatus finish_labels(const Loading *loading, OgError *err) {
  OgDataset *dataset = loading->dataset;
  const OgLabels *known = loading->known;
  if (known) {
    return og_labels_init(&dataset->labels, (const char *const *)known->names, known->count, err);
  }
  const uint32_t count = og_intern_count(loading->labels);
  if (loading->options->labels_required && count < 2) {
    return og_error_at(err, OG_BAD_DATA, og_rows_name(loading->reader), 0, 0,
                       "all %zu rows have one label; there is nothing to learn", dataset->count);
  }
  uint32_t *places = OG_NEW_ARRAY(uint32_t, count);
  if (!places) {
    return og_error_no_memory(err);
  }
  const OgStatus status = sort_labels(loading->labels, &dataset->labels, places, err);
  for (size_t k = 0; status == OG_OK && k < dataset->count; k++) {
    OgExample *example = &dataset->examples[k];
    if (example->label != OG_LABEL_NONE) {
      example->label = places[example->label];
    }
  }
  og_free(places);
  return status;
}

/* Remember what the columns that were asked for are called. */
static OgStatus name_columns(const Loading *loading, OgError *err) {
  OgDataset *dataset = loading->dataset;
  const OgDatasetOptions named = og_rows_named(loading->reader, loading->options);
  const struct {
    const char *name, **kept;
  } columns[] = {{named.text_column, &dataset->text_column},
                 {named.label_column, &dataset->label_column},
                 {named.id_column, &dataset->id_column}};
  for (size_t k = 0; k < OG_COUNT(columns); k++) {
    if (columns[k].name) {
      *columns[k].kept = og_arena_copy(&dataset->arena, columns[k].name, strlen(columns[k].name));
      if (!*columns[k].kept) {
        return og_error_no_memory(err);
      }
    }
  }
  return OG_OK;
}

OgStatus og_dataset_load(const char *path, const OgDatasetOptions *options, const OgLabels *known,
                         const OgProgress *progress, OgDataset *dataset, OgError *err) {
  OgStatus status = OG_OK;
  OgDataset made = {.count = 0};
  Loading loading = {.options = options, .known = known, .progress = progress, .dataset = &made};
  loading.labels = og_intern_new();
  if (!loading.labels) {
    return og_error_no_memory(err);
  }
  for (size_t k = 0; known && k < known->count; k++) {
    uint32_t id;
    OG_GO(og_intern_add(loading.labels, known->names[k], strlen(known->names[k]), &id, NULL, err));
  }
  OG_GO(og_rows_open(path, options, progress, &loading.reader, err));
  OG_GO(name_columns(&loading, err));
  OG_GO(read_rows(&loading, err));
  OG_GO(finish_labels(&loading, err));
  *dataset = made;
  made = (OgDataset){.count = 0};
done:
  og_dataset_clear(&made);
  og_rows_close(loading.reader);
  og_intern_free(loading.labels);
  return status;
}

void og_dataset_clear(OgDataset *dataset) {
  if (dataset) {
    og_free(dataset->examples);
    og_labels_clear(&dataset->labels);
    og_arena_clear(&dataset->arena);
    *dataset = (OgDataset){.count = 0};
  }
}

/* --- parting ---------------------------------------------------------------------------------- */

/* Mark the examples of one label that are held out. members has room for all examples. */
static void hold_out(const OgDataset *dataset, uint32_t label, double fraction, OgRandom *random,
                     uint32_t *members, bool *held) {
  size_t count = 0;
  for (size_t k = 0; k < dataset->count; k++) {
    if (dataset->examples[k].label == label) {
      members[count++] = (uint32_t)k;
    }
  }
  og_random_shuffle(random, members, count);
  size_t share = (size_t)llround(fraction * (double)count);
  share = share < count ? share : count > 0 ? count - 1 : 0;
  for (size_t k = 0; k < share; k++) {
    held[members[k]] = true;
  }
}

OgStatus og_dataset_split(const OgDataset *dataset, double fraction, uint64_t seed, uint32_t *order,
                          size_t *train_count, OgError *err) {
  if (!(fraction >= 0 && fraction < 1)) {
    return og_error_set(err, OG_USAGE, "the part held out is %g, expected 0 to below 1", fraction);
  }
  bool *held = OG_NEW_ARRAY(bool, dataset->count);
  if (!held) {
    return og_error_no_memory(err);
  }
  OgRandom random;
  og_random_init(&random, seed);
  for (uint32_t label = 0; label < dataset->labels.count; label++) {
    hold_out(dataset, label, fraction, &random, order, held); /* order is scratch until below */
  }
  hold_out(dataset, OG_LABEL_NONE, fraction, &random, order, held);
  size_t placed = 0;
  for (size_t k = 0; k < dataset->count; k++) {
    if (!held[k]) {
      order[placed++] = (uint32_t)k;
    }
  }
  *train_count = placed;
  for (size_t k = 0; k < dataset->count; k++) {
    if (held[k]) {
      order[placed++] = (uint32_t)k;
    }
  }
  og_free(held);
  return OG_OK;
}
