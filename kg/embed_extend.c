#include "kg/embed_extend.h"

#include "core/memory.h"
#include "kg/embed_train.h"

#include <math.h>
#include <string.h>

/* ---- the first vectors ---- */

typedef struct Placer {
  const OgExtendInput *in;
  OgPlacing placing;
  const bool *placed; /* (N) whose vectors speak for others */
  float *sums;        /* (N, D) of what edges say */
  uint32_t *voices;   /* (N) how many */
  float *said;        /* (D) */
  const float *prior; /* (N, D) what names say; zeros: nothing. NULL: of none */
} Placer;

static float length(const float *x, size_t D) {
  double sum = 0;
  for (size_t d = 0; d < D; d++) {
    sum += (double)x[d] * (double)x[d];
  }
  return (float)sqrt(sum);
}

static void scale(float *x, size_t D, float factor) {
  for (size_t d = 0; d < D; d++) {
    x[d] *= factor;
  }
}

/* Add one voice. Those of a dot product have the length of a query, which says nothing here. */
static void add_voice(Placer *placer, uint32_t entity, float *said) {
  const OgEmbedModel *model = placer->in->model;
  const size_t D = model->D;
  if (model->model->similarity == OG_DOT) {
    const float own = length(said, D);
    scale(said, D, own > 0 ? 1 / own : 0);
  }
  for (size_t d = 0; d < D; d++) {
    placer->sums[entity * D + d] += said[d];
  }
  placer->voices[entity]++;
}

/* What the entity at one end of an edge says of the other, when only the first has a vector.
 * relation: as in OgQueries, asking for the other end. */
static void hear(Placer *placer, uint32_t from, uint32_t relation, uint32_t to) {
  const OgEmbedModel *model = placer->in->model;
  if (!placer->placed[from] || placer->placed[to]) {
    return;
  }
  const bool neighbour = placer->placing == OG_PLACE_NEIGHBOUR;
  og_embed_query(model, from, neighbour ? (uint32_t)(2 * model->R) : relation, placer->said);
  if (model->model->answer) {
    model->model->answer(placer->said, model->D);
  }
  add_voice(placer, to, placer->said);
}

static void hear_edges(Placer *placer, const OgTriples *triples) {
  const uint32_t R = (uint32_t)placer->in->model->R;
  for (size_t k = 0; k < triples->count; k++) {
    const OgTriple *triple = &triples->items[k];
    hear(placer, triple->head, triple->relation, triple->tail);
    hear(placer, triple->tail, R + triple->relation, triple->head);
  }
}

/* What the names of an entity say is one more voice beside its edges. */
static void hear_name(Placer *placer, uint32_t entity) {
  const size_t D = placer->in->model->D;
  const float *said = placer->prior + entity * D;
  if (length(said, D) > 0) {
    memcpy(placer->said, said, D * sizeof *said);
    add_voice(placer, entity, placer->said);
  }
}

/* Mean length of the known vectors. */
static float mean_length(const OgEmbedModel *model, const bool *known) {
  double sum = 0;
  size_t count = 0;
  for (size_t n = 0; n < model->N; n++) {
    if (known[n]) {
      sum += (double)length(model->entities + n * model->D, model->D);
      count++;
    }
  }
  return count > 0 ? (float)(sum / (double)count) : 0;
}

/* Give a vector to those that were spoken of, and forget what was said; how many there were. */
static size_t place_heard(Placer *placer, float usual, bool *placed) {
  const OgEmbedModel *model = placer->in->model;
  const size_t D = model->D;
  size_t count = 0;
  for (size_t n = 0; n < model->N; n++) {
    if (placer->voices[n] > 0) {
      if (placer->prior) {
        hear_name(placer, (uint32_t)n);
      }
      float *row = model->entities + n * D, *sum = placer->sums + n * D;
      const float own = length(sum, D);
      const bool dot = model->model->similarity == OG_DOT;
      const float factor = dot ? (own > 0 ? usual / own : 0) : 1 / (float)placer->voices[n];
      scale(sum, D, factor);
      memcpy(row, sum, D * sizeof *row);
      memset(sum, 0, D * sizeof *sum);
      placer->voices[n] = 0;
      placed[n] = true;
      count++;
    }
  }
  return count;
}

static OgStatus open_placer(Placer *placer, OgError *err) {
  const OgEmbedModel *model = placer->in->model;
  placer->sums = og_calloc_floats(model->N * model->D);
  placer->voices = OG_NEW_ARRAY(uint32_t, model->N);
  placer->said = og_calloc_floats(model->D);
  return placer->sums && placer->voices && placer->said ? OG_OK : og_error_no_memory(err);
}

static void close_placer(Placer *placer) {
  og_free_floats(placer->sums);
  og_free(placer->voices);
  og_free_floats(placer->said);
}

/* Place the entities next to those that are placed; how many there were. */
static size_t place_ring(Placer *placer, float usual, bool *placed) {
  hear_edges(placer, &placer->in->graph->parts[OG_TRAIN]);
  hear_edges(placer, &placer->in->graph->parts[OG_SUPPORT]);
  return place_heard(placer, usual, placed);
}

OgStatus og_embed_place(const OgExtendInput *input, OgPlacing placing, const bool *known,
                        bool *placed, OgError *err) {
  Placer placer = {.in = input, .placing = placing, .placed = placed};
  OgStatus status;
  OG_GO(open_placer(&placer, err));
  memcpy(placed, known, input->model->N * sizeof *placed);
  const float usual = mean_length(input->model, known);
  while (place_ring(&placer, usual, placed) > 0) {
  }
done:
  close_placer(&placer);
  return status;
}

