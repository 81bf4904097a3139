#include "finetune/pretrain.h"

#include "core/blas.h"
#include "core/file.h"
#include "core/memory.h"
#include "finetune/checkpoint.h"
#include "finetune/corpus.h"
#include "finetune/course.h"
#include "finetune/heads.h"
#include "finetune/inputs.h"
#include "finetune/metrics.h"
#include "finetune/optimizer.h"
#include "finetune/ranges.h"
#include "finetune/resume.h"
#include "model/encoder.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum {
  HELD_OUT_MOST = 256, /* blocks */
  USUAL_BLOCK = 128    /* tokens */
};

/* Streams of random numbers under one seed. */
enum { SEED_INIT = 1, SEED_ORDER, SEED_MASK, SEED_DROPOUT, SEED_HELD_OUT };

OgPretrainOptions og_pretrain_options_default(void) {
  return (OgPretrainOptions){
      .vocab_size = 8000,
      .layers = 2,
      .hidden = 128,
      .max_positions = 512,
      .batch_tokens = 4096,
      .accumulate = 1,
      .mask_rate = 0.15,
      .warmup = 0.06,
      .weight_decay = 0.01,
      .clip = 1,
      .dropout = -1,
      .epochs = 10,
      .held_out = 0.02,
      .seed = 1,
  };
}

/* How far it is in the text. Of these numbers a checkpoint is made. */
typedef struct Place {
  uint64_t pass;   /* over the text */
  uint64_t blocks; /* of that pass, trained on */
  uint64_t tokens; /* of all passes */
} Place;

enum { PLACE_NUMBERS = sizeof(Place) / sizeof(uint64_t) };

/* Everything of one pretraining, from its texts to its directory. */
typedef struct Pretraining {
  const OgPretrainOptions *options;
  const char *out;
  const OgProgress *progress;
  OgPretrainReport report;
  OgTeam *team;
  OgTokenizer *tokenizer;
  OgCorpus corpus;
  size_t block_length; /* tokens of a block at most */
  OgMasking masking;
  uint32_t *held_out; /* (report.held_out_blocks) */
  uint32_t *blocks;   /* (report.blocks) those to train on, */
  uint32_t *order;    /* and as they come in this pass */
  OgConfig config;    /* as it is saved; params.config has the dropout of this training */
  OgParams params;
  bool pooler;      /* the base brought one */
  float *gradients; /* (params.total) */
  OgPass *pass;
  OgHead *head;
  OgOptimizer *optimizer;
  OgMaskedBatch batch;
  float *dfeatures; /* (M,H) */
  size_t row_capacity;

  /* Where the training is. */
  OgCourse course;
  Place place;
  json_t *description; /* what must be the same when it goes on */
} Pretraining;

/* ---- setting up ---- */

static OgStatus check_options(const OgPretrainOptions *options, OgError *err) {
  const OgRange ranges[] = {
      {"mask rate", options->mask_rate, 0.001, 0.9},
      {"warm-up", options->warmup, 0, 1},
      {"learning rate", options->learning_rate, 0, 1},
      {"weight decay", options->weight_decay, 0, 1},
      {"clip", options->clip, 0, 1e9},
      {"dropout", options->dropout, -1, 0.9},
      {"epochs", options->epochs, 0, 1e6},
      {"minutes", options->minutes, 0, 1e6},
      {"held-out fraction", options->held_out, 0, 0.5},
      {"number of batches of a step", (double)options->accumulate, 1, 65536},
  };
  OG_TRY(og_ranges_check(ranges, OG_COUNT(ranges), err));
  if (options->base && options->vocab) {
    return og_error_set(err, OG_USAGE,
                        "a base keeps its own vocabulary: give a base or a vocabulary, not both");
  }
  return OG_OK;
}

/* One head for each 64 of the width, or as many fewer as divide it. */
static size_t usual_heads(size_t hidden) {
  size_t heads = (hidden + 63) / 64;
  while (heads > 1 && hidden % heads != 0) {
    heads--;
  }
  return heads;
}

/* A model of the sizes that the options say, reading with a given vocabulary or a learned one. */
static OgStatus begin_model(Pretraining *p, const OgRawText *raw, OgError *err) {
  const OgPretrainOptions *o = p->options;
  if (o->vocab) {
    OG_TRY(og_tokenizer_load(o->vocab, &p->tokenizer, err));
  } else {
    OG_TRY(og_raw_text_tokenizer(raw, o->vocab_size, !o->cased, p->progress, &p->tokenizer, err));
  }
  p->config = og_config_default();
  p->config.vocab_size = og_tokenizer_vocab_size(p->tokenizer);
  p->config.layers = o->layers;
  p->config.hidden_size = o->hidden;
  p->config.heads = o->heads ? o->heads : usual_heads(o->hidden);
  p->config.intermediate_size = o->intermediate ? o->intermediate : 4 * o->hidden;
  p->config.max_positions = o->max_positions;
  p->config.pad_token_id = og_tokenizer_special(p->tokenizer).pad;
  return og_config_check(&p->config, err);
}

