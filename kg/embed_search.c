#include "kg/embed_search.h"

#include "core/memory.h"
#include "core/random.h"
#include "kg/embed_pilot.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
  TRIALS = 12,
  RUNGS = 3,
  CUT = 3,          /* of the settings of a rung, one in so many reaches the next */
  LEAST_EPOCHS = 2, /* of a trial */
  MOST_DIM = 1024,  /* that is tried */
};

/* What is drawn. Rates and weights are a choice of the orders of magnitude in use. */
static const char *const models[] = {"complex", "distmult", "rotate", "roth", "transe"};
static const double rates[] = {0.03, 0.1, 0.3, 0.6};
static const double n3s[] = {0, 0.003, 0.01, 0.03, 0.1};
static const double dims[] = {0.5, 1, 2}; /* of what og_embed would choose */

const char *og_setting_name(OgSetting setting) {
  static const char *const names[OG_SETTINGS] = {[OG_SETTING_MODEL] = "model",
                                                 [OG_SETTING_OBJECTIVE] = "objective",
                                                 [OG_SETTING_DIM] = "dim",
                                                 [OG_SETTING_LEARNING_RATE] = "learning rate",
                                                 [OG_SETTING_N3] = "n3"};
  return names[setting];
}

/* ---- settings ---- */

static double draw(OgRandom *random, const double *values, size_t count) {
  return values[og_random_below(random, count)];
}

/* Setting `number` of a search: depends on the seed and the number alone. */
static OgStatus draw_setting(const OgTripleGraph *graph, const OgEmbedOptions *base, int number,
                             OgEmbedOptions *drawn, OgError *err) {
  OgRandom random;
  og_random_init(&random, og_random_at(base->seed, (uint64_t)number));
  *drawn = *base;
  if (!base->model && number > 0) {
    drawn->model = models[og_random_below(&random, OG_COUNT(models))];
  }
  OgEmbedOptions usual = *drawn; /* what would be chosen for this model */
  OG_TRY(og_embed_decide(graph, &usual, err));
  const bool dot = og_score_model(usual.model)->similarity == OG_DOT;
  const double rate = draw(&random, rates, OG_COUNT(rates)), n3 = draw(&random, n3s, OG_COUNT(n3s));
  const double dim = draw(&random, dims, OG_COUNT(dims));
  const bool negatives = og_random_below(&random, 2) > 0;
  if (number == 0) {
    *drawn = usual;
    return OG_OK;
  }
  if (base->learning_rate == 0) {
    drawn->learning_rate = rate;
  }
  if (base->n3 < 0 && dot) {
    drawn->n3 = n3;
  }
  if (base->dim == 0) {
    const size_t wanted = (size_t)(dim * (double)usual.dim) / 2 * 2;
    drawn->dim = wanted < 2 ? 2 : wanted > MOST_DIM ? MOST_DIM : wanted;
  }
  if (base->objective == OG_OBJECTIVE_AUTO && negatives) {
    drawn->objective = OG_OBJECTIVE_NEGATIVES;
  }
  return og_embed_decide(graph, drawn, err);
}

/* ---- trials ---- */

typedef struct Searcher {
  OgTripleGraph graph; /* borrowed lists; test's are support's, so that they are not ranked */
  OgTriples support;   /* test and support */
  const OgSearchOptions *options;
  OgEmbedOptions *settings; /* (count) */
  int *standing;            /* (count) settings that are still in it, best first */
  size_t count;
  OgSearch *search;
  const OgProgress *outer;
  char stage[64];
  double start;
} Searcher;

static bool report_trial(void *data, const char *stage, double done, double total,
                         const char *detail) {
  const Searcher *searcher = data;
  (void)stage;
  return og_progress_report(searcher->outer, searcher->stage, done, total, detail, NULL) == OG_OK;
}

