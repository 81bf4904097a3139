#include "core/vector_text.h"

#include "core/file.h"
#include "core/memory.h"
#include "tests/test.h"

#include <string.h>

static void open_text(const char *content, OgVectorText *text) {
  OgError err;
  const char *path = scratch("vectors.txt");
  assert_ok(og_file_write(path, content, strlen(content), &err));
  assert_ok(og_vector_text_open(path, NULL, text, &err));
}

/* GloVe's "words" of several blanks, a header, tabs, blank lines and carriage returns. */
static void keys_end_where_the_numbers_begin(void **state) {
  (void)state;
  static const char *const keys[] = {"heart", ". . .", "at name", "left ventricle", "3", "x"};
  OgError err;
  OgVectorText text;
  const char *key;
  open_text("6 2\nheart 1 2\n. . . 3 4\nat name 5 6\n\nleft ventricle\t7  8\r\n3 9 10 \nx 1e2 -3\n",
            &text);
  for (size_t k = 0; k < OG_COUNT(keys); k++) {
    assert_ok(og_vector_text_next(&text, &key, &err));
    assert_string_equal(key, keys[k]);
    assert_int_equal(text.D, 2);
    assert_true(k == 5 || text.values[1] - text.values[0] == 1.0f);
  }
  assert_true(text.values[0] == 100.0f && text.values[1] == -3.0f);
  assert_ok(og_vector_text_next(&text, &key, &err));
  assert_null(key);
  assert_int_equal(text.rows, OG_COUNT(keys));
  og_vector_text_close(&text);
}

static void other_lines_are_refused(void **state) {
  (void)state;
  static const struct {
    const char *text, *message;
  } bad[] = {
      {"heart\n", "a line without them"},
      {"heart 1 2\nlung 1\n", "expected 2 numbers after \"lung\", found 1"},
      {"heart 1 2\nlung 1 2 3\n", "expected 2 numbers after \"lung\", found 3"},
      {"heart 1 2\nlung 1 x\n", "expected 2 finite numbers"},
      {"heart 1 2\nleft lung 1 inf\n", "expected 2 finite numbers"},
      {"heart x\n", "something else"},
  };
  for (size_t k = 0; k < OG_COUNT(bad); k++) {
    OgError err;
    OgVectorText text;
    OgStatus status = OG_OK;
    const char *key = "";
    open_text(bad[k].text, &text);
    while (status == OG_OK && key) {
      status = og_vector_text_next(&text, &key, &err);
    }
    assert_int_equal(status, OG_BAD_DATA);
    assert_int_equal(err.line, text.rows + 1);
    assert_non_null(strstr(err.message, bad[k].message));
    og_vector_text_close(&text);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(keys_end_where_the_numbers_begin),
      cmocka_unit_test(other_lines_are_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
