/* pretrain: a base network from raw text, or one continued on it. */
#include "cli/command.h"
#include "cli/options.h"
#include "cli/print.h"
#include "cli/scores.h"
#include "core/file.h"
#include "core/memory.h"
#include "core/spill.h"
#include "finetune/pretrain.h"
#include "finetune/report.h"
#include "finetune/word_vectors.h"

#include <math.h>

typedef struct PretrainOptions {
  const char *text, *out, *base, *vocab, *from;
  int64_t vocab_size, layers, hidden, heads, intermediate, max_positions, max_length, batch_tokens;
  int64_t accumulate, steps, seed, threads;
  double epochs, minutes, learning_rate, mask_rate, dropout, held_out;
  int64_t max_memory;
  bool cased, recompute, memory, resume, force, json;
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
                                         .accumulate = -1,
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
    {"from", 0, OPTION_TEXT, AT(from), "FILE",
     "learn nothing: make a base of word vectors (word2vec, GloVe or fastText text)", NULL, 0, 0},
    {"vocab", 0, OPTION_TEXT, AT(vocab), "DIR", "use the tokenizer of this directory", NULL, 0, 0},
    {"vocab-size", 'v', OPTION_INTEGER, AT(vocab_size), "N",
     "words to learn (default 8000), or of --from to take (all)", NULL, 64, 1e6},
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
    {"batch-tokens", 0, OPTION_INTEGER, AT(batch_tokens), "N",
     "tokens that are computed together (default 4096)", NULL, 8, 1e8},
    {"accumulate", 0, OPTION_INTEGER, AT(accumulate), "N",
     "batches of a step: N of them act as one that is N times larger (default 1)", NULL, 1, 65536},
    {"memory", 0, OPTION_FLAG, AT(memory), NULL,
     "tell what memory the training takes, as computed, and train nothing", NULL, 0, 0},
    {"max-memory", 0, OPTION_BYTES, AT(max_memory), "SIZE",
     "recompute layers, or refuse to start, rather than take more (default: what there is)", NULL,
     1 << 20, 1e15},
    {"recompute", 0, OPTION_FLAG, AT(recompute), NULL,
     "less memory: compute each layer again on the way back (a third more time)", NULL, 0, 0},
    {"epochs", 'e', OPTION_REAL, AT(epochs), "X", "passes over the text (default 10)", NULL, 0.001,
     1e6},
    {"steps", 0, OPTION_INTEGER, AT(steps), "N", "steps, instead of --epochs", NULL, 1, 1e9},
    {"minutes", 0, OPTION_REAL, AT(minutes), "X",
     "end after so long if not done by then; how far it gets depends on the machine", NULL, 0.001,
     1e6},
    {"resume", 'r', OPTION_FLAG, AT(resume), NULL,
     "go on where the same command was stopped (with nothing to go on from: start)", NULL, 0, 0},
    {"force", 0, OPTION_FLAG, AT(force), NULL,
     "replace the model that is there; drop what a stopped training left", NULL, 0, 0},
    {"lr", 0, OPTION_REAL, AT(learning_rate), "X", "learning rate (default 1e-3; 2e-4 with a base)",
     NULL, 1e-9, 1},
    {"mask-rate", 0, OPTION_REAL, AT(mask_rate), "SHARE", "tokens to predict (default 0.15)", NULL,
     0.01, 0.9},
    {"dropout", 0, OPTION_REAL, AT(dropout), "P", "dropout (default 0; with a base as it says)",
     NULL, 0, 0.9},
    {"held-out", 0, OPTION_REAL, AT(held_out), "SHARE", "blocks to measure on (default 0.02)", NULL,
     0, 0.5},
    OPTION_ROW_SEED(PretrainOptions),
    OPTION_ROW_THREADS(PretrainOptions),
    OPTION_ROW_JSON(PretrainOptions),
    OPTION_END,
};

static OgPretrainOptions library_options(const PretrainOptions *options) {
  OgPretrainOptions pretrain = og_pretrain_options_default();
  pretrain.base = options->base;
  pretrain.vocab = options->vocab;
  pretrain.cased = options->cased;
  option_size(&pretrain.vocab_size, options->vocab_size);
  option_size(&pretrain.layers, options->layers);
  option_size(&pretrain.hidden, options->hidden);
  option_size(&pretrain.heads, options->heads);
  option_size(&pretrain.intermediate, options->intermediate);
  option_size(&pretrain.max_positions, options->max_positions);
  option_size(&pretrain.max_length, options->max_length);
  option_size(&pretrain.batch_tokens, options->batch_tokens);
  option_size(&pretrain.accumulate, options->accumulate);
  option_size(&pretrain.steps, options->steps);
  option_real(&pretrain.epochs, options->epochs);
  option_real(&pretrain.minutes, options->minutes);
  option_real(&pretrain.learning_rate, options->learning_rate);
  option_real(&pretrain.mask_rate, options->mask_rate);
  option_real(&pretrain.dropout, options->dropout);
  option_real(&pretrain.held_out, options->held_out);
  pretrain.recompute = options->recompute;
  pretrain.memory_only = options->memory;
  pretrain.max_memory = (size_t)options->max_memory;
  pretrain.resume = options->resume;
  pretrain.force = options->force;
  pretrain.seed = (uint64_t)options->seed;
  pretrain.threads = (int)options->threads;
  return pretrain;
}

