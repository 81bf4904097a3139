#include "cli/options.h"
#include "tests/test.h"

#include <stdlib.h>
#include <string.h>

typedef struct Values {
  bool flag;
  const char *text;
  int64_t integer, bytes;
  double real, share;
  int choice;
} Values;

static const char *const colours[] = {"red", "green", NULL};

static const Option rows[] = {
    {"flag", 'f', OPTION_FLAG, offsetof(Values, flag), NULL, "", NULL, 0, 0},
    {"text", 't', OPTION_TEXT, offsetof(Values, text), "T", "", NULL, 0, 0},
    {"integer", 'n', OPTION_INTEGER, offsetof(Values, integer), "N", "", NULL, 1, 10},
    {"bytes", 0, OPTION_BYTES, offsetof(Values, bytes), "SIZE", "", NULL, 1 << 20, 1e15},
    {"real", 0, OPTION_REAL, offsetof(Values, real), "X", "", NULL, 0, 0},
    {"share", 0, OPTION_REAL, offsetof(Values, share), "X", "", NULL, 0, 1},
    {"colour", 0, OPTION_CHOICE, offsetof(Values, choice), "C", "", colours, 0, 0},
    OPTION_END,
};

static const Command command = {
    .name = "test",
    .synopsis = "A B",
    .options = rows,
    .least_arguments = 0,
    .most_arguments = 2,
};

enum { MOST_WORDS = 12 };

typedef struct Parsed {
  char *words[MOST_WORDS]; /* copies: parsing moves them */
  char *kept[MOST_WORDS];
  int count;
  Values values;
  CommonOptions common;
  Arguments arguments;
  OgError err;
} Parsed;

/* Parse the words of a line, split at spaces. */
static OgStatus parse(Parsed *parsed, const char *line) {
  *parsed = (Parsed){.values = {.integer = 5}};
  char *copy = strdup(line);
  for (char *word = strtok(copy, " "); word; word = strtok(NULL, " ")) {
    parsed->kept[parsed->count] = strdup(word);
    parsed->words[parsed->count] = parsed->kept[parsed->count];
    parsed->count++;
  }
  free(copy);
  return options_parse(&command, parsed->count, parsed->words, &parsed->values, &parsed->common,
                       &parsed->arguments, &parsed->err);
}

static void drop(Parsed *parsed) {
  for (int k = 0; k < parsed->count; k++) {
    free(parsed->kept[k]);
  }
}

static void every_way_of_writing_a_value_is_read(void **state) {
  (void)state;
  static const char *const lines[] = {
      "a --integer 7 --text x b",
      "--integer=7 a b --text=x",
      "-n 7 a -t x b",
      "-n7 -tx a b",
  };
  for (size_t k = 0; k < OG_COUNT(lines); k++) {
    Parsed parsed;
    assert_int_equal(parse(&parsed, lines[k]), OG_OK);
    assert_int_equal(parsed.values.integer, 7);
    assert_string_equal(parsed.values.text, "x");
    assert_int_equal(parsed.arguments.count, 2);
    assert_string_equal(parsed.arguments.items[0], "a");
    assert_string_equal(parsed.arguments.items[1], "b");
    drop(&parsed);
  }
}

static void sizes_have_units(void **state) {
  (void)state;
  static const struct {
    const char *line;
    int64_t bytes;
  } sizes[] = {
      {"--bytes 3000000", 3000000},  {"--bytes 2048K", 2 << 20},    {"--bytes 1.5G", 3LL << 29},
      {"--bytes 500m", 500LL << 20}, {"--bytes=64MiB", 64LL << 20}, {"--bytes 2GB", 2LL << 30},
      {"--bytes 0.5t", 1LL << 39},
  };
  for (size_t k = 0; k < OG_COUNT(sizes); k++) {
    Parsed parsed;
    assert_int_equal(parse(&parsed, sizes[k].line), OG_OK);
    assert_int_equal(parsed.values.bytes, sizes[k].bytes);
    drop(&parsed);
  }
}

