/* validate: what the authors of an ontology should mend. */
#include "cli/graph_source.h"
#include "cli/print.h"
#include "cli/table.h"
#include "kg/validate.h"

#include <string.h>

typedef struct ValidateOptions {
  IntakeOptions read;
  int format;
  int fail_on; /* OgSeverity; -1: never */
  int64_t limit;
  const char *languages;
  bool all;
} ValidateOptions;

static const ValidateOptions defaults = {.fail_on = -1};

static const char *const severities[] = {
    [OG_SEVERITY_WARN] = "warn", [OG_SEVERITY_ERROR] = "error", NULL};

#define AT(field) offsetof(ValidateOptions, field)

static const Option rows[] = {
    {"fail-on", 0, OPTION_CHOICE, AT(fail_on), "SEVERITY",
     "warn or error: end with exit code 6 when there is a finding so severe", severities, 0, 0},
    OPTION_ROW_LIMIT(ValidateOptions,
                     "findings of each check to list (default: of a table 5, else all)"),
    {"all", 'a', OPTION_FLAG, AT(all), NULL, "list all findings", NULL, 0, 0},
    OPTION_ROWS_INTAKE(ValidateOptions),
    OPTION_ROW_KEEP_GOING(ValidateOptions, "check"),
    OPTION_ROW_LANG(ValidateOptions),
    OPTION_ROWS_TABLE(ValidateOptions),
    OPTION_END,
};

/* ---- The report ------------------------------------------------------------------------------ */

/* What one check found. */
typedef struct Section {
  const char *name;
  OgSeverity severity;
  OgFindings findings;
  size_t capacity;
} Section;

typedef struct Report {
  Section *sections; /* what broke a rule while it was read, then the checks */
  size_t count, capacity;
  size_t limit;
  size_t totals[2]; /* findings by severity */
  OgArena arena;
} Report;

static OgStatus add_section(Report *report, Section section, OgError *err) {
  Section *grown = og_arena_grow(&report->arena, report->sections, report->count, &report->capacity,
                                 sizeof *grown);
  if (!grown) {
    return og_error_no_memory(err);
  }
  report->sections = grown;
  grown[report->count++] = section;
  return OG_OK;
}

static OgStatus add_finding(Report *report, Section *section, OgFinding finding, OgError *err) {
  OgFindings *findings = &section->findings;
  if (findings->total++ >= report->limit) {
    return OG_OK;
  }
  OgFinding *grown = og_arena_grow(&report->arena, findings->items, findings->count,
                                   &section->capacity, sizeof *grown);
  if (!grown) {
    return og_error_no_memory(err);
  }
  findings->items = grown;
  grown[findings->count++] = finding;
  return OG_OK;
}

/* A finding at a place of a file; the first of its kind begins a section. */
static OgStatus add_place(Report *report, const char *kind, OgSeverity severity, const char *path,
                          long line, long column, const char *message, OgError *err) {
  size_t k = 0;
  while (k < report->count && strcmp(report->sections[k].name, kind) != 0) {
    k++;
  }
  if (k == report->count) {
    OG_TRY(add_section(report, (Section){.name = kind, .severity = severity}, err));
  }
  char text[1024], place[48];
  text_place(line, column, place, sizeof place);
  snprintf(text, sizeof text, "%s%s: %s", path, place, message);
  const OgFinding finding = {.detail = og_arena_copy(&report->arena, text, strlen(text))};
  return finding.detail ? add_finding(report, &report->sections[k], finding, err)
                        : og_error_no_memory(err);
}

/* A file broke a rule of its format. */
static OgStatus take_warning(void *data, const char *kind, const char *path, long line, long column,
                             const char *message, OgError *err) {
  return add_place(data, kind, OG_SEVERITY_WARN, path, line, column, message, err);
}

/* Files that --keep-going left out. */
static OgStatus add_left_out(Report *report, const Intake *intake, OgError *err) {
  for (size_t k = 0; k < intake->left_out_count; k++) {
    const LeftOut *left = &intake->left_out[k];
    OG_TRY(add_place(report, "unreadable file", OG_SEVERITY_ERROR, left->path, left->line,
                     left->column, left->message, err));
  }
  return OG_OK;
}

static OgStatus add_checks(Report *report, const OgValidation *validation, OgError *err) {
  for (OgCheck check = 0; check < OG_CHECKS; check++) {
    const Section section = {.name = og_check_name(check),
                             .severity = og_check_severity(check),
                             .findings = validation->checks[check]};
    OG_TRY(add_section(report, section, err));
  }
  for (size_t k = 0; k < report->count; k++) {
    report->totals[report->sections[k].severity] += report->sections[k].findings.total;
  }
  return OG_OK;
}

/* ---- Printing it ----------------------------------------------------------------------------- */

static const char *id_of(const OgFinding *finding) {
  return finding->curie ? finding->curie : finding->iri;
}

static void print_finding(const OgFinding *finding) {
  fputs("          ", stdout);
  if (finding->label) {
    print_safe(finding->label);
    putchar(' ');
  }
  if (finding->iri) {
    fputs(finding->label ? "[" : "", stdout);
    print_safe(id_of(finding));
    fputs(finding->label ? "]" : "", stdout);
  }
  if (finding->detail) {
    fputs(finding->iri ? "  " : "", stdout);
    print_safe(finding->detail);
  }
  putchar('\n');
}

