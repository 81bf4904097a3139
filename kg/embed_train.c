#include "kg/embed_train.h"

#include "core/blas.h"
#include "core/memory.h"
#include "kg/embed_update.h"

#include <math.h>
#include <stdio.h>

struct OgEmbedTrainer {
  const OgTrainStep *objective;
  void *state;
  uint64_t seed;
  uint32_t *order; /* (count) */
  size_t count;
  uint64_t epoch;
  const char *stage;
  double examples; /* of all epochs, for progress */
  double valid;    /* MRR that progress shows; negative: none */
};

OgStatus og_embed_model_init(OgEmbedModel *model, const OgScoreModel *row, size_t N, size_t R,
                             const OgEmbedOptions *options, OgError *err) {
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
  OgRandom random;
  og_random_init(&random, options->seed);
  row->init(model->entities, N, model->relations, model->RR, model->D, (float)options->margin,
            &random);
  return OG_OK;
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

OgStatus og_embed_trainer_new(const OgTrainInput *input, OgEmbedTrainer **trainer, OgError *err) {
  OgEmbedTrainer *made = OG_NEW(OgEmbedTrainer);
  if (!made) {
    return og_error_no_memory(err);
  }
  OgStatus status;
  made->objective = input->options->objective == OG_OBJECTIVE_NEGATIVES ? &og_train_negatives
                                                                        : &og_train_one_vs_all;
  made->count = made->objective->examples(input);
  if (made->count > UINT32_MAX) {
    status = og_error_set(err, OG_USAGE, "expected at most %u training examples, found %zu",
                          UINT32_MAX, made->count);
    goto done;
  }
  OG_GO(og_blas_load(err));
  made->order = OG_NEW_ARRAY(uint32_t, made->count);
  if (!made->order) {
    status = og_error_no_memory(err);
    goto done;
  }
  made->seed = input->options->seed;
  made->stage = input->stage;
  made->examples = (double)made->count * input->epochs;
  made->valid = -1;
  OG_GO(made->objective->open(input, &made->state, err));
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

static void shuffle(OgEmbedTrainer *trainer) {
  OgRandom random;
  og_random_init(&random, og_random_at(trainer->seed, trainer->epoch));
  for (size_t k = 0; k < trainer->count; k++) {
    trainer->order[k] = (uint32_t)k;
  }
  og_random_shuffle(&random, trainer->order, trainer->count);
}

void og_embed_trainer_show(OgEmbedTrainer *trainer, double valid) {
  trainer->valid = valid;
}

static void describe(const OgEmbedTrainer *trainer, double loss, char *detail, size_t size) {
  const int used = snprintf(detail, size, "epoch %d, loss %.4f", (int)trainer->epoch, loss);
  if (trainer->valid >= 0 && used > 0 && (size_t)used < size) {
    snprintf(detail + used, size - (size_t)used, ", valid MRR %.3f", trainer->valid);
  }
}

OgStatus og_embed_trainer_epoch(OgEmbedTrainer *trainer, double rate, const OgProgress *progress,
                                double *loss, OgError *err) {
  char detail[64];
  const double before = (double)trainer->count * (double)trainer->epoch++;
  snprintf(detail, sizeof detail, "epoch %d", (int)trainer->epoch);
  shuffle(trainer);
  double sum = 0, pairs = 0;
  for (size_t from = 0, taken; from < trainer->count; from += taken) {
    OG_TRY(og_progress_report(progress, trainer->stage, before + (double)from, trainer->examples,
                              detail, err));
    const uint32_t *order = trainer->order + from;
    taken = trainer->objective->take(trainer->state, order, trainer->count - from);
    trainer->objective->step(trainer->state, order, taken, rate, &sum, &pairs);
    if (!isfinite(sum)) {
      break;
    }
    describe(trainer, sum / pairs, detail, sizeof detail);
  }
  *loss = pairs > 0 ? sum / pairs : 0;
  return OG_OK;
}
