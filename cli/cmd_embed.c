/* embed: learn vectors of a graph's entities, or write those it has to files. */
#include "cli/embed_search.h"
#include "cli/embed_sets.h"
#include "cli/options.h"
#include "cli/print.h"
#include "core/file.h"
#include "core/memory.h"
#include "kg/embed.h"
#include "kg/split.h"

#include <math.h>
#include <string.h>

typedef struct EmbedOptions {
  int model;
  int objective;
  int optimiser;
  int64_t dim, epochs, evaluate_every, batch, sample, negatives, trials, threads, seed;
  double learning_rate, cool_down, n3, relation_prediction, dropout, margin, temperature,
      negatives_weight, neighbours, held_out, minutes;
  bool bernoulli, no_refit, vectors_alone, force, update, search, json;
  const char *name, *set;
  const char *export;
  const char *triples;
  const char *resume, *from;
  int split;
  const char *split_from;
} EmbedOptions;

static const char *const models[] = {"complex", "distmult",  "transe", "transe-l1",
                                     "rotate",  "rotate-l1", "roth",   NULL};
static const char *const objectives[] = {"auto", "1-vs-all", "negatives", "k-vs-all", NULL};

static const char *const optimisers[] = {"auto", "adagrad", "adam", "sgd", NULL};
static const char *const splits[] = {"edges", "entities", NULL};

static const EmbedOptions defaults = {.model = -1,
                                      .cool_down = -1,
                                      .n3 = -1,
                                      .relation_prediction = -1,
                                      .margin = -1,
                                      .temperature = -1,
                                      .negatives_weight = -1,
                                      .neighbours = -1,
                                      .held_out = -1,
                                      .seed = 1};

static const double entities_held_out = 0.05; /* of a benchmark */

#define AT(field) offsetof(EmbedOptions, field)

