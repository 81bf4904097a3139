/* import: files of domain knowledge into a graph. */
#include "cli/intake.h"
#include "cli/print.h"
#include "cli/table.h"
#include "core/file.h"
#include "core/memory.h"
#include "core/spill.h"
#include "kg/sources.h"

#include <string.h>

typedef struct ImportOptions {
  IntakeOptions read;
  const char *lang, *forget;
  int64_t memory;
  bool statements_only, dry_run, json;
} ImportOptions;

static const ImportOptions defaults = {0};

#define AT(field) offsetof(ImportOptions, field)

static const Option rows[] = {
    {"format", 'f', OPTION_TEXT, AT(read.format), "NAME",
     "read as this format (default: by content)", NULL, 0, 0},
    {"base", 'b', OPTION_TEXT, AT(read.base), "IRI",
     "base IRI of the file (default: its address); of a folder or archive, its files are below it",
     NULL, 0, 0},
    OPTION_ROWS_INTAKE(ImportOptions),
    {"lang", 'l', OPTION_TEXT, AT(lang), "TAGS",
     "languages of labels and definitions, best first, from now on in this graph (default en)",
     NULL, 0, 0},
    {"forget", 0, OPTION_TEXT, AT(forget), "SOURCE",
     "drop a source first, by its or its ontology's IRI, path or file name (*, ?, […]); files may "
     "follow",
     NULL, 0, 0},
    {"max-depth", 0, OPTION_INTEGER, AT(read.max_depth), "N",
     "deepest nesting of elements (default 100,000)", NULL, 1, 1e8},
    {"memory", 0, OPTION_BYTES, AT(memory), "SIZE",
     "memory to use at the most (such as 500M or 2G; 64M or more); what does not fit lies in files "
     "beside the graph, removed at the end (default: half of what there is)",
     NULL, 64 << 20, 1e15},
    OPTION_ROW_KEEP_GOING(ImportOptions, "import"),
    {"strict", 0, OPTION_FLAG, AT(read.strict), NULL,
     "an error where a file breaks a rule, imports what is missing or is there twice", NULL, 0, 0},
    {"statements-only", 0, OPTION_FLAG, AT(statements_only), NULL,
     "store what the files say; derive no entities, edges and names from it", NULL, 0, 0},
    {"dry-run", 'n', OPTION_FLAG, AT(dry_run), NULL,
     "show what would be read or dropped, and leave the graph as it is", NULL, 0, 0},
    OPTION_ROW_JSON(ImportOptions),
    OPTION_END,
};

/* One run of the command. */
typedef struct Import {
  const Context *context;
  const ImportOptions *options;
  Intake intake;
  size_t forgotten; /* sources */
} Import;

enum { TOLD_TWINS = 5 };

static json_t *twins_json(const OgSourceTwins *twins) {
  json_t *list = json_array();
  for (size_t k = 0; k < twins->count; k++) {
    const OgSourceTwin *twin = &twins->items[k];
    json_add(&list, json_pack("{s:o, s:o, s:o, s:s?}", "read", json_mended(twin->read), "other",
                              json_mended(twin->path), "other_iri", json_mended(twin->iri),
                              "ontology", twin->ontology));
  }
  return list;
}

/* The graph has an ontology twice: say which, and how to have it once. */
static void tell_twins(const Import *import, const char *graph_path, const OgSourceTwins *twins) {
  Terminal *terminal = import->context->terminal;
  for (size_t k = 0; k < twins->count && k < TOLD_TWINS; k++) {
    const OgSourceTwin *twin = &twins->items[k];
    const char *read = og_source_name(twin->read, NULL);
    const char *other = og_source_name(twin->path, twin->iri);
    if (twin->ontology) {
      terminal_note(terminal,
                    "warning: %s and %s both are the ontology <%s>, and the graph has both", read,
                    other, twin->ontology);
    } else {
      terminal_note(terminal, "warning: %s and %s have the same content, and the graph has both",
                    read, other);
    }
    terminal_note(terminal, "  to drop the latter: ontograft import %s --forget '%s'", graph_path,
                  twin->iri);
    terminal_note(terminal, "  to replace it, another time: import --base '%s'", twin->iri);
  }
  if (twins->count > TOLD_TWINS) {
    terminal_note(terminal, "warning: the same of %s: --json lists all",
                  text_counted((double)(twins->count - TOLD_TWINS), "more pair", "more pairs"));
  }
}

static void print_read(const Import *import, const char *graph_path, const OgLoadSummary *summary,
                       double seconds) {
  printf("%s: %s", graph_path,
         text_counted((double)summary->statements, "statement", "statements"));
  if (import->intake.files > 1) {
    printf(" of %s", text_counted((double)import->intake.files, "file", "files"));
  }
  printf(" read in %.1f s", seconds);
  if (summary->duplicates > 0) {
    printf(" (%s said more than once)", text_count((double)summary->duplicates));
  }
  putchar('\n');
}

