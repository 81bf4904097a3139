#include "finetune/trainer.h"

#include "core/blas.h"
#include "core/file.h"
#include "core/memory.h"
#include "finetune/adapter.h"
#include "finetune/checkpoint.h"
#include "finetune/classifier.h"
#include "finetune/course.h"
#include "finetune/entities.h"
#include "finetune/optimizer.h"
#include "finetune/parts.h"
#include "finetune/ranges.h"
#include "finetune/report.h"
#include "finetune/resume.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FEATURES_BATCH = 256 /* texts that are scored together when their vectors are there */ };

/* Streams of random numbers under one seed. */
enum {
  SEED_SPLIT = 1,
  SEED_INIT,
  SEED_ORDER,
  SEED_DROPOUT,
  SEED_AUGMENT,
  SEED_SHUFFLE,
  SEED_ADAPTERS
};

OgFinetuneOptions og_finetune_options_default(void) {
  return (OgFinetuneOptions){
      .held_out = 0.1,
      .fusion = OG_FUSION_GATED,
      .pooling = OG_POOLING_AUTO,
      .max_length = 256,
      .batch_size = 16,
      .accumulate = 1,
      .patience = 5,
      .head_rate = 5,
      .warmup = 0.1,
      .weight_decay = 0.01,
      .clip = 1,
      .dropout = -1,
      .seed = 1,
  };
}

/* How far it is. Of these numbers a checkpoint is made. */
typedef struct Place {
  uint64_t texts;     /* of this epoch, trained on */
  double epoch_start; /* on the clock of the course */
} Place;

/* Everything of one training. */
typedef struct Training {
  OgFinetuneOptions options; /* with the rate and the epochs that were chosen */
  const char *graph_path;
  const OgProgress *progress;
  OgFinetuneReport *report;
  OgTeam *team;
  OgTokenizer *tokenizer;
  OgEntities entities; /* empty without fusion */
  OgParts parts;
  uint32_t *order;         /* (parts.train.count) of the epoch */
  OgConfig base;           /* as the base says, and as it is saved */
  OgClassifierShape shape; /* its config has the dropout of this training */
  OgParams params;
  OgLora *lora;            /* NULL: no adapters */
  float *gradients, *best; /* (og_params_trained) */
  OgClassifier *classifier;
  OgOptimizer *optimizer;
  OgInputBatch batch;
  uint32_t *labels;            /* (batch_size) of the batch */
  uint32_t *truth, *predicted; /* (most texts of dev and test) as they are scored */
  size_t epoch_room;           /* of report->epochs */
  OgKeep keep;                 /* of the classifier */

  /* Where the training is. */
  OgCourse course;
  Place place;
  json_t *description; /* what must be the same when it goes on */
} Training;

static uint64_t stream(const Training *t, uint64_t which) {
  return og_random_at(t->options.seed, which);
}

/* Texts of a step, of an epoch's last one at most. */
static size_t step_texts(const Training *t) {
  return t->options.batch_size * t->options.accumulate;
}

/* ---- options ---- */

static OgStatus check_options(const char *graph_path, const OgFinetuneOptions *options,
                              OgError *err) {
  const OgRange ranges[] = {
      {"held-out fraction", options->held_out, 0, 0.9},
      {"number of epochs", options->epochs, 0, 1e6},
      {"minutes", options->minutes, 0, 1e6},
      {"learning rate", options->learning_rate, 0, 1},
      {"head's rate", options->head_rate, 0, 1e6},
      {"warm-up", options->warmup, 0, 1},
      {"weight decay", options->weight_decay, 0, 1},
      {"clip", options->clip, 0, 1e9},
      {"dropout", options->dropout, -1, 0.9},
      {"rank of the adapters", (double)options->lora.rank, 0, 1024},
      {"alpha of the adapters", (double)options->lora.alpha, 0, 1e6},
      {"mention mask", options->mention_mask, 0, 1},
      {"entity dropout", options->entity_dropout, 0, 1 - options->mention_mask},
      {"batch size", (double)options->batch_size, 1, 65536},
      {"number of batches of a step", (double)options->accumulate, 1, 65536},
      {"greatest length", (double)options->max_length, 3, 1 << 20},
  };
  OG_TRY(og_ranges_check(ranges, OG_COUNT(ranges), err));
  if (options->stride > 0 && (!options->windows || options->stride > options->max_length - 2)) {
    return og_error_set(err, OG_USAGE,
                        "a stride of %zu tokens: expected windows of more than that, in which long "
                        "texts are read",
                        options->stride);
  }
  if (options->freeze_base && options->lora.rank > 0) {
    return og_error_set(err, OG_USAGE,
                        "adapters freeze the base themselves: leave freeze_base out");
  }
  if (options->windows && options->data.pair_column) {
    return og_error_set(err, OG_USAGE, "texts with a second one cannot be read in windows");
  }
  if (!options->base || !options->train) {
    return og_error_set(err, OG_USAGE, "expected a base network and a file of labelled texts");
  }
  if (options->fusion != OG_FUSION_NONE && !graph_path) {
    return og_error_set(err, OG_USAGE,
                        "fusion %s needs a graph: give one, or choose the fusion none",
                        og_fusion_name(options->fusion));
  }
  return OG_OK;
}

/* ---- setting up ---- */

static OgStatus load_graph(Training *t, OgError *err) {
  const OgFinetuneOptions *options = &t->options;
  if (options->fusion == OG_FUSION_NONE) {
    return OG_OK;
  }
  OG_TRY(og_entities_load(t->graph_path, true, options->embedding_set, t->progress, &t->entities,
                          err));
  memcpy(t->report->graph_hash, t->entities.graph_hash, sizeof t->report->graph_hash);
  snprintf(t->report->embedding_set, sizeof t->report->embedding_set, "%s",
           t->entities.vectors.name);
  if (options->shuffle_entities) {
    OG_TRY(og_entities_shuffle(&t->entities, stream(t, SEED_SHUFFLE), err));
  }
  return OG_OK;
}

static size_t longest(const Training *t) {
  const size_t wanted = t->options.max_length, most = t->shape.config.max_positions;
  return wanted < most ? wanted : most;
}

