#include "model/panels.h"

#include "core/memory.h"
#include "tests/numbers.h"
#include "tests/test.h"

/* Sizes on both sides of whole tiles and panels. */
static const struct {
  size_t M, N, K;
} sizes[] = {{1, 1, 1}, {6, 16, 4}, {7, 17, 5}, {5, 15, 3}, {23, 40, 33}, {12, 32, 64}};

static void products_are_those_of_the_definition(void **state) {
  (void)state;
  for (size_t c = 0; c < OG_COUNT(sizes); c++) {
    const size_t M = sizes[c].M, N = sizes[c].N, K = sizes[c].K;
    float *A = random_floats(M * K, 1, 1), *W = random_floats(N * K, 1, 2);
    float *b = random_floats(N, 1, 3), *C = og_calloc_floats(M * N);
    float *expected = og_calloc_floats(M * N), *panels = og_calloc_floats(og_panels_size(K, N));
    for (size_t m = 0; m < M; m++) {
      for (size_t n = 0; n < N; n++) {
        expected[m * N + n] = (float)inner_product(A + m * K, W + n * K, K) + b[n];
      }
    }
    og_panels_pack_transposed(panels, W, K, K, N);
    og_panels_multiply(C, N, (OgLeft){A, K, 1}, panels, b, M, N, K);
    assert_true(relative_distance(C, expected, M * N) < 1e-5);
    float *const arrays[] = {A, W, b, C, expected, panels};
    for (size_t k = 0; k < OG_COUNT(arrays); k++) {
      og_free_floats(arrays[k]);
    }
  }
}

static void both_ways_of_packing_give_the_same_panels(void **state) {
  (void)state;
  enum { K = 9, N = 21 };
  float *X = random_floats((size_t)K * N, 1, 4), *turned = og_calloc_floats((size_t)K * N);
  const size_t size = og_panels_size(K, N);
  float *panels = og_calloc_floats(size), *others = og_calloc_floats(size);
  for (size_t k = 0; k < K; k++) {
    for (size_t n = 0; n < N; n++) {
      turned[n * K + k] = X[k * N + n];
    }
  }
  assert_int_equal(og_panels_whole(N), 32);
  og_panels_pack(panels, X, N, K, N);
  og_panels_pack_transposed(others, turned, K, K, N);
  assert_memory_equal(panels, others, size * sizeof(float));
  og_free_floats(X);
  og_free_floats(turned);
  og_free_floats(panels);
  og_free_floats(others);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(products_are_those_of_the_definition),
      cmocka_unit_test(both_ways_of_packing_give_the_same_panels),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
