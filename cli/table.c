#include "cli/table.h"

#include "core/arena.h"
#include "core/memory.h"

#include <ctype.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

enum { ROWS_FOR_WIDTHS = 1000, LEAST_COLUMN = 8, GAP = 2 };

const char *const table_formats[] = {"table", "csv", "tsv", "json", "jsonl", "md", NULL};

typedef enum CellKind { CELL_NULL, CELL_TEXT, CELL_NUMBER, CELL_JSON } CellKind;

typedef struct Cell {
  CellKind kind;
  const char *text;
  size_t length;
} Cell;

struct Table {
  FILE *out;
  const Terminal *terminal;
  TableFormat format;
  size_t columns;
  const char **names;
  Cell *cells;        /* (rows kept + 2, columns): also the row being built, and the header */
  size_t rows;        /* rows kept, waiting for their widths */
  size_t column;      /* next cell of the row being built */
  uint64_t row_count; /* rows written or kept */
  size_t *widths;     /* NULL until they are known */
  bool *numeric;      /* columns aligned at the right */
  OgArena arena;      /* text of the cells kept */
  OgStatus status;
};

static size_t kept_rows(const Table *table) {
  return table->format == TABLE_TEXT ? ROWS_FOR_WIDTHS : 0;
}

static bool is_name(const char *name, const char *const *names, size_t count) {
  for (size_t k = 0; k < count; k++) {
    if (strcmp(names[k], name) == 0) {
      return true;
    }
  }
  return false;
}

/* A copy of the name of column k; as a key of JSON, one that no other column has. */
static char *name_column(const Table *table, const char *const *columns, size_t k) {
  const bool keys = table->format == TABLE_JSON || table->format == TABLE_JSONL;
  if (!keys || !is_name(columns[k], columns, k)) {
    return og_strdup(columns[k]);
  }
  const size_t size = strlen(columns[k]) + 24;
  char *name = og_calloc(size, 1);
  size_t number = 1;
  for (size_t j = 0; j < k; j++) {
    number += strcmp(columns[j], columns[k]) == 0;
  }
  bool taken = name != NULL;
  while (taken) {
    snprintf(name, size, "%s_%zu", columns[k], number++);
    taken = is_name(name, columns, table->columns) || is_name(name, table->names, k);
  }
  return name;
}

OgStatus table_open(FILE *out, const Terminal *terminal, TableFormat format,
                    const char *const *columns, size_t count, Table **table, OgError *err) {
  Table *made = OG_NEW(Table);
  if (!made) {
    return og_error_no_memory(err);
  }
  *made = (Table){.out = out, .terminal = terminal, .format = format, .columns = count};
  made->names = OG_NEW_ARRAY(const char *, count);
  made->cells = OG_NEW_ARRAY(Cell, (kept_rows(made) + 2) * count);
  made->numeric = OG_NEW_ARRAY(bool, count);
  OgStatus status = made->names && made->cells && made->numeric ? OG_OK : OG_NO_MEMORY;
  for (size_t k = 0; status == OG_OK && k < count; k++) {
    char *name = name_column(made, columns, k);
    made->names[k] = name;
    status = name ? OG_OK : OG_NO_MEMORY;
  }
  if (status != OG_OK) {
    made->status = status;
    return table_close(made, OG_OK, err);
  }
  *table = made;
  return OG_OK;
}

static void add_cell(Table *table, CellKind kind, const char *text, size_t length) {
  if (table->column >= table->columns) {
    table->status = table->status == OG_OK ? OG_FAILED : table->status;
    return;
  }
  char *copy = og_arena_copy(&table->arena, text, length);
  if (!copy) {
    table->status = OG_NO_MEMORY;
    return;
  }
  table->cells[table->rows * table->columns + table->column++] = (Cell){kind, copy, length};
}

void table_text(Table *table, const char *text, size_t length) {
  add_cell(table, CELL_TEXT, text, length);
}

void table_null(Table *table) {
  add_cell(table, CELL_NULL, "", 0);
}

void table_string(Table *table, const char *text) {
  if (text) {
    table_text(table, text, strlen(text));
  } else {
    table_null(table);
  }
}