static const Option rows[] = {
    {"model", 'm', OPTION_CHOICE, AT(model), "MODEL",
     "complex (default), distmult, transe, rotate, roth, transe-l1 or rotate-l1", models, 0, 0},
    {"dim", 'd', OPTION_INTEGER, AT(dim), "N", "floats an entity (default: by the graph's size)",
     NULL, 2, OG_EMBED_MOST_DIM},
    {"name", 0, OPTION_TEXT, AT(name), "NAME",
     "name of the set (default MODEL-DIM; searched with --search)", NULL, 0, 0},
    {"objective", 0, OPTION_CHOICE, AT(objective), "KIND",
     "1-vs-all, k-vs-all, negatives or auto (default: by model and size)", objectives, 0, 0},
    {"optimiser", 0, OPTION_CHOICE, AT(optimiser), "KIND",
     "adagrad, adam, sgd or auto (default: adagrad; of roth adam)", optimisers, 0, 0},
    {"epochs", 'e', OPTION_INTEGER, AT(epochs), "N", "at most so many passes over the edges", NULL,
     1, 1e6},
    {"evaluate-every", 0, OPTION_INTEGER, AT(evaluate_every), "N", "epochs between two evaluations",
     NULL, 1, 1e6},
    {"batch", 0, OPTION_INTEGER, AT(batch), "N", "triples a step", NULL, 1, 1e7},
    {"lr", 0, OPTION_REAL, AT(learning_rate), "X", "learning rate", NULL, 1e-9, 100},
    {"cool-down", 0, OPTION_REAL, AT(cool_down), "SHARE",
     "of the epochs, the last: the learning rate falls to 0", NULL, 0, 1},
    {"n3", 0, OPTION_REAL, AT(n3), "X", "weight of the N3 penalty", NULL, 0, 1000},
    {"sample", 0, OPTION_INTEGER, AT(sample), "N",
     "entities that stand for all in a step of 1-vs-all or k-vs-all", NULL, 1, 1e9},
    {"relation-prediction", 0, OPTION_REAL, AT(relation_prediction), "X",
     "weight of predicting relations, too", NULL, 0, 1000},
    {"dropout", 0, OPTION_REAL, AT(dropout), "SHARE", "of a query's coordinates", NULL, 0, 0.99},
    {"negatives", 0, OPTION_INTEGER, AT(negatives), "N", "negatives a query", NULL, 1, 1e6},
    {"bernoulli", 0, OPTION_FLAG, AT(bernoulli), NULL,
     "replace heads and tails by how many of them the relation has", NULL, 0, 0},
    {"margin", 0, OPTION_REAL, AT(margin), "X", "margin of the negative-sampling loss", NULL, 0,
     1000},
    {"temperature", 0, OPTION_REAL, AT(temperature), "X",
     "of the weights of negatives (0: all alike)", NULL, 0, 1000},
    {"negatives-weight", 0, OPTION_REAL, AT(negatives_weight), "X",
     "of a query's negatives together, its answer being 1", NULL, 0, 1e6},
    {"neighbours", 0, OPTION_REAL, AT(neighbours), "X",
     "weight of drawing linked entities together", NULL, 0, 1000},
    {"held-out", 0, OPTION_REAL, AT(held_out), "SHARE",
     "edges kept for validation, and as many for the test (0: none)", NULL, 0, 0.4},
    {"split", 0, OPTION_CHOICE, AT(split), "KIND",
     "hold out edges (default), or entities with all their edges", splits, 0, 0},
    {"split-from", 0, OPTION_TEXT, AT(split_from), "OLDER",
     "hold out what the graph OLDER, an earlier release, lacks", NULL, 0, 0},
    {"no-refit", 0, OPTION_FLAG, AT(no_refit), NULL,
     "store what was measured, not a training on all edges", NULL, 0, 0},
    {"vectors-alone", 0, OPTION_FLAG, AT(vectors_alone), NULL,
     "rank without what the edges say of answers, as papers do", NULL, 0, 0},
    {"search", 0, OPTION_FLAG, AT(search), NULL,
     "try settings first, for --minutes, and train with the best", NULL, 0, 0},
    {"trials", 0, OPTION_INTEGER, AT(trials), "N", "settings that --search tries (default 12)",
     NULL, 1, 1000},
    {"minutes", 0, OPTION_REAL, AT(minutes), "X", "stop training, or the search, after so long",
     NULL, 0.001, 1e6},
    {"resume", 0, OPTION_TEXT, AT(resume), "FILE",
     "keep the training in FILE as it goes, and go on from there when it exists", NULL, 0, 0},
    {"update", 0, OPTION_FLAG, AT(update), NULL,
     "train nothing anew: give vectors to entities that a set lacks, from edges and names", NULL, 0,
     0},
    {"set", 0, OPTION_TEXT, AT(set), "NAME",
     "of --update and --export (default: the last; --update: the last that ranks edges)", NULL, 0,
     0},
    {"force", 0, OPTION_FLAG, AT(force), NULL,
     "replace a set of that name, even when it is of the present graph", NULL, 0, 0},
    OPTION_ROW_SEED(EmbedOptions),
    OPTION_ROW_THREADS(EmbedOptions),
    {"export", 0, OPTION_TEXT, AT(export), "PATH",
     "train nothing: write a set to PATH.npy, .tsv, .vec and .safetensors; one of them when PATH "
     "ends so",
     NULL, 0, 0},
    {"from", 0, OPTION_TEXT, AT(from), "FILE",
     "train nothing: take vectors made elsewhere (word2vec text)", NULL, 0, 0},
    {"triples", 0, OPTION_TEXT, AT(triples), "FOLDER",
     "no graph: train, valid and test (.txt or .txt.gz) of a benchmark", NULL, 0, 0},
    OPTION_ROW_JSON(EmbedOptions),
    OPTION_END,
};

static OgEmbedOptions library_options(const EmbedOptions *options) {
  OgEmbedOptions embed = OG_EMBED_OPTIONS_INIT;
  embed.model = options->model < 0 ? NULL : models[options->model];
  embed.name = options->name;
  embed.keep = !options->force;
  embed.dim = (size_t)options->dim;
  embed.objective = (OgObjective)options->objective;
  embed.optimiser = (OgOptimiser)options->optimiser;
  embed.epochs = (int)options->epochs;
  embed.evaluate_every = (int)options->evaluate_every;
  embed.batch = (size_t)options->batch;
  embed.learning_rate = options->learning_rate;
  embed.cool_down = options->cool_down;
  embed.n3 = options->n3;
  embed.sample = (size_t)options->sample;
  embed.relation_prediction = options->relation_prediction;
  embed.dropout = options->dropout;
  embed.negatives = (size_t)options->negatives;
  embed.temperature = options->temperature;
  embed.negatives_weight = options->negatives_weight;
  embed.bernoulli = options->bernoulli;
  embed.margin = options->margin;
  embed.neighbours = options->neighbours;
  embed.held_out = options->held_out;
  embed.split = options->split_from ? OG_SPLIT_SINCE : (OgSplit)options->split;
  embed.older = options->split_from;
  embed.refit = options->no_refit ? OG_CHOICE_NO : OG_CHOICE_AUTO;
  embed.vectors_alone = options->vectors_alone;
  embed.seconds = options->search ? 0 : options->minutes * 60;
  embed.state = options->resume;
  embed.seed = (uint64_t)options->seed;
  embed.threads = (int)options->threads;
  return embed;
}

