#include "kg/embed_renew.h"

#include "core/json.h"
#include "core/memory.h"
#include "kg/cursor.h"
#include "kg/embed_extend.h"
#include "kg/embed_names.h"
#include "kg/embed_parameters.h"
#include "kg/embed_predict.h"
#include "kg/embed_train.h"
#include "kg/graph_hash.h"
#include "kg/vectors_origin.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef enum Sql { ENTITIES, COUNT_ENTITIES, EDGES, SQL_COUNT } Sql;

static const char *const sql[SQL_COUNT] = {
    [ENTITIES] = "SELECT id FROM entity ORDER BY id",
    [COUNT_ENTITIES] = "SELECT count(*) FROM entity",
    [EDGES] = "SELECT DISTINCT head, relation, tail FROM edge WHERE head <> tail",
};

static const OgSqlTable table = {sql, SQL_COUNT};

typedef struct Renewer {
  OgStore *store;
  const OgProgress *progress;
  OgVectors *vectors; /* the set as it was */
  OgVectors fresh;    /* as it will be: all entities of the graph, then those with a vector */
  bool *known;        /* (fresh.N) it has a vector in the old set */
  bool *placed;       /* (fresh.N) it has one now */
  bool *linked;       /* (fresh.N) it has an edge that gave it a vector */
  float *prior;       /* (fresh.N, D) what names say of new entities */
  OgTeam *team;
  OgEmbedModel model; /* entities are fresh.values */
  OgTripleGraph graph;
  OgRenewal *renewal;
} Renewer;

static void renewer_clear(Renewer *renewer) {
  renewer->model.entities = NULL;
  og_embed_model_clear(&renewer->model);
  og_triple_graph_clear(&renewer->graph);
  og_vectors_clear(&renewer->fresh);
  og_free_floats(renewer->prior);
  og_free(renewer->linked);
  og_free(renewer->known);
  og_free(renewer->placed);
  og_team_free(renewer->team);
}

/* ---- rows ---- */

static OgStatus list_entities(Renewer *renewer, OgError *err) {
  OgVectors *fresh = &renewer->fresh;
  OgCursor cursor;
  OgStatus status = OG_OK;
  size_t count = 0;
  OG_TRY(og_cursor_open(renewer->store, &table, COUNT_ENTITIES, &cursor, err));
  if (og_cursor_next(&cursor, &status, err)) {
    count = (size_t)og_cursor_integer(&cursor, 0);
  }
  og_cursor_close(&cursor);
  OG_TRY(status);
  fresh->entities = OG_NEW_ARRAY(int64_t, count);
  if (!fresh->entities) {
    return og_error_no_memory(err);
  }
  OG_TRY(og_cursor_open(renewer->store, &table, ENTITIES, &cursor, err));
  while (fresh->N < count && og_cursor_next(&cursor, &status, err)) {
    fresh->entities[fresh->N++] = og_cursor_integer(&cursor, 0);
  }
  og_cursor_close(&cursor);
  return status;
}

/* Rows of all entities, the old vectors in theirs. */
static OgStatus make_rows(Renewer *renewer, OgError *err) {
  OgVectors *fresh = &renewer->fresh;
  const OgVectors *old = renewer->vectors;
  OG_TRY(list_entities(renewer, err));
  fresh->D = old->D;
  fresh->values = og_calloc_floats(fresh->N * fresh->D);
  renewer->known = OG_NEW_ARRAY(bool, fresh->N);
  renewer->placed = OG_NEW_ARRAY(bool, fresh->N);
  renewer->linked = OG_NEW_ARRAY(bool, fresh->N);
  if (!fresh->values || !renewer->known || !renewer->placed || !renewer->linked) {
    return og_error_no_memory(err);
  }
  for (size_t n = 0; n < fresh->N; n++) {
    const float *vector = og_vectors_find(old, fresh->entities[n]);
    if (vector) {
      memcpy(fresh->values + n * fresh->D, vector, fresh->D * sizeof *vector);
      renewer->known[n] = renewer->placed[n] = true;
      renewer->renewal->kept++;
    }
  }
  renewer->renewal->gone = old->N - renewer->renewal->kept;
  if (renewer->renewal->kept == 0) {
    return og_error_set(err, OG_NOT_FOUND,
                        "the set \"%s\" has no vector of an entity that the graph has: there is "
                        "nothing to go by; `ontograft embed %s` makes a new set",
                        old->name, og_store_path(renewer->store));
  }
  return OG_OK;
}

static OgStatus ask_names(Renewer *renewer, uint64_t seed, OgError *err) {
  const OgVectors *fresh = &renewer->fresh;
  renewer->prior = og_calloc_floats(fresh->N * fresh->D);
  return renewer->prior
             ? og_name_prior(renewer->store, fresh->entities, fresh->values, fresh->N, fresh->D,
                             renewer->known, seed, renewer->team, renewer->progress, renewer->prior,
                             &renewer->renewal->explained, err)
             : og_error_no_memory(err);
}

