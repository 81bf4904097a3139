/* main: the table of commands, the exit codes, and nothing else. */
#include "cli/command.h"
#include "cli/options.h"
#include "core/memory.h"

#include <locale.h>
#include <signal.h>
#include <string.h>

static const Command *const commands[] = {
    &cmd_import,     &cmd_info,
    &cmd_show,       &cmd_find,
    &cmd_parents,    &cmd_children,
    &cmd_path,       &cmd_common,
    &cmd_neighbours, &cmd_subgraph,
    &cmd_stats,      &cmd_query,
    &cmd_infer,      &cmd_export,
    &cmd_validate,   &cmd_diff,
    &cmd_link,       &cmd_embed,
    &cmd_similar,    &cmd_predict_links,
    &cmd_complete,   &cmd_plot_embeddings,
    &cmd_pretrain,   &cmd_finetune,
    &cmd_predict,    &cmd_quantize,
};

static const int exit_codes[] = {
    [OG_OK] = 0, [OG_FAILED] = 1,    [OG_USAGE] = 2,     [OG_BAD_DATA] = 3, [OG_BAD_STORE] = 4,
    [OG_IO] = 5, [OG_NO_MEMORY] = 1, [OG_NOT_FOUND] = 1, [OG_GATE] = 6,     [OG_CANCELLED] = 130,
};

static void print_commands(FILE *out) {
  fputs("Graft an ontology onto a pretrained model: one graph file, one tool, on a CPU.\n\n"
        "usage: ontograft COMMAND …\n\n"
        "examples:\n"
        "  ontograft import finance.db finance.rdf      XML into a graph (one SQLite file)\n"
        "  ontograft show finance.db \"corporate bond\"   what the graph knows of it\n",
        out);
  const char *group = "";
  for (size_t k = 0; k < OG_COUNT(commands); k++) {
    if (strcmp(group, commands[k]->group) != 0) {
      group = commands[k]->group;
      fprintf(out, "\n%s:\n", group);
    }
    fprintf(out, "  %-15s %s\n", commands[k]->name, commands[k]->summary);
  }
  fputs("\nontograft COMMAND --help explains one, ontograft --version says which release this is.\n"
        "Exit codes: 0 done, 1 failed, 2 usage, 3 bad input, 4 bad model or graph,\n"
        "5 input/output, 6 a check failed, 130 and 143 interrupted.\n",
        out);
}

static const Command *find_command(const char *name) {
  for (size_t k = 0; k < OG_COUNT(commands); k++) {
    if (strcmp(commands[k]->name, name) == 0) {
      return commands[k];
    }
  }
  return NULL;
}

static int unknown_command(const char *word) {
  const char *names[OG_COUNT(commands)];
  for (size_t k = 0; k < OG_COUNT(commands); k++) {
    names[k] = commands[k]->name;
  }
  const char *nearest = nearest_word(word, names, OG_COUNT(names));
  fputs("ontograft: no command \"", stderr);
  text_print(stderr, word, strlen(word), 0);
  fputs(nearest ? "\"; did you mean " : "\"; ontograft --help lists them", stderr);
  fprintf(stderr, nearest ? "%s?\n" : "\n", nearest);
  return exit_codes[OG_USAGE];
}

/* Print an error over lines of its own; each line is made harmless for the terminal. */
static void print_error(const OgError *err) {
  char text[800];
  og_error_text(err, text, sizeof text);
  fflush(stdout); /* what was printed before stands before the error */
  fputs("ontograft: ", stderr);
  for (char *line = text; line;) {
    char *end = strchr(line, '\n');
    text_print(stderr, line, end ? (size_t)(end - line) : strlen(line), 0);
    fputc('\n', stderr);
    line = end ? end + 1 : NULL;
  }
}

/* Whether all that was printed on stdout got there. */
static OgStatus flush_output(OgError *err) {
  return fflush(stdout) == 0 && !ferror(stdout) ? OG_OK
                                                : og_error_errno(err, "write", "standard output");
}

/* Exit code after printing what the program itself has to say. */
static int finish(int code) {
  OgError err;
  const OgStatus status = flush_output(&err);
  if (status != OG_OK) {
    print_error(&err);
  }
  return status == OG_OK ? code : exit_codes[status];
}

static int run(const Command *command, int argc, char **argv) {
  OgError err = {0};
  OgProgress progress;
  Terminal terminal;
  CommonOptions common = {0};
  Arguments arguments;
  terminal_init(&terminal);
  terminal_progress(&terminal, &progress);
  void *values = og_calloc(command->options_size, 1);
  OgStatus status = values ? OG_OK : og_error_no_memory(&err);
  if (status == OG_OK) {
    memcpy(values, command->defaults, command->options_size);
    status = options_parse(command, argc, argv, values, &common, &arguments, &err);
  }
  if (status == OG_OK && common.help) {
    options_help(command, stdout);
  } else if (status == OG_OK) {
    terminal.quiet = common.quiet;
    terminal_catch_signals();
    const Context context = {&progress, &terminal};
    status = command->run(&context, &arguments, values, &err);
    terminal_finish(&terminal);
  }
  og_free(values);
  if (status == OG_OK) {
    status = flush_output(&err);
  }
  if (status != OG_OK) {
    print_error(&err);
  }
  return terminal_signal() == SIGTERM && status == OG_CANCELLED ? 128 + SIGTERM
                                                                : exit_codes[status];
}

int main(int argc, char **argv) {
  setlocale(LC_CTYPE, "");
  const char *word = argc > 1 ? argv[1] : NULL;
  if (!word) {
    print_commands(stderr);
    return exit_codes[OG_USAGE];
  }
  if (strcmp(word, "--version") == 0 || strcmp(word, "version") == 0) {
    puts("ontograft " OG_VERSION);
    return finish(0);
  }
  if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0 || strcmp(word, "help") == 0) {
    const Command *about = argc > 2 ? find_command(argv[2]) : NULL;
    if (argc > 2 && !about) {
      return unknown_command(argv[2]);
    }
    if (about) {
      options_help(about, stdout);
    } else {
      print_commands(stdout);
    }
    return finish(0);
  }
  const Command *command = find_command(word);
  return command ? run(command, argc - 2, argv + 2) : unknown_command(word);
}
