#include "core/error.h"
#include "tests/test.h"

#include <errno.h>
#include <string.h>

static void an_error_reads_as_source_line_column_message(void **state) {
  (void)state;
  OgError err;
  char text[800];
  og_error_at(&err, OG_BAD_DATA, "a.rdf", 3, 7, "expected %s", "x");
  assert_string_equal(og_error_text(&err, text, sizeof text), "a.rdf:3:7: expected x");
  og_error_at(&err, OG_BAD_DATA, "a.rdf", 3, 0, "m");
  assert_string_equal(og_error_text(&err, text, sizeof text), "a.rdf:3: m");
  og_error_at(&err, OG_BAD_DATA, "a.rdf", 0, 0, "m");
  assert_string_equal(og_error_text(&err, text, sizeof text), "a.rdf: m");
  og_error_set(&err, OG_USAGE, "m");
  assert_string_equal(og_error_text(&err, text, sizeof text), "m");
}

static void an_error_may_wrap_its_own_text(void **state) {
  (void)state;
  OgError err;
  og_error_set(&err, OG_IO, "inner");
  og_error_at(&err, err.status, "file", 0, 0, "outer: %s", err.message);
  assert_string_equal(err.message, "outer: inner");
  assert_status(err.status, OG_IO);
}

static void long_messages_are_cut_not_overrun(void **state) {
  (void)state;
  char longest[5000];
  memset(longest, 'x', sizeof longest - 1);
  longest[sizeof longest - 1] = '\0';
  OgError err;
  og_error_at(&err, OG_IO, longest, 1, 1, "%s", longest);
  assert_int_equal(strlen(err.message), sizeof err.message - 1);
  assert_int_equal(strlen(err.source), sizeof err.source - 1);
  assert_status(og_error_set(NULL, OG_IO, "nobody listens"), OG_IO);
}

static void every_status_has_a_name(void **state) {
  (void)state;
  for (int status = OG_OK; status <= OG_CANCELLED; status++) {
    assert_string_not_equal(og_status_name((OgStatus)status), "unknown");
  }
  assert_string_equal(og_status_name((OgStatus)99), "unknown");
}

static void reasons_of_the_system_say_what_to_do(void **state) {
  (void)state;
  OgError err = {0};
  errno = ENOSPC;
  assert_status(og_error_errno(&err, "write", "g.db"), OG_IO);
  assert_string_equal(err.message, "cannot write g.db: No space left on device; make room on the "
                                   "disk and try again");
  errno = ENOENT;
  assert_status(og_error_errno(&err, "read", "g.db"), OG_IO);
  assert_string_equal(err.message, "cannot read g.db: No such file or directory");
  errno = ENOENT;
  assert_status(og_error_errno(&err, "open", "https://example.org/a.owl"), OG_IO);
  assert_string_equal(
      err.message, "cannot open https://example.org/a.owl: No such file or directory; nothing is "
                   "fetched from an address: download it first, and name the file");
  errno = ENOENT;
  assert_status(og_error_errno(&err, "open", "file:///tmp/a.ttl"), OG_IO);
  assert_string_equal(err.message, "cannot open file:///tmp/a.ttl: No such file or directory; give "
                                   "the path without file://");
  errno = ENOENT;
  assert_status(og_error_errno(&err, "write", "https://example.org/a.owl"), OG_IO);
  assert_string_equal(err.message,
                      "cannot write https://example.org/a.owl: No such file or directory");
}

static void bytes_that_are_no_text_are_told(void **state) {
  (void)state;
  OgError err = {0};
  assert_status(og_error_byte(&err, "a.txt", 3, 5, 0xe9), OG_BAD_DATA);
  assert_non_null(strstr(err.message, "byte 0xe9 is not UTF-8 text; convert"));
  assert_int_equal(err.line, 3);
  assert_int_equal(err.column, 5);
  assert_status(og_error_byte(&err, "a.txt", 1, 1, 0), OG_BAD_DATA);
  assert_non_null(strstr(err.message, "a zero byte, which no text has; take such bytes out"));
}

static void want_of_memory_is_advised_once(void **state) {
  (void)state;
  OgError err = {0};
  const OgStatus status = og_error_no_room(&err, 2000000, "the gradients");
  assert_status(og_error_advise(status, &err, "take a batch of %d", 8), OG_NO_MEMORY);
  const char advised[] =
      "no memory for the gradients: 2.0 MB; take a batch of 8, or raise the limit "
      "(ulimit -v)";
  assert_string_equal(err.message, advised);
  assert_status(og_error_advise(status, &err, "take more"), OG_NO_MEMORY);
  assert_string_equal(err.message, advised);
  assert_status(og_error_advise(og_error_set(&err, OG_FAILED, "x"), &err, "y"), OG_FAILED);
  assert_string_equal(err.message, "x");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(an_error_reads_as_source_line_column_message),
      cmocka_unit_test(an_error_may_wrap_its_own_text),
      cmocka_unit_test(long_messages_are_cut_not_overrun),
      cmocka_unit_test(every_status_has_a_name),
      cmocka_unit_test(bytes_that_are_no_text_are_told),
      cmocka_unit_test(want_of_memory_is_advised_once),
      cmocka_unit_test(reasons_of_the_system_say_what_to_do),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
