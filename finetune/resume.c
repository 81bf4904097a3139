#include "finetune/resume.h"

#include "core/file.h"
#include "core/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SAVE_SECONDS = 600 };

static const char metadata_key[] = "training";

char *og_resume_path(const char *out) {
  static const char suffix[] = ".checkpoint";
  size_t length = strlen(out);
  while (length > 1 && out[length - 1] == '/') {
    length--;
  }
  char *path = og_calloc(length + sizeof suffix, 1);
  if (path) {
    memcpy(path, out, length);
    memcpy(path + length, suffix, sizeof suffix);
  }
  return path;
}

OgStatus og_resume_open_directory(const char *out, bool resume, bool force,
                                  const OgProgress *progress, OgDirectory *directory,
                                  OgError *err) {
  char *path = og_resume_path(out);
  if (!path) {
    return og_error_no_memory(err);
  }
  const bool left = og_file_exists(path);
  OgStatus status;
  if (left && !resume && !force) {
    status =
        og_error_set(err, OG_USAGE,
                     "%s was left by a training that was stopped; go on from it with --resume, "
                     "or drop it and start anew with --force",
                     path);
  } else {
    status = og_directory_open(out, force || left, progress, directory, err);
  }
  og_free(path);
  return status;
}

/* ---- what every training has ---- */

enum { COMMON_PARTS = 7, CLOCK_NUMBERS = 2 };

/* A course as numbers: the step apart, as it must be exact beyond 2⁵³. */
typedef struct Clock {
  uint64_t step;
  double numbers[CLOCK_NUMBERS]; /* loss, seconds */
} Clock;

static void list_parts(const OgResumable *state, Clock *clock, OgResumePart parts[COMMON_PARTS]) {
  const OgOptimizerState adam = og_optimizer_state(state->optimizer);
  const size_t total = state->params->total, trained = og_params_trained(state->params);
  const OgResumePart common[COMMON_PARTS] = {
      {"step", OG_U64, 1, &clock->step},
      {"clock", OG_F64, CLOCK_NUMBERS, clock->numbers},
      {"weights", OG_F32, total, state->params->weights},
      {"m", OG_F32, trained, adam.m},
      {"v", OG_F32, trained, adam.v},
      {"moved", OG_U32, adam.words, adam.moved},
      {"past", OG_F64, (size_t)(adam.steps + 1) * OG_PAST_STEP_NUMBERS, adam.past},
  };
  memcpy(parts, common, sizeof common);
}

/* ---- saving ---- */

static OgArray array_of(const OgResumePart *part) {
  return (OgArray){.name = part->name,
                   .dtype = part->dtype,
                   .rank = 1,
                   .shape = {part->count},
                   .bytes = part->values};
}

static OgStatus save(const char *path, const char *training, const OgResumable *state,
                     OgError *err) {
  Clock clock = {state->course->step, {state->course->loss, og_course_seconds(state->course)}};
  OgResumePart common[COMMON_PARTS];
  list_parts(state, &clock, common);
  OgArray *arrays = OG_NEW_ARRAY(OgArray, COMMON_PARTS + state->part_count);
  if (!arrays) {
    return og_error_no_memory(err);
  }
  size_t count = 0;
  for (size_t k = 0; k < COMMON_PARTS + state->part_count; k++) {
    const OgResumePart *part = k < COMMON_PARTS ? &common[k] : &state->parts[k - COMMON_PARTS];
    if (part->count > 0) {
      arrays[count++] = array_of(part);
    }
  }
  const OgMetadata metadata = {metadata_key, training};
  const OgStatus status = og_safetensors_save(path, arrays, count, &metadata, 1, err);
  og_free(arrays);
  return status;
}

OgStatus og_resume_save(const char *out, json_t *training, const OgResumable *state, OgError *err) {
  char *path = og_resume_path(out);
  char *text = json_dumps(training, JSON_COMPACT);
  const OgStatus status = path && text ? save(path, text, state, err) : og_error_no_memory(err);
  free(text);
  og_free(path);
  return status;
}

void og_resume_warn_unsaved(const OgProgress *progress, const OgError *err) {
  og_progress_warn(progress, "the training's state is not saved, so it cannot be resumed: %s",
                   err->message);
}

bool og_resume_is_due(double *saved) {
  const double now = og_seconds();
  if (now - *saved < SAVE_SECONDS) {
    return false;
  }
  *saved = now;
  return true;
}

void og_resume_delete(const char *out) {
  char *path = og_resume_path(out);
  if (path) {
    unlink(path);
  }
  og_free(path);
}

/* ---- opening ---- */

/* A setting as it is written on the command line: 20, not JSON's 20.0. */
static void print_setting(const json_t *value, char *text, size_t size) {
  if (!value) {
    snprintf(text, size, "not there");
    return;
  }
  if (json_is_real(value)) {
    snprintf(text, size, "%.6g", json_real_value(value));
    return;
  }
  char *dumped = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
  snprintf(text, size, "%s", dumped ? dumped : "(no memory to say what)");
  free(dumped);
}

static OgStatus report_difference(const char *path, const char *key, const json_t *saved,
                                  const json_t *now, OgError *err) {
  char was[80], is[80];
  print_setting(saved, was, sizeof was);
  print_setting(now, is, sizeof is);
  return og_error_set(err, OG_USAGE,
                      "%s was left by another training: its \"%s\" was %s, and is now %s; give the "
                      "same options and data as then, or start anew without --resume",
                      path, key, was, is);
}