static OgStatus choose_block_length(Pretraining *p, OgError *err) {
  const size_t most = p->config.max_positions, wanted = p->options->max_length;
  const size_t usual = most < USUAL_BLOCK ? most : USUAL_BLOCK;
  if (wanted > most) {
    return og_error_set(err, OG_USAGE,
                        "blocks of %zu tokens are longer than the model's %zu positions", wanted,
                        most);
  }
  p->block_length = wanted ? wanted : usual;
  return OG_OK;
}

/* Dropout fights overfitting: it costs a small model that sees its text a few times only. */
static float choose_dropout(const Pretraining *p) {
  if (p->options->dropout >= 0) {
    return (float)p->options->dropout;
  }
  return p->options->base ? p->config.hidden_dropout : 0;
}

static OgStatus make_params(Pretraining *p, OgError *err) {
  OgConfig config = p->config;
  config.hidden_dropout = config.attention_dropout = choose_dropout(p);
  OgTensorSpec specs[OG_HEAD_TENSORS_MAX];
  const size_t count =
      og_head_tensors(og_head_kind("mlm"), &config, config.hidden_size, config.vocab_size, specs);
  OG_TRY(og_params_init(&p->params, &config, specs, count, err));
  bool *loaded = OG_NEW_ARRAY(bool, p->params.count);
  if (!loaded) {
    return og_error_no_memory(err);
  }
  OgStatus status = OG_OK;
  if (p->options->base) {
    status = og_params_load(&p->params, p->options->base, p->team, loaded, err);
  }
  if (status == OG_OK) {
    OgRandom random;
    og_random_init(&random, og_random_at(p->options->seed, SEED_INIT));
    og_params_randomize(&p->params, &random, loaded);
    p->pooler = loaded[og_params_role(&p->params, OG_ROLE_POOLER_WEIGHT, 0)];
    p->report.parameters = p->params.total;
  }
  og_free(loaded);
  return status;
}

/* Hold blocks out: a random few. */
static OgStatus part_blocks(Pretraining *p, OgError *err) {
  const size_t blocks = p->corpus.blocks;
  p->held_out = og_calloc(blocks, sizeof *p->held_out);
  p->order = og_calloc(blocks, sizeof *p->order);
  if (!p->held_out || !p->order) {
    return og_error_no_memory(err);
  }
  for (size_t k = 0; k < blocks; k++) {
    p->held_out[k] = (uint32_t)k;
  }
  OgRandom random;
  og_random_init(&random, og_random_at(p->options->seed, SEED_HELD_OUT));
  og_random_shuffle(&random, p->held_out, blocks);
  size_t held_out = (size_t)ceil(p->options->held_out * (double)blocks);
  held_out = held_out < HELD_OUT_MOST ? held_out : HELD_OUT_MOST;
  p->report.held_out_blocks = held_out < blocks ? held_out : blocks - 1;
  p->report.blocks = blocks - p->report.held_out_blocks;
  p->blocks = p->held_out + p->report.held_out_blocks;
  p->report.tokens = p->corpus.tokens;
  for (size_t k = 0; k < p->report.held_out_blocks; k++) {
    p->report.tokens -= p->corpus.starts[p->held_out[k] + 1] - p->corpus.starts[p->held_out[k]];
  }
  return OG_OK;
}

/* The order of the blocks in a pass: a function of the seed and the pass. */
static void shuffle_blocks(Pretraining *p) {
  OgRandom random;
  og_random_init(&random, og_random_at(og_random_at(p->options->seed, SEED_ORDER), p->place.pass));
  memcpy(p->order, p->blocks, p->report.blocks * sizeof *p->order);
  og_random_shuffle(&random, p->order, p->report.blocks);
}

static OgStatus check_base(const Pretraining *p, OgError *err) {
  const OgArchitecture architecture = p->config.architecture;
  return og_architecture_tensor(architecture, OG_ROLE_MLM_WEIGHT)
             ? OG_OK
             : og_error_set(err, OG_USAGE,
                            "%s is of the kind %s, which predicts no masked words: expected a "
                            "network with layers",
                            p->options->base, og_architecture(architecture)->model_type);
}

