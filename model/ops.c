#include "model/ops.h"

#include "core/blas.h"
#include "core/parallel.h"
#include "core/random.h"
#include "core/vmath.h"

#include <math.h>
#include <string.h>

/* Tiles begin at multiples of what a micro-kernel computes at once. */
enum { TILE_ROWS = 4, TILE_COLUMNS = 16 };

/* ---- Products ---- */

OgTile og_tile(size_t N, size_t O, OgPart part) {
  const size_t threads = (size_t)part.threads;
  size_t across = 1, least = SIZE_MAX; /* parts side by side; threads / across one above another */
  for (size_t c = 1; c <= threads; c++) {
    const size_t reads = N * c / threads + O / c; /* rows of x and of W that one part reads */
    if (threads % c == 0 && reads < least) {
      across = c;
      least = reads;
    }
  }
  const int down = (int)(threads / across);
  size_t row, row_end, column, column_end;
  og_share(N, TILE_ROWS, part.thread / (int)across, down, &row, &row_end);
  og_share(O, TILE_COLUMNS, part.thread % (int)across, (int)across, &column, &column_end);
  return (OgTile){row, row_end - row, column, column_end - column};
}

OG_KERNEL void og_bias_backward(float *db, const float *dy, size_t N, size_t columns, size_t ld) {
  for (size_t n = 0; n < N; n++) {
    const float *row = dy + n * ld;
#pragma omp simd
    for (size_t j = 0; j < columns; j++) {
      db[j] += row[j];
    }
  }
}

OG_KERNEL static void add_bias(float *y, const float *b, OgTile tile, size_t ld) {
  for (size_t n = tile.row; n < tile.row + tile.rows; n++) {
    float *row = y + n * ld;
#pragma omp simd
    for (size_t j = tile.column; j < tile.column + tile.columns; j++) {
      row[j] += b[j];
    }
  }
}

void og_linear_forward(float *y, const float *x, const float *W, const float *b, size_t N, size_t K,
                       size_t O, OgPart part) {
  const OgTile t = og_tile(N, O, part);
  og_gemm(false, true, t.rows, t.columns, K, 1, x + t.row * K, K, W + t.column * K, K, 0,
          y + t.row * O + t.column, O);
  if (b) {
    add_bias(y, b, t, O);
  }
}

void og_linear_backward_input(float *dx, float beta, const float *dy, const float *W, size_t N,
                              size_t K, size_t O, OgPart part) {
  const OgTile t = og_tile(N, K, part);
  og_gemm(false, false, t.rows, t.columns, O, 1, dy + t.row * O, O, W + t.column, K, beta,
          dx + t.row * K + t.column, K);
}

void og_linear_backward_weight(float *dW, float *db, const float *dy, const float *x, size_t N,
                               size_t K, size_t O, OgPart part) {
  const OgTile t = og_tile(O, K, part);
  og_gemm(true, false, t.rows, t.columns, N, 1, dy + t.row, O, x + t.column, K, 1,
          dW + t.row * K + t.column, K);
  if (db) {
    size_t begin, end;
    og_share(O, TILE_COLUMNS, part.thread, part.threads, &begin, &end);
    og_bias_backward(db + begin, dy + begin, N, end - begin, O);
  }
}

/* ---- Activations ---- */

static const float root_2_over_pi = 0.7978845608f;
static const float inverse_root_2_pi = 0.3989422804f;
static const float tanh_cubic = 0.044715f; /* Hendrycks & Gimpel 2016 */

/* x Φ(x) */
static inline float gelu(float x) {
  float bell;
  return x * og_vnormal(x, &bell);
}

/* Φ(x) + x φ(x) */
static inline float gelu_slope(float x) {
  float bell;
  const float below = og_vnormal(x, &bell);
  return below + x * inverse_root_2_pi * bell;
}

/* x (1 + tanh(v)) / 2 = x σ(2v), v = √(2/π) (x + 0.044715 x³) */
static inline float gelu_tanh(float x) {
  const float v = root_2_over_pi * (x + tanh_cubic * x * x * x);
  return x / (1.0f + og_vexp(-2.0f * v));
}

