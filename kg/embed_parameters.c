#include "kg/embed_parameters.h"

#include "core/json.h"
#include "core/memory.h"
#include "kg/embed_defaults.h"

#include <stdlib.h>
#include <string.h>

enum { VERSION = 2 }; /* 1, which is not written, had other norms (kg/vectors.c) */

static const double usual_rate = 0.1; /* of sets that say none */

static const char *const objective_names[] = {"auto", "1-vs-all", "negatives", "k-vs-all"};
static const char *const optimiser_names[] = {"auto", "adagrad", "adam", "sgd"};

const char *og_objective_name(OgObjective objective) {
  return objective_names[objective];
}

char *og_embed_parameters(const OgEmbedReport *report) {
  const OgEmbedOptions *used = &report->used;
  json_t *json = json_pack(
      "{s:i, s:s, s:I, s:s, s:s, s:b, s:i, s:I, s:f, s:f, s:I, s:f, s:f, s:I, s:b, s:f, s:f, s:f, "
      "s:f, s:I, "
      "s:i, s:I, s:b}",
      "version", VERSION, "model", used->model, "dim", (json_int_t)used->dim, "objective",
      objective_names[used->objective], "optimiser", optimiser_names[used->optimiser], "reciprocal",
      used->reciprocal == OG_CHOICE_YES, "epochs", report->best_epoch, "batch",
      (json_int_t)used->batch, "learning_rate", used->learning_rate, "n3", used->n3, "sample",
      (json_int_t)used->sample, "relation_prediction", used->relation_prediction, "dropout",
      used->dropout, "negatives", (json_int_t)used->negatives, "bernoulli", used->bernoulli,
      "margin", used->margin, "temperature", used->temperature, "negatives_weight",
      used->negatives_weight, "neighbours", used->neighbours, "seed", (json_int_t)used->seed,
      "threads", used->threads, "edges",
      (json_int_t)(report->refitted ? report->edges : report->train), "trained_on_all_edges",
      report->refitted);
  char *text = json ? json_dumps(json, JSON_COMPACT) : NULL;
  char *copy = text ? og_strdup(text) : NULL;
  free(text);
  json_decref(json);
  return copy;
}

/* Place of the text of a member among names; 0 when it is none of them. */
static int choice_of(const json_t *json, const char *key, const char *const *names, int count) {
  const char *text = json_string_value(json_object_get(json, key));
  int choice = count - 1;
  while (choice > 0 && !(text && strcmp(text, names[choice]) == 0)) {
    choice--;
  }
  return choice;
}

/* A member's number, when it is one and within limits. */
static double number_or(const json_t *json, const char *key, double least, double most,
                        double other) {
  const json_t *member = json_object_get(json, key);
  const double number = json_number_value(member);
  return json_is_number(member) && number >= least && number <= most ? number : other;
}

void og_embed_read_parameters(const char *text, const OgScoreModel *row, OgEmbedOptions *options) {
  json_t *json = json_loads(text, 0, NULL);
  const OgSampling *sampling = og_embed_sampling(row);
  *options = (OgEmbedOptions)OG_EMBED_OPTIONS_INIT;
  options->model = row->name;
  options->objective =
      (OgObjective)choice_of(json, "objective", objective_names, (int)OG_COUNT(objective_names));
  if (options->objective == OG_OBJECTIVE_AUTO) {
    options->objective = OG_OBJECTIVE_NEGATIVES;
  }
  options->optimiser =
      (OgOptimiser)choice_of(json, "optimiser", optimiser_names, (int)OG_COUNT(optimiser_names));
  if (options->optimiser == OG_OPTIMISER_AUTO) {
    options->optimiser = OG_OPTIMISER_ADAGRAD;
  }
  options->batch = (size_t)number_or(json, "batch", 1, 1e7, 1000);
  options->learning_rate = number_or(json, "learning_rate", 1e-9, 100, usual_rate);
  options->n3 = number_or(json, "n3", 0, 1000, 0);
  options->negatives = (size_t)number_or(json, "negatives", 1, 1e6, (double)sampling->negatives);
  options->margin = number_or(json, "margin", 0, 1000, sampling->margin);
  options->temperature = number_or(json, "temperature", 0, 1000, sampling->temperature);
  options->negatives_weight = number_or(json, "negatives_weight", 0, 1e6, sampling->weight);
  options->neighbours = number_or(json, "neighbours", 0, 1000, 0);
  options->sample = (size_t)number_or(json, "sample", 1, 1e9, 1e9);
  options->relation_prediction = number_or(json, "relation_prediction", 0, 1000, 0);
  options->dropout = number_or(json, "dropout", 0, 0.99, 0);
  options->bernoulli = json_is_true(json_object_get(json, "bernoulli"));
  options->seed = (uint64_t)number_or(json, "seed", 0, 0x1p53, 1);
  json_decref(json);
}
