/* command: what a command of the program is, and what it is given.
 *
 * A command is one file cmd_NAME.c exporting one `const Command`, and one row of the table in
 * main.c. It parses nothing itself: the options are rows with the field they fill; it calls the
 * library and prints. */
#ifndef OG_CLI_COMMAND_H
#define OG_CLI_COMMAND_H

#include "cli/terminal.h"
#include "core/progress.h"

#include <stdbool.h>
#include <stdint.h>

typedef enum OptionKind {
  OPTION_FLAG,    /* bool */
  OPTION_TEXT,    /* const char * */
  OPTION_INTEGER, /* int64_t */
  OPTION_REAL,    /* double */
  OPTION_BYTES,   /* int64_t: a size, "200M" */
  OPTION_CHOICE,  /* int: index into choices */
  OPTION_PRESET   /* int: becomes `least`; takes no value */
} OptionKind;

typedef struct Option {
  const char *name; /* "dim" for --dim */
  char letter;      /* 'd' for -d; 0 when none */
  OptionKind kind;
  size_t offset;     /* of the field in the command's options */
  const char *value; /* what help calls the value: "N" */
  const char *help;
  const char *const *choices; /* OPTION_CHOICE: NULL-terminated */
  double least, most;         /* numbers: the range that makes sense; both 0 for any */
} Option;

typedef struct Arguments {
  const char *const *items;
  size_t count;
} Arguments;

typedef struct Context {
  const OgProgress *progress; /* draws on stderr, stops on SIGINT and SIGTERM */
  Terminal *terminal;
} Context;

typedef struct Command {
  const char *name;
  const char *group;     /* heading in the list of commands */
  const char *synopsis;  /* "GRAPH FILE…" */
  const char *summary;   /* one line */
  const char *examples;  /* two lines or more, each a command that works */
  const char *details;   /* paragraphs below the options; NULL when none */
  const Option *options; /* last row has name NULL */
  const void *defaults;  /* the options' values when none is given */
  size_t options_size;
  size_t least_arguments, most_arguments;
  OgStatus (*run)(const Context *context, const Arguments *arguments, const void *options,
                  OgError *err);
} Command;

extern const Command cmd_import, cmd_infer, cmd_info, cmd_show, cmd_find, cmd_parents, cmd_children,
    cmd_path, cmd_common, cmd_neighbours, cmd_subgraph, cmd_stats, cmd_query, cmd_export,
    cmd_validate, cmd_diff, cmd_link, cmd_embed, cmd_similar, cmd_predict_links, cmd_complete,
    cmd_plot_embeddings, cmd_pretrain, cmd_finetune, cmd_predict, cmd_quantize;

/* Options that many commands share. A table takes any format (cli/table.h), a card text or JSON
 * (cli/print.h), a report of long work only --json. */
#define OPTION_ROW_TABLE_FORMAT(Type)                                                              \
  {                                                                                                \
    "format", 'f', OPTION_CHOICE, offsetof(Type, format), "FORMAT",                                \
        "how to print: table, csv, tsv, json, jsonl or md", table_formats, 0, 0                    \
  }
#define OPTION_ROW_CARD_FORMAT(Type)                                                               \
  {                                                                                                \
    "format", 'f', OPTION_CHOICE, offsetof(Type, format), "FORMAT", "how to print: text or json",  \
        card_formats, 0, 0                                                                         \
  }
#define OPTION_ROW_FORMAT_JSON(Type, number)                                                       \
  {                                                                                                \
    "json", 0, OPTION_PRESET, offsetof(Type, format), NULL, "the same as --format json", NULL,     \
        number, number                                                                             \
  }
#define OPTION_ROWS_TABLE(Type)                                                                    \
  OPTION_ROW_TABLE_FORMAT(Type), OPTION_ROW_FORMAT_JSON(Type, TABLE_JSON)
#define OPTION_ROWS_CARD(Type) OPTION_ROW_CARD_FORMAT(Type), OPTION_ROW_FORMAT_JSON(Type, CARD_JSON)
#define OPTION_ROW_JSON(Type)                                                                      \
  { "json", 0, OPTION_FLAG, offsetof(Type, json), NULL, "print JSON", NULL, 0, 0 }
#define OPTION_ROW_LIMIT(Type, help)                                                               \
  { "limit", 'n', OPTION_INTEGER, offsetof(Type, limit), "N", help, NULL, 1, 1e9 }
/* Of OgTypeRule. */
#define OPTION_ROW_TYPES(Type)                                                                     \
  {                                                                                                \
    "types", 0, OPTION_CHOICE, offsetof(Type, types), "RULE",                                      \
        "declared (default): keep to domain, range and disjoint classes; disjoint; any",           \
        option_type_rules, 0, 0                                                                    \
  }
#define OPTION_ROW_LANG(Type)                                                                      \
  {                                                                                                \
    "lang", 0, OPTION_TEXT, offsetof(Type, languages), "CODES",                                    \
        "languages of names, best first: de,en (default: those of import --lang, else en)", NULL,  \
        0, 0                                                                                       \
  }
#define OPTION_ROW_INFERRED(Type)                                                                  \
  {                                                                                                \
    "inferred", 0, OPTION_FLAG, offsetof(Type, inferred), NULL,                                    \
        "go also by the edges that infer found to follow", NULL, 0, 0                              \
  }
#define OPTION_ROW_SEED(Type)                                                                      \
  { "seed", 0, OPTION_INTEGER, offsetof(Type, seed), "N", "random seed (default 1)", NULL, 0, 9e15 }
#define OPTION_ROW_THREADS(Type)                                                                   \
  {                                                                                                \
    "threads", 0, OPTION_INTEGER, offsetof(Type, threads), "N",                                    \
        "threads to use (default: one a processor)", NULL, 1, 1024                                 \
  }
/* A line of details. */
#define ENTITY_HELP                                                                                \
  "ENTITY is a name, a CURIE (DOID:2841), an IRI or its last part (doid_2841), a code\n"           \
  "(skos:notation), or #number.\n"
#define OPTION_END                                                                                 \
  { NULL, 0, OPTION_FLAG, 0, NULL, NULL, NULL, 0, 0 }

#endif
