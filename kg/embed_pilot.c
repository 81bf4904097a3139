#include "kg/embed_pilot.h"

#include "core/memory.h"
#include "kg/embed_defaults.h"

#include <stdio.h>

enum {
  SHARE = 3,    /* of the epochs, one in so many */
  MOST_UP = 4,  /* steps of the weight upwards */
  MOST_DOWN = 2 /* and downwards */
};

_Static_assert(OG_PILOT_TRIALS >= 2 + MOST_UP && OG_PILOT_TRIALS >= 3 + MOST_DOWN,
               "a trial has no place");

static const double step = 1.7320508; /* √3, between two weights */
static const double better = 1.005;   /* MRR, for another choice to be preferred to the last one */

typedef struct Pilot {
  OgTripleGraph graph; /* its test is known, and not asked for */
  const OgProgress *outer;
  const OgEmbedOptions *used; /* of the training under way */
  OgPilotRecord *record;
  int next; /* trial */
} Pilot;

static bool report_pilot(void *data, const char *stage, double done, double total,
                         const char *detail) {
  const Pilot *pilot = data;
  char own[64];
  (void)stage;
  snprintf(own, sizeof own, "trying %s, n3 %.2g", og_objective_name(pilot->used->objective),
           pilot->used->n3);
  return og_progress_report(pilot->outer, own, done, total, detail, NULL) == OG_OK;
}

/* The MRR of valid after a share of the epochs; 0 when the training breaks down. */
static OgStatus run_trial(Pilot *pilot, const OgEmbedOptions *options, double *mrr, OgError *err) {
  const OgProgress progress = {report_pilot, NULL, pilot};
  OgEmbedOptions shorter = *options;
  OgEmbedReport report;
  shorter.epochs = (options->epochs + SHARE - 1) / SHARE;
  shorter.split = OG_SPLIT_EDGES;
  shorter.state = NULL;
  shorter.vectors_alone = true;
  pilot->used = &shorter;
  const OgStatus status = og_embed_graph(&pilot->graph, &shorter, &progress, NULL, &report, err);
  *mrr = status == OG_OK ? report.valid_ranking.mrr : 0;
  return status == OG_FAILED ? OG_OK : status;
}

/* The same, unless it is on record. */
static OgStatus try_options(Pilot *pilot, const OgEmbedOptions *options, double *mrr,
                            OgError *err) {
  OgPilotRecord *record = pilot->record;
  OgPilotTrials *trials = &record->trials;
  if (pilot->next < trials->count) {
    *mrr = trials->mrr[pilot->next++];
    return OG_OK;
  }
  OG_TRY(run_trial(pilot, options, mrr, err));
  trials->mrr[pilot->next++] = *mrr;
  trials->count = pilot->next;
  return record->keep ? record->keep(record->data, trials, err) : OG_OK;
}

/* All entities instead of negatives, when that is better. *mrr: of what is chosen. */
static OgStatus choose_objective(Pilot *pilot, const OgEmbedOptions *all, OgEmbedOptions *options,
                                 double *mrr, OgError *err) {
  double other;
  OG_TRY(try_options(pilot, all, &other, err));
  if (other > *mrr * better) {
    *options = *all;
    *mrr = other;
  }
  return OG_OK;
}

/* Multiply the weight by a factor as long as that is better, so many times at most. *mrr: with the
 * weight that is there. */
static OgStatus climb(Pilot *pilot, double factor, int most, OgEmbedOptions *options, double *mrr,
                      OgError *err) {
  for (int k = 0; k < most; k++) {
    OgEmbedOptions next = *options;
    double other;
    next.n3 *= factor;
    OG_TRY(try_options(pilot, &next, &other, err));
    if (other <= *mrr * better) {
      break;
    }
    *options = next;
    *mrr = other;
  }
  return OG_OK;
}

/* From the usual weight upwards or, when that is not better, downwards. */
static OgStatus choose_weight(Pilot *pilot, double mrr, OgEmbedOptions *options, OgError *err) {
  const double usual = options->n3;
  OG_TRY(climb(pilot, step, MOST_UP, options, &mrr, err));
  return options->n3 > usual ? OG_OK : climb(pilot, 1 / step, MOST_DOWN, options, &mrr, err);
}

OgStatus og_embed_pilot(const OgTripleGraph *graph, const OgEmbedOptions *given,
                        const OgProgress *progress, OgPilotRecord *record, OgEmbedOptions *options,
                        OgError *err) {
  const OgScoreModel *row = og_score_model(options->model);
  const bool open = given->n3 < 0 && given->seconds <= 0 && og_embed_is_piloted(graph);
  const bool objective_open = given->objective == OG_OBJECTIVE_AUTO && row->one_vs_all &&
                              options->objective == OG_OBJECTIVE_NEGATIVES;
  OgEmbedOptions all = *given; /* entities */
  OgTriples support = {0};
  OgPilotRecord own = {0};
  Pilot pilot = {.outer = progress, .record = record ? record : &own};
  double mrr;
  OgStatus status = OG_OK;
  if (!open || !(objective_open || options->n3 > 0)) {
    return OG_OK;
  }
  OG_GO(og_triples_hide_test(graph, &pilot.graph, &support, err));
  OG_GO(try_options(&pilot, options, &mrr, err));
  if (objective_open) {
    all.objective = OG_OBJECTIVE_ONE_VS_ALL;
    all.dim = options->dim; /* it may be part of the set's name */
    all.neighbours = options->neighbours;
    OG_GO(og_embed_decide(graph, &all, err));
    OG_GO(choose_objective(&pilot, &all, options, &mrr, err));
  }
  if (options->n3 > 0) {
    OG_GO(choose_weight(&pilot, mrr, options, err));
  }
done:
  og_free(support.items);
  return status;
}
