#include "kg/embed_defaults.h"

#include "core/memory.h"
#include "kg/score_hyperbolic.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* What a graph's size and shape decide: the first row that has room for its edges and for its edges
 * an entity. `blind` epochs are made when too few edges could be held out to stop by. A sample
 * stands for all entities where there are more than twice as many. Learning rate and n3 are of dot
 * products, the others of Euclidean distances against all entities: of RotatE and, with n3_transe,
 * of TransE; neighbours are for dot products, relation prediction for ComplEx. docs/embeddings.md
 * says what the choices rest on. */
static const struct {
  size_t edges;
  double density; /* edges an entity */
  size_t dim;
  int epochs, blind;
  size_t batch, sample;
  int evaluate_every;
  OgObjective objective;
  double learning_rate, n3, euclidean_rate, n3_rotate, n3_transe, cool_down, neighbours,
      relation_prediction;
  bool pilot; /* training is so quick that a few more may choose (kg/embed_pilot.h) */
} shapes[] = {
    /* so few that the penalty of the next row would leave vectors of length 0 */
    {200, 5, 128, 150, 60, 100, 3000, 10, OG_OBJECTIVE_ONE_VS_ALL, 0.3, 0.01, 0.3, 0.001, 0.003, 0,
     0.03, 0, true},
    /* ontologies: little more than a tree. All entities make the better features, where they can be
     * afforded; as most queries have one answer, grouping them gains nothing */
    {2000, 5, 128, 150, 60, 100, 3000, 10, OG_OBJECTIVE_ONE_VS_ALL, 0.3, 0.1, 0.3, 0.01, 0.03, 0,
     0.03, 0, true},
    {50000, 5, 128, 60, 40, 1000, 3000, 5, OG_OBJECTIVE_NEGATIVES, 0.3, 0.02, 0.3, 0, 0, 0, 0.03, 0,
     true},
    {2000000, 5, 256, 16, 16, 500, 3000, 2, OG_OBJECTIVE_ONE_VS_ALL, 0.3, 0.1, 1, 0.005, 0.005, 0.6,
     0.03, 0.05, false},
    /* dense graphs */
    {2000, HUGE_VAL, 512, 150, 60, 100, 3000, 10, OG_OBJECTIVE_ONE_VS_ALL, 0.3, 0.02, 0.3, 0, 0.03,
     0.9, 0.03, 0.25, true},
    {20000, HUGE_VAL, 256, 150, 40, 250, 3000, 5, OG_OBJECTIVE_ONE_VS_ALL, 0.3, 0.01, 0.3, 0.001,
     0.03, 0, 0.03, 0, true},
    {200000, HUGE_VAL, 200, 40, 30, 250, 1000, 4, OG_OBJECTIVE_ONE_VS_ALL, 0.3, 0.03, 0.3, 0.003,
     0.003, 0.5, 0.03, 0, true},
    {2000000, HUGE_VAL, 320, 36, 20, 250, 1000, 9, OG_OBJECTIVE_ONE_VS_ALL, 0.4, 0.05, 0.3, 0.003,
     0.003, 0.5, 0.03, 1, false},
    {SIZE_MAX, HUGE_VAL, 64, 10, 10, 10000, 3000, 1, OG_OBJECTIVE_NEGATIVES, 0.1, 0, 0.1, 0, 0, 0,
     0.03, 0, false},
};

typedef struct Setting {
  double learning_rate, n3;
} Setting;

static const OgSampling products = {.margin = 1,
                                    .temperature = 1,
                                    .weight = 1,
                                    .negatives = 128,
                                    .optimiser = OG_OPTIMISER_ADAGRAD},
                        distances = {.margin = 9,
                                     .temperature = 1,
                                     .weight = 1,
                                     .negatives = 128,
                                     .learning_rate = 0.1,
                                     .optimiser = OG_OPTIMISER_ADAGRAD},
                        hyperbolic = {.margin = 0, /* biases take its place */
                                      .temperature = 0,
                                      .weight = 50,
                                      .negatives = 250,
                                      .learning_rate = 0.1,
                                      .optimiser = OG_OPTIMISER_ADAM,
                                      .epochs = 60,
                                      .cool_down = 0.8};

/* Adam's steps are as long as its rate, AdaGrad's soon much shorter. */
static const double rate_of_adam = 0.1; /* of AdaGrad's */

