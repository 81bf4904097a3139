#include "finetune/predict.h"

#include "core/blas.h"
#include "core/file.h"
#include "core/json.h"
#include "core/memory.h"
#include "finetune/checkpoint.h"
#include "finetune/classifier.h"
#include "finetune/entities.h"
#include "model/ops.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Weights that were laid out for it multiply faster: few texts at a time, and in 8 bits always.
 * That takes memory once more, and the time that five batches of one text save. */
enum { FEW_TEXTS = 8, FEW_BATCHES = 5 };

struct OgPredictor {
  char *directory;
  char *graph; /* file; NULL: none */
  size_t batch_size;
  const OgProgress *progress;
  OgRunFile run;
  OgLabels labels;
  OgTeam *team;
  OgTokenizer *tokenizer;
  OgEntities entities;
  OgClassifierShape shape;
  OgParams params;
  OgClassifier *classifier;
  size_t batches; /* predicted */
};

OgPredictOptions og_predict_options_default(void) {
  return (OgPredictOptions){.batch_size = 64};
}

/* ---- loading ---- */

static OgStatus load_labels(OgPredictor *p, OgError *err) {
  char **names = NULL;
  size_t count;
  OG_TRY(og_config_labels(p->directory, &names, &count, err));
  OgStatus status;
  if (count == 0) {
    status = og_error_set(err, OG_BAD_STORE, "%s/config.json: expected id2label, but found none",
                          p->directory);
  } else {
    status = og_labels_init(&p->labels, (const char *const *)names, count, err);
  }
  og_config_labels_free(names, count);
  return status;
}

/* The vectors must be those of the training: another set speaks another language. Rows that came to
 * them since are welcome, but for vectors that are dealt out by lot: among more, every lot falls
 * elsewhere. */
static OgStatus check_vectors(const OgPredictor *p, OgError *err) {
  const char *found = p->entities.vectors.name;
  if (strcmp(p->entities.vectors_hash, p->run.vectors_hash) != 0) {
    return og_error_set(err, OG_BAD_STORE,
                        "%s: the embedding set \"%s\" is not the one that %s was trained with, "
                        "\"%s\" as it was then, nor an update of it (it was made again, or it is "
                        "another graph); train again with: ontograft finetune",
                        p->graph, found, p->directory, p->run.embedding_set);
  }
  if (p->run.shuffle_seed && p->entities.renewed) {
    return og_error_set(err, OG_BAD_STORE,
                        "%s: %s was trained with the vectors of the set \"%s\" shuffled, and the "
                        "set was updated since; train again with: ontograft finetune",
                        p->graph, p->directory, found);
  }
  if (strcmp(p->entities.graph_hash, p->run.graph_hash) != 0) {
    og_progress_warn(p->progress, "%s has changed since %s was trained", p->graph, p->directory);
  }
  return OG_OK;
}

static OgStatus load_graph(OgPredictor *p, const OgPredictOptions *options, OgError *err) {
  const bool fusion = p->run.fusion != OG_FUSION_NONE;
  const char *path = options->graph ? options->graph : p->run.graph;
  const char *set = options->set ? options->set : p->run.embedding_set;
  if (options->set && !fusion) {
    return og_error_set(err, OG_USAGE, "%s was trained without vectors: leave --set out",
                        p->directory);
  }
  if (path[0] == '\0') {
    return OG_OK; /* trained without a graph, and none is asked for */
  }
  p->graph = og_strdup(path);
  if (!p->graph) {
    return og_error_no_memory(err);
  }
  if (!og_file_exists(path)) {
    return og_error_set(err, OG_IO, "the graph %s is not there; say where it is with --graph",
                        path);
  }
  OG_TRY(og_entities_load(path, fusion, fusion ? set : NULL, p->progress, &p->entities, err));
  if (!fusion) {
    return OG_OK;
  }
  OG_TRY(check_vectors(p, err));
  return p->run.shuffle_seed ? og_entities_shuffle(&p->entities, p->run.shuffle_seed, err) : OG_OK;
}

