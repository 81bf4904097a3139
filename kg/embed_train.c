#include "kg/embed_train.h"

#include "core/blas.h"
#include "core/memory.h"
#include "kg/embed_update.h"

#include <math.h>
#include <stdio.h>

struct OgEmbedTrainer {
  OgTrainInput in; /* triples are the window's where there is a stream */
  const OgTrainStep *objective;
  void *state;
  uint32_t *order; /* (most examples of the triples at a time) */
  uint64_t epoch;
  double examples; /* of one epoch, for progress */
  double valid;    /* MRR that progress shows; negative: none */
  double pairs;    /* of the epochs before this one, and the seconds that they took */
  double seconds;
};

/* What an epoch has come to. */
typedef struct Sums {
  double loss, pairs, examples;
  double start; /* on the clock of og_seconds */
  char detail[96];
} Sums;

/* Fill them in stretches: to draw the vectors of millions of entities takes a while. */
static OgStatus fill(OgEmbedModel *model, const OgEmbedOptions *options, const OgProgress *progress,
                     OgError *err) {
  enum { STRETCH = 1 << 16 };
  const float margin = (float)options->margin;
  OgRandom random;
  og_random_init(&random, options->seed);
  for (size_t from = 0, count; from < model->N; from += count) {
    OG_TRY(og_progress_report(progress, "drawing the first vectors", (double)from, (double)model->N,
                              "", err));
    count = model->N - from < STRETCH ? model->N - from : STRETCH;
    model->model->init(model->entities + from * model->D, count, NULL, 0, model->D, margin,
                       &random);
  }
  model->model->init(NULL, 0, model->relations, model->RR, model->D, margin, &random);
  return OG_OK;
}

OgStatus og_embed_model_init(OgEmbedModel *model, const OgScoreModel *row, size_t N, size_t R,
                             const OgEmbedOptions *options, const OgProgress *progress,
                             OgError *err) {
  const bool reciprocal = options->reciprocal == OG_CHOICE_YES;
  *model = (OgEmbedModel){.model = row,
                          .reciprocal = reciprocal,
                          .N = N,
                          .R = R,
                          .D = options->dim,
                          .RR = reciprocal ? 2 * R : R,
                          .RD = row->relation_size(options->dim)};
  size_t entity_floats, relation_floats;
  if (og_multiply(N, model->D, &entity_floats) &&
      og_multiply(model->RR, model->RD, &relation_floats)) {
    model->entities = og_calloc_floats(entity_floats);
    model->relations = og_calloc_floats(relation_floats);
  }
  if (!model->entities || !model->relations) {
    og_embed_model_clear(model);
    return og_error_no_memory(err);
  }
  const OgStatus status = fill(model, options, progress, err);
  if (status != OG_OK) {
    og_embed_model_clear(model);
  }
  return status;
}

void og_embed_neighbours_backward(const OgEmbedModel *model, float *de, const float *dq,
                                  const float *e) {
  if (model->model->neighbours_backward) {
    model->model->neighbours_backward(de, dq, e, model->D);
  } else {
    og_update_add(de, dq, model->D);
  }
}

void og_embed_draw(uint32_t *draws, size_t n, size_t N, uint64_t seed, uint64_t first) {
  const double part = (double)N / (double)n;
  for (size_t j = 0; j < n; j++) {
    const uint64_t bits = og_random_at(seed, first + j);
    const size_t drawn = (size_t)(part * ((double)j + (double)(bits >> 11) * 0x1p-53));
    draws[j] = (uint32_t)(drawn < N ? drawn : N - 1);
  }
}

void og_embed_model_clear(OgEmbedModel *model) {
  og_free_floats(model->entities);
  og_free_floats(model->relations);
  *model = (OgEmbedModel){0};
}

/* Room for the examples of all triples, or of a window's. */
static OgStatus open_order(OgEmbedTrainer *trainer, OgError *err) {
  const OgTrainInput *in = &trainer->in;
  const OgTriples most = {.count = in->stream ? og_edge_stream_most(in->stream) : 0};
  OgTrainInput largest = *in;
  largest.triples = in->stream ? &most : in->triples;
  const size_t count = trainer->objective->examples(&largest);
  if (count > UINT32_MAX) {
    return og_error_set(err, OG_USAGE, "expected at most %u training examples, found %zu",
                        UINT32_MAX, count);
  }
  trainer->order = OG_NEW_ARRAY(uint32_t, count);
  trainer->examples = (double)count;
  if (in->stream) {
    trainer->examples *= (double)og_edge_stream_count(in->stream) / (double)most.count;
  }
  return trainer->order ? OG_OK : og_error_no_memory(err);
}

