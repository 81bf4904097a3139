#include "finetune/footprint.h"

#include "core/memory.h"
#include "core/spill.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>

static const char *const names[OG_FOOTPRINT_ITEMS] = {
    [OG_MEMORY_GRAPH] = "graph",
    [OG_MEMORY_TEXTS] = "texts",
    [OG_MEMORY_WEIGHTS] = "weights",
    [OG_MEMORY_GRADIENTS] = "gradients",
    [OG_MEMORY_MOMENTS] = "moments",
    [OG_MEMORY_BEST] = "best_epoch",
    [OG_MEMORY_ACTIVATIONS] = "activations",
    [OG_MEMORY_FEATURES] = "text_vectors",
};

const char *og_footprint_name(OgFootprintItem item) {
  return names[item];
}

size_t og_footprint_total(const OgFootprint *footprint) {
  size_t sum = 0;
  for (size_t k = 0; k < OG_FOOTPRINT_ITEMS; k++) {
    sum += footprint->bytes[k];
  }
  return sum;
}

bool og_footprint_exceeds(const OgFootprint *footprint, size_t limit) {
  return limit > 0 && og_footprint_total(footprint) - footprint->bytes[OG_MEMORY_FEATURES] > limit;
}

size_t og_footprint_limit(size_t max_memory) {
  return max_memory > 0 ? max_memory : 2 * og_spill_usual_limit(); /* which is half of it */
}

const char *og_bytes_text(size_t bytes, char text[16]) {
  const double megabytes = (double)bytes / 1e6;
  if (megabytes >= 1000) {
    snprintf(text, 16, "%.1f GB", megabytes / 1000);
  } else {
    snprintf(text, 16, megabytes < 10 ? "%.1f MB" : "%.0f MB", megabytes);
  }
  return text;
}

size_t og_memory_held(void) {
  const struct mallinfo2 held = mallinfo2();
  return held.uordblks + held.hblkhd;
}

/* ---- the largest batch ---- */

static int descending(const void *a, const void *b) {
  const size_t x = *(const size_t *)a, y = *(const size_t *)b;
  return (x < y) - (x > y);
}

/* The sizes of all texts of a part, the largest first; the caller frees them. */
static size_t *sort_sizes(const OgTextPart *part, size_t (*size)(const OgInputs *, uint32_t)) {
  size_t *sizes = OG_NEW_ARRAY(size_t, part->count);
  for (size_t k = 0; sizes && k < part->count; k++) {
    sizes[k] = size(part->inputs, part->which[k]);
  }
  if (sizes) {
    qsort(sizes, part->count, sizeof *sizes, descending);
  }
  return sizes;
}

static size_t windows_of(const OgInputs *inputs, uint32_t text) {
  return og_windows_count(inputs->windows, inputs->starts[text + 1] - inputs->starts[text]);
}

static size_t mentions_of(const OgInputs *inputs, uint32_t text) {
  return inputs->mention_starts[text + 1] - inputs->mention_starts[text];
}

static size_t sum_of(const size_t *sizes, size_t count) {
  size_t sum = 0;
  for (size_t k = 0; k < count; k++) {
    sum += sizes[k];
  }
  return sum;
}

/* Sequences of the longest texts, each of its tokens. */
static void place_texts(OgLargestBatch *largest, const size_t *tokens) {
  for (size_t b = 0; b < largest->shape.B; b++) {
    largest->offsets[b + 1] = largest->offsets[b] + (uint32_t)tokens[b];
  }
}

/* B windows of T tokens: the first of them as long as a window can be, and a token for each of the
 * others. */
static void place_windows(OgLargestBatch *largest, size_t T, size_t length) {
  for (size_t b = 0; b < largest->shape.B; b++) {
    const size_t size = T > length ? length : T > 0 ? T : 1;
    largest->offsets[b + 1] = largest->offsets[b] + (uint32_t)size;
    T -= T < size ? T : size;
  }
}

OgStatus og_largest_batch(const OgTextPart *part, size_t texts, bool first_tokens,
                          OgLargestBatch *largest, OgError *err) {
  *largest = (OgLargestBatch){.texts = texts < part->count ? texts : part->count};
  if (part->count == 0) {
    return OG_OK;
  }
  OgStatus status = OG_OK;
  size_t *tokens = sort_sizes(part, og_inputs_tokens), *windows = sort_sizes(part, windows_of);
  size_t *mentions = sort_sizes(part, mentions_of);
  const size_t B = windows ? sum_of(windows, largest->texts) : 0;
  largest->offsets = OG_NEW_ARRAY(uint32_t, B + 1);
  if (!tokens || !windows || !mentions || !largest->offsets) {
    status = og_error_no_memory(err);
    goto done;
  }
  largest->shape.B = B;
  largest->mentions = sum_of(mentions, largest->texts);
  if (B == largest->texts) {
    place_texts(largest, tokens);
  } else {
    place_windows(largest, sum_of(tokens, largest->texts), part->inputs->windows.length);
  }
  largest->shape.T = largest->offsets[B];
  largest->shape.offsets = largest->offsets;
  largest->shape.outputs = first_tokens ? largest->offsets : NULL;
  largest->shape.M = B;
done:
  og_free(tokens);
  og_free(windows);
  og_free(mentions);
  if (status != OG_OK) {
    og_largest_batch_clear(largest);
  }
  return status;
}

void og_largest_batch_clear(OgLargestBatch *largest) {
  og_free(largest->offsets);
  *largest = (OgLargestBatch){.texts = 0};
}