/* A text that teaches nothing makes a model that looks like any other. */
static void warn_of_little_text(const Pretraining *p) {
  enum { LITTLE = 10000 };
  if (!p->options->base && p->corpus.tokens < LITTLE) {
    og_progress_warn(p->progress,
                     "a text of %zu tokens is too little to learn a language from: the model will "
                     "be hardly better than random; give millions, or a --base that knows more",
                     p->corpus.tokens);
  }
}

static OgStatus read_text(Pretraining *p, const char *const *texts, size_t text_count,
                          OgError *err) {
  const char *base = p->options->base;
  if (base) {
    OG_TRY(og_base_load(base, &p->config, &p->tokenizer, err));
    OG_TRY(check_base(p, err));
  }
  OgRawText raw;
  OG_TRY(og_raw_text_read(texts, text_count, p->progress, &raw, err));
  OgStatus status;
  if (!base) {
    OG_GO(begin_model(p, &raw, err));
  }
  OG_GO(choose_block_length(p, err));
  OG_GO(og_corpus_pack(&raw, p->tokenizer, p->block_length, p->team, &p->corpus, err));
  OG_GO(part_blocks(p, err));
  p->report.vocab_size = p->config.vocab_size;
  p->masking = (OgMasking){p->options->mask_rate, og_tokenizer_vocab_size(p->tokenizer),
                           og_tokenizer_special(p->tokenizer)};
  og_warn_of_unknown(p->progress, p->corpus.unknown, p->corpus.tokens);
  warn_of_little_text(p);
done:
  og_raw_text_clear(&raw);
  return status;
}

static OgCourse plan_course(const Pretraining *p) {
  const OgPretrainOptions *options = p->options;
  const double of_a_step = (double)options->batch_tokens * (double)options->accumulate;
  const double per_epoch = (double)p->report.tokens / of_a_step;
  const double usual = options->base ? 2e-4 : 1e-3;
  return (OgCourse){.steps =
                        options->steps ? options->steps : (size_t)ceil(options->epochs * per_epoch),
                    .seconds = options->minutes * 60,
                    .rate = options->learning_rate > 0 ? options->learning_rate : usual,
                    .warmup = options->warmup};
}

/* ---- memory ---- */

/* The largest batch that a step can have: so many tokens, or a whole block, in as long blocks as
 * can be. numbers: the memory of its arrays. */
static OgStatus make_largest(const Pretraining *p, OgBatch *shape, uint32_t **numbers,
                             OgError *err) {
  const size_t wanted = p->options->batch_tokens, length = p->block_length;
  const size_t most = wanted > length ? wanted : length;
  const size_t T = most < p->corpus.tokens ? most : p->corpus.tokens;
  const size_t B = (T + length - 1) / length;
  /* six deviations more than the mean: in a billion batches one has more of them */
  const double rate = p->options->mask_rate, mean = (double)T * rate;
  const double masked = ceil(mean + 6 * sqrt(mean * (1 - rate)));
  const size_t M = masked < (double)T ? (size_t)masked : T;
  *numbers = OG_NEW_ARRAY(uint32_t, B + 1 + M);
  if (!*numbers) {
    return og_error_no_memory(err);
  }
  uint32_t *offsets = *numbers, *outputs = offsets + B + 1;
  for (size_t b = 0; b <= B; b++) {
    offsets[b] = (uint32_t)(b < B ? b * length : T);
  }
  for (size_t m = 0; m < M; m++) {
    outputs[m] = (uint32_t)(m * T / M);
  }
  *shape = (OgBatch){.B = B, .T = T, .offsets = offsets, .outputs = outputs, .M = M};
  return OG_OK;
}

static OgStatus grow_rows(Pretraining *p, size_t rows, OgError *err) {
  if (rows <= p->row_capacity) {
    return OG_OK;
  }
  og_free_floats(p->dfeatures);
  p->row_capacity = 0;
  p->dfeatures = og_calloc_floats(rows * p->config.hidden_size);
  if (!p->dfeatures) {
    return og_error_no_room(err, rows * p->config.hidden_size * sizeof *p->dfeatures,
                            "the gradients of %zu rows", rows);
  }
  p->row_capacity = rows;
  return OG_OK;
}

/* Room for the largest batch, and for as many blocks as there can be of so many tokens when they
 * are short. */
