/* classifier: tokens and entities to label scores: encoder, pooling, fusion and head in a row,
 * forward and backward. */
#ifndef OG_FINETUNE_CLASSIFIER_H
#define OG_FINETUNE_CLASSIFIER_H

#include "finetune/heads.h"
#include "finetune/inputs.h"
#include "model/lora.h"

/* What a classifier is made of. */
typedef struct OgClassifierShape {
  OgConfig config;
  OgFusionKind fusion;
  OgPooling pooling;              /* cls or mean */
  OgWindowPooling window_pooling; /* of texts that are read in windows */
  size_t D;                       /* floats of an entity vector; 0 with OG_FUSION_NONE */
  size_t labels;                  /* C, at least 1 */
  OgLoraShape lora;               /* rank 0: no adapters */
} OgClassifierShape;

/* Lay out all tensors (og_params_init): the encoder's, the fusion's, the head's, the adapters'. */
OG_API OG_MUST_CHECK OgStatus og_classifier_params(const OgClassifierShape *shape, OgParams *params,
                                                   OgError *err);

typedef struct OgClassifier OgClassifier;

/* A classifier on params made by og_classifier_params; params and team must outlive it. On OG_OK
 * the caller owns *classifier. */
OG_API OG_MUST_CHECK OgStatus og_classifier_new(const OgClassifierShape *shape,
                                                const OgParams *params, OgTeam *team, OgKeep keep,
                                                OgClassifier **classifier, OgError *err);
/* The weights stay as they are now (og_pass_pack). */
OG_API OG_MUST_CHECK OgStatus og_classifier_pack(OgClassifier *classifier, OgPrecision precision,
                                                 OgError *err);
OG_API void og_classifier_free(OgClassifier *classifier);

/* What passes take room for. */
typedef struct OgClassifierRoom {
  const OgBatch *shape;   /* of what is encoded (og_pass_size): texts, or windows of them */
  size_t texts, mentions; /* of what is scored */
} OgClassifierRoom;

/* The bytes that it takes. */
OG_API OG_MUST_CHECK OgStatus og_classifier_size(OgClassifier *classifier,
                                                 const OgClassifierRoom *room, size_t *bytes,
                                                 OgError *err);

/* Make that room, beside what there is: passes of such batches take no more. */
OG_API OG_MUST_CHECK OgStatus og_classifier_reserve(OgClassifier *classifier,
                                                    const OgClassifierRoom *room, OgError *err);

/* *scores (B,C) before the softmax, of the classifier until its next forward. The batch must live
 * until the backward. dropout_seed 0 turns dropout off. */
OG_API OG_MUST_CHECK OgStatus og_classifier_forward(OgClassifier *classifier,
                                                    const OgInputBatch *batch,
                                                    uint64_t dropout_seed, float **scores,
                                                    OgError *err);

/* The first half of it, all that depends on the encoder: *vectors (B,H), one a text (the hidden
 * state of its first token, or the mean of all its tokens'; of windows, their vectors' mean or
 * maximum), of the classifier until its next forward. */
OG_API OG_MUST_CHECK OgStatus og_classifier_encode(OgClassifier *classifier,
                                                   const OgInputBatch *batch, uint64_t dropout_seed,
                                                   const float **vectors, OgError *err);

/* The second half, pooler, fusion and head: *scores (B,C) of vectors, which may be older, and of
 * the entities. vectors and the entities must live until the backward. */
OG_API OG_MUST_CHECK OgStatus og_classifier_score(OgClassifier *classifier, const float *vectors,
                                                  const OgEntityBatch *entities, size_t B,
                                                  uint64_t dropout_seed, float **scores,
                                                  OgError *err);

/* Backward of the last forward: gradients (og_params_trained) += the gradient at every weight that
 * is not frozen. dscores (B,C). When all of the encoder is, it stops at the texts' vectors, and
 * neither a classifier that keeps nor a first half is needed. */
OG_API OG_MUST_CHECK OgStatus og_classifier_backward(OgClassifier *classifier, const float *dscores,
                                                     float *gradients, OgError *err);

/* (M) how much each of the batch's mentions weighed (og_fusion_weights); NULL without fusion. */
OG_API const float *og_classifier_weights(const OgClassifier *classifier);

#endif
