#include "model/pass.h"

#include <math.h>
#include <string.h>

/* ---- Distances: r[j - i] = the table's bucket of j - i, for every head ---- */

/* T5's buckets (Raffel et al. 2020), as MPNet has them: half of them for keys behind the query;
 * of each half the first half for a distance each, the others by its logarithm, up to 128. */
static size_t bucket_of(ptrdiff_t distance, size_t buckets) {
  enum { FARTHEST = 128 };
  const size_t half = buckets / 2, exact = half / 2;
  const size_t size = (size_t)(distance < 0 ? -distance : distance);
  const size_t base = distance > 0 ? half : 0;
  if (size < exact) {
    return base + size;
  }
  const float share = logf((float)size / (float)exact) / logf((float)FARTHEST / (float)exact);
  const size_t far = exact + (size_t)(share * (float)(half - exact));
  return base + (far < half ? far : half - 1);
}

static void look_up_distances(const OgPass *pass, OgPart part) {
  const OgConfig *c = &pass->params->config;
  const float *table = base_weight(pass, OG_ROLE_DISTANCES);
  const ptrdiff_t last = (ptrdiff_t)pass->longest - 1;
  size_t begin, end;
  og_share(c->heads, 1, part.thread, part.threads, &begin, &end);
  for (size_t h = begin; pass->distances && h < end; h++) {
    float *row = pass->distances + h * (2 * pass->longest - 1) + last;
    for (ptrdiff_t d = -last; d <= last; d++) {
      row[d] = table[bucket_of(d, c->distance_buckets) * c->heads + h];
    }
  }
}

/* After a barrier: the gradients of all threads, by bucket. */
static void distances_backward(const OgPass *pass, OgPart part) {
  const OgConfig *c = &pass->params->config;
  float *dtable = base_gradient(pass, OG_ROLE_DISTANCES);
  const ptrdiff_t last = (ptrdiff_t)pass->longest - 1;
  size_t begin, end;
  og_share(c->heads, 1, part.thread, part.threads, &begin, &end);
  for (int thread = 0; dtable && thread < part.threads; thread++) {
    const float *sums = ddistances_of(pass, (OgPart){thread, part.threads});
    for (size_t h = begin; h < end; h++) {
      const float *row = sums + h * (2 * pass->longest - 1) + last;
      for (ptrdiff_t d = -last; d <= last; d++) {
        dtable[bucket_of(d, c->distance_buckets) * c->heads + h] += row[d];
      }
    }
  }
}

/* ---- Queries and keys of distances ----
 *
 *   relatives = LayerNorm(the table's rows that occur),  [Q̂ K̂] = relatives [Wq Wk]ᵀ + [bq bk]
 */

static void look_up_relatives(const OgPass *pass, OgPart part) {
  const OgConfig *c = &pass->params->config;
  const size_t H = c->hidden_size;
  size_t begin, end;
  og_share(pass->R, 1, part.thread, part.threads, &begin, &end);
  if (pass->kind->disentangled) {
    const float *rows = base_weight(pass, OG_ROLE_RELATIVES) + (pass->first_row + begin) * H;
    og_norm_forward(pass->relatives + begin * H, pass->xhat_relatives + begin * H,
                    pass->r_relatives + begin, rows, base_weight(pass, OG_ROLE_RELATIVES_GAIN),
                    base_weight(pass, OG_ROLE_RELATIVES_SHIFT), c->layer_norm_eps, end - begin, H);
  }
}

/* After a barrier: what a layer's attention left by thread, summed up and passed back. */
void og_relatives_backward(const OgPass *pass, const OgLayer *layer, OgPart part) {
  const size_t H = pass->params->config.hidden_size, R = pass->R;
  size_t begin, end;
  if (!pass->kind->disentangled) {
    return;
  }
  og_share(R * 2 * H, COLUMN_GRAIN, part.thread, part.threads, &begin, &end);
  for (int thread = 1; thread < part.threads; thread++) {
    const float *more = drelative_of(pass, (OgPart){thread, part.threads});
    og_bias_backward(pass->drelative + begin, more + begin, 1, end - begin, 0);
  }
  og_team_barrier(pass->team);
  og_linear_backward_input(pass->drelatives, 1, pass->drelative,
                           weight(pass, layer, OG_ROLE_QUERY_WEIGHT), R, H, 2 * H, part);
  og_weight_backward(pass, weight(pass, layer, OG_ROLE_QUERY_WEIGHT),
                     gradient(pass, layer, OG_ROLE_QUERY_BIAS), pass->drelative, pass->relatives, R,
                     H, 2 * H, part);
  og_team_barrier(pass->team);
}

