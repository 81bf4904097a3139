#include "cli/options.h"

#include "core/memory.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

const char *const option_type_rules[] = {"declared", "disjoint", "any", NULL};

enum { MOST_OPTIONS = 64, HELP_COLUMN = 28, HELP_WIDTH = 100 };

static const Option common_rows[] = {
    {"help", 'h', OPTION_FLAG, offsetof(CommonOptions, help), NULL, "show this help", NULL, 0, 0},
    {"quiet", 'q', OPTION_FLAG, offsetof(CommonOptions, quiet), NULL,
     "no progress and no notes on stderr", NULL, 0, 0},
    OPTION_END,
};

static size_t smallest(size_t a, size_t b, size_t c) {
  const size_t ab = a < b ? a : b;
  return ab < c ? ab : c;
}

/* Levenshtein distance of two short words; words over 31 letters are far from everything. */
static size_t distance(const char *a, const char *b) {
  enum { LONGEST = 31 };
  size_t row[LONGEST + 1];
  const size_t rows = strlen(a);
  const size_t columns = strlen(b);
  if (rows > LONGEST || columns > LONGEST) {
    return LONGEST;
  }
  for (size_t k = 0; k <= columns; k++) {
    row[k] = k;
  }
  for (size_t j = 1; j <= rows; j++) {
    size_t diagonal = row[0];
    row[0] = j;
    for (size_t k = 1; k <= columns; k++) {
      const size_t above = row[k];
      row[k] = smallest(above + 1, row[k - 1] + 1, diagonal + (a[j - 1] != b[k - 1]));
      diagonal = above;
    }
  }
  return row[columns];
}

/* How far a word is from what may have been meant: one that is begun is near, and few mistake the
 * first letter. */
static size_t mistake(const char *word, const char *meant) {
  const size_t length = strlen(word);
  return length >= 3 && strncmp(word, meant, length) == 0
             ? 1
             : distance(word, meant) + (word[0] != meant[0]);
}

const char *nearest_word(const char *word, const char *const *words, size_t count) {
  const char *nearest = NULL;
  size_t least = strlen(word) / 3 + 2; /* as far is a guess, not a suggestion */
  for (size_t k = 0; k < count; k++) {
    const size_t away = mistake(word, words[k]);
    if (away < least) {
      least = away;
      nearest = words[k];
    }
  }
  return nearest;
}

static const Option *find_row(const Option *rows, const char *name, size_t length, char letter) {
  for (const Option *row = rows; row && row->name; row++) {
    if (letter ? row->letter == letter
               : strlen(row->name) == length && strncmp(row->name, name, length) == 0) {
      return row;
    }
  }
  return NULL;
}

static OgStatus unknown_option(const Command *command, const char *word, OgError *err) {
  const char *names[MOST_OPTIONS];
  size_t count = 0;
  for (const Option *row = common_rows; row->name; row++) {
    names[count++] = row->name;
  }
  for (const Option *row = command->options; row && row->name && count < MOST_OPTIONS; row++) {
    names[count++] = row->name;
  }
  char name[64];
  snprintf(name, sizeof name, "%.*s", (int)strcspn(word + strspn(word, "-"), "="),
           word + strspn(word, "-"));
  const char *nearest = nearest_word(name, names, count);
  if (nearest) {
    return og_error_set(err, OG_USAGE, "%s: unknown option %s; did you mean --%s?", command->name,
                        word, nearest);
  }
  return og_error_set(err, OG_USAGE, "%s: unknown option %s; see ontograft %s --help",
                      command->name, word, command->name);
}

static OgStatus set_choice(const Option *row, const char *text, int *field, OgError *err) {
  char list[256] = "";
  for (int k = 0; row->choices[k]; k++) {
    if (strcmp(row->choices[k], text) == 0) {
      *field = k;
      return OG_OK;
    }
    const size_t used = strlen(list);
    snprintf(list + used, sizeof list - used, "%s%s", k ? ", " : "", row->choices[k]);
  }
  return og_error_set(err, OG_USAGE, "--%s takes one of %s; found \"%s\"", row->name, list, text);
}