/* All tensors must be in the file: a head that is missing would predict noise. */
static OgStatus load_weights(OgPredictor *p, OgError *err) {
  OG_TRY(og_classifier_params(&p->shape, &p->params, err));
  bool *loaded = OG_NEW_ARRAY(bool, p->params.count);
  if (!loaded) {
    return og_error_no_memory(err);
  }
  OgStatus status = og_params_open(&p->params, p->directory, p->team, loaded, err);
  for (size_t k = 0; status == OG_OK && k < p->params.count; k++) {
    const bool pooler = og_role_of_pooler(p->params.tensors[k].role);
    if (!loaded[k] && !(pooler && p->shape.pooling == OG_POOLING_MEAN)) {
      status = og_error_set(err, OG_BAD_STORE, "%s/model.safetensors lacks the tensor %s",
                            p->directory, p->params.tensors[k].name);
    }
  }
  og_free(loaded);
  return status;
}

/* What to do where there is no memory. */
static OgStatus advise(OgStatus status, OgError *err) {
  return og_error_advise(status, err,
                         "take fewer texts at a time (--batch), fewer --threads, or smaller "
                         "weights (ontograft quantize RUN --weights int8)");
}

static OgStatus load(OgPredictor *p, const OgPredictOptions *options, OgError *err) {
  OG_TRY(og_blas_load(err));
  OG_TRY(og_run_file_load(p->directory, &p->run, err));
  OG_TRY(og_config_load(p->directory, &p->shape.config, err));
  OG_TRY(load_labels(p, err));
  OG_TRY(og_error_during(og_tokenizer_load(p->directory, &p->tokenizer, err),
                         "reading the vocabulary", err));
  OG_TRY(og_error_during(load_graph(p, options, err), "reading the graph", err));
  p->shape.fusion = p->run.fusion;
  p->shape.pooling = p->run.pooling;
  p->shape.window_pooling = p->run.window_pooling;
  p->shape.D = p->entities.vectors.D;
  p->shape.labels = p->labels.count;
  OG_TRY(og_team_new(options->threads, &p->team, err));
  OG_TRY(og_error_during(load_weights(p, err), "loading the weights", err));
  OG_TRY(og_classifier_new(&p->shape, &p->params, p->team, OG_KEEP_NOTHING, &p->classifier, err));
  /* floats that stand for 8 bits are multiplied in 8 bits from the first text on */
  const bool copied = p->params.stored != OG_PRECISION_F32 && !p->params.left;
  return copied ? og_classifier_pack(p->classifier, p->params.stored, err) : OG_OK;
}

/* Before a batch. */
static OgStatus pack_if_it_pays(OgPredictor *p, OgError *err) {
  const OgPrecision stored = p->params.stored;
  const bool can = stored == OG_PRECISION_F32 || p->params.left; /* else it was done */
  const bool pays = stored == OG_PRECISION_INT8 || p->batch_size <= FEW_TEXTS;
  return p->batches++ == FEW_BATCHES && can && pays ? og_classifier_pack(p->classifier, stored, err)
                                                    : OG_OK;
}

/* "run/" is the run "run": predictions are stored under its name. */
static char *name_directory(const char *run) {
  char *name = og_strdup(run);
  for (size_t n = name ? strlen(name) : 0; n > 1 && name[n - 1] == '/'; n--) {
    name[n - 1] = '\0';
  }
  return name;
}

OgStatus og_predictor_open(const char *run, const OgPredictOptions *options,
                           const OgProgress *progress, OgPredictor **predictor, OgError *err) {
  if (options->batch_size == 0) {
    return og_error_set(err, OG_USAGE, "expected at least one text at a time");
  }
  OgPredictor *made = OG_NEW(OgPredictor);
  if (!made) {
    return og_error_no_memory(err);
  }
  made->progress = progress;
  made->batch_size = options->batch_size;
  made->directory = name_directory(run);
  const OgStatus status =
      advise(made->directory ? load(made, options, err) : og_error_no_memory(err), err);
  if (status != OG_OK) {
    og_predictor_close(made);
    return status;
  }
  *predictor = made;
  return OG_OK;
}

