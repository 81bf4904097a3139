/* architecture: the kinds of encoder that checkpoints are of, one row of a table each: the names of
 * its tensors in a file, and how it differs from the first of them.
 *
 * All are stacks of the same layer (docs/math.md):
 *
 *   embeddings   words + positions + types -> LayerNorm -> (projection to H)
 *   a layer      attention -> + residual -> LayerNorm -> feed-forward -> + residual -> LayerNorm
 *   pooler       the first token's hidden state -> dense, activation (-> LayerNorm)
 *
 * Static word vectors are the embeddings alone, of words and as they are. A network with pre_norm
 * (ModernBERT) has the same order of work: its residual carries the sum before each LayerNorm
 * instead of the result, and the LayerNorm that ends layer l is the one that its file calls the
 * first of layer l+1. Only heads' tensors stand in files without the prefix. */
#ifndef OG_MODEL_ARCHITECTURE_H
#define OG_MODEL_ARCHITECTURE_H

#include "core/api.h"

#include <stdbool.h>
#include <stddef.h>

typedef enum OgArchitecture {
  OG_BERT,
  OG_ROBERTA,
  OG_XLM_ROBERTA,
  OG_CAMEMBERT,
  OG_DISTILBERT,
  OG_ELECTRA,
  OG_ALBERT,
  OG_MPNET,
  OG_MODERNBERT,
  OG_DEBERTA_V2, /* DeBERTa-v3 as well */
  OG_STATIC,     /* word vectors: no layers; a token's hidden state is its word's vector */
  OG_ARCHITECTURE_COUNT
} OgArchitecture;

typedef enum OgActivation { OG_GELU, OG_GELU_TANH, OG_RELU, OG_TANH } OgActivation;

/* What a tensor is for. Those from OG_ROLE_QUERY_WEIGHT to OG_ROLE_SHIFT_2 are of a layer. */
typedef enum OgRole {
  OG_ROLE_OTHER, /* of a head or fusion: known by its name */
  OG_ROLE_WORDS,
  OG_ROLE_POSITIONS,
  OG_ROLE_TYPES,
  OG_ROLE_EMBEDDING_GAIN,
  OG_ROLE_EMBEDDING_SHIFT,
  OG_ROLE_PROJECTION_WEIGHT,
  OG_ROLE_PROJECTION_BIAS,
  OG_ROLE_DISTANCES, /* added to attention scores, by bucket of the distance and by head */
  OG_ROLE_RELATIVES, /* embeddings of distances, and their LayerNorm */
  OG_ROLE_RELATIVES_GAIN,
  OG_ROLE_RELATIVES_SHIFT,
  OG_ROLE_QUERY_WEIGHT,
  OG_ROLE_KEY_WEIGHT,
  OG_ROLE_VALUE_WEIGHT,
  OG_ROLE_QUERY_BIAS,
  OG_ROLE_KEY_BIAS,
  OG_ROLE_VALUE_BIAS,
  OG_ROLE_MIX_WEIGHT, /* of the product after attention */
  OG_ROLE_MIX_BIAS,
  OG_ROLE_GAIN_1, /* of the LayerNorm after attention */
  OG_ROLE_SHIFT_1,
  OG_ROLE_UP_WEIGHT, /* feed-forward, first product: (F,H), or (2F,H) when it is gated */
  OG_ROLE_UP_BIAS,
  OG_ROLE_DOWN_WEIGHT,
  OG_ROLE_DOWN_BIAS,
  OG_ROLE_GAIN_2, /* of the LayerNorm after the feed-forward */
  OG_ROLE_SHIFT_2,
  OG_ROLE_POOLER_WEIGHT,
  OG_ROLE_POOLER_BIAS,
  OG_ROLE_POOLER_GAIN,
  OG_ROLE_CLASSIFIER_WEIGHT,
  OG_ROLE_CLASSIFIER_BIAS,
  OG_ROLE_MLM_WEIGHT, /* the masked-language head: dense, activation, LayerNorm, decoder */
  OG_ROLE_MLM_BIAS,
  OG_ROLE_MLM_GAIN,
  OG_ROLE_MLM_SHIFT,
  OG_ROLE_DECODER_BIAS,
  OG_ROLE_COUNT
} OgRole;

