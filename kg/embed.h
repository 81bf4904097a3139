/* embed: learn vectors of a graph's entities and relations, rank held-out edges, store the set
 * (level 2). */
#ifndef OG_KG_EMBED_H
#define OG_KG_EMBED_H

#include "core/progress.h"
#include "kg/embed_calibrate.h"
#include "kg/embed_eval.h"
#include "kg/triples.h"
#include "kg/vectors.h"

typedef enum OgObjective {
  OG_OBJECTIVE_AUTO,       /* as the model's row says; negatives when the graph is too large for all
                              entities */
  OG_OBJECTIVE_ONE_VS_ALL, /* softmax cross-entropy over all entities, or a sample of them */
  OG_OBJECTIVE_NEGATIVES,  /* self-adversarial negative sampling */
  OG_OBJECTIVE_K_VS_ALL    /* binary cross-entropy over all entities */
} OgObjective;

typedef enum OgOptimiser {
  OG_OPTIMISER_AUTO,
  OG_OPTIMISER_ADAGRAD,
  OG_OPTIMISER_ADAM,
  OG_OPTIMISER_SGD
} OgOptimiser;

/* What is held out of a graph (kg/split.h). */
typedef enum OgSplit {
  OG_SPLIT_EDGES,    /* some edges */
  OG_SPLIT_ENTITIES, /* some entities with all their edges: they get vectors after training, from
                        half of these, and are asked for the other half */
  OG_SPLIT_SINCE     /* what an older release lacks */
} OgSplit;

/* The longest vectors that are trained. */
enum { OG_EMBED_MOST_DIM = 1 << 14 /* floats an entity */ };

typedef enum OgChoice { OG_CHOICE_AUTO, OG_CHOICE_YES, OG_CHOICE_NO } OgChoice;

/* Zero (or a negative number where zero means something) lets the graph decide: see the table in
 * embed_defaults.c. Start from OG_EMBED_OPTIONS_INIT. */
typedef struct OgEmbedOptions {
  const char *model; /* NULL: "complex" */
  const char *name;  /* of the set; NULL: "MODEL-DIM" */
  bool keep;         /* refuse to replace a set (og_vectors_check_place), unless it is gone on from
                        state */
  size_t dim;        /* floats an entity, at most OG_EMBED_MOST_DIM; even for complex models */
  OgObjective objective;
  OgOptimiser optimiser;
  OgChoice reciprocal;  /* a vector of its own for each direction of a relation */
  int epochs;           /* at most; 0 decides */
  size_t batch;         /* triples a step; 0 decides */
  double learning_rate; /* 0 decides */
  double cool_down; /* share of the epochs, the last ones, in which the learning rate falls to 0 in
                       equal steps; negative decides */
  double n3;        /* weight of the N3 penalty (Lacroix et al. 2018, eq. 8); negative decides */
  size_t sample;    /* entities drawn for a step against all, to stand for them; 0 decides; as many
                       as there are, or more: no sample */
  double relation_prediction; /* weight of that auxiliary loss (Chen et al. 2021), against all
                                 entities; negative decides */
  double dropout;   /* share of a query's coordinates that a step against all entities drops */
  size_t negatives; /* a query; 0 decides */
  bool bernoulli;   /* replace heads and tails as Wang et al. 2014 do */
  double margin; /* γ of the negative-sampling loss (Sun et al. 2019, eq. 5); negative decides */
  double temperature;      /* α of its weights, 0 = all alike; negative decides */
  double negatives_weight; /* λ: of a pair's negatives together, the answer's being 1; negative
                              decides */
  double neighbours; /* weight of the neighbour term that draws linked entities together; negative
                        decides */
  OgSplit split;
  const char *older;  /* path of the older release, for OG_SPLIT_SINCE */
  double held_out;    /* fraction of the edges kept for validation, and as many for the test (of the
                         entities, for OG_SPLIT_ENTITIES); negative decides */
  bool vectors_alone; /* rank without what the edges say of answers (kg/embed_bias.h) */
  OgChoice refit;     /* after measuring, train once more on all edges, and store that */
  int evaluate_every; /* epochs; 0 decides */
  int patience;       /* evaluations without a better valid MRR before stopping; negative decides */
  OgChoice streamed;  /* keep the edges in a file while training with negatives, and filter these
                         less (OgEmbedReport.unfiltered) */
  double seconds;     /* stop training at the first epoch that ends later; 0 = no limit */
  const char *state;  /* file to keep the training in, and to go on from when it is there; it is
                         removed when all is done. NULL: none */
  double state_every; /* seconds between two savings; each at the end of an epoch */
  uint64_t seed;
  int threads; /* 0: one a processor */
} OgEmbedOptions;