void og_predictor_close(OgPredictor *predictor) {
  if (!predictor) {
    return;
  }
  og_classifier_free(predictor->classifier);
  og_params_clear(&predictor->params);
  og_entities_clear(&predictor->entities);
  og_tokenizer_free(predictor->tokenizer);
  og_team_free(predictor->team);
  og_labels_clear(&predictor->labels);
  og_run_file_clear(&predictor->run);
  og_free(predictor->graph);
  og_free(predictor->directory);
  og_free(predictor);
}

const OgLabels *og_predictor_labels(const OgPredictor *predictor) {
  return &predictor->labels;
}

OgFusionKind og_predictor_fusion(const OgPredictor *predictor) {
  return predictor->run.fusion;
}

const char *og_predictor_graph(const OgPredictor *predictor) {
  return predictor->graph;
}

/* ---- a chunk of rows ---- */

/* A row, kept until its batch is predicted. Texts live in the chunk's arena. */
typedef struct Row {
  long line;
  const char *id, *text, *truth; /* truth NULL when the file has no labels */
  const char *group;             /* NULL when no column was asked for */
} Row;

/* What one call of og_predict works with. */
typedef struct Work {
  OgPredictor *p;
  OgPredictedSink sink;
  void *sink_data;
  OgStore *store; /* NULL: no graph */
  OgRefs *refs;   /* NULL likewise */
  bool saving;
  int64_t run;
  OgRowReader *reader;
  bool grouped; /* a column of groups was asked for */

  OgArena arena;
  Row *rows;         /* (batch_size) */
  OgTextPair *texts; /* (batch_size) */
  uint32_t *all;     /* (batch_size) 0, 1, 2, … */
  size_t count;      /* rows of the chunk */
  OgInputs inputs;
  OgInputBatch batch;

  OgBuffer json;
  OgMention *mentions; /* of one text */
  const OgEntityRef **entities;
  float *weights;
  size_t mention_capacity;

  uint32_t *truth, *predicted; /* (scored) of all rows whose label the run knows */
  size_t scored, scored_capacity;
  OgPredictCounts counts; /* of the rows predicted */
  size_t tokens, unknown; /* of them, and those that the vocabulary has no word for */
} Work;

static OgStatus work_init(Work *work, OgError *err) {
  const size_t size = work->p->batch_size;
  work->rows = og_calloc(size, sizeof *work->rows);
  work->texts = og_calloc(size, sizeof *work->texts);
  work->all = og_calloc(size, sizeof *work->all);
  if (!work->rows || !work->texts || !work->all) {
    return og_error_no_memory(err);
  }
  for (size_t k = 0; k < size; k++) {
    work->all[k] = (uint32_t)k;
  }
  return OG_OK;
}

static void work_clear(Work *work) {
  og_rows_close(work->reader);
  og_arena_clear(&work->arena);
  og_free(work->rows);
  og_free(work->texts);
  og_free(work->all);
  og_inputs_clear(&work->inputs);
  og_input_batch_clear(&work->batch);
  og_buffer_clear(&work->json);
  og_free(work->mentions);
  og_free(work->entities);
  og_free(work->weights);
  og_free(work->truth);
  og_free(work->predicted);
}

/* Read up to batch_size rows into the chunk. */
static OgStatus read_chunk(Work *work, OgError *err) {
  og_arena_reset(&work->arena);
  const bool labels = og_rows_have_labels(work->reader);
  for (work->count = 0; work->count < work->p->batch_size; work->count++) {
    OgRow row;
    bool more;
    OG_TRY(og_rows_next(work->reader, &row, &more, err));
    if (!more) {
      break;
    }
    char *id = og_arena_copy(&work->arena, row.id.data, row.id.size);
    char *text = og_arena_copy(&work->arena, row.text.data, row.text.size);
    char *pair = og_arena_copy(&work->arena, row.pair.data, row.pair.size);
    char *truth = labels ? og_arena_copy(&work->arena, row.label.data, row.label.size) : NULL;
    char *group =
        work->grouped ? og_arena_copy(&work->arena, row.group.data, row.group.size) : NULL;
    if (!id || !text || !pair || (labels && !truth) || (work->grouped && !group)) {
      return og_error_no_memory(err);
    }
    work->rows[work->count] = (Row){row.line, id, text, truth, group};
    work->texts[work->count] = (OgTextPair){{text, row.text.size}, {pair, row.pair.size}};
  }
  return OG_OK;
}

