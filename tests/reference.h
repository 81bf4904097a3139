/* reference: the checkpoint and recorded tensors of ../shared/data/base/reference, packed for the
 * encoder. */
#ifndef OG_TESTS_REFERENCE_H
#define OG_TESTS_REFERENCE_H

#include "model/encoder.h"
#include "model/params.h"
#include "model/safetensors.h"

typedef struct Reference {
  OgSafetensors *file;
  OgParams params; /* encoder, classifier (5 classes) and masked-language head */
  OgBatch batch;
  size_t S; /* tokens of a padded row */
  uint32_t ids[256], types[256], offsets[8];
  uint32_t labels[8], tags[256];  /* by sequence and by packed token */
  uint32_t masked[8], targets[8]; /* packed tokens to predict, ascending, and their words */
  size_t masked_row[8];           /* of the recorded logits, for each of masked */
  size_t masked_count;
} Reference;

/* Fails the test when something is wrong; false when the data is absent. layers 0 means all: a
 * model of fewer gives the hidden states inside. Release with reference_close. */
bool reference_open(Reference *reference, size_t layers);
void reference_close(Reference *reference);

/* The recorded tensor prefix + name as floats, and its size; release with og_free_floats. */
float *reference_floats(const Reference *reference, const char *prefix, const char *name,
                        size_t *count);

/* Fails unless block, of params' layout, agrees in every tensor with the recorded prefix + name, to
 * `tolerance` of the tensor's norm. A tensor that is not recorded must be zero. */
void assert_recorded(const Reference *reference, const char *prefix, float *block,
                     double tolerance);

#endif