OgStatus og_embed_trainer_new(const OgTrainInput *input, OgEmbedTrainer **trainer, OgError *err) {
  OgEmbedTrainer *made = OG_NEW(OgEmbedTrainer);
  if (!made) {
    return og_error_no_memory(err);
  }
  OgStatus status;
  made->in = *input;
  if (input->stream) {
    made->in.triples = og_edge_stream_triples(input->stream);
  }
  made->objective = input->options->objective == OG_OBJECTIVE_NEGATIVES ? &og_train_negatives
                                                                        : &og_train_one_vs_all;
  made->valid = -1;
  OG_GO(open_order(made, err));
  OG_GO(og_blas_reserve(og_team_size(input->team), err));
  OG_GO(made->objective->open(&made->in, &made->state, err));
  *trainer = made;
  made = NULL;
done:
  og_embed_trainer_free(made);
  return status;
}

void og_embed_trainer_free(OgEmbedTrainer *trainer) {
  if (!trainer) {
    return;
  }
  if (trainer->state) {
    trainer->objective->close(trainer->state);
  }
  og_free(trainer->order);
  og_free(trainer);
}

size_t og_embed_trainer_parts(OgEmbedTrainer *trainer, OgStatePart parts[OG_TRAINER_PARTS]) {
  parts[0] = (OgStatePart){&trainer->epoch, sizeof trainer->epoch};
  return 1 + trainer->objective->parts(trainer->state, parts + 1);
}

/* The examples of the triples in an order that depends on the seed alone; their number. */
static size_t shuffle(OgEmbedTrainer *trainer, uint64_t seed) {
  const size_t count = trainer->objective->examples(&trainer->in);
  OgRandom random;
  og_random_init(&random, seed);
  for (size_t k = 0; k < count; k++) {
    trainer->order[k] = (uint32_t)k;
  }
  og_random_shuffle(&random, trainer->order, count);
  return count;
}

void og_embed_trainer_show(OgEmbedTrainer *trainer, double valid) {
  trainer->valid = valid;
}

static void describe(const OgEmbedTrainer *trainer, Sums *sums) {
  const size_t size = sizeof sums->detail;
  int used = snprintf(sums->detail, size, "epoch %d", (int)trainer->epoch);
  if (sums->pairs > 0) {
    const double seconds = trainer->seconds + og_seconds() - sums->start;
    used += snprintf(sums->detail + used, size - (size_t)used, ", loss %.4f, %.0f pairs/s",
                     sums->loss / sums->pairs, (trainer->pairs + sums->pairs) / seconds);
  }
  if (sums->pairs > 0 && trainer->valid >= 0 && (size_t)used < size) {
    snprintf(sums->detail + used, size - (size_t)used, ", valid MRR %.3f", trainer->valid);
  }
}

/* Steps over the examples of the triples; a loss that is not finite ends them. */
static OgStatus run_steps(OgEmbedTrainer *trainer, uint64_t seed, double rate,
                          const OgProgress *progress, Sums *sums, OgError *err) {
  const OgTrainInput *in = &trainer->in;
  const double before = trainer->examples * ((double)trainer->epoch - 1);
  const size_t count = shuffle(trainer, seed);
  for (size_t from = 0, taken; from < count && isfinite(sums->loss); from += taken) {
    describe(trainer, sums);
    OG_TRY(og_progress_report(progress, in->stage, before + sums->examples,
                              trainer->examples * in->epochs, sums->detail, err));
    const uint32_t *order = trainer->order + from;
    taken = trainer->objective->take(trainer->state, order, count - from);
    trainer->objective->step(trainer->state, order, taken, rate, &sums->loss, &sums->pairs);
    sums->examples += (double)taken;
  }
  return OG_OK;
}

OgStatus og_embed_trainer_epoch(OgEmbedTrainer *trainer, double rate, const OgProgress *progress,
                                double *loss, OgError *err) {
  OgEdgeStream *stream = trainer->in.stream;
  const uint64_t seed = og_random_at(trainer->in.options->seed, ++trainer->epoch);
  Sums sums = {.start = og_seconds()};
  if (!stream) {
    OG_TRY(run_steps(trainer, seed, rate, progress, &sums, err));
  }
  for (size_t k = 0; stream && k < og_edge_stream_windows(stream) && isfinite(sums.loss); k++) {
    OG_TRY(og_edge_stream_read(stream, seed, k, err));
    trainer->objective->turn(trainer->state);
    OG_TRY(run_steps(trainer, og_random_at(seed, k), rate, progress, &sums, err));
  }
  trainer->pairs += sums.pairs;
  trainer->seconds += og_seconds() - sums.start;
  *loss = sums.pairs > 0 ? sums.loss / sums.pairs : 0;
  return OG_OK;
}
