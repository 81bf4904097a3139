/* export: a graph into files of other formats. */
#include "cli/inferred.h"
#include "cli/languages.h"
#include "cli/options.h"
#include "core/file.h"
#include "core/memory.h"
#include "kg/export.h"

#include <string.h>
#include <strings.h>

typedef struct ExportOptions {
  int format; /* -1: by the name of the file */
  int table;  /* -1: both */
  const char *out, *source, *languages;
  bool inferred;
} ExportOptions;

static const ExportOptions defaults = {.format = -1, .table = -1};

static const char *const format_names[] = {
    [OG_EXPORT_NTRIPLES] = "ntriples", [OG_EXPORT_NQUADS] = "nquads", [OG_EXPORT_TURTLE] = "turtle",
    [OG_EXPORT_GRAPHML] = "graphml",   [OG_EXPORT_CSV] = "csv",       [OG_EXPORT_JSONL] = "jsonl",
    [OG_EXPORT_JSONL + 1] = NULL,
};

static const struct {
  const char *ending;
  OgExportFormat format;
} endings[] = {
    {".nt", OG_EXPORT_NTRIPLES},     {".nq", OG_EXPORT_NQUADS}, {".ttl", OG_EXPORT_TURTLE},
    {".graphml", OG_EXPORT_GRAPHML}, {".csv", OG_EXPORT_CSV},   {".jsonl", OG_EXPORT_JSONL},
};

static const char *const table_names[] = {"entities", "edges", NULL};

#define AT(field) offsetof(ExportOptions, field)

static const Option rows[] = {
    {"format", 'f', OPTION_CHOICE, AT(format), "FORMAT",
     "ntriples, nquads, turtle, graphml, csv or jsonl (default: by the ending of --out)",
     format_names, 0, 0},
    {"out", 'o', OPTION_TEXT, AT(out), "FILE",
     "write to FILE, or for csv and jsonl into a folder (default: standard output)", NULL, 0, 0},
    {"table", 't', OPTION_CHOICE, AT(table), "TABLE",
     "entities or edges: only these, of csv and jsonl", table_names, 0, 0},
    {"source", 's', OPTION_TEXT, AT(source), "PATTERN",
     "only sources of this IRI (theirs or their ontology's), path or file name; *, ? may stand in "
     "it",
     NULL, 0, 0},
    OPTION_ROW_LANG(ExportOptions),
    {"inferred", 0, OPTION_FLAG, AT(inferred), NULL, "also what infer found to follow", NULL, 0, 0},
    OPTION_END,
};

/* The format that a file's name asks for. */
static OgStatus choose_format(const ExportOptions *options, OgExportFormat *format, OgError *err) {
  if (options->format >= 0) {
    *format = (OgExportFormat)options->format;
    return OG_OK;
  }
  for (size_t k = 0; options->out && k < OG_COUNT(endings); k++) {
    if (name_ends_in(options->out, endings[k].ending)) {
      *format = endings[k].format;
      return OG_OK;
    }
  }
  return og_error_set(err, OG_USAGE,
                      "export: say what to write: --format ntriples, nquads, turtle, graphml, csv "
                      "or jsonl");
}

static bool has_tables(OgExportFormat format) {
  return format == OG_EXPORT_CSV || format == OG_EXPORT_JSONL;
}

/* Whether both tables go into a folder, one a file: CSV always, JSON Lines when there is one. */
static bool wants_folder(const ExportOptions *options, OgExportFormat format) {
  const char *out = options->out;
  return out && has_tables(format) && options->table < 0 &&
         (format == OG_EXPORT_CSV || og_directory_exists(out) || name_ends_in(out, "/"));
}

static OgStatus check(const ExportOptions *options, OgExportFormat format, const char *graph_path,
                      OgError *err) {
  if (options->table >= 0 && !has_tables(format)) {
    return og_error_set(err, OG_USAGE, "export: --table is for csv and jsonl");
  }
  if (format == OG_EXPORT_CSV && options->table < 0 &&
      (!options->out ||
       (name_ends_in(options->out, ".csv") && !og_directory_exists(options->out)))) {
    return og_error_set(err, OG_USAGE,
                        "export: csv is two tables: --table entities or --table edges writes one, "
                        "--out FOLDER both");
  }
  return option_output("export", graph_path, options->out, err);
}

