/* embed_train: epochs of gradient descent on an embedding model.
 *
 * Two objectives, a row each: all entities (embed_one_vs_all.c) and negatives (embed_negatives.c).
 * Work is cut among the team's threads by counts alone, and sums are made in a fixed order: the
 * same seed and number of threads give the same bytes. Stopping, choosing the best state and
 * evaluation are the caller's (embed.c). */
#ifndef OG_KG_EMBED_TRAIN_H
#define OG_KG_EMBED_TRAIN_H

#include "kg/edge_stream.h"
#include "kg/embed.h"
#include "kg/embed_state.h"

/* What a trainer works on; everything is borrowed and outlives it. */
typedef struct OgTrainInput {
  OgEmbedModel *model;
  const OgTriples *triples; /* to train on; NULL: those of stream */
  const OgQueries *queries; /* the same, grouped (og_queries_new); with stream, those that matter
                               when negatives are drawn (og_answers_frequent) */
  const OgEmbedOptions *options; /* every field decided */
  OgTeam *team;
  const char *stage; /* what progress calls this training */
  int epochs;        /* that there will be at most, for progress */
  size_t
      score_bytes; /* most memory for scores kept between two passes; beyond, they are made again */
  const bool *fixed; /* (N) entities that stay as they are, and then so do all relations; NULL: all
                        parameters are trained */
  OgEdgeStream *stream; /* edges in a file, each with the answers to both of its questions; for
                           negatives without `bernoulli` alone. NULL: triples are all */
} OgTrainInput;

typedef struct OgEmbedTrainer OgEmbedTrainer;

OG_MUST_CHECK OgStatus og_embed_trainer_new(const OgTrainInput *input, OgEmbedTrainer **trainer,
                                            OgError *err);
void og_embed_trainer_free(OgEmbedTrainer *trainer);

/* What a trainer remembers from one epoch to the next, the model's parameters apart: at most
 * OG_TRAINER_PARTS parts of it, to save or to fill; returns their number. */
enum { OG_TRAINER_PARTS = 4 };
size_t og_embed_trainer_parts(OgEmbedTrainer *trainer, OgStatePart parts[OG_TRAINER_PARTS]);

/* One pass over the training data, in an order that depends on the seed and the epoch only. *loss
 * is the mean over pairs of a query and an answer; not finite when training broke down. */
OG_MUST_CHECK OgStatus og_embed_trainer_epoch(OgEmbedTrainer *trainer, double rate,
                                              const OgProgress *progress, double *loss,
                                              OgError *err);

/* Let progress show this valid MRR from now on. */
void og_embed_trainer_show(OgEmbedTrainer *trainer, double valid);

/* Allocate the parameters of a model for a graph of N entities and R relations, and fill them
 * (options decided). */
OG_MUST_CHECK OgStatus og_embed_model_init(OgEmbedModel *model, const OgScoreModel *row, size_t N,
                                           size_t R, const OgEmbedOptions *options,
                                           const OgProgress *progress, OgError *err);
void og_embed_model_clear(OgEmbedModel *model);

/* ---- for the objectives ---- */

/* An objective: how it makes its working memory, and one step on the examples order[0..count). */
typedef struct OgTrainStep {
  /* Examples of the triples, that order numbers. */
  size_t (*examples)(const OgTrainInput *input);
  OgStatus (*open)(const OgTrainInput *input, void **state, OgError *err);
  void (*close)(void *state);
  /* The triples are others now: another window of the stream. NULL: there is none. */
  void (*turn)(void *state);
  /* Examples, of `left` ones at order, that the next step takes; at least 1. */
  size_t (*take)(void *state, const uint32_t *order, size_t left);
  /* One step: adds the loss of its pairs to *loss and their number to *pairs. */
  void (*step)(void *state, const uint32_t *order, size_t count, double rate, double *loss,
               double *pairs);
  /* What it remembers from one step to the next; at most OG_TRAINER_PARTS - 1 parts. */
  size_t (*parts)(void *state, OgStatePart *parts);
} OgTrainStep;

/* de (D) += ∂L/∂e of the query for e's neighbours, given dq (D). */
void og_embed_neighbours_backward(const OgEmbedModel *model, float *de, const float *dq,
                                  const float *e);

/* draws (n) ascending: one entity of each of n equal parts of N ≥ n; together they are uniform.
 * They depend on the seed and on where their n random numbers begin. */
void og_embed_draw(uint32_t *draws, size_t n, size_t N, uint64_t seed, uint64_t first);

extern const OgTrainStep og_train_one_vs_all; /* embed_one_vs_all.c: 1-vs-all and k-vs-all */
extern const OgTrainStep og_train_negatives;  /* embed_negatives.c */

#endif