static OgStatus run_trial(Searcher *searcher, int setting, int rung, OgError *err) {
  static const int shares[RUNGS] = {CUT * CUT, CUT, 1};
  OgTrial *trial = &searcher->search->trials[searcher->search->count];
  const OgProgress progress = {report_trial, NULL, searcher};
  const double begin = og_seconds(), limit = searcher->options->seconds;
  OgEmbedOptions options = searcher->settings[setting];
  OgEmbedReport report;
  options.epochs = options.epochs / shares[rung];
  options.epochs = options.epochs < LEAST_EPOCHS ? LEAST_EPOCHS : options.epochs;
  options.evaluate_every =
      options.evaluate_every < options.epochs ? options.evaluate_every : options.epochs;
  options.split = OG_SPLIT_EDGES;
  options.state = NULL;
  options.vectors_alone = true;
  /* what is left of the time; none left is the least, as 0 would be no limit */
  options.seconds = limit > 0 ? fmax(limit - (begin - searcher->start), 1e-3) : 0;
  snprintf(searcher->stage, sizeof searcher->stage, "trial %zu (setting %d)",
           searcher->search->count + 1, setting + 1);
  OgStatus status = og_embed_graph(&searcher->graph, &options, &progress, NULL, &report, err);
  if (status != OG_OK && status != OG_FAILED) {
    return status;
  }
  *trial = (OgTrial){.used = searcher->settings[setting],
                     .setting = setting,
                     .rung = rung,
                     .epochs = status == OG_OK ? report.best_epoch : 0,
                     .mrr = status == OG_OK ? report.valid_ranking.mrr : 0,
                     .seconds = og_seconds() - begin};
  searcher->search->count++;
  return OG_OK;
}

static const OgTrial *trial_of(const OgSearch *search, int setting, int rung) {
  const OgTrial *found = NULL;
  for (size_t k = 0; k < search->count; k++) {
    const OgTrial *trial = &search->trials[k];
    found = trial->setting == setting && trial->rung == rung ? trial : found;
  }
  return found;
}

/* The settings that are standing, best first by the trials of a rung; equals as they were. */
static void sort_standing(Searcher *searcher, size_t count, int rung) {
  int *standing = searcher->standing;
  for (size_t k = 1; k < count; k++) { /* a dozen of them: insertion */
    const int setting = standing[k];
    const double mrr = trial_of(searcher->search, setting, rung)->mrr;
    size_t at = k;
    for (; at > 0 && trial_of(searcher->search, standing[at - 1], rung)->mrr < mrr; at--) {
      standing[at] = standing[at - 1];
    }
    standing[at] = setting;
  }
}

/* Let the defaults, setting 0, go on with the `count` best, so that these are seen beside them;
 * returns how many go on. */
static size_t keep_defaults(Searcher *searcher, size_t count) {
  int *standing = searcher->standing;
  size_t at = 0;
  while (standing[at] != 0) {
    at++;
  }
  if (at < count) {
    return count;
  }
  standing[at] = standing[count];
  standing[count] = 0;
  return count + 1;
}

static bool is_time_up(const Searcher *searcher) {
  const double limit = searcher->options->seconds;
  return limit > 0 && searcher->search->count > 0 && og_seconds() - searcher->start >= limit;
}

static OgStatus run_rungs(Searcher *searcher, OgError *err) {
  size_t standing = searcher->count;
  for (int rung = 0; rung < RUNGS; rung++) {
    for (size_t k = 0; k < standing; k++) {
      if (is_time_up(searcher)) {
        searcher->search->cut = true;
        return OG_OK;
      }
      OG_TRY(run_trial(searcher, searcher->standing[k], rung, err));
    }
    sort_standing(searcher, standing, rung);
    standing = keep_defaults(searcher, (standing + CUT - 1) / CUT);
  }
  return OG_OK;
}

const OgTrial *og_search_defaults(const OgSearch *search, const OgTrial **beside) {
  const OgTrial *best = &search->trials[search->best];
  for (int rung = best->rung; rung >= 0; rung--) {
    const OgTrial *usual = trial_of(search, 0, rung);
    *beside = trial_of(search, best->setting, rung);
    if (usual && *beside) {
      return usual;
    }
  }
  return NULL;
}

/* The best trial of the highest rung: what was trained for longer is known better. */
static size_t find_best(const OgSearch *search) {
  size_t best = 0;
  for (size_t k = 1; k < search->count; k++) {
    const OgTrial *a = &search->trials[k], *b = &search->trials[best];
    if (a->rung > b->rung || (a->rung == b->rung && a->mrr > b->mrr)) {
      best = k;
    }
  }
  return best;
}

/* ---- what mattered ---- */