/* In a set without relations: what names say is all there is. */
static void place_named(Renewer *renewer) {
  OgVectors *fresh = &renewer->fresh;
  for (size_t n = 0; n < fresh->N; n++) {
    const float *said = renewer->prior + n * fresh->D;
    bool any = false;
    for (size_t d = 0; d < fresh->D; d++) {
      any = any || said[d] != 0;
    }
    if (!renewer->known[n] && any) {
      memcpy(fresh->values + n * fresh->D, said, fresh->D * sizeof *said);
      renewer->placed[n] = true;
    }
  }
}

/* ---- edges ---- */

/* The edges of new entities whose relation the set knows. */
static OgStatus read_edges(Renewer *renewer, OgError *err) {
  const OgVectors *fresh = &renewer->fresh, *old = renewer->vectors;
  const bool *known = renewer->known;
  OgCursor cursor;
  OgStatus status = OG_OK;
  renewer->graph.N = fresh->N;
  renewer->graph.R = old->R;
  OG_TRY(og_cursor_open(renewer->store, &table, EDGES, &cursor, err));
  while (status == OG_OK && og_cursor_next(&cursor, &status, err)) {
    const size_t head = og_find_id(fresh->entities, fresh->N, og_cursor_integer(&cursor, 0)),
                 relation = og_find_id(old->relations, old->R, og_cursor_integer(&cursor, 1)),
                 tail = og_find_id(fresh->entities, fresh->N, og_cursor_integer(&cursor, 2));
    if (head == fresh->N || tail == fresh->N || (known[head] && known[tail])) {
      continue;
    }
    if (relation == old->R) {
      renewer->renewal->ignored++;
    } else {
      const OgTriple triple = {(uint32_t)head, (uint32_t)relation, (uint32_t)tail};
      status = og_triples_add(&renewer->graph.parts[OG_TRAIN], triple, err);
    }
  }
  og_cursor_close(&cursor);
  renewer->renewal->edges = renewer->graph.parts[OG_TRAIN].count;
  return status;
}

/* A set has a relation's two directions side by side, a model has them R rows apart. */
static OgStatus make_model(Renewer *renewer, const OgScoreModel *row, OgError *err) {
  const OgVectors *old = renewer->vectors;
  OgEmbedModel *model = &renewer->model;
  const size_t size = row->relation_size(old->D);
  OG_TRY(og_link_check_relations(old, row, err));
  *model = (OgEmbedModel){.model = row,
                          .reciprocal = old->RD == 2 * size,
                          .N = renewer->fresh.N,
                          .R = old->R,
                          .D = old->D,
                          .RR = old->RD / size * old->R,
                          .RD = size,
                          .entities = renewer->fresh.values,
                          .relations = og_calloc_floats(old->RD * old->R)};
  if (!model->relations) {
    return og_error_no_memory(err);
  }
  for (size_t r = 0; r < model->RR; r++) {
    const float *from = old->relation_values + r % old->R * old->RD + r / old->R * size;
    memcpy(model->relations + r * size, from, size * sizeof *from);
  }
  return OG_OK;
}

/* Entities that edges gave a vector to, the names being one voice beside them. */
static OgStatus ask_edges(Renewer *renewer, OgEmbedOptions *options, const OgScoreModel *row,
                          OgError *err) {
  const OgExtendInput input = {&renewer->model, &renewer->graph, options, renewer->team,
                               renewer->progress};
  OG_TRY(make_model(renewer, row, err));
  OG_TRY(read_edges(renewer, err));
  options->dim = renewer->model.D;
  options->reciprocal = renewer->model.reciprocal ? OG_CHOICE_YES : OG_CHOICE_NO;
  options->threads = og_team_size(renewer->team);
  return og_embed_extend(&input, renewer->known, renewer->prior, renewer->placed, err);
}

/* ---- the set ---- */

/* Of the new vectors, which came from where; rows without one are closed up. */
static void count_and_close(Renewer *renewer) {
  OgVectors *fresh = &renewer->fresh;
  OgRenewal *renewal = renewer->renewal;
  const OgTriples *edges = &renewer->graph.parts[OG_TRAIN];
  for (size_t k = 0; k < edges->count; k++) {
    const OgTriple *edge = &edges->items[k];
    const bool both = renewer->placed[edge->head] && renewer->placed[edge->tail];
    renewer->linked[edge->head] = renewer->linked[edge->head] || both;
    renewer->linked[edge->tail] = renewer->linked[edge->tail] || both;
  }
  size_t kept = 0;
  for (size_t n = 0; n < fresh->N; n++) {
    if (!renewer->placed[n]) {
      renewal->without++;
      continue;
    }
    renewal->by_names += !renewer->known[n] && !renewer->linked[n];
    renewal->by_edges += !renewer->known[n] && renewer->linked[n];
    fresh->entities[kept] = fresh->entities[n];
    memmove(fresh->values + kept * fresh->D, fresh->values + n * fresh->D,
            fresh->D * sizeof *fresh->values);
    kept++;
  }
  fresh->N = kept;
}

