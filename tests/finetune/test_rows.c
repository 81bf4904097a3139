#include "tests/test.h"

#include "core/buffer.h"
#include "core/file.h"
#include "core/memory.h"
#include "finetune/rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

static const OgDatasetOptions plain = {.text_column = NULL};

static const char *make(const char *name, const char *text, size_t size) {
  OgError err = {0};
  const char *path = scratch(name);
  assert_ok(og_file_write(path, text, size, &err));
  return path;
}

/* All rows as "line|id|text|pair|label;" into out. */
static OgStatus read_all(const char *path, const OgDatasetOptions *options, OgBuffer *out,
                         OgError *err) {
  OgRowReader *reader;
  OgStatus status = og_rows_open(path, options, NULL, &reader, err);
  if (status != OG_OK) {
    return status;
  }
  for (;;) {
    OgRow row;
    bool more;
    OG_GO(og_rows_next(reader, &row, &more, err));
    if (!more) {
      break;
    }
    OG_GO(og_buffer_format(out, err, "%ld|%.*s|%.*s|%.*s|%.*s;", row.line, (int)row.id.size,
                           row.id.data, (int)row.text.size, row.text.data, (int)row.pair.size,
                           row.pair.data, (int)row.label.size, row.label.data));
  }
done:
  og_rows_close(reader);
  return status;
}

static void check(const char *name, const char *text, const OgDatasetOptions *options,
                  const char *expected) {
  OgError err = {0};
  OgBuffer out = OG_BUFFER_INIT;
  assert_ok(read_all(make(name, text, strlen(text)), options, &out, &err));
  assert_string_equal(out.data ? out.data : "", expected);
  og_buffer_clear(&out);
}

static void check_status(const char *name, const char *text, size_t size,
                         const OgDatasetOptions *options, OgStatus status, long line, long column,
                         const char *message) {
  OgError err = {0};
  OgBuffer out = OG_BUFFER_INIT;
  const char *path = make(name, text, size);
  assert_status(read_all(path, options, &out, &err), status);
  if (!strstr(err.message, message)) {
    fail_msg("expected \"%s\" in: %s", message, err.message);
  }
  assert_string_equal(err.source, path);
  assert_int_equal(err.line, line);
  assert_int_equal(err.column, column);
  og_buffer_clear(&out);
}

static void check_fault(const char *name, const char *text, size_t size,
                        const OgDatasetOptions *options, long line, long column,
                        const char *message) {
  check_status(name, text, size, options, OG_BAD_DATA, line, column, message);
}

#define FAULT(name, text, line, column, message)                                                   \
  check_fault(name, text, sizeof text - 1, &plain, line, column, message)

static void csv_has_quotes_line_breaks_and_doubled_quotes(void **state) {
  (void)state;
  check("a.csv", "id,text,label\r\nx,\"a, \"\"b\"\"\nc\",pos\r\ny,plain \"q\",neg\r\n", &plain,
        "2|x|a, \"b\"\nc||pos;4|y|plain \"q\"||neg;");
  check("a.csv", "text,label\n\"\",\n,b\nlast,c", &plain, "2|1|||;3|2|||b;4|3|last||c;");
  check("a.csv", "text\na\rb\n\"\"\nc\r\n", &plain, "2|1|a\rb||;3|2|||;4|3|c||;");
}

static void blank_lines_and_a_byte_order_mark_are_skipped(void **state) {
  (void)state;
  check("a.csv", "\xef\xbb\xbftext,label\n\n\na,b\n\r\n\n", &plain, "4|1|a||b;");
}

static void semicolons_separate_where_the_header_has_them(void **state) {
  (void)state;
  check("a.csv", "text;label\na,b;c\n", &plain, "2|1|a,b||c;");
}

static void tsv_has_no_quotes(void **state) {
  (void)state;
  check("a.tsv", "text\tlabel\n\"a\tb\n\"x\" y\t\"\n", &plain, "2|1|\"a||b;3|2|\"x\" y||\";");
}

