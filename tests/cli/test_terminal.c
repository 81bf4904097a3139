#include "cli/terminal.h"

#include "tests/test.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void counts_are_grouped_by_thousands(void **state) {
  (void)state;
  assert_string_equal(text_count(0), "0");
  assert_string_equal(text_count(999), "999");
  assert_string_equal(text_count(1000), "1,000");
  assert_string_equal(text_count(1234567.4), "1,234,567");
  assert_string_equal(text_count(-1234), "-1,234");
  assert_string_equal(text_count(-123), "-123");
}

static void what_is_counted_agrees_with_its_number(void **state) {
  (void)state;
  assert_string_equal(text_counted(0, "entity", "entities"), "0 entities");
  assert_string_equal(text_counted(1, "entity", "entities"), "1 entity");
  assert_string_equal(text_counted(1234, "entity", "entities"), "1,234 entities");
}

static void a_place_that_is_not_known_is_left_out(void **state) {
  (void)state;
  static const struct {
    long line, column;
    const char *text;
  } places[] = {{12, 7, ":12:7"}, {12, 0, ":12"}, {0, 0, ""}};
  for (size_t k = 0; k < OG_COUNT(places); k++) {
    char text[48];
    text_place(places[k].line, places[k].column, text, sizeof text);
    assert_string_equal(text, places[k].text);
  }
}

static void widths_are_those_of_a_terminal(void **state) {
  (void)state;
  assert_int_equal(text_width("asthma", 6), 6);
  assert_int_equal(text_width("喘息", strlen("喘息")), 4); /* wide characters */
  assert_int_equal(text_width("e\xcc\x81", 3), 1);         /* a combining accent */
  assert_int_equal(text_width("a\nb", 3), 3);
  assert_int_equal(text_width("\x1b", 1), 4); /* as \x1b */
  assert_int_equal(text_width("\xff", 1), 1); /* as U+FFFD */
}

/* What text_print writes. */
static const char *printed(const char *text, size_t length, size_t most) {
  static char buffer[256];
  FILE *out = fmemopen(buffer, sizeof buffer, "w");
  assert_non_null(out);
  text_print(out, text, length, most);
  fclose(out);
  return buffer;
}

static void no_text_can_steer_the_terminal(void **state) {
  (void)state;
  const char text[] = "a\x1b[31mb\tc\nd\x7f\xc2\x9b\xe2\x80\xae\xff";
  assert_string_equal(printed(text, sizeof text - 1, 0),
                      "a\\x1b[31mb c d\\x7f\\x9b\\u202e\xef\xbf\xbd");
}

static void long_text_is_cut_with_an_ellipsis(void **state) {
  (void)state;
  assert_string_equal(printed("bronchitis", 10, 10), "bronchitis");
  assert_string_equal(printed("bronchitis", 10, 6), "bronc…");
  assert_string_equal(printed("喘息喘息", strlen("喘息喘息"), 5), "喘息…");
  assert_string_equal(printed("喘息喘息", strlen("喘息喘息"), 4), "喘…");
}

/* What a call writes on stderr. */
typedef struct Capture {
  int kept;
  FILE *file;
} Capture;

static Capture capture_begin(void) {
  const Capture capture = {dup(STDERR_FILENO), tmpfile()};
  assert_non_null(capture.file);
  fflush(stderr);
  dup2(fileno(capture.file), STDERR_FILENO);
  return capture;
}

static const char *capture_end(Capture capture) {
  static char text[512];
  fflush(stderr);
  dup2(capture.kept, STDERR_FILENO);
  close(capture.kept);
  rewind(capture.file);
  text[fread(text, 1, sizeof text - 1, capture.file)] = '\0';
  fclose(capture.file);
  return text;
}

static void a_log_gets_its_lines_after_an_interval(void **state) {
  (void)state;
  Terminal terminal = {0};
  OgProgress progress;
  OgError err = {0};
  terminal_progress(&terminal, &progress);
  Capture capture = capture_begin();
  assert_ok(og_progress_report(&progress, "reading", 10, 100, "", &err));
  assert_ok(og_progress_report(&progress, "reading", 20, 100, "", &err));
  terminal.last_drawn -= 60;
  terminal.stage_start -= 59.5;
  assert_ok(og_progress_report(&progress, "reading", 60, 100, "loss 1.5", &err));
  /* From 10 % to 60 % in 59.5 seconds: 47.6 more, rounded up. */
  assert_string_equal(capture_end(capture), "reading  60 %  48 s left  loss 1.5\n");
}