void table_json(Table *table, const char *json) {
  add_cell(table, CELL_JSON, json, strlen(json));
}

void table_integer(Table *table, int64_t value) {
  char text[24];
  const int length = snprintf(text, sizeof text, "%" PRId64, value);
  add_cell(table, CELL_NUMBER, text, (size_t)length);
}

void table_real(Table *table, double value, int decimals) {
  char text[400];
  if (!isfinite(value)) {
    table_null(table); /* JSON has no word for it, and a spreadsheet neither */
    return;
  }
  int length = 0;
  if (decimals >= 0) {
    length = snprintf(text, sizeof text, "%.*f", decimals, value);
  } else {
    for (int digits = 6; digits <= 17; digits++) {
      length = snprintf(text, sizeof text, "%.*g", digits, value);
      if (strtod(text, NULL) == value) {
        break;
      }
    }
  }
  add_cell(table, CELL_NUMBER, text, (size_t)length);
}

void table_blob(Table *table, const void *bytes, size_t size) {
  static const char digits[] = "0123456789abcdef";
  char *hex = size < SIZE_MAX / 4 ? og_calloc(2 * size + 1, 1) : NULL;
  if (!hex) {
    table->status = OG_NO_MEMORY;
    return;
  }
  for (size_t k = 0; k < size; k++) {
    const unsigned byte = ((const unsigned char *)bytes)[k];
    hex[2 * k] = digits[byte >> 4];
    hex[2 * k + 1] = digits[byte & 15];
  }
  table_text(table, hex, 2 * size);
  og_free(hex);
}

void json_print_string(FILE *out, const char *text, size_t length) {
  fputc('"', out);
  for (size_t k = 0; k < length;) {
    utf8proc_int32_t point;
    const utf8proc_ssize_t size = utf8proc_iterate((const utf8proc_uint8_t *)text + k,
                                                   (utf8proc_ssize_t)(length - k), &point);
    if (size <= 0) {
      fputs("\\ufffd", out);
      k++;
    } else if (point == '"' || point == '\\') {
      fprintf(out, "\\%c", (char)point);
      k++;
    } else if (point < 0x20 || point == 0x7f) {
      fprintf(out, point == '\n' ? "\\n" : point == '\t' ? "\\t" : "\\u%04x", (unsigned)point);
      k++;
    } else {
      fwrite(text + k, 1, (size_t)size, out);
      k += (size_t)size;
    }
  }
  fputc('"', out);
}

static void write_csv_cell(FILE *out, const Cell *cell) {
  if (cell->length == 0 ? cell->kind == CELL_TEXT : strcspn(cell->text, "\",\r\n") < cell->length) {
    fputc('"', out);
    for (size_t k = 0; k < cell->length; k++) {
      if (cell->text[k] == '"') {
        fputc('"', out);
      }
      fputc(cell->text[k], out);
    }
    fputc('"', out);
  } else {
    fwrite(cell->text, 1, cell->length, out);
  }
}

/* Write a cell with some characters escaped: pairs of the character and what stands for it. */
static void write_escaped(FILE *out, const Cell *cell, const char *const *pairs) {
  for (size_t k = 0; k < cell->length; k++) {
    const char *text = NULL;
    for (const char *const *pair = pairs; *pair && !text; pair += 2) {
      text = **pair == cell->text[k] ? pair[1] : NULL;
    }
    if (text) {
      fputs(text, out);
    } else {
      fputc(cell->text[k], out);
    }
  }
}

static void write_json_row(const Table *table, const Cell *cells) {
  fputc('{', table->out);
  for (size_t k = 0; k < table->columns; k++) {
    fputs(k ? ", " : "", table->out);
    json_print_string(table->out, table->names[k], strlen(table->names[k]));
    fputs(": ", table->out);
    switch (cells[k].kind) {
    case CELL_NULL:
      fputs("null", table->out);
      break;
    case CELL_TEXT:
      json_print_string(table->out, cells[k].text, cells[k].length);
      break;
    case CELL_NUMBER:
    case CELL_JSON:
      fwrite(cells[k].text, 1, cells[k].length, table->out);
      break;
    }
  }
  fputc('}', table->out);
}