/* Tokens from the start of a window to that of the next; 0: there are none. */
static size_t window_step(const Training *t) {
  const size_t wanted = t->options.stride, most = longest(t) - 2;
  const size_t usual = most > 1 ? most / 2 : 1;
  return !t->options.windows ? 0 : wanted == 0 ? usual : wanted < most ? wanted : most;
}

/* Where no two texts have the same label there is nothing to learn: the column is another one's. */
static OgStatus check_labels(const OgFinetuneOptions *options, const OgDataset *data,
                             OgError *err) {
  enum { FEWEST = 10 }; /* texts that a training is meant by */
  return data->count < FEWEST || data->labels.count < data->count
             ? OG_OK
             : og_error_set(err, OG_BAD_DATA,
                            "%s: each of the %zu texts has a label of its own, so there is nothing "
                            "to learn; name the column of the labels with --label-col",
                            options->train, data->count);
}

static OgStatus load_parts(Training *t, OgError *err) {
  const OgFinetuneOptions *options = &t->options;
  const OgInputEncoder encoder = {.tokenizer = t->tokenizer,
                                  .linker = t->entities.linker,
                                  .vectors = t->entities.linker ? &t->entities.vectors : NULL,
                                  .max_length = longest(t),
                                  .window_step = window_step(t),
                                  .min_link_score = options->min_link_score};
  const OgPartSources sources = {.train = options->train,
                                 .dev = options->dev,
                                 .test = options->test,
                                 .data = options->data,
                                 .held_out = options->held_out,
                                 .seed = stream(t, SEED_SPLIT)};
  OG_TRY(og_parts_load(&sources, &encoder, t->team, t->progress, &t->parts, err));
  const OgDataset *data = &t->parts.train_file.data;
  OG_TRY(check_labels(&t->options, data, err));
  t->options.data.text_column = data->text_column;   /* from now on by name: new texts may have */
  t->options.data.label_column = data->label_column; /* other columns beside */
  t->options.data.id_column = data->id_column;
  t->order = OG_NEW_ARRAY(uint32_t, t->parts.train.count);
  return t->order ? OG_OK : og_error_no_memory(err);
}

static OgStatus describe(Training *t, OgError *err) {
  OgFinetuneReport *report = t->report;
  OgPartCounts counts;
  OG_TRY(og_part_count(&t->parts.train, &counts, err));
  report->train_texts = t->parts.train.count;
  report->dev_texts = t->parts.dev.count;
  report->test_texts = t->parts.test.count;
  report->tokens = counts.tokens;
  report->mentions = counts.mentions;
  report->linked_texts = counts.linked_texts;
  report->entities = counts.entities;
  const OgInputs *inputs = &t->parts.train_file.inputs;
  report->truncated = inputs->truncated;
  report->windowed = counts.windowed;
  report->windows = counts.windows;
  report->parameters = t->params.total;
  report->trained = og_params_trained(&t->params);
  report->pooling = t->shape.pooling;
  og_warn_of_unknown(t->progress, inputs->unknown, inputs->starts[inputs->count]);
  og_warn_of_empty(t->progress, t->options.train, inputs->empty, inputs->count);
  if (t->options.fusion != OG_FUSION_NONE && report->mentions == 0) {
    og_progress_warn(t->progress,
                     "no training text names an entity of %s that has a vector: the graph cannot "
                     "help",
                     t->graph_path);
  } else if (t->options.fusion != OG_FUSION_NONE && 2 * counts.mentions < counts.named) {
    og_progress_warn(t->progress,
                     "the training texts name entities %zu times, and the set \"%s\" has a vector "
                     "for %zu of these: another set may know more (--set)",
                     counts.named, t->entities.vectors.name, counts.mentions);
  }
  if (t->options.held_out > 0 && t->parts.dev.count == 0) {
    og_progress_warn(t->progress,
                     "%zu texts are too few to hold any out: the last epoch is kept, and nothing "
                     "says how good it is",
                     t->parts.train.count);
  }
  const OgLabels *labels = &t->parts.train_file.data.labels;
  return og_labels_init(&report->labels, (const char *const *)labels->names, labels->count, err);
}

/* Load the encoder's tensors only: a head of another task stays out. Heads and fusion are laid out
 * after them. */
static OgStatus load_base(Training *t, bool *loaded, OgError *err) {
  OgParams encoder = t->params;
  encoder.count = 0;
  while (encoder.count < t->params.count && !t->params.tensors[encoder.count].head) {
    encoder.count++;
  }
  return og_params_load(&encoder, t->options.base, t->team, loaded, err);
}

/* What the base did not bring starts at random; whether it brought a pooler decides the rest. */
static void begin_params(Training *t, const bool *loaded) {
  OgRandom random;
  og_random_init(&random, stream(t, SEED_INIT));
  og_params_randomize(&t->params, &random, loaded);
  const size_t found = og_params_role(&t->params, OG_ROLE_POOLER_WEIGHT, 0);
  const bool pooler = found < t->params.count && loaded[found];
  const size_t base = pooler ? og_params_base(&t->params) : og_params_encoder(&t->params);
  t->params.frozen = t->options.freeze_base || t->options.lora.rank > 0 ? base : 0;
  const OgPooling automatic = pooler ? OG_POOLING_CLS : OG_POOLING_MEAN;
  t->shape.pooling = t->options.pooling == OG_POOLING_AUTO ? automatic : t->options.pooling;
}

static OgStatus make_params(Training *t, OgError *err) {
  t->shape.fusion = t->options.fusion;
  t->shape.window_pooling = t->options.window_pooling;
  t->shape.D = t->entities.vectors.D;
  t->shape.labels = t->parts.train_file.data.labels.count;
  t->shape.lora = t->options.lora;
  if (t->options.dropout >= 0) {
    t->shape.config.hidden_dropout = t->shape.config.attention_dropout = (float)t->options.dropout;
  }
  OG_TRY(og_classifier_params(&t->shape, &t->params, err));
  bool *loaded = OG_NEW_ARRAY(bool, t->params.count);
  if (!loaded) {
    return og_error_no_memory(err);
  }
  const OgStatus status = load_base(t, loaded, err);
  if (status == OG_OK) {
    begin_params(t, loaded);
  }
  og_free(loaded);
  return status;
}

