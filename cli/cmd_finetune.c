/* finetune: a text classifier out of a base network, labelled texts and a graph. */
#include "cli/command.h"
#include "cli/options.h"
#include "cli/print.h"
#include "cli/scores.h"
#include "core/file.h"
#include "core/memory.h"
#include "core/spill.h"
#include "finetune/ablate.h"
#include "finetune/report.h"

#include <math.h>

typedef struct FinetuneOptions {
  const char *base, *train, *dev, *test, *out, *set;
  const char *text_column, *label_column, *id_column;
  int fusion, pooling, long_texts, window_pooling, lora_targets;
  int64_t max_memory, lora_rank, max_length, stride, batch_size, accumulate, patience, ablate, seed,
      threads;
  double epochs, minutes, learning_rate, head_rate, warmup, weight_decay, clip, dropout, held_out,
      mention_mask, entity_dropout, min_link_score, lora_alpha;
  bool memory, shuffle_entities, freeze_base, recompute, resume, force, json;
} FinetuneOptions;

static const char *const fusions[] = {"none", "average", "concat", "gated", NULL};
static const char *const poolings[] = {"auto", "cls", "mean", NULL};
static const char *const long_texts[] = {"cut", "windows", NULL};
static const char *const window_poolings[] = {"mean", "max", NULL};
static const char *const lora_targets[] = {"attention", "all", NULL};

/* Negative or NULL: as og_finetune_options_default says. */
static const FinetuneOptions defaults = {
    .fusion = -1,
    .lora_rank = -1,
    .max_length = -1,
    .stride = -1,
    .batch_size = -1,
    .accumulate = -1,
    .patience = -1,
    .seed = 1,
    .epochs = -1,
    .minutes = -1,
    .learning_rate = -1,
    .head_rate = -1,
    .warmup = -1,
    .weight_decay = -1,
    .clip = -1,
    .dropout = -1,
    .held_out = -1,
    .mention_mask = -1,
    .entity_dropout = -1,
    .min_link_score = -1,
    .lora_alpha = -1,
};

#define AT(field) offsetof(FinetuneOptions, field)

