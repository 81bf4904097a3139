/* params: every weight of an encoder (and its heads) in one block of floats, described by one table
 * of tensors.
 *
 * The table is built from the architecture's (model/architecture.h) and the sizes of an OgConfig,
 * plus extra tensors (heads, fusion); it feeds sizes, pointers,
 * initialisation, loading, saving, the optimizer's groups and the tests. The same layout serves
 * weights, gradients and moments: a gradient block is another float * of `total` floats, and
 * og_tensor_at works on each of them. (What is frozen has neither gradients nor moments: see
 * og_gradient_at.)
 *
 * Order: embeddings, the layers, the pooler, the extra tensors. Within a layer query, key and value
 * come first, and nothing is between them:
 *
 *   query.weight (H,H)  key.weight (H,H)  value.weight (H,H)   one (3H,H) matrix at the query's
 *   query.bias (H)      key.bias (H)      value.bias (H)       one (3H) vector at the query's
 *
 * whatever H is. Every other tensor starts at a multiple of 16 floats; the floats skipped belong to
 * none and stay 0. */
#ifndef OG_MODEL_PARAMS_H
#define OG_MODEL_PARAMS_H

#include "core/parallel.h"
#include "core/random.h"
#include "model/array.h"
#include "model/config.h"

enum { OG_TENSOR_NAME_SIZE = 96 };

typedef struct OgTensor {
  char name[OG_TENSOR_NAME_SIZE]; /* without the architecture's prefix ("bert."):
                                     "encoder.layer.0.output.dense.weight" */
  OgRole role;
  size_t layer;         /* of a role of layers */
  OgTensorKind kind;    /* decides initialisation and weight decay */
  size_t rows, columns; /* columns 1 and rank 1 for vectors */
  int rank;             /* 1 or 2, as in the file */
  size_t offset;        /* in floats from the block's start; see above */
  bool head;            /* has no prefix in files: it belongs to a task or fusion */
} OgTensor;

/* In what the weights of the layers' dense products are kept for prediction. */
typedef enum OgPrecision {
  OG_PRECISION_F32,
  OG_PRECISION_BF16,
  OG_PRECISION_F16,
  OG_PRECISION_INT8
} OgPrecision;

/* A tensor in a file; array NULL: it was copied. */
typedef struct OgStored {
  const OgArray *array, *scales; /* scales of 8 bits, else NULL */
} OgStored;

typedef struct OgParams {
  OgConfig config;
  OgTensor *tensors;
  size_t count;
  size_t total;        /* floats of a block, a multiple of 16 */
  size_t frozen;       /* of them, those at its start that training leaves alone (0): where a tensor
                          begins, or total. Gradients and moments have the other floats only */
  float *weights;      /* (total) */
  struct OgLora *lora; /* adapters of frozen products (model/lora.h); NULL: none. Not owned */
  OgPrecision stored;  /* in what the layers' dense products should be packed for prediction */
  struct OgSafetensors *file; /* the map that all weights lie in, or those left there; or NULL */
  OgStored *left; /* (count) tensors that were left in the file, with offsets past total; NULL when
                     none was */
} OgParams;

/* An extra tensor that a head or fusion asks for. */
typedef struct OgTensorSpec {
  const char *name;
  OgTensorKind kind;
  size_t rows, columns;
  int rank;
} OgTensorSpec;

/* Lay out the tensors of config and the extra ones after them; weights zero. Release with
 * og_params_clear. OG_USAGE when an extra tensor's name is taken or too long, or its shape is
 * empty; OG_NO_MEMORY when the weights are larger than the machine's memory. */
OG_API OG_MUST_CHECK OgStatus og_params_init(OgParams *params, const OgConfig *config,
                                             const OgTensorSpec *extra, size_t extra_count,
                                             OgError *err);
OG_API void og_params_clear(OgParams *params);

/* Room for the weights of a layout that has none, zero. Private to params and params_files. */
OG_MUST_CHECK OgStatus og_params_allocate(OgParams *params, OgError *err);

/* BERT's initialisation: normal(0, initializer_range) for weights and embeddings (row pad_token_id
 * of the words zero), 0 for biases, 1 and 0 for LayerNorm. Tensors for which skip[k] is true keep
 * their values; skip may be NULL. */
OG_API void og_params_randomize(OgParams *params, OgRandom *random, const bool *skip);

/* Floats at the start of a block that belong to the encoder: what stands before the pooler; and
 * before the extra tensors. */
OG_API size_t og_params_encoder(const OgParams *params);
OG_API size_t og_params_base(const OgParams *params);

/* Number of the tensor of that name, or count when there is none. */
OG_API size_t og_params_find(const OgParams *params, const char *name);

/* Number of the tensor of that role (not OG_ROLE_OTHER), or count when there is none. layer counts
 * for the roles of layers only; layers that share their weights have the same tensors. */
OG_API size_t og_params_role(const OgParams *params, OgRole role, size_t layer);

/* Load directory/model.safetensors (or the shards of model.safetensors.index.json), f32, f16, bf16,
 * or a matrix "NAME" in 8 bits with "NAME_scale" (rows) or (rows,1): then weights are the products.
 * Names are taken with or without the prefix ("bert."), LayerNorm's also as gamma and beta.
 * loaded[k] (params->count, may be NULL) says which were there; an encoder tensor that is missing
 * or has another shape is OG_BAD_STORE. A head or the pooler may be missing (masked-language models
 * come without pooler) and then keeps its values; what the file has beside is ignored. All shapes
 * are checked before the first value is read; after a failure the weights are undefined. A
 * directory with only pytorch_model.bin is refused with the way to convert it. The threads of a
 * team (NULL: this one) share the work. */
OG_API OG_MUST_CHECK OgStatus og_params_load(OgParams *params, const char *directory, OgTeam *team,
                                             bool *loaded, OgError *err);

/* The same for weights that are only read, and that are 0 where nothing is found for them. Where a
 * file has them as og_params_save leaves them, its map serves as the weights (params->file), which
 * takes no memory of the process's own; offsets and total are then those of the file. Where it has
 * the weights of all dense products in 16 or 8 bits, those and the words are left there
 * (params->left), and a pass takes them from it. The file may be replaced or removed while it is
 * used; where it is cut, reading raises SIGBUS. */
OG_API OG_MUST_CHECK OgStatus og_params_open(OgParams *params, const char *directory, OgTeam *team,
                                             bool *loaded, OgError *err);

/* Of dense products' weights that were left in the file: the row that begins at an offset, its
 * elements in params->stored and at any alignment; in 8 bits *scale is what they are multiplied by.
 * *number is the tensor to begin looking at: 0 for the first of rows that ascend. */
OG_API const void *og_params_left_row(const OgParams *params, size_t offset, size_t *number,
                                      float *scale);

/* Write directory/model.safetensors: the tensors in the table's order, those of the encoder named
 * with the architecture's prefix in front, heads without. (params_files.c) */
OG_API OG_MUST_CHECK OgStatus og_params_save(const OgParams *params, const char *directory,
                                             OgError *err);

/* Floats of a block of gradients or moments. */
static inline size_t og_params_trained(const OgParams *params) {
  return params->total - params->frozen;
}

/* Whether the tensor at an offset is trained. */
static inline bool og_is_trained(const OgParams *params, size_t offset) {
  return offset >= params->frozen;
}

/* Where the gradient of the trained tensor at an offset stands among gradients. */
static inline float *og_gradient_at(const OgParams *params, float *gradients, size_t offset) {
  return gradients + (offset - params->frozen);
}

static inline float *og_tensor_at(float *block, const OgTensor *tensor) {
  return block + tensor->offset;
}

#endif