static void what_is_not_given_keeps_its_default(void **state) {
  (void)state;
  Parsed parsed;
  assert_int_equal(parse(&parsed, "--real -1.5e3 --colour green -f -q"), OG_OK);
  assert_int_equal(parsed.values.integer, 5);
  assert_true(parsed.values.real == -1500.0);
  assert_int_equal(parsed.values.choice, 1);
  assert_true(parsed.values.flag);
  assert_true(parsed.common.quiet);
  assert_false(parsed.common.help);
  drop(&parsed);
}

static void two_dashes_end_the_options_and_one_is_an_argument(void **state) {
  (void)state;
  Parsed parsed;
  assert_int_equal(parse(&parsed, "- -- --flag"), OG_OK);
  assert_false(parsed.values.flag);
  assert_int_equal(parsed.arguments.count, 2);
  assert_string_equal(parsed.arguments.items[0], "-");
  assert_string_equal(parsed.arguments.items[1], "--flag");
  drop(&parsed);
}

static void wrong_words_are_refused_with_a_hint(void **state) {
  (void)state;
  static const struct {
    const char *line, *hint;
  } cases[] = {
      {"--intger 7", "did you mean --integer?"},
      {"--zzz", "see ontograft test --help"},
      {"--integer", "--integer needs a value"},
      {"--integer seven", "a whole number"},
      {"--integer 7.5", "a whole number"},
      {"--bytes many", "a size such as 500M or 2G"},
      {"--bytes 5X", "a size such as 500M or 2G"},
      {"--bytes 5MX", "a size such as 500M or 2G"},
      {"--bytes nan", "a size such as 500M or 2G"},
      {"--bytes 1K", "a size from 1M to 909T"},
      {"--bytes -5G", "a size from 1M to 909T"},
      {"--bytes 1e999", "a size from 1M to 909T"},
      {"--bytes 1000T", "a size from 1M to 909T"},
      {"--integer 11", "from 1 to 10"},
      {"--integer 99999999999999999999", "from 1 to 10"},
      {"--integer -99999999999999999999", "from 1 to 10"},
      {"--real nan", "a number"},
      {"--real 1e999", "a number"},
      {"--share 1e999", "from 0 to 1"},
      {"--share inf", "from 0 to 1"},
      {"--share 1e-400", "a number; found \"1e-400\""},
      {"--real -1e-400", "a number; found \"-1e-400\""},
      {"--colour blue", "red, green"},
      {"--flag=yes", "takes no value"},
      {"a b c", "takes A B; found 3 arguments"},
  };
  for (size_t k = 0; k < OG_COUNT(cases); k++) {
    Parsed parsed;
    assert_int_equal(parse(&parsed, cases[k].line), OG_USAGE);
    if (!strstr(parsed.err.message, cases[k].hint)) {
      fail_msg("%s: \"%s\" lacks \"%s\"", cases[k].line, parsed.err.message, cases[k].hint);
    }
    drop(&parsed);
  }
}

static void a_word_is_only_suggested_when_it_is_near(void **state) {
  (void)state;
  static const char *const words[] = {"import", "info", "show"};
  assert_string_equal(nearest_word("imprt", words, 3), "import");
  assert_string_equal(nearest_word("shwo", words, 3), "show");
  assert_string_equal(nearest_word("imp", words, 3), "import");
  assert_null(nearest_word("quux", words, 3));
  static const char *const options[] = {"set", "text-col", "steps", "text", "in"};
  assert_string_equal(nearest_word("text", options, 3), "text-col");
  assert_string_equal(nearest_word("tets", options, 5), "text");
  assert_string_equal(nearest_word("ste", options, 5), "steps");
  assert_null(nearest_word("txet", options, 3));
  assert_null(nearest_word("out", options, 5));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_way_of_writing_a_value_is_read),
      cmocka_unit_test(sizes_have_units),
      cmocka_unit_test(what_is_not_given_keeps_its_default),
      cmocka_unit_test(two_dashes_end_the_options_and_one_is_an_argument),
      cmocka_unit_test(wrong_words_are_refused_with_a_hint),
      cmocka_unit_test(a_word_is_only_suggested_when_it_is_near),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
