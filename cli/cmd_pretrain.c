/* pretrain: a base network from raw text, or one continued on it. */
#include "cli/command.h"
#include "cli/print.h"
#include "core/memory.h"
#include "finetune/pretrain.h"

#include <math.h>

typedef struct PretrainOptions {
  const char *text, *out, *base, *vocab;
  int64_t vocab_size, layers, hidden, heads, intermediate, max_positions, max_length, batch_tokens;
  int64_t steps, seed, threads;
  double epochs, minutes, learning_rate, mask_rate, dropout, held_out;
  bool cased, json;
} PretrainOptions;

/* Negative or NULL: as og_pretrain_options_default says. */
static const PretrainOptions defaults = {.vocab_size = -1,
                                         .layers = -1,
                                         .hidden = -1,
                                         .heads = -1,
                                         .intermediate = -1,
                                         .max_positions = -1,
                                         .max_length = -1,
                                         .batch_tokens = -1,
                                         .steps = -1,
                                         .seed = 1,
                                         .epochs = -1,
                                         .minutes = -1,
                                         .learning_rate = -1,
                                         .mask_rate = -1,
                                         .dropout = -1,
                                         .held_out = -1};

#define AT(field) offsetof(PretrainOptions, field)

static const Option rows[] = {
    {"text", 't', OPTION_TEXT, AT(text), "FILE",
     "raw text, a paragraph a line, gzip'd or not; - is standard input; more files may follow as "
     "arguments",
     NULL, 0, 0},
    {"out", 'o', OPTION_TEXT, AT(out), "DIR", "directory to write (required)", NULL, 0, 0},
    {"base", 'b', OPTION_TEXT, AT(base), "DIR",
     "continue this model: its sizes and vocabulary are kept", NULL, 0, 0},
    {"vocab", 0, OPTION_TEXT, AT(vocab), "DIR", "use the tokenizer of this directory", NULL, 0, 0},
    {"vocab-size", 'v', OPTION_INTEGER, AT(vocab_size), "N", "words to learn (default 8000)", NULL,
     64, 1e6},
    {"cased", 0, OPTION_FLAG, AT(cased), NULL, "keep upper case and accents", NULL, 0, 0},
    {"layers", 'l', OPTION_INTEGER, AT(layers), "N", "layers (default 2)", NULL, 1, 96},
    {"hidden", 'd', OPTION_INTEGER, AT(hidden), "N", "width (default 128)", NULL, 8, 8192},
    {"heads", 0, OPTION_INTEGER, AT(heads), "N", "attention heads (default: one for each 64)", NULL,
     1, 256},
    {"intermediate", 0, OPTION_INTEGER, AT(intermediate), "N",
     "feed-forward width (default: four times the width)", NULL, 8, 65536},
    {"max-positions", 0, OPTION_INTEGER, AT(max_positions), "N",
     "longest text the model will take, in tokens (default 512)", NULL, 8, 65536},
    {"max-length", 0, OPTION_INTEGER, AT(max_length), "N",
     "tokens of a training block (default 128)", NULL, 8, 65536},
    {"batch-tokens", 0, OPTION_INTEGER, AT(batch_tokens), "N", "tokens of a step (default 4096)",
     NULL, 8, 1e8},
    {"epochs", 'e', OPTION_REAL, AT(epochs), "X", "passes over the text (default 10)", NULL, 0.001,
     1e6},
    {"steps", 0, OPTION_INTEGER, AT(steps), "N", "steps, instead of epochs", NULL, 1, 1e9},
    {"minutes", 0, OPTION_REAL, AT(minutes), "X", "stop after so long", NULL, 0.001, 1e6},
    {"lr", 0, OPTION_REAL, AT(learning_rate), "X", "learning rate (default 1e-3; 2e-4 with a base)",
     NULL, 1e-9, 1},
    {"mask-rate", 0, OPTION_REAL, AT(mask_rate), "SHARE", "tokens to predict (default 0.15)", NULL,
     0.01, 0.9},
    {"dropout", 0, OPTION_REAL, AT(dropout), "P", "dropout", NULL, 0, 0.9},
    {"held-out", 0, OPTION_REAL, AT(held_out), "SHARE", "blocks to measure on (default 0.02)", NULL,
     0, 0.5},
    OPTION_ROW_SEED(PretrainOptions),
    OPTION_ROW_THREADS(PretrainOptions),
    OPTION_ROW_JSON(PretrainOptions),
    OPTION_END,
};

static void set_size(size_t *field, int64_t value) {
  if (value >= 0) {
    *field = (size_t)value;
  }
}

static void set_real(double *field, double value) {
  if (value >= 0) {
    *field = value;
  }
}

