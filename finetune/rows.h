/* rows: labelled texts as a stream of rows from CSV, TSV or JSON Lines, gzip'd or not, a file or
 * standard input.
 *
 * CSV is RFC 4180 (quoted fields may hold commas, line breaks and doubled quotes), also with
 * semicolons where the first line has no comma. TSV is without quotes, as its media type has it.
 * JSON Lines are one object a line. A first line names the columns of CSV and TSV. Everything must
 * be UTF-8; a byte order mark is fine. A fault is OG_BAD_DATA with file, line and column; a column
 * that the options name and that is not there, or there twice, is OG_USAGE.
 *
 * Columns are found by name or number. Without being told, the text is in "text" (or "sentence",
 * "abstract", …), the label in "label" (or "class", "category", …), the id in "id"; progress hears
 * of a guess that is not the first one. */
#ifndef OG_FINETUNE_ROWS_H
#define OG_FINETUNE_ROWS_H

#include "core/progress.h"
#include "core/quad.h"

#include <stdbool.h>
#include <stdint.h>

typedef enum OgDataFormat { OG_DATA_GUESS, OG_DATA_CSV, OG_DATA_TSV, OG_DATA_JSONL } OgDataFormat;

/* All NULL, 0 and false is a good start. A column is a name of the header, or its number from 1.
 * The usual columns are looked for before others are guessed, and no fault where they are not
 * there; NULL: none. */
typedef struct OgDatasetOptions {
  OgDataFormat format;      /* OG_DATA_GUESS: by the file's name, else by its first line */
  const char *text_column;  /* NULL: guessed */
  const char *pair_column;  /* a second text; NULL: none */
  const char *label_column; /* NULL: guessed, and none is fine unless labels_required */
  const char *id_column;    /* NULL: guessed; without one, the row's number from 1 */
  const char *group_column; /* what rows are told apart by when they are scored; NULL: nothing */
  const char *usual_text, *usual_label, *usual_id;
  bool labels_required;
  bool no_header; /* CSV, TSV: the first line is data, and columns are numbers */
} OgDatasetOptions;

/* One row. Texts live until the next row is read; they are valid UTF-8 without zero bytes. */
typedef struct OgRow {
  long line; /* where the row starts */
  OgText id, text;
  OgText pair;  /* empty when no column was asked for */
  OgText label; /* empty when there is no such column, or nothing in it */
  OgText group; /* empty when no column was asked for */
} OgRow;

typedef struct OgRowReader OgRowReader;

/* Open path ("-" is standard input) and find the columns. options are not kept; progress may be
 * NULL. On OG_OK the caller owns *reader. */
OG_API OG_MUST_CHECK OgStatus og_rows_open(const char *path, const OgDatasetOptions *options,
                                           const OgProgress *progress, OgRowReader **reader,
                                           OgError *err);
OG_API void og_rows_close(OgRowReader *reader);

/* The next row; *more false at the end, and row is then untouched. */
OG_API OG_MUST_CHECK OgStatus og_rows_next(OgRowReader *reader, OgRow *row, bool *more,
                                           OgError *err);

/* Whether a label column was found. */
OG_API bool og_rows_have_labels(const OgRowReader *reader);

/* The options that the reader was opened with, but columns of texts, labels and ids that were given
 * by number have the header's names, where no other column has the same. Names are the reader's. */
OG_API OgDatasetOptions og_rows_named(const OgRowReader *reader, const OgDatasetOptions *options);

/* For messages and progress: the file's name; bytes of it consumed, and its size (0 when unknown: a
 * pipe). */
OG_API const char *og_rows_name(const OgRowReader *reader);
OG_API uint64_t og_rows_position(const OgRowReader *reader);
OG_API uint64_t og_rows_size(const OgRowReader *reader);

#endif
