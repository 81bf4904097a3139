#include "model/int8.h"

#include "core/error.h"
#include "core/memory.h"
#include "core/vmath.h"

#include <float.h>
#include <stdatomic.h>
#include <string.h>

#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>
#endif

/* A panel holds 16 rows of the matrix, four of their elements at a time: (K/4,16,4) bytes, K
 * rounded up to a multiple of 4. */
enum { PANEL = OG_INT8_PANEL, QUAD = 4, TILE_ROWS = 6, ROW_BLOCK = 96, RUN = 256, LIMIT = 127 };

static size_t quads_of(size_t K) {
  return (K + QUAD - 1) / QUAD;
}

static size_t panel_size(size_t K) {
  return quads_of(K) * PANEL * QUAD;
}

size_t og_int8_stride(size_t K) {
  return quads_of(K) * QUAD;
}

/* ---- Quantising ---- */

/* x + 1.5 × 2²³ has the nearest whole number in its low bits, ties to even. */
static inline int32_t nearest(float x) {
  return (int32_t)(og_float_bits(x + OG_ROUNDER) - og_float_bits(OG_ROUNDER));
}

/* max |w| */
static inline __attribute__((always_inline)) float largest_of(const float *w, size_t K) {
  int32_t top = 0; /* the bits of |w|, which grow with it */
#pragma omp simd reduction(max : top)
  for (size_t k = 0; k < K; k++) {
    const int32_t bits = (int32_t)(og_float_bits(w[k]) & INT32_MAX);
    top = bits > top ? bits : top;
  }
  return og_bits_float((uint32_t)top);
}

OG_KERNEL void og_int8_quantize(int8_t *q, float *scales, const float *W, size_t rows, size_t K) {
  for (size_t o = 0; o < rows; o++, q += K, W += K) {
    const float largest = largest_of(W, K);
    const float inverse = largest > 0 ? LIMIT / largest : 0;
    scales[o] = largest / LIMIT;
#pragma omp simd
    for (size_t k = 0; k < K; k++) {
      q[k] = (int8_t)nearest(W[k] * inverse);
    }
  }
}

/* The range is stretched to hold 0, which p = z stands for exactly. */
OG_KERNEL void og_int8_quantize_rows(uint8_t *p, OgStep *steps, const float *x, size_t N,
                                     size_t K) {
  const size_t stride = og_int8_stride(K);
  for (size_t n = 0; n < N; n++, x += K, p += stride) {
    int32_t top = 0, bottom = 0;
#pragma omp simd reduction(max : top) reduction(min : bottom)
    for (size_t k = 0; k < K; k++) {
      const int32_t number = og_ordinal(x[k]);
      top = number > top ? number : top;
      bottom = number < bottom ? number : bottom;
    }
    const float low = og_from_ordinal(bottom), range = og_from_ordinal(top) - low;
    const bool finite = range >= FLT_MIN && range <= FLT_MAX; /* else nothing is to be said of it */
    const float inverse = finite ? LIMIT / range : 0;
    const int32_t zero = finite ? nearest(-low * inverse) : 0;
    steps[n] = (OgStep){range / LIMIT, zero};
#pragma omp simd
    for (size_t k = 0; k < K; k++) {
      const int32_t whole = nearest(x[k] * inverse) + zero;
      p[k] = (uint8_t)(whole > LIMIT ? LIMIT : whole);
    }
    memset(p + K, 0, stride - K);
  }
}

/* ---- Matrices ---- */

OgStatus og_int8_init(OgInt8 *matrix, size_t O, size_t K, OgError *err) {
  if (K > OG_INT8_WIDEST) {
    return og_error_set(err, OG_USAGE, "a product of %zu inputs is too wide for 8 bits, at most %d",
                        K, OG_INT8_WIDEST);
  }
  const size_t panels = (O + PANEL - 1) / PANEL;
  OgInt8 made = {.O = O, .K = K};
  /* floats, for their alignment and huge pages */
  made.panels = (int8_t *)og_calloc_floats(panels * panel_size(K) / sizeof(float));
  made.scales = og_calloc_floats(panels * PANEL);
  made.sums = OG_NEW_ARRAY(int32_t, panels * PANEL);
  if (!made.panels || !made.scales || !made.sums) {
    og_int8_clear(&made);
    return og_error_no_memory(err);
  }
  *matrix = made;
  return OG_OK;
}

void og_int8_clear(OgInt8 *matrix) {
  og_free_floats((float *)(void *)matrix->panels);
  og_free_floats(matrix->scales);
  og_free(matrix->sums);
  *matrix = (OgInt8){.O = 0};
}

