#include "kg/embed.h"

#include "core/file.h"
#include "core/json.h"
#include "core/memory.h"
#include "kg/answer_counts.h"
#include "kg/embed_bias_fit.h"
#include "kg/embed_defaults.h"
#include "kg/embed_extend.h"
#include "kg/embed_names.h"
#include "kg/embed_parameters.h"
#include "kg/embed_pilot.h"
#include "kg/embed_train.h"
#include "kg/graph_hash.h"
#include "kg/split.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
  MOST_HELD_OUT = 5000, /* edges in each of valid and test */
  HALVE_AFTER = 2,      /* evaluations without a better MRR, before the learning rate is halved */
  SCORE_BYTES = 128 << 20
};

/* Of a streamed training: a question with answers that are a larger share of all entities has them
 * hidden among its negatives. */
static const double rare = 1e-4;

/* Products of a query, an entity and a coordinate in a step that one thread makes alone: it does
 * so within a millisecond. */
static const double small_step = 1e7;

/* ---- a training run ---- */

/* The best state seen, and how to come to it again. */
typedef struct Best {
  float *entities, *relations; /* copies; NULL when none is kept */
  double mrr;
  int epoch; /* 0: none yet */
} Best;

/* Where the loop over epochs stands. */
typedef struct Course {
  double rate;
  int worse; /* evaluations since the best */
  int epoch; /* the last one done */
  bool stop; /* patience is over */
  double seconds, loss;
} Course;

/* What a state begins with: what is known before the training, whose parts depend on it. */
typedef struct Opening {
  OgPilotTrials trials;
  char mark[OG_SHA256_HEX_SIZE]; /* of what they chose; "": the training has not begun */
} Opening;

typedef struct Run {
  OgStore *store; /* that the graph comes from; NULL: from text */
  OgEmbedModel model;
  const OgTripleGraph *graph;
  OgTriples train;       /* borrowed items */
  OgQueries queries;     /* of train (OgTrainInput) */
  OgEdgeStream *stream;  /* train in a file; NULL: it is in memory */
  OgQueries valid, test; /* what is asked */
  OgQueries known;       /* every right answer to these */
  OgQueries told;        /* those that train says */
  OgAnswerBias bias;     /* of train, fitted to valid */
  bool biased;           /* there is one */
  OgEmbedOptions options;
  OgTeam *team;
  const OgProgress *progress;
  OgEmbedReport *report;
  Best best;
  double *rates; /* (epochs) learning rate of each epoch */
  Course course;
  double saved; /* when the state was */
  double asked; /* when a stop was that waits for an epoch's end; 0: none */
  Opening opening;
  char mark[OG_SHA256_HEX_SIZE]; /* of the state: what the training depends on */
} Run;

static void close_best(Run *run) {
  og_free_floats(run->best.entities);
  og_free_floats(run->best.relations);
  run->best.entities = run->best.relations = NULL;
}

static void run_clear(Run *run) {
  og_embed_model_clear(&run->model);
  og_queries_clear(&run->queries);
  og_edge_stream_free(run->stream);
  og_queries_clear(&run->valid);
  og_queries_clear(&run->test);
  og_queries_clear(&run->known);
  og_queries_clear(&run->told);
  og_bias_clear(&run->bias);
  close_best(run);
  og_free(run->rates);
  og_team_free(run->team);
}

/* Whether a step is so short that threads would spend more time in waiting for one another. */
static bool is_small(const Run *run) {
  const OgEmbedOptions *options = &run->options;
  const size_t others =
      options->objective == OG_OBJECTIVE_NEGATIVES ? options->negatives : options->sample;
  return (double)options->batch * (double)others * (double)options->dim < small_step;
}

/* What is asked of valid and test, and the right answers. */
static OgStatus group_held_out(Run *run, OgError *err) {
  const unsigned all = (1u << OG_PARTS) - 1;
  const OgTripleGraph *graph = run->graph;
  OgQueries asked = {0};
  OgStatus status;
  OG_GO(og_queries_new(graph, 1u << OG_VALID, false, &run->valid, err));
  OG_GO(og_queries_new(graph, 1u << OG_TEST, false, &run->test, err));
  OG_GO(og_queries_new(graph, 1u << OG_VALID | 1u << OG_TEST, false, &asked, err));
  OG_GO(og_queries_known(graph, all, &asked, &run->known, err));
  OG_GO(og_queries_known(graph, 1u << OG_TRAIN, &asked, &run->told, err));
done:
  og_queries_clear(&asked);
  return status;
}

/* Where the file of a stream goes; the caller's. */
static char *choose_directory(const Run *run) {
  return run->store ? og_path_directory(og_store_path(run->store)) : og_strdup("/tmp");
}

/* The edges of train into a file, and the questions that are filtered all the same. */
static OgStatus stream_edges(Run *run, OgError *err) {
  const OgTripleGraph *graph = run->graph;
  const bool neighbours = run->options.neighbours > 0;
  const size_t least = (size_t)(rare * (double)graph->N);
  OgAnswerCounts counts = {0};
  char *directory = choose_directory(run);
  OgStatus status = directory ? OG_OK : og_error_no_memory(err);
  OG_GO(status);
  OG_GO(og_answers_count(graph, run->progress, &counts, err));
  OG_GO(og_answers_frequent(graph, &counts, least, neighbours, &run->queries,
                            &run->report->unfiltered, err));
  const uint32_t *const answers[] = {counts.tails, counts.heads};
  status = og_edge_stream_new(&run->train, answers, directory, run->options.seed, run->progress,
                              &run->stream, err);
done:
  og_answers_clear(&counts);
  og_free(directory);
  return status;
}

