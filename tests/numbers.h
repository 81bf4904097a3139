/* numbers: random arrays, distances, and gradients checked against finite differences. */
#ifndef OG_TESTS_NUMBERS_H
#define OG_TESTS_NUMBERS_H

#include <stddef.h>
#include <stdint.h>

/* n floats of a normal distribution, the same for a seed. Release with og_free_floats. */
float *random_floats(size_t n, double deviation, uint64_t seed);

/* Σ a b in double. */
double inner_product(const float *a, const float *b, size_t n);

/* ‖a - b‖, and that divided by ‖b‖. */
double distance(const float *a, const float *b, size_t n);
double relative_distance(const float *a, const float *b, size_t n);

/* Fails unless `gradient` is the gradient of loss(data) by the n floats of x, which the loss reads:
 * along random directions its slope is compared with a five-point difference quotient of step h, to
 * 1e-3 of the gradient's norm. */
void assert_gradient(const char *name, double (*loss)(void *data), void *data, float *x,
                     const float *gradient, size_t n, double h);

#endif
