#include "model/dense.h"

#include "core/blas.h"
#include "core/memory.h"
#include "core/parallel.h"
#include "model/array.h"
#include "model/panels.h"

#include <string.h>

/* Rows that stay in the second cache while all panels pass. */
enum { ROW_BLOCK = 96 };

/* Of more rows than FEW a product with halves in a file is OpenBLAS's, STRIP of their rows in single
 * precision at a time: they lie as it wants them, and are converted once. */
enum { FEW = 256, STRIP = 256 };

static bool is_half(OgPrecision precision) {
  return precision == OG_PRECISION_BF16 || precision == OG_PRECISION_F16;
}

static OgDtype dtype_of(OgPrecision precision) {
  return precision == OG_PRECISION_BF16 ? OG_BF16 : OG_F16;
}

OgStatus og_dense_init(OgDense *dense, OgPrecision precision, size_t O, size_t K, OgError *err) {
  OgDense made = {.O = O, .K = K, .precision = precision};
  const size_t size = og_panels_size(K, O);
  if (precision == OG_PRECISION_INT8) {
    OG_TRY(og_int8_init(&made.int8, O, K, err));
  } else if (is_half(precision)) {
    made.halves = (uint16_t *)og_calloc_floats((size + 1) / 2); /* for their huge pages */
  } else {
    made.panels = og_calloc_floats(size);
  }
  if (precision != OG_PRECISION_INT8 && !made.panels && !made.halves) {
    return og_error_no_memory(err);
  }
  *dense = made;
  return OG_OK;
}

void og_dense_clear(OgDense *dense) {
  og_free_floats(dense->panels);
  og_free_floats((float *)(void *)dense->halves);
  og_int8_clear(&dense->int8);
  *dense = (OgDense){.O = 0};
}

void og_dense_leave(OgDense *dense, const OgParams *params, size_t offset, size_t O, size_t K) {
  *dense = (OgDense){.O = O, .K = K, .precision = params->stored, .left = params, .offset = offset};
}

/* ---- Packing ---- */

/* The rows of a file's weights, which ascend. */
typedef struct Rows {
  const OgParams *params;
  size_t offset, O, K;
  size_t number; /* of the tensor that the last row was found in */
} Rows;

static const void *row_at(Rows *rows, size_t o, float *scale) {
  return og_params_left_row(rows->params, rows->offset + o * rows->K, &rows->number, scale);
}

/* The panel of rows [o, o + 16), fewer at the end. */
static void pack_halves(uint16_t *panel, Rows *rows, size_t o) {
  const void *sixteen[OG_PANEL] = {NULL};
  for (size_t n = 0; n < OG_PANEL && o + n < rows->O; n++) {
    sixteen[n] = row_at(rows, o + n, NULL);
  }
  og_panels_pack_halves(panel, sixteen, rows->K);
}

/* The same, from row `to` of matrix on. */
static void pack_int8(OgInt8 *matrix, size_t to, Rows *rows, size_t o) {
  for (size_t n = 0; n < OG_INT8_PANEL && o + n < rows->O; n++) {
    float scale;
    const int8_t *q = row_at(rows, o + n, &scale);
    og_int8_pack_row(matrix, q, scale, to + n);
  }
}

static void pack_left(OgDense *dense, Rows *rows, size_t begin, size_t end) {
  for (size_t o = begin; o < end; o += OG_PANEL) {
    if (dense->halves) {
      pack_halves(dense->halves + o * dense->K, rows, o);
    } else {
      pack_int8(&dense->int8, o, rows, o);
    }
  }
}

void og_dense_pack(OgDense *dense, const OgParams *params, size_t offset, OgPart part) {
  const size_t K = dense->K;
  const float *W = params->left ? NULL : params->weights + offset;
  Rows rows = {params, offset, dense->O, K, 0};
  size_t begin, end;
  og_share(dense->O, OG_PANEL, part.thread, part.threads, &begin, &end);
  if (params->left) {
    pack_left(dense, &rows, begin, end);
  } else if (dense->panels) {
    og_panels_pack_transposed(dense->panels + begin * K, W + begin * K, K, K, end - begin);
  } else {
    og_int8_pack(&dense->int8, W, begin, end);
  }
}

/* ---- Products ---- */

/* In 16 bits: a strip, or a panel in single precision and one as it is in the file. */
size_t og_dense_scratch(OgPrecision precision, size_t K) {
  const size_t panel = OG_INT8_PANEL * (og_int8_stride(K) / sizeof(float) + 2);
  return is_half(precision)               ? K * STRIP
         : precision == OG_PRECISION_INT8 ? og_int8_scratch(K) + panel
                                          : 0;
}