static void print_text(const char *path, const Report *report, size_t entities) {
  print_safe(path);
  printf(": %s, %s, %s\n", text_counted((double)entities, "entity", "entities"),
         text_counted((double)report->totals[OG_SEVERITY_ERROR], "error", "errors"),
         text_counted((double)report->totals[OG_SEVERITY_WARN], "warning", "warnings"));
  for (size_t k = 0; k < report->count; k++) {
    const Section *section = &report->sections[k];
    const OgFindings *findings = &section->findings;
    printf("%8s  %-5s  %s\n", text_count((double)findings->total), severities[section->severity],
           section->name);
    for (size_t i = 0; i < findings->count; i++) {
      print_finding(&findings->items[i]);
    }
    if (findings->total > findings->count) {
      printf("          … and %s more (--all)\n",
             text_count((double)(findings->total - findings->count)));
    }
  }
}

/* A row a finding. */
static OgStatus print_rows(const Report *report, TableFormat format, OgError *err) {
  static const char *const columns[] = {"severity", "check", "label", "id", "detail"};
  Table *table;
  OG_TRY(table_open(stdout, NULL, format, columns, OG_COUNT(columns), &table, err));
  for (size_t k = 0; k < report->count; k++) {
    const Section *section = &report->sections[k];
    for (size_t i = 0; i < section->findings.count; i++) {
      const OgFinding *finding = &section->findings.items[i];
      table_string(table, severities[section->severity]);
      table_string(table, section->name);
      table_string(table, finding->label);
      table_string(table, id_of(finding));
      table_string(table, finding->detail);
      table_row(table);
    }
  }
  return table_close(table, OG_OK, err);
}

static json_t *section_json(const Section *section) {
  json_t *items = json_array();
  for (size_t i = 0; i < section->findings.count; i++) {
    const OgFinding *finding = &section->findings.items[i];
    json_add(&items, json_pack("{s:o, s:o, s:o, s:o}", "label", json_mended(finding->label), "iri",
                               json_mended(finding->iri), "curie", json_mended(finding->curie),
                               "detail", json_mended(finding->detail)));
  }
  return json_pack("{s:s, s:s, s:I, s:o}", "check", section->name, "severity",
                   severities[section->severity], "total", (json_int_t)section->findings.total,
                   "items", items);
}

static OgStatus print_report_json(const char *path, const Report *report, size_t entities,
                                  OgError *err) {
  json_t *checks = json_array();
  for (size_t k = 0; k < report->count; k++) {
    json_add(&checks, section_json(&report->sections[k]));
  }
  return print_json(json_pack("{s:o, s:I, s:I, s:I, s:o}", "source", json_mended(path), "entities",
                              (json_int_t)entities, "errors",
                              (json_int_t)report->totals[OG_SEVERITY_ERROR], "warnings",
                              (json_int_t)report->totals[OG_SEVERITY_WARN], "checks", checks),
                    err);
}

static OgStatus print_report(const char *path, const ValidateOptions *options, const Report *report,
                             size_t entities, OgError *err) {
  if (options->format == TABLE_JSON) {
    return print_report_json(path, report, entities, err);
  }
  if (options->format != TABLE_TEXT) {
    return print_rows(report, (TableFormat)options->format, err);
  }
  print_text(path, report, entities);
  return OG_OK;
}

/* ---- The command ----------------------------------------------------------------------------- */

static size_t limit_of(const ValidateOptions *options) {
  const bool few = options->format == TABLE_TEXT && !options->all;
  return options->limit > 0 ? (size_t)options->limit : few ? 5 : SIZE_MAX;
}

static OgStatus gate(const ValidateOptions *options, const Report *report, OgError *err) {
  size_t found = 0;
  for (int k = options->fail_on; k >= 0 && k <= OG_SEVERITY_ERROR; k++) {
    found += report->totals[k];
  }
  return found == 0 ? OG_OK
                    : og_error_set(err, OG_GATE, "--fail-on %s: there are %zu such findings",
                                   severities[options->fail_on], found);
}

static OgStatus run(const Context *context, const Arguments *arguments, const void *values,
                    OgError *err) {
  const ValidateOptions *options = values;
  const char *path = arguments->items[0];
  Report report = {.arena = OG_ARENA_INIT, .limit = limit_of(options)};
  const IntakeWarnings warnings = {take_warning, &report};
  OgValidation validation = {.arena = OG_ARENA_INIT};
  GraphSource source;
  OgStatus status;
  OG_GO(graph_source_open(
      context, path,
      &(GraphSourceOptions){&options->read, options->languages, &warnings, "checked"}, &source,
      err));
  OG_GO(add_left_out(&report, &source.intake, err));
  OG_GO(og_validate(source.store, options->languages, report.limit, context->progress, &validation,
                    err));
  OG_GO(add_checks(&report, &validation, err));
  terminal_finish(context->terminal);
  OG_GO(print_report(path, options, &report, validation.entities, err));
  OG_GO(intake_verdict((const Intake *const[]){&source.intake}, 1, err));
  status = gate(options, &report, err);
done:
  og_validation_clear(&validation);
  graph_source_close(&source);
  og_arena_clear(&report.arena);
  return status;
}

const Command cmd_validate = {
    .name = "validate",
    .group = "Graph",
    .synopsis = "GRAPH|FILE|FOLDER",
    .summary = "check an ontology: references, cycles, names, definitions",
    .examples = "  ontograft validate disease.owl\n"
                "  ontograft validate finance.db --all --format csv > findings.csv\n"
                "  ontograft validate disease.owl --fail-on error --json     in a build\n",
    .details =
        "A file that cannot be read ends with exit code 3, as import does. Otherwise the exit code "
        "is\n0, whatever is found, unless --fail-on says so: then it is 6. What each check looks "
        "for is in\ndocs/maintenance.md.\n",
    .options = rows,
    .defaults = &defaults,
    .options_size = sizeof(ValidateOptions),
    .least_arguments = 1,
    .most_arguments = 1,
    .run = run,
};