static OgStatus probabilities_json(const OgLabels *labels, const float *probabilities,
                                   OgBuffer *buffer, OgError *err) {
  json_t *json = json_object();
  bool fine = json != NULL;
  for (size_t c = 0; fine && c < labels->count; c++) {
    const double probability = (double)probabilities[c];
    json_t *value = isfinite(probability) ? json_real(probability) : json_null();
    fine = json_object_set_new(json, labels->names[c], value) == 0;
  }
  char *text = fine ? json_dumps(json, JSON_REAL_PRECISION(4)) : NULL;
  json_decref(json);
  if (!text) {
    return og_error_no_memory(err);
  }
  og_buffer_reset(buffer);
  const OgStatus status = og_buffer_text(buffer, text, err);
  free(text);
  return status;
}

static OgStatus reserve_mentions(Work *work, size_t count, OgError *err) {
  if (count <= work->mention_capacity) {
    return OG_OK;
  }
  const size_t capacity = 2 * count;
  OgMention *mentions = og_realloc(work->mentions, capacity, sizeof *mentions);
  work->mentions = mentions ? mentions : work->mentions;
  const OgEntityRef **entities = og_realloc(work->entities, capacity, sizeof *entities);
  work->entities = entities ? entities : work->entities;
  float *weights = og_realloc(work->weights, capacity, sizeof *weights);
  work->weights = weights ? weights : work->weights;
  if (!mentions || !entities || !weights) {
    return og_error_no_memory(err);
  }
  work->mention_capacity = capacity;
  return OG_OK;
}

/* The mentions of text k of the chunk; *cursor walks the batch's mentions beside them. A mention
 * that had no vector weighed nothing. */
static OgStatus gather_mentions(Work *work, size_t k, size_t *cursor, OgError *err) {
  const size_t begin = work->inputs.mention_starts[k], end = work->inputs.mention_starts[k + 1];
  const float *weights = og_classifier_weights(work->p->classifier);
  OG_TRY(reserve_mentions(work, end - begin, err));
  for (size_t m = begin; m < end; m++) {
    const bool joined = *cursor < work->batch.M && work->batch.mentions[*cursor] == m;
    const OgMention *mention = &work->inputs.mentions[m].mention;
    OG_TRY(og_refs_find(work->refs, mention->entity, &work->entities[m - begin], err));
    work->mentions[m - begin] = *mention;
    work->weights[m - begin] = joined && weights ? weights[*cursor] : 0;
    *cursor += joined;
  }
  return OG_OK;
}

static OgStatus remember(Work *work, uint32_t truth, uint32_t predicted, OgError *err) {
  if (work->scored == work->scored_capacity) {
    const size_t capacity = work->scored ? 2 * work->scored : 1024;
    uint32_t *truths = og_realloc(work->truth, capacity, sizeof *truths);
    work->truth = truths ? truths : work->truth;
    uint32_t *guesses = og_realloc(work->predicted, capacity, sizeof *guesses);
    work->predicted = guesses ? guesses : work->predicted;
    if (!truths || !guesses) {
      return og_error_no_memory(err);
    }
    work->scored_capacity = capacity;
  }
  work->truth[work->scored] = truth;
  work->predicted[work->scored++] = predicted;
  return OG_OK;
}