static void json_lines_take_strings_and_whole_numbers(void **state) {
  (void)state;
  check("a.jsonl",
        "{\"id\":7,\"text\":\"a\\nb\",\"label\":3}\n\n"
        " {\"text\":\"c\",\"label\":\"x\",\"more\":[1]}\r\n{\"text\":\"d\",\"label\":true}\n"
        "{\"text\":\"\",\"label\":null}",
        &plain, "1|7|a\nb||3;3|2|c||x;4|3|d||true;5|4|||;");
}

static void the_format_is_guessed_by_the_first_line(void **state) {
  (void)state;
  check("a", "{\"text\":\"a\"}\n", &plain, "1|1|a||;");
  check("b", "text\tlabel\na, b\tc\n", &plain, "2|1|a, b||c;");
  check("c", "text,label\na\tb,c\n", &plain, "2|1|a\tb||c;");
}

static void columns_go_by_name_or_number(void **state) {
  (void)state;
  static const char text[] = "a,b,2,d\n1,2,3,4\n";
  const OgDatasetOptions names = {
      .text_column = "b", .pair_column = "d", .label_column = "a", .id_column = "4"};
  check("a.csv", text, &names, "2|4|2|4|1;");
  const OgDatasetOptions shadowed = {.text_column = "2"}; /* a column has that very name */
  check("a.csv", text, &shadowed, "2|1|3||;");
  const OgDatasetOptions bare = {.text_column = "1", .label_column = "3", .no_header = true};
  check("a.csv", text, &bare, "1|1|a||2;2|2|1||3;");
  const OgDatasetOptions keys = {.text_column = "body", .pair_column = "more"};
  check("a.jsonl", "{\"body\":\"x\",\"more\":\"y\"}", &keys, "1|1|x|y|;");
}

static void usual_columns_come_before_guesses(void **state) {
  (void)state;
  const OgDatasetOptions usual = {.usual_text = "body", .usual_label = "kind", .usual_id = "nr"};
  check("a.csv", "text,Body,label,kind,nr\n1,2,3,4,5\n", &usual, "2|5|2||4;");
  check("a.csv", "text,label,id\n1,2,3\n", &usual, "2|3|1||2;");
  check("a.jsonl", "{\"text\":\"x\",\"body\":\"y\"}", &usual, "1|1|y||;");
  const OgDatasetOptions number = {.usual_text = "2", .usual_label = "4"}; /* there is no fourth */
  check("a.csv", "text,note,label\n1,2,3\n", &number, "2|1|2||3;");
  const OgDatasetOptions asked = {.text_column = "text", .usual_text = "body"};
  check("a.csv", "text,body\n1,2\n", &asked, "2|1|1||;");
}

static void remember(void *data, const char *message) {
  snprintf(data, 400, "%s", message);
}

static void a_guess_that_is_not_the_first_is_told(void **state) {
  (void)state;
  OgError err = {0};
  OgRowReader *reader;
  OgRow row;
  bool more;
  char warning[400] = "";
  const OgProgress progress = {.warn = remember, .data = warning};
  const char *path = make("a.csv", "Abstract,id\nx,y\n", 16);
  assert_ok(og_rows_open(path, &plain, &progress, &reader, &err));
  assert_non_null(strstr(warning, "the text is taken from \"abstract\" (--text-col"));
  assert_false(og_rows_have_labels(reader));
  assert_ok(og_rows_next(reader, &row, &more, &err));
  assert_true(more);
  assert_int_equal(row.text.size, 1);
  assert_ok(og_rows_next(reader, &row, &more, &err));
  assert_false(more);
  assert_ok(og_rows_next(reader, &row, &more, &err));
  assert_false(more);
  og_rows_close(reader);
}

