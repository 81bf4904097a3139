#include "kg/embed_explain.h"

#include "core/memory.h"
#include "kg/cursor.h"

#include <math.h>
#include <string.h>

typedef enum Sql { EDGES, LABEL, SQL_COUNT } Sql;

static const char *const sql[SQL_COUNT] = {
    /* Of the relation, and of either entity; ?2 and ?3 are the two. */
    [EDGES] = "SELECT head, relation, tail FROM edge WHERE relation = ?1 AND head <> tail UNION "
              "SELECT head, relation, tail FROM edge WHERE head IN (?2, ?3) AND head <> tail UNION "
              "SELECT head, relation, tail FROM edge WHERE tail IN (?2, ?3) AND head <> tail",
    [LABEL] = "SELECT label FROM relation WHERE id = ?1",
};

static const OgSqlTable table = {sql, SQL_COUNT};

/* An edge, read as it is asked: from x to a. */
typedef struct Asked {
  int64_t x, relation, a;
} Asked;

/* ∂s/∂ the vectors of x and a (D), of the relation (RD). */
typedef struct Gradient {
  float *x, *a, *r;
  double squares;
} Gradient;

typedef struct Explainer {
  const OgVectors *vectors;
  const OgScoreModel *model;
  bool heads;      /* heads are asked for: x is the tail */
  bool reciprocal; /* the set has both directions side by side */
  size_t D, RD;
  float *q, *dq;       /* (D) */
  Asked edge;          /* the predicted one */
  Gradient own, other; /* of it, and of the edge under consideration */
  float *floats;       /* all of the above */
} Explainer;

static double dot(const float *x, const float *y, size_t count) {
  double sum = 0;
  for (size_t k = 0; k < count; k++) {
    sum += (double)x[k] * (double)y[k];
  }
  return sum;
}

/* False when the set lacks a vector. */
static bool differentiate(Explainer *explainer, const Asked *edge, Gradient *gradient) {
  const OgVectors *vectors = explainer->vectors;
  const OgScoreModel *model = explainer->model;
  const size_t D = explainer->D, RD = explainer->RD;
  const float *x = og_vectors_find(vectors, edge->x), *a = og_vectors_find(vectors, edge->a);
  const float *r = og_vectors_find_relation(vectors, edge->relation);
  const bool inverse = explainer->heads && !explainer->reciprocal;
  const float one = 1;
  float score;
  if (!x || !a || !r) {
    return false;
  }
  r += explainer->heads && explainer->reciprocal ? RD : 0;
  memset(gradient->x, 0, D * sizeof(float));
  memset(gradient->a, 0, D * sizeof(float));
  memset(gradient->r, 0, RD * sizeof(float));
  memset(explainer->dq, 0, D * sizeof(float));
  model->query(explainer->q, x, r, D, inverse);
  og_score_block(model->similarity, &score, 1, explainer->q, 1, a, 1, D);
  og_score_block_backward(model->similarity, explainer->dq, gradient->a, &one, &score, 1,
                          explainer->q, 1, a, 1, D);
  model->query_backward(gradient->x, gradient->r, explainer->dq, x, r, D, inverse);
  gradient->squares = dot(gradient->x, gradient->x, D) + dot(gradient->a, gradient->a, D) +
                      dot(gradient->r, gradient->r, RD);
  return true;
}

/* The cosine, over the parameters that both edges have. */
static float support_of(const Explainer *explainer, const Asked *edge) {
  const Asked *own = &explainer->edge;
  const Gradient *g = &explainer->own, *o = &explainer->other;
  const size_t D = explainer->D;
  double sum = 0;
  sum += own->x == edge->x ? dot(g->x, o->x, D) : 0;
  sum += own->x == edge->a ? dot(g->x, o->a, D) : 0;
  sum += own->a == edge->x ? dot(g->a, o->x, D) : 0;
  sum += own->a == edge->a ? dot(g->a, o->a, D) : 0;
  sum += own->relation == edge->relation ? dot(g->r, o->r, explainer->RD) : 0;
  const double squares = g->squares * o->squares;
  return squares > 0 ? (float)(sum / sqrt(squares)) : 0;
}

static float cosine(const float *x, const float *y, size_t D) {
  const double squares = dot(x, x, D) * dot(y, y, D);
  return squares > 0 ? (float)(dot(x, y, D) / sqrt(squares)) : 0;
}

