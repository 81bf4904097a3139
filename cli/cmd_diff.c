/* diff: what a release of an ontology changed. */
#include "cli/graph_source.h"
#include "cli/print.h"
#include "cli/table.h"
#include "ingest/address.h"
#include "ingest/archive.h"
#include "kg/diff.h"
#include "kg/sources.h"

#include <string.h>
#include <sys/stat.h>

typedef struct DiffOptions {
  IntakeOptions read;
  int format;
  int64_t limit;
  const char *languages;
  bool all, exit_code;
} DiffOptions;

static const DiffOptions defaults = {0};

#define AT(field) offsetof(DiffOptions, field)

static const Option rows[] = {
    {"exit-code", 0, OPTION_FLAG, AT(exit_code), NULL,
     "end with exit code 6 when there are changes (default: 0)", NULL, 0, 0},
    OPTION_ROW_LIMIT(DiffOptions,
                     "changes of each kind to list (default: of a table 20, else all)"),
    {"all", 'a', OPTION_FLAG, AT(all), NULL, "list all changes", NULL, 0, 0},
    {"base", 'b', OPTION_TEXT, AT(read.base), "IRI",
     "base IRI of both files or folders (default: the address of NEW)", NULL, 0, 0},
    OPTION_ROWS_INTAKE(DiffOptions),
    OPTION_ROW_KEEP_GOING(DiffOptions, "compare"),
    OPTION_ROW_LANG(DiffOptions),
    OPTION_ROWS_TABLE(DiffOptions),
    OPTION_END,
};

/* ---- Printing -------------------------------------------------------------------------------- */

/* Words before what is gone and what has come; NULL: it is not told to people. */
static const struct {
  const char *before, *after;
} words[] = {
    [OG_CHANGE_ADDED] = {NULL, "below"},    [OG_CHANGE_REMOVED] = {"was below", NULL},
    [OG_CHANGE_DEPRECATED] = {NULL, "see"}, [OG_CHANGE_RESTORED] = {NULL, NULL},
    [OG_CHANGE_RENAMED] = {"was", NULL},    [OG_CHANGE_MOVED] = {"from", "to"},
    [OG_CHANGE_REDEFINED] = {"-", "+"},     [OG_CHANGE_SYNONYMS] = {"-", "+"},
    [OG_CHANGE_RELATIONS] = {"-", "+"},
};

_Static_assert(OG_COUNT(words) == OG_CHANGE_KINDS, "a row a kind");

static const char *id_of(const OgChange *change) {
  return change->curie ? change->curie : change->iri;
}

static void print_part(const char *word, const char *text) {
  if (word && text) {
    printf("\n            %s ", word);
    print_safe(text);
  }
}

static void print_change(OgChangeKind kind, const OgChange *change) {
  fputs("          ", stdout);
  print_safe(change->label);
  fputs(" [", stdout);
  print_safe(id_of(change));
  putchar(']');
  print_part(words[kind].before, change->before);
  print_part(words[kind].after, change->after);
  putchar('\n');
}

static OgStatus print_text(const char *const *paths, const OgDiff *diff) {
  for (int which = 0; which < 2; which++) {
    print_safe(paths[which]);
    printf(": %s%s", text_counted((double)diff->entities[which], "entity", "entities"),
           which ? "\n" : "; ");
  }
  printf("%8s  entities with changes\n", text_count((double)diff->changed));
  for (OgChangeKind kind = 0; kind < OG_CHANGE_KINDS; kind++) {
    const OgChanges *changes = &diff->kinds[kind];
    printf("%8s  %s\n", text_count((double)changes->total), og_change_name(kind));
    for (size_t k = 0; k < changes->count; k++) {
      print_change(kind, &changes->items[k]);
    }
    if (changes->total > changes->count) {
      printf("          … and %s more (--all)\n",
             text_count((double)(changes->total - changes->count)));
    }
  }
  return OG_OK;
}

