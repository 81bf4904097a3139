/* footprint: the memory that a training takes, known before its first step.
 *
 * What is there already (texts, the graph) is measured; what is to come follows from sizes: of the
 * parameters, and of the largest batch that the training can make. */
#ifndef OG_FINETUNE_FOOTPRINT_H
#define OG_FINETUNE_FOOTPRINT_H

#include "core/error.h"
#include "finetune/parts.h"

/* All in bytes. */
typedef enum OgFootprintItem {
  OG_MEMORY_GRAPH,       /* names and vectors of its entities */
  OG_MEMORY_TEXTS,       /* as read and encoded, and the tokenizer */
  OG_MEMORY_WEIGHTS,     /* and what adapters keep of them */
  OG_MEMORY_GRADIENTS,   /* of what learns */
  OG_MEMORY_MOMENTS,     /* AdamW's two, and its memory of steps */
  OG_MEMORY_BEST,        /* the weights of the best epoch */
  OG_MEMORY_ACTIVATIONS, /* of the largest batch, forward and backward */
  OG_MEMORY_FEATURES,    /* vectors of texts under a frozen base */
  OG_FOOTPRINT_ITEMS
} OgFootprintItem;

typedef struct OgFootprint {
  size_t bytes[OG_FOOTPRINT_ITEMS];
} OgFootprint;

/* "weights", … Static. */
OG_API const char *og_footprint_name(OgFootprintItem item);
OG_API size_t og_footprint_total(const OgFootprint *footprint);

/* Whether it is more than the limit (0: none). Text vectors do not count: they can lie in a file.
 */
OG_API bool og_footprint_exceeds(const OgFootprint *footprint, size_t limit);

/* The limit when the user names none (0): the memory of the machine or container. */
OG_API size_t og_footprint_limit(size_t max_memory);

/* "1.9 GB", "35 MB": text of 16 bytes, which is returned. */
OG_API const char *og_bytes_text(size_t bytes, char text[16]);

/* Bytes that this process has from malloc now. */
OG_API size_t og_memory_held(void);

/* The largest batch that some texts of a part can make: a shape for og_pass_reserve. */
typedef struct OgLargestBatch {
  OgBatch shape; /* ids NULL; outputs NULL, or the first tokens */
  size_t texts;
  size_t mentions; /* most of any so many texts */
  uint32_t *offsets;
} OgLargestBatch;

/* Of at most `texts` texts of a part: its longest ones. Of texts that are read in windows a bound:
 * as many tokens in as long windows as can be, and as many windows. first_tokens: outputs are the
 * first tokens only. A part without texts has an empty one (B 0). The caller releases *largest with
 * og_largest_batch_clear. */
OG_API OG_MUST_CHECK OgStatus og_largest_batch(const OgTextPart *part, size_t texts,
                                               bool first_tokens, OgLargestBatch *largest,
                                               OgError *err);
OG_API void og_largest_batch_clear(OgLargestBatch *largest);

#endif
