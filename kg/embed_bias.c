#include "kg/embed_bias.h"

#include "core/memory.h"

#include <math.h>

/* Values that are tried, beside 0. Scores are logits, or near to them, under every objective. */
static const float tried[] = {-8, -6, -4, -3, -2, -1.5f, -1, -0.5f, 0.5f, 1};

enum { TRIALS = 1 + OG_COUNT(tried) };

OgStatus og_bias_init(const OgQueries *train, OgAnswerBias *bias, OgError *err) {
  const size_t R = train->R;
  *bias = (OgAnswerBias){
      .train = train, .taken = og_calloc_floats(2 * R), .loops = OG_NEW_ARRAY(bool, R)};
  if (!bias->taken || !bias->loops) {
    og_bias_clear(bias);
    return og_error_no_memory(err);
  }
  for (size_t r = 0; r < R; r++) {
    for (uint64_t k = train->relation_start[r]; k < train->relation_start[r + 1]; k++) {
      const uint32_t *answers = train->answers + train->start[k];
      const size_t count = train->start[k + 1] - train->start[k];
      const size_t place = og_lower_bound(answers, count, train->entity[k]);
      bias->loops[r] |= place < count && answers[place] == train->entity[k];
    }
  }
  return OG_OK;
}

void og_bias_clear(OgAnswerBias *bias) {
  og_free_floats(bias->taken);
  og_free(bias->loops);
  *bias = (OgAnswerBias){0};
}

/* They are who asks when the relation is read the other way. */
const uint32_t *og_bias_taken(const OgAnswerBias *bias, uint32_t relation, size_t *count) {
  const OgQueries *train = bias->train;
  const size_t back = relation < train->R ? relation + train->R : relation - train->R;
  *count = train->relation_start[back + 1] - train->relation_start[back];
  return train->entity + train->relation_start[back];
}

void og_bias_add(const OgAnswerBias *bias, uint32_t relation, float *scores) {
  size_t count;
  const uint32_t *taken = og_bias_taken(bias, relation, &count);
  for (size_t k = 0; k < count && bias->taken[relation] != 0; k++) {
    scores[taken[k]] += bias->taken[relation];
  }
}

/* How many standard errors a gain must exceed. It is small: a gain that is there is larger than the
 * loss where none is. Half of one does best, or nearly, on SO, EDAM and Nations. */
static const double doubt = 0.5;

/* How much better answers [from, to) rank under a trial than under the first, which changes
 * nothing: the mean difference of 1/rank, less what chance may have made of it. */
static double gain(const uint64_t *ranks2, uint64_t from, uint64_t to, size_t trial) {
  double sum = 0, squares = 0;
  for (uint64_t k = from; k < to; k++) {
    const uint64_t *ranks = ranks2 + k * (1 + TRIALS) + 1;
    const double more = 1 / (1 + (double)ranks[trial] / 2) - 1 / (1 + (double)ranks[0] / 2);
    sum += more;
    squares += more * more;
  }
  return (sum - doubt * sqrt(squares)) / (double)(to - from);
}

static float choose(const uint64_t *ranks2, uint64_t from, uint64_t to) {
  double best = 0;
  float chosen = 0;
  for (size_t trial = 1; trial < TRIALS && from < to; trial++) {
    const double more = gain(ranks2, from, to, trial);
    if (more > best) {
      best = more;
      chosen = tried[trial - 1];
    }
  }
  return chosen;
}

OgStatus og_bias_fit(OgAnswerBias *bias, const OgEmbedModel *model, const OgQueries *asked,
                     const OgQueries *known, OgTeam *team, const OgProgress *progress,
                     OgError *err) {
  const size_t ways = 2 * model->R, columns = 1 + TRIALS;
  float *taken = og_calloc_floats(ways * columns);
  uint64_t *ranks2 = OG_NEW_ARRAY(uint64_t, asked->start[asked->count] * columns);
  OgStatus status = taken && ranks2 ? OG_OK : og_error_no_memory(err);
  OG_GO(status);
  for (size_t k = 0; k < ways * columns; k++) {
    taken[k] = k % columns < 2 ? 0 : tried[k % columns - 2];
  }
  const OgBiasTrials trials = {bias, taken, columns};
  OG_GO(og_embed_rank_trials(model, asked, known, &trials, team, progress, ranks2, err));
  for (size_t way = 0; way < ways; way++) {
    bias->taken[way] = choose(ranks2, asked->start[asked->relation_start[way]],
                              asked->start[asked->relation_start[way + 1]]);
  }
done:
  og_free_floats(taken);
  og_free(ranks2);
  return status;
}
