/* pretrain: a BERT masked-language model from raw text (Devlin et al. 2019, section 3.1, without
 * next-sentence prediction), from nothing or from a base that is continued. */
#ifndef OG_FINETUNE_PRETRAIN_H
#define OG_FINETUNE_PRETRAIN_H

#include "finetune/course.h"
#include "finetune/footprint.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct OgPretrainOptions {
  const char *base;    /* directory of a model to continue: its sizes and vocabulary are kept; NULL:
                          from nothing */
  const char *vocab;   /* directory whose tokenizer is used; NULL: the base's, or one is learned */
  size_t vocab_size;   /* words to learn, special tokens included (8,000) */
  bool cased;          /* keep letters and accents as they are when learning a vocabulary (false) */
  size_t layers;       /* L (2) */
  size_t hidden;       /* H (128) */
  size_t heads;        /* A; 0: one for each 64 of H, or as many fewer as divide it */
  size_t intermediate; /* F; 0: 4 H */
  size_t max_positions; /* longest sequence that the model can be given later, in tokens (512) */
  size_t max_length;    /* tokens of a block; 0: 128, or what the model can be given */
  size_t batch_tokens;  /* tokens that are computed together (4,096) */
  size_t accumulate;    /* batches of a step: their gradients are added up (1) */
  double mask_rate; /* fraction of the tokens to predict (0.15): of them 80 % become [MASK], 10 %
                       a random word, 10 % stay */
  double learning_rate; /* at the top of the warm-up (1e-3; 2e-4 with a base) when 0 */
  double warmup;        /* fraction of the steps (0.06) */
  double weight_decay;  /* 0.01 */
  double clip;          /* largest norm of the gradient (1.0) */
  double dropout;       /* of all kinds; negative: 0.1 with a base or over 10 epochs, else 0 */
  size_t steps;         /* steps to train; 0: as epochs say */
  double epochs;        /* passes over the text (10), when steps is 0 */
  double minutes;       /* stop by then, decaying the rate over the time; 0: no limit */
  double held_out;      /* fraction of the blocks to measure on, at most 256 blocks (0.02) */
  bool recompute;    /* keep of each layer its input only, and compute it again on the way back */
  bool memory_only;  /* compute the footprint, and train nothing; out may be NULL */
  size_t max_memory; /* bytes; 0: what the machine has. Layers are recomputed when that helps, and a
                        training that takes more is OG_NO_MEMORY before its first step */
  uint64_t seed;     /* 1 */
  int threads;       /* 0: one a processor */
  bool resume;       /* go on where a stopped training for the same directory was */
  bool force;        /* replace the model that is in the directory; without resume, drop what a
                        stopped training left */
} OgPretrainOptions;

OG_API OgPretrainOptions og_pretrain_options_default(void);

typedef struct OgPretrainReport {
  OgFootprint footprint;
  bool recomputed; /* layers, on the way back */
  size_t vocab_size, parameters;
  size_t blocks, tokens; /* of the training part */
  size_t held_out_blocks;
  size_t steps;  /* taken */
  double epochs; /* passes taken */
  double seconds, tokens_per_second;
  double start_loss; /* held-out loss before the first step, in nats a masked token */
  double train_loss; /* mean of the last steps */
  double loss;       /* held-out loss at the end; perplexity is exp(loss) */
  double accuracy;   /* masked tokens of the held-out part predicted right */
  OgTrainStop stop;
} OgPretrainReport;

/* Learn from texts (text_count files: .txt, gzip'd or not, "-" is standard input; a paragraph a
 * line) and write a Hugging Face directory at out: config.json, tokenizer files,
 * model.safetensors (bert.* and cls.*) and pretrain.json. The directory is complete or as it was.
 * When the progress callback asks to stop, what was learned so far is written, *report is filled,
 * and the result is OG_CANCELLED; the training's state is kept beside the directory (resume.h), now
 * and every ten minutes, for a training with the same options and `resume` to go on from. The same
 * seed and threads give the same bytes, stopped in between or not, unless minutes cuts the run.
 * progress and report may be NULL. */
OG_API OG_MUST_CHECK OgStatus og_pretrain(const char *const *texts, size_t text_count,
                                          const char *out, const OgPretrainOptions *options,
                                          const OgProgress *progress, OgPretrainReport *report,
                                          OgError *err);

#endif