/* What a training looks up of its edges. */
static OgStatus group_edges(Run *run, OgError *err) {
  run->train = run->graph->parts[OG_TRAIN];
  og_queries_clear(&run->queries);
  og_edge_stream_free(run->stream);
  run->stream = NULL;
  return run->options.streamed == OG_CHOICE_YES
             ? stream_edges(run, err)
             : og_queries_new(run->graph, 1u << OG_TRAIN, run->options.neighbours > 0,
                              &run->queries, err);
}

static OgStatus run_init(Run *run, OgError *err) {
  run->rates = OG_NEW_ARRAY(double, (size_t)run->options.epochs);
  if (!run->rates) {
    return og_error_no_memory(err);
  }
  OG_TRY(og_team_new(run->options.threads == 0 && is_small(run) ? 1 : run->options.threads,
                     &run->team, err));
  run->options.threads = og_team_size(run->team);
  return group_held_out(run, err);
}

static void copy_parameters(float *entities, float *relations, const OgEmbedModel *from) {
  memcpy(entities, from->entities, from->N * from->D * sizeof *entities);
  memcpy(relations, from->relations, from->RR * from->RD * sizeof *relations);
}

/* Room for the best state, when one is going to be kept. */
static OgStatus open_best(Run *run, OgError *err) {
  const OgEmbedModel *model = &run->model;
  if (run->options.patience == 0 || run->valid.count == 0) {
    return OG_OK;
  }
  run->best.entities = og_calloc_floats(model->N * model->D);
  run->best.relations = og_calloc_floats(model->RR * model->RD);
  return run->best.entities && run->best.relations ? OG_OK : og_error_no_memory(err);
}

static void keep_best(Run *run, double mrr, int epoch) {
  copy_parameters(run->best.entities, run->best.relations, &run->model);
  run->best.mrr = mrr;
  run->best.epoch = epoch;
}

static void restore_best(Run *run) {
  const OgEmbedModel *model = &run->model;
  memcpy(model->entities, run->best.entities, model->N * model->D * sizeof *model->entities);
  memcpy(model->relations, run->best.relations, model->RR * model->RD * sizeof *model->relations);
}

static OgStatus rank(Run *run, const OgQueries *asked, OgRanking *ranking, OgError *err) {
  const double start = og_seconds();
  OG_TRY(og_embed_rank(&run->model, asked, &run->known, run->biased ? &run->bias : NULL, run->team,
                       run->progress, ranking, err));
  run->report->evaluation_seconds += og_seconds() - start;
  return OG_OK;
}

/* Rank valid after an epoch: keep the state, or lose patience. */
static OgStatus consider(Run *run, OgEmbedTrainer *trainer, OgError *err) {
  OgRanking ranking;
  Course *course = &run->course;
  OG_TRY(rank(run, &run->valid, &ranking, err));
  og_embed_trainer_show(trainer, ranking.mrr);
  if (run->best.epoch == 0 || ranking.mrr > run->best.mrr) {
    course->worse = 0;
    keep_best(run, ranking.mrr, course->epoch);
    return OG_OK;
  }
  course->worse++;
  if (course->worse % HALVE_AFTER == 0) {
    course->rate /= 2;
  }
  course->stop = course->worse >= run->options.patience;
  return OG_OK;
}

static OgStatus broken(Run *run, int epoch, OgError *err) {
  if (run->best.epoch == 0) {
    return og_error_set(err, OG_FAILED,
                        "training broke down in epoch %d: the loss is not a number; try a smaller "
                        "learning rate than %g",
                        epoch, run->options.learning_rate);
  }
  og_progress_warn(run->progress,
                   "training broke down in epoch %d: the loss is not a number; kept epoch %d; a "
                   "smaller learning rate than %g may help",
                   epoch, run->best.epoch, run->options.learning_rate);
  run->report->stop = OG_STOP_NAN;
  return OG_OK;
}

/* ---- the state in a file ---- */

enum { MOST_PARTS = 9 + OG_TRAINER_PARTS };

static size_t list_parts(Run *run, OgEmbedTrainer *trainer, OgStatePart parts[MOST_PARTS]) {
  const OgEmbedModel *model = &run->model;
  const size_t entities = model->N * model->D * sizeof(float);
  const size_t relations = model->RR * model->RD * sizeof(float);
  const OgStatePart own[] = {
      {&run->opening, sizeof run->opening},
      {model->entities, entities},
      {model->relations, relations},
      {run->best.entities, run->best.entities ? entities : 0},
      {run->best.relations, run->best.entities ? relations : 0},
      {&run->best.mrr, sizeof run->best.mrr},
      {&run->best.epoch, sizeof run->best.epoch},
      {&run->course, sizeof run->course},
      {run->rates, (size_t)run->options.epochs * sizeof *run->rates},
  };
  memcpy(parts, own, sizeof own);
  return OG_COUNT(own) + og_embed_trainer_parts(trainer, parts + OG_COUNT(own));
}