static void write_delimited(const Table *table, const Cell *cells) {
  static const char *const tsv[] = {"\t", "\\t", "\n", "\\n", "\r", "\\r", "\\", "\\\\", NULL};
  static const char *const md[] = {"|", "\\|", "\n", "<br>", "\r", "", NULL};
  for (size_t k = 0; k < table->columns; k++) {
    switch (table->format) {
    case TABLE_CSV:
      fputs(k ? "," : "", table->out);
      write_csv_cell(table->out, &cells[k]);
      break;
    case TABLE_TSV:
      fputs(k ? "\t" : "", table->out);
      write_escaped(table->out, &cells[k], tsv);
      break;
    default:
      fputs(k ? " | " : "| ", table->out);
      write_escaped(table->out, &cells[k], md);
      break;
    }
  }
  fputs(table->format == TABLE_MD ? " |\n" : "\n", table->out);
}

/* The names as a row, after the rows that are kept. */
static const Cell *header_cells(Table *table) {
  Cell *header = table->cells + (table->rows + 1) * table->columns; /* the spare row */
  for (size_t k = 0; k < table->columns; k++) {
    header[k] = (Cell){CELL_TEXT, table->names[k], strlen(table->names[k])};
  }
  return header;
}

/* What stands before the rows; for Markdown also the line below the names. */
static void write_header(Table *table) {
  if (table->format == TABLE_JSON) {
    fputc('[', table->out);
  }
  if (table->format != TABLE_CSV && table->format != TABLE_TSV && table->format != TABLE_MD) {
    return;
  }
  write_delimited(table, header_cells(table));
  if (table->format == TABLE_MD) {
    for (size_t k = 0; k < table->columns; k++) {
      fputs(k ? " | ---" : "| ---", table->out);
    }
    fputs(" |\n", table->out);
  }
}

static void pad(FILE *out, size_t count) {
  for (size_t k = 0; k < count; k++) {
    fputc(' ', out);
  }
}

/* A single IRI with an authority, or the address of a file: "://" behind the scheme. */
static bool is_address(const Cell *cell) {
  size_t scheme = 0;
  while (scheme < cell->length &&
         (isalnum((unsigned char)cell->text[scheme]) || memchr("+-.", cell->text[scheme], 3))) {
    scheme++;
  }
  return scheme > 0 && cell->length - scheme > 3 && memcmp(cell->text + scheme, "://", 3) == 0 &&
         !memchr(cell->text, ' ', cell->length);
}

static void write_aligned(const Table *table, const Cell *cells) {
  for (size_t k = 0; k < table->columns; k++) {
    const Cell *cell = &cells[k];
    const size_t room = table->widths[k];
    size_t width = text_width(cell->text, cell->length);
    width = table->terminal && table->terminal->width && width > room ? room : width;
    const size_t space = room > width ? room - width : 0;
    if (table->numeric[k]) {
      pad(table->out, space);
    }
    (is_address(cell) ? text_print_end : text_print)(
        table->out, cell->text, cell->length, table->terminal && table->terminal->width ? room : 0);
    if (k + 1 < table->columns) {
      pad(table->out, (table->numeric[k] ? 0 : space) + GAP);
    }
  }
  fputc('\n', table->out);
}

/* Take the widest columns back until the row fits the terminal. */
static void fit_widths(Table *table) {
  if (!table->terminal || table->terminal->width == 0) {
    return;
  }
  size_t total = GAP * (table->columns - 1);
  for (size_t k = 0; k < table->columns; k++) {
    total += table->widths[k];
  }
  while (total > (size_t)table->terminal->width) {
    size_t widest = 0;
    for (size_t k = 1; k < table->columns; k++) {
      widest = table->widths[k] > table->widths[widest] ? k : widest;
    }
    if (table->widths[widest] <= LEAST_COLUMN) {
      return;
    }
    table->widths[widest]--;
    total--;
  }
}

