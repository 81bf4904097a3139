/* query: SPARQL and SQL over the graph, read-only. */
#include "cli/answer.h"
#include "cli/command.h"
#include "cli/inferred.h"
#include "core/input.h"
#include "kg/query.h"
#include "kg/sparql.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

typedef struct QueryOptions {
  const char *file;
  const char *sql;
  const char *base;
  const char *default_graph;
  int format;
  int64_t max_rows;
  double timeout;
  bool explain, inferred;
} QueryOptions;

static const QueryOptions defaults = {.format = ANSWER_AUTO};

#define AT(field) offsetof(QueryOptions, field)

static const Option rows[] = {
    {"file", 'F', OPTION_TEXT, AT(file), "FILE", "read the SPARQL query from FILE", NULL, 0, 0},
    {"sql", 's', OPTION_TEXT, AT(sql), "TEXT", "ask in SQLite's SQL instead; - reads it from stdin",
     NULL, 0, 0},
    {"format", 'f', OPTION_CHOICE, AT(format), "FORMAT",
     "table, csv, tsv, json, jsonl, md; SPARQL also xml, nt, turtle", answer_formats, 0, 0},
    OPTION_ROW_FORMAT_JSON(QueryOptions, ANSWER_JSON),
    {"explain", 0, OPTION_FLAG, AT(explain), NULL,
     "instead of running it, show how the query is answered: algebra, SQL and SQLite's plan", NULL,
     0, 0},
    {"default-graph", 0, OPTION_TEXT, AT(default_graph), "IRIS",
     "the sources, by IRI, that are the default graph (default: all)", NULL, 0, 0},
    {"inferred", 0, OPTION_FLAG, AT(inferred), NULL,
     "ask also what follows (see infer), not only what the sources say", NULL, 0, 0},
    {"base", 0, OPTION_TEXT, AT(base), "IRI", "what relative IRIs in the query are relative to",
     NULL, 0, 0},
    {"max-rows", 0, OPTION_INTEGER, AT(max_rows), "N", "stop after so many rows", NULL, 1, 1e15},
    {"timeout", 0, OPTION_REAL, AT(timeout), "SECONDS", "give up after so long", NULL, 0.001, 1e6},
    OPTION_END,
};

/* One run of the command. */
typedef struct Query {
  const Context *context;
  const QueryOptions *options;
  OgStore *store;
  OgBuffer text;
  OgQueryLimits limits;
  OgQuerySummary summary;
} Query;

/* ---- SQL ---- */

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

/* SPARQL where SQL is expected: braces, and a variable; SQL's parameters are numbers. */
static bool looks_like_sparql(const char *text) {
  const char *variable = text;
  while ((variable = strpbrk(variable, "?$")) != NULL && !isalpha((unsigned char)variable[1])) {
    variable++;
  }
  return variable && strchr(text, '{');
}

static OgStatus run_sql(Query *query, OgError *err) {
  const QueryOptions *options = query->options;
  if (options->explain || options->default_graph || options->base || options->inferred) {
    return og_error_set(err, OG_USAGE,
                        "query: --explain, --default-graph, --inferred and --base are for SPARQL; "
                        "SQL has EXPLAIN QUERY PLAN, and the table inferred_edge");
  }
  if (options->format > ANSWER_MD) {
    return og_error_set(err, OG_USAGE, "query: --format %s is for SPARQL",
                        answer_formats[options->format]);
  }
  Printer printer = {.context = query->context,
                     .format = options->format == ANSWER_AUTO ? TABLE_TEXT
                                                              : (TableFormat)options->format};
  const OgRows sink = {start_table, print_row, &printer};
  const OgStatus status = og_query_sql(query->store, query->text.data, &query->limits,
                                       query->context->progress, &sink, &query->summary, err);
  if (status == OG_USAGE && looks_like_sparql(query->text.data)) {
    OgError copy = *err;
    og_error_at(err, copy.status, copy.source, copy.line, copy.column,
                "%s\nthis looks like SPARQL, which goes without --sql", copy.message);
  }
  return printer.table ? table_close(printer.table, status, err) : status;
}

/* ---- SPARQL ---- */