static void hash_options(OgSha256 *sha, const OgEmbedOptions *used) {
  const double numbers[] = {(double)used->dim,
                            (double)used->objective,
                            (double)used->optimiser,
                            (double)used->reciprocal,
                            (double)used->epochs,
                            (double)used->batch,
                            used->learning_rate,
                            used->cool_down,
                            used->n3,
                            (double)used->sample,
                            used->relation_prediction,
                            (double)used->bernoulli,
                            used->dropout,
                            (double)used->negatives,
                            used->margin,
                            used->temperature,
                            used->negatives_weight,
                            used->neighbours,
                            (double)used->evaluate_every,
                            (double)used->patience,
                            (double)used->streamed,
                            (double)used->threads};
  og_sha256_add(sha, used->model, strlen(used->model));
  og_sha256_add(sha, &used->seed, sizeof used->seed);
  og_sha256_add(sha, numbers, sizeof numbers);
}

/* The mark of a state: everything that a training depends on, its short trainings included, for
 * which it matters what was given. */
static void mark_run(Run *run, const OgEmbedOptions *given) {
  const double numbers[] = {(double)given->objective, given->n3, given->seconds,
                            (double)run->graph->N, (double)run->graph->R};
  OgSha256 sha;
  og_sha256_init(&sha);
  hash_options(&sha, &run->options);
  og_sha256_add(&sha, numbers, sizeof numbers);
  for (int part = 0; part < OG_PARTS; part++) {
    const OgTriples *triples = &run->graph->parts[part];
    og_sha256_add(&sha, &triples->count, sizeof triples->count);
    if (triples->count > 0) {
      og_sha256_add(&sha, triples->items, triples->count * sizeof *triples->items);
    }
  }
  og_sha256_hex(&sha, run->mark);
}

/* The mark of what the short trainings chose, and of the threads. */
static void mark_choice(const Run *run, char mark[OG_SHA256_HEX_SIZE]) {
  OgSha256 sha;
  og_sha256_init(&sha);
  hash_options(&sha, &run->options);
  og_sha256_hex(&sha, mark);
}

/* Numbers that index arrays come out of the file: its checksum keeps accidents out, not intent. */
static OgStatus check_place(const Run *run, OgError *err) {
  const int epoch = run->course.epoch;
  if (epoch < 0 || epoch > run->options.epochs || run->best.epoch < 0 || run->best.epoch > epoch) {
    return og_error_set(err, OG_BAD_STORE,
                        "%s stops in epoch %d and keeps epoch %d, but there are epochs 1 to %d; "
                        "delete it to train anew",
                        run->options.state, epoch, run->best.epoch, run->options.epochs);
  }
  return OG_OK;
}

/* What a state, when there is one, knows before the training. */
static OgStatus load_opening(Run *run, OgError *err) {
  const OgStatePart part = {&run->opening, sizeof run->opening};
  if (!og_file_exists(run->options.state)) {
    return OG_OK;
  }
  OG_TRY(og_embed_state_load(run->options.state, run->mark, &part, 1, err));
  const int count = run->opening.trials.count;
  return count >= 0 && count <= OG_PILOT_TRIALS ? OG_OK
                                                : og_embed_state_foreign(run->options.state, err);
}

static OgStatus load_state(Run *run, OgEmbedTrainer *trainer, OgError *err) {
  OgStatePart parts[MOST_PARTS];
  char mark[OG_SHA256_HEX_SIZE];
  if (!run->options.state) {
    return OG_OK;
  }
  const bool begun = run->opening.mark[0] != '\0';
  run->saved = og_seconds();
  mark_choice(run, mark);
  if (begun && memcmp(mark, run->opening.mark, sizeof mark) != 0) {
    return og_embed_state_foreign(run->options.state, err);
  }
  memcpy(run->opening.mark, mark, sizeof mark);
  if (!begun) {
    return OG_OK;
  }
  const size_t count = list_parts(run, trainer, parts);
  OG_TRY(og_embed_state_load(run->options.state, run->mark, parts, count, err));
  return check_place(run, err);
}

/* After a short training: keep what it said. */
static OgStatus keep_trials(void *data, const OgPilotTrials *trials, OgError *err) {
  Run *run = data;
  const OgStatePart part = {&run->opening, sizeof run->opening};
  run->opening.trials = *trials;
  return og_embed_state_save(run->options.state, run->mark, &part, 1, err);
}

/* Choose by short trainings what the options leave open; a state keeps what they said. */
static OgStatus run_pilot(Run *run, const OgEmbedOptions *given, OgError *err) {
  OgPilotRecord record = {.data = run};
  if (run->options.state) {
    mark_run(run, given);
    OG_TRY(load_opening(run, err));
    record.trials = run->opening.trials;
    record.keep = keep_trials;
  }
  const OgStatus status =
      og_embed_pilot(run->graph, given, run->progress, &record, &run->options, err);
  return status == OG_CANCELLED && run->options.state
             ? og_error_set(err, OG_CANCELLED,
                            "stopped on request while settings were tried; to go on, give the same "
                            "command, with --resume %s",
                            run->options.state)
             : status;
}

/* At an epoch's end, when it is time or the training is going to stop. */
static OgStatus save_state(Run *run, OgEmbedTrainer *trainer, OgError *err) {
  OgStatePart parts[MOST_PARTS];
  const bool due = run->asked > 0 || og_seconds() - run->saved >= run->options.state_every;
  if (!run->options.state || !due) {
    return OG_OK;
  }
  const size_t count = list_parts(run, trainer, parts);
  OG_TRY(og_embed_state_save(run->options.state, run->mark, parts, count, err));
  run->saved = og_seconds();
  return OG_OK;
}

