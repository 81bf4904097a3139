/* bulk: the b-trees of a new SQLite file, written front to back.
 *
 * A table or index that is filled once, in the order of its keys, needs no search, no balancing and
 * no journal: rows are packed into pages as they come, full pages go to the end of the file. This
 * knows nothing of SQL: the tables are made before, by SQLite, and are empty; what comes out is
 * what SQLite itself would have written, with fuller pages (sqlite.org/fileformat2.html).
 *
 * The file belongs to the caller alone from open to commit: no SQLite handle on it is open. When
 * anything fails it is worthless. */
#ifndef OG_KG_BULK_H
#define OG_KG_BULK_H

#include "core/quad.h"

#include <stdint.h>

typedef struct OgBulk OgBulk;

typedef enum OgValueKind { OG_VALUE_NULL, OG_VALUE_INTEGER, OG_VALUE_TEXT } OgValueKind;

/* One column of a row. */
typedef struct OgValue {
  OgValueKind kind;
  int64_t integer;
  OgText text;
} OgValue;

#define OG_INTEGER_VALUE(number)                                                                   \
  {                                                                                                \
    OG_VALUE_INTEGER, (number), {                                                                  \
      NULL, 0                                                                                      \
    }                                                                                              \
  }
#define OG_TEXT_VALUE(words)                                                                       \
  { OG_VALUE_TEXT, 0, (words) }

enum { OG_BULK_MAX_COLUMNS = 12 };

/* Open a database without auto_vacuum. On OG_OK the caller owns *bulk. */
OG_MUST_CHECK OgStatus og_bulk_open(const char *path, OgBulk **bulk, OgError *err);

/* Fill this table or index, which must be empty, with the rows that follow until og_bulk_end. */
OG_MUST_CHECK OgStatus og_bulk_begin(OgBulk *bulk, const char *name, OgError *err);

/* A row, behind the one before it in the order of the b-tree (asserted; texts by their bytes).
 *
 * Of a table: its rowid, and its columns; the one that is the rowid under another name is NULL.
 * Of an index, or of a table WITHOUT ROWID: rowid is ignored, and the columns are those of the key,
 * then the others, for an index its rowid or primary key (sections 2.4 and 2.5 of the format). */
OG_MUST_CHECK OgStatus og_bulk_add(OgBulk *bulk, int64_t rowid, const OgValue *values, size_t count,
                                   OgError *err);

OG_MUST_CHECK OgStatus og_bulk_end(OgBulk *bulk, OgError *err);

/* Write what is left, and the file's header: SQLite may open the file from then on. */
OG_MUST_CHECK OgStatus og_bulk_commit(OgBulk *bulk, OgError *err);

void og_bulk_close(OgBulk *bulk);

#endif
