#include "kg/tsne.h"

#include "core/blas.h"
#include "core/memory.h"
#include "core/random.h"

#include "tests/test.h"

#include <math.h>
#include <string.h>

enum { CLUSTERS = 4, MEMBERS = 40, N = CLUSTERS * MEMBERS, D = 10 };

/* Gaussians of deviation 1 whose centres are 20 apart and more. */
static float *make_clusters(void) {
  OgRandom random;
  float *X = og_calloc_floats(N * D);
  og_random_init(&random, 5);
  for (size_t n = 0; n < N; n++) {
    for (size_t d = 0; d < D; d++) {
      X[n * D + d] = (float)og_random_normal(&random) + (d == n / MEMBERS ? 20 : 0);
    }
  }
  return X;
}

static double distance(const float *Y, size_t a, size_t b) {
  return hypot((double)Y[2 * a] - (double)Y[2 * b], (double)Y[2 * a + 1] - (double)Y[2 * b + 1]);
}

static void clusters_that_are_apart_stay_apart(void **state) {
  (void)state;
  OgError err;
  double kl;
  OgTsneOptions options = OG_TSNE_OPTIONS_INIT;
  float *X = make_clusters(), *Y = og_calloc_floats(2 * N);
  options.perplexity = 15;
  assert_ok(og_tsne(X, N, D, &options, NULL, Y, &kl, &err));
  for (size_t n = 0; n < N; n++) {
    size_t nearest = n == 0;
    for (size_t k = 0; k < N; k++) {
      assert_true(isfinite(Y[2 * k]) && isfinite(Y[2 * k + 1]));
      nearest = k != n && distance(Y, n, k) < distance(Y, n, nearest) ? k : nearest;
    }
    assert_int_equal(nearest / MEMBERS, n / MEMBERS);
  }
  double widest = 0, narrowest = HUGE_VAL; /* within, and between clusters */
  for (size_t n = 0; n < N; n++) {
    for (size_t k = 0; k < n; k++) {
      const double apart = distance(Y, n, k);
      if (n / MEMBERS == k / MEMBERS) {
        widest = fmax(widest, apart);
      } else {
        narrowest = fmin(narrowest, apart);
      }
    }
  }
  assert_true(narrowest > 0.3 * widest);
  assert_true(kl > 0 && kl < 1);
  og_free_floats(X);
  og_free_floats(Y);
}

static void the_seed_decides_and_the_threads_do_not(void **state) {
  (void)state;
  OgError err;
  OgTsneOptions options = OG_TSNE_OPTIONS_INIT;
  float *X = make_clusters(), *Y[3];
  options.iterations = 120;
  for (int k = 0; k < 3; k++) {
    Y[k] = og_calloc_floats(2 * N);
    options.threads = k == 1 ? 3 : 1;
    options.seed = k == 2 ? 8 : 1;
    assert_ok(og_tsne(X, N, D, &options, NULL, Y[k], NULL, &err));
  }
  assert_memory_equal(Y[0], Y[1], 2 * N * sizeof(float));
  assert_memory_not_equal(Y[0], Y[2], 2 * N * sizeof(float));
  for (int k = 0; k < 3; k++) {
    og_free_floats(Y[k]);
  }
  og_free_floats(X);
}

static void the_divergence_falls(void **state) {
  (void)state;
  OgError err;
  float *X = make_clusters(), *Y = og_calloc_floats(2 * N);
  double before = HUGE_VAL;
  static const int iterations[] = {3, 100, 300, 900};
  for (size_t k = 0; k < OG_COUNT(iterations); k++) {
    OgTsneOptions options = OG_TSNE_OPTIONS_INIT;
    double kl;
    options.iterations = iterations[k];
    assert_ok(og_tsne(X, N, D, &options, NULL, Y, &kl, &err));
    assert_true(kl < before);
    before = kl;
  }
  og_free_floats(X);
  og_free_floats(Y);
}

/* The team, affinities and places that the gradient is tried with. */
typedef struct Trial {
  OgTeam *team;
  OgAffinities affinities;
  double Y[2 * N], gradient[2 * N], kl;
} Trial;

static void set_up(Trial *trial) {
  OgError err;
  OgRandom random;
  float *X = make_clusters();
  og_random_init(&random, 2);
  assert_ok(og_blas_load(&err));
  assert_ok(og_team_new(2, &trial->team, &err));
  assert_ok(og_affinities_new(X, N, D, 12, trial->team, &trial->affinities, &err));
  for (size_t k = 0; k < 2 * N; k++) {
    trial->Y[k] = 3 * og_random_normal(&random);
  }
  og_free_floats(X);
}

static void tear_down(Trial *trial) {
  og_affinities_clear(&trial->affinities);
  og_team_free(trial->team);
}

