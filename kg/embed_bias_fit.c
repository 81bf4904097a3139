#include "kg/embed_bias_fit.h"

#include "core/memory.h"

#include <math.h>

/* Values of b, of equal ones the nearest to 0 first. Scores are logits, or near to them, under
 * every objective. */
static const float values[] = {0, -0.5f, 0.5f, -1, 1, -1.5f, 1.5f, -2,
                               2, -3,    3,    -4, 4, -6,    6,    -OG_BIAS_MOST};

enum {
  VALUES = OG_COUNT(values),
  COLUMNS = 1 + VALUES, /* the vectors alone, and each value with the rule of loops */
  FEW = 10              /* answers: with fewer, a number of its own would follow chance */
};

/* What each value adds to 1/rank, over some answers. */
typedef struct Gains {
  double sums[VALUES], squares[VALUES];
  size_t count;
} Gains;

static double reciprocal(uint64_t ranks2) {
  return 1 / (1 + (double)ranks2 / 2);
}

/* Add answers [from, to) of asked. */
static void add_answers(Gains *gains, const uint64_t *ranks2, uint64_t from, uint64_t to) {
  for (uint64_t k = from; k < to; k++) {
    const uint64_t *ranks = ranks2 + k * COLUMNS + 1;
    for (size_t v = 0; v < VALUES; v++) {
      const double more = reciprocal(ranks[v]) - reciprocal(ranks[0]);
      gains->sums[v] += more;
      gains->squares[v] += more * more;
    }
    gains->count++;
  }
}

/* The value with the largest sum, less one standard error of it; of too few answers 0. */
static float choose(const Gains *gains) {
  double most = 0;
  float chosen = 0;
  for (size_t v = 1; v < VALUES && gains->count >= FEW; v++) {
    const double more = gains->sums[v] - sqrt(gains->squares[v]);
    if (more > most) {
      most = more;
      chosen = values[v];
    }
  }
  return chosen;
}

/* Whether a way's answers are too few for a number of its own. */
static bool is_rare(const OgQueries *asked, size_t way, uint64_t *from, uint64_t *to) {
  *from = asked->start[asked->relation_start[way]];
  *to = asked->start[asked->relation_start[way + 1]];
  return *to - *from < FEW;
}

/* Choose for the ways [first, end), all of one side. */
static void choose_side(OgAnswerBias *bias, const OgQueries *asked, const uint64_t *ranks2,
                        size_t first, size_t end) {
  Gains rare = {.count = 0};
  uint64_t from, to;
  for (size_t way = first; way < end; way++) {
    Gains own = {.count = 0};
    const bool few = is_rare(asked, way, &from, &to);
    add_answers(few ? &rare : &own, ranks2, from, to);
    bias->shifts[way] = choose(&own);
  }
  for (size_t way = first; way < end; way++) {
    if (is_rare(asked, way, &from, &to)) {
      bias->shifts[way] = choose(&rare);
    }
  }
}

OgStatus og_bias_fit(OgAnswerBias *bias, const OgEmbedModel *model, const OgQueries *asked,
                     const OgQueries *known, OgTeam *team, const OgProgress *progress,
                     OgError *err) {
  const size_t ways = 2 * model->R;
  float *shifts = og_calloc_floats(ways * COLUMNS);
  uint64_t *ranks2 = OG_NEW_ARRAY(uint64_t, asked->start[asked->count] * COLUMNS);
  OgStatus status = shifts && ranks2 ? OG_OK : og_error_no_memory(err);
  OG_GO(status);
  for (size_t k = 0; k < ways * COLUMNS; k++) {
    shifts[k] = k % COLUMNS == 0 ? 0 : values[k % COLUMNS - 1];
  }
  const OgBiasTrials trials = {bias, shifts, COLUMNS};
  OG_GO(og_embed_rank_trials(model, asked, known, &trials, team, progress, ranks2, err));
  choose_side(bias, asked, ranks2, 0, model->R);
  choose_side(bias, asked, ranks2, model->R, ways);
done:
  og_free_floats(shifts);
  og_free(ranks2);
  return status;
}
