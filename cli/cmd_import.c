/* import: files of domain knowledge into a graph. */
#include "cli/command.h"
#include "cli/dry_run.h"
#include "cli/missing.h"
#include "cli/print.h"
#include "core/memory.h"
#include "core/spill.h"
#include "ingest/ingest.h"
#include "ingest/library.h"
#include "kg/load.h"

#include <string.h>
#include <unistd.h>

typedef struct ImportOptions {
  const char *format, *base, *catalog, *mapping, *lang;
  int64_t max_depth, memory;
  bool strict, statements_only, dry_run, json;
} ImportOptions;

static const ImportOptions defaults = {0};

#define AT(field) offsetof(ImportOptions, field)

static const Option rows[] = {
    {"format", 'f', OPTION_TEXT, AT(format), "NAME", "read as this format (default: by content)",
     NULL, 0, 0},
    {"base", 'b', OPTION_TEXT, AT(base), "IRI",
     "base IRI of relative references (default: the file's)", NULL, 0, 0},
    {"catalog", 'c', OPTION_TEXT, AT(catalog), "FILE",
     "XML catalog (OASIS) that tells where imported ontologies are", NULL, 0, 0},
    {"mapping", 'm', OPTION_TEXT, AT(mapping), "FILE",
     "read XML of any kind as this mapping file says", NULL, 0, 0},
    {"lang", 'l', OPTION_TEXT, AT(lang), "TAGS",
     "languages of labels and definitions, best first, from now on in this graph (default en)",
     NULL, 0, 0},
    {"max-depth", 0, OPTION_INTEGER, AT(max_depth), "N",
     "deepest nesting of elements (default 100,000)", NULL, 1, 1e8},
    {"memory", 0, OPTION_BYTES, AT(memory), "SIZE",
     "memory to use, about; what does not fit lies in files beside the graph, removed at the end "
     "(default: half of the machine's)",
     NULL, 64 << 20, 1e15},
    {"strict", 0, OPTION_FLAG, AT(strict), NULL, "an error where a warning would do", NULL, 0, 0},
    {"statements-only", 0, OPTION_FLAG, AT(statements_only), NULL,
     "store what the files say; derive no entities, edges and names from it", NULL, 0, 0},
    {"dry-run", 'n', OPTION_FLAG, AT(dry_run), NULL,
     "show what would be read, and leave the graph as it is", NULL, 0, 0},
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

/* What a reader pushes into: the loader's sink; imports are heard, warnings gathered here. */
typedef struct Intake {
  OgSink loader;
  OgLibrary *library;
  Warnings warnings;
} Intake;

static OgStatus take_statement(void *data, const OgTerm *subject, const OgTerm *predicate,
                               const OgTerm *object, OgError *err) {
  const Intake *intake = data;
  OG_TRY(og_library_hear(intake->library, subject, predicate, object, err));
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

/* The import of many files. */
typedef struct Import {
  const Context *context;
  const ImportOptions *options;
  OgLoader *loader; /* NULL in a dry run */
  DryRun *dry_run;  /* NULL otherwise */
  OgLibrary *library;
  size_t files;   /* read */
  size_t passed;  /* in folders, that hold no statements */
  OgError reason; /* why the first of these does not */
} Import;

/* The base IRI of a file and its reader. *passed: it lies in a folder and holds no statements. */
static OgStatus recognise(const Import *import, const OgLibraryFile *file, OgInput *input,
                          OgBuffer *base, const OgReader **reader, bool *passed, OgError *err) {
  const ImportOptions *options = import->options;
  *passed = false;
  if (options->base && file->named) {
    OG_TRY(og_buffer_text(base, options->base, err));
  } else {
    OG_TRY(og_ingest_base(input, base, err));
  }
  if ((options->format || options->mapping) && file->named) {
    return og_reader_find(options->format ? options->format : "mapping", reader, err);
  }
  const OgStatus status = og_ingest_detect(input, reader, err);
  *passed = status == OG_BAD_DATA && !file->named && !file->imported;
  return *passed ? OG_OK : status;
}

static OgStatus read_file(Import *import, OgInput *input, const char *path, const char *base,
                          const OgReader *reader, OgError *err) {
  Intake intake = {
      .loader = import->dry_run ? dry_run_sink(import->dry_run) : og_loader_sink(import->loader),
      .library = import->library,
  };
  const OgSink sink = {take_statement, take_prefix, take_warning, &intake};
  const OgReadOptions read = {
      .base = base,
      .format = reader->name,
      .mapping = import->options->mapping,
      .max_depth = (size_t)import->options->max_depth,
      .strict = import->options->strict,
  };
  const OgSourceInfo info = {.iri = base, .path = path, .format = reader->name};
  OG_TRY(import->dry_run ? OG_OK : og_loader_begin_source(import->loader, &info, err));
  const OgStatus status = og_ingest(input, &read, &sink, import->context->progress, NULL, err);
  tell_warnings(import->context, path, &intake.warnings);
  OG_TRY(status);
  import->files++;
  return import->dry_run ? OG_OK
                         : og_loader_end_source(import->loader, og_input_sha256(input),
                                                og_input_position(input), err);
}

static OgStatus import_file(Import *import, const OgLibraryFile *file, OgError *err) {
  OgInput *input = NULL;
  OgBuffer base = OG_BUFFER_INIT;
  const OgReader *reader = NULL;
  OgError why = {0};
  bool passed = false;
  OgStatus status;
  OG_GO(og_library_open(import->library, file, &input, err));
  status = recognise(import, file, input, &base, &reader, &passed, &why);
  if (status != OG_OK) {
    *err = why;
  } else if (passed) {
    import->reason = import->passed++ == 0 ? why : import->reason;
  } else {
    status = read_file(import, input, file->path, base.data, reader, err);
  }
done:
  og_buffer_clear(&base);
  og_input_close(input);
  return status;
}

static OgStatus import_files(Import *import, const Arguments *arguments, OgError *err) {
  OgLibraryFile file;
  if (import->options->catalog) {
    OG_TRY(og_library_add_catalog(import->library, import->options->catalog, err));
  }
  for (size_t k = 1; k < arguments->count; k++) {
    OG_TRY(og_library_add(import->library, arguments->items[k], err));
  }
  OG_TRY(og_library_next(import->library, &file, err));
  while (file.path) {
    OG_TRY(import_file(import, &file, err));
    OG_TRY(og_library_next(import->library, &file, err));
  }
  return OG_OK;
}

static OgStatus tell_missing(const Import *import, OgError *err) {
  const size_t count = og_library_missing_count(import->library);
  const char **iris = OG_NEW_ARRAY(const char *, count);
  if (!iris) {
    return og_error_no_memory(err);
  }
  for (size_t k = 0; k < count; k++) {
    iris[k] = og_library_missing(import->library, k);
  }
  const OgStatus status = missing_tell(import->context->terminal, iris, count, err);
  og_free(iris);
  return status;
}

/* What was passed over and what is missing, each once. */
static OgStatus tell_rest(const Import *import, OgError *err) {
  Terminal *terminal = import->context->terminal;
  const size_t missing = og_library_missing_count(import->library);
  if (import->passed > 0) {
    char reason[800];
    terminal_note(terminal, "passed over %s %s without statements, such as %s",
                  text_count((double)import->passed), import->passed == 1 ? "file" : "files",
                  og_error_text(&import->reason, reason, sizeof reason));
  }
  if (import->files == 0) {
    return og_error_set(err, OG_BAD_DATA, "there is no ontology among these files");
  }
  if (missing > 0 && import->options->strict) {
    return og_error_set(err, OG_BAD_DATA,
                        "%zu imported ontologies are not among the files, the first is <%s>: name "
                        "their files, or give a --catalog",
                        missing, og_library_missing(import->library, 0));
  }
  return tell_missing(import, err);
}

static json_t *missing_json(const OgLibrary *library) {
  json_t *list = json_array();
  for (size_t k = 0; k < og_library_missing_count(library); k++) {
    json_array_append_new(list, json_string(og_library_missing(library, k)));
  }
  return list;
}

static OgStatus print_summary(const Import *import, const char *graph_path,
                              const OgLoadSummary *summary, double seconds, OgError *err) {
  if (import->options->json) {
    return print_json(json_pack("{s:o, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:o, s:f}", "graph",
                                json_path(graph_path), "files", (json_int_t)import->files,
                                "statements", (json_int_t)summary->statements, "duplicates",
                                (json_int_t)summary->duplicates, "entities",
                                (json_int_t)summary->entities, "relations",
                                (json_int_t)summary->relations, "edges", (json_int_t)summary->edges,
                                "names", (json_int_t)summary->names, "missing",
                                missing_json(import->library), "seconds", seconds),
                      err);
  }
  printf("%s: %s statements", graph_path, text_count((double)summary->statements));
  if (import->files > 1) {
    printf(" of %s files", text_count((double)import->files));
  }
  printf(" read in %.1f s", seconds);
  if (summary->duplicates > 0) {
    printf(" (%s said more than once)", text_count((double)summary->duplicates));
  }
  putchar('\n');
  if (import->options->statements_only) {
    puts("no entities, edges and names are derived: an import without --statements-only does");
    return OG_OK;
  }
  printf("the graph has %s entities, %s relations, %s edges and %s names\n",
         text_count((double)summary->entities), text_count((double)summary->relations),
         text_count((double)summary->edges), text_count((double)summary->names));
  terminal_note(import->context->terminal, "next: ontograft info %s", graph_path);
  return OG_OK;
}

/* Keep within --memory from now on, with files in the folder of the graph. */
static OgStatus limit_memory(const ImportOptions *options, const char *graph_path, OgError *err) {
  const long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
  const size_t half = pages > 0 && page > 0 ? (size_t)pages / 2 * (size_t)page : 0;
  const char *slash = strrchr(graph_path, '/');
  char *folder = slash ? og_strndup(graph_path, (size_t)(slash - graph_path) + 1) : og_strdup(".");
  if (!folder) {
    return og_error_no_memory(err);
  }
  og_spill_begin(options->memory > 0 ? (size_t)options->memory : half, folder);
  og_free(folder);
  return OG_OK;
}

static OgStatus run_dry(Import *import, const Arguments *arguments, OgError *err) {
  OgStatus status;
  import->dry_run = dry_run_new();
  if (!import->dry_run) {
    return og_error_no_memory(err);
  }
  OG_GO(import_files(import, arguments, err));
  OG_GO(tell_rest(import, err));
  terminal_finish(import->context->terminal);
  status =
      dry_run_print(import->dry_run, stdout, import->context->terminal, import->options->json, err);
done:
  dry_run_free(import->dry_run);
  return status;
}

static OgStatus run(const Context *context, const Arguments *arguments, const void *values,
                    OgError *err) {
  const char *graph_path = arguments->items[0];
  Import import = {.context = context, .options = values, .library = og_library_new()};
  OgLoadSummary summary = {0};
  const double start = seconds_now();
  OgStatus status;
  if (!import.library) {
    return og_error_no_memory(err);
  }
  if (import.options->dry_run) {
    status = run_dry(&import, arguments, err);
    goto done;
  }
  OG_GO(limit_memory(import.options, graph_path, err));
  OG_GO(og_loader_open(graph_path, context->progress, &import.loader, err));
  if (import.options->lang) {
    OG_GO(og_loader_prefer_languages(import.loader, import.options->lang, err));
  }
  if (import.options->statements_only) {
    og_loader_keep_statements_only(import.loader);
  }
  OG_GO(import_files(&import, arguments, err));
  OG_GO(tell_rest(&import, err));
  OG_GO(og_loader_commit(import.loader, &summary, err));
  terminal_finish(context->terminal);
  status = print_summary(&import, graph_path, &summary, seconds_now() - start, err);
done:
  og_loader_close(import.loader);
  og_library_free(import.library);
  return status;
}

const Command cmd_import = {
    .name = "import",
    .group = "Graph",
    .synopsis = "GRAPH FILE|FOLDER…",
    .summary = "read ontologies and thesauri into a graph file",
    .examples =
        "  ontograft import medicine.db doid.owl.gz\n"
        "  ontograft import finance.db fibo/\n"
        "  ontograft import drugs.db catalogue.xml --mapping catalogue.mapping.xml --dry-run\n"
        "  ontograft import economy.db stw-skos.rdf --lang de,en\n",
    .details =
        "Formats are told from the content; gzip'd files are read as they are, - is standard "
        "input.\nOf a folder, all files that hold statements are read, and those of the folders in "
        "it.\n"
        "What a file imports (owl:imports) is looked for in catalogs (--catalog, and a\n"
        "catalog-v001.xml beside the file), then by its own name beside the file; nothing is "
        "fetched.\nA file imported again replaces what it said before. On any error the graph "
        "stays as it was.\n",
    .options = rows,
    .defaults = &defaults,
    .options_size = sizeof(ImportOptions),
    .least_arguments = 2,
    .most_arguments = SIZE_MAX,
    .run = run,
};
