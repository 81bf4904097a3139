/* import: files of domain knowledge into a graph. */
#include "cli/command.h"
#include "cli/print.h"
#include "ingest/ingest.h"
#include "kg/load.h"

#include <string.h>

typedef struct ImportOptions {
  const char *format, *base;
  int64_t max_depth;
  bool strict, statements_only, json;
} ImportOptions;

static const ImportOptions defaults = {0};

#define AT(field) offsetof(ImportOptions, field)

static const Option rows[] = {
    {"format", 'f', OPTION_TEXT, AT(format), "NAME", "read as this format (default: by content)",
     NULL, 0, 0},
    {"base", 'b', OPTION_TEXT, AT(base), "IRI",
     "base IRI of relative references (default: the file's)", NULL, 0, 0},
    {"max-depth", 0, OPTION_INTEGER, AT(max_depth), "N",
     "deepest nesting of elements (default 100,000)", NULL, 1, 1e8},
    {"strict", 0, OPTION_FLAG, AT(strict), NULL, "an error where a warning would do", NULL, 0, 0},
    {"statements-only", 0, OPTION_FLAG, AT(statements_only), NULL,
     "store what the files say; derive no entities, edges and names from it", NULL, 0, 0},
    OPTION_ROW_JSON(ImportOptions),
    OPTION_END,
};

enum { KINDS = 32 };

/* Warnings of one file, counted by kind; the first of each is told. */
typedef struct Warnings {
  const char *kinds[KINDS];
  uint64_t counts[KINDS];
  char first[KINDS][160];
  size_t count;
} Warnings;

/* What a reader pushes into: the loader's sink, with warnings gathered here. */
typedef struct Intake {
  OgSink loader;
  Warnings warnings;
} Intake;

static OgStatus take_statement(void *data, const OgTerm *subject, const OgTerm *predicate,
                               const OgTerm *object, OgError *err) {
  const Intake *intake = data;
  return intake->loader.statement(intake->loader.data, subject, predicate, object, err);
}

static OgStatus take_prefix(void *data, OgText prefix, OgText iri, OgError *err) {
  const Intake *intake = data;
  return intake->loader.prefix ? intake->loader.prefix(intake->loader.data, prefix, iri, err)
                               : OG_OK;
}

static OgStatus take_warning(void *data, const char *kind, long line, long column,
                             const char *message, OgError *err) {
  (void)err;
  Warnings *warnings = &((Intake *)data)->warnings;
  size_t k = 0;
  while (k < warnings->count && strcmp(warnings->kinds[k], kind) != 0) {
    k++;
  }
  if (k == KINDS) {
    return OG_OK; /* more kinds than any reader has */
  }
  if (k == warnings->count) {
    warnings->kinds[warnings->count++] = kind;
    snprintf(warnings->first[k], sizeof warnings->first[k], "%ld:%ld: %s", line, column, message);
  }
  warnings->counts[k]++;
  return OG_OK;
}

static void tell_warnings(const Context *context, const char *path, const Warnings *warnings) {
  for (size_t k = 0; k < warnings->count; k++) {
    terminal_note(context->terminal, "warning: %s:%s%s%s", path, warnings->first[k],
                  warnings->counts[k] > 1 ? "; times it happened: " : "",
                  warnings->counts[k] > 1 ? text_count((double)warnings->counts[k]) : "");
  }
}

static OgStatus import_file(const Context *context, const char *path, const ImportOptions *options,
                            OgLoader *loader, OgError *err) {
  OgInput *input = NULL;
  OgBuffer base = OG_BUFFER_INIT;
  const OgReader *reader = NULL;
  Intake intake = {.loader = og_loader_sink(loader)};
  const OgSink sink = {take_statement, take_prefix, take_warning, &intake};
  OgStatus status;
  OG_GO(og_input_open(path, &input, err));
  if (options->base) {
    OG_GO(og_buffer_text(&base, options->base, err));
  } else {
    OG_GO(og_ingest_base(input, &base, err));
  }
  if (options->format) {
    OG_GO(og_reader_find(options->format, &reader, err));
  } else {
    OG_GO(og_ingest_detect(input, &reader, err));
  }
  const OgReadOptions read = {
      .base = base.data,
      .format = reader->name,
      .max_depth = (size_t)options->max_depth,
      .strict = options->strict,
  };
  const OgSourceInfo info = {.iri = base.data, .path = path, .format = reader->name};
  OG_GO(og_loader_begin_source(loader, &info, err));
  OG_GO(og_ingest(input, &read, &sink, context->progress, NULL, err));
  OG_GO(og_loader_end_source(loader, og_input_sha256(input), og_input_position(input), err));
done:
  tell_warnings(context, path, &intake.warnings);
  og_buffer_clear(&base);
  og_input_close(input);
  return status;
}

static OgStatus print_summary(const Context *context, const char *graph_path,
                              const ImportOptions *options, const OgLoadSummary *summary,
                              double seconds, OgError *err) {
  if (options->json) {
    return print_json(json_pack("{s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:f}", "graph", graph_path,
                                "statements", (json_int_t)summary->statements, "duplicates",
                                (json_int_t)summary->duplicates, "entities",
                                (json_int_t)summary->entities, "relations",
                                (json_int_t)summary->relations, "edges", (json_int_t)summary->edges,
                                "names", (json_int_t)summary->names, "seconds", seconds),
                      err);
  }
  printf("%s: %s statements read in %.1f s", graph_path, text_count((double)summary->statements),
         seconds);
  if (summary->duplicates > 0) {
    printf(" (%s said more than once)", text_count((double)summary->duplicates));
  }
  if (options->statements_only) {
    printf(
        "\nno entities, edges and names are derived: an import without --statements-only does\n");
    return OG_OK;
  }
  printf("\nthe graph has %s entities, %s relations, %s edges and %s names\n",
         text_count((double)summary->entities), text_count((double)summary->relations),
         text_count((double)summary->edges), text_count((double)summary->names));
  terminal_note(context->terminal, "next: ontograft info %s", graph_path);
  return OG_OK;
}

static OgStatus run(const Context *context, const Arguments *arguments, const void *values,
                    OgError *err) {
  const ImportOptions *options = values;
  const char *graph_path = arguments->items[0];
  OgLoader *loader = NULL;
  OgLoadSummary summary = {0};
  const double start = seconds_now();
  OgStatus status;
  OG_GO(og_loader_open(graph_path, context->progress, &loader, err));
  if (options->statements_only) {
    og_loader_keep_statements_only(loader);
  }
  for (size_t k = 1; k < arguments->count; k++) {
    OG_GO(import_file(context, arguments->items[k], options, loader, err));
  }
  OG_GO(og_loader_commit(loader, &summary, err));
  terminal_finish(context->terminal);
  status = print_summary(context, graph_path, options, &summary, seconds_now() - start, err);
done:
  og_loader_close(loader);
  return status;
}

const Command cmd_import = {
    .name = "import",
    .group = "Graph",
    .synopsis = "GRAPH FILE…",
    .summary = "read ontologies and thesauri into a graph file",
    .examples = "  ontograft import medicine.db doid.owl.gz\n"
                "  ontograft import finance.db fibo/*/*/*.rdf\n",
    .details =
        "Formats are told from the content; gzip'd files are read as they are, - is standard "
        "input.\nA file imported again replaces what it said before. On any error the graph "
        "stays as it was.\n",
    .options = rows,
    .defaults = &defaults,
    .options_size = sizeof(ImportOptions),
    .least_arguments = 2,
    .most_arguments = SIZE_MAX,
    .run = run,
};