static void tell(const Context *context, const char *where, OgExportFormat format,
                 const OgExportSummary *summary) {
  Terminal *terminal = context->terminal;
  if (format <= OG_EXPORT_TURTLE) {
    terminal_note(terminal, "%s: %s", where,
                  text_counted((double)summary->statements, "statement", "statements"));
  } else {
    terminal_note(terminal, "%s: %s and %s", where,
                  text_counted((double)summary->entities, "entity", "entities"),
                  text_counted((double)summary->edges, "edge", "edges"));
  }
  if (summary->iris > 0) {
    terminal_note(terminal,
                  "warning: IRIs with spaces or angle brackets are percent-encoded, RDF has no way "
                  "to write them (%s)",
                  text_counted((double)summary->iris, "time", "times"));
  }
  if (summary->languages > 0) {
    terminal_note(terminal,
                  "warning: ill-formed language tags are mended (en_US becomes en-US) or left out "
                  "(%s)",
                  text_counted((double)summary->languages, "time", "times"));
  }
}

/* What a run of the command holds. */
typedef struct Export {
  OgStore *store;
  OgReplacement files[2];
  char *paths[2];
} Export;

static OgStatus open_file(Export *export, int which, const char *path, OgExportFile *file,
                          OgError *err) {
  OG_TRY(og_replacement_open(path, &export->files[which], err));
  *file = (OgExportFile){export->files[which].file, path};
  return OG_OK;
}

static OgStatus open_folder(Export *export, const char *folder, OgExportFormat format,
                            OgExportFile files[2], OgError *err) {
  OG_TRY(og_directory_make(folder, err));
  for (int k = 0; k < 2; k++) {
    char name[32];
    snprintf(name, sizeof name, "%s.%s", table_names[k], format_names[format]);
    export->paths[k] = og_path_join(folder, name);
    if (!export->paths[k]) {
      return og_error_no_memory(err);
    }
    OG_TRY(open_file(export, k, export->paths[k], &files[k], err));
  }
  return OG_OK;
}

static OgStatus commit(Export *export, OgError *err) {
  for (int k = 0; k < 2; k++) {
    OG_TRY(export->files[k].file ? og_replacement_commit(&export->files[k], err) : OG_OK);
  }
  return OG_OK;
}

static OgStatus run(const Context *context, const Arguments *arguments, const void *values,
                    OgError *err) {
  const ExportOptions *options = values;
  const char *graph_path = arguments->items[0];
  Export export = {0};
  OgExportOptions library = {
      .source = options->source, .languages = options->languages, .inferred = options->inferred};
  OgExportFile files[2] = {{stdout, "standard output"}, {NULL, NULL}};
  OgExportSummary summary;
  OgStatus status;
  OG_TRY(choose_format(options, &library.format, err));
  OG_TRY(check(options, library.format, graph_path, err));
  library.tables = options->table < 0 ? 0 : 1u << options->table;
  OG_GO(og_store_open(graph_path, OG_STORE_READ, &export.store, err));
  OG_GO(languages_check(context, export.store, options->languages, err));
  if (options->inferred) {
    OG_GO(inferred_check(context, export.store, err));
  }
  if (wants_folder(options, library.format)) {
    OG_GO(open_folder(&export, options->out, library.format, files, err));
  } else if (options->out && strcmp(options->out, "-") != 0) {
    OG_GO(open_file(&export, 0, options->out, &files[0], err));
  }
  OG_GO(og_export(export.store, &library, &files[0], files[1].file ? &files[1] : NULL,
                  context->progress, &summary, err));
  OG_GO(commit(&export, err));
  terminal_finish(context->terminal);
  tell(context, options->out ? options->out : files[0].name, library.format, &summary);
done:
  for (int k = 0; k < 2; k++) {
    og_replacement_close(&export.files[k]);
    og_free(export.paths[k]);
  }
  og_store_close(export.store);
  return status;
}

const Command cmd_export = {
    .name = "export",
    .group = "Graph",
    .synopsis = "GRAPH --format FORMAT",
    .summary = "write a graph as RDF, GraphML, CSV or JSON Lines",
    .examples = "  ontograft export medicine.db --out medicine.ttl\n"
                "  ontograft export medicine.db --format ntriples | gzip > medicine.nt.gz\n"
                "  ontograft export medicine.db --format csv --out tables/     two files\n"
                "  ontograft export finance.db --format csv --table edges --source 'Bonds.rdf'\n",
    .details =
        "ntriples, nquads and turtle say the statements as the files said them: imported again, "
        "they\nare the same graph. graphml, csv and jsonl hold the entities and edges made of "
        "them, a row\neach. Names in one cell are separated by |. A file is written beside its "
        "place and put there\nwhen it is complete. docs/maintenance.md tells the columns.\n",
    .options = rows,
    .defaults = &defaults,
    .options_size = sizeof(ExportOptions),
    .least_arguments = 1,
    .most_arguments = 1,
    .run = run,
};