/* ---- stopping ---- */

/* A training that is kept in a file stops at an epoch's end, where it can be saved: this relay
 * remembers that a stop was asked for. A long epoch is broken off after all, since it is not worth
 * the wait: where epochs are long, the end of each is saved. */
typedef struct Relay {
  Run *run;
  const OgProgress *outer;
  OgProgress progress;
} Relay;

static bool relay_report(void *data, const char *stage, double done, double total,
                         const char *detail) {
  static const double longest_wait = 10; /* seconds */
  const Relay *relay = data;
  Run *run = relay->run;
  if (og_progress_report(relay->outer, stage, done, total, detail, NULL) == OG_CANCELLED &&
      run->asked <= 0) {
    run->asked = og_seconds();
  }
  return run->asked <= 0 || og_seconds() - run->asked < longest_wait;
}

static void relay_warning(void *data, const char *message) {
  const Relay *relay = data;
  og_progress_warn(relay->outer, "%s", message);
}

static OgStatus stopped(const Run *run, OgError *err) {
  return og_error_set(err, OG_CANCELLED,
                      "stopped on request after epoch %d; to go on, give the same command, with "
                      "--resume %s",
                      run->course.epoch, run->options.state);
}

/* ---- the loop ---- */

/* The learning rate of the next epoch. */
static double rate_of(const Run *run) {
  const OgEmbedOptions *options = &run->options;
  const double left = options->epochs - run->course.epoch;
  const double cooled = options->cool_down * options->epochs;
  return left < cooled ? run->course.rate * left / cooled : run->course.rate;
}

/* One epoch, and what follows from it. */
static OgStatus run_epoch(Run *run, OgEmbedTrainer *trainer, OgError *err) {
  const OgEmbedOptions *options = &run->options;
  Course *course = &run->course;
  const double start = og_seconds();
  const double rate = rate_of(run);
  run->rates[course->epoch] = rate;
  OG_TRY(og_embed_trainer_epoch(trainer, rate, run->progress, &course->loss, err));
  course->epoch++;
  course->seconds += og_seconds() - start;
  if (!isfinite(course->loss)) {
    return OG_OK;
  }
  const bool last = course->epoch == options->epochs ||
                    (options->seconds > 0 && course->seconds >= options->seconds);
  const bool due = last || course->epoch % options->evaluate_every == 0;
  if (options->patience > 0 && run->valid.count > 0 && due) {
    OG_TRY(consider(run, trainer, err));
  }
  return save_state(run, trainer, err);
}

/* Epochs until one of the reasons of OgStop. */
static OgStatus run_epochs(Run *run, OgEmbedTrainer *trainer, OgError *err) {
  const OgEmbedOptions *options = &run->options;
  Course *course = &run->course;
  OgEmbedReport *report = run->report;
  *course = (Course){.rate = options->learning_rate};
  OG_TRY(load_state(run, trainer, err));
  report->stop = OG_STOP_EPOCHS;
  while (report->stop == OG_STOP_EPOCHS && !course->stop && course->epoch < options->epochs) {
    OG_TRY(run_epoch(run, trainer, err));
    if (run->asked > 0 && isfinite(course->loss)) {
      return stopped(run, err);
    }
    if (!isfinite(course->loss)) {
      OG_TRY(broken(run, course->epoch, err));
    } else if (options->seconds > 0 && course->seconds >= options->seconds) {
      report->stop = OG_STOP_SECONDS;
    }
  }
  if (course->stop) {
    report->stop = OG_STOP_PATIENCE;
  }
  report->epochs = course->epoch;
  report->seconds = course->seconds;
  report->loss = course->loss;
  return OG_OK;
}

/* known[n] = train has an edge of the entity. */
static void mark_known(const OgTriples *train, bool *known) {
  for (size_t k = 0; k < train->count; k++) {
    known[train->items[k].head] = known[train->items[k].tail] = true;
  }
}

/* Where entities have names, what these say of the ones that are not known. *prior (N, D) is the
 * caller's; NULL: nothing. */
static OgStatus ask_names(Run *run, const bool *known, float **prior, OgError *err) {
  const OgEmbedModel *model = &run->model;
  double told;
  if (!run->store) {
    return OG_OK;
  }
  *prior = og_calloc_floats(model->N * model->D);
  return *prior ? og_name_prior(run->store, run->graph->entity_ids, model->entities, model->N,
                                model->D, known, run->options.seed, run->team, run->progress,
                                *prior, &told, err)
                : og_error_no_memory(err);
}

/* Give vectors to entities that train lacks: ranks test with those of the baselines, and leaves
 * what training makes of them. */