/* Adapters that change nothing yet. */
static OgStatus make_adapters(Training *t, OgError *err) {
  if (t->shape.lora.rank == 0) {
    return OG_OK;
  }
  OgRandom random;
  og_random_init(&random, stream(t, SEED_ADAPTERS));
  OG_TRY(og_lora_new(&t->params, &t->shape.lora, t->team, &t->lora, err));
  og_lora_randomize(t->lora, &random);
  t->params.lora = t->lora;
  return OG_OK;
}

/* Whether the texts' vectors are computed once: under a frozen base, when their words stay. */
static bool keeps_features(const Training *t, const OgTextPart *part) {
  return t->options.freeze_base && (part != &t->parts.train || t->options.mention_mask <= 0);
}

static OgStatus compute_features(Training *t, const OgTextPart *part, OgError *err) {
  if (part->count == 0 || !keeps_features(t, part)) {
    return OG_OK;
  }
  return og_features_compute(part->features, t->classifier, &t->batch, part->inputs, part->which,
                             part->count, t->progress, err);
}

static OgStatus compute_all_features(Training *t, OgError *err) {
  if (t->options.freeze_base && !keeps_features(t, &t->parts.train)) {
    og_progress_warn(t->progress,
                     "a mention mask changes the words of a text in every epoch, so the frozen "
                     "base computes it each time; without one it would do so once");
  }
  OG_TRY(compute_features(t, &t->parts.train, err));
  return compute_features(t, &t->parts.dev, err);
}

/* ---- the course ---- */

/* Networks are compared with BERT base, whose usual settings are known: 3e-5, a few passes. Narrow
 * ones take larger steps and, having less to start from, need more of them. */
static const double usual_width = 768;

/* Without layers nothing lies between a step and what it moves. */
static double usual_rate(const OgConfig *config) {
  const double ratio = usual_width / (double)config->hidden_size, most = 1e-3;
  return config->layers == 0 ? most : fmin(3e-5 * ratio * ratio, most);
}

/* Passes for a thousand steps or more, as small sets of texts need (Mosbach, Andriushchenko &
 * Klakow 2021, section 6), but neither fewer passes nor more than are any use. */
static double usual_epochs(size_t hidden_size, size_t steps_per_epoch) {
  enum { STEPS = 1000, LEAST = 4, MOST = 20 };
  const double steps = STEPS * sqrt(fmax(usual_width / (double)hidden_size, 1));
  return fmin(fmax(ceil(steps / (double)steps_per_epoch), LEAST), MOST);
}

/* Choose what the options leave open. */
static void plan(Training *t) {
  OgFinetuneOptions *options = &t->options;
  const size_t hidden_size = t->shape.config.hidden_size;
  const size_t of_a_step = step_texts(t);
  const size_t per_epoch = (t->parts.train.count + of_a_step - 1) / of_a_step;
  if (options->learning_rate == 0) {
    options->learning_rate = usual_rate(&t->shape.config);
  }
  if (options->epochs == 0) {
    options->epochs = usual_epochs(hidden_size, per_epoch);
  }
  const double steps = ceil(options->epochs * (double)per_epoch);
  t->course = (OgCourse){.steps = (size_t)fmax(steps, 1),
                         .seconds = options->minutes * 60,
                         .rate = options->learning_rate,
                         .warmup = options->warmup};
  t->report->learning_rate = options->learning_rate;
  t->report->planned_epochs = options->epochs;
}

/* ---- memory ---- */

/* A part's largest batches: of what is encoded, and of what is scored, which has more texts where
 * their vectors are there. */
typedef struct PartBatches {
  OgLargestBatch encoded, scored;
} PartBatches;

static void clear_batches(PartBatches *batches) {
  og_largest_batch_clear(&batches->encoded);
  og_largest_batch_clear(&batches->scored);
}

/* Kept features are computed in batches of their own. */
static OgStatus find_batches(const Training *t, const OgTextPart *part, PartBatches *batches,
                             OgError *err) {
  const bool kept = keeps_features(t, part), cls = t->shape.pooling == OG_POOLING_CLS;
  const size_t texts = t->options.batch_size;
  *batches = (PartBatches){.encoded = {.texts = 0}};
  OG_TRY(og_largest_batch(part, kept ? og_features_batch(longest(t)) : texts, cls,
                          &batches->encoded, err));
  const OgStatus status = og_largest_batch(
      part, kept && texts < FEATURES_BATCH ? FEATURES_BATCH : texts, cls, &batches->scored, err);
  if (status != OG_OK) {
    clear_batches(batches);
  }
  return status;
}

static OgClassifierRoom room_of(const PartBatches *batches) {
  return (OgClassifierRoom){&batches->encoded.shape, batches->scored.texts,
                            batches->scored.mentions};
}

/* What the largest batch of all parts takes. */
static OgStatus measure_batches(Training *t, size_t *most, OgError *err) {
  const OgTextPart *const parts[] = {&t->parts.train, &t->parts.dev, &t->parts.test};
  *most = 0;
  for (size_t k = 0; k < OG_COUNT(parts); k++) {
    PartBatches batches;
    size_t bytes = 0;
    OG_TRY(find_batches(t, parts[k], &batches, err));
    const OgClassifierRoom room = room_of(&batches);
    const OgStatus status =
        parts[k]->count > 0 ? og_classifier_size(t->classifier, &room, &bytes, err) : OG_OK;
    clear_batches(&batches);
    OG_TRY(status);
    *most = bytes > *most ? bytes : *most;
  }
  return OG_OK;
}

static size_t feature_bytes(const Training *t) {
  const OgPartFile *const files[] = {&t->parts.train_file, &t->parts.dev_file, &t->parts.test_file};
  size_t texts = 0;
  for (size_t k = 0; t->options.freeze_base && k < OG_COUNT(files); k++) {
    texts += files[k]->data.count;
  }
  return texts * t->shape.config.hidden_size * sizeof(float);
}

/* All that is yet to be allocated; graph and texts were measured as they were read. */
static void sum_footprint(Training *t, size_t activations) {
  const size_t trained = og_params_trained(&t->params) * sizeof(float);
  size_t *bytes = t->report->footprint.bytes;
  bytes[OG_MEMORY_WEIGHTS] =
      t->params.total * sizeof(float) + (t->lora ? og_lora_bytes(t->lora) : 0);
  bytes[OG_MEMORY_GRADIENTS] = bytes[OG_MEMORY_BEST] = trained;
  bytes[OG_MEMORY_MOMENTS] = og_optimizer_size(&t->params, t->course.steps);
  bytes[OG_MEMORY_ACTIVATIONS] = activations;
  bytes[OG_MEMORY_FEATURES] = feature_bytes(t);
}

