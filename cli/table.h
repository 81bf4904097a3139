/* table: rows to a stream as a table for people, CSV, TSV, JSON, JSON lines or Markdown.
 *
 * Cells are added left to right; the first fault (out of memory, a write that fails) is kept and
 * returned by table_close, so that callers need not check each cell. All formats but the table
 * stream; the table gathers rows to find its widths, and streams with the widths of the first
 * thousand. In JSON columns of one name are told apart: name, name_2, name_3. The header is written
 * with the first row, or when a table without rows ends well. */
#ifndef OG_CLI_TABLE_H
#define OG_CLI_TABLE_H

#include "cli/terminal.h"

#include <stdint.h>

typedef enum TableFormat {
  TABLE_TEXT,
  TABLE_CSV,
  TABLE_TSV,
  TABLE_JSON,
  TABLE_JSONL,
  TABLE_MD
} TableFormat;

/* Names of the formats in order of TableFormat, NULL-terminated: choices of --format. */
extern const char *const table_formats[];

typedef struct Table Table;

/* terminal may be NULL (no width, no colour). Column names are copied. */
OgStatus table_open(FILE *out, const Terminal *terminal, TableFormat format,
                    const char *const *columns, size_t count, Table **table, OgError *err);

void table_text(Table *table, const char *text, size_t length);
void table_string(Table *table, const char *text); /* NULL is a null */
void table_integer(Table *table, int64_t value);
void table_real(Table *table, double value,
                int decimals); /* decimals < 0: as many as needed to read it back */
void table_blob(Table *table, const void *bytes, size_t size); /* hexadecimal */
void table_json(Table *table,
                const char *json); /* JSON text: nested in JSON, quoted as text elsewhere */
void table_null(Table *table);
void table_row(Table *table); /* ends the row */

/* Write what is left, release, and say whether all went well: status is how the caller fared. After
 * another than OG_OK no end is written, nor a header without rows; status is returned and err left
 * alone. */
OgStatus table_close(Table *table, OgStatus status, OgError *err);

/* Write a JSON string, quotes included. Bad UTF-8 becomes U+FFFD. */
void json_print_string(FILE *out, const char *text, size_t length);

#endif