static void find_widths(Table *table) {
  table->widths = OG_NEW_ARRAY(size_t, table->columns);
  if (!table->widths) {
    table->status = OG_NO_MEMORY;
    return;
  }
  for (size_t k = 0; k < table->columns; k++) {
    table->widths[k] = text_width(table->names[k], strlen(table->names[k]));
    bool numbers = table->rows > 0;
    for (size_t row = 0; row < table->rows; row++) {
      const Cell *cell = &table->cells[row * table->columns + k];
      const size_t width = text_width(cell->text, cell->length);
      table->widths[k] = width > table->widths[k] ? width : table->widths[k];
      numbers = numbers && (cell->kind == CELL_NUMBER || cell->kind == CELL_NULL);
    }
    table->numeric[k] = numbers;
  }
  fit_widths(table);
}

static void write_table_header(Table *table) {
  const bool colour = table->terminal && table->terminal->colour;
  fputs(colour ? "\033[1m" : "", table->out);
  write_aligned(table, header_cells(table));
  fputs(colour ? "\033[0m" : "", table->out);
  for (size_t k = 0; k < table->columns; k++) {
    for (size_t column = 0; column < table->widths[k]; column++) {
      fputs("─", table->out);
    }
    pad(table->out, k + 1 < table->columns ? GAP : 0);
  }
  fputc('\n', table->out);
}

/* Write the rows that waited for the widths. */
static void flush_rows(Table *table) {
  if (!table->widths) {
    find_widths(table);
    if (table->status != OG_OK) {
      return;
    }
    write_table_header(table);
  }
  for (size_t row = 0; row < table->rows; row++) {
    write_aligned(table, table->cells + row * table->columns);
  }
  table->rows = 0;
  og_arena_reset(&table->arena);
}

static void write_row(Table *table) {
  const Cell *cells = table->cells;
  if (table->row_count == 0) {
    write_header(table);
  }
  switch (table->format) {
  case TABLE_TEXT:
    table->rows++;
    if (table->widths || table->rows == ROWS_FOR_WIDTHS) {
      flush_rows(table);
    }
    return; /* keeps its cells until they are written */
  case TABLE_JSON:
    fputs(table->row_count ? ",\n " : "\n ", table->out);
    write_json_row(table, cells);
    break;
  case TABLE_JSONL:
    write_json_row(table, cells);
    fputc('\n', table->out);
    break;
  case TABLE_CSV:
  case TABLE_TSV:
  case TABLE_MD:
    write_delimited(table, cells);
    break;
  }
  og_arena_reset(&table->arena);
}

void table_row(Table *table) {
  while (table->status == OG_OK && table->column < table->columns) {
    table_null(table);
  }
  if (table->status == OG_OK) {
    write_row(table);
    table->row_count++;
  }
  table->column = 0;
}

/* The rows that wait, and the end of the document when it ended well. */
static void write_rest(Table *table, bool well) {
  if (well && table->row_count == 0) {
    write_header(table);
  }
  if (table->format == TABLE_TEXT && (well || table->row_count > 0)) {
    flush_rows(table);
  }
  if (table->format == TABLE_JSON && well) {
    fputs(table->row_count ? "\n]\n" : "]\n", table->out);
  }
}

static OgStatus fault(const Table *table, OgError *err) {
  if (table->status == OG_NO_MEMORY) {
    return og_error_no_memory(err);
  }
  if (table->status != OG_OK) {
    return og_error_set(err, table->status, "a row has more cells than columns");
  }
  return ferror(table->out) ? og_error_errno(err, "write", "the result") : OG_OK;
}

OgStatus table_close(Table *table, OgStatus status, OgError *err) {
  if (table->status == OG_OK) {
    write_rest(table, status == OG_OK);
  }
  status = status == OG_OK ? fault(table, err) : status;
  for (size_t k = 0; table->names && k < table->columns; k++) {
    og_free((void *)(uintptr_t)table->names[k]);
  }
  og_free(table->names);
  og_free(table->cells);
  og_free(table->numeric);
  og_free(table->widths);
  og_arena_clear(&table->arena);
  og_free(table);
  return status;
}
