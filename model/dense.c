#include "model/dense.h"

#include "core/memory.h"
#include "core/parallel.h"
#include "model/panels.h"

/* Rows that stay in the second cache while all panels pass. */
enum { ROW_BLOCK = 96 };

OgStatus og_dense_init(OgDense *dense, OgPrecision precision, size_t O, size_t K, OgError *err) {
  OgDense made = {.O = O, .K = K};
  if (precision == OG_PRECISION_INT8) {
    OG_TRY(og_int8_init(&made.int8, O, K, err));
  } else {
    made.panels = og_calloc_floats(og_panels_size(K, O));
    if (!made.panels) {
      return og_error_no_memory(err);
    }
  }
  *dense = made;
  return OG_OK;
}

void og_dense_clear(OgDense *dense) {
  og_free_floats(dense->panels);
  og_int8_clear(&dense->int8);
  *dense = (OgDense){.O = 0};
}

void og_dense_pack(OgDense *dense, const float *W, OgPart part) {
  const size_t K = dense->K;
  size_t begin, end;
  og_share(dense->O, OG_PANEL, part.thread, part.threads, &begin, &end);
  if (dense->panels) {
    og_panels_pack_transposed(dense->panels + begin * K, W + begin * K, K, K, end - begin);
  } else {
    og_int8_pack(&dense->int8, W, begin, end);
  }
}

size_t og_dense_scratch(OgPrecision precision, size_t K) {
  return precision == OG_PRECISION_INT8 ? og_int8_scratch(K) : 0;
}

static void multiply_panels(float *y, const float *x, const OgDense *dense, const float *b,
                            size_t N, OgPart part) {
  const size_t O = dense->O, K = dense->K;
  const OgTile t = og_tile(N, O, part);
  const size_t end = t.row + t.rows;
  for (size_t n = t.row; n < end; n += ROW_BLOCK) {
    const size_t rows = end - n < ROW_BLOCK ? end - n : ROW_BLOCK;
    og_panels_multiply(y + n * O + t.column, O, (OgLeft){x + n * K, K, 1},
                       dense->panels + t.column * K, b ? b + t.column : NULL, rows, t.columns, K);
  }
}

void og_dense_forward(float *y, const float *x, const OgDense *dense, const float *b, size_t N,
                      OgPart part, float *scratch) {
  if (dense->panels) {
    multiply_panels(y, x, dense, b, N, part);
  } else {
    og_int8_forward(y, x, &dense->int8, b, N, part, scratch);
  }
}