static const Option rows[] = {
    {"base", 'b', OPTION_TEXT, AT(base), "DIR", "base network, a Hugging Face directory (required)",
     NULL, 0, 0},
    {"train", 't', OPTION_TEXT, AT(train), "FILE", "labelled texts: CSV, TSV or JSONL (required)",
     NULL, 0, 0},
    {"out", 'o', OPTION_TEXT, AT(out), "RUN", "directory to write (required, but with --ablate)",
     NULL, 0, 0},
    {"dev", 0, OPTION_TEXT, AT(dev), "FILE",
     "labelled texts to choose the epoch on (default: held out of --train)", NULL, 0, 0},
    {"test", 0, OPTION_TEXT, AT(test), "FILE", "labelled texts to score once at the end", NULL, 0,
     0},
    {"held-out", 0, OPTION_REAL, AT(held_out), "SHARE",
     "of --train, of each label, when there is no --dev (0.1)", NULL, 0.001, 0.9},
    {"text-col", 0, OPTION_TEXT, AT(text_column), "NAME",
     "column of the text (default: by its name)", NULL, 0, 0},
    {"label-col", 0, OPTION_TEXT, AT(label_column), "NAME", "column of the label (by its name)",
     NULL, 0, 0},
    {"id-col", 0, OPTION_TEXT, AT(id_column), "NAME", "column of the id (by its name)", NULL, 0, 0},
    {"fusion", 'f', OPTION_CHOICE, AT(fusion), "WAY",
     "how entities join the text: none, average, concat, gated (gated)", fusions, 0, 0},
    {"set", 0, OPTION_TEXT, AT(set), "NAME", "embedding set (default: the one made last)", NULL, 0,
     0},
    {"pooling", 0, OPTION_CHOICE, AT(pooling), "WAY",
     "what stands for a text: cls, mean, or auto: cls when the base has a pooler (auto)", poolings,
     0, 0},
    {"min-link-score", 0, OPTION_REAL, AT(min_link_score), "X",
     "ignore mentions that link scores lower (0)", NULL, 0, 1},
    {"mention-mask", 0, OPTION_REAL, AT(mention_mask), "P",
     "hide a mention's words in training, so that the graph is read", NULL, 0, 1},
    {"entity-dropout", 0, OPTION_REAL, AT(entity_dropout), "P", "leave a mention out in training",
     NULL, 0, 1},
    {"shuffle-entities", 0, OPTION_FLAG, AT(shuffle_entities), NULL,
     "control: give each entity another one's vector", NULL, 0, 0},
    {"ablate", 0, OPTION_INTEGER, AT(ablate), "SEEDS",
     "write nothing: train without the graph, with shuffled vectors and with the graph, so many "
     "times each, and compare",
     NULL, 1, OG_ABLATION_MAX_SEEDS},
    {"freeze-base", 0, OPTION_FLAG, AT(freeze_base), NULL,
     "train only what is put on top; the base computes each text once", NULL, 0, 0},
    {"lora", 0, OPTION_INTEGER, AT(lora_rank), "RANK",
     "train adapters of this rank instead of the base (LoRA); RUN has them merged and beside it",
     NULL, 1, 1024},
    {"lora-alpha", 0, OPTION_REAL, AT(lora_alpha), "X",
     "an adapter counts X / RANK times (twice the rank)", NULL, 0.001, 1e6},
    {"lora-targets", 0, OPTION_CHOICE, AT(lora_targets), "WHICH",
     "products with adapters: attention (query and value), or all (attention)", lora_targets, 0, 0},
    {"epochs", 'e', OPTION_REAL, AT(epochs), "X", "passes over the texts at most (see below)", NULL,
     0.01, 10000},
    {"minutes", 0, OPTION_REAL, AT(minutes), "X",
     "end after so long if not done by then; how far it gets depends on the machine", NULL, 0.001,
     1e6},
    {"patience", 0, OPTION_INTEGER, AT(patience), "N",
     "epochs without gain before stopping; 0: never stop early (5)", NULL, 0, 10000},
    {"resume", 'r', OPTION_FLAG, AT(resume), NULL,
     "go on where the same command was stopped (with nothing to go on from: start)", NULL, 0, 0},
    {"force", 0, OPTION_FLAG, AT(force), NULL,
     "replace the model that is there; drop what a stopped training left", NULL, 0, 0},
    {"lr", 0, OPTION_REAL, AT(learning_rate), "X", "learning rate of the base (see below)", NULL,
     1e-9, 1},
    {"head-rate", 0, OPTION_REAL, AT(head_rate), "X",
     "rate of what is put on top, as a multiple of --lr (5)", NULL, 0, 10000},
    {"batch", 0, OPTION_INTEGER, AT(batch_size), "N", "texts that are computed together (16)", NULL,
     1, 65536},
    {"accumulate", 0, OPTION_INTEGER, AT(accumulate), "N",
     "batches of a step: N of them act as one that is N times larger, in the memory of one (1)",
     NULL, 1, 65536},
    {"max-length", 0, OPTION_INTEGER, AT(max_length), "N",
     "tokens of a text that are read at once (256)", NULL, 4, 65536},
    {"long-texts", 0, OPTION_CHOICE, AT(long_texts), "WAY",
     "longer ones: cut, or read in windows of --max-length that overlap (cut)", long_texts, 0, 0},
    {"stride", 0, OPTION_INTEGER, AT(stride), "N",
     "tokens from one window to the next (half of --max-length)", NULL, 1, 65536},
    {"window-pooling", 0, OPTION_CHOICE, AT(window_pooling), "WAY",
     "a text's vector out of its windows': mean or max (mean)", window_poolings, 0, 0},
    {"memory", 0, OPTION_FLAG, AT(memory), NULL,
     "tell what memory the training takes, to the byte as computed, and train nothing", NULL, 0, 0},
    {"max-memory", 0, OPTION_BYTES, AT(max_memory), "SIZE",
     "recompute layers, or refuse to start, rather than take more (default: what there is)", NULL,
     1 << 20, 1e15},
    {"recompute", 0, OPTION_FLAG, AT(recompute), NULL,
     "less memory: compute each layer again on the way back (a third more time)", NULL, 0, 0},
    {"warmup", 0, OPTION_REAL, AT(warmup), "SHARE", "steps until the full rate (0.1)", NULL, 0, 1},
    {"weight-decay", 0, OPTION_REAL, AT(weight_decay), "X", "AdamW's (0.01)", NULL, 0, 1},
    {"clip", 0, OPTION_REAL, AT(clip), "X", "largest norm of the gradient (1)", NULL, 0, 1e6},
    {"dropout", 0, OPTION_REAL, AT(dropout), "P", "dropout (default: as the base says)", NULL, 0,
     0.9},
    OPTION_ROW_SEED(FinetuneOptions),
    OPTION_ROW_THREADS(FinetuneOptions),
    OPTION_ROW_JSON(FinetuneOptions),
    OPTION_END,
};