static OgStatus extend(Run *run, OgError *err) {
  const OgExtendInput input = {&run->model, run->graph, &run->options, run->team, run->progress};
  OgEmbedReport *report = run->report;
  const size_t N = run->graph->N;
  bool *known = OG_NEW_ARRAY(bool, N), *placed = OG_NEW_ARRAY(bool, N);
  float *prior = NULL;
  OgStatus status = OG_OK;
  if (!known || !placed) {
    status = og_error_no_memory(err);
    goto done;
  }
  mark_known(&run->train, known);
  for (int placing = 0; placing < (int)OG_COUNT(report->baselines); placing++) {
    OG_GO(og_embed_place(&input, (OgPlacing)placing, known, placed, err));
    OG_GO(rank(run, &run->test, &report->baselines[placing], err));
  }
  OG_GO(ask_names(run, known, &prior, err));
  OG_GO(og_embed_extend(&input, known, prior, placed, err));
  for (size_t n = 0; n < N; n++) {
    report->added += placed[n] && !known[n];
  }
done:
  og_free(known);
  og_free(placed);
  og_free_floats(prior);
  return status;
}

static OgTrainInput train_input(Run *run, const char *stage, int epochs) {
  return (OgTrainInput){.model = &run->model,
                        .triples = &run->train,
                        .queries = &run->queries,
                        .stream = run->stream,
                        .options = &run->options,
                        .team = run->team,
                        .stage = stage,
                        .epochs = epochs,
                        .score_bytes = SCORE_BYTES};
}

/* Train on the graph's train part, and leave the best state. */
static OgStatus train(Run *run, const OgScoreModel *row, OgError *err) {
  OgEmbedReport *report = run->report;
  OgEmbedTrainer *trainer = NULL;
  OG_TRY(og_embed_model_init(&run->model, row, run->graph->N, run->graph->R, &run->options,
                             run->progress, err));
  OG_TRY(open_best(run, err));
  const OgTrainInput input = train_input(run, "training", run->options.epochs);
  OG_TRY(og_embed_trainer_new(&input, &trainer, err));
  Relay relay = {run, run->progress, {relay_report, relay_warning, &relay}};
  run->progress = run->options.state ? &relay.progress : relay.outer;
  const OgStatus status = run_epochs(run, trainer, err);
  run->progress = relay.outer;
  og_embed_trainer_free(trainer);
  OG_TRY(status);
  report->best_epoch = report->epochs;
  if (run->best.epoch > 0) {
    report->best_epoch = run->best.epoch;
    restore_best(run);
  }
  close_best(run);
  return OG_OK;
}

/* Warn of vectors that rank valid as chance would: 1/rank has the mean H(N)/N, about (ln N + γ)/N,
 * when all ranks from 1 to N are alike, and somewhat more as known answers take no rank. */
static void warn_of_guesses(const Run *run, const OgRanking *ranking) {
  enum {
    LEAST = 30, /* fewer queries tell nothing */
    FEW = 20    /* of fewer entities any rank is high */
  };
  static const double gamma = 0.5772156649, somewhat = 1.5;
  const double N = (double)run->model.N, guessed = (log(N) + gamma) / N;
  if (ranking->queries >= LEAST && run->model.N >= FEW &&
      ranking->vectors_mrr < guessed * somewhat) {
    og_progress_warn(run->progress,
                     "the vectors rank the held-out edges of valid hardly better than guessing "
                     "would: MRR %.2g, by guessing %.2g; a smaller learning rate than %g, or the "
                     "default settings, may help",
                     ranking->vectors_mrr, guessed, run->options.learning_rate);
  }
}

/* What train says of answers beside their vectors, fitted to valid. A streamed training has no
 * lists of its edges to look it up in. Entities that train lacks are never taken, and nothing that
 * holds of others says what that means: where they are asked for, b is 0. */
static OgStatus fit_bias(Run *run, OgError *err) {
  if (run->options.vectors_alone || run->stream || run->valid.count == 0) {
    return OG_OK;
  }
  const double start = og_seconds();
  OG_TRY(og_bias_init(&run->queries, &run->bias, err));
  run->biased = true;
  if (run->options.split == OG_SPLIT_EDGES) {
    OG_TRY(og_bias_fit(&run->bias, &run->model, &run->valid, &run->known, run->team, run->progress,
                       err));
  }
  run->report->evaluation_seconds += og_seconds() - start;
  return OG_OK;
}

/* Rank valid and test; and calibrate what is going to be used. */
static OgStatus measure(Run *run, bool used, OgError *err) {
  OgEmbedReport *report = run->report;
  OG_TRY(fit_bias(run, err));
  if (run->valid.count > 0) {
    OG_TRY(rank(run, &run->valid, &report->valid_ranking, err));
    warn_of_guesses(run, &report->valid_ranking);
  }
  if (run->options.split != OG_SPLIT_EDGES) {
    OG_TRY(extend(run, err));
  }
  if (run->test.count > 0) {
    OG_TRY(rank(run, &run->test, &report->test_ranking, err));
  }
  if (used && run->valid.count > 0) {
    OG_TRY(og_embed_calibrate(&run->model, run->biased ? &run->bias : NULL, &run->told, &run->valid,
                              &run->test, &report->calibration, err));
  }
  return OG_OK;
}

/* Held-out edges become edges to train on. */
static OgStatus join_parts(OgTripleGraph *graph, OgError *err) {
  OgTriples *train = &graph->parts[OG_TRAIN];
  for (int part = OG_VALID; part < OG_PARTS; part++) {
    for (size_t k = 0; k < graph->parts[part].count; k++) {
      OG_TRY(og_triples_add(train, graph->parts[part].items[k], err));
    }
    graph->parts[part].count = 0;
  }
  return OG_OK;
}