const OgSampling *og_embed_sampling(const OgScoreModel *row) {
  return row->similarity == OG_DOT          ? &products
         : row->similarity == OG_HYPERBOLIC ? &hyperbolic
                                            : &distances;
}

enum {
  SMALL_EDGES = 20000,   /* up to them, N3 does not look at echoes */
  LARGE_EDGES = 2000000, /* beyond, no second training on all edges, no copy of the best state, and
                            edges in a file */
  PATIENCE = 6,          /* evaluations without a better MRR */
  EVALUATIONS = 5        /* of a training that takes longer than its row says: all of it */
};

const double og_embed_held_out = 0.05;
const size_t og_embed_few_held_out = 200;

static OgStatus refuse(OgError *err, const char *name, const char *expected, double found) {
  return og_error_set(err, OG_USAGE, "%s: expected %s, found %g", name, expected, found);
}

static OgStatus check_dim(size_t dim, const OgScoreModel *row, OgError *err) {
  char expected[64];
  if (row->similarity == OG_HYPERBOLIC && dim > 0 &&
      (dim < OG_HYPERBOLIC_LEAST || dim > OG_HYPERBOLIC_MOST)) {
    snprintf(expected, sizeof expected, "a number from %d, two being biases, to %d",
             OG_HYPERBOLIC_LEAST, OG_HYPERBOLIC_MOST);
    return refuse(err, "dim", expected, (double)dim);
  }
  if (dim > OG_EMBED_MOST_DIM || (row->complex && dim % 2 != 0)) {
    snprintf(expected, sizeof expected, "%s number up to %d", row->complex ? "an even" : "a",
             OG_EMBED_MOST_DIM);
    return refuse(err, "dim", expected, (double)dim);
  }
  return OG_OK;
}

static OgStatus check_options(const OgEmbedOptions *options, const OgScoreModel *row,
                              OgError *err) {
  OG_TRY(check_dim(options->dim, row, err));
  if (row->one_way && options->reciprocal == OG_CHOICE_NO) {
    return og_error_set(err, OG_USAGE, "%s has no inverse: its relations must be reciprocal",
                        row->name);
  }
  if ((options->relation_prediction > 0 || options->dropout > 0) && row->similarity != OG_DOT) {
    return og_error_set(err, OG_USAGE,
                        "relation prediction and dropout are of products, and %s is a distance; "
                        "leave them out, or choose the model complex or distmult",
                        row->name);
  }
  if (!(options->dropout >= 0 && options->dropout < 1)) {
    return refuse(err, "dropout", "a share below 1", options->dropout);
  }
  if (options->name && options->name[0] == '\0') {
    return og_error_set(err, OG_USAGE, "name: expected a name for the set, found none");
  }
  if (!(options->held_out < 0.5)) {
    return refuse(err, "held-out", "a share below 0.5", options->held_out);
  }
  if (!(options->learning_rate >= 0) || !isfinite(options->learning_rate)) {
    return refuse(err, "learning rate", "a positive number", options->learning_rate);
  }
  if (isnan(options->n3) || isnan(options->margin) || isnan(options->cool_down) ||
      isnan(options->temperature) || isnan(options->negatives_weight)) {
    return og_error_set(
        err, OG_USAGE,
        "n3, margin, cool-down and the weights of negatives: expected numbers, found nan");
  }
  return OG_OK;
}

static OgStatus find_model(const char *name, const OgScoreModel **row, OgError *err) {
  *row = og_score_model(name ? name : "complex");
  if (!*row) {
    return og_error_set(err, OG_USAGE,
                        "there is no model \"%s\": expected complex, distmult, transe, transe-l1, "
                        "rotate, rotate-l1 or roth",
                        name);
  }
  return OG_OK;
}

/* Rows of negatives are passed over when they are not wanted, but for the last. */
static size_t shape_of(size_t edges, size_t entities, OgObjective objective) {
  const bool all = objective == OG_OBJECTIVE_ONE_VS_ALL || objective == OG_OBJECTIVE_K_VS_ALL;
  const double density = (double)edges / (double)entities;
  size_t shape = 0;
  while (
      shapes[shape].edges < edges || shapes[shape].density < density ||
      (all && shapes[shape].objective == OG_OBJECTIVE_NEGATIVES && shape < OG_COUNT(shapes) - 1)) {
    shape++;
  }
  return shape;
}

