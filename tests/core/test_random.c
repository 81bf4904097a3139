#include "core/random.h"
#include "tests/test.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

enum { DRAWS = 200000 };

static void the_same_seed_gives_the_same_numbers(void **state) {
  (void)state;
  OgRandom one, two, other;
  og_random_init(&one, 7);
  og_random_init(&two, 7);
  og_random_init(&other, 8);
  int same = 0;
  for (int k = 0; k < 100; k++) {
    const uint64_t value = og_random_next(&one);
    assert_true(value == og_random_next(&two));
    same += value == og_random_next(&other);
  }
  assert_int_equal(same, 0);
}

static void uniform_and_normal_numbers_have_their_moments(void **state) {
  (void)state;
  OgRandom random;
  og_random_init(&random, 1);
  double sum = 0, normal_sum = 0, normal_square = 0;
  for (int k = 0; k < DRAWS; k++) {
    const double u = og_random_uniform(&random);
    assert_true(u >= 0 && u < 1);
    const double n = og_random_normal(&random);
    sum += u;
    normal_sum += n;
    normal_square += n * n;
  }
  /* Five standard errors of each mean. */
  assert_true(fabs(sum / DRAWS - 0.5) < 5 * 0.2887 / sqrt(DRAWS));
  assert_true(fabs(normal_sum / DRAWS) < 5 / sqrt(DRAWS));
  assert_true(fabs(normal_square / DRAWS - 1) < 5 * sqrt(2.0) / sqrt(DRAWS));
}

static void numbers_below_a_bound_are_all_as_likely(void **state) {
  (void)state;
  enum { BOUND = 7 };
  OgRandom random;
  og_random_init(&random, 3);
  int counts[BOUND] = {0};
  for (int k = 0; k < DRAWS; k++) {
    counts[og_random_below(&random, BOUND)]++;
  }
  double chi_square = 0;
  for (int k = 0; k < BOUND; k++) {
    const double expected = (double)DRAWS / BOUND;
    chi_square += (counts[k] - expected) * (counts[k] - expected) / expected;
  }
  assert_true(chi_square < 22.46); /* the 99.9 % point for 6 degrees of freedom */
}

static void a_shuffle_keeps_every_value(void **state) {
  (void)state;
  uint32_t values[100];
  for (uint32_t k = 0; k < 100; k++) {
    values[k] = k;
  }
  OgRandom random;
  og_random_init(&random, 5);
  og_random_shuffle(&random, values, 100);
  uint32_t sum = 0;
  int moved = 0;
  for (uint32_t k = 0; k < 100; k++) {
    sum += values[k];
    moved += values[k] != k;
  }
  assert_int_equal(sum, 4950);
  assert_true(moved > 80);
}

/* Of every count up to 300, and of one beyond: each value once. */
static void places_are_a_permutation(void **state) {
  (void)state;
  enum { LARGE = 100003 };
  static bool seen[LARGE];
  for (uint64_t count = 1; count <= 301; count++) {
    const uint64_t all = count <= 300 ? count : LARGE;
    memset(seen, 0, sizeof seen);
    for (uint64_t k = 0; k < all; k++) {
      const uint64_t place = og_random_place(7, all, k);
      assert_true(place < all && !seen[place]);
      seen[place] = true;
    }
  }
}

/* Where the first tenth goes is spread evenly, and another seed puts it elsewhere. */
static void places_are_spread_and_depend_on_the_seed(void **state) {
  (void)state;
  enum { COUNT = 100000, TENTH = COUNT / 10 };
  int counts[10] = {0}, same = 0;
  for (uint64_t k = 0; k < TENTH; k++) {
    const uint64_t place = og_random_place(1, COUNT, k);
    counts[place / TENTH]++;
    same += place == og_random_place(2, COUNT, k);
  }
  for (int tenth = 0; tenth < 10; tenth++) {
    assert_in_range(counts[tenth], TENTH / 10 - 150, TENTH / 10 + 150); /* five deviations */
  }
  assert_true(same < 10);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_same_seed_gives_the_same_numbers),
      cmocka_unit_test(uniform_and_normal_numbers_have_their_moments),
      cmocka_unit_test(numbers_below_a_bound_are_all_as_likely),
      cmocka_unit_test(a_shuffle_keeps_every_value),
      cmocka_unit_test(places_are_a_permutation),
      cmocka_unit_test(places_are_spread_and_depend_on_the_seed),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