static OgStatus print_summary(const Import *import, const char *graph_path,
                              const OgLoadSummary *summary, double seconds, OgError *err) {
  if (import->options->json) {
    return print_json(
        json_pack("{s:o, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:o, s:o, s:o, s:f}", "graph",
                  json_mended(graph_path), "files", (json_int_t)import->intake.files, "forgotten",
                  (json_int_t)import->forgotten, "statements", (json_int_t)summary->statements,
                  "duplicates", (json_int_t)summary->duplicates, "entities",
                  (json_int_t)summary->entities, "relations", (json_int_t)summary->relations,
                  "edges", (json_int_t)summary->edges, "names", (json_int_t)summary->names,
                  "left_out", intake_left_out_json(&import->intake), "missing",
                  intake_missing_json(&import->intake), "twins", twins_json(&summary->twins),
                  "seconds", seconds),
        err);
  }
  if (import->forgotten > 0) {
    printf("%s: %s dropped\n", graph_path,
           text_counted((double)import->forgotten, "source", "sources"));
  }
  if (import->intake.files > 0) {
    print_read(import, graph_path, summary, seconds);
  }
  if (import->options->statements_only) {
    puts("no entities, edges and names are derived: an import without --statements-only does");
    return OG_OK;
  }
  printf("the graph has %s, %s, %s and %s\n",
         text_counted((double)summary->entities, "entity", "entities"),
         text_counted((double)summary->relations, "relation", "relations"),
         text_counted((double)summary->edges, "edge", "edges"),
         text_counted((double)summary->names, "name", "names"));
  terminal_note(import->context->terminal, "next: ontograft info %s", graph_path);
  return OG_OK;
}

/* Keep within --memory from now on, with files in the folder of the graph. */
static OgStatus limit_memory(const ImportOptions *options, const char *graph_path, OgError *err) {
  char *folder = og_path_directory(graph_path);
  if (!folder) {
    return og_error_no_memory(err);
  }
  og_spill_begin(options->memory > 0 ? (size_t)options->memory : og_spill_usual_limit(), folder);
  og_free(folder);
  return OG_OK;
}

/* Read all files, into the loader or the dry run. */
static OgStatus read_files(Import *import, const Arguments *arguments, OgError *err) {
  Intake *intake = &import->intake;
  if (arguments->count == 1) {
    return OG_OK; /* to forget is all */
  }
  OG_TRY(intake_read(intake, arguments->items + 1, arguments->count - 1, err));
  OG_TRY(intake_check(intake, err));
  return intake_tell_missing(intake, err);
}

static OgStatus print_sources(const Import *import, const OgSourceRows *sources, OgError *err) {
  static const char *const columns[] = {"dropped", "path", "statements"};
  Table *table = NULL;
  OG_TRY(table_open(stdout, import->context->terminal,
                    import->options->json ? TABLE_JSON : TABLE_TEXT, columns, OG_COUNT(columns),
                    &table, err));
  for (size_t k = 0; k < sources->count; k++) {
    table_string(table, sources->items[k].iri);
    table_string(table, sources->items[k].path);
    table_integer(table, sources->items[k].statements);
    table_row(table);
  }
  return table_close(table, OG_OK, err);
}

/* What --forget would drop: all that there is to show, or a note before what would be read. */
static OgStatus show_forgotten(const Import *import, const Arguments *arguments, OgError *err) {
  OgArena arena = OG_ARENA_INIT;
  OgStore *store = NULL;
  OgSourceRows sources;
  OgStatus status;
  if (!og_file_exists(arguments->items[0])) {
    return og_sources_none(import->options->forget, err);
  }
  OG_GO(og_store_open(arguments->items[0], OG_STORE_READ, &store, err));
  OG_GO(og_sources_find(store, import->options->forget, &arena, &sources, err));
  if (arguments->count == 1) {
    status = print_sources(import, &sources, err);
    goto done;
  }
  for (size_t k = 0; k < sources.count; k++) {
    terminal_note(import->context->terminal, "drops %s: %s", sources.items[k].path,
                  text_counted((double)sources.items[k].statements, "statement", "statements"));
  }
done:
  og_store_close(store);
  og_arena_clear(&arena);
  return status;
}