/* What texts and entities become. */
static void set_inputs(OgFinetuneOptions *finetune, const FinetuneOptions *options) {
  finetune->data.text_column = options->text_column;
  finetune->data.label_column = options->label_column;
  finetune->data.id_column = options->id_column;
  finetune->embedding_set = options->set;
  finetune->pooling = (OgPooling)options->pooling;
  finetune->windows = options->long_texts > 0;
  finetune->window_pooling = (OgWindowPooling)options->window_pooling;
  finetune->shuffle_entities = options->shuffle_entities;
  if (options->fusion >= 0) {
    finetune->fusion = (OgFusionKind)options->fusion;
  }
  if (options->min_link_score >= 0) {
    finetune->min_link_score = (float)options->min_link_score;
  }
  option_size(&finetune->max_length, options->max_length);
  option_size(&finetune->stride, options->stride);
  option_real(&finetune->mention_mask, options->mention_mask);
  option_real(&finetune->entity_dropout, options->entity_dropout);
}

/* What is trained, how long, and in which steps. */
static void set_course(OgFinetuneOptions *finetune, const FinetuneOptions *options) {
  option_size(&finetune->batch_size, options->batch_size);
  option_size(&finetune->accumulate, options->accumulate);
  option_size(&finetune->patience, options->patience);
  option_real(&finetune->held_out, options->held_out);
  option_real(&finetune->epochs, options->epochs);
  option_real(&finetune->minutes, options->minutes);
  option_real(&finetune->learning_rate, options->learning_rate);
  option_real(&finetune->head_rate, options->head_rate);
  option_real(&finetune->warmup, options->warmup);
  option_real(&finetune->weight_decay, options->weight_decay);
  option_real(&finetune->clip, options->clip);
  option_real(&finetune->dropout, options->dropout);
  option_size(&finetune->lora.rank, options->lora_rank);
  if (options->lora_alpha > 0) {
    finetune->lora.alpha = (float)options->lora_alpha;
  }
  finetune->lora.targets = (OgLoraTargets)options->lora_targets;
  finetune->freeze_base = options->freeze_base;
}

static OgFinetuneOptions library_options(const FinetuneOptions *options) {
  OgFinetuneOptions finetune = og_finetune_options_default();
  finetune.base = options->base;
  finetune.train = options->train;
  finetune.dev = options->dev;
  finetune.test = options->test;
  finetune.out = options->out;
  set_inputs(&finetune, options);
  set_course(&finetune, options);
  finetune.recompute = options->recompute;
  finetune.max_memory = (size_t)options->max_memory;
  finetune.resume = options->resume;
  finetune.force = options->force;
  finetune.seed = (uint64_t)options->seed;
  finetune.threads = (int)options->threads;
  return finetune;
}

