#include "kg/embed_names.h"

#include "core/buffer.h"
#include "core/hash.h"
#include "core/memory.h"
#include "core/random.h"
#include "kg/cursor.h"

#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum {
  SHORTEST = 3,        /* characters of a run */
  LONGEST = 5,         /* of them */
  MOST_TAUGHT = 20000, /* entities learned from */
  LEAST_TAUGHT = 20,
  MOST_STEPS = 30, /* of conjugate gradients */
  PATIENCE = 3,    /* of them, without a better column */
  KEPT_APART = 10, /* one entity of so many */
  COLUMNS = 16     /* that stay together: a cache line */
};

static const float ridge = 0.1f; /* λ */

typedef enum Sql { NAMES, SQL_COUNT } Sql;

static const char *const sql[SQL_COUNT] = {
    [NAMES] = "SELECT entity, normal FROM name ORDER BY entity",
};

static const OgSqlTable table = {sql, SQL_COUNT};

/* ---- features ---- */

/* The features of one entity, until they are sorted; and where all of them go. */
typedef struct Collector {
  uint32_t *own;
  size_t count, capacity;
  OgBuffer word;
  OgNameFeatures *to;
  uint64_t room; /* of to->buckets */
} Collector;

static OgStatus add_feature(Collector *collector, const char *text, size_t size, OgError *err) {
  if (collector->count == collector->capacity) {
    const size_t capacity = collector->capacity ? collector->capacity * 2 : 256;
    uint32_t *own = og_realloc(collector->own, capacity, sizeof *own);
    if (!own) {
      return og_error_no_memory(err);
    }
    collector->own = own;
    collector->capacity = capacity;
  }
  collector->own[collector->count++] = (uint32_t)(og_hash(text, size) % OG_NAME_BUCKETS);
  return OG_OK;
}

/* Where the character after the one at `at` starts, in UTF-8. */
static size_t next_character(const char *text, size_t size, size_t at) {
  at++;
  while (at < size && ((unsigned char)text[at] & 0xc0) == 0x80) {
    at++;
  }
  return at;
}

/* "<word>" and its runs of characters. */
static OgStatus add_word(Collector *collector, const char *word, size_t size, OgError *err) {
  OgBuffer *marked = &collector->word;
  og_buffer_reset(marked);
  OG_TRY(og_buffer_format(marked, err, "<%.*s>", (int)size, word));
  OG_TRY(add_feature(collector, marked->data, marked->size, err));
  for (size_t from = 0; from < marked->size;
       from = next_character(marked->data, marked->size, from)) {
    size_t end = from;
    for (int characters = 1; characters <= LONGEST && end < marked->size; characters++) {
      end = next_character(marked->data, marked->size, end);
      if (characters >= SHORTEST && end - from < marked->size) {
        OG_TRY(add_feature(collector, marked->data + from, end - from, err));
      }
    }
  }
  return OG_OK;
}

/* Of a normal form: words with single spaces between. */
static OgStatus add_name(Collector *collector, const char *name, size_t size, OgError *err) {
  for (size_t from = 0; from < size;) {
    const char *space = memchr(name + from, ' ', size - from);
    const size_t end = space ? (size_t)(space - name) : size;
    OG_TRY(add_word(collector, name + from, end - from, err));
    from = end + 1;
  }
  return OG_OK;
}

static int compare_buckets(const void *a, const void *b) {
  const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
  return x < y ? -1 : x > y;
}

/* The collected features become those of row n, each once. */
static OgStatus close_row(Collector *collector, size_t n, OgError *err) {
  OgNameFeatures *to = collector->to;
  uint64_t end = to->start[n];
  if (collector->count > 0) {
    qsort(collector->own, collector->count, sizeof *collector->own, compare_buckets);
  }
  if (end + collector->count > collector->room) {
    const uint64_t room = 2 * (end + collector->count);
    uint32_t *buckets = og_realloc(to->buckets, room, sizeof *buckets);
    if (!buckets) {
      return og_error_no_memory(err);
    }
    to->buckets = buckets;
    collector->room = room;
  }
  for (size_t k = 0; k < collector->count; k++) {
    if (k == 0 || collector->own[k] != collector->own[k - 1]) {
      to->buckets[end++] = collector->own[k];
    }
  }
  to->start[n + 1] = end;
  collector->count = 0;
  return OG_OK;
}

