/* intake: the files that a command is given, read one after another into a loader: what import
 * does, and what validate and diff do with files that are no graphs. */
#ifndef OG_CLI_INTAKE_H
#define OG_CLI_INTAKE_H

#include "cli/command.h"
#include "cli/dry_run.h"
#include "cli/print.h"
#include "core/arena.h"
#include "ingest/library.h"
#include "kg/load.h"

/* How to read them; the fields of options. */
typedef struct IntakeOptions {
  const char *format, *base, *catalog, *mapping;
  int64_t max_depth;
  bool strict;
  bool keep_going; /* files that cannot be read are left out */
} IntakeOptions;

/* The options of every command that reads files; Type has the field `read`. */
#define OPTION_ROW_CATALOG(Type)                                                                   \
  {                                                                                                \
    "catalog", 'c', OPTION_TEXT, offsetof(Type, read.catalog), "FILE",                             \
        "XML catalog (OASIS) that tells where imported ontologies are", NULL, 0, 0                 \
  }
#define OPTION_ROW_MAPPING(Type)                                                                   \
  {                                                                                                \
    "mapping", 'm', OPTION_TEXT, offsetof(Type, read.mapping), "FILE",                             \
        "read XML of any kind as this mapping file says", NULL, 0, 0                               \
  }
#define OPTION_ROWS_INTAKE(Type) OPTION_ROW_CATALOG(Type), OPTION_ROW_MAPPING(Type)
/* of_others says what becomes of the other files, a constant. */
#define OPTION_ROW_KEEP_GOING(Type, of_others)                                                     \
  {                                                                                                \
    "keep-going", 'k', OPTION_FLAG, offsetof(Type, read.keep_going), NULL,                         \
        "leave out files that cannot be read, " of_others " the others, and end with exit code 3", \
        NULL, 0, 0                                                                                 \
  }

/* Whoever hears of the rules that files break. */
typedef struct IntakeWarnings {
  OgStatus (*warning)(void *data, const char *kind, const char *path, long line, long column,
                      const char *message, OgError *err);
  void *data;
} IntakeWarnings;

/* A file, folder or catalog that was left out, and why. */
typedef struct LeftOut {
  const char *path;
  long line, column; /* 0: none */
  const char *message;
} LeftOut;

typedef struct Intake {
  const Context *context;
  const IntakeOptions *options;
  const char *purpose;     /* what becomes of the files: "imported" */
  const char *graph_path;  /* of the graph that they go into, which may lie among them; or NULL */
  OgLoader *loader;        /* NULL in a dry run */
  DryRun *dry_run;         /* NULL otherwise */
  IntakeWarnings warnings; /* warning NULL: they are counted a file and kind, and told */
  OgLibrary *library;
  size_t files;      /* read */
  size_t by_content; /* files of folders and archives, whatever the options name */
  size_t passed;     /* in folders, that hold no statements */
  OgError reason;    /* why the first of these does not, or the first that is XML */
  bool passed_xml;
  LeftOut *left_out; /* (left_out_count) */
  size_t left_out_count, left_out_capacity;
  OgArena arena; /* these and their texts; intake_clear releases it */
} Intake;

/* Read files, folders and what they import. A broken one ends the work or, if the options say to
 * keep going, is told and left out, and what it says with it. */
OgStatus intake_read(Intake *intake, const char *const *paths, size_t count, OgError *err);

/* Afterwards: tell what was passed over. None read is OG_BAD_DATA, as are missing imports when the
 * options are strict and do not say to keep going. */
OgStatus intake_check(const Intake *intake, OgError *err);

/* At the very end, when what was read is kept: OG_BAD_DATA when something was left out of one of
 * (count) intakes of the same options and purpose, or imports are missing and the options are
 * strict. */
OgStatus intake_verdict(const Intake *const *intakes, size_t count, OgError *err);

/* Tell which imports are missing. */
OgStatus intake_tell_missing(const Intake *intake, OgError *err);

/* For reports: what was left out (of each `path`, `line`, `column`, `message`), and the imports
 * that are missing. NULL when out of memory. */
json_t *intake_left_out_json(const Intake *intake);
json_t *intake_missing_json(const Intake *intake);

void intake_clear(Intake *intake);

#endif
