/* tuples: rows of 32-bit numbers, put in order.
 *
 * A row has 2, 4 or 5 columns. Sorting is by digits of 16 bits from the last column to the first (a
 * stable radix sort), so that its time grows with the rows alone; columns whose numbers are small
 * or all alike cost little or nothing. */
#ifndef OG_KG_TUPLES_H
#define OG_KG_TUPLES_H

#include "core/error.h"

#include <stdint.h>

/* Order count rows of width columns by their columns, the first weighing most. */
OG_MUST_CHECK OgStatus og_tuples_sort(uint32_t *rows, size_t count, size_t width, OgError *err);

/* Order them by one column; rows that are alike there stay in the order that they have. */
OG_MUST_CHECK OgStatus og_tuples_sort_by(uint32_t *rows, size_t count, size_t width, size_t column,
                                         OgError *err);

/* Copy rows that do not overlap. */
void og_tuples_copy(uint32_t *to, const uint32_t *from, size_t count, size_t width);

/* The first of count rows, which are in order, that does not come before wanted in its first
 * columns (columns); count when all do. */
size_t og_tuples_find(const uint32_t *rows, size_t count, size_t width, const uint32_t *wanted,
                      size_t columns);

/* Drop rows that equal the one before; returns how many are left. */
size_t og_tuples_unique(uint32_t *rows, size_t count, size_t width);

#endif