/* The epochs of a refit; *broken_epoch: in which the loss was not a number; 0: in none. */
static OgStatus repeat_epochs(Run *run, int *broken_epoch, OgError *err) {
  const int epochs = run->report->best_epoch;
  const OgTrainInput input = train_input(run, "training on all edges", epochs);
  OgEmbedTrainer *trainer = NULL;
  OG_TRY(og_embed_trainer_new(&input, &trainer, err));
  OgStatus status = OG_OK;
  *broken_epoch = 0;
  for (int epoch = 1; epoch <= epochs && status == OG_OK && *broken_epoch == 0; epoch++) {
    double loss;
    status = og_embed_trainer_epoch(trainer, run->rates[epoch - 1], run->progress, &loss, err);
    *broken_epoch = status == OG_OK && !isfinite(loss) ? epoch : 0;
  }
  og_embed_trainer_free(trainer);
  return status;
}

/* Train anew on all edges, for as many epochs and with the rates that led to the best state. When
 * that breaks down, the state that was measured is kept. */
static OgStatus refit(Run *run, OgTripleGraph *graph, const OgScoreModel *row, OgError *err) {
  OgEmbedModel measured = run->model;
  int broken_epoch = 0;
  OgStatus status;
  run->model = (OgEmbedModel){0};
  run->bias.train = NULL; /* its lists are replaced; what was fitted is stored */
  OG_GO(join_parts(graph, err));
  OG_GO(group_edges(run, err));
  OG_GO(
      og_embed_model_init(&run->model, row, graph->N, graph->R, &run->options, run->progress, err));
  OG_GO(repeat_epochs(run, &broken_epoch, err));
  run->report->refitted = broken_epoch == 0;
  if (broken_epoch > 0) {
    og_progress_warn(run->progress,
                     "training on all edges broke down in epoch %d: the loss is not a number; kept "
                     "what was measured, which knows no held-out edge; a smaller learning rate "
                     "than %g may help",
                     broken_epoch, run->options.learning_rate);
    og_embed_model_clear(&run->model);
    run->model = measured;
    measured = (OgEmbedModel){0};
  }
done:
  og_embed_model_clear(&measured);
  return status;
}

/* ---- the report and the set ---- */

/* Edges of valid and test with an entity or relation that no edge of train has. */
static OgStatus count_unseen(const OgTripleGraph *graph, size_t *unseen, OgError *err) {
  const OgTriples *train = &graph->parts[OG_TRAIN];
  bool *entities = OG_NEW_ARRAY(bool, graph->N), *relations = OG_NEW_ARRAY(bool, graph->R);
  OgStatus status = OG_OK;
  if (!entities || !relations) {
    status = og_error_no_memory(err);
    goto done;
  }
  mark_known(train, entities);
  for (size_t k = 0; k < train->count; k++) {
    relations[train->items[k].relation] = true;
  }
  for (int part = OG_VALID; part <= OG_TEST; part++) {
    for (size_t k = 0; k < graph->parts[part].count; k++) {
      const OgTriple *triple = &graph->parts[part].items[k];
      *unseen += !entities[triple->head] || !entities[triple->tail] || !relations[triple->relation];
    }
  }
done:
  og_free(entities);
  og_free(relations);
  return status;
}

static OgStatus describe_graph(Run *run, OgError *err) {
  const OgTripleGraph *graph = run->graph;
  OgEmbedReport *report = run->report;
  report->entities = graph->N;
  report->relations = graph->R;
  report->train = graph->parts[OG_TRAIN].count;
  report->valid = graph->parts[OG_VALID].count;
  report->test = graph->parts[OG_TEST].count;
  report->support = graph->parts[OG_SUPPORT].count;
  report->edges = report->train + report->valid + report->test + report->support;
  report->used = run->options;
  report->used.name = report->set_name;
  OG_TRY(count_unseen(graph, &report->unseen, err));
  if (report->unseen > 0 && run->options.split == OG_SPLIT_EDGES) {
    og_progress_warn(run->progress,
                     "%zu of %zu held-out edges have an entity or a relation that no training edge "
                     "has: they are ranked all the same",
                     report->unseen, report->valid + report->test);
  }
  return OG_OK;
}

static char *dump(json_t *json) {
  char *text = json ? json_dumps(json, JSON_COMPACT) : NULL;
  char *copy = text ? og_strdup(text) : NULL;
  free(text);
  json_decref(json);
  return copy;
}

static json_t *ranking_json(const OgRanking *ranking) {
  return json_pack("{s:I, s:f, s:f, s:f, s:f, s:f, s:f}", "queries", (json_int_t)ranking->queries,
                   "mrr", ranking->mrr, "hits@1", ranking->hits1, "hits@3", ranking->hits3,
                   "hits@10", ranking->hits10, "mean_rank", ranking->mean_rank, "vectors_mrr",
                   ranking->vectors_mrr);
}

/* What is added to the scores of answers that are taken: a row a relation for which it is not 0. */
static json_t *bias_json(const Run *run) {
  const size_t R = run->model.R;
  const int64_t *ids = run->graph->relation_ids;
  json_t *rows = json_array();
  int failed = 0;
  for (size_t r = 0; run->biased && r < R; r++) {
    const float tails = run->bias.shifts[r], heads = run->bias.shifts[R + r];
    if (tails != 0 || heads != 0) {
      failed |= json_array_append_new(
          rows, json_pack("{s:I, s:f, s:f}", "relation", (json_int_t)(ids ? ids[r] : (int64_t)r),
                          "tails", (double)tails, "heads", (double)heads));
    }
  }
  return failed ? (json_decref(rows), NULL) : rows;
}

