#include "model/int8.h"

#include "core/memory.h"
#include "tests/numbers.h"
#include "tests/test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Sizes on both sides of whole tiles, panels, quads and blocks of rows. */
static const struct {
  size_t N, O, K;
} sizes[] = {{1, 1, 1}, {6, 16, 4}, {7, 17, 5}, {5, 15, 39}, {23, 40, 33}, {197, 33, 66}};

/* Every kernel against Σ p q of integers. */
static void check_sums(const uint8_t *p, const int8_t *q, const OgInt8 *matrix, size_t N) {
  const size_t O = matrix->O, K = matrix->K, stride = og_int8_stride(K);
  int32_t *sums = OG_NEW_ARRAY(int32_t, N * O);
  for (size_t kernel = 0; og_int8_kernel(kernel); kernel++) {
    og_int8_sums(kernel, sums, p, matrix, N);
    for (size_t n = 0; n < N; n++) {
      for (size_t o = 0; o < O; o++) {
        int64_t expected = 0;
        for (size_t k = 0; k < K; k++) {
          expected += p[n * stride + k] * q[o * K + k];
        }
        if (sums[n * O + o] != expected) {
          fail_msg("%s: sum (%zu,%zu) of K = %zu is %d, expected %lld", og_int8_kernel(kernel), n,
                   o, K, (int)sums[n * O + o], (long long)expected);
        }
      }
    }
  }
  og_free(sums);
}

static void every_kernel_gives_the_exact_sums(void **state) {
  (void)state;
  OgError err;
#ifdef OG_AVX_VNNI /* tests/model/vnni.h: all of them run */
  if (__builtin_cpu_supports("avx2")) {
    assert_string_equal(og_int8_kernel(0), "AVX-512 VNNI");
    assert_string_equal(og_int8_kernel(1), "AVX-VNNI");
  }
#endif
  for (size_t c = 0; c < OG_COUNT(sizes); c++) {
    const size_t N = sizes[c].N, O = sizes[c].O, K = sizes[c].K;
    float *W = random_floats(O * K, 1, c), *x = random_floats(N * K, 1, c + 50);
    float *scales = og_calloc_floats(O);
    int8_t *q = OG_NEW_ARRAY(int8_t, O * K);
    uint8_t *p = OG_NEW_ARRAY(uint8_t, N * og_int8_stride(K));
    OgStep *steps = OG_NEW_ARRAY(OgStep, N);
    OgInt8 matrix;
    assert_ok(og_int8_init(&matrix, O, K, &err));
    og_int8_pack(&matrix, W, 0, O);
    og_int8_quantize(q, scales, W, O, K);
    assert_memory_equal(scales, matrix.scales, O * sizeof *scales);
    og_int8_quantize_rows(p, steps, x, N, K);
    check_sums(p, q, &matrix, N);
    og_int8_clear(&matrix);
    og_free_floats(W);
    og_free_floats(x);
    og_free_floats(scales);
    og_free(q);
    og_free(p);
    og_free(steps);
  }
}

/* The largest pairs, which a 16-bit sum holds just so. */
static void extremes_do_not_saturate(void **state) {
  (void)state;
  enum { N = 7, O = 17, K = 3072 };
  OgError err;
  OgInt8 matrix;
  float *W = og_calloc_floats((size_t)O * K), scales[O];
  int8_t *q = OG_NEW_ARRAY(int8_t, (size_t)O * K);
  uint8_t *p = OG_NEW_ARRAY(uint8_t, (size_t)N * K);
  memset(p, 127, (size_t)N * K);
  for (size_t k = 0; k < (size_t)O * K; k++) {
    W[k] = k / K % 2 ? -2.0F : 2.0F;
  }
  assert_ok(og_int8_init(&matrix, O, K, &err));
  og_int8_pack(&matrix, W, 0, O);
  og_int8_quantize(q, scales, W, O, K);
  assert_int_equal(q[0], 127);
  assert_int_equal(q[K], -127);
  check_sums(p, q, &matrix, N);
  og_int8_clear(&matrix);
  og_free_floats(W);
  og_free(q);
  og_free(p);
}

/* The lowest whole number of 8 bits, which og_int8_quantize never makes, and any scale. */
static void rows_quantised_elsewhere_are_taken_as_they_are(void **state) {
  (void)state;
  enum { N = 7, O = 18, K = 301 };
  OgError err;
  OgInt8 matrix;
  int8_t *q = OG_NEW_ARRAY(int8_t, (size_t)O * K);
  uint8_t *p = OG_NEW_ARRAY(uint8_t, N * og_int8_stride(K));
  assert_ok(og_int8_init(&matrix, O, K, &err));
  memset(p, 127, N * og_int8_stride(K));
  for (size_t k = 0; k < (size_t)O * K; k++) {
    q[k] = (int8_t)(k / K < 2 ? -128 : (int)(k * 31 % 256) - 128);
  }
  for (size_t o = 0; o < O; o++) {
    og_int8_pack_row(&matrix, q + o * K, (float)o, o);
    assert_true(matrix.scales[o] == (float)o);
  }
  assert_int_equal(matrix.sums[1], -128 * K);
  check_sums(p, q, &matrix, N);
  og_int8_clear(&matrix);
  og_free(q);
  og_free(p);
}