static OgStatus make_classifier(Training *t, OgKeep keep, OgError *err) {
  og_classifier_free(t->classifier);
  t->classifier = NULL;
  t->keep = keep;
  return og_classifier_new(&t->shape, &t->params, t->team, keep, &t->classifier, err);
}

static OgStatus refuse_footprint(const Training *t, size_t limit, OgError *err) {
  const OgFootprint *footprint = &t->report->footprint;
  char total[16], activations[16], most[16];
  return og_error_set(
      err, OG_NO_MEMORY,
      "the training takes %s of memory%s (%s of it for the largest batch), and %s %s",
      og_bytes_text(og_footprint_total(footprint), total),
      t->keep == OG_KEEP_INPUTS ? " even when layers are computed again on the way back" : "",
      og_bytes_text(footprint->bytes[OG_MEMORY_ACTIVATIONS], activations),
      t->options.max_memory > 0 ? "--max-memory allows" : "this machine has",
      og_bytes_text(limit, most));
}

/* What to do where there is no memory. */
static OgStatus advise(const Training *t, OgStatus status, OgError *err) {
  return og_error_advise(status, err,
                         "take a smaller batch (--batch %zu --accumulate %zu is the same "
                         "training), a smaller --max-length, --lora or --freeze-base (--memory "
                         "lists what takes how much)",
                         (t->options.batch_size + 1) / 2, 2 * t->options.accumulate);
}

/* Compute what the training takes, and make it fit: layers are recomputed if that helps. */
static OgStatus fit_memory(Training *t, OgError *err) {
  const size_t limit = og_footprint_limit(t->options.max_memory);
  const OgFootprint *footprint = &t->report->footprint;
  const OgKeep usual = t->options.recompute ? OG_KEEP_INPUTS : OG_KEEP_ALL;
  size_t activations;
  OG_TRY(make_classifier(t, t->options.freeze_base ? OG_KEEP_NOTHING : usual, err));
  OG_TRY(measure_batches(t, &activations, err));
  sum_footprint(t, activations);
  if (og_footprint_exceeds(footprint, limit) && t->keep == OG_KEEP_ALL) {
    OG_TRY(make_classifier(t, OG_KEEP_INPUTS, err));
    OG_TRY(measure_batches(t, &activations, err));
    sum_footprint(t, activations);
  }
  if (og_footprint_exceeds(footprint, limit)) {
    return refuse_footprint(t, limit, err);
  }
  t->report->recomputed = t->keep == OG_KEEP_INPUTS;
  if (t->report->recomputed && !t->options.recompute) {
    og_progress_warn(t->progress, "layers are computed again on the way back: there is not the "
                                  "memory to keep them");
  }
  return OG_OK;
}

/* Room for the passes over a part, for their numbers, and for the vectors of its texts. */
static OgStatus reserve_part(Training *t, OgTextPart *part, OgError *err) {
  PartBatches batches;
  OgStatus status;
  if (part->count == 0) {
    return OG_OK;
  }
  OG_TRY(find_batches(t, part, &batches, err));
  const OgLargestBatch *const list[] = {&batches.encoded, &batches.scored};
  for (size_t k = 0; k < OG_COUNT(list); k++) {
    OG_GO(og_input_batch_reserve(&t->batch, list[k]->texts, list[k]->shape.B, list[k]->shape.T,
                                 list[k]->mentions, t->entities.vectors.D, err));
  }
  const OgClassifierRoom room = room_of(&batches);
  OG_GO(og_classifier_reserve(t->classifier, &room, err));
  if (keeps_features(t, part) && !part->features->vectors) {
    OG_GO(og_features_init(part->features, part->inputs->count, t->shape.config.hidden_size,
                           batches.scored.texts, err));
  }
done:
  clear_batches(&batches);
  return status;
}

/* Room for the scores of the larger of the parts that are scored, and of all epochs. */
static OgStatus reserve_scores(Training *t, OgError *err) {
  OgFinetuneReport *report = t->report;
  const size_t dev = t->parts.dev.count, test = t->parts.test.count;
  const size_t texts = dev > test ? dev : test, epochs = (size_t)t->options.epochs + 1;
  OG_TRY(og_metrics_reserve(&report->dev, t->shape.labels, err));
  OG_TRY(og_metrics_reserve(&report->test, t->shape.labels, err));
  t->truth = OG_NEW_ARRAY(uint32_t, texts);
  t->predicted = OG_NEW_ARRAY(uint32_t, texts);
  report->epochs = OG_NEW_ARRAY(OgEpoch, epochs);
  t->epoch_room = epochs;
  return t->truth && t->predicted && report->epochs
             ? OG_OK
             : og_error_no_room(err, 2 * texts * sizeof *t->truth + epochs * sizeof(OgEpoch),
                                "the scores of %zu texts and %zu epochs", texts, epochs);
}

static OgStatus allocate_floats(float **block, size_t count, const char *what, OgError *err) {
  *block = og_calloc_floats(count);
  return *block ? OG_OK : og_error_no_room(err, count * sizeof **block, "%s", what);
}

/* Everything that training takes and scoring, before the first step: none of them may end for want
 * of memory what took hours. */
static OgStatus allocate(Training *t, OgError *err) {
  const size_t trained = og_params_trained(&t->params);
  OgOptimizerOptions adam = og_optimizer_default();
  adam.decay = (float)t->options.weight_decay;
  adam.clip = (float)t->options.clip;
  adam.head_scale = (float)t->options.head_rate;
  OG_TRY(og_optimizer_new(&t->params, &adam, t->team, &t->optimizer, err));
  OG_TRY(og_optimizer_reserve(t->optimizer, t->course.steps, err));
  OG_TRY(allocate_floats(&t->gradients, trained, "the gradients", err));
  OG_TRY(allocate_floats(&t->best, trained, "the weights of the best epoch", err));
  OgTextPart *const parts[] = {&t->parts.train, &t->parts.dev, &t->parts.test};
  for (size_t k = 0; k < OG_COUNT(parts); k++) {
    OG_TRY(reserve_part(t, parts[k], err));
  }
  OG_TRY(reserve_scores(t, err));
  t->labels = OG_NEW_ARRAY(uint32_t, t->options.batch_size);
  return t->labels ? OG_OK : og_error_no_memory(err);
}

