/* trainer: a text classifier out of a base network, labelled texts and a graph.
 *
 * Single-label classification: each text is linked to the graph's entities once, the entities'
 * vectors join the text's vector (finetune/fusion.h), a linear layer and softmax cross-entropy
 * follow. After every epoch the held-out part is scored; the epoch of the best macro-F1 (ties:
 * lower loss) is kept. */
#ifndef OG_FINETUNE_TRAINER_H
#define OG_FINETUNE_TRAINER_H

#include "core/hash.h"
#include "finetune/dataset.h"
#include "finetune/footprint.h"
#include "finetune/fusion.h"
#include "finetune/metrics.h"
#include "finetune/pretrain.h"
#include "finetune/windows.h"
#include "model/lora.h"

typedef struct OgFinetuneOptions {
  const char *base;      /* directory of the base network; required */
  const char *train;     /* labelled texts; required */
  const char *dev;       /* labelled texts to choose the epoch on; NULL: held out of train */
  const char *test;      /* labelled texts to score once at the end; NULL: none */
  const char *out;       /* run directory to write; NULL: nothing is written (ablations) */
  OgDatasetOptions data; /* columns of all three files */
  double held_out;       /* fraction of train held out, of each label (0.1), when dev is NULL */

  OgFusionKind fusion;       /* OG_FUSION_GATED; none needs no graph */
  OgPooling pooling;         /* OG_POOLING_AUTO */
  const char *embedding_set; /* name in the graph; NULL: the one made last */
  float min_link_score;      /* mentions below it are ignored (0) */
  bool shuffle_entities;     /* ablation: give every entity the vector of another one, drawn with
                                the seed: same numbers, no knowledge */

  size_t max_length; /* tokens of a text, or of a window of one (256, or what the base can) */
  bool windows;      /* longer texts are read in windows; otherwise they are cut */
  size_t stride;     /* tokens from the start of a window to that of the next, at most
                        max_length - 2; 0: half of that */
  OgWindowPooling window_pooling; /* OG_WINDOWS_MEAN */
  size_t batch_size;              /* texts that are computed together (16) */
  size_t accumulate;     /* batches of a step: their gradients are added up, and the step is that of
                            one batch of so many times the texts (1) */
  double epochs;         /* passes at most; 0: enough for 1,000 √(768 / H) steps (1,000 when H is
                            larger), between 4 and 20 */
  double minutes;        /* stop by then; 0: no limit */
  size_t patience;       /* epochs without a better one, or after the first that has all held-out
                            texts right, before stopping; 0: never (5) */
  double learning_rate;  /* of the base network, at the top of the warm-up; 0: 3e-5 (768 / H)², at
                            most 1e-3, for H floats a token */
  double head_rate;      /* rate of the head and the fusion, as a multiple (5) */
  double warmup;         /* fraction of the steps (0.1); linear decay to 0 follows */
  double weight_decay;   /* 0.01, not on biases and LayerNorm */
  double clip;           /* largest norm of the gradient (1.0) */
  double dropout;        /* inside the base network and before the classifier; negative: as
                            config.json says */
  double mention_mask;   /* probability that the tokens of a mention are replaced by [MASK] in
                            training, so that the graph must be read, not the name */
  double entity_dropout; /* probability that a mention is left out in training */
  bool freeze_base;      /* train the head and the fusion only. The base has no dropout then, and
                            computes each text once, unless mention_mask changes its words */
  OgLoraShape lora;      /* rank above 0: the base is frozen but for adapters of that rank (PEFT's
                            LoRA), which learn at the head's rate; alpha 0: twice the rank */
  bool recompute;        /* keep of each layer its input only, and compute it again on the way back:
                            less memory, a third more time, the same bytes */
  size_t max_memory; /* bytes; 0: what the machine has. A training that takes more recomputes, and
                        one that then still does is refused before its first step */
  bool memory_only;  /* only find out what it takes (report->footprint): nothing is trained */
  uint64_t seed;     /* 1: order, initialisation, dropout, held-out part, shuffling */
  int threads;       /* 0: one a processor */
  bool resume;       /* go on where a stopped training for the same directory was */
  bool force;        /* replace the model that is in the directory; without resume, drop what a
                        stopped training left */
} OgFinetuneOptions;

OG_API OgFinetuneOptions og_finetune_options_default(void);

/* One epoch, scored on the held-out part. */
typedef struct OgEpoch {
  double train_loss, dev_loss, accuracy, macro_f1, seconds;
} OgEpoch;

typedef struct OgFinetuneReport {
  OgLabels labels;
  size_t train_texts, dev_texts, test_texts;
  size_t tokens;                         /* of the training part */
  size_t truncated;                      /* texts of the training file that were cut */
  size_t windowed, windows;              /* training texts of several windows; windows of all */
  size_t mentions;                       /* of the training part, with a vector */
  size_t linked_texts;                   /* training texts with a mention at least */
  size_t entities;                       /* distinct entities of the training part */
  size_t parameters;                     /* floats of the model, */
  size_t trained;                        /* and of them those that learned */
  OgFootprint footprint;                 /* as computed before the first step */
  bool recomputed;                       /* as asked for, or for max_memory */
  OgPooling pooling;                     /* as chosen */
  double learning_rate, planned_epochs;  /* as chosen */
  char graph_hash[OG_SHA256_HEX_SIZE];   /* "" without a graph */
  char model_sha256[OG_SHA256_HEX_SIZE]; /* of the model.safetensors written; "" without out */
  char embedding_set[128];               /* "" without a graph */
  OgEpoch *epochs;
  size_t epoch_count, best_epoch; /* best_epoch counts from 0 */
  OgMetrics dev;                  /* of the best epoch */
  double dev_loss;
  OgMetrics test; /* count 0 when no test file was given */
  double seconds; /* of the whole call */
  OgTrainStop stop;
} OgFinetuneReport;

/* Train. graph_path may be NULL with OG_FUSION_NONE. The run directory is a Hugging Face directory
 * (with fusion none and pooling cls a plain BertForSequenceClassification) plus ontograft.json
 * (what predict needs), metrics.json and, with adapters, which are merged into the weights, a
 * folder adapter in PEFT's layout; it is complete or as it was. When progress asks to stop, the
 * best epoch so far is kept and written, *report is filled, and the result is OG_CANCELLED; before
 * the first epoch's end no model is. The training's state is kept beside the directory (resume.h),
 * then, every ten minutes, and when the directory cannot be written at the end, for a training with
 * the same options and `resume` to go on from. The same seed, data and threads give the same bytes,
 * stopped in between or not. progress may be NULL. On OG_OK and OG_CANCELLED the caller releases
 * *report with og_finetune_report_clear; otherwise it is empty. */
OG_API OG_MUST_CHECK OgStatus og_finetune(const char *graph_path, const OgFinetuneOptions *options,
                                          const OgProgress *progress, OgFinetuneReport *report,
                                          OgError *err);
OG_API void og_finetune_report_clear(OgFinetuneReport *report);

#endif
