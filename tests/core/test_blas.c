#include "core/blas.h"
#include "core/random.h"
#include "tests/test.h"

#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { M = 19, N = 23, K = 31, LARGEST = 40 * 40 };

static float at(const float *X, size_t ld, bool transposed, size_t row, size_t column) {
  return transposed ? X[column * ld + row] : X[row * ld + column];
}

static void products_agree_with_their_definition(void **state) {
  (void)state;
  OgError err;
  assert_ok(og_blas_load(&err));
  OgRandom random;
  og_random_init(&random, 1);
  static float A[LARGEST], B[LARGEST], C[LARGEST], before[LARGEST];
  for (int form = 0; form < 4; form++) {
    const bool ta = form & 1, tb = form & 2;
    const size_t lda = (ta ? M : K) + 2, ldb = (tb ? K : N) + 1, ldc = N + 3;
    for (size_t k = 0; k < LARGEST; k++) {
      A[k] = (float)og_random_normal(&random);
      B[k] = (float)og_random_normal(&random);
      C[k] = before[k] = (float)og_random_normal(&random);
    }
    og_gemm(ta, tb, M, N, K, 0.5f, A, lda, B, ldb, 2.0f, C, ldc);
    for (size_t row = 0; row < M; row++) {
      for (size_t column = 0; column < N; column++) {
        double sum = 0;
        for (size_t k = 0; k < K; k++) {
          sum += (double)at(A, lda, ta, row, k) * (double)at(B, ldb, tb, k, column);
        }
        const double expected = 0.5 * sum + 2.0 * (double)before[row * ldc + column];
        assert_true(fabs((double)C[row * ldc + column] - expected) < 1e-4);
      }
      assert_true(C[row * ldc + N] == before[row * ldc + N]);
    }
  }
}

/* Its threads are never used, and take 128 MB of addresses each. */
static void openblas_starts_no_threads(void **state) {
  (void)state;
  OgError err;
  const char *set = getenv("OPENBLAS_NUM_THREADS");
  assert_ok(og_blas_load(&err));
  const char *now = getenv("OPENBLAS_NUM_THREADS");
  assert_true(set ? now && strcmp(set, now) == 0 : !now);
  DIR *threads = opendir("/proc/self/task");
  if (!threads) {
    skip(); /* no Linux */
  }
  size_t count = 0;
  for (const struct dirent *entry; (entry = readdir(threads));) {
    count += entry->d_name[0] != '.';
  }
  closedir(threads);
  assert_int_equal(count, 1);
}

static void the_kernels_fit_the_processor(void **state) {
  (void)state;
  OgError err;
  assert_ok(og_blas_load(&err));
  const char *core = og_blas_core();
  print_message("OpenBLAS kernels: %s\n", core);
  if (!getenv("OPENBLAS_CORETYPE")) {
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
      assert_string_not_equal(core, "Prescott");
      assert_string_not_equal(core, "Generic");
      assert_string_not_equal(core, "Sandybridge");
    }
#endif
  }
}

/* Reserve for so many threads with 200 MB of addresses left; the exit code says how it went. */
static int reserve_in_little(int threads) {
  OgError err = {0};
  long pages = 0;
  FILE *file = fopen("/proc/self/statm", "r");
  const int read = file ? fscanf(file, "%ld", &pages) : 0;
  if (file) {
    fclose(file);
  }
  const rlim_t size = (rlim_t)pages * (rlim_t)sysconf(_SC_PAGESIZE) + (200 << 20);
  if (read != 1 || setrlimit(RLIMIT_AS, &(struct rlimit){size, size}) != 0) {
    return -1;
  }
  alarm(20); /* what is not told would be waited for */
  return (int)og_blas_reserve(threads, &err);
}

static void too_few_addresses_are_told_and_not_waited_for(void **state) {
  (void)state;
  OgError err;
  if (WITH_SANITIZER) {
    skip();
  }
  assert_ok(og_blas_load(&err)); /* not counted */
  for (int threads = 1; threads < 16; threads += 8) {
    int status;
    const pid_t child = fork();
    if (child == 0) {
      _exit(reserve_in_little(threads));
    }
    assert_true(child > 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), threads == 1 ? OG_OK : OG_NO_MEMORY);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(products_agree_with_their_definition),
      cmocka_unit_test(too_few_addresses_are_told_and_not_waited_for),
      cmocka_unit_test(openblas_starts_no_threads),
      cmocka_unit_test(the_kernels_fit_the_processor),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