static OgStatus make_trainer(Training *t, OgError *err) {
  OG_TRY(make_adapters(t, err));
  OG_TRY(fit_memory(t, err));
  return t->options.memory_only ? OG_OK : allocate(t, err);
}

/* Bytes of memory in use beyond so many. */
static size_t held_beyond(size_t bytes) {
  const size_t held = og_memory_held();
  return held > bytes ? held - bytes : 0;
}

static OgStatus prepare(Training *t, OgError *err) {
  size_t *bytes = t->report->footprint.bytes;
  OG_TRY(og_blas_load(err));
  const size_t empty = og_memory_held();
  OG_TRY(og_team_new(t->options.threads, &t->team, err));
  OG_TRY(og_error_during(og_base_load(t->options.base, &t->base, &t->tokenizer, err),
                         "reading the base's vocabulary", err));
  t->shape.config = t->base;
  const size_t before = og_memory_held();
  OG_TRY(og_error_during(load_graph(t, err), "reading the graph", err));
  bytes[OG_MEMORY_GRAPH] = held_beyond(before);
  OG_TRY(og_error_during(load_parts(t, err), "reading the texts", err));
  bytes[OG_MEMORY_TEXTS] = held_beyond(bytes[OG_MEMORY_GRAPH] + empty);
  OG_TRY(og_error_during(make_params(t, err), "loading the base", err));
  plan(t);
  OG_TRY(og_error_during(make_trainer(t, err), "setting up the training", err));
  return describe(t, err);
}

/* ---- scoring ---- */

static OgStatus fill_batch(Training *t, const OgTextPart *part, const uint32_t *which, size_t count,
                           const OgAugmentation *augmentation, OgError *err) {
  return og_input_batch_fill(&t->batch, part->inputs, which, count, t->entities.vectors.values,
                             t->entities.vectors.D, augmentation, err);
}

/* *scores of the batch, which holds the texts `which` of a part. A frozen base has no dropout. */
static OgStatus forward(Training *t, const OgTextPart *part, const uint32_t *which, size_t count,
                        uint64_t dropout, float **scores, OgError *err) {
  const float *vectors;
  if (keeps_features(t, part)) {
    OG_TRY(og_features_gather(part->features, which, count, &vectors, err));
  } else {
    const uint64_t inside = t->options.freeze_base ? 0 : dropout;
    OG_TRY(og_classifier_encode(t->classifier, &t->batch, inside, &vectors, err));
  }
  return og_classifier_score(t->classifier, vectors, &t->batch.entities, count, dropout, scores,
                             err);
}

static OgStatus tell(const Training *t, OgError *err) {
  const OgFinetuneReport *report = t->report;
  char detail[128];
  if (report->epoch_count == 0 || t->parts.dev.count == 0) {
    snprintf(detail, sizeof detail, "epoch %zu, loss %.3f", report->epoch_count + 1,
             t->course.loss);
  } else {
    const OgEpoch *last = &report->epochs[report->epoch_count - 1];
    snprintf(detail, sizeof detail,
             "epoch %zu, loss %.3f; held out after epoch %zu: accuracy %.3f, macro-F1 %.3f",
             report->epoch_count + 1, t->course.loss, report->epoch_count, last->accuracy,
             last->macro_f1);
  }
  return og_course_report(&t->course, t->progress, "training", detail, err);
}

/* Score `count` texts of a part from the k-th on: their true and predicted labels, and their summed
 * loss is added. */
static OgStatus score_batch(Training *t, const OgTextPart *part, size_t k, size_t count,
                            double *sum, OgError *err) {
  const size_t C = t->shape.labels;
  float *scores;
  OG_TRY(fill_batch(t, part, part->which + k, count, NULL, err));
  OG_TRY(forward(t, part, part->which + k, count, 0, &scores, err));
  for (size_t b = 0; b < count; b++) {
    t->truth[k + b] = og_part_label(part, k + b);
    t->predicted[k + b] = og_best_label(scores + b * C, C);
  }
  const OgTargets targets = {.labels = t->truth + k};
  *sum += (double)count * og_loss(OG_LOSS_CROSS_ENTROPY, t->team, NULL, scores, &targets, count, C);
  return OG_OK;
}

/* Score a part: its metrics, and the mean loss in nats. It may be interrupted while training, not
 * at the end, when only the scores are missing. */
static OgStatus score(Training *t, const OgTextPart *part, bool training, OgMetrics *metrics,
                      double *loss, OgError *err) {
  og_optimizer_finish(t->optimizer);
  const size_t batch = keeps_features(t, part) ? FEATURES_BATCH : t->options.batch_size;
  double sum = 0;
  for (size_t k = 0, count; k < part->count; k += count) {
    count = part->count - k < batch ? part->count - k : batch;
    OG_TRY(score_batch(t, part, k, count, &sum, err));
    if (training) {
      OG_TRY(tell(t, err));
    }
  }
  *loss = part->count ? sum / (double)part->count : 0;
  return og_metrics_count(metrics, t->truth, t->predicted, part->count, err);
}

/* ---- stopping and going on ---- */

/* What must be the same when the training goes on: all but the number of threads, which changes
 * only the rounding, how long it may take, and whether layers are computed again. */
static json_t *describe_training(const Training *t) {
  OgSha256 sha;
  char texts[OG_SHA256_HEX_SIZE];
  og_sha256_init(&sha);
  og_part_hash(&t->parts.train, &sha);
  og_part_hash(&t->parts.dev, &sha);
  og_sha256_hex(&sha, texts);
  json_t *json = og_finetune_options_json(&t->options);
  json_object_del(json, "threads");
  json_object_del(json, "minutes");
  json_object_del(json, "recompute");
  json_t *rest = json_pack("{s:s, s:s, s:s, s:s, s:f, s:s, s:s, s:I}", "work", "finetune", "base",
                           t->options.base, "fusion", og_fusion_name(t->options.fusion), "pooling",
                           og_pooling_name(t->shape.pooling), "min_link_score",
                           (double)t->options.min_link_score, "vectors", t->entities.vectors_hash,
                           "texts", texts, "parameters", (json_int_t)t->params.total);
  if (json_object_update(json, rest) != 0) {
    json_decref(json);
    json = NULL;
  }
  json_decref(rest);
  return json;
}