/* The names between spaces of --default-graph, which `copy` holds cut up. */
static OgStatus split_names(const char *list, OgBuffer *copy, OgArena *arena, OgGraphNames *graphs,
                            OgError *err) {
  static const char blanks[] = " \t\n";
  OG_TRY(og_buffer_text(copy, list, err));
  const char **names = og_arena_alloc(arena, copy->size / 2 + 1, sizeof *names);
  if (!names) {
    return og_error_no_memory(err);
  }
  char *rest = NULL;
  size_t count = 0;
  for (char *name = strtok_r(copy->data, blanks, &rest); name;
       name = strtok_r(NULL, blanks, &rest)) {
    names[count++] = name;
  }
  *graphs = (OgGraphNames){names, count};
  return OG_OK;
}

/* SQL where SPARQL is expected: a SELECT without its braces. */
static bool looks_like_sql(const char *text) {
  return strncasecmp(text + strspn(text, " \t\n"), "select", 6) == 0 && !strchr(text, '{');
}

/* Show the place of a fault below its message. */
static void point_at_fault(const Query *query, OgError *err) {
  OgBuffer excerpt = OG_BUFFER_INIT;
  if (og_sparql_excerpt(query->text.data, err, &excerpt, NULL) == OG_OK && excerpt.size > 0) {
    while (excerpt.size > 0 && excerpt.data[excerpt.size - 1] == '\n') {
      excerpt.data[--excerpt.size] = '\0';
    }
    og_error_at(err, err->status, query->options->file ? query->options->file : err->source,
                err->line, err->column, "%s\n%s%s", err->message, excerpt.data,
                looks_like_sql(query->text.data) ? "\nSQL goes with --sql" : "");
  }
  og_buffer_clear(&excerpt);
}

static OgStatus explain(Query *query, const OgSparqlOptions *options, OgError *err) {
  OgBuffer report = OG_BUFFER_INIT;
  const OgStatus status = og_sparql_explain(query->store, query->text.data, options, &report, err);
  if (status == OG_OK) {
    const char *line = report.data;
    for (const char *end; (end = strchr(line, '\n')) != NULL; line = end + 1) {
      text_print(stdout, line, (size_t)(end - line), 0);
      putchar('\n');
    }
  }
  og_buffer_clear(&report);
  return status;
}

/* An empty answer, or an empty column of one, is often a slip in the query. */
static void tell_notes(const Query *query, const OgSparqlOptions *options, bool found) {
  OgBuffer notes = OG_BUFFER_INIT;
  if (!query->context->terminal->quiet &&
      og_sparql_notes(query->store, query->text.data, options, found, &notes, NULL) == OG_OK) {
    char *line = notes.data;
    for (char *end; line && (end = strchr(line, '\n')) != NULL; line = end + 1) {
      *end = '\0';
      terminal_note(query->context->terminal, "note: %s", line);
    }
  }
  og_buffer_clear(&notes);
}

static OgStatus print_answer(Query *query, const OgSparqlOptions *options, OgError *err) {
  OgPrefixes *prefixes = NULL;
  OG_TRY(og_prefixes_load(query->store, &prefixes, err));
  Answer answer = {.terminal = query->context->terminal,
                   .prefixes = query->options->format == ANSWER_JSONL ? NULL : prefixes,
                   .format = (AnswerFormat)query->options->format};
  const OgSolutions solutions = answer_solutions(&answer);
  OgStatus status = og_query_sparql(query->store, query->text.data, options,
                                    query->context->progress, &solutions, &query->summary, err);
  status = answer_finish(&answer, status, err);
  if (status == OG_OK) {
    tell_notes(query, options, answer.found);
  }
  og_prefixes_free(prefixes);
  return status;
}

static OgStatus run_sparql(Query *query, OgError *err) {
  if (query->options->explain && query->options->format != ANSWER_AUTO) {
    return og_error_set(err, OG_USAGE, "query: --explain prints text: leave out --format");
  }
  OG_TRY(query->options->inferred ? inferred_check(query->context, query->store, err) : OG_OK);
  OgSparqlOptions options = {
      .base = query->options->base, .inferred = query->options->inferred, .limits = query->limits};
  OgBuffer copy = OG_BUFFER_INIT;
  OgArena arena = OG_ARENA_INIT;
  OgStatus status = OG_OK;
  if (query->options->default_graph) {
    OG_GO(split_names(query->options->default_graph, &copy, &arena, &options.default_graph, err));
  }
  status =
      query->options->explain ? explain(query, &options, err) : print_answer(query, &options, err);
  if (status == OG_USAGE) {
    point_at_fault(query, err);
  }
done:
  og_arena_clear(&arena);
  og_buffer_clear(&copy);
  return status;
}