static OgStatus reserve_batches(Pretraining *p, const OgBatch *shape, OgError *err) {
  enum { SHORTEST = 3 }; /* [CLS], a token, [SEP] */
  const size_t most = shape->T / SHORTEST, fit = most > shape->B ? most : shape->B;
  const size_t B = p->corpus.blocks < fit ? p->corpus.blocks : fit;
  uint32_t *offsets = OG_NEW_ARRAY(uint32_t, B + 1);
  if (!offsets) {
    return og_error_no_memory(err);
  }
  for (size_t b = 0; b <= B; b++) {
    offsets[b] = (uint32_t)(b * shape->T / B);
  }
  OgBatch many = *shape;
  many.B = B;
  many.offsets = offsets;
  OgStatus status;
  OG_GO(og_masked_batch_reserve(&p->batch, B, shape->T, err));
  OG_GO(og_pass_reserve(p->pass, &many, err));
  OG_GO(og_pass_reserve(p->pass, shape, err));
done:
  og_free(offsets);
  return status;
}

/* Everything that a step takes and a measurement, before the first of them: neither may end for
 * want of memory what took hours. */
static OgStatus allocate(Pretraining *p, const OgBatch *shape, OgError *err) {
  OgOptimizerOptions adam = og_optimizer_default();
  adam.decay = (float)p->options->weight_decay;
  adam.clip = (float)p->options->clip;
  OG_TRY(og_optimizer_new(&p->params, &adam, p->team, &p->optimizer, err));
  OG_TRY(og_optimizer_reserve(p->optimizer, plan_course(p).steps, err));
  p->gradients = og_calloc_floats(p->params.total);
  if (!p->gradients) {
    return og_error_no_room(err, p->params.total * sizeof *p->gradients, "the gradients");
  }
  OG_TRY(reserve_batches(p, shape, err));
  OG_TRY(og_head_reserve(p->head, shape->M, err));
  return grow_rows(p, shape->M, err);
}

/* A pass that keeps so much, and what all takes then. */
static OgStatus measure(Pretraining *p, OgKeep keep, const OgBatch *shape, OgError *err) {
  size_t *bytes = p->report.footprint.bytes, pass;
  const size_t trained = og_params_trained(&p->params) * sizeof(float), M = shape->M;
  og_pass_free(p->pass);
  p->pass = NULL;
  OG_TRY(og_pass_new(&p->params, p->team, keep, &p->pass, err));
  OG_TRY(og_pass_size(p->pass, shape, &pass, err));
  p->report.recomputed = keep == OG_KEEP_INPUTS;
  bytes[OG_MEMORY_WEIGHTS] = p->params.total * sizeof(float);
  bytes[OG_MEMORY_GRADIENTS] = trained;
  bytes[OG_MEMORY_MOMENTS] = og_optimizer_size(&p->params, plan_course(p).steps);
  bytes[OG_MEMORY_ACTIVATIONS] = pass + og_head_size(p->head, M) +
                                 M * p->config.hidden_size * sizeof(float) +
                                 (shape->T + 2 * M + shape->B + 1) * sizeof(uint32_t);
  return OG_OK;
}

static OgStatus refuse_footprint(const Pretraining *p, size_t limit, OgError *err) {
  const OgFootprint *footprint = &p->report.footprint;
  char total[16], activations[16], most[16];
  return og_error_set(err, OG_NO_MEMORY,
                      "the training takes %s of memory even when layers are computed again on the "
                      "way back (%s of it for a batch), and %s %s",
                      og_bytes_text(og_footprint_total(footprint), total),
                      og_bytes_text(footprint->bytes[OG_MEMORY_ACTIVATIONS], activations),
                      p->options->max_memory > 0 ? "--max-memory allows" : "this machine has",
                      og_bytes_text(limit, most));
}

/* What to do where there is no memory. */
static OgStatus advise(const Pretraining *p, OgStatus status, OgError *err) {
  return og_error_advise(status, err,
                         "take --batch-tokens %zu --accumulate %zu, which is the same training, "
                         "--recompute, or a smaller model (--memory lists what takes how much)",
                         (p->options->batch_tokens + 1) / 2, 2 * p->options->accumulate);
}