/* Where row o begins: its quads are PANEL × QUAD bytes apart. */
static int8_t *row_of(const OgInt8 *matrix, size_t o) {
  return matrix->panels + o / PANEL * panel_size(matrix->K) + o % PANEL * QUAD;
}

/* Lay out a run of a row, zeros behind it up to a whole quad; returns where the next one goes. */
static inline int8_t *place_run(int8_t *place, const int8_t run[RUN], size_t count) {
  for (size_t i = 0; i < count; i += QUAD, place += (size_t)PANEL * QUAD) {
    memcpy(place, run + i, QUAD);
  }
  return place;
}

/* One row, in runs that stay in the first cache. */
OG_KERNEL static float pack_floats(int8_t *place, int32_t *sum, const float *w, size_t K) {
  const float largest = largest_of(w, K), inverse = largest > 0 ? LIMIT / largest : 0;
  int32_t total = 0;
  for (size_t k = 0; k < K; k += RUN) {
    const size_t count = K - k < RUN ? K - k : RUN;
    int8_t run[RUN] = {0};
#pragma omp simd reduction(+ : total)
    for (size_t i = 0; i < count; i++) {
      const int32_t q = nearest(w[k + i] * inverse);
      run[i] = (int8_t)q;
      total += q;
    }
    place = place_run(place, run, count);
  }
  *sum = total;
  return largest / LIMIT;
}

void og_int8_pack(OgInt8 *matrix, const float *W, size_t begin, size_t end) {
  for (size_t o = begin; o < end; o++) {
    matrix->scales[o] =
        pack_floats(row_of(matrix, o), &matrix->sums[o], W + o * matrix->K, matrix->K);
  }
}

OG_KERNEL static int32_t sum_of(const int8_t *q, size_t K) {
  int32_t total = 0;
#pragma omp simd reduction(+ : total)
  for (size_t k = 0; k < K; k++) {
    total += q[k];
  }
  return total;
}

void og_int8_pack_row(OgInt8 *matrix, const int8_t *q, float scale, size_t o) {
  const size_t K = matrix->K, whole = K / RUN * RUN;
  int8_t last[RUN] = {0}, *place = row_of(matrix, o);
  for (size_t k = 0; k < whole; k += RUN) {
    place = place_run(place, q + k, RUN);
  }
  memcpy(last, q + whole, K - whole);
  place_run(place, last, K - whole);
  matrix->scales[o] = scale;
  matrix->sums[o] = sum_of(q, K);
}

/* ---- Kernels: Σ p q of up to TILE_ROWS rows and one panel ---- */

typedef struct Sums {
  int32_t of[TILE_ROWS][PANEL];
} Sums;

/* p: `rows` rows of activations, `stride` bytes apart. */
typedef void Kernel(Sums *sums, const uint8_t *p, size_t stride, size_t rows, const int8_t *panel,
                    size_t quads);

static void sum_plain(Sums *sums, const uint8_t *p, size_t stride, size_t rows, const int8_t *panel,
                      size_t quads) {
  for (size_t i = 0; i < rows; i++) {
    const uint8_t *a = p + i * stride;
    const int8_t *w = panel;
    int32_t of[PANEL] = {0};
    for (size_t quad = 0; quad < quads; quad++, a += QUAD) {
      for (size_t j = 0; j < PANEL; j++, w += QUAD) {
        of[j] += w[0] * a[0] + w[1] * a[1] + w[2] * a[2] + w[3] * a[3];
      }
    }
    memcpy(sums->of[i], of, sizeof of);
  }
}

#if defined(__x86_64__)

/* Four products of each of eight columns, added to sum. The pairs that vpmaddubsw adds in 16 bits
 * are at most 2 × 127 × 128 = 32,512: it never saturates, as it would with activations of 8 bits.
 * Measured on Zen 3, 28 rows, K = 768: 170 GOP/s a thread, where widening both sides to 16 bits
 * (vpmaddwd), which leaves the eighth bit, gives 139, and the single-precision kernel 73. */
static inline __attribute__((always_inline, target("avx2"))) __m256i
dot_avx2(__m256i sum, __m256i p, __m256i q) {
  const __m256i pairs = _mm256_maddubs_epi16(p, q);
  return _mm256_add_epi32(sum, _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));
}

/* What the next two kernels are compiled for; tests/model/vnni.h has the instruction in C. */
#ifndef OG_AVX_VNNI
#define OG_AVX_VNNI    "avx2,avxvnni"
#define OG_AVX512_VNNI "avx2,avx512vnni,avx512vl"
#endif

/* The same in one instruction, which has no 16-bit sums inside. */
static inline __attribute__((always_inline, target(OG_AVX_VNNI))) __m256i
dot_avx_vnni(__m256i sum, __m256i p, __m256i q) {
  return _mm256_dpbusd_avx_epi32(sum, p, q);
}

