/* heads: what stands on the encoder, one row of a table each.
 *
 *   classify, regress   hidden state of the first token -> pooler -> (fusion) -> dropout ->
 * classifier tag                 hidden state of every token ->                (fusion) -> dropout
 * -> classifier mlm                 hidden state of every masked token -> dense, activation,
 * LayerNorm -> tied decoder
 *
 * A head scores the rows of features it is given: (N,W) in, (N,C) out. Ask the encoder for those
 * rows only (OgBatch.outputs): first tokens are `outputs = offsets, M = B`. Features may be wider
 * than the hidden state when a fusion stands between. */
#ifndef OG_FINETUNE_HEADS_H
#define OG_FINETUNE_HEADS_H

#include "core/parallel.h"
#include "finetune/losses.h"
#include "model/params.h"

enum { OG_HEAD_TENSORS_MAX = 5 };

typedef struct OgHead OgHead;

/* A row of the table. */
typedef struct OgHeadKind {
  const char *name; /* "classify" */
  const char *task; /* of the class in config.json: "ForSequenceClassification" */
  OgLoss loss;
  bool pooled;    /* features are pooled first tokens; otherwise hidden states of tokens */
  bool all_words; /* the gradient reaches every row of the word embeddings (og_optimizer_begin) */

  const OgRole *roles; /* of the tensors that it works with */
  size_t role_count;
  /* Layer by layer; called by og_head_forward and og_head_backward on every thread of a team. */
  void (*forward)(OgHead *head, int thread);
  void (*backward)(OgHead *head, int thread);
} OgHeadKind;

/* The row of that name ("classify", "regress", "tag", "mlm"), or NULL. */
OG_API const OgHeadKind *og_head_kind(const char *name);

/* Describe the tensors that a kind needs beyond the encoder's for features W wide and C classes, in
 * specs (OG_HEAD_TENSORS_MAX); returns how many. Their names are static. */
OG_API size_t og_head_tensors(const OgHeadKind *kind, const OgConfig *config, size_t W, size_t C,
                              OgTensorSpec *specs);

/* A head of a kind on params, which hold its tensors; params and team must outlive it. On OG_OK the
 * caller owns *head. */
OG_API OG_MUST_CHECK OgStatus og_head_new(const OgHeadKind *kind, const OgParams *params,
                                          OgTeam *team, OgHead **head, OgError *err);
OG_API void og_head_free(OgHead *head);

/* Widths that its tensors have: features in, scores out (mlm: H and the vocabulary). */
OG_API size_t og_head_features(const OgHead *head);
OG_API size_t og_head_classes(const OgHead *head);

/* Bytes that it takes for N rows. */
OG_API size_t og_head_size(const OgHead *head, size_t N);

/* Make that room: passes of up to N rows take no more. */
OG_API OG_MUST_CHECK OgStatus og_head_reserve(OgHead *head, size_t N, OgError *err);

/* *scores (N,C) of features (N,W); it belongs to the head until its next forward, and may be
 * overwritten (by og_loss). features must live until the backward. dropout_seed 0 turns dropout
 * off. Fails when memory runs out only. */
OG_API OG_MUST_CHECK OgStatus og_head_forward(OgHead *head, const float *features, size_t N,
                                              uint64_t dropout_seed, float **scores, OgError *err);

/* Backward of the last forward: dfeatures (N,W) = the gradient at the features, gradients
 * (og_params_trained) += that at the head's weights (and at the word embeddings, for mlm). dscores
 * (N,C). */
OG_API void og_head_backward(OgHead *head, const float *dscores, float *dfeatures,
                             float *gradients);

#endif