/* σ(2v) + x σ(2v) (1 - σ(2v)) 2v' */
static inline float gelu_tanh_slope(float x) {
  const float v = root_2_over_pi * (x + tanh_cubic * x * x * x);
  const float s = 1.0f / (1.0f + og_vexp(-2.0f * v));
  return s + x * s * (1.0f - s) * 2.0f * root_2_over_pi * (1.0f + 3.0f * tanh_cubic * x * x);
}

/* tanh as an activation of a dense layer (og_tanh_* work on their results instead). */
static inline float tangent(float x) {
  return og_vtanh(x);
}

static inline float tangent_slope(float x) {
  const float y = og_vtanh(x);
  return 1.0f - y * y;
}

static inline float relu(float x) {
  return x > 0.0f ? x : 0.0f;
}

static inline float relu_slope(float x) {
  return x > 0.0f ? 1.0f : 0.0f;
}

typedef float Scalar(float x);

/* The loops around a scalar function, compiled once for each with the function inside. */
static inline __attribute__((always_inline)) void apply(Scalar *f, float *y, float *u,
                                                        const float *b, OgTile tile, size_t ld) {
  for (size_t n = tile.row; n < tile.row + tile.rows; n++) {
    float *u_row = u + n * ld, *y_row = y + n * ld;
    if (b) {
#pragma omp simd
      for (size_t j = tile.column; j < tile.column + tile.columns; j++) {
        const float sum = u_row[j] + b[j];
        u_row[j] = sum;
        y_row[j] = f(sum);
      }
    } else {
#pragma omp simd
      for (size_t j = tile.column; j < tile.column + tile.columns; j++) {
        y_row[j] = f(u_row[j]);
      }
    }
  }
}

static inline __attribute__((always_inline)) void multiply_slope(Scalar *f, Scalar *slope,
                                                                 float *du, float *y,
                                                                 const float *u, OgTile tile,
                                                                 size_t ld) {
  for (size_t n = tile.row; n < tile.row + tile.rows; n++) {
    float *du_row = du + n * ld, *y_row = y ? y + n * ld : NULL;
    const float *u_row = u + n * ld;
    if (y) {
#pragma omp simd
      for (size_t j = tile.column; j < tile.column + tile.columns; j++) {
        du_row[j] *= slope(u_row[j]);
        y_row[j] = f(u_row[j]);
      }
    } else {
#pragma omp simd
      for (size_t j = tile.column; j < tile.column + tile.columns; j++) {
        du_row[j] *= slope(u_row[j]);
      }
    }
  }
}

static inline __attribute__((always_inline)) void apply_gated(Scalar *f, float *g, const float *u,
                                                              OgTile tile, size_t F) {
  for (size_t n = tile.row; n < tile.row + tile.rows; n++) {
    const float *u1 = u + n * 2 * F, *u2 = u1 + F;
    float *row = g + n * F;
#pragma omp simd
    for (size_t j = tile.column; j < tile.column + tile.columns; j++) {
      row[j] = f(u1[j]) * u2[j];
    }
  }
}

static inline __attribute__((always_inline)) void
multiply_gated_slope(Scalar *f, Scalar *slope, float *du, float *g, const float *dg, const float *u,
                     OgTile tile, size_t F) {
  for (size_t n = tile.row; n < tile.row + tile.rows; n++) {
    const float *u1 = u + n * 2 * F, *u2 = u1 + F, *row = dg + n * F;
    float *du1 = du + n * 2 * F, *du2 = du1 + F, *g_row = g + n * F;
#pragma omp simd
    for (size_t j = tile.column; j < tile.column + tile.columns; j++) {
      const float gate = f(u1[j]), other = u2[j];
      du1[j] = row[j] * other * slope(u1[j]);
      du2[j] = row[j] * gate;
      g_row[j] = gate * other;
    }
  }
}