#define OG_EMBED_OPTIONS_INIT                                                                      \
  {                                                                                                \
    .cool_down = -1, .n3 = -1, .relation_prediction = -1, .margin = -1, .temperature = -1,         \
    .negatives_weight = -1, .neighbours = -1, .held_out = -1, .patience = -1, .state_every = 30,   \
    .seed = 1                                                                                      \
  }

typedef enum OgStop { OG_STOP_EPOCHS, OG_STOP_PATIENCE, OG_STOP_SECONDS, OG_STOP_NAN } OgStop;

typedef struct OgEmbedReport {
  OgEmbedOptions used; /* every choice made; model and name point to static text or to set_name */
  char set_name[128];
  int64_t set;                       /* embedding_set.id; 0 when nothing was stored */
  size_t entities, relations, edges; /* of the whole graph, distinct edges without self-loops */
  size_t train, valid, test;         /* edges */
  size_t support;    /* edges that were known, but neither trained on nor asked for (OG_SUPPORT) */
  size_t added;      /* entities that training did not see and that got a vector afterwards */
  double unfiltered; /* of streamed: probability that a negative is a right answer and counts all
                        the same, a mean over the questions of the edges trained on */
  size_t unseen;     /* edges of valid and test with an entity or relation that train lacks */
  int epochs;        /* trained when measuring */
  int best_epoch;    /* the one kept */
  double loss;       /* mean a query-answer pair, last epoch */
  double seconds;    /* of training, evaluations excluded */
  double evaluation_seconds;
  OgRanking valid_ranking,
      test_ranking; /* of the kept state, before a refit; queries 0 when nothing was held out */
  OgRanking baselines[2]; /* of test, when entities that training did not see had the plain mean of
                             OgPlacing for a vector; queries 0 when there were none */
  OgCalibration calibration; /* of the same state */
  OgStop stop;
  bool refitted; /* what is stored was trained on all edges, for best_epoch epochs */
} OgEmbedReport;

/* Train on the graph's edges and store the set. progress and report may be NULL. A graph without
 * edges is OG_NOT_FOUND; options that make no sense are OG_USAGE. On any failure the graph file is
 * as it was. */
OG_API OG_MUST_CHECK OgStatus og_embed(OgStore *store, const OgEmbedOptions *options,
                                       const OgProgress *progress, OgEmbedReport *report,
                                       OgError *err);

/* Train on graph's train part, choose by valid, rank test; nothing is refitted. vectors may be
 * NULL; otherwise it gets the entity vectors (entities numbered by the graph) for the caller to
 * clear. */
OG_API OG_MUST_CHECK OgStatus og_embed_graph(const OgTripleGraph *graph,
                                             const OgEmbedOptions *options,
                                             const OgProgress *progress, OgVectors *vectors,
                                             OgEmbedReport *report, OgError *err);

/* "1-vs-all", …: as in the parameters of a set. Static. */
OG_API const char *og_objective_name(OgObjective objective);

/* Replace all that options leave open by what og_embed_graph would choose. OG_USAGE as there. */
OG_API OG_MUST_CHECK OgStatus og_embed_decide(const OgTripleGraph *graph, OgEmbedOptions *options,
                                              OgError *err);

/* The graph that og_embed trains on, cut into parts; the caller clears it. */
OG_API OG_MUST_CHECK OgStatus og_embed_read_graph(OgStore *store, const OgEmbedOptions *options,
                                                  const OgProgress *progress, OgTripleGraph *graph,
                                                  OgError *err);

#endif