static OgStatus print_dry_run(const Import *import, const DryRun *dry_run, OgError *err) {
  json_t *properties;
  if (!import->options->json) {
    return dry_run_print(dry_run, stdout, import->context->terminal, err);
  }
  OG_TRY(dry_run_json(dry_run, &properties, err));
  return print_json(json_pack("{s:I, s:o, s:o, s:o}", "files", (json_int_t)import->intake.files,
                              "properties", properties, "left_out",
                              intake_left_out_json(&import->intake), "missing",
                              intake_missing_json(&import->intake)),
                    err);
}

static OgStatus run_dry(Import *import, const Arguments *arguments, OgError *err) {
  DryRun *dry_run;
  OgStatus status;
  if (import->options->forget) {
    OG_TRY(show_forgotten(import, arguments, err));
  }
  if (arguments->count == 1) {
    return OG_OK;
  }
  dry_run = dry_run_new();
  if (!dry_run) {
    return og_error_no_memory(err);
  }
  import->intake.dry_run = dry_run;
  import->intake.graph_path = arguments->items[0];
  OG_GO(read_files(import, arguments, err));
  terminal_finish(import->context->terminal);
  OG_GO(print_dry_run(import, dry_run, err));
  status = intake_verdict((const Intake *const[]){&import->intake}, 1, err);
done:
  dry_run_free(dry_run);
  return status;
}

static OgStatus run_import(Import *import, const Arguments *arguments, OgError *err) {
  const char *graph_path = arguments->items[0];
  const double start = seconds_now();
  const bool strict = import->options->read.strict;
  OgLoadSummary summary = {0};
  OgLoader *loader = NULL;
  OgStatus status;
  OG_GO(limit_memory(import->options, graph_path, err));
  OG_GO(og_loader_open(graph_path, import->context->progress, &loader, err));
  if (import->options->lang) {
    OG_GO(og_loader_prefer_languages(loader, import->options->lang, err));
  }
  if (import->options->statements_only) {
    og_loader_keep_statements_only(loader);
  }
  if (import->options->forget) {
    OG_GO(og_loader_forget(loader, import->options->forget, &import->forgotten, err));
  }
  if (strict && !import->options->read.keep_going) {
    og_loader_refuse_twins(loader);
  }
  import->intake.loader = loader;
  import->intake.graph_path = graph_path;
  OG_GO(read_files(import, arguments, err));
  OG_GO(og_loader_commit(loader, &summary, err));
  terminal_finish(import->context->terminal);
  tell_twins(import, graph_path, &summary.twins);
  OG_GO(print_summary(import, graph_path, &summary, seconds_now() - start, err));
  OG_GO(intake_verdict((const Intake *const[]){&import->intake}, 1, err));
  status = strict ? og_sources_refuse_twins(&summary.twins, err) : OG_OK;
done:
  og_loader_close(loader);
  return status;
}

static OgStatus check_words(const ImportOptions *options, const Arguments *arguments,
                            OgError *err) {
  if (arguments->count == 1 && !options->forget) {
    return og_error_set(err, OG_USAGE, "import takes %s; found no file\nusage: ontograft import %s",
                        cmd_import.synopsis, cmd_import.synopsis);
  }
  if (options->read.keep_going && options->forget) {
    return og_error_set(err, OG_USAGE,
                        "--forget with --keep-going could drop a source whose successor is left "
                        "out; import first, then forget");
  }
  return OG_OK;
}

static OgStatus run(const Context *context, const Arguments *arguments, const void *values,
                    OgError *err) {
  const ImportOptions *options = values;
  Import import = {
      .context = context,
      .options = options,
      .intake = {.context = context,
                 .options = &options->read,
                 .purpose = options->dry_run ? "fine" : "imported"},
  };
  OG_TRY(check_words(options, arguments, err));
  import.intake.library = og_library_new();
  if (!import.intake.library) {
    return og_error_no_memory(err);
  }
  const OgStatus status =
      options->dry_run ? run_dry(&import, arguments, err) : run_import(&import, arguments, err);
  og_library_free(import.intake.library);
  intake_clear(&import.intake);
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
        "  ontograft import economy.db stw-skos.rdf --lang de,en\n"
        "  ontograft import disease.db doid-2026.owl --forget doid-2025.owl\n",
    .details =
        "Formats are told from the content; gzip'd files are read as they are, - is standard "
        "input.\nOf a folder, all files that hold statements are read, and those of the folders in "
        "it.\n"
        "What a file imports (owl:imports) is looked for in catalogs (--catalog, and a\n"
        "catalog-v001.xml beside the file), then by its own name beside the file; nothing is "
        "fetched.\nA file imported again replaces what it said before. On any error the graph "
        "stays as it was;\nwith --keep-going what an unreadable file said before stays.\n",
    .options = rows,
    .defaults = &defaults,
    .options_size = sizeof(ImportOptions),
    .least_arguments = 1,
    .most_arguments = SIZE_MAX,
    .run = run,
};
