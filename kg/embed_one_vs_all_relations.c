#include "kg/embed_one_vs_all_relations.h"

#include "core/blas.h"
#include "core/memory.h"
#include "core/vmath.h"
#include "kg/embed_update.h"

#include <math.h>
#include <string.h>

enum { CHUNK = 64 }; /* pairs scored together */

bool og_relation_term_init(OgRelationTerm *term, const OgEmbedModel *model, size_t most,
                           int threads) {
  const size_t T = (size_t)threads;
  *term = (OgRelationTerm){.model = model,
                           .threads = threads,
                           .pairs = OG_NEW_ARRAY(OgRelationPair, most),
                           .dE = og_calloc_floats(most * model->D),
                           .dA = og_calloc_floats(most * model->D),
                           .dR = og_calloc_floats(T * model->RR * model->RD),
                           .F = og_calloc_floats(T * CHUNK * model->RD),
                           .S = og_calloc_floats(T * CHUNK * model->RR),
                           .unused = og_calloc_floats(T * (model->D + model->RD)),
                           .loss = OG_NEW_ARRAY(double, T)};
  return term->pairs && term->dE && term->dA && term->dR && term->F && term->S && term->unused &&
         term->loss;
}

void og_relation_term_clear(OgRelationTerm *term) {
  float *floats[] = {term->dE, term->dA, term->dR, term->F, term->S, term->unused};
  for (size_t k = 0; k < OG_COUNT(floats); k++) {
    og_free_floats(floats[k]);
  }
  og_free(term->pairs);
  og_free(term->loss);
  *term = (OgRelationTerm){0};
}

OG_KERNEL static float exp_sum(const float *row, size_t count, float maximum) {
  float sum = 0;
#pragma omp simd reduction(+ : sum)
  for (size_t p = 0; p < count; p++) {
    sum += og_vexp(row[p] - maximum);
  }
  return sum;
}

OG_KERNEL static void softmax(float *row, size_t count, float log_sum, float factor) {
#pragma omp simd
  for (size_t p = 0; p < count; p++) {
    row[p] = factor * og_vexp(row[p] - log_sum);
  }
}

/* row (RR): scores, and then ∂L/∂scores. Returns the pair's loss. */
static double differentiate(float *row, size_t count, const OgRelationPair *pair) {
  float maximum = row[0];
  for (size_t p = 1; p < count; p++) {
    maximum = row[p] > maximum ? row[p] : maximum;
  }
  const float log_sum = maximum + og_vlog(exp_sum(row, count, maximum));
  const double loss = (double)pair->weight * (double)(log_sum - row[pair->relation]);
  softmax(row, count, log_sum, pair->weight);
  row[pair->relation] -= pair->weight;
  return loss;
}

/* From dF (RD), the gradient of f(e,a), to the pair's entity and answer: f · g is linear in each of
 * e, a and g. */
static void split(const OgRelationTerm *term, size_t k, const float *g, float *unused) {
  const OgEmbedModel *model = term->model;
  const OgRelationPair *pair = &term->pairs[k];
  const float *e = model->entities + pair->entity * model->D;
  const float *a = model->entities + pair->answer * model->D;
  memset(term->dE + k * model->D, 0, model->D * sizeof *term->dE);
  model->model->query_backward(term->dE + k * model->D, unused, a, e, g, model->D, pair->inverse);
  model->model->query(term->dA + k * model->D, e, g, model->D, pair->inverse);
}

static void run_chunk(OgRelationTerm *term, int thread, size_t from, size_t count) {
  const OgEmbedModel *model = term->model;
  const size_t D = model->D, RD = model->RD, RR = model->RR, t = (size_t)thread;
  float *F = term->F + t * CHUNK * RD, *S = term->S + t * CHUNK * RR;
  float *unused = term->unused + t * (D + RD);
  memset(F, 0, count * RD * sizeof *F);
  for (size_t k = 0; k < count; k++) {
    const OgRelationPair *pair = &term->pairs[from + k];
    model->model->query_backward(unused, F + k * RD, model->entities + pair->answer * D,
                                 model->entities + pair->entity * D, model->relations, D,
                                 pair->inverse);
  }
  og_gemm(false, true, count, RR, RD, 1, F, RD, model->relations, RD, 0, S, RR);
  for (size_t k = 0; k < count; k++) {
    term->loss[t] += differentiate(S + k * RR, RR, &term->pairs[from + k]);
  }
  og_gemm(true, false, RR, RD, count, 1, S, RR, F, RD, 1, term->dR + t * RR * RD, RD);
  og_gemm(false, false, count, RD, RR, 1, S, RR, model->relations, RD, 0, F, RD);
  for (size_t k = 0; k < count; k++) {
    split(term, from + k, F + k * RD, unused + D);
  }
}

void og_relation_term_run(OgRelationTerm *term, int thread) {
  const OgEmbedModel *model = term->model;
  const size_t t = (size_t)thread, size = model->RR * model->RD;
  size_t begin, end;
  og_share(term->count, 1, thread, term->threads, &begin, &end);
  term->loss[t] = 0;
  memset(term->dR + t * size, 0, size * sizeof *term->dR);
  memset(term->unused + t * (model->D + model->RD), 0,
         (model->D + model->RD) * sizeof *term->unused);
  for (size_t from = begin; from < end; from += CHUNK) {
    run_chunk(term, thread, from, end - from < CHUNK ? end - from : CHUNK);
  }
}

void og_relation_term_add(const OgRelationTerm *term, size_t r, float *gradient) {
  const OgEmbedModel *model = term->model;
  for (size_t t = 0; t < (size_t)term->threads; t++) {
    og_update_add(gradient, term->dR + (t * model->RR + r) * model->RD, model->RD);
  }
}
