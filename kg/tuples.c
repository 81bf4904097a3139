#include "kg/tuples.h"

#include "core/memory.h"
#include "core/spill.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>

enum { DIGIT_BITS = 16, DIGITS = 1 << DIGIT_BITS, TICK_EVERY = 1 << 16 };

static uint32_t digit(uint32_t number, int shift) {
  return (number >> shift) & (DIGITS - 1);
}

/* Now and then in a loop over rows, which may be more than memory holds. */
static inline void tick(size_t k) {
  if (k % TICK_EVERY == 0) {
    og_spill_tick();
  }
}

/* Move the rows from `from` to `to` in order of one digit. starts (DIGITS): where each digit's rows
 * begin. Always inlined, so that a row is copied by a few moves. */
static inline __attribute__((always_inline)) void scatter(const uint32_t *from, uint32_t *to,
                                                          size_t count, size_t width, size_t column,
                                                          int shift, size_t *starts) {
  for (size_t k = 0; k < count; k++) {
    const uint32_t *row = from + k * width;
    tick(k);
    memcpy(to + starts[digit(row[column], shift)]++ * width, row, width * sizeof *row);
  }
}

/* Count the digits of a column; false when all rows have the same one, and there is nothing to do.
 */
static bool count_digits(const uint32_t *rows, size_t count, size_t width, size_t column, int shift,
                         size_t *starts) {
  memset(starts, 0, DIGITS * sizeof *starts);
  for (size_t k = 0; k < count; k++) {
    tick(k);
    starts[digit(rows[k * width + column], shift)]++;
  }
  if (starts[digit(rows[column], shift)] == count) {
    return false;
  }
  size_t sum = 0;
  for (size_t k = 0; k < DIGITS; k++) {
    const size_t here = starts[k];
    starts[k] = sum;
    sum += here;
  }
  return true;
}

void og_tuples_copy(uint32_t *to, const uint32_t *from, size_t count, size_t width) {
  for (size_t k = 0; k < count; k += TICK_EVERY) {
    const size_t rows = count - k < TICK_EVERY ? count - k : TICK_EVERY;
    memcpy(to + k * width, from + k * width, rows * width * sizeof *to);
    tick(k);
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
  size_t *starts = og_realloc(NULL, DIGITS, sizeof *starts);
  if (!spare || !starts) {
    og_free(spare);
    og_free(starts);
    return og_error_no_memory(err);
  }
  uint32_t *from = rows;
  uint32_t *to = spare;
  for (size_t column = end; column-- > first;) {
    for (int shift = 0; shift < 32; shift += DIGIT_BITS) {
      if (!count_digits(from, count, width, column, shift, starts)) {
        continue;
      }
      if (width == 2) {
        scatter(from, to, count, 2, column, shift, starts);
      } else if (width == 4) {
        scatter(from, to, count, 4, column, shift, starts);
      } else {
        scatter(from, to, count, 5, column, shift, starts);
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
    tick(k);
    if (kept == 0 ||
        memcmp(rows + k * width, rows + (kept - 1) * width, width * sizeof *rows) != 0) {
      memmove(rows + kept * width, rows + k * width, width * sizeof *rows);
      kept++;
    }
  }
  return kept;
}
