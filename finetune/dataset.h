/* dataset: labelled texts in memory, with numbered labels and a part held out. Rows come from
 * rows.h. */
#ifndef OG_FINETUNE_DATASET_H
#define OG_FINETUNE_DATASET_H

#include "core/arena.h"
#include "finetune/rows.h"

/* Label names, sorted bytewise; a label's number is its place. */
typedef struct OgLabels {
  char **names;
  size_t count;
} OgLabels;

#define OG_LABEL_NONE UINT32_MAX

/* Copies, in the order given (a saved model's). Two equal names are OG_BAD_STORE. */
OG_API OG_MUST_CHECK OgStatus og_labels_init(OgLabels *labels, const char *const *names,
                                             size_t count, OgError *err);
OG_API void og_labels_clear(OgLabels *labels);

/* The number of a label, or OG_LABEL_NONE. */
OG_API uint32_t og_labels_find(const OgLabels *labels, const char *name, size_t size);

typedef struct OgExample {
  long line;
  const char *id, *text, *pair; /* terminated, in the dataset's arena; pair "" when there is none */
  uint32_t text_size, pair_size;
  uint32_t label; /* OG_LABEL_NONE when the data has no labels */
} OgExample;

typedef struct OgDataset {
  OgExample *examples;
  size_t count, capacity;
  OgLabels labels; /* empty when the data has no labels */
  const char *text_column, *label_column,
      *id_column; /* those that were asked for, by og_rows_named;
                     in the arena; NULL: none was */
  OgArena arena;
} OgDataset;

/* Read a whole file. Labels are numbered as `known` has them (a label that it lacks is
 * OG_BAD_DATA), or when known is NULL, as they sort. A file without rows is OG_BAD_DATA; so is,
 * under labels_required, a row without label, and a file of one label only when known is NULL. On
 * OG_OK the caller releases *dataset with og_dataset_clear. */
OG_API OG_MUST_CHECK OgStatus og_dataset_load(const char *path, const OgDatasetOptions *options,
                                              const OgLabels *known, const OgProgress *progress,
                                              OgDataset *dataset, OgError *err);
OG_API void og_dataset_clear(OgDataset *dataset);

/* Part the examples: order (dataset->count) becomes a permutation whose first *train_count are for
 * training and whose rest are held out, both in the dataset's order. Stratified: of every label the
 * nearest whole number to fraction × its examples is held out, but one always stays for training.
 * fraction is in [0, 1). */
OG_API OG_MUST_CHECK OgStatus og_dataset_split(const OgDataset *dataset, double fraction,
                                               uint64_t seed, uint32_t *order, size_t *train_count,
                                               OgError *err);

#endif
