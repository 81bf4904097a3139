#include "core/blas.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* From cblas.h, which is not included because it brings in complex.h and its macro I. */
enum { ROW_MAJOR = 101, NO_TRANSPOSE = 111, TRANSPOSE = 112 };

typedef void Sgemm(int order, int transpose_a, int transpose_b, int M, int N, int K, float alpha,
                   const float *A, int lda, const float *B, int ldb, float beta, float *C, int ldc);

static struct {
  Sgemm *sgemm;
  char *(*corename)(void);
  char *(*config)(void);
  void (*set_threads)(int);
} blas;

static pthread_once_t once = PTHREAD_ONCE_INIT;
static char fault[256];

/* The kernels of 0.3.21 for what the processor can do; NULL leaves OpenBLAS its own choice. */
static const char *best_core(void) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
      __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq")) {
    return "SKYLAKEX";
  }
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
    return "HASWELL"; /* on a Zen 3 87 GFLOP/s a thread, where its own set "ZEN" gives 82 */
  }
#endif
  return NULL;
}

static void find(void *library, const char *name, void *function, size_t size) {
  void *address = dlsym(library, name);
  if (!address && fault[0] == '\0') {
    snprintf(fault, sizeof fault, "OpenBLAS lacks %s", name);
  }
  memcpy(function, &address, size); /* the only way ISO C has from void * to a function */
}

static void load(void) {
  static const char variable[] = "OPENBLAS_CORETYPE";
  const char *core = best_core();
  const bool steer = core && !getenv(variable);
  if (steer) {
    setenv(variable, core, 0);
  }
  void *library = dlopen("libopenblas.so.0", RTLD_NOW | RTLD_LOCAL);
  if (steer) {
    unsetenv(variable);
  }
  if (!library) {
    snprintf(fault, sizeof fault, "cannot load OpenBLAS: %s; install the package libopenblas0",
             dlerror());
    return;
  }
  find(library, "cblas_sgemm", &blas.sgemm, sizeof blas.sgemm);
  find(library, "openblas_get_corename", &blas.corename, sizeof blas.corename);
  find(library, "openblas_get_config", &blas.config, sizeof blas.config);
  find(library, "openblas_set_num_threads", &blas.set_threads, sizeof blas.set_threads);
  if (fault[0] == '\0') {
    blas.set_threads(1);
  }
}

OgStatus og_blas_load(OgError *err) {
  pthread_once(&once, load);
  return fault[0] == '\0' ? OG_OK : og_error_set(err, OG_FAILED, "%s", fault);
}

const char *og_blas_core(void) {
  return blas.corename ? blas.corename() : "not loaded";
}

const char *og_blas_config(void) {
  return blas.config ? blas.config() : "not loaded";
}

void og_gemm(bool transpose_a, bool transpose_b, size_t M, size_t N, size_t K, float alpha,
             const float *A, size_t lda, const float *B, size_t ldb, float beta, float *C,
             size_t ldc) {
  if (M == 0 || N == 0) {
    return;
  }
  blas.sgemm(ROW_MAJOR, transpose_a ? TRANSPOSE : NO_TRANSPOSE,
             transpose_b ? TRANSPOSE : NO_TRANSPOSE, (int)M, (int)N, (int)K, alpha, A, (int)lda, B,
             (int)ldb, beta, C, (int)ldc);
}