/* Compute what the training takes, and make it fit: layers are recomputed if that helps. */
static OgStatus fit_memory(Pretraining *p, OgError *err) {
  const size_t limit = og_footprint_limit(p->options->max_memory);
  const OgFootprint *footprint = &p->report.footprint;
  OgBatch shape;
  uint32_t *numbers = NULL;
  OgStatus status;
  OG_GO(og_head_new(og_head_kind("mlm"), &p->params, p->team, &p->head, err));
  OG_GO(make_largest(p, &shape, &numbers, err));
  OG_GO(measure(p, p->options->recompute ? OG_KEEP_INPUTS : OG_KEEP_ALL, &shape, err));
  if (og_footprint_exceeds(footprint, limit) && !p->report.recomputed) {
    OG_GO(measure(p, OG_KEEP_INPUTS, &shape, err));
    og_progress_warn(p->progress, "layers are computed again on the way back: there is not the "
                                  "memory to keep them");
  }
  if (og_footprint_exceeds(footprint, limit)) {
    status = refuse_footprint(p, limit, err);
    goto done;
  }
  if (!p->options->memory_only) {
    OG_GO(allocate(p, &shape, err));
  }
done:
  og_free(numbers);
  return status;
}

static OgStatus prepare(Pretraining *p, const char *const *texts, size_t text_count, OgError *err) {
  OG_TRY(og_blas_load(err));
  const size_t empty = og_memory_held();
  OG_TRY(og_team_new(p->options->threads, &p->team, err));
  OG_TRY(og_error_during(read_text(p, texts, text_count, err), "reading the texts", err));
  const size_t held = og_memory_held();
  p->report.footprint.bytes[OG_MEMORY_TEXTS] = held > empty ? held - empty : 0;
  OG_TRY(og_error_during(make_params(p, err), "loading the base", err));
  return og_error_during(fit_memory(p, err), "setting up the training", err);
}

/* ---- one batch ---- */

/* The number of blocks from the front of `blocks` that make a batch. */
static size_t batch_size(const Pretraining *p, const uint32_t *blocks, size_t count) {
  size_t tokens = 0, taken = 0;
  while (taken < count) {
    const uint32_t block = blocks[taken];
    tokens += p->corpus.starts[block + 1] - p->corpus.starts[block];
    if (taken > 0 && tokens > p->options->batch_tokens) {
      break;
    }
    taken++;
  }
  return taken;
}

/* Mask the blocks and score the masked tokens: *scores (M,V). */
static OgStatus forward(Pretraining *p, const uint32_t *blocks, size_t count, uint64_t mask_seed,
                        uint64_t dropout_seed, float **scores, OgError *err) {
  OG_TRY(og_masked_batch_fill(&p->batch, &p->corpus, blocks, count, &p->masking, mask_seed, err));
  OG_TRY(grow_rows(p, p->batch.M, err));
  const OgBatch batch = {.B = p->batch.B,
                         .T = p->batch.T,
                         .ids = p->batch.ids,
                         .offsets = p->batch.offsets,
                         .outputs = p->batch.rows,
                         .M = p->batch.M};
  const float *hidden;
  OG_TRY(og_encoder_forward(p->pass, &batch, dropout_seed, &hidden, err));
  return og_head_forward(p->head, hidden, p->batch.M, dropout_seed, scores, err);
}

/* The blocks of a step: `accumulate` batches of batch_size, fewer at the end of the text. */
typedef struct StepBlocks {
  const uint32_t *blocks;
  size_t count, tokens;
  uint64_t mask_seed; /* one for all of them: masks do not depend on the batch */
  size_t masked;      /* tokens to predict: the loss is a mean over them */
} StepBlocks;

static StepBlocks coming_step(const Pretraining *p) {
  const uint64_t seed = og_random_at(p->options->seed, SEED_MASK);
  StepBlocks step = {.blocks = p->order + p->place.blocks,
                     .mask_seed = og_random_at(seed, p->course.step)};
  const size_t left = p->report.blocks - p->place.blocks;
  for (size_t k = 0; k < p->options->accumulate && step.count < left; k++) {
    step.count += batch_size(p, step.blocks + step.count, left - step.count);
  }
  for (size_t k = 0; k < step.count; k++) {
    step.tokens += p->corpus.starts[step.blocks[k] + 1] - p->corpus.starts[step.blocks[k]];
  }
  step.masked = og_masked_count(&p->corpus, step.blocks, step.count, &p->masking, step.mask_seed);
  return step;
}

/* Add the gradient of the k-th batch of a step, and its share of the loss. */
static OgStatus add_batch(Pretraining *p, const StepBlocks *step, size_t k, const uint32_t *blocks,
                          size_t count, double *loss, OgError *err) {
  const uint64_t number = p->course.step * p->options->accumulate + k;
  const uint64_t dropout = og_random_at(og_random_at(p->options->seed, SEED_DROPOUT), number) | 1;
  float *scores;
  OG_TRY(forward(p, blocks, count, step->mask_seed, dropout, &scores, err));
  const OgTargets targets = {.labels = p->batch.targets, .divisor = (double)step->masked};
  *loss += og_loss(OG_LOSS_CROSS_ENTROPY, p->team, scores, scores, &targets, p->batch.M,
                   p->config.vocab_size);
  og_head_backward(p->head, scores, p->dfeatures, p->gradients);
  return og_encoder_backward(p->pass, p->dfeatures, p->gradients, err);
}