/* Hand over the prediction of text k of the chunk. */
static OgStatus deliver(Work *work, size_t k, const float *probabilities, size_t *cursor,
                        OgError *err) {
  const OgPredictor *p = work->p;
  const Row *row = &work->rows[k];
  const uint32_t label = og_best_label(probabilities, p->labels.count);
  OG_TRY(gather_mentions(work, k, cursor, err));
  OG_TRY(probabilities_json(&p->labels, probabilities, &work->json, err));
  const size_t mentions = work->inputs.mention_starts[k + 1] - work->inputs.mention_starts[k];
  const uint32_t truth =
      row->truth ? og_labels_find(&p->labels, row->truth, strlen(row->truth)) : OG_LABEL_NONE;
  const OgPredicted predicted = {
      .row = {.text_id = row->id,
              .text = row->text,
              .label = p->labels.names[label],
              .score = (double)probabilities[label],
              .probabilities = work->json.data,
              .truth = row->truth,
              .group = row->group,
              .mentions = work->mentions,
              .weights = og_classifier_weights(p->classifier) ? work->weights : NULL,
              .mention_count = mentions},
      .entities = work->entities,
      .line = row->line,
      .label = label,
      .truth = truth,
      .probabilities = probabilities};
  work->counts.unknown_labels += row->truth && row->truth[0] != '\0' && truth == OG_LABEL_NONE;
  if (truth != OG_LABEL_NONE) {
    OG_TRY(remember(work, truth, label, err));
  }
  if (work->saving) {
    OG_TRY(og_results_add(work->store, work->run, &predicted.row, err));
  }
  return work->sink ? work->sink(work->sink_data, &predicted, err) : OG_OK;
}

static OgStatus tell(const Work *work, OgError *err) {
  char detail[32];
  snprintf(detail, sizeof detail, "%zu texts", work->counts.texts);
  return og_progress_report(work->p->progress, "predicting", (double)og_rows_position(work->reader),
                            (double)og_rows_size(work->reader), detail, err);
}

/* Predict `count` texts of the chunk from the first-th on, and hand them over. */
static OgStatus predict_batch(Work *work, size_t first, size_t count, OgError *err) {
  OgPredictor *p = work->p;
  const bool vectors = p->run.fusion != OG_FUSION_NONE;
  OG_TRY(og_input_batch_fill(&work->batch, &work->inputs, work->all + first, count,
                             vectors ? p->entities.vectors.values : NULL, p->shape.D, NULL, err));
  float *scores;
  OG_TRY(pack_if_it_pays(p, err));
  OG_TRY(og_classifier_forward(p->classifier, &work->batch, 0, &scores, err));
  const size_t C = p->labels.count;
  og_softmax_forward(scores, scores, 1, count, C, C);
  size_t cursor = 0;
  for (size_t k = 0; k < count; k++) {
    OG_TRY(deliver(work, first + k, scores + k * C, &cursor, err));
  }
  return OG_OK;
}

/* Texts that are read in windows may have many of them: as many texts at a time as have this many
 * tokens. */
enum { BATCH_TOKENS = 16384 };

static OgStatus predict_chunk(Work *work, OgError *err) {
  OgPredictor *p = work->p;
  const bool vectors = p->run.fusion != OG_FUSION_NONE;
  const OgInputEncoder encoder = {.tokenizer = p->tokenizer,
                                  .linker = p->entities.linker,
                                  .vectors = vectors ? &p->entities.vectors : NULL,
                                  .max_length = p->run.max_length,
                                  .window_step = p->run.window_step,
                                  .min_link_score = p->run.min_link_score};
  OG_TRY(og_inputs_encode(&encoder, p->team, work->texts, work->count, &work->inputs, err));
  work->tokens += work->inputs.starts[work->count];
  work->unknown += work->inputs.unknown;
  for (size_t first = 0, count; first < work->count; first += count) {
    const size_t left = work->count - first;
    count = og_inputs_batch_size(&work->inputs, work->all + first, left, left, BATCH_TOKENS);
    OG_TRY(predict_batch(work, first, count, err));
  }
  work->counts.texts += work->count;
  work->counts.empty += work->inputs.empty;
  return tell(work, err);
}

/* ---- the graph ---- */

/* A JSON file of the run as text; "{}" when it is not there. */
static OgStatus read_json_text(const OgPredictor *p, const char *name, OgBuffer *text,
                               OgError *err) {
  enum { LIMIT = 64 << 20 };
  char *path = og_path_join(p->directory, name);
  if (!path) {
    return og_error_no_memory(err);
  }
  const OgStatus status =
      og_file_exists(path) ? og_file_read(path, LIMIT, text, err) : og_buffer_text(text, "{}", err);
  og_free(path);
  return status;
}

