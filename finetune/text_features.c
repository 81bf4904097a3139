#include "finetune/text_features.h"

#include "core/memory.h"

#include <string.h>

/* What is computed together: enough for the products to be fast, little enough for the activations
 * to be small. */
enum { BATCH_TOKENS = 4096, BATCH_TEXTS = 64 };

OgStatus og_features_init(OgFeatures *features, size_t count, size_t H, size_t most, OgError *err) {
  *features = (OgFeatures){.count = count, .H = H, .batch_capacity = most};
  features->vectors = og_calloc(count, H * sizeof *features->vectors);
  features->batch = og_calloc(most, H * sizeof *features->batch);
  if (!features->vectors || !features->batch) {
    og_features_clear(features);
    return og_error_no_room(err, (count + most) * H * sizeof *features->vectors,
                            "the vectors of %zu texts", count);
  }
  return OG_OK;
}

void og_features_clear(OgFeatures *features) {
  og_free(features->vectors);
  og_free(features->batch);
  *features = (OgFeatures){0};
}

size_t og_features_batch(size_t longest) {
  const size_t fit = BATCH_TOKENS / longest;
  return fit < 1 ? 1 : fit < BATCH_TEXTS ? fit : BATCH_TEXTS;
}

static OgStatus compute_batch(OgFeatures *features, OgClassifier *classifier,
                              const OgInputs *inputs, const uint32_t *which, size_t count,
                              OgInputBatch *batch, OgError *err) {
  const size_t H = features->H;
  const float *vectors;
  OG_TRY(og_input_batch_fill(batch, inputs, which, count, NULL, 0, NULL, err));
  OG_TRY(og_classifier_encode(classifier, batch, 0, &vectors, err));
  for (size_t b = 0; b < count; b++) {
    memcpy(features->vectors + which[b] * H, vectors + b * H, H * sizeof *vectors);
  }
  return OG_OK;
}

OgStatus og_features_compute(OgFeatures *features, OgClassifier *classifier, OgInputBatch *batch,
                             const OgInputs *inputs, const uint32_t *which, size_t count,
                             const OgProgress *progress, OgError *err) {
  for (size_t k = 0; k < count;) {
    const size_t taken =
        og_inputs_batch_size(inputs, which + k, count - k, BATCH_TEXTS, BATCH_TOKENS);
    OG_TRY(compute_batch(features, classifier, inputs, which + k, taken, batch, err));
    k += taken;
    OG_TRY(og_progress_report(progress, "computing texts", (double)k, (double)count, "", err));
  }
  return OG_OK;
}

OgStatus og_features_gather(OgFeatures *features, const uint32_t *which, size_t count,
                            const float **batch, OgError *err) {
  const size_t H = features->H;
  if (count > features->batch_capacity) {
    float *grown = og_realloc(features->batch, count, H * sizeof *grown);
    if (!grown) {
      return og_error_no_memory(err);
    }
    features->batch = grown;
    features->batch_capacity = count;
  }
  for (size_t b = 0; b < count; b++) {
    memcpy(features->batch + b * H, features->vectors + which[b] * H, H * sizeof *features->batch);
  }
  *batch = features->batch;
  return OG_OK;
}