static OgStatus collect(Collector *collector, OgStore *store, const int64_t *entities, size_t N,
                        OgError *err) {
  OgCursor cursor;
  OgStatus status = OG_OK;
  size_t n = 0;
  OG_TRY(og_cursor_open(store, &table, NAMES, &cursor, err));
  while (status == OG_OK && og_cursor_next(&cursor, &status, err)) {
    const int64_t entity = og_cursor_integer(&cursor, 0);
    const char *name;
    size_t size;
    while (n < N && entities[n] < entity) {
      OG_GO(close_row(collector, n++, err));
    }
    if (n < N && entities[n] == entity) {
      OG_GO(og_cursor_text(&cursor, 1, &name, &size, err));
      OG_GO(add_name(collector, name, size, err));
    }
  }
  while (status == OG_OK && n < N) {
    status = close_row(collector, n++, err);
  }
done:
  og_cursor_close(&cursor);
  return status;
}

/* log(N / n) of each bucket, rows of length 1. */
static OgStatus weigh(OgNameFeatures *features, OgError *err) {
  uint32_t *rows = OG_NEW_ARRAY(uint32_t, OG_NAME_BUCKETS);
  features->weights = OG_NEW_ARRAY(float, features->start[features->N]);
  if (!rows || !features->weights) {
    og_free(rows);
    return og_error_no_memory(err);
  }
  for (uint64_t k = 0; k < features->start[features->N]; k++) {
    rows[features->buckets[k]]++;
  }
  for (size_t n = 0; n < features->N; n++) {
    double squares = 0;
    for (uint64_t k = features->start[n]; k < features->start[n + 1]; k++) {
      const double weight = log(((double)features->N + 1) / rows[features->buckets[k]]);
      features->weights[k] = (float)weight;
      squares += weight * weight;
    }
    for (uint64_t k = features->start[n]; k < features->start[n + 1]; k++) {
      features->weights[k] /= (float)sqrt(squares);
    }
  }
  og_free(rows);
  return OG_OK;
}

OgStatus og_name_features(OgStore *store, const int64_t *entities, size_t N,
                          OgNameFeatures *features, OgError *err) {
  OgNameFeatures made = {.N = N, .start = OG_NEW_ARRAY(uint64_t, N + 1)};
  Collector collector = {.word = OG_BUFFER_INIT, .to = &made};
  OgStatus status = OG_OK;
  if (!made.start) {
    status = og_error_no_memory(err);
    goto done;
  }
  OG_GO(collect(&collector, store, entities, N, err));
  OG_GO(weigh(&made, err));
  *features = made;
  made = (OgNameFeatures){0};
done:
  og_name_features_clear(&made);
  og_buffer_clear(&collector.word);
  og_free(collector.own);
  return status;
}

void og_name_features_clear(OgNameFeatures *features) {
  og_free(features->start);
  og_free(features->buckets);
  og_free(features->weights);
  *features = (OgNameFeatures){0};
}

/* ---- ridge regression ---- */

/* Conjugate gradients on (XᵀX + λ) W = XᵀY, for each column of W by itself: threads share the
 * columns, and no sum depends on their number. */
typedef struct Solver {
  const OgNameFeatures *features;
  const float *values, *mean;     /* (N, D), (D) */
  const uint32_t *taught, *apart; /* rows to learn from, rows to judge by */
  size_t taught_count, apart_count, D;
  float *W, *best;                     /* (OG_NAME_BUCKETS, D) */
  float *residual, *direction, *image; /* (OG_NAME_BUCKETS, D) */
  float *row;                          /* (D) */
  double *squares, *curvature, *fresh; /* (D) |residual|², now and of the step */
  double *error, *least, *at_first;    /* (D) over the rows kept apart: now, at best, of the mean */
  OgTeam *team;
  const OgProgress *progress;
  OgError *err;
  OgStatus status; /* of the progress, heard by thread 0 */
  atomic_bool stopped;
} Solver;

