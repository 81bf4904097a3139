/* blas: OpenBLAS, loaded on first use with the kernels that this processor deserves.
 *
 * Debian's OpenBLAS 0.3.21 chooses its kernels when it is loaded, and falls back to a generic set
 * (a fifth of the speed here) on processors that are newer than it. The choice can only be steered
 * by OPENBLAS_CORETYPE before the library's constructor runs: so it is opened at run time, after
 * looking at the processor. A user's own OPENBLAS_CORETYPE wins. A command that multiplies nothing
 * never pays for starting it.
 *
 * Every product runs on the calling thread: the callers divide work over an OgTeam themselves. */
#ifndef OG_CORE_BLAS_H
#define OG_CORE_BLAS_H

#include "core/error.h"

#include <stdbool.h>

/* Load OpenBLAS; cheap when it is loaded already. Must succeed before og_gemm is called.
 * Thread-safe. */
OG_API OG_MUST_CHECK OgStatus og_blas_load(OgError *err);

/* Load OpenBLAS, and have it take the memory that products on so many threads at once work in: 128
 * MB of addresses each, which it takes once and uses little of. OG_NO_MEMORY when there are none:
 * OpenBLAS itself would ask for them at the first product, and when refused again and again, for
 * ever. Thread-safe. */
OG_API OG_MUST_CHECK OgStatus og_blas_reserve(int threads, OgError *err);

/* Name of the kernels in use ("SkylakeX"), and the version string of OpenBLAS. Static. */
OG_API const char *og_blas_core(void);
OG_API const char *og_blas_config(void);

/* C (M,N) = alpha · op(A) (M,K) · op(B) (K,N) + beta · C, row-major with leading dimensions; op
 * transposes when asked. beta 0 writes C without reading it. */
OG_API void og_gemm(bool transpose_a, bool transpose_b, size_t M, size_t N, size_t K, float alpha,
                    const float *A, size_t lda, const float *B, size_t ldb, float beta, float *C,
                    size_t ldc);

#endif