/* Make the run's row, in a transaction that ends with the work. */
static OgStatus begin_saving(Work *work, OgError *err) {
  OgPredictor *p = work->p;
  OgBuffer parameters = OG_BUFFER_INIT, metrics = OG_BUFFER_INIT;
  char hash[OG_SHA256_HEX_SIZE];
  OgStatus status;
  OG_GO(read_json_text(p, "ontograft.json", &parameters, err));
  OG_GO(read_json_text(p, "metrics.json", &metrics, err));
  OG_GO(og_model_sha256(p->directory, hash, err));
  OG_GO(og_store_begin(work->store, err));
  const OgRunInfo info = {.name = p->directory,
                          .model_sha256 = hash,
                          .base = p->run.base,
                          .fusion = og_fusion_name(p->run.fusion),
                          .graph_hash = p->run.graph_hash,
                          .parameters = parameters.data,
                          .metrics = metrics.data,
                          .embedding_set = p->entities.vectors.set};
  OG_GO(og_results_begin(work->store, &info, &work->run, err));
done:
  og_buffer_clear(&parameters);
  og_buffer_clear(&metrics);
  return status;
}

/* One handle for reading and saving: two would wait for each other. */
static OgStatus open_graph(Work *work, OgError *err) {
  const char *graph = work->p->graph;
  if (!graph) {
    return work->saving ? og_error_set(err, OG_USAGE, "say which graph to save the predictions in")
                        : OG_OK;
  }
  OG_TRY(og_store_open(graph, work->saving ? OG_STORE_WRITE : OG_STORE_READ, &work->store, err));
  OG_TRY(og_refs_new(work->store, NULL, &work->refs, err));
  return work->saving ? begin_saving(work, err) : OG_OK;
}

static OgStatus close_graph(Work *work, OgStatus status, OgError *err) {
  og_refs_free(work->refs);
  if (work->store && work->saving) {
    if (status == OG_OK) {
      status = og_store_commit(work->store, err);
    }
    if (status != OG_OK) {
      og_store_rollback(work->store);
    }
  }
  og_store_close(work->store);
  return status;
}

/* The columns that the training was told of are looked for first. */
static OgDatasetOptions with_usual_columns(const OgPredictor *p, const OgDatasetOptions *data) {
  OgDatasetOptions columns = *data;
  const json_t *options = p->run.options;
  columns.usual_text = json_string_value(json_object_get(options, "text_column"));
  columns.usual_label = json_string_value(json_object_get(options, "label_column"));
  columns.usual_id = json_string_value(json_object_get(options, "id_column"));
  return columns;
}

OgStatus og_predict(OgPredictor *predictor, const char *path, const OgDatasetOptions *data,
                    bool save, OgPredictedSink sink, void *sink_data, OgMetrics *metrics,
                    OgPredictCounts *counts, OgError *err) {
  Work work = {.p = predictor,
               .sink = sink,
               .sink_data = sink_data,
               .saving = save,
               .grouped = data && data->group_column,
               .arena = OG_ARENA_INIT,
               .json = OG_BUFFER_INIT};
  OgStatus status;
  OG_GO(work_init(&work, err));
  const OgDatasetOptions columns = with_usual_columns(predictor, data);
  OG_GO(og_rows_open(path, &columns, predictor->progress, &work.reader, err));
  OG_GO(open_graph(&work, err));
  do {
    OG_GO(read_chunk(&work, err));
    if (work.count > 0) {
      OG_GO(predict_chunk(&work, err));
    }
  } while (work.count > 0);
  og_warn_of_unknown(predictor->progress, work.unknown, work.tokens);
  og_warn_of_empty(predictor->progress, og_rows_name(work.reader), work.counts.empty,
                   work.counts.texts);
  if (work.counts.unknown_labels > 0) {
    og_progress_warn(
        predictor->progress,
        "%s: the labels of %zu of %zu texts are none that the model knows; these texts "
        "have no part in the scores",
        og_rows_name(work.reader), work.counts.unknown_labels, work.counts.texts);
  }
  if (metrics) {
    OG_GO(og_metrics_init(metrics, work.truth, work.predicted, work.scored, predictor->labels.count,
                          err));
  }
  if (counts) {
    *counts = work.counts;
  }
done:
  status = advise(og_error_during(status, "predicting", err), err);
  status = close_graph(&work, status, err);
  work_clear(&work);
  return status;
}