static void tell_value(OgSetting setting, const OgEmbedOptions *used, char *text, size_t size) {
  switch (setting) {
  case OG_SETTING_MODEL:
    snprintf(text, size, "%s", used->model);
    break;
  case OG_SETTING_OBJECTIVE:
    snprintf(text, size, "%s", og_objective_name(used->objective));
    break;
  case OG_SETTING_DIM:
    snprintf(text, size, "%zu", used->dim);
    break;
  case OG_SETTING_LEARNING_RATE:
    snprintf(text, size, "%g", used->learning_rate);
    break;
  default:
    snprintf(text, size, "%g", used->n3);
  }
}

static void add_value(OgWorth *worth, const OgTrial *trial) {
  char text[sizeof worth->values[0].text];
  tell_value(worth->setting, &trial->used, text, sizeof text);
  size_t k = 0;
  while (k < worth->count && strcmp(worth->values[k].text, text) != 0) {
    k++;
  }
  if (k == OG_COUNT(worth->values)) {
    return;
  }
  if (k == worth->count) {
    memcpy(worth->values[worth->count++].text, text, sizeof text);
  }
  worth->values[k].mrr += trial->mrr;
  worth->values[k].trials++;
}

static int compare_values(const void *a, const void *b) {
  const OgSettingValue *x = a, *y = b;
  return x->mrr > y->mrr ? -1 : x->mrr < y->mrr;
}

static int compare_worth(const void *a, const void *b) {
  const OgWorth *x = a, *y = b;
  return x->spread > y->spread ? -1 : x->spread < y->spread;
}

static void weigh_settings(OgSearch *search) {
  for (int setting = 0; setting < OG_SETTINGS; setting++) {
    OgWorth worth = {.setting = (OgSetting)setting};
    for (size_t k = 0; k < search->count; k++) {
      if (search->trials[k].rung == 0) {
        add_value(&worth, &search->trials[k]);
      }
    }
    for (size_t k = 0; k < worth.count; k++) {
      worth.values[k].mrr /= worth.values[k].trials;
    }
    qsort(worth.values, worth.count, sizeof worth.values[0], compare_values);
    if (worth.count > 1) {
      worth.spread = worth.values[0].mrr - worth.values[worth.count - 1].mrr;
      search->worth[search->worths++] = worth;
    }
  }
  qsort(search->worth, search->worths, sizeof search->worth[0], compare_worth);
}

/* ---- the search ---- */

static OgStatus open_searcher(Searcher *searcher, const OgTripleGraph *graph, OgError *err) {
  const size_t count = searcher->count;
  searcher->settings = OG_NEW_ARRAY(OgEmbedOptions, count);
  searcher->standing = OG_NEW_ARRAY(int, count);
  searcher->search->trials = OG_NEW_ARRAY(OgTrial, RUNGS * count);
  if (!searcher->settings || !searcher->standing || !searcher->search->trials) {
    return og_error_no_memory(err);
  }
  OG_TRY(og_triples_hide_test(graph, &searcher->graph, &searcher->support, err));
  for (size_t k = 0; k < count; k++) {
    searcher->standing[k] = (int)k;
    OG_TRY(draw_setting(graph, &searcher->options->base, (int)k, &searcher->settings[k], err));
  }
  return og_embed_pilot(graph, &searcher->options->base, searcher->outer, NULL,
                        &searcher->settings[0], err);
}

OgStatus og_embed_search(const OgTripleGraph *graph, const OgSearchOptions *options,
                         const OgProgress *progress, OgSearch *search, OgError *err) {
  *search = (OgSearch){0};
  Searcher searcher = {.options = options,
                       .count = options->trials > 0 ? (size_t)options->trials : TRIALS,
                       .search = search,
                       .outer = progress,
                       .start = og_seconds()};
  OgStatus status;
  if (graph->parts[OG_VALID].count == 0) {
    return og_error_set(err, OG_USAGE,
                        "there is nothing to compare settings by: no edges are held out for "
                        "validation");
  }
  OG_GO(open_searcher(&searcher, graph, err));
  status = run_rungs(&searcher, err);
  search->best = find_best(search);
  weigh_settings(search);
done:
  og_free(searcher.settings);
  og_free(searcher.standing);
  og_free(searcher.support.items);
  if (status != OG_OK && status != OG_CANCELLED) {
    og_search_clear(search);
  }
  return status;
}

void og_search_clear(OgSearch *search) {
  og_free(search->trials);
  *search = (OgSearch){0};
}
