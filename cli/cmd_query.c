/* query: SQL over the graph, read-only. */
#include "cli/command.h"
#include "cli/table.h"
#include "core/buffer.h"
#include "kg/query.h"

#include <string.h>

typedef struct QueryOptions {
  const char *sql;
  int format;
  int64_t max_rows;
  double timeout;
} QueryOptions;

static const QueryOptions defaults = {0};

#define AT(field) offsetof(QueryOptions, field)

static const Option rows[] = {
    {"sql", 's', OPTION_TEXT, AT(sql), "TEXT", "the query, in SQLite's SQL; - reads it from stdin",
     NULL, 0, 0},
    OPTION_ROW_FORMAT(QueryOptions),
    {"max-rows", 0, OPTION_INTEGER, AT(max_rows), "N", "stop after so many rows", NULL, 1, 1e15},
    {"timeout", 0, OPTION_REAL, AT(timeout), "SECONDS", "give up after so long", NULL, 0.001, 1e6},
    OPTION_END,
};

typedef struct Printer {
  const Context *context;
  TableFormat format;
  Table *table;
} Printer;

static OgStatus start_table(void *data, const char *const *names, size_t count, OgError *err) {
  Printer *printer = data;
  return table_open(stdout, printer->context->terminal, printer->format, names, count,
                    &printer->table, err);
}

static OgStatus print_row(void *data, const OgValue *values, size_t count, OgError *err) {
  Printer *printer = data;
  for (size_t k = 0; k < count; k++) {
    switch (values[k].kind) {
    case OG_NULL:
      table_null(printer->table);
      break;
    case OG_INTEGER:
      table_integer(printer->table, values[k].integer);
      break;
    case OG_REAL:
      table_real(printer->table, values[k].real, -1);
      break;
    case OG_STRING:
      table_text(printer->table, values[k].bytes, values[k].size);
      break;
    case OG_BLOB:
      table_blob(printer->table, values[k].bytes, values[k].size);
      break;
    }
  }
  table_row(printer->table);
  return ferror(stdout) ? og_error_errno(err, "write", "standard output") : OG_OK;
}

static OgStatus read_query(const char *text, OgBuffer *query, OgError *err) {
  enum { LONGEST = 1 << 20 };
  if (strcmp(text, "-") != 0) {
    return og_buffer_text(query, text, err);
  }
  char block[4096];
  for (size_t got = 1; got > 0 && query->size <= LONGEST;) {
    got = fread(block, 1, sizeof block, stdin);
    OG_TRY(og_buffer_append(query, block, got, err));
  }
  return OG_OK;
}

static OgStatus run(const Context *context, const Arguments *arguments, const void *values,
                    OgError *err) {
  const QueryOptions *options = values;
  if (!options->sql) {
    return og_error_set(err, OG_USAGE, "query: say what to ask, with --sql 'SELECT …'");
  }
  OgStore *store = NULL;
  OgBuffer sql = OG_BUFFER_INIT;
  OgQuerySummary summary = {0};
  Printer printer = {context, (TableFormat)options->format, NULL};
  const OgRows sink = {start_table, print_row, &printer};
  const OgQueryLimits limits = {.rows = (uint64_t)options->max_rows, .seconds = options->timeout};
  OgStatus status;
  OG_GO(og_store_open(arguments->items[0], OG_STORE_READ, &store, err));
  OG_GO(read_query(options->sql, &sql, err));
  status = og_query_sql(store, sql.data ? sql.data : "", &limits, context->progress, &sink,
                        &summary, err);
  if (printer.table) {
    const OgStatus closed = table_close(printer.table, status == OG_OK ? err : NULL);
    status = status == OG_OK ? closed : status;
  }
  if (status == OG_OK && summary.truncated) {
    fflush(stdout);
    terminal_note(context->terminal, "stopped after %s rows (--max-rows); there are more",
                  text_count((double)summary.rows));
  }
done:
  og_buffer_clear(&sql);
  og_store_close(store);
  return status;
}

const Command cmd_query = {
    .name = "query",
    .group = "Graph",
    .synopsis = "GRAPH --sql TEXT",
    .summary = "ask the graph in SQL, read-only",
    .examples = "  ontograft query medicine.db --sql 'select label from entity limit 5'\n"
                "  ontograft query medicine.db --sql 'select * from edge_text' --format csv "
                "--max-rows 100\n",
    .details = "docs/schema.md describes the tables and views. The graph is opened read-only: a "
               "query can\n"
               "write nothing, open no other file and load no code.\n",
    .options = rows,
    .defaults = &defaults,
    .options_size = sizeof(QueryOptions),
    .least_arguments = 1,
    .most_arguments = 1,
    .run = run,
};