/* A batch in which chance chose no token adds nothing, unless the whole step is so: then a token of
 * the first is masked. */
static OgStatus train_step(Pretraining *p, OgError *err) {
  StepBlocks step = coming_step(p);
  const bool none = step.masked == 0;
  step.masked += none;
  double loss = 0;
  OG_TRY(og_optimizer_begin(p->optimizer, NULL, 0, err));
  for (size_t k = 0, at = 0; at < step.count; k++) {
    const uint32_t *blocks = step.blocks + at;
    const size_t count = batch_size(p, blocks, step.count - at);
    if (none ? k == 0
             : og_masked_count(&p->corpus, blocks, count, &p->masking, step.mask_seed) > 0) {
      OG_TRY(add_batch(p, &step, k, blocks, count, &loss, err));
    }
    at += count;
  }
  OG_TRY(og_optimizer_step(p->optimizer, p->gradients, og_course_rate(&p->course), NULL, err));
  og_course_step(&p->course, loss);
  p->place.blocks += step.count;
  p->place.tokens += step.tokens;
  return OG_OK;
}

/* ---- held-out loss ---- */

static size_t count_right(const float *scores, const uint32_t *targets, size_t M, size_t V) {
  size_t right = 0;
  for (size_t m = 0; m < M; m++) {
    right += og_best_label(scores + m * V, V) == targets[m];
  }
  return right;
}

/* Loss a masked token and accuracy on the held-out blocks, always under the same masks. */
static OgStatus evaluate(Pretraining *p, double *loss, double *accuracy, OgError *err) {
  og_optimizer_finish(p->optimizer);
  const size_t count = p->report.held_out_blocks;
  double sum = 0;
  size_t right = 0, masked = 0;
  for (size_t k = 0; k < count;) {
    const size_t blocks = batch_size(p, p->held_out + k, count - k);
    float *scores;
    OG_TRY(forward(p, p->held_out + k, blocks, og_random_at(p->options->seed, SEED_HELD_OUT), 0,
                   &scores, err));
    const OgTargets targets = {.labels = p->batch.targets};
    const size_t V = p->config.vocab_size;
    right += count_right(scores, p->batch.targets, p->batch.M, V);
    sum += (double)p->batch.M *
           og_loss(OG_LOSS_CROSS_ENTROPY, p->team, NULL, scores, &targets, p->batch.M, V);
    masked += p->batch.M;
    k += blocks;
  }
  *loss = masked ? sum / (double)masked : 0;
  *accuracy = masked ? (double)right / (double)masked : 0;
  return OG_OK;
}

/* ---- stopping and going on ---- */

/* What must be the same when a training goes on: how long it may take need not be. */
static json_t *describe(const Pretraining *p) {
  const OgPretrainOptions *o = p->options;
  char text[OG_SHA256_HEX_SIZE];
  OgSha256 sha;
  og_sha256_init(&sha);
  og_sha256_add(&sha, p->corpus.starts, (p->corpus.blocks + 1) * sizeof *p->corpus.starts);
  og_sha256_add(&sha, p->corpus.ids, p->corpus.tokens * sizeof *p->corpus.ids);
  og_sha256_hex(&sha, text);
  return json_pack("{s:s, s:s?, s:s, s:I, s:I, s:I, s:I, s:I, s:f, s:f, s:f, s:f, s:f, s:f, s:I, "
                   "s:f, s:f, s:I}",
                   "work", "pretrain", "base", o->base, "text", text, "layers",
                   (json_int_t)p->config.layers, "hidden", (json_int_t)p->config.hidden_size,
                   "parameters", (json_int_t)p->params.total, "batch_tokens",
                   (json_int_t)o->batch_tokens, "accumulate", (json_int_t)o->accumulate,
                   "mask_rate", o->mask_rate, "learning_rate", p->course.rate, "warmup", o->warmup,
                   "weight_decay", o->weight_decay, "clip", o->clip, "dropout", o->dropout, "steps",
                   (json_int_t)p->course.steps, "held_out", o->held_out, "epochs", o->epochs,
                   "seed", (json_int_t)o->seed);
}

