#include "model/pass.h"

#include <string.h>

/* to (T,H) = from, in a thread's rows. */
static void copy_rows(const OgPass *pass, float *to, const float *from, OgPart part) {
  const size_t H = pass->params->config.hidden_size;
  size_t begin, end;
  og_share(pass->batch.T, 1, part.thread, part.threads, &begin, &end);
  memcpy(to + begin * H, from + begin * H, (end - begin) * H * sizeof(float));
}

static void forward(void *data, int thread) {
  OgPass *pass = data;
  const OgPart part = part_of(pass, thread);
  og_inputs_forward(pass, part);
  for (size_t l = 0; l < pass->params->config.layers; l++) {
    const OgLayer *layer = &pass->layers[l];
    if (layer->stream_in) {
      copy_rows(pass, layer->stream_in, pass->stream, part);
    }
    og_team_barrier(pass->team);
    og_layer_forward(pass, layer, part);
  }
  if (pass->output && pass->batch.outputs) {
    og_team_barrier(pass->team);
    og_gather_rows(pass, pass->output, pass->x0, part);
  }
}

/* Make a layer's activations again, from its input, as they were: masks of dropout are functions of
 * the seed. Those of the last layer are still there. */
static void recompute(OgPass *pass, const OgLayer *layer, OgPart part) {
  if (layer == &pass->layers[pass->params->config.layers - 1]) {
    return;
  }
  if (layer->stream_in) {
    copy_rows(pass, pass->stream, layer->stream_in, part);
  }
  og_team_barrier(pass->team);
  og_layer_forward(pass, layer, part);
  og_team_barrier(pass->team);
}

OgStatus og_encoder_forward(OgPass *pass, const OgBatch *batch, uint64_t dropout_seed,
                            const float **hidden, OgError *err) {
  pass->ready = false;
  OG_TRY(og_pass_take(pass, batch, dropout_seed, err));
  og_team_run(pass->team, forward, pass);
  pass->ready = pass->keep;
  *hidden = pass->output ? pass->output : last_layer(pass)->y;
  return OG_OK;
}

/* What a backward adds to, each thread its own part of: nothing comes past the last LayerNorm. */
static void clear_gradients(const OgPass *pass, OgPart part) {
  const OgConfig *c = &pass->params->config;
  const OgLayer *last = last_layer(pass);
  const size_t H = c->hidden_size;
  size_t begin, end;
  og_share(pass->last.M, 1, part.thread, part.threads, &begin, &end);
  if (last && last->dstream) {
    memset(last->dstream + begin * H, 0, (end - begin) * H * sizeof(float));
  }
  og_share(pass->R * H, COLUMN_GRAIN, part.thread, part.threads, &begin, &end);
  if (pass->drelatives) {
    memset(pass->drelatives + begin, 0, (end - begin) * sizeof(float));
  }
  if (pass->ddistances) {
    memset(ddistances_of(pass, part), 0, distances_size(pass) * sizeof(float));
  }
}

/* Without layers: the gradient at x0 (T,H) from that at the outputs. */
static float *spread(OgPass *pass, float *doutput, OgPart part) {
  if (!pass->batch.outputs) {
    return doutput;
  }
  og_clear_rows(pass, pass->dx, part);
  og_team_barrier(pass->team);
  og_scatter_rows(pass, pass->dx, doutput, part);
  og_team_barrier(pass->team);
  return pass->dx;
}

static void backward(void *data, int thread) {
  OgPass *pass = data;
  const OgPart part = part_of(pass, thread);
  clear_gradients(pass, part);
  float *d = pass->output ? spread(pass, pass->dhidden, part) : pass->dhidden;
  for (size_t l = pass->params->config.layers; l-- > pass->lowest;) {
    if (pass->recompute) {
      recompute(pass, &pass->layers[l], part);
    }
    d = og_layer_backward(pass, &pass->layers[l], d, part);
  }
  if (pass->embeddings_learn) {
    og_inputs_backward(pass, d, part);
  }
  if (pass->params->lora) {
    og_team_barrier(pass->team);
    og_lora_finish(pass->params->lora, pass->gradients, part);
  }
}

/* Whether a layer has a tensor that learns, or adapters. */
static bool some_learns(const OgPass *pass, const OgLayer *layer) {
  for (int role = 0; role < OG_ROLE_COUNT; role++) {
    if (og_role_of_layer((OgRole)role) && learns(pass, layer, (OgRole)role)) {
      return true;
    }
  }
  return false;
}

/* How far down a backward must go: those that are frozen stand at the start of the parameters. */
static void find_lowest(OgPass *pass) {
  const OgParams *params = pass->params;
  const size_t layers = params->config.layers;
  const size_t end =
      layers > 0 ? pass->layers[0].tensors[OG_ROLE_QUERY_WEIGHT] : og_params_encoder(params);
  pass->embeddings_learn = params->frozen < end;
  for (pass->lowest = 0; pass->lowest < layers && !pass->embeddings_learn; pass->lowest++) {
    if (some_learns(pass, &pass->layers[pass->lowest])) {
      break;
    }
  }
}

OgStatus og_encoder_backward(OgPass *pass, float *dhidden, float *gradients, OgError *err) {
  if (!pass->ready) {
    return og_error_set(err, OG_USAGE, "a backward follows a forward, in a pass that keeps");
  }
  pass->ready = false;
  pass->dhidden = dhidden;
  pass->gradients = gradients;
  find_lowest(pass);
  og_team_run(pass->team, backward, pass);
  return OG_OK;
}