static json_t *ranking_json(const OgRanking *ranking) {
  if (ranking->queries == 0) {
    return json_null();
  }
  return json_pack("{s:I, s:f, s:f, s:f, s:f, s:f, s:f}", "queries", (json_int_t)ranking->queries,
                   "mrr", ranking->mrr, "hits@1", ranking->hits1, "hits@3", ranking->hits3,
                   "hits@10", ranking->hits10, "mean_rank", ranking->mean_rank, "vectors_mrr",
                   ranking->vectors_mrr);
}

enum { FEW_QUESTIONS = 100 }; /* with fewer, the standard error of an MRR is .04 and more */

static size_t count_questions(const OgEmbedReport *report) {
  return report->test_ranking.queries > 0 ? report->test_ranking.queries
                                          : report->valid_ranking.queries;
}

static const char *measured_name(const OgEmbedReport *report) {
  const size_t asked = count_questions(report);
  return asked == 0 ? "nothing" : asked < FEW_QUESTIONS ? "too few edges" : "held-out edges";
}

/* What was given, or chosen. */
static json_t *settings_json(const OgEmbedOptions *used) {
  return json_pack("{s:s, s:I, s:f, s:f, s:f, s:f}", "objective",
                   og_objective_name(used->objective), "batch", (json_int_t)used->batch,
                   "learning_rate", used->learning_rate, "n3", used->n3, "cool_down",
                   used->cool_down, "relation_prediction", used->relation_prediction);
}

/* The loss that stopped training is no number, and JSON has no word for it. */
static json_t *loss_json(double loss) {
  return isfinite(loss) ? json_real(loss) : json_null();
}

static OgStatus print_json_report(const OgEmbedReport *report, OgError *err) {
  json_t *json = json_pack(
      "{s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:i, s:i, s:o, s:f, s:f, s:b, s:s, s:o, "
      "s:o}",
      "set", report->set_name, "model", report->used.model, "dim", (json_int_t)report->used.dim,
      "entities", (json_int_t)report->entities, "relations", (json_int_t)report->relations, "edges",
      (json_int_t)report->edges, "train", (json_int_t)report->train, "valid",
      (json_int_t)report->valid, "test", (json_int_t)report->test, "unseen",
      (json_int_t)report->unseen, "epochs", report->epochs, "best_epoch", report->best_epoch,
      "loss", loss_json(report->loss), "seconds", report->seconds, "evaluation_seconds",
      report->evaluation_seconds, "refitted", report->refitted, "measured", measured_name(report),
      "valid_ranking", ranking_json(&report->valid_ranking), "test_ranking",
      ranking_json(&report->test_ranking));
  json_put(&json, "settings", settings_json(&report->used));
  if (report->used.streamed == OG_CHOICE_YES) {
    json_put(&json, "unfiltered", json_real(report->unfiltered));
  }
  if (report->baselines[0].queries > 0) {
    json_put(&json, "support", json_integer((json_int_t)report->support));
    json_put(&json, "added", json_integer((json_int_t)report->added));
    json_put(&json, "neighbours_ranking", ranking_json(&report->baselines[0]));
    json_put(&json, "relations_ranking", ranking_json(&report->baselines[1]));
  }
  return print_json(json, err);
}

static void print_ranking(const char *name, const OgRanking *ranking) {
  if (ranking->queries > 0) {
    printf("%-11s MRR %.3f   Hits@1 %.3f   Hits@3 %.3f   Hits@10 %.3f   (%s)\n", name, ranking->mrr,
           ranking->hits1, ranking->hits3, ranking->hits10,
           text_counted((double)ranking->queries, "question", "questions"));
  }
}

/* Where they differ in what is printed. */
static void print_vectors_alone(const OgRanking *ranking) {
  if (fabs(ranking->vectors_mrr - ranking->mrr) >= 5e-4) {
    printf("%-11s MRR %.3f   by the vectors alone, without what the edges say of answers\n", "",
           ranking->vectors_mrr);
  }
}