static void print_report(const OgPretrainReport *report, const char *out) {
  printf("text        %s in %s; %s\n", text_counted((double)report->tokens, "token", "tokens"),
         text_counted((double)report->blocks, "block", "blocks"),
         text_counted((double)report->vocab_size, "word", "words"));
  printf("model       %s parameters\n", text_count((double)report->parameters));
  char passes[32];
  snprintf(passes, sizeof passes, report->epochs < 100 ? "%.3g" : "%.0f", report->epochs);
  printf("training    %s (%s passes) in %.1f s, %s tokens/s; %s\n",
         text_counted((double)report->steps, "step", "steps"), passes, report->seconds,
         text_count(report->tokens_per_second), train_stop_text(report->stop));
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
      json_pack("{s:o, s:I, s:I, s:I, s:I, s:I, s:I, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:s}",
                "out", json_mended(out), "vocab_size", (json_int_t)report->vocab_size, "parameters",
                (json_int_t)report->parameters, "tokens", (json_int_t)report->tokens, "blocks",
                (json_int_t)report->blocks, "held_out_blocks", (json_int_t)report->held_out_blocks,
                "steps", (json_int_t)report->steps, "epochs", report->epochs, "seconds",
                report->seconds, "tokens_per_second", report->tokens_per_second, "start_loss",
                report->start_loss, "train_loss", report->train_loss, "loss", report->loss,
                "masked_accuracy", report->accuracy, "stop", og_train_stop_name(report->stop)),
      err);
}

static OgStatus print_memory(const OgPretrainReport *report, bool json, OgError *err) {
  if (json) {
    return print_json(og_footprint_json(&report->footprint), err);
  }
  print_footprint(&report->footprint, report->recomputed);
  return OG_OK;
}

/* Options that have no effect together are a mistake, and better told before the work than after.
 */
static OgStatus check(const PretrainOptions *o, size_t texts, OgError *err) {
  const bool sizes = o->layers >= 0 || o->hidden >= 0 || o->heads >= 0 || o->intermediate >= 0 ||
                     o->max_positions >= 0;
  const bool course = o->max_length >= 0 || o->batch_tokens >= 0 || o->accumulate >= 0 ||
                      o->steps >= 0 || o->epochs >= 0 || o->minutes >= 0 || o->learning_rate >= 0 ||
                      o->mask_rate >= 0 || o->dropout >= 0 || o->held_out >= 0 || o->recompute;
  const struct {
    bool wrong;
    const char *why;
  } rules[] = {
      {!o->out && !o->memory, "say where to write the model, with --out DIR"},
      {texts == 0 && !o->from, "say what to read, with --text FILE"},
      {o->from && (texts > 0 || o->base || o->vocab || o->resume || o->memory || sizes || course),
       "--from trains nothing: it takes --out, --vocab-size, --cased, --force and --json only"},
      {o->base && sizes,
       "--base keeps the sizes of its model: leave out --layers, --hidden, --heads, --intermediate "
       "and --max-positions"},
      {o->base && o->vocab, "--base keeps its vocabulary: leave out --vocab"},
      {(o->base || o->vocab) && (o->vocab_size >= 0 || o->cased),
       "the vocabulary is given, so none is learned: leave out --vocab-size and --cased"},
      {o->steps >= 0 && o->epochs >= 0, "give --steps or --epochs, not both"},
  };
  for (size_t k = 0; k < OG_COUNT(rules); k++) {
    if (rules[k].wrong) {
      return og_error_set(err, OG_USAGE, "pretrain: %s", rules[k].why);
    }
  }
  return OG_OK;
}

/* The texts of --text and of the arguments; the caller releases the array. */
static const char **list_texts(const PretrainOptions *options, const Arguments *arguments,
                               size_t count) {
  const char **texts = OG_NEW_ARRAY(const char *, count);
  for (size_t k = 0; texts && k < arguments->count; k++) {
    texts[count - arguments->count + k] = arguments->items[k];
  }
  if (texts && options->text) {
    texts[0] = options->text;
  }
  return texts;
}