static void faults_have_their_place(void **state) {
  (void)state;
  FAULT("a.csv", "", 0, 0, "empty");
  FAULT("a.csv", "\n\n", 0, 0, "empty");
  FAULT("a.csv", "text,label\na,b\nc\n", 3, 0, "1 columns, the header has 2");
  FAULT("a.csv", "text,label\na,b\nc,d,e\n", 3, 0, "3 columns");
  FAULT("a.csv", "text,label\n\"a\nb\",c\nd\n", 4, 0, "1 columns");
  FAULT("a.csv", "text,label\na,\"b", 2, 3, "never closed");
  FAULT("a.csv", "text,label\n\"a\"b,c\n", 2, 4, "after a closing quote");
  FAULT("a.csv", "text,label\na,b\nc\xff,d\n", 3, 2, "byte 0xff is not UTF-8");
  FAULT("a.csv", "text,label\na,b\n\"cc\xe9\",d\n", 3, 4, "byte 0xe9 is not UTF-8 text; convert");
  FAULT("a.csv", "text,label\na,\xc3(\n", 2, 3, "not UTF-8");
  FAULT("a.csv", "text,label\na,\xed\xa0\x80\n", 2, 3, "not UTF-8"); /* a surrogate */
  FAULT("a.csv", "text,label\na,\xc3", 2, 3, "ends inside a UTF-8 character");
  FAULT("a.csv", "text,label\na,b\0c\n", 2, 4,
        "a zero byte, which no text has; take such bytes out");
  FAULT("a.csv", "\xff\xfet\0e\0", 1, 1, "UTF-16");
  FAULT("a.csv", "x,y\na,b\n", 1, 0,
        "no column looks like the text; name it with --text-col, one of: x, y");
  FAULT("a.jsonl", "{\"text\":\"a\"}\n{\"text\":}\n", 2, 9, "not valid JSON");
  FAULT("a.jsonl", "{\"text\":\"a\"}\n[1]\n", 2, 1, "one JSON object a line");
  FAULT("a.jsonl", "{\"text\":\"a\"}\n{\"txet\":\"b\"}\n", 2, 0, "no \"text\"");
  FAULT("a.jsonl", "{\"text\":\"a\"}\n{\"text\":[]}\n", 2, 0, "\"text\" must be a string");
  FAULT("a.jsonl", "{\"text\":\"a\",\"label\":1.5}\n", 1, 0, "\"label\" must be");
}

static void columns_that_are_not_there_are_listed(void **state) {
  (void)state;
  static const char text[] = "text,label,label\na,b,c\n";
  const OgDatasetOptions missing = {.text_column = "txet"};
  check_status("a.csv", text, sizeof text - 1, &missing, OG_USAGE, 1, 0,
               "no column txet; the columns are: text, label, label");
  const OgDatasetOptions over = {.text_column = "4"};
  check_status("a.csv", text, sizeof text - 1, &over, OG_USAGE, 1, 0, "no column 4");
  const OgDatasetOptions twice = {.label_column = "label"};
  check_status("a.csv", text, sizeof text - 1, &twice, OG_USAGE, 1, 0, "2 columns are named label");
  const OgDatasetOptions needed = {.labels_required = true};
  check_fault("b.csv", "text,x\na,b\n", 11, &needed, 1, 0, "looks like the label");
  const OgDatasetOptions nameless = {.no_header = true};
  check_fault("b.csv", "text,x\na,b\n", 11, &nameless, 1, 0, "one of: the numbers from 1");
  const OgDatasetOptions key = {.label_column = "y"};
  check_status("a.jsonl", "{\"text\":\"a\",\"x\":1}", 18, &key, OG_USAGE, 1, 0,
               "columns are: text, x");
}

/* Over one block of 64 KiB: fields, quotes and characters straddle its end. */
static void long_files_are_read_whole(void **state) {
  (void)state;
  enum { ROWS = 20000 };
  OgError err = {0};
  OgBuffer text = OG_BUFFER_INIT;
  OgBuffer expected = OG_BUFFER_INIT;
  OgBuffer found = OG_BUFFER_INIT;
  assert_ok(og_buffer_text(&text, "id,text,label\r\n", &err));
  for (int k = 0; k < ROWS; k++) {
    assert_ok(og_buffer_format(&text, &err, "%d,\"é\"\"%d\"\"\",%d\r\n", k, k * 7, k % 3));
    assert_ok(og_buffer_format(&expected, &err, "%d|%d|é\"%d\"||%d;", k + 2, k, k * 7, k % 3));
  }
  assert_ok(read_all(make("long.csv", text.data, text.size), &plain, &found, &err));
  assert_string_equal(found.data, expected.data);
  og_buffer_clear(&text);
  og_buffer_clear(&expected);
  og_buffer_clear(&found);
}