/* Every element of a row is half a step away at most, zero is exact, constant rows have a step. */
static void activations_are_rounded_to_the_nearest_step(void **state) {
  (void)state;
  enum { N = 5, K = 30 };
  float *x = random_floats((size_t)N * K, 3, 9);
  uint8_t p[N * 32];
  OgStep steps[N];
  memset(x + K, 0, K * sizeof *x);
  for (size_t k = 0; k < K; k++) {
    x[2 * K + k] = fabsf(x[2 * K + k]);
    x[3 * K + k] = -fabsf(x[3 * K + k]);
  }
  x[4 * K + 3] = 0;
  assert_int_equal(og_int8_stride(K), 32);
  og_int8_quantize_rows(p, steps, x, N, K);
  for (size_t n = 0; n < N; n++) {
    assert_true(steps[n].zero >= 0 && steps[n].zero <= 127);
    for (size_t k = 0; k < K; k++) {
      const float back = steps[n].size * (float)(p[n * 32 + k] - steps[n].zero);
      assert_true(p[n * 32 + k] <= 127);
      assert_true(fabsf(back - x[n * K + k]) <= 1.001F * steps[n].size);
    }
  }
  assert_int_equal(p[4 * 32 + 3], steps[4].zero);
  assert_true(steps[1].size <= 0.0F);
  assert_int_equal(steps[2].zero, 0);
  assert_int_equal(steps[3].zero, 127);
  og_free_floats(x);
}

/* What int8 weights stand for are quantised to the same numbers again: a stored model is packed as
 * it was. */
static void quantising_again_changes_nothing(void **state) {
  (void)state;
  enum { O = 400, K = 64 };
  float *W = random_floats((size_t)O * K, 0.02, 5);
  int8_t *first = OG_NEW_ARRAY(int8_t, (size_t)O * K),
         *second = OG_NEW_ARRAY(int8_t, (size_t)O * K);
  float scales[O], again[O];
  og_int8_quantize(first, scales, W, O, K);
  for (size_t k = 0; k < (size_t)O * K; k++) {
    W[k] = (float)first[k] * scales[k / K];
  }
  og_int8_quantize(second, again, W, O, K);
  assert_memory_equal(first, second, (size_t)O * K);
  og_free_floats(W);
  og_free(first);
  og_free(second);
}

/* All parts together write the product, about what floats give. */
static void parts_of_a_product_make_the_whole(void **state) {
  (void)state;
  OgError err;
  for (size_t c = 0; c < OG_COUNT(sizes); c++) {
    const size_t N = sizes[c].N, O = sizes[c].O, K = sizes[c].K;
    float *W = random_floats(O * K, 1, c), *x = random_floats(N * K, 1, c + 50);
    float *b = random_floats(O, 1, 7), *y = og_calloc_floats(N * O);
    float *expected = og_calloc_floats(N * O), *scratch = og_calloc_floats(og_int8_scratch(K));
    OgInt8 matrix;
    assert_ok(og_int8_init(&matrix, O, K, &err));
    og_int8_pack(&matrix, W, 0, O);
    for (size_t n = 0; n < N * O; n++) {
      expected[n] = (float)inner_product(x + n / O * K, W + n % O * K, K) + b[n % O];
    }
    for (int thread = 0; thread < 3; thread++) {
      og_int8_forward(y, x, &matrix, b, N, (OgPart){thread, 3}, scratch);
    }
    assert_true(relative_distance(y, expected, N * O) < 0.03);
    og_int8_clear(&matrix);
    float *const arrays[] = {W, x, b, y, expected, scratch};
    for (size_t k = 0; k < OG_COUNT(arrays); k++) {
      og_free_floats(arrays[k]);
    }
  }
}

static void a_product_whose_sums_could_overflow_is_refused(void **state) {
  (void)state;
  OgError err;
  OgInt8 matrix;
  assert_true((int64_t)OG_INT8_WIDEST * 127 * 128 <= INT32_MAX);
  assert_ok(og_int8_init(&matrix, 1, OG_INT8_WIDEST, &err));
  og_int8_clear(&matrix);
  assert_status(og_int8_init(&matrix, 1, OG_INT8_WIDEST + 1, &err), OG_USAGE);
}

static void every_allocation_may_fail(void **state) {
  (void)state;
  OgError err;
  OgInt8 matrix;
  OgStatus status = OG_NO_MEMORY;
  for (long count = 0; status != OG_OK; count++) {
    og_memory_fail_after(count);
    status = og_int8_init(&matrix, 20, 20, &err);
    og_memory_fail_after(-1);
    assert_true(status == OG_OK || status == OG_NO_MEMORY);
  }
  og_int8_clear(&matrix);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_kernel_gives_the_exact_sums),
      cmocka_unit_test(extremes_do_not_saturate),
      cmocka_unit_test(rows_quantised_elsewhere_are_taken_as_they_are),
      cmocka_unit_test(activations_are_rounded_to_the_nearest_step),
      cmocka_unit_test(quantising_again_changes_nothing),
      cmocka_unit_test(parts_of_a_product_make_the_whole),
      cmocka_unit_test(a_product_whose_sums_could_overflow_is_refused),
      cmocka_unit_test(every_allocation_may_fail),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
