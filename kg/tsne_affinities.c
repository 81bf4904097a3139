/* Who is whose neighbour: all distances, in blocks of rows. Exact, and at the sizes that make a
 * picture faster than a tree of vantage points in a hundred dimensions. */
#include "core/blas.h"
#include "core/memory.h"
#include "kg/tsne.h"

#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 32, BISECTIONS = 60 };

typedef struct Near {
  float distance; /* squared */
  uint32_t point;
} Near;

typedef struct Entry {
  uint32_t point;
  double value;
} Entry;

typedef struct Search {
  const float *X; /* (N, D) */
  size_t N, D, K;
  double perplexity;
  float *squares; /* (N) |x|² */
  float *scores;  /* (threads, ROWS, N) */
  Near *near;     /* (N, K) nearest first */
  double *given;  /* (N, K) p(j|i) */
  atomic_size_t next;
} Search;

/* Keep a sorted list of the K nearest. */
static void insert(Near *near, size_t *count, size_t K, float distance, uint32_t point) {
  if (*count == K && distance >= near[K - 1].distance) {
    return;
  }
  size_t at = *count < K ? (*count)++ : K - 1;
  for (; at > 0 && near[at - 1].distance > distance; at--) {
    near[at] = near[at - 1];
  }
  near[at] = (Near){distance, point};
}

static void find_near(const Search *search, size_t i, const float *scores) {
  Near *near = search->near + i * search->K;
  size_t count = 0;
  for (size_t j = 0; j < search->N; j++) {
    if (j != i) {
      const float distance = search->squares[i] + search->squares[j] - 2 * scores[j];
      insert(near, &count, search->K, distance > 0 ? distance : 0, (uint32_t)j);
    }
  }
}

/* p (K) of one point with precision beta; returns its entropy. */
static double spread(const Near *near, size_t K, double beta, double *p) {
  double sum = 0, weighted = 0;
  for (size_t k = 0; k < K; k++) {
    const double distance = (double)near[k].distance - (double)near[0].distance;
    p[k] = exp(-beta * distance);
    sum += p[k];
    weighted += distance * p[k];
  }
  for (size_t k = 0; k < K; k++) {
    p[k] /= sum;
  }
  return log(sum) + beta * weighted / sum;
}

/* The precision at which the entropy is that of the perplexity (equation 1). Points that are all
 * equally far spread evenly at any. */
static void fit(const Search *search, size_t i) {
  const Near *near = search->near + i * search->K;
  double *p = search->given + i * search->K;
  const double wanted = log(search->perplexity);
  double low = 0, high = HUGE_VAL, beta = 1;
  for (int step = 0; step < BISECTIONS; step++) {
    const double entropy = spread(near, search->K, beta, p);
    if (fabs(entropy - wanted) < 1e-6) {
      break;
    }
    if (entropy > wanted) {
      low = beta;
    } else {
      high = beta;
    }
    beta = isfinite(high) ? (low + high) / 2 : beta * 2;
  }
}

static void search_rows(void *data, int thread) {
  Search *search = data;
  const size_t N = search->N, D = search->D;
  float *scores = search->scores + (size_t)thread * ROWS * N;
  size_t first;
  while ((first = atomic_fetch_add(&search->next, ROWS)) < N) {
    const size_t rows = N - first < ROWS ? N - first : ROWS;
    og_gemm(false, true, rows, N, D, 1, search->X + first * D, D, search->X, D, 0, scores, N);
    for (size_t m = 0; m < rows; m++) {
      find_near(search, first + m, scores + m * N);
      fit(search, first + m);
    }
  }
}

static int compare_entries(const void *a, const void *b) {
  const Entry *x = a, *y = b;
  return (x->point > y->point) - (x->point < y->point);
}

/* Of a row of entries, sorted: one a point, values added. Returns how many are left. */
static size_t merge(Entry *entries, size_t count) {
  size_t kept = 0;
  qsort(entries, count, sizeof *entries, compare_entries);
  for (size_t k = 0; k < count; k++) {
    if (kept > 0 && entries[kept - 1].point == entries[k].point) {
      entries[kept - 1].value += entries[k].value;
    } else {
      entries[kept++] = entries[k];
    }
  }
  return kept;
}