static inline __attribute__((always_inline, target(OG_AVX512_VNNI))) __m256i
dot_avx512_vnni(__m256i sum, __m256i p, __m256i q) {
  return _mm256_dpbusd_epi32(sum, p, q);
}

/* A kernel around a dot: two accumulators a row, as in panels.c; `rows` of the tile is a constant
 * where it is inlined. */
#define DEFINE_KERNEL(name, features)                                                              \
  static inline __attribute__((always_inline, target(features))) void tile_##name(                 \
      Sums *sums, const uint8_t *p, size_t stride, int rows, const int8_t *panel, size_t quads) {  \
    __m256i left[TILE_ROWS], right[TILE_ROWS];                                                     \
    for (int i = 0; i < rows; i++) {                                                               \
      left[i] = right[i] = _mm256_setzero_si256();                                                 \
    }                                                                                              \
    for (size_t quad = 0; quad < quads; quad++, p += QUAD, panel += PANEL * QUAD) {                \
      const __m256i a = _mm256_loadu_si256((const __m256i *)(const void *)panel);                  \
      const __m256i b = _mm256_loadu_si256((const __m256i *)(const void *)(panel + 32));           \
      for (int i = 0; i < rows; i++) {                                                             \
        int32_t four;                                                                              \
        memcpy(&four, p + (size_t)i * stride, sizeof four);                                        \
        left[i] = dot_##name(left[i], _mm256_set1_epi32(four), a);                                 \
        right[i] = dot_##name(right[i], _mm256_set1_epi32(four), b);                               \
      }                                                                                            \
    }                                                                                              \
    for (int i = 0; i < rows; i++) {                                                               \
      memcpy(sums->of[i], &left[i], sizeof left[i]);                                               \
      memcpy(sums->of[i] + PANEL / 2, &right[i], sizeof right[i]);                                 \
    }                                                                                              \
  }                                                                                                \
  __attribute__((target(features))) static void sum_##name(Sums *sums, const uint8_t *p,           \
                                                           size_t stride, size_t rows,             \
                                                           const int8_t *panel, size_t quads) {    \
    switch (rows) {                                                                                \
    case 6:                                                                                        \
      tile_##name(sums, p, stride, 6, panel, quads);                                               \
      break;                                                                                       \
    case 5:                                                                                        \
      tile_##name(sums, p, stride, 5, panel, quads);                                               \
      break;                                                                                       \
    case 4:                                                                                        \
      tile_##name(sums, p, stride, 4, panel, quads);                                               \
      break;                                                                                       \
    case 3:                                                                                        \
      tile_##name(sums, p, stride, 3, panel, quads);                                               \
      break;                                                                                       \
    case 2:                                                                                        \
      tile_##name(sums, p, stride, 2, panel, quads);                                               \
      break;                                                                                       \
    default:                                                                                       \
      tile_##name(sums, p, stride, 1, panel, quads);                                               \
      break;                                                                                       \
    }                                                                                              \
  }

DEFINE_KERNEL(avx2, "avx2")
DEFINE_KERNEL(avx_vnni, OG_AVX_VNNI)
DEFINE_KERNEL(avx512_vnni, OG_AVX512_VNNI)

static bool has_avx2(void) {
  return __builtin_cpu_supports("avx2");
}

/* Leaf 7.1, EAX bit 4; clang 14 has no name for it. */
static bool has_avx_vnni(void) {
  unsigned a, b, c, d;
  return has_avx2() && __get_cpuid_count(7, 1, &a, &b, &c, &d) && (a >> 4 & 1);
}

static bool has_avx512_vnni(void) {
  return has_avx2() && __builtin_cpu_supports("avx512vnni") && __builtin_cpu_supports("avx512vl");
}

#endif

static bool has_nothing(void) {
  return true;
}

static const struct {
  const char *name;
  Kernel *kernel;
  bool (*can_run)(void);
} kernels[] = {
#if defined(__x86_64__)
    {"AVX-512 VNNI", sum_avx512_vnni, has_avx512_vnni},
    {"AVX-VNNI", sum_avx_vnni, has_avx_vnni},
    {"AVX2", sum_avx2, has_avx2},
#endif
    {"plain C", sum_plain, has_nothing},
};

/* Where in the table the number-th kernel of this processor stands; its end when there is none.
 * The first is looked for once: asking the processor costs more than a small product in a virtual
 * machine. */
static size_t find_kernel(size_t number) {
  static atomic_size_t first; /* its number + 1; 0: not known yet */
  const size_t known = number == 0 ? atomic_load_explicit(&first, memory_order_relaxed) : 0;
  if (known > 0) {
    return known - 1;
  }
  const bool remember = number == 0;
  size_t k = 0;
#if defined(__x86_64__)
  __builtin_cpu_init();
#endif
  for (; k < OG_COUNT(kernels); k++) {
    if (kernels[k].can_run() && number-- == 0) {
      break;
    }
  }
  if (remember) {
    atomic_store_explicit(&first, k + 1, memory_order_relaxed);
  }
  return k;
}