/* Why nothing was asked. */
static const char *unmeasured_reason(const OgEmbedReport *report) {
  return report->set == 0             ? "valid and test have no edges"
         : report->used.held_out == 0 ? "no edges were held out (--held-out 0)"
                                      : "no edge could be held out, each entity and relation "
                                        "keeping one to train on";
}

/* How far the figures can be relied on. */
static void print_reliance(const OgEmbedReport *report) {
  const size_t asked = count_questions(report);
  if (asked == 0) {
    printf("measured    nothing: %s\n", unmeasured_reason(report));
  } else if (asked < FEW_QUESTIONS) {
    printf("            so few questions say little of how good the vectors are\n");
  }
}

static const char *stop_reason(OgStop stop) {
  static const char *const reasons[] = {
      [OG_STOP_EPOCHS] = "all epochs done",
      [OG_STOP_PATIENCE] = "no more gain on held-out edges",
      [OG_STOP_SECONDS] = "time was up",
      [OG_STOP_NAN] = "the loss was no number any more: try a smaller --lr",
  };
  return reasons[stop];
}

static void print_report(const OgEmbedReport *report) {
  printf("graph       %s, %s, %s (%s train, %s valid, %s test)\n",
         text_counted((double)report->entities, "entity", "entities"),
         text_counted((double)report->relations, "relation", "relations"),
         text_counted((double)report->edges, "edge", "edges"), text_count((double)report->train),
         text_count((double)report->valid), text_count((double)report->test));
  printf("model       %s, %zu floats an entity, seed %llu\n", report->used.model, report->used.dim,
         (unsigned long long)report->used.seed);
  printf("settings    %s, learning rate %g, n3 %.2g\n", og_objective_name(report->used.objective),
         report->used.learning_rate, report->used.n3);
  char loss[64] = "";
  if (isfinite(report->loss)) {
    snprintf(loss, sizeof loss, ", loss %.4f", report->loss);
  }
  printf("training    %s in %.1f s%s; kept epoch %d (%s)\n",
         text_counted(report->epochs, "epoch", "epochs"), report->seconds, loss, report->best_epoch,
         stop_reason(report->stop));
  print_ranking("validation", &report->valid_ranking);
  print_vectors_alone(&report->valid_ranking);
  print_ranking("held out", &report->test_ranking);
  print_vectors_alone(&report->test_ranking);
  print_ranking(" neighbours", &report->baselines[0]);
  print_ranking(" relations", &report->baselines[1]);
  print_reliance(report);
  if (report->set > 0) {
    printf("stored      set \"%s\"%s\n", report->set_name,
           report->refitted ? ", trained once more on all edges" : "");
  }
}

static OgStatus show_report(const EmbedOptions *options, const OgEmbedReport *report,
                            OgError *err) {
  if (options->json) {
    return print_json_report(report, err);
  }
  print_report(report);
  return OG_OK;
}

/* With --search: what is not given is what suited the graph best. */
static OgStatus choose_settings(const Context *context, const EmbedOptions *options,
                                const OgTripleGraph *graph, OgEmbedOptions *embed, OgError *err) {
  const OgSearchOptions search = {*embed, (int)options->trials, options->minutes * 60};
  return options->search ? embed_try_settings(context, graph, &search, options->json, embed, err)
                         : OG_OK;
}

/* After the training: the terminal is for messages again. */
static void finish_training(const Context *context, const EmbedOptions *options, OgStatus status) {
  terminal_finish(context->terminal);
  if (status == OG_CANCELLED && !options->resume) {
    terminal_note(context->terminal,
                  "nothing was stored; with --resume FILE a training that is stopped can go on");
  }
}

static OgStatus train_benchmark(const Context *context, const EmbedOptions *options, OgError *err) {
  OgTripleGraph graph = {0};
  OgEmbedReport report;
  OgEmbedOptions embed = library_options(options);
  OG_TRY(og_triples_from_folder(options->triples, &graph, err));
  OgStatus status = OG_OK;
  if (embed.split == OG_SPLIT_ENTITIES) {
    const double share = embed.held_out < 0 ? entities_held_out : embed.held_out;
    OG_GO(og_split_entities(&graph, NULL, share, embed.seed, err));
  }
  OG_GO(choose_settings(context, options, &graph, &embed, err));
  status = og_embed_graph(&graph, &embed, context->progress, NULL, &report, err);
done:
  og_triple_graph_clear(&graph);
  finish_training(context, options, status);
  return status == OG_OK ? show_report(options, &report, err) : status;
}