/* The old parameters, what the set was at first, and what was added since. */
static OgStatus describe(Renewer *renewer, OgError *err) {
  json_t *json = json_loads(renewer->vectors->parameters, 0, NULL);
  const OgRenewal *renewal = renewer->renewal;
  OgOrigin origin;
  char *text = NULL;
  if (!json_is_object(json)) {
    json_decref(json);
    json = json_object();
  }
  OgStatus status = og_origin_of(renewer->vectors, &origin, err);
  if (status == OG_OK) {
    status = og_origin_keep(&origin, renewer->vectors->D, json, err);
    og_origin_clear(&origin);
  }
  const json_int_t before = json_integer_value(json_object_get(json, "added"));
  json_object_set_new(
      json, "added",
      json_integer(before + (json_int_t)renewal->by_edges + (json_int_t)renewal->by_names));
  if (status == OG_OK) {
    text = json_dumps(json, JSON_COMPACT);
    renewer->fresh.parameters = text ? og_strdup(text) : NULL;
    status = renewer->fresh.parameters ? OG_OK : og_error_no_memory(err);
  }
  free(text);
  json_decref(json);
  return status;
}

/* In its place, or as a copy of another name. */
static OgStatus save(Renewer *renewer, const char *name, OgError *err) {
  OgVectors *old = renewer->vectors, *fresh = &renewer->fresh;
  if (!name) {
    fresh->set = old->set;
    return og_vectors_renew(renewer->store, fresh, err);
  }
  OgVectors other = *old;
  other.parameters = fresh->parameters;
  memcpy(other.graph_hash, fresh->graph_hash, sizeof other.graph_hash);
  other.N = fresh->N;
  other.entities = fresh->entities;
  other.values = fresh->values;
  other.name = og_strdup(name);
  const OgStatus status =
      other.name ? og_vectors_save(renewer->store, &other, err) : og_error_no_memory(err);
  og_free(other.name);
  return status;
}

/* Whether a set has been updated before. */
static bool was_renewed(const OgVectors *vectors) {
  json_t *json = json_loads(vectors->parameters, 0, NULL);
  const bool was = json_object_get(json, "added") != NULL;
  json_decref(json);
  return was;
}

/* Whether all entities have a vector, or the graph is the one that the set was updated to, so that
 * those without one have nothing to go by. */
static bool nothing_is_new(const Renewer *renewer) {
  const OgVectors *old = renewer->vectors;
  return renewer->renewal->gone == 0 &&
         (renewer->renewal->kept == renewer->fresh.N ||
          (strcmp(old->graph_hash, renewer->fresh.graph_hash) == 0 && was_renewed(old)));
}

/* Vectors of the entities that have none. */
static OgStatus place_new(Renewer *renewer, OgError *err) {
  const OgVectors *old = renewer->vectors;
  const OgScoreModel *row = og_score_model(old->model);
  OgEmbedOptions options = OG_EMBED_OPTIONS_INIT;
  if (row) {
    og_embed_read_parameters(old->parameters, row, &options);
  }
  OG_TRY(ask_names(renewer, options.seed, err));
  if (row && old->R > 0) {
    OG_TRY(ask_edges(renewer, &options, row, err));
  } else {
    place_named(renewer);
  }
  return OG_OK;
}

static OgStatus renew(Renewer *renewer, const OgRenewOptions *how, OgError *err) {
  OG_TRY(og_store_graph_hash(renewer->store, renewer->fresh.graph_hash, err));
  OG_TRY(og_team_new(how->threads, &renewer->team, err));
  OG_TRY(make_rows(renewer, err));
  renewer->renewal->current = nothing_is_new(renewer);
  if (!renewer->renewal->current) {
    OG_TRY(place_new(renewer, err));
  }
  count_and_close(renewer);
  if (renewer->renewal->current && !how->name &&
      strcmp(renewer->vectors->graph_hash, renewer->fresh.graph_hash) == 0) {
    return OG_OK;
  }
  OG_TRY(describe(renewer, err));
  og_store_watch(renewer->store, renewer->progress, "storing vectors");
  return save(renewer, how->name, err);
}

OgStatus og_embed_renew(OgStore *store, const OgRenewOptions *options, const OgProgress *progress,
                        OgRenewal *renewal, OgError *err) {
  OgVectors vectors = {0};
  *renewal = (OgRenewal){0};
  Renewer renewer = {.store = store, .progress = progress, .vectors = &vectors, .renewal = renewal};
  OgStatus status;
  og_store_watch(store, progress, "reading the graph");
  if (options->name && !options->force) {
    OG_GO(og_vectors_check_place(store, options->name, progress, err));
  }
  OG_GO(og_vectors_load_ranking(store, options->set, &vectors, err));
  snprintf(renewal->set_name, sizeof renewal->set_name, "%s",
           options->name ? options->name : vectors.name);
  status = renew(&renewer, options, err);
done:
  og_store_watch(store, NULL, NULL);
  renewer_clear(&renewer);
  og_vectors_clear(&vectors);
  return status;
}
