#include "tests/numbers.h"

#include "core/memory.h"
#include "core/random.h"
#include "tests/test.h"

#include <math.h>
#include <string.h>

enum { DIRECTIONS = 3 };

static const double tolerance = 1e-3;
static const double rounding = 2e-5; /* of a loss that sums some hundred floats of about 1 */

float *random_floats(size_t n, double deviation, uint64_t seed) {
  OgRandom random;
  og_random_init(&random, seed);
  float *x = og_calloc_floats(n);
  assert_non_null(x);
  for (size_t k = 0; k < n; k++) {
    x[k] = (float)(deviation * og_random_normal(&random));
  }
  return x;
}

double inner_product(const float *a, const float *b, size_t n) {
  double sum = 0;
  for (size_t k = 0; k < n; k++) {
    sum += (double)a[k] * (double)b[k];
  }
  return sum;
}

double distance(const float *a, const float *b, size_t n) {
  double sum = 0;
  for (size_t k = 0; k < n; k++) {
    const double d = (double)a[k] - (double)b[k];
    sum += d * d;
  }
  return sqrt(sum);
}

double relative_distance(const float *a, const float *b, size_t n) {
  return distance(a, b, n) / sqrt(inner_product(b, b, n));
}

/* loss at start + step direction */
static double loss_at(double (*loss)(void *data), void *data, float *x, const float *start,
                      const float *direction, size_t n, double step) {
  for (size_t k = 0; k < n; k++) {
    x[k] = (float)((double)start[k] + step * (double)direction[k]);
  }
  return loss(data);
}

void assert_gradient(const char *name, double (*loss)(void *data), void *data, float *x,
                     const float *gradient, size_t n, double h) {
  float *start = og_calloc_floats(n);
  assert_non_null(start);
  memcpy(start, x, n * sizeof *x);
  const double size = sqrt(inner_product(gradient, gradient, n));
  for (uint64_t seed = 1; seed <= DIRECTIONS; seed++) {
    float *direction = random_floats(n, 1, seed);
    const double near = loss_at(loss, data, x, start, direction, n, h) -
                        loss_at(loss, data, x, start, direction, n, -h);
    const double far = loss_at(loss, data, x, start, direction, n, 2 * h) -
                       loss_at(loss, data, x, start, direction, n, -2 * h);
    const double measured = (8 * near - far) / (12 * h);
    const double expected = inner_product(gradient, direction, n);
    if (!(fabs(measured - expected) <= tolerance * size + rounding / h)) {
      fail_msg("%s: slope %.9g measured, %.9g by the gradient of norm %.3g", name, measured,
               expected, size);
    }
    og_free_floats(direction);
  }
  memcpy(x, start, n * sizeof *x);
  og_free_floats(start);
}