/* The epochs so far are rows of numbers in the file. */
enum { EPOCH_NUMBERS = sizeof(OgEpoch) / sizeof(double) };

/* Save the training as it is, or with `from` load what was saved there. */
static OgStatus transfer(Training *t, const OgSafetensors *from, OgError *err) {
  OgFinetuneReport *report = t->report;
  uint64_t best_epoch = report->best_epoch;
  const size_t best = report->epoch_count > 0 ? og_params_trained(&t->params) : 0;
  const OgResumePart parts[] = {
      {"texts", OG_U64, 1, &t->place.texts},
      {"epoch_start", OG_F64, 1, &t->place.epoch_start},
      {"best_epoch", OG_U64, 1, &best_epoch},
      {"epochs", OG_F64, report->epoch_count * EPOCH_NUMBERS, report->epochs},
      {"best", OG_F32, best, t->best},
  };
  const OgResumable state = {&t->course, &t->params, t->optimizer, parts, OG_COUNT(parts)};
  if (!from) {
    return og_resume_save(t->options.out, t->description, &state, err);
  }
  OG_TRY(og_resume_load(from, &state, err));
  report->best_epoch = (size_t)best_epoch;
  return OG_OK;
}

/* A state that cannot be saved is no reason to lose the training. */
static void save_state(Training *t) {
  OgError err;
  if (transfer(t, NULL, &err) != OG_OK) {
    og_resume_warn_unsaved(t->progress, &err);
  }
}

static OgStatus load_state(Training *t, const OgSafetensors *file, OgError *err) {
  OgFinetuneReport *report = t->report;
  const size_t epochs = og_resume_count(file, "epochs") / EPOCH_NUMBERS;
  if (epochs > t->epoch_room) {
    return og_error_set(err, OG_BAD_STORE,
                        "the checkpoint beside %s is damaged: it has %zu epochs of %zu",
                        t->options.out, epochs, t->epoch_room);
  }
  report->epoch_count = epochs;
  OG_TRY(transfer(t, file, err));
  const bool fits = t->place.texts <= t->parts.train.count &&
                    (report->epoch_count == 0 || report->best_epoch < report->epoch_count);
  return fits ? OG_OK
              : og_error_set(err, OG_BAD_STORE,
                             "the checkpoint beside %s is damaged: it is past the texts' end",
                             t->options.out);
}

/* Go on where an earlier training stopped, when there is one and it is wanted. */
static OgStatus resume(Training *t, OgError *err) {
  if (!t->options.out) {
    return OG_OK;
  }
  t->description = describe_training(t);
  if (!t->description) {
    return og_error_no_memory(err);
  }
  OgSafetensors *file;
  OG_TRY(
      og_resume_begin(t->options.out, t->description, t->options.resume, t->progress, &file, err));
  const OgStatus status = file ? load_state(t, file, err) : OG_OK;
  og_safetensors_close(file);
  return status;
}

/* ---- training ---- */

/* Add the gradient of the k-th batch of a step, and its share of the loss: that of the step is a
 * mean over all its texts. */
static OgStatus add_batch(Training *t, size_t k, const uint32_t *which, size_t count,
                          size_t step_count, double *loss, OgError *err) {
  const OgFinetuneOptions *options = &t->options;
  const size_t epoch = t->report->epoch_count;
  const OgAugmentation augmentation = {.mention_mask = options->mention_mask,
                                       .entity_dropout = options->entity_dropout,
                                       .mask = og_tokenizer_special(t->tokenizer).mask,
                                       .seed = og_random_at(stream(t, SEED_AUGMENT), epoch)};
  OG_TRY(fill_batch(t, &t->parts.train, which, count, &augmentation, err));
  OG_TRY(og_optimizer_begin(t->optimizer, t->batch.ids, t->batch.tokens.T, err));
  const uint64_t number = t->course.step * options->accumulate + k;
  const uint64_t dropout = og_random_at(stream(t, SEED_DROPOUT), number) | 1;
  float *scores;
  OG_TRY(forward(t, &t->parts.train, which, count, dropout, &scores, err));
  for (size_t b = 0; b < count; b++) {
    t->labels[b] = t->parts.train.data->examples[which[b]].label;
  }
  const OgTargets targets = {.labels = t->labels, .divisor = (double)step_count};
  *loss +=
      og_loss(OG_LOSS_CROSS_ENTROPY, t->team, scores, scores, &targets, count, t->shape.labels);
  return og_classifier_backward(t->classifier, scores, t->gradients, err);
}

/* The weights follow their adapters. */
static void merge_adapters(const Training *t) {
  if (t->lora) {
    og_lora_merge(t->lora);
  }
}

static OgStatus train_step(Training *t, const uint32_t *which, size_t count, OgError *err) {
  const size_t batch = t->options.batch_size;
  double loss = 0;
  for (size_t k = 0; k * batch < count; k++) {
    const size_t left = count - k * batch;
    OG_TRY(add_batch(t, k, which + k * batch, left < batch ? left : batch, count, &loss, err));
  }
  OG_TRY(og_optimizer_step(t->optimizer, t->gradients, og_course_rate(&t->course), NULL, err));
  merge_adapters(t);
  og_course_step(&t->course, loss);
  t->place.texts += count;
  return OG_OK;
}

/* Add the epoch that just ended to the report. */
static OgStatus add_epoch(Training *t, OgEpoch epoch, OgError *err) {
  OgFinetuneReport *report = t->report;
  OgEpoch *epochs = og_grow(report->epochs, report->epoch_count, &t->epoch_room, sizeof *epochs);
  if (!epochs) {
    return og_error_no_memory(err);
  }
  report->epochs = epochs;
  report->epochs[report->epoch_count++] = epoch;
  return OG_OK;
}

/* Whether an epoch is better than the best so far: by macro-F1, then by loss. Without a held-out
 * part, the last one is. */
