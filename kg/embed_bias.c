#include "kg/embed_bias.h"

#include "core/memory.h"

/* Whether train has a loop of relation r, or no edge at all, which says nothing. */
static bool may_loop(const OgQueries *train, size_t r) {
  bool loop = train->relation_start[r] == train->relation_start[r + 1];
  for (uint64_t k = train->relation_start[r]; k < train->relation_start[r + 1] && !loop; k++) {
    const uint32_t *answers = train->answers + train->start[k];
    const size_t count = train->start[k + 1] - train->start[k];
    const size_t place = og_lower_bound(answers, count, train->entity[k]);
    loop = place < count && answers[place] == train->entity[k];
  }
  return loop;
}

OgStatus og_bias_init(const OgQueries *train, OgAnswerBias *bias, OgError *err) {
  const size_t R = train->R;
  *bias = (OgAnswerBias){
      .train = train, .shifts = og_calloc_floats(2 * R), .loops = OG_NEW_ARRAY(bool, R)};
  if (!bias->shifts || !bias->loops) {
    og_bias_clear(bias);
    return og_error_no_memory(err);
  }
  for (size_t r = 0; r < R; r++) {
    bias->loops[r] = may_loop(train, r);
  }
  return OG_OK;
}

void og_bias_clear(OgAnswerBias *bias) {
  og_free_floats(bias->shifts);
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
  for (size_t k = 0; k < count && bias->shifts[relation] != 0; k++) {
    scores[taken[k]] += bias->shifts[relation];
  }
}