/* The columns of a thread. */
typedef struct Slice {
  size_t begin, end;
} Slice;

/* row = x M of entity n. */
static void multiply(Solver *solver, Slice slice, size_t n, const float *M) {
  const OgNameFeatures *features = solver->features;
  float *row = solver->row;
  memset(row + slice.begin, 0, (slice.end - slice.begin) * sizeof *row);
  for (uint64_t k = features->start[n]; k < features->start[n + 1]; k++) {
    const float *from = M + features->buckets[k] * solver->D, weight = features->weights[k];
    for (size_t d = slice.begin; d < slice.end; d++) {
      row[d] += weight * from[d];
    }
  }
}

/* M += xᵀ row of entity n. */
static void spread(Solver *solver, Slice slice, size_t n, float *M) {
  const OgNameFeatures *features = solver->features;
  const float *row = solver->row;
  for (uint64_t k = features->start[n]; k < features->start[n + 1]; k++) {
    float *to = M + features->buckets[k] * solver->D;
    const float weight = features->weights[k];
    for (size_t d = slice.begin; d < slice.end; d++) {
      to[d] += weight * row[d];
    }
  }
}

/* residual = direction = XᵀY, |residual|². */
static void start(Solver *solver, Slice slice) {
  const size_t D = solver->D;
  for (size_t k = 0; k < solver->taught_count; k++) {
    const size_t n = solver->taught[k];
    for (size_t d = slice.begin; d < slice.end; d++) {
      solver->row[d] = solver->values[n * D + d] - solver->mean[d];
    }
    spread(solver, slice, n, solver->residual);
  }
  for (size_t b = 0; b < OG_NAME_BUCKETS; b++) {
    for (size_t d = slice.begin; d < slice.end; d++) {
      const float r = solver->residual[b * D + d];
      solver->direction[b * D + d] = r;
      solver->squares[d] += (double)r * (double)r;
    }
  }
}

/* image = (XᵀX + λ) direction, and direction · image. */
static void apply(Solver *solver, Slice slice) {
  const size_t D = solver->D;
  for (size_t b = 0; b < OG_NAME_BUCKETS; b++) {
    for (size_t d = slice.begin; d < slice.end; d++) {
      solver->image[b * D + d] = ridge * solver->direction[b * D + d];
    }
  }
  for (size_t k = 0; k < solver->taught_count; k++) {
    const size_t n = solver->taught[k];
    multiply(solver, slice, n, solver->direction);
    spread(solver, slice, n, solver->image);
  }
  memset(solver->curvature + slice.begin, 0, (slice.end - slice.begin) * sizeof(double));
  for (size_t b = 0; b < OG_NAME_BUCKETS; b++) {
    for (size_t d = slice.begin; d < slice.end; d++) {
      solver->curvature[d] +=
          (double)solver->direction[b * D + d] * (double)solver->image[b * D + d];
    }
  }
}

/* W goes along the direction to where the residual is least, and the direction turns. */
static void advance(Solver *solver, Slice slice) {
  const size_t D = solver->D;
  memset(solver->fresh + slice.begin, 0, (slice.end - slice.begin) * sizeof(double));
  for (size_t d = slice.begin; d < slice.end; d++) { /* row: the length of the step */
    const double curvature = solver->curvature[d];
    solver->row[d] = curvature > 0 ? (float)(solver->squares[d] / curvature) : 0;
  }
  for (size_t b = 0; b < OG_NAME_BUCKETS; b++) {
    for (size_t d = slice.begin; d < slice.end; d++) {
      const size_t at = b * D + d;
      solver->W[at] += solver->row[d] * solver->direction[at];
      solver->residual[at] -= solver->row[d] * solver->image[at];
      solver->fresh[d] += (double)solver->residual[at] * (double)solver->residual[at];
    }
  }
  for (size_t d = slice.begin; d < slice.end; d++) { /* row: what stays of the old direction */
    solver->row[d] = solver->squares[d] > 0 ? (float)(solver->fresh[d] / solver->squares[d]) : 0;
    solver->squares[d] = solver->fresh[d];
  }
  for (size_t b = 0; b < OG_NAME_BUCKETS; b++) {
    for (size_t d = slice.begin; d < slice.end; d++) {
      const size_t at = b * D + d;
      solver->direction[at] = solver->residual[at] + solver->row[d] * solver->direction[at];
    }
  }
}

