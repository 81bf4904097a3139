/* quantize: a model with its weights in fewer bits, as a directory of its own.
 *
 * bf16, f16: every matrix, embeddings too, is rounded; vectors stay. int8: the matrices of the
 * layers' dense products, NAME.weight, become I8 with one scale an output channel,
 * NAME.weight_scale (rows,1) in F32, and config.json says so in quantization_config: the names and
 * words of compressed-tensors (https://github.com/neuralmagic/compressed-tensors), which Hugging
 * Face's loaders know. Everything else is as it was. */
#ifndef OG_FINETUNE_QUANTIZE_H
#define OG_FINETUNE_QUANTIZE_H

#include "core/progress.h"
#include "model/array.h"

#include <stdbool.h>

typedef struct OgQuantizeReport {
  size_t matrices;        /* that were changed */
  size_t parameters;      /* numbers in them */
  size_t bytes, bytes_in; /* of all tensors, now and before */
} OgQuantizeReport;

/* Write `directory` to out with weights as OG_BF16, OG_F16 or OG_I8. A model that stands at out is
 * replaced with force only (OG_USAGE). Weights that are in 8 bits already, and one that F16 cannot
 * hold, are OG_BAD_DATA and named. progress may be NULL. */
OG_API OG_MUST_CHECK OgStatus og_quantize(const char *directory, const char *out, OgDtype dtype,
                                          bool force, const OgProgress *progress,
                                          OgQuantizeReport *report, OgError *err);

#endif