static OgStatus set_number(const Option *row, const char *text, void *field, OgError *err) {
  char *end;
  errno = 0;
  const bool whole = row->kind == OPTION_INTEGER;
  const long long integer = whole ? strtoll(text, &end, 10) : 0;
  const double real = whole ? (double)integer : strtod(text, &end);
  const bool bounded = row->least < row->most;
  const bool out_of_range = errno == ERANGE;
  const bool too_large = isinf(real) || (whole && out_of_range);
  const bool too_small = out_of_range && !too_large; /* so near to 0 that digits are lost */
  if (end == text || *end != '\0' || isnan(real) || too_small || (too_large && !bounded)) {
    return og_error_set(err, OG_USAGE, "--%s takes %s; found \"%s\"", row->name,
                        whole ? "a whole number" : "a number", text);
  }
  if (bounded && (real < row->least || real > row->most)) {
    return og_error_set(err, OG_USAGE, "--%s takes a number from %.16g to %.16g; found %s",
                        row->name, row->least, row->most, text);
  }
  if (whole) {
    *(int64_t *)field = integer;
  } else {
    *(double *)field = real;
  }
  return OG_OK;
}

/* A number of bytes, or of a unit of 1024, 1024², … of them: "200M", "1.5G", "64MiB". */
static OgStatus set_bytes(const Option *row, const char *text, int64_t *field, OgError *err) {
  static const char units[] = "KMGT";
  char *end;
  const double number = strtod(text, &end);
  const char *unit = *end ? strchr(units, toupper((unsigned char)*end)) : NULL;
  const double bytes = number * (unit ? ldexp(1, 10 * (int)(unit - units + 1)) : 1);
  const char *rest = end + (unit != NULL);
  if (end == text || isnan(bytes) ||
      (*rest && strcasecmp(rest, "B") != 0 && strcasecmp(rest, "iB") != 0)) {
    return og_error_set(err, OG_USAGE, "--%s takes a size such as 500M or 2G; found \"%s\"",
                        row->name, text);
  }
  if (bytes < row->least || bytes > row->most) {
    return og_error_set(err, OG_USAGE, "--%s takes a size from %gM to %.0fT; found %s", row->name,
                        ldexp(row->least, -20), ldexp(row->most, -40), text);
  }
  *field = (int64_t)bytes;
  return OG_OK;
}

static OgStatus set_value(const Option *row, const char *text, void *values, OgError *err) {
  void *field = (char *)values + row->offset;
  switch (row->kind) {
  case OPTION_FLAG:
    *(bool *)field = true;
    return OG_OK;
  case OPTION_PRESET:
    *(int *)field = (int)row->least;
    return OG_OK;
  case OPTION_TEXT:
    *(const char **)field = text;
    return OG_OK;
  case OPTION_CHOICE:
    return set_choice(row, text, field, err);
  case OPTION_INTEGER:
  case OPTION_REAL:
    return set_number(row, text, field, err);
  case OPTION_BYTES:
    return set_bytes(row, text, field, err);
  }
  return OG_FAILED;
}

/* Parse the option that argv[*at] starts; *at moves to its last word. */
static OgStatus parse_option(const Command *command, int argc, char **argv, int *at, void *values,
                             CommonOptions *common, OgError *err) {
  char *word = argv[*at];
  const bool is_long = word[1] == '-';
  const char *name = is_long ? word + 2 : word + 1;
  const size_t length = is_long ? strcspn(name, "=") : 1;
  const char letter = is_long ? '\0' : name[0];
  void *target = values;
  const Option *row = find_row(command->options, name, length, letter);
  if (!row) {
    target = common;
    row = find_row(common_rows, name, length, letter);
  }
  if (!row) {
    return unknown_option(command, word, err);
  }
  const char *rest = name[length] == '\0' ? NULL : name + length + (is_long ? 1 : 0);
  if (row->kind == OPTION_FLAG || row->kind == OPTION_PRESET) {
    return rest ? og_error_set(err, OG_USAGE, "--%s takes no value; found \"%s\"", row->name, rest)
                : set_value(row, NULL, target, err);
  }
  if (!rest) {
    if (*at + 1 >= argc) {
      return og_error_set(err, OG_USAGE, "--%s needs a value: --%s %s", row->name, row->name,
                          row->value);
    }
    rest = argv[++*at];
  }
  return set_value(row, rest, target, err);
}

