#include "kg/embed_predict.h"

#include "core/blas.h"
#include "core/json.h"
#include "core/memory.h"
#include "kg/cursor.h"
#include "kg/embed_known.h"
#include "kg/names.h"
#include "kg/prefixes.h"
#include "kg/score_hyperbolic.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* Of those that ask a relation for tails, or for heads: whether ?2 does, how many do, and how many
 * have several answers. ?1 is the relation. */
#define COUNT_ASKERS(asker, answer)                                                                \
  "SELECT max(" asker " = ?2), count(*), sum(answers > 1) FROM (SELECT " asker ", "                \
  "count(DISTINCT " answer ") AS answers FROM edge WHERE relation = ?1 AND head <> tail "          \
  "GROUP BY " asker ")"

typedef enum Sql { RELATIONS, ASKERS_FOR_TAILS, ASKERS_FOR_HEADS, SQL_COUNT } Sql;

static const char *const sql[SQL_COUNT] = {
    [ASKERS_FOR_TAILS] = COUNT_ASKERS("head", "tail"),
    [ASKERS_FOR_HEADS] = COUNT_ASKERS("tail", "head"),
    [RELATIONS] = ("SELECT relation.id, relation.label, term.text FROM relation "
                   "JOIN term ON term.id = relation.id ORDER BY 2, 3"),
};

static const OgSqlTable table = {sql, SQL_COUNT};

/* ---- scores ---- */

static OgStatus no_vector(const OgVectors *vectors, const char *what, OgError *err) {
  return og_error_set(err, OG_NOT_FOUND,
                      "the set \"%s\" has no vector for this %s: it had no edges, or came into the "
                      "graph after the set was made; `ontograft embed` makes a new set",
                      vectors->name ? vectors->name : "", what);
}

OgStatus og_link_model(const OgVectors *vectors, const OgScoreModel **model, OgError *err) {
  *model = og_score_model(vectors->model);
  if (*model && vectors->R > 0) {
    return OG_OK;
  }
  return og_error_set(err, OG_USAGE,
                      "the set \"%s\" was not made by a model that ranks edges; `ontograft embed` "
                      "makes one that was, --set chooses it",
                      vectors->name);
}

OgStatus og_link_check_relations(const OgVectors *vectors, const OgScoreModel *model,
                                 OgError *err) {
  if (model->similarity == OG_HYPERBOLIC &&
      (vectors->D < OG_HYPERBOLIC_LEAST || vectors->D > OG_HYPERBOLIC_MOST)) {
    return og_error_set(
        err, OG_BAD_STORE, "the set \"%s\" has entities of %zu floats; expected %d to %d of %s",
        vectors->name, vectors->D, OG_HYPERBOLIC_LEAST, OG_HYPERBOLIC_MOST, model->name);
  }
  const size_t size = model->relation_size(vectors->D);
  return vectors->RD == size || vectors->RD == 2 * size
             ? OG_OK
             : og_error_set(err, OG_BAD_STORE,
                            "the set \"%s\" has relations of %zu floats; expected %zu or %zu; when "
                            "another version made it, `ontograft embed --name \"%s\" --force` "
                            "makes it anew",
                            vectors->name, vectors->RD, size, 2 * size, vectors->name);
}

OgStatus og_link_query(const OgVectors *vectors, const OgScoreModel *model,
                       const OgLinkQuery *query, float *q, OgError *err) {
  const float *entity = og_vectors_find(vectors, query->entity);
  const float *relation = og_vectors_find_relation(vectors, query->relation);
  const size_t size = model->relation_size(vectors->D);
  if (!entity || !relation) {
    return no_vector(vectors, entity ? "relation" : "entity", err);
  }
  OG_TRY(og_link_check_relations(vectors, model, err));
  const bool reciprocal = vectors->RD == 2 * size;
  model->query(q, entity, relation + (reciprocal && query->heads ? size : 0), vectors->D,
               query->heads && !reciprocal);
  return OG_OK;
}

static json_t *read_metrics(const OgVectors *vectors) {
  return vectors->metrics ? json_loads(vectors->metrics, 0, NULL) : NULL;
}