/* ---- training ---- */

/* Edges between an entity of the ring, placed and not settled, and one that is settled. */
static OgStatus choose_edges(const OgExtendInput *input, const bool *settled, const bool *placed,
                             OgTriples *chosen, OgError *err) {
  static const OgPart sources[] = {OG_TRAIN, OG_SUPPORT};
  for (size_t p = 0; p < OG_COUNT(sources); p++) {
    const OgTriples *triples = &input->graph->parts[sources[p]];
    for (size_t k = 0; k < triples->count; k++) {
      const uint32_t head = triples->items[k].head, tail = triples->items[k].tail;
      if (placed[head] && placed[tail] && settled[head] != settled[tail]) {
        OG_TRY(og_triples_add(chosen, triples->items[k], err));
      }
    }
  }
  return OG_OK;
}

/* The first half at the full learning rate, the second at half of it. */
static OgStatus run_epochs(const OgExtendInput *input, OgEmbedTrainer *trainer, OgError *err) {
  for (int epoch = 0; epoch < OG_SETTLE_EPOCHS; epoch++) {
    const double rate = input->options->learning_rate / (epoch < OG_SETTLE_EPOCHS / 2 ? 1 : 2);
    double loss;
    OG_TRY(og_embed_trainer_epoch(trainer, rate, input->progress, &loss, err));
    if (!isfinite(loss)) {
      return og_error_set(err, OG_FAILED,
                          "the training of new entities broke down in epoch %d: the loss is not a "
                          "number; train all anew with a smaller learning rate than %g",
                          epoch + 1, input->options->learning_rate);
    }
  }
  return OG_OK;
}

/* Train the rows of the entities that are not fixed. */
static OgStatus settle(const OgExtendInput *input, const OgTripleGraph *edges, const bool *fixed,
                       OgError *err) {
  OgQueries queries = {0};
  OgEmbedTrainer *trainer = NULL;
  OgStatus status;
  OG_GO(og_queries_new(edges, 1u << OG_TRAIN, input->options->neighbours > 0, &queries, err));
  const OgTrainInput train = {.model = input->model,
                              .triples = &edges->parts[OG_TRAIN],
                              .queries = &queries,
                              .options = input->options,
                              .team = input->team,
                              .fixed = fixed,
                              .stage = "training new entities",
                              .epochs = OG_SETTLE_EPOCHS,
                              .score_bytes = 128 << 20};
  OG_GO(og_embed_trainer_new(&train, &trainer, err));
  status = run_epochs(input, trainer, err);
done:
  og_embed_trainer_free(trainer);
  og_queries_clear(&queries);
  return status;
}

/* Train a ring: all but its rows stay. fixed (N): room. */
static OgStatus settle_ring(const OgExtendInput *input, const bool *settled, const bool *placed,
                            bool *fixed, OgError *err) {
  const OgEmbedModel *model = input->model;
  OgTripleGraph edges = {.N = model->N, .R = model->R};
  OgStatus status;
  OG_GO(choose_edges(input, settled, placed, &edges.parts[OG_TRAIN], err));
  for (size_t n = 0; n < model->N; n++) {
    fixed[n] = settled[n] || !placed[n];
  }
  status = settle(input, &edges, fixed, err);
done:
  og_triple_graph_clear(&edges);
  return status;
}

/* Rings outwards from what is settled, until no edge leads further. */
static OgStatus extend_rings(Placer *placer, float usual, bool *settled, bool *placed, bool *fixed,
                             OgError *err) {
  const OgExtendInput *input = placer->in;
  while (place_ring(placer, usual, placed) > 0) {
    OG_TRY(settle_ring(input, settled, placed, fixed, err));
    memcpy(settled, placed, input->model->N * sizeof *settled);
  }
  return OG_OK;
}

/* Entities that no edge leads to: what their names say; how many there were. */
static size_t place_named(const OgEmbedModel *model, const float *prior, bool *placed) {
  const size_t D = model->D;
  size_t count = 0;
  for (size_t n = 0; prior && n < model->N; n++) {
    const float *said = prior + n * D;
    if (!placed[n] && length(said, D) > 0) {
      memcpy(model->entities + n * D, said, D * sizeof *said);
      placed[n] = true;
      count++;
    }
  }
  return count;
}

OgStatus og_embed_extend(const OgExtendInput *input, const bool *known, const float *prior,
                         bool *placed, OgError *err) {
  const OgEmbedModel *model = input->model;
  Placer placer = {.in = input, .placed = placed, .placing = OG_PLACE_RELATION, .prior = prior};
  bool *settled = OG_NEW_ARRAY(bool, model->N), *fixed = OG_NEW_ARRAY(bool, model->N);
  OgStatus status;
  OG_GO(settled && fixed ? open_placer(&placer, err) : og_error_no_memory(err));
  memcpy(placed, known, model->N * sizeof *placed);
  memcpy(settled, known, model->N * sizeof *settled);
  const float usual = mean_length(model, known);
  OG_GO(extend_rings(&placer, usual, settled, placed, fixed, err));
  if (place_named(model, prior, placed) > 0) {
    memcpy(settled, placed, model->N * sizeof *settled);
    status = extend_rings(&placer, usual, settled, placed, fixed, err);
  }
done:
  close_placer(&placer);
  og_free(settled);
  og_free(fixed);
  return status;
}