typedef enum OgTensorKind {
  OG_TENSOR_WEIGHT,
  OG_TENSOR_BIAS,
  OG_TENSOR_NORM, /* LayerNorm: a name that ends in ".weight" is the gain, another the shift */
  OG_TENSOR_EMBEDDING
} OgTensorKind;

/* The sizes that shapes are made of. */
typedef enum OgSize {
  OG_SIZE_1, /* as columns: a vector */
  OG_SIZE_V, /* words */
  OG_SIZE_E, /* width of the embeddings */
  OG_SIZE_H, /* width of the hidden states */
  OG_SIZE_3H,
  OG_SIZE_F, /* width inside the feed-forward */
  OG_SIZE_2F,
  OG_SIZE_POSITIONS, /* rows of the table of positions */
  OG_SIZE_TYPES,
  OG_SIZE_BUCKETS,
  OG_SIZE_2BUCKETS,
  OG_SIZE_HEADS,
  OG_SIZE_COUNT
} OgSize;

/* A tensor of an architecture. Rows stand in the order in which parameters are laid out; query, key
 * and value come first in a layer, joined (or all in the first of them). */
typedef struct OgTensorRow {
  OgRole role;
  const char *name; /* in files; of a layer: what stands behind "encoder.layer.0." */
  OgTensorKind kind;
  OgSize rows, columns;
  bool joined;      /* starts where the one before it ends */
  bool head;        /* its name has no prefix in files */
  const char *last; /* pre_norm: the name belongs to the next layer, and this is the last one's */
} OgTensorRow;

typedef struct OgTensorRows {
  const OgTensorRow *rows;
  size_t count;
} OgTensorRows;

typedef struct OgArchitectureRow {
  const char *model_type;   /* in config.json */
  const char *class_name;   /* in front of "ForSequenceClassification" */
  const char *prefix;       /* of the encoder's tensors in a model with a head: "bert." */
  const char *layer_prefix; /* "encoder.layer." */
  OgTensorRows embeddings;
  OgTensorRows layer; /* as many times as there are layers; once when they are shared */
  OgTensorRows pooler;
  OgTensorRows tasks; /* names only: a head lays out those that it needs */
  OgActivation pooler_activation;
  bool projects_equal; /* its embeddings are projected even when they are as wide as the layers */
  bool shared;         /* one set of weights is every layer's */
  bool pre_norm;
  bool gated;        /* feed-forward: f(first half) × second half */
  bool disentangled; /* queries and keys of distances beside those of tokens (He et al. 2021) */
  bool rotary;       /* queries and keys are turned by their positions (RoFormer, Su et al. 2021) */
} OgArchitectureRow;

OG_API const OgArchitectureRow *og_architecture(OgArchitecture architecture);

/* "bert, roberta, …": static. */
OG_API const char *og_architecture_names(void);

/* The row of a role, or NULL when the architecture has no such tensor. */
OG_API const OgTensorRow *og_architecture_tensor(OgArchitecture architecture, OgRole role);

static inline bool og_role_of_layer(OgRole role) {
  return role >= OG_ROLE_QUERY_WEIGHT && role <= OG_ROLE_SHIFT_2;
}

/* Of the dense layer between a text's hidden state and its classifier. */
static inline bool og_role_of_pooler(OgRole role) {
  return role >= OG_ROLE_POOLER_WEIGHT && role <= OG_ROLE_POOLER_GAIN;
}

/* Of a task: not laid out with the encoder, but by the head that needs it. */
static inline bool og_role_of_task(OgRole role) {
  return role >= OG_ROLE_CLASSIFIER_WEIGHT && role <= OG_ROLE_DECODER_BIAS;
}

#endif