/* How alike the ends of an edge of the same relation are; 0 for other edges. */
static float likeness_of(const Explainer *explainer, const Asked *edge) {
  const OgVectors *vectors = explainer->vectors;
  const Asked *own = &explainer->edge;
  const float *x = og_vectors_find(vectors, edge->x), *a = og_vectors_find(vectors, edge->a);
  if (edge->relation != own->relation || !x || !a) {
    return 0;
  }
  const float near = cosine(og_vectors_find(vectors, own->x), x, explainer->D);
  const float far = cosine(og_vectors_find(vectors, own->a), a, explainer->D);
  return near > 0 && far > 0 ? near * far : 0;
}

/* Keep the best k, best first; of equals the earlier. */
static void offer(OgSupport *supports, size_t k, size_t *count, const OgSupport *one) {
  if (!(one->support > 0) || (*count == k && one->support <= supports[k - 1].support)) {
    return;
  }
  size_t at = *count < k ? (*count)++ : k - 1;
  for (; at > 0 && supports[at - 1].support < one->support; at--) {
    supports[at] = supports[at - 1];
  }
  supports[at] = *one;
}

static OgStatus open_explainer(Explainer *explainer, OgError *err) {
  const size_t D = explainer->D, RD = explainer->RD;
  explainer->floats = og_calloc_floats(6 * D + 2 * RD);
  if (!explainer->floats) {
    return og_error_no_memory(err);
  }
  float *next = explainer->floats;
  float **vectors[] = {&explainer->q,     &explainer->dq,      &explainer->own.x,
                       &explainer->own.a, &explainer->other.x, &explainer->other.a};
  for (size_t k = 0; k < OG_COUNT(vectors); k++, next += D) {
    *vectors[k] = next;
  }
  explainer->own.r = next;
  explainer->other.r = next + RD;
  return OG_OK;
}

static OgStatus consider_edges(Explainer *explainer, OgStore *store, size_t k, OgSupport *supports,
                               size_t *count, OgError *err) {
  const Asked *own = &explainer->edge;
  OgCursor cursor;
  OgStatus status = OG_OK;
  OG_TRY(og_cursor_open(store, &table, EDGES, &cursor, err));
  og_cursor_bind(&cursor, 1, own->relation);
  og_cursor_bind(&cursor, 2, own->x);
  og_cursor_bind(&cursor, 3, own->a);
  while (og_cursor_next(&cursor, &status, err)) {
    OgSupport one = {og_cursor_integer(&cursor, 0), og_cursor_integer(&cursor, 1),
                     og_cursor_integer(&cursor, 2), 0};
    const Asked edge = {explainer->heads ? one.tail : one.head, one.relation,
                        explainer->heads ? one.head : one.tail};
    if (explainer->model->similarity != OG_DOT) {
      one.support = likeness_of(explainer, &edge);
    } else if (differentiate(explainer, &edge, &explainer->other)) {
      one.support = support_of(explainer, &edge);
    }
    offer(supports, k, count, &one);
  }
  og_cursor_close(&cursor);
  return status;
}

OgStatus og_explain_link(OgStore *store, const OgVectors *vectors, const OgLinkQuery *query,
                         int64_t answer, size_t k, OgSupport *supports, size_t *count,
                         OgError *err) {
  const OgScoreModel *model;
  *count = 0;
  OG_TRY(og_link_model(vectors, &model, err));
  Explainer explainer = {.vectors = vectors,
                         .model = model,
                         .heads = query->heads,
                         .D = vectors->D,
                         .RD = model->relation_size(vectors->D),
                         .edge = {query->entity, query->relation, answer}};
  explainer.reciprocal = vectors->RD == 2 * explainer.RD;
  OgStatus status;
  OG_GO(open_explainer(&explainer, err));
  OG_GO(og_link_query(vectors, model, query, explainer.q, err));
  if (k > 0 && differentiate(&explainer, &explainer.edge, &explainer.own)) {
    status = consider_edges(&explainer, store, k, supports, count, err);
  }
done:
  og_free_floats(explainer.floats);
  return status;
}

OgStatus og_relation_label(OgStore *store, int64_t relation, OgBuffer *label, OgError *err) {
  OgCursor cursor;
  OgStatus status = OG_OK;
  const char *text = NULL;
  size_t size;
  OG_TRY(og_cursor_open(store, &table, LABEL, &cursor, err));
  og_cursor_bind(&cursor, 1, relation);
  og_buffer_reset(label);
  if (og_cursor_next(&cursor, &status, err)) {
    status = og_cursor_text(&cursor, 0, &text, &size, err);
  }
  if (status == OG_OK) {
    status = og_buffer_text(label, text ? text : "", err);
  }
  og_cursor_close(&cursor);
  return status;
}
