/* fusion: the entities of a text join the text's vector, in one of several ways, each a row of a
 * table.
 *
 * Letters: B texts, H hidden, D floats of an entity vector, M mentions of all B texts end to end;
 * text b holds the mentions from offsets[b] up to offsets[b+1]. Entity vectors z (M,D) are
 * standardised (og_fusion_standardise) and frozen. Only the projections learn, so an entity that
 * training never saw is read with what was learned from its neighbours.
 *
 *   text      h (B,H)
 *   mentions  v_m = tanh(E z_m + c) (H), and v_0 (H), learned, which stands for "no entity"
 *   weights   average:        a_m = score_m / Σ score; a_0 = 1 when a text has no mention, else 0
 *             concat, gated:  a = softmax(q·v_0, …, q·v_m + log score_m, …), q = (Q h + k) / √H
 *   graph     g = Σ a_m v_m (B,H)
 *   features  f (B,W): none h; average h + g; concat [h, g]; gated h + λ∘(g - h), λ = σ(G [h, g] +
 *             d); W is 2H for concat, else H
 *
 * Tensors: fusion.entity.{weight (H,D), bias (H)} are E and c, fusion.none (H) is v_0,
 * fusion.query.{weight (H,H), bias (H)} Q and k, fusion.gate.{weight (H,2H), bias (H)} G and d. */
#ifndef OG_FINETUNE_FUSION_H
#define OG_FINETUNE_FUSION_H

#include "model/params.h"

#include <stdint.h>

typedef enum OgFusionKind {
  OG_FUSION_NONE,    /* the text alone: a plain BERT classifier */
  OG_FUSION_AVERAGE, /* mentions weigh by their linking score; text and graph are added */
  OG_FUSION_CONCAT,  /* learned weights; the classifier reads text and graph side by side */
  OG_FUSION_GATED,   /* learned weights; a gate mixes text and graph, feature by feature */
  OG_FUSION_COUNT
} OgFusionKind;

enum { OG_FUSION_TENSORS_MAX = 7 };

/* "none", … Static. */
OG_API const char *og_fusion_name(OgFusionKind kind);

/* The row of that name; OG_FUSION_COUNT when there is none. */
OG_API OgFusionKind og_fusion_find(const char *name);

/* What represents a text. */
typedef enum OgPooling {
  OG_POOLING_AUTO, /* cls when the base brings a pooler, else mean: a masked-language model never
                      trained [CLS] */
  OG_POOLING_CLS,  /* BERT's pooler over [CLS]: tanh(W x + b) */
  OG_POOLING_MEAN, /* the mean of the last layer over all tokens */
  OG_POOLING_COUNT
} OgPooling;

/* "auto", … Static. find gives OG_POOLING_COUNT when there is none of that name. */
OG_API const char *og_pooling_name(OgPooling pooling);
OG_API OgPooling og_pooling_find(const char *name);

/* W, the width of the features for a text vector of H. */
OG_API size_t og_fusion_width(OgFusionKind kind, size_t H);

/* Describe the tensors that a kind needs; returns how many (at most OG_FUSION_TENSORS_MAX). */
OG_API size_t og_fusion_tensors(OgFusionKind kind, size_t H, size_t D, OgTensorSpec *specs);

/* Standardise N vectors of D floats in place: every dimension by its mean and deviation (D) over
 * the entities of the set, to mean 0 and variance 1 (one that never varies becomes 0), then each
 * vector to the length √D, so that an entity with many edges, whose vector is long, speaks no
 * louder than a rare one. */
OG_API void og_fusion_standardise(float *vectors, size_t N, size_t D, const double *mean,
                                  const double *deviation);

/* The mentions of a batch. */
typedef struct OgEntityBatch {
  const float *vectors;    /* (M,D) standardised */
  const float *scores;     /* (M) of the linker, (0, 1] */
  const uint32_t *offsets; /* (B+1) */
} OgEntityBatch;

typedef struct OgFusion OgFusion;

/* A fusion on params, which hold its tensors and must outlive it. On OG_OK the caller owns *fusion.
 * A tensor that is missing is OG_BAD_STORE. og_blas_load must have succeeded. */
OG_API OG_MUST_CHECK OgStatus og_fusion_new(OgFusionKind kind, const OgParams *params,
                                            OgFusion **fusion, OgError *err);
OG_API void og_fusion_free(OgFusion *fusion);

/* D, that fusion.entity.weight has; 0 for none. */
OG_API size_t og_fusion_dimension(const OgFusion *fusion);

/* Bytes that it takes for B texts with M mentions. */
OG_API size_t og_fusion_size(const OgFusion *fusion, size_t B, size_t M);

/* Make that room: passes of up to so many texts and mentions take no more. */
OG_API OG_MUST_CHECK OgStatus og_fusion_reserve(OgFusion *fusion, size_t B, size_t M, OgError *err);

/* *features (B,W) of h (B,H). They belong to the fusion until its next forward (with none they are
 * h itself); h and the batch's arrays must live until the backward. Fails when memory runs out
 * only. */
OG_API OG_MUST_CHECK OgStatus og_fusion_forward(OgFusion *fusion, const float *h,
                                                const OgEntityBatch *entities, size_t B,
                                                const float **features, OgError *err);

/* Backward of the last forward: dh (B,H) = the gradient at h, gradients (og_params_trained) += that
 * at the fusion's tensors. dfeatures (B,W). */
OG_API void og_fusion_backward(OgFusion *fusion, const float *dfeatures, float *dh,
                               float *gradients);

/* (M) how much each mention weighed in the last forward: a_m; what is left of 1 went to "no
 * entity". NULL for none. */
OG_API const float *og_fusion_weights(const OgFusion *fusion);

#endif