/* The two entities of an edge, whichever way round. */
static uint64_t ends_of(const OgTriple *triple) {
  const uint64_t low = triple->head < triple->tail ? triple->head : triple->tail;
  const uint64_t high = triple->head < triple->tail ? triple->tail : triple->head;
  return high << 32 | low;
}

static int compare_ends(const void *a, const void *b) {
  const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
  return x < y ? -1 : x > y;
}

/* Of the first of `count` ascending numbers that is not below another; count when all are. */
static size_t first_place(const uint64_t *numbers, size_t count, uint64_t wanted) {
  size_t low = 0;
  while (count > 0) {
    const size_t half = count / 2;
    const bool below = numbers[low + half] < wanted;
    low += below ? half + 1 : 0;
    count -= below ? half + 1 : count - half;
  }
  return low;
}

/* The share of valid edges whose two entities have another edge in train: an inverse or a duplicate
 * that may give them away. Valid is sorted, which is short, and train walked through. */
static OgStatus measure_echoes(const OgTripleGraph *graph, double *share, OgError *err) {
  const OgTriples *train = &graph->parts[OG_TRAIN], *valid = &graph->parts[OG_VALID];
  uint64_t *ends = OG_NEW_ARRAY(uint64_t, valid->count);
  bool *echoed = OG_NEW_ARRAY(bool, valid->count); /* by the first place of equal ends */
  size_t echoes = 0;
  OgStatus status = OG_OK;
  *share = 0;
  if (!ends || !echoed) {
    status = og_error_no_memory(err);
    goto done;
  }
  for (size_t k = 0; k < valid->count; k++) {
    ends[k] = ends_of(&valid->items[k]);
  }
  qsort(ends, valid->count, sizeof *ends, compare_ends);
  for (size_t k = 0; k < train->count; k++) {
    const uint64_t wanted = ends_of(&train->items[k]);
    const size_t place = first_place(ends, valid->count, wanted);
    if (place < valid->count && ends[place] == wanted) {
      echoed[place] = true;
    }
  }
  for (size_t k = 0; k < valid->count; k++) {
    echoed[k] = echoed[k] || (k > 0 && ends[k] == ends[k - 1] && echoed[k - 1]);
    echoes += echoed[k];
  }
  *share = valid->count > 0 ? (double)echoes / (double)valid->count : 0;
done:
  og_free(ends);
  og_free(echoed);
  return status;
}

/* Where most held-out edges have an echo, to remember is to know: the published weight of the N3
 * penalty for such graphs is a tenth of that for others (Lacroix et al. 2018, FB15k and YAGO3-10
 * beside FB15k-237). Small graphs have settings of their own. */
static Setting default_setting(const OgEmbedOptions *options, const OgScoreModel *row, size_t shape,
                               size_t edges, double echoes) {
  const bool told = echoes > 0.5 && edges > SMALL_EDGES && shapes[shape].n3 < 0.1;
  Setting setting = {og_embed_sampling(row)->learning_rate, 0};
  if (row->similarity == OG_DOT) {
    setting = (Setting){shapes[shape].learning_rate, shapes[shape].n3};
  } else if (row->similarity == OG_L2 && options->objective != OG_OBJECTIVE_NEGATIVES) {
    setting = (Setting){shapes[shape].euclidean_rate,
                        row->complex ? shapes[shape].n3_rotate : shapes[shape].n3_transe};
  }
  setting.n3 /= told ? 10 : 1;
  return setting;
}

/* Replace every "decide for me" by a choice. echoes: see measure_echoes. features: the vectors are
 * made to be used, not only to rank edges. */