typedef void Forward(float *y, float *u, const float *b, OgTile tile, size_t ld);
typedef void Backward(float *du, float *y, const float *u, OgTile tile, size_t ld);
typedef void GatedForward(float *g, const float *u, OgTile tile, size_t F);
typedef void GatedBackward(float *du, float *g, const float *dg, const float *u, OgTile tile,
                           size_t F);

#define DEFINE_ACTIVATION(name)                                                                    \
  OG_KERNEL static void name##_forward(float *y, float *u, const float *b, OgTile tile,            \
                                       size_t ld) {                                                \
    apply(name, y, u, b, tile, ld);                                                                \
  }                                                                                                \
  OG_KERNEL static void name##_backward(float *du, float *y, const float *u, OgTile tile,          \
                                        size_t ld) {                                               \
    multiply_slope(name, name##_slope, du, y, u, tile, ld);                                        \
  }                                                                                                \
  OG_KERNEL static void name##_gated_forward(float *g, const float *u, OgTile tile, size_t F) {    \
    apply_gated(name, g, u, tile, F);                                                              \
  }                                                                                                \
  OG_KERNEL static void name##_gated_backward(float *du, float *g, const float *dg,                \
                                              const float *u, OgTile tile, size_t F) {             \
    multiply_gated_slope(name, name##_slope, du, g, dg, u, tile, F);                               \
  }

DEFINE_ACTIVATION(gelu)
DEFINE_ACTIVATION(gelu_tanh)
DEFINE_ACTIVATION(relu)
DEFINE_ACTIVATION(tangent)

static const struct {
  Forward *forward;
  Backward *backward;
  GatedForward *gated_forward;
  GatedBackward *gated_backward;
} activations[] = {
#define ACTIVATION(name)                                                                           \
  { name##_forward, name##_backward, name##_gated_forward, name##_gated_backward }
    [OG_GELU] = ACTIVATION(gelu),
    [OG_GELU_TANH] = ACTIVATION(gelu_tanh),
    [OG_RELU] = ACTIVATION(relu),
    [OG_TANH] = ACTIVATION(tangent),
};

void og_activation_forward(OgActivation f, float *y, float *u, const float *b, OgTile tile,
                           size_t ld) {
  activations[f].forward(y, u, b, tile, ld);
}

void og_activation_backward(OgActivation f, float *du, float *y, const float *u, OgTile tile,
                            size_t ld) {
  activations[f].backward(du, y, u, tile, ld);
}

void og_gated_forward(OgActivation f, float *g, const float *u, OgTile tile, size_t F) {
  activations[f].gated_forward(g, u, tile, F);
}

void og_gated_backward(OgActivation f, float *du, float *g, const float *dg, const float *u,
                       OgTile tile, size_t F) {
  activations[f].gated_backward(du, g, dg, u, tile, F);
}

OG_KERNEL void og_tanh_forward(float *y, const float *x, size_t n) {
#pragma omp simd
  for (size_t k = 0; k < n; k++) {
    y[k] = og_vtanh(x[k]);
  }
}

OG_KERNEL void og_tanh_backward(float *dx, const float *dy, const float *y, size_t n) {
#pragma omp simd
  for (size_t k = 0; k < n; k++) {
    dx[k] = dy[k] * (1.0f - y[k] * y[k]);
  }
}

/* ---- Rows: LayerNorm and softmax ---- */

OG_KERNEL void og_norm_forward(float *y, float *xhat, float *r, const float *x, const float *gamma,
                               const float *beta, float epsilon, size_t N, size_t H) {
  for (size_t n = 0; n < N; n++, x += H, y += H) {
    float sum = 0, squares = 0;
#pragma omp simd reduction(+ : sum)
    for (size_t j = 0; j < H; j++) {
      sum += x[j];
    }
    const float mean = sum / (float)H;
#pragma omp simd reduction(+ : squares)
    for (size_t j = 0; j < H; j++) {
      squares += (x[j] - mean) * (x[j] - mean);
    }
    const float scale = 1.0f / sqrtf(squares / (float)H + epsilon);
    if (r) {
      r[n] = scale;
      float *kept = xhat + n * H;
#pragma omp simd
      for (size_t j = 0; j < H; j++) {
        const float h = (x[j] - mean) * scale;
        kept[j] = h;
        y[j] = gamma[j] * h + beta[j];
      }
    } else {
#pragma omp simd
      for (size_t j = 0; j < H; j++) {
        y[j] = gamma[j] * ((x[j] - mean) * scale) + beta[j];
      }
    }
  }
}

OG_KERNEL void og_norm_again(float *y, const float *xhat, const float *gamma, const float *beta,
                             size_t N, size_t H) {
  for (size_t n = 0; n < N; n++, y += H, xhat += H) {
#pragma omp simd
    for (size_t j = 0; j < H; j++) {
      y[j] = gamma[j] * xhat[j] + beta[j];
    }
  }
}

OG_KERNEL void og_norm_backward(float *dx, float *dgamma, float *dbeta, const float *dy,
                                const float *xhat, const float *r, const float *gamma, size_t N,
                                size_t H) {
  for (size_t n = 0; n < N; n++, dx += H, dy += H, xhat += H) {
    float sum = 0, product = 0; /* of g = γ dy, and of g x̂ */
#pragma omp simd reduction(+ : sum, product)
    for (size_t j = 0; j < H; j++) {
      const float g = gamma[j] * dy[j];
      dgamma[j] += dy[j] * xhat[j];
      dbeta[j] += dy[j];
      sum += g;
      product += g * xhat[j];
    }
    const float mean = sum / (float)H, along = product / (float)H, scale = r[n];
#pragma omp simd
    for (size_t j = 0; j < H; j++) {
      dx[j] = scale * (gamma[j] * dy[j] - mean - xhat[j] * along);
    }
  }
}

OG_KERNEL void og_softmax_forward(float *p, const float *s, float scale, size_t N, size_t S,
                                  size_t ld) {
  for (size_t n = 0; n < N; n++, p += ld, s += ld) {
    int32_t top = INT32_MIN;
#pragma omp simd reduction(max : top)
    for (size_t j = 0; j < S; j++) {
      const int32_t number = og_ordinal(s[j]);
      top = number > top ? number : top;
    }
    const float largest = og_from_ordinal(top);
    float sum = 0;
#pragma omp simd
    for (size_t j = 0; j < ld; j++) {
      p[j] = og_vexp(scale * (s[j] - largest));
    }
    memset(p + S, 0, (ld - S) * sizeof *p);
#pragma omp simd reduction(+ : sum)
    for (size_t j = 0; j < ld; j++) {
      sum += p[j];
    }
    const float inverse = 1.0f / sum;
#pragma omp simd
    for (size_t j = 0; j < ld; j++) {
      p[j] *= inverse;
    }
  }
}

OG_KERNEL void og_softmax_backward(float *ds, const float *dp, const float *p, float scale,
                                   size_t N, size_t ld) {
  for (size_t n = 0; n < N; n++, ds += ld, dp += ld, p += ld) {
    float sum = 0;
#pragma omp simd reduction(+ : sum)
    for (size_t j = 0; j < ld; j++) {
      sum += p[j] * dp[j];
    }
#pragma omp simd
    for (size_t j = 0; j < ld; j++) {
      ds[j] = scale * p[j] * (dp[j] - sum);
    }
  }
}

/* ---- Dropout ---- */

enum { CHUNK = 256, LANES = 4 }; /* floats masked at a time; masks from one random number */

typedef struct Mask {
  uint64_t key; /* of a row */
  uint32_t threshold;
  float scale;
} Mask;

static Mask mask_of_row(OgDropout dropout, size_t row) {
  const uint32_t threshold = (uint32_t)(dropout.probability * 65536.0f + 0.5f);
  return (Mask){
      .key = og_random_at(dropout.seed, row),
      .threshold = threshold,
      .scale = 65536.0f / (65536.0f - (float)threshold),
  };
}

/* Factors, 0 or scale, for CHUNK columns from `column`, a multiple of CHUNK. */
static inline __attribute__((always_inline)) void draw(float *factors, const Mask *mask,
                                                       size_t column) {
  uint64_t words[CHUNK / LANES];
  uint16_t lanes[CHUNK];
#pragma omp simd
  for (size_t k = 0; k < CHUNK / LANES; k++) {
    words[k] = og_random_at(mask->key, column / LANES + k);
  }
  memcpy(lanes, words, sizeof lanes);
  const uint32_t threshold = mask->threshold;
  const float scale = mask->scale;
#pragma omp simd
  for (size_t k = 0; k < CHUNK; k++) {
    factors[k] = lanes[k] < threshold ? 0.0f : scale;
  }
}

OG_KERNEL static void drop_row(float *y, const float *x, const Mask *mask, size_t H) {
  float factors[CHUNK];
  for (size_t column = 0; column < H; column += CHUNK) {
    const size_t count = H - column < CHUNK ? H - column : CHUNK;
    draw(factors, mask, column);
#pragma omp simd
    for (size_t j = 0; j < count; j++) {
      y[column + j] = x[column + j] * factors[j];
    }
  }
}

OG_KERNEL static void residual_row(float *y, const float *x, const float *b, const float *residual,
                                   const Mask *mask, size_t H) {
  float factors[CHUNK];
  for (size_t column = 0; column < H; column += CHUNK) {
    const size_t count = H - column < CHUNK ? H - column : CHUNK;
    draw(factors, mask, column);
#pragma omp simd
    for (size_t j = 0; j < count; j++) {
      y[column + j] = (x[column + j] + b[column + j]) * factors[j] + residual[column + j];
    }
  }
}

void og_dropout(float *y, const float *x, OgDropout dropout, size_t row, size_t N, size_t H) {
  if (dropout.seed == 0) {
    if (y != x) {
      memcpy(y, x, N * H * sizeof *y);
    }
    return;
  }
  for (size_t n = 0; n < N; n++) {
    const Mask mask = mask_of_row(dropout, row + n);
    drop_row(y + n * H, x + n * H, &mask, H);
  }
}

OG_KERNEL static void add_residual(float *y, const float *x, const float *b, const float *residual,
                                   size_t N, size_t H) {
  for (size_t n = 0; n < N; n++, y += H, x += H, residual += H) {
#pragma omp simd
    for (size_t j = 0; j < H; j++) {
      y[j] = x[j] + b[j] + residual[j];
    }
  }
}

void og_residual_forward(float *y, const float *x, const float *b, const float *residual,
                         OgDropout dropout, size_t row, size_t N, size_t H) {
  if (dropout.seed == 0) {
    add_residual(y, x, b, residual, N, H);
    return;
  }
  for (size_t n = 0; n < N; n++) {
    const Mask mask = mask_of_row(dropout, row + n);
    residual_row(y + n * H, x + n * H, b, residual + n * H, &mask, H);
  }
}

/* ---- Embeddings ---- */

OG_KERNEL static void add_row(float *y, const float *x, size_t H) {
#pragma omp simd
  for (size_t j = 0; j < H; j++) {
    y[j] += x[j];
  }
}

void og_embedding_forward(float *y, const float *word_table, const float *position_table,
                          const float *type_table, const uint32_t *ids, const uint32_t *positions,
                          const uint32_t *types, size_t N, size_t H) {
  for (size_t n = 0; n < N; n++, y += H) {
    if (word_table) {
      memcpy(y, word_table + ids[n] * H, H * sizeof *y);
    }
    if (position_table) {
      add_row(y, position_table + positions[n] * H, H);
    }
    if (type_table) {
      add_row(y, type_table + (types ? types[n] * H : 0), H);
    }
  }
}

OG_KERNEL void og_embedding_backward(float *dtable, const float *dy, const uint32_t *index,
                                     size_t N, size_t H, size_t begin, size_t end) {
  for (size_t n = 0; n < N; n++) {
    float *row = dtable + (index ? index[n] * H : 0);
    const float *gradient = dy + n * H;
#pragma omp simd
    for (size_t j = begin; j < end; j++) {
      row[j] += gradient[j];
    }
  }
}