/* A row a change. */
static OgStatus print_rows(const OgDiff *diff, TableFormat format, OgError *err) {
  static const char *const columns[] = {"change", "label", "id", "before", "after"};
  Table *table;
  OG_TRY(table_open(stdout, NULL, format, columns, OG_COUNT(columns), &table, err));
  for (OgChangeKind kind = 0; kind < OG_CHANGE_KINDS; kind++) {
    for (size_t k = 0; k < diff->kinds[kind].count; k++) {
      const OgChange *change = &diff->kinds[kind].items[k];
      table_string(table, og_change_name(kind));
      table_string(table, change->label);
      table_string(table, id_of(change));
      table_string(table, change->before);
      table_string(table, change->after);
      table_row(table);
    }
  }
  return table_close(table, OG_OK, err);
}

static json_t *changes_json(const OgChanges *changes) {
  json_t *items = json_array();
  for (size_t k = 0; k < changes->count; k++) {
    const OgChange *change = &changes->items[k];
    json_add(&items,
             json_pack("{s:o, s:o, s:o, s:o, s:o}", "label", json_mended(change->label), "iri",
                       json_mended(change->iri), "curie", json_mended(change->curie), "before",
                       json_mended(change->before), "after", json_mended(change->after)));
  }
  return json_pack("{s:I, s:o}", "total", (json_int_t)changes->total, "items", items);
}

static json_t *side_json(const char *path, size_t entities, const Intake *intake) {
  return json_pack("{s:o, s:I, s:o}", "source", json_mended(path), "entities", (json_int_t)entities,
                   "left_out", intake_left_out_json(intake));
}

static OgStatus print_report_json(const char *const *paths, const GraphSource sources[2],
                                  const OgDiff *diff, OgError *err) {
  json_t *changes = json_object();
  for (OgChangeKind kind = 0; kind < OG_CHANGE_KINDS; kind++) {
    json_put(&changes, og_change_name(kind), changes_json(&diff->kinds[kind]));
  }
  return print_json(json_pack("{s:o, s:o, s:I, s:o}", "old",
                              side_json(paths[0], diff->entities[0], &sources[0].intake), "new",
                              side_json(paths[1], diff->entities[1], &sources[1].intake), "changed",
                              (json_int_t)diff->changed, "changes", changes),
                    err);
}

static OgStatus print_diff(const char *const *paths, const GraphSource sources[2],
                           const DiffOptions *options, const OgDiff *diff, OgError *err) {
  if (options->format == TABLE_JSON) {
    return print_report_json(paths, sources, diff, err);
  }
  return options->format == TABLE_TEXT ? print_text(paths, diff)
                                       : print_rows(diff, (TableFormat)options->format, err);
}

/* ---- The command ----------------------------------------------------------------------------- */

static size_t limit_of(const DiffOptions *options) {
  const bool few = options->format == TABLE_TEXT && !options->all;
  return options->limit > 0 ? (size_t)options->limit : few ? 20 : SIZE_MAX;
}

typedef enum Shape { NO_FILE, ONE_FILE, FOLDER } Shape;

/* What a path is. A graph has its IRIs, and a pipe can be read once. */
static Shape shape_of(const char *path) {
  struct stat about;
  if (stat(path, &about) != 0) {
    return NO_FILE;
  }
  return S_ISDIR(about.st_mode)    ? FOLDER
         : !S_ISREG(about.st_mode) ? NO_FILE
         : og_archive_is(path)     ? FOLDER
                                   : ONE_FILE;
}

/* Formats that make IRIs from addresses would give two files, or two folders, two sets of them:
 * both are read with the address of the new one. */
static OgStatus share_base(const char *const paths[2], IntakeOptions *read, OgBuffer *base,
                           OgError *err) {
  const Shape shape = shape_of(paths[1]);
  if (read->base || shape == NO_FILE || shape_of(paths[0]) != shape) {
    return OG_OK;
  }
  OG_TRY(og_address_of(paths[1], base, err));
  read->base = base->data;
  return OG_OK;
}

