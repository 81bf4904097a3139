#include "cli/intake.h"

#include "cli/missing.h"
#include "core/file.h"
#include "core/memory.h"
#include "ingest/ingest.h"
#include "kg/fresh.h"

#include <string.h>
#include <strings.h>
#include <sys/stat.h>

enum { KINDS = 32 };

/* Warnings of one file, counted by kind; the first of each is told. */
typedef struct Warnings {
  const char *kinds[KINDS];
  uint64_t counts[KINDS];
  char first[KINDS][160];
  size_t count;
} Warnings;

/* What a reader pushes into: the loader's sink; imports are heard, warnings gathered here. */
typedef struct Reading {
  OgSink loader;
  const Intake *intake;
  const char *path;
  Warnings warnings;
} Reading;

static OgStatus take_statement(void *data, const OgTerm *subject, const OgTerm *predicate,
                               const OgTerm *object, OgError *err) {
  const Reading *reading = data;
  OG_TRY(og_library_hear(reading->intake->library, subject, predicate, object, err));
  return reading->loader.statement(reading->loader.data, subject, predicate, object, err);
}

static OgStatus take_prefix(void *data, OgText prefix, OgText iri, OgError *err) {
  const Reading *reading = data;
  return reading->loader.prefix ? reading->loader.prefix(reading->loader.data, prefix, iri, err)
                                : OG_OK;
}

static OgStatus take_warning(void *data, const char *kind, long line, long column,
                             const char *message, OgError *err) {
  Reading *reading = data;
  const IntakeWarnings *heard = &reading->intake->warnings;
  Warnings *warnings = &reading->warnings;
  if (heard->warning) {
    return heard->warning(heard->data, kind, reading->path, line, column, message, err);
  }
  size_t k = 0;
  while (k < warnings->count && strcmp(warnings->kinds[k], kind) != 0) {
    k++;
  }
  if (k == KINDS) {
    return OG_OK; /* more kinds than any reader has */
  }
  if (k == warnings->count) {
    warnings->kinds[warnings->count++] = kind;
    char place[48];
    text_place(line, column, place, sizeof place);
    snprintf(warnings->first[k], sizeof warnings->first[k], "%s: %s", place, message);
  }
  warnings->counts[k]++;
  return OG_OK;
}

static void tell_warnings(const Context *context, const char *path, const Warnings *warnings) {
  for (size_t k = 0; k < warnings->count; k++) {
    const char *times = text_counted((double)warnings->counts[k], "time", "times");
    const bool again = warnings->counts[k] > 1;
    terminal_note(context->terminal, "warning: %s%s%s%s%s", path, warnings->first[k],
                  again ? " (" : "", again ? times : "", again ? ")" : "");
  }
}

/* The base IRI of a file and its reader. *passed: it lies in a folder and holds no statements. */
static OgStatus recognise(Intake *intake, const OgLibraryFile *file, OgInput *input, OgBuffer *base,
                          const OgReader **reader, bool *passed, OgError *err) {
  const IntakeOptions *options = intake->options;
  *passed = false;
  OgStatus status;
  if ((options->format || options->mapping) && file->named) {
    status = og_reader_find(options->format ? options->format : "mapping", reader, err);
  } else {
    intake->by_content += !file->imported;
    status = og_ingest_detect(input, reader, err);
    *passed = status == OG_BAD_DATA && !file->named && !file->imported;
  }
  if (status != OG_OK) {
    return *passed ? OG_OK : status;
  }
  if ((*reader)->by_address && !(file->base && file->named)) {
    OG_TRY(og_library_address(intake->library, file, base, err));
  }
  if (base->size > 0) {
    return OG_OK;
  }
  return file->base ? og_buffer_text(base, file->base, err) : og_ingest_base(input, base, err);
}

static OgStatus read_file(Intake *intake, OgInput *input, const char *path, const char *base,
                          const OgReader *reader, OgError *err) {
  Reading reading = {
      .loader = intake->dry_run ? dry_run_sink(intake->dry_run) : og_loader_sink(intake->loader),
      .intake = intake,
      .path = path,
  };
  const OgSink sink = {take_statement, take_prefix, take_warning, &reading};
  const OgReadOptions read = {
      .base = base,
      .format = reader->name,
      .mapping = intake->options->mapping,
      .max_depth = (size_t)intake->options->max_depth,
      .strict = intake->options->strict,
  };
  const OgSourceInfo info = {.iri = base, .path = path, .format = reader->name};
  OG_TRY(intake->dry_run ? OG_OK : og_loader_begin_source(intake->loader, &info, err));
  const OgStatus status = og_ingest(input, &read, &sink, intake->context->progress, NULL, err);
  tell_warnings(intake->context, path, &reading.warnings);
  OG_TRY(status);
  intake->files++;
  if (intake->dry_run) {
    dry_run_keep(intake->dry_run);
    return OG_OK;
  }
  return og_loader_end_source(intake->loader, og_input_sha256(input), og_input_position(input),
                              err);
}

