#include "kg/pca.h"

#include "core/blas.h"
#include "core/memory.h"
#include "core/random.h"

#include "tests/test.h"

#include <math.h>
#include <string.h>

enum { N = 4000, D = 24 };

/* Points of independent normal coordinates with these deviations, turned in the planes (d, d + 1)
 * by 0.3 d, so that axis k lies along turned(e_k). */
static void turn(float *row, size_t size) {
  for (size_t d = 0; d + 1 < size; d++) {
    const double c = cos(0.3 * (double)d), s = sin(0.3 * (double)d);
    const double x = (double)row[d], y = (double)row[d + 1];
    row[d] = (float)(c * x - s * y);
    row[d + 1] = (float)(s * x + c * y);
  }
}

static float *make_points(const double *deviations, size_t n, size_t size) {
  OgRandom random;
  float *X = og_calloc_floats(n * size);
  og_random_init(&random, 3);
  for (size_t k = 0; k < n; k++) {
    for (size_t d = 0; d < size; d++) {
      X[k * size + d] = (float)(deviations[d] * og_random_normal(&random));
    }
    turn(X + k * size, size);
    for (size_t d = 0; d < size; d++) {
      X[k * size + d] += 5; /* a mean that is not 0 */
    }
  }
  return X;
}

static void known_axes_are_found(void **state) {
  (void)state;
  OgError err;
  double deviations[D], share[2], total = 0;
  for (size_t d = 0; d < D; d++) {
    deviations[d] = d == 5 ? 9 : d == 2 ? 6 : 1;
    total += deviations[d] * deviations[d];
  }
  float *X = make_points(deviations, N, D), *Y = og_calloc_floats((size_t)N * 2);
  assert_ok(og_blas_load(&err));
  assert_ok(og_pca(X, N, D, 2, Y, share, &err));
  assert_true(fabs(share[0] - 81 / total) < 0.02);
  assert_true(fabs(share[1] - 36 / total) < 0.02);
  static const size_t wide[2] = {5, 2};
  for (int k = 0; k < 2; k++) {
    float axis[D] = {0};
    double mean = 0, product = 0, squares[2] = {0, 0};
    axis[wide[k]] = 1;
    turn(axis, D);
    for (size_t n = 0; n < N; n++) {
      double along = 0;
      for (size_t d = 0; d < D; d++) {
        along += ((double)X[n * D + d] - 5) * (double)axis[d];
      }
      product += along * (double)Y[2 * n + (size_t)k];
      squares[0] += along * along;
      squares[1] += (double)Y[2 * n + (size_t)k] * (double)Y[2 * n + (size_t)k];
      mean += (double)Y[2 * n + (size_t)k] / N;
    }
    assert_true(fabs(product) / sqrt(squares[0] * squares[1]) > 0.995);
    assert_true(fabs(mean) < 1e-3);
  }
  og_free_floats(X);
  og_free_floats(Y);
}

/* The projection itself, against the eigenvectors of a covariance that is known exactly. */
static void a_small_covariance_is_solved_to_rounding(void **state) {
  (void)state;
  OgError err;
  double share[3];
  float Y[4 * 3];
  /* ±3 along (1,1,0)/√2, ±1 along (1,-1,0)/√2: variances 9 : 1 */
  const float r = sqrtf(0.5f);
  const float X[4 * 3] = {3 * r, 3 * r, 0, -3 * r, -3 * r, 0, r, -r, 0, -r, r, 0};
  assert_ok(og_blas_load(&err));
  assert_ok(og_pca(X, 4, 3, 3, Y, share, &err));
  static const float expected[4 * 3] = {3, 0, 0, -3, 0, 0, 0, 1, 0, 0, -1, 0};
  for (size_t k = 0; k < 12; k++) {
    const float sign = k % 3 == 1 && Y[2 * 3 + 1] < 0 ? -1 : 1; /* both components are as large */
    const float other = k % 3 == 0 && Y[0] < 0 ? -1 : 1;
    assert_true(fabsf(sign * other * Y[k] - expected[k]) < 1e-4f);
  }
  assert_true(fabs(share[0] - 0.9) < 1e-5 && fabs(share[1] - 0.1) < 1e-5 && share[2] < 1e-5);
}

static void points_without_a_spread_have_no_axes(void **state) {
  (void)state;
  OgError err;
  double share[2];
  float X[3 * 5], Y[6];
  for (size_t k = 0; k < 15; k++) {
    X[k] = 0.5f;
  }
  assert_ok(og_blas_load(&err));
  assert_ok(og_pca(X, 3, 5, 2, Y, share, &err));
  for (size_t k = 0; k < 6; k++) {
    assert_true(Y[k] == 0);
  }
  assert_true(share[0] == 0 && share[1] == 0);
  assert_ok(og_pca(X, 1, 5, 2, Y, share, &err));
  assert_true(Y[0] == 0 && Y[1] == 0);
  X[0] = 2;
  assert_ok(og_pca(X, 3, 1, 2, Y, share, &err)); /* one dimension: no second axis */
  assert_true(fabsf(Y[0] - 1) < 1e-4f && Y[1] == 0 && fabs(share[0] - 1) < 1e-5);
  assert_status(og_pca(X, 3, 5, 9, Y, share, &err), OG_USAGE);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(known_axes_are_found),
      cmocka_unit_test(a_small_covariance_is_solved_to_rounding),
      cmocka_unit_test(points_without_a_spread_have_no_axes),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