/* error = Σ (y - ȳ - x W)² of each column over the rows kept apart. */
static void judge(Solver *solver, Slice slice) {
  const size_t D = solver->D;
  memset(solver->error + slice.begin, 0, (slice.end - slice.begin) * sizeof(double));
  for (size_t k = 0; k < solver->apart_count; k++) {
    const size_t n = solver->apart[k];
    multiply(solver, slice, n, solver->W);
    for (size_t d = slice.begin; d < slice.end; d++) {
      const double off =
          (double)(solver->values[n * D + d] - solver->mean[d]) - (double)solver->row[d];
      solver->error[d] += off * off;
    }
  }
}

/* Keep the columns that are better than before; whether any is. */
static bool keep_better(Solver *solver, Slice slice) {
  bool any = false;
  for (size_t d = slice.begin; d < slice.end; d++) {
    if (solver->error[d] < solver->least[d]) {
      any = true;
      solver->least[d] = solver->error[d];
      for (size_t b = 0; b < OG_NAME_BUCKETS; b++) {
        solver->best[b * solver->D + d] = solver->W[b * solver->D + d];
      }
    }
  }
  return any;
}

static void solve(void *data, int thread) {
  Solver *solver = data;
  Slice slice;
  og_share(solver->D, COLUMNS, thread, og_team_size(solver->team), &slice.begin, &slice.end);
  start(solver, slice);
  judge(solver, slice);
  for (size_t d = slice.begin; d < slice.end; d++) {
    solver->at_first[d] = solver->least[d] = solver->error[d];
  }
  int worse = 0;
  for (int step = 0; step < MOST_STEPS && worse < PATIENCE && !solver->stopped; step++) {
    if (thread == 0) {
      solver->status = og_progress_report(solver->progress, "learning from names", step, MOST_STEPS,
                                          "", solver->err);
      solver->stopped = solver->status != OG_OK;
    }
    apply(solver, slice);
    advance(solver, slice);
    judge(solver, slice);
    worse = keep_better(solver, slice) ? 0 : worse + 1;
  }
}

/* ---- the model ---- */

/* Rows with a vector and a name, by lot when there are too many: a tenth kept apart. */
static OgStatus choose_rows(const OgNameFeatures *features, const bool *known, uint64_t seed,
                            uint32_t **rows, size_t *taught, size_t *apart, OgError *err) {
  OgRandom random;
  size_t count = 0;
  uint32_t *chosen = *rows = OG_NEW_ARRAY(uint32_t, features->N);
  if (!chosen) {
    return og_error_no_memory(err);
  }
  for (size_t n = 0; n < features->N; n++) {
    if (known[n] && features->start[n + 1] > features->start[n]) {
      chosen[count++] = (uint32_t)n;
    }
  }
  og_random_init(&random, seed);
  og_random_shuffle(&random, chosen, count);
  count = count < MOST_TAUGHT ? count : MOST_TAUGHT;
  *apart = count / KEPT_APART;
  *taught = count - *apart;
  return OG_OK;
}

static void find_mean(Solver *solver, float *mean) {
  const size_t D = solver->D;
  for (size_t d = 0; d < D; d++) {
    double sum = 0;
    for (size_t k = 0; k < solver->taught_count; k++) {
      sum += (double)solver->values[solver->taught[k] * D + d];
    }
    mean[d] = (float)(sum / (double)solver->taught_count);
  }
}

