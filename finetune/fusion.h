/* fusion: the entities of a text join the text's vector: one row of a table per way (none, average,
 * concat, gated).
 *
 * Letters: B texts, H hidden, D floats of an entity vector, M mentions of all B texts end to end;
 * text b holds mentions [offsets[b], offsets[b+1]). Entity vectors z (M,D) are standardised
 * (og_fusion_standardise) and frozen: only the projections learn, so an entity that training never
 * saw is read with what was learned on its neighbours.
 *
 *   text      h (B,H): the pooler's tanh(W x[CLS] + b), or the mean of the token vectors
 *   mentions  v_m = tanh(E z_m + c) (H); a slot 0 "no entity" with its own learned vector v_0
 *   weights   a = softmax over the slots of b (slot 0 and its mentions); see the rows of fusion.c
 *   graph     g_b = Σ a_m v_m (H)
 *   output    f (B,K): none h (K=H); average h + g (K=H); concat [h, g] (K=2H); gated h + λ∘(g - h)
 *             with λ = σ(G [h, g] + d) (K=H)
 */
#ifndef OG_FINETUNE_FUSION_H
#define OG_FINETUNE_FUSION_H

#include "core/parallel.h"
#include "model/params.h"

typedef enum OgFusionKind {
  OG_FUSION_NONE,    /* the text alone: a plain BERT classifier */
  OG_FUSION_AVERAGE, /* mentions weigh by their linking score */
  OG_FUSION_CONCAT,  /* learned weights; the classifier reads text and graph side by side */
  OG_FUSION_GATED,   /* learned weights; a gate mixes text and graph, feature by feature */
  OG_FUSION_COUNT
} OgFusionKind;

/* "none", … Static. */
OG_API const char *og_fusion_name(OgFusionKind kind);

/* The row of that name; OG_FUSION_COUNT when there is none. */
OG_API OgFusionKind og_fusion_find(const char *name);

/* What represents a text. */
typedef enum OgPooling {
  OG_POOLING_AUTO, /* cls when the base brings a pooler, else mean (masked-language models do not
                      train [CLS]) */
  OG_POOLING_CLS,  /* BERT's pooler over [CLS] */
  OG_POOLING_MEAN, /* the mean of the last layer over all tokens */
  OG_POOLING_COUNT
} OgPooling;

/* "auto", … Static. */
OG_API const char *og_pooling_name(OgPooling pooling);
OG_API OgPooling og_pooling_find(const char *name);

#endif
