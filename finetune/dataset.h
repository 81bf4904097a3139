/* dataset: labelled texts from CSV (RFC 4180), TSV or JSON Lines, gzip'd or not, a file or standard
 * input.
 *
 * A reader streams rows; a dataset holds all of them with numbered labels. Columns are found by
 * name or number; without being told, the text is in "text" (or "sentence", "content", …), the
 * label in "label" (or "class", "category", …), the id in "id". Faults in the data are OG_BAD_DATA
 * with file, line and column. */
#ifndef OG_FINETUNE_DATASET_H
#define OG_FINETUNE_DATASET_H

#include "core/arena.h"
#include "core/progress.h"
#include "core/quad.h"

#include <stdbool.h>
#include <stdint.h>

typedef enum OgDataFormat { OG_DATA_GUESS, OG_DATA_CSV, OG_DATA_TSV, OG_DATA_JSONL } OgDataFormat;

/* All NULL, 0 and false is a good start. A column is a name of the header, or its number from 1. */
typedef struct OgDatasetOptions {
  OgDataFormat format;      /* OG_DATA_GUESS: by the file's name, else by its first character */
  const char *text_column;  /* NULL: guessed */
  const char *pair_column;  /* a second text; NULL: none */
  const char *label_column; /* NULL: guessed, and none is fine unless labels_required */
  const char *id_column;    /* NULL: guessed; without one, the row's number from 1 */
  bool labels_required;
  bool no_header; /* CSV, TSV: the first line is data, and columns are numbers */
} OgDatasetOptions;

/* One row. Texts live until the next row is read. Text is valid UTF-8. */
typedef struct OgRow {
  long line; /* where the row starts */
  OgText id, text;
  OgText pair;  /* empty when no column was asked for */
  OgText label; /* empty when there is no such column */
} OgRow;

typedef struct OgRowReader OgRowReader;

/* Open path ("-" is standard input) and find the columns. progress hears which columns were guessed
 * (warn); it may be NULL and must outlive the reader. On OG_OK the caller owns *reader. */
OG_API OG_MUST_CHECK OgStatus og_rows_open(const char *path, const OgDatasetOptions *options,
                                           const OgProgress *progress, OgRowReader **reader,
                                           OgError *err);
OG_API void og_rows_close(OgRowReader *reader);

/* The next row; *more false at the end, and row is then untouched. */
OG_API OG_MUST_CHECK OgStatus og_rows_next(OgRowReader *reader, OgRow *row, bool *more,
                                           OgError *err);

/* Whether a label column was found. */
OG_API bool og_rows_have_labels(const OgRowReader *reader);

/* Label names, sorted bytewise; a label's number is its place. */
typedef struct OgLabels {
  char **names;
  size_t count;
} OgLabels;

enum { OG_LABEL_NONE = UINT32_MAX };

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
  OgArena arena;
} OgDataset;

/* Read a whole file. Labels are numbered as `known` has them (a label that it lacks is
 * OG_BAD_DATA), or when known is NULL, as they sort. A file without rows, or whose rows have one
 * label only when labels_required, is OG_BAD_DATA. On OG_OK the caller releases *dataset with
 * og_dataset_clear. */
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
