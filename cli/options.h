/* options: command-line words into a command's options, and the help text out of the same rows. */
#ifndef OG_CLI_OPTIONS_H
#define OG_CLI_OPTIONS_H

#include "cli/command.h"

#include <stdio.h>

/* What the words asked for beside the command's own options. */
typedef struct CommonOptions {
  bool help;
  bool quiet;
} CommonOptions;

/* Parse words (argc of them, after the command's name) into values (command->options_size bytes,
 * already holding the defaults). The words that are no options are moved to the front of argv,
 * *arguments points at them. Options may stand anywhere, as --name VALUE, --name=VALUE, -n VALUE or
 * -nVALUE; "--" ends them. Faults are OG_USAGE. */
OgStatus options_parse(const Command *command, int argc, char **argv, void *values,
                       CommonOptions *common, Arguments *arguments, OgError *err);

/* Usage, examples, options, details. */
void options_help(const Command *command, FILE *out);

/* Replace a default by the value of an option, unless that is negative: not given. */
void option_size(size_t *field, int64_t value);
void option_real(double *field, double value);

/* OG_USAGE when --out names the graph itself, by whatever name: writing would destroy it. out may
 * be NULL. */
OgStatus option_output(const char *command, const char *graph_path, const char *out, OgError *err);

/* Whether a file's name ends in this, in any case, and has more. */
bool name_ends_in(const char *name, const char *ending);

/* Of count words, the one that word was probably meant to be; NULL when none is close. */
const char *nearest_word(const char *word, const char *const *words, size_t count);

/* The words of OgTypeRule, for OPTION_ROW_TYPES. */
extern const char *const option_type_rules[];

#endif