static void a_quote_that_is_never_closed_ends_at_the_limit(void **state) {
  (void)state;
  enum { SIZE = 17 << 20 };
  char *text = og_calloc(SIZE, 1);
  memset(text, 'a', SIZE);
  memcpy(text, "text\n\"", 6);
  check_fault("quote.csv", text, SIZE, &plain, 2, 0, "is a quote opened and never closed");
  og_free(text);
}

static void packed_files_are_unpacked(void **state) {
  (void)state;
  OgError err = {0};
  OgBuffer out = OG_BUFFER_INIT;
  const char *path = scratch("a.tsv.gz");
  gzFile file = gzopen(path, "wb");
  assert_non_null(file);
  gzputs(file, "text\tlabel\na,b\tc\n");
  gzclose(file);
  assert_ok(read_all(path, &plain, &out, &err));
  assert_string_equal(out.data, "2|1|a,b||c;");
  og_buffer_clear(&out);
}

static void shared_tasks_are_read_whole(void **state) {
  (void)state;
  OgError err = {0};
  OgRowReader *reader;
  const char *path = shared_data("tasks/ohsumed23/train.csv");
  if (!path) {
    skip_without_data("tasks/ohsumed23/train.csv");
  }
  size_t rows = 0;
  OgRow row;
  bool more = true;
  assert_ok(og_rows_open(path, &plain, NULL, &reader, &err));
  for (;; rows++) {
    assert_ok(og_rows_next(reader, &row, &more, &err));
    if (!more) {
      break;
    }
    assert_true(row.text.size > 20 && row.label.size > 0 && row.id.size > 0);
  }
  assert_int_equal(rows, 3357);
  og_rows_close(reader);
}

static void every_allocation_may_fail(void **state) {
  (void)state;
  static const struct {
    const char *name, *text;
  } files[] = {
      {"m.csv", "text,label\n\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\",b\n"},
      {"m.jsonl", "{\"text\":\"a\",\"label\":\"b\"}\n"}};
  for (size_t f = 0; f < OG_COUNT(files); f++) {
    const char *path = make(files[f].name, files[f].text, strlen(files[f].text));
    OgStatus status = OG_NO_MEMORY;
    for (long n = 0; status != OG_OK; n++) {
      OgError err = {0};
      OgBuffer out = OG_BUFFER_INIT;
      og_memory_fail_after(n);
      status = read_all(path, &plain, &out, &err);
      og_memory_fail_after(-1);
      assert_true(status == OG_OK || status == OG_NO_MEMORY);
      og_buffer_clear(&out);
    }
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(csv_has_quotes_line_breaks_and_doubled_quotes),
      cmocka_unit_test(blank_lines_and_a_byte_order_mark_are_skipped),
      cmocka_unit_test(semicolons_separate_where_the_header_has_them),
      cmocka_unit_test(tsv_has_no_quotes),
      cmocka_unit_test(json_lines_take_strings_and_whole_numbers),
      cmocka_unit_test(the_format_is_guessed_by_the_first_line),
      cmocka_unit_test(columns_go_by_name_or_number),
      cmocka_unit_test(usual_columns_come_before_guesses),
      cmocka_unit_test(a_guess_that_is_not_the_first_is_told),
      cmocka_unit_test(faults_have_their_place),
      cmocka_unit_test(columns_that_are_not_there_are_listed),
      cmocka_unit_test(long_files_are_read_whole),
      cmocka_unit_test(a_quote_that_is_never_closed_ends_at_the_limit),
      cmocka_unit_test(packed_files_are_unpacked),
      cmocka_unit_test(shared_tasks_are_read_whole),
      cmocka_unit_test(every_allocation_may_fail),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