/* Whether it is files, not a graph. */
static bool is_read_now(const GraphSource *source) {
  return source->intake.library != NULL;
}

/* Most of either is not in the other: say why that may be, and what to do. */
static OgStatus tell_disjoint(const Context *context, const GraphSource sources[2],
                              const OgDiff *diff, OgError *err) {
  OgArena arena = OG_ARENA_INIT;
  OgSourceRows found;
  if (diff->kinds[OG_CHANGE_REMOVED].total * 2 <= diff->entities[0] ||
      diff->kinds[OG_CHANGE_ADDED].total * 2 <= diff->entities[1]) {
    return OG_OK;
  }
  OgStatus status = og_sources_find(sources[0].store, "*", &arena, &found, err);
  if (status == OG_OK) {
    const bool single = found.count == 1 && !strchr(found.items[0].iri, '\''); /* fit for a shell */
    terminal_note(
        context->terminal,
        "note: OLD and NEW have few entities in common; GraphML, ClaML and XBRL call theirs "
        "by the address of the file");
    terminal_note(context->terminal, "  to read NEW as if it lay where OLD did: %s '%s'",
                  is_read_now(&sources[1]) ? "--base" : "make its graph with import --base",
                  single ? found.items[0].iri : "IRI");
  }
  og_arena_clear(&arena);
  return status;
}

static OgStatus run(const Context *context, const Arguments *arguments, const void *values,
                    OgError *err) {
  const DiffOptions *options = values;
  IntakeOptions read = options->read;
  OgBuffer base = OG_BUFFER_INIT;
  GraphSource sources[2] = {{0}, {0}};
  OgDiff diff = {.arena = OG_ARENA_INIT};
  OgStatus status;
  OG_GO(share_base(arguments->items, &read, &base, err));
  for (int which = 0; which < 2; which++) {
    OG_GO(graph_source_open(context, arguments->items[which],
                            &(GraphSourceOptions){&read, options->languages, NULL, "compared"},
                            &sources[which], err));
  }
  OG_GO(og_diff(sources[0].store, sources[1].store, options->languages, limit_of(options),
                context->progress, &diff, err));
  terminal_finish(context->terminal);
  OG_GO(print_diff(arguments->items, sources, options, &diff, err));
  OG_GO(tell_disjoint(context, sources, &diff, err));
  OG_GO(intake_verdict((const Intake *const[]){&sources[0].intake, &sources[1].intake}, 2, err));
  if (options->exit_code && diff.changed > 0) {
    status = og_error_set(err, OG_GATE, "--exit-code: %s changed",
                          text_counted((double)diff.changed, "entity", "entities"));
  }
done:
  og_diff_clear(&diff);
  graph_source_close(&sources[0]);
  graph_source_close(&sources[1]);
  og_buffer_clear(&base);
  return status;
}

const Command cmd_diff = {
    .name = "diff",
    .group = "Graph",
    .synopsis = "OLD NEW",
    .summary = "show what a release of an ontology changed",
    .examples = "  ontograft diff disease-2015.owl disease-2016.owl\n"
                "  ontograft diff old.db new.db --all --format csv > changes.csv\n"
                "  ontograft diff old.db new.owl --json\n",
    .details =
        "OLD and NEW are graphs, files or folders; files are read as import does. Entities are "
        "matched\nby IRI. They are added, removed, deprecated, restored (no longer deprecated), "
        "renamed (label),\nmoved (parents), redefined (definition), or differ in synonyms or in "
        "relations (other edges).\nThe exit code is 0 whether there are changes or not; with "
        "--exit-code it is 6 when there are.\n",
    .options = rows,
    .defaults = &defaults,
    .options_size = sizeof(DiffOptions),
    .least_arguments = 2,
    .most_arguments = 2,
    .run = run,
};