/* All that a solver works in: one block of floats, one of doubles. */
static bool open_solver(Solver *solver, float **floats, double **doubles) {
  const size_t D = solver->D, matrix = (size_t)OG_NAME_BUCKETS * D;
  *floats = og_calloc_floats(4 * matrix + D);
  *doubles = OG_NEW_ARRAY(double, 6 * D);
  if (!*floats || !*doubles) {
    return false;
  }
  float **matrices[] = {&solver->W, &solver->residual, &solver->direction, &solver->image,
                        &solver->row};
  double **rows[] = {&solver->squares, &solver->curvature, &solver->fresh,
                     &solver->error,   &solver->least,     &solver->at_first};
  for (size_t k = 0; k < OG_COUNT(matrices); k++) {
    *matrices[k] = *floats + k * matrix;
  }
  for (size_t k = 0; k < OG_COUNT(rows); k++) {
    *rows[k] = *doubles + k * D;
  }
  return true;
}

/* The share of the variance of the rows kept apart that their names tell. */
static double share_explained(const Solver *solver) {
  double least = 0, all = 0;
  for (size_t d = 0; d < solver->D; d++) {
    least += solver->least[d];
    all += solver->at_first[d];
  }
  return all > 0 ? 1 - least / all : 0;
}

OgStatus og_name_model_fit(const OgNameFeatures *features, const float *values, size_t D,
                           const bool *known, uint64_t seed, OgTeam *team,
                           const OgProgress *progress, OgNameModel *model, OgError *err) {
  OgNameModel made = {.D = D};
  uint32_t *rows = NULL;
  float *floats = NULL;
  double *doubles = NULL;
  size_t taught = 0, apart = 0;
  OgStatus status;
  OG_GO(choose_rows(features, known, seed, &rows, &taught, &apart, err));
  made.mean = og_calloc_floats(D);
  made.weights = og_calloc_floats((size_t)OG_NAME_BUCKETS * D);
  Solver solver = {.features = features,
                   .values = values,
                   .mean = made.mean,
                   .taught = rows,
                   .apart = rows + taught,
                   .taught_count = taught,
                   .apart_count = apart,
                   .D = D,
                   .best = made.weights,
                   .team = team,
                   .progress = progress,
                   .err = err};
  if (!made.mean || !made.weights || !open_solver(&solver, &floats, &doubles)) {
    status = og_error_no_memory(err);
    goto done;
  }
  if (taught + apart >= LEAST_TAUGHT) {
    find_mean(&solver, made.mean);
    og_team_run(team, solve, &solver);
    OG_GO(solver.status);
    made.taught = taught;
    made.explained = share_explained(&solver);
  }
  *model = made;
  made = (OgNameModel){0};
done:
  og_name_model_clear(&made);
  og_free(rows);
  og_free_floats(floats);
  og_free(doubles);
  return status;
}

void og_name_model_clear(OgNameModel *model) {
  og_free_floats(model->mean);
  og_free_floats(model->weights);
  *model = (OgNameModel){0};
}

bool og_name_vector(const OgNameModel *model, const OgNameFeatures *features, size_t n, float *y) {
  const size_t D = model->D;
  bool any = false;
  memset(y, 0, D * sizeof *y);
  for (uint64_t k = features->start[n]; model->taught > 0 && k < features->start[n + 1]; k++) {
    const float *row = model->weights + features->buckets[k] * D;
    for (size_t d = 0; d < D; d++) {
      y[d] += features->weights[k] * row[d];
      any = any || row[d] != 0;
    }
  }
  for (size_t d = 0; any && d < D; d++) {
    y[d] += model->mean[d];
  }
  return any;
}

OgStatus og_name_prior(OgStore *store, const int64_t *entities, const float *values, size_t N,
                       size_t D, const bool *known, uint64_t seed, OgTeam *team,
                       const OgProgress *progress, float *prior, double *told, OgError *err) {
  OgNameFeatures features = {0};
  OgNameModel model = {0};
  OgStatus status;
  OG_GO(og_name_features(store, entities, N, &features, err));
  OG_GO(og_name_model_fit(&features, values, D, known, seed, team, progress, &model, err));
  *told = model.explained;
  for (size_t n = 0; n < N; n++) {
    if (!known[n]) {
      og_name_vector(&model, &features, n, prior + n * D);
    }
  }
done:
  og_name_model_clear(&model);
  og_name_features_clear(&features);
  return status;
}