float og_link_bias(const OgVectors *vectors, int64_t relation, bool heads) {
  json_t *metrics = read_metrics(vectors);
  const json_t *rows = json_object_get(metrics, "answer_bias");
  double bias = 0;
  for (size_t k = 0; k < json_array_size(rows); k++) {
    const json_t *row = json_array_get(rows, k), *id = json_object_get(row, "relation");
    if (json_is_integer(id) && json_integer_value(id) == relation) {
      bias = json_number_value(json_object_get(row, heads ? "heads" : "tails"));
    }
  }
  json_decref(metrics);
  return fabs(bias) <= OG_BIAS_MOST ? (float)bias : 0;
}

void og_link_calibration(const OgVectors *vectors, OgCurve *curve) {
  json_t *metrics = read_metrics(vectors);
  const json_t *points = json_object_get(json_object_get(metrics, "calibration"), "curve");
  const size_t count = json_array_size(points);
  bool rises = count <= OG_CURVE_POINTS;
  *curve = (OgCurve){0};
  for (size_t k = 0; k < count && rises; k++) {
    const json_t *point = json_array_get(points, k);
    const json_t *x = json_object_get(point, "x"), *p = json_object_get(point, "probability");
    curve->points[k].x = json_number_value(x);
    curve->points[k].probability = json_number_value(p);
    rises = json_is_number(x) && json_is_number(p) && json_number_value(p) >= 0 &&
            json_number_value(p) <= 1 &&
            (k == 0 || (curve->points[k].x > curve->points[k - 1].x &&
                        curve->points[k].probability >= curve->points[k - 1].probability));
  }
  curve->count = rises ? count : 0;
  json_decref(metrics);
}

/* The best of the scores, each taken out of them: k times a pass over N numbers. all: log Σ exp of
 * those that calibration counts. */
static void take_best(const OgVectors *vectors, float *scores, double all, size_t k, OgLink *links,
                      size_t *count) {
  OgCurve curve;
  og_link_calibration(vectors, &curve);
  for (*count = 0; *count < k; ++*count) {
    float score;
    const size_t best = og_take_best(scores, vectors->N, &score);
    if (!isfinite(score)) {
      break;
    }
    links[*count] = (OgLink){.entity = vectors->entities[best],
                             .score = score,
                             .probability = og_calibrated(&curve, (double)score - all)};
  }
}

/* The same of what is news. */
static OgStatus take_news(const OgVectors *vectors, const OgKnownEdges *known,
                          const OgLinkQuery *query, float *scores, size_t k, OgLink *links,
                          size_t *count, OgError *err) {
  const uint32_t row = (uint32_t)og_vectors_row(vectors, query->entity);
  OgKnownWalk walk = {0};
  const OgStatus status = og_known_walk_init(&walk, vectors->N, err);
  if (status == OG_OK) {
    og_known_hide_answers(known, row, query->heads, scores);
    const double all = og_log_sum_exp(scores, vectors->N);
    og_known_hide(known, row, query->heads, &walk, scores);
    take_best(vectors, scores, all, k, links, count);
  }
  og_known_walk_clear(&walk);
  return status;
}

/* ---- the edge most like a predicted one ---- */

static float cosine(const OgVectors *vectors, int64_t a, int64_t b) {
  const float *x = og_vectors_find(vectors, a), *y = og_vectors_find(vectors, b);
  double sums[3] = {0, 0, 0};
  for (size_t d = 0; x && y && d < vectors->D; d++) {
    sums[0] += (double)x[d] * (double)y[d];
    sums[1] += (double)x[d] * (double)x[d];
    sums[2] += (double)y[d] * (double)y[d];
  }
  return sums[1] > 0 && sums[2] > 0 ? (float)(sums[0] / sqrt(sums[1] * sums[2])) : 0;
}

/* Offer a known edge to all links. near: its end on the side of the query's entity; likeness of
 * that is the same for all. */