static bool is_better(const Training *t, const OgEpoch *epoch) {
  const OgFinetuneReport *report = t->report;
  if (t->parts.dev.count == 0 || report->epoch_count == 0) {
    return true;
  }
  const OgEpoch *best = &report->epochs[report->best_epoch];
  return epoch->macro_f1 > best->macro_f1 ||
         (epoch->macro_f1 >= best->macro_f1 && epoch->dev_loss < best->dev_loss);
}

static OgStatus end_epoch(Training *t, OgError *err) {
  OgMetrics *metrics = &t->report->dev;
  OgEpoch epoch = {.train_loss = t->course.loss};
  OG_TRY(score(t, &t->parts.dev, true, metrics, &epoch.dev_loss, err));
  epoch.accuracy = metrics->accuracy;
  epoch.macro_f1 = metrics->macro_f1;
  epoch.seconds = og_course_seconds(&t->course) - t->place.epoch_start;
  const bool better = is_better(t, &epoch);
  OG_TRY(add_epoch(t, epoch, err));
  if (better) {
    t->report->best_epoch = t->report->epoch_count - 1;
    memcpy(t->best, t->params.weights + t->params.frozen,
           og_params_trained(&t->params) * sizeof *t->best);
  }
  t->place = (Place){.epoch_start = og_course_seconds(&t->course)};
  return OG_OK;
}

/* The order of the texts in this epoch: a function of the seed and the epoch. */
static void shuffle_texts(Training *t) {
  OgRandom random;
  og_random_init(&random, og_random_at(stream(t, SEED_ORDER), t->report->epoch_count));
  memcpy(t->order, t->parts.train.which, t->parts.train.count * sizeof *t->order);
  og_random_shuffle(&random, t->order, t->parts.train.count);
}

/* The rest of a pass over the training part, or of the course; saved is when a checkpoint was. */
static OgStatus train_epoch(Training *t, double *saved, OgError *err) {
  shuffle_texts(t);
  while (t->place.texts < t->parts.train.count) {
    if (t->course.step == t->course.steps || og_course_late(&t->course)) {
      break;
    }
    const size_t left = t->parts.train.count - t->place.texts;
    const size_t count = left < step_texts(t) ? left : step_texts(t);
    OG_TRY(train_step(t, t->order + t->place.texts, count, err));
    OG_TRY(tell(t, err));
    if (t->options.out && og_resume_is_due(saved)) {
      save_state(t);
    }
  }
  return end_epoch(t, err);
}

/* The last epoch that was worth its time. Once all held-out texts are right, a lower loss makes an
 * epoch the one to keep, but is no gain to wait for. */
static size_t last_gain(const OgFinetuneReport *report) {
  size_t epoch = 0;
  while (epoch < report->best_epoch && report->epochs[epoch].macro_f1 < 1) {
    epoch++;
  }
  return epoch;
}

static bool out_of_patience(const Training *t) {
  const size_t epochs = t->report->epoch_count;
  return t->options.patience > 0 && t->parts.dev.count > 0 &&
         epochs - 1 - last_gain(t->report) >= t->options.patience;
}

/* Whether there is a reason to stop, between two epochs; *stop says which. One that was saved when
 * all was done has it, too. */
static bool is_over(const Training *t, OgTrainStop *stop) {
  if (t->place.texts > 0 || t->report->epoch_count == 0) {
    return false;
  }
  const bool late = og_course_late(&t->course), done = t->course.step >= t->course.steps;
  *stop = late ? OG_TRAIN_TIME : done ? OG_TRAIN_DONE : OG_TRAIN_PATIENCE;
  return late || done || out_of_patience(t);
}

/* Train from where it is until a reason to stop. */
static OgStatus train_on(Training *t, OgTrainStop *stop, OgError *err) {
  double saved = og_seconds();
  while (!is_over(t, stop)) {
    OG_TRY(train_epoch(t, &saved, err));
  }
  return OG_OK;
}

/* The best weights in place of the last ones, and back. */
static void exchange_best(Training *t) {
  float *weights = t->params.weights + t->params.frozen;
  for (size_t k = 0; k < og_params_trained(&t->params); k++) {
    const float last = weights[k];
    weights[k] = t->best[k];
    t->best[k] = last;
  }
  merge_adapters(t);
}

/* Why there is no epoch to keep. */
static OgStatus nothing_learned(const Training *t, OgError *err) {
  if (t->report->stop != OG_TRAIN_CANCELLED) {
    return og_error_set(err, OG_FAILED,
                        "the gradient is no longer a number in the first epoch: try a lower "
                        "learning rate");
  }
  const bool saved = t->options.out && t->course.step > 0;
  return og_error_set(err, OG_CANCELLED,
                      "stopped on request before the first epoch's end: no model is written%s",
                      saved ? "; to go on, give the same command with --resume" : "");
}

static OgStatus train(Training *t, OgError *err) {
  OgTrainStop stop;
  const OgStatus status = train_on(t, &stop, err);
  OG_TRY(og_train_stop_of(status, &stop, err));
  t->report->stop = stop;
  if (stop == OG_TRAIN_CANCELLED && t->options.out && t->course.step > 0) {
    save_state(t);
  }
  if (t->report->epoch_count == 0) {
    return nothing_learned(t, err);
  }
  if (stop == OG_TRAIN_DIVERGED) {
    og_progress_warn(t->progress,
                     "the gradient is no longer a number in epoch %zu: the best epoch before it is "
                     "kept; try a lower learning rate",
                     t->report->epoch_count + 1);
  }
  og_optimizer_finish(t->optimizer);
  exchange_best(t);
  return score(t, &t->parts.dev, false, &t->report->dev, &t->report->dev_loss, err);
}

/* ---- writing ---- */

