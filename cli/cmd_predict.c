/* predict: labels for new texts, with the entities that were seen. */
#include "cli/command.h"
#include "cli/groups.h"
#include "cli/print.h"
#include "cli/scores.h"
#include "cli/table.h"
#include "core/buffer.h"
#include "finetune/predict.h"

#include <stdlib.h>
#include <string.h>

typedef struct PredictOptions {
  const char *input, *graph, *text_column, *label_column, *id_column, *by;
  int format;
  int64_t batch_size, threads;
  bool save, no_rows, json;
} PredictOptions;

static const PredictOptions defaults = {.format = TABLE_JSONL, .batch_size = 64};

#define AT(field) offsetof(PredictOptions, field)

static const Option rows[] = {
    {"in", 'i', OPTION_TEXT, AT(input), "FILE",
     "texts: CSV, TSV or JSONL; - is standard input (required)", NULL, 0, 0},
    {"graph", 'g', OPTION_TEXT, AT(graph), "GRAPH",
     "graph to link with (default: the one of the training)", NULL, 0, 0},
    {"save", 's', OPTION_FLAG, AT(save), NULL, "put the predictions into the graph file", NULL, 0,
     0},
    {"no-rows", 0, OPTION_FLAG, AT(no_rows), NULL, "print no predictions, only the scores", NULL, 0,
     0},
    {"json", 0, OPTION_FLAG, AT(json), NULL, "the same, the scores as JSON", NULL, 0, 0},
    {"text-col", 0, OPTION_TEXT, AT(text_column), "NAME", "column of the text", NULL, 0, 0},
    {"label-col", 0, OPTION_TEXT, AT(label_column), "NAME", "column of the true label, for scores",
     NULL, 0, 0},
    {"id-col", 0, OPTION_TEXT, AT(id_column), "NAME", "column of the id", NULL, 0, 0},
    {"by", 0, OPTION_TEXT, AT(by), "COLUMN", "score the rows of each value of a column apart", NULL,
     0, 0},
    {"format", 'f', OPTION_CHOICE, AT(format), "FORMAT",
     "jsonl (default), table, csv, tsv, json or md", table_formats, 0, 0},
    {"batch", 0, OPTION_INTEGER, AT(batch_size), "N", "texts at a time (64)", NULL, 1, 65536},
    OPTION_ROW_THREADS(PredictOptions),
    OPTION_END,
};

typedef struct Printer {
  Terminal *terminal;
  bool readable; /* for people: entities as words, no probabilities of the other labels */
  Table *table;  /* NULL when only scores are printed */
  OgBuffer mentions;
  Groups *groups; /* NULL without --by */
} Printer;

static OgStatus mentions_json(const OgPrediction *row, OgBuffer *text, OgError *err) {
  og_buffer_reset(text);
  OG_TRY(og_buffer_text(text, "[", err));
  for (size_t k = 0; k < row->mention_count; k++) {
    const OgMention *mention = &row->mentions[k];
    json_t *name = json_text(row->text + mention->start, mention->end - mention->start);
    char *quoted = name ? json_dumps(name, JSON_ENCODE_ANY) : NULL;
    json_decref(name);
    if (!quoted) {
      return og_error_no_memory(err);
    }
    OgStatus status = og_buffer_format(
        text, err, "%s{\"start\": %zu, \"end\": %zu, \"text\": %s, \"entity\": %lld", k ? ", " : "",
        mention->start, mention->end, quoted, (long long)mention->entity);
    free(quoted);
    OG_TRY(status);
    if (row->weights) {
      OG_TRY(og_buffer_format(text, err, ", \"weight\": %.4f", (double)row->weights[k]));
    }
    OG_TRY(og_buffer_text(text, "}", err));
  }
  return og_buffer_text(text, "]", err);
}

/* "famotidine 0.99, loss of appetite 0.00" */
static OgStatus mentions_text(const OgPrediction *row, OgBuffer *text, OgError *err) {
  og_buffer_reset(text);
  OG_TRY(og_buffer_text(text, "", err));
  for (size_t k = 0; k < row->mention_count; k++) {
    const OgMention *mention = &row->mentions[k];
    OG_TRY(og_buffer_text(text, k ? ", " : "", err));
    OG_TRY(og_buffer_append(text, row->text + mention->start, mention->end - mention->start, err));
    if (row->weights) {
      OG_TRY(og_buffer_format(text, err, " %.2f", (double)row->weights[k]));
    }
  }
  return OG_OK;
}

static OgStatus take_prediction(void *data, const OgPredicted *predicted, OgError *err) {
  Printer *printer = data;
  const OgPrediction *row = &predicted->row;
  if (printer->groups && predicted->truth != OG_LABEL_NONE) {
    OG_TRY(groups_add(printer->groups, row->group, predicted->truth, predicted->label, err));
  }
  if (!printer->table) {
    return OG_OK;
  }
  if (printer->terminal->output_live) {
    terminal_finish(printer->terminal); /* rows and the bar would share a line */
  }
  OgBuffer *mentions = &printer->mentions;
  OG_TRY(printer->readable ? mentions_text(row, mentions, err) : mentions_json(row, mentions, err));
  table_string(printer->table, row->text_id);
  table_string(printer->table, row->label);
  table_real(printer->table, row->score, 4);
  table_string(printer->table, row->truth);
  if (printer->readable) {
    table_text(printer->table, mentions->data, mentions->size);
  } else {
    table_json(printer->table, row->probabilities);
    table_json(printer->table, mentions->data);
  }
  table_row(printer->table);
  return ferror(stdout) ? og_error_errno(err, "write", "standard output") : OG_OK;
}