/* ---- Memory -------------------------------------------------------------------------------- */

/* Tell what the training would take. */
static OgStatus tell_memory(const Context *context, const char *graph_path,
                            const FinetuneOptions *options, OgFinetuneOptions finetune,
                            OgError *err) {
  OgFinetuneReport report = {0};
  finetune.memory_only = true;
  OG_TRY(og_finetune(graph_path, &finetune, context->progress, &report, err));
  terminal_finish(context->terminal);
  OgStatus status = OG_OK;
  if (options->json) {
    status = print_json(og_footprint_json(&report.footprint), err);
  } else {
    print_footprint(&report.footprint, report.recomputed);
  }
  og_finetune_report_clear(&report);
  return status;
}

/* Large arrays, as of the vectors of texts, move into files beside the run when memory is short. */
static OgStatus limit_memory(const FinetuneOptions *options, OgError *err) {
  char *folder = options->out ? og_path_directory(options->out) : og_strdup(".");
  if (!folder) {
    return og_error_no_memory(err);
  }
  og_spill_begin(options->max_memory > 0 ? (size_t)options->max_memory : og_spill_usual_limit(),
                 folder);
  og_free(folder);
  return OG_OK;
}

/* ---- The report ---------------------------------------------------------------------------- */

static void print_report(const FinetuneOptions *options, const OgFinetuneReport *report,
                         OgFusionKind fusion) {
  printf("texts       %s to train on, %s held out%s; %zu labels; %s tokens\n",
         text_count((double)report->train_texts), text_count((double)report->dev_texts),
         options->dev ? " (--dev)" : "", report->labels.count, text_count((double)report->tokens));
  if (report->truncated > 0) {
    printf("            longer than --max-length, and cut: %s (see --long-texts)\n",
           text_counted((double)report->truncated, "text", "texts"));
  }
  if (report->windowed > 0) {
    printf("            longer than --max-length: %s; %s in all\n",
           text_counted((double)report->windowed, "text", "texts"),
           text_counted((double)report->windows, "window", "windows"));
  }
  if (report->graph_hash[0] != '\0') {
    printf("graph       set \"%s\", fusion %s; %s of %s in %.0f %% of the texts\n",
           report->embedding_set, og_fusion_name(fusion),
           text_counted((double)report->mentions, "mention", "mentions"),
           text_counted((double)report->entities, "entity", "entities"),
           100 * (double)report->linked_texts / (double)report->train_texts);
  }
  printf("model       %s parameters", text_count((double)report->parameters));
  if (report->trained < report->parameters) {
    printf(", %s of them trained", text_count((double)report->trained));
  }
  putchar('\n');
  char memory[16];
  printf("memory      %s%s\n", og_bytes_text(og_footprint_total(&report->footprint), memory),
         report->recomputed ? ", layers being computed again on the way back" : "");
  printf("training    %zu of %.4g epochs at learning rate %.2g in %.1f s; kept epoch %zu; %s\n",
         report->epoch_count, report->planned_epochs, report->learning_rate, report->seconds,
         report->best_epoch + 1, train_stop_text(report->stop));
  if (report->dev.count > 0) {
    print_scores("held out", &report->dev);
  }
  if (report->test.count > 0) {
    print_scores("test", &report->test);
  }
  printf("written     %s\n", options->out);
}