/* Save the training as it is, or load what was saved: `load` says from what file. */
static OgStatus transfer(Pretraining *p, const OgSafetensors *load, OgError *err) {
  const OgResumePart parts[] = {{"place", OG_U64, PLACE_NUMBERS, &p->place},
                                {"start_loss", OG_F64, 1, &p->report.start_loss}};
  const OgResumable state = {&p->course, &p->params, p->optimizer, parts, OG_COUNT(parts)};
  return load ? og_resume_load(load, &state, err)
              : og_resume_save(p->out, p->description, &state, err);
}

/* A state that cannot be saved is no reason to lose the training. */
static void save_state(Pretraining *p) {
  OgError err;
  if (transfer(p, NULL, &err) != OG_OK) {
    og_resume_warn_unsaved(p->progress, &err);
  }
}

/* Go on where an earlier training stopped, when there is one and it is wanted. */
static OgStatus resume(Pretraining *p, OgError *err) {
  p->description = describe(p);
  if (!p->description) {
    return og_error_no_memory(err);
  }
  OgSafetensors *file = NULL;
  OG_TRY(og_resume_begin(p->out, p->description, p->options->resume, p->progress, &file, err));
  OgStatus status = file ? transfer(p, file, err) : OG_OK;
  if (status == OG_OK && p->place.blocks > p->report.blocks) {
    status = og_error_set(err, OG_BAD_STORE, "%s.checkpoint is damaged: it is past the text's end",
                          p->out);
  }
  og_safetensors_close(file);
  return status;
}

/* ---- the loop ---- */

static OgStatus tell(const Pretraining *p, OgError *err) {
  char detail[96];
  snprintf(detail, sizeof detail, "loss %.3f, %.0f tokens/s", p->course.loss,
           (double)p->place.tokens / og_course_seconds(&p->course));
  return og_course_report(&p->course, p->progress, "pretraining", detail, err);
}

static void sum_up(Pretraining *p) {
  const double tokens = (double)p->place.tokens;
  p->report.steps = p->course.step;
  p->report.seconds = og_course_seconds(&p->course);
  p->report.tokens_per_second = tokens / p->report.seconds;
  p->report.epochs = tokens / (double)p->report.tokens;
  p->report.train_loss = p->course.loss;
}

/* Train from where it is to the end of the course, or to the end of its time. */
static OgStatus train_on(Pretraining *p, OgError *err) {
  shuffle_blocks(p);
  for (double saved = og_seconds(); p->course.step < p->course.steps;) {
    if (og_course_late(&p->course)) {
      p->report.stop = OG_TRAIN_TIME;
      return OG_OK;
    }
    if (p->place.blocks == p->report.blocks) {
      p->place.pass++;
      p->place.blocks = 0;
      shuffle_blocks(p);
    }
    OG_TRY(train_step(p, err));
    OG_TRY(tell(p, err));
    if (og_resume_is_due(&saved)) {
      save_state(p);
    }
  }
  return OG_OK;
}

static OgStatus train(Pretraining *p, OgError *err) {
  p->report.stop = OG_TRAIN_DONE;
  const OgStatus status = train_on(p, err);
  sum_up(p);
  OG_TRY(og_train_stop_of(status, &p->report.stop, err));
  if (p->report.stop == OG_TRAIN_CANCELLED && p->course.step > 0) {
    save_state(p);
  }
  return OG_OK;
}

/* ---- writing ---- */

/* Save without the pooler when nothing ever trained it: who loads the model must not think so. */
static OgStatus save_weights(const Pretraining *p, const char *directory, OgError *err) {
  OgParams saved = p->params;
  if (p->pooler) {
    return og_params_save(&saved, directory, err);
  }
  saved.tensors = OG_NEW_ARRAY(OgTensor, p->params.count);
  if (!saved.tensors) {
    return og_error_no_memory(err);
  }
  saved.count = 0;
  for (size_t k = 0; k < p->params.count; k++) {
    if (!og_role_of_pooler(p->params.tensors[k].role)) {
      saved.tensors[saved.count++] = p->params.tensors[k];
    }
  }
  const OgStatus status = og_params_save(&saved, directory, err);
  og_free(saved.tensors);
  return status;
}