static void the_gradient_is_that_of_finite_differences(void **state) {
  (void)state;
  OgError err;
  static Trial trial;
  static double expected[2 * N], ignored[2 * N];
  const double step = 1e-5;
  set_up(&trial);
  assert_ok(
      og_tsne_gradient(&trial.affinities, trial.Y, 0, 1, trial.team, expected, &trial.kl, &err));
  for (size_t k = 0; k < 2 * N; k += 7) {
    double kl[2];
    for (int side = 0; side < 2; side++) {
      const double kept = trial.Y[k];
      trial.Y[k] += side ? step : -step;
      assert_ok(
          og_tsne_gradient(&trial.affinities, trial.Y, 0, 1, trial.team, ignored, &kl[side], &err));
      trial.Y[k] = kept;
    }
    assert_true(fabs((kl[1] - kl[0]) / (2 * step) - expected[k]) < 1e-8 + 1e-5 * fabs(expected[k]));
  }
  tear_down(&trial);
}

static void cells_are_near_enough_to_their_points(void **state) {
  (void)state;
  OgError err;
  static Trial trial;
  static double exact[2 * N];
  double error = 0, size = 0, kl;
  set_up(&trial);
  trial.Y[0] = trial.Y[4] = trial.Y[8]; /* three at one place */
  trial.Y[1] = trial.Y[5] = trial.Y[9];
  assert_ok(og_tsne_gradient(&trial.affinities, trial.Y, 0, 1, trial.team, exact, &kl, &err));
  assert_ok(og_tsne_gradient(&trial.affinities, trial.Y, 0.5, 1, trial.team, trial.gradient,
                             &trial.kl, &err));
  for (size_t k = 0; k < 2 * N; k++) {
    error += (exact[k] - trial.gradient[k]) * (exact[k] - trial.gradient[k]);
    size += exact[k] * exact[k];
  }
  assert_true(sqrt(error / size) < 0.03);
  assert_true(error > 0);
  assert_true(fabs(trial.kl - kl) < 0.02 * kl);
  tear_down(&trial);
}

static void affinities_are_a_distribution_of_the_wanted_perplexity(void **state) {
  (void)state;
  static Trial trial;
  double sum = 0;
  set_up(&trial);
  const OgAffinities *p = &trial.affinities;
  for (size_t i = 0; i < N; i++) {
    assert_true(p->start[i + 1] - p->start[i] >= 36);
    for (size_t k = p->start[i]; k < p->start[i + 1]; k++) {
      const uint32_t j = p->items[k];
      double back = 0;
      for (size_t m = p->start[j]; m < p->start[j + 1]; m++) {
        back = p->items[m] == i ? p->values[m] : back;
      }
      assert_true(p->values[k] == back);
      assert_true(i / MEMBERS == j / MEMBERS); /* 39 others are nearer than any of another */
      sum += p->values[k];
    }
  }
  assert_true(fabs(sum - 1) < 1e-9);
  tear_down(&trial);
}

static bool refuse(void *data, const char *stage, double done, double total, const char *detail) {
  (void)data, (void)stage, (void)done, (void)detail;
  return total == 0;
}

static void equal_points_are_laid_out_and_too_few_are_refused(void **state) {
  (void)state;
  OgError err;
  float X[6 * D], Y[12];
  OgTsneOptions options = OG_TSNE_OPTIONS_INIT;
  for (size_t k = 0; k < 6 * D; k++) {
    X[k] = 1;
  }
  assert_ok(og_tsne(X, 6, D, &options, NULL, Y, NULL, &err));
  for (size_t k = 0; k < 12; k++) {
    assert_true(isfinite(Y[k]));
  }
  assert_status(og_tsne(X, 3, D, &options, NULL, Y, NULL, &err), OG_USAGE);
  const OgProgress progress = {.report = refuse};
  assert_status(og_tsne(X, 6, D, &options, &progress, Y, NULL, &err), OG_CANCELLED);
}

static void running_out_of_memory_is_an_error(void **state) {
  (void)state;
  OgError err;
  float *X = make_clusters(), *Y = og_calloc_floats(2 * N);
  OgTsneOptions options = OG_TSNE_OPTIONS_INIT;
  OgStatus status = OG_NO_MEMORY;
  long n = 0;
  options.iterations = 5;
  for (; status != OG_OK; n++) {
    og_memory_fail_after(n);
    status = og_tsne(X, N, D, &options, NULL, Y, NULL, &err);
    og_memory_fail_after(-1);
    assert_true(status == OG_OK || status == OG_NO_MEMORY);
  }
  assert_true(n > 15);
  og_free_floats(X);
  og_free_floats(Y);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(clusters_that_are_apart_stay_apart),
      cmocka_unit_test(the_seed_decides_and_the_threads_do_not),
      cmocka_unit_test(the_divergence_falls),
      cmocka_unit_test(the_gradient_is_that_of_finite_differences),
      cmocka_unit_test(cells_are_near_enough_to_their_points),
      cmocka_unit_test(affinities_are_a_distribution_of_the_wanted_perplexity),
      cmocka_unit_test(equal_points_are_laid_out_and_too_few_are_refused),
      cmocka_unit_test(running_out_of_memory_is_an_error),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
