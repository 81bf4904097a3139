#include "kg/similar.h"

#include "core/memory.h"
#include "core/random.h"

#include "tests/test.h"

#include <math.h>
#include <stdlib.h>

enum { N = 300, D = 7 };

static OgVectors make_set(void) {
  OgVectors vectors = {.N = N, .D = D};
  OgRandom random;
  og_random_init(&random, 5);
  vectors.entities = OG_NEW_ARRAY(int64_t, N);
  vectors.values = og_calloc_floats(N * D);
  for (size_t n = 0; n < N; n++) {
    vectors.entities[n] = (int64_t)(10 + 3 * n);
    for (size_t d = 0; d < D; d++) {
      vectors.values[n * D + d] = (float)og_random_normal(&random);
    }
  }
  return vectors;
}

static int compare(const void *a, const void *b) {
  const OgNeighbour *x = a, *y = b;
  return x->cosine != y->cosine ? (x->cosine > y->cosine ? -1 : 1)
                                : (x->entity < y->entity ? -1 : x->entity > y->entity);
}

static void the_nearest_are_those_of_a_full_sort(void **state) {
  (void)state;
  OgError err;
  OgVectors vectors = make_set();
  static const size_t sizes[] = {0, 1, 2, 9, 64, N - 1, N + 5};
  for (size_t s = 0; s < OG_COUNT(sizes); s++) {
    OgNeighbour found[N + 5], all[N];
    size_t count, others = 0;
    const int64_t entity = vectors.entities[17];
    const float *own = og_vectors_find(&vectors, entity);
    for (size_t n = 0; n < N; n++) {
      const float *row = vectors.values + n * D;
      double dot = 0, a = 0, b = 0;
      for (size_t d = 0; d < D; d++) {
        dot += (double)own[d] * (double)row[d];
        a += (double)own[d] * (double)own[d];
        b += (double)row[d] * (double)row[d];
      }
      if (vectors.entities[n] != entity) {
        all[others++] = (OgNeighbour){vectors.entities[n], (float)(dot / sqrt(a * b))};
      }
    }
    qsort(all, others, sizeof *all, compare);
    assert_ok(og_similar(&vectors, entity, sizes[s], found, &count, &err));
    assert_int_equal(count, sizes[s] < N - 1 ? sizes[s] : N - 1);
    for (size_t k = 0; k < count; k++) {
      assert_int_equal(found[k].entity, all[k].entity);
      assert_float_equal(found[k].cosine, all[k].cosine, 1e-6f);
    }
  }
  og_vectors_clear(&vectors);
}

static void equals_come_in_order_of_entity(void **state) {
  (void)state;
  OgError err;
  OgVectors vectors = make_set();
  OgNeighbour found[5];
  size_t count;
  for (size_t k = 0; k < N * D; k++) {
    vectors.values[k] = 1;
  }
  assert_ok(og_similar(&vectors, vectors.entities[2], 5, found, &count, &err));
  static const size_t expected[] = {0, 1, 3, 4, 5};
  for (size_t k = 0; k < 5; k++) {
    assert_int_equal(found[k].entity, vectors.entities[expected[k]]);
    assert_float_equal(found[k].cosine, 1, 1e-6f);
  }
  og_vectors_clear(&vectors);
}

static void vectors_of_length_zero_are_near_nothing(void **state) {
  (void)state;
  OgError err;
  OgVectors vectors = make_set();
  OgNeighbour found[N];
  size_t count;
  for (size_t d = 0; d < D; d++) {
    vectors.values[4 * D + d] = 0;
  }
  assert_ok(og_similar(&vectors, vectors.entities[0], N, found, &count, &err));
  assert_int_equal(count, N - 2);
  for (size_t k = 0; k < count; k++) {
    assert_true(found[k].entity != vectors.entities[4]);
  }
  assert_status(og_similar(&vectors, vectors.entities[4], 5, found, &count, &err), OG_USAGE);
  assert_int_equal(count, 0);
  og_vectors_clear(&vectors);
}

static void an_entity_without_a_vector_is_not_found(void **state) {
  (void)state;
  OgError err;
  OgVectors vectors = make_set();
  OgNeighbour found[1];
  size_t count = 1;
  assert_status(og_similar(&vectors, 11, 1, found, &count, &err), OG_NOT_FOUND);
  assert_int_equal(count, 0);
  og_vectors_clear(&vectors);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_nearest_are_those_of_a_full_sort),
      cmocka_unit_test(equals_come_in_order_of_entity),
      cmocka_unit_test(vectors_of_length_zero_are_near_nothing),
      cmocka_unit_test(an_entity_without_a_vector_is_not_found),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