/* One place, whatever it is called. */
static bool same_directory(const char *path, const char *other) {
  char *folders[] = {og_path_directory(path), og_path_directory(other)};
  struct stat about[OG_COUNT(folders)];
  bool same = true;
  for (size_t k = 0; k < OG_COUNT(folders); k++) {
    same = same && folders[k] && stat(folders[k], &about[k]) == 0;
  }
  same = same && about[0].st_dev == about[1].st_dev && about[0].st_ino == about[1].st_ino;
  for (size_t k = 0; k < OG_COUNT(folders); k++) {
    og_free(folders[k]);
  }
  return same;
}

/* Whether a file is the graph that is written, or lies beside it while it is. */
static bool is_own(const Intake *intake, const char *path) {
  static const char *const endings[] = {"",     "-journal",      "-wal",
                                        "-shm", OG_FRESH_SUFFIX, OG_FRESH_SUFFIX "-journal"};
  const char *graph = intake->graph_path ? og_path_last(intake->graph_path) : NULL;
  const char *name = og_path_last(path);
  const size_t size = graph ? strlen(graph) : 0;
  if (!graph || strncmp(name, graph, size) != 0) {
    return false;
  }
  for (size_t k = 0; k < OG_COUNT(endings); k++) {
    if (strcmp(name + size, endings[k]) == 0) {
      return same_directory(path, intake->graph_path);
    }
  }
  return false;
}

/* One is told of by name: an XML file, if there is one, rather than a README. */
static void note_passed(Intake *intake, const char *path, const OgError *why) {
  const char *dot = strrchr(path, '.');
  const bool xml = dot && strcasecmp(dot, ".xml") == 0;
  if (intake->passed++ == 0 || (xml && !intake->passed_xml)) {
    intake->reason = *why;
  }
  intake->passed_xml |= xml;
}

static OgStatus note_left_out(Intake *intake, const char *path, const OgError *why) {
  LeftOut *grown = og_arena_grow(&intake->arena, intake->left_out, intake->left_out_count,
                                 &intake->left_out_capacity, sizeof *grown);
  const LeftOut left = {.path = og_arena_copy(&intake->arena, path, strlen(path)),
                        .line = why->line,
                        .column = why->column,
                        .message =
                            og_arena_copy(&intake->arena, why->message, strlen(why->message))};
  if (!grown || !left.path || !left.message) {
    return og_error_no_memory(NULL);
  }
  intake->left_out = grown;
  grown[intake->left_out_count++] = left;
  return OG_OK;
}

/* Whether the work goes on without a file: when the fault is the file's, and one may keep going. A
 * fault in the mapping is no file's. */
static bool leave_out(void *data, const char *path, const OgError *why) {
  Intake *intake = data;
  const IntakeOptions *options = intake->options;
  if (!options->keep_going || (why->status != OG_BAD_DATA && why->status != OG_IO) ||
      (options->mapping && strcmp(why->source, options->mapping) == 0) ||
      note_left_out(intake, path, why) != OG_OK) {
    return false;
  }
  char text[800];
  terminal_note(intake->context->terminal, "left out: %s", og_error_text(why, text, sizeof text));
  return true;
}

/* What a file that is left out has said so far. The loader forgets a source that is not ended. */
static void forget_said(Intake *intake) {
  og_library_leave_out(intake->library);
  if (intake->dry_run) {
    dry_run_forget(intake->dry_run);
  }
}

static OgStatus take_file(Intake *intake, const OgLibraryFile *file, OgError *err) {
  OgInput *input = NULL;
  OgBuffer base = OG_BUFFER_INIT;
  const OgReader *reader = NULL;
  OgError why = {0};
  bool passed = false;
  OgStatus status;
  OG_GO(og_library_open(intake->library, file, &input, err));
  status = recognise(intake, file, input, &base, &reader, &passed, &why);
  if (status != OG_OK) {
    *err = why;
  } else if (!passed) {
    status = read_file(intake, input, file->path, base.data, reader, err);
  } else if (!is_own(intake, file->path)) {
    note_passed(intake, file->path, &why);
  }
done:
  og_buffer_clear(&base);
  og_input_close(input);
  return status;
}

static OgStatus read_all(Intake *intake, const char *const *paths, size_t count, OgError *err) {
  OgLibraryFile file;
  const OgReader *reader;
  if (intake->options->format) {
    OG_TRY(og_reader_find(intake->options->format, &reader, err));
  }
  if (intake->options->catalog) {
    OG_TRY(og_library_add_catalog(intake->library, intake->options->catalog, err));
  }
  if (intake->options->base && count > 1) {
    return og_error_set(err, OG_USAGE, "--base is for one file or folder; found %zu", count);
  }
  og_library_hear_faults(intake->library, (OgLibraryFaults){leave_out, intake});
  for (size_t k = 0; k < count; k++) {
    const OgStatus status = og_library_add(intake->library, paths[k], intake->options->base, err);
    if (status != OG_OK && !leave_out(intake, paths[k], err)) {
      return status;
    }
  }
  OG_TRY(og_library_next(intake->library, &file, err));
  while (file.path) {
    const OgStatus status = take_file(intake, &file, err);
    if (status != OG_OK) {
      if (!leave_out(intake, file.path, err)) {
        return status;
      }
      forget_said(intake);
    }
    OG_TRY(og_library_next(intake->library, &file, err));
  }
  return OG_OK;
}