/* At the end of a backward, when the partial sums are free again. */
static void table_of_relatives_backward(const OgPass *pass, OgPart part) {
  const size_t H = pass->params->config.hidden_size, R = pass->R;
  float *sums = pass->partials + (size_t)part.thread * 3 * H;
  size_t begin, end;
  if (!pass->kind->disentangled) {
    return;
  }
  og_team_barrier(pass->team);
  og_share(R, 1, part.thread, part.threads, &begin, &end);
  float *rows = pass->drelatives + begin * H;
  float *table = base_gradient(pass, OG_ROLE_RELATIVES) + (pass->first_row + begin) * H;
  memset(sums, 0, 3 * H * sizeof *sums);
  og_norm_backward(rows, sums, sums + H, rows, pass->xhat_relatives + begin * H,
                   pass->r_relatives + begin, base_weight(pass, OG_ROLE_RELATIVES_GAIN),
                   end - begin, H);
  og_bias_backward(table, rows, 1, (end - begin) * H, 0);
  og_team_barrier(pass->team);
  og_add_partials(pass, base_gradient(pass, OG_ROLE_RELATIVES_GAIN), 0, H, part);
  og_add_partials(pass, base_gradient(pass, OG_ROLE_RELATIVES_SHIFT), 1, H, part);
}

/* ---- Embeddings ----
 *
 *   e0 = dropout(LayerNorm(words[id] + positions[t] + types[type])),  x0 = e0 or e0 Wᵀ + b
 */

/* The row of the table of positions that a sequence's first token takes. */
static size_t first_position(const OgPass *pass) {
  return og_config_first_position(&pass->params->config) * embedding_width(pass);
}

static const float *position_table(const OgPass *pass) {
  const float *table = base_weight(pass, OG_ROLE_POSITIONS);
  return table ? table + first_position(pass) : NULL;
}

static void make_turns(const OgPass *pass, OgPart part) {
  const OgConfig *c = &pass->params->config;
  const float thetas[] = {[false] = c->global_theta, [true] = c->local_theta};
  size_t begin, end;
  og_share(pass->longest, 1, part.thread, part.threads, &begin, &end);
  for (size_t k = 0; pass->kind->rotary && k < OG_COUNT(thetas); k++) {
    og_rotary_table(pass->turns[k], thetas[k], begin, end, head_width(c));
  }
}

/* N rows of the sums from token t on, normalised; static word vectors stay as they are. */
static void embed(const OgPass *pass, size_t t, size_t N) {
  const OgBatch *batch = &pass->batch;
  const size_t E = embedding_width(pass);
  const float *gain = base_weight(pass, OG_ROLE_EMBEDDING_GAIN);
  float *x = pass->e0 + t * E, *xhat = pass->keep && gain ? pass->xhat0 + t * E : NULL;
  float *sum = xhat ? xhat : x;
  for (size_t n = 0; pass->words && n < N; n++) {
    const size_t at = batch->ids[t + n] * E;
    /* they are numbers, which was seen when the file was opened */
    (void)!og_array_convert(pass->words, at, at + E, sum + n * E);
  }
  og_embedding_forward(sum, pass->words ? NULL : base_weight(pass, OG_ROLE_WORDS),
                       position_table(pass), base_weight(pass, OG_ROLE_TYPES), batch->ids + t,
                       pass->positions + t, batch->types ? batch->types + t : NULL, N, E);
  if (gain) {
    og_norm_forward(x, xhat, xhat ? pass->r0 + t : NULL, sum, gain,
                    or_zeros(pass, base_weight(pass, OG_ROLE_EMBEDDING_SHIFT)),
                    pass->params->config.layer_norm_eps, N, E);
  }
}