static json_t *curve_json(const OgCurve *curve) {
  json_t *points = json_array();
  int failed = 0;
  for (size_t k = 0; k < curve->count; k++) {
    failed |= json_array_append_new(points, json_pack("{s:f, s:f}", "x", curve->points[k].x,
                                                      "probability", curve->points[k].probability));
  }
  return failed ? (json_decref(points), NULL) : points;
}

/* A row a bin: how many candidates, their mean probability, the share that was right. */
static json_t *reliability_json(const OgCalibration *calibration) {
  json_t *bins = json_array();
  int failed = 0;
  for (int bin = 0; bin < OG_RELIABILITY_BINS; bin++) {
    failed |= json_array_append_new(bins, json_pack("{s:I, s:f, s:f}", "candidates",
                                                    (json_int_t)calibration->bins[bin].candidates,
                                                    "predicted", calibration->bins[bin].predicted,
                                                    "observed", calibration->bins[bin].observed));
  }
  return failed ? (json_decref(bins), NULL) : bins;
}

static json_t *calibration_json(const OgCalibration *calibration) {
  return json_pack("{s:I, s:o, s:o}", "candidates", (json_int_t)calibration->candidates, "curve",
                   curve_json(&calibration->curve), "reliability", reliability_json(calibration));
}

/* The figures of test, if there are any, with those of valid inside; {} when nothing was held out.
 */
static char *metrics_json(const Run *run) {
  const OgEmbedReport *report = run->report;
  if (report->valid_ranking.queries + report->test_ranking.queries == 0) {
    return og_strdup("{}");
  }
  json_t *json =
      report->test_ranking.queries > 0 ? ranking_json(&report->test_ranking) : json_object();
  int failed = json_object_set_new(json, "valid", ranking_json(&report->valid_ranking));
  if (report->calibration.candidates > 0) {
    failed |= json_object_set_new(json, "calibration", calibration_json(&report->calibration));
  }
  failed |= json_object_set_new(json, "answer_bias", bias_json(run));
  failed |= json_object_set_new(json, "held_out_edges", json_integer((json_int_t)report->test));
  failed |= json_object_set_new(
      json, "measured",
      json_string(report->refitted ? "before training on all edges" : "as stored"));
  if (failed) {
    json_decref(json);
    return NULL;
  }
  return dump(json);
}

/* (count) the graph's own ids, or 0, 1, 2, … when it was read from text. */
static int64_t *copy_ids(const int64_t *ids, size_t count) {
  int64_t *copy = OG_NEW_ARRAY(int64_t, count);
  for (size_t k = 0; copy && k < count; k++) {
    copy[k] = ids ? ids[k] : (int64_t)k;
  }
  return copy;
}

/* Relation r and, with reciprocal, its reverse side by side. */
static void copy_relations(const OgEmbedModel *model, OgVectors *vectors) {
  for (size_t r = 0; r < model->R; r++) {
    float *to = vectors->relation_values + r * vectors->RD;
    memcpy(to, model->relations + r * model->RD, model->RD * sizeof *to);
    if (model->reciprocal) {
      memcpy(to + model->RD, model->relations + (model->R + r) * model->RD, model->RD * sizeof *to);
    }
  }
}

static OgStatus make_vectors(const Run *run, OgVectors *vectors, OgError *err) {
  const OgEmbedModel *model = &run->model;
  OgVectors made = {.name = og_strdup(run->report->set_name),
                    .model = og_strdup(run->report->used.model),
                    .parameters = og_embed_parameters(run->report),
                    .metrics = metrics_json(run),
                    .N = model->N,
                    .D = model->D,
                    .R = model->R,
                    .RD = model->reciprocal ? 2 * model->RD : model->RD};
  made.entities = copy_ids(run->graph->entity_ids, made.N);
  made.relations = copy_ids(run->graph->relation_ids, made.R);
  made.values = og_calloc_floats(made.N * made.D);
  made.relation_values = og_calloc_floats(made.R * made.RD);
  if (!made.name || !made.model || !made.parameters || !made.metrics || !made.entities ||
      !made.relations || !made.values || !made.relation_values) {
    og_vectors_clear(&made);
    return og_error_no_memory(err);
  }
  memcpy(made.values, model->entities, made.N * made.D * sizeof *made.values);
  copy_relations(model, &made);
  *vectors = made;
  return OG_OK;
}

static void name_set(const OgEmbedOptions *options, OgEmbedReport *report) {
  if (options->name) {
    snprintf(report->set_name, sizeof report->set_name, "%s", options->name);
  } else {
    snprintf(report->set_name, sizeof report->set_name, "%s-%zu", options->model, options->dim);
  }
}

/* What has gone to a file is not looked at any more. */
static void drop_edges(Run *run, OgTripleGraph *graph) {
  og_free(graph->parts[OG_TRAIN].items);
  graph->parts[OG_TRAIN] = run->train = (OgTriples){0};
}

static OgStatus check_edges(size_t edges, OgError *err) {
  return edges > 0 ? OG_OK
                   : og_error_set(err, OG_NOT_FOUND,
                                  "there are no edges to learn from: expected triples with two "
                                  "different entities; `ontograft info` shows what was imported");
}