static OgStatus search_graph(const Context *context, OgStore *store, const EmbedOptions *options,
                             OgEmbedOptions *embed, OgError *err) {
  OgTripleGraph graph;
  if (!options->search) {
    return OG_OK;
  }
  embed->name = options->name ? options->name : "searched"; /* known, so that it can be asked for */
  if (!options->force) {
    OG_TRY(og_vectors_check_place(store, embed->name, NULL, err));
  }
  OG_TRY(og_embed_read_graph(store, embed, context->progress, &graph, err));
  const OgStatus status = choose_settings(context, options, &graph, embed, err);
  og_triple_graph_clear(&graph);
  return status;
}

static OgStatus train_graph(const Context *context, const char *graph_path,
                            const EmbedOptions *options, OgError *err) {
  OgStore *store = NULL;
  OgEmbedReport report;
  OgEmbedOptions embed = library_options(options);
  OG_TRY(og_store_open(graph_path, OG_STORE_WRITE, &store, err));
  OgStatus status = search_graph(context, store, options, &embed, err);
  if (status == OG_OK) {
    status = og_embed(store, &embed, context->progress, &report, err);
  }
  og_store_close(store);
  finish_training(context, options, status);
  OG_TRY(status);
  OG_TRY(show_report(options, &report, err));
  terminal_note(context->terminal, "next: ontograft similar %s \"NAME\"", graph_path);
  return OG_OK;
}

static OgStatus run(const Context *context, const Arguments *arguments, const void *values,
                    OgError *err) {
  const EmbedOptions *options = values;
  if ((arguments->count == 0) != (options->triples != NULL)) {
    return og_error_set(err, OG_USAGE, "embed takes either a GRAPH or --triples FOLDER");
  }
  if ((options->triples != NULL) + (options->export != NULL) + (options->from != NULL) +
          options->update >
      1) {
    return og_error_set(err, OG_USAGE,
                        "embed: --export, --from, --triples and --update exclude one another");
  }
  if (options->trials > 0 && !options->search) {
    return og_error_set(err, OG_USAGE, "embed: --trials says how many settings --search tries");
  }
  if (options->split_from && (options->triples || options->split != OG_SPLIT_EDGES)) {
    return og_error_set(err, OG_USAGE,
                        "embed: --split-from takes a GRAPH, and says itself what is held out");
  }
  if (options->triples) {
    return train_benchmark(context, options, err);
  }
  const SetTask task = {.graph = arguments->items[0],
                        .set = options->set,
                        .name = options->name,
                        .path = options->from ? options->from : options->export,
                        .force = options->force,
                        .json = options->json,
                        .threads = (int)options->threads};
  if (options->from) {
    return embed_import_set(context, &task, err);
  }
  if (options->update) {
    return embed_update_set(context, &task, err);
  }
  return options->export ? embed_export_set(context, &task, err)
                         : train_graph(context, task.graph, options, err);
}

const Command cmd_embed = {
    .name = "embed",
    .group = "Vectors",
    .synopsis = "GRAPH | --triples FOLDER",
    .summary = "learn vectors of the graph's entities, and measure them",
    .examples =
        "  ontograft embed finance.db --model complex --dim 128\n"
        "  ontograft embed finance.db --search --minutes 20  try settings, train with the best\n"
        "  ontograft embed finance.db --update               vectors for what came since\n"
        "  ontograft embed finance.db --export vectors       .npy, .tsv, .vec and .safetensors\n"
        "  ontograft embed --triples FB15k-237               a benchmark: measure, store nothing\n",
    .details =
        "Edges are held out, the others trained on; what was held out is then asked for among all\n"
        "entities (filtered mean reciprocal rank). The stored set is trained on all edges. What "
        "is\n"
        "not given is chosen from the size and the shape of the graph (docs/embeddings.md).\n"
        "--from reads a line an entity: its IRI, CURIE or name (_ for a space), then its "
        "numbers.\n",
    .options = rows,
    .defaults = &defaults,
    .options_size = sizeof(EmbedOptions),
    .least_arguments = 0,
    .most_arguments = 1,
    .run = run,
};