static OgStatus print_json_report(const FinetuneOptions *options, const OgFinetuneReport *report,
                                  OgFusionKind fusion, OgError *err) {
  const char *const *names = (const char *const *)report->labels.names;
  json_t *dev = NULL;
  json_t *test = NULL;
  OG_TRY(og_metrics_json(&report->dev, names, &dev, err));
  if (report->test.count > 0) {
    const OgStatus status = og_metrics_json(&report->test, names, &test, err);
    if (status != OG_OK) {
      json_decref(dev);
      return status;
    }
  }
  return print_json(
      json_pack("{s:o, s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:f, s:s, s:o, s:o*}",
                "out", json_mended(options->out), "fusion", og_fusion_name(fusion), "embedding_set",
                report->embedding_set, "train_texts", (json_int_t)report->train_texts, "dev_texts",
                (json_int_t)report->dev_texts, "linked_texts", (json_int_t)report->linked_texts,
                "mentions", (json_int_t)report->mentions, "entities", (json_int_t)report->entities,
                "parameters", (json_int_t)report->parameters, "epochs",
                (json_int_t)report->epoch_count, "best_epoch", (json_int_t)report->best_epoch + 1,
                "seconds", report->seconds, "stop", og_train_stop_name(report->stop), "dev", dev,
                "test", test),
      err);
}

/* ---- Ablation ------------------------------------------------------------------------------ */

static const char *const score_names[OG_ABLATION_SCORES] = {"accuracy", "macro-F1"};

/* "0.812 ± 0.034" from the left in so many columns; one seed has no interval. */
static void print_interval(OgInterval interval, bool sign, int columns) {
  columns -= printf("  %s%.3f", sign && interval.mean >= 0 ? "+" : "", interval.mean);
  if (!isnan(interval.half_width)) {
    printf(" ± %.3f", interval.half_width);
    columns -= 8;
  }
  printf("%*s", columns > 0 ? columns : 0, "");
}

static void print_ablation(const OgAblation *ablation) {
  printf("scored on %s of %s; %s\n\n", text_counted((double)ablation->texts, "text", "texts"),
         ablation->on_test ? "--test" : "the held-out part",
         ablation->seeds == 1 ? "one seed, which has no confidence interval"
                              : "± is the 95 % confidence interval of the mean over the seeds");
  printf("%-12s", "");
  for (OgArm arm = 0; arm < OG_ARMS; arm++) {
    printf("  %-16s", og_arm_name(arm));
  }
  printf("  %-22s  %s\n", "graph - text only", "graph - shuffled");
  for (OgAblationScore score = 0; score < OG_ABLATION_SCORES; score++) {
    printf("%-12s", score_names[score]);
    for (OgArm arm = 0; arm < OG_ARMS; arm++) {
      print_interval(og_ablation_mean(ablation, score, arm), false, 18);
    }
    print_interval(og_ablation_gain(ablation, score, OG_ARM_NONE), true, 24);
    print_interval(og_ablation_gain(ablation, score, OG_ARM_SHUFFLED), true, 0);
    putchar('\n');
  }
}

/* What the figures allow to say. */
static const char *verdict(const OgAblation *ablation) {
  const OgInterval none = og_ablation_gain(ablation, OG_ABLATION_MACRO_F1, OG_ARM_NONE);
  const OgInterval shuffled = og_ablation_gain(ablation, OG_ABLATION_MACRO_F1, OG_ARM_SHUFFLED);
  if (ablation->seeds < 3) {
    return "too few seeds to say more than the means; take 3 or more";
  }
  if (none.mean > none.half_width && shuffled.mean > shuffled.half_width) {
    return "the graph helps: the gain over both controls is larger than its confidence interval";
  }
  if (none.mean < -none.half_width) {
    return "the graph hurts: without it the scores are better";
  }
  return "no help of the graph is shown: a gain is not larger than its confidence interval";
}

static const char *const score_keys[OG_ABLATION_SCORES] = {"accuracy", "macro_f1"};
static const char *const arm_keys[OG_ARMS] = {
    [OG_ARM_NONE] = "text_only", [OG_ARM_SHUFFLED] = "shuffled", [OG_ARM_GRAPH] = "graph"};