static void offer_edge(const OgVectors *vectors, const OgLinkQuery *query, int64_t head,
                       int64_t tail, OgLink *links, size_t count) {
  const int64_t near = query->heads ? tail : head, far = query->heads ? head : tail;
  const float first = near == query->entity ? 1 : cosine(vectors, near, query->entity);
  for (size_t k = 0; k < count && first > 0; k++) {
    if (first <= links[k].likeness) {
      continue;
    }
    const float likeness =
        first * (far == links[k].entity ? 1 : cosine(vectors, far, links[k].entity));
    if (likeness > links[k].likeness) {
      links[k].likeness = likeness;
      links[k].like_head = head;
      links[k].like_tail = tail;
    }
  }
}

OgStatus og_predict_links(OgStore *store, const OgVectors *vectors, const OgLinkQuery *query,
                          OgTypeRule rule, size_t k, OgLink *links, size_t *count, OgError *err) {
  const OgScoreModel *model;
  OgKnownEdges known = {0};
  *count = 0;
  OG_TRY(og_link_model(vectors, &model, err));
  OgStatus status;
  float *q = og_calloc_floats(vectors->D), *scores = og_calloc_floats(vectors->N);
  if (!q || !scores) {
    status = og_error_no_memory(err);
    goto done;
  }
  OG_GO(og_blas_reserve(1, err));
  OG_GO(og_link_query(vectors, model, query, q, err));
  og_score_block(model->similarity, scores, vectors->N, q, 1, vectors->values, vectors->N,
                 vectors->D);
  OG_GO(og_known_read(store, vectors, query->relation, rule, &known, err));
  og_known_add_bias(&known, query->heads, og_link_bias(vectors, query->relation, query->heads),
                    scores);
  OG_GO(take_news(vectors, &known, query, scores, k, links, count, err));
  for (size_t e = 0; e < known.asserted_count; e++) {
    offer_edge(vectors, query, vectors->entities[known.asserted[e].head],
               vectors->entities[known.asserted[e].tail], links, *count);
  }
done:
  og_known_clear(&known);
  og_free_floats(q);
  og_free_floats(scores);
  return status;
}

OgStatus og_link_is_answered(OgStore *store, const OgLinkQuery *query, bool *answered,
                             OgError *err) {
  OgCursor cursor;
  OgStatus status = OG_OK;
  *answered = false;
  OG_TRY(og_cursor_open(store, &table, query->heads ? ASKERS_FOR_HEADS : ASKERS_FOR_TAILS, &cursor,
                        err));
  og_cursor_bind(&cursor, 1, query->relation);
  og_cursor_bind(&cursor, 2, query->entity);
  if (og_cursor_next(&cursor, &status, err)) {
    *answered = og_cursor_integer(&cursor, 0) > 0 &&
                2 * og_cursor_integer(&cursor, 2) < og_cursor_integer(&cursor, 1);
  }
  og_cursor_close(&cursor);
  return status;
}

/* ---- relations by name ---- */

static const char *local_name(const char *iri) {
  const char *hash = strrchr(iri, '#'), *slash = strrchr(iri, '/');
  return hash ? hash + 1 : slash ? slash + 1 : iri;
}

/* How well text names a relation: 0 not at all. */
static OgStatus match(const OgPrefixes *prefixes, const char *text, const char *label,
                      const char *iri, OgBuffer *curie, int *fit, OgError *err) {
  *fit = 0;
  OgStatus status = og_prefixes_shorten(prefixes, iri, curie, err);
  if (status != OG_OK && status != OG_NOT_FOUND) {
    return status;
  }
  const struct {
    const char *name;
    bool exactly;
  } names[] = {{local_name(iri), false},
               {label, false},
               {status == OG_OK ? curie->data : NULL, true},
               {iri, true}};
  for (size_t k = 0; k < OG_COUNT(names); k++) {
    if (names[k].name && (names[k].exactly ? strcmp : strcasecmp)(names[k].name, text) == 0) {
      *fit = (int)k + 1;
    }
  }
  return OG_OK;
}

enum { LONGEST_NAME = 63 }; /* that is compared */

