#include "finetune/losses.h"

#include "core/vmath.h"

#include <assert.h>
#include <math.h>

/* Rows are summed in this many runs, whatever the number of threads; then the runs, in order. */
enum { RUNS = 64 };

typedef struct Task {
  OgTeam *team;
  OgLoss loss;
  float *dscores;
  const float *scores;
  const OgTargets *targets;
  size_t N, C;
  double divisor;
  double sums[RUNS];
} Task;

static double row_weight(const OgTargets *targets, size_t n) {
  if (!targets->labels) {
    return 1;
  }
  const uint32_t label = targets->labels[n];
  if (label == OG_LABEL_IGNORED) {
    return 0;
  }
  return targets->weights ? (double)targets->weights[label] : 1;
}

double og_target_weight(const OgTargets *targets, size_t N) {
  double sum = 0;
  for (size_t n = 0; n < N; n++) {
    sum += row_weight(targets, n);
  }
  return sum;
}

/* The largest of s, Σ exp(s - largest), Σ (s - largest). */
typedef struct Row {
  float largest;
  double sum_exp, sum;
} Row;

OG_KERNEL static Row measure(const float *s, size_t C) {
  int32_t top = INT32_MIN;
#pragma omp simd reduction(max : top)
  for (size_t c = 0; c < C; c++) {
    const int32_t number = og_ordinal(s[c]);
    top = number > top ? number : top;
  }
  const float largest = og_from_ordinal(top);
  float sum_exp = 0, sum = 0;
#pragma omp simd reduction(+ : sum_exp, sum)
  for (size_t c = 0; c < C; c++) {
    sum_exp += og_vexp(s[c] - largest);
    sum += s[c] - largest;
  }
  return (Row){largest, (double)sum_exp, (double)sum};
}

/* ds = factor p - even, p = exp(s - largest) / sum_exp */
OG_KERNEL static void differentiate(float *ds, const float *s, const Row *row, float factor,
                                    float even, size_t C) {
  const float largest = row->largest, scale = factor / (float)row->sum_exp;
#pragma omp simd
  for (size_t c = 0; c < C; c++) {
    ds[c] = scale * og_vexp(s[c] - largest) - even;
  }
}

/* -(1-s) log p[y] - s/C Σ log p, and its gradient p - (1-s) [c = y] - s/C, both times the row's
 * weight. */
static double cross_entropy_row(const Task *task, size_t n) {
  const OgTargets *targets = task->targets;
  const size_t C = task->C;
  const float *s = task->scores + n * C;
  const double weight = row_weight(targets, n);
  float *ds = task->dscores ? task->dscores + n * C : NULL;
  if (weight == 0) {
    for (size_t c = 0; ds && c < C; c++) {
      ds[c] = 0;
    }
    return 0;
  }
  const uint32_t label = targets->labels[n];
  assert(label < C);
  const Row row = measure(s, C);
  const double smoothing = (double)targets->smoothing;
  const double log_sum = log(row.sum_exp), at_label = (double)(s[label] - row.largest);
  if (ds) {
    const double factor = weight / task->divisor;
    differentiate(ds, s, &row, (float)factor, (float)(factor * smoothing / (double)C), C);
    ds[label] -= (float)(factor * (1 - smoothing));
  }
  return weight * (log_sum - (1 - smoothing) * at_label - smoothing * row.sum / (double)C);
}

/* (s - value)², gradient 2 (s - value) */
static double squared_error_row(const Task *task, size_t n) {
  const double distance = (double)task->scores[n] - (double)task->targets->values[n];
  if (task->dscores) {
    task->dscores[n] = (float)(2 * distance / task->divisor);
  }
  return distance * distance;
}

static double (*const row_losses[])(const Task *task, size_t n) = {
    [OG_LOSS_CROSS_ENTROPY] = cross_entropy_row,
    [OG_LOSS_SQUARED_ERROR] = squared_error_row,
};

static void sum_runs(void *data, int thread) {
  Task *task = data;
  size_t first, last;
  og_share(RUNS, 1, thread, og_team_size(task->team), &first, &last);
  for (size_t run = first; run < last; run++) {
    size_t begin, end;
    og_share(task->N, 1, (int)run, RUNS, &begin, &end);
    double sum = 0;
    for (size_t n = begin; n < end; n++) {
      sum += row_losses[task->loss](task, n);
    }
    task->sums[run] = sum;
  }
}

double og_loss(OgLoss loss, OgTeam *team, float *dscores, const float *scores,
               const OgTargets *targets, size_t N, size_t C) {
  Task task = {.team = team,
               .loss = loss,
               .dscores = dscores,
               .scores = scores,
               .targets = targets,
               .N = N,
               .C = C,
               .divisor = targets->divisor != 0 ? targets->divisor : og_target_weight(targets, N)};
  og_team_run(team, sum_runs, &task);
  double sum = 0;
  for (size_t run = 0; run < RUNS; run++) {
    sum += task.sums[run];
  }
  return task.divisor != 0 ? sum / task.divisor : 0;
}