/* Before the work: may the set take its place? store NULL: it is not stored. */
static OgStatus check_free(OgStore *store, const OgEmbedOptions *options, const char *name,
                           const OgProgress *progress, OgError *err) {
  const bool resumed = options->state && og_file_exists(options->state);
  return store && options->keep && !resumed ? og_vectors_check_place(store, name, progress, err)
                                            : OG_OK;
}

/* What both entries share: graph is cut into parts already. all: NULL, or the same graph to refit
 * on. */
static OgStatus train_graph(OgStore *store, const OgTripleGraph *graph, OgTripleGraph *all,
                            const OgEmbedOptions *options, const OgProgress *progress,
                            OgVectors *vectors, OgEmbedReport *report, OgError *err) {
  const OgScoreModel *row;
  Run run = {
      .store = store, .graph = graph, .options = *options, .progress = progress, .report = report};
  *report = (OgEmbedReport){0};
  OG_TRY(check_edges(graph->parts[OG_TRAIN].count, err));
  OG_TRY(og_embed_choose(graph, all != NULL, &run.options, &row, err));
  name_set(&run.options, report);
  OgStatus status;
  OG_GO(check_free(store, &run.options, report->set_name, progress, err));
  OG_GO(run_pilot(&run, options, err));
  OG_GO(run_init(&run, err));
  OG_GO(describe_graph(&run, err));
  OG_GO(group_edges(&run, err));
  const bool again = all && run.options.refit == OG_CHOICE_YES && report->valid + report->test > 0;
  if (all && run.stream && !again && run.options.split == OG_SPLIT_EDGES) {
    drop_edges(&run, all);
  }
  OG_GO(train(&run, row, err));
  OG_GO(measure(&run, all != NULL, err));
  if (again) {
    OG_GO(refit(&run, all, row, err));
  }
  if (vectors) {
    OG_GO(make_vectors(&run, vectors, err));
  }
done:
  run_clear(&run);
  return status;
}

/* Once the result is safe, nothing is left to go on with. */
static void forget_state(const OgEmbedOptions *options) {
  if (options->state) {
    remove(options->state);
  }
}

OgStatus og_embed_graph(const OgTripleGraph *graph, const OgEmbedOptions *options,
                        const OgProgress *progress, OgVectors *vectors, OgEmbedReport *report,
                        OgError *err) {
  OgEmbedReport unwanted;
  OG_TRY(
      train_graph(NULL, graph, NULL, options, progress, vectors, report ? report : &unwanted, err));
  forget_state(options);
  return OG_OK;
}

/* Cut the graph into parts. */
static OgStatus hold_out(OgStore *store, const OgEmbedOptions *options, const OgProgress *progress,
                         OgTripleGraph *graph, OgError *err) {
  const double share = options->held_out < 0 ? og_embed_held_out : options->held_out;
  const bool edges = options->split == OG_SPLIT_EDGES;
  OgEdgeRules rules = {0};
  OgStore *older = NULL;
  OgStatus status;
  OG_GO(og_edge_rules_from_store(store, graph, &rules, err));
  if (options->split == OG_SPLIT_ENTITIES) {
    OG_GO(og_split_entities(graph, &rules, share, options->seed, err));
  } else if (options->split == OG_SPLIT_SINCE) {
    OG_GO(og_store_open(options->older, OG_STORE_READ, &older, err));
    OG_GO(og_split_since(store, older, &rules, graph, err));
  }
  status = og_split_edges(graph, &rules, edges ? OG_HOLD_OUT_VALID_AND_TEST : OG_HOLD_OUT_VALID,
                          share, MOST_HELD_OUT, options->seed, progress, err);
done:
  og_edge_rules_clear(&rules);
  og_store_close(older);
  return status;
}

OgStatus og_embed_read_graph(OgStore *store, const OgEmbedOptions *options,
                             const OgProgress *progress, OgTripleGraph *graph, OgError *err) {
  *graph = (OgTripleGraph){0};
  og_store_watch(store, progress, "reading the graph");
  OgStatus status = og_triples_from_store(store, graph, err);
  if (status == OG_OK) {
    status = hold_out(store, options, progress, graph, err);
  }
  if (status != OG_OK) {
    og_triple_graph_clear(graph);
  }
  og_store_watch(store, NULL, NULL);
  return status;
}

OgStatus og_embed(OgStore *store, const OgEmbedOptions *options, const OgProgress *progress,
                  OgEmbedReport *report, OgError *err) {
  OgEmbedReport unwanted;
  OgTripleGraph graph = {0};
  OgVectors vectors = {0};
  char hash[OG_SHA256_HEX_SIZE];
  report = report ? report : &unwanted;
  OgStatus status;
  og_store_watch(store, progress, "reading the graph");
  OG_GO(og_store_graph_hash(store, hash, err));
  OG_GO(og_embed_read_graph(store, options, progress, &graph, err));
  OG_GO(train_graph(store, &graph, &graph, options, progress, &vectors, report, err));
  memcpy(vectors.graph_hash, hash, sizeof hash);
  og_store_watch(store, progress, "storing vectors");
  OG_GO(og_vectors_save(store, &vectors, err));
  report->set = vectors.set;
  forget_state(options);
done:
  og_store_watch(store, NULL, NULL);
  og_vectors_clear(&vectors);
  og_triple_graph_clear(&graph);
  return status;
}