/* start[i] = the first entry of row i, when each neighbour is entered both ways. */
static void count_entries(const Search *search, size_t *start) {
  for (size_t i = 0; i < search->N; i++) {
    start[i + 1] += search->K;
    for (size_t k = 0; k < search->K; k++) {
      start[search->near[i * search->K + k].point + 1]++;
    }
  }
  for (size_t i = 0; i < search->N; i++) {
    start[i + 1] += start[i];
  }
}

/* p(i,j) = (p(j|i) + p(i|j)) / 2N. */
static OgStatus symmetrise(const Search *search, OgAffinities *made, OgError *err) {
  const size_t N = search->N, K = search->K;
  Entry *entries = OG_NEW_ARRAY(Entry, 2 * N * K);
  size_t *next = OG_NEW_ARRAY(size_t, N + 1), *start = OG_NEW_ARRAY(size_t, N + 1);
  made->start = OG_NEW_ARRAY(size_t, N + 1);
  made->items = OG_NEW_ARRAY(uint32_t, 2 * N * K);
  made->values = OG_NEW_ARRAY(double, 2 * N * K);
  OgStatus status = OG_OK;
  if (!entries || !next || !start || !made->start || !made->items || !made->values) {
    status = og_error_no_memory(err);
    goto done;
  }
  count_entries(search, start);
  memcpy(next, start, (N + 1) * sizeof *next);
  for (size_t i = 0; i < N; i++) {
    for (size_t k = 0; k < K; k++) {
      const uint32_t j = search->near[i * K + k].point;
      const double half = search->given[i * K + k] / (2 * (double)N);
      entries[next[i]++] = (Entry){j, half};
      entries[next[j]++] = (Entry){(uint32_t)i, half};
    }
  }
  for (size_t i = 0, at = 0; i < N; i++) {
    const size_t kept = merge(entries + start[i], start[i + 1] - start[i]);
    for (size_t k = 0; k < kept; k++, at++) {
      made->items[at] = entries[start[i] + k].point;
      made->values[at] = entries[start[i] + k].value;
    }
    made->start[i + 1] = at;
  }
done:
  og_free(entries);
  og_free(next);
  og_free(start);
  return status;
}

OgStatus og_affinities_new(const float *X, size_t N, size_t D, double perplexity, OgTeam *team,
                           OgAffinities *affinities, OgError *err) {
  const double most = (double)(N - 1) / 3;
  Search search = {.X = X, .N = N, .D = D, .perplexity = perplexity < most ? perplexity : most};
  search.perplexity = search.perplexity > 1 ? search.perplexity : 1;
  search.K = (size_t)(3 * search.perplexity) < N - 1 ? (size_t)(3 * search.perplexity) : N - 1;
  search.squares = og_calloc_floats(N);
  search.scores = og_calloc_floats((size_t)og_team_size(team) * ROWS * N);
  search.near = OG_NEW_ARRAY(Near, N * search.K);
  search.given = OG_NEW_ARRAY(double, N *search.K);
  *affinities = (OgAffinities){.N = N};
  OgStatus status;
  if (!search.squares || !search.scores || !search.near || !search.given) {
    status = og_error_no_memory(err);
    goto done;
  }
  for (size_t i = 0; i < N * D; i++) {
    search.squares[i / D] += X[i] * X[i];
  }
  og_team_run(team, search_rows, &search);
  status = symmetrise(&search, affinities, err);
done:
  og_free_floats(search.squares);
  og_free_floats(search.scores);
  og_free(search.near);
  og_free(search.given);
  if (status != OG_OK) {
    og_affinities_clear(affinities);
  }
  return status;
}

void og_affinities_clear(OgAffinities *affinities) {
  og_free(affinities->start);
  og_free(affinities->items);
  og_free(affinities->values);
  *affinities = (OgAffinities){0};
}
