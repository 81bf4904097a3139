#include "kg/fill.h"

#include "core/memory.h"
#include "core/spill.h"
#include "kg/bulk.h"
#include "kg/tuples.h"

#include <string.h>

enum { REPORT_EVERY = 1 << 14, COLUMNS = 4 };

typedef struct Filler {
  OgBulk *bulk;
  const OgTerms *terms;
  const OgProgress *progress;
} Filler;

static OgStatus report(const Filler *filler, const char *stage, size_t done, size_t total,
                       OgError *err) {
  if (done % REPORT_EVERY != 0) {
    return OG_OK;
  }
  return og_progress_report(filler->progress, stage, (double)done, (double)total, "", err);
}

/* ---- term ---- */

static OgValue text_value(OgText text) {
  return (OgValue)OG_TEXT_VALUE(text);
}

static OgValue integer_value(int64_t number) {
  return (OgValue)OG_INTEGER_VALUE(number);
}

/* A row of term_hash: the hash with its sign bit turned, so that it sorts as a number without sign;
 * and the term's id. */
typedef struct HashRow {
  uint32_t hash, id;
} HashRow;

static const uint32_t sign = UINT32_C(1) << 31;

/* Write the table; hashes (terms) gets the rows of its index, *hashed of them. */
static OgStatus fill_terms(const Filler *filler, HashRow *hashes, size_t *hashed, OgError *err) {
  const uint32_t count = og_terms_count(filler->terms);
  *hashed = 0;
  OG_TRY(og_bulk_begin(filler->bulk, "term", err));
  for (uint32_t k = 0; k < count; k++) {
    OgTermRecord term;
    og_terms_get(filler->terms, k, &term);
    OgValue row[] = {{0},
                     integer_value(term.kind),
                     text_value(term.text),
                     integer_value((int64_t)term.datatype + 1),
                     text_value(term.language),
                     {0}};
    if (term.datatype == OG_TERM_NONE) {
      row[3].kind = OG_VALUE_NULL;
    }
    if (term.language.size == 0) {
      row[4].kind = OG_VALUE_NULL;
    }
    if (term.kind != OG_BLANK) {
      row[5] = integer_value(og_term_hash(term.text.data, term.text.size));
      hashes[(*hashed)++] = (HashRow){(uint32_t)row[5].integer ^ sign, k + 1};
    }
    OG_TRY(report(filler, "storing terms", k, count, err));
    OG_TRY(og_bulk_add(filler->bulk, (int64_t)k + 1, row, OG_COUNT(row), err));
  }
  return og_bulk_end(filler->bulk, err);
}

static OgStatus fill_hashes(const Filler *filler, HashRow *hashes, size_t count, OgError *err) {
  _Static_assert(sizeof(HashRow) == 2 * sizeof(uint32_t), "a row is a tuple of two");
  OG_TRY(og_tuples_sort((uint32_t *)hashes, count, 2, err));
  OG_TRY(og_bulk_begin(filler->bulk, "term_hash", err));
  for (size_t k = 0; k < count; k++) {
    og_spill_step(k);
    const OgValue row[] = {integer_value((int32_t)(hashes[k].hash ^ sign)),
                           integer_value(hashes[k].id)};
    OG_TRY(og_bulk_add(filler->bulk, 0, row, OG_COUNT(row), err));
  }
  return og_bulk_end(filler->bulk, err);
}

/* ---- quad ---- */

/* A b-tree of statements. */
typedef struct Order {
  const char *name;
  unsigned char columns[COLUMNS]; /* of quad, in the order of the key */
  int sort;                       /* column that makes this order of the one before; -1: none */
} Order;

/* Each order is the one before, sorted by one more column: sorting is stable. */
static const Order orders[] = {
    {"quad", {0, 1, 2, 3}, -1},
    {"quad_object", {2, 0, 1, 3}, 2},
    {"quad_predicate", {1, 2, 0, 3}, 1},
};

/* rows (count, COLUMNS) in this order. */
static OgStatus fill_order(const Filler *filler, const Order *order, const uint32_t *rows,
                           size_t count, OgError *err) {
  OG_TRY(og_bulk_begin(filler->bulk, order->name, err));
  for (size_t k = 0; k < count; k++, rows += COLUMNS) {
    OgValue row[COLUMNS];
    for (size_t column = 0; column < COLUMNS; column++) {
      row[column] = integer_value(rows[order->columns[column]]);
    }
    OG_TRY(report(filler, "storing statements", k, count, err));
    OG_TRY(og_bulk_add(filler->bulk, 0, row, COLUMNS, err));
  }
  return og_bulk_end(filler->bulk, err);
}

static OgStatus fill_quads(const Filler *filler, const OgStatement *statements, size_t count,
                           OgError *err) {
  _Static_assert(sizeof(OgStatement) == COLUMNS * sizeof(uint32_t), "a statement is a tuple");
  OgStatement *copy = og_realloc(NULL, count, sizeof *copy);
  if (!copy) {
    return og_error_no_memory(err);
  }
  uint32_t *rows = (uint32_t *)copy;
  OgStatus status = OG_OK;
  og_tuples_copy(rows, (const uint32_t *)statements, count, COLUMNS);
  for (size_t k = 0; k < OG_COUNT(orders); k++) {
    if (orders[k].sort >= 0) {
      OG_GO(og_tuples_sort_by(rows, count, COLUMNS, (size_t)orders[k].sort, err));
    }
    OG_GO(fill_order(filler, &orders[k], rows, count, err));
  }
done:
  og_free(copy);
  return status;
}

/* ---- The whole ---- */

static OgStatus fill(Filler *filler, const OgStatement *statements, size_t count, OgError *err) {
  size_t hashed;
  HashRow *hashes = og_realloc(NULL, og_terms_count(filler->terms), sizeof *hashes);
  if (!hashes) {
    return og_error_no_memory(err);
  }
  OgStatus status = fill_terms(filler, hashes, &hashed, err);
  if (status == OG_OK) {
    status = fill_hashes(filler, hashes, hashed, err);
  }
  og_free(hashes);
  OG_TRY(status);
  OG_TRY(fill_quads(filler, statements, count, err));
  return og_bulk_commit(filler->bulk, err);
}

OgStatus og_fill_level0(const char *path, const OgTerms *terms, const OgStatement *statements,
                        size_t count, const OgProgress *progress, OgError *err) {
  Filler filler = {.terms = terms, .progress = progress};
  OG_TRY(og_bulk_open(path, &filler.bulk, err));
  const OgStatus status = fill(&filler, statements, count, err);
  og_bulk_close(filler.bulk);
  return status;
}