/* Every key of `keys`, which is one of them, must have the same value in both. */
static OgStatus compare(const char *path, json_t *keys, const json_t *saved, const json_t *now,
                        OgError *err) {
  const char *key;
  const json_t *value;
  json_object_foreach(keys, key, value) {
    const json_t *was = json_object_get(saved, key), *is = json_object_get(now, key);
    if (!was || !is || !json_equal(was, is)) {
      return report_difference(path, key, was, is, err);
    }
  }
  return OG_OK;
}

static OgStatus check_training(const char *path, const OgSafetensors *file, json_t *training,
                               OgError *err) {
  const char *text = og_safetensors_metadata(file, metadata_key);
  if (!text || og_safetensors_count(file) == 0) {
    return og_error_set(err, OG_BAD_STORE, "%s is no state of a training", path);
  }
  json_t *saved;
  OG_TRY(og_json_parse(text, strlen(text), path, OG_BAD_STORE, &saved, err));
  OgStatus status = compare(path, saved, saved, training, err);
  if (status == OG_OK) {
    status = compare(path, training, saved, training, err);
  }
  json_decref(saved);
  return status;
}

static OgStatus open_checked(const char *path, json_t *training, OgSafetensors **file,
                             OgError *err) {
  OgSafetensors *opened;
  OG_TRY(og_safetensors_open(path, &opened, err));
  const OgStatus status = check_training(path, opened, training, err);
  if (status != OG_OK) {
    og_safetensors_close(opened);
    return status;
  }
  *file = opened;
  return OG_OK;
}

OgStatus og_resume_begin(const char *out, json_t *training, bool wanted, const OgProgress *progress,
                         OgSafetensors **file, OgError *err) {
  *file = NULL;
  char *path = og_resume_path(out);
  if (!path) {
    return og_error_no_memory(err);
  }
  const bool there = og_file_exists(path);
  OgStatus status = OG_OK;
  if (there && wanted) {
    status = open_checked(path, training, file, err);
  } else if (wanted) {
    og_progress_warn(progress, "%s is not there, so there is nothing to resume: starting anew",
                     path);
  } else if (there) {
    og_progress_warn(progress,
                     "%s, which was left by a training that was stopped, is dropped: starting "
                     "anew",
                     path);
  }
  og_free(path);
  return status;
}

/* ---- reading ---- */

size_t og_resume_count(const OgSafetensors *file, const char *name) {
  const OgArray *array = og_safetensors_find(file, name);
  return array ? og_array_count(array) : 0;
}

OgStatus og_resume_read(const OgSafetensors *file, const OgResumePart *part, OgError *err) {
  if (part->count == 0) {
    return OG_OK;
  }
  const OgArray *array = og_safetensors_find(file, part->name);
  if (!array) {
    return og_error_set(err, OG_BAD_STORE, "%s: the state of a training lacks \"%s\"",
                        og_safetensors_at(file, 0)->source, part->name);
  }
  if (array->dtype != part->dtype || og_array_count(array) != part->count) {
    return og_array_fault(err, array, "expected %zu numbers of type %s, but found %zu of %s",
                          part->count, og_dtype_name(part->dtype), og_array_count(array),
                          og_dtype_name(array->dtype));
  }
  memcpy(part->values, array->bytes, og_array_size(array));
  return OG_OK;
}

/* The loop ends where the course does, and the rate follows from the seconds. */
static OgStatus check_clock(const OgSafetensors *file, const Clock *clock, const OgCourse *course,
                            OgError *err) {
  const double seconds = clock->numbers[1];
  if (clock->step > course->steps) {
    return og_array_fault(err, og_safetensors_find(file, "step"),
                          "%llu steps, of a training that takes %zu",
                          (unsigned long long)clock->step, course->steps);
  }
  if (!isfinite(seconds) || seconds < 0) {
    return og_array_fault(err, og_safetensors_find(file, "clock"),
                          "%g seconds, which no training takes", seconds);
  }
  return OG_OK;
}

/* No word's row can have moved past the last step. */
static OgStatus check_moved(const OgSafetensors *file, const OgOptimizerState *adam, OgError *err) {
  for (size_t word = 0; word < adam->words; word++) {
    if (adam->moved[word] > adam->steps) {
      return og_array_fault(err, og_safetensors_find(file, "moved"),
                            "word %zu has moved to step %u, but %llu were taken", word,
                            adam->moved[word], (unsigned long long)adam->steps);
    }
  }
  return OG_OK;
}

OgStatus og_resume_load(const OgSafetensors *file, const OgResumable *state, OgError *err) {
  Clock clock;
  const OgResumePart step = {"step", OG_U64, 1, &clock.step};
  OG_TRY(og_resume_read(file, &step, err));
  if (clock.step >= og_resume_count(file, "past")) {
    return og_array_fault(err, og_safetensors_find(file, "step"),
                          "%llu steps, more than are remembered", (unsigned long long)clock.step);
  }
  OG_TRY(og_optimizer_resume(state->optimizer, clock.step, err));
  OgResumePart common[COMMON_PARTS];
  list_parts(state, &clock, common);
  for (size_t k = 0; k < COMMON_PARTS; k++) {
    OG_TRY(og_resume_read(file, &common[k], err));
  }
  for (size_t k = 0; k < state->part_count; k++) {
    OG_TRY(og_resume_read(file, &state->parts[k], err));
  }
  const OgOptimizerState adam = og_optimizer_state(state->optimizer);
  OG_TRY(check_clock(file, &clock, state->course, err));
  OG_TRY(check_moved(file, &adam, err));
  og_course_restore(state->course, clock.step, clock.numbers[0], clock.numbers[1]);
  return OG_OK;
}