/* Stages shorter than the interval would otherwise leave a log empty. */
static void a_log_gets_lines_from_short_stages_too(void **state) {
  (void)state;
  Terminal terminal = {0};
  OgProgress progress;
  OgError err = {0};
  terminal_progress(&terminal, &progress);
  Capture capture = capture_begin();
  assert_ok(og_progress_report(&progress, "training", 1, 4, "", &err));
  terminal.last_drawn -= 60;
  assert_ok(og_progress_report(&progress, "ranking", 0, 0, "", &err));
  assert_ok(og_progress_report(&progress, "training", 2, 4, "", &err));
  assert_string_equal(capture_end(capture), "ranking\n");
}

static void without_a_total_what_is_done_is_counted(void **state) {
  (void)state;
  Terminal terminal = {0};
  OgProgress progress;
  OgError err = {0};
  terminal_progress(&terminal, &progress);
  Capture capture = capture_begin();
  assert_ok(og_progress_report(&progress, "reading", 1, 0, "", &err));
  terminal.last_drawn -= 60;
  assert_ok(og_progress_report(&progress, "reading", 12345, 0, "", &err));
  assert_string_equal(capture_end(capture), "reading 12,345\n");
}

static void a_bar_is_drawn_over_itself_and_fits(void **state) {
  (void)state;
  Terminal terminal = {.error_live = true, .error_width = 60};
  OgProgress progress;
  OgError err = {0};
  terminal_progress(&terminal, &progress);
  Capture capture = capture_begin();
  assert_ok(og_progress_report(&progress, "training", 1, 2,
                               "a detail that is much too long for the line", &err));
  terminal_note(&terminal, "note %d", 1);
  assert_string_equal(capture_end(capture), "\r\033[K████████████░░░░░░░░░░░░ "
                                            "training  50 %  a detail that is …"
                                            "\r\033[Knote 1\n");
}

static void quiet_says_nothing(void **state) {
  (void)state;
  Terminal terminal = {.quiet = true, .error_live = true};
  OgProgress progress;
  OgError err = {0};
  terminal_progress(&terminal, &progress);
  Capture capture = capture_begin();
  assert_ok(og_progress_report(&progress, "training", 1, 2, "", &err));
  og_progress_warn(&progress, "a warning");
  terminal_note(&terminal, "a note");
  assert_string_equal(capture_end(capture), "");
}

static void colours_need_a_terminal(void **state) {
  (void)state;
  Terminal terminal;
  setenv("TERM", "xterm", 1);
  FILE *file = tmpfile();
  const int kept = dup(STDOUT_FILENO);
  fflush(stdout);
  dup2(fileno(file), STDOUT_FILENO);
  terminal_init(&terminal);
  dup2(kept, STDOUT_FILENO);
  close(kept);
  fclose(file);
  assert_false(terminal.output_live);
  assert_false(terminal.colour);
  assert_int_equal(terminal.width, 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(counts_are_grouped_by_thousands),
      cmocka_unit_test(what_is_counted_agrees_with_its_number),
      cmocka_unit_test(a_place_that_is_not_known_is_left_out),
      cmocka_unit_test(widths_are_those_of_a_terminal),
      cmocka_unit_test(no_text_can_steer_the_terminal),
      cmocka_unit_test(long_text_is_cut_with_an_ellipsis),
      cmocka_unit_test(a_log_gets_its_lines_after_an_interval),
      cmocka_unit_test(a_log_gets_lines_from_short_stages_too),
      cmocka_unit_test(without_a_total_what_is_done_is_counted),
      cmocka_unit_test(a_bar_is_drawn_over_itself_and_fits),
      cmocka_unit_test(quiet_says_nothing),
      cmocka_unit_test(colours_need_a_terminal),
  };
  return cmocka_run_group_tests_name("terminal", tests, NULL, NULL);
}