/* After a fault in one file of several: say that the others need not suffer from it. */
static OgStatus suggest_keep_going(const Intake *intake, const char *const *paths, size_t count,
                                   OgStatus status, OgError *err) {
  static const char hint[] = "--keep-going leaves such files out and goes on with the others";
  const bool several =
      count > 1 || og_directory_exists(paths[0]) || og_library_count(intake->library) > 1;
  if (intake->options->keep_going || !several || (status != OG_BAD_DATA && status != OG_IO) ||
      strlen(err->message) + sizeof hint >= sizeof err->message) {
    return status;
  }
  return og_error_at(err, status, err->source, err->line, err->column, "%s\n%s", err->message,
                     hint);
}

OgStatus intake_read(Intake *intake, const char *const *paths, size_t count, OgError *err) {
  const OgStatus status = read_all(intake, paths, count, err);
  return status == OG_OK ? OG_OK : suggest_keep_going(intake, paths, count, status, err);
}

OgStatus intake_tell_missing(const Intake *intake, OgError *err) {
  const size_t count = og_library_missing_count(intake->library);
  const char **iris = OG_NEW_ARRAY(const char *, count);
  if (!iris) {
    return og_error_no_memory(err);
  }
  for (size_t k = 0; k < count; k++) {
    iris[k] = og_library_missing(intake->library, k);
  }
  const OgStatus status = missing_tell(intake->context->terminal, iris, count, err);
  og_free(iris);
  return status;
}

static OgStatus left_out_fault(const LeftOut *first, size_t count, const char *others,
                               OgError *err) {
  char place[48];
  text_place(first->line, first->column, place, sizeof place);
  return og_error_set(err, OG_BAD_DATA, "%s left out, such as %s%s; %s",
                      text_counted((double)count, "file", "files"), first->path, place, others);
}

/* An error when there are missing imports. */
static OgStatus missing_fault(const Intake *intake, OgError *err) {
  const size_t missing = og_library_missing_count(intake->library);
  return missing == 0
             ? OG_OK
             : og_error_set(
                   err, OG_BAD_DATA,
                   "not among the files: %s, such as <%s>; name its file, or give a --catalog",
                   text_counted((double)missing, "imported ontology", "imported ontologies"),
                   og_library_missing(intake->library, 0));
}

OgStatus intake_check(const Intake *intake, OgError *err) {
  const IntakeOptions *options = intake->options;
  if ((options->format || options->mapping) && intake->by_content > 0) {
    terminal_note(intake->context->terminal,
                  "warning: %s of folders or archives read by content: --%s is for files that are "
                  "named",
                  text_counted((double)intake->by_content, "file", "files"),
                  options->format ? "format" : "mapping");
  }
  if (intake->passed > 0) {
    char reason[800];
    terminal_note(intake->context->terminal, "passed over %s without statements, such as %s",
                  text_counted((double)intake->passed, "file", "files"),
                  og_error_text(&intake->reason, reason, sizeof reason));
  }
  if (intake->files == 0 && intake->left_out_count > 0) {
    return left_out_fault(intake->left_out, intake->left_out_count, "nothing else is an ontology",
                          err);
  }
  if (intake->files == 0) {
    return og_error_set(err, OG_BAD_DATA, "there is no ontology among these files");
  }
  return options->strict && !options->keep_going ? missing_fault(intake, err) : OG_OK;
}

OgStatus intake_verdict(const Intake *const *intakes, size_t count, OgError *err) {
  const LeftOut *first = NULL;
  size_t left_out = 0;
  for (size_t k = 0; k < count; k++) {
    first = first ? first : intakes[k]->left_out;
    left_out += intakes[k]->left_out_count;
  }
  if (left_out > 0) {
    char others[64];
    snprintf(others, sizeof others, "the rest is %s", intakes[0]->purpose);
    return left_out_fault(first, left_out, others, err);
  }
  for (size_t k = 0; k < count; k++) {
    OG_TRY(intakes[k]->options->strict ? missing_fault(intakes[k], err) : OG_OK);
  }
  return OG_OK;
}

json_t *intake_left_out_json(const Intake *intake) {
  json_t *list = json_array();
  for (size_t k = 0; k < intake->left_out_count; k++) {
    const LeftOut *left = &intake->left_out[k];
    json_add(&list, json_pack("{s:o, s:I, s:I, s:o}", "path", json_mended(left->path), "line",
                              (json_int_t)left->line, "column", (json_int_t)left->column, "message",
                              json_mended(left->message)));
  }
  return list;
}

json_t *intake_missing_json(const Intake *intake) {
  json_t *list = json_array();
  for (size_t k = 0; k < og_library_missing_count(intake->library); k++) {
    json_add(&list, json_mended(og_library_missing(intake->library, k)));
  }
  return list;
}

void intake_clear(Intake *intake) {
  og_arena_clear(&intake->arena);
  intake->left_out = NULL;
  intake->left_out_count = intake->left_out_capacity = 0;
}
