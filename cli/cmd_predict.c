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
  const char *input, *graph, *set, *text_column, *label_column, *id_column, *by;
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
    {"set", 0, OPTION_TEXT, AT(set), "NAME",
     "embedding set: that of the training (default), or an update of it", NULL, 0, 0},
    {"save", 's', OPTION_FLAG, AT(save), NULL, "put the predictions into the graph file", NULL, 0,
     0},
    {"no-rows", 0, OPTION_FLAG, AT(no_rows), NULL, "print no predictions, only the scores", NULL, 0,
     0},
    {"json", 0, OPTION_FLAG, AT(json), NULL, "print no predictions, the scores as JSON", NULL, 0,
     0},
    {"text-col", 0, OPTION_TEXT, AT(text_column), "NAME",
     "column of the text (default: by its name)", NULL, 0, 0},
    {"label-col", 0, OPTION_TEXT, AT(label_column), "NAME",
     "column of the true label, for scores (by its name)", NULL, 0, 0},
    {"id-col", 0, OPTION_TEXT, AT(id_column), "NAME", "column of the id (by its name)", NULL, 0, 0},
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

/* One mention as an object; NULL when out of memory. */
static json_t *mention_json(const OgPredicted *predicted, size_t k) {
  const OgPrediction *row = &predicted->row;
  const OgMention *mention = &row->mentions[k];
  const OgEntityRef *entity = predicted->entities[k];
  const char *id = og_entity_ref_id(entity);
  json_t *json =
      json_pack("{s:I, s:I, s:o, s:o, s:o}", "start", (json_int_t)mention->start, "end",
                (json_int_t)mention->end, "text",
                json_text(row->text + mention->start, mention->end - mention->start), "entity",
                json_text(entity->label, strlen(entity->label)), "id", json_text(id, strlen(id)));
  if (json && row->weights) {
    json_put(&json, "weight", json_real((double)row->weights[k]));
  }
  return json;
}

static OgStatus mentions_json(const OgPredicted *predicted, OgBuffer *text, OgError *err) {
  json_t *list = json_array();
  for (size_t k = 0; k < predicted->row.mention_count; k++) {
    json_add(&list, mention_json(predicted, k));
  }
  char *printed = json_dumps(list, JSON_REAL_PRECISION(4));
  json_decref(list);
  if (!printed) {
    return og_error_no_memory(err);
  }
  og_buffer_reset(text);
  const OgStatus status = og_buffer_text(text, printed, err);
  free(printed);
  return status;
}

/* "heart attack = myocardial infarction [DOID:5844] 0.99, aspirin [med:Aspirin] 0.01": the label
 * only where the text says it otherwise. */
static OgStatus mentions_text(const OgPredicted *predicted, OgBuffer *text, OgError *err) {
  const OgPrediction *row = &predicted->row;
  og_buffer_reset(text);
  OG_TRY(og_buffer_text(text, "", err));
  for (size_t k = 0; k < row->mention_count; k++) {
    const OgEntityRef *entity = predicted->entities[k];
    const char *mention = row->text + row->mentions[k].start;
    const size_t size = row->mentions[k].end - row->mentions[k].start;
    OG_TRY(og_buffer_text(text, k ? ", " : "", err));
    OG_TRY(og_buffer_append(text, mention, size, err));
    if (strlen(entity->label) != size || memcmp(entity->label, mention, size) != 0) {
      OG_TRY(og_buffer_format(text, err, " = %s", entity->label));
    }
    OG_TRY(og_buffer_format(text, err, " [%s]", og_entity_ref_id(entity)));
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
  OG_TRY((printer->readable ? mentions_text : mentions_json)(predicted, mentions, err));
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
  OgPredictCounts counts;
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
                               &printer, &outcome->metrics, &outcome->counts, err);
  if (printer.table) {
    status = table_close(printer.table, status, err);
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
  if (outcome->metrics.count > 0) {
    OG_TRY(og_metrics_json(&outcome->metrics, (const char *const *)labels->names, &scores, err));
  } else {
    scores = json_null();
  }
  const OgStatus status =
      options->by ? groups_json(&outcome->groups, labels->count, &groups, err) : OG_OK;
  if (status != OG_OK) {
    json_decref(scores);
    return status;
  }
  return print_json(
      json_pack("{s:I, s:I, s:I, s:o, s:o*}", "rows", (json_int_t)outcome->counts.texts, "empty",
                (json_int_t)outcome->counts.empty, "unknown_labels",
                (json_int_t)outcome->counts.unknown_labels, "scores", scores, "groups", groups),
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
      printf("%s, none with a label that the run knows: no scores\n",
             text_counted((double)outcome->counts.texts, "text", "texts"));
    }
    return OG_OK;
  }
  if (context->terminal->quiet && !options->no_rows) {
    return OG_OK;
  }
  FILE *out = options->no_rows ? stdout : stderr;
  fprintf(out, "%s with a label: accuracy %.3f, macro-F1 %.3f\n",
          text_counted((double)metrics->count, "text", "texts"), metrics->accuracy,
          metrics->macro_f1);
  print_label_scores(out, metrics, og_predictor_labels(predictor));
  return groups_print(&outcome->groups, out, metrics->labels, err);
}

static void tell(const Context *context, const PredictOptions *options,
                 const OgPredictor *predictor, const Outcome *outcome, const char *run_path) {
  if (outcome->counts.texts == 0) {
    terminal_note(context->terminal, "0 rows: the file has a header and nothing below it");
  }
  if (options->save) {
    const char *graph = og_predictor_graph(predictor);
    terminal_note(context->terminal, "%s saved in %s as run \"%s\"",
                  text_counted((double)outcome->counts.texts, "prediction", "predictions"), graph,
                  run_path);
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
  predict.set = options->set;
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
        "Predictions go to stdout; with a label column their scores go to stderr. An entity is "
        "told by its\n"
        "label and its id, a CURIE where the graph has a prefix for it, else the IRI; weight says "
        "how much\n"
        "it counted. --save puts predictions and mentions into the graph's tables run, prediction "
        "and\n"
        "mention, entities there by their number (entity.id).\n",
    .options = rows,
    .defaults = &defaults,
    .options_size = sizeof(PredictOptions),
    .least_arguments = 1,
    .most_arguments = 1,
    .run = run,
};