const char *og_int8_kernel(size_t number) {
  const size_t k = find_kernel(number);
  return k < OG_COUNT(kernels) ? kernels[k].name : NULL;
}

/* ---- Products ---- */

void og_int8_sums(size_t number, int32_t *sums, const uint8_t *p, const OgInt8 *matrix, size_t N) {
  Kernel *kernel = kernels[find_kernel(number)].kernel;
  const size_t stride = og_int8_stride(matrix->K), O = matrix->O;
  Sums tile;
  for (size_t o = 0; o < O; o += PANEL) {
    const int8_t *panel = matrix->panels + o / PANEL * panel_size(matrix->K);
    const size_t columns = O - o < PANEL ? O - o : PANEL;
    for (size_t n = 0; n < N; n += TILE_ROWS) {
      const size_t rows = N - n < TILE_ROWS ? N - n : TILE_ROWS;
      kernel(&tile, p + n * stride, stride, rows, panel, quads_of(matrix->K));
      for (size_t i = 0; i < rows; i++) {
        memcpy(sums + (n + i) * O + o, tile.of[i], columns * sizeof *sums);
      }
    }
  }
}

/* A panel's columns of the result. */
typedef struct Columns {
  size_t count;
  const float *scales;
  const int32_t *sums;
  float b[PANEL];
} Columns;

OG_KERNEL static void write_tile(float *y, size_t ld, const Sums *sums, const OgStep *steps,
                                 size_t rows, const Columns *columns) {
  for (size_t i = 0; i < rows; i++, y += ld) {
    const OgStep step = steps[i];
    float of[PANEL];
#pragma omp simd
    for (size_t j = 0; j < PANEL; j++) {
      const int32_t sum = sums->of[i][j] - step.zero * columns->sums[j];
      of[j] = (float)sum * (step.size * columns->scales[j]) + columns->b[j];
    }
    memcpy(y, of, columns->count * sizeof *y);
  }
}

/* A block of rows, which stays in the second cache while all panels pass. */
size_t og_int8_scratch(size_t K) {
  return (ROW_BLOCK * (og_int8_stride(K) + sizeof(OgStep)) + sizeof(float) - 1) / sizeof(float);
}

/* Columns [begin, end). */
static void multiply_columns(float *y, size_t ld, const uint8_t *p, const OgStep *steps,
                             const OgInt8 *matrix, const float *b, size_t N, size_t begin,
                             size_t end) {
  Kernel *kernel = kernels[find_kernel(0)].kernel;
  const size_t stride = og_int8_stride(matrix->K), O = matrix->O;
  Sums sums;
  for (size_t o = begin; o < end; o += PANEL) {
    const int8_t *panel = matrix->panels + o / PANEL * panel_size(matrix->K);
    Columns columns = {.count = O - o < PANEL ? O - o : PANEL,
                       .scales = matrix->scales + o,
                       .sums = matrix->sums + o};
    if (b) {
      memcpy(columns.b, b + o, columns.count * sizeof *b);
    }
    for (size_t n = 0; n < N; n += TILE_ROWS) {
      const size_t rows = N - n < TILE_ROWS ? N - n : TILE_ROWS;
      kernel(&sums, p + n * stride, stride, rows, panel, quads_of(matrix->K));
      write_tile(y + n * ld + o, ld, &sums, steps + n, rows, &columns);
    }
  }
}

void og_int8_multiply(float *y, size_t ld, const uint8_t *p, const OgStep *steps,
                      const OgInt8 *matrix, const float *b, size_t N) {
  multiply_columns(y, ld, p, steps, matrix, b, N, 0, matrix->O);
}

void og_int8_forward(float *y, const float *x, const OgInt8 *matrix, const float *b, size_t N,
                     OgPart part, float *scratch) {
  const size_t O = matrix->O, K = matrix->K;
  const OgTile t = og_tile(N, O, part);
  const size_t end = t.row + t.rows;
  OgStep *steps = (OgStep *)(void *)scratch;
  uint8_t *p = (uint8_t *)(steps + ROW_BLOCK);
  for (size_t n = t.row; n < end; n += ROW_BLOCK) {
    const size_t rows = end - n < ROW_BLOCK ? end - n : ROW_BLOCK;
    og_int8_quantize_rows(p, steps, x + n * K, rows, K);
    multiply_columns(y + n * O, O, p, steps, matrix, b, rows, t.column, t.column + t.columns);
  }
}
