#include "kg/tuples.h"

#include "core/memory.h"
#include "core/spill.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>

/* Digits of a radix sort. Each has a place of its own where its next row goes, and so has a page in
 * use: all of those are to fit into a part of memory when the rows do not. */
enum { WIDE_DIGIT = 16, NARROW_DIGIT = 11, COPIED_ROWS = 1 << 16, PAGES_A_ROW = 8 };

typedef struct Digit {
  size_t column;
  int shift, bits;
} Digit;

static inline uint32_t digit_of(uint32_t number, int shift, int bits) {
  return (number >> shift) & ((1u << bits) - 1);
}

/* Move the rows from `from` to `to` in order of one digit. starts: where each digit's rows begin.
 * Always inlined, so that a row is copied by a few moves. */
static inline __attribute__((always_inline)) void scatter(const uint32_t *from, uint32_t *to,
                                                          size_t count, size_t width, Digit digit,
                                                          size_t *starts) {
  for (size_t k = 0; k < count; k++) {
    const uint32_t *row = from + k * width;
    const uint32_t value = digit_of(row[digit.column], digit.shift, digit.bits);
    og_spill_step(PAGES_A_ROW * k); /* more often: each row goes to a page of its own */
    memcpy(to + starts[value]++ * width, row, width * sizeof *row);
  }
}

/* Count the digits of a column; false when all rows have the same one, and there is nothing to do.
 */
static bool count_digits(const uint32_t *rows, size_t count, size_t width, Digit digit,
                         size_t *starts) {
  const size_t digits = (size_t)1 << digit.bits;
  memset(starts, 0, digits * sizeof *starts);
  for (size_t k = 0; k < count; k++) {
    og_spill_step(k);
    starts[digit_of(rows[k * width + digit.column], digit.shift, digit.bits)]++;
  }
  if (starts[digit_of(rows[digit.column], digit.shift, digit.bits)] == count) {
    return false;
  }
  size_t sum = 0;
  for (size_t k = 0; k < digits; k++) {
    const size_t here = starts[k];
    starts[k] = sum;
    sum += here;
  }
  return true;
}

void og_tuples_copy(uint32_t *to, const uint32_t *from, size_t count, size_t width) {
  for (size_t k = 0; k < count; k += COPIED_ROWS) {
    const size_t rows = count - k < COPIED_ROWS ? count - k : COPIED_ROWS;
    memcpy(to + k * width, from + k * width, rows * width * sizeof *to);
    og_spill_tick();
  }
}

/* Order by the columns [first, end), stable. */
static OgStatus sort_by(uint32_t *rows, size_t count, size_t width, size_t first, size_t end,
                        OgError *err) {
  assert(width == 2 || width == 4 || width == 5);
  if (count < 2) {
    return OG_OK;
  }
  size_t numbers;
  uint32_t *spare =
      og_multiply(count, width, &numbers) ? og_realloc(NULL, numbers, sizeof *spare) : NULL;
  const int bits = og_spill_size() > 0 ? NARROW_DIGIT : WIDE_DIGIT;
  size_t *starts = og_realloc(NULL, (size_t)1 << bits, sizeof *starts);
  if (!spare || !starts) {
    og_free(spare);
    og_free(starts);
    return og_error_no_memory(err);
  }
  uint32_t *from = rows;
  uint32_t *to = spare;
  for (size_t column = end; column-- > first;) {
    for (int shift = 0; shift < 32; shift += bits) {
      const Digit digit = {column, shift, bits};
      if (!count_digits(from, count, width, digit, starts)) {
        continue;
      }
      if (width == 2) {
        scatter(from, to, count, 2, digit, starts);
      } else if (width == 4) {
        scatter(from, to, count, 4, digit, starts);
      } else {
        scatter(from, to, count, 5, digit, starts);
      }
      uint32_t *swap = from;
      from = to;
      to = swap;
    }
  }
  if (from != rows) {
    og_tuples_copy(rows, from, count, width);
  }
  og_free(spare);
  og_free(starts);
  return OG_OK;
}

OgStatus og_tuples_sort(uint32_t *rows, size_t count, size_t width, OgError *err) {
  return sort_by(rows, count, width, 0, width, err);
}

OgStatus og_tuples_sort_by(uint32_t *rows, size_t count, size_t width, size_t column,
                           OgError *err) {
  return sort_by(rows, count, width, column, column + 1, err);
}

size_t og_tuples_find(const uint32_t *rows, size_t count, size_t width, const uint32_t *wanted,
                      size_t columns) {
  size_t low = 0;
  size_t high = count;
  while (low < high) {
    const size_t middle = low + (high - low) / 2;
    const uint32_t *row = rows + middle * width;
    size_t k = 0;
    while (k < columns && row[k] == wanted[k]) {
      k++;
    }
    const bool before = k < columns && row[k] < wanted[k];
    low = before ? middle + 1 : low;
    high = before ? high : middle;
  }
  return low;
}

size_t og_tuples_unique(uint32_t *rows, size_t count, size_t width) {
  size_t kept = 0;
  for (size_t k = 0; k < count; k++) {
    og_spill_step(k);
    if (kept == 0 ||
        memcmp(rows + k * width, rows + (kept - 1) * width, width * sizeof *rows) != 0) {
      memmove(rows + kept * width, rows + k * width, width * sizeof *rows);
      kept++;
    }
  }
  return kept;
}