/* The panel of column o, in single precision: made in scratch where it has 16 bits, which the rows
 * of a block then share. */
static const float *panel_at(const OgDense *dense, Rows *rows, size_t o, float *scratch) {
  const size_t size = dense->K * OG_PANEL;
  if (dense->panels) {
    return dense->panels + o * dense->K;
  }
  uint16_t *halves = dense->halves ? dense->halves + o * dense->K : (uint16_t *)(scratch + size);
  if (dense->left) {
    pack_halves(halves, rows, o);
  }
  og_halves_to_floats(dtype_of(dense->precision), halves, size, scratch);
  return scratch;
}

/* A block of rows, columns of tile t. */
static void multiply_panels(float *y, const float *x, const OgDense *dense, const float *b,
                            size_t N, OgTile t, float *scratch) {
  const size_t O = dense->O, K = dense->K, step = dense->panels ? t.columns : OG_PANEL;
  Rows rows = {dense->left, dense->offset, O, K, 0};
  for (size_t o = t.column; o < t.column + t.columns; o += step) {
    const size_t rest = t.column + t.columns - o;
    og_panels_multiply(y + o, O, (OgLeft){x, K, 1}, panel_at(dense, &rows, o, scratch),
                       b ? b + o : NULL, N, rest < step ? rest : step, K);
  }
}

/* The same of many rows, with halves that were left in a file. */
static void multiply_strips(float *y, const float *x, const OgDense *dense, const float *b,
                            size_t N, OgTile t, float *scratch) {
  const size_t O = dense->O, K = dense->K;
  Rows rows = {dense->left, dense->offset, O, K, 0};
  for (size_t o = t.column; o < t.column + t.columns; o += STRIP) {
    const size_t left = t.column + t.columns - o, columns = left < STRIP ? left : STRIP;
    for (size_t k = 0; k < columns; k++) {
      og_halves_to_floats(dtype_of(dense->precision), row_at(&rows, o + k, NULL), K,
                          scratch + k * K);
    }
    for (size_t n = 0; b && n < N; n++) {
      memcpy(y + n * O + o, b + o, columns * sizeof *y);
    }
    og_gemm(false, true, N, columns, K, 1, x, K, scratch, K, b ? 1 : 0, y + o, O);
  }
}

/* The same in 8 bits that were left in a file. */
static void multiply_int8(float *y, const float *x, const OgDense *dense, const float *b, size_t N,
                          OgTile t, float *scratch) {
  const size_t O = dense->O, K = dense->K;
  Rows rows = {dense->left, dense->offset, O, K, 0};
  OgStep *steps = (OgStep *)(void *)scratch;
  uint8_t *p = (uint8_t *)(steps + ROW_BLOCK);
  float *rest = scratch + og_int8_scratch(K);
  OgInt8 panel = {.K = K,
                  .scales = rest,
                  .sums = (int32_t *)(void *)(rest + OG_INT8_PANEL),
                  .panels = (int8_t *)(rest + 2 * (size_t)OG_INT8_PANEL)};
  og_int8_quantize_rows(p, steps, x, N, K);
  for (size_t o = t.column; o < t.column + t.columns; o += OG_INT8_PANEL) {
    const size_t left = t.column + t.columns - o;
    panel.O = left < OG_INT8_PANEL ? left : OG_INT8_PANEL;
    pack_int8(&panel, 0, &rows, o);
    og_int8_multiply(y + o, O, p, steps, &panel, b ? b + o : NULL, N);
  }
}

void og_dense_forward(float *y, const float *x, const OgDense *dense, const float *b, size_t N,
                      OgPart part, float *scratch) {
  const size_t O = dense->O, K = dense->K;
  const bool int8 = dense->precision == OG_PRECISION_INT8;
  if (int8 && !dense->left) {
    og_int8_forward(y, x, &dense->int8, b, N, part, scratch);
    return;
  }
  const OgTile t = og_tile(N, O, part);
  if (!int8 && dense->left && t.rows > FEW) {
    multiply_strips(y + t.row * O, x + t.row * K, dense, b, t.rows, t, scratch);
    return;
  }
  for (size_t n = t.row; n < t.row + t.rows; n += ROW_BLOCK) {
    const size_t left = t.row + t.rows - n, rows = left < ROW_BLOCK ? left : ROW_BLOCK;
    (int8 ? multiply_int8 : multiply_panels)(y + n * O, x + n * K, dense, b, rows, t, scratch);
  }
}