/* What is told of a word that names no relation. */
typedef struct Unknown {
  char folded[LONGEST_NAME + 1];
  char nearest[200]; /* "": none is near */
  unsigned edits;    /* to the nearest */
  char list[300];    /* of labels */
  size_t left_out;   /* of the list */
} Unknown;

/* In lower case, without blanks, '_' and '-'; what is too long is cut. */
static void fold(const char *name, char folded[LONGEST_NAME + 1]) {
  size_t size = 0;
  for (; *name && size < LONGEST_NAME; name++) {
    if (!strchr(" _-", *name)) {
      folded[size++] = (char)(*name >= 'A' && *name <= 'Z' ? *name - 'A' + 'a' : *name);
    }
  }
  folded[size] = '\0';
}

/* Note a name if it is nearer than those before: within a few edits, or the rest of what was begun.
 */
static void note_near(Unknown *unknown, const char *name) {
  char folded[LONGEST_NAME + 1];
  fold(name, folded);
  const size_t size = strlen(unknown->folded);
  const unsigned limit = size < 3 ? 0 : size < 5 ? 1 : size < 9 ? 2 : 3;
  unsigned edits = og_edit_distance(unknown->folded, size, folded, strlen(folded), limit);
  if (edits > limit && size >= 3 && strstr(folded, unknown->folded)) {
    edits = LONGEST_NAME;
  } else if (edits > limit) {
    return;
  }
  const bool fits = strlen(name) < sizeof unknown->nearest; /* half a name is none */
  if (fits && (unknown->nearest[0] == '\0' || edits < unknown->edits)) {
    unknown->edits = edits;
    snprintf(unknown->nearest, sizeof unknown->nearest, "%s", name);
  }
}

/* Add a label to the list, as long as there is room. */
static void list_label(Unknown *unknown, const char *label) {
  const size_t used = strlen(unknown->list);
  if (unknown->left_out > 0 || used + strlen(label) + 8 >= sizeof unknown->list) {
    unknown->left_out++;
    return;
  }
  snprintf(unknown->list + used, sizeof unknown->list - used, "%s%s", used > 0 ? ", " : "", label);
}

static OgStatus tell_unknown(const Unknown *unknown, const char *text, OgError *err) {
  if (unknown->nearest[0]) {
    return og_error_set(err, OG_NOT_FOUND, "there is no relation \"%s\"; did you mean \"%s\"?",
                        text, unknown->nearest);
  }
  char more[40] = "";
  if (unknown->left_out > 0) {
    snprintf(more, sizeof more, " and %zu more", unknown->left_out);
  }
  return og_error_set(err, OG_NOT_FOUND, "there is no relation \"%s\"; there are %s%s", text,
                      unknown->list[0] ? unknown->list : "none", more);
}

OgStatus og_lookup_relation(OgStore *store, const char *text, int64_t *relation, OgError *err) {
  Unknown unknown = {.list = ""};
  int best = 0;
  OgCursor cursor = {0};
  OgPrefixes *prefixes = NULL;
  OgBuffer curie = OG_BUFFER_INIT;
  OgStatus status;
  fold(text, unknown.folded);
  OG_GO(og_prefixes_load(store, &prefixes, err));
  OG_GO(og_cursor_open(store, &table, RELATIONS, &cursor, err));
  while (og_cursor_next(&cursor, &status, err)) {
    int fit;
    size_t size;
    const char *label, *iri;
    OG_GO(og_cursor_text(&cursor, 1, &label, &size, err));
    OG_GO(og_cursor_text(&cursor, 2, &iri, &size, err));
    OG_GO(match(prefixes, text, label, iri, &curie, &fit, err));
    note_near(&unknown, label);
    note_near(&unknown, local_name(iri));
    list_label(&unknown, label);
    if (fit > best) {
      best = fit;
      *relation = og_cursor_integer(&cursor, 0);
    }
  }
  if (status == OG_OK && best == 0) {
    status = tell_unknown(&unknown, text, err);
  }
done:
  og_cursor_close(&cursor);
  og_buffer_clear(&curie);
  og_prefixes_free(prefixes);
  return status;
}