static OgStatus save_run_file(const Training *t, const char *directory, OgError *err) {
  const bool graph = t->options.fusion != OG_FUSION_NONE;
  char *absolute = graph ? realpath(t->graph_path, NULL) : NULL;
  OgRunFile run = {.fusion = t->options.fusion,
                   .pooling = t->shape.pooling,
                   .max_length = longest(t),
                   .window_step = window_step(t),
                   .window_pooling = t->options.window_pooling,
                   .min_link_score = t->options.min_link_score,
                   .base = og_strdup(t->options.base),
                   .graph = og_strdup(absolute ? absolute
                                      : graph  ? t->graph_path
                                               : ""),
                   .embedding_set = og_strdup(t->report->embedding_set),
                   .shuffle_seed = t->options.shuffle_entities ? stream(t, SEED_SHUFFLE) : 0,
                   .options = og_finetune_options_json(&t->options)};
  memcpy(run.graph_hash, t->entities.graph_hash, sizeof run.graph_hash);
  memcpy(run.vectors_hash, t->entities.vectors_hash, sizeof run.vectors_hash);
  const bool complete = run.base && run.graph && run.embedding_set && run.options;
  const OgStatus status =
      complete ? og_run_file_save(&run, directory, err) : og_error_no_memory(err);
  og_run_file_clear(&run);
  free(absolute);
  return status;
}

/* Other tools know the classifier, too, and not only the encoder. */
static bool is_plain(const Training *t) {
  return t->options.fusion == OG_FUSION_NONE && t->shape.pooling == OG_POOLING_CLS;
}

static const char *task(const Training *t) {
  return is_plain(t) ? og_head_kind("classify")->task : "Model";
}

/* Write what is known before the training, and take up the room of the rest: a place that cannot be
 * written to is told before the work. */
static OgStatus write_beginning(const Training *t, const OgDirectory *directory, OgError *err) {
  const char *at = directory->temporary;
  const OgLabels *labels = &t->report->labels;
  OG_TRY(og_config_save(at, &t->base, task(t), (const char *const *)labels->names, labels->count,
                        err));
  OG_TRY(og_tokenizer_save(t->tokenizer, at, err));
  return og_directory_reserve(directory, t->params.total * sizeof(float), err);
}

/* Write the weights: merged, and the adapters beside them. */
static OgStatus save_weights(const Training *t, const char *directory, OgError *err) {
  OgParams merged = t->params;
  if (t->lora) {
    size_t adapters;
    og_lora_adapters(t->lora, &adapters);
    merged.count -= 2 * adapters; /* their tensors are the last */
    const OgAdapterInfo info = {t->options.base, t->options.lora, is_plain(t)};
    OG_TRY(og_adapter_save(&t->params, &info, directory, err));
  }
  return og_params_save(&merged, directory, err);
}

static OgStatus write_rest(Training *t, OgDirectory *directory, OgError *err) {
  const char *at = directory->temporary;
  og_directory_unreserve(directory);
  OG_TRY(save_weights(t, at, err));
  OG_TRY(save_run_file(t, at, err));
  OG_TRY(og_finetune_report_save(t->report, &t->options, at, err));
  OG_TRY(og_model_sha256(at, t->report->model_sha256, err));
  return og_directory_commit(directory, err);
}

/* A run that cannot be written is no reason to lose the training: its state is, where there is
 * room, and what was written makes some. */
static OgStatus write_run(Training *t, OgDirectory *directory, OgError *err) {
  OgError reason;
  const OgStatus status = write_rest(t, directory, &reason);
  if (status == OG_OK) {
    return OG_OK;
  }
  og_directory_close(directory);
  exchange_best(t);
  save_state(t);
  char *path = og_resume_path(t->options.out);
  const bool kept = path && og_file_exists(path);
  og_error_set(err, status, "%s%s", reason.message,
               kept ? "; the training is kept beside it: when there is room, give the same command "
                      "with --resume"
                    : "");
  og_free(path);
  return status;
}

static void clear(Training *t) {
  og_input_batch_clear(&t->batch);
  og_optimizer_free(t->optimizer);
  og_classifier_free(t->classifier);
  og_lora_free(t->lora);
  og_free_floats(t->gradients);
  og_free_floats(t->best);
  og_params_clear(&t->params);
  og_free(t->labels);
  og_free(t->truth);
  og_free(t->predicted);
  og_free(t->order);
  og_parts_clear(&t->parts);
  og_entities_clear(&t->entities);
  og_tokenizer_free(t->tokenizer);
  og_team_free(t->team);
  json_decref(t->description);
}

static OgStatus run(Training *t, OgDirectory *directory, OgError *err) {
  const double started = og_seconds();
  OG_TRY(prepare(t, err));
  if (t->options.memory_only) {
    return OG_OK;
  }
  og_course_start(&t->course);
  OG_TRY(resume(t, err));
  OG_TRY(t->options.out ? write_beginning(t, directory, err) : OG_OK);
  OG_TRY(compute_all_features(t, err));
  const double earlier = og_course_seconds(&t->course);
  OG_TRY(train(t, err));
  const bool cancelled = t->report->stop == OG_TRAIN_CANCELLED;
  if (t->parts.test.count > 0 && !cancelled) {
    double loss;
    OG_TRY(compute_features(t, &t->parts.test, err));
    OG_TRY(score(t, &t->parts.test, false, &t->report->test, &loss, err));
  }
  t->report->seconds = earlier + og_seconds() - started;
  if (t->options.out) {
    OG_TRY(write_run(t, directory, err));
  }
  if (cancelled) {
    return og_error_set(err, OG_CANCELLED,
                        "stopped on request after epoch %zu; the best is kept; to go on, "
                        "give the same command with --resume",
                        t->report->epoch_count);
  }
  if (t->options.out) {
    og_resume_delete(t->options.out);
  }
  return OG_OK;
}

OgStatus og_finetune(const char *graph_path, const OgFinetuneOptions *options,
                     const OgProgress *progress, OgFinetuneReport *report, OgError *err) {
  *report = (OgFinetuneReport){0};
  OG_TRY(check_options(graph_path, options, err));
  OgDirectory directory = {0};
  if (options->out && !options->memory_only) {
    OG_TRY(og_error_during(og_resume_open_directory(options->out, options->resume, options->force,
                                                    progress, &directory, err),
                           "making the directory", err));
  }
  Training t = {
      .options = *options, .graph_path = graph_path, .progress = progress, .report = report};
  if (t.options.lora.alpha <= 0) {
    t.options.lora.alpha = 2 * (float)t.options.lora.rank;
  }
  const OgStatus status =
      advise(&t, og_error_during(run(&t, &directory, err), "training", err), err);
  clear(&t);
  og_directory_close(&directory);
  if (status != OG_OK && status != OG_CANCELLED) {
    og_finetune_report_clear(report);
  }
  return status;
}