static void decide(OgEmbedOptions *options, const OgScoreModel *row, const OgTripleGraph *graph,
                   size_t edges, double echoes, bool features) {
  const size_t shape = shape_of(edges, graph->N, options->objective);
  const bool dot = row->similarity == OG_DOT;
  const OgSampling *sampling = og_embed_sampling(row);
  const size_t sample = shapes[shape].sample;
  options->model = row->name;
  if (options->objective == OG_OBJECTIVE_AUTO) {
    options->objective = row->one_vs_all ? shapes[shape].objective : OG_OBJECTIVE_NEGATIVES;
  }
  const Setting setting = default_setting(options, row, shape, edges, echoes);
#define DECIDE(field, undecided, choice) options->field = (undecided) ? (choice) : options->field
  DECIDE(reciprocal, options->reciprocal == OG_CHOICE_AUTO,
         row->reciprocal ? OG_CHOICE_YES : OG_CHOICE_NO);
  DECIDE(optimiser, options->optimiser == OG_OPTIMISER_AUTO, sampling->optimiser);
  DECIDE(dim, options->dim == 0, shapes[shape].dim);
  DECIDE(batch, options->batch == 0, shapes[shape].batch);
  DECIDE(learning_rate, options->learning_rate == 0,
         setting.learning_rate * (options->optimiser == OG_OPTIMISER_ADAM ? rate_of_adam : 1));
  DECIDE(n3, options->n3 < 0, setting.n3);
  DECIDE(sample, options->sample == 0, graph->N > 2 * sample ? sample : graph->N);
  DECIDE(relation_prediction, options->relation_prediction < 0,
         dot && row->complex && options->objective == OG_OBJECTIVE_ONE_VS_ALL
             ? shapes[shape].relation_prediction
             : 0);
  DECIDE(negatives, options->negatives == 0, sampling->negatives);
  DECIDE(margin, options->margin < 0, sampling->margin);
  DECIDE(temperature, options->temperature < 0, sampling->temperature);
  DECIDE(negatives_weight, options->negatives_weight < 0, sampling->weight);
  DECIDE(neighbours, options->neighbours < 0,
         !features ? 0
         : dot     ? shapes[shape].neighbours
                   : row->neighbours);
  DECIDE(held_out, options->held_out < 0, og_embed_held_out);
  DECIDE(patience, options->patience < 0,
         graph->parts[OG_VALID].count >= og_embed_few_held_out && edges <= LARGE_EDGES ? PATIENCE
                                                                                       : 0);
  const int usual = options->patience > 0 ? shapes[shape].epochs : shapes[shape].blind;
  const bool longer = sampling->epochs > usual && edges <= LARGE_EDGES;
  DECIDE(epochs, options->epochs <= 0, longer ? sampling->epochs : usual);
  DECIDE(evaluate_every, options->evaluate_every <= 0,
         longer ? (options->epochs + EVALUATIONS - 1) / EVALUATIONS : shapes[shape].evaluate_every);
  DECIDE(cool_down, options->cool_down < 0, longer ? sampling->cool_down : shapes[shape].cool_down);
  DECIDE(refit, options->refit == OG_CHOICE_AUTO,
         edges <= LARGE_EDGES ? OG_CHOICE_YES : OG_CHOICE_NO);
  DECIDE(streamed, options->streamed == OG_CHOICE_AUTO,
         graph->parts[OG_TRAIN].count > LARGE_EDGES ? OG_CHOICE_YES : OG_CHOICE_NO);
#undef DECIDE
  if (options->objective != OG_OBJECTIVE_NEGATIVES || options->bernoulli) {
    options->streamed = OG_CHOICE_NO; /* these ask for all answers */
  }
}

static size_t count_edges(const OgTripleGraph *graph) {
  size_t edges = 0;
  for (int part = 0; part < OG_PARTS; part++) {
    edges += graph->parts[part].count;
  }
  return edges;
}

bool og_embed_is_piloted(const OgTripleGraph *graph) {
  return shapes[shape_of(count_edges(graph), graph->N, OG_OBJECTIVE_AUTO)].pilot &&
         graph->parts[OG_VALID].count >= og_embed_few_held_out;
}

OgStatus og_embed_choose(const OgTripleGraph *graph, bool features, OgEmbedOptions *options,
                         const OgScoreModel **row, OgError *err) {
  double echoes;
  OG_TRY(find_model(options->model, row, err));
  OG_TRY(check_options(options, *row, err));
  OG_TRY(measure_echoes(graph, &echoes, err));
  decide(options, *row, graph, count_edges(graph), echoes, features);
  return OG_OK;
}

OgStatus og_embed_decide(const OgTripleGraph *graph, OgEmbedOptions *options, OgError *err) {
  const OgScoreModel *row;
  return og_embed_choose(graph, false, options, &row, err);
}
