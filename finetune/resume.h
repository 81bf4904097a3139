/* resume: the state of an unfinished training on disk, so that it can go on to the same bytes.
 *
 * It is one safetensors file beside the directory that the training is to write, OUT.checkpoint:
 * every number that decides what comes next, and a description of the training that must be the
 * same when it goes on. It is written whole or not at all. */
#ifndef OG_FINETUNE_RESUME_H
#define OG_FINETUNE_RESUME_H

#include "core/json.h"
#include "finetune/checkpoint.h"
#include "finetune/course.h"
#include "finetune/optimizer.h"
#include "model/safetensors.h"

/* Where the state for a directory lies; owned by the caller, NULL when out of memory. */
OG_API char *og_resume_path(const char *out);

/* Where a training is going to write: og_directory_open, before the work. What another training
 * left is not touched unasked: a state beside the directory needs `resume`, to go on from it, or
 * `force`, to drop it; a model in the directory needs `force`, or a state to go on from. OG_USAGE
 * says so. */
OG_API OG_MUST_CHECK OgStatus og_resume_open_directory(const char *out, bool resume, bool force,
                                                       const OgProgress *progress,
                                                       OgDirectory *directory, OgError *err);

/* A piece of the state: where it is in memory, and how it is called in the file. */
typedef struct OgResumePart {
  const char *name;
  OgDtype dtype;
  size_t count; /* elements */
  void *values;
} OgResumePart;

/* What every training has. */
typedef struct OgResumable {
  OgCourse *course;
  OgParams *params;
  OgOptimizer *optimizer;
  const OgResumePart *parts; /* what it has beside; (part_count) */
  size_t part_count;
} OgResumable;

/* Write the state. training describes what must be the same when it goes on: an object. */
OG_API OG_MUST_CHECK OgStatus og_resume_save(const char *out, json_t *training,
                                             const OgResumable *state, OgError *err);

/* Tell that a state could not be saved, and why. */
OG_API void og_resume_warn_unsaved(const OgProgress *progress, const OgError *err);

/* Whether it is time to save again: ten minutes after *saved, which is then set to now
 * (og_seconds). */
OG_API bool og_resume_is_due(double *saved);

/* Open the state for a directory, when `wanted` and when there is one; otherwise *file is NULL, and
 * progress (may be NULL) is warned of what the user may not expect: that there is nothing to go on
 * from, or that there is something, which is going to be dropped. A training that differs from the
 * saved one is OG_USAGE and the difference is named; a damaged file is OG_BAD_STORE. On OG_OK the
 * caller releases *file with og_safetensors_close. */
OG_API OG_MUST_CHECK OgStatus og_resume_begin(const char *out, json_t *training, bool wanted,
                                              const OgProgress *progress, OgSafetensors **file,
                                              OgError *err);

/* The number of elements of a part in the file; 0 when it is not there. */
OG_API size_t og_resume_count(const OgSafetensors *file, const char *name);

/* Fill one part, or the whole state, from the file. The optimizer must be new. After a failure the
 * state is undefined. */
OG_API OG_MUST_CHECK OgStatus og_resume_read(const OgSafetensors *file, const OgResumePart *part,
                                             OgError *err);
OG_API OG_MUST_CHECK OgStatus og_resume_load(const OgSafetensors *file, const OgResumable *state,
                                             OgError *err);

/* The training is over: delete the state, if there is one. */
OG_API void og_resume_delete(const char *out);

#endif