/* ---- The command ---- */

static OgStatus read_query(const char *path, OgBuffer *text, OgError *err) {
  enum { LONGEST = 1 << 20 };
  OgInput *input = NULL;
  char block[4096];
  OgStatus status = OG_OK;
  OG_TRY(og_input_open(path, &input, err));
  for (size_t got = 1; got > 0 && text->size <= LONGEST && status == OG_OK;) {
    status = og_input_read(input, block, sizeof block, &got, err);
    if (status == OG_OK) {
      status = og_buffer_append(text, block, got, err);
    }
  }
  og_input_close(input);
  return status;
}

/* The one text among the argument, --file and --sql. */
static OgStatus choose_text(const Arguments *arguments, const QueryOptions *options, OgBuffer *text,
                            OgError *err) {
  const char *argument = arguments->count > 1 ? arguments->items[1] : NULL;
  if ((argument != NULL) + (options->file != NULL) + (options->sql != NULL) != 1) {
    return og_error_set(err, OG_USAGE,
                        "query: say what to ask, once: 'SELECT …', --file FILE or --sql TEXT");
  }
  const char *given = argument ? argument : options->sql;
  if (options->file || strcmp(given, "-") == 0) {
    OG_TRY(read_query(options->file ? options->file : "-", text, err));
  } else {
    OG_TRY(og_buffer_text(text, given, err));
  }
  /* a zero byte would hide what follows it */
  return text->size == 0 || strlen(text->data) < text->size
             ? og_error_set(err, OG_USAGE,
                            text->size == 0 ? "query: the query is empty"
                                            : "query: the query has a zero byte in it")
             : OG_OK;
}

static OgStatus run(const Context *context, const Arguments *arguments, const void *values,
                    OgError *err) {
  const QueryOptions *options = values;
  Query query = {.context = context,
                 .options = options,
                 .limits = {.rows = (uint64_t)options->max_rows, .seconds = options->timeout}};
  OgStatus status;
  OG_GO(choose_text(arguments, options, &query.text, err));
  OG_GO(og_store_open(arguments->items[0], OG_STORE_READ, &query.store, err));
  status = options->sql ? run_sql(&query, err) : run_sparql(&query, err);
  if (status == OG_CANCELLED && terminal_signal() == 0) {
    status = OG_FAILED; /* a limit, not an interruption */
  }
  if (status == OG_OK && query.summary.truncated) {
    fflush(stdout);
    terminal_note(context->terminal, "stopped after %s (--max-rows); there are more",
                  text_counted((double)query.summary.rows, "row", "rows"));
  }
done:
  og_buffer_clear(&query.text);
  og_store_close(query.store);
  return status;
}

const Command cmd_query = {
    .name = "query",
    .group = "Graph",
    .synopsis = "GRAPH QUERY | --file FILE | --sql TEXT",
    .summary = "ask the graph in SPARQL or SQL, read-only",
    .examples =
        "  ontograft query doid.db 'SELECT ?x ?name { ?x rdfs:subClassOf+ DOID:1612 ;\n"
        "                               rdfs:label ?name }'\n"
        "  ontograft query medicine.db 'SELECT (COUNT(*) AS ?n) { ?s ?p ?o }' --format json\n"
        "  ontograft query medicine.db --sql 'select label from entity limit 5'\n",
    .details =
        "QUERY is SPARQL 1.1: SELECT, ASK, CONSTRUCT or DESCRIBE; - reads it from stdin. The\n"
        "prefixes that the sources declare and the usual ones need no PREFIX line. Each source is\n"
        "a named graph; the default graph is their union (docs/sparql.md).\n"
        "\n"
        "SELECT and ASK print a table: IRIs as CURIEs where a prefix is known (DOID:1612),\n"
        "literals as their text alone. csv, tsv, json and xml are the W3C's result formats, with\n"
        "whole IRIs, datatypes and languages; jsonl is an object a row, with whole IRIs. "
        "CONSTRUCT\n"
        "and DESCRIBE print Turtle, or nt: N-Triples.\n"
        "\n"
        "docs/schema.md describes the tables for SQL. The graph is opened read-only: a query can\n"
        "write nothing, open no other file, load no code and reach no network.\n",
    .options = rows,
    .defaults = &defaults,
    .options_size = sizeof(QueryOptions),
    .least_arguments = 1,
    .most_arguments = 2,
    .run = run,
};