static OgPretrainOptions library_options(const PretrainOptions *options) {
  OgPretrainOptions pretrain = og_pretrain_options_default();
  pretrain.base = options->base;
  pretrain.vocab = options->vocab;
  pretrain.cased = options->cased;
  set_size(&pretrain.vocab_size, options->vocab_size);
  set_size(&pretrain.layers, options->layers);
  set_size(&pretrain.hidden, options->hidden);
  set_size(&pretrain.heads, options->heads);
  set_size(&pretrain.intermediate, options->intermediate);
  set_size(&pretrain.max_positions, options->max_positions);
  set_size(&pretrain.max_length, options->max_length);
  set_size(&pretrain.batch_tokens, options->batch_tokens);
  set_size(&pretrain.steps, options->steps);
  set_real(&pretrain.epochs, options->epochs);
  set_real(&pretrain.minutes, options->minutes);
  set_real(&pretrain.learning_rate, options->learning_rate);
  set_real(&pretrain.mask_rate, options->mask_rate);
  set_real(&pretrain.dropout, options->dropout);
  set_real(&pretrain.held_out, options->held_out);
  pretrain.seed = (uint64_t)options->seed;
  pretrain.threads = (int)options->threads;
  return pretrain;
}

static void print_report(const OgPretrainReport *report, const char *out) {
  printf("text        %s tokens in %s blocks; %zu words\n", text_count((double)report->tokens),
         text_count((double)report->blocks), report->vocab_size);
  printf("model       %s parameters\n", text_count((double)report->parameters));
  printf("training    %s steps (%.1f passes) in %.1f s, %s tokens/s; ended: %s\n",
         text_count((double)report->steps), report->epochs, report->seconds,
         text_count(report->tokens_per_second), og_train_stop_name(report->stop));
  if (report->held_out_blocks > 0) {
    printf("held out    loss %.3f -> %.3f (perplexity %.0f -> %.0f), %.1f %% of the masked words "
           "right\n",
           report->start_loss, report->loss, exp(report->start_loss), exp(report->loss),
           100 * report->accuracy);
  }
  printf("written     %s\n", out);
}

static OgStatus print_json_report(const OgPretrainReport *report, const char *out, OgError *err) {
  return print_json(
      json_pack("{s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:s}",
                "out", out, "vocab_size", (json_int_t)report->vocab_size, "parameters",
                (json_int_t)report->parameters, "tokens", (json_int_t)report->tokens, "blocks",
                (json_int_t)report->blocks, "held_out_blocks", (json_int_t)report->held_out_blocks,
                "steps", (json_int_t)report->steps, "epochs", report->epochs, "seconds",
                report->seconds, "tokens_per_second", report->tokens_per_second, "start_loss",
                report->start_loss, "train_loss", report->train_loss, "loss", report->loss,
                "masked_accuracy", report->accuracy, "stop", og_train_stop_name(report->stop)),
      err);
}

static OgStatus run(const Context *context, const Arguments *arguments, const void *values,
                    OgError *err) {
  const PretrainOptions *options = values;
  if (!options->out) {
    return og_error_set(err, OG_USAGE, "pretrain: say where to write the model, with --out DIR");
  }
  const size_t count = arguments->count + (options->text != NULL);
  if (count == 0) {
    return og_error_set(err, OG_USAGE, "pretrain: say what to read, with --text FILE");
  }
  const char **texts = OG_NEW_ARRAY(const char *, count);
  if (!texts) {
    return og_error_no_memory(err);
  }
  for (size_t k = 0; k < arguments->count; k++) {
    texts[k] = arguments->items[k];
  }
  if (options->text) {
    texts[count - 1] = options->text;
  }
  const OgPretrainOptions pretrain = library_options(options);
  OgPretrainReport report = {0};
  const OgStatus status =
      og_pretrain(texts, count, options->out, &pretrain, context->progress, &report, err);
  og_free(texts);
  terminal_finish(context->terminal);
  if (status != OG_OK && !(status == OG_CANCELLED && report.steps > 0)) {
    return status;
  }
  if (options->json) {
    OG_TRY(print_json_report(&report, options->out, err));
  } else {
    print_report(&report, options->out);
  }
  if (status == OG_OK) {
    terminal_note(context->terminal,
                  "next: ontograft finetune GRAPH --base %s --train train.csv --out run/",
                  options->out);
  }
  return status;
}

const Command cmd_pretrain = {
    .name = "pretrain",
    .group = "Models",
    .synopsis = "--text FILE --out DIR",
    .summary = "learn a base network from raw text, or continue one",
    .examples = "  ontograft pretrain --text corpus.txt.gz --vocab-size 8000 --layers 2 --hidden "
                "128 --out base/\n"
                "  ontograft pretrain --text notes.txt --base bert/ --out bert-notes/\n",
    .details = "A text file holds a paragraph a line and may be gzip'd; - is standard input. A new "
               "model learns\n"
               "its WordPiece vocabulary first. The result is a Hugging Face directory.\n",
    .options = rows,
    .defaults = &defaults,
    .options_size = sizeof(PretrainOptions),
    .least_arguments = 0,
    .most_arguments = SIZE_MAX,
    .run = run,
};
