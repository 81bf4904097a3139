/* parts: the texts of a training, read, encoded and divided: to train on, to choose the epoch on,
 * to score once at the end. */
#ifndef OG_FINETUNE_PARTS_H
#define OG_FINETUNE_PARTS_H

#include "core/hash.h"
#include "finetune/dataset.h"
#include "finetune/inputs.h"
#include "finetune/text_features.h"

/* Some texts of a file. */
typedef struct OgTextPart {
  const OgDataset *data;
  const OgInputs *inputs;
  const uint32_t *which; /* (count) numbers of data's examples and of inputs' texts */
  size_t count;
  OgFeatures *features; /* of the file */
} OgTextPart;

/* A file and all that is made of it. */
typedef struct OgPartFile {
  OgDataset data;
  OgInputs inputs;
  uint32_t *order;     /* (data.count) 0, 1, 2, … or the order that the split made */
  OgFeatures features; /* empty: for the training to fill under a frozen base */
} OgPartFile;

/* The parts point into the files: not to be moved. */
typedef struct OgParts {
  OgTextPart train, dev, test; /* count 0: there is none */
  OgPartFile train_file, dev_file, test_file;
} OgParts;

/* Where the parts come from. */
typedef struct OgPartSources {
  const char *train, *dev, *test; /* files; dev NULL: held out of train; test NULL: none */
  OgDatasetOptions data;
  double held_out; /* fraction of train, of each label, when dev is NULL */
  uint64_t seed;   /* of that split */
} OgPartSources;

/* Read and encode. Labels are numbered as those of train sort (parts->train_file.data.labels); a
 * row without one, or one that only dev or test has, is OG_BAD_DATA; files that are the same are
 * warned of. On failure too the caller
 * releases *parts with og_parts_clear. */
OG_API OG_MUST_CHECK OgStatus og_parts_load(const OgPartSources *sources,
                                            const OgInputEncoder *encoder, OgTeam *team,
                                            const OgProgress *progress, OgParts *parts,
                                            OgError *err);
OG_API void og_parts_clear(OgParts *parts);

/* The true label of the part's k-th text. */
OG_API uint32_t og_part_label(const OgTextPart *part, size_t k);

typedef struct OgPartCounts {
  size_t tokens;
  size_t named;        /* mentions, with a vector or without */
  size_t mentions;     /* with a vector */
  size_t linked_texts; /* with such a mention at least */
  size_t entities;     /* distinct ones */
  size_t windows;      /* that the texts are read in */
  size_t windowed;     /* texts of more than one */
} OgPartCounts;

OG_API OG_MUST_CHECK OgStatus og_part_count(const OgTextPart *part, OgPartCounts *counts,
                                            OgError *err);

/* Add what a part teaches to a hash: which texts, their tokens and their labels. */
OG_API void og_part_hash(const OgTextPart *part, OgSha256 *sha);

#endif