static OgStatus check_count(const Command *command, size_t count, OgError *err) {
  if (count < command->least_arguments || count > command->most_arguments) {
    return og_error_set(err, OG_USAGE, "%s takes %s; found %zu argument%s\nusage: ontograft %s %s",
                        command->name, command->synopsis, count, count == 1 ? "" : "s",
                        command->name, command->synopsis);
  }
  return OG_OK;
}

OgStatus options_parse(const Command *command, int argc, char **argv, void *values,
                       CommonOptions *common, Arguments *arguments, OgError *err) {
  int count = 0;
  bool ended = false;
  for (int at = 0; at < argc; at++) {
    char *word = argv[at];
    if (ended || word[0] != '-' || word[1] == '\0') {
      argv[count++] = word;
    } else if (strcmp(word, "--") == 0) {
      ended = true;
    } else {
      OG_TRY(parse_option(command, argc, argv, &at, values, common, err));
    }
  }
  *arguments = (Arguments){(const char *const *)argv, (size_t)count};
  return common->help ? OG_OK : check_count(command, (size_t)count, err);
}

void option_size(size_t *field, int64_t value) {
  if (value >= 0) {
    *field = (size_t)value;
  }
}

void option_real(double *field, double value) {
  if (value >= 0) {
    *field = value;
  }
}

/* Whether a file begins as SQLite's do. */
static bool is_database(const char *path) {
  static const char magic[] = "SQLite format 3";
  char found[sizeof magic] = "";
  FILE *file = fopen(path, "rb");
  const bool whole = file && fread(found, 1, sizeof found, file) == sizeof found;
  if (file) {
    fclose(file);
  }
  return whole && memcmp(found, magic, sizeof magic) == 0;
}

OgStatus option_output(const char *command, const char *graph_path, const char *out, OgError *err) {
  struct stat graph, there;
  if (out && stat(graph_path, &graph) == 0 && stat(out, &there) == 0 &&
      graph.st_dev == there.st_dev && graph.st_ino == there.st_ino) {
    return og_error_set(err, OG_USAGE, "%s: %s is the graph itself", command, out);
  }
  if (out && stat(out, &there) == 0 && S_ISREG(there.st_mode) && is_database(out)) {
    return og_error_set(err, OG_USAGE, "%s: %s is another graph; choose another file, or delete it",
                        command, out);
  }
  return OG_OK;
}

bool name_ends_in(const char *name, const char *ending) {
  const size_t size = strlen(name), length = strlen(ending);
  return size > length && strcasecmp(name + size - length, ending) == 0;
}

/* Print text in lines of at most HELP_WIDTH columns that begin in column HELP_COLUMN; the first
 * begins in column `at`. */
static void print_wrapped(FILE *out, const char *text, size_t at) {
  while (*text) {
    const size_t length = strcspn(text, " ");
    const size_t width = text_width(text, length);
    if (at > HELP_COLUMN && at + 1 + width > HELP_WIDTH) {
      fprintf(out, "\n%*s", HELP_COLUMN, "");
      at = HELP_COLUMN;
    } else if (at > HELP_COLUMN) {
      fputc(' ', out);
      at++;
    }
    fprintf(out, "%.*s", (int)length, text);
    at += width;
    text += length + strspn(text + length, " ");
  }
  fputc('\n', out);
}

static void print_row(const Option *row, FILE *out) {
  char left[64];
  char letter[8] = "    ";
  if (row->letter) {
    snprintf(letter, sizeof letter, "-%c, ", row->letter);
  }
  const int width = snprintf(left, sizeof left, "  %s--%s%s%s", letter, row->name,
                             row->value ? " " : "", row->value ? row->value : "");
  if (width + 2 > HELP_COLUMN) {
    fprintf(out, "%s\n%*s", left, HELP_COLUMN, "");
  } else {
    fprintf(out, "%-*s", HELP_COLUMN, left);
  }
  print_wrapped(out, row->help, HELP_COLUMN);
}

void options_help(const Command *command, FILE *out) {
  fprintf(out, "%s\n\nusage: ontograft %s %s\n\nexamples:\n%s\noptions:\n", command->summary,
          command->name, command->synopsis, command->examples);
  for (const Option *row = command->options; row && row->name; row++) {
    print_row(row, out);
  }
  for (const Option *row = common_rows; row->name; row++) {
    print_row(row, out);
  }
  if (command->details) {
    fprintf(out, "\n%s", command->details);
  }
}
