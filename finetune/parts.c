#include "finetune/parts.h"

#include "core/memory.h"

#include <stdlib.h>
#include <sys/stat.h>

/* ---- loading ---- */

static OgStatus encode(const OgInputEncoder *encoder, OgTeam *team, OgPartFile *file,
                       OgError *err) {
  const size_t count = file->data.count;
  OgTextPair *pairs = OG_NEW_ARRAY(OgTextPair, count);
  file->order = OG_NEW_ARRAY(uint32_t, count);
  if (!pairs || !file->order) {
    og_free(pairs);
    return og_error_no_memory(err);
  }
  for (size_t k = 0; k < count; k++) {
    const OgExample *example = &file->data.examples[k];
    pairs[k] =
        (OgTextPair){{example->text, example->text_size}, {example->pair, example->pair_size}};
    file->order[k] = (uint32_t)k;
  }
  const OgStatus status = og_inputs_encode(encoder, team, pairs, count, &file->inputs, err);
  og_free(pairs);
  return status;
}

/* Read a file, and make a part of all of it. */
static OgStatus load_file(const char *path, const OgPartSources *sources, const OgLabels *known,
                          const OgInputEncoder *encoder, OgTeam *team, const OgProgress *progress,
                          OgPartFile *file, OgTextPart *part, OgError *err) {
  OgDatasetOptions options = sources->data;
  options.labels_required = true;
  OG_TRY(og_progress_report(progress, "reading texts", 0, 0, "", err));
  OG_TRY(og_dataset_load(path, &options, known, progress, &file->data, err));
  OG_TRY(encode(encoder, team, file, err));
  *part = (OgTextPart){&file->data, &file->inputs, file->order, file->data.count, &file->features};
  return OG_OK;
}

/* Hold a part of the training file out. */
static OgStatus hold_out(const OgPartSources *sources, OgParts *parts, OgError *err) {
  OgTextPart *train = &parts->train, *dev = &parts->dev;
  *dev = *train;
  OG_TRY(og_dataset_split(&parts->train_file.data, sources->held_out, sources->seed,
                          parts->train_file.order, &train->count, err));
  dev->which += train->count;
  dev->count -= train->count;
  return OG_OK;
}

static bool is_same_file(const char *a, const char *b) {
  struct stat one, other;
  return a && b && stat(a, &one) == 0 && stat(b, &other) == 0 && one.st_dev == other.st_dev &&
         one.st_ino == other.st_ino;
}

/* Scores on what was learned from, or chosen by, say little. */
static void warn_of_same_files(const OgPartSources *sources, const OgProgress *progress) {
  const struct {
    const char *a, *b, *what;
  } pairs[] = {
      {sources->train, sources->dev, "to train on and to choose the epoch on"},
      {sources->train, sources->test, "to train on and to test on"},
      {sources->dev, sources->test, "to choose the epoch on and to test on"},
  };
  for (size_t k = 0; k < OG_COUNT(pairs); k++) {
    if (is_same_file(pairs[k].a, pairs[k].b)) {
      og_progress_warn(progress,
                       "the texts %s are the same file, %s: the scores on them say nothing of "
                       "other texts",
                       pairs[k].what, pairs[k].b);
    }
  }
}

OgStatus og_parts_load(const OgPartSources *sources, const OgInputEncoder *encoder, OgTeam *team,
                       const OgProgress *progress, OgParts *parts, OgError *err) {
  *parts = (OgParts){0};
  warn_of_same_files(sources, progress);
  const OgLabels *labels = &parts->train_file.data.labels;
  const struct {
    const char *path;
    const OgLabels *known;
    OgPartFile *file;
    OgTextPart *part;
  } files[] = {
      {sources->train, NULL, &parts->train_file, &parts->train},
      {sources->dev, labels, &parts->dev_file, &parts->dev},
      {sources->test, labels, &parts->test_file, &parts->test},
  };
  for (size_t k = 0; k < OG_COUNT(files); k++) {
    if (files[k].path) {
      OG_TRY(load_file(files[k].path, sources, files[k].known, encoder, team, progress,
                       files[k].file, files[k].part, err));
    }
  }
  return sources->dev ? OG_OK : hold_out(sources, parts, err);
}

void og_parts_clear(OgParts *parts) {
  OgPartFile *const files[] = {&parts->train_file, &parts->dev_file, &parts->test_file};
  for (size_t k = 0; k < OG_COUNT(files); k++) {
    og_inputs_clear(&files[k]->inputs);
    og_dataset_clear(&files[k]->data);
    og_features_clear(&files[k]->features);
    og_free(files[k]->order);
  }
  *parts = (OgParts){0};
}

/* ---- looking at a part ---- */

uint32_t og_part_label(const OgTextPart *part, size_t k) {
  return part->data->examples[part->which[k]].label;
}

static int compare_rows(const void *a, const void *b) {
  const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
  return (x > y) - (x < y);
}

static size_t count_distinct(uint32_t *rows, size_t count) {
  size_t distinct = 0;
  qsort(rows, count, sizeof *rows, compare_rows);
  for (size_t k = 0; k < count; k++) {
    distinct += k == 0 || rows[k] != rows[k - 1];
  }
  return distinct;
}

OgStatus og_part_count(const OgTextPart *part, OgPartCounts *counts, OgError *err) {
  const OgInputs *inputs = part->inputs;
  uint32_t *rows = OG_NEW_ARRAY(uint32_t, inputs->mention_starts[inputs->count]);
  if (!rows) {
    return og_error_no_memory(err);
  }
  *counts = (OgPartCounts){0};
  for (size_t k = 0; k < part->count; k++) {
    const uint32_t text = part->which[k];
    const size_t before = counts->mentions;
    for (size_t m = inputs->mention_starts[text]; m < inputs->mention_starts[text + 1]; m++) {
      counts->named++;
      if (inputs->mentions[m].row != OG_NO_ROW) {
        rows[counts->mentions++] = inputs->mentions[m].row;
      }
    }
    counts->linked_texts += counts->mentions > before;
    const size_t tokens = inputs->starts[text + 1] - inputs->starts[text];
    const size_t windows = og_windows_count(inputs->windows, tokens);
    counts->tokens += tokens;
    counts->windows += windows;
    counts->windowed += windows > 1;
  }
  counts->entities = count_distinct(rows, counts->mentions);
  og_free(rows);
  return OG_OK;
}

void og_part_hash(const OgTextPart *part, OgSha256 *sha) {
  const OgInputs *inputs = part->inputs;
  og_sha256_add(sha, &part->count, sizeof part->count);
  for (size_t k = 0; k < part->count; k++) {
    const uint32_t text = part->which[k], label = og_part_label(part, k);
    const size_t start = inputs->starts[text], count = inputs->starts[text + 1] - start;
    og_sha256_add(sha, &text, sizeof text);
    og_sha256_add(sha, &label, sizeof label);
    og_sha256_add(sha, &count, sizeof count);
    og_sha256_add(sha, inputs->ids + start, count * sizeof *inputs->ids);
  }
}