/* What og_predict came to. */
typedef struct Outcome {
  size_t count; /* rows */
  OgMetrics metrics;
  Groups groups;
} Outcome;

static OgStatus predict_rows(const Context *context, const PredictOptions *options,
                             OgPredictor *predictor, Outcome *outcome, OgError *err) {
  static const char *const columns[] = {"id",    "label",         "score",
                                        "truth", "probabilities", "entities"};
  static const char *const readable[] = {"id", "label", "score", "truth", "entities"};
  const TableFormat format = (TableFormat)options->format;
  Printer printer = {.terminal = context->terminal,
                     .readable = format == TABLE_TEXT || format == TABLE_MD,
                     .mentions = OG_BUFFER_INIT,
                     .groups = options->by ? &outcome->groups : NULL};
  const OgDatasetOptions data = {.text_column = options->text_column,
                                 .label_column = options->label_column,
                                 .id_column = options->id_column,
                                 .group_column = options->by};
  if (!options->no_rows && !options->json) {
    OG_TRY(table_open(stdout, context->terminal, format, printer.readable ? readable : columns,
                      printer.readable ? OG_COUNT(readable) : OG_COUNT(columns), &printer.table,
                      err));
  }
  OgStatus status = og_predict(predictor, options->input, &data, options->save, take_prediction,
                               &printer, &outcome->metrics, &outcome->count, err);
  if (printer.table) {
    const OgStatus closed = table_close(printer.table, status == OG_OK ? err : NULL);
    status = status == OG_OK ? closed : status;
  }
  og_buffer_clear(&printer.mentions);
  fflush(stdout);
  return status;
}

static OgStatus print_json_scores(const PredictOptions *options, const OgPredictor *predictor,
                                  const Outcome *outcome, OgError *err) {
  const OgLabels *labels = og_predictor_labels(predictor);
  json_t *scores = NULL;
  json_t *groups = NULL;
  OG_TRY(og_metrics_json(&outcome->metrics, (const char *const *)labels->names, &scores, err));
  const OgStatus status =
      options->by ? groups_json(&outcome->groups, labels->count, &groups, err) : OG_OK;
  if (status != OG_OK) {
    json_decref(scores);
    return status;
  }
  return print_json(json_pack("{s:I, s:o, s:o*}", "rows", (json_int_t)outcome->count, "scores",
                              scores, "groups", groups),
                    err);
}

/* The scores are what was asked for, or a note beside the rows. */
static OgStatus print_all_scores(const Context *context, const PredictOptions *options,
                                 const OgPredictor *predictor, const Outcome *outcome,
                                 OgError *err) {
  if (options->json) {
    return print_json_scores(options, predictor, outcome, err);
  }
  const OgMetrics *metrics = &outcome->metrics;
  if (metrics->count == 0) {
    if (options->no_rows) {
      printf("%s texts, none with a label that the run knows: no scores\n",
             text_count((double)outcome->count));
    }
    return OG_OK;
  }
  if (context->terminal->quiet && !options->no_rows) {
    return OG_OK;
  }
  FILE *out = options->no_rows ? stdout : stderr;
  fprintf(out, "%s texts with a label: accuracy %.3f, macro-F1 %.3f\n",
          text_count((double)metrics->count), metrics->accuracy, metrics->macro_f1);
  print_label_scores(out, metrics, og_predictor_labels(predictor));
  return groups_print(&outcome->groups, out, metrics->labels, err);
}

static void tell(const Context *context, const PredictOptions *options,
                 const OgPredictor *predictor, const Outcome *outcome, const char *run_path) {
  if (options->save) {
    const char *graph = og_predictor_graph(predictor);
    terminal_note(context->terminal, "%s predictions saved in %s as run \"%s\"",
                  text_count((double)outcome->count), graph, run_path);
    terminal_note(context->terminal,
                  "next: ontograft query %s --sql 'select * from prediction_text limit 10'", graph);
  }
}

static OgStatus run(const Context *context, const Arguments *arguments, const void *values,
                    OgError *err) {
  const PredictOptions *options = values;
  if (!options->input) {
    return og_error_set(err, OG_USAGE, "predict: say what to read, with --in FILE");
  }
  OgPredictOptions predict = og_predict_options_default();
  predict.graph = options->graph;
  predict.batch_size = (size_t)options->batch_size;
  predict.threads = (int)options->threads;
  OgPredictor *predictor;
  OG_TRY(og_predictor_open(arguments->items[0], &predict, context->progress, &predictor, err));
  Outcome outcome = {0};
  OgStatus status;
  OG_GO(predict_rows(context, options, predictor, &outcome, err));
  terminal_finish(context->terminal);
  OG_GO(print_all_scores(context, options, predictor, &outcome, err));
  tell(context, options, predictor, &outcome, arguments->items[0]);
done:
  groups_clear(&outcome.groups);
  og_metrics_clear(&outcome.metrics);
  og_predictor_close(predictor);
  return status;
}

const Command cmd_predict = {
    .name = "predict",
    .group = "Models",
    .synopsis = "RUN --in FILE",
    .summary = "label new texts, and say which entities were seen",
    .examples = "  ontograft predict runs/desk --in new.csv --graph finance.db --save\n"
                "  ontograft predict runs/desk --in test.csv --no-rows      only the scores\n",
    .details =
        "Predictions go to stdout; with a label column their scores go to stderr. --save puts "
        "them, and the\n"
        "mentions with the weight of each, into the graph's tables run, prediction and mention.\n",
    .options = rows,
    .defaults = &defaults,
    .options_size = sizeof(PredictOptions),
    .least_arguments = 1,
    .most_arguments = 1,
    .run = run,
};