static json_t *interval_json(OgInterval interval) {
  json_t *half_width = isnan(interval.half_width) ? json_null() : json_real(interval.half_width);
  return json_pack("{s:f, s:o}", "mean", interval.mean, "half_width", half_width);
}

static json_t *ablation_json(const OgAblation *ablation) {
  json_t *json = json_pack("{s:I, s:I, s:s, s:s}", "seeds", (json_int_t)ablation->seeds, "texts",
                           (json_int_t)ablation->texts, "scored_on",
                           ablation->on_test ? "test" : "held out", "verdict", verdict(ablation));
  for (OgAblationScore score = 0; score < OG_ABLATION_SCORES; score++) {
    json_t *part = json_object();
    for (OgArm arm = 0; arm < OG_ARMS; arm++) {
      json_t *each = json_array();
      for (size_t seed = 0; seed < ablation->seeds; seed++) {
        json_add(&each, json_real(ablation->scores[score][arm][seed]));
      }
      json_t *mean = interval_json(og_ablation_mean(ablation, score, arm));
      json_put(&mean, "each", each);
      json_put(&part, arm_keys[arm], mean);
    }
    json_put(&part, "graph_minus_text_only",
             interval_json(og_ablation_gain(ablation, score, OG_ARM_NONE)));
    json_put(&part, "graph_minus_shuffled",
             interval_json(og_ablation_gain(ablation, score, OG_ARM_SHUFFLED)));
    json_put(&json, score_keys[score], part);
  }
  return json;
}

static OgStatus ablate(const Context *context, const char *graph_path,
                       const FinetuneOptions *options, const OgFinetuneOptions *finetune,
                       OgError *err) {
  OgAblation ablation;
  OG_TRY(
      og_ablate(graph_path, finetune, (size_t)options->ablate, context->progress, &ablation, err));
  terminal_finish(context->terminal);
  if (options->json) {
    return print_json(ablation_json(&ablation), err);
  }
  print_ablation(&ablation);
  printf("\n%s\n", verdict(&ablation));
  return OG_OK;
}

/* Options that have no effect together are a mistake, and better told before the work than after.
 */
static OgStatus check(const FinetuneOptions *o, bool graph, OgFusionKind fusion, OgError *err) {
  const bool ablate = o->ablate > 0, text_only = fusion == OG_FUSION_NONE;
  const bool of_entities = o->shuffle_entities || o->mention_mask > 0 || o->entity_dropout > 0 ||
                           o->min_link_score > 0 || o->set;
  const struct {
    bool wrong;
    const char *why;
  } rules[] = {
      {!o->base, "say which network to start from, with --base DIR (ontograft pretrain makes one)"},
      {!o->train, "say which labelled texts to learn from, with --train FILE"},
      {!o->out && !ablate && !o->memory, "say where to write the model, with --out RUN"},
      {ablate && o->memory, "--memory trains nothing: leave out --ablate"},
      {!graph && !text_only, "name the GRAPH to take entities from, or say --fusion none"},
      {ablate && text_only, "--ablate compares a fusion with none: choose another --fusion"},
      {ablate && o->out, "--ablate writes no model: leave out --out"},
      {ablate && o->resume, "--ablate cannot be resumed: leave out --resume"},
      {ablate && o->force, "--ablate writes no model: leave out --force"},
      {ablate && o->shuffle_entities, "--ablate shuffles by itself: leave out --shuffle-entities"},
      {text_only && of_entities,
       "--fusion none reads no entities: leave out --set, --min-link-score, --mention-mask, "
       "--entity-dropout and --shuffle-entities"},
      {o->freeze_base && o->lora_rank > 0,
       "--lora freezes the base itself: leave out --freeze-base"},
      {o->lora_rank < 0 && (o->lora_alpha > 0 || o->lora_targets > 0),
       "--lora-alpha and --lora-targets are of --lora"},
      {o->long_texts == 0 && (o->stride >= 0 || o->window_pooling > 0),
       "--stride and --window-pooling are of --long-texts windows"},
      {o->dev && o->held_out >= 0, "nothing is held out when there is --dev: leave out --held-out"},
      {o->mention_mask + o->entity_dropout > 1,
       "--mention-mask and --entity-dropout are shares of the same mentions: together at most 1"},
  };
  for (size_t k = 0; k < OG_COUNT(rules); k++) {
    if (rules[k].wrong) {
      return og_error_set(err, OG_USAGE, "finetune: %s", rules[k].why);
    }
  }
  return OG_OK;
}

