#include "core/blas.h"

#include "core/memory.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* From cblas.h, which is not included because it brings in complex.h and its macro I. */
enum { ROW_MAJOR = 101, NO_TRANSPOSE = 111, TRANSPOSE = 112 };

typedef void Sgemm(int order, int transpose_a, int transpose_b, int M, int N, int K, float alpha,
                   const float *A, int lda, const float *B, int ldb, float beta, float *C, int ldc);

static struct {
  Sgemm *sgemm;
  char *(*corename)(void);
  char *(*config)(void);
  void (*set_threads)(int);
  void *(*take_buffer)(int); /* NULL, as give_buffer: a build that does not tell of them */
  void (*give_buffer)(void *);
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

static bool find_if_there(void *library, const char *name, void *function, size_t size) {
  void *address = dlsym(library, name);
  memcpy(function, &address, size); /* the only way ISO C has from void * to a function */
  return address != NULL;
}

static void find(void *library, const char *name, void *function, size_t size) {
  if (!find_if_there(library, name, function, size) && fault[0] == '\0') {
    snprintf(fault, sizeof fault, "OpenBLAS lacks %s", name);
  }
}

/* OpenBLAS looks at its variables while it is loaded. Its kernels are the user's choice if there is
 * one. Threads of its own are never used here, and each would take a buffer as it starts: where
 * there is no room it would ask for ever, and the program could not even exit. */
static void *open_library(void) {
  static const char core_variable[] = "OPENBLAS_CORETYPE", threads[] = "OPENBLAS_NUM_THREADS";
  const char *core = best_core(), *set = getenv(threads);
  char *chosen = set ? og_strdup(set) : NULL;
  const bool steer = core && !getenv(core_variable);
  if (steer) {
    setenv(core_variable, core, 0);
  }
  setenv(threads, "1", 1);
  void *library = dlopen("libopenblas.so.0", RTLD_NOW | RTLD_LOCAL);
  if (steer) {
    unsetenv(core_variable);
  }
  if (chosen) {
    setenv(threads, chosen, 1);
  } else {
    unsetenv(threads);
  }
  og_free(chosen);
  return library;
}

static void load(void) {
  void *library = open_library();
  if (!library) {
    snprintf(fault, sizeof fault, "cannot load OpenBLAS: %s; install the package libopenblas0",
             dlerror());
    return;
  }
  find(library, "cblas_sgemm", &blas.sgemm, sizeof blas.sgemm);
  find(library, "openblas_get_corename", &blas.corename, sizeof blas.corename);
  find(library, "openblas_get_config", &blas.config, sizeof blas.config);
  find(library, "openblas_set_num_threads", &blas.set_threads, sizeof blas.set_threads);
  (void)find_if_there(library, "blas_memory_alloc", &blas.take_buffer, sizeof blas.take_buffer);
  (void)find_if_there(library, "blas_memory_free", &blas.give_buffer, sizeof blas.give_buffer);
  if (fault[0] == '\0') {
    blas.set_threads(1);
  }
}

OgStatus og_blas_load(OgError *err) {
  pthread_once(&once, load);
  return fault[0] == '\0' ? OG_OK : og_error_set(err, OG_FAILED, "%s", fault);
}

/* What OpenBLAS 0.3 takes for a product in work, and some pages of its own. */
enum { BUFFER_SIZE = (128 << 20) + (64 << 10) };

static pthread_mutex_t reserving = PTHREAD_MUTEX_INITIALIZER;
static int reserved; /* buffers that OpenBLAS has */

/* Asked of the kernel: a compiler may leave out a malloc that is freed at once, and take it to have
 * succeeded. */
static bool has_room(void) {
  void *room = mmap(NULL, BUFFER_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return room != MAP_FAILED && munmap(room, BUFFER_SIZE) == 0;
}

/* Take `threads` buffers, all at once, then give them back; how many there were room for. */
static int take_buffers(void **buffers, int threads) {
  int count = 0;
  for (; count < threads && (count < reserved || has_room()); count++) {
    buffers[count] = blas.take_buffer(0);
    if (!buffers[count]) {
      break; /* OpenBLAS has a number for each, and no more of them */
    }
  }
  for (int k = 0; k < count; k++) {
    blas.give_buffer(buffers[k]);
  }
  return count;
}

OgStatus og_blas_reserve(int threads, OgError *err) {
  OG_TRY(og_blas_load(err));
  OgStatus status = OG_OK;
  pthread_mutex_lock(&reserving);
  if (threads > reserved && blas.take_buffer && blas.give_buffer) {
    void **buffers = OG_NEW_ARRAY(void *, (size_t)threads);
    const int count = buffers ? take_buffers(buffers, threads) : 0;
    reserved = count > reserved ? count : reserved;
    if (!buffers) {
      status = og_error_no_memory(err);
    } else if (count < threads) {
      status = og_error_set(err, OG_NO_MEMORY,
                            "no memory for products: OpenBLAS takes 128 MB of addresses a thread, "
                            "for %d here; %s" OG_MEMORY_ADVICE,
                            threads, threads > 1 ? "take fewer --threads, or " : "");
    }
    og_free(buffers);
  }
  pthread_mutex_unlock(&reserving);
  return status;
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