void og_inputs_forward(const OgPass *pass, OgPart part) {
  const OgConfig *c = &pass->params->config;
  const OgBatch *batch = &pass->batch;
  const size_t E = embedding_width(pass);
  const OgDropout dropout = dropout_at(pass, 0, c->hidden_dropout);
  size_t begin, end;
  og_share(batch->T, 1, part.thread, part.threads, &begin, &end);
  for (size_t t = begin; t < end; t += ROW_BLOCK) {
    const size_t N = end - t < ROW_BLOCK ? end - t : ROW_BLOCK;
    float *x = pass->e0 + t * E;
    embed(pass, t, N);
    if (dropout.seed) {
      og_dropout(x, x, dropout, t, N, E);
    }
  }
  if (pass->kind->pre_norm) {
    memcpy(pass->stream + begin * E, pass->e0 + begin * E, (end - begin) * E * sizeof(float));
  }
  make_turns(pass, part);
  look_up_distances(pass, part);
  look_up_relatives(pass, part);
  if (has(pass->base, OG_ROLE_PROJECTION_WEIGHT)) {
    og_team_barrier(pass->team);
    og_linear_forward(pass->x0, pass->e0, base_weight(pass, OG_ROLE_PROJECTION_WEIGHT),
                      base_weight(pass, OG_ROLE_PROJECTION_BIAS), batch->T, E, c->hidden_size,
                      part);
  }
}

/* dx (T,H), the gradient at x0, gets what the stream brings, and is passed back through the
 * projection: returns the gradient at e0 (T,E). */
static float *project_backward(OgPass *pass, float *dx, OgPart part) {
  const size_t H = pass->params->config.hidden_size, E = embedding_width(pass), T = pass->batch.T;
  const OgDropout none = {0};
  size_t begin, end;
  og_share(T, 1, part.thread, part.threads, &begin, &end);
  if (pass->dstream) {
    og_residual_forward(dx + begin * H, pass->dstream + begin * H, pass->zeros, dx + begin * H,
                        none, begin, end - begin, H);
  }
  if (!has(pass->base, OG_ROLE_PROJECTION_WEIGHT)) {
    return dx;
  }
  og_linear_backward_input(pass->de, 0, dx, base_weight(pass, OG_ROLE_PROJECTION_WEIGHT), T, E, H,
                           part);
  og_weight_backward(pass, base_weight(pass, OG_ROLE_PROJECTION_WEIGHT),
                     base_gradient(pass, OG_ROLE_PROJECTION_BIAS), dx, pass->e0, T, E, H, part);
  og_team_barrier(pass->team);
  return pass->de;
}

/* de (T,E), the gradient at e0, becomes that at the sums. */
static void unembed(const OgPass *pass, float *de, OgPart part) {
  const size_t E = embedding_width(pass);
  const float *gain = base_weight(pass, OG_ROLE_EMBEDDING_GAIN);
  const OgDropout dropout = dropout_at(pass, 0, pass->params->config.hidden_dropout);
  float *sums = pass->partials + (size_t)part.thread * 3 * E;
  size_t begin, end;
  og_share(pass->batch.T, 1, part.thread, part.threads, &begin, &end);
  memset(sums, 0, 3 * E * sizeof *sums);
  og_dropout(de + begin * E, de + begin * E, dropout, begin, end - begin, E);
  if (gain) {
    og_norm_backward(de + begin * E, sums, sums + E, de + begin * E, pass->xhat0 + begin * E,
                     pass->r0 + begin, gain, end - begin, E);
  }
  og_team_barrier(pass->team);
  og_add_partials(pass, base_gradient(pass, OG_ROLE_EMBEDDING_GAIN), 0, E, part);
  og_add_partials(pass, base_gradient(pass, OG_ROLE_EMBEDDING_SHIFT), 1, E, part);
}

/* de (T,E) is the gradient at e0. Tables are divided by columns: two threads never meet at a word.
 */
static void embed_backward(const OgPass *pass, float *de, OgPart part) {
  const OgBatch *batch = &pass->batch;
  const size_t E = embedding_width(pass), T = batch->T;
  size_t begin, end;
  unembed(pass, de, part);
  og_share(E, COLUMN_GRAIN, part.thread, part.threads, &begin, &end);
  const struct {
    float *table;
    const uint32_t *index;
  } tables[] = {
      {base_gradient(pass, OG_ROLE_WORDS), batch->ids},
      {base_gradient(pass, OG_ROLE_POSITIONS), pass->positions},
      {base_gradient(pass, OG_ROLE_TYPES), batch->types},
  };
  for (size_t k = 0; k < OG_COUNT(tables); k++) {
    if (tables[k].table) {
      const size_t first = tables[k].index == pass->positions ? first_position(pass) : 0;
      og_embedding_backward(tables[k].table + first, de, tables[k].index, T, E, begin, end);
    }
  }
  distances_backward(pass, part);
  table_of_relatives_backward(pass, part);
}

void og_inputs_backward(OgPass *pass, float *dx, OgPart part) {
  embed_backward(pass, project_backward(pass, dx, part), part);
}