static OgStatus run(const Context *context, const Arguments *arguments, const void *values,
                    OgError *err) {
  const FinetuneOptions *options = values;
  const OgFinetuneOptions finetune = library_options(options);
  OG_TRY(check(options, arguments->count > 0, finetune.fusion, err));
  const char *graph_path = arguments->count > 0 ? arguments->items[0] : NULL;
  OG_TRY(limit_memory(options, err));
  if (options->memory) {
    return tell_memory(context, graph_path, options, finetune, err);
  }
  if (options->ablate > 0) {
    return ablate(context, graph_path, options, &finetune, err);
  }
  OgFinetuneReport report = {0};
  const OgStatus trained = og_finetune(graph_path, &finetune, context->progress, &report, err);
  terminal_finish(context->terminal);
  if (trained != OG_OK && !(trained == OG_CANCELLED && report.epoch_count > 0)) {
    og_finetune_report_clear(&report);
    return trained;
  }
  OgStatus status = OG_OK;
  if (options->json) {
    status = print_json_report(options, &report, finetune.fusion, err);
  } else {
    print_report(options, &report, finetune.fusion);
  }
  og_finetune_report_clear(&report);
  if (status == OG_OK && trained == OG_OK) {
    terminal_note(context->terminal, "next: ontograft predict %s --in new.csv --save",
                  options->out);
  }
  return status == OG_OK ? trained : status;
}

const Command cmd_finetune = {
    .name = "finetune",
    .group = "Models",
    .synopsis = "[GRAPH] --base DIR --train FILE --out RUN",
    .summary = "train a text classifier that knows the graph's entities",
    .examples =
        "  ontograft finetune finance.db --base base/ --train train.csv --out runs/desk\n"
        "  ontograft finetune --fusion none --base base/ --train train.csv --out runs/text-only\n"
        "  ontograft finetune finance.db --base base/ --train train.csv --test test.csv --ablate "
        "3\n",
    .details =
        "Entities named in a text bring their vectors in (see link and embed). A tenth of the "
        "texts is held\n"
        "out and scored after every epoch; the best epoch by macro-F1 is kept, and training ends "
        "after five\n"
        "epochs without a better one. RUN is a Hugging Face directory with metrics.json and "
        "ontograft.json;\n"
        "a model that is there already is replaced with --force only.\n"
        "\n"
        "Unless said otherwise, --lr and --epochs suit the base and the data:\n"
        "  --lr      3e-5 (768 / width)², at most 1e-3: 3e-5 for BERT base, 1.2e-4 for a MiniLM of "
        "384,\n"
        "            1e-3 for a network of 128; it climbs over --warmup and falls to 0\n"
        "  --epochs  enough for 1,000 √(768 / width) steps of --batch × --accumulate texts,\n"
        "            between 4 and 20\n"
        "\n"
        "Ctrl-C keeps the best epoch so far, and RUN.checkpoint beside it for --resume; so does "
        "every tenth\n"
        "minute. The same data, options and number of threads give the same bytes, unless "
        "--minutes ends\n"
        "the training.\n",
    .options = rows,
    .defaults = &defaults,
    .options_size = sizeof(FinetuneOptions),
    .least_arguments = 0,
    .most_arguments = 1,
    .run = run,
};