/* Text and tokens that memory does not hold lie in mapped files beside --out. */
static OgStatus limit_memory(const PretrainOptions *options, OgError *err) {
  char *folder = options->out ? og_path_directory(options->out) : og_strdup(".");
  if (!folder) {
    return og_error_no_memory(err);
  }
  og_spill_begin(options->max_memory > 0 ? (size_t)options->max_memory : og_spill_usual_limit(),
                 folder);
  og_free(folder);
  return OG_OK;
}

static OgStatus print_word_vectors(const OgWordVectorsReport *report, const PretrainOptions *o,
                                   OgError *err) {
  if (o->json) {
    return print_json(json_pack("{s:o, s:I, s:I, s:I, s:I, s:I, s:b, s:b}", "out",
                                json_mended(o->out), "rows", (json_int_t)report->rows, "words",
                                (json_int_t)report->words, "dim", (json_int_t)report->D, "repeated",
                                (json_int_t)report->repeated, "unreachable",
                                (json_int_t)report->unreachable, "cased", report->cased, "accents",
                                report->accented),
                      err);
  }
  printf("words       %s of %zu numbers, read %s\n", text_count((double)report->words), report->D,
         report->cased      ? "with upper case and accents"
         : report->accented ? "in lower case, with accents"
                            : "in lower case, without accents");
  printf("written     %s\n", o->out);
  return OG_OK;
}

/* What of the file is left out. */
static void note_left_out(Terminal *terminal, const OgWordVectorsReport *report) {
  if (report->unreachable > 0) {
    terminal_note(
        terminal,
        "%s left out, because text is cut at blanks and punctuation and no such word comes "
        "of it: \"%s\"%s",
        text_counted((double)report->unreachable, "key", "keys"), report->example,
        report->unreachable > 1 ? ", …" : "");
  }
  if (report->repeated > 0) {
    terminal_note(terminal, "%s left out, of words that an earlier row gave a vector",
                  text_counted((double)report->repeated, "row", "rows"));
  }
}

static void note_next(const Context *context, const char *out) {
  terminal_note(context->terminal,
                "next: ontograft finetune GRAPH --base %s --train train.csv --out run/", out);
}

static OgStatus take_word_vectors(const Context *context, const PretrainOptions *o, OgError *err) {
  OgWordVectorsOptions taken = {.cased = o->cased, .force = o->force};
  OgWordVectorsReport report;
  option_size(&taken.most, o->vocab_size);
  const OgStatus status =
      og_word_vectors_base(o->from, o->out, &taken, context->progress, &report, err);
  terminal_finish(context->terminal);
  OG_TRY(status);
  OG_TRY(print_word_vectors(&report, o, err));
  note_left_out(context->terminal, &report);
  note_next(context, o->out);
  return OG_OK;
}

static OgStatus run(const Context *context, const Arguments *arguments, const void *values,
                    OgError *err) {
  const PretrainOptions *options = values;
  const size_t count = arguments->count + (options->text != NULL);
  OG_TRY(check(options, count, err));
  OG_TRY(limit_memory(options, err));
  if (options->from) {
    return take_word_vectors(context, options, err);
  }
  const char **texts = list_texts(options, arguments, count);
  if (!texts) {
    return og_error_no_memory(err);
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
  if (options->memory) {
    return print_memory(&report, options->json, err);
  }
  if (options->json) {
    OG_TRY(print_json_report(&report, options->out, err));
  } else {
    print_report(&report, options->out);
  }
  if (status == OG_OK) {
    note_next(context, options->out);
  }
  return status;
}

const Command cmd_pretrain = {
    .name = "pretrain",
    .group = "Models",
    .synopsis = "--text FILE --out DIR | --from FILE --out DIR",
    .summary = "learn a base network from raw text, or continue one",
    .examples =
        "  ontograft pretrain --text corpus.txt.gz --vocab-size 8000 --layers 2 --hidden "
        "128 --out base/\n"
        "  ontograft pretrain --text notes.txt --base bert/ --epochs 3 --out bert-notes/\n"
        "  ontograft pretrain --from glove.6B.100d.txt --out glove/   word vectors as a base\n",
    .details =
        "A text file holds a paragraph a line, an empty line between documents, and may be "
        "gzip'd.\n"
        "Several may follow as arguments. A new model learns its WordPiece vocabulary first. "
        "The result\n"
        "is a Hugging Face directory; a model that is there already is replaced with --force "
        "only.\n"
        "Ctrl-C writes what was learned so far, and DIR.checkpoint beside it for --resume; "
        "so does every\n"
        "tenth minute. The same text, options and number of threads give the same bytes, "
        "unless --minutes\n"
        "ends the training.\n"
        "--from reads a line a word, its vector behind it; a text is then the mean of its words' "
        "vectors.\n",
    .options = rows,
    .defaults = &defaults,
    .options_size = sizeof(PretrainOptions),
    .least_arguments = 0,
    .most_arguments = SIZE_MAX,
    .run = run,
};