static OgStatus save_report(const Pretraining *p, const char *directory, OgError *err) {
  const OgPretrainReport *r = &p->report;
  json_t *json = json_pack(
      "{s:s, s:s?, s:I, s:I, s:I, s:I, s:I, s:I, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:s, s:I}",
      "made_by", "ontograft " OG_VERSION, "base", p->options->base, "vocab_size",
      (json_int_t)r->vocab_size, "parameters", (json_int_t)r->parameters, "blocks",
      (json_int_t)r->blocks, "tokens", (json_int_t)r->tokens, "held_out_blocks",
      (json_int_t)r->held_out_blocks, "steps", (json_int_t)r->steps, "epochs", r->epochs, "seconds",
      r->seconds, "tokens_per_second", r->tokens_per_second, "train_loss", r->train_loss,
      "start_loss", r->start_loss, "held_out_loss", r->loss, "held_out_perplexity", exp(r->loss),
      "held_out_masked_accuracy", r->accuracy, "stop", og_train_stop_name(r->stop), "seed",
      (json_int_t)p->options->seed);
  char *path = og_path_join(directory, "pretrain.json");
  const OgStatus status = json && path ? og_json_save(path, json, err) : og_error_no_memory(err);
  og_free(path);
  json_decref(json);
  return status;
}

static OgStatus write_model(Pretraining *p, OgDirectory *directory, OgError *err) {
  og_optimizer_finish(p->optimizer);
  const char *at = directory->temporary;
  OG_TRY(og_config_save(at, &p->config, og_head_kind("mlm")->task, NULL, 0, err));
  OG_TRY(og_tokenizer_save(p->tokenizer, at, err));
  OG_TRY(save_weights(p, at, err));
  OG_TRY(save_report(p, at, err));
  return og_directory_commit(directory, err);
}

static void clear(Pretraining *p) {
  og_masked_batch_clear(&p->batch);
  og_free_floats(p->dfeatures);
  og_free_floats(p->gradients);
  og_optimizer_free(p->optimizer);
  og_head_free(p->head);
  og_pass_free(p->pass);
  og_params_clear(&p->params);
  og_free(p->held_out);
  og_free(p->order);
  json_decref(p->description);
  og_corpus_clear(&p->corpus);
  og_tokenizer_free(p->tokenizer);
  og_team_free(p->team);
}

/* Train between two measurements. Stopped by the user, what there is is measured all the same. */
static OgStatus run(Pretraining *p, const char *const *texts, size_t text_count, OgError *err) {
  OG_TRY(prepare(p, texts, text_count, err));
  p->course = plan_course(p);
  og_course_start(&p->course);
  OG_TRY(resume(p, err));
  if (p->course.step == 0) {
    double accuracy;
    OG_TRY(evaluate(p, &p->report.start_loss, &accuracy, err));
    og_course_start(&p->course);
  }
  OG_TRY(train(p, err));
  if (p->report.steps == 0 && p->report.stop != OG_TRAIN_DONE) {
    return og_error_set(err, p->report.stop == OG_TRAIN_CANCELLED ? OG_CANCELLED : OG_FAILED,
                        "ended before the first step (%s): nothing is written",
                        og_train_stop_name(p->report.stop));
  }
  return evaluate(p, &p->report.loss, &p->report.accuracy, err);
}

/* Tell what memory it would take. */
static OgStatus measure_only(Pretraining *p, const char *const *texts, size_t text_count,
                             OgPretrainReport *report, OgError *err) {
  const OgStatus status = advise(p, prepare(p, texts, text_count, err), err);
  if (status == OG_OK && report) {
    *report = p->report;
  }
  clear(p);
  return status;
}

OgStatus og_pretrain(const char *const *texts, size_t text_count, const char *out,
                     const OgPretrainOptions *options, const OgProgress *progress,
                     OgPretrainReport *report, OgError *err) {
  OG_TRY(check_options(options, err));
  Pretraining p = {.options = options, .out = out, .progress = progress};
  if (options->memory_only) {
    return measure_only(&p, texts, text_count, report, err);
  }
  OgDirectory directory;
  OG_TRY(og_error_during(
      og_resume_open_directory(out, options->resume, options->force, progress, &directory, err),
      "making the directory", err));
  OgStatus status;
  OG_GO(advise(&p, og_error_during(run(&p, texts, text_count, err), "training", err), err));
  if (p.report.stop == OG_TRAIN_DIVERGED) {
    og_progress_warn(progress,
                     "the gradient is no longer a number after step %zu: the weights "
                     "before it are kept; try a lower learning rate",
                     p.report.steps);
  }
  OG_GO(write_model(&p, &directory, err));
  if (report) {
    *report = p.report;
  }
  if (p.report.stop == OG_TRAIN_CANCELLED) {
    status = og_error_set(err, OG_CANCELLED,
                          "stopped on request after step %zu; %s holds what was learned so far; "
                          "to go on, give the same command with --resume",
                          p.report.steps, out);
  } else {
    og_resume_delete(out);
  }
done:
  clear(&p);
  og_directory_close(&directory);
  return status;
}
